/* text - see text.h. Texts are cut only between characters. */
#include "rules/text.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

/* Bytes of the character at s, 0 if there is none or it is a control character. */
static size_t character(const unsigned char *s, const unsigned char *end) {
  if (s[0] < 0x20 || s[0] == 0x7f)
    return 0;
  return utf8_at(s, end);
}

const char *text_clean(struct arena *a, const char *s, size_t len, size_t max) {
  bool cut = len > max;
  size_t room = cut ? max - 3 : len, used = 0;
  char *to = arena_alloc(a, room + 4);

  for (size_t i = 0; i < len;) {
    size_t n = character((const unsigned char *)s + i, (const unsigned char *)s + len),
           take = n > 0 ? n : 1;
    if (used + take > room)
      break;

    if (n > 0)
      memcpy(to + used, s + i, n);
    else
      to[used] = '?';

    used += take;
    i += take;
  }

  if (cut)
    memcpy(to + used, "...", 4);

  return to;
}

/* The bound is one of bytes, so a letter that takes several counts for as many. */
const char *text_too_long(struct arena *a, const char *s, size_t len) {
  size_t letters = 0;
  for (size_t i = 0; i < len; i++)
    letters += ((unsigned char)s[i] & 0xc0) != 0x80;

  if (letters == len)
    return arena_printf(a, "is too long: %zu letters, at most %d", len, TEXT_SAID_MAX);
  return arena_printf(a,
                      "is too long: %zu, at most %d; a letter such as é counts as 2, a curly "
                      "quote or a dash as 3",
                      len, TEXT_SAID_MAX);
}
