/* child - one process: start it with a few descriptors and nothing else, watch it until it ends,
 * or end it.
 *
 * Called by pool.c, on the loop thread. It knows nothing about what is sent over the descriptors.
 */
#pragma once

#include <sys/types.h>
#include <uv.h>

enum {
  CHILD_FIRST_FD = 3,
  CHILD_FDS = 2
}; /* where its descriptors are found, and how many */

struct child {
  uv_poll_t poll; /* on a descriptor of the process, readable at its end */
  pid_t pid;
  int fd;
  int words; /* set before it is started: what becomes its standard error; 0: ours is */
  void (*ended)(struct child *c, int status, int signal); /* once; signal 0: it ended by itself */
};
/* Runs `program` without arguments or environment: no input, no output, `words` as standard error,
 * and copies of `fds` from CHILD_FIRST_FD on. 0 or a negative errno; after a failure there is
 * nothing to close. */
int child_start(struct child *c, uv_loop_t *loop, char *program, const int fds[CHILD_FDS],
                void (*ended)(struct child *c, int status, int signal));
void child_kill(struct child *c); /* before `ended` only */
/* after `ended` only: it would be a zombie; closed gets &c->poll */
void child_close(struct child *c, uv_close_cb closed);
