/* cohort - advice to a school as a whole: when its rules are run, and what becomes of the result.
 *
 * It is made from a tally that each evaluation of a person leaves behind, and never from what
 * anybody was recommended. A school is due when a tally, its statement, its helper pool, the rules
 * or the day moved. It is looked at when none of its people is due any more and its needs have not
 * moved for a while, so that an import is one evaluation and not a hundred. The result goes the
 * same way as a person's: a turn compares it (compare.c) and commits its publications, then memory
 * moves.
 *
 * due.c and turn.c mark schools; pipeline.c has them looked at in each turn of the loop. */
#include "needs/cohort.h"

#include <string.h>

#include "pipeline/internal.h"

#define PATIENCE 10 /* pauses after which a school is looked at although its needs still move */

/* --- due --- */

static void settle(struct school *school) {
  if (!school->work->due_since)
    return;

  school->work->due_since = 0;
  LIST_REMOVE(school, work->due);
}

void cohort_mark(struct pipeline *p, struct school *school, uint64_t since, uint32_t touched) {
  struct school_work *t = school->work;
  if (!school->authority->slot || school->n_persons == 0)
    return;

  if (since == 0)
    since = p->position ? p->position : 1;

  t->epoch = ++p->due.moves;
  t->touched |= touched;
  t->moved_ms = clock_mono_ms();

  if (!t->due_since) {
    t->first_ms = t->moved_ms;
    LIST_INSERT_HEAD(&p->due.schools, school, work->due);
  }

  if (!t->due_since || since < t->due_since)
    t->due_since = since;
}

void cohort_tally(struct pipeline *p, struct person *person, const struct facts *facts) {
  struct tally *now = NULL;
  if (facts)
    now = tally_of(facts);

  bool same = diff_counts_same(person->tally, now);
  free(person->tally);
  person->tally = now;
  if (!same)
    cohort_mark(p, person->school, person->work->due_since, TOUCHED_NEEDS);
}

bool cohorts_settled(const struct pipeline *p, uint64_t position) {
  const struct school *s;
  LIST_FOREACH (s, &p->due.schools, work->due)
    if (s->work->due_since <= position)
      return false;
  return true;
}

/* --- evaluation --- */

static struct policy *policy_of(const struct school *school) {
  struct policy_slot *s = school->authority->slot;
  if (s && s->policy && s->policy->ready)
    return s->policy;
  return NULL;
}

static bool has_school_rules(const struct policy *policy) {
  uint32_t n;
  const struct rule_info *rules = ruleset_rules(policy->ruleset, &n);

  for (uint32_t i = 0; i < n; i++)
    if (rules[i].for_school)
      return true;

  return false;
}

static void put_together(const struct school *school, const struct policy *policy, struct arena *a,
                         struct facts *ret, struct buf *bytes, struct basis *basis) {
  const struct facts_context context = facts_context_of(school, policy->catalogue,
                                                        policy->pipeline->day);
  const struct tally_list tallies = tallies_of(school, a);

  cohort_facts(school, &context, &tallies, a, ret);
  facts_encode(ret, bytes);
  basis->facts = hash128_of(NULL, bytes->data, bytes->len);
}

void cohort_take(struct result *r, const struct policy *policy, const struct facts *facts,
                 const struct outcome *o) {
  uint32_t n_rules;
  const struct rule_info *rules = ruleset_rules(policy->ruleset, &n_rules);

  cohort_choose(r->school, policy->catalogue, facts, o, rules, &r->arena, &r->advice);
  result_failures(r, policy, o);
  if (o->next_change_day < r->basis.next_change_day)
    r->basis.next_change_day = o->next_change_day;
}

static void look_at(struct pipeline *p, struct policy *policy, struct school *school) {
  struct school_work *t = school->work;
  struct result *r = result_for(NULL, policy, p->day, BACKGROUND);
  struct facts facts;
  struct buf bytes = {0};

  r->school = school;
  r->epoch = t->epoch;
  put_together(school, policy, &r->arena, &facts, &bytes, &r->basis);

  bool nothing = facts.n_cohorts == 0 || !has_school_rules(policy);
  if (basis_holds(&school->basis, &r->basis) || (nothing && school->n_current == 0)) {
    t->touched = 0;
    settle(school);
    result_destroy(r);
  } else {
    r->touched = touched_with_reason(t->touched, &school->basis, &r->basis);
    t->touched = 0;
    t->in_flight = true;
    if (nothing)
      result_enqueue(p, r); /* no advice at all */
    else
      feed_hand_over(p, policy, r, &facts, &bytes);
  }

  buf_finish(&bytes);
}

static bool has_rested(const struct pipeline *p, const struct school_work *t, uint64_t now_ms) {
  return now_ms - t->moved_ms >= p->due.pause_ms ||
         now_ms - t->first_ms >= PATIENCE * p->due.pause_ms;
}

void cohorts_feed(struct pipeline *p) {
  if (LIST_EMPTY(&p->due.schools) || p->day == ABSENT || p->life.closing || p->disk.full)
    return;

  uint64_t now_ms = clock_mono_ms();
  for (struct school *s = LIST_FIRST(&p->due.schools), *next; s; s = next) {
    const struct school_work *t = s->work;
    struct policy *policy = policy_of(s);

    next = LIST_NEXT(s, work->due);
    if (policy && !t->in_flight && t->persons_due == 0 && has_rested(p, t, now_ms) &&
        feed_has_room(p, policy, BACKGROUND))
      look_at(p, policy, s);
  }
}

/* --- the result --- */

/* Would it be made from the same facts now? Nobody may be due: tallies could be of another
 * catalogue. */
bool cohort_result_valid(const struct result *r) {
  const struct school_work *t = r->school->work;
  const struct policy *policy = policy_of(r->school);

  if (r->epoch == t->epoch)
    return true;
  if (!policy || t->persons_due > 0 || !hash256_eq(&r->basis.rules, &policy->identity) ||
      !hash256_eq(&r->basis.catalogue, &policy->catalogue_hash) ||
      r->basis.next_change_day <= policy->pipeline->day)
    return false;

  struct arena a = {0};
  struct buf bytes = {0};
  struct facts facts;
  struct basis now = {0};

  put_together(r->school, policy, &a, &facts, &bytes, &now);
  arena_finish(&a);
  buf_finish(&bytes);

  return hash128_eq(now.facts, r->basis.facts);
}

/* Nothing comes of it; the school stays due. */
void cohort_drop(struct pipeline *p, struct school *school, uint32_t touched) {
  school->work->in_flight = false;
  cohort_mark(p, school, school->work->due_since, touched);
}

void cohort_write(struct turn *t, struct result *r) {
  const struct school *school = r->school;
  struct buf basis = {0}, current = {0};

  if (!r->n_current && !school->work->stored)
    return; /* no advice before, and none now */

  basis_encode(&r->basis, &basis);
  current_encode(r->current, r->n_current, NULL, &current);
  batch_cohorts(t->batch, school->authority->code, school->code, basis.data, basis.len,
                current.data, current.len);
  buf_finish(&basis);
  buf_finish(&current);
}

void cohort_apply(struct pipeline *p, struct result *r) {
  struct school *school = r->school;
  current_free(school->current, school->n_current);
  school->current = r->current;
  school->n_current = r->n_current;
  school->basis = r->basis;
  school->work->stored |= r->n_current > 0;
  school->work->in_flight = false;
  r->current = NULL; /* the school's now */
  r->n_current = 0;

  if (cohort_result_valid(r))
    settle(school);
  else
    cohort_mark(p, school, school->work->due_since, 0);
}
