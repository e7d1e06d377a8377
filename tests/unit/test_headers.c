/* Both public headers in one file, as in a plugin that forwards to another daemon: no name of one
 * is a name of the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#undef fail /* a macro of cmocka, and what a plugin says that cannot go on */

#include "libneeds.h"
#include "needs_plugin.h"

struct forward {
  struct needs *link;
  struct needs_outbox *outbox;
  struct needs_follow *there; /* the client's */
  struct needs_feed *here;    /* the plugin's */
  const struct needs_host *host;
  struct needs_ctx *ctx;
  struct needs_watch *watch;
  unsigned judged, answered;
};

static void on_link(void *arg, unsigned events) {
  struct forward *f = arg;
  (void)events;
  needs_process(f->link);
}

static void on_judged(void *arg, const struct needs_verdict *faults) {
  struct forward *f = arg;
  f->judged += faults->status != NEEDS_REJECTED;
}

static int on_publication(void *arg, const struct needs_publication *p) {
  struct forward *f = arg;
  if (needs_push(f->outbox, p->json, p->len, NULL) < 0)
    return f->host->fail(f->ctx, "%s", needs_why(f->link));
  f->host->acknowledge(f->here, p->position);
  return 0;
}

static void on_reply(void *arg, enum needs_reply reply, const char *body, size_t len) {
  struct forward *f = arg;
  (void)body, (void)len;
  f->answered += reply == NEEDS_OK;
}

static void on_answer(void *arg, bool ok, const char *json, size_t len) {
  struct forward *f = arg;
  (void)json, (void)len;
  if (!ok)
    f->host->log(f->ctx, NEEDS_ERROR, "no answer");
}

static int start(void *self, const struct needs_host *host, struct needs_ctx *ctx) {
  struct forward *f = self;
  f->host = host;
  f->ctx = ctx;
  if (needs_open(&f->link, "ipc:///nowhere") < 0)
    return host->fail(ctx, "no link");
  f->watch = host->watch(ctx, needs_fd(f->link), NEEDS_READABLE, on_link, f);
  f->here = host->follow(
      ctx, &(struct needs_following){.size = sizeof(struct needs_following), .name = "forward"},
      on_publication, f);
  host->ask(ctx, "{}", 2, on_answer, f);
  return needs_ask(f->link, "ping", NULL, 0, on_reply, f);
}

/* --- */

static unsigned failed, acknowledged;

static int on_fail(struct needs_ctx *ctx, const char *fmt, ...) {
  (void)ctx, (void)fmt;
  failed++;
  return -1;
}

static void on_acknowledge(struct needs_feed *feed, uint64_t position) {
  (void)feed;
  acknowledged += position == 7;
}

static void test_both_headers_in_one_file(void **state) {
  struct needs_host host = {.size = sizeof host, .fail = on_fail, .acknowledge = on_acknowledge};
  struct needs_plugin plugin = {
      .size = sizeof plugin, .self_size = sizeof(struct forward), .start = start};
  struct needs_outbox_calls calls = {.judged = on_judged};
  struct needs_publication good = {.position = 7, .json = "{\"id\":\"1\"}", .len = 10},
                           empty = {.position = 8, .json = ""};
  struct forward f = {.host = &host};
  char dir[] = "/tmp/needs-headers-XXXXXX", path[64];
  (void)state;
  assert_non_null(plugin.start);
  assert_non_null(mkdtemp(dir));
  snprintf(path, sizeof path, "%s/outbox", dir);
  assert_int_equal(needs_open(&f.link, "ipc:///nowhere"), 0);
  assert_int_equal(needs_outbox_open(&f.outbox, f.link, path, &calls, &f), 0);
  assert_int_equal(on_publication(&f, &good), 0);
  assert_int_equal(on_publication(&f, &empty), -1);
  assert_int_equal(needs_outbox_waiting(f.outbox), 1);
  assert_int_equal(acknowledged, 1);
  assert_int_equal(failed, 1);
  needs_close(f.link);
  unlink(path);
  assert_int_equal(rmdir(dir), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_both_headers_in_one_file)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
