/* settled - who asked whether everything up to a position has been worked out, and waits for it. */
#include <errno.h>

#include "pipeline/internal.h"

enum {
  SETTLED_MS = 30000
};

static bool is_settled(const struct pipeline *p, uint64_t position) {
  if (p->position < position || p->day == ABSENT || p->stale || p->offer_lists)
    return false;
  return cohorts_settled(p, position) && (!p->due_head || p->due_head->due_since > position);
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

  for (struct settled **at = &p->settled; *at;) {
    struct settled *s = *at;
    bool settled = is_settled(p, s->position);
    if (!settled && now < s->give_up_ms) {
      at = &s->next;
      continue;
    }

    *at = s->next;
    give_settled(p, s, settled);
  }
}

void settled_drop(struct pipeline *p) {
  while (p->settled) {
    struct settled *s = p->settled;
    p->settled = s->next;
    s->done(s->arg, -EAGAIN, NULL, 0);
    free(s);
  }
}

void pipeline_settled(struct pipeline *p, uint64_t position, answered *done, void *arg) {
  struct settled *s = mem_alloc(sizeof *s);
  *s = (struct settled){position ? position : p->position, done, arg, clock_mono_ms() + SETTLED_MS,
                        p->settled};
  p->settled = s;
  settled_check(p);
}
