/* metrics - every number that the daemon shows, in one table.
 *
 * The parts count (store, pool, pipeline, door: their *_stats); here is only how the numbers are
 * named, explained and read. Who writes them out, in which format, is a plugin (plugins/metrics),
 * which is given them by the host. No school and no person is in them, nor anything that counts so
 * few that a person could be recognised. Durable names of follows are shown as those who follow
 * chose them. */
#pragma once

#include <uv.h>

#include "base/histogram.h"
#include "needs_plugin.h"

struct store;
struct pipeline;
struct door;

/* How long each turn of the loop keeps everybody waiting. */
struct loop_meter {
  uv_prepare_t prepare;
  uint64_t last_ns, idle_ns;
  struct histogram turns;
};
void loop_meter_start(struct loop_meter *m, uv_loop_t *loop); /* before the loop runs */
/* the handle is closed when the loop ran again */
void loop_meter_stop(struct loop_meter *m);

struct metrics_from {
  const struct store *store;
  const struct pipeline *pipeline;
  const struct door *door; /* NULL: not open (yet, or any more) */
  const struct loop_meter *meter;
  const char *version;
};
/* Every metric, one call each; what it is lent is good until the call returns. A metric without
 * samples has nothing to say now.
 */
void metrics_read(const struct metrics_from *from,
                  void (*each)(void *arg, const struct needs_metric *m), void *arg);
