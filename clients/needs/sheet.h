/* sheet - splits a text table into rows of cells.
 *
 * Commas, semicolons, tabs or pipes, quoted line breaks, any line ends. Blank rows are left out,
 * but rows keep the numbers that the spreadsheet shows. A broken quote costs its row and no more.
 * What cells mean is elsewhere. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define SHEET_WIDEST 512
#define SHEET_LONGEST 131072 /* bytes of a cell; spreadsheets stop at 32,767 characters */

struct sheet_row {
  size_t place; /* as the spreadsheet counts, from 1 */
  char **cells; /* trimmed, UTF-8 */
  int n;
  const char *broken; /* why it could not be taken apart; then it has the cells before the fault */
};
struct sheet {
  struct sheet_row *rows;
  size_t n, cap;
  int widest;
};
/* Splits `text` (UTF-8, which stays the caller's) into rows. Finish it with sheet_finish. */
void sheet_read(struct sheet *s, const char *text, size_t len);
/* The text of a cell; "" beyond the end of the row. Borrowed. */
const char *sheet_cell(const struct sheet_row *r, int column);
/* How many cells are not empty. */
int sheet_filled(const struct sheet_row *r);
/* The text of a footer, such as a total or a single note below the table; NULL for a row of the
 * table. Borrowed. */
const char *sheet_footer(const struct sheet_row *row, int person_column);
void sheet_finish(struct sheet *s);
