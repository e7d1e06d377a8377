/* pipeline - the life of one event: accept -> journal -> due -> rules -> choose -> compare ->
 * outbox -> ears.
 *
 * Owned by the daemon; everything on the loop thread. The door submits pushes and hears when they
 * are on disk; sessions hear when the outbox grew. Memory (people) is moved only after the commit.
 */
#pragma once

#include <uv.h>

#include "people/people.h"
#include "rules/pool.h"
#include "store/store.h"

struct pipeline;
struct bundle_files; /* policy/bundle_files.h */
struct faults;       /* event/faults.h */

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
  struct submission *next;
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

/* --- questions that need it --- each answers once, from the loop, with JSON (object) or an errno;
 * the request may be long */
/* rc -ENOENT: no such person or recommendation; -EAGAIN: no day, or rules not ready; -EBUSY: too
 * many wait; else unreadable */
typedef void answered(void *arg, int rc, const char *json, size_t len);
void pipeline_settled(struct pipeline *p, uint64_t position /* 0 = the newest now */,
                      answered *done, void *arg); /* held up to 30 s */
void pipeline_explain(struct pipeline *p, const char *authority, const char *school,
                      const char *subject, const char *recommendation /* or NULL */,
                      const char *competence /* or NULL */, answered *done, void *arg);
/* The same in under 2 kB for people, and which single changes would open something; recommendation
 * or competence, the other NULL. */
void pipeline_why(struct pipeline *p, const char *authority, const char *school,
                  const char *subject, const char *recommendation, const char *competence,
                  answered *done, void *arg);
void pipeline_ask_person(struct pipeline *p, const char *authority, const char *school,
                         const char *subject, answered *done, void *arg);
void pipeline_ask_school(struct pipeline *p, const char *authority, const char *school,
                         answered *done, void *arg);
/* The schools of an authority, in numbers. Some 10 us a person, at one go. */
void pipeline_ask_schools(struct pipeline *p, const char *authority, answered *done, void *arg);
void pipeline_ask_recommendation(struct pipeline *p, const char *authority, const char *school,
                                 const char *subject, const char *id, answered *done, void *arg);
/* The last word on each recommendation that was answered: of a school, or of one person in it. */
void pipeline_ask_answers(struct pipeline *p, const char *authority, const char *school,
                          const char *subject /* or NULL */, answered *done, void *arg);
/* Job titles that wait to be mapped: a school's own, or (school NULL) those that several schools of
 * the authority use. */
void pipeline_ask_titles(struct pipeline *p, const char *authority, const char *school,
                         answered *done, void *arg);
void pipeline_ask_rules(struct pipeline *p, const char *authority, answered *done, void *arg);
/* Which rules serve, since when, and what became of their advice; of those that apply to a role.
 * The first may take long. */
void pipeline_ask_register(struct pipeline *p, const char *authority,
                           const char *role /* or NULL */, answered *done, void *arg);
void pipeline_ask_catalogue(struct pipeline *p, const char *authority, answered *done, void *arg);
void pipeline_ask_codes(struct pipeline *p, const char *authority, const char *kind,
                        const char *words, answered *done, void *arg);
void pipeline_ask_health(struct pipeline *p, answered *done, void *arg);
void pipeline_verify(struct pipeline *p, answered *done, void *arg);
/* What one pair of rules and catalogue would change beside another, over everybody of an authority;
 * each named "serving", or as candidates and publications are. Begins, or joins the one that runs
 * for the same two; nothing is published. 0: answered with {run, running ...}, at once; else
 * *ret_where points at the member that is wrong and *ret_why says how (-ENOENT, -EBUSY, -EINVAL,
 * -EAGAIN: no day). */
int pipeline_diff(struct pipeline *p, const char *authority, const char *from, const char *to,
                  answered *done, void *arg, const char **ret_where, const char **ret_why);
/* How that run is, or what came of it; small counts are held back. -ENOENT. */
int pipeline_diff_run(struct pipeline *p, const char *authority, const char *run, answered *done,
                      void *arg);
/* Everybody who would see a difference, from row `after` on, a page at a time. -ENOENT: no such
 * run; -EAGAIN: it runs still. */
int pipeline_differences(struct pipeline *p, const char *authority, const char *run, size_t after,
                         answered *done, void *arg);

/* --- proposing rules and catalogue --- */
struct proposal {
  const char *authority, *by;                   /* served; who proposes */
  const struct bundle_files *rules, *catalogue; /* the authority's own files; NULL: as they serve */
};
/* Opened beside what serves and checked; kept as a candidate when it is without fault. rc as above;
 * -EINVAL: the shipped files cannot be read. */
void pipeline_propose(struct pipeline *p, const struct proposal *proposal, answered *done,
                      void *arg);

/* What authors do with them. `done` comes once: `refused` NULL and an object after the commit, or
 * why not, and nothing has changed. */
struct publish_request {
  const char *authority, *by; /* served; who does it */
  const char *candidate;      /* publish, approve: hash, or its beginning */
  /* publish: of the new publication; rollback: which to go back to; NULL: made up, the one before
   */
  const char *name;
  const char *rule; /* restore */
};
typedef void acted(void *arg, const struct faults *refused, const char *json, size_t len);
void pipeline_publish(struct pipeline *p, const struct publish_request *r, acted *done, void *arg);
void pipeline_approve(struct pipeline *p, const struct publish_request *r, acted *done, void *arg);
void pipeline_rollback(struct pipeline *p, const struct publish_request *r, acted *done, void *arg);
void pipeline_restore(struct pipeline *p, const struct publish_request *r, acted *done, void *arg);
void pipeline_ask_history(struct pipeline *p, const char *authority, answered *done, void *arg);

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
