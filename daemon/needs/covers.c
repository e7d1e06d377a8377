/* covers - how far a unit or an award leads: the level that it gives by the catalogue, and the
 * awards that a unit counts towards. What covers a part is said, never claimed as the whole.
 * choose.c asks; the combination rules are catalogue/combine.h. Pure. */
#include "needs/covers.h"

#include <string.h>

#include "catalogue/combine.h"
#include "catalogue/crosswalk.h"
#include "needs/needs.h"

static int32_t highest(int32_t level, const struct gives *gives, uint32_t n,
                       const struct competence *k) {
  for (uint32_t i = 0; i < n; i++)
    if (gives[i].competence == k && gives[i].level > level)
      level = gives[i].level;
  return level;
}

int32_t development_reaches(const struct catalogue *c, const struct development *d,
                            const struct competence *k, struct arena *a) {
  const struct qualification *q = d->qualification;
  int32_t level = ABSENT;

  if (d->unit)
    level = highest(level, d->unit->gives, d->unit->n_gives, k);
  if (!q)
    return level;

  uint32_t n;
  const struct unit *const *units = combine_units(c, q->id, a, &n);

  level = highest(level, q->gives, q->n_gives, k);
  for (uint32_t i = 0; i < n; i++)
    level = highest(level, units[i]->gives, units[i]->n_gives, k);

  return level;
}

/* --- what is held already, in part --- */

static bool is_certified(const struct rating_view *ratings, uint32_t n, const struct competence *k,
                         int32_t day) {
  for (uint32_t i = 0; i < n; i++) {
    const struct rating_view *r = &ratings[i];
    if (r->competence == k && strcmp(r->kind->kind, "certificate") == 0 && r->level > 0 &&
        r->date <= day && rating_last_day(r) >= day)
      return true;
  }

  return false;
}

const char *held_in_part(const struct catalogue *c, const struct rating_view *ratings, uint32_t n,
                         const struct competence *k, int32_t day, struct arena *a) {
  static const char *const words[] = {
      [RELATED_CLOSE] = "is close to", [RELATED_PART] = "covers a part of"};
  const struct competence *other;
  enum related related;
  uint32_t at = 0;

  while ((other = crosswalk_next(c, k, &at, &related)) != NULL)
    if (is_certified(ratings, n, other, day))
      return arena_printf(a,
                          "You hold a certificate for \"%s\", which %s this; it is not counted "
                          "here, so show it to those who teach you.",
                          other->title, words[related]);

  return NULL;
}

/* --- what a unit counts towards --- */

/* Codes of what is held today. */
struct held_codes {
  const char **items;
  uint32_t n;
};

static struct held_codes held_on(const struct facts *f, int32_t day, struct arena *a) {
  struct held_codes held = {arena_alloc(a, (f->n_holds + 1) * sizeof(char *)), 0};

  for (uint32_t i = 0; i < f->n_holds; i++) {
    const struct held *h = &f->holds[i];
    bool begun = h->date == ABSENT || h->date <= day;
    if (begun && (h->expires == ABSENT || h->expires >= day))
      held.items[held.n++] = h->what;
  }

  return held;
}

static bool holds_unit(const struct catalogue *c, const struct held_codes *held,
                       const struct unit *u) {
  for (uint32_t i = 0; i < held->n; i++)
    if (catalogue_unit(c, held->items[i]) == u)
      return true;
  return false;
}

static bool holds_award(const struct held_codes *held, const struct qualification *q) {
  for (uint32_t i = 0; i < held->n; i++)
    if (strcmp(held->items[i], q->id) == 0)
      return true;
  return false;
}

static void put_award(struct buf *b, const struct qualification *q, uint32_t n_held,
                      const struct combination *found) {
  json_open(b, '{');
  json_key(b, "qualification");
  json_str(b, q->id);
  json_key(b, "title");
  json_str(b, q->title);
  json_key(b, "units_held");
  json_int(b, n_held);
  json_key(b, "mandatory_left");
  json_int(b, found->n_missing);
  if (found->credits_needed > 0) {
    json_key(b, "credits_held");
    json_int(b, found->credits_held);
    json_key(b, "credits_needed");
    json_int(b, found->credits_needed);
  }
  json_close(b, '}');
}

/* Each unit that is held counts once, however often it was recorded. False: the unit is none of the
 * award's. */
static bool counts(const struct catalogue *c, const struct unit *u, const struct held_codes *held,
                   const struct qualification *q, struct arena *a, uint32_t *ret_held) {
  uint32_t n;
  const struct unit *const *units = combine_units(c, q->id, a, &n);
  bool is_one = false;

  *ret_held = 0;
  for (uint32_t i = 0; i < n; i++) {
    is_one |= units[i] == u;
    *ret_held += holds_unit(c, held, units[i]);
  }

  return is_one;
}

void json_counts_towards(struct buf *b, const struct catalogue *c, const struct unit *u,
                         const struct facts *f, int32_t day, struct arena *a) {
  uint32_t n, n_held;
  const struct qualification *const *all = catalogue_qualifications(c, &n);
  struct held_codes held = held_on(f, day, a);
  bool any = false;

  for (uint32_t i = 0; i < n; i++) {
    struct combination found;
    if (!qualification_open_on(all[i], day) || holds_award(&held, all[i]) ||
        !counts(c, u, &held, all[i], a, &n_held))
      continue;

    if (!any) {
      json_key(b, "counts_towards");
      json_open(b, '[');
    }

    any = true;
    combine(c, all[i]->id, held.items, held.n, a, &found);
    put_award(b, all[i], n_held, &found);
  }

  if (any)
    json_close(b, ']');
}
