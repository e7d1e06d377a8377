/* event/json: whole numbers, the small tree, and what the pass over a body marks. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <span.h>

#include "base/json_grammar.h"
#include "event/json.h"
#include "json_cases.h"

static void whole_numbers(void **state) {
  (void)state;
  static const struct {
    const char *text;
    enum whole whole;
    int64_t value;
  } rows[] = {
      {"0", WHOLE_OK, 0},
      {"-0", WHOLE_OK, 0},
      {"3", WHOLE_OK, 3},
      {"3.0", WHOLE_OK, 3},
      {"30e-1", WHOLE_OK, 3},
      {"0.3e1", WHOLE_OK, 3},
      {"-0.03E+2", WHOLE_OK, -3},
      {"300.00e-2", WHOLE_OK, 3},
      {"1002", WHOLE_OK, 1002},
      {"100200e-2", WHOLE_OK, 1002},
      {"123456789012345678", WHOLE_OK, 123456789012345678},
      {"1e17", WHOLE_OK, 100000000000000000},
      {"0e99999999999999999999", WHOLE_OK, 0},
      {"0.000e-9", WHOLE_OK, 0},
      {"3.5", WHOLE_FRACTION, 0},
      {"35e-1", WHOLE_FRACTION, 0},
      {"1e-1", WHOLE_FRACTION, 0},
      {"1e-99999999999999999999", WHOLE_FRACTION, 0},
      {"0.1234567890123456789012345", WHOLE_FRACTION, 0},
      {"1.00000000000000000000000000000001", WHOLE_FRACTION, 0},
      {"1.00000000000000000000000000000000", WHOLE_OK, 1},
      {"0.00000000000000000000000000000003e32", WHOLE_OK, 3},
      {"1e18", WHOLE_HUGE, 0},
      {"99999999999999999999", WHOLE_HUGE, 0},
      {"-1e999999999999", WHOLE_HUGE, 0},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    int64_t v = 77;
    enum whole whole = json_whole(rows[i].text, strlen(rows[i].text), &v);
    if (whole != rows[i].whole || (whole == WHOLE_OK && v != rows[i].value))
      fail_msg("%s: %d, %ld", rows[i].text, whole, (long)v);
  }
}

static void tree(void **state) {
  (void)state;
  struct arena a = {0};
  struct json j;
  size_t offset;
  const char *message;
  const char *body =
      " {\"since\":\"no\\u0077\",\"n\":3.0,\"t\":[\"a\",{\"b\":null}],\"yes\":true,\"no\":false} ";
  assert_int_equal(json_tree(&a, body, strlen(body), &j, &offset, &message), 0);
  assert_int_equal(j.n, 5);
  assert_string_equal(json_member(&j, "since")->text, "now");
  assert_string_equal(json_member(&j, "n")->text, "3.0");
  assert_true(json_member(&j, "yes")->boolean);
  assert_false(json_member(&j, "no")->boolean);
  assert_null(json_member(&j, "other"));
  const struct json *t = json_member(&j, "t");
  assert_int_equal(t->n, 2);
  assert_string_equal(t->items[0].text, "a");
  assert_int_equal(json_member(&t->items[1], "b")->kind, JSON_NULL);
  assert_int_equal(json_tree(&a, "", 0, &j, &offset, &message), 0);
  assert_int_equal(j.kind, JSON_OBJECT);
  assert_int_equal(j.n, 0);
  arena_finish(&a);
}

static void tree_faults(void **state) {
  (void)state;
  static const struct {
    const char *body;
    size_t offset;
  } rows[] = {
      {"{\"a\":1,\"a\":2}", 7},
      {"\"\\ud800\"", 1},
      {"{\"a\":\"\\udc00x\"}", 6},
      {"{\"a\":01}", 6},
      {"{} x", 3},
      {"{", 1},
      {"{\"a\":\"\xc0\xaf\"}", 6},
      {"{\"a\":\"\xed\xa0\x80\"}", 6},
      {"\xef\xbb\xbf{}", 0},
      {"[1,]", 3},
      {"{,}", 1},
      {"{\"a\":1 2}", 7},
      {"{\"a\":1:2}", 6},
      {"{\"a\" , 1}", 5},
      {"[1 ,]", 4},
      {"[1,\"a\x02\"]", 5},
      {"[1,,2]", 3},
      {"{\"a\" :  }", 8},
      {"[1 \"b\"]", 3},
      {"{\"a\":\"b\\x\"}", 8},
      {"[tru]", 1},
      {"[1", 2},
      {"\"ab", 3},
      {"{} {}", 3},
      {"[\"a\nb\"]", 3},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    struct arena a = {0};
    struct json j;
    size_t offset = 999;
    const char *message = NULL;
    assert_int_equal(json_tree(&a, rows[i].body, strlen(rows[i].body), &j, &offset, &message),
                     -EINVAL);
    assert_non_null(message);
    if (offset != rows[i].offset)
      fail_msg("%s: offset %zu, %s", rows[i].body, offset, message);
    arena_finish(&a);
  }
}

struct seen {
  uint32_t n, tokens[8];
  uint8_t marks[8];
  bool dropped[8];
};

static void see(void *owner, const struct json_element *e) {
  struct seen *s = owner;
  s->tokens[s->n] = e->n;
  s->marks[s->n] = e->marks;
  s->dropped[s->n] = e->tokens == NULL;
  s->n++;
}

/* The same, of as many as there are. */
static void see_few(void *owner, const struct json_element *e) {
  struct seen *s = owner;
  if (s->n < 8)
    s->marks[s->n] = e->marks;
  s->marks[0] |= e->marks;
  s->n++;
}

static int split(const char *body, struct json_limits limits, struct seen *s, bool *was_array) {
  struct arena a = {0};
  size_t offset;
  const char *message;
  *s = (struct seen){0};
  int r = json_split(&a, body, strlen(body), limits, see, s, was_array, &offset, &message);
  arena_finish(&a);
  return r;
}

static void elements(void **state) {
  (void)state;
  struct seen s;
  bool array;
  struct json_limits limits = {true, 4, 40};
  assert_int_equal(split("[{\"a\":[1,2]},7,{\"a\":1,\"b\":2,\"a\":3},\"\\ud83d\\ude00\\\\ud800\"]",
                         limits, &s, &array),
                   0);
  assert_true(array);
  assert_int_equal(s.n, 4);
  assert_int_equal(s.tokens[0], 4);
  assert_int_equal(s.marks[0], 0);
  assert_int_equal(s.marks[2], JSON_TWICE);
  assert_int_equal(s.marks[3], 0); /* a pair, and an escaped backslash */
  assert_int_equal(split("[\"\\ud83d\",1,\"\\ud83d\\ud83d\",{\"\\ude00\":1}]", limits, &s, &array),
                   0);
  assert_int_equal(s.marks[0], JSON_LONE);
  assert_int_equal(s.marks[1], 0);
  assert_int_equal(s.marks[2], JSON_LONE);
  assert_int_equal(s.marks[3], JSON_LONE);
  assert_int_equal(split("[1,2,3,4,5]", limits, &s, &array), -E2BIG);
  assert_int_equal(split("[]", limits, &s, &array), 0);
  assert_int_equal(s.n, 0);
  assert_true(array);
  assert_int_equal(
      split("[{\"a\":\"0123456789012345678901234567890123456789\"},{}]", limits, &s, &array), 0);
  assert_true(s.dropped[0]);
  assert_false(s.dropped[1]);
  assert_int_equal(s.n, 2);
}

static void depth(void **state) {
  (void)state;
  struct seen s;
  bool array;
  char body[300] = "[";
  for (int n = 31; n <= 34; n++) { /* n arrays within a batch */
    size_t at = 1;
    for (int i = 0; i < n; i++)
      body[at++] = '[';
    for (int i = 0; i < n; i++)
      body[at++] = ']';
    snprintf(body + at, sizeof(body) - at, ",{}]");
    assert_int_equal(split(body, (struct json_limits){true, 4, 1000}, &s, &array), 0);
    assert_int_equal(s.n, 2);
    assert_int_equal(s.marks[0], n > 32 ? JSON_DEEP : 0);
    assert_int_equal(s.marks[1], 0);
    assert_int_equal(s.tokens[0], n > 33 ? 33 : n);
  }
}

/* Every reader of JSON, over every kind of text. */
static void check_case(const struct json_case *c) {
  struct arena a = {0};
  struct json_fault fault = {0};
  struct json_limits limits = {true, 100, 10000};
  struct seen seen = {0};
  struct json tree;
  struct span span;
  struct span_fault span_fault;
  bool was_array;
  size_t offset = 0;
  const char *message = NULL;

  if (json_grammar(c->text, c->len, JSON_GRAMMAR_DEPTH, 0, &fault) != (c->faults != CASE_REJECT))
    fail_msg("the grammar, %s: %s", c->name, fault.why);
  assert_true(c->faults != CASE_REJECT ||
              (fault.at <= c->len && fault.ended == (fault.at == c->len)));

  if (json_grammar(c->text, c->len, JSON_GRAMMAR_DEPTH, JSON_STRICT, &fault) !=
      (c->faults == CASE_ACCEPT))
    fail_msg("the strict reading, %s: %s", c->name, fault.why);

  int r = json_split(&a, c->text, c->len, limits, see_few, &seen, &was_array, &offset, &message);
  if ((r == 0) != (c->faults != CASE_REJECT))
    fail_msg("a body, %s: %s", c->name, message);
  bool marked = c->faults == CASE_STRICT && strncmp(c->name, "nul-", 4) != 0;
  if (r == 0 && (seen.marks[0] != 0) != marked)
    fail_msg("a body, %s: marks %d", c->name, seen.marks[0]);

  if (c->len > 0) { /* an empty body is {} */
    r = json_tree(&a, c->text, c->len, &tree, &offset, &message);
    if ((r == 0) != (c->faults == CASE_ACCEPT))
      fail_msg("a small body, %s: %s", c->name, message);
  }

  if (span_check(c->text, c->len, &span, &span_fault) != (c->faults != CASE_REJECT && !marked))
    fail_msg("libneeds, %s: %s", c->name, span_fault.why);
  arena_finish(&a);
}

static void cases(void **state) {
  (void)state;
  assert_true(each_json_case(check_case) >= 500);
}

/* Built here, so that no file of the tree holds such a text. */
static void nesting(void **state) {
  (void)state;
  static char text[2 * JSON_GRAMMAR_DEPTH + 2];
  struct json_fault fault;

  for (size_t n = 1; n <= JSON_GRAMMAR_DEPTH + 1;
       n += n < 60 || n > JSON_GRAMMAR_DEPTH - 3 ? 1 : 13) {
    memset(text, '[', n);
    memset(text + n, ']', n);
    assert_int_equal(json_grammar(text, 2 * n, JSON_GRAMMAR_DEPTH, JSON_STRICT, &fault),
                     n <= JSON_GRAMMAR_DEPTH);
    assert_int_equal(json_grammar(text, 2 * n, 32, JSON_STRICT, &fault), n <= 32);
    if (n > 32)
      assert_int_equal(fault.at, 32);
    text[2 * n - 1] = '}';
    assert_false(json_grammar(text, 2 * n, JSON_GRAMMAR_DEPTH, 0, &fault));
  }
}

static void many_twins(void **state) {
  (void)state;
  struct seen s;
  bool array;
  char body[2000] = "{";
  for (int again = 0; again < 2; again++) {
    size_t at = 1;
    for (int i = 0; i < 100; i++)
      at += (size_t)snprintf(body + at, sizeof(body) - at, "\"k%d\":%d,", i, i);
    snprintf(body + at, sizeof(body) - at, "\"%s\":0}", again ? "k42" : "other");
    assert_int_equal(split(body, (struct json_limits){false, 1, 5000}, &s, &array), 0);
    assert_int_equal(s.marks[0], again ? JSON_TWICE : 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(whole_numbers), cmocka_unit_test(tree),    cmocka_unit_test(tree_faults),
      cmocka_unit_test(elements),      cmocka_unit_test(depth),   cmocka_unit_test(many_twins),
      cmocka_unit_test(cases),         cmocka_unit_test(nesting),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
