/* promise - what responses and agreements make of a recommendation on a day, in whichever order
 * they come. */
#include "facts_support.h"

#define COACH "coaching.STL3"

static struct catalogue *catalogue;

struct world {
  struct people people;
  struct arena arena;
  uint64_t position;
};

static int set_up(void **state) {
  struct world *w = mem_alloc(sizeof *w);
  people_init(&w->people, test_key, NULL);
  *state = w;
  return 0;
}
static int tear_down(void **state) {
  struct world *w = *state;
  finish_people(&w->people);
  arena_finish(&w->arena);
  free(w);
  return 0;
}

static void tell(struct world *w, const char *kind, const char *date, const char *members) {
  char data[400], time[40], id[32];
  snprintf(id, sizeof id, "e-%02llu", (unsigned long long)++w->position);
  snprintf(time, sizeof time, "%sT10:00:00Z", date);
  snprintf(data, sizeof data, "{\"recommendation\":\"" COACH "\",\"date\":\"%s\",%s}", date,
           members);
  people_apply(&w->people, make_event(catalogue, kind, id, "p-1", time, data, ""), w->position,
               NULL, NULL);
}

static void respond(struct world *w, const char *date, const char *response) {
  char members[80];
  snprintf(members, sizeof members, "\"response\":\"%s\",\"by\":\"person\"", response);
  tell(w, "response.recorded", date, members);
}

static void agree(struct world *w, const char *date, const char *check) {
  char members[160];
  snprintf(
      members, sizeof members,
      "\"terms\":[{\"check\":\"%s\",\"status\":\"met\"}],\"intended\":[],\"agreed_by\":\"manager\"",
      check);
  tell(w, "agreement.recorded", date, members);
}

/* The one promise there is on a day; *wakes: when it may change by itself. */
static struct commitment on(struct world *w, const char *date, int32_t *next_change_day) {
  uint32_t n;
  *next_change_day = INT32_MAX;
  const struct commitment *p = commitments_of(people_person(&w->people, "888", "s1", "p-1", false),
                                              day_of(date), &w->arena, &n, next_change_day);
  assert_in_range(n, 0, 1);
  return n ? p[0]
           : (struct commitment){
                 .state = COMMITMENT_OPEN, .since = ABSENT, .started = ABSENT, .completed = ABSENT};
}

static void test_each_response_makes_its_state(void **state) {
  static const struct {
    const char *response;
    enum commitment_state state;
    uint32_t round;
  } rows[] = {{"accepted", COMMITMENT_KEPT, 0},     {"started", COMMITMENT_KEPT, 0},
              {"declined", COMMITMENT_DECLINED, 0}, {"completed", COMMITMENT_COMPLETED, 1},
              {"evaluated", COMMITMENT_OPEN, 0},    {"contested", COMMITMENT_CONTESTED, 0}};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct world *w = *state;
    int32_t next_change_day;
    respond(w, "2026-09-01", rows[i].response);
    struct commitment p = on(w, "2026-09-01", &next_change_day);
    assert_int_equal(p.state, rows[i].state);
    assert_int_equal(p.round, rows[i].round);
    assert_int_equal(p.since, rows[i].state == COMMITMENT_OPEN ? ABSENT : day_of("2026-09-01"));
    assert_string_equal(p.development->id, COACH);
    tear_down(state);
    set_up(state);
  }
}

static void test_what_is_dated_ahead_waits_and_next_change_day(void **state) {
  struct world *w = *state;
  int32_t next_change_day;
  respond(w, "2026-09-05", "declined");
  assert_int_equal(on(w, "2026-09-04", &next_change_day).state, COMMITMENT_OPEN);
  assert_int_equal(next_change_day, day_of("2026-09-05"));
  assert_int_equal(on(w, "2026-09-05", &next_change_day).state, COMMITMENT_DECLINED);
  assert_int_equal(next_change_day, INT32_MAX);
}

static void test_a_promise_is_kept_since_the_first_word(void **state) {
  struct world *w = *state;
  int32_t next_change_day;
  agree(w, "2026-09-03", "release");
  respond(w, "2026-09-08", "started");
  respond(w, "2026-09-02", "accepted"); /* told last */
  struct commitment p = on(w, "2026-10-01", &next_change_day);
  assert_int_equal(p.since, day_of("2026-09-02"));
  assert_int_equal(p.started, day_of("2026-09-08"));
  assert_string_equal(p.agreement->terms.items[0].check, "release");
  respond(w, "2026-09-10", "declined");
  p = on(w, "2026-10-01", &next_change_day);
  assert_int_equal(p.state, COMMITMENT_DECLINED);
  assert_null(p.agreement);
  respond(w, "2026-09-12", "accepted");
  p = on(w, "2026-10-01", &next_change_day);
  assert_int_equal(p.since, day_of("2026-09-12"));
  assert_int_equal(p.started, ABSENT);
}

static void test_a_round_that_is_over_takes_its_agreement_along(void **state) {
  struct world *w = *state;
  int32_t next_change_day;
  agree(w, "2026-03-01", "release");
  respond(w, "2026-04-01", "completed");
  assert_null(on(w, "2026-05-01", &next_change_day).agreement);
  agree(w, "2026-05-02", "cover");
  agree(w, "2026-05-03", "fee");
  struct commitment p = on(w, "2026-06-01", &next_change_day);
  assert_int_equal(p.state, COMMITMENT_KEPT);
  assert_int_equal(p.round, 1);
  assert_string_equal(p.agreement->terms.items[0].check, "fee");
}

static void test_everything_said_has_its_round(void **state) {
  static const struct {
    const char *date, *response;
    uint32_t round;
  } rows[] = {{"2026-01-01", "evaluated", 0}, {"2026-02-01", "accepted", 0},
              {"2026-03-01", "completed", 0}, {"2026-04-01", "declined", 1},
              {"2026-05-01", "completed", 1}, {"2026-05-01", "evaluated", 1},
              {"2026-06-01", "contested", 2}, {"2026-06-02", "evaluated", 1}};
  struct world *w = *state;
  uint32_t n;
  for (size_t i = ARRAY_LEN(rows); i-- > 0;)
    respond(w, rows[i].date, rows[i].response);
  agree(w, "2026-04-02", "release");
  const struct said *said = said_of(people_person(&w->people, "888", "s1", "p-1", false), &w->arena,
                                    &n);
  assert_int_equal(n, ARRAY_LEN(rows) + 1);
  for (uint32_t i = 0, row = 0; i < n; i++) {
    if (i > 0)
      assert_true(said[i].date >= said[i - 1].date);
    bool agreement = said[i].event->type->kind == EVENT_AGREEMENT;
    if (said[i].date == day_of("2026-05-01"))
      assert_int_equal(said[i].round, 1); /* both, in either order */
    else
      assert_int_equal(said[i].round, agreement ? 1 : rows[row].round);
    row += !agreement;
  }
}

static int catalogue_up(void **state) {
  (void)state;
  catalogue = shipped_catalogue();
  return hash_init();
}
static int catalogue_down(void **state) {
  (void)state;
  catalogue_destroy(catalogue);
  return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_each_response_makes_its_state),
      TEST(test_what_is_dated_ahead_waits_and_next_change_day),
      TEST(test_a_promise_is_kept_since_the_first_word),
      TEST(test_a_round_that_is_over_takes_its_agreement_along),
      TEST(test_everything_said_has_its_round),
  };
  return cmocka_run_group_tests(tests, catalogue_up, catalogue_down);
}
