/* truncated - claims to be as large as a plugin and is not: a reader that believed it would read
 * what lies behind. */
#include "needs_plugin.h"

NEEDS_EXPORT const struct { uint32_t abi, size; } needs_plugin = {0, sizeof(struct needs_plugin)};
