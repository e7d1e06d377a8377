/* child: it gets what it is to have and nothing else, its end is reported once, and none is left
 * behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "rules/child.h"

struct here {
  uv_loop_t loop;
  char program[64];
  int ours, theirs, other; /* a pipe, and one more descriptor */
  struct child child;
  int ends, status, signal;
  int next; /* the descriptor that comes next */
};

static int next_fd(void) {
  int fd = dup(STDIN_FILENO);
  close(fd);
  return fd;
}

static int setup(void **state) {
  struct here *h = mem_alloc(sizeof *h);
  int ends[2];
  uv_loop_init(&h->loop);
  assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
  h->ours = ends[0], h->theirs = ends[1];
  h->other = open("/dev/null", O_RDONLY | O_CLOEXEC);
  strcpy(h->program, "/tmp/needs-child-XXXXXX");
  close(mkstemp(h->program));
  h->next = next_fd();
  *state = h;
  return 0;
}

static int teardown(void **state) {
  struct here *h = *state;
  unlink(h->program);
  assert_int_equal(next_fd(), h->next);
  close(h->ours), close(h->theirs), close(h->other);
  assert_int_equal(uv_loop_close(&h->loop), 0); /* every handle was closed */
  assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
  assert_int_equal(errno, ECHILD); /* and nobody waits to be reaped */
  free(h);
  return 0;
}

static void on_ended(struct child *c, int status, int signal) {
  struct here *h = container_of(c, struct here, child);
  h->ends++;
  h->status = status;
  h->signal = signal;
  child_close(c, NULL);
}

static void start(struct here *h, const char *script) {
  FILE *out = fopen(h->program, "w");
  fprintf(out, "#!/bin/sh\n%s\n", script);
  fclose(out);
  chmod(h->program, 0700);
  const int fds[CHILD_FDS] = {h->theirs, h->other};
  assert_int_equal(child_start(&h->child, &h->loop, h->program, fds, on_ended), 0);
}

static void run(struct here *h, int status, int signal) {
  uv_run(&h->loop, UV_RUN_DEFAULT);
  assert_int_equal(h->ends, 1);
  assert_int_equal(h->status, status);
  assert_int_equal(h->signal, signal);
}

/* What it wrote to its first descriptor. */
static const char *said(struct here *h, char *buf, size_t size) {
  ssize_t n = read(h->ours, buf, size - 1);
  assert_true(n >= 0);
  buf[n] = '\0';
  return buf;
}

static void its_end_is_told(void **state) {
  struct here *h = *state;
  start(h, "exit 7");
  run(h, 7, 0);
}

static void its_end_is_told_where_ends_were_ignored(void **state) {
  struct here *h = *state;
  signal(SIGCHLD, SIG_IGN); /* as a shell may have left it */
  start(h, "exit 7");
  run(h, 7, 0);
}

static void an_end_that_somebody_else_saw_is_an_end(void **state) {
  struct here *h = *state;
  start(h, "exit 7");
  assert_int_equal(waitpid(h->child.pid, NULL, 0), h->child.pid);
  run(h, 0, 0);
}

static void a_kill_ends_it(void **state) {
  struct here *h = *state;
  start(h, "exec sleep 60");
  child_kill(&h->child);
  run(h, 0, SIGKILL);
}

static void it_has_its_descriptors_and_nothing_else(void **state) {
  struct here *h = *state;
  char buf[200];
  int leaked = open("/dev/null", O_RDONLY); /* as a plugin may have left one */
  start(h, "exec ls /proc/self/fd >&3");
  run(h, 0, 0);
  close(leaked);
  assert_string_equal(said(h, buf, sizeof buf), "0\n1\n2\n3\n4\n5\n"); /* 5: the listed directory */
}

static void it_has_no_environment(void **state) {
  struct here *h = *state;
  char buf[4000];
  start(h, "tr '\\0' '\\n' < /proc/$$/environ >&3; echo end >&3");
  run(h, 0, 0);
  assert_string_equal(said(h, buf, sizeof buf), "end\n");
}

static void it_stands_apart_and_hears_signals_as_usual(void **state) {
  struct here *h = *state;
  char buf[200];
  unsigned long blocked = ~0ul, ignored = ~0ul;
  sigset_t set, old;
  signal(SIGPIPE, SIG_IGN); /* as in the daemon */
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &set, &old);
  start(h, "read -r a b c d e session rest < /proc/$$/stat; [ $session = $$ ] && echo apart >&3; "
           "exec grep -E 'Sig(Blk|Ign)' "
           "/proc/self/status >&3");
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  run(h, 0, 0);
  assert_int_equal(
      sscanf(said(h, buf, sizeof buf), "apart SigBlk: %lx SigIgn: %lx", &blocked, &ignored), 2);
  assert_int_equal(blocked, 0);
  assert_int_equal(ignored & 0x7fffffff, 0); /* the two above are the C library's own */
}

static void places_may_be_taken(void **state) {
  struct here *h = *state;
  char buf[20];
  /* wherever copies and places lie: also with the two the other way round */
  int third = dup(h->theirs);
  const int fds[CHILD_FDS] = {h->other, third};
  FILE *out = fopen(h->program, "w");
  fputs("#!/bin/sh\necho second >&4\n", out);
  fclose(out);
  chmod(h->program, 0700);
  assert_int_equal(child_start(&h->child, &h->loop, h->program, fds, on_ended), 0);
  run(h, 0, 0);
  close(third);
  assert_string_equal(said(h, buf, sizeof buf), "second\n");
}

static void what_cannot_be_started_leaves_nothing(void **state) {
  struct here *h = *state;
  const int fds[CHILD_FDS] = {h->theirs, h->other}, bad[CHILD_FDS] = {h->theirs, 1000000};
  char nowhere[] = "/nonexistent/needs-rules";
  assert_int_equal(child_start(&h->child, &h->loop, nowhere, fds, on_ended), -ENOENT);
  /* not executable */
  assert_int_equal(child_start(&h->child, &h->loop, h->program, fds, on_ended), -EACCES);
  assert_int_equal(child_start(&h->child, &h->loop, h->program, bad, on_ended), -EBADF);
  uv_run(&h->loop, UV_RUN_DEFAULT);
  assert_int_equal(h->ends, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(its_end_is_told),
      TEST(its_end_is_told_where_ends_were_ignored),
      TEST(an_end_that_somebody_else_saw_is_an_end),
      TEST(a_kill_ends_it),
      TEST(it_has_its_descriptors_and_nothing_else),
      TEST(it_has_no_environment),
      TEST(it_stands_apart_and_hears_signals_as_usual),
      TEST(places_may_be_taken),
      TEST(what_cannot_be_started_leaves_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
