/* authority - what the files of the room share: the pair that each authority is served, and the one
 * that is to take over.
 *
 * authority.c  a pair's life; what is configured, checked and taken over (this header)
 * overlay.c    which files make up a pair
 * draft.c      pairs opened beside the one that serves: proposed ones, and those that a diff
 * compares publish.c    what authors do with them: publish, approve, roll back, restore diff.c what
 * other rules would change: difference.c of one person, tally.c of all, fees.c what it costs,
 * borrowed.c the boards and shelves that the other rules would have
 *
 * The pair itself and who is served it is pipeline/state.h's, since everybody is evaluated under
 * one; what was published ever is pipeline/history.h's. */
#pragma once

#include "pipeline/state.h"

/* --- an authority --- */
int serving_fall_back(struct serving *s, void (*checked)(void *arg, struct serving *s, bool good),
                      void *arg);
/* what the next check is of */
void serving_ask(struct serving *s, const struct pipeline_authority *a);
/* the checked pair serves from here on */
void serving_take_over(struct serving *s);
/* what serves already serves on, as configured now */
void serving_keep(struct serving *s);
/* it does not: another authority's was faulty */
void serving_drop_next(struct serving *s);
void serving_drop_publication(struct serving *s); /* it was refused */
/* A checked pair that somebody published serves; its note is the one to wait for. NULL words: of
 * the configuration. */
struct publication_words {
  const char *name, *by, *approved_by, *rollback_of;
};
struct note *serving_switch(struct serving *s, const struct publication_words *words);
/* publish_checked comes, maybe at once */
void serving_check_pair(struct serving *s, struct pair *pair_take);
/* the pair that serves, under the rules set aside now */
void serving_reopen(struct serving *s);
void serving_check(struct serving *s, void (*checked)(void *arg, struct serving *s, bool good),
                   void *arg);
void serving_check_waiting(struct serving *s); /* the publication that it waited for is over */
void serving_free(struct serving *s);

/* --- a pair --- */
struct pair *pair_create(struct serving *s);     /* empty: the bytes are the caller's to put in */
struct pair *pair_copy(const struct pair *from); /* the bytes alone */
int pair_read_stored(struct pair *pair, const struct hash256 *rules,
                     const struct hash256 *catalogue);
int pair_decode_catalogue(struct pair *pair, struct fault_list *faults);
/* starts its worker */
void pair_open(struct pair *pair, const struct ruleset_callbacks *callbacks, void *arg);
void pair_destroy(struct pair *pair);

/* --- of a publication that is under way: publish.c --- */
/* NULL: the pair that is published may serve */
void publish_checked(struct serving *s, const struct fault_list *faults);
void publish_committed(struct serving *s, const struct note *n);
void publish_drop(struct serving *s);
