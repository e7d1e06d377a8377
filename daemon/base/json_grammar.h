/* json_grammar - the one grammar of JSON: what the daemon, libneeds and the command `needs` accept
 * as JSON, and nothing else.
 *
 * RFC 8259 taken strictly: UTF-8 without a byte order mark; space, tab, line feed and carriage
 * return between tokens; one value and nothing behind it; no comments, no trailing commas, no NaN;
 * numbers as the grammar writes them, of any size. It reads the text once and keeps nothing. The
 * library behind event/json.c is laxer, so it only ever sees text that has passed here.
 *
 * Plain C with no other part of the daemon below it: clients compile the same file. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define JSON_GRAMMAR_DEPTH 1024 /* the deepest nesting that a caller may allow */

/* What a caller may ask for beyond the grammar. Names are compared as they read, escapes resolved.
 */
enum json_also {
  JSON_UNIQUE_NAMES = 1, /* no member twice in one object */
  JSON_WHOLE_PAIRS = 2,  /* no escaped surrogate without its other half */
  JSON_NO_NUL = 4,       /* no \u0000 in names and strings: a C string would end there */
};
#define JSON_STRICT (JSON_UNIQUE_NAMES | JSON_WHOLE_PAIRS | JSON_NO_NUL)

struct json_fault {
  /* offset of the byte where it goes wrong; the length where the text ends too early */
  size_t at;
  const char *why; /* static */
  bool ended;      /* the text is good as far as it goes, and ends too early */
};

/* Is this one JSON value, nested at most `depth` deep (JSON_GRAMMAR_DEPTH at most)? `also` is a sum
 * of enum json_also. If not, *ret says where and why. Never aborts: a lack of memory is a fault too
 * (only JSON_UNIQUE_NAMES needs any). */
bool json_grammar(const char *text, size_t len, unsigned depth, unsigned also,
                  struct json_fault *ret);

/* The code unit of the escape \uXXXX at `p`, -1 if there is none within `left` bytes. */
int json_escaped_unit(const char *p, size_t left);
