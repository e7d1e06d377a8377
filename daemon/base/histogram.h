/* histogram - how long something took, counted in fixed steps.
 *
 * All have the same steps, from 10 us to 10 s: a look at two of them together needs no conversion.
 * Plain integers, moved by the thread that owns them; nothing is allocated. What is written out of
 * them is metrics.c's. A zeroed struct is empty. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_STEPS 19 /* the last one has no upper bound */

struct histogram {
  uint64_t counts[HISTOGRAM_STEPS]; /* not cumulative */
  uint64_t sum_ns;
};
extern const uint64_t histogram_bounds_ns[HISTOGRAM_STEPS - 1]; /* a step's largest value */

/* `times` observations of `ns` each */
void histogram_add(struct histogram *h, uint64_t ns, uint64_t times);
uint64_t histogram_count(const struct histogram *h);
