/* sandbox - the environment of rules, built up from an empty table.
 *
 * None of Lua's own libraries is opened. Rules have only the rows of sandbox.c and what api.c and
 * builders.c add. Every function charges for its work, because the count hook does not run inside
 * C code. */
#pragma once

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

/* Makes the environment and leaves it open for sandbox_add. */
void sandbox_open(lua_State *L);
void sandbox_add(lua_State *L, const char *name, lua_CFunction f);
void sandbox_add_value(lua_State *L, const char *name); /* pops the value */
/* what a chunk gets as its _ENV: reads only, unknown names raise */
void sandbox_push_env(lua_State *L);
bool sandbox_knows(lua_State *L, const char *name);
/* The nearest known name, NULL if none is near; in the manner of names.h. */
const char *sandbox_nearest(lua_State *L, const char *name);

/* Texts that a rule file contains word for word. Messages quote only these: others are made from
 * facts. */
void sandbox_note_literal(lua_State *L, const char *text, size_t len);
bool sandbox_literal(lua_State *L, int index);
/* "'text'" when it is a literal, else "(made from facts)"; pushed, and returned. */
const char *sandbox_quote(lua_State *L, int index);

/* A text of any length, without the cache of lua_pushstring, whose hits depend on addresses. NULL
 * pushes nil. */
void sandbox_push_text(lua_State *L, const char *text);
