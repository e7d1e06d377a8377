/* titles - job titles that wait for a role: which, how many, and whose. */
#pragma once

#include "people/people.h"

struct pipeline;

/* is theirs in the queue? */
bool title_waits(const struct person *person, const struct catalogue *c, int32_t day);
/* titles in its queue, all schools' */
size_t titles_waiting(struct pipeline *p, const char *authority);
void json_title(struct buf *b, const struct person *person, const struct catalogue *c,
                int32_t day); /* member `title`, if one is asked */
