/* basis - what the store keeps of an evaluation, as bytes: what it was made from, and the advice;
 * and the sealed form of the former that is published as `stand`. */
#include <errno.h>
#include <string.h>

#include "base/seal.h"
#include "base/words.h"
#include "people/people.h"

void basis_encode(const struct basis *s, struct buf *out) {
  buf_u64(out, s->number);
  buf_u64(out, s->facts.a);
  buf_u64(out, s->facts.b);
  buf_put(out, s->rules.bytes, 32);
  buf_put(out, s->catalogue.bytes, 32);
  buf_i32(out, s->day);
  buf_i32(out, s->next_change_day);
  buf_u32(out, s->engine);
}

static void read_hash(struct reader *r, struct hash256 *ret) {
  for (int i = 0; i < 32; i++)
    ret->bytes[i] = read_u8(r);
}

int basis_decode(const void *data, size_t len, struct basis *ret) {
  struct reader r = reader_of(data, len);
  struct basis s = {0};

  s.number = read_u64(&r);
  s.facts.a = read_u64(&r);
  s.facts.b = read_u64(&r);
  read_hash(&r, &s.rules);
  read_hash(&r, &s.catalogue);
  s.day = read_i32(&r);
  s.next_change_day = read_i32(&r);
  s.engine = read_u32(&r);
  if (r.bad || r.p != r.end)
    return -EBADMSG;

  *ret = s;

  return 0;
}

void current_encode(const struct current_advice *s, size_t n, const char *held, struct buf *out) {
  buf_u32(out, (uint32_t)n);
  for (size_t i = 0; i < n; i++) {
    buf_str(out, s[i].id);
    buf_u32(out, s[i].round);
    buf_u64(out, s[i].publication);
    buf_blob(out, s[i].advice, s[i].len);
  }

  buf_str(out, held);
}

void current_free(struct current_advice *s, size_t n) {
  if (!s)
    return;

  for (size_t i = 0; i < n; i++) {
    free(s[i].id);
    free(s[i].advice);
  }

  free(s);
}

int current_decode(const void *data, size_t len, struct current_advice **ret, size_t *ret_n,
                   char **ret_held) {
  struct reader r = reader_of(data, len);
  struct arena a = {0};
  uint32_t n = read_u32(&r);
  if (n > len / 16)
    r.bad = true; /* each takes at least 20 bytes: no allocation on a lie */

  struct current_advice *items = NULL;
  if (!(r.bad || n == 0))
    items = mem_array(n, sizeof *items);
  for (uint32_t i = 0; i < n && !r.bad; i++) {
    const char *id = read_str(&r, &a);
    items[i].round = read_u32(&r);
    items[i].publication = read_u64(&r);
    size_t advice_len;
    const void *advice = read_blob(&r, &advice_len);

    items[i].id = mem_strdup(text_or(id, ""));
    items[i].advice = mem_strndup(text_or(advice, ""), advice ? advice_len : 0);
    items[i].len = advice_len;
  }

  const char *held = read_str(&r, &a);
  if (r.bad || r.p != r.end) {
    if (items)
      current_free(items, n);
    arena_finish(&a);
    return -EBADMSG;
  }

  *ret = items;
  *ret_n = n;

  if (held)
    *ret_held = mem_strdup(held);
  else
    *ret_held = NULL;

  arena_finish(&a);

  return 0;
}

void basis_token(const struct basis *s, const unsigned char key[32], struct buf *out) {
  struct buf plain = {0};
  buf_u64(&plain, s->number);
  buf_i32(&plain, s->day);
  buf_put(&plain, s->rules.bytes, 8);
  buf_put(&plain, s->catalogue.bytes, 8);
  buf_u64(&plain, s->facts.a);
  seal(key, SEAL_BASIS, plain.data, plain.len, out);
  buf_finish(&plain);
}
