/* test_pool - the daemon's side of the workers, against a worker that misbehaves on request.
 *
 * The program is its own worker: started under the name fake-worker it speaks the exchange. The
 * rules blob of LOAD says how it loads, the facts blob of a job what it does with the job ("die:1",
 * "hang:1", "slow:300" ...), so each test reads as a list of misdeeds. What must hold in all of
 * them: every job gets exactly one outcome, its own, or the set was stopped and said why. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "rules/exchange.h"
#include "rules/pool.h"

static char dir[] = "/tmp/test-pool-XXXXXX", fake_path[PATH_MAX], mark_path[PATH_MAX];

/* --- the worker --- */

static struct progress *page;
static char *set_aside[8];
static uint32_t n_set_aside;

static void put_all(struct buf *b) {
  for (size_t at = 0; at < b->len;) {
    ssize_t n = write(EXCHANGE_FD, b->data + at, b->len - at);
    if (n <= 0)
      _exit(0);
    at += (size_t)n;
  }
  buf_finish(b);
}

static void get_all(void *to, size_t len) {
  for (size_t at = 0; at < len;) {
    ssize_t n = read(EXCHANGE_FD, (char *)to + at, len - at);
    if (n <= 0)
      _exit(0);
    at += (size_t)n;
  }
}

static unsigned char *get_frame(uint32_t *ret_len) {
  get_all(ret_len, 4);
  unsigned char *frame = mem_alloc(*ret_len);
  get_all(frame, *ret_len);
  return frame;
}

static void finish_frame(struct buf *b) {
  buf_set_u32(b, 0, (uint32_t)b->len - 4);
}

static void answer_often(uint32_t job, const char *text, uint32_t rule, int32_t day,
                         uint32_t times) {
  struct candidate c[8];
  struct outcome o = {.candidates = c, .n_candidates = times, .next_change_day = day};
  for (uint32_t i = 0; i < times; i++)
    c[i] = (struct candidate){.rule = rule,
                              .development = "unit.X",
                              .weeks = ABSENT,
                              .minutes = (int32_t)getpid(),
                              .text = text};
  struct buf b = {0}, blob = {0};
  outcome_encode(&o, &blob);
  buf_u32(&b, 0);
  buf_u8(&b, EXCHANGE_DONE);
  buf_u32(&b, job);
  buf_blob(&b, blob.data, blob.len);
  finish_frame(&b);
  put_all(&b);
  buf_finish(&blob);
}

static void answer(uint32_t job, const char *text, uint32_t rule, int32_t day) {
  answer_often(job, text, rule, day, 1);
}

/* True once in the life of the mark. */
static bool first_time(void) {
  int fd = open(mark_path, O_CREAT | O_EXCL | O_WRONLY, 0600);
  if (fd >= 0)
    close(fd);
  return fd >= 0;
}

static bool is_aside(uint32_t rule) {
  char name[16];
  snprintf(name, sizeof name, "rule-%u", rule);
  for (uint32_t i = 0; i < n_set_aside; i++)
    if (strcmp(set_aside[i], name) == 0)
      return true;
  return false;
}

static const char *look_around(void) {
  static char seen[120];
  int n = 0, null = 0;
  char target[64];
  for (int fd = 0; fd < 1024; fd++)
    n += fcntl(fd, F_GETFD) >= 0;
  for (int fd = 0; fd < 2; fd++) {
    snprintf(seen, sizeof seen, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(seen, target, sizeof target - 1);
    null += len == 9 && memcmp(target, "/dev/null", 9) == 0;
  }
  extern char **environ;
  snprintf(seen, sizeof seen, "fds=%d null=%d env=%d own-session=%d blocking=%d", n, null,
           environ[0] != NULL, getsid(0) == getpid(), !(fcntl(EXCHANGE_FD, F_GETFL) & O_NONBLOCK));
  return seen;
}

static void misbehave_frame(enum exchange_type type, uint32_t job, const char *blob) {
  struct buf b = {0};
  buf_u32(&b, 0);
  buf_u8(&b, type);
  buf_u32(&b, job);
  buf_blob(&b, blob, strlen(blob));
  finish_frame(&b);
  put_all(&b);
  pause();
}

static void deed(uint32_t job, const char *what, int32_t day) {
  uint32_t n = strchr(what, ':') ? (uint32_t)atoi(strchr(what, ':') + 1) : 0;
  size_t len = strcspn(what, ":");
#define IS(word) (len == strlen(word) && memcmp(what, word, len) == 0)
  page->rule = n;
  if (IS("die") && !is_aside(n))
    abort();
  if (IS("leave") && !is_aside(n))
    _exit(3);
  if (IS("die-once") && first_time())
    abort();
  if (IS("hang") && !is_aside(n))
    pause();
  if (IS("hang-once") && first_time())
    pause();
  if (IS("garbage")) {
    struct buf b = {0};
    for (int i = 0; i < 64; i++)
      buf_u32(&b, 0xdeadbeef);
    put_all(&b);
    pause();
  }
  if (IS("unknown-frame"))
    misbehave_frame(77, job, "");
  if (IS("late-loaded"))
    misbehave_frame(EXCHANGE_LOADED, job, "");
  if (IS("wrong-id"))
    misbehave_frame(EXCHANGE_DONE, job + 1, "");
  if (IS("bad-outcome"))
    misbehave_frame(EXCHANGE_DONE, job, "xyz");
  if (IS("close")) {
    close(EXCHANGE_FD);
    pause();
  }
  if (IS("wrong-rule"))
    answer(job, what, 3, day), pause();
  if (IS("answer-die")) {
    answer(job, what, 0, day);
    if (first_time())
      abort();
    return;
  }
  for (uint32_t ms = 0; IS("slow") && ms < n; ms++) {
    page->rule = ms;
    usleep(1000);
  }
  page->rule = EXCHANGE_NO_RULE;
  if (IS("big"))
    answer_often(job,
                 "two hundred bytes of reasons, so that what waits to be read is soon more than "
                 "one read takes, and then more, and then "
                 "some more still, which is what a rule with much to say about everybody in a "
                 "large school does",
                 0, day, 8);
  else
    answer(job, IS("look") ? look_around() : what, 0, day);
#undef IS
}

static void load_deed(const char *rules) {
  struct buf b = {0};
  bool faults = strcmp(rules, "faults") == 0 ||
                (strcmp(rules, "later-faults") == 0 && !first_time());
  if (strcmp(rules, "never") == 0)
    pause();
  if (strcmp(rules, "die") == 0)
    abort();
  if (strcmp(rules, "later-die") == 0 && !first_time())
    abort();
  buf_u32(&b, 0);
  buf_u8(&b, faults ? EXCHANGE_FAULTS : EXCHANGE_LOADED);
  buf_u32(&b, faults ? 2 : 3);
  if (faults)
    buf_str(&b, "10-x.lua:3: unknown name 'coachng'"),
        buf_str(&b, "10-x.lua:9: unknown role 'TSAS'");
  for (int i = 0; i < 3 && !faults; i++) {
    char name[16];
    snprintf(name, sizeof name, "rule-%d", i);
    const char *texts[] = {name, "about it", "guide-2010", "tests", "10-x.lua", "{}"};
    for (size_t k = 0; k < ARRAY_LEN(texts); k++)
      buf_str(&b, texts[k]);
    buf_i32(&b, 10 * i + 1);
    buf_u8(&b, i == 2);
  }
  if (!faults)
    buf_u32(&b, 1), buf_str(&b, "10-x.lua:3: this is doubtful"), buf_u8(&b, 0), buf_u8(&b, 0);
  finish_frame(&b);
  put_all(&b);
  if (faults)
    _exit(0);
}

static char *text_of(struct reader *r) {
  size_t len;
  const void *p = read_blob(r, &len);
  return mem_strndup(p ? p : "", len);
}

static _Noreturn void fake_main(char *self) {
  uint32_t len;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGABRT, SIG_DFL);
  snprintf(mark_path, sizeof mark_path, "%s/mark", dirname(self));
  page = mmap(NULL, EXCHANGE_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, EXCHANGE_PAGE_FD, 0);
  struct reader r = reader_of(get_frame(&len), len);
  r.end = r.p + len;
  read_u8(&r);
  char *rules = text_of(&r);
  text_of(&r);
  read_u8(&r);
  n_set_aside = read_u32(&r);
  for (uint32_t i = 0; i < n_set_aside && i < ARRAY_LEN(set_aside); i++)
    set_aside[i] = text_of(&r);
  load_deed(rules);
  for (;;) {
    unsigned char *frame = get_frame(&len);
    r = reader_of(frame + 1, len - 1);
    uint32_t job = read_u32(&r);
    int32_t day = read_i32(&r);
    read_u8(&r);
    char *what = text_of(&r);
    page->job = job;
    deed(job, what, day);
    page->done++;
    free(what);
    free(frame);
  }
}

/* --- the scene --- */

#define MAX_JOBS 2000
struct scene;
struct wanted {
  struct scene *scene;
  char what[32];
  int outcomes;
};
struct scene {
  uv_loop_t loop;
  uv_timer_t guard, chaos;
  struct pool *pool;
  struct ruleset *set;
  struct wanted jobs[MAX_JOBS];
  size_t n, answered;
  size_t close_at;  /* close the set inside this answer */
  size_t more;      /* ask for as many more from inside answers */
  unsigned busy_us; /* spent in each answer */
  int32_t pid;
  bool is_ready, close_when_ready, gone;
  char faults[400], aside[40], reason[300], last[200];
};

static void on_ready(void *arg, struct ruleset *s, const struct fault_list *faults) {
  struct scene *c = arg;
  assert_false(c->is_ready);
  c->is_ready = true;
  for (size_t i = 0; faults && i < faults->n; i++)
    strcat(strcat(c->faults, faults->lines[i].said), "\n");
  if (c->close_when_ready)
    ruleset_close(s), c->set = NULL;
}

static void on_aside(void *arg, struct ruleset *s, const char *rule, const char *reason) {
  struct scene *c = arg;
  (void)s;
  assert_string_equal(c->aside, "");
  snprintf(c->aside, sizeof c->aside, "%s", rule ? rule : "(none)");
  snprintf(c->reason, sizeof c->reason, "%s", reason);
}

static void ask(struct scene *c, const char *what);

static void on_outcome(void *arg, const struct outcome *o) {
  struct wanted *j = arg;
  struct scene *c = j->scene;
  size_t which = (size_t)(j - c->jobs);
  assert_non_null(c->set); /* no callback once closed */
  bool big = strcmp(j->what, "big") == 0;
  assert_int_equal(o->n_candidates, big ? 8 : 1);
  if (strcmp(j->what, "look") != 0 && !big)
    assert_string_equal(o->candidates[0].text, j->what);
  assert_int_equal(o->next_change_day, 100 + (int)which); /* its own outcome, not its neighbour's */
  assert_int_equal(++j->outcomes, 1);
  snprintf(c->last, sizeof c->last, "%s", o->candidates[0].text);
  c->pid = o->candidates[0].minutes;
  c->answered++;
  usleep(c->busy_us);
  if (c->more > 0)
    c->more--, ask(c, "ok");
  if (c->answered == c->close_at)
    ruleset_close(c->set), c->set = NULL;
}

static void ask(struct scene *c, const char *what) {
  struct wanted *j = &c->jobs[c->n++];
  struct buf facts = {0};
  j->scene = c;
  snprintf(j->what, sizeof j->what, "%s", what);
  buf_puts(&facts, what);
  ruleset_evaluate(c->set, &facts, 1, 99 + (int)c->n, false, on_outcome, j);
  buf_finish(&facts);
}

static void ask_many(struct scene *c, size_t n, const char *what) {
  while (n-- > 0)
    ask(c, what);
}

static void on_guard(uv_timer_t *t) {
  struct scene *c = t->data;
  fail_msg("nothing more happens: %zu of %zu answered, aside '%s', faults '%s'", c->answered, c->n,
           c->aside, c->faults);
}

static const struct ruleset_callbacks callbacks = {on_ready, on_aside};

static void set_open(struct scene *c, const char *how, const char *aside) {
  struct buf rules = {0}, catalogue = {0};
  buf_puts(&rules, how);
  c->is_ready = false;
  c->set = ruleset_open(c->pool, "888", &rules, &catalogue, false, &aside, aside != NULL, 10,
                        &callbacks, c);
  buf_finish(&rules);
}

static struct scene *scene_open(const char *how, struct pool_options o) {
  struct scene *c = mem_alloc(sizeof *c);
  unlink(mark_path);
  uv_loop_init(&c->loop);
  uv_timer_init(&c->loop, &c->guard);
  uv_timer_init(&c->loop, &c->chaos);
  c->guard.data = c->chaos.data = c;
  uv_timer_start(&c->guard, on_guard, 20000, 0);
  uv_unref((uv_handle_t *)&c->guard);
  if (!o.worker)
    o.worker = fake_path;
  c->pool = pool_create(&c->loop, &o);
  set_open(c, how, NULL);
  return c;
}

static bool settled(const struct scene *c) {
  return c->aside[0] || c->faults[0] || (c->is_ready && c->answered == c->n);
}

static void run(struct scene *c) {
  while (!settled(c))
    uv_run(&c->loop, UV_RUN_ONCE);
}

static void on_gone(void *arg) {
  ((struct scene *)arg)->gone = true;
}

/* Everything closes, nothing is left behind: no handle, no process, no zombie. */
static void scene_close(struct scene *c) {
  if (c->set)
    ruleset_close(c->set);
  c->set = NULL;
  pool_destroy(c->pool, on_gone, c);
  assert_false(c->gone);
  uv_close((uv_handle_t *)&c->chaos, NULL);
  while (!c->gone)
    uv_run(&c->loop, UV_RUN_ONCE);
  uv_close((uv_handle_t *)&c->guard, NULL);
  uv_run(&c->loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&c->loop), 0);
  assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
  assert_int_equal(errno, ECHILD);
  free(c);
}

static void all_answered(const struct scene *c) {
  assert_string_equal(c->faults, "");
  assert_string_equal(c->aside, "");
  for (size_t i = 0; i < c->n; i++)
    assert_int_equal(c->jobs[i].outcomes, 1);
}

static int number_in_health(const struct ruleset *s, const char *name) {
  struct buf b = {0};
  ruleset_health(s, &b);
  const char *at = strstr(buf_cstr(&b), name);
  int n = at ? atoi(at + strlen(name) + 2) : -1;
  buf_finish(&b);
  return n;
}

/* --- the tests --- */

static void each_job_gets_its_outcome(void **state) {
  (void)state;
  struct scene *c = scene_open("ok", (struct pool_options){.batch = 7});
  ask_many(c, 700, "ok");
  assert_int_equal(ruleset_backlog(c->set), 700);
  assert_false(c->is_ready); /* nothing comes from inside open */
  c->more = 100;
  run(c);
  all_answered(c);
  assert_int_equal(c->n, 800);
  assert_int_equal(ruleset_backlog(c->set), 0);
  assert_int_equal(number_in_health(c->set, "restarts"), 0);
  scene_close(c);
}

/* While an answer is worked on the worker gives the next ones, so that there is always more to be
 * read. */
static void a_quick_worker_does_not_keep_the_loop(void **state) {
  (void)state;
  size_t most = 0;
  struct scene *c = scene_open("ok", (struct pool_options){.batch = 200});
  c->busy_us = 200;
  ask_many(c, 600, "big");
  while (!settled(c)) {
    size_t before = c->answered;
    uv_run(&c->loop, UV_RUN_ONCE);
    if (c->answered - before > most)
      most = c->answered - before;
  }
  all_answered(c);
  assert_in_range(most, 1, 64); /* more than 1 KiB each, and one read is 64 KiB */
  scene_close(c);
}

static void rules_are_named_after_loading(void **state) {
  (void)state;
  struct scene *c = scene_open("ok", (struct pool_options){0});
  uint32_t n;
  run(c);
  const struct rule_info *rules = ruleset_rules(c->set, &n);
  assert_int_equal(n, 3);
  assert_string_equal(rules[2].name, "rule-2");
  assert_string_equal(rules[2].file, "10-x.lua");
  assert_int_equal(rules[2].line, 21);
  scene_close(c);
}

static void worker_sees_five_descriptors_and_no_environment(void **state) {
  (void)state;
  int leaked = dup(0); /* not marked close-on-exec */
  struct scene *c = scene_open("ok", (struct pool_options){0});
  ask(c, "look");
  run(c);
  assert_string_equal(c->last, "fds=5 null=2 env=0 own-session=1 blocking=1");
  scene_close(c);
  close(leaked);
}

static void break_in_a_batch_costs_nobody_an_outcome(void **state) {
  (void)state;
  static const char *const deeds[] = {"die-once", "hang-once:1", "answer-die"};
  for (size_t i = 0; i < ARRAY_LEN(deeds); i++) {
    struct scene *c = scene_open("ok", (struct pool_options){.deadline_ms = 250});
    ask_many(c, 20, "ok");
    ask(c, deeds[i]);
    ask_many(c, 100, "ok");
    run(c);
    all_answered(c);
    while (number_in_health(c->set, "restarts") == 0)
      uv_run(&c->loop, UV_RUN_ONCE);
    assert_int_equal(number_in_health(c->set, "rule-1"), -1); /* it passed alone: no strike */
    scene_close(c);
  }
}

static void rule_that_breaks_alone_is_set_aside(void **state) {
  (void)state;
  static const struct {
    const char *deed, *reason;
    int deadline_ms;
  } rows[] = {{"die:1", "signal 6", 5000},
              {"leave:1", "status 3", 5000},
              {"hang:1", "no progress for 250 ms", 250}};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct scene *c = scene_open("ok", (struct pool_options){.deadline_ms = rows[i].deadline_ms});
    ask_many(c, 10, "ok");
    ask(c, rows[i].deed);
    ask_many(c, 10, "ok");
    run(c);
    assert_string_equal(c->aside, "rule-1");
    assert_non_null(strstr(c->reason, "3 times"));
    assert_non_null(strstr(c->reason, rows[i].reason));
    assert_int_equal(c->answered, 10); /* those before it, and nothing after: the set has stopped */
    assert_int_equal(ruleset_backlog(c->set), 11);
    /* once in a batch, three times alone */
    assert_int_equal(number_in_health(c->set, "restarts"), 4);
    assert_int_equal(number_in_health(c->set, "rule-1"), 3);
    ruleset_close(c->set);
    c->aside[0] = 0;
    c->n = c->answered = 0;
    memset(c->jobs, 0, sizeof c->jobs);
    set_open(c, "ok", "rule-1");
    ask_many(c, 10, "ok");
    ask(c, rows[i].deed);
    run(c);
    all_answered(c);
    scene_close(c);
  }
}

static void nonsense_is_a_break_and_never_an_outcome(void **state) {
  (void)state;
  static const struct {
    const char *deed, *reason;
  } rows[] = {{"garbage", "3735928559 bytes"},
              {"unknown-frame", "unknown kind"},
              {"late-loaded", "unknown kind"},
              {"wrong-id", "was not asked"},
              {"bad-outcome", "no sense"},
              {"wrong-rule", "no sense"},
              {"close", "signal 9"}};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct scene *c = scene_open("ok", (struct pool_options){.strikes = 2});
    ask(c, "ok");
    ask(c, rows[i].deed);
    ask(c, "ok");
    run(c);
    assert_string_equal(c->aside, "rule-0");
    if (!strstr(c->reason, rows[i].reason))
      fail_msg("%s: %s", rows[i].deed, c->reason);
    assert_int_equal(c->jobs[0].outcomes, 1);
    assert_int_equal(c->jobs[1].outcomes + c->jobs[2].outcomes, 0);
    scene_close(c);
  }
}

static void break_outside_any_rule_names_none(void **state) {
  (void)state;
  struct scene *c = scene_open("ok", (struct pool_options){.strikes = 2});
  ask(c, "die:99"); /* a rule that there is not */
  run(c);
  assert_string_equal(c->aside, "(none)");
  scene_close(c);
}

static void slow_is_not_late_while_it_moves(void **state) {
  (void)state;
  struct scene *c = scene_open("ok", (struct pool_options){.deadline_ms = 250});
  ask(c, "slow:700");
  ask(c, "slow:200");
  run(c);
  all_answered(c);
  assert_int_equal(number_in_health(c->set, "restarts"), 0);
  scene_close(c);
}

/* The loop itself may be held up for longer than the deadline; that is not the worker's fault. */
static void busy_loop_does_not_kill(void **state) {
  (void)state;
  struct scene *c = scene_open("ok", (struct pool_options){.deadline_ms = 250});
  ask(c, "ok");
  run(c);
  for (int i = 0; i < 3; i++) {
    ask(c, "slow:50");
    uv_run(&c->loop, UV_RUN_NOWAIT);
    usleep(600000);
    ask(c, "ok");
    run(c);
  }
  all_answered(c);
  assert_int_equal(number_in_health(c->set, "restarts"), 0);
  scene_close(c);
}

static void loading_that_fails_says_why(void **state) {
  (void)state;
  static const struct {
    const char *how, *worker, *says;
  } rows[] = {
      {"faults", NULL, "10-x.lua:3: unknown name 'coachng'\n10-x.lua:9: unknown role 'TSAS'\n"},
      {"never", NULL, "took too long to load: more than 150 ms"},
      {"die", NULL, "could not be loaded: their worker was ended by signal 6"},
      {"ok", "/nonexistent/needs-rules",
       "/nonexistent/needs-rules could not be started: no such file"}};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct scene *c = scene_open(rows[i].how,
                                 (struct pool_options){.load_ms = 150, .worker = rows[i].worker});
    ask(c, "ok");
    run(c);
    if (!strstr(c->faults, rows[i].says))
      fail_msg("%s: %s", rows[i].how, c->faults);
    assert_true(c->is_ready);
    assert_int_equal(c->answered, 0);
    scene_close(c);
  }
}

static void too_much_to_load_is_refused(void **state) {
  (void)state;
  char *much = mem_alloc(EXCHANGE_MAX + 1);
  memset(much, 'x', EXCHANGE_MAX);
  struct scene *c = scene_open(much, (struct pool_options){0});
  run(c);
  assert_non_null(strstr(c->faults, "larger than 8 MiB"));
  scene_close(c);
  free(much);
}

static void loading_that_fails_later_is_set_aside_without_a_rule(void **state) {
  (void)state;
  static const char *const hows[] = {"later-die", "later-faults"};
  for (size_t i = 0; i < ARRAY_LEN(hows); i++) {
    struct scene *c = scene_open(hows[i], (struct pool_options){0});
    ask(c, "die:1");
    run(c);
    assert_string_equal(c->aside, "(none)");
    assert_non_null(strstr(c->reason, "loaded before"));
    assert_int_equal(c->answered, 0);
    scene_close(c);
  }
}

static void nothing_comes_after_close(void **state) {
  (void)state;
  struct scene *c = scene_open("ok", (struct pool_options){0});
  ask_many(c, 200, "ok");
  c->close_at = 50; /* from inside an answer, with jobs waiting and with the worker */
  while (c->set)
    uv_run(&c->loop, UV_RUN_ONCE);
  for (int i = 0; i < 20; i++)
    uv_run(&c->loop, UV_RUN_NOWAIT);
  assert_int_equal(c->answered, 50);
  scene_close(c);
}

static void closing_early_is_clean(void **state) {
  (void)state;
  struct scene *c = scene_open("ok", (struct pool_options){0});
  scene_close(c); /* before its worker was started */
  c = scene_open("ok", (struct pool_options){0});
  c->close_when_ready = true;
  while (!c->is_ready)
    uv_run(&c->loop, UV_RUN_ONCE);
  scene_close(c);
  c = scene_open("ok", (struct pool_options){0});
  ask(c, "hang");
  ask(c, "ok");
  for (int i = 0; i < 10; i++)
    uv_run(&c->loop, UV_RUN_ONCE);
  c->set = NULL;
  scene_close(c); /* the pool ends sets that are still open */
}

static void on_chaos(uv_timer_t *t) {
  struct scene *c = t->data;
  if (c->pid && kill(c->pid, SIGKILL) == 0)
    c->pid = 0;
}

static void kills_from_outside_cost_nobody_an_outcome(void **state) {
  (void)state;
  struct scene *c = scene_open("ok", (struct pool_options){.strikes = 1000});
  ask_many(c, 500, "slow:1");
  uv_timer_start(&c->chaos, on_chaos, 20, 37);
  run(c);
  all_answered(c);
  assert_true(number_in_health(c->set, "restarts") > 5);
  scene_close(c);
}

static void sets_do_not_wait_for_each_other(void **state) {
  (void)state;
  struct scene *c = scene_open("ok", (struct pool_options){.deadline_ms = 5000});
  struct ruleset *hanging = c->set;
  ask(c, "hang");
  c->n = 0;
  /* one after the other: two may be ready in one turn of the loop */
  while (!c->is_ready)
    uv_run(&c->loop, UV_RUN_ONCE);
  c->is_ready = false;
  set_open(c, "ok", NULL);
  while (!c->is_ready)
    uv_run(&c->loop, UV_RUN_ONCE);
  c->n = 1; /* the first slot is the hanging one's */
  c->answered = 1;
  ask_many(c, 100, "ok");
  run(c);
  assert_int_equal(ruleset_backlog(hanging), 1);
  assert_int_equal(c->answered, 101);
  ruleset_close(hanging);
  scene_close(c);
}

int main(int argc, char **argv) {
  (void)argc;
  if (strcmp(basename(argv[0]), "fake-worker") == 0)
    fake_main(argv[0]);
  char self[PATH_MAX];
  ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
  if (len <= 0 || !mkdtemp(dir))
    return 1;
  self[len] = 0;
  snprintf(fake_path, sizeof fake_path, "%s/fake-worker", dir);
  snprintf(mark_path, sizeof mark_path, "%s/mark", dir);
  if (symlink(self, fake_path) < 0)
    return 1;
  log_set_level(LOG_ERROR);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_job_gets_its_outcome),
      cmocka_unit_test(a_quick_worker_does_not_keep_the_loop),
      cmocka_unit_test(rules_are_named_after_loading),
      cmocka_unit_test(worker_sees_five_descriptors_and_no_environment),
      cmocka_unit_test(break_in_a_batch_costs_nobody_an_outcome),
      cmocka_unit_test(rule_that_breaks_alone_is_set_aside),
      cmocka_unit_test(nonsense_is_a_break_and_never_an_outcome),
      cmocka_unit_test(break_outside_any_rule_names_none),
      cmocka_unit_test(slow_is_not_late_while_it_moves),
      cmocka_unit_test(busy_loop_does_not_kill),
      cmocka_unit_test(loading_that_fails_says_why),
      cmocka_unit_test(too_much_to_load_is_refused),
      cmocka_unit_test(loading_that_fails_later_is_set_aside_without_a_rule),
      cmocka_unit_test(nothing_comes_after_close),
      cmocka_unit_test(closing_early_is_clean),
      cmocka_unit_test(kills_from_outside_cost_nobody_an_outcome),
      cmocka_unit_test(sets_do_not_wait_for_each_other),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  unlink(mark_path);
  unlink(fake_path);
  rmdir(dir);
  return failed;
}
