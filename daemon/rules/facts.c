/* facts - encodes and decodes the facts that an evaluation starts from and the outcome that it
 * returns.
 *
 * It owns the wire form of struct facts (daemon to worker, also hashed into the basis of advice)
 * and of struct outcome (worker to daemon). One table of rows for each struct drives both
 * directions, so that encoder, decoder and bounds always agree. needs/ and the pool call it in the
 * daemon; worker.c and api.c call it in the worker. facts.h says what the members mean; exchange.h
 * describes the frames. */
#include "rules/facts.h"

#include <errno.h>
#include <string.h>

#include "base/utf8.h"

#define FACTS_VERSION 4
#define OUTCOME_VERSION 1

#define EFFECT_STEP 10 /* as needs/effect.h rounds */
#define TEXT_MAX 200
#define NAME_MAX_BYTES 200
#define MESSAGE_MAX 500
#define TRACE_MAX (8 * 1024 * 1024)

const char *const differs_words[2] = {"self", "certificate"};
const char *const need_from_words[NEED_FROM_COUNT] = {
    "refresh", "induction", "new-role",     "new-duty", "audit",
    "plan",    "wish",      "basic-skills", "review",   "profile"};
const char *const helper_words[HELPER_KINDS] = {
    "mentor", "coach", "buddy", "shadow-host", "training-mentor", "expert-witness", "assessor"};

/* One member of a struct. INDEX is an unsigned position that must lie below limits[min]. TEXT is
 * for people: the encoder cuts it at `max` bytes and puts '?' for what is not UTF-8, so that no
 * rule can make its worker look broken with words; the decoder then insists. */
enum row_kind {
  ROW_I32,
  ROW_U8,
  ROW_INDEX,
  ROW_NAME,
  ROW_TEXT
};
struct row {
  size_t offset;
  enum row_kind kind;
  bool optional; /* ABSENT, or NULL */
  int32_t min, max;
};
struct shape {
  const struct row *rows;
  size_t n, size;
};
#define SHAPE(rows, type)                                                                          \
  { rows, ARRAY_LEN(rows), sizeof(type) }
#define REQUIRED false
#define OPTIONAL true
#define ANY_DATE INT32_MIN + 1, INT32_MAX

static const struct row person_rows[] = {
    {offsetof(struct facts, family), ROW_NAME, OPTIONAL, 0, NAME_MAX_BYTES},
    {offsetof(struct facts, minutes), ROW_I32, OPTIONAL, 0, INT32_MAX},
    {offsetof(struct facts, weeks), ROW_I32, OPTIONAL, 0, INT32_MAX},
    {offsetof(struct facts, term_time), ROW_I32, OPTIONAL, 0, 1},
    {offsetof(struct facts, employer), ROW_I32, OPTIONAL, 0, EMPLOYER_VOLUNTEER},
    {offsetof(struct facts, started), ROW_I32, OPTIONAL, ANY_DATE},
    {offsetof(struct facts, progression), ROW_I32, OPTIONAL, 0, PROGRESSION_LATER},
    {offsetof(struct facts, no_computer), ROW_I32, OPTIONAL, 0, 1},
    {offsetof(struct facts, contract), ROW_NAME, OPTIONAL, 0, NAME_MAX_BYTES},
    {offsetof(struct facts, phase), ROW_NAME, OPTIONAL, 0, NAME_MAX_BYTES},
};
static const struct row name_rows[] = {{0, ROW_NAME, REQUIRED, 1, NAME_MAX_BYTES}};
static const struct row held_rows[] = {
    {offsetof(struct held, what), ROW_NAME, REQUIRED, 1, NAME_MAX_BYTES},
    {offsetof(struct held, date), ROW_I32, OPTIONAL, ANY_DATE},
    {offsetof(struct held, expires), ROW_I32, OPTIONAL, ANY_DATE},
};
static const struct row wish_rows[] = {
    {offsetof(struct wish, role), ROW_NAME, OPTIONAL, 1, NAME_MAX_BYTES},
    {offsetof(struct wish, qualification), ROW_NAME, OPTIONAL, 1, NAME_MAX_BYTES},
    {offsetof(struct wish, competence), ROW_NAME, OPTIONAL, 1, NAME_MAX_BYTES},
};
enum {
  LIMIT_COMPETENCES = 0,
  LIMIT_RULES = 0,
  LIMIT_NEEDS = 1,
  LIMIT_OFFERS = 2
};
static const struct row need_rows[] = {
    {offsetof(struct need, competence), ROW_INDEX, REQUIRED, LIMIT_COMPETENCES, 0},
    {offsetof(struct need, current), ROW_I32, OPTIONAL, 0, LEVEL_MAX},
    {offsetof(struct need, required), ROW_I32, REQUIRED, 0, LEVEL_MAX},
    {offsetof(struct need, gap), ROW_I32, REQUIRED, -LEVEL_MAX, LEVEL_MAX},
    {offsetof(struct need, weight), ROW_I32, OPTIONAL, 0, 5},
    {offsetof(struct need, confidence), ROW_I32, OPTIONAL, 0, LEVEL_MAX},
    {offsetof(struct need, rated_on), ROW_I32, OPTIONAL, ANY_DATE},
    {offsetof(struct need, lapsed_on), ROW_I32, OPTIONAL, ANY_DATE},
    {offsetof(struct need, importance), ROW_U8, REQUIRED, 0, IMPORTANCE_DESIRABLE},
    {offsetof(struct need, purpose), ROW_U8, REQUIRED, 0, PURPOSE_GROWTH},
    {offsetof(struct need, nature), ROW_U8, REQUIRED, 0, NATURE_UNKNOWN},
    {offsetof(struct need, from), ROW_U8, REQUIRED, 0, NEED_FROM_COUNT - 1},
    {offsetof(struct need, confirm), ROW_U8, REQUIRED, 0, 1},
    {offsetof(struct need, differs), ROW_U8, REQUIRED, 0, DIFFERS_CERTIFICATE},
    {offsetof(struct need, differs_level), ROW_I32, OPTIONAL, 0, LEVEL_MAX},
    {offsetof(struct need, differs_on), ROW_I32, OPTIONAL, ANY_DATE},
    {offsetof(struct need, helpers), ROW_U8, REQUIRED, 0, (1 << HELPER_KINDS) - 1},
    {offsetof(struct need, post), ROW_NAME, OPTIONAL, 1, NAME_MAX_BYTES},
    {offsetof(struct need, evidence), ROW_NAME, OPTIONAL, 1, NAME_MAX_BYTES},
    {offsetof(struct need, priority), ROW_U8, REQUIRED, 0, 5},
    {offsetof(struct need, priority_code), ROW_NAME, OPTIONAL, 1, NAME_MAX_BYTES},
    {offsetof(struct need, ends_on), ROW_I32, OPTIONAL, ANY_DATE},
};
static const struct row offered_rows[] = {
    {offsetof(struct offered, id), ROW_NAME, REQUIRED, 1, NAME_MAX_BYTES},
    {offsetof(struct offered, development), ROW_NAME, REQUIRED, 3, NAME_MAX_BYTES},
    {offsetof(struct offered, provider), ROW_NAME, OPTIONAL, 1, 4 * NAME_MAX_BYTES},
    {offsetof(struct offered, mode), ROW_NAME, OPTIONAL, 1, NAME_MAX_BYTES},
    {offsetof(struct offered, open_to), ROW_NAME, OPTIONAL, 1, NAME_MAX_BYTES},
    {offsetof(struct offered, fee), ROW_I32, OPTIONAL, 0, INT32_MAX},
    {offsetof(struct offered, places), ROW_I32, OPTIONAL, 0, INT32_MAX},
    {offsetof(struct offered, first), ROW_I32, OPTIONAL, ANY_DATE},
    {offsetof(struct offered, last), ROW_I32, OPTIONAL, ANY_DATE},
    {offsetof(struct offered, own), ROW_U8, REQUIRED, 0, 1},
};
static const struct row answer_rows[] = {
    {offsetof(struct answer, need), ROW_INDEX, REQUIRED, LIMIT_NEEDS, 0},
    {offsetof(struct answer, offer), ROW_INDEX, REQUIRED, LIMIT_OFFERS, 0},
};
static const struct row cohort_rows[] = {
    {offsetof(struct cohort, competence), ROW_INDEX, REQUIRED, LIMIT_COMPETENCES, 0},
    {offsetof(struct cohort, family), ROW_NAME, REQUIRED, 1, NAME_MAX_BYTES},
    {offsetof(struct cohort, count), ROW_I32, REQUIRED, 1, INT32_MAX},
    {offsetof(struct cohort, statutory), ROW_I32, REQUIRED, 0, INT32_MAX},
    {offsetof(struct cohort, roster), ROW_I32, OPTIONAL, 0, INT32_MAX},
    {offsetof(struct cohort, helpers), ROW_U8, REQUIRED, 0, (1 << HELPER_KINDS) - 1},
};
static const struct row effect_rows[] = {
    {offsetof(struct effect, kind), ROW_NAME, REQUIRED, 1, NAME_MAX_BYTES},
    {offsetof(struct effect, completed), ROW_I32, REQUIRED, EFFECT_STEP, INT32_MAX},
    {offsetof(struct effect, closed), ROW_I32, REQUIRED, 0, INT32_MAX},
};
static const struct row candidate_rows[] = {
    {offsetof(struct candidate, rule), ROW_INDEX, REQUIRED, LIMIT_RULES, 0},
    {offsetof(struct candidate, need), ROW_INDEX, REQUIRED, LIMIT_NEEDS, 0},
    {offsetof(struct candidate, development), ROW_NAME, REQUIRED, 3, NAME_MAX_BYTES},
    {offsetof(struct candidate, priority), ROW_I32, REQUIRED, 0, 100},
    {offsetof(struct candidate, weeks), ROW_I32, OPTIONAL, 0, INT32_MAX},
    {offsetof(struct candidate, minutes), ROW_I32, OPTIONAL, 0, INT32_MAX},
    {offsetof(struct candidate, text), ROW_TEXT, REQUIRED, 0, TEXT_MAX},
    {offsetof(struct candidate, not_in_house), ROW_TEXT, OPTIONAL, 0, TEXT_MAX},
};
_Static_assert(sizeof(enum failure_kind) == sizeof(int32_t),
               "a failure's kind travels as an int32_t");
static const struct row failure_rows[] = {
    {offsetof(struct failure, rule), ROW_INDEX, REQUIRED, LIMIT_RULES, 0},
    {offsetof(struct failure, kind), ROW_I32, REQUIRED, 0, FAILURE_ERROR},
    {offsetof(struct failure, message), ROW_TEXT, REQUIRED, 0, MESSAGE_MAX},
};
static const struct row outcome_rows[] = {
    {offsetof(struct outcome, next_change_day), ROW_I32, REQUIRED, ANY_DATE},
    {offsetof(struct outcome, trace), ROW_NAME, OPTIONAL, 0, TRACE_MAX},
};
static const struct shape person_shape = SHAPE(person_rows, struct facts),
                          name_shape = SHAPE(name_rows, const char *),
                          held_shape = SHAPE(held_rows, struct held),
                          wish_shape = SHAPE(wish_rows, struct wish),
                          need_shape = SHAPE(need_rows, struct need),
                          offered_shape = SHAPE(offered_rows, struct offered),
                          answer_shape = SHAPE(answer_rows, struct answer),
                          cohort_shape = SHAPE(cohort_rows, struct cohort),
                          effect_shape = SHAPE(effect_rows, struct effect),
                          candidate_shape = SHAPE(candidate_rows, struct candidate),
                          failure_shape = SHAPE(failure_rows, struct failure),
                          outcome_shape = SHAPE(outcome_rows, struct outcome);

/* --- text --- */

static void put_text(struct buf *out, const char *text, size_t max) {
  if (!text)
    return buf_str(out, NULL);

  const unsigned char *s = (const unsigned char *)text, *end = s + strlen(text);
  size_t at = out->len, used = 0;

  buf_u32(out, 0);
  while (s < end) {
    size_t n = utf8_at(s, end), take = n ? n : 1;
    if (used + take > max)
      break;

    buf_put(out, n ? (const void *)s : "?", take);
    used += take;
    s += take;
  }

  buf_set_u32(out, at, (uint32_t)used);
}

/* --- rows, both ways --- */

static void encode_row(const struct row *row, const void *base, struct buf *out) {
  const char *at = (const char *)base + row->offset;
  switch (row->kind) {
  case ROW_I32:
    return buf_i32(out, *(const int32_t *)at);
  case ROW_U8:
    return buf_u8(out, *(const uint8_t *)at);
  case ROW_INDEX:
    return buf_u32(out, *(const uint32_t *)at);
  case ROW_NAME:
    return buf_str(out, *(const char *const *)at);
  case ROW_TEXT:
    return put_text(out, *(const char *const *)at, (size_t)row->max);
  }
}

static void encode_shape(const struct shape *shape, const void *base, struct buf *out) {
  for (size_t i = 0; i < shape->n; i++)
    encode_row(&shape->rows[i], base, out);
}

static void encode_list(const struct shape *shape, const void *items, uint32_t n, struct buf *out) {
  buf_u32(out, n);
  for (uint32_t i = 0; i < n; i++)
    encode_shape(shape, (const char *)items + i * shape->size, out);
}

static void decode_i32(const struct row *row, struct reader *r, int32_t *ret) {
  *ret = read_i32(r);
  if (*ret == ABSENT ? !row->optional : *ret < row->min || *ret > row->max)
    r->bad = true;
}

static void decode_u8(const struct row *row, struct reader *r, uint8_t *ret) {
  *ret = read_u8(r);
  if (*ret < row->min || *ret > row->max)
    r->bad = true;
}

static void decode_index(const struct row *row, struct reader *r, const uint32_t *limits,
                         uint32_t *ret) {
  *ret = read_u32(r);
  if (*ret >= limits[row->min])
    r->bad = true;
}

static void decode_string(const struct row *row, struct reader *r, struct arena *a,
                          const char **ret) {
  const unsigned char *before = r->p;
  *ret = read_str(r, a);
  if (r->bad)
    return;

  size_t len = *ret ? strlen(*ret) : 0, sent = (size_t)(r->p - before) - 4;
  bool fits = *ret ? len == sent && len <= (size_t)row->max &&
                         (row->kind == ROW_TEXT || len >= (size_t)row->min)
                   : row->optional;
  if (!fits || (*ret && !utf8_good(*ret, strlen(*ret))))
    r->bad = true;
}

static void decode_row(const struct row *row, struct reader *r, struct arena *a,
                       const uint32_t *limits, void *base) {
  void *at = (char *)base + row->offset;
  switch (row->kind) {
  case ROW_I32:
    return decode_i32(row, r, at);
  case ROW_U8:
    return decode_u8(row, r, at);
  case ROW_INDEX:
    return decode_index(row, r, limits, at);
  case ROW_NAME:
  case ROW_TEXT:
    return decode_string(row, r, a, at);
  }
}

static void decode_shape(const struct shape *shape, struct reader *r, struct arena *a,
                         const uint32_t *limits, void *base) {
  for (size_t i = 0; i < shape->n && !r->bad; i++)
    decode_row(&shape->rows[i], r, a, limits, base);
}

/* Every row takes a byte or more, so a count that the bytes left cannot hold is refused before
 * anything is allocated for it. */
static void *decode_list(const struct shape *shape, struct reader *r, struct arena *a,
                         const uint32_t *limits, uint32_t *ret_n) {
  uint32_t n = read_u32(r);
  if (n > (size_t)(r->end - r->p) / shape->n)
    r->bad = true;

  if (r->bad || n == 0)
    return NULL;

  char *items = arena_alloc(a, n * shape->size);
  for (uint32_t i = 0; i < n && !r->bad; i++)
    decode_shape(shape, r, a, limits, items + i * shape->size);

  *ret_n = n;

  return items;
}

static int decoded(const struct reader *r, const void *from, void *to, size_t size) {
  if (r->bad || r->p != r->end)
    return -EBADMSG;
  memcpy(to, from, size);
  return 0;
}

/* --- facts --- */

void facts_encode(const struct facts *f, struct buf *out) {
  buf_u32(out, FACTS_VERSION);
  encode_shape(&person_shape, f, out);
  encode_list(&name_shape, f->roles, f->n_roles, out);
  encode_list(&held_shape, f->holds, f->n_holds, out);
  encode_list(&wish_shape, f->wishes, f->n_wishes, out);
  encode_list(&name_shape, f->formats, f->n_formats, out);
  buf_u32(out, f->n_clusters);
  encode_list(&need_shape, f->needs, f->n_needs, out);
  encode_list(&offered_shape, f->offers, f->n_offers, out);
  encode_list(&answer_shape, f->answers, f->n_answers, out);
  encode_list(&cohort_shape, f->cohorts, f->n_cohorts, out);
  encode_list(&effect_shape, f->effects, f->n_effects, out);
  encode_list(&name_shape, f->present, f->n_present, out);
}

static void decode_roles(struct reader *r, struct arena *a, struct facts *f) {
  const char **roles = decode_list(&name_shape, r, a, NULL, &f->n_roles);
  if (f->n_roles > ARRAY_LEN(f->roles))
    r->bad = true;
  for (uint32_t i = 0; i < f->n_roles && !r->bad; i++)
    f->roles[i] = roles[i];
}

static bool wishes_name_one(const struct facts *f) {
  for (uint32_t i = 0; i < f->n_wishes; i++)
    if (!!f->wishes[i].role + !!f->wishes[i].qualification + !!f->wishes[i].competence != 1)
      return false;
  return true;
}

static bool answers_in_order(const struct facts *f) {
  for (uint32_t i = 1; i < f->n_answers; i++)
    if (f->answers[i].need < f->answers[i - 1].need)
      return false;
  return true;
}

static bool cohorts_fit(const struct facts *f) {
  for (uint32_t i = 1; i < f->n_cohorts; i++) {
    const struct cohort *a = &f->cohorts[i - 1], *b = &f->cohorts[i];
    if (b->competence < a->competence ||
        (b->competence == a->competence && strcmp(b->family, a->family) <= 0))
      return false;
  }

  return f->n_cohorts == 0 || f->n_needs == 0;
}

static bool effects_fit(const struct facts *f) {
  for (uint32_t i = 0; i < f->n_effects; i++) {
    const struct effect *e = &f->effects[i];
    if (i > 0 && strcmp(e->kind, f->effects[i - 1].kind) <= 0)
      return false;
    if (e->closed > e->completed || e->completed % EFFECT_STEP != 0)
      return false;
    if ((int64_t)e->closed * 100 % e->completed != 0)
      return false;
  }

  return true;
}

static bool needs_in_order(const struct facts *f) {
  for (uint32_t i = 1; i < f->n_needs; i++)
    if (f->needs[i].competence < f->needs[i - 1].competence)
      return false;
  return true;
}

int facts_decode(struct arena *a, const void *data, size_t len, uint32_t n_competences,
                 struct facts *ret) {
  struct reader r = reader_of(data, len);
  struct facts f = {0};
  uint32_t limits[] = {n_competences, 0, 0};

  if (read_u32(&r) != FACTS_VERSION)
    return -EBADMSG;

  decode_shape(&person_shape, &r, a, NULL, &f);
  decode_roles(&r, a, &f);
  f.holds = decode_list(&held_shape, &r, a, NULL, &f.n_holds);
  f.wishes = decode_list(&wish_shape, &r, a, NULL, &f.n_wishes);
  f.formats = decode_list(&name_shape, &r, a, NULL, &f.n_formats);
  f.n_clusters = read_u32(&r);
  f.needs = decode_list(&need_shape, &r, a, limits, &f.n_needs);
  f.offers = decode_list(&offered_shape, &r, a, NULL, &f.n_offers);
  limits[LIMIT_NEEDS] = f.n_needs;
  limits[LIMIT_OFFERS] = f.n_offers;
  f.answers = decode_list(&answer_shape, &r, a, limits, &f.n_answers);
  f.cohorts = decode_list(&cohort_shape, &r, a, limits, &f.n_cohorts);
  f.effects = decode_list(&effect_shape, &r, a, NULL, &f.n_effects);
  f.present = decode_list(&name_shape, &r, a, NULL, &f.n_present);
  if (r.bad || !wishes_name_one(&f) || !needs_in_order(&f) || !answers_in_order(&f) ||
      !cohorts_fit(&f) || !effects_fit(&f))
    return -EBADMSG;

  return decoded(&r, &f, ret, sizeof f);
}

/* --- outcome --- */

void outcome_encode(const struct outcome *o, struct buf *out) {
  buf_u32(out, OUTCOME_VERSION);
  encode_list(&candidate_shape, o->candidates, o->n_candidates, out);
  encode_list(&failure_shape, o->failures, o->n_failures, out);
  encode_shape(&outcome_shape, o, out);
}

int outcome_decode(struct arena *a, const void *data, size_t len, uint32_t n_rules,
                   uint32_t n_needs, struct outcome *ret) {
  struct reader r = reader_of(data, len);
  struct outcome o = {0};
  const uint32_t limits[] = {n_rules, n_needs};

  if (read_u32(&r) != OUTCOME_VERSION)
    return -EBADMSG;

  o.candidates = decode_list(&candidate_shape, &r, a, limits, &o.n_candidates);
  o.failures = decode_list(&failure_shape, &r, a, limits, &o.n_failures);
  decode_shape(&outcome_shape, &r, a, NULL, &o);

  return decoded(&r, &o, ret, sizeof o);
}
