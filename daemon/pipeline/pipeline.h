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

/* --- submissions --- */
enum accepted {
  JUDGED_ACCEPTED,
  JUDGED_DUPLICATE,
  JUDGED_REJECTED
};
/* The events of one push. */
struct submission {
  struct arena arena;    /* owns the events' memory */
  struct events events;  /* the door has judged their form; faults.n > 0: rejected */
  enum accepted *judged; /* set by the pipeline, one an event */
  uint64_t position;     /* journal position that covers all of it */
  uint64_t submitted_ns; /* set by the pipeline, on the clock of uv_hrtime */
  /* Called once. 0: judged and on disk; -EBUSY: nothing stored. The submitter frees it. */
  void (*done)(struct submission *s, int rc);
  void *owner;
  STAILQ_ENTRY(submission) link; /* while it waits */
};
/* Queues it for the next turn. */
void pipeline_submit(struct pipeline *p, struct submission *s);
/* The same judgement without storing anything (verb check): fills `judged`, adds faults. */
void pipeline_check(struct pipeline *p, struct submission *s);

/* --- the day --- */
int32_t pipeline_day(const struct pipeline *p); /* ABSENT: none yet */
/* Moves the day; `done` comes after the commit. -ERANGE: before the current day, or after DAY_LAST.
 */
int pipeline_set_day(struct pipeline *p, int32_t day,
                     void (*done)(void *arg, int rc, uint64_t position), void *arg);

/* --- authorities --- */
/* Is the authority configured? The data of others is kept and not given out. */
bool pipeline_serves(const struct pipeline *p, const char *authority);
/* The current catalogue and rules; NULL: the authority has none. */
const struct catalogue *pipeline_catalogue(const struct pipeline *p, const char *authority);
const struct rule_info *pipeline_rules(const struct pipeline *p, const char *authority,
                                       uint32_t *ret_n);
struct people *pipeline_people(struct pipeline *p);
struct store *pipeline_store(struct pipeline *p);

/* --- publications and the places of followers --- */
uint64_t pipeline_published(const struct pipeline *p); /* last committed outbox position */
/* `published` is called after each commit that added to the outbox. */
void pipeline_on_published(struct pipeline *p, void (*published)(void *arg, uint64_t up_to),
                           void *arg);
/* The place is stored with the next batch. */
void pipeline_save_cursor(struct pipeline *p, const char *principal, const char *name,
                          uint64_t position);
#define CURSOR_GONE UINT64_MAX /* as the position: forget the place; it need not be there */
/* Calls `done` once: with 0 when every place saved or forgotten until now is on disk (on a full
 * disk it waits), else with an errno, and some may not be. */
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
/* A directory that is NULL: the shipped files alone. */
struct pipeline_authority {
  const char *code, *name, *rules_dir, *catalogue_dir;
  struct approval_limits limits;
};
struct pipeline_options {
  struct pipeline_authority *authorities;
  size_t n_authorities;
  const char *share; /* where the shipped rules/ and catalogue/ lie */
  bool day_manual;
  int32_t pause_ms; /* at least, between two looks at what concerns many: offers, school needs */
  struct pool_options pool;
};
/* Loads the store into memory, and checks and publishes the configured rules and catalogues.
 * `ready` comes once: 0, or an errno with the first fault. */
int pipeline_create(struct pipeline **ret, uv_loop_t *loop, struct store *store,
                    const struct pipeline_options *options,
                    void (*ready)(void *arg, int rc, const char *why), void *arg,
                    struct error *err);
/* SIGHUP: checks the configured rules and catalogues again and publishes them. With a fault in any,
 * all are refused and the current ones remain in force. */
void pipeline_reload(struct pipeline *p, const struct pipeline_options *options,
                     void (*done)(void *arg, int rc, const char *why), void *arg);
/* Called when the store can no longer be trusted (failed fsync): the owner stops the loop and exits
 * non-zero. */
void pipeline_on_fatal(struct pipeline *p, void (*fatal)(void *arg, int rc), void *arg);
/* Stops after the batch in flight; nothing else that waits is stored. */
void pipeline_destroy(struct pipeline *p, void (*done)(void *arg), void *arg);
