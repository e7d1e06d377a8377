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
/* Records a newly accepted event at once, so that even a killed push can be undone. `before`: the
 * earlier row of its slot, NULL if none. `name`: its file. Prints one message if it cannot write.
 */
void undo_log_take(struct undo_log *p, const struct item *i, const struct settings *s,
                   const char *source, const struct sent_row *before, const char *name);
/* The same for one typed statement, before it is sent. `name` describes it for people. */
void undo_log_take_statement(struct undo_log *p, const struct settings *s, const char *source,
                             const struct sent_row *row, const struct sent_row *before,
                             const char *name);
/* Removes what was written, because the daemon accepted nothing. */
void undo_log_forget(struct undo_log *p);
/* Whether the log has an event of that id which is not undone. */
bool undo_log_knows(const char *id);
/* Closes the file of this push. */
void undo_log_end(struct undo_log *p);
/* Undoes a push: `which` is LAST or a number; LIST prints the pushes. Returns an exit status. */
int undo_log_undo(struct settings *s, const char *source, const char *which);
