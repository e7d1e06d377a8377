/* why - why, why not and the nearest way in, as plain sentences; used by explain. */
#pragma once

#include "json.h"

/* Is what was asked about proposed now, recommended or not? True for a competence. */
bool why_proposed(json a);
void print_why(json a);
