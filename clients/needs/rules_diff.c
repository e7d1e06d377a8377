/* rules_diff - `needs rules diff [FROM] TO`: who would gain or lose what, before rules are
 * published.
 *
 * The daemon compares and holds small counts back (docs/protocol.md, diff); this waits, and prints:
 * a sentence of people and one of schools as a whole, the rules that are new, changed or gone, then
 * by where people work and what they are, and by school. People are named only on request,
 * and only to users who may read individual records. */
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "advice.h"
#include "conn.h"
#include "directory.h"
#include "output.h"
#include "rules.h"
#include "statement.h"
#include "table.h"
#include "text.h"

enum {
  LOOK_MS = 150,
  EXAMPLES = 5
};

struct comparison {
  struct settings *settings;
  struct conn conn;
  const char *from, *to; /* from NULL: the current rules */
  char *run;
  bool people, share;
  struct answer found;
};

/* --- asking --- */

static int ask(struct comparison *c, const char *question, const char *after, struct answer *ret) {
  struct text q = {0};
  text_add(&q, "{");
  add_member(&q, "question", question);
  add_member(&q, "authority", c->settings->authority);
  if (!c->run)
    add_member(&q, "from", c->from);
  if (!c->run)
    add_member(&q, "to", c->to);

  add_member(&q, "run", c->run);
  add_member(&q, "after", after);
  text_add(&q, "}");

  int rc = conn_ask(&c->conn, "ask", q.s, ANSWER_MS, ret);
  text_finish(&q);

  return rc;
}

static void show_progress(json answer, bool last) {
  if (!isatty(STDERR_FILENO))
    return;

  output_control(stderr, last ? CONTROL_LINE_CLEAR : CONTROL_LINE_START);
  if (last)
    return;

  if (json_number(answer, "of", 0) > 0)
    fprintf(stderr, "comparing: %lld of %lld people ", (long long)json_number(answer, "done", 0),
            (long long)json_number(answer, "of", 0));
  else
    fputs("opening the rules ", stderr);
}

static int wait_for_it(struct comparison *c) {
  int rc = ask(c, "diff", NULL, &c->found);
  while (!rc && json_flag(c->found.tree, "running")) {
    const char *run = json_string(c->found.tree, "run");
    if (!c->run)
      c->run = copy_text(text_or(run, ""));

    show_progress(c->found.tree, false);
    answer_finish(&c->found);
    nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000L}, NULL);
    rc = ask(c, "diff", NULL, &c->found);
  }

  show_progress(NULL, true);

  return rc;
}

/* --- numbers that may be held back --- */

static bool any_hidden; /* a mark was printed, and wants its note */

static const char *cell_of(json row, const char *member, char ret[24]) {
  any_hidden |= !json_has_number(row, member);
  if (json_has_number(row, member))
    snprintf(ret, 24, "%lld", (long long)json_number(row, member, 0));
  else
    snprintf(ret, 24, "*");

  return ret;
}

static void add_part(struct text *t, int64_t n, const char *what) {
  if (n > 0)
    text_addf(t, "%s%lld %s", comma(t->len), (long long)n, what);
}

/* How those who would see a difference divide: each person once. */
static void add_split(struct text *t, json total) {
  int64_t changed = json_number(total, "changed", 0), both = json_number(total, "both", 0);
  int64_t gain = json_number(total, "gain", 0) - both, lose = json_number(total, "lose", 0) - both;
  struct text parts = {0};

  add_part(&parts, gain, one_or_many(gain, "gains", "gain"));
  add_part(&parts, lose, one_or_many(lose, "loses", "lose"));
  add_part(&parts, both, one_or_many(both, "gains and loses", "gain and lose"));
  add_part(&parts, changed - gain - lose - both,
           "only in details: words, time, priority or alternatives");
  if (parts.len)
    text_addf(t, ": %s", parts.s);

  text_finish(&parts);
}

static void print_summary(json total) {
  struct text t = {0};
  long long people = (long long)json_number(total, "people", 0),
            changed = (long long)json_number(total, "changed", 0);
  long long schools = (long long)json_number(total, "schools", 0);

  if (!json_has_number(total, "people"))
    text_add(&t, "There are fewer than 5 people, too few to report on");
  else if (!json_has_number(total, "changed"))
    text_addf(&t, "Fewer than 5 of %lld people would see a difference", people);
  else if (changed == 0)
    text_addf(&t, "Nobody of %lld people would see a difference", people);
  else
    text_addf(&t, "%lld of %lld people would see a difference", changed, people);

  if (changed && json_has_number(total, "gain"))
    add_split(&t, total);
  else if (changed)
    text_add(&t, "; gains and losses are below 5 and not shown");

  if (changed && schools)
    text_addf(&t, "; in %lld school%s", schools, plural(schools));

  text_add(&t, ".");
  print_heading(stdout, t.s);
  text_finish(&t);
}

static void add_amount(struct text *t, int64_t n, void (*add)(struct text *t, int64_t n),
                       const char *word) {
  if (n == 0)
    return;
  if (t->len)
    text_add(t, ", ");
  add(t, n);
  text_addf(t, " %s", word);
}

static void print_spending(json of, const char *label, void (*add)(struct text *t, int64_t n)) {
  struct text t = {0};
  long long unknown = (long long)json_number(of, "not_known", 0);
  add_amount(&t, json_number(of, "more", 0), add, "more");
  add_amount(&t, json_number(of, "less", 0), add, "less");
  if (unknown)
    text_addf(&t, "%sunknown for %lld recommendation%s", text_if(t.len, "; "), unknown,
              plural(unknown));

  if (json_flag(of, "suppressed"))
    text_addf(&t, "%ssome numbers are below 5 and not shown", text_if(t.len, "; "));
  if (t.len)
    printf("  %s: %s\n", label, t.s);

  text_finish(&t);
}

static void print_costs(json of) {
  print_spending(json_get(of, "minutes"), "Paid time", add_minutes);
  print_spending(json_get(of, "pence"), "Fees", add_money);
}

/* --- schools as a whole --- */

/* Schools whose difference is of a few people, so that it is not told which they are; null: nor how
 * many. */
static bool has_few(json of) {
  return !json_has_number(of, "few") || json_number(of, "few", 0) > 0;
}

static bool schools_differ(json schools) {
  return schools && (json_number(schools, "changed", 0) > 0 || has_few(schools));
}

static void print_schools_summary(json schools) {
  struct text t = {0}, parts = {0};
  long long n = (long long)json_number(schools, "schools", 0),
            changed = (long long)json_number(schools, "changed", 0);
  long long gain = (long long)json_number(schools, "gain", 0),
            lose = (long long)json_number(schools, "lose", 0);
  if (!schools_differ(schools))
    return;

  add_part(&parts, gain, one_or_many(gain, "gains", "gain"));
  add_part(&parts, lose, one_or_many(lose, "loses", "lose"));
  if (changed)
    text_addf(&t, "The advice to %lld of %lld schools as a whole would change", changed, n);
  if (changed && parts.len)
    text_addf(&t, ": %s", parts.s);
  if (changed)
    text_add(&t, ".");
  if (has_few(schools))
    text_addf(&t, "%s changes would affect fewer than 5 people; they are not shown.",
              changed ? " Other" : "Some school-wide");

  print_folded(stdout, 0, 2, t.s);
  print_spending(json_get(schools, "minutes"), "Paid time of everybody counted", add_minutes);
  print_spending(json_get(schools, "pence"), "Fees for them", add_money);
  text_finish(&t);
  text_finish(&parts);
}

/* --- rules --- */

static void add_reach_of_schools(struct text *t, json rule) {
  long long n = (long long)json_number(rule, "schools", 0);
  if (n)
    text_addf(t, "%lld school%s", n, plural(n));
  if (has_few(rule))
    text_add(t, n ? ", and others for fewer than 5 people" : "schools for fewer than 5 people");
  if (!n && !has_few(rule))
    text_add(t, "no school");
}

static void add_reach(struct text *t, json rule) {
  long long n = (long long)json_number(rule, "people", 0);
  if (json_has_number(rule, "schools"))
    add_reach_of_schools(t, rule);
  else if (!json_has_number(rule, "people"))
    text_add(t, "fewer than 5 people, or a number that is not shown");
  else if (n == 0)
    text_add(t, "nobody");
  else
    text_addf(t, "%lld people", n);
}

static void print_rules(json rules) {
  struct text gone = {0};

  for (size_t i = 0; i < json_count(rules); i++) {
    struct text t = {0};
    json rule = json_at(rules, i);
    const char *name = json_string(rule, "rule"), *what = json_string(rule, "what");
    bool is_new = what && !strcmp(what, "new");

    if (what && !strcmp(what, "gone")) {
      text_addf(&gone, "%s%s", comma(gone.len), text_or(name, "?"));
      continue;
    }

    text_addf(&t, is_new ? "The new rule %s reaches " : "The rule %s has changed; it reaches ",
              text_or(name, "?"));
    add_reach(&t, rule);
    text_add(&t, ".");
    print_folded(stdout, 2, 2, t.s);
    text_finish(&t);
  }

  if (gone.len)
    print_line(stdout, 2, "Rules removed", gone.s);

  text_finish(&gone);
}

/* --- tables --- */

static bool has_difference(json row) {
  return !json_has_number(row, "changed") || json_number(row, "changed", 0) > 0;
}

static void add_group(struct table *table, json g) {
  char people[24], changed[24], gain[24], lose[24];
  struct text name = {0};
  const char *code = json_string(g, "group"), *words = json_string(g, "words");

  text_add(&name, words ? words : text_or(code, "?"));
  if (words && code)
    text_addf(&name, " (%s)", code);

  table_row(table, name.s, cell_of(g, "people", people), cell_of(g, "changed", changed),
            cell_of(g, "gain", gain), cell_of(g, "lose", lose));
  text_finish(&name);
}

static void print_groups(json groups, const char *heading) {
  const char *headings[] = {heading, "people", "see a difference", "gain", "lose"};
  struct table table;
  size_t n = 0, others = 0;

  table_init(&table, 5, headings, 0x1e);
  for (size_t i = 0; i < json_count(groups); i++) {
    json g = json_at(groups, i);
    n += has_difference(g);
    others += !has_difference(g);
    if (has_difference(g))
      add_group(&table, g);
  }

  if (n && n + others > 1) { /* a single group is everybody: printed above */
    puts("");
    table_print(&table, stdout, 2);
    if (others)
      printf("  and %zu other%s without a difference\n", others, plural(others));
  }

  table_finish(&table);
}

static void print_list(json list, const char *member, const char *heading) {
  const char *headings[] = {heading, "gain", "lose"};
  struct table table;

  table_init(&table, 3, headings, 6);
  for (size_t i = 0; i < json_count(list); i++) {
    char gain[24], lose[24];
    json row = json_at(list, i);
    table_row(&table, json_string(row, member), cell_of(row, "gain", gain),
              cell_of(row, "lose", lose));
  }

  if (json_count(list)) {
    puts("");
    table_print(&table, stdout, 2);
  }

  table_finish(&table);
}

static void print_tables(json found) {
  static const char *const by[][2] = {
      {"school", "by school"},      {"family", "by family of roles"},
      {"contract", "by contract"},  {"employer", "by employer"},
      {"hours", "by hours a week"}, {"term_time", "by term time only"}};
  static const char *const of[][3] = {{"kinds", "kind", "by kind of development"},
                                      {"recommendations", "recommendation", "by recommendation"},
                                      {"rules", "rule", "by rule"}};

  for (size_t i = 0; i < sizeof by / sizeof *by; i++)
    print_groups(json_get(json_get(found, "by"), by[i][0]), by[i][1]);
  for (size_t i = 0; i < sizeof of / sizeof *of; i++)
    print_list(json_get(found, of[i][0]), of[i][1], of[i][2]);
}

static void print_note(void) {
  if (!any_hidden)
    return;

  puts("");
  print_folded(stdout, 2, 5,
               "*: fewer than 5, or hidden because it would reveal such a number; people who may "
               "read individual records can see them with --people");
}

/* --- what is wrong with it --- */

static void print_faults(json found) {
  json faults = json_get(found, "faults"), failures = json_get(found, "failures");
  for (size_t i = 0; i < json_count(faults); i++)
    complain("%s", json_text(json_at(faults, i)));
  for (size_t i = 0; i < json_count(failures); i++) {
    json f = json_at(failures, i);
    const char *rule = json_string(f, "rule"), *message = json_string(f, "message");

    if (json_flag(f, "before"))
      continue;

    if (json_has_number(f, "schools"))
      complain("the rule %s now fails for %lld school%s: %s", text_or(rule, "?"),
               (long long)json_number(f, "schools", 0),
               one_or_many(json_number(f, "schools", 0), "", "s"), text_or(message, ""));
    else if (json_has_number(f, "people"))
      complain("the rule %s now fails for %lld people: %s", text_or(rule, "?"),
               (long long)json_number(f, "people", 0), text_or(message, ""));
    else
      complain("the rule %s now fails for a few people: %s", text_or(rule, "?"),
               text_or(message, ""));
  }
}

/* --- people --- */

static void add_ids(struct text *t, json list) {
  for (size_t i = 0; i < json_count(list); i++) {
    const char *id = json_string(json_at(list, i), "recommendation"),
               *cohort = json_string(json_at(list, i), "cohort");
    text_addf(t, "%s%s", comma(t->len), id ? id : text_or(cohort, "?"));
  }
}

/* A row of differences: of a person, or of a school as a whole. */
static void add_person(struct table *table, json row) {
  static const char *const members[] = {"gains", "loses", "changes"};
  struct text cells[3] = {0};

  for (int i = 0; i < 3; i++)
    add_ids(&cells[i], json_get(row, members[i]));

  const char *person = json_string(row, "person");
  table_row(table, json_string(row, "school"), text_or(person, "as a whole"), cells[0].s,
            cells[1].s, cells[2].s);
  for (int i = 0; i < 3; i++)
    text_finish(&cells[i]);
}

static void print_sentences(json list, const char *word, const char *member) {
  for (size_t i = 0; i < json_count(list); i++) {
    struct text t = {0};
    const char *before = json_string(json_at(list, i), "before"),
               *text = json_string(json_at(list, i), member);

    text_addf(&t, "%s %s", word, text_or(text, "?"));
    if (before && text && strcmp(before, text))
      text_addf(&t, " (now: %s)", before);

    print_folded(stdout, 4, 13, t.s);
    text_finish(&t);
  }
}

static void print_example(json row) {
  const char *school = json_string(row, "school"), *person = json_string(row, "person");
  printf("  %s in school %s\n", text_or(person, "?"), text_or(school, "?"));
  print_sentences(json_get(row, "gains"), "gains:  ", "summary");
  print_sentences(json_get(row, "loses"), "loses:  ", "summary");
  print_sentences(json_get(row, "changes"), "changes:", "after");
}

static void print_examples(json page) {
  json people = json_get(page, "people");
  if (!json_count(people))
    return;

  puts("");
  print_heading(stdout, "Examples (confidential: do not pass on)");
  for (size_t i = 0; i < json_count(people) && i < EXAMPLES; i++)
    print_example(json_at(people, i));
}

/* Examples are optional: a user who may not read individual records gets none, and no message. */
static void look_at_examples(struct comparison *c) {
  struct text q = {0};
  struct answer page;

  text_add(&q, "{");
  add_member(&q, "question", "differences");
  add_member(&q, "authority", c->settings->authority);
  add_member(&q, "run", json_string(c->found.tree, "run"));
  text_add(&q, "}");

  if (!door_look(c->settings, "ask", q.s, ANSWER_MS, &page)) {
    if (!strcmp(page.reply.status, "ok"))
      print_examples(page.tree);
    answer_finish(&page);
  }

  text_finish(&q);
}

static void add_rows(struct table *table, json rows) {
  for (size_t i = 0; table && i < json_count(rows); i++)
    add_person(table, json_at(rows, i));
}

/* Every page: as it came, or rows of the table. */
static int each_page(struct comparison *c, struct table *table, struct answer *first) {
  char *after = NULL;
  int rc = 0;

  do {
    struct answer page;
    if ((rc = ask(c, "differences", after, &page)))
      break;

    const char *next = json_string(page.tree, "next");
    free(after);
    if (next)
      after = copy_text(next);
    else
      after = NULL;

    if (!table)
      puts(page.reply.body);

    add_rows(table, json_get(page.tree, "people"));
    add_rows(table, json_get(page.tree, "schools"));

    if (first && !first->tree)
      *first = page;
    else
      answer_finish(&page);
  } while (after);

  free(after);

  return rc;
}

/* --- the whole --- */

static int print_people(struct comparison *c) {
  static const char *const headings[] = {"school", "person", "gains", "loses", "changes"};
  struct table table;
  struct answer first = {0};

  table_init(&table, 5, headings, 0);
  int rc = each_page(c, &table, &first);
  if (!rc) {
    print_summary(json_get(first.tree, "total"));
    print_costs(first.tree);
    if (table.rows > 1)
      puts("");
    if (table.rows > 1)
      table_print(&table, stdout, 2);
    if (json_number(first.tree, "left_out", 0))
      printf("  and %lld more rows, which the daemon does not keep\n",
             (long long)json_number(first.tree, "left_out", 0));
  }

  answer_finish(&first);
  table_finish(&table);

  return rc;
}

static void print_school_tables(json schools) {
  static const char *const headings[] = {"school", "", "gains", "loses", "changes"};
  struct table table;
  json items = json_get(schools, "items");

  print_list(json_get(schools, "cohorts"), "cohort", "schools as a whole");
  if (!json_count(items))
    return;

  table_init(&table, 5, headings, 0);
  add_rows(&table, items);
  puts("");
  table_print(&table, stdout, 2);

  size_t more = (size_t)json_number(schools, "changed", 0) - json_count(items);
  if (more)
    printf("  and %zu other%s\n", more, plural(more));

  table_finish(&table);
}

static int print_found(struct comparison *c) {
  json found = c->found.tree, total = json_get(found, "total"),
       schools = json_get(found, "schools");
  if (!total)
    return 0; /* it broke off: there are faults */
  if (c->people)
    return print_people(c);

  bool differ = !json_has_number(total, "changed") || json_number(total, "changed", 0) > 0;
  print_summary(total);
  if (differ)
    print_costs(found);

  print_schools_summary(schools);
  print_rules(json_get(found, "rules_moved"));
  if (differ)
    print_tables(found);

  print_school_tables(schools);
  print_note();
  if (differ && !c->share)
    look_at_examples(c);

  return 0;
}

/* Whether a name is a candidate's or a publication's, only the daemon knows. Where it is neither, a
 * directory like it is most likely what was meant. */
static void tell_near(const char *given) {
  char *near = NULL;
  if (given && !is_directory(given))
    near = directory_near(given);
  if (near)
    directory_there(given, OF_RULES);

  free(near);
}

static int compare(struct comparison *c) {
  int rc = conn_open(&c->conn, c->settings->server);
  if (!rc)
    rc = wait_for_it(c);
  if (rc == EXIT_REJECTED) {
    tell_near(c->from);
    tell_near(c->to);
  }

  if (!rc && !c->run)
    c->run = copy_text(json_string(c->found.tree, "run"));
  if (!rc) {
    bool ok = json_flag(c->found.tree, "ok");
    if (c->settings->json)
      puts(c->found.reply.body);
    if (!c->settings->json)
      rc = print_found(c);
    else if (c->people && json_get(c->found.tree, "total"))
      rc = each_page(c, NULL, NULL);
    else
      rc = 0;

    fflush(stdout);
    if (!c->settings->json)
      print_faults(c->found.tree);
    if (!rc && !ok)
      rc = EXIT_REJECTED;
  } else if (rc == EXIT_NOT_REACHED)
    not_reached(c->settings->server);

  answer_finish(&c->found);
  conn_close(&c->conn);
  free(c->run);

  return rc;
}

/* --- which two --- */

/* A directory is proposed, anything else is the daemon's to know. */
static int name_one(struct settings *s, const char *given, const char *catalogue, const char *as,
                    char **ret) {
  if (is_directory(given) || (!given && catalogue)) {
    struct answer answer;
    int rc = rules_propose(s, given, catalogue, as, &answer);
    if (rc)
      return rc;

    *ret = copy_text(json_string(answer.tree, "candidate"));
    answer_finish(&answer);

    return 0;
  }
  if (catalogue) {
    complain("%s is not a directory; --catalogue needs a directory of rules, as a candidate has "
             "its own catalogue",
             given);
    return EXIT_USAGE;
  }

  if (given)
    *ret = copy_text(given);
  else
    *ret = NULL;

  return 0;
}

/* What has a slash in it is a place; another name may be a candidate's or a publication's. */
static bool may_be(const char *given) {
  return is_directory(given) || !strchr(given, '/') || directory_there(given, OF_RULES);
}

static int compare_named(struct comparison *c, const struct args *a, const char *catalogue,
                         const char *as) {
  char *from = NULL, *to = NULL;
  const char *first = NULL, *last = NULL;
  int rc = EXIT_USAGE;

  if (a->n == 2)
    first = a->items[0];
  if (a->n)
    last = a->items[a->n - 1];

  for (int i = 0; i < a->n; i++)
    if (!may_be(a->items[i]))
      return EXIT_USAGE;

  if (!a->n && !catalogue)
    complain("missing argument: TO; give a directory of rules, a candidate or a publication, or "
             "--catalogue DIR");
  else if (settings_need(c->settings, false) &&
           !(rc = name_one(c->settings, first, NULL, as, &from)))
    rc = name_one(c->settings, last, catalogue, as, &to);

  c->from = from;
  c->to = to;
  if (!rc)
    rc = compare(c);

  free(from);
  free(to);

  return rc;
}

int run_rules_diff(struct settings *s, int argc, const char **argv) {
  char *catalogue = NULL, *as = NULL;
  int people = 0, share = 0;
  struct poptOption own[] = {{"catalogue", 0, POPT_ARG_STRING, &catalogue, 0,
                              "With the catalogue of this directory", "DIR"},
                             {"as", 0, POPT_ARG_STRING, &as, 0,
                              "Who proposes it, if the connection does not identify you", "NAME"},
                             {"people", 0, POPT_ARG_NONE, &people, 0,
                              "List everybody affected by id, with all numbers (confidential)",
                              NULL},
                             {"share", 0, POPT_ARG_NONE, &share, 0,
                              "Leave out the examples, so that the report can be shared", NULL},
                             POPT_TABLEEND};
  struct args a;
  int rc = args_parse(&a, s, "[FROM] TO [--catalogue DIR]", own, argc, argv, 0, 2);
  if (rc)
    return rc;

  rc = compare_named(&(struct comparison){.settings = s, .people = people, .share = share}, &a,
                     catalogue, as);
  free(catalogue);
  free(as);
  args_finish(&a);

  return rc;
}
