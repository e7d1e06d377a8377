/* borrowed - what a pair beside the one that serves sees of a school: who can help, and what can be booked.
 *
 * Facts are put together from the living boards and shelves (due.c), which are made under the catalogue that serves, shelves only
 * while the rules that serve read offers. A pair that differs in either gets its own for the school that is looked at, so that its
 * facts are those that it would have if it served. Used by diff.c. */
#pragma once

#include "pipeline/state.h"

struct borrowed { /* zeros: nothing yet; the last school's, since people are looked at school by school */
  const struct school *school;
  uint64_t epoch; /* the newest of the school's people: it moves with their board, and with shelves that live */
  struct board *board;
  struct shelf *own, *wide;
};

/* The facts of a person as `pair` would have them, where `serves` (NULL: nothing does) serves. As facts_of. */
bool borrowed_facts(struct borrowed *b, const struct pair *pair, const struct pair *serves, struct person *person, int32_t day,
                    struct arena *a, struct facts *ret);
void borrowed_finish(struct borrowed *b);
