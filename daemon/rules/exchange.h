/* exchange - the frames between the daemon (pool.c) and a worker (worker.c), over one socketpair.
 *
 * A frame is a u32 with the length of the rest, a u8 with the type, then the body (base/buf
 * integers). The worker is started as `needs-rules` with the socket as descriptor 3 and the
 * progress page (a memfd of EXCHANGE_PAGE bytes) as descriptor 4, without arguments or environment.
 *
 * From the daemon to the worker:
 *   LOAD      blob rules bundle, blob catalogue bundle, u8 whether the rules were in force before,
 *             u32 n, n strings: names of rules set aside
 *   EVAL      u32 job, i32 day, u8 flags (bit 0: trace, bit 1: note conditions), blob facts
 *             (many at once)
 *   READ      u32 job, str file name, blob text: a file of tests, to be read but not judged
 *             (rules/test_loader.h)
 *   COVERAGE  u32 job: asks for the conditions noted so far (rules/coverage.h)
 *
 * From the worker to the daemon:
 *   LOADED    u32 n_rules, each: str name, about, source, owner, file, scope, i32 line,
 *             u8 for_school; u32 n, n strings: warnings; u8 whether the rules read offers,
 *             u8 whether they read effects
 *   FAULTS    u32 n, n strings "file:line: what is wrong"; then the worker ends
 *   DONE      u32 job, blob outcome (in the order of EVAL)
 *   TOLD      u32 job, blob JSON, u32 n, n strings: faults (in order, with DONE)
 *
 * Progress page: struct progress. The worker writes it before each rule; the daemon reads it when a
 * worker is late or gone. */
#pragma once

#include <stdint.h>

#define EXCHANGE_MAX (8u * 1024 * 1024)
#define EXCHANGE_FD 3
#define EXCHANGE_PAGE_FD 4
#define EXCHANGE_PAGE 4096
#define EXCHANGE_TRACE 1u /* EVALUATE_TRACED and EVALUATE_COVERED of pool.h */
#define EXCHANGE_COVER 2u
#define EXCHANGE_NO_RULE UINT32_MAX

enum exchange_type {
  EXCHANGE_LOAD = 1,
  EXCHANGE_LOADED,
  EXCHANGE_FAULTS,
  EXCHANGE_EVAL,
  EXCHANGE_DONE,
  EXCHANGE_READ,
  EXCHANGE_COVERAGE,
  EXCHANGE_TOLD
};

struct progress {
  volatile uint32_t job;  /* being evaluated */
  volatile uint32_t rule; /* EXCHANGE_NO_RULE: between rules; while loading: UINT32_MAX - 1 */
  volatile uint32_t done; /* jobs finished since start */
};
