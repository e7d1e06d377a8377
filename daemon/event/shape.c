/* shape - rows to values, and values to everything else. See shape.h.
 *
 * Recursion follows the tables, so its depth is theirs (four), but for shape_marks, which follows
 * the text (32 at most). No message of this file repeats a value: what was put in the wrong place
 * may be personal. Only event_resolve names one, a code that the catalogue does not have. */
#include "event/shape.h"

#include "base/code.h"
#include "base/date.h"
#include "event/types.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define POINTER_NAME_MAX                                                                           \
  256 /* a longer name is cut in pointers, so that a reply cannot grow out of its request */
#define FEW_ITEMS 24 /* up to here comparing every pair is faster than sorting */

/* --- pointers --- */

static void put_name(struct buf *out, const char *name, size_t len) {
  if (len > POINTER_NAME_MAX)
    for (len = POINTER_NAME_MAX; len > 0 && ((unsigned char)name[len] & 0xc0) == 0x80;)
      len--;

  for (size_t i = 0; i < len; i++) {
    if (name[i] == '~')
      buf_puts(out, "~0");
    else if (name[i] == '/')
      buf_puts(out, "~1");
    else if (name[i] == '\0')
      buf_puts(out, "\\u0000"); /* cannot stand in a C string */
    else
      buf_put(out, &name[i], 1);
  }
}

static void put_path(struct buf *out, const struct path *p) {
  if (!p)
    return;

  put_path(out, p->up);
  buf_puts(out, "/");
  if (p->name)
    put_name(out, p->name, p->len);
  else
    buf_printf(out, "%u", p->index);
}

__attribute__((format(printf, 5, 0))) static void add_fault(struct arena *a, struct faults *v,
                                                            enum fault_code code,
                                                            const struct path *p, const char *fmt,
                                                            va_list args) {
  struct buf pointer = {0};
  char message[1024];

  vsnprintf(message, sizeof(message), fmt, args);
  put_path(&pointer, p);
  faults_add(v, a, code, buf_cstr(&pointer), "%s", message);
  buf_finish(&pointer);
}

void fault_at(struct arena *a, struct faults *v, enum fault_code code, const struct path *p,
              const char *fmt, ...) {
  va_list args;

  v->malformed = true;
  if (v->cut)
    return;

  va_start(args, fmt);
  add_fault(a, v, code, p, fmt, args);
  va_end(args);
}

void misfit_at(struct arena *a, struct faults *v, enum fault_code code, const struct path *p,
               const char *fmt, ...) {
  bool malformed = v->malformed;
  va_list args;

  if (v->cut)
    return;

  va_start(args, fmt);
  add_fault(a, v, code, p, fmt, args);
  va_end(args);
  v->malformed = malformed;
}

/* --- what a member wants, in words --- */

static void wants_text(const struct member *m, struct buf *out) {
  buf_printf(out, "text of %d to %d printable characters", m->min, m->max);
}
static void wants_code(const struct member *m, struct buf *out) {
  buf_printf(out, "a code of 1 to %d printable ASCII characters without spaces at its ends",
             m->max);
}
static void wants_name(const struct member *m, struct buf *out) {
  buf_printf(out, "1 to %d of A-Z a-z 0-9 . _ -%s", m->max,
             m->flags & FLAG_DASH ? "" : ", not '-' alone");
}
static void wants_time(const struct member *m, struct buf *out) {
  (void)m;
  buf_puts(out,
           "an RFC 3339 instant such as 2026-03-02T15:30:00Z, with at most 9 digits of a second");
}
static void wants_whole(const struct member *m, struct buf *out) {
  if (m->flags &
      FLAG_ON_SCALE) /* which scale that is the catalogue knows, and says when the form is right */
    buf_printf(out, "a whole number on its framework's scale of levels, %d or more and %d at most",
               m->min, m->max);
  else
    buf_printf(out, "a whole number from %d to %d", m->min, m->max);
}
static void wants_date(const struct member *m, struct buf *out) {
  (void)m;
  buf_puts(out, "a real date written YYYY-MM-DD, from 1900 to 2199");
}
static void wants_clock(const struct member *m, struct buf *out) {
  (void)m;
  buf_puts(out, "a time of day written HH:MM, 00:00 to 24:00");
}
static void wants_flag(const struct member *m, struct buf *out) {
  (void)m;
  buf_puts(out, "true or false");
}
static void wants_word(const struct member *m, struct buf *out) {
  buf_puts(out, m->words[1] ? "one of " : "");
  for (size_t i = 0; m->words[i]; i++)
    buf_printf(out, "%s\"%s\"", i > 0 ? ", " : "", m->words[i]);
}
static void wants_object(const struct member *m, struct buf *out) {
  (void)m;
  buf_puts(out, "an object");
}
static void wants_map(const struct member *m, struct buf *out) {
  buf_printf(out, "an object of at most %d members, each named by a code", m->max);
}
static void wants_span(const struct member *m, struct buf *out) {
  (void)m;
  buf_puts(out, "two times of day, [\"HH:MM\",\"HH:MM\"], the second not before the first");
}

static void (*const wants[KIND_COUNT])(const struct member *m, struct buf *out) = {
    [KIND_TEXT] = wants_text,     [KIND_CODE] = wants_code,      [KIND_NAME] = wants_name,
    [KIND_TIME] = wants_time,     [KIND_WHOLE] = wants_whole,    [KIND_DATE] = wants_date,
    [KIND_CLOCK] = wants_clock,   [KIND_FLAG] = wants_flag,      [KIND_WORD] = wants_word,
    [KIND_OBJECT] = wants_object, [KIND_MAP] = wants_map,        [KIND_SPAN] = wants_span,
    [KIND_TOKEN] = wants_object,  [KIND_DROPPED] = wants_object,
};

void member_wants(const struct member *m, struct buf *out) {
  wants[m->kind](m, out);
}

static void list_wants(const struct member *m, struct buf *out) {
  buf_printf(out, "a list of %d to %d values, each ", m->flags & FLAG_NONEMPTY ? 1 : 0, LIST_MAX);
  member_wants(m, out);
}

/* "<lead> <what is wanted>" at p. */
static void fault_wants(struct reading *r, enum fault_code code, const struct member *m, bool list,
                        const struct path *p, const char *lead) {
  struct buf text = {0};
  (list ? list_wants : member_wants)(m, &text);
  fault_at(r->a, r->faults, m->flags & FLAG_CLOUD ? FAULT_NOT_CLOUDEVENT : code, p, "%s %s", lead,
           buf_cstr(&text));
  buf_finish(&text);
}

static bool wrong_type(struct reading *r, const struct member *m, bool list,
                       const struct json_token *t, const struct path *p) {
  fault_wants(r, FAULT_WRONG_TYPE, m, list, p,
              t->kind == JSON_NULL ? "null is not a value; leave the member out, or give"
                                   : "this must be");
  return false;
}

static bool out_of_range(struct reading *r, const struct member *m, const struct path *p) {
  fault_wants(r, FAULT_OUT_OF_RANGE, m, false, p, "this must be");
  return false;
}

/* A value that was read, and that is more than is taken today. */
static void misfit_wants(struct reading *r, const struct member *m, const struct path *p) {
  struct buf text = {0};

  member_wants(m, &text);
  misfit_at(r->a, r->faults, FAULT_OUT_OF_RANGE, p, "this must be %s", buf_cstr(&text));
  buf_finish(&text);
}

/* --- texts --- */

bool is_code(const char *text, size_t len, int32_t max) {
  if (len < 1 || len > (size_t)max || text[0] == ' ' || text[len - 1] == ' ')
    return false;

  for (size_t i = 0; i < len; i++)
    if (text[i] < 0x20 || text[i] > 0x7e)
      return false;

  return true;
}

/* UTF-8 is known to be well formed. */
static bool is_text(const char *text, size_t len, int32_t min, int32_t max) {
  int64_t characters = 0;
  if (text_has_control(text, len))
    return false;

  for (size_t i = 0; i < len; i++) {
    if (((unsigned char)text[i] & 0xc0) != 0x80)
      characters++;
  }

  return characters >= min && characters <= max;
}

/* --- reading one value --- */

/* Each reads a token into the value at `at`; false when it was not one, after saying so. */
typedef bool reader_fn(struct reading *r, const struct member *m, const struct json_token *t,
                       const struct path *p, void *at);

static bool read_string(struct reading *r, const struct member *m, const struct json_token *t,
                        const struct path *p, void *at, bool ok) {
  if (!ok)
    return out_of_range(r, m, p);
  *(const char **)at = t->text;
  return true;
}

/* The journal holds what the catalogue made of a name, which may be longer than what may be sent.
 */
static int32_t most(const struct reading *r, const struct member *m) {
  if (r->trusted)
    return INT32_MAX;
  return m->max;
}

static bool read_text(struct reading *r, const struct member *m, const struct json_token *t,
                      const struct path *p, void *at) {
  if (t->kind != JSON_STRING)
    return wrong_type(r, m, false, t, p);
  return read_string(r, m, t, p, at, r->trusted || is_text(t->text, t->len, m->min, m->max));
}

static bool read_code(struct reading *r, const struct member *m, const struct json_token *t,
                      const struct path *p, void *at) {
  if (t->kind != JSON_STRING)
    return wrong_type(r, m, false, t, p);
  return read_string(r, m, t, p, at, is_code(t->text, t->len, most(r, m)));
}

static bool read_name(struct reading *r, const struct member *m, const struct json_token *t,
                      const struct path *p, void *at) {
  if (t->kind != JSON_STRING)
    return wrong_type(r, m, false, t, p);
  return read_string(r, m, t, p, at, is_name(t->text, t->len, most(r, m), m->flags & FLAG_DASH));
}

static bool read_time(struct reading *r, const struct member *m, const struct json_token *t,
                      const struct path *p, void *at) {
  struct instant instant;
  if (t->kind != JSON_STRING)
    return wrong_type(r, m, false, t, p);
  if (!read_string(r, m, t, p, at, instant_parse(t->text, t->len, &instant)))
    return false;

  bool bounded = r->trusted || instant_digits(t->text, t->len) <= INSTANT_DIGITS;
  if (!bounded)
    misfit_wants(r, m, p);

  return true;
}

static bool read_whole(struct reading *r, const struct member *m, const struct json_token *t,
                       const struct path *p, void *at) {
  int64_t v;
  enum whole whole = WHOLE_FRACTION;

  if (t->kind == JSON_NUMBER)
    whole = json_whole(t->text, t->len, &v);

  if (whole == WHOLE_FRACTION)
    return wrong_type(r, m, false, t, p);
  if (whole == WHOLE_HUGE || v < m->min || v > m->max)
    return out_of_range(r, m, p);

  *(int32_t *)at = (int32_t)v;

  return true;
}

static bool read_date(struct reading *r, const struct member *m, const struct json_token *t,
                      const struct path *p, void *at) {
  if (t->kind != JSON_STRING)
    return wrong_type(r, m, false, t, p);
  return date_parse(t->text, t->len, at) || out_of_range(r, m, p);
}

static bool read_clock(struct reading *r, const struct member *m, const struct json_token *t,
                       const struct path *p, void *at) {
  if (t->kind != JSON_STRING)
    return wrong_type(r, m, false, t, p);
  return clock_parse(t->text, t->len, at) || out_of_range(r, m, p);
}

static bool read_flag(struct reading *r, const struct member *m, const struct json_token *t,
                      const struct path *p, void *at) {
  if (t->kind != JSON_BOOL)
    return wrong_type(r, m, false, t, p);
  *(int32_t *)at = t->len == 4;
  return true;
}

static bool read_word(struct reading *r, const struct member *m, const struct json_token *t,
                      const struct path *p, void *at) {
  if (t->kind != JSON_STRING)
    return wrong_type(r, m, false, t, p);

  for (int32_t i = 0; m->words[i]; i++)
    if (strlen(m->words[i]) == t->len && memcmp(m->words[i], t->text, t->len) == 0) {
      *(int32_t *)at = i;
      return true;
    }

  return out_of_range(r, m, p);
}

static bool read_object(struct reading *r, const struct member *m, const struct json_token *t,
                        const struct path *p, void *at) {
  if (t->kind != JSON_OBJECT)
    return wrong_type(r, m, false, t, p);
  shape_read(r, m->shape, t, p, at);
  return true;
}

static bool read_span(struct reading *r, const struct member *m, const struct json_token *t,
                      const struct path *p, void *at) {
  struct span *span = at;
  span->from = span->to = ABSENT;
  if (t->kind != JSON_ARRAY)
    return wrong_type(r, m, false, t, p);
  if (t->n != 2)
    return out_of_range(r, m, p);

  static const struct member clock = {.kind = KIND_CLOCK};
  struct path first = path_index(p, 0), second = path_index(p, 1);
  const struct json_token *from = t + 1, *to = &r->tokens[from->next];
  bool good = read_clock(r, &clock, from, &first, &span->from);

  good = read_clock(r, &clock, to, &second, &span->to) && good;

  return good && (span->from <= span->to || out_of_range(r, m, &second));
}

static bool read_token(struct reading *r, const struct member *m, const struct json_token *t,
                       const struct path *p, void *at) {
  if (t->kind != JSON_OBJECT)
    return wrong_type(r, m, false, t, p);
  *(const struct json_token **)at = t;
  return true;
}

static bool read_dropped(struct reading *r, const struct member *m, const struct json_token *t,
                         const struct path *p, void *at) {
  (void)r, (void)m, (void)t, (void)p, (void)at;
  return true;
}

static int by_map_key(const void *x, const void *y, void *offset) {
  return strcmp(*(const char *const *)((const char *)x + *(size_t *)offset),
                *(const char *const *)((const char *)y + *(size_t *)offset));
}

static reader_fn read_map;
static reader_fn *const readers[KIND_COUNT] = {
    [KIND_TEXT] = read_text,     [KIND_CODE] = read_code,       [KIND_NAME] = read_name,
    [KIND_TIME] = read_time,     [KIND_WHOLE] = read_whole,     [KIND_DATE] = read_date,
    [KIND_CLOCK] = read_clock,   [KIND_FLAG] = read_flag,       [KIND_WORD] = read_word,
    [KIND_OBJECT] = read_object, [KIND_MAP] = read_map,         [KIND_SPAN] = read_span,
    [KIND_TOKEN] = read_token,   [KIND_DROPPED] = read_dropped,
};

static bool read_map(struct reading *r, const struct member *m, const struct json_token *t,
                     const struct path *p, void *at) {
  struct any_list *list = at;
  if (t->kind != JSON_OBJECT)
    return wrong_type(r, m, false, t, p);
  if (t->n > (uint32_t)m->max)
    return out_of_range(r, m, p);

  *list = (struct any_list){arena_alloc(r->a, t->n * m->shape->size), t->n};
  const struct json_token *child = t + 1;
  char *item = list->items;
  for (uint32_t i = 0; i < t->n; i++, child = &r->tokens[child->next], item += m->shape->size) {
    struct path here = {p, child->key, child->key_len, 0};
    shape_blank(m->shape, item);
    *(const char **)(void *)(item + m->beside) = child->key;
    if (!is_code(child->key, child->key_len, WIRE_MAX))
      fault_at(r->a, r->faults, FAULT_OUT_OF_RANGE, &here,
               "the name of this member must be a code of 1 to 128 printable ASCII characters");

    const struct member *bare = &m->shape->members[0];

    if (m->flags & FLAG_BARE)
      readers[bare->kind](r, bare, child, &here, item + bare->offset);
    else if (child->kind != JSON_OBJECT)
      fault_at(r->a, r->faults, FAULT_WRONG_TYPE, &here, "this must be an object");
    else
      shape_read(r, m->shape, child, &here, item);
  }

  qsort_r(list->items, list->n, m->shape->size, by_map_key, (void *)(uintptr_t)&m->beside);

  return true;
}

/* --- reading an object --- */

size_t member_size(const struct member *m) {
  switch (m->kind) {
  case KIND_TEXT:
  case KIND_CODE:
  case KIND_NAME:
  case KIND_TIME:
    return sizeof(const char *);
  case KIND_OBJECT:
  case KIND_MAP:
    return m->shape->size;
  case KIND_SPAN:
    return sizeof(struct span);
  default:
    return sizeof(int32_t);
  }
}

static bool is_string(const struct member *m) {
  return m->kind <= KIND_TIME;
}
static bool is_number(const struct member *m) {
  return m->kind >= KIND_WHOLE && m->kind <= KIND_WORD;
}
static bool is_list(const struct member *m) {
  return (m->flags & FLAG_LIST) || m->kind == KIND_MAP;
}

void shape_blank(const struct shape *s, void *base) {
  for (const struct member *m = s->members; m < s->members + s->n; m++) {
    if (is_list(m))
      continue;

    if (is_number(m))
      *(int32_t *)(void *)((char *)base + m->offset) = ABSENT;
    if (m->kind == KIND_OBJECT)
      shape_blank(m->shape, (char *)base + m->offset);
  }
}

static void read_list(struct reading *r, const struct member *m, const struct json_token *t,
                      const struct path *p, struct any_list *list) {
  if (t->kind != JSON_ARRAY) {
    wrong_type(r, m, true, t, p);
    return;
  }
  if ((t->n == 0 && (m->flags & FLAG_NONEMPTY)) || (t->n > LIST_MAX && !r->trusted)) {
    fault_wants(r, FAULT_OUT_OF_RANGE, m, true, p, "this must be");
    return;
  }

  size_t size = member_size(m);
  *list = (struct any_list){arena_alloc(r->a, t->n * size), t->n};
  const struct json_token *item = t + 1;
  char *at = list->items;
  for (uint32_t i = 0; i < t->n; i++, item = &r->tokens[item->next], at += size) {
    struct path here = path_index(p, i);
    if (m->kind == KIND_OBJECT)
      shape_blank(m->shape, at);
    readers[m->kind](r, m, item, &here, at);
  }
}

/* Senders keep an order, often ours: begin where the last one was found. */
static const struct member *find(const struct shape *s, const struct json_token *t,
                                 uint32_t *hint) {
  for (uint32_t i = 0, at = *hint; i < s->n; i++, at = at + 1 == s->n ? 0 : at + 1) {
    if (s->members[at].len == t->key_len && memcmp(s->members[at].name, t->key, t->key_len) == 0) {
      if (at + 1 == s->n)
        *hint = 0;
      else
        *hint = at + 1;
      return &s->members[at];
    }
  }

  return NULL;
}

static void unknown_member(struct reading *r, const struct shape *s, const struct path *p) {
  struct buf names = {0};
  for (uint32_t i = 0; i < s->n; i++)
    if (!(s->members[i].flags & FLAG_RESOLVED))
      buf_printf(&names, "%s%s", i > 0 ? ", " : "", s->members[i].name);

  fault_at(r->a, r->faults, FAULT_UNKNOWN_MEMBER, p, "no such member here; %s takes: %s", s->name,
           buf_cstr(&names));
  buf_finish(&names);
}

static void missing(struct reading *r, const struct member *m, const struct path *p) {
  struct path here = path_member(p, m);
  fault_wants(r, FAULT_MISSING, m, m->flags & FLAG_LIST, &here, "this member is required:");
}

/* "unit", "level with subject": the members of an alternative. */
static void put_alternative(struct buf *out, const struct shape *s, uint8_t which) {
  bool first = true;

  for (uint32_t i = 0; i < s->n; i++) {
    if (s->members[i].alternative != which)
      continue;
    buf_printf(out, "%s%s", first ? "" : " with ", s->members[i].name);
    first = false;
  }
}

static uint8_t last_alternative(const struct shape *s) {
  uint8_t last = 0;
  for (uint32_t i = 0; i < s->n; i++)
    if (s->members[i].alternative > last)
      last = s->members[i].alternative;
  return last;
}

static void fault_alternatives(struct reading *r, const struct shape *s, enum fault_code code,
                               const struct member *m, const struct path *p) {
  struct buf text = {0};

  for (uint8_t which = 1; which <= last_alternative(s); which++) {
    buf_puts(&text, which > 1 ? " or " : "");
    put_alternative(&text, s, which);
  }

  struct path here = path_member(p, m);
  fault_at(r->a, r->faults, code, &here, "exactly one is wanted of: %s", buf_cstr(&text));
  buf_finish(&text);
}

/* Exactly one alternative, and that one whole. */
static void check_alternatives(struct reading *r, const struct shape *s, uint64_t seen,
                               const struct path *p) {
  uint8_t chosen = 0;
  const struct member *first = NULL;

  for (uint32_t i = 0; i < s->n; i++) {
    const struct member *m = &s->members[i];
    if (m->alternative == 0)
      continue;

    if (!first)
      first = m;

    if (!(seen >> i & 1))
      continue;

    if (chosen == 0)
      chosen = m->alternative;
    if (m->alternative != chosen)
      fault_alternatives(r, s, FAULT_OUT_OF_RANGE, m, p);
  }

  if (!first)
    return;

  if (chosen == 0)
    fault_alternatives(r, s, FAULT_MISSING, first, p);
  for (uint32_t i = 0; i < s->n && chosen != 0; i++)
    if (s->members[i].alternative == chosen && !(seen >> i & 1))
      fault_alternatives(r, s, FAULT_MISSING, &s->members[i], p);
}

static int32_t number_at(const void *base, size_t offset) {
  return *(const int32_t *)(const void *)((const char *)base + offset);
}
static const char *string_at(const void *base, size_t offset) {
  return *(const char *const *)(const void *)((const char *)base + offset);
}
static const struct any_list *list_at(const void *base, size_t offset) {
  return (const struct any_list *)(const void *)((const char *)base + offset);
}

/* The journal may hold what earlier versions took: it is never checked again. */
static void check_not_before(struct reading *r, const struct member *m, int32_t to,
                             const char *first, int32_t from, const struct path *p) {
  if (r->trusted || from == ABSENT || to == ABSENT || from <= to)
    return;

  struct path here = path_member(p, m);
  misfit_at(r->a, r->faults, FAULT_OUT_OF_RANGE, &here, "'%s' must not be before %s", m->name,
            first);
}

static void check_order(struct reading *r, const struct shape *s, const struct member *m,
                        const struct path *p, const void *base) {
  const struct member *first = s->members;
  char name[32];

  while (first->offset != m->beside)
    first++;

  snprintf(name, sizeof(name), "'%s'", first->name);
  check_not_before(r, m, number_at(base, m->offset), name, number_at(base, first->offset), p);
}

static void check_items(struct reading *r, const struct member *list, const void *base,
                        const struct member *date, const struct path *p) {
  const struct shape *s = list->shape;
  const struct any_list *items = list_at(base, list->offset);

  for (const struct member *m = s->members; m < s->members + s->n; m++) {
    if (!(m->flags & FLAG_NOT_BEFORE_DATE))
      continue;

    for (uint32_t i = 0; i < items->n; i++) {
      const char *item = (const char *)items->items + i * s->size;
      struct path here = path_index(p, i);
      check_not_before(r, m, number_at(item, m->offset), "the event's date",
                       number_at(base, date->offset), &here);
    }
  }
}

void shape_relations(struct reading *r, const struct shape *s, const void *base,
                     const struct path *p) {
  const struct member *date = NULL;

  for (const struct member *m = s->members; m < s->members + s->n; m++)
    if (m->kind == KIND_DATE && strcmp(m->name, "date") == 0)
      date = m;

  if (!date)
    return;

  for (const struct member *m = s->members; m < s->members + s->n; m++) {
    struct path here = path_member(p, m);
    if (m->kind == KIND_OBJECT && (m->flags & FLAG_LIST))
      check_items(r, m, base, date, &here);
  }
}

/* What can only be said when all members are read. */
static void check_object(struct reading *r, const struct shape *s, uint64_t seen,
                         const struct path *p, const void *base) {
  bool alternatives = false;

  for (uint32_t i = 0; i < s->n; i++) {
    const struct member *m = &s->members[i];
    if ((m->flags & FLAG_REQUIRED) && !(seen >> i & 1))
      missing(r, m, p);
    if (m->flags & FLAG_NOT_BEFORE)
      check_order(r, s, m, p, base);

    alternatives = alternatives || m->alternative != 0;
  }

  if (alternatives)
    check_alternatives(r, s, seen, p);
}

void shape_read(struct reading *r, const struct shape *s, const struct json_token *t,
                const struct path *p, void *base) {
  uint64_t seen = 0;
  uint32_t hint = 0;

  if (s->given >= 0)
    *(int32_t *)(void *)((char *)base + s->given) = 1;

  const struct json_token *child = t + 1;
  for (uint32_t i = 0; i < t->n; i++, child = &r->tokens[child->next]) {
    struct path here = {p, child->key, child->key_len, 0};
    const struct member *m = find(s, child, &hint);
    if (!m || ((m->flags & FLAG_RESOLVED) && !r->trusted)) {
      unknown_member(r, s, &here);
      continue;
    }
    if (s->null_is_absent && child->kind == JSON_NULL && m->kind != KIND_TOKEN)
      continue;

    seen |= (uint64_t)1 << (m - s->members);
    if (m->flags & FLAG_LIST)
      read_list(r, m, child, &here, (struct any_list *)(void *)((char *)base + m->offset));
    else
      readers[m->kind](r, m, child, &here, (char *)base + m->offset);
  }

  check_object(r, s, seen, p, base);
}

void shape_marks(struct reading *r, const struct json_token *t, const struct path *p) {
  if (t->marks & JSON_TWICE)
    fault_at(r->a, r->faults, FAULT_NOT_JSON, p,
             "a member must not be there twice in one object; this is the second");

  if (t->marks & JSON_LONE)
    fault_at(r->a, r->faults, FAULT_NOT_JSON, p,
             "a surrogate escape (\\ud800 to \\udfff) must be half of a pair");

  if (t->marks & JSON_DEEP)
    fault_at(r->a, r->faults, FAULT_NOT_JSON, p,
             "arrays and objects must not be nested deeper than %d", JSON_MAX_DEPTH);

  const struct json_token *child = t + 1;
  for (uint32_t i = 0; i < t->n && !r->faults->cut; i++, child = &r->tokens[child->next]) {
    struct path here = {p, child->key, child->key_len, i};
    shape_marks(r, child, &here);
  }
}

/* --- repeated slots --- */

static int compare_strings(const char *a, const char *b) {
  if (!a || !b)
    return (a != NULL) - (b != NULL);
  return strcmp(a, b);
}

struct slots {
  const struct member *list;
  const char *items;
  size_t size;
};

static int compare_member(const struct member *m, const char *a, const char *b) {
  if (is_string(m))
    return compare_strings(string_at(a, m->offset), string_at(b, m->offset));

  int32_t x = number_at(a, m->offset), y = number_at(b, m->offset);
  return (x > y) - (x < y);
}

static int compare_slots(const struct slots *s, uint32_t x, uint32_t y) {
  const char *a = s->items + x * s->size, *b = s->items + y * s->size;
  if (s->list->kind != KIND_OBJECT)
    return compare_strings(string_at(a, 0), string_at(b, 0));

  const struct shape *shape = s->list->shape;
  for (const struct member *m = shape->members; m < shape->members + shape->n; m++) {
    if (!(m->flags & FLAG_SLOT))
      continue;

    int order = compare_member(m, a, b);
    if (order != 0)
      return order;
  }

  return 0;
}

/* Can this item be judged? Not when what makes its slot could not be read. */
static bool slot_known(const struct slots *s, uint32_t i) {
  const char *item = s->items + i * s->size;
  if (s->list->kind != KIND_OBJECT)
    return string_at(item, 0) != NULL;

  const struct shape *shape = s->list->shape;
  bool alternatives = false, chosen = false;

  for (const struct member *m = shape->members; m < shape->members + shape->n; m++) {
    if (!(m->flags & FLAG_SLOT))
      continue;

    bool given = member_given(m, item);
    if ((m->flags & FLAG_REQUIRED) && !given)
      return false;

    alternatives = alternatives || m->alternative != 0;
    chosen = chosen || (m->alternative != 0 && given);
  }

  return chosen || !alternatives;
}

bool member_unique(const struct member *m) {
  if (!(m->flags & FLAG_LIST))
    return false;
  if (is_string(m))
    return true;

  for (uint32_t i = 0; m->kind == KIND_OBJECT && i < m->shape->n; i++)
    if (m->shape->members[i].flags & FLAG_SLOT)
      return true;

  return false;
}

static bool said_already(const struct faults *v, const struct path *p) {
  bool found = false;
  struct buf pointer = {0};

  put_path(&pointer, p);
  for (uint32_t i = 0; i < v->n && !found; i++)
    found = v->faults[i].code == FAULT_REPEATED &&
            strcmp(v->faults[i].pointer, buf_cstr(&pointer)) == 0;

  buf_finish(&pointer);

  return found;
}

static void fault_repeated(struct arena *a, struct faults *v, uint32_t first, uint32_t second,
                           const struct path *list) {
  struct path here = path_index(list, second);
  if (v->n > 0 && said_already(v, &here))
    return;

  misfit_at(a, v, FAULT_REPEATED, &here,
            "this says again what item %u of the list says; each may be there once", first);
}

static int by_slot(const void *x, const void *y, void *slots) {
  uint32_t i = *(const uint32_t *)x, j = *(const uint32_t *)y;
  int order = compare_slots(slots, i, j);
  if (order != 0)
    return order;
  return (i > j) - (i < j);
}

static void repeats_among_many(struct arena *a, struct faults *v, struct slots *s, uint32_t n,
                               const struct path *p) {
  uint32_t *order = mem_array(n, sizeof(*order)), known = 0;
  for (uint32_t i = 0; i < n; i++)
    if (slot_known(s, i))
      order[known++] = i;

  qsort_r(order, known, sizeof(*order), by_slot, s);
  for (uint32_t i = 1, first = 0; i < known; i++) {
    if (compare_slots(s, order[first], order[i]) != 0)
      first = i;
    else
      fault_repeated(a, v, order[first], order[i], p);
  }

  free(order);
}

static void list_repeats(struct arena *a, struct faults *v, const struct member *m,
                         const struct any_list *list, const struct path *p) {
  struct slots s = {m, list->items, member_size(m)};
  if (list->n > FEW_ITEMS) {
    repeats_among_many(a, v, &s, list->n, p);
    return;
  }

  for (uint32_t i = 1; i < list->n; i++)
    for (uint32_t j = 0; j < i; j++)
      if (compare_slots(&s, i, j) == 0 && slot_known(&s, i)) {
        fault_repeated(a, v, j, i, p);
        break;
      }
}

static void once_repeats(struct arena *a, struct faults *v, const struct shape *s,
                         const struct member *m, const struct any_list *list,
                         const struct path *items) {
  uint32_t first = list->n;

  for (uint32_t i = 0; i < list->n; i++) {
    if (number_at((const char *)list->items + i * s->size, m->offset) != 1)
      continue;
    if (first == list->n) {
      first = i;
      continue;
    }
    struct path item = path_index(items, i), here = path_member(&item, m);
    if (v->n > 0 && said_already(v, &here))
      continue;
    misfit_at(a, v, FAULT_REPEATED, &here, "item %u of the list says this already; at most one may",
              first);
  }
}

void shape_repeats(struct arena *a, struct faults *v, const struct shape *s, const void *base,
                   const struct path *p) {
  for (const struct member *m = s->members; m < s->members + s->n; m++) {
    const struct any_list *list = list_at(base, m->offset);
    struct path here = path_member(p, m);

    if (member_unique(m) && list->n > 1)
      list_repeats(a, v, m, list, &here);

    if (m->kind != KIND_OBJECT)
      continue;

    if (!(m->flags & FLAG_LIST))
      shape_repeats(a, v, m->shape, (const char *)base + m->offset, &here);
    for (uint32_t k = 0; (m->flags & FLAG_LIST) && k < m->shape->n; k++)
      if (m->shape->members[k].flags & FLAG_ONCE)
        once_repeats(a, v, m->shape, &m->shape->members[k], list, &here);

    for (uint32_t i = 0; (m->flags & FLAG_LIST) && i < list->n; i++) {
      struct path item = path_index(&here, i);
      shape_repeats(a, v, m->shape, (const char *)list->items + i * m->shape->size, &item);
    }
  }
}

/* --- encoding --- */

static bool object_given(const struct shape *s, const void *base) {
  if (s->given >= 0)
    return number_at(base, (size_t)s->given) == 1;

  for (uint32_t i = 0; i < s->n; i++)
    if (member_given(&s->members[i], base))
      return true;

  return false;
}

bool member_given(const struct member *m, const void *base) {
  if (is_list(m))
    return list_at(base, m->offset)->items != NULL;
  if (is_string(m))
    return string_at(base, m->offset) != NULL;
  if (is_number(m))
    return number_at(base, m->offset) != ABSENT;
  return m->kind == KIND_OBJECT && object_given(m->shape, (const char *)base + m->offset);
}

typedef void writer_fn(struct buf *out, const struct member *m, const void *at);

static void write_string(struct buf *out, const struct member *m, const void *at) {
  (void)m;
  json_str(out, string_at(at, 0));
}
/* has nothing to escape */
static void write_name(struct buf *out, const struct member *m, const void *at) {
  const char *name = string_at(at, 0);
  (void)m;
  buf_put(out, "\"", 1);
  buf_put(out, name, strlen(name));
  buf_put(out, "\"", 1);
}
static void write_whole(struct buf *out, const struct member *m, const void *at) {
  (void)m;
  char text[12], *p = text + sizeof(text);
  int64_t v = number_at(at, 0), rest = v < 0 ? -v : v;

  do
    *--p = (char)('0' + rest % 10);
  while ((rest /= 10) > 0);

  if (v < 0)
    *--p = '-';

  buf_put(out, p, (size_t)(text + sizeof(text) - p));
}
static void write_date(struct buf *out, const struct member *m, const void *at) {
  char text[DATE_TEXT];
  (void)m;
  json_str(out, date_text(number_at(at, 0), text));
}
static void put_clock(struct buf *out, int32_t minute) {
  int hours = minute / 60, rest = minute % 60;
  char text[5] = {(char)('0' + hours / 10), (char)('0' + hours % 10), ':', (char)('0' + rest / 10),
                  (char)('0' + rest % 10)};
  json_strn(out, text, sizeof(text));
}
static void write_clock(struct buf *out, const struct member *m, const void *at) {
  (void)m;
  put_clock(out, number_at(at, 0));
}
static void write_flag(struct buf *out, const struct member *m, const void *at) {
  (void)m;
  json_bool(out, number_at(at, 0) == 1);
}
static void write_word(struct buf *out, const struct member *m, const void *at) {
  json_str(out, m->words[number_at(at, 0)]);
}
static void write_object(struct buf *out, const struct member *m, const void *at) {
  shape_encode(out, m->shape, at);
}
static void write_span(struct buf *out, const struct member *m, const void *at) {
  const struct span *span = at;
  (void)m;
  json_open(out, '[');
  put_clock(out, span->from);
  put_clock(out, span->to);
  json_close(out, ']');
}

static writer_fn *const writers[KIND_COUNT] = {
    [KIND_TEXT] = write_string,   [KIND_CODE] = write_string, [KIND_NAME] = write_name,
    [KIND_TIME] = write_string,   [KIND_WHOLE] = write_whole, [KIND_DATE] = write_date,
    [KIND_CLOCK] = write_clock,   [KIND_FLAG] = write_flag,   [KIND_WORD] = write_word,
    [KIND_OBJECT] = write_object, [KIND_SPAN] = write_span,
};

static void write_list(struct buf *out, const struct member *m, const struct any_list *list) {
  size_t size = member_size(m);
  buf_put(out, "[", 1);
  for (uint32_t i = 0; i < list->n; i++) {
    if (i > 0)
      buf_put(out, ",", 1);
    writers[m->kind](out, m, (const char *)list->items + i * size);
  }

  buf_put(out, "]", 1);
}

static void write_map(struct buf *out, const struct member *m, const struct any_list *list) {
  const struct member *bare = &m->shape->members[0];
  buf_put(out, "{", 1);
  for (uint32_t i = 0; i < list->n; i++) {
    const char *item = (const char *)list->items + i * m->shape->size;
    json_key(out, string_at(item, m->beside));
    if (m->flags & FLAG_BARE)
      writers[bare->kind](out, bare, item + bare->offset);
    else
      shape_encode(out, m->shape, item);
  }

  json_close(out, '}');
}

/* Names come ready to be written, and brackets without looking for a comma: half the cost of the
 * general writer. */
void shape_encode(struct buf *out, const struct shape *s, const void *base) {
  size_t comma = 1; /* not before the first */
  buf_put(out, "{", 1);
  for (const struct member *m = s->members; m < s->members + s->n; m++) {
    if (!member_given(m, base))
      continue;

    buf_put(out, m->key + comma, m->len + 4 - comma);
    comma = 0;

    if (m->flags & FLAG_LIST)
      write_list(out, m, list_at(base, m->offset));
    else if (m->kind == KIND_MAP)
      write_map(out, m, list_at(base, m->offset));
    else
      writers[m->kind](out, m, (const char *)base + m->offset);
  }

  buf_put(out, "}", 1);
}

/* --- deep copies --- */

void *block_take(struct block *b, const void *from, size_t size) {
  size_t step = (size + 7) / 8 * 8;
  void *to = NULL;

  if (b->at)
    to = b->at + b->used;

  b->used += step;
  if (to && size > 0)
    memcpy(to, from, size);

  return to;
}

const char *block_text(struct block *b, const char *text) {
  if (text)
    return block_take(b, text, strlen(text) + 1);
  return NULL;
}

static void keep_list(struct block *b, const struct member *m, const struct any_list *from,
                      struct any_list *to) {
  if (!from->items)
    return;

  size_t size = member_size(m);
  char *items = block_take(b, from->items, from->n * size);

  if (to)
    to->items = items;
  for (uint32_t i = 0; i < from->n; i++) {
    const char *item = (const char *)from->items + i * size;
    char *copy = NULL;

    if (items)
      copy = items + i * size;
    if (is_string(m)) {
      const char *text = block_text(b, string_at(item, 0));
      if (copy)
        *(const char **)(void *)copy = text;
    }

    if (m->kind == KIND_MAP) {
      const char *key = block_text(b, string_at(item, m->beside));
      if (copy)
        *(const char **)(void *)(copy + m->beside) = key;
    }

    if (m->shape)
      shape_keep(b, m->shape, item, copy);
  }
}

void shape_keep(struct block *b, const struct shape *s, const void *from, void *to) {
  for (const struct member *m = s->members; m < s->members + s->n; m++) {
    char *place = NULL;
    if (to)
      place = (char *)to + m->offset;
    if (is_list(m)) {
      keep_list(b, m, list_at(from, m->offset), (struct any_list *)(void *)place);
    } else if (is_string(m)) {
      const char *text = block_text(b, string_at(from, m->offset));
      if (place)
        *(const char **)(void *)place = text;
    } else if (m->kind == KIND_OBJECT) {
      shape_keep(b, m->shape, (const char *)from + m->offset, place);
    }
  }
}
