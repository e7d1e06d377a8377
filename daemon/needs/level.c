/* level - ratings in force and the current level. Kept side by side, never overwritten or averaged:
 * which one decides is worked out for each day.
 *
 * - The strongest kind of evidence decides (evidence.csv, rank), of one kind the newest. Of
 *   certificates the highest decides: a lower award takes nothing away.
 * - What was seen since a certificate counts where it lies one level below, because practice moves;
 *   the certificate then says something else (DIFFERS_CERTIFICATE). Two levels below, one of the
 *   two is wrong: the certificate decides until somebody has confirmed it.
 * - The person's own view says something else where it lies two levels or more from independent
 *   evidence (DIFFERS_SELF). */
#include <stdio.h>
#include <string.h>

#include "base/code.h"
#include "needs/needs.h"

/* --- collecting --- */

struct ratings {
  struct rating_view *items;
  size_t n, cap;
  const struct catalogue *catalogue;
};

enum {
  VERSIONS = 8 /* how far exact rows are followed, from version to version */
};

/* The rating of one competence, and of all that this one exactly is by the crosswalk. What was
 * journaled under a catalogue that knew it counts for nothing where this one does not. */
static void add(struct ratings *all, const char *competence, const char *kind,
                struct rating_view rating) {
  const struct competence *c = catalogue_competence(all->catalogue, competence);
  if (!c)
    c = catalogue_renamed(all->catalogue, competence);

  rating.kind = catalogue_evidence(all->catalogue, kind);
  if (!rating.kind)
    return;
  if (strcmp(rating.kind->independence, "self") != 0)
    rating.confidence = ABSENT;

  for (int i = 0; c && i < VERSIONS; i++) {
    all->items = mem_grow(all->items, &all->cap, all->n + 1, sizeof *all->items);
    rating.competence = c;
    all->items[all->n++] = rating;
    c = catalogue_renamed(all->catalogue, c->key);
  }
}

static void add_ratings(struct ratings *all, const struct event *e, const struct rating *ratings,
                        uint32_t n, int32_t date, const char *by, int32_t occasion) {
  for (uint32_t i = 0; i < n; i++) {
    struct rating_view r = {.event = e,
                            .level = ratings[i].level,
                            .date = date,
                            .by = by,
                            .expires = ratings[i].expires,
                            .confidence = ratings[i].confidence,
                            .nature = NATURE_UNKNOWN};
    if (occasion != ABSENT)
      r.occasion = (uint8_t)(occasion + 1);
    if (ratings[i].nature != ABSENT)
      r.nature = (uint8_t)ratings[i].nature;

    add(all, ratings[i].competence, ratings[i].evidence, r);
  }
}

/* What is held, and what it shows by the catalogue. */
struct certificate {
  const char *by; /* unit, qualification, or class such as maths@2 */
  const struct gives *gives;
  uint32_t n;
  enum nature nature; /* what is missing still: after a unit that tests knowledge, the skill */
};

static struct certificate of_unit(const struct catalogue *c, const char *code) {
  const struct unit *u = catalogue_unit(c, code);
  if (!u)
    return (struct certificate){0};
  return (struct certificate){u->code, u->gives, u->n_gives,
                              u->knowledge ? NATURE_SKILL : NATURE_BOTH};
}

static struct certificate of_qualification(const struct catalogue *c, const char *id) {
  const struct qualification *q = catalogue_qualification(c, id);
  if (!q)
    return (struct certificate){0};
  return (struct certificate){q->id, q->gives, q->n_gives, NATURE_BOTH};
}

/* Something in a subject at a level: what every qualification of that class gives. */
static struct certificate of_class(const struct catalogue *c, const char *subject, int32_t level) {
  struct certificate held = {.nature = NATURE_BOTH};
  char class[WIRE_MAX + 16];

  snprintf(class, sizeof class, "%s@%d", subject, level);
  held.by = catalogue_class_gives(c, class, &held.gives, &held.n);

  return held;
}

/* What is held counts as a certificate at the level that the catalogue says it gives. */
static void add_certificate(struct ratings *all, const struct event *e, struct certificate held,
                            int32_t date, int32_t expires) {
  for (uint32_t i = 0; i < held.n; i++)
    add(all, held.gives[i].competence->key, "certificate",
        (struct rating_view){.event = e,
                             .level = held.gives[i].level,
                             .date = date,
                             .expires = expires,
                             .confidence = ABSENT,
                             .by = held.by,
                             .nature = (uint8_t)held.nature});
}

static struct certificate achieved(const struct catalogue *c,
                                   const struct achievement_recorded *d) {
  if (d->unit)
    return of_unit(c, d->unit);
  if (d->qualification)
    return of_qualification(c, d->qualification);
  return (struct certificate){0};
}

static struct certificate held_as(const struct catalogue *c, const struct holding *h) {
  if (h->unit)
    return of_unit(c, h->unit);
  if (h->qualification)
    return of_qualification(c, h->qualification);
  return of_class(c, h->subject, h->level);
}

static void add_event(struct ratings *all, const struct event *e) {
  if (e->type->kind == EVENT_APPRAISAL) {
    const struct appraisal_recorded *d = e->data;
    add_ratings(all, e, d->ratings.items, d->ratings.n, d->date, d->by, d->occasion);
  } else if (e->type->kind == EVENT_ASSESSMENT) {
    const struct assessment_recorded *d = e->data;
    add_ratings(all, e, d->ratings.items, d->ratings.n, d->date, d->by, d->occasion);
  } else if (e->type->kind == EVENT_ACHIEVEMENT) {
    const struct achievement_recorded *d = e->data;
    add_certificate(all, e, achieved(all->catalogue, d), d->date, d->expires);
  }
}

static int competence_order(const struct rating_view *a, const struct rating_view *b) {
  if (a->competence->index < b->competence->index)
    return -1;
  return a->competence->index > b->competence->index;
}

/* By competence, then slot (kind, date, by), then the order of arrival in the sorted fact list, so
 * that the last of a slot is its newest. */
static int slot_order(const void *x, const void *y) {
  const struct rating_view *a = x, *b = y;
  int order = competence_order(a, b);
  if (order == 0)
    order = a->kind->rank - b->kind->rank;
  if (order == 0) {
    if (a->date < b->date)
      order = -1;
    else
      order = a->date > b->date;
  }

  if (order == 0)
    order = strcmp(a->by, b->by);
  if (order == 0)
    order = instant_cmp(a->event->time, b->event->time);
  if (order == 0)
    order = strcmp(a->event->source, b->event->source);
  if (order == 0)
    order = strcmp(a->event->id, b->event->id);

  /* one event, two units of one holding: the higher last */
  if (order == 0)
    order = a->level - b->level;

  return order;
}

static bool same_slot(const struct rating_view *a, const struct rating_view *b) {
  return a->competence == b->competence && a->kind == b->kind && a->date == b->date &&
         strcmp(a->by, b->by) == 0;
}

const struct rating_view *ratings_of(const struct person *p, const struct catalogue *c,
                                     struct arena *a, uint32_t *ret_n) {
  struct ratings all = {.catalogue = c};
  for (size_t i = 0; i < p->facts.n; i++)
    if (fact_live(p->facts.items[i]))
      add_event(&all, p->facts.items[i]->event);

  const struct event *statement = people_newest(&p->facts, EVENT_PERSON);
  const struct person_recorded *person = NULL;

  if (statement)
    person = statement->data;
  for (uint32_t i = 0; person && i < person->holds.n; i++) {
    const struct holding *h = &person->holds.items[i];
    if (h->date != ABSENT)
      add_certificate(&all, statement, held_as(c, h), h->date, h->expires);
  }

  if (all.n > 1)
    qsort(all.items, all.n, sizeof *all.items, slot_order);

  size_t kept = 0;

  for (size_t i = 0; i < all.n; i++) {
    if (kept > 0 && same_slot(&all.items[kept - 1], &all.items[i]))
      kept--;
    all.items[kept++] = all.items[i];
  }

  struct rating_view *out = arena_alloc(a, (kept + 1) * sizeof *out);
  if (kept)
    memcpy(out, all.items, kept * sizeof *out);

  free(all.items);
  *ret_n = (uint32_t)kept;

  return out;
}

/* --- judging --- */

int32_t rating_last_day(const struct rating_view *r) {
  int32_t last = INT32_MAX;
  if (r->expires != ABSENT)
    last = r->expires;
  if (r->competence->refresh_months != ABSENT) {
    int32_t refresh = date_add_months(r->date, r->competence->refresh_months);
    if (refresh < last)
      last = refresh;
  }

  if (r->kind->fades_months != ABSENT) {
    int32_t faded = date_add_months(r->date, r->kind->fades_months);
    if (faded < last)
      last = faded;
  }

  return last;
}

static bool is_certificate(const struct rating_view *r) {
  return strcmp(r->kind->kind, "certificate") == 0;
}

static bool is_own_view(const struct rating_view *r) {
  return strcmp(r->kind->independence, "self") == 0;
}

/* Seen by somebody who is independent, rather than held. */
static bool was_seen(const struct rating_view *r) {
  return strcmp(r->kind->independence, "independent") == 0 && !is_certificate(r);
}

/* Is `b` to decide rather than `a`? The strongest kind, of certificates the highest, then the
 * latest date, then the newest event. */
static bool decides(const struct rating_view *b, const struct rating_view *a) {
  if (b->kind->rank != a->kind->rank)
    return b->kind->rank > a->kind->rank;
  if (is_certificate(b) && b->level != a->level)
    return b->level > a->level;
  if (b->date != a->date)
    return b->date > a->date;

  int order = instant_cmp(b->event->time, a->event->time);
  if (order == 0)
    order = strcmp(b->event->source, a->event->source);
  if (order == 0)
    order = strcmp(b->event->id, a->event->id);

  if (order)
    return order > 0;

  return b->level > a->level;
}

static void wake_at(int32_t *next_change_day, int32_t day) {
  if (day < *next_change_day)
    *next_change_day = day;
}

static bool in_force(const struct rating_view *r, int32_t day) {
  return r->date <= day && rating_last_day(r) >= day;
}

/* Was it seen since the person got the certificate that decides? */
static bool seen_since(const struct rating_view *decisive, const struct rating_view *r) {
  return is_certificate(decisive) && was_seen(r) && r->date > decisive->date;
}

/* Two levels below a certificate: ask to have it confirmed, do not overrule it. */
static bool wants_confirming(const struct rating_view *decisive, const struct rating_view *r) {
  return seen_since(decisive, r) && r->level + 2 <= decisive->level;
}

/* The strongest of what was seen since the certificate, where that lies one level below. What only
 * a certificate shows, nothing that was seen takes away. */
static const struct rating_view *seen_below(const struct rating_view *decisive,
                                            const struct rating_view *r, uint32_t n, int32_t day) {
  const struct rating_view *seen = NULL;
  if (decisive->competence->certificate)
    return NULL;

  for (uint32_t i = 0; i < n; i++)
    if (in_force(&r[i], day) && seen_since(decisive, &r[i]) && (!seen || decides(&r[i], seen)))
      seen = &r[i];

  if (seen && seen->level + 1 == decisive->level)
    return seen;
  return NULL;
}

/* The person's view that is lower and older shows progress since, and is no difference. */
static bool sees_it_differently(const struct rating_view *own, const struct rating_view *decisive) {
  if (!was_seen(decisive))
    return false;
  if (own->level >= decisive->level + 2)
    return true;
  return own->level + 2 <= decisive->level && own->date > decisive->date;
}

/* A certificate takes nothing from somebody who was seen above it since. What only a certificate
 * shows apart. NULL: nobody was. */
static const struct rating_view *seen_above(const struct rating_view *best,
                                            const struct rating_view *r, uint32_t n, int32_t day) {
  const struct rating_view *above = NULL;
  if (!is_certificate(best) || best->competence->certificate)
    return NULL;

  for (uint32_t i = 0; i < n; i++) {
    bool newer = in_force(&r[i], day) && r[i].date > best->date && r[i].level > best->level;
    if (newer && !is_certificate(&r[i]) && !is_own_view(&r[i]) && (!above || decides(&r[i], above)))
      above = &r[i];
  }

  return above;
}

static void differ(struct level *level, enum differs what, const struct rating_view *r) {
  level->differs = (uint8_t)what;
  level->differs_level = r->level;
  level->differs_on = r->date;
}

struct level level_on(const struct rating_view *r, uint32_t n, int32_t day,
                      int32_t *next_change_day) {
  struct level level = {.current = ABSENT,
                        .rated_on = ABSENT,
                        .confidence = ABSENT,
                        .lapsed_on = ABSENT,
                        .differs_level = ABSENT,
                        .differs_on = ABSENT,
                        .last_day = INT32_MAX,
                        .nature = NATURE_UNKNOWN};
  const struct rating_view *best = NULL, *felt = NULL, *own = NULL;

  for (uint32_t i = 0; i < n; i++) {
    int32_t last = rating_last_day(&r[i]);
    if (r[i].date > day) {
      wake_at(next_change_day, r[i].date);
      continue;
    }
    if (last < day) {
      if (last > level.lapsed_on || level.lapsed_on == ABSENT)
        level.lapsed_on = last;
      continue;
    }

    if (last != INT32_MAX)
      wake_at(next_change_day, last + 1);
    if (!best || decides(&r[i], best))
      best = &r[i];
    if (r[i].confidence != ABSENT && (!felt || decides(&r[i], felt)))
      felt = &r[i];
    if (is_own_view(&r[i]) && (!own || decides(&r[i], own)))
      own = &r[i];
  }

  if (felt)
    level.confidence = felt->confidence;

  if (!best)
    return level;

  const struct rating_view *above = seen_above(best, r, n, day);
  if (above)
    best = above;

  for (uint32_t i = 0; i < n; i++)
    if (in_force(&r[i], day) && wants_confirming(best, &r[i]))
      level.confirm = 1;

  const struct rating_view *seen = NULL;
  if (!level.confirm)
    seen = seen_below(best, r, n, day);

  if (seen) {
    differ(&level, DIFFERS_CERTIFICATE, best);
    best = seen;
  } else if (own && sees_it_differently(own, best)) {
    differ(&level, DIFFERS_SELF, own);
  }

  level.current = best->level;
  level.rated_on = best->date;
  level.lapsed_on = ABSENT;
  level.last_day = rating_last_day(best);
  level.evidence = best->kind->kind;
  level.by = best->by;
  level.nature = best->nature;
  level.occasion = best->occasion;

  return level;
}

struct level level_now(const struct person *p, const struct catalogue *c, uint32_t competence,
                       int32_t day, struct arena *a) {
  uint32_t n, from = 0, to;
  int32_t next_change_day = INT32_MAX;
  const struct rating_view *r = ratings_of(p, c, a, &n);

  while (from < n && r[from].competence->index != competence)
    from++;
  for (to = from; to < n && r[to].competence->index == competence;)
    to++;

  return level_on(r + from, to - from, day, &next_change_day);
}
