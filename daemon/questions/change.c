/* change - see change.h. Rows: what was read -> what could be otherwise. */
#include "questions/change.h"

#include <stdio.h>
#include <string.h>

#include "base/words.h"
#include "needs/route.h"
#include "questions/members.h"

/* Where the kinds of change stand in the order of usefulness: what is in the person's own hands
 * first. */
enum {
  ORDER_SAID = 0,
  ORDER_FOUND_OUT = 10,
  ORDER_UP = 20,
  ORDER_COLLEAGUE = 30,
  ORDER_HOLDING = 40,
  ORDER_WAITING = 50,
  ORDER_POST = 60,
  ORDER_SCHOOL = 70,
  ORDER_DOWN = 80,
};

static const char *const employers[] = {"school", "authority",     "trust",    "contractor",
                                        "agency", "self-employed", "volunteer"};
static const char *const natures[] = {"skill", "knowledge", "both", "unknown"};

struct finder {
  const struct inquiry *q;
  uint32_t about; /* which of the inquiry's competences is looked at */
  struct change *items;
  size_t n, cap;
};

static void try_change(struct finder *f, struct change change) {
  for (size_t i = 0; i < f->n; i++)
    if (strcmp(f->items[i].id, change.id) == 0)
      return;

  f->items = mem_grow(f->items, &f->cap, f->n + 1, sizeof *f->items);
  f->items[f->n] = change;
  f->items[f->n++].about = f->about;
}

static const char *key_of(const struct finder *f, uint32_t competence) {
  return catalogue_competence_at(f->q->catalogue, competence)->key;
}

/* --- ratings --- */

/* What the rating would rest on to decide: the kind that decides now, or where there is none, a
 * review. */
static const char *deciding_kind(const struct finder *f, const char *now) {
  if (now)
    return now;
  if (catalogue_evidence(f->q->catalogue, "manager"))
    return "manager";
  return "self";
}

/* As a change's id has it: -1 where there is none. */
static int32_t number_or_none(int32_t number) {
  if (number == ABSENT)
    return -1;
  return number;
}

static void try_rating(struct finder *f, int32_t order, const struct level *level,
                       uint32_t competence, int32_t to, const char *evidence, int32_t nature,
                       int32_t confidence) {
  if (!catalogue_evidence(f->q->catalogue, evidence))
    return;

  const char *id = arena_printf(f->q->arena, "rating:%s:%d:%s:%d:%d", key_of(f, competence), to,
                                evidence, number_or_none(nature), number_or_none(confidence));
  try_change(f, (struct change){.kind = CHANGE_RATING,
                                .order = order,
                                .id = id,
                                .competence = competence,
                                .now = level->current,
                                .level = to,
                                .evidence = evidence,
                                .nature = nature,
                                .confidence = confidence,
                                .day = f->q->day});
}

static void try_levels(struct finder *f, uint32_t competence, const struct level *level,
                       int32_t required) {
  const struct competence *k = catalogue_competence_at(f->q->catalogue, competence);
  for (int32_t to = 0; to < k->framework->n_levels; to++) {
    bool unrated = level->current == ABSENT;
    int32_t by = unrated ? to : to - level->current;
    if (by == 0 && !unrated)
      continue;

    int32_t order;

    if (unrated)
      order = ORDER_FOUND_OUT + (required < k->framework->n_levels ? required - to : to);
    else if (by > 0)
      order = ORDER_UP + by;
    else
      order = ORDER_DOWN - by;

    if (to >= required && (unrated || by > 0))
      continue; /* it would be met */

    try_rating(f, order, level, competence, to, deciding_kind(f, level->evidence), ABSENT, ABSENT);
  }
}

static struct level level_of(const struct need *n) {
  return (struct level){.current = n->current, .evidence = n->evidence, .nature = n->nature};
}

/* --- what was read --- */

/* The text between the nth pair of quotes in a read's name; NULL: there is none. */
static const char *quoted(const struct finder *f, const char *name, int nth) {
  const char *from = strchr(name, '"'), *to = from ? strchr(from + 1, '"') : NULL;

  for (; nth > 0 && to; nth--) {
    from = strchr(to + 1, '"');
    if (from)
      to = strchr(from + 1, '"');
    else
      to = NULL;
  }

  if (from && to)
    return arena_strndup(f->q->arena, from + 1, (size_t)(to - from - 1));
  return NULL;
}

typedef void heed(struct finder *f, const struct need *n, const struct json *read,
                  const char *name);

static bool is_true(const struct json *value) {
  return value->kind == JSON_BOOL && value->boolean;
}

static void try_preference(struct finder *f, int32_t order, enum change_member member,
                           const char *code) {
  try_change(f, (struct change){
                    .kind = CHANGE_PREFERENCE,
                    .member = member,
                    .order = ORDER_SAID + order,
                    .id = arena_printf(f->q->arena, "preference:%d:%s", member, text_or(code, "")),
                    .code = code,
                    .day = f->q->day});
}

static void heed_progression(struct finder *f, const struct need *n, const struct json *value,
                             const char *name) {
  (void)n, (void)name;
  if (value->kind != JSON_STRING || strcmp(value->text, "yes") != 0)
    try_preference(f, 0, MEMBER_PROGRESSION, NULL);
}

static void heed_computer(struct finder *f, const struct need *n, const struct json *value,
                          const char *name) {
  (void)n, (void)name;
  if (is_true(value))
    try_preference(f, 0, MEMBER_NO_COMPUTER, NULL);
  else if (f->q->recommendation) /* nobody is advised to have none, but a talk instead of a screen
                                    can be what is asked about */
    try_preference(f, 4, MEMBER_WITHOUT_COMPUTER, NULL);
}

static void heed_prefers(struct finder *f, const struct need *n, const struct json *value,
                         const char *name) {
  (void)n;
  const char *format = quoted(f, name, 0);
  if (format && !is_true(value))
    try_preference(f, 1, MEMBER_FORMAT, format);
}

static void heed_wishes(struct finder *f, const struct need *n, const struct json *value,
                        const char *name) {
  (void)n;
  const char *what = quoted(f, name, 0), *code = quoted(f, name, 1);
  if (!what || !code || is_true(value))
    return;

  enum change_member member;

  if (what[0] == 'r')
    member = MEMBER_WISH_ROLE;
  else if (what[0] == 'q')
    member = MEMBER_WISH_QUALIFICATION;
  else
    member = MEMBER_WISH_COMPETENCE;

  try_preference(f, 2, member, code);
}

static void heed_from(struct finder *f, const struct need *n, const struct json *value,
                      const char *name) {
  (void)name;
  if (value->kind == JSON_STRING && strcmp(value->text, "wish") != 0)
    try_preference(f, 2, MEMBER_WISH_COMPETENCE, key_of(f, n->competence));
}

static void heed_confidence(struct finder *f, const struct need *n, const struct json *value,
                            const char *name) {
  enum {
    SUREST = 4
  };
  (void)value, (void)name;
  struct level level = level_of(n);
  for (int32_t felt = 0; felt <= SUREST && n->current != ABSENT; felt++)
    if (felt != n->confidence)
      try_rating(f, ORDER_SAID + 3, &level, n->competence, n->current, "self", ABSENT, felt);
}

static void heed_nature(struct finder *f, const struct need *n, const struct json *value,
                        const char *name) {
  (void)value, (void)name;
  struct level level = level_of(n);
  for (int32_t nature = NATURE_SKILL; nature <= NATURE_BOTH && n->current != ABSENT; nature++)
    if (nature != n->nature)
      try_rating(f, ORDER_FOUND_OUT, &level, n->competence, n->current, n->evidence, nature,
                 ABSENT);
}

static void heed_evidence(struct finder *f, const struct need *n, const struct json *value,
                          const char *name) {
  static const char *const stronger[] = {"observer", "test", "assessor"};
  (void)value, (void)name;
  struct level level = level_of(n);
  const struct evidence_kind *now = NULL;

  if (n->evidence)
    now = catalogue_evidence(f->q->catalogue, n->evidence);
  for (size_t i = 0; now && i < ARRAY_LEN(stronger); i++) {
    const struct evidence_kind *kind = catalogue_evidence(f->q->catalogue, stronger[i]);
    if (kind && kind->rank > now->rank)
      try_rating(f, ORDER_FOUND_OUT, &level, n->competence, n->current, kind->kind, ABSENT, ABSENT);
  }
}

static void heed_helpers(struct finder *f, const struct need *n, const struct json *value,
                         const char *name) {
  const char *as = quoted(f, name, 0);
  if (is_true(value))
    return;

  for (int32_t kind = 0; kind < HELPER_KINDS; kind++) {
    if (as ? strcmp(helper_words[kind], as) != 0 : kind != HELPER_MENTOR)
      continue;

    try_change(f, (struct change){.kind = CHANGE_COLLEAGUE,
                                  .order = ORDER_COLLEAGUE,
                                  .id = arena_printf(f->q->arena, "colleague:%s:%s",
                                                     helper_words[kind], key_of(f, n->competence)),
                                  .competence = n->competence,
                                  .helper = kind,
                                  .day = f->q->day});
  }
}

/* A unit, a qualification, or a class such as maths@2. */
static void try_holding(struct finder *f, const char *what) {
  const struct catalogue *c = f->q->catalogue;
  const char *at = strrchr(what, '@');
  struct change change = {.kind = CHANGE_HOLDING,
                          .order = ORDER_HOLDING,
                          .id = arena_printf(f->q->arena, "holding:%s", what),
                          .code = what,
                          .unit = catalogue_unit(c, what) != NULL,
                          .day = f->q->day};
  if (!change.unit && !catalogue_qualification(c, what)) {
    int level = -1;
    if (!at || sscanf(at + 1, "%d", &level) != 1)
      return;
    change.subject = arena_strndup(f->q->arena, what, (size_t)(at - what));
    change.level = level;
  }

  try_change(f, change);
}

static void heed_holds(struct finder *f, const struct need *n, const struct json *value,
                       const char *name) {
  (void)n;
  const char *what = quoted(f, name, 0);
  if (what && !is_true(value))
    try_holding(f, what);
}

/* --- gates --- */

static void heed_gate(struct finder *f, const struct gate_view *v) {
  if (v->gate->kind == GATE_HELD)
    try_holding(f, v->gate->asks);

  for (uint32_t i = 0; i < v->n_shortfalls; i++) {
    const struct shortfall *s = &v->shortfalls[i];
    struct level level = level_now(f->q->person, f->q->catalogue, s->competence->index, f->q->day,
                                   f->q->arena);
    try_rating(f, ORDER_UP + (int32_t)i, &level, s->competence->index, s->asked,
               deciding_kind(f, level.evidence), ABSENT, ABSENT);
  }
}

/* What is in the way of an award or a status. */
static void heed_gates(struct finder *f, const char *goal) {
  struct standing standing = {.person = f->q->person,
                              .catalogue = f->q->catalogue,
                              .facts = f->q->facts,
                              .day = f->q->day,
                              .a = f->q->arena,
                              .next_change_day = INT32_MAX};
  struct route r;

  standing.ratings = ratings_of(f->q->person, f->q->catalogue, f->q->arena, &standing.n_ratings);
  if (!route_to(&standing, goal, &r))
    return;
  for (uint32_t i = 0; i < r.n_gates; i++)
    if (r.gates[i].state >= GATE_NOT_RATED)
      heed_gate(f, &r.gates[i]);
}

static void try_post(struct finder *f, int32_t order, enum change_member member, int32_t value,
                     const char *code) {
  const struct post *post = what_if_main_post(f->q->person, f->q->catalogue, f->q->day);
  if (!post)
    return;

  try_change(f, (struct change){.kind = CHANGE_POST,
                                .member = member,
                                .order = order,
                                .id = arena_printf(f->q->arena, "post:%d:%d:%s", member, value,
                                                   text_or(code, "")),
                                .role = post->role,
                                .code = code,
                                .value = value,
                                .day = f->q->day});
}

/* The hours of all posts together are read; those of the main one can be otherwise. */
static void heed_minutes(struct finder *f, const struct need *n, const struct json *value,
                         const char *name) {
  static const int32_t hours[] = {10, 15, 20, 25, 30, 37};
  (void)n, (void)value, (void)name;
  const struct post *post = what_if_main_post(f->q->person, f->q->catalogue, f->q->day);
  int32_t all = 0;

  if (f->q->facts->minutes != ABSENT)
    all = f->q->facts->minutes;

  int32_t others = all;
  if (post && post->minutes != ABSENT)
    others = all - post->minutes;
  for (size_t i = 0; i < ARRAY_LEN(hours); i++) {
    int32_t minutes = hours[i] * 60;
    if (minutes > others && minutes != all)
      try_post(f, (minutes > all ? ORDER_POST : ORDER_DOWN) + (int32_t)i, MEMBER_MINUTES,
               minutes - others, NULL);
  }
}

static void heed_weeks(struct finder *f, const struct need *n, const struct json *value,
                       const char *name) {
  static const int32_t weeks[] = {38, 39, 44, 52};
  (void)n, (void)value, (void)name;
  for (size_t i = 0; i < ARRAY_LEN(weeks); i++)
    if (weeks[i] != f->q->facts->weeks)
      try_post(f, (weeks[i] > f->q->facts->weeks ? ORDER_POST : ORDER_DOWN) + (int32_t)i,
               MEMBER_WEEKS, weeks[i], NULL);
}

static void heed_term_time(struct finder *f, const struct need *n, const struct json *value,
                           const char *name) {
  (void)n, (void)name;
  try_post(f, ORDER_POST, MEMBER_TERM_TIME, !is_true(value), NULL);
}

static void heed_employer(struct finder *f, const struct need *n, const struct json *value,
                          const char *name) {
  (void)n, (void)value, (void)name;
  for (int32_t e = EMPLOYER_SCHOOL; e <= EMPLOYER_TRUST; e++)
    if (e != f->q->facts->employer)
      try_post(f, ORDER_POST + e, MEMBER_EMPLOYER, e, NULL);
}

static void heed_contract(struct finder *f, const struct need *n, const struct json *value,
                          const char *name) {
  static const char permanent[] = "PRM";
  (void)n, (void)name;
  if (!catalogue_coded(f->q->catalogue, DOMAIN_CONTRACT, permanent))
    return;

  if (value->kind != JSON_STRING || strcmp(value->text, permanent) != 0)
    try_post(f, ORDER_POST, MEMBER_CONTRACT, 0, permanent);
}

static void heed_clusters(struct finder *f, const struct need *n, const struct json *value,
                          const char *name) {
  (void)n, (void)value, (void)name;
  if (f->q->facts->n_clusters == 0)
    try_change(f, (struct change){.kind = CHANGE_SCHOOL,
                                  .order = ORDER_SCHOOL,
                                  .id = "school:cluster",
                                  .day = f->q->day});
}

/* What is not older yet is so from the day after. */
static void heed_older(struct finder *f, const struct need *n, const struct json *value,
                       const char *name) {
  int months;
  int32_t date;
  const char *text = quoted(f, name, 0), *comma = strrchr(name, ',');

  (void)n;
  if (!text || is_true(value) || !date_parse(text, strlen(text), &date) || !comma ||
      sscanf(comma + 1, "%d", &months) != 1)
    return;

  int32_t day = date_add_months(date, months) + 1;
  try_change(f, (struct change){.kind = CHANGE_WAITING,
                                .order = ORDER_WAITING,
                                .id = arena_printf(f->q->arena, "waiting:%08d", day),
                                .day = day});
}

static const struct {
  const char *name; /* up to its arguments */
  heed *heed;
} readings[] = {
    {"person.progression", heed_progression},
    {"person.no_computer", heed_computer},
    {"person:prefers", heed_prefers},
    {"person:wishes", heed_wishes},
    {"person:holds", heed_holds},
    {"person.minutes", heed_minutes},
    {"person.weeks", heed_weeks},
    {"person.term_time", heed_term_time},
    {"person.employer", heed_employer},
    {"person.contract", heed_contract},
    {"need.from", heed_from},
    {"need.confidence", heed_confidence},
    {"need.nature", heed_nature},
    {"need.evidence", heed_evidence},
    {"school:helpers", heed_helpers},
    {"school.clusters", heed_clusters},
    {"older_than", heed_older},
};

static void heed_read(struct finder *f, const struct need *n, const struct json *read) {
  const struct json *name = json_member(read, "name"), *value = json_member(read, "value");
  if (!name || !value || name->kind != JSON_STRING)
    return;

  size_t len = strcspn(name->text, "(");
  for (size_t i = 0; i < ARRAY_LEN(readings); i++)
    if (strlen(readings[i].name) == len && memcmp(readings[i].name, name->text, len) == 0)
      readings[i].heed(f, n, value, name->text);
}

static void heed_rule(struct finder *f, const struct need *n, const struct json *rule) {
  const struct json *need = json_member(rule, "need"), *fired = json_member(rule, "fired"),
                    *reads = json_member(rule, "read");
  if (!need || need->kind != JSON_STRING || strcmp(need->text, key_of(f, n->competence)) != 0 ||
      !fired || !reads)
    return;
  if (fired->boolean && !f->q->recommendation)
    return;

  for (uint32_t i = 0; i < reads->n; i++)
    heed_read(f, n, &reads->items[i]);
}

/* --- all of them --- */

static const struct need *need_in(const struct facts *facts, uint32_t competence) {
  for (uint32_t i = 0; i < facts->n_needs; i++)
    if (facts->needs[i].competence == competence)
      return &facts->needs[i];
  return NULL;
}

static void about_competence(struct finder *f, uint32_t competence) {
  const struct need *n = need_in(f->q->facts, competence);
  struct level level = level_now(f->q->person, f->q->catalogue, competence, f->q->day, f->q->arena);
  try_levels(f, competence, &level, n ? n->required : INT32_MAX);
  if (!n)
    try_preference(f, 2, MEMBER_WISH_COMPETENCE, key_of(f, competence));
}

static void heed_rules(struct finder *f, uint32_t competence) {
  const struct need *n = need_in(f->q->facts, competence);
  for (uint32_t i = 0; n && f->q->rules && i < f->q->rules->n; i++)
    heed_rule(f, n, &f->q->rules->items[i]);
}

static int change_order(const void *x, const void *y) {
  const struct change *a = x, *b = y;
  if (a->order != b->order) {
    if (a->order < b->order)
      return -1;
    return 1;
  }
  if (a->about != b->about) {
    if (a->about < b->about)
      return -1;
    return 1;
  }

  return strcmp(a->id, b->id);
}

static bool alike(const struct change *a, const struct change *b) {
  enum {
    RANK = ORDER_UP - ORDER_FOUND_OUT
  };
  return a->kind == b->kind && a->member == b->member && a->order / RANK == b->order / RANK;
}

static int turn_order(const void *x, const void *y) {
  const struct change *a = x, *b = y;
  if (a->turn != b->turn) {
    if (a->turn < b->turn)
      return -1;
    return 1;
  }
  return change_order(x, y);
}

/* At most `max`: of each kind in turn, so that many competences leave room for other kinds. In
 * order again. */
static uint32_t keep_some(struct change *items, uint32_t n, uint32_t max) {
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t k = 0; k < i; k++)
      items[i].turn += alike(&items[i], &items[k]);

  if (n > max) {
    qsort(items, n, sizeof *items, turn_order);
    n = max;
  }

  if (n > 1)
    qsort(items, n, sizeof *items, change_order);

  return n;
}

void changes_to_try(const struct inquiry *q, uint32_t max, struct change_list *ret) {
  struct finder f = {.q = q};
  const char *dot = NULL;

  if (q->recommendation)
    dot = strchr(q->recommendation, '.');
  if (dot && catalogue_qualification(q->catalogue, dot + 1))
    try_preference(&f, 2, MEMBER_WISH_QUALIFICATION, dot + 1);
  if (q->recommendation)
    heed_gates(&f, q->recommendation);
  for (f.about = 0; f.about < q->n_looked_at; f.about++) {
    if (f.about < q->n_competences)
      about_competence(&f, q->competences[f.about]);
    heed_rules(&f, q->competences[f.about]);
  }

  if (f.n > 1)
    qsort(f.items, f.n, sizeof *f.items, change_order);

  uint32_t n = keep_some(f.items, (uint32_t)f.n, max);
  *ret = (struct change_list){arena_alloc(q->arena, (n + 1) * sizeof *ret->items), n, f.n > n};
  if (n)
    memcpy(ret->items, f.items, n * sizeof *f.items);

  free(f.items);
}

/* --- as data --- */

static const char *const kind_words[] = {
    [CHANGE_PREFERENCE] = "preference", [CHANGE_RATING] = "rating",
    [CHANGE_COLLEAGUE] = "colleague",   [CHANGE_HOLDING] = "holding",
    [CHANGE_WAITING] = "waiting",       [CHANGE_POST] = "post",
    [CHANGE_SCHOOL] = "school"};

static void json_preference(struct buf *b, const struct change *change) {
  static const char *const wishes[] = {[MEMBER_WISH_ROLE] = "role",
                                       [MEMBER_WISH_QUALIFICATION] = "qualification",
                                       [MEMBER_WISH_COMPETENCE] = "competence"};

  if (change->member == MEMBER_PROGRESSION)
    key_str(b, "progression", "yes");
  else if (change->member == MEMBER_NO_COMPUTER || change->member == MEMBER_WITHOUT_COMPUTER)
    key_bool(b, "no_computer", change->member == MEMBER_WITHOUT_COMPUTER);
  else if (change->member == MEMBER_FORMAT)
    key_str(b, "format", change->code);
  else {
    json_key(b, "wish");
    json_open(b, '{');
    key_str(b, wishes[change->member], change->code);
    json_close(b, '}');
  }
}

static void json_rating(struct buf *b, const struct catalogue *c, const struct change *change) {
  key_str(b, "competence", catalogue_competence_at(c, change->competence)->key);
  key_int(b, "level", change->level);
  key_str(b, "evidence", change->evidence);
  if (change->nature != ABSENT)
    key_str(b, "nature", natures[change->nature]);

  json_opt_int(b, "confidence", change->confidence);
}

static void json_holding(struct buf *b, const struct change *change) {
  if (change->subject) {
    key_str(b, "subject", change->subject);
    key_int(b, "level", change->level);
  } else
    key_str(b, change->unit ? "unit" : "qualification", change->code);
}

static void json_post(struct buf *b, const struct change *change) {
  key_str(b, "role", change->role);
  if (change->member == MEMBER_MINUTES)
    key_int(b, "minutes", change->value);
  if (change->member == MEMBER_WEEKS)
    key_int(b, "weeks", change->value);
  if (change->member == MEMBER_TERM_TIME)
    key_bool(b, "term_time", change->value != 0);
  if (change->member == MEMBER_EMPLOYER)
    key_str(b, "employer", employers[change->value]);
  if (change->member == MEMBER_CONTRACT)
    key_str(b, "contract", change->code);
}

void json_change(struct buf *b, const struct catalogue *c, const struct change *change) {
  json_open(b, '{');
  key_str(b, "kind", kind_words[change->kind]);
  if (change->kind == CHANGE_PREFERENCE)
    json_preference(b, change);
  if (change->kind == CHANGE_RATING)
    json_rating(b, c, change);
  if (change->kind == CHANGE_HOLDING)
    json_holding(b, change);
  if (change->kind == CHANGE_POST)
    json_post(b, change);
  if (change->kind == CHANGE_COLLEAGUE) {
    key_str(b, "as", helper_words[change->helper]);
    key_str(b, "competence", catalogue_competence_at(c, change->competence)->key);
  }

  if (change->kind == CHANGE_SCHOOL)
    key_int(b, "clusters", 1);
  if (change->kind == CHANGE_RATING || change->kind == CHANGE_HOLDING)
    key_date(b, "date", change->day);
  if (change->kind == CHANGE_WAITING)
    key_date(b, "until", change->day);

  json_close(b, '}');
}

/* --- in words --- */

static const char *level_word(const struct competence *k, int32_t level) {
  const char *word = NULL;
  if (level >= 0 && level < k->framework->n_levels)
    word = k->framework->levels[level];

  if (word)
    return word;
  return "another level";
}

static const char *rating_words(const struct catalogue *c, const struct change *change, bool named,
                                struct arena *a) {
  static const char *const missing[] = {"that practice is missing", "that knowledge is missing",
                                        "that knowledge and practice are missing"};
  static const char *const felt[] = {"not at all sure", "unsure", "fairly sure", "sure",
                                     "very sure"};
  const struct competence *k = catalogue_competence_at(c, change->competence);
  const char *in = named ? arena_printf(a, " in %s (%s)", k->title, k->code) : "",
             *word = level_word(k, change->level);
  const char *by = catalogue_evidence(c, change->evidence)->words;

  if (change->confidence != ABSENT)
    return arena_printf(a, "If you said that you feel %s%s", felt[change->confidence], in);
  if (change->nature != ABSENT)
    return arena_printf(a, "If a new rating said %s%s", missing[change->nature], in);
  if (change->now == change->level)
    return arena_printf(a, "With the same level%s shown by %s", in, by);
  if (change->now == ABSENT)
    return arena_printf(a, "Once rated \"%s\"%s", word, in);
  if (change->level > change->now)
    return arena_printf(a, "With \"%s\"%s shown by %s", word, in, by);

  return arena_printf(a, "If %s said only \"%s\"%s", by, word, in);
}

static const char *preference_words(const struct catalogue *c, const struct change *change,
                                    struct arena *a) {
  const struct role *role = catalogue_role(c, text_or(change->code, ""));
  const struct qualification *q = catalogue_qualification(c, text_or(change->code, ""));
  const struct competence *k = catalogue_competence(c, text_or(change->code, ""));

  switch (change->member) {
  case MEMBER_PROGRESSION:
    return "If you said that you want to move on now";
  case MEMBER_NO_COMPUTER:
    return "If you had a computer to learn with";
  case MEMBER_WITHOUT_COMPUTER:
    return "If you said that you have no computer to learn with";
  case MEMBER_FORMAT:
    return arena_printf(a, "If you said that \"%s\" suits you", change->code);
  case MEMBER_WISH_ROLE:
    return arena_printf(a, "If you named the role %s as a wish", role ? role->title : change->code);
  case MEMBER_WISH_QUALIFICATION:
    return arena_printf(a, "If you named %s as a wish", q ? q->title : change->code);
  default:
    return arena_printf(a, "If you named %s as a wish", k ? k->title : change->code);
  }
}

static const char *holding_words(const struct catalogue *c, const struct change *change,
                                 struct arena *a) {
  const struct unit *unit = NULL;
  if (change->unit)
    unit = catalogue_unit(c, change->code);

  const struct qualification *q = NULL;
  if (!(change->subject || unit))
    q = catalogue_qualification(c, change->code);

  if (change->subject)
    return arena_printf(a, "With level %d %s held", change->level, change->subject);

  const char *title = change->code;
  if (unit)
    title = unit->title;
  else if (q)
    title = q->title;
  return arena_printf(a, "With %s held", title);
}

static const char *post_words(const struct catalogue *c, const struct change *change,
                              struct arena *a) {
  const struct coded *contract = NULL;
  if (change->code)
    contract = catalogue_coded(c, DOMAIN_CONTRACT, change->code);
  switch (change->member) {
  case MEMBER_MINUTES:
    if (change->value % 60)
      return arena_printf(a, "With %d h %d min a week as %s", change->value / 60,
                          change->value % 60, change->role);
    return arena_printf(a, "With %d hours a week as %s", change->value / 60, change->role);
  case MEMBER_WEEKS:
    return arena_printf(a, "With %d weeks a year as %s", change->value, change->role);
  case MEMBER_TERM_TIME:
    if (change->value)
      return "In term time only";
    return "If the post were not in term time only";
  case MEMBER_EMPLOYER:
    return arena_printf(a, "If the employer were the %s", employers[change->value]);
  default:
    return arena_printf(a, "With the contract \"%s\"", contract ? contract->words : change->code);
  }
}

static const char *colleague_words(const struct catalogue *c, const struct change *change,
                                   bool named, struct arena *a) {
  static const char *const as[HELPER_KINDS] = {
      "mentor",          "coach",          "buddy",   "host for shadowing",
      "training mentor", "expert witness", "assessor"};
  const struct competence *k = catalogue_competence_at(c, change->competence);
  const char *in = "";

  if (named)
    in = arena_printf(a, " for %s (%s)", k->title, k->code);

  return arena_printf(a, "If a colleague were available as %s%s", as[change->helper], in);
}

const char *change_words(const struct catalogue *c, const struct change *change, bool named,
                         struct arena *a) {
  char date[DATE_TEXT];
  switch (change->kind) {
  case CHANGE_PREFERENCE:
    return preference_words(c, change, a);
  case CHANGE_RATING:
    return rating_words(c, change, named, a);
  case CHANGE_COLLEAGUE:
    return colleague_words(c, change, named, a);
  case CHANGE_HOLDING:
    return holding_words(c, change, a);
  case CHANGE_WAITING:
    return arena_printf(a, "From %s on", date_text(change->day, date));
  case CHANGE_POST:
    return post_words(c, change, a);
  case CHANGE_SCHOOL:
    return "If the school belonged to a group of schools";
  }
  return "";
}
