/* suppress - which small counts are held back. See suppress.h for why this is enough. */
#include "needs/suppress.h"

#include <string.h>

static bool small(uint64_t n) { return n > 0 && n < SMALL; }

/* --- the totals --- */

static void hide(bool hidden[MEASURES], enum measure from) {
  for (int m = from; m < MEASURES; m++) hidden[m] = true;
}

/* How those who change divide: only gain, only lose, both, neither. The numbers that are shown give these away, so these count.
 */
static bool split_is_small(const struct totals *t) {
  uint64_t gain = t->n[MEASURE_GAIN], lose = t->n[MEASURE_LOSE];
  return small(gain - t->both) || small(lose - t->both) || small(t->both) ||
         small(t->n[MEASURE_CHANGED] + t->both - gain - lose) || small(gain) || small(lose);
}

void suppress_totals(struct totals *t) {
  memset(t->hidden, 0, sizeof t->hidden);
  if (t->n[MEASURE_PEOPLE] < SMALL)
    hide(t->hidden, MEASURE_PEOPLE);
  else if (small(t->n[MEASURE_CHANGED]))
    hide(t->hidden, MEASURE_CHANGED);
  else if (split_is_small(t))
    hide(t->hidden, MEASURE_GAIN);
}

/* --- groups that add up --- */

static void hide_if_small(struct group *g) {
  memset(g->hidden, 0, sizeof g->hidden);
  if (g->n[MEASURE_PEOPLE] < SMALL)
    hide(g->hidden, MEASURE_PEOPLE);
  else if (small(g->n[MEASURE_CHANGED]) || small(g->n[MEASURE_GAIN]) || small(g->n[MEASURE_LOSE]))
    hide(g->hidden, MEASURE_CHANGED);
}

/* What is hidden, as the one group that it can be worked out to be. */
struct pool {
  uint64_t n[MEASURES];
  size_t groups;
};
static struct pool pool_of(const struct group *groups, size_t n, enum measure hidden) {
  struct pool p = {0};
  for (size_t i = 0; i < n; i++) {
    if (!groups[i].hidden[hidden]) continue;
    p.groups++;
    for (int m = 0; m < MEASURES; m++) p.n[m] += groups[i].n[m];
  }
  return p;
}

/* A total of 1 to 4 is hidden itself, and one of nobody or of everybody says all there is to say about each of them. */
static bool says_nothing(const struct totals *t, enum measure m) { return t->n[m] < SMALL || t->n[m] == t->n[MEASURE_PEOPLE]; }

static bool outcomes_are_safe(const struct totals *t, const struct group *groups, size_t n) {
  struct pool p = pool_of(groups, n, MEASURE_CHANGED);
  if (p.groups == 0) return true;
  if (p.groups == 1 || p.n[MEASURE_PEOPLE] < SMALL) return false;
  for (int m = MEASURE_CHANGED; m < MEASURES; m++)
    if (!says_nothing(t, m) && (p.n[m] < SMALL || p.n[m] == p.n[MEASURE_PEOPLE])) return false;
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
    if (!groups[i].hidden[hidden] && (!found || groups[i].n[MEASURE_PEOPLE] < found->n[MEASURE_PEOPLE])) found = &groups[i];
  return found;
}

void suppress_groups(const struct totals *t, struct group *groups, size_t n) {
  struct group *next;
  if (n == 1) { /* it is the total, and says what that says */
    memcpy(groups->hidden, t->hidden, sizeof groups->hidden);
    return;
  }
  for (size_t i = 0; i < n; i++) hide_if_small(&groups[i]);
  while (!people_are_safe(groups, n) && (next = smallest_shown(groups, n, MEASURE_PEOPLE)) != NULL)
    hide(next->hidden, MEASURE_PEOPLE);
  while (!outcomes_are_safe(t, groups, n) && (next = smallest_shown(groups, n, MEASURE_CHANGED)) != NULL)
    hide(next->hidden, MEASURE_CHANGED);
}

/* --- lists --- */

/* One alone that is hidden may be worked out from below (what the shown ones leave of all who gain), so there is never one alone.
 */
static void hide_column(struct group *rows, size_t n, enum measure m) {
  size_t hidden = 0;
  struct group *least = NULL;
  for (size_t i = 0; i < n; i++) {
    rows[i].hidden[m] = small(rows[i].n[m]);
    hidden += rows[i].hidden[m];
    if (!rows[i].hidden[m] && rows[i].n[m] && (!least || rows[i].n[m] < least->n[m])) least = &rows[i];
  }
  if (hidden == 1 && least) least->hidden[m] = true;
}

void suppress_list(struct group *rows, size_t n) {
  hide_column(rows, n, MEASURE_GAIN);
  hide_column(rows, n, MEASURE_LOSE);
}
