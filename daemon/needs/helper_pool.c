/* helper_pool - see helper_pool.h. */
#include "needs/helper_pool.h"

#include "base/search.h"

#include <string.h>

#include "needs/needs.h"

struct entry {
  uint32_t competence;
  uint8_t kinds;
  const struct person *helper;
};
struct helper_pool {
  struct entry *entries; /* by competence, then subject */
  size_t n, cap;
  int32_t next_change_day;
};

/* The level from which somebody may help, as the catalogue's informal development says it; 3
 * (alone) where it says nothing. */
static int32_t level_to_help(const struct catalogue *c, enum helper_kind kind) {
  static const char *const development[HELPER_KINDS] = {
      "mentoring", "coaching", "buddying", "shadowing", "mentoring", NULL, NULL};
  const struct informal *informal = NULL;

  if (development[kind])
    informal = catalogue_informal(c, development[kind]);

  if (informal && informal->min_level != ABSENT)
    return informal->min_level;
  return 3;
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
  b->entries[b->n++] = (struct entry){competence, (uint8_t)(1u << kind), helper};
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
          level.current < level_to_help(c, (enum helper_kind)kind))
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

  return b;
}

void helper_pool_destroy(struct helper_pool *b) {
  if (!b)
    return;
  free(b->entries);
  free(b);
}

static size_t number_of(const struct helper_pool *b) {
  if (b)
    return b->n;
  return 0;
}

bool helper_pool_same(const struct helper_pool *a, const struct helper_pool *b) {
  size_t n = number_of(a);
  if (n != number_of(b))
    return false;

  for (size_t i = 0; i < n; i++)
    if (a->entries[i].competence != b->entries[i].competence ||
        a->entries[i].kinds != b->entries[i].kinds || a->entries[i].helper != b->entries[i].helper)
      return false;

  return true;
}

int32_t helper_pool_next_change_day(const struct helper_pool *b) {
  if (b)
    return b->next_change_day;
  return INT32_MAX;
}

uint8_t helper_pool_helpers(const struct helper_pool *b, uint32_t competence,
                            const struct person *except) {
  uint8_t kinds = 0;
  if (!b)
    return kinds;

  size_t at = LOWER_BOUND(b->n, i, b->entries[i].competence < competence);
  for (; at < b->n && b->entries[at].competence == competence; at++)
    if (!except || strcmp(b->entries[at].helper->subject, except->subject) != 0)
      kinds |= b->entries[at].kinds;

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
    if (!except || strcmp(e->helper->subject, except->subject) != 0)
      list[count++] = (struct colleague){
          arena_strndup(a, e->helper->subject, strlen(e->helper->subject)), e->kinds};
  }

  *ret = list;

  return count;
}

bool helper_pool_concerns(const struct person *p) {
  for (size_t i = 0; i < p->facts.n; i++) {
    const struct event *e = p->facts.items[i]->event;
    if (e->type->kind == EVENT_PERSON && ((const struct person_recorded *)e->data)->helps.n > 0)
      return true;
  }

  return false;
}
