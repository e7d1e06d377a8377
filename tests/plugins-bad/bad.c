/* bad - plugins that are refused, each for one thing. What is wrong with each is CHANGE or OPTION,
 * a row in meson.build, over a descriptor that would be good. */
#include <unistd.h>

#include "needs_plugin.h"

#pragma GCC diagnostic ignored "-Woverride-init"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-variable"

struct self {
  const char *text;
  int32_t number, word;
};

static const char *const words[] = {"no", "yes", NULL};
#ifndef OPTION
#define OPTION .min = 0
#endif
static const struct needs_option options[] = {{.name = "word",
                                               .type = NEEDS_WORD,
                                               .offset = offsetof(struct self, word),
                                               .words = words,
                                               .help = "A word"},
                                              {.name = "number",
                                               .type = NEEDS_INT,
                                               .offset = offsetof(struct self, number),
                                               .max = 9,
                                               .help = "A number",
                                               OPTION},
                                              {0}};

static int start(void *self, const struct needs_host *host, struct needs_ctx *ctx) {
  (void)self, (void)host, (void)ctx;
  return 0;
}

static int start_fails(void *self, const struct needs_host *host, struct needs_ctx *ctx) {
  (void)self;
  return host->fail(ctx, "there is no moon tonight (%d)", 42);
}

static int start_fails_silently(void *self, const struct needs_host *host, struct needs_ctx *ctx) {
  (void)self, (void)host, (void)ctx;
  return -1;
}

/* Says that it failed, and that it did not. */
static int start_fails_both_ways(void *self, const struct needs_host *host, struct needs_ctx *ctx) {
  (void)self;
  host->fail(ctx, "half a moon");
  return 0;
}

static void stop_never(void *self) {
  (void)self;
  for (;;)
    pause();
}

static int erase(void *self, const struct needs_person *who) {
  (void)self, (void)who;
  return 0;
}

#ifndef CHANGE
#define CHANGE .reserved = 0
#endif
NEEDS_EXPORT const struct needs_plugin needs_plugin = {.abi = 0,
                                                       .size = sizeof needs_plugin,
                                                       .name = "bad",
                                                       .version = "1",
                                                       .help = "A plugin for tests",
                                                       .personal_data = NEEDS_STORES_NOTHING,
                                                       .self_size = sizeof(struct self),
                                                       .options = options,
                                                       .start = start,
                                                       CHANGE};
