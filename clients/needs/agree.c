/* agree - `needs agree`: records an agreement about a recommendation as one event.
 *
 * It checks the terms, keeps earlier terms that are not named again, and sends the event through
 * statement.c. */
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "print_responses.h"
#include "statement.h"
#include "text.h"

struct agreement {
  const char *person, *recommendation;
  const char **terms, **intended;
  char *success, *by, *date;
  int anew, ahead;
};

static size_t count(const char **list) {
  size_t n = 0;
  while (list && list[n])
    n++;
  return n;
}

static int bad_term(const char *term, const char *why) {
  complain("--term %s: %s; write CHECK=met, unmet or to-agree, then ,minutes=90 ,payer=school "
           ",amount=4500 (pence) ,until=DATE",
           term, why);
  return EXIT_USAGE;
}

/* --- terms --- */

static size_t check_length(const char *term) {
  return strcspn(term, "=");
}

/* ,"minutes":90 and the like; 0, or the usage status after saying what would be right. */
static int add_detail(struct text *t, const char *term, const char *name, const char *value) {
  static const struct {
    const char *name;
    enum {
      WHOLE,
      WORD,
      DATE
    } kind;
  } rows[] = {{"minutes", WHOLE}, {"payer", WORD}, {"amount", WHOLE}, {"until", DATE}};
  char date[11];

  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (strcmp(rows[i].name, name))
      continue;
    if (rows[i].kind == WHOLE &&
        (!*value || strspn(value, "0123456789") != strlen(value) || strlen(value) > 9))
      return bad_term(term, "minutes and amount are whole numbers");
    if (rows[i].kind == DATE && !date_parse(value, date))
      return bad_term(term, "until is a date, such as 2026-07-21");

    if (rows[i].kind == WHOLE)
      text_addf(t, ",\"%s\":%ld", name, strtol(value, NULL, 10));
    else
      add_member(t, name, rows[i].kind == DATE ? date : value);

    return 0;
  }

  return bad_term(term, "it carries minutes, payer, amount or until");
}

static int add_details(struct text *t, const char *term, char *rest) {
  int rc = 0;
  for (char *next; rest && !rc; rest = next) {
    next = strchr(rest, ',');
    if (next)
      *next++ = '\0';

    char *equals = strchr(rest, '=');
    if (!equals)
      return bad_term(term, "each detail is NAME=VALUE");

    *equals = '\0';
    rc = add_detail(t, term, rest, equals + 1);
  }

  return rc;
}

static bool is_status(const char *s) {
  return !strcmp(s, "met") || !strcmp(s, "unmet") || !strcmp(s, "to-agree");
}

static void open_term(struct statement *st) {
  text_add(&st->data, st->data.s[st->data.len - 1] == '[' ? "{" : ",{");
}

static void say_term(struct statement *st, const char *check, const char *status) {
  text_addf(&st->said, "%s%s %s", strchr(st->said.s, ':') ? ", " : ": ", text_or(check, "?"),
            text_or(status, "?"));
}

static int add_term(struct statement *st, const char *term) {
  char *text = copy_text(term), *status = strchr(text, '=');
  if (!status || status == text) {
    free(text);
    return bad_term(term, "give a status: met, unmet or to-agree");
  }

  *status++ = '\0';
  char *rest = strchr(status, ',');
  if (rest)
    *rest++ = '\0';

  int rc = 0;
  if (!is_status(status))
    rc = bad_term(term, "the status must be met, unmet or to-agree");
  if (!rc) {
    open_term(st);
    add_member(&st->data, "check", text);
    add_member(&st->data, "status", status);
    rc = add_details(&st->data, term, rest);
    text_add(&st->data, "}");
    say_term(st, text, status);
  }

  free(text);

  return rc;
}

static bool named(const struct agreement *g, const char *check) {
  for (size_t i = 0; i < count(g->terms); i++)
    if (check_length(g->terms[i]) == strlen(check) && !strncmp(g->terms[i], check, strlen(check)))
      return true;
  return false;
}

static int check_twice(const struct agreement *g) {
  for (size_t i = 0; i < count(g->terms); i++)
    for (size_t k = 0; k < i; k++)
      if (check_length(g->terms[i]) == check_length(g->terms[k]) &&
          !strncmp(g->terms[i], g->terms[k], check_length(g->terms[i])))
        return bad_term(g->terms[i], "the check is named twice");

  return 0;
}

/* --- the agreement before --- */

/* What holds now, or will once the day of one that is dated ahead has come. */
static json agreement_in(json list, const char *recommendation) {
  for (size_t i = 0; i < json_count(list); i++) {
    json r = json_at(list, i), ahead = json_get(r, "agreement_ahead");
    const char *id = json_string(r, "recommendation");
    if (id && !strcmp(id, recommendation)) {
      if (ahead)
        return ahead;
      return json_get(r, "agreement");
    }
  }

  return NULL;
}

/* The answer in which it lies; a person of whom nothing is known has agreed to nothing. */
static int ask_before(const struct settings *s, const struct agreement *g, struct answer *ret) {
  struct text q = {0};
  add_question(&q, s, "person", g->person);
  int rc = door_look(s, "ask", q.s, ANSWER_MS, ret);
  text_finish(&q);
  if (rc)
    return not_reached(s->server);
  if (g->anew || !strcmp(ret->reply.status, "ok") || !strcmp(faults_code(ret->tree), "not-found"))
    return 0;

  complain("what was agreed before cannot be read; --anew records this agreement alone");
  answer_finish(ret);

  return EXIT_NOT_PERMITTED;
}

static json find_before(json person, const char *recommendation) {
  json standing = agreement_in(json_get(person, "recommendations"), recommendation);
  if (standing)
    return standing;
  return agreement_in(json_get(person, "answered"), recommendation);
}

/* A later agreement is not carried back to an earlier date. */
static int check_later(const struct statement *st, json before) {
  const char *date = json_string(before, "date");
  struct text t = {0}, holds = {0};

  if (!date || strcmp(date, st->date) <= 0)
    return 0;

  text_add(&t, "what was agreed on ");
  add_date(&t, date);
  add_terms(&holds, json_get(before, "terms"));
  text_addf(&t,
            " is later and holds from then on%s%s; to keep it and add to it, write --date %s or a "
            "later one",
            text_if(holds.len, ": "), text_or(holds.s, ""), date);
  complain("%s", t.s);
  text_finish(&t);
  text_finish(&holds);

  return EXIT_USAGE;
}

static void keep_term(struct statement *st, json term) {
  static const char *const words[] = {"check", "status", "payer", "until"}, *const wholes[] = {
                                                                                "minutes",
                                                                                "amount"};
  open_term(st);
  for (size_t i = 0; i < 4; i++)
    add_member(&st->data, words[i], json_string(term, words[i]));
  for (size_t i = 0; i < 2; i++)
    if (json_has_number(term, wholes[i]))
      text_addf(&st->data, ",\"%s\":%lld", wholes[i], (long long)json_number(term, wholes[i], 0));

  text_add(&st->data, "}");
  say_term(st, json_string(term, "check"), json_string(term, "status"));
}

static void keep_terms(struct statement *st, const struct agreement *g, json before) {
  json terms = json_get(before, "terms");
  for (size_t i = 0; i < json_count(terms); i++) {
    const char *check = json_string(json_at(terms, i), "check");
    if (check && !named(g, check))
      keep_term(st, json_at(terms, i));
  }
}

/* --- the rest --- */

static int add_success(struct statement *st, const char *success) {
  char *text = copy_text(success), *level = strrchr(text, '='),
       *by = level ? strchr(level, ',') : NULL, date[11];
  bool good = level && by && level > text;
  if (good)
    *level++ = '\0', *by++ = '\0';

  good = good && *level && strspn(level, "0123456789") == strlen(level) && strlen(level) < 3 &&
         date_parse(by, date);
  if (good) {
    text_add(&st->data, ",\"success\":{");
    add_member(&st->data, "competence", text);
    text_addf(&st->data, ",\"level\":%d", atoi(level));
    add_member(&st->data, "by", date);
    text_add(&st->data, "}");
  } else
    complain("--success %s: write COMPETENCE=LEVEL,DATE, such as STL3=3,2027-07-21", success);

  free(text);
  if (good)
    return 0;

  return EXIT_USAGE;
}

static void add_impact(struct statement *st, const char *impact) {
  if (!impact)
    return;

  if (st->data.s[st->data.len - 1] != '[')
    text_add(&st->data, ",");
  text_add_quoted(&st->data, impact);
}

static void add_intended(struct statement *st, const char **intended, json before) {
  json list = NULL;
  if (!intended)
    list = json_get(before, "intended");

  text_add(&st->data, ",\"intended\":[");
  for (size_t i = 0; i < count(intended); i++)
    add_impact(st, intended[i]);
  for (size_t i = 0; i < json_count(list); i++)
    add_impact(st, json_string(json_at(list, i), "impact"));

  text_add(&st->data, "]");
}

static void keep_success(struct statement *st, json success) {
  if (!success)
    return;

  text_add(&st->data, ",\"success\":{");
  add_member(&st->data, "competence", json_string(success, "competence"));
  text_addf(&st->data, ",\"level\":%lld", (long long)json_number(success, "level", 0));
  add_member(&st->data, "by", json_string(success, "by"));
  text_add(&st->data, "}");
}

static int write_data(const struct agreement *g, json before, struct statement *st) {
  text_add(&st->said, "agreed");
  text_add(&st->data, "{");
  add_member(&st->data, "recommendation", g->recommendation);
  add_member(&st->data, "date", st->date);
  text_add(&st->data, ",\"terms\":[");

  int rc = check_twice(g);
  for (size_t i = 0; i < count(g->terms) && !rc; i++)
    rc = add_term(st, g->terms[i]);

  keep_terms(st, g, before);
  text_add(&st->data, "]");
  add_intended(st, g->intended, before);

  if (g->success && !rc)
    rc = add_success(st, g->success);
  if (!g->success)
    keep_success(st, json_get(before, "success"));

  add_member(&st->data, "agreed_by", g->by);
  text_add(&st->data, "}");

  return rc;
}

/* --- what is worth a word --- */

static json recommendation_in(json person, const char *recommendation) {
  json list = json_get(person, "recommendations");
  for (size_t i = 0; i < json_count(list); i++) {
    const char *id = json_string(json_at(list, i), "recommendation");
    if (id && !strcmp(id, recommendation))
      return json_at(list, i);
  }

  return NULL;
}

/* The agreement is recorded, but the user should see at once what is still to be agreed. */
static void note_nothing_settled(struct statement *st, json recommendation) {
  json list = json_get(recommendation, "practicalities");
  size_t n = 0;

  text_add(&st->notes, "note: this settles nothing yet; ");
  for (size_t i = 0; i < json_count(list); i++) {
    const char *check = json_string(json_at(list, i), "check");
    if (check)
      text_addf(&st->notes, "%s%s", n++ ? ", " : "to agree: ", check);
  }

  text_addf(&st->notes, "%s\n",
            n ? " (--term CHECK=met)" : "settle a practicality with --term CHECK=met");
}

/* With --anew nothing is carried over: what holds no more is named, and what was agreed for later
 * is said to hold then. */
static void note_dropped(struct statement *st, const struct agreement *g, json before) {
  const char *date = json_string(before, "date");
  json terms = json_get(before, "terms");
  bool later = date && strcmp(date, st->date) > 0, any = false;

  for (size_t i = 0; i < json_count(terms); i++) {
    const char *check = json_string(json_at(terms, i), "check");
    if (!later && check && named(g, check))
      continue;

    struct text term = {0};
    add_one_term(&term, json_at(terms, i));
    if (!any)
      text_add(&st->notes, later ? "note: what was agreed on "
                                 : "note: the earlier agreement no longer applies: ");

    if (!any && later) {
      add_date(&st->notes, date);
      text_add(&st->notes, " is later and takes its place then: ");
    }

    text_addf(&st->notes, "%s%s", comma(any), term.s);
    text_finish(&term);
    any = true;
  }

  if (any)
    text_add(&st->notes, later ? "\n" : "; without --anew it stays in force\n");
}

static void add_notes(struct statement *st, const struct agreement *g, json person, json before) {
  if (g->anew)
    note_dropped(st, g, before);
  if (strstr(st->data.s, "\"terms\":[]"))
    note_nothing_settled(st, recommendation_in(person, g->recommendation));
}

/* What is mistyped is said before anybody is asked. */
static int check_form(const struct agreement *g) {
  struct statement scratch = {.date = "2000-01-01"};
  int rc = write_data(g, NULL, &scratch);
  statement_finish(&scratch);
  return rc;
}

/* The daemon hears a later agreement instead of the one before; people settle one thing after the
 * other. So what was agreed before and is not named again is said again. */
static int send_agreement(const struct settings *s, const struct agreement *g) {
  struct statement st = {.type = "needs.agreement.recorded.v1",
                         .source = "needs/agree",
                         .person = g->person,
                         .recommendation = g->recommendation};
  struct answer before = {0};

  st.name = "agreement";
  st.ahead = g->ahead;

  int rc = check_form(g);
  if (rc || !settings_need(s, true) || !statement_date(s, &st, g->date))
    return EXIT_USAGE;

  rc = ask_before(s, g, &before);
  if (!rc) {
    json agreed = find_before(before.tree, g->recommendation), kept = g->anew ? NULL : agreed;
    rc = check_later(&st, kept);
    if (!rc)
      rc = write_data(g, kept, &st);
    if (!rc)
      add_notes(&st, g, before.tree, agreed);

    answer_finish(&before);
  }

  if (!rc) {
    text_addf(&st.slot, "agreement\x1f%s\x1f%s\x1f%s", g->person, g->recommendation, st.date);
    text_add(&st.whole, st.data.s);
    rc = statement_send(s, &st);
  }

  statement_finish(&st);

  return rc;
}

static void free_list(const char **list) {
  for (size_t i = 0; list && list[i]; i++)
    free((void *)(uintptr_t)list[i]);
  free(list);
}

int run_agree(struct settings *s, int argc, const char **argv) {
  struct agreement g = {0};
  struct poptOption own[] = {
      {"term", 0, POPT_ARG_ARGV, &g.terms, 0,
       "A practicality: its code, then met, unmet or to-agree, then ,minutes= ,payer= ,amount= "
       "(pence) ,until=; may be repeated",
       "CHECK=STATUS"},
      {"anew", 0, POPT_ARG_NONE, &g.anew, 0, "Replace the earlier agreement as a whole", NULL},
      {"intended", 0, POPT_ARG_ARGV, &g.intended, 0,
       "Intended impact, a code of the catalogue; may be repeated", "CODE"},
      {"success", 0, POPT_ARG_STRING, &g.success, 0,
       "Level to be demonstrated, and by when: STL3=3,2027-07-21", "COMPETENCE=LEVEL,DATE"},
      {"by", 0, POPT_ARG_STRING, &g.by, 0,
       "Who agreed for the school: manager (the default), head ..., or a pseudonymous id", "WHO"},
      {"date", 0, POPT_ARG_STRING, &g.date, 0, "Date (default: the daemon's day)", "DATE"},
      {"ahead", 0, POPT_ARG_NONE, &g.ahead, 0,
       "Send it even if the person is not recorded yet or never had the recommendation", NULL},
      POPT_TABLEEND,
  };
  struct args a;
  int rc = args_parse(&a, s, "PERSON RECOMMENDATION", own, argc, argv, 2, 2);
  if (!rc) {
    g.person = a.items[0];
    g.recommendation = a.items[1];
    if (!g.by)
      g.by = copy_text("manager");

    rc = send_agreement(s, &g);
    args_finish(&a);
  }

  free_list(g.terms);
  free_list(g.intended);
  free(g.success);
  free(g.by);
  free(g.date);

  return rc;
}
