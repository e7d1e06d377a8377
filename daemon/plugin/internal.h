/* inside - what the files of this room share: a plugin's file that was judged good, the host's
 * record of it, and everything that it holds. Nobody outside includes it. */
#pragma once

#include <stdarg.h>
#include <sys/queue.h>
#include <uv.h>

#include "config.h"
#include "door/cursor.h"
#include "door/local_client.h"
#include "needs_plugin.h"
#include "plugin/host.h"

/* --- load.c: from a file to a descriptor that may be trusted --- */

struct plugin {
  struct needs_plugin says; /* a copy: what an older plugin lacks is NULL */
  struct option_row *rows;
  struct option_section section;
  void *self;
  /* self as it was handed over: its texts are ours to free, whatever the plugin made of self */
  void *filled;
};
/* 0, or -EINVAL with every fault in `faults`. Nothing of the plugin is called, but its file is
 * mapped, for good. */
int plugin_load(const struct config *c, const struct config_plugin *from, struct plugin *ret,
                struct fault_list *faults);
void plugin_finish(struct plugin *p);

/* --- api.c: what a plugin holds --- */

struct request { /* a submission or a question */
  struct needs_ctx *ctx;
  TAILQ_ENTRY(request) link; /* ctx.waiting, then ctx.answered */
  needs_done *done;
  void *arg;
  bool ok;
  struct buf json;
};
TAILQ_HEAD(requests, request);

struct delivery { /* one block */
  TAILQ_ENTRY(delivery) link;
  struct needs_publication publication;
  bool bare; /* nothing for the plugin: acknowledged as soon as everything before it is */
  /* what it used up: a publication one, and a bare place that of those before it which it stands
   * for */
  int64_t credit;
  char cursor[CURSOR_TEXT_MAX + 1];
};
TAILQ_HEAD(deliveries, delivery);

struct needs_feed {
  struct needs_ctx *ctx;
  TAILQ_ENTRY(needs_feed) link; /* ctx.follows */
  struct inner *inner;
  char *name; /* NULL: not kept */
  needs_deliver *deliver;
  void *arg;
  struct deliveries queue, sent; /* sent: and not acknowledged */
  size_t n_sent;                 /* publications of these */
  const char *only;              /* NULL, or the one type that is delivered; the rest is bare */
  uint64_t not_before;           /* loop time: deliver said not yet */
  struct delivery *current;      /* inside deliver */
  bool current_done, gone;       /* acknowledged, unfollowed meanwhile */
  struct buf *refusal;           /* while it is being opened: where a refusal goes */
};
struct needs_timer {
  uv_timer_t uv;
  struct needs_ctx *ctx;
  TAILQ_ENTRY(needs_timer) link; /* ctx.timers */
  void (*fired)(void *arg);
  void *arg;
};
struct needs_watch {
  uv_poll_t uv;
  struct needs_ctx *ctx;
  TAILQ_ENTRY(needs_watch) link; /* ctx.watches */
  int fd;
  void (*ready)(void *arg, unsigned events);
  void *arg;
};

enum ctx_state {
  CTX_LOADED,
  CTX_STARTING,
  CTX_RUNNING,
  CTX_FAILED,
  CTX_STOPPED
};
struct needs_ctx {
  struct host *host;
  struct plugin plugin;
  enum ctx_state state;
  bool over;     /* stop has been called; it holds nothing */
  char why[400]; /* it failed */
  struct inner *inner;
  struct requests waiting, answered;
  TAILQ_HEAD(, needs_feed) follows;
  TAILQ_HEAD(, needs_timer) timers;
  TAILQ_HEAD(, needs_watch) watches;
  struct needs_feed *erasures; /* the host's own, for a plugin that stores people */
  size_t n_requests, n_follows, n_timers, n_watches;
  uint64_t delivered;
  int64_t log_milli; /* log lines it may still write, in thousandths */
  uint64_t log_ms, log_left_out;
};

static inline bool ctx_runs(const struct needs_ctx *ctx) {
  return ctx->state == CTX_RUNNING;
}
/* One that failed, or stopped, gets nothing new. */
static inline bool ctx_may_hold(const struct needs_ctx *ctx) {
  return ctx->state == CTX_STARTING || ctx->state == CTX_RUNNING;
}

extern const struct needs_host api_functions;
void api_init(struct needs_ctx *ctx);
/* Calls the plugin with what waits for it, a page at a time. True when there is more. */
bool api_deliver(struct needs_ctx *ctx);
void api_take_back(struct needs_ctx *ctx); /* everything it holds */
void api_fail(struct needs_ctx *ctx, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* --- feed.c: publications --- */

/* The follow of `what`, by principal; NULL after saying why in the log. `only`: static text, or
 * NULL. */
struct needs_feed *feed_open(struct needs_ctx *ctx, const char *principal,
                             const struct needs_following *what, const char *only,
                             needs_deliver *deliver, void *arg);
struct needs_feed *feed_follow(struct needs_ctx *ctx, const struct needs_following *what,
                               needs_deliver *deliver, void *arg);
void feed_acknowledge(struct needs_feed *f, uint64_t position);
void feed_close(struct needs_feed *f);
/* a page of one follow; true when there is more */
bool feed_deliver(struct needs_ctx *ctx);
/* until an erasure is to be tried again; 0: none is */
uint64_t feed_waits_ms(const struct needs_ctx *ctx);
void feed_take_back(struct needs_ctx *ctx);

/* --- host.c --- */

struct host {
  uv_loop_t *loop;
  struct door *door;
  struct pipeline *pipeline;
  struct host_options options;
  struct needs_ctx **all;
  size_t n;
  bool began;       /* its handles are on the loop */
  bool listing;     /* asks the plugins what they store */
  uv_idle_t pump;   /* runs while something is to be delivered */
  uv_timer_t later; /* wakes the pump for what was said to be not yet */
  size_t open;      /* handles, the plugins' and its own, whose memory is still the loop's */
  void (*done)(void *arg);
  void *done_arg;
};
void host_wake(struct host *h);   /* there is something to deliver, or somebody to stop */
void host_closed(struct host *h); /* one handle is off the loop */
