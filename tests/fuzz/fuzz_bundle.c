/* Bytes that say they are a bundle: what is taken must seal to the same bytes. */
#include "catalogue/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct bundle bundle = {0};
  struct error err = {0};
  if (bundle_decode(&bundle, data, size, &err) == 0)
    bundle_find(&bundle, "a");
  bundle_finish(&bundle);
  return 0;
}
