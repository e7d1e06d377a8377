/* suppress - which small counts are held back. See suppress.h for why this is enough. */
#include "needs/suppress.h"

#include <string.h>

bool is_small(int64_t n) {
  return n > 0 && n < SMALL;
}

/* --- the totals --- */

static void hide(bool hidden[MEASURES], enum measure from) {
  for (int m = from; m < MEASURES; m++)
    hidden[m] = true;
}

/* How those who change divide: only gain, only lose, both, neither. The numbers that are shown give
 * these away, so these count.
 */
static bool split_is_small(const uint64_t n[MEASURES], uint64_t both) {
  uint64_t gain = n[MEASURE_GAIN], lose = n[MEASURE_LOSE];
  return is_small(gain - both) || is_small(lose - both) || is_small(both) ||
         is_small(n[MEASURE_CHANGED] + both - gain - lose) || is_small(gain) || is_small(lose);
}

void suppress_totals(struct totals *t) {
  memset(t->hidden, 0, sizeof t->hidden);
  if (t->n[MEASURE_PEOPLE] < SMALL)
    hide(t->hidden, MEASURE_PEOPLE);
  else if (is_small(t->n[MEASURE_CHANGED]))
    hide(t->hidden, MEASURE_CHANGED);
  else if (split_is_small(t->n, t->both))
    hide(t->hidden, MEASURE_GAIN);
}

/* --- groups that add up --- */

/* How a group divides is shown only where that of everybody is: the groups add up to what is held
 * back there. */
static void hide_if_small(const struct totals *t, struct group *g) {
  bool undivided = t->hidden[MEASURE_GAIN];
  memset(g->hidden, 0, sizeof g->hidden);
  if (g->n[MEASURE_PEOPLE] < SMALL)
    hide(g->hidden, MEASURE_PEOPLE);
  else if (is_small(g->n[MEASURE_CHANGED]) || (!undivided && split_is_small(g->n, g->both)))
    hide(g->hidden, MEASURE_CHANGED);
  else if (undivided)
    hide(g->hidden, MEASURE_GAIN);
}

/* What is hidden, as the one group that it can be worked out to be. */
struct pool {
  uint64_t n[MEASURES], both;
  size_t groups;
};
static struct pool pool_of(const struct group *groups, size_t n, enum measure hidden) {
  struct pool p = {0};

  for (size_t i = 0; i < n; i++) {
    if (!groups[i].hidden[hidden])
      continue;

    p.groups++;
    p.both += groups[i].both;
    for (int m = 0; m < MEASURES; m++)
      p.n[m] += groups[i].n[m];
  }

  return p;
}

/* A hidden total leaves nothing to subtract from, and one of nobody or of everybody says all there
 * is to say about each of them.
 */
static bool says_nothing(const struct totals *t, enum measure m) {
  return t->hidden[m] || t->n[m] == 0 || t->n[m] == t->n[MEASURE_PEOPLE];
}

static bool outcomes_are_safe(const struct totals *t, const struct group *groups, size_t n) {
  struct pool p = pool_of(groups, n, MEASURE_CHANGED);
  if (p.groups == 0)
    return true;
  if (p.groups == 1 || p.n[MEASURE_PEOPLE] < SMALL)
    return false;
  if (!t->hidden[MEASURE_GAIN] && split_is_small(p.n, p.both))
    return false;

  for (int m = MEASURE_CHANGED; m < MEASURES; m++)
    if (!says_nothing(t, m) && (p.n[m] < SMALL || p.n[m] == p.n[MEASURE_PEOPLE]))
      return false;

  return true;
}

static bool people_are_safe(const struct group *groups, size_t n) {
  struct pool p = pool_of(groups, n, MEASURE_PEOPLE);
  return p.groups == 0 || (p.groups > 1 && p.n[MEASURE_PEOPLE] >= SMALL);
}

/* The one to be hidden next: the smallest, the first of equals. NULL: all are. */
static struct group *smallest_shown(struct group *groups, size_t n, enum measure hidden) {
  struct group *found = NULL;
  for (size_t i = 0; i < n; i++)
    if (!groups[i].hidden[hidden] &&
        (!found || groups[i].n[MEASURE_PEOPLE] < found->n[MEASURE_PEOPLE]))
      found = &groups[i];

  return found;
}

void suppress_groups(const struct totals *t, struct group *groups, size_t n) {
  struct group *next;
  if (n == 1) { /* it is the total, and says what that says */
    memcpy(groups->hidden, t->hidden, sizeof groups->hidden);
    return;
  }

  for (size_t i = 0; i < n; i++)
    hide_if_small(t, &groups[i]);
  while (!people_are_safe(groups, n) && (next = smallest_shown(groups, n, MEASURE_PEOPLE)))
    hide(next->hidden, MEASURE_PEOPLE);
  while (!outcomes_are_safe(t, groups, n) && (next = smallest_shown(groups, n, MEASURE_CHANGED)))
    hide(next->hidden, MEASURE_CHANGED);
}

/* --- lists --- */

/* One alone that is hidden may be worked out from below (what the shown ones leave of all who
 * gain), so there is never one alone.
 */
static void hide_column(struct group *rows, size_t n, enum measure m) {
  size_t hidden = 0;
  struct group *least = NULL;

  for (size_t i = 0; i < n; i++) {
    rows[i].hidden[m] = is_small(rows[i].n[m]);
    hidden += rows[i].hidden[m];
    if (!rows[i].hidden[m] && rows[i].n[m] && (!least || rows[i].n[m] < least->n[m]))
      least = &rows[i];
  }

  if (hidden == 1 && least)
    least->hidden[m] = true;
}

void suppress_list(const struct totals *t, struct group *rows, size_t n) {
  /* one row alone, or rows of different people, would add up to it */
  if (t->hidden[MEASURE_GAIN]) {
    for (size_t i = 0; i < n; i++)
      hide(rows[i].hidden, MEASURE_GAIN);
    return;
  }

  hide_column(rows, n, MEASURE_GAIN);
  hide_column(rows, n, MEASURE_LOSE);
}

/* --- parts of a whole --- */

void suppress_parts(const int64_t *people, size_t n, bool *ret_hidden) {
  int64_t hidden = 0;

  for (size_t i = 0; i < n; i++) {
    ret_hidden[i] = is_small(people[i]);
    if (ret_hidden[i])
      hidden += people[i];
  }

  while (is_small(hidden)) {
    size_t least = n;
    for (size_t i = 0; i < n; i++)
      if (!ret_hidden[i] && people[i] > 0 && (least == n || people[i] < people[least]))
        least = i;

    if (least == n)
      return; /* all are hidden */

    ret_hidden[least] = true;
    hidden += people[least];
  }
}
