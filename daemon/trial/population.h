/* population - people that nobody is: made from the catalogue alone, so that rules can be tried on
 * every kind of need before they meet anybody.
 *
 * Each role in scope has as many as there are pairs of a state and an origin. Over these every need
 * of the role's profile is met in every state and from every origin (both together: each pair), and
 * the rest (employer, hours, helpers, what is held, wishes ...) is mixed in by fixed arithmetic, so
 * that the same catalogue and day give the same people. A few needs that no profile of the role
 * asks for come along as wishes, plans and duties, until every competence of the catalogue has been
 * met. Where the rules read what can be booked, there is nothing, one offer or up to four of what
 * closes a need: sessions, modules, units, courses and qualifications, two of the same at times,
 * with their prices, dates and places. Used by sweep.c. */
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
