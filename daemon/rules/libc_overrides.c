/* libc_overrides - the worker's own versions of functions of the C library that the Lua
 * interpreter calls.
 *
 * The linker prefers the program's definitions to the library's, in liblua too. There are three.
 * `time` is constant, because rules must not see a difference between two workers. `strtod` and
 * `fmod` have a bounded cost, because the interpreter calls them between two checks of the
 * instruction count. With the library's versions, a rule with carefully chosen arguments could use
 * a hundred times more processor time than its budget allows. */
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rules/libc_overrides.h"

/* Lua seeds its hashes from the time. */
time_t time(time_t *ret) {
  if (ret)
    *ret = 0;
  return 0;
}

/* --- strtod: where a loop has a text for a limit. Longer texts are no numbers. --- */

#define NUMBER_TEXT_MAX 32 /* the longest that a number needs is 24 */
static locale_t plain;

bool libc_overrides_open(void) {
  plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  return plain != (locale_t)0;
}

double strtod(const char *restrict s, char **restrict ret_end) {
  if (plain != (locale_t)0 && strnlen(s, NUMBER_TEXT_MAX + 1) <= NUMBER_TEXT_MAX)
    return strtod_l(s, ret_end, plain);

  if (ret_end)
    *ret_end = (char *)(uintptr_t)s;
  return 0;
}

/* --- fmod: behind `%` of two floats. The library's goes through the difference of the exponents
 * bit by bit, up to 2,000. --- */

#define FRACTION_BITS 52

/* |x| as fraction * 2^(exponent - 1075), the fraction below 2^53. */
static uint64_t fraction_of(double x, int *ret_exponent) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  *ret_exponent = (int)(bits >> FRACTION_BITS & 0x7ff);
  uint64_t fraction = bits & ((UINT64_C(1) << FRACTION_BITS) - 1);
  if (*ret_exponent > 0)
    return fraction | UINT64_C(1) << FRACTION_BITS;

  *ret_exponent = 1;

  return fraction;
}

static uint64_t product_mod(uint64_t a, uint64_t b, uint64_t m) {
  return (uint64_t)((unsigned __int128)a * b % m);
}

/* 2^n modulo m, n below 2^11. */
static uint64_t power_mod(int n, uint64_t m) {
  uint64_t p = 1 % m;

  for (int bit = 10; bit >= 0; bit--) {
    p = product_mod(p, p, m);
    if (n >> bit & 1)
      p = p * 2 % m;
  }

  return p;
}

double fmod(double x, double y) {
  int ex, ey;
  if (isnan(x) || isnan(y) || isinf(x) || y == 0)
    return NAN;
  if (fabs(x) < fabs(y))
    return x;

  uint64_t fx = fraction_of(x, &ex), fy = fraction_of(y, &ey);
  uint64_t rest = product_mod(fx % fy, power_mod(ex - ey, fy), fy);

  return copysign(ldexp((double)rest, ey - 1075), x);
}
