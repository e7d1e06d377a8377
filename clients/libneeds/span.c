/* span - see span.h. */
#include "span.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- text that grows --- */

static bool room_for(struct bytes *b, size_t more) {
  if (b->failed) return false;
  size_t need = b->len + more + 1, cap = b->cap ? b->cap : 64;
  if (need <= b->cap) return true;
  while (cap < need) cap *= 2;
  char *s = realloc(b->s, cap);
  b->failed = !s;
  if (s) b->s = s, b->cap = cap;
  return s != NULL;
}

void bytes_add(struct bytes *b, const void *s, size_t len) {
  if (!room_for(b, len)) return;
  if (len) memcpy(b->s + b->len, s, len);
  b->len += len;
  b->s[b->len] = '\0';
}

void bytes_str(struct bytes *b, const char *s) { bytes_add(b, s, strlen(s)); }

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

struct scan {
  const char *p, *end;
  struct span_fault *fault;
  const char *start;
  int depth;
};

static bool bad(struct scan *s, const char *why) {
  s->fault->why = why;
  s->fault->at = (size_t)(s->p - s->start);
  return false;
}

static const char *blanks(const char *p, const char *end) {
  while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')) p++;
  return p;
}

/* Length of the well-formed UTF-8 sequence at p, 0 if there is none (overlong, surrogate, cut short). */
static int sequence_at(const char *at, const char *end) {
  const unsigned char *p = (const unsigned char *)at;
  int n = *p < 0x80 ? 1 : *p >= 0xC2 && *p < 0xE0 ? 2 : (*p & 0xF0) == 0xE0 ? 3 : *p >= 0xF0 && *p < 0xF5 ? 4 : 0;
  if (n == 0 || end - at < n) return 0;
  for (int i = 1; i < n; i++)
    if ((p[i] & 0xC0) != 0x80) return 0;
  if ((*p == 0xE0 && p[1] < 0xA0) || (*p == 0xED && p[1] > 0x9F) || (*p == 0xF0 && p[1] < 0x90) || (*p == 0xF4 && p[1] > 0x8F))
    return 0;
  return n;
}

static int hex_value(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool check_escape(struct scan *s) {
  if (s->end - s->p < 2) return bad(s, "ends inside a string");
  char c = s->p[1];
  if (c != 'u') {
    if (!c || !strchr("\"\\/bfnrt", c)) return bad(s, "no such escape in a string");
    s->p += 2;
    return true;
  }
  if (s->end - s->p < 6) return bad(s, "ends inside a string");
  for (int i = 2; i < 6; i++)
    if (hex_value(s->p[i]) < 0) return bad(s, "\\u needs four hexadecimal digits");
  s->p += 6;
  return true;
}

static bool check_string(struct scan *s) {
  for (s->p++; s->p < s->end && *s->p != '"';) {
    if (*s->p == '\\') {
      if (!check_escape(s)) return false;
      continue;
    }
    if ((unsigned char)*s->p < 0x20) return bad(s, "a control character in a string; write it as an escape");
    int n = sequence_at(s->p, s->end);
    if (n == 0) return bad(s, "not UTF-8");
    s->p += n;
  }
  if (s->p >= s->end) return bad(s, "ends inside a string");
  s->p++;
  return true;
}

static const char *digits(const char *p, const char *end) {
  while (p < end && *p >= '0' && *p <= '9') p++;
  return p;
}

static bool check_number(struct scan *s) {
  const char *p = s->p, *after;
  if (p < s->end && *p == '-') p++;
  after = p < s->end && *p == '0' ? p + 1 : digits(p, s->end);
  if (after == p) return bad(s, "not a JSON value");
  p = after;
  if (p < s->end && *p == '.') {
    after = digits(p + 1, s->end);
    if (after == p + 1) return bad(s, "a number needs digits after its point");
    p = after;
  }
  if (p < s->end && (*p == 'e' || *p == 'E')) {
    p++;
    if (p < s->end && (*p == '+' || *p == '-')) p++;
    after = digits(p, s->end);
    if (after == p) return bad(s, "a number needs digits in its exponent");
    p = after;
  }
  s->p = p;
  return true;
}

static bool check_word(struct scan *s) {
  static const char *const words[] = {"true", "false", "null"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    size_t n = strlen(words[i]);
    if ((size_t)(s->end - s->p) < n || memcmp(s->p, words[i], n)) continue;
    s->p += n;
    return true;
  }
  return check_number(s);
}

static bool check_value(struct scan *s);

/* After the name of a member: the colon; s->p at the value. */
static bool check_name(struct scan *s) {
  if (s->p >= s->end || *s->p != '"') return bad(s, "a member begins with its name in quotes");
  if (!check_string(s)) return false;
  s->p = blanks(s->p, s->end);
  if (s->p >= s->end || *s->p != ':') return bad(s, "a colon is missing after a member's name");
  s->p++;
  return true;
}

static bool check_inside(struct scan *s, char close) {
  s->p = blanks(s->p + 1, s->end);
  if (s->p < s->end && *s->p == close) {
    s->p++;
    return true;
  }
  for (;;) {
    s->p = blanks(s->p, s->end);
    if (close == '}' && !check_name(s)) return false;
    if (!check_value(s)) return false;
    s->p = blanks(s->p, s->end);
    if (s->p >= s->end) return bad(s, close == '}' ? "ends inside an object" : "ends inside a list");
    if (*s->p == close) break;
    if (*s->p != ',') return bad(s, "a comma is missing");
    s->p++;
  }
  s->p++;
  return true;
}

static bool check_value(struct scan *s) {
  s->p = blanks(s->p, s->end);
  if (s->p >= s->end) return bad(s, "ends before its value");
  if (*s->p == '"') return check_string(s);
  if (*s->p != '{' && *s->p != '[') return check_word(s);
  if (++s->depth > SPAN_DEPTH) return bad(s, "nested too deeply");
  bool good = check_inside(s, *s->p == '{' ? '}' : ']');
  s->depth--;
  return good;
}

bool span_check(const char *text, size_t len, struct span *ret, struct span_fault *fault) {
  struct scan s = {.p = blanks(text, text + len), .end = text + len, .start = text, .fault = fault};
  const char *first = s.p;
  if (!check_value(&s)) return false;
  struct span found = {first, (size_t)(s.p - first)};
  s.p = blanks(s.p, s.end);
  if (s.p < s.end) return bad(&s, "something stands behind the value");
  *ret = found;
  return true;
}

/* --- reading what is known to be good --- */

static const char *after_string(const char *p, const char *end) {
  for (p++; p < end && *p != '"'; p++)
    if (*p == '\\') p++;
  return p + 1;
}

static const char *after_value(const char *p, const char *end) {
  int depth = 0;
  if (*p == '"') return after_string(p, end);
  if (*p != '{' && *p != '[') {
    while (p < end && !strchr(",]} \t\r\n", *p)) p++;
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

bool span_is(struct span s, char first) { return s.at && *s.at == first; }

struct span span_member(struct span object, const char *name) {
  size_t n = strlen(name);
  if (!span_is(object, '{')) return (struct span){0};
  const char *end = object.at + object.len - 1, *p = blanks(object.at + 1, end);
  while (p < end) {
    const char *key = p + 1, *after = after_string(p, end);
    const char *value = blanks(blanks(after, end) + 1, end), *stop = after_value(value, end);
    if ((size_t)(after - 1 - key) == n && !memcmp(key, name, n) && *value != 'n')
      return (struct span){value, (size_t)(stop - value)};
    p = blanks(stop, end);
    if (p < end) p = blanks(p + 1, end);
  }
  return (struct span){0};
}

struct span span_next(struct span list, struct span item) {
  if (!span_is(list, '[')) return (struct span){0};
  const char *end = list.at + list.len - 1, *p = blanks(item.at ? item.at + item.len : list.at + 1, end);
  if (item.at && p < end) p = blanks(p + 1, end);
  return p < end ? (struct span){p, (size_t)(after_value(p, end) - p)} : (struct span){0};
}

bool span_equals(struct span string, const char *text) {
  size_t n = strlen(text);
  return span_is(string, '"') && string.len == n + 2 && !memcmp(string.at + 1, text, n);
}

char *span_copy(struct span s) { return s.at ? strndup(s.at, s.len) : NULL; }

static char *put_utf8(char *to, uint32_t c) {
  if (c < 0x80)
    *to++ = (char)c;
  else if (c < 0x800)
    *to++ = (char)(0xC0 | c >> 6), *to++ = (char)(0x80 | (c & 63));
  else if (c < 0x10000)
    *to++ = (char)(0xE0 | c >> 12), *to++ = (char)(0x80 | (c >> 6 & 63)), *to++ = (char)(0x80 | (c & 63));
  else {
    *to++ = (char)(0xF0 | c >> 18), *to++ = (char)(0x80 | (c >> 12 & 63));
    *to++ = (char)(0x80 | (c >> 6 & 63)), *to++ = (char)(0x80 | (c & 63));
  }
  return to;
}

static uint32_t four_digits(const char *p) {
  uint32_t c = 0;
  for (int i = 0; i < 4; i++) c = c << 4 | (uint32_t)hex_value(p[i]);
  return c;
}

/* p at the `u`; a pair of surrogates is one character, a lone one (and NUL) becomes the replacement character. */
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
  if (!span_is(s, '"')) return NULL;
  char *text = malloc(s.len), *to = text;
  if (!text) return NULL;
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
  if (!s.at || (*s.at != '-' && (*s.at < '0' || *s.at > '9'))) return otherwise;
  int64_t n = strtoll(s.at, &stop, 10);
  return stop == s.at ? otherwise : n;
}
