/* In a program's own loop: one uv_poll on the link's one descriptor is all, while it pushes and
 * follows; the door is lost once.
 */
#include "libneeds_door.h"

#include <uv.h>

#define EVENTS 3000

struct program {
  struct door d;
  uv_loop_t loop;
  uv_poll_t poll;
  uv_timer_t server, pusher;
  struct needs_outbox *outbox;
  struct needs_follow *follow;
  int pushed, judged, followed, served, next_change_day;
  bool lost;
};

static void on_judged(void *arg, const struct needs_verdict *v) {
  (void)v;
  ((struct program *)arg)->judged++;
}

static int on_deliver(void *arg, const char *publication, size_t len, const char *cursor) {
  (void)publication, (void)len, (void)cursor;
  ((struct program *)arg)->followed++;
  return 0;
}

static void on_readable(uv_poll_t *handle, int status, int events) {
  struct program *p = handle->data;
  assert_int_equal(0, status);
  assert_true(events & UV_READABLE);
  p->next_change_day++;
  needs_process(p->d.needs);
}

/* The other side: every push is accepted, every event makes a publication. */
static void answer(struct program *p, struct heard *h) {
  static struct heard follow;
  static char body[200000];
  if (!strcmp(h->verb, "follow")) {
    follow = *h;
    door_say(&p->d, h, "ok", "{\"cursor\":\"k0\",\"lease_s\":30,\"max_credit\":5000}");
  }
  if (strcmp(h->verb, "push"))
    return;
  int n = 0;
  size_t at = (size_t)snprintf(body, sizeof body, "{\"results\":[");
  for (const char *e = h->body; (e = strstr(e, "\"id\"")); e++, n++)
    at += (size_t)snprintf(body + at, sizeof body - at, "%s{\"status\":\"accepted\"}",
                           n ? "," : "");
  snprintf(body + at, sizeof body - at, "]}");
  door_say(&p->d, h, "ok", body);
  for (; n > 0; n--) {
    snprintf(body, sizeof body,
             "{\"cursor\":\"k%d\",\"publication\":{\"authority\":\"888\",\"school\":\"1\","
             "\"sequence\":\"%012d\"}}",
             p->served + 1, p->served + 1);
    p->served++;
    door_say(&p->d, &follow, "pub", body);
  }
}

static void on_server(uv_timer_t *timer) {
  static struct heard h;
  struct program *p = timer->data;
  int more, n;
  while (p->d.router && (n = door_frame(&p->d, h.peer, sizeof h.peer, &more)) >= 0) {
    h.peer_len = (size_t)n;
    h.verb[door_frame(&p->d, h.verb, 15, &more)] = '\0';
    h.id[door_frame(&p->d, h.id, 70, &more)] = '\0';
    h.body[door_frame(&p->d, h.body, sizeof h.body - 1, &more)] = '\0';
    answer(p, &h);
  }
  if (p->judged == EVENTS && p->followed == EVENTS)
    uv_stop(&p->loop);
  /* between two pushes */
  if (p->judged > EVENTS / 2 && p->judged == p->pushed && p->followed == p->pushed && !p->lost) {
    p->lost = true;
    door_down(&p->d);
    door_up(&p->d);
  }
}

/* Pushes from outside of needs_process(), which is what uses up edges. */
static void on_pusher(uv_timer_t *timer) {
  struct program *p = timer->data;
  bool pause = !p->lost && p->pushed > EVENTS / 2;
  for (int i = 0; i < 50 && p->pushed < EVENTS && !pause; i++, p->pushed++)
    assert_int_equal(0, needs_push(p->outbox, "{\"id\":\"e\"}", 10, NULL));
}

static void on_too_late(uv_timer_t *timer) {
  struct program *p = timer->data;
  fail_msg("stuck: pushed %d, judged %d, followed %d", p->pushed, p->judged, p->followed);
}

static void on_tick(uv_timer_t *timer) {
  (void)timer;
}

static void on_close(uv_handle_t *handle) {
  (void)handle;
}

static void on_walk(uv_handle_t *handle, void *arg) {
  (void)arg;
  uv_close(handle, on_close);
}

static void test_one_poll(void **state) {
  (void)state;
  static struct program p;
  static const struct needs_outbox_calls calls = {.judged = on_judged};
  struct needs_follow_options options = {.deliver = on_deliver, .credit = 5000};
  uv_timer_t late;
  char file[128];
  door_setup(&p.d, true);
  snprintf(file, sizeof file, "%s/outbox", p.d.dir);
  uv_loop_init(&p.loop);
  assert_int_equal(0, uv_poll_init(&p.loop, &p.poll, needs_fd(p.d.needs)));
  uv_timer_init(&p.loop, &p.server), uv_timer_init(&p.loop, &p.pusher),
      uv_timer_init(&p.loop, &late);
  p.poll.data = p.server.data = p.pusher.data = late.data = &p;
  uv_poll_start(&p.poll, UV_READABLE, on_readable);
  assert_int_equal(0, needs_follow(p.d.needs, &options, &p, &p.follow));
  assert_int_equal(0, needs_outbox_open(&p.outbox, p.d.needs, file, &calls, &p));
  uv_timer_start(&p.server, on_server, 200, 1);
  uv_timer_start(&p.pusher, on_pusher, 0, 5);
  uv_timer_start(&late, on_too_late, 100000, 0);
  uv_run(&p.loop, UV_RUN_DEFAULT);
  assert_true(p.lost);
  uv_timer_stop(&p.server), uv_timer_stop(&p.pusher);
  p.next_change_day = 0;
  uv_timer_start(&late, on_tick, 50, 50); /* an idle second: the descriptor keeps quiet */
  for (int64_t until = clock_ms() + 1000; clock_ms() < until;)
    uv_run(&p.loop, UV_RUN_ONCE);
  assert_true(p.next_change_day < 6);
  uv_walk(&p.loop, on_walk, NULL);
  uv_run(&p.loop, UV_RUN_DEFAULT);
  assert_int_equal(0, uv_loop_close(&p.loop));
  door_finish(&p.d);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_poll)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
