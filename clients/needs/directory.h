/* directory - checks that a directory from the command line exists, and if not, suggests the
 * nearest one. Used by the verbs of `needs rules` and by `catalogue check`. */
#pragma once

#include <stdbool.h>

bool is_directory(const char *path); /* NULL: no */
/* The one beside it that is most like it, as it would be typed; NULL: none is like it. For the
 * caller to free. */
char *directory_near(const char *path);
/* Else says so, with what was expected, one of these words or others, and what was probably meant.
 */
#define OF_RULES "the directory of rules (.csv, .lua)"
#define OF_CATALOGUE "the directory of the catalogue's tables (.csv)"
bool directory_there(const char *path, const char *expected);
