/* what_if - one thing that could be otherwise, and the facts that would follow.
 *
 * A change is what really pushing one event would do: it is added to a scratch copy of the person
 * as that event, and the same facts_of() reads it, so that nothing here decides what a change leads
 * to. Two changes are not the person's own: a colleague who could help sets the bit of the need
 * that the helper pool would set, a group of schools the count that the school would state. Pure;
 * what it makes stays good when events come meanwhile. Called by questions/why.c, which runs the
 * rules on it; the changes worth trying are found by questions/change.c. */
#pragma once

#include "needs/needs.h"

enum change_kind {
  CHANGE_PREFERENCE, /* preference.recorded: the newest with `member` otherwise */
  CHANGE_RATING,     /* assessment.recorded: one rating */
  CHANGE_COLLEAGUE,  /* somebody else: helps `as`, consents, is free, and able in `competence` */
  CHANGE_HOLDING,    /* achievement.recorded, or (a class such as maths@2) one more of the newest
                        statement's `holds` */
  CHANGE_WAITING,    /* nothing but the day */
  CHANGE_POST,       /* person.recorded: the newest with `member` of the main post otherwise */
  CHANGE_SCHOOL,     /* school.recorded: the newest with a cluster */
};
enum change_member {
  MEMBER_NONE,
  MEMBER_PROGRESSION,      /* preference: yes */
  MEMBER_NO_COMPUTER,      /* preference: false */
  MEMBER_WITHOUT_COMPUTER, /* preference: no_computer true */
  MEMBER_FORMAT,           /* preference: `code` too */
  MEMBER_WISH_ROLE,        /* preference: `code` too */
  MEMBER_WISH_QUALIFICATION,
  MEMBER_WISH_COMPETENCE,
  MEMBER_MINUTES, /* post: `value` */
  MEMBER_WEEKS,
  MEMBER_TERM_TIME,
  MEMBER_EMPLOYER,
  MEMBER_CONTRACT, /* post: `code` */
};
struct change {
  enum change_kind kind;
  enum change_member member;
  int32_t order;                     /* of usefulness, the smallest first; ties by about, then id */
  uint32_t about;                    /* which of the things asked about it was found for */
  uint32_t turn;                     /* how many that are alike stand before it */
  const char *id;                    /* names the change: two of one id are one */
  uint32_t competence;               /* rating, colleague */
  int32_t now;                       /* rating: the level that counts today, ABSENT */
  int32_t level, nature, confidence; /* rating; the last two ABSENT = not said */
  const char *evidence;              /* rating */
  int32_t helper;                    /* colleague: enum helper_kind */
  /* what is held, wished, preferred; the contract; the post's role in `role` */
  const char *code;
  const char *subject; /* holding: of a class, with `level` */
  bool unit;           /* holding: `code` is a unit */
  const char *role;
  int32_t value;
  int32_t day; /* waiting: until; else the day on which it is said */
};

/* A person as the change would leave her or him. Lives in the arena but for the helper pool of
 * another day. */
struct what_if {
  struct person person;
  struct helper_pool *helper_pool;
  struct facts facts;
  int32_t day;
  bool present;
};
/* The post from which facts_of takes hours, contract and employer; NULL: none is said, or a job
 * title means it. */
const struct post *what_if_main_post(const struct person *p, const struct catalogue *c,
                                     int32_t day);
/* `context` is as it is today. */
void what_if(const struct person *p, const struct facts_context *context,
             const struct change *change, struct arena *a, struct what_if *ret);
void what_if_finish(struct what_if *w);
