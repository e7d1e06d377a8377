/* test - tests of rules, which authors write beside the rules: the facts about a person, and what
 * must result.
 *
 *   files.c    reads the directory tests/: the worker reads Lua files (rules/test_loader.h),
 *              sheet.c reads spreadsheets
 *   sheet.c    turns a row of a spreadsheet into the same JSON as a Lua test
 *   subject.c  turns that JSON into events, applies them as the daemon does, and makes the facts
 *              that rules see of a person or a school
 *   needs.c    reads what the test says directly about needs, cohorts and colleagues
 *   effects.c  reads what it says about the results of developments
 *   expect.c   compares what must result with candidates, trace and advice
 *   run.c      runs all tests through one worker; finds which rules and conditions they reached
 *   report.c   prints text, JSON or TAP
 *
 * Private to trial/; the only public header is trial.h. The running daemon does not use tests. */
#pragma once

#include "event/json.h"
#include "needs/needs.h"
#include "trial/bench.h"
#include "trial/trial.h"

#define TEST_DAY "2026-09-01"   /* of a test that names none */
#define TEST_RATED_MONTHS_AGO 3 /* a rating without a date */

struct test {
  const char *file, *name;
  int32_t line;
  bool sheet; /* from a spreadsheet: faults name the column */
  const struct json *body;
};
struct test_list {
  struct test *items;
  size_t n, cap;
};

/* "file:line: member: ..." or, of a spreadsheet, "file:row:column: ..."; member NULL: the test as a
 * whole. */
void test_fault(struct fault_list *faults, const struct test *t, const char *member,
                const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* --- files.c, sheet.c --- */

/* All tests of DIR/tests, named `prefix` and file; in order of file, then place. False when there
 * is no such directory. */
bool tests_read(struct bench *b, const char *dir, const char *prefix, struct arena *a,
                struct test_list *ret, struct fault_list *faults);
/* Appends the tests of a spreadsheet to `ret`; their texts belong to the arena. */
void sheet_read(const struct bundle_file *f, struct arena *a, struct test_list *ret,
                struct fault_list *faults);
/* The column that a member comes from, or the member itself if there is none. */
const char *sheet_column(const char *member);
/* Parses JSON that this program wrote into the arena. Broken JSON gives a null. */
const struct json *test_parse(struct arena *a, const char *json, size_t len);

/* Lua has one empty table for a list and for an object. */
static inline bool test_is_list(const struct json *v) {
  return v->kind == JSON_ARRAY || (v->kind == JSON_OBJECT && v->n == 0);
}
/* A fault for each name of the object that is not among `names`: "a test has no member 'x'; did you
 * mean 'y'?". */
void test_check_names(struct fault_list *faults, const struct test *t, const char *member,
                      const char *what, const struct json *object, const char *const *names,
                      size_t n);

/* --- subject.c, needs.c, effects.c --- */

struct subject {
  struct people people;
  struct school *school;
  struct person *person; /* NULL: the test is of the school as a whole */
  struct facts facts;
  int32_t day;
};
/* Makes the facts of one test. False if it added faults. Call subject_finish in either case. */
bool subject_make(struct subject *s, const struct test *t, const struct catalogue *c,
                  struct arena *a, struct fault_list *faults);
/* Frees what subject_make filled in; the subject may be incomplete. */
void subject_finish(struct subject *s);
/* Reads the "needs" and "cohorts" of a test into the facts, as on `day`. Adds a fault for each
 * entry that it cannot use. The arena owns what the facts then point to. */
void needs_take(struct facts *f, const struct test *t, const struct catalogue *c, int32_t day,
                struct arena *a, struct fault_list *faults);
/* Reads the "effects" of a test into the facts, in the same way. */
void effects_take(struct facts *f, const struct test *t, const struct catalogue *c, struct arena *a,
                  struct fault_list *faults);

/* --- expect.c --- */

/* What came of one test. */
struct came {
  const struct catalogue *catalogue;
  const struct rule_info *rules;
  uint32_t n_rules;
  const struct subject *subject;
  const struct outcome *outcome;
  const struct json *trace;
  struct advice_list advice;
};
struct failing {
  const char *expected, *came;
};
struct faults_of_test {
  struct failing *failings;
  size_t n, cap;
};
/* Whether the expectations have the right form and name things that exist. False if it added
 * faults. */
bool expect_form(const struct test *t, const struct catalogue *c, const struct rule_info *rules,
                 uint32_t n_rules, struct arena *a, struct fault_list *faults);
/* Compares what came of the test with its expectations and lists each failure in `ret`. */
void expect_judge(const struct test *t, const struct came *came, struct arena *a,
                  struct faults_of_test *ret);
/* Whether an expectation of the test says that this rule refuses. */
bool expect_refuses(const struct test *t, const char *rule);

/* --- run.c, report.c --- */

struct proposal {
  const char *rule, *need, *development;
  int32_t priority;
};
struct tested {
  const struct test *test;
  bool passed;
  struct failing *failings;
  size_t n_failings;
  struct proposal *proposals;
  size_t n_proposals;
};
struct missing {
  const char *file, *text; /* a sentence */
  int32_t line;
};
struct trial_report {
  struct tested *tested;
  size_t n_tested, n_failed, chosen_out_of;
  struct fault_list faults;
  bool has_coverage; /* false when only some tests were run, or one is faulty */
  uint32_t rules, rules_covered, conditions, conditions_covered;
  struct missing *missing;
  size_t n_missing, cap_missing;
};
/* Reads and runs all tests, or those chosen in the options. The report also points into the arena.
 */
void trial_run(const struct trial_options *o, struct bench *b, const struct catalogue *c,
               struct arena *a, struct trial_report *ret);
/* Whether nothing failed and there is no fault; if strict, also that no coverage is missing. */
bool trial_passed(const struct trial_options *o, const struct trial_report *r);
/* Prints the report as text, JSON or TAP, as the options say. */
void trial_print(const struct trial_options *o, const struct trial_report *r);
