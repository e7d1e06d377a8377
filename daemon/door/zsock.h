/* zsock - a ZeroMQ socket on a uv loop; the only place that knows that ZMQ_FD is edge-triggered.
 *
 * uv_poll only wakes the loop. uv_prepare looks at ZMQ_EVENTS before the loop would sleep and keeps
 * it awake (uv_idle) while something is there; uv_check then reads up to ZSOCK_TURN messages. A
 * send or a receive anywhere may swallow the edge, and that costs nothing: the next turn looks
 * again. Reading inside the poll callback stalls (tried). */
#pragma once

#include <stdbool.h>
#include <uv.h>
#include <zmq.h>

#include "base/error.h"

#define ZSOCK_PARTS 6 /* more parts of a message are counted and thrown away */
#define ZSOCK_TURN 64 /* messages a turn, so that timers and other sockets get theirs */
#define ZSOCK_TURN_BYTES ((size_t)2 << 20) /* and bytes: large batches take long to read */
#define ZSOCK_TURN_NS 50000000             /* and no new one after so long */

struct part {
  const char *data;
  size_t len;
};
/* `n` counts all the parts, of which the first ZSOCK_PARTS are given. `user` is the User-Id that
 * the handshake proved, NULL without one; `address` is the Peer-Address of its connection, NULL
 * where libzmq has none. */
typedef void zsock_heard(void *arg, const struct part *parts, size_t n, const char *user,
                         const char *address);

struct zsock {
  void *socket; /* owned */
  uv_poll_t poll;
  uv_prepare_t prepare;
  uv_check_t check;
  uv_idle_t idle;
  unsigned open_handles;
  zsock_heard *heard;
  void *arg;
  void (*closed)(void *arg);
  void *closed_arg;
  bool closing;
};

/* Takes over `socket_take` (closed on failure too). */
int zsock_init(struct zsock *z, uv_loop_t *loop, void *socket_take, zsock_heard *heard, void *arg,
               struct error *err);
/* The memory of `z` may go in `closed`, not before. Safe inside `heard`. */
void zsock_finish(struct zsock *z, void (*closed)(void *arg), void *arg);
/* Never waits. 0, -EAGAIN (this peer's queue is full) or -EHOSTUNREACH (no such peer); then nothing
 * was sent. The last part is not copied: when libzmq has done with it, `freed(data, hint)` is
 * called, on its thread or on this one; never after a failure. */
int zsock_send(struct zsock *z, const struct part *parts, size_t n, zmq_free_fn *freed, void *hint);
