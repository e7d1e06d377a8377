/* cohort - see cohort.h. */
#include "needs/cohort.h"

#include <stdio.h>
#include <string.h>

#include "needs/effect.h"
#include "needs/helper_pool.h"
#include "needs/suppress.h"

/* --- what one person adds --- */

struct tally {
  const char *family; /* behind the items */
  uint32_t n;
  struct tallied {
    uint32_t competence;
    bool statutory;
  } items[]; /* by competence */
};

/* An unrated need says nothing about the person, unless the law asks for it all the same. */
static bool counts(const struct need *n) {
  if (n->importance == IMPORTANCE_STATUTORY)
    return n->current == ABSENT || n->gap > 0;
  return n->current != ABSENT && n->gap > 0;
}

struct tally *tally_of(const struct facts *f) {
  uint32_t n = 0;
  if (!f->family)
    return NULL;

  for (uint32_t i = 0; i < f->n_needs; i++)
    n += counts(&f->needs[i]);

  size_t items = sizeof(struct tally) + n * sizeof(struct tallied), name = strlen(f->family) + 1;
  struct tally *t = mem_alloc(items + name);

  t->family = memcpy((char *)t + items, f->family, name);
  for (uint32_t i = 0; i < f->n_needs; i++)
    if (counts(&f->needs[i]))
      t->items[t->n++] = (struct tallied){f->needs[i].competence,
                                          f->needs[i].importance == IMPORTANCE_STATUTORY};

  return t;
}

bool diff_counts_same(const struct tally *a, const struct tally *b) {
  if (!a || !b)
    return a == b;
  if (a->n != b->n || strcmp(a->family, b->family) != 0)
    return false;

  for (uint32_t i = 0; i < a->n; i++)
    if (a->items[i].competence != b->items[i].competence ||
        a->items[i].statutory != b->items[i].statutory)
      return false;

  return true;
}

void tally_add(struct tally_list *list, const struct tally *tally) {
  if (tally)
    list->items[list->n++] = tally;
}

struct tally_list tallies_of(const struct school *school, struct arena *a) {
  struct tally_list list = {arena_alloc(a, (school->n_persons + 1) * sizeof *list.items), 0};
  for (size_t i = 0; i < school->n_persons; i++)
    tally_add(&list, school->persons[i]->tally);
  return list;
}

/* --- the school's facts --- */

static int cohort_order(const void *x, const void *y) {
  const struct cohort *a = x, *b = y;
  if (a->competence != b->competence) {
    if (a->competence < b->competence)
      return -1;
    return 1;
  }
  return strcmp(a->family, b->family);
}

static const struct school_recorded *statement_of(const struct school *school) {
  const struct event *e = people_newest(&school->facts, EVENT_SCHOOL);
  if (e)
    return e->data;
  return NULL;
}

static int32_t roster_of(const struct school_recorded *d, const char *family) {
  for (uint32_t i = 0; d && i < d->roster.n; i++)
    if (strcmp(d->roster.items[i].family, family) == 0)
      return d->roster.items[i].count;
  return ABSENT;
}

/* One cohort a person and need, to be folded. */
static uint32_t each_one(const struct tally_list *tallies, struct arena *a, struct cohort **ret) {
  uint32_t n = 0;
  for (size_t i = 0; i < tallies->n; i++)
    n += tallies->items[i]->n;

  *ret = arena_alloc(a, (n + 1) * sizeof **ret);
  n = 0;

  for (size_t i = 0; i < tallies->n; i++) {
    const struct tally *t = tallies->items[i];
    for (uint32_t k = 0; k < t->n; k++)
      (*ret)[n++] = (struct cohort){t->items[k].competence, t->family, 1,
                                    t->items[k].statutory,  ABSENT,    0};
  }

  return n;
}

static bool is_among(const char *const *families, uint32_t n, const char *family) {
  for (uint32_t i = 0; i < n; i++)
    if (strcmp(families[i], family) == 0)
      return true;
  return false;
}

static void add_present(struct facts *f, struct arena *a, const char *family) {
  if (!is_among(f->present, f->n_present, family))
    f->present[f->n_present++] = arena_strndup(a, family, strlen(family));
}

static int text_order(const void *x, const void *y) {
  return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* The families of those who were put together, and of those whom the school counts. */
static void families_present(const struct tally_list *tallies, const struct school_recorded *d,
                             struct arena *a, struct facts *f) {
  f->present = arena_alloc(a, (tallies->n + (d ? d->roster.n : 0) + 1) * sizeof *f->present);
  for (size_t i = 0; i < tallies->n; i++)
    add_present(f, a, tallies->items[i]->family);

  for (uint32_t i = 0; d && i < d->roster.n; i++)
    if (d->roster.items[i].count != ABSENT && d->roster.items[i].count > 0)
      add_present(f, a, d->roster.items[i].family);

  if (f->n_present > 1)
    qsort(f->present, f->n_present, sizeof *f->present, text_order);
}

/* The facts wait for a worker while people move on and their tallies go: whatever is text is a
 * copy. */
void cohort_facts(const struct school *school, const struct facts_context *context,
                  const struct tally_list *tallies, struct arena *a, struct facts *ret) {
  const struct school_recorded *d = statement_of(school);
  struct cohort *all;
  uint32_t n = each_one(tallies, a, &all);

  *ret = (struct facts){.minutes = ABSENT,
                        .weeks = ABSENT,
                        .term_time = ABSENT,
                        .employer = ABSENT,
                        .started = ABSENT,
                        .progression = ABSENT,
                        .no_computer = ABSENT,
                        .cohorts = all};
  if (d)
    ret->n_clusters = d->clusters.n;
  if (d && d->phase)
    ret->phase = arena_strndup(a, d->phase, strlen(d->phase));

  if (n > 1)
    qsort(all, n, sizeof *all, cohort_order);
  for (uint32_t i = 0; i < n; i++) {
    struct cohort *last = NULL;
    if (ret->n_cohorts > 0)
      last = &all[ret->n_cohorts - 1];
    if (last && cohort_order(last, &all[i]) == 0) {
      last->count++;
      last->statutory += all[i].statutory;
    } else {
      all[ret->n_cohorts++] = all[i];
    }
  }

  families_present(tallies, d, a, ret);
  for (uint32_t i = 0; i < ret->n_cohorts; i++) {
    all[i].family = arena_strndup(a, all[i].family, strlen(all[i].family));
    all[i].roster = roster_of(d, all[i].family);
    all[i].helpers = helper_pool_helpers(context->helpers, all[i].competence, NULL);
  }

  effects_fill(context->effects, a, ret);
}

/* --- choosing: for each cohort the best proposal; what several cohorts of a family choose is one
 * advice --- */

struct option {
  struct development development;
  const char *family;
  /* of those chosen whose count is shown, the one of the highest priority; or NULL */
  const struct candidate *first;
  const struct candidate **chosen;
  uint32_t n_chosen;
};
struct choice {
  const struct school *school;
  const struct catalogue *catalogue;
  const struct facts *facts;
  const struct outcome *outcome;
  const struct rule_info *rules;
  struct arena *a;
  struct option *options;
  uint32_t n;
};

static bool better(struct choice *c, const struct candidate *a, const struct candidate *b) {
  if (!b)
    return true;
  if (a->priority != b->priority)
    return a->priority > b->priority;

  struct development of_a = {0}, of_b = {0};
  catalogue_development(c->catalogue, a->development, c->a, &of_a);
  catalogue_development(c->catalogue, b->development, c->a, &of_b);
  if (of_a.formal != of_b.formal)
    return of_b.formal;
  return strcmp(a->development, b->development) < 0;
}

static struct option *option_for(struct choice *c, const struct candidate *best) {
  const char *family = c->facts->cohorts[best->need].family;

  for (uint32_t i = 0; i < c->n; i++)
    if (strcmp(c->options[i].development.id, best->development) == 0 &&
        strcmp(c->options[i].family, family) == 0)
      return &c->options[i];

  struct option *o = &c->options[c->n++];
  catalogue_development(c->catalogue, best->development, c->a, &o->development);
  o->family = family;

  return o;
}

/* What a rule chooses for a few people could say how many they are, whatever it chooses from. */
static bool is_told(const struct choice *c, const struct candidate *one) {
  return c->facts->cohorts[one->need].count >= SMALL;
}

static void take(struct choice *c, struct option *o, const struct candidate *best) {
  bool full = (o->n_chosen & (o->n_chosen - 1)) == 0; /* at a power of two */
  const struct candidate **old = o->chosen;

  if (full)
    o->chosen = arena_alloc(c->a, (o->n_chosen * 2 + 1) * sizeof *o->chosen);
  if (full && old)
    memcpy(o->chosen, old, o->n_chosen * sizeof *old);

  o->chosen[o->n_chosen++] = best;
  if (is_told(c, best) && (!o->first || best->priority > o->first->priority))
    o->first = best;
}

/* A worker that its rules broke out of may send any text in the place of an id. */
static bool is_known(const struct choice *c, const struct candidate *one) {
  struct development d;
  return catalogue_development(c->catalogue, one->development, c->a, &d);
}

static void take_best(struct choice *c) {
  c->options = arena_alloc(c->a, (c->facts->n_cohorts + 1) * sizeof *c->options);
  const struct candidate **best = arena_alloc(c->a, (c->facts->n_cohorts + 1) * sizeof *best);

  for (uint32_t i = 0; i < c->outcome->n_candidates; i++) {
    const struct candidate *one = &c->outcome->candidates[i];
    if (is_known(c, one) && better(c, one, best[one->need]))
      best[one->need] = one;
  }

  for (uint32_t i = 0; i < c->facts->n_cohorts; i++)
    if (best[i])
      take(c, option_for(c, best[i]), best[i]);
}

static const struct cohort *cohort_of(const struct choice *c, const struct option *o, uint32_t i) {
  return &c->facts->cohorts[o->chosen[i]->need];
}

/* --- words --- */

static void json_count(struct buf *b, int32_t count) {
  json_key(b, "count");
  if (count < SMALL)
    json_null(b);
  else
    json_int(b, count);
}

static int32_t largest(const struct choice *c, const struct option *o) {
  int32_t most = 0;
  for (uint32_t i = 0; i < o->n_chosen; i++)
    if (cohort_of(c, o, i)->count > most)
      most = cohort_of(c, o, i)->count;
  return most;
}

static const char *family_words(const struct choice *c, const char *code) {
  const struct family *f = catalogue_family(c->catalogue, code);
  if (f)
    return f->words;
  return code;
}

static const char *summary_of(struct choice *c, const struct option *o) {
  int32_t count = largest(c, o);
  const char *who = "several";

  if (count >= SMALL)
    who = arena_printf(c->a, "%d", count);

  const char *what = "this";
  if (o->n_chosen != 1)
    what = arena_printf(c->a, "one or more of %u things", o->n_chosen);

  return summary_cut(c->a, arena_printf(c->a, "%s: %s people need %s (%s).", o->development.title,
                                        who, what, family_words(c, o->family)));
}

static void json_answers(struct buf *b, const struct choice *c, const struct option *o) {
  json_key(b, "answers");
  json_open(b, '[');

  for (uint32_t i = 0; i < o->n_chosen; i++) {
    const struct competence *k = catalogue_competence_at(c->catalogue,
                                                         cohort_of(c, o, i)->competence);
    json_open(b, '{');
    json_key(b, "competence");
    json_str(b, k->key);
    json_key(b, "title");
    json_str(b, k->title);
    json_count(b, cohort_of(c, o, i)->count);
    json_close(b, '}');
  }

  json_close(b, ']');
}

static const char *text_of(const struct choice *c, const struct candidate *one) {
  if (is_told(c, one))
    return one->text;
  return c->rules[one->rule].about;
}

static bool said_before(const struct choice *c, const struct option *o, uint32_t i) {
  for (uint32_t k = 0; k < i; k++)
    if (o->chosen[k]->rule == o->chosen[i]->rule &&
        strcmp(text_of(c, o->chosen[k]), text_of(c, o->chosen[i])) == 0)
      return true;
  return false;
}

static void json_because(struct buf *b, const struct choice *c, const struct option *o) {
  json_key(b, "because");
  json_open(b, '[');

  for (uint32_t i = 0; i < o->n_chosen; i++) {
    const struct rule_info *rule = &c->rules[o->chosen[i]->rule];
    if (said_before(c, o, i))
      continue;

    json_open(b, '{');
    json_key(b, "rule");
    json_str(b, rule->name);
    json_key(b, "source");
    json_str(b, rule->source);
    json_key(b, "text");
    json_str(b, text_of(c, o->chosen[i]));
    json_guidance(b, c->catalogue, rule->source);
    json_close(b, '}');
  }

  json_close(b, ']');
}

/* --- who is left out of a training day --- */

static bool is_covered(const struct choice *c, const struct option *by, const char *family) {
  for (uint32_t i = 0; i < c->n; i++)
    if (strcmp(c->options[i].development.id, by->development.id) == 0 &&
        strcmp(c->options[i].family, family) == 0)
      return true;
  return false;
}

/* The families of the school for whom this training day is not meant: somebody should have thought
 * of them. */
static void json_leaves_out(struct buf *b, const struct choice *c, const struct option *o) {
  uint32_t n;
  const struct family *families = catalogue_families(c->catalogue, &n);

  if (strcmp(o->development.kind, "inset") != 0)
    return;

  json_key(b, "leaves_out");
  json_open(b, '[');

  for (uint32_t i = 0; i < n; i++)
    if (!is_covered(c, o, families[i].code) &&
        is_among(c->facts->present, c->facts->n_present, families[i].code))
      json_str(b, families[i].code);

  json_close(b, ']');
}

/* --- the object --- */

static int32_t minutes_of(const struct choice *c, const struct option *o) {
  if (o->first && o->first->minutes != ABSENT)
    return o->first->minutes;
  return development_minutes(c->catalogue, &o->development);
}

static struct advice write_advice(struct choice *c, const struct option *o) {
  struct buf b = {0};
  char *id = arena_printf(c->a, "%s.%s", o->development.id, o->family);

  json_open(&b, '{');
  json_key(&b, "cohort");
  json_str(&b, id);
  json_key(&b, "development");
  json_development(&b, &o->development);
  json_key(&b, "family");
  json_str(&b, o->family);
  json_key(&b, "summary");
  json_str(&b, summary_of(c, o));
  json_count(&b, largest(c, o));
  json_answers(&b, c, o);
  json_because(&b, c, o);
  json_opt_str(&b, "not_in_house", o->first ? o->first->not_in_house : NULL);
  json_leaves_out(&b, c, o);
  json_opt_int(&b, "minutes", minutes_of(c, o));
  json_opt_int(&b, "weeks", o->first ? o->first->weeks : ABSENT);
  json_key(&b, "priority");
  json_int(&b, o->first ? o->first->priority : PRIORITY_USUAL);
  json_key(&b, "note");
  json_str(&b, "A recommendation, not a decision.");
  json_close(&b, '}');

  struct advice advice = {
      .id = id, .json = arena_strndup(c->a, (const char *)b.data, b.len), .len = b.len};
  buf_finish(&b);

  return advice;
}

static int advice_order(const void *x, const void *y) {
  return strcmp(((const struct advice *)x)->id, ((const struct advice *)y)->id);
}

void cohort_choose(const struct school *school, const struct catalogue *catalogue,
                   const struct facts *f, const struct outcome *o, const struct rule_info *rules,
                   struct arena *a, struct advice_list *ret) {
  struct choice c = {
      .school = school, .catalogue = catalogue, .facts = f, .outcome = o, .rules = rules, .a = a};
  *ret = (struct advice_list){.next_change_day = INT32_MAX};
  take_best(&c);
  ret->items = arena_alloc(a, (c.n + 1) * sizeof *ret->items);
  for (uint32_t i = 0; i < c.n; i++)
    ret->items[ret->n++] = write_advice(&c, &c.options[i]);
  if (ret->n > 1)
    qsort(ret->items, ret->n, sizeof *ret->items, advice_order);
}
