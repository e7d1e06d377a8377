/* stats - what the pipeline counts since the start, and what is so now, for metrics and
 * health. Read on the loop thread.
 *
 * Things are counted when they are on disk, so that what is shown was acknowledged. Nothing here
 * names a school or a person. */
#pragma once

#include "base/histogram.h"
#include "event/faults.h"
#include "rules/pool.h"

enum batch_end {
  BATCH_STORED,
  BATCH_BUSY,
  BATCH_FAILED,
  BATCH_ENDS
};
enum evaluation_end {
  EVALUATION_CHANGED,
  EVALUATION_UNCHANGED,
  EVALUATION_STALE,
  EVALUATION_DROPPED,
  EVALUATION_ENDS
};
#define PUBLICATION_TYPES 9 /* of publication_words, the last for all others */
#define FAILURE_KINDS 3     /* of facts.h */

struct pipeline_counts {
  uint64_t events[3];           /* by enum accepted */
  uint64_t faults[FAULT_COUNT]; /* of rejected events */
  uint64_t batches[BATCH_ENDS]; /* submissions answered */
  uint64_t evaluations[EVALUATION_ENDS];
  uint64_t spared; /* checked, and nothing that the rules read had changed */
  uint64_t publications[PUBLICATION_TYPES];
  struct histogram acknowledgement; /* from the submission to its answer */
};

/* One rule of the current rules, counted since the start, whatever set it was in. */
struct rule_stats {
  const char *rule;
  uint64_t proposals, failures[FAILURE_KINDS];
  bool aside;
};
struct authority_stats {
  const char *code;
  bool refused;     /* not the configured rules and catalogue serve, but the last good ones */
  uint64_t down_ms; /* how long it has had no worker; 0: it has one */
  size_t people;
};
struct pipeline_stats {
  const struct pipeline_counts *counts;
  const struct pool_stats *pool;
  size_t waiting_batches, waiting_events, waiting_results, due, in_flight, people, authorities;
  uint64_t position, publication;
  int32_t day;
  bool full;
};
struct pipeline;
void pipeline_stats(const struct pipeline *p, struct pipeline_stats *ret);
/* Authority number `i` of those that are configured; false past the last one. */
bool pipeline_authority_stats(const struct pipeline *p, size_t i, struct authority_stats *ret);
/* Each rule of that authority. */
void pipeline_rule_stats(const struct pipeline *p, size_t i,
                         void (*each)(void *arg, const struct rule_stats *), void *arg);

extern const char *const publication_words[PUBLICATION_TYPES], *const failure_words[FAILURE_KINDS];
