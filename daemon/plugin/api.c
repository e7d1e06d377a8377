/* api - what a plugin may call, and how it is called back. See inside.h and plugins/needs_plugin.h.
 *
 * Everything a plugin holds is a struct on a list of its ctx, so that all of it can be taken back when the plugin stops. What the
 * door answers or publishes comes in the middle of the door's work: it is only kept here, and delivered by the host's pump.
 * A plugin is called only while its ctx is running; one that failed inside a callback hears nothing after it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "door/door.h"
#include "plugin/inside.h"

#define LOG_AREA "plugin"
#include "base/log.h"

#define PAGE 64
#define WINDOW_MOST 65536 /* the door cuts it further */
#define FOLLOW_REQUEST 1  /* the only request of a follow's inner; credit goes under it */
#define LOG_BURST 20
#define LOG_EVERY_MS 500
#define RETRY_MS 1000

/* --- words --- */

void api_fail(struct needs_ctx *ctx, const char *fmt, ...) {
  va_list args;
  if (ctx->state != CTX_STARTING && ctx->state != CTX_RUNNING) return;
  va_start(args, fmt);
  if (ctx->why[0] == '\0') vsnprintf(ctx->why, sizeof(ctx->why), fmt, args);
  va_end(args);
  if (ctx->state == CTX_RUNNING) {
    ctx->state = CTX_FAILED;
    host_wake(ctx->host);
  }
}

NEEDS_PRINTF(2, 3) static int on_fail(struct needs_ctx *ctx, const char *fmt, ...) {
  char why[sizeof(ctx->why)];
  va_list args;
  va_start(args, fmt);
  vsnprintf(why, sizeof(why), fmt, args);
  va_end(args);
  api_fail(ctx, "%s", why);
  return -1;
}

/* LOG_BURST lines, and one more every LOG_EVERY_MS. */
static bool may_log(struct needs_ctx *ctx) {
  uint64_t now = clock_mono_ms(), passed = now - ctx->log_ms;
  ctx->log_milli += (int64_t)(passed < LOG_BURST * LOG_EVERY_MS ? passed : LOG_BURST * LOG_EVERY_MS);
  if (ctx->log_milli > LOG_BURST * LOG_EVERY_MS) ctx->log_milli = LOG_BURST * LOG_EVERY_MS;
  ctx->log_ms = now;
  if (ctx->log_milli < LOG_EVERY_MS) return false;
  ctx->log_milli -= LOG_EVERY_MS;
  return true;
}

NEEDS_PRINTF(3, 4) static void on_log(struct needs_ctx *ctx, int level, const char *fmt, ...) {
  static const enum log_level levels[] = {
      [NEEDS_ERROR] = LOG_ERROR, [NEEDS_WARN] = LOG_WARN, [NEEDS_INFO] = LOG_INFO, [NEEDS_DEBUG] = LOG_DEBUG};
  char text[1024];
  va_list args;
  if (!may_log(ctx)) {
    ctx->log_left_out++;
    return;
  }
  if (ctx->log_left_out > 0)
    log_line(LOG_WARN, ctx->plugin.says.name, "lines were left out, there were too many", "lines=%llu",
             (unsigned long long)ctx->log_left_out);
  ctx->log_left_out = 0;
  va_start(args, fmt);
  vsnprintf(text, sizeof(text), fmt, args);
  va_end(args);
  log_line(level >= NEEDS_ERROR && level <= NEEDS_DEBUG ? levels[level] : LOG_INFO, ctx->plugin.says.name, text, "");
}

static bool running(const struct needs_ctx *ctx) { return ctx->state == CTX_RUNNING; }

/* A plugin that failed, or stopped, gets nothing new. */
static bool may_hold(const struct needs_ctx *ctx) { return ctx->state == CTX_STARTING || ctx->state == CTX_RUNNING; }

/* --- submissions and questions --- */

static void free_request(struct request *r) {
  buf_finish(&r->json);
  free(r);
}

static void on_answered(void *arg, uint64_t request, bool ok, const char *json, size_t len) {
  struct needs_ctx *ctx = arg;
  struct request *r = (struct request *)(uintptr_t)request;
  r->ok = ok;
  buf_put(&r->json, json, len);
  TAILQ_REMOVE(&ctx->waiting, r, link);
  TAILQ_INSERT_TAIL(&ctx->answered, r, link);
  host_wake(ctx->host);
}

static void on_told_nothing(void *arg, const char *cursor, const struct outbox_row *row, const char *json, size_t len) {
  (void)arg, (void)cursor, (void)row, (void)json, (void)len; /* this inner follows nothing */
}

static const struct inner_ears request_ears = {on_answered, on_told_nothing};

static void request(struct needs_ctx *ctx, const char *verb, const char *json, size_t len, needs_answered *done, void *arg) {
  if (!may_hold(ctx)) return;
  struct request *r = mem_alloc(sizeof(*r));
  *r = (struct request){.ctx = ctx, .done = done, .arg = arg};
  TAILQ_INSERT_TAIL(&ctx->waiting, r, link);
  ctx->n_requests++;
  inner_request(ctx->inner, (uint64_t)(uintptr_t)r, verb, json, len);
}

static void on_submit(struct needs_ctx *ctx, const char *json, size_t len, needs_answered *done, void *arg) {
  request(ctx, "push", json, len, done, arg);
}

static void on_ask(struct needs_ctx *ctx, const char *json, size_t len, needs_answered *done, void *arg) {
  request(ctx, "ask", json, len, done, arg);
}

static void answer_next(struct needs_ctx *ctx) {
  struct request *r = TAILQ_FIRST(&ctx->answered);
  TAILQ_REMOVE(&ctx->answered, r, link);
  ctx->n_requests--;
  if (r->done != NULL) r->done(r->arg, r->ok, buf_cstr(&r->json), r->json.len);
  free_request(r);
}

/* --- follows: what the door tells --- */

static char *put_text(char **at, const char *s) {
  if (s == NULL) return NULL;
  size_t n = strlen(s) + 1;
  char *to = memcpy(*at, s, n);
  *at += n;
  return to;
}

static size_t text_size(const char *s) { return s == NULL ? 0 : strlen(s) + 1; }

static const char *or_null(const char *s) { return s != NULL && *s != '\0' && strcmp(s, "-") != 0 ? s : NULL; }

/* A copy in one block, with a zero after the JSON. */
static struct delivery *keep_row(const struct outbox_row *row, const char *json, size_t len) {
  const char *person = or_null(row->subject);
  struct delivery *d = mem_alloc(sizeof(*d) + text_size(row->authority) + text_size(row->school) + text_size(person) +
                                 text_size(row->type) + text_size(row->audience) + len + 1);
  char *at = (char *)(d + 1);
  d->publication = (struct needs_publication){.position = row->position,
                                              .authority = put_text(&at, row->authority),
                                              .school = put_text(&at, row->school),
                                              .person = put_text(&at, person),
                                              .type = put_text(&at, row->type),
                                              .audience = put_text(&at, row->audience),
                                              .json = at,
                                              .len = len};
  if (len > 0) memcpy(at, json, len);
  return d;
}

static void on_told(void *arg, const char *cursor, const struct outbox_row *row, const char *json, size_t len) {
  struct needs_follow *f = arg;
  bool bare = row == NULL || (f->only != NULL && strcmp(row->type, f->only) != 0);
  struct delivery *d = bare ? mem_alloc(sizeof(*d)) : keep_row(row, json, len);
  d->bare = bare;
  d->credit = row != NULL;
  snprintf(d->cursor, sizeof(d->cursor), "%s", cursor);
  d->publication.cursor = d->cursor;
  TAILQ_INSERT_TAIL(&f->queue, d, link);
  f->n_queue++;
  host_wake(f->ctx->host);
}

static void on_follow_answered(void *arg, uint64_t number, bool ok, const char *json, size_t len) {
  struct needs_follow *f = arg;
  (void)number;
  if (ok) return;
  if (f->refusal != NULL)
    buf_put(f->refusal, json, len);
  else
    api_fail(f->ctx, "its follow '%s' was ended: %.*s", f->name != NULL ? f->name : "", (int)(len < 300 ? len : 300), json);
}

static const struct inner_ears follow_ears = {on_follow_answered, on_told};

/* --- follows: acknowledging --- */

static void free_deliveries(struct deliveries *list) {
  struct delivery *d;
  while ((d = TAILQ_FIRST(list)) != NULL) {
    TAILQ_REMOVE(list, d, link);
    free(d);
  }
}

static void give_credit(struct needs_follow *f, int64_t add, const char *cursor) {
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
static void acknowledge_to(struct needs_follow *f, const struct delivery *last) {
  char cursor[CURSOR_TEXT_MAX + 1] = "";
  int64_t credit = 0;
  struct delivery *d;
  bool through = last == NULL;
  while ((d = TAILQ_FIRST(&f->sent)) != NULL && (!through || d->bare)) {
    through = through || d == last;
    credit += d->credit;
    memcpy(cursor, d->cursor, sizeof(cursor));
    TAILQ_REMOVE(&f->sent, d, link);
    f->n_sent--;
    if (d == f->current)
      f->current_done = true; /* the plugin is still reading it */
    else
      free(d);
  }
  if (cursor[0] != '\0') give_credit(f, credit, cursor);
}

static void on_acknowledge(struct needs_follow *f, uint64_t position) {
  struct delivery *d;
  if (f->gone || !may_hold(f->ctx)) return;
  TAILQ_FOREACH(d, &f->sent, link)
  if (!d->bare && d->publication.position == position) break;
  if (d != NULL) acknowledge_to(f, d); /* else it was acknowledged already */
}

/* --- follows: delivering --- */

static void free_follow(struct needs_follow *f) {
  TAILQ_REMOVE(&f->ctx->follows, f, link);
  inner_close(f->inner);
  free_deliveries(&f->queue);
  free_deliveries(&f->sent);
  free(f->name);
  free(f);
}

static void on_unfollow(struct needs_follow *f) {
  if (f->gone) return;
  f->gone = true;
  f->ctx->n_follows--;
  if (f->current == NULL) free_follow(f);
}

static void move_to_sent(struct needs_follow *f, struct delivery *d) {
  TAILQ_REMOVE(&f->queue, d, link);
  TAILQ_INSERT_TAIL(&f->sent, d, link);
  f->n_queue--;
  f->n_sent++;
}

static void move_back(struct needs_follow *f, struct delivery *d) {
  TAILQ_REMOVE(&f->sent, d, link);
  TAILQ_INSERT_HEAD(&f->queue, d, link);
  f->n_sent--;
  f->n_queue++;
}

/* In `sent` before it is delivered, so that it can be acknowledged at once; then it may be gone when deliver returns. */
static void deliver_next(struct needs_follow *f) {
  struct needs_ctx *ctx = f->ctx;
  struct delivery *d = TAILQ_FIRST(&f->queue);
  move_to_sent(f, d);
  if (d->bare) {
    if (TAILQ_FIRST(&f->sent) == d) acknowledge_to(f, NULL);
    return;
  }
  f->current = d;
  f->current_done = false;
  int rc = f->deliver(f->arg, &d->publication);
  f->current = NULL;
  if (f->current_done) free(d);
  ctx->delivered += rc >= 0;
  if (rc == -EAGAIN && f == ctx->erasures) {
    move_back(f, d);
    f->not_before = uv_now(ctx->host->loop) + RETRY_MS;
  } else if (rc < 0) {
    api_fail(ctx, "it could not take a publication (%d)", rc);
  }
}

static bool has_work(const struct needs_follow *f) {
  return !TAILQ_EMPTY(&f->queue) && f->not_before <= uv_now(f->ctx->host->loop);
}

/* A page of one follow. */
static void deliver_page(struct needs_follow *f) {
  for (int i = 0; i < PAGE && !f->gone && running(f->ctx) && has_work(f); i++) deliver_next(f);
  if (f->gone) free_follow(f);
}

static struct needs_follow *next_with_work(struct needs_ctx *ctx) {
  struct needs_follow *f;
  TAILQ_FOREACH(f, &ctx->follows, link)
  if (has_work(f)) return f;
  return NULL;
}

uint64_t api_waits_ms(const struct needs_ctx *ctx) {
  const struct needs_follow *f = ctx->erasures;
  uint64_t now = uv_now(ctx->host->loop);
  return f != NULL && !TAILQ_EMPTY(&f->queue) && f->not_before > now ? f->not_before - now : 0;
}

bool api_deliver(struct needs_ctx *ctx) {
  for (int i = 0; i < PAGE && running(ctx) && !TAILQ_EMPTY(&ctx->answered); i++) answer_next(ctx);
  struct needs_follow *f = running(ctx) ? next_with_work(ctx) : NULL;
  if (f != NULL) {
    TAILQ_REMOVE(&ctx->follows, f, link); /* to the end: they take turns */
    TAILQ_INSERT_TAIL(&ctx->follows, f, link);
    deliver_page(f);
  }
  return running(ctx) && (!TAILQ_EMPTY(&ctx->answered) || next_with_work(ctx) != NULL);
}

/* --- follows: opening --- */

static void write_following(const struct needs_following *what, struct buf *out) {
  json_open(out, '{');
  json_opt_str(out, "name", what->name);
  json_key(out, "since");
  json_str(out, what->since != NULL ? what->since : "now");
  if (what->topics != NULL) {
    json_key(out, "topics");
    json_open(out, '[');
    for (size_t i = 0; what->topics[i] != NULL; i++) json_str(out, what->topics[i]);
    json_close(out, ']');
  }
  json_key(out, "credit");
  json_int(out, what->window > 0 && what->window < WINDOW_MOST ? what->window : WINDOW_MOST);
  json_close(out, '}');
}

/* A place that the outbox does not hold any more is said once; after that the name is as new, and `since` counts. */
static void ask_to_follow(struct needs_follow *f, const struct needs_following *what, struct buf *refusal) {
  struct buf body = {0};
  static const char lost[] = "\"cursor-expired\"";
  write_following(what, &body);
  f->refusal = refusal;
  inner_request(f->inner, FOLLOW_REQUEST, "follow", body.data, body.len);
  if (what->name != NULL && refusal->len > 0 && memmem(refusal->data, refusal->len, lost, sizeof(lost) - 1) != NULL) {
    log_warn("the place of a follow is lost; it begins anew", "plugin=%s name=%s", f->ctx->plugin.says.name, what->name);
    buf_reset(refusal);
    inner_request(f->inner, FOLLOW_REQUEST, "follow", body.data, body.len);
  }
  f->refusal = NULL;
  buf_finish(&body);
}

struct needs_follow *api_follow(struct needs_ctx *ctx, const char *principal, const struct needs_following *what,
                                const char *only, needs_deliver *deliver, void *arg) {
  struct needs_follow *f = mem_alloc(sizeof(*f));
  struct buf refusal = {0};
  *f = (struct needs_follow){.ctx = ctx, .deliver = deliver, .arg = arg, .only = only};
  f->name = what->name != NULL ? mem_strdup(what->name) : NULL;
  TAILQ_INIT(&f->queue);
  TAILQ_INIT(&f->sent);
  TAILQ_INSERT_TAIL(&ctx->follows, f, link);
  f->inner = inner_open(ctx->host->door, principal, &follow_ears, f);
  ask_to_follow(f, what, &refusal);
  if (refusal.len > 0) {
    log_error("a follow was refused", "plugin=%s why=%s", ctx->plugin.says.name, buf_cstr(&refusal));
    free_follow(f);
    f = NULL;
  }
  buf_finish(&refusal);
  return f;
}

static bool name_in_use(const struct needs_ctx *ctx, const char *name) {
  const struct needs_follow *f;
  TAILQ_FOREACH(f, &ctx->follows, link)
  if (!f->gone && f != ctx->erasures && name != NULL && f->name != NULL && strcmp(f->name, name) == 0) return true;
  return false;
}

static struct needs_follow *on_follow(struct needs_ctx *ctx, const struct needs_following *what, needs_deliver *deliver,
                                      void *arg) {
  struct needs_following w = {0};
  char principal[64];
  if (!may_hold(ctx)) return NULL;
  memcpy(&w, what, what->size < sizeof(w) ? what->size : sizeof(w));
  if (name_in_use(ctx, w.name)) {
    log_error("a follow was refused", "plugin=%s why=it follows as '%s' already", ctx->plugin.says.name, w.name);
    return NULL;
  }
  snprintf(principal, sizeof(principal), "plugin:%s", ctx->plugin.says.name);
  struct needs_follow *f = api_follow(ctx, principal, &w, NULL, deliver, arg);
  if (f != NULL) ctx->n_follows++;
  return f;
}

/* --- timers --- */

static void on_timer(uv_timer_t *uv) {
  struct needs_timer *t = container_of(uv, struct needs_timer, uv);
  if (running(t->ctx)) t->fired(t->arg);
}

static void on_timer_again(struct needs_timer *t, uint64_t after_ms, uint64_t every_ms) {
  uv_timer_start(&t->uv, on_timer, after_ms, every_ms);
}

static struct needs_timer *on_timer_start(struct needs_ctx *ctx, uint64_t after_ms, uint64_t every_ms, void (*fired)(void *arg),
                                          void *arg) {
  if (!may_hold(ctx)) return NULL;
  struct needs_timer *t = mem_alloc(sizeof(*t));
  *t = (struct needs_timer){.ctx = ctx, .fired = fired, .arg = arg};
  uv_timer_init(ctx->host->loop, &t->uv);
  uv_update_time(ctx->host->loop); /* what the plugin did until here counts for the time it asks for */
  ctx->host->open++;
  ctx->n_timers++;
  TAILQ_INSERT_TAIL(&ctx->timers, t, link);
  on_timer_again(t, after_ms, every_ms);
  return t;
}

static void on_timer_closed(uv_handle_t *handle) {
  struct needs_timer *t = container_of((uv_timer_t *)handle, struct needs_timer, uv);
  host_closed(t->ctx->host);
  free(t);
}

static void on_timer_stop(struct needs_timer *t) {
  if (t == NULL) return;
  TAILQ_REMOVE(&t->ctx->timers, t, link);
  t->ctx->n_timers--;
  uv_close((uv_handle_t *)&t->uv, on_timer_closed);
}

/* --- descriptors --- */

static const struct {
  unsigned ours;
  int uv;
} events_map[] = {{NEEDS_READABLE, UV_READABLE}, {NEEDS_WRITABLE, UV_WRITABLE}, {NEEDS_HANGUP, UV_DISCONNECT}};

/* An error is told as something to read: reading tells which. */
static void on_ready(uv_poll_t *uv, int status, int events) {
  struct needs_watch *w = container_of(uv, struct needs_watch, uv);
  unsigned ours = status < 0 ? NEEDS_READABLE | NEEDS_HANGUP : 0;
  for (size_t i = 0; i < ARRAY_LEN(events_map); i++)
    if ((events & events_map[i].uv) != 0) ours |= events_map[i].ours;
  if (running(w->ctx)) w->ready(w->arg, ours);
}

static void on_watch_again(struct needs_watch *w, unsigned events) {
  int uv = 0;
  for (size_t i = 0; i < ARRAY_LEN(events_map); i++)
    if ((events & events_map[i].ours) != 0) uv |= events_map[i].uv;
  if (uv == 0)
    uv_poll_stop(&w->uv);
  else
    uv_poll_start(&w->uv, uv, on_ready);
}

static bool watched(const struct host *h, int fd) {
  const struct needs_watch *w;
  for (size_t i = 0; i < h->n; i++) TAILQ_FOREACH(w, &h->all[i]->watches, link)
  if (w->fd == fd) return true;
  return false;
}

static struct needs_watch *on_watch(struct needs_ctx *ctx, int fd, unsigned events, void (*ready)(void *arg, unsigned events),
                                    void *arg) {
  if (!may_hold(ctx)) return NULL;
  struct needs_watch *w = mem_alloc(sizeof(*w));
  *w = (struct needs_watch){.ctx = ctx, .fd = fd, .ready = ready, .arg = arg};
  int rc = watched(ctx->host, fd) ? UV_EEXIST : uv_poll_init(ctx->host->loop, &w->uv, fd);
  if (rc < 0) {
    log_error("a descriptor cannot be watched", "plugin=%s fd=%d why=%s", ctx->plugin.says.name, fd, uv_strerror(rc));
    free(w);
    return NULL;
  }
  ctx->host->open++;
  ctx->n_watches++;
  TAILQ_INSERT_TAIL(&ctx->watches, w, link);
  on_watch_again(w, events);
  return w;
}

static void on_watch_closed(uv_handle_t *handle) {
  struct needs_watch *w = container_of((uv_poll_t *)handle, struct needs_watch, uv);
  host_closed(w->ctx->host);
  free(w);
}

static void on_unwatch(struct needs_watch *w) {
  if (w == NULL) return;
  TAILQ_REMOVE(&w->ctx->watches, w, link);
  w->ctx->n_watches--;
  uv_close((uv_handle_t *)&w->uv, on_watch_closed);
}

/* --- metrics --- */

static void on_metrics(struct needs_ctx *ctx, void (*each)(void *arg, const struct needs_metric *m), void *arg) {
  const struct host_options *o = &ctx->host->options;
  if (o->metrics != NULL && may_hold(ctx)) o->metrics(o->metrics_arg, each, arg);
}

/* --- all of it --- */

const struct needs_host api_functions = {.size = sizeof(struct needs_host),
                                         .abi = 0,
                                         .version = NEEDS_VERSION,
                                         .log = on_log,
                                         .fail = on_fail,
                                         .submit = on_submit,
                                         .ask = on_ask,
                                         .follow = on_follow,
                                         .acknowledge = on_acknowledge,
                                         .unfollow = on_unfollow,
                                         .timer_start = on_timer_start,
                                         .timer_again = on_timer_again,
                                         .timer_stop = on_timer_stop,
                                         .watch = on_watch,
                                         .watch_again = on_watch_again,
                                         .unwatch = on_unwatch,
                                         .metrics = on_metrics};

void api_init(struct needs_ctx *ctx) {
  char principal[64];
  snprintf(principal, sizeof(principal), "plugin:%s", ctx->plugin.says.name);
  ctx->inner = inner_open(ctx->host->door, principal, &request_ears, ctx);
  ctx->log_ms = clock_mono_ms();
  ctx->log_milli = LOG_BURST * LOG_EVERY_MS;
}

static void free_requests(struct requests *list) {
  struct request *r;
  while ((r = TAILQ_FIRST(list)) != NULL) {
    TAILQ_REMOVE(list, r, link);
    free_request(r);
  }
}

void api_take_back(struct needs_ctx *ctx) {
  inner_close(ctx->inner);
  ctx->inner = NULL;
  free_requests(&ctx->waiting);
  free_requests(&ctx->answered);
  while (!TAILQ_EMPTY(&ctx->follows)) free_follow(TAILQ_FIRST(&ctx->follows));
  while (!TAILQ_EMPTY(&ctx->timers)) on_timer_stop(TAILQ_FIRST(&ctx->timers));
  while (!TAILQ_EMPTY(&ctx->watches)) on_unwatch(TAILQ_FIRST(&ctx->watches));
  ctx->erasures = NULL;
  ctx->n_requests = ctx->n_follows = 0;
}
