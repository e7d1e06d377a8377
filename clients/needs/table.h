/* table - rows and columns that fit the terminal.
 *
 * Columns are as wide as their widest cell; when that is too wide for the terminal, the widest
 * column folds its words, and when that does not help, each cell has a line of its own, after its
 * heading. Not on a terminal: nothing folds. */
#pragma once

#include <stdio.h>

#define TABLE_MAX_COLUMNS 10

struct table {
  int columns, rows;
  unsigned right; /* bit per column set to the right */
  char **cells;   /* rows x columns; row 0 is the heading */
};
/* Starts a table with its row of headings. At most TABLE_MAX_COLUMNS columns. */
void table_init(struct table *t, int columns, const char *const *headings, unsigned right);
/* Adds a row: as many const char * as there are columns, copied; NULL = empty. */
void table_row(struct table *t, ...);
/* Prints the table, every line indented by `indent`. */
void table_print(const struct table *t, FILE *f, int indent);
void table_finish(struct table *t);
