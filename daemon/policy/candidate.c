/* candidate - policies opened beside the current one. See candidate.h. */
#define LOG_AREA "policy"
#include "policy/candidate.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "policy/bundle_files.h"
#include "policy/meaning.h"
#include "policy/policy.h"

enum {
  KEPT = 8,  /* proposed, of one authority */
  OPENED = 6 /* workers beside the current one's, of one authority */
};

struct hold {
  struct policy_candidate *candidate;
  const struct hold_callbacks *callbacks;
  void *arg;
  bool told; /* that it is ready */
  struct hold *next;
};

/* --- the list --- */

struct hash256 candidate_hash(const struct hash256 *rules, const struct hash256 *catalogue) {
  unsigned char both[64];
  memcpy(both, rules->bytes, 32);
  memcpy(both + 32, catalogue->bytes, 32);
  return hash256_of(both, sizeof both);
}

static bool is_of(const struct policy_candidate *c, const char *authority) {
  return strcmp(c->policy->slot->code, authority) == 0;
}

static struct policy_candidate *find_hash(const struct pipeline *p, const char *authority,
                                          const struct hash256 *hash) {
  for (struct policy_candidate *c = p->candidates; c; c = c->next)
    if (is_of(c, authority) && hash256_eq(&c->hash, hash))
      return c;
  return NULL;
}

static bool begins(const struct policy_candidate *c, const char *text) {
  char hex[65];
  return strncmp(hash256_hex(&c->hash, hex), text, strlen(text)) == 0;
}

struct policy_candidate *candidate_find(struct pipeline *p, const char *authority, const char *text,
                                        const char **ret_why) {
  struct policy_candidate *found = NULL;
  *ret_why = "a candidate is named by its hash, or by at least the first 8 characters of it";
  if (strlen(text) < CANDIDATE_PREFIX || text[strspn(text, "0123456789abcdef")])
    return NULL;

  *ret_why = "no such candidate; only the newest few are kept, and none over a restart, so propose "
             "it again";
  for (struct policy_candidate *c = p->candidates; c; c = c->next) {
    if (!c->by || !is_of(c, authority) || !begins(c, text))
      continue;

    if (found)
      *ret_why = "several candidates begin so; give more of the hash";

    if (found)
      return NULL;

    found = c;
  }

  return found;
}

static void add(struct pipeline *p, struct policy_candidate *c) {
  c->next = p->candidates;
  p->candidates = c;
}

static void candidate_free(struct policy_candidate *c) {
  policy_destroy(c->policy);
  free(c->by);
  for (size_t i = 0; i < c->n_approvals; i++)
    free(c->approvals[i].by);
  free(c);
}

static void take_out(struct policy_candidate *c) {
  struct policy_candidate **at = &c->policy->pipeline->candidates;
  while (*at && *at != c)
    at = &(*at)->next;
  if (*at)
    *at = c->next;
}

static void forget(struct policy_candidate *c) {
  take_out(c);
  candidate_free(c);
}

/* Proposed, for the first time or again: the last one to make room. */
static void make_newest(struct policy_candidate *c) {
  take_out(c);
  add(c->policy->pipeline, c);
}

/* The oldest that nobody holds make room. */
static void keep_few(struct pipeline *p, const char *authority) {
  size_t n = 0;
  for (struct policy_candidate *c = p->candidates, *next; c; c = next) {
    next = c->next;
    if (c->by && is_of(c, authority) && ++n > KEPT && !c->holds)
      forget(c);
  }
}

/* --- its worker --- */

static void close_worker(struct policy_candidate *c) {
  struct policy *policy = c->policy;
  if (!policy->ruleset)
    return;

  ruleset_close(policy->ruleset);
  policy->ruleset = NULL;
  policy->ready = false;
  policy->slot->n_opened--;
  catalogue_destroy(policy->catalogue);
  policy->catalogue = NULL;
}

static void lose(struct policy_candidate *c, const struct fault_list *faults) {
  while (c->holds) {
    struct hold *h = c->holds;
    c->holds = h->next;
    h->callbacks->lost(h->arg, faults);
    free(h);
  }

  close_worker(c);
  forget(c);
}

static struct hold *next_to_tell(const struct policy_candidate *c) {
  for (struct hold *h = c->holds; h; h = h->next)
    if (!h->told)
      return h;
  return NULL;
}

/* A caller that hears this may let go, and with the last one the candidate may be gone. */
static void tell_ready(struct policy_candidate *c) {
  struct hold guard = {.candidate = c, .told = true, .next = c->holds};
  c->holds = &guard;
  for (struct hold *h; (h = next_to_tell(c));) {
    h->told = true;
    h->callbacks->ready(h->arg, c->policy);
  }

  candidate_release(&guard);
}

static void on_ready(void *arg, struct ruleset *ruleset, const struct fault_list *faults) {
  struct policy_candidate *c = arg;
  (void)ruleset;
  if (faults) {
    lose(c, faults);
    return;
  }

  c->policy->ready = true;
  tell_ready(c);
}

/* Nothing is journaled: the rule did not serve. */
static void on_aside(void *arg, struct ruleset *ruleset, const char *rule, const char *reason) {
  struct policy_candidate *c = arg;
  struct fault_list faults = {0};

  (void)ruleset;
  if (rule)
    fault_list_add(&faults, true, "the rule %s breaks its worker: %s", rule, reason);
  else
    fault_list_add(&faults, true, "the rules break their worker outside any rule: %s", reason);

  log_warn("a candidate broke its worker", "authority=%s fault=\"%s\"", c->policy->slot->code,
           faults.lines[0].said);
  lose(c, &faults);
  fault_list_finish(&faults);
}

static int open_worker(struct policy_candidate *c) {
  static const struct ruleset_callbacks callbacks = {on_ready, on_aside};
  struct fault_list again = {0}; /* told when it was proposed */

  if (c->policy->ruleset)
    return 0;

  int rc = 0;
  if (!c->policy->catalogue)
    rc = policy_decode_catalogue(c->policy, &again);

  fault_list_finish(&again);
  if (rc < 0)
    return rc;

  c->policy->slot->n_opened++;
  policy_open(c->policy, &callbacks, c);

  return 0;
}

/* --- holding --- */

static struct hold *add_hold(struct policy_candidate *c, const struct hold_callbacks *callbacks,
                             void *arg) {
  struct hold *h = mem_alloc(sizeof *h);
  *h = (struct hold){c, callbacks, arg, false, c->holds};
  c->holds = h;
  return h;
}

struct policy *hold_policy(const struct hold *h) {
  return h->candidate->policy;
}

struct policy_candidate *hold_candidate(const struct hold *h) {
  return h->candidate;
}

static int hold(struct policy_candidate *c, const struct hold_callbacks *callbacks, void *arg,
                struct hold **ret) {
  int rc = open_worker(c);
  if (rc < 0)
    return rc;

  struct hold *h = *ret = add_hold(c, callbacks, arg);
  h->told = c->policy->ready;
  if (h->told)
    callbacks->ready(arg, c->policy);

  return 0;
}

static void unlink_hold(struct hold *h) {
  struct hold **at = &h->candidate->holds;
  while (*at && *at != h)
    at = &(*at)->next;
  if (*at)
    *at = h->next;
}

void candidate_release(struct hold *h) {
  struct policy_candidate *c = h->candidate;
  unlink_hold(h);
  if (h->callbacks)
    free(h); /* else it is tell_ready's own */

  if (c->holds)
    return;

  close_worker(c);
  if (!c->by)
    forget(c);
}

/* --- by name --- */

static struct policy_candidate *of_policy(struct policy *policy_take) {
  struct policy_candidate *c = mem_alloc(sizeof *c);
  *c = (struct policy_candidate){
      .policy = policy_take,
      .hash = candidate_hash(&policy_take->rules, &policy_take->catalogue_hash)};
  return c;
}

/* The candidate of this hash that is there already, or else this one. */
static struct policy_candidate *the_one(struct pipeline *p, struct policy_candidate *c) {
  struct policy_candidate *there = find_hash(p, c->policy->slot->code, &c->hash);
  if (!there)
    add(p, c);
  if (there)
    candidate_free(c);

  if (there)
    return there;
  return c;
}

static const struct act *publication_of(const struct history *h, const char *text) {
  const struct act *found = history_named(h, text);
  char hex[65];

  for (size_t i = h->n; i > 0 && !found && strlen(text) >= CANDIDATE_PREFIX; i--) {
    const struct act *a = &h->acts[i - 1];
    const struct hash256 hash = candidate_hash(&a->rules, &a->catalogue);
    if (a->kind == ACT_PUBLISHED && strncmp(hash256_hex(&hash, hex), text, strlen(text)) == 0)
      found = a;
  }

  return found;
}

static struct policy_candidate *of_publication(struct policy_slot *s, const struct act *a,
                                               const char **ret_why) {
  struct policy *policy = policy_create(s);
  if (policy_read_stored(policy, &a->rules, &a->catalogue) == 0)
    return the_one(s->pipeline, of_policy(policy));

  *ret_why = "it cannot be read from the data directory any more";
  policy_destroy(policy);

  return NULL;
}

/* What a name means: all NULL for nothing, with *ret_why. */
struct named {
  const struct policy *slot;
  struct policy_candidate *candidate;
  const struct act *published;
};

static struct named look_up(struct pipeline *p, const struct policy_slot *s, const char *name,
                            const char **ret_why) {
  struct named n = {0};

  if (strcmp(name, "serving") == 0)
    n.slot = s->policy;
  else if (!(n.published = history_named(&s->history, name)) &&
           !(n.candidate = candidate_find(p, s->code, name, ret_why)))
    n.published = publication_of(&s->history, name);

  return n;
}

static struct policy_candidate *by_name(struct pipeline *p, struct policy_slot *s, const char *name,
                                        const char **ret_why) {
  const struct named n = look_up(p, s, name, ret_why);
  if (n.slot)
    return the_one(p, of_policy(policy_copy(n.slot)));
  if (n.published)
    return of_publication(s, n.published, ret_why);
  return n.candidate;
}

int candidate_look(struct pipeline *p, const char *authority, const char *name,
                   struct hash256 *ret_rules, struct hash256 *ret_catalogue, const char **ret_why) {
  const struct policy_slot *s = policy_slot_of(p, authority);
  *ret_why = "this authority has no rules in force yet";
  if (!s || !s->policy)
    return -ENOENT;

  const struct named n = look_up(p, s, name, ret_why);
  const struct policy *policy = n.candidate ? n.candidate->policy : n.slot;
  if (!policy && !n.published)
    return -ENOENT;

  if (policy)
    *ret_rules = policy->rules;
  else
    *ret_rules = n.published->rules;

  if (policy)
    *ret_catalogue = policy->catalogue_hash;
  else
    *ret_catalogue = n.published->catalogue;

  return 0;
}

int candidate_hold(struct pipeline *p, const char *authority, const char *name,
                   const struct hold_callbacks *callbacks, void *arg, struct hold **ret,
                   const char **ret_why) {
  struct policy_slot *s = policy_slot_of(p, authority);
  *ret_why = "this authority has no rules in force yet";
  if (!s || !s->policy)
    return -ENOENT;
  struct policy_candidate *c = by_name(p, s, name, ret_why);
  if (!c)
    return -ENOENT;
  int rc = -EBUSY;
  if (c->policy->ruleset || s->n_opened < OPENED)
    rc = 0;
  *ret_why = "too many rule sets of this authority are open beside the current one; try again "
             "when they are done";
  if (rc == 0 && (rc = hold(c, callbacks, arg, ret)) < 0)
    *ret_why = "its catalogue cannot be read any more";
  if (rc < 0 && !c->holds && !c->by)
    forget(c);
  return rc;
}

void candidates_drop(struct pipeline *p) {
  while (p->candidates)
    lose(p->candidates, NULL);
}

/* --- proposing --- */

struct proposing {
  struct hold *hold;
  struct fault_list faults; /* of the catalogue: warnings */
  bool own_files;           /* of rules are among what is proposed */
  char *by;
  answered *done;
  void *arg;
};

static void json_lines(struct buf *b, const struct fault_list *list, bool warnings) {
  for (size_t i = 0; list && i < list->n; i++)
    if (list->lines[i].is_warning == warnings)
      json_str(b, list->lines[i].text);
}

static void json_both(struct buf *b, const char *key, bool warnings, const struct fault_list *one,
                      const struct fault_list *other) {
  json_key(b, key);
  json_open(b, '[');
  json_lines(b, one, warnings);
  json_lines(b, other, warnings);
  json_close(b, ']');
}

static void json_candidate(struct buf *b, const struct policy_candidate *c, bool ok) {
  const struct policy *policy = c->policy, *slot = policy->slot->policy;
  key_hash(b, "candidate", &c->hash);
  key_hash(b, "rules", &policy->rules);
  key_hash(b, "catalogue", &policy->catalogue_hash);
  key_bool(b, "ok", ok);
  key_bool(b, "same_as_serving",
           slot && hash256_eq(&slot->rules, &policy->rules) &&
               hash256_eq(&slot->catalogue_hash, &policy->catalogue_hash));
}

static void answer(struct proposing *g, const struct policy_candidate *c, bool ok,
                   const struct fault_list *rules) {
  struct buf b = {0};
  json_open(&b, '{');
  json_candidate(&b, c, ok);
  json_both(&b, "faults", false, &g->faults, rules);
  json_both(&b, "warnings", true, &g->faults, rules);
  json_close(&b, '}');
  give_answer(g->done, g->arg, &b);
  fault_list_finish(&g->faults);
  free(g->by);
  free(g);
}

static bool any_own(const struct ruleset *s) {
  uint32_t n;
  const struct rule_info *rules = ruleset_rules(s, &n);

  for (uint32_t i = 0; i < n; i++)
    if (policy_slot_is_own(rules[i].file))
      return true;

  return false;
}

static void on_proposed(void *arg, struct policy *policy) {
  struct proposing *g = arg;
  struct hold *h = g->hold;
  struct policy_candidate *c = h->candidate;

  if (g->own_files && !any_own(policy->ruleset)) {
    fault_list_add(&g->faults, true, "authority/: " SERVING_NO_RULE);
    answer(g, c, false, ruleset_warnings(policy->ruleset));
    candidate_release(h);
    return;
  }

  if (!c->by) {
    c->by = g->by;
    c->proposed = clock_trusted();
    g->by = NULL;
  }

  make_newest(c);
  answer(g, c, true, ruleset_warnings(policy->ruleset));
  candidate_release(h);
  keep_few(policy->pipeline, policy->slot->code);
}

static void on_proposal_lost(void *arg, const struct fault_list *faults) {
  struct proposing *g = arg;
  if (faults) {
    answer(g, g->hold->candidate, false, faults);
    return;
  }

  g->done(g->arg, -EAGAIN, NULL, 0);
  fault_list_finish(&g->faults);
  free(g->by);
  free(g);
}

static int lay(struct pipeline *p, enum policy_part part, const struct bundle_files *own,
               const struct buf *serves, struct buf *ret, struct hash256 *ret_hash,
               struct error *err) {
  struct bundle bundle;
  if (!own) {
    buf_put(ret, serves->data, serves->len);
    *ret_hash = hash256_of(ret->data, ret->len);
    return 0;
  }
  int rc = policy_slot_lay(p->share, part, own, &bundle, err);
  if (rc < 0)
    return rc;
  bundle_seal(&bundle, ret);
  *ret_hash = bundle.hash;
  bundle_finish(&bundle);
  return 0;
}

static int candidate_of(struct pipeline *p, const struct proposal *proposal,
                        struct policy_candidate **ret, struct error *err) {
  struct policy_slot *s = policy_slot_of(p, proposal->authority);
  if (!s || !s->policy)
    return error_set(err, -ENOENT, "this authority has no rules in force yet");

  struct policy *policy = policy_create(s);
  struct policy *now = s->policy;
  int rc = lay(p, PART_RULES, proposal->rules, &now->rules_bytes, &policy->rules_bytes,
               &policy->rules, err);
  if (rc == 0)
    rc = lay(p, PART_CATALOGUE, proposal->catalogue, &now->catalogue_bytes,
             &policy->catalogue_bytes, &policy->catalogue_hash, err);

  if (rc < 0) {
    policy_destroy(policy);
    return rc;
  }

  *ret = of_policy(policy);

  return 0;
}

void policy_propose(struct pipeline *p, const struct proposal *proposal, answered *done,
                    void *arg) {
  static const struct hold_callbacks callbacks = {on_proposed, on_proposal_lost};
  struct policy_candidate *c = NULL;
  struct error err = {0};
  const struct policy_slot *s = policy_slot_of(p, proposal->authority);
  int rc = -EBUSY;

  if (!s || s->n_opened < OPENED)
    rc = candidate_of(p, proposal, &c, &err);

  if (rc < 0) {
    if (err.text[0])
      log_error("a proposal cannot be laid together", "authority=%s reason=\"%s\"",
                proposal->authority, err.text);
    done(arg, rc, NULL, 0);
    return;
  }

  struct proposing *g = mem_alloc(sizeof *g);
  *g = (struct proposing){.own_files = proposal->rules && proposal->rules->files.n > 0,
                          .by = mem_strdup(proposal->by),
                          .done = done,
                          .arg = arg};
  rc = policy_decode_catalogue(c->policy, &g->faults);
  if (rc == 0 && meaning_check(c->policy->slot, c->policy->slot->policy->catalogue,
                               c->policy->catalogue, &g->faults) > 0)
    rc = -EINVAL;

  if (rc < 0) {
    answer(g, c, false, NULL);
    candidate_free(c);
    return;
  }

  c = the_one(p, c);
  if (hold(c, &callbacks, g, &g->hold) < 0)
    answer(g, c, false, NULL);
}
