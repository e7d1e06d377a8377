/* borrowed - see borrowed.h. */
#include "serving/borrowed.h"

#include "needs/cohort.h"
#include "pipeline/effects.h"

static uint64_t epoch_of(const struct school *school) {
  uint64_t newest = 0;
  for (size_t i = 0; i < school->n_persons; i++)
    if (school->persons[i]->epoch > newest)
      newest = school->persons[i]->epoch;
  return newest;
}

static bool reads_offers(const struct pair *pair) {
  return pair && pair->ready && ruleset_reads_offers(pair->ruleset);
}

static bool same_catalogue(const struct pair *x, const struct pair *y) {
  return y && hash256_eq(&x->catalogue_hash, &y->catalogue_hash);
}

static void let_go(struct borrowed *b) {
  board_destroy(b->board);
  shelf_destroy(b->own);
  shelf_destroy(b->wide);
  b->board = NULL;
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

static struct board *board_for(struct borrowed *b, const struct school *school) {
  if (same_catalogue(b->pair, b->serving->pair))
    return school->board;

  if (!b->board)
    b->board = board_create(school, b->pair->catalogue, b->day);
  return b->board;
}

static struct shelf *shelf_of(struct borrowed *b, struct shelf **kept,
                              const struct school *school) {
  const struct pair *serves = b->serving->pair;
  if (!school || !reads_offers(b->pair))
    return NULL;
  if (reads_offers(serves) && same_catalogue(b->pair, serves))
    return school->shelf;

  if (!*kept)
    *kept = shelf_create(school, b->pair->catalogue, b->day);

  return *kept;
}

/* Where a publication would have them counted, they are counted here. */
static struct effects *effects_for(struct borrowed *b, const struct authority *authority) {
  const struct pair *serves = b->serving->pair;
  if (!ruleset_reads_effects(b->pair->ruleset) ||
      (serves && hash256_eq(&serves->rules, &b->pair->rules)) ||
      (authority->effects && authority->effects->day == b->day))
    return authority->effects;

  if (!b->effects)
    b->effects = effects_count(authority, b->pair->catalogue, b->day);

  return b->effects;
}

/* --- in the place of what lives, for as long as facts are put together --- */

struct lent {
  struct school *school, *wide;
  struct board *board;
  struct shelf *own_shelf, *wide_shelf;
  struct effects *effects;
  bool reads_effects;
};

static struct lent lend(struct borrowed *b, struct school *school) {
  struct authority *authority = school->authority;
  struct school *wide = people_wide(authority);
  struct lent was = {school,
                     wide,
                     school->board,
                     school->shelf,
                     wide ? wide->shelf : NULL,
                     authority->effects,
                     authority->reads_effects};

  look_at(b, school);
  authority->effects = effects_for(b, authority);
  authority->reads_effects = ruleset_reads_effects(b->pair->ruleset);
  school->board = board_for(b, school);
  school->shelf = shelf_of(b, &b->own, school);
  if (wide)
    wide->shelf = shelf_of(b, &b->wide, wide);

  return was;
}

static void take_back(const struct lent *was) {
  was->school->authority->effects = was->effects;
  was->school->authority->reads_effects = was->reads_effects;
  was->school->board = was->board;
  was->school->shelf = was->own_shelf;
  if (was->wide)
    was->wide->shelf = was->wide_shelf;
}

/* --- facts --- */

bool borrowed_facts(struct borrowed *b, struct person *person, struct arena *a, struct facts *ret) {
  const struct lent was = lend(b, person->school);
  int32_t wakes;
  bool present = facts_of(person, b->pair->catalogue, b->day, a, ret, &wakes);
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
