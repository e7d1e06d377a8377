/* advice - what a recommendation says, read from the bytes that choose.c and cohort.c wrote.
 *
 * A recommendation is encoded once, then kept, compared and published as those bytes. This is the
 * one place that reads them again without making a tree: it walks over the members of an object,
 * in place and without memory of its own. Only JSON that this daemon wrote itself may be given,
 * since that holds no white space. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A member of an object or an item of a list, as slices of the text. The key is without quotes,
 * and NULL for an item; the value is as it stands, a text with its quotes. */
struct slice {
  const char *key, *value;
  size_t key_len, value_len;
};

/* The next member of the object, or item of the list, that begins at json. *at: NULL at first, then
 * left alone. False: there is no more. */
bool next_slice(const char *json, size_t len, const char **at, struct slice *ret);
/* The member of that name. False: the object has none. */
bool find_slice(const char *json, size_t len, const char *key, struct slice *ret);
/* Past the value that begins at p. */
const char *skip_value(const char *p, const char *end);
bool same_key(const struct slice *a, const struct slice *b);
bool same_value(const struct slice *a, const struct slice *b);

/* Is the purpose "compliance": something that the law requires of the post? */
bool advice_is_for_compliance(const char *advice);
/* Does it answer a need of this competence (canonical key)? */
bool advice_answers(const char *advice, const char *competence);
/* Does one of its reasons come from the rule of this name? */
bool advice_rests_on(const char *advice, const char *rule);
/* Is there something practical that school and person have still to agree? */
bool advice_needs_agreement(const char *advice);
/* Of a school: does it hold back a count of fewer people than may be told (suppress.h)? */
bool advice_holds_back_count(const char *advice);
