/* stats - see stats.h. Counting is a few additions where something ends; everything else is done
 * when somebody asks. */
#include "pipeline/stats.h"

#include <string.h>

#include "pipeline/internal.h"

const char *const publication_words[PUBLICATION_TYPES] = {
    "recommendation.issued", "recommendation.changed", "recommendation.withdrawn",
    "cohort.issued",         "cohort.changed",         "cohort.withdrawn",
    "rule.failed",           "person.erased",          "other"};
const char *const failure_words[FAILURE_KINDS] = {[FAILURE_INSTRUCTIONS] = "instructions",
                                                  [FAILURE_MEMORY] = "memory",
                                                  [FAILURE_ERROR] = "error"};

/* --- counting --- */

static void count_event(struct pipeline_counts *c, enum accepted judged, const struct faults *v) {
  c->events[judged]++;
  if (judged != JUDGED_REJECTED)
    return;

  for (uint32_t i = 0; i < v->n; i++)
    c->faults[v->faults[i].code]++;
}

void count_answer(struct pipeline *p, const struct submission *s, int rc, uint64_t now_ns) {
  struct pipeline_counts *c = &p->counts;
  if (rc != 0) {
    c->batches[rc == -EBUSY ? BATCH_BUSY : BATCH_FAILED]++;
    return;
  }

  c->batches[BATCH_STORED]++;
  histogram_add(&c->acknowledgement, now_ns - s->submitted_ns, 1);
  for (uint32_t i = 0; i < s->events.n; i++)
    count_event(c, s->judged[i], &s->events.items[i].faults);
}

void count_published(struct turn *t, const char *type) {
  size_t i = 0;
  while (i < PUBLICATION_TYPES - 1 && strcmp(publication_words[i], type) != 0)
    i++;
  t->published[i]++;
}

void count_turn(struct pipeline *p, const struct turn *t) {
  for (size_t i = 0; i < PUBLICATION_TYPES; i++)
    p->counts.publications[i] += t->published[i];
}

void count_outcome(struct policy *policy, const struct outcome *o) {
  for (uint32_t i = 0; i < o->n_candidates; i++)
    policy->counts[o->candidates[i].rule]->proposals++;
  for (uint32_t i = 0; i < o->n_failures; i++)
    policy->counts[o->failures[i].rule]->failures[o->failures[i].kind]++;
}

static struct rule_count *rule_count(struct policy_slot *s, const char *rule) {
  struct rule_count *c;
  SLIST_FOREACH (c, &s->rule_counts, link)
    if (strcmp(c->rule, rule) == 0)
      return c;

  c = mem_alloc(sizeof *c);
  *c = (struct rule_count){.rule = mem_strdup(rule)};
  SLIST_INSERT_HEAD(&s->rule_counts, c, link);

  return c;
}

void rule_counts_take(struct policy *policy) {
  const struct rule_info *rules = ruleset_rules(policy->ruleset, &policy->n_counts);
  free(policy->counts);
  policy->counts = mem_array(policy->n_counts + 1, sizeof *policy->counts);
  for (uint32_t i = 0; i < policy->n_counts; i++)
    policy->counts[i] = rule_count(policy->slot, rules[i].name);
}

void rule_counts_free(struct policy_slot *s) {
  while (!SLIST_EMPTY(&s->rule_counts)) {
    struct rule_count *c = SLIST_FIRST(&s->rule_counts);
    SLIST_REMOVE_HEAD(&s->rule_counts, link);
    free(c->rule);
    free(c->failure);
    free(c);
  }
}

/* --- asking --- */

static size_t people_in(const struct authority *a) {
  size_t n = 0;
  for (size_t i = 0; i < a->n_schools; i++)
    n += a->schools[i]->n_known;
  return n;
}

size_t people_of(const struct pipeline *p, const char *authority) {
  for (size_t i = 0; i < p->people.n_authorities; i++)
    if (strcmp(p->people.authorities[i]->code, authority) == 0)
      return people_in(p->people.authorities[i]);
  return 0;
}

size_t people_served(const struct pipeline *p) {
  size_t n = 0;
  for (size_t i = 0; i < p->people.n_authorities; i++)
    if (p->people.authorities[i]->slot)
      n += people_in(p->people.authorities[i]);
  return n;
}

void pipeline_stats(const struct pipeline *p, struct pipeline_stats *ret) {
  *ret = (struct pipeline_stats){.counts = &p->counts,
                                 .pool = pool_stats(p->pool),
                                 .waiting_events = p->inbox.n_events,
                                 .waiting_results = p->inbox.results[LIVE].n +
                                                    p->inbox.results[BACKGROUND].n,
                                 .due = p->due.n,
                                 .in_flight = p->due.in_flight,
                                 .authorities = p->n_slots,
                                 .position = p->position,
                                 .publication = p->publication,
                                 .day = p->day,
                                 .full = p->disk.full};
  const struct submission *s;
  STAILQ_FOREACH (s, &p->inbox.submissions, link)
    ret->waiting_batches++;

  ret->people = people_served(p);
}

static uint64_t down_ms(const struct policy_slot *s) {
  if (s->down_since_ms)
    return clock_mono_ms() - s->down_since_ms + 1;
  if (s->policy && s->policy->ruleset)
    return ruleset_down_ms(s->policy->ruleset);
  return 1;
}

bool pipeline_authority_stats(const struct pipeline *p, size_t i, struct authority_stats *ret) {
  if (i >= p->n_slots)
    return false;

  const struct policy_slot *s = p->slots[i];
  *ret = (struct authority_stats){.code = s->code,
                                  .refused = s->is_refused,
                                  .down_ms = down_ms(s),
                                  .people = people_of(p, s->code)};

  return true;
}

static bool is_aside(const struct policy *policy, const char *rule) {
  for (size_t i = 0; i < policy->n_aside; i++)
    if (strcmp(policy->aside[i], rule) == 0)
      return true;
  return false;
}

void pipeline_rule_stats(const struct pipeline *p, size_t i,
                         void (*each)(void *arg, const struct rule_stats *), void *arg) {
  const struct policy *policy = p->slots[i]->policy;
  for (uint32_t k = 0; policy && k < policy->n_counts; k++) {
    const struct rule_count *c = policy->counts[k];
    struct rule_stats s = {
        .rule = c->rule, .proposals = c->proposals, .aside = is_aside(policy, c->rule)};
    memcpy(s.failures, c->failures, sizeof s.failures);
    each(arg, &s);
  }
}
