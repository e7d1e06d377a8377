/* internal - what the files of this room share: the door itself, a call, a reply, and an answer
 * that is still to come. Nobody outside includes it. */
#pragma once

#include <stdarg.h>
#include <sys/queue.h>

#include "door/access.h"
#include "door/body.h"
#include "door/cursor.h"
#include "door/door.h"
#include "door/frames.h"
#include "door/peer.h"
#include "door/topic.h"

/* One message, for as long as its handler runs. */
struct call {
  struct address from;
  const struct principal *who;
  const char *verb; /* of the row */
  const char *body;
  size_t len;
  struct arena *arena; /* scratch, gone after the handler */
};

/* What waits for an answer is counted by kind: for a connection, for all connections of a process,
 * and for all. */
enum pending_kind {
  PENDING_PUSH,
  PENDING_SETTLED,
  PENDING_QUESTION,
  PENDING_CHANGE,
  PENDING_KINDS
};

/* A request that the pipeline answers later. When the door closes first, `door` becomes NULL and
 * the late answer only frees. */
struct pending {
  struct door *door;
  enum pending_kind kind;
  size_t events, bytes; /* of a push */
  struct address to;
  TAILQ_ENTRY(pending) link;
};

struct door {
  uv_loop_t *loop;
  struct pipeline *pipeline;
  const unsigned char *key; /* the store's */
  char *endpoint, *version;
  int32_t lease_s, max_credit, names_keep;
  bool day_manual;
  void *context;
  struct listener *listener;
  struct zsock zsock;
  struct arena scratch; /* of the call that is served, and of those within it */
  unsigned serving;     /* calls under way: a plugin that is asked may ask */
  struct peers peers;
  struct follows *follows;
  uv_timer_t retry;                     /* runs while a peer is blocked */
  uv_timer_t tick;                      /* leases; runs while there are follows */
  uv_timer_t sweep;                     /* looks for durable names that nobody uses */
  uv_async_t news;                      /* a connection was closed to make room */
  uv_timer_t crowded;                   /* runs while connections are at their limit */
  uint64_t turned_away, turned_away_ms; /* by then, and when that was seen */
  TAILQ_HEAD(, pending) pending;
  size_t n_pending, n_of_kind[PENDING_KINDS];
  /* of pushes that were handed to the pipeline and not answered */
  size_t waiting_events, waiting_bytes;
  const struct door_plugins *plugins; /* NULL: none */
  void *plugins_arg;
  struct door_counts counts;
  unsigned open_parts;
  void (*done)(void *arg);
  void *done_arg;
};

void door_reply(struct door *d, const struct address *to, const char *status, const void *body,
                size_t len);
/* An error reply: the list of faults. */
void door_refuse(struct door *d, const struct address *to, const struct faults *v);
void door_refuse_one(struct door *d, const struct address *to, enum fault_code code,
                     const char *pointer, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
void door_wake_retry(struct door *d); /* something is blocked: try again soon */

void pending_start(struct pending *p, struct door *d, const struct address *to,
                   enum pending_kind kind);
void pending_end(struct pending *p); /* takes it off the door's list; the memory is the caller's */
/* NULL, or why one more of this kind, for who sent `c`, must come later: a sentence, in the call's
 * scratch. */
const char *pending_limit(struct door *d, const struct call *c, enum pending_kind kind);
/* The same of a push, whose events wait for the disk. */
const char *pending_push_limit(struct door *d, const struct call *c);

/* Does what the verb's row says, for a principal that is known (or NULL: refused). Sets c->verb;
 * resets the scratch at the end of the outermost call. */
void door_serve(struct door *d, struct call *c, const struct part *verb);

/* The verbs. */
void push_verb(struct door *d, const struct call *c); /* push, check */
void ask_verb(struct door *d, const struct call *c);
void propose_verb(struct door *d, const struct call *c);
void publish_verb(struct door *d, const struct call *c); /* publish, approve, rollback, restore */
void day_verb(struct door *d, const struct call *c);
void ping_verb(struct door *d, const struct call *c);
void replay_verb(struct door *d, const struct call *c);
void follow_verb(struct door *d, const struct call *c);
void credit_verb(struct door *d, const struct call *c);
void unfollow_verb(struct door *d, const struct call *c);

/* Who it is that acts in an authority's name: the principal, or who a local one says that it speaks
 * for: "local/jo". */
const char *author_of(const struct call *c, const struct body_value *as, struct faults *v);
bool is_plain_name(const char *s); /* of [A-Za-z0-9._-] */
