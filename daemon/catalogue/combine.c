/* combine - see combine.h.
 *
 * The rules of combinations.csv, one a group:
 *   all               every unit of the group; with unit '*' any `units` units that no other group
 *                     names
 *   units             at least `units` of the group
 *   credits           at least `credits` from the group
 *   units across      the same over all groups with this rule
 *   credits across    the same over all groups with this rule
 *   credits at level  at least `credits` of what counts is at `level` or above
 *
 * Credits beyond what a group asks for do not count twice or elsewhere, so that credits_held never
 * flatters. */
#include "catalogue/combine.h"

#include <string.h>

#include "catalogue/internal.h"

struct counting {
  const struct catalogue *c;
  const struct combination_row **rows; /* of the qualification, in file order */
  const char *const *held;
  uint32_t n_rows, n_held;
};

static int32_t credit_of(const struct unit *u) {
  if (u && u->credit != ABSENT)
    return u->credit;
  return 0;
}
static int32_t known(int32_t v) {
  if (v == ABSENT)
    return 0;
  return v;
}
static bool is_star(const struct combination_row *x) {
  return strcmp(x->unit, "*") == 0;
}

static struct counting rows_of(const struct catalogue *c, const char *qualification,
                               struct arena *a) {
  const struct table *t = &c->tables[TABLE_COMBINATION];
  struct counting n = {.c = c,
                       .rows = arena_alloc(a, (t->n + 1) * sizeof(struct combination_row *))};

  if (!names_get(&c->combinations, qualification))
    return n;

  for (uint32_t i = 0; i < t->n; i++) {
    const struct combination_row *x = item_of(t, i);
    if (strcmp(x->qualification->id, qualification) == 0)
      n.rows[n.n_rows++] = x;
  }

  return n;
}

static bool holds(const struct counting *n, const char *unit) {
  const struct unit *u = catalogue_unit(n->c, unit);
  for (uint32_t i = 0; i < n->n_held; i++)
    if (strcmp(n->held[i], unit) == 0 || (u && catalogue_unit(n->c, n->held[i]) == u))
      return true;
  return false;
}

static bool named(const struct counting *n, const char *unit) {
  const struct unit *u = catalogue_unit(n->c, unit);
  for (uint32_t i = 0; i < n->n_rows; i++)
    if (strcmp(n->rows[i]->unit, unit) == 0 || (u && catalogue_unit(n->c, n->rows[i]->unit) == u))
      return true;
  return false;
}

/* What the groups of one rule have: the group of `first` alone, or every group with an "across"
 * rule. */
struct tally {
  int32_t units, credits, listed;
};

static bool together(const struct combination_row *first, const struct combination_row *x) {
  if (x->rule != first->rule)
    return false;
  return first->rule == RULE_UNITS_ACROSS || first->rule == RULE_CREDITS_ACROSS ||
         strcmp(x->group, first->group) == 0;
}

static struct tally tally_of(const struct counting *n, const struct combination_row *first) {
  struct tally t = {0};

  for (uint32_t i = 0; i < n->n_rows; i++) {
    const struct combination_row *x = n->rows[i];
    if (!together(first, x))
      continue;
    if (is_star(x)) {
      for (uint32_t k = 0; k < n->n_held; k++)
        t.units += !named(n, n->held[k]);
      t.listed += known(x->units);
      continue;
    }

    t.listed++;
    if (!holds(n, x->unit))
      continue;

    t.units++;
    t.credits += credit_of(catalogue_unit(n->c, x->unit));
  }

  return t;
}

static int32_t credits_at_level(const struct counting *n, int32_t level) {
  int32_t sum = 0;

  for (uint32_t i = 0; i < n->n_rows; i++) {
    bool seen = is_star(n->rows[i]) || !holds(n, n->rows[i]->unit);
    for (uint32_t k = 0; k < i && !seen; k++)
      seen = strcmp(n->rows[k]->unit, n->rows[i]->unit) == 0;

    const struct unit *u = NULL;
    if (!seen)
      u = catalogue_unit(n->c, n->rows[i]->unit);
    if (u && u->level != ABSENT && u->level >= level)
      sum += credit_of(u);
  }

  return sum;
}

static bool group_done(const struct counting *n, const struct combination_row *x, struct tally t) {
  switch ((enum combination_rule)x->rule) {
  case RULE_ALL:
    return t.units >= t.listed;
  case RULE_UNITS:
  case RULE_UNITS_ACROSS:
    return t.units >= x->units;
  case RULE_CREDITS:
  case RULE_CREDITS_ACROSS:
    return t.credits >= x->credits;
  case RULE_CREDITS_AT_LEVEL:
    return credits_at_level(n, x->level) >= x->credits;
  }
  return false;
}

static bool counted_before(const struct counting *n, uint32_t i) {
  for (uint32_t k = 0; k < i; k++)
    if (together(n->rows[k], n->rows[i]))
      return true;
  return false;
}

static void find_missing(const struct counting *n, struct arena *a, struct combination *ret) {
  const char **missing = arena_alloc(a, (n->n_rows + 1) * sizeof(*missing));
  for (uint32_t i = 0; i < n->n_rows; i++)
    if (n->rows[i]->rule == RULE_ALL && !is_star(n->rows[i]) && !holds(n, n->rows[i]->unit))
      missing[ret->n_missing++] = n->rows[i]->unit;
  ret->missing = missing;
}

void combine(const struct catalogue *c, const char *qualification, const char *const *held,
             uint32_t n_held, struct arena *a, struct combination *ret) {
  struct counting n = rows_of(c, qualification, a);
  *ret = (struct combination){.known = n.n_rows > 0};
  if (!ret->known)
    return;

  n.held = held;
  n.n_held = n_held;
  ret->complete = true;

  for (uint32_t i = 0; i < n.n_rows; i++) {
    const struct combination_row *x = n.rows[i];
    if (counted_before(&n, i))
      continue;

    struct tally t = tally_of(&n, x);
    if (!group_done(&n, x, t))
      ret->complete = false;

    if (x->rule == RULE_CREDITS_AT_LEVEL)
      continue; /* a condition on what is counted already */

    int32_t ask = known(x->credits);
    ret->credits_needed += ask;
    if (ask > 0 && t.credits > ask)
      ret->credits_held += ask;
    else
      ret->credits_held += t.credits;
  }

  int32_t total = known(n.rows[0]->qualification->credit);
  if (total > 0)
    ret->credits_needed = total;

  find_missing(&n, a, ret);
}

const struct unit *const *combine_units(const struct catalogue *c, const char *qualification,
                                        struct arena *a, uint32_t *ret_n) {
  struct counting n = rows_of(c, qualification, a);
  const struct unit **units = arena_alloc(a, (n.n_rows + 1) * sizeof(*units));
  uint32_t found = 0;

  for (int optional = 0; optional < 2; optional++) {
    for (uint32_t i = 0; i < n.n_rows; i++) {
      const struct unit *u = catalogue_unit(c, n.rows[i]->unit);
      bool seen = !u || (n.rows[i]->rule != RULE_ALL) != optional;
      for (uint32_t k = 0; k < found && !seen; k++)
        seen = units[k] == u;
      if (!seen)
        units[found++] = u;
    }
  }

  *ret_n = found;

  return units;
}
