/* error - why something failed, in words a person can act on.
 *
 * A function that can fail for a reason a person must read (configuration, catalogue, rules, store)
 * takes a last argument `struct error *err` (may be NULL) and returns 0 or a negative errno. The
 * reason is set once, where it is known. */
#pragma once

#include <stdbool.h>

struct error {
  int code;       /* negative errno, 0 = no error */
  char text[512]; /* one sentence, no trailing newline, no personal data */
};

/* Sets *err (if not NULL) and returns `code`, so that `return error_set(err, -EINVAL, "...");`
 * reads as one step. */
int error_set(struct error *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* True where the system had no room or somebody else was in the way, so that the same may succeed
 * later: descriptors, memory, processes, disk, an address or a directory in use. `code` as above.
 */
bool error_is_temporary(int code);

/* Puts "prefix: " before the text that is there. Returns err->code. */
int error_prefix(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
