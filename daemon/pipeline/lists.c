/* lists - the helper pool and the offer list of each school, made again when what they are made of
 * moved.
 *
 * Rules read both at every evaluation of the school, so they are kept (needs/helper_pool.h,
 * needs/offer_list.h). Marked stale by turn.c and due.c; made again at the end of a turn, and then
 * everybody who may be concerned is due. */
#include "pipeline/internal.h"

/* --- who can help --- */

void helper_pool_stale(struct pipeline *p, struct school *school) {
  if (school->work->helper_pool_stale)
    return;

  school->work->helper_pool_stale = true;
  SLIST_INSERT_HEAD(&p->due.helper_pools, school, work->helper_pool_link);
}

void helper_pool_make(struct pipeline *p, struct school *school) {
  helper_pool_destroy(school->helper_pool);
  school->helper_pool = NULL;
  if (p->day != ABSENT)
    school->helper_pool = helper_pool_create(school, pipeline_catalogue(p, school->authority->code),
                                             p->day);
}

void helper_pools_make(struct pipeline *p) {
  while (!SLIST_EMPTY(&p->due.helper_pools) && p->day != ABSENT) {
    struct school *school = SLIST_FIRST(&p->due.helper_pools);
    SLIST_REMOVE_HEAD(&p->due.helper_pools, work->helper_pool_link);
    school->work->helper_pool_stale = false;

    const struct catalogue *c = pipeline_catalogue(p, school->authority->code);
    if (!c)
      continue;

    struct helper_pool *fresh = helper_pool_create(school, c, p->day);
    bool moved = !helper_pool_same(school->helper_pool, fresh);

    helper_pool_destroy(school->helper_pool);
    school->helper_pool = fresh;

    if (moved)
      due_mark_own(p, school);
  }
}

/* --- what can be booked --- */

static bool reads_offers(struct pipeline *p, const struct school *school) {
  const struct policy_slot *s = policy_slot_of(p, school->authority->code);
  return s && s->policy && s->policy->reads_offers;
}

struct offer_list *offer_list_for(struct pipeline *p, const struct school *school) {
  if (p->day == ABSENT || !reads_offers(p, school))
    return NULL;
  return offer_list_create(school, pipeline_catalogue(p, school->authority->code), p->day);
}

void offer_list_make(struct pipeline *p, struct school *school) {
  offer_list_destroy(school->offer_list);
  school->offer_list = offer_list_for(p, school);
}

void offer_list_stale(struct pipeline *p, struct school *school) {
  if (school->work->offer_list_stale || !reads_offers(p, school))
    return;

  school->work->offer_list_stale = true;
  SLIST_INSERT_HEAD(&p->due.offer_lists, school, work->offer_list_link);
}

/* One offer concerns many people. With a stream of offers everybody would be looked at without end,
 * and every result dropped. So the first one has effect at once, and those behind it together, once
 * the people whom it concerned have been looked at or have waited long enough. */
static bool is_too_soon(const struct pipeline *p, uint64_t now_ms) {
  enum {
    LONG_ENOUGH_MS = 5000
  };
  if (!p->due.offers_made_ms)
    return false;

  uint64_t since_ms = now_ms - p->due.offers_made_ms;
  if (since_ms < p->due.pause_ms)
    return true;
  return p->due.n > 0 && since_ms < LONG_ENOUGH_MS;
}

void offer_lists_make(struct pipeline *p, bool now) {
  if (SLIST_EMPTY(&p->due.offer_lists) || p->day == ABSENT)
    return;

  uint64_t now_ms = clock_mono_ms();
  if (!now && is_too_soon(p, now_ms))
    return;

  p->due.offers_made_ms = now_ms;
  while (!SLIST_EMPTY(&p->due.offer_lists)) {
    struct school *school = SLIST_FIRST(&p->due.offer_lists);
    SLIST_REMOVE_HEAD(&p->due.offer_lists, work->offer_list_link);
    school->work->offer_list_stale = false;
    offer_list_make(p, school);
    due_mark_school(p, school);
  }
}
