/* compare - the new advice of one person against what stands: what is issued, changed, withdrawn,
 * and the rows that say so. */
#define LOG_AREA "rules"

#include <sodium.h>
#include <string.h>

#include "base/log.h"
#include "needs/cohort.h"
#include "pipeline/internal.h"

#define ID_BYTES 16

/* --- one publication --- */

struct advice_words {
  const char *issued, *changed, *withdrawn; /* types */
  const char *id;                           /* the member that names it */
};
struct publication {
  const struct advice_words *words;         /* of advice */
  const char *authority, *school, *subject; /* subject may be NULL */
  const char *type, *audience, *weight, *cause;
};

static struct school *numbered(struct pipeline *p, struct turn *t, const char *authority,
                               const char *code) {
  struct school *school = people_school(&p->people, authority, code, true);
  if (school->staged)
    return school;

  school->staged = school->sequence;
  t->numbered = mem_grow(t->numbered, &t->cap_numbered, t->n_numbered + 1, sizeof *t->numbered);
  t->numbered[t->n_numbered++] = school;

  return school;
}

/* Writes the envelope around `data` and stages the row. Returns its position in the outbox. */
static uint64_t publish(struct pipeline *p, struct turn *t, const struct publication *what,
                        const struct buf *data) {
  struct school *school = numbered(p, t, what->authority, what->school);
  struct buf b = {0};
  unsigned char random[ID_BYTES];
  char id[ID_BYTES * 2 + 1], time[INSTANT_TEXT], type[80], sequence[32];

  randombytes_buf(random, sizeof random);
  sodium_bin2hex(id, sizeof id, random, sizeof random);
  snprintf(type, sizeof type, "needs.%s.v1", what->type);
  snprintf(sequence, sizeof sequence, "%012llu", (unsigned long long)++school->staged);

  struct instant now = clock_trusted();
  now.ns = 0;
  json_open(&b, '{');
  key_str(&b, "specversion", "1.0");
  key_str(&b, "id", id);
  key_str(&b, "source", "needsd");
  key_str(&b, "type", type);
  key_str(&b, "time", instant_text(now, time));
  key_str(&b, "authority", what->authority);
  key_str(&b, "school", what->school);
  json_opt_str(&b, "subject", what->subject);
  key_str(&b, "sequence", sequence);
  key_str(&b, "audience", what->audience);
  key_str(&b, "weight", what->weight);
  json_opt_str(&b, "cause", what->cause);
  json_key(&b, "data");
  json_raw(&b, data->data, data->len);
  json_close(&b, '}');
  batch_publication(t->batch, ++t->publication, what->authority, what->school, what->subject,
                    school->staged, type, what->audience, b.data, b.len);
  buf_finish(&b);
  count_published(t, what->type);

  return t->publication;
}

/* --- words --- */

/* Which kind of fact moved the advice: the person's own first, then the school's, then the
 * authority's, then the day. */
static const char *cause_of(uint32_t touched) {
  static const struct {
    uint32_t bit;
    const char *word;
  } others[] = {{TOUCHED_NEEDS, "needs"},
                {TOUCHED_SCHOOL, "school"},
                {TOUCHED_CATALOGUE, "catalogue"},
                {TOUCHED_RULES, "rules"},
                {TOUCHED_DAY, "day"}};
  static const enum event_kind order[] = {
      EVENT_APPRAISAL, EVENT_ASSESSMENT, EVENT_ACHIEVEMENT, EVENT_RESPONSE,   EVENT_AGREEMENT,
      EVENT_PERSON,    EVENT_PREFERENCE, EVENT_LEFT,        EVENT_RESTRICTED, EVENT_ERASE};
  for (size_t i = 0; i < ARRAY_LEN(order); i++)
    if (touched & (1u << order[i]))
      return event_types[order[i]].cause;

  for (size_t i = 0; i < ARRAY_LEN(others); i++)
    if (touched & others[i].bit)
      return others[i].word;

  return "person";
}

/* The widest circle that may see the person's advice; the manager's unless the person said
 * otherwise. */
static const char *audience_of(const struct person *person) {
  static const char *const words[] = {"person", "manager", "school"};
  const struct event *e = people_newest(&person->facts, EVENT_PREFERENCE);
  int32_t share = ABSENT;

  if (e)
    share = ((const struct preference_recorded *)e->data)->share_with;

  return words[share == ABSENT ? SHARE_MANAGER : share];
}

/* --- members of a canonical JSON object --- */

struct slice {
  const char *key, *value;
  size_t key_len, value_len;
};

static const char *skip_string(const char *p, const char *end) {
  for (p++; p < end && *p != '"'; p++)
    if (*p == '\\')
      p++;
  return p + 1;
}

static const char *skip_value(const char *p, const char *end) {
  int depth = 0;

  while (p < end) {
    if (*p == '"')
      p = skip_string(p, end);
    else {
      if (*p == '{' || *p == '[')
        depth++;
      if (*p == '}' || *p == ']') {
        if (depth == 0)
          return p;
        depth--;
      }

      if (*p == ',' && depth == 0)
        return p;

      p++;
    }
  }

  return p;
}

/* The next member of an object this daemon wrote itself (no white space). */
static bool next_member(const char **p, const char *end, struct slice *ret) {
  if (*p >= end || (**p != '{' && **p != ','))
    return false;

  ret->key = *p + 2;
  const char *after = skip_string(*p + 1, end);
  ret->key_len = (size_t)(after - ret->key) - 1;
  ret->value = after + 1;
  *p = skip_value(ret->value, end);
  ret->value_len = (size_t)(*p - ret->value);

  return true;
}

static bool same_key(const struct slice *a, const struct slice *b) {
  return a->key_len == b->key_len && memcmp(a->key, b->key, a->key_len) == 0;
}

/* Looks from *at on, then from the start: both objects are written in one order, so that the member
 * is nearly always the next. */
static bool find_member(const char *json, size_t len, const char **at, const struct slice *like,
                        struct slice *ret) {
  const char *from = *at;
  while (next_member(at, json + len, ret))
    if (same_key(ret, like))
      return true;

  for (*at = json; *at < from && next_member(at, json + len, ret);)
    if (same_key(ret, like))
      return true;

  *at = from;

  return false;
}

static bool same_value(const struct slice *a, const struct slice *b) {
  return a->value_len == b->value_len && memcmp(a->value, b->value, a->value_len) == 0;
}

/* --- what is minor --- */

static bool is_called(const struct slice *s, const char *key) {
  return s->key_len == strlen(key) && memcmp(s->key, key, s->key_len) == 0;
}

/* Past the number or null of a "count" that begins here. */
static const char *skip_count(const char *p, const char *end) {
  static const char count[] = "\"count\":";
  size_t len = sizeof count - 1;
  if ((size_t)(end - p) > len && memcmp(p, count, len) == 0)
    return skip_value(p + len, end);
  return p;
}

static bool same_but_counts(const struct slice *a, const struct slice *b) {
  const char *p = a->value, *q = b->value, *p_end = p + a->value_len, *q_end = q + b->value_len;
  while (p < p_end && q < q_end) {
    p = skip_count(p, p_end);
    q = skip_count(q, q_end);
    if (*p++ != *q++)
      return false;
  }

  return p == p_end && q == q_end;
}

static bool counted_anew(const struct advice *a, const struct current_advice *was) {
  const struct slice count = {.key = "count", .key_len = 5};
  const char *at = a->json, *was_at = was->advice;
  struct slice mine, theirs;

  return find_member(a->json, a->len, &at, &count, &mine) &&
         find_member(was->advice, was->len, &was_at, &count, &theirs) &&
         !same_value(&mine, &theirs);
}

/* `theirs` NULL: one side has no such member. The counts of a school's advice stand in its summary
 * and its answers, too. */
static bool is_minor(const struct slice *mine, const struct slice *theirs, bool recounted) {
  static const char *const minor[] = {"alternatives", "priority", "weeks", "minutes", "count"};
  for (size_t i = 0; i < ARRAY_LEN(minor); i++)
    if (is_called(mine, minor[i]))
      return true;

  if (!theirs)
    return false;
  return (recounted && is_called(mine, "summary")) ||
         (is_called(mine, "answers") && same_but_counts(mine, theirs));
}

/* Lists the members of `a` that `b` has not, or (both_ways) has otherwise. */
static void list_differing(struct buf *out, const char *a, size_t a_len, const char *b,
                           size_t b_len, bool values, bool recounted, bool *material) {
  const char *p = a, *at = b;
  struct slice mine, theirs;
  while (next_member(&p, a + a_len, &mine)) {
    bool there = find_member(b, b_len, &at, &mine, &theirs);
    if (there && (!values || same_value(&mine, &theirs)))
      continue;

    json_strn(out, mine.key, mine.key_len);
    if (!is_minor(&mine, there ? &theirs : NULL, recounted))
      *material = true;
  }
}

/* --- advice --- */

static void put_advice(struct buf *b, const char *json, size_t len, const struct buf *basis) {
  buf_put(b, json, len - 1); /* all but the closing brace */
  buf_puts(b, ",\"stand\":");
  json_strn(b, (const char *)basis->data, basis->len);
}

static const struct current_advice *current_of(const struct current_advice *list, size_t n,
                                               const char *id) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(list[i].id, id) == 0)
      return &list[i];
  return NULL;
}

static uint64_t publish_advice(struct pipeline *p, struct turn *t, struct publication *what,
                               const struct advice *a, const struct current_advice *was,
                               const struct buf *basis) {
  struct buf data = {0};
  bool material = true;
  put_advice(&data, a->json, a->len, basis);
  if (was && was->round == a->round) {
    bool recounted = counted_anew(a, was);
    material = false;
    buf_puts(&data, ",\"changes\":");
    json_open(&data, '[');
    list_differing(&data, a->json, a->len, was->advice, was->len, true, recounted, &material);
    list_differing(&data, was->advice, was->len, a->json, a->len, false, recounted, &material);
    json_close(&data, ']');
  }
  json_close(&data, '}');
  if (was && was->round == a->round)
    what->type = what->words->changed;
  else
    what->type = what->words->issued;
  if (material)
    what->weight = "material";
  else
    what->weight = "minor";
  uint64_t position = publish(p, t, what, &data);
  buf_finish(&data);
  return position;
}

static void publish_withdrawal(struct pipeline *p, struct turn *t, struct publication *what,
                               const struct current_advice *was) {
  struct buf data = {0};
  json_open(&data, '{');
  key_str(&data, what->words->id, was->id);

  if (what->subject) {
    json_key(&data, "round");
    json_int(&data, was->round);
    key_str(&data, "person", what->subject);
  }

  key_str(&data, "cause", what->cause);
  json_close(&data, '}');
  what->type = what->words->withdrawn;
  what->weight = "material";
  publish(p, t, what, &data);
  buf_finish(&data);
}

static bool advised_still(const struct result *r, const char *id) {
  for (uint32_t i = 0; i < r->advice.n; i++)
    if (strcmp(r->advice.items[i].id, id) == 0)
      return true;
  return false;
}

static void stage_stand(struct pipeline *p, struct turn *t, struct result *r) {
  struct person *person = r->person;
  struct buf basis = {0}, current = {0};

  if (!person->id) {
    r->new_id = person->id = ++t->person_id;
    batch_person(t->batch, person->id, person->school->authority->code, person->school->code,
                 person->subject);
  }

  (void)p;
  basis_encode(&r->basis, &basis);
  current_encode(r->current, r->n_current, r->advice.held, &current);
  batch_basis(t->batch, person->id, basis.data, basis.len, current.data, current.len);
  buf_finish(&basis);
  buf_finish(&current);
}

/* A count that is not told may be guessed from where it stands: those are for the school alone. */
static void address(struct publication *what, const char *advice) {
  if (!what->subject) {
    if (cohort_small(advice))
      what->audience = "school";
    else
      what->audience = "authority";
  }
}

/* Whoever was told and may not be told any more hears that it is over; the others get it anew. */
static bool withdraw_from_wider(struct pipeline *p, struct turn *t, struct publication *what,
                                const struct current_advice *was, const char *now) {
  bool narrows = !what->subject && cohort_small(now) && !cohort_small(was->advice);
  address(what, was->advice);
  if (narrows)
    publish_withdrawal(p, t, what, was);
  return narrows;
}

/* What was advised before against the result's advice: publishes what differs, and makes what
 * stands from now on. */
static void compare_lists(struct pipeline *p, struct turn *t, struct publication *what,
                          const struct current_advice *before, size_t n, struct result *r) {
  struct buf token = {0};
  basis_token(&r->basis, store_key(p->store), &token);
  for (size_t i = 0; i < n; i++) {
    address(what, before[i].advice);
    if (!advised_still(r, before[i].id))
      publish_withdrawal(p, t, what, &before[i]);
  }

  r->n_current = r->advice.n;
  r->current = mem_array(r->n_current ? r->n_current : 1, sizeof *r->current);

  for (uint32_t i = 0; i < r->advice.n; i++) {
    const struct advice *a = &r->advice.items[i];
    const struct current_advice *was = current_of(before, n, a->id);
    bool same = was && was->len == a->len && memcmp(was->advice, a->json, a->len) == 0;
    if (was && !same && withdraw_from_wider(p, t, what, was, a->json))
      was = NULL;

    address(what, a->json);
    uint64_t position = same ? was->publication : publish_advice(p, t, what, a, was, &token);
    r->current[i] = (struct current_advice){mem_strdup(a->id), a->round,
                                            mem_strndup(a->json, a->len), a->len, position};
  }

  for (uint32_t i = 0; i < r->n_failures; i++)
    publish_failure(p, t, what->authority, &r->rules, r->failures[i].rule, r->failures[i].kind,
                    r->failures[i].message);

  buf_finish(&token);
}

static void compare_person(struct pipeline *p, struct turn *t, struct result *r) {
  static const struct advice_words words = {"recommendation.issued", "recommendation.changed",
                                            "recommendation.withdrawn", "recommendation"};
  struct person *person = r->person;
  struct publication what = {.words = &words,
                             .authority = person->school->authority->code,
                             .school = person->school->code,
                             .subject = person->subject,
                             .audience = audience_of(person),
                             .cause = cause_of(r->touched)};

  compare_lists(p, t, &what, person->current, person->n_current, r);
  stage_stand(p, t, r);
}

static void compare_school(struct pipeline *p, struct turn *t, struct result *r) {
  static const struct advice_words words = {"cohort.issued", "cohort.changed", "cohort.withdrawn",
                                            "cohort"};
  const struct together *together = &r->school->together;
  struct publication what = {.words = &words,
                             .authority = r->school->authority->code,
                             .school = r->school->code,
                             .cause = cause_of(r->touched)};

  compare_lists(p, t, &what, together->current, together->n_current, r);
  cohort_stage(t, r);
}

void compare(struct pipeline *p, struct turn *t, struct result *r) {
  if (r->school)
    compare_school(p, t, r);
  else
    compare_person(p, t, r);
}

static void publish_rule_failed(struct pipeline *p, struct turn *t, const char *authority,
                                struct buf *data) {
  struct publication what = {.authority = authority,
                             .school = "-",
                             .type = "rule.failed",
                             .audience = "authority",
                             .weight = "material",
                             .cause = "rules"};
  publish(p, t, &what, data);
  buf_finish(data);
}

/* Said once for each rule of a rule set, however many people it fails for. */
void publish_failure(struct pipeline *p, struct turn *t, const char *authority,
                     const struct hash256 *rules, const char *rule, const char *kind,
                     const char *message) {
  struct buf key = {0}, data = {0};
  buf_str(&key, authority);
  buf_put(&key, rules->bytes, 32);
  buf_str(&key, rule);
  struct hash128 hash = hash128_of(NULL, key.data, key.len);
  buf_finish(&key);
  if (hashmap_get(&p->failed, hash))
    return;
  hashmap_put(&p->failed, hash, &p->failed);
  t->failures = mem_grow(t->failures, &t->cap_failures, t->n_failures + 1, sizeof *t->failures);
  t->failures[t->n_failures++] = hash;
  if (store_rule_failed(p->store, authority, rules, rule))
    return;
  batch_rule_failed(t->batch, authority, rules, rule);
  log_warn("a rule fails", "authority=%s rule=%s failure=%s fault=\"%s\"", authority, rule, kind,
           message);
  json_open(&data, '{');
  key_str(&data, "rule", rule);
  key_str(&data, "failure", kind);
  key_str(&data, "message", message);
  json_close(&data, '}');
  publish_rule_failed(p, t, authority, &data);
}

/* The note's own JSON names rule and reason. */
void publish_aside(struct pipeline *p, struct turn *t, const struct note *n) {
  struct slice rule = {0}, reason = {0};
  const struct slice want_rule = {.key = "rule", .key_len = 4},
                     want_reason = {.key = "reason", .key_len = 6};
  const char *at = n->json;
  if (!find_member(n->json, strlen(n->json), &at, &want_rule, &rule) ||
      !find_member(n->json, strlen(n->json), &at, &want_reason, &reason))
    return;

  struct buf data = {0};
  json_open(&data, '{');
  json_key(&data, "rule");
  json_raw(&data, rule.value, rule.value_len);
  key_str(&data, "failure", "aside");
  json_key(&data, "message");
  json_raw(&data, reason.value, reason.value_len);
  json_close(&data, '}');
  publish_rule_failed(p, t, n->authority, &data);
}

/* Whoever keeps anything about this person is to stop. */
void publish_erased(struct pipeline *p, struct turn *t, const struct event *e) {
  static const struct buf nothing = {.data = (unsigned char *)(uintptr_t) "{}", .len = 2};
  struct publication what = {.authority = e->authority,
                             .school = e->school,
                             .subject = e->subject,
                             .type = "person.erased",
                             .audience = "school",
                             .weight = "material",
                             .cause = e->type->cause};

  publish(p, t, &what, &nothing);
}
