/* load - from the store into memory at start: the journal folded once more, then current
 * advice and sequences beside it. pipeline.c calls it once. */
#define LOG_AREA "load"
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "event/json.h"
#include "pipeline/effects.h"
#include "pipeline/internal.h"

struct loading {
  struct pipeline *p;
  struct arena arena;
  struct error *err;
};

/* A row's body as an event, with the identity and content it was taken under. NULL when it cannot
 * be read. */
struct event *journal_event(struct arena *a, const struct journal_row *row) {
  struct events events;
  struct fault fault;
  if (events_parse(a, row->body, row->len, NULL, NULL, &events, &fault) < 0 || events.n != 1 ||
      events.items[0].faults.n > 0)
    return NULL;

  struct event *e = &events.items[0];
  e->identity = row->identity;
  e->content = row->content;

  return event_keep(e);
}

static void load_published(struct pipeline *p, const struct journal_row *row,
                           const struct json *note) {
  struct policy_slot *s = policy_slot_of(p, row->authority);
  const char *rules = json_text(note, "rules"), *catalogue = json_text(note, "catalogue");
  if (!s || !rules || !catalogue)
    return;

  s->published = hash256_parse(rules, &s->published_rules) &&
                 hash256_parse(catalogue, &s->published_catalogue);
}

static void load_aside(struct pipeline *p, const struct journal_row *row, const struct json *note) {
  struct hash256 rules;
  const char *hex = json_text(note, "rules"), *rule = json_text(note, "rule");
  if (hex && rule && hash256_parse(hex, &rules))
    aside_add(p, row->authority, &rules, rule);
}

static void load_restored(struct pipeline *p, const struct journal_row *row,
                          const struct json *note) {
  struct hash256 rules;
  const char *hex = json_text(note, "rules"), *rule = json_text(note, "rule");
  if (hex && rule && hash256_parse(hex, &rules))
    aside_drop(p, row->authority, &rules, rule);
}

static int load_effect(struct loading *l, const struct journal_row *row, const struct json *note) {
  struct effects *e = effects_read(note, l->p->day);
  if (!e || !row->authority)
    return error_set(l->err, -EBADMSG, "journal position %llu holds no effects",
                     (unsigned long long)row->position);

  effects_put(people_authority(&l->p->people, row->authority, true), e);

  return 0;
}

static int load_day(struct loading *l, const struct journal_row *row, const struct json *note) {
  const char *date = json_text(note, "date");
  if (!date || !date_parse(date, strlen(date), &l->p->day))
    return error_set(l->err, -EBADMSG, "journal position %llu holds no day",
                     (unsigned long long)row->position);
  return 0;
}

/* No default: the compiler names a kind that is not here. A note of a later release is passed
 * over. */
static int take_note(struct loading *l, const struct journal_row *row, const struct json *note) {
  switch (note_kind_of(row->kind)) {
  case NOTE_DAY:
    return load_day(l, row, note);
  case NOTE_EFFECT:
    return load_effect(l, row, note);
  case NOTE_PUBLISHED:
    load_published(l->p, row, note);
    break;
  case NOTE_ASIDE:
    load_aside(l->p, row, note);
    break;
  case NOTE_RESTORED:
    load_restored(l->p, row, note);
    break;
  case NOTE_KINDS:
    break;
  }

  return 0;
}

static int load_note(struct loading *l, const struct journal_row *row) {
  struct json note;
  size_t offset;
  const char *message;
  if (json_tree(&l->arena, row->body, row->len, &note, &offset, &message) < 0)
    return error_set(l->err, -EBADMSG, "journal position %llu cannot be read: %s",
                     (unsigned long long)row->position, message);

  int rc = take_note(l, row, &note);
  if (rc < 0)
    return rc;

  struct policy_slot *s = NULL;
  if (row->authority)
    s = policy_slot_of(l->p, row->authority);
  if (s)
    history_take(s, row, &note);

  return 0;
}

static int load_row(void *arg, const struct journal_row *row) {
  struct loading *l = arg;
  arena_reset(&l->arena);
  l->p->position = row->position;
  if (strcmp(row->kind, JOURNAL_EVENT) != 0)
    return load_note(l, row);

  struct event *e = journal_event(&l->arena, row);
  if (!e)
    return error_set(l->err, -EBADMSG, "journal position %llu cannot be read as an event",
                     (unsigned long long)row->position);

  people_apply(&l->p->people, e, row->position, NULL, NULL);

  return 0;
}

static int load_person(void *arg, const struct person_row *row) {
  struct loading *l = arg;
  struct person *person = people_person(&l->p->people, row->authority, row->school, row->subject,
                                        true);

  person->id = row->id;
  if (!row->basis_len)
    return 0;

  if (basis_decode(row->basis, row->basis_len, &person->basis) < 0 ||
      current_decode(row->advice, row->advice_len, &person->current, &person->n_current,
                     &person->held) < 0)
    return error_set(l->err, -EBADMSG, "the advice of person %llu cannot be read",
                     (unsigned long long)row->id);

  person->touched = 0; /* but for what came after the advice was made */
  for (size_t i = 0; i < person->facts.n; i++)
    if (person->facts.items[i]->position > person->basis.number)
      person->touched |= 1u << person->facts.items[i]->event->type->kind;

  return 0;
}

static int load_cohorts(void *arg, const struct cohorts_row *row) {
  struct loading *l = arg;
  struct school *school = people_school(&l->p->people, row->authority, row->school, true);
  _cleanup_free_ char *held = NULL;

  school->work->stored = true;
  if (basis_decode(row->basis, row->basis_len, &school->basis) < 0 ||
      current_decode(row->advice, row->advice_len, &school->current, &school->n_current, &held) < 0)
    return error_set(l->err, -EBADMSG, "the advice of school %s of authority %s cannot be read",
                     row->school, row->authority);

  return 0;
}

static int load_sequence(void *arg, const char *authority, const char *school, uint64_t sequence) {
  struct loading *l = arg;
  people_school(&l->p->people, authority, school, true)->sequence = sequence;
  return 0;
}

/* What is left of an authority that the configuration does not name (any more): a publication has
 * its school's next sequence. */
static void say_unserved(const struct pipeline *p) {
  for (size_t i = 0; i < p->people.n_authorities; i++) {
    const struct authority *a = p->people.authorities[i];
    unsigned long long publications = 0;

    if (policy_slot_of(p, a->code))
      continue;

    for (size_t k = 0; k < a->n_schools; k++)
      publications += a->schools[k]->sequence;

    log_warn("the data directory holds publications of an authority that is not configured; they "
             "are kept and not delivered",
             "authority=%s publications=%llu", a->code, publications);
  }
}

int load(struct pipeline *p, struct error *err) {
  struct loading l = {.p = p, .err = err};
  int rc = store_journal(p->store, 0, UINT64_MAX, load_row, &l);
  if (rc == 0)
    rc = store_people(p->store, load_person, &l);
  if (rc == 0)
    rc = store_cohorts(p->store, load_cohorts, &l);
  if (rc == 0)
    rc = store_sequences(p->store, load_sequence, &l);

  arena_finish(&l.arena);
  if (rc == -EBADMSG && *store_damage(p->store))
    return error_set(err, -EIO,
                     "the store is damaged (%s): restore the data directory from its backup",
                     store_damage(p->store));

  if (rc < 0) {
    if (err && err->code)
      return rc;
    return error_set(err, rc, "the store cannot be read: %s", strerror(-rc));
  }

  p->publication = store_last_publication(p->store);
  p->last_person_id = store_last_person(p->store);
  say_unserved(p);
  log_info("loaded", "position=%llu publications=%llu", (unsigned long long)p->position,
           (unsigned long long)p->publication);

  return 0;
}
