/* JSON as slices: what is refused, where, and what is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <span.h>

static const struct {
  const char *text, *why; /* NULL: good */
  size_t at;
} checks[] = {
    {"{}", NULL, 0},
    {" [1, -0.5e+3, true, null, \"\\u00e9\\n\"] \n", NULL, 0},
    {"{\"a\":{\"b\":[{}]}}", NULL, 0},
    {"\"caf\xc3\xa9\"", NULL, 0},
    {"0", NULL, 0},
    {"", "a value must follow", 0},
    {"{", "ends inside an object", 1},
    {"{\"a\"}", "colon", 4},
    {"{\"a\":1", "ends inside an object", 6},
    {"[1 2]", "comma", 3},
    {"[1,]", "a value is expected here", 3},
    {"{\"a\":1,}", "begin with its name", 7},
    {"{} {}", "nothing may follow", 3},
    {"01", "begin with 0", 1},
    {"1.", "ends inside a number", 2},
    {"1.x", "digits after its point", 2},
    {"1e", "ends inside a number", 2},
    {"1ex", "exponent", 2},
    {"nul", "ends inside true, false or null", 3},
    {"nil", "not a JSON value", 0},
    {"\"a", "ends inside a string", 2},
    {"\"\\x\"", "no such escape", 2},
    {"\"\\u12g4\"", "hexadecimal", 5},
    {"\"\\ud800\"", "half of a pair", 1},
    {"{\"a\":1,\"\\u0061\":2}", "twice", 7},
    {"\"\n\"", "control character", 1},
    {"\"\xff\"", "must be UTF-8", 1},
    {"\"\xc0\x80\"", "must be UTF-8", 1},
    {"\"\xed\xa0\x80\"", "must be UTF-8", 1},
    {"\"\xe2\x82\"", "must be UTF-8", 1},
    {"\"\xf4\x90\x80\x80\"", "must be UTF-8", 1},
};

/* Each text in memory of its own length, so that a step beyond it is seen. */
static void test_check(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
    size_t len = strlen(checks[i].text);
    char *text = malloc(len + !len);
    struct span whole;
    struct span_fault fault = {"", 999};
    memcpy(text, checks[i].text, len);
    bool good = span_check(text, len, &whole, &fault);
    if (good != !checks[i].why)
      fail_msg("%s: %s", checks[i].text, good ? "taken" : fault.why);
    if (!good && !strstr(fault.why, checks[i].why))
      fail_msg("%s: %s", checks[i].text, fault.why);
    if (!good && fault.at != checks[i].at)
      fail_msg("%s: at %zu", checks[i].text, fault.at);
    free(text);
  }
}

/* Every beginning of a text is refused, and none is read beyond. */
static void test_every_cut(void **state) {
  (void)state;
  const char *whole = "{\"a\":[1.5e3,\"\\u00e9\xc3\xa9\",{\"b\":null}],\"c\":true}";
  for (size_t len = 0; len < strlen(whole); len++) {
    char *text = malloc(len + !len);
    struct span found;
    struct span_fault fault;
    memcpy(text, whole, len);
    assert_false(span_check(text, len, &found, &fault));
    free(text);
  }
}

static void test_depth(void **state) {
  (void)state;
  char text[2 * SPAN_DEPTH + 2];
  struct span found;
  struct span_fault fault;
  memset(text, '[', SPAN_DEPTH), memset(text + SPAN_DEPTH, ']', SPAN_DEPTH);
  assert_true(span_check(text, 2 * SPAN_DEPTH, &found, &fault));
  memset(text, '[', SPAN_DEPTH + 1), memset(text + SPAN_DEPTH + 1, ']', SPAN_DEPTH + 1);
  assert_false(span_check(text, 2 * SPAN_DEPTH + 2, &found, &fault));
}

static struct span parse(const char *text) {
  struct span s;
  struct span_fault fault;
  assert_true(span_check(text, strlen(text), &s, &fault));
  return s;
}

static void test_members(void **state) {
  (void)state;
  struct span o = parse(" {\"a}\":\"x\\\"}\", \"n\" : null ,\"list\":[ 1,[2,3], {\"k\":\"]\"} "
                        "],\"number\":-12,\"empty\":{} } ");
  assert_true(span_equals(span_member(o, "empty"), "x") == false &&
              span_is(span_member(o, "empty"), '{'));
  assert_null(span_member(o, "n").at);
  assert_null(span_member(o, "nothing").at);
  assert_null(span_member(span_member(o, "list"), "k").at);
  assert_int_equal(-12, span_number(span_member(o, "number"), 0));
  assert_int_equal(7, span_number(span_member(o, "list"), 7));
  char *text = span_text(span_member(o, "a}"));
  assert_string_equal("x\"}", text);
  free(text);
  struct span list = span_member(o, "list"), item = span_next(list, (struct span){0});
  assert_int_equal(1, item.len);
  item = span_next(list, item);
  char *copy = span_copy(item);
  assert_string_equal("[2,3]", copy);
  free(copy);
  item = span_next(list, item);
  assert_true(span_equals(span_member(item, "k"), "]"));
  assert_null(span_next(list, item).at);
  assert_null(span_next(parse("[]"), (struct span){0}).at);
  assert_null(span_next(o, (struct span){0}).at);
}

static void test_texts(void **state) {
  (void)state;
  static const char *const rows[][2] = {
      {"\"\"", ""},
      {"\"a\\\\b\\/\\t\"", "a\\b/\t"},
      {"\"\\u0041\\u00e9\"", "A\xc3\xa9"},
      {"\"\\u20ac\"", "\xe2\x82\xac"},
      {"\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80"},
      {"\"\\u0000\"", "\xef\xbf\xbd"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char *text = span_text(parse(rows[i][0]));
    assert_string_equal(rows[i][1], text);
    free(text);
  }
  assert_null(span_text(parse("12")));
  struct bytes b = {0};
  bytes_quoted(&b, "a\"\\\n\x01 caf\xc3\xa9");
  assert_string_equal("\"a\\\"\\\\\\u000a\\u0001 caf\xc3\xa9\"", b.s);
  bytes_finish(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_check), cmocka_unit_test(test_every_cut),
                                     cmocka_unit_test(test_depth), cmocka_unit_test(test_members),
                                     cmocka_unit_test(test_texts)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
