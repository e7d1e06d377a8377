/* door - the one ROUTER endpoint: verbs in, replies and publications out.
 *
 * Owned by the daemon, on its loop thread; calls the pipeline and nothing above it. The door owns its ZeroMQ context and socket,
 * the follow sessions and every request that waits for an answer. srand() must have been seeded before door_create (libzmq's
 * automatic routing ids). */
#pragma once

#include <uv.h>

#include "base/error.h"
#include "pipeline.h"

struct door;
struct door_options {
  const char *endpoint; /* ipc://PATH; anything else is refused with the reason */
  int32_t lease_s;      /* a follow silent for longer is ended; 0 = 30 */
  int32_t max_credit;   /* credit above it is cut to it; 0 = 64 */
  bool day_manual;      /* the verb day works */
  const char *version;  /* for ping and health */
};

/* Binds and serves at once: create it when the pipeline is ready. The options are copied. On failure nothing is left behind. */
int door_create(struct door **ret, uv_loop_t *loop, struct pipeline *p, const struct door_options *options, struct error *err);
/* Stops hearing at once; `done` (may be NULL) comes when every handle is closed and the context is gone. Answers of the pipeline
 * that come later are dropped, so the pipeline is destroyed after the door. NULL is fine: done is called at once. */
void door_destroy(struct door *d, void (*done)(void *arg), void *arg);
/* Who answers the question `plugins`: appends an object each. NULL: there are none. */
void door_on_plugins(struct door *d, void (*list)(void *arg, struct buf *out), void *arg);
size_t door_follows(const struct door *d); /* sessions now */
