/* failure - explains to a rule's author why the rule failed: the file, the line and, if Lua's
 * message needs a programmer, what to write instead.
 *
 * The authority reads this text, so it says at most that a fact is unknown and never shows its
 * value. Called by evaluate.c after the run. */
#pragma once

#include "rules/run.h"

/* The message on top of L, which the run of `rule` ended with; made in the run's arena. */
const char *failure_message(struct engine *e, const struct run *run, const struct rule *rule,
                            lua_State *L);
