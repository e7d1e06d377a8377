/* nearest - which word of a set was meant by one that is not in it, for "did you mean". */
#pragma once

#include <stdint.h>

/* Feed candidates, then ask. */
struct nearest {
  const char *wanted, *best;
  uint32_t distance; /* nearer than this, or as near and earlier in the alphabet */
};
struct nearest nearest_to(const char *wanted);
void nearest_try(struct nearest *n, const char *candidate);
const char *nearest_best(const struct nearest *n); /* NULL when nothing is near enough */

/* Letters to change, add or leave out to make one of the other; limit + 1 when it takes more than
 * `limit`, or `b` is over 64 long. */
uint32_t edits(const char *a, const char *b, uint32_t limit);
