/* local - `rules check` and `catalogue check`: the daemon's own checker, run here. */
#pragma once

#include <stdbool.h>

/* items: "check" and a directory. Becomes needsd, found beside this program, else in PATH; returns only when that fails. */
int local_check(const char *const *items, int n, const char *option, const char *catalogue, bool json);
