/* rules_page - the register of rules as one self-contained page of HTML: no script, no external
 * resources, for a screen of any width, for paper and for screen readers. Everything that
 * comes from rules or the catalogue is escaped. */
#include <string.h>

#include "register.h"

#include "text.h"

static const char style[] =
    "body{font:1rem/1.5 "
    "system-ui,sans-serif;color:#1a1a1a;background:#fff;max-width:60rem;margin:0 auto;padding:1rem}"
    "h1{font-size:1.6rem}h2{font-size:1.3rem;margin-top:2rem}h3{font-size:1.1rem;margin:1.5rem 0 "
    ".3rem}"
    "a{color:#0b4f8a}.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}"
    "caption{text-align:left;padding:.4rem 0}th,td{border-bottom:1px solid #bbb;padding:.3rem "
    ".5rem;text-align:left;vertical-align:top}"
    ".n{text-align:right}dl{margin:0}dt{font-weight:600}dd{margin:0 0 .4rem 1rem}"
    "@media "
    "print{body{max-width:none;font-size:10pt}a{color:inherit;text-decoration:none}section{break-"
    "inside:avoid}}";

static void add_escaped(struct text *t, const char *s) {
  static const struct {
    char c;
    const char *entity;
  } rows[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
  for (size_t left = strlen(s), n; left > 0; s += n, left -= n) {
    const char *entity = NULL;
    char shown[TEXT_SHOWN];

    n = text_shown(s, left, shown);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
      if (rows[i].c == *s)
        entity = rows[i].entity;

    if (entity)
      text_add(t, entity);
    else
      text_add(t, *s == '\n' || *s == '\t' ? " " : shown);
  }
}

/* <tag>text</tag> */
static void add_element(struct text *t, const char *tag, const char *s) {
  text_addf(t, "<%s>", tag);
  add_escaped(t, s);
  text_addf(t, "</%.*s>\n", (int)strcspn(tag, " "), tag);
}

static void add_words(struct text *t, const char *tag, void (*add)(struct text *t, json j),
                      json j) {
  struct text words = {0};
  add(&words, j);
  if (words.len)
    add_element(t, tag, words.s);
  text_finish(&words);
}

/* --- the overview --- */

static void add_cells(struct text *t, json rule) {
  static const char *const counts[] = {"now", "accepted", "declined", "closed"};
  const char *name = register_name(rule);

  text_add(t, "<tr><th scope=\"row\"><a href=\"#");
  add_escaped(t, name);
  text_add(t, "\">");
  add_escaped(t, name);
  text_add(t, "</a></th>\n");
  add_element(t, "td", text_or(json_string(rule, "about"), ""));
  add_words(t, "td", add_register_since, rule);

  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    struct text number = {0};
    add_register_count(&number, rule, counts[i]);
    /* of a rule for schools answers are not counted */
    add_element(t, "td class=\"n\"", text_or(number.s, ""));
    text_finish(&number);
  }

  text_add(t, "</tr>\n");
}

static void add_overview(struct text *t, json rules) {
  text_add(t, "<h2 id=\"overview\">The rules in short</h2>\n<div "
              "class=\"wide\"><table>\n<caption>Each rule: since when it has been unchanged, how "
              "many people or schools it currently advises, how often its advice was accepted or "
              "declined, and how often it closed the gap</caption>\n<thead><tr>");
  static const char *const headings[] = {"Rule",     "About",    "Since", "Now",
                                         "Accepted", "Declined", "Closed"};
  for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
    add_element(t, i < 3 ? "th scope=\"col\"" : "th scope=\"col\" class=\"n\"", headings[i]);

  text_add(t, "</tr></thead>\n<tbody>\n");
  for (size_t i = 0; i < json_count(rules); i++)
    add_cells(t, json_at(rules, i));

  text_add(t, "</tbody></table></div>\n");
}

/* --- one rule --- */

static void add_rule(struct text *t, json rule) {
  text_add(t, "<section id=\"");
  add_escaped(t, register_name(rule));
  text_add(t, "\">\n");
  add_element(t, "h3", register_name(rule));
  text_add(t, "<dl>\n");

  for (size_t i = 0; i < n_register_rows; i++) {
    struct text words = {0};
    register_rows[i].add(&words, rule);
    if (words.len) {
      add_element(t, "dt", register_rows[i].label);
      add_element(t, "dd", words.s);
    }

    text_finish(&words);
  }

  text_add(t, "</dl>\n</section>\n");
}

/* --- the page --- */

static void add_head(struct text *t, const char *title) {
  text_add(t, "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\"/>\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
              "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
              "style-src 'unsafe-inline'\"/>\n");
  add_element(t, "title", title);
  text_addf(t, "<style>%s</style>\n</head>\n", style);
}

static void add_preamble(struct text *t, json answer) {
  size_t n;
  const char *const *sentences = register_preamble(&n);

  for (size_t i = 0; i < n; i++)
    add_element(t, "p", sentences[i]);

  add_words(t, "p", add_register_few, answer);
  text_add(t, "<h2>Current rules</h2>\n");
  add_words(t, "p", add_register_serving, answer);

  struct text as_of = {0};
  text_add(&as_of, "The numbers are those of ");
  add_date(&as_of, text_or(json_string(answer, "day"), "before the first day"));
  text_add(&as_of, ".");
  add_element(t, "p", as_of.s);
  text_finish(&as_of);
}

void register_page(struct text *t, json answer) {
  json rules = json_get(answer, "rules");
  struct text title = {0};

  add_register_title(&title, answer);
  add_head(t, title.s);
  text_add(t, "<body>\n<main>\n");
  add_element(t, "h1", title.s);
  add_preamble(t, answer);
  add_overview(t, rules);
  text_add(t, "<h2>Each rule</h2>\n");
  for (size_t i = 0; i < json_count(rules); i++)
    add_rule(t, json_at(rules, i));

  text_add(t, "</main>\n</body>\n</html>\n");
  text_finish(&title);
}
