/* error, mem, hash and log: the small ones of base. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_AREA "test"
#include "base/code.h"
#include "base/date.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"

static void an_error_is_set_and_prefixed(void **state) {
  (void)state;
  struct error err = {0};
  assert_int_equal(error_set(&err, -EINVAL, "no unit '%s'\n", "L2-1"), -EINVAL);
  assert_string_equal(err.text, "no unit 'L2-1'");
  assert_int_equal(error_prefix(&err, "%s:%d", "units.csv", 12), -EINVAL);
  assert_string_equal(err.text, "units.csv:12: no unit 'L2-1'");
  assert_int_equal(error_set(&err, -EIO, "again: %s", err.text), -EIO);
  assert_string_equal(err.text, "again: units.csv:12: no unit 'L2-1'");
  assert_int_equal(error_set(NULL, -EIO, "nobody reads this"), -EIO);
  assert_true(error_prefix(NULL, "nobody") < 0);
}

static void a_long_error_is_cut_at_a_character(void **state) {
  (void)state;
  char text[600];
  for (size_t i = 0; i < sizeof(text) - 1; i += 2)
    memcpy(text + i, "\xc3\xa9", 2);
  text[598] = '\0';
  struct error err = {0};
  error_set(&err, -EINVAL, "%s", text);
  assert_int_equal(strlen(err.text), 510);
  error_set(&err, -EINVAL, "x%s", text);
  assert_int_equal(strlen(err.text), 511);
  error_prefix(&err, "yy");
  assert_int_equal(strlen(err.text), 511);
  assert_memory_equal(err.text, "yy: x\xc3\xa9", 7);
}

/* A byte that begins no character, or whose character is cut, is shown alone; what follows is read
 * from the next byte on. */
static void what_does_not_print_is_shown(void **state) {
  (void)state;
  static const char text[] = "\xc3\xa9\x1b[1m \xe2\x80\xae \xe2\x80\x8d \xc2\x9b \xff \xe2\x80";
  char escaped[128], *printed = NULL;
  size_t n = 0;
  FILE *to = open_memstream(&printed, &n);

  text_escape(text, escaped, sizeof(escaped));
  assert_string_equal(
      escaped, "\xc3\xa9\\x1b[1m \\xe2\\x80\\xae \\xe2\\x80\\x8d \\xc2\\x9b \\xff \\xe2\\x80");
  text_escape("\xc3\xa9\xc3\xa9", escaped, 4);
  assert_string_equal(escaped, "\xc3\xa9");

  text_print(to, text);
  text_print(to, "\tone\n\x01");
  fclose(to);
  assert_string_equal(printed,
                      "\xc3\xa9\\u001b[1m \\u202e \\u200d \\u009b \\xff \\xe2\\x80\tone\n\\u0001");
  free(printed);
  assert_null(text_unprintable("\xc3\xa9\xe6\x9d\x8e", 5));
  assert_ptr_equal(text_unprintable(text, sizeof(text) - 1), text + 2);
}

static void arrays_grow_zeroed(void **state) {
  (void)state;
  size_t cap = 0;
  int *list = mem_grow(NULL, &cap, 1, sizeof(*list));
  assert_true(cap >= 1);
  list[0] = 7;
  size_t before = cap;
  list = mem_grow(list, &cap, 1000, sizeof(*list));
  assert_true(cap >= 1000 && list[0] == 7);
  for (size_t i = before; i < cap; i++)
    assert_int_equal(list[i], 0);
  int *same = mem_grow(list, &cap, 1000, sizeof(*list));
  assert_ptr_equal(same, list);
  free(same);
  _cleanup_free_ char *copy = mem_strndup("mentor", 3);
  assert_string_equal(copy, "men");
}

static void an_arena_keeps_what_it_gave(void **state) {
  (void)state;
  struct arena a = {0};
  char *texts[500];
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < 500; i++) {
      texts[i] = arena_printf(&a, "%d-%0*d", i, i % 300 + 1, 0);
      assert_int_equal((uintptr_t)texts[i] % _Alignof(max_align_t), 0);
    }
    for (int i = 0; i < 500; i++)
      assert_int_equal(atoi(texts[i]), i);
    unsigned char *big = arena_alloc(&a, 100000);
    for (size_t i = 0; i < 100000; i++)
      assert_int_equal(big[i], 0);
    memset(big, 0xff, 100000);
    assert_true(a.used > 100000);
    arena_reset(&a);
    assert_int_equal(a.used, 0);
    assert_non_null(a.head);
  }
  assert_string_equal(arena_strndup(&a, "shadowing", 6), "shadow");
  arena_finish(&a);
  assert_null(a.head);
}

static void hashes_are_blake2b(void **state) {
  (void)state;
  char hex[65];
  struct hash256 h = hash256_of("abc", 3), back;
  assert_string_equal(hash256_hex(&h, hex),
                      "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  assert_true(hash256_parse(hex, &back));
  assert_true(hash256_eq(&h, &back));
  assert_false(hash256_parse("bddd", &back));
  assert_false(hash256_parse("", &back));
  hex[3] = 'D';
  assert_false(hash256_parse(hex, &back));
  hex[3] = 'd';
  char longer[66];
  snprintf(longer, sizeof(longer), "%s0", hex);
  assert_false(hash256_parse(longer, &back));
  unsigned char key[32] = {1};
  assert_true(hash128_eq(hash128_of(key, "abc", 3), hash128_of(key, "abc", 3)));
  assert_false(hash128_eq(hash128_of(key, "abc", 3), hash128_of(NULL, "abc", 3)));
  assert_false(hash128_eq(hash128_of(key, "abc", 3), hash128_of(key, "abd", 3)));
}

/* Few distinct homes make long runs that wrap round: deletion must not break them. Checked against
 * a plain array. */
static void a_map_survives_deletion(void **state) {
  (void)state;
  enum {
    N = 400
  };
  static int values[N];
  bool there[N] = {0};
  struct hashmap m = {0};
  assert_null(hashmap_get(&m, (struct hash128){1, 1}));
  hashmap_del(&m, (struct hash128){1, 1});
  uint64_t x = 88172645463325252U;
  for (int step = 0; step < 20000; step++) {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    size_t i = x % N;
    struct hash128 key = {UINT64_MAX - i % 7, i};
    if ((x >> 32) % 3 != 0)
      hashmap_put(&m, key, &values[i]);
    else
      hashmap_del(&m, key);
    there[i] = (x >> 32) % 3 != 0;
    if (step % 500 != 0)
      continue;
    size_t n = 0;
    for (size_t k = 0; k < N; k++) {
      assert_ptr_equal(hashmap_get(&m, (struct hash128){UINT64_MAX - k % 7, k}),
                       there[k] ? &values[k] : NULL);
      n += there[k];
    }
    assert_int_equal(m.n, n);
  }
  hashmap_finish(&m);
}

static void a_record_is_one_line(void **state) {
  (void)state;
  int ends[2], saved = dup(STDERR_FILENO);
  assert_int_equal(pipe(ends), 0);
  dup2(ends[1], STDERR_FILENO);
  struct instant fixed = {(int64_t)20779 * 86400, 123456789};
  clock_set_for_tests(&fixed);
  log_info("opened", "path=%s n=%d", "a\nb\033[1m", 3);
  log_debug("not shown", "");
  log_set_level(LOG_ERROR);
  log_warn("not shown", "");
  log_error("plain", "");
  log_set_level(LOG_INFO);
  clock_set_for_tests(NULL);
  dup2(saved, STDERR_FILENO);
  close(saved);
  close(ends[1]);
  char text[512] = "";
  assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
  close(ends[0]);
  assert_string_equal(text, "2026-11-22T00:00:00.123Z info test opened path=a\\x0ab\\x1b[1m "
                            "n=3\n2026-11-22T00:00:00.123Z error test plain\n");
}

int main(void) {
  if (hash_init() < 0)
    return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_error_is_set_and_prefixed),
      cmocka_unit_test(a_long_error_is_cut_at_a_character),
      cmocka_unit_test(what_does_not_print_is_shown),
      cmocka_unit_test(arrays_grow_zeroed),
      cmocka_unit_test(an_arena_keeps_what_it_gave),
      cmocka_unit_test(hashes_are_blake2b),
      cmocka_unit_test(a_map_survives_deletion),
      cmocka_unit_test(a_record_is_one_line),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
