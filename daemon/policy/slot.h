/* authority - what the files of the room share: the pair that each authority is served, and the one
 * that is to take over.
 *
 * slot.c  a pair's life; what is configured, checked and taken over (this header)
 * bundle_files.c    which files make up a pair
 * candidate.c      pairs opened beside the one that serves: proposed ones, and those that a diff
 * compares publish.c    what authors do with them: publish, approve, roll back, restore diff.c what
 * other rules would change: difference.c of one person, diff_counts.c of all, fees.c what it costs,
 * borrowed.c the boards and shelves that the other rules would have
 *
 * The pair itself and who is served it is pipeline/internal.h's, since everybody is evaluated under
 * one; what was published ever is pipeline/history.h's. */
#pragma once

#include "pipeline/internal.h"

/* --- an authority --- */
int policy_slot_fall_back(struct policy_slot *s,
                          void (*checked)(void *arg, struct policy_slot *s, bool good), void *arg);
/* what the next check is of */
void policy_slot_ask(struct policy_slot *s, const struct pipeline_authority *a);
/* the checked pair serves from here on */
void policy_slot_take_over(struct policy_slot *s);
/* what serves already serves on, as configured now */
void policy_slot_keep(struct policy_slot *s);
/* it does not: another authority's was faulty */
void policy_slot_drop_next(struct policy_slot *s);
void policy_slot_drop_publication(struct policy_slot *s); /* it was refused */
/* A checked pair that somebody published serves; its note is the one to wait for. NULL words: of
 * the configuration. */
struct publication_words {
  const char *name, *by, *approved_by, *rollback_of;
};
struct note *policy_slot_switch(struct policy_slot *s, const struct publication_words *words);
/* publish_checked comes, maybe at once */
void policy_slot_check_pair(struct policy_slot *s, struct policy *policy_take);
/* the pair that serves, under the rules set aside now */
void policy_slot_reopen(struct policy_slot *s);
void policy_slot_check(struct policy_slot *s,
                       void (*checked)(void *arg, struct policy_slot *s, bool good), void *arg);
void policy_slot_check_waiting(
    struct policy_slot *s); /* the publication that it waited for is over */
void policy_slot_free(struct policy_slot *s);

/* --- a pair --- */
struct policy *policy_create(
    struct policy_slot *s); /* empty: the bytes are the caller's to put in */
struct policy *policy_copy(const struct policy *from); /* the bytes alone */
int policy_read_stored(struct policy *policy, const struct hash256 *rules,
                       const struct hash256 *catalogue);
int policy_decode_catalogue(struct policy *policy, struct fault_list *faults);
/* starts its worker */
void policy_open(struct policy *policy, const struct ruleset_callbacks *callbacks, void *arg);
void policy_destroy(struct policy *policy);

/* --- of a publication that is under way: publish.c --- */
/* NULL: the pair that is published may serve */
void publish_checked(struct policy_slot *s, const struct fault_list *faults);
void publish_committed(struct policy_slot *s, const struct note *n);
void publish_drop(struct policy_slot *s);
