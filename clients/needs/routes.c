/* routes - `needs routes`: a person's goals, what each asks and what comes next; and where else
 * somebody could go from here. */
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "conn.h"
#include "statement.h"
#include "table.h"
#include "text.h"

/* --- what a goal asks --- */

static const char *state_words(const char *state) {
  static const char *const rows[][2] = {{"met", "met"},
                                        {"to-agree", "to agree"},
                                        {"not-rated", "not rated yet"},
                                        {"missing", "missing"}};
  for (size_t i = 0; state && i < sizeof rows / sizeof rows[0]; i++)
    if (!strcmp(state, rows[i][0]))
      return rows[i][1];
  return text_or(state, "?");
}

/* "met: GCSE English, since 20 August 1998"; "missing: 8 of 10" */
static void add_state(struct text *t, json gate) {
  const char *by = json_string(gate, "by"), *since = json_string(gate, "since");
  int64_t of = json_number(gate, "of", 0);

  text_add(t, state_words(json_string(gate, "state")));
  if (by)
    text_addf(t, ": %s", by);
  if (since) {
    text_add(t, ", since ");
    add_date(t, since);
  }
  if (of > 1)
    text_addf(t, ", %lld of %lld", (long long)json_number(gate, "met", 0), (long long)of);
}

static const char *word_of_level(json levels, json object, const char *member) {
  if (!json_has_number(object, member))
    return "not rated yet";
  return text_or(json_text(json_at(levels, (size_t)json_number(object, member, 0))), "?");
}

/* So much of a long list is shown; --detail shows all. */
enum {
  SHORT_SHOWN = 4, /* competences that a gate asks and the person has not */
  STEPS_SHOWN = 5
};

static void print_short(json gate, bool detail) {
  json list = json_get(gate, "short");
  size_t n = json_count(list), shown = detail || n <= SHORT_SHOWN ? n : SHORT_SHOWN;

  for (size_t i = 0; i < shown; i++) {
    json s = json_at(list, i), levels = json_get(s, "levels");
    struct text t = {0};
    text_addf(&t, "- %s: %s; it asks for \"%s\"", text_or(json_string(s, "title"), "?"),
              word_of_level(levels, s, "current"), word_of_level(levels, s, "required"));
    print_folded(stdout, 6, 8, t.s);
    text_finish(&t);
  }

  if (shown < n)
    printf("      - and %zu more; --detail names them\n", n - shown);
}

static void print_gates(json goal, bool detail) {
  json gates = json_get(goal, "gates");
  for (size_t i = 0; i < json_count(gates); i++) {
    json gate = json_at(gates, i);
    struct text t = {0};

    text_addf(&t, "%s: ", text_or(json_string(gate, "words"), "?"));
    add_state(&t, gate);
    print_folded(stdout, 4, 6, t.s);
    print_short(gate, detail);
    text_finish(&t);
  }
}

static void print_units(json units) {
  json missing = json_get(units, "missing");
  struct text t = {0};
  if (!units)
    return;

  text_addf(&t, "Units: %lld of %lld credits", (long long)json_number(units, "credits_held", 0),
            (long long)json_number(units, "credits_needed", 0));
  if (json_count(missing))
    text_add(&t, "; still to do: ");
  for (size_t i = 0; i < json_count(missing); i++)
    text_addf(&t, "%s%s", text_if(i > 0, "; "),
              text_or(json_string(json_at(missing, i), "title"), "?"));

  print_folded(stdout, 4, 6, t.s);
  text_finish(&t);
}

/* --- what comes next --- */

static void add_time(struct text *t, int64_t minutes) {
  if (minutes < 120)
    text_addf(t, "%lld minutes", (long long)minutes);
  else
    text_addf(t, "%lld hours", (long long)(minutes + 30) / 60);
}

static void print_step(json step) {
  json development = json_get(step, "development");
  const char *title = json_string(development, "title"), *gate = json_string(step, "for");
  struct text t = {0};

  text_addf(&t, "%lld. %s", (long long)json_number(step, "place", 0),
            text_or(title, text_or(gate, "?")));
  if (json_has_number(step, "minutes")) {
    text_add(&t, ", about ");
    add_time(&t, json_number(step, "minutes", 0));
  }
  if (json_flag(step, "recommended"))
    text_add(&t, " (recommended now)");

  print_folded(stdout, 6, 9, t.s);
  text_finish(&t);
}

static void print_steps(json goal, bool detail) {
  json steps = json_get(goal, "steps");
  size_t n = json_count(steps), shown = detail || n <= STEPS_SHOWN ? n : STEPS_SHOWN;
  struct text t = {0};
  if (n == 0)
    return;

  puts("    What comes next:");
  for (size_t i = 0; i < shown; i++)
    print_step(json_at(steps, i));
  if (shown < n)
    printf("      and %zu more steps; --detail lists them\n", n - shown);

  int64_t minutes = json_number(goal, "minutes", 0);
  if (minutes > 0) {
    text_add(&t, "These take about ");
    add_time(&t, minutes);
    text_add(&t, json_flag(goal, "minutes_complete") ? "." : "; some have no usual time.");
  } else
    text_add(&t, "How long these take is not known; ask the provider.");

  print_folded(stdout, 6, 6, t.s);
  text_finish(&t);
}

static const char *standing_words(json goal) {
  const char *open = text_or(json_string(goal, "open"), "yes");
  if (json_flag(goal, "reached"))
    return "reached";
  if (!strcmp(open, "no"))
    return "takes nobody new any more";
  if (json_flag(goal, "ready"))
    return "ready now";
  return "on the way";
}

static void print_goal(json goal, bool detail) {
  const char *former = json_string(goal, "in_place_of"), *open = json_string(goal, "open");
  struct text t = {0};

  text_addf(&t, "%s: %s", text_or(json_string(goal, "title"), "?"), standing_words(goal));
  print_folded(stdout, 2, 4, t.s);
  text_clear(&t);

  if (former) {
    text_addf(&t, "It has taken the place of %s.", former);
    print_folded(stdout, 4, 4, t.s);
  }
  if (open && !strcmp(open, "unknown"))
    print_folded(stdout, 4, 4, "It is not known whether it takes new people; ask the provider.");

  print_gates(goal, detail);
  print_units(json_get(goal, "units"));
  print_steps(goal, detail);
  puts("");
  text_finish(&t);
}

/* --- other ways on --- */

static const char *direction_words(const char *direction) {
  static const char *const rows[][2] = {{"upward", "Upward"},
                                        {"sideways", "Sideways"},
                                        {"other-work", "Into other work in a school"},
                                        {"outside-schools", "Out of schools"}};
  for (size_t i = 0; direction && i < sizeof rows / sizeof rows[0]; i++)
    if (!strcmp(direction, rows[i][0]))
      return rows[i][1];
  return text_or(direction, "?");
}

/* A role can be asked for by its code, so that stands behind its title. */
static void print_ways(json ways) {
  const char *before = "";
  if (!json_count(ways))
    return;

  print_heading(stdout, "Where else the way could lead (--to CODE says how)");
  for (size_t i = 0; i < json_count(ways); i++) {
    json way = json_at(ways, i);
    const char *direction = text_or(json_string(way, "direction"), "?"),
               *goal = text_or(json_string(way, "goal"), "?"), *dot = strchr(goal, '.');
    struct text t = {0};

    if (strcmp(direction, before))
      printf("  %s:\n", direction_words(direction));
    before = direction;

    text_addf(&t, "%s [%s]: %lld of %lld already there", text_or(json_string(way, "title"), "?"),
              dot ? dot + 1 : goal, (long long)json_number(way, "met", 0),
              (long long)json_number(way, "of", 0));
    print_folded(stdout, 4, 6, t.s);
    text_finish(&t);
  }
}

/* --- the command --- */

static void print_routes(json a, bool detail) {
  const char *person = json_string(a, "person"), *absent = json_string(a, "absent");
  json goals = json_get(a, "goals");

  print_heading(stdout, text_or(person, "?"));
  if (absent)
    printf("  This person is %s, so nothing is worked out.\n", absent);
  if (!absent && !json_count(goals))
    puts("  No goal is recorded; a preference can name a role or a qualification as a wish.\n");
  for (size_t i = 0; i < json_count(goals); i++)
    print_goal(json_at(goals, i), detail);

  print_ways(json_get(a, "ways"));
}

int run_routes(struct settings *s, int argc, const char **argv) {
  char *to = NULL;
  int detail = 0;
  struct poptOption own[] = {
      {"to", 0, POPT_ARG_STRING, &to, 0,
       "One goal, wished for or not: the code of a role or a qualification", "CODE"},
      {"detail", 0, POPT_ARG_NONE, &detail, 0, "Every competence that is missing", NULL},
      POPT_TABLEEND};
  struct args a;
  struct answer answer;
  int rc = args_parse(&a, s, "PERSON", own, argc, argv, 1, 1);
  if (rc)
    return rc;

  if (!settings_need(s, true))
    rc = EXIT_USAGE;
  if (!rc) {
    struct text q = {0};
    text_add(&q, "{\"question\":\"routes\"");
    add_member(&q, "authority", s->authority);
    add_member(&q, "school", s->school);
    add_member(&q, "person", a.items[0]);
    add_member(&q, "to", to);
    text_add(&q, "}");
    rc = door_ask(s, "ask", q.s, ANSWER_MS, &answer);
    text_finish(&q);
  }

  if (!rc) {
    if (s->json)
      puts(answer.reply.body);
    else
      print_routes(answer.tree, detail);
    answer_finish(&answer);
  }

  free(to);
  args_finish(&a);

  return rc;
}
