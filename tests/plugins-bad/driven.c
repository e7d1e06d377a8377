/* driven - a plugin that does as a test tells it: a line of a FIFO is a command, a line of a file
 * is what came of it.
 *
 *   submit FILE | ask FILE | follow NAME SINCE WINDOW [TOPIC] | unfollow | hold | ack N | release |
 * again | timer MS EVERY | untimer fail WORDS | log N | metrics | leave, rejoin (at the next
 * publication: ends the follow; begins it anew as `mine`) | oneshot | misfollow SIZE | doom WHERE
 * (fails there, and stops and begins everything that it can)
 *
 * It says that it stores people, and what it stores is what it was told to: so that export and
 * erasure can be seen. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "needs_plugin.h"

struct driven {
  const char *commands, *out, *name; /* options */
  int32_t stubborn;                  /* so many times erase_person says not yet */
  const struct needs_host *host;
  struct needs_ctx *ctx;
  struct needs_watch *watch;
  struct needs_feed *follow;
  struct needs_timer *timer;
  int in, to;
  int held, fired, metrics, leaving, rejoining;
  uint64_t newest, held_at[64];
  char doom[16];
  char line[4096];
  size_t n;
};

static const struct needs_option options[] = {{.name = "commands",
                                               .type = NEEDS_PATH,
                                               .required = 1,
                                               .offset = offsetof(struct driven, commands),
                                               .help = "The FIFO"},
                                              {.name = "out",
                                               .type = NEEDS_PATH,
                                               .required = 1,
                                               .offset = offsetof(struct driven, out),
                                               .help = "The file"},
                                              {.name = "name",
                                               .type = NEEDS_TEXT,
                                               .offset = offsetof(struct driven, name),
                                               .help = "A follow to begin with"},
                                              {.name = "stubborn",
                                               .type = NEEDS_INT,
                                               .offset = offsetof(struct driven, stubborn),
                                               .fallback = "0",
                                               .max = 9,
                                               .help = "How often it is not yet"},
                                              {0}};

/* In one write: a kill leaves whole lines. */
NEEDS_PRINTF(2, 3) static void say(struct driven *d, const char *fmt, ...) {
  char *text = NULL;
  va_list args;
  va_start(args, fmt);
  int n = vasprintf(&text, fmt, args);
  va_end(args);
  if (n < 0)
    return;
  text[n] = '\n'; /* in place of the zero */
  if (write(d->to, text, (size_t)n + 1) != n + 1)
    d->host->fail(d->ctx, "cannot write: %s", strerror(errno));
  free(text);
}

static int on_publication(void *arg, const struct needs_publication *p);
static void on_commands(void *arg, unsigned events);
static void on_answer(void *arg, bool ok, const char *json, size_t len);
static void on_timer(void *arg);

/* The last thing that it does: whatever it holds it lets go, and it reaches for more, which it is
 * not given. */
static bool doomed(struct driven *d, const char *where) {
  static const char question[] = "{\"question\":\"questions\"}";
  const struct needs_host *host = d->host;
  struct needs_following what = {.size = sizeof what, .name = "late"};
  if (strcmp(d->doom, where) != 0)
    return false;
  host->fail(d->ctx, "doomed in %s", where);
  if (d->timer != NULL)
    host->timer_again(d->timer, 0, 1);
  host->timer_stop(d->timer);
  host->unwatch(d->watch);
  if (d->follow != NULL)
    host->acknowledge(d->follow, d->newest);
  if (d->follow != NULL)
    host->unfollow(d->follow);
  host->submit(d->ctx, "[]", 2, on_answer, d);
  host->ask(d->ctx, question, strlen(question), on_answer, d);
  bool more = host->follow(d->ctx, &what, on_publication, d) != NULL ||
              host->timer_start(d->ctx, 0, 1, on_timer, d) != NULL ||
              host->watch(d->ctx, d->in, NEEDS_READABLE, on_commands, d) != NULL;
  say(d, "{\"doomed\":\"%s\",\"more\":%s}", where, more ? "true" : "false");
  return true;
}

static void on_answer(void *arg, bool ok, const char *json, size_t len) {
  if (doomed(arg, "answer"))
    return;
  say(arg, "{\"answer\":%.*s,\"ok\":%s}", (int)len, json, ok ? "true" : "false");
}

static void follow(struct driven *d, const char *name, const char *since, uint32_t window,
                   const char *topic);

static int on_publication(void *arg, const struct needs_publication *p) {
  struct driven *d = arg;
  d->newest = p->position;
  if (doomed(d, "deliver"))
    return p->len > 0 ? -EIO : 0; /* p stays readable */
  if (d->leaving)
    d->host->unfollow(d->follow), d->leaving = 0;
  if (d->rejoining) {
    d->rejoining = 0;
    d->host->unfollow(d->follow);
    follow(d, "mine", "start", 0, NULL);
    return 0;
  }
  if (d->held)
    d->held_at[d->held++ % 64] = p->position; /* from index 1 */
  if (!d->held)
    d->host->acknowledge(d->follow, p->position); /* p stays readable */
  say(d,
      "{\"publication\":%.*s,\"position\":%llu,\"cursor\":\"%s\",\"about\":\"%s/%s/"
      "%s\",\"type\":\"%s\"}",
      (int)p->len, p->json, (unsigned long long)p->position, p->cursor, p->authority, p->school,
      p->person != NULL ? p->person : "-", p->type);
  return 0;
}

static void on_timer(void *arg) {
  struct driven *d = arg;
  if (doomed(d, "timer"))
    return;
  say(d, "{\"fired\":%d}", ++d->fired);
}

static void on_shot(void *arg) {
  struct driven *d = arg;
  d->host->timer_stop(d->timer);
  d->timer = NULL;
  say(d, "{\"shot\":true}");
}

static void on_metric(void *arg, const struct needs_metric *m) {
  struct driven *d = arg;
  (void)m;
  if (doomed(d, "metric"))
    d->doom[0] = '\0';
  d->metrics++;
}

static char *read_all(const char *path, size_t *ret_n) {
  FILE *f = fopen(path, "r");
  char *text = NULL;
  size_t cap = 0;
  *ret_n = 0;
  if (f == NULL)
    return NULL;
  ssize_t n = getdelim(&text, &cap, '\0', f);
  fclose(f);
  *ret_n = n > 0 ? (size_t)n : 0;
  return text;
}

static void send_file(struct driven *d, const char *path,
                      void (*how)(struct needs_ctx *, const char *, size_t, needs_done *, void *)) {
  size_t n;
  char *text = read_all(path, &n);
  how(d->ctx, text, n, on_answer, d);
  say(d, "{\"asked\":true}"); /* before the answer: it never comes within the call */
  free(text);
}

static void follow(struct driven *d, const char *name, const char *since, uint32_t window,
                   const char *topic) {
  const char *topics[] = {topic, NULL};
  struct needs_following what = {.size = sizeof what,
                                 .window = window,
                                 .name = strcmp(name, "-") == 0 ? NULL : name,
                                 .topics = topic != NULL && *topic != '\0' ? topics : NULL,
                                 .since = since};
  struct needs_feed *f = d->host->follow(d->ctx, &what, on_publication, d);
  if (f != NULL)
    d->follow = f;
  say(d, "{\"follows\":%s}", f != NULL ? "true" : "false");
}

static void misfollow(struct driven *d, uint32_t size) {
  struct needs_following what = {.size = size, .name = "wrong"};
  say(d, "{\"follows\":%s}",
      d->host->follow(d->ctx, &what, on_publication, d) != NULL ? "true" : "false");
}

static void obey(struct driven *d, char *line) {
  char word[32] = "", a[1024] = "", b[1024] = "", topic[1024] = "";
  unsigned window = 0;
  sscanf(line, "%31s %1023s %1023s %u %1023s", word, a, b, &window, topic);
  if (strcmp(word, "submit") == 0)
    send_file(d, a, d->host->submit);
  if (strcmp(word, "ask") == 0)
    send_file(d, a, d->host->ask);
  if (strcmp(word, "follow") == 0)
    follow(d, a, b, window, topic);
  if (strcmp(word, "unfollow") == 0)
    d->host->unfollow(d->follow);
  if (strcmp(word, "hold") == 0)
    d->held = 1;
  if (strcmp(word, "ack") == 0)
    d->host->acknowledge(d->follow, d->held_at[atoi(a) % 64]);
  if (strcmp(word, "release") == 0)
    d->held = 0, d->host->acknowledge(d->follow, d->newest);
  if (strcmp(word, "timer") == 0)
    d->timer = d->host->timer_start(d->ctx, strtoull(a, NULL, 10), strtoull(b, NULL, 10), on_timer,
                                    d);
  if (strcmp(word, "again") == 0)
    d->host->timer_again(d->timer, strtoull(a, NULL, 10), 0);
  if (strcmp(word, "untimer") == 0)
    d->host->timer_stop(d->timer);
  if (strcmp(word, "oneshot") == 0)
    d->timer = d->host->timer_start(d->ctx, 0, 1, on_shot, d);
  if (strcmp(word, "leave") == 0)
    d->leaving = 1;
  if (strcmp(word, "doom") == 0) {
    snprintf(d->doom, sizeof d->doom, "%.15s", a);
    say(d, "{\"doom\":\"%s\"}", d->doom);
  }
  if (strcmp(word, "rejoin") == 0)
    d->rejoining = 1;
  if (strcmp(word, "misfollow") == 0)
    misfollow(d, (uint32_t)atoi(a));
  if (strcmp(word, "fail") == 0)
    d->host->fail(d->ctx, "as told: %s", a);
  if (strcmp(word, "log") == 0)
    for (int i = 0; i < atoi(a); i++)
      d->host->log(d->ctx, NEEDS_INFO, "line %d", i);
  if (strcmp(word, "metrics") == 0) {
    d->host->metrics(d->ctx, on_metric, d);
    say(d, "{\"metrics\":%d}", d->metrics);
  }
}

static void on_commands(void *arg, unsigned events) {
  struct driven *d = arg;
  char *end;
  (void)events;
  if (doomed(d, "watch"))
    return;
  ssize_t n = read(d->in, d->line + d->n, sizeof d->line - d->n);
  if (n > 0)
    d->n += (size_t)n;
  while ((end = memchr(d->line, '\n', d->n)) != NULL) {
    *end = '\0';
    obey(d, d->line);
    d->n -= (size_t)(end + 1 - d->line);
    memmove(d->line, end + 1, d->n);
  }
}

static int start(void *self, const struct needs_host *host, struct needs_ctx *ctx) {
  struct driven *d = self;
  d->host = host;
  d->ctx = ctx;
  d->in = open(d->commands, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  d->to = open(d->out, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (d->in < 0 || d->to < 0)
    return host->fail(ctx, "cannot open the files: %s", strerror(errno));
  d->watch = host->watch(ctx, d->in, NEEDS_READABLE, on_commands, d);
  if (host->watch(ctx, d->in, NEEDS_READABLE, on_commands, d) != NULL)
    return host->fail(ctx, "a descriptor was taken twice");
  if (d->name != NULL)
    follow(d, d->name, "start", 0, NULL);
  return d->watch != NULL ? 0 : host->fail(ctx, "cannot watch the commands");
}

static void stop(void *self) {
  struct driven *d = self;
  if (d->to > 0)
    say(d, "{\"stopped\":true}");
  if (d->in > 0)
    close(d->in);
  if (d->to > 0)
    close(d->to);
}

static int export_person(void *self, const struct needs_person *who, needs_write *write,
                         void *arg) {
  struct driven *d = self;
  char json[64];
  if (doomed(d, "export"))
    return 0;
  write(arg, json, (size_t)snprintf(json, sizeof json, "{\"stubborn\":%d}", d->stubborn));
  write(arg, "\"second\"", strlen("\"second\""));
  if (who->person[0] == 'q') { /* asks while it is asked */
    d->host->ask(d->ctx, "{\"question\":\"questions\"}", strlen("{\"question\":\"questions\"}"),
                 on_answer, d);
    write(arg, json,
          (size_t)snprintf(json, sizeof json, "\"%s/%s/%s\"", who->authority, who->school,
                           who->person));
  }
  if (who->person[0] == 'b')
    write(arg, "{\"broken", strlen("{\"broken"));
  return who->person[0] == 'x' ? -EIO : 0;
}

static int erase_person(void *self, const struct needs_person *who) {
  struct driven *d = self;
  if (doomed(d, "erase"))
    return 0;
  say(d, "{\"erase\":\"%s/%s/%s\",\"left\":%d}", who->authority, who->school, who->person,
      d->stubborn);
  return d->stubborn-- > 0 ? -EAGAIN : 0;
}

NEEDS_EXPORT const struct needs_plugin needs_plugin = {.abi = 0,
                                                       .size = sizeof needs_plugin,
                                                       .name = "driven",
                                                       .version = "1",
                                                       .help = "Does as a test tells it",
                                                       .personal_data = NEEDS_STORES_PEOPLE,
                                                       .self_size = sizeof(struct driven),
                                                       .options = options,
                                                       .start = start,
                                                       .stop = stop,
                                                       .export_person = export_person,
                                                       .erase_person = erase_person};
