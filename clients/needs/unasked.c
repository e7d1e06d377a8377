/* unasked - see unasked.h. */
#include "unasked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "conn.h"
#include "statement.h"
#include "text.h"

#define NAMED_MOST 6
#define ANSWER_MS 10000

static void count(struct unasked *u, const char *code, size_t len) {
  for (size_t i = 0; i < u->n; i++)
    if (strlen(u->all[i].code) == len && strncmp(u->all[i].code, code, len) == 0) {
      u->all[i].times++;
      return;
    }

  if (u->n == u->cap) {
    if (u->cap)
      u->cap = 2 * u->cap;
    else
      u->cap = 16;
    u->all = more_memory(u->all, u->cap * sizeof *u->all);
  }

  struct text t = {0};
  text_add_n(&t, code, len);
  u->all[u->n++] = (struct rated){t.s, 1};
}

void unasked_take(struct unasked *u, const char *event) {
  static const char member[] = "\"competence\":\"";
  const char *at = strstr(event, "\"ratings\":[");

  while (at && (at = strstr(at, member))) {
    at += sizeof member - 1;
    count(u, at, strcspn(at, "\""));
  }
}

static bool names(json keys, const char *code) {
  for (size_t i = 0; i < json_count(keys); i++) {
    const char *key = json_text(json_at(keys, i));
    if (key && (!strcmp(key, code) || !strcmp(short_key(key), code)))
      return true;
  }

  return false;
}

static void print(const struct unasked *u, json keys) {
  struct text codes = {0};
  size_t ratings = 0, named = 0;

  for (size_t i = 0; i < u->n; i++) {
    if (!names(keys, u->all[i].code))
      continue;
    ratings += u->all[i].times;
    if (named++ < NAMED_MOST)
      text_addf(&codes, "%s%s", comma(named > 1), u->all[i].code);
  }

  if (named > NAMED_MOST)
    text_addf(&codes, " and %zu more", named - NAMED_MOST);
  if (ratings > 0)
    complain("%zu rating%s of competences that no role requires: %s; kept, but used only if a "
             "duty, a wish or a school's priority names them. Is the column right?",
             ratings, one_or_many(ratings, " is", "s are"), codes.s);

  text_finish(&codes);
}

void unasked_say(const struct unasked *u, const struct settings *s) {
  struct text q = {0};
  struct answer a;

  if (u->n == 0)
    return;

  text_add(&q, "{\"question\":\"catalogue\"");
  add_member(&q, "authority", s->authority);
  text_add(&q, "}");

  if (!door_look(s, "ask", q.s, ANSWER_MS, &a)) {
    print(u, json_get(a.tree, "asked_of_no_role"));
    answer_finish(&a);
  }

  text_finish(&q);
}

void unasked_finish(struct unasked *u) {
  for (size_t i = 0; i < u->n; i++)
    free(u->all[i].code);
  free(u->all);
  *u = (struct unasked){0};
}
