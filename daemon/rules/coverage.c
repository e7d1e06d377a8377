/* coverage - see coverage.h. A rule set has about a hundred conditions, so a linear search is fast
 * enough. */
#include "rules/coverage.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "rules/engine.h"
#include "rules/text.h"

static bool same_text(const char *a, const char *b) {
  return a == b || (a && b && strcmp(a, b) == 0);
}

static struct condition *find(const struct coverage *c, const char *file, int line,
                              const char *text) {
  for (size_t i = 0; i < c->n; i++)
    if (c->items[i].line == line && strcmp(c->items[i].file, file) == 0 &&
        same_text(c->items[i].text, text))
      return &c->items[i];
  return NULL;
}

static struct condition *add(struct coverage *c, const char *file, int line, const char *text) {
  c->items = mem_grow(c->items, &c->cap, c->n + 1, sizeof *c->items);
  c->items[c->n] = (struct condition){.file = arena_strndup(&c->arena, file, strlen(file)),
                                      .line = line};
  if (text)
    c->items[c->n].text = arena_strndup(&c->arena, text, strlen(text));

  return &c->items[c->n++];
}

void coverage_note(struct coverage *c, lua_State *L, const char *text, bool holds) {
  lua_Debug ar;
  struct arena scratch = {0};

  if (!lua_getstack(L, 1, &ar) || !lua_getinfo(L, "Sl", &ar) || *ar.source != '@')
    return;

  const char *kept = NULL;
  if (text)
    kept = text_clean(&scratch, text, strlen(text), TEXT_SAID_MAX);

  struct condition *k = find(c, ar.source + 1, ar.currentline, kept);
  if (!k)
    k = add(c, ar.source + 1, ar.currentline, kept);

  k->held |= holds;
  k->failed |= !holds;
  arena_finish(&scratch);
}

/* Has the call been reached? One whose reason is no plain text at its place goes by its line. */
static bool reached(const struct coverage *c, const struct site *s) {
  if (s->text)
    return find(c, s->file, s->line, s->text) != NULL;

  for (size_t i = 0; i < c->n; i++)
    if (c->items[i].line == s->line && strcmp(c->items[i].file, s->file) == 0)
      return true;

  return false;
}

static int by_place(const void *x, const void *y) {
  const struct condition *a = x, *b = y;
  int order = strcmp(a->file, b->file);
  if (order == 0 && a->line != b->line) {
    if (a->line < b->line)
      order = -1;
    else
      order = 1;
  }

  if (order != 0)
    return order;
  return strcmp(text_or(a->text, ""), text_or(b->text, ""));
}

static void write_one(const struct condition *k, struct buf *json) {
  json_open(json, '{');
  json_key(json, "file");
  json_str(json, k->file);
  json_key(json, "line");
  json_int(json, k->line);
  json_opt_str(json, "text", k->text);
  json_key(json, "held");
  json_bool(json, k->held);
  json_key(json, "failed");
  json_bool(json, k->failed);
  json_close(json, '}');
}

void coverage_write(const struct coverage *c, const struct engine *e, struct buf *json) {
  struct condition *all = mem_array(c->n + e->n_sites + 1, sizeof *all);
  size_t n = c->n;
  if (n > 0)
    memcpy(all, c->items, n * sizeof *all);
  for (size_t i = 0; i < e->n_sites; i++) {
    const struct site *s = &e->sites[i];
    if (!reached(c, s))
      all[n++] = (struct condition){.file = s->file, .text = s->text, .line = s->line};
  }

  qsort(all, n, sizeof *all, by_place);
  json_open(json, '[');
  for (size_t i = 0; i < n; i++)
    write_one(&all[i], json);

  json_close(json, ']');
  free(all);
}

void coverage_finish(struct coverage *c) {
  arena_finish(&c->arena);
  free(c->items);
  *c = (struct coverage){0};
}
