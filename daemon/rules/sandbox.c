/* sandbox - the library functions that rules can call. Each one has a bounded cost and is charged.
 *
 * Left out on purpose: pcall and everything else that can hide an error, load, metatables,
 * coroutines, patterns, sort, move, format, next, collectgarbage, debug, random and time. Strings
 * are compared byte by byte in the C locale. pairs has a fixed order. tostring shows no addresses.
 * readonly.c freezes tables; budget.c does the counting. */
#include "rules/sandbox.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "rules/budget.h"
#include "rules/engine.h"
#include "rules/names.h"
#include "rules/readonly.h"
#include "rules/suggestions.h"

#define NAMES "needs.names"       /* registry: the table of all global names */
#define ENVIRONMENT "needs.env"   /* registry: the frozen view of it */
#define LITERALS "needs.literals" /* registry: set of texts that stand in the files */
#define UNPACK_MAX 200
#define NUMBER_TEXT_MAX 64

void sandbox_push_text(lua_State *L, const char *text) {
  if (!text)
    lua_pushnil(L);
  else
    lua_pushlstring(L, text, strlen(text));
}

/* --- messages --- */

void sandbox_note_literal(lua_State *L, const char *text, size_t len) {
  lua_getfield(L, LUA_REGISTRYINDEX, LITERALS);
  lua_pushlstring(L, text, len);
  lua_pushboolean(L, 1);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

bool sandbox_literal(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TSTRING)
    return false;

  lua_pushvalue(L, index);
  lua_getfield(L, LUA_REGISTRYINDEX, LITERALS);
  lua_insert(L, -2);
  lua_rawget(L, -2);

  bool known = lua_toboolean(L, -1);
  lua_pop(L, 2);

  return known;
}

const char *sandbox_quote(lua_State *L, int index) {
  if (!sandbox_literal(L, index)) {
    lua_pushliteral(L, "(made from facts)");
    return lua_tostring(L, -1);
  }
  return lua_pushfstring(L, "'%s'", lua_tostring(L, index));
}

static int fail_with_message(lua_State *L, int index, const char *otherwise) {
  if (lua_isnoneornil(L, index))
    return luaL_error(L, "%s", otherwise);

  if (!sandbox_literal(L, index))
    return luaL_error(L, "%s (its message is made from facts, or is no text, and is withheld)",
                      otherwise);

  return luaL_error(L, "%s", lua_tostring(L, index));
}

static int base_error(lua_State *L) {
  return fail_with_message(
      L, 1,
      "the rule stopped itself without saying why; write error(\"the reason\") "
      "(error was called)");
}

static int base_assert(lua_State *L) {
  luaL_checkany(L, 1);
  if (!lua_toboolean(L, 1))
    return fail_with_message(L, 2, "an assertion does not hold");

  lua_settop(L, 1);
  return 1;
}

/* --- base --- */

static int base_type(lua_State *L) {
  luaL_checkany(L, 1);
  if (lua_type(L, 1) == LUA_TUSERDATA && luaL_getmetafield(L, 1, "__name") == LUA_TSTRING)
    return 1;

  lua_pushstring(L, luaL_typename(L, 1));
  return 1;
}

static int base_tostring(lua_State *L) {
  char text[64];
  luaL_checkany(L, 1);
  budget_charge(L, 5);
  switch (lua_type(L, 1)) {
  case LUA_TNUMBER:
    if (lua_isinteger(L, 1))
      snprintf(text, sizeof text, "%lld", (long long)lua_tointeger(L, 1));
    else
      snprintf(text, sizeof text, "%.14g", lua_tonumber(L, 1));
    lua_pushstring(L, text);
    return 1;
  case LUA_TSTRING:
    lua_settop(L, 1);
    return 1;
  case LUA_TBOOLEAN:
    lua_pushstring(L, lua_toboolean(L, 1) ? "true" : "false");
    return 1;
  default:
    return base_type(L); /* never an address */
  }
}

static int base_tonumber(lua_State *L) {
  size_t len;
  luaL_checkany(L, 1);
  budget_charge(L, 10);
  if (lua_type(L, 1) == LUA_TNUMBER) {
    lua_settop(L, 1);
    return 1;
  }

  const char *s = NULL;
  if (lua_type(L, 1) == LUA_TSTRING)
    s = lua_tolstring(L, 1, &len);
  if (!s || len > NUMBER_TEXT_MAX || lua_stringtonumber(L, s) != len + 1)
    lua_pushnil(L);

  return 1;
}

static int base_select(lua_State *L) {
  int n = lua_gettop(L);
  if (lua_type(L, 1) == LUA_TSTRING && strcmp(lua_tostring(L, 1), "#") == 0) {
    lua_pushinteger(L, n - 1);
    return 1;
  }

  lua_Integer i = luaL_checkinteger(L, 1);
  if (i < 0)
    i = n + i;
  else if (i > n)
    i = n;

  luaL_argcheck(L, i >= 1, 1, "must be a place in the list");
  budget_charge(L, (uint64_t)n);

  return n - (int)i;
}

static int next_in_list(lua_State *L) {
  lua_Integer i = luaL_checkinteger(L, 2);
  if (i == LUA_MAXINTEGER)
    return 0;

  lua_pushinteger(L, i + 1);
  if (lua_geti(L, 1, i + 1) == LUA_TNIL)
    return 1;
  return 2;
}

static int base_ipairs(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_pushcfunction(L, next_in_list);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  return 3;
}

/* --- pairs, in order: whole numbers, other numbers, texts bytewise --- */

struct key {
  int type; /* 0 integer, 1 float, 2 text */
  lua_Integer integer;
  lua_Number number;
  const char *text;
  size_t len;
};

static int compare_keys(const void *x, const void *y) {
  const struct key *a = x, *b = y;
  if (a->type != b->type)
    return a->type - b->type;
  if (a->type == 0)
    return (a->integer > b->integer) - (a->integer < b->integer);
  if (a->type == 1)
    return (a->number > b->number) - (a->number < b->number);

  int c = memcmp(a->text, b->text, MIN(a->len, b->len));
  if (c != 0)
    return c;
  return (a->len > b->len) - (a->len < b->len);
}

static struct key key_at(lua_State *L, int index) {
  struct key k = {0};

  if (lua_isinteger(L, index)) {
    k.integer = lua_tointeger(L, index);
  } else if (lua_type(L, index) == LUA_TNUMBER) {
    k.type = 1;
    k.number = lua_tonumber(L, index);
  } else if (lua_type(L, index) == LUA_TSTRING) {
    k.type = 2;
    k.text = lua_tolstring(L, index, &k.len);
  } else {
    luaL_error(L, "pairs goes through keys that are numbers or texts; a %s is one here",
               luaL_typename(L, index));
  }

  return k;
}

static void push_key(lua_State *L, const struct key *k) {
  if (k->type == 0)
    lua_pushinteger(L, k->integer);
  else if (k->type == 1)
    lua_pushnumber(L, k->number);
  else
    lua_pushlstring(L, k->text, k->len);
}

/* Sorting costs about bytes times the depth of the sort: texts may share long beginnings. */
static void charge_sort(lua_State *L, uint64_t n, uint64_t bytes) {
  uint64_t depth = 1;
  while ((n >> depth) > 0)
    depth++;
  budget_charge(L, (n + bytes / 16) * depth);
}

/* Pushes a list of the sorted keys of the table at `table`. The keys are anchored by the table
 * while texts are borrowed. */
static void push_sorted_keys(lua_State *L, int table) {
  uint64_t n = 0, bytes = 0;

  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    n++;
    if (lua_type(L, -2) == LUA_TSTRING)
      bytes += lua_rawlen(L, -2);
  }

  charge_sort(L, n, bytes);
  struct key *keys = lua_newuserdatauv(L, (n + 1) * sizeof *keys, 0);
  uint64_t i = 0;

  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
    keys[i++] = key_at(L, lua_gettop(L) - 1);

  qsort(keys, n, sizeof *keys, compare_keys);
  lua_createtable(L, (int)n, 0);

  for (i = 0; i < n; i++) {
    push_key(L, &keys[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }

  lua_remove(L, -2);
}

/* Upvalues: the table, its sorted keys, how far it has come. Keys that were removed meanwhile are
 * left out. */
static int next_pair(lua_State *L) {
  lua_Integer i = lua_tointeger(L, lua_upvalueindex(3));

  for (;;) {
    budget_charge(L, 2);
    lua_settop(L, 0);
    if (lua_rawgeti(L, lua_upvalueindex(2), ++i) == LUA_TNIL)
      return 1;

    lua_pushvalue(L, -1);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
      break;
  }

  lua_pushinteger(L, i);
  lua_replace(L, lua_upvalueindex(3));

  return 2;
}

static int base_pairs(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  if (readonly_inside(L, 1))
    lua_replace(L, 1);

  lua_pushvalue(L, 1);
  push_sorted_keys(L, 1);
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, next_pair, 3);

  return 1;
}

/* --- string --- */

static int string_len(lua_State *L) {
  size_t len;
  luaL_checklstring(L, 1, &len);
  lua_pushinteger(L, (lua_Integer)len);
  return 1;
}

static size_t place(lua_Integer i, size_t len) {
  if (i > 0)
    return (size_t)i;
  if (i == 0)
    return 1;
  if (i < -(lua_Integer)len)
    return 1;
  return len + (size_t)i + 1;
}

static int string_sub(lua_State *L) {
  size_t len;
  const char *s = luaL_checklstring(L, 1, &len);
  size_t from = place(luaL_checkinteger(L, 2), len);
  lua_Integer last = luaL_optinteger(L, 3, -1);
  size_t to;

  if (last > (lua_Integer)len)
    to = len;
  else if (last >= 0)
    to = (size_t)last;
  else if (last < -(lua_Integer)len)
    to = 0;
  else
    to = len + (size_t)last + 1;

  budget_charge(L, 5 + len / 64);
  if (from > to)
    lua_pushliteral(L, "");
  else
    lua_pushlstring(L, s + from - 1, to - from + 1);

  return 1;
}

static int ascii_upper(int c) {
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 'A';
  return c;
}
static int ascii_lower(int c) {
  if (c >= 'A' && c <= 'Z')
    return c - 'A' + 'a';
  return c;
}

static int changed_text(lua_State *L, int (*change)(int), bool backwards) {
  size_t len;
  const char *s = luaL_checklstring(L, 1, &len);

  budget_charge(L, 5 + len / 8);
  luaL_Buffer b;
  char *to = luaL_buffinitsize(L, &b, len);

  for (size_t i = 0; i < len; i++)
    to[i] = (char)change((unsigned char)s[backwards ? len - 1 - i : i]);

  luaL_pushresultsize(&b, len);

  return 1;
}

static int same(int c) {
  return c;
}
static int string_upper(lua_State *L) {
  return changed_text(L, ascii_upper, false);
}
static int string_lower(lua_State *L) {
  return changed_text(L, ascii_lower, false);
}
static int string_reverse(lua_State *L) {
  return changed_text(L, same, true);
}

static void check_length(lua_State *L, uint64_t len) {
  if (len > BUDGET_TEXT)
    budget_refuse_memory(L, "a text longer than 240 bytes");
}

static int string_rep(lua_State *L) {
  size_t len, between;
  const char *s = luaL_checklstring(L, 1, &len);
  lua_Integer n = luaL_checkinteger(L, 2);
  const char *sep = luaL_optlstring(L, 3, "", &between);

  if (n <= 0 || len + between == 0) {
    lua_pushliteral(L, "");
    return 1;
  }

  if ((uint64_t)n > BUDGET_TEXT + 1)
    check_length(L, BUDGET_TEXT + 1);

  uint64_t total = (uint64_t)n * len + ((uint64_t)n - 1) * between;
  check_length(L, total);
  budget_charge(L, 5 + total / 64); /* the bytes themselves are charged as memory */

  luaL_Buffer b;
  luaL_buffinitsize(L, &b, total);
  for (lua_Integer i = 0; i < n; i++) {
    if (i > 0)
      luaL_addlstring(&b, sep, between);
    luaL_addlstring(&b, s, len);
  }

  luaL_pushresult(&b);

  return 1;
}

static int string_byte(lua_State *L) {
  size_t len;
  const char *s = luaL_checklstring(L, 1, &len);
  size_t i = place(luaL_optinteger(L, 2, 1), len);
  if (i > len)
    return 0;

  lua_pushinteger(L, (unsigned char)s[i - 1]);

  return 1;
}

static int text_starts_with(lua_State *L) {
  size_t len, start_len;
  const char *s = luaL_checklstring(L, 1, &len), *start = luaL_checklstring(L, 2, &start_len);
  budget_charge(L, 5 + start_len / 16);
  lua_pushboolean(L, start_len <= len && memcmp(s, start, start_len) == 0);
  return 1;
}

static int text_contains(lua_State *L) {
  size_t len, part_len;
  const char *s = luaL_checklstring(L, 1, &len), *part = luaL_checklstring(L, 2, &part_len);
  budget_charge(L, 5 + (len + part_len) / 4);
  lua_pushboolean(L, memmem(s, len, part, part_len) != NULL);
  return 1;
}

/* --- math --- */

/* A text may stand for a number, and a long one is slow to read. */
static lua_Number number_at(lua_State *L, int i) {
  if (lua_type(L, i) == LUA_TSTRING)
    budget_charge(L, 20 + lua_rawlen(L, i) / 4);
  return luaL_checknumber(L, i);
}

static int whole_or_float(lua_State *L, lua_Number x) {
  lua_Integer i;
  if (lua_numbertointeger(x, &i))
    lua_pushinteger(L, i);
  else
    lua_pushnumber(L, x);

  return 1;
}

static int math_floor(lua_State *L) {
  if (lua_isinteger(L, 1))
    return lua_settop(L, 1), 1;
  return whole_or_float(L, floor(number_at(L, 1)));
}

static int math_ceil(lua_State *L) {
  if (lua_isinteger(L, 1))
    return lua_settop(L, 1), 1;
  return whole_or_float(L, ceil(number_at(L, 1)));
}

static int math_abs(lua_State *L) {
  if (lua_isinteger(L, 1)) {
    lua_Integer n = lua_tointeger(L, 1);
    lua_pushinteger(L, n < 0 ? (lua_Integer)(0u - (lua_Unsigned)n) : n);
  } else {
    lua_pushnumber(L, fabs(number_at(L, 1)));
  }

  return 1;
}

static int math_sqrt(lua_State *L) {
  return lua_pushnumber(L, sqrt(number_at(L, 1))), 1;
}
static int math_fmod(lua_State *L) {
  return lua_pushnumber(L, fmod(number_at(L, 1), number_at(L, 2))), 1;
}

static int math_ult(lua_State *L) {
  lua_pushboolean(L, (lua_Unsigned)luaL_checkinteger(L, 1) < (lua_Unsigned)luaL_checkinteger(L, 2));
  return 1;
}

static int math_tointeger(lua_State *L) {
  int whole;
  lua_Integer n = lua_type(L, 1) == LUA_TNUMBER ? lua_tointegerx(L, 1, &whole) : (whole = 0);

  if (whole)
    lua_pushinteger(L, n);
  else
    lua_pushnil(L);

  return 1;
}

static int math_type(lua_State *L) {
  luaL_checkany(L, 1);
  if (lua_type(L, 1) != LUA_TNUMBER)
    lua_pushnil(L);
  else
    lua_pushstring(L, lua_isinteger(L, 1) ? "integer" : "float");

  return 1;
}

static int extreme(lua_State *L, bool largest) {
  int n = lua_gettop(L), best = 1;
  number_at(L, 1);
  budget_charge(L, (uint64_t)n);

  for (int i = 2; i <= n; i++) {
    number_at(L, i);
    if (largest ? lua_compare(L, best, i, LUA_OPLT) : lua_compare(L, i, best, LUA_OPLT))
      best = i;
  }

  lua_pushvalue(L, best);

  return 1;
}

static int math_max(lua_State *L) {
  return extreme(L, true);
}
static int math_min(lua_State *L) {
  return extreme(L, false);
}

/* --- table --- */

static void check_plain(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  if (!lua_getmetatable(L, 1))
    return;

  luaL_error(L, "a frozen table is changed: rules keep no state between evaluations (use a local "
                "inside when or recommend)");
}

static int table_insert(lua_State *L) {
  check_plain(L);
  lua_Integer end = (lua_Integer)lua_rawlen(L, 1) + 1;
  int n = lua_gettop(L);
  if (n != 2 && n != 3)
    return luaL_error(L, "table.insert takes a table, perhaps a place, and a value");

  lua_Integer at = n == 2 ? end : luaL_checkinteger(L, 2);
  luaL_argcheck(L, at >= 1 && at <= end, 2, "must be a place in the list");
  budget_charge(L, 2 + (uint64_t)(end - at));

  for (lua_Integer i = end; i > at; i--) {
    lua_rawgeti(L, 1, i - 1);
    lua_rawseti(L, 1, i);
  }

  lua_rawseti(L, 1, at);

  return 0;
}

static lua_Integer length_of(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  return luaL_len(L, 1);
}

static int table_unpack(lua_State *L) {
  lua_Integer from = luaL_optinteger(L, 2, 1), to = luaL_opt(L, luaL_checkinteger, 3, length_of(L));
  luaL_checktype(L, 1, LUA_TTABLE);
  if (from > to)
    return 0;
  if ((lua_Unsigned)to - (lua_Unsigned)from >= UNPACK_MAX)
    return luaL_error(L, "table.unpack gives at most %d values", UNPACK_MAX);

  int n = (int)(to - from) + 1;
  budget_charge(L, (uint64_t)n * 2);
  luaL_checkstack(L, n, "table.unpack");
  for (int i = 0; i < n; i++)
    lua_geti(L, 1, (lua_Integer)((lua_Unsigned)from + (lua_Unsigned)i));

  return n;
}

static void add_value(lua_State *L, luaL_Buffer *b, lua_Integer i, uint64_t *total) {
  size_t len;
  lua_geti(L, 1, i);
  if (lua_type(L, -1) != LUA_TSTRING && lua_type(L, -1) != LUA_TNUMBER)
    luaL_error(L, "table.concat joins texts and numbers; there is a %s in the list",
               luaL_typename(L, -1));

  lua_tolstring(L, -1, &len);
  check_length(L, *total += len);
  budget_charge(L, 3 + len / 8);
  luaL_addvalue(b);
}

static int table_concat(lua_State *L) {
  size_t between;
  uint64_t total = 0;
  const char *sep = luaL_optlstring(L, 2, "", &between);
  lua_Integer from = luaL_optinteger(L, 3, 1), to = luaL_opt(L, luaL_checkinteger, 4, length_of(L));

  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  for (lua_Integer i = from; i <= to; i++) {
    if (i > from) {
      check_length(L, total += between);
      luaL_addlstring(&b, sep, between);
    }

    add_value(L, &b, i, &total);
    if (i == to)
      break; /* to may be the largest integer */
  }

  luaL_pushresult(&b);

  return 1;
}

/* --- the rows --- */

static const luaL_Reg base_rows[] = {{"assert", base_assert},
                                     {"error", base_error},
                                     {"ipairs", base_ipairs},
                                     {"pairs", base_pairs},
                                     {"select", base_select},
                                     {"tonumber", base_tonumber},
                                     {"tostring", base_tostring},
                                     {"type", base_type},
                                     {"starts_with", text_starts_with},
                                     {"contains", text_contains},
                                     {NULL, NULL}};
static const luaL_Reg string_rows[] = {
    {"byte", string_byte},       {"len", string_len}, {"lower", string_lower}, {"rep", string_rep},
    {"reverse", string_reverse}, {"sub", string_sub}, {"upper", string_upper}, {NULL, NULL}};
static const luaL_Reg math_rows[] = {
    {"abs", math_abs},   {"ceil", math_ceil}, {"floor", math_floor}, {"fmod", math_fmod},
    {"max", math_max},   {"min", math_min},   {"sqrt", math_sqrt},   {"tointeger", math_tointeger},
    {"type", math_type}, {"ult", math_ult},   {NULL, NULL}};
static const luaL_Reg table_rows[] = {
    {"concat", table_concat}, {"insert", table_insert}, {"unpack", table_unpack}, {NULL, NULL}};

/* --- unknown names --- */

static const char *nearest_key(lua_State *L, int table, const char *name) {
  struct nearest near = nearest_to(name);
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
    if (lua_type(L, -2) == LUA_TSTRING)
      nearest_try(&near, lua_tostring(L, -2));
  return nearest_best(&near);
}

/* Upvalue: the prefix of the name, "string." or "". */
static int on_unknown(lua_State *L) {
  const char *before = lua_tostring(L, lua_upvalueindex(1));
  if (!sandbox_literal(L, 2))
    return luaL_error(L, "unknown name in %s", *before ? before : "the environment");

  const char *name = lua_tostring(L, 2), *instead = suggest_for_name(before, name);
  if (instead)
    return luaL_error(L, "unknown name '%s%s'; %s", before, name, instead);

  const char *near = nearest_key(L, 1, name);
  if (near)
    return luaL_error(L, "unknown name '%s%s'; did you mean '%s%s'?", before, name, before, near);
  return luaL_error(L, "unknown name '%s%s'", before, name);
}

/* Gives the table on top a metatable that raises for names that are not in it. */
static void refuse_unknown(lua_State *L, const char *before) {
  lua_createtable(L, 0, 1);
  lua_pushstring(L, before);
  lua_pushcclosure(L, on_unknown, 1);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
}

static void add_library(lua_State *L, const char *name, const char *before, const luaL_Reg *rows) {
  lua_newtable(L);
  luaL_setfuncs(L, rows, 0);
  refuse_unknown(L, before);
  lua_pushvalue(L, -1);
  readonly_wrap(L);
  lua_setfield(L, -3, name);
}

/* "text":upper() works, and nothing else does: no arithmetic on texts. */
static void set_string_methods(lua_State *L) {
  lua_pushliteral(L, "");
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  lua_pop(L, 2);
}

static void add_constants(lua_State *L) {
  lua_pushnumber(L, (lua_Number)HUGE_VAL);
  lua_setfield(L, -2, "huge");
  lua_pushnumber(L, (lua_Number)3.141592653589793238462643383279502884);
  lua_setfield(L, -2, "pi");
  lua_pushinteger(L, LUA_MAXINTEGER);
  lua_setfield(L, -2, "maxinteger");
  lua_pushinteger(L, LUA_MININTEGER);
  lua_setfield(L, -2, "mininteger");
  lua_pop(L, 1);
}

void sandbox_open(lua_State *L) {
  lua_newtable(L);
  lua_setfield(L, LUA_REGISTRYINDEX, LITERALS);
  lua_newtable(L);
  luaL_setfuncs(L, base_rows, 0);
  refuse_unknown(L, "");
  add_library(L, "string", "string.", string_rows);
  set_string_methods(L);
  add_library(L, "math", "math.", math_rows);
  add_constants(L);
  add_library(L, "table", "table.", table_rows);
  lua_pop(L, 1);
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, NAMES);
  readonly_wrap(L);
  lua_setfield(L, LUA_REGISTRYINDEX, ENVIRONMENT);
}

void sandbox_add_value(lua_State *L, const char *name) {
  lua_getfield(L, LUA_REGISTRYINDEX, NAMES);
  lua_insert(L, -2);
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
}

void sandbox_add(lua_State *L, const char *name, lua_CFunction f) {
  lua_pushcfunction(L, f);
  sandbox_add_value(L, name);
}

void sandbox_push_env(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, ENVIRONMENT);
}

bool sandbox_knows(lua_State *L, const char *name) {
  lua_getfield(L, LUA_REGISTRYINDEX, NAMES);
  lua_pushlstring(L, name, strlen(name));
  bool known = lua_rawget(L, -2) != LUA_TNIL;
  lua_pop(L, 2);
  return known;
}

const char *sandbox_nearest(lua_State *L, const char *name) {
  lua_getfield(L, LUA_REGISTRYINDEX, NAMES);
  const char *near = nearest_key(L, lua_gettop(L), name);
  lua_pop(L, 1);
  return near;
}
