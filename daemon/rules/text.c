/* text - see text.h. Cuts between characters only. */
#include "rules/text.h"

#include <stdbool.h>
#include <string.h>

/* Bytes of the well-formed character at s, 0 if there is none. Surrogates and overlong forms are none. */
static size_t character(const unsigned char *s, size_t left) {
  if (s[0] < 0x20 || s[0] == 0x7f) return 0;
  if (s[0] < 0x80) return 1;
  size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
  if (s[0] < 0xc2 || s[0] > 0xf4 || n > left) return 0;
  for (size_t i = 1; i < n; i++)
    if ((s[i] & 0xc0) != 0x80) return 0;
  if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f)) return 0;
  if ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)) return 0;
  return n;
}

const char *text_clean(struct arena *a, const char *s, size_t len, size_t max) {
  bool cut = len > max;
  size_t room = cut ? max - 3 : len, used = 0;
  char *to = arena_alloc(a, room + 4);
  for (size_t i = 0; i < len;) {
    size_t n = character((const unsigned char *)s + i, len - i), take = n > 0 ? n : 1;
    if (used + take > room) break;
    if (n > 0)
      memcpy(to + used, s + i, n);
    else
      to[used] = '?';
    used += take;
    i += take;
  }
  if (cut) memcpy(to + used, "...", 4);
  return to;
}
