/* A catalogue whose units are whatever arrives: faults, never a crash. */
#include "catalogue/catalogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct bundle bundle = {0};
  struct fault_list faults = {0};
  struct catalogue *c = NULL;
  bundle_add(&bundle, "national/units.csv", data, size);
  bundle_add(&bundle, "national/roles.csv", data, size);
  bundle_seal(&bundle, NULL);
  if (catalogue_create(&c, &bundle, &faults) == 0)
    catalogue_destroy(c);
  fault_list_finish(&faults);
  bundle_finish(&bundle);
  return 0;
}
