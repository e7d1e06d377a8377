/* questions - what the loop does for the questions that wait for a worker. They are asked through
 * pipeline.h, and none changes anything.
 *
 * person.c     of one person; overview.c of many; status.c of what is served
 * explain.c    why, rule by rule
 * why.c        why in short, and the nearest way in: change.c what to try, reasons.c how it is told
 * verify.c     the journal once more
 * members.c    their small words; responses.c what people answered; titles.c job titles that wait
 *
 * On the rules that serve, for anybody who asks, the room register/ answers. */
#pragma once

#include "pipeline/internal.h"

bool verify_step(struct pipeline *p); /* true while there is more of the journal to fold */
/* A pair's worker is gone: whoever waits for it is told to ask again. */
void verification_drop(struct pipeline *p, const struct policy *policy);
void explanations_drop(struct pipeline *p, const struct policy *policy);
void whys_drop(struct pipeline *p, const struct policy *policy);
