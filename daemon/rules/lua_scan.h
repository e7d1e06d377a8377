/* lua_scan - steps through the source of a rule file and skips comments, strings and long strings.
 *
 * Called by lint.c and suggestions.c, which look for words in code. Inline; does not use Lua. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct scan {
  const char *p, *end;
  int line;
};

static inline void step(struct scan *s, size_t n) {
  for (; n > 0 && s->p < s->end; n--)
    s->line += *s->p++ == '\n';
}

static inline bool starts(const struct scan *s, const char *word) {
  size_t n = strlen(word);
  return (size_t)(s->end - s->p) >= n && memcmp(s->p, word, n) == 0;
}

/* The '=' between the brackets of "[[", "[==[" or "]=]" that stands at `p`; -1: there is no such
 * bracket. */
static inline int level_of(const struct scan *s, const char *p, char bracket) {
  const char *from = p;
  if (p >= s->end || *p != bracket)
    return -1;

  for (p++; p < s->end && *p == '=';)
    p++;

  if (p < s->end && *p == bracket)
    return (int)(p - from) - 1;
  return -1;
}

static inline void skip_long(struct scan *s, int level) {
  while (s->p < s->end && level_of(s, s->p, ']') != level)
    step(s, 1);
  step(s, (size_t)level + 2);
}

static inline void skip_line(struct scan *s) {
  while (s->p < s->end && *s->p != '\n')
    step(s, 1);
}

/* A comment, a text or a long text; false if here is none of them. */
static inline bool skip_quiet(struct scan *s) {
  bool comment = starts(s, "--");
  int level = level_of(s, comment ? s->p + 2 : s->p, '[');

  if (comment)
    step(s, 2);
  if (level >= 0)
    step(s, (size_t)level + 2);

  if (level >= 0)
    return skip_long(s, level), true;
  if (comment)
    return skip_line(s), true;
  if (s->p >= s->end || (*s->p != '"' && *s->p != '\''))
    return false;

  char quote = *s->p;
  step(s, 1);
  while (s->p < s->end && *s->p != quote && *s->p != '\n')
    step(s, *s->p == '\\' ? 2 : 1);

  step(s, 1);

  return true;
}
