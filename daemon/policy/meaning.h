/* meaning - what a change of the catalogue does to what is journaled.
 *
 * An event keeps the codes and levels that it was sent with; they mean what the catalogue in force
 * at that time said, and that is what another catalogue is held against: a framework may have been
 * out of the catalogue in between. A scale that is changed under the same version gives every level
 * on it another meaning: that is an error. A code that is gone leaves its records without effect, a
 * unit that gives other levels counts otherwise: those are warnings. Each says how many records it
 * touches; small numbers are held back. */
#pragma once

#include "pipeline/internal.h"

/* Holds what is journaled of the serving's authority against `to`. `from` is the catalogue in
 * force; NULL: none, then every code that `to` does not have is listed. Adds errors and warnings,
 * and returns how many errors. */
size_t meaning_check(struct policy_slot *s, const struct catalogue *from,
                     const struct catalogue *to, struct fault_list *faults);
/* The same for a policy that is to take over, against the current one or the last published. It
 * keeps the warnings. */
size_t meaning_check_policy(struct policy *policy, struct fault_list *faults);
void meaning_log(const struct policy *policy); /* those warnings, when it takes over */
