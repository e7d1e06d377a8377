/* population - imaginary people, made from the catalogue alone, to try rules on every kind of
 * need.
 *
 * Each role in scope has one person for each pair of a state and an origin of a need. So every
 * need of the role's profile occurs in every state and from every origin. Fixed arithmetic adds
 * the rest (employer, hours, helpers, qualifications, wishes and so on), so the same catalogue and
 * day always give the same people. Some needs outside the profile are added as wishes, plans and
 * duties, until every competence of the catalogue has occurred. If the rules read offers, each
 * need has none, one or up to four: sessions, modules, units, courses and qualifications with
 * prices, dates and places. Used by sweep.c. */
#pragma once

#include "rules/facts.h"

/* What a need looks like to a rule's author. The order is that of the words. */
enum kind_of_need {
  NEED_UNRATED,
  NEED_LAPSED,
  NEED_ONE_STEP,
  NEED_MORE_STEPS,
  NEED_AT_ZERO,
  NEED_MET,
  NEED_CONFIRM,
  NEED_ENDING,
  NEED_KINDS
};
extern const char *const kind_of_need_words[NEED_KINDS];

struct population;
/* `offers`: there is something to book, and half as many people again, so that it is met in its
 * variety. */
struct population *population_create(const struct catalogue *c, int32_t day, bool offers);
void population_destroy(struct population *p);
uint32_t population_size(const struct population *p);
/* Person `i`; everything lives in `a` and in the catalogue. */
void population_person(const struct population *p, uint32_t i, struct arena *a, struct facts *ret);
enum kind_of_need kind_of(const struct need *n);

/* Schools for the rules that look at a whole school: the people of each family of the catalogue
 * have each competence in common, one to twelve of them, by law and not. */
uint32_t population_schools(const struct population *p);
void population_school(const struct population *p, uint32_t i, struct arena *a, struct facts *ret);
