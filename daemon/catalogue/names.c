/* names - text -> pointer by open addressing, kept in an arena; and small helpers on words. */
#include <string.h>

#include "catalogue/internal.h"

/* FNV-1a: the names are the authority's own, nobody attacks them */
static uint64_t hash_of(const char *s) {
  uint64_t h = 0xcbf29ce484222325u;
  for (; *s; s++)
    h = (h ^ (unsigned char)*s) * 0x100000001b3u;
  return h;
}

static struct name_slot *slot_of(const struct names *m, const char *name, uint64_t hash) {
  uint32_t i = (uint32_t)(hash ^ hash >> 32) & (m->cap - 1);
  while (m->slots[i].name && (m->slots[i].hash != hash || strcmp(m->slots[i].name, name) != 0))
    i = (i + 1) & (m->cap - 1);
  return &m->slots[i];
}

const void *names_get(const struct names *m, const char *name) {
  if (m->cap == 0)
    return NULL;
  return slot_of(m, name, hash_of(name))->value;
}

static void widen(struct names *m, struct arena *a) {
  struct names wide = {.cap = m->cap ? m->cap * 2 : 32};
  wide.slots = arena_alloc(a, wide.cap * sizeof(*wide.slots));
  for (uint32_t i = 0; i < m->cap; i++)
    if (m->slots[i].name)
      *slot_of(&wide, m->slots[i].name, m->slots[i].hash) = m->slots[i];

  wide.n = m->n;
  *m = wide;
}

void names_put(struct names *m, struct arena *a, const char *name, const void *value) {
  if ((m->n + 1) * 4 > m->cap * 3)
    widen(m, a);

  uint64_t hash = hash_of(name);
  struct name_slot *slot = slot_of(m, name, hash);
  if (!slot->name)
    m->n++;

  *slot = (struct name_slot){name, hash, value};
}

bool word_among(const char *const *words, const char *text) {
  for (; *words; words++)
    if (strcmp(*words, text) == 0)
      return true;
  return false;
}
