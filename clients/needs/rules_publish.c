/* rules_publish - `needs rules publish`, approve, rollback, history, restore: what an author does
 * with rules of an authority, from their own machine. The daemon judges; here verbs are sent and
 * answers printed. A directory is proposed first (rules_propose.c). */
#include <popt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conn.h"
#include "directory.h"
#include "output.h"
#include "rules.h"
#include "statement.h"
#include "table.h"
#include "text.h"

enum {
  LOOK_MS = 500,
  CANDIDATE_MIN = 8 /* characters of a candidate */
};

/* --- what these verbs share --- */

struct authoring {
  struct settings *s;
  char *catalogue, *as, *name;
  int wait;
};

static void open_body(struct text *t, const struct authoring *a) {
  text_add(t, "{");
  add_member(t, "authority", a->s->authority);
  add_member(t, "as", a->as);
}

static void authoring_finish(struct authoring *a) {
  free(a->catalogue);
  free(a->as);
  free(a->name);
}

#define AS_OPTION(a)                                                                               \
  {                                                                                                \
    "as", 0, POPT_ARG_STRING, &(a).as, 0, "Who does it, if the connection does not identify you",  \
        "NAME"                                                                                     \
  }
#define CATALOGUE_OPTION(a)                                                                        \
  {                                                                                                \
    "catalogue", 0, POPT_ARG_STRING, &(a).catalogue, 0, "With the catalogue of this directory",    \
        "DIR"                                                                                      \
  }
#define WAIT_OPTION(a)                                                                             \
  {                                                                                                \
    "wait", 0, POPT_ARG_NONE, &(a).wait, 0, "Return when all advice has been worked out again",    \
        NULL                                                                                       \
  }

/* --- how far everybody has been worked out anew --- */

static void draw_renewing(json renewing, bool bar) {
  if (!bar)
    return;

  output_control(stderr, renewing ? CONTROL_LINE_START : CONTROL_LINE_CLEAR);
  if (renewing)
    fprintf(stderr, "advice worked out again for %lld of %lld people",
            (long long)json_number(renewing, "done", 0), (long long)json_number(renewing, "of", 0));
}

static json renewing_of(json answer) {
  json renewing = json_get(answer, "renewing");
  if (json_has_number(renewing, "of"))
    return renewing;
  return NULL;
}

void print_renewing(json answer) {
  struct text t = {0};
  json renewing = renewing_of(answer);
  if (!renewing)
    return;

  text_addf(&t,
            "All advice is being worked out again in the background: %lld of %lld people so far "
            "(needs rules shows the progress).",
            (long long)json_number(renewing, "done", 0), (long long)json_number(renewing, "of", 0));
  print_folded(stdout, 2, 2, t.s);
  text_finish(&t);
}

/* Looks once, or until it is done. */
static int follow_renewing(const struct authoring *a, bool wait) {
  const struct timespec pause = {0, LOOK_MS * 1000000L};
  bool bar = wait && !a->s->json && !terminal_plain(stderr), more = true;
  int rc = 0;

  while (more && !rc) {
    struct answer answer;
    if ((rc = door_question(a->s, "rules", a->s->authority, &answer)) != 0)
      break;

    json renewing = renewing_of(answer.tree);
    draw_renewing(renewing, bar);
    if (!wait && !a->s->json)
      print_renewing(answer.tree);

    more = wait && renewing;

    /* It serves all the same: a rule that fails for somebody says nothing to them, and the others
     * are heard. */
    if (wait && !more)
      print_failing(stderr, json_get(answer.tree, "serving"));

    answer_finish(&answer);
    if (more)
      nanosleep(&pause, NULL);
  }

  return rc;
}

/* --- publish, rollback --- */

static void print_published(const struct authoring *a, json answer) {
  const char *name = json_string(answer, "name"), *of = json_string(answer, "rollback_of"),
             *approved = json_string(answer, "approved_by");
  struct text t = {0};

  name = text_or(name, "?");
  if (json_flag(answer, "already"))
    text_addf(&t, "%s is already in force for %s", name, a->s->authority);
  else if (of)
    text_addf(&t, "%s: rolled back to %s (recorded as %s)", a->s->authority, of, name);
  else
    text_addf(&t, "published %s for %s", name, a->s->authority);

  if (approved)
    text_addf(&t, ", approved by %s", approved);

  print_heading(stdout, t.s);
  text_finish(&t);
}

static int send_deed(const struct authoring *a, const char *verb, const char *member,
                     const char *value, struct answer *ret) {
  struct text body = {0};
  open_body(&body, a);
  if (member)
    add_member(&body, member, value);

  add_member(&body, "name", a->name);
  text_add(&body, "}");

  int rc = door_ask(a->s, verb, body.s, CHECK_MS, ret);
  text_finish(&body);

  return rc;
}

static int bring_live(const struct authoring *a, const char *verb, const char *candidate) {
  struct answer answer;
  int rc = send_deed(a, verb, candidate ? "candidate" : NULL, candidate, &answer);
  if (rc)
    return rc;

  if (a->s->json)
    puts(answer.reply.body);
  else
    print_published(a, answer.tree);

  answer_finish(&answer);

  return follow_renewing(a, a->wait);
}

/* Proposes the directory first; a fault in it ends the command. */
static int publish_dir(const struct authoring *a, const char *dir) {
  struct answer answer;
  int rc = rules_propose(a->s, dir, a->catalogue, a->as, &answer);
  if (rc == EXIT_REJECTED)
    complain("nothing was published; the current rules remain in force");

  if (rc)
    return rc;

  rc = bring_live(a, "publish", json_string(answer.tree, "candidate"));
  answer_finish(&answer);

  return rc;
}

/* A hash is a candidate's; anything else was most likely meant for a directory. */
static int not_there(const struct authoring *a, const char *given) {
  bool is_hash = given[strspn(given, "0123456789abcdef")] == '\0';
  char *near = directory_near(given);
  if (near || strchr(given, '/'))
    directory_there(given, OF_RULES);
  else if (a->catalogue && is_hash)
    complain("there is no directory %s; a candidate already includes its catalogue", given);
  else
    complain("there is no directory %s, and a candidate is named by its hash; to publish an "
             "earlier publication again: needs rules rollback %s",
             given, given);

  free(near);

  return EXIT_USAGE;
}

/* A name may be made of a hash's letters, as "bad" is. True after saying what brings it back. */
static bool was_published(const struct settings *s, const char *name) {
  struct answer answer;
  bool found = false;

  if (door_question(s, "history", s->authority, &answer))
    return false;

  json history = json_get(answer.tree, "history");
  for (size_t i = 0; i < json_count(history) && !found; i++) {
    const char *other = json_string(json_at(history, i), "name");
    found = other && !strcmp(other, name);
  }

  answer_finish(&answer);
  if (found)
    complain("%s is a publication; publish takes a directory or a candidate; to publish it again: "
             "needs rules rollback %s",
             name, name);

  return found;
}

static int publish_candidate(const struct authoring *a, const char *candidate) {
  bool is_short = strlen(candidate) < CANDIDATE_MIN;
  if (is_short && was_published(a->s, candidate))
    return EXIT_USAGE;

  int rc = bring_live(a, "publish", candidate);
  if (rc == EXIT_REJECTED && !is_short && was_published(a->s, candidate))
    return EXIT_USAGE;
  return rc;
}

int run_rules_publish(struct settings *s, int argc, const char **argv) {
  struct authoring a = {.s = s};
  struct poptOption own[] = {
      CATALOGUE_OPTION(a),
      AS_OPTION(a),
      WAIT_OPTION(a),
      {"name", 0, POPT_ARG_STRING, &a.name, 0, "The name of the publication", "NAME"},
      POPT_TABLEEND};
  struct args args;
  int rc = args_parse(&args, s, "DIR|CANDIDATE [--catalogue DIR] [--name NAME]", own, argc, argv, 1,
                      1);
  if (rc)
    return rc;

  if (!settings_need(s, false)) {
    rc = EXIT_USAGE;
  } else if (is_directory(args.items[0])) {
    rc = publish_dir(&a, args.items[0]);
  } else if (a.catalogue || args.items[0][strspn(args.items[0], "0123456789abcdef")] != '\0') {
    rc = not_there(&a, args.items[0]);
  } else {
    rc = publish_candidate(&a, args.items[0]);
  }

  authoring_finish(&a);
  args_finish(&args);

  return rc;
}

/* What served before, by its name: a request that is sent twice, after an answer was lost, then
 * does the same twice. NULL: nothing. */
static char *name_before(json history) {
  json now = NULL;

  for (size_t i = 0; i < json_count(history); i++) {
    json a = json_at(history, i);
    const char *name = json_string(a, "name"), *pair = json_string(a, "candidate");
    if (!name || !pair)
      continue; /* of a rule */
    if (now && strcmp(pair, json_string(now, "candidate")))
      return copy_text(name);

    if (!now)
      now = a;
  }

  return NULL;
}

static int find_before(struct authoring *a) {
  struct answer answer;
  int rc = door_question(a->s, "history", a->s->authority, &answer);
  if (rc)
    return rc;

  a->name = name_before(json_get(answer.tree, "history"));
  answer_finish(&answer);
  if (!a->name)
    complain("there is no earlier publication");

  if (a->name)
    return 0;
  return EXIT_REJECTED;
}

int run_rules_rollback(struct settings *s, int argc, const char **argv) {
  struct authoring a = {.s = s};
  struct poptOption own[] = {AS_OPTION(a), WAIT_OPTION(a), POPT_TABLEEND};
  struct args args;
  int rc = args_parse(&args, s, "[NAME]", own, argc, argv, 0, 1);
  if (rc)
    return rc;

  if (args.n)
    a.name = copy_text(args.items[0]);
  if (settings_need(s, false))
    rc = 0;
  else
    rc = EXIT_USAGE;

  if (!rc && !a.name)
    rc = find_before(&a);
  if (!rc)
    rc = bring_live(&a, "rollback", NULL);

  authoring_finish(&a);
  args_finish(&args);

  return rc;
}

/* --- approve, restore --- */

/* One member, one answer, one sentence. */
static int run_deed(struct settings *s, int argc, const char **argv, const char *verb,
                    const char *member, const char *usage, const char *said) {
  struct authoring a = {.s = s};
  struct poptOption own[] = {AS_OPTION(a), POPT_TABLEEND};
  struct args args;
  struct answer answer;
  int rc = args_parse(&args, s, usage, own, argc, argv, 1, 1);
  if (rc)
    return rc;

  if (settings_need(s, false))
    rc = send_deed(&a, verb, member, args.items[0], &answer);
  else
    rc = EXIT_USAGE;

  if (!rc) {
    if (s->json)
      puts(answer.reply.body);
    else
      printf("%s %s\n", args.items[0], said);
    answer_finish(&answer);
  }

  authoring_finish(&a);
  args_finish(&args);

  return rc;
}

int run_rules_approve(struct settings *s, int argc, const char **argv) {
  return run_deed(s, argc, argv, "approve", "candidate", "CANDIDATE",
                  "is approved until other rules are published. Another person must publish it.");
}

int run_rules_restore(struct settings *s, int argc, const char **argv) {
  return run_deed(s, argc, argv, "restore", "rule", "RULE",
                  "runs again. If it breaks its worker again, it is suspended again.");
}

/* --- history --- */

/* "2026-11-28T10:00:00Z" -> "2026-11-28 10:00" */
static void add_time(struct text *t, const char *at) {
  if (!at || strlen(at) < 16)
    return;

  text_add_n(t, at, 10);
  text_add(t, " ");
  text_add_n(t, at + 11, 5);
}

static void add_publication(struct table *table, json a, const char *at) {
  const char *approved = json_string(a, "approved_by"), *of = json_string(a, "rollback_of"),
             *by = json_string(a, "by");
  struct text who = {0}, what = {0};

  text_add(&who, text_or(by, "?"));
  if (approved)
    text_addf(&who, ", approved by %s", approved);
  if (json_flag(a, "serving"))
    text_add(&what, "current; ");
  if (of)
    text_addf(&what, "rollback to %s; ", of);

  text_add(&what, "rules ");
  text_add_hash(&what, json_string(a, "rules"));
  text_add(&what, ", catalogue ");
  text_add_hash(&what, json_string(a, "catalogue"));
  table_row(table, at, json_string(a, "name"), who.s, what.s);
  text_finish(&who);
  text_finish(&what);
}

static void add_rule(struct table *table, json a, const char *act, const char *at) {
  const char *rule = json_string(a, "rule"), *reason = json_string(a, "reason"),
             *by = json_string(a, "by");
  struct text what = {0};

  text_addf(&what, "rule %s %s", text_or(rule, "?"),
            strcmp(act, "restored") ? "set aside" : "restored");
  if (reason)
    text_addf(&what, ": it %s", reason);

  table_row(table, at, NULL, text_or(by, "the daemon"), what.s);
  text_finish(&what);
}

static void print_history(const struct settings *s, json answer) {
  static const char *const headings[] = {"when (UTC)", "name", "by", "what"};
  json list = json_get(answer, "history");
  struct table table;
  struct text t = {0};

  text_addf(&t, "Publications of %s, newest first", s->authority);
  print_heading(stdout, t.s);
  table_init(&table, 4, headings, 0);

  for (size_t i = 0; i < json_count(list); i++) {
    json a = json_at(list, i);
    const char *act = json_string(a, "act");

    text_clear(&t);
    add_time(&t, json_string(a, "at"));
    if (act && !strcmp(act, "published"))
      add_publication(&table, a, t.s);
    else if (act)
      add_rule(&table, a, act, t.s);
  }

  table_print(&table, stdout, 2);
  table_finish(&table);
  text_finish(&t);
}

int run_rules_history(struct settings *s, int argc, const char **argv) {
  struct args args;
  struct answer answer;
  int rc = args_parse(&args, s, "", NULL, argc, argv, 0, 0);
  if (rc)
    return rc;

  if (settings_need(s, false))
    rc = door_question(s, "history", s->authority, &answer);
  else
    rc = EXIT_USAGE;

  if (!rc) {
    if (s->json)
      puts(answer.reply.body);
    else
      print_history(s, answer.tree);
    answer_finish(&answer);
  }

  args_finish(&args);

  return rc;
}
