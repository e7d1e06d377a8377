/* lineage - since when each rule's text has served without a break, and who published it.
 *
 * Made of what was published (pipeline/history.h) and the bundles that it names, at the first
 * question that needs it (register.c) and further at each later one. rule_hash.h says what
 * the text of a rule is. */
#pragma once

#include "pipeline/internal.h"

struct published_once {
  const char *authority;
  struct act act;        /* its texts are the history's */
  struct hash128 *texts; /* of every file and every row */
  size_t n_texts, cap_texts;
};
struct lineage {
  struct published_once *items; /* in order of the journal, of all authorities */
  size_t n, cap;
  uint64_t at; /* journal position up to which all are here */
};

/* Reads one publication more. 1: there may be more; 0: it is up to date; or an errno. */
int lineage_walk(struct lineage *h, struct pipeline *p);
void lineage_finish(struct lineage *h);
/* NULL: none yet */
const struct published_once *lineage_last(const struct lineage *h, const char *authority);
/* The earliest from which on every rule set of the authority held this text; NULL: the last one
 * does not. */
const struct published_once *lineage_since(const struct lineage *h, const char *authority,
                                           struct hash128 text);
