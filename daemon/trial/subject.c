/* subject - makes the person of a test, or its school, from events as a school would send them.
 *
 * The daemon's own code checks and applies the events and works out the needs, so that a test
 * follows the same path as real data. needs.c reads what a test says directly about needs and
 * colleagues. */
#include "trial/test.h"

#include <stdio.h>
#include <string.h>

#include "needs/cohort.h"
#include "needs/offer_list.h"

#define SINCE                                                                                      \
  "2000-01-01" /* the post's beginning, and the date of what is held, when a test does not say */
#define PLACES_USUAL 20

struct making {
  struct subject *s;
  const struct test *test;
  const struct catalogue *catalogue;
  struct arena *a;
  struct fault_list *faults;
  uint32_t n_events;
  bool wide; /* the event is the whole authority's */
  char day[DATE_TEXT], rated[DATE_TEXT];
};

#define FAULT(m, member, ...) test_fault((m)->faults, (m)->test, (member), __VA_ARGS__)

/* --- reading the tree --- */

static const struct json *member(const struct making *m, const char *name) {
  return json_member(m->test->body, name);
}

static const char *text_of(const struct json *v) {
  if (v && v->kind == JSON_STRING)
    return v->text;
  return NULL;
}

static void put_tree(struct buf *b, const struct json *v) {
  switch (v->kind) {
  case JSON_NULL:
    return json_null(b);
  case JSON_BOOL:
    return json_bool(b, v->boolean);
  case JSON_NUMBER:
    return json_raw(b, v->text, v->len);
  case JSON_STRING:
    return json_strn(b, v->text, v->len);
  case JSON_ARRAY:
  case JSON_OBJECT:
    json_open(b, v->kind == JSON_ARRAY ? '[' : '{');
    for (uint32_t i = 0; i < v->n; i++) {
      if (v->kind == JSON_OBJECT)
        json_key(b, v->items[i].key);
      put_tree(b, &v->items[i]);
    }
    json_close(b, v->kind == JSON_ARRAY ? ']' : '}');
  }
}

static void put_member(struct buf *b, const char *name, const struct json *v) {
  if (!v)
    return;
  json_key(b, name);
  put_tree(b, v);
}

/* --- events --- */

/* The member that a pointer of the event is about: the last of its names that stands in the test as
 * well. */
static const char *member_at(const struct making *m, const char *pointer, const char *usual) {
  char *rest = arena_strndup(m->a, pointer, strlen(pointer));
  const char *found = usual;

  for (char *part; (part = strsep(&rest, "/"));)
    if (*part && member(m, part))
      found = part;

  return found;
}

static void tell_faults(struct making *m, const struct faults *v, const char *usual) {
  for (uint32_t i = 0; i < v->n; i++) {
    const char *last = strrchr(v->faults[i].pointer, '/'),
               *at = member_at(m, v->faults[i].pointer, usual);
    const char *name = "";

    if (last)
      name = last + 1;

    bool says_more = strspn(name, "0123456789") != strlen(name) && strcmp(name, at) != 0 &&
                     strcmp(name, "data") != 0;
    if (says_more)
      FAULT(m, at, "%s: %s", name, v->faults[i].message);
    else
      FAULT(m, at, "%s", v->faults[i].message);
  }
}

static void fold(struct making *m, const struct event *e) {
  struct event *kept = event_keep(e);
  people_apply(&m->s->people, kept, ++m->s->people.position, NULL, NULL);
}

/* `data` is what a school would send; `usual` is the member that it comes from. */
static void add_event(struct making *m, enum event_kind kind, const struct buf *data,
                      const char *usual) {
  struct buf b = {0};
  struct events events;
  struct fault whole = {0};

  json_open(&b, '{');
  key_str(&b, "specversion", "1.0");
  key_str(&b, "id", arena_printf(m->a, "e-%u", ++m->n_events));
  key_str(&b, "source", "test");
  key_str(&b, "type", event_types[kind].name);
  key_str(&b, "time", arena_printf(m->a, "%sT12:00:00Z", m->day));
  key_str(&b, "authority", "test");
  key_str(&b, "school", m->wide ? "-" : "1");
  if (event_types[kind].has_subject)
    key_str(&b, "subject", "p");

  json_key(&b, "data");
  json_raw(&b, data->data, data->len);
  json_close(&b, '}');

  if (events_parse(m->a, buf_cstr(&b), b.len, NULL, m->s->people.key, &events, &whole) < 0) {
    FAULT(m, usual, "%s", whole.message);
  } else {
    event_resolve(&events.items[0], m->a, m->catalogue);
    tell_faults(m, &events.items[0].faults, usual);
    if (events.items[0].faults.n == 0)
      fold(m, &events.items[0]);
  }

  buf_finish(&b);
}

/* --- the person --- */

static void put_post(const struct making *m, struct buf *b, const struct json *role, bool main) {
  static const char *const of_main[] = {"minutes",   "weeks",    "contract",
                                        "term_time", "employer", "works"};
  const char *started = text_of(member(m, "started"));
  bool table = role->kind == JSON_OBJECT;

  json_open(b, '{');
  if (!table)
    put_member(b, "role", role);
  for (uint32_t i = 0; table && i < role->n; i++)
    put_member(b, role->items[i].key, &role->items[i]);
  if (!table || !json_member(role, "from"))
    key_str(b, "from", started ? started : SINCE);
  for (size_t i = 0; main && i < ARRAY_LEN(of_main); i++)
    if (!table || !json_member(role, of_main[i]))
      put_member(b, of_main[i], member(m, of_main[i]));

  if (main && (!table || !json_member(role, "main"))) {
    json_key(b, "main");
    json_bool(b, true);
  }

  json_close(b, '}');
}

static void put_posts(const struct making *m, struct buf *b) {
  const struct json *roles = member(m, "roles"), *role = member(m, "role");
  json_key(b, "roles");
  json_open(b, '[');
  if (role)
    put_post(m, b, role, true);
  for (uint32_t i = 0; roles && test_is_list(roles) && i < roles->n; i++)
    put_post(m, b, &roles->items[i], !role && i == 0);
  if (roles && !test_is_list(roles))
    put_post(m, b, roles, !role);

  json_close(b, ']');
}

/* A code alone, "maths@2" or "STLS2-CERT": what kind of thing it is, the catalogue knows. */
static void put_held_code(const struct making *m, struct buf *b, const char *what) {
  const char *at = strrchr(what, '@');
  if (catalogue_unit(m->catalogue, what))
    return key_str(b, "unit", what);
  if (!at)
    return key_str(b, "qualification", what);

  bool whole = at[1] != '\0' && strlen(at + 1) <= 2 &&
               strspn(at + 1, "0123456789") == strlen(at + 1);
  if (!whole)
    FAULT(m, "holds", "'%s' has no level after its @; write a subject and a level, such as maths@2",
          what);

  key_str(b, "subject", arena_strndup(m->a, what, (size_t)(at - what)));
  json_key(b, "level");
  json_int(b, whole ? atoi(at + 1) : 1);
}

static void put_held(const struct making *m, struct buf *b, const struct json *v) {
  const struct json *what = v;
  if (v->kind == JSON_OBJECT)
    what = json_member(v, "1");

  json_open(b, '{');
  if (text_of(what))
    put_held_code(m, b, what->text);
  for (uint32_t i = 0; v->kind == JSON_OBJECT && i < v->n; i++)
    if (&v->items[i] != what)
      put_member(b, v->items[i].key, &v->items[i]);

  if (v->kind != JSON_OBJECT || !json_member(v, "date"))
    key_str(b, "date", SINCE);

  json_close(b, '}');
}

static void put_duty(const struct making *m, struct buf *b, const struct json *v) {
  (void)m;
  const struct json *what = v;
  if (v->kind == JSON_OBJECT)
    what = json_member(v, "1");

  json_open(b, '{');
  if (what)
    put_member(b, "competence", what);
  for (uint32_t i = 0; v->kind == JSON_OBJECT && i < v->n; i++)
    if (&v->items[i] != what)
      put_member(b, v->items[i].key, &v->items[i]);

  if (v->kind != JSON_OBJECT || !json_member(v, "from"))
    key_str(b, "from", SINCE);

  json_close(b, '}');
}

/* A member that is a list, or one thing instead of a list of one. */
static void put_each(const struct making *m, struct buf *b, const char *name,
                     void (*put)(const struct making *, struct buf *, const struct json *)) {
  const struct json *v = member(m, name);
  if (!v)
    return;

  json_key(b, name);
  json_open(b, '[');
  for (uint32_t i = 0; test_is_list(v) && i < v->n; i++)
    put(m, b, &v->items[i]);
  if (!test_is_list(v))
    put(m, b, v);

  json_close(b, ']');
}

static void add_person(struct making *m) {
  struct buf b = {0};
  if (!member(m, "role") && !member(m, "roles"))
    FAULT(m, "roles", "says nothing; every test names the person's role, such as TASS");

  json_open(&b, '{');
  put_posts(m, &b);
  put_member(&b, "started", member(m, "started"));
  put_each(m, &b, "holds", put_held);
  put_each(m, &b, "duties", put_duty);
  json_close(&b, '}');
  add_event(m, EVENT_PERSON, &b, "roles");
  buf_finish(&b);
}

/* --- ratings: an event each, since each has a date and a kind of evidence --- */

static void add_rating(struct making *m, const char *code, const struct json *v) {
  static const char *const of_event[] = {"date", "evidence", "by", "occasion"};
  struct buf b = {0};
  bool table = v->kind == JSON_OBJECT;

  json_open(&b, '{');
  for (size_t i = 0; i < ARRAY_LEN(of_event); i++)
    if (table)
      put_member(&b, of_event[i], json_member(v, of_event[i]));

  if (!table || !json_member(v, "date"))
    key_str(&b, "date", m->rated);
  if (!table || !json_member(v, "evidence"))
    key_str(&b, "evidence", "manager");

  json_key(&b, "ratings");
  json_open(&b, '[');
  json_open(&b, '{');
  key_str(&b, "competence", code);
  if (!table)
    put_member(&b, "level", v);
  for (uint32_t i = 0; table && i < v->n; i++) {
    bool other = true;
    for (size_t k = 0; k < ARRAY_LEN(of_event); k++)
      other = other && strcmp(v->items[i].key, of_event[k]) != 0;
    if (other)
      put_member(&b, v->items[i].key, &v->items[i]);
  }

  json_close(&b, '}');
  json_close(&b, ']');
  json_close(&b, '}');
  add_event(m, EVENT_ASSESSMENT, &b, "ratings");
  buf_finish(&b);
}

/* { STL18 = 1, STL1 = { level = 2, evidence = "observer" }, STL3 = { { level = 1 }, { level = 2 } }
 * }, or a sheet's list. */
static void add_ratings(struct making *m) {
  const struct json *all = member(m, "ratings");
  if (!all)
    return;
  if (all->kind != JSON_OBJECT && all->kind != JSON_ARRAY)
    return FAULT(m, "ratings", "is a table such as { STL18 = 1 }");

  for (uint32_t i = 0; i < all->n; i++) {
    const struct json *v = &all->items[i];
    bool listed = all->kind == JSON_ARRAY && v->kind == JSON_OBJECT;
    const char *code = NULL;

    if (listed)
      code = text_of(json_member(v, "1"));

    const struct json *rating = NULL;
    if (listed)
      rating = json_member(v, "rating");
    if (all->kind == JSON_ARRAY && (!code || !rating))
      FAULT(m, "ratings",
            "a rating has the competence for its name, as in { STL18 = 1 } or { STL18 = { level = "
            "1 } }");
    else if (code)
      add_rating(m, code, rating);
    else if (v->kind == JSON_ARRAY)
      for (uint32_t k = 0; k < v->n; k++)
        add_rating(m, v->key, &v->items[k]);
    else
      add_rating(m, v->key, v);
  }
}

/* --- preference and school --- */

/* { qualification = "X", role = { "A", "B" } }, or a list of such. */
static void put_wishes(const struct making *m, struct buf *b, const struct json *v) {
  if (v->kind == JSON_ARRAY) {
    for (uint32_t i = 0; i < v->n; i++)
      put_wishes(m, b, &v->items[i]);
    return;
  }
  if (v->kind != JSON_OBJECT)
    return FAULT(m, "wishes", "a wish says what it is and its code, such as { role = \"HLTA\" }");

  for (uint32_t i = 0; i < v->n; i++) {
    const struct json *codes = &v->items[i];
    uint32_t n = 1;

    if (codes->kind == JSON_ARRAY)
      n = codes->n;
    for (uint32_t k = 0; k < n; k++) {
      json_open(b, '{');
      put_member(b, codes->key, codes->kind == JSON_ARRAY ? &codes->items[k] : codes);
      json_close(b, '}');
    }
  }
}

static void add_preference(struct making *m) {
  static const char *const plain[] = {"formats", "progression", "no_computer"};
  const struct json *wishes = member(m, "wishes");
  bool any = wishes != NULL;
  struct buf b = {0};

  json_open(&b, '{');
  if (wishes) {
    json_key(&b, "wishes");
    json_open(&b, '[');
    put_wishes(m, &b, wishes);
    json_close(&b, ']');
  }

  for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
    any = any || member(m, plain[i]);
    put_member(&b, plain[i], member(m, plain[i]));
  }

  key_str(&b, "share_with", "manager");
  json_close(&b, '}');
  if (any)
    add_event(m, EVENT_PREFERENCE, &b, "wishes");

  buf_finish(&b);
}

static void put_clusters(struct making *m, struct buf *b, const struct json *v) {
  int64_t n = 0;
  if (v->kind != JSON_NUMBER || json_whole(v->text, v->len, &n) != WHOLE_OK || n < 0 || n > 100) {
    FAULT(m, "clusters", "is how many clusters the school belongs to, 0 to 100");
    return;
  }

  json_key(b, "clusters");
  json_open(b, '[');
  for (int i = 1; i <= (int)n; i++)
    json_str(b, arena_printf(m->a, "c-%d", i));

  json_close(b, ']');
}

static void add_school(struct making *m) {
  const struct json *school = member(m, "school");
  struct buf b = {0};

  if (!school || school->n == 0)
    return;
  if (school->kind != JSON_OBJECT)
    return FAULT(m, "school", "is a table such as { phase = \"primary\", clusters = 1 }");

  json_open(&b, '{');
  for (uint32_t i = 0; i < school->n; i++) {
    if (strcmp(school->items[i].key, "clusters") == 0)
      put_clusters(m, &b, &school->items[i]);
    else
      put_member(&b, school->items[i].key, &school->items[i]);
  }

  json_close(&b, '}');
  add_event(m, EVENT_SCHOOL, &b, "school");
  buf_finish(&b);
}

/* --- what can be booked --- */

static void put_whole(struct buf *b, const char *name, const struct json *given, int64_t usual) {
  json_key(b, name);
  if (given)
    put_tree(b, given);
  else
    json_int(b, usual);
}

static void put_cost(struct buf *b, const struct json *offer) {
  static const char *const others[] = {"registration", "materials", "travel"};
  json_key(b, "cost");
  json_open(b, '{');
  put_whole(b, "fee", json_member(offer, "fee"), 0);
  for (size_t i = 0; i < ARRAY_LEN(others); i++)
    put_whole(b, others[i], NULL, 0);

  json_close(b, '}');
}

/* Its first session and its last. */
static void put_sessions(struct buf *b, const struct json *offer) {
  static const char *const dates[] = {"first", "last"};
  json_key(b, "sessions");
  json_open(b, '[');

  for (size_t i = 0; i < ARRAY_LEN(dates); i++) {
    if (!json_member(offer, dates[i]))
      continue;

    json_open(b, '{');
    put_member(b, "date", json_member(offer, dates[i]));
    key_str(b, "start", "09:00");
    key_str(b, "end", "15:00");
    key_str(b, "place", "here");
    json_close(b, '}');
  }

  json_close(b, ']');
}

static void put_offer(struct making *m, struct buf *b, const struct json *offer, uint32_t number) {
  static const char *const plain[] = {"for", "mode", "open_to", "closed"};
  const struct json *id = json_member(offer, "id"), *provider = json_member(offer, "provider");
  const struct json *development = json_member(offer, "development");

  json_open(b, '{');
  if (id)
    put_member(b, "offer", id);
  else
    key_str(b, "offer", arena_printf(m->a, "offer-%u", number));

  put_member(b, "development", development ? development : json_member(offer, "1"));
  for (size_t i = 0; i < ARRAY_LEN(plain); i++)
    put_member(b, plain[i], json_member(offer, plain[i]));
  if (provider)
    put_member(b, "provider", provider);
  else
    key_str(b, "provider", "a provider");

  put_whole(b, "places", json_member(offer, "places"), PLACES_USUAL);
  put_cost(b, offer);
  put_sessions(b, offer);
  json_close(b, '}');
}

/* { development = "course.fire-marshal", fee = 4500, first = "2026-10-01" } */
static void add_offer(struct making *m, const struct json *offer, uint32_t number) {
  static const char *const names[] = {"1",     "development", "id",    "own",      "fee",
                                      "first", "last",        "for",   "provider", "places",
                                      "mode",  "open_to",     "closed"};
  const struct json *own = json_member(offer, "own");
  struct buf b = {0};

  test_check_names(m->faults, m->test, "offers", "an offer", offer, names, ARRAY_LEN(names));
  if (own && own->kind != JSON_BOOL)
    FAULT(m, "offers", "own is true or false");

  put_offer(m, &b, offer, number);
  m->wide = own && own->kind == JSON_BOOL && !own->boolean;
  add_event(m, EVENT_PROVISION, &b, "offers");
  m->wide = false;
  buf_finish(&b);
}

static void add_offers(struct making *m) {
  const struct json *all = member(m, "offers");
  for (uint32_t i = 0; all && i < all->n; i++) {
    if (!test_is_list(all) || all->items[i].kind != JSON_OBJECT)
      return FAULT(m, "offers",
                   "is a list: { { development = \"course.first-aid\", fee = 4500, first = "
                   "\"2026-10-01\" } }");
    add_offer(m, &all->items[i], i + 1);
  }
}

static void shelve(struct making *m, struct school *school) {
  if (school)
    school->offer_list = offer_list_create(school, m->catalogue, m->s->day);
}

/* --- the whole --- */

static void check_members(const struct making *m) {
  static const char *const of_person[] = {"role",     "roles",       "ratings",     "needs",
                                          "holds",    "duties",      "colleagues",  "employer",
                                          "contract", "minutes",     "weeks",       "term_time",
                                          "works",    "no_computer", "progression", "wishes",
                                          "formats",  "started",     "school",      "day",
                                          "offers",   "cohorts",     "effects",     "expect"},
                           *const of_school[] = {"cohorts", "colleagues", "school",
                                                 "day",     "effects",    "expect"};

  if (!member(m, "cohorts"))
    test_check_names(m->faults, m->test, NULL, "a test", m->test->body, of_person,
                     ARRAY_LEN(of_person));
  else
    test_check_names(m->faults, m->test, NULL, "a test of cohorts", m->test->body, of_school,
                     ARRAY_LEN(of_school));
}

static void set_day(struct making *m) {
  const struct json *v = member(m, "day");
  date_parse(TEST_DAY, strlen(TEST_DAY), &m->s->day);
  if (v && (!text_of(v) || !date_parse(v->text, v->len, &m->s->day)))
    FAULT(m, "day", "is a date such as \"2026-09-01\"");

  date_text(m->s->day, m->day);
  date_text(date_add_months(m->s->day, -TEST_RATED_MONTHS_AGO), m->rated);
}

static void make_person(struct making *m) {
  struct subject *s = m->s;
  size_t before = m->faults->errors;
  int32_t next_change_day;

  add_person(m);
  add_ratings(m);
  add_preference(m);
  add_offers(m);
  s->person = people_person(&s->people, "test", "1", "p", true);
  shelve(m, s->school);
  shelve(m, people_wide(s->school->authority));

  const struct facts_context context = facts_context_of(s->school, m->catalogue, s->day);
  if (m->faults->errors == before &&
      !facts_of(s->person, &context, m->a, &s->facts, &next_change_day))
    FAULT(m, "roles", "names no role that recommendations are made for on %s", m->day);
}

/* What the offer list has for needs that took the place of those of the profile. */
static void offer_again(const struct making *m) {
  struct facts *f = &m->s->facts;
  const struct facts_context context = facts_context_of(m->s->school, m->catalogue, m->s->day);
  int32_t next_change_day = INT32_MAX;

  f->n_offers = f->n_answers = 0;
  offer_list_fill(&context, m->a, f, &next_change_day);
}

bool subject_make(struct subject *s, const struct test *t, const struct catalogue *c,
                  struct arena *a, struct fault_list *faults) {
  static const unsigned char key[32] = {1};
  struct making m = {.s = s, .test = t, .catalogue = c, .a = a, .faults = faults};
  size_t before = faults->errors;

  *s = (struct subject){0};
  people_init(&s->people, key, NULL);
  if (t->body->kind != JSON_OBJECT) {
    test_fault(faults, t, NULL, "a test is a table with names, such as { role = \"TASS\" }");
    return false;
  }

  check_members(&m);
  set_day(&m);
  s->school = people_school(&s->people, "test", "1", true);
  add_school(&m);

  if (!member(&m, "cohorts")) {
    make_person(&m);
  } else {
    const struct facts_context context = facts_context_of(s->school, c, s->day);
    const struct tally_list tallies = tallies_of(s->school, a);
    cohort_facts(s->school, &context, &tallies, a, &s->facts);
  }

  /* not made; what follows only looks for more faults */
  if (faults->errors > before)
    s->facts.n_needs = 0;

  needs_take(&s->facts, t, c, s->day, a, faults);
  effects_take(&s->facts, t, c, a, faults);
  if (faults->errors == before && s->person && member(&m, "needs"))
    offer_again(&m);

  return faults->errors == before;
}

void subject_finish(struct subject *s) {
  struct school *wide = NULL;
  if (s->school)
    wide = people_wide(s->school->authority);
  if (s->school)
    offer_list_destroy(s->school->offer_list);
  if (wide)
    offer_list_destroy(wide->offer_list);

  people_finish(&s->people);
}
