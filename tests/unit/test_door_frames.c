/* Frames and bodies of verbs: what is read, what is refused and how it is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/date.h"
#include "base/mem.h"
#include "door/body.h"
#include "door/frames.h"

#define P(text) ((struct part){text, sizeof(text) - 1})

static void three_frames_with_and_without_delimiter(void **state) {
  (void)state;
  struct part plain[] = {P("\0\1\2\3\4"), P("ping"), P("r1"), P("")};
  struct part req[] = {P("\0\1\2\3\4"), P(""), P("ping"), P("r1"), P("{}")};
  struct frames f;
  assert_null(frames_read(plain, 4, &f));
  assert_false(f.from.delimiter);
  assert_memory_equal(f.verb.data, "ping", 4);
  assert_int_equal(f.body.len, 0);
  assert_null(frames_read(req, 5, &f));
  assert_true(f.from.delimiter);
  assert_int_equal(f.from.n_routing, 5);
  assert_memory_equal(f.from.request, "r1", 2);
  assert_int_equal(f.body.len, 2);
}

static void wrong_shapes_keep_the_request_id_that_could_be_read(void **state) {
  (void)state;
  char big[65];
  memset(big, 'x', sizeof big);
  struct part four[] = {P("id"), P("ping"), P("r1"), P("a"), P("b")};
  struct part two[] = {P("id"), P("ping"), P("r1")};
  struct part one[] = {P("id"), P("ping")};
  struct part id[] = {P("id"), P("ping"), {big, 65}, P("")};
  struct part longest[] = {P("id"), P("ping"), {big, 64}, P("")};
  struct part many[] = {P("id"), P(""), P("ping"), P("r1"), P("a"), P("b")};
  struct frames f;
  assert_non_null(frames_read(four, 5, &f));
  assert_int_equal(f.from.n_request, 2);
  assert_non_null(frames_read(two, 3, &f));
  assert_int_equal(f.from.n_request, 2);
  assert_non_null(frames_read(one, 2, &f));
  assert_int_equal(f.from.n_request, 0);
  assert_int_equal(f.from.n_routing, 2);
  assert_non_null(frames_read(one, 1, &f));
  assert_non_null(frames_read(id, 4, &f));
  assert_int_equal(f.from.n_request, 0);
  assert_null(frames_read(longest, 4, &f));
  assert_non_null(frames_read(many, 900, &f)); /* only six were kept */
  assert_true(f.from.delimiter);
}

static void a_reply_goes_back_as_the_request_came(void **state) {
  (void)state;
  struct part req[] = {P("id"), P(""), P("ping"), P("r1"), P("")}, reply[5];
  struct frames f;
  assert_null(frames_read(req, 5, &f));
  assert_int_equal(frames_reply(&f.from, "ok", "{}", 2, reply), 5);
  assert_int_equal(reply[1].len, 0);
  assert_memory_equal(reply[2].data, "ok", 2);
  assert_memory_equal(reply[3].data, "r1", 2);
  f.from.delimiter = false;
  assert_int_equal(frames_reply(&f.from, "ok", "{}", 2, reply), 4);
}

static void only_an_own_routing_id_follows(void **state) {
  (void)state;
  struct address a = {.routing = {1}, .n_routing = 16};
  assert_true(address_own(&a));
  a.n_routing = 15;
  assert_false(address_own(&a));
  a = (struct address){.routing = {0, 1}, .n_routing = 16};
  assert_false(address_own(&a));
}

static const struct body_row body_rows[] = {
    {"name", BODY_TEXT, false, 1, 8},
    {"add", BODY_WHOLE, true, 0, 100},
    {"date", BODY_DATE, false, 0, 0},
    {"topics", BODY_LIST, false, 1, 2},
};
#define ROWS ARRAY_LEN(body_rows)

static int read_body(struct arena *a, const char *text, struct body_value *values,
                     struct faults *v) {
  *v = (struct faults){0};
  return body_read(a, text, strlen(text), "test", body_rows, ROWS, values, v);
}

static void a_good_body_is_read(void **state) {
  (void)state;
  struct arena a = {0};
  struct body_value values[ROWS];
  struct faults v;
  assert_int_equal(
      read_body(&a, "{\"add\":3.0,\"date\":\"2026-02-28\",\"topics\":[\"888\"]}", values, &v), 0);
  assert_false(values[0].given);
  assert_int_equal(values[1].whole, 3);
  int32_t day;
  assert_true(date_parse("2026-02-28", 10, &day));
  assert_int_equal(values[2].whole, day);
  assert_int_equal(values[3].list->n, 1);
  arena_finish(&a);
}

/* body, then code and pointer of each fault in order */
static const struct {
  const char *body;
  struct {
    enum fault_code code;
    const char *pointer;
  } faults[5];
} bad[] = {
    {"", {{FAULT_MISSING, "/add"}}},
    {"[]", {{FAULT_WRONG_TYPE, ""}}},
    {"{\"add\":1", {{FAULT_NOT_JSON, ""}}},
    {"{\"add\":1,\"add\":2}", {{FAULT_NOT_JSON, ""}}},
    {"{\"add\":1.5}", {{FAULT_WRONG_TYPE, "/add"}}},
    {"{\"add\":101}", {{FAULT_OUT_OF_RANGE, "/add"}}},
    {"{\"add\":-1}", {{FAULT_OUT_OF_RANGE, "/add"}}},
    {"{\"add\":99999999999999999999999}", {{FAULT_OUT_OF_RANGE, "/add"}}},
    {"{\"add\":null}", {{FAULT_WRONG_TYPE, "/add"}}},
    {"{\"add\":1,\"a/b~c\":1}", {{FAULT_UNKNOWN_MEMBER, "/a~1b~0c"}}},
    {"{\"name\":\"a\\u0000b\",\"add\":1}", {{FAULT_NOT_JSON, ""}}},
    {"{\"name\":\"\",\"date\":\"2026-02-30\",\"topics\":[],\"other\":1}",
     {{FAULT_OUT_OF_RANGE, "/name"},
      {FAULT_OUT_OF_RANGE, "/date"},
      {FAULT_OUT_OF_RANGE, "/topics"},
      {FAULT_UNKNOWN_MEMBER, "/other"},
      {FAULT_MISSING, "/add"}}},
};

static void every_fault_is_named_at_once(void **state) {
  (void)state;
  for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
    struct arena a = {0};
    struct body_value values[ROWS];
    struct faults v;
    assert_true(read_body(&a, bad[i].body, values, &v) < 0);
    uint32_t n = 0;
    for (; n < 5 && bad[i].faults[n].pointer != NULL; n++) {
      if (n >= v.n)
        fail_msg("%s: only %u faults", bad[i].body, v.n);
      assert_string_equal(fault_codes[v.faults[n].code], fault_codes[bad[i].faults[n].code]);
      assert_string_equal(v.faults[n].pointer, bad[i].faults[n].pointer);
    }
    if (v.n != n)
      fail_msg("%s: %u faults", bad[i].body, v.n);
    arena_finish(&a);
  }
}

static void a_syntax_fault_says_where(void **state) {
  (void)state;
  struct arena a = {0};
  struct body_value values[ROWS];
  struct faults v;
  assert_true(read_body(&a, "{\"add\":x}", values, &v) < 0);
  assert_in_range(v.faults[0].offset, 6, 8);
  arena_finish(&a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(three_frames_with_and_without_delimiter),
      cmocka_unit_test(wrong_shapes_keep_the_request_id_that_could_be_read),
      cmocka_unit_test(a_reply_goes_back_as_the_request_came),
      cmocka_unit_test(only_an_own_routing_id_follows),
      cmocka_unit_test(a_good_body_is_read),
      cmocka_unit_test(every_fault_is_named_at_once),
      cmocka_unit_test(a_syntax_fault_says_where),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
