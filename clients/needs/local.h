/* local - `rules check`, `catalogue check` and the like: the daemon's own checker, run here. */
#pragma once

/* Replaces this process by needsd with these arguments (NULL at the end). needsd is searched beside
 * this program, then in PATH. Returns only on failure, with an exit status after a message. */
int local_needsd(const char *const *arguments);
