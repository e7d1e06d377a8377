/* register - the open register of rules: what serves, on what source, owned and published by whom,
 * since when, to whom it speaks, and what became of its advice.
 *
 * The answer needs what memory does not hold: who published which text (lineage.c reads the rule
 * sets) and which rules had spoken when somebody answered (attribution.c reads the outbox). Both
 * are read in slices, as questions/verify.c does, and kept, so that a later question reads only
 * what is new; then the people are counted in slices (rule_outcomes.c). One walk at a time, however
 * many ask.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "event/json.h"
#include "needs/advice.h"
#include "policy/rule_hash.h"
#include "register/applicability.h"
#include "register/lineage.h"
#include "register/register.h"
#include "register/rule_outcomes.h"

enum {
  OUTBOX_PAGE = 100,
  PEOPLE_PAGE = 25 /* in one turn of the loop */
};

struct asking {
  char *authority, *role; /* role NULL: all */
  answered *done;
  void *arg;
  struct asking *next;
};
struct registering {
  struct pipeline *pipeline;
  struct lineage lineage;
  struct attribution_index attribution;
  struct counted counted; /* of the first who asks, or of the last who did */
  bool counting;
  struct asking *asks, **end;
};

/* --- the answer --- */

struct page { /* one answer in the making */
  const struct registering *r;
  const struct policy_slot *slot;
  const struct catalogue *catalogue;
  const struct role *role; /* NULL: all rules */
  struct bundle rules;
  struct arena a;
  struct buf *b;
};

static void json_moment(struct buf *b, const char *key, int64_t ms) {
  char text[INSTANT_TEXT];
  key_str(b, key, instant_text((struct instant){ms / 1000, (int32_t)(ms % 1000) * 1000000}, text));
}

static void json_published(struct buf *b, const struct published_once *once) {
  json_moment(b, "since", once->act.committed_ms);
  key_str(b, "by", once->act.by);
  key_str(b, "approved_by", once->act.approved_by);
}

/* "guide-2010/step-3" is the detail step-3 of the source guide-2010. */
static void json_source(const struct page *p, const char *given) {
  size_t len = strcspn(given, "/");
  _cleanup_free_ char *id = mem_strndup(given, len);
  const struct source *s = catalogue_source(p->catalogue, id);
  const struct source *next = NULL;

  if (s && s->superseded_by)
    next = catalogue_source(p->catalogue, s->superseded_by);

  json_key(p->b, "source");
  json_open(p->b, '{');
  key_str(p->b, "id", id);
  if (given[len])
    key_str(p->b, "detail", given + len + 1);
  if (s) {
    key_str(p->b, "title", s->title);
    key_str(p->b, "publisher", s->publisher);
    key_int(p->b, "year", s->year);
    key_str(p->b, "status", s->status);
    json_guidance(p->b, p->catalogue, given);
    key_str(p->b, "superseded_by",
            s->superseded_by && s->superseded_by[0] ? s->superseded_by : NULL);
    if (next)
      key_str(p->b, "superseded_by_title", next->title);
  }

  json_close(p->b, '}');
}

static void json_since(const struct page *p, const struct rule_info *rule) {
  struct rule_hash rule_hash;
  const struct published_once *since = NULL;

  rule_hashes_of(&p->rules, rule, 1, &rule_hash);
  if (rule_hash.found)
    since = lineage_since(&p->r->lineage, p->slot->code, rule_hash.text);

  json_key(p->b, "unchanged");
  if (!since) {
    json_null(p->b);
    return;
  }

  json_open(p->b, '{');
  key_str(p->b, "of", rule_hash.row ? "row" : "file");
  json_published(p->b, since);
  json_close(p->b, '}');
}

static bool is_aside(const struct policy *policy, const char *rule) {
  for (size_t i = 0; i < policy->n_aside; i++)
    if (strcmp(policy->aside[i], rule) == 0)
      return true;
  return false;
}

static const struct rule_tally *tally_of(const struct registering *r, const char *rule) {
  uint32_t number;
  bool known = interned_number(&r->attribution.rules, rule, &number) && number < r->counted.n_rules;
  if (known)
    return &r->counted.rules[number];
  return NULL;
}

static bool advised_by(const struct school *school, const char *rule) {
  for (size_t i = 0; i < school->n_current; i++)
    if (advice_rests_on(school->current[i].advice, rule))
      return true;
  return false;
}

/* Of a school rule: how many schools it advises now. Nobody answers that advice, so that there is
 * no more to count. */
static void json_schools(const struct page *p, const char *rule) {
  const struct authority *authority = people_authority(&p->r->pipeline->people, p->slot->code,
                                                       true);
  int64_t n = 0;

  for (size_t i = 0; i < authority->n_schools; i++)
    n += advised_by(authority->schools[i], rule);

  json_key(p->b, "now");
  json_open(p->b, '{');
  key_int(p->b, "schools", n);
  json_close(p->b, '}');
}

static void json_rule(struct page *p, const struct rule_info *rule, const struct json *scope,
                      const char *applies) {
  struct buf words = {0};
  applies_to(&words, scope, p->catalogue);
  json_open(p->b, '{');
  key_str(p->b, "rule", rule->name);
  key_str(p->b, "about", rule->about);
  key_str(p->b, "owner", rule->owner);
  json_source(p, rule->source);
  key_str(p->b, "file", rule->file);
  key_int(p->b, "line", rule->line);
  json_key(p->b, "scope");
  json_raw(p->b, rule->scope, strlen(rule->scope));
  key_str(p->b, "speaks_to", buf_cstr(&words));
  json_opt_str(p->b, "applies", applies);
  key_bool(p->b, "aside", is_aside(p->slot->policy, rule->name));
  json_since(p, rule);

  if (rule->for_school)
    json_schools(p, rule->name);
  else
    json_counted(p->b, &p->r->counted, tally_of(p->r, rule->name), p->catalogue);

  json_close(p->b, '}');
  buf_finish(&words);
}

static void json_rules(struct page *p) {
  uint32_t n;
  const struct rule_info *rules = ruleset_rules(p->slot->policy->ruleset, &n);

  json_key(p->b, "rules");
  json_open(p->b, '[');

  for (uint32_t i = 0; i < n; i++) {
    struct json scope;
    size_t offset;
    const char *message;
    struct buf why = {0};

    arena_reset(&p->a);
    if (json_tree(&p->a, rules[i].scope, strlen(rules[i].scope), &scope, &offset, &message) < 0)
      continue;

    if (!p->role || applies_of_role(&scope, p->catalogue, p->role, &why))
      json_rule(p, &rules[i], &scope, p->role ? buf_cstr(&why) : NULL);

    buf_finish(&why);
  }

  json_close(p->b, ']');
}

static void json_slot(struct page *p) {
  const struct published_once *last = lineage_last(&p->r->lineage, p->slot->code);
  json_key(p->b, "serving");
  json_open(p->b, '{');
  key_hash(p->b, "rules", &p->slot->policy->rules);
  key_hash(p->b, "catalogue", &p->slot->policy->catalogue_hash);
  if (last)
    json_published(p->b, last);

  json_close(p->b, '}');
}

static void json_role(struct page *p) {
  if (!p->role)
    return;

  json_key(p->b, "role");
  json_open(p->b, '{');
  key_str(p->b, "code", p->role->code);
  key_str(p->b, "title", p->role->title);
  key_str(p->b, "family", p->role->family ? p->role->family->code : NULL);
  key_bool(p->b, "in_scope", p->role->in_scope);
  json_close(p->b, '}');
}

static int write_answer(const struct registering *r, const struct asking *ask, struct buf *ret) {
  struct policy_slot *s = policy_slot_of(r->pipeline, ask->authority);
  struct error err = {0};

  if (!s || !s->policy)
    return -ENOENT;

  struct page page = {.r = r, .slot = s, .catalogue = s->policy->catalogue, .b = ret};

  if (ask->role)
    page.role = catalogue_role(page.catalogue, ask->role);
  else
    page.role = NULL;

  if (ask->role && !page.role)
    return -ENOENT;
  if (!s->policy->ready ||
      bundle_decode(&page.rules, s->policy->rules_bytes.data, s->policy->rules_bytes.len, &err) < 0)
    return -EAGAIN;

  json_open(ret, '{');
  key_str(ret, "authority", s->code);
  key_str(ret, "name", s->now.name);
  key_date(ret, "day", r->counted.day);
  json_role(&page);
  json_slot(&page);
  key_int(ret, "few", SMALL);
  json_rules(&page);
  json_close(ret, '}');
  bundle_finish(&page.rules);
  arena_finish(&page.a);

  return 0;
}

/* --- one after the other --- */

static void asking_free(struct asking *ask) {
  free(ask->authority);
  free(ask->role);
  free(ask);
}

static void answer_first(struct registering *r, int rc) {
  struct asking *ask = r->asks;
  struct buf b = {0};

  r->asks = ask->next;
  if (!r->asks)
    r->end = &r->asks;
  if (rc == 0)
    rc = write_answer(r, ask, &b);

  ask->done(ask->arg, rc, (const char *)b.data, b.len);
  asking_free(ask);
  buf_finish(&b);
}

/* Both records up to date? 1: not yet; 0; or an errno. */
static int read_on(struct registering *r) {
  int rc = lineage_walk(&r->lineage, r->pipeline);
  if (rc != 0)
    return rc;
  return told_walk(&r->attribution, r->pipeline, OUTBOX_PAGE);
}

/* The note of a policy that has just taken over may still be on its way to the disk, or not be read
 * yet. */
static bool awaits_note(const struct registering *r, const struct asking *ask) {
  const struct pipeline *p = r->pipeline;
  const struct policy_slot *s = policy_slot_of(p, ask->authority);
  const struct published_once *last = lineage_last(&r->lineage, ask->authority);

  if (!s || !s->policy || p->disk.full ||
      (STAILQ_EMPTY(&p->inbox.notes) && !p->turn && r->lineage.at >= p->position))
    return false;
  return !last || !hash256_eq(&last->act.rules, &s->policy->rules) ||
         !hash256_eq(&last->act.catalogue, &s->policy->catalogue_hash);
}

static bool counted_already(const struct registering *r, const struct asking *ask) {
  const struct counted *c = &r->counted;
  return c->authority && strcmp(c->authority, ask->authority) == 0 &&
         c->position == r->pipeline->position && c->publication == r->pipeline->publication &&
         c->day == r->pipeline->day;
}

/* 1: there is more to do; 0: all is there for the first who asks; or an errno. */
static int prepare(struct registering *r) {
  int rc = 0;
  if (!r->counting)
    rc = read_on(r);

  if (rc != 0)
    return rc;
  if (!r->counting && counted_already(r, r->asks))
    return 0;

  if (!r->counting)
    rule_outcomes_begin(&r->counted, &r->attribution, r->pipeline, r->asks->authority);

  rc = rule_outcomes_step(&r->counted, &r->attribution, r->pipeline, PEOPLE_PAGE);
  r->counting = rc > 0;
  if (rc < 0)
    rule_outcomes_finish(&r->counted); /* a part of the people would pass for all */

  return rc;
}

bool register_step(struct pipeline *p) {
  struct registering *r = p->registering;
  if (!r || !r->asks)
    return false;

  int rc = prepare(r);
  if (rc > 0)
    return true;

  /* else its commit wakes the loop */
  if (rc == 0 && awaits_note(r, r->asks))
    return r->lineage.at < p->position;

  answer_first(r, rc);

  return r->asks != NULL;
}

void register_ask(struct pipeline *p, const char *authority, const char *role, answered *done,
                  void *arg) {
  struct registering *r = p->registering;
  if (!r) {
    p->registering = r = mem_alloc(sizeof *r);
    *r = (struct registering){.pipeline = p, .end = &r->asks};
  }

  struct asking *ask = mem_alloc(sizeof *ask);
  *ask = (struct asking){.authority = mem_strdup(authority),
                         .role = role ? mem_strdup(role) : NULL,
                         .done = done,
                         .arg = arg};
  *r->end = ask;
  r->end = &ask->next;
}

void register_drop(struct pipeline *p) {
  struct registering *r = p->registering;
  if (!r)
    return;

  while (r->asks)
    answer_first(r, -EAGAIN);

  lineage_finish(&r->lineage);
  attribution_finish(&r->attribution);
  rule_outcomes_finish(&r->counted);
  free(r);
  p->registering = NULL;
}
