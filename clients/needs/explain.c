/* explain - why something is recommended, why not, and what was held back, in plain words. Asked
 * about one thing it tells it in short (why.c); the long form, every rating and every rule, is
 * here. */
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "advice.h"
#include "conn.h"
#include "print_responses.h"
#include "text.h"
#include "why.h"

static void print_rating(json r, const char *competence, const char *day) {
  const char *evidence = json_string(r, "evidence"), *date = json_string(r, "date"),
             *by = json_string(r, "by"), *last = json_string(r, "last_day");
  struct text t = {0};

  add_level(&t, competence, r, "level");
  text_addf(&t, ", %s", text_or(evidence, "?"));
  if (by && strcmp(by, "-"))
    text_addf(&t, " (%s)", by);
  if (date) {
    text_add(&t, ", ");
    add_date(&t, date);
  }

  if (json_flag(r, "deciding"))
    text_add(&t, "; this rating decides");
  else if (!json_flag(r, "in_force"))
    text_add(&t,
             date && day && strcmp(date, day) > 0 ? "; does not count yet" : "; no longer counts");

  if (last) {
    text_add(&t, json_flag(r, "in_force") ? "; counts until " : "; counted until ");
    add_date(&t, last);
  }

  add_certainty(&t, r);
  print_line(stdout, 6, NULL, t.s);
  text_finish(&t);
}

static void print_ratings(json need, const char *day) {
  json ratings = json_get(need, "ratings");
  if (!json_count(ratings))
    print_folded(stdout, 4, 4,
                 json_flag(need, "met")
                     ? "Nobody has rated this yet."
                     : "Nobody has rated this yet, so the first step is to find out.");
  else
    puts("    All ratings:");

  for (size_t i = 0; i < json_count(ratings); i++)
    print_rating(json_at(ratings, i), json_string(need, "competence"), day);
}

static void print_reads(json reads) {
  struct text t = {0};

  for (size_t i = 0; i < json_count(reads); i++) {
    const char *name = json_string(json_at(reads, i), "name");
    text_addf(&t, "%s%s = ", comma(i), text_or(name, "?"));
    json_words(json_get(json_at(reads, i), "value"), &t);
  }

  if (t.len)
    print_line(stdout, 8, "it read", t.s);

  text_finish(&t);
}

static void print_rule(json r, bool reads) {
  const char *rule = json_string(r, "rule"), *about = json_string(r, "about"),
             *why_not = json_string(r, "why_not"), *source = json_string(r, "source"),
             *failed = json_string(r, "failed"), *at = json_string(r, "failed_at");
  const char *result = "no: ";
  bool fired = json_flag(r, "fired");
  struct text t = {0};

  if (failed)
    result = "failed:";
  else if (fired)
    result = "yes:";

  text_addf(&t, "%s %s", result, text_or(rule, "?"));
  if (about)
    text_addf(&t, " - %s", about);
  if (source)
    text_addf(&t, " [after %s", source);
  if (source) {
    add_certainty(&t, r);
    text_add(&t, "]");
  }

  print_folded(stdout, 6, 8, t.s);
  text_clear(&t);

  if (fired && json_get(r, "development")) {
    json d = json_get(r, "development");
    const char *title = text_or(json_text(d), json_string(d, "title"));
    if (title)
      print_line(stdout, 8, "it proposes", title);
  }

  if (!fired && why_not)
    print_line(stdout, 8, "why not", why_not);

  text_clear(&t);
  if (at)
    text_addf(&t, "it failed at %s, so its result is ignored here too", short_key(at));
  if (failed)
    print_line(stdout, 8, at ? t.s : "it failed, so its result is ignored", failed);
  if (reads)
    print_reads(json_get(r, "read"));

  text_finish(&t);
}

/* It said no. A rule that failed did not. */
static bool refused(json r) {
  return !json_flag(r, "fired") && !json_string(r, "failed");
}

static bool same_reason(json a, json b) {
  const char *x = json_string(a, "why_not"), *y = json_string(b, "why_not");
  return refused(a) && refused(b) && (x == y || (x && y && !strcmp(x, y)));
}

/* Rules that did not fire for one reason are one paragraph: most of them are of no concern to this
 * need. */
static void print_reason(json rules, size_t first) {
  const char *why = json_string(json_at(rules, first), "why_not");
  struct text t = {0};

  for (size_t i = 0; i < first; i++)
    if (same_reason(json_at(rules, i), json_at(rules, first)))
      return;

  text_addf(&t, "no, %s: ", text_or(why, "it does not apply"));
  for (size_t i = first, n = 0; i < json_count(rules); i++)
    if (same_reason(json_at(rules, i), json_at(rules, first)))
      text_addf(&t, "%s%s", comma(n++), json_string(json_at(rules, i), "rule"));

  print_folded(stdout, 6, 8, t.s);
  text_finish(&t);
}

static void print_rules(json rules, bool reads) {
  if (!json_count(rules)) {
    puts("    No rule looks at this need.");
    return;
  }

  puts("    Rules:");
  for (size_t i = 0; i < json_count(rules); i++)
    if (json_flag(json_at(rules, i), "fired"))
      print_rule(json_at(rules, i), reads);

  for (size_t i = 0; i < json_count(rules); i++)
    if (json_string(json_at(rules, i), "failed"))
      print_rule(json_at(rules, i), reads);

  for (size_t i = 0; i < json_count(rules); i++)
    if (refused(json_at(rules, i))) {
      if (reads)
        print_rule(json_at(rules, i), reads);
      else
        print_reason(rules, i);
    }
}

static void print_need(json n, const char *day, bool reads) {
  struct text t = {0};
  add_competence(&t, n);
  puts("");
  print_folded(stdout, 2, 4, t.s);
  text_clear(&t);
  text_add(&t, "Now ");
  add_level(&t, json_string(n, "competence"), n, "current");

  bool met = json_flag(n, "met");
  const char *nothing = "; not needed now";

  if (json_has_number(n, "current"))
    nothing = "; met: nothing more is needed now";

  text_add(&t, met ? nothing : ", needed ");
  if (!met)
    add_level(&t, json_string(n, "competence"), n, "required");

  const char *post = json_string(n, "post"), *importance = json_string(n, "importance"),
             *from = json_string(n, "from");
  if (importance)
    text_addf(&t, "; %s", importance_words(importance));
  if (post)
    text_addf(&t, ", for the role %s", post);
  if (from)
    text_addf(&t, ", %s", origin_words(from));
  if (json_flag(n, "confirm"))
    text_add(&t, "; a newer rating differs from the certificate, so check it");

  add_certainty(&t, n);
  text_add(&t, ".");
  print_folded(stdout, 4, 4, t.s);
  text_finish(&t);
  print_ratings(n, day);
  if (!met)
    print_rules(json_get(n, "rules"), reads);
}

static void print_current(json list) {
  struct text t = {0};
  puts("");
  print_heading(stdout, "Recommended now (advice, never a decision)");

  for (size_t i = 0; i < json_count(list); i++) {
    const char *id = json_text(json_at(list, i));
    printf("  %s\n", text_or(id, "?"));
  }

  if (!json_count(list))
    puts("  Nothing.");

  text_finish(&t);
}

static void print_explanation(json a, bool reads) {
  struct text t = {0};
  const char *person = json_string(a, "person"), *day = json_string(a, "day");
  json needs = json_get(a, "needs");

  text_addf(&t, "%s, as of ", text_or(person, "?"));
  if (day)
    add_date(&t, day);

  print_heading(stdout, t.s);
  text_finish(&t);
  print_title(stdout, json_get(a, "title"));
  advice_scales(needs);
  print_scales(needs);
  for (size_t i = 0; i < json_count(needs); i++)
    print_need(json_at(needs, i), day, reads);
  if (!json_count(needs))
    puts("\n  No current need includes it.");

  print_current(json_get(a, "recommendations"));
  print_held_back(stdout, json_get(a, "held_back"));
  print_rounds(stdout, a, day);
}

static void add_named(struct text *t, const char *name, const char *value) {
  if (!value)
    return;
  text_addf(t, ",\"%s\":", name);
  text_add_quoted(t, value);
}

/* Whether the answer mentions the recommendation: as a need, as recommended, as held back, or in a
 * response. */
static bool proposed(json a, const char *recommendation) {
  json current = json_get(a, "recommendations"), held = json_get(a, "held_back");
  bool any = json_count(json_get(a, "needs")) > 0 || json_count(json_get(a, "responses")) > 0;

  for (size_t i = 0; i < json_count(current); i++) {
    const char *id = json_text(json_at(current, i));
    any = any || (id && !strcmp(id, recommendation));
  }

  for (size_t i = 0; i < json_count(held); i++) {
    const char *id = json_string(json_get(json_at(held, i), "development"), "id"),
               *dot = strchr(recommendation, '.');
    any = any || (id && (!strcmp(id, recommendation) || (dot && !strcmp(id, dot + 1))));
  }

  return any;
}

enum {
  REASONS = 3
}; /* a qualification answers many needs, and the reasons are mostly the same */

static int ask_about(const struct settings *s, const char *question, const char *person,
                     const char *recommendation, const char *competence, struct answer *ret);

/* Why not: what the rules say of the competences that it would answer. */
static void print_why_nothing(const struct settings *s, json a, const char *person, bool reads) {
  json list = json_get(a, "would_answer");
  size_t n = json_count(list), shown = MIN(n, REASONS);

  for (size_t i = 0; i < shown; i++) {
    struct answer one;
    if (ask_about(s, "explain", person, NULL, json_text(json_at(list, i)), &one))
      return;

    json needs = json_get(one.tree, "needs");
    advice_scales(needs);
    if (!i)
      printf("The competences it would develop, and what the rules say about each:\n");
    for (size_t k = 0; k < json_count(needs); k++)
      print_need(json_at(needs, k), json_string(one.tree, "day"), reads);

    answer_finish(&one);
  }

  struct text t = {0};
  for (size_t i = shown; i < n; i++)
    text_addf(&t, "%s%s", comma(i > shown), short_key(json_text(json_at(list, i))));
  if (t.len)
    print_line(stdout, 2, "Others, each with --competence", t.s);

  text_finish(&t);
  if (!n)
    printf("needs explain %s --competence CODE explains why not, for a competence that it would "
           "develop.\n",
           person);
}

static int print_answer(const struct settings *s, const struct answer *answer,
                        const char *recommendation, const char *competence, bool reads) {
  bool nothing = recommendation && !competence && !proposed(answer->tree, recommendation);
  const char *person = json_string(answer->tree, "person");

  if (s->json)
    puts(answer->reply.body);
  else if (nothing) {
    complain("nothing proposes %s to %s now", recommendation, text_or(person, "?"));
    print_why_nothing(s, answer->tree, text_or(person, "?"), reads);
  } else
    print_explanation(answer->tree, reads);

  if (nothing)
    return EXIT_REJECTED;

  return EXIT_DONE;
}

static int print_short(const struct answer *answer, bool detail) {
  bool nothing = !why_proposed(answer->tree);
  const char *person = json_string(answer->tree, "person");

  if (nothing)
    complain("nothing proposes %s to %s now", json_string(answer->tree, "recommendation"), person);

  print_why(answer->tree, detail);
  if (nothing)
    return EXIT_REJECTED;
  return EXIT_DONE;
}

static int ask_about(const struct settings *s, const char *question, const char *person,
                     const char *recommendation, const char *competence, struct answer *ret) {
  if (recommendation && !strchr(recommendation, '.')) {
    complain("a recommendation is <kind>.<id>; for a competence use --competence %s",
             recommendation);
    return EXIT_USAGE;
  }
  if (!settings_need(s, true))
    return EXIT_USAGE;

  struct text q = {0};
  text_addf(&q, "{\"question\":\"%s\"", question);
  add_named(&q, "authority", s->authority);
  add_named(&q, "school", s->school);
  add_named(&q, "person", person);
  add_named(&q, "recommendation", recommendation);
  add_named(&q, "competence", competence);
  text_add(&q, "}");

  int rc = door_ask(s, "ask", q.s, 3 * ANSWER_MS, ret);
  text_finish(&q);

  return rc;
}

int run_explain(struct settings *s, int argc, const char **argv) {
  char *competence = NULL;
  int reads = 0, full = 0, detail = 0;
  struct poptOption own[] = {
      {"competence", 0, POPT_ARG_STRING, &competence, 0,
       "Only this competence, whether needed or not", "CODE"},
      {"full", 0, POPT_ARG_NONE, &full, 0, "Every rating and every rule", NULL},
      {"detail", 0, POPT_ARG_NONE, &detail, 0, "The rule behind each reason too, and what it read",
       NULL},
      {"reads", 0, POPT_ARG_NONE, &reads, 0, "The long form, with every value that each rule read",
       NULL},
      POPT_TABLEEND,
  };
  struct args a;
  struct answer answer;
  int rc = args_parse(&a, s, "PERSON [RECOMMENDATION]", own, argc, argv, 1, 2);
  if (rc)
    return rc;

  const char *recommendation = NULL;
  if (a.n > 1)
    recommendation = a.items[1];

  /* Of everything, or of both, there is the long form only; for programs it is the one that --json
   * gives. */
  bool brief = !full && !reads && !s->json && !recommendation != !competence;
  const char *question = "explain";
  if (brief)
    question = "why";

  rc = ask_about(s, question, a.items[0], recommendation, competence, &answer);
  if (!rc) {
    if (brief)
      rc = print_short(&answer, detail);
    else
      rc = print_answer(s, &answer, recommendation, competence, reads);
    answer_finish(&answer);
  }

  free(competence);
  args_finish(&a);

  return rc;
}
