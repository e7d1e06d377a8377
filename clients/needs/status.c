/* status - `needs status`, the health of the daemon and its plugins; and `needs catalogue`. */
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "conn.h"
#include "directory.h"
#include "find.h"
#include "local.h"
#include "profile.h"
#include "table.h"
#include "text.h"

static void print_fact(const char *label, const char *value) {
  printf("  %-14s %s\n", label, value);
}

static void print_number(const char *label, json j, const char *member) {
  if (!json_has_number(j, member))
    return;

  char value[32];
  snprintf(value, sizeof value, "%lld", (long long)json_number(j, member, 0));
  print_fact(label, value);
}

static void print_uptime(json health) {
  int64_t s = json_number(health, "uptime_s", -1);
  struct text t = {0};

  if (s < 0)
    return;

  if (s >= 86400)
    text_addf(&t, "%lld day%s ", (long long)(s / 86400), one_or_many(s / 86400, "", "s"));

  text_addf(&t, "%02lld:%02lld:%02lld", (long long)(s / 3600 % 24), (long long)(s / 60 % 60),
            (long long)(s % 60));
  print_fact("running for", t.s);
  text_finish(&t);
}

static void print_authorities(json list) {
  static const char *const headings[] = {"authority", "name",     "persons", "waiting",
                                         "titles",    "restarts", "rules",   "catalogue"};
  struct table table;
  int64_t waiting = 0;

  table_init(&table, 8, headings, 0x3c);
  for (size_t i = 0; i < json_count(list); i++) {
    json a = json_at(list, i);
    struct text persons = {0}, backlog = {0}, titles = {0}, restarts = {0}, rules = {0},
                catalogue = {0};

    text_addf(&persons, "%lld", (long long)json_number(a, "persons", 0));
    text_addf(&backlog, "%lld", (long long)json_number(a, "backlog", 0));
    text_addf(&titles, "%lld", (long long)json_number(a, "titles_waiting", 0));
    waiting += json_number(a, "titles_waiting", 0);
    text_addf(&restarts, "%lld", (long long)json_number(json_get(a, "worker"), "restarts", 0));
    text_add_hash(&rules, json_string(a, "rules"));
    text_add_hash(&catalogue, json_string(a, "catalogue"));
    table_row(&table, json_string(a, "authority"), json_string(a, "name"), persons.s, backlog.s,
              titles.s, restarts.s, rules.s, catalogue.s);
    text_finish(&persons);
    text_finish(&backlog);
    text_finish(&titles);
    text_finish(&restarts);
    text_finish(&rules);
    text_finish(&catalogue);
  }

  puts("");
  table_print(&table, stdout, 2);
  table_finish(&table);
  if (!waiting)
    return;

  puts("");
  print_folded(
      stdout, 2, 2,
      "titles: job titles without a role, so these people have no post; see needs titles --all");
}

static void print_rules_failing(json list) {
  for (size_t i = 0; i < json_count(list); i++) {
    json a = json_at(list, i);
    int64_t n = json_number(a, "rules_failing", 0);
    struct text t = {0};

    if (n)
      text_addf(&t, "%s: %lld rule%s; see needs rules", text_or(json_string(a, "authority"), "?"),
                (long long)n, one_or_many(n, " fails", "s fail"));

    if (n)
      print_folded(stdout, 2, 2, t.s);

    text_finish(&t);
  }
}

static void add_mib(struct text *t, int64_t bytes) {
  text_addf(t, "%lld.%lld MiB", (long long)(bytes / 1048576),
            (long long)(bytes % 1048576 * 10 / 1048576));
}

static void add_ms(struct text *t, int64_t us) {
  text_addf(t, "%lld.%lld ms", (long long)(us / 1000), (long long)(us % 1000 / 100));
}

static void print_store(json store) {
  int64_t commits = json_number(store, "commits", 0);
  struct text took = {0}, size = {0};

  print_number("commits", store, "commits");
  if (commits > 0) {
    add_ms(&took, json_number(store, "commit_us_total", 0) / commits);
    text_add(&took, " each, the longest ");
    add_ms(&took, json_number(store, "commit_us_max", 0));
    print_fact("they took", took.s);
  }

  print_number("rows written", store, "rows");
  add_mib(&size, json_number(store, "db_bytes", 0) + json_number(store, "wal_bytes", 0));
  print_fact("on disk", size.s);
  text_finish(&took);
  text_finish(&size);
}

/* An administrator must see it without asking: nothing else goes wrong while the day waits. */
static void print_day_waits(json waits) {
  const char *clock = json_string(waits, "clock");
  struct text t = {0};

  if (!clock)
    return;

  if (json_flag(waits, "may_confirm"))
    text_addf(&t, "on hold: the clock says %s; if that is right: needs day --confirm %s", clock,
              clock);
  else
    text_addf(&t,
              "on hold: the clock says %s, which is not a valid day; set the clock (timedatectl)",
              clock);

  print_fact("next day", t.s);
  text_finish(&t);
}

static void print_clock_behind(const char *clock) {
  struct text t = {0};
  if (!clock)
    return;

  text_addf(&t, "on hold: the clock says %s, which is behind the day; set the clock (timedatectl)",
            clock);
  print_fact("next day", t.s);
  text_finish(&t);
}

/* Nobody would look for it: what is broken is left out, and the rest is served. */
static void print_damage(json store) {
  const char *damage = json_string(store, "damage");
  long long n = (long long)json_number(store, "damaged", 0);
  struct text t = {0};
  if (n == 0)
    return;

  text_addf(
      &t,
      "damaged: %lld place%s in the store, the newest %s; see needs verify, and restore the backup",
      n, plural(n), text_or(damage, "not named"));
  print_folded(stdout, 2, 4, t.s);
  text_finish(&t);
}

/* What an administrator has to do something about. */
static bool needs_somebody(json h) {
  return json_string(json_get(h, "day_waits"), "clock") || json_string(h, "clock_behind") ||
         json_number(json_get(h, "store"), "damaged", 0) > 0;
}

static void print_health(const struct settings *s, json h) {
  const char *version = json_string(h, "version"), *day = json_string(h, "day");
  struct text t = {0};

  text_addf(&t, "needsd %s at %s", text_or(version, "?"), s->server);
  print_heading(stdout, t.s);
  print_uptime(h);
  text_clear(&t);
  if (day)
    add_date(&t, day);

  print_fact("day", day ? t.s : "none yet; advice starts with the first day");
  print_day_waits(json_get(h, "day_waits"));
  print_clock_behind(json_string(h, "clock_behind"));
  print_number("publications", h, "publications");
  print_number("due", h, "due");
  print_number("in flight", h, "in_flight");
  print_number("follows", h, "follows");
  print_authorities(json_get(h, "authorities"));
  print_rules_failing(json_get(h, "authorities"));

  if (json_member_count(json_get(h, "store"))) {
    puts("");
    print_heading(stdout, "Store");
    print_store(json_get(h, "store"));
    print_damage(json_get(h, "store"));
  }

  text_finish(&t);
}

/* Refused rules are what an administrator must see without asking. True if any were. */
static bool print_refusals(const struct settings *s, json authorities) {
  bool any = false;

  for (size_t i = 0; i < json_count(authorities); i++) {
    const char *code = json_string(json_at(authorities, i), "authority");
    struct answer rules;
    if (!code || door_question(s, "rules", code, &rules))
      continue;

    json faults = json_get(json_get(rules.tree, "refused"), "faults");

    if (json_get(rules.tree, "refused")) {
      any = true;
      printf("\n%s: newer rules or catalogue were refused; the current ones remain in force\n",
             code);
    }

    for (size_t k = 0; k < json_count(faults); k++)
      print_folded(stdout, 2, 4, json_text(json_at(faults, k)));

    answer_finish(&rules);
  }

  return any;
}

/* What it holds, in words: "2 follows, 1 timer". */
static void add_held(struct text *t, json plugin) {
  static const char *const held[] = {"follow", "timer", "descriptor", "request"};
  for (size_t i = 0; i < sizeof held / sizeof held[0]; i++) {
    char member[24];
    snprintf(member, sizeof member, "%ss", held[i]);
    long long n = (long long)json_number(plugin, member, 0);
    if (n > 0)
      text_addf(t, "%s%lld %s%s", comma(t->len), n, held[i], plural(n));
  }
}

static bool print_plugin_rows(json list) {
  static const char *const headings[] = {"plugin", "version", "state", "holds", "unacknowledged"};
  struct table table;
  bool any_failed = false;

  table_init(&table, 5, headings, 0x10);
  for (size_t i = 0; i < json_count(list); i++) {
    json p = json_at(list, i);
    struct text holds = {0}, waiting = {0};

    add_held(&holds, p);
    text_addf(&waiting, "%lld", (long long)json_number(p, "unacknowledged", 0));
    table_row(&table, json_string(p, "plugin"), json_string(p, "version"), json_string(p, "state"),
              holds.s, waiting.s);
    text_finish(&holds);
    text_finish(&waiting);
    any_failed = any_failed || json_string(p, "why");
  }

  puts("");
  table_print(&table, stdout, 2);
  table_finish(&table);

  return any_failed;
}

/* Prints the plugins. True if one failed: it is stopped, and its users must see that unprompted. */
static bool print_plugins(const struct settings *s) {
  struct answer plugins;
  if (door_look(s, "ask", "{\"question\":\"plugins\"}", ANSWER_MS, &plugins))
    return false;

  json list = json_get(plugins.tree, "plugins");
  bool failed = json_count(list) > 0 && print_plugin_rows(list);
  for (size_t i = 0; failed && i < json_count(list); i++) {
    const char *name = json_string(json_at(list, i), "plugin"),
               *why = json_string(json_at(list, i), "why");
    if (why)
      printf("\nThe plugin %s failed and is stopped: %s\n", text_or(name, "?"), why);
  }

  answer_finish(&plugins);

  return failed;
}

int run_status(struct settings *s, int argc, const char **argv) {
  struct args a;
  struct answer health;
  int rc = args_parse(&a, s, "", NULL, argc, argv, 0, 0);
  if (rc)
    return rc;

  rc = door_question(s, "health", NULL, &health);
  if (!rc) {
    if (s->json)
      puts(health.reply.body);
    else {
      print_health(s, health.tree);
      bool failed = print_plugins(s);
      if (print_refusals(s, json_get(health.tree, "authorities")) || failed)
        rc = EXIT_REJECTED;
      if (needs_somebody(health.tree))
        rc = EXIT_REJECTED;
    }

    answer_finish(&health);
  }

  args_finish(&a);

  return rc;
}

/* --- catalogue --- */

static void print_catalogue(const struct settings *s, json answer) {
  static const char *const headings[] = {"file", "rows", "own"}, *const uncertain[] = {
                                                                     "file", "line", "row"};
  json files = json_get(answer, "files"), low = json_get(answer, "low_certainty");
  struct table table;
  struct text t = {0};

  text_addf(&t, "Catalogue of %s: ", s->authority);
  text_add_hash(&t, json_string(answer, "hash"));
  print_heading(stdout, t.s);
  table_init(&table, 3, headings, 6);

  for (size_t i = 0; i < json_count(files); i++) {
    struct text own = {0};
    text_clear(&t);
    text_addf(&t, "%lld", (long long)json_number(json_at(files, i), "rows", 0));
    text_addf(&own, "%lld", (long long)json_number(json_at(files, i), "authority", 0));
    table_row(&table, json_string(json_at(files, i), "file"), t.s, own.s);
    text_finish(&own);
  }

  table_print(&table, stdout, 2);
  table_finish(&table);
  text_finish(&t);
  if (!json_count(low))
    return;

  puts("");
  print_heading(stdout, "Low certainty: check these before you rely on them");
  table_init(&table, 3, uncertain, 2);

  for (size_t i = 0; i < json_count(low); i++) {
    char line[24];
    snprintf(line, sizeof line, "%lld", (long long)json_number(json_at(low, i), "line", 0));
    table_row(&table, json_string(json_at(low, i), "file"), line,
              json_string(json_at(low, i), "row"));
  }

  table_print(&table, stdout, 2);
  table_finish(&table);
}

static int run_catalogue_check(const struct args *a, const struct settings *s) {
  if (a->n == 2 && !strcmp(a->items[0], "check") && !directory_there(a->items[1], OF_CATALOGUE))
    return EXIT_USAGE;

  if (a->n == 2 && !strcmp(a->items[0], "check"))
    return local_needsd(
        (const char *[]){"--check-catalogue", a->items[1], s->json ? "--json" : NULL, NULL});

  complain(
      "'%s' is not known here; write check DIR, find WORD..., role CODE, duty CODE, or nothing for "
      "the current catalogue",
      a->items[a->n > 1 && !strcmp(a->items[0], "check")]);

  return EXIT_USAGE;
}

static int describe_catalogue(const struct settings *s) {
  struct answer answer;
  int rc = door_question(s, "catalogue", s->authority, &answer);
  if (rc)
    return rc;

  if (s->json)
    puts(answer.reply.body);
  else
    print_catalogue(s, answer.tree);

  answer_finish(&answer);

  return EXIT_DONE;
}

/* `role CODE` and `duty CODE`: NULL for every other verb. */
static const char *profile_verb(const struct args *a) {
  if (a->n && (!strcmp(a->items[0], "role") || !strcmp(a->items[0], "duty")))
    return a->items[0];
  return NULL;
}

static int run_profile(const struct args *a, const struct settings *s, const char *person,
                       bool detail) {
  if (a->n < 2) {
    complain("missing argument: CODE; needs catalogue find WORD... searches for codes");
    return EXIT_USAGE;
  }

  if (a->n > 2) {
    complain("needs catalogue %s takes one code", a->items[0]);
    return EXIT_USAGE;
  }

  if (!settings_need(s, person != NULL))
    return EXIT_USAGE;

  return catalogue_profile(s, a->items[0], a->items[1], person, detail);
}

int run_catalogue(struct settings *s, int argc, const char **argv) {
  char *kind = NULL, *person = NULL;
  int all = 0, detail = 0;
  struct poptOption own[] = {
      {"kind", 0, POPT_ARG_STRING, &kind, 0,
       "find: only codes of this kind: "
       "competence|role|unit|qualification|check|barrier|payer|impact ...",
       "KIND"},
      {"all", 0, POPT_ARG_NONE, &all, 0, "find: all matches, not only the best", NULL},
      {"person", 0, POPT_ARG_STRING, &person, 0, "role, duty: what this person has of it already",
       "PERSON"},
      {"detail", 0, POPT_ARG_NONE, &detail, 0, "role, duty: every unit, course and award", NULL},
      POPT_TABLEEND};
  struct args a;
  int rc = args_parse(&a, s, "[check|find|role|duty DIR|WORD...|CODE]", own, argc, argv, 0, -1);
  if (rc)
    return rc;

  bool find = a.n && !strcmp(a.items[0], "find");
  if (!find && (kind || all)) {
    complain("--kind and --all are options of needs catalogue find");
    rc = EXIT_USAGE;
  } else if (!profile_verb(&a) && (person || detail)) {
    complain("--person and --detail are options of needs catalogue role and duty");
    rc = EXIT_USAGE;
  } else if (profile_verb(&a))
    rc = run_profile(&a, s, person, detail);
  else if (a.n && !find)
    rc = run_catalogue_check(&a, s);
  else if (!settings_need(s, false))
    rc = EXIT_USAGE;
  else if (find)
    rc = catalogue_find(s, a.items + 1, a.n - 1, kind, all);
  else
    rc = describe_catalogue(s);

  free(kind);
  free(person);
  args_finish(&a);

  return rc;
}
