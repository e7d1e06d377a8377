/* cursor - see cursor.h. */
#include "door/cursor.h"

#include "base/seal.h"

static void put_u64(unsigned char *to, uint64_t v) {
  for (int i = 0; i < 8; i++)
    to[i] = (unsigned char)(v >> (8 * i));
}

static uint64_t get_u64(const unsigned char *from) {
  uint64_t v = 0;
  for (int i = 0; i < 8; i++)
    v |= (uint64_t)from[i] << (8 * i);
  return v;
}

void cursor_seal(const unsigned char key[32], struct cursor c, struct buf *out) {
  unsigned char plain[16];
  put_u64(plain, c.position);
  put_u64(plain + 8, c.current);
  seal(key, SEAL_CURSOR, plain, sizeof plain, out);
}

int cursor_open(const unsigned char key[32], const char *text, size_t len, struct cursor *ret) {
  unsigned char plain[16];
  int rc = unseal(key, SEAL_CURSOR, text, len, plain, sizeof plain);
  if (rc == 0)
    *ret = (struct cursor){get_u64(plain), get_u64(plain + 8)};
  return rc;
}

void position_seal(const unsigned char key[32], uint64_t position, struct buf *out) {
  unsigned char plain[8];
  put_u64(plain, position);
  seal(key, SEAL_POSITION, plain, sizeof plain, out);
}

int position_open(const unsigned char key[32], const char *text, size_t len, uint64_t *ret) {
  unsigned char plain[8];
  int rc = unseal(key, SEAL_POSITION, text, len, plain, sizeof plain);
  if (rc == 0)
    *ret = get_u64(plain);
  return rc;
}

void json_cursor(const unsigned char key[32], struct cursor c, struct buf *out) {
  struct buf text = {0};
  cursor_seal(key, c, &text);
  json_strn(out, (const char *)text.data, text.len);
  buf_finish(&text);
}

void json_position(const unsigned char key[32], uint64_t position, struct buf *out) {
  struct buf text = {0};
  position_seal(key, position, &text);
  json_strn(out, (const char *)text.data, text.len);
  buf_finish(&text);
}
