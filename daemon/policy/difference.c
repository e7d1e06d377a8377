/* difference - what one person, or one school as a whole, would see otherwise. See difference.h. */
#include "policy/difference.h"

#include <errno.h>
#include <string.h>

/* --- sides --- */

static int by_id(const void *x, const void *y) {
  return strcmp(((const struct told *)x)->id, ((const struct told *)y)->id);
}

static struct side sorted(struct side side) {
  if (side.n > 1)
    qsort(side.items, side.n, sizeof *side.items, by_id);
  return side;
}

struct side side_of_current(const struct current_advice *s, size_t n, struct arena *a) {
  struct side side = {arena_alloc(a, (n + 1) * sizeof *side.items), (uint32_t)n};
  for (size_t i = 0; i < n; i++)
    side.items[i] = (struct told){arena_strndup(a, s[i].id, strlen(s[i].id)),
                                  arena_strndup(a, s[i].advice, s[i].len), s[i].len};
  return sorted(side);
}

struct side side_of_advice(const struct advice_list *l, struct arena *a) {
  struct side side = {arena_alloc(a, (l->n + 1) * sizeof *side.items), l->n};
  for (uint32_t i = 0; i < l->n; i++)
    side.items[i] = (struct told){l->items[i].id, l->items[i].json, l->items[i].len};
  return sorted(side);
}

/* --- comparing --- */

static int parse(const struct told *t, struct arena *a, struct json *ret) {
  size_t offset;
  const char *message;

  *ret = (struct json){.kind = JSON_NULL};
  if (!t || json_tree(a, t->json, t->len, ret, &offset, &message) == 0)
    return 0;
  return -EBADMSG;
}

static int add_change(struct changes *c, enum change_kind kind, const struct told *before,
                      const struct told *after, struct arena *a) {
  struct change *change = &c->items[c->n++];
  *change = (struct change){.kind = kind, .id = before ? before->id : after->id};
  c->of[kind]++;
  if (parse(before, a, &change->before) < 0 || parse(after, a, &change->after) < 0)
    return -EBADMSG;
  return 0;
}

static bool same_bytes(const struct told *x, const struct told *y) {
  return x->len == y->len && memcmp(x->json, y->json, x->len) == 0;
}

static const struct told *item_at(const struct side *side, uint32_t i) {
  if (i < side->n)
    return &side->items[i];
  return NULL;
}

int changes_of(const struct side *before, const struct side *after, struct arena *a,
               struct changes *ret) {
  uint32_t i = 0, k = 0;
  int rc = 0;

  *ret = (struct changes){.items = arena_alloc(a, (before->n + after->n + 1) * sizeof *ret->items)};
  while (rc == 0 && (i < before->n || k < after->n)) {
    const struct told *x = item_at(before, i), *y = item_at(after, k);
    int order;

    if (!x)
      order = 1;
    else if (!y)
      order = -1;
    else
      order = strcmp(x->id, y->id);

    i += order <= 0;
    k += order >= 0;

    if (order < 0)
      rc = add_change(ret, CHANGE_LOSE, x, NULL, a);
    else if (order > 0)
      rc = add_change(ret, CHANGE_GAIN, NULL, y, a);
    else if (!same_bytes(x, y))
      rc = add_change(ret, CHANGE_OTHER, x, y, a);
  }

  return rc;
}

/* Both were written by one encoder: the same members in the same order. */
static bool same_value(const struct json *x, const struct json *y) {
  if (x->kind != y->kind || x->n != y->n || x->boolean != y->boolean)
    return false;
  if (x->kind == JSON_STRING || x->kind == JSON_NUMBER)
    return x->len == y->len && memcmp(x->text, y->text, x->len) == 0;
  if (x->kind != JSON_ARRAY && x->kind != JSON_OBJECT)
    return true;

  for (uint32_t i = 0; i < x->n; i++) {
    if (x->kind == JSON_OBJECT && strcmp(x->items[i].key, y->items[i].key) != 0)
      return false;
    if (!same_value(&x->items[i], &y->items[i]))
      return false;
  }

  return true;
}

/* --- members --- */

const char *advice_text(const struct json *recommendation, const char *member) {
  return json_text(recommendation, member);
}

const char *advice_kind(const struct json *recommendation) {
  return json_text(json_member_as(recommendation, "development", JSON_OBJECT), "kind");
}

int64_t advice_number(const struct json *recommendation, const char *member) {
  const struct json *m = json_member_as(recommendation, member, JSON_NUMBER);
  int64_t n;
  if (m && json_whole(m->text, m->len, &n) == WHOLE_OK)
    return n;
  return ABSENT;
}

int64_t advice_minutes(const struct json *recommendation) {
  return advice_number(json_member_as(recommendation, "minutes", JSON_OBJECT), "in_contract");
}

bool advice_because(const struct json *recommendation, const char *rule) {
  const struct json *list = NULL;
  if (recommendation->kind == JSON_OBJECT)
    list = json_member(recommendation, "because");
  for (uint32_t i = 0; list && i < list->n; i++) {
    const char *name = advice_text(&list->items[i], "rule");
    if (name && strcmp(name, rule) == 0)
      return true;
  }

  return false;
}

static bool holds_back(const struct json *cohort) {
  const struct json *answers = json_member_as(cohort, "answers", JSON_ARRAY);
  for (uint32_t i = 0; answers && i < answers->n; i++)
    if (advice_number(&answers->items[i], "count") == ABSENT)
      return true;
  return false;
}

struct changes changes_told(const struct changes *c, struct arena *a) {
  struct changes told = {.items = arena_alloc(a, (c->n + 1) * sizeof *told.items)};

  for (uint32_t i = 0; i < c->n; i++) {
    if (holds_back(&c->items[i].before) || holds_back(&c->items[i].after))
      continue;
    told.items[told.n++] = c->items[i];
    told.of[c->items[i].kind]++;
  }

  return told;
}

/* --- as JSON --- */

/* Members that one has and the other has not; with `values`, or has otherwise. */
static void json_differing(struct buf *b, const struct json *of, const struct json *from,
                           bool values) {
  for (uint32_t i = 0; i < of->n; i++) {
    const struct json *there = json_member(from, of->items[i].key);
    if (!there || (values && !same_value(&of->items[i], there)))
      json_str(b, of->items[i].key);
  }
}

static void json_change(struct buf *b, const char *name, const struct change *c) {
  json_open(b, '{');
  key_str(b, name, c->id);

  if (c->kind == CHANGE_OTHER) {
    json_key(b, "members");
    json_open(b, '[');
    json_differing(b, &c->after, &c->before, true);
    json_differing(b, &c->before, &c->after, false);
    json_close(b, ']');
    key_str(b, "before", advice_text(&c->before, "summary"));
    key_str(b, "after", advice_text(&c->after, "summary"));
  } else
    key_str(b, "summary", advice_text(c->kind == CHANGE_GAIN ? &c->after : &c->before, "summary"));

  json_close(b, '}');
}

static void json_of_kind(struct buf *b, const char *key, const char *name, const struct changes *c,
                         enum change_kind kind) {
  json_key(b, key);
  json_open(b, '[');
  for (uint32_t i = 0; i < c->n; i++)
    if (c->items[i].kind == kind)
      json_change(b, name, &c->items[i]);

  json_close(b, ']');
}

void json_changes(struct buf *b, const struct school *school, const struct person *person,
                  const struct changes *c) {
  const char *name = "cohort";
  if (person)
    name = "recommendation";

  json_open(b, '{');
  key_str(b, "school", school->code);
  if (person)
    key_str(b, "person", person->subject);

  json_of_kind(b, "gains", name, c, CHANGE_GAIN);
  json_of_kind(b, "loses", name, c, CHANGE_LOSE);
  json_of_kind(b, "changes", name, c, CHANGE_OTHER);
  json_close(b, '}');
}
