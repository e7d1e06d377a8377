/* lookup - finds the catalogue entries that rules name by code, and suggests the nearest code for
 * an unknown one.
 *
 * Called by the loader, the decision table and running rules, so that all of them find and suggest
 * the same things. Does not use Lua. */
#pragma once

#include "catalogue/catalogue.h"

/* A code, or the start of one or of a full key before a '*'; "not " before either is the caller's
 * business. */
bool lookup_is_pattern(const char *text);
/* Whether the competence matches a pattern that ends in '*'. */
bool lookup_fits(const struct competence *k, const char *pattern);
/* How many competences match the pattern. */
uint32_t lookup_count(const struct catalogue *c, const char *pattern);
/* X.ENGL of "not X.ENGL"; NULL if it has no "not" */
const char *lookup_left_out(const char *text);
/* The nearest code, or the code with this title; NULL if none is near. */
const char *lookup_nearest_competence(const struct catalogue *c, const char *code);
/* For a pattern that matches nothing: the same pattern with the right case, made in `a`; NULL if
 * there is none. */
const char *lookup_nearest_pattern(const struct catalogue *c, const char *pattern, struct arena *a);

/* What a person can wish for. */
enum wish_kind {
  WISH_ROLE,
  WISH_QUALIFICATION,
  WISH_COMPETENCE,
  WISH_KINDS
};
extern const char *const wish_words[WISH_KINDS];
bool lookup_wish(const struct catalogue *c, enum wish_kind kind, const char *code);
const char *lookup_nearest_wish(const struct catalogue *c, enum wish_kind kind, const char *code);

/* Whether this is a unit, a qualification or a class such as maths@2. */
bool lookup_holding(const struct catalogue *c, const char *what);
const char *lookup_nearest_holding(const struct catalogue *c, const char *what);
/* The nearest code of a plain code table, or the code with this title; NULL if none is near. */
const char *lookup_nearest(const struct catalogue *c, enum domain d, const char *code);
/* Where authors add a course of their own, so that rules can name it. */
#define LOOKUP_OWN_COURSE "add a row to courses.csv of your own catalogue (--catalogue DIR)"
/* Explains a code that is a family where a role is needed (`wanted` is DOMAIN_ROLE), or the other
 * way round; NULL if it is neither. */
const char *lookup_other_kind(const struct catalogue *c, enum domain wanted, const char *code,
                              struct arena *a);
/* Whether the catalogue marks it as closed for registration. Closing dates are not considered. */
bool lookup_closed(const struct qualification *q);
