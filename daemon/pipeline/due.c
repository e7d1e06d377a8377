/* due - who must be evaluated, by comparison of stands, and handing them to the workers.
 *
 * A person is due when anything the stand was made under may have moved: own facts, what is read of
 * the school, rule set, catalogue, the day. Being due costs a look, not an evaluation: when the
 * facts, put together, are the same bytes as last time, nothing is run.
 *
 * Who is due because something of theirs moved goes first; whom a publication or a new day makes
 * due is worked through in the background, a little in each turn, so that nobody who pushes waits
 * for it. */
#include <string.h>
#include <sys/param.h>

#include "pipeline/internal.h"

#include "base/words.h"

#define BACKLOG                                                                                    \
  192 /* evaluations waiting at one authority's worker: enough to keep it busy, little to redo */
#define RESERVED                                                                                   \
  16 /* of these places, for background work: a publication gets on however much is pushed */
#define OVERTAKEN 3   /* results of one person in a row that may come to nothing */
#define PUSHED_MS 200 /* for so long after a push another one is expected */

/* What is enough: results waiting for the disk, each with its arena; looks at people in one turn of
 * the loop. */
static const struct {
  size_t results, looks;
} enough[URGENCIES] = {[LIVE] = {512, 4096}, [BACKGROUND] = {64, 256}};

/* --- how much at once --- */

/* Of background work, in one turn: while nobody pushes; and while somebody does, whose answer waits
 * for the turn's commit and for the one before. Then a turn that took long halves it and a short
 * one adds a little, so that it suits the disk and the machine. There is always some: a publication
 * gets on under any load. */
enum {
  SLICE_ALONE = 64,
  SLICE_MOST = 16,
  SLICE_LEAST = 2
};
#define TURN_LONG_NS 3000000

void due_turn_took(struct pipeline *p, uint64_t took_ns) {
  if (took_ns > TURN_LONG_NS)
    p->slice = p->slice / 2;
  else
    p->slice = p->slice + 1;

  if (p->slice < SLICE_LEAST)
    p->slice = SLICE_LEAST;
  if (p->slice > SLICE_MOST)
    p->slice = SLICE_MOST;
}

size_t due_slice(const struct pipeline *p) {
  bool pushed = p->pushed_ms && clock_mono_ms() - p->pushed_ms < PUSHED_MS;
  if (!pushed)
    return SLICE_ALONE;
  if (p->slice > SLICE_LEAST)
    return p->slice;
  return SLICE_LEAST;
}

/* --- the lists --- */

static void unqueue(struct policy_slot *s, struct person *person) {
  struct feed *f = &s->feed[person->queued - 1];
  *(person->feed_prev ? &person->feed_prev->feed_next : &f->head) = person->feed_next;
  *(person->feed_next ? &person->feed_next->feed_prev : &f->tail) = person->feed_prev;
  person->feed_next = person->feed_prev = NULL;
  person->queued = 0;
}

/* Whoever waits in the background and is moved by something comes to the front. */
static void queue_for_feeding(struct policy_slot *s, struct person *person, enum urgency urgency) {
  struct feed *f = &s->feed[urgency];
  if (person->in_flight || (person->queued && person->queued <= 1 + urgency))
    return;

  if (person->queued)
    unqueue(s, person);

  person->queued = (unsigned char)(1 + urgency);
  person->feed_prev = f->tail;
  *(f->tail ? &f->tail->feed_next : &f->head) = person;
  f->tail = person;
}

/* Nobody waits for an authority that is not served: its people are marked when it is. */
static void mark(struct pipeline *p, struct person *person, enum urgency urgency) {
  struct policy_slot *slot = person->school->authority->slot;
  person->epoch = ++p->moves;
  if (!slot)
    return;

  if (!person->due_since) {
    if (p->position)
      person->due_since = p->position;
    else
      person->due_since = 1;

    person->due_next = NULL;
    person->due_prev = p->due_tail;

    if (p->due_tail)
      p->due_tail->due_next = person;
    else
      p->due_head = person;

    p->due_tail = person;
    p->n_due++;
    person->school->together.persons_due++;
  }

  queue_for_feeding(slot, person, urgency);
}

void due_mark(struct pipeline *p, struct person *person) {
  mark(p, person, LIVE);
}

void due_mark_again(struct pipeline *p, const struct result *r) {
  const uint32_t background = TOUCHED_DAY | TOUCHED_RULES | TOUCHED_CATALOGUE;
  mark(p, r->person, r->person->touched & ~background ? LIVE : r->urgency);
}

static void settle_renewing(struct person *person) {
  struct policy_slot *s = person->school->authority->slot;
  if (person->renewing && s)
    s->renewing--;
  person->renewing = false;
}

void due_settle(struct pipeline *p, struct person *person) {
  if (!person->due_since)
    return;

  settle_renewing(person);
  person->due_since = 0;

  if (person->due_prev)
    person->due_prev->due_next = person->due_next;
  else
    p->due_head = person->due_next;

  if (person->due_next)
    person->due_next->due_prev = person->due_prev;
  else
    p->due_tail = person->due_prev;

  person->due_next = person->due_prev = NULL;
  p->n_due--;
  person->school->together.persons_due--;
}

static void mark_all(struct pipeline *p, struct school *school, uint32_t touched,
                     enum urgency urgency) {
  for (size_t i = 0; i < school->n_persons; i++) {
    school->persons[i]->touched |= touched;
    mark(p, school->persons[i], urgency);
  }
}

void due_mark_school(struct pipeline *p, struct school *school) {
  struct authority *authority = school->authority;
  if (strcmp(school->code, "-") != 0) {
    mark_all(p, school, TOUCHED_SCHOOL, LIVE);
    cohort_mark(p, school, 0, TOUCHED_SCHOOL);
    return;
  }

  for (size_t i = 0; i < authority->n_schools; i++)
    mark_all(p, authority->schools[i], TOUCHED_SCHOOL, BACKGROUND);
}

static void mark_renewing(struct pipeline *p, struct policy_slot *s, struct school *school) {
  for (size_t i = 0; i < school->n_persons; i++) {
    struct person *person = school->persons[i];
    person->renewing = person_known(person);
    s->renewing += person->renewing;
  }

  mark_all(p, school, 0, BACKGROUND);
}

static bool reads_offers(struct pipeline *p, const struct school *school) {
  const struct policy_slot *s = policy_slot_of(p, school->authority->code);
  return s && s->policy && s->policy->reads_offers;
}

struct offer_list *offer_list_for(struct pipeline *p, const struct school *school) {
  if (p->day == ABSENT || !reads_offers(p, school))
    return NULL;
  return offer_list_create(school, pipeline_catalogue(p, school->authority->code), p->day);
}

static void shelve(struct pipeline *p, struct school *school) {
  offer_list_destroy(school->offer_list);
  school->offer_list = offer_list_for(p, school);
}

void offer_list_stale(struct pipeline *p, struct school *school) {
  if (school->offer_list_stale || !reads_offers(p, school))
    return;

  school->offer_list_stale = true;
  school->offer_list_next = p->offer_lists;
  p->offer_lists = school;
}

/* One offer concerns many people. A stream of them would have everybody looked at without end, and
 * every result dropped: so the first is acted upon at once, and those behind it together. */
void due_offer_lists(struct pipeline *p, bool now) {
  uint64_t now_ms = 0;
  if (p->offer_lists)
    now_ms = clock_mono_ms();

  if (!p->offer_lists || p->day == ABSENT ||
      (!now && p->offers_made_ms && now_ms - p->offers_made_ms < p->pause_ms))
    return;

  p->offers_made_ms = now_ms;
  while (p->offer_lists) {
    struct school *school = p->offer_lists;
    p->offer_lists = school->offer_list_next;
    school->offer_list_stale = false;
    shelve(p, school);
    due_mark_school(p, school);
  }
}

/* What came of developments was counted anew: all are looked at behind what is pushed. */
void due_mark_effects(struct pipeline *p, struct authority *authority) {
  for (size_t i = 0; i < authority->n_schools; i++) {
    struct school *school = authority->schools[i];
    for (size_t k = 0; k < school->n_persons; k++) {
      if (school->persons[k]->basis.engine)
        school->persons[k]->touched |= TOUCHED_DAY;
      mark(p, school->persons[k], BACKGROUND);
    }

    cohort_mark(p, school, 0, TOUCHED_DAY);
  }
}

static void helper_pool_anew(struct pipeline *p, struct school *school) {
  helper_pool_destroy(school->helper_pool);
  if (p->day == ABSENT)
    school->helper_pool = NULL;
  else
    school->helper_pool = helper_pool_create(school, pipeline_catalogue(p, school->authority->code),
                                             p->day);
}

/* A pair was published: boards are made again under another catalogue, and the stands say what has
 * moved. */
void due_mark_authority(struct pipeline *p, const char *code, bool catalogue_moved) {
  struct authority *authority = people_authority(&p->people, code, true);
  struct policy_slot *s = authority->slot;

  s->renewing = 0;
  for (size_t i = 0; i < authority->n_schools; i++) {
    shelve(p, authority->schools[i]);
    if (catalogue_moved)
      helper_pool_anew(p, authority->schools[i]);
    mark_renewing(p, s, authority->schools[i]);
  }

  s->renewing_of = s->renewing;
  for (size_t i = 0; i < authority->n_schools; i++)
    cohort_mark(p, authority->schools[i], 0, 0);
}

/* --- boards --- */

void helper_pool_stale(struct pipeline *p, struct school *school) {
  if (school->helper_pool_stale)
    return;

  school->helper_pool_stale = true;
  school->stale_next = p->stale;
  p->stale = school;
}

void due_helper_pools(struct pipeline *p) {
  while (p->stale && p->day != ABSENT) {
    struct school *school = p->stale;
    p->stale = school->stale_next;
    school->helper_pool_stale = false;

    const struct catalogue *c = pipeline_catalogue(p, school->authority->code);
    if (!c)
      continue;

    struct helper_pool *fresh = helper_pool_create(school, c, p->day);
    bool moved = !helper_pool_same(school->helper_pool, fresh);

    helper_pool_destroy(school->helper_pool);
    school->helper_pool = fresh;

    if (moved) {
      mark_all(p, school, TOUCHED_SCHOOL, LIVE);
      cohort_mark(p, school, 0, TOUCHED_SCHOOL);
    }
  }
}

void due_day(struct pipeline *p) {
  for (size_t i = 0; i < p->people.n_authorities; i++)
    for (size_t j = 0; j < p->people.authorities[i]->n_schools; j++) {
      struct school *school = p->people.authorities[i]->schools[j];
      if (!school->helper_pool || board_next_change_day(school->helper_pool) <= p->day)
        helper_pool_stale(p, school);
      if (!school->offer_list || shelf_next_change_day(school->offer_list) <= p->day)
        shelve(p, school);
      if (school->together.basis.engine && school->together.basis.next_change_day <= p->day)
        cohort_mark(p, school, 0, TOUCHED_DAY);
      for (size_t k = 0; k < school->n_persons; k++) {
        struct person *person = school->persons[k];
        if (!person->in_flight && person->basis.engine && person->basis.next_change_day > p->day)
          continue;
        if (person->basis.engine)
          person->touched |= TOUCHED_DAY;
        mark(p, person, BACKGROUND);
      }
    }

  due_helper_pools(p);
}

/* --- evaluations --- */

/* The bytes that rules would be given, hashed; `ret` and `bytes` are filled for whoever goes on to
 * evaluate. */
static bool put_together(struct pipeline *p, const struct policy *policy, struct person *person,
                         struct arena *a, struct facts *ret, struct buf *bytes,
                         struct basis *basis) {
  bool present = facts_of(person, policy->catalogue, p->day, a, ret, &basis->next_change_day);
  if (present)
    facts_encode(ret, bytes);
  basis->facts = hash128_of(NULL, bytes->data, bytes->len);
  return present;
}

/* Would it be made under the same rules and catalogue today, and do all dates lie on the same side
 * of them? */
static bool rules_hold(const struct pipeline *p, const struct result *r) {
  const struct policy_slot *s = r->person->school->authority->slot;
  return s && s->policy && r->basis.next_change_day > p->day &&
         hash256_eq(&r->basis.rules, &s->policy->identity) &&
         hash256_eq(&r->basis.catalogue, &s->policy->catalogue_hash);
}

/* And from the same facts? The epoch answers at once when nothing was touched; else the facts are
 * put together again. */
bool due_result_valid(struct pipeline *p, const struct result *r) {
  if (r->school)
    return cohort_result_valid(r);
  if (r->epoch == r->person->epoch)
    return true;
  if (r->basis.number != r->person->number || !rules_hold(p, r))
    return false;

  struct arena a = {0};
  struct buf bytes = {0};
  struct facts facts;
  struct basis now = {.next_change_day = INT32_MAX};

  put_together(p, r->person->school->authority->slot->policy, r->person, &a, &facts, &bytes, &now);
  arena_finish(&a);
  buf_finish(&bytes);

  return hash128_eq(now.facts, r->basis.facts);
}

/* Whose facts move faster than evaluations come back would never be advised. So after a few that
 * came to nothing one is taken that is of facts as they were a moment ago: its stand says which,
 * and the person stays due. */
bool due_result_of_its_time(const struct pipeline *p, const struct result *r) {
  int32_t next_change_day = INT32_MAX;
  return !r->school && r->person->overtaken >= OVERTAKEN && rules_hold(p, r) &&
         person_present(r->person, p->day, &next_change_day);
}

/* Nothing comes of it: the person, or the school, is due still. */
void due_drop_result(struct pipeline *p, struct result *r) {
  struct person *person = r->person;

  if (r->school) {
    cohort_drop(p, r->school, r->touched);
  } else {
    person->in_flight = false;
    person->overtaken += person->overtaken < OVERTAKEN;
    if (!p->closing)
      due_mark_again(p, r);
    person->touched |= r->touched;
  }

  result_destroy(r);
}

void result_destroy(struct result *r) {
  if (!r)
    return;

  current_free(r->current, r->n_current);
  arena_finish(&r->arena);
  free(r);
}

void result_enqueue(struct pipeline *p, struct result *r) {
  struct results *list = &p->results[r->urgency];
  r->next = NULL;
  *list->end = r;
  list->end = &r->next;
  list->n++;
}

struct result *results_take(struct results *list) {
  struct result *r = list->head;
  if (!r)
    return NULL;

  list->head = r->next;
  if (!list->head)
    list->end = &list->head;

  list->n--;
  r->next = NULL;

  return r;
}

struct result *result_for(struct person *person, const struct policy *policy, int32_t day,
                          enum urgency urgency) {
  struct result *r = mem_alloc(sizeof *r);
  r->person = person;
  if (person)
    r->epoch = person->epoch;
  else
    r->epoch = 0;

  r->basis = (struct basis){.number = person ? person->number : 0,
                            .rules = policy->identity,
                            .catalogue = policy->catalogue_hash,
                            .day = day,
                            .next_change_day = INT32_MAX,
                            .engine = ENGINE_NUMBER};
  r->rules = policy->rules;
  r->urgency = urgency;

  return r;
}

void result_failures(struct result *r, const struct policy *policy, const struct outcome *o) {
  uint32_t n_rules;
  const struct rule_info *rules = ruleset_rules(policy->ruleset, &n_rules);

  r->failures = arena_alloc(&r->arena, (o->n_failures + 1) * sizeof *r->failures);
  for (uint32_t i = 0; i < o->n_failures; i++)
    r->failures[r->n_failures++] = (struct failure_note){
        arena_printf(&r->arena, "%s", rules[o->failures[i].rule].name),
        failure_words[o->failures[i].kind],
        arena_printf(&r->arena, "%s", text_or(o->failures[i].message, "")),
        policy->counts[o->failures[i].rule]};
}

static void take_advice(struct result *r, const struct policy *policy, const struct facts *facts,
                        const struct outcome *o) {
  uint32_t n_rules;
  const struct rule_info *rules = ruleset_rules(policy->ruleset, &n_rules);

  choose(r->person, policy->catalogue, facts, o, rules, n_rules, r->basis.day, &r->arena,
         &r->advice);
  result_failures(r, policy, o);
  if (o->next_change_day < r->basis.next_change_day)
    r->basis.next_change_day = o->next_change_day;
  if (r->advice.next_change_day < r->basis.next_change_day)
    r->basis.next_change_day = r->advice.next_change_day;
}

static void forget_evaluation(struct evaluation *e) {
  if (e->prev)
    e->prev->next = e->next;
  else
    e->policy->evaluations = e->next;

  if (e->next)
    e->next->prev = e->prev;

  e->pipeline->n_in_flight--;
  e->policy->slot->evaluating[e->result->urgency]--;
  free(e);
}

static void on_evaluated(void *arg, const struct outcome *o) {
  struct evaluation *e = arg;
  struct pipeline *p = e->pipeline;
  struct result *r = e->result;
  if (r->school)
    cohort_take(r, e->policy, &e->facts, o);
  else
    take_advice(r, e->policy, &e->facts, o);

  p->evaluations += !r->school; /* of people, as all that is counted */
  count_outcome(e->policy, o);
  forget_evaluation(e);
  result_enqueue(p, r);
  due_feed(p);
}

void due_hand_over(struct pipeline *p, struct policy *policy, struct result *r,
                   const struct facts *facts, const struct buf *bytes) {
  struct evaluation *e = mem_alloc(sizeof *e);
  *e = (struct evaluation){
      .pipeline = p, .policy = policy, .facts = *facts, .result = r, .next = policy->evaluations};
  if (policy->evaluations)
    policy->evaluations->prev = e;

  policy->evaluations = e;
  p->n_in_flight++;
  policy->slot->evaluating[r->urgency]++;
  ruleset_evaluate(policy->ruleset, bytes, r->school ? facts->n_cohorts : facts->n_needs,
                   r->basis.day, false, on_evaluated, e);
}

/* Why is this person looked at, when nothing said so? (at start, or when a pair was published) */
static uint32_t basis_reason(const struct basis *was, const struct basis *is) {
  if (!was->engine)
    return 0;
  if (memcmp(was->catalogue.bytes, is->catalogue.bytes, 32) != 0)
    return TOUCHED_CATALOGUE;
  if (memcmp(was->rules.bytes, is->rules.bytes, 32) != 0 || was->engine != is->engine)
    return TOUCHED_RULES;
  if (was->next_change_day <= is->day)
    return TOUCHED_DAY;
  if (hash128_eq(was->facts, is->facts))
    return 0;
  return TOUCHED_SCHOOL;
}

/* Other facts alone are put down to the school where nothing else is known to have moved. */
uint32_t touched_with_reason(uint32_t touched, const struct basis *was, const struct basis *is) {
  uint32_t reason = basis_reason(was, is);
  if (touched && reason == TOUCHED_SCHOOL)
    return touched;
  return touched | reason;
}

bool basis_holds(const struct basis *was, const struct basis *is) {
  return was->engine == is->engine && was->number == is->number && was->next_change_day > is->day &&
         hash128_eq(was->facts, is->facts) && hash256_eq(&was->rules, &is->rules) &&
         hash256_eq(&was->catalogue, &is->catalogue);
}

static void evaluate(struct pipeline *p, struct policy *policy, struct person *person,
                     enum urgency urgency) {
  struct result *r = result_for(person, policy, p->day, urgency);
  struct facts facts;
  struct buf bytes = {0};
  bool present = put_together(p, policy, person, &r->arena, &facts, &bytes, &r->basis);

  cohort_tally(p, person, present ? &facts : NULL);
  if (basis_holds(&person->basis, &r->basis)) {
    person->touched = 0;
    p->counts.spared++;
    due_settle(p, person);
    result_destroy(r);
  } else {
    r->touched = touched_with_reason(person->touched, &person->basis, &r->basis);
    person->touched = 0;
    person->in_flight = true;

    if (present && facts.n_needs > 0)
      due_hand_over(p, policy, r, &facts, &bytes);
    else {
      /* nobody there: no advice at all */
      if (present)
        take_advice(r, policy, &facts, &(struct outcome){.next_change_day = INT32_MAX});
      result_enqueue(p, r);
    }
  }

  buf_finish(&bytes);
}

bool due_has_room(const struct pipeline *p, const struct policy *policy, enum urgency urgency) {
  size_t slice = urgency == BACKGROUND ? due_slice(p) : SIZE_MAX,
         backlog = urgency == BACKGROUND ? BACKLOG : BACKLOG - RESERVED;
  return p->results[urgency].n < (MIN(slice, enough[urgency].results)) &&
         ruleset_backlog(policy->ruleset) < backlog && policy->slot->evaluating[urgency] < slice;
}

/* True when there is more to look at than one turn should. */
static bool feed_list(struct pipeline *p, struct policy_slot *s, enum urgency urgency) {
  size_t looks = enough[urgency].looks / p->n_slots + 1;
  struct feed *f = &s->feed[urgency];
  while (f->head && due_has_room(p, s->policy, urgency)) {
    if (looks-- == 0)
      return true;

    struct person *person = f->head;
    unqueue(s, person);
    if (!person->in_flight)
      evaluate(p, s->policy, person, urgency);
  }

  return false;
}

/* Each authority has lists and a worker of its own, so that none waits for another. */
static bool feed(struct pipeline *p, struct policy_slot *s) {
  if (!s->policy || !s->policy->ready)
    return false;
  bool more = feed_list(p, s, LIVE);
  return feed_list(p, s, BACKGROUND) || more;
}

/* True when there is more to look at than one turn of the loop should: after a publication
 * everybody is looked at. */
bool due_feed(struct pipeline *p) {
  bool more = false;
  if (p->day == ABSENT || p->closing || p->full)
    return false;

  for (size_t i = 0; i < p->n_slots; i++)
    more |= feed(p, p->slots[i]);

  return more;
}
