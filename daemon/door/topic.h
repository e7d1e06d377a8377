/* topic - a filter of one to four whole segments: authority, school or -, person or -, type without
 * "needs." and ".v1".
 *
 * Pure. Topics filter what may be read; what may be read is access's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define TOPIC_SEGMENTS 4
#define TOPIC_MAX_LEN 270

struct topic {
  char text[TOPIC_MAX_LEN + 1]; /* segments, each ended by NUL */
  const char *segments[TOPIC_SEGMENTS];
  unsigned n;
};
struct topics { /* none = everything */
  struct topic *items;
  size_t n;
};

/* NULL, or a sentence that says what would be right. `ret` may not be copied: its segments point
 * into it. */
const char *topic_read(const char *text, size_t len, struct topic *ret);
/* school and person: "-" or NULL when there is none; type in full or short. */
bool topic_matches(const struct topic *t, const char *authority, const char *school,
                   const char *person, const char *type);
bool topics_match(const struct topics *l, const char *authority, const char *school,
                  const char *person, const char *type);
