/* wording - how a rule reads in its rule set, as a hash: whether two sets have the same rule.
 *
 * A rule's text is its row in a spreadsheet, or its whole Lua file, because other code in
 * the file (a helper, a limit) may change what the rule means. Pure.
 * Used by the diff (rule_changes.c) and the register (lineage.c). */
#pragma once

#include "base/hash.h"
#include "catalogue/bundle.h"
#include "rules/facts.h"

struct rule_hash {
  struct hash128 text;
  bool found, row; /* row: of a spreadsheet, not a whole file */
};
/* Of each of `n` rules of the bundle. */
void rule_hashes_of(const struct bundle *bundle, const struct rule_info *rules, uint32_t n,
                    struct rule_hash *ret);
/* Every text that a rule of the bundle could have. */
void rule_hashes_each(const struct bundle *bundle, void (*take)(void *arg, struct hash128 text),
                      void *arg);
