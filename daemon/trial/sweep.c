/* sweep - see sweep.h. It counts while outcomes arrive and judges the rules when all have arrived.
 */
#include "trial/sweep.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "event/json.h"
#include "needs/needs.h"
#include "trial/population.h"

#define OVERLAP_LEAST 3  /* proposals that two rules must share before that is worth a word */
#define EXPECTED_LEAST 8 /* sessions that a family could expect and never gets */
#define PROGRESS_STEP 100
#define NOBODY UINT32_MAX

/* What one rule did with everybody. */
struct tally {
  uint32_t proposals; /* each need and development once */
  uint32_t failed, failed_first;
  char *failure;
  uint32_t bare; /* formal, and nothing said about the school */
  char *bare_first;
  /* proposed: family * demand, of school rules as well; NULL while there is none */
  uint32_t *sessions;
  /* some of them; training together with teachers alone is for those who work with them */
  bool inset;
};
struct answered {
  uint32_t all, open;
  const char *competence, *role; /* of the first that is open */
};
struct sweeping {
  struct bench *bench;
  const struct catalogue *catalogue;
  struct population *population;
  const struct rule_info *rules;
  uint32_t n_rules, n_demands, n_families, n_people, n_schools, n_done;
  int32_t day;
  const char **families; /* codes, of roles in the catalogue */
  struct tally *tallies;
  uint32_t *shared; /* proposals that two rules have in common: rule * rule */
  /* needs that people of a family had, cohorts that it had: family * demand */
  uint32_t *tries[2];
  /* of somebody in the family, by a profile: family * competence */
  bool *asked;
  struct answered answers[NEED_KINDS][3]; /* by importance */
  struct arena scratch;
  bool shows;
  struct fault_list *faults;
};
struct trying {
  struct sweeping *s;
  uint32_t number;
  bool school; /* number is a school's */
};

static void make_subject(const struct sweeping *s, bool school, uint32_t number, struct arena *a,
                         struct facts *ret) {
  if (school)
    population_school(s->population, number, a, ret);
  else
    population_person(s->population, number, a, ret);
}

static const struct competence *competence_of(const struct sweeping *s, const struct need *n) {
  return catalogue_competence_at(s->catalogue, n->competence);
}

/* --- counting --- */

/* What is asked: a competence, at a level, of some importance. */
#define DEMANDS (MAX_LEVELS * 3)
static uint32_t demand_of(const struct need *n) {
  uint32_t level = n->required >= 0 && n->required < MAX_LEVELS ? (uint32_t)n->required : LEVEL_MAX;
  return n->competence * DEMANDS + level * 3 + n->importance;
}

/* The demand of a cohort: its competence. Everybody in it is below the level that they need. */
static uint32_t demand_of_cohort(const struct cohort *c) {
  return c->competence * DEMANDS;
}

static uint32_t family_at(const struct sweeping *s, const char *code) {
  for (uint32_t i = 0; i < s->n_families; i++)
    if (code && strcmp(s->families[i], code) == 0)
      return i;
  return NOBODY;
}

static bool is_kind(const char *development, const char *kind) {
  size_t n = strlen(kind);
  return strncmp(development, kind, n) == 0 && development[n] == '.';
}

static void count_bare(struct tally *t, const struct candidate *c) {
  static const char *const formal[] = {"course", "qualification", "unit", "apprenticeship",
                                       "status"};
  bool any = false;

  for (size_t i = 0; i < ARRAY_LEN(formal); i++)
    any = any || is_kind(c->development, formal[i]);

  if (!any || (c->not_in_house && *c->not_in_house))
    return;

  if (t->bare++ == 0)
    t->bare_first = mem_strdup(c->development);
}

/* Where a need or a cohort is counted: family * demand; NOBODY where no profile asks it of the
 * family (the population gives every family every competence). */
static uint32_t place_of(const struct sweeping *s, const struct facts *f, uint32_t at) {
  bool school = f->n_cohorts > 0;
  uint32_t family = family_at(s, school ? f->cohorts[at].family : f->family);
  if (family == NOBODY)
    return NOBODY;
  if (!school)
    return family * s->n_demands + demand_of(&f->needs[at]);

  bool asked = s->asked[family * catalogue_n_competences(s->catalogue) + f->cohorts[at].competence];
  if (asked)
    return family * s->n_demands + demand_of_cohort(&f->cohorts[at]);
  return NOBODY;
}

static void count_session(struct sweeping *s, struct tally *t, const struct candidate *c,
                          const struct facts *f) {
  uint32_t place = place_of(s, f, c->need);
  bool inset = is_kind(c->development, "inset");
  if (place == NOBODY || (!inset && !is_kind(c->development, "joint-training")))
    return;

  if (!t->sessions)
    t->sessions = mem_array((size_t)s->n_families * s->n_demands + 1, sizeof *t->sessions);

  t->sessions[place]++;
  t->inset |= inset;
}

static void count_tries(struct sweeping *s, const struct facts *f) {
  for (uint32_t i = 0; i < subjects_of(f); i++) {
    uint32_t place = place_of(s, f, i);
    if (place != NOBODY)
      s->tries[f->n_cohorts > 0][place]++;
  }
}

static int by_proposal(const void *x, const void *y) {
  const struct candidate *const *a = x, *const *b = y;
  if ((*a)->need != (*b)->need) {
    if ((*a)->need < (*b)->need)
      return -1;
    return 1;
  }

  int order = strcmp((*a)->development, (*b)->development);
  if (order != 0)
    return order;
  if ((*a)->rule < (*b)->rule)
    return -1;

  return (*a)->rule > (*b)->rule;
}

static bool same_proposal(const struct candidate *a, const struct candidate *b) {
  return a->need == b->need && strcmp(a->development, b->development) == 0;
}

/* One need and development: which rules propose it. A rule that does so twice counts once. What
 * another proposes at a lower priority takes nothing away: a last resort may cover everything. */
static void count_group(struct sweeping *s, const struct candidate *const *group, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (i > 0 && group[i]->rule == group[i - 1]->rule)
      continue;

    s->tallies[group[i]->rule].proposals++;
    for (size_t k = 0; k < n; k++)
      if ((k == 0 || group[k]->rule != group[k - 1]->rule) && group[k]->rule != group[i]->rule &&
          group[k]->priority >= group[i]->priority)
        s->shared[group[i]->rule * s->n_rules + group[k]->rule]++;
  }
}

static void count_proposals(struct sweeping *s, const struct outcome *o) {
  const struct candidate **all = arena_alloc(&s->scratch, (o->n_candidates + 1) * sizeof *all);
  for (uint32_t i = 0; i < o->n_candidates; i++)
    all[i] = &o->candidates[i];

  qsort(all, o->n_candidates, sizeof *all, by_proposal);
  for (uint32_t from = 0, to; from < o->n_candidates; from = to) {
    for (to = from + 1; to < o->n_candidates && same_proposal(all[from], all[to]); to++)
      ;
    count_group(s, all + from, to - from);
  }
}

static void count_failures(struct sweeping *s, const struct outcome *o, uint32_t number) {
  for (uint32_t i = 0; i < o->n_failures; i++) {
    struct tally *t = &s->tallies[o->failures[i].rule];
    if (t->failed++ > 0)
      continue;
    t->failure = mem_strdup(o->failures[i].message);
    t->failed_first = number;
  }
}

static bool answers(const struct need *n, const struct candidate *c, struct arena *a) {
  return need_takes(n, arena_strndup(a, c->development, strcspn(c->development, ".")));
}

/* What is nice to have waits while the person or the post is new. */
static bool can_wait(const struct need *n) {
  return n->purpose == PURPOSE_GROWTH && (n->from == FROM_INDUCTION || n->from == FROM_NEW_ROLE);
}

static void count_answers(struct sweeping *s, const struct outcome *o, const struct facts *f) {
  bool *answered = arena_alloc(&s->scratch, f->n_needs + 1);
  for (uint32_t i = 0; i < o->n_candidates; i++)
    if (answers(&f->needs[o->candidates[i].need], &o->candidates[i], &s->scratch))
      answered[o->candidates[i].need] = true;

  for (uint32_t i = 0; i < f->n_needs; i++) {
    if (can_wait(&f->needs[i]))
      continue;

    struct answered *a = &s->answers[kind_of(&f->needs[i])][f->needs[i].importance];
    a->all++;
    if (answered[i] || a->open++ > 0)
      continue;

    a->competence = competence_of(s, &f->needs[i])->code;
    a->role = f->roles[0];
  }
}

static void show_progress(const struct sweeping *s) {
  uint32_t all = s->n_people + s->n_schools;
  if (!s->shows || (s->n_done % PROGRESS_STEP != 0 && s->n_done != all))
    return;
  fprintf(stderr, s->n_done == all ? "\r\033[K" : "\r%u of %u people and schools", s->n_done, all);
}

/* Person or school is made again: that is cheaper than keeping thousands. */
static void on_outcome(void *arg, const struct outcome *o) {
  struct trying *t = arg;
  struct sweeping *s = t->s;
  struct facts f;

  make_subject(s, t->school, t->number, &s->scratch, &f);
  count_failures(s, o, t->number);
  count_proposals(s, o);
  if (!t->school)
    count_answers(s, o, &f);

  count_tries(s, &f);
  for (uint32_t i = 0; i < o->n_candidates; i++) {
    struct tally *tally = &s->tallies[o->candidates[i].rule];
    count_session(s, tally, &o->candidates[i], &f);
    count_bare(tally, &o->candidates[i]);
  }

  arena_reset(&s->scratch);
  s->n_done++;
  show_progress(s);
  free(t);
}

static void try_each(struct sweeping *s, bool school, uint32_t n) {
  struct arena a = {0};

  for (uint32_t i = 0; i < n; i++) {
    struct trying *t = mem_alloc(sizeof *t);
    struct facts f;

    *t = (struct trying){s, i, school};
    make_subject(s, school, i, &a, &f);
    bench_submit(s->bench, &f, s->day, 0, on_outcome, t);
    arena_reset(&a);
  }

  arena_finish(&a);
}

static void try_everybody(struct sweeping *s) {
  try_each(s, false, s->n_people);
  try_each(s, true, s->n_schools);
  const char *broken = bench_wait(s->bench);
  if (broken)
    fault_list_add(s->faults, true, "%s", broken);
}

/* --- judging --- */

static const char *subject_words(const struct sweeping *s, const struct facts *f, uint32_t at,
                                 struct arena *a) {
  const char *code = catalogue_competence_at(s->catalogue, subject_competence(f, at))->code;
  if (f->n_cohorts > 0)
    return arena_printf(a, "a school where %d of %s need %s", f->cohorts[at].count,
                        f->cohorts[at].family, code);

  return arena_printf(a, "a %s with %s %s", f->roles[0], code,
                      kind_of_need_words[kind_of(&f->needs[at])]);
}

/* The need that the rule failed at: the run is made again, traced. */
static const char *where_it_failed(struct sweeping *s, const struct rule_info *r,
                                   const struct tally *t, struct arena *a) {
  struct facts f;
  struct outcome o = {0};
  struct json trace = {0};
  const char *why;
  size_t at;

  make_subject(s, r->for_school, t->failed_first, a, &f);
  if (bench_evaluate(s->bench, &f, s->day, EVALUATE_TRACED, a, &o))
    json_tree(a, o.trace, strlen(o.trace), &trace, &at, &why);

  const struct json *entries = NULL;
  if (trace.kind == JSON_OBJECT)
    entries = json_member(&trace, "rules");
  for (uint32_t i = 0; entries && i < entries->n; i++) {
    const struct json *need = json_member(&entries->items[i], "need");
    if (!json_member(&entries->items[i], "failed") || !need)
      continue;
    if (strcmp(json_member(&entries->items[i], "rule")->text, r->name) != 0)
      continue;

    for (uint32_t k = 0; k < subjects_of(&f); k++)
      if (strcmp(catalogue_competence_at(s->catalogue, subject_competence(&f, k))->key,
                 need->text) == 0)
        return subject_words(s, &f, k, a);
  }

  if (r->for_school)
    return "a school";

  return arena_printf(a, "a %s", f.roles[0]);
}

static uint32_t looked_at(const struct sweeping *s, const struct rule_info *r) {
  if (r->for_school)
    return s->n_schools;
  return s->n_people;
}

static void judge_failure(struct sweeping *s, const struct rule_info *r, const struct tally *t) {
  struct arena a = {0};
  if (t->failed == 0)
    return;

  fault_list_add(s->faults, true, "%s; rule '%s' fails for %u of %u %s, such as %s", t->failure,
                 r->name, t->failed, looked_at(s, r), r->for_school ? "schools" : "people",
                 where_it_failed(s, r, t, &a));
  arena_finish(&a);
}

static void judge_bare(struct sweeping *s, const struct rule_info *r, const struct tally *t) {
  size_t len = strlen(r->file);
  bool sheet = len > 4 && strcmp(r->file + len - 4, ".csv") == 0;

  if (t->bare == 0)
    return;

  fault_list_add(
      s->faults, true,
      "%s:%d: rule '%s' recommends %s without saying why nothing in the school would do; %s",
      r->file, r->line, r->name, t->bare_first,
      sheet ? "fill the column 'not in house because'" : "add not_in_house = \"...\"");
}

static void judge_silence(struct sweeping *s, const struct rule_info *r, const struct tally *t) {
  if (t->proposals > 0 || t->failed > 0)
    return;

  fault_list_add(
      s->faults, false,
      "%s:%d: rule '%s' proposes nothing to any of %u %s; can its conditions hold together?",
      r->file, r->line, r->name, looked_at(s, r),
      r->for_school ? "schools" : "people of all roles");
}

static bool covers(const struct sweeping *s, uint32_t by, uint32_t rule) {
  uint32_t n = s->tallies[rule].proposals;
  return n >= OVERLAP_LEAST && s->shared[rule * s->n_rules + by] == n;
}

/* Reports the first rule that covers this one. If two cover each other, the later one is reported.
 */
static void judge_overlap(struct sweeping *s, uint32_t rule) {
  const struct rule_info *r = &s->rules[rule];

  for (uint32_t by = 0; by < s->n_rules; by++) {
    if (by == rule || !covers(s, by, rule))
      continue;

    bool same = covers(s, rule, by);
    if (same && by > rule)
      continue;

    const struct rule_info *o = &s->rules[by];

    if (same)
      fault_list_add(
          s->faults, false,
          "%s:%d: rule '%s' is the same as '%s' (%s:%d): both propose the same for the same needs",
          r->file, r->line, r->name, o->name, o->file, o->line);
    else
      fault_list_add(s->faults, false,
                     "%s:%d: rule '%s' is covered by '%s' (%s:%d), which proposes all of it at the "
                     "same priority or a higher one",
                     r->file, r->line, r->name, o->name, o->file, o->line);

    return;
  }
}

/* --- sessions for some --- */

static bool named_in(struct sweeping *s, const struct rule_info *r, const char *family) {
  struct json scope;
  const char *why;
  size_t at;
  if (json_tree(&s->scratch, r->scope, strlen(r->scope), &scope, &at, &why) < 0 ||
      scope.kind != JSON_OBJECT)
    return false;

  const struct json *out = json_member(&scope, "leaves_out");
  for (uint32_t i = 0; out && out->kind == JSON_ARRAY && i < out->n; i++)
    if (strcmp(out->items[i].text, family) == 0)
      return true;

  return false;
}

/* How many sessions a family would have been offered at the rate of those who were, for what is
 * asked of it in the same way. */
static uint64_t expected(const struct sweeping *s, const struct tally *t, const uint32_t *tries,
                         uint32_t family) {
  uint64_t sum = 0;

  for (uint32_t d = 0; d < s->n_demands; d++) {
    uint64_t offered = 0, tried = 0;

    for (uint32_t f = 0; f < s->n_families; f++) {
      if (t->sessions[f * s->n_demands + d] == 0)
        continue;
      offered += t->sessions[f * s->n_demands + d];
      tried += tries[f * s->n_demands + d];
    }

    if (tried > 0)
      sum += offered * tries[family * s->n_demands + d] / tried;
  }

  return sum;
}

static bool is_offered(const struct sweeping *s, const struct tally *t, uint32_t family) {
  for (uint32_t d = 0; d < s->n_demands; d++)
    if (t->sessions[family * s->n_demands + d] > 0)
      return true;
  return false;
}

static void judge_sessions(struct sweeping *s, const struct rule_info *r, const struct tally *t) {
  struct buf out = {0};

  for (uint32_t f = 0; t->inset && f < s->n_families; f++)
    if (!is_offered(s, t, f) && expected(s, t, s->tries[r->for_school], f) >= EXPECTED_LEAST &&
        !named_in(s, r, s->families[f]))
      buf_printf(&out, "%s%s", out.len > 0 ? ", " : "", s->families[f]);

  if (out.len > 0)
    fault_list_add(s->faults, false,
                   "%s:%d: rule '%s' proposes a session (inset) to some and never to %s, who need "
                   "the same; if that is meant, name "
                   "them in leaves_out",
                   r->file, r->line, r->name, buf_cstr(&out));

  buf_finish(&out);
  arena_reset(&s->scratch);
}

/* --- needs without an answer --- */

static bool with_shipped(const struct sweeping *s) {
  for (uint32_t i = 0; i < s->n_rules; i++)
    if (strncmp(s->rules[i].file, "default/", strlen("default/")) == 0)
      return true;
  return false;
}

/* A need that is met is there for another reason, and asks for nothing. */
static void judge_answers(struct sweeping *s) {
  for (int kind = 0; kind < NEED_KINDS && with_shipped(s); kind++)
    for (int i = 0; i < 3 && kind != NEED_MET; i++) {
      const struct answered *a = &s->answers[kind][i];
      if (a->open == 0)
        continue;
      fault_list_add(s->faults, false,
                     "the rules: nothing is proposed for %u of %u needs that are %s and %s, such "
                     "as %s of a %s",
                     a->open, a->all, importance_words[i], kind_of_need_words[kind], a->competence,
                     a->role);
    }
}

/* --- the whole --- */

static void judge(struct sweeping *s) {
  for (uint32_t i = 0; i < s->n_rules; i++) {
    judge_failure(s, &s->rules[i], &s->tallies[i]);
    judge_bare(s, &s->rules[i], &s->tallies[i]);
    judge_silence(s, &s->rules[i], &s->tallies[i]);
    judge_overlap(s, i);
    judge_sessions(s, &s->rules[i], &s->tallies[i]);
  }

  judge_answers(s);
}

static void find_families(struct sweeping *s) {
  uint32_t n;
  const struct role *roles = catalogue_roles(s->catalogue, &n);

  s->families = mem_array((size_t)n + 1, sizeof *s->families);
  for (uint32_t i = 0; i < n; i++)
    if (roles[i].in_scope && roles[i].family && family_at(s, roles[i].family->code) == NOBODY)
      s->families[s->n_families++] = roles[i].family->code;
}

static void find_asked(struct sweeping *s) {
  uint32_t n, n_competences = catalogue_n_competences(s->catalogue);
  const struct role *roles = catalogue_roles(s->catalogue, &n);

  s->asked = mem_array((size_t)s->n_families * n_competences + 1, sizeof *s->asked);
  for (uint32_t i = 0; i < n; i++) {
    uint32_t n_rows, family = roles[i].in_scope && roles[i].family
                                  ? family_at(s, roles[i].family->code)
                                  : NOBODY;
    const struct profile_row *rows = catalogue_profile(s->catalogue, roles[i].code, &n_rows);

    for (uint32_t k = 0; family != NOBODY && k < n_rows; k++)
      if (rows[k].level > 0)
        s->asked[family * n_competences + rows[k].competence->index] = true;
  }
}

static bool any_for_school(const struct sweeping *s) {
  for (uint32_t i = 0; i < s->n_rules; i++)
    if (s->rules[i].for_school)
      return true;
  return false;
}

static void start(struct sweeping *s) {
  s->rules = bench_rules(s->bench, &s->n_rules);
  s->n_demands = catalogue_n_competences(s->catalogue) * DEMANDS;
  s->population = population_create(s->catalogue, s->day, bench_reads_offers(s->bench));
  s->n_people = population_size(s->population);

  if (any_for_school(s))
    s->n_schools = population_schools(s->population);
  else
    s->n_schools = 0;

  s->shows = isatty(STDERR_FILENO);
  find_families(s);
  find_asked(s);
  s->tallies = mem_array((size_t)s->n_rules + 1, sizeof *s->tallies);
  s->shared = mem_array((size_t)s->n_rules * s->n_rules + 1, sizeof *s->shared);
  for (int i = 0; i < 2; i++)
    s->tries[i] = mem_array((size_t)s->n_families * s->n_demands + 1, sizeof *s->tries[i]);
}

static void finish(struct sweeping *s) {
  for (uint32_t i = 0; i < s->n_rules; i++) {
    free(s->tallies[i].failure);
    free(s->tallies[i].bare_first);
    free(s->tallies[i].sessions);
  }

  free(s->tallies);
  free(s->shared);
  for (int i = 0; i < 2; i++)
    free(s->tries[i]);

  free(s->asked);
  free(s->families);
  arena_finish(&s->scratch);
  population_destroy(s->population);
}

void sweep(struct bench *b, const struct catalogue *c, int32_t day, struct fault_list *faults) {
  struct sweeping s = {.bench = b, .catalogue = c, .day = day, .faults = faults};
  start(&s);
  try_everybody(&s);
  if (!bench_wait(b))
    judge(&s);

  finish(&s);
}
