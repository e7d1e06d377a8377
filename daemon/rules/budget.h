/* budget - what a run of Lua code may cost, counted and never timed.
 *
 * Instructions come from the count hook and from what library functions charge; bytes come from the
 * allocator. Both are functions of the code and its input alone, so a run over its budget fails the
 * same way every time. A budget is sticky: once over, every further instruction or growth is
 * refused, and rules have nothing to catch an error with.
 *
 * The allocator belongs to one lua_State for life. Outside of armed runs it only keeps count. */
#pragma once

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUDGET_STEP 100 /* instructions between two looks of the hook */
/* The longest text that a rule can make. Short, because the library reads a text as a number, as in
 * `for i = 1, text`, between two looks of the hook: 100,000 of these must stay well below the
 * daemon's deadline. */
#define BUDGET_TEXT ((size_t)240)

enum budget_over {
  BUDGET_WITHIN,
  BUDGET_INSTRUCTIONS,
  BUDGET_MEMORY
};

struct budget_limits {
  uint64_t instructions;
  uint64_t kept;  /* growth of the heap */
  uint64_t taken; /* all bytes ever allocated, freed or not */
  size_t text;    /* the longest text */
};
/* Compiling takes texts of any length: they are judged before the chunk runs, each with its line.
 */
extern const struct budget_limits budget_of_run, budget_of_loading, budget_of_compiling;

struct budget {
  const struct budget_limits *limits; /* NULL = not armed */
  enum budget_over over;
  const char *why; /* with BUDGET_MEMORY: what was too much */
  uint64_t instructions, kept, taken;
  uint64_t in_use, in_use_before;
};

/* Starts counting from zero against `limits`, which it borrows until budget_disarm. */
void budget_arm(struct budget *b, const struct budget_limits *limits);
/* Ends the enforcement of limits. The figures can still be read. */
void budget_disarm(struct budget *b);
/* Whether the run used more than half of a memory budget. Garbage of earlier runs could then have
 * decided how it ended. */
bool budget_strained(const struct budget *b);

/* The allocator for lua_newstate; `budget` is a struct budget. NULL when the memory is refused. */
void *budget_alloc(void *budget, void *old, size_t old_size, size_t size);
/* Sets the hook that counts the instructions of this Lua thread. */
void budget_watch(lua_State *L);

/* Counts the work of a library function as so many instructions. Raises a Lua error when over. */
void budget_charge(lua_State *L, uint64_t instructions);
/* Counts bytes kept outside the Lua heap for a rule. Raises a Lua error when over. */
void budget_charge_bytes(lua_State *L, uint64_t bytes);
/* Marks the memory budget as spent and raises a Lua error. `why` is borrowed. */
_Noreturn void budget_refuse_memory(lua_State *L, const char *why);

/* Every lua_State made by the engine keeps its struct engine here. */
struct engine;
struct budget *budget_of(lua_State *L);
