/* conn - one DEALER socket to the door: frames, request ids, time-outs.
 *
 * Requests may overlap; whoever sent several receives them with conn_receive and matches ids. A follow needs a socket with a
 * random routing id that does not reconnect by itself; open it with `follow` and a fresh one after every loss. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "json.h"
#include "needs.h"

struct conn {
  void *zmq, *socket;
  unsigned next; /* request ids */
};
struct reply {
  char status[8], id[72];
  char *body; /* owned; NUL-terminated */
  size_t len;
};

/* 0, or EXIT_NOT_REACHED / EXIT_NOT_PERMITTED / EXIT_USAGE after saying why. */
int conn_open(struct conn *c, const char *door, bool follow);
void conn_close(struct conn *c);
int conn_send(struct conn *c, const char *verb, const char *id, const char *body, size_t len); /* 0 or -errno */
/* 0; -ETIMEDOUT; -EINTR after a signal; -EPROTO for frames that are none of ours (skip them). */
int conn_receive(struct conn *c, int timeout_ms, struct reply *ret);
bool conn_alive(struct conn *c); /* of a follow's socket: false once the other side is gone and all it sent is read */
void reply_finish(struct reply *r);

/* One question, one answer. Prints faults. Returns 0 with *ret (and the tree of it), else an exit status. Sends `busy` again for
 * a while. */
struct answer {
  struct reply reply;
  json tree;
};
int conn_ask(struct conn *c, const char *verb, const char *body, int timeout_ms, struct answer *ret);
void answer_finish(struct answer *a);
/* The same with a connection of its own. */
int door_ask(const struct settings *s, const char *verb, const char *body, int timeout_ms, struct answer *ret);
/* The same without a word: 0 with whatever was answered, a refusal too (reply.status). For what is nice to know. */
int door_look(const struct settings *s, const char *verb, const char *body, int timeout_ms, struct answer *ret);

/* Lists of faults: the body of an `error` reply, or `errors` of one event. */
int faults_print(json errors);        /* the exit status they make */
const char *faults_code(json errors); /* code of the first, "" if none */
int not_reached(const char *door);    /* says so; EXIT_NOT_REACHED */

extern bool conn_quiet; /* a daemon that is not there is not worth a word (again) */

#define ANSWER_MS 10000
