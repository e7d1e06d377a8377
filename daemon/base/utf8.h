/* utf8 - what is well-formed UTF-8 and what is not: overlong forms, surrogates and stray bytes are
 * not. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Length of the sequence at p, 0 if it is not one. p < end. */
size_t utf8_at(const unsigned char *p, const unsigned char *end);
bool utf8_good(const void *text, size_t len);
/* a question mark for each byte that belongs to no sequence, as where a character was cut */
void utf8_mend(char *text);
