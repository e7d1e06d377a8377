/* advice - what a recommendation says, read in place. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "needs/advice.h"

#define PERSON                                                                                     \
  "{\"recommendation\":\"unit.STL3\",\"purpose\":\"compliance\",\"answers\":[{\"competence\":"     \
  "\"national/STL3\",\"title\":\"a \\\"rule\\\":\\\"in-words\\\", [1] {2}\"},{\"competence\":"     \
  "\"national/STL4\"}],\"because\":[{\"rule\":\"first\",\"text\":\"\\\\\"},{\"rule\":"             \
  "\"second\"}],\"alternatives\":[],\"practicalities\":[{\"check\":\"cover\",\"status\":\"met\""   \
  "},{\"check\":\"mentor\",\"status\":\"to-agree\"}],\"weeks\":6}"

static void reads_what_a_recommendation_says(void **state) {
  (void)state;
  assert_true(advice_is_for_compliance(PERSON));
  assert_true(advice_answers(PERSON, "national/STL3"));
  assert_true(advice_answers(PERSON, "national/STL4"));
  assert_true(advice_rests_on(PERSON, "first"));
  assert_true(advice_rests_on(PERSON, "second"));
  assert_true(advice_needs_agreement(PERSON));
}

/* A word in a text, a part of a word, and a member of another object are not what is asked for. */
static void reads_nothing_else(void **state) {
  (void)state;
  assert_false(advice_answers(PERSON, "national/STL"));
  assert_false(advice_rests_on(PERSON, "in-words"));
  assert_false(advice_rests_on(PERSON, "sec"));
  assert_false(advice_is_for_compliance("{\"purpose\":\"progress\",\"summary\":\"compliance\"}"));
  assert_false(advice_is_for_compliance("{\"development\":{\"purpose\":\"compliance\"}}"));
  assert_false(advice_needs_agreement("{\"practicalities\":[],\"status\":\"to-agree\"}"));
  assert_false(advice_needs_agreement("{}"));
}

static void a_count_is_held_back_in_the_whole_or_in_one_answer(void **state) {
  (void)state;
  assert_true(advice_holds_back_count("{\"count\":null,\"answers\":[{\"count\":null}]}"));
  assert_true(
      advice_holds_back_count("{\"count\":7,\"answers\":[{\"count\":7},{\"count\":null}]}"));
  assert_false(advice_holds_back_count("{\"count\":7,\"answers\":[{\"count\":7}],\"weeks\":null}"));
}

static void assert_slice(const struct slice *s, const char *key, const char *value) {
  if (key)
    assert_true(s->key_len == strlen(key) && memcmp(s->key, key, s->key_len) == 0);
  else
    assert_null(s->key);
  assert_true(s->value_len == strlen(value) && memcmp(s->value, value, s->value_len) == 0);
}

static void walks_over_members_and_items(void **state) {
  (void)state;
  static const char object[] = "{\"a\":[1,{\"b\":\"]}\"}],\"c\":\"\\\",\",\"d\":{}}";
  static const char list[] = "[1,\"a,b\",[],{\"x\":[2,3]}]";
  struct slice s;

  const char *at = NULL;
  assert_true(next_slice(object, sizeof object - 1, &at, &s));
  assert_slice(&s, "a", "[1,{\"b\":\"]}\"}]");
  assert_true(next_slice(object, sizeof object - 1, &at, &s));
  assert_slice(&s, "c", "\"\\\",\"");
  assert_true(next_slice(object, sizeof object - 1, &at, &s));
  assert_slice(&s, "d", "{}");
  assert_false(next_slice(object, sizeof object - 1, &at, &s));

  at = NULL;
  static const char *const items[] = {"1", "\"a,b\"", "[]", "{\"x\":[2,3]}"};
  for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
    assert_true(next_slice(list, sizeof list - 1, &at, &s));
    assert_slice(&s, NULL, items[i]);
  }
  assert_false(next_slice(list, sizeof list - 1, &at, &s));

  at = NULL;
  assert_false(next_slice("{}", 2, &at, &s));
  assert_false(next_slice("[]", 2, &at, &s));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_what_a_recommendation_says),
      cmocka_unit_test(reads_nothing_else),
      cmocka_unit_test(a_count_is_held_back_in_the_whole_or_in_one_answer),
      cmocka_unit_test(walks_over_members_and_items),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
