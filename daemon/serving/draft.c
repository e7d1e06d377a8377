/* draft - pairs opened beside the one that serves. See draft.h. */
#define LOG_AREA "serving"
#include "serving/draft.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "serving/meaning.h"
#include "serving/overlay.h"

enum {
  KEPT = 8 /* proposed, of one authority */,
  OPENED = 6 /* workers beside the one that serves, of one authority */
};

struct hold {
  struct draft *draft;
  const struct hold_callbacks *callbacks;
  void *arg;
  bool told; /* that it is ready */
  struct hold *next;
};

/* --- the list --- */

struct hash256 draft_hash(const struct hash256 *rules, const struct hash256 *catalogue) {
  unsigned char both[64];
  memcpy(both, rules->bytes, 32);
  memcpy(both + 32, catalogue->bytes, 32);
  return hash256_of(both, sizeof both);
}

static bool is_of(const struct draft *c, const char *authority) {
  return strcmp(c->pair->serving->code, authority) == 0;
}

static struct draft *find_hash(const struct pipeline *p, const char *authority,
                               const struct hash256 *hash) {
  for (struct draft *c = p->drafts; c; c = c->next)
    if (is_of(c, authority) && hash256_eq(&c->hash, hash))
      return c;
  return NULL;
}

static bool begins(const struct draft *c, const char *text) {
  char hex[65];
  return strncmp(hash256_hex(&c->hash, hex), text, strlen(text)) == 0;
}

struct draft *draft_find(struct pipeline *p, const char *authority, const char *text,
                         const char **ret_why) {
  struct draft *found = NULL;
  *ret_why = "a candidate is named by its hash, or by at least the first 8 characters of it";
  if (strlen(text) < DRAFT_PREFIX || text[strspn(text, "0123456789abcdef")])
    return NULL;

  *ret_why = "no such candidate; only the newest few are kept, and none over a restart, so propose "
             "it again";
  for (struct draft *c = p->drafts; c; c = c->next) {
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

static void add(struct pipeline *p, struct draft *c) {
  c->next = p->drafts;
  p->drafts = c;
}

static void draft_free(struct draft *c) {
  pair_destroy(c->pair);
  free(c->by);
  for (size_t i = 0; i < c->n_approvals; i++)
    free(c->approvals[i].by);
  free(c);
}

static void take_out(struct draft *c) {
  struct draft **at = &c->pair->pipeline->drafts;
  while (*at && *at != c)
    at = &(*at)->next;
  if (*at)
    *at = c->next;
}

static void forget(struct draft *c) {
  take_out(c);
  draft_free(c);
}

/* Proposed, for the first time or again: the last one to make room. */
static void make_newest(struct draft *c) {
  take_out(c);
  add(c->pair->pipeline, c);
}

/* The oldest that nobody holds make room. */
static void keep_few(struct pipeline *p, const char *authority) {
  size_t n = 0;
  for (struct draft *c = p->drafts, *next; c; c = next) {
    next = c->next;
    if (c->by && is_of(c, authority) && ++n > KEPT && !c->holds)
      forget(c);
  }
}

/* --- its worker --- */

static void close_worker(struct draft *c) {
  struct pair *pair = c->pair;
  if (!pair->ruleset)
    return;

  ruleset_close(pair->ruleset);
  pair->ruleset = NULL;
  pair->ready = false;
  pair->serving->n_opened--;
  catalogue_destroy(pair->catalogue);
  pair->catalogue = NULL;
}

static void lose(struct draft *c, const struct fault_list *faults) {
  while (c->holds) {
    struct hold *h = c->holds;
    c->holds = h->next;
    h->callbacks->lost(h->arg, faults);
    free(h);
  }

  close_worker(c);
  forget(c);
}

static struct hold *next_to_tell(const struct draft *c) {
  for (struct hold *h = c->holds; h; h = h->next)
    if (!h->told)
      return h;
  return NULL;
}

/* Whoever is told may let go, and with the last one the candidate may be gone. */
static void tell_ready(struct draft *c) {
  struct hold guard = {.draft = c, .told = true, .next = c->holds};
  c->holds = &guard;
  for (struct hold *h; (h = next_to_tell(c));) {
    h->told = true;
    h->callbacks->ready(h->arg, c->pair);
  }

  draft_release(&guard);
}

static void on_ready(void *arg, struct ruleset *ruleset, const struct fault_list *faults) {
  struct draft *c = arg;
  (void)ruleset;
  if (faults) {
    lose(c, faults);
    return;
  }

  c->pair->ready = true;
  tell_ready(c);
}

/* Nothing is journaled: the rule did not serve. */
static void on_aside(void *arg, struct ruleset *ruleset, const char *rule, const char *reason) {
  struct draft *c = arg;
  struct fault_list faults = {0};

  (void)ruleset;
  if (rule)
    fault_list_add(&faults, true, "the rule %s breaks its worker: %s", rule, reason);
  else
    fault_list_add(&faults, true, "the rules break their worker outside any rule: %s", reason);

  log_warn("a candidate broke its worker", "authority=%s fault=\"%s\"", c->pair->serving->code,
           faults.lines[0].said);
  lose(c, &faults);
  fault_list_finish(&faults);
}

static int open_worker(struct draft *c) {
  static const struct ruleset_callbacks callbacks = {on_ready, on_aside};
  struct fault_list again = {0}; /* told when it was proposed */

  if (c->pair->ruleset)
    return 0;

  int rc = 0;
  if (!c->pair->catalogue)
    rc = pair_decode_catalogue(c->pair, &again);

  fault_list_finish(&again);
  if (rc < 0)
    return rc;

  c->pair->serving->n_opened++;
  pair_open(c->pair, &callbacks, c);

  return 0;
}

/* --- holding --- */

static struct hold *add_hold(struct draft *c, const struct hold_callbacks *callbacks, void *arg) {
  struct hold *h = mem_alloc(sizeof *h);
  *h = (struct hold){c, callbacks, arg, false, c->holds};
  c->holds = h;
  return h;
}

struct pair *hold_pair(const struct hold *h) {
  return h->draft->pair;
}

struct draft *hold_draft(const struct hold *h) {
  return h->draft;
}

static int hold(struct draft *c, const struct hold_callbacks *callbacks, void *arg,
                struct hold **ret) {
  int rc = open_worker(c);
  if (rc < 0)
    return rc;

  struct hold *h = *ret = add_hold(c, callbacks, arg);
  h->told = c->pair->ready;
  if (h->told)
    callbacks->ready(arg, c->pair);

  return 0;
}

static void unlink_hold(struct hold *h) {
  struct hold **at = &h->draft->holds;
  while (*at && *at != h)
    at = &(*at)->next;
  if (*at)
    *at = h->next;
}

void draft_release(struct hold *h) {
  struct draft *c = h->draft;
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

static struct draft *of_pair(struct pair *pair_take) {
  struct draft *c = mem_alloc(sizeof *c);
  *c = (struct draft){.pair = pair_take,
                      .hash = draft_hash(&pair_take->rules, &pair_take->catalogue_hash)};
  return c;
}

/* The candidate of this hash that is there already, or else this one. */
static struct draft *the_one(struct pipeline *p, struct draft *c) {
  struct draft *there = find_hash(p, c->pair->serving->code, &c->hash);
  if (!there)
    add(p, c);
  if (there)
    draft_free(c);

  if (there)
    return there;
  return c;
}

static const struct act *publication_of(const struct history *h, const char *text) {
  const struct act *found = history_named(h, text);
  char hex[65];

  for (size_t i = h->n; i > 0 && !found && strlen(text) >= DRAFT_PREFIX; i--) {
    const struct act *a = &h->acts[i - 1];
    const struct hash256 hash = draft_hash(&a->rules, &a->catalogue);
    if (a->kind == ACT_PUBLISHED && strncmp(hash256_hex(&hash, hex), text, strlen(text)) == 0)
      found = a;
  }

  return found;
}

static struct draft *of_publication(struct serving *s, const struct act *a, const char **ret_why) {
  struct pair *pair = pair_create(s);
  if (pair_read_stored(pair, &a->rules, &a->catalogue) == 0)
    return the_one(s->pipeline, of_pair(pair));

  *ret_why = "it cannot be read from the data directory any more";
  pair_destroy(pair);

  return NULL;
}

/* What a name stands for: all NULL for nothing, with *ret_why. */
struct named {
  const struct pair *serving;
  struct draft *draft;
  const struct act *published;
};

static struct named look_up(struct pipeline *p, const struct serving *s, const char *name,
                            const char **ret_why) {
  struct named n = {0};

  if (strcmp(name, "serving") == 0)
    n.serving = s->pair;
  else if (!(n.published = history_named(&s->history, name)) &&
           !(n.draft = draft_find(p, s->code, name, ret_why)))
    n.published = publication_of(&s->history, name);

  return n;
}

static struct draft *by_name(struct pipeline *p, struct serving *s, const char *name,
                             const char **ret_why) {
  const struct named n = look_up(p, s, name, ret_why);
  if (n.serving)
    return the_one(p, of_pair(pair_copy(n.serving)));
  if (n.published)
    return of_publication(s, n.published, ret_why);
  return n.draft;
}

int draft_look(struct pipeline *p, const char *authority, const char *name,
               struct hash256 *ret_rules, struct hash256 *ret_catalogue, const char **ret_why) {
  const struct serving *s = serving_of(p, authority);
  *ret_why = "this authority serves nothing yet";
  if (!s || !s->pair)
    return -ENOENT;

  const struct named n = look_up(p, s, name, ret_why);
  const struct pair *pair = n.draft ? n.draft->pair : n.serving;
  if (!pair && !n.published)
    return -ENOENT;

  if (pair)
    *ret_rules = pair->rules;
  else
    *ret_rules = n.published->rules;

  if (pair)
    *ret_catalogue = pair->catalogue_hash;
  else
    *ret_catalogue = n.published->catalogue;

  return 0;
}

int draft_hold(struct pipeline *p, const char *authority, const char *name,
               const struct hold_callbacks *callbacks, void *arg, struct hold **ret,
               const char **ret_why) {
  struct serving *s = serving_of(p, authority);
  *ret_why = "this authority serves nothing yet";
  if (!s || !s->pair)
    return -ENOENT;
  struct draft *c = by_name(p, s, name, ret_why);
  if (!c)
    return -ENOENT;
  int rc = -EBUSY;
  if (c->pair->ruleset || s->n_opened < OPENED)
    rc = 0;
  *ret_why = "too many rule sets of this authority are open beside the one that serves; try again "
             "when they are done";
  if (rc == 0 && (rc = hold(c, callbacks, arg, ret)) < 0)
    *ret_why = "its catalogue cannot be read any more";
  if (rc < 0 && !c->holds && !c->by)
    forget(c);
  return rc;
}

void drafts_drop(struct pipeline *p) {
  while (p->drafts)
    lose(p->drafts, NULL);
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

static void json_candidate(struct buf *b, const struct draft *c, bool ok) {
  const struct pair *pair = c->pair, *serving = pair->serving->pair;
  key_hash(b, "candidate", &c->hash);
  key_hash(b, "rules", &pair->rules);
  key_hash(b, "catalogue", &pair->catalogue_hash);
  key_bool(b, "ok", ok);
  key_bool(b, "same_as_serving",
           serving && hash256_eq(&serving->rules, &pair->rules) &&
               hash256_eq(&serving->catalogue_hash, &pair->catalogue_hash));
}

static void answer(struct proposing *g, const struct draft *c, bool ok,
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
    if (serving_is_own(rules[i].file))
      return true;

  return false;
}

static void on_proposed(void *arg, struct pair *pair) {
  struct proposing *g = arg;
  struct hold *h = g->hold;
  struct draft *c = h->draft;

  if (g->own_files && !any_own(pair->ruleset)) {
    fault_list_add(&g->faults, true, "authority/: " SERVING_NO_RULE);
    answer(g, c, false, ruleset_warnings(pair->ruleset));
    draft_release(h);
    return;
  }

  if (!c->by) {
    c->by = g->by;
    c->proposed = clock_trusted();
    g->by = NULL;
  }

  make_newest(c);
  answer(g, c, true, ruleset_warnings(pair->ruleset));
  draft_release(h);
  keep_few(pair->pipeline, pair->serving->code);
}

static void on_proposal_lost(void *arg, const struct fault_list *faults) {
  struct proposing *g = arg;
  if (faults) {
    answer(g, g->hold->draft, false, faults);
    return;
  }

  g->done(g->arg, -EAGAIN, NULL, 0);
  fault_list_finish(&g->faults);
  free(g->by);
  free(g);
}

static int lay(struct pipeline *p, enum pair_part part, const struct overlay *own,
               const struct buf *serves, struct buf *ret, struct hash256 *ret_hash,
               struct error *err) {
  struct bundle bundle;
  if (!own) {
    buf_put(ret, serves->data, serves->len);
    *ret_hash = hash256_of(ret->data, ret->len);
    return 0;
  }
  int rc = serving_lay(p->share, part, own, &bundle, err);
  if (rc < 0)
    return rc;
  bundle_seal(&bundle, ret);
  *ret_hash = bundle.hash;
  bundle_finish(&bundle);
  return 0;
}

static int draft_of(struct pipeline *p, const struct proposal *proposal, struct draft **ret,
                    struct error *err) {
  struct serving *s = serving_of(p, proposal->authority);
  if (!s || !s->pair)
    return error_set(err, -ENOENT, "this authority serves nothing yet");

  struct pair *pair = pair_create(s);
  struct pair *now = s->pair;
  int rc = lay(p, PART_RULES, proposal->rules, &now->rules_bytes, &pair->rules_bytes, &pair->rules,
               err);
  if (rc == 0)
    rc = lay(p, PART_CATALOGUE, proposal->catalogue, &now->catalogue_bytes, &pair->catalogue_bytes,
             &pair->catalogue_hash, err);

  if (rc < 0) {
    pair_destroy(pair);
    return rc;
  }

  *ret = of_pair(pair);

  return 0;
}

void pipeline_propose(struct pipeline *p, const struct proposal *proposal, answered *done,
                      void *arg) {
  static const struct hold_callbacks callbacks = {on_proposed, on_proposal_lost};
  struct draft *c = NULL;
  struct error err = {0};
  const struct serving *s = serving_of(p, proposal->authority);
  int rc = -EBUSY;

  if (!s || s->n_opened < OPENED)
    rc = draft_of(p, proposal, &c, &err);

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
  rc = pair_decode_catalogue(c->pair, &g->faults);
  if (rc == 0 && meaning_check(c->pair->serving, c->pair->serving->pair->catalogue,
                               c->pair->catalogue, &g->faults) > 0)
    rc = -EINVAL;

  if (rc < 0) {
    answer(g, c, false, NULL);
    draft_free(c);
    return;
  }

  c = the_one(p, c);
  if (hold(c, &callbacks, g, &g->hold) < 0)
    answer(g, c, false, NULL);
}
