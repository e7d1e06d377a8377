/* training - the catalogue read backwards: which training leads to a competence, and which awards
 * its units count towards. JSON members for `ask profile`. */
#pragma once

#include "catalogue/catalogue.h"

/* Adds `units` (that show `k`, and at which level), `courses` and `informal` (that teach it). */
void json_training(struct buf *out, const struct catalogue *c, const struct competence *k);
/* Adds `awards`: every qualification that is not closed and has a unit which shows one of the rows'
 * competences, or gives one as a whole. Those with most such units come first. */
void json_awards(struct buf *out, const struct catalogue *c, const struct profile_row *rows,
                 uint32_t n);
