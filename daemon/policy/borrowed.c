/* borrowed - see borrowed.h. */
#include "policy/borrowed.h"

#include "needs/cohort.h"
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

static void let_go(struct borrowed *b) {
  helper_pool_destroy(b->helper_pool);
  offer_list_destroy(b->own);
  offer_list_destroy(b->wide);
  b->helper_pool = NULL;
  b->own = b->wide = NULL;
}

static void look_at(struct borrowed *b, const struct school *school) {
  uint64_t epoch = epoch_of(school);
  if (b->school == school && b->epoch == epoch)
    return;

  let_go(b);
  b->school = school;
  b->epoch = epoch;
}

static struct helper_pool *helper_pool_for(struct borrowed *b, const struct school *school) {
  if (same_catalogue(b->policy, b->slot->policy))
    return school->helper_pool;

  if (!b->helper_pool)
    b->helper_pool = helper_pool_create(school, b->policy->catalogue, b->day);
  return b->helper_pool;
}

static struct offer_list *offer_list_of(struct borrowed *b, struct offer_list **kept,
                                        const struct school *school) {
  const struct policy *serves = b->slot->policy;
  if (!school || !reads_offers(b->policy))
    return NULL;
  if (reads_offers(serves) && same_catalogue(b->policy, serves))
    return school->offer_list;

  if (!*kept)
    *kept = offer_list_create(school, b->policy->catalogue, b->day);

  return *kept;
}

/* Where a publication would have them counted, they are counted here. */
static struct effects *effects_for(struct borrowed *b, const struct authority *authority) {
  const struct policy *serves = b->slot->policy;
  if (!ruleset_reads_effects(b->policy->ruleset) ||
      (serves && hash256_eq(&serves->rules, &b->policy->rules)) ||
      (authority->effects && authority->effects->day == b->day))
    return authority->effects;

  if (!b->effects)
    b->effects = effects_count(authority, b->policy->catalogue, b->day);

  return b->effects;
}

/* --- in the place of what lives, for as long as facts are put together --- */

struct lent {
  struct school *school, *wide;
  struct helper_pool *helper_pool;
  struct offer_list *own_offer_list, *wide_offer_list;
  struct effects *effects;
  bool reads_effects;
};

static struct lent lend(struct borrowed *b, struct school *school) {
  struct authority *authority = school->authority;
  struct school *wide = people_wide(authority);
  struct lent was = {school,
                     wide,
                     school->helper_pool,
                     school->offer_list,
                     wide ? wide->offer_list : NULL,
                     authority->effects,
                     authority->reads_effects};

  look_at(b, school);
  authority->effects = effects_for(b, authority);
  authority->reads_effects = ruleset_reads_effects(b->policy->ruleset);
  school->helper_pool = helper_pool_for(b, school);
  school->offer_list = offer_list_of(b, &b->own, school);
  if (wide)
    wide->offer_list = offer_list_of(b, &b->wide, wide);

  return was;
}

static void take_back(const struct lent *was) {
  was->school->authority->effects = was->effects;
  was->school->authority->reads_effects = was->reads_effects;
  was->school->helper_pool = was->helper_pool;
  was->school->offer_list = was->own_offer_list;
  if (was->wide)
    was->wide->offer_list = was->wide_offer_list;
}

/* --- facts --- */

bool borrowed_facts(struct borrowed *b, struct person *person, struct arena *a, struct facts *ret) {
  const struct lent was = lend(b, person->school);
  int32_t next_change_day;
  bool present = facts_of(person, b->policy->catalogue, b->day, a, ret, &next_change_day);
  take_back(&was);
  return present;
}

void borrowed_cohorts(struct borrowed *b, struct school *school, struct person *const *persons,
                      struct tally *const *tallies, size_t n, struct arena *a, struct facts *ret) {
  const struct lent was = lend(b, school);
  struct tally **kept = arena_alloc(a, (school->n_persons + 1) * sizeof *kept);

  for (size_t i = 0; i < school->n_persons; i++) {
    kept[i] = school->persons[i]->tally;
    school->persons[i]->tally = NULL;
  }

  for (size_t i = 0; i < n; i++) {
    if (persons[i]->erased)
      persons[i]->tally = NULL;
    else
      persons[i]->tally = tallies[i];
  }

  cohort_facts(school, a, ret);
  for (size_t i = 0; i < school->n_persons; i++)
    school->persons[i]->tally = kept[i];

  take_back(&was);
}

void borrowed_finish(struct borrowed *b) {
  let_go(b);
  effects_destroy(b->effects);
  *b = (struct borrowed){0};
}
