/* hash - BLAKE2b by libsodium, and an exact map of 128-bit keys. See hash.h. */
#include "base/hash.h"

#include "base/mem.h"

#include <errno.h>
#include <sodium.h>

int hash_init(void) {
  if (sodium_init() < 0)
    return -EIO;
  return 0;
}

static uint64_t little_endian(const unsigned char *p) {
  uint64_t v = 0;
  for (unsigned i = 0; i < 8; i++)
    v |= (uint64_t)p[i] << (8 * i);
  return v;
}

struct hash128 hash128_of(const unsigned char key[32], const void *data, size_t len) {
  unsigned char out[16];
  crypto_generichash(out, sizeof(out), data, len, key, key ? 32 : 0);
  return (struct hash128){little_endian(out), little_endian(out + 8)};
}

struct hash256 hash256_of(const void *data, size_t len) {
  struct hash256 h;
  crypto_generichash(h.bytes, sizeof(h.bytes), data, len, NULL, 0);
  return h;
}

const char *hash256_hex(const struct hash256 *h, char out[65]) {
  return sodium_bin2hex(out, 65, h->bytes, 32);
}

static int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return -1;
}

/* Lower case only, as hash256_hex writes it: one hash has one text. */
bool hash256_parse(const char *hex, struct hash256 *ret) {
  struct hash256 h;

  for (size_t i = 0; i < 32; i++) {
    int high = hex_value(hex[2 * i]), low = high < 0 ? -1 : hex_value(hex[2 * i + 1]);
    if (low < 0)
      return false;
    h.bytes[i] = (unsigned char)(high * 16 + low);
  }

  if (hex[64] != '\0')
    return false;

  *ret = h;

  return true;
}

static size_t home_of(const struct hashmap *m, struct hash128 key) {
  return (size_t)key.a & (m->cap - 1);
}

/* The slot that holds `key`, or the empty one where it belongs. There is always an empty one. */
static struct hashmap_slot *slot_of(const struct hashmap *m, struct hash128 key) {
  size_t i = home_of(m, key);
  while (m->slots[i].value && !hash128_eq(m->slots[i].key, key))
    i = (i + 1) & (m->cap - 1);
  return &m->slots[i];
}

void *hashmap_get(const struct hashmap *m, struct hash128 key) {
  if (m->n > 0)
    return slot_of(m, key)->value;
  return NULL;
}

static void grow(struct hashmap *m) {
  struct hashmap bigger = {.n = m->n, .cap = m->cap > 0 ? m->cap * 2 : 16};
  bigger.slots = mem_array(bigger.cap, sizeof(*bigger.slots));
  for (size_t i = 0; i < m->cap; i++)
    if (m->slots[i].value)
      *slot_of(&bigger, m->slots[i].key) = m->slots[i];

  free(m->slots);
  *m = bigger;
}

void hashmap_put(struct hashmap *m, struct hash128 key, void *value) {
  if ((m->n + 1) * 4 > m->cap * 3)
    grow(m);

  struct hashmap_slot *slot = slot_of(m, key);
  if (!slot->value)
    m->n++;

  *slot = (struct hashmap_slot){key, value};
}

/* Later members of the run move back into the hole unless their home lies after it, so that no
 * tombstones are needed. */
void hashmap_del(struct hashmap *m, struct hash128 key) {
  if (m->n == 0)
    return;

  struct hashmap_slot *slot = slot_of(m, key);
  if (!slot->value)
    return;

  size_t mask = m->cap - 1, hole = (size_t)(slot - m->slots);
  for (size_t i = (hole + 1) & mask; m->slots[i].value; i = (i + 1) & mask) {
    size_t from_home = (i - home_of(m, m->slots[i].key)) & mask, from_hole = (i - hole) & mask;
    if (from_home < from_hole)
      continue;
    m->slots[hole] = m->slots[i];
    hole = i;
  }

  m->slots[hole] = (struct hashmap_slot){0};
  m->n--;
}

void hashmap_finish(struct hashmap *m) {
  free(m->slots);
  *m = (struct hashmap){0};
}
