/* zsock - see zsock.h for why it reads where it reads. */
#include "door/zsock.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"

struct message {
  zmq_msg_t parts[ZSOCK_PARTS];
  size_t n, kept;
};

static bool readable(const struct zsock *z) {
  int events = 0;
  size_t size = sizeof events;
  return zmq_getsockopt(z->socket, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLIN) != 0;
}

static void message_finish(struct message *m) {
  for (size_t i = 0; i < m->kept; i++)
    zmq_msg_close(&m->parts[i]);
}

/* One part. Returns 1 if more follow, 0 after the last, or a negative errno. */
static int receive_part(struct zsock *z, struct message *m) {
  zmq_msg_t spare, *to = m->kept < ZSOCK_PARTS ? &m->parts[m->kept] : &spare;
  zmq_msg_init(to);
  if (zmq_msg_recv(to, z->socket, ZMQ_DONTWAIT) < 0) {
    int rc = -zmq_errno();
    zmq_msg_close(to);
    return rc;
  }

  int more = zmq_msg_more(to);
  m->n++;
  if (to == &spare)
    zmq_msg_close(to);
  else
    m->kept++;

  return more;
}

/* All parts of a message arrive together, so -EAGAIN comes with the first or not at all. */
static int receive(struct zsock *z, struct message *m) {
  int rc;
  m->n = m->kept = 0;
  do
    rc = receive_part(z, m);
  while (rc > 0 || rc == -EINTR);

  return rc;
}

/* The routing id's part often carries no User-Id (a fault of libzmq 4.3.4), the part after it
 * always does. */
static const char *user_of(struct message *m) {
  if (m->kept > 1)
    return zmq_msg_gets(&m->parts[1], "User-Id");
  return NULL;
}

/* From the same part and for the same reason. */
static const char *address_of(struct message *m) {
  if (m->kept > 1)
    return zmq_msg_gets(&m->parts[1], "Peer-Address");
  return NULL;
}

/* False when there is no more. */
static bool hear(struct zsock *z, size_t *bytes) {
  struct message m;
  struct part parts[ZSOCK_PARTS];
  int rc = receive(z, &m);
  if (rc == 0) {
    for (size_t i = 0; i < m.kept; i++)
      parts[i] = (struct part){zmq_msg_data(&m.parts[i]), zmq_msg_size(&m.parts[i])};
    for (size_t i = 0; i < m.kept; i++)
      *bytes += parts[i].len;
    z->heard(z->arg, parts, m.n, user_of(&m), address_of(&m));
  }

  message_finish(&m);

  return rc == 0;
}

static void on_check(uv_check_t *handle) {
  struct zsock *z = container_of(handle, struct zsock, check);
  uv_idle_stop(&z->idle);
  size_t bytes = 0;
  uint64_t end_ns = uv_hrtime() + ZSOCK_TURN_NS;

  /* Signals and timers have their turn too, however long the answers take. */
  for (int i = 0; i < ZSOCK_TURN && bytes < ZSOCK_TURN_BYTES && !z->closing; i++) {
    if (!hear(z, &bytes))
      return;
    if (uv_hrtime() > end_ns)
      return;
  }
}

static void on_idle(uv_idle_t *handle) {
  (void)handle; /* its being active is its work: the loop does not sleep */
}

static void on_prepare(uv_prepare_t *handle) {
  struct zsock *z = container_of(handle, struct zsock, prepare);
  if (readable(z))
    uv_idle_start(&z->idle, on_idle);
}

static void on_poll(uv_poll_t *handle, int status, int events) {
  (void)handle, (void)status, (void)events; /* only wakes */
}

static int start(struct zsock *z, uv_loop_t *loop, struct error *err) {
  int fd;
  size_t size = sizeof fd;
  if (zmq_getsockopt(z->socket, ZMQ_FD, &fd, &size) != 0)
    return error_set(err, -zmq_errno(), "the socket has no descriptor: %s",
                     zmq_strerror(zmq_errno()));

  int rc = uv_poll_init(loop, &z->poll, fd);
  if (rc < 0)
    return error_set(err, rc, "cannot watch the socket: %s", uv_strerror(rc));

  uv_prepare_init(loop, &z->prepare);
  uv_check_init(loop, &z->check);
  uv_idle_init(loop, &z->idle);
  z->open_handles = 4;
  uv_poll_start(&z->poll, UV_READABLE, on_poll);
  uv_prepare_start(&z->prepare, on_prepare);
  uv_check_start(&z->check, on_check);

  return 0;
}

int zsock_init(struct zsock *z, uv_loop_t *loop, void *socket_take, zsock_heard *heard, void *arg,
               struct error *err) {
  *z = (struct zsock){.socket = socket_take, .heard = heard, .arg = arg};
  int rc = start(z, loop, err);
  if (rc < 0)
    zmq_close(socket_take);
  return rc;
}

static void on_closed(uv_handle_t *handle) {
  struct zsock *z = handle->data;
  if (--z->open_handles > 0)
    return;

  zmq_close(z->socket); /* after the poll handle: the descriptor is the socket's */
  z->closed(z->closed_arg);
}

void zsock_finish(struct zsock *z, void (*closed)(void *arg), void *arg) {
  uv_handle_t *handles[] = {(uv_handle_t *)&z->poll, (uv_handle_t *)&z->prepare,
                            (uv_handle_t *)&z->check, (uv_handle_t *)&z->idle};
  z->closing = true;
  z->closed = closed;
  z->closed_arg = arg;

  for (size_t i = 0; i < ARRAY_LEN(handles); i++) {
    handles[i]->data = z;
    uv_close(handles[i], on_closed);
  }
}

/* Only the first part, the routing id, can be refused: it picks the peer's queue, and later parts
 * follow it. */
static int send_part(struct zsock *z, const struct part *part, int flags) {
  int rc;
  do
    rc = zmq_send(z->socket, part->data, part->len, ZMQ_DONTWAIT | flags);
  while (rc < 0 && zmq_errno() == EINTR);

  if (rc >= 0)
    return 0;
  if (zmq_errno() == EAGAIN)
    return -EAGAIN;
  return -EHOSTUNREACH;
}

int zsock_send(struct zsock *z, const struct part *parts, size_t n, zmq_free_fn *freed,
               void *hint) {
  for (size_t i = 0; i + 1 < n; i++) {
    int rc = send_part(z, &parts[i], ZMQ_SNDMORE);
    if (rc < 0)
      return rc;
  }

  zmq_msg_t last;
  union {
    const char *given;
    void *data;
  } body = {parts[n - 1].data};
  int rc;
  zmq_msg_init_data(&last, body.data, parts[n - 1].len, freed, hint);
  do
    rc = zmq_msg_send(&last, z->socket, ZMQ_DONTWAIT);
  while (rc < 0 && zmq_errno() == EINTR);

  if (rc < 0)
    zmq_msg_close(&last); /* the peer went meanwhile: as if it had been sent to it */

  return 0;
}
