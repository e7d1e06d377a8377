/* event: every fault of form, with its code and place. Each row changes one good event in one
 * place. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event_samples.h"

/* `text` with the first `from` replaced; caller frees. */
static char *changed(const char *text, const char *from, const char *to) {
  const char *at = strstr(text, from);
  if (at == NULL)
    fail_msg("no %s in %s", from, text);
  char *s = mem_alloc(strlen(text) + strlen(to) + 1);
  memcpy(s, text, (size_t)(at - text));
  strcat(s, to);
  strcat(s, at + strlen(from));
  return s;
}

static void fault_is(const char *body, enum fault_code code, const char *pointer) {
  struct arena a = {0};
  struct events es;
  struct fault f;
  assert_int_equal(events_parse(&a, body, strlen(body), &sample_limit, sample_key, &es, &f), 0);
  assert_int_equal(es.n, 1);
  const struct faults *v = &es.items[0].faults;
  bool as_wanted = pointer == NULL && v->n == 0;
  if (!as_wanted && (pointer == NULL || v->n != 1 || v->faults[0].code != code ||
                     strcmp(v->faults[0].pointer, pointer) != 0)) {
    struct buf said = {0};
    for (uint32_t i = 0; i < v->n; i++)
      fault_json(&said, &v->faults[i]);
    fail_msg("wanted %s at '%s', got %u: %s\n%s", fault_codes[code],
             pointer != NULL ? pointer : "(no fault)", v->n, buf_cstr(&said), body);
  }
  arena_finish(&a);
}

#define SIXTY "123456789012345678901234567890123456789012345678901234567890"
#define GOOD 0, NULL
#define CE FAULT_NOT_CLOUDEVENT
#define RANGE FAULT_OUT_OF_RANGE
#define TYPE FAULT_WRONG_TYPE
#define UNKNOWN FAULT_UNKNOWN_MEMBER
#define TWICE FAULT_NOT_JSON

static const struct row {
  enum event_kind kind;
  const char *from, *to;
  enum fault_code code;
  const char *pointer;
} rows[] = {
    /* the envelope */
    {EVENT_ERASE, "\"1.0\"", "\"0.3\"", CE, "/specversion"},
    {EVENT_ERASE, "\"1.0\"", "1.0", CE, "/specversion"},
    {EVENT_ERASE, "\"specversion\":\"1.0\",", "", CE, "/specversion"},
    {EVENT_ERASE, "\"id\":\"era-1\",", "", CE, "/id"},
    {EVENT_ERASE, "\"era-1\"", "\"\"", CE, "/id"},
    {EVENT_ERASE, "\"era-1\"", "null", CE, "/id"},
    {EVENT_ERASE, "\"era-1\"", "\"a\\nb\"", CE, "/id"},
    {EVENT_ERASE, "\"era-1\"", "\"a\\u0000\"", CE, "/id"},
    {EVENT_ERASE, "hr/8889901", "hr\xc2\x85", CE, "/source"},
    {EVENT_ERASE, "\"source\":\"hr/8889901\",", "", CE, "/source"},
    {EVENT_ERASE, "\"type\":\"needs.person.erase.v1\",", "", CE, "/type"},
    {EVENT_ERASE, "\"needs.person.erase.v1\"", "5", CE, "/type"},
    {EVENT_ERASE, "needs.person.erase.v1", "needs.person.erase.v2", FAULT_UNKNOWN_TYPE, "/type"},
    {EVENT_ERASE, "\"time\":\"2026-03-02T15:30:00Z\",", "", FAULT_MISSING, "/time"},
    {EVENT_ERASE, "2026-03-02T15:30:00Z", "2026-03-02", RANGE, "/time"},
    {EVENT_ERASE, "2026-03-02T15:30:00Z", "2150-03-02T15:30:00Z", RANGE, "/time"},
    {EVENT_ERASE, "\"2026-03-02T15:30:00Z\"", "7", TYPE, "/time"},
    {EVENT_ERASE, "\"authority\":\"888\",", "", FAULT_MISSING, "/authority"},
    {EVENT_ERASE, "\"888\"", "888", TYPE, "/authority"},
    {EVENT_ERASE, "\"888\"", "\"-\"", RANGE, "/authority"},
    {EVENT_ERASE, "\"888\"", "\"8/8\"", RANGE, "/authority"},
    {EVENT_ERASE, "\"school\":\"8889901\",", "", FAULT_MISSING, "/school"},
    {EVENT_ERASE, "\"school\":\"8889901\"", "\"school\":\"-\"", RANGE, "/school"},
    {EVENT_SCHOOL, "\"school\":\"8889901\"", "\"school\":\"-\"", RANGE, "/school"},
    {EVENT_ERASE, "\"subject\":\"p-0193\",", "", FAULT_MISSING, "/subject"},
    {EVENT_ERASE, "\"p-0193\"", "null", FAULT_MISSING, "/subject"},
    {EVENT_SCHOOL, "\"data\"", "\"subject\":null,\"supersedes\":null,\"data\"", GOOD},
    {EVENT_ERASE, "15:30:00Z", "15:30:00.123456789Z", GOOD},
    {EVENT_ERASE, "15:30:00Z", "15:30:00.1234567890Z", RANGE, "/time"},
    {EVENT_ERASE, "\"p-0193\"", "\"J Smith\"", RANGE, "/subject"},
    {EVENT_SCHOOL, "\"data\"", "\"subject\":\"p-1\",\"data\"", UNKNOWN, "/subject"},
    {EVENT_PRIORITY, "\"data\"", "\"subject\":\"p-1\",\"data\"", UNKNOWN, "/subject"},
    {EVENT_PROVISION, "\"data\"", "\"subject\":\"p-1\",\"data\"", UNKNOWN, "/subject"},
    {EVENT_WITHDRAWN, "\"data\"", "\"subject\":\"p-1\",\"data\"", UNKNOWN, "/subject"},
    {EVENT_PERSON, "\"p-0\"", "7", TYPE, "/supersedes"},
    {EVENT_ERASE, "\"data\":{\"date\":\"2026-09-01\"}", "\"supersedes\":\"x\"", FAULT_MISSING,
     "/data"},
    {EVENT_ERASE, "{\"date\":\"2026-09-01\"}", "[]", TYPE, "/data"},
    {EVENT_ERASE, "\"data\"", "\"surname\":\"x\",\"data\"", UNKNOWN, "/surname"},
    {EVENT_ERASE, "\"data\"", "\"a/b~c\":\"x\",\"data\"", UNKNOWN, "/a~1b~0c"},
    {EVENT_ERASE, "\"data\"", "\"date\\u0000\":\"x\",\"data\"", UNKNOWN, "/date\\u0000"},
    /* every kind of value */
    {EVENT_ERASE, "2026-09-01", "2026-02-30", RANGE, "/data/date"},
    {EVENT_ERASE, "2026-09-01", "20260901", RANGE, "/data/date"},
    {EVENT_ERASE, "\"2026-09-01\"", "20260901", TYPE, "/data/date"},
    {EVENT_ERASE, "{\"date\":\"2026-09-01\"}", "{}", FAULT_MISSING, "/data/date"},
    {EVENT_ERASE, "{\"date\":\"2026-09-01\"}", "{\"date\":\"2026-09-01\",\"why\":null}", UNKNOWN,
     "/data/why"},
    {EVENT_LEFT, "moved", "away", RANGE, "/data/reason"},
    {EVENT_LEFT, "\"moved\"", "true", TYPE, "/data/reason"},
    {EVENT_RESTRICTED, "true", "\"true\"", TYPE, "/data/restricted"},
    {EVENT_RESTRICTED, "true", "1", TYPE, "/data/restricted"},
    {EVENT_RESTRICTED, "true", "null", TYPE, "/data/restricted"},
    {EVENT_APPRAISAL, "\"level\":2", "\"level\":8", RANGE, "/data/ratings/0/level"},
    {EVENT_APPRAISAL, "\"level\":2", "\"level\":-1", RANGE, "/data/ratings/0/level"},
    {EVENT_APPRAISAL, "\"level\":2", "\"level\":2.5", TYPE, "/data/ratings/0/level"},
    {EVENT_APPRAISAL, "\"level\":2", "\"level\":1e99", RANGE, "/data/ratings/0/level"},
    {EVENT_APPRAISAL, "\"level\":2", "\"level\":\"2\"", TYPE, "/data/ratings/0/level"},
    {EVENT_APPRAISAL, "\"level\":2,", "", FAULT_MISSING, "/data/ratings/0/level"},
    {EVENT_APPRAISAL, "80", "101", RANGE, "/data/ratings/0/certainty"},
    {EVENT_APPRAISAL, "\"confidence\":1", "\"confidence\":5", RANGE, "/data/ratings/1/confidence"},
    {EVENT_APPRAISAL, "\"nature\":\"skill\"", "\"nature\":\"Skill\"", RANGE,
     "/data/ratings/1/nature"},
    {EVENT_APPRAISAL, "\"STL3\"", "\" STL3\"", RANGE, "/data/ratings/0/competence"},
    {EVENT_APPRAISAL, "\"STL3\"", "\"STL\xc3\xa9\"", RANGE, "/data/ratings/0/competence"},
    {EVENT_APPRAISAL, "\"STL3\"", "null", TYPE, "/data/ratings/0/competence"},
    {EVENT_APPRAISAL, "\"m-004\"", "\"\"", RANGE, "/data/by"},
    {EVENT_APPRAISAL, "\"duties\":[]", "\"duties\":{}", TYPE, "/data/duties"},
    {EVENT_APPRAISAL, "\"duties\":[]", "\"duties\":[[]]", TYPE, "/data/duties/0"},
    {EVENT_ASSESSMENT, "\"evidence\":\"observer\",", "", FAULT_MISSING, "/data/evidence"},
    {EVENT_PERSON, "\"to\":\"2027-08-31\"", "\"to\":\"2024-08-31\"", RANGE, "/data/roles/0/to"},
    {EVENT_PERSON, "[\"08:45\",\"15:15\"]", "[\"08:45\",\"24:01\"]", RANGE,
     "/data/roles/0/works/mon/0/1"},
    {EVENT_PERSON, "[\"08:45\",\"15:15\"]", "[\"08:45\",\"08:44\"]", RANGE,
     "/data/roles/0/works/mon/0/1"},
    {EVENT_PERSON, "[\"08:45\",\"15:15\"]", "[\"08:45\"]", RANGE, "/data/roles/0/works/mon/0"},
    {EVENT_PERSON, "[\"08:45\",\"15:15\"]", "[[[]],\"15:15\"]", TYPE,
     "/data/roles/0/works/mon/0/0"},
    {EVENT_PERSON, "[\"08:45\",\"15:15\"]", "{}", TYPE, "/data/roles/0/works/mon/0"},
    {EVENT_PERSON, "\"sun\":[]", "\"day\":[]", UNKNOWN, "/data/roles/0/works/day"},
    {EVENT_PERSON, "\"unit\":\"TDA 2.2\",", "", FAULT_MISSING, "/data/holds/1/unit"},
    {EVENT_PERSON, "\"unit\":\"TDA 2.2\",", "\"unit\":\"TDA 2.2\",\"qualification\":\"X\",", RANGE,
     "/data/holds/1/qualification"},
    {EVENT_PERSON, "\"level\":2,", "", FAULT_MISSING, "/data/holds/0/level"},
    {EVENT_PERSON, "\"capacity\":1", "\"capacity\":1001", RANGE, "/data/helps/0/capacity"},
    {EVENT_PERSON, "\"to\":\"2026-02-01\"", "\"to\":\"2026-01-31\"", RANGE, "/data/away/0/to"},
    {EVENT_PERSON, "Teaching assistant", "Teaching\\u0007assistant", RANGE, "/data/title"},
    {EVENT_PERSON, "Teaching assistant", "Teaching\\u2028assistant", RANGE, "/data/title"},
    {EVENT_PERSON, "Teaching assistant", "Teaching\\u202eassistant", RANGE, "/data/title"},
    {EVENT_PERSON, "Teaching assistant", "Teaching\\u2066assistant", RANGE, "/data/title"},
    {EVENT_PERSON, "Teaching assistant", "Teaching assistant " SIXTY "1", GOOD},
    {EVENT_PERSON, "Teaching assistant", "Teaching assistant " SIXTY "12", RANGE, "/data/title"},
    {EVENT_ACHIEVEMENT, "Coll", SIXTY "123456789012345678", RANGE, "/data/provider"},
    {EVENT_PROVISION, "Authority training", "Authority\\ntraining", RANGE, "/data/provider"},
    {EVENT_PROVISION, "Northgate Centre", "Northgate\\nCentre", RANGE, "/data/sessions/0/place"},
    {EVENT_PROVISION, "Northgate Centre", SIXTY "123456789012345678901", RANGE,
     "/data/sessions/0/place"},
    /* ids and words, where a name or a note could be put otherwise */
    {EVENT_APPRAISAL, "m-004", "Joan Example", RANGE, "/data/by"},
    {EVENT_APPRAISAL, "m-004", "-", GOOD},
    {EVENT_ASSESSMENT, "o-12", "o@example.org", RANGE, "/data/by"},
    {EVENT_ASSESSMENT, "o-12", SIXTY "12345", RANGE, "/data/by"},
    {EVENT_RESPONSE, "o-12", "her manager", RANGE, "/data/on_behalf"},
    {EVENT_AGREEMENT, "m-004", "Joan Example", RANGE, "/data/agreed_by"},
    {EVENT_AGREEMENT, "m-004", "-", RANGE, "/data/agreed_by"},
    {EVENT_PREFERENCE, "in-person", "not with Joan", RANGE, "/data/formats/0"},
    {EVENT_PREFERENCE, "morning", "after her dialysis", RANGE, "/data/times/0"},
    {EVENT_SCHOOL, "C-NORTH", "C NORTH", RANGE, "/data/clusters/0"},
    {EVENT_PROVISION, "in-person", "in person", RANGE, "/data/mode"},
    {EVENT_PROVISION, "\"open_to\":\"all\"", "\"open_to\":\"all of us\"", RANGE, "/data/open_to"},
    {EVENT_PREFERENCE, "{\"role\":\"HLTA\"}", "{}", FAULT_MISSING, "/data/wishes/0/role"},
    {EVENT_PREFERENCE, "{\"role\":\"HLTA\"}", "{\"role\":\"HLTA\",\"competence\":\"STL1\"}", RANGE,
     "/data/wishes/0/competence"},
    {EVENT_ACHIEVEMENT, "\"unit\":\"TDA 2.2\",", "", FAULT_MISSING, "/data/unit"},
    {EVENT_SCHOOL, "\"midday\":9", "\"midday\":-9", RANGE, "/data/roster/midday"},
    {EVENT_SCHOOL, "\"midday\":9", "\"midday\":\"9\"", TYPE, "/data/roster/midday"},
    {EVENT_SCHOOL, "\"midday\":9", "\"mid\\u0000day\":9", RANGE, "/data/roster/mid\\u0000day"},
    {EVENT_SCHOOL, "{\"learning-support\":18,\"midday\":9}", "[]", TYPE, "/data/roster"},
    {EVENT_SCHOOL, "\"rate\":1450,", "", FAULT_MISSING, "/data/cover/learning-support/rate"},
    {EVENT_SCHOOL, "{\"rate\":1450,\"available\":true}", "1450", TYPE,
     "/data/cover/learning-support"},
    {EVENT_SCHOOL, "\"end\":\"15:30\"", "\"end\":\"08:30\"", RANGE, "/data/inset/0/end"},
    {EVENT_PRIORITY, "\"weight\":4", "\"weight\":6", RANGE, "/data/competences/0/weight"},
    {EVENT_PRIORITY, "\"to\":\"2026-12-31\"", "\"to\":\"2025-12-31\"", RANGE, "/data/to"},
    /* an expiry before its date would never count */
    {EVENT_APPRAISAL, "\"date\":\"2026-03-02\"", "\"date\":\"2199-12-31\"", RANGE,
     "/data/ratings/1/expires"},
    {EVENT_APPRAISAL, "2027-03-02", "2026-03-01", RANGE, "/data/ratings/1/expires"},
    {EVENT_APPRAISAL, "2027-03-02", "2026-03-02", GOOD},
    {EVENT_ASSESSMENT, "\"level\":2", "\"level\":2,\"expires\":\"2026-04-13\"", RANGE,
     "/data/ratings/0/expires"},
    {EVENT_ACHIEVEMENT, "2029-05-20", "2026-05-19", RANGE, "/data/expires"},
    {EVENT_ACHIEVEMENT, "2029-05-20", "2026-05-20", GOOD},
    {EVENT_PERSON, "2030-01-01", "2020-02-28", RANGE, "/data/holds/1/expires"},
    {EVENT_PROVISION, "OF-012", "OF 012", RANGE, "/data/offer"},
    {EVENT_PROVISION, "\"travel\":500", "\"travel\":-1", RANGE, "/data/cost/travel"},
    {EVENT_RESPONSE, "shadowing.STL19", "shadowing/STL19", RANGE, "/data/recommendation"},
    {EVENT_RESPONSE, "\"impact\"", "\"development\":{},\"impact\"", UNKNOWN, "/data/development"},
    {EVENT_RESPONSE, "\"useful\":3,", "", FAULT_MISSING, "/data/feedback/useful"},
    {EVENT_AGREEMENT, "to-agree", "agreed", RANGE, "/data/terms/0/status"},
    {EVENT_WITHDRAWN, "[\"rev-1\",\"obs-1\"]", "[]", RANGE, "/data/of"},
    /* repeated */
    {EVENT_WITHDRAWN, "\"obs-1\"", "\"rev-1\"", FAULT_REPEATED, "/data/of/1"},
    {EVENT_APPRAISAL, "\"STL19\",\"level\":1,\"evidence\":\"self\"",
     "\"STL3\",\"level\":1,\"evidence\":\"manager\"", FAULT_REPEATED, "/data/ratings/1"},
    {EVENT_ASSESSMENT, "\"STL3\",\"level\":3,\"evidence\":\"test\"",
     "\"STL19\",\"level\":3,\"evidence\":\"observer\"", FAULT_REPEATED, "/data/ratings/1"},
    {EVENT_PERSON, "{\"qualification\":\"STLS3-CERT\",\"date\":\"2021-07-01\"}",
     "{\"unit\":\"TDA 2.2\",\"date\":\"2020-02-29\"}", FAULT_REPEATED, "/data/holds/2"},
    /* not JSON, for this event alone */
    {EVENT_ERASE, "\"data\"", "\"id\":\"x\",\"data\"", TWICE, "/id"},
    {EVENT_ERASE, "{\"date\":\"2026-09-01\"}", "{\"date\":\"2026-09-01\",\"date\":\"2026-09-01\"}",
     TWICE, "/data/date"},
    {EVENT_ERASE, "{\"date\":\"2026-09-01\"}", "{\"x\":[{\"y\":1,\"y\":{}}]}", TWICE,
     "/data/x/0/y"},
    {EVENT_ERASE, "\"era-1\"", "\"\\ud800\"", TWICE, "/id"},
    {EVENT_ERASE, "{\"date\":",
     "{\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],\"date\":", TWICE,
     "/data/x/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0"},
};

/* What an earlier version took and this one refuses is read from the journal all the same. */
static void journal_is_not_judged_again(void **state) {
  (void)state;
  static const struct {
    enum event_kind kind;
    const char *from, *to;
  } taken[] = {
      {EVENT_APPRAISAL, "2027-03-02", "2020-03-01"},
      {EVENT_ACHIEVEMENT, "2029-05-20", "2020-05-19"},
      {EVENT_PERSON, "2030-01-01", "2019-02-28"},
      {EVENT_AGREEMENT, "\"terms\":[", "\"terms\":[{\"check\":\"release\",\"status\":\"met\"},"},
      {EVENT_PERSON, "\"roles\":[{\"role\"",
       "\"roles\":[{\"role\":\"TASS\",\"from\":\"2024-09-01\",\"main\":true},{\"role\":\"MIDS\","
       "\"from\":\"2024-09-01\","
       "\"main\":true},{\"role\""}};
  for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
    struct arena a = {0};
    struct events es;
    struct fault f;
    char *body = changed(event_samples[taken[i].kind], taken[i].from, taken[i].to);

    assert_int_equal(events_parse(&a, body, strlen(body), NULL, NULL, &es, &f), 0);
    assert_int_equal(es.items[0].faults.n, 0);
    free(body);
    arena_finish(&a);
  }
}

/* What is only shown escaped is taken as ever, as the schemas say. */
static void what_does_not_print_may_be_sent(void **state) {
  (void)state;
  static const char *const marks[] = {"\xe2\x80\x8b", "\xe2\x80\x8d", "\xe2\x80\x8e",
                                      "\xe2\x81\xa0", "\xef\xbb\xbf", "\xd8\x9c"};
  for (size_t i = 0; i < 2 * ARRAY_LEN(marks); i++) {
    struct arena a = {0};
    struct events es;
    struct fault f;
    char title[32];
    bool journaled = i % 2 == 0;
    snprintf(title, sizeof(title), "Teaching %s", marks[i / 2]);
    char *body = changed(event_samples[EVENT_PERSON], "Teaching ", title);

    assert_int_equal(events_parse(&a, body, strlen(body), journaled ? NULL : &sample_limit,
                                  journaled ? NULL : sample_key, &es, &f),
                     0);
    assert_int_equal(es.items[0].faults.n, 0);
    free(body);
    arena_finish(&a);
  }
}

static struct event parsed(struct arena *a, const char *body) {
  struct events es;
  struct fault f;
  assert_int_equal(events_parse(a, body, strlen(body), &sample_limit, sample_key, &es, &f), 0);
  assert_int_equal(es.items[0].faults.n, 0);
  return es.items[0];
}

/* Content is the instant in milliseconds; what version 0.3.0 hashed can be told again in any
 * spelling. */
static void time_however_spelled(void **state) {
  (void)state;
  static const struct {
    const char *time;
    bool same;
  } spelled[] = {{"2026-03-02T15:30:00Z", true},           {"2026-03-02t15:30:00z", true},
                 {"2026-03-02T15:30:00.000Z", true},       {"2026-03-02T16:30:00+01:00", true},
                 {"2026-03-02T15:30:00-00:00", true},      {"2026-03-03T00:30:00.0+09:00", true},
                 {"2026-03-02T15:30:00.000999Z", true},    {"2026-03-02T15:30:00.001Z", false},
                 {"2026-03-02T15:30:01Z", false},          {"2026-03-02T15:30:00+01:00", false},
                 {"2026-03-02T15:29:59.999999999Z", false}};
  struct arena a = {0};
  struct event first = parsed(&a, event_samples[EVENT_LEFT]);

  for (size_t i = 0; i < ARRAY_LEN(spelled); i++) {
    char *body = changed(event_samples[EVENT_LEFT], "2026-03-02T15:30:00Z", spelled[i].time);
    struct event e = parsed(&a, body);
    struct buf before = {0};

    if (hash128_eq(e.content, first.content) != spelled[i].same)
      fail_msg("%s", spelled[i].time);
    event_encode(&e, &before); /* of a type without defaults, this is what 0.3.0 hashed */
    struct hash128 old = hash128_of(sample_key, before.data, before.len);
    assert_true(hash128_eq(old, event_content_spelled(&e, sample_key, spelled[i].time)));
    assert_int_equal(hash128_eq(old, event_content_spelled(&first, sample_key, spelled[i].time)),
                     1);
    buf_finish(&before);
    free(body);
  }
  arena_finish(&a);
}

static void samples_are_good(void **state) {
  (void)state;
  for (int i = 0; i < EVENT_KINDS; i++) {
    struct arena a = {0};
    struct events es;
    struct fault f;
    assert_int_equal(events_parse(&a, event_samples[i], strlen(event_samples[i]), &sample_limit,
                                  sample_key, &es, &f),
                     0);
    assert_int_equal(es.n, 1);
    if (es.items[0].faults.n > 0)
      fail_msg("%s: %s", es.items[0].faults.faults[0].pointer,
               es.items[0].faults.faults[0].message);
    assert_int_equal(es.items[0].type->kind, i);
    assert_false(es.was_array);
    arena_finish(&a);
  }
}

static void each_fault(void **state) {
  (void)state;
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    char *body = changed(event_samples[rows[i].kind], rows[i].from, rows[i].to);
    fault_is(body, rows[i].code, rows[i].pointer);
    free(body);
  }
}

static void lengths(void **state) {
  (void)state;
  static const struct {
    const char *from, *pointer;
    size_t max;
    enum fault_code code;
  } limits[] = {{"era-1", "/id", 128, CE},
                {"hr/8889901", "/source", 256, CE},
                {"888\"", "/authority", 64, RANGE},
                {"p-0193", "/subject", 64, RANGE}};
  for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
    char text[300] = {0};
    memset(text, 'x', limits[i].max + 1);
    if (i == 2)
      text[limits[i].max + 1] = '"';
    char *body = changed(event_samples[EVENT_ERASE], limits[i].from, text);
    fault_is(body, limits[i].code, limits[i].pointer);
    free(body);
    body = changed(event_samples[EVENT_ERASE], limits[i].from, text + 1);
    struct arena a = {0};
    struct events es;
    struct fault f;
    assert_int_equal(events_parse(&a, body, strlen(body), &sample_limit, NULL, &es, &f), 0);
    assert_int_equal(es.items[0].faults.n, 0);
    arena_finish(&a);
    free(body);
  }
}

/* Nothing stops at the first fault. */
static void all_at_once(void **state) {
  (void)state;
  const char *body = "{\"specversion\":\"1.0\",\"id\":\"x\",\"type\":\"needs.appraisal.recorded."
                     "v1\",\"time\":\"soon\","
                     "\"authority\":\"888\",\"school\":5,"
                     "\"name\":\"x\",\"data\":{\"ratings\":[{\"level\":9,\"competence\":\"A\"},7,{"
                     "\"competence\":\"B\",\"level\":"
                     "1,\"note\":0}],\"by\":1}}";
  static const struct {
    enum fault_code code;
    const char *pointer;
  } want[] = {{RANGE, "/time"},
              {TYPE, "/school"},
              {UNKNOWN, "/name"},
              {CE, "/source"},
              {FAULT_MISSING, "/subject"},
              {RANGE, "/data/ratings/0/level"},
              {TYPE, "/data/ratings/1"},
              {UNKNOWN, "/data/ratings/2/note"},
              {TYPE, "/data/by"},
              {FAULT_MISSING, "/data/date"}};
  struct arena a = {0};
  struct events es;
  struct fault f;
  assert_int_equal(events_parse(&a, body, strlen(body), &sample_limit, sample_key, &es, &f), 0);
  const struct faults *v = &es.items[0].faults;
  assert_int_equal(v->n, ARRAY_LEN(want));
  for (size_t i = 0; i < ARRAY_LEN(want); i++) {
    assert_int_equal(v->faults[i].code, want[i].code);
    assert_string_equal(v->faults[i].pointer, want[i].pointer);
    assert_true(strlen(v->faults[i].message) > 10);
  }
  arena_finish(&a);
}

static void more_faults(void **state) {
  (void)state;
  for (int n = 64; n <= 66; n++) {
    struct buf b = {0};
    buf_puts(&b, "[" HEAD("e", "person.erase", "s") PERSON "\"data\":{\"date\":\"2026-01-01\"");
    for (int i = 0; i < n; i++)
      buf_printf(&b, ",\"k%d\":0", i);
    buf_printf(&b, "}},%s]", event_samples[EVENT_LEFT]);
    struct arena a = {0};
    struct events es;
    struct fault f;
    assert_int_equal(events_parse(&a, (char *)b.data, b.len, &sample_limit, sample_key, &es, &f),
                     0);
    const struct faults *v = &es.items[0].faults;
    assert_int_equal(v->n, n > 64 ? 65 : 64);
    assert_int_equal(v->cut, n > 64);
    assert_int_equal(v->faults[v->n - 1].code, n > 64 ? FAULT_MORE_FAULTS : UNKNOWN);
    assert_string_equal(v->faults[63].pointer, "/data/k63");
    assert_int_equal(es.items[1].faults.n, 0);
    arena_finish(&a);
    buf_finish(&b);
  }
}

static void cut_verdict(void **state) {
  (void)state;
  struct arena a = {0};
  struct faults v = {0};
  for (int i = 0; i < 200; i++)
    faults_add(&v, &a, FAULT_MISSING, "/x", "fault %d", i);
  assert_int_equal(v.n, FAULTS_MAX + 1);
  assert_string_equal(v.faults[63].message, "fault 63");
  assert_int_equal(v.faults[64].code, FAULT_MORE_FAULTS);
  arena_finish(&a);
}

/* What could not be read is not taken for the same slot. */
static void unread_slots(void **state) {
  (void)state;
  const char *body = HEAD("p", "person.recorded", "s") PERSON
      "\"data\":{\"roles\":[],\"holds\":[{\"unit\":1,\"date\":\"2026-01-01\"},{\"unit\":2,"
      "\"date\":\"2026-01-01\"}]}}";
  struct arena a = {0};
  struct events es;
  struct fault f;
  assert_int_equal(events_parse(&a, body, strlen(body), &sample_limit, sample_key, &es, &f), 0);
  const struct faults *v = &es.items[0].faults;
  assert_int_equal(v->n, 2);
  assert_string_equal(v->faults[0].pointer, "/data/holds/0/unit");
  assert_string_equal(v->faults[1].pointer, "/data/holds/1/unit");
  arena_finish(&a);
}

static void body_fault_is(const char *body, size_t len, enum fault_code code, int64_t offset) {
  struct arena a = {0};
  struct events es;
  struct fault f = {0};
  assert_int_equal(events_parse(&a, body, len, &sample_limit, sample_key, &es, &f), -EINVAL);
  if (f.code != code || f.offset != offset)
    fail_msg("%s at %ld: %s", fault_codes[f.code], (long)f.offset, f.message);
  assert_string_equal(f.pointer, "");
  arena_finish(&a);
}

static void bodies(void **state) {
  (void)state;
  body_fault_is("", 0, FAULT_NOT_JSON, 0);
  body_fault_is("  ", 2, FAULT_NOT_JSON, 2);
  body_fault_is("{\"a\":}", 6, FAULT_NOT_JSON, 5);
  body_fault_is("{\"a\":\"\xff\"}", 8, FAULT_NOT_JSON, 6);
  body_fault_is("{\"a\":1} {}", 10, FAULT_NOT_JSON, 8);
  body_fault_is("[{}", 3, FAULT_NOT_JSON, 3);
  body_fault_is("7", 1, FAULT_NOT_CLOUDEVENT, -1);
  body_fault_is("\"x\"", 3, FAULT_NOT_CLOUDEVENT, -1);
  body_fault_is("null", 4, FAULT_NOT_CLOUDEVENT, -1);
  struct buf b = {0};
  buf_puts(&b, "[1");
  for (int i = 1; i < 1001; i++)
    buf_puts(&b, ",1");
  buf_puts(&b, "]");
  body_fault_is((char *)b.data, b.len, FAULT_TOO_LARGE, -1);
  buf_reset(&b);
  buf_printf(&b, "[%*s]", 1024 * 1024, "");
  body_fault_is((char *)b.data, b.len, FAULT_TOO_LARGE, -1);
  buf_finish(&b);
}

/* One bad event never spoils its neighbours. */
static void neighbours(void **state) {
  (void)state;
  struct buf b = {0};
  buf_printf(&b,
             "[%s,{\"id\":\"big\",\"data\":{\"x\":\"%*s\"}},7,{},%s,[],{\"id\":\"twice\",\"a\":1,"
             "\"a\":2},%s]",
             event_samples[EVENT_PERSON], 65536, "", event_samples[EVENT_SCHOOL],
             event_samples[EVENT_PROVISION]);
  struct arena a = {0};
  struct events es;
  struct fault f;
  assert_int_equal(events_parse(&a, (char *)b.data, b.len, &sample_limit, sample_key, &es, &f), 0);
  assert_true(es.was_array);
  assert_int_equal(es.n, 8);
  static const int first[] = {-1, FAULT_TOO_LARGE, CE, CE, -1, CE, TWICE, -1};
  for (int i = 0; i < 8; i++) {
    assert_int_equal(es.items[i].faults.n > 0 ? (int)es.items[i].faults.faults[0].code : -1,
                     first[i]);
    if (first[i] == FAULT_TOO_LARGE || first[i] == CE)
      assert_null(es.items[i].id);
  }
  assert_string_equal(es.items[6].id, "twice");
  assert_string_equal(es.items[7].id, "of-1");
  buf_reset(&b);
  buf_puts(&b, "[]");
  assert_int_equal(events_parse(&a, "[]", 2, &sample_limit, sample_key, &es, &f), 0);
  assert_int_equal(es.n, 0);
  arena_finish(&a);
  buf_finish(&b);
}

/* Exactly 64 KiB is an event; one byte more is not. */
static void largest(void **state) {
  (void)state;
  for (int over = 0; over < 2; over++) {
    struct buf b = {0};
    const char *head = HEAD("e", "person.erase", "s") PERSON
        "\"data\":{\"date\":\"2026-01-01\"},\"dataschema\":\"";
    buf_printf(&b, " %s%*s\"} ", head, EVENT_MAX_BYTES - (int)strlen(head) - 2 + over, "");
    struct arena a = {0};
    struct events es;
    struct fault f;
    assert_int_equal(events_parse(&a, (char *)b.data, b.len, &sample_limit, sample_key, &es, &f),
                     0);
    assert_int_equal(es.items[0].faults.n, over);
    if (over)
      assert_int_equal(es.items[0].faults.faults[0].code, FAULT_TOO_LARGE);
    arena_finish(&a);
    buf_finish(&b);
  }
}

/* Long lists: the same answer by sorting as by comparing. */
static void many_slots(void **state) {
  (void)state;
  struct buf b = {0};
  buf_puts(&b, HEAD("r", "appraisal.recorded", "s") PERSON
           "\"data\":{\"date\":\"2026-01-01\",\"ratings\":[{\"competence\":\"K50\",\"level\":1}");
  for (int i = 0; i < 100; i++)
    buf_printf(&b, ",{\"competence\":\"K%d\",\"level\":1}", i);
  buf_puts(&b, "]}}");
  fault_is(buf_cstr(&b), FAULT_REPEATED, "/data/ratings/51");
  buf_reset(&b);
  buf_puts(&b, HEAD("r", "record.withdrawn", "s") "\"data\":{\"reason\":\"typo\",\"of\":[\"x\"");
  for (int i = 0; i < 1000; i++)
    buf_printf(&b, ",\"K%d\"", i);
  buf_puts(&b, "]}}");
  fault_is(buf_cstr(&b), RANGE, "/data/of");
  buf_finish(&b);
}

int main(void) {
  if (hash_init() != 0)
    return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(journal_is_not_judged_again),
      cmocka_unit_test(what_does_not_print_may_be_sent),
      cmocka_unit_test(time_however_spelled),
      cmocka_unit_test(samples_are_good),
      cmocka_unit_test(each_fault),
      cmocka_unit_test(lengths),
      cmocka_unit_test(all_at_once),
      cmocka_unit_test(more_faults),
      cmocka_unit_test(bodies),
      cmocka_unit_test(neighbours),
      cmocka_unit_test(largest),
      cmocka_unit_test(many_slots),
      cmocka_unit_test(cut_verdict),
      cmocka_unit_test(unread_slots),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
