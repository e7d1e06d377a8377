/* headings - finds a sheet's headings, and what each column is: by a mapping, else by
 * well-known names.
 *
 * Titles above the headings are stepped over, two rows of headings (merged cells) are read as one,
 * as "top / below". */
#pragma once

#include "fields.h"
#include "map.h"
#include "sheet.h"

enum use {
  USE_NONE,
  USE_FIELD,
  USE_COMPETENCE,
  USE_LEFT_OUT,
  USE_UNKNOWN
};
struct column {
  char *full, *own; /* "Behaviour / Self" and "Self"; equal without a row above */
  enum use use;
  enum field field;
  char *competence, *evidence; /* USE_COMPETENCE; evidence NULL = the row's */
  /* a field by a heading that is not its name, and no mapping said so */
  bool by_other_name;
};
struct headings {
  enum kind kind;
  const struct map *map; /* borrowed; NULL */
  bool joined;           /* the row above is part of the headings */
  size_t row, first;     /* index of the row of headings, and of the first row below */
  struct column *columns;
  int n;
};

/* Finds them; false: no row has a person's column and a meaning for the rest. `m` may be NULL. */
bool headings_find(struct headings *h, const struct sheet *s, const struct map *m);
/* The same with the row of headings given. */
void headings_at(struct headings *h, const struct sheet *s, size_t row, const struct map *m);
/* Does the mapping know every heading, and the sheet every column of the mapping? */
bool headings_match(const struct headings *h, const struct map *m);
/* Was the mapping meant for such a sheet? Then a row holds most of the headings that the mapping
 * names, and the mapping most of the row's. A heading without a meaning yet counts as named.
 * `broken`: lines of the mapping may be missing, so half is enough. */
bool headings_meant(const struct sheet *s, const struct map *m, bool broken);
/* The first heading that the mapping does not name, or that the sheet lacks, in words; NULL = there
 * is none. Owned by the caller. */
char *headings_differ(const struct sheet *s, const struct map *m);
/* What a mapping calls a column: its own heading where no other has the same. */
const char *headings_name(const struct headings *h, int column);
/* -1 = no column */
int headings_column(const struct headings *h, enum field f);
/* repeated in the middle */
bool headings_again(const struct headings *h, const struct sheet *s, const struct sheet_row *r);
/* Are these headings too, and others: of a second table below the first? */
bool headings_other(const struct headings *h, const struct sheet *s, const struct sheet_row *r);
bool looks_like_competence(const char *s); /* STL3, X.SAFE, STL@2007/STL3 */
void headings_finish(struct headings *h);
