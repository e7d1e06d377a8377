/* rows - reads the cells of one row, or says why not. Used by csv_in.c and sheet_kinds.c only.
 *
 * Each take_ puts a fault on the row's item, by column and with what would be right, and returns
 * false (or NULL) where a cell does not say what it should. */
#pragma once

#include "headings.h"
#include "input.h"
#include "text.h"

struct post;
struct rows {
  struct input *in;
  const struct read_options *how;
  struct sheet sheet;
  struct map own;
  const struct map *map; /* NULL = none */
  struct headings head;
  const char *fixed[N_FIELDS]; /* borrowed */
  size_t month_first_row;      /* of a date that can only have the month first; 0 = none */
  const struct sheet_row *row;
  struct item *item;  /* of the row */
  struct post *posts; /* of a staff list, until its end */
  size_t n_posts;
  size_t lost_row; /* of a staff list, which could be anybody's post; 0 = none */
};

/* --- rows.c --- */
/* the cell, or what is fixed; "" = nothing */
const char *row_say(const struct rows *r, enum field f);
/* The same, sound: NULL after a fault (damaged, or `needed` and missing). */
const char *take(struct rows *r, enum field f, bool needed);
const char *take_id(struct rows *r, enum field f, bool needed);
bool take_date(struct rows *r, enum field f, bool needed, char ret[11]); /* "" = absent */
/* a competence's, unit's ...: what its words mean */
const char *take_code(struct rows *r, enum field f, bool needed);
const char *take_evidence(struct rows *r, const char *otherwise);
enum level_said {
  LEVEL_SAID,
  LEVEL_UNRATED,
  LEVEL_WRONG
};
enum level_said take_level(struct rows *r, int column, const char *cell, int *ret);
/* A word by its section, or as it is where `good` says it is a code already. */
const char *take_word(struct rows *r, enum field f, enum table_of t, bool (*good)(const char *s),
                      const char *right);
bool take_number(struct rows *r, enum field f, int most, int *ret); /* -1 = absent */
/* minutes a week, from either column; -1 = absent */
bool take_hours(struct rows *r, int *ret);
bool take_flag(struct rows *r, enum field f, int *ret); /* -1 = absent */
/* Numbers in cells are levels: by the mapping, or because the column says so itself. */
bool numbers_are_levels(const struct rows *r);

bool truth_value(const char *s); /* TRUE, FALSE: a spreadsheet makes them of words */
/* the kind that words begin with, as "Self assessment" does; NULL */
const char *evidence_in(const char *s);
bool evidence_is_plain(const char *s);

/* --- csv_in.c --- */
/* of a JSON object that was begun */
void data_member(struct text *t, const char *name, const char *value);
/* The row's event: its id from what it is about (`slot`; `exact` where a competence is written with
 * its framework) and all that it says. `data` and `words` are taken over. */
struct row_statement {
  const char *type, *person, *date; /* type without needs. and .v1 */
  const char *slot, *exact, *row, *said;
  struct text data, words;
};
void row_states(struct rows *r, struct item *i, struct row_statement *x);
void item_part(struct item *i, size_t row, int column);

/* --- sheet_kinds.c --- */
bool word_is_plain(enum table_of t, const char *cell); /* it needs no meaning */
/* r->row, which is neither blank nor a heading nor a footer */
void kind_row(struct rows *r);
/* r->row, which cannot be read; r->item has its fault */
void kind_broken(struct rows *r);
void kind_end(struct rows *r); /* all rows were seen */
/* are its columns there? Says what is missing. */
bool kind_ready(struct rows *r);
