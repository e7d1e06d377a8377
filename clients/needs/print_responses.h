/* print_responses - prints people's answers to recommendations, and what was agreed.
 *
 * Used by show and explain. `json` values are parts of the daemon's answer and stay the caller's.
 */
#pragma once

#include <stdio.h>

#include "json.h"
#include "text.h"

/* All dates after `day` are said to count from then on; NULL = none. Rounds are counted from 1 for
 * people, from 0 by the protocol. */
/* "declined by the manager on 20 April 2026: No cover" */
void add_response(struct text *t, json response, const char *day);
/* Below a recommendation: what was answered to it in its round, what was agreed, and how much is
 * left to settle. */
void print_responses(FILE *f, json r, const char *day, bool full);
/* Contested recommendations that are no longer current, under their own heading. Prints nothing if
 * there are none. */
void print_contested(FILE *f, json answered, const char *day);
/* The other recommendations that are no longer current, and past rounds of current ones. */
void print_answered_before(FILE *f, json person, const char *day);
/* Every answer to one recommendation, round by round. */
void print_rounds(FILE *f, json object, const char *day);
/* The last answer to each recommendation: contested first, then declined, then the rest. */
void print_last_words(FILE *f, json answer);
/* "90 min, paid by school, £45, until 21 July 2026"; nothing for a term without details. */
void add_term_details(struct text *t, json term);
/* Adds one term: "release met (90 min)". */
void add_one_term(struct text *t, json term);
/* "release met (90 min), cover unmet", after what is there */
void add_terms(struct text *t, json terms);
/* The term about `check` in the agreement of a recommendation; NULL: none. Borrowed. */
json term_about(json r, const char *check);
