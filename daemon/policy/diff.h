/* diff - what the loop does for diffs that run. What they find is asked through pipeline.h. */
#pragma once

#include "pipeline/internal.h"

bool diff_step(struct pipeline *p);  /* true while there is more to hand to workers at once */
void diffs_drop(struct pipeline *p); /* the daemon stops; after candidates_drop */
