/* wording - how a rule reads in its rule set, as a hash: whether two sets have the same rule.
 *
 * A rule's text is its row in a spreadsheet, or the whole file of Lua that it stands in: what is
 * beside it there (a helper, a limit) may be what it means, and only Lua itself could tell. Pure.
 * Used by the diff (reach.c) and the register (lineage.c). */
#pragma once

#include "base/hash.h"
#include "catalogue/bundle.h"
#include "rules/facts.h"

struct wording {
  struct hash128 text;
  bool found, row; /* row: of a spreadsheet, not a whole file */
};
/* Of each of `n` rules of the bundle. */
void wordings_of(const struct bundle *bundle, const struct rule_info *rules, uint32_t n,
                 struct wording *ret);
/* Every text that a rule of the bundle could have. */
void wordings_each(const struct bundle *bundle, void (*take)(void *arg, struct hash128 text),
                   void *arg);
