/* host - see host.h. Start, stop, the pump, erasures, and what `ask` says of plugins.
 *
 *   loaded -> starting -> running -> (failed) -> stopped
 *
 * A plugin that fails is never stopped inside its own callback, but by the pump. Everything a
 * plugin held is taken back before its stop is called, so that it is called by nobody while it
 * takes itself apart. */
#include "plugin/host.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/mem.h"
#include "daemon.h"
#include "door/door.h"
#include "event/json.h"
#include "plugin/internal.h"

#define LOG_AREA "plugin"
#include "base/log.h"

#define STOP_LIMIT_S 5
#define ERASED "needs.person.erased.v1"

/* --- loading --- */

struct host *host_load(const struct config *c, struct fault_list *faults) {
  struct host *h = mem_alloc(sizeof(*h));
  size_t before = faults->errors;

  h->all = mem_array(c->n_plugins + 1, sizeof(*h->all));
  for (size_t i = 0; i < c->n_plugins; i++) {
    struct needs_ctx *ctx = mem_alloc(sizeof(*ctx));
    if (plugin_load(c, c->plugins[i], &ctx->plugin, faults) < 0) {
      free(ctx);
      continue;
    }

    ctx->host = h;
    TAILQ_INIT(&ctx->waiting);
    TAILQ_INIT(&ctx->answered);
    TAILQ_INIT(&ctx->follows);
    TAILQ_INIT(&ctx->timers);
    TAILQ_INIT(&ctx->watches);
    h->all[h->n++] = ctx;
  }

  if (faults->errors == before)
    return h;

  host_destroy(h);

  return NULL;
}

void host_destroy(struct host *h) {
  if (!h)
    return;

  for (size_t i = 0; i < h->n; i++) {
    plugin_finish(&h->all[i]->plugin);
    free(h->all[i]);
  }

  free(h->all);
  free(h);
}

size_t host_count(const struct host *h) {
  return h->n;
}

void host_describe(const struct host *h, size_t i, const char **ret_name,
                   const char **ret_version) {
  *ret_name = h->all[i]->plugin.says.name;
  *ret_version = h->all[i]->plugin.says.version;
}

/* --- stopping one --- */

static char not_back[160];

static void on_alarm(int number) {
  (void)number;
  ssize_t ignored = write(STDERR_FILENO, not_back, strlen(not_back));
  (void)ignored;
  _exit(EXIT_FAULTS);
}

static void set_alarm(int seconds) {
  struct itimerval limit = {.it_value.tv_sec = seconds};
  setitimer(ITIMER_REAL, &limit, NULL);
}

/* Everything acknowledged is on disk: leaving is safe, and waiting for ever is not. */
static void call_stop(const struct needs_ctx *ctx) {
  const struct needs_plugin *p = &ctx->plugin.says;
  struct sigaction old, new = {.sa_handler = on_alarm};

  if (!p->stop)
    return;

  snprintf(not_back, sizeof(not_back),
           "plugin %s did not come back from its stop within %d seconds; leaving without it\n",
           p->name, STOP_LIMIT_S);
  sigaction(SIGALRM, &new, &old);
  set_alarm(STOP_LIMIT_S);
  p->stop(ctx->plugin.self);
  set_alarm(0);
  sigaction(SIGALRM, &old, NULL);
}

static void stop_one(struct needs_ctx *ctx) {
  if (ctx->state == CTX_LOADED || ctx->over)
    return;

  if (ctx->state == CTX_FAILED)
    log_error("a plugin failed and is stopped", "plugin=%s why=%s", ctx->plugin.says.name,
              ctx->why);

  if (ctx->state != CTX_FAILED)
    ctx->state = CTX_STOPPED;

  api_take_back(ctx);
  call_stop(ctx);
  ctx->over = true;
}

/* --- the pump --- */

static void on_later(uv_timer_t *timer) {
  host_wake(container_of(timer, struct host, later));
}

/* For the first of those who said not yet. */
static void wake_later(struct host *h) {
  uint64_t soonest = 0;

  for (size_t i = 0; i < h->n; i++) {
    uint64_t ms = 0;
    if (h->all[i]->state == CTX_RUNNING)
      ms = feed_waits_ms(h->all[i]);
    if (ms > 0 && (soonest == 0 || ms < soonest))
      soonest = ms;
  }

  if (soonest > 0)
    uv_timer_start(&h->later, on_later, soonest, 0);
}

static void on_pump(uv_idle_t *idle) {
  struct host *h = container_of(idle, struct host, pump);
  bool more = false;

  for (size_t i = 0; i < h->n; i++) {
    struct needs_ctx *ctx = h->all[i];
    if (ctx->state == CTX_RUNNING)
      more = api_deliver(ctx) || more;
    if (ctx->state == CTX_FAILED)
      stop_one(ctx);
  }

  if (more)
    return;

  uv_idle_stop(idle);
  wake_later(h);
}

void host_wake(struct host *h) {
  if (h->began && !h->done)
    uv_idle_start(&h->pump, on_pump);
}

/* --- erasures: until the plugin says that nothing is left --- */

static int on_erased(void *arg, const struct needs_publication *p) {
  struct needs_ctx *ctx = arg;
  struct needs_person who = {p->authority, p->school, p->person};
  if (ctx->plugin.says.erase_person(ctx->plugin.self, &who) < 0)
    return -EAGAIN;

  feed_acknowledge(ctx->erasures, p->position);

  return 0;
}

static int follow_erasures(struct needs_ctx *ctx, struct error *err) {
  struct needs_following what = {
      .size = sizeof(what), .name = ctx->plugin.says.name, .since = "start"};
  if (ctx->plugin.says.personal_data != NEEDS_STORES_PEOPLE)
    return 0;

  ctx->erasures = feed_open(ctx, "host", &what, ERASED, on_erased, ctx);
  if (ctx->erasures)
    return 0;
  return error_set(err, -EAGAIN, "plugin %s: its erasures cannot be followed; the log says why",
                   ctx->plugin.says.name);
}

/* --- starting --- */

static int start_one(struct needs_ctx *ctx, struct error *err) {
  const struct needs_plugin *p = &ctx->plugin.says;
  ctx->state = CTX_STARTING;
  api_init(ctx);

  int rc = p->start(ctx->plugin.self, &api_functions, ctx);
  if (rc < 0 || ctx->why[0] != '\0') {
    const char *why = "it does not say why (host->fail is for that)";
    if (ctx->why[0] != '\0')
      why = ctx->why;
    if (!error_is_temporary(rc))
      rc = -ECANCELED;
    return error_set(err, rc, "plugin %s did not start: %s", p->name, why);
  }

  if (follow_erasures(ctx, err) < 0)
    return -ECANCELED;

  ctx->state = CTX_RUNNING;
  log_info("plugin started", "plugin=%s version=%s", p->name, p->version);

  return 0;
}

static void list_plugins(void *arg, struct buf *out);
static void list_stored(void *arg, const char *authority, const char *school, const char *person,
                        struct buf *out);
static const struct door_plugins answers = {list_plugins, list_stored};

int host_start(struct host *h, uv_loop_t *loop, struct door *door, struct pipeline *pipeline,
               const struct host_options *options, struct error *err) {
  h->loop = loop;
  h->door = door;
  h->pipeline = pipeline;
  h->options = *options;
  uv_idle_init(loop, &h->pump);
  uv_timer_init(loop, &h->later);
  h->open = 2;
  h->began = true;
  door_on_plugins(door, &answers, h);

  for (size_t i = 0; i < h->n; i++) {
    int rc = start_one(h->all[i], err);
    if (rc < 0)
      return rc;
  }

  host_wake(h);

  return 0;
}

/* --- stopping all --- */

void host_closed(struct host *h) {
  if (--h->open > 0 || !h->done)
    return;
  h->began = false;
  h->done(h->done_arg);
}

static void on_pump_closed(uv_handle_t *handle) {
  host_closed(container_of((uv_idle_t *)handle, struct host, pump));
}

static void on_later_closed(uv_handle_t *handle) {
  host_closed(container_of((uv_timer_t *)handle, struct host, later));
}

void host_stop(struct host *h, void (*done)(void *arg), void *arg) {
  if (!h || !h->began) {
    done(arg);
    return;
  }

  h->done = done;
  h->done_arg = arg;
  door_on_plugins(h->door, NULL, NULL);
  for (size_t i = h->n; i > 0; i--)
    stop_one(h->all[i - 1]);

  uv_close((uv_handle_t *)&h->pump, on_pump_closed);
  uv_close((uv_handle_t *)&h->later, on_later_closed);
}

/* --- what they are and hold --- */

static const char *const states[] = {[CTX_LOADED] = "loaded",
                                     [CTX_STARTING] = "starting",
                                     [CTX_RUNNING] = "running",
                                     [CTX_FAILED] = "failed",
                                     [CTX_STOPPED] = "stopped"};

static void put_count(struct buf *out, const char *key, size_t n) {
  json_key(out, key);
  json_int(out, (int64_t)n);
}

static size_t unacknowledged(const struct needs_ctx *ctx) {
  const struct needs_feed *f;
  size_t n = 0;

  TAILQ_FOREACH (f, &ctx->follows, link)
    if (f != ctx->erasures)
      n += f->n_sent;

  return n;
}

static void list_plugin(const struct needs_ctx *ctx, struct buf *out) {
  const struct needs_plugin *p = &ctx->plugin.says;
  json_open(out, '{');
  json_opt_str(out, "plugin", p->name);
  json_opt_str(out, "version", p->version);
  json_opt_str(out, "about", p->help);
  json_opt_str(out, "state", states[ctx->state]);
  json_key(out, "why");
  json_str(out, ctx->why[0] != '\0' ? ctx->why : NULL);
  json_opt_str(out, "stores", p->personal_data == NEEDS_STORES_PEOPLE ? "people" : "nothing");
  put_count(out, "follows", ctx->n_follows);
  put_count(out, "unacknowledged", unacknowledged(ctx));
  put_count(out, "requests", ctx->n_requests);
  put_count(out, "timers", ctx->n_timers);
  put_count(out, "descriptors", ctx->n_watches);
  put_count(out, "delivered", ctx->delivered);
  json_close(out, '}');
}

static void list_plugins(void *arg, struct buf *out) {
  const struct host *h = arg;
  for (size_t i = 0; i < h->n; i++)
    list_plugin(h->all[i], out);
}

struct stored {
  struct buf *out;
  bool broken;
};

/* What is no JSON would break the whole answer. */
static void on_value(void *arg, const char *json, size_t len) {
  struct stored *s = arg;
  struct arena a = {0};
  struct json tree;
  size_t offset;
  const char *why;
  if (len > 0 && json_tree(&a, json, len, &tree, &offset, &why) == 0)
    json_raw(s->out, json, len);
  else
    s->broken = true;

  arena_finish(&a);
}

/* One that failed cannot say it any more; the answer says so rather than leave it out. */
static void list_stored(void *arg, const char *authority, const char *school, const char *person,
                        struct buf *out) {
  struct host *h = arg;
  const struct needs_person who = {authority, school, person};

  if (h->listing)
    return; /* export_person asks this question itself */

  h->listing = true;
  for (size_t i = 0; i < h->n; i++) {
    const struct needs_ctx *ctx = h->all[i];
    const struct needs_plugin *p = &ctx->plugin.says;
    if (p->personal_data != NEEDS_STORES_PEOPLE)
      continue;

    json_open(out, '{');
    json_opt_str(out, "plugin", p->name);
    json_key(out, "values");
    json_open(out, '[');

    struct stored s = {.out = out};
    int rc = -ESRCH;

    if (ctx->state == CTX_RUNNING)
      rc = p->export_person(ctx->plugin.self, &who, on_value, &s);

    json_close(out, ']');
    json_key(out, "complete");
    json_bool(out, rc == 0 && !s.broken);
    json_close(out, '}');
  }

  h->listing = false;
}
