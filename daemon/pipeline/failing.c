/* failing - for whom each rule fails now, as of the last evaluation of each person and of each
 * school as a whole.
 *
 * Kept in memory alone. After a start, nothing is known of people who have not been evaluated
 * since, so answers say how many people they speak of. That a rule failed at all under the current
 * rules is in the store (publication.c). */
#include <string.h>

#include "event/json.h"
#include "needs/suppress.h"
#include "pipeline/internal.h"

struct failing { /* one block */
  uint32_t n;
  struct rule_count *rules[];
};

static void forget(struct failing *f) {
  for (uint32_t i = 0; f && i < f->n; i++)
    f->rules[i]->failing--;
  free(f);
}

static void say(struct rule_count *c, const char *message) {
  if (c->failure && strcmp(c->failure, message) == 0)
    return;
  free(c->failure);
  c->failure = mem_strdup(message);
}

static struct failing *failing_of(const struct result *r) {
  if (r->n_failures == 0)
    return NULL;

  struct failing *f = mem_alloc(sizeof *f + r->n_failures * sizeof *f->rules);
  f->n = r->n_failures;
  for (uint32_t i = 0; i < f->n; i++) {
    f->rules[i] = r->failures[i].count;
    f->rules[i]->failing++;
    say(f->rules[i], r->failures[i].message);
  }

  return f;
}

void failing_take(const struct result *r) {
  struct failing **at = r->school ? &r->school->work->failing : &r->person->work->failing;
  struct failing *now = failing_of(r);

  forget(*at);
  *at = now;
  if (r->school || r->person->work->tried)
    return;

  r->person->work->tried = true;
  r->person->school->authority->slot->tried++;
}

/* Everybody who is looked at, recorded or not: all of them are due at a start. */
static size_t looked_at_of(const struct pipeline *p, const char *code) {
  const struct authority *a = people_authority((struct people *)&p->people, code, false);
  size_t n = 0;
  for (size_t i = 0; a && i < a->n_schools; i++)
    n += a->schools[i]->n_persons;
  return n;
}

static size_t known_and_tried(const struct pipeline *p, const char *code) {
  const struct authority *a = people_authority((struct people *)&p->people, code, false);
  size_t n = 0;

  for (size_t i = 0; a && i < a->n_schools; i++)
    for (size_t k = 0; k < a->schools[i]->n_persons; k++) {
      const struct person *person = a->schools[i]->persons[k];
      n += person->work->tried && person_known(person);
    }

  return n;
}

/* Somebody for whom it failed may not have been looked at since the start. */
static bool failed_before(const struct pipeline *p, const struct policy_slot *s, const char *rule) {
  return s->tried < looked_at_of(p, s->code) &&
         store_rule_failed(p->store, s->code, &s->policy->rules, rule);
}

static uint64_t failing_now(const struct policy_slot *s, uint32_t rule) {
  if (rule < s->policy->n_counts)
    return s->policy->counts[rule]->failing;
  return 0;
}

size_t failing_rules(const struct pipeline *p, const struct policy_slot *s) {
  uint32_t n_rules;
  const struct rule_info *rules = ruleset_rules(s->policy->ruleset, &n_rules);
  size_t n = 0;

  for (uint32_t i = 0; i < n_rules; i++)
    n += failing_now(s, i) > 0 || failed_before(p, s, rules[i].name);

  return n;
}

static void key_people(struct buf *b, uint64_t n) {
  bool few = n > 0 && n < SMALL;
  key_int(b, "people", few ? ABSENT : (int64_t)n);
  if (few)
    key_bool(b, "few", true);
}

void json_fails(struct buf *b, const struct pipeline *p, const struct policy_slot *s, uint32_t rule,
                const struct rule_info *info) {
  uint64_t now = failing_now(s, rule);
  json_key(b, "fails");
  if (now == 0 && !failed_before(p, s, info->name)) {
    json_null(b);
    return;
  }

  json_open(b, '{');
  if (info->for_school)
    key_int(b, "schools", (int64_t)now);
  else
    key_people(b, now);

  if (now > 0)
    key_str(b, "message", s->policy->counts[rule]->failure);
  else
    key_bool(b, "before", true);

  json_close(b, '}');
}

void json_failures_of(struct buf *b, const struct pipeline *p, const struct policy_slot *s) {
  char since[INSTANT_TEXT];
  json_key(b, "failures_of");
  json_open(b, '{');
  key_people(b, known_and_tried(p, s->code));
  key_int(b, "of", (int64_t)people_of(p, s->code));
  key_str(b, "since", instant_text((struct instant){p->started.s, 0}, since));
  json_close(b, '}');
}
