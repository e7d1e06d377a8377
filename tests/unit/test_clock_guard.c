/* What the guard of the clock believes, by rows: a day known, readings one after the other, and
 * what each comes to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock_guard.h"
#include "base/mem.h"

#define DAY_S 86400
#define DAY_MS (INT64_C(1000) * DAY_S)

static int32_t day(const char *text) {
  int32_t d = 0;
  assert_true(date_parse(text, 10, &d));
  return d;
}

/* Noon of a day, so many days after the start of the machine's other clock. */
static struct clock_reading at(int32_t today, double boot_days) {
  return (struct clock_reading){{(int64_t)today * DAY_S + DAY_S / 2, 0},
                                (uint64_t)(boot_days * (double)DAY_MS)};
}

static enum clock_state look(struct clock_guard *g, int32_t today, double boot_days) {
  struct clock_reading r = at(today, boot_days);
  return guard_look(g, &r).state;
}

static struct clock_guard begun(int32_t known) {
  struct clock_guard g;
  struct clock_reading r = at(0, 1);
  guard_begin(&g, known, &r);
  return g;
}

static void test_clock_two_days_while_it_runs(void **state) {
  (void)state;
  int32_t d = day("2026-12-01");
  struct clock_guard g = begun(d);
  assert_int_equal(look(&g, d, 1), CLOCK_RIGHT);
  assert_int_equal(look(&g, d + 2, 1), CLOCK_RIGHT);
  assert_int_equal(look(&g, d + 3, 1), CLOCK_AHEAD);
  assert_int_equal(look(&g, day("2033-12-01"), 1), CLOCK_AHEAD);
  assert_int_equal(look(&g, d, 1), CLOCK_RIGHT);
  assert_int_equal(look(&g, d + 3, 2.01), CLOCK_RIGHT); /* a day later */
  assert_int_equal(look(&g, d + 4, 2.01), CLOCK_AHEAD);
  assert_int_equal(look(&g, d - 3, 1), CLOCK_BEHIND);
  assert_int_equal(look(&g, d + 365, 366), CLOCK_RIGHT);
}

/* Each jump within what is allowed: all together they are not. */
static void test_clock_small_jumps_do_not_add_up(void **state) {
  (void)state;
  int32_t d = day("2026-12-01");
  struct clock_guard g = begun(d);
  assert_int_equal(look(&g, d, 1), CLOCK_RIGHT);
  for (int32_t jump = 1; jump <= 10; jump++)
    assert_int_equal(look(&g, d + jump, 1.001), jump <= 2 ? CLOCK_RIGHT : CLOCK_AHEAD);
}

static void test_clock_hundred_days_at_a_start(void **state) {
  (void)state;
  int32_t d = day("2026-12-01");
  static const struct {
    int32_t later;
    enum clock_state state;
  } rows[] = {{0, CLOCK_RIGHT},     {100, CLOCK_RIGHT}, {101, CLOCK_AHEAD},
              {60000, CLOCK_AHEAD}, {-2, CLOCK_RIGHT},  {-3, CLOCK_BEHIND}};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct clock_guard g = begun(d);
    assert_int_equal(look(&g, d + rows[i].later, 1), rows[i].state);
  }
  /* a clock that is set only after the start still has the hundred days */
  struct clock_guard g = begun(d);
  assert_int_equal(look(&g, 0, 1), CLOCK_BEHIND);
  assert_int_equal(look(&g, d + 60, 1), CLOCK_RIGHT);
  assert_int_equal(look(&g, d + 63, 1), CLOCK_AHEAD); /* and from then on two */
}

static void test_clock_in_a_new_directory(void **state) {
  (void)state;
  static const struct {
    const char *today;
    enum clock_state state;
  } rows[] = {{"1970-01-01", CLOCK_BEHIND}, {"2020-01-01", CLOCK_BEHIND},
              {"2026-12-01", CLOCK_RIGHT},  {"2033-01-01", CLOCK_RIGHT},
              {"2038-01-19", CLOCK_AHEAD},  {"2199-12-31", CLOCK_AHEAD}};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct clock_guard g = begun(ABSENT);
    struct clock_reading r = at(day(rows[i].today), 1);
    struct clock_look look = guard_look(&g, &r);
    assert_int_equal(look.state, rows[i].state);
    assert_int_equal(look.may_confirm, rows[i].state != CLOCK_RIGHT);
  }
}

static void test_clock_confirmed(void **state) {
  (void)state;
  int32_t d = day("2026-12-01"), later = day("2033-01-01");
  struct clock_guard g = begun(d);
  struct clock_reading r = at(later, 1);
  assert_int_equal(look(&g, d, 1), CLOCK_RIGHT);
  assert_false(guard_confirm(&g, d, &r)); /* another date than the clock's */
  assert_int_equal(look(&g, later, 1), CLOCK_AHEAD);
  assert_true(guard_confirm(&g, later, &r));
  assert_int_equal(look(&g, later, 1), CLOCK_RIGHT);
  assert_int_equal(look(&g, later + 3, 1), CLOCK_AHEAD);
  assert_false(guard_confirm(&g, later, &r)); /* nothing waits */
}

/* Year 2200 cannot be read back as a day: it would keep the daemon from ever starting again. */
static void test_clock_beyond_the_calendar(void **state) {
  (void)state;
  struct clock_guard g = begun(DAY_LAST);
  struct clock_reading r = at(DAY_LAST + 1, 1);
  struct clock_look look = guard_look(&g, &r);
  assert_true(look.waits);
  assert_false(look.may_confirm);
  assert_false(guard_confirm(&g, DAY_LAST + 1, &r));
  char text[DATE_TEXT];
  assert_string_equal(date_text(DAY_LAST, text), "2199-12-31");
}

/* What is recorded while the clock is wrong, and what times of others are measured by. */
static void test_clock_estimates(void **state) {
  (void)state;
  int32_t d = day("2026-12-01");
  struct clock_guard g = begun(d);
  struct clock_reading right = at(d, 1), wrong = at(day("2033-12-01"), 1.5), back = at(0, 1.5);
  assert_true(guard_look(&g, &right).now.s == right.clock.s);
  assert_true(guard_look(&g, &wrong).now.s == right.clock.s + DAY_S / 2);
  assert_true(guard_look(&g, &wrong).latest.s == right.clock.s + DAY_S / 2);
  assert_true(guard_look(&g, &back).now.s == right.clock.s + DAY_S / 2);
  assert_true(guard_look(&g, &back).latest.s == right.clock.s + DAY_S / 2);

  g = begun(d); /* at a start it may be the clock that is right */
  assert_true(guard_look(&g, &wrong).now.s == (int64_t)d * DAY_S + DAY_S / 2);
  assert_true(guard_look(&g, &wrong).latest.s == (int64_t)(d + 101) * DAY_S);
  assert_true(guard_look(&g, &back).now.s == (int64_t)d * DAY_S + DAY_S / 2);
  assert_true(guard_look(&g, &back).latest.s == (int64_t)(d + 101) * DAY_S);
}

static void test_clock_not_guarded(void **state) {
  (void)state;
  struct clock_guard g = {0};
  struct clock_reading r = at(day("2199-01-01"), 1);
  struct clock_look look = guard_look(&g, &r);
  assert_int_equal(look.state, CLOCK_RIGHT);
  assert_false(look.waits);
  assert_true(look.now.s == r.clock.s && look.latest.s == r.clock.s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_clock_two_days_while_it_runs),
      cmocka_unit_test(test_clock_small_jumps_do_not_add_up),
      cmocka_unit_test(test_clock_hundred_days_at_a_start),
      cmocka_unit_test(test_clock_in_a_new_directory),
      cmocka_unit_test(test_clock_confirmed),
      cmocka_unit_test(test_clock_beyond_the_calendar),
      cmocka_unit_test(test_clock_estimates),
      cmocka_unit_test(test_clock_not_guarded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
