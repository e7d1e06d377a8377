/* lag - how far each durable name is behind the outbox, for metrics and `health`.
 *
 * A name that still receives the current recommendations lacks two things: the rest of them, and
 * what came since it began. The rest is counted among what is current now, for all names in one
 * walk. As elsewhere, what a name's topics leave out is counted too. */
#include <string.h>

#include "base/mem.h"
#include "base/search.h"
#include "door/follow.h"
#include "people/people.h"

struct lagging {
  const struct name *name;
  uint64_t lag;
};

/* Places, ascending; of each how many recommendations stand whose last publication is not after it.
 */
struct places {
  uint64_t *at, *counts;
  size_t n;
};

static int by_place(const void *x, const void *y) {
  uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
  if (a < b)
    return -1;
  return a > b;
}

/* The first place that is not before it; n when there is none. */
static size_t place_of(const struct places *p, uint64_t position) {
  return LOWER_BOUND(p->n, i, p->at[i] < position);
}

static void count_list(const struct current_advice *current, size_t n, struct places *p) {
  for (size_t i = 0; i < n; i++) {
    size_t at = place_of(p, current[i].publication);
    if (at < p->n)
      p->counts[at]++;
  }
}

static void count_school(const struct school *school, struct places *p) {
  count_list(school->current, school->n_current, p);
  for (size_t i = 0; i < school->n_persons; i++)
    count_list(school->persons[i]->current, school->persons[i]->n_current, p);
}

static void count_current(const struct people *people, struct places *p) {
  for (size_t i = 0; i < people->n_authorities; i++) {
    const struct authority *a = people->authorities[i];
    for (size_t k = 0; k < a->n_schools && a->slot; k++)
      count_school(a->schools[k], p);
  }

  for (size_t i = 1; i < p->n; i++)
    p->counts[i] += p->counts[i - 1];
}

static void add_current(const struct door *d, struct lagging *all, size_t n) {
  struct places p = {mem_array(2 * n, sizeof *p.at), mem_array(2 * n, sizeof *p.counts), 0};

  for (size_t i = 0; i < n; i++) {
    if (all[i].name->current == CURSOR_LIVE)
      continue;
    p.at[p.n++] = all[i].name->current;
    p.at[p.n++] = all[i].name->position;
  }

  if (p.n > 0) {
    qsort(p.at, p.n, sizeof *p.at, by_place);
    count_current(pipeline_people(d->pipeline), &p);
  }

  for (size_t i = 0; i < n && p.n > 0; i++) {
    const struct name *name = all[i].name;
    if (name->current < name->position)
      all[i].lag += p.counts[place_of(&p, name->position)] - p.counts[place_of(&p, name->current)];
  }

  free(p.at);
  free(p.counts);
}

static int by_lag(const void *a, const void *b) {
  uint64_t x = ((const struct lagging *)a)->lag, y = ((const struct lagging *)b)->lag;
  if (x > y)
    return -1;
  return x < y;
}

void door_name_stats(const struct door *d, size_t most,
                     void (*each)(void *arg, const struct name_stats *), void *arg) {
  const struct hashmap *names = &d->follows->names;
  uint64_t newest = pipeline_published(d->pipeline);
  struct lagging *all = mem_array(d->follows->n_names + 1, sizeof *all);
  size_t n = 0;

  for (size_t i = 0; i < names->cap; i++) {
    const struct name *name = names->slots[i].value;
    if (!name || name->forgotten)
      continue;
    all[n++] = (struct lagging){name, newest > name->position ? newest - name->position : 0};
  }

  if (n > 0) {
    add_current(d, all, n);
    qsort(all, n, sizeof *all, by_lag);
  }

  for (size_t i = 0; i < n && i < most; i++)
    each(arg, &(struct name_stats){all[i].name->principal, all[i].name->name, all[i].lag,
                                   all[i].name->holder != NULL});

  free(all);
}
