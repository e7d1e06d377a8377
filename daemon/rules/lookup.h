/* lookup - what the catalogue knows by the codes that rules are written with, and the nearest code
 * to one that it does not know.
 *
 * For the loader, the decision table and the running rules: all find the same things and suggest
 * the same. Without Lua. */
#pragma once

#include "catalogue/catalogue.h"

/* A code, or the start of one or of a full key before a '*'; "not " before either is the caller's
 * business. */
bool lookup_is_pattern(const char *text);
/* the pattern ends in '*' */
bool lookup_fits(const struct competence *k, const char *pattern);
/* of competences that fit */
uint32_t lookup_count(const struct catalogue *c, const char *pattern);
/* X.ENGL of "not X.ENGL"; NULL if it has no "not" */
const char *lookup_left_out(const char *text);
/* or the code of this title */
const char *lookup_nearest_competence(const struct catalogue *c, const char *code);
/* For a pattern that nothing fits: one that only its letters' case is wrong of, made in `a`; NULL
 * if there is none. */
const char *lookup_nearest_pattern(const struct catalogue *c, const char *pattern, struct arena *a);

/* What a person may wish for. */
enum wish_kind {
  WISH_ROLE,
  WISH_QUALIFICATION,
  WISH_COMPETENCE,
  WISH_KINDS
};
extern const char *const wish_words[WISH_KINDS];
bool lookup_wish(const struct catalogue *c, enum wish_kind kind, const char *code);
const char *lookup_nearest_wish(const struct catalogue *c, enum wish_kind kind, const char *code);

/* a unit, a qualification or a class such as maths@2 */
bool lookup_holding(const struct catalogue *c, const char *what);
const char *lookup_nearest_holding(const struct catalogue *c, const char *what);
/* of a plain code table; or of this title */
const char *lookup_nearest(const struct catalogue *c, enum domain d, const char *code);
/* Where a course of the authority's own has to stand before rules can name it. */
#define LOOKUP_OWN_COURSE "add a row to courses.csv of your own catalogue (--catalogue DIR)"
/* Of a family that stands where a role is wanted (`wanted` is DOMAIN_ROLE), or the other way round:
 * what it is; NULL: neither. */
const char *lookup_other_kind(const struct catalogue *c, enum domain wanted, const char *code,
                              struct arena *a);
/* The catalogue says that it is closed for registration (whether a day of closing has come is not
 * asked). */
bool lookup_closed(const struct qualification *q);
