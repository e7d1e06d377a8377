/* effects - what came of developments, counted once a day and journaled; see effects.c. The set
 * itself is needs/effect.h's. */
#pragma once

#include "needs/effect.h"
#include "pipeline/internal.h"

struct json;

/* from memory, now */
struct effects *effects_count(const struct authority *authority, const struct catalogue *c,
                              int32_t day);
/* of the journal; NULL: it cannot be read */
struct effects *effects_read(const struct json *note, int32_t day);
/* in the place of what was there */
void effects_put(struct authority *authority, struct effects *e_take);
/* the day moves to this one: adds notes */
void effects_of_day(struct pipeline *p, int32_t day);
/* a policy of the authority was published just now */
void effects_of_publication(struct policy_slot *s);
