/* meaning - see meaning.h. */
#define LOG_AREA "policy"
#include "policy/meaning.h"

#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/search.h"
#include "policy/slot.h"

enum {
  FEW = 5 /* fewer are not told: who they are might be guessed */
};

enum touch {
  TOUCH_SCALE,
  TOUCH_FRAMEWORK_GONE,
  TOUCH_GONE,
  TOUCH_RENAMED,
  TOUCH_COUNTS_OTHERWISE
};

/* One thing of the catalogue that changes, and how many records name it. */
struct touched {
  enum touch how;
  enum domain domain;
  char *name;
  char *was, *is;          /* the levels of a scale, in words; else NULL */
  size_t ratings, records; /* records: all but the ratings */
};

/* Records of one code that were taken under one catalogue, which says what they mean: the one in
 * force means something else, or nothing. */
struct taken {
  enum domain domain;
  char *code;
  size_t act; /* the publication in force when they were journaled; its place in the history */
  bool on_scale, is_rating, done;
  size_t n;
};

struct meaning {
  struct policy_slot *slot;
  const struct catalogue *from, *to;
  bool compares; /* `to` is not what is in force */
  struct touched **items;
  size_t n, cap;
  struct hashmap items_by_name;
  struct taken **taken;
  size_t n_taken, cap_taken;
  struct hashmap taken_by_code;
  bool is_rating;    /* the event that is being looked at gives ratings */
  uint64_t position; /* of that event */
};

static const char *const domain_words[DOMAIN_COUNT] = {
    [DOMAIN_COMPETENCE] = "competence",
    [DOMAIN_ROLE] = "role",
    [DOMAIN_FAMILY] = "family",
    [DOMAIN_UNIT] = "unit",
    [DOMAIN_QUALIFICATION] = "qualification",
    [DOMAIN_EVIDENCE] = "kind of evidence",
    [DOMAIN_DEVELOPMENT] = "development",
    [DOMAIN_BARRIER] = "barrier",
    [DOMAIN_IMPACT] = "impact",
    [DOMAIN_CHECK] = "check",
    [DOMAIN_PAYER] = "payer",
    [DOMAIN_FUND] = "fund",
    [DOMAIN_CONTRACT] = "contract",
    [DOMAIN_PHASE] = "phase",
    [DOMAIN_PRIORITY] = "priority",
    [DOMAIN_KIND] = "kind of development",
    [DOMAIN_SOURCE] = "source",
};

/* --- what differs --- */

static bool same_gives(const struct gives *a, uint32_t n_a, const struct gives *b, uint32_t n_b) {
  if (n_a != n_b)
    return false;

  for (uint32_t i = 0; i < n_a; i++)
    if (a[i].level != b[i].level || strcmp(a[i].competence->key, b[i].competence->key) != 0)
      return false;

  return true;
}

static bool counts_otherwise(const struct catalogue *from, const struct catalogue *to,
                             enum domain d, const char *code) {
  if (d == DOMAIN_UNIT) {
    const struct unit *a = catalogue_unit(from, code), *b = catalogue_unit(to, code);
    return a && b && !same_gives(a->gives, a->n_gives, b->gives, b->n_gives);
  }
  if (d == DOMAIN_QUALIFICATION) {
    const struct qualification *a = catalogue_qualification(from, code),
                               *b = catalogue_qualification(to, code);
    return a && b && !same_gives(a->gives, a->n_gives, b->gives, b->n_gives);
  }
  if (d == DOMAIN_EVIDENCE) {
    const struct evidence_kind *a = catalogue_evidence(from, code),
                               *b = catalogue_evidence(to, code);
    return a && b && (a->rank != b->rank || a->fades_months != b->fades_months);
  }

  return false;
}

static bool can_count_otherwise(enum domain d) {
  return d == DOMAIN_UNIT || d == DOMAIN_QUALIFICATION || d == DOMAIN_EVIDENCE;
}

/* Is there a competence of the framework that the first `len` letters of `name` are? Competences
 * are in order of key. */
static bool has_framework(const struct catalogue *c, const char *name, size_t len) {
  size_t at = LOWER_BOUND(catalogue_n_competences(c), i,
                          strncmp(catalogue_competence_at(c, (uint32_t)i)->key, name, len + 1) < 0);

  const struct competence *first = catalogue_competence_at(c, (uint32_t)at);
  return first && strncmp(first->key, name, len + 1) == 0;
}

/* --- counting --- */

static struct hash128 key_of(const struct buf *b) {
  return hash128_of(NULL, b->data, b->len);
}

static struct touched *touched_for(struct meaning *m, enum touch how, enum domain d,
                                   const char *name, size_t len) {
  struct buf b = {0};
  buf_u8(&b, (uint8_t)how);
  buf_u8(&b, (uint8_t)d);
  buf_put(&b, name, len);

  struct hash128 key = key_of(&b);
  buf_finish(&b);

  struct touched *t = hashmap_get(&m->items_by_name, key);
  if (t)
    return t;

  t = mem_alloc(sizeof *t);
  *t = (struct touched){.how = how, .domain = d, .name = mem_strndup(name, len)};
  m->items = mem_grow(m->items, &m->cap, m->n + 1, sizeof(struct touched *));
  m->items[m->n++] = t;
  hashmap_put(&m->items_by_name, key, t);

  return t;
}

static struct touched *touch(struct meaning *m, enum touch how, enum domain d, const char *name,
                             size_t len, size_t n) {
  struct touched *t = touched_for(m, how, d, name, len);
  if (m->is_rating)
    t->ratings += n;
  else
    t->records += n;

  return t;
}

/* The publication that was in force when the event was journaled. */
static size_t act_at(const struct history *h, uint64_t position) {
  size_t at = LOWER_BOUND(h->n, i, h->acts[i].position < position);

  if (at > 0)
    return at - 1;

  return 0;
}

static void count_taken(struct meaning *m, enum domain d, const char *code, bool on_scale) {
  size_t act = act_at(&m->slot->history, m->position);
  struct buf b = {0};

  buf_u8(&b, (uint8_t)d);
  buf_u8(&b, (uint8_t)(2 * on_scale + m->is_rating));
  buf_u64(&b, act);
  buf_str(&b, code);

  struct hash128 key = key_of(&b);
  buf_finish(&b);

  struct taken *t = hashmap_get(&m->taken_by_code, key);
  if (!t) {
    t = mem_alloc(sizeof *t);
    *t = (struct taken){.domain = d,
                        .code = mem_strdup(code),
                        .act = act,
                        .on_scale = on_scale,
                        .is_rating = m->is_rating};
    m->taken = mem_grow(m->taken, &m->cap_taken, m->n_taken + 1, sizeof(struct taken *));
    m->taken[m->n_taken++] = t;
    hashmap_put(&m->taken_by_code, key, t);
  }

  t->n++;
}

/* A rating follows an exact row of crosswalk.csv. */
static const struct competence *meant(const struct meaning *m, const struct catalogue *c,
                                      const char *key) {
  const struct competence *k = NULL;
  if (c)
    k = catalogue_competence(c, key);

  if (c && !k && m->is_rating)
    return catalogue_renamed(c, key);
  return k;
}

static char *level_words(const struct framework *f) {
  struct buf b = {0};
  for (int level = 0; level < f->n_levels; level++)
    buf_printf(&b, "%s%s", level > 0 ? ";" : "", f->levels[level]);

  char *words = mem_strdup(buf_cstr(&b));
  buf_finish(&b);

  return words;
}

static void touch_scale(struct meaning *m, const struct competence *was,
                        const struct competence *is, size_t n) {
  struct touched *t = touch(m, TOUCH_SCALE, DOMAIN_COMPETENCE, was->key, strcspn(was->key, "/"), n);
  if (t->was)
    return;

  t->was = level_words(was->framework);
  t->is = level_words(is->framework);
}

static void touch_renamed(struct meaning *m, const char *key, size_t n) {
  touch(m, TOUCH_RENAMED, DOMAIN_COMPETENCE, key, strlen(key), n);
}

static void on_gone(struct meaning *m, const char *key) {
  size_t framework = strcspn(key, "/");

  if (has_framework(m->to, key, framework))
    touch(m, TOUCH_GONE, DOMAIN_COMPETENCE, key, strlen(key), 1);
  else
    touch(m, TOUCH_FRAMEWORK_GONE, DOMAIN_COMPETENCE, key, framework, 1);
}

static void on_competence(struct meaning *m, const char *key, bool on_scale) {
  const struct competence *is = meant(m, m->to, key), *was = meant(m, m->from, key);

  if (!is) {
    if (was || !m->from)
      on_gone(m, key); /* what was gone before is no news */
    return;
  }
  if (!m->compares)
    return;

  if (!was || (on_scale && !framework_same_levels(was->framework, is->framework)))
    count_taken(m, DOMAIN_COMPETENCE, key, on_scale);
  else if (strcmp(is->key, was->key) != 0)
    touch_renamed(m, key, 1);
}

static void on_code(void *arg, enum domain d, const char *code, bool on_scale) {
  struct meaning *m = arg;

  if (d == DOMAIN_COMPETENCE) {
    on_competence(m, code, on_scale);
    return;
  }
  if (!domain_words[d])
    return;

  bool is = catalogue_resolve(m->to, d, code) != NULL;
  bool was = m->from && catalogue_resolve(m->from, d, code);
  if (!is && (was || !m->from))
    touch(m, TOUCH_GONE, d, code, strlen(code), 1);
  else if (is && was && counts_otherwise(m->from, m->to, d, code))
    touch(m, TOUCH_COUNTS_OTHERWISE, d, code, strlen(code), 1);
  else if (is && !was && m->compares && can_count_otherwise(d))
    count_taken(m, d, code, on_scale);
}

static void look_at(struct meaning *m, const struct fact_list *facts) {
  for (size_t i = 0; i < facts->n; i++) {
    const struct event *e = facts->items[i]->event;
    if (!fact_live(facts->items[i]))
      continue;

    m->is_rating = e->type->kind == EVENT_APPRAISAL || e->type->kind == EVENT_ASSESSMENT;
    m->position = facts->items[i]->position;
    event_each_code(e, on_code, m);
  }
}

static void look_at_all(struct meaning *m, const struct authority *a) {
  for (size_t i = 0; i < a->n_schools; i++) {
    const struct school *school = a->schools[i];

    look_at(m, &school->facts);
    look_at(m, &school->priorities);
    for (size_t k = 0; k < school->n_persons; k++)
      look_at(m, &school->persons[k]->facts);
  }
}

/* --- what records meant when they were taken --- */

/* Holds them against `then`, the catalogue of their time or an older one; false: it does not have
 * their code. */
static bool hold_competence(struct meaning *m, const struct taken *t,
                            const struct catalogue *then) {
  const struct competence *meant_then = meant(m, then, t->code), *is = meant(m, m->to, t->code);
  bool is_back = !meant(m, m->from, t->code);

  if (!meant_then)
    return false;

  if (t->on_scale && !framework_same_levels(meant_then->framework, is->framework))
    touch_scale(m, meant_then, is, t->n);
  else if (is_back && strcmp(meant_then->key, is->key) != 0)
    touch_renamed(m, t->code, t->n);

  return true;
}

static bool hold(struct meaning *m, const struct taken *t, const struct catalogue *then) {
  m->is_rating = t->is_rating;
  if (t->domain == DOMAIN_COMPETENCE)
    return hold_competence(m, t, then);

  if (!catalogue_resolve(then, t->domain, t->code))
    return false;

  if (counts_otherwise(then, m->to, t->domain, t->code))
    touch(m, TOUCH_COUNTS_OTHERWISE, t->domain, t->code, strlen(t->code), t->n);

  return true;
}

/* No catalogue of their time can be read: what is in force is all there is to compare with. */
static void hold_to_present(struct meaning *m, const struct taken *t) {
  m->is_rating = t->is_rating;
  const struct competence *was = NULL;
  if (t->domain == DOMAIN_COMPETENCE)
    was = meant(m, m->from, t->code);
  if (was)
    touch_scale(m, was, meant(m, m->to, t->code), t->n);
}

/* The catalogue of a publication, read from the store; NULL: it cannot be read. The caller's to let
 * go. */
static struct catalogue *catalogue_of(const struct policy_slot *s, const struct act *a,
                                      struct fault_list *faults) {
  struct buf bytes = {0};
  struct bundle bundle = {0};
  struct fault_list about = {0};
  struct error err = {0};
  struct catalogue *c = NULL;

  int rc = store_bundle(s->pipeline->store, &a->catalogue, &bytes);
  if (rc == 0)
    rc = bundle_decode(&bundle, bytes.data, bytes.len, &err);
  if (rc == 0)
    catalogue_create_known(&c, &bundle, &about);
  if (!c)
    fault_list_add(faults, false,
                   "the catalogue of publication %s cannot be read: what was recorded under it "
                   "cannot be compared",
                   a->name);

  fault_list_finish(&about);
  bundle_finish(&bundle);
  buf_finish(&bytes);

  return c;
}

static bool any_waits(const struct meaning *m, size_t act) {
  for (size_t i = 0; i < m->n_taken; i++)
    if (!m->taken[i]->done && m->taken[i]->act >= act)
      return true;
  return false;
}

/* One catalogue at a time, the newest first. An older one answers only where that of the time
 * cannot. */
static void hold_taken(struct meaning *m, struct fault_list *faults) {
  const struct history *h = &m->slot->history;
  struct catalogue *c = NULL;
  const struct act *read = NULL;

  for (size_t i = h->n; i > 0; i--) {
    const struct act *a = &h->acts[i - 1];
    if (a->kind != ACT_PUBLISHED || !any_waits(m, i - 1))
      continue;

    if (!read || !hash256_eq(&read->catalogue, &a->catalogue)) {
      catalogue_destroy(c);
      c = catalogue_of(m->slot, a, faults);
      read = a;
    }

    for (size_t k = 0; c && k < m->n_taken; k++)
      if (!m->taken[k]->done && m->taken[k]->act >= i - 1)
        m->taken[k]->done = hold(m, m->taken[k], c);
  }
  catalogue_destroy(c);

  for (size_t k = 0; k < m->n_taken; k++)
    if (!m->taken[k]->done)
      hold_to_present(m, m->taken[k]);
}

/* --- in words --- */

static void add_count(struct buf *b, size_t n, const char *one, const char *more) {
  if (n == 0)
    return;

  if (b->len > 0)
    buf_puts(b, " and ");
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

static const char *now_called(const struct catalogue *c, const char *key) {
  const struct competence *k = catalogue_renamed(c, key);
  if (k)
    return k->key;
  return key;
}

static void tell(const struct meaning *m, const struct touched *t, struct fault_list *faults) {
  _cleanup_free_ char *n = counts(t);

  switch (t->how) {
  case TOUCH_SCALE:
    fault_list_add(faults, true,
                   "the levels of framework %s are '%s' and would be '%s', so that %s would mean "
                   "something else; keep them, or "
                   "give the new levels a new version of the framework",
                   t->name, t->was, t->is, n);
    break;
  case TOUCH_FRAMEWORK_GONE:
    fault_list_add(faults, false,
                   "framework %s is not in the catalogue: %s of its competences have no effect; "
                   "give it its rows again",
                   t->name, n);
    break;
  case TOUCH_RENAMED:
    fault_list_add(faults, false, "competence %s is not what it was: %s count as ratings of %s",
                   t->name, n, now_called(m->to, t->name));
    break;
  case TOUCH_COUNTS_OTHERWISE:
    fault_list_add(faults, false, "%s %s counts in another way than before: %s are read again",
                   domain_words[t->domain], t->name, n);
    break;
  default:
    fault_list_add(
        faults, false,
        "%s %s is not in the catalogue: %s that name it have no effect; give it its row again%s",
        domain_words[t->domain], t->name, n,
        t->domain == DOMAIN_COMPETENCE
            ? ", or say in crosswalk.csv which competence is exactly the same now"
            : "");
  }
}

static int by_name(const void *x, const void *y) {
  const struct touched *a = *(struct touched *const *)x, *b = *(struct touched *const *)y;
  if (a->how != b->how) {
    if (a->how < b->how)
      return -1;
    return 1;
  }
  if (a->domain != b->domain) {
    if (a->domain < b->domain)
      return -1;
    return 1;
  }

  return strcmp(a->name, b->name);
}

static void finish(struct meaning *m) {
  for (size_t i = 0; i < m->n; i++) {
    free(m->items[i]->name);
    free(m->items[i]->was);
    free(m->items[i]->is);
    free(m->items[i]);
  }

  for (size_t i = 0; i < m->n_taken; i++) {
    free(m->taken[i]->code);
    free(m->taken[i]);
  }

  free(m->items);
  free(m->taken);
  hashmap_finish(&m->items_by_name);
  hashmap_finish(&m->taken_by_code);
}

size_t meaning_check(struct policy_slot *s, const struct catalogue *from,
                     const struct catalogue *to, struct fault_list *faults) {
  const struct authority *a = people_authority(&s->pipeline->people, s->code, false);
  bool is_published = s->published && hash256_eq(&s->published_catalogue, catalogue_hash(to));
  struct meaning m = {.slot = s, .from = from, .to = to, .compares = !is_published};
  size_t before = faults->errors;

  if (!a || from == to)
    return 0;

  look_at_all(&m, a);
  hold_taken(&m, faults);
  if (m.n > 1)
    qsort(m.items, m.n, sizeof(struct touched *), by_name);
  for (size_t i = 0; i < m.n; i++)
    tell(&m, m.items[i], faults);

  finish(&m);

  return faults->errors - before;
}

/* The catalogue that was published last, read from the store; NULL: there is none. The caller's to
 * destroy. */
static struct policy *published_before(struct policy_slot *s) {
  struct fault_list faults = {0};
  if (!s->published)
    return NULL;

  struct policy *policy = policy_create(s);
  int rc = policy_read_stored(policy, &s->published_rules, &s->published_catalogue);
  if (rc == 0)
    rc = policy_decode_catalogue(policy, &faults);

  fault_list_finish(&faults);
  if (rc == 0)
    return policy;

  policy_destroy(policy);

  return NULL;
}

size_t meaning_check_policy(struct policy *policy, struct fault_list *faults) {
  struct policy_slot *s = policy->slot;
  struct fault_list found = {0};
  struct policy *before = NULL;

  if (!s->policy)
    before = published_before(s);

  const struct policy *in_force = before;
  if (s->policy)
    in_force = s->policy;

  bool is_same = in_force && hash256_eq(&in_force->catalogue_hash, &policy->catalogue_hash);
  size_t errors = 0;

  if (!is_same)
    errors = meaning_check(s, in_force ? in_force->catalogue : NULL, policy->catalogue, &found);
  else if (!s->policy)
    meaning_check(s, NULL, policy->catalogue,
                  &found); /* at start: what has no effect, though nothing changed */

  fault_list_finish(&policy->changes);
  for (size_t i = 0; i < found.n; i++) {
    const struct fault_line *line = &found.lines[i];
    if (line->is_warning)
      fault_list_add(&policy->changes, false, "%s", line->text);
    fault_list_add(faults, !line->is_warning, "%s", line->text);
  }

  fault_list_finish(&found);
  if (before)
    policy_destroy(before);

  return errors;
}

void meaning_log(const struct policy *policy) {
  for (size_t i = 0; i < policy->changes.n; i++)
    log_warn("what is recorded changes its meaning", "authority=%s change=\"%s\"",
             policy->slot->code, policy->changes.lines[i].text);
}
