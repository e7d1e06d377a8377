/* subject - the person of a test: events as a school would send them, judged, folded and weighed by the code that serves, so that
 * a test stands on the same road as the real thing. Where a test gives `needs`, these take the place of what the profile and the
 * ratings would have made; `colleagues` stand for what a school's board says about helpers. */
#include "trial/test.h"

#include <stdio.h>
#include <string.h>

#include "rules/names.h"

#define SINCE "2000-01-01" /* the post's beginning, and the date of what is held, when a test does not say */
#define RATED_MONTHS_AGO 3
#define REQUIRED_USUAL 2

struct making {
  struct subject *s;
  const struct test *test;
  const struct catalogue *catalogue;
  struct arena *a;
  struct fault_list *faults;
  uint32_t n_events;
  char day[DATE_TEXT], rated[DATE_TEXT];
};

#define FAULT(m, member, ...) test_fault((m)->faults, (m)->test, (member), __VA_ARGS__)

/* --- reading the tree --- */

static const struct json *member(const struct making *m, const char *name) { return json_member(m->test->body, name); }

static const char *text_of(const struct json *v) { return v != NULL && v->kind == JSON_STRING ? v->text : NULL; }

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
      if (v->kind == JSON_OBJECT) json_key(b, v->items[i].key);
      put_tree(b, &v->items[i]);
    }
    json_close(b, v->kind == JSON_ARRAY ? ']' : '}');
  }
}

static void put_member(struct buf *b, const char *name, const struct json *v) {
  if (v == NULL) return;
  json_key(b, name);
  put_tree(b, v);
}

static void put_text(struct buf *b, const char *name, const char *text) {
  json_key(b, name);
  json_str(b, text);
}

/* Lua has one empty table for a list and for an object. */
static bool is_list(const struct json *v) { return v->kind == JSON_ARRAY || (v->kind == JSON_OBJECT && v->n == 0); }

/* --- events --- */

/* The member that a pointer of the event is about: the last of its names that stands in the test as well. */
static const char *member_at(const struct making *m, const char *pointer, const char *usual) {
  char *rest = arena_strndup(m->a, pointer, strlen(pointer));
  const char *found = usual;
  for (char *part; (part = strsep(&rest, "/")) != NULL;)
    if (*part && member(m, part) != NULL) found = part;
  return found;
}

static void tell_faults(struct making *m, const struct verdict *v, const char *usual) {
  for (uint32_t i = 0; i < v->n; i++) {
    const char *last = strrchr(v->faults[i].pointer, '/'), *at = member_at(m, v->faults[i].pointer, usual);
    const char *name = last != NULL ? last + 1 : "";
    bool says_more = strspn(name, "0123456789") != strlen(name) && strcmp(name, at) != 0 && strcmp(name, "data") != 0;
    FAULT(m, at, "%s%s%s", says_more ? name : "", says_more ? ": " : "", v->faults[i].message);
  }
}

static void fold(struct making *m, const struct event *e) {
  struct event *kept = event_keep(e);
  people_apply(&m->s->people, kept, ++m->s->people.position, NULL, NULL);
}

/* `data` is what a school would send; `usual` is the member that it comes from. */
static void add_event(struct making *m, enum event_kind kind, const struct buf *data, const char *usual) {
  struct buf b = {0};
  struct events events;
  struct fault whole = {0};
  json_open(&b, '{');
  put_text(&b, "specversion", "1.0");
  put_text(&b, "id", arena_printf(m->a, "e-%u", ++m->n_events));
  put_text(&b, "source", "test");
  put_text(&b, "type", event_types[kind].name);
  put_text(&b, "time", arena_printf(m->a, "%sT12:00:00Z", m->day));
  put_text(&b, "authority", "test");
  put_text(&b, "school", "1");
  if (event_types[kind].has_subject) put_text(&b, "subject", "p");
  json_key(&b, "data");
  json_raw(&b, data->data, data->len);
  json_close(&b, '}');
  if (events_parse(m->a, buf_cstr(&b), b.len, NULL, m->s->people.key, &events, &whole) < 0) {
    FAULT(m, usual, "%s", whole.message);
  } else {
    event_resolve(&events.items[0], m->a, m->catalogue);
    tell_faults(m, &events.items[0].verdict, usual);
    if (events.items[0].verdict.n == 0) fold(m, &events.items[0]);
  }
  buf_finish(&b);
}

/* --- the person --- */

static void put_post(const struct making *m, struct buf *b, const struct json *role, bool main) {
  static const char *const of_main[] = {"minutes", "weeks", "contract", "term_time", "employer", "works"};
  const char *started = text_of(member(m, "started"));
  bool table = role->kind == JSON_OBJECT;
  json_open(b, '{');
  if (!table) put_member(b, "role", role);
  for (uint32_t i = 0; table && i < role->n; i++) put_member(b, role->items[i].key, &role->items[i]);
  if (!table || json_member(role, "from") == NULL) put_text(b, "from", started != NULL ? started : SINCE);
  for (size_t i = 0; main && i < ARRAY_LEN(of_main); i++)
    if (!table || json_member(role, of_main[i]) == NULL) put_member(b, of_main[i], member(m, of_main[i]));
  if (main && (!table || json_member(role, "main") == NULL)) {
    json_key(b, "main");
    json_bool(b, true);
  }
  json_close(b, '}');
}

static void put_posts(const struct making *m, struct buf *b) {
  const struct json *roles = member(m, "roles"), *role = member(m, "role");
  json_key(b, "roles");
  json_open(b, '[');
  if (role != NULL) put_post(m, b, role, true);
  for (uint32_t i = 0; roles != NULL && is_list(roles) && i < roles->n; i++)
    put_post(m, b, &roles->items[i], role == NULL && i == 0);
  if (roles != NULL && !is_list(roles)) put_post(m, b, roles, role == NULL);
  json_close(b, ']');
}

/* A code alone, "maths@2" or "STLS2-CERT": what kind of thing it is, the catalogue knows. */
static void put_held_code(const struct making *m, struct buf *b, const char *what) {
  const char *at = strrchr(what, '@');
  if (catalogue_unit(m->catalogue, what) != NULL) return put_text(b, "unit", what);
  if (at == NULL) return put_text(b, "qualification", what);
  put_text(b, "subject", arena_strndup(m->a, what, (size_t)(at - what)));
  json_key(b, "level");
  json_int(b, atoi(at + 1));
}

static void put_held(const struct making *m, struct buf *b, const struct json *v) {
  const struct json *what = v->kind == JSON_OBJECT ? json_member(v, "1") : v;
  json_open(b, '{');
  if (text_of(what) != NULL) put_held_code(m, b, what->text);
  for (uint32_t i = 0; v->kind == JSON_OBJECT && i < v->n; i++)
    if (&v->items[i] != what) put_member(b, v->items[i].key, &v->items[i]);
  if (v->kind != JSON_OBJECT || json_member(v, "date") == NULL) put_text(b, "date", SINCE);
  json_close(b, '}');
}

static void put_duty(const struct making *m, struct buf *b, const struct json *v) {
  (void)m;
  const struct json *what = v->kind == JSON_OBJECT ? json_member(v, "1") : v;
  json_open(b, '{');
  if (what != NULL) put_member(b, "competence", what);
  for (uint32_t i = 0; v->kind == JSON_OBJECT && i < v->n; i++)
    if (&v->items[i] != what) put_member(b, v->items[i].key, &v->items[i]);
  if (v->kind != JSON_OBJECT || json_member(v, "from") == NULL) put_text(b, "from", SINCE);
  json_close(b, '}');
}

/* A member that is a list, or one thing instead of a list of one. */
static void put_each(const struct making *m, struct buf *b, const char *name,
                     void (*put)(const struct making *, struct buf *, const struct json *)) {
  const struct json *v = member(m, name);
  if (v == NULL) return;
  json_key(b, name);
  json_open(b, '[');
  for (uint32_t i = 0; is_list(v) && i < v->n; i++) put(m, b, &v->items[i]);
  if (!is_list(v)) put(m, b, v);
  json_close(b, ']');
}

static void add_person(struct making *m) {
  struct buf b = {0};
  if (member(m, "role") == NULL && member(m, "roles") == NULL)
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
    if (table) put_member(&b, of_event[i], json_member(v, of_event[i]));
  if (!table || json_member(v, "date") == NULL) put_text(&b, "date", m->rated);
  if (!table || json_member(v, "evidence") == NULL) put_text(&b, "evidence", "manager");
  json_key(&b, "ratings");
  json_open(&b, '[');
  json_open(&b, '{');
  put_text(&b, "competence", code);
  if (!table) put_member(&b, "level", v);
  for (uint32_t i = 0; table && i < v->n; i++) {
    bool other = true;
    for (size_t k = 0; k < ARRAY_LEN(of_event); k++) other = other && strcmp(v->items[i].key, of_event[k]) != 0;
    if (other) put_member(&b, v->items[i].key, &v->items[i]);
  }
  json_close(&b, '}');
  json_close(&b, ']');
  json_close(&b, '}');
  add_event(m, EVENT_ASSESSMENT, &b, "ratings");
  buf_finish(&b);
}

/* { STL18 = 1, STL1 = { level = 2, evidence = "observer" }, STL3 = { { level = 1 }, { level = 2 } } }, or a sheet's list. */
static void add_ratings(struct making *m) {
  const struct json *all = member(m, "ratings");
  if (all == NULL) return;
  if (all->kind != JSON_OBJECT && all->kind != JSON_ARRAY) return FAULT(m, "ratings", "is a table such as { STL18 = 1 }");
  for (uint32_t i = 0; i < all->n; i++) {
    const struct json *v = &all->items[i];
    const struct json *code = all->kind == JSON_ARRAY && v->kind == JSON_OBJECT ? json_member(v, "1") : NULL;
    if (all->kind == JSON_ARRAY && code == NULL)
      FAULT(m, "ratings", "a rating has the competence for its name, as in { STL18 = 1 }");
    else if (code != NULL)
      add_rating(m, code->text, json_member(v, "rating"));
    else if (v->kind == JSON_ARRAY)
      for (uint32_t k = 0; k < v->n; k++) add_rating(m, v->key, &v->items[k]);
    else
      add_rating(m, v->key, v);
  }
}

/* --- preference and school --- */

/* { qualification = "X", role = { "A", "B" } }, or a list of such. */
static void put_wishes(struct buf *b, const struct json *v) {
  if (v->kind == JSON_ARRAY) {
    for (uint32_t i = 0; i < v->n; i++) put_wishes(b, &v->items[i]);
    return;
  }
  for (uint32_t i = 0; v->kind == JSON_OBJECT && i < v->n; i++) {
    const struct json *codes = &v->items[i];
    uint32_t n = codes->kind == JSON_ARRAY ? codes->n : 1;
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
  if (wishes != NULL) {
    json_key(&b, "wishes");
    json_open(&b, '[');
    put_wishes(&b, wishes);
    json_close(&b, ']');
  }
  for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
    any = any || member(m, plain[i]) != NULL;
    put_member(&b, plain[i], member(m, plain[i]));
  }
  put_text(&b, "share_with", "manager");
  json_close(&b, '}');
  if (any) add_event(m, EVENT_PREFERENCE, &b, "wishes");
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
  for (int i = 1; i <= (int)n; i++) json_str(b, arena_printf(m->a, "c-%d", i));
  json_close(b, ']');
}

static void add_school(struct making *m) {
  const struct json *school = member(m, "school");
  struct buf b = {0};
  if (school == NULL || school->n == 0) return;
  if (school->kind != JSON_OBJECT) return FAULT(m, "school", "is a table such as { phase = \"primary\", clusters = 1 }");
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

/* --- needs, at the level of facts --- */

struct reading {
  struct making *m;
  const struct json *from; /* the need */
  const char *in;          /* the test's member */
};

static int32_t whole_in(const struct reading *r, const char *name, int32_t usual, int32_t most) {
  const struct json *v = json_member(r->from, name);
  int64_t n;
  if (v == NULL) return usual;
  if (v->kind == JSON_NUMBER && json_whole(v->text, v->len, &n) == WHOLE_OK && n >= 0 && n <= most) return (int32_t)n;
  FAULT(r->m, r->in, "%s is a whole number from 0 to %d", name, most);
  return usual;
}

static int32_t date_in(const struct reading *r, const char *name, int32_t usual) {
  const struct json *v = json_member(r->from, name);
  int32_t day;
  if (v == NULL) return usual;
  if (text_of(v) != NULL && date_parse(v->text, v->len, &day)) return day;
  FAULT(r->m, r->in, "%s is a date such as \"2026-03-01\"", name);
  return usual;
}

static int word_at(const struct making *m, const char *in, const char *what, const struct json *v, const char *const *words,
                   int n) {
  const char *word = text_of(v);
  struct nearest near = nearest_to(word != NULL ? word : "");
  for (int i = 0; i < n; i++) {
    if (word != NULL && strcmp(words[i], word) == 0) return i;
    nearest_try(&near, words[i]);
  }
  struct buf all = {0};
  for (int i = 0; i < n; i++) buf_printf(&all, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " or ", words[i]);
  const char *best = nearest_best(&near);
  if (word != NULL && best != NULL)
    FAULT(m, in, "%s: there is no '%s'; did you mean '%s'?", what, word, best);
  else
    FAULT(m, in, "%s is %s", what, buf_cstr(&all));
  buf_finish(&all);
  return -1;
}

static uint8_t word_in(const struct reading *r, const char *name, uint8_t usual, const char *const *words, int n) {
  const struct json *v = json_member(r->from, name);
  int i = v != NULL ? word_at(r->m, r->in, name, v, words, n) : -1;
  return i >= 0 ? (uint8_t)i : usual;
}

/* A kind of helper, or a list of them. */
static uint8_t helper_bits(const struct making *m, const char *in, const struct json *v) {
  uint8_t bits = 0;
  bool list = v != NULL && is_list(v);
  for (uint32_t i = 0; v != NULL && i < (list ? v->n : 1); i++) {
    int kind = word_at(m, in, "a helper", list ? &v->items[i] : v, helper_words, HELPER_KINDS);
    if (kind >= 0) bits |= (uint8_t)(1u << kind);
  }
  return bits;
}

static bool flag_in(const struct reading *r, const char *name) {
  const struct json *v = json_member(r->from, name);
  if (v != NULL && v->kind != JSON_BOOL) FAULT(r->m, r->in, "%s is true or false", name);
  return v != NULL && v->kind == JSON_BOOL && v->boolean;
}

static const char *evidence_in(const struct reading *r, const char *usual) {
  const struct json *v = json_member(r->from, "evidence");
  const struct evidence_kind *kind = text_of(v) != NULL ? catalogue_evidence(r->m->catalogue, v->text) : NULL;
  if (v != NULL && kind == NULL)
    FAULT(r->m, r->in, "evidence is a kind that the catalogue knows, such as \"manager\" or \"observer\"");
  return kind != NULL ? kind->kind : usual;
}

static const char *post_in(const struct reading *r) {
  const struct json *v = json_member(r->from, "post");
  const struct facts *f = &r->m->s->facts;
  const struct role *role = text_of(v) != NULL ? catalogue_role(r->m->catalogue, v->text) : NULL;
  if (v != NULL && role == NULL) FAULT(r->m, r->in, "post is the code of a role, such as \"TASS\"");
  return role != NULL ? role->code : f->n_roles > 0 ? f->roles[0] : NULL;
}

static void check_need_members(const struct reading *r) {
  static const char *const names[] = {"1",       "current",    "required", "importance", "purpose", "from",     "lapsed", "rated",
                                      "confirm", "confidence", "nature",   "weight",     "helpers", "evidence", "post"};
  for (uint32_t i = 0; i < r->from->n; i++) {
    const char *key = r->from->items[i].key;
    struct nearest near = nearest_to(key);
    bool known = false;
    for (size_t k = 0; k < ARRAY_LEN(names); k++) {
      known = known || strcmp(names[k], key) == 0;
      nearest_try(&near, names[k]);
    }
    const char *best = nearest_best(&near);
    if (!known && best != NULL)
      FAULT(r->m, r->in, "a need has no member '%s'; did you mean '%s'?", key, best);
    else if (!known)
      FAULT(r->m, r->in, "a need has no member '%s'", key);
  }
}

static struct need read_need(const struct reading *r, const struct competence *c) {
  static const char *const natures[] = {"skill", "knowledge", "both", "unknown"};
  int32_t most = c->framework != NULL ? c->framework->n_levels - 1 : 7, rated;
  date_parse(r->m->rated, strlen(r->m->rated), &rated);
  struct need n = {.competence = c->index,
                   .current = whole_in(r, "current", ABSENT, most),
                   .required = whole_in(r, "required", REQUIRED_USUAL, most),
                   .weight = whole_in(r, "weight", 3, 5),
                   .confidence = whole_in(r, "confidence", ABSENT, 4),
                   .rated_on = ABSENT,
                   .lapsed_on = date_in(r, "lapsed", ABSENT),
                   .importance = word_in(r, "importance", IMPORTANCE_ESSENTIAL, importance_words, 3),
                   .purpose = word_in(r, "purpose", PURPOSE_ROLE, purpose_words, 3),
                   .nature = word_in(r, "nature", NATURE_UNKNOWN, natures, 4),
                   .from = word_in(r, "from", FROM_REVIEW, need_from_words, NEED_FROM_COUNT),
                   .confirm = flag_in(r, "confirm"),
                   .helpers = helper_bits(r->m, r->in, json_member(r->from, "helpers")),
                   .post = post_in(r)};
  n.gap = n.current == ABSENT ? n.required : n.required > n.current ? n.required - n.current : 0;
  if (n.current == ABSENT) return n;
  n.rated_on = date_in(r, "rated", rated);
  n.evidence = evidence_in(r, n.confirm ? "certificate" : "manager");
  return n;
}

/* By competence, as rules find them. False when it is there already. */
static bool place_need(struct facts *f, struct need n) {
  uint32_t at = f->n_needs;
  for (uint32_t i = 0; i < f->n_needs; i++)
    if (f->needs[i].competence == n.competence) return false;
  for (; at > 0 && f->needs[at - 1].competence > n.competence; at--) f->needs[at] = f->needs[at - 1];
  f->needs[at] = n;
  f->n_needs++;
  return true;
}

/* "STL18", { "STL18" } or { "STL18", current = 1 } */
static const struct json *code_of_need(const struct json *v) {
  if (v->kind == JSON_OBJECT) return json_member(v, "1");
  return v->kind == JSON_ARRAY && v->n == 1 ? &v->items[0] : v;
}

static void take_need(struct making *m, const struct json *v) {
  const struct json *code = code_of_need(v);
  const struct json blank = {.kind = JSON_OBJECT};
  const struct competence *c = text_of(code) != NULL ? catalogue_competence(m->catalogue, code->text) : NULL;
  struct reading r = {m, v->kind == JSON_OBJECT ? v : &blank, "needs"};
  uint64_t budget = 100000;
  if (text_of(code) == NULL)
    return FAULT(m, "needs", "a need begins with its competence: { \"STL18\", current = 1, required = 2 }");
  const char *near = c == NULL ? catalogue_nearest(m->catalogue, DOMAIN_COMPETENCE, code->text, &budget) : NULL;
  if (near != NULL) return FAULT(m, "needs", "unknown competence '%s'; did you mean '%s'?", code->text, near);
  if (c == NULL) return FAULT(m, "needs", "unknown competence '%s'", code->text);
  check_need_members(&r);
  if (!place_need(&m->s->facts, read_need(&r, c))) FAULT(m, "needs", "competence '%s' is there twice", code->text);
}

static void take_needs(struct making *m) {
  const struct json *all = member(m, "needs");
  if (all == NULL) return;
  if (member(m, "ratings") != NULL)
    FAULT(m, "needs", "stands beside 'ratings'; a test gives ratings, from which needs follow, or the needs themselves");
  if (!is_list(all)) return FAULT(m, "needs", "is a list: { { \"STL18\", current = 1 } }");
  m->s->facts.n_needs = 0;
  m->s->facts.needs = arena_alloc(m->a, ((size_t)all->n + 1) * sizeof *m->s->facts.needs);
  for (uint32_t i = 0; i < all->n; i++) take_need(m, &all->items[i]);
}

/* A list of kinds, for every need; or { STL18 = { "coach" } }. */
static void take_colleagues(struct making *m) {
  const struct json *v = member(m, "colleagues");
  struct facts *f = &m->s->facts;
  if (v == NULL) return;
  bool each = v->kind == JSON_OBJECT && v->n > 0;
  uint8_t bits = each ? 0 : helper_bits(m, "colleagues", v);
  for (uint32_t i = 0; i < f->n_needs; i++) f->needs[i].helpers |= bits;
  for (uint32_t k = 0; each && k < v->n; k++) {
    const struct competence *c = catalogue_competence(m->catalogue, v->items[k].key);
    if (c == NULL) FAULT(m, "colleagues", "unknown competence '%s'", v->items[k].key);
    bits = helper_bits(m, "colleagues", &v->items[k]);
    for (uint32_t i = 0; c != NULL && i < f->n_needs; i++)
      if (f->needs[i].competence == c->index) f->needs[i].helpers |= bits;
  }
}

/* --- the whole --- */

static void check_members(const struct making *m) {
  static const char *const names[] = {"role",        "roles",    "ratings", "needs",   "holds",     "duties", "colleagues",
                                      "employer",    "contract", "minutes", "weeks",   "term_time", "works",  "no_computer",
                                      "progression", "wishes",   "formats", "started", "school",    "day",    "expect"};
  for (uint32_t i = 0; i < m->test->body->n; i++) {
    const char *key = m->test->body->items[i].key;
    struct nearest near = nearest_to(key);
    bool known = false;
    for (size_t k = 0; k < ARRAY_LEN(names); k++) {
      known = known || strcmp(names[k], key) == 0;
      nearest_try(&near, names[k]);
    }
    const char *best = nearest_best(&near);
    if (!known && best != NULL)
      FAULT(m, key, "a test has no such member; did you mean '%s'?", best);
    else if (!known)
      FAULT(m, key, "a test has no such member");
  }
}

static void set_day(struct making *m) {
  const struct json *v = member(m, "day");
  date_parse(TEST_DAY, strlen(TEST_DAY), &m->s->day);
  if (v != NULL && (text_of(v) == NULL || !date_parse(v->text, v->len, &m->s->day)))
    FAULT(m, "day", "is a date such as \"2026-09-01\"");
  date_text(m->s->day, m->day);
  date_text(date_add_months(m->s->day, -RATED_MONTHS_AGO), m->rated);
}

bool subject_make(struct subject *s, const struct test *t, const struct catalogue *c, struct arena *a,
                  struct fault_list *faults) {
  static const unsigned char key[32] = {1};
  struct making m = {.s = s, .test = t, .catalogue = c, .a = a, .faults = faults};
  size_t before = faults->errors;
  int32_t wakes;
  *s = (struct subject){0};
  people_init(&s->people, key);
  if (t->body->kind != JSON_OBJECT) {
    test_fault(faults, t, NULL, "a test is a table with names, such as { role = \"TASS\" }");
    return false;
  }
  check_members(&m);
  set_day(&m);
  add_person(&m);
  add_ratings(&m);
  add_preference(&m);
  add_school(&m);
  s->person = people_person(&s->people, "test", "1", "p", false);
  if (faults->errors == before && !facts_of(s->person, c, s->day, a, &s->facts, &wakes))
    FAULT(&m, "roles", "names no role that recommendations are made for on %s", m.day);
  if (faults->errors > before) s->facts.n_needs = 0; /* not made; what follows only looks for more faults */
  take_needs(&m);
  take_colleagues(&m);
  return faults->errors == before;
}

void subject_finish(struct subject *s) { people_finish(&s->people); }
