/* date - days, instants and months, as the calendar of the UTC day counts them.
 *
 * A day is an int32_t, days since 1970-01-01 (may be negative). ABSENT means "not given"
 * wherever an int32_t is optional. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ABSENT INT32_MIN

#define DAY_LAST 84005 /* 2199-12-31: no later day can be written */
#define DATE_TEXT 11   /* "2026-11-22" and its NUL */

/* strict YYYY-MM-DD, years 1900..2199, real days only */
bool date_parse(const char *text, size_t len, int32_t *ret_day);
const char *date_text(int32_t day, char out[DATE_TEXT]); /* returns out */
/* clamps to the end of the month */
int32_t date_add_months(int32_t day, int32_t months);

struct instant {
  int64_t s; /* seconds since 1970-01-01T00:00:00Z */
  int32_t ns;
};
/* RFC 3339 with any offset, fraction up to 9 digits (more are cut), leap second 60 read as 59.
 * False if not one. */
bool instant_parse(const char *text, size_t len, struct instant *ret);
#define INSTANT_DIGITS 9 /* of a second's fraction; what senders' libraries write at most */
/* How many digits the fraction of a second has in the text of an instant. */
size_t instant_digits(const char *text, size_t len);
struct instant instant_to_ms(struct instant t);      /* cut, not rounded */
int instant_cmp(struct instant a, struct instant b); /* <0, 0, >0 */
#define INSTANT_TEXT 32
/* 2026-11-22T10:00:00Z, fraction only if there is one */
const char *instant_text(struct instant t, char out[INSTANT_TEXT]);

/* HH:MM, 00:00..24:00, to minutes since midnight. */
bool clock_parse(const char *text, size_t len, int32_t *ret_minute);

/* The wall clock, behind one function so that tests replace it. */
struct instant clock_now(void);
void clock_set_for_tests(const struct instant *fixed); /* NULL = the real clock again */
uint64_t clock_mono_ms(void);
