/* unresolved - needs what nobody has: refused when it is linked, not in the middle of the night
 * when it is called. */
#include "needs_plugin.h"

int nobody_has_this(void *self, const struct needs_host *host, struct needs_ctx *ctx);

NEEDS_EXPORT const struct needs_plugin needs_plugin = {.abi = 0,
                                                       .size = sizeof needs_plugin,
                                                       .name = "bad",
                                                       .version = "1",
                                                       .help = "A plugin for tests",
                                                       .personal_data = NEEDS_STORES_NOTHING,
                                                       .self_size = 1,
                                                       .start = nobody_has_this};
