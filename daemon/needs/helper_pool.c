/* helper_pool - see helper_pool.h. */
#include "needs/helper_pool.h"

#include "base/search.h"

#include <string.h>

#include "needs/needs.h"

struct entry {
  uint32_t competence;
  uint8_t kinds;
  uint8_t full; /* of them, those in which everybody's place is taken */
  const struct person *helper;
};
/* Somebody agreed to a development with a helper: one of the helper's places is theirs. */
struct place_taken {
  const struct person *helper, *by;
  enum helper_kind kind;
};
struct helper_pool {
  struct entry *entries; /* by competence, then subject */
  size_t n, cap;
  struct place_taken *taken; /* in the order in which they were agreed */
  size_t n_taken, cap_taken;
  int32_t next_change_day;
};

/* The level from which somebody may help, as the catalogue's informal development says it; 3
 * (alone) where it says nothing. The top of a scale that has fewer levels. */
static int32_t level_to_help(const struct catalogue *c, enum helper_kind kind,
                             const struct framework *scale) {
  static const char *const development[HELPER_KINDS] = {
      "mentoring", "coaching", "buddying", "shadowing", "mentoring", NULL, NULL};
  const struct informal *informal = NULL;

  if (development[kind])
    informal = catalogue_informal(c, development[kind]);

  int32_t level = 3;
  if (informal && informal->min_level != ABSENT)
    level = informal->min_level;
  if (level > scale->n_levels - 1)
    level = scale->n_levels - 1;

  return level;
}

static int kind_named(const char *word) {
  for (int i = 0; i < HELPER_KINDS; i++)
    if (strcmp(helper_words[i], word) == 0)
      return i;
  return -1;
}

static void wake_at(struct helper_pool *b, int32_t day) {
  if (day < b->next_change_day)
    b->next_change_day = day;
}

static bool offered_now(struct helper_pool *b, const struct helping *h, int32_t day) {
  if (h->consent != 1 || h->capacity == 0)
    return false;
  if (h->from != ABSENT && h->from > day) {
    wake_at(b, h->from);
    return false;
  }

  if (h->to != ABSENT) {
    if (h->to < day)
      return false;
    wake_at(b, h->to + 1);
  }

  return true;
}

static void put(struct helper_pool *b, uint32_t competence, int kind, const struct person *helper) {
  for (size_t i = b->n; i > 0 && b->entries[i - 1].helper == helper; i--)
    if (b->entries[i - 1].competence == competence) {
      b->entries[i - 1].kinds |= (uint8_t)(1u << kind);
      return;
    }

  b->entries = mem_grow(b->entries, &b->cap, b->n + 1, sizeof *b->entries);
  b->entries[b->n++] = (struct entry){
      .competence = competence, .kinds = (uint8_t)(1u << kind), .helper = helper};
}

static void put_offers(struct helper_pool *b, const struct person *p,
                       const struct person_recorded *said, const struct catalogue *c, int32_t day) {
  struct arena a = {0};
  uint32_t n;
  const struct rating_view *ratings = ratings_of(p, c, &a, &n);

  for (uint32_t from = 0, to; from < n; from = to) {
    for (to = from + 1; to < n && ratings[to].competence == ratings[from].competence;)
      to++;

    struct level level = level_on(ratings + from, to - from, day, &b->next_change_day);
    if (level.current == ABSENT)
      continue;

    for (uint32_t i = 0; i < said->helps.n; i++) {
      const struct helping *h = &said->helps.items[i];
      int kind = kind_named(h->as);
      if (kind < 0 || !offered_now(b, h, day) ||
          level.current <
              level_to_help(c, (enum helper_kind)kind, ratings[from].competence->framework))
        continue;

      for (uint32_t k = 0; k < h->competences.n; k++)
        if (catalogue_competence(c, h->competences.items[k]) == ratings[from].competence)
          put(b, ratings[from].competence->index, kind, p);
    }
  }

  arena_finish(&a);
}

static int entry_order(const void *x, const void *y) {
  const struct entry *a = x, *b = y;
  if (a->competence != b->competence) {
    if (a->competence < b->competence)
      return -1;
    return 1;
  }
  return strcmp(a->helper->subject, b->helper->subject);
}

static bool gone(struct helper_pool *b, const struct person *p, int32_t day) {
  int32_t next_change_day = INT32_MAX;
  bool present = person_present(p, day, &next_change_day);
  wake_at(b, next_change_day);
  return !present;
}

/* --- places that are taken --- */

/* A development that was agreed and needs a helper. */
struct claim {
  const struct person *person;
  const char *recommendation;
  uint32_t competence;
  enum helper_kind kind;
  int32_t since;
};
struct claim_list {
  struct claim *items;
  size_t n, cap;
};

/* What somebody has answered, and what has been rated since is over. */
static void add_claims(struct helper_pool *b, struct claim_list *l, const struct person *p,
                       const struct catalogue *c, int32_t day) {
  struct arena a = {0};
  uint32_t n;
  const struct commitment *commitments = commitments_of(p, day, &a, &n, &b->next_change_day);

  for (uint32_t i = 0; i < n; i++) {
    const struct commitment *k = &commitments[i];
    const char *as = catalogue_kind_helper(c, k->development->kind);
    if (k->state != COMMITMENT_KEPT || !as || k->development->competences.n == 0)
      continue;

    const struct competence *competence = catalogue_competence(
        c, k->development->competences.items[0]);
    if (!competence)
      continue;

    struct level level = level_now(p, c, competence->index, day, &a);
    if (level.rated_on != ABSENT && level.rated_on >= k->since)
      continue;

    l->items = mem_grow(l->items, &l->cap, l->n + 1, sizeof *l->items);
    l->items[l->n++] = (struct claim){.person = p,
                                      .recommendation = k->development->id,
                                      .competence = competence->index,
                                      .kind = (enum helper_kind)kind_named(as),
                                      .since = k->since};
  }

  arena_finish(&a);
}

/* Who agreed first, then by subject. */
static int claim_order(const void *x, const void *y) {
  const struct claim *a = x, *b = y;
  if (a->since != b->since) {
    if (a->since < b->since)
      return -1;
    return 1;
  }

  int order = strcmp(a->person->subject, b->person->subject);
  if (order)
    return order;
  return strcmp(a->recommendation, b->recommendation);
}

/* The places that somebody offers in one kind of help. */
static int32_t places_of(const struct person *helper, enum helper_kind kind) {
  const struct event *statement = people_newest(&helper->facts, EVENT_PERSON);
  const struct person_recorded *said = statement->data;
  int32_t most = 0;

  for (uint32_t i = 0; i < said->helps.n; i++)
    if (kind_named(said->helps.items[i].as) == (int)kind && said->helps.items[i].capacity > most)
      most = said->helps.items[i].capacity;

  return most;
}

static int32_t places_taken(const struct helper_pool *b, const struct person *helper,
                            enum helper_kind kind) {
  int32_t n = 0;
  for (size_t i = 0; i < b->n_taken; i++)
    n += b->taken[i].helper == helper && b->taken[i].kind == kind;
  return n;
}

static void mark_full(struct helper_pool *b, const struct person *helper, enum helper_kind kind) {
  if (places_taken(b, helper, kind) < places_of(helper, kind))
    return;
  for (size_t i = 0; i < b->n; i++)
    if (b->entries[i].helper == helper)
      b->entries[i].full |= b->entries[i].kinds & (uint8_t)(1u << kind);
}

/* The first by subject who has a place left: whom the recommendation named. */
static void take_place(struct helper_pool *b, const struct claim *claim) {
  size_t at = LOWER_BOUND(b->n, i, b->entries[i].competence < claim->competence);

  for (; at < b->n && b->entries[at].competence == claim->competence; at++) {
    const struct entry *e = &b->entries[at];
    bool has_room = (e->kinds & ~e->full) >> claim->kind & 1;
    if (!has_room || e->helper == claim->person)
      continue;

    const struct person *helper = e->helper;
    b->taken = mem_grow(b->taken, &b->cap_taken, b->n_taken + 1, sizeof *b->taken);
    b->taken[b->n_taken++] = (struct place_taken){helper, claim->person, claim->kind};
    mark_full(b, helper, claim->kind);
    return;
  }
}

static bool has_answered(const struct person *p) {
  for (size_t i = 0; i < p->facts.n; i++) {
    const struct event_type *type = p->facts.items[i]->event->type;
    if (type->kind == EVENT_RESPONSE || type->kind == EVENT_AGREEMENT)
      return true;
  }

  return false;
}

static void take_places(struct helper_pool *b, const struct school *school,
                        const struct catalogue *c, int32_t day) {
  struct claim_list claims = {0};
  for (size_t i = 0; b->n > 0 && i < school->n_persons; i++) {
    const struct person *p = school->persons[i];
    if (has_answered(p) && !gone(b, p, day))
      add_claims(b, &claims, p, c, day);
  }

  if (claims.n > 1)
    qsort(claims.items, claims.n, sizeof *claims.items, claim_order);
  for (size_t i = 0; i < claims.n; i++)
    take_place(b, &claims.items[i]);

  free(claims.items);
}

struct helper_pool *helper_pool_create(const struct school *school, const struct catalogue *c,
                                       int32_t day) {
  struct helper_pool *b = mem_alloc(sizeof *b);
  b->next_change_day = INT32_MAX;
  for (size_t i = 0; i < school->n_persons; i++) {
    const struct person *p = school->persons[i];
    const struct event *statement = people_newest(&p->facts, EVENT_PERSON);
    const struct person_recorded *said = NULL;

    if (statement)
      said = statement->data;
    if (said && said->helps.n > 0 && !gone(b, p, day))
      put_offers(b, p, said, c, day);
  }

  if (b->n > 1)
    qsort(b->entries, b->n, sizeof *b->entries, entry_order);

  take_places(b, school, c, day);

  return b;
}

void helper_pool_destroy(struct helper_pool *b) {
  if (!b)
    return;
  free(b->entries);
  free(b->taken);
  free(b);
}

static size_t number_of(const struct helper_pool *b) {
  if (b)
    return b->n;
  return 0;
}

static bool same_places(const struct helper_pool *a, const struct helper_pool *b) {
  size_t n = a ? a->n_taken : 0;
  if (n != (b ? b->n_taken : 0))
    return false;

  for (size_t i = 0; i < n; i++)
    if (a->taken[i].helper != b->taken[i].helper || a->taken[i].by != b->taken[i].by ||
        a->taken[i].kind != b->taken[i].kind)
      return false;

  return true;
}

bool helper_pool_same(const struct helper_pool *a, const struct helper_pool *b) {
  size_t n = number_of(a);
  if (n != number_of(b))
    return false;

  for (size_t i = 0; i < n; i++)
    if (a->entries[i].competence != b->entries[i].competence ||
        a->entries[i].kinds != b->entries[i].kinds || a->entries[i].full != b->entries[i].full ||
        a->entries[i].helper != b->entries[i].helper)
      return false;

  return same_places(a, b);
}

int32_t helper_pool_next_change_day(const struct helper_pool *b) {
  if (b)
    return b->next_change_day;
  return INT32_MAX;
}

/* The kinds in which the entry has a place for the person: one that is left, or their own. */
static uint8_t kinds_for(const struct helper_pool *b, const struct entry *e,
                         const struct person *person) {
  uint8_t kinds = e->kinds & (uint8_t)~e->full;
  if (!person)
    return kinds;
  if (strcmp(e->helper->subject, person->subject) == 0)
    return 0;

  for (size_t i = 0; i < b->n_taken && e->full; i++)
    if (b->taken[i].helper == e->helper && strcmp(b->taken[i].by->subject, person->subject) == 0)
      kinds |= e->kinds & (uint8_t)(1u << b->taken[i].kind);

  return kinds;
}

uint8_t helper_pool_helpers(const struct helper_pool *b, uint32_t competence,
                            const struct person *except) {
  uint8_t kinds = 0;
  if (!b)
    return kinds;

  size_t at = LOWER_BOUND(b->n, i, b->entries[i].competence < competence);
  for (; at < b->n && b->entries[at].competence == competence; at++)
    kinds |= kinds_for(b, &b->entries[at], except);

  return kinds;
}

uint32_t helper_pool_colleagues(const struct helper_pool *b, uint32_t competence,
                                const struct person *except, struct arena *a,
                                const struct colleague **ret) {
  size_t n = number_of(b);
  size_t at = LOWER_BOUND(n, i, b->entries[i].competence < competence), end = at;
  while (end < n && b->entries[end].competence == competence)
    end++;

  struct colleague *list = arena_alloc(a, (end - at + 1) * sizeof *list);
  uint32_t count = 0;
  for (; at < end; at++) {
    const struct entry *e = &b->entries[at];
    uint8_t kinds = kinds_for(b, e, except);
    if (kinds)
      list[count++] = (struct colleague){
          arena_strndup(a, e->helper->subject, strlen(e->helper->subject)), kinds};
  }

  *ret = list;

  return count;
}

bool helper_pool_concerns(const struct person *p) {
  if (has_answered(p))
    return true;

  for (size_t i = 0; i < p->facts.n; i++) {
    const struct event *e = p->facts.items[i]->event;
    if (e->type->kind == EVENT_PERSON && ((const struct person_recorded *)e->data)->helps.n > 0)
      return true;
  }

  return false;
}
