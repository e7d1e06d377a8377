/* names - every name that a rule can read, call or build with, as one table of rows.
 *
 * It is plain data without Lua. api.c, builders.c and bytecode.c use these rows. Tests check the
 * guide (docs/rules.md) and the editor stubs (rules/needs.lua) against them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/nearest.h"

struct api_row {
  /* "need", "person" ...; "" for a function of its own; "builder" for what recommend returns */
  const char *object;
  const char *name;
  /* LuaCATS: "integer", "string?"; of a function "fun(date: string?, months: integer): boolean" */
  const char *type;
  const char *meaning; /* one line for the guide */
};
extern const struct api_row api_rows[];
extern const size_t api_n_rows;

/* Finds the row of a member or function; NULL if there is none. The table owns it. */
const struct api_row *api_row_find(const char *object, const char *name);
/* Whether a rule calls it; otherwise it reads it. */
bool api_row_is_function(const struct api_row *row);
/* Whether the value may be missing. */
bool api_row_may_be_nil(const struct api_row *row);

/* What a builder makes: the kind as the catalogue spells it. */
struct builder_row {
  const char *name, *kind; /* peer_observation, peer-observation */
  /* the id if the rule names none: "" = the need's competence, NULL = the rule must name it */
  const char *id;
  bool takes_code; /* a rule may write `code =` instead of `id =` */
};
extern const struct builder_row builder_rows[];
extern const size_t builder_n_rows;
/* Finds a builder by its name in Lua; NULL if there is none. The table owns the row. */
const struct builder_row *builder_row_find(const char *name);
/* The id without its kind: "fire-marshal" of "course.fire-marshal". An id without a kind comes back
 * as it is. The result points into `id`. */
const char *builder_rest(const struct builder_row *row, const char *id);

/* The state of a need, as bits: a rule's `needs` is then one test. */
enum need_state {
  STATE_UNRATED = 1,
  STATE_LAPSED = 2,
  STATE_CONFIRM = 4,
  STATE_GAP = 8,
  STATE_MET = 16,
  STATE_ENDING = 32,
  STATE_ANY = 63
};

/* The words that a member can be, such as need.from. */
struct word_list {
  const char *member; /* "need.from" */
  const char *const *words;
  size_t n;
};
extern const char *const nature_words[4], *const employer_words[7], *const progression_words[3];
/* The words that a member can be; NULL if any text is allowed. The table owns the list. */
const struct word_list *word_list_find(const char *member);

/* The fields of a builder's table and of a rule's table: the names only. */
extern const char *const builder_fields[]; /* NULL-terminated */
extern const char *const rule_fields[];    /* NULL-terminated */
extern const char *const school_rule_fields[];

/* Reads hours a week, such as "20", "32.5" or "32.25", as whole minutes. False if the text is not
 * such a number. */
bool hours_read(const char *text, int32_t *ret_minutes);
