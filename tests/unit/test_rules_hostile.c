/* test_rules_hostile - rules that attack, each in the real worker, each ending in the same bytes
 * every time.
 *
 * A file of tests/rules/hostile says in its first lines what must come of it: `-- expect: fault
 * TEXT` (refused at load), `instructions`, `memory`, `error TEXT` (the rule fails for the person)
 * or `fires`. Beside it sits a harmless rule, which must go on unharmed. Each file is evaluated
 * alone, again in a batch between other people, and in a second worker in another order: the
 * outcome of a person must be the same bytes everywhere, none of them may hold what only another
 * person has, and no worker is left over.
 *
 * What it costs is compared with what the counted budget costs here and now: an empty loop that
 * runs into the budget (loop-while, load-loop). Both are processor time of the worker. A hostile
 * rule may take 100 ms more.
 *
 * HOSTILE_COSTS=1 prints what each costs, HOSTILE=NAME takes only the files with that in their
 * names.
 *
 * A line `--* N TEXT` in such a file means N copies of TEXT, with each @ replaced by 1 to N
 * and each \n by the end of a line: rules that are hostile by their size. */
#include <dirent.h>
#include <errno.h>
#include <time.h>

#include "base/utf8.h"
#include "rules_driver.h"

#define TRIES 10 /* the quickest counts: other work on the machine is not the rule's */
#define HOSTILE SOURCE_ROOT "/tests/rules/hostile"
#ifdef NEEDS_SANITIZED
#define ALLOWED_MS 3000 /* the checker makes every allocation dear */
#else
#define ALLOWED_MS 100 /* over the budget's own cost */
#endif
#define ALLOWED_LOOPS                                                                              \
  150 /* or so many empty loops through the budget: what is compared is a ratio, since the machine \
         is not ours alone */
#define CANARY "canary-of-person-two"

static const char neighbour[] =
    "rule \"neighbour\" {\n"
    "  about = \"is there for everybody\", source = \"guide-2010\", owner = \"tests\",\n"
    "  recommend = function(need) return coaching { because = \"for \" .. need.competence } end,\n"
    "}\n";

static unsigned n_wrong;

/* One wrong file does not hide the next. */
#define WRONG(...) (print_error(__VA_ARGS__), print_error("\n"), (void)n_wrong++)

static const char *expectation;
static const char *name_now;

/* Processor time that the worker has taken. */
static double cpu_ms(const struct driver *d) {
  clockid_t clock;
  struct timespec t;
  assert_int_equal(clock_getcpuclockid(d->pid, &clock), 0);
  assert_int_equal(clock_gettime(clock, &t), 0);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double budget_run_ms, budget_load_ms; /* what the counted budgets cost */

/* True if this was within; a busy neighbour of the processor may spoil a measurement, so the
 * quickest of TRIES counts. On a slow or shared processor 100 ms are no measure: there the empty
 * loop is. */
static bool within(const char *what, double ms, double budget_ms, bool last) {
  double more = budget_run_ms * ALLOWED_LOOPS > ALLOWED_MS ? budget_run_ms * ALLOWED_LOOPS
                                                           : ALLOWED_MS;
  if (getenv("HOSTILE_COSTS") != NULL)
    print_message("%-28s %s %7.1f ms, budget %7.1f ms\n", name_now, what, ms, budget_ms);
  if (ms <= budget_ms + more)
    return true;
  if (last)
    WRONG("%s: %s took %.1f ms; the budget costs %.1f ms, and %.0f ms more are allowed", name_now,
          what, ms, budget_ms, more);
  return false;
}

static bool expects(const char *word, const char **ret_text) {
  size_t len = strlen(word);
  *ret_text = expectation[len] == ' ' ? expectation + len + 1 : "";
  return strncmp(expectation, word, len) == 0 &&
         (expectation[len] == ' ' || expectation[len] == '\0');
}

/* TEXT of a `--* N TEXT`, N times over. */
static void put_copies(struct buf *out, const char *line, size_t len) {
  char *text;
  unsigned long n = strtoul(line, &text, 10);
  const char *end = line + len;
  for (unsigned long i = 1; i <= n; i++)
    for (const char *p = text + 1; p < end; p++) {
      char number[24];
      if (*p == '@')
        buf_put(out, number, (size_t)snprintf(number, sizeof number, "%lu", i));
      else if (p[0] == '\\' && p[1] == 'n')
        buf_u8(out, '\n'), p++;
      else
        buf_u8(out, (uint8_t)*p);
    }
}

static void read_file(const char *name, struct buf *ret) {
  char path[4096], *line = NULL;
  size_t cap = 0;
  ssize_t n;
  snprintf(path, sizeof path, "%s/%s", HOSTILE, name);
  FILE *f = fopen(path, "rb");
  assert_non_null(f);
  while ((n = getline(&line, &cap, f)) > 0) {
    if (strncmp(line, "--* ", 4) == 0)
      put_copies(ret, line + 4, strcspn(line + 4, "\n"));
    else
      buf_put(ret, line, (size_t)n);
  }
  free(line);
  fclose(f);
}

static void find_expectation(const struct buf *text) {
  static char line[256];
  const char *at = memmem(text->data, text->len, "-- expect: ", 11);
  if (at == NULL)
    fail_msg("%s does not say what to expect", name_now);
  at += 11;
  snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
  expectation = line;
}

static bool load(struct driver *d, const struct buf *text) {
  char name[128], other[] = "zz-neighbour.lua";
  snprintf(name, sizeof name, "%s", name_now);
  struct bundle_file files[] = {{name, (char *)text->data, text->len},
                                {other, (char *)(uintptr_t)neighbour, sizeof neighbour - 1}};
  driver_start(d);
  return driver_load(d, files, 2, NULL);
}

struct person {
  struct need needs[3];
  struct facts facts;
};

/* What only the third person has: no outcome of another may ever hold it. */
static struct held secret_held[] = {{CANARY, TODAY - 10, ABSENT}};
static const char *secret_formats[] = {CANARY};

static void make_people(struct person p[3]) {
  for (int i = 0; i < 3; i++) {
    p[i].needs[0] = make_need("STL1", i, 3);
    p[i].needs[1] = make_need("STL3", 1, 2 + i);
    p[i].needs[2] = make_need("STL18", ABSENT, 2);
    p[i].facts = make_facts(p[i].needs, 3);
    p[i].facts.minutes = 600 * (i + 1);
  }
  p[2].facts.holds = secret_held;
  p[2].facts.n_holds = 1;
  p[2].facts.formats = secret_formats;
  p[2].facts.n_formats = 1;
  p[2].facts.contract = CANARY;
}

static void keep(struct buf *out, const void *bytes, size_t len) {
  buf_put(out, bytes, len);
}

/* Sends the people in this order in one batch; adds the bytes of person 0's outcomes to a buffer
 * each. */
static void run_batch(struct driver *d, struct person p[3], const int *order, size_t n,
                      struct buf *outcomes) {
  struct buf frames = {0};
  for (size_t i = 0; i < n; i++)
    driver_put_job(&frames, (uint32_t)i, &p[order[i]].facts, TODAY, 0);
  driver_send(d, frames.data, frames.len);
  buf_finish(&frames);
  size_t at = 0, len;
  for (size_t i = 0; i < n; i++) {
    const void *bytes = driver_done(d, (uint32_t)i, &len);
    if (order[i] == 0)
      keep(&outcomes[at++], bytes, len);
    if (order[i] != 2 && memmem(bytes, len, CANARY, strlen(CANARY)) != NULL)
      WRONG("%s: told of another person", name_now);
  }
}

static const struct failure *failure_of(const struct outcome *o) {
  return o->n_failures > 0 ? &o->failures[0] : NULL;
}

static void check_outcome(struct driver *d, struct person *p, const struct buf *bytes) {
  struct outcome o;
  const char *text;
  assert_int_equal(
      outcome_decode(&d->arena, bytes->data, bytes->len, d->n_rules, p->facts.n_needs, &o), 0);
  const struct failure *f = failure_of(&o);
  uint32_t neighbours = 0, others = 0;
  for (uint32_t i = 0; i < o.n_candidates; i++) {
    if (o.candidates[i].rule == d->n_rules - 1)
      neighbours++;
    else
      others++;
  }
  if (neighbours != 2)
    WRONG("%s: the neighbour fired %u times", name_now, neighbours);
  if (f != NULL && strstr(f->message, name_now) == NULL)
    WRONG("%s: the message has no place: %s", name_now, f->message);
  if (expects("fires", &text)) {
    if (f != NULL || others == 0)
      WRONG("%s: did not fire: %s", name_now, f != NULL ? f->message : "no proposal");
    return;
  }
  enum failure_kind kind = expects("instructions", &text) ? FAILURE_INSTRUCTIONS
                           : expects("memory", &text)     ? FAILURE_MEMORY
                                                          : FAILURE_ERROR;
  if (f == NULL)
    WRONG("%s: expected '%s', and it did not fail", name_now, expectation);
  if (f == NULL)
    return;
  if (kind == FAILURE_ERROR && !expects("error", &text))
    WRONG("%s: unknown expectation '%s'", name_now, expectation);
  if (f->kind != kind || strstr(f->message, text) == NULL)
    WRONG("%s: expected '%s', got %d: %s", name_now, expectation, f->kind, f->message);
}

static void same_bytes(const struct buf *a, const struct buf *b) {
  if (a->len != b->len || memcmp(a->data, b->data, a->len) != 0)
    WRONG("%s: two outcomes of one person differ", name_now);
}

static void run_timed(struct driver *d, struct person p[3], struct buf *outcome) {
  for (int tries = 1;; tries++) {
    double before = cpu_ms(d);
    buf_reset(outcome);
    run_batch(d, p, (const int[]){0}, 1, outcome);
    if (within("run ", cpu_ms(d) - before, budget_run_ms, tries == TRIES) || tries == TRIES)
      return;
  }
}

static void check_evaluations(struct driver *d, const struct buf *text) {
  struct person p[3];
  struct driver again;
  struct buf outcomes[6] = {0};
  make_people(p);
  run_timed(d, p, &outcomes[0]);
  run_batch(d, p, (const int[]){2, 1, 0, 1, 0}, 5, &outcomes[1]);
  assert_true(load(&again, text));
  run_batch(&again, p, (const int[]){2, 1, 2, 0, 0, 1, 0}, 7, &outcomes[3]);
  check_outcome(d, &p[0], &outcomes[0]);
  for (size_t i = 1; i < 6; i++)
    same_bytes(&outcomes[0], &outcomes[i]);
  for (size_t i = 0; i < 6; i++)
    buf_finish(&outcomes[i]);
  assert_int_equal(driver_stop(&again), 0);
}

static void check_faults(const struct driver *d, bool loaded) {
  const char *fault;
  expects("fault", &fault);
  for (size_t i = 0; i < d->n_faults; i++)
    if (!utf8_good(d->faults[i], strlen(d->faults[i])))
      WRONG("%s: a fault that is no UTF-8", name_now);
  if (loaded)
    WRONG("%s: expected '%s', and it was loaded", name_now, expectation);
  else if (!driver_has_fault(d, fault))
    WRONG("%s: expected '%s', got: %s", name_now, expectation, d->faults[0]);
  else if (strncmp(d->faults[0], name_now, strlen(name_now)) != 0 &&
           strncmp(d->faults[0], "rules:", 6) != 0)
    WRONG("%s: no place in: %s", name_now, d->faults[0]);
}

static void check_file(const char *name) {
  const char *fault;
  struct driver d;
  struct buf text = {0};
  name_now = name;
  read_file(name, &text);
  find_expectation(&text);
  bool loaded = load(&d, &text);
  for (int tries = 1; !within("load", cpu_ms(&d), budget_load_ms, tries == TRIES) && tries < TRIES;
       tries++) {
    driver_stop(&d);
    loaded = load(&d, &text);
  }
  if (expects("fault", &fault))
    check_faults(&d, loaded);
  else if (!loaded)
    WRONG("%s: was not loaded: %s", name, d.faults[0]);
  else
    check_evaluations(&d, &text);
  if (driver_stop(&d) != 0)
    WRONG("%s: the worker did not end well", name);
  buf_finish(&text);
}

/* The empty loops that run into the budgets, each the dearest of some. */
static void measure_budgets(void) {
  for (int i = 0; i < 3; i++) {
    struct person p[3];
    struct driver d;
    struct buf text = {0}, outcome = {0};
    make_people(p);
    read_file(name_now = "load-loop.lua", &text);
    assert_false(load(&d, &text));
    if (cpu_ms(&d) > budget_load_ms)
      budget_load_ms = cpu_ms(&d);
    driver_stop(&d);
    buf_reset(&text);
    read_file(name_now = "loop-while.lua", &text);
    assert_true(load(&d, &text));
    double before = cpu_ms(&d);
    run_batch(&d, p, (const int[]){0}, 1, &outcome);
    if (cpu_ms(&d) - before > budget_run_ms)
      budget_run_ms = cpu_ms(&d) - before;
    driver_stop(&d);
    buf_finish(&text);
    buf_finish(&outcome);
  }
}

/* HOSTILE=part of a name: only those. */
static int is_lua(const struct dirent *e) {
  const char *part = getenv("HOSTILE");
  return strstr(e->d_name, ".lua") != NULL && (part == NULL || strstr(e->d_name, part) != NULL);
}

static void every_hostile_rule_is_bounded_and_the_same_every_time(void **state) {
  (void)state;
  struct dirent **list;
  int n = scandir(HOSTILE, &list, is_lua, alphasort);
  if (n < 100 && getenv("HOSTILE") == NULL)
    fail_msg("only %d files in " HOSTILE, n);
  measure_budgets();
  for (int i = 0; i < n; i++) {
    check_file(list[i]->d_name);
    free(list[i]);
  }
  free(list);
  if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
    WRONG("a worker is left over");
  assert_int_equal(n_wrong, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_hostile_rule_is_bounded_and_the_same_every_time)};
  return cmocka_run_group_tests(tests, driver_open_catalogue, driver_close_catalogue);
}
