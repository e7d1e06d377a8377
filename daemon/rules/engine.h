/* engine - one rule set loaded into one Lua state, and what evaluates it. Private to the worker.
 *
 * loader.c makes it and evaluate.c runs it. A run that used more than half of a memory budget is
 * repeated in a new engine. So an engine is made from the bundle alone, and between runs nothing
 * in it changes except the garbage on the heap. */
#pragma once

#include <lua.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/mem.h"
#include "catalogue/bundle.h"
#include "catalogue/catalogue.h"
#include "rules/budget.h"
#include "rules/exchange.h"
#include "rules/facts.h"
#include "rules/names.h"

extern const char *const state_words[6]; /* unrated lapsed confirm gap met ending */

struct rule {
  struct rule_info info;
  int when, recommend;       /* references in the Lua registry; when may be LUA_NOREF */
  const struct role **roles; /* either list may match; both empty = everybody */
  const struct family **families, **leaves_out; /* leaves_out: shown, never used for matching */
  uint32_t n_roles, n_families, n_leaves_out;
  bool *competences;        /* by index; NULL = every */
  bool all_but;             /* every one but those left out with "not" */
  uint8_t purposes, states; /* bits */
  bool aside;               /* listed, never run */
};

/* A qualification that leads to a competence, itself or by one of its units. */
struct offer {
  const struct qualification *qualification;
  uint32_t competence;
  int32_t level;
};

/* Where a rule file calls `given`; `text` is NULL unless the reason is a plain text. */
struct site {
  const char *file, *text;
  int line;
};

/* Where a rule file reads a fact. */
struct read {
  const char *file;
  int line;
  const struct api_row *row;
};

struct run;
struct engine {
  lua_State *L;
  struct budget budget;
  struct arena arena; /* everything that lives as long as the engine */
  const struct catalogue *catalogue;
  struct rule *rules;
  uint32_t n_rules;
  bool reads_offers;        /* offers_for is named somewhere */
  bool reads_effects;       /* effect is */
  bool known;               /* was in force before */
  uint32_t *first, *listed; /* rules of competence c: listed[first[c] .. first[c + 1]), ascending */
  struct offer *offers;     /* by competence, in the same way */
  uint32_t *first_offer;
  struct site *sites;
  size_t n_sites, cap_sites;
  struct read *reads;
  size_t n_reads, cap_reads;
  uint64_t in_use_loaded;       /* bytes of Lua heap when loading was over */
  struct run *run;              /* the run being made; NULL while loading */
  struct rule_loading *loading; /* NULL once loaded */
};

static inline struct engine *engine_of(lua_State *L) {
  return *(struct engine **)lua_getextraspace(L);
}

/* Loads a rule set (loader.c). Borrows the catalogue, which must outlive the engine. With `known`,
 * a fault that earlier versions did not find is a warning. The caller owns *ret. On faults it
 * returns -EINVAL and leaves *ret alone. */
int engine_create(struct engine **ret, const struct bundle *from, const struct catalogue *c,
                  bool known, struct fault_list *faults);
/* Adds warnings about likely mistakes in files that load. It is separate from engine_create, so
 * that a second engine for the same files does not repeat them. */
void engine_lint(const struct bundle *from, struct fault_list *faults);
/* Frees the engine; NULL is fine. */
void engine_destroy(struct engine *e);
