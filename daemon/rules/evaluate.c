/* evaluate - chooses which rules look at which needs, runs each rule, and collects the results.
 *
 * The garbage collector stops during a run. Between runs it collects as soon as the garbage
 * reaches a quarter of the memory budget. A run in a used engine can therefore be charged at most
 * that much less than in a new one, because texts that still exist are not made again. A run that
 * used less than half of every memory budget would have ended the same way in any engine. Any
 * other run is repeated in a new engine, and only the second result counts. Instructions are
 * counted the same way in every engine. Each run has its own Lua thread, so the growth of its
 * stack is charged from the start. */
#include "rules/evaluate.h"

#include <lauxlib.h>
#include <string.h>

#include "rules/api.h"
#include "rules/builders.h"
#include "rules/failure.h"
#include "rules/trace.h"

/* All proposals of one person: every one is weighed, kept and explained, so that they must stay
 * few. */
#define OUTCOME_MAX ((uint64_t)256 * 1024)
#define CANDIDATES_MAX 2000

/* --- which rules, which needs --- */

static uint8_t state_of(const struct need *n) {
  if (n->current == ABSENT) {
    if (n->lapsed_on == ABSENT)
      return STATE_UNRATED;
    return STATE_LAPSED;
  }

  uint8_t state = STATE_MET;
  if (n->ends_on != ABSENT)
    state = STATE_ENDING;
  if (n->gap > 0)
    state = STATE_GAP;
  if (n->confirm)
    state |= STATE_CONFIRM;

  return state;
}

static bool role_fits(const struct rule *r, const struct role *role) {
  if (!role)
    return false;

  for (uint32_t i = 0; i < r->n_roles; i++)
    if (r->roles[i] == role)
      return true;

  for (uint32_t i = 0; i < r->n_families; i++)
    if (r->families[i] == role->family)
      return true;

  return false;
}

/* `post` is the role that the need belongs to; NULL when it belongs to none. */
static bool post_fits(const struct rule *r, const struct evaluation *now, const struct need *n,
                      const struct role *post) {
  if (r->n_roles + r->n_families == 0)
    return true;
  if (n->post)
    return role_fits(r, post);

  for (uint32_t i = 0; i < now->n_roles; i++)
    if (role_fits(r, now->roles[i]))
      return true;

  return false;
}

/* How far a rule came towards a need; the texts are for why_not. */
enum reach {
  REACH_NOTHING,
  REACH_ASIDE,
  REACH_COMPETENCE,
  REACH_ROLE,
  REACH_PURPOSE,
  REACH_RUN
};
static const char *const reach_words[] = {
    "is for other competences",
    "is set aside",
    "is for other roles",
    "is for another purpose",
    "is for needs of another kind (such as unrated or out of date)",
    NULL};

struct plan {
  uint8_t *reach;  /* of each rule, the furthest */
  uint32_t *start; /* needs of rule r: needs[start[r] .. start[r + 1]) */
  uint32_t *needs;
};

static enum reach match(const struct rule *r, const struct evaluation *now, const struct need *n,
                        const struct role *post) {
  if (r->aside)
    return REACH_ASIDE;
  if (!post_fits(r, now, n, post))
    return REACH_COMPETENCE;
  if ((r->purposes & 1u << n->purpose) == 0)
    return REACH_ROLE;
  if ((r->states & state_of(n)) == 0)
    return REACH_PURPOSE;
  return REACH_RUN;
}

static enum reach match_cohort(const struct rule *r, const struct cohort *c) {
  if (r->aside)
    return REACH_ASIDE;

  for (uint32_t i = 0; i < r->n_families; i++)
    if (strcmp(r->families[i]->code, c->family) == 0)
      return REACH_RUN;

  if (r->n_families == 0)
    return REACH_RUN;
  return REACH_COMPETENCE;
}

/* How far rule and subject (a need or a cohort) come together. */
static enum reach match_subject(const struct engine *e, const struct rule *r,
                                const struct evaluation *now, uint32_t subject) {
  if (r->info.for_school != of_school(now))
    return REACH_NOTHING;
  if (of_school(now))
    return match_cohort(r, &now->facts->cohorts[subject]);

  const struct need *n = &now->facts->needs[subject];
  return match(r, now, n, n->post ? catalogue_role(e->catalogue, n->post) : NULL);
}

/* Two passes over the same pairs: count, then place. Needs come in order, so each rule's list is in
 * order. */
static struct plan plan_runs(const struct engine *e, const struct evaluation *now) {
  const struct facts *f = now->facts;
  struct plan p = {.reach = arena_alloc(now->arena, e->n_rules + 1),
                   .start = arena_alloc(now->arena, (e->n_rules + 2) * sizeof(uint32_t))};
  uint32_t n_pairs = 0, n_subjects = subjects_of(f);

  for (uint32_t n = 0; n < n_subjects; n++)
    n_pairs += e->first[subject_competence(f, n) + 1] - e->first[subject_competence(f, n)];

  uint64_t *pairs = arena_alloc(now->arena, (n_pairs + 1) * sizeof *pairs);
  n_pairs = 0;
  for (uint32_t n = 0; n < n_subjects; n++) {
    uint32_t competence = subject_competence(f, n);
    for (uint32_t i = e->first[competence]; i < e->first[competence + 1]; i++) {
      uint32_t r = e->listed[i];
      enum reach reach = match_subject(e, &e->rules[r], now, n);
      if (reach > p.reach[r])
        p.reach[r] = (uint8_t)reach;

      if (reach != REACH_RUN)
        continue;

      pairs[n_pairs++] = (uint64_t)r << 32 | n;
      p.start[r + 2]++;
    }
  }

  for (uint32_t r = 1; r <= e->n_rules; r++)
    p.start[r + 1] += p.start[r];

  p.needs = arena_alloc(now->arena, (n_pairs + 1) * sizeof *p.needs);
  for (uint32_t i = 0; i < n_pairs; i++)
    p.needs[p.start[(pairs[i] >> 32) + 1]++] = (uint32_t)pairs[i];

  return p;
}

/* --- one run --- */

struct work {
  const struct rule *rule;
  const uint32_t *needs;
  uint32_t n_needs;
};

static const char *key_at(const struct engine *e, const struct run *run, uint32_t need) {
  return catalogue_competence_at(e->catalogue, subject_competence(run->now->facts, need))->key;
}

static const char *need_key(const struct engine *e, const struct run *run) {
  return key_at(e, run, run->need);
}

static void trace_unmet(const struct engine *e, const struct run *run) {
  const char *why = "its condition does not hold";
  if (run->n_unmet > 0)
    why = run->unmet[0];
  for (uint32_t i = 1; i < run->n_unmet; i++)
    why = arena_printf(run->now->arena, "%s; %s", why, run->unmet[i]);

  trace_not(run->now->trace, e->rules[run->rule].info.name, need_key(e, run), why);
}

static void trace_proposals(const struct engine *e, const struct run *run, size_t n) {
  const char *ids[16] = {0};
  for (size_t i = 0; i < n && i < ARRAY_LEN(ids); i++)
    ids[i] = run->out[run->n_out - n + i].development;
  trace_fired(run->now->trace, e->rules[run->rule].info.name, need_key(e, run), ids,
              n < ARRAY_LEN(ids) ? n : ARRAY_LEN(ids));
}

/* Nothing of a run that failed counts, whatever it said before of other needs. */
static void trace_failure(const struct engine *e, const struct run *run, const struct work *w,
                          size_t mark, const char *message) {
  struct trace *t = run->now->trace;
  const char *rule = w->rule->info.name;

  trace_unsay(t, mark);
  trace_failed(t, rule, need_key(e, run), NULL, message);
  for (uint32_t i = 0; i < w->n_needs; i++)
    if (w->needs[i] != run->need)
      trace_failed(t, rule, key_at(e, run, w->needs[i]), need_key(e, run), message);
}

/* Calls a rule's function with need, person and school, or with cohort and school; leaves its one
 * result. */
static void call(lua_State *L, int function, uint32_t need) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, function);
  lua_call(L, api_push_arguments(L, need), 1);
}

static bool fires(lua_State *L, const struct rule *rule, uint32_t need) {
  if (rule->when == LUA_NOREF)
    return true;

  call(L, rule->when, need);
  bool fired = lua_toboolean(L, -1);
  lua_pop(L, 1);

  return fired;
}

static int on_run(lua_State *L) {
  const struct work *w = lua_touserdata(L, 1);
  struct engine *e = engine_of(L);
  struct run *run = e->run;

  for (uint32_t i = 0; i < w->n_needs; i++) {
    run->need = w->needs[i];
    run->n_made = run->n_unmet = 0;
    if (!fires(L, w->rule, run->need)) {
      if (run->now->trace)
        trace_unmet(e, run);
      continue;
    }

    call(L, w->rule->recommend, run->need);
    size_t n = builders_collect(L);
    if (run->now->trace)
      trace_proposals(e, run, n);
  }

  return 0;
}

static const enum failure_kind failure_kinds[] = {[BUDGET_WITHIN] = FAILURE_ERROR,
                                                  [BUDGET_INSTRUCTIONS] = FAILURE_INSTRUCTIONS,
                                                  [BUDGET_MEMORY] = FAILURE_MEMORY};

/* True if the rule came to its end; else *ret says why not and nothing of the run counts but its
 * wakes. */
static bool run_in(struct engine *e, struct run *run, const struct work *w, struct failure *ret) {
  api_prepare(e->L, run->now->facts);
  lua_State *L = lua_newthread(e->L);
  lua_pushcfunction(L, on_run);
  lua_pushlightuserdata(L, (void *)(uintptr_t)w);
  e->run = run;
  budget_arm(&e->budget, &budget_of_run);

  int status = lua_pcall(L, 1, 0, 0);
  budget_disarm(&e->budget);
  e->run = NULL;

  if (status != LUA_OK) {
    ret->rule = run->rule;
    ret->kind = failure_kinds[e->budget.over];
    ret->message = failure_message(e, run, w->rule, L);
    run->n_out = 0;
    run->said = 0;
  }

  lua_pop(e->L, 1);

  return status == LUA_OK;
}

static void run_reset(struct run *run) {
  run->next_change_day = INT32_MAX;
  run->n_out = run->n_made = run->n_unmet = 0;
  run->said = 0;
}

static bool run_anew(struct evaluator *v, struct run *run, struct work w, struct failure *ret) {
  struct engine *anew;
  struct fault_list faults = {0};

  /* it loaded before */
  if (engine_create(&anew, v->bundle, v->engine->catalogue, v->engine->known, &faults) != 0)
    abort();

  fault_list_finish(&faults);
  w.rule = &anew->rules[run->rule];

  bool ended = run_in(anew, run, &w, ret);
  for (size_t i = 0; i < run->n_out; i++)
    run->out[i].text = arena_strndup(run->now->arena, run->out[i].text,
                                     strlen(run->out[i].text)); /* may be the engine's `about` */

  engine_destroy(anew);

  return ended;
}

static void collect_garbage(struct engine *e) {
  if (e->budget.in_use > e->in_use_loaded + budget_of_run.kept / 4)
    lua_gc(e->L, LUA_GCCOLLECT);
}

static bool run_rule(struct evaluator *v, struct run *run, const struct work *w, size_t mark,
                     struct failure *ret) {
  run_reset(run);
  bool ended = run_in(v->engine, run, w, ret);
  collect_garbage(v->engine);
  if (!budget_strained(&v->engine->budget))
    return ended;

  if (run->now->trace)
    trace_back(run->now->trace, mark);

  run_reset(run);

  return run_anew(v, run, *w, ret);
}

/* --- the person --- */

struct results {
  struct candidate *candidates;
  struct failure *failures;
  size_t n_candidates, cap_candidates, n_failures, cap_failures;
  uint64_t said;
};

static void keep_failure(struct results *all, struct failure failure) {
  all->failures = mem_grow(all->failures, &all->cap_failures, all->n_failures + 1, sizeof failure);
  all->failures[all->n_failures++] = failure;
}

static bool keep_proposals(struct results *all, const struct engine *e, const struct run *run,
                           struct failure *ret) {
  const struct rule_info *info = &e->rules[run->rule].info;
  if (all->said + run->said > OUTCOME_MAX || all->n_candidates + run->n_out > CANDIDATES_MAX) {
    const char *text = arena_printf(
        run->now->arena,
        "%s:%d: rule '%s' proposes more than there is room for, after the rules before it: at most "
        "%d developments and %d KiB for one person; narrow the rules",
        info->file, info->line, info->name, CANDIDATES_MAX, (int)(OUTCOME_MAX / 1024));
    *ret = (struct failure){.rule = run->rule, .kind = FAILURE_ERROR, .message = text};
    return false;
  }

  all->said += run->said;
  if (run->n_out == 0)
    return true;

  all->candidates = mem_grow(all->candidates, &all->cap_candidates, all->n_candidates + run->n_out,
                             sizeof *run->out);
  memcpy(all->candidates + all->n_candidates, run->out, run->n_out * sizeof *run->out);
  all->n_candidates += run->n_out;

  return true;
}

static void run_all(struct evaluator *v, struct evaluation *now, struct results *all,
                    int32_t *next_change_day) {
  const struct engine *e = v->engine;
  struct plan p = plan_runs(e, now);
  struct run run = {.now = now};

  for (uint32_t r = 0; r < e->n_rules; r++) {
    struct work w = {.rule = &e->rules[r],
                     .needs = p.needs + p.start[r],
                     .n_needs = p.start[r + 1] - p.start[r]};
    if (w.rule->info.for_school != of_school(now))
      continue;
    if (w.n_needs == 0) {
      if (now->trace)
        trace_not(now->trace, w.rule->info.name, NULL,
                  reach_words[w.rule->aside ? REACH_ASIDE : p.reach[r]]);
      continue;
    }

    struct failure failure;
    size_t mark = 0;

    if (now->trace)
      mark = trace_mark(now->trace);

    v->page->rule = run.rule = r;
    if (!run_rule(v, &run, &w, mark, &failure) || !keep_proposals(all, e, &run, &failure)) {
      keep_failure(all, failure);
      if (now->trace)
        trace_failure(e, &run, &w, mark, failure.message);
    }

    if (run.next_change_day < *next_change_day)
      *next_change_day = run.next_change_day;
  }

  v->page->rule = EXCHANGE_NO_RULE;
  free(run.made);
  free(run.out);
}

static void *kept(struct arena *a, void *items, size_t size) {
  void *copy = arena_alloc(a, size);
  if (size > 0)
    memcpy(copy, items, size);
  free(items);
  return copy;
}

void evaluate(struct evaluator *v, const struct facts *facts, int32_t day, unsigned how,
              struct arena *a, struct outcome *ret) {
  bool traced = (how & EXCHANGE_TRACE) != 0;
  struct trace trace = {0};
  struct evaluation now = {.facts = facts,
                           .day = day,
                           .arena = a,
                           .n_roles = facts->n_roles,
                           .trace = traced ? &trace : NULL};

  for (uint32_t i = 0; i < facts->n_roles; i++)
    now.roles[i] = catalogue_role(v->engine->catalogue, facts->roles[i]);
  if (how & EXCHANGE_COVER)
    now.coverage = &v->coverage;

  struct results all = {0};
  *ret = (struct outcome){.next_change_day = INT32_MAX};
  if (traced)
    trace_start(&trace);

  run_all(v, &now, &all, &ret->next_change_day);
  if (traced)
    ret->trace = trace_end(&trace, a);

  ret->n_candidates = (uint32_t)all.n_candidates;
  ret->n_failures = (uint32_t)all.n_failures;
  ret->candidates = kept(a, all.candidates, all.n_candidates * sizeof *all.candidates);
  ret->failures = kept(a, all.failures, all.n_failures * sizeof *all.failures);
}
