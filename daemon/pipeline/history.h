/* history - what became of each authority's rules: every publication, every rule set
 * aside or restored, as journaled.
 *
 * Kept in memory, an entry a note of the journal, in order; the journal alone says what is in it:
 * at start all of its notes are taken (load.c), later each one when it is committed. Who publishes
 * is policy/publish.c's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "store/store.h"

struct buf;
struct json;
struct pipeline;
struct policy_slot;

enum act_kind {
  ACT_PUBLISHED,
  ACT_ASIDE,
  ACT_RESTORED
};
struct act {
  enum act_kind kind;
  uint64_t position;
  int64_t committed_ms;
  struct hash256 rules;
  /* of a publication */
  struct hash256 catalogue;
  struct hash256 configured; /* of the directories' own files when it was made */
  char *name, *approved_by, *rollback_of;
  /* of a rule */
  char *rule, *reason;
  char *by; /* NULL: the configuration, or the daemon itself */
};
struct history {
  struct act *acts;
  size_t n, cap;
};

/* published, aside, restored */
void history_take(struct policy_slot *s, const struct journal_row *row, const struct json *note);
/* the note that is there now */
void history_take_committed(struct policy_slot *s, uint64_t position);
void history_finish(struct history *h);

/* publication; NULL: none yet */
const struct act *history_last(const struct history *h);
const struct act *history_named(const struct history *h, const char *name); /* publication */
/* The newest publication before this act, of another policy than its own. */
const struct act *history_before(const struct history *h, const struct act *a);
/* The newest time that this rule of this rule set was restored, where nothing of the sort came
 * after; NULL: none. */
const struct act *history_restored(const struct history *h, const struct hash256 *rules,
                                   const char *rule);
/* "2026-11-28-1": the caller's to free */
char *history_new_name(const struct history *h, int64_t ms);
