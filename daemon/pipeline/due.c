/* due - who must be worked out again, and in which order they wait.
 *
 * A person is due when anything the advice was made from may have moved: own facts, what is read of
 * the school, rule set, catalogue, the day. Being due costs a look, not an evaluation: when the
 * facts, put together, are the same bytes as last time, nothing is run (feed.c).
 *
 * People whose own facts or school moved go first. People who are due because of a publication or a
 * new day wait in the background, and a few are taken in each turn, so that no push waits for them.
 *
 * Called by turn.c, when facts moved; by policy/, when a policy was published; by lists.c. Schools
 * as a whole are cohort.c's. */
#include <string.h>

#include "pipeline/internal.h"

/* --- the lists --- */

void due_unqueue(struct policy_slot *s, struct person *person) {
  TAILQ_REMOVE(&s->feed[person->work->queued - 1], person, work->feed);
  person->work->queued = 0;
}

/* Somebody who waits in the background and moves for another reason comes to the front. */
static void queue_for_feeding(struct policy_slot *s, struct person *person, enum urgency urgency) {
  struct person_work *w = person->work;
  if (w->in_flight || (w->queued && w->queued <= 1 + urgency))
    return;

  if (w->queued)
    due_unqueue(s, person);

  w->queued = (unsigned char)(1 + urgency);
  TAILQ_INSERT_TAIL(&s->feed[urgency], person, work->feed);
}

/* Nobody waits for an authority without rules: its people are marked when it gets some. */
static void mark(struct pipeline *p, struct person *person, enum urgency urgency) {
  struct policy_slot *slot = person->school->authority->slot;
  struct person_work *w = person->work;

  w->epoch = ++p->due.moves;
  if (!slot)
    return;

  if (!w->due_since) {
    w->due_since = p->position ? p->position : 1;
    TAILQ_INSERT_TAIL(&p->due.persons, person, work->due);
    p->due.n++;
    person->school->work->persons_due++;
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
  if (person->work->renewing && s)
    s->renewing--;
  person->work->renewing = false;
}

void due_settle(struct pipeline *p, struct person *person) {
  if (!person->work->due_since)
    return;

  settle_renewing(person);
  person->work->due_since = 0;
  TAILQ_REMOVE(&p->due.persons, person, work->due);
  p->due.n--;
  person->school->work->persons_due--;
}

/* --- many at once --- */

static void mark_all(struct pipeline *p, struct school *school, uint32_t touched,
                     enum urgency urgency) {
  for (size_t i = 0; i < school->n_persons; i++) {
    school->persons[i]->touched |= touched;
    mark(p, school->persons[i], urgency);
  }
}

void due_mark_own(struct pipeline *p, struct school *school) {
  mark_all(p, school, TOUCHED_SCHOOL, LIVE);
  cohort_mark(p, school, 0, TOUCHED_SCHOOL);
}

void due_mark_school(struct pipeline *p, struct school *school) {
  struct authority *authority = school->authority;
  if (strcmp(school->code, "-") != 0) {
    due_mark_own(p, school);
    return;
  }

  for (size_t i = 0; i < authority->n_schools; i++)
    mark_all(p, authority->schools[i], TOUCHED_SCHOOL, BACKGROUND);
}

/* What came of developments was counted anew: everybody is looked at, behind what is pushed. */
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

static void mark_renewing(struct pipeline *p, struct policy_slot *s, struct school *school) {
  for (size_t i = 0; i < school->n_persons; i++) {
    struct person *person = school->persons[i];
    person->work->renewing = person_known(person);
    s->renewing += person->work->renewing;
  }

  mark_all(p, school, 0, BACKGROUND);
}

/* The cause is not known yet: when each person is looked at, the basis says what differs. */
void due_mark_authority(struct pipeline *p, const char *code, bool catalogue_moved) {
  struct authority *authority = people_authority(&p->people, code, true);
  struct policy_slot *s = authority->slot;

  s->renewing = 0;
  for (size_t i = 0; i < authority->n_schools; i++) {
    offer_list_make(p, authority->schools[i]);
    if (catalogue_moved)
      helper_pool_make(p, authority->schools[i]);
    mark_renewing(p, s, authority->schools[i]);
  }

  s->renewing_of = s->renewing;
  for (size_t i = 0; i < authority->n_schools; i++)
    cohort_mark(p, authority->schools[i], 0, 0);
}

/* --- the day --- */

static void day_of_school(struct pipeline *p, struct school *school) {
  if (!school->helper_pool || helper_pool_next_change_day(school->helper_pool) <= p->day)
    helper_pool_stale(p, school);
  if (!school->offer_list || offer_list_next_change_day(school->offer_list) <= p->day)
    offer_list_make(p, school);
  if (school->basis.engine && school->basis.next_change_day <= p->day)
    cohort_mark(p, school, 0, TOUCHED_DAY);

  for (size_t k = 0; k < school->n_persons; k++) {
    struct person *person = school->persons[k];
    if (!person->work->in_flight && person->basis.engine && person->basis.next_change_day > p->day)
      continue;

    if (person->basis.engine)
      person->touched |= TOUCHED_DAY;
    mark(p, person, BACKGROUND);
  }
}

void due_day(struct pipeline *p) {
  for (size_t i = 0; i < p->people.n_authorities; i++)
    for (size_t j = 0; j < p->people.authorities[i]->n_schools; j++)
      day_of_school(p, p->people.authorities[i]->schools[j]);

  helper_pools_make(p);
}

/* --- comparing what advice was made from --- */

bool basis_holds(const struct basis *was, const struct basis *is) {
  return was->engine == is->engine && was->number == is->number && was->next_change_day > is->day &&
         hash128_eq(was->facts, is->facts) && hash256_eq(&was->rules, &is->rules) &&
         hash256_eq(&was->catalogue, &is->catalogue);
}

/* Why is this person looked at, when no event said so? (at start, or after a publication) */
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

/* Other facts alone are put down to the school, where nothing else is known to have moved. */
uint32_t touched_with_reason(uint32_t touched, const struct basis *was, const struct basis *is) {
  uint32_t reason = basis_reason(was, is);
  if (touched && reason == TOUCHED_SCHOOL)
    return touched;
  return touched | reason;
}
