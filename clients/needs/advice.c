/* advice - see advice.h. */
#include "advice.h"

#include <string.h>

#include "print_responses.h"
#include "text.h"

#define MANY 4

struct word {
  const char *code, *words;
};

static const char *look_up(const struct word *rows, size_t n, const char *code) {
  for (size_t i = 0; code && i < n; i++)
    if (!strcmp(rows[i].code, code))
      return rows[i].words;

  if (code)
    return code;
  return "";
}
#define LOOK_UP(rows, code) look_up(rows, sizeof(rows) / sizeof *(rows), code)

const char *importance_words(const char *importance) {
  static const struct word rows[] = {{"statutory", "required by law"},
                                     {"essential", "essential for the post"},
                                     {"desirable", "desirable"}};
  return LOOK_UP(rows, importance);
}

const char *origin_words(const char *from) {
  static const struct word rows[] = {
      {"refresh", "due to be renewed"},  {"induction", "from induction"},
      {"new-role", "from a new role"},   {"new-duty", "from a new duty"},
      {"audit", "from an audit"},        {"plan", "from the school's plan"},
      {"wish", "the person's own wish"}, {"basic-skills", "a basic skill"},
      {"review", "from a review"},       {"profile", "part of the post"}};
  return LOOK_UP(rows, from);
}

static const char *kind_words(const char *kind) {
  static const struct word rows[] = {{"unit", "a unit"},
                                     {"course", "a course"},
                                     {"qualification", "a qualification"},
                                     {"apprenticeship", "an apprenticeship"},
                                     {"status", "a status"},
                                     {"coaching", "coaching"},
                                     {"mentoring", "mentoring"},
                                     {"shadowing", "work shadowing"},
                                     {"buddying", "a buddy"},
                                     {"peer-observation", "observing each other"},
                                     {"network", "a network"},
                                     {"action-research", "action research"},
                                     {"inset", "in-service training"},
                                     {"resource", "a resource"},
                                     {"e-learning", "e-learning"},
                                     {"joint-training", "training together"},
                                     {"finding-out", "finding out first"}};
  return LOOK_UP(rows, kind);
}

const char *short_key(const char *competence) {
  const char *slash = NULL;
  if (competence)
    slash = strrchr(competence, '/');

  if (slash)
    return slash + 1;
  if (competence)
    return competence;
  return "";
}

void add_competence(struct text *t, json need) {
  const char *title = json_string(need, "title"),
             *code = short_key(json_string(need, "competence"));
  if (title)
    text_addf(t, "%s (%s)", title, code);
  else
    text_add(t, code);
}

static json scales; /* needs with `levels`, borrowed */

void advice_scales(json needs) {
  scales = needs;
}

static size_t framework_length(const char *competence) {
  const char *slash = NULL;
  if (competence)
    slash = strrchr(competence, '/');

  if (slash)
    return (size_t)(slash - competence) + 1;
  return 0;
}

static bool same_framework(const char *a, const char *b) {
  size_t n = framework_length(a);
  return n && n == framework_length(b) && !strncmp(a, b, n);
}

static json scale_of(const char *competence) {
  for (size_t i = 0; i < json_count(scales); i++)
    if (same_framework(competence, json_string(json_at(scales, i), "competence")))
      return json_get(json_at(scales, i), "levels");
  return NULL;
}

/* What is recommended may outlive its need, and with it the words; the frameworks that come with
 * the daemon have the default scale. */
static bool default_scale(const char *competence) {
  static const char *const shipped[] = {"STL@2007/", "X@2026/", "HLTA@2015/", "ST0454@1.0/"};
  for (size_t i = 0; i < sizeof shipped / sizeof *shipped; i++)
    if (same_framework(competence, shipped[i]))
      return true;
  return false;
}

/* Of the competence's scale; NULL where they are not known. */
static const char *words_of_level(const char *competence, int64_t level) {
  json scale = scale_of(competence);
  const char *words = NULL;

  if (level >= 0)
    words = json_text(json_at(scale, (size_t)level));
  if (!words && !scale && level >= 0 && default_scale(competence))
    words = level_words(level);

  return words;
}

void add_level(struct text *t, const char *competence, json object, const char *member) {
  int64_t level = json_number(object, member, -1);

  add_level_words(t, competence, object, member);
  if (words_of_level(competence, level))
    text_addf(t, " (%lld)", (long long)level);
}

void add_level_words(struct text *t, const char *competence, json object, const char *member) {
  int64_t level = json_number(object, member, -1);
  const char *words = words_of_level(competence, level);

  if (level < 0)
    text_add(t, "not yet rated");
  else if (words)
    text_add(t, words);
  else
    text_addf(t, "level %lld", (long long)level);
}

static void add_scale(struct text *t, json levels) {
  for (size_t i = 0; i < json_count(levels); i++) {
    const char *words = json_text(json_at(levels, i));
    text_addf(t, "%s%zu %s", comma(i), i, text_or(words, "?"));
  }
}

static bool same_words(json a, json b) {
  bool same = json_count(a) == json_count(b);
  for (size_t i = 0; same && i < json_count(a); i++) {
    const char *x = json_text(json_at(a, i)), *y = json_text(json_at(b, i));
    same = x && y && !strcmp(x, y);
  }

  return same;
}

/* " of A@1, B@2": the frameworks that have this scale; nothing if all have it. */
static void add_frameworks(struct text *t, json needs, json levels) {
  struct text names = {0};
  bool all = true;

  for (size_t i = 0; i < json_count(needs); i++) {
    const char *competence = json_string(json_at(needs, i), "competence");
    bool same = same_words(json_get(json_at(needs, i), "levels"), levels);
    size_t k = 0, n = framework_length(competence);

    all = all && same;
    while (k < i && !same_framework(json_string(json_at(needs, k), "competence"), competence))
      k++;
    if (same && k == i && n)
      text_addf(&names, "%s%.*s", names.len ? ", " : " of ", (int)n - 1, competence);
  }

  if (!all && names.len)
    text_add(t, names.s);

  text_finish(&names);
}

void print_scales(json needs) {
  for (size_t i = 0; i < json_count(needs); i++) {
    json levels = json_get(json_at(needs, i), "levels");
    size_t k = 0;
    while (k < i && !same_words(json_get(json_at(needs, k), "levels"), levels))
      k++;

    if (k < i || !json_count(levels))
      continue;

    struct text t = {0};
    text_add(&t, "Levels");
    add_frameworks(&t, needs, levels);
    text_add(&t, ": ");
    add_scale(&t, levels);
    text_add(&t, ".");
    print_folded(stdout, 0, 2, t.s);
    text_finish(&t);
  }
}

void add_certainty(struct text *t, json object) {
  const char *certainty = json_string(object, "certainty"),
             *guidance = json_string(object, "guidance");
  if (certainty && !strcmp(certainty, "low"))
    text_add(t, "; low certainty");
  if (guidance)
    text_addf(t, "; %s", guidance);
}

void print_line(FILE *f, int indent, const char *label, const char *s) {
  struct text t = {0};
  text_addf(&t, "%s%s%s", text_or(label, ""), text_if(label, ": "), s);
  print_folded(f, indent, indent + 2, t.s);
  text_finish(&t);
}

static void print_member(FILE *f, json r, const char *member, const char *label) {
  const char *s = json_string(r, member);
  if (s && *s)
    print_line(f, 4, label, s);
}

/* "; your own view: 4 alone (5 October 2026)", where something else is known than what decides. */
void add_difference(struct text *t, json need) {
  json differs = json_get(need, "differs");
  const char *evidence = json_string(differs, "evidence"), *on = json_string(differs, "rated_on");
  if (!evidence)
    return;

  text_addf(t, "%s%s: ", text_if(t->len, "; "),
            strcmp(evidence, "self") ? "certificate" : "own view");
  add_level(t, json_string(need, "competence"), differs, "level");
  if (on) {
    text_add(t, " on ");
    add_date(t, on);
  }
}

/* One need to a line; many of them by their codes alone. */
static void print_answers(FILE *f, json answers) {
  struct text t = {0};
  size_t n = json_count(answers);
  if (n > MANY) {
    text_addf(&t, "%zu needs: ", n);
    for (size_t i = 0; i < n; i++)
      text_addf(&t, "%s%s", comma(i), short_key(json_string(json_at(answers, i), "competence")));
    print_line(f, 4, "need", t.s);
  }

  for (size_t i = 0; n <= MANY && i < n; i++) {
    json a = json_at(answers, i);
    text_clear(&t);
    add_competence(&t, a);
    text_add(&t, ": now ");
    add_level(&t, json_string(a, "competence"), a, "current");
    text_add(&t, ", needed ");
    add_level(&t, json_string(a, "competence"), a, "required");
    text_addf(&t, "; %s, %s", importance_words(json_string(a, "importance")),
              origin_words(json_string(a, "from")));
    add_difference(&t, a);
    add_certainty(&t, a);
    print_line(f, 4, "need", t.s);
  }

  text_finish(&t);
}

/* The rule names of what the person or the school answered: no rule said it. */
static bool is_answer(const char *rule) {
  return !strcmp(rule, "agreed") || !strcmp(rule, "declined") || !strcmp(rule, "goal") ||
         !strcmp(rule, "look-back");
}

/* "rule X, source Y; low certainty", as much of it as there is. */
static void add_rule_detail(struct text *t, json ground, bool detail) {
  const char *rule = json_string(ground, "rule"), *source = json_string(ground, "source");
  struct text certainty = {0};

  if (detail && rule && is_answer(rule))
    text_add(t, "their answer");
  else if (detail && rule)
    text_addf(t, "rule %s", rule);
  if (detail && source)
    text_addf(t, ", source %s", source);

  add_certainty(&certainty, ground);
  if (certainty.len)
    text_add(t, certainty.s + 2 * !t->len); /* without the "; " where nothing is before it */

  text_finish(&certainty);
}

void print_grounds(FILE *f, json because, bool detail) {
  for (size_t i = 0; i < json_count(because); i++) {
    json ground = json_at(because, i);
    struct text t = {0}, more = {0};

    text_add(&t, text_or(json_string(ground, "text"), ""));
    add_rule_detail(&more, ground, detail);
    if (more.len)
      text_addf(&t, " [%s]", more.s);

    print_line(f, 4, "because", t.s);
    text_finish(&more);
    text_finish(&t);
  }
}

static void print_texts(FILE *f, json list, const char *label) {
  for (size_t i = 0; i < json_count(list); i++)
    if (json_text(json_at(list, i)))
      print_line(f, 4, label, json_text(json_at(list, i)));
}

/* All of one status in one paragraph, with what the agreement says of each. */
static void print_practicalities(FILE *f, json r) {
  json list = json_get(r, "practicalities");
  static const struct word rows[] = {
      {"unmet", "not met"}, {"to-agree", "to be agreed"}, {"met", "met"}};
  for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
    struct text t = {0};

    for (size_t i = 0; i < json_count(list); i++) {
      json p = json_at(list, i);
      const char *check = json_string(p, "check"), *detail = json_string(p, "detail"),
                 *status = json_string(p, "status");

      if (!status || strcmp(status, rows[k].code))
        continue;

      text_addf(&t, "%s%s", text_if(t.len, "; "), detail && *detail ? detail : text_or(check, "?"));
      struct text agreed = {0};
      add_term_details(&agreed, term_about(r, check));
      if (agreed.len)
        text_addf(&t, " (%s)", agreed.s);

      text_finish(&agreed);
    }

    if (t.len)
      print_line(f, 4, rows[k].words, t.s);

    text_finish(&t);
  }
}

static void print_cost(FILE *f, json cost) {
  static const char *const parts[] = {"fee", "cover", "travel", "paid_time"}, *const words[] = {
                                                                                  "fee", "cover",
                                                                                  "travel",
                                                                                  "paid time"};
  struct text t = {0};

  for (size_t i = 0; i < 4; i++)
    if (json_number(cost, parts[i], 0) > 0) {
      text_addf(&t, "%s%s ", comma(t.len), words[i]);
      add_money(&t, json_number(cost, parts[i], 0));
    }

  json split = json_get(cost, "split");
  for (size_t i = 0; t.len && i < json_count(split); i++) {
    const char *payer = json_string(json_at(split, i), "payer");
    text_addf(&t, "%s%s pays ", i ? ", " : "; ", text_or(payer, "?"));
    add_money(&t, json_number(json_at(split, i), "amount", 0));
  }

  if (t.len)
    print_line(f, 4, "cost", t.s);
  else if (cost)
    print_line(f, 4, "cost", "nothing");

  text_finish(&t);
}

static void print_time(FILE *f, json r) {
  json minutes = json_get(r, "minutes");
  int64_t in = json_number(minutes, "in_contract", 0), beyond = json_number(minutes, "beyond", 0);
  int64_t weeks = json_number(r, "weeks", 0);
  struct text t = {0};

  if (in > 0) {
    add_minutes(&t, in);
    text_add(&t, " within paid hours");
  }

  if (beyond > 0) {
    if (t.len)
      text_add(&t, ", ");
    add_minutes(&t, beyond);
    text_add(&t, " outside paid hours, to be paid");
  }

  if (weeks > 0)
    text_addf(&t, "%s%lld week%s", text_if(t.len, ", spread over "), (long long)weeks,
              plural(weeks));
  if (t.len)
    print_line(f, 4, "time", t.s);

  text_finish(&t);
}

const char *helper_words(const char *as) {
  static const struct word rows[] = {{"coach", "as your coach"},
                                     {"mentor", "as your mentor"},
                                     {"buddy", "as your buddy"},
                                     {"shadow-host", "whom you shadow"}};
  return LOOK_UP(rows, as);
}

static void print_with(FILE *f, json list) {
  for (size_t i = 0; i < json_count(list); i++) {
    json one = json_at(list, i);
    struct text t = {0};
    text_addf(&t, "%s, %s", text_or(json_string(one, "person"), "?"),
              helper_words(json_string(one, "as")));
    print_line(f, 4, "with", t.s);
    text_finish(&t);
  }
}

static void print_alternatives(FILE *f, json list) {
  for (size_t i = 0; i < json_count(list); i++) {
    json a = json_at(list, i), d = json_get(a, "development");
    const char *title = json_string(d, "title"), *why = json_string(a, "why_not_first");
    struct text t = {0};

    text_addf(&t, "%s (%s)", text_or(title, "?"), kind_words(json_string(d, "kind")));
    if (why)
      text_addf(&t, "; not first: %s", why);

    print_line(f, 4, "alternative", t.s);
    text_finish(&t);
  }
}

void add_development(struct text *t, json d) {
  const char *title = json_string(d, "title"), *kind = json_string(d, "kind");
  bool whole = kind && !strcmp(kind, "qualification");

  text_addf(t, "%s (", text_or(title, "?"));
  if (!whole || !json_has_number(d, "level"))
    text_add(t, kind_words(kind));
  if (json_has_number(d, "level"))
    text_addf(t, "%sa Level %lld qualification", text_if(!whole, " of "),
              (long long)json_number(d, "level", 0));

  if (json_number(d, "credit", 0) > 0)
    text_addf(t, ", %lld credits", (long long)json_number(d, "credit", 0));

  text_add(t, ")");
}

static void print_what(FILE *f, json r) {
  json d = json_get(r, "development");
  struct text t = {0};

  add_development(&t, d);
  add_certainty(&t, d);
  print_line(f, 4, "what", t.s);
  text_finish(&t);
}

static void print_after(FILE *f, json after) {
  if (!json_count(after))
    return;

  struct text t = {0};
  json_words(after, &t);
  print_line(f, 4, "afterwards", t.s);
  text_finish(&t);
}

void print_recommendation(FILE *f, json r, struct shown shown) {
  const char *summary = json_string(r, "summary"), *id = json_string(r, "recommendation");
  struct text t = {0};

  text_addf(&t, "%s [%s]", text_or(summary, "?"), text_or(id, "?"));
  if (json_number(r, "round", 0) > 0)
    text_addf(&t, " (again, round %lld)", (long long)json_number(r, "round", 0) + 1);

  print_folded(f, 2, 4, t.s);
  text_finish(&t);
  print_what(f, r);
  print_answers(f, json_get(r, "answers"));
  print_with(f, json_get(r, "with"));
  print_grounds(f, json_get(r, "because"), shown.detail);
  print_texts(f, json_get(r, "caution"), "caution");
  if (!shown.full)
    return;

  print_member(f, r, "not_in_house", "why not in house");
  print_practicalities(f, r);
  print_cost(f, json_get(r, "cost"));
  print_time(f, r);
  print_after(f, json_get(r, "after"));
  print_alternatives(f, json_get(r, "alternatives"));

  if (json_string(r, "expires")) {
    add_date(&t, json_string(r, "expires"));
    print_line(f, 4, "valid until", t.s);
    text_finish(&t);
  }
}

void print_held_back(FILE *f, json list) {
  if (!json_count(list))
    return;

  fputc('\n', f);
  print_heading(f, "Held back");

  for (size_t i = 0; i < json_count(list); i++) {
    json h = json_at(list, i), d = json_get(h, "development"), answers = json_get(h, "answers");
    const char *title = json_string(d, "title"), *reason = json_string(h, "reason");
    struct text t = {0};

    text_addf(&t, "%s (%s)", text_or(title, "?"), kind_words(json_string(d, "kind")));
    for (size_t k = 0; k < json_count(answers); k++)
      text_addf(&t, "%s%s", k ? ", " : " for ", short_key(json_text(json_at(answers, k))));

    text_addf(&t, ": %s", text_or(reason, ""));
    print_folded(f, 2, 4, t.s);
    text_finish(&t);
  }
}

void add_job_title(struct text *t, json title, bool with_code) {
  const char *written = json_string(title, "written"), *role = json_string(title, "role"),
             *words = json_string(title, "role_title");

  if (!written)
    return;

  if (json_flag(title, "waits")) {
    text_addf(t, "No role is recorded, and the job title \"%s\" has no role yet", written);
    if (role)
      text_addf(t, "; perhaps %s", with_code ? role : text_or(words, role));
    return;
  }

  text_addf(t, "Post taken from the job title: \"%s\" is %s", written, text_or(words, role));
  if (words && with_code)
    text_addf(t, ", %s", role);
}

void print_title(FILE *f, json title) {
  struct text t = {0};

  add_job_title(&t, title, true);
  if (t.len)
    print_folded(f, 0, 2, t.s);

  text_finish(&t);
}
