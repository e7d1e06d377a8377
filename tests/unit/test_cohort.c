/* cohort - who is counted, and what a school hears of the counts; on the shipped catalogue. */
#include <malloc.h>

#include "facts_support.h"
#include "needs/advice.h"
#include "needs/cohort.h"

static struct catalogue *catalogue;

static uint32_t at(const char *code) {
  return catalogue_competence(catalogue, code)->index;
}

/* A person with one need in STL3: current, required, importance. */
static struct tally *counted(const char *family, int32_t current, int32_t gap,
                             enum importance importance) {
  struct need n = {.competence = at("STL3"),
                   .ends_on = ABSENT,
                   .current = current,
                   .required = 3,
                   .gap = gap,
                   .importance = (uint8_t)importance};
  struct facts f = {.family = family, .needs = &n, .n_needs = 1};
  return tally_of(&f);
}

static void put(struct school *school, size_t i, struct tally *tally) {
  static struct person people[12];
  static struct person *list[12];
  free(people[i].tally);
  people[i].tally = tally;
  list[i] = &people[i];
  school->persons = list;
  if (i >= school->n_persons)
    school->n_persons = i + 1;
}

/* The facts of the school from what its people add, without helpers and effects. */
static void count_school(const struct school *school, struct arena *a, struct facts *ret) {
  const struct facts_context context = {.catalogue = catalogue};
  const struct tally_list tallies = tallies_of(school, a);
  cohort_facts(school, &context, &tallies, a, ret);
}

static void only_who_is_known_to_lack_it_is_counted(void **state) {
  (void)state;
  static const struct {
    int32_t current, gap;
    enum importance importance;
    uint32_t n;
  } rows[] = {
      {1, 2, IMPORTANCE_ESSENTIAL, 1},      {3, 0, IMPORTANCE_ESSENTIAL, 0},
      {ABSENT, 3, IMPORTANCE_ESSENTIAL, 0}, {ABSENT, 3, IMPORTANCE_STATUTORY, 1},
      {3, 0, IMPORTANCE_STATUTORY, 0},      {1, 2, IMPORTANCE_DESIRABLE, 1},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct school school = {0};
    struct arena a = {0};
    struct facts f;
    put(&school, 0, counted("site", rows[i].current, rows[i].gap, rows[i].importance));
    count_school(&school, &a, &f);
    if (f.n_cohorts != rows[i].n)
      fail_msg("row %zu: %u cohorts", i, f.n_cohorts);
    arena_finish(&a);
    put(&school, 0, NULL);
  }
  assert_null(counted(NULL, 1, 2, IMPORTANCE_ESSENTIAL)); /* no post yet: of no family */
}

static void tallies_are_the_same_or_not(void **state) {
  (void)state;
  struct tally *t[] = {
      counted("site", 1, 2, IMPORTANCE_ESSENTIAL), counted("site", 2, 1, IMPORTANCE_ESSENTIAL),
      counted("midday", 1, 2, IMPORTANCE_ESSENTIAL), counted("site", 1, 2, IMPORTANCE_STATUTORY),
      counted("site", 3, 0, IMPORTANCE_ESSENTIAL)};
  assert_true(diff_counts_same(t[0], t[1])); /* the level is nobody's business */
  for (size_t i = 2; i < ARRAY_LEN(t); i++)
    assert_false(diff_counts_same(t[0], t[i]));
  assert_false(diff_counts_same(t[0], NULL));
  assert_true(diff_counts_same(NULL, NULL));
  for (size_t i = 0; i < ARRAY_LEN(t); i++)
    free(t[i]);
}

/* Candidates for the cohort of `n` people: which advice comes of them. */
static struct advice advised(struct arena *a, uint32_t n, struct candidate *candidates,
                             uint32_t n_candidates) {
  static const struct rule_info rules[] = {
      {.name = "a", .about = "about a", .source = "guide-2010"},
      {.name = "b", .about = "about b", .source = "guide-2010"}};
  struct school school = {0};
  struct facts f;
  struct advice_list list;
  for (uint32_t i = 0; i < n; i++)
    put(&school, i, counted("site", 1, 2, IMPORTANCE_ESSENTIAL));
  count_school(&school, a, &f);
  assert_true(f.n_cohorts == 1 && f.cohorts[0].count == (int32_t)n &&
              f.cohorts[0].roster == ABSENT);
  struct outcome o = {.candidates = candidates, .n_candidates = n_candidates};
  cohort_choose(&school, catalogue, &f, &o, rules, a, &list);
  for (uint32_t i = 0; i < n; i++)
    put(&school, i, NULL);
  assert_int_equal(list.n, 1);
  return list.items[0];
}

#define PROPOSED(rule, development, priority)                                                      \
  { rule, 0, development, priority, ABSENT, ABSENT, "because", NULL }

static void a_count_below_five_is_not_told(void **state) {
  (void)state;
  struct arena a = {0};
  struct candidate c[] = {PROPOSED(0, "inset.STL3", 60)};
  const struct advice few = advised(&a, 4, c, 1), many = advised(&a, 5, c, 1);
  assert_string_equal(few.id, "inset.STL3.site");
  assert_true(advice_holds_back_count(few.json) && strstr(few.json, "several people") &&
              !strchr(strstr(few.json, "\"summary\""), '4'));
  assert_true(!advice_holds_back_count(many.json) && strstr(many.json, "5 people") &&
              strstr(many.json, "\"count\":5"));
  arena_finish(&a);
}

/* A rule that chooses its words and numbers by the count tells it, though none of them was made
 * from it. */
static void what_a_rule_chooses_for_a_few_is_not_told(void **state) {
  (void)state;
  static const char *const chosen[] = {"they are four", "\"weeks\":4", "\"minutes\":44",
                                       "\"priority\":84", "no four of ours"};
  struct arena a = {0};
  struct candidate c[] = {{0, 0, "inset.STL3", 84, 4, 44, "they are four", "no four of ours"}};
  const struct advice few = advised(&a, 4, c, 1), many = advised(&a, 5, c, 1);
  for (size_t i = 0; i < ARRAY_LEN(chosen); i++) {
    if (strstr(few.json, chosen[i]))
      fail_msg("%s hears: %s", chosen[i], few.json);
    if (!strstr(many.json, chosen[i]))
      fail_msg("%s is not told: %s", chosen[i], many.json);
  }
  assert_true(strstr(few.json, "\"text\":\"about a\"") && strstr(few.json, "\"priority\":50"));
  assert_true(strstr(few.json, "\"minutes\":")); /* the usual ones */
  arena_finish(&a);
}

static void the_best_proposal_is_advised(void **state) {
  (void)state;
  struct arena a = {0};
  struct candidate c[] = {PROPOSED(0, "inset.STL3", 60), PROPOSED(1, "network.STL3", 60),
                          PROPOSED(1, "joint-training.STL3", 70)};
  assert_string_equal(advised(&a, 6, c, 3).id, "joint-training.STL3.site");
  /* of equals the first by its id */
  assert_string_equal(advised(&a, 6, c, 2).id, "inset.STL3.site");
  arena_finish(&a);
}

/* Facts wait for a worker while people move on. */
static void facts_outlive_what_they_were_made_of(void **state) {
  (void)state;
  struct school school = {0};
  struct arena a = {0};
  struct facts f;
  struct tally *t = counted("site", 1, 2, IMPORTANCE_ESSENTIAL);
  put(&school, 0, t);
  count_school(&school, &a, &f);
  memset(t, 'x', malloc_usable_size(t));
  assert_string_equal(f.cohorts[0].family, "site");
  assert_true(f.n_present == 1 && strcmp(f.present[0], "site") == 0);
  put(&school, 0, NULL);
  arena_finish(&a);
}

/* Whom a training day leaves out is a matter of the facts: the result says so when everybody has
 * gone meanwhile. */
static void who_is_left_out_is_of_the_facts(void **state) {
  (void)state;
  static const struct rule_info rules[] = {{.name = "a", .source = "guide-2010"}};
  struct candidate c[] = {PROPOSED(0, "inset.STL3", 60)};
  struct outcome o = {.candidates = c, .n_candidates = 1};
  struct school school = {0};
  struct arena a = {0};
  struct facts f, back;
  struct advice_list list;
  struct buf bytes = {0};
  put(&school, 0, counted("site", 1, 2, IMPORTANCE_ESSENTIAL));
  put(&school, 1, counted("midday", 3, 0, IMPORTANCE_ESSENTIAL));
  count_school(&school, &a, &f);
  facts_encode(&f, &bytes);
  assert_int_equal(facts_decode(&a, bytes.data, bytes.len, UINT32_MAX, &back), 0);
  assert_true(back.n_present == 2 && strcmp(back.present[0], "midday") == 0);
  put(&school, 0, NULL);
  put(&school, 1, NULL);
  cohort_choose(&school, catalogue, &f, &o, rules, &a, &list);
  assert_non_null(strstr(list.items[0].json, "\"leaves_out\":[\"midday\"]"));
  buf_finish(&bytes);
  arena_finish(&a);
}

/* No rule can propose it: only a worker that its rules broke out of. */
static void an_unknown_development_is_skipped(void **state) {
  (void)state;
  struct arena a = {0};
  struct candidate c[] = {PROPOSED(0, "nonsense", 90), PROPOSED(0, "inset.STL3", 60),
                          PROPOSED(1, "nonsense", 60)};
  assert_string_equal(advised(&a, 6, c, 3).id, "inset.STL3.site");
  arena_finish(&a);
}

static int catalogue_up(void **state) {
  (void)state;
  catalogue = shipped_catalogue();
  return hash_init();
}
static int catalogue_down(void **state) {
  (void)state;
  catalogue_destroy(catalogue);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(only_who_is_known_to_lack_it_is_counted),
      cmocka_unit_test(tallies_are_the_same_or_not),
      cmocka_unit_test(a_count_below_five_is_not_told),
      cmocka_unit_test(what_a_rule_chooses_for_a_few_is_not_told),
      cmocka_unit_test(the_best_proposal_is_advised),
      cmocka_unit_test(facts_outlive_what_they_were_made_of),
      cmocka_unit_test(who_is_left_out_is_of_the_facts),
      cmocka_unit_test(an_unknown_development_is_skipped),
  };
  return cmocka_run_group_tests(tests, catalogue_up, catalogue_down);
}
