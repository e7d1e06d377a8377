/* coverage - which conditions of the rules have held and which have not, for `needs rules test`.
 *
 * A condition is a call of `given`, identified by its file, its line and its reason. The reason
 * counts only if it is plain text in the file, because a row of a table is one line with several
 * conditions. A call whose reason is made from facts counts once. api.c records conditions in
 * evaluations that ask for it. The loader's list of calls shows which conditions no evaluation
 * reached. Private to the worker. */
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
/* Records that a condition held or did not. The rule is two frames up the Lua stack. `text` is the
 * reason; NULL unless it is plain text in the file. */
void coverage_note(struct coverage *c, lua_State *L, const char *text, bool holds);
/* Writes [{"file":...,"line":n,"text":...,"held":bool,"failed":bool}] in the order of file, line
 * and text, with the conditions that were never reached. */

void coverage_write(const struct coverage *c, const struct engine *e, struct buf *json);
/* Frees the list. */
void coverage_finish(struct coverage *c);
