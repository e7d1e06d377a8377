/* advice - what a recommendation says, read in place. See advice.h; what it is made of is written
 * by write_advice in choose.c (for a person) and cohort.c (for a school). */
#include "needs/advice.h"

#include <string.h>

/* --- members and items --- */

static const char *skip_string(const char *p, const char *end) {
  for (p++; p < end && *p != '"'; p++)
    if (*p == '\\')
      p++;
  return p + 1;
}

const char *skip_value(const char *p, const char *end) {
  int depth = 0;

  while (p < end) {
    if (*p == '"') {
      p = skip_string(p, end);
      continue;
    }

    if (*p == ',' && depth == 0)
      return p;
    if (*p == '{' || *p == '[')
      depth++;
    if ((*p == '}' || *p == ']') && depth-- == 0)
      return p;

    p++;
  }

  return p;
}

bool next_slice(const char *json, size_t len, const char **at, struct slice *ret) {
  const char *end = json + len;
  bool first = !*at;
  const char *p = first ? json : *at;

  if (p + 1 >= end || (!first && *p != ',') || p[1] == '}' || p[1] == ']')
    return false;

  p++;
  *ret = (struct slice){.value = p};
  if (*json == '{') {
    ret->key = p + 1;
    p = skip_string(p, end);
    ret->key_len = (size_t)(p - ret->key) - 1;
    ret->value = p + 1;
  }

  *at = skip_value(ret->value, end);
  ret->value_len = (size_t)(*at - ret->value);

  return true;
}

bool same_key(const struct slice *a, const struct slice *b) {
  return a->key_len == b->key_len && memcmp(a->key, b->key, a->key_len) == 0;
}

bool same_value(const struct slice *a, const struct slice *b) {
  return a->value_len == b->value_len && memcmp(a->value, b->value, a->value_len) == 0;
}

bool find_slice(const char *json, size_t len, const char *key, struct slice *ret) {
  const struct slice like = {.key = key, .key_len = strlen(key)};
  const char *at = NULL;
  while (next_slice(json, len, &at, ret))
    if (same_key(ret, &like))
      return true;
  return false;
}

/* --- questions --- */

/* Names and words hold nothing that JSON escapes (base/code.h). */
static bool is_text(const struct slice *s, const char *text) {
  size_t len = strlen(text);
  return s->value_len == len + 2 && memcmp(s->value + 1, text, len) == 0;
}

static bool is_null(const struct slice *s) {
  return s->value_len == 4 && memcmp(s->value, "null", 4) == 0;
}

/* The next object of a list in which the member is there. */
static bool next_with(const struct slice *list, const char *member, const char **at,
                      struct slice *ret) {
  struct slice item;
  while (next_slice(list->value, list->value_len, at, &item))
    if (find_slice(item.value, item.value_len, member, ret))
      return true;
  return false;
}

static bool any_item_says(const char *advice, const char *list, const char *member,
                          const char *text) {
  struct slice items, found;
  const char *at = NULL;

  if (!find_slice(advice, strlen(advice), list, &items))
    return false;
  while (next_with(&items, member, &at, &found))
    if (is_text(&found, text))
      return true;

  return false;
}

bool advice_is_for_compliance(const char *advice) {
  struct slice purpose;
  return find_slice(advice, strlen(advice), "purpose", &purpose) && is_text(&purpose, "compliance");
}

bool advice_answers(const char *advice, const char *competence) {
  return any_item_says(advice, "answers", "competence", competence);
}

bool advice_rests_on(const char *advice, const char *rule) {
  return any_item_says(advice, "because", "rule", rule);
}

bool advice_needs_agreement(const char *advice) {
  return any_item_says(advice, "practicalities", "status", "to-agree");
}

bool advice_holds_back_count(const char *advice) {
  size_t len = strlen(advice);
  struct slice answers, count;
  const char *at = NULL;

  if (find_slice(advice, len, "count", &count) && is_null(&count))
    return true;
  if (!find_slice(advice, len, "answers", &answers))
    return false;
  while (next_with(&answers, "count", &at, &count))
    if (is_null(&count))
      return true;

  return false;
}
