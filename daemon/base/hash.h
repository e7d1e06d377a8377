/* hash - keyed and unkeyed BLAKE2b (libsodium), and an exact set of 128-bit keys. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash128 {
  uint64_t a, b;
};
struct hash256 {
  unsigned char bytes[32];
};

int hash_init(void); /* once a process, before anything else here; 0 or negative errno */
/* key may be NULL */
struct hash128 hash128_of(const unsigned char key[32], const void *data, size_t len);
struct hash256 hash256_of(const void *data, size_t len);
const char *hash256_hex(const struct hash256 *h, char out[65]);
bool hash256_parse(const char *hex, struct hash256 *ret);
static inline bool hash128_eq(struct hash128 x, struct hash128 y) {
  return x.a == y.a && x.b == y.b;
}
static inline bool hash256_eq(const struct hash256 *x, const struct hash256 *y) {
  return __builtin_memcmp(x->bytes, y->bytes, 32) == 0;
}

/* Map hash128 -> pointer. Keys are already uniformly random, so it is plain linear probing. Zeroed
 * struct = empty map. */
struct hashmap {
  struct hashmap_slot {
    struct hash128 key;
    void *value;
  } * slots;
  size_t n, cap;
};
void *hashmap_get(const struct hashmap *m, struct hash128 key);       /* NULL if absent */
void hashmap_put(struct hashmap *m, struct hash128 key, void *value); /* value not NULL; replaces */
void hashmap_del(struct hashmap *m, struct hash128 key);
void hashmap_finish(struct hashmap *m); /* values are the owner's */
