/* lines - paragraphs folded into lines that can be counted before they are printed.
 *
 * Used by card and person_view, which promise a number of lines and a width. What is merely printed
 * goes through print_folded (text.h). */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "text.h"

struct lines {
  char **items; /* each ends without a line end */
  size_t n, room;
};

/* Adds one line as it is. */
void lines_add(struct lines *l, const char *s);
/* Adds `s` folded to `width` columns: `head` before the first line, as many spaces before the
 * others. A word that is wider than a line is cut. */
void lines_fold(struct lines *l, const char *head, const char *s, int width);
/* Leaves the first `most` lines from `first` on; where lines go, " ..." ends the last one. */
void lines_cut(struct lines *l, size_t first, size_t most, int width);
void lines_print(const struct lines *l, FILE *f);
void lines_finish(struct lines *l);

/* The bytes of `s` that fit into `columns`, in whole characters. */
size_t text_fits(const char *s, size_t len, int columns);
/* How many characters the text has: what a message to a telephone counts. */
size_t text_characters(const char *s);
