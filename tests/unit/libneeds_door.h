/* libneeds_door - the other side of a link, spoken by hand: a ROUTER in the test's own thread, so
 * that a test decides what is answered, when, and when the door is gone. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <zmq.h>

#include <libneeds.h>

#define PATIENCE_MS 60000

struct door {
  void *zmq, *router;
  char dir[64], path[96], endpoint[128];
  struct needs *needs;
};
struct heard {
  unsigned char peer[256];
  size_t peer_len;
  char verb[16], id[72], body[70000];
};

static inline int64_t clock_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline void door_up(struct door *d) {
  int linger = 0, unbounded = 0;
  d->router = zmq_socket(d->zmq, ZMQ_ROUTER);
  zmq_setsockopt(d->router, ZMQ_LINGER, &linger, sizeof linger);
  /* a ROUTER drops what is over it */
  zmq_setsockopt(d->router, ZMQ_SNDHWM, &unbounded, sizeof unbounded);
  assert_int_equal(0, zmq_bind(d->router, d->endpoint));
}

/* Gone: the socket's file too, in the end. */
static inline void door_down(struct door *d) {
  zmq_close(d->router);
  d->router = NULL;
  for (int i = 0; i < 200 && access(d->path, F_OK) == 0; i++)
    usleep(5000);
}

static inline void door_setup(struct door *d, bool up) {
  memset(d, 0, sizeof *d);
  snprintf(d->dir, sizeof d->dir, "/tmp/libneeds-XXXXXX");
  assert_non_null(mkdtemp(d->dir));
  snprintf(d->path, sizeof d->path, "%s/door", d->dir);
  snprintf(d->endpoint, sizeof d->endpoint, "ipc://%s", d->path);
  d->zmq = zmq_ctx_new();
  if (up)
    door_up(d);
  assert_int_equal(0, needs_open(&d->needs, d->endpoint));
}

static inline void door_finish(struct door *d) {
  needs_close(d->needs);
  if (d->router)
    zmq_close(d->router);
  zmq_ctx_term(d->zmq);
  char command[128];
  snprintf(command, sizeof command, "rm -rf '%s'", d->dir);
  assert_int_equal(0, system(command));
}

static inline int door_frame(struct door *d, void *into, size_t room, int *ret_more) {
  int n = zmq_recv(d->router, into, room, ZMQ_DONTWAIT);
  size_t size = sizeof *ret_more;
  if (n >= 0)
    zmq_getsockopt(d->router, ZMQ_RCVMORE, ret_more, &size);
  return n > (int)room ? (int)room : n;
}

/* A frame of a request that has begun, as text; it must be there. */
static inline void door_text(struct door *d, char *into, size_t room, int *ret_more) {
  int n = door_frame(d, into, room - 1, ret_more);

  assert_true(n >= 0);
  into[n > 0 ? n : 0] = '\0';
}

/* The next request that is not a ping, while the link has its turns. False: nothing within so long.
 */
static inline bool door_hear(struct door *d, int ms, struct heard *ret) {
  for (int64_t until = clock_ms() + ms; clock_ms() < until;) {
    int more, n;
    needs_run(d->needs, 2);
    if (!d->router || (n = door_frame(d, ret->peer, sizeof ret->peer, &more)) < 0)
      continue;
    ret->peer_len = (size_t)n;
    door_text(d, ret->verb, sizeof ret->verb, &more);
    door_text(d, ret->id, sizeof ret->id, &more);
    door_text(d, ret->body, sizeof ret->body, &more);
    assert_false(more);
    if (strcmp(ret->verb, "ping"))
      return true;
  }
  return false;
}

static inline void door_say(struct door *d, const struct heard *to, const char *status,
                            const char *body) {
  zmq_send(d->router, to->peer, to->peer_len, ZMQ_SNDMORE);
  zmq_send(d->router, status, strlen(status), ZMQ_SNDMORE);
  zmq_send(d->router, to->id, strlen(to->id), ZMQ_SNDMORE);
  zmq_send(d->router, body, strlen(body), 0);
}

/* Turns of the link until `done` is true, or patience ends. */
#define UNTIL(door, done)                                                                          \
  for (int64_t until_ = clock_ms() + PATIENCE_MS; !(done);) {                                      \
    if (clock_ms() > until_)                                                                       \
      fail_msg("waited in vain for %s", #done);                                                    \
    needs_run((door)->needs, 5);                                                                   \
  }
