/* sweep - runs all rules of a rule set for the people of population.h, who are made from the
 * catalogue, and reports errors and warnings.
 *
 * Errors: a rule that fails for somebody; a course, qualification, unit, apprenticeship or status
 * that is recommended without a reason why nothing in the school is enough. Warnings: a rule that
 * never proposes anything; a rule whose proposals another rule makes too; a training session that
 * is offered to some families and does not name the families left out; and, if the shipped rules
 * are included, a kind of need that no rule answers. Called by check for `--check-rules`. */
#pragma once

#include "trial/bench.h"

void sweep(struct bench *b, const struct catalogue *c, int32_t day, struct fault_list *faults);
