/* loader - turns a bundle of rule files into an engine: compile, inspect, run the top level of
 * each file, check the tables, freeze them and build the index.
 *
 * The loader does not stop at the first fault. It checks every file and reports all faults
 * together. Loading the same bundle always gives the same engine. api.c and names.c say what a
 * rule can read; evaluate.c runs the rules. */
#include <ctype.h>
#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "rules/api.h"
#include "rules/builders.h"
#include "rules/bytecode.h"
#include "rules/engine.h"
#include "rules/lint.h"
#include "rules/literals.h"
#include "rules/lookup.h"
#include "rules/names.h"
#include "rules/readonly.h"
#include "rules/sandbox.h"
#include "rules/suggestions.h"
#include "rules/table.h"
#include "rules/text.h"

#define RULES_MAX 500
#define FILE_BYTES_MAX ((size_t)256 * 1024)
#define NAME_BYTES_MAX 64
#define FUNCTIONS "needs.functions" /* registry: list of all when and recommend functions */

const char *const state_words[6] = {"unrated", "lapsed", "confirm", "gap", "met", "ending"};
static const char *const purpose_names[] = {"compliance", "role", "growth"};

struct rule_loading {
  struct fault_list *faults;
  const char *file; /* being read */
  size_t cap_rules;
  bool unsafe;    /* the file must not run, not even to find more faults */
  uint32_t begun; /* rules whose name was given and whose table has not come yet */
  int begun_line;
};

/* --- faults --- */

#define FAULT(e, line, ...) fault((e), (line), arena_printf(&(e)->arena, __VA_ARGS__))

static void fault(struct engine *e, int line, const char *text) {
  fault_list_add(e->loading->faults, true, "%s:%d: %s", e->loading->file, line, text);
}

/* What is most likely not meant; it does not keep the rules from being served. */
#define WARN(e, line, ...) warn((e), (line), arena_printf(&(e)->arena, __VA_ARGS__))

static void warn(struct engine *e, int line, const char *text) {
  fault_list_add(e->loading->faults, false, "%s:%d: %s", e->loading->file, line, text);
}

/* --- what the compiler made of it --- */

static void on_refused(void *arg, int line, const char *what) {
  fault(arg, line, what);
}

static void on_literal(void *arg, const char *text, size_t len) {
  sandbox_note_literal(((struct engine *)arg)->L, text, len);
}

static void on_unfit(void *arg, int line, const char *text, size_t len) {
  struct engine *e = arg;
  e->loading->unsafe = true;
  if (memchr(text, 0, len))
    fault(e, line, "a text has a zero byte in it; texts are plain UTF-8");
  else
    FAULT(e, line, "a text is %zu bytes long; at most %zu", len, BUDGET_TEXT);
}

/* Line ends and tabs have been replaced in what is said for long, and stay so. */
static void on_hidden(void *arg, int line, const char *character) {
  struct engine *e = arg;

  fault_list_add(e->loading->faults, !e->known,
                 "%s:%d: a text holds %s, a character that does not print; type the text again",
                 e->loading->file, line, character);
}

static void unknown_name(struct engine *e, int line, const char *name, const char *instead,
                         const char *near) {
  if (instead)
    FAULT(e, line, "unknown name '%s'; %s", name, instead);
  else if (near)
    FAULT(e, line, "unknown name '%s'; did you mean '%s'?", name, near);
  else
    FAULT(e, line, "unknown name '%s'; docs/rules.md lists what rules may use", name);
}

static bool is_word(const char *name) {
  static const char *const members[] = {"need.importance",   "need.purpose", "need.nature",
                                        "need.from",         "need.differs", "person.employer",
                                        "person.progression"};
  for (size_t i = 0; i < ARRAY_LEN(members); i++) {
    const struct word_list *list = word_list_find(members[i]);
    for (size_t k = 0; k < list->n; k++)
      if (strcmp(list->words[k], name) == 0)
        return true;
  }

  for (size_t i = 0; i < ARRAY_LEN(state_words); i++)
    if (strcmp(state_words[i], name) == 0)
      return true;

  return strcmp(name, "any") == 0;
}

/* STL3, or the X of X.MIDD: a code or word without its quotes is the name of a variable. */
static bool is_bare(const struct engine *e, const char *name) {
  const struct catalogue *c = e->catalogue;
  size_t len = strlen(name);

  for (uint32_t i = 0; i < catalogue_n_competences(c); i++) {
    const char *code = catalogue_competence_at(c, i)->code;
    if (strncmp(code, name, len) == 0 && (code[len] == '\0' || code[len] == '.'))
      return true;
  }

  return catalogue_role(c, name) || catalogue_family(c, name) || catalogue_qualification(c, name) ||
         is_word(name);
}

static void on_global(void *arg, int line, const char *name) {
  struct engine *e = arg;
  if (strcmp(name, "offers_for") == 0)
    e->reads_offers = true;
  if (strcmp(name, "effect") == 0)
    e->reads_effects = true;

  if (sandbox_knows(e->L, name))
    return;

  const char *instead = suggest_for_name("", name);
  if (!instead && is_bare(e, name))
    instead = "put a code or a word in quotes: \"...\"";

  unknown_name(e, line, name, instead, sandbox_nearest(e->L, name));
}

/* Kept for when a rule fails over it. */
static void on_read(void *arg, int line, const char *object, const char *name) {
  struct engine *e = arg;
  const struct api_row *row = api_row_find(object, name);
  if (!row)
    return;

  e->reads = mem_grow(e->reads, &e->cap_reads, e->n_reads + 1, sizeof *e->reads);
  e->reads[e->n_reads++] = (struct read){.file = e->loading->file, .line = line, .row = row};
}

static void on_member(void *arg, int line, const char *object, const char *name) {
  struct engine *e = arg;
  if (api_row_find(object, name))
    return;

  struct nearest near = nearest_to(name);
  for (size_t i = 0; i < api_n_rows; i++)
    if (strcmp(api_rows[i].object, object) == 0)
      nearest_try(&near, api_rows[i].name);

  const char *full = arena_printf(&e->arena, "%s.%s", object, name);
  unknown_name(e, line, full, suggest_for_name(object, name), nearest_best(&near));
}

static void on_wrong_literal(void *arg, int line, const char *text) {
  fault(arg, line, text);
}

static struct literals literals_of(struct engine *e) {
  return (struct literals){
      .catalogue = e->catalogue, .arena = &e->arena, .wrong = on_wrong_literal, .arg = e};
}

static void on_arguments(void *arg, int line, const char *object, const char *method,
                         const char *const texts[2]) {
  struct literals l = literals_of(arg);
  literals_arguments(&l, line, object, method, texts);
}

static void on_compared(void *arg, int line, const char *object, const char *name,
                        const char *text) {
  struct literals l = literals_of(arg);
  literals_compared(&l, line, object, name, text);
}

/* Nobody works for less than an hour a week. */
#define FEW_MINUTES 60

static void on_counted(void *arg, int line, const char *object, const char *name, int n) {
  struct engine *e = arg;
  if (strcmp(object, "person") == 0 && strcmp(name, "minutes") == 0 && n > 0 && n < FEW_MINUTES)
    WARN(e, line, "person.minutes is in minutes a week, and %d of them are little; %d hours are %d",
         n, n, n * 60);
}

static bool has_word(const char *const *words, const char *word) {
  for (; *words != NULL; words++)
    if (strcmp(*words, word) == 0)
      return true;
  return false;
}

static const char *nearest_word(const char *const *words, const char *word) {
  struct nearest near = nearest_to(word);
  for (; *words != NULL; words++)
    nearest_try(&near, *words);
  return nearest_best(&near);
}

static bool development_known(struct engine *e, const struct builder_row *b, const char *field,
                              const char *value) {
  struct development found;
  if (strcmp(field, "code") == 0)
    return !b->takes_code || catalogue_unit(e->catalogue, value);
  if (strcmp(field, "id") != 0)
    return true;
  return catalogue_development(e->catalogue,
                               arena_printf(&e->arena, "%s.%s", b->kind, builder_rest(b, value)),
                               &e->arena, &found);
}

/* "; did you mean 'TASS'?" or nothing, for the end of a fault. */
static const char *meant(struct engine *e, const char *near) {
  if (near)
    return arena_printf(&e->arena, "; did you mean '%s'?", near);
  return "";
}

/* The same of a code in a rule's table. */
static const char *meant_code(struct engine *e, const char *text, const char *near) {
  if (near)
    return meant(e, near);
  if (strpbrk(text, ",;"))
    return "; several are a list: { \"STL3\", \"STL4\" }";
  return "; `needs catalogue find` lists what there is";
}

/* The same of a development. */
static const char *meant_development(struct engine *e, const char *kind, const char *text,
                                     const char *near) {
  const char *said = meant_code(e, text, near);
  bool course = !near && strcmp(kind, "course") == 0;
  if (course)
    return arena_printf(&e->arena, "%s, or " LOOKUP_OWN_COURSE, said);
  return said;
}

/* The same of a field's name. */
static const char *meant_field(struct engine *e, const char *object, const char *name,
                               const char *near) {
  const char *instead = suggest_for_name(object, name);
  if (instead)
    return arena_printf(&e->arena, "; %s", instead);
  return meant(e, near);
}

static void warn_of_closed(struct engine *e, int line, const char *id) {
  const struct qualification *q = catalogue_qualification(e->catalogue, id);
  if (!q || !lookup_closed(q))
    return;

  const char *next = "";
  if (q->successor && *q->successor)
    next = arena_printf(&e->arena, "; its successor is %s", q->successor);

  WARN(e, line, "'%s' is closed for registration in the catalogue%s", id, next);
}

static void on_field(void *arg, int line, const char *function, const char *name,
                     const char *value) {
  struct engine *e = arg;
  const struct builder_row *b = builder_row_find(function);
  if (!b)
    return;

  if (!has_word(builder_fields, name)) {
    FAULT(e, line, "%s has no field '%s'%s", function, name,
          meant_field(e, "builder", name, nearest_word(builder_fields, name)));
  } else if (value && !development_known(e, b, name, value)) {
    FAULT(e, line, "the catalogue knows no %s '%s'%s", b->kind, value,
          meant_development(e, b->kind, value,
                            !b->id ? lookup_nearest_holding(e->catalogue, value) : NULL));
  } else if (value && strcmp(name, "id") == 0) {
    warn_of_closed(e, line, value);
  }
}

static void on_condition(void *arg, int line, const char *text, bool reasoned) {
  struct engine *e = arg;

  if (!reasoned)
    WARN(e, line,
         "this given has no reason, so that a person whom it refuses reads none: given(condition, "
         "otherwise \"...\")");

  const char *kept = NULL;
  if (text)
    kept = text_clean(&e->arena, text, strlen(text), TEXT_SAID_MAX);

  e->sites = mem_grow(e->sites, &e->cap_sites, e->n_sites + 1, sizeof *e->sites);
  e->sites[e->n_sites++] = (struct site){.file = e->loading->file, .text = kept, .line = line};
}

static void on_dropped(void *arg, int line, const char *function) {
  struct engine *e = arg;

  if (strcmp(function, "given") == 0)
    WARN(e, line,
         "what this given says is dropped; write return before it, and `and` between it and the "
         "next");
  else if (builder_row_find(function))
    WARN(e, line, "this %s is dropped; write return before it", function);
}

static void on_stray_reason(void *arg, int line) {
  struct engine *e = arg;
  WARN(e, line,
       "this otherwise is outside of a given, where it always holds: given(condition, otherwise "
       "\"...\")");
}

static void on_returned_more(void *arg, int line, bool of_when) {
  fault(arg, line,
        of_when ? "when returns more than one value, and only the first would count; write `and` "
                  "between them"
                : "recommend returns more than one value, and only the first would count; put them "
                  "into one list: { a, b }");
}

/* --- the fields of a rule --- */

/* One text, or a list of texts; `take` hears each. False if it is something else. */
typedef void take_text(struct engine *e, struct rule *r, const char *field, const char *text);

static bool visit_texts(struct engine *e, struct rule *r, lua_State *L, const char *field,
                        take_text *take) {
  bool fits = true;
  lua_getfield(L, 1, field);
  if (lua_type(L, -1) == LUA_TSTRING) {
    take(e, r, field, lua_tostring(L, -1));
  } else if (lua_type(L, -1) == LUA_TTABLE) {
    lua_Integer n = luaL_len(L, -1);
    if (n == 0)
      fits = false;
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

  return fits;
}

static void each_text(struct engine *e, struct rule *r, lua_State *L, const char *field,
                      take_text *take) {
  if (!visit_texts(e, r, L, field, take))
    FAULT(e, r->info.line, "rule '%s': %s is a text or a list of texts", r->info.name, field);
}

static void unknown_competence(struct engine *e, const struct rule *r, const char *code) {
  const char *near = lookup_nearest_competence(e->catalogue, code);

  if (catalogue_ambiguous(e->catalogue, code))
    FAULT(e, r->info.line,
          "rule '%s': competence '%s' is in more than one framework; write framework@version/%s",
          r->info.name, code, code);
  else
    FAULT(e, r->info.line, "rule '%s': unknown competence '%s'%s", r->info.name, code,
          meant_code(e, code, near));
}

/* Sets what a code or a pattern names. */
static void mark_competences(struct engine *e, const struct rule *r, const char *text, bool value) {
  uint32_t n = catalogue_n_competences(e->catalogue), found = 0;
  if (!lookup_is_pattern(text)) {
    const struct competence *k = catalogue_competence(e->catalogue, text);
    if (!k)
      return unknown_competence(e, r, text);
    r->competences[k->index] = value;
    return;
  }

  for (uint32_t i = 0; i < n; i++) {
    if (!lookup_fits(catalogue_competence_at(e->catalogue, i), text))
      continue;
    r->competences[i] = value;
    found++;
  }

  if (found == 0)
    FAULT(e, r->info.line, "rule '%s': no competence begins like '%s'%s", r->info.name, text,
          meant(e, lookup_nearest_pattern(e->catalogue, text, &e->arena)));
}

static bool *some_competences(struct engine *e, bool value) {
  uint32_t n = catalogue_n_competences(e->catalogue);
  bool *wanted = arena_alloc(&e->arena, n + 1);
  memset(wanted, value, n);
  return wanted;
}

static void take_competence(struct engine *e, struct rule *r, const char *field, const char *text) {
  (void)field;
  if (lookup_left_out(text))
    return;

  if (!r->competences)
    r->competences = some_competences(e, false);

  mark_competences(e, r, text, true);
}

/* After all that are named: "not X.ENGL". Where none is named, every other one is meant. */
static void take_left_out(struct engine *e, struct rule *r, const char *field, const char *text) {
  (void)field;
  if (!lookup_left_out(text))
    return;

  r->all_but |= !r->competences;
  if (!r->competences)
    r->competences = some_competences(e, true);

  mark_competences(e, r, lookup_left_out(text), false);
}

static void take_role(struct engine *e, struct rule *r, const char *field, const char *text) {
  const struct role *role = catalogue_role(e->catalogue, text);
  const char *family = lookup_other_kind(e->catalogue, DOMAIN_ROLE, text, &e->arena);
  if (family)
    return FAULT(e, r->info.line, "rule '%s': %s: %s; write it under families", r->info.name, field,
                 family);

  if (!role)
    return FAULT(e, r->info.line, "rule '%s': %s: unknown role '%s'%s", r->info.name, field, text,
                 meant_code(e, text, lookup_nearest(e->catalogue, DOMAIN_ROLE, text)));

  for (uint32_t i = 0; i < r->n_roles; i++)
    if (r->roles[i] == role)
      return;

  const struct role **list = arena_alloc(&e->arena, (r->n_roles + 1) * sizeof *list);
  if (r->n_roles > 0)
    memcpy(list, r->roles, r->n_roles * sizeof *list);

  list[r->n_roles++] = role;
  r->roles = list;
}

static const struct family **family_added(struct engine *e, const struct family **old, uint32_t n,
                                          const struct family *more) {
  const struct family **list = arena_alloc(&e->arena, (n + 1) * sizeof *list);
  if (n > 0)
    memcpy(list, old, n * sizeof *list);
  list[n] = more;
  return list;
}

static const struct family *family_named(struct engine *e, const struct rule *r, const char *field,
                                         const char *text) {
  const struct family *family = catalogue_family(e->catalogue, text);
  const char *role = NULL;

  if (!family)
    role = lookup_other_kind(e->catalogue, DOMAIN_FAMILY, text, &e->arena);
  if (role)
    FAULT(e, r->info.line, "rule '%s': %s: %s%s", r->info.name, field, role,
          strcmp(field, "families") == 0 ? "; write it under roles" : "; write a role family");
  else if (!family)
    FAULT(e, r->info.line, "rule '%s': %s: unknown role family '%s'%s", r->info.name, field, text,
          meant_code(e, text, lookup_nearest(e->catalogue, DOMAIN_FAMILY, text)));

  return family;
}

static bool has_family(const struct family *const *list, uint32_t n, const struct family *family) {
  for (uint32_t i = 0; i < n; i++)
    if (list[i] == family)
      return true;
  return false;
}

static void take_family(struct engine *e, struct rule *r, const char *field, const char *text) {
  const struct family *family = family_named(e, r, field, text);
  if (family && !has_family(r->families, r->n_families, family))
    r->families = family_added(e, r->families, r->n_families++, family);
}

/* Read after `families`. */
static void take_left_family(struct engine *e, struct rule *r, const char *field,
                             const char *text) {
  const struct family *family = family_named(e, r, field, text);
  if (!family || has_family(r->leaves_out, r->n_leaves_out, family))
    return;

  if (has_family(r->families, r->n_families, family))
    FAULT(e, r->info.line, "rule '%s': leaves_out names '%s', which families names too",
          r->info.name, text);

  r->leaves_out = family_added(e, r->leaves_out, r->n_leaves_out++, family);
}

static uint8_t word_bit(const char *const *words, size_t n, const char *word) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(words[i], word) == 0)
      return (uint8_t)(1u << i);
  return 0;
}

static void take_purpose(struct engine *e, struct rule *r, const char *field, const char *text) {
  uint8_t bit = word_bit(purpose_names, ARRAY_LEN(purpose_names), text);
  if (bit == 0)
    FAULT(e, r->info.line, "rule '%s': %s is compliance, role or growth, not '%s'", r->info.name,
          field, text);
  r->purposes |= bit;
}

static void take_state(struct engine *e, struct rule *r, const char *field, const char *text) {
  uint8_t bit = STATE_ANY;
  if (strcmp(text, "any") != 0)
    bit = word_bit(state_words, ARRAY_LEN(state_words), text);
  if (bit == 0)
    FAULT(e, r->info.line,
          "rule '%s': %s is unrated, lapsed, confirm, gap, met, ending or any, not '%s'",
          r->info.name, field, text);

  r->states |= bit;
}

/* A text that must be there, of a length and form that can be published. */
static const char *must_text(struct engine *e, const struct rule *r, lua_State *L,
                             const char *field) {
  size_t len = 0;
  lua_getfield(L, 1, field);
  const char *s = NULL;
  if (lua_type(L, -1) == LUA_TSTRING)
    s = lua_tolstring(L, -1, &len);

  const char *kept = "";
  if (s)
    kept = text_clean(&e->arena, s, len, TEXT_SAID_MAX);

  lua_pop(L, 1);
  if (!s || len == 0)
    FAULT(e, r->info.line, "rule '%s' has no %s; say %s = \"...\"", r->info.name, field, field);
  else if (len > TEXT_SAID_MAX)
    FAULT(e, r->info.line, "rule '%s': %s %s", r->info.name, field,
          text_too_long(&e->arena, s, len));
  else if (strlen(kept) != len || memcmp(kept, s, len) != 0)
    FAULT(e, r->info.line, "rule '%s': %s has characters that are not printable UTF-8",
          r->info.name, field);

  return kept;
}

static void check_source(struct engine *e, const struct rule *r) {
  size_t len = strcspn(r->info.source, "/");
  const char *id = arena_strndup(&e->arena, r->info.source, len);
  const struct source *source = catalogue_source(e->catalogue, id);
  if (*id && !source)
    FAULT(e, r->info.line,
          "rule '%s': unknown source '%s'; sources.csv of the catalogue lists them%s", r->info.name,
          id, meant(e, lookup_nearest(e->catalogue, DOMAIN_SOURCE, id)));

  bool replaced = source && source->superseded_by && *source->superseded_by;
  if (source && strcmp(source->status, "withdrawn") == 0 && !replaced)
    WARN(e, r->info.line,
         "rule '%s': its source '%s' is withdrawn and sources.csv names no successor; say what it "
         "rests on now",
         r->info.name, id);
}

/* <name of the authority>, as `needs rules new` leaves it. */
static void warn_of_blank(struct engine *e, const struct rule *r, const char *field,
                          const char *text) {
  const char *open = strchr(text, '<'), *close = open ? strchr(open, '>') : NULL;
  if (close && isalpha((unsigned char)open[1]))
    WARN(e, r->info.line, "rule '%s': %s still says '%.*s', which waits to be filled in",
         r->info.name, field, (int)(close - open) + 1, open);
}

static void keep_function(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, FUNCTIONS);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  lua_pop(L, 1);
}

static int function_field(struct engine *e, const struct rule *r, lua_State *L, const char *field,
                          bool must) {
  int type = lua_getfield(L, 1, field);
  if (type == LUA_TFUNCTION && !lua_iscfunction(L, -1)) {
    keep_function(L);
    return luaL_ref(L, LUA_REGISTRYINDEX);
  }

  if (type != LUA_TNIL || must)
    FAULT(e, r->info.line, "rule '%s': %s is a function: %s = function(%s) ... end", r->info.name,
          field, field, r->info.for_school ? "cohort, school" : "need, person, school");

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
      const char *name = NULL;
      if (lua_type(L, -2) == LUA_TSTRING)
        name = lua_tostring(L, -2);
      if (!name)
        other = true;
      else if (!has_word(fields, name) && strcmp(name, last) > 0 &&
               (!next || strcmp(name, next) < 0))
        next = name;
    }

    if (other && *last == '\0')
      FAULT(e, r->info.line, "rule '%s' has a value without a name; write name = value",
            r->info.name);

    if (!next)
      return;

    FAULT(e, r->info.line, "rule '%s' has no field '%s'%s", r->info.name, next,
          meant_field(e, r->info.for_school ? "school_rule" : "rule", next,
                      nearest_word(fields, next)));
    last = next;
  }
}

#define CHANGE_SHIPPED                                                                             \
  "; a shipped rule is changed by one of another name and a higher priority, or by taking over "   \
  "all shipped rules: see Change "                                                                 \
  "what a shipped rule says in docs/rules.md"

/* The fault names the author's own file, whichever of the two is read first. */
static void name_twice(struct engine *e, const struct rule_info *first,
                       const struct rule_info *again) {
  static const char shipped[] = "default/";
  bool other = strncmp(again->file, shipped, strlen(shipped)) == 0 &&
               strncmp(first->file, shipped, strlen(shipped)) != 0;
  const struct rule_info *at = again, *there = first;

  if (other) {
    at = first;
    there = again;
  }

  bool of_shipped = strncmp(there->file, shipped, strlen(shipped)) == 0 &&
                    strncmp(at->file, shipped, strlen(shipped)) != 0;

  fault_list_add(e->loading->faults, true,
                 "%s:%d: rule '%s' is already in %s:%d; give this one another name%s", at->file,
                 at->line, at->name, there->file, there->line, of_shipped ? CHANGE_SHIPPED : "");
}

static void check_name(struct engine *e, const struct rule *r) {
  size_t len = strlen(r->info.name);
  if (len == 0 || len > NAME_BYTES_MAX ||
      strspn(r->info.name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") !=
          len)
    FAULT(e, r->info.line,
          "a rule's name is 1 to %d of letters, digits, '.', '_' and '-', such as shadow-first",
          NAME_BYTES_MAX);

  for (uint32_t i = 0; i < e->n_rules; i++)
    if (&e->rules[i] != r && strcmp(e->rules[i].info.name, r->info.name) == 0)
      name_twice(e, &e->rules[i].info, &r->info);
}

static bool is_for_role(const struct rule *r, const struct role *role) {
  if (r->n_roles + r->n_families == 0)
    return true;

  for (uint32_t i = 0; i < r->n_roles; i++)
    if (r->roles[i] == role)
      return true;

  for (uint32_t i = 0; i < r->n_families; i++)
    if (r->families[i] == role->family)
      return true;

  return false;
}

static bool profile_asks(const struct engine *e, const struct rule *r, const struct role *role) {
  uint32_t n;
  const struct profile_row *rows = catalogue_profile(e->catalogue, role->code, &n);

  for (uint32_t i = 0; i < n; i++)
    if ((!r->competences || r->competences[rows[i].competence->index]) &&
        r->purposes & 1u << rows[i].purpose)
      return true;

  return false;
}

/* A rule that names growth is about wishes and plans, which may bring anything to anybody. */
static void warn_of_never(struct engine *e, const struct rule *r) {
  bool narrowed = r->competences || r->n_roles + r->n_families > 0, all = r->purposes == 7;
  if (!narrowed || (!all && r->purposes & 1u << PURPOSE_GROWTH))
    return;

  uint32_t n;
  const struct role *roles = catalogue_roles(e->catalogue, &n);

  for (uint32_t i = 0; i < n; i++)
    if (is_for_role(r, &roles[i]) && profile_asks(e, r, &roles[i]))
      return;

  const char *purpose = "", *outcome = "it can fire only for a duty, a wish or a plan";
  if (!all)
    purpose = " for this purpose";
  if (r->purposes == 1u << PURPOSE_COMPLIANCE)
    outcome = "it can never fire";

  WARN(e, r->info.line,
       "rule '%s': no profile of its roles requires any of its competences%s, so %s", r->info.name,
       purpose, outcome);
}

static void read_fields(struct engine *e, struct rule *r, lua_State *L) {
  size_t before = e->loading->faults->errors;
  check_field_names(e, r, L);
  r->info.about = must_text(e, r, L, "about");
  r->info.source = must_text(e, r, L, "source");
  r->info.owner = must_text(e, r, L, "owner");
  check_source(e, r);
  warn_of_blank(e, r, "about", r->info.about);
  warn_of_blank(e, r, "owner", r->info.owner);
  each_text(e, r, L, "competences", take_competence);
  visit_texts(e, r, L, "competences", take_left_out);
  each_text(e, r, L, "roles", take_role);
  each_text(e, r, L, "families", take_family);
  each_text(e, r, L, "leaves_out", take_left_family);
  each_text(e, r, L, "purpose", take_purpose);
  each_text(e, r, L, "needs", take_state);
  if (r->purposes == 0)
    r->purposes = 7;
  if (r->states == 0) {
    if (r->info.for_school)
      r->states = STATE_ANY;
    else
      r->states = STATE_GAP | STATE_MET;
  }

  if (e->loading->faults->errors == before && !r->info.for_school)
    warn_of_never(e, r);

  r->when = function_field(e, r, L, "when", false);
  r->recommend = function_field(e, r, L, "recommend", true);
}

/* --- whom it speaks to, as JSON --- */

/* Words whose bits are set, unless all are: then nothing is written. */
static void scope_words(struct buf *b, const char *name, const char *const *words, size_t n,
                        unsigned bits) {
  if (bits + 1 == 1u << n)
    return;

  json_key(b, name);
  json_open(b, '[');
  for (size_t i = 0; i < n; i++)
    if (bits & 1u << i)
      json_str(b, words[i]);

  json_close(b, ']');
}

static void scope_families(struct buf *b, const char *name, const struct family *const *families,
                           uint32_t n) {
  if (n == 0)
    return;

  json_key(b, name);
  json_open(b, '[');
  for (uint32_t i = 0; i < n; i++)
    json_str(b, families[i]->code);

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
    for (uint32_t i = 0; i < r->n_roles; i++)
      json_str(&b, r->roles[i]->code);
    json_close(&b, ']');
  }

  scope_families(&b, "families", r->families, r->n_families);
  if (r->competences) {
    json_key(&b, r->all_but ? "competences_not" : "competences");
    json_open(&b, '[');
    for (uint32_t i = 0; i < catalogue_n_competences(e->catalogue); i++)
      if (r->competences[i] != r->all_but)
        json_str(&b, catalogue_competence_at(e->catalogue, i)->key);

    json_close(&b, ']');
  }

  scope_words(&b, "purpose", purpose_names, ARRAY_LEN(purpose_names), r->purposes);
  scope_words(&b, "needs", state_words, ARRAY_LEN(state_words), r->states);
  scope_families(&b, "leaves_out", r->leaves_out, r->n_leaves_out);
  json_close(&b, '}');

  const char *scope = arena_strndup(&e->arena, (const char *)b.data, b.len);
  buf_finish(&b);

  return scope;
}

/* --- rule and school_rule --- */

static struct engine *loading_engine(lua_State *L, const char *what) {
  struct engine *e = engine_of(L);
  if (!e->loading)
    luaL_error(L, "%s is for the top of a file, not for inside a rule", what);
  return e;
}

static int line_of_caller(lua_State *L) {
  lua_Debug ar;
  if (!lua_getstack(L, 1, &ar) || !lua_getinfo(L, "l", &ar))
    return 0;
  return ar.currentline;
}

/* rule "name" { fields }: upvalues are name, line, and whether it is a school_rule. */
static int take_rule(lua_State *L) {
  bool for_school = lua_toboolean(L, lua_upvalueindex(3));
  const char *what = for_school ? "school_rule" : "rule",
             *name = lua_tostring(L, lua_upvalueindex(1));
  struct engine *e = loading_engine(L, what);

  if (lua_type(L, 1) != LUA_TTABLE)
    return luaL_error(L, "%s '%s' takes a table: %s \"%s\" { ... }", what, name, what, name);

  if (e->loading->begun > 0)
    e->loading->begun--;

  if (e->n_rules == RULES_MAX)
    return luaL_error(L, "more than %d rules", RULES_MAX);

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
  struct rule_loading *loading = loading_engine(L, what)->loading;
  if (lua_type(L, 1) != LUA_TSTRING)
    return luaL_error(L, "a %s has a name: %s \"name\" { ... }", what, what);

  if (lua_gettop(L) > 1)
    return luaL_error(L, "write %s \"name\" { ... }, without brackets and comma around the two",
                      what);

  loading->begun++;
  loading->begun_line = line_of_caller(L);
  lua_pushinteger(L, loading->begun_line);
  lua_pushboolean(L, for_school);
  lua_pushcclosure(L, take_rule, 3);

  return 1;
}

static int start_rule(lua_State *L) {
  return start(L, "rule", false);
}

static int start_school_rule(lua_State *L) {
  return start(L, "school_rule", true);
}

/* --- files --- */

static const struct bytecode_visitor looks = {.refused = on_refused,
                                              .literal = on_literal,
                                              .longest = BUDGET_TEXT,
                                              .unfit = on_unfit,
                                              .hidden = on_hidden,
                                              .global = on_global,
                                              .member = on_member,
                                              .read = on_read,
                                              .arguments = on_arguments,
                                              .compared = on_compared,
                                              .counted = on_counted,
                                              .field = on_field,
                                              .condition = on_condition,
                                              .dropped = on_dropped,
                                              .stray_reason = on_stray_reason,
                                              .returned_more = on_returned_more};

static void add_lua_fault(struct engine *e) {
  size_t len = strlen(e->loading->file);
  const char *text = "an error without a message";

  if (lua_type(e->L, -1) == LUA_TSTRING)
    text = lua_tostring(e->L, -1);
  if (e->budget.over == BUDGET_INSTRUCTIONS)
    FAULT(e, 1, "takes too many instructions to load (more than %d)",
          (int)budget_of_loading.instructions);
  else if (e->budget.over == BUDGET_MEMORY)
    FAULT(e, 1, "needs %s to load",
          strstr(e->budget.why, "text") ? e->budget.why : "too much memory");
  else if (strncmp(text, e->loading->file, len) == 0 && text[len] == ':')
    fault_list_add(e->loading->faults, true, "%s", text_clean(&e->arena, text, strlen(text), 400));
  else
    FAULT(e, 1, "%s", text);
}

/* What Lua says of a text that does not compile, in words for somebody who does not know Lua where
 * there are such. */
static void add_syntax_fault(struct engine *e, const char *text, size_t len) {
  const char *said = "";
  if (lua_type(e->L, -1) == LUA_TSTRING)
    said = lua_tostring(e->L, -1);

  size_t n = strlen(e->loading->file);
  int line = strncmp(said, e->loading->file, n) == 0 && said[n] == ':' ? atoi(said + n + 1) : 0,
      at = 0;
  const char *instead = NULL;

  if (line > 0 && e->budget.over == BUDGET_WITHIN)
    instead = suggest_for_syntax(text, len, line, said, &at);
  if (!instead)
    add_lua_fault(e);
  else if (at == line)
    FAULT(e, at, "%s", instead);
  else
    fault_list_add(e->loading->faults, true, "%s; %s%s",
                   text_clean(&e->arena, said, strlen(said), 400),
                   at > 0 ? arena_printf(&e->arena, "perhaps line %d: ", at) : "", instead);
}

/* Saved as something else than plain text; said once, for Lua would only stumble over its first
 * letter. */
static bool is_plain_text(struct engine *e, const char *text, size_t len) {
  bool utf16 = len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0);
  bool marked = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
  bool document = len >= 5 &&
                  (memcmp(text, "PK\x03\x04", 4) == 0 || memcmp(text, "{\\rtf", 5) == 0);
  if (utf16 || document)
    FAULT(e, 1, "is %s; save it as plain text (UTF-8)",
          utf16 ? "UTF-16" : "a document of a word processor");
  else if (marked)
    FAULT(e, 1,
          "begins with a byte-order mark, which some editors add; save it as UTF-8 without one "
          "(without BOM)");
  else if (!utf8_good(text, len))
    WARN(e, 1, "is not UTF-8, so that people read ? for some letters; save it as UTF-8");

  return !utf16 && !document && !marked;
}

static bool compile(struct engine *e, const struct bundle_file *f) {
  const char *chunk = arena_printf(&e->arena, "@%s", f->name);
  if (!is_plain_text(e, f->text, f->len))
    return false;

  budget_arm(&e->budget, &budget_of_compiling);
  int status = luaL_loadbufferx(e->L, f->text, f->len, chunk, "t");
  budget_disarm(&e->budget);
  if (status == LUA_OK)
    return true;

  add_syntax_fault(e, f->text, f->len);
  lua_pop(e->L, 1);

  return false;
}

/* With faults found already, an error at the top of the file is most likely one of them once more.
 */
static void load_file(struct engine *e, const struct bundle_file *f) {
  size_t before = e->loading->faults->errors;
  e->loading->unsafe = false;
  e->loading->begun = 0;
  if (!compile(e, f))
    return;

  struct bytecode_visitor v = looks;
  v.arg = e;
  if (!bytecode_visit(e->L, &v))
    FAULT(e, 1, "this build was made for another Lua than it runs with; nothing can be checked");

  if (e->loading->unsafe)
    return lua_pop(e->L, 1);

  sandbox_push_env(e->L);
  lua_setupvalue(e->L, -2, 1);

  size_t looked = e->loading->faults->errors;
  budget_arm(&e->budget, &budget_of_loading);
  int status = lua_pcall(e->L, 0, 0, 0);
  budget_disarm(&e->budget);
  if (status == LUA_OK && e->loading->begun > 0)
    FAULT(e, e->loading->begun_line,
          "a rule has a name and nothing after it: rule \"name\" { ... }");

  if (status == LUA_OK)
    return;

  if (looked == before)
    add_lua_fault(e);

  lua_pop(e->L, 1);
}

/* A decision table is loaded as the Lua text that it means; see table.h for the lines. */
static void load_table(struct engine *e, const struct bundle_file *f) {
  struct buf lua = {0};
  struct arena scratch = {0};

  table_compile(f->name, f->text, f->len, e->catalogue, &scratch, e->loading->faults, &lua);
  struct bundle_file compiled = {
      .name = f->name, .text = (char *)(uintptr_t)buf_cstr(&lua), .len = lua.len};
  load_file(e, &compiled);
  buf_finish(&lua);
  arena_finish(&scratch);
}

static bool ends_in(const char *name, const char *suffix) {
  size_t len = strlen(name), n = strlen(suffix);
  return len > n && strcmp(name + len - n, suffix) == 0;
}

static void check_file(struct engine *e, const struct bundle_file *f) {
  e->loading->file = arena_printf(&e->arena, "%s", f->name);
  if (f->len > FILE_BYTES_MAX)
    FAULT(e, 1, "is larger than %zu KiB; split it", FILE_BYTES_MAX / 1024);
  else if (ends_in(f->name, ".csv"))
    load_table(e, f);
  else if (ends_in(f->name, ".lua"))
    load_file(e, f);
  else
    FAULT(e, 1, "is no rule file; their names end in .lua or .csv");
}

/* Arguments: the memo, a function. */
static int freeze_function(lua_State *L) {
  readonly_value(L, 1);
  return 0;
}

/* Pops the message of what went wrong with the function at `function`. */
static void add_freeze_fault(struct engine *e, int function) {
  lua_Debug ar;
  lua_pushvalue(e->L, function);
  lua_getinfo(e->L, ">S", &ar);

  const char *file = *ar.source == '@' ? ar.source + 1 : ar.source;
  const char *why = "an error without a message";

  if (lua_type(e->L, -1) == LUA_TSTRING)
    why = lua_tostring(e->L, -1);

  fault_list_add(e->loading->faults, true,
                 "%s:%d: what this function reads from outside cannot be frozen: %s", file,
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
    if (lua_pcall(L, 2, 0, 0) != LUA_OK)
      add_freeze_fault(e, memo + 2);

    if (e->budget.over != BUDGET_WITHIN)
      break;

    lua_settop(L, memo + 1);
  }

  budget_disarm(&e->budget);
  lua_settop(L, memo - 1);
}

static bool wants(const struct rule *r, uint32_t competence) {
  return !r->competences || r->competences[competence];
}

static void index_rules(struct engine *e) {
  uint32_t n = catalogue_n_competences(e->catalogue), at = 0, all = 0;
  for (uint32_t r = 0; r < e->n_rules; r++)
    for (uint32_t c = 0; c < n; c++)
      all += wants(&e->rules[r], c);

  e->first = arena_alloc(&e->arena, ((size_t)n + 1) * sizeof *e->first);
  e->listed = arena_alloc(&e->arena, ((size_t)all + 1) * sizeof *e->listed);

  for (uint32_t c = 0; c < n; c++) {
    e->first[c] = at;
    for (uint32_t r = 0; r < e->n_rules; r++)
      if (wants(&e->rules[r], c))
        e->listed[at++] = r;
  }

  e->first[n] = at;
}

/* --- the engine --- */

static int on_panic(lua_State *L) {
  fprintf(stderr, "needs-rules: %s\n",
          lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "an error in Lua");
  return 0;
}

static void open_state(struct engine *e) {
  e->L = lua_newstate(budget_alloc, &e->budget);
  if (!e->L)
    abort();

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

int engine_create(struct engine **ret, const struct bundle *from, const struct catalogue *c,
                  bool known, struct fault_list *faults) {
  struct engine *e = mem_alloc(sizeof *e);
  e->known = known;
  struct rule_loading loading = {.faults = faults};
  size_t before = faults->errors;

  e->catalogue = c;
  open_state(e);
  e->loading = &loading;
  for (size_t i = 0; i < from->n; i++)
    check_file(e, &from->files[i]);

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

struct linting {
  const char *file;
  struct fault_list *faults;
};

static void on_slip(void *arg, int line, const char *sentence, size_t n) {
  const struct linting *h = arg;
  fault_list_add(h->faults, false,
                 "%s:%d: \"%.*s\" says the same as its condition; a person reads it when the "
                 "condition does not hold, so say what "
                 "is missing",
                 h->file, line, (int)n, sentence);
}

void engine_lint(const struct bundle *from, struct fault_list *faults) {
  for (size_t i = 0; i < from->n; i++) {
    struct linting h = {from->files[i].name, faults};
    if (ends_in(h.file, ".lua"))
      lint_givens(from->files[i].text, from->files[i].len, on_slip, &h);
  }
}

void engine_destroy(struct engine *e) {
  if (!e)
    return;

  lua_close(e->L);
  arena_finish(&e->arena);
  free(e->rules);
  free(e->sites);
  free(e->reads);
  free(e);
}
