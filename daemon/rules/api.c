/* api - one row for each member that rules can read: where it is in the facts and how it is shown.
 * A member that is not a plain value has a function.
 *
 * names.c says what the rows mean and what type they have. api_open refuses to start if the two
 * tables disagree. Only in_force and older_than read the day of evaluation, and both record in
 * run->wakes when their answer will change. Rules never see a colleague: `helpers` is one bit for
 * each kind of help, set by the daemon. */
#include "rules/api.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "catalogue/combine.h"
#include "rules/coverage.h"
#include "rules/lookup.h"
#include "rules/names.h"
#include "rules/sandbox.h"
#include "rules/text.h"
#include "rules/trace.h"

#define HANDLES                                                                                    \
  "needs.handles" /* registry: list of need handles, and those of person and school by name */
#define COHORTS "needs.cohorts" /* registry: list of cohort handles */
#define MONTHS_MAX 1200

struct handle {
  uint32_t need; /* index in facts.needs, or in facts.cohorts; 0 for person and school */
};

/* --- the run --- */

struct run *run_of(lua_State *L) {
  struct run *run = engine_of(L)->run;
  if (!run)
    luaL_error(L, "this can only be used inside when and recommend: recommend = function(need, "
                  "person, school) return ... end");
  return run;
}

void run_note_day(struct run *run, int32_t day) {
  if (day > run->now->day && day < run->next_change_day)
    run->next_change_day = day;
}

/* First and last day inclusive; ABSENT = open. */
static bool in_force(struct run *run, int32_t from, int32_t to) {
  if (from != ABSENT)
    run_note_day(run, from);
  if (to != ABSENT && to < INT32_MAX)
    run_note_day(run, to + 1);
  return (from == ABSENT || from <= run->now->day) && (to == ABSENT || run->now->day <= to);
}

static const struct catalogue *catalogue_of(lua_State *L) {
  return engine_of(L)->catalogue;
}

static const struct competence *competence_of(lua_State *L, const struct need *n) {
  return catalogue_competence_at(catalogue_of(L), n->competence);
}

static const struct need *need_at(lua_State *L, int index) {
  const struct handle *h = luaL_checkudata(L, index, "need");
  const struct facts *f = run_of(L)->now->facts;
  if (h->need >= f->n_needs)
    luaL_error(L, "this need belongs to another person");
  return &f->needs[h->need];
}

static const struct cohort *cohort_at(lua_State *L, int index) {
  const struct handle *h = luaL_checkudata(L, index, "cohort");
  const struct facts *f = run_of(L)->now->facts;
  if (h->need >= f->n_cohorts)
    luaL_error(L, "this cohort belongs to another school");
  return &f->cohorts[h->need];
}

/* --- members --- */

static void push_int(lua_State *L, int32_t v) {
  if (v == ABSENT)
    lua_pushnil(L);
  else
    lua_pushinteger(L, v);
}

static void push_date(lua_State *L, int32_t day) {
  char text[DATE_TEXT];
  if (day == ABSENT)
    lua_pushnil(L);
  else
    sandbox_push_text(L, date_text(day, text));
}

static void push_texts(lua_State *L, const char *const *texts, uint32_t n) {
  budget_charge(L, n);
  lua_createtable(L, (int)n, 0);
  for (uint32_t i = 0; i < n; i++) {
    sandbox_push_text(L, texts[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

static void push_level_words(lua_State *L, const struct need *n, int32_t level) {
  const struct framework *f = competence_of(L, n)->framework;
  sandbox_push_text(L, f && level >= 0 && level < f->n_levels ? f->levels[level] : NULL);
}

static void need_competence(lua_State *L, const void *of) {
  sandbox_push_text(L, competence_of(L, of)->slug);
}
static void need_key(lua_State *L, const void *of) {
  sandbox_push_text(L, competence_of(L, of)->key);
}
static void need_title(lua_State *L, const void *of) {
  sandbox_push_text(L, competence_of(L, of)->title);
}
static void need_framework(lua_State *L, const void *of) {
  const struct framework *f = competence_of(L, of)->framework;
  sandbox_push_text(L, f ? f->name : "");
}
static void need_rated(lua_State *L, const void *of) {
  lua_pushboolean(L, ((const struct need *)of)->current != ABSENT);
}
static void need_lapsed(lua_State *L, const void *of) {
  const struct need *n = of;
  lua_pushboolean(L, n->current == ABSENT && n->lapsed_on != ABSENT);
}
static void need_ending(lua_State *L, const void *of) {
  lua_pushboolean(L, ((const struct need *)of)->ends_on != ABSENT);
}
static void need_practical(lua_State *L, const void *of) {
  lua_pushboolean(L, competence_of(L, of)->practical);
}
static void need_certificate(lua_State *L, const void *of) {
  lua_pushboolean(L, competence_of(L, of)->certificate);
}
static void need_current_words(lua_State *L, const void *of) {
  push_level_words(L, of, ((const struct need *)of)->current);
}
static void need_required_words(lua_State *L, const void *of) {
  push_level_words(L, of, ((const struct need *)of)->required);
}
static void need_priority(lua_State *L, const void *of) {
  const struct need *n = of;
  push_int(L, n->priority > 0 ? n->priority : ABSENT);
}
static const struct competence *cohort_about(lua_State *L, const void *of) {
  return catalogue_competence_at(catalogue_of(L), ((const struct cohort *)of)->competence);
}
static void cohort_competence(lua_State *L, const void *of) {
  sandbox_push_text(L, cohort_about(L, of)->slug);
}
static void cohort_key(lua_State *L, const void *of) {
  sandbox_push_text(L, cohort_about(L, of)->key);
}
static void cohort_title(lua_State *L, const void *of) {
  sandbox_push_text(L, cohort_about(L, of)->title);
}
static void person_role(lua_State *L, const void *of) {
  const struct facts *f = of;
  sandbox_push_text(L, f->n_roles > 0 ? f->roles[0] : NULL);
}
static void person_roles(lua_State *L, const void *of) {
  push_texts(L, ((const struct facts *)of)->roles, ((const struct facts *)of)->n_roles);
}
static void person_formats(lua_State *L, const void *of) {
  push_texts(L, ((const struct facts *)of)->formats, ((const struct facts *)of)->n_formats);
}

static void need_differs(lua_State *L, const void *of) {
  const struct need *n = of;
  sandbox_push_text(L, n->differs ? differs_words[n->differs - 1] : NULL);
}

static int need_evidenced(lua_State *L);
static int person_holds(lua_State *L);
static int person_has_role(lua_State *L);
static int person_wishes(lua_State *L);
static int person_prefers(lua_State *L);
static int person_needs(lua_State *L);
static int school_helpers(lua_State *L);

enum member_kind {
  MEMBER_INT,
  MEMBER_DATE,
  MEMBER_BOOL,
  MEMBER_BYTE_BOOL,
  MEMBER_TEXT,
  MEMBER_WORD,
  MEMBER_BYTE_WORD,
  MEMBER_PUSH,
  MEMBER_CALL
};
struct member {
  const char *object, *name;
  enum member_kind kind;
  /* in struct need for a need, in struct cohort for a cohort, in struct facts for person and school
   */
  size_t offset;
  const char *const *words;
  void (*push)(lua_State *L, const void *of);
  lua_CFunction call;
};
#define NEED(member) offsetof(struct need, member)
#define COHORT(member) offsetof(struct cohort, member)
#define FACTS(member) offsetof(struct facts, member)
static const struct member members[] = {
    {"need", "competence", MEMBER_PUSH, .push = need_competence},
    {"need", "key", MEMBER_PUSH, .push = need_key},
    {"need", "title", MEMBER_PUSH, .push = need_title},
    {"need", "framework", MEMBER_PUSH, .push = need_framework},
    {"need", "rated", MEMBER_PUSH, .push = need_rated},
    {"need", "current", MEMBER_INT, NEED(current)},
    {"need", "current_words", MEMBER_PUSH, .push = need_current_words},
    {"need", "required", MEMBER_INT, NEED(required)},
    {"need", "required_words", MEMBER_PUSH, .push = need_required_words},
    {"need", "gap", MEMBER_INT, NEED(gap)},
    {"need", "lapsed", MEMBER_PUSH, .push = need_lapsed},
    {"need", "lapsed_on", MEMBER_DATE, NEED(lapsed_on)},
    {"need", "ending", MEMBER_PUSH, .push = need_ending},
    {"need", "ends_on", MEMBER_DATE, NEED(ends_on)},
    {"need", "rated_on", MEMBER_DATE, NEED(rated_on)},
    {"need", "evidence", MEMBER_TEXT, NEED(evidence)},
    {"need", "confirm", MEMBER_BYTE_BOOL, NEED(confirm)},
    {"need", "differs", MEMBER_PUSH, .push = need_differs},
    {"need", "confidence", MEMBER_INT, NEED(confidence)},
    {"need", "weight", MEMBER_INT, NEED(weight)},
    {"need", "importance", MEMBER_BYTE_WORD, NEED(importance), importance_words},
    {"need", "purpose", MEMBER_BYTE_WORD, NEED(purpose), purpose_words},
    {"need", "nature", MEMBER_BYTE_WORD, NEED(nature), nature_words},
    {"need", "from", MEMBER_BYTE_WORD, NEED(from), need_from_words},
    {"need", "post", MEMBER_TEXT, NEED(post)},
    {"need", "practical", MEMBER_PUSH, .push = need_practical},
    {"need", "certificate", MEMBER_PUSH, .push = need_certificate},
    {"need", "evidenced", MEMBER_CALL, .call = need_evidenced},
    {"need", "priority", MEMBER_PUSH, .push = need_priority},
    {"need", "priority_code", MEMBER_TEXT, NEED(priority_code)},
    {"cohort", "competence", MEMBER_PUSH, .push = cohort_competence},
    {"cohort", "key", MEMBER_PUSH, .push = cohort_key},
    {"cohort", "title", MEMBER_PUSH, .push = cohort_title},
    {"cohort", "family", MEMBER_TEXT, COHORT(family)},
    {"cohort", "count", MEMBER_INT, COHORT(count)},
    {"cohort", "statutory", MEMBER_INT, COHORT(statutory)},
    {"cohort", "roster", MEMBER_INT, COHORT(roster)},
    {"person", "role", MEMBER_PUSH, .push = person_role},
    {"person", "roles", MEMBER_PUSH, .push = person_roles},
    {"person", "family", MEMBER_TEXT, FACTS(family)},
    {"person", "minutes", MEMBER_INT, FACTS(minutes)},
    {"person", "weeks", MEMBER_INT, FACTS(weeks)},
    {"person", "term_time", MEMBER_BOOL, FACTS(term_time)},
    {"person", "employer", MEMBER_WORD, FACTS(employer), employer_words},
    {"person", "contract", MEMBER_TEXT, FACTS(contract)},
    {"person", "started", MEMBER_DATE, FACTS(started)},
    {"person", "progression", MEMBER_WORD, FACTS(progression), progression_words},
    {"person", "no_computer", MEMBER_BOOL, FACTS(no_computer)},
    {"person", "formats", MEMBER_PUSH, .push = person_formats},
    {"person", "holds", MEMBER_CALL, .call = person_holds},
    {"person", "has_role", MEMBER_CALL, .call = person_has_role},
    {"person", "wishes", MEMBER_CALL, .call = person_wishes},
    {"person", "prefers", MEMBER_CALL, .call = person_prefers},
    {"person", "needs", MEMBER_CALL, .call = person_needs},
    {"school", "phase", MEMBER_TEXT, FACTS(phase)},
    {"school", "clusters", MEMBER_INT, FACTS(n_clusters)},
    {"school", "helpers", MEMBER_CALL, .call = school_helpers},
};

static void push_member(lua_State *L, const struct member *m, const void *of) {
  const char *at = (const char *)of + m->offset;
  int32_t number = ABSENT;

  if (m->kind == MEMBER_BYTE_BOOL || m->kind == MEMBER_BYTE_WORD)
    number = *(const uint8_t *)at;
  if (m->kind == MEMBER_INT || m->kind == MEMBER_DATE || m->kind == MEMBER_BOOL ||
      m->kind == MEMBER_WORD)
    number = *(const int32_t *)at;

  switch (m->kind) {
  case MEMBER_PUSH:
    return m->push(L, of);
  case MEMBER_CALL:
    return lua_pushcfunction(L, m->call);
  case MEMBER_TEXT:
    return sandbox_push_text(L, *(const char *const *)at);
  case MEMBER_INT:
    return push_int(L, number);
  case MEMBER_DATE:
    return push_date(L, number);
  case MEMBER_BOOL:
  case MEMBER_BYTE_BOOL:
    if (number == ABSENT)
      return lua_pushnil(L);
    return lua_pushboolean(L, number != 0);
  case MEMBER_WORD:
  case MEMBER_BYTE_WORD:
    return sandbox_push_text(L, number == ABSENT ? NULL : m->words[number]);
  }
}

static int unknown_member(lua_State *L, const char *object, int key) {
  if (!sandbox_literal(L, key))
    return luaL_error(L, "unknown name in %s", object);

  const char *name = lua_tostring(L, key);
  struct nearest near = nearest_to(name);

  for (size_t i = 0; i < api_n_rows; i++)
    if (strcmp(api_rows[i].object, object) == 0)
      nearest_try(&near, api_rows[i].name);

  if (!nearest_best(&near))
    return luaL_error(L, "unknown name '%s.%s'", object, name);
  return luaL_error(L, "unknown name '%s.%s'; did you mean '%s'?", object, name,
                    nearest_best(&near));
}

/* "need.gap"; of another need than the one looked at, "need[STL3].gap". */
static const char *read_name(lua_State *L, const struct run *run, const struct member *m,
                             const void *of) {
  if (strcmp(m->object, "need") != 0 || of == &run->now->facts->needs[run->need])
    return arena_printf(run->now->arena, "%s.%s", m->object, m->name);
  return arena_printf(run->now->arena, "need[%s].%s", competence_of(L, of)->slug, m->name);
}

/* What the member is read from, behind the handle at the first place. */
static const void *member_of(lua_State *L, const struct member *m, const struct facts *f) {
  if (m->object[0] == 'n')
    return need_at(L, 1);
  if (m->object[0] == 'c')
    return cohort_at(L, 1);
  return f;
}

/* Upvalue: name -> place in members[] + 1. */
static int on_index(lua_State *L) {
  struct run *run = run_of(L);
  budget_charge(L, 3);
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNUMBER)
    return unknown_member(L, lua_tostring(L, lua_upvalueindex(2)), 2);

  const struct member *m = &members[lua_tointeger(L, -1) - 1];
  const void *of = member_of(L, m, run->now->facts);

  push_member(L, m, of);
  if (run->now->trace && m->kind != MEMBER_CALL)
    trace_read(run->now->trace, read_name(L, run, m, of), L, -1);

  return 1;
}

/* push_member is for the hot path, with one caller. The push functions of nilable rows must not
 * raise: nothing catches it here. */
static bool is_absent(lua_State *L, const struct member *m, const void *of) {
  const char *at = (const char *)of + m->offset;
  if (m->kind == MEMBER_TEXT)
    return *(const char *const *)at == NULL;
  if (m->kind == MEMBER_INT || m->kind == MEMBER_DATE || m->kind == MEMBER_BOOL ||
      m->kind == MEMBER_WORD)
    return *(const int32_t *)at == ABSENT;
  if (m->kind != MEMBER_PUSH)
    return false;

  m->push(L, of);
  bool nil = lua_isnil(L, -1);
  lua_pop(L, 1);

  return nil;
}

/* Of the need or cohort that the run came to. */
bool api_is_nil(lua_State *L, const struct run *run, const struct api_row *row) {
  const struct facts *f = run->now->facts;
  const void *of = f;

  if (strcmp(row->object, "need") == 0) {
    if (run->need < f->n_needs)
      of = &f->needs[run->need];
    else
      of = NULL;
  }

  if (strcmp(row->object, "cohort") == 0) {
    if (run->need < f->n_cohorts)
      of = &f->cohorts[run->need];
    else
      of = NULL;
  }

  for (size_t i = 0; i < ARRAY_LEN(members) && of; i++)
    if (strcmp(members[i].object, row->object) == 0 && strcmp(members[i].name, row->name) == 0)
      return is_absent(L, &members[i], of);

  return false;
}

static int on_change(lua_State *L) {
  return luaL_error(L, "facts cannot be changed");
}

/* --- methods --- */

static int answer(lua_State *L, const char *fmt, const char *a, const char *b, bool yes) {
  struct run *run = run_of(L);
  lua_pushboolean(L, yes);
  if (!run->now->trace)
    return 1;

  const char *name = b ? arena_printf(run->now->arena, "%s(\"%s\", \"%s\")", fmt, a, b)
                       : arena_printf(run->now->arena, "%s(\"%s\")", fmt, a);
  trace_read(run->now->trace, name, L, -1);

  return 1;
}

static int unknown_code(lua_State *L, const char *what, int index) {
  return luaL_error(L, "unknown %s %s", what, sandbox_quote(L, index));
}

static int need_evidenced(lua_State *L) {
  const struct need *n = need_at(L, 1);
  const struct catalogue *c = catalogue_of(L);
  const char *kind = luaL_checkstring(L, 2);
  const struct evidence_kind *asked = catalogue_evidence(c, kind);
  if (!asked)
    return unknown_code(L, "kind of evidence", 2);

  const struct evidence_kind *has = NULL;
  if (n->current != ABSENT && n->evidence)
    has = catalogue_evidence(c, n->evidence);

  return answer(L, "need:evidenced", kind, NULL, has && has->rank >= asked->rank);
}

static int person_holds(lua_State *L) {
  luaL_checkudata(L, 1, "person");
  struct run *run = run_of(L);
  const struct catalogue *c = catalogue_of(L);
  const char *what = luaL_checkstring(L, 2);
  const struct unit *unit = catalogue_unit(c, what);
  if (!unit && !catalogue_qualification(c, what) && !catalogue_class(c, what))
    return unknown_code(L, "unit, qualification or class", 2);

  const char *name = what;
  if (unit)
    name = unit->code;

  bool held = false;
  budget_charge(L, 10 + (uint64_t)run->now->facts->n_holds * 20);
  for (uint32_t i = 0; i < run->now->facts->n_holds; i++) {
    const struct held *h = &run->now->facts->holds[i];
    if (strcmp(h->what, name) != 0 && !catalogue_satisfies(c, name, h->what))
      continue;
    if (in_force(run, h->date, h->expires))
      held = true;
  }

  return answer(L, "person:holds", what, NULL, held);
}

static int person_has_role(lua_State *L) {
  luaL_checkudata(L, 1, "person");
  const struct evaluation *now = run_of(L)->now;
  const char *code = luaL_checkstring(L, 2);
  const struct role *role = catalogue_role(catalogue_of(L), code);
  if (!role)
    return unknown_code(L, "role", 2);

  bool has = false;
  for (uint32_t i = 0; i < now->n_roles; i++)
    has |= now->roles[i] == role;

  return answer(L, "person:has_role", code, NULL, has);
}

static int wish_kind(lua_State *L, const char *word) {
  for (int i = 0; i < WISH_KINDS; i++)
    if (strcmp(wish_words[i], word) == 0)
      return i;

  return luaL_error(
      L, "person:wishes is asked for a role, a qualification or a competence, not for %s",
      sandbox_quote(L, 2));
}

static bool wish_is(const struct catalogue *c, const struct wish *w, int kind, const char *code) {
  const char *wished;

  if (kind == WISH_ROLE)
    wished = w->role;
  else if (kind == WISH_QUALIFICATION)
    wished = w->qualification;
  else
    wished = w->competence;

  if (!wished)
    return false;
  if (kind == WISH_COMPETENCE)
    return catalogue_competence(c, wished) == catalogue_competence(c, code);

  return strcmp(wished, code) == 0;
}

static int person_wishes(lua_State *L) {
  luaL_checkudata(L, 1, "person");
  const struct facts *f = run_of(L)->now->facts;
  int kind = wish_kind(L, luaL_checkstring(L, 2));
  const char *code = luaL_checkstring(L, 3);
  if (!lookup_wish(catalogue_of(L), kind, code))
    return unknown_code(L, wish_words[kind], 3);

  bool wishes = false;
  budget_charge(L, 5 + (uint64_t)f->n_wishes * 3);
  for (uint32_t i = 0; i < f->n_wishes; i++)
    wishes |= wish_is(catalogue_of(L), &f->wishes[i], kind, code);

  return answer(L, "person:wishes", wish_words[kind], code, wishes);
}

static int person_prefers(lua_State *L) {
  luaL_checkudata(L, 1, "person");
  const struct facts *f = run_of(L)->now->facts;
  const char *format = luaL_checkstring(L, 2);
  bool prefers = false;

  for (uint32_t i = 0; i < f->n_formats; i++)
    prefers |= strcmp(f->formats[i], format) == 0;

  return answer(L, "person:prefers", format, NULL, prefers);
}

static int person_needs(lua_State *L) {
  luaL_checkudata(L, 1, "person");
  uint32_t n = run_of(L)->now->facts->n_needs;
  budget_charge(L, n);
  lua_createtable(L, (int)n, 0);
  lua_getfield(L, LUA_REGISTRYINDEX, HANDLES);

  for (uint32_t i = 0; i < n; i++) {
    lua_rawgeti(L, -1, (lua_Integer)i + 1);
    lua_rawseti(L, -3, (lua_Integer)i + 1);
  }

  lua_pop(L, 1);

  return 1;
}

static uint8_t helper_kinds(lua_State *L, const char *kind) {
  for (int i = 0; kind && i < HELPER_KINDS; i++)
    if (strcmp(helper_words[i], kind) == 0)
      return (uint8_t)(1u << i);
  if (kind)
    unknown_code(L, "kind of helper", 3);

  return UINT8_MAX;
}

static int school_helpers(lua_State *L) {
  luaL_checkudata(L, 1, "school");
  struct run *run = run_of(L);
  uint8_t helpers = luaL_testudata(L, 2, "cohort") ? cohort_at(L, 2)->helpers
                                                   : need_at(L, 2)->helpers;
  const char *kind = luaL_optstring(L, 3, NULL);
  bool any = (helpers & helper_kinds(L, kind)) != 0;

  if (run->now->trace) {
    lua_pushboolean(L, any);
    const char *name = "school:helpers";
    if (kind)
      name = arena_printf(run->now->arena, "school:helpers(\"%s\")", kind);
    trace_read(run->now->trace, name, L, -1);
  }

  lua_pushinteger(L, any);

  return 1;
}

/* --- functions --- */

static int api_otherwise(lua_State *L) {
  luaL_checkstring(L, 1);
  lua_settop(L, 1);
  return 1;
}

static int api_given(lua_State *L) {
  struct run *run = run_of(L);
  luaL_checkany(L, 1);
  size_t len;
  const char *reason = luaL_optlstring(L, 2, NULL, &len);

  if (lua_type(L, 1) == LUA_TNUMBER)
    return luaL_error(
        L, "given takes a condition and got a number; compare it, as in school:helpers(need) > 0");

  bool holds = lua_toboolean(L, 1);
  if (run->now->coverage)
    coverage_note(run->now->coverage, L, sandbox_literal(L, 2) ? reason : NULL, holds);
  if (!holds && reason && run->now->trace && run->n_unmet < RUN_UNMET_MAX)
    run->unmet[run->n_unmet++] = text_clean(run->now->arena, reason, len, TEXT_SAID_MAX);

  lua_pushboolean(L, holds);

  return 1;
}

/* True from the day after date + months: the last day is still inside. */
static int api_older_than(lua_State *L) {
  struct run *run = run_of(L);
  lua_Integer months = luaL_checkinteger(L, 2);

  luaL_argcheck(L, months >= 0 && months <= MONTHS_MAX, 2, "months are 0 to 1200");
  if (lua_isnil(L, 1)) {
    lua_pushboolean(L, false);
    if (run->now->trace)
      trace_read(run->now->trace, arena_printf(run->now->arena, "older_than(nil, %d)", (int)months),
                 L, -1);
    return 1;
  }

  size_t len;
  int32_t date;
  const char *text = luaL_checklstring(L, 1, &len);
  if (!date_parse(text, len, &date))
    return luaL_error(L, "older_than takes a date such as 2026-11-22 and a number of months");

  int32_t last = date_add_months(date, (int32_t)months);
  lua_pushboolean(L, !in_force(run, ABSENT, last));
  if (run->now->trace)
    trace_read(run->now->trace,
               arena_printf(run->now->arena, "older_than(\"%s\", %d)", text, (int)months), L, -1);

  return 1;
}

/* Sets the field of the record on top. */
static void set_text(lua_State *L, const char *name, const char *text) {
  sandbox_push_text(L, text);
  lua_setfield(L, -2, name);
}
static void set_int(lua_State *L, const char *name, int32_t v) {
  push_int(L, v);
  lua_setfield(L, -2, name);
}
static void set_bool(lua_State *L, const char *name, bool v) {
  lua_pushboolean(L, v);
  lua_setfield(L, -2, name);
}

static int32_t level_given(const struct gives *gives, uint32_t n, const struct competence *k) {
  int32_t level = ABSENT;
  for (uint32_t i = 0; i < n; i++)
    if (gives[i].competence == k && gives[i].level > level)
      level = gives[i].level;
  return level;
}

static void push_unit(lua_State *L, const struct unit *u, const struct competence *k) {
  budget_charge(L, 10);
  lua_createtable(L, 0, 8);
  set_text(L, "id", u->slug);
  set_text(L, "code", u->code);
  set_text(L, "title", u->title);
  set_int(L, "level", u->level);
  set_int(L, "credit", u->credit);
  set_int(L, "gives", level_given(u->gives, u->n_gives, k));
  set_bool(L, "knowledge", u->knowledge);
  luaL_setmetatable(L, "unit");
}

static int api_units_for(lua_State *L) {
  const struct need *need = need_at(L, 1);
  const struct competence *k = competence_of(L, need);
  uint32_t n;
  const struct unit *const *units = catalogue_units_for(catalogue_of(L), k, need->required, &n);

  budget_charge(L, 20);
  lua_createtable(L, (int)n, 0);

  for (uint32_t i = 0; i < n; i++) {
    push_unit(L, units[i], k);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }

  return 1;
}

/* Every date at which the answer may change is noted, whatever the answer is today. */
static bool open_today(struct run *run, const struct qualification *q) {
  if (q->opens != ABSENT)
    run_note_day(run, q->opens);
  if (q->closes != ABSENT) {
    run_note_day(run, q->closes);
    run_note_day(run, q->closes + 1);
  }

  return qualification_open_on(q, run->now->day);
}

/* Of one that is open today: dates win over the word, as in qualification_open_on. */
static const char *registration(const struct qualification *q) {
  bool known = q->open == OPEN_YES || q->opens != ABSENT || q->closes != ABSENT;
  if (known)
    return "yes";
  return "unknown";
}

static void push_qualification(lua_State *L, const struct offer *o) {
  budget_charge(L, 10);
  lua_createtable(L, 0, 8);
  set_text(L, "id", o->qualification->id);
  set_text(L, "title", o->qualification->title);
  set_text(L, "type", o->qualification->type);
  set_int(L, "level", o->qualification->level);
  set_int(L, "credit", o->qualification->credit);
  set_text(L, "entry",
           o->qualification->entry && *o->qualification->entry ? o->qualification->entry : NULL);
  set_text(L, "open", registration(o->qualification));
  set_int(L, "gives", o->level);
  luaL_setmetatable(L, "qualification");
}

/* Those that give the need's competence at `least` or above, and are open today. */
static int push_qualifications(lua_State *L, const struct need *need, int32_t least) {
  struct run *run = run_of(L);
  const struct engine *e = engine_of(L);
  lua_Integer n = 0;

  budget_charge(L, 20);
  lua_newtable(L);

  for (uint32_t i = e->first_offer[need->competence]; i < e->first_offer[need->competence + 1];
       i++) {
    budget_charge(L, 3);
    if (e->offers[i].level < least || !open_today(run, e->offers[i].qualification))
      continue;
    push_qualification(L, &e->offers[i]);
    lua_rawseti(L, -2, ++n);
  }

  return 1;
}

static int api_qualifications_for(lua_State *L) {
  const struct need *need = need_at(L, 1);
  return push_qualifications(L, need, need->required);
}

static int api_steps_for(lua_State *L) {
  const struct need *need = need_at(L, 1);
  int32_t least = 1;
  if (need->ends_on != ABSENT)
    least = need->current; /* it is renewed as it is */
  else if (need->current != ABSENT)
    least = need->current + 1;

  return push_qualifications(L, need, least);
}

static void push_offered(lua_State *L, const struct offered *o) {
  struct development d = {0};
  budget_charge(L, 40);
  budget_charge_bytes(L, 1024);
  if (!catalogue_development(catalogue_of(L), o->development, run_of(L)->now->arena, &d))
    luaL_error(L, "an offer is of a development that the catalogue does not know");

  lua_createtable(L, 0, 16);
  set_text(L, "id", o->id);
  set_text(L, "development", o->development);
  set_text(L, "kind", d.kind);
  set_text(L, "title", d.title);
  set_text(L, "provider", o->provider);
  set_text(L, "mode", o->mode);
  set_text(L, "open_to", o->open_to);
  set_bool(L, "own", o->own);
  set_int(L, "fee", o->fee);
  set_int(L, "places", o->places);
  push_date(L, o->first);
  lua_setfield(L, -2, "first");
  push_date(L, o->last);
  lua_setfield(L, -2, "last");
  luaL_setmetatable(L, "offer");
}

static int api_offers_for(lua_State *L) {
  struct run *run = run_of(L);
  const struct facts *f = run->now->facts;
  const struct need *need = need_at(L, 1);
  lua_Integer n = 0;

  if (!engine_of(L)->reads_offers)
    luaL_error(
        L, "write offers_for(need) by its name; whether a rule reads offers is seen in its text");

  budget_charge(L, 20 + f->n_answers);
  lua_newtable(L);

  for (uint32_t i = 0; i < f->n_answers; i++) {
    if (&f->needs[f->answers[i].need] != need)
      continue;
    push_offered(L, &f->offers[f->answers[i].offer]);
    lua_rawseti(L, -2, ++n);
  }

  if (run->now->trace) {
    lua_pushinteger(L, n);
    trace_read(run->now->trace, "offers_for", L, -1);
    lua_pop(L, 1);
  }

  return 1;
}

/* All that a call gave, since what a rule then looks at in it is not seen: fields of the record on
 * top. */
static void trace_record(lua_State *L, const char *call, const char *const *fields, size_t n) {
  struct run *run = run_of(L);
  for (size_t i = 0; run->now->trace && i < n; i++) {
    lua_pushstring(L, fields[i]);
    lua_rawget(L, -2);
    trace_read(run->now->trace, arena_printf(run->now->arena, "%s.%s", call, fields[i]), L, -1);
    lua_pop(L, 1);
  }
}

static int api_combination(lua_State *L) {
  struct run *run = run_of(L);
  const struct facts *f = run->now->facts;
  const char *id = luaL_checkstring(L, 1);
  if (!catalogue_qualification(catalogue_of(L), id))
    return unknown_code(L, "qualification", 1);

  budget_charge(L, 500 + (uint64_t)f->n_holds * 20);
  budget_charge_bytes(L, 1024 + f->n_holds * sizeof(char *));

  const char **held = arena_alloc(run->now->arena, (f->n_holds + 1) * sizeof *held);
  uint32_t n = 0;

  for (uint32_t i = 0; i < f->n_holds; i++)
    if (in_force(run, f->holds[i].date, f->holds[i].expires))
      held[n++] = f->holds[i].what;

  struct combination found = {0};
  combine(catalogue_of(L), id, held, n, run->now->arena, &found);
  lua_createtable(L, 0, 8);
  set_bool(L, "known", found.known);
  set_bool(L, "complete", found.complete);
  set_int(L, "credits_held", found.credits_held);
  set_int(L, "credits_needed", found.credits_needed);
  push_texts(L, found.missing, found.n_missing);
  lua_setfield(L, -2, "missing");
  luaL_setmetatable(L, "combination");

  static const char *const fields[] = {"known", "complete", "credits_held", "credits_needed",
                                       "missing"};
  trace_record(L, arena_printf(run->now->arena, "combination(\"%s\")", id), fields,
               ARRAY_LEN(fields));

  return 1;
}

static const struct effect *effect_of(const struct facts *f, const char *kind) {
  for (uint32_t i = 0; i < f->n_effects; i++)
    if (strcmp(f->effects[i].kind, kind) == 0)
      return &f->effects[i];
  return NULL;
}

static int api_effect(lua_State *L) {
  struct run *run = run_of(L);
  const char *kind = luaL_checkstring(L, 1);
  if (!catalogue_resolve(catalogue_of(L), DOMAIN_KIND, kind))
    return unknown_code(L, "kind of development", 1);

  if (!engine_of(L)->reads_effects)
    luaL_error(L,
               "write effect(kind) by its name; whether a rule reads effects is seen in its text");

  const struct effect *found = effect_of(run->now->facts, kind);
  int32_t per_cent = ABSENT;

  if (found)
    per_cent = (int32_t)((int64_t)found->closed * 100 / found->completed);

  budget_charge(L, 20 + run->now->facts->n_effects);
  const char *call = arena_printf(run->now->arena, "effect(\"%s\")", kind);
  if (!found) {
    lua_pushnil(L);
    if (run->now->trace)
      trace_read(run->now->trace, call, L, -1);
    return 1;
  }

  lua_createtable(L, 0, 4);
  set_int(L, "completed", found->completed);
  set_int(L, "closed", found->closed);
  set_int(L, "per_cent", per_cent);
  luaL_setmetatable(L, "effect");

  static const char *const fields[] = {"completed", "closed", "per_cent"};
  trace_record(L, call, fields, ARRAY_LEN(fields));

  return 1;
}

/* --- making the classes --- */

static const luaL_Reg functions[] = {{"given", api_given},
                                     {"otherwise", api_otherwise},
                                     {"older_than", api_older_than},
                                     {"units_for", api_units_for},
                                     {"qualifications_for", api_qualifications_for},
                                     {"steps_for", api_steps_for},
                                     {"offers_for", api_offers_for},
                                     {"combination", api_combination},
                                     {"effect", api_effect},
                                     {NULL, NULL}};

/* Leaves nothing on the stack. */
static void open_class(lua_State *L, const char *object) {
  luaL_newmetatable(L, object);
  lua_newtable(L);

  for (size_t i = 0; i < ARRAY_LEN(members); i++) {
    if (strcmp(members[i].object, object) != 0)
      continue;

    if (!api_row_find(object, members[i].name))
      luaL_error(L, "%s.%s has no row", object, members[i].name);

    lua_pushinteger(L, (lua_Integer)i + 1);
    lua_setfield(L, -2, members[i].name);
  }

  lua_pushstring(L, object);
  lua_pushcclosure(L, on_index, 2);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, on_change);
  lua_setfield(L, -2, "__newindex");
  lua_pop(L, 1);
}

/* Reads of a record's table that found nothing: nil for a known name. Upvalue: the kind of record.
 */
static int on_record_index(lua_State *L) {
  const char *object = lua_tostring(L, lua_upvalueindex(1));
  if (lua_type(L, 2) != LUA_TSTRING || !api_row_find(object, lua_tostring(L, 2)))
    return unknown_member(L, object, 2);

  lua_pushnil(L);
  return 1;
}

static void open_record(lua_State *L, const char *object) {
  luaL_newmetatable(L, object);
  lua_pushstring(L, object);
  lua_pushcclosure(L, on_record_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

static void push_handle(lua_State *L, const char *class, uint32_t need) {
  struct handle *h = lua_newuserdatauv(L, sizeof *h, 0);
  h->need = need;
  luaL_setmetatable(L, class);
}

/* --- which qualifications lead to a competence --- */

static int compare_offers(const void *x, const void *y) {
  const struct offer *a = x, *b = y;
  if (a->competence != b->competence) {
    if (a->competence < b->competence)
      return -1;
    return 1;
  }
  if (a->qualification == b->qualification)
    return (b->level > a->level) - (b->level < a->level);
  return strcmp(a->qualification->id, b->qualification->id);
}

struct offers {
  struct offer *items;
  size_t n, cap;
};

static void add_offers(struct offers *list, const struct qualification *q,
                       const struct gives *gives, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    list->items = mem_grow(list->items, &list->cap, list->n + 1, sizeof *list->items);
    list->items[list->n++] = (struct offer){
        .qualification = q, .competence = gives[i].competence->index, .level = gives[i].level};
  }
}

/* Sorted by competence and qualification; of two for the same pair the higher level stays. */
static size_t sort_offers(struct offers *list) {
  size_t kept = 0;
  if (list->n > 0)
    qsort(list->items, list->n, sizeof *list->items, compare_offers);
  for (size_t i = 0; i < list->n; i++) {
    const struct offer *o = &list->items[i];
    if (kept > 0 && list->items[kept - 1].competence == o->competence &&
        list->items[kept - 1].qualification == o->qualification)
      continue;
    list->items[kept++] = *o;
  }

  return kept;
}

static void index_offers(struct engine *e) {
  uint32_t n, n_units, n_competences = catalogue_n_competences(e->catalogue);
  struct offers list = {0};
  struct arena scratch = {0};
  const struct qualification *const *all = catalogue_qualifications(e->catalogue, &n);

  for (uint32_t i = 0; i < n; i++) {
    add_offers(&list, all[i], all[i]->gives, all[i]->n_gives);
    const struct unit *const *units = combine_units(e->catalogue, all[i]->id, &scratch, &n_units);
    for (uint32_t k = 0; k < n_units; k++)
      add_offers(&list, all[i], units[k]->gives, units[k]->n_gives);
  }

  size_t kept = sort_offers(&list), at = 0;
  e->offers = arena_alloc(&e->arena, (kept + 1) * sizeof *e->offers);
  if (kept > 0)
    memcpy(e->offers, list.items, kept * sizeof *e->offers);

  e->first_offer = arena_alloc(&e->arena, (n_competences + 1) * sizeof *e->first_offer);
  for (uint32_t c = 0; c <= n_competences; c++) {
    while (at < kept && e->offers[at].competence < c)
      at++;
    e->first_offer[c] = (uint32_t)at;
  }

  free(list.items);
  arena_finish(&scratch);
}

void api_open(struct engine *e) {
  lua_State *L = e->L;
  static const char *const classes[] = {"need", "cohort", "person", "school"}, *const records[] = {
                                                                                   "unit",
                                                                                   "qualification",
                                                                                   "offer",
                                                                                   "combination",
                                                                                   "effect"};
  for (size_t i = 0; i < ARRAY_LEN(classes); i++)
    open_class(L, classes[i]);
  for (size_t i = 0; i < ARRAY_LEN(records); i++)
    open_record(L, records[i]);
  for (const luaL_Reg *f = functions; f->name; f++)
    sandbox_add(L, f->name, f->func);

  lua_newtable(L);
  push_handle(L, "person", 0);
  lua_setfield(L, -2, "person");
  push_handle(L, "school", 0);
  lua_setfield(L, -2, "school");
  lua_setfield(L, LUA_REGISTRYINDEX, HANDLES);
  lua_newtable(L);
  lua_setfield(L, LUA_REGISTRYINDEX, COHORTS);
  index_offers(e);
}

static void make_handles(lua_State *L, const char *list, const char *class, uint32_t n) {
  lua_getfield(L, LUA_REGISTRYINDEX, list);
  for (uint32_t i = (uint32_t)lua_rawlen(L, -1); i < n; i++) {
    push_handle(L, class, i);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }

  lua_pop(L, 1);
}

void api_prepare(lua_State *L, const struct facts *f) {
  make_handles(L, HANDLES, "need", f->n_needs);
  make_handles(L, COHORTS, "cohort", f->n_cohorts);
}

int api_push_arguments(lua_State *L, uint32_t subject) {
  bool school = of_school(run_of(L)->now);
  lua_getfield(L, LUA_REGISTRYINDEX, HANDLES);
  int handles = lua_gettop(L);

  if (school) {
    lua_getfield(L, LUA_REGISTRYINDEX, COHORTS);
    lua_rawgeti(L, -1, (lua_Integer)subject + 1);
    lua_remove(L, -2);
  } else {
    lua_rawgeti(L, -1, (lua_Integer)subject + 1);
    lua_getfield(L, handles, "person");
  }

  lua_getfield(L, handles, "school");
  lua_remove(L, handles);
  if (school)
    return 2;

  return 3;
}
