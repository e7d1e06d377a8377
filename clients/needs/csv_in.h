/* csv_in - a spreadsheet's rows as assessment events.
 *
 * One row is one rating: person, date, competence, level, evidence and perhaps by, in any order, found by the names in the first
 * row. Bears with byte-order marks, Windows line ends and Windows-1252, semicolons, tabs, quoted line breaks and blank rows; rows
 * are counted as the spreadsheet shows them. */
#pragma once

#include "input.h"

/* `text` is owned by the caller. 0, or an exit status after saying why. */
int csv_read(struct input *in, const char *text, size_t len, const struct settings *s, const struct sent *before);
#define DEFAULT_SOURCE "needs/csv"
extern const char *const csv_fields[CSV_FIELDS];
