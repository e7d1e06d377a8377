/* title - the post that a job title means, where no role was given.
 *
 * Called for the facts of a person (need.c) and for the queue of titles that wait
 * (questions/titles.c). What a title means is the catalogue's; here is only when it is asked. */
#include <string.h>

#include "needs/needs.h"

enum {
  DAY_SECONDS = 86400
};

static int32_t day_of(struct instant t) {
  int64_t s = t.s;
  return (int32_t)(s >= 0 ? s / DAY_SECONDS : -((-s + DAY_SECONDS - 1) / DAY_SECONDS));
}

/* A role in force or to come says more than any title. */
static bool has_role(const struct person_recorded *said, int32_t day) {
  for (uint32_t i = 0; i < said->roles.n; i++)
    if (said->roles.items[i].to == ABSENT || said->roles.items[i].to >= day)
      return true;
  return false;
}

/* A role that has ended is not taken up again because the title still says so. */
static bool has_ended(const struct person_recorded *said, const struct role *role) {
  for (uint32_t i = 0; i < said->roles.n; i++)
    if (strcmp(said->roles.items[i].role, role->code) == 0)
      return true;
  return false;
}

struct title_view title_of(const struct person *p, const struct catalogue *c, int32_t day) {
  const struct event *e = people_newest(&p->facts, EVENT_PERSON);
  const struct person_recorded *said = NULL;

  if (e)
    said = e->data;

  struct title_view v = {0};
  if (!said || !said->title || has_role(said, day))
    return v;

  v.role = catalogue_title(c, said->title, &v.certainty);
  if (v.role && has_ended(said, v.role))
    return v;

  v.title = said->title;
  if (said->started != ABSENT)
    v.from = said->started;
  else
    v.from = day_of(e->time);

  if (v.role && v.certainty != CERTAINTY_LOW)
    v.state = TITLE_POST;
  else
    v.state = TITLE_WAITS;

  return v;
}
