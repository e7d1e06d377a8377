/* advice - prints needs and recommendations in plain words.
 *
 * Used by show, explain, watch and rules. The words for codes (importance, origin, kinds) are here;
 * answers and agreements are in print_responses. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "json.h"
#include "text.h"

/* "Title (STL19)", or the code alone */
void add_competence(struct text *t, json need);
/* From now on levels are named by the words that these needs carry for their frameworks. They must
 * outlive the printing. */
void advice_scales(json needs);
/* "with support (2)", "not yet rated"; "level 2" where the words of the competence's framework are
 * not known */
void add_level(struct text *t, const char *competence, json object, const char *member);
/* The same without the number: "with support" */
void add_level_words(struct text *t, const char *competence, json object, const char *member);
/* What the numbers mean: one line for each scale among the needs. */
void print_scales(json needs);
/* a word for each: "essential", "a legal duty" ...; the code itself when it is not known */
const char *importance_words(const char *importance);
const char *origin_words(const char *from);
/* "as your mentor" */
const char *helper_words(const char *as);
/* "Title (a unit of a Level 2 qualification, 3 credits)" */
void add_development(struct text *t, json development);
/* "; low certainty" and "; older guidance (2010)", when the object says so */
void add_certainty(struct text *t, json object);
void add_difference(struct text *t, json need);

/* What a job title does where no role is said; nothing where it does nothing. */
void print_title(FILE *f, json title);

/* The same, with the role's code or in plain words alone. */
void add_job_title(struct text *t, json title, bool with_code);

/* One recommendation: summary, then the lines below it indented. `full`: alternatives,
 * practicalities and costs too. */
/* How much of a recommendation is printed. */
struct shown {
  bool full;   /* practicalities, costs and alternatives too */
  bool detail; /* names and sources of rules too */
};
/* One recommendation in short lines, its id behind the first. */
void print_recommendation(FILE *f, json r, struct shown shown);
/* The reasons, a line each; with `detail` also the rule and its source. */
void print_grounds(FILE *f, json because, bool detail);
void print_held_back(FILE *f, json list);
/* "label: s" folded below itself */
void print_line(FILE *f, int indent, const char *label, const char *s);
/* STL@2007/STL19 -> STL19 */
const char *short_key(const char *competence);
