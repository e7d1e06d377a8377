/* span - JSON as slices of its text, and text that grows.
 *
 * Enough for a client: check that text is JSON, find members, read strings. What is handed on
 * (events, publications, faults) is handed on byte by byte, never written again. Everything but
 * span_check expects text that span_check found good. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `text`, or `otherwise` where there is none (NULL). Both stay the caller's. */
static inline const char *text_or(const char *text, const char *otherwise) {
  if (text)
    return text;
  return otherwise;
}

/* Text that grows; NUL-terminated once anything was added. Out of memory is remembered, and
 * everything added later is lost. */
struct bytes {
  char *s;
  size_t len, cap;
  bool failed;
};
void bytes_add(struct bytes *b, const void *s, size_t len);
void bytes_str(struct bytes *b, const char *s);
void bytes_printf(struct bytes *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void bytes_quoted(struct bytes *b, const char *s); /* as a JSON string */
void bytes_finish(struct bytes *b);

struct span {
  const char *at; /* NULL = not there */
  size_t len;
};

#define SPAN_DEPTH 64
struct span_fault {
  const char *why;
  size_t at;
};
/* Is it one JSON value (blanks around it are left out of *ret), by the daemon's own grammar
 * (base/json_grammar.h), with no member twice and no lone surrogate, at most SPAN_DEPTH deep? */
bool span_check(const char *s, size_t len, struct span *ret, struct span_fault *fault);

/* absent, null and no object are the same: not there */
struct span span_member(struct span object, const char *name);
/* Walks a list: the item after `item` (the first for one that is not there). Not there after the
 * last. */
struct span span_next(struct span list, struct span item);
bool span_is(struct span s, char first); /* '{', '[', '"' */
bool span_equals(struct span string, const char *text);
/* unescaped, to be freed; NULL if it is no string (or out of memory) */
char *span_text(struct span string);
char *span_copy(struct span s); /* the slice itself, to be freed */
int64_t span_number(struct span s, int64_t otherwise);
