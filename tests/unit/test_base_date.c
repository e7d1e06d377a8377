/* date: days, months, instants and times of day. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/date.h"

static bool parses(const char *text) {
  int32_t day;
  return date_parse(text, strlen(text), &day);
}

static int32_t day_of(const char *text) {
  int32_t day = ABSENT;
  assert_true(date_parse(text, strlen(text), &day));
  return day;
}

static void real_days_only(void **state) {
  (void)state;
  static const char *const wrong[] = {"2026-02-30",
                                      "2026-02-29",
                                      "1900-02-29",
                                      "2100-02-29",
                                      "2026-13-01",
                                      "2026-00-10",
                                      "2026-01-00",
                                      "2026-04-31",
                                      "1899-12-31",
                                      "2200-01-01",
                                      "2026-1-01",
                                      "2026-01-1",
                                      "26-01-01",
                                      "2026/01/01",
                                      "2026-01-01 ",
                                      " 2026-01-01",
                                      "2026-01-0a",
                                      "+026-01-01",
                                      ""};
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
    if (parses(wrong[i]))
      fail_msg("'%s' was taken for a date", wrong[i]);
  assert_true(parses("2000-02-29"));
  assert_true(parses("2028-02-29"));
  assert_true(parses("1900-01-01"));
  assert_true(parses("2199-12-31"));
}

static void days_are_counted_from_1970(void **state) {
  (void)state;
  assert_int_equal(day_of("1970-01-01"), 0);
  assert_int_equal(day_of("1969-12-31"), -1);
  assert_int_equal(day_of("2000-03-01"), 11017);
  assert_int_equal(day_of("2026-11-22"), 20779);
}

static void every_day_survives_text(void **state) {
  (void)state;
  char text[DATE_TEXT], before[DATE_TEXT] = "";
  for (int32_t day = day_of("1900-01-01"), last = day_of("2199-12-31"); day <= last; day++) {
    assert_int_equal(day_of(date_text(day, text)), day);
    assert_true(strcmp(before, text) < 0);
    strcpy(before, text);
  }
  assert_string_equal(date_text(ABSENT, text), "0000-00-00");
}

static void months_clamp_to_the_end(void **state) {
  (void)state;
  static const struct {
    const char *from;
    int32_t months;
    const char *to;
  } rows[] = {{"2026-01-31", 1, "2026-02-28"},   {"2028-01-31", 1, "2028-02-29"},
              {"2026-12-15", 1, "2027-01-15"},   {"2026-01-15", -1, "2025-12-15"},
              {"2026-03-31", -13, "2025-02-28"}, {"2024-02-29", 36, "2027-02-28"},
              {"2026-05-31", 0, "2026-05-31"},   {"2026-11-30", 3, "2027-02-28"},
              {"1970-01-01", -12, "1969-01-01"}};
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    char text[DATE_TEXT];
    assert_string_equal(date_text(date_add_months(day_of(rows[i].from), rows[i].months), text),
                        rows[i].to);
  }
  assert_true(date_add_months(INT32_MAX, INT32_MAX) != ABSENT);
  assert_true(date_add_months(INT32_MIN + 1, INT32_MIN) != ABSENT);
}

static struct instant instant_of(const char *text) {
  struct instant t = {0};
  if (!instant_parse(text, strlen(text), &t))
    fail_msg("'%s' was not taken for an instant", text);
  return t;
}

static void instants_of_any_offset(void **state) {
  (void)state;
  struct instant noon = instant_of("2026-11-22T12:00:00Z");
  assert_int_equal(noon.s, (int64_t)20779 * 86400 + 12 * 3600);
  assert_int_equal(instant_cmp(noon, instant_of("2026-11-22T13:30:00+01:30")), 0);
  assert_int_equal(instant_cmp(noon, instant_of("2026-11-21t23:00:00-13:00")), 0);
  assert_int_equal(instant_cmp(noon, instant_of("2026-11-22T12:00:00.000z")), 0);
  assert_true(instant_cmp(noon, instant_of("2026-11-22T12:00:00.000000001Z")) < 0);
  assert_true(instant_cmp(noon, instant_of("2026-11-22T11:59:59.9Z")) > 0);
  assert_int_equal(instant_of("2026-11-22T12:00:00.1234567899Z").ns, 123456789);
  assert_int_equal(
      instant_cmp(instant_of("2016-12-31T23:59:60Z"), instant_of("2016-12-31T23:59:59Z")), 0);
}

static void not_instants(void **state) {
  (void)state;
  static const char *const wrong[] = {"2026-11-22",
                                      "2026-11-22T12:00:00",
                                      "2026-11-22 12:00:00Z",
                                      "2026-11-22T24:00:00Z",
                                      "2026-11-22T12:60:00Z",
                                      "2026-11-22T12:00:61Z",
                                      "2026-02-30T12:00:00Z",
                                      "2026-11-22T12:00:00.Z",
                                      "2026-11-22T12:00:00+1:00",
                                      "2026-11-22T12:00:00Zx",
                                      "2026-11-22T12:00:00+24:00",
                                      "2026-11-22T12:00:00+01:60",
                                      "2026-11-22T12:00:00.5",
                                      "2026-11-22T12:00:00+01000",
                                      "2026-11-22T12:00Z     "};
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    struct instant t;
    if (instant_parse(wrong[i], strlen(wrong[i]), &t))
      fail_msg("'%s' was taken for an instant", wrong[i]);
  }
}

static void instants_as_text(void **state) {
  (void)state;
  static const char *const rows[] = {"2026-11-22T10:00:00Z", "2026-11-22T10:00:00.5Z",
                                     "1969-12-31T23:59:59.000000001Z", "1900-01-01T00:00:00Z"};
  char text[INSTANT_TEXT];
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    assert_string_equal(instant_text(instant_of(rows[i]), text), rows[i]);
}

static void times_of_day(void **state) {
  (void)state;
  int32_t minute = -1;
  assert_true(clock_parse("00:00", 5, &minute));
  assert_int_equal(minute, 0);
  assert_true(clock_parse("08:30", 5, &minute));
  assert_int_equal(minute, 510);
  assert_true(clock_parse("24:00", 5, &minute));
  assert_int_equal(minute, 1440);
  static const char *const wrong[] = {"24:01", "23:60",  "8:30",  "08-30",
                                      "08:3x", "08:300", "99:00", ""};
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
    assert_false(clock_parse(wrong[i], strlen(wrong[i]), &minute));
  assert_int_equal(minute, 1440);
}

static void the_clock_can_be_replaced(void **state) {
  (void)state;
  struct instant fixed = instant_of("2026-11-22T10:00:00Z");
  clock_set_for_tests(&fixed);
  assert_int_equal(instant_cmp(clock_now(), fixed), 0);
  clock_set_for_tests(NULL);
  assert_true(instant_cmp(clock_now(), instant_of("2020-01-01T00:00:00Z")) > 0);
  assert_true(clock_mono_ms() <= clock_mono_ms());
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(real_days_only),
      cmocka_unit_test(days_are_counted_from_1970),
      cmocka_unit_test(every_day_survives_text),
      cmocka_unit_test(months_clamp_to_the_end),
      cmocka_unit_test(instants_of_any_offset),
      cmocka_unit_test(not_instants),
      cmocka_unit_test(instants_as_text),
      cmocka_unit_test(times_of_day),
      cmocka_unit_test(the_clock_can_be_replaced),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
