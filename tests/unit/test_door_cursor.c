/* Cursors and positions: only ours, only of their kind, and nothing to be seen in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/hash.h"
#include "door/cursor.h"

static const unsigned char key[32] = {7}, other[32] = {8};

static void comes_back_as_it_went(void **state) {
  (void)state;
  static const struct cursor rows[] = {
      {0, 0}, {1, CURSOR_LIVE}, {UINT64_MAX, 3}, {123456789012345, 99}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct buf text = {0};
    struct cursor back;
    cursor_seal(key, rows[i], &text);
    assert_true(text.len < CURSOR_TEXT_MAX);
    assert_int_equal(cursor_open(key, (const char *)text.data, text.len, &back), 0);
    assert_true(back.position == rows[i].position && back.current == rows[i].current);
    buf_finish(&text);
  }
}

static void every_changed_character_is_noticed(void **state) {
  (void)state;
  struct buf text = {0};
  struct cursor back = {42, 42};
  cursor_seal(key, (struct cursor){7, CURSOR_LIVE}, &text);
  for (size_t i = 0; i < text.len; i++) {
    unsigned char was = text.data[i];
    text.data[i] = was == 'A' ? 'B' : 'A';
    assert_int_equal(cursor_open(key, (const char *)text.data, text.len, &back), -EINVAL);
    text.data[i] = was;
    assert_int_equal(cursor_open(key, (const char *)text.data, i, &back), -EINVAL);
  }
  assert_int_equal(cursor_open(other, (const char *)text.data, text.len, &back), -EINVAL);
  assert_int_equal(cursor_open(key, "start", 5, &back), -EINVAL);
  assert_true(back.position == 42 && back.current == 42);
  buf_finish(&text);
}

static void kinds_do_not_pass_for_each_other(void **state) {
  (void)state;
  struct buf c = {0}, p = {0};
  struct cursor cursor;
  uint64_t position;
  cursor_seal(key, (struct cursor){7, CURSOR_LIVE}, &c);
  position_seal(key, 7, &p);
  assert_int_equal(cursor_open(key, (const char *)p.data, p.len, &cursor), -EINVAL);
  assert_int_equal(position_open(key, (const char *)c.data, c.len, &position), -EINVAL);
  assert_int_equal(position_open(key, (const char *)p.data, p.len, &position), 0);
  assert_int_equal(position, 7);
  buf_finish(&c);
  buf_finish(&p);
}

static void the_same_place_never_looks_the_same(void **state) {
  (void)state;
  struct buf a = {0}, b = {0};
  cursor_seal(key, (struct cursor){7, CURSOR_LIVE}, &a);
  cursor_seal(key, (struct cursor){7, CURSOR_LIVE}, &b);
  assert_string_not_equal(buf_cstr(&a), buf_cstr(&b));
  buf_finish(&a);
  buf_finish(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(comes_back_as_it_went),
      cmocka_unit_test(every_changed_character_is_noticed),
      cmocka_unit_test(kinds_do_not_pass_for_each_other),
      cmocka_unit_test(the_same_place_never_looks_the_same),
  };
  if (hash_init() < 0)
    return 1;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
