/* show - `needs show`: a person's recommendations, or the overview of a school or an authority.
 * What a person reads is in person_view.c and card.c; here is all that is behind it (--detail,
 * --full), whose single recommendations advice.c and print_responses.c print. */
#include <popt.h>
#include <stdio.h>
#include <string.h>

#include "advice.h"
#include "conn.h"
#include "person_view.h"
#include "print_responses.h"
#include "statement.h"
#include "table.h"
#include "text.h"

static void print_day(json answer) {
  struct text t = {0};
  const char *day = json_string(answer, "day");
  if (day)
    add_date(&t, day);
  if (!day)
    puts("The daemon has no day yet, so nothing has been worked out.");
  else
    printf("As of %s%s\n", t.s,
           text_if(json_flag(answer, "due"), "; newer facts are still being worked out"));

  text_finish(&t);
}

static void add_basis(struct text *t, json n) {
  const char *evidence = json_string(n, "evidence"), *on = json_string(n, "rated_on"),
             *lapsed = json_string(n, "lapsed_on");
  if (evidence)
    text_addf(t, "%s%s", evidence, comma(on));
  if (on)
    add_date(t, on);
  if (!evidence && lapsed) {
    text_add(t, "lapsed on ");
    add_date(t, lapsed);
  }

  if (json_flag(n, "confirm"))
    text_addf(t, "%scheck: a newer rating differs", text_if(t->len, "; "));
  add_difference(t, n);

  add_certainty(t, n);
}

static void add_need(struct table *table, json n) {
  struct text what = {0}, now = {0}, needed = {0}, basis = {0};
  add_competence(&what, n);
  add_level(&now, json_string(n, "competence"), n, "current");
  add_level(&needed, json_string(n, "competence"), n, "required");
  add_basis(&basis, n);
  table_row(table, what.s, now.s, needed.s, importance_words(json_string(n, "importance")),
            origin_words(json_string(n, "from")), basis.s);
  text_finish(&what);
  text_finish(&now);
  text_finish(&needed);
  text_finish(&basis);
}

/* Of what was never rated only the law's is worth a row; the rest is one paragraph, unless all is
 * asked for. */
static bool worth_a_row(json n, bool full) {
  const char *importance = json_string(n, "importance");
  return full || json_has_number(n, "current") || json_string(n, "lapsed_on") ||
         (importance && !strcmp(importance, "statutory"));
}

static void print_unrated(json needs, bool full) {
  struct text t = {0};
  size_t n = 0;

  for (size_t i = 0; i < json_count(needs); i++)
    if (!worth_a_row(json_at(needs, i), full))
      text_addf(&t, "%s%s", comma(n++), short_key(json_string(json_at(needs, i), "competence")));

  if (n) {
    struct text line = {0};
    text_addf(&line, "%zu more not yet rated: %s", n, t.s);
    print_folded(stdout, 2, 4, line.s);
    text_finish(&line);
  }

  text_finish(&t);
}

/* Nothing needed can mean three things, and only one of them is praise. */
static const char *absence_words(json a) {
  const char *absent = json_string(a, "absent");
  if (!absent)
    return NULL;
  if (strcmp(absent, "left"))
    return absent;
  return "has left";
}

static void print_no_needs(json a) {
  const char *absent = absence_words(a);

  if (!json_string(a, "day"))
    puts("  Not worked out yet.");
  else if (absent)
    printf("  This person %s%s, so nothing is worked out.\n",
           text_if(!strcmp(absent, "restricted"), "is "), absent);
  else if (json_flag(json_get(a, "title"), "waits"))
    puts("  The job title has no role yet, so there are no needs; see needs titles.");
  else if (!json_get(a, "posts") || json_count(json_get(a, "posts")))
    puts("  No needs: every level that the post requires is met.");
  else if (json_count(json_get(a, "recommendations")))
    puts("  No post is recorded for this person, so there are no needs.");
  else
    puts("  No post is recorded for this person, so there are no needs and no recommendations.");
}

static void print_needs(json needs, bool full) {
  static const char *const headings[] = {"competence", "now",  "needed",
                                         "importance", "from", "based on"};
  struct table table;

  table_init(&table, 6, headings, 0);
  for (size_t i = 0; i < json_count(needs); i++)
    if (worth_a_row(json_at(needs, i), full))
      add_need(&table, json_at(needs, i));

  if (table.rows > 1)
    table_print(&table, stdout, 2);

  table_finish(&table);
  print_unrated(needs, full);
}

static void print_recommendations(json list, const char *day, struct shown shown) {
  if (!json_count(list))
    puts("  Nothing is recommended.");
  for (size_t i = 0; i < json_count(list); i++) {
    print_recommendation(stdout, json_at(list, i), shown);
    print_responses(stdout, json_at(list, i), day, shown.full);
  }
}

static void print_person(json a, struct shown shown) {
  advice_scales(json_get(a, "needs"));
  const char *person = json_string(a, "person"), *day = json_string(a, "day");
  struct text t = {0};

  text_addf(&t, "%s", text_or(person, "?"));
  print_heading(stdout, t.s);
  text_finish(&t);
  print_day(a);
  print_title(stdout, json_get(a, "title"));
  puts("");
  print_contested(stdout, json_get(a, "answered"), day);
  print_heading(stdout, "Needs");

  if (json_count(json_get(a, "needs")))
    print_needs(json_get(a, "needs"), shown.full);
  else
    print_no_needs(a);

  puts("");
  print_heading(stdout, "Recommended (advice, never a decision)");
  print_recommendations(json_get(a, "recommendations"), day, shown);
  print_held_back(stdout, json_get(a, "held_back"));
  print_answered_before(stdout, a, day);
}

/* A row of counts, one cell a member; the last cell is a remark. */
struct counts {
  size_t n;
  const char *members[6];
};

static void add_counts(struct table *table, const char *name, const struct counts *c, json row,
                       const char *remark) {
  struct text cells[6] = {0};
  for (size_t i = 0; i < 6; i++)
    if (i < c->n)
      text_addf(&cells[i], "%lld", (long long)json_number(row, c->members[i], 0));

  const char *last = c->n < 6 ? remark : cells[5].s;

  if (c->n == 6)
    table_row(table, name, cells[0].s, cells[1].s, cells[2].s, cells[3].s, cells[4].s, last);
  else
    table_row(table, name, cells[0].s, cells[1].s, cells[2].s, cells[3].s, last);

  for (size_t i = 0; i < 6; i++)
    text_finish(&cells[i]);
}

static void print_advised(json a) {
  static const char *const headings[] = {"person", "needs", "unrated", "recommended", "by law", ""};
  static const struct counts counts = {4,
                                       {"needs", "unrated", "recommendations", "required_by_law"}};
  json persons = json_get(a, "persons");
  struct table table;

  table_init(&table, 6, headings, 0x1e);
  for (size_t i = 0; i < json_count(persons); i++) {
    json p = json_at(persons, i);
    const char *why_none = "no post: see needs titles";

    if (!json_flag(p, "title_waits"))
      why_none = absence_words(p);

    add_counts(&table, json_string(p, "person"), &counts, p,
               json_flag(p, "due") ? "being worked out" : why_none);
  }

  if (json_count(persons) > 1)
    add_counts(&table, "all", &counts, json_get(a, "total"), NULL);

  table_print(&table, stdout, 2);
  table_finish(&table);
}

static bool has_answered(json row, const struct counts *c) {
  for (size_t i = 0; i < c->n; i++)
    if (json_number(row, c->members[i], 0))
      return true;
  return false;
}

/* Only who has answered: most rows would be noughts. */
static void print_taken_up(json a) {
  static const char *const headings[] = {"person",   "accepted",  "started", "completed",
                                         "declined", "contested", "to agree"};
  static const struct counts counts = {
      6, {"accepted", "started", "completed", "declined", "contested", "to_agree"}};
  json persons = json_get(a, "persons"), total = json_get(a, "total");
  struct table table;

  puts("");
  print_heading(stdout, "Answers");
  if (!has_answered(total, &counts)) {
    puts("  Nobody has answered a recommendation yet.");
    return;
  }

  table_init(&table, 7, headings, 0x7e);
  for (size_t i = 0; i < json_count(persons); i++)
    if (has_answered(json_at(persons, i), &counts))
      add_counts(&table, json_string(json_at(persons, i), "person"), &counts, json_at(persons, i),
                 NULL);

  if (table.rows > 2)
    add_counts(&table, "all", &counts, total, NULL);

  table_print(&table, stdout, 2);
  table_finish(&table);
  if (json_number(total, "contested", 0))
    printf("  %lld contested: needs a decision.\n", (long long)json_number(total, "contested", 0));

  puts("  needs show --answers lists each answer with its reason.");
}

/* What several people share. */
static void print_together(json a, bool detail) {
  json cohorts = json_get(a, "cohorts");
  if (!json_count(cohorts))
    return;

  puts("");
  print_heading(stdout, "For the school");

  for (size_t i = 0; i < json_count(cohorts); i++) {
    json c = json_at(cohorts, i), left_out = json_get(c, "leaves_out");
    const char *summary = json_string(c, "summary");
    struct text t = {0};

    text_addf(&t, "  %s", text_or(summary, ""));
    if (json_count(left_out))
      text_add(&t, " It leaves out: ");
    if (json_count(left_out))
      json_words(left_out, &t);

    print_folded(stdout, 2, 4, t.s);
    print_grounds(stdout, json_get(c, "because"), detail);
    text_finish(&t);
  }
}

static void print_school(json a, bool detail) {
  const char *school = json_string(a, "school");
  print_heading(stdout, text_or(school, "?"));
  print_day(a);
  puts("");
  if (!json_count(json_get(a, "persons"))) {
    puts("  No records yet; push person.recorded events or results first.");
    return;
  }

  print_advised(a);
  print_together(a, detail);
  print_taken_up(a);
}

static void print_schools(json a) {
  static const char *const headings[] = {"school", "persons", "due", "needs", "recommended", ""};
  static const struct counts counts = {4, {"persons", "due", "needs", "recommendations"}};
  const char *authority = json_string(a, "authority");
  json schools = json_get(a, "schools");
  struct table table;

  print_heading(stdout, text_or(authority, "?"));
  print_day(a);
  puts("");
  if (!json_count(schools)) {
    puts("  No school has pushed any records of people yet.");
    return;
  }

  table_init(&table, 6, headings, 0x1e);
  for (size_t i = 0; i < json_count(schools); i++)
    add_counts(&table, json_string(json_at(schools, i), "school"), &counts, json_at(schools, i),
               NULL);

  if (json_count(schools) > 1)
    add_counts(&table, "all", &counts, json_get(a, "total"), NULL);

  table_print(&table, stdout, 2);
  table_finish(&table);
  puts("\n  needs show --school CODE shows the people of one school.");
}

static void print_last_answers(json a) {
  const char *school = json_string(a, "school");
  print_heading(stdout, text_or(school, "?"));
  print_day(a);
  puts("");
  print_last_words(stdout, a);
}

/* How much of a person is printed. */
struct show_options {
  int full, detail, text, answers;
};

static int print_card(json a, const char *which, const struct show_options *o) {
  json r = find_card(a, which);

  if (!r) {
    complain("%s is not recommended to %s now; needs show %s --detail lists what is", which,
             json_string(a, "person"), json_string(a, "person"));
    return EXIT_REJECTED;
  }

  advice_scales(json_get(a, "needs"));
  if (o->full || o->detail) {
    print_recommendation(stdout, r, (struct shown){true, o->detail});
    print_responses(stdout, r, json_string(a, "day"), true);
  } else {
    print_person_card(a, r, o->text);
  }

  return 0;
}

static int print_one_person(json a, const char *which, const struct show_options *o) {
  if (which)
    return print_card(a, which, o);

  if (o->text)
    print_person_texts(a);
  else if (o->full || o->detail)
    print_person(a, (struct shown){o->full, o->detail});
  else
    print_person_view(a);

  return 0;
}

int run_show(struct settings *s, int argc, const char **argv) {
  struct show_options o = {0};
  struct poptOption own[] = {
      {"text", 0, POPT_ARG_NONE, &o.text, 0,
       "Each recommendation as one text of at most 160 characters", NULL},
      {"detail", 0, POPT_ARG_NONE, &o.detail, 0,
       "Needs, levels, names of recommendations, and the rule and source behind each reason", NULL},
      {"full", 0, POPT_ARG_NONE, &o.full, 0,
       "Every unrated need, practicalities, costs and alternatives too", NULL},
      {"answers", 0, POPT_ARG_NONE, &o.answers, 0,
       "The last answer to each recommendation: contested first, then declined", NULL},
      POPT_TABLEEND};
  struct args a;
  struct answer answer;
  int rc = args_parse(&a, s, "[PERSON] [RECOMMENDATION]", own, argc, argv, 0, 2);
  if (rc)
    return rc;

  const char *person = NULL, *which = NULL;
  if (a.n > 0)
    person = a.items[0];
  if (a.n > 1)
    which = a.items[1];

  bool schools = !person && !o.answers && !s->school;

  if (o.text && (!person || o.answers || o.full || o.detail)) {
    complain("--text goes with a person, and without --full, --detail and --answers");
    rc = EXIT_USAGE;
  } else if (!settings_need(s, !schools)) {
    rc = EXIT_USAGE;
  }

  if (!rc) {
    struct text q = {0};
    const char *question = "school";

    if (o.answers)
      question = "answers";
    else if (person)
      question = "person";
    else if (schools)
      question = "schools";

    add_question(&q, s, question, person);
    rc = door_ask(s, "ask", q.s, ANSWER_MS, &answer);
    text_finish(&q);
  }

  if (!rc) {
    if (s->json)
      puts(answer.reply.body);
    else if (o.answers)
      print_last_answers(answer.tree);
    else if (schools)
      print_schools(answer.tree);
    else if (person)
      rc = print_one_person(answer.tree, which, &o);
    else
      print_school(answer.tree, o.detail);

    answer_finish(&answer);
  }

  args_finish(&a);

  return rc;
}
