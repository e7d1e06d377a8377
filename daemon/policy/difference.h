/* difference - what one person, or one school as a whole, would see otherwise: advice before and
 * after, compared by id and bytes as compare.c does it.
 *
 * Pure; for the diff. Publishing is compare.c's, which compares with the current advice and
 * numbers publications. */
#pragma once

#include "event/json.h"
#include "needs/needs.h"

/* One recommendation on one side, and all of a side in order of id. */
struct told {
  const char *id, *json;
  size_t len;
};
struct side {
  struct told *items;
  uint32_t n;
};
enum change_kind {
  CHANGE_GAIN,
  CHANGE_LOSE,
  CHANGE_OTHER /* the same recommendation in other words */
};
struct change {
  enum change_kind kind;
  const char *id;
  struct json before, after; /* the recommendation; JSON_NULL where it is not there */
};
struct changes {
  struct change *items;
  uint32_t n, of[3]; /* in order of id; how many of each kind */
};
struct side side_of_current(const struct current_advice *s, size_t n, struct arena *a); /* copied */
struct side side_of_advice(const struct advice_list *l, struct arena *a);
/* 0, or -EBADMSG when a side is not what the daemon writes. */
int changes_of(const struct side *before, const struct side *after, struct arena *a,
               struct changes *ret);

/* Members of a recommendation; NULL and ABSENT where it is not there. */
const char *advice_text(const struct json *recommendation, const char *member);
const char *advice_kind(const struct json *recommendation); /* of the development */
int64_t advice_minutes(const struct json *recommendation);  /* paid */
int64_t advice_number(const struct json *recommendation, const char *member);
/* Does it rest on the rule? */
bool advice_because(const struct json *recommendation, const char *rule);
/* Of a school's advice: the changes where no count is held back before or after, which others than
 * the school may know of. */
struct changes changes_told(const struct changes *c, struct arena *a);
/* {school, person, gains, loses, changes}; `person` NULL: of the school as a whole. */
void json_changes(struct buf *b, const struct school *school, const struct person *person,
                  const struct changes *c);
