/* buf - a growing byte buffer, its bounds-checked reader, and the JSON writer.
 *
 * Everything that is written as bytes goes through here: the workers' exchange, cursors, bundles,
 * every JSON body that leaves the daemon. Integers are little endian. A zeroed struct buf is an
 * empty buffer; buf_finish frees it. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
  unsigned char *data;
  size_t len, cap;
};

void buf_finish(struct buf *b);
void buf_reset(struct buf *b); /* empty again, memory kept */
void buf_put(struct buf *b, const void *data, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list args)
    __attribute__((format(printf, 2, 0)));
void buf_u8(struct buf *b, uint8_t v);
void buf_u32(struct buf *b, uint32_t v);
void buf_u64(struct buf *b, uint64_t v);
void buf_i32(struct buf *b, int32_t v);
void buf_blob(struct buf *b, const void *data, size_t len); /* u32 length, then the bytes */
void buf_str(struct buf *b, const char *s);                 /* as blob; NULL is length 0xffffffff */
void buf_set_u32(struct buf *b, size_t at, uint32_t v);     /* overwrites 4 bytes that are there */
/* NUL-terminated view, valid until the next change */
const char *buf_cstr(struct buf *b);

/* A reader over bytes it does not own. Reading past the end sets `bad` and gives zeroes: check
 * once, at the end. */
struct reader {
  const unsigned char *p, *end;
  bool bad;
};
static inline struct reader reader_of(const void *data, size_t len) {
  return (struct reader){data, (const unsigned char *)data + len, false};
}
uint8_t read_u8(struct reader *r);
uint32_t read_u32(struct reader *r);
uint64_t read_u64(struct reader *r);
int32_t read_i32(struct reader *r);
const void *read_blob(struct reader *r, size_t *ret_len); /* NULL with length 0 when bad */
struct arena;
const char *read_str(struct reader *r, struct arena *a); /* copied; NULL for NULL or when bad */

/* JSON writer: members in the order they are written, UTF-8 as it is, no spaces. The caller keeps
 * the nesting right: json_open(b, '{'); json_key(b, "id"); json_str(b, id); json_close(b, '}');
 * Commas come by themselves. */
void json_open(struct buf *b, char bracket);
void json_close(struct buf *b, char bracket);
void json_key(struct buf *b, const char *key);
void json_str(struct buf *b, const char *s); /* NULL writes null */
void json_strn(struct buf *b, const char *s, size_t n);
void json_int(struct buf *b, int64_t v);
void json_bool(struct buf *b, bool v);
void json_null(struct buf *b);
void json_raw(struct buf *b, const void *json, size_t len); /* a value that is JSON already */
/* key and value in one */
void key_str(struct buf *b, const char *key, const char *value);
void key_int(struct buf *b, const char *key, int64_t value); /* ABSENT: null */
void key_bool(struct buf *b, const char *key, bool value);
void key_date(struct buf *b, const char *key, int32_t day); /* ABSENT, never: null */
struct hash256;
void key_hash(struct buf *b, const char *key, const struct hash256 *hash);
/* the same: skipped when the value is NULL / ABSENT */
void json_opt_str(struct buf *b, const char *key, const char *s);
void json_opt_int(struct buf *b, const char *key, int32_t v);
