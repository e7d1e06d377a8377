/* unasked - reports ratings of competences that no role requires, after a push.
 *
 * Such a rating is kept, but is used only if a duty, a wish or a school's priority names the
 * competence. Often its column was meant for another competence. Used by
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
/* Counts the ratings of an accepted event. `event` is JSON that this program made. */
void unasked_take(struct unasked *u, const char *event);
/* Asks the daemon which competences no role requires, and prints one line if any of them was rated.
 * Prints nothing if the daemon cannot be asked. */
void unasked_say(const struct unasked *u, const struct settings *s);
void unasked_finish(struct unasked *u);
