/* text - makes texts from rules fit to publish: well-formed UTF-8 of limited length. Called
 * wherever a rule's text leaves the worker. */
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
