/* json - reading answers; the only file that knows the JSON library.
 *
 * Absent, null and of another type are all the same to a reader here: NULL, "", or the number
 * given. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct yajl_val_s;
typedef struct yajl_val_s *json; /* NULL = nothing there */

json json_parse(const char *s); /* NULL if it is not JSON */
void json_free(json j);
json json_get(json j, const char *member);
size_t json_count(json list);
json json_at(json list, size_t i);
const char *json_string(json j, const char *member); /* NULL if absent */
const char *json_text(json j);                       /* of a string, else NULL */
int64_t json_number(json j, const char *member, int64_t otherwise);
bool json_has_number(json j, const char *member);
bool json_flag(json j, const char *member);
/* The value as people may read it: text as it is, numbers as written, lists by commas; NULL for
 * null. Static per call depth: copy it. */
struct text;
void json_words(json j, struct text *out);
size_t json_member_count(json object);
const char *json_member_name(json object, size_t i);
json json_member_value(json object, size_t i);

/* Is this run of bytes one JSON value that the daemon could take as an event, by its own grammar
 * (base/json_grammar.h)? If not, *ret_at is the byte where it goes wrong and `why` says how. */
bool json_valid(const char *s, size_t len, size_t *ret_at, char why[160]);
/* The same, but only of the grammar: single events in it may still be refused (a member twice, a
 * lone surrogate). */
bool json_well_formed(const char *s, size_t len, size_t *ret_at, char why[160]);
