/* members - the small words of answers: of whom they are, and the members that several have. */
#pragma once

#include "pipeline/internal.h"

/* One current recommendation. The caller adds the closing brace, after members of its own. */
void json_advice(struct buf *b, const struct current_advice *s, const struct buf *basis);
/* NULL: nobody recorded them, or they were erased. */
struct person *find_person(struct pipeline *p, const char *authority, const char *school,
                           const char *subject);
/* NULL: nothing was recorded about it */
struct school *find_school(struct pipeline *p, const char *authority, const char *code);

/* --- of a person --- */
void json_levels(struct buf *b, const struct framework *f);
void json_need_members(struct buf *b, const struct catalogue *c, const struct need *n);
void json_held(struct buf *b, const struct person *person);
const char *absence_of(const struct person *person, int32_t day);
