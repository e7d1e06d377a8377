/* order - which recommendation comes before another, and by what.
 *
 * One comparator for three questions: which option is chosen for a need, which ones are kept where
 * only a few are, and in which order a person reads them. choose.c asks all three. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* In which order a person reads: what the law requires; then their own basic skills, where these
 * are in the way of something; then the post; then growth. */
enum advice_group {
  GROUP_LAW,
  GROUP_BASIC_SKILLS,
  GROUP_ROLE,
  GROUP_GROWTH,
  GROUP_COUNT
};
/* law basic-skills role growth */
extern const char *const group_words[GROUP_COUNT];

/* What is compared of an option. Importance, weight and gap are the strictest and the largest of
 * the needs that it was chosen for; the importance is an enum importance. */
struct place {
  const char *id; /* of the development */
  bool agreed;    /* the person accepted, agreed or started it */
  bool finding_out, formal;
  enum advice_group group;
  int32_t importance, weight, gap, priority;
};

/* By what one option comes before another. */
enum criterion {
  CRITERION_AGREED,      /* the person accepted, agreed or started it */
  CRITERION_GROUP,       /* it belongs to an earlier group */
  CRITERION_FINDING_OUT, /* it finds out about unrated competences */
  CRITERION_IMPORTANCE,  /* it is for a stricter need */
  CRITERION_WEIGHT,      /* for a heavier one */
  CRITERION_GAP,         /* for a wider gap */
  CRITERION_PRIORITY,    /* a rule gave it a higher priority */
  CRITERION_INFORMAL,    /* it is informal, the other formal */
  CRITERION_ID,          /* nothing above differs: by id, so that the order is always the same */
  CRITERION_COUNT
};

enum order {
  ORDER_FOR_A_NEED,   /* which of the options that could answer one need is chosen for it */
  ORDER_IN_A_PURPOSE, /* which of the chosen ones are kept, where only a few of a purpose are */
  ORDER_OF_ADVICE,    /* in which order the person reads them */
  ORDER_COUNT
};

/* The first criterion in which the two differ. *ret_first: does `a` come first? An option beside
 * itself does not. */
enum criterion order_decides(enum order order, const struct place *a, const struct place *b,
                             bool *ret_first);
bool comes_first(enum order order, const struct place *a, const struct place *b);
