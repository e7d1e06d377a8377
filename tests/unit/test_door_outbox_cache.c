/* The tail: every row once and in order, for those who are live and for those who lag behind, and
 * nothing beyond what was told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../crash/store_rig.h"
#include "door/outbox_cache.h"

#define ROWS 2350

struct here {
  char dir[128];
  struct rig rig;
  struct tail tail;
};

static void add_row(struct batch *b, uint64_t position, const char *body) {
  batch_publication(b, position, "888", "8884001", position % 2 == 0 ? "p-0193" : NULL, position,
                    "needs.recommendation.issued.v1", "school", body, strlen(body));
}

static int setup(void **state) {
  struct here *h = mem_alloc(sizeof *h);
  struct error err = {0};
  rig_dir(h->dir);
  if (rig_open(&h->rig, h->dir, NULL, &err) != 0)
    fail_msg("%s", err.text);
  struct batch *b = batch_create();
  for (uint64_t i = 1; i <= ROWS; i++)
    add_row(b, i, "{}");
  assert_int_equal(rig_commit(&h->rig, b), 0);
  *state = h;
  return 0;
}

static int teardown(void **state) {
  struct here *h = *state;
  tail_finish(&h->tail);
  bool empty = rig_close(&h->rig);
  rig_remove(h->dir);
  free(h);
  return empty ? 0 : -1;
}

/* One page; checks that it follows on `after`. Returns where it reached. */
static uint64_t step(struct here *h, uint64_t after, uint64_t upto, size_t *count) {
  struct page page;
  assert_int_equal(tail_read(&h->tail, h->rig.store, after, upto, &page), 0);
  uint64_t expected = after;
  for (size_t i = 0; i < page.n; i++) {
    expected++;
    assert_int_equal(page.rows[i]->position, expected);
    assert_string_equal(page.rows[i]->school, "8884001");
    assert_true((page.rows[i]->subject != NULL) == (expected % 2 == 0));
    assert_memory_equal(page.rows[i]->body, "{}", 2);
  }
  assert_true(page.n <= TAIL_PAGE && page.reached > after && page.reached <= upto);
  if (page.reached != upto)
    assert_int_equal(page.reached, expected);
  *count += page.n;
  return page.reached;
}

static void one_reader_gets_every_row_once(void **state) {
  struct here *h = *state;
  size_t n = 0;
  uint64_t at = 0;
  while (at < ROWS)
    at = step(h, at, ROWS, &n);
  assert_int_equal(n, ROWS);
}

static void nothing_beyond_what_was_told(void **state) {
  struct here *h = *state;
  size_t n = 0;
  assert_int_equal(step(h, 40, 50, &n), 50);
  assert_int_equal(n, 10);
  assert_int_equal(step(h, 50, 51, &n), 51);
  assert_int_equal(n, 11);
}

/* Live ones at the end, one deep in history, one in between, in turn: the shared pages never mix
 * them up. */
static void readers_at_different_places_do_not_disturb_each_other(void **state) {
  struct here *h = *state;
  uint64_t at[] = {0, 1100, 2200, 2200, 700, 2349};
  size_t n[ARRAY_LEN(at)] = {0};
  const size_t expected[ARRAY_LEN(at)] = {ROWS,        ROWS - 1100, ROWS - 2200,
                                          ROWS - 2200, ROWS - 700,  1};
  for (bool more = true; more;) {
    more = false;
    for (size_t i = 0; i < ARRAY_LEN(at); i++)
      if (at[i] < ROWS) {
        at[i] = step(h, at[i], ROWS, &n[i]);
        more = true;
      }
  }
  for (size_t i = 0; i < ARRAY_LEN(at); i++)
    assert_int_equal(n[i], expected[i]);
}

static void what_is_kept_is_given_a_page_at_a_time(void **state) {
  struct here *h = *state;
  size_t first = 0, second = 0;
  uint64_t at = 1000, again = 1000;
  while (at < 1800)
    at = step(h, at, ROWS, &first);
  while (again < 1800)
    again = step(h, again, ROWS, &second);
  assert_int_equal(first, second);
}

static void what_is_forgotten_is_read_anew(void **state) {
  struct here *h = *state;
  size_t n = 0;
  struct page page;
  step(h, ROWS - 1, ROWS, &n);
  struct batch *b = batch_create();
  add_row(b, ROWS + 1, "{\"new\":1}");
  assert_int_equal(rig_commit(&h->rig, b), 0);
  tail_forget(&h->tail);
  assert_int_equal(tail_read(&h->tail, h->rig.store, ROWS - 1, ROWS + 1, &page), 0);
  assert_int_equal(page.n, 2);
  assert_int_equal(page.reached, ROWS + 1);
  assert_memory_equal(page.rows[1]->body, "{\"new\":1}", 9);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(one_reader_gets_every_row_once, setup, teardown),
      cmocka_unit_test_setup_teardown(nothing_beyond_what_was_told, setup, teardown),
      cmocka_unit_test_setup_teardown(readers_at_different_places_do_not_disturb_each_other, setup,
                                      teardown),
      cmocka_unit_test_setup_teardown(what_is_kept_is_given_a_page_at_a_time, setup, teardown),
      cmocka_unit_test_setup_teardown(what_is_forgotten_is_read_anew, setup, teardown),
  };
  if (hash_init() < 0)
    return 1;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
