/* Facts as a worker reads them: what is taken must encode to the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "rules/facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct arena a = {0};
  struct facts facts;
  if (facts_decode(&a, data, size, 400, &facts) == 0) {
    struct buf again = {0};
    facts_encode(&facts, &again);
    if (again.len != size || memcmp(again.data, data, size) != 0)
      abort();
    buf_finish(&again);
  }
  arena_finish(&a);
  return 0;
}
