/* change - which single changes are worth trying for somebody who asks why not, and how each is
 * said.
 *
 * The changes come from what the rules read (the trace of an evaluation): a rule that asked for
 * hours can be answered with other hours, one that asked for a colleague with a colleague. Whether
 * a change opens anything is not decided here: why.c runs the rules on what needs/what_if.c makes
 * of it. */
#pragma once

#include "event/json.h"
#include "needs/what_if.h"

struct inquiry { /* what is asked about */
  const struct person *person;
  const struct catalogue *catalogue;
  int32_t day;
  const struct facts *facts;
  const struct json *rules;    /* of the trace; NULL: none */
  const uint32_t *competences; /* catalogue indexes */
  /* that it is about; after them other needs, of which a rule might propose it all the same */
  uint32_t n_competences;
  uint32_t n_looked_at;
  const char *recommendation; /* NULL: anything for these competences */
  struct arena *arena;
};
struct change_list {
  struct change *items;
  uint32_t n; /* the most useful first */
  bool more;  /* than there was room for */
};
void changes_to_try(const struct inquiry *q, uint32_t max, struct change_list *ret);
/* what a client pushes it from */
void json_change(struct buf *b, const struct catalogue *c, const struct change *change);
/* "With \"alone\" shown by an observed session"; `named`: with the competence. */
const char *change_words(const struct catalogue *c, const struct change *change, bool named,
                         struct arena *a);
