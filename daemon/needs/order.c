/* order - see order.h. */
#include "needs/order.h"

#include <string.h>

#include "base/words.h"

const char *const group_words[GROUP_COUNT] = {[GROUP_LAW] = "law",
                                              [GROUP_BASIC_SKILLS] = "basic-skills",
                                              [GROUP_ROLE] = "role",
                                              [GROUP_GROWTH] = "growth"};

static const struct {
  enum criterion by[CRITERION_COUNT];
  size_t n;
} orders[ORDER_COUNT] = {
    [ORDER_FOR_A_NEED] = {{CRITERION_AGREED, CRITERION_PRIORITY, CRITERION_INFORMAL, CRITERION_ID},
                          4},
    [ORDER_IN_A_PURPOSE] = {{CRITERION_AGREED, CRITERION_FINDING_OUT, CRITERION_IMPORTANCE,
                             CRITERION_WEIGHT, CRITERION_GAP, CRITERION_PRIORITY, CRITERION_ID},
                            7},
    [ORDER_OF_ADVICE] = {{CRITERION_AGREED, CRITERION_GROUP, CRITERION_IMPORTANCE, CRITERION_WEIGHT,
                          CRITERION_GAP, CRITERION_PRIORITY, CRITERION_INFORMAL, CRITERION_ID},
                         8},
};

/* Positive: `a` comes before `b` by this criterion; negative: after it; 0: they are equal in it. */
static int compare_by(enum criterion by, const struct place *a, const struct place *b) {
  switch (by) {
  case CRITERION_AGREED:
    return a->agreed - b->agreed;
  case CRITERION_GROUP:
    return (int)b->group - (int)a->group;
  case CRITERION_FINDING_OUT:
    return a->finding_out - b->finding_out;
  case CRITERION_IMPORTANCE:
    return b->importance - a->importance; /* the strictest is the smallest */
  case CRITERION_WEIGHT:
    return a->weight - b->weight;
  case CRITERION_GAP:
    return a->gap - b->gap;
  case CRITERION_PRIORITY:
    return (a->priority > b->priority) - (a->priority < b->priority);
  case CRITERION_INFORMAL:
    return b->formal - a->formal;
  case CRITERION_ID:
    return strcmp(b->id, a->id);
  case CRITERION_COUNT:
    break;
  }

  return 0;
}

enum criterion order_decides(enum order order, const struct place *a, const struct place *b,
                             bool *ret_first) {
  for (size_t i = 0; i < orders[order].n; i++) {
    int difference = compare_by(orders[order].by[i], a, b);
    if (difference == 0)
      continue;

    *ret_first = difference > 0;

    return orders[order].by[i];
  }

  *ret_first = false;

  return CRITERION_ID;
}

bool comes_first(enum order order, const struct place *a, const struct place *b) {
  bool first;
  order_decides(order, a, b, &first);
  return first;
}
