/* cohort - a school's needs counted: how many people of each role family have the same need, and
 * what is advised them together.
 *
 * Reads needs and counts only, never what anybody was recommended. A tally is what one person adds
 * to the counts; the pipeline keeps it beside the person and makes it again whenever it collects
 * that person's facts. Nobody is named, and a count below SMALL (suppress.h) is never written: it
 * is "several". */
#pragma once

#include "needs/needs.h"

struct tally; /* one block, free() frees it */
/* NULL: counts nowhere (nobody there, no post yet) */
struct tally *tally_of(const struct facts *f);
bool diff_counts_same(const struct tally *a, const struct tally *b);

/* The tallies that are counted together, in any order. */
struct tally_list {
  const struct tally **items;
  size_t n;
};
/* Nothing is added for NULL. There must be room. */
void tally_add(struct tally_list *list, const struct tally *tally);
/* Those that the people of the school have. */
struct tally_list tallies_of(const struct school *school, struct arena *a);

/* The facts of a school, from tallies, its own statement, its helpers and the effects. */
void cohort_facts(const struct school *school, const struct facts_context *context,
                  const struct tally_list *tallies, struct arena *a, struct facts *ret);

/* The advice of a school. An id is <kind>.<rest>.<family>, since one development may be for several
 * families. `held` and `next_change_day` have no meaning here. */
void cohort_choose(const struct school *school, const struct catalogue *c, const struct facts *f,
                   const struct outcome *o, const struct rule_info *rules, struct arena *a,
                   struct advice_list *ret);
