/* What a code, a version, a key, an id, a level's word and a text of a catalogue may be; and what
 * was in force before stays readable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/code.h"
#include "base/mem.h"
#include "catalogue/check.h"

#define FRAMEWORKS "framework,version,title,levels\n"
#define COMPETENCES "framework,version,code,title,purpose\n"
#define SIXTY "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"

struct extra {
  const char *name, *text;
};

/* The shipped catalogue and an authority's files. */
static struct catalogue *make(const struct extra *extra, size_t n, bool known,
                              struct fault_list *f) {
  struct bundle b = {0};
  struct catalogue *c = NULL;
  assert_int_equal(catalogue_read_dirs(&b, SOURCE_ROOT "/rules/catalogue", NULL, NULL), 0);
  for (size_t i = 0; i < n; i++)
    bundle_add(&b, extra[i].name, extra[i].text, strlen(extra[i].text));
  bundle_seal(&b, NULL);
  int rc = (known ? catalogue_create_known : catalogue_create)(&c, &b, f);
  assert_int_equal(rc == 0, f->errors == 0);
  bundle_finish(&b);
  return c;
}

static bool says(const struct fault_list *f, bool is_warning, const char *text) {
  for (size_t i = 0; i < f->n; i++)
    if (f->lines[i].is_warning == is_warning && strstr(f->lines[i].text, text))
      return true;
  for (size_t i = 0; i < f->n; i++)
    print_message("%s\n", f->lines[i].said);
  print_message("wanted: %s\n", text);
  return false;
}

/* A fault when it is new, a warning when it was in force before. */
static void faulty(const struct extra *extra, size_t n, const char *text) {
  struct fault_list f = {0}, again = {0};
  assert_null(make(extra, n, false, &f));
  assert_true(says(&f, false, text));
  struct catalogue *c = make(extra, n, true, &again);
  assert_non_null(c);
  assert_true(says(&again, true, text));
  catalogue_destroy(c);
  fault_list_finish(&f);
  fault_list_finish(&again);
}

static void good(const struct extra *extra, size_t n) {
  struct fault_list f = {0};
  struct catalogue *c = make(extra, n, false, &f);
  for (size_t i = 0; i < f.n; i++)
    print_message("%s\n", f.lines[i].said);
  assert_int_equal(f.n, 0);
  catalogue_destroy(c);
}

static void faulty_competence(const char *row, const char *text) {
  char file[4096];
  snprintf(file, sizeof file, COMPETENCES "%s\n", row);
  const struct extra x[] = {{"authority/frameworks.csv", FRAMEWORKS "FW,1,t,no;part;yes\n"},
                            {"authority/competences.csv", file}};
  faulty(x, ARRAY_LEN(x), text);
}

static void test_codes(void **state) {
  (void)state;
  static const char *const bad[] = {"1.1", "1a", "7", ".5", "_A", "true", "FALSE"};
  for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
    char row[128], fault[128];
    snprintf(row, sizeof row, "FW,1,%s,Something,role", bad[i]);
    snprintf(fault, sizeof fault,
             "authority/competences.csv:2:code: '%s' cannot be named in a spreadsheet", bad[i]);
    faulty_competence(row, fault);
  }
  const struct extra framework[] = {{"authority/frameworks.csv", FRAMEWORKS "2016TA,1,t,no;yes\n"}};
  faulty(framework, 1,
         "authority/frameworks.csv:2:framework: '2016TA' cannot be named in a spreadsheet");
  const struct extra version[] = {{"authority/frameworks.csv", FRAMEWORKS "TA,.1,t,no;yes\n"}};
  faulty(version, 1,
         "authority/frameworks.csv:2:version: '.1' does not begin with a letter or a digit");
  const struct extra kind[] = {
      {"authority/kinds.csv", "kind,words,formal,of\nin.house,In house,no,course\n"}};
  faulty(kind, 1, "authority/kinds.csv:2:kind: 'in.house' holds a '.'");
  const struct extra fine[] = {
      {"authority/frameworks.csv", FRAMEWORKS "FW,2026-09-01,t,no;part;yes\n"},
      {"authority/competences.csv",
       COMPETENCES "FW,2026-09-01,A_1,One,role\nFW,2026-09-01,b-2.x,Two,role\n"}};
  good(fine, ARRAY_LEN(fine));
  assert_true(is_plain_code("2016TA") && is_plain_code("a") && is_plain_code("1.10"));
  assert_false(is_plain_code("") || is_plain_code("-") || is_plain_code("-a") ||
               is_plain_code("a b") || is_plain_code("\xc3\xa4"));
  assert_true(is_word_code("A_1") && is_word_code("truest"));
}

/* Their ids differ in the last characters alone, beyond the 80th. */
static void test_long_ids(void **state) {
  (void)state;
#define LONG "d0000000-aaaa-bbbb-cccc-000000000000"
#define CODE "11111111-2222-3333-4444-00000000000"
  const struct extra x[] = {{"authority/frameworks.csv", FRAMEWORKS LONG
                             ",2024-09-01,Old,no;part;yes\n" LONG ",2026-09-01,New,no;part;yes\n"},
                            {"authority/competences.csv", COMPETENCES LONG
                             ",2024-09-01,c" CODE "1,One,role\n" LONG ",2024-09-01,c" CODE
                             "2,Two,role\n" LONG ",2026-09-01,c" CODE "1,One,role\n" LONG
                             ",2026-09-01,c" CODE "2,Two,role\n"}};
  struct fault_list f = {0};
  struct arena a = {0};
  struct development one, two;
  struct catalogue *c = make(x, ARRAY_LEN(x), false, &f);
  assert_non_null(c);
  const struct competence *first = catalogue_competence(c, LONG "@2026-09-01/c" CODE "1"),
                          *second = catalogue_competence(c, LONG "@2026-09-01/c" CODE "2");
  assert_string_equal(first->slug, LONG ".2026-09-01.c" CODE "1");
  assert_true(catalogue_development(c, "coaching." LONG ".2026-09-01.c" CODE "1", &a, &one));
  assert_true(catalogue_development(c, "coaching." LONG ".2026-09-01.c" CODE "2", &a, &two));
  assert_ptr_equal(one.competences[0], first);
  assert_ptr_equal(two.competences[0], second);
  assert_false(catalogue_development(c, "coaching." LONG ".2026-09-01.c11111111-2222-3333-4444-00",
                                     &a, &one));
  arena_finish(&a);
  catalogue_destroy(c);
}

static void test_too_long(void **state) {
  (void)state;
  const struct extra key[] = {
      {"authority/frameworks.csv", FRAMEWORKS SIXTY "," SIXTY ",t,no;yes\n"},
      {"authority/competences.csv", COMPETENCES SIXTY "," SIXTY "," SIXTY ",One,role\n"}};
  faulty(key, ARRAY_LEN(key), "has 182 characters in full; at most 128 are allowed");
  /* one code is two competences, so that ids hold the key: 60 + 1 + 1 + 1 + 60 characters after the
   * kind */
  const struct extra id[] = {
      {"authority/frameworks.csv", FRAMEWORKS SIXTY ",1,t,no;yes\n" SIXTY ",2,t,no;yes\n"},
      {"authority/competences.csv",
       COMPETENCES SIXTY ",1," SIXTY ",One,role\n" SIXTY ",2," SIXTY ",One,role\n"}};
  faulty(id, ARRAY_LEN(id), "authority/competences.csv:2:code: its id '");
  faulty(id, ARRAY_LEN(id), "at most 128 are allowed, so shorten the codes that it is made of");
  struct fault_list f = {0};
  assert_null(make(id, ARRAY_LEN(id), false, &f));
  assert_int_equal(f.errors, 2); /* one a competence, whatever the kinds */
  fault_list_finish(&f);
}

static void test_equal_ids(void **state) {
  (void)state;
  const struct extra dotted[] = {
      {"authority/frameworks.csv", FRAMEWORKS "A.B,C,t,no;yes\nA,B.C,t,no;yes\n"},
      {"authority/competences.csv", COMPETENCES "A.B,C,D1,One,role\nA,B.C,D1,Two,role\n"}};
  faulty(dotted, ARRAY_LEN(dotted), "is spelt 'A.B.C.D1' in ids, as 'A");
  const struct extra code[] = {
      {"authority/frameworks.csv", FRAMEWORKS "A,1,t,no;yes\nB,1,t,no;yes\n"},
      {"authority/competences.csv", COMPETENCES "A,1,D1,One,role\nB,1,A.1.D1,Two,role\n"}};
  faulty(code, ARRAY_LEN(code), "is spelt 'A.1.D1' in ids");
  const struct extra course[] = {
      {"authority/courses.csv",
       "course,kind,title,competences\nSTL3,coaching,Coaching again,STL3\n"}};
  faulty(course, 1,
         "authority/courses.csv:2:course: its id 'coaching.STL3' is that of another row too");
}

static void faulty_levels(const char *levels, const char *text) {
  char file[512];
  snprintf(file, sizeof file, FRAMEWORKS "FW,1,t,%s\n", levels);
  const struct extra x[] = {{"authority/frameworks.csv", file}};
  faulty(x, 1, text);
}

static void test_levels(void **state) {
  (void)state;
  faulty_levels("1;2;3;4;5",
                "authority/frameworks.csv:2:levels: the word '1' says 1 and is level 0");
  faulty_levels("none;2: some;all", "the word '2: some' says 2 and is level 1");
  faulty_levels("no;;yes", "authority/frameworks.csv:2:levels: has an empty word");
  faulty_levels("no;yes;", "authority/frameworks.csv:2:levels: has an empty word");
  faulty_levels("no;part;No", "the word 'No' is that of level 0 and of level 2");
  const struct extra fine[] = {{"authority/frameworks.csv", FRAMEWORKS
                                "FW,1,t,0;1;2\nFW,2,t,no;1: part;2nd;3 or more times a week\n"}};
  good(fine, 1);
}

static void test_texts(void **state) {
  (void)state;
  char row[600] = "FW,1,L1,";
  faulty_competence("FW,1,N1,\"Understand ratio\nand use it\",role",
                    "authority/competences.csv:2:title: holds a line break, a tab or another "
                    "character that does not print");
  faulty_competence("FW,1,T1,Tab\there,role",
                    "authority/competences.csv:2:title: holds a line break, a tab");
  faulty_competence("FW,1,E1,\033[31mred,role",
                    "authority/competences.csv:2:title: holds a line break, a tab");
  faulty_competence("FW,1,D1,turned \xe2\x80\xae around,role",
                    "authority/competences.csv:2:title: holds a line break, a tab");
  faulty_competence("FW,1,H1,<p>Uses ratios</p>,role",
                    "authority/competences.csv:2:title: holds markup such as <p>Uses");
  faulty_competence("FW,1,H1,Uses&nbsp;ratios,role",
                    "authority/competences.csv:2:title: holds markup such as &nbsp;ratios");
  memset(row + 8, 'x', 201);
  strcpy(row + 209, ",role");
  faulty_competence(row,
                    "authority/competences.csv:2:title: has 201 characters; at most 200 are shown");
  const struct extra fine[] = {{"authority/competences.csv",
                                COMPETENCES "X,2026,XY1,Reads & writes: 2 < 3 caf\xc3\xa9,role\n"}};
  good(fine, 1);
}

/* What a fault says of a cell does not move the reader's cursor either. */
static void test_faults_print(void **state) {
  (void)state;
  struct fault_list f = {0};
  const struct extra x[] = {
      {"authority/units.csv", "unit,slug,title,assesses,open\nU1,a\033[2Jb,One,competence,yes\n"}};
  assert_null(make(x, 1, false, &f));
  assert_true(says(&f, false, "authority/units.csv:2:slug: 'a\\x1b[2Jb' is not a code"));
  for (size_t i = 0; i < f.n; i++)
    assert_null(text_unprintable(f.lines[i].said, strlen(f.lines[i].said)));
  fault_list_finish(&f);
}

/* Titles of jobs differ in their last characters alone. */
static void test_title_keys(void **state) {
  (void)state;
  char one[82], other[82], key[TITLE_KEY], other_key[TITLE_KEY];
  memset(one, '&', 80);
  one[80] = other[80] = 0;
  memcpy(other, one, 81);
  other[79] = 'x';
  catalogue_title_key(one, key);
  catalogue_title_key(other, other_key);
  assert_string_not_equal(key, other_key);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_codes),        cmocka_unit_test(test_long_ids),
      cmocka_unit_test(test_too_long),     cmocka_unit_test(test_equal_ids),
      cmocka_unit_test(test_levels),       cmocka_unit_test(test_texts),
      cmocka_unit_test(test_faults_print), cmocka_unit_test(test_title_keys)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
