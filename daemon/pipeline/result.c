/* result - a finished evaluation on its way from the worker to a turn: made, queued, and held
 * against what moved meanwhile.
 *
 * feed.c and cohort.c make results; turn.c takes them, and drops those that are out of date. */
#include "pipeline/internal.h"

#include "base/words.h"

#define OVERTAKEN 3 /* results of one person in a row that may be dropped */

struct result *result_for(struct person *person, const struct policy *policy, int32_t day,
                          enum urgency urgency) {
  struct result *r = mem_alloc(sizeof *r);
  *r = (struct result){.person = person,
                       .rules = policy->rules,
                       .urgency = urgency,
                       .basis = {.rules = policy->identity,
                                 .catalogue = policy->catalogue_hash,
                                 .day = day,
                                 .next_change_day = INT32_MAX,
                                 .engine = ENGINE_NUMBER}};
  if (person) {
    r->epoch = person->work->epoch;
    r->basis.number = person->number;
  }

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

void result_destroy(struct result *r) {
  if (!r)
    return;

  current_free(r->current, r->n_current);
  arena_finish(&r->arena);
  free(r);
}

/* --- waiting for a turn --- */

void result_enqueue(struct pipeline *p, struct result *r) {
  struct results *results = &p->inbox.results[r->urgency];
  STAILQ_INSERT_TAIL(&results->list, r, link);
  results->n++;
}

struct result *results_take(struct results *results) {
  struct result *r = STAILQ_FIRST(&results->list);
  if (!r)
    return NULL;

  STAILQ_REMOVE_HEAD(&results->list, link);
  results->n--;

  return r;
}

/* --- still valid? --- */

/* Would it be made under the same rules and catalogue today, and do all dates lie on the same side
 * of them? */
static bool rules_hold(const struct pipeline *p, const struct result *r) {
  const struct policy_slot *s = r->person->school->authority->slot;
  return s && s->policy && r->basis.next_change_day > p->day &&
         hash256_eq(&r->basis.rules, &s->policy->identity) &&
         hash256_eq(&r->basis.catalogue, &s->policy->catalogue_hash);
}

/* And from the same facts? The epoch answers at once when nothing moved; else the facts are put
 * together again. */
bool result_valid(struct pipeline *p, const struct result *r) {
  if (r->school)
    return cohort_result_valid(r);
  if (r->epoch == r->person->work->epoch)
    return true;
  if (r->basis.number != r->person->number || !rules_hold(p, r))
    return false;

  struct arena a = {0};
  struct buf bytes = {0};
  struct facts facts;
  struct basis now = {.next_change_day = INT32_MAX};

  feed_facts(p, r->person->school->authority->slot->policy, r->person, &a, &facts, &bytes, &now);
  arena_finish(&a);
  buf_finish(&bytes);

  return hash128_eq(now.facts, r->basis.facts);
}

/* A person whose facts move faster than evaluations come back would never be advised. So after a
 * few dropped results one is taken that was made from the facts of a moment ago: its basis says
 * which, and the person stays due. */
bool result_of_its_time(const struct pipeline *p, const struct result *r) {
  int32_t next_change_day = INT32_MAX;
  return !r->school && r->person->work->overtaken >= OVERTAKEN && rules_hold(p, r) &&
         person_present(r->person, p->day, &next_change_day);
}

void result_drop(struct pipeline *p, struct result *r) {
  struct person *person = r->person;

  if (r->school) {
    cohort_drop(p, r->school, r->touched);
  } else {
    person->work->in_flight = false;
    person->work->overtaken += person->work->overtaken < OVERTAKEN;
    if (!p->life.closing)
      due_mark_again(p, r);
    person->touched |= r->touched;
  }

  result_destroy(r);
}
