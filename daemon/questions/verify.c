/* verify - the journal once more, beside the living memory: does the current advice follow from
 * what was journaled?
 *
 * The journal is folded into people of its own, every person is evaluated anew under the rules,
 * catalogue and day that serve, and the advice is compared byte for byte with the current advice;
 * then every school as a whole. People who move meanwhile, or whose evaluation is still due, are
 * counted as skipped, never as different, and so are their schools. */
#include <errno.h>
#include <string.h>

#define LOG_AREA "verify"
#include "base/log.h"
#include "event/json.h"
#include "needs/cohort.h"
#include "pipeline/effects.h"
#include "questions/questions.h"

enum {
  FEED = 64,
  MAX_DIFFERENCES = 100,
  PAGE = 2000 /* journal rows in one turn of the loop */,
  STOP = 1
};

struct verification {
  struct pipeline *pipeline;
  struct people people;
  struct arena scratch;
  struct person **persons; /* of `people`, in order */
  size_t n, cap, next, in_flight;
  struct school **schools; /* of `people`; work->moved: not to be compared */
  size_t n_schools, cap_schools, next_school;
  uint64_t at, until; /* journal positions: folded so far, and to be folded */
  uint64_t moves;     /* pipeline.moves at the start: who moved since is skipped */
  int32_t day;
  size_t events, checked, skipped, recommendations, schools_checked, cohorts, n_differences;
  struct buf differences, damaged;
  size_t n_damaged;
  struct store_walk walk; /* over every row of the store, before the journal is folded */
  bool walked;
  struct trial *trials; /* with a worker */
  bool folded, broken;
  answered *done;
  void *arg;
};
struct trial {
  struct verification *v;
  const struct policy *policy; /* whose rules are run */
  const struct catalogue *catalogue;
  struct person *person, *live;
  struct school *school; /* of a school as a whole: there is no person */
  struct arena arena;
  bool present;
  struct facts facts;
  struct trial *next;
};

/* --- differences --- */

/* What stood before, and whose: a person's, or (subject NULL) the school's. */
struct stood {
  const struct school *school;
  const char *subject;
  const struct current_advice *current;
  size_t n;
};

static void differ(struct verification *v, const struct stood *s, const char *id,
                   const char *what) {
  if (++v->n_differences > MAX_DIFFERENCES)
    return;

  json_open(&v->differences, '{');
  json_key(&v->differences, "authority");
  json_str(&v->differences, s->school->authority->code);
  json_key(&v->differences, "school");
  json_str(&v->differences, s->school->code);
  json_opt_str(&v->differences, "person", s->subject);
  json_key(&v->differences, s->subject ? "recommendation" : "cohort");
  json_str(&v->differences, id);
  json_key(&v->differences, "what");
  json_str(&v->differences, what);
  json_close(&v->differences, '}');
}

static const struct advice *advice_named(const struct advice_list *l, const char *id) {
  for (uint32_t i = 0; i < l->n; i++)
    if (strcmp(l->items[i].id, id) == 0)
      return &l->items[i];
  return NULL;
}

static bool stands(const struct stood *stood, const char *id) {
  for (size_t i = 0; i < stood->n; i++)
    if (strcmp(stood->current[i].id, id) == 0)
      return true;
  return false;
}

static void hold_against(struct verification *v, const struct stood *live,
                         const struct advice_list *again) {
  for (size_t i = 0; i < live->n; i++) {
    const struct current_advice *s = &live->current[i];
    const struct advice *a = advice_named(again, s->id);
    if (!a)
      differ(v, live, s->id, "is current, but does not follow from the journal");
    else if (a->len != s->len || memcmp(a->json, s->advice, s->len) != 0)
      differ(v, live, s->id, "differs from what the journal gives");
  }

  for (uint32_t i = 0; i < again->n; i++)
    if (!stands(live, again->items[i].id))
      differ(v, live, again->items[i].id, "follows from the journal, but is not current");
}

/* --- one person --- */

static void go_on(struct verification *v);

/* Somebody of the school moved, or is not looked at yet: people are counted as skipped, the school
 * is left out. */
static bool school_moved(const struct verification *v, const struct school *live) {
  const struct school_work *now = live->work;
  return now->due_since || now->epoch > v->moves || now->persons_due > 0;
}

static void judge_school(struct trial *t, const struct outcome *o, const struct rule_info *rules) {
  const struct school *live = people_school(&t->v->pipeline->people, t->school->authority->code,
                                            t->school->code, false);
  struct advice_list again;

  cohort_choose(t->school, t->catalogue, &t->facts, o, rules, &t->arena, &again);
  if (school_moved(t->v, live))
    return;

  t->v->schools_checked += live->n_known > 0;
  t->v->cohorts += live->n_current;
  hold_against(t->v, &(struct stood){live, NULL, live->current, live->n_current}, &again);
}

static void judge_person(struct trial *t, const struct outcome *o, const struct rule_info *rules,
                         uint32_t n_rules) {
  struct verification *v = t->v;
  struct advice_list again;

  if (t->present)
    choose(t->person, t->catalogue, &t->facts, o, rules, n_rules, v->day, &t->arena, &again);
  else
    again = (struct advice_list){0};

  if (t->live->work->epoch > v->moves || t->live->work->due_since) {
    v->skipped += person_known(t->person);
    return;
  }

  v->checked += person_known(t->person);
  v->recommendations += t->live->n_current;
  hold_against(
      v, &(struct stood){t->live->school, t->live->subject, t->live->current, t->live->n_current},
      &again);
}

static void judge(struct trial *t, const struct outcome *o, const struct rule_info *rules,
                  uint32_t n_rules) {
  if (t->school)
    judge_school(t, o, rules);
  else
    judge_person(t, o, rules, n_rules);
}

static void trial_free(struct trial *t) {
  for (struct trial **at = &t->v->trials; *at; at = &(*at)->next)
    if (*at == t) {
      *at = t->next;
      break;
    }

  arena_finish(&t->arena);
  free(t);
}

static void on_tried(void *arg, const struct outcome *o) {
  struct trial *t = arg;
  struct verification *v = t->v;
  uint32_t n_rules;
  const struct school *school = t->school ? t->school : t->person->school;
  const struct rule_info *rules = pipeline_rules(v->pipeline, school->authority->code, &n_rules);

  if (!v->broken)
    judge(t, o, rules, n_rules);

  trial_free(t);
  v->in_flight--;
  go_on(v);
}

static struct trial *trial_of(struct verification *v, const struct policy *policy) {
  struct trial *t = mem_alloc(sizeof *t);
  *t = (struct trial){.v = v, .policy = policy, .catalogue = policy->catalogue, .next = v->trials};
  v->trials = t;
  return t;
}

/* Hands it to the worker; with nothing that a rule could look at it is judged at once. */
static void try(struct trial *t, const struct policy *policy, uint32_t n_subjects) {
  struct verification *v = t->v;
  struct buf bytes = {0};

  if (n_subjects > 0) {
    facts_encode(&t->facts, &bytes);
    v->in_flight++;
    ruleset_evaluate(policy->ruleset, &bytes, n_subjects, v->day, false, on_tried, t);
  } else {
    judge(t, &(struct outcome){.next_change_day = INT32_MAX}, NULL, 0);
    trial_free(t);
  }

  buf_finish(&bytes);
}

static void try_person(struct verification *v, struct person *person) {
  struct pipeline *p = v->pipeline;
  struct school *school = person->school;
  struct policy_slot *s = policy_slot_of(p, school->authority->code);
  struct person *live = people_person(&p->people, school->authority->code, school->code,
                                      person->subject, false);
  if (!s || !s->policy || !s->policy->ready || !live || live->work->due_since ||
      live->work->epoch > v->moves) {
    v->skipped += person_known(person);
    school->work->moved = true;
    return;
  }

  struct trial *t = trial_of(v, s->policy);
  int32_t next_change_day;

  t->person = person;
  t->live = live;

  const struct facts_context context = facts_context_of(school, t->catalogue, v->day);
  t->present = facts_of(person, &context, &t->arena, &t->facts, &next_change_day);

  if (t->present)
    person->tally = tally_of(&t->facts);
  else
    person->tally = NULL;

  try(t, s->policy, t->present ? t->facts.n_needs : 0);
}

/* After all of its people. */
static void try_school(struct verification *v, struct school *school) {
  struct policy_slot *s = policy_slot_of(v->pipeline, school->authority->code);
  const struct school *live = people_school(&v->pipeline->people, school->authority->code,
                                            school->code, false);
  if (!s || !s->policy || !s->policy->ready || !live || school->work->moved ||
      school_moved(v, live))
    return;

  struct trial *t = trial_of(v, s->policy);
  t->school = school;

  const struct facts_context context = facts_context_of(school, t->catalogue, v->day);
  const struct tally_list tallies = tallies_of(school, &t->arena);
  cohort_facts(school, &context, &tallies, &t->arena, &t->facts);
  try(t, s->policy, t->facts.n_cohorts);
}

/* --- the whole --- */

static void finish(struct verification *v) {
  struct buf b = {0};
  json_close(&v->differences, ']');
  json_open(&b, '{');
  json_key(&b, "ok");
  json_bool(&b, v->n_differences == 0 && v->n_damaged == 0 && !v->broken);
  json_key(&b, "persons");
  json_int(&b, (int64_t)v->checked);
  json_key(&b, "skipped");
  json_int(&b, (int64_t)v->skipped);
  json_key(&b, "recommendations");
  json_int(&b, (int64_t)v->recommendations);
  json_key(&b, "schools");
  json_int(&b, (int64_t)v->schools_checked);
  json_key(&b, "cohorts");
  json_int(&b, (int64_t)v->cohorts);
  json_key(&b, "events");
  json_int(&b, (int64_t)v->events);
  json_key(&b, "differences");
  json_raw(&b, v->differences.data, v->differences.len);
  json_close(&v->damaged, ']');
  json_key(&b, "damaged");
  json_raw(&b, v->damaged.data, v->damaged.len);
  json_close(&b, '}');
  v->pipeline->verifying = NULL;
  v->done(v->arg, v->broken ? -EIO : 0, (const char *)b.data, b.len);

  for (size_t i = 0; i < v->people.n_authorities; i++) {
    effects_put(v->people.authorities[i], NULL);
    for (size_t j = 0; j < v->people.authorities[i]->n_schools; j++) {
      helper_pool_destroy(v->people.authorities[i]->schools[j]->helper_pool);
      offer_list_destroy(v->people.authorities[i]->schools[j]->offer_list);
    }
  }

  people_finish(&v->people);
  arena_finish(&v->scratch);
  buf_finish(&v->differences);
  buf_finish(&v->damaged);
  buf_finish(&b);
  free(v->persons);
  free(v->schools);
  free(v);
}

static void go_on(struct verification *v) {
  while (!v->broken && v->next < v->n && v->in_flight < FEED)
    try_person(v, v->persons[v->next++]);
  while (!v->broken && v->next == v->n && v->next_school < v->n_schools && v->in_flight < FEED)
    try_school(v, v->schools[v->next_school++]);

  bool all = v->next == v->n && v->next_school == v->n_schools;
  if (v->in_flight == 0 && (v->broken || all))
    finish(v);
}

/* What was counted is what the journal says, not what would be counted now. */
static int fold_effect(struct verification *v, const struct journal_row *row) {
  struct json note;
  size_t offset;
  const char *message;

  arena_reset(&v->scratch);
  bool good = json_tree(&v->scratch, row->body, row->len, &note, &offset, &message) == 0;
  struct effects *e = NULL;

  if (good && row->authority)
    e = effects_read(&note, v->day);

  if (!e)
    return -EBADMSG;

  effects_put(people_authority(&v->people, row->authority, true), e);

  return 0;
}

static int fold_row(void *arg, const struct journal_row *row) {
  struct verification *v = arg;
  if (row->position > v->until)
    return STOP;

  v->at = row->position;
  if (note_kind_of(row->kind) == NOTE_EFFECT)
    return fold_effect(v, row);
  if (strcmp(row->kind, JOURNAL_EVENT) != 0)
    return 0;

  arena_reset(&v->scratch);
  struct event *e = journal_event(&v->scratch, row);
  if (!e)
    return -EBADMSG;

  v->events++;
  people_apply(&v->people, e, row->position, NULL, NULL);

  return 0;
}

static int list_person(void *arg, struct person *person) {
  struct verification *v = arg;

  /* nobody works out advice for them */
  if (!policy_slot_of(v->pipeline, person->school->authority->code))
    return 0;

  v->persons = mem_grow(v->persons, &v->cap, v->n + 1, sizeof *v->persons);
  v->persons[v->n++] = person;

  return 0;
}

static void make_places(struct verification *v) {
  for (size_t i = 0; i < v->people.n_authorities; i++) {
    struct authority *authority = v->people.authorities[i];
    const struct authority *live = people_authority(&v->pipeline->people, authority->code, false);

    authority->reads_effects = live && live->reads_effects;
    for (size_t j = 0; j < v->people.authorities[i]->n_schools; j++) {
      struct school *school = v->people.authorities[i]->schools[j];
      const struct catalogue *c = pipeline_catalogue(v->pipeline, school->authority->code);
      if (!c)
        continue;

      school->helper_pool = helper_pool_create(school, c, v->day);
      school->offer_list = offer_list_for(v->pipeline, school);
      if (school->n_persons == 0)
        continue;

      v->schools = mem_grow(v->schools, &v->cap_schools, v->n_schools + 1, sizeof *v->schools);
      v->schools[v->n_schools++] = school;
    }
  }
}

/* A rule set is going: its trials will not answer, and its people are due again anyway. */
void question_verify_drop(struct pipeline *p, const struct policy *policy) {
  struct verification *v = p->verifying;
  if (!v)
    return;

  v->broken |= p->life.closing;
  for (struct trial *t = v->trials, *next; t; t = next) {
    next = t->next;
    if (t->policy != policy)
      continue;

    trial_free(t);
    v->skipped++;
    v->in_flight--;
  }

  if (v->folded || v->broken)
    go_on(v);
}

/* Some rows of the store held against their hashes. True: the turn goes on. */
static bool walk(struct verification *v) {
  struct store *store = v->pipeline->store;
  int rc = store_walk(store, &v->walk, PAGE);
  if (rc == -EBADMSG && ++v->n_damaged <= MAX_DIFFERENCES) {
    store_tell_damage(store);
    json_str(&v->damaged, store_damage(store));
  }

  v->broken |= rc < 0 && rc != -EBADMSG;
  v->walked = rc == 0 || v->broken;

  return true;
}

bool question_verify_step(struct pipeline *p) {
  struct verification *v = p->verifying;
  if (!v || v->folded)
    return false;
  if (!v->walked)
    return walk(v);

  uint64_t before = v->at;
  int rc = store_journal(p->store, v->at, PAGE, fold_row, v);
  if (rc == 0 && v->at != before)
    return true;

  v->folded = true;
  v->broken |= rc < 0 && v->n_damaged == 0; /* else the answer says why it went no further */
  make_places(v);
  people_each(&v->people, list_person, v);
  go_on(v);

  return false;
}

void question_verify(struct pipeline *p, answered *done, void *arg) {
  if (p->verifying || p->day == ABSENT) {
    done(arg, p->verifying ? -EBUSY : -EAGAIN, NULL, 0);
    return;
  }

  offer_lists_make(p, true); /* what was journaled is in force, or its people are due */
  struct verification *v = mem_alloc(sizeof *v);
  *v = (struct verification){.pipeline = p,
                             .day = p->day,
                             .until = p->position,
                             .moves = p->due.moves,
                             .done = done,
                             .arg = arg};
  p->verifying = v;
  people_init(&v->people, store_key(p->store), &pipeline_work);
  json_open(&v->differences, '[');
  json_open(&v->damaged, '[');
}
