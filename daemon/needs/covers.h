/* covers - how far a unit or an award leads, and what a unit counts towards. */
#pragma once

#include "base/buf.h"
#include "catalogue/catalogue.h"
#include "needs/needs.h"
#include "rules/facts.h"

/* The level of the competence that the unit or award gives, itself or by one of its units; ABSENT:
 * the catalogue does not say, as of all that is informal. */
int32_t development_reaches(const struct catalogue *c, const struct development *d,
                            const struct competence *k, struct arena *a);

/* What the person holds a certificate for and what covers a part of the competence, or is close to
 * it: a sentence that says so, for it is not counted. NULL: nothing. `ratings` are of ratings_of.
 */
const char *held_in_part(const struct catalogue *c, const struct rating_view *ratings, uint32_t n,
                         const struct competence *k, int32_t day, struct arena *a);

/* Member `counts_towards`, where there is any: each award that the unit is part of, open on the day
 * and not held, with what is held of it already. */
void json_counts_towards(struct buf *b, const struct catalogue *c, const struct unit *u,
                         const struct facts *f, int32_t day, struct arena *a);
