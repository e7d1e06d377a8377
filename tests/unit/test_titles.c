/* titles - a job title gives a post where no role is said, and only where the catalogue is sure of
 * it. */
#include "facts_support.h"

static struct catalogue *catalogue;

struct world {
  struct people people;
  struct arena arena;
  uint64_t position;
};

static int set_up(void **state) {
  struct world *w = mem_alloc(sizeof *w);
  people_init(&w->people, test_key, NULL);
  *state = w;
  return 0;
}
static int tear_down(void **state) {
  struct world *w = *state;
  finish_people(&w->people);
  arena_finish(&w->arena);
  free(w);
  return 0;
}

static const struct person *say(struct world *w, const char *id, const char *time,
                                const char *data) {
  people_apply(&w->people, make_event(catalogue, "person.recorded", id, "p-1", time, data, ""),
               ++w->position, NULL, NULL);
  return people_person(&w->people, "888", "s1", "p-1", false);
}

static struct title_view seen(const struct person *p, const char *day) {
  return title_of(p, catalogue, day_of(day));
}

static bool facts_at(struct world *w, const struct person *p, const char *day, struct facts *ret,
                     int32_t *next_change_day) {
  const struct facts_context context = facts_context_of(p->school, catalogue, day_of(day));
  return facts_of(p, &context, &w->arena, ret, next_change_day);
}

static void test_a_sure_title_gives_its_role(void **state) {
  struct world *w = *state;
  struct facts f;
  int32_t next_change_day;
  const struct person *p = say(w, "a", "2026-03-01T09:00:00Z",
                               "{\"roles\":[],\"title\":\"Caretaker\"}");
  assert_int_equal(seen(p, "2026-04-01").state, TITLE_POST);
  assert_int_equal(seen(p, "2026-04-01").from, day_of("2026-03-01"));
  assert_true(facts_at(w, p, "2026-04-01", &f, &next_change_day));
  assert_int_equal(f.n_roles, 1);
  assert_string_equal(f.roles[0], "CTKR");
  assert_true(f.n_needs > 0);
  for (uint32_t i = 0; i < f.n_needs; i++) {
    assert_string_equal(f.needs[i].post, "CTKR");
    /* said again is not new */
    assert_true(f.needs[i].from != FROM_NEW_ROLE && f.needs[i].from != FROM_INDUCTION);
  }
}

static void test_started_says_from_when(void **state) {
  struct world *w = *state;
  struct facts f;
  int32_t next_change_day;
  const struct person *p = say(w, "a", "2026-03-01T09:00:00Z",
                               "{\"roles\":[],\"title\":\"Caretaker\",\"started\":\"2026-05-04\"}");
  assert_true(facts_at(w, p, "2026-05-03", &f, &next_change_day));
  assert_int_equal(f.n_roles, 0);
  assert_int_equal(f.needs[0].from, FROM_NEW_ROLE);
  assert_int_equal(next_change_day, day_of("2026-05-04"));
  assert_true(facts_at(w, p, "2026-05-04", &f, &next_change_day));
  assert_int_equal(f.n_roles, 1);
  assert_int_equal(f.needs[0].from, FROM_INDUCTION);
}

static void test_unsure_and_unknown_titles_wait(void **state) {
  struct world *w = *state;
  struct facts f;
  int32_t next_change_day;
  const struct person *p = say(w, "a", "2026-03-01T09:00:00Z",
                               "{\"roles\":[],\"title\":\"Academic mentor\"}");
  assert_int_equal(seen(p, "2026-04-01").state, TITLE_WAITS);
  assert_string_equal(seen(p, "2026-04-01").role->code, "TASS");
  assert_string_equal(catalogue_title_note(catalogue, "Academic  MENTOR"),
                      "could be another role: ask");
  assert_false(facts_at(w, p, "2026-04-01", &f, &next_change_day));
  p = say(w, "b", "2026-03-02T09:00:00Z", "{\"roles\":[],\"title\":\"Keeper of the owls\"}");
  assert_int_equal(seen(p, "2026-04-01").state, TITLE_WAITS);
  assert_null(seen(p, "2026-04-01").role);
  assert_null(catalogue_title_note(catalogue, "Keeper of the owls"));
}

static void test_a_role_says_more_than_a_title(void **state) {
  struct world *w = *state;
  struct facts f;
  int32_t next_change_day;
  const struct person *p = say(w, "a", "2026-03-01T09:00:00Z",
                               "{\"roles\":[{\"role\":\"MIDS\",\"from\":\"2020-09-01\",\"to\":"
                               "\"2026-07-31\"}],\"title\":\"Caretaker\"}");
  assert_int_equal(seen(p, "2026-07-31").state, TITLE_NONE);
  assert_true(facts_at(w, p, "2026-07-31", &f, &next_change_day));
  assert_string_equal(f.roles[0], "MIDS");
  assert_int_equal(next_change_day, day_of("2026-08-01"));
  /* the last day is over, the title is not */
  assert_true(facts_at(w, p, "2026-08-01", &f, &next_change_day));
  assert_string_equal(f.roles[0], "CTKR");
}

static void test_a_role_that_ended_is_not_taken_up_again(void **state) {
  struct world *w = *state;
  struct facts f;
  int32_t next_change_day;
  const struct person *p = say(w, "a", "2026-03-01T09:00:00Z",
                               "{\"roles\":[{\"role\":\"CTKR\",\"from\":\"2020-09-01\",\"to\":"
                               "\"2026-07-31\"}],\"title\":\"Caretaker\"}");
  assert_int_equal(seen(p, "2026-08-01").state, TITLE_NONE);
  assert_false(facts_at(w, p, "2026-08-01", &f, &next_change_day));
  p = say(w, "b", "2026-03-02T09:00:00Z",
          "{\"roles\":[{\"role\":\"MIDS\",\"from\":\"2026-09-01\"}],\"title\":\"Caretaker\"}");
  assert_int_equal(seen(p, "2026-08-01").state, TITLE_NONE); /* to come is said as well */
}

/* A role out of the rules' scope hides the title while it lasts; the day after, the title counts.
 */
static void test_an_ending_role_next_change_day(void **state) {
  struct world *w = *state;
  struct facts f;
  int32_t next_change_day;
  assert_false(catalogue_role(catalogue, "TCHR")->in_scope);
  const struct person *p = say(w, "a", "2026-03-01T09:00:00Z",
                               "{\"roles\":[{\"role\":\"TCHR\",\"from\":\"2020-09-01\",\"to\":"
                               "\"2026-07-31\"}],\"title\":\"Caretaker\"}");
  assert_false(facts_at(w, p, "2026-07-31", &f, &next_change_day));
  assert_int_equal(next_change_day, day_of("2026-08-01"));
}

static void test_titles_are_compared_in_one_form(void **state) {
  (void)state;
  static const struct {
    const char *written, *key;
  } rows[] = {{"Caretaker", "caretaker"},         {"  CARE-taker / Cleaner ", "care taker cleaner"},
              {"Head's PA", "heads pa"},          {"Head\xe2\x80\x99s P.A.", "heads p a"},
              {"Art & Design", "art and design"}, {"!!", ""}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char key[TITLE_KEY];
    catalogue_title_key(rows[i].written, key);
    assert_string_equal(key, rows[i].key);
  }
}

static int catalogue_up(void **state) {
  (void)state;
  catalogue = shipped_catalogue();
  return hash_init();
}
static int catalogue_down(void **state) {
  (void)state;
  catalogue_destroy(catalogue);
  return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_a_sure_title_gives_its_role),
      TEST(test_started_says_from_when),
      TEST(test_unsure_and_unknown_titles_wait),
      TEST(test_a_role_says_more_than_a_title),
      TEST(test_a_role_that_ended_is_not_taken_up_again),
      TEST(test_an_ending_role_next_change_day),
      TEST(test_titles_are_compared_in_one_form),
  };
  return cmocka_run_group_tests(tests, catalogue_up, catalogue_down);
}
