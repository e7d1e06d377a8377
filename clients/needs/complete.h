/* complete - what a shell can complete, from the same tables that parse the commands; and the
 * nearest name for a mistyped one.
 *
 * `needs help --complete [COMMAND]` prints a line each: `--option`, `--option=NAME [VALUE...]`, and
 * `@ NAME` or `@ WORD...` for each place after the command, in order. Fixed values are those that a
 * description or a usage writes as a|b|c; of MAPPING, the saved mappings. */
#pragma once

#include <stdbool.h>

struct poptOption;

extern bool complete_only; /* commands say what they take, and do nothing */

void complete_options(const struct poptOption *table); /* NULL: none */
void complete_places(const char *usage);

/* The word most like a given one: try each, then read `best`. NULL: none is like it. */
struct nearest {
  const char *given, *best;
  unsigned distance;
};
void nearest_try(struct nearest *n, const char *word);
/* given: as typed, with its dashes */
void nearest_option(struct nearest *n, const struct poptOption *table);
