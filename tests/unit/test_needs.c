/* needs - levels, needs and what wakes a person, on the shipped catalogue. */
#include "facts_support.h"

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

static void rate(struct world *w, const char *id, const char *competence, int level,
                 const char *evidence, const char *date, const char *expires) {
  char data[300], time[40];
  snprintf(data, sizeof data,
           "{\"date\":\"%s\",\"evidence\":\"%s\",\"ratings\":[{\"competence\":\"%s\",\"level\":%d%"
           "s%s%s}]}",
           date, evidence, competence, level, expires ? ",\"expires\":\"" : "",
           expires ? expires : "", expires ? "\"" : "");
  snprintf(time, sizeof time, "%sT10:00:00Z", date);
  tell(w, "assessment.recorded", id, "p-1", time, data);
}

static int set_up(void **state) {
  struct world *w = mem_alloc(sizeof *w);
  people_init(&w->people, test_key, NULL);
  tell(w, "person.recorded", "post", "p-1", "2020-01-01T00:00:00Z",
       "{\"roles\":[{\"role\":\"TASS\",\"from\":\"2020-01-01\",\"minutes\":1500,\"main\":true}]}");
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

static const struct person *person_of(struct world *w) {
  return people_person(&w->people, "888", "s1", "p-1", false);
}

static bool facts_on(struct world *w, const char *date, struct arena *a, struct facts *ret,
                     int32_t *next_change_day) {
  const struct person *p = person_of(w);
  const struct facts_context context = facts_context_of(p->school, catalogue, day_of(date));
  return facts_of(p, &context, a, ret, next_change_day);
}

static struct level level_at(struct world *w, const char *competence, const char *date,
                             int32_t *next_change_day) {
  uint32_t n, from = 0, to;
  const struct competence *k = catalogue_competence(catalogue, competence);
  const struct rating_view *r = ratings_of(person_of(w), catalogue, &w->arena, &n);
  *next_change_day = INT32_MAX;
  while (from < n && r[from].competence != k)
    from++;
  for (to = from; to < n && r[to].competence == k;)
    to++;
  return level_on(r + from, to - from, day_of(date), next_change_day);
}

static const struct need *need_for(struct world *w, const char *competence, const char *date,
                                   int32_t *next_change_day) {
  struct facts f;
  const struct competence *k = catalogue_competence(catalogue, competence);
  if (!facts_on(w, date, &w->arena, &f, next_change_day))
    return NULL;
  for (uint32_t i = 0; i < f.n_needs; i++)
    if (f.needs[i].competence == k->index)
      return &f.needs[i];
  return NULL;
}

static void test_stronger_evidence_decides_then_date(void **state) {
  struct world *w = *state;
  int32_t next_change_day;
  rate(w, "m1", "STL3", 1, "manager", "2026-03-01", NULL);
  rate(w, "m2", "STL3", 2, "manager", "2026-04-01", NULL);
  assert_int_equal(level_at(w, "STL3", "2026-05-01", &next_change_day).current, 2);
  rate(w, "o1", "STL3", 3, "observer", "2026-01-01", NULL);
  struct level l = level_at(w, "STL3", "2026-05-01", &next_change_day);
  assert_int_equal(l.current, 3);
  assert_string_equal(l.evidence, "observer");
  rate(w, "s1", "STL3", 0, "self", "2026-04-30", NULL);
  assert_int_equal(level_at(w, "STL3", "2026-05-01", &next_change_day).current, 3);
}

static void test_a_rating_counts_on_its_last_day_and_not_after(void **state) {
  struct world *w = *state;
  int32_t next_change_day;
  rate(w, "o1", "STL3", 3, "observer", "2026-01-01", "2026-06-30");
  assert_int_equal(level_at(w, "STL3", "2026-06-30", &next_change_day).current, 3);
  assert_int_equal(next_change_day, day_of("2026-07-01"));
  struct level l = level_at(w, "STL3", "2026-07-01", &next_change_day);
  assert_int_equal(l.current, ABSENT);
  assert_int_equal(l.lapsed_on, day_of("2026-06-30"));
  assert_int_equal(level_at(w, "STL3", "2025-12-31", &next_change_day).current, ABSENT);
  assert_int_equal(next_change_day, day_of("2026-01-01"));
}

static void test_refresh_and_fading(void **state) {
  struct world *w = *state;
  int32_t next_change_day;
  rate(w, "c1", "X.SAFE", 3, "certificate", "2025-09-01", NULL); /* refresh 12 months */
  assert_int_equal(level_at(w, "X.SAFE", "2026-09-01", &next_change_day).current, 3);
  assert_int_equal(level_at(w, "X.SAFE", "2026-09-02", &next_change_day).current, ABSENT);
  rate(w, "m1", "STL4", 3, "manager", "2025-01-31", NULL); /* a manager's view fades in 18 months */
  assert_int_equal(level_at(w, "STL4", "2026-07-31", &next_change_day).current, 3);
  assert_int_equal(level_at(w, "STL4", "2026-08-01", &next_change_day).current, ABSENT);
}

/* The lowest that every qualification of the class gives: GCSE grade C as well as an old key skill.
 */
static void test_something_held_in_a_subject_shows_its_level(void **state) {
  struct world *w = *state;
  int32_t next_change_day;
  tell(w, "person.recorded", "p1", "p-1", "2026-01-01T00:00:00Z",
       "{\"roles\":[{\"role\":\"TASS\",\"from\":\"2020-09-01\"}],\"holds\":[{\"subject\":"
       "\"english\","
       "\"level\":2,\"date\":\"1998-08-20\"},{\"subject\":\"maths\",\"level\":1,\"date\":\"1998-08-"
       "20\"}]}");

  struct level english = level_at(w, "X.ENGL", "2026-03-01", &next_change_day);
  assert_int_equal(english.current, 3);
  assert_string_equal(english.evidence, "certificate");
  assert_int_equal(level_at(w, "X.MATH", "2026-03-01", &next_change_day).current, 2);

  rate(w, "s1", "X.ENGL", 1, "self", "2026-02-01", NULL);
  assert_int_equal(level_at(w, "X.ENGL", "2026-03-01", &next_change_day).current, 3);
}

static void test_same_slot_newest_event_decides(void **state) {
  struct world *w = *state;
  int32_t next_change_day;
  tell(w, "assessment.recorded", "x2", "p-1", "2026-02-02T00:00:00Z",
       "{\"date\":\"2026-02-01\",\"evidence\":\"manager\",\"by\":\"m-1\",\"ratings\":[{"
       "\"competence\":\"STL3\",\"level\":1}]}");
  tell(w, "assessment.recorded", "x1", "p-1", "2026-02-01T00:00:00Z",
       "{\"date\":\"2026-02-01\",\"evidence\":\"manager\",\"by\":\"m-1\",\"ratings\":[{"
       "\"competence\":\"STL3\",\"level\":4}]}");
  assert_int_equal(level_at(w, "STL3", "2026-03-01", &next_change_day).current, 1);
}

static void test_newer_evidence_far_below_a_certificate_asks_to_confirm(void **state) {
  struct world *w = *state;
  int32_t next_change_day;
  rate(w, "c1", "STL3", 3, "certificate", "2025-01-01", NULL);
  rate(w, "o1", "STL3", 2, "observer", "2026-01-01", NULL);
  assert_int_equal(level_at(w, "STL3", "2026-02-01", &next_change_day).confirm, 0);
  rate(w, "o2", "STL3", 1, "observer", "2026-01-15", NULL);
  struct level l = level_at(w, "STL3", "2026-02-01", &next_change_day);
  assert_int_equal(l.current, 3);
  assert_int_equal(l.confirm, 1);
  const struct need *n = need_for(w, "STL3", "2026-02-01", &next_change_day);
  assert_non_null(n);
  assert_int_equal(n->gap, 0);
}

static void test_what_was_seen_since_a_certificate_counts_one_level_below(void **state) {
  struct world *w = *state;
  int32_t next_change_day;
  rate(w, "c1", "STL3", 3, "certificate", "2025-01-01", NULL);
  rate(w, "o0", "STL3", 2, "observer", "2024-12-01", NULL);
  assert_int_equal(level_at(w, "STL3", "2026-02-01", &next_change_day).current, 3);
  rate(w, "m1", "STL3", 2, "manager", "2026-01-01", NULL);
  assert_int_equal(level_at(w, "STL3", "2026-02-01", &next_change_day).current, 3);

  rate(w, "o1", "STL3", 2, "observer", "2026-01-15", NULL);
  struct level l = level_at(w, "STL3", "2026-02-01", &next_change_day);
  assert_int_equal(l.current, 2);
  assert_string_equal(l.evidence, "observer");
  assert_int_equal(l.confirm, 0);
  assert_int_equal(l.differs, DIFFERS_CERTIFICATE);
  assert_int_equal(l.differs_level, 3);
  assert_int_equal(l.differs_on, day_of("2025-01-01"));
  const struct need *n = need_for(w, "STL3", "2026-02-01", &next_change_day);
  assert_int_equal(n->gap, 1);
  assert_int_equal(n->differs, DIFFERS_CERTIFICATE);

  /* an observation fades; the certificate does not */
  assert_int_equal(level_at(w, "STL3", "2028-01-15", &next_change_day).current, 2);
  assert_int_equal(next_change_day, day_of("2028-01-16"));
  assert_int_equal(level_at(w, "STL3", "2028-01-16", &next_change_day).current, 3);

  /* the strongest of what was seen decides */
  rate(w, "t1", "STL3", 3, "test", "2026-01-10", NULL);
  l = level_at(w, "STL3", "2026-02-01", &next_change_day);
  assert_int_equal(l.current, 3);
  assert_int_equal(l.differs, DIFFERS_NOT);
}

static void test_what_only_a_certificate_shows_nothing_takes_away(void **state) {
  struct world *w = *state;
  int32_t next_change_day;
  rate(w, "c1", "X.PFAI", 3, "certificate", "2025-01-01", NULL);
  rate(w, "o1", "X.PFAI", 2, "observer", "2026-01-15", NULL);
  assert_int_equal(level_at(w, "X.PFAI", "2026-02-01", &next_change_day).current, 3);
}

static void test_a_lower_certificate_takes_nothing_away(void **state) {
  struct world *w = *state;
  int32_t next_change_day;
  rate(w, "c1", "STL3", 3, "certificate", "2023-01-01", NULL);
  rate(w, "c2", "STL3", 2, "certificate", "2026-01-01", NULL);
  assert_int_equal(level_at(w, "STL3", "2026-02-01", &next_change_day).current, 3);
}

static void test_an_own_view_far_from_what_was_seen_differs(void **state) {
  struct world *w = *state;
  int32_t next_change_day;
  rate(w, "s1", "STL3", 4, "self", "2026-01-01", NULL);
  rate(w, "m1", "STL3", 1, "manager", "2026-01-05", NULL);
  assert_int_equal(level_at(w, "STL3", "2026-02-01", &next_change_day).differs, DIFFERS_NOT);

  rate(w, "o1", "STL3", 1, "observer", "2026-01-10", NULL);
  struct level l = level_at(w, "STL3", "2026-02-01", &next_change_day);
  assert_int_equal(l.current, 1);
  assert_int_equal(l.differs, DIFFERS_SELF);
  assert_int_equal(l.differs_level, 4);
  assert_int_equal(l.differs_on, day_of("2026-01-01"));

  /* the newest own view is the person's */
  rate(w, "s2", "STL3", 2, "self", "2026-01-20", NULL);
  assert_int_equal(level_at(w, "STL3", "2026-02-01", &next_change_day).differs, DIFFERS_NOT);

  /* an older and lower one is progress, a newer one a difference */
  rate(w, "s3", "STL4", 1, "self", "2026-01-01", NULL);
  rate(w, "o2", "STL4", 3, "observer", "2026-01-10", NULL);
  assert_int_equal(level_at(w, "STL4", "2026-02-01", &next_change_day).differs, DIFFERS_NOT);
  rate(w, "s4", "STL4", 1, "self", "2026-01-20", NULL);
  assert_int_equal(level_at(w, "STL4", "2026-02-01", &next_change_day).differs, DIFFERS_SELF);
}

static void test_profile_gives_needs_and_ratings_close_them(void **state) {
  struct world *w = *state;
  int32_t next_change_day;
  const struct need *n = need_for(w, "STL3", "2026-02-01", &next_change_day);
  assert_non_null(n);
  assert_int_equal(n->current, ABSENT);
  assert_int_equal(n->required, 3);
  rate(w, "m1", "STL3", 1, "manager", "2026-01-15", NULL);
  n = need_for(w, "STL3", "2026-02-01", &next_change_day);
  assert_int_equal(n->gap, 2);
  assert_int_equal(n->from, FROM_REVIEW);
  rate(w, "o1", "STL3", 3, "observer", "2026-01-20", NULL);
  assert_null(need_for(w, "STL3", "2026-02-01", &next_change_day));
}

static void test_wakes_is_when_something_changes(void **state) {
  struct world *w = *state;
  int32_t next_change_day;
  rate(w, "o1", "STL3", 3, "observer", "2026-01-20", "2026-03-10");
  assert_null(need_for(w, "STL3", "2026-02-01", &next_change_day));
  assert_int_equal(next_change_day, day_of("2026-03-11"));
  assert_non_null(need_for(w, "STL3", "2026-03-11", &next_change_day));
}

static void test_left_and_restricted_have_no_needs(void **state) {
  struct world *w = *state;
  int32_t next_change_day;
  tell(w, "person.left", "l", "p-1", "2026-05-01T00:00:00Z",
       "{\"date\":\"2026-07-21\",\"reason\":\"moved\"}");
  assert_non_null(need_for(w, "STL3", "2026-07-20", &next_change_day));
  assert_int_equal(next_change_day, day_of("2026-07-21"));
  assert_null(need_for(w, "STL3", "2026-07-21", &next_change_day));
  tell(w, "person.recorded", "back", "p-1", "2026-09-01T00:00:00Z",
       "{\"roles\":[{\"role\":\"TASS\",\"from\":\"2026-09-01\"}]}");
  assert_non_null(need_for(w, "STL3", "2026-09-01", &next_change_day));
  tell(w, "person.restricted", "r", "p-1", "2026-09-02T00:00:00Z",
       "{\"date\":\"2026-09-02\",\"restricted\":true}");
  assert_null(need_for(w, "STL3", "2026-09-02", &next_change_day));
}

static void test_a_post_to_come_is_a_new_role(void **state) {
  struct world *w = *state;
  int32_t next_change_day;
  tell(w, "person.recorded", "next", "p-1", "2026-05-01T00:00:00Z",
       "{\"roles\":[{\"role\":\"TASS\",\"from\":\"2020-01-01\"},{\"role\":\"CTKR\",\"from\":\"2026-"
       "09-01\"}]}");
  const struct need *n = need_for(w, "X.SECU", "2026-05-02", &next_change_day);
  assert_non_null(n);
  assert_int_equal(n->from, FROM_NEW_ROLE);
  assert_string_equal(n->post, "CTKR");
}

static void test_helpers_are_able_free_and_willing(void **state) {
  struct world *w = *state;
  struct school *school = people_school(&w->people, "888", "s1", true);
  const struct competence *k = catalogue_competence(catalogue, "STL3");
  tell(w, "person.recorded", "h1", "p-2", "2026-01-01T00:00:00Z",
       "{\"roles\":[{\"role\":\"TASS\",\"from\":\"2020-01-01\"}],\"helps\":[{\"as\":\"coach\","
       "\"for\":[\"STL3\"],\"capacity\":2,"
       "\"from\":\"2026-01-01\",\"consent\":true}]}");
  struct helper_pool *none = helper_pool_create(school, catalogue, day_of("2026-02-01"));
  /* unrated: not known to be able */
  assert_int_equal(helper_pool_helpers(none, k->index, person_of(w)), 0);
  tell(w, "assessment.recorded", "h2", "p-2", "2026-01-02T00:00:00Z",
       "{\"date\":\"2026-01-02\",\"evidence\":\"observer\",\"ratings\":[{\"competence\":\"STL3\","
       "\"level\":4,\"expires\":\"2026-"
       "03-01\"}]}");
  struct helper_pool *one = helper_pool_create(school, catalogue, day_of("2026-02-01"));
  assert_int_equal(helper_pool_helpers(one, k->index, person_of(w)), 1 << HELPER_COACH);
  assert_int_equal(
      helper_pool_helpers(one, k->index, people_person(&w->people, "888", "s1", "p-2", false)),
      0); /* nobody coaches herself */
  assert_false(helper_pool_same(none, one));
  assert_int_equal(helper_pool_next_change_day(one), day_of("2026-03-02"));
  struct helper_pool *later = helper_pool_create(school, catalogue, day_of("2026-03-02"));
  assert_true(helper_pool_same(none, later));
  helper_pool_destroy(none);
  helper_pool_destroy(one);
  helper_pool_destroy(later);
}

/* Which side of from and to the day lies on, whose roles it names, and of two the heavier, then the
 * first by code. */
static void test_a_need_knows_the_priority_in_force(void **state) {
  struct world *w = *state;
  int32_t next_change_day;
  assert_int_equal(need_for(w, "STL3", "2026-05-01", &next_change_day)->priority, 0);
  tell(w, "priority.recorded", "r1", NULL, "2026-01-01T00:00:00Z",
       "{\"priority\":\"early-language\",\"competences\":[{\"competence\":\"STL3\",\"weight\":4}],"
       "\"from\":\"2026-04-01\",\"to\":"
       "\"2026-07-31\"}");
  assert_int_equal(need_for(w, "STL3", "2026-03-31", &next_change_day)->priority, 0);
  assert_int_equal(next_change_day, day_of("2026-04-01"));
  const struct need *n = need_for(w, "STL3", "2026-07-31", &next_change_day);
  assert_int_equal(n->priority, 4);
  assert_string_equal(n->priority_code, "early-language");
  assert_int_equal(next_change_day, day_of("2026-08-01"));
  assert_null(need_for(w, "STL3", "2026-08-01", &next_change_day)->priority_code);
  tell(w, "priority.recorded", "r2", NULL, "2026-01-02T00:00:00Z",
       "{\"priority\":\"digital-confidence\",\"competences\":[{\"competence\":\"STL3\",\"weight\":"
       "5}],\"roles\":[\"CTKR\"],"
       "\"from\":"
       "\"2026-04-01\",\"to\":\"2026-07-31\"}");
  /* hers is another role */
  assert_string_equal(need_for(w, "STL3", "2026-05-01", &next_change_day)->priority_code,
                      "early-language");
  tell(w, "priority.recorded", "r3", NULL, "2026-01-03T00:00:00Z",
       "{\"priority\":\"behaviour\",\"competences\":[{\"competence\":\"STL3\",\"weight\":4}],"
       "\"from\":\"2026-04-01\",\"to\":"
       "\"2026-07-31\"}");
  assert_string_equal(need_for(w, "STL3", "2026-05-01", &next_change_day)->priority_code,
                      "behaviour");
}

/* --- offers --- */

#define OFFER(offer, development, whom, date, fee, more)                                           \
  "{\"offer\":\"" offer "\",\"development\":\"" development "\"," whom                             \
  "\"provider\":\"Town\",\"sessions\":[{\"date\":\"" date                                          \
  "\",\"start\":\"09:00\",\"end\":\"10:00\",\"place\":\"Hall\"}],\"places\":9,\"cost\":{"          \
  "\"fee\":" #fee ",\"registration\":0,\"materials\":0,\"travel\":0}" more "}"

/* "id id id": the offers that facts have for STL3 on a day; " !" behind them when they are not told
 * by need and order. */
static const char *offers_on(struct world *w, const char *date, int32_t *next_change_day) {
  struct school *school = people_school(&w->people, "888", "s1", true);
  struct facts f;
  char *all = arena_printf(&w->arena, "%s", "");
  offer_list_destroy(school->offer_list);
  school->offer_list = offer_list_create(school, catalogue, day_of(date));
  if (!facts_on(w, date, &w->arena, &f, next_change_day))
    return NULL;
  for (uint32_t i = 0; i < f.n_answers; i++)
    if (f.needs[f.answers[i].need].competence == catalogue_competence(catalogue, "STL3")->index)
      all = arena_printf(&w->arena, "%s%s%s", all, *all ? " " : "",
                         f.offers[f.answers[i].offer].id);
  return all;
}

static void test_offers_are_open_in_order_and_not_over(void **state) {
  struct world *w = *state;
  int32_t next_change_day;
  assert_string_equal(offers_on(w, "2026-02-01", &next_change_day), "");
  tell(w, "provision.recorded", "o1", NULL, "2026-01-01T00:00:00Z",
       OFFER("late", "inset.STL3", "", "2026-05-02", 0, ""));
  tell(w, "provision.recorded", "o2", NULL, "2026-01-01T00:00:00Z",
       OFFER("dear", "mentoring.STL3", "\"for\":[\"learning-support\"],", "2026-03-01", 500, ""));
  tell(w, "provision.recorded", "o3", NULL, "2026-01-01T00:00:00Z",
       OFFER("cheap", "resource.STL3", "\"for\":[\"TASS\"],", "2026-03-01", 100, ""));
  tell(w, "provision.recorded", "o4", NULL, "2026-01-01T00:00:00Z",
       OFFER("others", "inset.STL3", "\"for\":[\"CTKR\",\"teachers\"],", "2026-03-01", 0, ""));
  tell(w, "provision.recorded", "o5", NULL, "2026-01-01T00:00:00Z",
       OFFER("other", "inset.X.SAFE", "", "2026-03-01", 0, ""));
  assert_string_equal(offers_on(w, "2026-03-01", &next_change_day), "cheap dear late");
  assert_int_equal(next_change_day, day_of("2026-03-02"));
  assert_string_equal(offers_on(w, "2026-03-02", &next_change_day), "late");
  tell(w, "provision.recorded", "o6", NULL, "2026-01-02T00:00:00Z",
       OFFER("late", "inset.STL3", "", "2026-05-02", 0, ",\"closed\":true"));
  assert_string_equal(offers_on(w, "2026-03-02", &next_change_day), "");
  people_apply(&w->people,
               make_event(catalogue, "record.withdrawn", "x", NULL, "2026-01-03T00:00:00Z",
                          "{\"of\":[\"o6\"],\"reason\":\"typo\"}", ""),
               ++w->position, NULL, NULL); /* the statement before it holds again */
  assert_string_equal(offers_on(w, "2026-03-02", &next_change_day), "late");
}

/* A shelf made earlier than the day looked at shows nothing that is over. */
static void test_a_shelf_of_yesterday_is_right_today(void **state) {
  struct world *w = *state;
  struct facts f;
  int32_t next_change_day;
  tell(w, "provision.recorded", "o1", NULL, "2026-01-01T00:00:00Z",
       OFFER("soon", "inset.STL3", "", "2026-05-02", 0, ""));
  offers_on(w, "2026-05-02", &next_change_day);
  assert_true(facts_on(w, "2026-05-02", &w->arena, &f, &next_change_day) && f.n_offers == 1);
  assert_true(facts_on(w, "2026-05-03", &w->arena, &f, &next_change_day) && f.n_offers == 0);
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
      TEST(test_stronger_evidence_decides_then_date),
      TEST(test_a_rating_counts_on_its_last_day_and_not_after),
      TEST(test_refresh_and_fading),
      TEST(test_same_slot_newest_event_decides),
      TEST(test_something_held_in_a_subject_shows_its_level),
      TEST(test_newer_evidence_far_below_a_certificate_asks_to_confirm),
      TEST(test_what_was_seen_since_a_certificate_counts_one_level_below),
      TEST(test_what_only_a_certificate_shows_nothing_takes_away),
      TEST(test_a_lower_certificate_takes_nothing_away),
      TEST(test_an_own_view_far_from_what_was_seen_differs),
      TEST(test_profile_gives_needs_and_ratings_close_them),
      TEST(test_wakes_is_when_something_changes),
      TEST(test_left_and_restricted_have_no_needs),
      TEST(test_a_post_to_come_is_a_new_role),
      TEST(test_helpers_are_able_free_and_willing),
      TEST(test_a_need_knows_the_priority_in_force),
      TEST(test_offers_are_open_in_order_and_not_over),
      TEST(test_a_shelf_of_yesterday_is_right_today),
  };
  return cmocka_run_group_tests(tests, catalogue_up, catalogue_down);
}
