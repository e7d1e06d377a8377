/* feed - publications to plugins: what the door tells is queued, delivered a page at a time, and
 * kept until it is acknowledged.
 *
 *   door -> queue -> deliver -> sent -> acknowledged: credit and cursor back to the door
 *
 * The window is the door's credit, so that the queue is never longer than it. Places without a
 * publication for the plugin (the door says how far it has looked; an erasure follow passes over
 * all else) go the same way and are acknowledged by themselves, in turn. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "door/door.h"
#include "plugin/internal.h"

#define LOG_AREA "plugin"
#include "base/log.h"

#define PAGE 64
#define WINDOW_MOST 65536 /* the door cuts it further */
#define FOLLOW_REQUEST 1  /* the only request of a follow's inner; credit goes under it */
#define RETRY_MS 1000
#define SMALLEST                                                                                   \
  (offsetof(struct needs_following, since) + sizeof(((struct needs_following *)NULL)->since))

/* --- what the door tells --- */

static char *put_text(char **at, const char *s) {
  if (!s)
    return NULL;

  size_t n = strlen(s) + 1;
  char *to = memcpy(*at, s, n);

  *at += n;

  return to;
}

static size_t text_size(const char *s) {
  if (!s)
    return 0;
  return strlen(s) + 1;
}

static const char *or_null(const char *s) {
  if (s && *s != '\0' && strcmp(s, "-") != 0)
    return s;
  return NULL;
}

/* A copy in one block, with a zero after the JSON. */
static struct delivery *keep_row(const struct outbox_row *row, const char *json, size_t len) {
  const char *person = or_null(row->subject);
  struct delivery *d = mem_alloc(sizeof(*d) + text_size(row->authority) + text_size(row->school) +
                                 text_size(person) + text_size(row->type) +
                                 text_size(row->audience) + len + 1);
  char *at = (char *)(d + 1);

  d->publication = (struct needs_publication){.position = row->position,
                                              .authority = put_text(&at, row->authority),
                                              .school = put_text(&at, row->school),
                                              .person = put_text(&at, person),
                                              .type = put_text(&at, row->type),
                                              .audience = put_text(&at, row->audience),
                                              .json = at,
                                              .len = len};
  if (len > 0)
    memcpy(at, json, len);

  return d;
}

static void on_told(void *arg, const char *cursor, const struct outbox_row *row, const char *json,
                    size_t len) {
  struct needs_feed *f = arg;
  bool bare = !row || (f->only && strcmp(row->type, f->only) != 0);
  struct delivery *d = bare ? mem_alloc(sizeof(*d)) : keep_row(row, json, len);

  d->bare = bare;
  d->credit = row != NULL;
  snprintf(d->cursor, sizeof(d->cursor), "%s", cursor);
  d->publication.cursor = d->cursor;
  TAILQ_INSERT_TAIL(&f->queue, d, link);
  host_wake(f->ctx->host);
}

static void on_follow_answered(void *arg, uint64_t number, bool ok, const char *json, size_t len) {
  struct needs_feed *f = arg;
  (void)number;
  if (ok)
    return;

  if (f->refusal) {
    buf_put(f->refusal, json, len);
    return;
  }

  int shown = 300;
  if (len < 300)
    shown = (int)len;
  api_fail(f->ctx, "its follow '%s' was ended: %.*s", f->name ? f->name : "", shown, json);
}

static const struct inner_callbacks follow_callbacks = {on_follow_answered, on_told};

/* --- acknowledging --- */

static void free_deliveries(struct deliveries *list) {
  struct delivery *d;
  while ((d = TAILQ_FIRST(list))) {
    TAILQ_REMOVE(list, d, link);
    free(d);
  }
}

static void give_credit(struct needs_feed *f, int64_t add, const char *cursor) {
  struct buf body = {0};
  json_open(&body, '{');
  json_key(&body, "add");
  json_int(&body, add);
  json_key(&body, "cursor");
  json_str(&body, cursor);
  json_close(&body, '}');
  inner_request(f->inner, FOLLOW_REQUEST, "credit", body.data, body.len);
  buf_finish(&body);
}

/* Takes everything up to and with `last` from `sent`, and the bare places that follow it. */
static void acknowledge_to(struct needs_feed *f, const struct delivery *last) {
  char cursor[CURSOR_TEXT_MAX + 1] = "";
  int64_t credit = 0;
  struct delivery *d;
  bool through = !last;

  while ((d = TAILQ_FIRST(&f->sent)) && (!through || d->bare)) {
    through = through || d == last;
    credit += d->credit;
    memcpy(cursor, d->cursor, sizeof(cursor));
    TAILQ_REMOVE(&f->sent, d, link);
    f->n_sent -= !d->bare;

    if (d == f->current)
      f->current_done = true; /* the plugin is still reading it */
    else
      free(d);
  }

  if (cursor[0] != '\0')
    give_credit(f, credit, cursor);
}

void feed_acknowledge(struct needs_feed *f, uint64_t position) {
  struct delivery *d;
  if (f->gone || !ctx_may_hold(f->ctx))
    return;

  TAILQ_FOREACH (d, &f->sent, link)
    if (!d->bare && d->publication.position == position)
      break;
  if (d)
    acknowledge_to(f, d); /* else it was acknowledged already */
}

/* --- delivering --- */

static void free_follow(struct needs_feed *f) {
  TAILQ_REMOVE(&f->ctx->follows, f, link);
  inner_close(f->inner);
  free_deliveries(&f->queue);
  free_deliveries(&f->sent);
  free(f->name);
  free(f);
}

/* Inside deliver the plugin still reads what it was given, and what it holds here waits for its
 * return; the door's side ends at once, so that the name is free to be followed anew. */
void feed_close(struct needs_feed *f) {
  if (f->gone)
    return;

  f->gone = true;
  inner_close(f->inner);
  f->inner = NULL;
  f->ctx->n_follows--;
  if (!f->current)
    free_follow(f);
}

static void move_to_sent(struct needs_feed *f, struct delivery *d) {
  TAILQ_REMOVE(&f->queue, d, link);
  TAILQ_INSERT_TAIL(&f->sent, d, link);
  f->n_sent += !d->bare;
}

/* Of bare places in a row the last one says it all; without this they would pile up behind a
 * publication that is held. */
static void join_bare(struct needs_feed *f, struct delivery *d) {
  struct delivery *before = TAILQ_PREV(d, deliveries, link);
  if (!before || !before->bare)
    return;

  d->credit += before->credit;
  TAILQ_REMOVE(&f->sent, before, link);
  free(before);
}

static void move_back(struct needs_feed *f, struct delivery *d) {
  TAILQ_REMOVE(&f->sent, d, link);
  TAILQ_INSERT_HEAD(&f->queue, d, link);
  f->n_sent--;
}

/* In `sent` before it is delivered, so that it can be acknowledged at once; then it may be gone
 * when deliver returns. */
static void deliver_next(struct needs_feed *f) {
  struct needs_ctx *ctx = f->ctx;
  struct delivery *d = TAILQ_FIRST(&f->queue);

  move_to_sent(f, d);
  if (d->bare) {
    join_bare(f, d);
    if (TAILQ_FIRST(&f->sent) == d)
      acknowledge_to(f, NULL);
    return;
  }

  f->current = d;
  f->current_done = false;

  int rc = f->deliver(f->arg, &d->publication);
  f->current = NULL;
  if (f->current_done)
    free(d);

  ctx->delivered += rc >= 0;
  if (rc == -EAGAIN && f == ctx->erasures) {
    move_back(f, d);
    f->not_before = uv_now(ctx->host->loop) + RETRY_MS;
  } else if (rc < 0) {
    api_fail(ctx, "it could not take a publication (%d)", rc);
  }
}

static bool has_work(const struct needs_feed *f) {
  return !TAILQ_EMPTY(&f->queue) && f->not_before <= uv_now(f->ctx->host->loop);
}

/* A page of one follow. */
static void deliver_page(struct needs_feed *f) {
  for (int i = 0; i < PAGE && !f->gone && ctx_runs(f->ctx) && has_work(f); i++)
    deliver_next(f);
  if (f->gone)
    free_follow(f);
}

static struct needs_feed *next_with_work(struct needs_ctx *ctx) {
  struct needs_feed *f;
  TAILQ_FOREACH (f, &ctx->follows, link)
    if (has_work(f))
      return f;
  return NULL;
}

uint64_t feed_waits_ms(const struct needs_ctx *ctx) {
  const struct needs_feed *f = ctx->erasures;
  uint64_t now = uv_now(ctx->host->loop);
  if (f && !TAILQ_EMPTY(&f->queue) && f->not_before > now)
    return f->not_before - now;
  return 0;
}

bool feed_deliver(struct needs_ctx *ctx) {
  struct needs_feed *f = NULL;
  if (ctx_runs(ctx))
    f = next_with_work(ctx);
  if (f) {
    TAILQ_REMOVE(&ctx->follows, f, link); /* to the end: they take turns */
    TAILQ_INSERT_TAIL(&ctx->follows, f, link);
    deliver_page(f);
  }

  return ctx_runs(ctx) && next_with_work(ctx);
}

/* --- opening --- */

static void write_following(const struct needs_following *what, struct buf *out) {
  json_open(out, '{');
  json_opt_str(out, "name", what->name);
  json_key(out, "since");
  json_str(out, what->since ? what->since : "now");

  if (what->topics) {
    json_key(out, "topics");
    json_open(out, '[');
    for (size_t i = 0; what->topics[i]; i++)
      json_str(out, what->topics[i]);
    json_close(out, ']');
  }

  json_key(out, "credit");
  json_int(out, what->window > 0 && what->window < WINDOW_MOST ? what->window : WINDOW_MOST);
  json_close(out, '}');
}

/* A place that the outbox does not hold any more is said once; after that the name is as new, and
 * `since` counts. */
static void ask_to_follow(struct needs_feed *f, const struct needs_following *what,
                          struct buf *refusal) {
  struct buf body = {0};
  static const char lost[] = "\"cursor-expired\"";

  write_following(what, &body);
  f->refusal = refusal;
  inner_request(f->inner, FOLLOW_REQUEST, "follow", body.data, body.len);

  if (what->name && refusal->len > 0 &&
      memmem(refusal->data, refusal->len, lost, sizeof(lost) - 1)) {
    log_warn("the place of a follow is lost; it begins again", "plugin=%s name=%s",
             f->ctx->plugin.says.name, what->name);
    buf_reset(refusal);
    inner_request(f->inner, FOLLOW_REQUEST, "follow", body.data, body.len);
  }

  f->refusal = NULL;
  buf_finish(&body);
}

struct needs_feed *feed_open(struct needs_ctx *ctx, const char *principal,
                             const struct needs_following *what, const char *only,
                             needs_deliver *deliver, void *arg) {
  struct needs_feed *f = mem_alloc(sizeof(*f));
  struct buf refusal = {0};
  *f = (struct needs_feed){.ctx = ctx, .deliver = deliver, .arg = arg, .only = only};
  if (what->name)
    f->name = mem_strdup(what->name);
  else
    f->name = NULL;
  TAILQ_INIT(&f->queue);
  TAILQ_INIT(&f->sent);
  TAILQ_INSERT_TAIL(&ctx->follows, f, link);
  f->inner = inner_open(ctx->host->door, principal, &follow_callbacks, f);
  ask_to_follow(f, what, &refusal);
  if (refusal.len > 0) {
    log_error("a follow was refused", "plugin=%s why=%s", ctx->plugin.says.name,
              buf_cstr(&refusal));
    free_follow(f);
    f = NULL;
  }
  buf_finish(&refusal);
  return f;
}

static bool name_in_use(const struct needs_ctx *ctx, const char *name) {
  const struct needs_feed *f;
  TAILQ_FOREACH (f, &ctx->follows, link)
    if (!f->gone && f != ctx->erasures && name && f->name && strcmp(f->name, name) == 0)
      return true;
  return false;
}

/* An older plugin's is shorter; one that forgot to say is none, since what it asked for would be
 * left out unseen. */
static bool sound_size(const struct needs_ctx *ctx, const struct needs_following *what) {
  if (what->size >= SMALLEST && what->size <= sizeof(*what))
    return true;

  log_error(
      "a follow was refused",
      "plugin=%s why=the size of its struct needs_following is %u; from %zu to %zu is known here",
      ctx->plugin.says.name, what->size, SMALLEST, sizeof(*what));
  return false;
}

struct needs_feed *feed_follow(struct needs_ctx *ctx, const struct needs_following *what,
                               needs_deliver *deliver, void *arg) {
  struct needs_following w = {0};
  char principal[64];

  if (!ctx_may_hold(ctx) || !sound_size(ctx, what))
    return NULL;

  memcpy(&w, what, what->size);
  if (name_in_use(ctx, w.name)) {
    log_error("a follow was refused", "plugin=%s why=it follows as '%s' already",
              ctx->plugin.says.name, w.name);
    return NULL;
  }

  snprintf(principal, sizeof(principal), "plugin:%s", ctx->plugin.says.name);
  struct needs_feed *f = feed_open(ctx, principal, &w, NULL, deliver, arg);
  if (f)
    ctx->n_follows++;

  return f;
}

void feed_take_back(struct needs_ctx *ctx) {
  while (!TAILQ_EMPTY(&ctx->follows))
    free_follow(TAILQ_FIRST(&ctx->follows));
  ctx->erasures = NULL;
  ctx->n_follows = 0;
}
