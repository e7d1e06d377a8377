/* lag - how far the durable names are behind what is published, for whoever watches.
 *
 * A name in its standing part lacks two things: what came since it began, and of what stood then the rest. The rest is counted
 * among what stands now, for all names in one walk; as elsewhere, whatever its topics leave out is counted too. */
#include <string.h>

#include "base/mem.h"
#include "door/follow.h"

struct lagging {
  const struct name *name;
  uint64_t lag;
};

static int by_lag(const void *a, const void *b) {
  uint64_t x = ((const struct lagging *)a)->lag, y = ((const struct lagging *)b)->lag;
  return x > y ? -1 : x < y;
}

void door_name_stats(const struct door *d, size_t most, void (*each)(void *arg, const struct name_stats *), void *arg) {
  const struct hashmap *names = &d->follows->names;
  uint64_t newest = pipeline_published(d->pipeline);
  struct lagging *all = mem_array(d->follows->n_names + 1, sizeof *all);
  size_t n = 0;
  for (size_t i = 0; i < names->cap; i++) {
    const struct name *name = names->slots[i].value;
    if (name == NULL || name->forgotten) continue;
    all[n++] = (struct lagging){name, newest > name->position ? newest - name->position : 0};
  }
  if (n > 0) qsort(all, n, sizeof *all, by_lag);
  for (size_t i = 0; i < n && i < most; i++)
    each(arg, &(struct name_stats){all[i].name->principal, all[i].name->name, all[i].lag, all[i].name->holder != NULL});
  free(all);
}
