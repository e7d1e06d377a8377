/* applicability - to whom a rule applies, in plain words, and whether it applies to a role of the
 * catalogue.
 *
 * Made from the scope that the rule's worker sent (struct rule_info) and the catalogue; pure. It
 * ignores the rule's conditions about a person. */
#pragma once

#include "rules/facts.h"

struct json;
/* "Speaks to everybody, on STL3 and STL19, where it is rated below what the post asks for; purpose:
 * role." */
void applies_to(struct buf *out, const struct json *scope, const struct catalogue *c);
/* Does it apply to the role: its role or family is named or none is, and the role's profile has one
 * of its competences or it names none? Then ret_why says so. */
bool applies_of_role(const struct json *scope, const struct catalogue *c, const struct role *role,
                     struct buf *ret_why);
