/* column_guess - see column_guess.h. */
#include "column_guess.h"

#include <ctype.h>
#include <string.h>

#include "cell.h"

/* --- cells --- */

static bool is_id(const char *cell) {
  return cell_is_id(cell) && strpbrk(cell, "0123456789") && !cell_spoilt_id(cell);
}

static bool is_date(const char *cell) {
  enum date_form form = cell_date(cell, false).form;
  return form != DATE_NONE && form != DATE_SERIAL;
}

/* --- rows --- */

static int first_filled(const struct sheet_row *r) {
  int i = 0;
  while (i < r->n && !*r->cells[i])
    i++;
  return i;
}

bool guess_row(const struct sheet *s, const struct headings *h, size_t row, int person) {
  const struct sheet_row *r = &s->rows[row];
  return !r->broken && !headings_again(h, s, r) &&
         !sheet_footer(r, person >= 0 ? person : first_filled(r));
}

/* --- columns --- */

static bool seen_above(const struct sheet *s, const struct headings *h, size_t row, int column) {
  for (size_t i = h->first; i < row; i++)
    if (!strcmp(sheet_cell(&s->rows[i], column), sheet_cell(&s->rows[row], column)))
      return true;
  return false;
}

struct column_guess guess_column(const struct sheet *s, const struct headings *h, int column) {
  struct column_guess l = {.counts = true};

  for (size_t i = h->first; i < s->n; i++) {
    const char *cell = sheet_cell(&s->rows[i], column);
    if (!*cell || !guess_row(s, h, i, -1))
      continue;

    l.filled++;
    l.ids += is_id(cell);
    l.dates += is_date(cell);
    l.personal += cell_is_personal(cell);
    l.counts &= cell_whole(cell) == (int)l.filled;
    if (l.different < LOOK_MANY && !seen_above(s, h, i, column))
      l.different++;
  }

  l.counts &= l.filled > 1;

  return l;
}

bool guess_mostly(size_t n, const struct column_guess *l) {
  return n && n * 10 >= l->filled * 9;
}

/* A few values, over and over, none of them a date: somebody rated something. */
bool guess_rates(const struct sheet *s, const struct headings *h, int column) {
  struct column_guess l = guess_column(s, h, column);

  for (size_t i = h->first; i < s->n; i++) {
    const char *cell = sheet_cell(&s->rows[i], column);
    if (guess_row(s, h, i, -1) && (cell_date(cell, false).form != DATE_NONE || strlen(cell) > 40))
      return false;
  }

  return l.filled && l.different < LOOK_MANY && !l.personal;
}

/* --- headings --- */

/* Is one of |a|b c| in the heading, as whole words? */
static bool says(const char *key, const char *const *words) {
  for (; *words; words++) {
    size_t len = strlen(*words);
    for (const char *p = key; (p = strstr(p, *words)); p++)
      if ((p == key || !isalnum((unsigned char)p[-1])) && !isalnum((unsigned char)p[len]))
        return true;
  }

  return false;
}

bool heading_is_aside(const char *key) {
  static const char *const whole[] = {"note",       "notes", "comment",    "room",      "class",
                                      "year group", "team",  "department", "key stage", NULL};
  static const char *const within[] = {"comments", "remarks", "anything else", "any other", NULL};

  for (const char *const *w = whole; *w; w++)
    if (!strcmp(key, *w))
      return true;

  return says(key, within);
}

bool heading_names_staff(const char *key) {
  static const char *const words[] = {"staff",  "employee", "payroll",   "personnel",
                                      "person", "worker",   "pseudonym", NULL};
  return says(key, words);
}

bool heading_is_later(const char *key) {
  static const char *const words[] = {"next",    "due",       "expires", "expiry", "until",
                                      "renewal", "renew",     "start",   "joined", "started",
                                      "end",     "appointed", "leaving", NULL};
  return says(key, words);
}

int heading_stamp(const char *key) {
  static const char *const stamps[] = {"completion time",   "timestamp",       "time stamp",
                                       "date submitted",    "submitted",       "submitted at",
                                       "submission date",   "submission time", "start time",
                                       "last modified time"};
  for (int i = 0; i < (int)(sizeof stamps / sizeof *stamps); i++)
    if (!strcmp(key, stamps[i]))
      return i;

  return -1;
}
