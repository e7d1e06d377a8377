/* combine - rules of combination: which units make a qualification, and what is missing.
 *
 * Pure functions over the catalogue's combination rows (qualification, group, rule, unit, credits
 * and units a group). */
#pragma once

#include "catalogue/catalogue.h"

struct combination {
  bool known;    /* the catalogue has rows for this qualification */
  bool complete; /* the units held satisfy every group */
  int32_t credits_held, credits_needed;
  const char *const *missing; /* codes of mandatory units not held */
  uint32_t n_missing;
};
/* `held` are unit codes. Result arrays live in `a`. */
void combine(const struct catalogue *c, const char *qualification, const char *const *held,
             uint32_t n_held, struct arena *a, struct combination *ret);
/* All units that can count towards the qualification (mandatory first). */
const struct unit *const *combine_units(const struct catalogue *c, const char *qualification,
                                        struct arena *a, uint32_t *ret_n);
