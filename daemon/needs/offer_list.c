/* offer_list - see offer_list.h. */
#include "needs/offer_list.h"

#include "base/search.h"

#include <string.h>

#include "needs/needs.h"

enum {
  OFFERS_A_NEED = 20
};                               /* that rules are shown, the soonest */
#define NO_COMPETENCE UINT32_MAX /* what gives none, such as a status: last in the order */

struct entry {
  uint32_t competence;
  int32_t first, last; /* of its sessions, ABSENT = none is fixed */
  const struct provision_recorded *said;
};
struct offer_list {
  struct entry *entries; /* by competence, then as rules see them */
  size_t n, cap;
  int32_t next_change_day;
};

/* --- order: what is not known comes last --- */

static int by_number(int32_t a, int32_t b) {
  if (a == b)
    return 0;
  if (a == ABSENT || b == ABSENT) {
    if (a == ABSENT)
      return 1;
    return -1;
  }
  if (a < b)
    return -1;
  return 1;
}

static int offer_order(const struct entry *a, const struct entry *b) {
  int order = by_number(a->first, b->first);
  if (order == 0)
    order = by_number(a->said->cost.fee, b->said->cost.fee);

  if (order)
    return order;
  return strcmp(a->said->offer, b->said->offer);
}

static int entry_order(const void *x, const void *y) {
  const struct entry *a = x, *b = y;
  if (a->competence != b->competence) {
    if (a->competence < b->competence)
      return -1;
    return 1;
  }
  return offer_order(a, b);
}

/* --- making one --- */

static void add_entry(struct offer_list *s, struct entry e, uint32_t competence) {
  e.competence = competence;
  s->entries = mem_grow(s->entries, &s->cap, s->n + 1, sizeof *s->entries);
  s->entries[s->n++] = e;
}

static void put(struct offer_list *s, const struct provision_recorded *d, const struct catalogue *c,
                int32_t day, struct arena *a) {
  struct development found;
  struct entry e = {.first = ABSENT, .last = ABSENT, .said = d};

  for (uint32_t i = 0; i < d->sessions.n; i++) {
    int32_t date = d->sessions.items[i].date;
    if (e.first == ABSENT || date < e.first)
      e.first = date;
    if (e.last == ABSENT || date > e.last)
      e.last = date;
  }

  if (d->closed == 1 || (e.last != ABSENT && e.last < day))
    return;

  arena_reset(a);

  /* journaled under a catalogue that knew it */
  if (!catalogue_development(c, d->development, a, &found))
    return;

  if (e.last != ABSENT && e.last + 1 < s->next_change_day)
    s->next_change_day = e.last + 1;
  for (uint32_t i = 0; i < found.n_competences; i++)
    add_entry(s, e, found.competences[i]->index);
  if (found.n_competences == 0)
    add_entry(s, e, NO_COMPETENCE);
}

struct statement {
  const struct provision_recorded *said;
  size_t at; /* in the order of the facts: the newest of an offer holds */
};

static int statement_order(const void *x, const void *y) {
  const struct statement *a = x, *b = y;
  int order = strcmp(a->said->offer, b->said->offer);
  if (order)
    return order;
  return (a->at > b->at) - (a->at < b->at);
}

static size_t statements_of(const struct school *school, struct statement *ret) {
  size_t n = 0;
  for (size_t i = 0; i < school->facts.n; i++)
    if (school->facts.items[i]->event->type->kind == EVENT_PROVISION &&
        fact_live(school->facts.items[i]))
      ret[n++] = (struct statement){school->facts.items[i]->event->data, i};

  if (n > 1)
    qsort(ret, n, sizeof *ret, statement_order);

  return n;
}

struct offer_list *offer_list_create(const struct school *school, const struct catalogue *c,
                                     int32_t day) {
  struct offer_list *s = mem_alloc(sizeof *s);
  struct arena a = {0};
  _cleanup_free_ struct statement *statements = mem_array(school->facts.n + 1, sizeof *statements);
  size_t n = statements_of(school, statements);

  s->next_change_day = INT32_MAX;
  for (size_t i = 0; i < n; i++)
    if (i + 1 == n || strcmp(statements[i].said->offer, statements[i + 1].said->offer) != 0)
      put(s, statements[i].said, c, day, &a);

  if (s->n > 1)
    qsort(s->entries, s->n, sizeof *s->entries, entry_order);

  arena_finish(&a);

  return s;
}

void offer_list_destroy(struct offer_list *s) {
  if (!s)
    return;
  free(s->entries);
  free(s);
}

int32_t offer_list_next_change_day(const struct offer_list *s) {
  if (s)
    return s->next_change_day;
  return INT32_MAX;
}

/* --- what one person is shown --- */

struct range {
  const struct entry *at, *end;
};

static struct range range_of(const struct offer_list *s, uint32_t competence) {
  if (!s)
    return (struct range){0};

  size_t at = LOWER_BOUND(s->n, i, s->entries[i].competence < competence), end = at;
  while (end < s->n && s->entries[end].competence == competence)
    end++;

  return (struct range){s->entries + at, s->entries + end};
}

static bool role_may(const struct provision_recorded *d, const struct catalogue *c,
                     const char *code) {
  const struct role *role = NULL;
  if (code)
    role = catalogue_role(c, code);
  for (uint32_t i = 0; role && i < d->audience.n; i++)
    if (strcmp(d->audience.items[i], role->code) == 0 ||
        (role->family && strcmp(d->audience.items[i], role->family->code) == 0))
      return true;

  return false;
}

/* Nobody named: everybody may. A post to come counts where there is no other. */
static bool open_to(const struct provision_recorded *d, const struct catalogue *c,
                    const struct facts *f, const struct need *need) {
  bool may = d->audience.n == 0;
  for (uint32_t i = 0; i < d->audience.n; i++)
    may |= strcmp(d->audience.items[i], "all") == 0;
  for (uint32_t i = 0; !may && i < f->n_roles; i++)
    may = role_may(d, c, f->roles[i]);

  return may || (f->n_roles == 0 && role_may(d, c, need->post));
}

struct filling {
  struct facts *facts;
  int32_t day, *next_change_day;
};

static struct offered as_offered(const struct entry *e, bool own) {
  const struct provision_recorded *d = e->said;
  return (struct offered){.id = d->offer,
                          .development = d->development,
                          .provider = d->provider,
                          .mode = d->mode,
                          .open_to = d->open_to,
                          .fee = d->cost.fee,
                          .places = d->places,
                          .first = e->first,
                          .last = e->last,
                          .own = own,
                          .said = d};
}

static void wake_after(struct filling *fill, const struct entry *e) {
  if (e->last != ABSENT && e->last + 1 < *fill->next_change_day)
    *fill->next_change_day = e->last + 1;
}

static uint32_t offer_of(struct filling *fill, const struct entry *e, bool own) {
  struct facts *f = fill->facts;
  for (uint32_t i = 0; i < f->n_offers; i++)
    if (f->offers[i].said == e->said)
      return i;

  f->offers[f->n_offers] = as_offered(e, own);
  wake_after(fill, e);

  return f->n_offers++;
}

/* Merges the two lists, both in order already. */
static void fill_need(struct filling *fill, const struct catalogue *c, uint32_t need,
                      struct range own, struct range wide) {
  struct facts *f = fill->facts;

  for (int n = 0; n < OFFERS_A_NEED && (own.at < own.end || wide.at < wide.end);) {
    bool mine = wide.at == wide.end || (own.at < own.end && offer_order(own.at, wide.at) <= 0);
    const struct entry *e = mine ? own.at++ : wide.at++;
    if ((e->last != ABSENT && e->last < fill->day) || !open_to(e->said, c, f, &f->needs[need]))
      continue;

    f->answers[f->n_answers++] = (struct answer){need, offer_of(fill, e, mine)};
    n++;
  }
}

/* For a goal: what is offered and gives no competence. */
static void fill_goals(struct filling *fill, const struct catalogue *c, struct range own,
                       struct range wide, struct arena *a) {
  static const struct need none = {0};
  struct facts *f = fill->facts;
  size_t room = (size_t)(own.end - own.at) + (size_t)(wide.end - wide.at);

  f->goal_offers = arena_alloc(a, (room + 1) * sizeof *f->goal_offers);
  while (own.at < own.end || wide.at < wide.end) {
    bool mine = wide.at == wide.end || (own.at < own.end && offer_order(own.at, wide.at) <= 0);
    const struct entry *e = mine ? own.at++ : wide.at++;
    if ((e->last != ABSENT && e->last < fill->day) || !open_to(e->said, c, f, &none))
      continue;

    f->goal_offers[f->n_goal_offers++] = as_offered(e, mine);
    wake_after(fill, e);
  }
}

void offer_list_fill(const struct facts_context *context, struct arena *a, struct facts *f,
                     int32_t *next_change_day) {
  const struct offer_list *own = context->school_offers, *wide = context->authority_offers;
  size_t room = 0;

  if ((!own || own->n == 0) && (!wide || wide->n == 0))
    return;

  for (uint32_t i = 0; i < f->n_needs; i++) {
    struct range x = range_of(own, f->needs[i].competence),
                 y = range_of(wide, f->needs[i].competence);
    size_t n = (size_t)(x.end - x.at) + (size_t)(y.end - y.at);
    if (n < OFFERS_A_NEED)
      room += n;
    else
      room += OFFERS_A_NEED;
  }

  struct filling fill = {.facts = f, .day = context->day, .next_change_day = next_change_day};
  if (f->n_wishes > 0)
    fill_goals(&fill, context->catalogue, range_of(own, NO_COMPETENCE),
               range_of(wide, NO_COMPETENCE), a);
  if (room == 0)
    return;

  f->offers = arena_alloc(a, room * sizeof *f->offers);
  f->answers = arena_alloc(a, room * sizeof *f->answers);
  for (uint32_t i = 0; i < f->n_needs; i++)
    fill_need(&fill, context->catalogue, i, range_of(own, f->needs[i].competence),
              range_of(wide, f->needs[i].competence));
}
