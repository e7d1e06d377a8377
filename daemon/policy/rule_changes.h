/* rule_changes - which rules of a policy are new beside another, changed, or gone; and whom the new
 * and changed ones reach.
 *
 * A rule reaches who is advised something that rests on it: a proposal that is never chosen reaches
 * nobody. For the diff. */
#pragma once

#include "policy/diff_counts.h"
#include "policy/difference.h"

struct policy;
struct rule_changes {
  struct rule_change {
    const char *what; /* new, changed or gone */
    char *rule;
    bool for_school, is_gone;
    /* people it reaches; of a rule for schools, schools with advice of which no count is held back
     */
    uint64_t n;
    uint64_t few; /* other schools, where it is of a few people */
  } * items;
  size_t n, cap;
};
/* both have their workers */
void rule_changes_compare(struct rule_changes *r, const struct policy *from,
                          const struct policy *to);
/* one person, or one school */
void rule_changes_count(struct rule_changes *r, bool for_school, const struct side *after);
/* "rules_moved":[...]. Safe to share; after diff_counts_suppress. */
void json_reach(struct buf *b, const struct rule_changes *r, const struct diff_counts *t);
void rule_changes_finish(struct rule_changes *r);
