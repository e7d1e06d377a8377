/* utf8 - see utf8.h. */
#include "base/utf8.h"

#include <string.h>

#include "base/mem.h"

size_t utf8_at(const unsigned char *p, const unsigned char *end) {
  static const struct {
    unsigned char first, last, low, high; /* first byte from..to, second byte from..to */
    size_t len;
  } forms[] = {{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
               {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
               {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
               {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
  if (*p < 0x80)
    return 1;

  for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
    if (*p < forms[i].first || *p > forms[i].last)
      continue;
    if ((size_t)(end - p) < forms[i].len || p[1] < forms[i].low || p[1] > forms[i].high)
      return 0;

    for (size_t k = 2; k < forms[i].len; k++)
      if ((p[k] & 0xc0) != 0x80)
        return 0;

    return forms[i].len;
  }

  return 0;
}

bool utf8_good(const void *text, size_t len) {
  const unsigned char *p = text, *end = p + len;
  while (p < end) {
    size_t n = utf8_at(p, end);
    if (n == 0)
      return false;
    p += n;
  }

  return true;
}

void utf8_mend(char *text) {
  unsigned char *p = (unsigned char *)text, *end = p + strlen(text);
  while (p < end) {
    size_t n = utf8_at(p, end);
    if (n == 0)
      *p = '?';
    if (n > 0)
      p += n;
    else
      p += 1;
  }
}
