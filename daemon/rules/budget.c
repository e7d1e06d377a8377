/* budget - counts instructions and bytes. budget.h says why it uses no clock.
 *
 * If malloc fails, the process has reached its own limit, which says nothing about the rule. The
 * process then ends and the daemon sends the job again. Only the counts can make a rule fail. */
#include "rules/budget.h"

#include <lauxlib.h>
#include <stdlib.h>

#include "rules/engine.h"

#define STRING_HEADER 32 /* more than Lua puts before the bytes of a text */

const struct budget_limits budget_of_run = {
    .instructions = 500000, .kept = 4u << 20, .taken = 128u << 20, .text = BUDGET_TEXT};
const struct budget_limits budget_of_loading = {
    .instructions = 5000000, .kept = 32u << 20, .taken = 256u << 20, .text = BUDGET_TEXT};
const struct budget_limits budget_of_compiling = {.instructions = 5000000,
                                                  .kept = 32u << 20,
                                                  .taken = 256u << 20,
                                                  .text = SIZE_MAX - STRING_HEADER};

struct budget *budget_of(lua_State *L) {
  return &engine_of(L)->budget;
}

void budget_arm(struct budget *b, const struct budget_limits *limits) {
  uint64_t in_use = b->in_use;
  *b = (struct budget){.limits = limits, .in_use = in_use, .in_use_before = in_use};
}

void budget_disarm(struct budget *b) {
  b->limits = NULL;
}

bool budget_strained(const struct budget *b) {
  const struct budget_limits *l = &budget_of_run;
  return b->over == BUDGET_MEMORY || b->kept > l->kept / 2 || b->taken > l->taken / 2;
}

static bool over_memory(struct budget *b, const char *why) {
  if (b->over == BUDGET_WITHIN) {
    b->over = BUDGET_MEMORY;
    b->why = why;
  }
  return false;
}

static bool count_bytes(struct budget *b, uint64_t more) {
  b->taken += more;
  uint64_t grown = 0;
  if (b->in_use + more > b->in_use_before)
    grown = b->in_use + more - b->in_use_before;
  if (grown > b->kept)
    b->kept = grown;

  if (b->kept > b->limits->kept)
    return over_memory(b, "more memory than 4 MiB at a time");
  if (b->taken > b->limits->taken)
    return over_memory(b, "more memory than 128 MiB in all");
  return true;
}

/* Growth only. Lua collects and asks again when it hears no: over is sticky, so that the second
 * answer is no as well. */
static bool may_grow(struct budget *b, const void *old, size_t old_type_or_size, size_t more,
                     size_t size) {
  if (!b->limits)
    return true;
  if (b->over == BUDGET_MEMORY)
    return false;

  bool text = !old && (old_type_or_size == LUA_TSTRING);
  if (text && size > b->limits->text + STRING_HEADER)
    return over_memory(b, "a text longer than 240 bytes");
  return count_bytes(b, more);
}

/* Lua's hash seed is made from the address of a state, among others, and decides when tables grow,
 * which `#` of a list with holes shows. So states live at fixed places: the first of an engine, the
 * second of the one that is made anew beside it. */
#define HOME_BYTES 4096
static _Alignas(64) unsigned char homes[2][HOME_BYTES];
static bool home_taken[2];

static void *home_for(size_t size) {
  for (int i = 0; size <= HOME_BYTES && i < 2; i++)
    if (!home_taken[i]) {
      home_taken[i] = true;
      return homes[i];
    }

  return NULL;
}

static bool home_leave(const void *p) {
  for (int i = 0; i < 2; i++)
    if (p == homes[i]) {
      home_taken[i] = false;
      return true;
    }

  return false;
}

void *budget_alloc(void *ud, void *old, size_t old_size, size_t size) {
  struct budget *b = ud;
  size_t had = 0;

  if (old)
    had = old_size;

  if (size == 0) {
    b->in_use -= had;
    if (!home_leave(old))
      free(old);
    return NULL;
  }
  if (size > had && !may_grow(b, old, old_size, size - had, size))
    return NULL;

  /* the first thing in a heap is the state itself */
  void *p = NULL;
  if (!old && b->in_use == 0)
    p = home_for(size);
  if (!p)
    p = realloc(old, size);
  if (!p)
    abort();

  b->in_use = b->in_use - had + size;

  return p;
}

static _Noreturn void refuse(lua_State *L, const struct budget *b) {
  if (b->over == BUDGET_MEMORY)
    luaL_error(L, "%s", b->why);
  luaL_error(L, "too many instructions");
  abort();
}

static void count_instructions(lua_State *L, uint64_t n) {
  struct budget *b = budget_of(L);
  if (!b->limits)
    return;

  b->instructions += n;
  if (b->over == BUDGET_WITHIN && b->instructions > b->limits->instructions)
    b->over = BUDGET_INSTRUCTIONS;
  if (b->over != BUDGET_WITHIN)
    refuse(L, b);
}

static void on_count(lua_State *L, lua_Debug *ar) {
  (void)ar;
  count_instructions(L, BUDGET_STEP);
}

void budget_watch(lua_State *L) {
  lua_sethook(L, on_count, LUA_MASKCOUNT, BUDGET_STEP);
}

void budget_charge(lua_State *L, uint64_t instructions) {
  count_instructions(L, instructions);
}

void budget_charge_bytes(lua_State *L, uint64_t bytes) {
  struct budget *b = budget_of(L);
  if (!b->limits)
    return;

  b->taken += bytes;
  if (b->taken > b->limits->taken)
    budget_refuse_memory(L, "more memory than 128 MiB in all");
}

void budget_refuse_memory(lua_State *L, const char *why) {
  struct budget *b = budget_of(L);
  over_memory(b, why);
  refuse(L, b);
}
