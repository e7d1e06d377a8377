/* run - one rule running for one person or one school: the state that api.c and builders.c use
 * while the rule's functions run. Private to the worker. */
#pragma once

#include "rules/engine.h"

/* What all rules see of one person, or of one school, on one day. */
struct evaluation {
  const struct facts *facts;
  int32_t day;
  const struct role *roles[8]; /* facts->roles, looked up; NULL where the catalogue has none */
  uint32_t n_roles;
  struct arena *arena;       /* lives until the outcome is written */
  struct trace *trace;       /* NULL unless traced */
  struct coverage *coverage; /* NULL unless conditions are noted */
};

#define RUN_UNMET_MAX 3

struct run {
  struct evaluation *now;
  uint32_t rule, need; /* in progress; for a school, the index of the cohort */
  int32_t next_change_day;
  struct candidate *made; /* by builders, for `need`; their objects say which */
  size_t n_made, cap_made;
  struct candidate *out; /* recommended so far */
  size_t n_out, cap_out;
  uint64_t said; /* bytes of `out` */
  const char *unmet[RUN_UNMET_MAX];
  uint32_t n_unmet;
};

static inline bool of_school(const struct evaluation *now) {
  return now->facts->n_cohorts > 0;
}

struct run *run_of(lua_State *L); /* raises outside of when and recommend */
/* The answer to a comparison with today turns over on `day`. */
void run_note_day(struct run *run, int32_t day);
