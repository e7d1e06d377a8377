/* follow - sessions of follow: who, from where, with how much credit, on which lease, under which
 * name.
 *
 * A session belongs to (routing id, request id, principal). The door calls in; what is sent, and
 * when, is stream's. */
#pragma once

#include <sys/queue.h>

#include "door/filter.h"
#include "door/outbox_cache.h"

/* A durable place, kept by the store for (principal, name). Lives as long as the door. */
struct name {
  char *principal, *name;
  uint64_t position, current; /* acknowledged; as in struct cursor */
  struct following *holder;   /* NULL = nobody follows it now */
  int32_t used_day;           /* the daemon's, when its place was saved last; 0: not known */
  bool lost;                  /* its place is no longer kept, and its follower has been told */
  /* removed when that is on disk; a follow of the name before then makes it a new name */
  bool forgotten;
  /* commits that are to make it known, or forgotten; until then no answer says that it is */
  unsigned saving;
};

struct following {
  struct address to;
  const struct principal *who;
  struct topics topics; /* owned */
  struct name *name;    /* NULL = none */
  int64_t credit;
  struct cursor at;  /* sent up to here */
  uint64_t *current; /* positions still to be sent before live, ascending; owned */
  size_t n_current, current_sent;
  uint64_t skipped; /* rows passed since the client was last told a cursor */
  uint64_t heard_ms, told_ms;
  bool waiting; /* not confirmed yet: its new name is not on disk */
  bool resumed; /* it goes on where its name was */
  /* in follows.ready; peer not writable; next row waits for credit */
  bool queued, blocked, starved;
  TAILQ_ENTRY(following) link;  /* follows.all */
  TAILQ_ENTRY(following) ready; /* follows.ready */
  struct following *next_of_peer;
};

struct follows {
  struct door *door;
  TAILQ_HEAD(, following) all;
  TAILQ_HEAD(, following) ready; /* have something to look at */
  struct hashmap peers;          /* routing id -> first session */
  struct hashmap names;          /* (principal, name) -> struct name */
  size_t n, n_names;
  struct tail tail;
  uv_idle_t pump; /* runs while ready is not empty */
};

struct follows *follows_create(struct door *d);
void follows_destroy(struct follows *f); /* after `pump` is closed */
/* Any message of this peer: renews its leases; another principal under the same routing id ends its
 * sessions. */
void follows_heard(struct follows *f, const struct address *from, const struct principal *who);
void follows_expire(struct follows *f, uint64_t now_ms);
bool follows_retry(struct follows *f); /* those blocked: look again. True while any was */
/* Forgets names that nobody used for `names_keep` days of the daemon's day, and marks those in use
 * as used. */
void follows_sweep_names(struct follows *f);
void follow_end(struct follows *f, struct following *s, enum follow_end why);

/* stream.c: */
void stream_wake(struct follows *f, struct following *s); /* something may be sent to it */
void stream_told(struct follows *f);                      /* the outbox grew */
/* works out the current recommendations, for a cursor that asks for them */
void stream_current(struct follows *f, struct following *s);
