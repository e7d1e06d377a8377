/* rules - the verbs of `needs rules` that have a file of their own; each is a row in rules.c.
 * argv[0] is "needs rules VERB". */
#pragma once

#include <stdio.h>

#include "conn.h"
#include "json.h"
#include "needs.h"

/* rules_local.c: those that need no daemon */
int run_test_rules(struct settings *s, int argc, const char **argv);
/* rules_new.c */
int run_new_rules(struct settings *s, int argc, const char **argv);
int run_register(struct settings *s, int argc, const char **argv); /* rules_register.c: list */
/* rules_propose.c */
enum {
  CHECK_MS = 60000 /* a worker loads the rules meanwhile */
};
int run_rules_propose(struct settings *s, int argc, const char **argv);
/* Proposes the rules of `dir` (NULL: the catalogue alone), and prints faults and warnings. 0 with
 * an answer that has a candidate, which the caller finishes; EXIT_REJECTED if there are faults. */
int rules_propose(struct settings *s, const char *dir, const char *catalogue, const char *as,
                  struct answer *ret);
/* rules_publish.c */
int run_rules_publish(struct settings *s, int argc, const char **argv);
int run_rules_approve(struct settings *s, int argc, const char **argv);
int run_rules_rollback(struct settings *s, int argc, const char **argv);
int run_rules_history(struct settings *s, int argc, const char **argv);
int run_rules_restore(struct settings *s, int argc, const char **argv);
/* rules_diff.c */
int run_rules_diff(struct settings *s, int argc, const char **argv);
/* Prints which rules of an answer to `rules` fail, for how many people and how. Prints nothing if
 * none fails. */
void print_failing(FILE *f, json serving);
/* Prints a line while advice is being worked out again under new rules. `answer` is of the question
 * `rules`. */
void print_renewing(json answer);
