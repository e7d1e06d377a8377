/* policy - the rules and catalogue of an authority, for authors: proposed, compared with the
 * current ones, published, rolled back.
 *
 * Called by the door. candidate.c keeps what is proposed, diff.c compares, publish.c publishes.
 * What was published when is the journal's (pipeline/history.h); question_history shows it.
 * Everything runs on the loop thread. */
#pragma once

#include "pipeline/pipeline.h"

struct bundle_files; /* policy/bundle_files.h */
struct faults;       /* event/faults.h */

/* --- proposing: candidate.c --- */
struct proposal {
  const char *authority, *by;                   /* a configured authority; who proposes */
  const struct bundle_files *rules, *catalogue; /* its own files; NULL: the current ones */
};
/* Opens the proposal beside the current policy and checks it; without faults it is kept as a
 * candidate. -EINVAL: the shipped files cannot be read. */
void policy_propose(struct pipeline *p, const struct proposal *proposal, answered *done, void *arg);

/* --- comparing: diff.c --- */
/* Begins a comparison of two policies over everybody of an authority, or joins the running one of
 * the same two; nothing is published. `from` and `to` are "serving" (the current policy) or name a
 * candidate or publication. 0: answered with {run, running ...}, at once; else *ret_where points at
 * the argument that is wrong and *ret_why says how (-ENOENT, -EBUSY, -EINVAL, -EAGAIN: no day). */
int policy_diff(struct pipeline *p, const char *authority, const char *from, const char *to,
                answered *done, void *arg, const char **ret_where, const char **ret_why);
/* How that run is going, or its result; small counts are held back. -ENOENT: no such run. */
int policy_diff_run(struct pipeline *p, const char *authority, const char *run, answered *done,
                    void *arg);
/* Everybody who would see a difference, from row `after` on, a page at a time. -ENOENT: no such
 * run; -EAGAIN: it is still running. */
int policy_differences(struct pipeline *p, const char *authority, const char *run, size_t after,
                       answered *done, void *arg);

/* --- publishing: publish.c --- */
struct publish_request {
  const char *authority, *by; /* a configured authority; who does it */
  const char *candidate;      /* publish, approve: its hash, or the beginning of it */
  /* publish: name of the new publication, NULL: made up; rollback: the one to go back to, NULL: the
   * one before the current one */
  const char *name;
  const char *rule; /* restore */
};
/* Comes once: `refused` NULL and an object after the commit; else why not, and nothing changed. */
typedef void acted(void *arg, const struct faults *refused, const char *json, size_t len);
/* A candidate becomes the current policy. */
void policy_publish(struct pipeline *p, const struct publish_request *r, acted *done, void *arg);
/* A second person agrees to a candidate. */
void policy_approve(struct pipeline *p, const struct publish_request *r, acted *done, void *arg);
/* An earlier publication becomes the current policy again. */
void policy_rollback(struct pipeline *p, const struct publish_request *r, acted *done, void *arg);
/* A rule that was set aside runs again. */
void policy_restore(struct pipeline *p, const struct publish_request *r, acted *done, void *arg);

/* --- for the turn of the loop: diff.c, called by pipeline/pipeline.c --- */
bool policy_diff_step(struct pipeline *p);  /* true: more can go to the workers at once */
void policy_diffs_drop(struct pipeline *p); /* the daemon stops; after candidates_drop */
