/* readonly - a view is an empty table whose metatable reads from the table behind it.
 *
 * The walk keeps a list of tables to visit and does not recurse, because a rule file can nest
 * tables as deep as its memory allows. */
#include "rules/readonly.h"

#include <lauxlib.h>

#include "rules/sandbox.h"

static int on_write(lua_State *L) {
  const char *name = NULL;
  if (lua_type(L, 2) == LUA_TSTRING)
    name = lua_tostring(L, 2);
  if (name && sandbox_literal(L, 2))
    return luaL_error(L,
                      "'%s' is frozen: rules keep no state between evaluations (use a local inside "
                      "when or recommend)",
                      name);

  return luaL_error(L, "a frozen table is changed: rules keep no state between evaluations (use a "
                       "local inside when or recommend)");
}

static int on_length(lua_State *L) {
  if (!readonly_inside(L, 1))
    return luaL_error(L, "not a frozen table");
  lua_pushinteger(L, (lua_Integer)lua_rawlen(L, -1));
  return 1;
}

bool readonly_inside(lua_State *L, int index) {
  index = lua_absindex(L, index);
  if (lua_type(L, index) != LUA_TTABLE || !lua_getmetatable(L, index))
    return false;

  lua_pushliteral(L, "__newindex");
  lua_rawget(L, -2);

  bool frozen = lua_tocfunction(L, -1) == on_write;
  lua_pop(L, 1);
  if (frozen) {
    lua_pushliteral(L, "__index");
    lua_rawget(L, -2);
    lua_remove(L, -2);
  } else {
    lua_pop(L, 1);
  }

  return frozen;
}

void readonly_wrap(lua_State *L) {
  luaL_checkstack(L, 6, NULL);
  lua_createtable(L, 0, 0);
  lua_createtable(L, 0, 3);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, on_write);
  lua_setfield(L, -2, "__newindex");
  lua_pushcfunction(L, on_length);
  lua_setfield(L, -2, "__len");
  lua_setmetatable(L, -2);
  lua_remove(L, -2);
}

/* Of the host's functions some carry a place in a table, as what pairs returns does: that is state,
 * and the bare table as well.
 */
static void refuse_state(lua_State *L) {
  static const bool harmless[LUA_NUMTYPES] = {
      [LUA_TNIL] = true, [LUA_TBOOLEAN] = true, [LUA_TNUMBER] = true, [LUA_TSTRING] = true};
  int at = lua_gettop(L);
  if (lua_type(L, at) == LUA_TUSERDATA || lua_type(L, at) == LUA_TTHREAD)
    luaL_error(L, "a %s is kept outside when and recommend", lua_typename(L, lua_type(L, at)));

  if (!lua_iscfunction(L, at))
    return;

  for (int i = 1; lua_getupvalue(L, at, i); i++) {
    if (!harmless[lua_type(L, -1)])
      luaL_error(L, "what pairs returns is kept outside when and recommend: it remembers how far "
                    "it has come; use pairs in a for");
    lua_pop(L, 1);
  }
}

/* Appends the value on top to the work at `work`, leaves it there. */
static void enlist(lua_State *L, int work) {
  lua_pushvalue(L, -1);
  lua_rawseti(L, work, (lua_Integer)lua_rawlen(L, work) + 1);
}

/* Pops a value and pushes its replacement. A value that is met for the first time is added to the
 * work. */
static void stand_in(lua_State *L, int memo, int work) {
  int type = lua_type(L, -1);
  refuse_state(L);
  if ((type != LUA_TTABLE && type != LUA_TFUNCTION) || lua_iscfunction(L, -1))
    return;

  lua_pushvalue(L, -1);
  if (lua_rawget(L, memo) != LUA_TNIL) {
    lua_remove(L, -2);
    return;
  }

  lua_pop(L, 1);
  if (lua_getmetatable(L, -1)) { /* only the host makes those: a view already */
    lua_pop(L, 1);
    return;
  }

  enlist(L, work);
  lua_pushvalue(L, -1); /* the key: the original */

  if (type == LUA_TTABLE) {
    lua_pushvalue(L, -1);
    readonly_wrap(L); /* original, key, view */
  } else {
    lua_pushvalue(L, -1);
  }

  lua_pushvalue(L, -1);
  lua_insert(L, -4); /* view, original, key, view */
  lua_rawset(L, memo);
  lua_pop(L, 1);
}

static void walk_table(lua_State *L, int at, int memo, int work) {
  lua_pushnil(L);
  while (lua_next(L, at)) {
    int key = lua_type(L, -2);
    if (key != LUA_TNUMBER && key != LUA_TSTRING)
      luaL_error(L, "a table has a %s as a key; use numbers or text", lua_typename(L, key));

    stand_in(L, memo, work);
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, at);
  }
}

static void walk_function(lua_State *L, int at, int memo, int work) {
  for (int i = 1; lua_getupvalue(L, at, i); i++) {
    stand_in(L, memo, work);
    lua_setupvalue(L, at, i);
  }
}

void readonly_value(lua_State *L, int memo) {
  luaL_checkstack(L, 12, NULL);
  memo = lua_absindex(L, memo);
  lua_newtable(L);

  int work = lua_gettop(L);
  lua_pushvalue(L, -2);
  stand_in(L, memo, work);

  for (lua_Integer i = 1; lua_rawgeti(L, work, i) != LUA_TNIL; i++) {
    if (lua_istable(L, -1))
      walk_table(L, lua_gettop(L), memo, work);
    else
      walk_function(L, lua_gettop(L), memo, work);
    lua_pop(L, 1);
  }

  lua_pop(L, 1);
  lua_replace(L, -3);
  lua_pop(L, 1);
}
