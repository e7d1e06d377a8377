/* effect - what came of developments of each kind in one authority: how many were completed, after
 * how many the gap had closed.
 *
 * Rules read it as effect("coaching"). It is counted by the pipeline once a day and journaled
 * (pipeline/effects.c); here is how a completion is judged and how counts are rounded, and the
 * small set itself. The register judges completions in the same way (register/rule_outcomes.c), by
 * what was published instead of by what is asked now. */
#pragma once

#include "needs/needs.h"

enum gap {
  GAP_CLOSED,
  GAP_OPEN,
  GAP_UNKNOWN,
  GAP_COUNT
};

/* One need that a completed development was to answer. */
struct aim {
  const char *competence; /* key */
  int32_t required;
};
/* Closed when every need is rated as asked for on or after the completion (and by `day`); open when
 * one is not; finding out closes by any rating. A rating that fades later does not open the gap
 * again. */
enum gap gap_since(const struct rating_view *ratings, uint32_t n_ratings, const struct aim *aims,
                   uint32_t n, bool finding_out, int32_t completed, int32_t day, struct arena *a);

/* --- counting --- */

/* Counts are shown in tens, and not at all below EFFECT_LEAST completions or EFFECT_PEOPLE people:
 * one completion more seldom moves anybody's advice, and nobody stands out. */
enum {
  EFFECT_LEAST = 10,
  EFFECT_PEOPLE = 5
};
struct effect_count {
  const char *kind;
  int32_t completed, closed, people; /* completed: of which it is known whether the gap closed */
  const struct person *last;         /* people are gone through one by one */
};
/* Adds what one person completed; `ret` is sorted by kind. The kinds are the catalogue's. Erased
 * and restricted people are not counted, nor those of whom nothing is asked now. */
struct effect_counts {
  struct effect_count *items;
  size_t n, cap;
};
void effect_count_person(const struct person *p, const struct catalogue *c, int32_t day,
                         struct arena *scratch, struct effect_counts *ret);
/* False when it is not told. */
bool effect_rounded(const struct effect_count *count, struct effect *ret);

/* --- the set of an authority, as journaled last --- */

struct effects {
  struct arena arena;
  struct effect *items; /* by kind */
  uint32_t n;
  int32_t day; /* on which it was counted */
};
struct effects *effects_of_counts(const struct effect_counts *counts, int32_t day);
void effects_destroy(struct effects *e);
/* whatever their days; NULL is none */
bool effects_same(const struct effects *a, const struct effects *b);
/* Copies them into facts; NULL copies nothing. */
void effects_fill(const struct effects *e, struct arena *a, struct facts *f);
