/* box - the outbox of a server, $XDG_STATE_HOME/needs/outbox-<hash of its endpoint>: what push
 * takes waits there until the daemon has judged it, be it days.
 *
 * A row counts as sent from when it is in the box, so that a corrected one supersedes it; a
 * rejection takes that back. Each event's tag says from which file and row it comes and what its
 * slot said before, so that a verdict heard by a later command is reported, and can be undone, all
 * the same. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "undo_log.h"

struct conn;
struct input;
struct needs_outbox;
struct sent;
struct settings;
struct box {
  const struct settings *s;
  struct conn *conn; /* borrowed */
  struct needs_outbox *outbox;
  struct sent *sent;    /* what the settings' place has sent; borrowed, may be NULL */
  struct input *in;     /* being sent now */
  char run[17];         /* names this sending in tags */
  bool away, forbidden; /* out: the daemon did not take all; it may not */
  char *position;       /* out: the last one; owned */
  /* why the daemon takes nothing now, as it was said last; owned */
  char *said;
  struct pushed pushed, earlier;    /* what was accepted, now and of what waited */
  size_t accepted, known, rejected; /* of what waited */
};
/* Waits a while for another command that has it open. 0, or an exit status after saying why.
 * `sending`: make it if need be. */
int box_open(struct box *b, const struct settings *s, struct conn *conn, struct sent *sent);
bool box_exists(const struct settings *s);
/* All good items of a file go into the box, or none; then the box is drained, unless the daemon is
 * away. Fills outcome and errors of what was judged. 0, or an exit status after saying why. */
int box_send(struct box *b, struct input *in, const char *bar);
/* What waits. Why the daemon takes nothing now is said once, and again when the reason changes. */
int box_drain(struct box *b, const char *bar);
/* why what waits was not taken, as last heard; owned by the caller, NULL: not known */
char *box_last_answer(const struct box *b);
size_t box_waiting(const struct box *b);
/* that something waits, and what sends it; nothing if nothing does */
void box_say_waiting(const struct box *b);
void box_say_earlier(const struct box *b); /* what became of what waited, if anything did */
void box_close(struct box *b);

/* For `needs outbox`: "results.csv: row 12", "" if the tag says nothing; owned by the caller. */
char *box_place(const char *tag);
/* An event that will not be sent was never said. */
void box_unsay(struct box *b, const char *tag, const char *event);
/* a rejection on standard error, a line a fault */
void box_report(const char *place, const char *errors);
