/* link - the socket, the one descriptor, the clock.
 *
 * A DEALER socket with a random routing id that never reconnects by itself: after a loss a fresh
 * one takes its place, because a session at the daemon is bound to the id, and what was on its way
 * is gone. ZMQ_IMMEDIATE makes POLLOUT mean "connected".
 *
 * ZMQ_FD is edge-like: it tells that the socket's state may have changed, and every call on the
 * socket may use that up. So after everything that touched the socket `arm` looks at ZMQ_EVENTS,
 * and sets the timer to now if something is left. The timer and ZMQ_FD are members of one epoll
 * descriptor, which is what the program watches. */
#include "internal.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <zmq.h>

#define MESSAGES_A_TURN 256
#define CONNECT_MS 3000
#define BACKOFF_FIRST_MS 200
#define BACKOFF_MOST_MS 30000

int64_t link_clock(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int link_why(struct needs *n, int rc, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(n->why, sizeof n->why, fmt, ap);
  va_end(ap);
  return rc;
}

int64_t link_backoff(int64_t ms, int64_t most_ms) {
  if (ms * 2 < most_ms)
    return ms * 2;
  return most_ms;
}

int64_t link_jitter(int64_t ms) {
  uint32_t random = 0;
  if (getrandom(&random, sizeof random, GRND_NONBLOCK) < 0)
    random = (uint32_t)link_clock();
  return ms / 2 + (int64_t)(random % (uint64_t)(ms / 2 + 1));
}

/* --- the timer --- */

static void set_timer(struct needs *n, int64_t due_ms) {
  struct itimerspec when = {0};
  if (due_ms == n->armed_ms)
    return;

  n->armed_ms = due_ms;
  if (due_ms != NEVER) {
    when.it_value.tv_sec = due_ms / 1000;
    when.it_value.tv_nsec = due_ms % 1000 * 1000000;
    if (due_ms <= 0)
      when.it_value.tv_nsec = 1; /* all zero would switch it off */
  }

  timerfd_settime(n->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

void link_wake(struct needs *n) {
  set_timer(n, 0);
}

static int events_of(const struct needs *n) {
  int events = 0;
  size_t size = sizeof events;
  if (n->socket && zmq_getsockopt(n->socket, ZMQ_EVENTS, &events, &size) == 0)
    return events;
  return 0;
}

static int64_t earlier(int64_t a, int64_t b) {
  if (a < b)
    return a;
  return b;
}

static bool expecting(const struct needs *n) {
  return requests_sent(n) || follows_want(n);
}

static bool wanted(const struct needs *n) {
  return !TAILQ_EMPTY(&n->requests) || follows_want(n) || outboxes_want(n);
}

static int64_t link_due(const struct needs *n) {
  if (n->state == LINK_WAITING) {
    if (wanted(n))
      return n->retry_ms;
    return NEVER;
  }
  if (n->state == LINK_CONNECTING)
    return n->give_up_ms;
  if (n->state == LINK_REST || !expecting(n))
    return NEVER;

  int64_t ping = n->pinged_ms + n->lease_ms / 3;
  if (requests_patient(n))
    return ping;

  return earlier(ping, n->heard_ms + n->lease_ms);
}

static bool left_to_hear(const struct needs *n) {
  int events = events_of(n);
  if (n->state == LINK_CONNECTING)
    return events & ZMQ_POLLOUT;
  return n->state == LINK_UP && ((events & ZMQ_POLLIN) || !(events & ZMQ_POLLOUT));
}

static void arm(struct needs *n) {
  int64_t due = earlier(earlier(link_due(n), requests_due(n)),
                        earlier(outboxes_due(n), follows_due(n)));
  bool begin = n->state == LINK_REST && wanted(n);
  set_timer(n, n->more || n->broken || begin || left_to_hear(n) ? 0 : due);
}

/* --- the socket --- */

static void close_socket(struct needs *n) {
  if (!n->socket)
    return;

  epoll_ctl(n->epoll, EPOLL_CTL_DEL, n->zmq_fd, NULL);
  zmq_close(n->socket);
  n->socket = NULL;
  n->broken = false;
}

static void set_number(void *socket, int option, int value) {
  zmq_setsockopt(socket, option, &value, sizeof value);
}

static int name_socket(void *socket) {
  unsigned char id[16];
  if (getrandom(id, sizeof id, 0) != sizeof id)
    return -errno;

  id[0] |= 0x80; /* never begins with zero, which ZeroMQ keeps for itself */
  if (zmq_setsockopt(socket, ZMQ_ROUTING_ID, id, sizeof id))
    return -zmq_errno();
  return 0;
}

static void prepare_socket(void *socket) {
  set_number(socket, ZMQ_LINGER, 0);
  set_number(socket, ZMQ_RECONNECT_IVL, -1);
  set_number(socket, ZMQ_IMMEDIATE, 1);

  /* no POLLOUT then means no connection, and nothing else; the parts limit what is sent */
  set_number(socket, ZMQ_SNDHWM, 0);
  set_number(socket, ZMQ_RCVHWM, 0);
  set_number(socket, ZMQ_HEARTBEAT_IVL, 5000);
  set_number(socket, ZMQ_HEARTBEAT_TIMEOUT, 15000);
}

static int watch_socket(struct needs *n) {
  size_t size = sizeof n->zmq_fd;
  if (zmq_getsockopt(n->socket, ZMQ_FD, &n->zmq_fd, &size))
    return -zmq_errno();

  struct epoll_event event = {.events = EPOLLIN, .data.fd = n->zmq_fd};
  if (epoll_ctl(n->epoll, EPOLL_CTL_ADD, n->zmq_fd, &event) < 0)
    return -errno;
  return 0;
}

static int open_socket(struct needs *n) {
  n->socket = zmq_socket(n->zmq, ZMQ_DEALER);
  if (!n->socket)
    return -zmq_errno();

  int rc = watch_socket(n);
  if (rc) {
    zmq_close(n->socket);
    n->socket = NULL;
    return rc;
  }

  prepare_socket(n->socket);
  rc = name_socket(n->socket);
  if (rc)
    return rc;
  if (zmq_connect(n->socket, n->server))
    return -zmq_errno();

  return 0;
}

static bool probe_path(const struct needs *n, struct sockaddr_un *ret) {
  const char *path = n->server + strlen("ipc://");
  if (strncmp(n->server, "ipc://", strlen("ipc://")) || *path == '@')
    return false;

  *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
  memcpy(ret->sun_path, path, strlen(path) + 1);

  return true;
}

/* ZeroMQ connects in the background and never says what is wrong. A plain connect does, at once. */
static int probe(struct needs *n) {
  struct sockaddr_un address;
  if (!probe_path(n, &address))
    return 0;

  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return 0;

  int rc = 0;
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
    rc = -errno;

  close(fd);
  if (rc == -EACCES || rc == -EPERM)
    return link_why(n, -EACCES, "not permitted to reach %s", n->server);
  if (!rc || rc == -EAGAIN)
    return 0;

  return link_why(n, rc, "no daemon at %s: %s", n->server, strerror(-rc));
}

static void wait_for_retry(struct needs *n) {
  n->state = LINK_WAITING;
  n->retry_ms = n->now_ms + link_jitter(n->backoff_ms);
  n->backoff_ms = link_backoff(n->backoff_ms, BACKOFF_MOST_MS);
}

void link_lost(struct needs *n, const char *fmt, ...) {
  bool was_up = n->state == LINK_UP;
  va_list ap;

  va_start(ap, fmt);
  vsnprintf(n->why, sizeof n->why, fmt, ap);
  va_end(ap);
  close_socket(n);
  wait_for_retry(n);
  requests_lost(n);
  follows_lost(n);
  if (was_up && n->changed)
    n->changed(n->changed_arg, false);
}

static void begin(struct needs *n) {
  if (probe(n)) {
    wait_for_retry(n);
    return;
  }

  n->state = LINK_CONNECTING;
  n->give_up_ms = n->now_ms + CONNECT_MS;

  int rc = open_socket(n);
  if (rc)
    link_lost(n, "cannot connect to %s: %s", n->server, zmq_strerror(-rc));
}

/* --- hearing --- */

static bool part_text(zmq_msg_t *m, char *into, size_t room) {
  size_t n = zmq_msg_size(m);
  if (n >= room)
    return false;

  memcpy(into, zmq_msg_data(m), n);
  into[n] = '\0';

  return true;
}

/* One message, whatever it is. 1: *ret is a reply; 0: none of ours, skipped; -EAGAIN: there is no
 * more. */
static int receive(struct needs *n, struct link_reply *ret) {
  bool good = true, more = true;
  char id[24] = "";

  n->in.len = 0;
  int part = 0;
  for (; more; part++) {
    zmq_msg_t m;
    zmq_msg_init(&m);
    if (zmq_msg_recv(&m, n->socket, ZMQ_DONTWAIT) < 0) {
      zmq_msg_close(&m);
      return -EAGAIN;
    }

    more = zmq_msg_more(&m);
    if (part == 0)
      good = part_text(&m, ret->status, sizeof ret->status) && good;
    if (part == 1)
      good = part_text(&m, id, sizeof id) && good;
    if (part == 2)
      bytes_add(&n->in, zmq_msg_data(&m), zmq_msg_size(&m));

    zmq_msg_close(&m);
  }

  struct span whole;
  struct span_fault fault;
  if (!good || part != 3 || n->in.failed || !span_check(n->in.s, n->in.len, &whole, &fault))
    return 0;

  ret->id = strtoull(id, NULL, 10);
  ret->body = n->in.s;
  ret->len = n->in.len;

  return 1;
}

static void hear(struct needs *n) {
  int messages = 0;
  for (; n->socket && messages < MESSAGES_A_TURN; messages++) {
    struct link_reply r;
    int rc = receive(n, &r);
    if (rc < 0)
      break;

    n->heard_ms = n->now_ms;
    n->backoff_ms = BACKOFF_FIRST_MS;

    /* else late, or the answer to a ping */
    if (rc > 0 && !follows_heard(n, &r))
      requests_heard(n, &r);
  }

  n->more = messages == MESSAGES_A_TURN;
  n->in.failed = false;
}

int link_send(struct needs *n, const char *verb, uint64_t id, const char *body, size_t len) {
  char text[24];
  int at = snprintf(text, sizeof text, "%llu", (unsigned long long)id);

  if (n->state != LINK_UP || n->broken)
    return -EAGAIN;
  if (zmq_send(n->socket, verb, strlen(verb), ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0 ||
      zmq_send(n->socket, text, (size_t)at, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0 ||
      zmq_send(n->socket, body, len, ZMQ_DONTWAIT) < 0) {
    n->broken = true; /* the next turn begins anew: perhaps we are not in one now */
    link_wake(n);
    return -EAGAIN;
  }

  return 0;
}

/* --- a turn --- */

static void up(struct needs *n) {
  n->state = LINK_UP;
  n->heard_ms = n->pinged_ms = n->now_ms;
  if (n->changed)
    n->changed(n->changed_arg, true);
}

static void look_alive(struct needs *n) {
  if (!expecting(n))
    n->heard_ms = n->pinged_ms = n->now_ms;
  if (n->broken || !(events_of(n) & (ZMQ_POLLOUT | ZMQ_POLLIN)))
    link_lost(n, "lost the connection to %s", n->server);
  else if (n->now_ms - n->heard_ms >= n->lease_ms && !requests_patient(n))
    link_lost(n, "%s is silent", n->server);
  else if (n->now_ms - n->pinged_ms >= n->lease_ms / 3 && !link_send(n, "ping", 0, "", 0))
    n->pinged_ms = n->now_ms;
}

static void link_turn(struct needs *n) {
  if (n->state == LINK_REST || (n->state == LINK_WAITING && n->now_ms >= n->retry_ms)) {
    if (wanted(n))
      begin(n);
    return;
  }

  if (n->state == LINK_CONNECTING && (events_of(n) & ZMQ_POLLOUT))
    up(n);
  else if (n->state == LINK_CONNECTING && n->now_ms >= n->give_up_ms)
    link_lost(n, "no connection to %s within %d s", n->server, CONNECT_MS / 1000);

  if (n->state != LINK_UP)
    return;

  hear(n);
  if (n->state == LINK_UP)
    look_alive(n);
}

static void sweep(struct needs *n) {
  for (struct needs_outbox *o = TAILQ_FIRST(&n->outboxes), *next; o; o = next) {
    next = TAILQ_NEXT(o, link);
    if (o->closed)
      outbox_free(o);
  }

  follows_sweep(n);
}

int needs_process(struct needs *n) {
  uint64_t ticks;
  if (n->inside)
    return -EBUSY;

  n->inside = true;
  n->now_ms = link_clock();
  if (read(n->timer, &ticks, sizeof ticks) > 0)
    n->armed_ms = NEVER;

  link_turn(n);
  requests_turn(n);
  follows_turn(n);
  outboxes_turn(n);
  requests_turn(n); /* what the others have just asked */
  n->inside = false;
  sweep(n);
  arm(n);

  return 0;
}

int needs_run(struct needs *n, int timeout_ms) {
  struct pollfd item = {.fd = n->epoll, .events = POLLIN};
  if (n->inside)
    return -EBUSY;

  int rc = poll(&item, 1, timeout_ms);
  if (rc <= 0) {
    if (rc < 0)
      return -errno;
    return 0;
  }

  rc = needs_process(n);
  if (rc)
    return rc;

  return 1;
}

/* --- opening and closing --- */

static bool is_endpoint(const char *server) {
  if (!strncmp(server, "ipc://", 6))
    return server[6] && strlen(server + 6) < sizeof((struct sockaddr_un *)0)->sun_path;

  const char *colon = strrchr(server, ':');
  return !strncmp(server, "tcp://", 6) && colon > server + 6 && colon[1] &&
         strspn(colon + 1, "0123456789") == strlen(colon + 1);
}

static int open_parts(struct needs *n, const char *server) {
  n->server = strdup(server);
  n->zmq = zmq_ctx_new();
  if (!n->server || !n->zmq)
    return -ENOMEM;

  n->epoll = epoll_create1(EPOLL_CLOEXEC);
  n->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (n->epoll < 0 || n->timer < 0)
    return -errno;

  struct epoll_event event = {.events = EPOLLIN, .data.fd = n->timer};
  if (epoll_ctl(n->epoll, EPOLL_CTL_ADD, n->timer, &event) < 0)
    return -errno;

  return 0;
}

int needs_open(struct needs **ret, const char *server) {
  if (!is_endpoint(server))
    return -EINVAL;

  struct needs *n = calloc(1, sizeof *n);
  if (!n)
    return -ENOMEM;

  n->epoll = n->timer = -1;
  n->backoff_ms = BACKOFF_FIRST_MS;
  n->lease_ms = LEASE_MS;
  n->armed_ms = NEVER;
  TAILQ_INIT(&n->requests);
  TAILQ_INIT(&n->outboxes);
  TAILQ_INIT(&n->follows);

  int rc = open_parts(n, server);
  if (rc)
    needs_close(n);
  else
    *ret = n;

  return rc;
}

/* A signal interrupts it, and until it is through libzmq's threads go on. */
static void end_context(void *context) {
  if (!context)
    return;
  while (zmq_ctx_term(context) < 0 && zmq_errno() == EINTR)
    continue;
}

void needs_close(struct needs *n) {
  if (!n)
    return;

  while (!TAILQ_EMPTY(&n->outboxes))
    outbox_free(TAILQ_FIRST(&n->outboxes));
  while (!TAILQ_EMPTY(&n->follows))
    follow_free(TAILQ_FIRST(&n->follows));

  requests_finish(n);
  free(n->busy);
  close_socket(n);
  end_context(n->zmq);
  if (n->timer >= 0)
    close(n->timer);
  if (n->epoll >= 0)
    close(n->epoll);

  bytes_finish(&n->in);
  free(n->server);
  free(n);
}

int needs_reach(struct needs *n) {
  int rc = probe(n);
  if (rc)
    return rc;

  if (n->state == LINK_WAITING) {
    n->retry_ms = 0;
    link_wake(n);
  }

  return 0;
}

const char *needs_why(const struct needs *n) {
  return n->why;
}

const char *needs_busy(const struct needs *n) {
  return n->busy;
}

bool needs_connected(const struct needs *n) {
  return n->state == LINK_UP;
}

void needs_on_connection(struct needs *n, void (*changed)(void *arg, bool connected), void *arg) {
  n->changed = changed;
  n->changed_arg = arg;
}

int needs_fd(const struct needs *n) {
  return n->epoll;
}
