/* test_trial - the people that nobody is, and the shipped rules tried on them: no failure, no
 * doubt, no need without an answer. The guide names every column of a spreadsheet of tests. How
 * tests are read and judged is in tests/integration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../daemon/trial/sheet.c" /* its rows are its own */
#include "base/hash.h"
#include "policy/bundle_files.h"
#include "trial/population.h"
#include "trial/sweep.h"

#define TODAY 20698 /* 2026-09-02 */

static struct bundle rules, catalogue_files;
static struct catalogue *catalogue;
static struct bench *bench;

/* --- the people --- */

static void the_same_people_every_time(void **state) {
  (void)state;
  struct population *one = population_create(catalogue, TODAY, true),
                    *two = population_create(catalogue, TODAY, true);
  struct arena a = {0};
  assert_true(population_size(one) > 1000 && population_size(one) < 10000);
  for (uint32_t i = 0; i < population_size(one); i += 7) {
    struct facts f, g;
    struct buf x = {0}, y = {0};
    population_person(one, i, &a, &f);
    population_person(two, i, &a, &g);
    facts_encode(&f, &x);
    facts_encode(&g, &y);
    assert_int_equal(x.len, y.len);
    assert_memory_equal(x.data, y.data, x.len);
    buf_finish(&x);
    buf_finish(&y);
    arena_reset(&a);
  }
  arena_finish(&a);
  population_destroy(one);
  population_destroy(two);
}

/* Each need of each profile, in each state, from each origin. */
static void every_need_in_every_state(void **state) {
  (void)state;
  struct population *p = population_create(catalogue, TODAY, false);
  struct arena a = {0};
  uint32_t n_roles, n_rows, n_competences = catalogue_n_competences(catalogue);
  const struct role *roles = catalogue_roles(catalogue, &n_roles);
  size_t policies = (size_t)n_roles * n_competences * NEED_KINDS * NEED_FROM_COUNT;
  bool *met = mem_array(policies, sizeof *met),
       *competence = mem_array(n_competences, sizeof *competence);
  for (uint32_t i = 0; i < population_size(p); i++) {
    struct facts f;
    population_person(p, i, &a, &f);
    uint32_t role = (uint32_t)(catalogue_role(catalogue, f.roles[0]) - roles);
    for (uint32_t k = 0; k < f.n_needs; k++) {
      const struct need *n = &f.needs[k];
      competence[n->competence] = true;
      met[((role * n_competences + n->competence) * NEED_KINDS + kind_of(n)) * NEED_FROM_COUNT +
          n->from] = true;
      assert_true(n->required > 0 && (k == 0 || f.needs[k - 1].competence < n->competence));
    }
    arena_reset(&a);
  }
  for (uint32_t r = 0; r < n_roles; r++) {
    const struct profile_row *rows = roles[r].in_scope
                                         ? catalogue_profile(catalogue, roles[r].code, &n_rows)
                                         : NULL;
    for (uint32_t k = 0; rows != NULL && k < n_rows; k++)
      for (int from = 0; rows[k].level > 1 && from < NEED_FROM_COUNT; from++)
        for (int kind = 0; kind < NEED_KINDS; kind++) {
          /* two levels short of 2 is level 0 */
          if (kind == NEED_MORE_STEPS && rows[k].level == 2)
            continue;
          bool can_end = rows[k].competence->certificate && rows[k].purpose == PURPOSE_COMPLIANCE;
          if (kind == NEED_ENDING && !can_end)
            continue;
          if (!met[((r * n_competences + rows[k].competence->index) * NEED_KINDS + (uint32_t)kind) *
                       NEED_FROM_COUNT +
                   (uint32_t)from])
            fail_msg("no %s with %s %s from %s", roles[r].code, rows[k].competence->code,
                     kind_of_need_words[kind], need_from_words[from]);
        }
  }
  for (uint32_t c = 0; c < n_competences; c++)
    if (!competence[c])
      fail_msg("nobody needs %s", catalogue_competence_at(catalogue, c)->key);
  free(met);
  free(competence);
  arena_finish(&a);
  population_destroy(p);
}

/* None, one and several; of every kind; the same one twice; in the order of the daemon's shelf. */
static void offers_in_their_variety(void **state) {
  (void)state;
  static const char *const kinds[] = {"course.", "qualification.", "unit.", "inset.",
                                      "e-learning."};
  struct population *p = population_create(catalogue, TODAY, true),
                    *without = population_create(catalogue, TODAY, false);
  struct arena a = {0};
  size_t met[ARRAY_LEN(kinds)] = {0}, counts[5] = {0}, modes[2] = {0}, twice = 0;
  assert_true(population_size(p) > population_size(without) &&
              population_size(p) < 2 * population_size(without));
  for (uint32_t i = 0; i < population_size(p); i += 3) {
    struct facts f;
    population_person(p, i, &a, &f);
    uint32_t of[200] = {0};
    for (uint32_t k = 0; k < f.n_answers; k++) {
      const struct offered *o = &f.offers[f.answers[k].offer],
                           *before = k > 0 ? &f.offers[f.answers[k - 1].offer] : NULL;
      struct development d;
      assert_true(f.answers[k].need < f.n_needs && f.n_needs <= ARRAY_LEN(of));
      assert_true(catalogue_development(catalogue, o->development, &a, &d));
      of[f.answers[k].need]++;
      modes[o->mode != NULL]++;
      bool closes = false;
      for (uint32_t c = 0; c < d.n_competences; c++)
        closes |= d.competences[c]->index == f.needs[f.answers[k].need].competence;
      if (!closes)
        fail_msg("%s closes no need in %u", o->development, f.needs[f.answers[k].need].competence);
      for (size_t n = 0; n < ARRAY_LEN(kinds); n++)
        met[n] += strncmp(o->development, kinds[n], strlen(kinds[n])) == 0;
      if (before == NULL || f.answers[k - 1].need != f.answers[k].need)
        continue;
      bool same = strcmp(before->development, o->development) == 0 && before->fee != o->fee;
      twice += same && d.qualification != NULL;
      assert_true(o->first == ABSENT || (before->first != ABSENT && before->first <= o->first));
      assert_true(before->first != o->first || before->fee <= o->fee);
    }
    for (uint32_t k = 0; k < f.n_needs; k++)
      counts[of[k]]++;
    population_person(without, i % population_size(without), &a, &f);
    assert_int_equal(f.n_offers + f.n_answers, 0);
    arena_reset(&a);
  }
  for (size_t n = 0; n < ARRAY_LEN(kinds); n++)
    assert_true(met[n] > 100);
  for (size_t n = 0; n < ARRAY_LEN(counts); n++)
    assert_true(counts[n] > 100);
  assert_true(modes[0] > 100 && modes[1] > 100);
  assert_true(twice > 1000); /* more than chance would bring */
  arena_finish(&a);
  population_destroy(p);
  population_destroy(without);
}

/* --- the shipped rules --- */

static void the_shipped_rules_are_sound(void **state) {
  (void)state;
  struct fault_list faults = {0};
  for (size_t i = 0; i < bench_warnings(bench)->n; i++)
    fault_list_add(&faults, false, "%s", bench_warnings(bench)->lines[i].said);
  sweep(bench, catalogue, TODAY, &faults);
  for (size_t i = 0; i < faults.n; i++)
    print_error("%s\n", faults.lines[i].said);
  assert_int_equal(faults.n, 0);
  fault_list_finish(&faults);
}

static void every_rule_says_who_and_why(void **state) {
  (void)state;
  uint32_t n;
  const struct rule_info *all = bench_rules(bench, &n);
  assert_true(n > 40);
  for (uint32_t i = 0; i < n; i++) {
    assert_string_equal(all[i].owner, "needsd default rules");
    assert_true(strlen(all[i].about) > 20);
  }
}

/* Forty gaps at once: nobody has as many, and no rule may run out of its budget on fewer. */
static void many_gaps_stay_within_the_budget(void **state) {
  (void)state;
  struct need needs[40];
  struct facts f = {.roles = {"TASS"},
                    .n_roles = 1,
                    .family = "learning-support",
                    .minutes = ABSENT,
                    .weeks = ABSENT,
                    .term_time = ABSENT,
                    .employer = ABSENT,
                    .started = ABSENT,
                    .progression = PROGRESSION_YES,
                    .no_computer = 0,
                    .n_clusters = 1,
                    .needs = needs};
  struct outcome o;
  struct arena a = {0};
  for (uint32_t i = 0; i < catalogue_n_competences(catalogue) && f.n_needs < ARRAY_LEN(needs);
       i++) {
    if (strncmp(catalogue_competence_at(catalogue, i)->code, "STL", 3) != 0)
      continue;
    needs[f.n_needs++] = (struct need){.competence = i,
                                       .ends_on = ABSENT,
                                       .current = 1,
                                       .required = 3,
                                       .gap = 2,
                                       .weight = 3,
                                       .confidence = ABSENT,
                                       .rated_on = TODAY - 100,
                                       .lapsed_on = ABSENT,
                                       .importance = IMPORTANCE_ESSENTIAL,
                                       .purpose = PURPOSE_ROLE,
                                       .nature = NATURE_UNKNOWN,
                                       .from = FROM_REVIEW,
                                       .post = "TASS",
                                       .evidence = "manager"};
  }
  assert_int_equal(f.n_needs, ARRAY_LEN(needs));
  assert_true(bench_evaluate(bench, &f, TODAY, 0, &a, &o));
  for (uint32_t i = 0; i < o.n_failures; i++)
    print_error("%s\n", o.failures[i].message);
  assert_int_equal(o.n_failures, 0);
  assert_true(o.n_candidates >= f.n_needs);
  arena_finish(&a);
}

/* --- the guide --- */

static void guide_has_every_column(void **state) {
  (void)state;
  struct buf guide = {0};
  char part[4096], row[80];
  FILE *f = fopen(SOURCE_ROOT "/docs/rules.md", "re");
  assert_non_null(f);
  for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
    buf_put(&guide, part, n);
  fclose(f);
  const char *chapter = strstr(buf_cstr(&guide), "\n### Tests in a spreadsheet\n");
  assert_non_null(chapter);
  for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
    snprintf(row, sizeof row, "\n| `%s` | ", columns[i].title);
    if (strstr(chapter, row) == NULL)
      fail_msg("docs/rules.md has no row for the column '%s'", columns[i].title);
  }
  buf_finish(&guide);
}

/* --- the set --- */

static int open_set(void **state) {
  (void)state;
  struct error err = {0};
  struct fault_list faults = {0};
  if (hash_init() < 0)
    return -1;
  if (policy_slot_read_policy(SOURCE_ROOT "/rules", NULL, NULL, &rules, &catalogue_files, &err) < 0)
    fail_msg("%s", err.text);
  if (catalogue_create(&catalogue, &catalogue_files, &faults) == 0)
    bench = bench_open(getenv("NEEDS_WORKER"), "test", &rules, &catalogue_files, &faults);
  for (size_t i = 0; i < faults.n; i++)
    print_error("%s\n", faults.lines[i].said);
  fault_list_finish(&faults);
  return bench != NULL ? 0 : -1;
}

static int close_set(void **state) {
  (void)state;
  bench_close(bench);
  catalogue_destroy(catalogue);
  bundle_finish(&rules);
  bundle_finish(&catalogue_files);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_people_every_time),
      cmocka_unit_test(every_need_in_every_state),
      cmocka_unit_test(offers_in_their_variety),
      cmocka_unit_test(the_shipped_rules_are_sound),
      cmocka_unit_test(every_rule_says_who_and_why),
      cmocka_unit_test(many_gaps_stay_within_the_budget),
      cmocka_unit_test(guide_has_every_column),
  };
  if (getenv("NEEDS_WORKER") == NULL) {
    print_message("NEEDS_WORKER is not set: these tests need the worker\n");
    return 77; /* skipped */
  }
  return cmocka_run_group_tests(tests, open_set, close_set);
}
