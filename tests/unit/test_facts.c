/* test_facts - the codec of facts and outcomes: the way there and back, every bound, and 50,000
 * mutated inputs. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/facts.h"

#define N_COMPETENCES 40
#define N_RULES 5

static struct held holds[] = {{"maths@2", 18000, ABSENT}, {"TDA 2.1", ABSENT, 21000}};
static struct wish wishes[] = {
    {"HLTA", NULL, NULL}, {NULL, "SWIS2-CERT", NULL}, {NULL, NULL, "STL@2007/STL18"}};
static const char *formats[] = {"evening", "on-line"};
static const struct need whole_needs[] = {
    {3, ABSENT, 2, 2, 5, ABSENT, ABSENT, 19000, IMPORTANCE_STATUTORY, PURPOSE_COMPLIANCE,
     NATURE_BOTH, FROM_REFRESH, 0, 0x7f, "TASS", NULL, 5, "behaviour"},
    {3, 1, 2, 1, 3, 4, 20000, ABSENT, IMPORTANCE_ESSENTIAL, PURPOSE_ROLE, NATURE_UNKNOWN,
     FROM_REVIEW, 1, 0, "LSEN", "manager"},
    {39, 3, 2, -1, 1, 0, 20100, ABSENT, IMPORTANCE_DESIRABLE, PURPOSE_GROWTH, NATURE_SKILL,
     FROM_PROFILE, 1, 1, NULL, "certificate", .differs = DIFFERS_SELF, .differs_level = 4,
     .differs_on = 20200},
};
static struct need needs[ARRAY_LEN(whole_needs)];
static const struct offered whole_offers[] = {
    {"of-1", "inset.STL3", "Town", "hall", "all", 4500, 24, 20100, 20101, 1},
    {"of-2", "course.golf", NULL, NULL, NULL, ABSENT, ABSENT, ABSENT, ABSENT, 0},
};
static struct offered offers[ARRAY_LEN(whole_offers)];
static const struct answer whole_answers[] = {{0, 1}, {1, 0}, {1, 1}};
static struct answer answers[ARRAY_LEN(whole_answers)];

static const struct effect whole_effects[] = {
    {"coaching", 20, 10}, {"course", 10, 0}, {"unit", 30, 30}};
static struct effect effects[ARRAY_LEN(whole_effects)];

static struct facts whole(void) {
  memcpy(effects, whole_effects, sizeof effects);
  memcpy(needs, whole_needs, sizeof needs);
  memcpy(offers, whole_offers, sizeof offers);
  memcpy(answers, whole_answers, sizeof answers);
  struct facts f = {.roles = {"TASS", "LSEN"},
                    .n_roles = 2,
                    .family = "learning-support",
                    .minutes = 960,
                    .weeks = 39,
                    .term_time = 1,
                    .employer = EMPLOYER_SCHOOL,
                    .started = 17000,
                    .progression = PROGRESSION_YES,
                    .no_computer = 0,
                    .contract = "PRM",
                    .holds = holds,
                    .n_holds = 2,
                    .wishes = wishes,
                    .n_wishes = 3,
                    .formats = formats,
                    .n_formats = 2,
                    .phase = "primary",
                    .n_clusters = 1,
                    .needs = needs,
                    .n_needs = ARRAY_LEN(needs),
                    .offers = offers,
                    .n_offers = ARRAY_LEN(offers),
                    .answers = answers,
                    .n_answers = ARRAY_LEN(answers),
                    .effects = effects,
                    .n_effects = ARRAY_LEN(effects)};
  return f;
}

static struct facts nothing(void) {
  return (struct facts){.minutes = ABSENT,
                        .weeks = ABSENT,
                        .term_time = ABSENT,
                        .employer = ABSENT,
                        .started = ABSENT,
                        .progression = ABSENT,
                        .no_computer = ABSENT};
}

static int decode(const struct facts *f, struct arena *a, struct facts *ret) {
  struct buf b = {0};
  facts_encode(f, &b);
  int rc = facts_decode(a, b.data, b.len, N_COMPETENCES, ret);
  buf_finish(&b);
  return rc;
}

static void same_bytes_again(const struct facts *f) {
  struct arena a = {0};
  struct buf first = {0}, second = {0};
  struct facts back;
  facts_encode(f, &first);
  assert_int_equal(facts_decode(&a, first.data, first.len, N_COMPETENCES, &back), 0);
  facts_encode(&back, &second);
  assert_int_equal(first.len, second.len);
  assert_memory_equal(first.data, second.data, first.len);
  buf_finish(&first);
  buf_finish(&second);
  arena_finish(&a);
}

static void facts_come_back_as_they_went(void **state) {
  (void)state;
  struct facts f = whole(), none = nothing();
  same_bytes_again(&f);
  same_bytes_again(&none);
}

static void every_member_arrives(void **state) {
  (void)state;
  struct arena a = {0};
  struct facts f = whole(), back;
  assert_int_equal(decode(&f, &a, &back), 0);
  assert_string_equal(back.roles[1], "LSEN");
  assert_string_equal(back.family, "learning-support");
  assert_int_equal(back.minutes, 960);
  assert_int_equal(back.weeks, 39);
  assert_int_equal(back.term_time, 1);
  assert_int_equal(back.employer, EMPLOYER_SCHOOL);
  assert_int_equal(back.started, 17000);
  assert_int_equal(back.progression, PROGRESSION_YES);
  assert_int_equal(back.no_computer, 0);
  assert_string_equal(back.contract, "PRM");
  assert_string_equal(back.holds[1].what, "TDA 2.1");
  assert_int_equal(back.holds[1].expires, 21000);
  assert_int_equal(back.holds[0].expires, ABSENT);
  assert_string_equal(back.wishes[1].qualification, "SWIS2-CERT");
  assert_null(back.wishes[1].role);
  assert_string_equal(back.formats[1], "on-line");
  assert_string_equal(back.phase, "primary");
  assert_int_equal(back.n_clusters, 1);
  assert_int_equal(back.n_effects, 3);
  assert_string_equal(back.effects[0].kind, "coaching");
  assert_int_equal(back.effects[0].completed, 20);
  assert_int_equal(back.effects[0].closed, 10);
  assert_int_equal(back.n_needs, 3);
  assert_int_equal(back.needs[0].current, ABSENT);
  assert_int_equal(back.needs[0].lapsed_on, 19000);
  assert_int_equal(back.needs[0].helpers, 0x7f);
  assert_int_equal(back.needs[2].gap, -1);
  assert_int_equal(back.needs[2].competence, 39);
  assert_string_equal(back.needs[2].evidence, "certificate");
  assert_null(back.needs[2].post);
  assert_int_equal(back.needs[2].differs, DIFFERS_SELF);
  assert_int_equal(back.needs[2].differs_level, 4);
  assert_int_equal(back.needs[2].differs_on, 20200);
  assert_int_equal(back.needs[1].differs, DIFFERS_NOT);
  assert_int_equal(back.needs[0].priority, 5);
  assert_string_equal(back.needs[0].priority_code, "behaviour");
  assert_int_equal(back.offers[0].fee, 4500);
  assert_int_equal(back.offers[0].last, 20101);
  assert_string_equal(back.offers[0].provider, "Town");
  assert_null(back.offers[1].mode);
  assert_int_equal(back.n_answers, 3);
  assert_int_equal(back.answers[2].offer, 1);
  arena_finish(&a);
}

static void words_stand_for_every_value(void **state) {
  (void)state;
  for (int i = 0; i < NEED_FROM_COUNT; i++)
    assert_non_null(need_from_words[i]);
  for (int i = 0; i < HELPER_KINDS; i++)
    assert_non_null(helper_words[i]);
  assert_string_equal(need_from_words[FROM_BASIC_SKILLS], "basic-skills");
  assert_string_equal(helper_words[HELPER_TRAINING_MENTOR], "training-mentor");
}

/* Each breaks one bound of otherwise right facts. */
#define BREAK(name, ...)                                                                           \
  static void break_##name(struct facts *f) {                                                      \
    __VA_ARGS__;                                                                                   \
  }
BREAK(competence, f->needs[2].competence = N_COMPETENCES)
BREAK(order, f->needs[0].competence = 4)
BREAK(current, f->needs[1].current = 8)
BREAK(required, f->needs[1].required = ABSENT)
BREAK(gap, f->needs[1].gap = 8)
BREAK(weight, f->needs[1].weight = 6)
BREAK(confidence, f->needs[1].confidence = -1)
BREAK(importance, f->needs[1].importance = 3)
BREAK(purpose, f->needs[1].purpose = 3)
BREAK(nature, f->needs[1].nature = 4)
BREAK(from, f->needs[1].from = NEED_FROM_COUNT)
BREAK(confirm, f->needs[1].confirm = 2)
BREAK(helpers, f->needs[1].helpers = 0x80)
static void make_a_school(struct facts *f, const char *first, const char *second) {
  static struct cohort cohorts[2];
  cohorts[0] = (struct cohort){3, first, 6, 1, ABSENT, 1};
  cohorts[1] = (struct cohort){3, second, 2, 0, 7, 0};
  f->cohorts = cohorts;
  f->n_cohorts = 2;
  f->n_needs = f->n_offers = f->n_answers = 0;
}

static void cohorts_come_back_as_they_went(void **state) {
  (void)state;
  struct arena a = {0};
  struct facts f = whole(), back;
  make_a_school(&f, "midday", "site");
  same_bytes_again(&f);
  assert_int_equal(decode(&f, &a, &back), 0);
  assert_int_equal(back.cohorts[0].count, 6);
  assert_int_equal(back.cohorts[1].roster, 7);
  assert_string_equal(back.cohorts[1].family, "site");
  arena_finish(&a);
}

BREAK(cohort_order, make_a_school(f, "site", "midday"))
BREAK(cohort_twice, make_a_school(f, "site", "site"))
BREAK(cohort_of_a_person, uint32_t n = f->n_needs; make_a_school(f, "midday", "site");
      f->n_needs = n)
BREAK(cohort_of_nobody, make_a_school(f, "midday", "site"); f->cohorts[1].count = 0)
BREAK(effects_order, f->effects[1].kind = "coaching")
BREAK(effect_none, f->effects[0].completed = 0; f->effects[0].closed = 0)
BREAK(effect_step, f->effects[0].completed = 25; f->effects[0].closed = 5)
BREAK(effect_closed, f->effects[0].closed = 30)
BREAK(effect_per_cent, f->effects[2].completed = 70)
BREAK(effect_kind, f->effects[0].kind = "")
BREAK(priority, f->needs[1].priority = 6)
BREAK(offer, f->offers[0].fee = -1)
BREAK(answer_need, f->answers[2].need = 3)
BREAK(answer_offer, f->answers[2].offer = 2)
BREAK(answer_order, f->answers[2].need = 0)
BREAK(post, f->needs[1].post = "")
BREAK(term_time, f->term_time = 2)
BREAK(employer, f->employer = EMPLOYER_VOLUNTEER + 1)
BREAK(progression, f->progression = -1)
BREAK(no_computer, f->no_computer = 2)
BREAK(minutes, f->minutes = -1)
BREAK(held, static struct held h = {NULL, 0, 0}; f->holds = &h; f->n_holds = 1)
BREAK(wish_empty, static struct wish w = {NULL, NULL, NULL}; f->wishes = &w; f->n_wishes = 1)
BREAK(wish_double, static struct wish w = {"HLTA", "X", NULL}; f->wishes = &w; f->n_wishes = 1)
BREAK(family, f->family = "\xff")
BREAK(long_name, static char s[300]; memset(s, 'x', 299); f->family = s)

static void bounds_are_kept(void **state) {
  (void)state;
  static void (*const breaks[])(struct facts *) = {break_competence,
                                                   break_order,
                                                   break_current,
                                                   break_required,
                                                   break_gap,
                                                   break_weight,
                                                   break_confidence,
                                                   break_importance,
                                                   break_purpose,
                                                   break_nature,
                                                   break_from,
                                                   break_confirm,
                                                   break_helpers,
                                                   break_post,
                                                   break_term_time,
                                                   break_employer,
                                                   break_progression,
                                                   break_no_computer,
                                                   break_minutes,
                                                   break_held,
                                                   break_wish_empty,
                                                   break_wish_double,
                                                   break_family,
                                                   break_long_name,
                                                   break_priority,
                                                   break_offer,
                                                   break_answer_need,
                                                   break_answer_offer,
                                                   break_answer_order,
                                                   break_cohort_order,
                                                   break_cohort_twice,
                                                   break_cohort_of_a_person,
                                                   break_cohort_of_nobody,
                                                   break_effects_order,
                                                   break_effect_none,
                                                   break_effect_step,
                                                   break_effect_closed,
                                                   break_effect_per_cent,
                                                   break_effect_kind};
  for (size_t i = 0; i < ARRAY_LEN(breaks); i++) {
    struct arena a = {0};
    struct facts f = whole(), back = {.minutes = 7};
    breaks[i](&f);
    if (decode(&f, &a, &back) != -EBADMSG)
      fail_msg("broken bound %zu was accepted", i);
    assert_int_equal(back.minutes, 7); /* untouched on failure */
    arena_finish(&a);
  }
}

static void cut_or_longer_is_refused(void **state) {
  (void)state;
  struct arena a = {0};
  struct buf b = {0};
  struct facts f = whole(), back;
  facts_encode(&f, &b);
  for (size_t len = 0; len < b.len; len++)
    assert_int_equal(facts_decode(&a, b.data, len, N_COMPETENCES, &back), -EBADMSG);
  buf_u8(&b, 0);
  assert_int_equal(facts_decode(&a, b.data, b.len, N_COMPETENCES, &back), -EBADMSG);
  b.data[0]++; /* another version */
  assert_int_equal(facts_decode(&a, b.data, b.len - 1, N_COMPETENCES, &back), -EBADMSG);
  buf_finish(&b);
  arena_finish(&a);
}

static void nine_roles_are_refused(void **state) {
  (void)state;
  struct arena a = {0};
  struct buf b = {0}, nine = {0};
  struct facts f = nothing(), back;
  f.roles[0] = "TASS", f.n_roles = 1;
  facts_encode(&f, &b);
  size_t at = 0;
  while (memcmp(b.data + at, "TASS", 4) != 0)
    at++;
  buf_put(&nine, b.data, at - 8);
  buf_u32(&nine, 9);
  for (int i = 0; i < 9; i++)
    buf_str(&nine, "TASS");
  buf_put(&nine, b.data + at + 4, b.len - at - 4);
  assert_int_equal(facts_decode(&a, nine.data, nine.len, N_COMPETENCES, &back), -EBADMSG);
  buf_set_u32(&nine, at - 8, 0xfffffff0u); /* a count that the bytes cannot hold */
  assert_int_equal(facts_decode(&a, nine.data, nine.len, N_COMPETENCES, &back), -EBADMSG);
  buf_finish(&b);
  buf_finish(&nine);
  arena_finish(&a);
}

/* --- outcome --- */

static struct candidate candidates[] = {
    {0, 0, "shadowing.STL18", 60, 2, ABSENT, "A colleague can show it", NULL},
    {4, 2, "unit.TDA-2.8", 100, ABSENT, 1200, "Because \xc2\xa3 is not the point",
     "nobody is available in your school now"},
};
static struct failure failures[] = {
    {1, FAILURE_MEMORY, "rules/10-x.lua:4: used more than its share of memory"}};
static struct outcome result(void) {
  return (struct outcome){.candidates = candidates,
                          .n_candidates = 2,
                          .failures = failures,
                          .n_failures = 1,
                          .next_change_day = 20500,
                          .trace = "{\"rules\":[]}"};
}

static int through(const struct outcome *o, struct arena *a, struct outcome *ret) {
  struct buf b = {0};
  outcome_encode(o, &b);
  int rc = outcome_decode(a, b.data, b.len, N_RULES, ARRAY_LEN(needs), ret);
  buf_finish(&b);
  return rc;
}

static void outcome_comes_back_as_it_went(void **state) {
  (void)state;
  struct arena a = {0};
  struct outcome o = result(), back;
  assert_int_equal(through(&o, &a, &back), 0);
  assert_int_equal(back.n_candidates, 2);
  assert_string_equal(back.candidates[0].development, "shadowing.STL18");
  assert_int_equal(back.candidates[0].weeks, 2);
  assert_null(back.candidates[0].not_in_house);
  assert_int_equal(back.candidates[1].minutes, 1200);
  assert_string_equal(back.candidates[1].text, "Because \xc2\xa3 is not the point");
  assert_string_equal(back.candidates[1].not_in_house, "nobody is available in your school now");
  assert_int_equal(back.failures[0].kind, FAILURE_MEMORY);
  assert_int_equal(back.next_change_day, 20500);
  assert_string_equal(back.trace, "{\"rules\":[]}");
  struct outcome none = {.next_change_day = INT32_MAX};
  assert_int_equal(through(&none, &a, &back), 0);
  assert_int_equal(back.n_candidates + back.n_failures, 0);
  assert_null(back.trace);
  arena_finish(&a);
}

static void outcome_bounds_are_kept(void **state) {
  (void)state;
  struct candidate wrong[] = {{N_RULES, 0, "unit.X", 50, ABSENT, ABSENT, "x", NULL},
                              {0, ARRAY_LEN(needs), "unit.X", 50, ABSENT, ABSENT, "x", NULL},
                              {0, 0, NULL, 50, ABSENT, ABSENT, "x", NULL},
                              {0, 0, "unit.X", 101, ABSENT, ABSENT, "x", NULL},
                              {0, 0, "unit.X", -1, ABSENT, ABSENT, "x", NULL},
                              {0, 0, "unit.X", 50, -1, ABSENT, "x", NULL},
                              {0, 0, "unit.X", 50, ABSENT, ABSENT, NULL, NULL}};
  for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
    struct arena a = {0};
    struct outcome o = {.candidates = &wrong[i], .n_candidates = 1, .next_change_day = 1}, back;
    if (through(&o, &a, &back) != -EBADMSG)
      fail_msg("wrong candidate %zu was accepted", i);
    arena_finish(&a);
  }
  struct failure kind = {0, FAILURE_ERROR + 1, "x"}, rule = {N_RULES, FAILURE_ERROR, "x"};
  struct arena a = {0};
  struct outcome back, k = {.failures = &kind, .n_failures = 1, .next_change_day = 1},
                       r = {.failures = &rule, .n_failures = 1, .next_change_day = 1};
  assert_int_equal(through(&k, &a, &back), -EBADMSG);
  assert_int_equal(through(&r, &a, &back), -EBADMSG);
  arena_finish(&a);
}

/* Words of a rule can be too long or no UTF-8; neither may look like a broken worker. */
static void texts_are_made_fit_before_they_leave(void **state) {
  (void)state;
  char longer[260];
  memset(longer, 'a', sizeof longer - 1);
  longer[sizeof longer - 1] = 0;
  memcpy(longer + 199, "\xc2\xa3", 2); /* would straddle the limit of 200 */
  struct candidate c = {0,      0,      "unit.X", 50,
                        ABSENT, ABSENT, longer,   "caf\xe9 \xf0\x9f\x98\x80 \xed\xa0\x80"};
  struct outcome o = {.candidates = &c, .n_candidates = 1, .next_change_day = 1}, back;
  struct arena a = {0};
  assert_int_equal(through(&o, &a, &back), 0);
  assert_int_equal(strlen(back.candidates[0].text), 199);
  assert_string_equal(back.candidates[0].not_in_house, "caf? \xf0\x9f\x98\x80 ???");
  arena_finish(&a);
}

/* --- mutations --- */

static uint64_t seed = 0x9e3779b97f4a7c15u;
static uint32_t chance(uint32_t below) {
  seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
  return (uint32_t)(seed >> 32) % below;
}

static void mutate(struct buf *b, const struct buf *from) {
  static const uint32_t telling[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 0x10000};
  buf_reset(b);
  buf_put(b, from->data, from->len);
  for (uint32_t n = 1 + chance(4); n > 0; n--) {
    uint32_t how = chance(4), at = chance((uint32_t)b->len);
    if (how == 0)
      b->data[at] ^= (unsigned char)(1u << chance(8));
    if (how == 1)
      b->data[at] = (unsigned char)chance(256);
    if (how == 2 && at + 4 <= b->len)
      buf_set_u32(b, at, telling[chance(ARRAY_LEN(telling))]);
    if (how == 3 && at > 0)
      b->len = at;
  }
}

/* Whatever is accepted can be encoded and read again: nothing half-checked gets through. */
static void accepted_is_sound(struct arena *a, const void *data, size_t len, bool is_facts) {
  struct facts f;
  struct outcome o;
  struct buf again = {0};
  if (is_facts && facts_decode(a, data, len, N_COMPETENCES, &f) == 0) {
    facts_encode(&f, &again);
    assert_int_equal(facts_decode(a, again.data, again.len, N_COMPETENCES, &f), 0);
  }
  if (!is_facts && outcome_decode(a, data, len, N_RULES, ARRAY_LEN(needs), &o) == 0) {
    outcome_encode(&o, &again);
    assert_int_equal(outcome_decode(a, again.data, again.len, N_RULES, ARRAY_LEN(needs), &o), 0);
  }
  buf_finish(&again);
}

static void mutated_bytes_never_hurt(void **state) {
  (void)state;
  struct arena a = {0};
  struct buf sound[2] = {{0}, {0}}, b = {0};
  struct facts f = whole();
  struct outcome o = result();
  facts_encode(&f, &sound[0]);
  outcome_encode(&o, &sound[1]);
  for (int i = 0; i < 50000; i++) {
    mutate(&b, &sound[i % 2]);
    /* so that a sanitizer sees one byte too far */
    unsigned char *exact = mem_dup(b.data, b.len ? b.len : 1);
    accepted_is_sound(&a, exact, b.len, i % 2 == 0);
    free(exact);
    arena_reset(&a);
  }
  buf_finish(&b);
  buf_finish(&sound[0]);
  buf_finish(&sound[1]);
  arena_finish(&a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(facts_come_back_as_they_went),
      cmocka_unit_test(every_member_arrives),
      cmocka_unit_test(cohorts_come_back_as_they_went),
      cmocka_unit_test(words_stand_for_every_value),
      cmocka_unit_test(bounds_are_kept),
      cmocka_unit_test(cut_or_longer_is_refused),
      cmocka_unit_test(nine_roles_are_refused),
      cmocka_unit_test(outcome_comes_back_as_it_went),
      cmocka_unit_test(outcome_bounds_are_kept),
      cmocka_unit_test(texts_are_made_fit_before_they_leave),
      cmocka_unit_test(mutated_bytes_never_hurt),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
