/* people - see people.h. The fold: every journaled event becomes a fact in a sorted list, and death
 * (withdrawn, superseded) is kept beside it, so that any order of arrival ends in the same state.
 */
#include "people/people.h"

#include "base/search.h"

#include <string.h>

void people_init(struct people *p, const unsigned char key[32], const struct people_work *work) {
  memset(p, 0, sizeof *p);
  memcpy(p->key, key, 32);
  p->work = work;
}

/* A person or school, and behind it what is kept beside it: one block. */
static void *block_of(size_t size, size_t work, void **ret_work) {
  size_t at = (size + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t);
  char *block = mem_alloc(work > 0 ? at + work : size);

  *ret_work = NULL;
  if (work > 0)
    *ret_work = block + at;

  return block;
}

static void fact_list_finish(struct fact_list *l) {
  for (size_t i = 0; i < l->n; i++) {
    free(l->items[i]->event);
    free(l->items[i]);
  }
  free(l->items);
}

static void person_destroy(const struct people *p, struct person *person) {
  if (p->work)
    p->work->person_finish(person->work);

  fact_list_finish(&person->facts);
  current_free(person->current, person->n_current);
  free(person->held);
  free(person->tally);
  free(person->subject);
  free(person);
}

static void school_destroy(const struct people *p, struct school *school) {
  for (size_t i = 0; i < school->n_persons; i++)
    person_destroy(p, school->persons[i]);

  if (p->work)
    p->work->school_finish(school->work);

  fact_list_finish(&school->facts);
  fact_list_finish(&school->priorities);
  current_free(school->current, school->n_current);
  free(school->persons);
  free(school->code);
  free(school);
}

void people_finish(struct people *p) {
  for (size_t i = 0; i < p->n_authorities; i++) {
    struct authority *authority = p->authorities[i];
    for (size_t j = 0; j < authority->n_schools; j++)
      school_destroy(p, authority->schools[j]);

    free(authority->schools);
    free(authority->code);
    free(authority);
  }

  free(p->authorities);
  for (size_t i = 0; i < p->records.cap; i++)
    free(p->records.slots[i].value);

  hashmap_finish(&p->records);
  memset(p, 0, sizeof *p);
}

/* --- finding things --- */

struct authority *people_authority(struct people *p, const char *code, bool create) {
  for (size_t i = 0; i < p->n_authorities; i++)
    if (strcmp(p->authorities[i]->code, code) == 0)
      return p->authorities[i];

  if (!create)
    return NULL;

  struct authority *authority = mem_alloc(sizeof *authority);
  authority->code = mem_strdup(code);
  size_t cap = p->n_authorities;
  p->authorities = mem_grow(p->authorities, &cap, p->n_authorities + 1, sizeof *p->authorities);
  p->authorities[p->n_authorities++] = authority;

  return authority;
}

static const char *name_of(const void *item, size_t name_at) {
  return *(char *const *)((const char *)item + name_at);
}

/* Lower bound of `key` in a sorted array of pointers to structs whose name is at `name_at`. */
static size_t place_of(void *const *items, size_t n, size_t name_at, const char *key,
                       bool *ret_found) {
  size_t at = LOWER_BOUND(n, i, strcmp(name_of(items[i], name_at), key) < 0);

  *ret_found = at < n && strcmp(name_of(items[at], name_at), key) == 0;

  return at;
}

static void insert_at(void ***items, size_t *n, size_t *cap, size_t at, void *item) {
  *items = mem_grow(*items, cap, *n + 1, sizeof **items);
  memmove(*items + at + 1, *items + at, (*n - at) * sizeof **items);
  (*items)[at] = item;
  (*n)++;
}

struct school *people_school(struct people *p, const char *authority_code, const char *code,
                             bool create) {
  struct authority *authority = people_authority(p, authority_code, create);
  if (!authority)
    return NULL;

  bool found;
  size_t at = place_of((void *const *)authority->schools, authority->n_schools,
                       offsetof(struct school, code), code, &found);

  if (found)
    return authority->schools[at];
  if (!create)
    return NULL;

  void *work;
  struct school *school = block_of(sizeof *school, p->work ? p->work->school : 0, &work);
  school->work = work;
  school->code = mem_strdup(code);
  school->authority = authority;
  insert_at((void ***)&authority->schools, &authority->n_schools, &authority->cap_schools, at,
            school);

  return school;
}

/* No character of a code comes before '-', so that it is always the first. */
struct school *people_wide(const struct authority *authority) {
  if (authority->n_schools > 0 && strcmp(authority->schools[0]->code, "-") == 0)
    return authority->schools[0];
  return NULL;
}

struct person *people_person(struct people *p, const char *authority, const char *code,
                             const char *subject, bool create) {
  struct school *school = people_school(p, authority, code, create);
  if (!school)
    return NULL;

  bool found;
  size_t at = place_of((void *const *)school->persons, school->n_persons,
                       offsetof(struct person, subject), subject, &found);

  if (found)
    return school->persons[at];
  if (!create)
    return NULL;

  void *work;
  struct person *person = block_of(sizeof *person, p->work ? p->work->person : 0, &work);
  person->work = work;
  person->subject = mem_strdup(subject);
  person->school = school;
  person->basis.next_change_day = INT32_MAX;
  insert_at((void ***)&school->persons, &school->n_persons, &school->cap_persons, at, person);

  return person;
}

bool people_erased(const struct people *p, const char *authority, const char *school,
                   const char *subject) {
  const struct person *person = people_person((struct people *)p, authority, school, subject,
                                              false);
  return person && person->erased;
}

bool person_known(const struct person *person) {
  const uint32_t recording = 1u << EVENT_PERSON | 1u << EVENT_APPRAISAL | 1u << EVENT_ASSESSMENT |
                             1u << EVENT_ACHIEVEMENT | 1u << EVENT_PREFERENCE;
  if (person->erased)
    return false;

  for (size_t i = 0; i < person->facts.n; i++) {
    const struct fact *fact = person->facts.items[i];
    if (recording & 1u << fact->event->type->kind && fact_live(fact))
      return true;
  }

  return false;
}

static bool any_live(const struct fact_list *l) {
  for (size_t i = 0; i < l->n; i++)
    if (fact_live(l->items[i]))
      return true;
  return false;
}

bool school_known(const struct school *school) {
  return school->n_known > 0 || school->sequence > 0 || any_live(&school->facts) ||
         any_live(&school->priorities);
}

int people_each(struct people *p, people_each_fn *each, void *arg) {
  for (size_t i = 0; i < p->n_authorities; i++)
    for (size_t j = 0; j < p->authorities[i]->n_schools; j++) {
      struct school *school = p->authorities[i]->schools[j];
      for (size_t k = 0; k < school->n_persons; k++) {
        int rc = each(arg, school->persons[k]);
        if (rc)
          return rc;
      }
    }

  return 0;
}

/* --- the fold --- */

const struct record *people_record(const struct people *p, struct hash128 identity) {
  return hashmap_get(&p->records, identity);
}

static struct record *record_for(struct people *p, struct hash128 identity) {
  struct record *record = hashmap_get(&p->records, identity);
  if (record)
    return record;

  record = mem_alloc(sizeof *record);
  record->identity = identity;
  hashmap_put(&p->records, identity, record);

  return record;
}

/* The order of "newest": instant, then source, then id. */
static int event_cmp(const struct event *a, const struct event *b) {
  int order = instant_cmp(a->time, b->time);
  if (order == 0)
    order = strcmp(a->source, b->source);

  if (order)
    return order;
  return strcmp(a->id, b->id);
}

static void fact_insert(struct fact_list *l, struct fact *fact) {
  size_t at = l->n;
  while (at > 0 && event_cmp(l->items[at - 1]->event, fact->event) > 0)
    at--;
  insert_at((void ***)&l->items, &l->n, &l->cap, at, fact);
}

struct fold {
  struct people *people;
  uint64_t position;
  people_moved *moved;
  void *arg;
};

static void count_known(struct person *person) {
  bool known = person_known(person);
  if (known == person->counted)
    return;

  person->counted = known;
  if (known)
    person->school->n_known++;
  else
    person->school->n_known--;
}

static void tell_moved(struct fold *fold, struct record *record) {
  struct fact *fact = record->fact;
  if (!fact)
    return;

  if (fact->person) {
    count_known(fact->person);
    fact->person->number = fold->position;
    fact->person->touched |= 1u << fact->event->type->kind;
  }

  if (fold->moved)
    fold->moved(fold->arg, fact->school, fact->person, fact->event->type);
}

/* The event of `record` begins or ceases to kill what it supersedes. */
static void supersede(struct fold *fold, struct record *record, int change) {
  if (!record->supersedes)
    return;
  record->supersedes->superseders += (uint32_t)change;
  tell_moved(fold, record->supersedes);
}

static void withdraw(struct fold *fold, const struct event *e) {
  const struct record_withdrawn *data = e->data;
  for (uint32_t i = 0; i < data->of.n; i++) {
    struct record *target = record_for(
        fold->people,
        event_identity(fold->people->key, e->authority, e->school, e->source, data->of.items[i]));
    if (target->withdrawn)
      continue;

    target->withdrawn = true;
    tell_moved(fold, target);
    supersede(fold, target, -1);
  }
}

static void add_fact(struct fold *fold, struct record *record, struct event *e,
                     struct school *school) {
  struct fact *fact = mem_alloc(sizeof *fact);
  *fact = (struct fact){.event = e, .school = school, .position = fold->position, .record = record};
  if (e->subject) {
    fact->person = people_person(fold->people, e->authority, e->school, e->subject, true);
    if (e->type->kind == EVENT_ERASE)
      fact->person->erased = true;
  }

  record->fact = fact;
  struct fact_list *schools = e->type->kind == EVENT_PRIORITY ? &school->priorities
                                                              : &school->facts;
  fact_insert(fact->person ? &fact->person->facts : schools, fact);
}

void people_apply(struct people *p, struct event *event_take, uint64_t position,
                  people_moved *moved, void *arg) {
  struct fold fold = {p, position, moved, arg};
  struct record *record = record_for(p, event_take->identity);
  struct school *school = people_school(p, event_take->authority, event_take->school, true);

  record->seen = true;
  record->content = event_take->content;
  p->position = position;

  if (event_take->supersedes) {
    record->supersedes = record_for(p, event_identity(p->key, event_take->authority,
                                                      event_take->school, event_take->source,
                                                      event_take->supersedes));
    if (!record->withdrawn)
      supersede(&fold, record, +1);
  }

  if (event_take->type->kind == EVENT_WITHDRAWN) {
    withdraw(&fold, event_take);
    free(event_take);
    return;
  }

  add_fact(&fold, record, event_take, school);
  tell_moved(&fold, record);
}

const struct event *people_newest(const struct fact_list *l, enum event_kind kind) {
  for (size_t i = l->n; i > 0; i--)
    if (l->items[i - 1]->event->type->kind == kind && fact_live(l->items[i - 1]))
      return l->items[i - 1]->event;
  return NULL;
}
