/* The shipped catalogue, and what may be asked of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "catalogue/check.h"

static struct catalogue *c;

static int load(void **state) {
  (void)state;
  struct bundle b = {0};
  struct fault_list f = {0};
  if (catalogue_read_dirs(&b, SOURCE_ROOT "/rules/catalogue", NULL, NULL) < 0)
    return -1;
  int rc = catalogue_create(&c, &b, &f);
  for (size_t i = 0; i < f.n; i++)
    print_message("%s\n", f.lines[i].said);
  if (f.n > 0)
    rc = -1; /* no warnings either */
  fault_list_finish(&f);
  bundle_finish(&b);
  return rc;
}

static int unload(void **state) {
  (void)state;
  catalogue_destroy(c);
  catalogue_destroy(NULL);
  return 0;
}

static void test_competences(void **state) {
  (void)state;
  const struct competence *k = catalogue_competence(c, "STL3");
  assert_non_null(k);
  assert_string_equal(k->key, "STL@2007/STL3");
  assert_string_equal(k->title, "Help to keep children safe");
  assert_ptr_equal(k, catalogue_competence(c, "STL@2007/STL3"));
  assert_ptr_equal(k, catalogue_competence_at(c, k->index));
  assert_int_equal(k->framework->n_levels, 5);
  assert_string_equal(k->framework->levels[2], "with support");
  assert_int_equal(k->refresh_months, ABSENT);
  assert_int_equal(catalogue_competence(c, "X.SAFE")->refresh_months, 12);
  assert_int_equal(catalogue_competence(c, "X.SAFE")->purpose, PURPOSE_COMPLIANCE);
  assert_null(catalogue_competence(c, "STL99"));
  assert_null(catalogue_competence(c, "STL@2008/STL3"));
  assert_null(catalogue_competence_at(c, catalogue_n_competences(c)));
  for (uint32_t i = 0; i < catalogue_n_competences(c); i++) {
    k = catalogue_competence_at(c, i);
    assert_int_equal(k->index, i);
    assert_true(k->short_ok);
    assert_false(catalogue_ambiguous(c, k->code));
    if (i > 0)
      assert_true(strcmp(catalogue_competence_at(c, i - 1)->key, k->key) < 0);
  }
}

static const struct profile_row *need(const char *role, const char *competence) {
  uint32_t n;
  const struct profile_row *p = catalogue_profile(c, role, &n);
  for (uint32_t i = 0; i < n; i++)
    if (strcmp(p[i].competence->code, competence) == 0)
      return &p[i];
  return NULL;
}

static void test_profile(void **state) {
  (void)state;
  const struct profile_row *p = need("TASS", "STL3");
  assert_non_null(p);
  assert_int_equal(p->level, 3);
  assert_int_equal(p->importance, IMPORTANCE_ESSENTIAL);
  p = need("TASS", "X.SAFE"); /* all: 2 statutory, role: 3 */
  assert_int_equal(p->level, 3);
  assert_int_equal(p->importance, IMPORTANCE_STATUTORY);
  assert_int_equal(p->purpose, PURPOSE_COMPLIANCE);
  assert_int_equal(p->weight, 5);
  uint32_t n;
  p = catalogue_profile(c, "TASS", &n);
  assert_true(n > 12);
  for (uint32_t i = 1; i < n; i++)
    assert_true(p[i - 1].competence->index < p[i].competence->index);
  assert_null(catalogue_profile(c, "HDTR", &n)); /* a head teacher is out of scope */
  assert_int_equal(n, 0);
  assert_null(catalogue_profile(c, "NONE", &n));
}

static void test_units(void **state) {
  (void)state;
  uint32_t n;
  const struct competence *k = catalogue_competence(c, "STL3");
  const struct unit *const *u = catalogue_units_for(c, k, 3, &n);
  assert_true(n >= 4);
  /* 2 credits, before the other 2-credit unit by code */
  assert_string_equal(u[0]->code, "CYP Core 3.4");
  for (uint32_t i = 0; i < n; i++) {
    assert_false(u[i]->knowledge);
    assert_int_not_equal(u[i]->open, OPEN_NO);
    if (i > 0 && u[i]->credit != ABSENT)
      assert_true(u[i - 1]->credit <= u[i]->credit);
  }
  uint32_t more;
  catalogue_units_for(c, k, 2, &more);
  assert_true(more > n); /* knowledge units give level 2 */
  catalogue_units_for(c, k, 4, &n);
  assert_int_equal(n, 0);
  catalogue_units_for(c, k, -1, &n);
  assert_int_equal(n, 0);
  assert_ptr_equal(catalogue_unit(c, "TDA 2.8"), catalogue_unit(c, "TDA-2.8"));
  /* an NVQ unit can be held, not begun */
  assert_int_equal(catalogue_unit(c, "STL18")->open, OPEN_NO);
}

static void test_equivalences(void **state) {
  (void)state;
  static const struct {
    const char *class, *held;
    bool yes;
  } rows[] = {{"maths@1", "GCSE-MAT-31", true},
              {"maths@1", "GCSE-MAT-94", true},
              {"maths@2", "GCSE-MAT-94", true},
              {"maths@2", "GCSE-MAT-31", false},
              {"maths@1", "maths@2", true},
              {"maths@2", "maths@1", false},
              {"english@2", "GCSE-MAT-94", false},
              {"level@1", "DOCT", true},
              {"level@8", "DEG", false},
              {"ta@2", "STLS3-DIP", true},
              {"FOOD2", "FOOD2", true},
              {"FOOD2", "FOOD3", false},
              {"food@2", "FOOD3", true},
              {"nothing@1", "FOOD3", false}};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    assert_int_equal(catalogue_satisfies(c, rows[i].class, rows[i].held), rows[i].yes);
  assert_true(catalogue_class(c, "maths@2"));
  assert_false(catalogue_class(c, "FOOD2"));
}

static void test_open(void **state) {
  (void)state;
  struct qualification q = {.open = OPEN_YES, .opens = ABSENT, .closes = ABSENT};
  assert_true(qualification_open_on(&q, 100));
  q.open = OPEN_NO;
  assert_false(qualification_open_on(&q, 100));
  q.open = OPEN_UNKNOWN;
  assert_true(qualification_open_on(&q, 100));
  q = (struct qualification){.open = OPEN_NO, .opens = 100, .closes = 200};
  assert_false(qualification_open_on(&q, 99));
  assert_true(qualification_open_on(&q, 100)); /* dates win over the word */
  assert_true(qualification_open_on(&q, 200));
  assert_false(qualification_open_on(&q, 201));
  q = (struct qualification){.open = OPEN_YES, .opens = ABSENT, .closes = 200};
  assert_false(qualification_open_on(&q, 201));
  assert_false(qualification_open_on(catalogue_qualification(c, "NVQ2-STL"), 20000));
}

static void test_developments(void **state) {
  (void)state;
  static const struct {
    const char *id, *canonical, *title;
    int n;
    bool formal;
  } rows[] = {
      {"shadowing.STL3", NULL, "Work shadowing: Help to keep children safe", 1, false},
      {"shadowing.STL.2007.STL3", "shadowing.STL3", "Work shadowing: Help to keep children safe", 1,
       false},
      {"shadowing.STL@2007/STL3", "shadowing.STL3", "Work shadowing: Help to keep children safe", 1,
       false},
      {"inset.X.SAFE", NULL,
       "Session on a training day: Safeguarding children (induction and annual update)", 1, false},
      {"e-learning.X.SAFE", NULL, "E-learning: Safeguarding children (induction and annual update)",
       1, false},
      {"finding-out.self-assessment", NULL, "Self-assessment against your role's standards", 0,
       false},
      {"finding-out.review", NULL, "A review of your role's standards with your manager", 0, false},
      {"finding-out.observation", NULL, "A planned observation of your work", 0, false},
      {"shadowing.visit", NULL, "Visit to another school", 0, false},
      {"unit.TDA-2.8", NULL, "Support children and young people's health and safety", 1, true},
      {"unit.TDA 2.8", "unit.TDA-2.8", "Support children and young people's health and safety", 1,
       true},
      {"qualification.FOOD2", NULL, "Level 2 Award in Food Safety in Catering", 1, true},
      {"apprenticeship.APP-SSO", NULL, "Safeguarding support officer apprenticeship", 2, true},
      {"status.HLTA", NULL, "Higher level teaching assistant status", 0, true},
      {"course.skills-for-life", NULL, "English, mathematics or digital skills for adults", 3,
       true},
  };
  struct arena a = {0};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct development d;
    assert_true(catalogue_development(c, rows[i].id, &a, &d));
    assert_string_equal(d.id, rows[i].canonical ? rows[i].canonical : rows[i].id);
    assert_string_equal(d.title, rows[i].title);
    assert_int_equal(d.n_competences, rows[i].n);
    assert_int_equal(d.formal, rows[i].formal);
    assert_true(strlen(d.kind) + 1 + strlen(d.rest) == strlen(d.id));
    assert_string_equal(catalogue_resolve(c, DOMAIN_DEVELOPMENT, rows[i].id), d.id);
  }
  static const char *const wrong[] = {"shadowing.STL99",
                                      "qualification.APP-TA",
                                      "apprenticeship.FOOD2",
                                      "course.none",
                                      "finding-out.STL3",
                                      "STL3",
                                      "shadowing.",
                                      "none.STL3",
                                      "",
                                      "unit.STL99"};
  struct development d;
  for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
    assert_false(catalogue_development(c, wrong[i], &a, &d));
  arena_finish(&a);
}

static void test_every_kind_has_numbers(void **state) {
  (void)state;
  static const char *const kinds[] = {
      "coaching",        "mentoring", "shadowing", "buddying",   "peer-observation", "network",
      "action-research", "inset",     "resource",  "e-learning", "joint-training"};
  for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
    const struct informal *f = catalogue_informal(c, kinds[i]);
    assert_non_null(f);
    assert_string_equal(f->kind, kinds[i]);
    assert_true(f->minutes > 0 && f->weeks > 0);
    assert_string_equal(catalogue_coded(c, DOMAIN_KIND, kinds[i])->extra, "informal");
  }
  assert_int_equal(catalogue_informal(c, "self-assessment")->minutes, 30);
  assert_string_equal(catalogue_coded(c, DOMAIN_KIND, "unit")->extra, "formal");
}

static void test_resolve(void **state) {
  (void)state;
  static const struct {
    enum domain d;
    const char *given, *full;
  } rows[] = {{DOMAIN_COMPETENCE, "STL3", "STL@2007/STL3"},
              {DOMAIN_COMPETENCE, "HLTA1", "HLTA@2015/HLTA1"},
              {DOMAIN_COMPETENCE, "none", NULL},
              {DOMAIN_ROLE, "TASS", "TASS"},
              {DOMAIN_ROLE, "tass", NULL},
              {DOMAIN_FAMILY, "site", "site"},
              {DOMAIN_UNIT, "TDA-2.8", "TDA 2.8"},
              {DOMAIN_QUALIFICATION, "FOOD2", "FOOD2"},
              {DOMAIN_EVIDENCE, "assessor", "assessor"},
              {DOMAIN_BARRIER, "no-time", "no-time"},
              {DOMAIN_IMPACT, "skill-used", "skill-used"},
              {DOMAIN_CHECK, "cover", "cover"},
              {DOMAIN_PAYER, "school", "school"},
              {DOMAIN_PAYER, "levy", NULL},
              {DOMAIN_FUND, "levy", "levy"},
              {DOMAIN_CONTRACT, "PRM", "PRM"},
              {DOMAIN_CONTRACT, "permanent", "PRM"},
              {DOMAIN_PHASE, "primary", "primary"},
              {DOMAIN_PHASE, "PS", "primary"},
              {DOMAIN_EQUIVALENCE, "maths@2", "maths@2"},
              {DOMAIN_PRIORITY, "attendance", "attendance"},
              {DOMAIN_KIND, "shadowing", "shadowing"},
              {DOMAIN_SOURCE, "guide-2010", "guide-2010"},
              {DOMAIN_HELPER, "shadow-host", "shadow-host"},
              {DOMAIN_HELPER, "friend", NULL},
              {DOMAIN_AUDIENCE_FOR, "all", "all"},
              {DOMAIN_AUDIENCE_FOR, "teachers", "teachers"},
              {DOMAIN_AUDIENCE_FOR, "TASS", "TASS"},
              {DOMAIN_AUDIENCE_FOR, "catering", "catering"},
              {DOMAIN_AUDIENCE_FOR, "none", NULL},
              {DOMAIN_NONE, "STL3", NULL}};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    const char *full = catalogue_resolve(c, rows[i].d, rows[i].given);
    if (rows[i].full) {
      assert_non_null(full);
      assert_string_equal(full, rows[i].full);
    } else {
      assert_null(full);
    }
    assert_null(catalogue_resolve(c, rows[i].d, NULL));
  }
  assert_string_equal(catalogue_source(c, "guide-2010/step-3")->id, "guide-2010");
  assert_null(catalogue_source(c, ""));
}

static void test_small_tables(void **state) {
  (void)state;
  static const char *const order[] = {"self",     "manager", "peer",     "witness",    "portfolio",
                                      "observer", "test",    "assessor", "certificate"};
  for (size_t i = 0; i < ARRAY_LEN(order); i++)
    assert_int_equal(catalogue_evidence(c, order[i])->rank, i + 1);
  assert_int_equal(catalogue_evidence(c, "certificate")->fades_months, ABSENT);
  uint32_t n;
  const struct coded *checks = catalogue_checks(c, &n);
  assert_int_equal(n, 25);
  assert_string_equal(checks[0].code, "entry"); /* file order, not the alphabet */
  assert_string_equal(checks[0].extra, "provider");
  catalogue_schools(c, &n);
  assert_int_equal(n, 0);
  assert_string_equal(catalogue_coded(c, DOMAIN_BARRIER, "home")->extra, "person");
  assert_null(catalogue_coded(c, DOMAIN_ROLE, "TASS"));
  assert_string_equal(catalogue_role(c, "TASS")->family->code, "learning-support");
  assert_string_equal(catalogue_family(c, "site")->where, "outside");
  uint32_t q;
  assert_non_null(catalogue_qualifications(c, &q));
  assert_int_equal(q, 180);
}

static void test_titles(void **state) {
  (void)state;
  enum certainty sure;
  assert_string_equal(catalogue_title(c, "1:1 TA", &sure)->code, "LSEN");
  assert_string_equal(catalogue_title(c, "  1 To 1  support ", &sure)->code, "LSEN");
  assert_null(catalogue_title(c, "Wizard", &sure));
  assert_null(catalogue_title(c, "", &sure));
}

static void test_describe(void **state) {
  (void)state;
  struct buf b = {0};
  catalogue_describe(c, &b);
  const char *json = buf_cstr(&b);
  assert_non_null(strstr(json, "{\"file\":\"units.csv\",\"rows\":138,\"authority\":0,\"low\":18}"));
  assert_non_null(
      strstr(json, "{\"row\":\"TDA 2.10\",\"file\":\"national/units.csv\",\"line\":11}"));
  buf_finish(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_competences),
      cmocka_unit_test(test_profile),
      cmocka_unit_test(test_units),
      cmocka_unit_test(test_equivalences),
      cmocka_unit_test(test_open),
      cmocka_unit_test(test_developments),
      cmocka_unit_test(test_every_kind_has_numbers),
      cmocka_unit_test(test_resolve),
      cmocka_unit_test(test_small_tables),
      cmocka_unit_test(test_titles),
      cmocka_unit_test(test_describe),
  };
  if (hash_init() < 0)
    return 1;
  return cmocka_run_group_tests(tests, load, unload);
}
