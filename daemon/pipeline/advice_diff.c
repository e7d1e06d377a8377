/* advice_diff - which members of a recommendation differ from the one before, and whether that is
 * minor.
 *
 * Both sides are objects that this daemon wrote itself, without white space, so they are compared
 * as text. compare.c publishes the list as `changes`. */
#include <string.h>

#include "needs/advice.h"
#include "pipeline/internal.h"

/* Looks from *at on, then from the start: both objects are written in one order, so that the member
 * is nearly always the next. */
static bool find_from(const char *json, size_t len, const char **at, const struct slice *like,
                      struct slice *ret) {
  const char *from = *at;
  while (next_slice(json, len, at, ret))
    if (same_key(ret, like))
      return true;

  *at = NULL;
  while (*at != from && next_slice(json, len, at, ret))
    if (same_key(ret, like))
      return true;

  *at = from;

  return false;
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
  struct slice mine, theirs;
  return find_slice(a->json, a->len, "count", &mine) &&
         find_slice(was->advice, was->len, "count", &theirs) && !same_value(&mine, &theirs);
}

/* `theirs` NULL: one side has no such member. A school's advice repeats its counts in the summary
 * and the answers. */
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
  const char *p = NULL, *at = NULL;
  struct slice mine, theirs;
  while (next_slice(a, a_len, &p, &mine)) {
    bool there = find_from(b, b_len, &at, &mine, &theirs);
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
