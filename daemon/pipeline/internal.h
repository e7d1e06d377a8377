/* internal - what the pipeline holds, and what its files do for each other.
 *
 * For this room and for those above that work on its state (policy/, questions/, register/);
 * everybody else knows pipeline.h. Files, lowest first:
 *
 * state.c      looking at it
 * inbox.c      what waits for the next turn
 * history.c    what became of each authority's rules, as journaled
 * stats.c      what was counted
 * failing.c    for whom each rule fails now
 * due.c        who must be evaluated, and handing them to the workers
 * cohort.c     the same for schools as a whole
 * effects.c    what came of developments, counted once a day for rules
 * compare.c    new advice against the current advice -> publications
 * settled.c    who waits until everything is worked out
 * turn.c       a turn: judge submissions, put everything that came into one batch, apply it to
 *              memory after the commit
 * load.c       from the store into memory at start
 * pipeline.c   the turn of the loop, start, reload and stop
 *
 * What a file of another room needs of its own is kept here as a pointer and known there alone. */
#pragma once

#include "base/clock_guard.h"
#include "needs/helper_pool.h"
#include "needs/needs.h"
#include "needs/offer_list.h"
#include "pipeline/pipeline.h"
#include "pipeline/history.h"
#include "pipeline/stats.h"

/* Moves when the same facts, rules, catalogue and day would give other advice: then everybody is
 * worked out anew. 2: a job title gives a post where no role is said; an answer speaks for a time.
 * 3: rules read priorities and offers; a run may keep 4 MiB, a text has 240 bytes. 4: an id holds a
 * competence's key whole, however long; ratings follow an exact row of crosswalk.csv. */
#define ENGINE_NUMBER 4
#define TURN_MAX_EVENTS 1024
#define TURN_MAX_BYTES (4u * 1024 * 1024)
#define TURN_MAX_RESULTS 1024

/* What moved just now goes before what is worked through in the background. */
enum urgency {
  LIVE,
  BACKGROUND,
  URGENCIES
};

/* A pair of rule set and catalogue, checked or being checked, serving or the last good one. */
struct policy {
  struct pipeline *pipeline;
  struct policy *next, *prev; /* pipeline.pairs */
  struct policy_slot *slot;
  struct buf rules_bytes, catalogue_bytes;
  struct hash256 rules, catalogue_hash; /* of the bundles */
  /* rules less what is set aside: what a stand is made under */
  struct hash256 identity;
  struct catalogue *catalogue;
  struct ruleset *ruleset;
  bool ready; /* its worker has loaded the rules */
  /* as its worker said: by the text, so that it stays while the rules are opened again */
  bool reads_offers;
  char **aside;
  size_t n_aside;
  struct fault_list changes; /* which records change their meaning when it takes over: warnings */
  struct evaluation *evaluations;
  /* one for each rule, once its worker has loaded them; the serving's */
  struct rule_count **counts;
  uint32_t n_counts;
};
/* What one rule did, by its name: outlives the rule set. */
struct rule_count {
  char *rule;
  uint64_t proposals, failures[FAILURE_KINDS];
  /* people, or schools as a whole, for whom it failed when they were worked out last */
  uint64_t failing;
  char *failure; /* its words, the last time; NULL: it never did */
  struct rule_count *next;
};
/* One authority and what it serves. */
struct policy_slot {
  struct pipeline *pipeline;
  char *code;
  struct sources {
    char *name, *rules_dir, *catalogue_dir;
    struct approval_limits limits;
  } now, asked;              /* as configured: what serves, and what is being checked */
  struct policy *policy;     /* serving; NULL before the first */
  struct policy *next;       /* being checked for a reload, or at start */
  struct policy *to_publish; /* being checked for whoever publishes it: no reload touches it */
  struct fault_list refused; /* why the configured pair is not the one that serves */
  bool is_refused;
  /* journal position of the last publication of a pair */
  uint64_t position;
  struct hash256 published_rules, published_catalogue; /* as journaled last */
  bool published;
  struct history history;
  /* of the configured directories' own files, as they were read last */
  struct hash256 own;
  bool from_store; /* `next` is what was published last, not what is configured */
  /* a reload found that what was published later than the directories serves on */
  bool keeps;
  bool check_waits;              /* for a publication that is under way */
  size_t n_opened;               /* workers of drafts */
  struct publishing *publishing; /* through the door, until it is committed */
  /* People to be handed to the worker: those whose own facts or school moved first, then those who
   * are only to be looked at under new rules or on a new day. */
  struct feed {
    struct person *head, *tail;
  } feed[URGENCIES];
  size_t evaluating[URGENCIES]; /* with the worker */
  /* people who stand under an older pair; of how many when it took over */
  size_t renewing, renewing_of;
  struct rule_count *rule_counts; /* of every rule there was */
  size_t tried;                   /* people who were worked out since the start */
  uint64_t down_since_ms;         /* the rules break outside any rule: no worker at all */
  void (*checked)(void *arg, struct policy_slot *s, bool good);
  void *checked_arg;
};
/* A rule set aside, as journaled: authority, rule set, rule. */
struct aside {
  char *authority, *rule;
  struct hash256 rules;
};
/* The finished evaluation of one person, or of one school, waiting for a turn. */
struct result {
  struct arena arena;    /* holds advice */
  struct person *person; /* NULL: of the school as a whole */
  struct school *school; /* NULL: of a person */
  uint64_t epoch;
  uint32_t touched;
  struct basis basis;
  struct advice_list advice;
  struct failure_note {
    const char *rule, *kind, *message;
    struct rule_count *count;
  } * failures;
  uint32_t n_failures;
  struct hash256 rules;
  enum urgency urgency;
  struct result *next;
  /* made while staging, applied after the commit */
  struct current_advice *current;
  uint32_t n_current;
  uint64_t new_id; /* of the person's row, when this is the first */
  bool changed;    /* something was published */
};
/* One evaluation with a worker. */
struct evaluation {
  struct pipeline *pipeline;
  struct policy *policy;
  struct facts facts;
  struct result *result;          /* in the making; its arena holds the facts */
  struct evaluation *next, *prev; /* pair.evaluations */
};
struct cursor_save {
  char *principal, *name;
  uint64_t position;
  struct cursor_save *next;
};
/* Somebody waits until the places saved so far are on disk. */
struct save_wait {
  void (*done)(void *arg, int rc);
  void *arg;
  struct save_wait *next;
};
/* A journal row of the daemon's own; a publication brings its bundles along. */
struct note {
  char *authority, *kind, *json;
  struct buf rules_bytes, catalogue_bytes;
  struct hash256 rules, catalogue;
  void (*committed)(struct pipeline *p, struct note *n);
  void *arg;
  uint64_t position;
  struct note *next;
};
struct day_change {
  int32_t day;
  int rc; /* of its own, when the commit went well */
  void (*done)(void *arg, int rc, uint64_t position);
  void *arg;
  struct day_change *next;
};
struct settled {
  uint64_t position;
  answered *done;
  void *arg;
  uint64_t give_up_ms;
  struct settled *next;
};

/* An accepted event of the turn. */
struct staged {
  struct event *kept;
  uint64_t position;
};

/* What is in flight between batch_create and its commit. */
struct turn {
  struct pipeline *pipeline;
  struct batch *batch;
  struct submission *submissions; /* linked */
  struct result *results;
  struct note *notes;
  struct day_change *days;
  struct cursor_save *cursors;
  struct save_wait *save_waits;
  struct hash128 *failures; /* said for the first time in this turn: keys of pipeline.failed */
  size_t n_failures, cap_failures;
  struct staged *events;
  size_t n_events, cap_events, bytes;
  struct hashmap identities; /* accepted in this turn: identity -> struct event of its submission */
  struct event **erased;     /* person.erase events accepted in this turn */
  size_t n_erased, cap_erased;
  uint64_t position, publication; /* last used when it is committed */
  uint64_t began_ns;
  bool urgent; /* the disk is full: only what may have the reserve */
  int32_t day;
  struct school **numbered; /* schools whose sequence this turn moves */
  size_t n_numbered, cap_numbered;
  uint64_t person_id;
  uint64_t published[PUBLICATION_TYPES];
};

struct pipeline {
  uv_loop_t *loop;
  struct store *store;
  struct people people;
  struct pool *pool;
  uv_prepare_t prepare;
  /* runs only while there is feeding left to do, so that the loop does not sleep on it */
  uv_idle_t idle;
  uv_timer_t retry; /* after a full disk; for settled questions */
  bool day_manual, closing, full, said_full;
  uint64_t retry_at_ms; /* on a full disk */
  char *share;
  int32_t day;
  uint64_t position, publication; /* committed */
  uint64_t last_person_id;
  struct policy *policies; /* all of them */
  struct policy_slot **slots;
  size_t n_slots;
  struct aside *asides;
  size_t n_asides;
  struct turn *turn;
  struct submission *submissions, **submissions_end;
  size_t n_waiting;   /* events of submissions not yet staged */
  uint64_t pushed_ms; /* when something was submitted last */
  size_t slice;       /* of background work in a turn while somebody pushes */
  struct results {
    struct result *head, **end;
    size_t n;
  } results[URGENCIES]; /* finished, waiting for a turn */
  struct note *notes, **notes_end;
  struct day_change *days, **days_end;
  struct cursor_save *cursors;
  struct save_wait *save_waits;
  struct settled *settled;
  struct policy_candidate *candidates; /* of policy/, newest first */
  struct diff *diffs;                  /* newest first */
  struct explanation *explaining;      /* of questions/ */
  struct why *wondering;               /* newest first */
  struct verification *verifying;
  struct registering *registering;    /* of register/ */
  struct person *due_head, *due_tail; /* not settled, oldest first */
  struct school *stale;               /* boards to make again */
  struct school *offer_lists;         /* to make again: their offers moved */
  uint64_t offers_made_ms;            /* when some were, last */
  struct school *schools_due;         /* as a whole */
  uint64_t pause_ms;
  /* counts what moved; a person's epoch is its value at the last of theirs */
  uint64_t moves;
  size_t n_due, n_in_flight;
  struct school *moved;  /* schools whose own facts moved in this turn */
  struct hashmap failed; /* rule failures published: hash of authority, rules, rule -> this */
  /* set by pipeline.c, which is above */
  /* a worker is gone: whoever waits for it is to be told */
  void (*rules_gone)(struct pipeline *p, const struct policy *policy);
  /* the daemon closes, and no batch is in flight any more */
  void (*stop)(struct pipeline *p);
  void (*published)(void *arg, uint64_t up_to);
  void *published_arg;
  void (*fatal)(void *arg, int rc);
  void *fatal_arg;
  void (*ready)(void *arg, int rc, const char *why);
  void *ready_arg;
  void (*reloaded)(void *arg, int rc, const char *why);
  void *reloaded_arg;
  size_t checking; /* authorities whose pair is being checked */
  int start_rc;
  char why[600];
  void (*destroyed)(void *arg);
  void *destroyed_arg;
  uint64_t started_ms, evaluations;
  struct instant started; /* the same, for people */
  struct pipeline_counts counts;
  int closing_handles;
};

/* state.c */
struct policy_slot *policy_slot_of(const struct pipeline *p,
                                   const char *authority); /* NULL: not served */
void pipeline_seal_position(const struct pipeline *p, uint64_t position, struct buf *out);
void give_answer(answered *done, void *arg, struct buf *b); /* and frees it */
/* inbox.c */
void inbox_init(struct pipeline *p);
void inbox_drop(struct pipeline *p);
struct note *note_add(struct pipeline *p, const char *authority, const char *kind,
                      const struct buf *json);
void note_free(struct note *n);
void cursor_saves_free(struct cursor_save *c);
void save_waits_answer(struct save_wait *w, int rc); /* and frees them */
/* history.c; the rest is in history.h */
void aside_add(struct pipeline *p, const char *authority, const struct hash256 *rules,
               const char *rule);
bool aside_drop(struct pipeline *p, const char *authority, const struct hash256 *rules,
                const char *rule);
void asides_finish(struct pipeline *p);
/* turn.c */
void turn_begin(struct pipeline *p);
/* due.c */
void due_mark(struct pipeline *p, struct person *person);
/* it came to nothing: as urgent as it was */
void due_mark_again(struct pipeline *p, const struct result *r);
void due_mark_school(struct pipeline *p, struct school *school); /* "-": the whole authority */
void due_mark_authority(struct pipeline *p, const char *authority, bool catalogue_moved);
/* what rules read of them moved */
void due_mark_effects(struct pipeline *p, struct authority *authority);
void due_settle(struct pipeline *p, struct person *person); /* its stand is what it should be */
bool due_feed(struct pipeline *p);
/* how much background work goes at once now */
size_t due_slice(const struct pipeline *p);
/* so much is to go at once from here on */
void due_turn_took(struct pipeline *p, uint64_t took_ns);
void due_helper_pools(struct pipeline *p);                        /* makes stale boards again */
void offer_list_stale(struct pipeline *p, struct school *school); /* an offer moved */
/* makes stale shelves again, not more often than every pause */
void due_offer_lists(struct pipeline *p, bool now);
/* a new one; NULL where no rule reads offers */
struct offer_list *offer_list_for(struct pipeline *p, const struct school *school);
void due_day(struct pipeline *p); /* the day moved */
void helper_pool_stale(struct pipeline *p, struct school *school);
bool due_result_valid(struct pipeline *p, const struct result *r);
/* not valid any more, and taken all the same */
bool due_result_of_its_time(const struct pipeline *p, const struct result *r);
void due_drop_result(struct pipeline *p, struct result *r);
/* for one more evaluation */
bool due_has_room(const struct pipeline *p, const struct policy *policy, enum urgency urgency);
void due_hand_over(struct pipeline *p, struct policy *policy, struct result *r,
                   const struct facts *facts, const struct buf *bytes);
/* person NULL: the caller says which school */
struct result *result_for(struct person *person, const struct policy *policy, int32_t day,
                          enum urgency urgency);
void result_failures(struct result *r, const struct policy *policy, const struct outcome *o);
void result_enqueue(struct pipeline *p, struct result *r);
void result_destroy(struct result *r);
struct result *results_take(struct results *list); /* the oldest; NULL: none */
bool basis_holds(const struct basis *was, const struct basis *is);
/* And the TOUCHED_ bit of what differs between the stands, when nothing else says so. */
uint32_t touched_with_reason(uint32_t touched, const struct basis *was, const struct basis *is);
#define TOUCHED_SCHOOL (1u << 24)
#define TOUCHED_DAY (1u << 25)
#define TOUCHED_RULES (1u << 26)
#define TOUCHED_CATALOGUE (1u << 27)
#define TOUCHED_NEEDS (1u << 28) /* of a school: somebody's needs */
/* cohort.c */
void cohort_mark(struct pipeline *p, struct school *school, uint64_t since /* 0 = now */,
                 uint32_t touched);
/* NULL: nobody there */
void cohort_tally(struct pipeline *p, struct person *person, const struct facts *facts);
void cohorts_feed(struct pipeline *p);
bool cohorts_settled(const struct pipeline *p, uint64_t position);
void cohort_take(struct result *r, const struct policy *policy, const struct facts *facts,
                 const struct outcome *o);
bool cohort_result_valid(const struct result *r);
void cohort_drop(struct pipeline *p, struct school *school, uint32_t touched);
void cohort_stage(struct turn *t, struct result *r);
void cohort_apply(struct pipeline *p, struct result *r);
/* compare.c */
void compare(struct pipeline *p, struct turn *t, struct result *r);
void publish_failure(struct pipeline *p, struct turn *t, const char *authority,
                     const struct hash256 *rules, const char *rule, const char *kind,
                     const char *message);
void publish_erased(struct pipeline *p, struct turn *t, const struct event *e);
void publish_aside(struct pipeline *p, struct turn *t, const struct note *n);
/* stats.c */
void count_answer(struct pipeline *p, const struct submission *s, int rc, uint64_t now_ns);
void count_published(struct turn *t, const char *type);
void count_turn(struct pipeline *p, const struct turn *t); /* it is committed */
void count_outcome(struct policy *policy, const struct outcome *o);
void rule_counts_take(struct policy *policy); /* its rules are known */
void rule_counts_free(struct policy_slot *s);
/* of whom somebody recorded something */
size_t people_of(const struct pipeline *p, const char *authority);
/* the same, of all authorities with rules */
size_t people_served(const struct pipeline *p);
/* failing.c */
void failing_take(const struct result *r); /* what it says is so from now on */
/* how many rules of a pair that is ready do, or did before */
size_t failing_rules(const struct pipeline *p, const struct policy_slot *s);
/* The members `fails`, of one rule of those that serve, and `failures_of`, of whom they tell. */
void json_fails(struct buf *b, const struct pipeline *p, const struct policy_slot *s, uint32_t rule,
                const struct rule_info *info);
void json_failures_of(struct buf *b, const struct pipeline *p, const struct policy_slot *s);
/* load.c */
struct event *journal_event(struct arena *a, const struct journal_row *row);
int load(struct pipeline *p, struct error *err);
/* settled.c */
void settled_check(struct pipeline *p);
void settled_drop(struct pipeline *p);
