/* advice_diff - which members of a recommendation differ from the one before, and whether that is
 * minor.
 *
 * Both sides are objects that this daemon wrote itself, without white space, so they are compared
 * as text. compare.c publishes the list as `changes`. */
#include <string.h>

#include "pipeline/internal.h"

/* --- members of a canonical JSON object --- */

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
static bool next_member(const char **p, const char *end, struct member *ret) {
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

static bool same_key(const struct member *a, const struct member *b) {
  return a->key_len == b->key_len && memcmp(a->key, b->key, a->key_len) == 0;
}

/* Looks from *at on, then from the start: both objects are written in one order, so that the member
 * is nearly always the next. */
static bool find_member(const char *json, size_t len, const char **at, const struct member *like,
                        struct member *ret) {
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

static bool same_value(const struct member *a, const struct member *b) {
  return a->value_len == b->value_len && memcmp(a->value, b->value, a->value_len) == 0;
}

/* --- what is minor --- */

static bool is_called(const struct member *s, const char *key) {
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

static bool same_but_counts(const struct member *a, const struct member *b) {
  const char *p = a->value, *q = b->value, *p_end = p + a->value_len, *q_end = q + b->value_len;
  while (p < p_end && q < q_end) {
    p = skip_count(p, p_end);
    q = skip_count(q, q_end);
    if (*p++ != *q++)
      return false;
  }

  return p == p_end && q == q_end;
}

bool member_of(const char *json, size_t len, const char *key, struct member *ret) {
  const struct member like = {.key = key, .key_len = strlen(key)};
  const char *at = json;
  return find_member(json, len, &at, &like, ret);
}

static bool counted_anew(const struct advice *a, const struct current_advice *was) {
  struct member mine, theirs;
  return member_of(a->json, a->len, "count", &mine) &&
         member_of(was->advice, was->len, "count", &theirs) && !same_value(&mine, &theirs);
}

/* `theirs` NULL: one side has no such member. A school's advice repeats its counts in the summary
 * and the answers. */
static bool is_minor(const struct member *mine, const struct member *theirs, bool recounted) {
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
  struct member mine, theirs;
  while (next_member(&p, a + a_len, &mine)) {
    bool there = find_member(b, b_len, &at, &mine, &theirs);
    if (there && (!values || same_value(&mine, &theirs)))
      continue;

    json_strn(out, mine.key, mine.key_len);
    if (!is_minor(&mine, there ? &theirs : NULL, recounted))
      *material = true;
  }
}

bool advice_changes(struct buf *out, const struct advice *a, const struct current_advice *was) {
  bool recounted = counted_anew(a, was), material = false;
  list_differing(out, a->json, a->len, was->advice, was->len, true, recounted, &material);
  list_differing(out, was->advice, was->len, a->json, a->len, false, recounted, &material);
  return material;
}
