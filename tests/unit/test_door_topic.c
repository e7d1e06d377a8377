/* Topics: whole segments, at most four, no wildcards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "door/topic.h"

static const char *read_text(const char *text, struct topic *t) {
  return topic_read(text, strlen(text), t);
}

static void accepts_one_to_four_segments(void **state) {
  (void)state;
  static const struct {
    const char *text;
    unsigned n;
  } rows[] = {{"888", 1},
              {"888/", 1},
              {"888/8884001", 2},
              {"888/-/-/rule.failed", 4},
              {"888/8884001/p-0193/recommendation.issued/", 4}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct topic t;
    assert_null(read_text(rows[i].text, &t));
    assert_int_equal(t.n, rows[i].n);
  }
}

static void refuses_the_rest_with_a_sentence(void **state) {
  (void)state;
  static const char *const rows[] = {"",       "/",         "//",           "888//", "/888",
                                     "888//x", "a/b/c/d/e", "888/*",        "888/#", "*",
                                     "-",      "888/a b",   "888/p\xc3\xa9"};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct topic t;
    assert_non_null(read_text(rows[i], &t));
  }
  struct topic t;
  char longest[TOPIC_MAX_LEN + 10];
  memset(longest, 'a', sizeof longest);
  assert_non_null(topic_read(longest, sizeof longest, &t));
  assert_non_null(topic_read(longest, 65, &t));
  assert_null(topic_read(longest, 64, &t));
  assert_non_null(topic_read("88\0", 3, &t));
}

static bool matches(const char *text, const char *authority, const char *school, const char *person,
                    const char *type) {
  struct topic t;
  assert_null(read_text(text, &t));
  return topic_matches(&t, authority, school, person, type);
}

static void compares_whole_segments(void **state) {
  (void)state;
  const char *type = "needs.recommendation.issued.v1";
  assert_true(matches("888", "888", "8884001", "p-1", type));
  assert_false(matches("88", "888", "8884001", "p-1", type));
  assert_true(matches("888/8884001/p-1", "888", "8884001", "p-1", type));
  assert_false(matches("888/8884001/p-1", "888", "8884001", "p-10", type));
  assert_false(matches("888/8884001/p-10", "888", "8884001", "p-1", type));
  assert_true(matches("888/8884001/p-1/recommendation.issued", "888", "8884001", "p-1", type));
  assert_false(matches("888/8884001/p-1/recommendation", "888", "8884001", "p-1", type));
  assert_false(matches("888/8884001/p-1/issued", "888", "8884001", "p-1", type));
  assert_true(matches("888/-/-", "888", "-", NULL, "needs.rule.failed.v1"));
  assert_true(matches("888/8884001/-", "888", "8884001", "", "needs.cohort.inset.v1"));
  assert_false(matches("888/8884001/-", "888", "8884001", "p-1", type));
}

static void a_list_matches_any_and_none_matches_all(void **state) {
  (void)state;
  struct topic two[2];
  assert_null(read_text("888/8884001", &two[0]));
  assert_null(read_text("889", &two[1]));
  struct topics l = {two, 2}, none = {0};
  assert_true(topics_match(&l, "889", "x", NULL, "t"));
  assert_true(topics_match(&l, "888", "8884001", NULL, "t"));
  assert_false(topics_match(&l, "888", "8884002", NULL, "t"));
  assert_true(topics_match(&none, "777", "-", NULL, "t"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(accepts_one_to_four_segments),
      cmocka_unit_test(refuses_the_rest_with_a_sentence),
      cmocka_unit_test(compares_whole_segments),
      cmocka_unit_test(a_list_matches_any_and_none_matches_all),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
