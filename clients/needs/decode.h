/* decode - converts the text of a file to UTF-8 without a byte-order mark.
 *
 * A byte-order mark decides; without one, zeros in every other byte mean UTF-16, and what is
 * not UTF-8 is taken for Windows-1252. Bytes that mean nothing in their character set become
 * U+FFFD, which no reader of cells accepts. */
#pragma once

#include "text.h"

/* `encoding` (as iconv names it) overrides all guesses; NULL guesses. Returns 0 or an exit status
 * after saying why; *ret_guess is what was taken, NULL for UTF-8. */
int decode(struct text *t, const char *encoding, const char **ret_guess);
