/* rules - `needs rules`: prints the current rules, and runs the verbs of authors of rules.
 *
 * One row a verb; longer verbs have their own files (rules_*.c). */
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "complete.h"
#include "conn.h"
#include "directory.h"
#include "local.h"
#include "register.h"
#include "rules.h"
#include "table.h"
#include "text.h"

/* --- the current rules --- */

static void print_list(json serving) {
  static const char *const headings[] = {"rule", "about", "after", "owner", "where"};
  json list = json_get(serving, "list");
  struct table table;

  table_init(&table, 5, headings, 0);
  for (size_t i = 0; i < json_count(list); i++) {
    json r = json_at(list, i);
    const char *file = json_string(r, "file"), *rule = json_string(r, "rule"),
               *source = json_string(r, "source");
    struct text where = {0}, name = {0}, after = {0};

    text_addf(&where, "%s:%lld", text_or(file, "?"), (long long)json_number(r, "line", 0));
    text_addf(&name, "%s%s", text_or(rule, "?"), text_if(json_flag(r, "aside"), " (set aside)"));
    text_add(&after, text_or(source, ""));
    add_certainty(&after, r);
    table_row(&table, name.s, json_string(r, "about"), after.s, json_string(r, "owner"), where.s);
    text_finish(&where);
    text_finish(&name);
    text_finish(&after);
  }

  table_print(&table, stdout, 2);
  table_finish(&table);
}

void print_failing(FILE *f, json serving) {
  json rules = json_get(serving, "list");
  struct text t = {0};
  bool any = false;

  register_fails(serving);
  for (size_t i = 0; i < json_count(rules); i++) {
    text_clear(&t);
    add_fails(&t, json_at(rules, i));
    if (!t.len)
      continue;

    if (!any)
      fputs("\nRules that fail:\n", f);

    any = true;
    print_line(f, 2, json_string(json_at(rules, i), "rule"), t.s);
  }

  text_clear(&t);
  if (any)
    add_failures_of(&t, serving);
  if (t.len)
    print_folded(f, 2, 2, t.s);

  text_finish(&t);
}

static void print_serving(const struct settings *s, json answer) {
  json serving = json_get(answer, "serving"),
       faults = json_get(json_get(answer, "refused"), "faults");
  struct text t = {0};

  text_addf(&t, "Rules of %s: ", s->authority);
  text_add_hash(&t, json_string(serving, "rules"));
  text_add(&t, ", catalogue ");
  text_add_hash(&t, json_string(serving, "catalogue"));
  print_heading(stdout, t.s);
  text_finish(&t);
  print_list(serving);
  print_failing(stdout, serving);
  print_renewing(answer);
  if (json_count(faults))
    puts("\nNewer rules or catalogue were refused; the rules above remain in force:");
  for (size_t i = 0; i < json_count(faults); i++)
    print_folded(stdout, 2, 4, json_text(json_at(faults, i)));
}

static void add_verbs(struct text *t);
static void add_verb_lines(struct text *t);

static int run_serving(struct settings *s, int argc, const char **argv) {
  struct args a;
  struct answer answer;
  struct text usage = {0};

  add_verbs(&usage);
  if (args_help_asked(argc, argv))
    add_verb_lines(&usage);

  int rc = args_parse(&a, s, usage.s, NULL, argc, argv, 0, 0);
  text_finish(&usage);
  if (rc)
    return rc;

  if (settings_need(s, false))
    rc = door_question(s, "rules", s->authority, &answer);
  else
    rc = EXIT_USAGE;

  if (!rc) {
    if (s->json)
      puts(answer.reply.body);
    else
      print_serving(s, answer.tree);
    answer_finish(&answer);
  }

  args_finish(&a);

  return rc;
}

/* --- check --- */

static int run_check_rules(struct settings *s, int argc, const char **argv) {
  char *catalogue = NULL;
  struct poptOption own[] = {{"catalogue", 0, POPT_ARG_STRING, &catalogue, 0,
                              "with this catalogue, merged over the shipped one", "DIR"},
                             POPT_TABLEEND};
  struct args a;
  int rc = args_parse(&a, s, "DIR [--catalogue DIR]", own, argc, argv, 1, 1);
  if (rc)
    return rc;

  const char *args[8] = {"--check-rules", a.items[0]};
  int n = 2;

  if (catalogue)
    args[n++] = "--with-catalogue", args[n++] = catalogue;
  if (s->json)
    args[n++] = "--json";

  bool there = directory_there(a.items[0], OF_RULES) &&
               (!catalogue || directory_there(catalogue, OF_CATALOGUE));
  if (there)
    rc = local_needsd(args);
  else
    rc = EXIT_USAGE;

  free(catalogue);
  args_finish(&a);

  return rc;
}

/* --- the verbs --- */

static const struct command verbs[] = {
    {"check", "DIR", "Check a directory of rules and report every fault", run_check_rules},
    {"test", "[DIR] [NAME...]", "Run the tests of a directory of rules", run_test_rules},
    {"new", "DIR", "Create a directory of rules with examples", run_new_rules},
    {"list", "", "The register: the rules, their sources, and how their advice was received",
     run_register},
    {"propose", "DIR", "Send rules to the daemon to check and keep as a candidate",
     run_rules_propose},
    {"diff", "[FROM] TO", "Compare: who would gain or lose which recommendations", run_rules_diff},
    {"publish", "DIR|CANDIDATE", "Rules brought live", run_rules_publish},
    {"approve", "CANDIDATE", "Approve a candidate as a second person", run_rules_approve},
    {"rollback", "[NAME]", "Publish the previous rules again", run_rules_rollback},
    {"history", "", "List the publications", run_rules_history},
    {"restore", "RULE", "Run a suspended rule again", run_rules_restore},
};
#define N_VERBS (sizeof verbs / sizeof *verbs)

/* "[check|test]" for usage lines and completion. */
static void add_verbs(struct text *t) {
  text_add(t, "[");
  for (size_t i = 0; i < N_VERBS; i++)
    text_addf(t, "%s%s", text_if(i > 0, "|"), verbs[i].name);
  text_add(t, "]");
}

/* What each is for, below the usage line of --help. */
static void add_verb_lines(struct text *t) {
  text_add(t, "\n");
  for (size_t i = 0; i < N_VERBS; i++)
    text_addf(t, "\n  %-10s  %s", verbs[i].name, verbs[i].help);

  text_add(t, "\n\nWithout a verb, needs rules shows the current rules.\nneeds rules VERB --help "
              "lists the options of a verb.");
}

static const struct command *find_verb(const char *name) {
  for (size_t i = 0; i < N_VERBS; i++)
    if (!strcmp(verbs[i].name, name))
      return &verbs[i];
  return NULL;
}

/* The verb's place: the first word that is neither an option nor the value of one that every
 * command takes. */
static int place_of_verb(int argc, const char **argv) {
  for (int i = 1; i < argc; i++) {
    if (argv[i][0] != '-')
      return i;
    if (settings_takes_value(argv[i]))
      i++;
  }

  return 0;
}

static int unknown_verb(const char *name) {
  struct text list = {0};
  for (size_t i = 0; i < N_VERBS; i++)
    text_addf(&list, "%s%s", comma(i), verbs[i].name);

  complain("'%s' is not a verb of needs rules; write %s, or nothing for the current rules", name,
           list.s);
  text_finish(&list);

  return EXIT_USAGE;
}

/* The first place after the command, for a shell. */
static void print_verbs(void) {
  struct text usage = {0};
  add_verbs(&usage);
  complete_places(usage.s);
  text_finish(&usage);
}

int run_rules(struct settings *s, int argc, const char **argv) {
  int at = place_of_verb(argc, argv);
  if (at == 0)
    return run_serving(s, argc, argv);

  const struct command *verb = find_verb(argv[at]);
  if (!verb)
    return unknown_verb(argv[at]);

  if (complete_only)
    print_verbs();

  struct text name = {0};
  text_addf(&name, "needs rules %s", verb->name);

  /* with the NULL at the end */
  memmove(argv + at, argv + at + 1, (size_t)(argc - at) * sizeof *argv);
  argv[0] = name.s;

  int rc = verb->run(s, argc - 1, argv);
  text_finish(&name);

  return rc;
}
