/* json - reading answers; the only file that knows the JSON library. */
#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_tree.h>

#include "base/json_grammar.h"
#include "text.h"

#define ANSWER_DEPTH 64 /* answers never nest so deeply */
#define EVENT_DEPTH 32  /* as the daemon has it */

/* The library reads more than JSON, so it is shown nothing else. */
json json_parse(const char *s) {
  struct json_fault fault;

  if (!json_grammar(s, strlen(s), ANSWER_DEPTH, JSON_STRICT, &fault))
    return NULL;
  return yajl_tree_parse(s, NULL, 0);
}

void json_free(json j) {
  yajl_tree_free(j);
}

json json_get(json j, const char *member) {
  if (!YAJL_IS_OBJECT(j))
    return NULL;

  for (size_t i = 0; i < j->u.object.len; i++)
    if (!strcmp(j->u.object.keys[i], member)) {
      if (YAJL_IS_NULL(j->u.object.values[i]))
        return NULL;
      return j->u.object.values[i];
    }

  return NULL;
}

size_t json_count(json list) {
  if (YAJL_IS_ARRAY(list))
    return list->u.array.len;
  return 0;
}

json json_at(json list, size_t i) {
  if (i < json_count(list))
    return list->u.array.values[i];
  return NULL;
}

const char *json_text(json j) {
  if (YAJL_IS_STRING(j))
    return YAJL_GET_STRING(j);
  return NULL;
}

const char *json_string(json j, const char *member) {
  return json_text(json_get(j, member));
}

int64_t json_number(json j, const char *member, int64_t otherwise) {
  json v = json_get(j, member);
  if (YAJL_IS_INTEGER(v))
    return YAJL_GET_INTEGER(v);
  if (YAJL_IS_DOUBLE(v))
    return (int64_t)YAJL_GET_DOUBLE(v);
  return otherwise;
}

bool json_has_number(json j, const char *member) {
  return YAJL_IS_NUMBER(json_get(j, member));
}

bool json_flag(json j, const char *member) {
  return YAJL_IS_TRUE(json_get(j, member));
}

void json_words(json j, struct text *out) {
  if (!j || YAJL_IS_NULL(j))
    text_add(out, "nothing");
  else if (YAJL_IS_STRING(j))
    text_add(out, YAJL_GET_STRING(j));
  else if (YAJL_IS_NUMBER(j))
    text_add(out, YAJL_GET_NUMBER(j));
  else if (YAJL_IS_TRUE(j))
    text_add(out, "yes");
  else if (YAJL_IS_FALSE(j))
    text_add(out, "no");
  else if (YAJL_IS_ARRAY(j)) {
    for (size_t i = 0; i < json_count(j); i++) {
      if (i)
        text_add(out, ", ");
      json_words(json_at(j, i), out);
    }

    if (!json_count(j))
      text_add(out, "none");
  } else
    for (size_t i = 0; i < json_member_count(j); i++) {
      text_addf(out, "%s%s ", comma(i), json_member_name(j, i));
      json_words(json_member_value(j, i), out);
    }
}

size_t json_member_count(json object) {
  if (YAJL_IS_OBJECT(object))
    return object->u.object.len;
  return 0;
}

const char *json_member_name(json object, size_t i) {
  return object->u.object.keys[i];
}

json json_member_value(json object, size_t i) {
  return object->u.object.values[i];
}

static bool checked(const char *s, size_t len, unsigned depth, unsigned also, size_t *ret_at,
                    char why[160]) {
  struct json_fault fault;

  if (json_grammar(s, len, depth, also, &fault))
    return true;

  *ret_at = fault.at;
  snprintf(why, 160, "%s", fault.why);

  return false;
}

bool json_valid(const char *s, size_t len, size_t *ret_at, char why[160]) {
  return checked(s, len, EVENT_DEPTH, JSON_STRICT, ret_at, why);
}

bool json_well_formed(const char *s, size_t len, size_t *ret_at, char why[160]) {
  return checked(s, len, JSON_GRAMMAR_DEPTH, 0, ret_at, why);
}
