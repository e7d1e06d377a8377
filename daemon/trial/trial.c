/* trial - see trial.h. It reads the rules and the catalogue, starts a worker, runs the tests and
 * prints the results. */
#include "trial/trial.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/log.h"
#include "daemon.h"
#include "policy/bundle_files.h"
#include "trial/test.h"

/* What a report points into, so that it is printed before this is closed. */
struct opened {
  struct bundle rules, catalogue_files;
  struct catalogue *catalogue;
  struct bench *bench;
};

bool trial_is_shipped(const char *share, const char *rules_dir) {
  struct stat a, b;
  _cleanup_free_ char *shipped = NULL;

  if (!rules_dir)
    return true;

  if (asprintf(&shipped, "%s/default", share) < 0)
    abort();

  return stat(rules_dir, &a) == 0 && stat(shipped, &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino;
}

/* If the rules or the catalogue do not load, every fault is reported, as the checker does. */
static bool open_policy(struct opened *p, const struct trial_options *o,
                        struct fault_list *faults) {
  struct error err = {0};
  if (policy_slot_read_policy(o->share, o->rules_dir, o->catalogue_dir, &p->rules,
                              &p->catalogue_files, &err) < 0) {
    fault_list_add(faults, true, "%s", err.text);
    return false;
  }
  if (catalogue_create(&p->catalogue, &p->catalogue_files, faults) < 0)
    return false;

  p->bench = bench_open(o->worker, "test", &p->rules, &p->catalogue_files, faults);

  return p->bench != NULL;
}

static void close_policy(struct opened *p) {
  bench_close(p->bench);
  catalogue_destroy(p->catalogue);
  bundle_finish(&p->rules);
  bundle_finish(&p->catalogue_files);
}

int trial_test_rules(const struct trial_options *given) {
  struct trial_options chosen = *given, *o = &chosen;
  struct trial_report report = {0};
  struct opened policy = {0};
  struct arena a = {0};

  signal(SIGPIPE, SIG_IGN); /* a worker that dies early is a fault to be told */
  log_set_level(LOG_ERROR); /* told in the answer, not beside it */
  hash_init();
  if (trial_is_shipped(o->share, o->rules_dir))
    chosen.rules_dir = NULL;
  if (open_policy(&policy, o, &report.faults))
    trial_run(o, policy.bench, policy.catalogue, &a, &report);

  trial_print(o, &report);
  int status = EXIT_FAULTS;
  if (trial_passed(o, &report))
    status = EXIT_GOOD;

  close_policy(&policy);
  fault_list_finish(&report.faults);
  free(report.missing);
  arena_finish(&a);

  return status;
}
