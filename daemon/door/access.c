/* access - see access.h. */
#include "door/access.h"

#include <stdint.h>
#include <string.h>

static const struct scope everything = {NULL, NULL, NULL};
const struct principal access_local = {.name = "local",
                                       .may = ACTION_ALL,
                                       .audiences = AUDIENCE_ALL,
                                       .scopes = &everything,
                                       .n_scopes = 1};

const struct principal *access_principal(const char *user) {
  if (!user)
    return &access_local;
  return NULL;
}

static const struct {
  const char *word;
  enum audience audience;
} audiences[] = {{"person", AUDIENCE_PERSON},
                 {"manager", AUDIENCE_MANAGER},
                 {"school", AUDIENCE_SCHOOL},
                 {"authority", AUDIENCE_AUTHORITY}};

static bool hears(const struct principal *p, const char *audience) {
  if (!audience)
    return true;

  for (size_t i = 0; i < sizeof audiences / sizeof audiences[0]; i++)
    if (strcmp(audiences[i].word, audience) == 0)
      return (p->audiences & audiences[i].audience) != 0;

  return false; /* a word from a newer daemon: nobody is meant rather than everybody */
}

static bool nobody(const char *s) {
  return !s || *s == '\0' || strcmp(s, "-") == 0;
}

/* One level of a scope row: nothing in the row covers all; nothing asked for is wider than any row.
 */
static bool covers_level(const char *row, const char *asked) {
  return !row || (!nobody(asked) && strcmp(row, asked) == 0);
}

static bool covers(const struct scope *s, const char *authority, const char *school,
                   const char *person) {
  return covers_level(s->authority, authority) && covers_level(s->school, school) &&
         covers_level(s->person, person);
}

static bool in_scope(const struct principal *p, const char *authority, const char *school,
                     const char *person) {
  for (size_t i = 0; i < p->n_scopes; i++)
    if (covers(&p->scopes[i], authority, school, person))
      return true;
  return false;
}

bool access_may(const struct principal *p, enum action action, const char *authority,
                const char *school, const char *person, const char *audience) {
  return p && (p->may & action) == (unsigned)action && in_scope(p, authority, school, person) &&
         hears(p, audience);
}

static bool level_overlaps(const char *row, const char *asked) {
  return !row || !asked || strcmp(row, asked) == 0;
}

bool access_overlaps(const struct principal *p, const char *authority, const char *school,
                     const char *person) {
  if (!p || (p->may & ACTION_READ) == 0)
    return false;

  for (size_t i = 0; i < p->n_scopes; i++) {
    const struct scope *s = &p->scopes[i];
    if (level_overlaps(s->authority, authority) && level_overlaps(s->school, school) &&
        level_overlaps(s->person, person))
      return true;
  }

  return false;
}

bool access_whole_school(const struct principal *p, const char *authority, const char *school) {
  return p->audiences == AUDIENCE_ALL && in_scope(p, authority, school, NULL);
}
