/* lint - finds probable slips in the text of a rule file.
 *
 * The reason of a `given` is shown when its condition does NOT hold. The usual slip is to repeat
 * the condition: given(need.gap == 1, otherwise "the gap is one level"). This file looks at the
 * words of the source and does not use Lua. Called by loader.c. */
#pragma once

#include <stddef.h>

/* Calls `said` for each given whose text seems to say the same as its condition. */
void lint_givens(const char *text, size_t len,
                 void (*said)(void *arg, int line, const char *sentence, size_t n), void *arg);
