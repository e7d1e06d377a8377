/* column_guess - guesses what a column holds, from its heading and its cells.
 *
 * Used for drafts (map_draft.c) and for hints in messages (csv_in.c). Events are never made from
 * guesses. */
#pragma once

#include "headings.h"

struct column_guess {
  /* cells; personal: e-mail addresses, national insurance numbers */
  size_t filled, ids, dates, personal;
  size_t different; /* values; counted up to LOOK_MANY */
  bool counts;      /* 1, 2, 3 ...: a program numbered the rows */
};
#define LOOK_MANY 13

/* Whether the row holds data: not a repeated heading, not a footer. `person`: column of the
 * person's id, -1 = unknown. */
bool guess_row(const struct sheet *s, const struct headings *h, size_t row, int person);
/* Counts what the cells of a column look like. */
struct column_guess guess_column(const struct sheet *s, const struct headings *h, int column);
/* Whether `n` is at least nine tenths of the filled cells. */
bool guess_mostly(size_t n, const struct column_guess *l);
/* Whether the column looks like ratings. */
bool guess_rates(const struct sheet *s, const struct headings *h, int column);

/* Of a heading, as word_key makes it. */
bool heading_is_aside(const char *key);    /* remarks, rooms */
bool heading_names_staff(const char *key); /* "Staff No" */
bool heading_is_later(const char *key);    /* a date that is not the row's: due, next */
/* a form's own time of answering: the smaller, the likelier; -1 = none */
int heading_stamp(const char *key);
