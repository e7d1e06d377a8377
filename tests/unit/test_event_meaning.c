/* event: content and identity, the canonical form, what the catalogue makes of names, and copies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event_samples.h"

static struct catalogue *catalogue;

static struct event *parse(struct arena *a, const char *body, const struct instant *limit) {
  struct events es;
  struct fault f;
  assert_int_equal(events_parse(a, body, strlen(body), limit, sample_key, &es, &f), 0);
  assert_int_equal(es.n, 1);
  return &es.items[0];
}

static void no_faults(const struct event *e) {
  struct buf said = {0};
  for (uint32_t i = 0; i < e->faults.n; i++)
    fault_json(&said, &e->faults.faults[i]);
  if (e->faults.n > 0)
    fail_msg("%s: %s", e->id, buf_cstr(&said));
  buf_finish(&said);
}

/* parse -> resolve -> encode -> parse as from the journal -> encode: nothing is lost, nothing
 * added. */
static void round_trip(void **state) {
  (void)state;
  for (int i = 0; i < EVENT_KINDS; i++) {
    struct arena a = {0};
    struct event *e = parse(&a, event_samples[i], &sample_limit);
    event_resolve(e, &a, catalogue);
    no_faults(e);
    struct buf first = {0}, second = {0};
    event_encode(e, &first);
    struct event *again = parse(&a, buf_cstr(&first), NULL);
    no_faults(again);
    event_encode(again, &second);
    assert_string_equal(buf_cstr(&first), buf_cstr(&second));
    assert_true(hash128_eq(e->identity, again->identity));
    buf_finish(&first);
    buf_finish(&second);
    arena_finish(&a);
  }
}

/* Before resolution the canonical form of these samples, which are canonical already, is what was
 * sent. */
static void as_sent(void **state) {
  (void)state;
  for (int i = 0; i < EVENT_KINDS; i++) {
    if (i == EVENT_APPRAISAL || i == EVENT_ASSESSMENT || i == EVENT_PERSON)
      continue; /* other order of members, or defaults filled in */
    struct arena a = {0};
    struct buf out = {0};
    event_encode(parse(&a, event_samples[i], &sample_limit), &out);
    assert_string_equal(buf_cstr(&out), event_samples[i]);
    buf_finish(&out);
    arena_finish(&a);
  }
}

static bool same_content(const char *x, const char *y) {
  struct arena a = {0};
  struct event *e = parse(&a, x, &sample_limit), *f = parse(&a, y, &sample_limit);
  no_faults(e);
  no_faults(f);
  assert_true(hash128_eq(e->identity, f->identity));
  assert_true(e->content.a != 0 || e->content.b != 0);
  bool same = hash128_eq(e->content, f->content);
  arena_finish(&a);
  return same;
}

#define ENVELOPE                                                                                   \
  "\"specversion\":\"1.0\",\"id\":\"a\",\"source\":\"s\",\"type\":\"needs.appraisal.recorded."     \
  "v1\",\"time\":\"2026-03-02T15:30:"                                                              \
  "00Z\",\"authority\":"                                                                           \
  "\"888\",\"school\":\"1\",\"subject\":\"p-1\""
#define REVIEW                                                                                     \
  "{" ENVELOPE                                                                                     \
  ",\"data\":{\"date\":\"2026-03-02\",\"ratings\":[{\"competence\":\"STL3\",\"level\":3}]}}"

static void duplicates(void **state) {
  (void)state;
  assert_true(same_content(REVIEW, "{\"data\":{\"ratings\":[{\"level\":3.0,\"competence\":"
                                   "\"STL\\u0033\"}],\"date\":\"2026-03-02\"}," ENVELOPE "}"));
  assert_true(same_content(
      REVIEW,
      " {\"datacontenttype\":\"application/"
      "json\",\"traceparent\":\"00-1-2-01\",\"tracestate\":\"\",\"dataschema\":\"x\"," ENVELOPE
      ",\"data\":{\"date\":\"2026-03-02\",\"ratings\":[{\"level\":30e-1,\"competence\":\"STL3\"}]}"
      "}"));
}

static void not_twins(void **state) {
  (void)state;
  static const char *const others[] = {
      "{" ENVELOPE ",\"data\":{\"date\":\"2026-03-02\",\"by\":\"-\",\"ratings\":[{\"competence\":"
      "\"STL3\",\"level\":3}]}}",
      "{" ENVELOPE ",\"data\":{\"date\":\"2026-03-02\",\"ratings\":[{\"competence\":\"STL3\","
      "\"level\":3,\"evidence\":\"manager\"}]}}",
      "{" ENVELOPE
      ",\"data\":{\"date\":\"2026-03-02\",\"ratings\":[{\"competence\":\"STL3\",\"level\":2}]}}",
      "{" ENVELOPE ",\"data\":{\"date\":\"2026-03-02\",\"ratings\":[{\"competence\":\"STL@2007/"
      "STL3\",\"level\":3}]}}",
      "{" ENVELOPE ",\"data\":{\"date\":\"2026-03-02\",\"ratings\":[{\"competence\":\"STL3\","
      "\"level\":3}],\"duties\":[]}}",
      "{" ENVELOPE ",\"supersedes\":\"b\",\"data\":{\"date\":\"2026-03-02\",\"ratings\":[{"
      "\"competence\":\"STL3\",\"level\":3}]}}",
  };
  for (size_t i = 0; i < ARRAY_LEN(others); i++)
    if (same_content(REVIEW, others[i]))
      fail_msg("%s", others[i]);
}

/* The content of an event does not depend on its neighbours. */
static void content_in_a_batch(void **state) {
  (void)state;
  struct arena a = {0};
  struct events es;
  struct fault f;
  const char *batch = arena_printf(&a, "[%s,%s]", event_samples[EVENT_LEFT], REVIEW);
  assert_int_equal(events_parse(&a, batch, strlen(batch), &sample_limit, sample_key, &es, &f), 0);
  struct event *alone = parse(&a, REVIEW, &sample_limit);
  assert_true(hash128_eq(es.items[1].content, alone->content));
  assert_false(hash128_eq(es.items[0].content, alone->content));
  arena_finish(&a);
}

static void maps_in_any_order(void **state) {
  (void)state;
  struct arena a = {0};
  struct buf b = {0};
  buf_puts(&b, event_samples[EVENT_SCHOOL]);
  char *at = strstr((char *)b.data, "\"learning-support\":18,\"midday\":9");
  memcpy(at, "\"midday\":9,\"learning-support\":18",
         strlen("\"midday\":9,\"learning-support\":18"));
  assert_true(same_content(event_samples[EVENT_SCHOOL], buf_cstr(&b)));
  buf_finish(&b);
  arena_finish(&a);
}

static void identities(void **state) {
  (void)state;
  struct arena a = {0};
  struct event *e = parse(&a, REVIEW, &sample_limit);
  assert_true(hash128_eq(e->identity, event_identity(sample_key, "888", "1", "s", "a")));
  assert_false(hash128_eq(e->identity, event_identity(sample_key, "888", "1s", "", "a")));
  assert_false(hash128_eq(
      e->identity, event_identity((const unsigned char *)"another key, as long as it must be",
                                  "888", "1", "s", "a")));
  char *bytes = mem_alloc(5001);
  memset(bytes, 'x', 5000);
  assert_false(hash128_eq(e->identity, event_identity(sample_key, "888", "1", "s", bytes)));
  free(bytes);
  arena_finish(&a);
}

static void defaults(void **state) {
  (void)state;
  struct arena a = {0};
  struct appraisal_recorded *review = parse(&a, REVIEW, &sample_limit)->data;
  assert_string_equal(review->by, "-");
  assert_string_equal(review->ratings.items[0].evidence, "manager");
  assert_int_equal(review->ratings.items[0].level, 3);
  assert_int_equal(review->ratings.items[0].certainty, ABSENT);
  assert_int_equal(review->occasion, ABSENT);
  assert_null(review->duties.items);
  struct assessment_recorded *test =
      parse(&a, event_samples[EVENT_ASSESSMENT], &sample_limit)->data;
  assert_string_equal(test->ratings.items[0].evidence, "observer");
  assert_string_equal(test->ratings.items[1].evidence, "test");
  struct person_recorded *person = parse(&a, event_samples[EVENT_PERSON], &sample_limit)->data;
  assert_int_equal(person->roles.items[0].works.given, 1);
  assert_int_equal(person->roles.items[0].works.day[1].n, 2);
  assert_int_equal(person->roles.items[0].works.day[1].items[1].to, 24 * 60);
  assert_int_equal(person->roles.items[0].employer, EMPLOYER_SELF);
  assert_int_equal(person->roles.items[0].main, 0);
  struct school_recorded *school = parse(&a, event_samples[EVENT_SCHOOL], &sample_limit)->data;
  assert_string_equal(school->roster.items[1].family, "midday");
  assert_int_equal(school->roster.items[1].count, 9);
  assert_int_equal(school->cover.items[0].rate, 1450);
  arena_finish(&a);
}

static void resolved(void **state) {
  (void)state;
  struct arena a = {0};
  struct event *e = parse(&a, event_samples[EVENT_APPRAISAL], &sample_limit);
  event_resolve(e, &a, catalogue);
  struct appraisal_recorded *review = e->data;
  assert_string_equal(review->ratings.items[0].competence, "STL@2007/STL3");
  e = parse(&a, event_samples[EVENT_AGREEMENT], &sample_limit);
  event_resolve(e, &a, catalogue);
  struct agreement_recorded *agreement = e->data;
  assert_string_equal(agreement->recommendation, "shadowing.STL19");
  assert_string_equal(agreement->development.id, "shadowing.STL19");
  assert_string_equal(agreement->development.kind, "shadowing");
  assert_int_equal(agreement->development.competences.n, 1);
  assert_string_equal(agreement->development.competences.items[0], "STL@2007/STL19");
  assert_string_equal(agreement->success.competence, "STL@2007/STL19");
  arena_finish(&a);
}

/* Two spellings of one development are one recommendation. */
static void one_spelling(void **state) {
  (void)state;
  static const char *const spellings[] = {"shadowing.STL19", "shadowing.STL.2007.STL19"};
  for (int kind = EVENT_RESPONSE; kind <= EVENT_AGREEMENT; kind++) {
    struct arena a = {0};
    struct buf encoded[2] = {0};
    for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
      const char *sample = event_samples[kind], *at = strstr(sample, spellings[0]);
      struct event *e = parse(&a,
                              arena_printf(&a, "%.*s%s%s", (int)(at - sample), sample, spellings[i],
                                           at + strlen(spellings[0])),
                              &sample_limit);
      event_resolve(e, &a, catalogue);
      no_faults(e);
      event_encode(e, &encoded[i]);
    }
    assert_string_equal(buf_cstr(&encoded[0]), buf_cstr(&encoded[1]));
    buf_finish(&encoded[0]);
    buf_finish(&encoded[1]);
    arena_finish(&a);
  }
}

static const struct unknown_row {
  enum event_kind kind;
  const char *from, *to;
  enum fault_code code;
  const char *pointer;
} unknowns[] = {
    {EVENT_APPRAISAL, "STL3", "STL999", FAULT_UNKNOWN_COMPETENCE, "/data/ratings/0/competence"},
    {EVENT_APPRAISAL, "\"self\"", "\"hearsay\"", FAULT_UNKNOWN_CODE, "/data/ratings/1/evidence"},
    {EVENT_APPRAISAL, "\"level\":2", "\"level\":5", FAULT_OUT_OF_RANGE, "/data/ratings/0/level"},
    {EVENT_APPRAISAL, "\"STL19\",\"level\":1,\"evidence\":\"self\"",
     "\"STL@2007/STL3\",\"level\":1", FAULT_REPEATED, "/data/ratings/1"},
    {EVENT_ASSESSMENT, "observer", "hearsay", FAULT_UNKNOWN_CODE, "/data/evidence"},
    {EVENT_PERSON, "TASS", "XXXX", FAULT_UNKNOWN_ROLE, "/data/roles/0/role"},
    {EVENT_PERSON, "PRM", "XXX", FAULT_UNKNOWN_CODE, "/data/roles/0/contract"},
    {EVENT_PERSON, "TDA 2.2", "TDA 9.9", FAULT_UNKNOWN_UNIT, "/data/holds/1/unit"},
    {EVENT_PERSON, "STLS3-CERT", "NONE-SUCH", FAULT_UNKNOWN_QUALIFICATION,
     "/data/holds/2/qualification"},
    {EVENT_PERSON, "maths", "alchemy", FAULT_UNKNOWN_QUALIFICATION, "/data/holds/0/subject"},
    {EVENT_PERSON, "\"STL19\"", "\"STL0\"", FAULT_UNKNOWN_COMPETENCE, "/data/duties/0/competence"},
    {EVENT_PERSON, "\"STL3\"", "\"STL0\"", FAULT_UNKNOWN_COMPETENCE, "/data/helps/0/for/0"},
    {EVENT_PERSON, "buddy", "pal", FAULT_UNKNOWN_CODE, "/data/helps/0/as"},
    {EVENT_ACHIEVEMENT, "TDA 2.2", "TDA 9.9", FAULT_UNKNOWN_UNIT, "/data/unit"},
    {EVENT_PREFERENCE, "HLTA", "KING", FAULT_UNKNOWN_ROLE, "/data/wishes/0/role"},
    {EVENT_SCHOOL, "\"PS\"", "\"??\"", FAULT_UNKNOWN_CODE, "/data/phase"},
    {EVENT_SCHOOL, "\"midday\":9", "\"midnight\":9", FAULT_UNKNOWN_CODE, "/data/roster/midnight"},
    {EVENT_SCHOOL, "[\"midday\"]", "[\"midnight\"]", FAULT_UNKNOWN_CODE,
     "/data/training_plan/families/0"},
    {EVENT_PRIORITY, "behaviour", "golf", FAULT_UNKNOWN_CODE, "/data/priority"},
    {EVENT_PROVISION, "unit.TDA-2.2", "unit.TDA-9.9", FAULT_UNKNOWN_DEVELOPMENT,
     "/data/development"},
    {EVENT_PROVISION, "\"midday\"", "\"midnight\"", FAULT_UNKNOWN_CODE, "/data/for/1"},
    {EVENT_PROVISION, "dfe-free", "school", FAULT_UNKNOWN_CODE, "/data/fund"},
    {EVENT_RESPONSE, "shadowing.STL19", "shadowing.STL0", FAULT_UNKNOWN_DEVELOPMENT,
     "/data/recommendation"},
    {EVENT_RESPONSE, "no-cover", "no-wish", FAULT_UNKNOWN_CODE, "/data/barrier"},
    {EVENT_RESPONSE, "\"confidence\"", "\"riches\"", FAULT_UNKNOWN_CODE, "/data/impact/0"},
    {EVENT_AGREEMENT, "\"release\"", "\"weather\"", FAULT_UNKNOWN_CODE, "/data/terms/0/check"},
    {EVENT_AGREEMENT, "\"payer\":\"school\"", "\"payer\":\"levy\"", FAULT_UNKNOWN_CODE,
     "/data/terms/0/payer"},
    {EVENT_AGREEMENT, "\"level\":2", "\"level\":7", FAULT_OUT_OF_RANGE, "/data/success/level"},
};

static void unknown_names(void **state) {
  (void)state;
  for (size_t i = 0; i < ARRAY_LEN(unknowns); i++) {
    struct arena a = {0};
    const struct unknown_row *row = &unknowns[i];
    const char *sample = event_samples[row->kind], *at = strstr(sample, row->from);
    assert_non_null(at);
    struct event *e = parse(
        &a,
        arena_printf(&a, "%.*s%s%s", (int)(at - sample), sample, row->to, at + strlen(row->from)),
        &sample_limit);
    no_faults(e);
    event_resolve(e, &a, catalogue);
    if (e->faults.n != 1 || e->faults.faults[0].code != row->code ||
        strcmp(e->faults.faults[0].pointer, row->pointer) != 0) {
      struct buf said = {0};
      for (uint32_t k = 0; k < e->faults.n; k++)
        fault_json(&said, &e->faults.faults[k]);
      fail_msg("%s: %s", row->pointer, buf_cstr(&said));
    }
    arena_finish(&a);
  }
}

static void near_miss(void **state) {
  (void)state;
  struct arena a = {0};
  struct event *e = parse(
      &a,
      "{" ENVELOPE
      ",\"data\":{\"date\":\"2026-03-02\",\"ratings\":[{\"competence\":\"stl3\",\"level\":3}]}}",
      &sample_limit);
  event_resolve(e, &a, catalogue);
  assert_int_equal(e->faults.n, 1);
  assert_non_null(strstr(e->faults.faults[0].message, "STL@2007/STL3"));
  arena_finish(&a);
}

static void misspelt(void **state) {
  (void)state;
  static const struct {
    const char *given, *hint; /* hint NULL: none, and what was given is named */
  } rows[] = {{"TASSS", "'TASS'"}, {"TSSA", NULL}, {"TASZ", "'TASS'"}, {"NOTHING-LIKE-IT", NULL}};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct arena a = {0};
    const char *sample = event_samples[EVENT_PERSON], *at = strstr(sample, "TASS");
    struct event *e = parse(
        &a, arena_printf(&a, "%.*s%s%s", (int)(at - sample), sample, rows[i].given, at + 4),
        &sample_limit);
    event_resolve(e, &a, catalogue);
    assert_int_equal(e->faults.n, 1);
    const char *message = e->faults.faults[0].message;
    if (strstr(message, rows[i].hint ? rows[i].hint : rows[i].given) == NULL)
      fail_msg("%s: %s", rows[i].given, message);
    arena_finish(&a);
  }
}

/* The fault of form is not said twice by the look-up. */
static void repeated_once(void **state) {
  (void)state;
  struct arena a = {0};
  struct event *e = parse(&a,
                          "{" ENVELOPE
                          ",\"data\":{\"date\":\"2026-03-02\",\"ratings\":[{\"competence\":"
                          "\"STL3\",\"level\":3},{\"competence\":\"STL3\","
                          "\"level\":2}]}}",
                          &sample_limit);
  assert_int_equal(e->faults.n, 1);
  event_resolve(e, &a, catalogue);
  assert_int_equal(e->faults.n, 1);
  arena_finish(&a);
}

static void copies(void **state) {
  (void)state;
  for (int i = 0; i < EVENT_KINDS; i++) {
    struct arena a = {0};
    char *body = mem_strdup(event_samples[i]);
    struct event *e = parse(&a, body, &sample_limit);
    event_resolve(e, &a, catalogue);
    struct buf first = {0}, second = {0};
    event_encode(e, &first);
    struct hash128 content = e->content;
    struct event *copy = event_keep(e);
    memset(body, 'x', strlen(body));
    free(body);
    arena_finish(&a);
    event_encode(copy, &second);
    assert_string_equal(buf_cstr(&first), buf_cstr(&second));
    assert_true(hash128_eq(copy->content, content));
    assert_int_equal(copy->faults.n, 0);
    struct event *third = event_keep(copy);
    free(copy);
    buf_reset(&second);
    event_encode(third, &second);
    assert_string_equal(buf_cstr(&first), buf_cstr(&second));
    free(third);
    buf_finish(&first);
    buf_finish(&second);
  }
}

/* Neither time nor size limits hold for the journal: its events are longer than they were sent. */
static void journal_has_no_limits(void **state) {
  (void)state;
  struct arena a = {0};
  struct buf b = {0};
  buf_puts(&b,
           "{" ENVELOPE
           ",\"data\":{\"date\":\"2026-03-02\",\"ratings\":[{\"competence\":\"K\",\"level\":1}");
  for (int i = 0; i < 3000; i++)
    buf_printf(&b, ",{\"competence\":\"LONG-FRAMEWORK@2007/K%d\",\"level\":1}", i);
  buf_puts(&b, "]}}");
  no_faults(parse(&a, buf_cstr(&b), NULL));
  struct instant before = {1772465399, 0}, at = {1772465400, 0};
  assert_int_equal(parse(&a, REVIEW, &before)->faults.n, 1);
  assert_int_equal(parse(&a, REVIEW, &at)->faults.n, 0);
  buf_finish(&b);
  arena_finish(&a);
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
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(round_trip),
      cmocka_unit_test(as_sent),
      cmocka_unit_test(duplicates),
      cmocka_unit_test(not_twins),
      cmocka_unit_test(content_in_a_batch),
      cmocka_unit_test(maps_in_any_order),
      cmocka_unit_test(identities),
      cmocka_unit_test(defaults),
      cmocka_unit_test(resolved),
      cmocka_unit_test(one_spelling),
      cmocka_unit_test(unknown_names),
      cmocka_unit_test(near_miss),
      cmocka_unit_test(misspelt),
      cmocka_unit_test(repeated_once),
      cmocka_unit_test(copies),
      cmocka_unit_test(journal_has_no_limits),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
