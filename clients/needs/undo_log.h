/* undo_log - records what each push, response and agreement had accepted, so that it can be undone.
 *
 * One small file a push beside the hashes of rows (sent_state.h),
 * $XDG_STATE_HOME/needs/push-NUMBER; an undone one is renamed to push-NUMBER.undone. First line:
 * when. Then files, places, and ids with what stood in their places before. Of a response, and what
 * it is of, in place of a file. */
#pragma once

#include <stdio.h>

#include "sent_state.h"
#include "text.h"

struct item;
struct undo_log {
  FILE *file; /* opened by the first event */
  bool failed;
  unsigned number; /* 0: nothing was written yet */
  /* authority, school and source, and the file, of the last id, as written; NULL: none yet */
  char *place, *name;
};
/* The daemon took an event that it had not: written down at once, so that a push that is killed can
 * be undone too. `before`: what the state said of its slot until now, NULL if nothing. `name`: the
 * file it is from. Complains once when it cannot. */
void undo_log_take(struct undo_log *p, const struct item *i, const struct settings *s,
                   const char *source, const struct sent_row *before, const char *name);
/* The same for one statement that somebody typed, before it is sent; `name` says which for people.
 */
void undo_log_take_statement(struct undo_log *p, const struct settings *s, const char *source,
                             const struct sent_row *row, const struct sent_row *before,
                             const char *name);
/* What was written is gone: the daemon took nothing. */
void undo_log_forget(struct undo_log *p);
/* Whether an event of that id was taken and not undone. */
bool undo_log_knows(const char *id);
void undo_log_end(struct undo_log *p);
/* `which`: LAST, LIST, or a number. An exit status. */
int undo_log_undo(struct settings *s, const char *source, const char *which);
