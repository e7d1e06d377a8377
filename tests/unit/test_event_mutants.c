/* event: 20,000 random byte changes of good bodies. Whatever comes out is judged without a crash,
 * every fault has a place and a sentence, and whatever is accepted survives the journal. Meant for
 * the sanitizers; the seed is fixed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event_samples.h"

static struct catalogue *catalogue;

static uint32_t random_below(uint32_t n) {
  static uint64_t seed = 20260302;
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(seed >> 33) % n;
}

static const char *const pieces[] = {"\"",
                                     "\\",
                                     "\\ud800",
                                     "\\u0000",
                                     "null",
                                     "{",
                                     "}",
                                     "[",
                                     "]",
                                     ",",
                                     ":",
                                     "-",
                                     "3.0",
                                     "1e999",
                                     "\xff",
                                     "\xed\xa0\x80",
                                     "\xf0\x9f\x98\x80",
                                     "\"id\":1,",
                                     "[[[[[[[[",
                                     "true",
                                     "\n",
                                     "",
                                     " ",
                                     "0"};

static void mutate(struct buf *b) {
  size_t at = random_below((uint32_t)b->len),
         gone = random_below(4) == 0 ? random_below((uint32_t)(b->len - at)) % 20 : random_below(2);
  const char *piece = pieces[random_below(ARRAY_LEN(pieces))];
  struct buf next = {0};
  buf_put(&next, b->data, at);
  if (random_below(3) == 0)
    buf_u8(&next, (uint8_t)random_below(256));
  else
    buf_puts(&next, piece);
  if (at + gone < b->len)
    buf_put(&next, b->data + at + gone, b->len - at - gone);
  buf_finish(b);
  *b = next;
}

static void check_event(struct event *e, struct arena *a) {
  for (uint32_t i = 0; i < e->faults.n; i++) {
    const struct fault *f = &e->faults.faults[i];
    assert_true(f->code < FAULT_COUNT);
    assert_true(f->pointer[0] == '/' || f->pointer[0] == '\0');
    assert_true(strlen(f->message) > 0);
  }
  if (e->faults.n > 0) {
    event_resolve(e, a, catalogue);
    return;
  }
  struct buf first = {0}, second = {0};
  struct events es;
  struct fault f;
  event_resolve(e, a, catalogue);
  struct event *copy = event_keep(e);
  event_encode(copy, &first);
  free(copy);
  assert_int_equal(events_parse(a, (char *)first.data, first.len, NULL, NULL, &es, &f), 0);
  assert_int_equal(es.items[0].faults.n, 0);
  event_encode(&es.items[0], &second);
  assert_string_equal(buf_cstr(&first), buf_cstr(&second));
  buf_finish(&first);
  buf_finish(&second);
}

static void mutants(void **state) {
  (void)state;
  uint32_t bodies = 0, accepted = 0, rejected = 0;
  struct arena a = {0};
  for (int i = 0; i < 20000; i++) {
    struct buf b = {0};
    bool batch = random_below(8) == 0;
    if (batch)
      buf_puts(&b, "[");
    for (int n = batch ? 3 : 1; n > 0; n--)
      buf_printf(&b, "%s%s", event_samples[random_below(EVENT_KINDS)], n > 1 ? "," : "");
    if (batch)
      buf_puts(&b, "]");
    for (uint32_t n = 1 + random_below(3); n > 0; n--)
      mutate(&b);
    char *exact = mem_dup(b.data, b.len); /* so that reading one byte past it is seen */
    struct events es;
    struct fault f = {0};
    int r = events_parse(&a, exact, b.len, &sample_limit, sample_key, &es, &f);
    assert_true(r == 0 || (r == -EINVAL && f.message != NULL));
    bodies += r != 0;
    for (uint32_t k = 0; r == 0 && k < es.n; k++) {
      *(es.items[k].faults.n > 0 ? &rejected : &accepted) += 1;
      check_event(&es.items[k], &a);
    }
    free(exact);
    buf_finish(&b);
    arena_reset(&a);
  }
  arena_finish(&a);
  /* all three roads were walked */
  assert_true(bodies > 1000 && accepted > 1000 && rejected > 1000);
}

static int set_up(void **state) {
  (void)state;
  return hash_init() != 0 || sample_catalogue(&catalogue) != 0;
}

static int tear_down(void **state) {
  (void)state;
  catalogue_destroy(catalogue);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(mutants)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
