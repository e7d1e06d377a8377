/* cover - which conditions of the rules have been seen to hold, and which not to hold, for `needs
 * rules test`.
 *
 * A condition is a call of `given`: its file and line, and its reason where that stands in the file
 * as a plain text (a table's row is one line with several conditions). A reason that is made from
 * facts is no part of it, so that such a call counts once. Noted by api.c in evaluations that ask
 * for it; what no evaluation reached is known from the loader's list of calls. Private to the
 * worker. */
#pragma once

#include <lua.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/mem.h"

struct engine;
struct condition {
  const char *file, *text; /* text NULL: none, or made from facts */
  int line;
  bool held, failed;
};
struct coverage {
  struct arena arena;
  struct condition *items;
  size_t n, cap;
};
/* The caller's caller is the rule. `text` as given, NULL unless it is a plain text of the file. */
void coverage_note(struct coverage *c, lua_State *L, const char *text, bool holds);
/* [{"file":...,"line":n,"text":...,"held":bool,"failed":bool}], by file, line and text; those never
 * reached are in it too. */
void coverage_write(const struct coverage *c, const struct engine *e, struct buf *json);
void coverage_finish(struct coverage *c);
