/* local - `rules check` and `catalogue check`: the daemon's own checker, run here.
 *
 * There is one checker, and it is the daemon's: what passes here is what will serve. */
#include "local.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "needs.h"

static void beside(char *ret, size_t room) {
  ssize_t n = readlink("/proc/self/exe", ret, room - sizeof "needsd");
  if (n < 0) n = 0;
  ret[n] = '\0';
  char *slash = strrchr(ret, '/');
  strcpy(slash ? slash + 1 : ret, "needsd");
}

int local_check(const char *const *items, int n, const char *option, const char *catalogue, bool json) {
  if (n != 2 || strcmp(items[0], "check")) {
    complain("'%s' is not known here; write check DIR, or nothing to see what is served",
             items[n > 1 && !strcmp(items[0], "check")]);
    return EXIT_USAGE;
  }
  char path[PATH_MAX];
  const char *args[8] = {"needsd", option, items[1]};
  int k = 3;
  if (catalogue) args[k++] = "--with-catalogue", args[k++] = catalogue;
  if (json) args[k++] = "--json";
  fflush(NULL);
  beside(path, sizeof path);
  execv(path, (char *const *)args);
  execvp("needsd", (char *const *)args);
  complain("needsd, which checks, is neither beside this program nor in PATH: %s", strerror(errno));
  return EXIT_NOT_REACHED;
}
