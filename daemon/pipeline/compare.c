/* compare - new advice against the current advice: what is issued, changed or withdrawn.
 *
 * turn.c calls it for each finished evaluation. What differs is published (publication.c), and the
 * new advice with its basis goes into the turn's batch; memory gets it after the commit. */
#include <string.h>

#include "needs/advice.h"
#include "needs/cohort.h"
#include "pipeline/internal.h"

/* --- words --- */

/* Which kind of fact moved the advice: the person's own first, then the school's, then the
 * authority's, then the day. */
static const char *cause_of(uint32_t touched) {
  static const struct {
    uint32_t bit;
    const char *word;
  } others[] = {{TOUCHED_NEEDS, "needs"},
                {TOUCHED_SCHOOL, "school"},
                {TOUCHED_CATALOGUE, "catalogue"},
                {TOUCHED_RULES, "rules"},
                {TOUCHED_DAY, "day"}};
  static const enum event_kind order[] = {
      EVENT_APPRAISAL, EVENT_ASSESSMENT, EVENT_ACHIEVEMENT, EVENT_RESPONSE,   EVENT_AGREEMENT,
      EVENT_PERSON,    EVENT_PREFERENCE, EVENT_LEFT,        EVENT_RESTRICTED, EVENT_ERASE};
  for (size_t i = 0; i < ARRAY_LEN(order); i++)
    if (touched & (1u << order[i]))
      return event_types[order[i]].cause;

  for (size_t i = 0; i < ARRAY_LEN(others); i++)
    if (touched & others[i].bit)
      return others[i].word;

  return "person";
}

/* The widest circle that may see the person's advice; the manager's unless the person said
 * otherwise. */
static const char *audience_of(const struct person *person) {
  static const char *const words[] = {"person", "manager", "school"};
  const struct event *e = people_newest(&person->facts, EVENT_PREFERENCE);
  int32_t share = ABSENT;

  if (e)
    share = ((const struct preference_recorded *)e->data)->share_with;

  return words[share == ABSENT ? SHARE_MANAGER : share];
}

/* --- advice --- */

static void put_advice(struct buf *b, const char *json, size_t len, const struct buf *basis) {
  buf_put(b, json, len - 1); /* all but the closing brace */
  buf_puts(b, ",\"stand\":");
  json_strn(b, (const char *)basis->data, basis->len);
}

static const struct current_advice *current_of(const struct current_advice *list, size_t n,
                                               const char *id) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(list[i].id, id) == 0)
      return &list[i];
  return NULL;
}

static uint64_t publish_advice(struct pipeline *p, struct turn *t, struct publication *what,
                               const struct advice *a, const struct current_advice *was,
                               const struct buf *basis) {
  struct buf data = {0};
  bool material = true, same_round = was && was->round == a->round;

  put_advice(&data, a->json, a->len, basis);
  if (same_round) {
    buf_puts(&data, ",\"changes\":");
    json_open(&data, '[');
    material = advice_changes(&data, a, was);
    json_close(&data, ']');
  }
  json_close(&data, '}');

  what->type = same_round ? what->words->changed : what->words->issued;
  what->weight = material ? "material" : "minor";
  uint64_t position = publication_write(p, t, what, &data);
  buf_finish(&data);
  return position;
}

static void publish_withdrawal(struct pipeline *p, struct turn *t, struct publication *what,
                               const struct current_advice *was) {
  struct buf data = {0};
  json_open(&data, '{');
  key_str(&data, what->words->id, was->id);

  if (what->subject) {
    json_key(&data, "round");
    json_int(&data, was->round);
    key_str(&data, "person", what->subject);
  }

  key_str(&data, "cause", what->cause);
  json_close(&data, '}');
  what->type = what->words->withdrawn;
  what->weight = "material";
  publication_write(p, t, what, &data);
  buf_finish(&data);
}

static bool advised_still(const struct result *r, const char *id) {
  for (uint32_t i = 0; i < r->advice.n; i++)
    if (strcmp(r->advice.items[i].id, id) == 0)
      return true;
  return false;
}

static void write_basis(struct turn *t, struct result *r) {
  struct person *person = r->person;
  struct buf basis = {0}, current = {0};

  if (!person->id) {
    r->new_id = person->id = ++t->person_id;
    batch_person(t->batch, person->id, person->school->authority->code, person->school->code,
                 person->subject);
  }

  basis_encode(&r->basis, &basis);
  current_encode(r->current, r->n_current, r->advice.held, &current);
  batch_basis(t->batch, person->id, basis.data, basis.len, current.data, current.len);
  buf_finish(&basis);
  buf_finish(&current);
}

/* A count that is held back could be guessed from its place: such advice is for the school alone.
 */
static void address(struct publication *what, const char *advice) {
  if (!what->subject) {
    if (advice_holds_back_count(advice))
      what->audience = "school";
    else
      what->audience = "authority";
  }
}

/* Advice that others could see and may not see any more is withdrawn for everybody, and issued
 * again to the school. */
static bool withdraw_from_wider(struct pipeline *p, struct turn *t, struct publication *what,
                                const struct current_advice *was, const char *now) {
  bool narrows = !what->subject && advice_holds_back_count(now) &&
                 !advice_holds_back_count(was->advice);
  address(what, was->advice);
  if (narrows)
    publish_withdrawal(p, t, what, was);
  return narrows;
}

/* What was advised before against the result's advice: publishes what differs, and sets
 * what is current from the commit on. */
static void compare_lists(struct pipeline *p, struct turn *t, struct publication *what,
                          const struct current_advice *before, size_t n, struct result *r) {
  struct buf token = {0};
  basis_token(&r->basis, store_key(p->store), &token);
  for (size_t i = 0; i < n; i++) {
    address(what, before[i].advice);
    if (!advised_still(r, before[i].id))
      publish_withdrawal(p, t, what, &before[i]);
  }

  r->n_current = r->advice.n;
  r->current = mem_array(r->n_current ? r->n_current : 1, sizeof *r->current);

  for (uint32_t i = 0; i < r->advice.n; i++) {
    const struct advice *a = &r->advice.items[i];
    const struct current_advice *was = current_of(before, n, a->id);
    bool same = was && was->len == a->len && memcmp(was->advice, a->json, a->len) == 0;
    if (was && !same && withdraw_from_wider(p, t, what, was, a->json))
      was = NULL;

    address(what, a->json);
    uint64_t position = same ? was->publication : publish_advice(p, t, what, a, was, &token);
    r->current[i] = (struct current_advice){mem_strdup(a->id), a->round,
                                            mem_strndup(a->json, a->len), a->len, position};
  }

  for (uint32_t i = 0; i < r->n_failures; i++)
    publish_failure(p, t, what->authority, &r->rules, r->failures[i].rule, r->failures[i].kind,
                    r->failures[i].message);

  buf_finish(&token);
}

static void compare_person(struct pipeline *p, struct turn *t, struct result *r) {
  static const struct advice_words words = {"recommendation.issued", "recommendation.changed",
                                            "recommendation.withdrawn", "recommendation"};
  struct person *person = r->person;
  struct publication what = {.words = &words,
                             .authority = person->school->authority->code,
                             .school = person->school->code,
                             .subject = person->subject,
                             .audience = audience_of(person),
                             .cause = cause_of(r->touched)};

  compare_lists(p, t, &what, person->current, person->n_current, r);
  write_basis(t, r);
}

static void compare_school(struct pipeline *p, struct turn *t, struct result *r) {
  static const struct advice_words words = {"cohort.issued", "cohort.changed", "cohort.withdrawn",
                                            "cohort"};
  struct publication what = {.words = &words,
                             .authority = r->school->authority->code,
                             .school = r->school->code,
                             .cause = cause_of(r->touched)};

  compare_lists(p, t, &what, r->school->current, r->school->n_current, r);
  cohort_write(t, r);
}

void compare(struct pipeline *p, struct turn *t, struct result *r) {
  if (r->school)
    compare_school(p, t, r);
  else
    compare_person(p, t, r);
}
