/* heartbeat - the smallest complete plugin: every so often it logs the day and how many
 * publications it has seen.
 *
 * docs/plugins.md walks through this file. It has one of everything that most plugins need: an
 * option, a timer, a question, and a durable follow that acknowledges. It stores nothing of a
 * person: it counts. */
#include <string.h>

#include "needs_plugin.h"

struct heartbeat {
  int32_t every; /* an option: filled in before start */
  const struct needs_host *host;
  struct needs_ctx *ctx;
  struct needs_feed *follow;
  uint64_t seen; /* since the start */
};

static const struct needs_option options[] = {
    {.name = "every",
     .type = NEEDS_INT,
     .offset = offsetof(struct heartbeat, every),
     .fallback = "3600",
     .min = 1,
     .max = 86400,
     .help = "After how many seconds it says how things are"},
    {0}};

/* Counted first, acknowledged then: were it the other way round, a crash between the two would lose
 * one. */
static int on_publication(void *arg, const struct needs_publication *p) {
  struct heartbeat *h = arg;
  h->seen++;
  h->host->acknowledge(h->follow, p->position);
  return 0;
}

/* The answer of `health` has a member "day":"2026-09-01", or null. A plugin that reads more than
 * this brings a JSON library. */
static void on_health(void *arg, bool ok, const char *json, size_t len) {
  struct heartbeat *h = arg;
  const char *day = NULL;

  if (ok)
    day = strstr(json, "\"day\":\"");

  (void)len;
  h->host->log(h->ctx, NEEDS_INFO, "day=%.10s publications=%llu",
               day ? day + strlen("\"day\":\"") : "none", (unsigned long long)h->seen);
}

static void on_beat(void *arg) {
  static const char question[] = "{\"question\":\"health\"}";
  struct heartbeat *h = arg;
  h->host->ask(h->ctx, question, strlen(question), on_health, h);
}

static int start(void *self, const struct needs_host *host, struct needs_ctx *ctx) {
  struct heartbeat *h = self;
  h->host = host;
  h->ctx = ctx;
  h->follow = host->follow(ctx,
                           &(struct needs_following){.size = sizeof(struct needs_following),
                                                     .name = "count",
                                                     .since = "now"},
                           on_publication, h);
  if (!h->follow)
    return host->fail(ctx, "publications cannot be followed");

  uint64_t every_ms = (uint64_t)h->every * 1000;
  host->timer_start(ctx, every_ms, every_ms, on_beat, h);

  return 0;
}

/* The timer and the follow are taken back already. There is nothing else. */
static void stop(void *self) {
  struct heartbeat *h = self;
  h->host->log(h->ctx, NEEDS_INFO, "stopped publications=%llu", (unsigned long long)h->seen);
}

NEEDS_EXPORT const struct needs_plugin needs_plugin = {
    .abi = 0,
    .size = sizeof needs_plugin,
    .name = "heartbeat",
    .version = "1",
    .help = "Logs the day and how many publications there were",
    .personal_data = NEEDS_STORES_NOTHING,
    .self_size = sizeof(struct heartbeat),
    .options = options,
    .start = start,
    .stop = stop};
