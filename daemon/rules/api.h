/* api - the need, the person and the school as rules see them, and the functions that rules can
 * call.
 *
 * The names are the rows of names.c. The objects are empty handles. Each read looks in the facts
 * of the current run, so nothing about a person can remain in the Lua state. Called by loader.c
 * (names) and evaluate.c (handles). */
#pragma once

#include "rules/run.h"

/* Adds the functions and classes to the environment of rules. Call it once, while loading. */
void api_open(struct engine *e);
/* Makes a handle for each need or cohort of the facts. Call it while no budget is armed. */
void api_prepare(lua_State *L, const struct facts *f);
/* Whether the member `row` is nil for the need, person, school or cohort that the run looks at. */
bool api_is_nil(lua_State *L, const struct run *run, const struct api_row *row);
/* Pushes the arguments of `when` and `recommend`: need, person, school, or cohort, school.
 * `subject` is the index of the need or cohort. Returns how many were pushed. */
int api_push_arguments(lua_State *L, uint32_t subject);
