/* sent_state - remembers which CSV rows and answers were accepted, so that a corrected one
 * supersedes the old one.
 *
 * One small file for each authority, school and source under $XDG_STATE_HOME/needs
 * (~/.local/state/needs), of hashes and times only. Losing it loses nothing that was sent: the same
 * rows are known to the daemon, and only a correction is then a new statement beside the old one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "input.h"

/* `slot` says what the row is a statement about, with the competence's code alone; `exact` the same
 * with the competence as it was written. They are equal where it was written without its framework.
 */
struct sent_row {
  char slot[33], row[33], id[33], supersedes[33], exact[33]; /* supersedes "" = none */
  /* of an answer; "" = the row says it */
  char time[28];
};
struct sent_state {
  char *path;
  struct sent_row **rows;
  void *tree;      /* of rows, by slot */
  void *withdrawn; /* tree of ids */
  size_t n, cap;
  bool changed; /* since it was loaded */
};
struct text;
void sent_state_make_directory(void);
void sent_state_directory(struct text *path); /* where this, and what was pushed, is kept */
/* 0, or an exit status after saying which line cannot be read; then nothing is known, and nothing
 * may be sent or saved by it. `source`: if the settings name none. */
int sent_state_load(struct sent_state *m, const struct settings *s, const char *source);
const struct sent_row *sent_state_find(const struct sent_state *m /* may be NULL */,
                                       const char *slot, const char *exact);
/* May the two be about one thing? Not if both name a framework and not the same one. */
bool sent_state_same(const char *slot, const char *exact, const char *other_exact);
void sent_state_put(struct sent_state *m, const struct sent_row *row);
/* An id that was withdrawn is used up: the row that had it gets another one. */
bool sent_state_withdrawn(const struct sent_state *m /* may be NULL */, const char *id);
void sent_state_withdraw(struct sent_state *m, const char *id);
void sent_state_drop(struct sent_state *m, const struct sent_row *row);
void sent_state_note(struct sent_state *m, const struct item *i); /* it is with the daemon now */
void sent_state_save(struct sent_state *m);                       /* complains when it cannot */
void sent_state_finish(struct sent_state *m);
