/* suppress - an attack on what is printed: every hidden count must be able to be two things at
 * least, for somebody who knows the totals, every group that is shown, and the rules by which the
 * others are hidden. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "needs/suppress.h"

enum {
  GROUPS = 5,
  MOST = 9 /* people in a group */,
  TABLES = 2000
};

static uint64_t next_random(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

/* --- the attacker: all tables that would be printed as this one is, one measure at a time --- */

struct attack {
  const struct group *groups;
  size_t n;
  enum measure m;
  uint64_t rest;         /* of the total, for the hidden ones */
  bool total_known;      /* else it may be anything */
  uint64_t seen[GROUPS]; /* bit per value that the cell can have */
};

static bool try_groups(struct attack *a, size_t i, uint64_t rest) {
  if (i == a->n)
    return !a->total_known || rest == 0;
  const struct group *g = &a->groups[i];
  if (!g->hidden[a->m])
    return try_groups(a, i + 1, rest);
  bool people = a->m == MEASURE_PEOPLE, any = false;
  uint64_t most = people || g->hidden[MEASURE_PEOPLE] ? GROUPS * MOST : g->n[MEASURE_PEOPLE];
  for (uint64_t v = people ? 1 : 0; v <= most && v <= rest; v++)
    if (try_groups(a, i + 1, rest - v)) {
      a->seen[i] |= UINT64_C(1) << v;
      any = true;
    }
  return any;
}

static size_t values(uint64_t seen) {
  return (size_t)__builtin_popcountll(seen);
}

/* True: some hidden cell can only be one thing. */
static bool attack(const struct totals *t, const struct group *groups, size_t n, enum measure m) {
  struct attack a = {
      .groups = groups, .n = n, .m = m, .rest = GROUPS * MOST, .total_known = !t->hidden[m]};
  if (a.total_known)
    a.rest = t->n[m];
  for (size_t i = 0; i < n && a.total_known; i++)
    if (!groups[i].hidden[m])
      a.rest -= groups[i].n[m];
  try_groups(&a, 0, a.rest);
  for (size_t i = 0; i < n; i++) {
    if (!groups[i].hidden[m])
      continue;
    assert_true(a.seen[i] >> groups[i].n[m] & 1); /* the truth is among them */
    if (values(a.seen[i]) < 2)
      return true;
  }
  return false;
}

/* True: a hidden total is the sum of what is shown. */
static bool adds_up(const struct totals *t, const struct group *groups, size_t n, enum measure m) {
  for (size_t i = 0; i < n; i++)
    if (groups[i].hidden[m])
      return false;
  return t->hidden[m];
}

/* How a group, or what is left for the hidden ones together, divides: told by three numbers where
 * nobody sees other words only.
 */
static bool divides_small(const uint64_t n[MEASURES]) {
  uint64_t both = n[MEASURE_GAIN] + n[MEASURE_LOSE] - n[MEASURE_CHANGED],
           parts[] = {both, n[MEASURE_GAIN] - both, n[MEASURE_LOSE] - both};
  for (size_t i = 0; i < ARRAY_LEN(parts); i++)
    if (parts[i] > 0 && parts[i] < SMALL)
      return true;
  return false;
}

static bool division_shows(const struct totals *t, const struct group *groups, size_t n) {
  uint64_t rest[MEASURES];
  memcpy(rest, t->n, sizeof rest);
  for (size_t i = 0; i < n; i++) {
    if (groups[i].hidden[MEASURE_GAIN])
      continue;
    if (divides_small(groups[i].n))
      return true;
    for (int m = 0; m < MEASURES; m++)
      rest[m] -= groups[i].n[m];
  }
  return !t->hidden[MEASURE_GAIN] && divides_small(rest);
}

/* --- tables --- */

static size_t make_table(uint64_t *state, struct group *groups, struct totals *t) {
  size_t n = 1 + next_random(state) % GROUPS;
  uint64_t rate = next_random(state) % 11;
  memset(groups, 0, n * sizeof *groups);
  *t = (struct totals){0};
  for (size_t i = 0; i < n; i++) {
    struct group *g = &groups[i];
    g->n[MEASURE_PEOPLE] = 1 + next_random(state) % MOST;
    for (uint64_t k = 0; k < g->n[MEASURE_PEOPLE]; k++) {
      bool gain = next_random(state) % 10 < rate, lose = next_random(state) % 20 < rate;
      g->n[MEASURE_GAIN] += gain;
      g->n[MEASURE_LOSE] += lose;
      g->n[MEASURE_CHANGED] += gain || lose;
      g->both += gain && lose;
    }
    for (int m = 0; m < MEASURES; m++)
      t->n[m] += g->n[m];
    t->both += g->both;
  }
  return n;
}

static bool of_nobody_or_everybody(const struct totals *t, enum measure m) {
  return !t->hidden[m] && (t->n[m] == 0 || t->n[m] == t->n[MEASURE_PEOPLE]);
}

static void test_nothing_hidden_can_be_worked_out(void **unused) {
  (void)unused;
  uint64_t state = 88172645463325252u, hidden = 0, shown = 0;
  for (int table = 0; table < TABLES; table++) {
    struct group groups[GROUPS];
    struct totals t;
    size_t n = make_table(&state, groups, &t);
    suppress_totals(&t);
    suppress_groups(&t, groups, n);
    for (int m = 0; m < MEASURES; m++) {
      for (size_t i = 0; i < n; i++) {
        hidden += groups[i].hidden[m];
        shown += !groups[i].hidden[m];
      }
      if (!of_nobody_or_everybody(&t, m))
        assert_false(attack(&t, groups, n, m));
      assert_false(adds_up(&t, groups, n, m));
    }
    assert_false(division_shows(&t, groups, n));
  }
  assert_true(hidden > TABLES && shown > TABLES); /* neither everything nor nothing */
}

/* Small counts are never shown, nor is anything of a group of fewer than SMALL people. */
static void test_no_small_count_is_shown(void **unused) {
  (void)unused;
  uint64_t state = 362436069;
  for (int table = 0; table < TABLES; table++) {
    struct group groups[GROUPS];
    struct totals t;
    size_t n = make_table(&state, groups, &t);
    suppress_totals(&t);
    suppress_groups(&t, groups, n);
    for (int m = 0; m < MEASURES; m++) {
      assert_true(t.hidden[m] || t.n[m] == 0 || t.n[m] >= SMALL);
      for (size_t i = 0; i < n; i++)
        assert_true(groups[i].hidden[m] || (groups[i].n[MEASURE_PEOPLE] >= SMALL &&
                                            (groups[i].n[m] == 0 || groups[i].n[m] >= SMALL)));
    }
  }
}

/* --- by hand --- */

#define GROUP(label, people, changed, gain, lose)                                                  \
  {                                                                                                \
    .name = label, .n = { people, changed, gain, lose }                                            \
  }

static void test_one_small_group_takes_another_with_it(void **unused) {
  (void)unused;
  struct totals t = {.n = {80, 27, 27, 0}};
  struct group groups[] = {GROUP("a", 40, 20, 20, 0), GROUP("b", 10, 2, 2, 0),
                           GROUP("c", 30, 5, 5, 0)};
  suppress_totals(&t);
  suppress_groups(&t, groups, ARRAY_LEN(groups));
  assert_false(t.hidden[MEASURE_GAIN] || groups[0].hidden[MEASURE_CHANGED]);
  /* 27 - 20 - 5 would be b's */
  assert_true(groups[1].hidden[MEASURE_CHANGED] && groups[2].hidden[MEASURE_CHANGED]);
  assert_false(groups[1].hidden[MEASURE_PEOPLE]);
}

/* A nought is a small count in a group of three, whom somebody may know by name. */
static void test_nobody_of_few_is_hidden(void **unused) {
  (void)unused;
  struct totals t = {.n = {63, 20, 20, 0}};
  struct group groups[] = {GROUP("a", 40, 20, 20, 0), GROUP("b", 20, 0, 0, 0),
                           GROUP("c", 3, 0, 0, 0)};
  suppress_totals(&t);
  suppress_groups(&t, groups, ARRAY_LEN(groups));
  for (size_t i = 0; i < ARRAY_LEN(groups); i++)
    assert_true(groups[i].hidden[MEASURE_CHANGED]); /* with a's 20 shown, that all others are
                                                       noughts could be seen */
  assert_true(groups[2].hidden[MEASURE_PEOPLE] && groups[1].hidden[MEASURE_PEOPLE] &&
              !groups[0].hidden[MEASURE_PEOPLE]);
}

static void test_totals(void **unused) {
  (void)unused;
  struct totals few = {.n = {380, 4, 4, 0}}, split = {.n = {380, 12, 8, 5}, .both = 1},
                nobody = {.n = {380, 0, 0, 0}}, plain = {.n = {380, 20, 10, 15}, .both = 5};
  suppress_totals(&few), suppress_totals(&split), suppress_totals(&nobody), suppress_totals(&plain);
  assert_true(few.hidden[MEASURE_CHANGED] && few.hidden[MEASURE_LOSE] &&
              !few.hidden[MEASURE_PEOPLE]);
  assert_true(!split.hidden[MEASURE_CHANGED] && split.hidden[MEASURE_GAIN] &&
              split.hidden[MEASURE_LOSE]);
  assert_false(nobody.hidden[MEASURE_CHANGED] || nobody.hidden[MEASURE_GAIN]);
  assert_false(plain.hidden[MEASURE_CHANGED] || plain.hidden[MEASURE_GAIN]);
}

static void test_a_list_never_hides_one_alone(void **unused) {
  (void)unused;
  const struct totals shown = {.n = {80, 40, 38, 7}, .both = 5};
  struct group rows[] = {GROUP("course", 0, 0, 30, 0), GROUP("mentoring", 0, 0, 6, 0),
                         GROUP("shadowing", 0, 0, 2, 7)};
  suppress_list(&shown, rows, ARRAY_LEN(rows));
  assert_true(!rows[0].hidden[MEASURE_GAIN] && rows[1].hidden[MEASURE_GAIN] &&
              rows[2].hidden[MEASURE_GAIN]);
  assert_false(rows[2].hidden[MEASURE_LOSE]);
}

/* 12 see a difference: 8 gain and 5 lose, one of them both. Each row alone would say what is held
 * back. */
static void test_a_list_tells_no_hidden_total(void **unused) {
  (void)unused;
  struct totals t = {.n = {380, 12, 8, 5}, .both = 1};
  struct group rows[] = {GROUP("course", 0, 0, 8, 0), GROUP("mentoring", 0, 0, 0, 5)};
  suppress_totals(&t);
  suppress_list(&t, rows, ARRAY_LEN(rows));
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    assert_true(rows[i].hidden[MEASURE_GAIN] && rows[i].hidden[MEASURE_LOSE]);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_nothing_hidden_can_be_worked_out),
                                     cmocka_unit_test(test_no_small_count_is_shown),
                                     cmocka_unit_test(test_one_small_group_takes_another_with_it),
                                     cmocka_unit_test(test_nobody_of_few_is_hidden),
                                     cmocka_unit_test(test_totals),
                                     cmocka_unit_test(test_a_list_never_hides_one_alone),
                                     cmocka_unit_test(test_a_list_tells_no_hidden_total)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
