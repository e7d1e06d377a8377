/* effects - reads `effects` of a test: the results of developments in the authority, such as {
 * coaching = { completed = 20, closed = 10 } }.
 *
 * The numbers are rounded as the daemon rounds its own counts, so that a test sees only what a
 * real authority could see. See test.h. */
#include "trial/test.h"

#include <string.h>

#include "needs/effect.h"

#define FAULT(m, ...) test_fault((m)->faults, (m)->test, "effects", __VA_ARGS__)

struct test_effects {
  struct facts *facts;
  const struct test *test;
  const struct catalogue *catalogue;
  struct fault_list *faults;
};

static int32_t count_in(const struct test_effects *m, const struct json *of, const char *name) {
  const struct json *v = NULL;
  if (of->kind == JSON_OBJECT)
    v = json_member(of, name);

  int64_t n = -1;
  if (v && v->kind == JSON_NUMBER && json_whole(v->text, v->len, &n) == WHOLE_OK && n >= 0 &&
      n <= INT32_MAX)
    return (int32_t)n;

  FAULT(m, "%s: %s is a whole number: %s = { completed = 20, closed = 10 }", of->key, name,
        of->key);

  return 0;
}

static const char *kind_of_effect(const struct test_effects *m, const char *given) {
  const char *kind = catalogue_resolve(m->catalogue, DOMAIN_KIND, given);
  uint64_t budget = 100000;
  const char *near = NULL;

  if (!kind)
    near = catalogue_nearest(m->catalogue, DOMAIN_KIND, given, &budget);
  if (near)
    FAULT(m, "unknown kind of development '%s'; did you mean '%s'?", given, near);
  else if (!kind)
    FAULT(m, "unknown kind of development '%s'", given);

  return kind;
}

/* By kind, as rules find them. */
static void place(struct facts *f, struct effect e) {
  uint32_t at = f->n_effects++;
  for (; at > 0 && strcmp(f->effects[at - 1].kind, e.kind) > 0; at--)
    f->effects[at] = f->effects[at - 1];
  f->effects[at] = e;
}

static void take_effect(const struct test_effects *m, const struct json *v) {
  static const char *const names[] = {"completed", "closed"};
  struct effect e;
  struct effect_count count = {.kind = kind_of_effect(m, v->key), .people = INT32_MAX};

  if (v->kind == JSON_OBJECT)
    test_check_names(m->faults, m->test, "effects", "a count", v, names, ARRAY_LEN(names));

  count.completed = count_in(m, v, "completed");
  count.closed = count_in(m, v, "closed");
  if (count.closed > count.completed) {
    FAULT(m, "%s: closed is at most completed", v->key);
    return;
  }
  if (!count.kind || !effect_rounded(&count, &e))
    return;

  for (uint32_t i = 0; i < m->facts->n_effects; i++)
    if (strcmp(m->facts->effects[i].kind, e.kind) == 0) {
      FAULT(m, "%s is there twice", e.kind);
      return;
    }

  place(m->facts, e);
}

void effects_take(struct facts *f, const struct test *t, const struct catalogue *c, struct arena *a,
                  struct fault_list *faults) {
  const struct test_effects m = {f, t, c, faults};
  const struct json *all = json_member(t->body, "effects");
  if (!all || (test_is_list(all) && all->n == 0))
    return;
  if (all->kind != JSON_OBJECT) {
    FAULT(&m, "is a table such as { coaching = { completed = 20, closed = 10 } }");
    return;
  }

  f->effects = arena_alloc(a, all->n * sizeof *f->effects);
  for (uint32_t i = 0; i < all->n; i++)
    take_effect(&m, &all->items[i]);
}
