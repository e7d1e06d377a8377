/* door - the one ROUTER endpoint: verbs in, replies and publications out.
 *
 * Owned by the daemon, on its loop thread; calls the pipeline and nothing above it. The door owns
 * its ZeroMQ context and socket, the follow sessions and every request that waits for an answer.
 * srand() must have been seeded before door_create (libzmq's automatic routing ids). */
#pragma once

#include <uv.h>

#include "base/error.h"
#include "pipeline/pipeline.h"

struct door;
struct door_options {
  const char *endpoint; /* ipc://PATH; anything else is refused with the reason */
  int32_t lease_s;      /* a follow silent for longer is ended; 0 = 30 */
  int32_t max_credit;   /* credit above it is cut to it; 0 = 64 */
  int32_t connections;  /* at most, fewer where descriptors are few; 0 = 2000 */
  int32_t names_keep;   /* days after which an unused durable name is forgotten; 0 = 90 */
  bool day_manual;      /* the verb day works */
  const char *version;  /* for ping and health */
};

/* Binds and serves at once: create it when the pipeline is ready. The options are copied. On
 * failure nothing is left behind. */
int door_create(struct door **ret, uv_loop_t *loop, struct pipeline *p,
                const struct door_options *options, struct error *err);
/* Stops hearing at once; `done` (may be NULL) comes when every handle is closed and the context is
 * gone. Answers of the pipeline that come later are dropped, so the pipeline is destroyed after the
 * door. NULL is fine: done is called at once. */
void door_destroy(struct door *d, void (*done)(void *arg), void *arg);
/* Who answers what is asked of plugins; each appends an object a plugin. NULL: there are none. */
struct door_plugins {
  void (*list)(void *arg, struct buf *out);
  void (*stored)(void *arg, const char *authority, const char *school, const char *person,
                 struct buf *out);
};
void door_on_plugins(struct door *d, const struct door_plugins *answers, void *arg);

/* What the door has counted since it opened, and its current state, for metrics and `health`. */
#define DOOR_VERBS 14
enum follow_end {
  END_UNFOLLOWED,
  END_LEASE,
  END_TAKEN_OVER,
  END_GONE,
  END_BEGUN_ANEW,
  END_OTHER_KEY,
  END_DOOR_CLOSED,
  END_DAMAGED,
  FOLLOW_ENDS
};
extern const char *const follow_end_words[FOLLOW_ENDS];
struct door_counts {
  uint64_t requests[DOOR_VERBS];  /* by verb, refused ones too */
  uint64_t refusals[FAULT_COUNT]; /* faults of `error` replies */
  uint64_t told;                  /* publications sent to follows */
  uint64_t ended[FOLLOW_ENDS];
  uint64_t full; /* times that connections reached their limit */
};
struct door_stats {
  size_t connections, connections_limit;
  uint64_t evicted, refused; /* connections closed for newcomers; newcomers closed */
  size_t unread;             /* bytes on their way to clients */
  uint64_t disconnected;     /* connections ended because their client did not read */
  const struct door_counts *counts;
  size_t follows, names, pending; /* sessions; durable names; requests that wait for an answer */
};
struct name_stats {
  const char *principal, *name;
  /* publications not acknowledged: up to the newest, and those that stood and are still to come */
  uint64_t lag;
  bool followed;
};
void door_stats(const struct door *d, struct door_stats *ret);
const char *door_verb_word(size_t i);
/* The durable names that are furthest behind, at most `most` of them. */
void door_name_stats(const struct door *d, size_t most,
                     void (*each)(void *arg, const struct name_stats *), void *arg);
