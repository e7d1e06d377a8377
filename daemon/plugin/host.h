/* host - owns the plugins: loads, starts, feeds and stops them, and lists what each holds.
 *
 * The daemon owns it, on the loop thread. Plugins start in the order of the configuration, after
 * the door opens and before the daemon says `ready`: when the service manager sees `ready`, they
 * run. They stop in reverse order, before the door closes, so that their acknowledgements are kept.
 * plugins/needs_plugin.h is the contract with a plugin. api.c has the functions that a plugin may
 * call; load.c decides whether its file may be loaded. */
#pragma once

#include <uv.h>

#include "base/buf.h"
#include "base/error.h"
#include "catalogue/catalogue.h"

struct config;
struct door;
struct host;
struct needs_metric;
struct pipeline;

struct host_options {
  /* The daemon's metrics, for plugins that ask; NULL: none. */
  void (*metrics)(void *arg, void (*each)(void *each_arg, const struct needs_metric *m),
                  void *each_arg);
  void *metrics_arg;
};

/* Checks and maps the file of every [plugin NAME] and reads its options. Calls none of its
 * callbacks. NULL if there was a fault. */
struct host *host_load(const struct config *c, struct fault_list *faults);
void host_destroy(struct host *h); /* before a start or after a stop; NULL is fine */
size_t host_count(const struct host *h);
void host_describe(const struct host *h, size_t i, const char **ret_name, const char **ret_version);

/* Starts the plugins. If one does not start, neither does the daemon, and `err` names the plugin.
 * Call host_stop in any case. */
int host_start(struct host *h, uv_loop_t *loop, struct door *door, struct pipeline *pipeline,
               const struct host_options *options, struct error *err);
/* Calls `done` when the plugins have nothing left on the loop. If the stop of a plugin does not
 * return within five seconds, the process ends. NULL is fine. */
void host_stop(struct host *h, void (*done)(void *arg), void *arg);
