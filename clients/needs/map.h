/* map - what the columns and words of a school's own spreadsheet mean: a file that people read and
 * edit.
 *
 * An INI file. [sheet] says kind, dates and scale; [fixed] gives what no column says; [columns] and
 * [competences] say what headings mean; the other sections say what words in cells mean. The
 * spreadsheet's text is on the left, its meaning on the right; a text that holds = : or ;
 * is in double quotes. An empty right side means that the meaning is still missing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "fields.h"
#include "text.h"

enum table_of {
  T_COLUMNS,
  T_COMPETENCES,
  T_LEVELS,
  T_EVIDENCE,
  T_ROLES,
  T_CONTRACTS,
  T_EMPLOYERS,
  T_YES_NO,
  T_CERTIFICATES,
  N_TABLES
};
extern const char *const table_names[N_TABLES];

struct meaning {
  enum table_of table;
  char *word, *key, *means; /* means "" = not said yet */
};
struct map {
  char *path; /* for messages */
  enum kind kind;
  bool order_said, month_first; /* dates */
  /* scale = levels: numbers in cells are the framework's levels; = words: they are not */
  bool scale_said, numbers;
  char *fixed[N_FIELDS];
  struct meaning *meanings;
  size_t n, cap;
  struct text faults; /* what cannot be read: "path:line: why" and a line end, each */
  struct text open;   /* what is still to be said, in the same form */
};

/* Reads without printing. False: `faults` says what cannot be read, and the mapping must not be
 * used. What is still to be said is in `open` and no fault. `name`: of a saved mapping, or a path
 * (holds a slash or a dot). map_finish afterwards, in either case. */
bool map_read(struct map *m, const char *name);
/* The same, printing the faults: 0 or an exit status. */
int map_load(struct map *m, const char *name);
/* Prints each line of `faults` or `open` as a message of its own. */
void map_complain(const struct text *lines);
/* Of a word, compared as people would; NULL = the mapping does not name it. "" = it names it and
 * does not say. */
const char *map_meaning(const struct map *m /* may be NULL */, enum table_of t, const char *word);
/* Numbers under [levels], as "1, 2, 3, 4"; false if there is none. `ret` may be NULL. */
bool map_numbers(const struct map *m /* may be NULL */, struct text *ret);
/* Is one of them another level than its own number, as where 1 is best? Then a number without a
 * line says nothing. */
bool map_renumbers(const struct map *m /* may be NULL */);
/* both as word_key makes them; `said` may be cut */
bool same_word(const char *said, const char *key);
struct meaning *map_add(struct map *m, enum table_of t, const char *word, const char *means);
void map_finish(struct map *m);

/* The names of all saved mappings, sorted; *ret_n of them, all owned by the caller. NULL after
 * saying why: the directory is there and cannot be read. */
char **map_saved(size_t *ret_n);
char *map_path(const char *name);
/* Writes a saved mapping; refuses to write over another. 0 or an exit status after saying why. */
int map_save(const char *name, const char *text, bool over);
int map_remove(const char *name); /* a saved one; the same results */
/* "competence X.FOOD 2" and the like: the first word and what follows it. */
#define MEANING_MAX 129 /* a competence in full has 128 characters */
bool meaning_split(const char *means, char ret_first[MEANING_MAX], const char **ret_rest);
