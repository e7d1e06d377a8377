/* json - one pass of yajl over a body, kept as runs of tokens. See json.h.
 *
 * The body is copied once into the arena, and texts without escapes end in place (the NUL stands on
 * their closing quote, which the lexer has passed by then), so that a value costs no allocation.
 * yajl is laxer than JSON (white space, UTF-8, what follows a complete value), so it reads only
 * what base/json_grammar.c found good. Its decoder turns a lone surrogate into something else
 * without a word; those are looked for here, in the body as it was sent. */
#include "event/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <yajl/yajl_parse.h>

#include "base/json_grammar.h"

#define FIRST_TOKENS 256
#define FEW_MEMBERS 16 /* up to here comparing every pair is faster than sorting */

struct scan {
  struct arena *a;
  const char *body;
  char *text; /* the copy that yajl reads */
  size_t len;
  yajl_handle parser;
  struct json_limits limits;
  void (*each)(void *owner, const struct json_element *e);
  void *owner;

  bool in_batch, too_many;
  uint32_t n_elements;
  size_t start, lone; /* where the element began; where the next lone surrogate is */
  bool too_large;
  uint8_t marks;
  struct json_token *tokens;
  size_t n, cap;
  uint32_t depth, open[JSON_MAX_DEPTH + 1];
  const char *key;
  uint32_t key_len;
  uint8_t key_marks;
};

/* --- surrogates --- */

/* Offset of the first \uD800..\uDFFF from `from` on that is not half of a pair, SIZE_MAX if none.
 * Backslashes stand only in strings, so stepping over what each escapes keeps the step right. */
static size_t next_lone(const char *body, size_t len, size_t from) {
  while (from < len) {
    const char *p = memchr(body + from, '\\', len - from);
    if (!p)
      break;

    size_t at = (size_t)(p - body);
    int unit = json_escaped_unit(p, len - at);
    if (unit < 0xd800 || unit > 0xdfff) {
      from = at + 2;
      continue;
    }

    int second = -1;
    if (unit < 0xdc00)
      second = json_escaped_unit(p + 6, len - at >= 6 ? len - at - 6 : 0);

    if (second < 0xdc00 || second > 0xdfff)
      return at;

    from = at + 12;
  }

  return SIZE_MAX;
}

/* --- tokens --- */

static size_t consumed(const struct scan *s) {
  return yajl_get_bytes_consumed(s->parser);
}

static bool recording(const struct scan *s) {
  return s->depth <= JSON_MAX_DEPTH && !s->too_large;
}

/* JSON_LONE if a lone surrogate lies before the end of the token that was just read. */
static uint8_t passed_lone(struct scan *s) {
  if (s->lone == SIZE_MAX || s->lone >= consumed(s))
    return 0;

  while (s->lone < consumed(s))
    s->lone = next_lone(s->body, s->len, s->lone + 6);

  s->marks |= JSON_LONE;

  return JSON_LONE;
}

static const char *settle(struct scan *s, const unsigned char *text, size_t len) {
  char *p = (char *)(uintptr_t)text;
  if (p < s->text || p >= s->text + s->len)
    return arena_strndup(s->a, p, len);

  p[len] = '\0';
  return p;
}

static void begin_element(struct scan *s, size_t start) {
  s->start = start;
  s->n = 0;
  s->marks = 0;
  s->too_large = false;
  s->too_many = ++s->n_elements > s->limits.max_elements;
}

static void end_element(struct scan *s) {
  if (consumed(s) - s->start > s->limits.max_bytes)
    s->too_large = true;

  struct json_element e = {.marks = s->marks};
  if (!s->too_large) {
    e.tokens = s->tokens;
    e.n = (uint32_t)s->n;
  }

  s->each(s->owner, &e);
}

/* Returns 0 to stop the parse, as yajl wants it. */
static int put(struct scan *s, enum json_kind kind, const char *text, size_t len, uint8_t marks) {
  if (s->depth == 0)
    begin_element(s, consumed(s) - (kind >= JSON_ARRAY ? 1 : len));

  s->marks |= marks;
  if (s->too_many)
    return 0;
  if (!recording(s))
    return 1;
  if (consumed(s) - s->start > s->limits.max_bytes) {
    s->too_large = true;
    return 1;
  }

  if (s->n == s->cap)
    s->tokens = mem_grow(s->tokens, &s->cap, MAX(s->n, FIRST_TOKENS) + 1, sizeof(*s->tokens));

  uint32_t at = (uint32_t)s->n++;
  s->tokens[at] = (struct json_token){text,   s->key, (uint32_t)len, s->key_len,
                                      at + 1, 0,      (uint8_t)kind, marks | s->key_marks};
  s->key = NULL;
  s->key_len = s->key_marks = 0;
  if (s->depth > 0)
    s->tokens[s->open[s->depth - 1]].n++;

  return 1;
}

static int scalar(struct scan *s, enum json_kind kind, const char *text, size_t len,
                  uint8_t marks) {
  int go_on = put(s, kind, text, len, marks);
  if (go_on && s->depth == 0)
    end_element(s);
  return go_on;
}

static int open_container(struct scan *s, enum json_kind kind) {
  bool deep = s->depth == JSON_MAX_DEPTH && recording(s);
  if (!put(s, kind, NULL, 0, deep ? JSON_DEEP : 0))
    return 0;

  if (recording(s))
    s->open[s->depth] = (uint32_t)s->n - 1;

  s->depth++;

  return 1;
}

static struct json_token *close_container(struct scan *s) {
  s->depth--;
  if (!recording(s))
    return NULL;

  struct json_token *t = &s->tokens[s->open[s->depth]];
  t->next = (uint32_t)s->n;

  return t;
}

static bool same_key(const struct json_token *x, const struct json_token *y) {
  return x->key_len == y->key_len && x->key[0] == y->key[0] &&
         memcmp(x->key, y->key, x->key_len) == 0;
}

static int by_key(const void *x, const void *y) {
  const struct json_token *a = *(struct json_token *const *)x, *b = *(struct json_token *const *)y;
  if (a->key_len != b->key_len) {
    if (a->key_len < b->key_len)
      return -1;
    return 1;
  }

  int order = memcmp(a->key, b->key, a->key_len);
  if (order != 0)
    return order;
  if (a < b)
    return -1;

  return a > b;
}

static void mark_twice(struct scan *s, struct json_token *t) {
  t->marks |= JSON_TWICE;
  s->marks |= JSON_TWICE;
}

static void find_repeats_among_many(struct scan *s, struct json_token **members, uint32_t n) {
  qsort(members, n, sizeof(*members), by_key);
  for (uint32_t i = 1; i < n; i++)
    if (same_key(members[i - 1], members[i]))
      mark_twice(s, members[i]);
}

static void find_repeats(struct scan *s, const struct json_token *object) {
  struct json_token *few[FEW_MEMBERS],
      **members = object->n > FEW_MEMBERS ? mem_array(object->n, sizeof(*members)) : few;
  uint32_t at = (uint32_t)(object - s->tokens) + 1;
  for (uint32_t i = 0; i < object->n; i++, at = s->tokens[at].next)
    members[i] = &s->tokens[at];

  if (object->n > FEW_MEMBERS) {
    find_repeats_among_many(s, members, object->n);
    free(members);
    return;
  }

  for (uint32_t i = 1; i < object->n; i++)
    for (uint32_t j = 0; j < i; j++)
      if (same_key(members[i], members[j])) {
        mark_twice(s, members[i]);
        break;
      }
}

/* --- yajl's callbacks --- */

static int on_null(void *ctx) {
  return scalar(ctx, JSON_NULL, NULL, 0, 0);
}

static int on_boolean(void *ctx, int value) {
  const char *word = "false";
  if (value)
    word = "true";
  return scalar(ctx, JSON_BOOL, word, strlen(word), 0);
}

static int on_number(void *ctx, const char *text, size_t len) {
  return scalar(ctx, JSON_NUMBER, text, len, 0);
}

static int on_string(void *ctx, const unsigned char *text, size_t len) {
  struct scan *s = ctx;
  uint8_t marks = passed_lone(s);
  return scalar(s, JSON_STRING, recording(s) ? settle(s, text, len) : NULL, len, marks);
}

static int on_map_key(void *ctx, const unsigned char *text, size_t len) {
  struct scan *s = ctx;
  uint8_t marks = passed_lone(s);

  if (!recording(s))
    return 1;

  s->key = settle(s, text, len);
  s->key_len = (uint32_t)len;
  s->key_marks = marks;

  return 1;
}

static int on_start_map(void *ctx) {
  return open_container(ctx, JSON_OBJECT);
}

static int on_end_map(void *ctx) {
  struct scan *s = ctx;
  const struct json_token *t = close_container(s);
  if (t && t->n > 1)
    find_repeats(s, t);
  if (s->depth == 0)
    end_element(s);

  return 1;
}

static int on_start_array(void *ctx) {
  struct scan *s = ctx;
  if (s->depth > 0 || s->in_batch || !s->limits.batch)
    return open_container(s, JSON_ARRAY);

  s->in_batch = true;
  return 1;
}

static int on_end_array(void *ctx) {
  struct scan *s = ctx;
  if (s->depth == 0) { /* the batch */
    return 1;
  }

  close_container(s);
  if (s->depth == 0)
    end_element(s);

  return 1;
}

static const yajl_callbacks callbacks = {on_null,    on_boolean,     NULL,         NULL,
                                         on_number,  on_string,      on_start_map, on_map_key,
                                         on_end_map, on_start_array, on_end_array};

/* --- the pass --- */

static void *parser_alloc(void *ctx, size_t size) {
  (void)ctx;
  void *p = malloc(size);
  if (!p)
    abort();
  return p;
}

static void *parser_realloc(void *ctx, void *old, size_t size) {
  (void)ctx;
  void *p = realloc(old, size);
  if (!p)
    abort();
  return p;
}

static void parser_free(void *ctx, void *p) {
  (void)ctx;
  free(p);
}

/* Where, and why. */
static int tell_syntax(struct arena *a, const struct json_fault *fault, size_t *ret_offset,
                       const char **ret_message) {
  *ret_offset = fault->at;
  if (fault->ended)
    *ret_message = arena_printf(a,
                                "the text must be whole JSON; it ends too early, at byte %zu: %s",
                                fault->at, fault->why);
  else
    *ret_message = arena_printf(a, "the text must be JSON; at byte %zu: %s", fault->at, fault->why);

  return -EINVAL;
}

/* The text is good JSON. */
static int run(struct scan *s, size_t *ret_offset, const char **ret_message) {
  s->lone = next_lone(s->body, s->len, 0);
  yajl_status status = yajl_parse(s->parser, (const unsigned char *)s->text, s->len);
  if (s->too_many)
    return -E2BIG;

  if (status == yajl_status_ok)
    status = yajl_complete_parse(s->parser);

  if (status == yajl_status_ok)
    return 0;

  /* it takes all that is JSON */
  struct json_fault fault = {consumed(s), "the daemon's JSON library cannot read this", false};
  return tell_syntax(s->a, &fault, ret_offset, ret_message);
}

int json_split(struct arena *a, const char *body, size_t len, struct json_limits limits,
               void (*each)(void *owner, const struct json_element *e), void *owner,
               bool *ret_was_array, size_t *ret_offset, const char **ret_message) {
  static yajl_alloc_funcs memory = {parser_alloc, parser_realloc, parser_free, NULL};
  struct json_fault fault;
  *ret_was_array = false;
  if (!json_grammar(body, len, JSON_GRAMMAR_DEPTH, 0, &fault))
    return tell_syntax(a, &fault, ret_offset, ret_message);

  struct scan s = {
      .a = a, .body = body, .len = len, .limits = limits, .each = each, .owner = owner};
  s.text = arena_strndup(a, body, len);
  s.parser = yajl_alloc(&callbacks, &memory, &s);
  yajl_config(s.parser, yajl_dont_validate_strings, 1);
  int r = run(&s, ret_offset, ret_message);
  *ret_was_array = s.in_batch;
  yajl_free(s.parser);
  free(s.tokens);
  return r;
}

/* --- the small tree --- */

struct planting {
  struct arena *a;
  struct json *root;
};

/* Recursion is at most JSON_MAX_DEPTH deep. */
static void plant(struct arena *a, const struct json_token *tokens, uint32_t at, struct json *ret) {
  const struct json_token *t = &tokens[at];
  *ret = (struct json){.kind = t->kind, .len = t->len, .n = t->n, .key = t->key};
  if (t->kind == JSON_BOOL)
    ret->boolean = t->len == 4;
  if (t->kind == JSON_STRING)
    ret->text = t->text;
  if (t->kind == JSON_NUMBER)
    ret->text = arena_strndup(a, t->text, t->len);
  if (t->n > 0)
    ret->items = arena_alloc(a, t->n * sizeof(*ret->items));

  uint32_t child = at + 1;
  for (uint32_t i = 0; i < t->n; i++, child = tokens[child].next)
    plant(a, tokens, child, &ret->items[i]);
}

static void on_whole(void *owner, const struct json_element *e) {
  struct planting *p = owner;
  plant(p->a, e->tokens, 0, p->root);
}

int json_tree(struct arena *a, const char *body, size_t len, struct json *ret, size_t *ret_offset,
              const char **ret_message) {
  *ret = (struct json){.kind = JSON_OBJECT};
  if (len == 0)
    return 0;

  struct json_fault fault;
  if (!json_grammar(body, len, JSON_MAX_DEPTH, JSON_STRICT, &fault))
    return tell_syntax(a, &fault, ret_offset, ret_message);

  struct planting p = {a, ret};
  bool was_array;

  return json_split(a, body, len, (struct json_limits){false, 1, SIZE_MAX}, on_whole, &p,
                    &was_array, ret_offset, ret_message);
}

const struct json *json_member(const struct json *object, const char *key) {
  if (object->kind != JSON_OBJECT)
    return NULL;

  for (uint32_t i = 0; i < object->n; i++)
    if (strcmp(object->items[i].key, key) == 0)
      return &object->items[i];

  return NULL;
}

const struct json *json_member_as(const struct json *object, const char *key, enum json_kind kind) {
  const struct json *m = NULL;
  if (object)
    m = json_member(object, key);

  if (m && m->kind == kind)
    return m;
  return NULL;
}

const char *json_text(const struct json *object, const char *key) {
  const struct json *m = json_member_as(object, key, JSON_STRING);
  if (m)
    return m->text;
  return NULL;
}

bool json_says(const struct json *object, const char *key, const char *text) {
  const char *said = json_text(object, key);
  return said && strcmp(said, text) == 0;
}

/* --- whole numbers --- */

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* The exponent after 'e', held within what can still matter. */
static int64_t exponent(const char *p, const char *end) {
  int64_t v = 0;
  bool minus = p < end && *p == '-';

  if (p < end && (*p == '-' || *p == '+'))
    p++;
  for (; p < end && is_digit(*p); p++)
    if (v < 100000000)
      v = v * 10 + (*p - '0');

  if (minus)
    return -v;
  return v;
}

/* Value = the digits up to the last that is not 0, times a power of ten. Over 18 digits v wraps,
 * and is not looked at. */
enum whole json_whole(const char *text, size_t len, int64_t *ret) {
  const char *p = text, *end = text + len;
  bool minus = p < end && *p == '-', dot = false;

  /* positions; `last` is that of the last digit that is not 0 */
  int64_t digits = 0, before_dot = 0, last = 0;
  int64_t first = 0;
  uint64_t v = 0;

  for (p += minus; p < end && (is_digit(*p) || *p == '.'); p++) {
    if (*p == '.') {
      dot = true;
      continue;
    }

    digits++;
    if (!dot)
      before_dot++;

    if (*p == '0')
      continue;

    if (first == 0)
      first = digits;
    for (; last > 0 && last < digits - 1; last++)
      v *= 10;

    v = v * 10 + (uint64_t)(*p - '0');
    last = digits;
  }

  *ret = 0;
  if (first == 0)
    return WHOLE_OK;

  int64_t power = before_dot - last + (p < end ? exponent(p + 1, end) : 0);
  if (power < 0)
    return WHOLE_FRACTION;
  if (last - first + 1 + power > 18)
    return WHOLE_HUGE;

  for (; power > 0; power--)
    v *= 10;
  if (minus)
    *ret = -(int64_t)v;
  else
    *ret = (int64_t)v;

  return WHOLE_OK;
}
