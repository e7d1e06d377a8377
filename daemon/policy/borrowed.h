/* borrowed - what a pair beside the one that serves sees of a school: who can help, what can be
 * booked, what came of developments.
 *
 * Facts are put together from the living boards, shelves and effects (due.c, effects.c), which are
 * made under the catalogue that serves, shelves and effects only while the rules that serve read
 * them. A pair that differs gets its own for the school that is looked at, so that its facts are
 * those that it would have if it served. Used by diff.c. */
#pragma once

#include "pipeline/internal.h"

struct borrowed {
  const struct policy *policy; /* the first three are set by whoever begins */
  const struct policy_slot *slot;
  int32_t day;
  struct effects *effects;     /* counted for rules that do not serve yet; NULL: nobody asked */
  const struct school *school; /* the last one, since people are looked at school by school */
  /* the newest of the school's people: it moves with their board, and with shelves that live */
  uint64_t epoch;
  struct helper_pool *helper_pool;
  struct offer_list *own, *wide;
};

/* The facts of a person as `pair` would have them. As facts_of. */
bool borrowed_facts(struct borrowed *b, struct person *person, struct arena *a, struct facts *ret);
/* The facts of the school as a whole, where each of `n` people adds the tally beside it and nobody
 * else any. As cohort_facts. */
void borrowed_cohorts(struct borrowed *b, struct school *school, struct person *const *persons,
                      struct tally *const *tallies, size_t n, struct arena *a, struct facts *ret);
void borrowed_finish(struct borrowed *b);
