/* listener - the listening socket of the door, and the limit on connections.
 *
 * libzmq accepts connections in its own thread until the process has no descriptor left, and then
 * ends the process. So this program brings its own accept4(), which libzmq calls. It decides about
 * a new connection before libzmq sees it.
 *
 * At the limit it closes a connection for the new one, by the first of these rules that applies:
 *
 * - The process with the most silent connections, which never sent a message, loses its oldest. A
 *   process with few connections takes it at once, the same process after three seconds.
 *
 * - If no process has many silent ones, the oldest silent one is closed after a second.
 *
 * - The process with the most connections loses the one that has been quiet for longest, if that is
 *   three seconds, to a process with less than half as many.
 *
 * - The connection that has been idle for longest is closed.
 *
 * If no connection has been quiet for long enough, the new one is closed. To keep a storm of new
 * connections cheap, a full listener looks at 500 a second; the others wait in the kernel's queue.
 *
 * The limit counts open connections. Descriptor numbers cannot show it: a new connection keeps a
 * high number when a low one is free again. They show only that libzmq still has too many closed
 * connections to release; then new connections are closed.
 *
 * The listener also makes and removes the socket's file. It never replaces a socket that another
 * process uses, nor a file that is not a socket, and removes the file only if it is still its own.
 *
 * There is one listener in a process. Call all functions on the loop's thread; libzmq's thread
 * calls `news`. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct listener;

struct listener_options {
  const char *path;   /* of the socket's file, absolute; copied */
  size_t connections; /* the most that may be open; fewer if there are few descriptors */
  /* a connection that has sent messages may be closed for others after this much silence */
  uint64_t idle_ms;
  /* on libzmq's thread: a connection was closed to make room; may be NULL */
  void (*news)(void *arg);
  void *arg;
};

struct connection {
  int fd;          /* -1: not known, or reused by another connection: it cannot be shut down */
  pid_t pid;       /* of the process that connected; 0: not known */
  uint64_t cookie; /* the kernel's number for it, never used twice */
};

struct listener_stats {
  size_t connections, limit; /* open now; the most that may be open */
  uint64_t accepted;
  uint64_t evicted; /* closed for a new one */
  uint64_t refused; /* new ones closed at once: all others were too new or busy */
};

/* Binds and listens. 0, or a negative errno with `err`; then nothing is left open. */
int listener_open(struct listener **ret, const struct listener_options *options, struct error *err);
/* The descriptor for ZMQ_USE_FD. Once bound, libzmq closes it: then call listener_taken. */
int listener_fd(const struct listener *l);
void listener_taken(struct listener *l);

/* Notes that a message came from this address, and returns its connection. The address is the one
 * that our getpeername gave libzmq; NULL if there is none. */
struct connection listener_heard(struct listener *l, const char *address);
/* Shuts the connection down, both ways; libzmq then closes it and drops its unsent messages. False
 * if it was closed already. */
bool listener_disconnect(struct listener *l, struct connection c);
void listener_stats(struct listener *l, struct listener_stats *ret);
uint64_t listener_turned_away(struct listener *l); /* evicted plus refused */
/* No more calls of `news`. */
void listener_quiet(struct listener *l);
/* Removes the socket's file if it is the listener's own, and frees. Call it after zmq_ctx_term:
 * libzmq's thread must have ended. NULL is fine. */
void listener_close(struct listener *l);
