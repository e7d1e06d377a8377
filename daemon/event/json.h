/* json - the only file that knows the JSON library (yajl). SAX, no DOM.
 *
 * Used by event/ for bodies and by the door for the small bodies of its verbs. Numbers come as text; json_whole makes an exact whole number
 * of it however it is written (3, 3.0, 30e-1). Strings are UTF-8, unescaped. Duplicate members, lone surrogates and depth over 32
 * are reported through on_fault for the element they are in; syntax faults end the parse with the byte offset. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"

/* A small read-only tree, for the bodies of verbs (follow, ask ...) and configuration-sized JSON; never for events. */
enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };
struct json {
  enum json_kind kind;
  bool boolean;
  const char *text;    /* number as written, or string */
  size_t len;
  const char *key;     /* when a member of an object */
  struct json *items;  /* children */
  uint32_t n;
};
/* Returns 0 or -EINVAL with *ret_offset and *ret_message (static or in a). An empty body is {}. */
int json_tree(struct arena *a, const char *body, size_t len, struct json *ret, size_t *ret_offset, const char **ret_message);
const struct json *json_member(const struct json *object, const char *key); /* NULL if absent */

enum whole { WHOLE_OK, WHOLE_FRACTION, WHOLE_HUGE };
enum whole json_whole(const char *text, size_t len, int64_t *ret);
