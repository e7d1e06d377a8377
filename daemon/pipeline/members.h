/* members - the small words of answers: a key and its value, the answer itself, and whom it is about.
 *
 * Shared by the files that answer questions: answer.c, overview.c, explain.c, said.c. */
#pragma once

#include "pipeline/state.h"

void key_str(struct buf *b, const char *key, const char *value);
void key_int(struct buf *b, const char *key, int64_t value); /* ABSENT: null */
void key_bool(struct buf *b, const char *key, bool value);
void key_date(struct buf *b, const char *key, int32_t day); /* ABSENT, never: null */
void key_hash(struct buf *b, const char *key, const struct hash256 *hash);
/* One that stands; the closing brace is left to whoever has more members to add. */
void json_advice(struct buf *b, const struct standing *s, const struct buf *stand);
void give_answer(answered *done, void *arg, struct buf *b); /* and frees it */
struct person *find_person(struct pipeline *p, const char *authority, const char *school,
                           const char *subject); /* not the erased */

/* --- of a person --- */
void json_levels(struct buf *b, const struct framework *f);
void json_need_members(struct buf *b, const struct catalogue *c, const struct need *n);
void json_held(struct buf *b, const struct person *person);
const char *absence_of(const struct person *person, int32_t day);
