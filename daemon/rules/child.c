/* child - see child.h.
 *
 * It uses posix_spawn, not uv_spawn. The fork in libuv copies the page tables of the daemon, which
 * holds everybody in memory; the daemon answers nobody meanwhile, and the kernel then copies every
 * page that is written. A descriptor (pidfd) identifies the process, so a signal cannot reach
 * another process that has been given the same number. */
#include "rules/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

static void on_readable(uv_poll_t *poll, int status, int events) {
  struct child *c = container_of(poll, struct child, poll);
  siginfo_t info = {0};

  (void)status, (void)events;
  int rc = waitid(P_PIDFD, (id_t)c->fd, &info, WEXITED | WNOHANG);
  if ((rc < 0 && errno == EINTR) || (rc == 0 && info.si_pid == 0))
    return;

  uv_poll_stop(poll);

  /* rc < 0: another part of the process has reaped it, and how it ended is not known */
  if (rc < 0 || info.si_code == CLD_EXITED)
    c->ended(c, info.si_status, 0);
  else
    c->ended(c, 0, info.si_status);
}

/* --- starting --- */

/* What the daemon does with signals is not for the child; and a terminal's interrupt is for the
 * daemon alone. */
static int attributes(posix_spawnattr_t *attr) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);

  int rc = posix_spawnattr_init(attr);
  if (rc == 0)
    rc = posix_spawnattr_setsigmask(attr, &none);
  if (rc == 0)
    rc = posix_spawnattr_setsigdefault(attr, &all);
  if (rc == 0)
    rc = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                            POSIX_SPAWN_SETSID);

  return rc;
}

/* Standard error first: its descriptor may have a number that a copy is put at. */
static int placing(posix_spawn_file_actions_t *actions, int words, const int copies[CHILD_FDS]) {
  int rc = posix_spawn_file_actions_init(actions);
  if (rc == 0)
    rc = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (rc == 0)
    rc = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  if (rc == 0 && words > 0)
    rc = posix_spawn_file_actions_adddup2(actions, words, STDERR_FILENO);
  for (int i = 0; i < CHILD_FDS && rc == 0; i++)
    rc = posix_spawn_file_actions_adddup2(actions, copies[i], CHILD_FIRST_FD + i);

  return rc;
}

static int spawn(struct child *c, char *program, const int copies[CHILD_FDS]) {
  posix_spawnattr_t attr;
  posix_spawn_file_actions_t actions;
  char *args[] = {program, NULL}, *env[] = {NULL};
  int rc = attributes(&attr);
  if (rc != 0)
    return -rc;

  rc = placing(&actions, c->words, copies);

  /* whatever else this process holds open, a plugin's too */
  close_range(CHILD_FIRST_FD, ~0u, CLOSE_RANGE_CLOEXEC);
  if (rc == 0)
    rc = posix_spawn(&c->pid, program, &actions, &attr, args, env);

  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attr);

  return -rc;
}

/* Each copy has a higher number than the one before, so that putting one into its place never
 * overwrites another. */
static int spawn_with_copies(struct child *c, char *program, const int fds[CHILD_FDS]) {
  int copies[CHILD_FDS], n = 0, rc = 0, lowest = CHILD_FIRST_FD;
  while (n < CHILD_FDS && (copies[n] = fcntl(fds[n], F_DUPFD_CLOEXEC, lowest)) >= 0)
    lowest = copies[n++] + 1;

  if (n < CHILD_FDS)
    rc = -errno;
  if (rc == 0)
    rc = spawn(c, program, copies);
  while (n > 0)
    close(copies[--n]);

  return rc;
}

/* A child that cannot be watched is of no use. */
static int watch(struct child *c, uv_loop_t *loop) {
  c->fd = pidfd_open(c->pid, 0);
  int rc = -errno;

  if (c->fd >= 0)
    rc = uv_poll_init(loop, &c->poll, c->fd);
  if (rc == 0) {
    uv_poll_start(&c->poll, UV_READABLE, on_readable);
    return 0;
  }

  kill(c->pid, SIGKILL);
  waitpid(c->pid, NULL, 0);
  if (c->fd >= 0)
    close(c->fd);

  return rc;
}

int child_start(struct child *c, uv_loop_t *loop, char *program, const int fds[CHILD_FDS],
                void (*ended)(struct child *c, int status, int signal)) {
  c->ended = ended;

  /* The parent may have left SIGCHLD ignored. The kernel would then reap the child by itself, and
   * its exit status would be lost. */
  signal(SIGCHLD, SIG_DFL);
  int rc = spawn_with_copies(c, program, fds);
  if (rc < 0)
    return rc;
  return watch(c, loop);
}

void child_kill(struct child *c) {
  pidfd_send_signal(c->fd, SIGKILL, NULL, 0);
}

void child_close(struct child *c, uv_close_cb closed) {
  uv_close((uv_handle_t *)&c->poll, closed);
  close(c->fd);
}
