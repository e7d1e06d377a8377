/* policy_context - see policy_context.h. */
#include "policy/policy_context.h"

#include "pipeline/effects.h"

static uint64_t epoch_of(const struct school *school) {
  uint64_t newest = 0;
  for (size_t i = 0; i < school->n_persons; i++)
    if (school->persons[i]->work->epoch > newest)
      newest = school->persons[i]->work->epoch;
  return newest;
}

static bool reads_offers(const struct policy *policy) {
  return policy && policy->ready && ruleset_reads_offers(policy->ruleset);
}

static bool same_catalogue(const struct policy *x, const struct policy *y) {
  return y && hash256_eq(&x->catalogue_hash, &y->catalogue_hash);
}

static void forget_school(struct policy_context *c) {
  helper_pool_destroy(c->helpers);
  offer_list_destroy(c->school_offers);
  offer_list_destroy(c->authority_offers);
  c->helpers = NULL;
  c->school_offers = c->authority_offers = NULL;
}

static void look_at(struct policy_context *c, const struct school *school) {
  uint64_t epoch = epoch_of(school);
  if (c->school == school && c->epoch == epoch)
    return;

  forget_school(c);
  c->school = school;
  c->epoch = epoch;
}

static const struct helper_pool *helpers_for(struct policy_context *c,
                                             const struct school *school) {
  if (same_catalogue(c->policy, c->slot->policy))
    return school->helper_pool;

  if (!c->helpers)
    c->helpers = helper_pool_create(school, c->policy->catalogue, c->day);

  return c->helpers;
}

/* `made`: where the list is kept if it must be made. */
static const struct offer_list *offers_for(struct policy_context *c, const struct school *school,
                                           struct offer_list **made) {
  const struct policy *current = c->slot->policy;
  if (!school || !reads_offers(c->policy))
    return NULL;
  if (reads_offers(current) && same_catalogue(c->policy, current))
    return school->offer_list;

  if (!*made)
    *made = offer_list_create(school, c->policy->catalogue, c->day);

  return *made;
}

/* A publication has them counted where they are not of the day; so they are counted here. */
static const struct effects *effects_for(struct policy_context *c,
                                         const struct authority *authority) {
  const struct policy *current = c->slot->policy;
  if (!ruleset_reads_effects(c->policy->ruleset))
    return NULL;

  bool same_rules = current && hash256_eq(&current->rules, &c->policy->rules);
  bool of_the_day = authority->effects && authority->effects->day == c->day;
  if (same_rules || of_the_day)
    return authority->effects;

  if (!c->effects)
    c->effects = effects_count(authority, c->policy->catalogue, c->day);

  return c->effects;
}

struct facts_context policy_context_for(struct policy_context *c, const struct school *school) {
  const struct school *wide = people_wide(school->authority);

  look_at(c, school);

  return (struct facts_context){.catalogue = c->policy->catalogue,
                                .day = c->day,
                                .helpers = helpers_for(c, school),
                                .school_offers = offers_for(c, school, &c->school_offers),
                                .authority_offers = offers_for(c, wide, &c->authority_offers),
                                .effects = effects_for(c, school->authority)};
}

void policy_context_finish(struct policy_context *c) {
  forget_school(c);
  effects_destroy(c->effects);
  *c = (struct policy_context){0};
}
