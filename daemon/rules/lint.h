/* hint - what is most likely a slip in the text of a rule file, though nothing forbids it.
 *
 * The text of a `given` is shown when its condition does NOT hold, and the classic slip is to say
 * the condition once more: given(need.gap == 1, otherwise "the gap is one level"). Looks at the
 * words of the source; without Lua. Called by the loader. */
#pragma once

#include <stddef.h>

/* Calls `said` for each given whose text seems to say the same as its condition. */
void hint_givens(const char *text, size_t len,
                 void (*said)(void *arg, int line, const char *sentence, size_t n), void *arg);
