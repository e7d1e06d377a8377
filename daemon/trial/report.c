/* report - prints the results of the tests: as text for people, as JSON, and as TAP 14 for other
 * programs. Called by trial.c. */
#include "trial/test.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/code.h"
#include "base/words.h"

/* Names, reasons and sentences are their author's: all that is printed passes text_print. */
__attribute__((format(printf, 1, 2))) static void say(const char *fmt, ...) {
  struct buf text = {0};
  va_list args;

  va_start(args, fmt);
  buf_vprintf(&text, fmt, args);
  va_end(args);
  text_print(stdout, buf_cstr(&text));
  buf_finish(&text);
}

/* --- text --- */

static void print_proposals(const struct tested *t) {
  size_t widths[3] = {4, 4, 11};

  for (size_t i = 0; i < t->n_proposals; i++) {
    const char *const cells[] = {t->proposals[i].rule, t->proposals[i].need,
                                 t->proposals[i].development};
    for (size_t k = 0; k < 3; k++)
      if (strlen(cells[k]) > widths[k])
        widths[k] = strlen(cells[k]);
  }

  if (t->n_proposals == 0)
    return (void)puts("  No rule proposes anything.");

  say("  %-*s  %-*s  %-*s  %s\n", (int)widths[0], "rule", (int)widths[1], "need", (int)widths[2],
      "development", "priority");
  for (size_t i = 0; i < t->n_proposals; i++)
    say("  %-*s  %-*s  %-*s  %8d\n", (int)widths[0], t->proposals[i].rule, (int)widths[1],
        t->proposals[i].need, (int)widths[2], t->proposals[i].development,
        t->proposals[i].priority);
}

static void print_failed(const struct tested *t) {
  say("%s:%d: %s\n", t->test->file, t->test->line, t->test->name);
  for (size_t i = 0; i < t->n_failings; i++)
    say("  expected  %s\n  came      %s\n", t->failings[i].expected, t->failings[i].came);
  print_proposals(t);
  puts("");
}

static void print_coverage(const struct trial_report *r) {
  if (!r->has_coverage)
    return;

  for (size_t i = 0; i < r->n_missing; i++)
    say("%s:%d: %s\n", r->missing[i].file, r->missing[i].line, r->missing[i].text);

  say("%u of %u rules fire in one test and refuse in another\n", r->rules_covered, r->rules);
  say("%u of %u conditions are seen to hold and not to hold\n", r->conditions_covered,
      r->conditions);
}

static void print_text(const struct trial_report *r) {
  for (size_t i = 0; i < r->faults.n; i++)
    say("%s\n", r->faults.lines[i].said);
  for (size_t i = 0; i < r->n_tested; i++)
    if (!r->tested[i].passed)
      print_failed(&r->tested[i]);

  print_coverage(r);
  say("%zu test%s, %zu failed", r->n_tested, plural(r->n_tested), r->n_failed);
  if (r->faults.errors > 0)
    say(", %zu fault%s", r->faults.errors, plural(r->faults.errors));

  puts("");
}

/* --- JSON --- */

static void put_place(struct buf *b, const char *file, int32_t line) {
  json_key(b, "file");
  json_str(b, file);
  json_key(b, "line");
  json_int(b, line);
}

static void put_pair(struct buf *b, const char *name, uint32_t covered, uint32_t of) {
  json_key(b, name);
  json_open(b, '{');
  json_key(b, "covered");
  json_int(b, covered);
  json_key(b, "of");
  json_int(b, of);
  json_close(b, '}');
}

static void put_tested(struct buf *b, const struct tested *t) {
  json_open(b, '{');
  put_place(b, t->test->file, t->test->line);
  key_str(b, "name", t->test->name);
  json_key(b, "ok");
  json_bool(b, t->passed);
  json_key(b, "failures");
  json_open(b, '[');

  for (size_t i = 0; i < t->n_failings; i++) {
    json_open(b, '{');
    key_str(b, "expected", t->failings[i].expected);
    key_str(b, "came", t->failings[i].came);
    json_close(b, '}');
  }

  json_close(b, ']');
  json_key(b, "proposals");
  json_open(b, '[');

  for (size_t i = 0; i < t->n_proposals; i++) {
    json_open(b, '{');
    key_str(b, "rule", t->proposals[i].rule);
    key_str(b, "need", t->proposals[i].need);
    key_str(b, "development", t->proposals[i].development);
    json_key(b, "priority");
    json_int(b, t->proposals[i].priority);
    json_close(b, '}');
  }

  json_close(b, ']');
  json_close(b, '}');
}

static void put_coverage(struct buf *b, const struct trial_report *r) {
  json_key(b, "coverage");
  if (!r->has_coverage)
    return json_null(b);

  json_open(b, '{');
  put_pair(b, "rules", r->rules_covered, r->rules);
  put_pair(b, "conditions", r->conditions_covered, r->conditions);
  json_key(b, "missing");
  json_open(b, '[');

  for (size_t i = 0; i < r->n_missing; i++) {
    json_open(b, '{');
    put_place(b, r->missing[i].file, r->missing[i].line);
    key_str(b, "text", r->missing[i].text);
    json_close(b, '}');
  }

  json_close(b, ']');
  json_close(b, '}');
}

static void put_faults(struct buf *b, const struct fault_list *faults) {
  json_key(b, "faults");
  json_open(b, '[');

  for (size_t i = 0; i < faults->n; i++) {
    json_open(b, '{');
    key_str(b, "severity", faults->lines[i].is_warning ? "warning" : "error");
    key_str(b, "text", faults->lines[i].text);
    json_close(b, '}');
  }

  json_close(b, ']');
}

static void print_json(const struct trial_options *o, const struct trial_report *r) {
  struct buf b = {0};
  json_open(&b, '{');
  json_key(&b, "ok");
  json_bool(&b, trial_passed(o, r));
  json_key(&b, "passed");
  json_int(&b, (int64_t)(r->n_tested - r->n_failed));
  json_key(&b, "failed");
  json_int(&b, (int64_t)r->n_failed);
  json_key(&b, "tests");
  json_open(&b, '[');
  for (size_t i = 0; i < r->n_tested; i++)
    put_tested(&b, &r->tested[i]);

  json_close(&b, ']');
  put_coverage(&b, r);
  put_faults(&b, &r->faults);
  json_close(&b, '}');
  say("%s\n", buf_cstr(&b));
  buf_finish(&b);
}

/* --- TAP 14 --- */

/* '#' and '\' mean something to a reader of TAP; a line break ends the description. */
static void print_description(const char *s) {
  struct buf line = {0};

  for (; *s; s++) {
    if (*s == '#' || *s == '\\')
      buf_puts(&line, "\\");
    buf_put(&line, *s == '\n' ? " " : s, 1);
  }

  say("%s\n", buf_cstr(&line));
  buf_finish(&line);
}

/* A text of the diagnostics: JSON's quoting is YAML's too. */
static void print_quoted(const char *before, const char *s) {
  struct buf b = {0};
  json_str(&b, s);
  say("%s%s\n", before, buf_cstr(&b));
  buf_finish(&b);
}

static void print_tap_test(size_t number, const struct tested *t) {
  say("%s %zu - %s:%d ", t->passed ? "ok" : "not ok", number, t->test->file, t->test->line);
  print_description(t->test->name);
  if (t->passed)
    return;

  puts("  ---");
  puts("  failures:");

  for (size_t i = 0; i < t->n_failings; i++) {
    print_quoted("    - expected: ", t->failings[i].expected);
    print_quoted("      came: ", t->failings[i].came);
  }

  puts("  ...");
}

static void print_tap(const struct trial_options *o, const struct trial_report *r) {
  size_t number = 0, of_strict = r->has_coverage && o->strict;
  puts("TAP version 14");
  say("1..%zu\n", r->faults.errors + r->n_tested + of_strict);

  for (size_t i = 0; i < r->faults.n; i++) {
    if (r->faults.lines[i].is_warning)
      continue;
    say("not ok %zu - ", ++number);
    print_description(r->faults.lines[i].said);
  }

  for (size_t i = 0; i < r->n_tested; i++)
    print_tap_test(++number, &r->tested[i]);
  for (size_t i = 0; r->has_coverage && i < r->n_missing; i++) {
    say("# %s:%d ", r->missing[i].file, r->missing[i].line);
    print_description(r->missing[i].text);
  }

  if (of_strict)
    say("%s %zu - every rule and condition is reached, both ways\n",
        r->n_missing == 0 ? "ok" : "not ok", ++number);
}

void trial_print(const struct trial_options *o, const struct trial_report *r) {
  if (o->json)
    print_json(o, r);
  else if (o->tap)
    print_tap(o, r);
  else
    print_text(r);
}
