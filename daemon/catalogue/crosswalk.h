/* crosswalk - competences that cover a part of another one, or are close to it (crosswalk.csv).
 *
 * Nothing is counted by such a row; rows that say `exact` are catalogue_renamed. Pure. */
#pragma once

#include "catalogue/catalogue.h"

enum related {
  RELATED_CLOSE,
  RELATED_PART
};

/* The next competence that a row relates to `k`, in whichever direction; *at is 0 at first. NULL:
 * no more. */
const struct competence *crosswalk_next(const struct catalogue *c, const struct competence *k,
                                        uint32_t *at, enum related *ret);
