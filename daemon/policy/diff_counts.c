/* diff_counts - the counts of a diff. See diff_counts.h. */
#include "policy/diff_counts.h"

#include "base/search.h"

#include <stdio.h>
#include <string.h>

enum {
  LISTED = 20 /* rows of a list that are shown */
};

/* --- tables --- */

/* The group of that name, made when it is new. */
static struct group *group_of(struct table *t, const char *name) {
  size_t from = LOWER_BOUND(t->n, i, strcmp(t->groups[i].name, name) < 0);
  if (from < t->n && strcmp(t->groups[from].name, name) == 0)
    return &t->groups[from];

  t->groups = mem_grow(t->groups, &t->cap, t->n + 1, sizeof *t->groups);
  memmove(&t->groups[from + 1], &t->groups[from], (t->n - from) * sizeof *t->groups);
  t->groups[from] = (struct group){.name = mem_strdup(name)};
  t->n++;

  return &t->groups[from];
}

static void table_finish(struct table *t) {
  for (size_t i = 0; i < t->n; i++)
    free((char *)(uintptr_t)t->groups[i].name);
  free(t->groups);
}

/* --- where a person belongs --- */

static const char not_known[] = "not known";

static const char *school_of(const struct person *p, const struct facts *f) {
  return (void)f, p->school->code;
}
static const char *family_of(const struct person *p, const struct facts *f) {
  return (void)p, f->family ? f->family : not_known;
}
static const char *contract_of(const struct person *p, const struct facts *f) {
  return (void)p, f->contract ? f->contract : not_known;
}

static const char *employer_of(const struct person *p, const struct facts *f) {
  static const char *const words[] = {"school", "authority",     "trust",    "contractor",
                                      "agency", "self-employed", "volunteer"};
  (void)p;
  if (f->employer >= 0 && f->employer < (int32_t)ARRAY_LEN(words))
    return words[f->employer];
  return not_known;
}

static const char *hours_of(const struct person *p, const struct facts *f) {
  enum {
    HALF = 16 * 60,
    FULL = 30 * 60
  };
  (void)p;
  if (f->minutes == ABSENT)
    return not_known;
  if (f->minutes < HALF)
    return "0 to under 16";
  if (f->minutes < FULL)
    return "16 to under 30";

  return "30 or more";
}

static const char *term_time_of(const struct person *p, const struct facts *f) {
  (void)p;
  if (f->term_time == ABSENT)
    return not_known;
  if (f->term_time)
    return "yes";
  return "no";
}

static const struct {
  const char *key;
  enum domain codes; /* the groups are called after */
  const char *(*of)(const struct person *p, const struct facts *f);
} dimensions[DIMENSIONS] = {
    [IN_SCHOOL] = {"school", DOMAIN_NONE, school_of},
    [IN_FAMILY] = {"family", DOMAIN_FAMILY, family_of},
    [IN_CONTRACT] = {"contract", DOMAIN_CONTRACT, contract_of},
    [IN_EMPLOYER] = {"employer", DOMAIN_NONE, employer_of},
    [IN_HOURS] = {"hours", DOMAIN_NONE, hours_of},
    [IN_TERM_TIME] = {"term_time", DOMAIN_NONE, term_time_of},
};

/* --- counting --- */

static void count(uint64_t n[MEASURES], bool changed, bool gain, bool lose) {
  n[MEASURE_PEOPLE]++;
  n[MEASURE_CHANGED] += changed;
  n[MEASURE_GAIN] += gain;
  n[MEASURE_LOSE] += lose;
}

static void add_to(struct sum *s, int64_t n) {
  s->n += n;
  s->people += !s->counted;
  s->counted = true;
}

static void spend(struct spending *s, int64_t before, int64_t after) {
  if (before == ABSENT || after == ABSENT)
    add_to(&s->not_known, 1);
  else if (after > before)
    add_to(&s->more, after - before);
  else if (after < before)
    add_to(&s->less, before - after);
}

static void next_person(struct spending *s) {
  s->more.counted = s->less.counted = s->not_known.counted = false;
}

/* Nothing is paid for what is not formal: it happens in school. */
static int64_t pence_of(const struct json *recommendation, const char *id,
                        const struct school *school, const struct catalogue *catalogue,
                        const struct fees *fees) {
  const char *kind = advice_kind(recommendation);
  const struct coded *coded = NULL;
  if (kind)
    coded = catalogue_coded(catalogue, DOMAIN_KIND, kind);
  if (!kind || (coded && (!coded->extra || strcmp(coded->extra, "formal") != 0)))
    return 0;
  return fees_of(fees, school, id);
}

static void count_costs(struct diff_counts *t, const struct person *person, const struct change *c,
                        const struct catalogue *catalogue, const struct fees *fees) {
  bool was = c->kind != CHANGE_GAIN, is = c->kind != CHANGE_LOSE;
  int64_t before = 0, after = 0;

  if (was)
    before = advice_minutes(&c->before);
  if (is)
    after = advice_minutes(&c->after);
  spend(&t->minutes, before, after);
  if (was == is)
    return;

  before = after = 0;
  if (was)
    before = pence_of(&c->before, c->id, person->school, catalogue, fees);
  else
    after = pence_of(&c->after, c->id, person->school, catalogue, fees);
  spend(&t->pence, before, after);
}

/* --- lists: a person counts once in each row --- */

/* What the change says under a name: gain, lose or neither. */
typedef bool says_fn(const struct json *recommendation, const char *name);

static bool is_of_kind(const struct json *recommendation, const char *name) {
  const char *kind = advice_kind(recommendation);
  return kind && strcmp(kind, name) == 0;
}

static bool comes(const struct change *c, says_fn *says, const char *name) {
  return says(&c->after, name) && !says(&c->before, name);
}
static bool goes(const struct change *c, says_fn *says, const char *name) {
  return says(&c->before, name) && !says(&c->after, name);
}

/* Was the name counted for an earlier change of this person already? */
static bool before(const struct changes *c, uint32_t at, says_fn *says, const char *name,
                   bool (*moves)(const struct change *c, says_fn *says, const char *name)) {
  for (uint32_t i = 0; i < at; i++)
    if (moves(&c->items[i], says, name))
      return true;
  return false;
}

static void count_name(struct table *t, const struct changes *c, uint32_t at, says_fn *says,
                       const char *name) {
  const struct change *change = &c->items[at];
  if (comes(change, says, name) && !before(c, at, says, name, comes))
    group_of(t, name)->n[MEASURE_GAIN]++;
  if (goes(change, says, name) && !before(c, at, says, name, goes))
    group_of(t, name)->n[MEASURE_LOSE]++;
}

static bool named_before(const struct json *list, uint32_t at, const char *name) {
  for (uint32_t i = 0; i < at; i++) {
    const char *earlier = advice_text(&list->items[i], "rule");
    if (earlier && strcmp(earlier, name) == 0)
      return true;
  }

  return false;
}

/* Every rule that either side rests on; one that both do has neither come nor gone. */
static void count_rules(struct table *t, const struct changes *c, uint32_t at,
                        const struct json *recommendation) {
  const struct json *list = NULL;
  if (recommendation->kind == JSON_OBJECT)
    list = json_member(recommendation, "because");
  for (uint32_t i = 0; list && i < list->n; i++) {
    const char *name = advice_text(&list->items[i], "rule");
    if (name && !named_before(list, i, name))
      count_name(t, c, at, advice_because, name);
  }
}

static void count_lists(struct diff_counts *t, const struct changes *c, uint32_t at) {
  const struct change *change = &c->items[at];
  const struct json *sides[] = {&change->before, &change->after};
  for (size_t i = 0; i < ARRAY_LEN(sides); i++) {
    const char *kind = advice_kind(sides[i]);
    if (kind)
      count_name(&t->of[OF_KIND], c, at, is_of_kind, kind);
    count_rules(&t->of[OF_RULE], c, at, sides[i]);
  }

  if (change->kind == CHANGE_GAIN)
    group_of(&t->of[OF_RECOMMENDATION], change->id)->n[MEASURE_GAIN]++;
  if (change->kind == CHANGE_LOSE)
    group_of(&t->of[OF_RECOMMENDATION], change->id)->n[MEASURE_LOSE]++;
}

void diff_counts_person(struct diff_counts *t, const struct person *person,
                        const struct facts *facts, const struct changes *c,
                        const struct catalogue *catalogue, const struct fees *fees) {
  bool changed = c->n > 0, gain = c->of[CHANGE_GAIN] > 0, lose = c->of[CHANGE_LOSE] > 0;
  count(t->totals.n, changed, gain, lose);
  t->totals.both += gain && lose;
  for (int d = 0; d < DIMENSIONS; d++) {
    struct group *g = group_of(&t->by[d], dimensions[d].of(person, facts));
    t->schools += d == IN_SCHOOL && changed && g->n[MEASURE_CHANGED] == 0;
    count(g->n, changed, gain, lose);
    g->both += gain && lose;
  }
  next_person(&t->minutes);
  next_person(&t->pence);
  for (uint32_t i = 0; i < c->n; i++) {
    count_costs(t, person, &c->items[i], catalogue, fees);
    count_lists(t, c, i);
  }
}

/* --- schools as a whole --- */

/* Of each person who is counted; ABSENT where it is not known of one. */
static int64_t for_all(const struct json *cohort, int64_t each) {
  if (each == ABSENT)
    return ABSENT;
  return each * advice_number(cohort, "count");
}

static int64_t cohort_pence(const struct json *cohort, const struct school *school,
                            const struct catalogue *catalogue, const struct fees *fees) {
  const struct json *d = json_member(cohort, "development");
  struct buf id = {0};

  buf_printf(&id, "%s.%s", advice_text(d, "kind"), advice_text(d, "id"));
  int64_t pence = pence_of(cohort, buf_cstr(&id), school, catalogue, fees);
  buf_finish(&id);

  return for_all(cohort, pence);
}

static void count_cohort(struct schools_tally *w, const struct school *school,
                         const struct change *c, const struct catalogue *catalogue,
                         const struct fees *fees) {
  bool was = c->kind != CHANGE_GAIN, is = c->kind != CHANGE_LOSE;
  int64_t before = 0, after = 0;

  if (was)
    before = for_all(&c->before, advice_number(&c->before, "minutes"));
  if (is)
    after = for_all(&c->after, advice_number(&c->after, "minutes"));
  spend(&w->minutes, before, after);
  if (was == is)
    return;

  before = after = 0;
  if (was)
    before = cohort_pence(&c->before, school, catalogue, fees);
  else
    after = cohort_pence(&c->after, school, catalogue, fees);
  spend(&w->pence, before, after);
  group_of(&w->cohorts, c->id)->n[is ? MEASURE_GAIN : MEASURE_LOSE]++;
}

static void count_kinds(struct schools_tally *w, const struct changes *c, uint32_t at) {
  const char *before = advice_kind(&c->items[at].before), *after = advice_kind(&c->items[at].after);
  if (before)
    count_name(&w->kinds, c, at, is_of_kind, before);
  if (after)
    count_name(&w->kinds, c, at, is_of_kind, after);
}

void diff_counts_school(struct diff_counts *t, const struct school *school,
                        const struct changes *all, const struct changes *told,
                        const struct catalogue *catalogue, const struct fees *fees) {
  struct schools_tally *w = &t->whole;
  w->n++;
  w->changed += told->n > 0;
  w->gain += told->of[CHANGE_GAIN] > 0;
  w->lose += told->of[CHANGE_LOSE] > 0;
  w->few += told->n < all->n;
  for (uint32_t i = 0; i < told->n; i++) {
    count_cohort(w, school, &told->items[i], catalogue, fees);
    count_kinds(w, told, i);
  }
}

/* --- the end --- */

void diff_counts_suppress(struct diff_counts *t) {
  suppress_totals(&t->totals);
  for (int d = 0; d < DIMENSIONS; d++)
    suppress_groups(&t->totals, t->by[d].groups, t->by[d].n);
  for (int l = 0; l < LISTINGS; l++)
    suppress_list(&t->totals, t->of[l].groups, t->of[l].n);
}

bool diff_counts_hides_rule(const struct diff_counts *t, const char *rule) {
  const struct table *rules = &t->of[OF_RULE];
  for (size_t i = 0; i < rules->n; i++)
    if (strcmp(rules->groups[i].name, rule) == 0)
      return rules->groups[i].hidden[MEASURE_GAIN];
  return t->totals.hidden[MEASURE_GAIN];
}

/* --- as JSON --- */

static void key_count(struct buf *b, const char *key, uint64_t n, bool hidden) {
  json_key(b, key);
  if (hidden)
    json_null(b);
  else
    json_int(b, (int64_t)n);
}

static void json_measures(struct buf *b, const uint64_t n[MEASURES], const bool hidden[MEASURES],
                          enum measure from) {
  static const char *const keys[MEASURES] = {"people", "changed", "gain", "lose"};
  bool any = false;

  for (int m = from; m < MEASURES; m++) {
    key_count(b, keys[m], n[m], hidden[m]);
    any |= hidden[m];
  }

  if (any)
    key_bool(b, "suppressed", true);
}

static const char *words_of(const struct catalogue *c, enum dimension d, const char *code) {
  const struct school_row *school = NULL;
  if (d == IN_SCHOOL)
    school = catalogue_school(c, code);

  const struct family *family = NULL;
  if (d == IN_FAMILY)
    family = catalogue_family(c, code);

  const struct coded *coded = NULL;
  if (d == IN_CONTRACT)
    coded = catalogue_coded(c, DOMAIN_CONTRACT, code);

  if (school)
    return school->name;
  if (family)
    return family->words;
  if (coded)
    return coded->words;

  return NULL;
}

static void json_groups(struct buf *b, const struct table *t, enum dimension d,
                        const struct catalogue *c) {
  json_key(b, dimensions[d].key);
  json_open(b, '[');

  for (size_t i = 0; i < t->n; i++) {
    json_open(b, '{');
    key_str(b, "group", t->groups[i].name);
    json_opt_str(b, "words", words_of(c, d, t->groups[i].name));
    json_measures(b, t->groups[i].n, t->groups[i].hidden, MEASURE_PEOPLE);
    json_close(b, '}');
  }

  json_close(b, ']');
}

static uint64_t shown(const struct group *g) {
  uint64_t n = 0;
  if (!g->hidden[MEASURE_GAIN])
    n += g->n[MEASURE_GAIN];
  if (!g->hidden[MEASURE_LOSE])
    n += g->n[MEASURE_LOSE];
  return n;
}

/* By what is shown: the order, too, says nothing of what is not. */
static int most_first(const void *x, const void *y) {
  const struct group *a = *(struct group *const *)x, *b = *(struct group *const *)y;
  if (shown(a) != shown(b)) {
    if (shown(a) < shown(b))
      return 1;
    return -1;
  }
  return strcmp(a->name, b->name);
}

static void json_list(struct buf *b, const char *key, const char *name, const struct table *t) {
  const struct group **rows = mem_array(t->n + 1, sizeof *rows);
  for (size_t i = 0; i < t->n; i++)
    rows[i] = &t->groups[i];
  if (t->n > 1)
    qsort(rows, t->n, sizeof *rows, most_first);

  json_key(b, key);
  json_open(b, '[');

  for (size_t i = 0; i < t->n && i < LISTED; i++) {
    json_open(b, '{');
    key_str(b, name, rows[i]->name);
    json_measures(b, rows[i]->n, rows[i]->hidden, MEASURE_GAIN);
    json_close(b, '}');
  }

  json_close(b, ']');
  free(rows);
}

static bool json_sum(struct buf *b, const char *key, const struct sum *s, bool shares,
                     bool hidden) {
  hidden |= shares && is_small((int64_t)s->people);
  key_count(b, key, (uint64_t)s->n, hidden);
  return hidden;
}

/* `shares`: each sum is held back that fewer than SMALL people are behind; `hidden`: all are. */
static void json_spending(struct buf *b, const char *key, const struct spending *s, bool shares,
                          bool hidden) {
  json_key(b, key);
  json_open(b, '{');
  bool any = json_sum(b, "more", &s->more, shares, hidden);
  any |= json_sum(b, "less", &s->less, shares, hidden);
  any |= json_sum(b, "not_known", &s->not_known, shares, hidden);
  if (any)
    key_bool(b, "suppressed", true);

  json_close(b, '}');
}

void json_tally(struct buf *b, const struct diff_counts *t, const struct catalogue *catalogue) {
  bool hidden = t->totals.hidden[MEASURE_GAIN];
  json_key(b, "total");
  json_open(b, '{');
  key_count(b, "both", t->totals.both, hidden);
  json_measures(b, t->totals.n, t->totals.hidden, MEASURE_PEOPLE);
  json_close(b, '}');
  json_key(b, "by");
  json_open(b, '{');
  for (int d = 0; d < DIMENSIONS; d++)
    json_groups(b, &t->by[d], d, catalogue);

  json_close(b, '}');
  json_list(b, "kinds", "kind", &t->of[OF_KIND]);
  json_list(b, "recommendations", "recommendation", &t->of[OF_RECOMMENDATION]);
  json_list(b, "rules", "rule", &t->of[OF_RULE]);
  json_spending(b, "minutes", &t->minutes, true, hidden);
  json_spending(b, "pence", &t->pence, true, hidden);
}

void json_tally_schools(struct buf *b, const struct schools_tally *t) {
  bool hidden = is_small((int64_t)t->few);
  json_open(b, '{');
  key_int(b, "schools", (int64_t)t->n);
  key_int(b, "changed", (int64_t)t->changed);
  key_int(b, "gain", (int64_t)t->gain);
  key_int(b, "lose", (int64_t)t->lose);
  key_count(b, "few", t->few, hidden);
  if (hidden)
    key_bool(b, "suppressed", true);

  json_list(b, "kinds", "kind", &t->kinds);
  json_list(b, "cohorts", "cohort", &t->cohorts);
  json_spending(b, "minutes", &t->minutes, false, false);
  json_spending(b, "pence", &t->pence, false, false);
}

void json_tally_plain(struct buf *b, const struct diff_counts *t) {
  static const bool nothing[MEASURES];
  json_key(b, "total");
  json_open(b, '{');
  key_count(b, "both", t->totals.both, false);
  json_measures(b, t->totals.n, nothing, MEASURE_PEOPLE);
  key_int(b, "schools", (int64_t)t->schools);
  json_close(b, '}');
  json_spending(b, "minutes", &t->minutes, false, false);
  json_spending(b, "pence", &t->pence, false, false);
}

void diff_counts_finish(struct diff_counts *t) {
  for (int d = 0; d < DIMENSIONS; d++)
    table_finish(&t->by[d]);
  for (int l = 0; l < LISTINGS; l++)
    table_finish(&t->of[l]);

  table_finish(&t->whole.kinds);
  table_finish(&t->whole.cohorts);
  *t = (struct diff_counts){0};
}
