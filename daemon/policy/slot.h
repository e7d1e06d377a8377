/* slot - what the files of the room share: the current policy of each authority, and the next one.
 * policy.h is what the rooms above see.
 *
 * slot.c          a policy's life: configured, checked, taken over (this header)
 * bundle_files.c  which files make up a policy
 * candidate.c     policies opened beside the current one: proposed, or compared by a diff
 * publish.c       what authors do with them: publish, approve, roll back, restore
 * diff.c          what another policy would change: difference.c for one person, diff_counts.c for
 *                 all, fees.c what it costs, rule_changes.c which rules differ
 * policy_context.c  the helpers, offers and effects that another policy would have
 * meaning.c       what another catalogue changes in recorded events
 *
 * struct policy and struct policy_slot are in pipeline/internal.h, since everybody is evaluated
 * under a policy. What was published, and when, is in pipeline/history.h. */
#pragma once

#include "pipeline/internal.h"

/* --- an authority --- */
int policy_slot_fall_back(struct policy_slot *s,
                          void (*checked)(void *arg, struct policy_slot *s, bool good), void *arg);
/* what the next check is of */
void policy_slot_ask(struct policy_slot *s, const struct pipeline_authority *a);
/* The checked policy becomes the current one. */
void policy_slot_take_over(struct policy_slot *s);
/* The current policy remains in force, as configured now. */
void policy_slot_keep(struct policy_slot *s);
/* The next policy is dropped: another authority's was faulty. */
void policy_slot_drop_next(struct policy_slot *s);
void policy_slot_drop_publication(struct policy_slot *s); /* it was refused */
/* A checked policy that somebody published becomes the current one. Returns the note to wait for.
 * Words that are NULL: the configuration published it. */
struct publication_words {
  const char *name, *by, *approved_by, *rollback_of;
};
struct note *policy_slot_switch(struct policy_slot *s, const struct publication_words *words);
/* Calls publish_checked, maybe before it returns. */
void policy_slot_check_policy(struct policy_slot *s, struct policy *policy_take);
/* The current policy is opened again, without the rules that are set aside now. */
void policy_slot_reopen(struct policy_slot *s);
void policy_slot_check(struct policy_slot *s,
                       void (*checked)(void *arg, struct policy_slot *s, bool good), void *arg);
void policy_slot_check_waiting(
    struct policy_slot *s); /* the publication that it waited for is over */
void policy_slot_free(struct policy_slot *s);

/* --- a policy --- */
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
/* NULL: the policy may be published. */
void publish_checked(struct policy_slot *s, const struct fault_list *faults);
void publish_committed(struct policy_slot *s, const struct note *n);
void publish_drop(struct policy_slot *s);
