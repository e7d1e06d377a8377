/* body - see body.h. */
#include "door/body.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/date.h"

#define SHOWN 64 /* characters of a strange member's name that are said back */

int body_tree(struct arena *a, const char *body, size_t len, struct json *ret, struct faults *v) {
  size_t offset = 0;
  const char *message = NULL;
  if (json_tree(a, body, len, ret, &offset, &message) < 0) {
    faults_add(v, a, FAULT_NOT_JSON, "", "%s", message);
    v->faults[v->n - 1].offset = (int64_t)offset;
    return -EINVAL;
  }
  if (ret->kind != JSON_OBJECT) {
    faults_add(v, a, FAULT_WRONG_TYPE, "", "the body of this verb is an object");
    return -EINVAL;
  }

  return 0;
}

/* RFC 6901: ~ and / in a name are escaped. */
static const char *pointer_to(struct arena *a, const char *key) {
  char *out = arena_alloc(a, 2 * strlen(key) + 2), *to = out;
  *to++ = '/';
  for (; *key != '\0'; key++)
    if (*key == '~' || *key == '/') {
      *to++ = '~';
      *to++ = *key == '~' ? '0' : '1';
    } else {
      *to++ = *key;
    }

  return out;
}

static const char *names(struct arena *a, const struct body_row *rows, size_t n) {
  char *all = NULL;

  for (size_t i = 0; i < n; i++) {
    if (i == 0)
      all = arena_printf(a, "%s", rows[i].name);
    else
      all = arena_printf(a, "%s, %s", all, rows[i].name);
  }

  return all;
}

static void unknown_member(struct arena *a, const char *key, const char *what,
                           const struct body_row *rows, size_t n, struct faults *v) {
  const char *pointer = pointer_to(a, key);
  if (n == 0)
    faults_add(v, a, FAULT_UNKNOWN_MEMBER, pointer, "%s takes no members", what);
  else
    faults_add(v, a, FAULT_UNKNOWN_MEMBER, pointer, "%s has no member '%.*s'; it takes %s", what,
               SHOWN, key, names(a, rows, n));
}

/* "credit is a whole number, at least 0", "topics is a list of 1 to 256 items". */
static const char *bounds(struct arena *a, const struct body_row *r) {
  if (r->kind == BODY_WHOLE && r->max == INT64_MAX)
    return arena_printf(a, "%s is a whole number, at least %" PRId64, r->name, r->min);

  if (r->kind == BODY_WHOLE)
    return arena_printf(a, "%s is a whole number from %" PRId64 " to %" PRId64, r->name, r->min,
                        r->max);

  if (r->kind == BODY_OBJECT)
    return arena_printf(a, "%s is an object of %" PRId64 " to %" PRId64 " members", r->name, r->min,
                        r->max);

  return arena_printf(a,
                      r->kind == BODY_LIST ? "%s is a list of %" PRId64 " to %" PRId64 " items"
                                           : "%s is text of %" PRId64 " to %" PRId64 " bytes",
                      r->name, r->min, r->max);
}

static bool bounded(struct arena *a, const struct body_row *r, int64_t n, struct faults *v) {
  if (n >= r->min && n <= r->max)
    return true;

  faults_add(v, a, FAULT_OUT_OF_RANGE, pointer_to(a, r->name),
             r->kind == BODY_WHOLE ? "%s" : "%s; this has %" PRId64, bounds(a, r), n);
  return false;
}

static void wrong_type(struct arena *a, const struct body_row *r, const char *right,
                       struct faults *v) {
  faults_add(v, a, FAULT_WRONG_TYPE, pointer_to(a, r->name), "%s is %s", r->name, right);
}

static bool take_text(struct arena *a, const struct body_row *r, const struct json *j,
                      struct body_value *to, struct faults *v) {
  if (memchr(j->text, '\0', j->len)) {
    faults_add(v, a, FAULT_OUT_OF_RANGE, pointer_to(a, r->name), "%s has no NUL character in it",
               r->name);
    return false;
  }

  to->text = j->text;
  to->len = j->len;

  return bounded(a, r, (int64_t)j->len, v);
}

static bool take_whole(struct arena *a, const struct body_row *r, const struct json *j,
                       struct body_value *to, struct faults *v) {
  enum whole w = json_whole(j->text, j->len, &to->whole);
  if (w == WHOLE_FRACTION)
    wrong_type(a, r, "a whole number", v);
  if (w == WHOLE_HUGE)
    to->whole = INT64_MAX;

  return w != WHOLE_FRACTION && bounded(a, r, to->whole, v);
}

static bool take_date(struct arena *a, const struct body_row *r, const struct json *j,
                      struct body_value *to, struct faults *v) {
  int32_t day;
  if (!date_parse(j->text, j->len, &day)) {
    faults_add(v, a, FAULT_OUT_OF_RANGE, pointer_to(a, r->name),
               "%s is a date of the calendar, such as \"2026-11-22\"", r->name);
    return false;
  }

  to->whole = day;

  return true;
}

static bool take_list(struct arena *a, const struct body_row *r, const struct json *j,
                      struct body_value *to, struct faults *v) {
  to->list = j;
  return bounded(a, r, j->n, v);
}

static bool take_flag(struct arena *a, const struct body_row *r, const struct json *j,
                      struct body_value *to, struct faults *v) {
  (void)a, (void)r, (void)v;
  to->whole = j->boolean;
  return true;
}

static const struct {
  enum json_kind json;
  const char *right;
  bool (*take)(struct arena *, const struct body_row *, const struct json *, struct body_value *,
               struct faults *);
} kinds[] = {
    [BODY_TEXT] = {JSON_STRING, "a string", take_text},
    [BODY_WHOLE] = {JSON_NUMBER, "a whole number", take_whole},
    [BODY_DATE] = {JSON_STRING, "a date, such as \"2026-11-22\"", take_date},
    [BODY_LIST] = {JSON_ARRAY, "a list", take_list},
    [BODY_OBJECT] = {JSON_OBJECT, "an object", take_list},
    [BODY_FLAG] = {JSON_BOOL, "true or false", take_flag},
};

static void take(struct arena *a, const struct body_row *r, const struct json *j,
                 struct body_value *to, struct faults *v) {
  if (j->kind != kinds[r->kind].json)
    wrong_type(a, r, kinds[r->kind].right, v);
  else
    to->given = kinds[r->kind].take(a, r, j, to, v);
}

int body_check(struct arena *a, const struct json *tree, const char *what,
               const struct body_row *rows, size_t n, struct body_value *values, struct faults *v) {
  for (size_t i = 0; i < n; i++)
    values[i] = (struct body_value){0};
  for (uint32_t i = 0; i < tree->n; i++) {
    size_t at = 0;
    while (at < n && strcmp(rows[at].name, tree->items[i].key) != 0)
      at++;
    if (at == n)
      unknown_member(a, tree->items[i].key, what, rows, n, v);
    else
      take(a, &rows[at], &tree->items[i], &values[at], v);
  }
  for (size_t i = 0; i < n; i++)
    if (rows[i].required && !json_member(tree, rows[i].name))
      faults_add(v, a, FAULT_MISSING, pointer_to(a, rows[i].name), "%s needs %s, %s", what,
                 rows[i].name, kinds[rows[i].kind].right);
  if (v->n > 0)
    return -EINVAL;
  return 0;
}

int body_read(struct arena *a, const char *body, size_t len, const char *what,
              const struct body_row *rows, size_t n, struct body_value *values, struct faults *v) {
  struct json tree;
  int rc = body_tree(a, body, len, &tree, v);
  if (rc < 0)
    return rc;
  return body_check(a, &tree, what, rows, n, values, v);
}
