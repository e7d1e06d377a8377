/* failure - see failure.h. A message that matches a row here is explained; any other message stays
 * as it is.
 *
 * Lua does not say which value in a comparison was nil. The loader has recorded where the file
 * reads each fact (`reads` in engine.h). The facts on the failing line that are nil now are named,
 * after Lua's own message. */
#include "rules/failure.h"

#include <stdlib.h>
#include <string.h>

#include "rules/api.h"
#include "rules/text.h"

#define MESSAGE_MAX 300

struct failed {
  const struct engine *e;
  const struct run *run;
  const struct rule *rule;
  lua_State *L;
  struct arena *arena;
  const char *message; /* "file:12: what Lua says" */
  const char *said;    /* what Lua says */
  int line;
};

/* "minutes" of "... (field 'minutes')" or of "... to 'minutes' ("; NULL if the message has no such
 * part. */
static const char *named_after(const struct failed *f, const char *before) {
  const char *at = strstr(f->said, before);
  if (!at)
    return NULL;

  at += strlen(before);
  return arena_strndup(f->arena, at, strcspn(at, "'"));
}

/* --- what is nil --- */

/* Reads of this line; without any, those of the rule down to it. */
static bool is_read_here(const struct failed *f, const struct read *r, bool whole_rule,
                         const char *field) {
  if (strcmp(r->file, f->rule->info.file) != 0 || (field && strcmp(r->row->name, field) != 0))
    return false;
  if (whole_rule)
    return r->line >= f->rule->info.line && r->line < f->line;
  return r->line == f->line;
}

static const char *add_name(const struct failed *f, const char *list, const struct api_row *row) {
  const char *name = arena_printf(f->arena, "%s.%s", row->object, row->name);
  if (!list)
    return name;
  if (strstr(list, name))
    return list;
  return arena_printf(f->arena, "%s or %s", list, name);
}

static const char *names_of_nil(const struct failed *f, bool whole_rule) {
  const char *field = named_after(f, "(field '"), *list = NULL;

  for (size_t i = 0; i < f->e->n_reads; i++) {
    const struct read *r = &f->e->reads[i];
    if (is_read_here(f, r, whole_rule, field) && api_row_may_be_nil(r->row) &&
        api_is_nil(f->L, f->run, r->row))
      list = add_name(f, list, r->row);
  }

  return list;
}

/* A variable that Lua names is the author's own: no fact is to blame. A fact read further up is no
 * more than a guess. */
static const char *explain_nil(const struct failed *f) {
  if (!strstr(f->said, "nil"))
    return NULL;

  bool own = strstr(f->said, "(local '") || strstr(f->said, "(upvalue '");
  const char *here = NULL, *names = NULL;

  if (!own) {
    here = names_of_nil(f, false);
    names = here;
    if (!here)
      names = names_of_nil(f, true);
  }

  if (!names)
    return arena_printf(
        f->arena,
        "what nobody has recorded is nil: ask first whether it is there (x ~= nil) (Lua: %s)",
        f->said);

  const char *perhaps = "", *verb = "may be";
  if (!here) {
    perhaps = "perhaps ";
    verb = "is";
  }

  return arena_printf(f->arena,
                      "%s%s %s unknown (nil); ask first: given(%.*s ~= nil, otherwise \"...\") "
                      "(Lua: %s)",
                      perhaps, names, verb, (int)strcspn(names, " "), names, f->said);
}

/* --- how something is called --- */

/* "school:helpers(need, kind)", from the row's type. */
static const char *usage(const struct failed *f, const struct api_row *row) {
  const char *p = row->type + strlen("fun("), *list = "";
  bool method = *row->object != '\0';
  for (bool self = method; *p != ')' && *p != '\0'; self = false) {
    size_t name = strcspn(p, ":"), whole = strcspn(p, ",)");
    if (!self)
      list = arena_printf(f->arena, "%s%s%.*s", list, *list ? ", " : "", (int)name, p);
    p += whole;
    p += strspn(p, ", ");
  }

  return arena_printf(f->arena, "%s%s%s(%s)", row->object, method ? ":" : "", row->name, list);
}

static const struct api_row *function_named(const char *name) {
  for (size_t i = 0; name && i < api_n_rows; i++)
    if (strcmp(api_rows[i].name, name) == 0 && api_row_is_function(&api_rows[i]) &&
        strcmp(api_rows[i].object, "builder") != 0)
      return &api_rows[i];
  return NULL;
}

/* The fact of that name that the line reads: one of a table of the rule's own may be called the
 * same. */
static const struct api_row *fact_read_here(const struct failed *f, const char *name) {
  for (size_t i = 0; name && i < f->e->n_reads; i++)
    if (is_read_here(f, &f->e->reads[i], false, name) && !api_row_is_function(f->e->reads[i].row))
      return f->e->reads[i].row;
  return NULL;
}

/* person.holds("x") hands over no person. */
static const char *explain_argument(const struct failed *f) {
  const struct api_row *row = function_named(named_after(f, " to '"));
  if (!row)
    row = function_named(named_after(f, "calling '"));

  if (!row)
    return NULL;

  bool dot = *row->object != '\0' &&
             strstr(f->said, arena_printf(f->arena, "(%s expected", row->object));
  return arena_printf(f->arena, "%s; write %s%s", f->said, usage(f, row),
                      dot ? ", with a colon" : "");
}

static const char *explain_call(const struct failed *f) {
  const char *name = named_after(f, "(method '");
  if (!name)
    name = named_after(f, "(field '");

  const struct api_row *row = fact_read_here(f, name);
  if (!row)
    return NULL;
  return arena_printf(f->arena, "%s; %s.%s is read with a point and without brackets", f->said,
                      row->object, row->name);
}

static const struct {
  const char *begins;
  const char *(*explain)(const struct failed *f);
} rows[] = {
    {"attempt to compare", explain_nil},
    {"attempt to perform arithmetic on a nil", explain_nil},
    {"attempt to concatenate a nil", explain_nil},
    {"attempt to index a nil", explain_nil},
    {"attempt to get length of a nil", explain_nil},
    {"attempt to call", explain_call},
    {"bad argument", explain_argument},
    {"calling '", explain_argument},
};

static const char *explained(struct failed *f) {
  size_t len = strlen(f->rule->info.file);
  if (strncmp(f->message, f->rule->info.file, len) != 0 || f->message[len] != ':')
    return f->message;

  const char *space = strchr(f->message + len, ' ');
  f->line = atoi(f->message + len + 1);
  if (space)
    f->said = space + 1;
  else
    f->said = "";

  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    if (strncmp(f->said, rows[i].begins, strlen(rows[i].begins)) != 0)
      continue;
    const char *said = rows[i].explain(f);
    if (said)
      return arena_printf(f->arena, "%s:%d: %s", f->rule->info.file, f->line, said);
  }

  return f->message;
}

const char *failure_message(struct engine *e, const struct run *run, const struct rule *rule,
                            lua_State *L) {
  const struct budget *b = &e->budget;
  struct arena *a = run->now->arena;
  const char *where = arena_printf(a, "%s:%d: ", rule->info.file, rule->info.line);

  if (b->over == BUDGET_INSTRUCTIONS)
    return arena_printf(a,
                        "%srule '%s' takes too long for one %s; look for a loop that does not end "
                        "or goes through too much (more than %d instructions)",
                        where, rule->info.name, rule->info.for_school ? "school" : "person",
                        (int)budget_of_run.instructions);

  if (b->over == BUDGET_MEMORY)
    return arena_printf(a, "%srule '%s' needs %s", where, rule->info.name, b->why);

  size_t len = 0;
  const char *said = "";

  if (lua_type(L, -1) == LUA_TSTRING)
    said = lua_tolstring(L, -1, &len);
  if (len == 0) {
    said = "an error without a message";
    len = strlen(said);
  }

  const char *clean = text_clean(a, said, len, MESSAGE_MAX);
  bool placed = strncmp(clean, rule->info.file, strlen(rule->info.file)) == 0;
  struct failed f = {.e = e, .run = run, .rule = rule, .L = L, .arena = a, .message = clean};

  if (!placed)
    return arena_printf(a, "%s%s", where, clean);

  const char *told = explained(&f);
  return text_clean(a, told, strlen(told), MESSAGE_MAX);
}
