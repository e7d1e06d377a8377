/* check - the daemon's own checker, for `needsd --check`, --check-rules and --check-catalogue: the
 * same code that judges at start and reload, with nothing started but the workers that read the
 * rules, and nothing stored.
 *
 * Prints to standard output; gives an exit status (daemon.h). */
#pragma once

#include <stdbool.h>

#include "config.h"

struct check_options {
  const char *share, *worker;
  /* {"ok":...,"errors":n,"warnings":n,"checked":[...],"faults":[{"severity":...,"text":...}]} */
  bool json;
};

int check_config(const char *path, bool json);
int check_rules(const struct check_options *o, const char *rules_dir,
                const char *catalogue_dir /* or NULL */);
int check_catalogue(const struct check_options *o, const char *catalogue_dir);

/* The files that a configuration needs before anything is started: the worker and the shipped
 * directories, and that nobody else can write what they hold. */
void check_files(const struct config *c, struct fault_list *faults);
