/* literals - checks words that a rule contains as plain text, such as person:wishes("role",
 * "HLTA") or need.from == "wish".
 *
 * bytecode.c finds them; loader.c asks here what is wrong with them. Does not use Lua. */
#pragma once

#include "base/mem.h"
#include "catalogue/catalogue.h"

struct literals {
  const struct catalogue *catalogue;
  struct arena *arena;
  void (*wrong)(void *arg, int line, const char *text);
  void *arg;
};
/* The first two arguments of a method, or of a function (object ""); NULL where one is no plain
 * text. */
void literals_arguments(const struct literals *l, int line, const char *object, const char *method,
                        const char *const texts[2]);
void literals_compared(const struct literals *l, int line, const char *object, const char *name,
                       const char *text);
