/* push - results to the daemon: batches, a window of them in flight, every rejected one by file and row.
 *
 * `check` is the same road with the verb that stores nothing. Twins are known to the daemon, so silence and `busy` are answered
 * by sending the same batch again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <popt.h>

#include "conn.h"
#include "csv_in.h"
#include "input.h"
#include "sent.h"
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
struct push {
  struct settings *s;
  struct conn conn;
  struct input *in;
  struct sent *sent;
  bool check, bar;
  struct batch window[WINDOW];
  size_t next, judged;
  unsigned numbers;
  int64_t heard_ms, progress_ms;
  int rc; /* an exit status that ends it */
  size_t accepted, known, rejected, unrated;
  bool forbidden;
  char *position;
};

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- progress --- */

static void show_bar(const struct push *p) {
  if (!p->bar || !p->in->n) return;
  int full = (int)(p->judged * BAR_WIDTH / p->in->n);
  fprintf(stderr, "\r%s  [%.*s%*s] %zu of %zu", p->in->name, full, "##############################", BAR_WIDTH - full, "",
          p->judged, p->in->n);
}

static void clear_bar(const struct push *p) {
  if (p->bar) fputs("\r\033[K", stderr);
}

/* --- batches --- */

static void fill(struct push *p, struct batch *b) {
  text_clear(&b->body);
  size_t events = 0;
  b->first = p->next;
  for (; p->next < p->in->n && events < BATCH_EVENTS; p->next++) {
    struct item *i = &p->in->items[p->next];
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

static void send_batch(struct push *p, struct batch *b, int64_t now) {
  char id[32];
  snprintf(id, sizeof id, "%u.%u", b->number, ++b->tries);
  int rc = conn_send(&p->conn, p->check ? "check" : "push", id, b->body.s, b->body.len);
  b->state = rc ? WAITING : SENT;
  b->due_ms = now + (rc ? BUSY_FIRST_MS : RESEND_MS);
}

static void send_due(struct push *p, int64_t now) {
  for (int k = 0; k < WINDOW; k++) {
    struct batch *b = &p->window[k];
    if (b->state == FREE && p->next < p->in->n) fill(p, b);
    if (b->state != FREE && b->due_ms <= now) send_batch(p, b, now);
  }
}

static int64_t next_due(const struct push *p) {
  int64_t due = INT64_MAX;
  for (int k = 0; k < WINDOW; k++)
    if (p->window[k].state != FREE && p->window[k].due_ms < due) due = p->window[k].due_ms;
  return due;
}

static bool in_flight(const struct push *p) { return next_due(p) != INT64_MAX; }

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

static void judge(struct push *p, struct item *i, json result) {
  const char *status = json_string(result, "status");
  p->judged++;
  if (status && !strcmp(status, "accepted")) {
    i->outcome = ACCEPTED;
  } else if (status && !strcmp(status, "duplicate")) {
    i->outcome = KNOWN;
  } else {
    i->outcome = REJECTED;
    free(i->errors);
    i->errors = errors_text(json_get(result, "errors"), &p->forbidden);
  }
  if (i->outcome != REJECTED && i->slot && !p->check) sent_note(p->sent, i);
}

static void judged_batch(struct push *p, struct batch *b, json body) {
  json results = json_get(body, "results");
  const char *position = json_string(body, "position");
  size_t k = 0;
  for (size_t i = b->first; i < b->last; i++)
    if (p->in->items[i].text) judge(p, &p->in->items[i], json_at(results, k++));
  if (position) {
    free(p->position);
    p->position = copy_text(position);
  }
  b->state = FREE;
  p->progress_ms = p->heard_ms;
}

/* The batch was not judged at all. `busy` waits; anything else is said and counts against each of its events. */
static void refused_batch(struct push *p, struct batch *b, json body) {
  if (!strcmp(faults_code(body), "busy")) {
    int64_t wait = (int64_t)BUSY_FIRST_MS << (b->busy < 6 ? b->busy : 6);
    b->busy++;
    b->state = WAITING;
    b->due_ms = p->heard_ms + (wait < BUSY_MOST_MS ? wait : BUSY_MOST_MS);
    return;
  }
  bool forbidden = false;
  for (size_t i = b->first; i < b->last; i++)
    if (p->in->items[i].text) {
      p->judged++;
      p->in->items[i].outcome = REJECTED;
      p->in->items[i].errors = errors_text(body, &forbidden);
    }
  b->state = FREE;
  p->progress_ms = p->heard_ms;
  if (forbidden) p->rc = EXIT_NOT_PERMITTED;
}

static void take_reply(struct push *p, struct reply *r) {
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

static void give_up(struct push *p, int64_t now) {
  if (now - p->heard_ms > SILENCE_MS) {
    clear_bar(p);
    p->rc = not_reached(p->s->door);
  } else if (now - p->progress_ms > NO_PROGRESS_MS) {
    clear_bar(p);
    complain("the daemon has been busy for too long; run the same again later, what was taken is known by then");
    p->rc = EXIT_NOT_REACHED;
  }
}

static void exchange(struct push *p) {
  p->heard_ms = p->progress_ms = now_ms();
  send_due(p, p->heard_ms);
  while (!p->rc && in_flight(p)) {
    int64_t now = now_ms(), wait = next_due(p) - now;
    struct reply r;
    int rc = conn_receive(&p->conn, wait < 0 ? 0 : wait > 1000 ? 1000 : (int)wait, &r);
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
}

/* --- what became of it --- */

static void report_fault(const struct push *p, const struct item *i, const char *code, int column, const char *pointer,
                         const char *message) {
  struct text t = {0};
  input_place(p->in, i, &t);
  if (column >= 0) {
    text_add(&t, ", ");
    column_name(p->in, column, &t);
  } else if (pointer && *pointer)
    text_addf(&t, ", %s", pointer);
  fflush(stdout);
  fprintf(stderr, "%s: %s: %s\n", t.s, code, message);
  text_finish(&t);
}

static void report_words(const struct push *p, const struct item *i) {
  if (i->fault) {
    report_fault(p, i, i->code, i->column, NULL, i->fault);
    return;
  }
  json errors = json_parse(i->errors);
  for (size_t k = 0; k < json_count(errors); k++) {
    json e = json_at(errors, k);
    const char *pointer = json_string(e, "pointer");
    report_fault(p, i, json_string(e, "code"), input_column(p->in, pointer), pointer, json_string(e, "message"));
  }
  if (!json_count(errors)) report_fault(p, i, "rejected", -1, NULL, "the daemon did not say why");
  json_free(errors);
}

static void report_json(const struct push *p, const struct item *i) {
  static const char *const words[] = {"event", "line", "row"};
  struct text t = {0};
  text_add(&t, "{\"file\":");
  text_add_quoted(&t, p->in->name);
  text_addf(&t, ",\"%s\":%zu,\"status\":\"rejected\",\"errors\":", words[p->in->form], i->place);
  if (i->fault) {
    text_addf(&t, "[{\"code\":\"%s\",\"pointer\":\"\",\"message\":", i->code);
    text_add_quoted(&t, i->fault);
    text_add(&t, "}]");
  } else
    text_add(&t, i->errors);
  printf("%s}\n", t.s);
  text_finish(&t);
}

static void report(struct push *p) {
  for (size_t k = 0; k < p->in->n; k++) {
    struct item *i = &p->in->items[k];
    if (i->fault) i->outcome = REJECTED;
    p->accepted += i->outcome == ACCEPTED;
    p->known += i->outcome == KNOWN;
    p->rejected += i->outcome == REJECTED;
    if (i->outcome == REJECTED && p->s->json)
      report_json(p, i);
    else if (i->outcome == REJECTED)
      report_words(p, i);
  }
  p->unrated += p->in->unrated;
  p->known += p->in->repeated;
}

static void summary_json(const struct push *p) {
  printf("{\"accepted\":%zu,\"duplicate\":%zu,\"rejected\":%zu,\"unrated\":%zu,\"position\":", p->accepted, p->known, p->rejected,
         p->unrated);
  struct text t = {0};
  if (p->position) text_add_quoted(&t, p->position);
  printf("%s}\n", t.s ? t.s : "null");
  text_finish(&t);
}

static void summary(const struct push *p) {
  if (p->s->json) {
    summary_json(p);
    return;
  }
  printf("%zu %s, %zu already known, %zu rejected", p->accepted, p->check ? "good" : "accepted", p->known, p->rejected);
  if (p->unrated) printf("; %zu unrated row%s left out", p->unrated, p->unrated == 1 ? "" : "s");
  puts(p->check ? "; nothing was stored" : "");
}

static void push_file(struct push *p, const char *name) {
  struct input in = {0};
  int rc = input_read(&in, name, p->s, p->sent);
  if (rc) {
    if (!p->rc) p->rc = rc;
    input_finish(&in);
    return;
  }
  p->in = &in;
  p->next = p->judged = 0;
  exchange(p);
  report(p);
  size_t missed = 0;
  for (size_t i = 0; i < in.n; i++) missed += in.items[i].text && in.items[i].outcome == NOT_JUDGED;
  if (missed) complain("%s: nothing is known of %zu event%s; run the same again", name, missed, missed == 1 ? "" : "s");
  for (int k = 0; k < WINDOW; k++) p->window[k].state = FREE;
  p->in = NULL;
  input_finish(&in);
}

static int run(struct settings *s, bool check, int argc, const char **argv) {
  char *source = NULL;
  int asked_check = check;
  struct poptOption own[] = {
      {"source", 0, POPT_ARG_STRING, &source, 0, "What the rows are said to come from (needs/csv)", "NAME"},
      {"check", 0, POPT_ARG_NONE, &asked_check, 0, "Only say what would be taken; store nothing", NULL},
      POPT_TABLEEND,
  };
  struct args a;
  int rc = args_parse(&a, s, "FILE...", own, argc, argv, 1, -1);
  if (rc) return rc;
  if (source) free(s->source), s->source = source;
  struct sent sent;
  struct push p = {.s = s, .check = asked_check, .sent = &sent, .bar = !s->json && !terminal_plain(stderr)};
  sent_load(&sent, s, DEFAULT_SOURCE);
  p.rc = conn_open(&p.conn, s->door, false);
  bool reached = !p.rc;
  for (int i = 0; i < a.n && reached && p.rc != EXIT_NOT_REACHED && p.rc != EXIT_NOT_PERMITTED; i++) push_file(&p, a.items[i]);
  if (reached && (!p.rc || p.accepted + p.known + p.rejected)) summary(&p);
  if (reached && !p.check) sent_save(&sent);
  if (!p.rc) p.rc = p.forbidden ? EXIT_NOT_PERMITTED : p.rejected ? EXIT_REJECTED : EXIT_DONE;
  for (int k = 0; k < WINDOW; k++) text_finish(&p.window[k].body);
  free(p.position);
  conn_close(&p.conn);
  sent_finish(&sent);
  args_finish(&a);
  return p.rc;
}

int run_push(struct settings *s, int argc, const char **argv) { return run(s, false, argc, argv); }

int run_check(struct settings *s, int argc, const char **argv) { return run(s, true, argc, argv); }
