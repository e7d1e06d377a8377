/* drain - sends the events of an outbox to the daemon, and reports the results.
 *
 * A window of batches is in flight, filled from the file by number. A batch is a request until it
 * is answered; then its verdicts are reported and its rows leave the file in one transaction. The
 * report comes first: after a crash between the two it is repeated.
 *
 * The daemon judges each event for itself, unless it cannot read the batch at all (a fault of ours,
 * or an event that only it finds malformed): such a batch goes again event by event, so that one
 * cannot hold up the others. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW 4
#define BATCH_EVENTS 500 /* half of what is allowed: the daemon's turns stay short */
#define DISK_AGAIN_MS 2000

enum batch_state {
  BATCH_FREE,
  BATCH_READY, /* to be asked */
  BATCH_ASKED,
  BATCH_JUDGED, /* `reply` is to be reported and settled */
};
struct batch {
  struct drain *drain;
  enum batch_state state;
  struct bytes body;
  struct outbox_row rows[BATCH_EVENTS];
  size_t n, done; /* rows before `done` are settled: only when they go one by one */
  bool one_by_one;
  struct request *request;
  enum needs_reply kind;
  char *reply;
  size_t reply_len;
  bool told;
};
struct drain {
  struct needs_outbox *o;
  int64_t reached;  /* numbers up to here have been in a batch */
  int64_t again_ms; /* after a failure of the disk: not before */
  int64_t ask_ms;   /* not before this time, after an invalid reply */
  int64_t backoff_ms;
  bool stopped;
  struct batch window[WINDOW];
};

struct drain *drain_new(struct needs_outbox *o) {
  struct drain *d = calloc(1, sizeof *d);
  if (!d)
    return NULL;

  d->o = o;
  d->backoff_ms = BUSY_FIRST_MS;
  for (int i = 0; i < WINDOW; i++)
    d->window[i].drain = d;

  return d;
}

static void clear(struct batch *b) {
  request_free(b->drain->o->n, b->request);
  for (size_t i = 0; i < b->n; i++)
    free(b->rows[i].tag);

  bytes_finish(&b->body);
  free(b->reply);
  b->request = NULL;
  b->reply = NULL;
  b->n = b->done = 0;
  b->one_by_one = b->told = false;
  b->state = BATCH_FREE;
}

void drain_free(struct drain *d) {
  if (!d)
    return;

  for (int i = 0; i < WINDOW; i++)
    clear(&d->window[i]);
  free(d);
}

static bool disk_rests(const struct drain *d) {
  return d->again_ms > d->o->n->now_ms;
}

static void rest_disk(struct drain *d) {
  d->again_ms = d->o->n->now_ms + DISK_AGAIN_MS;
}

/* --- asking --- */

static bool fill(struct batch *b) {
  struct drain *d = b->drain;
  int n = outbox_read(d->o, d->reached, BATCH_EVENTS, &b->body, b->rows);
  if (n > 0)
    b->n = (size_t)n;
  else
    b->n = 0;

  if (n > 0 && !b->body.failed) {
    d->reached = b->rows[n - 1].number;
    b->state = BATCH_READY;
    return true;
  }

  if (n)
    rest_disk(d);
  if (!n)
    d->reached = d->o->sealed; /* the rest was dropped */

  clear(b);

  return false;
}

static void on_reply(void *arg, enum needs_reply kind, const char *body, size_t len) {
  struct batch *b = arg;
  b->request = NULL;
  b->kind = kind;

  if (body)
    b->reply = strndup(body, len);
  else
    b->reply = NULL;

  b->reply_len = len;
  if (b->reply)
    b->state = BATCH_JUDGED;
  else
    b->state = BATCH_READY;

  b->told = false;
}

static void ask(struct batch *b) {
  struct needs *n = b->drain->o->n;
  const struct outbox_row *row = &b->rows[b->done];
  size_t at = 0, len = b->body.len;

  if (b->one_by_one) {
    at = row->at;
    len = row->len;
  }

  b->request = request_new(n, "push", strndup(b->body.s + at, len), len, NEVER, on_reply, b);
  if (b->request)
    b->state = BATCH_ASKED;
}

/* --- reporting results --- */

static enum needs_status status_of(struct span result) {
  struct span status = span_member(result, "status");
  if (span_equals(status, "accepted"))
    return NEEDS_ACCEPTED;
  if (span_equals(status, "duplicate"))
    return NEEDS_DUPLICATE;
  return NEEDS_REJECTED;
}

static void tell(const struct batch *b, const struct outbox_row *row, struct span result,
                 const char *errors, const char *position) {
  struct needs_outbox *o = b->drain->o;
  if (!o->calls.judged || o->closed)
    return;

  char *id = span_text(span_member(result, "id")), *event = strndup(b->body.s + row->at, row->len);
  struct needs_verdict v = {.tag = row->tag,
                            .id = id,
                            .event = text_or(event, "{}"),
                            .status = errors ? NEEDS_REJECTED : status_of(result),
                            .errors = errors,
                            .position = position};

  o->calls.judged(o->arg, &v);
  free(id);
  free(event);
}

/* The errors of a rejected one, NULL of a good one. */
static char *errors_of(struct span result) {
  struct span errors = span_member(result, "errors");
  if (status_of(result) != NEEDS_REJECTED)
    return NULL;
  if (errors.at)
    return span_copy(errors);
  return strdup("[]");
}

static void settled(struct batch *b, size_t rows) {
  b->done += rows;
  free(b->reply);
  b->reply = NULL;
  if (b->done >= b->n)
    clear(b);
  else
    b->state = BATCH_READY;
}

/* `errors` of the rows from `done` on, which are freed. The rows leave the file, or stay until the
 * disk can take it; those of an outbox that `judged` closed stay, for not all may have been
 * reported.
 */
static void settle(struct batch *b, size_t rows, char **errors) {
  struct needs_outbox *o = b->drain->o;
  bool held = o->in_transaction || o->closed; /* begun by `judged`: when it is committed */
  bool gone = !held && !outbox_settle(o, &b->rows[b->done], rows, errors);

  for (size_t i = 0; i < rows; i++)
    free(errors[i]);
  if (gone)
    settled(b, rows);
  else if (!held)
    rest_disk(b->drain);
}

/* One result of this protocol for each of the rows? */
static bool believable(struct span results, size_t rows) {
  size_t n = 0;
  for (struct span item = span_next(results, (struct span){0}); item.at;
       item = span_next(results, item), n++)
    if (status_of(item) == NEEDS_REJECTED && !span_equals(span_member(item, "status"), "rejected"))
      return false;

  return n == rows;
}

/* No reply of this protocol: the batch goes again, over a fresh socket and after a while. */
static void disbelieve(struct batch *b, const char *why) {
  struct drain *d = b->drain;
  d->ask_ms = d->o->n->now_ms + link_jitter(d->backoff_ms);
  d->backoff_ms = link_backoff(d->backoff_ms, BUSY_MOST_MS);
  free(b->reply);
  b->reply = NULL;
  b->state = BATCH_READY;
  link_lost(d->o->n, "%s", why);
}

static void judge(struct batch *b, struct span body) {
  struct span results = span_member(body, "results"), result = {0};
  size_t rows = 1;

  if (!b->one_by_one)
    rows = b->n;

  if (!believable(results, rows)) {
    disbelieve(b, "the reply to a push has not one result for each event");
    return;
  }

  b->drain->backoff_ms = BUSY_FIRST_MS;
  char *errors[BATCH_EVENTS], *position = span_text(span_member(body, "position"));

  for (size_t i = 0; i < rows; i++) {
    result = span_next(results, result);
    errors[i] = errors_of(result);
    if (!b->told)
      tell(b, &b->rows[b->done + i], result, errors[i], position);
  }

  b->told = true;
  free(position);
  settle(b, rows, errors);
}

/* --- refusals of the whole --- */

static bool means_us(struct span code) {
  static const char *const codes[] = {"forbidden", "unknown-verb", "bad-frames"};
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
    if (span_equals(code, codes[i]))
      return true;
  return false;
}

static void stop(struct batch *b, struct span fault) {
  struct needs_outbox *o = b->drain->o;
  char *code = span_text(span_member(fault, "code")),
       *message = span_text(span_member(fault, "message"));

  free(b->reply);
  b->reply = NULL;
  b->state = BATCH_READY;

  bool first = !b->drain->stopped;
  b->drain->stopped = true;
  link_why(o->n, 0, "%s", text_or(message, "the daemon takes nothing from us"));
  if (first && o->calls.stopped && !o->closed)
    o->calls.stopped(o->arg, text_or(code, "error"), text_or(message, ""));

  free(code);
  free(message);
}

/* Nothing was judged. */
static void refused(struct batch *b, struct span faults) {
  struct span fault = span_next(faults, (struct span){0});
  if (!span_is(span_member(fault, "code"), '"')) {
    disbelieve(b, "the reply to a push is an error without a code");
  } else if (means_us(span_member(fault, "code"))) {
    stop(b, fault);
  } else if (b->n - b->done > 1 && !b->one_by_one) {
    free(b->reply);
    b->reply = NULL;
    b->one_by_one = true;
    b->state = BATCH_READY;
  } else {
    char *errors[1] = {span_copy(faults)};
    if (!b->told)
      tell(b, &b->rows[b->done], (struct span){0}, errors[0], NULL);
    b->told = true;
    settle(b, 1, errors);
  }
}

/* --- a turn --- */

static void batch_turn(struct batch *b) {
  struct drain *d = b->drain;
  struct needs_outbox *o = d->o;
  if (b->state == BATCH_JUDGED && !o->in_transaction && !disk_rests(d)) {
    struct span body = {b->reply, b->reply_len};
    if (b->kind == NEEDS_OK)
      judge(b, body);
    else
      refused(b, body);
  }

  if (d->stopped || o->closed || o->n->state != LINK_UP || d->ask_ms > o->n->now_ms)
    return;
  if (b->state == BATCH_FREE && d->reached < o->sealed && !disk_rests(d) && !fill(b))
    return;

  if (b->state == BATCH_READY)
    ask(b);
}

void drain_turn(struct drain *d) {
  for (int i = 0; i < WINDOW && !d->o->closed; i++)
    batch_turn(&d->window[i]);
}

int64_t drain_due(const struct drain *d) {
  const struct needs_outbox *o = d->o;
  int64_t now = o->n->now_ms, disk = 0, ask = 0, due = NEVER;
  bool up = o->n->state == LINK_UP && !d->stopped;

  if (d->again_ms > now)
    disk = d->again_ms;
  if (d->ask_ms > now)
    ask = d->ask_ms;

  for (int i = 0; i < WINDOW; i++) {
    const struct batch *b = &d->window[i];
    int64_t own = NEVER;

    if (b->state == BATCH_JUDGED && !o->in_transaction)
      own = disk;
    if (b->state == BATCH_READY && up)
      own = ask;
    if (b->state == BATCH_FREE && up && d->reached < o->sealed) {
      if (disk > ask)
        own = disk;
      else
        own = ask;
    }

    if (own < due)
      due = own;
  }

  return due;
}

bool drain_stopped(const struct drain *d) {
  return d->stopped;
}

void drain_resume(struct drain *d) {
  d->stopped = false;
}
