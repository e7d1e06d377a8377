/* diff_counts - the counts of a diff: how many people see a difference, by school, family, contract
 * and so on, and what it would cost.
 *
 * diff.c adds each person once, with the changes (difference.h). The counts that are shown are safe
 * to share: small ones are held back (needs/suppress.h), and costs with them. The plain numbers are
 * for people who may read every person anyway. */
#pragma once

#include "needs/suppress.h"
#include "policy/difference.h"
#include "policy/fees.h"

enum dimension {
  IN_SCHOOL,
  IN_FAMILY,
  IN_CONTRACT,
  IN_EMPLOYER,
  IN_HOURS,
  IN_TERM_TIME,
  DIMENSIONS
};
enum listing {
  OF_KIND,
  OF_RECOMMENDATION,
  OF_RULE,
  LISTINGS
};

struct table {
  struct group *groups; /* in order of name, which the tally owns */
  size_t n, cap;
};
/* A sum tells of one person when few are behind it. */
struct sum {
  int64_t n;
  uint64_t people;
  bool counted; /* the person who is being added */
};
/* More and less, apart: of what is known. */
struct spending {
  struct sum more, less, not_known; /* not_known: recommendations that come or go */
};
/* Schools as a whole: of the advice whose counts of people are all told, which may be told itself.
 */
struct schools_tally {
  uint64_t n, changed, gain, lose;
  uint64_t few; /* with a difference that is not told: a count of it is small */
  struct table kinds, cohorts;
  struct spending minutes, pence; /* of all the people counted in the advice */
};
struct diff_counts {
  struct totals totals;
  struct table by[DIMENSIONS], of[LISTINGS];
  struct spending minutes, pence;
  size_t schools; /* with a difference for somebody */
  struct schools_tally whole;
};
/* `facts`: of the person as things are, else as they would be. */
void diff_counts_person(struct diff_counts *t, const struct person *person,
                        const struct facts *facts, const struct changes *c,
                        const struct catalogue *catalogue, const struct fees *fees);
/* Of a school as a whole: all changes, and those that may be shown (changes_told). */
void diff_counts_school(struct diff_counts *t, const struct school *school,
                        const struct changes *all, const struct changes *told,
                        const struct catalogue *catalogue, const struct fees *fees);
void diff_counts_suppress(struct diff_counts *t); /* when everybody was added */
/* Is it held back for how many people the rule comes? After diff_counts_suppress. */
bool diff_counts_hides_rule(const struct diff_counts *t, const char *rule);
/* Members of an object. `catalogue` names codes. */
void json_tally(struct buf *b, const struct diff_counts *t, const struct catalogue *catalogue);
/* totals and costs, nothing held back */
void json_tally_plain(struct buf *b, const struct diff_counts *t);
/* An object of schools as a whole; the caller adds the closing brace, after members of its own. */
void json_tally_schools(struct buf *b, const struct schools_tally *t);
void diff_counts_finish(struct diff_counts *t);
