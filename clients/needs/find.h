/* find - which code of the authority's catalogue stands for what; a part of the command catalogue.
 */
#pragma once

#include "needs.h"

/* `words`, n of them, may be none; `kind` NULL = every kind. */
int catalogue_find(const struct settings *s, const char **words, int n, const char *kind, bool all);
