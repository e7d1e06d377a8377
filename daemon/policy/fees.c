/* fees - what developments cost where an offer is known. See fees.h. */
#include "policy/fees.h"

#include "base/search.h"

#include <string.h>

/* One without sessions can begin at any time. */
static bool open_on(const struct provision_recorded *o, int32_t day) {
  bool ahead = o->sessions.n == 0;
  for (uint32_t i = 0; i < o->sessions.n; i++)
    ahead |= o->sessions.items[i].date >= day;
  return ahead && o->closed != 1;
}

static void add(struct fees *f, size_t *cap, const struct school *school,
                const struct provision_recorded *o) {
  f->items = mem_grow(f->items, cap, f->n + 1, sizeof *f->items);
  f->items[f->n++] = (struct fee){
      arena_strndup(&f->arena, o->development, strlen(o->development)), school,
      (int64_t)o->cost.fee + o->cost.registration + o->cost.materials + o->cost.travel};
}

static int by_development(const void *x, const void *y) {
  const struct fee *a = x, *b = y;
  int order = strcmp(a->development, b->development);
  if (order)
    return order;
  return (a->pence > b->pence) - (a->pence < b->pence);
}

/* From the newest on: of statements about one offer the newest holds. */
static void add_school(struct fees *f, size_t *cap, const struct school *school, int32_t day) {
  struct hashmap seen = {0};

  for (size_t i = school->facts.n; i > 0; i--) {
    struct fact *fact = school->facts.items[i - 1];
    if (fact->event->type->kind != EVENT_PROVISION || !fact_live(fact))
      continue;

    const struct provision_recorded *o = fact->event->data;
    struct hash128 offer = hash128_of(NULL, o->offer, strlen(o->offer));
    if (hashmap_get(&seen, offer))
      continue;

    hashmap_put(&seen, offer, fact);
    if (open_on(o, day))
      add(f, cap, school, o);
  }

  hashmap_finish(&seen);
}

void fees_init(struct fees *f, const struct authority *authority, int32_t day) {
  size_t cap = 0;
  *f = (struct fees){0};
  for (size_t i = 0; authority && i < authority->n_schools; i++)
    add_school(f, &cap, authority->schools[i], day);
  if (f->n > 1)
    qsort(f->items, f->n, sizeof *f->items, by_development);
}

int64_t fees_of(const struct fees *f, const struct school *school, const char *development) {
  size_t from = LOWER_BOUND(f->n, i, strcmp(f->items[i].development, development) < 0);

  for (; from < f->n && strcmp(f->items[from].development, development) == 0; from++)
    if (f->items[from].school == school || strcmp(f->items[from].school->code, "-") == 0)
      return f->items[from].pence;

  return ABSENT;
}

void fees_finish(struct fees *f) {
  free(f->items);
  arena_finish(&f->arena);
  *f = (struct fees){0};
}
