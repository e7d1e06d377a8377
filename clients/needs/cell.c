/* cell - see cell.h. */
#include "cell.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"

/* --- words --- */

/* Typographic characters, and what people type for them. */
static const struct {
  const char *from, *to;
} plain[] = {
    {"\xC2\xA0", " "},      {"\xE2\x80\xAF", " "}, {"\xE2\x80\x89", " "}, {"\xE2\x80\x8B", ""},
    {"\xC2\xAD", ""},       {"\xE2\x80\x98", "'"}, {"\xE2\x80\x99", "'"}, {"\xE2\x80\x9C", "\""},
    {"\xE2\x80\x9D", "\""}, {"\xE2\x80\x90", "-"}, {"\xE2\x80\x91", "-"}, {"\xE2\x80\x92", "-"},
    {"\xE2\x80\x93", "-"},  {"\xE2\x80\x94", "-"}, {"\xEF\xBB\xBF", ""},
};

static size_t plain_at(const char *s, const char **ret) {
  for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
    if (!strncmp(s, plain[i].from, strlen(plain[i].from))) {
      *ret = plain[i].to;
      return strlen(plain[i].from);
    }

  return 0;
}

static void add_plain(struct text *t, const char *s) {
  while (*s) {
    const char *to;
    size_t n = plain_at(s, &to);
    if (n) {
      text_add(t, to);
      s += n;
    } else
      text_add_n(t, s++, 1);
  }
}

char *word_key(const char *s) {
  struct text t = {0}, key = {0};
  int number = cell_whole(s);

  add_plain(&t, s);
  text_add(&key, "");

  if (number >= 0)
    text_addf(&key, "%d", number);
  else
    for (const char *p = text_or(t.s, ""); *p; p++) {
      bool space = isspace((unsigned char)*p);
      if (space && (!key.len || key.s[key.len - 1] == ' '))
        continue;
      char c = (char)(space ? ' ' : tolower((unsigned char)*p));
      text_add_n(&key, &c, 1);
    }

  while (key.len && key.s[key.len - 1] == ' ')
    key.s[--key.len] = '\0';

  text_finish(&t);
  if (key.s)
    return key.s;

  return copy_text("");
}

/* --- ids --- */

const char *cell_damage(const char *s) {
  static const char *const errors[] = {"#REF!",  "#N/A",  "#VALUE!", "#DIV/0!", "#NAME?",
                                       "#NULL!", "#NUM!", "#SPILL!", "#CALC!",  "#ERROR!"};
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (!strcasecmp(s, errors[i]))
      return "is a formula error; correct the formula, or leave the cell blank";

  if (*s == '#' && s[strspn(s, "#")] == '\0' && s[1])
    return "is a column too narrow to show its value; widen it and save again";
  if (strstr(s, "\xEF\xBF\xBD"))
    return "contains a character that could not be read; save as UTF-8, or name the character set "
           "with --encoding";

  for (; *s; s++)
    if ((unsigned char)*s < ' ' && !strchr("\t\r\n", *s))
      return "contains a control character; remove it";

  return NULL;
}

static bool same_ignoring_blanks(const char *pattern, const char *s) {
  for (; *pattern; s++) {
    if (*s == ' ')
      continue;
    if (*pattern == '9' ? !isdigit((unsigned char)*s) : !isalpha((unsigned char)*s))
      return false;
    pattern++;
  }

  return !*s;
}

bool cell_is_personal(const char *cell) {
  const char *at = strchr(cell, '@');
  bool address = at && at > cell && strchr(at, '.') && !strpbrk(cell, "/ ");
  return address || same_ignoring_blanks("AA999999A", cell);
}

bool cell_is_id(const char *s) {
  size_t n = strspn(s, ID_CHARACTERS);
  return n && n <= 64 && !s[n] && strcmp(s, "-") != 0;
}

/* 1.23E+05; the sign tells it from an id like 1E5. */
static bool scientific(const char *s) {
  size_t digits = strspn(s, "0123456789"), more = 0;
  if (!digits)
    return false;

  s += digits;
  if (*s == '.' || *s == ',')
    more = 1 + strspn(s + 1, "0123456789");

  s += more;

  return (*s == 'E' || *s == 'e') && (s[1] == '+' || s[1] == '-') && s[2] &&
         !s[2 + strspn(s + 2, "0123456789")];
}

static int month_named(const char *s, size_t len);

/* 1-Mar, Mar-26: what a spreadsheet makes of ids like 1-3 and MAR26. */
static bool day_and_month(const char *s) {
  const char *dash = strchr(s, '-');
  if (!dash || strchr(dash + 1, '-'))
    return false;

  size_t before = (size_t)(dash - s), after = strlen(dash + 1);
  bool number_first = before && before <= 2 && strspn(s, "0123456789") == before;
  bool number_last = (after == 2 || after == 4) && strspn(dash + 1, "0123456789") == after;

  return (number_first && month_named(dash + 1, after)) || (number_last && month_named(s, before));
}

const char *cell_spoilt_id(const char *s) {
  size_t digits = strspn(s, "0123456789");
  if (scientific(s))
    return "a number in scientific notation";
  if (digits > 15 && !s[digits])
    return "a number, of which it keeps 15 digits";
  if (digits && (s[digits] == '.' || s[digits] == ',') && s[digits + 1] &&
      !s[digits + 1 + strspn(s + digits + 1, "0123456789")])
    return "a number with a fraction";

  struct cell_date d = cell_date(s, false);
  if (day_and_month(s) || (d.form != DATE_NONE && d.form != DATE_SERIAL && !(digits == 8 && !s[8])))
    return "a date";
  if (!strcasecmp(s, "true") || !strcasecmp(s, "false"))
    return "a logical value";

  return NULL;
}

/* --- numbers --- */

int cell_whole(const char *s) {
  size_t digits = strspn(s, "0123456789");
  const char *rest = s + digits;
  if ((*rest == '.' || *rest == ',') && rest[1] == '0')
    rest += 1 + strspn(rest + 1, "0");

  if (digits && digits < 5 && !*rest)
    return atoi(s);
  return -1;
}

/* 1,500 and 12,000: one comma before three digits. */
static bool thousands(const char *s) {
  size_t first = strspn(s, "0123456789");
  return first && first <= 3 && *s != '0' && s[first] == ',' &&
         strspn(s + first + 1, "0123456789") == 3 && !s[first + 4];
}

int cell_count(const char *s) {
  if (!thousands(s))
    return cell_whole(s);
  return atoi(s) * 1000 + atoi(strchr(s, ',') + 1);
}

static int clock_minutes(const char *s) {
  int h, m, end = 0;
  if (sscanf(s, "%3d:%2d%n", &h, &m, &end) != 2 || s[end] || !isdigit((unsigned char)*s) ||
      strlen(strchr(s, ':')) != 3)
    return -1;
  if (m < 60)
    return h * 60 + m;
  return -1;
}

int cell_minutes(const char *s) {
  size_t whole = strspn(s, "0123456789");
  if (strchr(s, ':'))
    return clock_minutes(s);
  if (thousands(s))
    return -2;
  if (!whole || whole > 4)
    return -1;

  const char *fraction = s + whole;
  if (!*fraction)
    return atoi(s) * 60;

  size_t digits = strspn(fraction + 1, "0123456789");
  if ((*fraction != '.' && *fraction != ',') || !digits || digits > 6 || fraction[1 + digits])
    return -1;

  long part = atol(fraction + 1), unit = 1;
  for (size_t i = 0; i < digits; i++)
    unit *= 10;

  /* the nearest minute: 6.33 is 6 h 20 */
  return atoi(s) * 60 + (int)((part * 60 * 2 + unit) / (unit * 2));
}

int cell_flag(const char *s) {
  static const char *const words[] = {"no", "n", "false", "0", "yes", "y", "true", "1"};
  for (int i = 0; i < 8; i++)
    if (!strcasecmp(s, words[i]))
      return i >= 4;
  return -1;
}

/* --- dates --- */

static int month_named(const char *s, size_t len) {
  static const char *const months[] = {"january",   "february", "march",    "april",
                                       "may",       "june",     "july",     "august",
                                       "september", "october",  "november", "december"};
  if (len == 4 && !strncasecmp(s, "sept", 4))
    return 9;

  for (int i = 0; i < 12; i++)
    if ((len == 3 || len == strlen(months[i])) && !strncasecmp(s, months[i], len))
      return i + 1;

  return 0;
}

static bool weekday_named(const char *s, size_t len) {
  static const char *const days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                     "friday", "saturday", "sunday"};

  for (int i = 0; i < 7; i++)
    if ((len == 3 || len == strlen(days[i]) || (len == 4 && i >= 1 && i <= 3)) &&
        !strncasecmp(s, days[i], len))
      return true;

  return false;
}

/* One past the date: a time of day may follow it, and does not count. */
static size_t before_time(const char *s) {
  const char *colon = strchr(s, ':');
  if (!colon)
    return strlen(s);

  const char *p = colon;
  while (p > s && isdigit((unsigned char)p[-1]))
    p--;

  int h, m, sec = 0, end = 0;
  if (sscanf(p, "%2d:%2d%n", &h, &m, &end) != 2 || h > 23 || m > 59)
    return 0;

  const char *rest = p + end;
  if (*rest == ':' && (sscanf(rest, ":%2d%n", &sec, &end) != 1 || sec > 59))
    return 0;

  if (*rest == ':')
    rest += end;
  if (*rest == '.')
    rest += 1 + strspn(rest + 1, "0");

  rest += strspn(rest, " ");
  if (!strcasecmp(rest, "am") || !strcasecmp(rest, "pm"))
    rest += 2;
  if (!strcmp(rest, "Z"))
    rest++;

  if (*rest || p == s || p == colon)
    return 0;

  while (p > s && (p[-1] == ' ' || p[-1] == 'T'))
    p--;

  return (size_t)(p - s);
}

#define TOKENS 5 /* Thu 17 th Sept 2026 */
struct token {
  const char *s;
  size_t len;
  int number; /* -1: a word */
};

/* Numbers and words between spaces, commas, dots, dashes and slashes; 0 if there is anything else.
 * *ret_separator: the one character between all of them, 0 if they differ. */
static int tokens(const char *s, size_t len, struct token ret[TOKENS], char *ret_separator) {
  int n = 0;
  *ret_separator = '?';
  for (size_t i = 0; i < len;) {
    size_t start = i;
    bool digit = isdigit((unsigned char)s[i]);
    while (i < len && (digit ? isdigit((unsigned char)s[i]) : isalpha((unsigned char)s[i])))
      i++;

    if (i == start || n == TOKENS || i - start > 9)
      return 0;

    ret[n++] = (struct token){s + start, i - start, digit ? atoi(s + start) : -1};
    size_t gap = 0;
    while (i + gap < len && strchr(" ,.-/", s[i + gap]))
      gap++;
    if (i + gap < len) {
      char c = 0;
      if (gap == 1)
        c = s[i];
      if (*ret_separator == '?' || *ret_separator == c)
        *ret_separator = c;
      else
        *ret_separator = 0;
    } else if (gap)
      return 0;

    i += gap;
  }

  return n;
}

static bool ordinal(const struct token *t) {
  return t->len == 2 && (!strncasecmp(t->s, "st", 2) || !strncasecmp(t->s, "nd", 2) ||
                         !strncasecmp(t->s, "rd", 2) || !strncasecmp(t->s, "th", 2));
}

static void drop_token(struct token *t, int *n, int at) {
  memmove(t + at, t + at + 1, (size_t)(*n - at - 1) * sizeof *t);
  --*n;
}

static void set_date(struct cell_date *d, int y, int m, int day) {
  if (date_exists(y, m, day))
    snprintf(d->iso, sizeof d->iso, "%04u-%02u-%02u", (unsigned)y % 10000, (unsigned)m % 100,
             (unsigned)day % 100);
}

/* Day 1 is 1 January 1900; the day that the program wrongly believes in came before all days taken
 * here. */
static struct cell_date from_serial(int n) {
  struct cell_date d = {.form = DATE_SERIAL};
  if (n < 30000 || n > 65000)
    return (struct cell_date){.form = DATE_NONE};

  int y = 1982, m = 1, left = n - 29952; /* 29952 is 1 January 1982 */
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

  for (;;) {
    int here = days[m - 1] + (m == 2 && date_exists(y, 2, 29));
    if (left < here)
      break;

    left -= here;
    if (++m > 12) {
      m = 1;
      y++;
    }
  }

  set_date(&d, y, m, left + 1);

  return d;
}

/* A year of two digits is this century's when a spreadsheet reads it so, 00 to 29; others could be
 * either. */
static int long_year(const struct token *t) {
  if (t->len == 4)
    return t->number;
  if (t->len == 2 && t->number < 30)
    return 2000 + t->number;
  return -1;
}

static struct cell_date with_month_name(const struct token *day, const struct token *month,
                                        const struct token *year) {
  struct cell_date d = {.form = DATE_NAMED};
  int m = month_named(month->s, month->len), y = long_year(year);
  if (!m || day->len > 2 || day->number < 0 || year->number < 0)
    return (struct cell_date){.form = DATE_NONE};
  if (y < 0)
    return (struct cell_date){.form = year->len == 2 ? DATE_SHORT_YEAR : DATE_NONE};

  set_date(&d, y, m, day->number);

  return d;
}

static struct cell_date all_numbers(const struct token *t, char separator, bool month_first) {
  struct cell_date d = {.form = DATE_NUMERIC};
  if (separator != '/' && separator != '-' && separator != '.')
    return (struct cell_date){.form = DATE_NONE};
  if (t[0].len == 4 && t[1].len <= 2 && t[2].len <= 2) {
    d.form = DATE_ISO;
    set_date(&d, t[0].number, t[1].number, t[2].number);
    return d;
  }
  if (t[0].len > 2 || t[1].len > 2 || (t[2].len != 4 && t[2].len != 2))
    return (struct cell_date){.form = DATE_NONE};
  if (t[2].len == 2)
    return (struct cell_date){.form = DATE_SHORT_YEAR};

  bool day_first_good = date_exists(t[2].number, t[1].number, t[0].number);
  bool month_first_good = date_exists(t[2].number, t[0].number, t[1].number);

  d.day_only = day_first_good && !month_first_good;
  d.month_only = month_first_good && !day_first_good;

  if (month_first)
    set_date(&d, t[2].number, t[0].number, t[1].number);
  else
    set_date(&d, t[2].number, t[1].number, t[0].number);

  return d;
}

struct cell_date cell_date(const char *s, bool month_first) {
  struct cell_date none = {.form = DATE_NONE};
  struct token t[TOKENS];
  char separator;
  size_t len = before_time(s);
  int n = tokens(s, len, t, &separator);
  if (n > 1 && weekday_named(t[0].s, t[0].len) && t[0].number < 0)
    drop_token(t, &n, 0);
  for (int i = 1; i < n; i++)
    if (ordinal(&t[i]) && t[i - 1].number >= 0 && t[i - 1].s + t[i - 1].len == t[i].s)
      drop_token(t, &n, i);

  if (n == 1 && t[0].number >= 0 && t[0].len == 8 && len == 8) {
    struct cell_date d = {.form = DATE_ISO};
    set_date(&d, t[0].number / 10000, t[0].number / 100 % 100, t[0].number % 100);
    return d;
  }
  if (n == 1 && t[0].number >= 0 && t[0].len == 5)
    return from_serial(t[0].number);
  if (n != 3)
    return none;
  if (t[0].number >= 0 && t[1].number < 0)
    return with_month_name(&t[0], &t[1], &t[2]);
  if (t[0].number < 0)
    return with_month_name(&t[1], &t[0], &t[2]);
  if (t[2].number < 0)
    return none;

  return all_numbers(t, separator, month_first);
}
