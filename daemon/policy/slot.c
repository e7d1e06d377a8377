/* slot - the policy of each authority: rule set and catalogue, checked and published together, all
 * or nothing.
 *
 * A policy is read (bundle_files.c), its catalogue made here, its rules loaded by a worker of their
 * own. Only when both are without fault does the policy take over; else the last good one remains
 * in force and the faults are kept for `ask rules`. */
#define LOG_AREA "policy"
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "pipeline/effects.h"
#include "policy/bundle_files.h"
#include "policy/meaning.h"
#include "policy/slot.h"

/* --- a policy's life --- */

static int name_order(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names set aside of this rule set, sorted; the identity is the rule set's hash and these. */
static void take_asides(struct policy *policy) {
  struct pipeline *p = policy->pipeline;
  struct buf b = {0};

  for (size_t i = 0; i < policy->n_aside; i++)
    free(policy->aside[i]);

  free(policy->aside);
  policy->aside = mem_array(p->n_asides + 1, sizeof *policy->aside);
  policy->n_aside = 0;

  for (size_t i = 0; i < p->n_asides; i++)
    if (strcmp(p->asides[i].authority, policy->slot->code) == 0 &&
        hash256_eq(&p->asides[i].rules, &policy->rules))
      policy->aside[policy->n_aside++] = mem_strdup(p->asides[i].rule);

  if (policy->n_aside > 1)
    qsort(policy->aside, policy->n_aside, sizeof *policy->aside, name_order);

  buf_put(&b, policy->rules.bytes, 32);
  for (size_t i = 0; i < policy->n_aside; i++)
    buf_str(&b, policy->aside[i]);

  policy->identity = hash256_of(b.data, b.len);
  buf_finish(&b);
}

static void drop_evaluations(struct policy *policy) {
  struct pipeline *p = policy->pipeline;

  while (!LIST_EMPTY(&policy->evaluations)) {
    struct evaluation *e = LIST_FIRST(&policy->evaluations);
    LIST_REMOVE(e, link);
    p->due.in_flight--;
    policy->slot->evaluating[e->result->urgency]--;
    p->counts.evaluations[EVALUATION_DROPPED] += !e->result->school;
    result_drop(p, e->result);
    free(e);
  }
}

/* Its worker goes, and what waits for it. A caller that hears so may look for more to do, and must
 * not find it here. */
static void policy_close_rules(struct policy *policy) {
  struct ruleset *ruleset = policy->ruleset;
  policy->ready = false;
  policy->ruleset = NULL;
  if (ruleset)
    ruleset_close(ruleset);

  drop_evaluations(policy);
  policy->pipeline->life.rules_gone(policy->pipeline, policy);
}

void policy_destroy(struct policy *policy) {
  if (!policy)
    return;

  LIST_REMOVE(policy, link);
  policy_close_rules(policy);
  catalogue_destroy(policy->catalogue);
  buf_finish(&policy->rules_bytes);
  buf_finish(&policy->catalogue_bytes);
  for (size_t i = 0; i < policy->n_aside; i++)
    free(policy->aside[i]);

  free(policy->aside);
  fault_list_finish(&policy->changes);
  free(policy->counts);
  free(policy);
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

void policy_slot_ask(struct policy_slot *s, const struct pipeline_authority *a) {
  sources_finish(&s->asked);
  s->asked = (struct sources){dup_or_null(a->name), dup_or_null(a->rules_dir),
                              dup_or_null(a->catalogue_dir), a->limits};
}

void policy_slot_free(struct policy_slot *s) {
  if (!s)
    return;

  publish_drop(s);
  history_finish(&s->history);
  policy_destroy(s->to_publish);
  policy_destroy(s->next);
  policy_destroy(s->policy);
  rule_counts_free(s);
  fault_list_finish(&s->refused);
  sources_finish(&s->now);
  sources_finish(&s->asked);
  free(s->code);
  free(s);
}

static void finish_check(struct policy_slot *s, bool good) {
  void (*checked)(void *, struct policy_slot *, bool) = s->checked;
  s->checked = NULL;
  s->is_refused = !good;
  if (checked)
    checked(s->checked_arg, s, good);
}

static void refuse(struct policy_slot *s) {
  policy_destroy(s->next);
  s->next = NULL;
  for (size_t i = 0; i < s->refused.n; i++)
    if (!s->refused.lines[i].is_warning)
      log_warn("refused", "authority=%s fault=\"%s\"", s->code, s->refused.lines[i].said);

  finish_check(s, false);
}

/* --- what serves is journaled --- */

static void on_published_committed(struct pipeline *p, struct note *n) {
  struct policy_slot *s = n->arg;
  (void)p;
  history_take_committed(s, n->position);
  publish_committed(s, n);
}

static bool is_published(const struct policy_slot *s) {
  return s->published && hash256_eq(&s->published_rules, &s->policy->rules) &&
         hash256_eq(&s->published_catalogue, &s->policy->catalogue_hash);
}

static void json_words(struct buf *json, const struct policy_slot *s,
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

static struct note *save_published(struct policy_slot *s, const struct publication_words *words) {
  struct policy *policy = s->policy;
  char rules[65], catalogue[65];
  struct buf json = {0};

  json_open(&json, '{');
  json_key(&json, "rules");
  json_str(&json, hash256_hex(&policy->rules, rules));
  json_key(&json, "catalogue");
  json_str(&json, hash256_hex(&policy->catalogue_hash, catalogue));
  json_words(&json, s, words);
  json_close(&json, '}');
  s->published = true;
  s->published_rules = policy->rules;
  s->published_catalogue = policy->catalogue_hash;

  struct note *n = note_add(s->pipeline, s->code, NOTE_PUBLISHED, &json);
  n->rules = policy->rules;
  n->catalogue = policy->catalogue_hash;
  buf_put(&n->rules_bytes, policy->rules_bytes.data, policy->rules_bytes.len);
  buf_put(&n->catalogue_bytes, policy->catalogue_bytes.data, policy->catalogue_bytes.len);
  n->committed = on_published_committed;
  n->arg = s;
  buf_finish(&json);
  effects_of_publication(s);

  return n;
}

/* --- taking over --- */

void policy_slot_drop_next(struct policy_slot *s) {
  policy_destroy(s->next);
  s->next = NULL;
}

void policy_slot_drop_publication(struct policy_slot *s) {
  policy_destroy(s->to_publish);
  s->to_publish = NULL;
}

/* `to` is one of the two that were checked. */
static void switch_policy(struct policy_slot *s, struct policy **to) {
  struct pipeline *p = s->pipeline;
  bool moved = !s->policy || !hash256_eq(&s->policy->catalogue_hash, &(*to)->catalogue_hash);

  policy_destroy(s->policy);
  s->policy = *to;
  *to = NULL;
  s->down_since_ms = 0;
  meaning_log(s->policy);

  struct authority *authority = people_authority(&p->people, s->code, true);
  authority->slot = s;
  authority->reads_effects = ruleset_reads_effects(s->policy->ruleset);
  due_mark_authority(p, s->code, moved);
}

struct note *policy_slot_switch(struct policy_slot *s, const struct publication_words *words) {
  switch_policy(s, &s->to_publish);
  s->is_refused = false;
  return save_published(s, words);
}

static void take_sources(struct policy_slot *s) {
  sources_finish(&s->now);
  s->now = s->asked;
  s->asked = (struct sources){0};
}

/* The directories are the newest word: they hold another policy, or one that somebody had published
 * over. */
static bool is_news(const struct policy_slot *s) {
  const struct act *last = history_last(&s->history);
  return !is_published(s) || (last && last->by && !hash256_eq(&last->configured, &s->own));
}

void policy_slot_take_over(struct policy_slot *s) {
  switch_policy(s, &s->next);
  take_sources(s);
  if (s->from_store || !is_news(s))
    return;

  _cleanup_free_ char *name = history_new_name(&s->history, clock_trusted_ms());
  save_published(s, &(struct publication_words){.name = name});
}

void policy_slot_keep(struct policy_slot *s) {
  s->keeps = false;
  take_sources(s);
}

static void take_rules(struct policy *policy) {
  policy->ready = true;
  policy->reads_offers = ruleset_reads_offers(policy->ruleset);
  rule_counts_take(policy);
}

/* The current policy, opened again less a rule set aside. */
static void on_reopened(struct policy *policy, const struct fault_list *faults) {
  struct policy_slot *s = policy->slot;
  if (!faults)
    take_rules(policy);
  for (size_t i = 0; faults && i < faults->n; i++)
    log_error("the rules could not be opened again", "authority=%s fault=\"%s\"", s->code,
              faults->lines[i].said);
}

static void on_ready(void *arg, struct ruleset *ruleset, const struct fault_list *faults) {
  struct policy *policy = arg;
  struct policy_slot *s = policy->slot;

  (void)ruleset;
  if (s->policy == policy) {
    on_reopened(policy, faults);
    return;
  }
  if (!faults) {
    take_rules(policy);
    if (policy == s->to_publish)
      publish_checked(s, NULL);
    else
      finish_check(s, true);

    return;
  }
  if (policy == s->to_publish) {
    publish_checked(s, faults);
    return;
  }

  for (size_t i = 0; i < faults->n; i++)
    fault_list_add(&s->refused, true, "%s", faults->lines[i].said);

  s->refused.rc = faults->rc;
  refuse(s);
}

static void open_rules(struct policy *policy);

void policy_slot_reopen(struct policy_slot *s) {
  struct policy *policy = s->policy;
  policy_close_rules(policy);
  open_rules(policy);
  due_mark_authority(policy->pipeline, s->code,
                     false); /* its identity is another one from here on */
}

static void on_aside_committed(struct pipeline *p, struct note *n) {
  struct policy_slot *s = n->arg;
  (void)p;
  history_take_committed(s, n->position);

  /* else a newer policy is current */
  if (s->policy && hash256_eq(&s->policy->rules, &n->rules))
    policy_slot_reopen(s);
}

static void on_aside(void *arg, struct ruleset *ruleset, const char *rule, const char *reason) {
  struct policy *policy = arg;
  struct policy_slot *s = policy->slot;
  char hex[65];
  struct buf json = {0};

  (void)ruleset;
  policy->ready = false;
  if (!rule) { /* nothing can be set aside: evaluation rests until other rules are published */
    log_error("the rules break their worker outside any rule", "authority=%s reason=\"%s\"",
              s->code, reason);
    fault_list_add(&s->refused, true, "the rules break their worker outside any rule: %s", reason);
    s->is_refused = true;
    s->down_since_ms = clock_mono_ms();
    policy_close_rules(policy);

    return;
  }

  log_warn("rule set aside", "authority=%s rule=%s reason=\"%s\"", s->code, rule, reason);
  aside_add(s->pipeline, s->code, &policy->rules, rule);
  json_open(&json, '{');
  json_key(&json, "rules");
  json_str(&json, hash256_hex(&policy->rules, hex));
  json_key(&json, "rule");
  json_str(&json, rule);
  json_key(&json, "reason");
  json_str(&json, reason);
  json_close(&json, '}');

  struct note *n = note_add(s->pipeline, s->code, NOTE_ASIDE, &json);
  n->rules = policy->rules;
  n->committed = on_aside_committed;
  n->arg = s;
  buf_finish(&json);
}

/* It was in force here once: it was checked then, by the rules of that time. */
static bool catalogue_was_published(const struct policy_slot *s, const struct hash256 *catalogue) {
  for (size_t i = 0; i < s->history.n; i++) {
    const struct act *a = &s->history.acts[i];
    if (a->kind == ACT_PUBLISHED && hash256_eq(&a->catalogue, catalogue))
      return true;
  }

  return s->published && hash256_eq(&s->published_catalogue, catalogue);
}

static bool rules_were_published(const struct policy_slot *s, const struct hash256 *rules) {
  for (size_t i = 0; i < s->history.n; i++) {
    const struct act *a = &s->history.acts[i];
    if (a->kind == ACT_PUBLISHED && hash256_eq(&a->rules, rules))
      return true;
  }

  return s->published && hash256_eq(&s->published_rules, rules);
}

void policy_open(struct policy *policy, const struct ruleset_callbacks *callbacks, void *arg) {
  bool known = rules_were_published(policy->slot, &policy->rules);
  take_asides(policy);
  policy->ruleset = ruleset_open(policy->pipeline->pool, policy->slot->code, &policy->rules_bytes,
                                 &policy->catalogue_bytes, known,
                                 (const char *const *)policy->aside, policy->n_aside,
                                 catalogue_n_competences(policy->catalogue), callbacks, arg);
}

static void open_rules(struct policy *policy) {
  static const struct ruleset_callbacks callbacks = {on_ready, on_aside};
  policy_open(policy, &callbacks, policy);
}

/* --- reading --- */

/* Most publications change rules alone, and reading a catalogue takes the loop longer than anything
 * else they need. */
static struct catalogue *catalogue_at_hand(const struct pipeline *p, const struct hash256 *hash) {
  const struct policy *policy;
  LIST_FOREACH (policy, &p->policies, link)
    if (policy->catalogue && hash256_eq(catalogue_hash(policy->catalogue), hash))
      return policy->catalogue;
  return NULL;
}

int policy_decode_catalogue(struct policy *policy, struct fault_list *faults) {
  policy->catalogue_hash = hash256_of(policy->catalogue_bytes.data, policy->catalogue_bytes.len);
  struct catalogue *same = catalogue_at_hand(policy->pipeline, &policy->catalogue_hash);
  bool known = catalogue_was_published(policy->slot, &policy->catalogue_hash);
  if (same && (known || !catalogue_is_known(same))) {
    policy->catalogue = catalogue_ref(same);
    catalogue_warn(same, faults);
    return 0;
  }

  struct bundle bundle = {0};
  struct error err = {0};
  int rc = bundle_decode(&bundle, policy->catalogue_bytes.data, policy->catalogue_bytes.len, &err);
  if (rc < 0)
    fault_list_add(faults, true, "%s", err.text);
  else
    rc = (known ? catalogue_create_known : catalogue_create)(&policy->catalogue, &bundle, faults);

  bundle_finish(&bundle);

  return rc;
}

/* `rules` and `catalogue` as laid together become the policy's. */
static int seal_policy(struct policy *policy, struct bundle *rules, struct bundle *catalogue,
                       struct fault_list *faults) {
  bundle_seal(rules, &policy->rules_bytes);
  bundle_seal(catalogue, &policy->catalogue_bytes);
  policy->rules = rules->hash;
  bundle_finish(rules);
  bundle_finish(catalogue);

  return policy_decode_catalogue(policy, faults);
}

static int read_configured(struct policy *policy, struct fault_list *faults) {
  struct policy_slot *s = policy->slot;
  struct bundle rules, catalogue;
  struct error err = {0};
  int rc = policy_slot_read_policy(s->pipeline->share, s->asked.rules_dir, s->asked.catalogue_dir,
                                   &rules, &catalogue, &err);
  if (rc < 0) {
    fault_list_add(faults, true, "%s", err.text);
    if (error_is_temporary(rc))
      faults->rc = rc;
    else
      faults->rc = 0;

    return rc;
  }

  return seal_policy(policy, &rules, &catalogue, faults);
}

/* The policy that was published last, from the store: the last good one. */
static int read_published(struct policy *policy, struct fault_list *faults) {
  struct policy_slot *s = policy->slot;
  if (!s->published)
    return -ENOENT;

  int rc = policy_read_stored(policy, &s->published_rules, &s->published_catalogue);
  if (rc < 0)
    fault_list_add(faults, true, "the data directory does not hold what was published last: %s",
                   strerror(-rc));

  if (rc == 0)
    return policy_decode_catalogue(policy, faults);
  return rc;
}

int policy_read_stored(struct policy *policy, const struct hash256 *rules,
                       const struct hash256 *catalogue) {
  struct store *store = policy->pipeline->store;
  int rc = store_bundle(store, rules, &policy->rules_bytes);
  if (rc == 0)
    rc = store_bundle(store, catalogue, &policy->catalogue_bytes);

  policy->rules = *rules;
  policy->catalogue_hash = *catalogue;

  return rc;
}

struct policy *policy_create(struct policy_slot *s) {
  struct policy *policy = mem_alloc(sizeof *policy);
  policy->pipeline = s->pipeline;
  policy->slot = s;
  LIST_INSERT_HEAD(&s->pipeline->policies, policy, link);

  return policy;
}

struct policy *policy_copy(const struct policy *from) {
  struct policy *policy = policy_create(from->slot);
  buf_put(&policy->rules_bytes, from->rules_bytes.data, from->rules_bytes.len);
  buf_put(&policy->catalogue_bytes, from->catalogue_bytes.data, from->catalogue_bytes.len);
  policy->rules = from->rules;
  policy->catalogue_hash = from->catalogue_hash;

  return policy;
}

/* What the directories hold now is remembered: an author who publishes through the door does so
 * knowing it. */
static bool own_files_changed(struct policy_slot *s) {
  struct bundle_files own[PARTS];
  struct hash256 hash;
  const struct act *last = history_last(&s->history);
  if (last)
    s->own = last->configured; /* where they cannot be read */

  if (policy_slot_read_own(s->asked.rules_dir, s->asked.catalogue_dir, own, &hash, NULL) < 0)
    return true;

  for (int i = 0; i < PARTS; i++)
    bundle_files_finish(&own[i]);

  s->own = hash;

  return !last || !hash256_eq(&last->configured, &hash);
}

/* Somebody published through the door, and the directories hold what they held then: the newest
 * deliberate act wins. */
static bool door_was_last(struct policy_slot *s) {
  const struct act *last = history_last(&s->history);
  bool changed = own_files_changed(s);
  return last && last->by && !changed;
}

static int read_next(struct policy_slot *s, struct fault_list *faults) {
  s->next = policy_create(s);
  int rc = s->from_store ? read_published(s->next, faults) : read_configured(s->next, faults);
  if (rc == 0 && !s->from_store && meaning_check_policy(s->next, faults) > 0)
    rc = -EINVAL;
  if (rc == 0)
    open_rules(s->next);

  return rc;
}

static void check_now(struct policy_slot *s) {
  fault_list_finish(&s->refused);
  s->refused = (struct fault_list){0};
  s->from_store = door_was_last(s);
  s->keeps = s->from_store && s->policy;
  if (s->keeps)
    finish_check(s, true);
  else if (read_next(s, &s->refused) < 0)
    refuse(s);
}

/* Starts the check of what comes next: the configured policy, or what was published since.
 * `checked` comes later, or at once when reading alone shows it to be faulty. A publication that is
 * under way goes first. */
void policy_slot_check(struct policy_slot *s,
                       void (*checked)(void *arg, struct policy_slot *s, bool good), void *arg) {
  s->checked = checked;
  s->checked_arg = arg;
  s->check_waits = s->publishing != NULL;
  if (!s->check_waits)
    check_now(s);
}

void policy_slot_check_waiting(struct policy_slot *s) {
  if (!s->check_waits)
    return;
  s->check_waits = false;
  check_now(s);
}

/* At start, when that was refused: the other of the two, what was published last or what is
 * configured. */
int policy_slot_fall_back(struct policy_slot *s,
                          void (*checked)(void *arg, struct policy_slot *s, bool good), void *arg) {
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
    policy_slot_drop_next(s);
  return rc;
}

/* A policy that an author publishes: its worker is started, and publish_checked comes. */
void policy_slot_check_policy(struct policy_slot *s, struct policy *policy_take) {
  struct fault_list faults = {0};
  s->to_publish = policy_take;
  int rc = 0;
  if (!policy_take->catalogue)
    rc = policy_decode_catalogue(policy_take, &faults);
  if (rc == 0 && meaning_check_policy(policy_take, &faults) > 0)
    rc = -EINVAL;
  if (rc == 0)
    open_rules(policy_take);
  if (rc < 0)
    publish_checked(s, &faults);

  fault_list_finish(&faults);
}
