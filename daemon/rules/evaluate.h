/* evaluate - all rules over one person. Private to the worker. */
#pragma once

#include "rules/engine.h"

struct evaluator {
  struct engine *engine;
  const struct bundle *bundle; /* of the rules, to make the engine anew */
  volatile struct progress *page;
};
/* The outcome lives in `a`. */
void evaluate(struct evaluator *v, const struct facts *facts, int32_t day, bool traced, struct arena *a, struct outcome *ret);
