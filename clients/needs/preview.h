/* preview - prints how the first rows of a file are understood. Used by push and map. */
#pragma once

#include "input.h"

struct text;
/* on standard output; JSON: every event, a line each */
void preview_print(const struct input *in, bool json);
/* Rows dated so late that the daemon refuses them, unless its own day is later: named on standard
 * error, and counted. */
size_t preview_late(const struct input *in);
void preview_rows(const struct input *in, const char *before,
                  struct text *out); /* the first rows, a line each, each after `before` */
