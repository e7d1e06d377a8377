/* loader - from a bundle of rule files to an engine: compile, look, run the top of each file, check the tables, freeze, index.
 *
 * Nothing stops at the first fault: every file is looked at, and all faults are told at once. Loading is done anew for each
 * engine and gives the same engine every time. What a rule may read is api.c's and names.c's; what an evaluation does is
 * evaluate.c's. */
#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "rules/api.h"
#include "rules/builders.h"
#include "rules/bytecode.h"
#include "rules/engine.h"
#include "rules/frozen.h"
#include "rules/names.h"
#include "rules/sandbox.h"
#include "rules/text.h"

#define RULES_MAX 500
#define FILE_BYTES_MAX ((size_t)256 * 1024)
#define NAME_BYTES_MAX 64
#define FUNCTIONS "needs.functions" /* registry: list of all when and recommend functions */

const char *const state_words[5] = {"unrated", "lapsed", "confirm", "gap", "met"};
static const char *const purpose_names[] = {"compliance", "role", "growth"};

struct loading {
  struct fault_list *faults;
  const char *file; /* being read */
  size_t cap_rules;
  bool unsafe; /* the file must not run, not even to find more faults */
};

/* --- faults --- */

#define FAULT(e, line, ...) fault((e), (line), arena_printf(&(e)->arena, __VA_ARGS__))

static void fault(struct engine *e, int line, const char *text) {
  fault_list_add(e->loading->faults, true, "%s:%d: %s", e->loading->file, line, text);
}

/* --- what the compiler made of it --- */

static void on_refused(void *arg, int line, const char *what) { fault(arg, line, what); }

static void on_literal(void *arg, const char *text, size_t len) { sandbox_note_literal(((struct engine *)arg)->L, text, len); }

static void on_zero(void *arg, int line) {
  struct engine *e = arg;
  e->loading->unsafe = true;
  fault(e, line, "a text has a zero byte in it; texts are plain UTF-8");
}

static void unknown_name(struct engine *e, int line, const char *name, const char *near) {
  if (near != NULL)
    FAULT(e, line, "unknown name '%s'; did you mean '%s'?", name, near);
  else
    FAULT(e, line, "unknown name '%s'; docs/rules.md lists what rules may use", name);
}

static void on_global(void *arg, int line, const char *name) {
  struct engine *e = arg;
  if (strcmp(name, "offers_for") == 0) e->reads_offers = true;
  if (!sandbox_knows(e->L, name)) unknown_name(e, line, name, sandbox_nearest(e->L, name));
}

static void on_member(void *arg, int line, const char *object, const char *name) {
  struct engine *e = arg;
  if (api_row_find(object, name) != NULL) return;
  struct nearest near = nearest_to(name);
  for (size_t i = 0; i < api_n_rows; i++)
    if (strcmp(api_rows[i].object, object) == 0) nearest_try(&near, api_rows[i].name);
  const char *full = arena_printf(&e->arena, "%s.%s", object, name);
  unknown_name(e, line, full, nearest_best(&near));
}

static void on_argument(void *arg, int line, const char *object, const char *method, const char *text) {
  struct engine *e = arg;
  if (strcmp(object, "person") != 0) return;
  const struct catalogue *c = e->catalogue;
  bool held = catalogue_unit(c, text) != NULL || catalogue_qualification(c, text) != NULL || catalogue_class(c, text);
  if (strcmp(method, "holds") == 0 && !held) FAULT(e, line, "unknown unit, qualification or class '%s'", text);
  if (strcmp(method, "has_role") == 0 && catalogue_role(c, text) == NULL) FAULT(e, line, "unknown role '%s'", text);
}

static bool has_word(const char *const *words, const char *word) {
  for (; *words != NULL; words++)
    if (strcmp(*words, word) == 0) return true;
  return false;
}

static const char *nearest_word(const char *const *words, const char *word) {
  struct nearest near = nearest_to(word);
  for (; *words != NULL; words++) nearest_try(&near, *words);
  return nearest_best(&near);
}

static bool development_known(struct engine *e, const struct builder_row *b, const char *field, const char *value) {
  struct development found;
  if (strcmp(field, "code") == 0) return !b->takes_code || catalogue_unit(e->catalogue, value) != NULL;
  if (strcmp(field, "id") != 0) return true;
  return catalogue_development(e->catalogue, arena_printf(&e->arena, "%s.%s", b->kind, value), &e->arena, &found);
}

static void on_field(void *arg, int line, const char *function, const char *name, const char *value) {
  struct engine *e = arg;
  const struct builder_row *b = builder_row_find(function);
  if (b == NULL) return;
  if (!has_word(builder_fields, name)) {
    const char *near = nearest_word(builder_fields, name);
    if (near != NULL)
      FAULT(e, line, "%s has no field '%s'; did you mean '%s'?", function, name, near);
    else
      FAULT(e, line, "%s has no field '%s'", function, name);
  } else if (value != NULL && !development_known(e, b, name, value)) {
    FAULT(e, line, "the catalogue knows no %s '%s'", b->kind, value);
  }
}

/* --- the fields of a rule --- */

/* One text, or a list of texts; `take` hears each. False if it is something else. */
typedef void take_text(struct engine *e, struct rule *r, const char *field, const char *text);

static void each_text(struct engine *e, struct rule *r, lua_State *L, const char *field, take_text *take) {
  bool fits = true;
  lua_getfield(L, 1, field);
  if (lua_type(L, -1) == LUA_TSTRING) {
    take(e, r, field, lua_tostring(L, -1));
  } else if (lua_type(L, -1) == LUA_TTABLE) {
    lua_Integer n = luaL_len(L, -1);
    if (n == 0) fits = false;
    for (lua_Integer i = 1; i <= n; i++) {
      if (lua_geti(L, -1, i) == LUA_TSTRING)
        take(e, r, field, lua_tostring(L, -1));
      else
        fits = false;
      lua_pop(L, 1);
    }
  } else {
    fits = lua_isnil(L, -1);
  }
  lua_pop(L, 1);
  if (!fits) FAULT(e, r->info.line, "rule '%s': %s is a text or a list of texts", r->info.name, field);
}

static bool pattern_fits(const struct competence *k, const char *pattern, size_t len) {
  return strncmp(k->code, pattern, len) == 0 || strncmp(k->key, pattern, len) == 0;
}

static const char *nearest_competence(const struct engine *e, const char *code) {
  struct nearest near = nearest_to(code);
  for (uint32_t i = 0; i < catalogue_n_competences(e->catalogue); i++)
    nearest_try(&near, catalogue_competence_at(e->catalogue, i)->code);
  return nearest_best(&near);
}

static void unknown_competence(struct engine *e, const struct rule *r, const char *code) {
  const char *near = nearest_competence(e, code);
  if (catalogue_ambiguous(e->catalogue, code))
    FAULT(e, r->info.line, "rule '%s': competence '%s' is in more than one framework; write framework@version/%s", r->info.name,
          code, code);
  else if (near != NULL)
    FAULT(e, r->info.line, "rule '%s': unknown competence '%s'; did you mean '%s'?", r->info.name, code, near);
  else
    FAULT(e, r->info.line, "rule '%s': unknown competence '%s'", r->info.name, code);
}

static void take_competence(struct engine *e, struct rule *r, const char *field, const char *text) {
  (void)field;
  uint32_t n = catalogue_n_competences(e->catalogue), found = 0;
  size_t len = strlen(text);
  bool *wanted = r->competences;
  if (wanted == NULL) r->competences = wanted = arena_alloc(&e->arena, n + 1);
  if (len == 0 || text[len - 1] != '*') {
    const struct competence *k = catalogue_competence(e->catalogue, text);
    if (k != NULL)
      wanted[k->index] = true;
    else
      unknown_competence(e, r, text);
    return;
  }
  for (uint32_t i = 0; i < n; i++) {
    if (!pattern_fits(catalogue_competence_at(e->catalogue, i), text, len - 1)) continue;
    wanted[i] = true;
    found++;
  }
  if (found == 0) FAULT(e, r->info.line, "rule '%s': no competence begins like '%s'", r->info.name, text);
}

static void take_role(struct engine *e, struct rule *r, const char *field, const char *text) {
  const struct role *role = catalogue_role(e->catalogue, text);
  if (role == NULL) return FAULT(e, r->info.line, "rule '%s': %s: unknown role '%s'", r->info.name, field, text);
  const struct role **list = arena_alloc(&e->arena, (r->n_roles + 1) * sizeof *list);
  if (r->n_roles > 0) memcpy(list, r->roles, r->n_roles * sizeof *list);
  list[r->n_roles++] = role;
  r->roles = list;
}

static void take_family(struct engine *e, struct rule *r, const char *field, const char *text) {
  const struct family *family = catalogue_family(e->catalogue, text);
  if (family == NULL) return FAULT(e, r->info.line, "rule '%s': %s: unknown role family '%s'", r->info.name, field, text);
  const struct family **list = arena_alloc(&e->arena, (r->n_families + 1) * sizeof *list);
  if (r->n_families > 0) memcpy(list, r->families, r->n_families * sizeof *list);
  list[r->n_families++] = family;
  r->families = list;
}

static uint8_t word_bit(const char *const *words, size_t n, const char *word) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(words[i], word) == 0) return (uint8_t)(1u << i);
  return 0;
}

static void take_purpose(struct engine *e, struct rule *r, const char *field, const char *text) {
  uint8_t bit = word_bit(purpose_names, ARRAY_LEN(purpose_names), text);
  if (bit == 0) FAULT(e, r->info.line, "rule '%s': %s is compliance, role or growth, not '%s'", r->info.name, field, text);
  r->purposes |= bit;
}

static void take_state(struct engine *e, struct rule *r, const char *field, const char *text) {
  uint8_t bit = strcmp(text, "any") == 0 ? STATE_ANY : word_bit(state_words, ARRAY_LEN(state_words), text);
  if (bit == 0)
    FAULT(e, r->info.line, "rule '%s': %s is unrated, lapsed, confirm, gap, met or any, not '%s'", r->info.name, field, text);
  r->states |= bit;
}

/* A text that must be there, of a length and form that can be published. */
static const char *must_text(struct engine *e, const struct rule *r, lua_State *L, const char *field) {
  size_t len = 0;
  lua_getfield(L, 1, field);
  const char *s = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &len) : NULL;
  const char *kept = s != NULL ? text_clean(&e->arena, s, len, TEXT_SAID_MAX) : "";
  lua_pop(L, 1);
  if (s == NULL || len == 0)
    FAULT(e, r->info.line, "rule '%s' has no %s; say %s = \"...\"", r->info.name, field, field);
  else if (len > TEXT_SAID_MAX)
    FAULT(e, r->info.line, "rule '%s': %s is %zu bytes long; at most %d", r->info.name, field, len, TEXT_SAID_MAX);
  else if (strlen(kept) != len || memcmp(kept, s, len) != 0)
    FAULT(e, r->info.line, "rule '%s': %s has characters that are not printable UTF-8", r->info.name, field);
  return kept;
}

static void check_source(struct engine *e, const struct rule *r) {
  size_t len = strcspn(r->info.source, "/");
  const char *id = arena_strndup(&e->arena, r->info.source, len);
  if (*id && catalogue_source(e->catalogue, id) == NULL)
    FAULT(e, r->info.line, "rule '%s': unknown source '%s'; sources.csv of the catalogue lists them", r->info.name, id);
}

static void keep_function(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, FUNCTIONS);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  lua_pop(L, 1);
}

static int function_field(struct engine *e, const struct rule *r, lua_State *L, const char *field, bool must) {
  int type = lua_getfield(L, 1, field);
  if (type == LUA_TFUNCTION && !lua_iscfunction(L, -1)) {
    keep_function(L);
    return luaL_ref(L, LUA_REGISTRYINDEX);
  }
  if (type != LUA_TNIL || must)
    FAULT(e, r->info.line, "rule '%s': %s is a function: %s = function(%s) ... end", r->info.name, field, field,
          r->info.for_school ? "cohort, school" : "need, person, school");
  lua_pop(L, 1);
  return LUA_NOREF;
}

/* In order of name, so that the report is the same every time. */
static void check_field_names(struct engine *e, const struct rule *r, lua_State *L) {
  const char *const *fields = r->info.for_school ? school_rule_fields : rule_fields;
  const char *last = "";
  for (;;) {
    const char *next = NULL;
    bool other = false;
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
      const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
      if (name == NULL)
        other = true;
      else if (!has_word(fields, name) && strcmp(name, last) > 0 && (next == NULL || strcmp(name, next) < 0))
        next = name;
    }
    if (other && *last == '\0') FAULT(e, r->info.line, "rule '%s' has a value without a name; write name = value", r->info.name);
    if (next == NULL) return;
    const char *near = nearest_word(fields, next);
    if (near != NULL)
      FAULT(e, r->info.line, "rule '%s' has no field '%s'; did you mean '%s'?", r->info.name, next, near);
    else
      FAULT(e, r->info.line, "rule '%s' has no field '%s'", r->info.name, next);
    last = next;
  }
}

static void check_name(struct engine *e, const struct rule *r) {
  size_t len = strlen(r->info.name);
  if (len == 0 || len > NAME_BYTES_MAX ||
      strspn(r->info.name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != len)
    FAULT(e, r->info.line, "a rule's name is 1 to %d of letters, digits, '.', '_' and '-'", NAME_BYTES_MAX);
  for (uint32_t i = 0; i < e->n_rules; i++)
    if (&e->rules[i] != r && strcmp(e->rules[i].info.name, r->info.name) == 0)
      FAULT(e, r->info.line, "rule '%s' is already in %s:%d; give this one another name", r->info.name, e->rules[i].info.file,
            e->rules[i].info.line);
}

static void read_fields(struct engine *e, struct rule *r, lua_State *L) {
  check_field_names(e, r, L);
  r->info.about = must_text(e, r, L, "about");
  r->info.source = must_text(e, r, L, "source");
  r->info.owner = must_text(e, r, L, "owner");
  check_source(e, r);
  each_text(e, r, L, "competences", take_competence);
  each_text(e, r, L, "roles", take_role);
  each_text(e, r, L, "families", take_family);
  each_text(e, r, L, "purpose", take_purpose);
  each_text(e, r, L, "needs", take_state);
  if (r->purposes == 0) r->purposes = 7;
  if (r->states == 0) r->states = r->info.for_school ? STATE_ANY : STATE_GAP | STATE_MET;
  r->when = function_field(e, r, L, "when", false);
  r->recommend = function_field(e, r, L, "recommend", true);
}

/* --- whom it speaks to, as JSON --- */

/* Words whose bits are set, unless all are: then nothing is written. */
static void scope_words(struct buf *b, const char *name, const char *const *words, size_t n, unsigned bits) {
  if (bits + 1 == 1u << n) return;
  json_key(b, name);
  json_open(b, '[');
  for (size_t i = 0; i < n; i++)
    if (bits & 1u << i) json_str(b, words[i]);
  json_close(b, ']');
}

static const char *scope_of(struct engine *e, const struct rule *r) {
  struct buf b = {0};
  json_open(&b, '{');
  if (r->info.for_school) {
    json_key(&b, "school");
    json_bool(&b, true);
  }
  if (r->n_roles > 0) {
    json_key(&b, "roles");
    json_open(&b, '[');
    for (uint32_t i = 0; i < r->n_roles; i++) json_str(&b, r->roles[i]->code);
    json_close(&b, ']');
  }
  if (r->n_families > 0) {
    json_key(&b, "families");
    json_open(&b, '[');
    for (uint32_t i = 0; i < r->n_families; i++) json_str(&b, r->families[i]->code);
    json_close(&b, ']');
  }
  if (r->competences != NULL) {
    json_key(&b, "competences");
    json_open(&b, '[');
    for (uint32_t i = 0; i < catalogue_n_competences(e->catalogue); i++)
      if (r->competences[i]) json_str(&b, catalogue_competence_at(e->catalogue, i)->key);
    json_close(&b, ']');
  }
  scope_words(&b, "purpose", purpose_names, ARRAY_LEN(purpose_names), r->purposes);
  scope_words(&b, "needs", state_words, ARRAY_LEN(state_words), r->states);
  json_close(&b, '}');
  const char *scope = arena_strndup(&e->arena, (const char *)b.data, b.len);
  buf_finish(&b);
  return scope;
}

/* --- rule and school_rule --- */

static struct engine *loading_engine(lua_State *L, const char *what) {
  struct engine *e = engine_of(L);
  if (e->loading == NULL) luaL_error(L, "%s is for the top of a file, not for inside a rule", what);
  return e;
}

static int line_of_caller(lua_State *L) {
  lua_Debug ar;
  if (!lua_getstack(L, 1, &ar) || !lua_getinfo(L, "l", &ar)) return 0;
  return ar.currentline;
}

/* rule "name" { fields }: upvalues are name, line, and whether it is a school_rule. */
static int take_rule(lua_State *L) {
  bool for_school = lua_toboolean(L, lua_upvalueindex(3));
  const char *what = for_school ? "school_rule" : "rule", *name = lua_tostring(L, lua_upvalueindex(1));
  struct engine *e = loading_engine(L, what);
  if (lua_type(L, 1) != LUA_TTABLE) return luaL_error(L, "%s '%s' takes a table: %s \"%s\" { ... }", what, name, what, name);
  if (e->n_rules == RULES_MAX) return luaL_error(L, "more than %d rules", RULES_MAX);
  lua_settop(L, 1);
  e->rules = mem_grow(e->rules, &e->loading->cap_rules, e->n_rules + 1, sizeof *e->rules);
  struct rule *r = &e->rules[e->n_rules++];
  *r = (struct rule){.when = LUA_NOREF, .recommend = LUA_NOREF};
  r->info.for_school = for_school;
  r->info.name = arena_printf(&e->arena, "%s", name);
  r->info.file = e->loading->file;
  r->info.line = (int32_t)lua_tointeger(L, lua_upvalueindex(2));
  r->info.about = r->info.source = r->info.owner = "";
  check_name(e, r);
  read_fields(e, r, L);
  r->info.scope = scope_of(e, r);
  return 0;
}

static int start(lua_State *L, const char *what, bool for_school) {
  loading_engine(L, what);
  if (lua_type(L, 1) != LUA_TSTRING) return luaL_error(L, "a %s has a name: %s \"name\" { ... }", what, what);
  lua_settop(L, 1);
  lua_pushinteger(L, line_of_caller(L));
  lua_pushboolean(L, for_school);
  lua_pushcclosure(L, take_rule, 3);
  return 1;
}

static int start_rule(lua_State *L) { return start(L, "rule", false); }

static int start_school_rule(lua_State *L) { return start(L, "school_rule", true); }

/* --- files --- */

static const struct bytecode_visitor looks = {.refused = on_refused,
                                              .literal = on_literal,
                                              .zero = on_zero,
                                              .global = on_global,
                                              .member = on_member,
                                              .argument = on_argument,
                                              .field = on_field};

static void add_lua_fault(struct engine *e) {
  size_t len = strlen(e->loading->file);
  const char *text = lua_type(e->L, -1) == LUA_TSTRING ? lua_tostring(e->L, -1) : "an error without a message";
  if (e->budget.over == BUDGET_INSTRUCTIONS)
    FAULT(e, 1, "takes too many instructions to load (more than %d)", (int)budget_of_loading.instructions);
  else if (e->budget.over == BUDGET_MEMORY)
    FAULT(e, 1, "needs %s to load", strstr(e->budget.why, "text") != NULL ? e->budget.why : "too much memory");
  else if (strncmp(text, e->loading->file, len) == 0 && text[len] == ':')
    fault_list_add(e->loading->faults, true, "%s", text);
  else
    FAULT(e, 1, "%s", text);
}

static bool compile(struct engine *e, const struct bundle_file *f) {
  const char *chunk = arena_printf(&e->arena, "@%s", f->name);
  budget_arm(&e->budget, &budget_of_loading);
  int status = luaL_loadbufferx(e->L, f->text, f->len, chunk, "t");
  budget_disarm(&e->budget);
  if (status == LUA_OK) return true;
  add_lua_fault(e);
  lua_pop(e->L, 1);
  return false;
}

/* With faults found already, an error at the top of the file is most likely one of them once more. */
static void load_file(struct engine *e, const struct bundle_file *f) {
  size_t before = e->loading->faults->errors;
  e->loading->unsafe = false;
  if (!compile(e, f)) return;
  struct bytecode_visitor v = looks;
  v.arg = e;
  if (!bytecode_visit(e->L, &v)) FAULT(e, 1, "this build was made for another Lua than it runs with; nothing can be checked");
  if (e->loading->unsafe) return lua_pop(e->L, 1);
  sandbox_push_env(e->L);
  lua_setupvalue(e->L, -2, 1);
  size_t looked = e->loading->faults->errors;
  budget_arm(&e->budget, &budget_of_loading);
  int status = lua_pcall(e->L, 0, 0, 0);
  budget_disarm(&e->budget);
  if (status == LUA_OK) return;
  if (looked == before) add_lua_fault(e);
  lua_pop(e->L, 1);
}

static void check_file(struct engine *e, const struct bundle_file *f) {
  size_t len = strlen(f->name);
  e->loading->file = arena_printf(&e->arena, "%s", f->name);
  if (len < 5 || strcmp(f->name + len - 4, ".lua") != 0)
    FAULT(e, 1, "is no rule file; their names end in .lua");
  else if (f->len > FILE_BYTES_MAX)
    FAULT(e, 1, "is larger than %zu KiB; split it", FILE_BYTES_MAX / 1024);
  else
    load_file(e, f);
}

/* Arguments: the memo, a function. */
static int freeze_function(lua_State *L) {
  frozen_value(L, 1);
  return 0;
}

/* Pops the message of what went wrong with the function at `function`. */
static void add_freeze_fault(struct engine *e, int function) {
  lua_Debug ar;
  lua_pushvalue(e->L, function);
  lua_getinfo(e->L, ">S", &ar);
  const char *file = *ar.source == '@' ? ar.source + 1 : ar.source;
  const char *why = lua_type(e->L, -1) == LUA_TSTRING ? lua_tostring(e->L, -1) : "an error without a message";
  fault_list_add(e->loading->faults, true, "%s:%d: what this function reads from outside cannot be frozen: %s", file,
                 ar.linedefined, why);
  lua_pop(e->L, 1);
}

static void freeze(struct engine *e) {
  lua_State *L = e->L;
  lua_newtable(L);
  int memo = lua_gettop(L);
  lua_getfield(L, LUA_REGISTRYINDEX, FUNCTIONS);
  budget_arm(&e->budget, &budget_of_loading);
  for (lua_Integer i = 1; lua_rawgeti(L, memo + 1, i) != LUA_TNIL; i++) {
    lua_pushcfunction(L, freeze_function);
    lua_pushvalue(L, memo);
    lua_pushvalue(L, memo + 2);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK) add_freeze_fault(e, memo + 2);
    if (e->budget.over != BUDGET_WITHIN) break;
    lua_settop(L, memo + 1);
  }
  budget_disarm(&e->budget);
  lua_settop(L, memo - 1);
}

static bool wants(const struct rule *r, uint32_t competence) { return r->competences == NULL || r->competences[competence]; }

static void index_rules(struct engine *e) {
  uint32_t n = catalogue_n_competences(e->catalogue), at = 0, all = 0;
  for (uint32_t r = 0; r < e->n_rules; r++)
    for (uint32_t c = 0; c < n; c++) all += wants(&e->rules[r], c);
  e->first = arena_alloc(&e->arena, ((size_t)n + 1) * sizeof *e->first);
  e->listed = arena_alloc(&e->arena, ((size_t)all + 1) * sizeof *e->listed);
  for (uint32_t c = 0; c < n; c++) {
    e->first[c] = at;
    for (uint32_t r = 0; r < e->n_rules; r++)
      if (wants(&e->rules[r], c)) e->listed[at++] = r;
  }
  e->first[n] = at;
}

/* --- the engine --- */

static int on_panic(lua_State *L) {
  fprintf(stderr, "needs-rules: %s\n", lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "an error in Lua");
  return 0;
}

static void open_state(struct engine *e) {
  e->L = lua_newstate(budget_alloc, &e->budget);
  if (e->L == NULL) abort();
  *(struct engine **)lua_getextraspace(e->L) = e;
  lua_atpanic(e->L, on_panic);
  lua_gc(e->L, LUA_GCSTOP);
  sandbox_open(e->L);
  api_open(e);
  builders_open(e);
  sandbox_add(e->L, "rule", start_rule);
  sandbox_add(e->L, "school_rule", start_school_rule);
  lua_newtable(e->L);
  lua_setfield(e->L, LUA_REGISTRYINDEX, FUNCTIONS);
  budget_watch(e->L);
}

int engine_create(struct engine **ret, const struct bundle *from, const struct catalogue *c, struct fault_list *faults) {
  struct engine *e = mem_alloc(sizeof *e);
  struct loading loading = {.faults = faults};
  size_t before = faults->errors;
  e->catalogue = c;
  open_state(e);
  e->loading = &loading;
  for (size_t i = 0; i < from->n; i++) check_file(e, &from->files[i]);
  freeze(e);
  e->loading = NULL;
  if (faults->errors > before) {
    engine_destroy(e);
    return -EINVAL;
  }
  index_rules(e);
  lua_gc(e->L, LUA_GCCOLLECT);
  e->in_use_loaded = e->budget.in_use;
  *ret = e;
  return 0;
}

void engine_destroy(struct engine *e) {
  if (e == NULL) return;
  lua_close(e->L);
  arena_finish(&e->arena);
  free(e->rules);
  free(e);
}
