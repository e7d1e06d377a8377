/* print_responses - see print_responses.h. */
#include "print_responses.h"

#include <string.h>
#include <sys/param.h>

#include "advice.h"
#include "table.h"
#include "text.h"

static bool is(const char *s, const char *word) {
  return s && !strcmp(s, word);
}

/* "the manager"; a pseudonymous id as it is */
static void add_who(struct text *t, const char *by) {
  static const char *const words[] = {"person",   "manager",  "head",
                                      "employer", "provider", "representative"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (is(by, words[i]))
      text_add(t, is(by, "representative") ? "a " : "the ");

  text_add(t, text_or(by, "?"));
}

static void add_when(struct text *t, const char *date, const char *day) {
  if (!date)
    return;
  text_add(t, day && strcmp(date, day) > 0 ? ", counts from " : " on ");
  add_date(t, date);
}

void add_response(struct text *t, json r, const char *day) {
  const char *word = json_string(r, "response"), *barrier = json_string(r, "barrier_words"),
             *behalf = json_string(r, "on_behalf");
  text_addf(t, "%s by ", text_or(word, "agreed"));
  add_who(t, json_string(r, "by"));
  add_when(t, json_string(r, "date"), day);
  if (!barrier)
    barrier = json_string(r, "barrier");
  if (barrier)
    text_addf(t, ": %s", barrier);
  if (behalf)
    text_addf(t, ", written down by %s", behalf);
}

static int64_t round_of(json object) {
  return json_number(object, "round", 0);
}

static void add_agreed(struct text *t, json agreement, const char *day) {
  text_addf(t, "%sagreed by ", text_if(t->len, "; "));
  add_who(t, json_string(agreement, "agreed_by"));
  add_when(t, json_string(agreement, "date"), day);
}

/* All of one round in one paragraph, in order of dates; false: nothing was said in it. */
static bool add_round(struct text *t, json responses, json agreement, int64_t round,
                      const char *day) {
  const char *agreed = NULL;
  if (agreement && round_of(agreement) == round)
    agreed = json_string(agreement, "date");
  for (size_t i = 0; i < json_count(responses); i++) {
    json r = json_at(responses, i);
    const char *date = json_string(r, "date");

    if (round_of(r) != round)
      continue;

    if (agreed && date && strcmp(date, agreed) > 0) {
      add_agreed(t, agreement, day);
      agreed = NULL;
    }

    if (t->len)
      text_add(t, "; ");

    add_response(t, r, day);
  }

  if (agreed)
    add_agreed(t, agreement, day);
  if (t->len)
    text_addf(t, " (round %lld)", (long long)round + 1);

  return t->len > 0;
}

/* --- agreements --- */

json term_about(json r, const char *check) {
  json terms = json_get(json_get(r, "agreement"), "terms");
  for (size_t i = 0; check && i < json_count(terms); i++)
    if (is(json_string(json_at(terms, i), "check"), check))
      return json_at(terms, i);
  return NULL;
}

static void add_part(struct text *t, bool *any) {
  if (*any)
    text_add(t, ", ");
  *any = true;
}

void add_term_details(struct text *t, json term) {
  const char *payer = json_string(term, "payer"), *until = json_string(term, "until");
  bool any = false;

  if (json_has_number(term, "minutes")) {
    add_part(t, &any);
    add_minutes(t, json_number(term, "minutes", 0));
  }

  if (payer) {
    add_part(t, &any);
    text_addf(t, "paid by %s", payer);
  }

  if (json_has_number(term, "amount")) {
    add_part(t, &any);
    add_money(t, json_number(term, "amount", 0));
  }

  if (until) {
    add_part(t, &any);
    text_add(t, "until ");
    add_date(t, until);
  }
}

void add_one_term(struct text *t, json term) {
  const char *check = json_string(term, "check"), *status = json_string(term, "status");
  struct text details = {0};

  add_term_details(&details, term);
  text_addf(t, "%s %s", text_or(check, "?"), text_or(status, "?"));
  if (details.len)
    text_addf(t, " (%s)", details.s);

  text_finish(&details);
}

void add_terms(struct text *t, json terms) {
  for (size_t i = 0; i < json_count(terms); i++) {
    if (t->len)
      text_add(t, ", ");
    add_one_term(t, json_at(terms, i));
  }
}

static void print_intended(FILE *f, json agreement) {
  json intended = json_get(agreement, "intended"), success = json_get(agreement, "success");
  struct text t = {0};

  for (size_t i = 0; i < json_count(intended); i++) {
    const char *words = json_string(json_at(intended, i), "words");
    text_addf(&t, "%s%s", text_if(t.len, "; "),
              words ? words : json_string(json_at(intended, i), "impact"));
  }

  if (success) {
    const char *competence = json_string(success, "competence"), *by = json_string(success, "by");
    text_addf(&t, "%s%s at ", text_if(t.len, "; "), short_key(competence));
    add_level(&t, competence, success, "level");
    text_add(&t, " by ");
    add_date(&t, text_or(by, "?"));
  }

  if (t.len)
    print_line(f, 4, "meant to bring", t.s);

  text_finish(&t);
}

static void print_settled(FILE *f, json list) {
  static const struct {
    const char *status, *words;
  } rows[] = {{"unmet", "not met"}, {"to-agree", "to be agreed"}, {"met", "settled"}};
  struct text t = {0};

  for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
    size_t n = 0;
    for (size_t i = 0; i < json_count(list); i++)
      n += is(json_string(json_at(list, i), "status"), rows[k].status);
    if (n)
      text_addf(&t, "%s%zu %s", comma(t.len), n, rows[k].words);
  }

  if (t.len)
    print_line(f, 4, "practicalities", t.s);

  text_finish(&t);
}

/* People look for the numbers of an agreement, so they are printed without --full. */
static void print_terms_in_numbers(FILE *f, json agreement) {
  json terms = json_get(agreement, "terms");
  struct text t = {0}, details = {0};

  for (size_t i = 0; i < json_count(terms); i++) {
    add_term_details(&details, json_at(terms, i));
    if (!details.len)
      continue;

    if (t.len)
      text_add(&t, ", ");

    add_one_term(&t, json_at(terms, i));
    text_clear(&details);
  }

  if (t.len)
    print_line(f, 4, "agreed", t.s);

  text_finish(&t);
  text_finish(&details);
}

/* --- below one recommendation --- */

static void print_ahead(FILE *f, json agreement, const char *day) {
  struct text t = {0};
  if (!agreement)
    return;

  add_agreed(&t, agreement, day);
  print_line(f, 4, "ahead", t.s);
  text_finish(&t);
}

void print_responses(FILE *f, json r, const char *day, bool full) {
  struct text t = {0};
  json agreement = json_get(r, "agreement");
  if (add_round(&t, json_get(r, "responses"), agreement, round_of(r), day))
    print_line(f, 4, "answered", t.s);

  text_finish(&t);
  print_ahead(f, json_get(r, "agreement_ahead"), day);
  print_intended(f, agreement);
  if (full)
    return; /* they are listed one by one */

  print_settled(f, json_get(r, "practicalities"));
  print_terms_in_numbers(f, agreement);
}

/* --- recommendations that are no longer current --- */

static void print_title_line(FILE *f, json r, const char *more) {
  const char *title = json_string(json_get(r, "development"), "title"),
             *id = json_string(r, "recommendation");
  struct text t = {0};

  text_addf(&t, "%s [%s]%s", text_or(title, "?"), text_or(id, "?"), text_or(more, ""));
  print_folded(f, 2, 4, t.s);
  text_finish(&t);
}

static int64_t last_round(json responses) {
  int64_t last = 0;
  for (size_t i = 0; i < json_count(responses); i++)
    if (round_of(json_at(responses, i)) > last)
      last = round_of(json_at(responses, i));
  return last;
}

static bool print_rounds_until(FILE *f, json r, int64_t end, const char *day) {
  bool any = false;

  for (int64_t round = 0; round < end; round++) {
    struct text t = {0};
    if (add_round(&t, json_get(r, "responses"), json_get(r, "agreement"), round, day)) {
      print_folded(f, 4, 6, t.s);
      any = true;
    }

    text_finish(&t);
  }

  return any;
}

void print_rounds(FILE *f, json object, const char *day) {
  json responses = json_get(object, "responses"), agreement = json_get(object, "agreement");
  int64_t last = last_round(responses);

  if (!json_count(responses) && !agreement)
    return;

  fputc('\n', f);
  print_heading(f, "Answered");
  print_rounds_until(f, object, (round_of(agreement) > last ? round_of(agreement) : last) + 1, day);
}

void print_contested(FILE *f, json answered, const char *day) {
  bool any = false;

  for (size_t i = 0; i < json_count(answered); i++) {
    json r = json_at(answered, i);
    if (!is(json_string(r, "last"), "contested"))
      continue;

    if (!any)
      print_heading(f, "CONTESTED: needs a decision");

    any = true;
    print_title_line(f, r, NULL);
    print_rounds_until(f, r, last_round(json_get(r, "responses")) + 1, day);
  }

  if (any)
    fputc('\n', f);
}

static bool has_past_round(json r) {
  json responses = json_get(r, "responses");
  for (size_t i = 0; i < json_count(responses); i++)
    if (round_of(json_at(responses, i)) < round_of(r))
      return true;
  return false;
}

static void head_once(FILE *f, bool *any) {
  if (!*any) {
    fputc('\n', f);
    print_heading(f, "Answered before");
  }
  *any = true;
}

void print_answered_before(FILE *f, json person, const char *day) {
  json standing = json_get(person, "recommendations"), answered = json_get(person, "answered");
  bool any = false;

  for (size_t i = 0; i < json_count(answered); i++) {
    json r = json_at(answered, i);
    if (is(json_string(r, "last"), "contested"))
      continue;

    head_once(f, &any);
    print_title_line(f, r, NULL);
    int64_t last = last_round(json_get(r, "responses")),
            agreed = round_of(json_get(r, "agreement"));
    print_rounds_until(f, r, (MAX(agreed, last)) + 1, day);
  }

  for (size_t i = 0; i < json_count(standing); i++) {
    json r = json_at(standing, i);
    if (!has_past_round(r))
      continue;

    head_once(f, &any);
    print_title_line(f, r, ", recommended again");
    print_rounds_until(f, r, round_of(r), day);
  }
}

/* --- the last word on everything --- */

static int rank(json a) {
  const char *last = json_string(a, "last");
  if (is(last, "contested"))
    return 0;
  if (is(last, "declined")) {
    if (json_string(a, "barrier"))
      return 1;
    return 2;
  }
  return 3;
}

static void add_answer_row(struct table *table, json a) {
  struct text what = {0};
  add_response(&what, a, NULL);
  text_addf(&what, " (round %lld)", (long long)round_of(a) + 1);
  if (rank(a) == 0)
    text_add(&what, "; needs a decision");

  table_row(table, json_string(a, "person"), json_string(a, "recommendation"), what.s);
  text_finish(&what);
}

void print_last_words(FILE *f, json answer) {
  static const char *const headings[] = {"person", "recommendation", "last answer"};
  json list = json_get(answer, "answers");
  struct table table;

  table_init(&table, 3, headings, 0);
  for (int r = 0; r < 4; r++)
    for (size_t i = 0; i < json_count(list); i++)
      if (rank(json_at(list, i)) == r)
        add_answer_row(&table, json_at(list, i));

  if (json_count(list))
    table_print(&table, f, 2);
  else
    fputs("  Nobody has answered a recommendation yet.\n", f);

  table_finish(&table);
}
