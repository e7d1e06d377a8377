/* metrics - what the daemon counts, for those who watch it: Prometheus text over HTTP, and two
 * questions for machines that only want yes or no.
 *
 *   GET /metrics   everything, in the text format 0.0.4
 *   GET /health    200 while it works, 503 and why when it does not: disk, store, workers
 *   GET /ready     200 when it serves and has a day, else 503 and why
 *
 * libmicrohttpd runs on the daemon's loop, without threads: its epoll descriptor is watched, its
 * time-outs are a timer, and both call MHD_run. Nothing of a person is asked for, shown or stored:
 * the host gives numbers, by authority and rule at most.
 *
 * Each client gets one answer within LIFE_MS, and at most CONNECTIONS are served at a time:
 * the loop is everybody's. */
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "needs_plugin.h"
#include "page.h"
#include "place.h"

#define CONNECTIONS 32
#define MEMORY ((size_t)16 << 10) /* for a connection: request line, headers, buffers */
#define IDLE_S 2u
#define LIFE_MS                                                                                    \
  5000 /* from the first byte of the handshake to the last of the answer, however slowly the other \
          side moves */

struct connection {
  struct MHD_Connection *mhd; /* NULL: free */
  uint64_t until_ms;
  bool cut;
};

struct metrics {
  const char *listen, *host_name; /* options */
  int32_t allow_remote;
  const struct needs_host *host;
  struct needs_ctx *ctx;
  struct MHD_Daemon *http;
  struct needs_timer *timer;
  int fd;             /* listening, until libmicrohttpd has it; -1: none */
  bool began, closed; /* closed: a connection, in the run under way */
  struct connection connections[CONNECTIONS];
};

static const char *const no_yes[] = {"no", "yes", NULL};
static const struct needs_option options[] = {
    {.name = "listen",
     .type = NEEDS_TEXT,
     .offset = offsetof(struct metrics, listen),
     .fallback = "127.0.0.1:9464",
     .help = "Address and port to listen at, such as 127.0.0.1:9464 or [::1]:9464; port 0 takes a "
             "free one and the log says which"},
    {.name = "allow_remote",
     .type = NEEDS_WORD,
     .offset = offsetof(struct metrics, allow_remote),
     .fallback = "no",
     .words = no_yes,
     .help = "Whether listen may be an address that other machines can reach; there is no password "
             "and no encryption"},
    {.name = "host",
     .type = NEEDS_TEXT,
     .offset = offsetof(struct metrics, host_name),
     .help = "A name under which requests may come, beside localhost and plain addresses, for a "
             "proxy that passes its own on"},
    {0}};

/* --- answers --- */

struct answer {
  unsigned status;
  const char *type, *allow;
  char *text; /* malloc'd */
  size_t len;
};

static const char plain[] = "text/plain; charset=utf-8";

__attribute__((format(printf, 3, 4))) static void say(struct answer *a, unsigned status,
                                                      const char *fmt, ...) {
  va_list args;
  a->status = status;
  a->type = plain;
  va_start(args, fmt);

  int n = vasprintf(&a->text, fmt, args);
  va_end(args);
  if (n < 0)
    a->text = NULL;
  if (n > 0)
    a->len = (size_t)n;
  else
    a->len = 0;
}

static void on_metric(void *arg, const struct needs_metric *m) {
  page_metric(arg, m);
}

static void give_metrics(struct metrics *self, struct answer *a) {
  a->status = MHD_HTTP_OK;
  a->type = "text/plain; version=0.0.4; charset=utf-8";

  FILE *out = open_memstream(&a->text, &a->len);
  if (!out)
    return;

  self->host->metrics(self->ctx, on_metric, out);
  if (fclose(out) == 0)
    return;

  free(a->text);
  a->text = NULL;
}

static void on_look(void *arg, const struct needs_metric *m) {
  page_look(arg, m);
}

static void give_state(struct metrics *self, struct answer *a, const char *good,
                       const char *(*judge)(const struct page_state *s, char *text, size_t size)) {
  struct page_state state = {.serving = false};
  char text[200];
  self->host->metrics(self->ctx, on_look, &state);
  const char *why = judge(&state, text, sizeof text);
  if (why)
    say(a, MHD_HTTP_SERVICE_UNAVAILABLE, "%s\n", why);
  else
    say(a, MHD_HTTP_OK, "%s\n", good);
}

static void give_health(struct metrics *self, struct answer *a) {
  give_state(self, a, "well", page_sick);
}

static void give_ready(struct metrics *self, struct answer *a) {
  give_state(self, a, "ready", page_not_ready);
}

static const struct {
  const char *path;
  void (*give)(struct metrics *self, struct answer *a);
} paths[] = {{"/metrics", give_metrics}, {"/health", give_health}, {"/ready", give_ready}};

static void answer_path(struct metrics *self, const char *path, const char *method,
                        struct answer *a) {
  for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
    if (strcmp(paths[i].path, path) != 0)
      continue;
    if (strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0) {
      paths[i].give(self, a);
      return;
    }

    say(a, MHD_HTTP_METHOD_NOT_ALLOWED,
        "only GET and HEAD: here is something to read and nothing to change\n");
    a->allow = "GET, HEAD";

    return;
  }

  say(a, MHD_HTTP_NOT_FOUND,
      "there is /metrics (numbers, as Prometheus reads them), /health (is it well?), /ready (does "
      "it serve?)\n");
}

static enum MHD_Result send_answer(struct MHD_Connection *c, struct answer *a) {
  if (!a->text)
    return MHD_NO; /* no memory: the connection is closed */

  struct MHD_Response *r = MHD_create_response_from_buffer(a->len, a->text, MHD_RESPMEM_MUST_FREE);
  if (!r) {
    free(a->text);
    return MHD_NO;
  }

  MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, a->type);
  MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
  MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
  if (a->allow)
    MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, a->allow);

  enum MHD_Result result = MHD_queue_response(c, a->status, r);
  MHD_destroy_response(r);

  return result;
}

/* Called once for the headers, then for each part of a body (which nobody here wants), then to
 * answer. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *path,
                                  const char *method, const char *version, const char *body,
                                  size_t *body_len, void **per_request) {
  static char begun;
  struct metrics *self = arg;
  struct answer a = {0};
  (void)version, (void)body;
  if (!*per_request) {
    *per_request = &begun;
    return MHD_YES;
  }
  if (*body_len > 0) {
    *body_len = 0;
    return MHD_YES;
  }
  if (place_host_good(MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST),
                      self->host_name))
    answer_path(self, path, method, &a);
  else
    say(&a, MHD_HTTP_FORBIDDEN,
        "ask by address or as localhost; `host` in [plugin metrics] allows one more name\n");
  return send_answer(c, &a);
}

/* --- connections --- */

static uint64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void on_connection(void *arg, struct MHD_Connection *c, void **per_connection,
                          enum MHD_ConnectionNotificationCode what) {
  struct metrics *self = arg;
  (void)per_connection;
  bool began = what == MHD_CONNECTION_NOTIFY_STARTED;
  self->closed |= !began;
  for (size_t i = 0; i < CONNECTIONS; i++) {
    struct connection *slot = &self->connections[i];
    if (slot->mhd != (began ? NULL : c))
      continue;
    *slot = (struct connection){began ? c : NULL, now_ms() + LIFE_MS, false};
    return;
  }
}

/* Ends those whose time is up: libmicrohttpd waits for a client that sends a byte now and then.
 * Gives the time until the next. */
static uint64_t cut_connections(struct metrics *self) {
  uint64_t now = now_ms(), next = UINT64_MAX;

  for (size_t i = 0; i < CONNECTIONS; i++) {
    struct connection *slot = &self->connections[i];
    if (!slot->mhd || slot->cut)
      continue;
    if (slot->until_ms > now) {
      if (slot->until_ms - now < next)
        next = slot->until_ms - now;
      continue;
    }

    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        slot->mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    slot->cut = true;

    /* libmicrohttpd sees the end, and closes */
    if (info)
      shutdown(info->connect_fd, SHUT_RDWR);
  }

  return next;
}

static void run(struct metrics *self) {
  MHD_UNSIGNED_LONG_LONG http_ms;
  self->closed = false;
  MHD_run(self->http);

  uint64_t after_ms = cut_connections(self);
  if (MHD_get_timeout(self->http, &http_ms) == MHD_YES && http_ms < after_ms)
    after_ms = http_ms;

  /* where all places were taken, only another run listens again: it says so to nobody */
  if (self->closed)
    after_ms = 0;
  if (after_ms != UINT64_MAX)
    self->host->timer_again(self->timer, after_ms, 0);
}

static void on_time(void *arg) {
  run(arg);
}

static void on_ready(void *arg, unsigned events) {
  (void)events;
  run(arg);
}

/* --- life --- */

static int find_place(struct metrics *self, struct place *ret) {
  const struct needs_host *host = self->host;

  if (!place_parse(self->listen, ret))
    return host->fail(
        self->ctx, "listen = %s: give an address and a port, such as 127.0.0.1:9464 or [::1]:9464",
        self->listen);

  if (!ret->loopback && self->allow_remote == 0)
    return host->fail(self->ctx,
                      "listen = %s: other machines can reach that, and there is no password and no "
                      "encryption; use 127.0.0.1 and "
                      "a proxy before it, or say allow_remote = yes",
                      self->listen);

  self->fd = place_listen(ret);
  if (self->fd < 0)
    host->fail(self->ctx, "cannot listen at %s: %s", self->listen, strerror(-self->fd));

  if (self->fd < 0)
    return self->fd;

  return 0; /* the address may be free later */
}

static int serve(struct metrics *self) {
  self->http = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, self,
                                MHD_OPTION_LISTEN_SOCKET, self->fd, MHD_OPTION_CONNECTION_LIMIT,
                                (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
                                MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY,
                                MHD_OPTION_NOTIFY_CONNECTION, on_connection, self, MHD_OPTION_END);
  const union MHD_DaemonInfo *info = self->http
                                         ? MHD_get_daemon_info(self->http, MHD_DAEMON_INFO_EPOLL_FD)
                                         : NULL;
  if (!self->http)
    self->fd = -1; /* it has closed it */

  if (!info)
    return self->host->fail(self->ctx, "libmicrohttpd cannot serve %s", self->listen);

  self->timer = self->host->timer_start(self->ctx, 0, 0, on_time, self);
  if (self->host->watch(self->ctx, info->epoll_fd, NEEDS_READABLE, on_ready, self))
    return 0;

  return -1;
}

static int start(void *arg, const struct needs_host *host, struct needs_ctx *ctx) {
  struct metrics *self = arg;
  struct place place;
  char text[80];

  self->host = host;
  self->ctx = ctx;
  self->fd = -1;
  self->began = true;

  int rc = find_place(self, &place);
  if (rc == 0)
    rc = serve(self);

  if (rc < 0)
    return rc;

  place_text(self->fd, text, sizeof text);
  host->log(ctx, NEEDS_INFO, "listening address=%s", text);
  if (!place.loopback)
    host->log(ctx, NEEDS_WARN, "other machines can read this address=%s", text);

  return 0;
}

/* The watch and the timer are taken back already. Connections that are open are closed, whatever
 * they were at. */
static void stop(void *arg) {
  struct metrics *self = arg;
  if (self->http)
    MHD_stop_daemon(self->http); /* closes the listening socket, too */
  else if (self->began && self->fd >= 0)
    close(self->fd);
}

NEEDS_EXPORT const struct needs_plugin needs_plugin = {
    .abi = 0,
    .size = sizeof needs_plugin,
    .name = "metrics",
    .version = "1",
    .help = "Shows the daemon's numbers to Prometheus, and whether it is well",
    .personal_data = NEEDS_STORES_NOTHING,
    .self_size = sizeof(struct metrics),
    .options = options,
    .start = start,
    .stop = stop};
