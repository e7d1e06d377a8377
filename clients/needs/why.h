/* why - prints the answer to the question `why`: reasons for and against, and what would make it
 * possible. Used by explain. */
#pragma once

#include "json.h"

/* Is what was asked about proposed now, recommended or not? True for a competence. */
bool why_proposed(json a);
/* `detail`: the names of the rules, and what each of them read, too. */
void print_why(json a, bool detail);
