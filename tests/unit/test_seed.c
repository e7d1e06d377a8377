/* test_seed - the automatic routing ids of libzmq are guessable unless rand() is seeded. The daemon
 * seeds it once, from the system's random numbers, before libzmq is first called. This program's
 * srand and zmq_ctx_new come before the libraries'. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "daemon.h"

/* What a daemon in a child of this program did, for its parent to see. */
static struct seen { unsigned seed, seeded, contexts, contexts_before_the_seed; } * seen;

static char dir[64], conf[96];

void srand(unsigned seed) {
  seen->seed = seed;
  seen->seeded++;
}

void *zmq_ctx_new(void) {
  void *(*make)(void) = NULL;
  *(void **)&make = dlsym(RTLD_NEXT, "zmq_ctx_new");

  seen->contexts++;
  if (seen->seeded == 0)
    seen->contexts_before_the_seed++;

  return make();
}

static void write_conf(const char *worker) {
  FILE *f = fopen(conf, "w");
  assert_non_null(f);
  fprintf(f,
          "[daemon]\ndata = %s/data\ndoor = ipc://%s/door\nshare = %s/rules\nworker = %s\nday = "
          "manual\n[authority 888]\n",
          dir, dir, SOURCE_ROOT, worker);
  assert_int_equal(fclose(f), 0);
}

/* Reads what the daemon says until it is ready. */
static bool becomes_ready(int fd) {
  char said[16384];
  size_t len = 0;
  ssize_t n;

  while (len < sizeof said - 1 && (n = read(fd, said + len, sizeof said - 1 - len)) > 0) {
    len += (size_t)n;
    said[len] = '\0';
    if (strstr(said, "ready\n") != NULL)
      return true;
  }
  print_error("%.*s\n", (int)len, said);
  return false;
}

/* Starts a daemon, stops it when it is ready. */
static struct seen run_once(void) {
  int ends[2], status = 0;
  memset(seen, 0, sizeof *seen);
  fflush(stdout);
  assert_int_equal(pipe(ends), 0);
  pid_t pid = fork();
  assert_true(pid >= 0);

  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    exit(daemon_run(conf));
  }

  close(ends[1]);
  bool ready = becomes_ready(ends[0]);
  kill(pid, SIGTERM);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  close(ends[0]);
  assert_true(ready);
  assert_true(WIFEXITED(status));
  return *seen;
}

static void the_daemon_seeds_before_the_first_context(void **state) {
  (void)state;
  struct seen first = run_once(), second = run_once();

  assert_int_equal(first.seeded, 1);
  assert_true(first.contexts > 0);
  assert_int_equal(first.contexts_before_the_seed, 0);

  assert_int_equal(second.seeded, 1);
  assert_int_equal(second.contexts_before_the_seed, 0);
  assert_int_not_equal(first.seed, second.seed);
}

static int make_dir(void **state) {
  (void)state;
  seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (seen == MAP_FAILED)
    return -1;
  strcpy(dir, "/tmp/needsd-test-seed-XXXXXX");
  if (mkdtemp(dir) == NULL)
    return -1;
  snprintf(conf, sizeof conf, "%s/conf", dir);
  write_conf(getenv("NEEDS_WORKER"));
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
  if (getenv("NEEDS_WORKER") == NULL)
    return 77; /* no worker was built: skipped */
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(the_daemon_seeds_before_the_first_context, make_dir,
                                      remove_dir),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
