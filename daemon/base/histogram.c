/* histogram - see histogram.h. */
#include "base/histogram.h"

#define US 1000ull
#define MS (1000 * US)
#define S (1000 * MS)

const uint64_t histogram_bounds_ns[HISTOGRAM_STEPS - 1] = {
    10 * US, 25 * US, 50 * US, 100 * US, 250 * US, 500 * US, 1 * MS, 2500 * US, 5 * MS,
    10 * MS, 25 * MS, 50 * MS, 100 * MS, 250 * MS, 500 * MS, 1 * S,  2500 * MS, 10 * S};

void histogram_add(struct histogram *h, uint64_t ns, uint64_t times) {
  size_t i = 0;
  while (i < HISTOGRAM_STEPS - 1 && ns > histogram_bounds_ns[i])
    i++;
  h->counts[i] += times;
  h->sum_ns += ns * times;
}

uint64_t histogram_count(const struct histogram *h) {
  uint64_t n = 0;
  for (size_t i = 0; i < HISTOGRAM_STEPS; i++)
    n += h->counts[i];
  return n;
}
