/* find - `needs catalogue find`: searches the authority's catalogue for codes. The daemon searches;
 * this file asks and prints. */
#include "find.h"

#include <stdio.h>
#include <string.h>

#include "conn.h"
#include "statement.h"
#include "table.h"
#include "text.h"

enum {
  SHOWN = 25, /* more is a list that nobody reads, unless all of it is asked for */
  PART = 3
}; /* letters of a word below which its beginning says nothing */

static int ask_codes(const struct settings *s, const char *words, const char *kind,
                     struct answer *ret) {
  struct text q = {0};
  text_add(&q, "{\"question\":\"codes\"");
  add_member(&q, "authority", s->authority);
  add_member(&q, "kind", kind);
  add_member(&q, "words", *words ? words : NULL);
  text_add(&q, "}");

  int rc = door_ask(s, "ask", q.s, ANSWER_MS, ret);
  text_finish(&q);

  return rc;
}

/* "STL@2007: 0 none, 1 aware ..." of the frameworks that were found. */
static void print_scales(json frameworks) {
  for (size_t i = 0; i < json_count(frameworks); i++) {
    json levels = json_get(json_at(frameworks, i), "levels");
    const char *name = json_string(json_at(frameworks, i), "framework");
    struct text t = {0};

    text_addf(&t, "Levels of %s: ", text_or(name, "?"));
    for (size_t k = 0; k < json_count(levels); k++)
      text_addf(&t, "%s%zu %s", comma(k), k, json_text(json_at(levels, k)));
    if (!i)
      puts("");

    print_folded(stdout, 2, 4, t.s);
    text_finish(&t);
  }
}

static void print_rest(size_t shown, size_t found) {
  struct text t = {0};
  if (shown >= found)
    return;

  text_addf(
      &t,
      "%zu more: write more words, say of which kind it is with --kind, or see them with --all.",
      found - shown);
  puts("");
  print_folded(stdout, 2, 4, t.s);
  text_finish(&t);
}

static void add_code(struct table *table, json c) {
  const char *key = json_string(c, "key"), *certainty = json_string(c, "certainty"),
             *words = json_string(c, "words");
  struct text t = {0};

  text_add(&t, text_or(words, ""));
  if (key)
    text_addf(&t, " [%s]", key);
  if (certainty)
    text_addf(&t, "; %s certainty", certainty);

  table_row(table, json_string(c, "code"), json_string(c, "kind"), t.s);
  text_finish(&t);
}

static void print_codes(json a, bool all) {
  static const char *const headings[] = {"code", "kind", "means"};
  json codes = json_get(a, "codes");
  size_t n = json_count(codes), shown = all || n < SHOWN ? n : SHOWN;
  struct table table;

  table_init(&table, 3, headings, 0);
  for (size_t i = 0; i < shown; i++)
    add_code(&table, json_at(codes, i));

  table_print(&table, stdout, 2);
  table_finish(&table);
  print_rest(shown, (size_t)json_number(a, "found", (int64_t)n));
  print_scales(json_get(a, "frameworks"));
}

static void print_none(const struct settings *s, json a) {
  struct text kinds = {0};
  json_words(json_get(a, "kinds"), &kinds);
  complain("the catalogue of %s has no entry that matches all these words; try fewer words, or "
           "parts of words. Kinds: %s",
           s->authority, text_or(kinds.s, "?"));
  text_finish(&kinds);
}

/* Takes the last letter from the longest word; false when none can spare one. */
static bool shorten(char *words) {
  char *longest = words;
  size_t most = 0;

  for (char *w = words, *end; *w; w = end + strspn(end, " ")) {
    end = w + strcspn(w, " ");
    if ((size_t)(end - w) > most) {
      most = (size_t)(end - w);
      longest = w;
    }
  }

  if (most <= PART)
    return false;

  char *end = longest + most, *cut = end - 1;
  while ((*cut & 0xc0) == 0x80)
    cut--;

  memmove(cut, end, strlen(end) + 1);

  return true;
}

/* Searches again with the beginnings of the words: "maths" finds "math", and "hygene" finds
 * "hygiene". */
static void print_like(const struct settings *s, char *words, const char *kind, bool all) {
  bool any = false;
  while (!any && shorten(words)) {
    struct answer like;
    if (ask_codes(s, words, kind, &like) != 0)
      return;

    any = json_count(json_get(like.tree, "codes")) > 0;
    if (any) {
      printf("\nWith '%s':\n", words);
      print_codes(like.tree, all);
    }

    answer_finish(&like);
  }
}

int catalogue_find(const struct settings *s, const char **words, int n, const char *kind,
                   bool all) {
  struct answer answer;
  struct text joined = {0};

  text_add(&joined, "");
  for (int i = 0; i < n; i++)
    text_addf(&joined, "%s%s", text_if(i, " "), words[i]);

  int rc = ask_codes(s, joined.s, kind, &answer);
  bool any = rc == 0 && json_count(json_get(answer.tree, "codes")) > 0;

  if (rc == 0 && s->json)
    puts(answer.reply.body);
  else if (any)
    print_codes(answer.tree, all);
  else if (rc == 0) {
    print_none(s, answer.tree);
    print_like(s, joined.s, kind, all);
  }

  if (rc == 0)
    answer_finish(&answer);

  text_finish(&joined);
  if (rc)
    return rc;
  if (any)
    return EXIT_DONE;

  return EXIT_REJECTED;
}
