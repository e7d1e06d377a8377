/* suppress - which small counts are held back in what is safe to share, so that no number tells
 * about somebody whom others know.
 *
 * Pure. Used by the diff (policy/diff_counts.c), the register (register/rule_outcomes.c) and what
 * schools are advised (cohort.c). In a diff the population is shown in groups of several kinds
 * (schools, families ...); in each kind everybody is in exactly one group, so that the groups add
 * up to the totals. Hiding only the small cell would not help if the total and the other groups
 * are shown, so others are hidden with it:
 *
 * - Hidden groups are exchangeable. Nothing printed changes when two people of different hidden
 * groups change places. So what is hidden cannot be worked out as long as two groups or more are
 * hidden, and among their people together some count and some do not. Other kinds of groups tell
 * nothing more: which school goes with which family is never printed.
 * - The hidden groups together can be worked out, by subtraction. So together they must be fit to
 * be shown as one group.
 * - What is held back of everybody is held back of every group and in every list: they would add up
 * to it.
 *
 * Whatever is hidden looks the same, be it small itself or hidden for the sake of another. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 1 to 4 people are a small count; in a group of fewer people nobody is one too. What schools are
 * advised says so as well: when it moves, so does ENGINE_NUMBER. */
#define SMALL 5

bool is_small(int64_t n);

enum measure {
  MEASURE_PEOPLE,
  MEASURE_CHANGED,
  MEASURE_GAIN,
  MEASURE_LOSE,
  MEASURES
};

/* All of the population. gain and lose count those who do both. */
struct totals {
  uint64_t n[MEASURES], both;
  bool hidden[MEASURES]; /* both is hidden with gain and lose */
};
struct group {
  const char *name;
  /* both is never shown, but follows where nobody sees other words only */
  uint64_t n[MEASURES], both;
  bool hidden[MEASURES];
};
void suppress_totals(struct totals *t);
/* `n` groups that everybody is in one of; after suppress_totals. */
void suppress_groups(const struct totals *t, struct group *groups, size_t n);
/* Marks what must not be printed of a whole: parts with few people, then the smallest of the others
 * until SMALL are hidden together. */
void suppress_parts(const int64_t *people, size_t n, bool *ret_hidden);
/* Lists in which a person may be in several rows or in none, such as kinds of development: gain and
 * lose of each row. */
void suppress_list(const struct totals *t, struct group *rows, size_t n);
