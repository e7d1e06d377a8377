/* output - see output.h. */
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

#define PIECE 4096

static struct stream {
  FILE *file;
  int fd;
  char kept[4]; /* the beginning of a character whose end has not come yet */
  size_t n_kept;
} streams[] = {{.fd = STDOUT_FILENO}, {.fd = STDERR_FILENO}};

static bool write_all(int fd, const char *bytes, size_t len) {
  while (len > 0) {
    ssize_t n = write(fd, bytes, len);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;

    bytes += n;
    len -= (size_t)n;
  }

  return true;
}

/* How many bytes at the end are the beginning of a character. */
static size_t unfinished(const char *s, size_t len) {
  for (size_t back = 1; back <= 3 && back <= len; back++) {
    unsigned char c = (unsigned char)s[len - back];
    if ((c & 0xC0) == 0x80)
      continue;

    size_t whole = 1;

    if (c >= 0xF0)
      whole = 4;
    else if (c >= 0xE0)
      whole = 3;
    else if (c >= 0xC0)
      whole = 2;

    if (whole > back)
      return back;

    return 0;
  }
  return 0;
}

static bool write_shown(int fd, const char *s, size_t len) {
  char out[PIECE + TEXT_SHOWN];
  size_t n = 0;

  while (len > 0) {
    size_t taken = text_shown(s, len, out + n);
    n += strlen(out + n);
    s += taken;
    len -= taken;
    if (n < PIECE)
      continue;
    if (!write_all(fd, out, n))
      return false;

    n = 0;
  }

  return write_all(fd, out, n);
}

/* Returns `len`, or 0 when it could not be written: then errno says why. */
static ssize_t on_write(void *cookie, const char *bytes, size_t len) {
  struct stream *s = cookie;
  struct text all = {0};

  text_add_n(&all, s->kept, s->n_kept);
  text_add_n(&all, bytes, len);

  s->n_kept = unfinished(all.s, all.len);
  memcpy(s->kept, all.s + all.len - s->n_kept, s->n_kept);

  bool good = write_shown(s->fd, all.s, all.len - s->n_kept);

  text_finish(&all);
  if (good)
    return (ssize_t)len;

  return 0;
}

static int on_close(void *cookie) {
  struct stream *s = cookie;
  bool good = write_shown(s->fd, s->kept, s->n_kept);

  s->n_kept = 0;
  if (close(s->fd) == 0 && good)
    return 0;
  return -1;
}

static FILE *open_stream(struct stream *s) {
  s->file = fopencookie(s, "w", (cookie_io_functions_t){.write = on_write, .close = on_close});
  if (!s->file)
    abort();

  int buffering = _IOFBF;

  if (s->fd == STDERR_FILENO)
    buffering = _IONBF;
  else if (isatty(s->fd))
    buffering = _IOLBF;

  setvbuf(s->file, NULL, buffering, BUFSIZ);

  return s->file;
}

void output_open(void) {
  stdout = open_stream(&streams[0]);
  stderr = open_stream(&streams[1]);
}

static struct stream *stream_of(FILE *f) {
  for (size_t i = 0; i < sizeof streams / sizeof *streams; i++)
    if (f == streams[i].file)
      return &streams[i];
  return NULL;
}

int output_descriptor(FILE *f) {
  struct stream *s = stream_of(f);
  if (s)
    return s->fd;
  return fileno(f);
}

void output_control(FILE *f, enum control control) {
  static const char *const sequences[] = {
      [CONTROL_BOLD] = "\033[1m",
      [CONTROL_PLAIN] = "\033[0m",
      [CONTROL_LINE_START] = "\r",
      [CONTROL_LINE_CLEAR] = "\r\033[K",
  };
  const char *sequence = sequences[control];

  fflush(f);
  write_all(output_descriptor(f), sequence, strlen(sequence));
}
