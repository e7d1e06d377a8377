/* pipeline - the life of one event: accept -> journal -> due -> rules -> choose -> compare ->
 * outbox -> followers. What everybody above may ask of it: submissions, the day, the places of
 * followers, starting and stopping.
 *
 * Owned by the daemon; everything runs on the loop thread. The door submits pushes and hears when
 * they are on disk; follow sessions hear when the outbox grew. Memory (people/) moves only after
 * the commit.
 *
 * Elsewhere: questions/questions.h answers questions, policy/policy.h proposes, compares and
 * publishes rules and catalogue, register/register.h is the register of rules. pipeline/internal.h
 * is what those rooms see of the state. */
#pragma once

#include <sys/queue.h>
#include <uv.h>

#include "people/people.h"
#include "rules/pool.h"
#include "store/store.h"

struct pipeline;

/* The answer to whatever may have to wait: comes once, from the loop, maybe before the call
 * returns. rc 0 with a JSON object, or an errno: -ENOENT, no such person, school or recommendation;
 * -EAGAIN, no day yet, or the rules are not ready; -EBUSY, too many wait; others, unreadable. */
typedef void answered(void *arg, int rc, const char *json, size_t len);

/* --- pushes --- */
enum accepted {
  JUDGED_ACCEPTED,
  JUDGED_DUPLICATE,
  JUDGED_REJECTED
};
struct submission {
  struct arena arena; /* owns the events' memory */
  /* form and meaning judged by the door already; verdict.n > 0 = rejected */
  struct events events;
  enum accepted *judged; /* set by the pipeline, one an event */
  uint64_t position;     /* journal position that covers all of it */
  uint64_t submitted_ns; /* set by the pipeline, on the clock of uv_hrtime */
  /* once; 0: judged and on disk; -EBUSY: nothing stored. The submitter frees it. */
  void (*done)(struct submission *s, int rc);
  void *owner;
  STAILQ_ENTRY(submission) link; /* while it waits */
};
void pipeline_submit(struct pipeline *p, struct submission *s);
/* The same judgement without storing (verb check): fills judged, adds faults. */
void pipeline_check(struct pipeline *p, struct submission *s);

/* --- the day --- */
int32_t pipeline_day(const struct pipeline *p); /* ABSENT = none yet */
/* -ERANGE: before the day, or after DAY_LAST. done(rc) after the commit. */
int pipeline_set_day(struct pipeline *p, int32_t day,
                     void (*done)(void *arg, int rc, uint64_t position), void *arg);

/* --- authorities served --- */
/* it is configured: else its data is kept and not given out */
bool pipeline_serves(const struct pipeline *p, const char *authority);
/* NULL: not served */
const struct catalogue *pipeline_catalogue(const struct pipeline *p, const char *authority);
const struct rule_info *pipeline_rules(const struct pipeline *p, const char *authority,
                                       uint32_t *ret_n);
struct people *pipeline_people(struct pipeline *p);
struct store *pipeline_store(struct pipeline *p);

/* --- publications --- committed outbox positions; told after each commit that added some */
uint64_t pipeline_published(const struct pipeline *p); /* last committed outbox position */
void pipeline_on_published(struct pipeline *p, void (*told)(void *arg, uint64_t up_to), void *arg);
/* goes with the next batch */
void pipeline_save_cursor(struct pipeline *p, const char *principal, const char *name,
                          uint64_t position);
#define CURSOR_GONE UINT64_MAX /* as the position: forget the place; it need not be there */
/* `done`, once: 0 when every place saved or forgotten until now is on disk (a full disk keeps it
 * waiting), else an errno, and they may not be. */
void pipeline_when_saved(struct pipeline *p, void (*done)(void *arg, int rc), void *arg);

/* Answers when everything up to the journal position is worked out and published, at the latest
 * after 30 s; position 0: up to the newest one now. */
void pipeline_settled(struct pipeline *p, uint64_t position, answered *done, void *arg);

/* --- life --- */
/* What may be published without a second person: how many people's advice may change, what it may
 * cost more. 0: no such limit. */
struct approval_limits {
  int64_t people, per_cent, cost_pence;
};
/* dirs may be NULL: shipped only */
struct pipeline_authority {
  const char *code, *name, *rules_dir, *catalogue_dir;
  struct approval_limits limits;
};
struct pipeline_options {
  struct pipeline_authority *authorities;
  size_t n_authorities;
  const char *share; /* where the shipped rules/ and catalogue/ lie */
  bool day_manual;
  /* what concerns many at once is acted upon so seldom: offers, the needs of a school */
  int32_t pause_ms;
  struct pool_options pool;
};
/* Loads the store into memory and publishes the configured rules and catalogues; `ready(arg, rc,
 * why)` when serving or not. */
int pipeline_create(struct pipeline **ret, uv_loop_t *loop, struct store *store,
                    const struct pipeline_options *options,
                    void (*ready)(void *arg, int rc, const char *why), void *arg,
                    struct error *err);
/* SIGHUP: checks and publishes the pairs again; a faulty pair is refused whole and the last good
 * one serves on. */
void pipeline_reload(struct pipeline *p, const struct pipeline_options *options,
                     void (*done)(void *arg, int rc, const char *why), void *arg);
/* Called when the store can no longer be trusted (failed fsync): the owner stops the loop and exits
 * non-zero. */
void pipeline_on_fatal(struct pipeline *p, void (*fatal)(void *arg, int rc), void *arg);
void pipeline_destroy(struct pipeline *p, void (*done)(void *arg), void *arg);
