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

#include "pipeline/state.h"

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

static void unqueue(struct serving *s, struct person *person) {
  struct feed *f = &s->feed[person->queued - 1];
  *(person->feed_prev ? &person->feed_prev->feed_next : &f->head) = person->feed_next;
  *(person->feed_next ? &person->feed_next->feed_prev : &f->tail) = person->feed_prev;
  person->feed_next = person->feed_prev = NULL;
  person->queued = 0;
}

/* Whoever waits in the background and is moved by something comes to the front. */
static void queue_for_feeding(struct serving *s, struct person *person, enum urgency urgency) {
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
  struct serving *serving = person->school->authority->serving;
  person->epoch = ++p->moves;
  if (!serving)
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

  queue_for_feeding(serving, person, urgency);
}

void due_mark(struct pipeline *p, struct person *person) {
  mark(p, person, LIVE);
}

void due_mark_again(struct pipeline *p, const struct result *r) {
  const uint32_t background = TOUCHED_DAY | TOUCHED_RULES | TOUCHED_CATALOGUE;
  mark(p, r->person, r->person->touched & ~background ? LIVE : r->urgency);
}

static void settle_renewing(struct person *person) {
  struct serving *s = person->school->authority->serving;
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

static void mark_renewing(struct pipeline *p, struct serving *s, struct school *school) {
  for (size_t i = 0; i < school->n_persons; i++) {
    struct person *person = school->persons[i];
    person->renewing = person_known(person);
    s->renewing += person->renewing;
  }

  mark_all(p, school, 0, BACKGROUND);
}

static bool reads_offers(struct pipeline *p, const struct school *school) {
  const struct serving *s = serving_of(p, school->authority->code);
  return s && s->pair && s->pair->reads_offers;
}

struct shelf *shelf_for(struct pipeline *p, const struct school *school) {
  if (p->day == ABSENT || !reads_offers(p, school))
    return NULL;
  return shelf_create(school, pipeline_catalogue(p, school->authority->code), p->day);
}

static void shelve(struct pipeline *p, struct school *school) {
  shelf_destroy(school->shelf);
  school->shelf = shelf_for(p, school);
}

void shelf_stale(struct pipeline *p, struct school *school) {
  if (school->shelf_stale || !reads_offers(p, school))
    return;

  school->shelf_stale = true;
  school->shelf_next = p->shelves;
  p->shelves = school;
}

/* One offer concerns many people. A stream of them would have everybody looked at without end, and
 * every result dropped: so the first is acted upon at once, and those behind it together. */
void due_shelves(struct pipeline *p, bool now) {
  uint64_t now_ms = 0;
  if (p->shelves)
    now_ms = clock_mono_ms();

  if (!p->shelves || p->day == ABSENT ||
      (!now && p->shelved_ms && now_ms - p->shelved_ms < p->pause_ms))
    return;

  p->shelved_ms = now_ms;
  while (p->shelves) {
    struct school *school = p->shelves;
    p->shelves = school->shelf_next;
    school->shelf_stale = false;
    shelve(p, school);
    due_mark_school(p, school);
  }
}

/* What came of developments was counted anew: all are looked at behind what is pushed. */
void due_mark_effects(struct pipeline *p, struct authority *authority) {
  for (size_t i = 0; i < authority->n_schools; i++) {
    struct school *school = authority->schools[i];
    for (size_t k = 0; k < school->n_persons; k++) {
      if (school->persons[k]->stand.engine)
        school->persons[k]->touched |= TOUCHED_DAY;
      mark(p, school->persons[k], BACKGROUND);
    }

    cohort_mark(p, school, 0, TOUCHED_DAY);
  }
}

static void board_anew(struct pipeline *p, struct school *school) {
  board_destroy(school->board);
  if (p->day == ABSENT)
    school->board = NULL;
  else
    school->board = board_create(school, pipeline_catalogue(p, school->authority->code), p->day);
}

/* A pair was published: boards are made again under another catalogue, and the stands say what has
 * moved. */
void due_mark_authority(struct pipeline *p, const char *code, bool catalogue_moved) {
  struct authority *authority = people_authority(&p->people, code, true);
  struct serving *s = authority->serving;

  s->renewing = 0;
  for (size_t i = 0; i < authority->n_schools; i++) {
    shelve(p, authority->schools[i]);
    if (catalogue_moved)
      board_anew(p, authority->schools[i]);
    mark_renewing(p, s, authority->schools[i]);
  }

  s->renewing_of = s->renewing;
  for (size_t i = 0; i < authority->n_schools; i++)
    cohort_mark(p, authority->schools[i], 0, 0);
}

/* --- boards --- */

void board_stale(struct pipeline *p, struct school *school) {
  if (school->board_stale)
    return;

  school->board_stale = true;
  school->stale_next = p->stale;
  p->stale = school;
}

void due_boards(struct pipeline *p) {
  while (p->stale && p->day != ABSENT) {
    struct school *school = p->stale;
    p->stale = school->stale_next;
    school->board_stale = false;

    const struct catalogue *c = pipeline_catalogue(p, school->authority->code);
    if (!c)
      continue;

    struct board *fresh = board_create(school, c, p->day);
    bool moved = !board_same(school->board, fresh);

    board_destroy(school->board);
    school->board = fresh;

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
      if (!school->board || board_wakes(school->board) <= p->day)
        board_stale(p, school);
      if (!school->shelf || shelf_wakes(school->shelf) <= p->day)
        shelve(p, school);
      if (school->together.stand.engine && school->together.stand.wakes <= p->day)
        cohort_mark(p, school, 0, TOUCHED_DAY);
      for (size_t k = 0; k < school->n_persons; k++) {
        struct person *person = school->persons[k];
        if (!person->in_flight && person->stand.engine && person->stand.wakes > p->day)
          continue;
        if (person->stand.engine)
          person->touched |= TOUCHED_DAY;
        mark(p, person, BACKGROUND);
      }
    }

  due_boards(p);
}

/* --- evaluations --- */

/* The bytes that rules would be given, hashed; `ret` and `bytes` are filled for whoever goes on to
 * evaluate. */
static bool put_together(struct pipeline *p, const struct pair *pair, struct person *person,
                         struct arena *a, struct facts *ret, struct buf *bytes,
                         struct stand *stand) {
  bool present = facts_of(person, pair->catalogue, p->day, a, ret, &stand->wakes);
  if (present)
    facts_encode(ret, bytes);
  stand->facts = hash128_of(NULL, bytes->data, bytes->len);
  return present;
}

/* Would it be made under the same rules and catalogue today, and do all dates lie on the same side
 * of them? */
static bool rules_hold(const struct pipeline *p, const struct result *r) {
  const struct serving *s = r->person->school->authority->serving;
  return s && s->pair && r->stand.wakes > p->day &&
         hash256_eq(&r->stand.rules, &s->pair->identity) &&
         hash256_eq(&r->stand.catalogue, &s->pair->catalogue_hash);
}

/* And from the same facts? The epoch answers at once when nothing was touched; else the facts are
 * put together again. */
bool due_result_valid(struct pipeline *p, const struct result *r) {
  if (r->school)
    return cohort_result_valid(r);
  if (r->epoch == r->person->epoch)
    return true;
  if (r->stand.number != r->person->number || !rules_hold(p, r))
    return false;

  struct arena a = {0};
  struct buf bytes = {0};
  struct facts facts;
  struct stand now = {.wakes = INT32_MAX};

  put_together(p, r->person->school->authority->serving->pair, r->person, &a, &facts, &bytes, &now);
  arena_finish(&a);
  buf_finish(&bytes);

  return hash128_eq(now.facts, r->stand.facts);
}

/* Whose facts move faster than evaluations come back would never be advised. So after a few that
 * came to nothing one is taken that is of facts as they were a moment ago: its stand says which,
 * and the person stays due. */
bool due_result_of_its_time(const struct pipeline *p, const struct result *r) {
  int32_t wakes = INT32_MAX;
  return !r->school && r->person->overtaken >= OVERTAKEN && rules_hold(p, r) &&
         person_present(r->person, p->day, &wakes);
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

  standing_free(r->standing, r->n_standing);
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

struct result *result_for(struct person *person, const struct pair *pair, int32_t day,
                          enum urgency urgency) {
  struct result *r = mem_alloc(sizeof *r);
  r->person = person;
  if (person)
    r->epoch = person->epoch;
  else
    r->epoch = 0;

  r->stand = (struct stand){.number = person ? person->number : 0,
                            .rules = pair->identity,
                            .catalogue = pair->catalogue_hash,
                            .day = day,
                            .wakes = INT32_MAX,
                            .engine = ENGINE_NUMBER};
  r->rules = pair->rules;
  r->urgency = urgency;

  return r;
}

void result_failures(struct result *r, const struct pair *pair, const struct outcome *o) {
  uint32_t n_rules;
  const struct rule_info *rules = ruleset_rules(pair->ruleset, &n_rules);

  r->failures = arena_alloc(&r->arena, (o->n_failures + 1) * sizeof *r->failures);
  for (uint32_t i = 0; i < o->n_failures; i++)
    r->failures[r->n_failures++] = (struct failure_note){
        arena_printf(&r->arena, "%s", rules[o->failures[i].rule].name),
        failure_words[o->failures[i].kind],
        arena_printf(&r->arena, "%s", text_or(o->failures[i].message, "")),
        pair->counts[o->failures[i].rule]};
}

static void take_advice(struct result *r, const struct pair *pair, const struct facts *facts,
                        const struct outcome *o) {
  uint32_t n_rules;
  const struct rule_info *rules = ruleset_rules(pair->ruleset, &n_rules);

  choose(r->person, pair->catalogue, facts, o, rules, n_rules, r->stand.day, &r->arena, &r->advice);
  result_failures(r, pair, o);
  if (o->wakes < r->stand.wakes)
    r->stand.wakes = o->wakes;
  if (r->advice.wakes < r->stand.wakes)
    r->stand.wakes = r->advice.wakes;
}

static void forget_evaluation(struct evaluation *e) {
  if (e->prev)
    e->prev->next = e->next;
  else
    e->pair->evaluations = e->next;

  if (e->next)
    e->next->prev = e->prev;

  e->pipeline->n_in_flight--;
  e->pair->serving->evaluating[e->result->urgency]--;
  free(e);
}

static void on_evaluated(void *arg, const struct outcome *o) {
  struct evaluation *e = arg;
  struct pipeline *p = e->pipeline;
  struct result *r = e->result;
  if (r->school)
    cohort_take(r, e->pair, &e->facts, o);
  else
    take_advice(r, e->pair, &e->facts, o);

  p->evaluations += !r->school; /* of people, as all that is counted */
  count_outcome(e->pair, o);
  forget_evaluation(e);
  result_enqueue(p, r);
  due_feed(p);
}

void due_hand_over(struct pipeline *p, struct pair *pair, struct result *r,
                   const struct facts *facts, const struct buf *bytes) {
  struct evaluation *e = mem_alloc(sizeof *e);
  *e = (struct evaluation){
      .pipeline = p, .pair = pair, .facts = *facts, .result = r, .next = pair->evaluations};
  if (pair->evaluations)
    pair->evaluations->prev = e;

  pair->evaluations = e;
  p->n_in_flight++;
  pair->serving->evaluating[r->urgency]++;
  ruleset_evaluate(pair->ruleset, bytes, r->school ? facts->n_cohorts : facts->n_needs,
                   r->stand.day, false, on_evaluated, e);
}

/* Why is this person looked at, when nothing said so? (at start, or when a pair was published) */
static uint32_t stand_reason(const struct stand *was, const struct stand *is) {
  if (!was->engine)
    return 0;
  if (memcmp(was->catalogue.bytes, is->catalogue.bytes, 32) != 0)
    return TOUCHED_CATALOGUE;
  if (memcmp(was->rules.bytes, is->rules.bytes, 32) != 0 || was->engine != is->engine)
    return TOUCHED_RULES;
  if (was->wakes <= is->day)
    return TOUCHED_DAY;
  if (hash128_eq(was->facts, is->facts))
    return 0;
  return TOUCHED_SCHOOL;
}

/* Other facts alone are put down to the school where nothing else is known to have moved. */
uint32_t touched_with_reason(uint32_t touched, const struct stand *was, const struct stand *is) {
  uint32_t reason = stand_reason(was, is);
  if (touched && reason == TOUCHED_SCHOOL)
    return touched;
  return touched | reason;
}

bool stand_holds(const struct stand *was, const struct stand *is) {
  return was->engine == is->engine && was->number == is->number && was->wakes > is->day &&
         hash128_eq(was->facts, is->facts) && hash256_eq(&was->rules, &is->rules) &&
         hash256_eq(&was->catalogue, &is->catalogue);
}

static void evaluate(struct pipeline *p, struct pair *pair, struct person *person,
                     enum urgency urgency) {
  struct result *r = result_for(person, pair, p->day, urgency);
  struct facts facts;
  struct buf bytes = {0};
  bool present = put_together(p, pair, person, &r->arena, &facts, &bytes, &r->stand);

  cohort_tally(p, person, present ? &facts : NULL);
  if (stand_holds(&person->stand, &r->stand)) {
    person->touched = 0;
    p->counts.spared++;
    due_settle(p, person);
    result_destroy(r);
  } else {
    r->touched = touched_with_reason(person->touched, &person->stand, &r->stand);
    person->touched = 0;
    person->in_flight = true;

    if (present && facts.n_needs > 0)
      due_hand_over(p, pair, r, &facts, &bytes);
    else {
      /* nobody there: no advice at all */
      if (present)
        take_advice(r, pair, &facts, &(struct outcome){.wakes = INT32_MAX});
      result_enqueue(p, r);
    }
  }

  buf_finish(&bytes);
}

bool due_has_room(const struct pipeline *p, const struct pair *pair, enum urgency urgency) {
  size_t slice = urgency == BACKGROUND ? due_slice(p) : SIZE_MAX,
         backlog = urgency == BACKGROUND ? BACKLOG : BACKLOG - RESERVED;
  return p->results[urgency].n < (MIN(slice, enough[urgency].results)) &&
         ruleset_backlog(pair->ruleset) < backlog && pair->serving->evaluating[urgency] < slice;
}

/* True when there is more to look at than one turn should. */
static bool feed_list(struct pipeline *p, struct serving *s, enum urgency urgency) {
  size_t looks = enough[urgency].looks / p->n_servings + 1;
  struct feed *f = &s->feed[urgency];
  while (f->head && due_has_room(p, s->pair, urgency)) {
    if (looks-- == 0)
      return true;

    struct person *person = f->head;
    unqueue(s, person);
    if (!person->in_flight)
      evaluate(p, s->pair, person, urgency);
  }

  return false;
}

/* Each authority has lists and a worker of its own, so that none waits for another. */
static bool feed(struct pipeline *p, struct serving *s) {
  if (!s->pair || !s->pair->ready)
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

  for (size_t i = 0; i < p->n_servings; i++)
    more |= feed(p, p->servings[i]);

  return more;
}
