/* routes - goals and the way to each, as `ask person` and `ask routes` say them. */
#pragma once

#include "needs/route.h"
#include "pipeline/internal.h"

/* Where the person stands on the daemon's day; `facts` as facts_of filled them. */
struct standing standing_today(const struct pipeline *p, const struct person *person,
                               const struct catalogue *c, const struct facts *facts,
                               struct arena *a);
/* member `next_due`: when the first of what law or safety asks of the post, and is met, runs out */
void json_next_due(struct buf *b, struct standing *s);
/* member `goals`: the roles and qualifications that the person wishes for */
void json_goals(struct buf *b, struct standing *s);
