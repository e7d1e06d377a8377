/* needs_plugin.h - the whole contract between needsd and a plugin. A plugin includes this, links to
 * nothing of ours, and exports one object:
 *
 *   NEEDS_EXPORT const struct needs_plugin needs_plugin = {
 *       .abi = 0, .size = sizeof needs_plugin, .name = "heartbeat", .version = "1", .help = "...",
 *       .personal_data = NEEDS_STORES_NOTHING, .self_size = sizeof(struct heartbeat), .options =
 * rows, .start = start, .stop = stop};
 *
 * Everything happens on the daemon's one thread: a callback that waits, stops everybody. Give work
 * to a thread of your own and come back through a descriptor (watch). Text is UTF-8. What a
 * callback is lent is good until it returns. A plugin has the daemon's trust and rights: it is code
 * of the installation, not of a user. docs/plugins.md is the tutorial. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEEDS_EXPORT __attribute__((visibility("default")))
#define NEEDS_PRINTF(text, args) __attribute__((format(printf, text, args)))

struct needs_host; /* what a plugin may call; below */
struct needs_ctx;  /* the host's record of this plugin: the first argument of most calls */
struct needs_feed; /* what the plugin holds; all are taken back when it stops */
struct needs_timer;
struct needs_watch;

/* --- options: the rows of [plugin NAME] in the configuration --- */

enum {
  NEEDS_TEXT = 1 /* const char * */,
  NEEDS_PATH /* const char *, absolute */,
  NEEDS_INT /* int32_t in min..max */,
  NEEDS_WORD /* int32_t, index in words */
};
struct needs_option {
  /* a-z 0-9 _; NULL ends the rows. `path` is the host's own: where the plugin's file is */
  const char *name;
  uint32_t type;
  uint32_t required; /* 1: the configuration must give it */
  /* of the member in self; the host fills it before start, and frees the text after stop */
  size_t offset;
  const char *fallback;     /* as it would be written; NULL: absent stays NULL or 0 */
  int32_t min, max;         /* NEEDS_INT */
  const char *const *words; /* NEEDS_WORD; NULL-terminated, such as {"no", "yes", NULL} */
  const char *help;         /* one sentence without its full stop */
};

/* --- personal data --- */

enum {
  NEEDS_STORES_NOTHING = 1, /* nothing about a person outlives the plugin's run */
  NEEDS_STORES_PEOPLE = 2,  /* it does: export_person and erase_person are there */
};
struct needs_person {
  const char *authority, *school, *person;
};
typedef void needs_write(void *arg, const char *json, size_t len); /* one JSON value */

/* --- the plugin --- */

struct needs_plugin {
  /* 0: unstable. Write the number, not a macro: it says what you wrote against, not what you
   * compile with */
  uint32_t abi;
  /* sizeof needs_plugin. Smaller than the daemon's: an older plugin, what is missing is NULL.
   * Larger: refused */
  uint32_t size;
  const char *name; /* as in [plugin NAME]: a-z 0-9 -, at most 32 */
  const char *version;
  const char *help;       /* one sentence: what it is for */
  uint32_t personal_data; /* NEEDS_STORES_...; saying nothing is refused */
  uint32_t reserved;      /* 0 */
  /* the host allocates and zeroes self, and fills in the options; 1 byte to 1 MiB */
  size_t self_size;
  const struct needs_option *options; /* NULL: none */
  /* 0, or negative after host->fail(ctx, why): then the daemon does not start. Nothing is called
   * before it returns. A negative errno that says that it may succeed later, such as -EADDRINUSE or
   * -EMFILE, has the supervisor try again. */
  int (*start)(void *self, const struct needs_host *host, struct needs_ctx *ctx);
  /* What the plugin held (follows, timers, watches, answers to come) is taken back already and
   * nothing will be called any more. Their handles are gone: only log may still be called. Also
   * after a start that failed. May be NULL. */
  void (*stop)(void *self);
  /* What is stored of a person, as JSON values given to `write`; none if nothing. 0 or a negative
   * errno. */
  int (*export_person)(void *self, const struct needs_person *who, needs_write *write, void *arg);
  /* 0: nothing of the person is stored any more. Negative: not yet; it is called again, until it is
   * 0. Calling again is harmless.
   */
  int (*erase_person)(void *self, const struct needs_person *who);
};

/* --- publications --- */

struct needs_publication {
  uint64_t position;  /* names it, for acknowledge */
  const char *cursor; /* the same place, as clients receive it */
  const char *authority, *school, *person /* NULL: about nobody */,
      *type /* needs.recommendation.issued.v1 */, *audience;
  /* the CloudEvent; of type needs.publication.erased.v1 where an erasure blanked it */
  const char *json;
  size_t len;
};
/* Return 0. Negative: the follow is ended, and the plugin failed. */
typedef int needs_deliver(void *arg, const struct needs_publication *p);

struct needs_following {
  /* sizeof(struct needs_following); any that the daemon does not know is refused */
  uint32_t size;
  /* at most so many are delivered and not acknowledged; 0, or above max_credit of [daemon]: that */
  uint32_t window;
  /* durable: the place last acknowledged is kept under it, for this plugin; NULL: not kept */
  const char *name;
  const char *const *topics; /* as in the protocol; NULL-terminated; NULL = everything */
  /* "start", "standing", "now" (when NULL) or a cursor: where a name without a place begins */
  const char *since;
};

/* --- metrics --- */

struct needs_sample {
  const char *suffix; /* "" or "_bucket", "_sum", "_count" */
  const char *labels; /* as between the braces: reason="lease",le="0.5"; "" for none */
  double value;
};
struct needs_metric {
  const char *name, *help, *type; /* counter, gauge, histogram */
  const struct needs_sample *samples;
  size_t n;
};

/* --- what a plugin may call --- */

enum {
  NEEDS_ERROR,
  NEEDS_WARN,
  NEEDS_INFO,
  NEEDS_DEBUG
};
enum {
  NEEDS_READABLE = 1,
  NEEDS_WRITABLE = 2,
  NEEDS_HANGUP = 4
};

/* As the door answers: ok with an object, or not ok with the list of faults. From the loop, once,
 * never within the call itself; not at all when the plugin is stopped before or the disk fails
 * under a submission. */
typedef void needs_done(void *arg, bool ok, const char *json, size_t len);

struct needs_host {
  uint32_t size; /* grows at the end: a plugin that uses a later member checks that it is within */
  uint32_t abi;
  const char *version; /* the daemon's */

  /* One line in the daemon's log, with the plugin's name; more than 20 at once and 2 a second are
   * counted, not written. No personal data. */
  void (*log)(struct needs_ctx *ctx, int level, const char *fmt, ...) NEEDS_PRINTF(3, 4);
  /* The plugin cannot go on, and why. It is stopped after the callback that says so returns; the
   * daemon goes on. Gives -1, for `return host->fail(...)`. */
  int (*fail)(struct needs_ctx *ctx, const char *fmt, ...) NEEDS_PRINTF(2, 3);

  /* One event or an array of them, as the verb push takes it: same checks, same answer, when it is
   * on disk. */
  void (*submit)(struct needs_ctx *ctx, const char *json, size_t len, needs_done *done, void *arg);
  /* A question, as the verb ask takes it. */
  void (*ask)(struct needs_ctx *ctx, const char *json, size_t len, needs_done *done, void *arg);

  /* Publications, in order. NULL after saying why in the log (wrong topic, wrong cursor, name in
   * use here). Delivery begins after the call. */
  struct needs_feed *(*follow)(struct needs_ctx *ctx, const struct needs_following *what,
                               needs_deliver *deliver, void *arg);
  /* Everything up to this position has had its effect: makes room in the window and, for a name, is
   * kept. What was delivered and not acknowledged comes again after a restart. */
  void (*acknowledge)(struct needs_feed *f, uint64_t position);
  void (*unfollow)(struct needs_feed *f);

  /* Fires after `after_ms`, and then every `every_ms` if that is not 0. It is yours until
   * timer_stop; timer_again sets it again.
   */
  struct needs_timer *(*timer_start)(struct needs_ctx *ctx, uint64_t after_ms, uint64_t every_ms,
                                     void (*fired)(void *arg), void *arg);
  void (*timer_again)(struct needs_timer *t, uint64_t after_ms, uint64_t every_ms);
  void (*timer_stop)(struct needs_timer *t);

  /* The descriptor stays the plugin's, and is made non-blocking: unwatch, then close. Once a
   * descriptor. NULL after saying why in the log. */
  struct needs_watch *(*watch)(struct needs_ctx *ctx, int fd, unsigned events,
                               void (*ready)(void *arg, unsigned events), void *arg);
  void (*watch_again)(struct needs_watch *w, unsigned events); /* other events from now on */
  void (*unwatch)(struct needs_watch *w);

  /* Every metric of the daemon, one call each, before it returns. */
  void (*metrics)(struct needs_ctx *ctx, void (*each)(void *arg, const struct needs_metric *m),
                  void *arg);
};
