/* bench - one rule set with its catalogue in a worker, on its own event loop, for commands that
 * test rules.
 *
 * Every call blocks: the loop runs inside the call and nothing else uses it. Used by check (is the
 * rule set valid?), sweep (what does it do for everybody?) and run (do the author's tests pass?).
 * The running daemon does not use it. */
#pragma once

#include "catalogue/bundle.h"
#include "rules/pool.h"

struct bench;
/* NULL when the rules do not load: `faults` says why. Their warnings are in bench_warnings. Both
 * bundles are only read. */
struct bench *bench_open(const char *worker, const char *authority, struct bundle *rules,
                         struct bundle *catalogue, struct fault_list *faults);
void bench_close(struct bench *b); /* NULL is fine */
const struct rule_info *bench_rules(const struct bench *b, uint32_t *ret_n);
const struct fault_list *bench_warnings(const struct bench *b);
bool bench_reads_offers(const struct bench *b);

/* Hands over one evaluation; `done` comes during a later call. Waits while many are on their way.
 */
void bench_submit(struct bench *b, const struct facts *f, int32_t day, unsigned how,
                  evaluated *done, void *arg);
/* Waits for all of them. NULL, or why the rules cannot go on (a rule that breaks its worker is set
 * aside): "rule: reason". */
const char *bench_wait(struct bench *b);
/* One evaluation, its outcome copied to `a`; false as above. */
bool bench_evaluate(struct bench *b, const struct facts *f, int32_t day, unsigned how,
                    struct arena *a, struct outcome *ret);
/* JSON as the worker tells it, copied to `a`; "[]" when there are faults. */
const char *bench_read_tests(struct bench *b, const struct bundle_file *f, struct arena *a,
                             struct fault_list *faults);
const char *bench_coverage(struct bench *b, struct arena *a);
