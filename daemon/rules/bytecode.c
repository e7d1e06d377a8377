/* bytecode - the dump format of Lua 5.4, read back.
 *
 * The bytes come from lua_dump of the library we are linked with, never from outside; they are read
 * with the same care all the same. A dump whose header or shape is not the expected one refuses
 * every rule file rather than letting it pass unread.
 *
 * Format (lundump.c): header; count of upvalues; function. A function is source, lines, parameters,
 * code, constants, upvalues, inner functions, then debug rows. Numbers are base 128, most
 * significant first, the last byte marked. */
#include "rules/bytecode.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/code.h"
#include "base/mem.h"
#include "rules/names.h"

/* The few instructions that matter here (lopcodes.h of 5.4). */
enum {
  OP_LOADK = 3,
  OP_GETUPVAL = 9,
  OP_SETUPVAL = 10,
  OP_GETTABUP = 11,
  OP_GETTABLE = 12,
  OP_GETFIELD = 14,
  OP_SETTABUP = 15,
  OP_SETTABLE = 16,
  OP_SETFIELD = 18,
  OP_SELF = 20,
  OP_JMP = 56,
  OP_EQK = 60,
  OP_EQI = 61,
  OP_GEI = 65,
  OP_TEST = 66,
  OP_TESTSET = 67,
  OP_CALL = 68,
  OP_TAILCALL = 69,
  OP_RETURN = 70,
  OP_RETURN1 = 72,
  OP_CLOSURE = 79,
  OP_VARARG = 80,
  OP_EXTRAARG = 82,
  OP_LAST = 82
};
#define OP(i) ((i)&0x7fu)
#define A(i) ((i) >> 7 & 0xffu)
#define K(i) ((i) >> 15 & 1u)
#define B(i) ((i) >> 16 & 0xffu)
#define C(i) ((i) >> 24 & 0xffu)
#define BX(i) ((i) >> 15)
#define SJ(i) ((int)((i) >> 7) - 16777215)
#define SB(i) ((int)B(i) - 127)

enum {
  TYPE_NIL = 0x00,
  TYPE_FALSE = 0x01,
  TYPE_TRUE = 0x11,
  TYPE_INTEGER = 0x03,
  TYPE_FLOAT = 0x13,
  TYPE_SHORT = 0x04,
  TYPE_LONG = 0x14
};

struct text {
  const char *s; /* NULL: no text */
  size_t len;
};
struct abs_line {
  int pc, line;
};
struct local {
  struct text name;
  int from, to;
};
enum rule_kind {
  OF_NO_RULE,
  OF_RULE,
  OF_SCHOOL_RULE
};
struct function {
  bool is_main, is_vararg;
  enum rule_kind of_rule; /* whose when or recommend it is */
  bool is_when;
  int line, n_params;
  const unsigned char *code, *lines; /* 4 bytes an instruction; a byte of difference each */
  int n_code, n_lines, n_constants, n_upvalues, n_inner, n_abs, n_locals, n_names;
  /* constants that are no texts have s == NULL; names of upvalues */
  struct text *constants, *names;
  struct abs_line *abs;
  struct local *locals;
  struct function *inner;
};

struct dump {
  struct reader r;
  struct arena *arena;
};

/* --- reading --- */

static const unsigned char *take(struct dump *d, size_t n) {
  const unsigned char *p = d->r.p;
  if (d->r.bad || (size_t)(d->r.end - p) < n) {
    d->r.bad = true;
    return NULL;
  }

  d->r.p += n;

  return p;
}

static size_t read_size(struct dump *d) {
  size_t x = 0;

  for (int i = 0; i < 10; i++) {
    uint8_t byte = read_u8(&d->r);
    x = x << 7 | (byte & 0x7f);
    if (byte & 0x80)
      return x;
    if (d->r.bad)
      break;
  }

  d->r.bad = true;

  return 0;
}

static int read_int(struct dump *d) {
  size_t x = read_size(d);
  if (x > INT32_MAX)
    d->r.bad = true;

  if (d->r.bad)
    return 0;
  return (int)x;
}

/* A count of things that take `least` bytes or more each. */
static int read_count(struct dump *d, size_t least) {
  int n = read_int(d);
  if (least > 0 && (size_t)n > (size_t)(d->r.end - d->r.p) / least)
    d->r.bad = true;

  if (d->r.bad)
    return 0;
  return n;
}

static struct text read_text(struct dump *d) {
  size_t size = read_size(d);
  if (size == 0)
    return (struct text){0};

  const unsigned char *p = take(d, size - 1);
  if (!p)
    return (struct text){0};
  return (struct text){arena_strndup(d->arena, (const char *)p, size - 1), size - 1};
}

static void read_constants(struct dump *d, struct function *f) {
  f->n_constants = read_count(d, 1);
  f->constants = arena_alloc(d->arena, (size_t)f->n_constants * sizeof *f->constants);

  for (int i = 0; i < f->n_constants && !d->r.bad; i++) {
    uint8_t type = read_u8(&d->r);
    if (type == TYPE_SHORT || type == TYPE_LONG)
      f->constants[i] = read_text(d);
    else if (type == TYPE_INTEGER || type == TYPE_FLOAT)
      take(d, 8);
    else if (type != TYPE_NIL && type != TYPE_FALSE && type != TYPE_TRUE)
      d->r.bad = true;
  }
}

static void read_debug(struct dump *d, struct function *f) {
  f->n_lines = read_count(d, 1);
  f->lines = take(d, (size_t)f->n_lines);
  f->n_abs = read_count(d, 2);
  f->abs = arena_alloc(d->arena, (size_t)f->n_abs * sizeof *f->abs);

  for (int i = 0; i < f->n_abs; i++) {
    f->abs[i].pc = read_int(d);
    f->abs[i].line = read_int(d);
  }

  f->n_locals = read_count(d, 3);
  f->locals = arena_alloc(d->arena, (size_t)f->n_locals * sizeof *f->locals);

  for (int i = 0; i < f->n_locals; i++) {
    f->locals[i].name = read_text(d);
    f->locals[i].from = read_int(d);
    f->locals[i].to = read_int(d);
  }

  f->n_names = read_count(d, 1);
  f->names = arena_alloc(d->arena, (size_t)f->n_names * sizeof *f->names);
  for (int i = 0; i < f->n_names; i++)
    f->names[i] = read_text(d);
}

/* Functions nest at most as deep as the compiler's own limit, 200. */
static void read_function(struct dump *d, struct function *f) {
  read_text(d);
  f->line = read_int(d);
  read_int(d);
  f->n_params = read_u8(&d->r);
  f->is_vararg = read_u8(&d->r) != 0;
  read_u8(&d->r);
  f->n_code = read_count(d, 4);
  f->code = take(d, (size_t)f->n_code * 4);
  read_constants(d, f);
  f->n_upvalues = read_count(d, 3);
  take(d, (size_t)f->n_upvalues * 3);
  f->n_inner = read_count(d, 8);
  f->inner = arena_alloc(d->arena, (size_t)f->n_inner * sizeof *f->inner);
  for (int i = 0; i < f->n_inner && !d->r.bad; i++)
    read_function(d, &f->inner[i]);

  read_debug(d, f);
  if (f->n_lines != f->n_code || f->n_names != f->n_upvalues)
    d->r.bad = true;
}

static bool read_header(struct dump *d) {
  static const unsigned char start[] = "\x1bLua\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08";
  const unsigned char *p = take(d, sizeof start - 1);
  if (!p || memcmp(p, start, sizeof start - 1) != 0)
    return false;

  take(d, 16); /* an integer and a number, in the machine's own form */
  read_u8(&d->r);

  return !d->r.bad;
}

/* --- looking --- */

static uint32_t code_at(const struct function *f, int pc) {
  uint32_t i;
  memcpy(&i, f->code + (size_t)pc * 4, 4);
  return i;
}

static int line_at(const struct function *f, int pc) {
  int line = f->line;

  for (int i = 0; i <= pc; i++) {
    if ((signed char)f->lines[i] != -128) {
      line += (signed char)f->lines[i];
      continue;
    }

    for (int k = 0; k < f->n_abs; k++)
      if (f->abs[k].pc == i)
        line = f->abs[k].line;
  }

  return line;
}

static const char *constant(const struct function *f, uint32_t i) {
  if (i < (uint32_t)f->n_constants)
    return f->constants[i].s;
  return NULL;
}

static const char *upvalue(const struct function *f, uint32_t i) {
  const char *name = NULL;
  if (i < (uint32_t)f->n_names)
    name = f->names[i].s;

  if (name)
    return name;
  return "?";
}

/* What a register of when or recommend holds, by its place, whatever the parameter is called; NULL
 * if it is no parameter. */
static const char *parameter(const struct function *f, uint32_t reg) {
  static const char *const handed[][3] = {
      [OF_RULE] = {"need", "person", "school"}, [OF_SCHOOL_RULE] = {"cohort", "school", NULL}};
  if (f->of_rule && reg < (uint32_t)f->n_params && reg < ARRAY_LEN(handed[0]))
    return handed[f->of_rule][reg];
  return NULL;
}

/* The name of the local variable that a register holds; NULL if it is none. */
static const char *local_in(const struct function *f, int pc, uint32_t reg) {
  for (int i = 0; i < f->n_locals && f->locals[i].from <= pc; i++)
    if (pc < f->locals[i].to && reg-- == 0)
      return f->locals[i].name.s;
  return NULL;
}

static bool is_env(const struct function *f, uint32_t up) {
  return strcmp(upvalue(f, up), "_ENV") == 0;
}

static bool has_register(uint32_t code) {
  return OP(code) != OP_JMP && OP(code) != OP_EXTRAARG;
}

struct look {
  const struct bytecode_visitor *v;
  const struct function *f;
  struct arena *arena;
  int pc;
  uint32_t code;
};

static void refuse(const struct look *l, const char *fmt, const char *name) {
  char text[512];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  snprintf(text, sizeof text, fmt, name);
#pragma GCC diagnostic pop
  if (l->v->refused)
    l->v->refused(l->v->arg, line_at(l->f, l->pc), text);
}

#define KEEPS_STATE                                                                                \
  "'%s' is changed by a function; rules keep no state between evaluations (use a local inside "    \
  "when or recommend)"

/* --- a constant beyond the 255th does not fit into an instruction that uses it: it is loaded into
 * a register first --- */

/* The instruction before `pc` that a register's value comes from; 0 if there is none. */
static uint32_t comes_from(const struct function *f, int pc, uint32_t reg) {
  while (pc-- > 0) {
    uint32_t i = code_at(f, pc);
    if (has_register(i) && A(i) == reg)
      return i;
  }

  return 0;
}

static const char *text_in(const struct function *f, int pc, uint32_t reg) {
  uint32_t i = comes_from(f, pc, reg);
  if (OP(i) == OP_LOADK)
    return constant(f, BX(i));
  return NULL;
}

static bool env_in(const struct function *f, int pc, uint32_t reg) {
  uint32_t i = comes_from(f, pc, reg);
  return OP(i) == OP_GETUPVAL && is_env(f, B(i));
}

/* The global name that the instruction reads; NULL if it reads none. */
static const char *global_at(const struct function *f, int pc) {
  uint32_t i = code_at(f, pc);
  if (OP(i) == OP_GETTABUP) {
    if (is_env(f, B(i)))
      return constant(f, C(i));
    return NULL;
  }
  if (OP(i) == OP_GETTABLE && env_in(f, pc, B(i)))
    return text_in(f, pc, C(i));
  return NULL;
}

/* The name of the field that the instruction sets; NULL if it sets none by name. */
static const char *field_at(const struct function *f, int pc) {
  uint32_t i = code_at(f, pc);
  if (OP(i) == OP_SETFIELD)
    return constant(f, B(i));
  if (OP(i) == OP_SETTABLE)
    return text_in(f, pc, B(i));
  return NULL;
}

static void refuse_global(const struct look *l, const char *name) {
  refuse(l,
         "the global name '%s' is set; put 'local' before it (rules keep no state between "
         "evaluations)",
         name ? name : "?");
}

static void look_settable(const struct look *l) {
  if (env_in(l->f, l->pc, A(l->code)))
    refuse_global(l, text_in(l->f, l->pc, B(l->code)));
}

static void look_setupval(const struct look *l) {
  refuse(l, KEEPS_STATE, upvalue(l->f, B(l->code)));
}

static void look_settabup(const struct look *l) {
  if (!is_env(l->f, A(l->code)))
    refuse(l, KEEPS_STATE, upvalue(l->f, A(l->code)));
  else
    refuse_global(l, constant(l->f, B(l->code)));
}

static bool is_local(const struct function *f, int pc, uint32_t reg) {
  return local_in(f, pc, reg) != NULL;
}

/* Where the function in a temporary register is called, from `pc` on; -1 if it is not, but kept or
 * handed on. */
static int call_of(const struct function *f, int pc, uint32_t reg) {
  if (is_local(f, pc, reg))
    return -1;

  for (; pc < f->n_code; pc++) {
    uint32_t i = code_at(f, pc);
    bool call = OP(i) == OP_CALL || OP(i) == OP_TAILCALL;
    if (call && A(i) == reg)
      return pc;
    if ((call && A(i) < reg) || (has_register(i) && A(i) == reg))
      return -1;
  }

  return -1;
}

/* From a global function fetched into a register to its call: the fields of the table made as its
 * only argument. */
static void look_fields(const struct look *l, const char *function) {
  uint32_t reg = A(l->code);
  int end = call_of(l->f, l->pc + 1, reg);
  for (int pc = l->pc + 1; pc < end; pc++) {
    uint32_t i = code_at(l->f, pc);
    const char *name = NULL, *value = NULL;

    if (A(i) == reg + 1)
      name = field_at(l->f, pc);
    if (K(i))
      value = constant(l->f, C(i));

    if (name && l->v->field)
      l->v->field(l->v->arg, line_at(l->f, pc), function, name, value);
  }
}

/* The plain text of `otherwise "text"` among the arguments. */
static const char *reason_between(const struct function *f, int pc, int end) {
  for (; pc + 1 < end; pc++) {
    uint32_t i = code_at(f, pc), next = code_at(f, pc + 1);
    const char *name = global_at(f, pc);
    if (!name || strcmp(name, "otherwise") != 0)
      continue;
    if (OP(next) == OP_LOADK && A(next) == A(i) + 1)
      return constant(f, BX(next));
    return NULL;
  }

  return NULL;
}

/* How many values from a register on an instruction takes, by its B; 0 there means up to those of
 * the call before it: then the least number that can come. */
static uint32_t values_at(const struct function *f, int pc, uint32_t first) {
  uint32_t b = B(code_at(f, pc)), before = 0;

  if (b > 0)
    return b - 1;

  if (pc > 0)
    before = code_at(f, pc - 1);
  if (A(before) >= first)
    return A(before) - first + 1;
  return 0;
}

/* What a register is likely to hold in a function beside a rule: what the variable is called. */
static const char *named_so(const struct function *f, int pc, uint32_t reg) {
  static const char *const objects[] = {"need", "person", "school", "cohort"};
  const char *name = local_in(f, pc, reg);
  for (size_t i = 0; name && i < ARRAY_LEN(objects); i++)
    if (strcmp(objects[i], name) == 0)
      return objects[i];

  return NULL;
}

static const char *likely_object(const struct function *f, int pc, uint32_t reg) {
  const char *object = parameter(f, reg);
  if (object)
    return object;
  return named_so(f, pc, reg);
}

/* The call at `pc` is of what rules are given, older_than or person:holds, which give one value
 * each; others may give more. */
static bool gives_one(const struct function *f, int pc) {
  uint32_t reg = A(code_at(f, pc));

  while (pc-- > 0) {
    uint32_t i = code_at(f, pc);
    if (!has_register(i) || A(i) != reg)
      continue;

    bool method = OP(i) == OP_SELF;
    const char *object = "", *name = global_at(f, pc);

    if (method) {
      object = likely_object(f, pc, B(i));
      if (K(i))
        name = constant(f, C(i));
      else
        name = text_in(f, pc, C(i));
    }

    return object && name && api_row_find(object, name);
  }

  return false;
}

static void look_given(const struct look *l) {
  uint32_t reg = A(l->code);
  int end = call_of(l->f, l->pc + 1, reg);
  if (end < 0 || !l->v->condition)
    return;

  bool open = B(code_at(l->f, end)) == 0,
       reasoned = values_at(l->f, end, reg + 1) > 1 || (open && !gives_one(l->f, end - 1));
  l->v->condition(l->v->arg, line_at(l->f, end), reason_between(l->f, l->pc + 1, end), reasoned);
}

#define CONDITION_MAX                                                                              \
  1000 /* instructions; behind a longer one nothing is said, so that a file costs no more than its \
          length */

/* Is given called at `pc`? */
static bool calls_given(const struct function *f, int pc) {
  uint32_t reg = A(code_at(f, pc));

  for (int back = 0; pc-- > 0 && back < CONDITION_MAX; back++) {
    uint32_t i = code_at(f, pc);
    if (!has_register(i) || A(i) != reg)
      continue;
    const char *name = global_at(f, pc);
    return name && strcmp(name, "given") == 0;
  }

  return false;
}

/* Does what the register holds from `pc` on, which is true, end as a condition: asked and gone, the
 * first argument of a given, or what when returns? As another call's argument, a table's field or a
 * variable it is kept. */
static bool is_condition(const struct function *f, int pc, uint32_t reg) {
  for (int step = 0; pc < f->n_code && step < CONDITION_MAX && !is_local(f, pc, reg);
       step++, pc++) {
    uint32_t i = code_at(f, pc);
    bool call = OP(i) == OP_CALL || OP(i) == OP_TAILCALL;

    if (OP(i) == OP_JMP) {
      if (SJ(i) < 0)
        return false;
      pc += SJ(i);
    } else if ((OP(i) == OP_TEST && A(i) == reg) || (OP(i) == OP_TESTSET && B(i) == reg)) {
      if (!K(i))
        return true; /* `and`, if */
      reg = A(i);
    } else if ((OP(i) == OP_RETURN && B(i) == 2 && A(i) == reg) ||
               (OP(i) == OP_RETURN1 && A(i) == reg)) {
      return f->is_when;
    } else if (call && A(i) < reg) {
      return A(i) + 1 == reg && calls_given(f, pc);
    } else if (has_register(i) && A(i) == reg) {
      return false;
    }
  }

  return false;
}

/* otherwise "text": a reason is always true, so that it is none of the conditions. */
static void look_otherwise(const struct look *l) {
  uint32_t reg = A(l->code);
  int end = call_of(l->f, l->pc + 1, reg);
  if (end < 0 || !l->v->stray_reason)
    return;

  bool returned = OP(code_at(l->f, end)) == OP_TAILCALL && l->f->is_when;
  if (returned || is_condition(l->f, end + 1, reg))
    l->v->stray_reason(l->v->arg, line_at(l->f, l->pc));
}

/* The function that was made in a register, NULL if something else came into it last. */
static struct function *made_in(const struct function *f, int pc, uint32_t reg) {
  while (pc-- > 0) {
    uint32_t i = code_at(f, pc);
    if (!has_register(i) || A(i) != reg)
      continue;
    if (OP(i) == OP_CLOSURE && BX(i) < (uint32_t)f->n_inner)
      return &f->inner[BX(i)];
    return NULL;
  }

  return NULL;
}

/* rule "name" { when = function ... }: from `rule` to its second call. */
static void look_rule(const struct look *l, enum rule_kind kind) {
  uint32_t reg = A(l->code);
  int named = call_of(l->f, l->pc + 1, reg), end = -1;
  if (named >= 0)
    end = call_of(l->f, named + 1, reg);

  for (int pc = named + 1; pc < end; pc++) {
    uint32_t i = code_at(l->f, pc);
    const char *name = NULL;

    if (A(i) == reg + 1 && !K(i))
      name = field_at(l->f, pc);

    if (!name || (strcmp(name, "when") != 0 && strcmp(name, "recommend") != 0))
      continue;

    struct function *made = made_in(l->f, pc, C(i));
    if (!made)
      continue;

    made->of_rule = kind;
    made->is_when = strcmp(name, "when") == 0;
  }
}

/* The plain texts that come into the registers of the first arguments, up to the call. */
static void find_arguments(const struct look *l, uint32_t first, const char *texts[2]) {
  for (int pc = l->pc + 1; pc < l->f->n_code; pc++) {
    uint32_t i = code_at(l->f, pc);
    if ((OP(i) == OP_CALL || OP(i) == OP_TAILCALL) && A(i) == A(l->code))
      return;
    if (!has_register(i) || A(i) < first || A(i) >= first + 2)
      continue;

    texts[A(i) - first] = NULL;
    if (OP(i) == OP_LOADK)
      texts[A(i) - first] = constant(l->f, BX(i));
  }
}

/* A global function that is called where it is fetched. */
static void look_call(const struct look *l, const char *name) {
  const char *texts[2] = {NULL, NULL};
  int end = call_of(l->f, l->pc + 1, A(l->code));
  if (end < 0)
    return;

  bool dropped = OP(code_at(l->f, end)) == OP_CALL && C(code_at(l->f, end)) == 1;
  if (dropped && l->v->dropped)
    l->v->dropped(l->v->arg, line_at(l->f, end), name);

  if (!l->v->arguments)
    return;

  find_arguments(l, A(l->code) + 1, texts);
  l->v->arguments(l->v->arg, line_at(l->f, l->pc), "", name, texts);
}

static void look_global(const struct look *l) {
  const char *name = global_at(l->f, l->pc);
  if (!name)
    return;

  if (l->v->global)
    l->v->global(l->v->arg, line_at(l->f, l->pc), name);

  look_fields(l, name);
  look_call(l, name);
  if (strcmp(name, "rule") == 0)
    look_rule(l, OF_RULE);
  if (strcmp(name, "school_rule") == 0)
    look_rule(l, OF_SCHOOL_RULE);
  if (strcmp(name, "given") == 0)
    look_given(l);
  if (strcmp(name, "otherwise") == 0)
    look_otherwise(l);
}

static void look_member(const struct look *l, const char *name) {
  const char *object = parameter(l->f, B(l->code)),
             *likely = likely_object(l->f, l->pc, B(l->code));
  if (!likely || !name)
    return;

  int line = line_at(l->f, l->pc);
  if (l->v->read)
    l->v->read(l->v->arg, line, likely, name);

  if (!object)
    return;

  if (l->v->member)
    l->v->member(l->v->arg, line, object, name);

  uint32_t next = 0;
  if (l->pc + 1 < l->f->n_code)
    next = code_at(l->f, l->pc + 1);

  if (A(next) != A(l->code))
    return;

  const char *text = NULL;
  if (OP(next) == OP_EQK)
    text = constant(l->f, B(next));
  if (text && l->v->compared)
    l->v->compared(l->v->arg, line, object, name, text);
  if (OP(next) >= OP_EQI && OP(next) <= OP_GEI && l->v->counted)
    l->v->counted(l->v->arg, line, object, name, SB(next));
}

static void look_getfield(const struct look *l) {
  look_member(l, constant(l->f, C(l->code)));
}

static void look_gettable(const struct look *l) {
  look_global(l);
  look_member(l, text_in(l->f, l->pc, C(l->code)));
}

static void look_self(const struct look *l) {
  const char *object = parameter(l->f, B(l->code)),
             *likely = likely_object(l->f, l->pc, B(l->code)), *name;

  if (K(l->code))
    name = constant(l->f, C(l->code));
  else
    name = text_in(l->f, l->pc, C(l->code));

  if (!likely || !name)
    return;

  if (l->v->read)
    l->v->read(l->v->arg, line_at(l->f, l->pc), likely, name);

  if (!object)
    return;

  if (l->v->member)
    l->v->member(l->v->arg, line_at(l->f, l->pc), object, name);

  const char *texts[2] = {NULL, NULL};
  find_arguments(l, A(l->code) + 2, texts);
  if (l->v->arguments)
    l->v->arguments(l->v->arg, line_at(l->f, l->pc), object, name, texts);
}

static void look_return(const struct look *l) {
  if (l->f->of_rule && l->v->returned_more && values_at(l->f, l->pc, A(l->code)) > 1)
    l->v->returned_more(l->v->arg, line_at(l->f, l->pc), l->f->is_when);
}

static void look_vararg(const struct look *l) {
  refuse(l, "'%s' is not offered; name the parameters", "...");
}

static void (*const looks[OP_LAST + 1])(const struct look *) = {
    [OP_SETUPVAL] = look_setupval, [OP_GETTABUP] = look_global,   [OP_GETTABLE] = look_gettable,
    [OP_GETFIELD] = look_getfield, [OP_SETTABUP] = look_settabup, [OP_SETTABLE] = look_settable,
    [OP_SELF] = look_self,         [OP_VARARG] = look_vararg,     [OP_RETURN] = look_return,
};

static bool uses(uint32_t i, uint32_t constant) {
  if (OP(i) == OP_LOADK)
    return BX(i) == constant;
  return OP(i) >= OP_SETTABUP && OP(i) <= OP_SETFIELD && K(i) && C(i) == constant;
}

static int line_of_constant(const struct function *f, int constant) {
  for (int pc = 0; pc < f->n_code; pc++)
    if (uses(code_at(f, pc), (uint32_t)constant))
      return line_at(f, pc);

  if (f->line > 0)
    return f->line;
  return 1;
}

static void look_hidden(const struct bytecode_visitor *v, const struct function *f, int constant) {
  const struct text *t = &f->constants[constant];
  const char *hidden = text_hidden(t->s, t->len);
  char character[TEXT_NAMED];

  if (!hidden)
    return;

  text_name(hidden, t->len - (size_t)(hidden - t->s), character);
  v->hidden(v->arg, line_of_constant(f, constant), character);
}

static void look_constants(const struct bytecode_visitor *v, const struct function *f) {
  for (int i = 0; i < f->n_constants; i++) {
    const struct text *t = &f->constants[i];
    if (!t->s)
      continue;
    if (t->len > v->longest || memchr(t->s, 0, t->len)) {
      v->unfit(v->arg, line_of_constant(f, i), t->s, t->len);
      continue;
    }

    if (v->literal)
      v->literal(v->arg, t->s, t->len);
    if (v->hidden)
      look_hidden(v, f, i);
  }
}

static void look_at(const struct bytecode_visitor *v, const struct function *f) {
  struct look l = {.v = v, .f = f};
  look_constants(v, f);
  if (f->is_vararg && !f->is_main)
    refuse(&l, "'%s' is not offered; name the parameters", "...");
  for (l.pc = 0; l.pc < f->n_code; l.pc++) {
    l.code = code_at(f, l.pc);
    if (OP(l.code) <= OP_LAST && looks[OP(l.code)])
      looks[OP(l.code)](&l);
  }

  for (int i = 0; i < f->n_inner; i++)
    look_at(v, &f->inner[i]);
}

static int on_bytes(lua_State *L, const void *bytes, size_t n, void *to) {
  (void)L;
  buf_put(to, bytes, n);
  return 0;
}

bool bytecode_visit(lua_State *L, const struct bytecode_visitor *visitor) {
  struct buf bytes = {0};
  struct arena arena = {0};

  lua_dump(L, on_bytes, &bytes, 0);
  struct dump d = {.r = reader_of(bytes.data, bytes.len), .arena = &arena};
  struct function main = {.is_main = true};
  bool known = read_header(&d);
  if (known)
    read_function(&d, &main);

  known = known && !d.r.bad && d.r.p == d.r.end;
  main.is_main = true;
  if (known)
    look_at(visitor, &main);

  arena_finish(&arena);
  buf_finish(&bytes);

  return known;
}
