/* buf - a growing byte buffer, its bounds-checked reader, and the JSON writer. See buf.h. */
#include "base/buf.h"

#include "base/date.h"
#include "base/hash.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NULL_STRING UINT32_MAX

void buf_finish(struct buf *b) {
  free(b->data);
  *b = (struct buf){0};
}

void buf_reset(struct buf *b) {
  b->len = 0;
}

static unsigned char *room(struct buf *b, size_t len) {
  if (len > SIZE_MAX / 4 - b->len)
    abort(); /* a length computed wrongly, not a want of memory */
  if (b->cap - b->len < len)
    b->data = mem_grow(b->data, &b->cap, b->len + len < 64 ? 64 : b->len + len, 1);
  return b->data + b->len;
}

void buf_put(struct buf *b, const void *data, size_t len) {
  if (len == 0)
    return;
  memcpy(room(b, len), data, len);
  b->len += len;
}

void buf_puts(struct buf *b, const char *s) {
  buf_put(b, s, strlen(s));
}

void buf_printf(struct buf *b, const char *fmt, ...) {
  va_list args;

  va_start(args, fmt);
  buf_vprintf(b, fmt, args);
  va_end(args);
}

void buf_vprintf(struct buf *b, const char *fmt, va_list args) {
  va_list again;

  va_copy(again, args);
  char *to = (char *)room(b, 64);
  size_t left = b->cap - b->len;
  int len = vsnprintf(to, left, fmt, args);
  if (len > 0 && (size_t)len >= left)
    vsnprintf((char *)room(b, (size_t)len + 1), (size_t)len + 1, fmt, again);

  va_end(again);
  if (len > 0)
    b->len += (size_t)len;
}

static void put_little_endian(unsigned char *to, uint64_t v, unsigned bytes) {
  for (unsigned i = 0; i < bytes; i++)
    to[i] = (unsigned char)(v >> (8 * i));
}

static void put_integer(struct buf *b, uint64_t v, unsigned bytes) {
  put_little_endian(room(b, bytes), v, bytes);
  b->len += bytes;
}

void buf_u8(struct buf *b, uint8_t v) {
  put_integer(b, v, 1);
}
void buf_u32(struct buf *b, uint32_t v) {
  put_integer(b, v, 4);
}
void buf_u64(struct buf *b, uint64_t v) {
  put_integer(b, v, 8);
}
void buf_i32(struct buf *b, int32_t v) {
  put_integer(b, (uint32_t)v, 4);
}

void buf_blob(struct buf *b, const void *data, size_t len) {
  if (len >= NULL_STRING)
    abort();
  buf_u32(b, (uint32_t)len);
  buf_put(b, data, len);
}

void buf_str(struct buf *b, const char *s) {
  if (!s)
    buf_u32(b, NULL_STRING);
  else
    buf_blob(b, s, strlen(s));
}

void buf_set_u32(struct buf *b, size_t at, uint32_t v) {
  if (at > b->len || b->len - at < 4)
    abort();
  put_little_endian(b->data + at, v, 4);
}

const char *buf_cstr(struct buf *b) {
  *room(b, 1) = '\0';
  return (const char *)b->data;
}

/* The next `n` bytes, or NULL: then everything after is bad too. */
static const unsigned char *take(struct reader *r, size_t n) {
  if (r->bad || (size_t)(r->end - r->p) < n) {
    r->bad = true;
    return NULL;
  }

  const unsigned char *p = r->p;
  r->p += n;

  return p;
}

static uint64_t take_integer(struct reader *r, unsigned bytes) {
  const unsigned char *p = take(r, bytes);
  uint64_t v = 0;
  for (unsigned i = 0; p && i < bytes; i++)
    v |= (uint64_t)p[i] << (8 * i);
  return v;
}

uint8_t read_u8(struct reader *r) {
  return (uint8_t)take_integer(r, 1);
}
uint32_t read_u32(struct reader *r) {
  return (uint32_t)take_integer(r, 4);
}
uint64_t read_u64(struct reader *r) {
  return take_integer(r, 8);
}
int32_t read_i32(struct reader *r) {
  return (int32_t)(uint32_t)take_integer(r, 4);
}

const void *read_blob(struct reader *r, size_t *ret_len) {
  size_t len = read_u32(r);
  const unsigned char *p = take(r, len);
  if (p)
    *ret_len = len;
  else
    *ret_len = 0;

  return p;
}

const char *read_str(struct reader *r, struct arena *a) {
  uint32_t len = read_u32(r);
  if (r->bad || len == NULL_STRING)
    return NULL;

  const unsigned char *p = take(r, len);
  if (p)
    return arena_strndup(a, (const char *)p, len);
  return NULL;
}

/* Whether a comma is due is seen in the last byte: only the end of a value can stand before another
 * value or key. */
static void comma(struct buf *b) {
  if (b->len == 0)
    return;

  unsigned char last = b->data[b->len - 1];
  if (last == '"' || last == '}' || last == ']' || last == 'e' || last == 'l' ||
      (last >= '0' && last <= '9'))
    buf_puts(b, ",");
}

static void put_escaped(struct buf *b, unsigned char c) {
  static const char *const names[0x20] = {
      ['\b'] = "\\b", ['\f'] = "\\f", ['\n'] = "\\n", ['\r'] = "\\r", ['\t'] = "\\t"};

  if (c == '"' || c == '\\')
    buf_put(b, (char[]){'\\', (char)c}, 2);
  else if (names[c])
    buf_puts(b, names[c]);
  else
    buf_printf(b, "\\u%04x", c);
}

static void put_string(struct buf *b, const char *s, size_t n) {
  buf_puts(b, "\"");
  size_t plain = 0; /* start of the run that needs no escape */

  for (size_t i = 0; i < n; i++) {
    unsigned char c = (unsigned char)s[i];
    if (c >= 0x20 && c != '"' && c != '\\')
      continue;

    buf_put(b, s + plain, i - plain);
    put_escaped(b, c);
    plain = i + 1;
  }

  buf_put(b, s + plain, n - plain);
  buf_puts(b, "\"");
}

void json_open(struct buf *b, char bracket) {
  comma(b);
  buf_put(b, &bracket, 1);
}

void json_close(struct buf *b, char bracket) {
  buf_put(b, &bracket, 1);
}

void json_key(struct buf *b, const char *key) {
  comma(b);
  put_string(b, key, strlen(key));
  buf_puts(b, ":");
}

void json_strn(struct buf *b, const char *s, size_t n) {
  comma(b);
  put_string(b, s, n);
}

void json_str(struct buf *b, const char *s) {
  if (!s)
    json_null(b);
  else
    json_strn(b, s, strlen(s));
}

static void put_word(struct buf *b, const char *word) {
  comma(b);
  buf_puts(b, word);
}

void json_int(struct buf *b, int64_t v) {
  char text[24];
  snprintf(text, sizeof(text), "%" PRId64, v);
  put_word(b, text);
}

void json_bool(struct buf *b, bool v) {
  put_word(b, v ? "true" : "false");
}

void json_null(struct buf *b) {
  put_word(b, "null");
}

static bool is_space(unsigned char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* White space around the value is dropped: the next comma is found by the last byte. */
void json_raw(struct buf *b, const void *json, size_t len) {
  const unsigned char *p = json;
  while (len > 0 && is_space(p[len - 1]))
    len--;
  while (len > 0 && is_space(*p)) {
    p++;
    len--;
  }

  comma(b);
  buf_put(b, p, len);
}

void key_str(struct buf *b, const char *key, const char *value) {
  json_key(b, key);
  json_str(b, value);
}

void key_int(struct buf *b, const char *key, int64_t value) {
  json_key(b, key);
  if (value == ABSENT)
    json_null(b);
  else
    json_int(b, value);
}

void key_bool(struct buf *b, const char *key, bool value) {
  json_key(b, key);
  json_bool(b, value);
}

void key_date(struct buf *b, const char *key, int32_t day) {
  char text[DATE_TEXT];
  json_key(b, key);
  if (day == ABSENT || day == INT32_MAX)
    json_null(b);
  else
    json_str(b, date_text(day, text));
}

void key_hash(struct buf *b, const char *key, const struct hash256 *hash) {
  char hex[65];
  key_str(b, key, hash256_hex(hash, hex));
}

void json_opt_str(struct buf *b, const char *key, const char *s) {
  if (!s)
    return;
  json_key(b, key);
  json_str(b, s);
}

void json_opt_int(struct buf *b, const char *key, int32_t v) {
  if (v == ABSENT)
    return;
  json_key(b, key);
  json_int(b, v);
}
