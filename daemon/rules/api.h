/* api - the need, the person and the school as rules see them, and the functions that rules can
 * call.
 *
 * The names are the rows of names.c. The objects are empty handles. Each read looks in the facts
 * of the current run, so nothing about a person can remain in the Lua state. Called by loader.c
 * (names) and evaluate.c (handles). */
#pragma once

#include "rules/run.h"

/* adds functions and classes; once, while loading */
void api_open(struct engine *e);
/* makes handles, outside of any budget */
void api_prepare(lua_State *L, const struct facts *f);
/* a member, of what the run looks at */
bool api_is_nil(lua_State *L, const struct run *run, const struct api_row *row);
/* need, person, school, or cohort, school; returns how many */
int api_push_arguments(lua_State *L, uint32_t subject);
