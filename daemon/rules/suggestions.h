/* suggestions - what to write instead of a name that comes from another language, another
 * spreadsheet or everyday speech.
 *
 * With these rows, the answer to an unknown name says more than that it is unknown. Every row is
 * something that an author has tried. Misspelt names are handled by names.h and lookup.h. The
 * loader and the sandbox ask about names, the decision table about cells and headings. Does not
 * use Lua. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A sentence for a name that does not exist; NULL: there is no row. `object` is need, person,
 * school or cohort, "" for a name of its own, "string." (or "math.", "table.") for Lua's libraries,
 * rule, school_rule or builder for a field of theirs, column for a heading of the decision table.
 * Case matters for none but names of their own. */
const char *suggest_for_name(const char *object, const char *name);

/* The word that a column of the decision table has for this one; NULL: there is no row. */
const char *suggest_for_word(const char *column, const char *word);

/* What is odd about a cell that was not understood: a formula, quotes, values without the
 * separator; NULL: nothing is. */
const char *suggest_for_cell(const char *text, bool several);

/* Of a file that does not compile: what is wrong at the line that Lua names, or before it.
 * `*ret_line` is where that is: in Lua's own line it is certain, before it a guess; 0: the sentence
 * only adds to Lua's `message`. NULL: nothing more can be said. */
const char *suggest_for_syntax(const char *text, size_t len, int line, const char *message,
                               int *ret_line);
