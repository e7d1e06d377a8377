/* needs - from facts to needs to advice; pure functions, no state, no clock.
 *
 * level.c        from the ratings in force, the current level
 * need.c         from profiles, duties, wishes and priorities, the needs (fills struct facts)
 * helper_pool.c  who can help with what (helper_pool.h)
 * offer_list.c   what can be booked (offer_list.h)
 * title.c        the post that a job title means
 * effect.c       what came of completed developments (effect.h)
 * cohort.c       the needs of a school, counted, and what they are advised together (cohort.h)
 * commitment.c   from responses and agreements, what is agreed now
 * choose.c       from candidates, the advice of one person
 *
 * All that is returned lives in the arena given. */
#pragma once

#include "people/people.h"
#include "rules/facts.h"

/* --- level --- */
struct level {
  int32_t current; /* ABSENT = unrated */
  int32_t rated_on, confidence, lapsed_on;
  int32_t last_day; /* on which the deciding rating is in force; INT32_MAX: for ever */
  const char *evidence, *by;
  uint8_t nature, confirm;
  uint8_t occasion; /* occasion of the deciding rating's event + 1, 0 = none given */
  uint8_t differs;  /* enum differs: what says something else */
  int32_t differs_level, differs_on;
};
struct rating_view {
  const struct competence *competence;
  const struct evidence_kind *kind;
  int32_t level, date, expires, confidence;
  uint8_t nature, occasion;
  const char *by;
  const struct event *event;
};
/* Last day on which the rating is in force; INT32_MAX = for ever. */
int32_t rating_last_day(const struct rating_view *r);
/* Every rating of a person's live facts (appraisals, assessments, achievements, holds), newest in
 * each slot only, by competence.
 */
const struct rating_view *ratings_of(const struct person *p, const struct catalogue *c,
                                     struct arena *a, uint32_t *ret_n);
/* The current level on `day` from the ratings of one competence: the strongest evidence in force
 * decides, but a certificate gives way to what was seen since, one level below it. *wakes is
 * lowered to the next day on which the answer may change by itself. */
struct level level_on(const struct rating_view *r, uint32_t n, int32_t day,
                      int32_t *next_change_day);

/* The same of one competence (index), needed or not. */
struct level level_now(const struct person *p, const struct catalogue *c, uint32_t competence,
                       int32_t day, struct arena *a);

/* --- needs --- */
/* Is the person here on `day`? *wakes as in level_on. */
enum presence {
  PRESENCE_HERE,
  PRESENCE_NONE, /* nobody said so; or erased */
  PRESENCE_LEFT, /* and not stated anew since */
  PRESENCE_RESTRICTED,
};
enum presence presence_of(const struct person *p, int32_t day, int32_t *next_change_day);
bool person_present(const struct person *p, int32_t day, int32_t *next_change_day);
/* What the facts depend on beside the recorded events of the person, the school and the authority.
 * All of it is borrowed. */
struct facts_context {
  const struct catalogue *catalogue;
  int32_t day;
  const struct helper_pool *helpers;         /* who in the school can help; NULL: nobody */
  const struct offer_list *school_offers;    /* what can be booked; NULL: nothing */
  const struct offer_list *authority_offers; /* the same, for every school of the authority */
  const struct effects *effects;             /* NULL: the rules do not read them */
};
/* The context of a school as the pipeline keeps it for the current rules. */
struct facts_context facts_context_of(const struct school *school, const struct catalogue *c,
                                      int32_t day);
/* Fills facts for the person on the day of the context. Returns false when nothing is to be
 * evaluated: the person has left, is restricted or erased, or has no role in scope.
 * *ret_next_change_day: the next day on which anything changes by itself, INT32_MAX: never. */
bool facts_of(const struct person *p, const struct facts_context *context, struct arena *a,
              struct facts *ret, int32_t *ret_next_change_day);

/* What an evaluation is made from: the facts as they were sent to the worker (facts_encode), and
 * which colleagues can help. */
struct hash128 facts_hash(const struct facts *f, const struct buf *sent);

/* What a duty asks for: the competence at the level of who does it alone. */
struct profile_row duty_row(const struct competence *k);
/* The level that is asked of the person by competence index, ABSENT where none is; NULL when
 * nothing is to be evaluated. */
const int32_t *levels_asked(const struct person *p, const struct catalogue *c, int32_t day,
                            struct arena *a);

/* --- titles --- what a job title does for somebody whose newest statement names no role in force
 * or to come */
enum title_state {
  TITLE_NONE,  /* there is none, or a role says more */
  TITLE_POST,  /* the post of `role` is held from `from` on */
  TITLE_WAITS, /* the catalogue does not know it, or is not sure enough: no post */
};
struct title_view {
  enum title_state state;
  const char *title;       /* as written */
  const struct role *role; /* what the catalogue takes it for; NULL: unknown */
  enum certainty certainty;
  int32_t from; /* `started`, else the date of the statement */
};
struct title_view title_of(const struct person *p, const struct catalogue *c, int32_t day);

/* --- commitments: responses and agreements about one recommendation, as of a day --- */
enum commitment_state {
  COMMITMENT_OPEN,
  COMMITMENT_KEPT /* accepted, agreed or started */,
  COMMITMENT_DECLINED,
  COMMITMENT_CONTESTED,
  COMMITMENT_COMPLETED /* and not answered since */
};
enum kept_by {
  KEPT_BY_ACCEPTING,
  KEPT_BY_STARTING,
  KEPT_BY_AGREEING
};
struct commitment {
  const char *recommendation;
  enum commitment_state state;
  /* date of the response or agreement that made the state; of several that keep it, of the first */
  int32_t since;
  enum kept_by kept; /* which word that first one was */
  int32_t started;   /* date of the `started` since then, ABSENT */
  uint32_t round;    /* number of completions so far */
  int32_t completed; /* date of the last completion, ABSENT */
  const struct resolved_development *development;
  const struct agreement_recorded *agreement; /* newest of the round, NULL */
};
/* In order of recommendation id. Responses dated after `day` wait; *wakes is lowered to their day.
 */
const struct commitment *commitments_of(const struct person *p, int32_t day, struct arena *a,
                                        uint32_t *ret_n, int32_t *next_change_day);
/* One response or agreement and the round it belongs to, for people who ask. */
struct said {
  const struct event *event;
  const char *recommendation;
  int32_t date;
  uint32_t round;
};
/* All that a person's facts say, dated after the day too: by recommendation, then date, then the
 * order of events. */
const struct said *said_of(const struct person *p, struct arena *a, uint32_t *ret_n);

/* --- advice --- */
struct advice {
  const char *id;
  uint32_t round;
  const char *json; /* canonical JSON of 4.4 without `stand` */
  size_t len;
  enum purpose purpose;
};
struct advice_list {
  struct advice *items;
  uint32_t n;              /* as they are read (order.h) */
  const char *held;        /* JSON list: what was held back and why */
  int32_t next_change_day; /* the next day on which a commitment or what is held back changes */
};
/* Can a development of this kind answer the need? What is not rated is found out first, but for a
 * colleague beside somebody who is new or has a new duty. What law or
 * safety asks for apart: a recent record is all that is required, so a session will do, but never a
 * unit; only what has run out is brought up to date by a course, or renewed by the award itself. */
bool need_takes(const struct need *n, const char *kind);
void choose(const struct person *p, const struct catalogue *c, const struct facts *f,
            const struct outcome *o, const struct rule_info *rules, uint32_t n_rules, int32_t day,
            struct arena *a, struct advice_list *ret);

/* --- what became of each proposal --- the same choice, told instead of written out; all texts are
 * copies */
struct said_because {
  const char *rule, *text;
};
struct fate {
  uint32_t need;
  const char *first;  /* id of what was chosen for this need instead, NULL */
  const char *reason; /* why not, NULL: recommended */
};
struct weighed {
  const char *id, *title;
  int32_t priority;
  /* by a rule, today, and nothing that it asks first is missing; or as a goal that is ready. Else
   * it is there because it was promised */
  bool proposed;
  bool chosen; /* recommended */
  struct said_because *because;
  uint32_t n_because;
  struct fate *fates; /* one for each need that it could answer */
  uint32_t n_fates;
};
struct weighed_list {
  struct weighed *items;
  uint32_t n; /* recommended ones as they are read (order.h) */
};
void weigh_up(const struct person *p, const struct catalogue *c, const struct facts *f,
              const struct outcome *o, const struct rule_info *rules, uint32_t n_rules, int32_t day,
              struct arena *a, struct weighed_list *ret);
/* --- what every advice says in the same words, to a person or to a school (choose.c) */
/* at most 140 characters (not bytes), whole ones */
const char *summary_cut(struct arena *a, const char *text);
void json_development(struct buf *b, const struct development *d);
/* member, where it is older guidance */
void json_guidance(struct buf *b, const struct catalogue *c, const char *source);
/* member, where something else about the level is known than what decides */
void json_differs(struct buf *b, const struct need *n);
/* the usual; ABSENT: not known */
int32_t development_minutes(const struct catalogue *c, const struct development *d);
