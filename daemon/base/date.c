/* date - days, instants and months. See date.h. Proleptic Gregorian, UTC only: time zones are the
 * senders' business. */
#include "base/date.h"

#include <stdio.h>
#include <string.h>
#include <sys/param.h>
#include <time.h>

struct civil {
  int64_t year;
  int32_t month, day; /* from 1 */
};

/* Days since 1970-01-01, counted in eras of 400 years that begin on 1 March, so that the leap day
 * comes last. */
static int64_t days_of_civil(struct civil c) {
  int64_t y = c.month <= 2 ? c.year - 1 : c.year;
  int64_t era = (y >= 0 ? y : y - 399) / 400, year_of_era = y - era * 400;
  int64_t day_of_year = (153 * ((c.month + 9) % 12) + 2) / 5 + c.day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719468;
}

static struct civil civil_of_days(int64_t days) {
  int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097,
          day_of_era = z - era * 146097;
  int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t shifted_month = (5 * day_of_year + 2) / 153;
  struct civil c = {.month = (int32_t)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9),
                    .day = (int32_t)(day_of_year - (153 * shifted_month + 2) / 5 + 1)};

  c.year = year_of_era + era * 400 + (c.month <= 2 ? 1 : 0);

  return c;
}

static int32_t days_in_month(int64_t year, int32_t month) {
  static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  if (month == 2 && leap)
    return 29;
  return days[month - 1];
}

/* `n` decimal digits at `text`, or -1. */
static int32_t digits(const char *text, size_t n) {
  int32_t v = 0;

  for (size_t i = 0; i < n; i++) {
    if (text[i] < '0' || text[i] > '9')
      return -1;
    v = v * 10 + (text[i] - '0');
  }

  return v;
}

bool date_parse(const char *text, size_t len, int32_t *ret_day) {
  if (len != 10 || text[4] != '-' || text[7] != '-')
    return false;

  struct civil c = {digits(text, 4), digits(text + 5, 2), digits(text + 8, 2)};
  if (c.year < 1900 || c.year > 2199 || c.month < 1 || c.month > 12 || c.day < 1 ||
      c.day > days_in_month(c.year, c.month))
    return false;

  *ret_day = (int32_t)days_of_civil(c);

  return true;
}

const char *date_text(int32_t day, char out[DATE_TEXT]) {
  struct civil c = civil_of_days(day);
  if (c.year < 0 || c.year > 9999)
    memcpy(out, "0000-00-00", DATE_TEXT); /* no day that was parsed can be here */
  else
    snprintf(out, DATE_TEXT, "%04u-%02u-%02u", (unsigned)c.year % 10000, (unsigned)c.month % 100,
             (unsigned)c.day % 100);

  return out;
}

int32_t date_add_months(int32_t day, int32_t months) {
  struct civil c = civil_of_days(day);
  int64_t count = c.year * 12 + (c.month - 1) + months;
  int64_t year = (count >= 0 ? count : count - 11) / 12;
  int32_t month = (int32_t)(count - year * 12) + 1, last = days_in_month(year, month);
  int64_t sum = days_of_civil((struct civil){year, month, MIN(c.day, last)});
  if (sum > INT32_MAX)
    return INT32_MAX;
  if (sum <= INT32_MIN)
    return INT32_MIN + 1;
  return (int32_t)sum;
}

/* ".123" at *p; moves past it. */
static bool parse_fraction(const char **p, const char *end, int32_t *ret_ns) {
  int32_t ns = 0, n = 0;
  for ((*p)++; *p < end && **p >= '0' && **p <= '9'; (*p)++, n++)
    if (n < 9)
      ns = ns * 10 + (**p - '0');

  if (n == 0)
    return false;

  for (; n < 9; n++)
    ns *= 10;

  *ret_ns = ns;

  return true;
}

/* "Z" or "+01:00", to the very end. */
static bool parse_offset(const char *p, const char *end, int32_t *ret_seconds) {
  *ret_seconds = 0;
  if (end - p == 1)
    return *p == 'Z' || *p == 'z';
  if (end - p != 6 || (*p != '+' && *p != '-') || p[3] != ':')
    return false;

  int32_t hours = digits(p + 1, 2), minutes = digits(p + 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
    return false;

  *ret_seconds = (hours * 3600 + minutes * 60) * (*p == '-' ? -1 : 1);

  return true;
}

bool instant_parse(const char *text, size_t len, struct instant *ret) {
  int32_t day, ns = 0, offset;
  if (len < 20 || !date_parse(text, 10, &day) || (text[10] != 'T' && text[10] != 't') ||
      text[13] != ':' || text[16] != ':')
    return false;

  int32_t hours = digits(text + 11, 2), minutes = digits(text + 14, 2),
          seconds = digits(text + 17, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 60)
    return false;

  if (seconds == 60)
    seconds = 59;

  const char *p = text + 19, *end = text + len;
  if (*p == '.' && !parse_fraction(&p, end, &ns))
    return false;
  if (!parse_offset(p, end, &offset))
    return false;

  *ret = (struct instant){(int64_t)day * 86400 + hours * 3600 + minutes * 60 + seconds - offset,
                          ns};

  return true;
}

size_t instant_digits(const char *text, size_t len) {
  const char *dot = memchr(text, '.', len), *p = dot;

  if (!dot)
    return 0;

  for (p++; p < text + len && *p >= '0' && *p <= '9';)
    p++;

  return (size_t)(p - dot - 1);
}

struct instant instant_to_ms(struct instant t) {
  t.ns -= t.ns % 1000000;
  return t;
}

int instant_cmp(struct instant a, struct instant b) {
  if (a.s != b.s) {
    if (a.s < b.s)
      return -1;
    return 1;
  }
  if (a.ns < b.ns)
    return -1;
  return a.ns > b.ns;
}

const char *instant_text(struct instant t, char out[INSTANT_TEXT]) {
  int64_t days = t.s >= 0 ? t.s / 86400 : (t.s - 86399) / 86400;
  unsigned rest = (unsigned)(t.s - days * 86400) % 86400, ns = (unsigned)t.ns % 1000000000;
  char date[DATE_TEXT], fraction[12] = "";

  if (ns != 0) {
    snprintf(fraction, sizeof(fraction), ".%09u", ns);
    for (size_t n = strlen(fraction); n > 0 && fraction[n - 1] == '0'; n--)
      fraction[n - 1] = '\0';
  }

  date_text(days > INT32_MAX || days < INT32_MIN ? INT32_MIN : (int32_t)days, date);
  snprintf(out, INSTANT_TEXT, "%.10sT%02u:%02u:%02u%sZ", date, rest / 3600, rest / 60 % 60,
           rest % 60, fraction);

  return out;
}

bool clock_parse(const char *text, size_t len, int32_t *ret_minute) {
  if (len != 5 || text[2] != ':')
    return false;

  int32_t hours = digits(text, 2), minutes = digits(text + 3, 2);
  if (hours < 0 || minutes < 0 || minutes > 59 || hours * 60 + minutes > 24 * 60)
    return false;

  *ret_minute = hours * 60 + minutes;

  return true;
}

static struct instant fixed_clock;
static bool clock_is_fixed;

struct instant clock_now(void) {
  if (clock_is_fixed)
    return fixed_clock;

  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (struct instant){now.tv_sec, (int32_t)now.tv_nsec};
}

void clock_set_for_tests(const struct instant *fixed) {
  clock_is_fixed = fixed != NULL;
  if (fixed)
    fixed_clock = *fixed;
}

uint64_t clock_mono_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
