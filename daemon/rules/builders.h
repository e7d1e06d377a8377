/* builders - shadowing { weeks = 2 } and the others: the functions that make what a rule proposes.
 * Each proposal is checked when it is made. Called by loader.c. */
#pragma once

#include "rules/run.h"

void builders_open(struct engine *e); /* adds them; once, while loading */
/* Takes what recommend returned, at the top of the stack, into run->out and pops it. Raises when it
 * is nothing that can be recommended. Returns how many developments were taken. */
size_t builders_collect(lua_State *L);
