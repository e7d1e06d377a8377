/* unasked - reports ratings of competences that no role requires, after a push.
 *
 * Such a rating is taken and kept, and counts only where a duty, a wish or a school's priority
 * names the competence. It is often a column that was meant to be another competence. Used by
 * push.c. */
#pragma once

#include <stddef.h>

#include "needs.h"

struct rated {
  char *code; /* as the event names it */
  size_t times;
};
struct unasked {
  struct rated *all;
  size_t n, cap;
};
/* an event that was accepted, as JSON of our own making */
void unasked_take(struct unasked *u, const char *event);
/* Asks the daemon which competences no role asks for, and prints one line if any of them was rated.
 * Silent where it cannot be asked. */
void unasked_say(const struct unasked *u, const struct settings *s);
void unasked_finish(struct unasked *u);
