/* config - what the configuration file says, as one struct. Same code for start, reload and
 * --check.
 *
 * The rows (name, type, default, bounds, help) are in config.c; reading them is options.c. Whether
 * the directories named here hold sound rules and catalogues is check.c's and the pipeline's
 * question. */
#pragma once

#include "base/buf.h"
#include "base/log.h"
#include "catalogue/catalogue.h"
#include "options.h"

enum config_day {
  DAY_CLOCK,
  DAY_MANUAL
};

struct config_authority {
  char *code;
  char *name;              /* the code when not given */
  char *rules, *catalogue; /* directories, NULL: shipped only */
  /* what one person may publish alone; pounds; 0: no limit */
  int32_t approve_people, approve_per_cent, approve_cost;
};
struct config_plugin {
  char *name;
  /* of its file; in the installed directory when not given; NULL: given and wrong */
  char *path;
  struct option_list options; /* its own, judged when it is loaded */
};
struct config {
  char *file; /* the configuration's own path, for messages */
  char *data, *listen, *share, *worker;
  int32_t day; /* enum config_day */
  int32_t log; /* enum log_level */
  int32_t keep, lease_s, max_credit, connections, names_keep, rule_deadline_ms, rule_strikes,
      school_pause;
  struct config_authority **authorities; /* in the file's order */
  size_t n_authorities, cap_authorities;
  /* in the file's order, which is the order in which they are started */
  struct config_plugin **plugins;
  size_t n_plugins, cap_plugins;
  size_t missing; /* errors about directories that are not there; config_read only */
};

/* NULL when there was any fault; all of them are in `faults`, "file:line: what is wrong". */
struct config *config_load(const char *path, struct fault_list *faults);
/* Never NULL, and looks whether the directories that it names are there: for --check and the start,
 * which tell all faults at once. Unless every error is about such a place (`missing`), values may
 * be absent. */
struct config *config_read(const char *path, struct fault_list *faults);
void config_destroy(struct config *c); /* NULL is fine */

/* A fault for each difference that only a restart can bring about. */
void config_compare(const struct config *old, const struct config *new, struct fault_list *faults);

const char *config_default_share(void);
const char *config_default_worker(void);

void config_print_options(struct buf *out); /* as in needsd.conf(5) */
