/* what_if - what a change would make of somebody is, byte for byte, what the event that it stands
 * for makes of them. */
#include "facts_support.h"

#include "needs/helper_pool.h"
#include "needs/what_if.h"

#define TODAY "2026-10-15"
#define NOW "2026-10-15T12:00:00Z"
#define ROLES(minutes, weeks, more)                                                                \
  "{\"roles\":[{\"role\":\"TASS\",\"from\":\"2020-01-01\",\"minutes\":" minutes                    \
  ",\"weeks\":" weeks                                                                              \
  ",\"main\":true},{\"role\":\"MIDA\",\"from\":\"2020-01-01\",\"minutes\":300}]" more "}"
#define HELPS                                                                                      \
  ",\"helps\":[{\"as\":\"mentor\",\"for\":[\"STL@2007/"                                            \
  "STL3\"],\"capacity\":1,\"from\":\"2026-09-01\",\"consent\":true}]"

static struct catalogue *catalogue;

struct world {
  struct people people;
  struct arena arena;
  uint64_t position;
};

static void tell(struct world *w, const char *kind, const char *id, const char *subject,
                 const char *time, const char *data) {
  people_apply(&w->people, make_event(catalogue, kind, id, subject, time, data, ""), ++w->position,
               NULL, NULL);
}

static struct person *person_of(struct world *w) {
  return people_person(&w->people, "888", "s1", "p-1", false);
}

/* Somebody of whom something is known of every kind that a change can touch. */
static int set_up(void **state) {
  struct world *w = mem_alloc(sizeof *w);
  people_init(&w->people, test_key, NULL);
  tell(w, "person.recorded", "post", "p-1", "2020-01-01T00:00:00Z", ROLES("900", "39", HELPS));
  tell(w, "preference.recorded", "likes", "p-1", "2026-01-01T00:00:00Z",
       "{\"no_computer\":true,\"progression\":\"no\",\"formats\":[\"evening\"],\"share_with\":"
       "\"nobody\"}");
  tell(w, "assessment.recorded", "seen", "p-1", "2026-09-02T00:00:00Z",
       "{\"date\":\"2026-09-01\",\"evidence\":\"observer\",\"ratings\":[{\"competence\":\"STL@2007/"
       "STL3\",\"level\":3},"
       "{\"competence\":\"STL@2007/STL4\",\"level\":1}]}");
  person_of(w)->school->helper_pool = helper_pool_create(person_of(w)->school, catalogue,
                                                         day_of(TODAY));
  *state = w;
  return 0;
}

static int tear_down(void **state) {
  struct world *w = *state;
  helper_pool_destroy(person_of(w)->school->helper_pool);
  person_of(w)->school->helper_pool = NULL;
  finish_people(&w->people);
  arena_finish(&w->arena);
  free(w);
  return 0;
}

static struct buf bytes_of(const struct facts *f) {
  struct buf b = {0};
  facts_encode(f, &b);
  return b;
}

static bool facts_on(struct world *w, const char *date, struct arena *a, struct facts *ret,
                     int32_t *next_change_day) {
  const struct person *p = person_of(w);
  const struct facts_context context = facts_context_of(p->school, catalogue, day_of(date));
  return facts_of(p, &context, a, ret, next_change_day);
}

static struct buf facts_now(struct world *w, const char *date) {
  struct facts f;
  int32_t next_change_day;
  assert_true(facts_on(w, date, &w->arena, &f, &next_change_day));
  return bytes_of(&f);
}

static bool same(struct buf *a, struct buf *b) {
  bool same = a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
  buf_finish(a);
  buf_finish(b);
  return same;
}

static struct buf facts_if(struct world *w, struct change change) {
  struct what_if would;
  change.day = change.kind == CHANGE_WAITING ? change.day : day_of(TODAY);
  const struct facts_context context = facts_context_of(person_of(w)->school, catalogue,
                                                        day_of(TODAY));
  what_if(person_of(w), &context, &change, &w->arena, &would);
  assert_true(would.present);
  struct buf b = bytes_of(&would.facts);
  what_if_finish(&would);
  return b;
}

static void becomes(struct world *w, struct change change, const char *kind, const char *data) {
  struct buf before = facts_now(w, TODAY), would = facts_if(w, change), after = facts_now(w, TODAY);
  struct buf kept = {0};
  buf_put(&kept, before.data, before.len);
  assert_true(same(&before, &after)); /* nobody was touched */
  tell(w, kind, "really", "p-1", NOW, data);
  struct buf really = facts_now(w, TODAY);
  assert_false(kept.len == really.len && memcmp(kept.data, really.data, kept.len) == 0);
  buf_finish(&kept);
  assert_true(same(&would, &really));
}

static struct change rating(const char *competence, int32_t level, const char *evidence,
                            int32_t nature, int32_t confidence) {
  return (struct change){.kind = CHANGE_RATING,
                         .competence = catalogue_competence(catalogue, competence)->index,
                         .level = level,
                         .evidence = evidence,
                         .nature = nature,
                         .confidence = confidence};
}

static void test_a_rating(void **state) {
  becomes(*state, rating("STL4", 2, "observer", ABSENT, ABSENT), "assessment.recorded",
          "{\"date\":\"2026-10-15\",\"evidence\":\"observer\",\"ratings\":[{\"competence\":\"STL@"
          "2007/STL4\",\"level\":2}]}");
}

/* Who helps others in it is no help to herself, whatever the rating. */
static void test_a_rating_below_what_one_helps_with(void **state) {
  becomes(*state, rating("STL3", 1, "observer", NATURE_KNOWLEDGE, ABSENT), "assessment.recorded",
          "{\"date\":\"2026-10-15\",\"evidence\":\"observer\",\"ratings\":[{\"competence\":\"STL@"
          "2007/STL3\",\"level\":1,"
          "\"nature\":\"knowledge\"}]}");
}

static void test_how_sure_one_feels(void **state) {
  becomes(*state, rating("STL4", 1, "self", ABSENT, 1), "assessment.recorded",
          "{\"date\":\"2026-10-15\",\"evidence\":\"self\",\"ratings\":[{\"competence\":\"STL@2007/"
          "STL4\",\"level\":1,"
          "\"confidence\":1}]}");
}

static void test_a_qualification(void **state) {
  becomes(*state, (struct change){.kind = CHANGE_HOLDING, .code = "STLS2-CERT"},
          "achievement.recorded", "{\"date\":\"2026-10-15\",\"qualification\":\"STLS2-CERT\"}");
}

static void test_a_class(void **state) {
  becomes(
      *state,
      (struct change){.kind = CHANGE_HOLDING, .code = "maths@2", .subject = "maths", .level = 2},
      "person.recorded",
      ROLES("900", "39",
            HELPS ",\"holds\":[{\"level\":2,\"subject\":\"maths\",\"date\":\"2026-10-15\"}]"));
}

static void test_preferences(void **state) {
  becomes(*state, (struct change){.kind = CHANGE_PREFERENCE, .member = MEMBER_PROGRESSION},
          "preference.recorded",
          "{\"no_computer\":true,\"progression\":\"yes\",\"formats\":[\"evening\"],\"share_with\":"
          "\"nobody\"}");
}

static void test_a_wish(void **state) {
  tell(*state, "preference.recorded", "later", "p-1", "2026-02-01T00:00:00Z",
       "{\"formats\":[\"evening\"],\"share_with\":\"nobody\"}");
  becomes(*state,
          (struct change){.kind = CHANGE_PREFERENCE,
                          .member = MEMBER_WISH_COMPETENCE,
                          .code = "STL@2007/STL55"},
          "preference.recorded",
          "{\"wishes\":[{\"competence\":\"STL@2007/"
          "STL55\"}],\"formats\":[\"evening\"],\"share_with\":\"nobody\"}");
}

static void test_another_format(void **state) {
  becomes(*state,
          (struct change){.kind = CHANGE_PREFERENCE, .member = MEMBER_FORMAT, .code = "daytime"},
          "preference.recorded",
          "{\"no_computer\":true,\"progression\":\"no\",\"formats\":[\"evening\",\"daytime\"],"
          "\"share_with\":\"nobody\"}");
}

static void test_hours_of_the_main_post(void **state) {
  becomes(*state, (struct change){.kind = CHANGE_POST, .member = MEMBER_MINUTES, .value = 1500},
          "person.recorded", ROLES("1500", "39", HELPS));
}

static void test_weeks(void **state) {
  becomes(*state, (struct change){.kind = CHANGE_POST, .member = MEMBER_WEEKS, .value = 52},
          "person.recorded", ROLES("900", "52", HELPS));
}

static void test_waiting(void **state) {
  struct world *w = *state;
  int32_t day = day_of("2028-10-15"); /* by then the observation has faded */
  struct buf would = facts_if(w, (struct change){.kind = CHANGE_WAITING, .day = day});
  helper_pool_destroy(person_of(w)->school->helper_pool);
  person_of(w)->school->helper_pool = helper_pool_create(person_of(w)->school, catalogue, day);
  struct buf really = facts_now(w, "2028-10-15");
  assert_true(same(&would, &really));
}

static void test_a_colleague(void **state) {
  struct world *w = *state;
  struct buf would = facts_if(
      w, (struct change){.kind = CHANGE_COLLEAGUE,
                         .competence = catalogue_competence(catalogue, "STL4")->index,
                         .helper = HELPER_COACH});
  tell(w, "person.recorded", "offer", "p-2", NOW,
       "{\"roles\":[],\"helps\":[{\"as\":\"coach\",\"for\":[\"STL@2007/"
       "STL4\"],\"capacity\":1,\"from\":\"2026-09-01\",\"consent\":true}]}");
  tell(w, "assessment.recorded", "able", "p-2", NOW,
       "{\"date\":\"2026-10-15\",\"evidence\":\"observer\",\"ratings\":[{\"competence\":\"STL@2007/"
       "STL4\",\"level\":4}]}");
  helper_pool_destroy(person_of(w)->school->helper_pool);
  person_of(w)->school->helper_pool = helper_pool_create(person_of(w)->school, catalogue,
                                                         day_of(TODAY));
  struct buf really = facts_now(w, TODAY);
  assert_true(same(&would, &really));
}

static void test_it_stays_good_when_events_come(void **state) {
  struct world *w = *state;
  struct what_if would;
  struct change change = {.kind = CHANGE_COLLEAGUE,
                          .competence = catalogue_competence(catalogue, "STL4")->index};
  const struct facts_context context = facts_context_of(person_of(w)->school, catalogue,
                                                        day_of(TODAY));
  what_if(person_of(w), &context, &change, &w->arena, &would);
  size_t known = would.person.facts.n;
  for (int i = 0; i < 100; i++) {
    char id[16];
    snprintf(id, sizeof id, "more-%d", i);
    tell(w, "preference.recorded", id, "p-1", NOW, "{\"share_with\":\"nobody\"}");
  }
  assert_int_equal(would.person.facts.n, known);
  assert_ptr_not_equal(would.person.facts.items, person_of(w)->facts.items);
  for (size_t i = 0; i < known; i++)
    assert_true(fact_live(would.person.facts.items[i]));
  what_if_finish(&would);
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
      TEST(test_a_rating),
      TEST(test_a_rating_below_what_one_helps_with),
      TEST(test_how_sure_one_feels),
      TEST(test_a_qualification),
      TEST(test_a_class),
      TEST(test_preferences),
      TEST(test_a_wish),
      TEST(test_another_format),
      TEST(test_hours_of_the_main_post),
      TEST(test_weeks),
      TEST(test_waiting),
      TEST(test_a_colleague),
      TEST(test_it_stays_good_when_events_come),
  };
  return cmocka_run_group_tests(tests, catalogue_up, catalogue_down);
}
