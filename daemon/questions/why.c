/* why - why and why not in under 2 kB, and the nearest way in: what single change would open
 * something, found by running it.
 *
 * A question is two steps: the evaluation as it is, traced; then the changes that its trace
 * suggests, a few at a time, each as an evaluation of the person as the change would leave them.
 * One question an authority is worked on, the others wait, so that live events never stand behind
 * more than one batch. When the person's facts move meanwhile, it begins again. What a change is:
 * needs/what_if.c; which are tried: change.c; how the answer reads: reasons.c. */
#include "questions/why.h"

#include <errno.h>
#include <string.h>

#include "questions/members.h"
#include "questions/questions.h"

enum {
  TRIALS_MAX = 40,
  TRIALS_AT_ONCE = 8,
  WAITING_MAX = 64,
  BEGINNINGS_MAX = 4,
  ALIKE_MAX = 2
};

struct trial {
  struct why *why;
  struct arena arena;
  struct what_if what_if;
  struct way_in way; /* in the question's arena */
};
struct why {
  struct pipeline *pipeline;
  struct policy_slot *slot;
  struct policy *policy; /* as it was asked under */
  const struct catalogue *catalogue;
  struct person *person;
  const char *recommendation, *competence;
  answered *done;
  void *arg;
  struct why *next;
  bool begun;
  uint32_t beginnings;
  /* from here on: of this beginning */
  uint64_t epoch;
  struct arena arena;
  struct facts facts;
  struct reasons reasons;
  struct change_list changes;
  uint32_t tried, n_running;
  struct trial trials[TRIALS_AT_ONCE];
  uint32_t n_trials;
  struct way_in ways[WAYS_MAX];
};

static void begin_next(struct pipeline *p, struct policy_slot *s);
static void begin(struct why *w);

/* --- the end --- */

static void forget_trials(struct why *w) {
  for (uint32_t i = 0; i < w->n_trials; i++) {
    what_if_finish(&w->trials[i].what_if);
    arena_finish(&w->trials[i].arena);
  }
  w->n_trials = 0;
}

static void why_free(struct why *w) {
  forget_trials(w);
  arena_finish(&w->arena);
  free((char *)w->recommendation);
  free((char *)w->competence);
  free(w);
}

static void unlink_why(struct why *w) {
  for (struct why **at = &w->pipeline->wondering; *at; at = &(*at)->next)
    if (*at == w) {
      *at = w->next;
      return;
    }
}

static void answer(struct why *w, int rc) {
  struct buf b = {0};
  struct pipeline *p = w->pipeline;
  struct policy_slot *s = w->slot;

  unlink_why(w);
  if (rc == 0)
    write_reasons(&w->reasons, &b);

  w->done(w->arg, rc, (const char *)b.data, b.len);
  buf_finish(&b);
  why_free(w);
  begin_next(p, s);
}

/* True when the facts are no longer those that it began with: it was begun again, or answered. */
static bool overtaken(struct why *w) {
  if (!w->policy->ready) {
    answer(w, -EAGAIN);
    return true;
  }
  if (!w->person->erased && w->epoch == w->person->work->epoch &&
      w->reasons.inquiry.day == w->pipeline->day)
    return false;

  if (w->person->erased)
    answer(w, -ENOENT);
  else if (w->beginnings >= BEGINNINGS_MAX)
    answer(w, -EAGAIN);
  else
    begin(w);

  return true;
}

/* --- what a change would bring --- */

static bool for_competences(const struct inquiry *q, const struct facts *facts,
                            const struct weighed *o) {
  for (uint32_t i = 0; i < o->n_fates; i++)
    for (uint32_t k = 0; k < q->n_competences; k++)
      if (facts->needs[o->fates[i].need].competence == q->competences[k])
        return true;
  return false;
}

static const struct weighed *option_named(const struct weighed_list *l, const char *id) {
  for (uint32_t i = 0; i < l->n; i++)
    if (strcmp(l->items[i].id, id) == 0)
      return &l->items[i];
  return NULL;
}

/* Is it what was asked about: the recommendation, or anything for the competence? */
static bool answers_question(const struct inquiry *q, const struct facts *facts,
                             const struct weighed *o) {
  if (!o || !o->proposed)
    return false;
  if (q->recommendation)
    return strcmp(o->id, q->recommendation) == 0;
  return for_competences(q, facts, o);
}

static int opening_order(const void *x, const void *y) {
  const struct opening *a = x, *b = y;
  if (a->recommended != b->recommended) {
    if (a->recommended)
      return -1;
    return 1;
  }
  return strcmp(a->id, b->id);
}

static void take_openings(struct why *w, const struct weighed_list *then, const struct facts *facts,
                          struct way_in *ret) {
  const struct inquiry *q = &w->reasons.inquiry;
  ret->opens = arena_alloc(&w->arena, (then->n + 1) * sizeof *ret->opens);
  for (uint32_t i = 0; i < then->n; i++) {
    const struct weighed *o = &then->items[i];
    if (!answers_question(q, facts, o) ||
        answers_question(q, &w->facts, option_named(&w->reasons.now, o->id)))
      continue;

    ret->opens[ret->n_opens++] = (struct opening){
        arena_strndup(&w->arena, o->id, strlen(o->id)),
        arena_strndup(&w->arena, o->title, strlen(o->title)), o->chosen};
  }

  if (ret->n_opens > 1)
    qsort(ret->opens, ret->n_opens, sizeof *ret->opens, opening_order);
}

static bool opens(const struct way_in *way, const struct opening *opening) {
  for (uint32_t i = 0; i < way->n_opens; i++)
    if (strcmp(way->opens[i].id, opening->id) == 0 &&
        way->opens[i].recommended >= opening->recommended)
      return true;
  return false;
}

/* A further step of the same kind that brings nothing more is no news, and two of a kind leave room
 * for others. */
static bool news(const struct why *w, const struct way_in *way) {
  uint32_t alike = 0;

  for (uint32_t i = 0; i < w->reasons.n_ways; i++) {
    const struct way_in *nearer = &w->ways[i];
    uint32_t same = 0;

    if (nearer->change->kind != way->change->kind || nearer->change->member != way->change->member)
      continue;

    for (uint32_t k = 0; k < way->n_opens; k++)
      same += opens(nearer, &way->opens[k]);

    if (same == way->n_opens || ++alike == ALIKE_MAX)
      return false;
  }

  return way->n_opens > 0;
}

/* --- trials --- */

static void next_trials(struct why *w);

static void judge_trials(struct why *w) {
  for (uint32_t i = 0; i < w->n_trials && w->reasons.n_ways < WAYS_MAX; i++)
    if (news(w, &w->trials[i].way))
      w->ways[w->reasons.n_ways++] = w->trials[i].way;
  forget_trials(w);
  next_trials(w);
}

static void trial_ended(struct trial *t, const struct outcome *o) {
  struct why *w = t->why;
  struct weighed_list then;
  weigh_up(&t->what_if.person, w->catalogue, &t->what_if.facts, o, w->reasons.rules,
           w->reasons.n_rules, t->what_if.day, &t->arena, &then);
  take_openings(w, &then, &t->what_if.facts, &t->way);
}

static void on_tried(void *arg, const struct outcome *o) {
  struct trial *t = arg;
  trial_ended(t, o);
  if (--t->why->n_running == 0)
    judge_trials(t->why);
}

static void run_trial(struct why *w, const struct change *change) {
  struct trial *t = &w->trials[w->n_trials++];
  struct buf bytes = {0};

  *t = (struct trial){.why = w, .way.change = change};

  const struct facts_context context = facts_context_of(w->person->school, w->catalogue,
                                                        w->reasons.inquiry.day);
  what_if(w->person, &context, change, &t->arena, &t->what_if);
  if (!t->what_if.present)
    return;
  if (t->what_if.facts.n_needs == 0) {
    trial_ended(t, &(struct outcome){0});
    return;
  }

  facts_encode(&t->what_if.facts, &bytes);
  w->n_running++;
  ruleset_evaluate(w->policy->ruleset, &bytes, t->what_if.facts.n_needs, t->what_if.day, false,
                   on_tried, t);
  buf_finish(&bytes);
}

static void next_trials(struct why *w) {
  if (overtaken(w))
    return;

  w->reasons.more_ways = w->changes.more || w->tried < w->changes.n;
  if (w->reasons.n_ways == WAYS_MAX || w->tried == w->changes.n) {
    answer(w, 0);
    return;
  }

  while (w->tried < w->changes.n && w->n_trials < TRIALS_AT_ONCE)
    run_trial(w, &w->changes.items[w->tried++]);
  if (w->n_running == 0)
    judge_trials(w);
}

/* --- the evaluation as it is --- */

struct about {
  uint32_t competence;
  const struct need *need; /* NULL: nothing is needed in it */
};

/* The needs that weigh most first; what is not needed last. */
static int about_order(const void *x, const void *y) {
  const struct about *a = x, *b = y;
  if (!a->need != !b->need) {
    if (a->need)
      return -1;
    return 1;
  }
  if (a->need && a->need->importance != b->need->importance)
    return a->need->importance - b->need->importance;
  if (a->need && a->need->weight != b->need->weight)
    return b->need->weight - a->need->weight;
  if (a->need && a->need->gap != b->need->gap)
    return b->need->gap - a->need->gap;
  if (a->competence < b->competence)
    return -1;

  return a->competence > b->competence;
}

static const struct need *need_in(const struct facts *facts, uint32_t competence) {
  for (uint32_t i = 0; i < facts->n_needs; i++)
    if (facts->needs[i].competence == competence)
      return &facts->needs[i];
  return NULL;
}

/* For which it is proposed; else for which it could be, as the catalogue has it: finding out
 * answers whatever is open. */
static uint32_t about_recommendation(struct why *w, struct about **ret) {
  const struct weighed *o = option_named(&w->reasons.now, w->recommendation);
  struct development d = {0};
  bool known = catalogue_development(w->catalogue, w->recommendation, &w->arena, &d);
  struct about *found = arena_alloc(&w->arena,
                                    (w->facts.n_needs + d.n_competences + 1) * sizeof *found);
  uint32_t n = 0;

  *ret = found;
  for (uint32_t i = 0; o && i < o->n_fates; i++)
    found[n++].need = &w->facts.needs[o->fates[i].need];
  for (uint32_t i = 0; !n && known && d.n_competences == 0 && i < w->facts.n_needs; i++)
    found[n++].need = &w->facts.needs[i];
  for (uint32_t i = 0; i < n; i++)
    found[i].competence = found[i].need->competence;
  for (uint32_t i = 0; !(o && o->n_fates) && i < d.n_competences; i++)
    found[n++] = (struct about){d.competences[i]->index,
                                need_in(&w->facts, d.competences[i]->index)};

  return n;
}

static bool is_among(const uint32_t *list, uint32_t n, uint32_t competence) {
  for (uint32_t i = 0; i < n; i++)
    if (list[i] == competence)
      return true;
  return false;
}

static void find_competences(struct why *w) {
  struct inquiry *q = &w->reasons.inquiry;
  struct about *about = NULL, one = {0};
  uint32_t n = 1;

  if (w->competence) {
    one.competence = catalogue_competence(w->catalogue, w->competence)->index;
    about = &one;
  } else
    n = about_recommendation(w, &about);

  if (n > 1)
    qsort(about, n, sizeof *about, about_order);

  uint32_t *competences = arena_alloc(&w->arena, (n + w->facts.n_needs + 1) * sizeof *competences);
  for (uint32_t i = 0; i < n; i++)
    competences[i] = about[i].competence;

  q->competences = competences;
  q->n_competences = q->n_looked_at = n;
  for (uint32_t i = 0; w->recommendation && i < w->facts.n_needs; i++)
    if (!is_among(competences, n, w->facts.needs[i].competence))
      competences[q->n_looked_at++] = w->facts.needs[i].competence;
}

static const struct json *rules_traced(struct why *w, const struct outcome *o) {
  struct json *tree = arena_alloc(&w->arena, sizeof *tree);
  size_t offset;
  const char *message,
      *trace = o->trace ? arena_strndup(&w->arena, o->trace, strlen(o->trace)) : NULL;
  if (trace && json_tree(&w->arena, trace, strlen(trace), tree, &offset, &message) == 0)
    return json_member(tree, "rules");
  return NULL;
}

static void as_it_is(struct why *w, const struct outcome *o) {
  struct reasons *r = &w->reasons;
  r->rules = ruleset_rules(w->policy->ruleset, &r->n_rules);
  r->inquiry.rules = rules_traced(w, o);
  r->ways = w->ways;
  weigh_up(w->person, w->catalogue, &w->facts, o, r->rules, r->n_rules, r->inquiry.day, &w->arena,
           &r->now);
  find_competences(w);

  const struct weighed *asked = NULL;
  if (w->recommendation)
    asked = option_named(&r->now, w->recommendation);
  if (!asked || (!asked->proposed && !asked->chosen))
    changes_to_try(&r->inquiry, TRIALS_MAX, &w->changes);

  next_trials(w);
}

static void on_as_it_is(void *arg, const struct outcome *o) {
  struct why *w = arg;
  if (!overtaken(w))
    as_it_is(w, o);
}

static void begin(struct why *w) {
  struct buf bytes = {0};
  int32_t next_change_day;

  if (!w->policy->ready) {
    answer(w, -EAGAIN);
    return;
  }

  w->begun = true;
  w->beginnings++;
  arena_reset(&w->arena);
  w->epoch = w->person->work->epoch;
  w->tried = w->n_running = 0;
  w->changes = (struct change_list){0};
  w->reasons = (struct reasons){.inquiry = {.person = w->person,
                                            .catalogue = w->catalogue,
                                            .day = w->pipeline->day,
                                            .facts = &w->facts,
                                            .recommendation = w->recommendation,
                                            .arena = &w->arena}};

  const struct facts_context context = facts_context_of(w->person->school, w->catalogue,
                                                        w->pipeline->day);
  facts_of(w->person, &context, &w->arena, &w->facts, &next_change_day);
  facts_encode(&w->facts, &bytes);
  ruleset_evaluate(w->policy->ruleset, &bytes, w->facts.n_needs, w->pipeline->day, true,
                   on_as_it_is, w);
  buf_finish(&bytes);
}

static void begin_next(struct pipeline *p, struct policy_slot *s) {
  struct why *first = NULL;

  for (struct why *w = p->wondering; w; w = w->next) {
    if (w->slot != s)
      continue;
    if (w->begun)
      return;
    first = w; /* the list has the newest first */
  }

  if (first)
    begin(first);
}

/* The catalogue knows it, or it was promised while it did. */
static bool known(const struct person *person, const struct catalogue *c,
                  const char *recommendation) {
  struct arena scratch = {0};
  struct development d;
  bool yes = catalogue_development(c, recommendation, &scratch, &d);

  arena_finish(&scratch);
  for (size_t i = 0; i < person->n_current; i++)
    yes |= strcmp(person->current[i].id, recommendation) == 0;

  return yes;
}

void question_why(struct pipeline *p, const char *authority, const char *school,
                  const char *subject, const char *recommendation, const char *competence,
                  answered *done, void *arg) {
  struct policy_slot *s = policy_slot_of(p, authority);
  struct person *person = find_person(p, authority, school, subject);
  const struct catalogue *c = NULL;
  if (s && s->policy)
    c = s->policy->catalogue;
  uint32_t waiting = 0;
  for (struct why *w = p->wondering; w; w = w->next)
    waiting += w->slot == s;
  int rc;
  if (!s || !person)
    rc = -ENOENT;
  else if (p->day == ABSENT || !c || !s->policy->ready)
    rc = -EAGAIN;
  else
    rc = 0;
  if (!rc && waiting >= WAITING_MAX)
    rc = -EBUSY;
  if (!rc && competence && !catalogue_competence(c, competence))
    rc = -ENOENT;
  if (!rc && recommendation && !known(person, c, recommendation))
    rc = -ENOENT;
  if (rc) {
    done(arg, rc, NULL, 0);
    return;
  }
  struct why *w = mem_alloc(sizeof *w);
  *w = (struct why){.pipeline = p,
                    .slot = s,
                    .policy = s->policy,
                    .catalogue = c,
                    .person = person,
                    .done = done,
                    .arg = arg,
                    .next = p->wondering};
  if (recommendation)
    w->recommendation = mem_strdup(recommendation);
  if (competence)
    w->competence = mem_strdup(competence);

  p->wondering = w;
  begin_next(p, s);
}

/* The policy is going, and with it the evaluations under way: those who wait are asked to ask
 * again. */
void question_why_drop(struct pipeline *p, const struct policy *policy) {
  for (struct why **at = &p->wondering; *at;) {
    struct why *w = *at;
    if (w->policy != policy) {
      at = &w->next;
      continue;
    }

    *at = w->next;
    w->done(w->arg, -EAGAIN, NULL, 0);
    why_free(w);
  }
}
