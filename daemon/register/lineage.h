/* lineage - which rule sets were published when and by whom, and since when each rule's text has served without a break.
 *
 * Read from the journal's notes and the bundles they name, at the first question that needs it (register.c) and further at each
 * later one. A rule's text is its row in a spreadsheet, or the whole file of Lua that it stands in: what is beside it there (a
 * helper, a limit) may be what it means, and only Lua itself could tell. */
#pragma once

#include "pipeline/state.h"

struct published_once {
  char *authority, *by, *approved_by; /* by NULL: the configuration; approved_by NULL: nobody had to */
  uint64_t position;
  int64_t committed_ms;
  struct hash256 rules, catalogue;
  struct hash128 *texts; /* of every file and every row */
  size_t n_texts, cap_texts;
};
struct lineage {
  struct published_once *items; /* in order of the journal, of all authorities */
  size_t n, cap;
  uint64_t at; /* journal position read so far */
  struct arena scratch;
};

/* Reads at most `limit` rows more. 1: there may be more; 0: it is up to date; or an errno. */
int lineage_walk(struct lineage *h, struct pipeline *p, uint64_t limit);
void lineage_finish(struct lineage *h);
const struct published_once *lineage_last(const struct lineage *h, const char *authority); /* NULL: none yet */
/* The earliest from which on every rule set of the authority held this text; NULL: the last one does not. */
const struct published_once *lineage_since(const struct lineage *h, const char *authority, struct hash128 text);
/* The rule's text within its rule set. *ret_row: it is a row, not a whole file. False: the file is not there. */
bool rule_text(const struct bundle *rules, const struct rule_info *rule, struct hash128 *ret, bool *ret_row);
