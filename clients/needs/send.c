/* send - events to the daemon at once: batches, each a question of the library's, a few of them on
 * their way. */
#include "send.h"
#include "output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "input.h"
#include "text.h"

#define BATCH_EVENTS                                                                               \
  500 /* half of what is allowed: the bar moves, and the daemon's turns stay short */
#define BATCH_BYTES (1024 * 1024 - 2)
#define WINDOW 4
#define ANSWERED_MS 60000
#define BAR_WIDTH 30

struct sending;
struct send_batch {
  struct sending *sending; /* NULL: free */
  size_t first, last;      /* items [first, last), those with text */
};
struct sending {
  struct exchange *x;
  struct item *items;
  size_t n, next, judged, asked; /* asked: batches on their way */
  struct send_batch window[WINDOW];
  int rc; /* an exit status that ends it */
};

void bar_show(const char *name, size_t done, size_t all) {
  if (!name || !all)
    return;

  int full = (int)(done * BAR_WIDTH / all);
  output_control(stderr, CONTROL_LINE_START);
  fprintf(stderr, "%s  [%.*s%*s] %zu of %zu", name, full, "##############################",
          BAR_WIDTH - full, "", done, all);
}

void bar_clear(const char *name) {
  if (name)
    output_control(stderr, CONTROL_LINE_CLEAR);
}

/* --- answers --- */

char *errors_text(json errors, bool *ret_forbidden) {
  static const char *const names[] = {"code", "pointer", "message"};
  struct text t = {0};

  text_add(&t, "[");
  for (size_t i = 0; i < json_count(errors); i++) {
    text_add(&t, i ? ",{" : "{");
    for (size_t k = 0; k < 3; k++) {
      const char *value = json_string(json_at(errors, i), names[k]);
      text_addf(&t, "%s\"%s\":", text_if(k, ","), names[k]);
      text_add_quoted(&t, text_or(value, ""));
      if (k == 0 && value && !strcmp(value, "forbidden"))
        *ret_forbidden = true;
    }

    text_add(&t, "}");
  }

  text_add(&t, "]");

  return t.s;
}

static void judge(struct sending *p, struct item *i, json result) {
  const char *status = json_string(result, "status");
  p->judged++;
  if (!status)
    i->outcome = REJECTED;
  else if (!strcmp(status, "accepted"))
    i->outcome = ACCEPTED;
  else if (!strcmp(status, "duplicate"))
    i->outcome = KNOWN;
  else
    i->outcome = REJECTED;

  if (i->outcome == REJECTED) {
    free(i->errors);
    i->errors = errors_text(json_get(result, "errors"), &p->x->forbidden);
  }
}

static void judged_batch(struct sending *p, const struct send_batch *b, json body) {
  json results = json_get(body, "results");
  const char *position = json_string(body, "position");
  size_t k = 0, events = 0;

  for (size_t i = b->first; i < b->last; i++)
    events += p->items[i].text != NULL;

  if (json_count(results) != events) {
    complain("the daemon's answer has %zu results for %zu events, so their result is unknown",
             json_count(results), events);
    p->rc = EXIT_NOT_REACHED;
    return;
  }

  if (position) {
    free(p->x->position);
    p->x->position = copy_text(position);
  }

  for (size_t i = b->first; i < b->last; i++)
    if (p->items[i].text)
      judge(p, &p->items[i], json_at(results, k++));
}

/* The batch was not judged at all: that is said, and counts against each of its events. */
static void refused_batch(struct sending *p, const struct send_batch *b, json body) {
  bool forbidden = false;
  if (!strcmp(faults_code(body), "busy")) {
    const char *why = json_string(json_at(body, 0), "message");
    complain("the daemon has been busy for too long; run the same again later (%s)",
             text_or(why, "no reason given"));
    p->rc = EXIT_NOT_REACHED;
    return;
  }

  for (size_t i = b->first; i < b->last; i++)
    if (p->items[i].text) {
      p->judged++;
      p->items[i].outcome = REJECTED;
      p->items[i].errors = errors_text(body, &forbidden);
    }

  if (forbidden)
    p->rc = EXIT_NOT_PERMITTED;
}

static void on_answer(void *arg, enum needs_reply reply, const char *text, size_t len) {
  struct send_batch *b = arg;
  struct sending *p = b->sending;

  (void)len;
  b->sending = NULL;
  p->asked--;

  json body = NULL;
  if (text)
    body = json_parse(text);
  if (reply == NEEDS_OK && body)
    judged_batch(p, b, body);
  else if (body)
    refused_batch(p, b, body);
  else
    p->rc = not_reached(p->x->server);

  json_free(body);
}

/* --- batches --- */

/* The next events as a list; none: nothing is left. */
static size_t fill(struct sending *p, struct send_batch *b, struct text *body) {
  size_t events = 0;
  b->first = p->next;
  for (; p->next < p->n && events < BATCH_EVENTS; p->next++) {
    struct item *i = &p->items[p->next];
    if (i->text && i->len > BATCH_BYTES) {
      item_fault(i, -1, "too-large", "an event is at most 64 KiB, this one is %zu bytes", i->len);
      free(i->text);
      i->text = NULL;
    }

    if (!i->text) {
      p->judged++;
      continue;
    }
    if (events && body->len + i->len + 2 > BATCH_BYTES)
      break;

    text_add(body, events++ ? "," : "[");
    text_add_n(body, i->text, i->len);
  }

  b->last = p->next;
  if (events)
    text_add(body, "]");

  return events;
}

static void ask(struct sending *p, struct send_batch *b) {
  struct text body = {0};
  if (fill(p, b, &body)) {
    b->sending = p;
    p->asked++;
    if (needs_ask(p->x->conn->link, p->x->check ? "check" : "push", body.s, ANSWERED_MS, on_answer,
                  b)) {
      complain("%s", needs_why(p->x->conn->link));
      p->rc = EXIT_REJECTED;
    }
  }

  text_finish(&body);
}

int send_items(struct exchange *x, struct item *items, size_t n) {
  struct sending sending = {.x = x, .items = items, .n = n}, *p = &sending;

  do {
    for (int k = 0; k < WINDOW && !p->rc; k++)
      if (!p->window[k].sending && p->next < p->n)
        ask(p, &p->window[k]);
    if (p->asked && !p->rc)
      needs_run(x->conn->link, -1);

    bar_show(x->bar, p->judged, p->n);
  } while (!p->rc && (p->asked || p->next < p->n));

  for (int k = 0; k < WINDOW; k++)
    needs_forget(x->conn->link, &p->window[k]);

  bar_clear(x->bar);

  return p->rc;
}
