/* test_seal - a sealed token opens only as what it was sealed as: of its kind, its length and its
 * key, with no character changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/hash.h"
#include "base/seal.h"

static const unsigned char key[32] = {1, 2, 3}, other_key[32] = {1, 2, 4};
static const char plain[16] = "sixteen letters";

/* 0 when the token opens, and what it opens to is what was sealed. */
static int opens(const unsigned char with[32], unsigned char kind, const struct buf *token,
                 size_t len) {
  char found[32] = {0};
  int rc = unseal(with, kind, (const char *)token->data, token->len, found, len);

  if (rc == 0)
    assert_memory_equal(found, plain, len);
  return rc;
}

static void a_token_opens_as_what_it_was(void **state) {
  (void)state;
  struct buf token = {0};
  seal(key, SEAL_CURSOR, plain, sizeof plain, &token);

  assert_int_equal(opens(key, SEAL_CURSOR, &token, sizeof plain), 0);
  buf_finish(&token);
}

static void a_token_of_another_kind_key_or_length_does_not_open(void **state) {
  (void)state;
  struct buf token = {0};
  seal(key, SEAL_CURSOR, plain, sizeof plain, &token);

  assert_true(opens(key, SEAL_POSITION, &token, sizeof plain) < 0);
  assert_true(opens(key, SEAL_BASIS, &token, sizeof plain) < 0);
  assert_true(opens(other_key, SEAL_CURSOR, &token, sizeof plain) < 0);
  assert_true(opens(key, SEAL_CURSOR, &token, sizeof plain - 1) < 0);
  assert_true(opens(key, SEAL_CURSOR, &token, sizeof plain + 1) < 0);
  buf_finish(&token);
}

static void a_changed_token_does_not_open(void **state) {
  (void)state;
  struct buf token = {0};
  seal(key, SEAL_CURSOR, plain, sizeof plain, &token);

  for (size_t i = 0; i < token.len; i++) {
    unsigned char was = token.data[i];
    token.data[i] = was == 'A' ? 'Q' : 'A'; /* not only in the bits that padding leaves over */
    assert_true(opens(key, SEAL_CURSOR, &token, sizeof plain) < 0);
    token.data[i] = was;
  }
  assert_int_equal(opens(key, SEAL_CURSOR, &token, sizeof plain), 0);
  buf_finish(&token);
}

int main(void) {
  if (hash_init() < 0)
    return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_token_opens_as_what_it_was),
      cmocka_unit_test(a_token_of_another_kind_key_or_length_does_not_open),
      cmocka_unit_test(a_changed_token_does_not_open),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
