/* reach - which rules of a pair are new beside another, which read otherwise, which are gone; and
 * whom the new and changed ones reach.
 *
 * A rule reaches who is advised something that rests on it: a proposal that is never chosen reaches
 * nobody. For the diff. */
#pragma once

#include "serving/difference.h"
#include "serving/tally.h"

struct pair;
struct reach {
  struct rule_change {
    const char *what;  /* new, changed or gone */
    char *rule, *sign; /* sign: how advice that rests on it says so */
    bool for_school, is_gone;
    /* people it reaches; of a rule for schools, schools with advice of which all counts are told */
    uint64_t n;
    uint64_t few; /* other schools, where it is of a few people */
  } * items;
  size_t n, cap;
};
/* both have their workers */
void reach_compare(struct reach *r, const struct pair *from, const struct pair *to);
/* one person, or one school */
void reach_count(struct reach *r, bool for_school, const struct side *after);
/* "rules_moved":[...]. Safe to share; after tally_suppress. */
void json_reach(struct buf *b, const struct reach *r, const struct diff_tally *t);
void reach_finish(struct reach *r);
