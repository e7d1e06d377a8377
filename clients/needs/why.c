/* why - the answer to the question `why` in sentences: what the level rests on, what the rules
 * proposed and what became of it, which said no, and what single change would open something. The
 * long form is explain.c's. */
#include "why.h"

#include <stdio.h>
#include <string.h>

#include "advice.h"
#include "text.h"

/* --- what is needed --- */

static void add_words(struct text *t, json object, const char *words, const char *level) {
  const char *said = json_string(object, words);
  if (!json_has_number(object, level))
    text_add(t, "not yet rated");
  else
    text_addf(t, "%s (%lld)", text_or(said, "level"), (long long)json_number(object, level, 0));
}

static void add_ground(struct text *t, json need) {
  const char *evidence = json_string(need, "evidence_words"), *date = json_string(need, "rated_on"),
             *lapsed = json_string(need, "lapsed_on");
  if (evidence)
    text_addf(t, ", by %s", evidence);
  if (date) {
    text_add(t, " of ");
    add_date(t, date);
  }

  if (!lapsed)
    return;

  text_add(t, "; the last rating counted until ");
  add_date(t, lapsed);
}

static void add_asked(struct text *t, json need) {
  const char *post = json_string(need, "post"), *importance = json_string(need, "importance"),
             *from = json_string(need, "from");
  if (!json_has_number(need, "required")) {
    text_add(t, "; not needed now");
    return;
  }

  text_add(t, "; needed ");
  add_words(t, need, "required_words", "required");
  if (importance)
    text_addf(t, ", %s", importance_words(importance));
  if (post)
    text_addf(t, ", for the role %s", post);
  if (from)
    text_addf(t, ", %s", origin_words(from));
  if (json_flag(need, "confirm"))
    text_add(t, "; a newer rating differs from the certificate, so check it");
}

static void print_need(json need) {
  struct text t = {0};
  add_competence(&t, need);
  print_folded(stdout, 2, 4, t.s);
  text_clear(&t);
  text_add(&t, "Now ");
  add_words(&t, need, "current_words", "current");
  add_ground(&t, need);
  add_asked(&t, need);
  add_certainty(&t, need);
  text_add(&t, ".");
  print_folded(stdout, 4, 4, t.s);
  text_finish(&t);
}

/* --- what was proposed --- */

/* Rules that propose the same, by name. */
static void print_also(json rules) {
  struct text t = {0};

  for (size_t i = 0; i < json_count(rules); i++) {
    const char *rule = json_text(json_at(rules, i));
    text_addf(&t, "%s%s", i == 0 ? "Also proposed by: " : ", ", text_or(rule, "?"));
  }

  if (t.len > 0)
    print_folded(stdout, 4, 6, t.s);

  text_finish(&t);
}

static void print_because(json because, bool detail) {
  const char *text = json_string(because, "text"), *rule = json_string(because, "rule");
  json reads = json_get(because, "read");
  struct text t = {0};

  /* the person's word, no rule */
  bool own = rule && (!strcmp(rule, "agreed") || !strcmp(rule, "declined") ||
                      !strcmp(rule, "goal") || !strcmp(rule, "look-back"));

  text_add(&t, text_or(text, "?"));
  if (detail && rule && !own)
    text_addf(&t, " (rule %s)", rule);

  print_folded(stdout, 4, 6, t.s);
  if (!detail) {
    text_finish(&t);
    return;
  }

  text_clear(&t);

  for (size_t i = 0; i < json_member_count(reads); i++) {
    text_addf(&t, "%s%s = ", comma(i), json_member_name(reads, i));
    json_words(json_member_value(reads, i), &t);
  }

  int64_t more = json_number(because, "read_more", 0);
  if (more)
    text_addf(&t, "%s%lld more, shown by --reads", text_if(t.len, ", and "), (long long)more);
  if (t.len)
    print_line(stdout, 6, "it read", t.s);

  text_finish(&t);
}

static void print_proposal(json p, bool detail) {
  struct text t = {0};
  const char *title = json_string(p, "title"), *id = json_string(p, "recommendation"),
             *reason = json_string(p, "reason"), *first = json_string(p, "first");
  bool recommended = json_flag(p, "recommended");

  text_addf(&t, "%s: %s [%s]", recommended ? "Recommended" : "Not now", text_or(title, "?"),
            text_or(id, "?"));
  print_folded(stdout, 2, 4, t.s);
  text_clear(&t);

  if (!recommended && reason && first)
    text_addf(&t, "%.*s: %s.", (int)strcspn(reason, "."), reason, first);
  else if (!recommended && reason)
    text_add(&t, reason);

  if (t.len)
    print_folded(stdout, 4, 6, t.s);

  json list = json_get(p, "because");
  for (size_t i = 0; i < json_count(list); i++)
    print_because(json_at(list, i), detail);

  if (detail)
    print_also(json_get(p, "also"));
  text_finish(&t);
}

/* --- why not, and what would --- */

/* " (these, those and 3 more)"; where there was no room for names, how many. */
static void add_rules(struct text *t, json names, int64_t rules) {
  size_t n = json_count(names);
  if (n == 0) {
    text_addf(t, " (%lld rule%s)", (long long)rules, plural(rules));
    return;
  }

  text_add(t, " (");
  for (size_t i = 0; i < n; i++)
    text_addf(t, "%s%s", comma(i), json_text(json_at(names, i)));
  if (rules > (int64_t)n)
    text_addf(t, " and %lld more", (long long)(rules - (int64_t)n));

  text_add(t, ")");
}

static void print_silent(json a) {
  json list = json_get(a, "silent");
  int64_t others = json_number(a, "other_rules", 0);
  struct text t = {0};

  for (size_t i = 0; i < json_count(list); i++) {
    const char *why = json_string(json_at(list, i), "why_not");
    int64_t rules = json_number(json_at(list, i), "rules", 1);

    text_add(&t, text_or(why, "?"));
    add_rules(&t, json_get(json_at(list, i), "names"), rules);
    print_folded(stdout, 2, 4, t.s);
    text_clear(&t);
  }

  if (others)
    text_addf(&t, "%lld %s for other competences, roles or kinds of need.", (long long)others,
              one_or_many(others, "other rule is", "other rules are"));

  if (t.len)
    print_folded(stdout, 2, 4, t.s);

  text_finish(&t);
}

static void print_way(json way, size_t number) {
  struct text t = {0};
  const char *sentence = json_string(way, "sentence");
  json opens = json_get(way, "opens");

  text_addf(&t, "%zu. %s [", number, text_or(sentence, "?"));
  for (size_t i = 0; i < json_count(opens); i++)
    text_addf(&t, "%s%s", comma(i), json_text(json_at(opens, i)));

  text_add(&t, "]");
  print_folded(stdout, 2, 5, t.s);
  text_finish(&t);
}

static void print_nearest(json a) {
  json ways = json_get(a, "nearest");
  puts("");
  print_heading(stdout, "What would make it possible");
  for (size_t i = 0; i < json_count(ways); i++)
    print_way(json_at(ways, i), i + 1);
  if (!json_count(ways))
    print_folded(stdout, 2, 2, "No single change would make it possible.");
}

static void print_left_out(json a) {
  static const struct {
    const char *member, *one, *several;
  } rows[] = {{"needs", "competence", "competences"},
              {"proposed", "proposal", "proposals"},
              {"silent", "reason why not", "reasons why not"},
              {"nearest", "way in", "ways in"}};
  json left = json_get(a, "left_out");
  struct text t = {0};

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    int64_t n = json_number(left, rows[i].member, 0);
    if (n)
      text_addf(&t, "%s%lld more %s", comma(t.len), (long long)n,
                n == 1 ? rows[i].one : rows[i].several);
  }

  if (!t.len)
    return;

  struct text line = {0};
  text_addf(&line, "Not shown: %s. --full shows every rule, but not what would make it possible.",
            t.s);
  puts("");
  print_folded(stdout, 0, 2, line.s);
  text_finish(&line);
  text_finish(&t);
}

/* --- all of it --- */

bool why_proposed(json a) {
  const char *asked = json_string(a, "recommendation"),
             *top = json_string(json_at(json_get(a, "proposed"), 0), "recommendation");
  return !asked || (top && !strcmp(asked, top));
}

static void print_about(json a) {
  struct text t = {0};
  const char *person = json_string(a, "person"), *day = json_string(a, "day"),
             *absent = json_string(a, "absent");

  text_addf(&t, "%s, as of ", text_or(person, "?"));
  if (day)
    add_date(&t, day);
  if (absent)
    text_addf(&t, " (%s: no advice)", absent);

  print_heading(stdout, t.s);
  text_finish(&t);
}

void print_why(json a, bool detail) {
  json needs = json_get(a, "needs"), proposed = json_get(a, "proposed");
  print_about(a);
  for (size_t i = 0; i < json_count(needs); i++)
    print_need(json_at(needs, i));

  puts("");
  print_heading(stdout, "What the rules propose (advice, never a decision)");
  for (size_t i = 0; i < json_count(proposed); i++)
    print_proposal(json_at(proposed, i), detail);
  if (!json_count(proposed))
    puts("  Nothing for it.");
  if (json_count(json_get(a, "silent")) || json_number(a, "other_rules", 0)) {
    puts("");
    bool failed = json_flag(json_at(json_get(a, "silent"), 0), "failed");
    print_heading(stdout, failed ? "Rules that failed or did not apply, and why"
                                 : "Rules that did not apply, and why");
    print_silent(a);
  }

  if (json_count(json_get(a, "nearest")) || !why_proposed(a) || !json_string(a, "recommendation"))
    print_nearest(a);

  print_left_out(a);
}
