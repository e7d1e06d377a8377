/* clock_guard - see clock_guard.h. */
#include "base/clock_guard.h"

#include <pthread.h>
#include <time.h>

#define DAY_S 86400
#define DAY_MS ((uint64_t)DAY_S * 1000)
#define MONTHS_A_YEAR 12
#define RELEASED "2026-12-01" /* moves with a release; no clock was right before */

/* --- days and instants --- */

static int32_t day_of(struct instant t) {
  int64_t rest = (t.s % DAY_S + DAY_S) % DAY_S, day = (t.s - rest) / DAY_S;

  if (day > INT32_MAX)
    return INT32_MAX;
  if (day <= INT32_MIN)
    return INT32_MIN + 1;
  return (int32_t)day;
}

static struct instant start_of(int32_t day) {
  return (struct instant){(int64_t)day * DAY_S, 0};
}

static struct instant later_by(struct instant t, uint64_t ms) {
  t.s += (int64_t)(ms / 1000);
  t.ns += (int32_t)(ms % 1000) * 1000000;
  if (t.ns >= 1000000000) {
    t.ns -= 1000000000;
    t.s++;
  }

  return t;
}

static int32_t released(void) {
  int32_t day = 0;

  date_parse(RELEASED, sizeof RELEASED - 1, &day);
  return day;
}

/* --- what is possible --- */

static uint64_t elapsed_ms(const struct clock_guard *g, const struct clock_reading *r) {
  if (r->boot_ms > g->anchor_boot_ms)
    return r->boot_ms - g->anchor_boot_ms;
  return 0;
}

static struct instant estimate(const struct clock_guard *g, const struct clock_reading *r) {
  return later_by(g->anchor, elapsed_ms(g, r));
}

/* The latest day that can be. */
static int32_t bound(const struct clock_guard *g, const struct clock_reading *r) {
  int64_t days = (int64_t)(elapsed_ms(g, r) / DAY_MS), day;

  if (g->accepted)
    day = day_of(g->anchor) + days + CLOCK_DAYS_RUNNING;
  else if (g->day != ABSENT)
    day = g->day + days + CLOCK_DAYS_AT_START;
  else
    day = date_add_months(released(), CLOCK_YEARS_NEW * MONTHS_A_YEAR);

  if (day > DAY_LAST)
    return DAY_LAST;

  return (int32_t)day;
}

/* The earliest. */
static int32_t floor_of(const struct clock_guard *g, const struct clock_reading *r) {
  if (g->accepted)
    return day_of(estimate(g, r)) - CLOCK_DAYS_RUNNING;
  if (g->day != ABSENT)
    return g->day - CLOCK_DAYS_RUNNING;
  return released();
}

static enum clock_state state_of(const struct clock_guard *g, const struct clock_reading *r,
                                 int32_t today) {
  if (!g->guarding)
    return CLOCK_RIGHT;
  if (today > bound(g, r))
    return CLOCK_AHEAD;
  if (today < floor_of(g, r))
    return CLOCK_BEHIND;
  return CLOCK_RIGHT;
}

static void accept(struct clock_guard *g, const struct clock_reading *r) {
  g->accepted = true;
  g->anchor = r->clock;
  g->anchor_boot_ms = r->boot_ms;
}

/* --- looking --- */

void guard_begin(struct clock_guard *g, int32_t day, const struct clock_reading *r) {
  *g = (struct clock_guard){.guarding = true, .day = day, .anchor_boot_ms = r->boot_ms};
  g->anchor = start_of(day != ABSENT ? day : released());
}

static struct instant latest_of(const struct clock_guard *g, const struct clock_reading *r,
                                enum clock_state state) {
  if (state == CLOCK_RIGHT)
    return r->clock;
  if (g->accepted)
    return estimate(g, r);
  return start_of(bound(g, r) + 1);
}

struct clock_look guard_look(struct clock_guard *g, const struct clock_reading *r) {
  struct clock_look look = {.today = day_of(r->clock)};

  look.state = state_of(g, r, look.today);
  if (g->guarding && !g->accepted && look.state == CLOCK_RIGHT)
    accept(g, r);

  bool no_day = !g->accepted && g->day == ABSENT;
  look.waits = look.state == CLOCK_AHEAD || (look.state == CLOCK_BEHIND && no_day);
  look.may_confirm = look.waits && look.today <= DAY_LAST;

  if (g->guarding)
    look.up_to = bound(g, r);
  else
    look.up_to = DAY_LAST;

  if (look.state == CLOCK_RIGHT)
    look.now = r->clock;
  else
    look.now = estimate(g, r);

  look.latest = latest_of(g, r, look.state);

  return look;
}

bool guard_confirm(struct clock_guard *g, int32_t day, const struct clock_reading *r) {
  struct clock_look look = guard_look(g, r);

  if (!look.may_confirm || look.today != day)
    return false;

  accept(g, r);

  return true;
}

/* --- the daemon's own --- */

static struct clock_guard guard;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static struct clock_reading read_clock(void) {
  struct timespec boot;

  clock_gettime(CLOCK_BOOTTIME, &boot);
  return (struct clock_reading){clock_now(),
                                (uint64_t)boot.tv_sec * 1000 + (uint64_t)boot.tv_nsec / 1000000};
}

void clock_guard_begin(int32_t day) {
  struct clock_reading r = read_clock();

  pthread_mutex_lock(&mutex);
  guard_begin(&guard, day, &r);
  pthread_mutex_unlock(&mutex);
}

void clock_guard_end(void) {
  pthread_mutex_lock(&mutex);
  guard = (struct clock_guard){0};
  pthread_mutex_unlock(&mutex);
}

struct clock_look clock_look(void) {
  struct clock_reading r = read_clock();

  pthread_mutex_lock(&mutex);
  struct clock_look look = guard_look(&guard, &r);
  pthread_mutex_unlock(&mutex);

  return look;
}

bool clock_confirm(int32_t day) {
  struct clock_reading r = read_clock();

  pthread_mutex_lock(&mutex);
  bool confirmed = guard_confirm(&guard, day, &r);
  pthread_mutex_unlock(&mutex);

  return confirmed;
}

struct instant clock_trusted(void) {
  return clock_look().now;
}

int64_t clock_trusted_ms(void) {
  struct instant now = clock_trusted();
  return now.s * 1000 + now.ns / 1000000;
}
