/* responses - what people answered and agreed about a recommendation, as members of answers.
 * person.c and overview.c put them into answers. */
#pragma once

#include "needs/needs.h"

struct spoken { /* what was said about a person's recommendations, as of a day */
  const struct person *person;
  const struct catalogue *catalogue;
  int32_t day;
  const struct said *said;
  uint32_t n;
  const struct commitment *commitments, *ahead; /* ahead: with what is dated after the day too */
  uint32_t n_commitments, n_ahead;
};
/* How many recommendations are answered so in the round under way; completed: how many rounds;
 * to_agree: how many of the accepted and started have something left to settle. */
struct takeup {
  int32_t accepted, started, completed, declined, contested, to_agree;
};
struct spoken spoken_by(const struct person *person, const struct catalogue *c, int32_t day,
                        struct arena *a);
/* member `responses`, of every round */
void json_responses(struct buf *b, const struct spoken *s, const char *id);
/* member `agreements`, of every round */
void json_agreements(struct buf *b, const struct spoken *s, const char *id);
void json_answered_members(
    struct buf *b, const struct spoken *s,
    const char *id); /* `responses`, `agreement`, `agreement_ahead`, if there are any */
/* member `answered`: what was answered and is not current any more */
void json_answered(struct buf *b, const struct spoken *s);
struct takeup takeup_of(const struct spoken *s);
void takeup_add(struct takeup *sum, struct takeup t);
void json_takeup(struct buf *b, struct takeup t); /* its members */
/* elements of `answers`: the last word on each */
void json_answer_lines(struct buf *b, const struct spoken *s);
