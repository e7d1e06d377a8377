/* expect - compares what a test expects with what happened.
 *
 * Each kind of expectation is a row of `kinds`: its word, the words that can go with it, and the
 * function that judges it. `recommends` is what the person would see after the choice. `fires`,
 * `refuses` and `first` are about what the rules propose. */
#include "trial/test.h"

#include <string.h>

#include "rules/names.h"

struct expectation {
  const struct json *of;
  const char *what;
  const struct came *came;
  struct arena *a;
};

/* --- what came, in words --- */

static const struct competence *competence_of(const struct came *c, uint32_t need) {
  return catalogue_competence_at(c->catalogue, subject_competence(&c->subject->facts, need));
}

static const char *joined(struct arena *a, const char *so_far, const char *more) {
  if (so_far)
    return arena_printf(a, "%s, %s", so_far, more);
  return more;
}

static const char *all_advice(const struct expectation *x) {
  const char *all = NULL;
  for (uint32_t i = 0; i < x->came->advice.n; i++)
    all = joined(x->a, all, x->came->advice.items[i].id);

  if (all)
    return arena_printf(x->a, "recommends %s", all);
  return "recommends nothing";
}

static bool of_school(const struct came *c) {
  return !c->subject->person;
}

/* What a school is advised has the family behind the development: inset.X.GDPR.catering. */
static bool is_development(const struct came *c, const char *id, const char *development) {
  size_t n = strlen(development);
  if (!of_school(c))
    return strcmp(id, development) == 0;
  return strncmp(id, development, n) == 0 && id[n] == '.' &&
         catalogue_family(c->catalogue, id + n + 1);
}

static bool is_advised(const struct expectation *x) {
  for (uint32_t i = 0; i < x->came->advice.n; i++)
    if (is_development(x->came, x->came->advice.items[i].id, x->what))
      return true;
  return false;
}

/* "held back: ..." when the choice left the development out. */
static const char *why_held(const struct expectation *x) {
  if (of_school(x->came))
    return NULL; /* nothing is held back from a school */

  const struct json *held = test_parse(x->a, x->came->advice.held, strlen(x->came->advice.held));
  for (uint32_t i = 0; held->kind == JSON_ARRAY && i < held->n; i++) {
    const struct json *development = json_member(&held->items[i], "development");
    const char *kind = NULL;

    if (development)
      kind = json_text(development, "kind");

    if (!kind)
      continue;

    const char *id = arena_printf(x->a, "%s.%s", kind, json_text(development, "id"));
    if (strcmp(id, x->what) == 0)
      return json_text(&held->items[i], "reason");
  }

  return NULL;
}

/* --- what rules did --- */

static const char *on_of(const struct expectation *x) {
  return json_text(x->of, "on");
}

static bool about(const struct came *c, uint32_t need, const char *on) {
  const struct competence *k = competence_of(c, need);
  return !on || catalogue_competence(c->catalogue, on) == k;
}

/* Candidates of the rule, one after the other; NULL at the end. */
static const struct candidate *next_of_rule(const struct expectation *x,
                                            const struct candidate *after) {
  const struct outcome *o = x->came->outcome;
  for (uint32_t i = after ? (uint32_t)(after - o->candidates) + 1 : 0; i < o->n_candidates; i++)
    if (strcmp(x->came->rules[o->candidates[i].rule].name, x->what) == 0)
      return &o->candidates[i];
  return NULL;
}

static const struct rule_info *rule_of(const struct expectation *x) {
  for (uint32_t i = 0; i < x->came->n_rules; i++)
    if (strcmp(x->came->rules[i].name, x->what) == 0)
      return &x->came->rules[i];
  return NULL; /* never: check_rule has looked */
}

static const char *proposals_of_rule(const struct expectation *x) {
  const char *all = NULL;
  for (const struct candidate *k = next_of_rule(x, NULL); k; k = next_of_rule(x, k))
    all = joined(x->a, all,
                 arena_printf(x->a, "%s on %s (\"%s\")", k->development,
                              competence_of(x->came, k->need)->code, k->text));

  return all;
}

/* What the trace gives as the rule's reasons; for `on` alone when that is there. */
static const char *reasons_of_rule(const struct expectation *x, const char *on) {
  const struct json *entries = json_member(x->came->trace, "rules");
  const struct competence *wanted = NULL;

  if (on)
    wanted = catalogue_competence(x->came->catalogue, on);

  const char *all = NULL;

  for (uint32_t i = 0; entries && i < entries->n; i++) {
    const struct json *e = &entries->items[i];
    const char *need = json_text(e, "need"), *why = json_text(e, "why_not"),
               *failed = json_text(e, "failed");

    if (strcmp(json_text(e, "rule"), x->what) != 0 ||
        (wanted && need && strcmp(need, wanted->key) != 0))
      continue;
    if (!wanted && json_member(e, "failed_at"))
      continue; /* said where it failed */

    if (failed)
      why = arena_printf(x->a, "it failed: %s", failed);
    if (why)
      all = joined(x->a, all, arena_printf(x->a, "\"%s\"", why));
  }

  return all;
}

static bool has_need(const struct expectation *x, const char *code) {
  for (uint32_t i = 0; i < subjects_of(&x->came->subject->facts); i++)
    if (about(x->came, i, code))
      return true;
  return false;
}

static const char *no_need(const struct expectation *x, const char *code) {
  if (of_school(x->came))
    return arena_printf(x->a, "no cohort of the test needs %s", code);
  return arena_printf(
      x->a, "the person has no need in %s: nothing asks for it, or what is asked for is reached",
      code);
}

static const char *what_rule_did(const struct expectation *x, const char *on) {
  if (on && !has_need(x, on))
    return no_need(x, on);

  const char *proposes = proposals_of_rule(x), *reasons = reasons_of_rule(x, on);
  if (!proposes && !reasons)
    return "it says nothing: it fires and proposes nothing, or has no need to look at";
  if (!proposes)
    return arena_printf(x->a, "it refuses: %s", reasons);
  if (!reasons)
    return arena_printf(x->a, "it proposes %s", proposes);
  return arena_printf(x->a, "it proposes %s, and refuses: %s", proposes, reasons);
}

/* --- the kinds --- */

/* NULL when it holds, else what came instead. */
typedef const char *judge(const struct expectation *x);

/* Proposed, and yet neither advised nor held back: another development answers the need better. */
static const char *gives_way(const struct expectation *x) {
  const struct outcome *o = x->came->outcome;
  for (uint32_t i = 0; i < o->n_candidates; i++)
    if (strcmp(o->candidates[i].development, x->what) == 0)
      return arena_printf(x->a,
                          "%s; that one is proposed with priority %d and gives way to a better one",
                          all_advice(x), o->candidates[i].priority);

  return all_advice(x);
}

static const char *judge_recommends(const struct expectation *x) {
  if (is_advised(x))
    return NULL;

  const char *held = why_held(x);
  if (!held)
    return gives_way(x);
  return arena_printf(x->a, "%s; that one is held back: %s", all_advice(x), held);
}

static const char *judge_not_recommends(const struct expectation *x) {
  if (is_advised(x))
    return all_advice(x);
  return NULL;
}

static const char *judge_fires(const struct expectation *x) {
  const char *proposes = json_text(x->of, "proposes"), *because = json_text(x->of, "because");

  for (const struct candidate *k = next_of_rule(x, NULL); k; k = next_of_rule(x, k)) {
    bool fits = about(x->came, k->need, on_of(x));
    if (proposes && strcmp(proposes, k->development) != 0)
      fits = false;
    if (because && !strstr(k->text, because))
      fits = false;

    if (fits)
      return NULL;
  }

  return what_rule_did(x, on_of(x));
}

/* NULL when the rule had something to look at; else why it had not. */
static const char *why_not_asked(const struct expectation *x, const char *on) {
  if (rule_of(x)->for_school != of_school(x->came)) {
    if (of_school(x->came))
      return "it is never asked: it is about a person, and the test is of a school as a whole";
    return "it is never asked: it is about schools as a whole, and the test is of a person";
  }
  if (on && !has_need(x, on))
    return no_need(x, on);
  if (subjects_of(&x->came->subject->facts) == 0)
    return "it is never asked: the test has no need at all";
  return NULL;
}

/* That a rule says nothing is no refusal: it must have looked, or have told why it did not. */
static const char *judge_refuses(const struct expectation *x) {
  const char *why = json_text(x->of, "why"), *on = on_of(x), *reasons = reasons_of_rule(x, on),
             *not_asked = why_not_asked(x, on);
  if (not_asked)
    return not_asked;

  for (const struct candidate *k = next_of_rule(x, NULL); k; k = next_of_rule(x, k))
    if (about(x->came, k->need, on))
      return what_rule_did(x, on);

  if (reasons && (!why || strstr(reasons, why)))
    return NULL;
  return what_rule_did(x, on);
}

static int32_t highest_priority(const struct expectation *x) {
  const struct outcome *o = x->came->outcome;
  int32_t highest = ABSENT;

  for (uint32_t i = 0; i < o->n_candidates; i++)
    if (about(x->came, o->candidates[i].need, x->what) &&
        (highest == ABSENT || o->candidates[i].priority > highest))
      highest = o->candidates[i].priority;

  return highest;
}

/* Of several with the highest priority each is first. */
static const char *judge_first(const struct expectation *x) {
  const struct outcome *o = x->came->outcome;
  const char *is = json_text(x->of, "is"), *all = NULL;
  int32_t highest = highest_priority(x);

  if (!has_need(x, x->what))
    return no_need(x, x->what);
  if (highest == ABSENT)
    return "nothing is proposed for it";

  for (uint32_t i = 0; i < o->n_candidates; i++) {
    if (!about(x->came, o->candidates[i].need, x->what) || o->candidates[i].priority != highest)
      continue;
    if (strcmp(o->candidates[i].development, is) == 0)
      return NULL;
    all = joined(x->a, all, o->candidates[i].development);
  }

  return all;
}

/* What the words of an expectation name. */
enum names {
  NAMES_TEXT,
  NAMES_RULE,
  NAMES_DEVELOPMENT,
  NAMES_COMPETENCE
};
struct word {
  const char *name;
  enum names names;
  bool must;
};
static const struct kind {
  struct word verb, with[3];
  judge *judge;
} kinds[] = {
    {{"recommends", NAMES_DEVELOPMENT, true}, {{0}}, judge_recommends},
    {{"not_recommends", NAMES_DEVELOPMENT, true}, {{0}}, judge_not_recommends},
    {{"fires", NAMES_RULE, true},
     {{"on", NAMES_COMPETENCE, false},
      {"proposes", NAMES_DEVELOPMENT, false},
      {"because", NAMES_TEXT, false}},
     judge_fires},
    {{"refuses", NAMES_RULE, true},
     {{"on", NAMES_COMPETENCE, false}, {"why", NAMES_TEXT, false}},
     judge_refuses},
    {{"first", NAMES_COMPETENCE, true}, {{"is", NAMES_DEVELOPMENT, true}}, judge_first},
};

static const struct kind *kind_of(const struct json *of) {
  for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
    if (json_member(of, kinds[i].verb.name))
      return &kinds[i];
  return NULL;
}

/* --- form --- */

struct checking {
  const struct test *test;
  const struct catalogue *catalogue;
  const struct rule_info *rules;
  uint32_t n_rules;
  struct arena *a;
  struct fault_list *faults;
};

/* A Lua test has one place for all, a spreadsheet a column a kind. */
static const char *place_of(const struct checking *k, const char *verb) {
  if (k->test->sheet)
    return verb;
  return "expect";
}

static void check_rule(const struct checking *k, const char *verb, const char *name) {
  struct nearest near = nearest_to(name);

  for (uint32_t i = 0; i < k->n_rules; i++) {
    if (strcmp(k->rules[i].name, name) == 0)
      return;
    nearest_try(&near, k->rules[i].name);
  }

  const char *best = nearest_best(&near);
  if (best)
    test_fault(k->faults, k->test, place_of(k, verb), "no rule is called '%s'; did you mean '%s'?",
               name, best);
  else
    test_fault(k->faults, k->test, place_of(k, verb), "no rule is called '%s'", name);
}

static void check_code(const struct checking *k, const char *verb, const struct word *w,
                       const char *code) {
  bool competence = w->names == NAMES_COMPETENCE;
  struct development found;
  uint64_t budget = 200000;

  if (competence ? catalogue_competence(k->catalogue, code) != NULL
                 : catalogue_development(k->catalogue, code, k->a, &found))
    return;

  const char *what = "the catalogue knows no development";
  if (competence)
    what = "unknown competence";

  const char *near = catalogue_nearest(
      k->catalogue, competence ? DOMAIN_COMPETENCE : DOMAIN_DEVELOPMENT, code, &budget);
  if (near)
    test_fault(k->faults, k->test, place_of(k, verb), "%s '%s'; did you mean '%s'?", what, code,
               near);
  else if (competence)
    test_fault(k->faults, k->test, place_of(k, verb), "%s '%s'", what, code);
  else
    test_fault(k->faults, k->test, place_of(k, verb),
               "%s '%s'; it is written as kind.id, such as shadowing.STL18", what, code);
}

static void check_word(const struct checking *k, const char *verb, const struct word *w,
                       const struct json *v) {
  if (!v && w->must)
    test_fault(k->faults, k->test, place_of(k, verb), "'%s' goes with '%s'; say what must be so",
               verb, w->name);

  if (!v)
    return;

  if (v->kind != JSON_STRING || v->len == 0)
    test_fault(k->faults, k->test, place_of(k, verb), "'%s' is a text", w->name);
  else if (w->names == NAMES_RULE)
    check_rule(k, verb, v->text);
  else if (w->names != NAMES_TEXT)
    check_code(k, verb, w, v->text);
}

static void check_members(const struct checking *k, const struct kind *kind,
                          const struct json *of) {
  for (uint32_t i = 0; i < of->n; i++) {
    const char *key = of->items[i].key;
    struct nearest near = nearest_to(key);
    bool known = strcmp(key, kind->verb.name) == 0;

    for (size_t w = 0; w < ARRAY_LEN(kind->with) && kind->with[w].name; w++) {
      known = known || strcmp(key, kind->with[w].name) == 0;
      nearest_try(&near, kind->with[w].name);
    }

    const char *best = nearest_best(&near);
    if (!known && best)
      test_fault(k->faults, k->test, place_of(k, kind->verb.name),
                 "'%s' does not go with '%s'; did you mean '%s'?", key, kind->verb.name, best);
    else if (!known)
      test_fault(k->faults, k->test, place_of(k, kind->verb.name), "'%s' does not go with '%s'",
                 key, kind->verb.name);
  }
}

static void check_one(const struct checking *k, const struct json *of) {
  const struct kind *kind = NULL;
  if (of->kind == JSON_OBJECT)
    kind = kind_of(of);

  if (!kind) {
    test_fault(k->faults, k->test, "expect",
               "an expectation is one of { recommends = \"...\" }, { not_recommends = \"...\" }, { "
               "fires = \"...\" }, "
               "{ refuses = \"...\" }, { first = \"...\", is = \"...\" }");
    return;
  }

  check_members(k, kind, of);
  check_word(k, kind->verb.name, &kind->verb, json_member(of, kind->verb.name));
  for (size_t w = 0; w < ARRAY_LEN(kind->with) && kind->with[w].name; w++)
    check_word(k, kind->verb.name, &kind->with[w], json_member(of, kind->with[w].name));
}

bool expect_form(const struct test *t, const struct catalogue *c, const struct rule_info *rules,
                 uint32_t n_rules, struct arena *a, struct fault_list *faults) {
  const struct checking k = {t, c, rules, n_rules, a, faults};
  const struct json *all = NULL;

  if (t->body->kind == JSON_OBJECT)
    all = json_member(t->body, "expect");

  size_t before = faults->errors;

  if (!all || all->n == 0)
    test_fault(faults, t, t->sheet ? NULL : "expect",
               "a test that expects nothing cannot fail; say what must come");
  else if (all->kind != JSON_ARRAY)
    test_fault(faults, t, "expect", "is a list: { { recommends = \"shadowing.STL18\" } }");

  for (uint32_t i = 0; all && all->kind == JSON_ARRAY && i < all->n; i++)
    check_one(&k, &all->items[i]);

  return faults->errors == before;
}

/* --- judging --- */

static const char *in_words(const struct expectation *x, const struct kind *kind) {
  const char *all = arena_printf(x->a, "%s %s", kind->verb.name, x->what);

  for (size_t w = 0; w < ARRAY_LEN(kind->with) && kind->with[w].name; w++) {
    const char *value = json_text(x->of, kind->with[w].name);
    if (!value)
      continue;

    bool quoted = kind->with[w].names == NAMES_TEXT;
    all = arena_printf(x->a, quoted ? "%s, %s \"%s\"" : "%s, %s %s", all, kind->with[w].name,
                       value);
  }

  return all;
}

static void add_failing(struct faults_of_test *v, struct failing f) {
  v->failings = mem_grow(v->failings, &v->cap, v->n + 1, sizeof f);
  v->failings[v->n++] = f;
}

void expect_judge(const struct test *t, const struct came *came, struct arena *a,
                  struct faults_of_test *ret) {
  const struct json *all = json_member(t->body, "expect");
  *ret = (struct faults_of_test){0};
  for (uint32_t i = 0; i < came->outcome->n_failures; i++) {
    const struct failure *f = &came->outcome->failures[i];
    add_failing(
        ret, (struct failing){arena_printf(a, "rule %s comes to an end", came->rules[f->rule].name),
                              f->message});
  }

  for (uint32_t i = 0; i < all->n; i++) {
    const struct kind *kind = kind_of(&all->items[i]);
    const struct expectation x = {&all->items[i], json_text(&all->items[i], kind->verb.name), came,
                                  a};
    const char *instead = kind->judge(&x);
    if (instead)
      add_failing(ret, (struct failing){in_words(&x, kind), instead});
  }
}

bool expect_refuses(const struct test *t, const char *rule) {
  const struct json *all = json_member(t->body, "expect");
  for (uint32_t i = 0; i < all->n; i++) {
    const char *named = json_text(&all->items[i], "refuses");
    if (named && strcmp(named, rule) == 0)
      return true;
  }

  return false;
}
