/* The card of a recommendation: every row, what is not known, and the promises in lines, columns
 * and characters for texts that nobody has written yet. */
#include "../../clients/needs/card.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json tree;
static struct lines lines;
static struct text all; /* the lines, joined by line ends */

static void finish(void) {
  lines_finish(&lines);
  text_finish(&all);
  json_free(tree);
  tree = NULL;
}

static void make(const char *recommendation, size_t most, int width) {
  finish();
  tree = json_parse(recommendation);
  assert_non_null(tree);

  struct card card = {.recommendation = tree, .day = "2026-10-01", .width = width};
  card_lines(&lines, &card, most);
  for (size_t i = 0; i < lines.n; i++)
    text_addf(&all, "%s\n", lines.items[i]);
}

static void expect_row(const char *row) {
  if (!strstr(all.s, row))
    fail_msg("no \"%s\" in:\n%s", row, all.s);
}

static void expect_none(const char *text) {
  if (strstr(all.s, text))
    fail_msg("\"%s\" in:\n%s", text, all.s);
}

#define DEVELOPMENT                                                                                \
  "\"development\":{\"kind\":\"course\",\"id\":\"calm\",\"title\":\"Calm playgrounds\"}"

static void test_what_is_known_is_said(void **state) {
  (void)state;
  make("{" DEVELOPMENT ",\"offer\":{\"date\":\"2026-11-18\",\"place\":\"Westbrook School\"},"
       "\"expires\":\"2027-02-14\",\"minutes\":{\"in_contract\":75,\"beyond\":30},\"weeks\":2,"
       "\"cost\":{\"fee\":2800,\"travel\":450,\"split\":[{\"payer\":\"school\",\"pence\":2800},"
       "{\"payer\":\"person\",\"amount\":450}]},"
       "\"practicalities\":[{\"check\":\"cover\",\"status\":\"to-agree\",\"detail\":\"x\"},"
       "{\"check\":\"own\",\"status\":\"to-agree\",\"detail\":\"The bus runs\"},"
       "{\"check\":\"release\",\"status\":\"to-agree\",\"detail\":\"x\"},"
       "{\"check\":\"open\",\"status\":\"unmet\",\"detail\":\"x\"}]}",
       CARD_LINES, 80);
  expect_row("Calm playgrounds (a course)\n");
  expect_row("   When      18 November 2026, Westbrook School; 1 h 15 min in your paid hours\n"
             "             and 30 min outside them, to be paid, over 2 weeks; by 14 February\n"
             "             2027\n");
  expect_row("   Cost      fee £28, travel £4.50; the school pays £28, you pay £4.50\n");
  expect_row("   To agree  time off your work; cover for your work; The bus runs\n");
  expect_row("   Not met   whether places are open\n");
}

static void test_a_goal_and_its_route(void **state) {
  (void)state;
  make("{" DEVELOPMENT ",\"goal\":{\"kind\":\"status\",\"title\":\"Higher level teaching "
       "assistant\"},\"route\":[{\"title\":\"Mathematics\"},\"Preparation\"],"
       "\"caution\":[\"The title is not certain.\"]}",
       CARD_LINES, 80);
  expect_row("   Towards   Higher level teaching assistant\n");
  expect_row("   Steps     Mathematics; Preparation\n");
  expect_row("   Beware    The title is not certain.\n");
}

static void test_what_is_not_known_is_said_too(void **state) {
  (void)state;
  make("{" DEVELOPMENT "}", CARD_LINES, 80);
  expect_row("   When      no date yet; time not known\n");
  expect_row("   Cost      not known\n");
  expect_none("To agree");
  make("{" DEVELOPMENT
       ",\"practicalities\":[{\"check\":\"fee\",\"status\":\"to-agree\",\"detail\":\"x\"}]}",
       CARD_LINES, 80);
  expect_row("   Cost      not known; who pays is to be agreed\n");
  make("{" DEVELOPMENT ",\"cost\":{\"fee\":0,\"split\":[]}}", CARD_LINES, 80);
  expect_row("   Cost      nothing\n");
}

static void test_the_levels_of_a_scale_nobody_knows(void **state) {
  (void)state;
  make("{" DEVELOPMENT ",\"answers\":[{\"competence\":\"OWN@1/KILN\",\"title\":\"Kilns\","
       "\"current\":1,\"required\":2,\"importance\":\"essential\"}]}",
       CARD_LINES, 80);
  expect_row("   For       essential for the post: from \"level 1\" to \"level 2\"\n");
  make("{" DEVELOPMENT ",\"answers\":[{\"competence\":\"STL@2007/STL3\",\"title\":\"Safe\","
       "\"current\":null,\"required\":2,\"from\":\"refresh\",\"importance\":\"statutory\"}]}",
       CARD_LINES, 80);
  expect_row("   For       required by law: due to be renewed\n");
}

/* As long as the daemon lets each of them be, and longer. */
static char *endless(const char *word, size_t n) {
  struct text t = {0};

  text_add(&t, "{\"development\":{\"kind\":\"unit\",\"level\":2,\"title\":\"");
  for (size_t i = 0; i < n; i++)
    text_add(&t, word);
  text_add(&t, "\"},\"because\":[{\"text\":\"");
  for (size_t i = 0; i < n; i++)
    text_add(&t, word);
  text_add(&t, "\"}],\"not_in_house\":\"");
  for (size_t i = 0; i < n; i++)
    text_add(&t, word);
  text_add(&t, "\",\"goal\":\"Goal\",\"route\":[\"One\",\"Two\"],\"caution\":[\"Take care\"],"
               "\"offer\":{\"place\":\"");
  for (size_t i = 0; i < n; i++)
    text_add(&t, word);
  text_add(&t, "\"},\"responses\":[{\"date\":\"2026-09-01\",\"response\":\"declined\",\"by\":"
               "\"manager\",\"barrier_words\":\"");
  for (size_t i = 0; i < n; i++)
    text_add(&t, word);
  text_add(&t, "\"}],\"practicalities\":[{\"check\":\"own\",\"status\":\"unmet\",\"detail\":\"");
  for (size_t i = 0; i < n; i++)
    text_add(&t, word);
  text_add(&t, "\"},{\"check\":\"fee\",\"status\":\"to-agree\"}]}");

  return t.s;
}

static void test_the_promises_hold_for_any_text(void **state) {
  static const char *const words[] = {"word ",        "unbroken", "L\xc3\xa4nge ",
                                      "\xe5\xad\xa6", "a ",       ""};
  static const int widths[] = {40, 63, 80};
  (void)state;

  for (size_t w = 0; w < sizeof words / sizeof *words; w++)
    for (size_t n = 1; n < 200; n = n * 3 + 1)
      for (size_t k = 0; k < sizeof widths / sizeof *widths; k++)
        for (size_t most = 1; most <= CARD_LINES; most++) {
          char *recommendation = endless(words[w], n);
          make(recommendation, most, widths[k]);
          free(recommendation);
          assert_in_range(lines.n, 1, most);
          for (size_t i = 0; i < lines.n; i++)
            assert_in_range(text_columns(lines.items[i], strlen(lines.items[i])), 0, widths[k]);

          struct card card = {.recommendation = tree, .width = widths[k], .number = 12};
          struct lines brief = {0};
          struct text text = {0};
          card_brief(&brief, &card, most);
          assert_in_range(brief.n, 1, most);
          for (size_t i = 0; i < brief.n; i++)
            assert_in_range(text_columns(brief.items[i], strlen(brief.items[i])), 0, widths[k]);

          card_text(&text, &card);
          assert_in_range(text_characters(text.s), 1, CARD_TEXT);
          assert_true(text_is_utf8(text.s, text.len));
          lines_finish(&brief);
          text_finish(&text);
        }
}

static void test_a_full_card_says_all_that_it_owes(void **state) {
  static const char *const owed[] = {"   Why ",  "   So far ",  "   When ",     "   With ",
                                     "   Cost ", "   Not met ", "   To agree ", "   Next "};
  char *recommendation = endless("word ", 100);
  (void)state;

  make(recommendation, CARD_LINES, 40);
  free(recommendation);
  for (size_t i = 0; i < sizeof owed / sizeof *owed; i++)
    expect_row(owed[i]);
}

static void test_lines_are_cut_between_words(void **state) {
  struct lines l = {0};
  (void)state;

  lines_fold(&l, "* ", "one two three, four five six seven", 16);
  assert_int_equal(l.n, 3);
  assert_string_equal(l.items[1], "  four five six");
  lines_cut(&l, 0, 1, 16);
  assert_int_equal(l.n, 1);
  assert_string_equal(l.items[0], "* one two ...");
  lines_cut(&l, 0, 1, 16);
  assert_string_equal(l.items[0], "* one two ...");
  lines_finish(&l);
}

static const char *title(void *arg, size_t i) {
  const char *const *titles = arg;
  return titles[i];
}

static void test_a_list_names_as_many_as_fit(void **state) {
  static const char *titles[] = {"first", NULL, "second", "a third one"};
  struct text t = {0};
  (void)state;

  add_titles(&t, title, titles, 4, 9, 40);
  assert_string_equal(t.s, "first; second; a third one");
  text_clear(&t);
  add_titles(&t, title, titles, 4, 2, 40);
  assert_string_equal(t.s, "first; second and 1 more");
  text_clear(&t);
  add_titles(&t, title, titles, 4, 9, 21);
  assert_string_equal(t.s, "first and 2 more");
  text_finish(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_is_known_is_said),
      cmocka_unit_test(test_a_goal_and_its_route),
      cmocka_unit_test(test_what_is_not_known_is_said_too),
      cmocka_unit_test(test_the_levels_of_a_scale_nobody_knows),
      cmocka_unit_test(test_the_promises_hold_for_any_text),
      cmocka_unit_test(test_a_full_card_says_all_that_it_owes),
      cmocka_unit_test(test_lines_are_cut_between_words),
      cmocka_unit_test(test_a_list_names_as_many_as_fit),
  };
  setlocale(LC_CTYPE, "C.UTF-8");

  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  finish();

  return failed;
}
