/* table - the decision table: compiles a spreadsheet of rules to the text of a Lua file.
 *
 * The rule in row N of the spreadsheet is on line N of the text, so that every fault, trace and
 * failure names the row. All faults in cells are found here together and are reported by file, row
 * and column. The loader then reads the text like any other rule file. columns.c says what each
 * column does; table.c reads the sheet. Does not use Lua. */
#pragma once

#include "base/buf.h"
#include "base/mem.h"
#include "catalogue/catalogue.h"

/* The text of every row that has no fault; nothing in a cell becomes code. */
void table_compile(const char *name, const void *text, size_t len, const struct catalogue *c,
                   struct arena *a, struct fault_list *faults, struct buf *ret_lua);

/* The reference of the columns for docs/rules.md: rows of a Markdown table. */
void table_print_columns(struct buf *out);

/* --- between table.c and columns.c --- */

#define TABLE_PROPOSALS 8

/* A row on its way: what its cells made, as pieces of Lua text. */
struct table_row {
  const char *file;
  int32_t line;
  const struct catalogue *catalogue;
  struct arena *arena;
  struct fault_list *faults;
  bool faulty;
  const char *name;
  struct buf fields, givens, with;   /* `a = "x", `; `given(...) and given(...)`; `weeks = 2, ` */
  const char *made[TABLE_PROPOSALS]; /* `unit { code = "TDA 2.8", ` */
  uint32_t n_made;
  unsigned states;  /* of the column needs: bits of its words; 0 = gap and met */
  const char *from; /* what a column "... from" has bounded, and by how much */
  int32_t least;
};
struct table_cell {
  struct table_row *row;
  const struct table_column *column;
  const char *text; /* trimmed, never blank */
};

/* A column. Most are a condition: `lua` holds or the person reads `unless`. */
struct table_column {
  const char *name;
  bool must;
  void (*compile)(struct table_cell *x);
  const char *takes, *meaning; /* for the reference */
  const char *lua;             /* the field, or what the condition looks at */
  const char *op;              /* of a number: ">=" or "<="; of yes and no: the Lua text for "no" */
  int32_t low, high;
  /* read when nothing is recorded; NULL: it always is, or nothing recorded will do */
  const char *known;
  /* of yes and no: for no, for yes; of numbers: for 0, 1, 2 and more; %s is the number in words */
  const char *unless[4];
};
extern const struct table_column table_columns[];
extern const size_t table_n_columns;

/* case, blanks and underscores do not matter */
const struct table_column *table_column_find(const char *heading);
void table_fault(struct table_cell *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void table_quote(struct buf *out, const char *text); /* as a Lua text, whatever is in it */
