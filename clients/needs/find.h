/* find - `needs catalogue find`: searches the authority's catalogue for codes. Called by status.c.
 */
#pragma once

#include "needs.h"

/* `words`, n of them, may be none; `kind` NULL = every kind. */
int catalogue_find(const struct settings *s, const char **words, int n, const char *kind, bool all);
