/* test_rules_hostile - rules that attack, each in the real worker, each ending in the same bytes every time.
 *
 * A file of tests/rules/hostile says in its first lines what must come of it: `-- expect: fault TEXT` (refused at load),
 * `instructions`, `memory`, `error TEXT` (the rule fails for the person) or `fires`. Beside it sits a harmless rule, which must
 * go on unharmed. Each file is evaluated alone, again in a batch between other people, and in a second worker in another order:
 * the outcome of a person must be the same bytes everywhere. */
#include <dirent.h>
#include <time.h>

#include "rules_driver.h"

#define HOSTILE SOURCE_ROOT "/tests/rules/hostile"
#define SLOWEST_MS 5000 /* of one load and one evaluation, on a slow machine under a checker */

static const char neighbour[] = "rule \"neighbour\" {\n"
                                "  about = \"is there for everybody\", source = \"guide-2010\", owner = \"tests\",\n"
                                "  recommend = function(need) return coaching { because = \"for \" .. need.competence } end,\n"
                                "}\n";

static unsigned n_wrong;

/* One wrong file does not hide the next. */
#define WRONG(...) (print_error(__VA_ARGS__), print_error("\n"), (void)n_wrong++)

static const char *expectation;
static const char *name_now;

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool expects(const char *word, const char **ret_text) {
  size_t len = strlen(word);
  *ret_text = expectation[len] == ' ' ? expectation + len + 1 : "";
  return strncmp(expectation, word, len) == 0 && (expectation[len] == ' ' || expectation[len] == '\0');
}

static char *read_file(const char *name, size_t *ret_len) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", HOSTILE, name);
  FILE *f = fopen(path, "rb");
  assert_non_null(f);
  char *text = calloc(1, 65536);
  *ret_len = fread(text, 1, 65535, f);
  fclose(f);
  return text;
}

static void find_expectation(const char *text, size_t len) {
  static char line[256];
  const char *at = memmem(text, len, "-- expect: ", 11);
  if (at == NULL) fail_msg("%s does not say what to expect", name_now);
  at += 11;
  snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
  expectation = line;
}

static bool load(struct driver *d, const char *text, size_t len) {
  char name[128], other[] = "zz-neighbour.lua";
  snprintf(name, sizeof name, "%s", name_now);
  struct bundle_file files[] = {{name, (char *)(uintptr_t)text, len},
                                {other, (char *)(uintptr_t)neighbour, sizeof neighbour - 1}};
  driver_start(d);
  return driver_load(d, files, 2, NULL);
}

struct person {
  struct need needs[3];
  struct facts facts;
};

static void make_people(struct person p[3]) {
  for (int i = 0; i < 3; i++) {
    p[i].needs[0] = make_need("STL1", i, 3);
    p[i].needs[1] = make_need("STL3", 1, 2 + i);
    p[i].needs[2] = make_need("STL18", ABSENT, 2);
    p[i].facts = make_facts(p[i].needs, 3);
    p[i].facts.minutes = 600 * (i + 1);
  }
}

static void keep(struct buf *out, const void *bytes, size_t len) { buf_put(out, bytes, len); }

/* Sends the people in this order in one batch; adds the bytes of person 0's outcomes to a buffer each. */
static void run_batch(struct driver *d, struct person p[3], const int *order, size_t n, struct buf *outcomes) {
  struct buf frames = {0};
  for (size_t i = 0; i < n; i++) driver_put_job(&frames, (uint32_t)i, &p[order[i]].facts, TODAY, 0);
  driver_send(d, frames.data, frames.len);
  buf_finish(&frames);
  size_t at = 0, len;
  for (size_t i = 0; i < n; i++) {
    const void *bytes = driver_done(d, (uint32_t)i, &len);
    if (order[i] == 0) keep(&outcomes[at++], bytes, len);
  }
}

static const struct failure *failure_of(const struct outcome *o) { return o->n_failures > 0 ? &o->failures[0] : NULL; }

static void check_outcome(struct driver *d, struct person *p, const struct buf *bytes) {
  struct outcome o;
  const char *text;
  assert_int_equal(outcome_decode(&d->arena, bytes->data, bytes->len, d->n_rules, p->facts.n_needs, &o), 0);
  const struct failure *f = failure_of(&o);
  uint32_t neighbours = 0, others = 0;
  for (uint32_t i = 0; i < o.n_candidates; i++) {
    if (o.candidates[i].rule == d->n_rules - 1)
      neighbours++;
    else
      others++;
  }
  if (neighbours != 2) WRONG("%s: the neighbour fired %u times", name_now, neighbours);
  if (f != NULL && strstr(f->message, name_now) == NULL) WRONG("%s: the message has no place: %s", name_now, f->message);
  if (expects("fires", &text)) {
    if (f != NULL || others == 0) WRONG("%s: did not fire: %s", name_now, f != NULL ? f->message : "no proposal");
    return;
  }
  enum failure_kind kind = expects("instructions", &text) ? FAILURE_INSTRUCTIONS
                           : expects("memory", &text)     ? FAILURE_MEMORY
                                                          : FAILURE_ERROR;
  if (f == NULL) WRONG("%s: expected '%s', and it did not fail", name_now, expectation);
  if (f == NULL) return;
  if (kind == FAILURE_ERROR && !expects("error", &text)) WRONG("%s: unknown expectation '%s'", name_now, expectation);
  if (f->kind != kind || strstr(f->message, text) == NULL)
    WRONG("%s: expected '%s', got %d: %s", name_now, expectation, f->kind, f->message);
}

static void same_bytes(const struct buf *a, const struct buf *b) {
  if (a->len != b->len || memcmp(a->data, b->data, a->len) != 0) WRONG("%s: two outcomes of one person differ", name_now);
}

static void check_evaluations(struct driver *d, const char *text, size_t len) {
  struct person p[3];
  struct driver again;
  struct buf outcomes[6] = {0};
  make_people(p);
  run_batch(d, p, (const int[]){0}, 1, &outcomes[0]);
  run_batch(d, p, (const int[]){1, 2, 0, 1, 0}, 5, &outcomes[1]);
  assert_true(load(&again, text, len));
  run_batch(&again, p, (const int[]){2, 1, 2, 0, 0, 1, 0}, 7, &outcomes[3]);
  check_outcome(d, &p[0], &outcomes[0]);
  for (size_t i = 1; i < 6; i++) same_bytes(&outcomes[0], &outcomes[i]);
  for (size_t i = 0; i < 6; i++) buf_finish(&outcomes[i]);
  assert_int_equal(driver_stop(&again), 0);
}

static void check_file(const char *name) {
  size_t len;
  const char *fault;
  struct driver d;
  name_now = name;
  char *text = read_file(name, &len);
  find_expectation(text, len);
  int64_t start = now_ms();
  bool loaded = load(&d, text, len);
  if (expects("fault", &fault)) {
    if (loaded)
      WRONG("%s: expected '%s', and it was loaded", name, expectation);
    else if (!driver_has_fault(&d, fault))
      WRONG("%s: expected '%s', got: %s", name, expectation, d.faults[0]);
    else if (strncmp(d.faults[0], name, strlen(name)) != 0 && strncmp(d.faults[0], "rules:", 6) != 0)
      WRONG("%s: no place in: %s", name, d.faults[0]);
  } else {
    if (!loaded)
      WRONG("%s: was not loaded: %s", name, d.faults[0]);
    else
      check_evaluations(&d, text, len);
  }
  if (driver_stop(&d) != 0) WRONG("%s: the worker did not end well", name);
  if (now_ms() - start > 14 * SLOWEST_MS) WRONG("%s: took %d ms", name, (int)(now_ms() - start));
  free(text);
}

static int is_lua(const struct dirent *e) { return strstr(e->d_name, ".lua") != NULL; }

static void every_hostile_rule_is_bounded_and_the_same_every_time(void **state) {
  (void)state;
  struct dirent **list;
  int n = scandir(HOSTILE, &list, is_lua, alphasort);
  if (n < 40) fail_msg("only %d files in " HOSTILE, n);
  for (int i = 0; i < n; i++) {
    check_file(list[i]->d_name);
    free(list[i]);
  }
  free(list);
  assert_int_equal(n_wrong, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_hostile_rule_is_bounded_and_the_same_every_time)};
  return cmocka_run_group_tests(tests, driver_open_catalogue, driver_close_catalogue);
}
