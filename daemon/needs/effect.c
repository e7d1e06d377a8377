/* effect - see effect.h. */
#include "needs/effect.h"

#include <string.h>

#include "event/types.h"

enum {
  ROUND = 10
};

/* --- was the gap closed? --- */

/* The level from the ratings of these days alone, on the day `on` (ABSENT: of the newest of them).
 * ABSENT: there is none. */
static int32_t level_between(const struct rating_view *ratings, uint32_t n, const char *competence,
                             int32_t from, int32_t to, int32_t on, struct arena *a) {
  struct rating_view *some = arena_alloc(a, (n + 1) * sizeof *some);
  uint32_t kept = 0;
  int32_t newest = from, next_change_day = INT32_MAX;

  for (uint32_t i = 0; i < n; i++) {
    const struct rating_view *r = &ratings[i];
    if (r->date < from || r->date > to || strcmp(r->competence->key, competence) != 0)
      continue;

    if (r->date > newest)
      newest = r->date;

    some[kept++] = *r;
  }

  if (kept)
    return level_on(some, kept, on == ABSENT ? newest : on, &next_change_day).current;

  return ABSENT;
}

enum gap gap_since(const struct rating_view *ratings, uint32_t n_ratings, const struct aim *aims,
                   uint32_t n, bool finding_out, int32_t completed, int32_t day, struct arena *a) {
  uint32_t unknown = 0, open = 0;

  for (uint32_t i = 0; i < n; i++) {
    int32_t level = level_between(ratings, n_ratings, aims[i].competence, completed, day, ABSENT,
                                  a);
    unknown += level == ABSENT;
    open += level != ABSENT && !finding_out && level < aims[i].required;
  }

  if (open)
    return GAP_OPEN;
  if (unknown || n == 0)
    return GAP_UNKNOWN;

  return GAP_CLOSED;
}

/* --- counting --- */

struct looking {
  const struct person *person;
  const struct catalogue *catalogue;
  int32_t day;
  struct arena *a;
  const int32_t *asked; /* level by competence index; NULL until a completion was found */
  const struct rating_view *ratings;
  uint32_t n_ratings;
};

static const struct response_recorded *completion_of(const struct fact *f, int32_t day) {
  const struct response_recorded *d = f->event->data;
  if (f->event->type->kind != EVENT_RESPONSE || !fact_live(f))
    return NULL;
  if (d->response == RESPONSE_COMPLETED && d->date <= day && d->development.kind)
    return d;
  return NULL;
}

/* What the person is asked and had not reached when it was completed. */
static uint32_t aims_of(const struct looking *l, const struct response_recorded *d,
                        struct aim *ret) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < d->development.competences.n; i++) {
    const struct competence *c = catalogue_competence(l->catalogue,
                                                      d->development.competences.items[i]);
    if (!c || l->asked[c->index] == ABSENT)
      continue;

    int32_t before = level_between(l->ratings, l->n_ratings, c->key, INT32_MIN, d->date - 1,
                                   d->date, l->a);
    if (before == ABSENT || before < l->asked[c->index])
      ret[n++] = (struct aim){c->key, l->asked[c->index]};
  }

  return n;
}

static bool look_up(struct looking *l) {
  if (l->asked)
    return true;

  l->asked = levels_asked(l->person, l->catalogue, l->day, l->a);
  if (l->asked)
    l->ratings = ratings_of(l->person, l->catalogue, l->a, &l->n_ratings);

  return l->asked != NULL;
}

static struct effect_count *count_of(struct effect_counts *counts, const char *kind) {
  size_t at = 0;
  while (at < counts->n && strcmp(counts->items[at].kind, kind) < 0)
    at++;

  if (at < counts->n && strcmp(counts->items[at].kind, kind) == 0)
    return &counts->items[at];

  counts->items = mem_grow(counts->items, &counts->cap, counts->n + 1, sizeof *counts->items);
  memmove(&counts->items[at + 1], &counts->items[at], (counts->n - at) * sizeof *counts->items);
  counts->n++;
  counts->items[at] = (struct effect_count){.kind = kind};

  return &counts->items[at];
}

static void add(struct effect_counts *counts, const char *kind, enum gap gap,
                const struct person *person) {
  struct effect_count *t = count_of(counts, kind);
  t->completed++;
  t->closed += gap == GAP_CLOSED;
  t->people += t->last != person;
  t->last = person;
}

void effect_count_person(const struct person *p, const struct catalogue *c, int32_t day,
                         struct arena *scratch, struct effect_counts *ret) {
  struct looking l = {.person = p, .catalogue = c, .day = day, .a = scratch};

  for (size_t i = 0; i < p->facts.n && !p->erased; i++) {
    const struct response_recorded *d = completion_of(p->facts.items[i], day);
    const char *kind = NULL;

    if (d)
      kind = catalogue_resolve(c, DOMAIN_KIND, d->development.kind);

    if (!kind)
      continue;
    if (!look_up(&l))
      return;

    struct aim *aims = arena_alloc(scratch, (d->development.competences.n + 1) * sizeof *aims);
    uint32_t n = aims_of(&l, d, aims);
    enum gap gap = gap_since(l.ratings, l.n_ratings, aims, n, false, d->date, day, scratch);
    if (gap != GAP_UNKNOWN)
      add(ret, kind, gap, p);
  }
}

/* Rounded per cent of rounded completions is whole again, because a hundred is ROUND times ROUND.
 */
bool effect_rounded(const struct effect_count *count, struct effect *ret) {
  if (count->completed < EFFECT_LEAST || count->people < EFFECT_PEOPLE)
    return false;

  int32_t tenths = (int32_t)((int64_t)count->closed * ROUND / count->completed);
  ret->kind = count->kind;
  ret->completed = count->completed / ROUND * ROUND;
  ret->closed = ret->completed / ROUND * tenths;

  return true;
}

/* --- the set --- */

static struct effects *effects_create(size_t most, int32_t day) {
  struct effects *e = mem_alloc(sizeof *e);
  e->day = day;
  e->items = arena_alloc(&e->arena, (most + 1) * sizeof *e->items);
  return e;
}

static char *copy_of(struct arena *a, const char *text) {
  return arena_strndup(a, text, strlen(text));
}

struct effects *effects_of_counts(const struct effect_counts *counts, int32_t day) {
  struct effects *e = effects_create(counts->n, day);

  for (size_t i = 0; i < counts->n; i++) {
    struct effect *to = &e->items[e->n];
    if (!effect_rounded(&counts->items[i], to))
      continue;
    to->kind = copy_of(&e->arena, to->kind);
    e->n++;
  }

  return e;
}

void effects_destroy(struct effects *e) {
  if (!e)
    return;
  arena_finish(&e->arena);
  free(e);
}

bool effects_same(const struct effects *a, const struct effects *b) {
  uint32_t n = 0;
  if (a)
    n = a->n;

  if (n != (b ? b->n : 0))
    return false;

  for (uint32_t i = 0; i < n; i++)
    if (strcmp(a->items[i].kind, b->items[i].kind) != 0 ||
        a->items[i].completed != b->items[i].completed || a->items[i].closed != b->items[i].closed)
      return false;

  return true;
}

void effects_fill(const struct effects *e, struct arena *a, struct facts *f) {
  if (!e || e->n == 0)
    return;

  f->effects = arena_alloc(a, e->n * sizeof *f->effects);
  f->n_effects = e->n;
  for (uint32_t i = 0; i < e->n; i++)
    f->effects[i] = (struct effect){copy_of(a, e->items[i].kind), e->items[i].completed,
                                    e->items[i].closed};
}
