/* A socket on the loop loses no wake-up, whatever else sends on it; and replies to a peer that does
 * not read wait, bounded, for it alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "door/peer.h"

#define ECHOES 3000

struct here {
  uv_loop_t loop;
  void *context, *client, *stuck;
  struct zsock zsock;
  struct peers peers;
  uv_timer_t timer;
  char dir[64], endpoint[128];
  size_t heard, returned, pushed;
  struct address client_address;
  bool echo, closed, late;
};

static void on_heard(void *arg, const struct part *parts, size_t n, const char *user,
                     const char *address) {
  struct here *h = arg;
  struct frames f;
  assert_null(user);
  assert_non_null(address);
  assert_null(frames_read(parts, n, &f));
  h->heard++;
  h->client_address = f.from;
  if (h->echo)
    assert_int_equal(peers_reply(&h->peers, &f.from, "ok", f.body.data, f.body.len, 0), 0);
}

static void *client_of(struct here *h, int rcvhwm) {
  void *s = zmq_socket(h->context, ZMQ_DEALER);
  int zero = 0;
  zmq_setsockopt(s, ZMQ_LINGER, &zero, sizeof zero);
  zmq_setsockopt(s, ZMQ_RCVHWM, &rcvhwm, sizeof rcvhwm);
  assert_int_equal(zmq_connect(s, h->endpoint), 0);
  return s;
}

static int setup(void **state) {
  struct here *h = mem_alloc(sizeof *h);
  int mandatory = 1, hwm = 10, zero = 0;
  strcpy(h->dir, "/tmp/needs-zsock-XXXXXX");
  assert_non_null(mkdtemp(h->dir));
  snprintf(h->endpoint, sizeof h->endpoint, "ipc://%s/s", h->dir);
  uv_loop_init(&h->loop);
  h->context = zmq_ctx_new();
  void *router = zmq_socket(h->context, ZMQ_ROUTER);
  zmq_setsockopt(router, ZMQ_ROUTER_MANDATORY, &mandatory, sizeof mandatory);
  zmq_setsockopt(router, ZMQ_SNDHWM, &hwm, sizeof hwm);
  zmq_setsockopt(router, ZMQ_LINGER, &zero, sizeof zero);
  assert_int_equal(zmq_bind(router, h->endpoint), 0);
  assert_int_equal(zsock_init(&h->zsock, &h->loop, router, on_heard, h, NULL), 0);
  peers_init(&h->peers, &h->zsock, NULL);
  uv_timer_init(&h->loop, &h->timer);
  h->client = client_of(h, 1000);
  h->echo = true;
  *state = h;
  return 0;
}

static void on_closed(void *arg) {
  ((struct here *)arg)->closed = true;
}

static int teardown(void **state) {
  struct here *h = *state;
  zmq_close(h->client);
  if (h->stuck != NULL)
    zmq_close(h->stuck);
  uv_close((uv_handle_t *)&h->timer, NULL);
  zsock_finish(&h->zsock, on_closed, h);
  uv_run(&h->loop, UV_RUN_DEFAULT);
  peers_finish(&h->peers);
  zmq_ctx_term(h->context);
  bool good = h->closed && uv_loop_close(&h->loop) == 0;
  unlink(h->endpoint + strlen("ipc://"));
  rmdir(h->dir);
  free(h);
  return good ? 0 : -1;
}

static void say(void *socket, const char *body, size_t len) {
  assert_int_equal(zmq_send(socket, "verb", 4, ZMQ_SNDMORE), 4);
  assert_int_equal(zmq_send(socket, "r", 1, ZMQ_SNDMORE), 1);
  assert_int_equal(zmq_send(socket, body, len, 0), (int)len);
}

/* One whole reply, if there is one now. */
static bool take(void *socket, char status[16]) {
  char rest[8];
  int n = zmq_recv(socket, status, 15, ZMQ_DONTWAIT);
  if (n < 0)
    return false;
  status[n] = '\0';
  zmq_recv(socket, rest, sizeof rest, 0);
  zmq_recv(socket, rest, sizeof rest, 0);
  return true;
}

static void on_watchdog(uv_timer_t *t) {
  container_of(t, struct here, timer)->late = true;
}

/* The loop sleeps until the socket's descriptor wakes it: a lost wake-up shows as the watchdog. */
static void hear_until(struct here *h, size_t n) {
  uv_timer_start(&h->timer, on_watchdog, 3000, 0);
  while (h->heard < n && !h->late)
    uv_run(&h->loop, UV_RUN_ONCE);
  uv_timer_stop(&h->timer);
  assert_false(h->late);
}

/* A message has come and raised the edge, and a send from elsewhere takes the edge away before the
 * loop looks. */
static void a_send_takes_the_edge_and_nothing_is_lost(void **state) {
  struct here *h = *state;
  char status[16];
  for (size_t i = 1; i <= 20; i++) {
    say(h->client, "{}", 2);
    usleep(2000);
    if (i > 1)
      assert_int_equal(peers_push(&h->peers, &h->client_address, "pub", "{}", 2, 0), 0);
    hear_until(h, i);
    usleep(2000);
    while (take(h->client, status)) {
    }
  }
}

static void more_than_a_turn_at_once_is_heard(void **state) {
  struct here *h = *state;
  h->echo = false;
  for (int i = 0; i < 5 * ZSOCK_TURN; i++)
    say(h->client, "{}", 2);
  usleep(20000);
  hear_until(h, 5 * ZSOCK_TURN);
}

static void many_come_back_while_others_are_sent(void **state) {
  struct here *h = *state;
  char status[16];
  for (size_t sent = 0; h->returned < ECHOES;) {
    for (int i = 0; i < 5 && sent < ECHOES && sent - h->returned < 8; i++, sent++)
      say(h->client, "{}", 2);
    if (h->heard < sent)
      hear_until(h, h->heard + 1);
    /* sends from elsewhere take the edge away */
    if (h->heard > 0 && peers_push(&h->peers, &h->client_address, "pub", "{}", 2, 0) == 0)
      h->pushed++;
    while (take(h->client, status))
      if (strcmp(status, "ok") == 0)
        h->returned++;
    if (h->heard == sent && h->returned < sent)
      usleep(200);
    peers_retry(&h->peers, 0);
  }
  assert_int_equal(h->heard, ECHOES);
}

static void a_peer_that_does_not_read_waits_alone(void **state) {
  struct here *h = *state;
  static char body[64 * 1024];
  char status[16];
  void *stuck = h->stuck = client_of(h, 1);
  h->echo = false;
  say(stuck, "{}", 2);
  while (h->heard == 0)
    uv_run(&h->loop, UV_RUN_ONCE);
  struct address to_stuck = h->client_address;
  size_t sent = 0, limit = 1000;
  while (peers_unread(&h->peers, &to_stuck) < 4 * PEER_WINDOW && sent < limit)
    assert_int_equal(peers_reply(&h->peers, &to_stuck, "ok", body, sizeof body, 0), 0), sent++;
  assert_true(sent < limit);
  assert_int_equal(peers_push(&h->peers, &to_stuck, "pub", "{}", 2, 0), -EAGAIN);
  /* the other is served meanwhile */
  h->echo = true;
  say(h->client, "{}", 2);
  while (h->heard == 1)
    uv_run(&h->loop, UV_RUN_ONCE);
  for (int i = 0; i < 2000 && !take(h->client, status); i++)
    usleep(1000);
  assert_string_equal(status, "ok");
  /* once it reads, all that was accepted arrives */
  size_t got = 0;
  for (int i = 0; i < 5000 && (got < sent || h->peers.n > 0); i++) {
    while (take(stuck, status))
      got++;
    peers_retry(&h->peers, 0);
    usleep(1000);
  }
  assert_int_equal(got, sent);
  assert_int_equal(h->peers.n, 0);
}

/* A client that asks and never reads, and how much it is sent before the peers refuse or `most`
 * replies. */
static int fill(struct here *h, size_t most, struct address *ret_to) {
  static char body[256 * 1024];
  size_t heard = h->heard;
  h->stuck = client_of(h, 1);
  h->echo = false;
  say(h->stuck, "{}", 2);
  while (h->heard == heard)
    uv_run(&h->loop, UV_RUN_ONCE);
  *ret_to = h->client_address;

  int rc = 0;
  for (size_t i = 0; i < most && rc == 0; i++)
    rc = peers_reply(&h->peers, ret_to, "ok", body, sizeof body, 0);
  return rc;
}

static void a_queue_that_overflows_is_dropped(void **state) {
  struct here *h = *state;
  struct address to;

  assert_int_equal(fill(h, 1000, &to), -EHOSTUNREACH);
  assert_int_equal(h->peers.disconnected, 1);
  /* only what libzmq had been given */
  assert_true(peers_unread_of_all(&h->peers) <= 2 * PEER_WINDOW);
  assert_int_equal(peers_reply(&h->peers, &to, "ok", "{}", 2, 0), -EHOSTUNREACH);
}

static void a_peer_that_reads_nothing_for_a_minute_is_dropped(void **state) {
  struct here *h = *state;
  struct address to;

  assert_int_equal(fill(h, 12, &to), 0);
  usleep(50000); /* libzmq writes what the kernel takes: the last progress for a while */
  assert_true(peers_retry(&h->peers, 1000));
  assert_true(peers_retry(&h->peers, 60000));
  assert_int_equal(h->peers.disconnected, 0);
  assert_true(peers_unread(&h->peers, &to) > PEER_WINDOW);
  assert_true(peers_retry(&h->peers, 62000));
  assert_int_equal(h->peers.disconnected, 1);
}

static void together_they_never_exceed_the_limit(void **state) {
  struct here *h = *state;
  struct address to;
  void *all[20];
  size_t most = 0;

  for (size_t i = 0; i < ARRAY_LEN(all); i++) {
    assert_int_equal(fill(h, 24, &to), 0); /* 6 MB each: 120 MB together */
    all[i] = h->stuck;
    size_t now = peers_unread_of_all(&h->peers);
    if (now > most)
      most = now;
  }
  assert_true(most > PEERS_MAX / 2);
  /* and what libzmq keeps of those that are gone */
  assert_true(most <= PEERS_MAX + ARRAY_LEN(all) * 2 * PEER_WINDOW);
  assert_true(h->peers.disconnected >= 8);
  for (size_t i = 0; i < ARRAY_LEN(all); i++)
    zmq_close(all[i]);
  h->stuck = NULL;
}

static void nobody_there_is_an_error(void **state) {
  struct here *h = *state;
  struct address nobody = {.routing = {1, 2, 3}, .n_routing = 3};
  assert_int_equal(peers_push(&h->peers, &nobody, "pub", "{}", 2, 0), -EHOSTUNREACH);
  assert_int_equal(peers_reply(&h->peers, &nobody, "ok", "{}", 2, 0), -EHOSTUNREACH);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_send_takes_the_edge_and_nothing_is_lost, setup, teardown),
      cmocka_unit_test_setup_teardown(more_than_a_turn_at_once_is_heard, setup, teardown),
      cmocka_unit_test_setup_teardown(many_come_back_while_others_are_sent, setup, teardown),
      cmocka_unit_test_setup_teardown(a_peer_that_does_not_read_waits_alone, setup, teardown),
      cmocka_unit_test_setup_teardown(a_queue_that_overflows_is_dropped, setup, teardown),
      cmocka_unit_test_setup_teardown(a_peer_that_reads_nothing_for_a_minute_is_dropped, setup,
                                      teardown),
      cmocka_unit_test_setup_teardown(together_they_never_exceed_the_limit, setup, teardown),
      cmocka_unit_test_setup_teardown(nobody_there_is_an_error, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
