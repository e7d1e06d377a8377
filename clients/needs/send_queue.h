/* send_queue - the outbox of one server, $XDG_STATE_HOME/needs/outbox-<hash of its endpoint>. It
 * holds the events of push until the daemon has accepted or rejected them, even for days.
 *
 * A row counts as sent from when it is in the box, so that a corrected one supersedes it; a
 * rejection takes that back. Each event's tag says from which file and row it comes and what its
 * slot said before, so that a later command can report and undo a result that it receives. */
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
/* Opens the outbox, and creates it if needed. Waits a while for another command that has it open.
 * 0, or an exit status after a message. */
int send_queue_open(struct send_queue *b, const struct settings *s, struct conn *conn,
                    struct sent_state *sent);
/* Whether the server of these settings has an outbox file. */
bool send_queue_exists(const struct settings *s);
/* Puts all good items of a file into the outbox, or none, and then sends them unless the daemon is
 * away. Fills outcome and errors of the items with a result. 0, or an exit status after a message.
 * `bar`: the label of the progress bar; NULL: none. */
int send_queue_send(struct send_queue *b, struct input *in, const char *bar);
/* Sends unsent events. If the daemon accepts nothing now, the reason is printed once, and again
 * when it changes. 0, or an exit status after a message. */
int send_queue_drain(struct send_queue *b, const char *bar);
/* The daemon's last reason for not accepting the unsent events. Owned by the caller; NULL: unknown.
 */
char *send_queue_last_answer(const struct send_queue *b);
/* The number of unsent events. */
size_t send_queue_waiting(const struct send_queue *b);
/* Prints how many events are unsent, and the command that sends them; nothing if there are none. */
void send_queue_say_waiting(const struct send_queue *b);
/* Prints the results of events that were unsent before this command, if any. */
void send_queue_say_earlier(const struct send_queue *b);
/* Closes the outbox and frees what `b` owns. */
void send_queue_close(struct send_queue *b);

/* The place that a tag names, such as "results.csv: row 12"; "" if none. Owned by the caller. */
char *send_queue_place(const char *tag);
/* Removes an event that will not be sent from the state of sent rows. */
void send_queue_unsay(struct send_queue *b, const char *tag, const char *event);
/* Prints a rejection on standard error, one fault a line. */
void send_queue_report(const char *place, const char *errors);
