/* Following: credit, acknowledging, what comes again, beginning anew, and ends that stay ends. */
#include "libneeds_door.h"

#include <errno.h>
#include <poll.h>

struct fixture {
  struct door d;
  struct needs_follow *f;
  struct heard h; /* the follow itself */
  char got[512];  /* what was delivered: "cursor:sequence " each */
  char passed[64], began[64], ended[96];
  int refuse; /* deliver says no to this many-th, from 1 */
  int delivered;
  bool close_in_deliver, stop_in_deliver;
};

static int on_deliver(void *arg, const char *publication, size_t len, const char *cursor) {
  struct fixture *f = arg;
  assert_int_equal(len, strlen(publication));
  if (++f->delivered == f->refuse)
    return -1;
  const char *sequence = strstr(publication, "\"sequence\":\"");
  sprintf(f->got + strlen(f->got), "%s:%d ", cursor, sequence ? atoi(sequence + 12) : -1);
  if (f->close_in_deliver)
    needs_follow_close(f->f);
  if (f->stop_in_deliver)
    needs_follow_stop(f->f);
  return 0;
}

static void on_passed(void *arg, const char *cursor) {
  snprintf(((struct fixture *)arg)->passed, 64, "%s", cursor);
}

static void on_began(void *arg, const char *cursor) {
  snprintf(((struct fixture *)arg)->began, 64, "%s", cursor);
}

static void on_ended(void *arg, const char *code, const char *message) {
  snprintf(((struct fixture *)arg)->ended, 96, "%s|%s", code, message);
}

static void setup(struct fixture *f, struct needs_follow_options o) {
  memset(f, 0, sizeof *f);
  door_setup(&f->d, true);
  o.deliver = on_deliver, o.passed = on_passed, o.began = on_began, o.ended = on_ended;
  assert_int_equal(0, needs_follow(f->d.needs, &o, f, &f->f));
  assert_true(door_hear(&f->d, PATIENCE_MS, &f->h));
  assert_string_equal("follow", f->h.verb);
}

static void begin(struct fixture *f, const char *cursor, int lease_s) {
  char body[128];
  snprintf(body, sizeof body, "{\"cursor\":\"%s\",\"lease_s\":%d,\"max_credit\":50}", cursor,
           lease_s);
  door_say(&f->d, &f->h, "ok", body);
}

static void publish(struct fixture *f, const char *cursor, const char *school, int sequence) {
  char body[200];
  snprintf(body, sizeof body,
           "{\"cursor\":\"%s\",\"publication\":{\"authority\":\"888\",\"school\":\"%s\","
           "\"sequence\":\"%012d\"}}",
           cursor, school, sequence);
  door_say(&f->d, &f->h, "pub", body);
}

static void expect(struct fixture *f, const char *verb, const char *body) {
  struct heard h;
  assert_true(door_hear(&f->d, PATIENCE_MS, &h));
  assert_string_equal(verb, h.verb);
  assert_string_equal(body, h.body);
  assert_string_equal(f->h.id, h.id);
}

static void test_what_is_asked(void **state) {
  (void)state;
  const char *topics[] = {"888/1", "888/\"2\""};
  const struct {
    struct needs_follow_options options;
    const char *body;
  } rows[] = {
      {{0}, "{\"credit\":50,\"since\":\"start\"}"},
      {{.name = "n"}, "{\"credit\":50,\"name\":\"n\"}"},
      {{.name = "n", .since = "now", .credit = 7},
       "{\"credit\":7,\"name\":\"n\",\"since\":\"now\"}"},
      {{.name = "n", .since = "now", .cursor = "k1"},
       "{\"credit\":50,\"name\":\"n\",\"from\":\"k1\"}"},
      {{.cursor = "k1"}, "{\"credit\":50,\"since\":\"k1\"}"},
      {{.topics = topics, .n_topics = 2},
       "{\"credit\":50,\"since\":\"start\",\"topics\":[\"888/1\",\"888/\\\"2\\\"\"]}"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct fixture f;
    setup(&f, rows[i].options);
    assert_string_equal(rows[i].body, f.h.body);
    door_finish(&f.d);
  }
  struct door d;
  struct needs_follow *f;
  door_setup(&d, false);
  assert_int_equal(-EINVAL, needs_follow(d.needs, &(struct needs_follow_options){0}, NULL, &f));
  assert_int_equal(-EINVAL,
                   needs_follow(d.needs,
                                &(struct needs_follow_options){.deliver = on_deliver, .credit = -1},
                                NULL, &f));
  door_finish(&d);
}

/* Half a window is acknowledged at once, less after a moment; a bare cursor costs nothing and moves
 * the place. */
static void test_credit(void **state) {
  (void)state;
  struct fixture f;
  setup(&f, (struct needs_follow_options){.credit = 4});
  begin(&f, "k0", 30);
  publish(&f, "k1", "1", 1);
  publish(&f, "k2", "1", 2);
  expect(&f, "credit", "{\"add\":2,\"cursor\":\"k2\"}");
  assert_string_equal("k0", f.began);
  assert_string_equal("k1:1 k2:2 ", f.got);
  publish(&f, "k3", "2", 1);
  int64_t before = clock_ms();
  expect(&f, "credit", "{\"add\":1,\"cursor\":\"k3\"}");
  assert_in_range(clock_ms() - before, 200, 2000);
  door_say(&f.d, &f.h, "pub", "{\"cursor\":\"k9\"}");
  expect(&f, "credit", "{\"add\":0,\"cursor\":\"k9\"}");
  assert_string_equal("k9", f.passed);
  assert_string_equal("k9", needs_follow_cursor(f.f));
  struct heard h;
  assert_false(door_hear(&f.d, 400, &h)); /* nothing new: nothing to say */
  door_finish(&f.d);
}

/* After a loss: from the last cursor delivered, over a fresh socket; what comes twice is delivered
 * once. */
static void test_begun_anew(void **state) {
  (void)state;
  struct fixture f;
  setup(&f, (struct needs_follow_options){.name = "n", .since = "start"});
  begin(&f, "k0", 30);
  publish(&f, "k1", "1", 1);
  publish(&f, "k2", "2", 1);
  UNTIL(&f.d, f.delivered == 2);
  unsigned char first[16];
  memcpy(first, f.h.peer, 16);
  door_down(&f.d);
  door_up(&f.d);
  do
    assert_true(door_hear(&f.d, PATIENCE_MS, &f.h));
  while (strcmp(f.h.verb, "follow"));
  assert_string_equal("{\"credit\":50,\"name\":\"n\",\"from\":\"k2\"}", f.h.body);
  assert_memory_not_equal(first, f.h.peer, 16);
  begin(&f, "k2", 30);
  publish(&f, "k2", "2", 1);
  publish(&f, "k3", "1", 2);
  publish(&f, "k3", "1", 2);
  UNTIL(&f.d, f.delivered == 3);
  needs_run(f.d.needs, 50);
  assert_string_equal("k1:1 k2:1 k3:2 ", f.got);
  door_finish(&f.d);
}

static void hear_follow(struct fixture *f) {
  do
    assert_true(door_hear(&f->d, PATIENCE_MS, &f->h));
  while (strcmp(f->h.verb, "follow"));
}

/* Nothing heard for a lease, not even an answer to the pings that go out meanwhile: begun anew,
 * from where it began. */
static void test_silence(void **state) {
  (void)state;
  struct fixture f;
  setup(&f, (struct needs_follow_options){.since = "now"});
  begin(&f, "k0", 1);
  UNTIL(&f.d, f.began[0]);
  int64_t before = clock_ms();
  hear_follow(&f);
  assert_in_range(clock_ms() - before, 900, 4000);
  assert_string_equal("{\"credit\":50,\"since\":\"k0\"}", f.h.body);
  begin(&f, "k0", 2);
  before = clock_ms();
  int pings = 0; /* answered now: the session lives on */
  while (clock_ms() < before + 3500) {
    struct heard h;
    int more;
    needs_run(f.d.needs, 2);
    if (door_frame(&f.d, h.peer, sizeof h.peer, &more) != 16)
      continue;
    h.peer_len = 16;
    h.verb[door_frame(&f.d, h.verb, 15, &more)] = '\0',
                                        h.id[door_frame(&f.d, h.id, 70, &more)] = '\0',
                                        door_frame(&f.d, h.body, 9, &more);
    assert_string_equal("ping", h.verb);
    door_say(&f.d, &h, "ok", "{}");
    pings++;
  }
  assert_in_range(pings, 3, 8);
  door_finish(&f.d);
}

static void refuse(struct fixture *f, const char *code) {
  char body[128];
  snprintf(body, sizeof body, "[{\"code\":\"%s\",\"pointer\":\"\",\"message\":\"said so\"}]", code);
  door_say(&f->d, &f->h, "error", body);
}

static void test_ends(void **state) {
  (void)state;
  static const char *const codes[] = {"forbidden", "taken-over", "cursor-expired", "routing-id",
                                      "out-of-range"};
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
    struct fixture f;
    struct heard h;
    char said[96];
    setup(&f, (struct needs_follow_options){.name = "n"});
    if (i == 1)
      begin(&f, "k0", 30);
    refuse(&f, codes[i]);
    UNTIL(&f.d, f.ended[0]);
    snprintf(said, sizeof said, "%s|said so", codes[i]);
    assert_string_equal(said, f.ended);
    publish(&f, "k1", "1", 1);
    assert_false(door_hear(&f.d, 300, &h));
    assert_int_equal(0, f.delivered);
    door_finish(&f.d);
  }
}

static void test_again_by_itself(void **state) {
  (void)state;
  struct fixture f;
  setup(&f, (struct needs_follow_options){.name = "n"});
  int64_t before = clock_ms();
  refuse(&f, "busy");
  hear_follow(&f);
  assert_in_range(clock_ms() - before, 95, 2500);
  begin(&f, "k0", 30);
  UNTIL(&f.d, f.began[0]);
  unsigned char first[16];
  memcpy(first, f.h.peer, 16);
  refuse(&f, "lease-expired");
  hear_follow(&f);
  assert_memory_not_equal(first, f.h.peer, 16);
  assert_string_equal("", f.ended);
  door_finish(&f.d);
}

/* What the program could not store is not acknowledged, and nothing after it is delivered. */
static void test_deliver_says_no(void **state) {
  (void)state;
  struct fixture f;
  setup(&f, (struct needs_follow_options){.name = "n"});
  f.refuse = 2;
  begin(&f, "k0", 30);
  publish(&f, "k1", "1", 1);
  publish(&f, "k2", "1", 2);
  publish(&f, "k3", "1", 3);
  expect(&f, "credit", "{\"add\":2,\"cursor\":\"k1\"}");
  expect(&f, "unfollow", "");
  door_say(&f.d, &f.h, "ok", "{}");
  UNTIL(&f.d, f.ended[0]);
  assert_string_equal("stopped|", f.ended);
  assert_string_equal("k1:1 ", f.got);
  assert_string_equal("k1", needs_follow_cursor(f.f));
  door_finish(&f.d);
}

static void test_stop_and_close(void **state) {
  (void)state;
  struct fixture f;
  struct heard h;
  setup(&f, (struct needs_follow_options){.name = "n"});
  begin(&f, "k0", 30);
  publish(&f, "k1", "1", 1);
  UNTIL(&f.d, f.delivered);
  needs_follow_stop(f.f);
  expect(&f, "credit", "{\"add\":1,\"cursor\":\"k1\"}");
  expect(&f, "unfollow", "");
  UNTIL(&f.d, f.ended[0]); /* no answer: after a second all the same */
  assert_string_equal("stopped|", f.ended);
  needs_follow_close(f.f);
  needs_follow_close(NULL);
  assert_false(door_hear(&f.d, 200, &h));
  door_finish(&f.d);

  setup(&f, (struct needs_follow_options){.name = "n"});
  /* what was being delivered then is acknowledged too, and nothing more is delivered */
  f.stop_in_deliver = true;
  begin(&f, "k0", 30);
  publish(&f, "k1", "1", 1);
  publish(&f, "k2", "1", 2);
  expect(&f, "credit", "{\"add\":1,\"cursor\":\"k1\"}");
  expect(&f, "unfollow", "");
  assert_string_equal("k1:1 ", f.got);
  door_finish(&f.d);

  setup(&f, (struct needs_follow_options){.name = "n"});
  f.close_in_deliver = true; /* freed only after the turn */
  begin(&f, "k0", 30);
  publish(&f, "k1", "1", 1);
  publish(&f, "k2", "1", 2);
  UNTIL(&f.d, f.delivered);
  needs_run(f.d.needs, 50);
  assert_string_equal("k1:1 ", f.got);
  assert_string_equal("", f.ended);
  door_finish(&f.d);
}

/* Closing one from outside a turn touches the socket: what came meanwhile for another is heard all
 * the same. */
static void test_close_uses_up_the_edge(void **state) {
  (void)state;
  struct fixture f;
  struct heard h;
  struct needs_follow *other;
  setup(&f, (struct needs_follow_options){.name = "n"});
  begin(&f, "k0", 30);
  UNTIL(&f.d, f.began[0]);
  struct needs_follow_options o = {.name = "o", .deliver = on_deliver};
  assert_int_equal(0, needs_follow(f.d.needs, &o, &f, &other));
  assert_true(door_hear(&f.d, PATIENCE_MS, &h));
  door_say(&f.d, &h, "ok", "{\"cursor\":\"o0\",\"lease_s\":30,\"max_credit\":50}");
  UNTIL(&f.d, needs_follow_cursor(other));
  while (needs_run(f.d.needs, 300))
    continue;
  publish(&f, "k1", "1", 1);
  assert_int_equal(1, poll(&(struct pollfd){needs_fd(f.d.needs), POLLIN, 0}, 1, 1000));
  needs_follow_close(other);
  assert_int_equal(1, poll(&(struct pollfd){needs_fd(f.d.needs), POLLIN, 0}, 1, 1000));
  needs_process(f.d.needs);
  assert_string_equal("k1:1 ", f.got);
  door_finish(&f.d);
}

/* Asked in `began`; answered, refused, and not answered because the daemon is gone. */
static void test_forget(void **state) {
  (void)state;
  static const struct {
    const char *resumed, *status, *body, *ended;
  } rows[] = {
      {"true", "ok", "{}", "stopped|"},
      {"false", "ok", "{}", "stopped|"},
      {"true", "error", "[{\"code\":\"busy\",\"pointer\":\"/forget\",\"message\":\"later\"}]",
       "busy|later"},
      {"true", NULL, NULL, "silent|the daemon did not confirm that it forgot the name"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct fixture f;
    char body[128];
    setup(&f, (struct needs_follow_options){.name = "n"});
    assert_int_equal(-EAGAIN, needs_follow_forget(f.f));
    snprintf(body, sizeof body,
             "{\"cursor\":\"k0\",\"lease_s\":30,\"max_credit\":50,\"resumed\":%s}",
             rows[i].resumed);
    door_say(&f.d, &f.h, "ok", body);
    UNTIL(&f.d, f.began[0]);
    assert_int_equal(!strcmp(rows[i].resumed, "true"), needs_follow_resumed(f.f));
    assert_int_equal(0, needs_follow_forget(f.f));
    expect(&f, "credit", "{\"add\":0}");
    expect(&f, "unfollow", "{\"forget\":true}");
    if (rows[i].status)
      door_say(&f.d, &f.h, rows[i].status, rows[i].body);
    else
      door_down(&f.d);
    UNTIL(&f.d, f.ended[0]);
    assert_string_equal(rows[i].ended, f.ended);
    if (!f.d.router)
      door_up(&f.d);
    door_finish(&f.d);
  }
  struct fixture f;
  setup(&f, (struct needs_follow_options){0});
  begin(&f, "k0", 30);
  UNTIL(&f.d, f.began[0]);
  assert_int_equal(-EINVAL, needs_follow_forget(f.f));
  door_finish(&f.d);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_is_asked),
      cmocka_unit_test(test_credit),
      cmocka_unit_test(test_begun_anew),
      cmocka_unit_test(test_silence),
      cmocka_unit_test(test_ends),
      cmocka_unit_test(test_again_by_itself),
      cmocka_unit_test(test_deliver_says_no),
      cmocka_unit_test(test_stop_and_close),
      cmocka_unit_test(test_forget),
      cmocka_unit_test(test_close_uses_up_the_edge),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
