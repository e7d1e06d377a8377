/* test_effect - when a completed development counts as having closed its gap, and how what is
 * counted is rounded. */
#include <stdlib.h>

#include "facts_support.h"
#include "needs/effect.h"

static struct catalogue *catalogue;

struct world {
  struct people people;
  struct arena arena;
  uint64_t position;
};

static void tell(struct world *w, const char *kind, const char *id, const char *time,
                 const char *data) {
  people_apply(&w->people, make_event(catalogue, kind, id, "p", time, data, ""), ++w->position,
               NULL, NULL);
}

static void begin(struct world *w) {
  *w = (struct world){0};
  people_init(&w->people, test_key, NULL);
  tell(w, "person.recorded", "post", "2026-01-01T09:00:00Z",
       "{\"roles\":[{\"role\":\"TASS\",\"from\":\"2020-09-01\",\"main\":true}]}");
}

static void rate(struct world *w, const char *id, const char *date, const char *competence,
                 int level) {
  char data[400];
  snprintf(data, sizeof data,
           "{\"date\":\"%s\",\"evidence\":\"manager\",\"ratings\":[{\"competence\":\"%s\","
           "\"level\":%d}]}",
           date, competence, level);
  char time[32];
  snprintf(time, sizeof time, "%sT10:00:00Z", date);
  tell(w, "assessment.recorded", id, time, data);
}

static void complete(struct world *w, const char *id, const char *date,
                     const char *recommendation) {
  char data[300], time[32];
  snprintf(
      data, sizeof data,
      "{\"recommendation\":\"%s\",\"date\":\"%s\",\"response\":\"completed\",\"by\":\"person\"}",
      recommendation, date);
  snprintf(time, sizeof time, "%sT15:00:00Z", date);
  tell(w, "response.recorded", id, time, data);
}

/* What is counted of the person: completed * 100 + closed, of one kind; and the world's end. */
static int counted(struct world *w, const char *kind, const char *day) {
  struct effect_counts counts = {0};
  struct person *p = people_person(&w->people, "888", "s1", "p", false);
  effect_count_person(p, catalogue, day_of(day), &w->arena, &counts);
  int found = 0;
  for (size_t i = 0; i < counts.n; i++)
    if (strcmp(counts.items[i].kind, kind) == 0)
      found = counts.items[i].completed * 100 + counts.items[i].closed;
  free(counts.items);
  arena_finish(&w->arena);
  finish_people(&w->people);
  return found;
}

static void completion_is_judged_by_what_came_after(void **state) {
  (void)state;
  static const struct {
    int before, after; /* levels, 0 = not rated */
    const char *rated_on;
    int expected;
  } rows[] = {
      {1, 3, "2026-05-02", 101}, {1, 3, "2026-05-01", 101}, /* on the day itself */
      {1, 1, "2026-05-02", 100}, {1, 0, NULL, 0},           /* nobody has looked since */
      {1, 3, "2026-04-30", 0}, /* reached before: nothing was to be closed */
      {0, 3, "2026-05-02", 101}, {3, 3, "2026-05-02", 0},   {1, 3, "2026-07-01", 0}, /* not yet */
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct world w;
    begin(&w);
    if (rows[i].before)
      rate(&w, "before", "2026-02-01", "STL3", rows[i].before);
    complete(&w, "done", "2026-05-01", "coaching.STL3");
    if (rows[i].after)
      rate(&w, "after", rows[i].rated_on, "STL3", rows[i].after);
    int got = counted(&w, "coaching", "2026-06-01");
    if (got != rows[i].expected)
      fail_msg("row %zu: %d, not %d", i, got, rows[i].expected);
  }
}

static void completion_to_come_does_not_count(void **state) {
  (void)state;
  struct world w;
  begin(&w);
  rate(&w, "before", "2026-02-01", "STL3", 1);
  complete(&w, "done", "2026-05-01", "coaching.STL3");
  rate(&w, "after", "2026-05-02", "STL3", 3);
  assert_int_equal(counted(&w, "coaching", "2026-04-30"), 0);
}

static void each_kind_counts_for_itself(void **state) {
  (void)state;
  struct world w;
  begin(&w);
  rate(&w, "before", "2026-02-01", "STL3", 1);
  complete(&w, "one", "2026-05-01", "shadowing.STL3");
  complete(&w, "two", "2026-05-03", "coaching.STL3");
  complete(&w, "find", "2026-05-03", "finding-out.self-assessment");
  rate(&w, "after", "2026-05-04", "STL3", 3);
  assert_int_equal(counted(&w, "shadowing", "2026-06-01"), 101);
}

static void nobody_who_left_counts(void **state) {
  (void)state;
  struct world w;
  begin(&w);
  complete(&w, "done", "2026-05-01", "coaching.STL3");
  rate(&w, "after", "2026-05-02", "STL3", 3);
  tell(&w, "person.left", "left", "2026-05-20T09:00:00Z",
       "{\"date\":\"2026-05-20\",\"reason\":\"moved\"}");
  assert_int_equal(counted(&w, "coaching", "2026-06-01"), 0);
}

static void told_in_tens(void **state) {
  (void)state;
  static const struct {
    int32_t completed, closed, people, told, told_closed; /* told 0: not at all */
  } rows[] = {{9, 9, 9, 0, 0},
              {10, 10, 4, 0, 0},
              {10, 0, 5, 10, 0},
              {12, 8, 12, 10, 6},
              {19, 19, 19, 10, 10},
              {20, 13, 9, 20, 12},
              {30, 10, 30, 30, 9},
              {1999, 1000, 1000, 1990, 995},
              {2000000000, 1999999999, 9, 2000000000, 1800000000}};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct effect e = {0};
    bool told = effect_rounded(
        &(struct effect_count){"coaching", rows[i].completed, rows[i].closed, rows[i].people, NULL},
        &e);
    if (told != (rows[i].told > 0) || e.completed != rows[i].told ||
        e.closed != rows[i].told_closed)
      fail_msg("row %zu: %d of %d", i, e.closed, e.completed);
  }
}

static int set_up(void **state) {
  (void)state;
  catalogue = shipped_catalogue();
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  catalogue_destroy(catalogue);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(completion_is_judged_by_what_came_after),
      cmocka_unit_test(completion_to_come_does_not_count),
      cmocka_unit_test(each_kind_counts_for_itself),
      cmocka_unit_test(nobody_who_left_counts),
      cmocka_unit_test(told_in_tens),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
