/* diff - what another policy would change, worked out over everybody while the daemon goes on.
 *
 * Each person is evaluated under both policies from the same facts, on the same day, with the same
 * answers, and the advice compared (difference.c). When all people of a school are through, so is
 * the school as a whole, from the counts that they left on each side; its current advice is not
 * used, since it may be of newer facts than these. Both policies have workers of their own
 * (candidate.c), so that live work is not delayed; nothing is stored or published. One diff at a
 * time for each authority; the last one that finished is kept until the next does. */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/words.h"
#include "needs/cohort.h"
#include "policy/candidate.h"
#include "policy/diff_counts.h"
#include "policy/policy.h"
#include "policy/policy_context.h"
#include "policy/rule_changes.h"

enum {
  FEED = 32,                    /* people with the workers */
  FEED_BUSY = 4,                /* the same while live work waits */
  TRIES = 8,                    /* of a person whose facts keep moving */
  SLICE_NS = 1000 * 1000,       /* of one turn of the loop */
  PAGE = 64 * 1024,             /* bytes of rows in one answer */
  ROWS_MAX = 128 * 1024 * 1024, /* bytes of rows that are kept */
  RUN_BYTES = 8,
  SCHOOLS_TOLD = 20, /* of those that are advised otherwise as a whole */
};
enum {
  FROM,
  TO,
  SIDES
};
static const char policy_slot_word[] = "serving";
enum diff_state {
  DIFF_OPENING,
  DIFF_RUNNING,
  DIFF_FAILING /* workers have people yet */,
  DIFF_DONE,
  DIFF_FAILED
};

/* A rule that failed for somebody, or for a school, under `to`. */
struct failing {
  char *rule, *message;
  const char *kind;
  size_t first, people, schools; /* number of the first, for the message; how many */
  bool before;                   /* it fails under `from` too */
};
/* A school and its people, who follow each other in the diff's list. */
struct staff {
  struct school *school;
  size_t first, n, left;         /* left: not through yet */
  struct tally **tallies[SIDES]; /* what each adds to the counts, until the school is looked at */
};
struct diff {
  struct pipeline *pipeline;
  struct policy_slot *slot;
  enum diff_state state;
  char run[RUN_BYTES * 2 + 1];
  struct part {
    struct diff *diff;
    struct hold *hold;
    struct hash256 rules, catalogue;
    bool ready;
  } parts[SIDES];
  int32_t day;
  struct person **persons;
  size_t n, cap, next, in_flight, finished, skipped;
  struct staff *staffs;
  size_t n_staffs, cap_staffs, at_staff; /* at_staff: of the next person */
  struct trial *trials;                  /* with a worker */
  struct fees fees;
  struct diff_counts tally;
  struct rule_changes rule_changes;
  struct buf *rows; /* one a person, then one a school: empty where nothing changes */
  struct buf *told; /* one a school: what of its row is safe to share */
  size_t bytes, left_out;
  struct failing *failing;
  size_t n_failing, cap_failing;
  char **failing_before; /* rules that failed for somebody under `from` */
  size_t n_before, cap_before;
  struct fault_list faults; /* why it failed */
  struct policy_context contexts[SIDES];
  struct diff *next_diff;
};
/* One person, or one school as a whole, with whatever is not answered yet. */
struct trial {
  struct diff *diff;
  size_t number; /* of its row */
  struct staff *staff;
  struct person *person; /* NULL: the school */
  uint64_t epoch;
  int tries;
  struct arena arena;
  struct facts facts[SIDES];
  bool present[SIDES], waits[SIDES];
  struct side sides[SIDES];
  struct failure_note *failures[SIDES];
  uint32_t n_failures[SIDES];
  struct trial *next, *prev;
};

static struct policy *policy_of(const struct diff *d, int side) {
  return hold_policy(d->parts[side].hold);
}

/* --- the end --- */

static void rows_finish(struct buf *rows, size_t n) {
  for (size_t i = 0; rows && i < n; i++)
    buf_finish(&rows[i]);
  free(rows);
}

static void tallies_finish(struct staff *w) {
  for (int side = 0; side < SIDES; side++) {
    for (size_t i = 0; w->tallies[side] && i < w->n; i++)
      free(w->tallies[side][i]);
    free(w->tallies[side]);
    w->tallies[side] = NULL;
  }
}

static void diff_free(struct diff *d) {
  rows_finish(d->rows, d->n + d->n_staffs);
  rows_finish(d->told, d->n_staffs);
  for (size_t i = 0; i < d->n_staffs; i++)
    tallies_finish(&d->staffs[i]);
  for (size_t i = 0; i < d->n_failing; i++) {
    free(d->failing[i].rule);
    free(d->failing[i].message);
  }

  for (size_t i = 0; i < d->n_before; i++)
    free(d->failing_before[i]);

  free(d->failing);
  free(d->failing_before);
  free(d->persons);
  free(d->staffs);
  fees_finish(&d->fees);
  diff_counts_finish(&d->tally);
  rule_changes_finish(&d->rule_changes);
  fault_list_finish(&d->faults);
  free(d);
}

static bool over(const struct diff *d) {
  return d->state >= DIFF_DONE;
}

/* The newest that is over is kept, so that it can be asked about. */
static void forget_older(struct diff *kept) {
  struct pipeline *p = kept->pipeline;
  for (struct diff **at = &p->diffs; *at;) {
    struct diff *d = *at;
    if (d == kept || d->slot != kept->slot || !over(d)) {
      at = &d->next_diff;
      continue;
    }

    *at = d->next_diff;
    diff_free(d);
  }
}

static void let_go(struct diff *d) {
  for (int side = 0; side < SIDES; side++) {
    policy_context_finish(&d->contexts[side]);
    struct hold *hold = d->parts[side].hold;
    d->parts[side].hold = NULL;
    if (hold)
      candidate_release(hold);
  }

  fees_finish(&d->fees);
}

static void fail(struct diff *d, const char *why) {
  if (d->faults.n == 0)
    fault_list_add(&d->faults, true, "%s", why);
  d->state = DIFF_FAILING;
}

/* --- facts --- */

static void take_facts(struct trial *t, int side) {
  const struct diff *d = t->diff;
  const struct staff *w = t->staff;
  struct facts *facts = &t->facts[side];
  const struct facts_context context = policy_context_for(&t->diff->contexts[side], w->school);

  if (t->person) {
    int32_t next_change_day;
    t->present[side] = facts_of(t->person, &context, &t->arena, facts, &next_change_day);
    return;
  }

  struct tally_list tallies = {arena_alloc(&t->arena, (w->n + 1) * sizeof *tallies.items), 0};
  for (size_t i = 0; i < w->n; i++)
    if (!d->persons[w->first + i]->erased)
      tally_add(&tallies, w->tallies[side][i]);

  t->present[side] = true;
  cohort_facts(w->school, &context, &tallies, &t->arena, facts);
}

/* For the school as a whole, which is looked at when the last of its people is through. Of whom was
 * skipped there is none. */
static void keep_tallies(struct trial *t) {
  const struct staff *w = t->staff;
  for (int side = 0; side < SIDES; side++)
    w->tallies[side][t->number - w->first] = t->present[side] ? tally_of(&t->facts[side]) : NULL;
}

/* --- one side --- */

static void keep_failures(struct trial *t, int side, const struct outcome *o,
                          const struct rule_info *rules) {
  struct failure_note *notes = arena_alloc(&t->arena, (o->n_failures + 1) * sizeof *notes);

  for (uint32_t i = 0; i < o->n_failures; i++)
    notes[i] = (struct failure_note){
        arena_printf(&t->arena, "%s", rules[o->failures[i].rule].name),
        failure_words[o->failures[i].kind],
        arena_printf(&t->arena, "%s", text_or(o->failures[i].message, ""))};

  t->failures[side] = notes;
  t->n_failures[side] = o->n_failures;
}

static void advise(struct trial *t, int side, const struct outcome *o) {
  const struct policy *policy = policy_of(t->diff, side);
  struct advice_list advice;
  uint32_t n_rules;
  const struct rule_info *rules = ruleset_rules(policy->ruleset, &n_rules);

  if (t->person)
    choose(t->person, policy->catalogue, &t->facts[side], o, rules, n_rules, t->diff->day,
           &t->arena, &advice);
  else
    cohort_choose(t->staff->school, policy->catalogue, &t->facts[side], o, rules, &t->arena,
                  &advice);

  t->sides[side] = side_of_advice(&advice, &t->arena);
  keep_failures(t, side, o, rules);
}

/* The current advice is what would be worked out, when it was made under the same policy and
 * nothing waits.
 */
static bool stands(const struct trial *t, int side) {
  const struct person *p = t->person;
  const struct policy *policy = policy_of(t->diff, side);
  return p && !p->work->due_since && !p->work->in_flight && p->basis.engine == ENGINE_NUMBER &&
         p->basis.next_change_day > t->diff->day &&
         hash256_eq(&p->basis.rules, &policy->identity) &&
         hash256_eq(&p->basis.catalogue, &policy->catalogue_hash);
}

static void judge(struct trial *t);
static void try_school(struct diff *d, struct staff *w);

static void on_tried(struct trial *t, int side, const struct outcome *o) {
  if (t->diff->state == DIFF_RUNNING)
    advise(t, side, o);
  t->waits[side] = false;
  if (!t->waits[FROM] && !t->waits[TO])
    judge(t);
}
static void on_tried_from(void *arg, const struct outcome *o) {
  on_tried(arg, FROM, o);
}
static void on_tried_to(void *arg, const struct outcome *o) {
  on_tried(arg, TO, o);
}

static void hand_over(struct trial *t, int side) {
  struct buf bytes = {0};
  facts_encode(&t->facts[side], &bytes);
  t->waits[side] = true;
  ruleset_evaluate(policy_of(t->diff, side)->ruleset, &bytes, subjects_of(&t->facts[side]),
                   t->diff->day, false, side == FROM ? on_tried_from : on_tried_to, t);
  buf_finish(&bytes);
}

static void try_side(struct trial *t, int side) {
  if (stands(t, side))
    t->sides[side] = side_of_current(t->person->current, t->person->n_current, &t->arena);
  else if (t->present[side] && subjects_of(&t->facts[side]) > 0)
    hand_over(t, side);
  else if (t->present[side])
    advise(t, side, &(struct outcome){.next_change_day = INT32_MAX});
}

/* --- both sides --- */

static bool known_before(const struct diff *d, const char *rule) {
  for (size_t i = 0; i < d->n_before; i++)
    if (strcmp(d->failing_before[i], rule) == 0)
      return true;
  return store_rule_failed(d->pipeline->store, d->slot->code, &d->parts[FROM].rules, rule);
}

static void count_before(struct diff *d, const char *rule) {
  for (size_t i = 0; i < d->n_before; i++)
    if (strcmp(d->failing_before[i], rule) == 0)
      return;

  d->failing_before = mem_grow(d->failing_before, &d->cap_before, d->n_before + 1,
                               sizeof *d->failing_before);
  d->failing_before[d->n_before++] = mem_strdup(rule);
}

static struct failing *failing_of(struct diff *d, const char *rule) {
  for (size_t i = 0; i < d->n_failing; i++)
    if (strcmp(d->failing[i].rule, rule) == 0)
      return &d->failing[i];

  d->failing = mem_grow(d->failing, &d->cap_failing, d->n_failing + 1, sizeof *d->failing);
  struct failing *f = &d->failing[d->n_failing++];
  *f = (struct failing){.rule = mem_strdup(rule), .first = SIZE_MAX};

  return f;
}

static bool earlier_note(const struct trial *t, uint32_t at) {
  for (uint32_t i = 0; i < at; i++)
    if (strcmp(t->failures[TO][i].rule, t->failures[TO][at].rule) == 0)
      return true;
  return false;
}

static void count_failures(struct trial *t) {
  struct diff *d = t->diff;
  for (uint32_t i = 0; i < t->n_failures[FROM]; i++)
    count_before(d, t->failures[FROM][i].rule);
  for (uint32_t i = 0; i < t->n_failures[TO]; i++) {
    if (earlier_note(t, i))
      continue;

    struct failing *f = failing_of(d, t->failures[TO][i].rule);
    f->people += t->person != NULL;
    f->schools += !t->person;

    /* whichever answers first, the message is that of the first */
    if (t->number >= f->first)
      continue;

    f->first = t->number;
    f->kind = t->failures[TO][i].kind;
    free(f->message);
    f->message = mem_strdup(t->failures[TO][i].message);
  }
}

static void keep_row(struct trial *t, const struct changes *c) {
  struct diff *d = t->diff;
  struct buf row = {0};

  json_changes(&row, t->staff->school, t->person, c);
  if (d->bytes + row.len > ROWS_MAX) {
    d->left_out++;
    buf_finish(&row);
    return;
  }

  d->bytes += row.len;
  d->rows[t->number] = row;
}

static void count_person(struct trial *t, const struct changes *c) {
  struct diff *d = t->diff;
  diff_counts_person(&d->tally, t->person, &t->facts[t->present[FROM] ? FROM : TO], c,
                     policy_of(d, FROM)->catalogue, &d->fees);
}

static void count_school(struct trial *t, const struct changes *c) {
  struct diff *d = t->diff;
  const struct changes told = changes_told(c, &t->arena);
  diff_counts_school(&d->tally, t->staff->school, c, &told, policy_of(d, FROM)->catalogue,
                     &d->fees);
  if (told.n)
    json_changes(&d->told[t->number - d->n], t->staff->school, NULL, &told);
}

static void count(struct trial *t) {
  struct diff *d = t->diff;
  struct changes c;

  if (!t->present[FROM] && !t->present[TO])
    return; /* not here: nobody to be advised */
  if (changes_of(&t->sides[FROM], &t->sides[TO], &t->arena, &c) < 0) {
    fail(d, "current advice cannot be read; see needs verify");
    return;
  }

  if (t->person)
    count_person(t, &c);
  else
    count_school(t, &c);

  rule_changes_count(&d->rule_changes, !t->person, &t->sides[TO]);
  if (c.n)
    keep_row(t, &c);

  count_failures(t);
}

static void trial_free(struct trial *t) {
  struct diff *d = t->diff;

  if (t->prev)
    t->prev->next = t->next;
  else
    d->trials = t->next;

  if (t->next)
    t->next->prev = t->prev;

  d->in_flight--;
  arena_finish(&t->arena);
  free(t);
}

/* Both sides from one moment: a person who moved meanwhile is looked at again. */
static void start_trial(struct trial *t) {
  arena_reset(&t->arena);
  memset(t->sides, 0, sizeof t->sides);
  memset(t->n_failures, 0, sizeof t->n_failures);

  if (t->person)
    t->epoch = t->person->work->epoch;
  else
    t->epoch = 0;

  for (int side = 0; side < SIDES; side++)
    take_facts(t, side);
  for (int side = 0; side < SIDES; side++)
    try_side(t, side);
  if (!t->waits[FROM] && !t->waits[TO])
    judge(t);
}

static void judge(struct trial *t) {
  struct diff *d = t->diff;
  bool moved = t->person && t->person->work->epoch != t->epoch;
  if (d->state == DIFF_RUNNING && moved && ++t->tries < TRIES) {
    start_trial(t);
    return;
  }

  struct staff *through = NULL;
  if (t->person && --t->staff->left == 0)
    through = t->staff;

  d->skipped += moved;
  d->finished += t->person != NULL;
  if (d->state == DIFF_RUNNING && t->person && !moved)
    keep_tallies(t);
  if (d->state == DIFF_RUNNING && !moved)
    count(t);

  trial_free(t);
  if (through && d->state == DIFF_RUNNING)
    try_school(d, through);
}

static struct trial *trial_create(struct diff *d, size_t number, struct staff *staff,
                                  struct person *person) {
  struct trial *t = mem_alloc(sizeof *t);
  *t = (struct trial){
      .diff = d, .number = number, .staff = staff, .person = person, .next = d->trials};
  if (d->trials)
    d->trials->prev = t;

  d->trials = t;
  d->in_flight++;

  return t;
}

static void try_school(struct diff *d, struct staff *w) {
  start_trial(trial_create(d, d->n + (size_t)(w - d->staffs), w, NULL));
  tallies_finish(w);
}

/* People of a school come one after the other, and its tallies live from its first to its last. */
static void try_person(struct diff *d, size_t number) {
  if (number == d->staffs[d->at_staff].first + d->staffs[d->at_staff].n)
    d->at_staff++;

  struct staff *w = &d->staffs[d->at_staff];
  for (int side = 0; side < SIDES; side++)
    if (!w->tallies[side])
      w->tallies[side] = mem_array(w->n, sizeof *w->tallies[side]);

  start_trial(trial_create(d, number, w, d->persons[number]));
}

/* --- the whole --- */

static size_t newly_failing(const struct diff *d) {
  size_t n = 0;
  for (size_t i = 0; i < d->n_failing; i++)
    n += !d->failing[i].before;
  return n;
}

/* For the publish gate: what the candidate changes beside what serves. A comparison with anything
 * else says nothing of that. */
static void tell_candidate(struct diff *d) {
  struct policy_candidate *candidate = hold_candidate(d->parts[TO].hold);
  const struct policy *from = policy_of(d, FROM), *serves = d->slot->policy;
  if (!hash256_eq(&from->identity, &serves->identity) ||
      !hash256_eq(&from->catalogue_hash, &serves->catalogue_hash))
    return;

  candidate->diff = (struct diff_summary){.people_changed = d->tally.totals.n[MEASURE_CHANGED],
                                          .people = d->tally.totals.n[MEASURE_PEOPLE],
                                          .cost_more_pence = d->tally.pence.more.n -
                                                             d->tally.pence.less.n,
                                          .failing = newly_failing(d),
                                          .from_rules = from->identity,
                                          .from_catalogue = from->catalogue_hash,
                                          .at_ms = clock_mono_ms()};
}

static void finish(struct diff *d) {
  if (d->state == DIFF_RUNNING)
    d->state = DIFF_DONE;
  else
    d->state = DIFF_FAILED;

  for (size_t i = 0; i < d->n_failing; i++)
    d->failing[i].before = known_before(d, d->failing[i].rule);

  diff_counts_suppress(&d->tally);
  if (d->state == DIFF_DONE)
    tell_candidate(d);

  let_go(d);
  forget_older(d);
}

static bool live_work_waits(const struct pipeline *p) {
  return p->due.n > 0 || p->inbox.n_events > 0;
}

static bool step(struct diff *d) {
  size_t feed = FEED;
  if (live_work_waits(d->pipeline))
    feed = FEED_BUSY;

  uint64_t until = uv_hrtime() + SLICE_NS;
  if (d->state == DIFF_RUNNING && d->pipeline->day != d->day)
    fail(d, "the day moved on meanwhile; compare again");
  while (d->state == DIFF_RUNNING && d->next < d->n && d->in_flight < feed) {
    if (uv_hrtime() > until)
      return true;
    try_person(d, d->next++);
  }

  if (d->in_flight == 0)
    finish(d);

  return false;
}

/* --- the start --- */

static void list_school(struct diff *d, struct school *school) {
  if (school->n_known == 0)
    return;

  d->staffs = mem_grow(d->staffs, &d->cap_staffs, d->n_staffs + 1, sizeof *d->staffs);
  d->staffs[d->n_staffs++] = (struct staff){
      .school = school, .first = d->n, .n = school->n_known, .left = school->n_known};

  for (size_t i = 0; i < school->n_persons; i++) {
    if (!person_known(school->persons[i]))
      continue;
    d->persons = mem_grow(d->persons, &d->cap, d->n + 1, sizeof *d->persons);
    d->persons[d->n++] = school->persons[i];
  }
}

static void run(struct diff *d) {
  struct authority *authority = people_authority(&d->pipeline->people, d->slot->code, true);
  for (size_t i = 0; i < authority->n_schools; i++)
    list_school(d, authority->schools[i]);

  d->day = d->pipeline->day;
  d->rows = mem_array(d->n + d->n_staffs + 1, sizeof *d->rows);
  d->told = mem_array(d->n_staffs + 1, sizeof *d->told);
  for (int side = 0; side < SIDES; side++)
    d->contexts[side] = (struct policy_context){
        .policy = policy_of(d, side), .slot = d->slot, .day = d->day};

  rule_changes_compare(&d->rule_changes, policy_of(d, FROM), policy_of(d, TO));
  fees_init(&d->fees, authority, d->day);
  d->state = DIFF_RUNNING;
}

static void on_ready(void *arg, struct policy *policy) {
  struct part *part = arg;
  struct diff *d = part->diff;

  (void)policy;
  part->ready = true;
  if (d->state == DIFF_OPENING && d->parts[FROM].ready && d->parts[TO].ready)
    run(d);
}

/* Its jobs are gone with it; those of the other side still answer. */
static void on_lost(void *arg, const struct fault_list *faults) {
  struct part *part = arg;
  struct diff *d = part->diff;
  int side = FROM;

  if (part == &d->parts[TO])
    side = TO;

  part->hold = NULL;
  for (size_t i = 0; faults && i < faults->n && d->state < DIFF_FAILING; i++)
    fault_list_add(&d->faults, true, "%s", faults->lines[i].said);

  fail(d, "the daemon stops");
  for (struct trial *t = d->trials, *next; t; t = next) {
    next = t->next;
    if (!t->waits[side])
      continue;

    t->waits[side] = false;
    if (!t->waits[FROM] && !t->waits[TO])
      judge(t);
  }
}

static int hold_part(struct diff *d, int side, const char *name, const char **ret_why) {
  static const struct hold_callbacks callbacks = {on_ready, on_lost};
  struct part *part = &d->parts[side];

  part->diff = d;
  int rc = candidate_hold(d->pipeline, d->slot->code, name, &callbacks, part, &part->hold, ret_why);
  if (rc < 0)
    return rc;

  part->rules = policy_of(d, side)->rules;
  part->catalogue = policy_of(d, side)->catalogue_hash;

  return 0;
}

static struct diff *diff_create(struct policy_slot *s) {
  struct diff *d = mem_alloc(sizeof *d);
  unsigned char random[RUN_BYTES];

  *d = (struct diff){.pipeline = s->pipeline, .slot = s, .day = s->pipeline->day};
  randombytes_buf(random, sizeof random);
  sodium_bin2hex(d->run, sizeof d->run, random, sizeof random);

  return d;
}

static struct diff *running(const struct pipeline *p, const struct policy_slot *s) {
  for (struct diff *d = p->diffs; d; d = d->next_diff)
    if (d->slot == s && !over(d))
      return d;
  return NULL;
}

/* What serves is opened in the next turn: each takes a while, and pushes come between. */
static void open_slot(struct diff *d) {
  const char *why = "";
  if (hold_part(d, FROM, policy_slot_word, &why) < 0)
    fail(d, why);
}

static int open_both(struct diff *d, const char *from, const char *to, const char **ret_where,
                     const char **ret_why) {
  const struct policy *serves = d->slot->policy;
  bool later = serves && strcmp(from, policy_slot_word) == 0;

  *ret_where = "/from";
  if (later)
    d->parts[FROM] = (struct part){
        .diff = d, .rules = serves->rules, .catalogue = serves->catalogue_hash};

  int rc = 0;
  if (!later)
    rc = hold_part(d, FROM, from, ret_why);

  if (rc < 0)
    return rc;

  *ret_where = "/to";

  return hold_part(d, TO, to, ret_why);
}

bool policy_diff_step(struct pipeline *p) {
  bool more = false;

  for (struct diff *d = p->diffs; d; d = d->next_diff) {
    if (d->state == DIFF_OPENING && !d->parts[FROM].hold)
      open_slot(d);
    if (d->state == DIFF_RUNNING || d->state == DIFF_FAILING)
      more |= step(d);
  }

  return more;
}

/* Another is under way: the same two are joined, others are refused, and nothing is opened for
 * either. */
static int join(const struct diff *other, const char *const names[SIDES], const char **ret_where,
                const char **ret_why) {
  static const char *const pointers[SIDES] = {"/from", "/to"};
  bool same = true;

  for (int side = 0; side < SIDES; side++) {
    const struct part *part = &other->parts[side];
    struct hash256 rules, catalogue;

    *ret_where = pointers[side];
    int rc = candidate_look(other->pipeline, other->slot->code, names[side], &rules, &catalogue,
                            ret_why);
    if (rc < 0)
      return rc;

    same &= hash256_eq(&part->rules, &rules) && hash256_eq(&part->catalogue, &catalogue);
  }

  *ret_where = "";
  *ret_why =
      "two other rule sets of this authority are being compared; ask again when that is done";
  if (same)
    return 0;

  return -EBUSY;
}

static int begin(struct policy_slot *s, const char *from, const char *to, struct diff **ret,
                 const char **ret_where, const char **ret_why) {
  struct diff *d = diff_create(s);
  int rc = open_both(d, from, to, ret_where, ret_why);
  if (rc < 0) {
    let_go(d);
    diff_free(d);
    return rc;
  }

  d->next_diff = s->pipeline->diffs;
  *ret = s->pipeline->diffs = d;

  return 0;
}

static void answer(const struct diff *d, answered *done, void *arg);

int policy_diff(struct pipeline *p, const char *authority, const char *from, const char *to,
                answered *done, void *arg, const char **ret_where, const char **ret_why) {
  struct policy_slot *s = policy_slot_of(p, authority);
  *ret_where = "";
  *ret_why = "nothing can be compared before the first day";
  if (!s || p->day == ABSENT)
    return -EAGAIN;

  struct diff *d = running(p, s);
  int rc = d ? join(d, (const char *const[SIDES]){from, to}, ret_where, ret_why)
             : begin(s, from, to, &d, ret_where, ret_why);
  if (rc == 0)
    answer(d, done, arg);

  return rc;
}

void policy_diffs_drop(struct pipeline *p) {
  while (p->diffs) {
    struct diff *d = p->diffs;
    p->diffs = d->next_diff;
    let_go(d);
    diff_free(d);
  }
}

/* --- answers --- */

static void json_part(struct buf *b, const char *key, const struct part *part) {
  json_key(b, key);
  json_open(b, '{');
  key_hash(b, "rules", &part->rules);
  key_hash(b, "catalogue", &part->catalogue);
  json_close(b, '}');
}

static void json_failed_for(struct buf *b, const struct failing *f) {
  bool hidden = !f->schools && f->people < SMALL;

  if (f->schools)
    key_int(b, "schools", (int64_t)f->schools);
  else
    key_int(b, "people", hidden ? ABSENT : (int64_t)f->people);

  if (hidden)
    key_bool(b, "suppressed", true);
}

static void json_failing(struct buf *b, const struct diff *d) {
  json_key(b, "failures");
  json_open(b, '[');

  for (size_t i = 0; i < d->n_failing; i++) {
    const struct failing *f = &d->failing[i];
    json_open(b, '{');
    key_str(b, "rule", f->rule);
    key_str(b, "failure", f->kind);
    key_str(b, "message", f->message);
    json_failed_for(b, f);
    key_bool(b, "before", f->before);
    json_close(b, '}');
  }

  json_close(b, ']');
}

static void json_faults(struct buf *b, const struct diff *d) {
  json_key(b, "faults");
  json_open(b, '[');
  for (size_t i = 0; i < d->faults.n; i++)
    json_str(b, d->faults.lines[i].said);
  json_close(b, ']');
}

static void json_schools(struct buf *b, const struct diff *d) {
  size_t shown = 0;
  json_key(b, "schools");
  json_tally_schools(b, &d->tally.whole);
  json_key(b, "items");
  json_open(b, '[');

  for (size_t i = 0; i < d->n_staffs && shown < SCHOOLS_TOLD; i++) {
    if (d->told[i].len)
      json_raw(b, d->told[i].data, d->told[i].len);
    shown += d->told[i].len > 0;
  }

  json_close(b, ']');
  json_close(b, '}');
}

static void json_outcome(struct buf *b, const struct diff *d) {
  key_bool(b, "ok", d->state == DIFF_DONE && newly_failing(d) == 0);
  json_faults(b, d);
  if (d->state == DIFF_FAILED)
    return;

  json_failing(b, d);
  key_int(b, "skipped", (int64_t)d->skipped);
  json_tally(b, &d->tally, pipeline_catalogue(d->pipeline, d->slot->code));
  json_schools(b, d);
  json_reach(b, &d->rule_changes, &d->tally);
}

static void answer(const struct diff *d, answered *done, void *arg) {
  struct buf b = {0};
  json_open(&b, '{');
  key_str(&b, "run", d->run);
  key_bool(&b, "running", !over(d));
  key_date(&b, "day", d->day);
  json_part(&b, "from", &d->parts[FROM]);
  json_part(&b, "to", &d->parts[TO]);

  if (over(d))
    json_outcome(&b, d);
  else {
    key_int(&b, "done", (int64_t)d->finished);
    key_int(&b, "of", (int64_t)d->n);
  }

  json_close(&b, '}');
  give_answer(done, arg, &b);
}

static struct diff *named(const struct pipeline *p, const char *authority, const char *run) {
  for (struct diff *d = p->diffs; d; d = d->next_diff)
    if (strcmp(d->slot->code, authority) == 0 && strcmp(d->run, run) == 0)
      return d;
  return NULL;
}

int policy_diff_run(struct pipeline *p, const char *authority, const char *run, answered *done,
                    void *arg) {
  const struct diff *d = named(p, authority, run);
  if (!d)
    return -ENOENT;

  answer(d, done, arg);
  return 0;
}

/* Of people first, then of schools. People erased meanwhile are left out. */
static bool has_row(const struct diff *d, size_t at) {
  return d->rows[at].len && (at >= d->n || !d->persons[at]->erased);
}

static size_t next_row(const struct diff *d, size_t at) {
  while (at < d->n + d->n_staffs && !has_row(d, at))
    at++;
  return at;
}

/* The rows before `end` that a page has room for, from `at` on; where the next one is. */
static size_t json_rows(struct buf *b, const char *key, const struct diff *d, size_t at, size_t end,
                        size_t room) {
  size_t start = b->len;
  json_key(b, key);
  json_open(b, '[');
  for (at = next_row(d, at); at < end && b->len - start < room; at = next_row(d, at + 1))
    json_raw(b, d->rows[at].data, d->rows[at].len);

  json_close(b, ']');

  return at;
}

int policy_differences(struct pipeline *p, const char *authority, const char *run, size_t after,
                       answered *done, void *arg) {
  const struct diff *d = named(p, authority, run);
  if (!d || d->state == DIFF_FAILED)
    return -ENOENT;
  if (!over(d))
    return -EAGAIN;

  struct buf b = {0};
  json_open(&b, '{');
  key_str(&b, "run", d->run);
  json_tally_plain(&b, &d->tally);
  key_int(&b, "left_out", (int64_t)d->left_out);

  size_t end = d->n + d->n_staffs, start = b.len,
         next = json_rows(&b, "people", d, after, d->n, PAGE);
  size_t used = b.len - start;

  size_t up_to = end, room = 0;
  if (next < d->n)
    up_to = 0; /* the page ends among the people */
  if (used < PAGE)
    room = PAGE - used;

  next = json_rows(&b, "schools", d, next, up_to, room);
  json_key(&b, "next");

  char text[24];
  snprintf(text, sizeof text, "%zu", next);
  json_str(&b, next < end ? text : NULL);
  json_close(&b, '}');
  give_answer(done, arg, &b);

  return 0;
}
