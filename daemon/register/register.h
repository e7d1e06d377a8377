/* register - what the loop does for the register while it is put together. It is asked for through
 * pipeline.h. */
#pragma once

#include "pipeline/internal.h"

bool register_step(struct pipeline *p); /* true while there is more to read or to count */
void register_drop(struct pipeline *p);
