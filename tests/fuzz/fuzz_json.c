/* The body of a verb. */
#include "event/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct arena a = {0};
  struct json tree;
  size_t offset;
  const char *message;
  if (json_tree(&a, (const char *)data, size, &tree, &offset, &message) == 0)
    json_member(&tree, "since");
  arena_finish(&a);
  return 0;
}
