/* types - what each event type's data looks like in memory.
 *
 * Filled by the table of rows in types.c: one row a member (name, kind, bounds, catalogue domain,
 * offset here). Every scalar is an int32_t, ABSENT when not given: whole numbers, days, minutes
 * since midnight, booleans (0/1) and enumerations (index into the row's words). Every text is a
 * const char *, NULL when absent. Lists are {items, n}; items is NULL when the list was not given.
 * After event_resolve the texts that name catalogue things are in full (competence keys, unit
 * codes). An event's memory is one block: event_keep() copies it, free() frees it. */
#pragma once

#include <stdint.h>

#include "base/date.h"

#define LIST_OF(T)                                                                                 \
  struct {                                                                                         \
    T *items;                                                                                      \
    uint32_t n;                                                                                    \
  }

enum employer {
  EMPLOYER_SCHOOL,
  EMPLOYER_AUTHORITY,
  EMPLOYER_TRUST,
  EMPLOYER_CONTRACTOR,
  EMPLOYER_AGENCY,
  EMPLOYER_SELF,
  EMPLOYER_VOLUNTEER
};
enum nature {
  NATURE_SKILL,
  NATURE_KNOWLEDGE,
  NATURE_BOTH,
  NATURE_UNKNOWN
};
enum occasion {
  OCCASION_REVIEW,
  OCCASION_AUDIT,
  OCCASION_INDUCTION,
  OCCASION_INITIAL
};
enum response {
  RESPONSE_ACCEPTED,
  RESPONSE_DECLINED,
  RESPONSE_STARTED,
  RESPONSE_COMPLETED,
  RESPONSE_EVALUATED,
  RESPONSE_CONTESTED
};
enum responder {
  BY_PERSON,
  BY_MANAGER,
  BY_HEAD,
  BY_EMPLOYER,
  BY_PROVIDER,
  BY_REPRESENTATIVE
};
enum progression {
  PROGRESSION_YES,
  PROGRESSION_NO,
  PROGRESSION_LATER
};
enum share {
  SHARE_NOBODY,
  SHARE_MANAGER,
  SHARE_SCHOOL
};
enum term_status {
  TERM_MET,
  TERM_UNMET,
  TERM_TO_AGREE
};
enum withdrawal {
  WITHDRAWN_TYPO,
  WITHDRAWN_WRONG_PERSON,
  WITHDRAWN_CONTESTED
};
enum leaving {
  LEFT_MOVED,
  LEFT_LEFT
};

struct span {
  int32_t from, to;
}; /* minutes since midnight */
/* mon..sun; given: 1 when it was there, else 0 */
struct works {
  LIST_OF(struct span) day[7];
  int32_t given;
};
struct period {
  int32_t from, to;
};

struct post {
  const char *role, *contract;
  int32_t from, to, minutes, weeks, term_time, employer, main;
  struct works works;
};
struct holding {
  const char *unit, *qualification, *subject;
  int32_t level, date, expires;
};
struct duty {
  const char *competence;
  int32_t from, to;
};
struct helping {
  const char *as;
  LIST_OF(const char *) competences;
  int32_t capacity, from, to, consent;
};
struct person_recorded {
  LIST_OF(struct post) roles;
  const char *title;
  int32_t started;
  LIST_OF(struct holding) holds;
  LIST_OF(struct duty) duties;
  LIST_OF(struct helping) helps;
  LIST_OF(struct period) away;
};

struct rating {
  /* evidence filled in by the parser: "manager" in an appraisal, the event's in an assessment */
  const char *competence, *evidence;
  int32_t level, certainty, confidence, nature, expires;
};
struct appraisal_recorded {
  int32_t date;
  const char *by; /* "-" when absent */
  LIST_OF(struct rating) ratings;
  LIST_OF(struct duty) duties;
  int32_t occasion;
};
struct assessment_recorded {
  int32_t date;
  const char *evidence, *by;
  LIST_OF(struct rating) ratings;
  int32_t occasion;
};
struct achievement_recorded {
  int32_t date, credit, expires;
  const char *unit, *qualification, *provider;
};

struct wish {
  const char *role, *qualification, *competence;
};
struct preference_recorded {
  LIST_OF(struct wish) wishes;
  LIST_OF(const char *) formats;
  LIST_OF(const char *) times;
  int32_t progression, no_computer, share_with;
};

struct inset {
  int32_t date, start, end;
};
struct count {
  const char *family;
  int32_t count;
};
struct cover {
  const char *family;
  int32_t rate, available;
};
struct training_plan {
  int32_t date;
  LIST_OF(const char *) families;
};
struct school_recorded {
  const char *phase;
  LIST_OF(const char *) clusters;
  LIST_OF(struct period) terms;
  LIST_OF(struct inset) inset;
  LIST_OF(struct count) roster; /* an object in JSON: {family: count} */
  LIST_OF(struct cover) cover;  /* an object in JSON: {family: {rate, available}} */
  struct training_plan training_plan;
};

struct weighted {
  const char *competence;
  int32_t weight;
};
struct priority_recorded {
  const char *priority;
  LIST_OF(struct weighted) competences;
  LIST_OF(const char *) roles;
  int32_t from, to;
};

struct session {
  int32_t date, start, end;
  const char *place;
};
struct cost {
  int32_t fee, registration, materials, travel;
}; /* pence */
struct provision_recorded {
  const char *offer, *development, *provider, *fund, *mode, *open_to;
  LIST_OF(const char *) audience; /* "for" */
  LIST_OF(struct session) sessions;
  int32_t places, accredited, closed;
  struct cost cost;
};

struct feedback {
  int32_t useful, relevant, delivered;
};
/* Filled by event_resolve only; journaled, never accepted from outside. */
struct resolved_development {
  const char *kind, *id, *title;
  int32_t level, credit;
  LIST_OF(const char *) competences;
};
struct response_recorded {
  const char *recommendation, *barrier, *on_behalf;
  int32_t date, response, by;
  struct feedback feedback;
  LIST_OF(const char *) impact;
  struct resolved_development development;
};
struct term {
  const char *check, *payer;
  int32_t status, minutes, amount, until;
};
struct success {
  const char *competence;
  int32_t level, by;
};
struct agreement_recorded {
  const char *recommendation, *agreed_by;
  int32_t date;
  LIST_OF(struct term) terms;
  LIST_OF(const char *) intended;
  struct success success;
  struct resolved_development development;
};

struct record_withdrawn {
  LIST_OF(const char *) of;
  int32_t reason;
};
struct person_left {
  int32_t date, reason;
};
struct person_restricted {
  int32_t date, restricted;
};
struct person_erase {
  int32_t date;
};
