/* candidate - policies opened beside the current one: those that somebody proposed, and those that
 * a diff compares with them.
 *
 * A candidate is known by its hash, made of the hashes of its rules and its catalogue. Proposed
 * ones are kept in memory, a few for each authority; what was published already is read from the
 * store on demand. A worker runs only while somebody holds the candidate: hold, evaluate with
 * policy->ruleset, release. The current policy is opened once more under the name "serving", so
 * that a comparison never delays it.
 *
 * publish.c decides who may publish; nothing here changes the current policy. Loop thread only. */
#pragma once

#include "policy/slot.h"

#define CANDIDATE_PREFIX                                                                           \
  8 /* characters of the hash that are enough to name it, where they are unique */

/* What a diff from the current policy to a candidate found; valid for that policy and a day. */
struct diff_summary {
  uint64_t people_changed, people;
  int64_t cost_more_pence; /* all people together; negative: less */
  /* rules that fail for somebody and did not under the policy that was current */
  size_t failing;
  struct hash256 from_rules; /* identity of the policy that was current */
  struct hash256 from_catalogue;
  uint64_t at_ms; /* when it was finished, on the clock of clock_mono_ms; 0: there was none */
};

/* Somebody's approval of what a candidate changes; valid while the same policy is current. */
struct approval {
  char *by;
  struct hash256 rules, catalogue;
};
enum {
  APPROVALS =
      4 /* of one candidate, the newest: one by another person than the publisher is enough */
};

struct policy_candidate {
  struct policy *policy; /* its bytes; catalogue and worker only while it is held */
  struct hash256 hash;
  /* who proposed it; NULL: opened for comparison only, and forgotten when nobody holds it */
  char *by;
  struct instant proposed;
  struct diff_summary diff; /* the newest from the current policy, filled by diff.c */
  struct approval approvals[APPROVALS];
  size_t n_approvals;
  struct hold *holds;
  struct policy_candidate *next; /* newest first, of all authorities */
};

struct hash256 candidate_hash(const struct hash256 *rules, const struct hash256 *catalogue);

/* A candidate that is kept by `text`, its hash or a unique beginning of it; NULL with *ret_why, a
 * sentence. */
struct policy_candidate *candidate_find(struct pipeline *p, const char *authority, const char *text,
                                        const char **ret_why);

/* While it is held, the policy has its catalogue and its worker. */
struct hold;
struct hold_callbacks {
  /* Its rules are loaded: policy->ruleset may evaluate. Once, perhaps before candidate_hold
   * returns.
   */
  void (*ready)(void *arg, struct policy *policy);
  /* It cannot be used (any more): the rules are faulty, or broke their worker. The hold is gone. No
   * faults: the daemon stops. */
  void (*lost)(void *arg, const struct fault_list *faults);
};
/* `name`: "serving", a candidate's hash or beginning, or the name or hash of a publication. 0 with
 * *ret set before anything is called; -ENOENT, -EBUSY (too many are open) or -EINVAL (its files
 * cannot be read) with *ret_why, a sentence. */
int candidate_hold(struct pipeline *p, const char *authority, const char *name,
                   const struct hold_callbacks *callbacks, void *arg, struct hold **ret,
                   const char **ret_why);
/* The hashes of what `name` names, as candidate_hold would open it; nothing is opened. 0 or
 * -ENOENT with *ret_why. */
int candidate_look(struct pipeline *p, const char *authority, const char *name,
                   struct hash256 *ret_rules, struct hash256 *ret_catalogue, const char **ret_why);
struct policy *hold_policy(const struct hold *h);
struct policy_candidate *hold_candidate(const struct hold *h);
void candidate_release(struct hold *h); /* not from inside `lost` */

void candidates_drop(struct pipeline *p); /* the daemon stops: calls `lost` of every hold */
