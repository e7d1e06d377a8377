/* bench - see bench.h. */
#include "trial/bench.h"

#include <string.h>

#define DEADLINE_MS 5000 /* the machine may be busy; what a rule may take is counted, not timed */
#define LOAD_MS 5000
#define UNDER_WAY 256 /* evaluations handed over and not answered */

struct bench {
  uv_loop_t loop;
  struct pool *pool;
  struct ruleset *set;
  struct fault_list *faults; /* while opening */
  bool ready, good;
  char *broken; /* why the set takes no more */
};

static void on_ready(void *arg, struct ruleset *s, const struct fault_list *faults) {
  struct bench *b = arg;
  (void)s;
  b->ready = true;
  b->good = !faults;
  for (size_t i = 0; faults && i < faults->n; i++)
    fault_list_add(b->faults, true, "%s", faults->lines[i].said);
}

static void on_aside(void *arg, struct ruleset *s, const char *rule, const char *reason) {
  struct bench *b = arg;
  struct buf text = {0};

  (void)s;
  buf_printf(&text, "%s: %s", rule ? rule : "the rules", reason);
  b->ready = true;
  free(b->broken);
  b->broken = mem_strdup(buf_cstr(&text));
  buf_finish(&text);
}

struct bench *bench_open(const char *worker, const char *authority, struct bundle *rules,
                         struct bundle *catalogue, struct fault_list *faults) {
  static const struct ruleset_callbacks callbacks = {on_ready, on_aside};
  const struct pool_options options = {
      .worker = worker, .deadline_ms = DEADLINE_MS, .load_ms = LOAD_MS, .strikes = 1};
  struct bench *b = mem_alloc(sizeof *b);
  struct buf rules_bytes = {0}, catalogue_bytes = {0};

  if (uv_loop_init(&b->loop) != 0)
    abort();

  bundle_seal(rules, &rules_bytes);
  bundle_seal(catalogue, &catalogue_bytes);
  b->faults = faults;
  b->pool = pool_create(&b->loop, &options);
  b->set = ruleset_open(b->pool, authority, &rules_bytes, &catalogue_bytes, false, NULL, 0, 0,
                        &callbacks, b);
  while (!b->ready)
    uv_run(&b->loop, UV_RUN_ONCE);

  buf_finish(&rules_bytes);
  buf_finish(&catalogue_bytes);
  if (b->broken)
    fault_list_add(faults, true, "%s", b->broken);

  if (b->good && !b->broken)
    return b;

  bench_close(b);

  return NULL;
}

void bench_close(struct bench *b) {
  if (!b)
    return;

  ruleset_close(b->set);
  pool_destroy(b->pool, NULL, NULL);
  uv_run(&b->loop, UV_RUN_DEFAULT);
  uv_loop_close(&b->loop);
  free(b->broken);
  free(b);
}

const struct rule_info *bench_rules(const struct bench *b, uint32_t *ret_n) {
  return ruleset_rules(b->set, ret_n);
}

const struct fault_list *bench_warnings(const struct bench *b) {
  return ruleset_warnings(b->set);
}

bool bench_reads_offers(const struct bench *b) {
  return ruleset_reads_offers(b->set);
}

static void wait_until(struct bench *b, size_t left) {
  while (!b->broken && ruleset_backlog(b->set) > left)
    uv_run(&b->loop, UV_RUN_ONCE);
}

const char *bench_wait(struct bench *b) {
  wait_until(b, 0);
  return b->broken;
}

void bench_submit(struct bench *b, const struct facts *f, int32_t day, unsigned how,
                  evaluated *done, void *arg) {
  struct buf bytes = {0};
  if (b->broken)
    return;

  facts_encode(f, &bytes);
  ruleset_evaluate(b->set, &bytes, subjects_of(f), day, how, done, arg);
  buf_finish(&bytes);
  wait_until(b, UNDER_WAY);
}

/* --- one at a time --- */

struct one_answer {
  struct bench *bench;
  struct arena *a;
  uint32_t n_needs;
  struct outcome *outcome;
  const char *json;
  struct fault_list *faults;
};

/* Outcomes live during the call only: through the codec into an arena that stays. */
static void on_outcome(void *arg, const struct outcome *o) {
  struct one_answer *w = arg;
  struct buf bytes = {0};
  uint32_t n_rules;

  ruleset_rules(w->bench->set, &n_rules);
  outcome_encode(o, &bytes);
  if (outcome_decode(w->a, bytes.data, bytes.len, n_rules, w->n_needs, w->outcome) < 0)
    abort();

  buf_finish(&bytes);
}

bool bench_evaluate(struct bench *b, const struct facts *f, int32_t day, unsigned how,
                    struct arena *a, struct outcome *ret) {
  struct one_answer w = {.bench = b, .a = a, .n_needs = subjects_of(f), .outcome = ret};
  bench_submit(b, f, day, how, on_outcome, &w);
  return !bench_wait(b);
}

static void on_told(void *arg, const char *json, size_t len, const struct fault_list *faults) {
  struct one_answer *w = arg;
  w->json = arena_strndup(w->a, json, len);
  for (size_t i = 0; w->faults && i < faults->n; i++)
    fault_list_add(w->faults, true, "%s", faults->lines[i].said);
}

const char *bench_read_tests(struct bench *b, const struct bundle_file *f, struct arena *a,
                             struct fault_list *faults) {
  struct one_answer w = {.bench = b, .a = a, .json = "[]", .faults = faults};
  if (!b->broken)
    ruleset_read_tests(b->set, f->name, f->text, f->len, on_told, &w);
  if (bench_wait(b))
    fault_list_add(faults, true, "%s:1: reading it broke the worker (%s)", f->name, b->broken);

  return w.json;
}

const char *bench_coverage(struct bench *b, struct arena *a) {
  struct one_answer w = {.bench = b, .a = a, .json = "[]"};
  if (!b->broken)
    ruleset_coverage(b->set, on_told, &w);
  bench_wait(b);
  return w.json;
}
