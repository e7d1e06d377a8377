/* decode - see decode.h. */
#include "decode.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "needs.h"

#define LOOKED_AT 4096 /* bytes that are enough to tell UTF-16 by */

/* `unit`: bytes of the smallest character there, to step over what has no meaning. */
static int convert(struct text *t, const char *from, size_t skip, size_t unit) {
  iconv_t cd = iconv_open("UTF-8", from);
  if (cd == (iconv_t)-1)
    return -EINVAL;

  size_t left = t->len - skip, room = left * 4 + 4;
  char *in = t->s + skip, *buffer = get_memory(room), *out = buffer;
  while (left && iconv(cd, &in, &left, &out, &room) == (size_t)-1 && left && room >= 3) {
    size_t step = unit;
    if (left < unit)
      step = left;

    memcpy(out, "\xEF\xBF\xBD", 3);
    out += 3;
    room -= 3;
    in += step;
    left -= step;
  }

  iconv_close(cd);
  text_clear(t);
  text_add_n(t, buffer, (size_t)(out - buffer));
  free(buffer);

  return 0;
}

/* English text in UTF-16 has a zero in nearly every second byte, always on the same side. */
static const char *utf16_without_mark(const struct text *t) {
  size_t zeros[2] = {0, 0}, looked = MIN(t->len, LOOKED_AT);
  if (looked < 4 || t->len % 2)
    return NULL;

  for (size_t i = 0; i < looked; i++)
    zeros[i % 2] += !t->s[i];

  if (zeros[1] > looked / 4 && !zeros[0])
    return "UTF-16LE";
  if (zeros[0] > looked / 4 && !zeros[1])
    return "UTF-16BE";
  return NULL;
}

static void drop_mark(struct text *t) {
  if (t->len < 3 || memcmp(t->s, "\xEF\xBB\xBF", 3))
    return;
  memmove(t->s, t->s + 3, t->len - 2);
  t->len -= 3;
}

static int decode_as(struct text *t, const char *encoding) {
  if (convert(t, encoding, 0, 1) < 0) {
    complain("--encoding: '%s' is not known; try UTF-8, WINDOWS-1252, CP850, MACINTOSH, UTF-16LE, "
             "or another that iconv --list names",
             encoding);
    return EXIT_USAGE;
  }

  drop_mark(t);
  return 0;
}

int decode(struct text *t, const char *encoding, const char **ret_guess) {
  const unsigned char *b = (const unsigned char *)t->s;
  *ret_guess = NULL;
  if (encoding)
    return decode_as(t, encoding);
  if (t->len >= 2 && ((b[0] == 0xFF && b[1] == 0xFE) || (b[0] == 0xFE && b[1] == 0xFF))) {
    if (b[0] == 0xFF)
      *ret_guess = "UTF-16LE";
    else
      *ret_guess = "UTF-16BE";

    if (convert(t, *ret_guess, 2, 2) < 0)
      return EXIT_REJECTED;
    return 0;
  }
  if ((*ret_guess = utf16_without_mark(t))) {
    if (convert(t, *ret_guess, 0, 2) < 0)
      return EXIT_REJECTED;
    return 0;
  }

  drop_mark(t);

  /* with zeros it is no text at all, and said to be none */
  if (memchr(t->s, '\0', t->len) || text_is_utf8(t->s, t->len))
    return 0;

  *ret_guess = "WINDOWS-1252";
  if (convert(t, *ret_guess, 0, 1) < 0)
    return EXIT_REJECTED;

  return 0;
}
