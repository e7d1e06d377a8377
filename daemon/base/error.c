/* error - why something failed. See error.h. Setting and prefixing only; who decides what to do
 * about it is elsewhere. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A text that was cut must not end in half a character: it goes into JSON and on to terminals. */
static void trim_partial_character(char *text) {
  size_t len = strlen(text), tail = 0;
  while (tail < len && tail < 3 && ((unsigned char)text[len - 1 - tail] & 0xc0) == 0x80)
    tail++;

  if (tail == len)
    return;

  unsigned char lead = (unsigned char)text[len - 1 - tail];
  size_t want;

  if (lead >= 0xf0)
    want = 3;
  else if (lead >= 0xe0)
    want = 2;
  else if (lead >= 0xc0)
    want = 1;
  else
    want = 0;

  if (want > tail)
    text[len - 1 - tail] = '\0';
}

static void trim_end(char *text) {
  trim_partial_character(text);
  size_t len = strlen(text);
  while (len > 0 && text[len - 1] == '\n')
    text[--len] = '\0';
}

int error_set(struct error *err, int code, const char *fmt, ...) {
  if (!err)
    return code;

  char text[sizeof(err->text)]; /* the arguments may point into err->text */
  va_list args;

  va_start(args, fmt);
  vsnprintf(text, sizeof(text), fmt, args);
  va_end(args);
  trim_end(text);
  err->code = code;
  memcpy(err->text, text, sizeof(text));

  return code;
}

bool error_is_temporary(int code) {
  static const int temporary[] = {EMFILE,     ENFILE,  ENOMEM, EAGAIN, EBUSY,
                                  EADDRINUSE, ENOBUFS, ENOSPC, EDQUOT, ETXTBSY};

  for (size_t i = 0; i < sizeof temporary / sizeof temporary[0]; i++)
    if (code == -temporary[i])
      return true;

  return false;
}

int error_prefix(struct error *err, const char *fmt, ...) {
  if (!err)
    return -EINVAL; /* there is no code to hand back, and 0 would read as success */

  char prefix[sizeof(err->text)], both[2 * sizeof(err->text) + 2];
  va_list args;

  va_start(args, fmt);
  vsnprintf(prefix, sizeof(prefix), fmt, args);
  va_end(args);
  snprintf(both, sizeof(both), "%s: %s", prefix, err->text);
  both[sizeof(err->text) - 1] = '\0';
  trim_end(both);
  memcpy(err->text, both, sizeof(err->text));

  return err->code;
}
