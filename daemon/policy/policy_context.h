/* policy_context - the context of facts under a policy that may not be the current one: who can
 * help, what can be booked, what came of developments.
 *
 * The pipeline keeps helpers, offers and effects for the current policy only: helpers and offers
 * depend on the catalogue, and offers and effects are kept only while the current rules read them.
 * Where another policy needs them otherwise, they are made here, for one school at a time. Called
 * by diff.c. How facts are made of a context is in needs/need.c and needs/cohort.c. */
#pragma once

#include "needs/needs.h"
#include "pipeline/internal.h"

struct policy_context {
  const struct policy *policy; /* the caller sets the first three */
  const struct policy_slot *slot;
  int32_t day;
  struct effects *effects;     /* NULL: not counted here */
  const struct school *school; /* the last one: people come school by school */
  /* of the newest of its people; moves when their helpers and offers may have moved */
  uint64_t epoch;
  struct helper_pool *helpers;
  struct offer_list *school_offers, *authority_offers;
};

/* What the facts of the school and its people are made with under the policy. Good until the next
 * call. */
struct facts_context policy_context_for(struct policy_context *c, const struct school *school);
void policy_context_finish(struct policy_context *c);
