/* nearest - see nearest.h. */
#include "base/nearest.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

uint32_t edits(const char *a, const char *b, uint32_t limit) {
  size_t n = strlen(a), m = strlen(b);
  uint32_t row[65];

  if (m > 64 || n > m + limit || m > n + limit)
    return limit + 1;

  for (size_t k = 0; k <= m; k++)
    row[k] = (uint32_t)k;
  for (size_t i = 1; i <= n; i++) {
    uint32_t diagonal = row[0];
    row[0] = (uint32_t)i;
    for (size_t k = 1; k <= m; k++) {
      uint32_t best = diagonal + (a[i - 1] != b[k - 1]);
      diagonal = row[k];
      if (row[k] + 1 < best)
        best = row[k] + 1;
      if (row[k - 1] + 1 < best)
        best = row[k - 1] + 1;

      row[k] = best;
    }
  }

  return row[m];
}

struct nearest nearest_to(const char *wanted) {
  size_t len = strlen(wanted);
  struct nearest n = {.wanted = wanted, .distance = 4};

  if (len < 3)
    n.distance = 1;
  else if (len < 8)
    n.distance = 3;

  return n;
}

void nearest_try(struct nearest *n, const char *candidate) {
  uint32_t d = 0;
  if (strcasecmp(n->wanted, candidate) != 0)
    d = edits(n->wanted, candidate, n->distance);

  /* whatever order they come in */
  bool earlier = d == n->distance && n->best && strcmp(candidate, n->best) < 0;
  if (d < n->distance || earlier) {
    n->distance = d;
    n->best = candidate;
  }
}

const char *nearest_best(const struct nearest *n) {
  return n->best;
}
