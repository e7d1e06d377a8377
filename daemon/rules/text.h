/* text - what a rule says, made fit to be published: well-formed UTF-8 and not too long. */
#pragma once

#include <stddef.h>

#include "base/mem.h"

#define TEXT_SAID_MAX 200 /* bytes: what facts.h promises for candidates */

/* A copy in `a` of at most `max` bytes; what is not UTF-8 and what is a control character becomes
 * '?', a cut is shown by "...".
 */
const char *text_clean(struct arena *a, const char *s, size_t len, size_t max);

/* Of a text that is longer than TEXT_SAID_MAX: "is too long: 349 letters, at most 200". */
const char *text_too_long(struct arena *a, const char *s, size_t len);
