/* choice - what the files of one choice share: the options of one person, and what is known of
 * them.
 *
 * choose.c decides; advice_text.c says a recommendation in one sentence; advice_write.c writes it
 * out. Nobody else includes this. */
#pragma once

#include <string.h>

#include "needs/needs.h"
#include "needs/order.h"
#include "needs/route.h"

struct reason {
  const char *rule, *source, *text;
};
struct option {
  struct development development;
  uint32_t *needs, n_needs;     /* that it could answer */
  uint32_t *answers, n_answers; /* that it was chosen for */
  struct reason *because;
  uint32_t n_because, cap_because;
  int32_t weeks, minutes;
  const char *not_in_house;
  const struct commitment *commitment; /* NULL or what the person said about it */
  bool proposed;                       /* by a rule, today */
  bool stands; /* promised, and nothing that the person did since has closed it */
  /* the goal that it is, or a step to a goal that no need asks for; NULL: neither */
  const struct route *towards;
  const char *gated; /* the gate that is in its way, in words; NULL: none is */
  bool chosen;
  enum purpose purpose;
  const char *as, *with; /* what a colleague is in it, and who; NULL: nobody, or nobody known */
  struct place place;    /* complete once it is known for which needs it was chosen */
  const char *held;      /* why it was not chosen */
};
struct choice {
  const struct person *person;
  const struct catalogue *catalogue;
  const struct facts *facts;
  const struct rule_info *rules;
  uint32_t n_rules;
  int32_t day;
  struct arena *a;
  struct option *options;
  uint32_t n;
  uint32_t *index, mask; /* options by id: slot -> option + 1 */
  const struct commitment *commitments;
  uint32_t n_commitments;
  const struct rating_view *ratings;
  uint32_t n_ratings;
  struct standing standing; /* once there is a route to work out */
  const struct route *routes;
  uint32_t n_routes;
  int32_t back; /* on which day somebody who is away is back; ABSENT: they are here */
  int32_t next_change_day;
};
static inline const struct competence *competence_of(const struct choice *c, uint32_t need) {
  return catalogue_competence_at(c->catalogue, c->facts->needs[need].competence);
}
static inline bool is_kind(const struct option *o, const char *kind) {
  return strcmp(o->development.kind, kind) == 0;
}
static inline bool unrated(const struct need *n) {
  return n->current == ABSENT;
}
static inline bool statutory(const struct need *n) {
  return n->importance == IMPORTANCE_STATUTORY;
}
static inline void wake_at(struct choice *c, int32_t day) {
  if (day < c->next_change_day)
    c->next_change_day = day;
}

static inline bool kept(const struct option *o) {
  return o->commitment && o->commitment->state == COMMITMENT_KEPT;
}

/* On which day the answer speaks no longer; today or earlier: no more. The person is looked at
 * again then. */
static inline bool over(struct choice *c, int32_t end) {
  if (end > c->day)
    wake_at(c, end);
  return end <= c->day;
}

/* Declined or completed, the goal is left alone, as what answers a need is. */
static inline bool is_for_goal(const struct option *o) {
  return o->towards && (!o->commitment || o->commitment->state == COMMITMENT_OPEN);
}

static inline bool option_answers(const struct option *o, uint32_t need) {
  for (uint32_t i = 0; i < o->n_needs; i++)
    if (o->needs[i] == need)
      return true;
  return false;
}

/* Why `other` was not chosen beside `first`, as the recommendation says it (choose.c). */
const char *why_not_first(const struct choice *c, const struct option *first,
                          const struct option *other);

/* The summary of a recommendation: one sentence, at most 140 characters (advice_text.c). */
const char *summary_of(struct choice *c, const struct option *o);
/* The level of a need that the option leads to, where that is less than what is asked; else ABSENT.
 */
int32_t reaches_only(const struct choice *c, const struct option *o, uint32_t need);

/* The object of protocol.md 8, without `stand`; and the list of what was held back
 * (advice_write.c). */
struct advice write_advice(struct choice *c, const struct option *o);
const char *write_held(struct choice *c);
