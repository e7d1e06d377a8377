/* borrowed - see borrowed.h. */
#include "serving/borrowed.h"

static uint64_t epoch_of(const struct school *school) {
  uint64_t newest = 0;
  for (size_t i = 0; i < school->n_persons; i++)
    if (school->persons[i]->epoch > newest) newest = school->persons[i]->epoch;
  return newest;
}

static bool reads_offers(const struct pair *pair) { return pair && pair->ready && ruleset_reads_offers(pair->ruleset); }

static bool same_catalogue(const struct pair *x, const struct pair *y) {
  return y && hash256_eq(&x->catalogue_hash, &y->catalogue_hash);
}

static void look_at(struct borrowed *b, const struct school *school) {
  uint64_t epoch = epoch_of(school);
  if (b->school == school && b->epoch == epoch) return;
  borrowed_finish(b);
  b->school = school;
  b->epoch = epoch;
}

static struct board *board_for(struct borrowed *b, const struct pair *pair, const struct pair *serves,
                               const struct school *school, int32_t day) {
  if (same_catalogue(pair, serves)) return school->board;
  if (!b->board) b->board = board_create(school, pair->catalogue, day);
  return b->board;
}

static struct shelf *shelf_for_pair(struct shelf **kept, const struct pair *pair, const struct pair *serves,
                                    const struct school *school, int32_t day) {
  if (!school || !reads_offers(pair)) return NULL;
  if (reads_offers(serves) && same_catalogue(pair, serves)) return school->shelf;
  if (!*kept) *kept = shelf_create(school, pair->catalogue, day);
  return *kept;
}

bool borrowed_facts(struct borrowed *b, const struct pair *pair, const struct pair *serves, struct person *person, int32_t day,
                    struct arena *a, struct facts *ret) {
  struct school *school = person->school, *wide = people_wide(school->authority);
  struct board *board = school->board;
  struct shelf *own_shelf = school->shelf, *wide_shelf = wide ? wide->shelf : NULL;
  int32_t wakes;
  look_at(b, school);
  school->board = board_for(b, pair, serves, school, day);
  school->shelf = shelf_for_pair(&b->own, pair, serves, school, day);
  if (wide) wide->shelf = shelf_for_pair(&b->wide, pair, serves, wide, day);
  bool present = facts_of(person, pair->catalogue, day, a, ret, &wakes);
  school->board = board;
  school->shelf = own_shelf;
  if (wide) wide->shelf = wide_shelf;
  return present;
}

void borrowed_finish(struct borrowed *b) {
  board_destroy(b->board);
  shelf_destroy(b->own);
  shelf_destroy(b->wide);
  *b = (struct borrowed){0};
}
