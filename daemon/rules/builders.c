/* builders - one C function for all kinds of development. The rows of names.c say how the kinds
 * differ; the catalogue says which developments exist. */
#include "rules/builders.h"

#include <lauxlib.h>
#include <string.h>
#include <sys/param.h>

#include "rules/names.h"
#include "rules/sandbox.h"
#include "rules/text.h"

#define CLASS "development"
#define PROPOSALS_MAX 8                /* for one need */
#define SAID_MAX ((uint64_t)64 * 1024) /* bytes in all, for one person */
#define CANDIDATE_BYTES 64             /* what a candidate costs beside its texts */
#define MADE_COST 1024                 /* about what the catalogue copies for one */

struct made {
  size_t index; /* in run->made */
};

/* --- fields --- */

static bool is_field(const char *name) {
  for (size_t i = 0; builder_fields[i]; i++)
    if (strcmp(builder_fields[i], name) == 0)
      return true;
  return false;
}

/* If several fields are wrong, the fault names the first one in alphabetical order, so that it
 * does not depend on the order of the table. */
static void check_fields(lua_State *L, const struct builder_row *row) {
  const char *wrong = NULL;

  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
    budget_charge(L, 1);
    if (lua_type(L, -2) != LUA_TSTRING)
      luaL_error(L, "%s takes named fields, such as weeks = 2", row->name);

    const char *name = lua_tostring(L, -2);
    if (!is_field(name) && (!wrong || strcmp(name, wrong) < 0))
      wrong = name;
  }

  if (!wrong)
    return;

  lua_pushstring(L, wrong);
  luaL_error(L, "%s has no field %s", row->name, sandbox_quote(L, lua_gettop(L)));
}

static int32_t number_field(lua_State *L, const struct builder_row *row, const char *name,
                            int32_t low, int32_t high, int32_t usual) {
  int whole;
  lua_getfield(L, 1, name);
  lua_Integer n = lua_tointegerx(L, -1, &whole);
  if (lua_isnil(L, -1))
    return lua_pop(L, 1), usual;

  if (lua_type(L, -1) != LUA_TNUMBER || !whole || n < low || n > high)
    luaL_error(L, "%s: %s is a whole number from %d to %d", row->name, name, low, high);

  lua_pop(L, 1);

  return (int32_t)n;
}

static const char *text_field(lua_State *L, struct run *run, const struct builder_row *row,
                              const char *name) {
  size_t len;
  lua_getfield(L, 1, name);
  if (lua_isnil(L, -1))
    return lua_pop(L, 1), NULL;

  if (lua_type(L, -1) != LUA_TSTRING)
    luaL_error(L, "%s: %s is a text", row->name, name);
  if (of_school(run->now) && !sandbox_literal(L, lua_gettop(L)))
    luaL_error(L,
               "%s: %s of a school rule is written out in the rule, so that no count gets into it",
               row->name, name);

  const char *s = lua_tolstring(L, -1, &len);
  budget_charge_bytes(L, (MIN(len, TEXT_SAID_MAX)) + 16);
  const char *clean = text_clean(run->now->arena, s, len, TEXT_SAID_MAX);
  lua_pop(L, 1);

  return clean;
}

/* --- which development --- */

/* "<rest>" of the id, from id, code or the row's own; what was given stays on the stack, for
 * messages. */
static const char *rest_of(lua_State *L, struct run *run, const struct builder_row *row) {
  if (lua_getfield(L, 1, "code") != LUA_TNIL) {
    const struct unit *u = NULL;
    if (lua_type(L, -1) == LUA_TSTRING)
      u = catalogue_unit(engine_of(L)->catalogue, lua_tostring(L, -1));
    if (!row->takes_code)
      luaL_error(L, "%s takes an id, not a code", row->name);
    if (!u)
      luaL_error(L, "unknown unit %s", sandbox_quote(L, lua_gettop(L)));

    return u->slug;
  }
  if (lua_getfield(L, 1, "id") == LUA_TSTRING)
    return builder_rest(row, lua_tostring(L, -1));

  if (!lua_isnil(L, -1))
    luaL_error(L, "%s: id is a text", row->name);
  if (!row->id)
    luaL_error(L, "%s needs an id", row->name);

  if (*row->id != '\0')
    return row->id;

  return catalogue_competence_at(engine_of(L)->catalogue,
                                 subject_competence(run->now->facts, run->need))
      ->slug;
}

static const char *development_id(lua_State *L, struct run *run, const struct builder_row *row) {
  struct development found;
  int top = lua_gettop(L);
  const char *rest = rest_of(L, run, row);

  budget_charge(L, 30);
  budget_charge_bytes(L, MADE_COST);

  const char *id = "";
  if (strlen(rest) <= 128)
    id = arena_printf(run->now->arena, "%s.%s", row->kind, rest);
  if (!catalogue_development(engine_of(L)->catalogue, id, run->now->arena, &found)) {
    bool is_given = lua_type(L, -1) == LUA_TSTRING;
    const char *named = !is_given ? lua_pushfstring(L, "'%s'", rest)
                                  : sandbox_quote(L, lua_gettop(L));
    luaL_error(L, "the catalogue knows no %s %s", row->kind, named);
  }

  lua_settop(L, top);

  return found.id;
}

/* Upvalue: place in builder_rows. */
static int build(lua_State *L) {
  struct run *run = run_of(L);
  const struct builder_row *row = &builder_rows[lua_tointeger(L, lua_upvalueindex(1))];

  if (lua_isnone(L, 1))
    lua_newtable(L);

  if (lua_type(L, 1) != LUA_TTABLE || lua_gettop(L) != 1)
    return luaL_error(L, "%s takes one table: %s { weeks = 2 }", row->name, row->name);

  check_fields(L, row);
  struct candidate c = {.rule = run->rule, .need = run->need};
  c.development = development_id(L, run, row);
  c.priority = number_field(L, row, "priority", 0, 100, PRIORITY_USUAL);
  c.weeks = number_field(L, row, "weeks", 1, 520, ABSENT);

  int32_t hours = number_field(L, row, "hours", 0, 2000, ABSENT),
          minutes = number_field(L, row, "minutes", 0, 120000, ABSENT);
  if (hours == ABSENT)
    c.minutes = minutes;
  else
    c.minutes = hours * 60 + (minutes == ABSENT ? 0 : minutes);

  c.text = text_field(L, run, row, "because");
  c.not_in_house = text_field(L, run, row, "not_in_house");
  if (!c.text || *c.text == '\0')
    c.text = engine_of(L)->rules[run->rule].info.about;

  budget_charge_bytes(L, sizeof c);
  struct made *made = lua_newuserdatauv(L, sizeof *made, 0);
  luaL_setmetatable(L, CLASS);
  made->index = run->n_made;
  run->made = mem_grow(run->made, &run->cap_made, run->n_made + 1, sizeof c);
  run->made[run->n_made++] = c;

  return 1;
}

/* --- what recommend returned --- */

static void collect_one(lua_State *L, struct run *run, int index) {
  const struct made *made = luaL_testudata(L, index, CLASS);
  if (!made || made->index >= run->n_made)
    luaL_error(L,
               "recommend returned a %s; it returns a development such as shadowing {}%s, a list "
               "of them, or nil",
               luaL_typename(L, index), lua_isfunction(L, index) ? " (with the braces)" : "");

  const struct candidate *c = &run->made[made->index];
  run->said += CANDIDATE_BYTES + strlen(c->development) + strlen(c->text) +
               (c->not_in_house ? strlen(c->not_in_house) : 0);
  if (run->said > SAID_MAX)
    budget_refuse_memory(L, "more than 64 KiB of proposals for one person");

  run->out = mem_grow(run->out, &run->cap_out, run->n_out + 1, sizeof *c);
  run->out[run->n_out++] = *c;
}

size_t builders_collect(lua_State *L) {
  struct run *run = run_of(L);
  size_t before = run->n_out;
  int top = lua_gettop(L);
  if (lua_type(L, top) == LUA_TTABLE) {
    lua_Unsigned n = lua_rawlen(L, top);
    if (n > PROPOSALS_MAX)
      luaL_error(L, "recommend returned %d developments for one need; at most %d", (int)n,
                 PROPOSALS_MAX);

    for (lua_Unsigned i = 1; i <= n; i++) {
      lua_rawgeti(L, top, (lua_Integer)i);
      collect_one(L, run, top + 1);
      lua_settop(L, top);
    }

    lua_pushnil(L);
    if (n == 0 && lua_next(L, top))
      luaL_error(L, "recommend returned a table that is no list of developments");
  } else if (lua_type(L, top) != LUA_TNIL) {
    collect_one(L, run, top);
  }

  lua_settop(L, top - 1);

  return run->n_out - before;
}

static int on_read(lua_State *L) {
  return luaL_error(L, "a development has nothing to read; return it from recommend");
}

void builders_open(struct engine *e) {
  lua_State *L = e->L;
  luaL_newmetatable(L, CLASS);
  lua_pushcfunction(L, on_read);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, on_read);
  lua_setfield(L, -2, "__newindex");
  lua_pop(L, 1);

  for (size_t i = 0; i < builder_n_rows; i++) {
    lua_pushinteger(L, (lua_Integer)i);
    lua_pushcclosure(L, build, 1);
    sandbox_add_value(L, builder_rows[i].name);
  }
}
