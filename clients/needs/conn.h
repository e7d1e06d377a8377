/* conn - the connection of a command to the daemon: questions and their answers, with exit statuses
 * and messages for what the library reports. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <libneeds.h>

#include "json.h"
#include "needs.h"

struct conn {
  struct needs *link;
};
struct reply {
  const char *status; /* "ok" or "error" */
  char *body;         /* owned; NUL-terminated */
  size_t len;
};

/* Opens a connection, and checks that a daemon listens there: 0, or EXIT_NOT_REACHED /
 * EXIT_NOT_PERMITTED / EXIT_USAGE after saying why. The link is there after EXIT_NOT_REACHED too,
 * for callers that can wait. */
int conn_open(struct conn *c, const char *server);
void conn_close(struct conn *c);

/* One question, one answer. Prints faults. Returns 0 with *ret (and the tree of it), else an exit
 * status. Asks again for a while when the daemon is busy. */
struct answer {
  struct reply reply;
  json tree;
};
int conn_ask(struct conn *c, const char *verb, const char *body, int timeout_ms,
             struct answer *ret);
void answer_finish(struct answer *a);
/* The same with a connection of its own. */
int door_ask(const struct settings *s, const char *verb, const char *body, int timeout_ms,
             struct answer *ret);
/* One question about an authority, or (NULL) about the daemon. */
int door_question(const struct settings *s, const char *question, const char *authority,
                  struct answer *ret);
/* The same without a word: 0 with whatever was answered, a refusal too (reply.status). For what is
 * nice to know. */
int door_look(const struct settings *s, const char *verb, const char *body, int timeout_ms,
              struct answer *ret);

/* Lists of faults: the body of an `error` reply, or `errors` of one event. */
int faults_print(json errors); /* the exit status they make */
/* The same, of what was typed: members that an option says are named by it. */
int faults_print_options(json errors);
const char *faults_code(json errors); /* code of the first, "" if none */
bool faults_of_codes(json errors);    /* does one say that the catalogue lacks a code? */
void print_where_codes_are(void);     /* on standard error: how to find one */
int not_reached(const char *server);  /* says so; EXIT_NOT_REACHED */

extern bool conn_quiet; /* a daemon that is not there is not worth a word (again) */

#define ANSWER_MS 10000
