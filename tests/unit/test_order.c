/* order - which recommendation comes before another, and by what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "needs/needs.h"
#include "needs/order.h"

#define ROLE .id = "a", .group = GROUP_ROLE, .importance = IMPORTANCE_ESSENTIAL

/* The first of each pair is read before the second, by that criterion. */
static const struct {
  struct place first, second;
  enum criterion by;
} read[] = {
    {{ROLE, .agreed = true}, {.id = "b", .group = GROUP_LAW}, CRITERION_AGREED},
    {{.id = "b", .group = GROUP_LAW, .priority = 1}, {ROLE, .priority = 99}, CRITERION_GROUP},
    {{.id = "b", .group = GROUP_BASIC_SKILLS}, {ROLE, .gap = 4, .weight = 5}, CRITERION_GROUP},
    {{ROLE}, {.id = "b", .group = GROUP_GROWTH, .priority = 99}, CRITERION_GROUP},
    {{ROLE},
     {.id = "b", .group = GROUP_ROLE, .importance = IMPORTANCE_DESIRABLE, .weight = 5},
     CRITERION_IMPORTANCE},
    {{ROLE, .weight = 5}, {ROLE, .weight = 4, .gap = 3}, CRITERION_WEIGHT},
    {{ROLE, .gap = 2}, {ROLE, .gap = 1, .priority = 99}, CRITERION_GAP},
    {{ROLE, .priority = 60, .formal = true}, {ROLE, .priority = 50}, CRITERION_PRIORITY},
    {{ROLE}, {ROLE, .formal = true}, CRITERION_INFORMAL},
    {{ROLE}, {.id = "b", .group = GROUP_ROLE, .importance = IMPORTANCE_ESSENTIAL}, CRITERION_ID},
};

static void is_read_in_this_order(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof read / sizeof *read; i++) {
    bool first;
    assert_int_equal(order_decides(ORDER_OF_ADVICE, &read[i].first, &read[i].second, &first),
                     read[i].by);
    assert_true(first);
    assert_int_equal(order_decides(ORDER_OF_ADVICE, &read[i].second, &read[i].first, &first),
                     read[i].by);
    assert_false(first);
    assert_false(comes_first(ORDER_OF_ADVICE, &read[i].first, &read[i].first));
  }
}

/* For one need the rules' priority decides, whatever else the option is for. */
static void the_rules_choose_for_a_need(void **state) {
  (void)state;
  const struct place heavy = {ROLE, .weight = 5, .priority = 50};
  const struct place wanted = {.id = "b", .group = GROUP_GROWTH, .priority = 60};
  const struct place agreed = {.id = "c", .group = GROUP_GROWTH, .agreed = true};

  assert_true(comes_first(ORDER_FOR_A_NEED, &wanted, &heavy));
  assert_true(comes_first(ORDER_FOR_A_NEED, &agreed, &wanted));
}

static void finding_out_is_kept_before_others_of_its_purpose(void **state) {
  (void)state;
  const struct place self = {.id = "b", .finding_out = true, .importance = IMPORTANCE_DESIRABLE};
  const struct place other = {ROLE, .weight = 5, .gap = 3};

  assert_true(comes_first(ORDER_IN_A_PURPOSE, &self, &other));
}

/* Each order, criterion by criterion, as docs/decisions.md and docs/protocol.md (`group`) say. */
static const struct {
  enum order order;
  enum criterion by[CRITERION_COUNT];
  size_t n;
} expected[] = {
    {ORDER_FOR_A_NEED, {CRITERION_AGREED, CRITERION_PRIORITY, CRITERION_INFORMAL, CRITERION_ID}, 4},
    {ORDER_IN_A_PURPOSE,
     {CRITERION_AGREED, CRITERION_FINDING_OUT, CRITERION_IMPORTANCE, CRITERION_WEIGHT,
      CRITERION_GAP, CRITERION_PRIORITY, CRITERION_ID},
     7},
    {ORDER_OF_ADVICE,
     {CRITERION_AGREED, CRITERION_GROUP, CRITERION_IMPORTANCE, CRITERION_WEIGHT, CRITERION_GAP,
      CRITERION_PRIORITY, CRITERION_INFORMAL, CRITERION_ID},
     8},
};

/* By this criterion `first` comes before `second`. */
static void set_apart(enum criterion by, struct place *first, struct place *second) {
  switch (by) {
  case CRITERION_AGREED:
    first->agreed = true;
    second->agreed = false;
    break;
  case CRITERION_GROUP:
    first->group = GROUP_LAW;
    second->group = GROUP_GROWTH;
    break;
  case CRITERION_FINDING_OUT:
    first->finding_out = true;
    second->finding_out = false;
    break;
  case CRITERION_IMPORTANCE:
    first->importance = IMPORTANCE_STATUTORY;
    second->importance = IMPORTANCE_DESIRABLE;
    break;
  case CRITERION_WEIGHT:
    first->weight = 5;
    second->weight = 1;
    break;
  case CRITERION_GAP:
    first->gap = 3;
    second->gap = 1;
    break;
  case CRITERION_PRIORITY:
    first->priority = 60;
    second->priority = 50;
    break;
  case CRITERION_INFORMAL:
    first->formal = false;
    second->formal = true;
    break;
  case CRITERION_ID:
    first->id = "a";
    second->id = "b";
    break;
  case CRITERION_COUNT:
    break;
  }
}

static bool is_among(enum criterion by, const enum criterion *list, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (list[i] == by)
      return true;
  return false;
}

/* One place is first by a criterion and by none that follows it or that the order does not have. */
static void each_order_has_its_criteria_in_this_order(void **state) {
  (void)state;
  assert_int_equal(sizeof expected / sizeof *expected, ORDER_COUNT);

  for (size_t i = 0; i < ORDER_COUNT; i++) {
    for (size_t k = 0; k < expected[i].n; k++) {
      struct place first = {.id = "a"}, second = {.id = "a"};
      bool is_first;

      for (int by = 0; by < CRITERION_COUNT; by++)
        if (!is_among((enum criterion)by, expected[i].by, k))
          set_apart((enum criterion)by, &second, &first);
      set_apart(expected[i].by[k], &first, &second);

      assert_int_equal(order_decides(expected[i].order, &first, &second, &is_first),
                       expected[i].by[k]);
      assert_true(is_first);
      assert_int_equal(order_decides(expected[i].order, &second, &first, &is_first),
                       expected[i].by[k]);
      assert_false(is_first);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(is_read_in_this_order),
      cmocka_unit_test(the_rules_choose_for_a_need),
      cmocka_unit_test(finding_out_is_kept_before_others_of_its_purpose),
      cmocka_unit_test(each_order_has_its_criteria_in_this_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
