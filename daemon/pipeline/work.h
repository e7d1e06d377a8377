/* work - what the pipeline knows about each person and each school, beside their facts: whether
 * they are due, in flight, and in which lists they are.
 *
 * people.c keeps both in the block of the person or school (people_work); the lists they are in are
 * the pipeline's and each authority's (pipeline/internal.h). */
#pragma once

#include <stdbool.h>
#include <sys/queue.h>

#include "people/people.h"

struct failing;     /* pipeline/failing.c */
struct attribution; /* register/attribution.h */

struct person_work {
  /* moves whenever anything the evaluation reads may have moved */
  uint64_t epoch;
  uint64_t due_since; /* journal position at which it became due; 0: not due */
  bool in_flight;     /* is with a worker or on its way to the disk */
  bool renewing;      /* was last worked out under an older policy than the current one */
  bool tried;         /* worked out since the start */
  /* results in a row that were dropped, because facts moved meanwhile */
  unsigned char overtaken;
  /* waits to be fed: 1 + urgency, the index of the list in policy_slot.feed; 0: it does not */
  unsigned char queued;
  TAILQ_ENTRY(person) due;  /* pipeline.due.persons */
  TAILQ_ENTRY(person) feed; /* policy_slot.feed */
  /* one block: the rules that failed at the last evaluation (failing.c); NULL: none did */
  struct failing *failing;
  /* one block: what was published about the person, by which rules; NULL until asked for */
  struct attribution *attribution;
};

struct school_work {
  /* its evaluation as a whole (cohort.c) */
  uint64_t epoch, due_since;   /* as of a person */
  uint64_t first_ms, moved_ms; /* when the first and the last of what made it due moved */
  size_t persons_due;          /* people of the school who are due */
  uint32_t touched;            /* TOUCHED_* */
  bool in_flight, stored;      /* stored: the store has a row */
  LIST_ENTRY(school) due;      /* pipeline.due.schools */
  struct failing *failing;     /* as of a person */

  /* its helper pool and offer list are to be made again (lists.c) */
  bool helper_pool_stale, offer_list_stale;
  SLIST_ENTRY(school) helper_pool_link, offer_list_link;

  /* the turn under way */
  uint64_t turn_sequence; /* that its publications have come to; 0: it has none */
  bool moved;             /* its own facts moved */
  SLIST_ENTRY(school) moved_link;
};

/* For people_init. */
extern const struct people_work pipeline_work;
