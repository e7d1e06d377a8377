/* register - the open register of rules: which are current, since when and published by whom, and
 * what became of their advice.
 *
 * Called by the door. Files of the room: register.c answers; lineage.c: since when each rule's text
 * is in force; attribution.c: which rules spoke for what was published; rule_outcomes.c: what
 * became of it; applicability.c: to which roles a rule applies. */
#pragma once

#include "pipeline/pipeline.h"

/* The register of an authority, or (role not NULL) of the rules that apply to the role. The first
 * answer after a start may take long. */
void register_ask(struct pipeline *p, const char *authority, const char *role, answered *done,
                  void *arg);

/* --- for the turn of the loop, called by pipeline/pipeline.c --- */
bool register_step(struct pipeline *p); /* true: more is left to read or to count */
void register_drop(struct pipeline *p); /* the daemon stops */
