/* csv - a spreadsheet's bytes as rows of cells, with the row numbers that a spreadsheet shows.
 *
 * Reads what spreadsheet programs really write: a byte-order mark, UTF-16, Windows-1252, semicolons
 * or tabs for commas, a leading "sep=;" line, CRLF or CR line ends, line breaks inside quotes,
 * blank lines, empty columns at the right, non-breaking blanks. What it cannot read is a fault that
 * names the row and says what to change; reading goes on at the next line. Knows nothing of what
 * the columns mean: that is tables.c and load.c. */
#pragma once

#include "base/mem.h"
#include "catalogue/catalogue.h"

struct csv_row {
  /* as a spreadsheet numbers it; the heading is 1 unless blank lines come first */
  int32_t line;
  const char **cell; /* one a column of the heading; "" where there is none; trimmed; never NULL */
};
struct csv_sheet {
  const char *name;    /* for faults: "national/units.csv" */
  const char **column; /* headings in lower case, spaces as '_'; "" where a column has none */
  uint32_t n_columns;
  int32_t heading_line;
  struct csv_row *rows; /* without blank ones */
  uint32_t n_rows;
};

/* Everything lives in `a`, `name` included. False when nothing could be read at all (faults say
 * why). */
bool csv_read(struct csv_sheet *ret, const char *name, const void *text, size_t len,
              struct arena *a, struct fault_list *faults);
