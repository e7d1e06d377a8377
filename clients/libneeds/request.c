/* request - messages with one answer: the program's questions, and the outbox's batches.
 *
 * A request is due (to be sent at due_ms) or sent. `busy` makes it due again after a back-off, a
 * lost connection at once. */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ASK_MS 10000

struct request {
  TAILQ_ENTRY(request) link;
  uint64_t id;
  const char *verb; /* a constant */
  char *body;
  size_t len;
  bool sent;
  int64_t due_ms, deadline_ms, timeout_ms;
  int64_t backoff_ms;
  char *busy; /* the last refusal */
  needs_answered *answered;
  void *arg;
};

struct request *request_new(struct needs *n, const char *verb, char *body_take, size_t len,
                            int64_t deadline_ms, needs_answered *answered, void *arg) {
  struct request *r = NULL;
  if (body_take)
    r = calloc(1, sizeof *r);

  if (!r) {
    free(body_take);
    return NULL;
  }

  *r = (struct request){.id = ++n->last_id,
                        .verb = verb,
                        .body = body_take,
                        .len = len,
                        .deadline_ms = deadline_ms,
                        .backoff_ms = BUSY_FIRST_MS,
                        .answered = answered,
                        .arg = arg};
  TAILQ_INSERT_TAIL(&n->requests, r, link);
  link_wake(n);

  return r;
}

void request_free(struct needs *n, struct request *r) {
  if (!r)
    return;

  TAILQ_REMOVE(&n->requests, r, link);
  free(r->body);
  free(r->busy);
  free(r);
}

void requests_finish(struct needs *n) {
  while (!TAILQ_EMPTY(&n->requests))
    request_free(n, TAILQ_FIRST(&n->requests));
}

/* Out of the list before the call, which may ask again, or forget. */
static void answer(struct needs *n, struct request *r, enum needs_reply reply, const char *body,
                   size_t len) {
  needs_answered *answered = r->answered;
  void *arg = r->arg;
  char *busy = r->busy;

  r->busy = NULL;
  request_free(n, r);

  if (!body && busy) {
    reply = NEEDS_REFUSED;
    body = busy;
    len = strlen(busy);
  }

  answered(arg, reply, body, len);
  free(busy);
}

static bool is_busy(const struct link_reply *r) {
  struct span faults = {r->body, r->len};
  return span_equals(span_member(span_next(faults, (struct span){0}), "code"), "busy");
}

/* What needs_busy() says: the message of these faults, or nothing. */
static void note_busy(struct needs *n, const struct link_reply *r) {
  struct span faults = {r->body, r->len};

  free(n->busy);
  if (is_busy(r))
    n->busy = span_text(span_member(span_next(faults, (struct span){0}), "message"));
  else
    n->busy = NULL;
}

static void wait_while_busy(struct needs *n, struct request *q, const struct link_reply *r) {
  free(q->busy);
  q->busy = strdup(r->body);
  q->sent = false;
  q->due_ms = n->now_ms + link_jitter(q->backoff_ms);
  q->backoff_ms = link_backoff(q->backoff_ms, BUSY_MOST_MS);
}

bool requests_heard(struct needs *n, const struct link_reply *r) {
  struct request *q;
  TAILQ_FOREACH (q, &n->requests, link) {
    if (q->id == r->id)
      break;
  }
  if (!q)
    return false;

  bool ok = !strcmp(r->status, "ok");
  if (!ok && strcmp(r->status, "error"))
    return true; /* a status of a later protocol */

  note_busy(n, r);
  if (!ok && is_busy(r))
    wait_while_busy(n, q, r);
  else
    answer(n, q, ok ? NEEDS_OK : NEEDS_REFUSED, r->body, r->len);

  return true;
}

static struct request *first_late(struct needs *n) {
  struct request *q;
  TAILQ_FOREACH (q, &n->requests, link) {
    if (q->deadline_ms <= n->now_ms)
      return q;
  }
  return NULL;
}

void requests_turn(struct needs *n) {
  for (struct request *q; (q = first_late(n));)
    answer(n, q, NEEDS_SILENT, NULL, 0);

  struct request *q, *next;
  for (q = TAILQ_FIRST(&n->requests); q && n->state == LINK_UP; q = next) {
    next = TAILQ_NEXT(q, link);
    if (q->sent || q->due_ms > n->now_ms)
      continue;

    q->sent = !link_send(n, q->verb, q->id, q->body, q->len);
    if (q->sent) {
      free(q->busy);
      q->busy = NULL;
    } /* from here on it is unknown again */
  }
}

void requests_lost(struct needs *n) {
  struct request *q;
  TAILQ_FOREACH (q, &n->requests, link) {
    if (q->sent)
      q->due_ms = n->now_ms;
    q->sent = false;
  }
}

bool requests_sent(const struct needs *n) {
  const struct request *q;
  TAILQ_FOREACH (q, &n->requests, link) {
    if (q->sent)
      return true;
  }
  return false;
}

bool requests_patient(const struct needs *n) {
  const struct request *q;
  TAILQ_FOREACH (q, &n->requests, link) {
    if (q->sent && q->timeout_ms > n->lease_ms)
      return true;
  }
  return false;
}

int64_t requests_due(const struct needs *n) {
  const struct request *q;
  int64_t due = NEVER;

  TAILQ_FOREACH (q, &n->requests, link) {
    if (q->deadline_ms < due)
      due = q->deadline_ms;
    if (!q->sent && n->state == LINK_UP && q->due_ms < due)
      due = q->due_ms;
  }

  return due;
}

static const char *known_verb(const char *verb) {
  static const char *const verbs[] = {"ask",     "ping",    "push",    "check",    "replay", "day",
                                      "propose", "publish", "approve", "rollback", "restore"};
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
    if (!strcmp(verbs[i], verb))
      return verbs[i];

  return NULL;
}

int needs_ask(struct needs *n, const char *verb, const char *body, int timeout_ms,
              needs_answered *answered, void *arg) {
  const char *known = known_verb(verb);
  size_t len = 0;

  if (body)
    len = strlen(body);

  if (!known)
    return link_why(n, -EINVAL, "'%s' is not a verb that is answered once", verb);
  if (len > BATCH_MOST)
    return link_why(n, -EMSGSIZE, "the body is over 1 MiB; send less at once");

  if (timeout_ms <= 0)
    timeout_ms = ASK_MS;

  struct request *r = request_new(n, known, strdup(text_or(body, "")), len,
                                  link_clock() + timeout_ms, answered, arg);
  if (!r)
    return link_why(n, -ENOMEM, "out of memory");

  r->timeout_ms = timeout_ms;

  return 0;
}

void needs_forget(struct needs *n, const void *arg) {
  struct request *q, *next;
  for (q = TAILQ_FIRST(&n->requests); q; q = next) {
    next = TAILQ_NEXT(q, link);
    if (q->arg == arg && q->timeout_ms > 0)
      request_free(n, q);
  }
}
