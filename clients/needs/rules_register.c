/* rules_register - `needs rules list`: the open register of rules as a table, of one rule in full,
 * or as a page for everybody. */
#include <errno.h>
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "complete.h"
#include "conn.h"
#include "register.h"
#include "rules.h"
#include "statement.h"
#include "table.h"
#include "text.h"

enum {
  REGISTER_MS = 600000 /* the daemon may have to read everything it ever published */
};

static void print_text(void (*add)(struct text *t, json j), json j) {
  struct text t = {0};
  add(&t, j);
  if (t.len)
    print_folded(stdout, 2, 4, t.s);
  text_finish(&t);
}

/* --- all of them --- */

static void add_row(struct table *table, json rule) {
  static const char *const counts[] = {"now", "accepted", "declined", "closed"};
  struct text name = {0}, since = {0}, fails = {0}, number[4] = {0};

  add_fails(&fails, rule);
  text_addf(&name, "%s%s%s", register_name(rule), text_if(json_flag(rule, "aside"), " (set aside)"),
            text_if(fails.len, " (fails)"));
  add_register_since(&since, rule);
  for (int i = 0; i < 4; i++)
    add_register_count(&number[i], rule, counts[i]);

  table_row(table, name.s, json_string(rule, "about"), since.s, number[0].s, number[1].s,
            number[2].s, number[3].s);
  text_finish(&name);
  text_finish(&since);
  text_finish(&fails);
  for (int i = 0; i < 4; i++)
    text_finish(&number[i]);
}

static void print_table(json answer, json serving) {
  static const char *const headings[] = {"rule",     "about",    "since", "now",
                                         "accepted", "declined", "closed"};
  json rules = json_get(answer, "rules");
  struct text title = {0};
  struct table table;

  add_register_title(&title, answer);
  print_heading(stdout, title.s);
  print_text(add_register_serving, answer);
  puts("");
  table_init(&table, 7, headings, 0x78);
  for (size_t i = 0; i < json_count(rules); i++)
    add_row(&table, json_at(rules, i));

  table_print(&table, stdout, 2);
  table_finish(&table);
  if (!json_get(answer, "role"))
    print_failing(stdout, serving);
  if (register_any_few(answer)) {
    puts("");
    print_text(add_register_few, answer);
  }

  text_finish(&title);
}

/* --- one of them --- */

static json find_rule(json answer, const char *name) {
  json rules = json_get(answer, "rules");
  for (size_t i = 0; i < json_count(rules); i++)
    if (!strcmp(register_name(json_at(rules, i)), name))
      return json_at(rules, i);
  return NULL;
}

static int no_such_rule(json answer, const char *name) {
  json rules = json_get(answer, "rules");
  struct nearest near = {.given = name};

  for (size_t i = 0; i < json_count(rules); i++)
    nearest_try(&near, register_name(json_at(rules, i)));

  complain("there is no rule '%s'%s%s%s", name,
           near.best ? "; did you mean " : "; needs rules list shows the rules",
           text_or(near.best, ""), text_if(near.best, "?"));

  return EXIT_REJECTED;
}

static int print_rule(json answer, const char *name) {
  json rule = find_rule(answer, name);
  if (!rule)
    return no_such_rule(answer, name);

  print_heading(stdout, name);
  for (size_t i = 0; i < n_register_rows; i++) {
    struct text t = {0};
    register_rows[i].add(&t, rule);
    if (t.len)
      print_line(stdout, 2, register_rows[i].label, t.s);
    text_finish(&t);
  }

  return EXIT_DONE;
}

/* --- the page --- */

/* Beside it first, then over it: who reads the page sees the old one or the new one, whole. */
static int write_page(const char *path, const struct text *page) {
  struct text beside = {0};
  text_addf(&beside, "%s.new", path);
  FILE *f = fopen(beside.s, "we");
  bool good = f && fwrite(page->s, 1, page->len, f) == page->len;

  if (f)
    good &= fclose(f) == 0;
  if (!good || rename(beside.s, path)) {
    complain("cannot write %s: %s", path, strerror(errno));
    if (f)
      remove(beside.s);
    good = false;
  }

  text_finish(&beside);
  if (good)
    return EXIT_DONE;

  return EXIT_USAGE;
}

static void say_written(json answer, const char *path) {
  size_t n = json_count(json_get(answer, "rules"));
  printf("%s: %zu rule%s\n", path, n, plural(n));
}

static int make_page(json answer, const char *path) {
  struct text page = {0};
  int rc = EXIT_DONE;

  register_page(&page, answer);
  if (!strcmp(path, "-"))
    fputs(page.s, stdout);
  else
    rc = write_page(path, &page);

  if (strcmp(path, "-") && !rc)
    say_written(answer, path);

  text_finish(&page);

  return rc;
}

/* --- the command --- */

static int show(const struct settings *s, const struct answer *answer, json serving,
                const char *rule, const char *page) {
  if (page)
    return make_page(answer->tree, page);
  if (s->json)
    return puts(answer->reply.body), EXIT_DONE;
  if (rule)
    return print_rule(answer->tree, rule);
  return print_table(answer->tree, serving), EXIT_DONE;
}

/* Asks which rules fail now. A user who may not see it still gets the register. */
static int look_at_fails(const struct settings *s, struct answer *ret) {
  struct text q = {0};
  text_add(&q, "{\"question\":\"rules\"");
  add_member(&q, "authority", s->authority);
  text_add(&q, "}");

  int rc = door_look(s, "ask", q.s, ANSWER_MS, ret);
  text_finish(&q);
  if (!rc)
    register_fails(json_get(ret->tree, "serving"));

  return rc;
}

static int ask(const struct settings *s, const char *role, const char *rule, const char *page) {
  struct answer answer, serving;
  struct text q = {0};

  text_add(&q, "{\"question\":\"register\"");
  add_member(&q, "authority", s->authority);
  add_member(&q, "role", role);
  text_add(&q, "}");

  int rc = door_ask(s, "ask", q.s, REGISTER_MS, &answer);
  text_finish(&q);
  if (rc)
    return rc;

  bool known = !s->json && !look_at_fails(s, &serving);
  rc = show(s, &answer, known ? json_get(serving.tree, "serving") : NULL, rule, page);
  if (known)
    answer_finish(&serving);

  answer_finish(&answer);

  return rc;
}

int run_register(struct settings *s, int argc, const char **argv) {
  char *role = NULL, *rule = NULL, *page = NULL;
  struct poptOption own[] = {
      {"role", 0, POPT_ARG_STRING, &role, 0, "Only rules that apply to this role", "ROLE"},
      {"rule", 0, POPT_ARG_STRING, &rule, 0, "Everything about this rule", "NAME"},
      {"page", 0, POPT_ARG_STRING, &page, 0, "Write an HTML page for publication; - prints it",
       "FILE"},
      POPT_TABLEEND};
  struct args a;
  int rc = args_parse(&a, s, "[--role ROLE] [--rule NAME] [--page FILE]", own, argc, argv, 0, 0);
  if (rc)
    return rc;

  if (rule && page) {
    complain("--rule and --page exclude each other; remove one");
    rc = EXIT_USAGE;
  } else {
    if (settings_need(s, false))
      rc = ask(s, role, rule, page);
    else
      rc = EXIT_USAGE;
  }

  free(role);
  free(rule);
  free(page);
  args_finish(&a);

  return rc;
}
