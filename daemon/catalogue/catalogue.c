/* catalogue - making a snapshot and looking things up in it. What an id of a development means is
 * development.c. */
#include "catalogue/catalogue.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/code.h"
#include "base/search.h"
#include "catalogue/internal.h"

const struct competence competence_ambiguous;
const char *const helper_codes[] = {"mentor",          "coach",          "buddy",    "shadow-host",
                                    "training-mentor", "expert-witness", "assessor", NULL};

/* --- faults --- */

/* Nobody reads more, and a hostile file has a fault a byte; the rest is only counted. */
#define FAULTS_KEPT 1000

/* Owned by the caller. */
static char *escaped(const char *text) {
  size_t room = 4 * strlen(text) + 1;
  char *ret = mem_array(room, 1);
  text_escape(text, ret, room);
  return ret;
}

/* A text that was cut at the end of its room ends with a whole character. */
static void end_whole(char *text, size_t room) {
  size_t n = strlen(text);
  if (n + 1 < room)
    return;

  while (n > 0 && ((unsigned char)text[n - 1] & 0xc0) == 0x80)
    text[--n] = 0;
  if (n > 0 && ((unsigned char)text[n - 1] & 0x80))
    text[n - 1] = 0;
}

void fault_list_add(struct fault_list *f, bool is_error, const char *fmt, ...) {
  char text[1024];
  f->errors += is_error;

  /* warnings leave room for errors */
  if (f->n > FAULTS_KEPT || (!is_error && f->n >= FAULTS_KEPT / 2))
    return;

  va_list ap;
  va_start(ap, fmt);
  vsnprintf(text, sizeof(text), fmt, ap);
  va_end(ap);
  end_whole(text, sizeof text);
  if (f->n == FAULTS_KEPT)
    snprintf(text, sizeof(text), "and more; the first %d are shown", FAULTS_KEPT);
  if ((f->n & (f->n + 1)) == 0) { /* room for 2^k - 1 lines is used up: double it */
    size_t cap = f->n;
    f->lines = mem_grow(f->lines, &cap, f->n * 2 + 1 < 8 ? 8 : f->n * 2 + 1, sizeof(*f->lines));
  }

  const char *word = "warning: ";
  if (is_error)
    word = "";

  _cleanup_free_ char *clean = escaped(text);
  char *said = NULL;
  if (asprintf(&said, "%s%s", word, clean) < 0)
    abort();

  f->lines[f->n++] = (struct fault_line){
      .said = said, .text = said + strlen(word), .is_warning = !is_error};
}

void fault_list_finish(struct fault_list *f) {
  for (size_t i = 0; i < f->n; i++)
    free(f->lines[i].said);
  free(f->lines);
  *f = (struct fault_list){0};
}

/* --- life --- */

static void add_warning(struct fault_list *to, const struct fault_line *line) {
  if (line->is_warning)
    fault_list_add(to, false, "%s", line->text);
}

void catalogue_warn(const struct catalogue *c, struct fault_list *faults) {
  for (size_t i = 0; i < c->warnings.n; i++)
    add_warning(faults, &c->warnings.lines[i]);
}

static int create(struct catalogue **ret, const struct bundle *from, bool known,
                  struct fault_list *faults) {
  struct catalogue *c = mem_alloc(sizeof(*c));
  size_t errors = faults->errors, lines = faults->n;

  c->refs = 1;
  c->known = known;
  c->hash = from->hash;
  c->hints = HINTS_MAX;
  catalogue_load(c, from, faults);
  catalogue_link(c, faults);
  if (faults->errors == errors)
    developments_index(c, faults);

  if (faults->errors > errors) {
    catalogue_destroy(c);
    return -EINVAL;
  }

  for (size_t i = lines; i < faults->n; i++)
    add_warning(&c->warnings, &faults->lines[i]);

  *ret = c;

  return 0;
}

int catalogue_create(struct catalogue **ret, const struct bundle *from, struct fault_list *faults) {
  return create(ret, from, false, faults);
}

int catalogue_create_known(struct catalogue **ret, const struct bundle *from,
                           struct fault_list *faults) {
  return create(ret, from, true, faults);
}

bool catalogue_is_known(const struct catalogue *c) {
  return c->known;
}

void catalogue_destroy(struct catalogue *c) {
  if (!c || --c->refs > 0)
    return;

  fault_list_finish(&c->warnings);
  arena_finish(&c->arena);
  free(c);
}

struct catalogue *catalogue_ref(struct catalogue *c) {
  c->refs++;
  return c;
}

const struct hash256 *catalogue_hash(const struct catalogue *c) {
  return &c->hash;
}

/* --- look-ups --- */

const struct row *table_row(const struct catalogue *c, enum table_id t, const char *key) {
  if (t == TABLE_COMPETENCE) {
    const struct competence *k = competence_as(c, key, false);
    if (k)
      key = k->key;
  }

  const struct row *r = names_get(&c->tables[t].by_key, key);
  if (r && !r->removed)
    return r;
  return NULL;
}

bool table_removed(const struct catalogue *c, enum table_id t, const char *key) {
  const struct row *r = names_get(&c->tables[t].by_key, key);
  if (!r && t == TABLE_COMPETENCE && !names_get(&c->competence_short[0], key))
    r = names_get(&c->removed_short, key);
  return r && r->removed;
}

static const void *item(const struct catalogue *c, enum table_id t, const char *key) {
  const struct row *r = NULL;
  if (key)
    r = table_row(c, t, key);

  if (r)
    return r->item;
  return NULL;
}

const struct competence *competence_as(const struct catalogue *c, const char *given,
                                       bool national) {
  if (strchr(given, '/')) {
    const struct row *r = names_get(&c->tables[TABLE_COMPETENCE].by_key, given);
    if (r && !r->removed)
      return r->item;
    return NULL;
  }

  const struct competence *k = names_get(&c->competence_short[0], given);
  if (k == &competence_ambiguous && national)
    k = names_get(&c->competence_short[1], given);

  if (k == &competence_ambiguous)
    return NULL;

  return k;
}

const struct competence *catalogue_competence(const struct catalogue *c, const char *key_or_short) {
  if (key_or_short)
    return competence_as(c, key_or_short, false);
  return NULL;
}

const struct competence *catalogue_renamed(const struct catalogue *c, const char *key) {
  if (key)
    return names_get(&c->renamed, key);
  return NULL;
}

bool framework_same_levels(const struct framework *a, const struct framework *b) {
  if (a->n_levels != b->n_levels)
    return false;

  for (int i = 0; i < a->n_levels; i++)
    if (strcmp(a->levels[i], b->levels[i]) != 0)
      return false;

  return true;
}

const struct competence *catalogue_competence_at(const struct catalogue *c, uint32_t index) {
  if (index < c->tables[TABLE_COMPETENCE].n)
    return c->competences[index];
  return NULL;
}

uint32_t catalogue_n_competences(const struct catalogue *c) {
  return c->tables[TABLE_COMPETENCE].n;
}

bool catalogue_ambiguous(const struct catalogue *c, const char *short_code) {
  return names_get(&c->competence_short[0], short_code) == &competence_ambiguous;
}

const struct evidence_kind *catalogue_evidence(const struct catalogue *c, const char *kind) {
  return item(c, TABLE_EVIDENCE, kind);
}
const struct family *catalogue_family(const struct catalogue *c, const char *code) {
  return item(c, TABLE_FAMILY, code);
}
const struct role *catalogue_role(const struct catalogue *c, const char *code) {
  return item(c, TABLE_ROLE, code);
}
const struct qualification *catalogue_qualification(const struct catalogue *c, const char *id) {
  return item(c, TABLE_QUALIFICATION, id);
}
const struct informal *catalogue_informal(const struct catalogue *c, const char *id) {
  return item(c, TABLE_INFORMAL, id);
}
const struct school_row *catalogue_school(const struct catalogue *c, const char *code) {
  return item(c, TABLE_SCHOOL, code);
}

const struct unit *catalogue_unit(const struct catalogue *c, const char *code_or_slug) {
  const struct unit *u = item(c, TABLE_UNIT, code_or_slug);
  if (u || !code_or_slug)
    return u;
  return names_get(&c->unit_slug, code_or_slug);
}

/* "guide-2010/step-3" names a place in guide-2010. */
const struct source *catalogue_source(const struct catalogue *c, const char *id) {
  char head[CODE_MAX + 1];
  size_t n = 0;

  if (id)
    n = strcspn(id, "/");

  if (n == 0 || n >= sizeof(head))
    return NULL;

  memcpy(head, id, n);
  head[n] = 0;

  return item(c, TABLE_SOURCE, head);
}

static const struct row *domain_row(const struct catalogue *c, enum domain d, const char *code) {
  if (!code || domain_tables[d] == TABLE_COUNT)
    return NULL;

  const struct row *r = table_row(c, domain_tables[d], code);
  if (r)
    return r;
  return names_get(&c->also[d], code);
}

static bool is_coded(enum domain d) {
  static const bool coded[DOMAIN_COUNT] = {
      [DOMAIN_BARRIER] = true, [DOMAIN_IMPACT] = true,   [DOMAIN_CHECK] = true,
      [DOMAIN_PAYER] = true,   [DOMAIN_FUND] = true,     [DOMAIN_CONTRACT] = true,
      [DOMAIN_PHASE] = true,   [DOMAIN_PRIORITY] = true, [DOMAIN_KIND] = true};
  return coded[d];
}

const struct coded *catalogue_coded(const struct catalogue *c, enum domain d, const char *code) {
  const struct row *r = NULL;
  if (is_coded(d))
    r = domain_row(c, d, code);

  if (r)
    return r->item;
  return NULL;
}

const struct school_row *catalogue_schools(const struct catalogue *c, uint32_t *ret_n) {
  *ret_n = c->tables[TABLE_SCHOOL].n;
  return (const void *)c->tables[TABLE_SCHOOL].items;
}

const struct role *catalogue_roles(const struct catalogue *c, uint32_t *ret_n) {
  *ret_n = c->tables[TABLE_ROLE].n;
  return (const void *)c->tables[TABLE_ROLE].items;
}

const struct family *catalogue_families(const struct catalogue *c, uint32_t *ret_n) {
  *ret_n = c->tables[TABLE_FAMILY].n;
  return (const void *)c->tables[TABLE_FAMILY].items;
}

const struct coded *catalogue_checks(const struct catalogue *c, uint32_t *ret_n) {
  *ret_n = c->tables[TABLE_CHECK].n;
  return (const void *)c->tables[TABLE_CHECK].items;
}

const struct profile_row *catalogue_profile(const struct catalogue *c, const char *role,
                                            uint32_t *ret_n) {
  const struct profile *p = NULL;
  if (role)
    p = names_get(&c->profiles, role);
  if (p)
    *ret_n = p->n;
  else
    *ret_n = 0;

  if (p)
    return p->rows;
  return NULL;
}

const struct unit *const *catalogue_units_for(const struct catalogue *c, const struct competence *k,
                                              int32_t level, uint32_t *ret_n) {
  static const struct unit_list none;
  const struct unit_list *list = &none;

  if (level >= 0 && level < MAX_LEVELS)
    list = &c->units_for[k->index * MAX_LEVELS + (uint32_t)level];

  *ret_n = list->n;

  return list->units;
}

const struct qualification *const *catalogue_qualifications(const struct catalogue *c,
                                                            uint32_t *ret_n) {
  *ret_n = c->tables[TABLE_QUALIFICATION].n;
  return c->qualifications;
}

bool qualification_open_on(const struct qualification *q, int32_t day) {
  if (q->opens != ABSENT && day < q->opens)
    return false;
  if (q->closes != ABSENT)
    return day <= q->closes;
  return q->opens != ABSENT || q->open != OPEN_NO;
}

/* Each class is entered once, however many lead to it; depth is at most CLASS_DEPTH. */
static bool class_holds(const struct class *class, const char *held, uint8_t *seen) {
  if (seen[class->index / 8] >> class->index % 8 & 1)
    return false;

  seen[class->index / 8] |= (uint8_t)(1u << class->index % 8);
  for (uint32_t i = 0; i < class->n; i++) {
    const struct equivalence *e = class->members[i];
    if (strcmp(e->member, held) == 0 || (e->inner && class_holds(e->inner, held, seen)))
      return true;
  }

  return false;
}

bool catalogue_satisfies(const struct catalogue *c, const char *class_or_id, const char *held) {
  uint8_t few[64] = {0};
  if (strcmp(class_or_id, held) == 0)
    return true;

  const struct class *class = names_get(&c->classes, class_or_id);
  if (!class)
    return false;

  uint8_t *seen = c->classes.n <= 8 * sizeof(few) ? few
                                                  : mem_array((size_t)c->classes.n / 8 + 1, 1);
  bool holds = class_holds(class, held, seen);

  if (seen != few)
    free(seen);

  return holds;
}

/* Of the types that take new people, the shorter first; general education is no step for an adult
 * at work. */
static int type_rank(const struct qualification *q) {
  static const char *const types[] = {"award",          "certificate", "diploma", "degree",
                                      "apprenticeship", "status",      "licence"};
  for (size_t i = 0; q->type && i < ARRAY_LEN(types); i++)
    if (strcmp(types[i], q->type) == 0)
      return (int)i;
  return ARRAY_LEN(types);
}

static bool is_better_award(const struct qualification *q, const struct qualification *best) {
  if (!best)
    return true;
  if (q->open != best->open)
    return q->open == OPEN_YES;
  if (type_rank(q) != type_rank(best))
    return type_rank(q) < type_rank(best);
  return strcmp(q->id, best->id) < 0;
}

const struct qualification *catalogue_class_award(const struct catalogue *c,
                                                  const char *class_or_id) {
  const struct class *class = names_get(&c->classes, class_or_id);
  if (!class)
    return catalogue_qualification(c, class_or_id);

  const struct qualification *best = NULL;
  for (uint32_t i = 0; i < class->n; i++) {
    const struct qualification *q = catalogue_qualification(c, class->members[i]->member);
    if (!q || q->open == OPEN_NO)
      continue;
    if (is_better_award(q, best))
      best = q;
  }

  return best;
}

/* A class of everything at a level, or of every full qualification, has no peers to name. */
#define PEERS_MOST 12

static bool is_member(const struct class *class, const struct qualification *q) {
  for (uint32_t i = 0; i < class->n; i++)
    if (strcmp(class->members[i]->member, q->id) == 0)
      return true;
  return false;
}

static const struct class *smallest_class(const struct catalogue *c,
                                          const struct qualification *q) {
  const struct table *t = &c->tables[TABLE_EQUIVALENCE];
  const struct class *smallest = NULL;

  for (uint32_t i = 0; i < t->n; i++) {
    const struct equivalence *e = item_of(t, i);
    const struct class *class = names_get(&c->classes, e->class);
    if (class && class->n <= PEERS_MOST && is_member(class, q) &&
        (!smallest || class->n < smallest->n))
      smallest = class;
  }

  return smallest;
}

const struct qualification *const *catalogue_peers(const struct catalogue *c,
                                                   const struct qualification *q, struct arena *a,
                                                   uint32_t *ret_n) {
  const struct class *class = smallest_class(c, q);
  const struct qualification **peers = arena_alloc(a, PEERS_MOST * sizeof *peers);

  *ret_n = 0;
  for (uint32_t i = 0; class && i < class->n; i++) {
    const struct qualification *other = catalogue_qualification(c, class->members[i]->member);
    if (other && other != q && other->open != OPEN_NO)
      peers[(*ret_n)++] = other;
  }

  return peers;
}

/* --- goals --- */

static bool is_before_goal(const char *key, const char *goal, size_t len) {
  int order = strncmp(key, goal, len);
  return order < 0 || (order == 0 && (unsigned char)key[len] < KEY_JOIN);
}

const struct gate *catalogue_gates(const struct catalogue *c, const char *goal, uint32_t *ret_n) {
  const struct table *t = &c->tables[TABLE_GATE];
  size_t len = strlen(goal);
  uint32_t first = (uint32_t)LOWER_BOUND(t->n, i, is_before_goal(t->rows[i]->key, goal, len));
  uint32_t n = 0;

  while (first + n < t->n && strncmp(t->rows[first + n]->key, goal, len) == 0 &&
         t->rows[first + n]->key[len] == KEY_JOIN)
    n++;

  *ret_n = n;
  if (n == 0)
    return NULL;

  return item_of(t, first);
}

const char *catalogue_kind_helper(const struct catalogue *c, const char *kind) {
  const struct row *row = table_row(c, TABLE_KIND, kind);
  if (!row)
    return NULL;
  return ((const struct kind *)row->item)->helper;
}

const char *catalogue_class_gives(const struct catalogue *c, const char *class_or_id,
                                  const struct gives **ret, uint32_t *ret_n) {
  const struct class *class = names_get(&c->classes, class_or_id);
  if (!class)
    return NULL;

  *ret = class->gives;
  *ret_n = class->n_gives;

  return class->name;
}

bool catalogue_class(const struct catalogue *c, const char *class_or_id) {
  return names_get(&c->classes, class_or_id) != NULL;
}

void catalogue_title_key(const char *title, char ret[TITLE_KEY]) {
  size_t len = 0;
  bool gap = false;

  for (const char *p = title; *p && len + 5 < TITLE_KEY; p++) {
    bool letter = (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z');

    /* apostrophes, typewriter and curly, are dropped */
    if (*p == '\'' || strncmp(p, "\xe2\x80\x99", 3) == 0) {
      if (*p == '\'')
        p += 0;
      else
        p += 2;
      continue;
    }

    if ((letter || *p == '&') && (gap || *p == '&') && len > 0)
      ret[len++] = ' ';

    gap = !letter;
    if (letter)
      ret[len++] = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
    if (*p == '&') {
      memcpy(ret + len, "and", 3);
      len += 3;
    }
  }

  ret[len] = 0;
}

static const struct title *title_row(const struct catalogue *c, const char *title) {
  char key[TITLE_KEY];
  catalogue_title_key(title, key);
  return item(c, TABLE_TITLE, key);
}

const struct role *catalogue_title(const struct catalogue *c, const char *title,
                                   enum certainty *ret_certainty) {
  const struct title *t = title_row(c, title);
  if (t)
    *ret_certainty = t->certainty;

  if (t)
    return t->role;
  return NULL;
}

const char *catalogue_title_note(const struct catalogue *c, const char *title) {
  const struct title *t = title_row(c, title);
  if (t)
    return t->note;
  return NULL;
}

/* --- for events --- */

static const char *resolve_audience(const struct catalogue *c, const char *given) {
  static const char *const everyone[] = {"all", "teachers", NULL};
  for (size_t i = 0; everyone[i]; i++)
    if (strcmp(everyone[i], given) == 0)
      return everyone[i];

  const struct row *r = domain_row(c, DOMAIN_ROLE, given);
  if (!r)
    r = domain_row(c, DOMAIN_FAMILY, given);

  if (r)
    return r->key;
  return NULL;
}

static const char *resolve_helper(const char *given) {
  for (size_t i = 0; helper_codes[i]; i++)
    if (strcmp(helper_codes[i], given) == 0)
      return helper_codes[i];
  return NULL;
}

const char *catalogue_resolve(const struct catalogue *c, enum domain d, const char *given) {
  const struct competence *k;
  const struct unit *u;
  const struct class *class;

  if (!given)
    return NULL;

  switch (d) {
  case DOMAIN_COMPETENCE:
    if ((k = catalogue_competence(c, given)))
      return k->key;
    return NULL;
  case DOMAIN_UNIT:
    if ((u = catalogue_unit(c, given)))
      return u->code;
    return NULL;
  case DOMAIN_EQUIVALENCE:
    if ((class = names_get(&c->classes, given)))
      return class->name;
    return NULL;
  case DOMAIN_DEVELOPMENT:
    return development_canonical(c, given);
  case DOMAIN_HELPER:
    return resolve_helper(given);
  case DOMAIN_AUDIENCE_FOR:
    return resolve_audience(c, given);
  default:
    break;
  }
  const struct row *r = domain_row(c, d, given);
  if (r)
    return r->key;

  return NULL;
}
