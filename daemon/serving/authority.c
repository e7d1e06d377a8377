/* authority - what each authority serves: rule set and catalogue, checked and published as a pair,
 * rolled forward all or nothing.
 *
 * A pair is read (overlay.c), its catalogue made here, its rules loaded by a worker of their own.
 * Only when both are without fault does the pair take over; else the last good one serves on and
 * the faults are kept for `ask rules`. */
#define LOG_AREA "serving"
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "pipeline/effects.h"
#include "serving/authority.h"
#include "serving/meaning.h"
#include "serving/overlay.h"

/* --- a pair's life --- */

static int name_order(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names set aside of this rule set, sorted; the identity is the rule set's hash and these. */
static void take_asides(struct pair *pair) {
  struct pipeline *p = pair->pipeline;
  struct buf b = {0};

  for (size_t i = 0; i < pair->n_aside; i++)
    free(pair->aside[i]);

  free(pair->aside);
  pair->aside = mem_array(p->n_asides + 1, sizeof *pair->aside);
  pair->n_aside = 0;

  for (size_t i = 0; i < p->n_asides; i++)
    if (strcmp(p->asides[i].authority, pair->serving->code) == 0 &&
        hash256_eq(&p->asides[i].rules, &pair->rules))
      pair->aside[pair->n_aside++] = mem_strdup(p->asides[i].rule);

  if (pair->n_aside > 1)
    qsort(pair->aside, pair->n_aside, sizeof *pair->aside, name_order);

  buf_put(&b, pair->rules.bytes, 32);
  for (size_t i = 0; i < pair->n_aside; i++)
    buf_str(&b, pair->aside[i]);

  pair->identity = hash256_of(b.data, b.len);
  buf_finish(&b);
}

static void drop_evaluations(struct pair *pair) {
  struct pipeline *p = pair->pipeline;

  while (pair->evaluations) {
    struct evaluation *e = pair->evaluations;
    pair->evaluations = e->next;
    p->n_in_flight--;
    pair->serving->evaluating[e->result->urgency]--;
    p->counts.evaluations[EVALUATION_DROPPED] += !e->result->school;
    due_drop_result(p, e->result);
    free(e);
  }
}

/* Its worker goes, and whatever waits for it. Whoever is told so may look for more to do, and must
 * not find it here. */
static void pair_close_rules(struct pair *pair) {
  struct ruleset *ruleset = pair->ruleset;
  pair->ready = false;
  pair->ruleset = NULL;
  if (ruleset)
    ruleset_close(ruleset);

  drop_evaluations(pair);
  pair->pipeline->rules_gone(pair->pipeline, pair);
}

void pair_destroy(struct pair *pair) {
  if (!pair)
    return;

  *(pair->prev ? &pair->prev->next : &pair->pipeline->pairs) = pair->next;
  if (pair->next)
    pair->next->prev = pair->prev;

  pair_close_rules(pair);
  catalogue_destroy(pair->catalogue);
  buf_finish(&pair->rules_bytes);
  buf_finish(&pair->catalogue_bytes);
  for (size_t i = 0; i < pair->n_aside; i++)
    free(pair->aside[i]);

  free(pair->aside);
  fault_list_finish(&pair->changes);
  free(pair->counts);
  free(pair);
}

static void sources_finish(struct sources *s) {
  free(s->name);
  free(s->rules_dir);
  free(s->catalogue_dir);
  *s = (struct sources){0};
}

static char *dup_or_null(const char *s) {
  if (s)
    return mem_strdup(s);
  return NULL;
}

void serving_ask(struct serving *s, const struct pipeline_authority *a) {
  sources_finish(&s->asked);
  s->asked = (struct sources){dup_or_null(a->name), dup_or_null(a->rules_dir),
                              dup_or_null(a->catalogue_dir), a->limits};
}

void serving_free(struct serving *s) {
  if (!s)
    return;

  publish_drop(s);
  history_finish(&s->history);
  pair_destroy(s->to_publish);
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
  if (checked)
    checked(s->checked_arg, s, good);
}

static void refuse(struct serving *s) {
  pair_destroy(s->next);
  s->next = NULL;
  for (size_t i = 0; i < s->refused.n; i++)
    if (!s->refused.lines[i].is_warning)
      log_warn("refused", "authority=%s fault=\"%s\"", s->code, s->refused.lines[i].said);

  finish_check(s, false);
}

/* --- what serves is journaled --- */

static void on_published_committed(struct pipeline *p, struct note *n) {
  struct serving *s = n->arg;
  (void)p;
  history_take_committed(s, n->position);
  publish_committed(s, n);
}

static bool is_published(const struct serving *s) {
  return s->published && hash256_eq(&s->published_rules, &s->pair->rules) &&
         hash256_eq(&s->published_catalogue, &s->pair->catalogue_hash);
}

static void json_words(struct buf *json, const struct serving *s,
                       const struct publication_words *w) {
  const struct act *before = history_last(&s->history);
  char own[65];

  json_key(json, "name");
  json_str(json, w->name);
  json_opt_str(json, "by", w->by);
  json_opt_str(json, "approved_by", w->approved_by);
  json_opt_str(json, "rollback_of", w->rollback_of);
  json_opt_str(json, "from", before ? before->name : NULL);
  json_key(json, "configured");
  json_str(json, hash256_hex(&s->own, own));
}

static struct note *save_published(struct serving *s, const struct publication_words *words) {
  struct pair *pair = s->pair;
  char rules[65], catalogue[65];
  struct buf json = {0};

  json_open(&json, '{');
  json_key(&json, "rules");
  json_str(&json, hash256_hex(&pair->rules, rules));
  json_key(&json, "catalogue");
  json_str(&json, hash256_hex(&pair->catalogue_hash, catalogue));
  json_words(&json, s, words);
  json_close(&json, '}');
  s->published = true;
  s->published_rules = pair->rules;
  s->published_catalogue = pair->catalogue_hash;

  struct note *n = note_add(s->pipeline, s->code, "published", &json);
  n->rules = pair->rules;
  n->catalogue = pair->catalogue_hash;
  buf_put(&n->rules_bytes, pair->rules_bytes.data, pair->rules_bytes.len);
  buf_put(&n->catalogue_bytes, pair->catalogue_bytes.data, pair->catalogue_bytes.len);
  n->committed = on_published_committed;
  n->arg = s;
  buf_finish(&json);
  effects_of_publication(s);

  return n;
}

/* --- taking over --- */

void serving_drop_next(struct serving *s) {
  pair_destroy(s->next);
  s->next = NULL;
}

void serving_drop_publication(struct serving *s) {
  pair_destroy(s->to_publish);
  s->to_publish = NULL;
}

/* `to` is one of the two that were checked. */
static void switch_pair(struct serving *s, struct pair **to) {
  struct pipeline *p = s->pipeline;
  bool moved = !s->pair || !hash256_eq(&s->pair->catalogue_hash, &(*to)->catalogue_hash);

  pair_destroy(s->pair);
  s->pair = *to;
  *to = NULL;
  s->down_since_ms = 0;
  meaning_log(s->pair);

  struct authority *authority = people_authority(&p->people, s->code, true);
  authority->serving = s;
  authority->reads_effects = ruleset_reads_effects(s->pair->ruleset);
  due_mark_authority(p, s->code, moved);
}

struct note *serving_switch(struct serving *s, const struct publication_words *words) {
  switch_pair(s, &s->to_publish);
  s->is_refused = false;
  return save_published(s, words);
}

static void take_sources(struct serving *s) {
  sources_finish(&s->now);
  s->now = s->asked;
  s->asked = (struct sources){0};
}

/* The directories are the newest word: they hold another pair, or one that somebody had published
 * over. */
static bool is_news(const struct serving *s) {
  const struct act *last = history_last(&s->history);
  return !is_published(s) || (last && last->by && !hash256_eq(&last->configured, &s->own));
}

void serving_take_over(struct serving *s) {
  switch_pair(s, &s->next);
  take_sources(s);
  if (s->from_store || !is_news(s))
    return;

  _cleanup_free_ char *name = history_new_name(&s->history, clock_trusted_ms());
  save_published(s, &(struct publication_words){.name = name});
}

void serving_keep(struct serving *s) {
  s->keeps = false;
  take_sources(s);
}

static void take_rules(struct pair *pair) {
  pair->ready = true;
  pair->reads_offers = ruleset_reads_offers(pair->ruleset);
  rule_counts_take(pair);
}

/* A pair that serves already and was opened again, less a rule set aside. */
static void on_reopened(struct pair *pair, const struct fault_list *faults) {
  struct serving *s = pair->serving;
  if (!faults)
    take_rules(pair);
  for (size_t i = 0; faults && i < faults->n; i++)
    log_error("the rules could not be opened again", "authority=%s fault=\"%s\"", s->code,
              faults->lines[i].said);
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
    take_rules(pair);
    if (pair == s->to_publish)
      publish_checked(s, NULL);
    else
      finish_check(s, true);

    return;
  }
  if (pair == s->to_publish) {
    publish_checked(s, faults);
    return;
  }

  for (size_t i = 0; i < faults->n; i++)
    fault_list_add(&s->refused, true, "%s", faults->lines[i].said);

  s->refused.rc = faults->rc;
  refuse(s);
}

static void open_rules(struct pair *pair);

void serving_reopen(struct serving *s) {
  struct pair *pair = s->pair;
  pair_close_rules(pair);
  open_rules(pair);
  due_mark_authority(pair->pipeline, s->code, false); /* its identity is another one from here on */
}

static void on_aside_committed(struct pipeline *p, struct note *n) {
  struct serving *s = n->arg;
  (void)p;
  history_take_committed(s, n->position);

  /* else a newer pair serves */
  if (s->pair && hash256_eq(&s->pair->rules, &n->rules))
    serving_reopen(s);
}

static void on_aside(void *arg, struct ruleset *ruleset, const char *rule, const char *reason) {
  struct pair *pair = arg;
  struct serving *s = pair->serving;
  char hex[65];
  struct buf json = {0};

  (void)ruleset;
  pair->ready = false;
  if (!rule) { /* nothing can be set aside: evaluation rests until other rules are published */
    log_error("the rules break their worker outside any rule", "authority=%s reason=\"%s\"",
              s->code, reason);
    fault_list_add(&s->refused, true, "the rules break their worker outside any rule: %s", reason);
    s->is_refused = true;
    s->down_since_ms = clock_mono_ms();
    pair_close_rules(pair);

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

/* It was in force here once: it was checked then, by the rules of that time. */
static bool catalogue_was_published(const struct serving *s, const struct hash256 *catalogue) {
  for (size_t i = 0; i < s->history.n; i++) {
    const struct act *a = &s->history.acts[i];
    if (a->kind == ACT_PUBLISHED && hash256_eq(&a->catalogue, catalogue))
      return true;
  }

  return s->published && hash256_eq(&s->published_catalogue, catalogue);
}

static bool rules_were_published(const struct serving *s, const struct hash256 *rules) {
  for (size_t i = 0; i < s->history.n; i++) {
    const struct act *a = &s->history.acts[i];
    if (a->kind == ACT_PUBLISHED && hash256_eq(&a->rules, rules))
      return true;
  }

  return s->published && hash256_eq(&s->published_rules, rules);
}

void pair_open(struct pair *pair, const struct ruleset_callbacks *callbacks, void *arg) {
  bool known = rules_were_published(pair->serving, &pair->rules);
  take_asides(pair);
  pair->ruleset = ruleset_open(pair->pipeline->pool, pair->serving->code, &pair->rules_bytes,
                               &pair->catalogue_bytes, known, (const char *const *)pair->aside,
                               pair->n_aside, catalogue_n_competences(pair->catalogue), callbacks,
                               arg);
}

static void open_rules(struct pair *pair) {
  static const struct ruleset_callbacks callbacks = {on_ready, on_aside};
  pair_open(pair, &callbacks, pair);
}

/* --- reading --- */

/* Most publications change rules alone, and reading a catalogue takes the loop longer than anything
 * else they need. */
static struct catalogue *catalogue_at_hand(const struct pipeline *p, const struct hash256 *hash) {
  for (const struct pair *pair = p->pairs; pair; pair = pair->next)
    if (pair->catalogue && hash256_eq(catalogue_hash(pair->catalogue), hash))
      return pair->catalogue;
  return NULL;
}

int pair_decode_catalogue(struct pair *pair, struct fault_list *faults) {
  pair->catalogue_hash = hash256_of(pair->catalogue_bytes.data, pair->catalogue_bytes.len);
  struct catalogue *same = catalogue_at_hand(pair->pipeline, &pair->catalogue_hash);
  bool known = catalogue_was_published(pair->serving, &pair->catalogue_hash);
  if (same && (known || !catalogue_is_known(same))) {
    pair->catalogue = catalogue_ref(same);
    catalogue_warn(same, faults);
    return 0;
  }

  struct bundle bundle = {0};
  struct error err = {0};
  int rc = bundle_decode(&bundle, pair->catalogue_bytes.data, pair->catalogue_bytes.len, &err);
  if (rc < 0)
    fault_list_add(faults, true, "%s", err.text);
  else
    rc = (known ? catalogue_create_known : catalogue_create)(&pair->catalogue, &bundle, faults);

  bundle_finish(&bundle);

  return rc;
}

/* `rules` and `catalogue` as laid together are the pair's. */
static int seal_pair(struct pair *pair, struct bundle *rules, struct bundle *catalogue,
                     struct fault_list *faults) {
  bundle_seal(rules, &pair->rules_bytes);
  bundle_seal(catalogue, &pair->catalogue_bytes);
  pair->rules = rules->hash;
  bundle_finish(rules);
  bundle_finish(catalogue);

  return pair_decode_catalogue(pair, faults);
}

static int read_configured(struct pair *pair, struct fault_list *faults) {
  struct serving *s = pair->serving;
  struct bundle rules, catalogue;
  struct error err = {0};
  int rc = serving_read_pair(s->pipeline->share, s->asked.rules_dir, s->asked.catalogue_dir, &rules,
                             &catalogue, &err);
  if (rc < 0) {
    fault_list_add(faults, true, "%s", err.text);
    if (error_is_temporary(rc))
      faults->rc = rc;
    else
      faults->rc = 0;

    return rc;
  }

  return seal_pair(pair, &rules, &catalogue, faults);
}

/* The pair that was published last, from the store: the last good one. */
static int read_published(struct pair *pair, struct fault_list *faults) {
  struct serving *s = pair->serving;
  if (!s->published)
    return -ENOENT;

  int rc = pair_read_stored(pair, &s->published_rules, &s->published_catalogue);
  if (rc < 0)
    fault_list_add(faults, true, "the data directory does not hold what was published last: %s",
                   strerror(-rc));

  if (rc == 0)
    return pair_decode_catalogue(pair, faults);
  return rc;
}

int pair_read_stored(struct pair *pair, const struct hash256 *rules,
                     const struct hash256 *catalogue) {
  struct store *store = pair->pipeline->store;
  int rc = store_bundle(store, rules, &pair->rules_bytes);
  if (rc == 0)
    rc = store_bundle(store, catalogue, &pair->catalogue_bytes);

  pair->rules = *rules;
  pair->catalogue_hash = *catalogue;

  return rc;
}

struct pair *pair_create(struct serving *s) {
  struct pair *pair = mem_alloc(sizeof *pair);
  struct pipeline *p = pair->pipeline = s->pipeline;

  pair->serving = s;
  pair->next = p->pairs;
  if (p->pairs)
    p->pairs->prev = pair;

  p->pairs = pair;

  return pair;
}

struct pair *pair_copy(const struct pair *from) {
  struct pair *pair = pair_create(from->serving);
  buf_put(&pair->rules_bytes, from->rules_bytes.data, from->rules_bytes.len);
  buf_put(&pair->catalogue_bytes, from->catalogue_bytes.data, from->catalogue_bytes.len);
  pair->rules = from->rules;
  pair->catalogue_hash = from->catalogue_hash;

  return pair;
}

/* What the directories hold now is remembered: whoever publishes through the door does so knowing
 * it. */
static bool own_files_changed(struct serving *s) {
  struct overlay own[PARTS];
  struct hash256 hash;
  const struct act *last = history_last(&s->history);
  if (last)
    s->own = last->configured; /* where they cannot be read */

  if (serving_read_own(s->asked.rules_dir, s->asked.catalogue_dir, own, &hash, NULL) < 0)
    return true;

  for (int i = 0; i < PARTS; i++)
    overlay_finish(&own[i]);

  s->own = hash;

  return !last || !hash256_eq(&last->configured, &hash);
}

/* Somebody published through the door, and the directories hold what they held then: the newest
 * deliberate act wins. */
static bool door_was_last(struct serving *s) {
  const struct act *last = history_last(&s->history);
  bool changed = own_files_changed(s);
  return last && last->by && !changed;
}

static int read_next(struct serving *s, struct fault_list *faults) {
  s->next = pair_create(s);
  int rc = s->from_store ? read_published(s->next, faults) : read_configured(s->next, faults);
  if (rc == 0 && !s->from_store && meaning_check_pair(s->next, faults) > 0)
    rc = -EINVAL;
  if (rc == 0)
    open_rules(s->next);

  return rc;
}

static void check_now(struct serving *s) {
  fault_list_finish(&s->refused);
  s->refused = (struct fault_list){0};
  s->from_store = door_was_last(s);
  s->keeps = s->from_store && s->pair;
  if (s->keeps)
    finish_check(s, true);
  else if (read_next(s, &s->refused) < 0)
    refuse(s);
}

/* Starts the check of what is to serve: the configured pair, or what was published since. `checked`
 * comes later, or at once when reading alone shows it to be faulty. A publication that is under way
 * goes first. */
void serving_check(struct serving *s, void (*checked)(void *arg, struct serving *s, bool good),
                   void *arg) {
  s->checked = checked;
  s->checked_arg = arg;
  s->check_waits = s->publishing != NULL;
  if (!s->check_waits)
    check_now(s);
}

void serving_check_waiting(struct serving *s) {
  if (!s->check_waits)
    return;
  s->check_waits = false;
  check_now(s);
}

/* At start, when that was refused: the other of the two, what was published last or what is
 * configured. */
int serving_fall_back(struct serving *s, void (*checked)(void *arg, struct serving *s, bool good),
                      void *arg) {
  struct fault_list faults = {0};
  s->from_store = !s->from_store;
  s->checked = checked;
  s->checked_arg = arg;
  int rc = read_next(s, &faults);
  for (size_t i = 0; rc < 0 && i < faults.n; i++)
    log_warn("the last good ones cannot serve either", "authority=%s fault=\"%s\"", s->code,
             faults.lines[i].said);
  fault_list_finish(&faults);
  if (rc < 0)
    serving_drop_next(s);
  return rc;
}

/* A pair that somebody publishes: its worker is started, and publish_checked comes. */
void serving_check_pair(struct serving *s, struct pair *pair_take) {
  struct fault_list faults = {0};
  s->to_publish = pair_take;
  int rc = 0;
  if (!pair_take->catalogue)
    rc = pair_decode_catalogue(pair_take, &faults);
  if (rc == 0 && meaning_check_pair(pair_take, &faults) > 0)
    rc = -EINVAL;
  if (rc == 0)
    open_rules(pair_take);
  if (rc < 0)
    publish_checked(s, &faults);

  fault_list_finish(&faults);
}
