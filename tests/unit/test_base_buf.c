/* buf: bytes out, bytes in, and the JSON writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/mem.h"

static void what_is_written_is_read(void **state) {
  (void)state;
  struct buf b = {0};
  struct arena a = {0};
  buf_u8(&b, 200);
  buf_u32(&b, 0xdeadbeef);
  buf_u64(&b, UINT64_C(0x0123456789abcdef));
  buf_i32(&b, ABSENT);
  buf_blob(&b, "\0\1\2", 3);
  buf_str(&b, "caretaker");
  buf_str(&b, NULL);
  buf_str(&b, "");
  assert_memory_equal(b.data, "\xc8\xef\xbe\xad\xde\xef", 6); /* little endian on every machine */
  struct reader r = reader_of(b.data, b.len);
  size_t len = 0;
  assert_int_equal(read_u8(&r), 200);
  assert_int_equal(read_u32(&r), 0xdeadbeef);
  assert_true(read_u64(&r) == UINT64_C(0x0123456789abcdef));
  assert_int_equal(read_i32(&r), ABSENT);
  assert_memory_equal(read_blob(&r, &len), "\0\1\2", 3);
  assert_int_equal(len, 3);
  assert_string_equal(read_str(&r, &a), "caretaker");
  assert_null(read_str(&r, &a));
  assert_string_equal(read_str(&r, &a), "");
  assert_false(r.bad);
  assert_ptr_equal(r.p, r.end);
  arena_finish(&a);
  buf_finish(&b);
}

/* Every cut of a message must be seen, and nothing past the cut be read. The copy is exact, so that
 * a sanitizer sees it too. */
static void a_cut_message_is_bad(void **state) {
  (void)state;
  struct buf b = {0};
  struct arena a = {0};
  buf_u32(&b, 7);
  buf_str(&b, "office");
  buf_u64(&b, 9);
  for (size_t cut = 0; cut < b.len; cut++) {
    unsigned char *copy = mem_dup(b.data, cut);
    struct reader r = reader_of(copy, cut);
    read_u32(&r);
    read_str(&r, &a);
    assert_int_equal(read_u64(&r), 0);
    assert_true(r.bad);
    free(copy);
  }
  arena_finish(&a);
  buf_finish(&b);
}

static void lengths_that_lie_are_bad(void **state) {
  (void)state;
  size_t len = 99;
  struct arena a = {0};
  struct reader r = reader_of("\xfe\xff\xff\xff"
                              "abc",
                              7);
  assert_null(read_blob(&r, &len));
  assert_int_equal(len, 0);
  assert_true(r.bad);
  r = reader_of("\xfe\xff\xff\xff"
                "abc",
                7);
  assert_null(read_str(&r, &a));
  assert_true(r.bad);
  r = reader_of("\xff\xff\xff\xff", 4); /* NULL is not a fault */
  assert_null(read_str(&r, &a));
  assert_false(r.bad);
  r = reader_of("\x01", 1);
  assert_int_equal(read_u32(&r), 0);
  assert_int_equal(read_u8(&r), 0); /* bad stays bad, though one byte is there */
  assert_true(r.bad);
  arena_finish(&a);
}

static void a_buffer_grows_and_is_overwritten(void **state) {
  (void)state;
  struct buf b = {0};
  assert_string_equal(buf_cstr(&b), "");
  for (int i = 0; i < 1000; i++)
    buf_printf(&b, "%d,", i % 10);
  assert_int_equal(b.len, 2000);
  assert_int_equal(strlen(buf_cstr(&b)), 2000);
  buf_set_u32(&b, 1996, 0x41424344);
  assert_string_equal(buf_cstr(&b) + 1996, "DCBA");
  buf_reset(&b);
  assert_int_equal(b.len, 0);
  assert_true(b.cap > 0);
  buf_finish(&b);
  assert_null(b.data);
}

static void json_has_its_commas(void **state) {
  (void)state;
  struct buf b = {0};
  json_open(&b, '{');
  json_key(&b, "empty");
  json_open(&b, '[');
  json_close(&b, ']');
  json_key(&b, "list");
  json_open(&b, '[');
  json_int(&b, -9);
  json_bool(&b, true);
  json_bool(&b, false);
  json_null(&b);
  json_str(&b, "x");
  json_str(&b, NULL);
  json_open(&b, '{');
  json_close(&b, '}');
  json_raw(&b, " [1, 2]\n", 8);
  json_int(&b, INT64_MIN);
  json_close(&b, ']');
  json_opt_str(&b, "no", NULL);
  json_opt_int(&b, "no", ABSENT);
  json_opt_str(&b, "s", ",");
  json_opt_int(&b, "i", 0);
  json_key(&b, "o");
  json_open(&b, '{');
  json_key(&b, "k:");
  json_str(&b, "[");
  json_key(&b, "l");
  json_str(&b, "{");
  json_close(&b, '}');
  json_close(&b, '}');
  assert_string_equal(
      buf_cstr(&b),
      "{\"empty\":[],\"list\":[-9,true,false,null,\"x\",null,{},[1, 2],-9223372036854775808],"
      "\"s\":\",\",\"i\":0,\"o\":{\"k:\":\"[\",\"l\":\"{\"}}");
  buf_finish(&b);
}

static void json_text_is_escaped(void **state) {
  (void)state;
  struct buf b = {0};
  json_strn(&b, "a\"b\\c\b\f\n\r\t\0\x01\x1f\x7f/\xc3\xa9", 17);
  assert_string_equal(buf_cstr(&b),
                      "\"a\\\"b\\\\c\\b\\f\\n\\r\\t\\u0000\\u0001\\u001f\x7f/\xc3\xa9\"");
  buf_reset(&b);
  json_open(&b, '{');
  json_key(&b, "k\"\n");
  json_str(&b, "");
  json_close(&b, '}');
  assert_string_equal(buf_cstr(&b), "{\"k\\\"\\n\":\"\"}");
  buf_finish(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_written_is_read),
      cmocka_unit_test(a_cut_message_is_bad),
      cmocka_unit_test(lengths_that_lie_are_bad),
      cmocka_unit_test(a_buffer_grows_and_is_overwritten),
      cmocka_unit_test(json_has_its_commas),
      cmocka_unit_test(json_text_is_escaped),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
