/* offer_list - what can be booked: the offers of a school, or of the whole authority, by the
 * competence that they give.
 *
 * One list a school (the authority's own offers are on that of "-"), made by the pipeline when an
 * offer, the catalogue or the day moved, so that no person's evaluation looks through a brochure.
 * An offer is its newest live statement; closed ones and those whose last session is past are not
 * on it. */
#pragma once

#include "people/people.h"
#include "rules/facts.h"

struct offer_list;
struct facts_context; /* needs.h */
struct offer_list *offer_list_create(const struct school *school, const struct catalogue *c,
                                     int32_t day);
void offer_list_destroy(struct offer_list *s);
/* The next day on which something on it is past. */
int32_t offer_list_next_change_day(const struct offer_list *s);

/* Fills the offers of facts whose needs are there: what the school and the authority of the context
 * offer in them, open to the person's roles, soonest first, then the lower fee, then the id.
 * *next_change_day as in facts_of. */
void offer_list_fill(const struct facts_context *context, struct arena *a, struct facts *f,
                     int32_t *next_change_day);
