/* run - runs all tests through one worker and finds which rules and conditions they reached. See
 * test.h. */
#include "trial/test.h"

#include <stdio.h>
#include <string.h>

#include "needs/cohort.h"

/* Which rules some test that passes saw fire, and which refuse. */
struct seen {
  bool fires, refuses;
};

struct running {
  const struct trial_options *o;
  struct bench *bench;
  const struct catalogue *catalogue;
  const struct rule_info *rules;
  uint32_t n_rules;
  struct arena *a;
  struct seen *seen;
  struct trial_report *report;
};

static bool chosen(const struct trial_options *o, const struct test *t) {
  for (size_t i = 0; i < o->n_names; i++)
    if (strstr(t->name, o->names[i]) || strstr(t->file, o->names[i]))
      return true;
  return o->n_names == 0;
}

static uint32_t rule_called(const struct running *r, const char *name) {
  for (uint32_t i = 0; name && i < r->n_rules; i++)
    if (strcmp(r->rules[i].name, name) == 0)
      return i;
  return r->n_rules;
}

/* A rule refuses when it looked at a need and said no, or when a test says that it must. */
static void note_seen(struct running *r, const struct test *t, const struct came *came) {
  const struct json *entries = json_member(came->trace, "rules");
  for (uint32_t i = 0; i < came->outcome->n_candidates; i++)
    r->seen[came->outcome->candidates[i].rule].fires = true;
  for (uint32_t i = 0; entries && i < entries->n; i++) {
    const struct json *name = json_member(&entries->items[i], "rule"),
                      *fired = json_member(&entries->items[i], "fired");
    uint32_t rule = rule_called(r, name->text);
    if (rule < r->n_rules && !fired->boolean && json_member(&entries->items[i], "need"))
      r->seen[rule].refuses = true;
  }

  for (uint32_t i = 0; i < r->n_rules; i++)
    if (!r->seen[i].refuses && expect_refuses(t, r->rules[i].name))
      r->seen[i].refuses = true;
}

/* Only a test that passes has shown anything. Its conditions are noted in the worker, by the same
 * evaluation once more. */
static void note_reached(struct running *r, const struct test *t, const struct subject *s,
                         const struct came *came) {
  struct outcome again = {0};
  note_seen(r, t, came);
  bench_evaluate(r->bench, &s->facts, s->day, EVALUATE_COVERED, r->a, &again);
}

static struct proposal *proposals_of(const struct running *r, const struct came *came) {
  const struct outcome *o = came->outcome;
  struct proposal *all = arena_alloc(r->a, (o->n_candidates + 1) * sizeof *all);

  for (uint32_t i = 0; i < o->n_candidates; i++) {
    const struct candidate *c = &o->candidates[i];
    uint32_t competence = subject_competence(&came->subject->facts, c->need);
    all[i] = (struct proposal){r->rules[c->rule].name,
                               catalogue_competence_at(r->catalogue, competence)->code,
                               c->development, c->priority};
  }

  return all;
}

static void advise(const struct running *r, const struct subject *s, const struct outcome *o,
                   struct advice_list *ret) {
  if (s->person)
    choose(s->person, r->catalogue, &s->facts, o, r->rules, r->n_rules, s->day, r->a, ret);
  else
    cohort_choose(s->school, r->catalogue, &s->facts, o, r->rules, r->a, ret);
}

/* The subject's memory goes with it, so that everything kept is a copy in the arena. */
static void judge_one(struct running *r, const struct test *t, struct subject *s,
                      struct tested *ret) {
  struct outcome outcome = {0};
  struct faults_of_test faults;

  if (!bench_evaluate(r->bench, &s->facts, s->day, EVALUATE_TRACED, r->a, &outcome)) {
    fault_list_add(&r->report->faults, true, "%s:%d: the rules cannot go on: %s", t->file, t->line,
                   bench_wait(r->bench));
    return;
  }

  struct came came = {.catalogue = r->catalogue,
                      .rules = r->rules,
                      .n_rules = r->n_rules,
                      .subject = s,
                      .outcome = &outcome,
                      .trace = test_parse(r->a, outcome.trace, strlen(outcome.trace))};
  advise(r, s, &outcome, &came.advice);
  expect_judge(t, &came, r->a, &faults);
  ret->passed = faults.n == 0;
  if (ret->passed)
    note_reached(r, t, s, &came);

  ret->n_failings = faults.n;
  ret->failings = arena_alloc(r->a, (faults.n + 1) * sizeof *ret->failings);
  if (faults.n > 0)
    memcpy(ret->failings, faults.failings, faults.n * sizeof *ret->failings);

  free(faults.failings);
  ret->proposals = proposals_of(r, &came);
  ret->n_proposals = outcome.n_candidates;
}

static void run_one(struct running *r, const struct test *t) {
  struct tested *ret = &r->report->tested[r->report->n_tested];
  struct subject s;

  *ret = (struct tested){.test = t};
  bool sound = expect_form(t, r->catalogue, r->rules, r->n_rules, r->a, &r->report->faults);
  sound = subject_make(&s, t, r->catalogue, r->a, &r->report->faults) && sound;
  if (sound)
    judge_one(r, t, &s, ret);

  subject_finish(&s);
  if (!sound)
    return; /* told as a fault */

  r->report->n_tested++;
  r->report->n_failed += !ret->passed;
}

/* --- coverage --- */

/* The rules that these tests answer for: with a directory, the authority's own. */
static bool ours(const struct running *r, const char *file) {
  return !r->o->rules_dir || r->o->all || strncmp(file, "authority/", strlen("authority/")) == 0;
}

static void add_missing(struct trial_report *t, const char *file, int32_t line, const char *text) {
  t->missing = mem_grow(t->missing, &t->cap_missing, t->n_missing + 1, sizeof *t->missing);
  t->missing[t->n_missing++] = (struct missing){.file = file, .line = line, .text = text};
}

/* If some tests fail, "in no test" would be wrong about what those contain. */
static const char *of_those(const struct running *r) {
  if (r->report->n_failed > 0)
    return " that passes";
  return "";
}

static void cover_rules(struct running *r) {
  for (uint32_t i = 0; i < r->n_rules; i++) {
    const struct rule_info *u = &r->rules[i];
    const struct seen *s = &r->seen[i];

    if (!ours(r, u->file))
      continue;

    r->report->rules++;
    r->report->rules_covered += s->fires && s->refuses;
    if (!s->fires)
      add_missing(r->report, u->file, u->line,
                  arena_printf(r->a, "rule %s fires in no test%s", u->name, of_those(r)));

    if (!s->refuses)
      add_missing(r->report, u->file, u->line,
                  arena_printf(r->a, "rule %s refuses in no test%s", u->name, of_those(r)));
  }
}

static void cover_condition(struct running *r, const struct json *k) {
  const char *file = json_member(k, "file")->text;
  const struct json *text = json_member(k, "text"), *line = json_member(k, "line");
  bool held = json_member(k, "held")->boolean, failed = json_member(k, "failed")->boolean;
  int64_t at = 0;

  json_whole(line->text, line->len, &at);
  if (!ours(r, file))
    return;

  r->report->conditions++;
  r->report->conditions_covered += held && failed;
  if (held && failed)
    return;

  const char *what;

  if (!held && !failed)
    what = arena_printf(r->a, "is reached in no test%s", of_those(r));
  else if (held)
    what = arena_printf(r->a, "holds in every test that %sreaches it",
                        r->report->n_failed > 0 ? "passes and " : "");
  else
    what = arena_printf(r->a, "holds in no test%s", of_those(r));

  const char *name = "a condition without a reason of its own";
  if (text)
    name = arena_printf(r->a, "condition \"%s\"", text->text);

  add_missing(r->report, file, (int32_t)at, arena_printf(r->a, "%s %s", name, what));
}

static int by_place(const void *x, const void *y) {
  const struct missing *a = x, *b = y;
  int order = strcmp(a->file, b->file);
  if (order == 0 && a->line != b->line) {
    if (a->line < b->line)
      order = -1;
    else
      order = 1;
  }

  if (order != 0)
    return order;
  return strcmp(a->text, b->text);
}

static void cover(struct running *r) {
  const char *json = bench_coverage(r->bench, r->a);
  const struct json *all = test_parse(r->a, json, strlen(json));

  r->report->has_coverage = true;
  cover_rules(r);
  for (uint32_t i = 0; all->kind == JSON_ARRAY && i < all->n; i++)
    cover_condition(r, &all->items[i]);
  if (r->report->n_missing > 1)
    qsort(r->report->missing, r->report->n_missing, sizeof *r->report->missing, by_place);
}

/* --- all of them --- */

static void no_tests(const struct trial_options *o, const char *dir, struct fault_list *faults) {
  fault_list_add(faults, true,
                 "%s/tests: holds no tests; put them there as .lua or .csv files, such as\n"
                 "  test \"one step away, and a colleague can show it\" {\n"
                 "    role = \"TASS\", ratings = { STL3 = 2 }, colleagues = { \"shadow-host\" },\n"
                 "    expect = { { recommends = \"shadowing.STL3\" } },\n"
                 "  }",
                 o->rules_dir ? o->rules_dir : dir);
}

/* A single word that chooses nothing may have been meant for a directory. */
static void no_such_test(const struct trial_options *o, size_t n, struct fault_list *faults) {
  if (!o->rules_dir && o->n_names == 1)
    fault_list_add(faults, true,
                   "no test has one of these names or files, and there is no directory '%s'; there "
                   "are %zu tests",
                   o->names[0], n);
  else
    fault_list_add(faults, true, "no test has one of these names or files; there are %zu tests", n);
}

static void read_all(struct running *r, struct test_list *all) {
  const char *shipped = arena_printf(r->a, "%s/default", r->o->share);
  struct fault_list *faults = &r->report->faults;

  if (r->o->rules_dir)
    tests_read(r->bench, r->o->rules_dir, "tests/", r->a, all, faults);
  if (!r->o->rules_dir || r->o->all)
    tests_read(r->bench, shipped, r->o->rules_dir ? "default-tests/" : "tests/", r->a, all, faults);
  if (all->n == 0 && faults->errors == 0)
    no_tests(r->o, shipped, faults);
}

void trial_run(const struct trial_options *o, struct bench *b, const struct catalogue *c,
               struct arena *a, struct trial_report *ret) {
  struct running r = {.o = o, .bench = b, .catalogue = c, .a = a, .report = ret};
  struct test_list all = {0};

  r.rules = bench_rules(b, &r.n_rules);
  r.seen = arena_alloc(a, (r.n_rules + 1) * sizeof *r.seen);
  read_all(&r, &all);
  ret->tested = arena_alloc(a, (all.n + 1) * sizeof *ret->tested);
  ret->chosen_out_of = all.n;

  struct test *kept = arena_alloc(a, (all.n + 1) * sizeof *kept); /* the report points at them */
  if (all.n > 0)
    memcpy(kept, all.items, all.n * sizeof *kept);
  for (size_t i = 0; i < all.n; i++)
    if (chosen(o, &kept[i]))
      run_one(&r, &kept[i]);

  if (all.n > 0 && ret->n_tested == 0 && ret->faults.errors == 0)
    no_such_test(o, all.n, &ret->faults);

  /* what a faulty test would have reached, nobody knows */
  if (o->n_names == 0 && ret->faults.errors == 0)
    cover(&r);

  free(all.items);
}

bool trial_passed(const struct trial_options *o, const struct trial_report *r) {
  bool covered = !r->has_coverage || r->n_missing == 0;
  return r->faults.errors == 0 && r->n_failed == 0 && (covered || !o->strict);
}
