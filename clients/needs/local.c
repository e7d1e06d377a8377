/* local - `rules check`, `catalogue check` and the like: the daemon's own checker, run here.
 *
 * There is one checker, the daemon's, so that whatever passes here can be published. */
#include "local.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "needs.h"

static void beside(char *ret, size_t room) {
  ssize_t n = readlink("/proc/self/exe", ret, room - sizeof "needsd");
  if (n < 0)
    n = 0;

  ret[n] = '\0';
  char *slash = strrchr(ret, '/');
  strcpy(slash ? slash + 1 : ret, "needsd");
}

int local_needsd(const char *const *arguments) {
  char path[PATH_MAX];
  size_t n = 0;
  while (arguments[n])
    n++;

  const char **args = calloc(n + 2, sizeof *args);
  if (!args)
    abort();

  args[0] = "needsd";
  memcpy(args + 1, arguments, n * sizeof *args);
  fflush(NULL);
  beside(path, sizeof path);
  execv(path, (char *const *)args);
  execvp("needsd", (char *const *)args);
  complain(
      "cannot run needsd, which does the check: it is neither beside this program nor in PATH: %s",
      strerror(errno));
  free(args);

  return EXIT_NOT_REACHED;
}
