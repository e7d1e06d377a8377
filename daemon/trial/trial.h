/* trial - `needsd --test-rules`: what the author of rules runs before publishing them.
 *
 * The thorough part of `--check-rules` is in sweep.h. Prints to standard output and returns an
 * exit status (daemon.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct trial_options {
  const char *share, *worker;
  const char *rules_dir, *catalogue_dir; /* NULL: the shipped ones */
  const char *const *names;              /* only tests whose name or file has one of these in it */
  size_t n_names;
  /* all: the shipped tests as well; strict: incomplete coverage is a failure */
  bool all, strict, json, tap;
};
/* The shipped rules named by their place are the shipped rules, not rules over themselves. */
bool trial_is_shipped(const char *share, const char *rules_dir);
int trial_test_rules(const struct trial_options *o);
