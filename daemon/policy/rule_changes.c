/* reach - which rules are new, changed and gone, and whom they reach. See rule_changes.h. */
#include "policy/rule_changes.h"

#include <string.h>

#include "needs/advice.h"
#include "pipeline/internal.h"
#include "policy/rule_hash.h"

/* --- which --- */

/* One side: its rules, and how each reads. */
struct read {
  const struct rule_info *rules;
  uint32_t n;
  struct rule_hash *wordings;
};

static struct read read_policy(const struct policy *policy) {
  struct read r = {0};
  struct bundle bundle = {0};
  struct error err = {0};

  r.rules = ruleset_rules(policy->ruleset, &r.n);
  r.wordings = mem_array(r.n + 1, sizeof *r.wordings);
  if (bundle_decode(&bundle, policy->rules_bytes.data, policy->rules_bytes.len, &err) == 0)
    rule_hashes_of(&bundle, r.rules, r.n, r.wordings);

  bundle_finish(&bundle);

  return r;
}

/* Where it stands on the other side; n: nowhere. */
static uint32_t place_of(const struct read *r, const char *name) {
  uint32_t i = 0;
  while (i < r->n && strcmp(r->rules[i].name, name) != 0)
    i++;
  return i;
}

static void add(struct rule_changes *r, const char *what, const struct rule_info *rule,
                bool is_gone) {
  r->items = mem_grow(r->items, &r->cap, r->n + 1, sizeof *r->items);
  r->items[r->n++] = (struct rule_change){.what = what,
                                          .rule = mem_strdup(rule->name),
                                          .for_school = rule->for_school,
                                          .is_gone = is_gone};
}

void rule_changes_compare(struct rule_changes *r, const struct policy *from,
                          const struct policy *to) {
  struct read was = read_policy(from), is = read_policy(to);

  for (uint32_t i = 0; i < is.n; i++) {
    uint32_t k = place_of(&was, is.rules[i].name);
    if (k == was.n)
      add(r, "new", &is.rules[i], false);
    else if (!hash128_eq(was.wordings[k].text, is.wordings[i].text))
      add(r, "changed", &is.rules[i], false);
  }

  for (uint32_t k = 0; k < was.n; k++)
    if (place_of(&is, was.rules[k].name) == is.n)
      add(r, "gone", &was.rules[k], true);

  free(was.wordings);
  free(is.wordings);
}

/* --- whom --- */

static bool rests_on(const struct side *side, const char *rule, bool small) {
  for (uint32_t i = 0; i < side->n; i++) {
    const char *advice = side->items[i].json;
    if (advice_rests_on(advice, rule) && advice_holds_back_count(advice) == small)
      return true;
  }

  return false;
}

void rule_changes_count(struct rule_changes *r, bool for_school, const struct side *after) {
  for (size_t i = 0; i < r->n; i++) {
    struct rule_change *c = &r->items[i];
    if (c->is_gone || c->for_school != for_school)
      continue;

    bool told = rests_on(after, c->rule, false);
    c->n += told;
    c->few += !told && rests_on(after, c->rule, true);
  }
}

static void key_reached(struct buf *b, const char *key, uint64_t n, bool hidden) {
  key_int(b, key, hidden ? ABSENT : (int64_t)n);
  if (hidden)
    key_bool(b, "suppressed", true);
}

/* Whom a new rule reaches gains by it: what is held back there is here. No number is given, as it
 * is of everybody. */
static bool is_hidden(const struct rule_change *c, const struct diff_counts *t) {
  return t->totals.hidden[MEASURE_PEOPLE] || is_small((int64_t)c->n) ||
         (c->n > 0 && diff_counts_hides_rule(t, c->rule));
}

static void json_reached(struct buf *b, const struct rule_change *c, const struct diff_counts *t) {
  if (c->for_school) {
    key_int(b, "schools", (int64_t)c->n);
    key_reached(b, "few", c->few, is_small((int64_t)c->few));
  } else
    key_reached(b, "people", c->n, is_hidden(c, t));
}

void json_reach(struct buf *b, const struct rule_changes *r, const struct diff_counts *t) {
  json_key(b, "rules_moved");
  json_open(b, '[');

  for (size_t i = 0; i < r->n; i++) {
    const struct rule_change *c = &r->items[i];
    json_open(b, '{');
    key_str(b, "rule", c->rule);
    key_str(b, "what", c->what);
    if (!c->is_gone)
      json_reached(b, c, t);

    json_close(b, '}');
  }

  json_close(b, ']');
}

void rule_changes_finish(struct rule_changes *r) {
  for (size_t i = 0; i < r->n; i++) {
    free(r->items[i].rule);
  }

  free(r->items);
  *r = (struct rule_changes){0};
}
