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
/* Creates the directory of the state files. */
void sent_state_make_directory(void);
/* Adds the path of that directory, which also has the undo log and the outboxes. */
void sent_state_directory(struct text *path);
/* Loads the state of the settings' authority, school and source (`source` if they name none). 0, or
 * an exit status after a message about a faulty line; then the caller must not send or save. */
int sent_state_load(struct sent_state *m, const struct settings *s, const char *source);
/* The row that was last accepted for the slot; NULL: none. Borrowed until the next change. */
const struct sent_row *sent_state_find(const struct sent_state *m /* may be NULL */,
                                       const char *slot, const char *exact);
/* Whether the two may be about one thing: not if they name different frameworks. */
bool sent_state_same(const char *slot, const char *exact, const char *other_exact);
/* Adds a row, replacing the row of the same slot. */
void sent_state_put(struct sent_state *m, const struct sent_row *row);
/* Whether the id was withdrawn: then it cannot be used again, and its row gets another one. */
bool sent_state_withdrawn(const struct sent_state *m /* may be NULL */, const char *id);
/* Records that the id was withdrawn. */
void sent_state_withdraw(struct sent_state *m, const char *id);
/* Removes the row. */
void sent_state_drop(struct sent_state *m, const struct sent_row *row);
/* Records that the daemon has the item. */
void sent_state_note(struct sent_state *m, const struct item *i);
/* Writes the file if something changed; prints a message if it cannot. */
void sent_state_save(struct sent_state *m);
void sent_state_finish(struct sent_state *m);
