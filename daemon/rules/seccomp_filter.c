/* seccomp_filter - gives up what the worker does not need: resources, descriptors and system
 * calls.
 *
 * The worker keeps two descriptors, the socket to the daemon and standard error. It keeps the
 * system calls for memory, for those two descriptors and for exit. Memory is never executable. The
 * kernel ends the process at any other system call. A build with a sanitizer needs more, so it
 * keeps only the limits on files and processes. */
#include "rules/seccomp_filter.h"

#include <errno.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "rules/exchange.h"

#define ADDRESS_SPACE ((rlim_t)512 * 1024 * 1024)
#define STACK                                                                                      \
  ((rlim_t)8 * 1024 * 1024) /* the parser nests 200 deep at most, which takes a small part of it   \
                             */

static void limit(int what, rlim_t value) {
  struct rlimit l = {value, value};
  if (setrlimit(what, &l) != 0)
    give_up("cannot set a resource limit");
}

static void set_limits(void) {
#ifndef NEEDS_SANITIZED
  limit(RLIMIT_AS, ADDRESS_SPACE);
  limit(RLIMIT_STACK, STACK);
  /* none can be opened; poll wants room for those there are */
  limit(RLIMIT_NOFILE, EXCHANGE_PAGE_FD + 1);
#endif
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_NPROC, 0);
  limit(RLIMIT_CORE, 0);
  signal(SIGXFSZ, SIG_IGN); /* a log that is a file: losing the line is enough */
}

#ifdef NEEDS_SANITIZED
static void drop_descriptors(void) {
}
static void filter_calls(void) {
}
#else
/* The page is mapped by now. */
static void drop_descriptors(void) {
  close(STDIN_FILENO);
  close(STDOUT_FILENO);
  close(EXCHANGE_PAGE_FD);
  if (close_range(EXCHANGE_PAGE_FD + 1, ~0u, 0) != 0 && errno != ENOSYS)
    give_up("cannot close what it was started with");
}

static const int calls[] = {
    SCMP_SYS(munmap),  SCMP_SYS(mremap),          SCMP_SYS(brk), SCMP_SYS(exit_group),
    SCMP_SYS(madvise), SCMP_SYS(restart_syscall), /* poll after the process was stopped and goes on
                                                   */
    SCMP_SYS(sysinfo) /* qsort asks for the size of memory */};
/* The interpreter asks for the time once a state, to seed its hashes; the answer does not matter.
 */
static const int clocks[] = {SCMP_SYS(time), SCMP_SYS(gettimeofday), SCMP_SYS(clock_gettime)};
static const struct {
  int call, fd;
} on_descriptors[] = {{SCMP_SYS(read), EXCHANGE_FD},
                      {SCMP_SYS(recvfrom), EXCHANGE_FD},
                      {SCMP_SYS(write), EXCHANGE_FD},
                      {SCMP_SYS(sendto), EXCHANGE_FD},
                      {SCMP_SYS(write), STDERR_FILENO}};

static void filter_calls(void) {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
  int bad = !filter;
  for (size_t i = 0; !bad && i < ARRAY_LEN(calls); i++)
    bad = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
  for (size_t i = 0; !bad && i < ARRAY_LEN(clocks); i++)
    bad = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), clocks[i], 0);
  for (size_t i = 0; !bad && i < ARRAY_LEN(on_descriptors); i++)
    bad = seccomp_rule_add(filter, SCMP_ACT_ALLOW, on_descriptors[i].call, 1,
                           SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)on_descriptors[i].fd));

  bad = bad ||
        seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                         SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) ||
        seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(poll), 1, SCMP_A1(SCMP_CMP_EQ, 1));
  if (bad || seccomp_load(filter) != 0)
    give_up("cannot close the filter (seccomp)");

  seccomp_release(filter);
}
#endif

void seccomp_filter_close(void) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    give_up("cannot give up privileges");

  prctl(PR_SET_DUMPABLE, 0);
  set_limits();
  drop_descriptors();
  filter_calls();
}
