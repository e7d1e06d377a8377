/* json - the only file that knows the JSON library (yajl). One SAX pass, no DOM.
 *
 * What JSON is, base/json_grammar.h says; the library sees nothing else.
 *
 * Used by event/ for bodies (json_split: runs of tokens, an element at a time) and by the door for
 * the small bodies of its verbs (json_tree). Numbers come as text; json_whole makes an exact whole
 * number of it however it is written (3, 3.0, 30e-1). Strings are UTF-8, unescaped. In bodies,
 * duplicate members, lone surrogates and depth over 32 are marked on the token they belong to, so
 * that one event never spoils its neighbours; in the small bodies they are syntax faults, and so is
 * \u0000. Syntax faults end the parse with the byte offset. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"

/* A small read-only tree, for the bodies of verbs (follow, ask ...) and configuration-sized JSON;
 * never for events. */
enum json_kind {
  JSON_NULL,
  JSON_BOOL,
  JSON_NUMBER,
  JSON_STRING,
  JSON_ARRAY,
  JSON_OBJECT
};
struct json {
  enum json_kind kind;
  bool boolean;
  const char *text; /* number as written, or string */
  size_t len;
  const char *key;    /* when a member of an object */
  struct json *items; /* children */
  uint32_t n;
};
/* Returns 0 or -EINVAL with *ret_offset and *ret_message (static or in a). An empty body is {}. */
int json_tree(struct arena *a, const char *body, size_t len, struct json *ret, size_t *ret_offset,
              const char **ret_message);
const struct json *json_member(const struct json *object, const char *key); /* NULL if absent */
/* The same, of that kind only; `object` may be NULL. */
const struct json *json_member_as(const struct json *object, const char *key, enum json_kind kind);
/* NULL if absent, or no string */
const char *json_text(const struct json *object, const char *key);
bool json_says(const struct json *object, const char *key, const char *text);

enum whole {
  WHOLE_OK,
  WHOLE_FRACTION,
  WHOLE_HUGE
};
enum whole json_whole(const char *text, size_t len, int64_t *ret);

#define JSON_MAX_DEPTH 32

/* One value as in the body; the children of an array or object follow it, the next value
 * is tokens[next]. */
enum json_mark {
  JSON_TWICE = 1 /* its name was there before in this object */,
  JSON_LONE = 2 /* it or its name holds a lone surrogate */,
  JSON_DEEP = 4 /* deeper than JSON_MAX_DEPTH; its children are left out */
};
struct json_token {
  const char *text; /* string, NUL-terminated, or number as written (not terminated) */
  const char *key;  /* name when a member of an object, NUL-terminated */
  uint32_t len, key_len;
  uint32_t next, n; /* n: how many children */
  uint8_t kind, marks;
};
/* One event's worth of a body. Tokens live until the callback returns, texts as long as the arena.
 */
struct json_element {
  const struct json_token *tokens; /* NULL when the element is over max_bytes */
  uint32_t n;
  uint8_t marks; /* of all its tokens together */
};
struct json_limits {
  bool batch; /* an array at the top is a batch of elements */
  uint32_t max_elements;
  size_t max_bytes; /* an element */
};
/* Reads the body and calls `each` for every element, in order. Returns 0; -EINVAL (not UTF-8, not
 * JSON) with *ret_offset and *ret_message; -E2BIG when there are more than max_elements, after as
 * many calls. */
int json_split(struct arena *a, const char *body, size_t len, struct json_limits limits,
               void (*each)(void *owner, const struct json_element *e), void *owner,
               bool *ret_was_array, size_t *ret_offset, const char **ret_message);
