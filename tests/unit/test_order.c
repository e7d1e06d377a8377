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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(is_read_in_this_order),
      cmocka_unit_test(the_rules_choose_for_a_need),
      cmocka_unit_test(finding_out_is_kept_before_others_of_its_purpose),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
