/* sweep - a rule set tried on everybody: the people of population.h, all rules, and what is wrong
 * or doubtful about what comes.
 *
 * Errors: a rule that fails for somebody; a course, qualification, unit, apprenticeship or status
 * that is recommended without saying why nothing in the school would do. Warnings: a rule that
 * proposes nothing to anybody; one whose proposals another makes as well; a training session for
 * some families, of a rule or a school rule, that does not name those left out; with the shipped
 * rules among them, a kind of need that nothing answers. Called by check for `--check-rules`. */
#pragma once

#include "trial/bench.h"

void sweep(struct bench *b, const struct catalogue *c, int32_t day, struct fault_list *faults);
