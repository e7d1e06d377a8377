/* code - see code.h. */
#include "base/code.h"

#include <string.h>
#include <strings.h>

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name(const char *text, size_t len, int32_t max, bool dash_ok) {
  if (len < 1 || len > (size_t)max || (len == 1 && text[0] == '-' && !dash_ok)) return false;
  for (size_t i = 0; i < len; i++)
    if (!is_letter(text[i]) && !is_digit(text[i]) && text[i] != '.' && text[i] != '_' && text[i] != '-') return false;
  return true;
}

bool is_plain_code(const char *text) {
  return is_name(text, strlen(text), CODE_MAX, false) && (is_letter(text[0]) || is_digit(text[0]));
}

bool is_word_code(const char *text) {
  return is_plain_code(text) && is_letter(text[0]) && strcasecmp(text, "true") != 0 && strcasecmp(text, "false") != 0;
}

/* Line and paragraph separators, and marks of direction: E2 80 A8..AE, E2 81 A6..A9. */
static bool is_hidden_mark(const unsigned char *c, size_t left) {
  if (left < 3 || c[0] != 0xe2) return false;
  return (c[1] == 0x80 && c[2] >= 0xa8 && c[2] <= 0xae) || (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9);
}

const char *text_unprintable(const char *text, size_t len) {
  for (size_t i = 0; i < len; i++) {
    const unsigned char *c = (const unsigned char *)text + i;

    if (*c < 0x20 || *c == 0x7f) return text + i;
    if (*c == 0xc2 && len - i > 1 && c[1] < 0xa0) return text + i;
    if (is_hidden_mark(c, len - i)) return text + i;
  }
  return NULL;
}

size_t text_characters(const char *text) {
  size_t n = 0;

  for (; *text != '\0'; text++) n += ((unsigned char)*text & 0xc0) != 0x80;
  return n;
}

const char *text_markup(const char *text) {
  for (const char *p = text; *p != '\0'; p++) {
    if (*p == '<' && (is_letter(p[1]) || p[1] == '/' || p[1] == '!' || p[1] == '?')) return p;
    if (*p != '&') continue;

    const char *end = p + 1;
    if (*end == '#') end++;
    while (is_letter(*end) || is_digit(*end)) end++;
    if (end > p + 1 && *end == ';') return p;
  }
  return NULL;
}
