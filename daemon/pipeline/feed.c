/* feed - handing people who are due to the workers, and taking what comes back.
 *
 * due.c says who waits; each authority has lists and a worker of its own, so that none waits for
 * another. A person's facts are put together; where they are what the current advice was made from,
 * nothing is run, else a worker gets them, and the finished result waits in the inbox for a turn.
 * How much goes at once adapts to how long a turn takes.
 *
 * Called by pipeline.c in each turn of the loop. cohort.c hands over schools by the same means. */
#include "pipeline/internal.h"

#include <sys/param.h>

#define BACKLOG 192   /* evaluations waiting at one worker: keeps it busy, little to do again */
#define RESERVED 16   /* of these places, for background work: it gets on under any load */
#define PUSHED_MS 200 /* for so long after a push another one is expected */

/* What is enough: results waiting for the disk, each with its arena; looks at people in one turn of
 * the loop. */
static const struct {
  size_t results, looks;
} enough[URGENCIES] = {[LIVE] = {512, 4096}, [BACKGROUND] = {64, 256}};

/* --- how much at once --- */

/* Background work in one turn: ALONE while nobody pushes. While somebody does, their answer waits
 * for the turn's commit and for the one before; so a turn that took long halves the slice, and a
 * short one adds a little, which suits the disk and the machine. There is always some, so that a
 * publication gets on under any load. */
enum {
  SLICE_ALONE = 64,
  SLICE_MOST = 16,
  SLICE_LEAST = 2
};
#define TURN_LONG_NS 3000000

void feed_turn_took(struct pipeline *p, uint64_t took_ns) {
  size_t slice = p->due.slice + 1;
  if (took_ns > TURN_LONG_NS)
    slice = p->due.slice / 2;

  p->due.slice = MAX(SLICE_LEAST, MIN(slice, SLICE_MOST));
}

size_t feed_slice(const struct pipeline *p) {
  bool pushed = p->inbox.pushed_ms && clock_mono_ms() - p->inbox.pushed_ms < PUSHED_MS;
  if (!pushed)
    return SLICE_ALONE;
  return MAX(p->due.slice, (size_t)SLICE_LEAST);
}

bool feed_has_room(const struct pipeline *p, const struct policy *policy, enum urgency urgency) {
  size_t slice = SIZE_MAX, backlog = BACKLOG - RESERVED;
  if (urgency == BACKGROUND) {
    slice = feed_slice(p);
    backlog = BACKLOG;
  }

  return p->inbox.results[urgency].n < MIN(slice, enough[urgency].results) &&
         ruleset_backlog(policy->ruleset) < backlog && policy->slot->evaluating[urgency] < slice;
}

/* --- one evaluation --- */

bool feed_facts(struct pipeline *p, const struct policy *policy, struct person *person,
                struct arena *a, struct facts *ret, struct buf *bytes, struct basis *basis) {
  const struct facts_context context = facts_context_of(person->school, policy->catalogue, p->day);
  bool present = facts_of(person, &context, a, ret, &basis->next_change_day);
  if (present)
    facts_encode(ret, bytes);
  basis->facts = facts_hash(ret, bytes);

  return present;
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

static void evaluation_destroy(struct evaluation *e) {
  LIST_REMOVE(e, link);
  e->pipeline->due.in_flight--;
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
  evaluation_destroy(e);
  result_enqueue(p, r);
  feed_people(p);
}

void feed_hand_over(struct pipeline *p, struct policy *policy, struct result *r,
                    const struct facts *facts, const struct buf *bytes) {
  struct evaluation *e = mem_alloc(sizeof *e);
  *e = (struct evaluation){.pipeline = p, .policy = policy, .facts = *facts, .result = r};
  LIST_INSERT_HEAD(&policy->evaluations, e, link);
  p->due.in_flight++;
  policy->slot->evaluating[r->urgency]++;
  ruleset_evaluate(policy->ruleset, bytes, r->school ? facts->n_cohorts : facts->n_needs,
                   r->basis.day, false, on_evaluated, e);
}

static void evaluate(struct pipeline *p, struct policy *policy, struct person *person,
                     enum urgency urgency) {
  struct result *r = result_for(person, policy, p->day, urgency);
  struct facts facts;
  struct buf bytes = {0};
  bool present = feed_facts(p, policy, person, &r->arena, &facts, &bytes, &r->basis);

  cohort_tally(p, person, present ? &facts : NULL);
  if (basis_holds(&person->basis, &r->basis)) {
    person->touched = 0;
    p->counts.spared++;
    due_settle(p, person);
    result_destroy(r);
  } else {
    r->touched = touched_with_reason(person->touched, &person->basis, &r->basis);
    person->touched = 0;
    person->work->in_flight = true;

    if (present && facts.n_needs > 0) {
      feed_hand_over(p, policy, r, &facts, &bytes);
    } else { /* no needs, or not here any more: no rules are run */
      if (present)
        take_advice(r, policy, &facts, &(struct outcome){.next_change_day = INT32_MAX});
      result_enqueue(p, r);
    }
  }

  buf_finish(&bytes);
}

/* --- the lists --- */

/* True when there is more to look at than one turn of the loop should. */
static bool feed_list(struct pipeline *p, struct policy_slot *s, enum urgency urgency) {
  size_t looks = enough[urgency].looks / p->n_slots + 1;

  while (!TAILQ_EMPTY(&s->feed[urgency]) && feed_has_room(p, s->policy, urgency)) {
    if (looks-- == 0)
      return true;

    struct person *person = TAILQ_FIRST(&s->feed[urgency]);
    due_unqueue(s, person);
    if (!person->work->in_flight)
      evaluate(p, s->policy, person, urgency);
  }

  return false;
}

bool feed_people(struct pipeline *p) {
  bool more = false;
  if (p->day == ABSENT || p->life.closing || p->disk.full)
    return false;

  for (size_t i = 0; i < p->n_slots; i++) {
    struct policy_slot *s = p->slots[i];
    if (!s->policy || !s->policy->ready)
      continue;

    more |= feed_list(p, s, LIVE);
    more |= feed_list(p, s, BACKGROUND);
  }

  return more;
}
