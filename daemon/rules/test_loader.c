/* test_loader - see test_loader.h. It uses an engine without rules, with the same state, budget
 * and sandbox as theirs. */
#include "rules/test_loader.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "rules/bytecode.h"
#include "rules/engine.h"
#include "rules/sandbox.h"

#define DEPTH_MAX 8
#define JSON_MAX ((size_t)1024 * 1024)
#define TESTS_MAX 2000
#define STATE "needs.suite" /* registry: light userdata, struct test_reading */

struct test_reading {
  const char *file;
  struct buf *json;
  uint32_t n_tests;
  bool unsafe;
  struct fault_list *faults;
};

static struct test_reading *reading_of(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, STATE);
  struct test_reading *r = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return r;
}

/* --- values --- */

static void put_value(lua_State *L, struct buf *b, int depth);

static int by_text(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names of the table on top in order; its list part under "1", "2" ... The names are the table's
 * own and live as long as it. */
static const char **names_of(lua_State *L, size_t *ret_n) {
  size_t n = 0;
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
    n += lua_type(L, -2) == LUA_TSTRING;

  const char **names = lua_newuserdatauv(L, (n + 1) * sizeof *names, 0);
  size_t at = 0;

  for (lua_pushnil(L); lua_next(L, -3); lua_pop(L, 1))
    if (lua_type(L, -2) == LUA_TSTRING)
      names[at++] = lua_tostring(L, -2);

  qsort(names, n, sizeof *names, by_text);
  *ret_n = n;

  return names;
}

static void put_list(lua_State *L, struct buf *b, lua_Integer n, int depth) {
  json_open(b, '[');
  for (lua_Integer i = 1; i <= n; i++) {
    lua_rawgeti(L, -1, i);
    put_value(L, b, depth + 1);
    lua_pop(L, 1);
  }

  json_close(b, ']');
}

static void put_object(lua_State *L, struct buf *b, lua_Integer n_list, int depth) {
  size_t n;
  const char **names = names_of(L, &n);

  json_open(b, '{');
  for (lua_Integer i = 1; i <= n_list; i++) {
    char number[24];
    lua_Integer at = i;
    size_t k = sizeof number;

    for (number[--k] = 0; at > 0; at /= 10)
      number[--k] = (char)('0' + at % 10);

    json_key(b, number + k);
    lua_rawgeti(L, -2, i);
    put_value(L, b, depth + 1);
    lua_pop(L, 1);
  }

  for (size_t i = 0; i < n; i++) {
    json_key(b, names[i]);
    lua_getfield(L, -2, names[i]);
    put_value(L, b, depth + 1);
    lua_pop(L, 1);
  }

  json_close(b, '}');
  lua_pop(L, 1); /* the names */
}

static void put_table(lua_State *L, struct buf *b, int depth) {
  lua_Integer list = (lua_Integer)lua_rawlen(L, -1);
  size_t all = 0, named = 0;

  if (depth >= DEPTH_MAX)
    luaL_error(L, "tables in a test nest at most %d deep", DEPTH_MAX);

  luaL_checkstack(L, 10, NULL);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    all++;
    named += lua_type(L, -2) == LUA_TSTRING;
  }

  if (all != (size_t)list + named)
    luaL_error(L, "a table in a test has names that are texts, or is a list without holes");
  if (named == 0)
    put_list(L, b, list, depth);
  else
    put_object(L, b, list, depth);
}

static void put_value(lua_State *L, struct buf *b, int depth) {
  size_t len;
  budget_charge(L, 2);
  if (b->len > JSON_MAX)
    luaL_error(L, "the tests of one file say more than %d KiB; split it", (int)(JSON_MAX / 1024));
  switch (lua_type(L, -1)) {
  case LUA_TSTRING: {
    const char *s = lua_tolstring(L, -1, &len);
    return json_strn(b, s, len);
  }
  case LUA_TNUMBER:
    if (!lua_isinteger(L, -1))
      luaL_error(L, "numbers in a test are whole");
    return json_int(b, lua_tointeger(L, -1));
  case LUA_TBOOLEAN:
    return json_bool(b, lua_toboolean(L, -1));
  case LUA_TTABLE:
    return put_table(L, b, depth);
  default:
    luaL_error(L, "a test holds texts, whole numbers, true, false and tables of them, no %s",
               luaL_typename(L, -1));
  }
}

/* --- test "name" { ... } --- */

/* Upvalues: name, line. */
static int take_test(lua_State *L) {
  struct test_reading *r = reading_of(L);
  if (lua_type(L, 1) != LUA_TTABLE)
    return luaL_error(L, "a test takes a table: test \"name\" { ... }");
  if (++r->n_tests > TESTS_MAX)
    return luaL_error(L, "more than %d tests in one file; split it", TESTS_MAX);

  lua_settop(L, 1);
  json_open(r->json, '{');
  json_key(r->json, "line");
  json_int(r->json, lua_tointeger(L, lua_upvalueindex(2)));
  json_key(r->json, "name");
  json_str(r->json, lua_tostring(L, lua_upvalueindex(1)));
  json_key(r->json, "test");
  put_value(L, r->json, 0);
  json_close(r->json, '}');

  return 0;
}

static int start_test(lua_State *L) {
  lua_Debug ar;
  if (lua_type(L, 1) != LUA_TSTRING || lua_rawlen(L, 1) == 0)
    return luaL_error(L, "a test has a name: test \"name\" { ... }");
  if (lua_gettop(L) > 1)
    return luaL_error(L, "write test \"name\" { ... }, without brackets and comma around the two");

  lua_settop(L, 1);
  lua_pushinteger(L, lua_getstack(L, 1, &ar) && lua_getinfo(L, "l", &ar) ? ar.currentline : 1);
  lua_pushcclosure(L, take_test, 2);

  return 1;
}

/* --- the file --- */

static void on_literal(void *arg, const char *text, size_t len) {
  sandbox_note_literal(((struct engine *)arg)->L, text, len);
}

static void on_unfit(void *arg, int line, const char *text, size_t len) {
  struct test_reading *r = reading_of(((struct engine *)arg)->L);
  r->unsafe = true;
  if (memchr(text, 0, len))
    fault_list_add(r->faults, true, "%s:%d: a text has a zero byte in it; texts are plain UTF-8",
                   r->file, line);
  else
    fault_list_add(r->faults, true, "%s:%d: a text is %zu bytes long; at most %zu", r->file, line,
                   len, BUDGET_TEXT);
}

static void on_hidden(void *arg, int line, const char *character) {
  struct test_reading *r = reading_of(((struct engine *)arg)->L);

  fault_list_add(r->faults, true,
                 "%s:%d: a text holds %s, a character that does not print; type the text again",
                 r->file, line, character);
}

static void add_fault(const struct engine *e, struct test_reading *r) {
  const char *text = "an error without a message";
  if (lua_type(e->L, -1) == LUA_TSTRING)
    text = lua_tostring(e->L, -1);

  size_t len = strlen(r->file);

  if (e->budget.over == BUDGET_INSTRUCTIONS)
    fault_list_add(
        r->faults, true,
        "%s:1: takes too many instructions to read (more than %d); a test only describes", r->file,
        (int)budget_of_loading.instructions);
  else if (e->budget.over == BUDGET_MEMORY)
    fault_list_add(r->faults, true, "%s:1: takes too much memory to read; a test only describes",
                   r->file);
  else if (strncmp(text, r->file, len) == 0 && text[len] == ':')
    fault_list_add(r->faults, true, "%s", text);
  else
    fault_list_add(r->faults, true, "%s:1: %s", r->file, text);
}

static bool look(struct engine *e, struct test_reading *r) {
  const struct bytecode_visitor v = {.arg = e,
                                     .literal = on_literal,
                                     .longest = BUDGET_TEXT,
                                     .unfit = on_unfit,
                                     .hidden = on_hidden};
  if (bytecode_visit(e->L, &v))
    return !r->unsafe;

  fault_list_add(r->faults, true, "%s:1: this build was made for another Lua than it runs with",
                 r->file);

  return false;
}

static void run_file(struct engine *e, struct test_reading *r, const char *text, size_t len) {
  lua_State *L = e->L;
  budget_arm(&e->budget, &budget_of_compiling);
  lua_pushfstring(L, "@%s", r->file);

  int status = luaL_loadbufferx(L, text, len, lua_tostring(L, -1), "t");
  budget_disarm(&e->budget);
  if (status == LUA_OK && look(e, r)) {
    budget_arm(&e->budget, &budget_of_loading);
    sandbox_push_env(L);
    lua_setupvalue(L, -2, 1);
    status = lua_pcall(L, 0, 0, 0);
  }

  budget_disarm(&e->budget);
  if (status != LUA_OK)
    add_fault(e, r);
}

static struct engine *open_engine(struct test_reading *r) {
  struct engine *e = mem_alloc(sizeof *e);
  e->L = lua_newstate(budget_alloc, &e->budget);
  if (!e->L)
    abort();

  *(struct engine **)lua_getextraspace(e->L) = e;
  lua_gc(e->L, LUA_GCSTOP);
  sandbox_open(e->L);
  sandbox_add(e->L, "test", start_test);
  lua_pushlightuserdata(e->L, r);
  lua_setfield(e->L, LUA_REGISTRYINDEX, STATE);
  budget_watch(e->L);

  return e;
}

void test_loader_read(const char *name, const char *text, size_t len, struct buf *json,
                      struct fault_list *faults) {
  struct test_reading r = {.file = name, .json = json, .faults = faults};
  size_t before = faults->errors;

  json_open(json, '[');
  struct engine *e = open_engine(&r);
  run_file(e, &r, text, len);
  lua_close(e->L);
  free(e);
  json_close(json, ']');
  if (faults->errors == before)
    return;

  buf_reset(json);
  buf_puts(json, "[]");
}
