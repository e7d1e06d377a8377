/* meaning - see meaning.h. */
#define LOG_AREA "serving"
#include "serving/meaning.h"

#include <string.h>

#include "base/log.h"
#include "serving/authority.h"

enum { FEW = 5 /* fewer are not told: who they are might be guessed */ };

enum touch { TOUCH_SCALE, TOUCH_FRAMEWORK_GONE, TOUCH_GONE, TOUCH_RENAMED, TOUCH_COUNTS_OTHERWISE };

/* One thing of the catalogue that changes, and how many records name it. */
struct touched {
  enum touch how;
  enum domain domain;
  char *name;
  size_t ratings, records; /* records: all but the ratings */
};

struct meaning {
  const struct catalogue *from, *to;
  struct touched *items;
  size_t n, cap;
  bool is_rating; /* the event that is being looked at gives ratings */
};

static const char *const domain_words[DOMAIN_COUNT] = {
    [DOMAIN_COMPETENCE] = "competence", [DOMAIN_ROLE] = "role",         [DOMAIN_FAMILY] = "family",
    [DOMAIN_UNIT] = "unit",             [DOMAIN_QUALIFICATION] = "qualification",
    [DOMAIN_EVIDENCE] = "kind of evidence",                             [DOMAIN_DEVELOPMENT] = "development",
    [DOMAIN_BARRIER] = "barrier",       [DOMAIN_IMPACT] = "impact",     [DOMAIN_CHECK] = "check",
    [DOMAIN_PAYER] = "payer",           [DOMAIN_FUND] = "fund",         [DOMAIN_CONTRACT] = "contract",
    [DOMAIN_PHASE] = "phase",           [DOMAIN_PRIORITY] = "priority", [DOMAIN_KIND] = "kind of development",
    [DOMAIN_SOURCE] = "source",
};

/* --- what differs --- */

static bool same_gives(const struct gives *a, uint32_t n_a, const struct gives *b, uint32_t n_b) {
  if (n_a != n_b) return false;
  for (uint32_t i = 0; i < n_a; i++)
    if (a[i].level != b[i].level || strcmp(a[i].competence->key, b[i].competence->key) != 0) return false;
  return true;
}

static bool counts_otherwise(const struct meaning *m, enum domain d, const char *code) {
  if (d == DOMAIN_UNIT) {
    const struct unit *a = catalogue_unit(m->from, code), *b = catalogue_unit(m->to, code);
    return a && b && !same_gives(a->gives, a->n_gives, b->gives, b->n_gives);
  }
  if (d == DOMAIN_QUALIFICATION) {
    const struct qualification *a = catalogue_qualification(m->from, code), *b = catalogue_qualification(m->to, code);
    return a && b && !same_gives(a->gives, a->n_gives, b->gives, b->n_gives);
  }
  if (d == DOMAIN_EVIDENCE) {
    const struct evidence_kind *a = catalogue_evidence(m->from, code), *b = catalogue_evidence(m->to, code);
    return a && b && (a->rank != b->rank || a->fades_months != b->fades_months);
  }
  return false;
}

static bool has_framework(const struct catalogue *c, const char *name, size_t len) {
  for (uint32_t i = 0; i < catalogue_n_competences(c); i++) {
    const char *key = catalogue_competence_at(c, i)->key;
    if (strncmp(key, name, len) == 0 && key[len] == '/') return true;
  }
  return false;
}

/* --- counting --- */

static struct touched *touched_for(struct meaning *m, enum touch how, enum domain d, const char *name, size_t len) {
  for (size_t i = 0; i < m->n; i++) {
    struct touched *t = &m->items[i];
    if (t->how == how && t->domain == d && strncmp(t->name, name, len) == 0 && t->name[len] == '\0') return t;
  }
  m->items = mem_grow(m->items, &m->cap, m->n + 1, sizeof *m->items);
  struct touched *t = &m->items[m->n++];
  *t = (struct touched){.how = how, .domain = d, .name = mem_strndup(name, len)};
  return t;
}

static void touch(struct meaning *m, enum touch how, enum domain d, const char *name, size_t len) {
  struct touched *t = touched_for(m, how, d, name, len);
  if (m->is_rating)
    t->ratings++;
  else
    t->records++;
}

/* A rating follows an exact row of crosswalk.csv. */
static const struct competence *meant(const struct meaning *m, const struct catalogue *c, const char *key) {
  const struct competence *k = catalogue_competence(c, key);
  return !k && m->is_rating ? catalogue_renamed(c, key) : k;
}

static void on_competence(struct meaning *m, const char *key, bool on_scale) {
  const struct competence *is = meant(m, m->to, key), *was = m->from ? meant(m, m->from, key) : NULL;
  size_t framework = strcspn(key, "/");

  if (is && was && on_scale && !framework_same_levels(was->framework, is->framework))
    touch(m, TOUCH_SCALE, DOMAIN_COMPETENCE, is->key, strcspn(is->key, "/"));
  else if (is && was && strcmp(is->key, was->key) != 0)
    touch(m, TOUCH_RENAMED, DOMAIN_COMPETENCE, key, strlen(key));
  if (is || (m->from && !was)) return; /* what was gone before is no news */
  if (!has_framework(m->to, key, framework))
    touch(m, TOUCH_FRAMEWORK_GONE, DOMAIN_COMPETENCE, key, framework);
  else
    touch(m, TOUCH_GONE, DOMAIN_COMPETENCE, key, strlen(key));
}

static void on_code(void *arg, enum domain d, const char *code, bool on_scale) {
  struct meaning *m = arg;

  if (d == DOMAIN_COMPETENCE) {
    on_competence(m, code, on_scale);
    return;
  }
  if (!domain_words[d]) return;

  bool is = catalogue_resolve(m->to, d, code) != NULL;
  if (!is && (!m->from || catalogue_resolve(m->from, d, code)))
    touch(m, TOUCH_GONE, d, code, strlen(code));
  else if (is && m->from && counts_otherwise(m, d, code))
    touch(m, TOUCH_COUNTS_OTHERWISE, d, code, strlen(code));
}

static void look_at(struct meaning *m, const struct fact_list *facts) {
  for (size_t i = 0; i < facts->n; i++) {
    const struct event *e = facts->items[i]->event;
    if (!fact_live(facts->items[i])) continue;

    m->is_rating = e->type->kind == EVENT_APPRAISAL || e->type->kind == EVENT_ASSESSMENT;
    event_each_code(e, on_code, m);
  }
}

static void look_at_all(struct meaning *m, const struct authority *a) {
  for (size_t i = 0; i < a->n_schools; i++) {
    const struct school *school = a->schools[i];

    look_at(m, &school->facts);
    look_at(m, &school->priorities);
    for (size_t k = 0; k < school->n_persons; k++) look_at(m, &school->persons[k]->facts);
  }
}

/* --- in words --- */

static void add_count(struct buf *b, size_t n, const char *one, const char *more) {
  if (n == 0) return;
  if (b->len > 0) buf_puts(b, " and ");
  if (n < FEW)
    buf_printf(b, "fewer than %d %s", FEW, more);
  else
    buf_printf(b, "%zu %s", n, n == 1 ? one : more);
}

/* "12 ratings and fewer than 5 other records" */
static char *counts(const struct touched *t) {
  struct buf b = {0};
  add_count(&b, t->ratings, "rating", "ratings");
  add_count(&b, t->records, "record", t->ratings > 0 ? "other records" : "records");
  char *text = mem_strdup(buf_cstr(&b));
  buf_finish(&b);
  return text;
}

static void add_words(struct buf *b, const struct catalogue *c, const char *framework) {
  size_t len = strlen(framework);
  for (uint32_t i = 0; i < catalogue_n_competences(c); i++) {
    const struct competence *k = catalogue_competence_at(c, i);
    if (strncmp(k->key, framework, len) != 0 || k->key[len] != '/') continue;

    for (int level = 0; level < k->framework->n_levels; level++)
      buf_printf(b, "%s%s", level > 0 ? ";" : "", k->framework->levels[level]);
    return;
  }
}

static void tell_scale(const struct meaning *m, const struct touched *t, const char *n, struct fault_list *faults) {
  struct buf was = {0}, is = {0};
  add_words(&was, m->from, t->name);
  add_words(&is, m->to, t->name);
  fault_list_add(faults, true,
                 "the levels of framework %s are '%s' and would be '%s', so that %s would mean something else; keep them, or give "
                 "the new levels a new version of the framework",
                 t->name, buf_cstr(&was), buf_cstr(&is), n);
  buf_finish(&was);
  buf_finish(&is);
}

static const char *now_called(const struct catalogue *c, const char *key) {
  const struct competence *k = catalogue_renamed(c, key);
  return k ? k->key : key;
}

static void tell(const struct meaning *m, const struct touched *t, struct fault_list *faults) {
  _cleanup_free_ char *n = counts(t);

  switch (t->how) {
  case TOUCH_SCALE:
    tell_scale(m, t, n, faults);
    break;
  case TOUCH_FRAMEWORK_GONE:
    fault_list_add(faults, false, "framework %s is not in the catalogue: %s of its competences have no effect; give it its rows again",
                   t->name, n);
    break;
  case TOUCH_RENAMED:
    fault_list_add(faults, false, "competence %s is not what it was: %s count as ratings of %s", t->name, n,
                   now_called(m->to, t->name));
    break;
  case TOUCH_COUNTS_OTHERWISE:
    fault_list_add(faults, false, "%s %s counts otherwise than before: %s are read anew", domain_words[t->domain], t->name, n);
    break;
  default:
    fault_list_add(faults, false,
                   "%s %s is not in the catalogue: %s that name it have no effect; give it its row again%s", domain_words[t->domain],
                   t->name, n,
                   t->domain == DOMAIN_COMPETENCE ? ", or say in crosswalk.csv which competence is exactly the same now" : "");
  }
}

static int by_name(const void *x, const void *y) {
  const struct touched *a = x, *b = y;
  if (a->how != b->how) return a->how < b->how ? -1 : 1;
  if (a->domain != b->domain) return a->domain < b->domain ? -1 : 1;
  return strcmp(a->name, b->name);
}

size_t meaning_check(struct serving *s, const struct catalogue *from, const struct catalogue *to, struct fault_list *faults) {
  const struct authority *a = people_authority(&s->pipeline->people, s->code, false);
  struct meaning m = {.from = from, .to = to};
  size_t before = faults->errors;

  if (!a || from == to) return 0;
  look_at_all(&m, a);
  if (m.n > 1) qsort(m.items, m.n, sizeof *m.items, by_name);
  for (size_t i = 0; i < m.n; i++) {
    tell(&m, &m.items[i], faults);
    free(m.items[i].name);
  }
  free(m.items);
  return faults->errors - before;
}

/* The catalogue that was published last, read from the store; NULL: there is none. The caller's to destroy. */
static struct pair *published_before(struct serving *s) {
  struct fault_list faults = {0};
  if (!s->published) return NULL;

  struct pair *pair = pair_create(s);
  int rc = pair_read_stored(pair, &s->published_rules, &s->published_catalogue);
  if (rc == 0) rc = pair_decode_catalogue(pair, &faults);
  fault_list_finish(&faults);
  if (rc == 0) return pair;
  pair_destroy(pair);
  return NULL;
}

size_t meaning_check_pair(struct pair *pair, struct fault_list *faults) {
  struct serving *s = pair->serving;
  struct fault_list found = {0};
  struct pair *before = s->pair ? NULL : published_before(s);
  const struct pair *in_force = s->pair ? s->pair : before;
  bool is_same = in_force && hash256_eq(&in_force->catalogue_hash, &pair->catalogue_hash);
  size_t errors = 0;

  if (!is_same)
    errors = meaning_check(s, in_force ? in_force->catalogue : NULL, pair->catalogue, &found);
  else if (!s->pair)
    meaning_check(s, NULL, pair->catalogue, &found); /* at start: what has no effect, though nothing changed */

  for (size_t i = 0; i < found.n; i++) {
    const struct fault_line *line = &found.lines[i];
    if (line->is_warning) log_warn("what is recorded changes its meaning", "authority=%s change=\"%s\"", s->code, line->text);
    fault_list_add(faults, !line->is_warning, "%s", line->text);
  }
  fault_list_finish(&found);
  if (before) pair_destroy(before);
  return errors;
}
