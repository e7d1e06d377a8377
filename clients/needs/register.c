/* register - see register.h. */
#include "register.h"

#include "text.h"

#include <string.h>

#define FEW "few"

static const char *string_of(json j, const char *member) {
  const char *s = json_string(j, member);
  if (s)
    return s;
  return "";
}

/* --- dates and names --- */

const char *register_name(json rule) {
  return string_of(rule, "rule");
}

/* "28 November 2026": the day of an instant. */
static void add_day(struct text *t, json published) {
  char day[11];
  snprintf(day, sizeof day, "%.10s", string_of(published, "since"));
  add_date(t, *day ? day : "a day that is not known");
}

static void add_by(struct text *t, json published) {
  const char *by = json_string(published, "by"), *approved = json_string(published, "approved_by");
  text_addf(t, "published by %s", text_or(by, "the daemon's configuration"));
  if (approved)
    text_addf(t, ", approved by %s", approved);
}

void add_register_since(struct text *t, json rule) {
  text_addf(t, "%.10s", string_of(json_get(rule, "unchanged"), "since"));
}

/* --- counts --- */

static bool is_few(json count) {
  return json_flag(count, "few");
}

static int64_t number_of(json count) {
  return json_number(count, "times", json_number(count, "people", 0));
}

/* Of a rule for whole schools it is only known how many schools it advises now. */
static bool of_schools(json count) {
  return json_has_number(count, "schools");
}

static void add_schools(struct text *t, json count) {
  int64_t n = json_number(count, "schools", 0);
  text_addf(t, "%lld school%s", (long long)n, plural(n));
}

void add_register_count(struct text *t, json rule, const char *member) {
  json count = json_get(rule, member);
  if (!count)
    count = json_get(json_get(rule, "gap"), member);
  if (!count)
    text_add(t, "");
  else if (is_few(count))
    text_add(t, FEW);
  else if (of_schools(count))
    add_schools(t, count);
  else
    text_addf(t, "%lld", (long long)number_of(count));
}

static void add_times(struct text *t, json count) {
  if (is_few(count))
    text_add(t, "fewer than 5 times");
  else if (number_of(count) == 0)
    text_add(t, "never");
  else
    text_addf(t, "%lld times", (long long)number_of(count));
}

bool register_any_few(json answer) {
  json rules = json_get(answer, "rules");
  for (size_t i = 0; i < json_count(rules); i++) {
    json rule = json_at(rules, i);
    for (size_t k = 0; k < json_member_count(rule); k++)
      if (is_few(json_member_value(rule, k)))
        return true;
  }

  return false;
}

/* --- the lines --- */

static void add_about(struct text *t, json rule) {
  text_add(t, string_of(rule, "about"));
}
static void add_whom(struct text *t, json rule) {
  text_add(t, string_of(rule, "speaks_to"));
}
static void add_applies(struct text *t, json rule) {
  text_add(t, string_of(rule, "applies"));
}
static void add_owner(struct text *t, json rule) {
  text_add(t, string_of(rule, "owner"));
}

static void add_state(struct text *t, json rule) {
  if (json_flag(rule, "aside"))
    text_add(t, "Set aside: it broke the worker that runs the rules, and does not run");
}

static json serving_now;

void register_fails(json serving) {
  serving_now = serving;
}

static json fails_of(const char *rule) {
  json list = json_get(serving_now, "list");
  for (size_t i = 0; i < json_count(list); i++)
    if (!strcmp(register_name(json_at(list, i)), rule))
      return json_get(json_at(list, i), "fails");
  return NULL;
}

void add_fails(struct text *t, json rule) {
  json fails = fails_of(register_name(rule));
  const char *message = json_string(fails, "message");
  int64_t schools = json_number(fails, "schools", -1), people = json_number(fails, "people", -1);

  if (!fails)
    return;
  if (json_flag(fails, "before")) {
    text_add(t, "failed before the daemon started; since then it has failed for nobody whose "
                "advice was worked out again");
    return;
  }

  if (is_few(fails))
    text_add(t, "currently fails for fewer than 5 people");
  else if (schools >= 0)
    text_addf(t, "currently fails for %lld school%s as a whole", (long long)schools,
              plural(schools));
  else
    text_addf(t, "currently fails for %lld people", (long long)people);

  if (message)
    text_addf(t, ": %s", message);
}

void add_failures_of(struct text *t, json serving) {
  json of = json_get(serving, "failures_of");
  int64_t people = json_number(of, "people", 0), all = json_number(of, "of", 0);
  const char *since = string_of(of, "since"), *hour = strchr(since, 'T');

  if (people >= all)
    return;

  text_add(
      t, "Failures are known only for people whose advice was worked out since the daemon started");
  if (hour)
    text_addf(t, ", %.10s %.5s UTC", since, hour + 1);

  text_add(t, ": ");
  if (is_few(of))
    text_add(t, "a few");
  else
    text_addf(t, "%lld", (long long)people);

  text_addf(t, " of %lld people.", (long long)all);
}

/* "older guidance (2010)", "current guidance (2015)"; a source that the catalogue does not know has
 * only its id. */
static void add_source(struct text *t, json rule) {
  json s = json_get(rule, "source");
  const char *title = json_string(s, "title"), *publisher = json_string(s, "publisher"),
             *status = json_string(s, "status");
  const char *next = json_string(s, "superseded_by"),
             *next_title = json_string(s, "superseded_by_title");

  text_addf(t, "%s", title ? title : string_of(s, "id"));
  if (publisher && *publisher)
    text_addf(t, ", %s", publisher);
  if (json_string(s, "detail"))
    text_addf(t, ", %s", json_string(s, "detail"));
  if (status && *status)
    text_addf(t, "; %s", status);
  if (json_has_number(s, "year"))
    text_addf(t, status && *status ? " (%lld)" : "; %lld", (long long)json_number(s, "year", 0));
  if (next)
    text_addf(t, "; superseded by %s", text_or(next_title, next));
}

static void add_unchanged(struct text *t, json rule) {
  json since = json_get(rule, "unchanged");
  if (!since) {
    text_add(t, "not known");
    return;
  }

  text_add(t, "since ");
  add_day(t, since);
  text_addf(t, ", %s; ", !strcmp(string_of(since, "of"), "row") ? "its row" : "its whole file");
  add_by(t, since);
}

static void add_recommended(struct text *t, json rule) {
  json now = json_get(rule, "now"), issued = json_get(rule, "issued");
  if (of_schools(now)) {
    text_add(t, "now to ");
    add_schools(t, now);
    text_add(t, " as a whole");
    return;
  }

  if (is_few(now))
    text_add(t, "currently fewer than 5 people");
  else if (number_of(now) == 0)
    text_add(t, "currently nobody");
  else
    text_addf(t, "currently %lld people", (long long)number_of(now));

  if (is_few(issued)) { /* or hidden beside something few: it may well be more than now */
    text_add(t, "; the total is not shown");
    return;
  }

  text_add(t, "; in total ");
  add_times(t, issued);
}

static void add_barriers(struct text *t, json rule) {
  json list = json_get(rule, "barriers");
  size_t n = json_count(list);
  bool few = json_flag(rule, "barriers_few");
  if (!n && !few)
    return;

  text_add(t, text_if(n, " ("));
  for (size_t i = 0; i < n; i++)
    text_addf(t, "%s%s: %lld", text_if(i, "; "), string_of(json_at(list, i), "words"),
              (long long)number_of(json_at(list, i)));

  if (few && n)
    text_add(t, "; other reasons: fewer than 5 each");

  text_add(t, n ? ")" : " (reasons: fewer than 5 each)");
}

static void add_answered(struct text *t, json rule) {
  static const char *const words[] = {"accepted",  "started",   "completed",
                                      "evaluated", "contested", "declined"};
  if (!is_few(json_get(rule, "issued")) && number_of(json_get(rule, "issued")) == 0)
    return;

  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    text_addf(t, "%s%s ", comma(i), words[i]);
    add_times(t, json_get(rule, words[i]));
  }

  add_barriers(t, rule);
}

static void add_part(struct text *t, json gap, const char *part, const char *words) {
  json count = json_get(gap, part);
  if (is_few(count))
    text_addf(t, "; %s: fewer than 5", words);
  else
    text_addf(t, "; %s: %lld", words, (long long)number_of(count));
}

static void add_gap(struct text *t, json rule) {
  json completed = json_get(rule, "completed"), gap = json_get(rule, "gap");
  if (!is_few(completed) && number_of(completed) == 0)
    return;

  text_add(t, "completed ");
  add_times(t, completed);
  add_part(t, gap, "closed", "since rated at the required level");
  add_part(t, gap, "open", "since rated lower");
  add_part(t, gap, "unknown", "not rated since");
}

static void add_where(struct text *t, json rule) {
  text_addf(t, "%s, line %lld", string_of(rule, "file"), (long long)json_number(rule, "line", 0));
}

const struct register_row register_rows[] = {
    {"says", add_about},        {"whom", add_whom},           {"this role", add_applies},
    {"state", add_state},       {"fault", add_fails},         {"source", add_source},
    {"owner", add_owner},       {"unchanged", add_unchanged}, {"recommended", add_recommended},
    {"answered", add_answered}, {"closed its gap", add_gap},  {"written in", add_where},
};
const size_t n_register_rows = sizeof register_rows / sizeof *register_rows;

/* --- about the whole --- */

void add_register_title(struct text *t, json answer) {
  json role = json_get(answer, "role");
  const char *name = json_string(answer, "name");

  text_addf(t, "Rules of %s", name && *name ? name : "authority");
  text_addf(t, name && *name ? " (%s)" : " %s", string_of(answer, "authority"));
  if (role)
    text_addf(t, " that apply to %s (%s)", string_of(role, "title"), string_of(role, "code"));
}

void add_register_serving(struct text *t, json answer) {
  json serving = json_get(answer, "serving");
  text_add(t, "Rule set ");
  text_add_hash(t, json_string(serving, "rules"));
  text_add(t, " with catalogue ");
  text_add_hash(t, json_string(serving, "catalogue"));
  text_add(t, " has served since ");
  add_day(t, serving);
  text_add(t, ", ");
  add_by(t, serving);
  text_add(t, ".");

  json role = json_get(answer, "role");
  if (role && !json_flag(role, "in_scope"))
    text_add(t, " The catalogue excludes this role: nobody in it receives advice.");
}

const char *const *register_preamble(size_t *ret_n) {
  static const char *const sentences[] = {
      "needsd advises people who work in schools, and their managers, on learning: it recommends "
      "what would close the gap between what a post requires and what a person can do. The rules "
      "below make these recommendations. Each one names its rule and source.",
      "It is advice, never a decision. Do not use it to appraise, pay, rank or dismiss anybody. "
      "The person may decline or contest it. Only the person or their representative can settle "
      "what was contested.",
      "The numbers count recommendations to people, for each rule that supported them when they "
      "were answered, since the rule got its name. People whose data were erased or restricted are "
      "not counted.",
  };
  *ret_n = sizeof sentences / sizeof *sentences;
  return sentences;
}

void add_register_few(struct text *t, json answer) {
  text_addf(t,
            "%s: fewer than %lld people, or a number that would reveal such a number. This "
            "protects individuals.",
            FEW, (long long)json_number(answer, "few", 5));
}
