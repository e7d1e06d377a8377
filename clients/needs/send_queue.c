/* send_queue - see send_queue.h. */
#include "send_queue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "conn.h"
#include "csv_in.h"
#include "input.h"
#include "send.h"
#include "sent_state.h"
#include "text.h"

#define OTHER_TRIES 100 /* of 200 ms: another command's files */
#define AWAY_MS 25000
#define NO_PROGRESS_MS 90000
#define SAY_AFTER_MS 1500

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- tags --- */

/* Places in the list that a tag is. */
enum {
  RUN,
  INDEX,
  FILE_NAME,
  PLACE,
  SLOT,
  EXACT,
  HAD,
  BEFORE_SLOT,
  BEFORE_ROW,
  BEFORE_ID,
  BEFORE_SUPERSEDES,
  BEFORE_EXACT,
  TAG_PARTS
};

static void add_part(struct text *t, const char *s) {
  text_add(t, t->len ? "," : "[");
  text_add_quoted(t, text_or(s, ""));
}

static void make_tag(const struct send_queue *b, size_t index, struct text *t) {
  const struct item *i = &b->in->items[index];
  const struct sent_row *before = NULL;

  if (i->slot && b->sent)
    before = sent_state_find(b->sent, i->slot, i->exact);

  struct text place = {0};
  char number[24];

  snprintf(number, sizeof number, "%zu", index);
  input_place(b->in, i, 0, &place);
  text_clear(t);
  add_part(t, b->run);
  add_part(t, number);
  add_part(t, b->in->name);
  add_part(t, place.s);
  add_part(t, i->slot);
  add_part(t, i->exact);
  add_part(t, text_if(before, "had"));

  if (before) {
    add_part(t, before->slot);
    add_part(t, before->row);
    add_part(t, before->id);
    add_part(t, before->supersedes);
    add_part(t, before->exact);
  }

  text_add(t, "]");
  text_finish(&place);
}

static const char *part(json tag, size_t i) {
  const char *s = json_text(json_at(tag, i));
  if (s)
    return s;
  return "";
}

static struct sent_row before_of(json tag) {
  struct sent_row r = {0};
  snprintf(r.slot, sizeof r.slot, "%s", part(tag, BEFORE_SLOT));
  snprintf(r.row, sizeof r.row, "%s", part(tag, BEFORE_ROW));
  snprintf(r.id, sizeof r.id, "%s", part(tag, BEFORE_ID));
  snprintf(r.supersedes, sizeof r.supersedes, "%s", part(tag, BEFORE_SUPERSEDES));
  snprintf(r.exact, sizeof r.exact, "%s", part(tag, BEFORE_EXACT));

  return r;
}

char *send_queue_place(const char *tag) {
  json j = NULL;
  if (tag)
    j = json_parse(tag);

  char *place = copy_text(part(j, PLACE));
  json_free(j);

  return place;
}

/* --- what was sent before --- */

struct origin {
  json event;
  struct settings s; /* borrowed from the event */
  const char *id;
};

static struct origin origin_of(const char *text) {
  struct origin o = {.event = json_parse(text)};
  o.s = (struct settings){.authority = (char *)json_string(o.event, "authority"),
                          .school = (char *)json_string(o.event, "school"),
                          .source = (char *)json_string(o.event, "source")};
  o.id = json_string(o.event, "id");

  return o;
}

static bool same(const char *a, const char *b) {
  return a && b && !strcmp(a, b);
}

static bool at_home(const struct send_queue *b, const struct origin *o) {
  return b->sent && same(b->s->authority, o->s.authority) && same(b->s->school, o->s.school) &&
         same(text_or(b->s->source, DEFAULT_SOURCE), o->s.source);
}

static void forget_row(struct sent_state *sent, json tag, const char *id) {
  const struct sent_row *now = sent_state_find(sent, part(tag, SLOT), part(tag, EXACT));
  struct sent_row before = before_of(tag);

  if (!now || !same(now->id, id))
    return; /* said anew since */

  if (*part(tag, HAD))
    sent_state_put(sent, &before);
  else
    sent_state_drop(sent, now);
}

static void unsay(struct send_queue *b, json tag, const struct origin *o) {
  struct sent_state elsewhere;
  if (!*part(tag, SLOT) || !o->s.authority || !o->s.school || !o->s.source)
    return;
  if (at_home(b, o)) {
    forget_row(b->sent, tag, o->id);
    return;
  }

  if (!sent_state_load(&elsewhere, &o->s, o->s.source)) {
    forget_row(&elsewhere, tag, o->id);
    sent_state_save(&elsewhere);
  }

  sent_state_finish(&elsewhere);
}

void send_queue_unsay(struct send_queue *b, const char *tag, const char *event) {
  json j = NULL;
  if (tag)
    j = json_parse(tag);

  struct origin o = origin_of(event);
  unsay(b, j, &o);
  json_free(o.event);
  json_free(j);
}

/* --- verdicts --- */

void send_queue_report(const char *place, const char *errors) {
  json list = json_parse(errors);
  fflush(stdout);
  for (size_t i = 0; i < json_count(list); i++) {
    json e = json_at(list, i);
    const char *code = json_string(e, "code"), *message = json_string(e, "message");
    struct text member = {0};

    text_add_place(&member, json_string(e, "pointer"));
    fprintf(stderr, "%s%s%s: %s: %s\n", place, comma(member.len), text_or(member.s, ""),
            text_or(code, "rejected"), text_or(message, ""));
    text_finish(&member);
  }

  if (!json_count(list))
    fprintf(stderr, "%s: rejected: the daemon gave no reason\n", place);

  json_free(list);
}

/* So that it can be undone. */
static void keep_taken(struct send_queue *b, json tag, const struct origin *o, const char *event,
                       bool mine) {
  struct item i = {.text = (char *)event, .len = strlen(event), .id = (char *)o->id};
  struct sent_row row = before_of(tag);
  const struct sent_row *before = NULL;
  struct undo_log *log = &b->earlier;

  if (mine)
    log = &b->pushed;
  if (*part(tag, HAD))
    before = &row;
  if (*part(tag, SLOT)) {
    i.slot = (char *)part(tag, SLOT);
    i.exact = (char *)part(tag, EXACT);
  }

  if (!o->id || !o->s.authority || !o->s.school || !o->s.source)
    return;

  undo_log_take(log, &i, &o->s, o->s.source, before, part(tag, FILE_NAME));
}

static void judge_mine(struct send_queue *b, struct item *i, const struct needs_verdict *v) {
  static const enum outcome outcomes[] = {ACCEPTED, KNOWN, REJECTED};
  i->outcome = outcomes[v->status];
  if (!v->errors)
    return;

  json errors = json_parse(v->errors);
  free(i->errors);
  i->errors = errors_text(errors, &b->forbidden);
  json_free(errors);
}

static void judge_earlier(struct send_queue *b, json tag, const struct needs_verdict *v) {
  size_t *const counts[] = {&b->accepted, &b->known, &b->rejected};
  ++*counts[v->status];
  if (v->errors)
    send_queue_report(*part(tag, PLACE) ? part(tag, PLACE) : "an event that waited", v->errors);
}

/* A row that waited, was new when it came, and is known already: it was taken from a command that
 * did not live to hear so. */
static bool taken_before(json tag, const struct origin *o, const struct needs_verdict *v,
                         bool mine) {
  return v->status == NEEDS_DUPLICATE && !mine && *part(tag, SLOT) &&
         !same(part(tag, BEFORE_ID), o->id);
}

static void on_judged(void *arg, const struct needs_verdict *v) {
  struct send_queue *b = arg;
  json tag = NULL;
  if (v->tag)
    tag = json_parse(v->tag);

  struct origin o = origin_of(v->event);
  size_t index = strtoul(part(tag, INDEX), NULL, 10);
  bool mine = b->in && *b->run && !strcmp(part(tag, RUN), b->run) && index < b->in->n;
  if (mine)
    judge_mine(b, &b->in->items[index], v);
  else
    judge_earlier(b, tag, v);

  if (v->status == NEEDS_ACCEPTED || taken_before(tag, &o, v, mine))
    keep_taken(b, tag, &o, v->event, mine);
  if (v->status == NEEDS_REJECTED)
    unsay(b, tag, &o);
  if (v->position) {
    free(b->position);
    b->position = copy_text(v->position);
  }

  json_free(o.event);
  json_free(tag);
}

static char *path_of(const struct settings *s) {
  struct text t = {0};
  unsigned char hash[crypto_generichash_BYTES_MIN];
  char hex[2 * sizeof hash + 1];

  crypto_generichash(hash, sizeof hash, (const unsigned char *)s->server, strlen(s->server), NULL,
                     0);
  sent_state_directory(&t);
  text_addf(&t, "/outbox-%s", sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));

  return t.s;
}

static char *path_of_answer(const struct settings *s) {
  struct text t = {0};
  char *path = path_of(s);

  text_addf(&t, "%s.answer", path);
  free(path);

  return t.s;
}

/* For `needs outbox`, which looks later. NULL: nothing waits any more. It is a note and nothing
 * depends on it. */
static void keep_answer(const struct send_queue *b, const char *answer) {
  char *path = path_of_answer(b->s);
  int fd = -1;

  if (answer)
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  FILE *f = NULL;
  if (fd >= 0)
    f = fdopen(fd, "w");

  if (f) {
    fputs(answer, f);
    fclose(f);
  } else {
    unlink(path);
  }

  free(path);
}

char *send_queue_last_answer(const struct send_queue *b) {
  char *path = path_of_answer(b->s), *line = NULL;
  size_t room = 0;
  FILE *f = fopen(path, "re");
  bool heard = f && getline(&line, &room, f) > 0;

  if (f)
    fclose(f);

  free(path);
  if (heard)
    return line;

  free(line);

  return NULL;
}

static void on_stopped(void *arg, const char *code, const char *message) {
  struct send_queue *b = arg;
  keep_answer(b, message);
  complain("%s: %s", code, message);
  b->away = b->forbidden = true;
}

/* --- opening --- */

bool send_queue_exists(const struct settings *s) {
  char *path = path_of(s);
  bool there = access(path, F_OK) == 0;
  free(path);
  return there;
}

int send_queue_open(struct send_queue *b, const struct settings *s, struct conn *conn,
                    struct sent_state *sent) {
  static const struct needs_outbox_calls calls = {on_judged, on_stopped};
  *b = (struct send_queue){.s = s, .conn = conn, .sent = sent};
  char *path = path_of(s);
  sent_state_make_directory();
  int rc = -EBUSY;
  for (int i = 0; i < OTHER_TRIES && rc == -EBUSY; i++) {
    if (i)
      usleep(200000);
    rc = needs_outbox_open(&b->outbox, conn->link, path, &calls, b);
  }

  if (rc == -EBUSY)
    complain("another command is sending to %s; run this again when it has finished", s->server);
  else if (rc)
    complain("%s", needs_why(conn->link));

  free(path);
  if (rc == -EBUSY)
    return EXIT_NOT_REACHED;
  if (rc)
    return EXIT_REJECTED;

  return 0;
}

void send_queue_close(struct send_queue *b) {
  needs_outbox_close(b->outbox);
  undo_log_end(&b->earlier);
  free(b->position);
  free(b->said);
  *b = (struct send_queue){0};
}

/* --- sending --- */

static int put(struct send_queue *b, size_t index, struct text *tag) {
  struct item *i = &b->in->items[index];
  make_tag(b, index, tag);
  int rc = needs_push(b->outbox, i->text, i->len, tag->s);
  if (rc != -EINVAL && rc != -EMSGSIZE)
    return rc;

  item_fault(i, -1, rc == -EINVAL ? "not-json" : "too-large", "%s", needs_why(b->conn->link));
  free(i->text);
  i->text = NULL;

  return 0;
}

/* All of the file or nothing. Only what is safe counts as sent. */
static int put_all(struct send_queue *b) {
  struct text tag = {0};
  int rc = needs_outbox_begin(b->outbox);
  for (size_t i = 0; i < b->in->n && !rc; i++)
    if (b->in->items[i].text)
      rc = put(b, i, &tag);

  text_finish(&tag);
  if (!rc)
    rc = needs_outbox_commit(b->outbox);

  if (rc) {
    complain("%s; nothing of this file was sent", needs_why(b->conn->link));
    needs_outbox_rollback(b->outbox);
    return EXIT_REJECTED;
  }

  for (size_t i = 0; i < b->in->n && b->sent; i++)
    if (b->in->items[i].text && b->in->items[i].slot)
      sent_state_note(b->sent, &b->in->items[i]);

  if (b->sent)
    sent_state_save(b->sent);

  return 0;
}

struct gathering {
  const struct send_queue *b;
  int64_t *numbers;
  size_t n;
};

static int on_kept(void *arg, const struct needs_entry *e) {
  struct gathering *g = arg;
  json tag = NULL;
  if (e->tag)
    tag = json_parse(e->tag);
  if (!strcmp(part(tag, RUN), g->b->run)) {
    g->numbers = more_memory(g->numbers, (g->n + 1) * sizeof *g->numbers);
    g->numbers[g->n++] = e->number;
  }

  json_free(tag);

  return 0;
}

/* What is reported now, with its file at hand, need not be kept. */
static void drop_reported(struct send_queue *b) {
  struct gathering g = {.b = b};
  if (!needs_outbox_rejected(b->outbox))
    return;

  needs_outbox_list(b->outbox, NEEDS_KEPT, on_kept, &g);
  bool all = g.n == needs_outbox_rejected(b->outbox); /* at once: each waits for the disk */
  for (size_t i = 0; i < g.n && !all; i++)
    needs_outbox_drop(b->outbox, NEEDS_KEPT, g.numbers[i]);
  if (all)
    needs_outbox_drop(b->outbox, NEEDS_KEPT, 0);

  free(g.numbers);
}

/* Of the same kind: only figures, such as an instant that moves on, differ. */
static bool same_reason(const char *a, const char *b) {
  for (; *a && *b; a++, b++) {
    bool figures = *a >= '0' && *a <= '9' && *b >= '0' && *b <= '9';
    if (*a != *b && !figures)
      return false;
  }

  return *a == *b;
}

static void say_busy(struct send_queue *b, const char *why, const char *bar) {
  if (b->said && same_reason(b->said, why))
    return;

  keep_answer(b, why);
  bar_clear(bar);
  complain("the daemon does not accept this yet: %s; trying again", why);
  free(b->said);
  b->said = copy_text(why);
}

static bool patience_ends(const struct send_queue *b, int64_t now, int64_t connected_ms,
                          int64_t progress_ms) {
  if (now - connected_ms > AWAY_MS)
    not_reached(b->s->server);
  else if (now - progress_ms > NO_PROGRESS_MS)
    complain("the daemon has been busy for too long%s%s", text_if(b->said, ": "),
             text_or(b->said, ""));
  else
    return false;

  return true;
}

int send_queue_drain(struct send_queue *b, const char *bar) {
  size_t all = send_queue_waiting(b), left = all;
  int64_t connected_ms = now_ms(), progress_ms = connected_ms;

  while (left && !b->away) {
    bar_show(bar, all - left, all);
    needs_run(b->conn->link, 1000);

    int64_t now = now_ms();
    if (needs_connected(b->conn->link))
      connected_ms = now;
    if (send_queue_waiting(b) < left) {
      left = send_queue_waiting(b);
      progress_ms = now;
    }

    const char *busy = NULL;
    if (left)
      busy = needs_busy(b->conn->link);
    if (busy && now - progress_ms > SAY_AFTER_MS)
      say_busy(b, busy, bar);
    if (left && !b->away && patience_ends(b, now, connected_ms, progress_ms))
      b->away = true;
  }
  bar_clear(bar);
  if (!left)
    keep_answer(b, NULL);

  if (b->forbidden && b->away)
    return EXIT_NOT_PERMITTED;
  if (b->away)
    return EXIT_NOT_REACHED;

  return 0;
}

int send_queue_send(struct send_queue *b, struct input *in, const char *bar) {
  unsigned char run[8];
  randombytes_buf(run, sizeof run);
  sodium_bin2hex(b->run, sizeof b->run, run, sizeof run);
  b->in = in;

  int rc = put_all(b);
  if (!rc) {
    if (b->away)
      rc = EXIT_NOT_REACHED;
    else
      rc = send_queue_drain(b, bar);
  }

  drop_reported(b);
  b->in = NULL;

  return rc;
}

/* --- words --- */

size_t send_queue_waiting(const struct send_queue *b) {
  return needs_outbox_waiting(b->outbox);
}

void send_queue_say_waiting(const struct send_queue *b) {
  size_t n = send_queue_waiting(b);
  if (!n)
    return;

  complain(
      "%zu event%s wait%s in the outbox for %s; the next needs push or needs outbox send sends %s",
      n, plural(n), one_or_many(n, "s", ""), b->s->server, one_or_many(n, "it", "them"));
}

void send_queue_say_earlier(const struct send_queue *b) {
  size_t n = b->accepted + b->known + b->rejected;
  if (!n)
    return;

  complain("%zu event%s that waited in the outbox %s sent: %zu accepted, %zu already known, %zu "
           "rejected%s",
           n, plural(n), one_or_many(n, "was", "were"), b->accepted, b->known, b->rejected,
           text_if(b->rejected, "; needs outbox shows what was rejected"));
}
