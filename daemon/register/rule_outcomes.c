/* counted - what became of each rule's advice. See rule_outcomes.h. */
#include "register/rule_outcomes.h"

#include <string.h>

#include "base/words.h"
#include "event/json.h"

/* --- one person --- */

/* One recommendation in one round, as far as one rule spoke for it. */
struct spoke {
  uint32_t rule, recommendation, round, barrier;
  bool became[BECAME_COUNT];
  enum gap gap;
};
struct sheet {
  struct counted *counted;
  const struct attribution_index *attribution;
  struct pipeline *pipeline;
  const struct catalogue *catalogue;
  struct person *person;
  struct arena a;
  const struct rating_view *ratings; /* of the person; NULL until one was asked for */
  uint32_t n_ratings;
  struct spoke *spoke;
  size_t n, cap;
  int rc; /* of reading the outbox: then what was counted is no answer */
};

static struct spoke *spoke_for(struct sheet *s, uint32_t rule, const struct attributed *once) {
  for (size_t i = 0; i < s->n; i++) {
    struct spoke *k = &s->spoke[i];
    if (k->rule == rule && k->recommendation == once->recommendation && k->round == once->round)
      return k;
  }

  s->spoke = mem_grow(s->spoke, &s->cap, s->n + 1, sizeof *s->spoke);
  s->spoke[s->n] = (struct spoke){.rule = rule,
                                  .recommendation = once->recommendation,
                                  .round = once->round,
                                  .barrier = NO_BARRIER,
                                  .gap = GAP_UNKNOWN};

  return &s->spoke[s->n++];
}

static const struct rule_set *rules_of(const struct sheet *s, const struct attributed *once) {
  return &s->attribution->rule_sets[once->rules];
}

static void take_issued(struct sheet *s) {
  const struct attribution *attribution = s->person->work->attribution;
  for (uint32_t i = 0; i < attribution->n; i++)
    for (size_t k = 0; k < rules_of(s, &attribution->items[i])->n; k++)
      spoke_for(s, rules_of(s, &attribution->items[i])->rules[k], &attribution->items[i]);
}

static void take_current(struct sheet *s) {
  const struct attribution *attribution = s->person->work->attribution;

  for (size_t i = 0; i < s->person->n_current; i++) {
    uint32_t id, at = attribution->n;
    if (!interned_number(&s->attribution->recommendations, s->person->current[i].id, &id))
      continue;

    while (at > 0 && attribution->items[at - 1].recommendation != id)
      at--;
    for (size_t k = 0; at > 0 && k < rules_of(s, &attribution->items[at - 1])->n; k++)
      spoke_for(s, rules_of(s, &attribution->items[at - 1])->rules[k], &attribution->items[at - 1])
          ->became[BECAME_NOW] = true;
  }
}

/* What the answer was given to: published from facts older than the answer, of its round or one
 * before. */
static const struct attributed *answered_to(const struct sheet *s, uint32_t recommendation,
                                            uint64_t position, uint32_t round) {
  const struct attribution *attribution = s->person->work->attribution;
  const struct attributed *agreed = NULL;

  for (uint32_t i = attribution->n; i > 0; i--) {
    const struct attributed *once = &attribution->items[i - 1];
    if (once->recommendation != recommendation || once->number >= position || once->round > round)
      continue;
    if (rules_of(s, once)->n == 0)
      continue;
    if (!once->agreed)
      return once;

    if (!agreed)
      agreed = once;
  }

  return agreed;
}

/* --- was the gap closed? --- */

struct answers_read {
  struct arena *a;
  struct json body;
  bool good;
};

static int read_answers(void *arg, const struct outbox_row *row) {
  struct answers_read *r = arg;
  size_t offset;
  const char *message;
  r->good = json_tree(r->a, row->body, row->len, &r->body, &offset, &message) == 0;
  return 0;
}

static bool whole_of(const struct json *o, const char *key, int64_t *ret) {
  const struct json *m = json_member_as(o, key, JSON_NUMBER);
  return m && json_whole(m->text, m->len, ret) == WHOLE_OK;
}

/* Judged by what was asked when it was published. */
static enum gap gap_after(struct sheet *s, const struct json *answers, bool finding_out,
                          int32_t completed) {
  struct aim *aims = arena_alloc(&s->a, (answers->n + 1) * sizeof *aims);

  for (uint32_t i = 0; i < answers->n; i++) {
    const struct json *competence = json_member_as(&answers->items[i], "competence", JSON_STRING);
    int64_t required;
    if (!competence || !whole_of(&answers->items[i], "required", &required))
      return GAP_UNKNOWN;
    aims[i] = (struct aim){competence->text, (int32_t)required};
  }

  if (!s->ratings)
    s->ratings = ratings_of(s->person, s->catalogue, &s->a, &s->n_ratings);

  return gap_since(s->ratings, s->n_ratings, aims, answers->n, finding_out, completed,
                   s->counted->day, &s->a);
}

static enum gap gap_of(struct sheet *s, const struct attributed *once, int32_t completed) {
  struct answers_read r = {.a = &s->a};
  int rc = store_outbox_at(s->pipeline->store, once->publication, read_answers, &r);
  if (rc < 0)
    s->rc = rc;

  if (rc < 0 || !r.good)
    return GAP_UNKNOWN;

  const struct json *data = json_member_as(&r.body, "data", JSON_OBJECT),
                    *answers = json_member_as(data, "answers", JSON_ARRAY);
  bool finding_out = strncmp(s->attribution->recommendations.texts[once->recommendation],
                             "finding-out.", 12) == 0;

  if (answers)
    return gap_after(s, answers, finding_out, completed);

  return GAP_UNKNOWN;
}

/* --- answers --- */

static uint64_t position_of(const struct sheet *s, const struct event *e) {
  for (size_t i = 0; i < s->person->facts.n; i++)
    if (s->person->facts.items[i]->event == e)
      return s->person->facts.items[i]->position;
  return 0;
}

static void take_response(struct sheet *s, const struct said *said,
                          const struct response_recorded *d) {
  static const enum outcome_kind kinds[] = {
      [RESPONSE_ACCEPTED] = BECAME_ACCEPTED,   [RESPONSE_DECLINED] = BECAME_DECLINED,
      [RESPONSE_STARTED] = BECAME_STARTED,     [RESPONSE_COMPLETED] = BECAME_COMPLETED,
      [RESPONSE_EVALUATED] = BECAME_EVALUATED, [RESPONSE_CONTESTED] = BECAME_CONTESTED,
  };
  uint32_t id;

  if (said->date > s->counted->day ||
      !interned_number(&s->attribution->recommendations, d->recommendation, &id))
    return;

  const struct attributed *once = answered_to(s, id, position_of(s, said->event), said->round);
  if (!once)
    return;

  enum outcome_kind kind = kinds[d->response];
  enum gap gap = GAP_UNKNOWN;

  if (kind == BECAME_COMPLETED)
    gap = gap_of(s, once, d->date);
  for (size_t i = 0; i < rules_of(s, once)->n; i++) {
    struct spoke *k = spoke_for(s, rules_of(s, once)->rules[i], once);
    k->became[kind] = true;
    if (kind == BECAME_COMPLETED)
      k->gap = gap;
    if (kind == BECAME_DECLINED) {
      if (d->barrier)
        k->barrier = intern(&s->counted->barriers, d->barrier);
      else
        k->barrier = NO_BARRIER;
    }
  }
}

static void take_responses(struct sheet *s) {
  uint32_t n;
  const struct said *said = said_of(s->person, &s->a, &n);
  for (uint32_t i = 0; i < n; i++)
    if (said[i].event->type->kind == EVENT_RESPONSE)
      take_response(s, &said[i], said[i].event->data);
}

/* --- adding up --- */

static void often_add(struct often *t, const struct person *person) {
  t->times++;
  t->people += t->last != person;
  t->last = person;
}

static struct often *declined_on(struct rule_tally *t, uint32_t barrier) {
  for (size_t i = 0; i < t->n_barriers; i++)
    if (t->barriers[i].barrier == barrier)
      return &t->barriers[i].declined;

  size_t cap = t->n_barriers;
  t->barriers = mem_grow(t->barriers, &cap, t->n_barriers + 1, sizeof *t->barriers);
  t->barriers[t->n_barriers] = (struct barrier_tally){.barrier = barrier};

  return &t->barriers[t->n_barriers++].declined;
}

static void add_spoke(struct rule_tally *t, const struct spoke *k, const struct person *person) {
  often_add(&t->issued, person);
  for (size_t i = 0; i < BECAME_COUNT; i++)
    often_add(k->became[i] ? &t->became[i] : &t->remained[i], person);
  if (k->became[BECAME_COMPLETED])
    often_add(&t->gaps[k->gap], person);
  if (k->became[BECAME_DECLINED])
    often_add(declined_on(t, k->barrier), person);
}

static bool counts(const struct counted *c, const struct person *person) {
  int32_t next_change_day = INT32_MAX;
  return strcmp(person->school->authority->code, c->authority) == 0 && person_known(person) &&
         presence_of(person, c->day, &next_change_day) != PRESENCE_RESTRICTED;
}

static void forget(struct person *person) {
  free(person->work->attribution);
  person->work->attribution = NULL;
}

static void count_person(struct sheet *s, struct person *person) {
  s->person = person;
  s->ratings = NULL;
  s->n = 0;
  arena_reset(&s->a);
  take_issued(s);
  take_current(s);
  take_responses(s);
  for (size_t i = 0; i < s->n; i++)
    add_spoke(&s->counted->rules[s->spoke[i].rule], &s->spoke[i], person);
}

void rule_outcomes_begin(struct counted *c, const struct attribution_index *attribution,
                         const struct pipeline *p, const char *authority) {
  rule_outcomes_finish(c);
  *c = (struct counted){.authority = mem_strdup(authority),
                        .position = p->position,
                        .publication = p->publication,
                        .day = p->day,
                        .n_rules = attribution->rules.n};
  c->rules = mem_array(c->n_rules + 1, sizeof *c->rules);
}

int rule_outcomes_step(struct counted *c, const struct attribution_index *attribution,
                       struct pipeline *p, size_t limit) {
  struct sheet s = {.counted = c,
                    .attribution = attribution,
                    .pipeline = p,
                    .catalogue = pipeline_catalogue(p, c->authority)};
  for (size_t i = 0; s.catalogue && s.rc == 0 && c->next < attribution->n_persons && i < limit;
       i++) {
    struct person *person = attribution->persons[c->next++];
    if (counts(c, person))
      count_person(&s, person);
    if (person->erased)
      forget(person);
  }

  free(s.spoke);
  arena_finish(&s.a);
  if (s.rc < 0)
    return s.rc;

  return s.catalogue && c->next < attribution->n_persons;
}

void rule_outcomes_finish(struct counted *c) {
  for (size_t i = 0; i < c->n_rules; i++)
    free(c->rules[i].barriers);

  free(c->rules);
  free(c->authority);
  interned_finish(&c->barriers);
  *c = (struct counted){0};
}

/* --- small numbers --- */

static bool too_few(const struct rule_tally *t, const struct often *of) {
  return is_small(t->issued.people) || is_small(of->people);
}

static bool any_answers(const struct rule_tally *t) {
  for (size_t i = BECAME_ACCEPTED; i < BECAME_COUNT; i++)
    if (t->became[i].people > 0)
      return true;
  return false;
}

/* Where nobody has answered at all the noughts are shown, however few were advised: they say that
 * nothing has happened yet, and nothing about what anybody answered. */
static bool too_few_answers(const struct rule_tally *t, const struct often *of) {
  return any_answers(t) && too_few(t, of);
}

/* Would `issued` tell, beside a count that is printed, for how few it did not come to that? */
static bool issued_tells(const struct rule_tally *t) {
  bool tells = is_small(t->issued.people);
  for (size_t i = 0; i < BECAME_COUNT; i++)
    tells |= !is_small(t->became[i].people) && is_small(t->remained[i].people);
  return tells;
}

/* --- as members --- */

static void json_number(struct buf *b, const char *key, int64_t number, bool hidden) {
  key_int(b, key, hidden ? ABSENT : number);
  if (hidden)
    key_bool(b, "few", true);
}

static void json_times(struct buf *b, const char *key, const struct often *t, bool hidden) {
  json_key(b, key);
  json_open(b, '{');
  json_number(b, "times", t->times, hidden);
  json_close(b, '}');
}

static void json_gaps(struct buf *b, const struct rule_tally *t) {
  static const char *const words[] = {
      [GAP_CLOSED] = "closed", [GAP_OPEN] = "open", [GAP_UNKNOWN] = "unknown"};
  int64_t people[GAP_COUNT];
  bool hidden[GAP_COUNT], all = too_few_answers(t, &t->became[BECAME_COMPLETED]);

  for (size_t i = 0; i < GAP_COUNT; i++)
    people[i] = t->gaps[i].people;

  suppress_parts(people, GAP_COUNT, hidden);
  json_key(b, "gap");
  json_open(b, '{');
  for (size_t i = 0; i < GAP_COUNT; i++)
    json_times(b, words[i], &t->gaps[i], all || hidden[i]);

  json_close(b, '}');
}

/* Most frequent first, then by code; no reason given last. */
struct barrier_line {
  const char *code;
  int64_t times, people;
};

static int barrier_order(const void *x, const void *y) {
  const struct barrier_line *a = x, *b = y;
  if (a->times != b->times) {
    if (a->times < b->times)
      return 1;
    return -1;
  }
  if (!a->code || !b->code)
    return !a->code - !b->code;
  return strcmp(a->code, b->code);
}

static struct barrier_line *barrier_lines(const struct counted *c, const struct rule_tally *t) {
  struct barrier_line *lines = mem_array(t->n_barriers + 1, sizeof *lines);

  for (size_t i = 0; i < t->n_barriers; i++) {
    const struct barrier_tally *one = &t->barriers[i];
    lines[i] = (struct barrier_line){one->barrier == NO_BARRIER ? NULL
                                                                : c->barriers.texts[one->barrier],
                                     one->declined.times, one->declined.people};
  }

  if (t->n_barriers > 1)
    qsort(lines, t->n_barriers, sizeof *lines, barrier_order);

  return lines;
}

static void json_barrier_line(struct buf *b, const struct barrier_line *line,
                              const struct catalogue *catalogue) {
  const struct coded *coded = NULL;
  if (line->code)
    coded = catalogue_coded(catalogue, DOMAIN_BARRIER, line->code);

  json_open(b, '{');
  key_str(b, "barrier", line->code);
  key_str(b, "words", coded ? coded->words : text_or(line->code, "No reason given"));
  key_int(b, "times", line->times);
  json_close(b, '}');
}

static void json_barriers(struct buf *b, const struct counted *c, const struct rule_tally *t,
                          const struct catalogue *catalogue) {
  size_t n = t->n_barriers;
  bool all = too_few_answers(t, &t->became[BECAME_DECLINED]), any = all;
  struct barrier_line *lines = barrier_lines(c, t);
  bool *hidden = mem_array(n + 1, sizeof *hidden);
  int64_t *people = mem_array(n + 1, sizeof *people);

  for (size_t i = 0; i < n; i++)
    people[i] = lines[i].people;

  suppress_parts(people, n, hidden);
  json_key(b, "barriers");
  json_open(b, '[');

  for (size_t i = 0; i < n; i++) {
    any |= hidden[i];
    if (!all && !hidden[i])
      json_barrier_line(b, &lines[i], catalogue);
  }

  json_close(b, ']');
  if (any)
    key_bool(b, "barriers_few", true);

  free(lines);
  free(hidden);
  free(people);
}

void json_counted(struct buf *b, const struct counted *c, const struct rule_tally *t,
                  const struct catalogue *catalogue) {
  static const char *const words[] = {
      [BECAME_ACCEPTED] = "accepted",   [BECAME_STARTED] = "started",
      [BECAME_COMPLETED] = "completed", [BECAME_EVALUATED] = "evaluated",
      [BECAME_DECLINED] = "declined",   [BECAME_CONTESTED] = "contested"};
  static const struct rule_tally nothing;

  if (!t)
    t = &nothing;

  json_key(b, "now");
  json_open(b, '{');
  json_number(b, "people", t->became[BECAME_NOW].people, too_few(t, &t->became[BECAME_NOW]));
  json_close(b, '}');
  json_times(b, "issued", &t->issued, issued_tells(t));
  for (size_t i = BECAME_ACCEPTED; i < BECAME_COUNT; i++)
    json_times(b, words[i], &t->became[i], too_few_answers(t, &t->became[i]));

  json_barriers(b, c, t, catalogue);
  json_gaps(b, t);
}
