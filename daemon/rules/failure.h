/* failure - why a rule failed for somebody, in words for its author: file and line, and where Lua's
 * own words would need a programmer, what to write. Without any value of a fact but for that it is
 * unknown, for the authority reads it. Called by evaluate.c, after the run. */
#pragma once

#include "rules/run.h"

/* The message on top of L, which the run of `rule` ended with; made in the run's arena. */
const char *failure_message(struct engine *e, const struct run *run, const struct rule *rule,
                            lua_State *L);
