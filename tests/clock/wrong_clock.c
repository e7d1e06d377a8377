/* wrong_clock - loaded before the C library by tests: the wall clock is as many seconds off as the
 * file says that WRONG_CLOCK names. The other clocks stay. Read at each look, so that a test
 * changes the clock of a running daemon. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long long seconds_off(void) {
  const char *path = getenv("WRONG_CLOCK");
  char text[32] = "";
  int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0)
    return 0;

  ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  return n > 0 ? atoll(text) : 0;
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t which, struct timespec *ret) {
  static int (*real)(clockid_t, struct timespec *);
  if (real == NULL)
    real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");

  int rc = real(which, ret);
  if (rc == 0 && which == CLOCK_REALTIME)
    ret->tv_sec += seconds_off();
  return rc;
}
