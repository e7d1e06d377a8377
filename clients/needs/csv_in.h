/* csv_in - a spreadsheet's rows as events.
 *
 * Four kinds of sheet, known by a mapping or by their headings: ratings (a row a rating), grid (a
 * row a person, a column a competence), staff (a row a post) and certificates. This file turns a
 * sheet into items: it skips what is above, between and below the rows, gives each event its id,
 * and lets corrected rows supersede. sheet_kinds.c says what a row of each kind means. */
#pragma once

#include "input.h"

#define DEFAULT_SOURCE "needs/csv"

/* Turns a sheet into the items of `in`. `text` is UTF-8 and stays the caller's. 0, or an exit
 * status after a message. */
int csv_read(struct input *in, const char *text, size_t len, const struct read_options *how);
