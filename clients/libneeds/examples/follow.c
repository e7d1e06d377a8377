/* follow - every publication once, in order, into a file: follow DOOR FILE [NAME]
 *
 * A line is `cursor TAB publication`: the effect and the place in one write, made safe before the
 * next. What a crash tore off is cut away at the start, and the last whole line says where to go
 * on; so each publication is in the file exactly once, however often this program or the daemon is
 * killed. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <libneeds.h>

struct program {
  int file;
  int over, failed;
};
static volatile sig_atomic_t interrupted;

static void on_signal(int n) {
  interrupted = n;
}

/* A short write (a full disk) leaves a torn line: nothing may come after it, so the follow stops.
 */
static int on_deliver(void *arg, const char *publication, size_t len, const char *cursor) {
  struct program *p = arg;
  struct iovec parts[] = {{(void *)cursor, strlen(cursor)},
                          {(void *)"\t", 1},
                          {(void *)publication, len},
                          {(void *)"\n", 1}};
  size_t all = strlen(cursor) + len + 2;
  if (writev(p->file, parts, 4) == (ssize_t)all && fdatasync(p->file) == 0)
    return 0;
  perror("follow: cannot write");
  p->failed = 1;
  return -1;
}

static void on_ended(void *arg, const char *code, const char *message) {
  struct program *p = arg;
  if (strcmp(code, "stopped"))
    fprintf(stderr, "follow: %s: %s\n", code, message);
  p->over = 1;
  if (strcmp(code, "stopped"))
    p->failed = 1;
}

/* The offset behind the last newline before `end`. */
static off_t line_before(int file, off_t end) {
  char part[4096];
  while (end > 0) {
    off_t from = end > (off_t)sizeof part ? end - (off_t)sizeof part : 0;
    ssize_t n = pread(file, part, (size_t)(end - from), from);
    if (n <= 0)
      return 0;
    char *newline = memrchr(part, '\n', (size_t)n);
    if (newline)
      return from + (newline - part) + 1;
    end = from;
  }
  return 0;
}

/* Cuts a torn last line; the cursor of the last whole one, NULL in an empty file. */
static char *resume(int file) {
  struct stat st;
  char *cursor = NULL;
  if (fstat(file, &st) < 0)
    return NULL;
  off_t whole = line_before(file, st.st_size);
  if (whole < st.st_size && (ftruncate(file, whole) < 0 || fdatasync(file) < 0))
    perror("follow: cannot cut a torn line");
  if (whole == 0)
    return NULL;
  off_t last = line_before(file, whole - 1);
  size_t len = (size_t)(whole - last);
  cursor = malloc(len + 1);
  if (!cursor || pread(file, cursor, len, last) != (ssize_t)len)
    abort();
  cursor[len] = '\0';
  cursor[strcspn(cursor, "\t")] = '\0';
  return cursor;
}

int main(int argc, char **argv) {
  struct program p = {0};
  struct needs *needs;
  struct needs_follow *follow;
  if (argc < 3 || argc > 4) {
    fputs("usage: follow DOOR FILE [NAME]\n", stderr);
    return 2;
  }
  struct sigaction act = {.sa_handler = on_signal}; /* no SA_RESTART: a wait is cut short */
  sigaction(SIGINT, &act, NULL), sigaction(SIGTERM, &act, NULL);
  p.file = open(argv[2], O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (p.file < 0 || flock(p.file, LOCK_EX | LOCK_NB) < 0) {
    perror(argv[2]);
    return 1;
  }
  if (needs_open(&needs, argv[1])) {
    fprintf(stderr, "follow: '%s' is no endpoint; it looks like ipc:///run/needsd/door\n", argv[1]);
    return 2;
  }
  char *cursor = resume(p.file);
  struct needs_follow_options options = {.name = argc == 4 ? argv[3] : NULL,
                                         .cursor = cursor,
                                         .since = "start",
                                         .deliver = on_deliver,
                                         .ended = on_ended};
  int rc = needs_follow(needs, &options, &p, &follow);
  if (rc)
    fprintf(stderr, "follow: %s\n", needs_why(needs));
  while (!rc && !p.over) {
    if (interrupted)
      needs_follow_stop(follow);
    needs_run(needs, 1000);
  }
  needs_close(needs);
  free(cursor);
  close(p.file);
  return rc || p.failed ? 1 : 0;
}
