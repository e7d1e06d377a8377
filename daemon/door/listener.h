/* listener - the listening socket of the door, and the limit on connections.
 *
 * libzmq accepts connections in its own thread, one after another, until the process has no
 * descriptor left, and then ends the process. So this program brings its own accept4(), which
 * libzmq calls, and decides there, before libzmq sees the connection. At the limit the process with
 * the most silent connections (that never sent a message) loses its oldest, at once to a process
 * with few, and to one of its own only after three seconds. Where no process has many of those, the
 * oldest silent one is closed after a second; else the process with the most connections loses the
 * one that was quiet for longest, if that is three seconds, to a process with less than half as
 * many; else the one that has been idle for longest is closed. Where none has waited for long
 * enough, the new one is. So that a storm of such newcomers costs little, only 500 a second are
 * looked at while it is full; the others wait in the kernel's queue. The limit counts open
 * connections: the numbers of descriptors cannot tell, since a newcomer keeps its high number when
 * a low one is free again. Numbers say only when libzmq has too many closed ones still to let go
 * of; then newcomers are closed.
 *
 * The socket's file is made and removed here too: a living socket of another process is never
 * replaced, nor a file that is no socket, and only a file that is still ours is removed. One
 * listener a process. All functions are called on the loop's thread; `news` is called on libzmq's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct listener;

struct listener_options {
  const char *path;   /* of the socket's file, absolute; copied */
  size_t connections; /* at most so many, and fewer where descriptors are few */
  /* a connection that sent something may be closed for others when it was silent for so long */
  uint64_t idle_ms;
  /* on libzmq's thread: a connection was closed to make room; may be NULL */
  void (*news)(void *arg);
  void *arg;
};

struct connection {
  int fd;          /* -1: not known, or another connection's by now: nothing can be sent or ended */
  pid_t pid;       /* of the process that connected; 0: not known */
  uint64_t cookie; /* the kernel's own number of it, never used twice */
};

struct listener_stats {
  size_t connections, limit; /* open now; how many may be */
  uint64_t accepted;
  uint64_t evicted; /* closed for a newcomer */
  uint64_t refused; /* newcomers closed at once: all others were too new or busy */
};

/* Binds and listens. 0 or a negative errno with `err`; then nothing is left behind. */
int listener_open(struct listener **ret, const struct listener_options *options, struct error *err);
/* The descriptor for ZMQ_USE_FD. Once bound, libzmq closes it: say so with listener_taken. */
int listener_fd(const struct listener *l);
void listener_taken(struct listener *l);

/* A message came from this address, which libzmq has from our getpeername (NULL: none). Gives the
 * connection. */
struct connection listener_heard(struct listener *l, const char *address);
/* Ends it, both ways; libzmq then closes it and forgets what waits for it. False: it was gone
 * already. */
bool listener_disconnect(struct listener *l, struct connection c);
void listener_stats(struct listener *l, struct listener_stats *ret);
uint64_t listener_turned_away(struct listener *l); /* evicted and refused so far */
/* No `news` from here on. */
void listener_quiet(struct listener *l);
/* Removes the socket's file where it is ours, and frees. After zmq_ctx_term: libzmq's thread must
 * be gone. NULL is fine. */
void listener_close(struct listener *l);
