/* profile - `needs catalogue role` and `needs catalogue duty`: what a role or a duty asks for, and
 * the training that leads there. Called by status.c. */
#pragma once

#include <stdbool.h>

#include "needs.h"

/* `what` is "role" or "duty"; `person` NULL: of nobody in particular. `detail`: all units, courses
 * and awards. */
int catalogue_profile(const struct settings *s, const char *what, const char *code,
                      const char *person, bool detail);
