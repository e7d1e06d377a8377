/* local - `rules check`, `catalogue check` and the like: the daemon's own checker, run here. */
#pragma once

/* Becomes needsd with these arguments (NULL at the end), found beside this program, else in PATH;
 * returns, with an exit status, only when that fails. */
int local_needsd(const char *const *arguments);
