/* search - the one binary search: where something is, or would be, in an array that is sorted.
 *
 * Any room calls it for its own arrays. Hash tables are in hash.h. */
#pragma once

#include <stddef.h>

/* The least `i` below `n` for which `is_before` is false, or `n` when there is none. `is_before` is
 * an expression about `i`; it must be true of the first elements and false of all others. It is
 * evaluated about log2(n) times, and should have no side effect. */
#define LOWER_BOUND(n, i, is_before)                                                               \
  ({                                                                                               \
    size_t search_from = 0, search_to = (n);                                                       \
    while (search_from < search_to) {                                                              \
      size_t i = search_from + (search_to - search_from) / 2;                                      \
      if (is_before)                                                                               \
        search_from = i + 1;                                                                       \
      else                                                                                         \
        search_to = i;                                                                             \
    }                                                                                              \
    search_from;                                                                                   \
  })
