/* bytecode - reads a compiled rule file, so that what would fail or keep state is refused before it
 * runs.
 *
 * Looks at what the compiler made of the text, not at the text: there is one way to write a
 * variable of an outer function in bytecode, and many in Lua. What the findings mean is the
 * loader's business. */
#pragma once

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

struct bytecode_visitor { /* what is NULL is not asked for */
  void *arg;
  /* code that keeps state, or takes `...` */
  void (*refused)(void *arg, int line, const char *what);
  /* every text in the file */
  void (*literal)(void *arg, const char *text, size_t len);
  /* a global name is read */
  void (*global)(void *arg, int line, const char *name);
  /* need.gap, person:holds, in when and recommend: by place */
  void (*member)(void *arg, int line, const char *object, const char *name);
  /* Instead of literal: a text that is longer than `longest` or has a zero byte in it, which is
   * slow to compare; the chunk must not run. */
  size_t longest;
  void (*unfit)(void *arg, int line, const char *text, size_t len);
  /* Beside literal: a text that holds a character which does not print, other than a line end or a
   * tab; as U+202E. */
  void (*hidden)(void *arg, int line, const char *character);
  /* The same, and in functions beside them, where a name or the parameter's name says what it is.
   */
  void (*read)(void *arg, int line, const char *object, const char *name);
  /* person:wishes("role", "HLTA"), effect("coaching") (object ""): the first two arguments; NULL
   * where one is no plain text. */
  void (*arguments)(void *arg, int line, const char *object, const char *method,
                    const char *const texts[2]);
  /* need.from == "wish", or ~= */
  void (*compared)(void *arg, int line, const char *object, const char *name, const char *text);
  /* person.minutes < 15 and the like: with a whole number from -127 to 128 */
  void (*counted)(void *arg, int line, const char *object, const char *name, int n);
  /* A field of a table that is handed to a global function: shadowing { weeks = 2 }. `value` is
   * NULL unless it is a plain text.
   */
  void (*field)(void *arg, int line, const char *function, const char *name, const char *value);
  /* given(condition, otherwise "text"), where it is called; `text` is NULL unless it is a plain
   * text. */
  void (*condition)(void *arg, int line, const char *text, bool reasoned);
  /* what a global function returns is neither used nor returned */
  void (*dropped)(void *arg, int line, const char *function);
  /* otherwise "text" where a condition stands */
  void (*stray_reason)(void *arg, int line);
  void (*returned_more)(void *arg, int line, bool of_when); /* when or recommend: return a, b */
};

/* Visits the function on top of the stack and all functions in it. False if the Lua library writes
 * bytecode that this file does not know. */
bool bytecode_visit(lua_State *L, const struct bytecode_visitor *visitor);
