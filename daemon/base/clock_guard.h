/* clock_guard - whether the wall clock can be believed, and what time it is when it cannot.
 *
 * A day that is journaled never goes back, so one wrong reading of the clock would move it for
 * good. What is known is compared with the clock at each look:
 *
 *   after a reading was accepted  that reading and the time since (CLOCK_BOOTTIME, which a
 * suspended machine counts too): the clock may be at most CLOCK_DAYS_RUNNING days ahead of that, in
 * all and not at each look at a start, before the first  the newest journaled day: the clock may be
 * at most CLOCK_DAYS_AT_START days ahead of that in a new directory, no day    the program's own
 * age: neither before it was released nor CLOCK_YEARS_NEW years after
 *
 * Called by the daemon, who begins it and moves the day; by all who judge or record a time; on any
 * thread. Where it was not begun (day = manual, checks, tests of other parts) every reading is
 * accepted. */
#pragma once

#include "base/date.h"

enum {
  CLOCK_DAYS_RUNNING = 2,
  CLOCK_DAYS_AT_START = 100,
  CLOCK_YEARS_NEW = 10
};

enum clock_state {
  CLOCK_RIGHT,
  CLOCK_AHEAD,  /* of what is possible: the day waits until the clock is right or somebody confirms
                   it */
  CLOCK_BEHIND, /* likewise; where there is a day it stays as it is, and nothing can be confirmed */
};

/* One look at the clock. */
struct clock_look {
  enum clock_state state;
  bool waits;       /* the day would move if the clock were believed */
  bool may_confirm; /* likewise, and to a day that can be written */
  int32_t today;    /* what the clock says */
  int32_t up_to;    /* the latest day that needs no confirmation */
  /* the time to record: the clock's when it is right, else the best estimate */
  struct instant now;
  struct instant latest; /* what `now` can be at most, to judge times that others give */
};

/* --- without globals, as the tests call it --- */

struct clock_reading {
  struct instant clock;
  uint64_t boot_ms; /* CLOCK_BOOTTIME */
};
struct clock_guard {
  bool guarding, accepted; /* accepted: `anchor` is a reading that was accepted */
  int32_t day;             /* the newest journaled one at the start, or ABSENT */
  struct instant anchor;
  uint64_t anchor_boot_ms;
};
void guard_begin(struct clock_guard *g, int32_t day, const struct clock_reading *r);
/* accepts the first right reading */
struct clock_look guard_look(struct clock_guard *g, const struct clock_reading *r);
/* False unless `day` is what the clock says, and waits. */
bool guard_confirm(struct clock_guard *g, int32_t day, const struct clock_reading *r);

/* --- the daemon's own --- */

void clock_guard_begin(int32_t day /* the newest journaled, or ABSENT */);
void clock_guard_end(void); /* every reading is accepted again */
struct clock_look clock_look(void);
bool clock_confirm(int32_t day);
struct instant clock_trusted(void); /* clock_look().now */
int64_t clock_trusted_ms(void);     /* the same in milliseconds since 1970 */
