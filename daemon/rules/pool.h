/* pool - the daemon's side of the workers: start, feed in batches, deadline, kill, replace, retry
 * one by one, strikes.
 *
 * One worker process serves one authority and rule set for life. A time-out, a kill, a crash is
 * never an outcome: the jobs of the broken batch are fed again one by one, a job that breaks its
 * worker again earns its rule (progress page) a strike, and at `strikes` the rule is reported
 * through on_aside; the owner journals that and opens a new set. All on the loop thread; everything
 * is asynchronous. */
#pragma once

#include <uv.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/histogram.h"
#include "rules/facts.h"

struct pool;
struct pool_options {
  const char *worker; /* path of needs-rules */
  /* wall time without progress after which a worker is killed (default 1000) */
  int32_t deadline_ms;
  int32_t load_ms; /* for loading a rule set (default 5000) */
  int32_t strikes; /* breaks before a rule is set aside (default 3) */
  int32_t batch;   /* jobs in flight with one worker (default 64) */
};
/* Makes a pool on the loop; never NULL. Copies the options; 0 in a number means its default. The
 * caller ends it with pool_destroy. */
struct pool *pool_create(uv_loop_t *loop, const struct pool_options *options);
/* Since the start, over all sets. */
struct pool_stats {
  /* workers started; of them, in the place of one that broke */
  uint64_t starts, restarts;
  /* of an evaluation: from the write to its answer, waiting for those before it included */
  struct histogram round_trip;
  /* what an evaluation took a busy worker, answers that came together sharing the time */
  struct histogram each;
};
/* The pool owns the figures. */
const struct pool_stats *pool_stats(const struct pool *p);
/* Ends every worker and frees the pool. Calls `done` when all handles are closed. */
void pool_destroy(struct pool *p, void (*done)(void *arg), void *arg);

/* A rule set with its catalogue, opened in a worker of its own. `known`: the rules were in force
 * before, so that what earlier versions did not find in them is a warning. */
struct ruleset;
struct ruleset_callbacks {
  /* Once, after open: faults == NULL means it serves; else why not (the set must then be closed by
   * the owner). */
  void (*ready)(void *arg, struct ruleset *s, const struct fault_list *faults);
  /* A rule broke its worker `strikes` times. The set takes no more jobs until it is closed. `rule`
   * NULL: broke outside any rule. */
  void (*aside)(void *arg, struct ruleset *s, const char *rule, const char *reason);
};
struct ruleset *ruleset_open(struct pool *p, const char *authority, const struct buf *rules,
                             const struct buf *catalogue, bool known, const char *const *aside,
                             size_t n_aside, uint32_t n_competences,
                             const struct ruleset_callbacks *cb, void *arg);
/* Closes the set, later frees it; NULL is fine. Jobs not done are dropped without a callback. */
void ruleset_close(struct ruleset *s);
/* The rules of the set, which owns them. */
const struct rule_info *ruleset_rules(const struct ruleset *s, uint32_t *ret_n);
/* Whether a rule reads offers. If not, a changed offer requires no new evaluation. */
bool ruleset_reads_offers(const struct ruleset *s);
/* Whether a rule reads effects. If not, the daemon need not count them every day. */
bool ruleset_reads_effects(const struct ruleset *s);
/* Warnings about rules that may be used all the same. The set owns the list. */
const struct fault_list *ruleset_warnings(const struct ruleset *s);

/* One evaluation, of a person or of a school; n_needs is then how many cohorts there are. The facts
 * are copied. `done` comes once, from the loop, unless the set is closed first. outcome->strings
 * live during the call. */
typedef void evaluated(void *arg, const struct outcome *o);
void ruleset_evaluate(struct ruleset *s, const struct buf *facts, uint32_t n_needs, int32_t day,
                      unsigned how, evaluated *done, void *arg);
#define EVALUATE_TRACED 1u  /* `how`, as bits: with a trace */
#define EVALUATE_COVERED 2u /* what its conditions came to is noted by the worker */

/* What trial/ asks of a worker beside evaluations, in order with them. JSON as rules/coverage.h and
 * rules/test_loader.h say; `faults` may be empty. Both live during the call. */
typedef void told(void *arg, const char *json, size_t len, const struct fault_list *faults);
void ruleset_read_tests(struct ruleset *s, const char *file, const void *text, size_t len,
                        told *done, void *arg);
void ruleset_coverage(struct ruleset *s, told *done, void *arg);
/* How many milliseconds the set has had no worker with its rules loaded; 0 if it has one. */
uint64_t ruleset_down_ms(const struct ruleset *s);
/* How many jobs are waiting or in flight. */
size_t ruleset_backlog(const struct ruleset *s);
/* Appends the state of the set to `json`: {"worker":state, "restarts":n, "backlog":n,
 * "strikes":{rule:n}}; the state is a word, such as "serving", and names no process. */
void ruleset_health(const struct ruleset *s, struct buf *json);
