/* titles - job titles that wait for a role: which, how many, and whose. */
#pragma once

#include "pipeline.h"

bool title_waits(const struct person *person, const struct catalogue *c, int32_t day); /* is theirs in the queue? */
size_t titles_waiting(struct pipeline *p, const char *authority);                      /* titles in its queue, all schools' */
void json_title(struct buf *b, const struct person *person, const struct catalogue *c,
                int32_t day); /* member `title`, if one is asked */
