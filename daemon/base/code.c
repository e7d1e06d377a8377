/* code - see code.h. */
#include "base/code.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name(const char *text, size_t len, int32_t max, bool dash_ok) {
  if (len < 1 || len > (size_t)max || (len == 1 && text[0] == '-' && !dash_ok))
    return false;

  for (size_t i = 0; i < len; i++)
    if (!is_letter(text[i]) && !is_digit(text[i]) && text[i] != '.' && text[i] != '_' &&
        text[i] != '-')
      return false;

  return true;
}

bool is_plain_code(const char *text) {
  return is_name(text, strlen(text), CODE_MAX, false) && (is_letter(text[0]) || is_digit(text[0]));
}

bool is_word_code(const char *text) {
  return is_plain_code(text) && is_letter(text[0]) && strcasecmp(text, "true") != 0 &&
         strcasecmp(text, "false") != 0;
}

/* Marks of direction, separators of lines and paragraphs, and characters that nobody sees, by their
 * bytes in UTF-8. */
static const struct {
  unsigned char lead, second, first, last;
} hidden_marks[] = {
    {0xe2, 0x80, 0x8b, 0x8d}, /* zero-width space and joiners */
    {0xe2, 0x80, 0x8e, 0x8f}, /* left-to-right and right-to-left mark */
    {0xe2, 0x80, 0xa8, 0xae}, /* separators, embeddings, overrides */
    {0xe2, 0x81, 0xa0, 0xa9}, /* invisible operators, isolates */
    {0xef, 0xbb, 0xbf, 0xbf}, /* byte-order mark */
};

static bool is_hidden_mark(const unsigned char *c) {
  for (size_t i = 0; i < sizeof hidden_marks / sizeof *hidden_marks; i++)
    if (c[0] == hidden_marks[i].lead && c[1] == hidden_marks[i].second &&
        c[2] >= hidden_marks[i].first && c[2] <= hidden_marks[i].last)
      return true;
  return false;
}

/* The length of the unprintable character at `text`; 0 = it prints. A byte that begins no character
 * is one. */
static size_t unprintable_at(const char *text, size_t left) {
  const unsigned char *c = (const unsigned char *)text;

  if (*c < 0x20 || *c == 0x7f)
    return 1;
  if (utf8_at(c, c + left) == 0)
    return 1;
  if (left >= 2 && *c == 0xc2 && c[1] < 0xa0)
    return 2; /* C1 controls */
  if (left >= 2 && *c == 0xd8 && c[1] == 0x9c)
    return 2; /* Arabic letter mark */
  if (left >= 3 && is_hidden_mark(c))
    return 3;

  return 0;
}

/* The number of a character of `n` bytes, 1 to 3. */
static unsigned character_at(const char *text, size_t n) {
  const unsigned char *c = (const unsigned char *)text;

  if (n == 1)
    return c[0];
  if (n == 2)
    return (c[0] & 0x1fu) << 6 | (c[1] & 0x3fu);
  return (c[0] & 0x0fu) << 12 | (c[1] & 0x3fu) << 6 | (c[2] & 0x3fu);
}

/* The length of the character at `text`, which prints or not. */
static size_t length_at(const char *text, size_t left) {
  const unsigned char *c = (const unsigned char *)text;
  size_t n = utf8_at(c, c + left);

  if (n > 0)
    return n;
  return 1;
}

const char *text_unprintable(const char *text, size_t len) {
  for (size_t i = 0; i < len; i += length_at(text + i, len - i))
    if (unprintable_at(text + i, len - i) > 0)
      return text + i;
  return NULL;
}

static bool is_character(const char *text, size_t left) {
  const unsigned char *c = (const unsigned char *)text;
  return utf8_at(c, c + left) > 0;
}

static bool is_line_end_or_tab(char c) {
  return c == '\n' || c == '\r' || c == '\t';
}

const char *text_hidden(const char *text, size_t len) {
  for (size_t i = 0; i < len; i += length_at(text + i, len - i))
    if (!is_line_end_or_tab(text[i]) && is_character(text + i, len - i) &&
        unprintable_at(text + i, len - i) > 0)
      return text + i;
  return NULL;
}

bool text_has_control(const char *text, size_t len) {
  for (size_t i = 0, n; i < len; i += n) {
    n = length_at(text + i, len - i);
    unsigned c = 0x10000;
    if (n < 4)
      c = character_at(text + i, n);

    bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
    if (control || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
      return true;
  }

  return false;
}

void text_name(const char *text, size_t len, char ret[TEXT_NAMED]) {
  snprintf(ret, TEXT_NAMED, "U+%04X", character_at(text, length_at(text, len)));
}

void text_escape(const char *text, char *ret, size_t room) {
  size_t used = 0;

  for (size_t left = strlen(text), n; left > 0; text += n, left -= n) {
    bool hidden = unprintable_at(text, left) > 0;
    n = length_at(text, left);
    size_t needed = n;
    if (hidden)
      needed = 4 * n;

    if (used + needed >= room)
      break;

    for (size_t i = 0; hidden && i < n; i++)
      snprintf(ret + used + 4 * i, 5, "\\x%02x", (unsigned char)text[i]);
    if (!hidden)
      memcpy(ret + used, text, n);

    used += needed;
  }
  ret[used] = 0;
}

void text_print(FILE *to, const char *text) {
  for (size_t left = strlen(text), n; left > 0; text += n, left -= n) {
    bool stays = *text == '\n' || *text == '\t' || unprintable_at(text, left) == 0;
    n = length_at(text, left);

    if (stays)
      fwrite(text, 1, n, to);
    else if (n == 1 && (unsigned char)*text >= 0x80)
      fprintf(to, "\\x%02x", (unsigned char)*text);
    else
      fprintf(to, "\\u%04x", character_at(text, n));
  }
}

size_t text_characters(const char *text) {
  size_t n = 0;

  for (; *text != '\0'; text++)
    n += ((unsigned char)*text & 0xc0) != 0x80;
  return n;
}

const char *text_markup(const char *text) {
  for (const char *p = text; *p != '\0'; p++) {
    if (*p == '<' && (is_letter(p[1]) || p[1] == '/' || p[1] == '!' || p[1] == '?'))
      return p;
    if (*p != '&')
      continue;

    const char *end = p + 1;
    if (*end == '#')
      end++;
    while (is_letter(*end) || is_digit(*end))
      end++;

    if (end > p + 1 && *end == ';')
      return p;
  }
  return NULL;
}
