/* people - the fold is commutative: whatever the order, the same facts live. */
#include "facts_support.h"

static struct catalogue *catalogue;

struct item {
  const char *kind, *id, *subject, *data, *more;
};
static const struct item story[] = {
    {"assessment.recorded", "a", "p-1",
     "{\"date\":\"2026-01-01\",\"evidence\":\"manager\",\"ratings\":[{\"competence\":\"STL3\","
     "\"level\":1}]}",
     ""},
    {"assessment.recorded", "b", "p-1",
     "{\"date\":\"2026-01-02\",\"evidence\":\"manager\",\"ratings\":[{\"competence\":\"STL3\","
     "\"level\":2}]}",
     ",\"supersedes\":\"a\""},
    {"assessment.recorded", "c", "p-1",
     "{\"date\":\"2026-01-03\",\"evidence\":\"manager\",\"ratings\":[{\"competence\":\"STL3\","
     "\"level\":3}]}",
     ",\"supersedes\":\"b\""},
    {"record.withdrawn", "w", NULL, "{\"of\":[\"c\"],\"reason\":\"typo\"}", ""},
    {"assessment.recorded", "d", "p-2",
     "{\"date\":\"2026-01-03\",\"evidence\":\"self\",\"ratings\":[{\"competence\":\"STL3\","
     "\"level\":3}]}",
     ",\"supersedes\":\"e\""},
    {"assessment.recorded", "e", "p-1",
     "{\"date\":\"2026-01-04\",\"evidence\":\"self\",\"ratings\":[{\"competence\":\"STL4\","
     "\"level\":3}]}",
     ""},
};

static void live_ids(const struct people *p, char *out, size_t size) {
  size_t at = 0;
  out[0] = '\0';
  for (int who = 1; who <= 2; who++) {
    char subject[8];
    snprintf(subject, sizeof subject, "p-%d", who);
    const struct person *person = people_person((struct people *)p, "888", "s1", subject, false);
    for (size_t i = 0; person && i < person->facts.n; i++)
      if (fact_live(person->facts.items[i]))
        at += (size_t)snprintf(out + at, size - at, "%s%s ", subject,
                               person->facts.items[i]->event->id);
  }
}

static void apply_in_order(const int order[], char *out, size_t size) {
  struct people people;
  people_init(&people, test_key, NULL);
  for (size_t i = 0; i < ARRAY_LEN(story); i++) {
    const struct item *s = &story[order[i]];
    people_apply(
        &people,
        make_event(catalogue, s->kind, s->id, s->subject, "2026-01-05T00:00:00Z", s->data, s->more),
        i + 1, NULL, NULL);
  }
  live_ids(&people, out, size);
  finish_people(&people);
}

/* c is withdrawn, so b lives again and keeps a dead; e is dead by d's word although it is about
 * another person. */
static void test_every_order_ends_the_same(void **state) {
  (void)state;
  int order[] = {0, 1, 2, 3, 4, 5}, counters[6] = {0};
  char out[256];
  apply_in_order(order, out, sizeof out);
  assert_string_equal(out, "p-1b p-2d ");
  for (int i = 0; i < 6;) { /* Heap's algorithm: all 720 orders */
    if (counters[i] < i) {
      int k = i % 2 ? counters[i] : 0, was = order[k];
      order[k] = order[i];
      order[i] = was;
      apply_in_order(order, out, sizeof out);
      assert_string_equal(out, "p-1b p-2d ");
      counters[i]++;
      i = 0;
    } else {
      counters[i++] = 0;
    }
  }
}

static void test_newest_is_by_time_source_id(void **state) {
  (void)state;
  struct people people;
  people_init(&people, test_key, NULL);
  static const char *const data = "{\"share_with\":\"nobody\"}";
  people_apply(&people,
               make_event(catalogue, "preference.recorded", "late", "p-1",
                          "2026-01-05T12:00:00+02:00", data, ""),
               1, NULL, NULL);
  people_apply(&people,
               make_event(catalogue, "preference.recorded", "later", "p-1", "2026-01-05T11:00:00Z",
                          data, ""),
               2, NULL, NULL);
  people_apply(&people,
               make_event(catalogue, "preference.recorded", "latest", "p-1", "2026-01-05T11:00:00Z",
                          data, ""),
               3, NULL, NULL);
  people_apply(&people,
               make_event(catalogue, "preference.recorded", "early", "p-1", "2026-01-04T11:00:00Z",
                          data, ""),
               4, NULL, NULL);
  const struct person *person = people_person(&people, "888", "s1", "p-1", false);
  assert_string_equal(people_newest(&person->facts, EVENT_PREFERENCE)->id, "latest");
  finish_people(&people);
}

static void count_moves(void *arg, struct school *school, struct person *person,
                        const struct event_type *why) {
  (void)school;
  (void)why;
  if (person && strcmp(person->subject, "p-1") == 0)
    ++*(int *)arg;
}

static void test_death_of_a_fact_moves_its_person(void **state) {
  (void)state;
  struct people people;
  int moves = 0;
  people_init(&people, test_key, NULL);
  people_apply(
      &people,
      make_event(catalogue, story[5].kind, "e", "p-1", "2026-01-05T00:00:00Z", story[5].data, ""),
      1, count_moves, &moves);
  assert_int_equal(moves, 1);
  people_apply(&people,
               make_event(catalogue, story[4].kind, "d", "p-2", "2026-01-05T00:00:00Z",
                          story[4].data, story[4].more),
               2, count_moves, &moves);
  assert_int_equal(moves, 2);
  assert_int_equal(people_person(&people, "888", "s1", "p-1", false)->number, 2);
  finish_people(&people);
}

/* Answers alone make nobody; a live record does, and its withdrawal takes that back, whichever
 * comes first. */
static void test_known_is_who_was_recorded(void **state) {
  (void)state;
  static const struct item events[] = {
      {"response.recorded", "r", "p-1",
       "{\"recommendation\":\"coaching.STL3\",\"date\":\"2026-01-01\",\"response\":\"declined\","
       "\"by\":\"person\"}",
       ""},
      {"assessment.recorded", "a", "p-1",
       "{\"date\":\"2026-01-01\",\"evidence\":\"manager\",\"ratings\":[{\"competence\":\"STL3\","
       "\"level\":1}]}",
       ""},
      {"record.withdrawn", "w", NULL, "{\"of\":[\"a\"],\"reason\":\"typo\"}", ""},
  };
  static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

  for (size_t o = 0; o < ARRAY_LEN(orders); o++) {
    struct people people;
    bool recorded = false, withdrawn = false;
    people_init(&people, test_key, NULL);

    for (size_t i = 0; i < 3; i++) {
      const struct item *e = &events[orders[o][i]];
      people_apply(&people,
                   make_event(catalogue, e->kind, e->id, e->subject, "2026-01-05T00:00:00Z",
                              e->data, e->more),
                   i + 1, NULL, NULL);
      recorded |= orders[o][i] == 1;
      withdrawn |= orders[o][i] == 2;

      const struct person *person = people_person(&people, "888", "s1", "p-1", false);
      bool known = person && person_known(person);
      assert_int_equal(known, recorded && !withdrawn);
      if (person)
        assert_int_equal(person->school->n_known, known);
      if (person)
        assert_int_equal(school_known(person->school), known);
    }
    finish_people(&people);
  }
}

static void test_stand_round_trip(void **state) {
  (void)state;
  struct basis s = {.number = 7,
                    .facts = {1, 2},
                    .day = 20000,
                    .next_change_day = 20100,
                    .engine = 1},
               back;
  char id[] = "shadowing.STL3", advice[] = "{\"a\":1}";
  struct current_advice current[] = {{id, 1, advice, 7, 42}}, *again;
  struct buf b = {0};
  size_t n;
  char *held;
  basis_encode(&s, &b);
  assert_int_equal(basis_decode(b.data, b.len, &back), 0);
  assert_int_equal(back.number, 7);
  assert_int_equal(back.next_change_day, 20100);
  assert_true(basis_decode(b.data, b.len - 1, &back) < 0);
  buf_reset(&b);
  current_encode(current, 1, "[]", &b);
  assert_int_equal(current_decode(b.data, b.len, &again, &n, &held), 0);
  assert_int_equal(n, 1);
  assert_string_equal(again[0].advice, "{\"a\":1}");
  assert_int_equal(again[0].publication, 42);
  current_free(again, n);
  free(held);
  for (size_t len = 0; len < b.len; len++)
    assert_true(current_decode(b.data, len, &again, &n, &held) < 0);
  buf_finish(&b);
}

static int set_up(void **state) {
  (void)state;
  catalogue = shipped_catalogue();
  return hash_init();
}
static int tear_down(void **state) {
  (void)state;
  catalogue_destroy(catalogue);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_order_ends_the_same),
      cmocka_unit_test(test_newest_is_by_time_source_id),
      cmocka_unit_test(test_death_of_a_fact_moves_its_person),
      cmocka_unit_test(test_known_is_who_was_recorded),
      cmocka_unit_test(test_stand_round_trip),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
