/* authority - what each authority serves: rule set and catalogue, checked and published as a pair, rolled forward all or nothing.
 *
 * A pair is read (serving.c), its catalogue made here, its rules loaded by a worker of their own. Only when both are without
 * fault does the pair take over; else the last good one serves on and the faults are kept for `ask rules`. */
#define LOG_AREA "serving"
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "pipeline/state.h"

struct serving *serving_of(const struct pipeline *p, const char *authority) {
  for (size_t i = 0; i < p->n_servings; i++)
    if (strcmp(p->servings[i]->code, authority) == 0) return p->servings[i];
  return NULL;
}

/* --- rules set aside --- */

void aside_add(struct pipeline *p, const char *authority, const struct hash256 *rules, const char *rule) {
  size_t cap = p->n_asides;
  p->asides = mem_grow(p->asides, &cap, p->n_asides + 1, sizeof *p->asides);
  p->asides[p->n_asides++] = (struct aside){mem_strdup(authority), mem_strdup(rule), *rules};
}

static int name_order(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* The names set aside of this rule set, sorted; the identity is the rule set's hash and these. */
static void take_asides(struct pair *pair) {
  struct pipeline *p = pair->pipeline;
  struct buf b = {0};
  for (size_t i = 0; i < pair->n_aside; i++) free(pair->aside[i]);
  free(pair->aside);
  pair->aside = mem_array(p->n_asides + 1, sizeof *pair->aside);
  pair->n_aside = 0;
  for (size_t i = 0; i < p->n_asides; i++)
    if (strcmp(p->asides[i].authority, pair->serving->code) == 0 && hash256_eq(&p->asides[i].rules, &pair->rules))
      pair->aside[pair->n_aside++] = mem_strdup(p->asides[i].rule);
  if (pair->n_aside > 1) qsort(pair->aside, pair->n_aside, sizeof *pair->aside, name_order);
  buf_put(&b, pair->rules.bytes, 32);
  for (size_t i = 0; i < pair->n_aside; i++) buf_str(&b, pair->aside[i]);
  pair->identity = hash256_of(b.data, b.len);
  buf_finish(&b);
}

/* --- a pair's life --- */

static void drop_evaluations(struct pair *pair) {
  struct pipeline *p = pair->pipeline;
  while (pair->evaluations) {
    struct evaluation *e = pair->evaluations;
    pair->evaluations = e->next;
    p->n_in_flight--;
    p->counts.evaluations[EVALUATION_DROPPED] += e->result->school == NULL;
    due_drop_result(p, e->result);
    free(e);
  }
}

static void pair_destroy(struct pair *pair) {
  if (!pair) return;
  if (pair->ruleset) ruleset_close(pair->ruleset);
  drop_evaluations(pair);
  explanations_drop(pair->pipeline, pair->catalogue);
  verification_drop(pair->pipeline, pair->catalogue);
  catalogue_destroy(pair->catalogue);
  buf_finish(&pair->rules_bytes);
  buf_finish(&pair->catalogue_bytes);
  for (size_t i = 0; i < pair->n_aside; i++) free(pair->aside[i]);
  free(pair->aside);
  free(pair->counts);
  free(pair);
}

static void sources_finish(struct sources *s) {
  free(s->name);
  free(s->rules_dir);
  free(s->catalogue_dir);
  *s = (struct sources){0};
}

static char *dup_or_null(const char *s) { return s ? mem_strdup(s) : NULL; }

void serving_ask(struct serving *s, const struct pipeline_authority *a) {
  sources_finish(&s->asked);
  s->asked = (struct sources){dup_or_null(a->name), dup_or_null(a->rules_dir), dup_or_null(a->catalogue_dir)};
}

void serving_free(struct serving *s) {
  if (!s) return;
  pair_destroy(s->next);
  pair_destroy(s->pair);
  rule_counts_free(s);
  fault_list_finish(&s->refused);
  sources_finish(&s->now);
  sources_finish(&s->asked);
  free(s->code);
  free(s);
}

static void finish_check(struct serving *s, bool good) {
  void (*checked)(void *, struct serving *, bool) = s->checked;
  s->checked = NULL;
  s->is_refused = !good;
  if (checked) checked(s->checked_arg, s, good);
}

static void refuse(struct serving *s) {
  pair_destroy(s->next);
  s->next = NULL;
  for (size_t i = 0; i < s->refused.n; i++)
    if (strncmp(s->refused.lines[i], "warning: ", 9) != 0)
      log_warn("refused", "authority=%s fault=\"%s\"", s->code, s->refused.lines[i]);
  finish_check(s, false);
}

static void on_published_committed(struct pipeline *p, struct note *n) {
  (void)p;
  ((struct serving *)n->arg)->position = n->position;
}

static void save_published(struct serving *s) {
  struct pipeline *p = s->pipeline;
  struct pair *pair = s->pair;
  char rules[65], catalogue[65];
  if (s->published && hash256_eq(&s->published_rules, &pair->rules) && hash256_eq(&s->published_catalogue, &pair->catalogue_hash))
    return;
  struct buf json = {0};
  json_open(&json, '{');
  json_key(&json, "rules");
  json_str(&json, hash256_hex(&pair->rules, rules));
  json_key(&json, "catalogue");
  json_str(&json, hash256_hex(&pair->catalogue_hash, catalogue));
  json_close(&json, '}');
  s->published = true;
  s->published_rules = pair->rules;
  s->published_catalogue = pair->catalogue_hash;
  struct note *n = note_add(p, s->code, "published", &json);
  n->rules = pair->rules;
  n->catalogue = pair->catalogue_hash;
  buf_put(&n->rules_bytes, pair->rules_bytes.data, pair->rules_bytes.len);
  buf_put(&n->catalogue_bytes, pair->catalogue_bytes.data, pair->catalogue_bytes.len);
  n->committed = on_published_committed;
  n->arg = s;
  buf_finish(&json);
}

void serving_drop_next(struct serving *s) {
  pair_destroy(s->next);
  s->next = NULL;
}

void serving_take_over(struct serving *s) {
  struct pipeline *p = s->pipeline;
  pair_destroy(s->pair);
  s->pair = s->next;
  s->next = NULL;
  s->down_since_ms = 0;
  sources_finish(&s->now);
  s->now = s->asked;
  s->asked = (struct sources){0};
  save_published(s);
  people_authority(&p->people, s->code, true)->serving = s;
  due_mark_authority(p, s->code);
}

/* A pair that serves already and was opened again, less a rule set aside. */
static void on_reopened(struct pair *pair, const struct fault_list *faults) {
  struct serving *s = pair->serving;
  pair->ready = faults == NULL;
  if (pair->ready) rule_counts_take(pair);
  for (size_t i = 0; faults && i < faults->n; i++)
    log_error("the rules could not be opened again", "authority=%s fault=\"%s\"", s->code, faults->lines[i]);
  if (pair->ready) due_mark_authority(pair->pipeline, s->code);
}

static void on_ready(void *arg, struct ruleset *ruleset, const struct fault_list *faults) {
  struct pair *pair = arg;
  struct serving *s = pair->serving;
  (void)ruleset;
  if (s->pair == pair) {
    on_reopened(pair, faults);
    return;
  }
  if (!faults) {
    pair->ready = true;
    rule_counts_take(pair);
    finish_check(s, true);
    return;
  }
  for (size_t i = 0; i < faults->n; i++) fault_list_add(&s->refused, true, "%s", faults->lines[i]);
  refuse(s);
}

static void open_rules(struct pair *pair);

static void on_aside_committed(struct pipeline *p, struct note *n) {
  struct serving *s = n->arg;
  struct pair *pair = s->pair;
  (void)p;
  if (!pair || !hash256_eq(&pair->rules, &n->rules)) return; /* a newer pair serves */
  ruleset_close(pair->ruleset);
  pair->ruleset = NULL;
  drop_evaluations(pair);
  explanations_drop(pair->pipeline, pair->catalogue);
  verification_drop(pair->pipeline, pair->catalogue);
  open_rules(pair);
}

static void on_aside(void *arg, struct ruleset *ruleset, const char *rule, const char *reason) {
  struct pair *pair = arg;
  struct serving *s = pair->serving;
  char hex[65];
  struct buf json = {0};
  (void)ruleset;
  pair->ready = false;
  if (!rule) { /* nothing can be set aside: evaluation rests until other rules are published */
    log_error("the rules break their worker outside any rule", "authority=%s reason=\"%s\"", s->code, reason);
    fault_list_add(&s->refused, true, "the rules break their worker outside any rule: %s", reason);
    s->is_refused = true;
    s->down_since_ms = clock_mono_ms();
    ruleset_close(pair->ruleset);
    pair->ruleset = NULL;
    drop_evaluations(pair);
    explanations_drop(pair->pipeline, pair->catalogue);
    verification_drop(pair->pipeline, pair->catalogue);
    return;
  }
  log_warn("rule set aside", "authority=%s rule=%s reason=\"%s\"", s->code, rule, reason);
  aside_add(s->pipeline, s->code, &pair->rules, rule);
  json_open(&json, '{');
  json_key(&json, "rules");
  json_str(&json, hash256_hex(&pair->rules, hex));
  json_key(&json, "rule");
  json_str(&json, rule);
  json_key(&json, "reason");
  json_str(&json, reason);
  json_close(&json, '}');
  struct note *n = note_add(s->pipeline, s->code, "aside", &json);
  n->rules = pair->rules;
  n->committed = on_aside_committed;
  n->arg = s;
  buf_finish(&json);
}

static void open_rules(struct pair *pair) {
  static const struct ruleset_callbacks callbacks = {on_ready, on_aside};
  take_asides(pair);
  pair->ruleset = ruleset_open(pair->pipeline->pool, pair->serving->code, &pair->rules_bytes, &pair->catalogue_bytes,
                               (const char *const *)pair->aside, pair->n_aside, catalogue_n_competences(pair->catalogue),
                               &callbacks, pair);
}

/* --- reading --- */

static int decode_catalogue(struct pair *pair, struct fault_list *faults) {
  struct bundle bundle = {0};
  struct error err = {0};
  int rc = bundle_decode(&bundle, pair->catalogue_bytes.data, pair->catalogue_bytes.len, &err);
  if (rc < 0)
    fault_list_add(faults, true, "%s", err.text);
  else
    rc = catalogue_create(&pair->catalogue, &bundle, faults);
  pair->catalogue_hash = bundle.hash;
  bundle_finish(&bundle);
  return rc;
}

static int read_configured(struct pair *pair, struct fault_list *faults) {
  struct serving *s = pair->serving;
  struct bundle rules, catalogue;
  struct error err = {0};
  int rc = serving_read_pair(s->pipeline->share, s->asked.rules_dir, s->asked.catalogue_dir, &rules, &catalogue, &err);
  if (rc < 0) {
    fault_list_add(faults, true, "%s", err.text);
    return rc;
  }
  bundle_seal(&rules, &pair->rules_bytes);
  bundle_seal(&catalogue, &pair->catalogue_bytes);
  pair->rules = rules.hash;
  bundle_finish(&rules);
  bundle_finish(&catalogue);
  return decode_catalogue(pair, faults);
}

/* The pair that was published last, from the store: the last good one. */
static int read_published(struct pair *pair, struct fault_list *faults) {
  struct serving *s = pair->serving;
  if (!s->published) return -ENOENT;
  int rc = store_bundle(s->pipeline->store, &s->published_rules, &pair->rules_bytes);
  if (rc == 0) rc = store_bundle(s->pipeline->store, &s->published_catalogue, &pair->catalogue_bytes);
  pair->rules = s->published_rules;
  return rc == 0 ? decode_catalogue(pair, faults) : rc;
}

static struct pair *pair_create(struct serving *s) {
  struct pair *pair = mem_alloc(sizeof *pair);
  pair->pipeline = s->pipeline;
  pair->serving = s;
  return pair;
}

/* Starts the check of the configured pair; `checked` comes later, or at once when reading alone shows it to be faulty. */
int serving_check(struct serving *s, void (*checked)(void *arg, struct serving *s, bool good), void *arg) {
  if (s->next) return -EALREADY;
  fault_list_finish(&s->refused);
  s->refused = (struct fault_list){0};
  s->checked = checked;
  s->checked_arg = arg;
  s->next = pair_create(s);
  if (read_configured(s->next, &s->refused) < 0) {
    refuse(s);
    return 0;
  }
  open_rules(s->next);
  return 0;
}

/* At start, when the configured pair was refused: serve what was published last. */
int serving_fall_back(struct serving *s, void (*checked)(void *arg, struct serving *s, bool good), void *arg) {
  struct fault_list faults = {0};
  s->next = pair_create(s);
  int rc = read_published(s->next, &faults);
  for (size_t i = 0; rc < 0 && i < faults.n; i++)
    log_warn("the last good ones cannot serve either", "authority=%s fault=\"%s\"", s->code, faults.lines[i]);
  fault_list_finish(&faults);
  if (rc < 0) {
    pair_destroy(s->next);
    s->next = NULL;
    return rc;
  }
  s->checked = checked;
  s->checked_arg = arg;
  open_rules(s->next);
  return 0;
}
