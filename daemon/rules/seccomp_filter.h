/* cage - what the worker gives up before the first byte from outside is read; see seccomp_filter.c.
 */
#pragma once

/* Limits, descriptors, then system calls. What cannot be given up ends the process: there is no
 * life outside the cage. */
void seccomp_filter_close(void);
_Noreturn void give_up(const char *why); /* worker.c: a line on standard error, then the end */
