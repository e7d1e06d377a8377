/* The link: questions, patience with busy and with silence, a door that goes and comes, and one
 * descriptor that tells it all. */
#include "libneeds_door.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>

struct answer {
  int calls;
  enum needs_reply reply;
  char body[256];
};

static void on_answer(void *arg, enum needs_reply reply, const char *body, size_t len) {
  struct answer *a = arg;
  a->calls++;
  a->reply = reply;
  snprintf(a->body, sizeof a->body, "%.*s", body ? (int)len : 1, body ? body : "-");
}

static void test_doors(void **state) {
  (void)state;
  static const char *const bad[] = {"",         "ipc://",      "door",         "tcp://host",
                                    "tcp://:1", "tcp://host:", "tcp://host:x", "http://host:80"};
  struct needs *n;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_int_equal(-EINVAL, needs_open(&n, bad[i]));
  assert_int_equal(0, needs_open(&n, "tcp://127.0.0.1:9"));
  needs_close(n);
  needs_close(NULL);
}

static void test_an_answer(void **state) {
  (void)state;
  struct door d;
  struct heard h, other;
  struct answer a = {0}, b = {0};
  door_setup(&d, true);
  assert_false(needs_connected(d.needs));
  assert_int_equal(0, needs_ask(d.needs, "ask", "{\"question\":\"questions\"}", 0, on_answer, &a));
  assert_int_equal(0, needs_ask(d.needs, "ping", NULL, 0, on_answer, &b));
  UNTIL(&d, needs_connected(d.needs));
  assert_true(door_hear(&d, PATIENCE_MS, &h));
  assert_string_equal("ask", h.verb);
  assert_string_equal("{\"question\":\"questions\"}", h.body);
  assert_int_equal(16, h.peer_len);
  assert_int_not_equal(0, h.peer[0]);
  other = h;
  snprintf(other.id, sizeof other.id, "%s", "999999");
  door_say(&d, &other, "ok", "{\"nobody\":1}");
  door_say(&d, &h, "ok", "this is not JSON");
  door_say(&d, &h, "ok", "{\"questions\":[]}");
  door_say(&d, &h, "ok", "{\"twice\":1}");
  UNTIL(&d, a.calls);
  assert_int_equal(NEEDS_OK, a.reply);
  assert_string_equal("{\"questions\":[]}", a.body);
  needs_run(d.needs, 50);
  assert_int_equal(1, a.calls);
  assert_int_equal(0, b.calls);
  needs_forget(d.needs, &b);
  door_finish(&d);
  assert_int_equal(0, b.calls);
}

static void test_refused(void **state) {
  (void)state;
  struct door d;
  struct heard h;
  struct answer a = {0};
  door_setup(&d, true);
  assert_int_equal(-EINVAL, needs_ask(d.needs, "follow", "{}", 0, on_answer, &a));
  assert_non_null(strstr(needs_why(d.needs), "'follow'"));
  needs_ask(d.needs, "ask", "{}", 0, on_answer, &a);
  assert_true(door_hear(&d, PATIENCE_MS, &h));
  door_say(&d, &h, "error", "[{\"code\":\"missing\",\"pointer\":\"/question\",\"message\":\"x\"}]");
  UNTIL(&d, a.calls);
  assert_int_equal(NEEDS_REFUSED, a.reply);
  assert_non_null(strstr(a.body, "missing"));
  door_finish(&d);
}

static const char busy[] = "[{\"code\":\"busy\",\"pointer\":\"\",\"message\":\"later\"}]";

/* Asked again after a back-off that grows, never at once; when time is up the last word is `busy`,
 * so nothing was done. */
static void test_busy(void **state) {
  (void)state;
  struct door d;
  struct heard h;
  struct answer a = {0}, b = {0};
  door_setup(&d, true);
  needs_ask(d.needs, "ask", "{}", 0, on_answer, &a);
  assert_true(door_hear(&d, PATIENCE_MS, &h));
  for (int try = 0; try < 3; try++) {
    int64_t before = clock_ms();
    door_say(&d, &h, "error", busy);
    assert_true(door_hear(&d, PATIENCE_MS, &h));
    assert_true(clock_ms() - before >= 99 << try);
    assert_true(clock_ms() - before <= (200 << try) + 2000); /* a loaded machine */
  }
  door_say(&d, &h, "ok", "{}");
  UNTIL(&d, a.calls);
  assert_int_equal(NEEDS_OK, a.reply);
  needs_ask(d.needs, "ask", "{}", 150, on_answer, &b);
  assert_true(door_hear(&d, PATIENCE_MS, &h));
  door_say(&d, &h, "error", busy);
  UNTIL(&d, b.calls || (door_hear(&d, 1, &h) && (door_say(&d, &h, "error", busy), false)));
  assert_int_equal(NEEDS_REFUSED, b.reply);
  assert_string_equal(busy, b.body);
  door_finish(&d);
}

static void test_time_is_up(void **state) {
  (void)state;
  struct door d;
  struct heard h;
  struct answer a = {0}, b = {0};
  door_setup(&d, true);
  int64_t before = clock_ms();
  needs_ask(d.needs, "ask", "{}", 120, on_answer, &a);
  assert_true(door_hear(&d, PATIENCE_MS, &h));
  UNTIL(&d, a.calls);
  assert_true(clock_ms() - before >= 120 && clock_ms() - before < 3000);
  assert_int_equal(NEEDS_SILENT, a.reply);
  assert_string_equal("-", a.body);
  door_say(&d, &h, "ok", "{}"); /* too late: heard by nobody */
  needs_run(d.needs, 50);
  assert_int_equal(1, a.calls);
  door_down(&d);
  needs_ask(d.needs, "ask", "{}", 120, on_answer, &b); /* nobody there at all */
  UNTIL(&d, b.calls);
  assert_int_equal(NEEDS_SILENT, b.reply);
  door_finish(&d);
}

struct seen {
  int up, down;
};

static void on_changed(void *arg, bool connected) {
  struct seen *s = arg;
  *(connected ? &s->up : &s->down) += 1;
}

/* What was not answered is asked again on a new socket, which has another name. The descriptor is
 * the same one throughout. */
static void test_the_door_goes_and_comes(void **state) {
  (void)state;
  struct door d;
  struct heard h, again;
  struct answer a = {0};
  struct seen seen = {0};
  door_setup(&d, false);
  int fd = needs_fd(d.needs);
  needs_on_connection(d.needs, on_changed, &seen);
  assert_int_equal(-ENOENT, needs_reach(d.needs));
  assert_non_null(strstr(needs_why(d.needs), "no daemon at ipc://"));
  needs_ask(d.needs, "ask", "{\"n\":1}", 20000, on_answer, &a);
  for (int i = 0; i < 20; i++)
    needs_run(d.needs, 5);
  assert_int_equal(0, seen.up);
  door_up(&d);
  assert_int_equal(0, needs_reach(d.needs));
  assert_true(door_hear(&d, PATIENCE_MS, &h));
  for (int i = 0; i < 3; i++) {
    door_down(&d);
    UNTIL(&d, !needs_connected(d.needs));
    assert_non_null(strstr(needs_why(d.needs), "lost the connection"));
    door_up(&d);
    assert_true(door_hear(&d, PATIENCE_MS, &again));
    assert_string_equal(h.body, again.body);
    assert_memory_not_equal(h.peer, again.peer, 16);
    h = again;
  }
  door_say(&d, &h, "ok", "{}");
  UNTIL(&d, a.calls);
  assert_int_equal(4, seen.up);
  assert_int_equal(3, seen.down);
  assert_int_equal(fd, needs_fd(d.needs));
  door_finish(&d);
}

/* Without anything to do the descriptor is not readable: no spin, with and without a door. */
static void test_no_spin(void **state) {
  (void)state;
  for (int up = 0; up < 2; up++) {
    struct door d;
    struct answer a = {0};
    door_setup(&d, up);
    needs_ask(d.needs, "ask", "{}", 20000, on_answer, &a);
    for (int64_t until = clock_ms() + 300; clock_ms() < until;)
      needs_run(d.needs, 10);
    int turns = 0;
    for (int64_t until = clock_ms() + 1000; clock_ms() < until;)
      turns += needs_run(d.needs, 100) == 1;
    assert_true(turns < 12);
    door_finish(&d);
  }
}

/* ZMQ_FD is used up by any call on the socket: replies that came while something was sent are heard
 * all the same, by a program that only ever looks at the descriptor. */
static void test_no_lost_wake_up(void **state) {
  (void)state;
  struct door d;
  struct heard h;
  struct answer a = {0};
  door_setup(&d, true);
  needs_ask(d.needs, "ping", "", 0, on_answer, &a);
  int sent = 0;
  for (int64_t until = clock_ms() + 4 * PATIENCE_MS; a.calls < 600 && clock_ms() < until;) {
    struct pollfd item = {needs_fd(d.needs), POLLIN, 0};
    for (int i = 0; i < 20 && sent < 600; i++, sent++)
      needs_ask(d.needs, "ask", "{}", 60000, on_answer, &a);
    int rc = poll(&item, 1, 50);
    if (rc == 1)
      needs_process(d.needs);
    for (int more; door_frame(&d, h.peer, sizeof h.peer, &more) == 16;) {
      h.peer_len = 16;
      h.verb[door_frame(&d, h.verb, 15, &more)] = '\0',
                                        h.id[door_frame(&d, h.id, 70, &more)] = '\0',
                                        door_frame(&d, h.body, 9, &more);
      door_say(&d, &h, "ok", "{}");
    }
  }
  assert_true(a.calls >= 600);
  door_finish(&d);
}

struct late {
  struct door *d;
  struct heard waiting;
  struct answer sent_now;
  bool called;
};

/* In the middle of a turn, after the socket was read: a reply comes, and something else is asked.
 */
static void on_late(void *arg, enum needs_reply reply, const char *body, size_t len) {
  struct late *l = arg;
  (void)reply, (void)body, (void)len;
  l->called = true;
  door_say(l->d, &l->waiting, "ok", "{}");
  usleep(50000);
  needs_ask(l->d->needs, "ask", "{\"n\":2}", 60000, on_answer, &l->sent_now);
}

/* Sending the second question uses up the edge that the reply to the first has made. */
static void test_sending_uses_up_the_edge(void **state) {
  (void)state;
  struct door d;
  struct late l = {.d = &d};
  struct answer first = {0};
  door_setup(&d, true);
  needs_ask(d.needs, "ask", "{\"n\":1}", 60000, on_answer, &first);
  assert_true(door_hear(&d, PATIENCE_MS, &l.waiting));
  needs_ask(d.needs, "ping", "", 100, on_late, &l);
  UNTIL(&d, l.called);
  assert_int_equal(0, first.calls);
  assert_int_equal(1, poll(&(struct pollfd){needs_fd(d.needs), POLLIN, 0}, 1, 1000));
  needs_process(d.needs);
  assert_int_equal(1, first.calls);
  door_finish(&d);
}

static void on_nested(void *arg, enum needs_reply reply, const char *body, size_t len) {
  struct door *d = arg;
  (void)reply, (void)body, (void)len;
  assert_int_equal(-EBUSY, needs_process(d->needs));
  assert_int_equal(-EBUSY, needs_run(d->needs, 0));
  d->path[0] = '\0';
}

static void test_not_from_within(void **state) {
  (void)state;
  struct door d;
  door_setup(&d, false);
  needs_ask(d.needs, "ask", "{}", 10, on_nested, &d);
  UNTIL(&d, !d.path[0]);
  door_finish(&d);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_doors),
      cmocka_unit_test(test_an_answer),
      cmocka_unit_test(test_refused),
      cmocka_unit_test(test_busy),
      cmocka_unit_test(test_time_is_up),
      cmocka_unit_test(test_the_door_goes_and_comes),
      cmocka_unit_test(test_no_spin),
      cmocka_unit_test(test_no_lost_wake_up),
      cmocka_unit_test(test_sending_uses_up_the_edge),
      cmocka_unit_test(test_not_from_within),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
