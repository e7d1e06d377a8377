/* daemon - owns every part: loop, configuration, store, pipeline, door, plugins. They are made in
 * that order and ended in reverse.
 *
 * Also here, because they are the whole daemon's: signals (TERM and INT stop, HUP reloads), the day
 * when it comes from the clock, the messages to the service manager. What happens to an event is
 * the pipeline's; who may speak is the door's. */
#pragma once

/* exit statuses, as in needsd(8) */
enum {
  EXIT_GOOD = 0,
  EXIT_FAULTS = 1,     /* in what was configured: a restart would end in the same way */
  EXIT_USAGE = 2,      /* likewise */
  EXIT_IO = 74,        /* storing failed, or what is needed cannot be opened */
  EXIT_TEMPORARY = 75, /* no descriptors, memory or processes were to be had, or something is in
                          use: try again */
};

/* Serves until told to stop; gives the exit status. Once a process. */
int daemon_run(const char *config_path);
