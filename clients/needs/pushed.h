/* pushed - what each push had accepted, so that it can be taken back.
 *
 * One small file a push beside the hashes of rows (sent.h), $XDG_STATE_HOME/needs/push-NUMBER; an undone one is renamed to
 * push-NUMBER.undone. First line: when, and which files. Then ids, and what stood in their places before. */
#pragma once

#include "sent.h"
#include "text.h"

struct item;
struct pushed {
  struct text body;
  size_t events;
  char place[512]; /* authority, school and source of the last id, as written */
};
/* The daemon took an event that it had not. `before`: what the state said of its slot until now, NULL if nothing. */
void pushed_take(struct pushed *p, const struct item *i, const struct settings *s, const char *source,
                 const struct sent_row *before);
/* Keeps it under the next number, if anything was taken; complains when it cannot. */
void pushed_end(struct pushed *p, const char *const *files, int n);
/* `which`: LAST, LIST, or a number. An exit status. */
int pushed_undo(struct settings *s, const char *source, const char *which);
