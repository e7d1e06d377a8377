/* lookup - see lookup.h. */
#include "rules/lookup.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "rules/names.h"

#define NEAREST_STEPS 2000000

bool lookup_is_pattern(const char *text) {
  size_t len = strlen(text);
  return len > 0 && text[len - 1] == '*';
}

bool lookup_fits(const struct competence *k, const char *pattern) {
  size_t len = strlen(pattern) - 1;
  return strncmp(k->code, pattern, len) == 0 || strncmp(k->key, pattern, len) == 0;
}

uint32_t lookup_count(const struct catalogue *c, const char *pattern) {
  uint32_t found = 0;
  for (uint32_t i = 0; i < catalogue_n_competences(c); i++)
    found += lookup_fits(catalogue_competence_at(c, i), pattern);
  return found;
}

const char *lookup_left_out(const char *text) {
  if (strncasecmp(text, "not", 3) != 0 || !isspace((unsigned char)text[3]))
    return NULL;

  text += 4;
  while (isspace((unsigned char)*text))
    text++;

  return text;
}

const char *lookup_nearest_competence(const struct catalogue *c, const char *code) {
  struct nearest near = nearest_to(code);
  for (uint32_t i = 0; i < catalogue_n_competences(c); i++)
    nearest_try(&near, catalogue_competence_at(c, i)->code);

  const char *best = nearest_best(&near);
  for (uint32_t i = 0; i < catalogue_n_competences(c) && !best; i++)
    if (strcasecmp(catalogue_competence_at(c, i)->title, code) == 0)
      best = catalogue_competence_at(c, i)->code;

  return best;
}

const char *lookup_nearest_pattern(const struct catalogue *c, const char *pattern,
                                   struct arena *a) {
  size_t len = strlen(pattern) - 1;

  for (uint32_t i = 0; i < catalogue_n_competences(c); i++) {
    const char *code = catalogue_competence_at(c, i)->code;
    if (len > 0 && strncasecmp(code, pattern, len) == 0)
      return arena_printf(a, "%.*s*", (int)len, code);
  }

  return NULL;
}

bool lookup_holding(const struct catalogue *c, const char *what) {
  return catalogue_unit(c, what) || catalogue_qualification(c, what) || catalogue_class(c, what);
}

const char *lookup_nearest_holding(const struct catalogue *c, const char *what) {
  uint32_t n;
  struct nearest near = nearest_to(what);
  const struct qualification *const *all = catalogue_qualifications(c, &n);

  for (uint32_t i = 0; i < n; i++)
    nearest_try(&near, all[i]->id);

  const char *best = nearest_best(&near);
  for (uint32_t i = 0; i < n && !best; i++)
    if (strcasecmp(all[i]->title, what) == 0)
      best = all[i]->id;

  if (best)
    return best;

  return lookup_nearest(c, DOMAIN_UNIT, what);
}

/* The code of what is called so. */
static const char *titled(const struct catalogue *c, enum domain d, const char *title) {
  uint32_t n = 0;
  enum certainty certainty;
  const struct role *role = NULL;

  if (d == DOMAIN_ROLE)
    role = catalogue_title(c, title, &certainty);

  const struct role *roles = NULL;
  if (d == DOMAIN_ROLE)
    roles = catalogue_roles(c, &n);
  for (uint32_t i = 0; i < n; i++)
    if (strcasecmp(roles[i].title, title) == 0)
      return roles[i].code;

  const struct family *families = NULL;
  if (d == DOMAIN_FAMILY)
    families = catalogue_families(c, &n);
  for (uint32_t i = 0; families && i < n; i++)
    if (strcasecmp(families[i].words, title) == 0)
      return families[i].code;

  if (role)
    return role->code;

  return NULL;
}

const char *lookup_nearest(const struct catalogue *c, enum domain d, const char *code) {
  uint64_t steps = NEAREST_STEPS;
  const char *near = catalogue_nearest(c, d, code, &steps);
  if (near)
    return near;
  return titled(c, d, code);
}

bool lookup_closed(const struct qualification *q) {
  return q->open == OPEN_NO && q->opens == ABSENT;
}

const char *lookup_other_kind(const struct catalogue *c, enum domain wanted, const char *code,
                              struct arena *a) {
  const struct role *role = NULL;
  if (wanted == DOMAIN_FAMILY)
    role = catalogue_role(c, code);

  if (role)
    return arena_printf(a, "'%s' is a role, of the family '%s'", code, role->family->code);
  if (wanted != DOMAIN_ROLE || !catalogue_family(c, code))
    return NULL;
  return arena_printf(a, "'%s' is a family of roles", code);
}

/* --- wishes --- */

const char *const wish_words[WISH_KINDS] = {"role", "qualification", "competence"};

bool lookup_wish(const struct catalogue *c, enum wish_kind kind, const char *code) {
  if (kind == WISH_ROLE)
    return catalogue_role(c, code) != NULL;
  if (kind == WISH_QUALIFICATION)
    return catalogue_qualification(c, code) != NULL;
  return catalogue_competence(c, code) != NULL;
}

const char *lookup_nearest_wish(const struct catalogue *c, enum wish_kind kind, const char *code) {
  if (kind == WISH_COMPETENCE)
    return lookup_nearest_competence(c, code);
  return lookup_nearest(c, kind == WISH_ROLE ? DOMAIN_ROLE : DOMAIN_QUALIFICATION, code);
}
