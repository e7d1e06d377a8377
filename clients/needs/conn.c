/* conn - one DEALER socket to the door: frames, request ids, time-outs. */
#include "conn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>
#include <zmq.h>

#include "text.h"

#define BUSY_FIRST_MS 200
#define BUSY_TRIES 6

bool conn_quiet;

int not_reached(const char *door) {
  complain("no answer from the daemon at %s; is needsd running, and is --door (or NEEDS_DOOR) right?", door);
  return EXIT_NOT_REACHED;
}

/* ZeroMQ connects in the background and never says what is wrong. A plain connect does, at once. */
static int probe(const char *door) {
  const char *path = door + strlen("ipc://");
  if (strncmp(door, "ipc://", strlen("ipc://")) || *path == '@') return 0;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) {
    complain("the path in '%s' is too long; at most %zu bytes", door, sizeof address.sun_path - 1);
    return EXIT_USAGE;
  }
  memcpy(address.sun_path, path, strlen(path) + 1);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return 0;
  int rc = connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ? errno : 0;
  close(fd);
  if (rc == EACCES || rc == EPERM) {
    complain("not permitted to reach %s; ask to be put in the group that owns it", door);
    return EXIT_NOT_PERMITTED;
  }
  if (!rc || rc == EAGAIN) return 0;
  if (!conn_quiet)
    complain("no daemon at %s: %s; start needsd, or name its endpoint with --door or NEEDS_DOOR", door, strerror(rc));
  return EXIT_NOT_REACHED;
}

static void set_number(void *socket, int option, int value) { zmq_setsockopt(socket, option, &value, sizeof value); }

static void prepare(struct conn *c, bool follow) {
  set_number(c->socket, ZMQ_LINGER, 0);
  set_number(c->socket, ZMQ_HEARTBEAT_IVL, 5000);
  set_number(c->socket, ZMQ_HEARTBEAT_TIMEOUT, 15000);
  set_number(c->socket, ZMQ_SNDHWM, 64);
  if (!follow) return;
  unsigned char id[17] = {1}; /* never begins with zero, which ZeroMQ keeps for itself */
  randombytes_buf(id + 1, sizeof id - 1);
  zmq_setsockopt(c->socket, ZMQ_ROUTING_ID, id, sizeof id);
  set_number(c->socket, ZMQ_RECONNECT_IVL, -1);
}

int conn_open(struct conn *c, const char *door, bool follow) {
  *c = (struct conn){0};
  int rc = probe(door);
  if (rc) return rc;
  c->zmq = zmq_ctx_new();
  c->socket = c->zmq ? zmq_socket(c->zmq, ZMQ_DEALER) : NULL;
  if (!c->socket) {
    complain("cannot make a socket: %s", zmq_strerror(errno));
    conn_close(c);
    return EXIT_NOT_REACHED;
  }
  prepare(c, follow);
  if (zmq_connect(c->socket, door) < 0) {
    complain("'%s' is not an endpoint (%s); it looks like ipc:///run/needsd/door", door, zmq_strerror(errno));
    conn_close(c);
    return EXIT_USAGE;
  }
  return 0;
}

void conn_close(struct conn *c) {
  if (c->socket) zmq_close(c->socket);
  if (c->zmq) zmq_ctx_term(c->zmq);
  *c = (struct conn){0};
}

int conn_send(struct conn *c, const char *verb, const char *id, const char *body, size_t len) {
  if (zmq_send(c->socket, verb, strlen(verb), ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) return -errno;
  if (zmq_send(c->socket, id, strlen(id), ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) return -errno;
  return zmq_send(c->socket, body, len, ZMQ_DONTWAIT) < 0 ? -errno : 0;
}

static bool frame_text(zmq_msg_t *m, char *ret, size_t room) {
  size_t n = zmq_msg_size(m);
  if (n >= room) return false;
  memcpy(ret, zmq_msg_data(m), n);
  ret[n] = '\0';
  return true;
}

/* All frames of one message, whatever it is, so that the next one starts at its beginning. */
static int receive_frames(void *socket, struct reply *ret) {
  bool more = true, good = true;
  int n = 0;
  for (; more; n++) {
    zmq_msg_t m;
    zmq_msg_init(&m);
    if (zmq_msg_recv(&m, socket, ZMQ_DONTWAIT) < 0) {
      zmq_msg_close(&m);
      return -errno;
    }
    more = zmq_msg_more(&m);
    if (n == 0) good = frame_text(&m, ret->status, sizeof ret->status) && good;
    if (n == 1) good = frame_text(&m, ret->id, sizeof ret->id) && good;
    if (n == 2) {
      ret->len = zmq_msg_size(&m);
      ret->body = get_memory(ret->len + 1);
      memcpy(ret->body, zmq_msg_data(&m), ret->len);
    }
    zmq_msg_close(&m);
  }
  return good && n == 3 ? 0 : -EPROTO;
}

int conn_receive(struct conn *c, int timeout_ms, struct reply *ret) {
  *ret = (struct reply){0};
  zmq_pollitem_t item = {.socket = c->socket, .events = ZMQ_POLLIN};
  int n = zmq_poll(&item, 1, timeout_ms);
  if (n <= 0) return n < 0 ? -errno : -ETIMEDOUT;
  int rc = receive_frames(c->socket, ret);
  if (rc) reply_finish(ret);
  return rc;
}

bool conn_alive(struct conn *c) {
  int events = 0;
  size_t size = sizeof events;
  return zmq_getsockopt(c->socket, ZMQ_EVENTS, &events, &size) == 0 && (events & (ZMQ_POLLOUT | ZMQ_POLLIN));
}

void reply_finish(struct reply *r) {
  free(r->body);
  *r = (struct reply){0};
}

const char *faults_code(json errors) {
  const char *code = json_string(json_at(errors, 0), "code");
  return code ? code : "";
}

int faults_print(json errors) {
  bool permitted = true;
  for (size_t i = 0; i < json_count(errors); i++) {
    json e = json_at(errors, i);
    const char *code = json_string(e, "code"), *pointer = json_string(e, "pointer"), *message = json_string(e, "message");
    complain("%s%s%s: %s", code ? code : "error", pointer && *pointer ? " at " : "", pointer ? pointer : "",
             message ? message : "");
    if (code && !strcmp(code, "forbidden")) permitted = false;
  }
  if (!json_count(errors)) complain("the daemon answered with an error that says nothing");
  return permitted ? EXIT_REJECTED : EXIT_NOT_PERMITTED;
}

/* Waits for the reply of one request id; others are late answers to questions that were given up. */
static int await(struct conn *c, const char *id, int timeout_ms, struct reply *ret) {
  struct timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (int left = timeout_ms; left > 0;) {
    int rc = conn_receive(c, left, ret);
    if (!rc && !strcmp(ret->id, id)) return 0;
    if (!rc) reply_finish(ret);
    if (rc == -ETIMEDOUT) return rc;
    clock_gettime(CLOCK_MONOTONIC, &now);
    left = timeout_ms - (int)((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000);
  }
  return -ETIMEDOUT;
}

static int ask_once(struct conn *c, const char *verb, const char *body, int timeout_ms, struct answer *ret) {
  char id[24];
  snprintf(id, sizeof id, "%u", ++c->next);
  *ret = (struct answer){0};
  if (conn_send(c, verb, id, body, strlen(body)) || await(c, id, timeout_ms, &ret->reply)) return EXIT_NOT_REACHED;
  ret->tree = json_parse(ret->reply.body);
  return 0;
}

static bool answered(const struct answer *a) { return !strcmp(a->reply.status, "ok") && a->tree; }

/* Whatever the daemon says in the end, a refusal too. */
static int ask_patiently(struct conn *c, const char *verb, const char *body, int timeout_ms, struct answer *ret) {
  for (int try = 0;; try++) {
    int rc = ask_once(c, verb, body, timeout_ms, ret);
    if (rc || answered(ret) || strcmp(faults_code(ret->tree), "busy") || try == BUSY_TRIES) return rc;
    answer_finish(ret);
    usleep((useconds_t)(BUSY_FIRST_MS << try) * 1000);
  }
}

/* What is not there is named as it was asked for; the daemon only points at the member. False: it is something else. */
static bool print_not_found(json errors, const char *body) {
  const char *pointer = json_string(json_at(errors, 0), "pointer");
  if (strcmp(faults_code(errors), "not-found") || !pointer || *pointer != '/') return false;
  json asked = json_parse(body);
  const char *what = json_string(asked, pointer + 1), *person = json_string(asked, "person"),
             *school = json_string(asked, "school");
  if (what && !strcmp(pointer, "/school"))
    complain("nothing is known here about school %s", what);
  else if (what && !strcmp(pointer, "/person"))
    complain("nothing is known here about %s in school %s", what, school ? school : "?");
  else if (what && !strcmp(pointer, "/recommendation"))
    complain("%s is not recommended to %s now", what, person ? person : "?");
  else if (what)
    complain("the catalogue holds no %s %s", pointer + 1, what);
  json_free(asked);
  return what != NULL;
}

int conn_ask(struct conn *c, const char *verb, const char *body, int timeout_ms, struct answer *ret) {
  int rc = ask_patiently(c, verb, body, timeout_ms, ret);
  if (rc || answered(ret)) return rc;
  rc = print_not_found(ret->tree, body) ? EXIT_REJECTED : faults_print(ret->tree);
  answer_finish(ret);
  return rc;
}

void answer_finish(struct answer *a) {
  json_free(a->tree);
  reply_finish(&a->reply);
  *a = (struct answer){0};
}

int door_ask(const struct settings *s, const char *verb, const char *body, int timeout_ms, struct answer *ret) {
  struct conn c;
  int rc = conn_open(&c, s->door, false);
  if (rc) return rc;
  rc = conn_ask(&c, verb, body, timeout_ms, ret);
  if (rc == EXIT_NOT_REACHED) not_reached(s->door);
  conn_close(&c);
  return rc;
}

int door_look(const struct settings *s, const char *verb, const char *body, int timeout_ms, struct answer *ret) {
  struct conn c;
  bool quiet = conn_quiet;
  conn_quiet = true;
  int rc = conn_open(&c, s->door, false);
  conn_quiet = quiet;
  if (rc) return rc;
  rc = ask_patiently(&c, verb, body, timeout_ms, ret);
  conn_close(&c);
  return rc;
}
