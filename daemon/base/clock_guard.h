/* clock_guard - whether the wall clock can be right, and what time it is when it cannot.
 *
 * A journaled day never goes back, so one wrong reading of the clock would move it for good. Each
 * look compares the clock with what is known. How far ahead the clock may be depends on the moment:
 *
 * - After an accepted reading: at most CLOCK_DAYS_RUNNING days ahead of that reading plus the time
 *   that has passed since (CLOCK_BOOTTIME, which also counts while a machine is suspended). This is
 *   the limit in all, not at each look.
 *
 * - At a start, before that: at most CLOCK_DAYS_AT_START days after the newest journaled day.
 *
 * - In a new directory, which has no day: not before this version was released, and at most
 *   CLOCK_YEARS_NEW years after.
 *
 * The daemon begins the guard and moves the day. Everything that judges or records a time asks the
 * guard, on any thread. Where nothing has begun it (day = manual, checks, tests of other parts),
 * every reading is accepted. */
#pragma once

#include "base/date.h"

enum {
  CLOCK_DAYS_RUNNING = 2,
  CLOCK_DAYS_AT_START = 100,
  CLOCK_YEARS_NEW = 10
};

enum clock_state {
  CLOCK_RIGHT,
  CLOCK_AHEAD,  /* further than possible: the day waits until the clock is right, or confirmed */
  CLOCK_BEHIND, /* the day waits until the clock is right; nobody can confirm this clock */
};

/* One look at the clock. */
struct clock_look {
  enum clock_state state;
  bool waits;       /* the day would move if the daemon accepted the clock */
  bool may_confirm; /* `waits`, and the clock shows a day that can be journaled */
  int32_t today;    /* what the clock says */
  int32_t up_to;    /* the latest day that needs no confirmation */
  /* the time to record: the clock's when it is right, else the best estimate */
  struct instant now;
  struct instant latest; /* what `now` can be at most, to judge times that others give */
};

/* --- without globals, for tests --- */

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
/* Accepts the first reading that is right. */
struct clock_look guard_look(struct clock_guard *g, const struct clock_reading *r);
/* False unless the day waits and `day` is the clock's. */
bool guard_confirm(struct clock_guard *g, int32_t day, const struct clock_reading *r);

/* --- the daemon's own --- */

void clock_guard_begin(int32_t day /* the newest journaled, or ABSENT */);
void clock_guard_end(void); /* every reading is accepted again */
struct clock_look clock_look(void);
bool clock_confirm(int32_t day);
struct instant clock_trusted(void); /* clock_look().now */
int64_t clock_trusted_ms(void);     /* the same in milliseconds since 1970 */
