/* evaluate - runs all rules for one person or one school. Called by worker.c. Private to the
 * worker. */
#pragma once

#include "rules/coverage.h"
#include "rules/engine.h"

struct evaluator {
  struct engine *engine;
  const struct bundle *bundle; /* of the rules, to make a new engine */
  volatile struct progress *page;
  struct coverage coverage; /* of all evaluations that asked for it */
};
/* The outcome lives in `a`. `how`: EXCHANGE_TRACE, EXCHANGE_COVER. */
void evaluate(struct evaluator *v, const struct facts *facts, int32_t day, unsigned how,
              struct arena *a, struct outcome *ret);
