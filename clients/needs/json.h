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

/* Parses `s`; NULL if it is not JSON. Free the tree with json_free; its parts belong to it. */
json json_parse(const char *s);
void json_free(json j);

/* Members and items; NULL, 0 or `otherwise` if absent or of another type. Borrowed from the tree.
 */
json json_get(json j, const char *member);
size_t json_count(json list);
json json_at(json list, size_t i);
const char *json_string(json j, const char *member); /* NULL if absent */
const char *json_text(json j);                       /* of a string, else NULL */
int64_t json_number(json j, const char *member, int64_t otherwise);
bool json_has_number(json j, const char *member);
bool json_flag(json j, const char *member);
struct text;
/* Adds the value for people: text unquoted, numbers as written, lists with commas, null as
 * "nothing". */
void json_words(json j, struct text *out);
size_t json_member_count(json object);
const char *json_member_name(json object, size_t i);
json json_member_value(json object, size_t i);

/* Whether the bytes are one JSON value that the daemon could accept as an event, by its own grammar
 * (base/json_grammar.h). If not, *ret_at is the byte of the error and `why` describes it. */
bool json_valid(const char *s, size_t len, size_t *ret_at, char why[160]);
/* The same, but only of the grammar: single events in it may still be refused (a member twice, a
 * lone surrogate). */
bool json_well_formed(const char *s, size_t len, size_t *ret_at, char why[160]);
