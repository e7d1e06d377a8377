/* register - the register's entry of one rule in plain words; printed by
 * rules_register.c, made a page by rules_page.c. */
#pragma once

#include <stdbool.h>

#include "json.h"
#include "text.h"

/* A row a line: its label, and what adds the words. Nothing added: the line is left out. */
struct register_row {
  const char *label;
  void (*add)(struct text *t, json rule);
};
extern const struct register_row register_rows[];
extern const size_t n_register_rows;

/* "Rules of Example (888) that apply to Teaching Assistant (TASS)" */
void add_register_title(struct text *t, json answer);
void add_register_serving(struct text *t, json answer); /* the current rules, since when, by whom */
/* what needsd is and is not; what the numbers are */
const char *const *register_preamble(size_t *ret_n);
void add_register_few(struct text *t, json answer); /* what "few" means */
/* "23", "few", "0": one count for a column; `member` is now, accepted, declined, closed ... */
void add_register_count(struct text *t, json rule, const char *member);
void add_register_since(struct text *t, json rule); /* a date, for a column */
/* Sets the answer to the question `rules` from which add_fails takes current failures: the register
 * itself does not hold them. Borrowed; it must outlive the printing. */
void register_fails(json serving);
/* "currently fails for 8 people: authority/a.lua:4: ..."; nothing for a rule that fails for nobody
 */
void add_fails(struct text *t, json rule);
/* For how many people failures are known; nothing if that is everybody. */
void add_failures_of(struct text *t, json serving);
/* Whether the answer hides any number as "few". */
bool register_any_few(json answer);
/* The name of the rule. Borrowed. */
const char *register_name(json rule);

/* rules_page.c: the whole answer as one page of HTML. */
void register_page(struct text *t, json answer);
