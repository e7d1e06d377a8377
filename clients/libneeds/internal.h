/* internal - what the files of the library share. Programs do not see it.
 *
 * link owns the socket, the descriptor and the clock; request what is asked once and answered once;
 * outbox the file, drain what goes from it to the daemon; follow the stream. needs_process() gives
 * each part its turn: link hears, then requests, outboxes and follows do what is due, then the
 * timer is set to whatever is due next. */
#pragma once

#include <sys/queue.h>

#include "libneeds.h"
#include "span.h"

#define NEVER INT64_MAX
#define EVENT_MOST (64 * 1024)
#define BATCH_MOST (1024 * 1024)
#define BUSY_FIRST_MS 200
#define BUSY_MOST_MS 10000
#define LEASE_MS 30000 /* until a follow has received its own */

/* --- link.c --- */

enum link_state {
  LINK_REST,       /* no socket, and nothing that needs one */
  LINK_WAITING,    /* no socket; the next attempt is at retry_ms */
  LINK_CONNECTING, /* until give_up_ms */
  LINK_UP,
};

struct link_reply {
  char status[8];
  uint64_t id;
  const char *body; /* good JSON, NUL-terminated; in the link's buffer */
  size_t len;
};

TAILQ_HEAD(requests, request);
TAILQ_HEAD(outboxes, needs_outbox);
TAILQ_HEAD(follows, needs_follow);

struct needs {
  char *server;
  char why[320];
  /* the message of the last refusal with `busy`, until something is answered otherwise; NULL: none
   */
  char *busy;
  void *zmq, *socket;
  int epoll, timer, zmq_fd;
  enum link_state state;
  int64_t now_ms, retry_ms, give_up_ms, heard_ms, pinged_ms;
  int64_t backoff_ms, lease_ms;
  int64_t armed_ms; /* the timer is set to it */
  uint64_t last_id;
  bool inside; /* needs_process is running: what is closed now is freed at its end */
  bool more;   /* the budget of this turn was spent */
  bool broken; /* sending failed: the connection is lost, and the next turn says so */
  struct requests requests;
  struct outboxes outboxes;
  struct follows follows;
  struct bytes in; /* body of the message that is being received */
  void (*changed)(void *arg, bool connected);
  void *changed_arg;
};

int64_t link_clock(void);
/* rc */
int link_why(struct needs *n, int rc, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void link_wake(struct needs *n); /* something is due now: the descriptor becomes readable */
/* -EAGAIN: it is lost */
int link_send(struct needs *n, const char *verb, uint64_t id, const char *body, size_t len);
/* Connects again after a while. */
void link_lost(struct needs *n, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* twice as long */
int64_t link_backoff(int64_t ms, int64_t most_ms);
/* between half and all of it */
int64_t link_jitter(int64_t ms);

/* --- request.c --- */

struct request;
/* Takes over `body_take` (malloc). NULL: out of memory, and the body is freed. Never given up if
 * deadline_ms is NEVER. */
struct request *request_new(struct needs *n, const char *verb, char *body_take, size_t len,
                            int64_t deadline_ms, needs_answered *answered, void *arg);
void request_free(struct needs *n, struct request *r);
bool requests_heard(struct needs *n, const struct link_reply *r); /* was it for one of them? */
void requests_turn(struct needs *n);
void requests_lost(struct needs *n);
bool requests_sent(const struct needs *n);
/* one is on its way that may rightly take longer than a lease */
bool requests_patient(const struct needs *n);
int64_t requests_due(const struct needs *n);
void requests_finish(struct needs *n);

/* --- outbox.c: the file; drain.c: what goes from it --- */

struct drain;
struct needs_outbox {
  TAILQ_ENTRY(needs_outbox) link;
  struct needs *n;
  struct sqlite3 *db;
  struct sqlite3_stmt *statements[12];
  char *path;
  struct needs_outbox_calls calls;
  void *arg;
  size_t waiting, rejected;
  int64_t sealed; /* numbers up to here are committed */
  bool in_transaction, closed;
  size_t added; /* in the open transaction */
  struct drain *drain;
};
struct outbox_row {
  int64_t number;
  char *tag;
  size_t at, len; /* in the batch's body */
};
/* Appends the rows with numbers in (after, sealed] to the list text in `body`: at most `most` of
 * them and BATCH_MOST bytes. Fills `rows`, whose tags are to be freed. How many, or a negative
 * errno. */
int outbox_read(struct needs_outbox *o, int64_t after, int most, struct bytes *body,
                struct outbox_row *rows);
/* In one transaction: the rows leave; those with errors[i] are kept among the rejected. */
int outbox_settle(struct needs_outbox *o, const struct outbox_row *rows, size_t n,
                  char *const *errors);
void outbox_free(struct needs_outbox *o);
void outboxes_turn(struct needs *n);
bool outboxes_want(const struct needs *n);
int64_t outboxes_due(const struct needs *n);

struct drain *drain_new(struct needs_outbox *o);
void drain_free(struct drain *d);
void drain_turn(struct drain *d);
int64_t drain_due(const struct drain *d);
bool drain_stopped(const struct drain *d);
void drain_resume(struct drain *d);

/* --- follow.c --- */

bool follows_heard(struct needs *n, const struct link_reply *r);
void follows_turn(struct needs *n);
void follows_lost(struct needs *n);
bool follows_want(const struct needs *n);
int64_t follows_due(const struct needs *n);
void follows_sweep(struct needs *n);
void follow_free(struct needs_follow *f);
