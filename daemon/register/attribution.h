/* attribution - what was published to whom, and by which rules: an index over the outbox, in
 * memory, so that each answer can be counted for the rules behind the recommendation.
 *
 * Made at the first question that needs it (register.c), extended at each later one, gone at a
 * stop: the outbox is the truth. One entry for each time that a person's recommendation was
 * published with other rules, or for another round, than before: 32 bytes. The entries hang on the
 * person (person_work.attribution), who owns them. */
#pragma once

#include "pipeline/internal.h"

/* Texts and their numbers. */
struct interned {
  struct hashmap numbers; /* hash of the text -> number + 1 */
  char **texts;
  size_t n, cap;
};
uint32_t intern(struct interned *t, const char *text);
bool interned_number(const struct interned *t, const char *text, uint32_t *ret);
void interned_finish(struct interned *t);

struct attribution {
  uint32_t n, cap;
  struct attributed {
    /* journal position of the newest of the person's facts that it was made from */
    uint64_t number;
    /* in the outbox: the newest of this entry that named the needs it answers */
    uint64_t publication;
    uint32_t recommendation, round, rules;
    bool agreed; /* it was kept because it had been accepted already, whatever the rules said */
  } items[];     /* in order of publication */
};
struct rule_set {
  uint32_t *rules;
  size_t n;
};
struct attribution_index {
  struct interned recommendations, rules, sets;
  struct rule_set *rule_sets; /* by the numbers of `sets` */
  size_t n_rule_sets, cap_rule_sets;
  struct person **persons; /* who was ever advised, in the order of the first time */
  size_t n_persons, cap_persons;
  uint64_t at; /* outbox position read so far */
  struct arena scratch;
};

/* Reads at most `limit` rows more. 1: there may be more; 0: it is up to date; or an errno. */
int told_walk(struct attribution_index *t, struct pipeline *p, uint64_t limit);
void attribution_finish(struct attribution_index *t);
