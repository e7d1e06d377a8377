/* Rules of combination: each kind of rule, just short of enough and enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "catalogue/check.h"
#include "catalogue/combine.h"

static struct catalogue *c;

static int load(void **state) {
  (void)state;
  struct bundle b = {0};
  struct fault_list f = {0};
  if (catalogue_read_dirs(&b, SOURCE_ROOT "/rules/catalogue", NULL, NULL) < 0)
    return -1;
  int rc = catalogue_create(&c, &b, &f);
  fault_list_finish(&f);
  bundle_finish(&b);
  return rc;
}

static int unload(void **state) {
  (void)state;
  catalogue_destroy(c);
  return 0;
}

#define CERT3                                                                                      \
  "CYP Core 3.1", "CYP Core 3.3", "CYP Core 3.4", "SHC 32", "TDA 3.1", "TDA 3.2", "TDA 3.3",       \
      "TDA 3.4", "TDA 3.5", "TDA 3.6", "TDA 3.7"
#define MAND2                                                                                      \
  "TDA 2.1", "TDA 2.2", "TDA 2.3", "TDA 2.4", "TDA 2.6", "TDA 2.7", "TDA 2.8", "TDA 2.9", "TDA 2.10"

static void test_rules(void **state) {
  (void)state;
  static const struct {
    const char *qualification;
    const char *held[20];
    bool complete;
    int held_credits, needed, missing;
  } rows[] = {
      {"SWIS2-AWD", {NULL}, false, 0, 12, 4},
      {"SWIS2-AWD", {"TDA 2.1", "TDA-2.2", "TDA 2.3"}, false, 7, 12, 1},
      {"SWIS2-AWD", {"TDA 2.1", "TDA 2.2", "TDA 2.3", "TDA 2.4"}, false, 9, 12, 0},
      {"SWIS2-AWD", {"TDA 2.1", "TDA 2.2", "TDA 2.3", "TDA 2.4", "TDA 3.2"}, true, 12, 12, 0},
      {"SWIS2-AWD",
       {"TDA 2.1", "TDA 2.2", "TDA 2.3", "TDA 2.4", "TDA 3.2", "TDA 2.5"},
       true,
       12,
       12,
       0}, /* the second option
              adds nothing */
      {"STLS2-CERT", {MAND2, "TDA 2.5"}, false, 27, 30, 0},
      {"STLS2-CERT", {MAND2, "TDA 2.5", "TDA 2.13"}, true, 30, 30, 0},
      {"STLS3-AWD", {"CYP Core 3.1", "CYP Core 3.3", "TDA 3.1", "TDA 3.2"}, true, 12, 12, 0},
      {"STLS3-CERT", {CERT3}, true, 32, 32, 0},
      {"STLS3-DIP", {CERT3}, false, 32, 44, 0},
      {"STLS3-DIP",
       {CERT3, "TDA 3.8", "TDA 3.17", "TDA 3.19"},
       true,
       44,
       44,
       0}, /* 3 + 4 + 5 across B, C and D */
      {"STLS3-DIP", {CERT3, "TDA 3.8", "TDA 3.17"}, false, 39, 44, 0},
      /* one unit in both spellings, recorded twice: 2 credits */
      {"SWIS2-AWD", {"TDA 2.1", "TDA-2.1", "TDA 2.1"}, false, 2, 12, 3},
      /* 20 of 24 mandatory, and 9 optional of which 6 count */
      {"STLS2-CERT",
       {"TDA 2.1", "TDA 2.2", "TDA 2.3", "TDA 2.4", "TDA 2.6", "TDA 2.7", "TDA 2.8", "TDA 2.9",
        "TDA 2.5", "TDA 2.13", "TDA 2.14"},
       false,
       26,
       30,
       1},
      {"STLS3-AWD", {"CYP Core 3.1", "CYP Core 3.3", "TDA 3.1"}, false, 9, 12, 1},
      {"STLS3-CERT",
       {"CYP Core 3.1", "CYP Core 3.3", "CYP Core 3.4", "TDA 3.1", "TDA 3.2", "TDA 3.3", "TDA 3.4",
        "TDA 3.5", "TDA 3.6", "TDA 3.7"},
       false,
       29,
       32,
       1},
      /* 6 + 5 of 12 across the optional groups */
      {"STLS3-DIP", {CERT3, "TDA 3.18", "TDA 3.19"}, false, 43, 44, 0},
      /* 2 + 3 + 3 + 4, two of them at level 2: 42 at level 3 or above, of 40 */
      {"STLS3-DIP", {CERT3, "STLS2-CARE", "TDA 3.8", "TDA 3.9", "TDA 3.10"}, true, 44, 44, 0},
      {"NVQ2-STL", {"STL1", "STL2", "STL3", "STL4", "STL6", "STL7"}, false, 0, 0, 1},
      {"NVQ2-STL", {"STL1", "STL2", "STL3", "STL4", "STL5", "STL6"}, false, 0, 0, 0},
      {"NVQ2-STL", {"STL1", "STL2", "STL3", "STL4", "STL5", "STL6", "STL17"}, true, 0, 0, 0},
      {"NVQ3-STL",
       {"STL18", "STL19", "STL20", "STL21", "STL22", "STL23", "STL33", "STL45", "STL53"},
       false,
       0,
       0,
       0},
      {"NVQ3-STL",
       {"STL18", "STL19", "STL20", "STL21", "STL22", "STL23", "STL33", "STL45", "STL53", "STL69"},
       true,
       0,
       0,
       0},
      {"NVQ3-STL",
       {"STL18", "STL19", "STL20", "STL21", "STL23", "STL24", "STL25", "STL26", "STL27"},
       false,
       0,
       0,
       1},
      {"SWIS2-AWD-NQF", {"SWIS2-DEV", "SWIS2-RISK"}, false, 0, 0, 0}, /* two mandatory units whose
                                                                         titles are not known */
      {"SWIS2-AWD-NQF", {"SWIS2-DEV", "TDA 2.1", "TDA 2.2"}, true, 0, 0, 0},
      {"SWIS2-CERT-NQF", {"SWIS2-DEV", "TDA 2.1", "TDA 2.2"}, false, 0, 0, 0},
      {"SWIS2-CERT-NQF", {"SWIS2-DEV", "SWIS2-RISK", "TDA 2.1", "TDA 2.2"}, true, 0, 0, 0},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct arena a = {0};
    struct combination r;
    uint32_t n = 0;
    while (rows[i].held[n])
      n++;
    combine(c, rows[i].qualification, rows[i].held, n, &a, &r);
    assert_true(r.known);
    if (r.complete != rows[i].complete)
      print_message("row %zu: %s\n", i, rows[i].qualification);
    assert_int_equal(r.complete, rows[i].complete);
    assert_int_equal(r.credits_held, rows[i].held_credits);
    assert_int_equal(r.credits_needed, rows[i].needed);
    assert_int_equal(r.n_missing, rows[i].missing);
    arena_finish(&a);
  }
}

/* 40 of the diploma's 44 credits must be at level 3: a level 2 unit counts, but five such credits
 * are too many. */
static void test_level_rule(void **state) {
  (void)state;
  static const struct {
    const char *fee; /* a changed catalogue: TDA 3.8's level */
    bool complete;
  } rows[] = {{"3", true}, {"2", false}};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct bundle b = {0};
    struct fault_list f = {0};
    struct catalogue *mine = NULL;
    struct arena a = {0};
    struct combination r;
    static const char *const held[] = {CERT3, "TDA 3.8", "TDA 3.17", "TDA 3.19"};
    char text[64] = "unit,credit,level\nTDA 3.19,5,";
    strcat(text, rows[i].fee);
    assert_int_equal(catalogue_read_dirs(&b, SOURCE_ROOT "/rules/catalogue", NULL, NULL), 0);
    bundle_add(&b, "authority/units.csv", text, strlen(text));
    bundle_seal(&b, NULL);
    assert_int_equal(catalogue_create(&mine, &b, &f), 0);
    combine(mine, "STLS3-DIP", held, ARRAY_LEN(held), &a, &r);
    assert_int_equal(r.complete, rows[i].complete);
    assert_int_equal(r.credits_held, 44);
    catalogue_destroy(mine);
    fault_list_finish(&f);
    bundle_finish(&b);
    arena_finish(&a);
  }
}

static void test_units(void **state) {
  (void)state;
  struct arena a = {0};
  uint32_t n;
  const struct unit *const *u = combine_units(c, "STLS3-DIP", &a, &n);
  assert_int_equal(n, 11 + 29);
  assert_string_equal(u[0]->code, "CYP Core 3.1");
  assert_string_equal(u[10]->code, "TDA 3.7");
  assert_string_equal(u[11]->code, "TDA 3.8");
  combine_units(c, "FOOD2", &a, &n);
  assert_int_equal(n, 0);
  struct combination r;
  combine(c, "FOOD2", NULL, 0, &a, &r);
  assert_false(r.known);
  assert_false(r.complete);
  arena_finish(&a);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_rules),
                                     cmocka_unit_test(test_level_rule),
                                     cmocka_unit_test(test_units)};
  if (hash_init() < 0)
    return 1;
  return cmocka_run_group_tests(tests, load, unload);
}
