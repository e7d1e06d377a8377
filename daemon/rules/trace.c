/* trace - writes the JSON that trace.h describes. It cleans texts, because rules can read and
 * return any bytes. */
#include "rules/trace.h"

#include <string.h>

#include "rules/text.h"

#define TRACE_LONGEST ((size_t)1536 * 1024)
#define READS_MAX 200

void trace_start(struct trace *t) {
  json_open(&t->json, '{');
  json_key(&t->json, "rules");
  json_open(&t->json, '[');
}

static bool seen(const struct trace *t, const char *name) {
  for (size_t i = 0; i < t->n_seen; i++)
    if (strcmp(t->seen[i], name) == 0)
      return true;
  return false;
}

static void put_clean(struct buf *b, const char *s, size_t len) {
  struct arena scratch = {0};
  json_str(b, text_clean(&scratch, s, len, TEXT_SAID_MAX));
  arena_finish(&scratch);
}

static void put_value(struct buf *b, lua_State *L, int index);

static void put_list(struct buf *b, lua_State *L, int index) {
  json_open(b, '[');
  for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, index); i++) {
    lua_rawgeti(L, index, i);
    put_value(b, L, lua_gettop(L));
    lua_pop(L, 1);
  }

  json_close(b, ']');
}

/* Only what the members of api.c push: texts, whole numbers, booleans, nil, lists of texts. */
static void put_value(struct buf *b, lua_State *L, int index) {
  size_t len;
  switch (lua_type(L, index)) {
  case LUA_TSTRING: {
    const char *s = lua_tolstring(L, index, &len);
    return put_clean(b, s, len);
  }
  case LUA_TNUMBER:
    return json_int(b, lua_tointeger(L, index));
  case LUA_TBOOLEAN:
    return json_bool(b, lua_toboolean(L, index));
  case LUA_TTABLE:
    return put_list(b, L, index);
  default:
    return json_null(b);
  }
}

void trace_read(struct trace *t, const char *name, lua_State *L, int index) {
  if (t->n_seen >= READS_MAX || seen(t, name))
    return;

  t->seen = mem_grow(t->seen, &t->cap_seen, t->n_seen + 1, sizeof *t->seen);
  t->seen[t->n_seen++] = name;
  json_open(&t->reads, '{');
  json_key(&t->reads, "name");
  put_clean(&t->reads, name, strlen(name));
  json_key(&t->reads, "value");
  put_value(&t->reads, L, lua_absindex(L, index));
  json_close(&t->reads, '}');
}

void trace_forget(struct trace *t) {
  t->n_seen = 0;
  buf_reset(&t->reads);
}

size_t trace_mark(const struct trace *t) {
  return t->json.len;
}

void trace_unsay(struct trace *t, size_t mark) {
  t->json.len = mark;
}

void trace_back(struct trace *t, size_t mark) {
  trace_unsay(t, mark);
  trace_forget(t);
}

static bool begin(struct trace *t, const char *rule, const char *need, bool fired) {
  if (t->truncated || t->json.len + t->reads.len > TRACE_LONGEST) {
    t->truncated = true;
    trace_forget(t);
    return false;
  }

  json_open(&t->json, '{');
  json_key(&t->json, "rule");
  json_str(&t->json, rule);
  json_opt_str(&t->json, "need", need);
  json_key(&t->json, "fired");
  json_bool(&t->json, fired);

  return true;
}

static void end(struct trace *t, bool with_reads) {
  if (with_reads) {
    json_key(&t->json, "read");
    json_open(&t->json, '[');
    if (t->reads.len > 0)
      buf_put(&t->json, t->reads.data, t->reads.len);
    json_close(&t->json, ']');
  }

  json_close(&t->json, '}');
  trace_forget(t);
}

void trace_fired(struct trace *t, const char *rule, const char *need,
                 const char *const *developments, size_t n) {
  if (!begin(t, rule, need, true))
    return;

  json_key(&t->json, "development");
  json_str(&t->json, n > 0 ? developments[0] : NULL);

  if (n > 1) {
    json_key(&t->json, "also");
    json_open(&t->json, '[');
    for (size_t i = 1; i < n; i++)
      json_str(&t->json, developments[i]);
    json_close(&t->json, ']');
  }

  end(t, true);
}

void trace_not(struct trace *t, const char *rule, const char *need, const char *why) {
  if (!begin(t, rule, need, false))
    return;

  json_key(&t->json, "why_not");
  json_str(&t->json, why);
  end(t, need != NULL);
}

void trace_failed(struct trace *t, const char *rule, const char *need, const char *at,
                  const char *message) {
  if (!begin(t, rule, need, false))
    return;

  json_key(&t->json, "failed");
  put_clean(&t->json, message, strlen(message));
  json_opt_str(&t->json, "failed_at", at);
  end(t, true);
}

const char *trace_end(struct trace *t, struct arena *a) {
  json_close(&t->json, ']');
  if (t->truncated) {
    json_key(&t->json, "truncated");
    json_bool(&t->json, true);
  }

  json_close(&t->json, '}');
  const char *json = arena_strndup(a, (const char *)t->json.data, t->json.len);
  buf_finish(&t->json);
  buf_finish(&t->reads);
  free(t->seen);
  *t = (struct trace){0};

  return json;
}
