/* span - see span.h. */
#include "span.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_grammar.h"

/* --- text that grows --- */

static bool room_for(struct bytes *b, size_t more) {
  if (b->failed)
    return false;

  size_t need = b->len + more + 1, cap = b->cap ? b->cap : 64;
  if (need <= b->cap)
    return true;

  while (cap < need)
    cap *= 2;

  char *s = realloc(b->s, cap);
  b->failed = !s;
  if (s) {
    b->s = s;
    b->cap = cap;
  }

  return s != NULL;
}

void bytes_add(struct bytes *b, const void *s, size_t len) {
  if (!room_for(b, len))
    return;

  if (len)
    memcpy(b->s + b->len, s, len);

  b->len += len;
  b->s[b->len] = '\0';
}

void bytes_str(struct bytes *b, const char *s) {
  bytes_add(b, s, strlen(s));
}

void bytes_printf(struct bytes *b, const char *fmt, ...) {
  char *s;
  va_list ap;

  va_start(ap, fmt);
  int n = vasprintf(&s, fmt, ap);
  va_end(ap);
  if (n < 0) {
    b->failed = true;
    return;
  }

  bytes_add(b, s, (size_t)n);
  free(s);
}

void bytes_quoted(struct bytes *b, const char *s) {
  bytes_str(b, "\"");
  for (; *s; s++) {
    unsigned char c = (unsigned char)*s;
    if (c == '"' || c == '\\')
      bytes_printf(b, "\\%c", c);
    else if (c < 0x20)
      bytes_printf(b, "\\u%04x", c);
    else
      bytes_add(b, s, 1);
  }

  bytes_str(b, "\"");
}

void bytes_finish(struct bytes *b) {
  free(b->s);
  *b = (struct bytes){0};
}

/* --- checking --- */

static const char *blanks(const char *p, const char *end) {
  while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
    p++;
  return p;
}

bool span_check(const char *text, size_t len, struct span *ret, struct span_fault *fault) {
  struct json_fault wrong;

  if (!json_grammar(text, len, SPAN_DEPTH, JSON_UNIQUE_NAMES | JSON_WHOLE_PAIRS, &wrong)) {
    *fault = (struct span_fault){wrong.why, wrong.at};
    return false;
  }

  const char *first = blanks(text, text + len), *end = text + len;
  while (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r' || end[-1] == '\n')
    end--;

  *ret = (struct span){first, (size_t)(end - first)};

  return true;
}

/* --- reading what is known to be good --- */

static const char *after_string(const char *p, const char *end) {
  for (p++; p < end && *p != '"'; p++)
    if (*p == '\\')
      p++;
  return p + 1;
}

static const char *after_value(const char *p, const char *end) {
  int depth = 0;
  if (*p == '"')
    return after_string(p, end);
  if (*p != '{' && *p != '[') {
    while (p < end && !strchr(",]} \t\r\n", *p))
      p++;
    return p;
  }

  do {
    if (*p == '"') {
      p = after_string(p, end);
      continue;
    }

    depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
    p++;
  } while (depth > 0 && p < end);

  return p;
}

bool span_is(struct span s, char first) {
  return s.at && *s.at == first;
}

struct span span_member(struct span object, const char *name) {
  size_t n = strlen(name);
  if (!span_is(object, '{'))
    return (struct span){0};

  const char *end = object.at + object.len - 1, *p = blanks(object.at + 1, end);
  while (p < end) {
    const char *key = p + 1, *after = after_string(p, end);
    const char *value = blanks(blanks(after, end) + 1, end), *stop = after_value(value, end);
    if ((size_t)(after - 1 - key) == n && !memcmp(key, name, n) && *value != 'n')
      return (struct span){value, (size_t)(stop - value)};

    p = blanks(stop, end);
    if (p < end)
      p = blanks(p + 1, end);
  }

  return (struct span){0};
}

struct span span_next(struct span list, struct span item) {
  if (!span_is(list, '['))
    return (struct span){0};

  const char *end = list.at + list.len - 1,
             *p = blanks(item.at ? item.at + item.len : list.at + 1, end);
  if (item.at && p < end)
    p = blanks(p + 1, end);

  if (p < end)
    return (struct span){p, (size_t)(after_value(p, end) - p)};
  return (struct span){0};
}

bool span_equals(struct span string, const char *text) {
  size_t n = strlen(text);
  return span_is(string, '"') && string.len == n + 2 && !memcmp(string.at + 1, text, n);
}

char *span_copy(struct span s) {
  if (s.at)
    return strndup(s.at, s.len);
  return NULL;
}

static char *put_utf8(char *to, uint32_t c) {
  if (c < 0x80)
    *to++ = (char)c;
  else if (c < 0x800)
    *to++ = (char)(0xC0 | c >> 6), *to++ = (char)(0x80 | (c & 63));
  else if (c < 0x10000)
    *to++ = (char)(0xE0 | c >> 12), *to++ = (char)(0x80 | (c >> 6 & 63)),
    *to++ = (char)(0x80 | (c & 63));
  else {
    *to++ = (char)(0xF0 | c >> 18), *to++ = (char)(0x80 | (c >> 12 & 63));
    *to++ = (char)(0x80 | (c >> 6 & 63)), *to++ = (char)(0x80 | (c & 63));
  }

  return to;
}

static unsigned hex_value(char c) {
  if (c <= '9')
    return (unsigned)(c - '0');
  return (unsigned)((c | 0x20) - 'a' + 10);
}

static uint32_t four_digits(const char *p) {
  uint32_t c = 0;
  for (int i = 0; i < 4; i++)
    c = c << 4 | hex_value(p[i]);
  return c;
}

/* p at the `u`; a pair of surrogates is one character, a lone one (and NUL) becomes the replacement
 * character. */
static const char *unescape_u(const char *p, const char *end, char **to) {
  uint32_t c = four_digits(p + 1);
  p += 5;
  if (c >= 0xD800 && c < 0xDC00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
    uint32_t low = four_digits(p + 2);
    if (low >= 0xDC00 && low < 0xE000) {
      c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
      p += 6;
    }
  }

  *to = put_utf8(*to, c == 0 || (c >= 0xD800 && c < 0xE000) ? 0xFFFD : c);

  return p;
}

char *span_text(struct span s) {
  static const char from[] = "bfnrt", into[] = "\b\f\n\r\t";
  if (!span_is(s, '"'))
    return NULL;

  char *text = malloc(s.len), *to = text;
  if (!text)
    return NULL;

  for (const char *p = s.at + 1, *end = s.at + s.len - 1; p < end;) {
    if (*p != '\\') {
      *to++ = *p++;
      continue;
    }

    const char *known = strchr(from, *++p);

    if (*p == 'u')
      p = unescape_u(p, end, &to);
    else
      *to++ = known ? into[known - from] : *p, p++;
  }

  *to = '\0';

  return text;
}

int64_t span_number(struct span s, int64_t otherwise) {
  char *stop;
  if (!s.at || (*s.at != '-' && (*s.at < '0' || *s.at > '9')))
    return otherwise;

  int64_t n = strtoll(s.at, &stop, 10);
  if (stop == s.at)
    return otherwise;
  return n;
}
