/* send_queue - the outbox of one server, $XDG_STATE_HOME/needs/outbox-<hash of its endpoint>. It
 * holds the events of push until the daemon has accepted or rejected them, even for days.
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
struct sent_state;
struct settings;
struct send_queue {
  const struct settings *s;
  struct conn *conn; /* borrowed */
  struct needs_outbox *outbox;
  struct sent_state *sent; /* what the settings' place has sent; borrowed, may be NULL */
  struct input *in;        /* being sent now */
  char run[17];            /* names this sending in tags */
  bool away, forbidden;    /* out: the daemon did not take all; it may not */
  char *position;          /* out: the last one; owned */
  /* why the daemon takes nothing now, as it was said last; owned */
  char *said;
  struct undo_log pushed, earlier;  /* what was accepted, now and of what waited */
  size_t accepted, known, rejected; /* of what waited */
};
/* Waits a while for another command that has it open. 0, or an exit status after saying why.
 * `sending`: make it if need be. */
int send_queue_open(struct send_queue *b, const struct settings *s, struct conn *conn,
                    struct sent_state *sent);
bool send_queue_exists(const struct settings *s);
/* All good items of a file go into the box, or none; then the box is drained, unless the daemon is
 * away. Fills outcome and errors of what was judged. 0, or an exit status after saying why. */
int send_queue_send(struct send_queue *b, struct input *in, const char *bar);
/* What waits. Why the daemon takes nothing now is said once, and again when the reason changes. */
int send_queue_drain(struct send_queue *b, const char *bar);
/* why what waits was not taken, as last heard; owned by the caller, NULL: not known */
char *send_queue_last_answer(const struct send_queue *b);
size_t send_queue_waiting(const struct send_queue *b);
/* that something waits, and what sends it; nothing if nothing does */
void send_queue_say_waiting(const struct send_queue *b);
void send_queue_say_earlier(
    const struct send_queue *b); /* what became of what waited, if anything did */
void send_queue_close(struct send_queue *b);

/* For `needs outbox`: "results.csv: row 12", "" if the tag says nothing; owned by the caller. */
char *send_queue_place(const char *tag);
/* An event that will not be sent was never said. */
void send_queue_unsay(struct send_queue *b, const char *tag, const char *event);
/* a rejection on standard error, a line a fault */
void send_queue_report(const char *place, const char *errors);
