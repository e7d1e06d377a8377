/* inside - how the catalogue's own files see a snapshot; nobody else includes this.
 *
 * A *table* is one kind of file (units.csv). tables.c describes each as rows: its columns, their
 * kinds, where a cell goes. load.c reads the sheets of all layers into rows, merges them by key and
 * fills the items. link.c makes what is derived (profiles, units of a competence, classes).
 * catalogue.c and development.c answer. */
#pragma once

#include "base/mem.h"
#include "catalogue/catalogue.h"

/* --- names: text -> pointer, in an arena --- */
struct names {
  struct name_slot {
    const char *name;
    uint64_t hash;
    const void *value;
  } * slots;
  uint32_t n, cap;
};
const void *names_get(const struct names *m, const char *name);
/* name must outlive the map; replaces */
void names_put(struct names *m, struct arena *a, const char *name, const void *value);

/* --- tables --- */
enum table_id {
  TABLE_FRAMEWORK,
  TABLE_COMPETENCE,
  TABLE_EVIDENCE,
  TABLE_FAMILY,
  TABLE_ROLE,
  TABLE_PROFILE,
  TABLE_SOURCE,
  TABLE_KIND,
  TABLE_UNIT,
  TABLE_QUALIFICATION,
  TABLE_GATE,
  TABLE_COMBINATION,
  TABLE_EQUIVALENCE,
  TABLE_INFORMAL,
  TABLE_COURSE,
  TABLE_BARRIER,
  TABLE_FINDING,
  TABLE_IMPACT,
  TABLE_CHECK,
  TABLE_PAYER,
  TABLE_FUND,
  TABLE_CONTRACT,
  TABLE_PHASE,
  TABLE_PRIORITY,
  TABLE_SCHOOL,
  TABLE_CROSSWALK,
  TABLE_TITLE,
  TABLE_CENSUS,
  TABLE_COUNT
};

enum cell {
  CELL_NOTE,        /* for people; not kept */
  CELL_TEXT,        /* const char *, NULL when blank; one of `words` if there are any */
  CELL_CODE,        /* the same, a plain code (base/code.h) */
  CELL_WORD_CODE,   /* the same, a word code */
  CELL_CLASS,       /* a plain code, '@' allowed too */
  CELL_INT,         /* int32_t, ABSENT when blank */
  CELL_DATE,        /* int32_t */
  CELL_WORD,        /* int: index into `words` */
  CELL_YES,         /* bool: second of `words` (no, yes) */
  CELL_REF,         /* const struct X *: item of table `ref` */
  CELL_REFS,        /* list of codes of table `ref`; checked, kept as text */
  CELL_COMPETENCE,  /* const struct competence * */
  CELL_FORMER,      /* the same, or the key of one that is gone: of struct crossing */
  CELL_COMPETENCES, /* list: const struct competence ** at `at`, count at `at_n` */
  CELL_GIVES,       /* list competence:level: struct gives * at `at`, count at `at_n` */
  CELL_LEVELS,      /* the words of a framework's levels */
  CELL_VERSION
}; /* framework and version -> const struct framework *; is in the column `version` */

enum need_of {
  MAY,
  MUST,
  KEY
}; /* KEY: part of the row's key, and MUST */

struct column {
  const char *name;
  enum cell cell;
  enum need_of need;
  size_t at, at_n;          /* offsets in the item */
  int32_t low, high;        /* CELL_INT */
  const char *const *words; /* CELL_WORD */
  enum table_id ref;
};
struct table_def {
  const char *file; /* "units.csv" */
  const struct column *columns;
  size_t size;       /* of an item; 0 = checked only */
  bool sorted;       /* by key; otherwise in the order of the files */
  bool required;     /* the national layer must have the file */
  const char *joins; /* what joins the parts of a key, a character each; NULL = KEY_JOIN */
};
#define KEY_JOIN '\x1f'
#define MAX_COLUMNS 24
#define NOWHERE SIZE_MAX
extern const struct table_def table_defs[TABLE_COUNT];

/* A row as merged: the cells of the authority's row over those of the national one. */
struct row {
  const char *file; /* of the newest layer that wrote it */
  int32_t line;
  const char *cell[MAX_COLUMNS]; /* by column of the table; NULL = the file has no such column */
  const char *key;
  /* bit a column: written by the authority; other cells read short forms as the national layer
   * means them */
  uint32_t own;
  bool removed;
  bool national; /* the national layer has this row */
  void *item;
};
struct table {
  const struct table_def *def;
  struct row **rows;
  uint32_t n, cap;
  struct names by_key; /* key -> struct row */
  char *items;
};

/* --- items that only the catalogue itself knows --- */
struct combination_row {
  const struct qualification *qualification;
  const char *group, *unit;
  int rule;
  int32_t units, credits, level;
};
enum combination_rule {
  RULE_ALL,
  RULE_UNITS,
  RULE_UNITS_ACROSS,
  RULE_CREDITS,
  RULE_CREDITS_ACROSS,
  RULE_CREDITS_AT_LEVEL
};
struct equivalence {
  const char *class, *member;
  int member_kind;           /* 0 qualification, 1 class */
  const struct class *inner; /* the class that the member is; set by link.c */
};
struct course {
  const char *id, *title;
  const struct coded *kind;
  int32_t level, credit, minutes;
  const struct competence *const *competences;
  uint32_t n_competences;
  enum certainty certainty;
};
struct crossing {
  const struct competence *from, *to;
  /* key of a competence that is not in the catalogue any more; then `from` is NULL */
  const char *former;
  int relation;
  enum certainty certainty;
};
struct title {
  const char *key, *note;
  const struct role *role;
  enum certainty certainty;
};
struct kind {
  struct coded coded; /* first: a kind is a coded row */
  bool formal;
  int of;
  const char *helper;
};
enum kind_of {
  OF_UNIT,
  OF_COURSE,
  OF_QUALIFICATION,
  OF_COMPETENCE,
  OF_FORM
};

struct class {
  const char *name;
  const struct equivalence *const *members;
  uint32_t n, index;
  int32_t height;      /* of the classes under it; while link.c walks: CLASS_NEW, CLASS_OPEN */
  struct gives *gives; /* what all its members give, at the lowest level */
  uint32_t n_gives;
};
#define CLASS_NEW (-2)
#define CLASS_OPEN (-1)
#define CLASS_DEPTH 32
struct profile {
  const struct role *role;
  const struct profile_row *rows;
  uint32_t n;
};
struct unit_list {
  const struct unit *const *units;
  uint32_t n;
};

struct catalogue {
  unsigned refs; /* who holds it */
  bool known;    /* it was in force before: what only later versions refuse is a warning */
  struct arena arena;
  struct fault_list warnings; /* for those who share it later */
  struct hash256 hash;
  struct table tables[TABLE_COUNT];
  /* short code -> competence, or &competence_ambiguous; [1] as the national layer sees it */
  struct names competence_short[2];
  /* short code -> row of a competence that the authority took out */
  struct names removed_short;
  struct names competence_dotted; /* key with '.' for '@' and '/' -> competence */
  /* key of a competence that is gone -> the competence that it is now, by an exact row */
  struct names renamed;
  struct names unit_slug, also[DOMAIN_COUNT], combinations, classes, profiles, developments;
  uint64_t hints; /* what nearest_name may still spend */
  const struct competence **competences;
  const struct qualification **qualifications;
  struct unit_list *units_for; /* [competence index * MAX_LEVELS + level] */
};
extern const struct competence competence_ambiguous; /* what an ambiguous short form leads to */
extern const char *const helper_codes[];             /* NULL-terminated */
bool word_among(const char *const *words, const char *text);
/* TABLE_COUNT where a domain has no table of its own */
extern const enum table_id domain_tables[DOMAIN_COUNT];

static inline void *item_of(const struct table *t, uint32_t i) {
  return t->items + i * t->def->size;
}
/* NULL: unknown or taken out */
const struct row *table_row(const struct catalogue *c, enum table_id t, const char *key);
/* there, but taken out by the authority */
bool table_removed(const struct catalogue *c, enum table_id t, const char *key);
const struct competence *competence_as(const struct catalogue *c, const char *given, bool national);

/* load.c: sheets -> items. link.c: what is derived. Both report every fault. */
void catalogue_load(struct catalogue *c, const struct bundle *from, struct fault_list *faults);
void catalogue_link_competences(struct catalogue *c, struct fault_list *faults);
void catalogue_link(struct catalogue *c, struct fault_list *faults);
/* development.c: makes all ids; two rows with one id, and an id that is too long, are faults. Needs
 * a catalogue without faults. */
void developments_index(struct catalogue *c, struct fault_list *faults);
/* The one spelling of an id, NULL if it means nothing. */
const char *development_canonical(const struct catalogue *c, const char *id);
/* The id of the one development that a row of units, qualifications, courses or informal is; NULL
 * where it is none. */
const char *development_of(const struct catalogue *c, enum table_id table, const void *item,
                           struct arena *a);
/* " did you mean 'x'?" or "", for a name that a table does not have. */
#define HINTS_MAX                                                                                  \
  50000000 /* steps of comparing, a fraction of a second; a catalogue of faults has no hints in    \
              the end */
const char *nearest_name(struct catalogue *c, enum table_id t, const char *given);
/* A fault about a row: "file:line:column: text". */
void row_fault(struct fault_list *f, bool is_error, const struct row *r, const char *column,
               const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* A fault that earlier versions did not find: a warning where the catalogue was in force before. */
#define row_strict(c, f, r, column, ...) row_fault(f, !(c)->known, r, column, __VA_ARGS__)
#define TEXT_MAX 200  /* characters of a title or other text that people are shown */
#define NOTE_MAX 1000 /* characters of a note */
