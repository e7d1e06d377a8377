/* profile - see profile.h. The daemon reads the catalogue; this file asks and prints. */
#include "profile.h"

#include <stdio.h>
#include <string.h>

#include "advice.h"
#include "conn.h"
#include "statement.h"
#include "table.h"
#include "text.h"

enum {
  AWARDS_SHOWN = 5
};

static int ask_profile(const struct settings *s, const char *what, const char *code,
                       const char *person, struct answer *ret) {
  struct text q = {0};

  text_add(&q, "{\"question\":\"profile\"");
  add_member(&q, "authority", s->authority);
  add_member(&q, what, code);
  if (person) {
    add_member(&q, "school", s->school);
    add_member(&q, "person", person);
  }

  text_add(&q, "}");
  int rc = door_ask(s, "ask", q.s, ANSWER_MS, ret);
  text_finish(&q);

  return rc;
}

/* --- one competence --- */

static void add_words(struct text *t, json competence, int64_t level) {
  const char *words = json_text(json_at(json_get(competence, "levels"), (size_t)level));
  text_add(t, text_or(words, level_words(level)));
}

static bool is_met(json k) {
  return json_has_number(k, "current") &&
         json_number(k, "current", 0) >= json_number(k, "required", 0);
}

/* "met", "short by 2 levels", "not rated" */
static void add_standing(struct text *t, json k) {
  int64_t gap = json_number(k, "required", 0) - json_number(k, "current", 0);

  if (!json_has_number(k, "current"))
    text_add(t, "not rated");
  else if (gap <= 0)
    text_add(t, "met");
  else
    text_addf(t, "short by %lld level%s", (long long)gap, plural(gap));
}

static void add_coded(struct text *t, json item, const char *code) {
  text_addf(t, "%s [%s]", text_or(json_string(item, "title"), "?"),
            text_or(json_string(item, code), "?"));
}

static void print_unit(json k, json unit) {
  struct text t = {0};

  add_coded(&t, unit, "unit");
  text_add(&t, ": shows ");
  add_words(&t, k, json_number(unit, "shows", 0));
  if (json_flag(unit, "knowledge"))
    text_add(&t, ", knowledge only");
  if (json_has_number(unit, "credit")) {
    long long credit = json_number(unit, "credit", 0);
    text_addf(&t, ", %lld credit%s", credit, plural(credit));
  }

  add_certainty(&t, unit);
  print_folded(stdout, 4, 6, t.s);
  text_finish(&t);
}

static void print_course(json course) {
  struct text t = {0};

  add_coded(&t, course, "development");
  if (json_has_number(course, "minutes")) {
    text_add(&t, ", ");
    add_minutes(&t, json_number(course, "minutes", 0));
  }

  print_folded(stdout, 4, 6, t.s);
  text_finish(&t);
}

static void print_informal(json list) {
  struct text t = {0};
  if (!json_count(list))
    return;

  text_add(&t, "Informal: ");
  for (size_t i = 0; i < json_count(list); i++)
    text_addf(&t, "%s%s [%s]", comma(i), text_or(json_string(json_at(list, i), "words"), "?"),
              text_or(json_string(json_at(list, i), "development"), "?"));

  print_folded(stdout, 4, 6, t.s);
  text_finish(&t);
}

static void print_whole(json k, bool person) {
  json units = json_get(k, "units"), courses = json_get(k, "courses");
  struct text t = {0};

  add_coded(&t, k, "code");
  text_add(&t, ": ");
  add_words(&t, k, json_number(k, "required", 0));
  text_addf(&t, ", %s", importance_words(json_string(k, "importance")));
  if (person) {
    text_add(&t, "; ");
    add_standing(&t, k);
  }

  puts("");
  print_folded(stdout, 2, 4, t.s);
  text_finish(&t);

  for (size_t i = 0; i < json_count(units); i++)
    print_unit(k, json_at(units, i));
  if (!json_count(units))
    puts("    No unit shows it.");
  if (json_flag(k, "certificate"))
    puts("    It is shown by a certificate, licence or registration.");

  for (size_t i = 0; i < json_count(courses); i++)
    print_course(json_at(courses, i));

  print_informal(json_get(k, "informal"));
}

/* --- all of them --- */

static void add_row(struct table *table, json k, bool person) {
  struct text title = {0}, level = {0}, units = {0}, last = {0};

  add_coded(&title, k, "code");
  add_words(&level, k, json_number(k, "required", 0));
  text_addf(&units, "%zu", json_count(json_get(k, "units")));
  if (person)
    add_standing(&last, k);
  else
    text_addf(&last, "%zu", json_count(json_get(k, "courses")));

  table_row(table, title.s, level.s, importance_words(json_string(k, "importance")), units.s,
            last.s);
  text_finish(&title);
  text_finish(&level);
  text_finish(&units);
  text_finish(&last);
}

static void print_rows(json list, bool person) {
  const char *const headings[] = {"competence", "level asked", "importance", "units",
                                  person ? "so far" : "courses"};
  struct table table;

  table_init(&table, 5, headings, person ? 8 : 24);
  for (size_t i = 0; i < json_count(list); i++)
    add_row(&table, json_at(list, i), person);

  table_print(&table, stdout, 2);
  table_finish(&table);
}

static void print_award(json award, bool detail) {
  json units = json_get(award, "units");
  size_t n = json_count(units);
  long long of = json_number(award, "of", 0), gives = json_number(award, "gives", 0);
  struct text t = {0};

  add_coded(&t, award, "qualification");
  text_add(&t, ": ");
  if (n)
    text_addf(&t, "%zu of its %lld unit%s", n, of, plural(of));
  if (gives)
    text_addf(&t, "%sgives %lld competence%s as a whole", comma(n), gives, plural(gives));

  for (size_t i = 0; detail && i < n; i++)
    text_addf(&t, "%s%s", i ? ", " : " (", text_or(json_text(json_at(units, i)), "?"));
  if (detail && n)
    text_add(&t, ")");

  print_folded(stdout, 2, 4, t.s);
  text_finish(&t);
}

static void print_awards(json list, bool detail) {
  size_t n = json_count(list), shown = n;
  if (!detail && n > AWARDS_SHOWN)
    shown = AWARDS_SHOWN;
  if (!n)
    return;

  puts("");
  print_heading(stdout, "Awards that these units count towards");
  for (size_t i = 0; i < shown; i++)
    print_award(json_at(list, i), detail);
}

static void print_head(json a, const char *what, json list) {
  const char *person = json_string(a, "person");
  size_t met = 0, n = json_count(list);
  struct text t = {0};

  for (size_t i = 0; i < n; i++)
    met += is_met(json_at(list, i));

  add_coded(&t, a, what);
  text_addf(&t, ": %zu competence%s", n, plural((long long)n));
  if (person)
    text_addf(&t, "; %s meets %zu of %zu", person, met, n);

  print_heading(stdout, t.s);
  text_finish(&t);
}

static void print_profile(json a, const char *what, bool detail) {
  json list = json_get(a, "competences"), awards = json_get(a, "awards");
  bool person = json_string(a, "person") != NULL;

  print_head(a, what, list);
  if (!json_count(list)) {
    puts("  The catalogue asks for no competence in this role.");
    return;
  }

  if (detail) {
    for (size_t i = 0; i < json_count(list); i++)
      print_whole(json_at(list, i), person);
  } else {
    print_rows(list, person);
  }

  print_awards(awards, detail);
  if (!detail)
    printf("\n  Every unit, course and award%s: --detail\n",
           json_count(awards) > AWARDS_SHOWN ? " (more than shown here)" : "");
}

int catalogue_profile(const struct settings *s, const char *what, const char *code,
                      const char *person, bool detail) {
  struct answer answer;
  int rc = ask_profile(s, what, code, person, &answer);
  if (rc)
    return rc;

  if (s->json)
    puts(answer.reply.body);
  else
    print_profile(answer.tree, what, detail);

  answer_finish(&answer);

  return EXIT_DONE;
}
