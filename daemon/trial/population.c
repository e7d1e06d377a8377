/* population - see population.h. */
#include "trial/population.h"

#include <string.h>

#include "rules/names.h"

#define PEOPLE_A_ROLE (NEED_KINDS * NEED_FROM_COUNT) /* each state with each origin */
#define MORE_A_ROLE (PEOPLE_A_ROLE / 2)              /* where there is something to book */
#define OFFERS_MOST 4                                /* for one need */
#define EXTRA_NEEDS 3
#define HELD_MOST 3
#define SIZES 12          /* of cohorts */
#define TURNS (3 * SIZES) /* nobody by law, everybody by law, some */
#define COHORTS_MOST 40   /* of one school */

const char *const kind_of_need_words[NEED_KINDS] = {
    "unrated",    "lapsed", "one level short", "more than one level short",
    "at level 0", "met",    "to be confirmed", "running out"};

struct population {
  const struct catalogue *catalogue;
  int32_t day;
  const struct role **roles; /* in scope, in order of code */
  uint32_t n_roles, n_competences, n_qualifications;
  const struct qualification *const *qualifications;
  struct bookable *bookable; /* by competence; NULL: nothing is offered */
  struct arena arena;
};

/* --- mixing --- */

/* A well-mixed number for person `i` and question `k`; the finisher of splitmix64. */
static uint32_t mixed(uint32_t i, uint32_t k) {
  uint64_t x = ((uint64_t)i << 32 | k) * 0x9e3779b97f4a7c15u;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return (uint32_t)(x >> 32);
}

static int32_t one_of(uint32_t i, uint32_t k, const int32_t *values, size_t n) {
  return values[mixed(i, k) % n];
}
#define ONE_OF(i, k, ...)                                                                          \
  one_of(i, k, (const int32_t[]){__VA_ARGS__},                                                     \
         sizeof((const int32_t[]){__VA_ARGS__}) / sizeof(int32_t))

/* Questions that are not about one need. */
enum {
  ASK_EMPLOYER = 1,
  ASK_MINUTES,
  ASK_WEEKS,
  ASK_TERM,
  ASK_STARTED,
  ASK_PROGRESSION,
  ASK_COMPUTER,
  ASK_CONTRACT,
  ASK_CLUSTERS,
  ASK_PHASE,
  ASK_FORMATS,
  ASK_HELD,
  ASK_HELD_WHAT,
  ASK_WISHES = 20,
  ASK_WISH_WHAT,
  ASK_HELPERS,
  ASK_EFFECTS,
  ASK_EFFECT = 100,
  ASK_NEED = 1000,
  ASK_OFFERS = 100000, /* by competence, as all of ASK_NEED */
  ASK_OFFER = 200000
};

/* A word that the catalogue has, or none. */
static const char *word_of(const struct population *p, enum domain d, uint32_t mix,
                           const char *const *words, uint32_t n) {
  uint32_t which = mix % (n + 1);
  if (which < n)
    return catalogue_resolve(p->catalogue, d, words[which]);
  return NULL;
}

/* --- needs --- */

static void set_level(struct need *n, enum kind_of_need kind) {
  int32_t one_less = 0;
  if (n->required > 0)
    one_less = n->required - 1;

  static const int far = 2;
  n->current = ABSENT;
  if (kind == NEED_ONE_STEP)
    n->current = one_less;
  if (kind == NEED_MORE_STEPS) {
    if (n->required > far)
      n->current = n->required - far;
    else
      n->current = 0;
  }

  if (kind == NEED_AT_ZERO)
    n->current = 0;
  if (kind == NEED_MET || kind == NEED_CONFIRM || kind == NEED_ENDING)
    n->current = n->required;
  if (n->current == ABSENT)
    n->gap = n->required;
  else
    n->gap = n->required - n->current;
}

/* Of what was seen, one in three differs from the person's own view, and one from a certificate. */
static void set_difference(struct need *n, const struct evidence_kind *e, uint32_t mix) {
  if (strcmp(e->kind, "certificate") == 0)
    return;

  n->differs = (uint8_t)(mix % (DIFFERS_CERTIFICATE + 1));
  if (n->differs == DIFFERS_NOT)
    return;

  n->differs_on = n->rated_on - 10;
  n->differs_level = n->current + (n->differs == DIFFERS_SELF ? 2 : 1);
}

static void set_rating(const struct population *p, struct need *n, enum kind_of_need kind,
                       uint32_t mix) {
  static const char *const kinds[] = {"self",     "manager", "peer",     "witness",    "portfolio",
                                      "observer", "test",    "assessor", "certificate"};
  static const int32_t ago[] = {20, 200, 500, 1100};
  int32_t date = p->day - ago[mix % ARRAY_LEN(ago)];

  if (kind == NEED_LAPSED)
    n->lapsed_on = date;
  else
    n->lapsed_on = ABSENT;

  if (n->current != ABSENT)
    n->rated_on = date;
  else
    n->rated_on = ABSENT;

  n->ends_on = ABSENT;
  if (kind == NEED_ENDING)
    n->ends_on = p->day + 40;
  n->confirm = kind == NEED_CONFIRM;
  n->differs_level = ABSENT;
  n->differs_on = ABSENT;
  if (n->current == ABSENT)
    return;

  const struct evidence_kind *e = catalogue_evidence(
      p->catalogue, n->confirm ? "certificate" : kinds[mix / ARRAY_LEN(ago) % ARRAY_LEN(kinds)]);
  if (e)
    n->evidence = e->kind;
  else
    n->evidence = NULL;

  if (e && n->gap > 0 && strcmp(e->independence, "independent") == 0)
    set_difference(n, e, mix >> 16);
}

/* Nobody, one kind of helper, any. */
static uint8_t helpers(uint32_t i, uint32_t mix) {
  uint32_t how = mixed(i, ASK_HELPERS) % 4;
  if (how == 0)
    return 0;
  if (how == 1)
    return (1u << HELPER_KINDS) - 1;
  return (uint8_t)(1u << mix % HELPER_KINDS);
}

static void set_priority(const struct population *p, struct need *n, uint32_t mix) {
  static const char *const codes[] = {"behaviour", "safeguarding", "early-language"};
  static const uint8_t weights[] = {0, 0, 0, 1, 3, 5};
  n->priority = weights[mix % ARRAY_LEN(weights)];
  if (n->priority > 0)
    n->priority_code = word_of(p, DOMAIN_PRIORITY, mix >> 8, codes, ARRAY_LEN(codes));
}

/* Only what a certificate shows, and law or safety asks for, is renewed ahead. */
static bool can_end(const struct population *p, const struct need *n) {
  const struct competence *k = catalogue_competence_at(p->catalogue, n->competence);
  return k->certificate && n->purpose == PURPOSE_COMPLIANCE;
}

/* `turn` runs through each state with each origin. */
static void complete(const struct population *p, struct need *n, uint32_t i, uint32_t turn) {
  uint32_t mix = mixed(i, ASK_NEED + n->competence);
  enum kind_of_need kind = (enum kind_of_need)(turn % NEED_KINDS);
  if (kind == NEED_ENDING && !can_end(p, n))
    kind = NEED_MET;

  set_level(n, kind);
  set_rating(p, n, kind, mix);
  n->from = (uint8_t)(turn / NEED_KINDS % NEED_FROM_COUNT);
  n->nature = (uint8_t)(mix >> 8 & 3);

  if (n->current != ABSENT)
    n->confidence = ONE_OF(i, ASK_NEED * 2 + n->competence, ABSENT, 0, 1, 2, 3, 4);
  else
    n->confidence = ABSENT;

  n->helpers = helpers(i, mix >> 12);
  set_priority(p, n, mixed(i, ASK_NEED * 9 + n->competence));
}

/* In order of competence; one that is there already stays. */
static void insert(struct facts *f, struct need n) {
  uint32_t at = f->n_needs;
  for (uint32_t i = 0; i < f->n_needs; i++)
    if (f->needs[i].competence == n.competence)
      return;

  for (; at > 0 && f->needs[at - 1].competence > n.competence; at--)
    f->needs[at] = f->needs[at - 1];

  f->needs[at] = n;
  f->n_needs++;
}

static void profile_needs(const struct population *p, uint32_t i, const struct role *role,
                          struct arena *a, struct facts *f) {
  uint32_t n;
  const struct profile_row *rows = catalogue_profile(p->catalogue, role->code, &n);

  f->needs = arena_alloc(a, (n + EXTRA_NEEDS + 1) * sizeof *f->needs);
  for (uint32_t k = 0; k < n; k++) {
    struct need need = {.competence = rows[k].competence->index,
                        .required = rows[k].level,
                        .weight = rows[k].weight,
                        .importance = (uint8_t)rows[k].importance,
                        .purpose = (uint8_t)rows[k].purpose,
                        .post = role->code};
    complete(p, &need, i, i / p->n_roles + k);
    if (need.required > 0)
      insert(f, need);
  }
}

/* What the person wishes, the school plans, or a duty asks, beyond the post. */
static void set_origin(struct need *n, uint32_t mix) {
  static const uint8_t origins[] = {FROM_WISH, FROM_PLAN, FROM_NEW_DUTY, FROM_PROFILE};
  n->from = origins[mix % ARRAY_LEN(origins)];
  if (n->from == FROM_WISH || n->from == FROM_PLAN)
    return;

  n->importance = IMPORTANCE_ESSENTIAL;
  n->purpose = PURPOSE_ROLE;
}

static void extra_needs(const struct population *p, uint32_t i, const struct role *role,
                        struct facts *f) {
  for (uint32_t k = 0; k < EXTRA_NEEDS && p->n_competences > 0; k++) {
    struct need need = {.competence = (i * EXTRA_NEEDS + k) % p->n_competences,
                        .required = 2,
                        .weight = 1,
                        .importance = IMPORTANCE_DESIRABLE,
                        .purpose = PURPOSE_GROWTH,
                        .post = role->code};
    complete(p, &need, i, mixed(i, ASK_NEED * 3 + k));
    set_origin(&need, mixed(i, ASK_NEED * 4 + k));
    insert(f, need);
  }
}

enum kind_of_need kind_of(const struct need *n) {
  if (n->current == ABSENT) {
    if (n->lapsed_on == ABSENT)
      return NEED_UNRATED;
    return NEED_LAPSED;
  }
  if (n->ends_on != ABSENT)
    return NEED_ENDING;
  if (n->confirm)
    return NEED_CONFIRM;
  if (n->gap <= 0)
    return NEED_MET;
  if (n->gap == 1)
    return NEED_ONE_STEP;
  if (n->current == 0)
    return NEED_AT_ZERO;

  return NEED_MORE_STEPS;
}

/* --- what can be booked --- */

/* What has a row of its own and closes the competence; courses come before qualifications. */
struct bookable {
  const char **ids;
  size_t n, cap, n_courses;
};

static void find_bookable(struct population *p) {
  struct development d;
  struct arena scratch = {0};

  p->bookable = mem_array((size_t)p->n_competences + 1, sizeof *p->bookable);
  for (uint32_t i = 0; catalogue_development_at(p->catalogue, i, &scratch, &d); i++) {
    const char *id = NULL;
    if (d.n_competences > 0)
      id = arena_strndup(&p->arena, d.id, strlen(d.id));
    for (uint32_t k = 0; k < d.n_competences; k++) {
      struct bookable *b = &p->bookable[d.competences[k]->index];
      b->ids = mem_grow(b->ids, &b->cap, b->n + 1, sizeof *b->ids);
      b->ids[b->n++] = id;
      if (!d.qualification)
        b->n_courses++;
    }

    arena_reset(&scratch);
  }

  arena_finish(&scratch);
}

/* A course, a qualification or a unit that gives the competence, or else a session or a module
 * about it. */
static const char *offered_of(const struct population *p, const struct need *n, uint32_t mix,
                              struct arena *a) {
  const struct competence *k = catalogue_competence_at(p->catalogue, n->competence);
  const struct bookable *b = &p->bookable[n->competence];
  size_t n_others = b->n - b->n_courses;
  uint32_t n_units, which = mix >> 8, kind = mix % 5;
  const struct unit *const *units = catalogue_units_for(p->catalogue, k, n->required, &n_units);

  if (kind == 0 && b->n_courses > 0)
    return b->ids[which % b->n_courses];
  if (kind == 1 && n_others > 0)
    return b->ids[b->n_courses + which % n_others];
  if (kind == 2 && n_units > 0)
    return arena_printf(a, "unit.%s", units[which % n_units]->slug);

  return arena_printf(a, "%s.%s", which & 1 ? "e-learning" : "inset", k->slug);
}

/* Soonest first, then the lower fee; what is not known comes last. */
static bool is_before(const struct offered *a, const struct offered *b) {
  if (a->first != b->first) {
    if (a->first == ABSENT || b->first == ABSENT)
      return b->first == ABSENT;
    return a->first < b->first;
  }
  return a->fee < b->fee;
}

/* The `k`th offer for a need: at times of what the one before it is of. */
static struct offered offer_for(const struct population *p, uint32_t i, const struct need *n,
                                uint32_t k, const char *same, struct arena *a) {
  static const char *const audiences[] = {NULL, "all", "maintained"}, *const modes[] = {
                                                                          NULL, "on-line",
                                                                          "in-person"};
  uint32_t mix = mixed(i, ASK_OFFER + n->competence * OFFERS_MOST + k),
           more = mixed(mix, ASK_OFFER);
  struct offered o = {.id = arena_printf(a, "offer-%u-%u", n->competence, k),
                      .development = same && more & 1 ? same : offered_of(p, n, mix, a),
                      .provider = "a provider",
                      .mode = modes[(more >> 8) % ARRAY_LEN(modes)],
                      .open_to = audiences[(more >> 2) % ARRAY_LEN(audiences)],
                      .fee = ONE_OF(more, 1, 0, 2500, 4500, 20000),
                      .places = ONE_OF(more, 2, 1, 5, 20),
                      .first = ONE_OF(more, 3, ABSENT, p->day + 5, p->day + 20, p->day + 100),
                      .own = more >> 4 & 1};
  if (o.first != ABSENT && more & 32)
    o.last = o.first + 14;
  else
    o.last = o.first;

  return o;
}

static void offers_of(const struct population *p, uint32_t i, uint32_t need, struct arena *a,
                      struct facts *f) {
  uint32_t n = (uint32_t)ONE_OF(i, ASK_OFFERS + f->needs[need].competence, 0, 0, 1, 1, 2, 2, 3,
                                OFFERS_MOST),
           from = f->n_offers;
  const char *same = NULL;

  for (uint32_t k = 0; k < n; k++) {
    struct offered o = offer_for(p, i, &f->needs[need], k, same, a);
    uint32_t at = f->n_offers;
    for (; at > from && is_before(&o, &f->offers[at - 1]); at--)
      f->offers[at] = f->offers[at - 1];

    f->offers[at] = o;
    f->answers[f->n_answers++] = (struct answer){need, f->n_offers++};
    same = o.development;
  }
}

/* As in the daemon's offer list, by need, and each as rules see them. */
static void offers(const struct population *p, uint32_t i, struct arena *a, struct facts *f) {
  if (!p->bookable)
    return;

  f->offers = arena_alloc(a, (f->n_needs * OFFERS_MOST + 1) * sizeof *f->offers);
  f->answers = arena_alloc(a, (f->n_needs * OFFERS_MOST + 1) * sizeof *f->answers);
  for (uint32_t k = 0; k < f->n_needs; k++)
    offers_of(p, i, k, a, f);
}

/* --- the person --- */

static void holdings(const struct population *p, uint32_t i, struct arena *a, struct facts *f) {
  uint32_t n = 0;
  if (p->n_qualifications > 0)
    n = mixed(i, ASK_HELD) % (HELD_MOST + 1);

  f->holds = arena_alloc(a, (n + 1) * sizeof *f->holds);
  for (uint32_t k = 0; k < n; k++) {
    uint32_t which = (i * HELD_MOST + k + mixed(i, ASK_HELD_WHAT)) % p->n_qualifications;
    f->holds[f->n_holds++] = (struct held){p->qualifications[which]->id, p->day - 1000, ABSENT};
  }
}

static void wishes(const struct population *p, uint32_t i, struct arena *a, struct facts *f) {
  uint32_t how = mixed(i, ASK_WISHES) % 4, which = mixed(i, ASK_WISH_WHAT);
  f->wishes = arena_alloc(a, sizeof *f->wishes);
  if (how == 1 && p->n_qualifications > 0)
    f->wishes[0].qualification = p->qualifications[which % p->n_qualifications]->id;
  if (how == 2)
    f->wishes[0].role = p->roles[which % p->n_roles]->code;
  if (how == 3 && p->n_competences > 0)
    f->wishes[0].competence = catalogue_competence_at(p->catalogue, which % p->n_competences)->key;

  f->n_wishes = f->wishes[0].qualification || f->wishes[0].role || f->wishes[0].competence;
}

static void circumstances(const struct population *p, uint32_t i, struct arena *a,
                          struct facts *f) {
  static const char *const phases[] = {"nursery", "primary", "secondary", "special"};
  static const char *const contracts[] = {"PRM", "FXT", "TMP"};
  static const char *const formats[] = {"in-person", "on-line", "evening"};

  f->employer = ONE_OF(i, ASK_EMPLOYER, ABSENT, EMPLOYER_SCHOOL, EMPLOYER_AUTHORITY, EMPLOYER_TRUST,
                       EMPLOYER_CONTRACTOR, EMPLOYER_AGENCY, EMPLOYER_SELF, EMPLOYER_VOLUNTEER);
  f->minutes = ONE_OF(i, ASK_MINUTES, ABSENT, 300, 900, 1500, 2220);
  f->weeks = ONE_OF(i, ASK_WEEKS, ABSENT, 39, 52);
  f->term_time = ONE_OF(i, ASK_TERM, ABSENT, 0, 1);
  f->started = ONE_OF(i, ASK_STARTED, ABSENT, p->day - 30, p->day - 3000);
  f->progression = ONE_OF(i, ASK_PROGRESSION, ABSENT, PROGRESSION_YES, PROGRESSION_NO,
                          PROGRESSION_LATER);
  f->no_computer = ONE_OF(i, ASK_COMPUTER, ABSENT, 0, 1);
  f->contract = word_of(p, DOMAIN_CONTRACT, mixed(i, ASK_CONTRACT), contracts,
                        ARRAY_LEN(contracts));
  f->phase = word_of(p, DOMAIN_PHASE, mixed(i, ASK_PHASE), phases, ARRAY_LEN(phases));
  f->n_clusters = mixed(i, ASK_CLUSTERS) % 2;
  f->formats = arena_alloc(a, sizeof *f->formats);
  f->formats[0] = formats[mixed(i, ASK_FORMATS) % ARRAY_LEN(formats)];
  f->n_formats = mixed(i, ASK_FORMATS) / ARRAY_LEN(formats) % 2;
}

static int kind_order(const void *x, const void *y) {
  const struct builder_row *a = x, *b = y;
  return strcmp(a->kind, b->kind);
}

/* Half of them live where nothing is known yet; the others where most kinds, each in its way, have
 * closed gaps or not. */
static void effects(const struct population *p, uint32_t i, struct arena *a, struct facts *f) {
  struct builder_row *rows = arena_alloc(a, builder_n_rows * sizeof *rows);
  if (mixed(i, ASK_EFFECTS) % 2 == 0)
    return;

  memcpy(rows, builder_rows, builder_n_rows * sizeof *rows);
  qsort(rows, builder_n_rows, sizeof *rows, kind_order);
  f->effects = arena_alloc(a, builder_n_rows * sizeof *f->effects);

  for (uint32_t k = 0; k < builder_n_rows; k++) {
    uint32_t mix = mixed(i, ASK_EFFECT + k);
    int32_t tens = (int32_t)(mix % 4), tenths = (int32_t)(mix / 4 % 11);
    if (tens > 0 && catalogue_resolve(p->catalogue, DOMAIN_KIND, rows[k].kind))
      f->effects[f->n_effects++] = (struct effect){rows[k].kind, tens * 10, tens * tenths};
  }
}

void population_person(const struct population *p, uint32_t i, struct arena *a, struct facts *ret) {
  const struct role *role = p->roles[i % p->n_roles];
  *ret = (struct facts){
      .roles = {role->code}, .n_roles = 1, .family = role->family ? role->family->code : NULL};
  circumstances(p, i, a, ret);
  holdings(p, i, a, ret);
  wishes(p, i, a, ret);
  profile_needs(p, i, role, a, ret);
  extra_needs(p, i, role, ret);
  offers(p, i, a, ret);
  effects(p, i, a, ret);
}

/* --- schools --- */

static uint32_t slices_of(const struct population *p) {
  return (p->n_competences + COHORTS_MOST - 1) / COHORTS_MOST;
}

/* School `i` has one family's cohorts in a slice of the competences; turns go through the sizes,
 * first without the law. */
static struct cohort cohort_of(uint32_t i, uint32_t turn, uint32_t competence, const char *family) {
  uint32_t mix = mixed(i, ASK_NEED * 5 + competence);
  struct cohort c = {.competence = competence,
                     .family = family,
                     .count = (int32_t)((turn + competence) % SIZES + 1)};

  if (turn >= SIZES) {
    if (turn < 2 * SIZES)
      c.statutory = c.count;
    else
      c.statutory = (int32_t)(mix >> 4) % c.count;
  }

  if (mix & 1)
    c.roster = c.count + (int32_t)(mix >> 1 & 7);
  else
    c.roster = ABSENT;

  c.helpers = helpers(i, mix >> 12);

  return c;
}

void population_school(const struct population *p, uint32_t i, struct arena *a, struct facts *ret) {
  uint32_t n_families, slices = slices_of(p);
  const struct family *families = catalogue_families(p->catalogue, &n_families);
  uint32_t slice = i % slices, family = i / slices % n_families, turn = i / slices / n_families;
  struct facts someone = {0};

  circumstances(p, i, a, &someone);
  *ret = (struct facts){.minutes = ABSENT,
                        .weeks = ABSENT,
                        .term_time = ABSENT,
                        .employer = ABSENT,
                        .started = ABSENT,
                        .progression = ABSENT,
                        .no_computer = ABSENT,
                        .phase = someone.phase,
                        .n_clusters = someone.n_clusters};
  ret->cohorts = arena_alloc(a, (COHORTS_MOST + 1) * sizeof *ret->cohorts);
  for (uint32_t k = slice * COHORTS_MOST; k < p->n_competences && k < (slice + 1) * COHORTS_MOST;
       k++)
    ret->cohorts[ret->n_cohorts++] = cohort_of(i, turn, k, families[family].code);
}

uint32_t population_schools(const struct population *p) {
  uint32_t n_families;
  catalogue_families(p->catalogue, &n_families);
  return n_families * slices_of(p) * TURNS;
}

/* --- the whole --- */

struct population *population_create(const struct catalogue *c, int32_t day, bool offers) {
  struct population *p = mem_alloc(sizeof *p);
  uint32_t n;
  const struct role *all = catalogue_roles(c, &n);

  p->catalogue = c;
  p->day = day;
  p->roles = mem_array((size_t)n + 1, sizeof *p->roles);
  for (uint32_t i = 0; i < n; i++)
    if (all[i].in_scope)
      p->roles[p->n_roles++] = &all[i];

  p->n_competences = catalogue_n_competences(c);
  p->qualifications = catalogue_qualifications(c, &p->n_qualifications);
  if (offers)
    find_bookable(p);

  return p;
}

void population_destroy(struct population *p) {
  if (!p)
    return;

  for (uint32_t i = 0; p->bookable && i < p->n_competences; i++)
    free(p->bookable[i].ids);

  free(p->bookable);
  free(p->roles);
  arena_finish(&p->arena);
  free(p);
}

uint32_t population_size(const struct population *p) {
  return p->n_roles * (p->bookable ? PEOPLE_A_ROLE + MORE_A_ROLE : PEOPLE_A_ROLE);
}
