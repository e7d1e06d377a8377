/* An authority's own rows over the national ones, and every fault by file, row and column. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/mem.h"
#include "catalogue/check.h"
#include "catalogue/combine.h"

struct extra {
  const char *name, *text; /* text NULL: the file is taken away */
};

/* The shipped catalogue with some files put in, replaced or taken away. */
static struct catalogue *with(const struct extra *extra, size_t n, struct fault_list *f) {
  struct bundle all = {0}, b = {0};
  struct catalogue *c = NULL;
  assert_int_equal(catalogue_read_dirs(&all, SOURCE_ROOT "/rules/catalogue", NULL, NULL), 0);
  for (size_t i = 0; i < all.n; i++) {
    bool replaced = false;
    for (size_t k = 0; k < n; k++)
      replaced |= strcmp(extra[k].name, all.files[i].name) == 0;
    if (!replaced)
      bundle_add(&b, all.files[i].name, all.files[i].text, all.files[i].len);
  }
  for (size_t k = 0; k < n; k++)
    if (extra[k].text)
      bundle_add(&b, extra[k].name, extra[k].text, strlen(extra[k].text));
  bundle_seal(&b, NULL);
  int rc = catalogue_create(&c, &b, f);
  assert_int_equal(rc == 0, f->errors == 0);
  bundle_finish(&all);
  bundle_finish(&b);
  return c;
}

static struct catalogue *good(const struct extra *extra, size_t n) {
  struct fault_list f = {0};
  struct catalogue *c = with(extra, n, &f);
  for (size_t i = 0; i < f.n; i++)
    print_message("%s\n", f.lines[i].said);
  assert_int_equal(f.n, 0);
  fault_list_finish(&f);
  return c;
}

static void test_example(void **state) {
  (void)state;
  struct fault_list f = {0};
  struct buf b = {0};
  assert_int_equal(catalogue_check_dir(SOURCE_ROOT "/rules/catalogue",
                                       SOURCE_ROOT "/rules/examples/888/catalogue", &f, &b),
                   0);
  assert_int_equal(f.n, 0);
  assert_non_null(
      strstr(buf_cstr(&b), "{\"file\":\"schools.csv\",\"rows\":12,\"authority\":12,\"low\":0}"));
  buf_reset(&b);
  assert_true(catalogue_check_dir(SOURCE_ROOT "/no/such", NULL, &f, &b) < 0);
  assert_int_equal(f.errors, 1);
  assert_string_equal(buf_cstr(&b), "{}");
  fault_list_finish(&f);
  buf_finish(&b);
}

static void test_overlay_changes_cells(void **state) {
  (void)state;
  const struct extra x[] = {
      {"authority/competences.csv", "framework;version;code;refresh_months\nX;2026;X.SAFE;6\n"},
      {"authority/profiles.csv",
       "scope,competence,level,importance,weight,purpose\nrole:TASS,STL@2007/"
       "STL3,4,essential,5,role\nrole:TASS,X.HSAW,1,desirable,1,growth\n"},
      {"authority/courses.csv",
       "course,kind,title,competences\nsafe-start,course,A safe start,X.SAFE;STL3\n"},
  };
  struct catalogue *c = good(x, ARRAY_LEN(x));
  const struct competence *k = catalogue_competence(c, "X.SAFE");
  assert_int_equal(k->refresh_months, 6);
  /* what the overlay leaves out stays */
  assert_non_null(strstr(k->title, "Safeguarding children"));
  uint32_t n, found = 0;
  const struct profile_row *p = catalogue_profile(c, "TASS", &n);
  for (uint32_t i = 0; i < n; i++)
    if (strcmp(p[i].competence->code, "STL3") == 0) {
      assert_int_equal(p[i].level, 4);
      found++;
    }
  assert_int_equal(found, 1);
  /* a milder row of the role takes nothing from what holds for all staff */
  for (uint32_t i = 0; i < n; i++)
    if (strcmp(p[i].competence->code, "X.HSAW") == 0) {
      assert_int_equal(p[i].level, 2);
      assert_int_equal(p[i].weight, 4);
      assert_int_equal(p[i].importance, IMPORTANCE_STATUTORY);
      assert_int_equal(p[i].purpose, PURPOSE_COMPLIANCE);
      assert_string_equal(p[i].scope, "all");
      found++;
    }
  assert_int_equal(found, 2);
  struct arena a = {0};
  struct development d;
  assert_true(catalogue_development(c, "course.safe-start", &a, &d));
  assert_string_equal(d.title, "A safe start");
  assert_int_equal(d.n_competences, 2);
  arena_finish(&a);
  catalogue_destroy(c);
}

static void test_how_a_competence_is_learnt_and_shown(void **state) {
  (void)state;
  const struct extra x[] = {{"authority/competences.csv",
                             "framework,version,code,learnt_by,shown_by\nX,2026,X.SAFE,"
                             "practice,certificate\nX,2026,X.POOL,any,any\n"}};
  struct catalogue *c = good(NULL, 0);
  assert_true(catalogue_competence(c, "X.POOL")->practical &&
              catalogue_competence(c, "X.POOL")->certificate);
  assert_false(catalogue_competence(c, "X.SAFE")->practical ||
               catalogue_competence(c, "X.SAFE")->certificate);
  catalogue_destroy(c);
  c = good(x, 1);
  assert_false(catalogue_competence(c, "X.POOL")->practical ||
               catalogue_competence(c, "X.POOL")->certificate);
  assert_true(catalogue_competence(c, "X.SAFE")->practical &&
              catalogue_competence(c, "X.SAFE")->certificate);
  assert_true(catalogue_competence(c, "X.COOK")->practical); /* not in the overlay */
  catalogue_destroy(c);
}

/* What is taken out takes the national rows along that stood on it. */
static void test_remove(void **state) {
  (void)state;
  const struct extra x[] = {
      {"authority/competences.csv",
       "framework,version,code,remove\nX,2026,X.POOL,yes\nX,2026,X.SAFE,no\n"},
      {"authority/roles.csv", "role,remove\nCADV,yes\n"},
      {"authority/qualifications.csv", "qualification,remove\nFOOD1,yes\nSWIS2-AWD,yes\n"}};
  struct catalogue *c = good(x, ARRAY_LEN(x));
  assert_null(catalogue_competence(c, "X.POOL"));
  assert_non_null(catalogue_competence(c, "X.SAFE"));
  assert_null(catalogue_role(c, "CADV"));
  assert_null(catalogue_qualification(c, "FOOD1"));
  enum certainty sure;
  assert_null(catalogue_title(c, "Careers adviser", &sure));
  struct arena a = {0};
  struct combination r;
  combine(c, "SWIS2-AWD", NULL, 0, &a, &r);
  assert_false(r.known);
  combine(c, "STLS3-AWD", NULL, 0, &a, &r);
  assert_int_equal(r.n_missing, 4);
  arena_finish(&a);
  catalogue_destroy(c);
}

/* A framework of the authority's own with a code of the national one: the short form is ambiguous
 * for people, not for the national rows. */
static void test_ambiguous(void **state) {
  (void)state;
  const struct extra x[] = {
      {"authority/frameworks.csv",
       "framework,version,title,levels\nOURS,1,Our own,no;a little;yes\n"},
      {"authority/competences.csv",
       "framework,version,code,title,purpose\nOURS,1,STL3,Keep children safe here,role\n"}};
  struct catalogue *c = good(x, ARRAY_LEN(x));
  assert_true(catalogue_ambiguous(c, "STL3"));
  assert_null(catalogue_competence(c, "STL3"));
  const struct competence *ours = catalogue_competence(c, "OURS@1/STL3"),
                          *stl = catalogue_competence(c, "STL@2007/STL3");
  assert_int_equal(ours->framework->n_levels, 3);
  assert_int_equal(ours->certainty, CERTAINTY_DESIGNED);
  assert_false(ours->short_ok);
  assert_string_equal(stl->slug, "STL.2007.STL3");
  assert_string_equal(catalogue_resolve(c, DOMAIN_DEVELOPMENT, "shadowing.STL.2007.STL3"),
                      "shadowing.STL.2007.STL3");
  assert_null(catalogue_resolve(c, DOMAIN_DEVELOPMENT, "shadowing.STL3"));
  uint32_t n;
  const struct unit *const *u = catalogue_units_for(c, stl, 3, &n);
  assert_true(n > 0 && u[0]->gives[0].competence == stl);
  catalogue_destroy(c);
}

/* One fault each; the line must be among those found. */
static void test_faults(void **state) {
  (void)state;
  static const struct {
    struct extra x;
    const char *line;
  } rows[] = {
      {{"national/units.csv", NULL},
       "national/units.csv: this file is missing; a catalogue cannot do without it"},
      {{"authority/odd.csv", "a\n"},
       "warning: authority/odd.csv: is not a file of the catalogue and was not read"},
      {{"authority/roles.csv", "role,colour\nTASS,red\n"},
       "warning: authority/roles.csv:1:colour: this column is not known and was not read"},
      {{"authority/roles.csv", "title\nx\n"},
       "authority/roles.csv:1:role: this column is missing; add a column with this heading"},
      {{"national/families.csv", "family,words,provenance,certainty\nsite,Site,x,high\n"},
       "national/families.csv:1:where: this column is missing; add a column with this heading"},
      {{"authority/roles.csv", "role,title,title\nTASS,a,b\n"},
       "authority/roles.csv:1:title: two columns have this heading; keep one"},
      {{"authority/roles.csv", "role,title\n,x\n"},
       "authority/roles.csv:2:role: is blank; every row needs it"},
      {{"authority/roles.csv", "role,title\nTASS,\n"},
       "authority/roles.csv:2:title: is blank; every row needs it"},
      {{"authority/roles.csv", "role,title\nNEWR,New\n"},
       "authority/roles.csv:2:family: this column is missing; a new row needs it"},
      {{"authority/roles.csv", "role,title\nTASS,a\n\nTASS,b\n"},
       "authority/roles.csv:4: is the same row as row 2 again; keep one"},
      {{"authority/roles.csv", "role,family\nTASS,sitte\n"},
       "authority/roles.csv:2:family: unknown family 'sitte'; did you mean 'site'?"},
      {{"authority/roles.csv", "role,in_scope\nTASS,maybe\n"},
       "authority/roles.csv:2:in_scope: 'maybe' is not known; write no or yes"},
      {{"authority/roles.csv", "role,remove\nTASS,perhaps\n"},
       "authority/roles.csv:2:remove: 'perhaps' is not yes or no"},
      {{"authority/roles.csv", "role,remove\nNONE,yes\n"},
       "warning: authority/roles.csv:2:remove: there is no such row to take out"},
      {{"authority/roles.csv", "role,title,family,in_scope\nNEWR,New,teaching,yes\n"},
       "warning: authority/roles.csv:2:in_scope: profiles.csv gives this role 0 needs beyond those "
       "of all staff; four is the "
       "least that says something about the work"},
      {{"authority/units.csv",
        "unit,slug,title,assesses,open,gives\nU1,U-1,One,competence,yes,STL99:3\n"},
       "authority/units.csv:2:gives: unknown competence 'STL99'; did you mean 'STL19'?"},
      {{"authority/units.csv",
        "unit,slug,title,assesses,open,gives\nU1,U-1,One,competence,yes,STL3\n"},
       "authority/units.csv:2:gives: 'STL3' is not competence:level, such as STL3:3; separate "
       "several by ';'"},
      {{"authority/units.csv",
        "unit,slug,title,assesses,open,gives\nU1,U-1,One,competence,yes,STL3:5\n"},
       "authority/units.csv:2:gives: level 5 of STL3 does not exist; its framework has 0 to 4"},
      {{"authority/units.csv", "unit,slug,title,assesses,open\nU1,TDA-2.8,One,competence,yes\n"},
       "authority/units.csv:2:slug: 'TDA-2.8' is the slug of unit 'TDA 2.8' already; every unit "
       "needs its own"},
      {{"authority/units.csv", "unit,slug,title,assesses,open\nU1,U 1,One,competence,yes\n"},
       "authority/units.csv:2:slug: 'U 1' is not a code; use 1 to 64 letters, digits, '.', '_' or "
       "'-'"},
      {{"authority/units.csv", "unit,credit\nTDA 2.8,lots\n"},
       "authority/units.csv:2:credit: 'lots' is not a whole number from 0 to 999"},
      {{"authority/qualifications.csv", "qualification,closes\nFOOD2,31/12/2026\n"},
       "authority/qualifications.csv:2:closes: '31/12/2026' is not a date; write it as 2026-09-01"},
      {{"authority/qualifications.csv",
        "qualification,opens,closes\nFOOD2,2026-09-01,2026-08-31\n"},
       "authority/qualifications.csv:2:closes: registration closes before it opens"},
      {{"authority/qualifications.csv", "qualification,open\nFOOD2,soon\n"},
       "authority/qualifications.csv:2:open: 'soon' is not known; write yes, no or unknown"},
      {{"authority/qualifications.csv", "qualification,successor\nFOOD2,FOOD9\n"},
       "authority/qualifications.csv:2:successor: unknown successor 'FOOD9'; did you mean "
       "'FOOD1'?"},
      {{"authority/profiles.csv",
        "scope,competence,level,importance,weight,purpose\nteam:x,STL3,3,essential,3,role\n"},
       "authority/profiles.csv:2:scope: 'team:x' is not known; write all, family:CODE or "
       "role:CODE"},
      {{"authority/profiles.csv",
        "scope,competence,level,importance,weight,purpose\nrole:TAS,STL3,3,essential,3,role\n"},
       "authority/profiles.csv:2:scope: unknown role 'TAS'; did you mean 'TASS'?"},
      {{"authority/profiles.csv",
        "scope,competence,level,importance,weight,purpose\nall,X.SAFE,3,statutory,3,role\n"},
       "authority/profiles.csv:2:purpose: a statutory row is always for compliance"},
      {{"authority/profiles.csv",
        "scope,competence,level,importance,weight,purpose\nall,X.SAFE,3,desirable,3,role\n"},
       "authority/profiles.csv:2:purpose: a desirable row is always for growth"},
      {{"authority/profiles.csv",
        "scope,competence,level,importance,weight,purpose\nall,X.SAFE,6,statutory,3,compliance\n"},
       "authority/profiles.csv:2:level: level 6 does not exist; framework X has 0 to 4"},
      {{"authority/competences.csv", "framework,version,code,title,purpose\nSTL,2008,S1,x,role\n"},
       "authority/competences.csv:2:version: unknown framework 'STL@2008'; did you mean "
       "'STL@2007'?"},
      {{"authority/frameworks.csv", "framework,version,levels\nSTL,2007,one\n"},
       "authority/frameworks.csv:2:levels: needs the words of at least two levels, lowest first, "
       "separated by ';'"},
      {{"authority/equivalences.csv", "class,member_kind,member\nmaths@2,class,maths@1\n"},
       "national/equivalences.csv:41:class: 'maths@1' contains itself, through its members"},
      {{"authority/equivalences.csv",
        "class,member_kind,member\nmaths@2,qualification,GCSE-MAT-95\n"},
       "authority/equivalences.csv:2:member: unknown qualification 'GCSE-MAT-95'; did you mean "
       "'GCSE-MAT-94'?"},
      {{"authority/equivalences.csv", "class,member_kind,member\nmaths@2,class,maths@9\n"},
       "authority/equivalences.csv:2:member: unknown class 'maths@9'; a class begins where a row "
       "of this file names it in the "
       "column class"},
      {{"authority/evidence.csv", "kind,remove\nmanager,yes\n"},
       "evidence.csv: the kind 'manager' is missing; the daemon cannot do without it"},
      {{"authority/evidence.csv", "kind,rank\npeer,4\n"},
       "authority/evidence.csv:2:rank: 'witness' has this rank already; every kind needs its own"},
      {{"authority/combinations.csv",
        "qualification,group,unit,rule,units\nFOOD2,a,TDA 2.1,units,\n"},
       "authority/combinations.csv:2:units: this rule needs a number of units"},
      {{"authority/combinations.csv", "qualification,group,unit,rule\nFOOD2,a,TDA 2.99,all\n"},
       "authority/combinations.csv:2:unit: unknown unit 'TDA 2.99'; did you mean 'TDA 2.19'?"},
      {{"authority/combinations.csv",
        "qualification,group,unit,rule,units\nFOOD2,a,TDA 2.1,units,1\nFOOD2,a,TDA 2.2,units,2\n"},
       "authority/combinations.csv:3:rule: differs from the group's first row; rule, units, "
       "credits and level are the same in "
       "all rows of a group"},
      {{"authority/kinds.csv", "kind,words,formal,of\nsinging,Singing,no,competence\n"},
       "authority/kinds.csv:2:kind: informal.csv needs a form of this name, which says the usual "
       "time and weeks"},
      {{"authority/kinds.csv", "kind,helper\ncoaching,friend\n"},
       "authority/kinds.csv:2:helper: 'friend' is no kind of helper; write mentor, coach, buddy, "
       "shadow-host, training-mentor, "
       "expert-witness or assessor"},
      {{"authority/informal.csv", "form,kind\ncoaching,couching\n"},
       "authority/informal.csv:2:kind: unknown kind 'couching'; did you mean 'coaching'?"},
      {{"authority/titles.csv", "key,title,role\nTA (1:1),TA,TASS\n"},
       "authority/titles.csv:2:key: 'TA (1:1)' is not in the form that titles are compared in; use "
       "lower case letters, digits "
       "and single spaces"},
      {{"authority/barriers.csv",
        "barrier,words,audience\nlong,one two three four five six seven eight nine,person\n"},
       "warning: authority/barriers.csv:2:words: more than 8 words; people choose from a short "
       "list"},
      {{"authority/schools.csv", "school,name,phase\n8889999,A school,primry\n"},
       "authority/schools.csv:2:phase: unknown phase 'primry'; did you mean 'primary'?"},
      {{"authority/phases.csv", "phase,words,also\nnew,New,PS\n"},
       "authority/phases.csv:2:also: 'PS' means another row already"},
      {{"authority/sources.csv", "source,status\nguide-2010,old\n"},
       "authority/sources.csv:2:status: 'old' is not known; write current, older guidance or "
       "withdrawn"},
      {{"authority/priorities.csv", "priority,words,source\nnew,New,guide-2011\n"},
       "authority/priorities.csv:2:source: unknown source 'guide-2011'; did you mean "
       "'guide-2010'?"},
      {{"authority/crosswalk.csv", "from,to,relation\nSTL1,STL2,close\n"},
       "warning: national/competences.csv:3:code: crosswalk.csv has no row from 'STL2', but has "
       "from others of its framework"},
      {{"authority/courses.csv", "course,kind,title,competences\na,corse,A,STL3\n"},
       "authority/courses.csv:2:kind: unknown kind 'corse'; did you mean 'course'?"},
      {{"authority/roles.csv", "role,certainty\nTASS,sure\n"},
       "authority/roles.csv:2:certainty: 'sure' is not known; write high, medium, designed or low"},
  };
  uint32_t wrong = 0;
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct fault_list f = {0};
    struct catalogue *c = with(&rows[i].x, 1, &f);
    bool found = false;
    for (size_t k = 0; k < f.n; k++)
      found |= strcmp(f.lines[k].said, rows[i].line) == 0;
    if (!found) {
      print_message("wanted: %s\n", rows[i].line);
      for (size_t k = 0; k < f.n && k < 5; k++)
        print_message("got:    %s\n", f.lines[k].said);
    }
    wrong += !found;
    fault_list_finish(&f);
    catalogue_destroy(c);
  }
  assert_int_equal(wrong, 0);
}

/* A catalogue that is refused or taken in a moment, however it was made. */
struct size_row {
  /* the row is written with its number, and the next, 'n' times */
  const char *file, *heading, *row;
  uint32_t n;
  const char *fault; /* NULL: it is good */
};

static void quickly(const struct size_row *r) {
  struct buf text = {0};
  struct fault_list f = {0};
  struct timespec from, to;
  buf_puts(&text, r->heading);
  for (uint32_t i = 0; i < r->n; i++)
    for (const char *p = r->row; *p; p++) {
      if (*p == '#' || *p == '+')
        buf_printf(&text, "%05u", i + (*p == '+'));
      else
        buf_put(&text, p, 1);
    }
  const struct extra x = {r->file, buf_cstr(&text)};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
  struct catalogue *c = with(&x, 1, &f);
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
  bool found = r->fault == NULL && f.errors == 0;
  for (size_t i = 0; r->fault && i < f.n; i++)
    found |= strstr(f.lines[i].said, r->fault) != NULL;
  if (!found)
    fail_msg("%s: wanted %s, got %s", r->row, r->fault ? r->fault : "no fault",
             f.n > 0 ? f.lines[0].said : "none");
  if (to.tv_sec - from.tv_sec > 4)
    fail_msg("%s: took %ld s", r->row, (long)(to.tv_sec - from.tv_sec));
  assert_true(f.n <= 1001);
  if (c && strstr(r->row, "class")) {
    assert_true(catalogue_satisfies(c, "a00000", "zz"));
    assert_false(catalogue_satisfies(c, "a00000", "no such"));
  }
  fault_list_finish(&f);
  catalogue_destroy(c);
  buf_finish(&text);
}

static void test_sizes(void **state) {
  (void)state;
#define CLASSES "class,member_kind,member\nzz,qualification,FOOD2\n"
#define DIAMOND "a#,class,b#\na#,class,c#\nb#,class,a+\nc#,class,a+\n"
  static const struct size_row rows[] = {
      {"authority/equivalences.csv", CLASSES "a00015,class,zz\n", DIAMOND, 15, NULL},
      {"authority/equivalences.csv", CLASSES "a00040,class,zz\n", DIAMOND, 40,
       "has classes in classes more than 32 deep"},
      {"authority/equivalences.csv", CLASSES "a04000,class,zz\n", "a#,class,a+\n", 4000,
       "more than 32 deep"},
      {"authority/equivalences.csv", CLASSES "a04000,class,a00000\n", "a#,class,a+\n", 4000,
       "more than 32 deep"},
      {"authority/equivalences.csv", CLASSES "a00020,class,a00000\n", "a#,class,a+\n", 20,
       "'a00000' contains itself"},
      {"authority/equivalences.csv", CLASSES, "a#,qualification,FOOD2\n", 300000,
       "is one row too many"},
      {"authority/units.csv", "unit", ",c#", 100000, "has 100001 columns; at most 256 are read"},
      {"authority/units.csv", "unit\n", "a,b\n", 500000, "and more; the first 1000 are shown"},
      {"authority/titles.csv", "key,title,role\n", "t#,T,NO-SUCH-ROLE-HERE-OR-ELSEWHERE#\n", 19000,
       "unknown role"},
      {"authority/roles.csv", "role,title,family,in_scope\n", "R#,R,learning-support,yes\n", 19000,
       "is one row too many"},
      {"authority/units.csv", "unit,slug,title,level,type,open,source,gives\n",
       "U#,U#,T,2,optional,yes,guide-2010,STL3:4;STL3:4;STL3:4;STL3:4;STL3:4;STL3:4\n", 19000, ""},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    quickly(&rows[i]);
}

/* The authority's own row on what it took out is a contradiction, not something to drop quietly. */
static void test_own_row_on_removed(void **state) {
  (void)state;
  const struct extra x[] = {
      {"authority/competences.csv", "framework,version,code,remove\nX,2026,X.POOL,yes\n"},
      {"authority/courses.csv", "course,kind,title,competences\npool,course,Pool plant,X.POOL\n"}};
  struct fault_list f = {0};
  assert_null(with(x, ARRAY_LEN(x), &f));
  assert_int_equal(f.errors, 1);
  assert_non_null(
      strstr(f.lines[0].said, "authority/courses.csv:2:competences: unknown competence 'X.POOL'"));
  fault_list_finish(&f);
}

static void test_all_faults_at_once(void **state) {
  (void)state;
  const struct extra x[] = {
      {"authority/roles.csv", "role,family\nTASS,sight\nLSEN,sight\n"},
      {"authority/units.csv", "unit,credit\nTDA 2.8,lots\nTDA 2.9,more\n"},
      {"authority/qualifications.csv", "qualification,open\nFOOD2,\"x\"y\nFOOD3,soon\n"}};
  struct fault_list f = {0};
  assert_null(with(x, ARRAY_LEN(x), &f));
  assert_int_equal(f.errors, 6);
  fault_list_finish(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_example),
      cmocka_unit_test(test_overlay_changes_cells),
      cmocka_unit_test(test_how_a_competence_is_learnt_and_shown),
      cmocka_unit_test(test_remove),
      cmocka_unit_test(test_ambiguous),
      cmocka_unit_test(test_faults),
      cmocka_unit_test(test_sizes),
      cmocka_unit_test(test_own_row_on_removed),
      cmocka_unit_test(test_all_faults_at_once),
  };
  if (hash_init() < 0)
    return 1;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
