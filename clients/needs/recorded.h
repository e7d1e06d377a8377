/* recorded - checks that a typed person and recommendation are on record. respond and agree call it
 * before they send.
 *
 * A typing error is refused with the nearest id that there is. What the key may not ask about, or
 * what nobody answers, is no error: the answer is then sent as it was typed. */
#pragma once

#include "json.h"
#include "needs.h"

/* `faults`: the daemon's refusal of the question about the person. EXIT_REJECTED after saying who
 * could be meant; 0 when the refusal does not say that nobody is recorded under that id. */
int recorded_person(const struct settings *s, const char *person, json faults);
/* `answer`: of the question about the person, with what is recommended now, was answered, or is
 * held back. Looks through what was published before where none of it is named `recommendation`.
 * EXIT_REJECTED after saying which could be meant, else 0. */
int recorded_recommendation(const struct settings *s, json answer, const char *recommendation);
/* Is it one of those that the answer names? */
bool recorded_names(json answer, const char *recommendation);
