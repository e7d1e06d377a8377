/* publish - what authors do with a policy: publish a candidate, approve one, go back to what was
 * published, let a rule run again.
 *
 * Each is judged here and answered when it is on disk. A policy is checked once more in a worker of
 * its own (slot.c), and only when that is without fault does it take over; else the last good
 * one remains in force. One publication of an authority at a time; a reload that comes meanwhile
 * waits for it. What is kept of it all is pipeline/history.c's. */
#define LOG_AREA "policy"
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/words.h"
#include "event/faults.h"
#include "policy/candidate.h"
#include "policy/policy.h"

#define DIFF_HOLDS_MS ((uint64_t)86400 * 1000)

/* One that is under way. */
struct publishing {
  /* name: of the publication, or of a rule that is restored */
  char *name, *by, *approved_by, *rollback_of;
  /* handed over, not committed; NULL: its policy is being checked */
  struct note *note;
  acted *done;
  void *arg;
};

/* --- answers --- */

/* Judging and refusing one request. */
struct judging {
  struct pipeline *p;
  const struct publish_request *r;
  struct policy_slot *slot;
  struct arena arena;
  struct faults faults;
};

static struct judging begin(struct pipeline *p, const struct publish_request *r) {
  return (struct judging){.p = p, .r = r, .slot = policy_slot_of(p, r->authority)};
}

#define REFUSE(j, code, pointer, ...)                                                              \
  faults_add(&(j)->faults, &(j)->arena, FAULT_##code, pointer, __VA_ARGS__)

/* True when it was refused, and said so. */
static bool refused(struct judging *j, acted *done, void *arg) {
  bool any = j->faults.n > 0;
  if (any)
    done(arg, &j->faults, NULL, 0);
  arena_finish(&j->arena);
  return any;
}

static void give(acted *done, void *arg, struct buf *b) {
  done(arg, NULL, (const char *)b->data, b->len);
  buf_finish(b);
}

static void json_named(struct buf *b, const struct policy_slot *s, const struct act *a,
                       bool already) {
  const struct hash256 policy = candidate_hash(&a->rules, &a->catalogue);
  struct buf token = {0};

  pipeline_seal_position(s->pipeline, a->position, &token);
  json_open(b, '{');
  key_str(b, "name", a->name);
  key_hash(b, "candidate", &policy);
  key_hash(b, "rules", &a->rules);
  key_hash(b, "catalogue", &a->catalogue);
  key_bool(b, "already", already);
  json_opt_str(b, "approved_by", a->approved_by);
  json_opt_str(b, "rollback_of", a->rollback_of);
  key_str(b, "position", buf_cstr(&token));
  json_close(b, '}');
  buf_finish(&token);
}

/* --- under way --- */

static void publishing_free(struct publishing *g) {
  free(g->name);
  free(g->by);
  free(g->approved_by);
  free(g->rollback_of);
  free(g);
}

/* Whatever waited for its end may begin. */
static void end(struct policy_slot *s) {
  struct publishing *g = s->publishing;
  s->publishing = NULL;
  publishing_free(g);
  policy_slot_check_waiting(s);
}

void publish_committed(struct policy_slot *s, const struct note *n) {
  struct publishing *g = s->publishing;
  struct buf b = {0};

  if (!g || g->note != n)
    return; /* the configuration's */

  log_info("published", "authority=%s name=%s by=%s", s->code, g->name, g->by);
  json_named(&b, s, history_last(&s->history), false);
  give(g->done, g->arg, &b);
  end(s);
}

static void tell_faulty(struct policy_slot *s, const struct fault_list *faults) {
  struct judging j = {.p = s->pipeline};
  for (size_t i = 0; i < faults->n; i++)
    if (!faults->lines[i].is_warning)
      REFUSE(&j, FAULTY, "", "%s", faults->lines[i].text);
  refused(&j, s->publishing->done, s->publishing->arg);
}

void publish_checked(struct policy_slot *s, const struct fault_list *faults) {
  struct publishing *g = s->publishing;
  if (faults) {
    log_warn("a publication was refused; the current rules remain in force", "authority=%s name=%s",
             s->code, g->name);
    policy_slot_drop_publication(s);
    tell_faulty(s, faults);
    end(s);

    return;
  }

  g->note = policy_slot_switch(
      s, &(struct publication_words){g->name, g->by, g->approved_by, g->rollback_of});
}

void publish_drop(struct policy_slot *s) {
  struct judging j = {.p = s->pipeline};
  if (!s->publishing)
    return;

  REFUSE(&j, BUSY, "", "the daemon stops; ask history afterwards whether it was published");
  refused(&j, s->publishing->done, s->publishing->arg);
  publishing_free(s->publishing);
  s->publishing = NULL;
}

static void start(struct judging *j, struct policy *policy, const struct publication_words *w,
                  acted *done, void *arg) {
  struct publishing *g = j->slot->publishing = mem_alloc(sizeof *g);
  *g = (struct publishing){.by = mem_strdup(w->by), .done = done, .arg = arg};
  if (w->name)
    g->name = mem_strdup(w->name);
  else
    g->name = history_new_name(&j->slot->history, clock_trusted_ms());
  if (w->approved_by)
    g->approved_by = mem_strdup(w->approved_by);
  if (w->rollback_of)
    g->rollback_of = mem_strdup(w->rollback_of);

  policy_slot_check_policy(j->slot, policy);
}

/* --- what is judged --- */

static bool judge_place(struct judging *j) {
  struct policy_slot *s = j->slot;
  if (!s || !s->policy)
    REFUSE(j, NOT_FOUND, "/authority", "this authority has no rules in force yet");
  else if (s->publishing || s->next)
    REFUSE(j, BUSY, "",
           "other rules of this authority are just being published; try again in a moment");

  return j->faults.n == 0;
}

static void judge_name(struct judging *j) {
  if (j->r->name && history_named(&j->slot->history, j->r->name))
    REFUSE(j, CONFLICT, "/name", "%s was published before; give a name that is new, or none",
           j->r->name);
}

static struct policy_candidate *judge_candidate(struct judging *j) {
  const char *why = NULL;
  struct policy_candidate *d = candidate_find(j->p, j->r->authority, j->r->candidate, &why);
  if (!d)
    REFUSE(j, NOT_FOUND, "/candidate", "%s", why);
  return d;
}

static bool is_of_slot(const struct policy_slot *s, const struct hash256 *rules,
                       const struct hash256 *catalogue) {
  return hash256_eq(&s->policy->identity, rules) &&
         hash256_eq(&s->policy->catalogue_hash, catalogue);
}

static bool diff_known(const struct policy_slot *s, const struct policy_candidate *d) {
  const struct diff_summary *f = &d->diff;
  return f->at_ms && clock_mono_ms() - f->at_ms < DIFF_HOLDS_MS &&
         is_of_slot(s, &f->from_rules, &f->from_catalogue);
}

static bool has_limits(const struct approval_limits *l) {
  return l->people || l->per_cent || l->cost_pence;
}

/* The first limit that is exceeded, in words; NULL: none. */
static const char *beyond(struct judging *j, const struct diff_summary *f) {
  const struct approval_limits *l = &j->slot->now.limits;
  long long changed = (long long)f->people_changed, cost = f->cost_more_pence;
  if (f->failing)
    return arena_printf(&j->arena, "%zu rule%s for somebody and did not before", f->failing,
                        f->failing == 1 ? " fails" : "s fail");

  if (l->people && changed > l->people)
    return arena_printf(&j->arena, "the advice of %lld people changes, more than %lld", changed,
                        (long long)l->people);

  if (l->per_cent && changed * 100 > l->per_cent * (long long)f->people)
    return arena_printf(&j->arena,
                        "the advice of %lld of %lld people changes, more than %lld per cent",
                        changed, (long long)f->people, (long long)l->per_cent);

  if (l->cost_pence && cost > l->cost_pence)
    return arena_printf(&j->arena, "it costs %lld pence more, over %lld", cost,
                        (long long)l->cost_pence);

  return NULL;
}

/* An approval is of what the candidate changes: it holds for the policy in force then. */
static const char *approval_of(const struct policy_slot *s, const struct policy_candidate *d,
                               const char *but) {
  for (size_t i = 0; i < d->n_approvals; i++) {
    const struct approval *a = &d->approvals[i];
    if (is_of_slot(s, &a->rules, &a->catalogue) && strcmp(a->by, but) != 0)
      return a->by;
  }

  return NULL;
}

static void judge_approval(struct judging *j, const struct policy_candidate *d) {
  const char *why;
  if (!has_limits(&j->slot->now.limits))
    return;

  if (!diff_known(j->slot, d))
    REFUSE(j, DIFF_NEEDED, "/candidate",
           "what it changes must be known first, and since today: run needs rules diff %s",
           j->r->candidate);
  else if ((why = beyond(j, &d->diff)) && !approval_of(j->slot, d, j->r->by))
    REFUSE(j, APPROVAL_NEEDED, "/candidate",
           "%s: somebody other than who proposes and publishes it must approve it first", why);
}

/* --- publish --- */

static bool serves(const struct policy_slot *s, const struct hash256 *rules,
                   const struct hash256 *catalogue) {
  return hash256_eq(&s->policy->rules, rules) && hash256_eq(&s->policy->catalogue_hash, catalogue);
}

/* Asked twice, such as after an answer was lost: it is there, nothing is done. */
static void answer_already(struct judging *j, acted *done, void *arg) {
  struct buf b = {0};
  json_named(&b, j->slot, history_last(&j->slot->history), true);
  give(done, arg, &b);
  arena_finish(&j->arena);
}

void policy_publish(struct pipeline *p, const struct publish_request *r, acted *done, void *arg) {
  struct judging j = begin(p, r);
  struct policy_candidate *d = NULL;

  if (judge_place(&j))
    d = judge_candidate(&j);

  bool already = d && serves(j.slot, &d->policy->rules, &d->policy->catalogue_hash) &&
                 history_last(&j.slot->history);
  if (already) {
    answer_already(&j, done, arg);
    return;
  }

  if (d)
    judge_name(&j);
  if (d)
    judge_approval(&j, d);

  if (refused(&j, done, arg))
    return;

  const struct publication_words w = {
      .name = r->name, .by = r->by, .approved_by = approval_of(j.slot, d, r->by)};
  start(&j, policy_copy(d->policy), &w, done, arg);
}

/* --- approve --- */

static void judge_approver(struct judging *j, const struct policy_candidate *d) {
  if (strcmp(d->by, j->r->by) == 0)
    REFUSE(j, FORBIDDEN, "", "%s proposed it; somebody else approves it", d->by);
  else if (has_limits(&j->slot->now.limits) && !diff_known(j->slot, d))
    REFUSE(j, DIFF_NEEDED, "/candidate",
           "what it changes must be known first, and since today: run needs rules diff %s",
           j->r->candidate);
}

/* One of each person; the oldest makes room. */
static void keep_approval(struct policy_candidate *d, const char *by, const struct policy *serves) {
  size_t at = 0;
  while (at < d->n_approvals && strcmp(d->approvals[at].by, by) != 0)
    at++;
  if (at == APPROVALS)
    at = 0;
  if (at < d->n_approvals) {
    free(d->approvals[at].by);
    memmove(&d->approvals[at], &d->approvals[at + 1],
            (--d->n_approvals - at) * sizeof *d->approvals);
  }

  d->approvals[d->n_approvals++] = (struct approval){mem_strdup(by), serves->identity,
                                                     serves->catalogue_hash};
}

void policy_approve(struct pipeline *p, const struct publish_request *r, acted *done, void *arg) {
  struct judging j = begin(p, r);
  struct policy_candidate *d = NULL;

  if (judge_place(&j))
    d = judge_candidate(&j);
  if (d)
    judge_approver(&j, d);

  if (refused(&j, done, arg))
    return;

  keep_approval(d, r->by, j.slot->policy);
  struct buf b = {0};
  json_open(&b, '{');
  key_hash(&b, "candidate", &d->hash);
  key_str(&b, "proposed_by", d->by);
  key_str(&b, "approved_by", r->by);
  json_close(&b, '}');
  log_info("approved", "authority=%s by=%s", r->authority, r->by);
  give(done, arg, &b);
}

/* --- rollback --- */

static const struct act *judge_target(struct judging *j) {
  const struct history *h = &j->slot->history;
  const struct act *last = history_last(h), *to = NULL;

  if (j->r->name)
    to = history_named(h, j->r->name);
  else if (last)
    to = history_before(h, last);

  if (!to && j->r->name)
    REFUSE(j, NOT_FOUND, "/name", "nothing was published under this name; history lists what was");
  else if (!to)
    REFUSE(j, NOT_FOUND, "", "nothing else was published before the current rules");

  return to;
}

void policy_rollback(struct pipeline *p, const struct publish_request *r, acted *done, void *arg) {
  struct judging j = begin(p, r);
  const struct act *to = NULL;

  if (judge_place(&j))
    to = judge_target(&j);

  if (to && serves(j.slot, &to->rules, &to->catalogue)) {
    answer_already(&j, done, arg);
    return;
  }

  struct policy *policy = NULL;
  if (to)
    policy = policy_create(j.slot);
  if (to && policy_read_stored(policy, &to->rules, &to->catalogue) < 0) {
    policy_destroy(policy);
    REFUSE(&j, FAULTY, "",
           "%s cannot be read from the data directory; ask the daemon's administrator", to->name);
  }

  if (refused(&j, done, arg))
    return;

  start(&j, policy, &(struct publication_words){.by = r->by, .rollback_of = to->name}, done, arg);
}

/* --- restore --- */

static bool is_aside(const struct policy_slot *s, const char *rule) {
  const struct pipeline *p = s->pipeline;
  for (size_t i = 0; i < p->n_asides; i++)
    if (strcmp(p->asides[i].authority, s->code) == 0 && strcmp(p->asides[i].rule, rule) == 0 &&
        hash256_eq(&p->asides[i].rules, &s->policy->rules))
      return true;

  return false;
}

static void json_restored(struct buf *b, const char *rule, const struct hash256 *rules,
                          const char *by, bool already) {
  json_open(b, '{');
  key_str(b, "rule", rule);
  key_hash(b, "rules", rules);
  key_str(b, "by", by);
  key_bool(b, "already", already);
  json_close(b, '}');
}

static void on_restored(struct pipeline *p, struct note *n) {
  struct policy_slot *s = n->arg;
  struct publishing *g = s->publishing;
  struct buf b = {0};

  history_take_committed(s, n->position);
  if (aside_drop(p, s->code, &n->rules, g->name))
    policy_slot_reopen(s);

  log_info("rule restored", "authority=%s rule=%s by=%s", s->code, g->name, g->by);
  json_restored(&b, g->name, &n->rules, g->by, false);
  give(g->done, g->arg, &b);
  end(s);
}

static void save_restored(struct policy_slot *s) {
  struct publishing *g = s->publishing;
  struct buf json = {0};

  json_open(&json, '{');
  key_hash(&json, "rules", &s->policy->rules);
  key_str(&json, "rule", g->name);
  key_str(&json, "by", g->by);
  json_close(&json, '}');
  g->note = note_add(s->pipeline, s->code, NOTE_RESTORED, &json);
  g->note->rules = s->policy->rules;
  g->note->committed = on_restored;
  g->note->arg = s;
  buf_finish(&json);
}

/* Asked twice: it runs again already. */
static void answer_restored(struct judging *j, const struct act *a, acted *done, void *arg) {
  struct buf b = {0};
  json_restored(&b, a->rule, &a->rules, text_or(a->by, ""), true);
  give(done, arg, &b);
  arena_finish(&j->arena);
}

/* Nothing else of the authority is published meanwhile, so the policy is the same when it is on
 * disk.
 */
void policy_restore(struct pipeline *p, const struct publish_request *r, acted *done, void *arg) {
  struct judging j = begin(p, r);
  bool stands_aside = judge_place(&j) && is_aside(j.slot, r->rule);
  const struct act *before = NULL;

  if (!(j.faults.n > 0 || stands_aside))
    before = history_restored(&j.slot->history, &j.slot->policy->rules, r->rule);

  if (before) {
    answer_restored(&j, before, done, arg);
    return;
  }

  if (j.faults.n == 0 && !stands_aside)
    REFUSE(&j, NOT_FOUND, "/rule",
           "no rule of this name is set aside in the current rules; history lists those that were");

  if (refused(&j, done, arg))
    return;

  struct publishing *g = j.slot->publishing = mem_alloc(sizeof *g);
  *g = (struct publishing){
      .name = mem_strdup(r->rule), .by = mem_strdup(r->by), .done = done, .arg = arg};
  save_restored(j.slot);
}
