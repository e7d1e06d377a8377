/* readonly - tables that can be read but not changed, so that rules keep no state between
 * evaluations. Called by loader.c and sandbox.c. */
#pragma once

#include <lua.h>
#include <stdbool.h>

/* Pops a table and pushes a frozen view of it. Reads, #, ipairs and pairs see the table; a write
 * raises an error. */
void readonly_wrap(lua_State *L);
/* Pops any value and pushes what rules may keep of it: tables reachable from it, through fields and
 * through variables of functions, have become frozen views. `memo` is the stack index of an empty
 * table to share between calls. Raises on keys that are neither numbers nor text, and on functions
 * of the host that remember something. */
void readonly_value(lua_State *L, int memo);
/* If the value at `index` is a frozen view, pushes the table behind it and returns true. */
bool readonly_inside(lua_State *L, int index);
