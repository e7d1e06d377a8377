/* api - what a plugin may call, and how it is called back. See internal.h and
 * plugins/needs_plugin.h; follows are feed.c's.
 *
 * Everything a plugin holds is a struct on a list of its ctx, so that all of it can be taken back
 * when the plugin stops. What the door answers comes in the middle of the door's work: it is only
 * kept here, and delivered by the host's pump. A plugin is called only while its ctx is running;
 * one that failed inside a callback hears nothing after it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "door/door.h"
#include "plugin/internal.h"

#define LOG_AREA "plugin"
#include "base/log.h"

#define PAGE 64
#define LOG_BURST 20
#define LOG_EVERY_MS 500

/* --- words --- */

void api_fail(struct needs_ctx *ctx, const char *fmt, ...) {
  va_list args;
  if (!ctx_may_hold(ctx))
    return;

  va_start(args, fmt);
  if (ctx->why[0] == '\0')
    vsnprintf(ctx->why, sizeof(ctx->why), fmt, args);

  va_end(args);
  if (ctx->why[0] == '\0')
    snprintf(ctx->why, sizeof(ctx->why), "it did not say why");

  utf8_mend(ctx->why); /* it was cut, or is no text, and goes into answers */
  if (ctx_runs(ctx)) {
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
  ctx->log_milli += (int64_t)(passed < LOG_BURST * LOG_EVERY_MS ? passed
                                                                : LOG_BURST * LOG_EVERY_MS);
  if (ctx->log_milli > LOG_BURST * LOG_EVERY_MS)
    ctx->log_milli = LOG_BURST * LOG_EVERY_MS;

  ctx->log_ms = now;
  if (ctx->log_milli < LOG_EVERY_MS)
    return false;

  ctx->log_milli -= LOG_EVERY_MS;

  return true;
}

NEEDS_PRINTF(3, 4) static void on_log(struct needs_ctx *ctx, int level, const char *fmt, ...) {
  static const enum log_level levels[] = {[NEEDS_ERROR] = LOG_ERROR,
                                          [NEEDS_WARN] = LOG_WARN,
                                          [NEEDS_INFO] = LOG_INFO,
                                          [NEEDS_DEBUG] = LOG_DEBUG};
  char text[1024];
  va_list args;

  if (!may_log(ctx)) {
    ctx->log_left_out++;
    return;
  }

  if (ctx->log_left_out > 0)
    log_line(LOG_WARN, ctx->plugin.says.name, "lines were left out, there were too many",
             "lines=%llu", (unsigned long long)ctx->log_left_out);

  ctx->log_left_out = 0;
  va_start(args, fmt);
  vsnprintf(text, sizeof(text), fmt, args);
  va_end(args);
  log_line(level >= NEEDS_ERROR && level <= NEEDS_DEBUG ? levels[level] : LOG_INFO,
           ctx->plugin.says.name, text, "");
}

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

static void on_told_nothing(void *arg, const char *cursor, const struct outbox_row *row,
                            const char *json, size_t len) {
  (void)arg, (void)cursor, (void)row, (void)json, (void)len; /* this inner follows nothing */
}

static const struct inner_callbacks request_callbacks = {on_answered, on_told_nothing};

static void request(struct needs_ctx *ctx, const char *verb, const char *json, size_t len,
                    needs_done *done, void *arg) {
  if (!ctx_may_hold(ctx))
    return;

  struct request *r = mem_alloc(sizeof(*r));
  *r = (struct request){.ctx = ctx, .done = done, .arg = arg};
  TAILQ_INSERT_TAIL(&ctx->waiting, r, link);
  ctx->n_requests++;
  inner_request(ctx->inner, (uint64_t)(uintptr_t)r, verb, json, len);
}

static void on_submit(struct needs_ctx *ctx, const char *json, size_t len, needs_done *done,
                      void *arg) {
  request(ctx, "push", json, len, done, arg);
}

static void on_ask(struct needs_ctx *ctx, const char *json, size_t len, needs_done *done,
                   void *arg) {
  request(ctx, "ask", json, len, done, arg);
}

static void answer_next(struct needs_ctx *ctx) {
  struct request *r = TAILQ_FIRST(&ctx->answered);
  TAILQ_REMOVE(&ctx->answered, r, link);
  ctx->n_requests--;
  if (r->done)
    r->done(r->arg, r->ok, buf_cstr(&r->json), r->json.len);

  free_request(r);
}

bool api_deliver(struct needs_ctx *ctx) {
  for (int i = 0; i < PAGE && ctx_runs(ctx) && !TAILQ_EMPTY(&ctx->answered); i++)
    answer_next(ctx);
  bool more = feed_deliver(ctx);
  return ctx_runs(ctx) && (more || !TAILQ_EMPTY(&ctx->answered));
}

/* --- timers --- */

static void on_timer(uv_timer_t *uv) {
  struct needs_timer *t = container_of(uv, struct needs_timer, uv);
  if (ctx_runs(t->ctx))
    t->fired(t->arg);
}

static void on_timer_again(struct needs_timer *t, uint64_t after_ms, uint64_t every_ms) {
  uv_timer_start(&t->uv, on_timer, after_ms, every_ms);
}

static struct needs_timer *on_timer_start(struct needs_ctx *ctx, uint64_t after_ms,
                                          uint64_t every_ms, void (*fired)(void *arg), void *arg) {
  if (!ctx_may_hold(ctx))
    return NULL;

  struct needs_timer *t = mem_alloc(sizeof(*t));
  *t = (struct needs_timer){.ctx = ctx, .fired = fired, .arg = arg};
  uv_timer_init(ctx->host->loop, &t->uv);

  /* what the plugin did until here counts for the time it asks for */
  uv_update_time(ctx->host->loop);
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
  if (!t)
    return;

  TAILQ_REMOVE(&t->ctx->timers, t, link);
  t->ctx->n_timers--;
  uv_close((uv_handle_t *)&t->uv, on_timer_closed);
}

/* --- descriptors --- */

static const struct {
  unsigned ours;
  int uv;
} events_map[] = {
    {NEEDS_READABLE, UV_READABLE}, {NEEDS_WRITABLE, UV_WRITABLE}, {NEEDS_HANGUP, UV_DISCONNECT}};

/* An error is passed on as something to read: reading says which. */
static void on_ready(uv_poll_t *uv, int status, int events) {
  struct needs_watch *w = container_of(uv, struct needs_watch, uv);
  unsigned ours = 0;

  if (status < 0)
    ours = NEEDS_READABLE | NEEDS_HANGUP;
  for (size_t i = 0; i < ARRAY_LEN(events_map); i++)
    if ((events & events_map[i].uv) != 0)
      ours |= events_map[i].ours;

  if (ctx_runs(w->ctx))
    w->ready(w->arg, ours);
}

static void on_watch_again(struct needs_watch *w, unsigned events) {
  int uv = 0;
  for (size_t i = 0; i < ARRAY_LEN(events_map); i++)
    if ((events & events_map[i].ours) != 0)
      uv |= events_map[i].uv;

  if (uv == 0)
    uv_poll_stop(&w->uv);
  else
    uv_poll_start(&w->uv, uv, on_ready);
}

static bool watched(const struct host *h, int fd) {
  const struct needs_watch *w;
  for (size_t i = 0; i < h->n; i++)
    TAILQ_FOREACH (w, &h->all[i]->watches, link)
      if (w->fd == fd)
        return true;

  return false;
}

static struct needs_watch *on_watch(struct needs_ctx *ctx, int fd, unsigned events,
                                    void (*ready)(void *arg, unsigned events), void *arg) {
  if (!ctx_may_hold(ctx))
    return NULL;

  struct needs_watch *w = mem_alloc(sizeof(*w));
  *w = (struct needs_watch){.ctx = ctx, .fd = fd, .ready = ready, .arg = arg};
  int rc = UV_EEXIST;
  if (!watched(ctx->host, fd))
    rc = uv_poll_init(ctx->host->loop, &w->uv, fd);

  if (rc < 0) {
    log_error("a descriptor cannot be watched", "plugin=%s fd=%d why=%s", ctx->plugin.says.name, fd,
              uv_strerror(rc));
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
  if (!w)
    return;

  TAILQ_REMOVE(&w->ctx->watches, w, link);
  w->ctx->n_watches--;
  uv_close((uv_handle_t *)&w->uv, on_watch_closed);
}

/* --- metrics --- */

static void on_metrics(struct needs_ctx *ctx, void (*each)(void *arg, const struct needs_metric *m),
                       void *arg) {
  const struct host_options *o = &ctx->host->options;
  if (o->metrics && ctx_may_hold(ctx))
    o->metrics(o->metrics_arg, each, arg);
}

/* --- all of it --- */

const struct needs_host api_functions = {.size = sizeof(struct needs_host),
                                         .abi = 0,
                                         .version = NEEDS_VERSION,
                                         .log = on_log,
                                         .fail = on_fail,
                                         .submit = on_submit,
                                         .ask = on_ask,
                                         .follow = feed_follow,
                                         .acknowledge = feed_acknowledge,
                                         .unfollow = feed_close,
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
  ctx->inner = inner_open(ctx->host->door, principal, &request_callbacks, ctx);
  ctx->log_ms = clock_mono_ms();
  ctx->log_milli = LOG_BURST * LOG_EVERY_MS;
}

static void free_requests(struct requests *list) {
  struct request *r;
  while ((r = TAILQ_FIRST(list))) {
    TAILQ_REMOVE(list, r, link);
    free_request(r);
  }
}

void api_take_back(struct needs_ctx *ctx) {
  inner_close(ctx->inner);
  ctx->inner = NULL;
  free_requests(&ctx->waiting);
  free_requests(&ctx->answered);
  feed_take_back(ctx);
  while (!TAILQ_EMPTY(&ctx->timers))
    on_timer_stop(TAILQ_FIRST(&ctx->timers));
  while (!TAILQ_EMPTY(&ctx->watches))
    on_unwatch(TAILQ_FIRST(&ctx->watches));

  ctx->n_requests = 0;
}
