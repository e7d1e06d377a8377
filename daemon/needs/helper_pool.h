/* helper_pool - who in a school can help with what: colleagues that are able (level), free
 * (capacity) and willing (consent), by competence and kind.
 *
 * One pool a school, made from the facts of those who offered help. A development that somebody has
 * agreed to takes one of the helper's places, in the order of the agreements. The pipeline makes it
 * again when a helper's facts or the day change. Only if the new pool differs does it evaluate the
 * school's people again. Rules see of it a bit a kind, never who, how many or at what level; the
 * recommendation names one who agreed to help. */
#pragma once

#include "people/people.h"

struct colleague;
struct helper_pool;
struct helper_pool *helper_pool_create(const struct school *school, const struct catalogue *c,
                                       int32_t day);
void helper_pool_destroy(struct helper_pool *b);
/* Do both say the same of everybody? NULL is an empty pool. */
bool helper_pool_same(const struct helper_pool *a, const struct helper_pool *b);
/* next day on which it may change by itself */
int32_t helper_pool_next_change_day(const struct helper_pool *b);
/* Bits of helper_kind for `competence` (index): who has a place left, or whose place is this
 * person's already. Their own offer is left out. */
uint8_t helper_pool_helpers(const struct helper_pool *b, uint32_t competence,
                            const struct person *except);
/* Who they are, by subject, in memory of the arena. */
uint32_t helper_pool_colleagues(const struct helper_pool *b, uint32_t competence,
                                const struct person *except, struct arena *a,
                                const struct colleague **ret);
/* Has this person ever offered help, or answered a recommendation (in any live or dead statement)?
 * Only then can their facts move the pool. */
bool helper_pool_concerns(const struct person *p);
