/* rule_outcomes - what became of each rule's advice: recommended now and ever, answered, on what
 * barrier declined, its gap closed.
 *
 * Counts are of (person, recommendation, round). An answer is counted for the rules behind the
 * newest publication when it was journaled, before the advice was kept because it had been
 * accepted. Erased and restricted people are not counted.
 *
 * Small numbers: nothing is printed of which fewer than SMALL people are part, nor anything from
 * which it could be subtracted.
 *   issued to fewer than SMALL   nothing about the rule is printed
 *   parts of a whole             barriers, of what was declined; closed, open and not known, of
 * what was completed. Parts are hidden until SMALL people are behind the hidden ones together the
 * rest of `issued`         `issued` is hidden when somebody could be alone in not having accepted,
 * declined and so on The place of a count that is hidden is kept, so that nobody takes it for
 * nothing. */
#pragma once

#include "needs/effect.h"
#include "needs/suppress.h"
#include "register/attribution.h"

enum outcome_kind {
  BECAME_NOW,
  BECAME_ACCEPTED,
  BECAME_STARTED,
  BECAME_COMPLETED,
  BECAME_EVALUATED,
  BECAME_DECLINED,
  BECAME_CONTESTED,
  BECAME_COUNT
};

struct often {
  int64_t times, people;
  const struct person *last; /* people are gone through one by one */
};
struct barrier_tally {
  uint32_t barrier; /* in counted.barriers; NO_BARRIER: no reason was given */
  struct often declined;
};
enum {
  NO_BARRIER = UINT32_MAX
};
struct rule_tally {
  struct often issued, became[BECAME_COUNT], remained[BECAME_COUNT], gaps[GAP_COUNT];
  struct barrier_tally *barriers;
  size_t n_barriers;
};
struct counted {
  char *authority;
  uint64_t position, publication; /* as of */
  int32_t day;
  struct rule_tally *rules; /* by the numbers of attribution_index.rules */
  size_t n_rules;
  struct interned barriers;
  size_t next; /* of attribution_index.persons */
};

void rule_outcomes_begin(struct counted *c, const struct attribution_index *attribution,
                         const struct pipeline *p, const char *authority);
/* Counts at most `limit` people more. 1: there are more; 0: all are counted; or an errno. */
int rule_outcomes_step(struct counted *c, const struct attribution_index *attribution,
                       struct pipeline *p, size_t limit);
void rule_outcomes_finish(struct counted *c);
/* The members of an answer about one rule; `t` NULL: it never recommended anything. */
void json_counted(struct buf *b, const struct counted *c, const struct rule_tally *t,
                  const struct catalogue *catalogue);
