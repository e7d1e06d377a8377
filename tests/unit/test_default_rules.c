/* test_default_rules - the shipped rules, in the real worker, against the cases of tests/rules.
 *
 * A case says what is known of a person and which rules fire on it. Lines of a case file, `#` for comments, values without blanks
 * ('_' stands for one):
 *
 *   case WORDS                    begins a case; the person is a teaching assistant until told otherwise
 *   person KEY=VALUE ...          role progression no_computer minutes holds wish-role wish-qualification wish-competence
 *   school KEY=VALUE ...          clusters phase
 *   need CODE KEY=VALUE ...       current required importance purpose nature from helpers confidence confirm lapsed weight
 *                                 priority
 *   cohort CODE FAMILY KEY=VALUE ...  makes the case one of a school: count statutory roster helpers
 *   fires RULE CODE DEVELOPMENT   the rule proposes this for that need
 *   first CODE DEVELOPMENT        of all proposals for the need, this has the highest priority
 *   quiet RULE [TEXT]             the rule proposes nothing; with a text, the trace gives that as the reason
 *
 * Beside the cases: every rule has one where it fires and one where it is quiet, and no kind of need is left without an answer.
 */
#include <dirent.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "base/hash.h"
#include "catalogue/catalogue.h"
#include "rules/pool.h"

#define DAY "2026-09-01"
#define MAX_NEEDS 40
#define MAX_RULES 500

static uv_loop_t loop;
static struct pool *pool;
static struct ruleset *set;
static struct catalogue *catalogue;
static struct buf rules_bytes, catalogue_bytes;
static const struct rule_info *rules;
static uint32_t n_rules;
static bool fired[MAX_RULES], quiet[MAX_RULES];

/* --- one evaluation --- */

static struct arena scratch;
static struct outcome last;
static bool ready, answered;

static void on_ready(void *arg, struct ruleset *s, const struct fault_list *faults) {
  (void)arg, (void)s;
  for (size_t i = 0; faults && i < faults->n; i++) print_error("%s\n", faults->lines[i]);
  assert_null(faults);
  ready = true;
}

static void on_aside(void *arg, struct ruleset *s, const char *rule, const char *reason) {
  (void)arg, (void)s;
  fail_msg("%s was set aside: %s", rule ? rule : "no rule", reason);
}

/* Outcomes live during the call only: through the codec into an arena of ours. */
static void on_outcome(void *arg, const struct outcome *o) {
  struct buf b = {0};
  outcome_encode(o, &b);
  assert_int_equal(outcome_decode(&scratch, b.data, b.len, n_rules, *(uint32_t *)arg, &last), 0);
  buf_finish(&b);
  answered = true;
}

static void evaluate(const struct facts *f, bool trace) {
  struct buf b = {0};
  int32_t day = 0;
  uint32_t n_needs = f->n_cohorts > 0 ? f->n_cohorts : f->n_needs;
  date_parse(DAY, strlen(DAY), &day);
  facts_encode(f, &b);
  answered = false;
  ruleset_evaluate(set, &b, n_needs, day, trace, on_outcome, &n_needs);
  while (!answered) uv_run(&loop, UV_RUN_ONCE);
  buf_finish(&b);
}

static const struct competence *competence_at(const struct facts *f, uint32_t need) {
  return catalogue_competence_at(catalogue, f->n_cohorts > 0 ? f->cohorts[need].competence : f->needs[need].competence);
}

static void no_failures(const char *where) {
  for (uint32_t i = 0; i < last.n_failures; i++)
    fail_msg("%s: %s failed: %s", where, rules[last.failures[i].rule].name, last.failures[i].message);
}

/* --- reading cases --- */

struct one_case {
  char name[160], where[80];
  struct facts facts;
  struct need needs[MAX_NEEDS];
  struct cohort cohorts[MAX_NEEDS];
  struct held holds[8];
  struct wish wishes[8];
  struct {
    char how;
    char words[3][200];
    int n;
  } expect[16];
  int n_expect;
};

static int word_in(const char *word, const char *const *words, int n, const char *where) {
  for (int i = 0; i < n; i++)
    if (strcmp(words[i], word) == 0) return i;
  fail_msg("%s: unknown word '%s'", where, word);
  return 0;
}

static uint8_t helper_bits(const char *value, const char *where) {
  char copy[200], *save = NULL;
  uint8_t bits = 0;
  snprintf(copy, sizeof copy, "%s", value);
  for (char *w = strtok_r(copy, ",", &save); w; w = strtok_r(NULL, ",", &save))
    bits |= (uint8_t)(1u << word_in(w, helper_words, HELPER_KINDS, where));
  return bits;
}

static int32_t day_of(const char *value, const char *where) {
  int32_t day = 0;
  if (!date_parse(value, strlen(value), &day)) fail_msg("%s: '%s' is no date", where, value);
  return day;
}

static void set_need(struct one_case *k, struct need *n, const char *key, const char *value) {
  static const char *const natures[] = {"skill", "knowledge", "both", "unknown"};
  const char *at = k->where;
#define KEY(name, statement)                                                                                                     \
  if (strcmp(key, name) == 0) {                                                                                                  \
    statement;                                                                                                                   \
    return;                                                                                                                      \
  }
  KEY("current", n->current = atoi(value))
  KEY("required", n->required = atoi(value))
  KEY("confidence", n->confidence = atoi(value))
  KEY("weight", n->weight = atoi(value))
  KEY("confirm", n->confirm = 1)
  KEY("lapsed", n->lapsed_on = day_of(value, at))
  KEY("importance", n->importance = (uint8_t)word_in(value, importance_words, 3, at))
  KEY("purpose", n->purpose = (uint8_t)word_in(value, purpose_words, 3, at))
  KEY("nature", n->nature = (uint8_t)word_in(value, natures, 4, at))
  KEY("from", n->from = (uint8_t)word_in(value, need_from_words, NEED_FROM_COUNT, at))
  KEY("helpers", n->helpers = helper_bits(value, at))
  KEY("priority", n->priority = (uint8_t)atoi(value))
  fail_msg("%s: unknown key '%s'", at, key);
}

static char *spaced(const char *value) {
  char *copy = arena_strndup(&scratch, value, strlen(value));
  for (char *p = copy; *p; p++)
    if (*p == '_') *p = ' ';
  return copy;
}

static void set_role(struct one_case *k, const char *code) {
  const struct role *role = catalogue_role(catalogue, code);
  if (!role) fail_msg("%s: unknown role '%s'", k->where, code);
  k->facts.roles[0] = role->code;
  k->facts.n_roles = 1;
  k->facts.family = role->family->code;
}

static void set_person(struct one_case *k, const char *key, const char *value) {
  static const char *const progressions[] = {"yes", "no", "later"}, *const no_yes[] = {"no", "yes"};
  struct facts *f = &k->facts;
  const char *at = k->where;
  KEY("role", set_role(k, value))
  KEY("minutes", f->minutes = atoi(value))
  KEY("progression", f->progression = word_in(value, progressions, 3, at))
  KEY("no_computer", f->no_computer = word_in(value, no_yes, 2, at))
  KEY("holds", k->holds[f->n_holds++] = ((struct held){spaced(value), ABSENT, ABSENT}))
  KEY("wish-role", k->wishes[f->n_wishes++].role = spaced(value))
  KEY("wish-qualification", k->wishes[f->n_wishes++].qualification = spaced(value))
  KEY("wish-competence", k->wishes[f->n_wishes++].competence = spaced(value))
  KEY("clusters", f->n_clusters = (uint32_t)atoi(value))
  KEY("phase", f->phase = spaced(value))
  fail_msg("%s: unknown key '%s'", at, key);
#undef KEY
}

static void pairs(struct one_case *k, struct need *n, char *rest) {
  char *save = NULL;
  for (char *w = strtok_r(rest, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
    char *value = strchr(w, '=');
    if (!value) fail_msg("%s: '%s' is not KEY=VALUE", k->where, w);
    *value++ = 0;
    if (n)
      set_need(k, n, w, value);
    else
      set_person(k, w, value);
  }
}

static struct need blank_need(const struct competence *c, const char *post) {
  return (struct need){.competence = c->index,
                       .current = ABSENT,
                       .required = 2,
                       .weight = 3,
                       .confidence = ABSENT,
                       .rated_on = ABSENT,
                       .lapsed_on = ABSENT,
                       .importance = IMPORTANCE_ESSENTIAL,
                       .purpose = PURPOSE_ROLE,
                       .nature = NATURE_UNKNOWN,
                       .from = FROM_REVIEW,
                       .post = post};
}

static void complete(struct need *n) {
  n->gap = n->current == ABSENT ? n->required : n->required > n->current ? n->required - n->current : 0;
  if (n->current != ABSENT) n->rated_on = 20600, n->evidence = n->confirm ? "certificate" : "manager";
}

static void line_need(struct one_case *k, char *rest) {
  char *code = strsep(&rest, " ");
  const struct competence *c = catalogue_competence(catalogue, code);
  if (!c) fail_msg("%s: unknown competence '%s'", k->where, code);
  struct need n = blank_need(c, k->facts.roles[0]);
  if (rest) pairs(k, &n, rest);
  complete(&n);
  uint32_t at = k->facts.n_needs++;
  for (; at > 0 && k->needs[at - 1].competence > n.competence; at--) k->needs[at] = k->needs[at - 1];
  k->needs[at] = n;
}

static void set_cohort(struct one_case *k, struct cohort *c, const char *key, const char *value) {
  if (strcmp(key, "count") == 0)
    c->count = atoi(value);
  else if (strcmp(key, "statutory") == 0)
    c->statutory = atoi(value);
  else if (strcmp(key, "roster") == 0)
    c->roster = atoi(value);
  else if (strcmp(key, "helpers") == 0)
    c->helpers = helper_bits(value, k->where);
  else
    fail_msg("%s: unknown key '%s'", k->where, key);
}

/* In the order of the lines, which must be that of the catalogue. */
static void line_cohort(struct one_case *k, char *rest) {
  char *code = strsep(&rest, " "), *family = strsep(&rest, " "), *save = NULL;
  const struct competence *c = catalogue_competence(catalogue, code);
  if (!c || !family || !catalogue_family(catalogue, family)) fail_msg("%s: unknown competence or family", k->where);
  struct cohort *made = &k->cohorts[k->facts.n_cohorts++];
  *made = (struct cohort){.competence = c->index, .family = catalogue_family(catalogue, family)->code, .roster = ABSENT};
  for (char *w = strtok_r(rest, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
    char *value = strchr(w, '=');
    if (!value) fail_msg("%s: '%s' is not KEY=VALUE", k->where, w);
    *value++ = 0;
    set_cohort(k, made, w, value);
  }
}

static void line_expect(struct one_case *k, char how, char *rest) {
  int i = k->n_expect++;
  k->expect[i].how = how;
  int most = how == 'f' ? 3 : 2; /* the last one takes what is left of the line */
  while (rest && k->expect[i].n < most) {
    char *word = k->expect[i].n == most - 1 ? rest : strsep(&rest, " ");
    if (word == rest) rest = NULL;
    snprintf(k->expect[i].words[k->expect[i].n++], 200, "%s", word);
  }
}

static void begin_case(struct one_case *k, const char *name, const char *where) {
  memset(k, 0, sizeof *k);
  snprintf(k->name, sizeof k->name, "%.150s", name);
  snprintf(k->where, sizeof k->where, "%s", where);
  k->facts = (struct facts){.minutes = ABSENT,
                            .weeks = ABSENT,
                            .term_time = ABSENT,
                            .employer = ABSENT,
                            .started = ABSENT,
                            .progression = ABSENT,
                            .no_computer = ABSENT};
  set_role(k, "TASS");
}

static void line_of_case(struct one_case *k, char *line) {
  char *rest = line, *verb = strsep(&rest, " ");
  if (!rest) fail_msg("%s: '%s' says too little", k->where, verb);
  if (strcmp(verb, "person") == 0 || strcmp(verb, "school") == 0)
    pairs(k, NULL, rest);
  else if (strcmp(verb, "need") == 0)
    line_need(k, rest);
  else if (strcmp(verb, "cohort") == 0)
    line_cohort(k, rest);
  else if (strcmp(verb, "fires") == 0)
    line_expect(k, 'f', rest);
  else if (strcmp(verb, "first") == 0)
    line_expect(k, '1', rest);
  else if (strcmp(verb, "quiet") == 0)
    line_expect(k, 'q', rest);
  else
    fail_msg("%s: unknown line '%s'", k->where, verb);
}

/* --- what must hold --- */

static uint32_t rule_named(const struct one_case *k, const char *name) {
  for (uint32_t i = 0; i < n_rules; i++)
    if (strcmp(rules[i].name, name) == 0) return i;
  fail_msg("%s: unknown rule '%s'", k->where, name);
  return 0;
}

static void show(const struct one_case *k) {
  print_error("%s: %s\n", k->where, k->name);
  for (uint32_t i = 0; i < last.n_candidates; i++) {
    const struct candidate *c = &last.candidates[i];
    print_error("  %-32s %-10s %-28s %d\n", rules[c->rule].name, competence_at(&k->facts, c->need)->code, c->development,
                c->priority);
  }
}

static bool did_fire(const struct one_case *k, const char *rule, const char *code, const char *development) {
  for (uint32_t i = 0; i < last.n_candidates; i++) {
    const struct candidate *c = &last.candidates[i];
    if (strcmp(rules[c->rule].name, rule) != 0) continue;
    if (!code || (strcmp(competence_at(&k->facts, c->need)->code, code) == 0 && strcmp(c->development, development) == 0))
      return true;
  }
  return false;
}

static const char *first_for(const struct one_case *k, const char *code) {
  const struct candidate *best = NULL;
  for (uint32_t i = 0; i < last.n_candidates; i++) {
    const struct candidate *c = &last.candidates[i];
    if (strcmp(competence_at(&k->facts, c->need)->code, code) != 0) continue;
    if (!best || c->priority > best->priority) best = c;
  }
  return best ? best->development : "nothing";
}

static void check_expect(struct one_case *k, int i) {
  const char *a = k->expect[i].words[0], *b = k->expect[i].words[1], *c = k->expect[i].words[2];
  bool holds = true;
  if (k->expect[i].how == 'f') {
    fired[rule_named(k, a)] = true;
    holds = k->expect[i].n == 3 && did_fire(k, a, b, c);
  } else if (k->expect[i].how == 'q') {
    quiet[rule_named(k, a)] = true;
    holds = !did_fire(k, a, NULL, NULL) && (k->expect[i].n < 2 || (last.trace && strstr(last.trace, b)));
  } else {
    holds = strcmp(first_for(k, a), b) == 0;
  }
  if (holds) return;
  show(k);
  fail_msg("%s: expected %s %s %s %s", k->where,
           k->expect[i].how == 'f'   ? "fires"
           : k->expect[i].how == 'q' ? "quiet"
                                     : "first",
           a, b, c);
}

static void check_case(struct one_case *k) {
  if (k->n_expect == 0) return;
  k->facts.needs = k->needs;
  k->facts.holds = k->holds;
  k->facts.wishes = k->wishes;
  k->facts.cohorts = k->cohorts;
  evaluate(&k->facts, true);
  no_failures(k->where);
  for (int i = 0; i < k->n_expect; i++) check_expect(k, i);
  arena_reset(&scratch);
}

static int cases_in(const char *path, const char *name) {
  static struct one_case k;
  char line[512], where[80];
  int n = 0, number = 0;
  FILE *f = fopen(path, "re");
  assert_non_null(f);
  memset(&k, 0, sizeof k);
  while (fgets(line, sizeof line, f)) {
    line[strcspn(line, "#\n")] = 0;
    for (size_t len = strlen(line); len > 0 && line[len - 1] == ' ';) line[--len] = 0;
    snprintf(where, sizeof where, "%.60s:%d", name, ++number);
    if (line[0] == 0) continue;
    if (strncmp(line, "case ", 5) == 0) {
      check_case(&k);
      begin_case(&k, line + 5, where);
      n++;
    } else {
      snprintf(k.where, sizeof k.where, "%s", where);
      line_of_case(&k, line);
    }
  }
  check_case(&k);
  fclose(f);
  return n;
}

static void every_case_holds(void **state) {
  (void)state;
  char path[PATH_MAX];
  int n = 0;
  DIR *d = opendir(SOURCE_ROOT "/tests/rules");
  assert_non_null(d);
  for (struct dirent *e = readdir(d); e; e = readdir(d)) {
    size_t len = strlen(e->d_name);
    if (len < 6 || strcmp(e->d_name + len - 6, ".cases") != 0) continue;
    snprintf(path, sizeof path, SOURCE_ROOT "/tests/rules/%s", e->d_name);
    n += cases_in(path, e->d_name);
  }
  closedir(d);
  assert_true(n > 40);
}

/* After the cases: a rule without one where it fires and one where it does not is an untested rule. */
static void every_rule_has_both_kinds_of_case(void **state) {
  (void)state;
  for (uint32_t i = 0; i < n_rules; i++)
    if (!fired[i] || !quiet[i]) fail_msg("no case in which %s %s", rules[i].name, fired[i] ? "is quiet" : "fires");
}

static void every_rule_says_who_and_why(void **state) {
  (void)state;
  for (uint32_t i = 0; i < n_rules; i++) {
    char id[64];
    snprintf(id, sizeof id, "%.*s", (int)strcspn(rules[i].source, "/"), rules[i].source);
    assert_non_null(catalogue_source(catalogue, id));
    assert_string_equal(rules[i].owner, "needsd default rules");
    assert_true(strlen(rules[i].about) > 20);
  }
}

/* --- no need without an answer --- */

/* As the choice will have it: unrated is answered by finding out, statutory items apart, which take no course, unit or
 * qualification. */
static bool answers(const struct need *n, const struct candidate *c) {
  static const char *const never[] = {"course.", "unit.", "qualification."};
  if (n->current != ABSENT) return true;
  if (n->importance != IMPORTANCE_STATUTORY) return strncmp(c->development, "finding-out.", 12) == 0;
  for (size_t i = 0; i < ARRAY_LEN(never); i++)
    if (strncmp(c->development, never[i], strlen(never[i])) == 0) return false;
  return true;
}

static void all_answered(const struct facts *f, const char *where) {
  no_failures(where);
  for (uint32_t i = 0; i < f->n_needs; i++) {
    bool any = false;
    for (uint32_t k = 0; k < last.n_candidates; k++)
      any = any || (last.candidates[k].need == i && answers(&f->needs[i], &last.candidates[k]));
    if (!any) fail_msg("%s: no answer to %s", where, competence_at(f, i)->code);
  }
}

enum state { STATE_UNRATED, STATE_LAPSED, STATE_ONE, STATE_TWO, STATE_CONFIRM, STATE_COUNT };
static struct need need_in(enum state state, const struct competence *c) {
  struct need n = blank_need(c, "TASS");
  n.required = 3;
  if (state == STATE_LAPSED) n.lapsed_on = 20000;
  if (state >= STATE_ONE) n.current = state == STATE_ONE ? 2 : state == STATE_TWO ? 1 : 3;
  n.confirm = state == STATE_CONFIRM;
  complete(&n);
  return n;
}

static void sweep(struct facts *f, enum state state, uint8_t from, uint8_t purpose, uint8_t importance) {
  static const char *const codes[] = {"STL18", "STL3", "X.SAFE", "X.FAID", "X.ENGL", "X.ITSK", "X.COOK", "X.LEAD"};
  struct need needs[ARRAY_LEN(codes)];
  char where[120];
  snprintf(where, sizeof where, "%s %s %s state %d computer %d", need_from_words[from], purpose_words[purpose],
           importance_words[importance], state, f->no_computer);
  f->n_needs = 0;
  for (uint32_t i = 0; i < catalogue_n_competences(catalogue); i++)
    for (size_t k = 0; k < ARRAY_LEN(codes); k++) {
      const struct competence *c = catalogue_competence_at(catalogue, i);
      if (strcmp(c->code, codes[k]) != 0 || !c->short_ok) continue;
      needs[f->n_needs] = need_in(state, c);
      needs[f->n_needs].from = from, needs[f->n_needs].purpose = purpose, needs[f->n_needs].importance = importance;
      f->n_needs++;
    }
  f->needs = needs;
  assert_int_equal(f->n_needs, ARRAY_LEN(codes));
  evaluate(f, false);
  all_answered(f, where);
  arena_reset(&scratch);
}

static void no_kind_of_need_is_left_without_an_answer(void **state) {
  (void)state;
  struct facts f = {.roles = {"TASS"},
                    .n_roles = 1,
                    .family = "learning-support",
                    .minutes = ABSENT,
                    .weeks = ABSENT,
                    .term_time = ABSENT,
                    .employer = ABSENT,
                    .started = ABSENT,
                    .progression = PROGRESSION_NO,
                    .no_computer = 0};
  for (f.no_computer = 0; f.no_computer < 2; f.no_computer++)
    for (int from = 0; from < NEED_FROM_COUNT; from++)
      for (int s = 0; s < STATE_COUNT; s++)
        for (int purpose = 0; purpose <= PURPOSE_GROWTH; purpose++)
          for (int importance = 0; importance <= IMPORTANCE_DESIRABLE; importance++)
            sweep(&f, (enum state)s, (uint8_t)from, (uint8_t)purpose, (uint8_t)importance);
}

/* Forty gaps at once: nobody has as many, and no rule may run out of its budget on fewer. */
static void many_gaps_stay_within_the_budget(void **state) {
  (void)state;
  static struct need needs[MAX_NEEDS];
  struct facts f = {.roles = {"TASS"},
                    .n_roles = 1,
                    .family = "learning-support",
                    .minutes = ABSENT,
                    .weeks = ABSENT,
                    .term_time = ABSENT,
                    .employer = ABSENT,
                    .started = ABSENT,
                    .progression = PROGRESSION_YES,
                    .no_computer = 0,
                    .n_clusters = 1,
                    .needs = needs};
  for (uint32_t i = 0; i < catalogue_n_competences(catalogue) && f.n_needs < MAX_NEEDS; i++) {
    const struct competence *c = catalogue_competence_at(catalogue, i);
    if (strncmp(c->code, "STL", 3) == 0) needs[f.n_needs++] = need_in(STATE_TWO, c);
  }
  assert_int_equal(f.n_needs, MAX_NEEDS);
  evaluate(&f, false);
  all_answered(&f, "forty gaps");
  arena_reset(&scratch);
}

/* --- the set --- */

static void read_bundle(const char *dir, const char *prefix, const char *suffix, struct buf *out, struct bundle *ret) {
  const char *const suffixes[] = {suffix, NULL};
  struct error err = {0};
  if (bundle_read_dir(ret, dir, prefix, suffixes, &err) < 0) fail_msg("%s", err.text);
  bundle_seal(ret, out);
}

static int open_set(void **state) {
  (void)state;
  const char *worker = getenv("NEEDS_WORKER");
  struct bundle rules_bundle = {0}, catalogue_bundle = {0};
  struct fault_list faults = {0};
  struct pool_options options = {.worker = worker, .deadline_ms = 20000, .load_ms = 60000};
  static const struct ruleset_callbacks cb = {on_ready, on_aside};
  if (!worker || hash_init() < 0) return -1;
  read_bundle(SOURCE_ROOT "/rules/default", "default/", ".lua", &rules_bytes, &rules_bundle);
  read_bundle(SOURCE_ROOT "/rules/catalogue", "national/", ".csv", &catalogue_bytes, &catalogue_bundle);
  if (catalogue_create(&catalogue, &catalogue_bundle, &faults) < 0) fail_msg("%s", faults.n ? faults.lines[0] : "catalogue");
  uv_loop_init(&loop);
  pool = pool_create(&loop, &options);
  set = ruleset_open(pool, "888", &rules_bytes, &catalogue_bytes, NULL, 0, catalogue_n_competences(catalogue), &cb, NULL);
  while (!ready) uv_run(&loop, UV_RUN_ONCE);
  rules = ruleset_rules(set, &n_rules);
  fault_list_finish(&faults);
  bundle_finish(&rules_bundle);
  bundle_finish(&catalogue_bundle);
  return 0;
}

static int close_set(void **state) {
  (void)state;
  pool_destroy(pool, NULL, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  catalogue_destroy(catalogue);
  buf_finish(&rules_bytes);
  buf_finish(&catalogue_bytes);
  arena_finish(&scratch);
  return uv_loop_close(&loop);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_rule_says_who_and_why),       cmocka_unit_test(every_case_holds),
      cmocka_unit_test(every_rule_has_both_kinds_of_case), cmocka_unit_test(no_kind_of_need_is_left_without_an_answer),
      cmocka_unit_test(many_gaps_stay_within_the_budget),
  };
  if (!getenv("NEEDS_WORKER")) {
    print_message("NEEDS_WORKER is not set: these tests need the worker\n");
    return 77; /* skipped */
  }
  return cmocka_run_group_tests(tests, open_set, close_set);
}
