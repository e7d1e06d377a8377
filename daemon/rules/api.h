/* api - need, person and school as rules see them, and the functions beside them.
 *
 * The names are the rows of names.c. Objects are handles without contents: every read is looked up
 * in the facts of the run, so that nothing of a person can stay behind in the Lua state. */
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
