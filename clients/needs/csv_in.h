/* csv_in - a spreadsheet's rows as events.
 *
 * Four kinds of sheet, known by a mapping or by their headings: ratings (a row a rating), grid (a
 * row a person, a column a competence), staff (a row a post) and certificates. Here a sheet becomes
 * items: what stands above, between and below the rows is stepped over, each event gets its id,
 * corrected rows supersede. What each kind's row says is in sheet_kinds.c. */
#pragma once

#include "input.h"

#define DEFAULT_SOURCE "needs/csv"

/* `text` (UTF-8) is owned by the caller. 0, or an exit status after saying why. */
int csv_read(struct input *in, const char *text, size_t len, const struct reading *how);
