/* host - owns the plugins: loads, starts, feeds, stops them, and can say what each holds.
 *
 * Owned by the daemon, on its loop thread. Plugins start, in the order of the configuration, when
 * the door is there and before `ready` is said, so that they are running when the service manager
 * sees `ready`; they stop, in reverse, before the door closes, so that what they acknowledged is
 * kept. The contract with a plugin is plugins/needs_plugin.h; what a plugin may call is api.c;
 * whether its file is fit to be loaded is load.c. */
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

/* Every [plugin NAME]: its file judged and mapped, its options read; none of its callbacks is
 * called. NULL when there was a fault. */
struct host *host_load(const struct config *c, struct fault_list *faults);
void host_destroy(struct host *h); /* not started, or stopped. NULL is fine */
size_t host_count(const struct host *h);
void host_describe(const struct host *h, size_t i, const char **ret_name, const char **ret_version);

/* The first that does not start is the reason why the daemon does not. Stop it in any case. */
int host_start(struct host *h, uv_loop_t *loop, struct door *door, struct pipeline *pipeline,
               const struct host_options *options, struct error *err);
/* `done` comes when nothing of theirs is on the loop any more. A plugin whose stop does not return
 * within five seconds takes the process with it. NULL is fine. */
void host_stop(struct host *h, void (*done)(void *arg), void *arg);
