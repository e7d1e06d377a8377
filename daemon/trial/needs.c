/* needs - reads the facts that a test gives directly: `needs`, `cohorts` and `colleagues`.
 *
 * `needs` replace the needs from the profile and the ratings. `cohorts` replace the counted needs
 * of a school. `colleagues` say who can help. See test.h. */
#include "trial/test.h"

#include <string.h>

#include "rules/names.h"

#define REQUIRED_USUAL 2
#define COHORT_MOST 100000

struct test_facts {
  struct facts *facts;
  const struct test *test;
  const struct catalogue *catalogue;
  struct arena *a;
  struct fault_list *faults;
  int32_t rated; /* when no date is given */
};
struct member_reading {
  const struct test_facts *m;
  const struct json *from; /* the need */
  const char *in;          /* the test's member */
};

#define FAULT(m, member, ...) test_fault((m)->faults, (m)->test, (member), __VA_ARGS__)

static const struct json *member(const struct test_facts *m, const char *name) {
  return json_member(m->test->body, name);
}

static const char *text_of(const struct json *v) {
  if (v && v->kind == JSON_STRING)
    return v->text;
  return NULL;
}

static int32_t whole_in(const struct member_reading *r, const char *name, int32_t usual,
                        int32_t most) {
  const struct json *v = json_member(r->from, name);
  int64_t n;

  if (!v)
    return usual;
  if (v->kind == JSON_NUMBER && json_whole(v->text, v->len, &n) == WHOLE_OK && n >= 0 && n <= most)
    return (int32_t)n;

  FAULT(r->m, r->in, "%s is a whole number from 0 to %d", name, most);

  return usual;
}

static int32_t date_in(const struct member_reading *r, const char *name, int32_t usual) {
  const struct json *v = json_member(r->from, name);
  int32_t day;

  if (!v)
    return usual;
  if (text_of(v) && date_parse(v->text, v->len, &day))
    return day;

  FAULT(r->m, r->in, "%s is a date such as \"2026-03-01\"", name);

  return usual;
}

static int word_at(const struct test_facts *m, const char *in, const char *what,
                   const struct json *v, const char *const *words, int n) {
  const char *word = text_of(v);
  struct nearest near = nearest_to(word ? word : "");

  for (int i = 0; i < n; i++) {
    if (word && strcmp(words[i], word) == 0)
      return i;
    nearest_try(&near, words[i]);
  }

  struct buf all = {0};
  for (int i = 0; i < n; i++) {
    if (i > 0)
      buf_puts(&all, i + 1 < n ? ", " : " or ");
    buf_puts(&all, words[i]);
  }

  const char *best = nearest_best(&near);
  if (word && best)
    FAULT(m, in, "%s: there is no '%s'; did you mean '%s'?", what, word, best);
  else
    FAULT(m, in, "%s is %s", what, buf_cstr(&all));

  buf_finish(&all);

  return -1;
}

static uint8_t word_in(const struct member_reading *r, const char *name, uint8_t usual,
                       const char *const *words, int n) {
  const struct json *v = json_member(r->from, name);
  int i = -1;

  if (v)
    i = word_at(r->m, r->in, name, v, words, n);

  if (i >= 0)
    return (uint8_t)i;
  return usual;
}

/* A kind of helper, or a list of them. */
static uint8_t helper_bits(const struct test_facts *m, const char *in, const struct json *v) {
  uint8_t bits = 0;
  bool list = v && test_is_list(v);
  for (uint32_t i = 0; v && i < (list ? v->n : 1); i++) {
    int kind = word_at(m, in, "a helper", list ? &v->items[i] : v, helper_words, HELPER_KINDS);
    if (kind >= 0)
      bits |= (uint8_t)(1u << kind);
  }

  return bits;
}

static bool flag_in(const struct member_reading *r, const char *name) {
  const struct json *v = json_member(r->from, name);
  if (v && v->kind != JSON_BOOL)
    FAULT(r->m, r->in, "%s is true or false", name);
  return v && v->kind == JSON_BOOL && v->boolean;
}

static const char *evidence_in(const struct member_reading *r, const char *usual) {
  const struct json *v = json_member(r->from, "evidence");
  const struct evidence_kind *kind = NULL;

  if (text_of(v))
    kind = catalogue_evidence(r->m->catalogue, v->text);
  if (v && !kind)
    FAULT(r->m, r->in,
          "evidence is a kind that the catalogue knows, such as \"manager\" or \"observer\"");

  if (kind)
    return kind->kind;
  return usual;
}

static const char *post_in(const struct member_reading *r) {
  const struct json *v = json_member(r->from, "post");
  const struct facts *f = r->m->facts;
  const struct role *role = NULL;

  if (text_of(v))
    role = catalogue_role(r->m->catalogue, v->text);
  if (v && !role)
    FAULT(r->m, r->in, "post is the code of a role, such as \"TASS\"");

  if (role)
    return role->code;
  if (f->n_roles > 0)
    return f->roles[0];

  return NULL;
}

static const char *priority_code_in(const struct member_reading *r) {
  const struct json *v = json_member(r->from, "priority_code");
  if (v && !json_member(r->from, "priority"))
    FAULT(r->m, r->in, "priority_code goes with priority, the weight from 1 to 5 that it gives");

  if (!v)
    return NULL;

  const char *code = NULL;
  if (text_of(v))
    code = catalogue_resolve(r->m->catalogue, DOMAIN_PRIORITY, v->text);
  if (!code)
    FAULT(r->m, r->in, "priority_code is the code of a priority that the catalogue knows");

  return code;
}

static void check_need_members(const struct member_reading *r) {
  static const char *const names[] = {
      "1",     "current",  "required",      "importance", "purpose", "from",    "lapsed",
      "rated", "confirm",  "confidence",    "nature",     "weight",  "helpers", "evidence",
      "post",  "priority", "priority_code", "differs",    "ends"};
  test_check_names(r->m->faults, r->m->test, r->in, "a need", r->from, names, ARRAY_LEN(names));
}

/* A certificate alone is to be confirmed, and what differs does so from independent evidence. */
static const char *usual_evidence(const struct need *n) {
  if (n->confirm)
    return "certificate";
  if (n->differs)
    return "observer";
  return "manager";
}

static uint8_t differs_in(const struct member_reading *r) {
  if (!json_member(r->from, "differs"))
    return DIFFERS_NOT;
  return word_in(r, "differs", 0, differs_words, 2) + 1;
}

static struct need read_need(const struct member_reading *r, const struct competence *c) {
  static const char *const natures[] = {"skill", "knowledge", "both", "unknown"};
  int32_t most = LEVEL_MAX;

  if (c->framework)
    most = c->framework->n_levels - 1;

  struct need n = {
      .competence = c->index,
      .current = whole_in(r, "current", ABSENT, most),
      .required = whole_in(r, "required", REQUIRED_USUAL, most),
      .weight = whole_in(r, "weight", 3, 5),
      .confidence = whole_in(r, "confidence", ABSENT, 4),
      .rated_on = ABSENT,
      .lapsed_on = date_in(r, "lapsed", ABSENT),
      .ends_on = date_in(r, "ends", ABSENT),
      .importance = word_in(r, "importance", IMPORTANCE_ESSENTIAL, importance_words, 3),
      .purpose = word_in(r, "purpose", PURPOSE_ROLE, purpose_words, 3),
      .nature = word_in(r, "nature", NATURE_UNKNOWN, natures, 4),
      .from = word_in(r, "from", FROM_REVIEW, need_from_words, NEED_FROM_COUNT),
      .confirm = flag_in(r, "confirm"),
      .differs = differs_in(r),
      .differs_level = ABSENT,
      .differs_on = ABSENT,
      .helpers = helper_bits(r->m, r->in, json_member(r->from, "helpers")),
      .post = post_in(r),
      .priority = (uint8_t)whole_in(r, "priority", 0, 5),
      .priority_code = priority_code_in(r)};
  if (n.current == ABSENT)
    n.gap = n.required;
  else if (n.required > n.current)
    n.gap = n.required - n.current;
  else
    n.gap = 0;

  if (n.current == ABSENT)
    return n;

  n.rated_on = date_in(r, "rated", r->m->rated);
  n.evidence = evidence_in(r, usual_evidence(&n));

  return n;
}

/* By competence, as rules find them. False when it is there already. */
static bool place_need(struct facts *f, struct need n) {
  uint32_t at = f->n_needs;
  for (uint32_t i = 0; i < f->n_needs; i++)
    if (f->needs[i].competence == n.competence)
      return false;

  for (; at > 0 && f->needs[at - 1].competence > n.competence; at--)
    f->needs[at] = f->needs[at - 1];

  f->needs[at] = n;
  f->n_needs++;

  return true;
}

/* "STL18", { "STL18" } or { "STL18", current = 1 } */
static const struct json *code_of_need(const struct json *v) {
  if (v->kind == JSON_OBJECT)
    return json_member(v, "1");
  if (v->kind == JSON_ARRAY && v->n == 1)
    return &v->items[0];
  return v;
}

/* NULL with a fault when the catalogue has none of that code. */
static const struct competence *competence_called(const struct test_facts *m, const char *in,
                                                  const char *code) {
  const struct competence *c = catalogue_competence(m->catalogue, code);
  uint64_t budget = 100000;
  const char *near = NULL;

  if (!c)
    near = catalogue_nearest(m->catalogue, DOMAIN_COMPETENCE, code, &budget);
  if (near)
    FAULT(m, in, "unknown competence '%s'; did you mean '%s'?", code, near);
  else if (!c)
    FAULT(m, in, "unknown competence '%s'", code);

  return c;
}

static void take_need(const struct test_facts *m, const struct json *v) {
  const struct json *code = code_of_need(v);
  const struct json blank = {.kind = JSON_OBJECT};
  struct member_reading r = {m, v->kind == JSON_OBJECT ? v : &blank, "needs"};

  if (!text_of(code))
    return FAULT(m, "needs",
                 "a need begins with its competence: { \"STL18\", current = 1, required = 2 }");

  const struct competence *c = competence_called(m, "needs", code->text);
  if (!c)
    return;

  check_need_members(&r);
  if (!place_need(m->facts, read_need(&r, c)))
    FAULT(m, "needs", "competence '%s' is there twice", code->text);
}

static void take_needs(const struct test_facts *m) {
  const struct json *all = member(m, "needs");
  if (!all)
    return;

  if (member(m, "ratings"))
    FAULT(m, "needs",
          "stands beside 'ratings'; a test gives ratings, from which needs follow, or the needs "
          "themselves");

  if (!test_is_list(all))
    return FAULT(m, "needs", "is a list: { { \"STL18\", current = 1 } }");

  m->facts->n_needs = 0;
  m->facts->needs = arena_alloc(m->a, ((size_t)all->n + 1) * sizeof *m->facts->needs);
  for (uint32_t i = 0; i < all->n; i++)
    take_need(m, &all->items[i]);
}

/* --- cohorts --- */

static struct cohort read_cohort(const struct member_reading *r, const struct competence *c,
                                 const struct family *family) {
  struct cohort k = {.competence = c->index,
                     .family = family->code,
                     .count = whole_in(r, "count", 0, COHORT_MOST),
                     .statutory = whole_in(r, "statutory", 0, COHORT_MOST),
                     .roster = whole_in(r, "roster", ABSENT, COHORT_MOST),
                     .helpers = helper_bits(r->m, r->in, json_member(r->from, "helpers"))};
  if (k.count == 0)
    FAULT(r->m, r->in, "count says how many people of the family have the need, 1 or more");
  if (k.statutory > k.count)
    FAULT(r->m, r->in, "statutory is how many of count must have it by law, so it is not more");

  return k;
}

static int cohort_order(const struct cohort *a, const struct cohort *b) {
  if (a->competence != b->competence) {
    if (a->competence < b->competence)
      return -1;
    return 1;
  }
  return strcmp(a->family, b->family);
}

/* By competence, then family, as rules find them. False when it is there already. */
static bool place_cohort(struct facts *f, struct cohort k) {
  uint32_t at = f->n_cohorts;
  for (uint32_t i = 0; i < f->n_cohorts; i++)
    if (cohort_order(&f->cohorts[i], &k) == 0)
      return false;

  for (; at > 0 && cohort_order(&f->cohorts[at - 1], &k) > 0; at--)
    f->cohorts[at] = f->cohorts[at - 1];

  f->cohorts[at] = k;
  f->n_cohorts++;

  return true;
}

static const struct family *family_called(const struct test_facts *m, const char *code) {
  const struct family *of = catalogue_family(m->catalogue, code);
  uint64_t budget = 100000;
  const char *near = NULL;

  if (!of)
    near = catalogue_nearest(m->catalogue, DOMAIN_FAMILY, code, &budget);
  if (near)
    FAULT(m, "cohorts", "unknown role family '%s'; did you mean '%s'?", code, near);
  else if (!of)
    FAULT(m, "cohorts", "unknown role family '%s'", code);

  return of;
}

/* Of { "X.GDPR", "administration", count = 6 }: its first value, and its second. */
static const char *placed(const struct json *v, uint32_t at) {
  const char *const names[] = {"1", "2"};
  if (v->kind == JSON_OBJECT)
    return text_of(json_member(v, names[at]));
  if (v->kind == JSON_ARRAY && at < v->n)
    return text_of(&v->items[at]);
  return NULL;
}

static void take_cohort(const struct test_facts *m, const struct json *v) {
  static const char *const names[] = {"1", "2", "count", "statutory", "roster", "helpers"};
  const char *code = placed(v, 0), *family = placed(v, 1);
  const struct json blank = {.kind = JSON_OBJECT};
  const struct member_reading r = {m, v->kind == JSON_OBJECT ? v : &blank, "cohorts"};

  if (!code || !family)
    return FAULT(m, "cohorts",
                 "a cohort begins with its competence and family: { \"X.GDPR\", "
                 "\"administration\", count = 6 }");

  const struct competence *c = competence_called(m, "cohorts", code);
  const struct family *of = family_called(m, family);

  test_check_names(m->faults, m->test, "cohorts", "a cohort", r.from, names, ARRAY_LEN(names));
  if (!c || !of)
    return;

  if (!place_cohort(m->facts, read_cohort(&r, c, of)))
    FAULT(m, "cohorts", "%s of %s is there twice", code, family);
}

static void take_cohorts(const struct test_facts *m) {
  const struct json *all = member(m, "cohorts");
  if (!all)
    return;
  if (!test_is_list(all) || all->n == 0)
    return FAULT(m, "cohorts", "is a list: { { \"X.GDPR\", \"administration\", count = 6 } }");

  m->facts->n_cohorts = 0;
  m->facts->cohorts = arena_alloc(m->a, ((size_t)all->n + 1) * sizeof *m->facts->cohorts);
  for (uint32_t i = 0; i < all->n; i++)
    take_cohort(m, &all->items[i]);
}

/* --- colleagues --- */

/* A list of kinds, for every need; or { STL18 = { "coach" } }. */
static void take_colleagues(const struct test_facts *m) {
  const struct json *v = member(m, "colleagues");
  struct facts *f = m->facts;

  if (!v)
    return;

  bool each = v->kind == JSON_OBJECT && v->n > 0;
  uint8_t bits = 0;

  if (!each)
    bits = helper_bits(m, "colleagues", v);
  for (uint32_t i = 0; i < f->n_needs; i++)
    f->needs[i].helpers |= bits;
  for (uint32_t i = 0; i < f->n_cohorts; i++)
    f->cohorts[i].helpers |= bits;
  for (uint32_t k = 0; each && k < v->n; k++) {
    const struct competence *c = catalogue_competence(m->catalogue, v->items[k].key);
    if (!c)
      FAULT(m, "colleagues", "unknown competence '%s'", v->items[k].key);

    bits = helper_bits(m, "colleagues", &v->items[k]);
    for (uint32_t i = 0; c && i < f->n_needs; i++)
      if (f->needs[i].competence == c->index)
        f->needs[i].helpers |= bits;

    for (uint32_t i = 0; c && i < f->n_cohorts; i++)
      if (f->cohorts[i].competence == c->index)
        f->cohorts[i].helpers |= bits;
  }
}

void needs_take(struct facts *f, const struct test *t, const struct catalogue *c, int32_t day,
                struct arena *a, struct fault_list *faults) {
  const struct test_facts m = {f, t, c, a, faults, date_add_months(day, -TEST_RATED_MONTHS_AGO)};
  take_needs(&m);
  take_cohorts(&m);
  take_colleagues(&m);
}
