/* What a worker answers, as the daemon reads it. */
#include "rules/facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct arena a = {0};
  struct outcome outcome;
  if (outcome_decode(&a, data, size, 30, 40, &outcome) == 0) {
    struct buf again = {0};
    outcome_encode(&outcome, &again);
    buf_finish(&again);
  }
  arena_finish(&a);
  return 0;
}
