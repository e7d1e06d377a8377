/* person_view - `needs show PERSON` as the person reads it: the cards in order under a line for
 * each group, what waits, what was declined. At most VIEW_LINES lines.
 *
 * Used by show. All that is behind it (needs, reasons with their rules, practicalities one by one)
 * is what show prints with --detail. */
#pragma once

#include <stdbool.h>

#include "json.h"

#define VIEW_LINES 36

/* `answer` is the daemon's to the question `person`. */
void print_person_view(json answer);
/* Each card as one text for a telephone, a line each. */
void print_person_texts(json answer);
/* The recommendation that `which` means: its number in the view, or its id. NULL: there is none.
 * Borrowed. */
json find_card(json answer, const char *which);
/* One recommendation of the answer, whole; `text`: for a telephone. */
void print_person_card(json answer, json recommendation, bool text);
