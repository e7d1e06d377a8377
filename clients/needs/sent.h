/* sent - which CSV rows were taken before, so that a corrected row supersedes the old one.
 *
 * One small file for each authority, school and source under $XDG_STATE_HOME/needs (~/.local/state/needs), of hashes only. Losing
 * it loses nothing that was sent: the same rows are known to the daemon, and only a correction is then a new statement beside the
 * old one. */
#pragma once

#include <stddef.h>

#include "input.h"

struct sent_row {
  char slot[33], row[33], id[33], supersedes[33]; /* "" = none */
};
struct sent {
  char *path;
  struct sent_row *rows; /* sorted by slot */
  size_t n, sorted, cap; /* beyond `sorted`: added since */
};
void sent_load(struct sent *m, const struct settings *s);
const struct sent_row *sent_find(const struct sent *m, const char *slot); /* m may be NULL; not those added since */
void sent_note(struct sent *m, const struct item *i);                     /* it is with the daemon now */
void sent_save(struct sent *m);                                           /* complains when it cannot */
void sent_finish(struct sent *m);
