/* rules - the verbs of `needs rules` that have a file of their own; each is a row in rules.c. argv[0] is "needs rules VERB". */
#pragma once

#include "needs.h"

/* rules_local.c: those that need no daemon */
int run_test_rules(struct settings *s, int argc, const char **argv);
/* rules_new.c */
int run_new_rules(struct settings *s, int argc, const char **argv);
int run_register(struct settings *s, int argc, const char **argv); /* rules_register.c: list */
