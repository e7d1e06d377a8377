/* send - events to the daemon: batches, a window of them in flight.
 *
 * `check` is the same road with the verb that stores nothing. Twins are known to the daemon, so silence and `busy` are answered
 * by sending the same batch again. */
#include "send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conn.h"
#include "input.h"
#include "text.h"

#define BATCH_EVENTS 500 /* half of what is allowed: the bar moves, and the daemon's turns stay short */
#define BATCH_BYTES (1024 * 1024 - 2)
#define WINDOW 4
#define RESEND_MS 10000
#define SILENCE_MS 25000
#define NO_PROGRESS_MS 90000
#define BUSY_FIRST_MS 200
#define BUSY_MOST_MS 10000
#define BAR_WIDTH 30

enum batch_state { FREE, WAITING, SENT };
struct batch {
  enum batch_state state;
  struct text body;
  size_t first, last; /* items [first, last), those with text */
  unsigned number, tries, busy;
  int64_t due_ms; /* WAITING: send then; SENT: send again then */
};
struct sending {
  struct exchange *x;
  struct item *items;
  size_t n;
  struct batch window[WINDOW];
  size_t next, judged;
  unsigned numbers;
  int64_t heard_ms, progress_ms;
  int rc; /* an exit status that ends it */
};

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- progress --- */

static void show_bar(const struct sending *p) {
  if (!p->x->bar || !p->n) return;
  int full = (int)(p->judged * BAR_WIDTH / p->n);
  fprintf(stderr, "\r%s  [%.*s%*s] %zu of %zu", p->x->bar, full, "##############################", BAR_WIDTH - full, "",
          p->judged, p->n);
}

static void clear_bar(const struct sending *p) {
  if (p->x->bar) fputs("\r\033[K", stderr);
}

/* --- batches --- */

static void fill(struct sending *p, struct batch *b) {
  text_clear(&b->body);
  size_t events = 0;
  b->first = p->next;
  for (; p->next < p->n && events < BATCH_EVENTS; p->next++) {
    struct item *i = &p->items[p->next];
    if (!i->text) {
      p->judged++;
      continue;
    }
    if (i->len > BATCH_BYTES) {
      item_fault(i, -1, "too-large", "an event is at most 64 KiB, this one is %zu bytes", i->len);
      free(i->text);
      i->text = NULL;
      p->judged++;
      continue;
    }
    if (events && b->body.len + i->len + 2 > BATCH_BYTES) break;
    text_add(&b->body, events++ ? "," : "[");
    text_add_n(&b->body, i->text, i->len);
  }
  b->last = p->next;
  if (!events) return;
  text_add(&b->body, "]");
  b->state = WAITING, b->number = ++p->numbers;
  b->tries = b->busy = 0, b->due_ms = 0;
}

static void send_batch(struct sending *p, struct batch *b, int64_t now) {
  char id[32];
  snprintf(id, sizeof id, "%u.%u", b->number, ++b->tries);
  int rc = conn_send(p->x->conn, p->x->check ? "check" : "push", id, b->body.s, b->body.len);
  b->state = rc ? WAITING : SENT;
  b->due_ms = now + (rc ? BUSY_FIRST_MS : RESEND_MS);
}

static void send_due(struct sending *p, int64_t now) {
  for (int k = 0; k < WINDOW; k++) {
    struct batch *b = &p->window[k];
    if (b->state == FREE && p->next < p->n) fill(p, b);
    if (b->state != FREE && b->due_ms <= now) send_batch(p, b, now);
  }
}

static int64_t next_due(const struct sending *p) {
  int64_t due = INT64_MAX;
  for (int k = 0; k < WINDOW; k++)
    if (p->window[k].state != FREE && p->window[k].due_ms < due) due = p->window[k].due_ms;
  return due;
}

static bool in_flight(const struct sending *p) { return next_due(p) != INT64_MAX; }

/* --- answers --- */

static char *errors_text(json errors, bool *ret_forbidden) {
  static const char *const names[] = {"code", "pointer", "message"};
  struct text t = {0};
  text_add(&t, "[");
  for (size_t i = 0; i < json_count(errors); i++) {
    text_add(&t, i ? ",{" : "{");
    for (size_t k = 0; k < 3; k++) {
      const char *value = json_string(json_at(errors, i), names[k]);
      text_addf(&t, "%s\"%s\":", k ? "," : "", names[k]);
      text_add_quoted(&t, value ? value : "");
      if (k == 0 && value && !strcmp(value, "forbidden")) *ret_forbidden = true;
    }
    text_add(&t, "}");
  }
  text_add(&t, "]");
  return t.s;
}

static void judge(struct sending *p, struct item *i, json result) {
  const char *status = json_string(result, "status");
  p->judged++;
  if (status && !strcmp(status, "accepted")) {
    i->outcome = ACCEPTED;
  } else if (status && !strcmp(status, "duplicate")) {
    i->outcome = KNOWN;
  } else {
    i->outcome = REJECTED;
    free(i->errors);
    i->errors = errors_text(json_get(result, "errors"), &p->x->forbidden);
  }
  if (i->outcome != REJECTED && p->x->taken && !p->x->check) p->x->taken(p->x->arg, i);
}

static void judged_batch(struct sending *p, struct batch *b, json body) {
  json results = json_get(body, "results");
  const char *position = json_string(body, "position");
  size_t k = 0;
  for (size_t i = b->first; i < b->last; i++)
    if (p->items[i].text) judge(p, &p->items[i], json_at(results, k++));
  if (position) {
    free(p->x->position);
    p->x->position = copy_text(position);
  }
  b->state = FREE;
  p->progress_ms = p->heard_ms;
}

/* The batch was not judged at all. `busy` waits; anything else is said and counts against each of its events. */
static void refused_batch(struct sending *p, struct batch *b, json body) {
  if (!strcmp(faults_code(body), "busy")) {
    int64_t wait = (int64_t)BUSY_FIRST_MS << (b->busy < 6 ? b->busy : 6);
    b->busy++;
    b->state = WAITING;
    b->due_ms = p->heard_ms + (wait < BUSY_MOST_MS ? wait : BUSY_MOST_MS);
    return;
  }
  bool forbidden = false;
  for (size_t i = b->first; i < b->last; i++)
    if (p->items[i].text) {
      p->judged++;
      p->items[i].outcome = REJECTED;
      p->items[i].errors = errors_text(body, &forbidden);
    }
  b->state = FREE;
  p->progress_ms = p->heard_ms;
  if (forbidden) p->rc = EXIT_NOT_PERMITTED;
}

static void take_reply(struct sending *p, struct reply *r) {
  unsigned number = (unsigned)strtoul(r->id, NULL, 10);
  p->heard_ms = now_ms();
  for (int k = 0; k < WINDOW; k++) {
    struct batch *b = &p->window[k];
    if (b->state == FREE || b->number != number) continue;
    json body = json_parse(r->body);
    if (!strcmp(r->status, "ok") && body)
      judged_batch(p, b, body);
    else
      refused_batch(p, b, body);
    json_free(body);
    return;
  }
}

static void give_up(struct sending *p, int64_t now) {
  if (now - p->heard_ms > SILENCE_MS) {
    clear_bar(p);
    p->rc = not_reached(p->x->door);
  } else if (now - p->progress_ms > NO_PROGRESS_MS) {
    clear_bar(p);
    complain("the daemon has been busy for too long; run the same again later, what was taken is known by then");
    p->rc = EXIT_NOT_REACHED;
  }
}

int send_items(struct exchange *x, struct item *items, size_t n) {
  struct sending sending = {.x = x, .items = items, .n = n}, *p = &sending;
  p->heard_ms = p->progress_ms = now_ms();
  send_due(p, p->heard_ms);
  while (!p->rc && in_flight(p)) {
    int64_t now = now_ms(), wait = next_due(p) - now;
    struct reply r;
    int rc = conn_receive(p->x->conn, wait < 0 ? 0 : wait > 1000 ? 1000 : (int)wait, &r);
    if (!rc) {
      take_reply(p, &r);
      reply_finish(&r);
    }
    show_bar(p);
    now = now_ms();
    give_up(p, now);
    if (!p->rc) send_due(p, now);
  }
  clear_bar(p);
  for (int k = 0; k < WINDOW; k++) text_finish(&p->window[k].body);
  return p->rc;
}
