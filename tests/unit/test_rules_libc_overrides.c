/* test_rules_libc_overrides - what the worker has in place of the C library's functions gives the
 * same numbers. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define fmod own_fmod
#define strtod own_strtod
#define time own_time
double own_fmod(double x, double y);
double own_strtod(const char *restrict s, char **restrict ret_end);
time_t own_time(time_t *ret);
#include "../../daemon/rules/libc_overrides.c"
#undef fmod
#undef strtod
#undef time

static uint64_t state = 20261128;

static uint64_t chance(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return state ^ state >> 29;
}

static double of_bits(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static void same_rest(double x, double y) {
  double own = own_fmod(x, y), theirs = fmod(x, y);
  if (isnan(own) && isnan(theirs))
    return;
  if (memcmp(&own, &theirs, sizeof own) != 0)
    fail_msg("fmod(%a, %a) is %a, here %a", x, y, theirs, own);
}

static void remainders_are_the_same(void **unused) {
  (void)unused;
  const double odd[] = {0,
                        -0.0,
                        1,
                        -1,
                        0.5,
                        3,
                        5e-324,
                        1.5e-323,
                        2.2250738585072014e-308,
                        1e-308,
                        1.7e308,
                        -1.7e308,
                        1e16,
                        INFINITY,
                        -INFINITY,
                        NAN,
                        2.5,
                        9007199254740993.0,
                        0.1,
                        -7.25,
                        1e-300,
                        1e300,
                        4503599627370496.5};
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
    for (size_t k = 0; k < sizeof odd / sizeof *odd; k++)
      same_rest(odd[i], odd[k]);
  for (int i = 0; i < 200000; i++)
    same_rest(of_bits(chance()), of_bits(chance()));
  for (int i = 0; i < 200000; i++)
    same_rest(of_bits(chance()), of_bits(chance() >> (chance() % 64))); /* subnormal ones as well */
  for (int i = 0; i < 100000; i++)
    same_rest((double)(int32_t)chance(), (double)(int32_t)chance() / 8);
}

static void short_texts_are_numbers_as_ever(void **unused) {
  (void)unused;
  static const char *const texts[] = {"",    "x",     "1",  " 12.5e3z", "0x1p-3", "inf",
                                      "nan", "1e400", "-0", ".",        "1e"};
  assert_true(libc_overrides_open());
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    char *own_end, *end;
    double own = own_strtod(texts[i], &own_end), theirs = strtod(texts[i], &end);
    assert_true((isnan(own) && isnan(theirs)) || memcmp(&own, &theirs, sizeof own) == 0);
    assert_ptr_equal(own_end, end);
  }
}

static void long_texts_are_no_numbers(void **unused) {
  (void)unused;
  char text[NUMBER_TEXT_MAX + 2], *end;
  memset(text, '9', sizeof text);
  text[NUMBER_TEXT_MAX + 1] = '\0';
  assert_true(own_strtod(text, &end) == 0);
  assert_ptr_equal(end, text);
  text[NUMBER_TEXT_MAX] = '\0';
  assert_true(own_strtod(text, &end) > 1e31);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(remainders_are_the_same),
                                     cmocka_unit_test(short_texts_are_numbers_as_ever),
                                     cmocka_unit_test(long_texts_are_no_numbers)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
