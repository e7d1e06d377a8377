/* test_rules_seccomp_filter - what the worker gives up: each thing is tried, in a process in the
 * same sandbox or at the worker's own door. */
#include <errno.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#include "rules_driver.h"

#include "../../daemon/rules/seccomp_filter.c"

_Noreturn void give_up(const char *why) {
  fprintf(stderr, "sandbox: %s\n", why);
  _exit(1);
}

/* --- things to try inside; each ends the process with 0 if it came through --- */

static void try_nothing(void) {
}
static void try_open(void) {
  syscall(SYS_openat, -100, "/etc/passwd", 0);
}
static void try_socket(void) {
  socket(AF_INET, SOCK_STREAM, 0);
}
static void try_fork(void) {
  syscall(SYS_fork);
}
static void try_clone(void) {
  syscall(SYS_clone, 0, 0, 0, 0, 0);
}
static void try_exec(void) {
  syscall(SYS_execve, "/bin/true", NULL, NULL);
}
static void try_kill(void) {
  kill(getppid(), 0);
}
static void try_trace(void) {
  ptrace(PTRACE_TRACEME, 0, 0, 0);
}
static void try_executable(void) {
  mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
static void try_protect(void) {
  syscall(SYS_mprotect, 0, 0, PROT_EXEC);
}
static void try_sleep(void) {
  syscall(SYS_nanosleep, NULL, NULL);
}
static void try_random(void) {
  syscall(SYS_getrandom, NULL, 0, 0);
}
static void try_write_out(void) {
  syscall(SYS_write, STDOUT_FILENO, "x", 1);
}
static void try_read_in(void) {
  syscall(SYS_read, STDIN_FILENO, NULL, 0);
}
static void try_dup(void) {
  syscall(SYS_dup, EXCHANGE_FD);
}
static void try_message(void) {
  syscall(SYS_sendmsg, EXCHANGE_FD, NULL, 0);
}
static void try_poll_many(void) {
  syscall(SYS_poll, NULL, 2, 0);
}
static void try_limits(void) {
  syscall(SYS_prlimit64, 0, RLIMIT_NPROC, NULL, NULL);
}
static void try_signal(void) {
  syscall(SYS_rt_sigaction, SIGTERM, NULL, NULL, 8);
}
static void try_identity(void) {
  syscall(SYS_getpid);
}
static void try_ioctl(void) {
  syscall(SYS_ioctl, STDERR_FILENO, 0x5412, "x");
}
static void try_memory(void) {
  char *p = malloc(3 << 20);
  if (p == NULL)
    _exit(2);
  memset(p, 1, 3 << 20);
  free(p);
}
static void try_much_memory(void) {
  if (mmap(NULL, (size_t)1 << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
      MAP_FAILED)
    _exit(2);
}
static void try_clock(void) {
  struct timespec t;
  if (syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t) != -1)
    _exit(2);
}
static void try_socket_of_daemon(void) {
  if (send(EXCHANGE_FD, "x", 1, MSG_NOSIGNAL) != 1)
    _exit(2);
}

static const struct {
  const char *what;
  void (*try)(void);
  bool allowed;
} tries[] = {{"nothing", try_nothing, true},
             {"memory", try_memory, true},
             {"more memory than there is (refused, not killed)", try_much_memory, true},
             {"the time (no answer, not killed)", try_clock, true},
             {"the socket", try_socket_of_daemon, true},
             {"opening a file", try_open, false},
             {"a network socket", try_socket, false},
             {"another process", try_fork, false},
             {"another thread", try_clone, false},
             {"another program", try_exec, false},
             {"a signal to the daemon", try_kill, false},
             {"tracing", try_trace, false},
             {"executable memory", try_executable, false},
             {"making memory executable", try_protect, false},
             {"sleeping", try_sleep, false},
             {"randomness", try_random, false},
             {"standard output", try_write_out, false},
             {"standard input", try_read_in, false},
             {"another descriptor", try_dup, false},
             {"a descriptor sent away", try_message, false},
             {"poll on others", try_poll_many, false},
             {"its limits", try_limits, false},
             {"handlers of signals", try_signal, false},
             {"its number", try_identity, false},
             {"typing into a terminal", try_ioctl, false}};

static int inside(void (*try)(void)) {
  int pair[2], status;
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  fflush(NULL);
  pid_t pid = fork();
  if (pid == 0) {
    dup2(pair[1], EXCHANGE_FD);
    seccomp_filter_close();
    try();
    syscall(SYS_exit_group, 0);
  }
  assert_int_equal(waitpid(pid, &status, 0), pid);
  close(pair[0]);
  close(pair[1]);
  return status;
}

#ifdef NEEDS_SANITIZED
static const bool caged = false;
#else
static const bool caged = true;
#endif

static void only_what_is_needed_may_be_called(void **state) {
  (void)state;
  if (!caged)
    skip();
  for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
    int status = inside(tries[i].try);
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS,
         well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (tries[i].allowed ? !well : !killed)
      fail_msg("%s: ended with %x", tries[i].what, (unsigned)status);
  }
}

/* --- the worker itself --- */

static char *of_process(pid_t pid, const char *what) {
  static char text[8192];
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, what);
  FILE *f = fopen(path, "r");
  size_t n = f != NULL ? fread(text, 1, sizeof text - 1, f) : 0;
  text[n] = '\0';
  if (f != NULL)
    fclose(f);
  return text;
}

static const char rule_text[] =
    "rule \"r\" { about = \"a\", source = \"guide-2010\", owner = \"tests\",\n"
    "  recommend = function() return coaching {} end }\n";

static void the_worker_is_in_it(void **state) {
  (void)state;
  struct driver d;
  driver_start(&d);
  assert_true(driver_load_text(&d, rule_text));
#ifndef NEEDS_SANITIZED
  const char *status = of_process(d.pid, "status");
  assert_non_null(strstr(status, "NoNewPrivs:\t1"));
  assert_non_null(strstr(status, "Seccomp:\t2"));
  assert_non_null(strstr(status, "Name:\tneeds-rules"));
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)d.pid, EXCHANGE_PAGE_FD);
  assert_int_equal(access(path, F_OK), -1); /* closed, or nobody may look: it is not dumpable */
  assert_string_equal(of_process(d.pid, "environ"), "");
#endif
  assert_int_equal(driver_stop(&d), 0);
}

static bool has_ended(pid_t pid) {
  const char *stat = of_process(pid, "stat"), *after = strrchr(stat, ')');
  return after == NULL || after[2] == 'Z' || after[2] == 'X';
}

/* The daemon is killed while its worker waits: the worker goes as well. Another process keeps the
 * daemon's end of the socket open, so that the worker reads no end of file and only the death of
 * its parent can end it. */
static void it_does_not_outlive_the_daemon(void **state) {
  (void)state;
  int told[2];
  pid_t worker, holder;
  assert_int_equal(pipe(told), 0);
  fflush(NULL);
  pid_t daemon = fork();
  if (daemon == 0) {
    struct driver d;
    driver_start(&d);
    bool loaded = driver_load_text(&d, rule_text);
    holder = fork();
    if (holder == 0)
      pause();
    if (holder < 0 || !loaded || write(told[1], &d.pid, sizeof d.pid) < 0 ||
        write(told[1], &holder, sizeof holder) < 0)
      _exit(1);
    pause();
    _exit(0);
  }
  close(told[1]);
  assert_int_equal(read(told[0], &worker, sizeof worker), sizeof worker);
  assert_int_equal(read(told[0], &holder, sizeof holder), sizeof holder);
  close(told[0]);
  assert_false(has_ended(worker));
  kill(daemon, SIGKILL);
  waitpid(daemon, NULL, 0);
  for (int i = 0; i < 500 && !has_ended(worker); i++)
    poll(NULL, 0, 10);
  bool held = !has_ended(holder), ended = has_ended(worker);
  kill(holder, SIGKILL);
  assert_true(held && ended);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(only_what_is_needed_may_be_called),
                                     cmocka_unit_test(the_worker_is_in_it),
                                     cmocka_unit_test(it_does_not_outlive_the_daemon)};
  return cmocka_run_group_tests(tests, driver_open_catalogue, driver_close_catalogue);
}
