/* trial - see trial.h: reads the pair, opens it in a worker, has the tests run, prints. */
#include "trial/trial.h"

#include <signal.h>
#include <stdio.h>

#include "base/hash.h"
#include "base/log.h"
#include "daemon.h"
#include "pipeline/serving.h"
#include "trial/test.h"

/* A pair that does not load is told as its checker tells it: every fault. */
static void test_pair(const struct trial_options *o, struct bundle *rules, struct bundle *catalogue_files, struct arena *a,
                      struct trial_report *ret) {
  struct catalogue *catalogue = NULL;
  if (catalogue_create(&catalogue, catalogue_files, &ret->faults) < 0) return;
  struct bench *b = bench_open(o->worker, "test", rules, catalogue_files, &ret->faults);
  if (b != NULL) trial_run(o, b, catalogue, a, ret);
  bench_close(b);
  catalogue_destroy(catalogue);
}

int trial_test_rules(const struct trial_options *o) {
  struct trial_report report = {0};
  struct arena a = {0};
  struct bundle rules, catalogue;
  struct error err = {0};
  signal(SIGPIPE, SIG_IGN);
  log_set_level(LOG_ERROR);
  hash_init();
  if (serving_read_pair(o->share, o->rules_dir, o->catalogue_dir, &rules, &catalogue, &err) < 0)
    fault_list_add(&report.faults, true, "%s", err.text);
  else
    test_pair(o, &rules, &catalogue, &a, &report);
  bundle_finish(&rules);
  bundle_finish(&catalogue);
  trial_print(o, &report);
  int status = trial_passed(o, &report) ? EXIT_GOOD : EXIT_FAULTS;
  fault_list_finish(&report.faults);
  free(report.missing);
  arena_finish(&a);
  return fflush(stdout) == 0 && !ferror(stdout) ? status : EXIT_IO;
}
