/* seccomp_filter - confines the worker before it reads the first byte from outside; see
 * seccomp_filter.c. Called by worker.c. */
#pragma once

/* Sets the limits, closes descriptors, then blocks system calls. If a step fails, the process ends:
 * the worker never runs unconfined. */
void seccomp_filter_close(void);
/* Writes a line to standard error and ends the process. Defined in worker.c. */
_Noreturn void give_up(const char *why);
