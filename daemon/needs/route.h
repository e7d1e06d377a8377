/* route - the way from where somebody stands to a goal: a role, an award or a status.
 *
 * gates.csv says what a goal asks before somebody can begin on it; a role asks, besides, what its
 * profile calls essential. Each gate is held against the person's own facts. Pure; all that is
 * returned lives in the arena of the standing. */
#pragma once

#include "catalogue/combine.h"
#include "needs/needs.h"

enum gate_state {
  GATE_MET,
  GATE_TO_AGREE,  /* school and person settle it; nothing that the person lacks */
  GATE_NOT_RATED, /* nobody has rated it yet */
  GATE_MISSING
};
/* met to-agree not-rated missing */
extern const char *const gate_state_words[];

/* A competence that is below what a gate asks. */
struct shortfall {
  const struct competence *competence;
  int32_t current, asked; /* current ABSENT: not rated */
};
struct gate_view {
  const struct gate *gate;
  enum gate_state state;
  const char *by; /* title of what the person holds that meets it, NULL */
  int32_t since;  /* its date, ABSENT */
  const struct shortfall *shortfalls;
  uint32_t n_shortfalls, n_asked; /* n_asked: competences in all */
  /* what would be taken to meet it, where it is missing and an award meets it; NULL */
  const struct qualification *award;
};
struct route {
  const char *goal, *title; /* "status.HLTA" */
  const struct role *role;  /* one of the two is set */
  const struct qualification *qualification;
  const struct qualification
      *former; /* what was asked for, where that is closed and this follows */
  struct gate_view *gates;
  uint32_t n_gates;
  bool reached;             /* holds it, or is in the role */
  bool ready;               /* not reached, takes new people, no gate is missing or not rated */
  bool open;                /* takes new people on the day; a role always does */
  struct combination units; /* `known` where the catalogue says which units make it */
};

/* Where somebody stands on a day: what their routes are worked out from. All of it is borrowed. */
struct standing {
  const struct person *person;
  const struct catalogue *catalogue;
  const struct facts *facts;
  int32_t day;
  const struct rating_view *ratings; /* by competence */
  uint32_t n_ratings;
  const struct commitment *commitments;
  uint32_t n_commitments;
  struct arena *a;
  int32_t next_change_day; /* lowered to the next day on which a gate may change by itself */
};

/* False: the catalogue knows no such goal (catalogue_goal). */
bool route_to(struct standing *s, const char *goal, struct route *ret);
/* To each role and qualification that the person wishes for, in the order of the wishes. None for
 * somebody who does not want to move on. */
const struct route *wished_routes(struct standing *s, uint32_t *ret_n);

/* What takes new people in place of a qualification that takes none any more: the first that
 * follows it and does. Itself where it takes them, or where nothing does. */
const struct qualification *current_form(const struct catalogue *c, const struct qualification *q,
                                         int32_t day, struct arena *a);

/* Is it among what the route asks and the person has not: a competence of a gate that is missing or
 * not rated? */
bool route_needs(const struct route *r, const struct catalogue *c,
                 const struct competence *competence);
/* The first gate that is missing; NULL: none. */
const struct gate_view *route_obstacle(const struct route *r);
/* The competences that meeting the gate shows. */
const struct gives *gate_gives(const struct catalogue *c, const struct gate *g, uint32_t *ret_n);
