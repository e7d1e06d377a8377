/* settled - who asked whether everything up to a position has been worked out, and waits for it. */
#include <errno.h>

#include "pipeline/internal.h"

enum {
  SETTLED_MS = 30000
};

static bool is_settled(const struct pipeline *p, uint64_t position) {
  if (p->position < position || p->day == ABSENT || !SLIST_EMPTY(&p->due.helper_pools) ||
      !SLIST_EMPTY(&p->due.offer_lists))
    return false;

  const struct person *oldest = TAILQ_FIRST(&p->due.persons);
  return cohorts_settled(p, position) && (!oldest || oldest->work->due_since > position);
}

static void give_settled(struct pipeline *p, struct settled *s, bool settled) {
  struct buf b = {0}, token = {0};
  pipeline_seal_position(p, s->position, &token);
  json_open(&b, '{');
  key_bool(&b, "settled", settled);
  key_str(&b, "position", buf_cstr(&token));
  json_close(&b, '}');
  buf_finish(&token);
  give_answer(s->done, s->arg, &b);
  free(s);
}

void settled_check(struct pipeline *p) {
  uint64_t now = clock_mono_ms();

  for (struct settled *s = LIST_FIRST(&p->settled), *next; s; s = next) {
    bool settled = is_settled(p, s->position);
    next = LIST_NEXT(s, link);
    if (!settled && now < s->give_up_ms)
      continue;

    LIST_REMOVE(s, link);
    give_settled(p, s, settled);
  }
}

void settled_drop(struct pipeline *p) {
  while (!LIST_EMPTY(&p->settled)) {
    struct settled *s = LIST_FIRST(&p->settled);
    LIST_REMOVE(s, link);
    s->done(s->arg, -EAGAIN, NULL, 0);
    free(s);
  }
}

void pipeline_settled(struct pipeline *p, uint64_t position, answered *done, void *arg) {
  struct settled *s = mem_alloc(sizeof *s);
  *s = (struct settled){.position = position ? position : p->position,
                        .done = done,
                        .arg = arg,
                        .give_up_ms = clock_mono_ms() + SETTLED_MS};
  LIST_INSERT_HEAD(&p->settled, s, link);
  settled_check(p);
}
