/* fees - what developments cost where an offer for them is known: fee, registration, materials and
 * travel, in pence.
 *
 * Made from the offers of an authority as they are known on a day; for the diff. Nothing else reads
 * offers yet. */
#pragma once

#include "people/people.h"

struct fees {
  struct fee {
    const char *development;
    const struct school *school;
    int64_t pence;
  } * items;
  size_t n;
  struct arena arena;
};
void fees_init(struct fees *f, const struct authority *authority, int32_t day);
/* The cheapest open offer in the school or the whole authority; ABSENT: none is known. */
int64_t fees_of(const struct fees *f, const struct school *school, const char *development);
void fees_finish(struct fees *f);
