/* daemon and check: start, stop, reload, refusals. The daemon runs in a child of this program, with
 * the worker of the build and the shipped rules and catalogue of the source tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/date.h"
#include "check.h"
#include "daemon.h"

#define PATIENCE_MS 30000

static char dir[64], conf[96], rules[96];
static const char *worker;

/* A daemon (or a check) in a child, and what it has said so far. */
struct child {
  pid_t pid;
  int said_fd;
  char said[65536];
  size_t len;
};

static void write_file(const char *path, const char *text) {
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs(text, f);
  assert_int_equal(fclose(f), 0);
}

static void write_conf(const char *more, const char *authority) {
  char text[2048];
  snprintf(text, sizeof(text),
           "[daemon]\ndata = %s/data\nlisten = ipc://%s/door\nshare = %s/rules\nworker = "
           "%s\n%s\n[authority 888]\n%s\n",
           dir, dir, SOURCE_ROOT, worker, more, authority);
  write_file(conf, text);
}

static int run_daemon(void) {
  return daemon_run(conf);
}

static int run_check(void) {
  return check_config(conf, true);
}

static struct child *start(int (*run)(void)) {
  static struct child children[2]; /* no heap: the child would be told of a leak */
  static unsigned turn;
  struct child *c = &children[turn++ % 2];
  int ends[2];
  *c = (struct child){0};
  fflush(stdout);
  assert_int_equal(pipe(ends), 0);
  c->pid = fork();
  assert_true(c->pid >= 0);
  if (c->pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(ends[1], STDERR_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    exit(run());
  }
  close(ends[1]);
  c->said_fd = ends[0];
  return c;
}

/* Reads on until `text` was said `times` times; false at the end or after too long. */
static bool hears(struct child *c, const char *text, int times) {
  for (;;) {
    int n = 0;
    for (const char *p = c->said; (p = strstr(p, text)) != NULL; p++)
      n++;
    if (n >= times)
      return true;
    struct pollfd wait = {.fd = c->said_fd, .events = POLLIN};
    if (c->len + 1 >= sizeof(c->said) || poll(&wait, 1, PATIENCE_MS) <= 0)
      return false;
    ssize_t got = read(c->said_fd, c->said + c->len, sizeof(c->said) - 1 - c->len);
    if (got <= 0)
      return false;
    c->len += (size_t)got;
  }
}

#define assert_hears(c, text, times)                                                               \
  do {                                                                                             \
    if (!hears(c, text, times))                                                                    \
      fail_msg("'%s' was not said; but:\n%s", text, (c)->said);                                    \
  } while (0)

/* Everything it says until its standard error is closed: by itself and by all of its children. Then
 * its exit status; one that does not end is killed, and its status says so. */
static int finish(struct child *c) {
  int status = 0, tries = PATIENCE_MS / 10;
  hears(c, "\xff never said", 1);

  pid_t ended = waitpid(c->pid, &status, WNOHANG);
  while (ended == 0 && tries-- > 0) {
    usleep(10000);
    ended = waitpid(c->pid, &status, WNOHANG);
  }
  if (ended == 0) {
    kill(c->pid, SIGKILL);
    ended = waitpid(c->pid, &status, 0);
  }

  assert_int_equal(ended, c->pid);
  close(c->said_fd);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void starts_and_stops(void **state) {
  (void)state;
  write_conf("", "");
  for (int round = 0; round < 2; round++) { /* the second on what the first left */
    struct child *c = start(run_daemon);
    assert_hears(c, "ready\n", 1);
    if (round == 0)
      assert_non_null(strstr(c->said, "new day day="));
    if (round == 1)
      assert_null(strstr(c->said, "new day day="));
    kill(c->pid, round == 0 ? SIGTERM : SIGINT);
    assert_int_equal(finish(c), EXIT_GOOD);
    assert_null(strstr(c->said, "left on the loop"));
  }
}

static void one_daemon_a_directory(void **state) {
  (void)state;
  write_conf("day = manual", "");
  struct child *first = start(run_daemon), *second;
  assert_hears(first, "ready\n", 1);
  assert_null(strstr(first->said, "new day day="));
  second = start(run_daemon);
  assert_int_equal(finish(second), EXIT_TEMPORARY);
  assert_non_null(strstr(second->said, "cannot open the data directory"));
  kill(first->pid, SIGTERM);
  assert_int_equal(finish(first), EXIT_GOOD);
}

/* As a shell without job control starts it in the background. */
static int run_ignoring(void) {
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  return run_daemon();
}

static void is_stopped_by_a_signal_that_was_ignored(void **state) {
  (void)state;
  write_conf("day = manual", "");
  struct child *c = start(run_ignoring);
  assert_hears(c, "ready\n", 1);
  kill(c->pid, SIGINT);
  assert_int_equal(finish(c), EXIT_GOOD);
}

static void a_stop_during_the_start(void **state) {
  (void)state;
  write_conf("", "");
  struct child *c = start(run_daemon);
  usleep(20000);
  kill(c->pid, SIGTERM);
  int status = finish(c);
  /* it may not have come as far as its handlers */
  if (status != 1000 + SIGTERM)
    assert_int_equal(status, EXIT_GOOD);
  assert_null(strstr(c->said, "left on the loop"));
}

static void faults_stop_the_start(void **state) {
  (void)state;
  write_conf("keep = never", "");
  struct child *c = start(run_daemon);
  assert_int_equal(finish(c), EXIT_FAULTS);
  assert_non_null(strstr(c->said, "'keep' is 'never'"));
  write_conf("worker = /elsewhere", "");
  c = start(run_check);
  assert_int_equal(finish(c), EXIT_FAULTS);
  assert_non_null(strstr(c->said, "'worker' is there twice"));
  char authority[128];
  write_file(rules, "this is not Lua\n");
  snprintf(authority, sizeof(authority), "rules = %s/own", dir);
  write_conf("", authority);
  c = start(run_daemon);
  assert_int_equal(finish(c), EXIT_FAULTS);
  assert_non_null(strstr(c->said, "not serving"));
}

static void a_check_says_what_it_found(void **state) {
  (void)state;
  char authority[128];
  snprintf(authority, sizeof(authority), "rules = %s/own", dir);
  write_file(rules, "-- nothing yet\n");
  write_conf("", authority);
  struct child *c = start(run_check);
  int status = finish(c);
  if (status != EXIT_GOOD)
    fail_msg("the shipped files do not pass:\n%s", c->said);
  assert_non_null(strstr(c->said, "{\"ok\":true,\"errors\":0"));
  assert_non_null(strstr(c->said, "\"checked\":[{\"authority\":\"888\",\"rules\":"));
  write_file(rules, "\n\nlocal x = = 1\n");
  c = start(run_check);
  assert_int_equal(finish(c), EXIT_FAULTS);
  assert_non_null(strstr(c->said, "{\"ok\":false,\"errors\":1"));
  assert_non_null(strstr(c->said, "own.lua:3:"));
}

static void a_reload_is_all_or_nothing(void **state) {
  (void)state;
  char authority[128];
  snprintf(authority, sizeof(authority), "rules = %s/own", dir);
  write_file(rules, "-- nothing yet\n");
  write_conf("day = manual\nlog = info", authority);
  struct child *c = start(run_daemon);
  assert_hears(c, "ready\n", 1);
  kill(c->pid, SIGHUP);
  assert_hears(c, "reloaded", 1);
  write_file(rules, "this is not Lua\n");
  kill(c->pid, SIGHUP);
  assert_hears(c, "reload refused; the last good rules and catalogue remain in force", 1);
  write_conf("day = clock\nlog = info", authority);
  kill(c->pid, SIGHUP);
  assert_hears(c, "[daemon]: 'day' was changed; only a restart", 1);
  assert_hears(c, "the last good configuration remains in force", 1);
  write_file(rules, "-- good again\n");
  write_conf("day = manual\nlog = info", authority);
  kill(c->pid, SIGHUP);
  assert_hears(c, "reloaded", 2);
  kill(c->pid, SIGTERM);
  assert_int_equal(finish(c), EXIT_GOOD);
}

static struct instant clock_at, clock_then; /* then: from the alarm on */
static bool disk_fails_then;

static void on_alarm(int number) {
  (void)number;
  clock_set_for_tests(&clock_then);
  if (disk_fails_then)
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, 0});
}

static int run_daemon_at(void) {
  clock_set_for_tests(&clock_at);
  signal(SIGXFSZ, SIG_IGN);
  signal(SIGALRM, on_alarm);
  return daemon_run(conf);
}

static struct instant instant_of(const char *text) {
  struct instant t;
  assert_true(instant_parse(text, strlen(text), &t));
  return t;
}

static struct child *start_at(const char *time, const char *then) {
  clock_at = instant_of(time);
  clock_then = then != NULL ? instant_of(then) : (struct instant){0};
  struct child *c = start(run_daemon_at);
  assert_hears(c, "ready\n", 1);
  if (then != NULL)
    kill(c->pid, SIGALRM);
  return c;
}

static void stop(struct child *c) {
  kill(c->pid, SIGTERM);
  assert_int_equal(finish(c), EXIT_GOOD);
}

static void the_day_follows_the_clock(void **state) {
  (void)state;
  write_conf("", "");
  struct child *c = start_at("2026-12-08T12:00:00Z", NULL);
  assert_non_null(strstr(c->said, "new day day=2026-12-08"));
  stop(c);
  c = start_at("2026-12-15T00:00:00Z", NULL); /* after a pause only the newest */
  stop(c);
  assert_non_null(strstr(c->said, "new day day=2026-12-15"));
  assert_null(strstr(strstr(c->said, "new day") + 1, "new day"));
  c = start_at("2026-12-14T12:00:00Z", NULL);
  assert_non_null(strstr(c->said, "the clock is behind the day; the day stays days=1"));
  stop(c);
  assert_null(strstr(c->said, "new day"));
  c = start_at("2026-12-31T23:59:59.7Z", "2027-01-01T00:00:00.1Z");
  assert_hears(c, "new day day=2027-01-01", 1);
  stop(c);
}

static void a_failing_disk_ends_it(void **state) {
  (void)state;
  write_conf("", "");
  disk_fails_then = true;
  struct child *c = start_at("2026-12-31T23:59:59.5Z", "2027-01-01T00:00:00.1Z");
  disk_fails_then = false;
  assert_int_equal(finish(c), EXIT_IO);
  assert_non_null(strstr(c->said, "the store cannot be trusted any more"));
  assert_null(strstr(c->said, "new day day=2027-01-01"));
  c = start_at("2026-12-31T12:00:00Z", NULL); /* nothing of the new day was kept */
  assert_null(strstr(c->said, "new day"));
  assert_null(strstr(c->said, "the clock is behind"));
  stop(c);
}

static int make_dir(void **state) {
  (void)state;
  strcpy(dir, "/tmp/needsd-test-daemon-XXXXXX");
  if (mkdtemp(dir) == NULL)
    return -1;
  snprintf(conf, sizeof(conf), "%s/conf", dir);
  snprintf(rules, sizeof(rules), "%s/own", dir);
  if (mkdir(rules, 0700) < 0)
    return -1;
  snprintf(rules, sizeof(rules), "%s/own/own.lua", dir);
  return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at) {
  (void)st, (void)kind, (void)at;
  return remove(path);
}

static int remove_dir(void **state) {
  (void)state;
  return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void) {
  worker = getenv("NEEDS_WORKER");
  if (worker == NULL)
    return 77; /* no worker was built: skipped */
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)
  const struct CMUnitTest tests[] = {
      TEST(starts_and_stops),           TEST(one_daemon_a_directory),
      TEST(a_stop_during_the_start),    TEST(is_stopped_by_a_signal_that_was_ignored),
      TEST(faults_stop_the_start),      TEST(a_check_says_what_it_found),
      TEST(a_reload_is_all_or_nothing), TEST(the_day_follows_the_clock),
      TEST(a_failing_disk_ends_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
