/* internal - what the pipeline holds, and what its files do for each other.
 *
 * For this room and for those above that work on its state (policy/, questions/, register/);
 * everybody else knows pipeline.h. Files, lowest first:
 *
 * state.c      looking at it
 * cursors.c    the places of followers, until a turn saves them
 * inbox.c      what else waits for the next turn
 * history.c    what became of each authority's rules, as journaled
 * stats.c      what was counted
 * failing.c    for whom each rule fails now
 * due.c        who must be worked out again
 * lists.c      helper pools and offer lists made again
 * result.c     a finished evaluation until a turn takes it
 * feed.c       handing people who are due to the workers
 * cohort.c     all of that for schools as a whole
 * effects.c    what came of developments, counted once a day for rules
 * advice_diff.c which members of a recommendation differ, and whether that is minor
 * publication.c one row of the outbox
 * compare.c    new advice against the current advice -> publications
 * settled.c    who waits until everything is worked out
 * turn.c       a turn: judge submissions, put everything that came into one batch, apply it to
 *              memory after the commit
 * load.c       from the store into memory at start
 * pipeline.c   the turn of the loop, start, reload and stop
 *
 * What a file of another room needs of its own is kept here as a pointer and known there alone. */
#pragma once

#include <sys/queue.h>

#include "base/clock_guard.h"
#include "needs/helper_pool.h"
#include "needs/needs.h"
#include "needs/offer_list.h"
#include "pipeline/history.h"
#include "pipeline/pipeline.h"
#include "pipeline/stats.h"
#include "pipeline/work.h"

/* Moves when the same facts, rules, catalogue and day would give other advice: then everybody is
 * worked out anew. 2: a job title gives a post where no role is said; an answer speaks for a time.
 * 3: rules read priorities and offers; a run may keep 4 MiB, a text has 240 bytes. 4: an id holds a
 * competence's key whole, however long; ratings follow an exact row of crosswalk.csv. */
#define ENGINE_NUMBER 5
#define TURN_MAX_EVENTS 1024
#define TURN_MAX_BYTES (4u * 1024 * 1024)
#define TURN_MAX_RESULTS 1024

/* What moved just now goes before what is worked through in the background. */
enum urgency {
  LIVE,
  BACKGROUND,
  URGENCIES
};

TAILQ_HEAD(persons, person);

/* A rule set with its catalogue, being checked, current, or the last good one. */
struct policy {
  struct pipeline *pipeline;
  LIST_ENTRY(policy) link; /* pipeline.policies */
  struct policy_slot *slot;
  struct buf rules_bytes, catalogue_bytes;
  struct hash256 rules, catalogue_hash; /* of the bundles */
  /* rules less what is set aside: what advice is made under */
  struct hash256 identity;
  struct catalogue *catalogue;
  struct ruleset *ruleset;
  bool ready; /* its worker has loaded the rules */
  /* as its worker said: by the text, so that it stays while the rules are opened again */
  bool reads_offers;
  char **aside;
  size_t n_aside;
  struct fault_list changes; /* which records change their meaning when it takes over: warnings */
  LIST_HEAD(, evaluation) evaluations; /* with its worker */
  /* one for each rule, once its worker has loaded them; owned by the slot */
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
  SLIST_ENTRY(rule_count) link;
};
/* One authority, its current policy and the next one. */
struct policy_slot {
  struct pipeline *pipeline;
  char *code;

  /* what the configuration says */
  struct sources {
    char *name, *rules_dir, *catalogue_dir;
    struct approval_limits limits;
  } now, asked; /* of the current policy, and of the one being checked */
  /* of the configured directories' own files, as they were read last */
  struct hash256 own;

  /* policies */
  struct policy *policy; /* the current one; NULL before the first */
  struct policy *next;   /* being checked for a reload, or at start */
  struct policy
      *to_publish; /* being checked for the author who publishes it: no reload touches it */
  size_t n_opened; /* workers of candidates */

  /* the check of `next` */
  void (*checked)(void *arg, struct policy_slot *s, bool good);
  void *checked_arg;
  struct fault_list refused; /* why the configured policy is not the current one */
  bool is_refused;
  bool from_store; /* `next` is what was published last, not what is configured */
  /* a reload found that a publication later than the directories remains in force */
  bool keeps;
  bool check_waits; /* for a publication that is under way */

  /* publications, as journaled */
  uint64_t position; /* in the journal, of the last one */
  bool published;
  struct hash256 published_rules, published_catalogue;
  struct history history;
  struct publishing *publishing; /* through the door, until it is committed */

  /* People to be handed to the worker: first those whose own facts or school moved, then those who
   * are looked at because of new rules or a new day. */
  struct persons feed[URGENCIES];
  size_t evaluating[URGENCIES]; /* with the worker */
  /* people last worked out under an older policy; of how many when the current one took over */
  size_t renewing, renewing_of;
  size_t tried;                         /* people who were worked out since the start */
  uint64_t down_since_ms;               /* the rules break outside any rule: no worker at all */
  SLIST_HEAD(, rule_count) rule_counts; /* of every rule there was */
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
  STAILQ_ENTRY(result) link; /* inbox.results, or the turn's */
  /* made by compare, applied after the commit */
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
  struct result *result;       /* in the making; its arena holds the facts */
  LIST_ENTRY(evaluation) link; /* policy.evaluations */
};
struct cursor_save {
  char *principal, *name;
  uint64_t position;
  SLIST_ENTRY(cursor_save) link;
};
/* Somebody waits until the places saved so far are on disk. */
struct save_wait {
  void (*done)(void *arg, int rc);
  void *arg;
  SLIST_ENTRY(save_wait) link;
};
/* A journal row of the daemon's own; a publication brings its bundles along. */
struct note {
  enum note_kind kind;
  char *authority, *json;
  struct buf rules_bytes, catalogue_bytes;
  struct hash256 rules, catalogue;
  void (*committed)(struct pipeline *p, struct note *n);
  void *arg;
  uint64_t position;
  STAILQ_ENTRY(note) link;
};
struct day_change {
  int32_t day;
  int rc; /* of its own, when the commit went well */
  void (*done)(void *arg, int rc, uint64_t position);
  void *arg;
  STAILQ_ENTRY(day_change) link;
};
struct settled {
  uint64_t position;
  answered *done;
  void *arg;
  uint64_t give_up_ms;
  LIST_ENTRY(settled) link;
};

STAILQ_HEAD(submissions, submission);
STAILQ_HEAD(notes, note);
STAILQ_HEAD(day_changes, day_change);
STAILQ_HEAD(result_list, result);
SLIST_HEAD(cursor_saves, cursor_save);
SLIST_HEAD(save_waits, save_wait);

/* What waits for the next turn (inbox.c). */
struct inbox {
  struct submissions submissions;
  size_t n_events;    /* in them */
  uint64_t pushed_ms; /* when something was submitted last */
  struct results {
    struct result_list list;
    size_t n;
  } results[URGENCIES]; /* finished evaluations */
  struct notes notes;
  struct day_changes days;
  struct cursor_saves cursors;
  struct save_waits save_waits;
};

/* Who must be worked out again (due.c, lists.c, cohort.c). */
struct due {
  struct persons persons;            /* oldest first */
  size_t n, in_flight;               /* how many; evaluations with workers */
  LIST_HEAD(, school) schools;       /* as a whole */
  SLIST_HEAD(, school) helper_pools; /* to make again */
  SLIST_HEAD(, school) offer_lists;  /* the same */
  uint64_t offers_made_ms;           /* when some were, last */
  uint64_t pause_ms; /* between two looks at what concerns many (pipeline_options) */
  /* counts what moved; an epoch is its value at the last move of the person or school */
  uint64_t moves;
  size_t slice;               /* of background work in a turn while somebody pushes */
  SLIST_HEAD(, school) moved; /* schools whose own facts moved in this turn */
};

/* An accepted event of the turn. */
struct accepted_event {
  struct event *kept;
  uint64_t position;
};

/* What is in flight between batch_create and its commit. */
struct turn {
  struct pipeline *pipeline;
  struct batch *batch;
  uint64_t began_ns;
  bool urgent; /* the disk is full: only what may have the reserve */

  /* taken from the inbox, to be answered after the commit */
  struct submissions submissions;
  struct result_list results;
  struct notes notes;
  struct day_changes days;
  struct cursor_saves cursors;
  struct save_waits save_waits;

  /* accepted events, to be folded into memory after it */
  struct accepted_event *events;
  size_t n_events, cap_events, bytes;
  struct hashmap identities; /* identity -> struct event of its submission */
  struct event **erased;     /* person.erase among them */
  size_t n_erased, cap_erased;

  /* what memory becomes when it is committed */
  uint64_t position, publication; /* last used */
  int32_t day;
  uint64_t person_id;
  struct hash128 *failures; /* published for the first time in this turn: keys of pipeline.failed */
  size_t n_failures, cap_failures;
  struct school **numbered; /* schools whose sequence this turn moves */
  size_t n_numbered, cap_numbered;
  uint64_t published[PUBLICATION_TYPES];
};

struct pipeline {
  uv_loop_t *loop;
  struct store *store;
  struct pool *pool;
  struct people people;
  char *share;     /* where the shipped rules/ and catalogue/ lie */
  bool day_manual; /* the day moves by pipeline_set_day alone */

  /* as committed */
  int32_t day;
  uint64_t position, publication; /* of the journal, of the outbox */
  uint64_t last_person_id;

  /* rules and catalogues */
  LIST_HEAD(, policy) policies; /* all of them */
  struct policy_slot **slots;   /* one for each authority */
  size_t n_slots;
  struct aside *asides; /* rules set aside */
  size_t n_asides;
  struct hashmap failed; /* rule failures published: hash of authority, rules, rule -> this */

  /* the turn */
  struct inbox inbox;
  struct turn *turn; /* under way; NULL: none */
  struct due due;
  LIST_HEAD(, settled) settled; /* waiting for an answer */
  struct disk {
    bool full, said_full;
    uint64_t retry_at_ms;
  } disk;
  struct handles {
    uv_prepare_t prepare;
    uv_idle_t idle;   /* runs only while there is feeding left, so that the loop does not sleep */
    uv_timer_t retry; /* after a full disk; for settled questions */
  } handles;

  /* work of the rooms above, known there alone */
  struct policy_candidate *candidates; /* policy/; newest first */
  struct diff *diffs;                  /* policy/; newest first */
  struct explanation *explaining;      /* questions/ */
  struct why *wondering;               /* questions/; newest first */
  struct verification *verifying;      /* questions/ */
  struct registering *registering;     /* register/ */

  /* start, reload, stop, and whom to call (pipeline.c) */
  struct life {
    size_t checking; /* authorities whose policy is being checked */
    int start_rc;
    char why[600]; /* the first fault, for `ready` and `reloaded` */
    bool closing;
    int closing_handles;
    void (*ready)(void *arg, int rc, const char *why);
    void *ready_arg;
    void (*reloaded)(void *arg, int rc, const char *why);
    void *reloaded_arg;
    void (*published)(void *arg, uint64_t up_to);
    void *published_arg;
    void (*fatal)(void *arg, int rc);
    void *fatal_arg;
    void (*destroyed)(void *arg);
    void *destroyed_arg;
    /* a worker is gone: questions that wait for it must be answered */
    void (*rules_gone)(struct pipeline *p, const struct policy *policy);
    /* the daemon closes, and no batch is in flight any more */
    void (*stop)(struct pipeline *p);
  } life;

  /* for metrics and health */
  uint64_t started_ms;
  struct instant started; /* the same, for people */
  uint64_t evaluations;   /* of people */
  struct pipeline_counts counts;
};

/* state.c */
struct policy_slot *policy_slot_of(const struct pipeline *p,
                                   const char *authority); /* NULL: not configured */
void pipeline_seal_position(const struct pipeline *p, uint64_t position, struct buf *out);
void give_answer(answered *done, void *arg, struct buf *b); /* and frees it */
/* inbox.c */
void inbox_init(struct inbox *inbox);
void inbox_drop(struct inbox *inbox); /* answers -EBUSY to everybody who waits */
struct note *note_add(struct pipeline *p, const char *authority, enum note_kind kind,
                      const struct buf *json);
void note_free(struct note *n);
/* cursors.c */
void cursor_saves_free(struct cursor_saves *saves);
void save_waits_answer(struct save_waits *waits, int rc); /* and frees them */
/* history.c; the rest is in history.h */
void aside_add(struct pipeline *p, const char *authority, const struct hash256 *rules,
               const char *rule);
bool aside_drop(struct pipeline *p, const char *authority, const struct hash256 *rules,
                const char *rule);
void asides_finish(struct pipeline *p);
/* turn.c */
void turn_begin(struct pipeline *p);
/* due.c */
/* Somebody's own facts moved. */
void due_mark(struct pipeline *p, struct person *person);
/* The result came to nothing: the person waits again, as urgently as before. */
void due_mark_again(struct pipeline *p, const struct result *r);
/* What is read of the school moved: its people and the school as a whole; "-": everybody of the
 * authority. */
void due_mark_school(struct pipeline *p, struct school *school);
/* The same, for "-" too only what is recorded there. */
void due_mark_own(struct pipeline *p, struct school *school);
/* Another policy is the current one. */
void due_mark_authority(struct pipeline *p, const char *authority, bool catalogue_moved);
/* What rules read of developments' outcomes moved. */
void due_mark_effects(struct pipeline *p, struct authority *authority);
void due_settle(struct pipeline *p, struct person *person); /* the advice is up to date */
void due_unqueue(struct policy_slot *s, struct person *person);
void due_day(struct pipeline *p); /* the day moved */
/* Nothing that advice was made from differs. */
bool basis_holds(const struct basis *was, const struct basis *is);
/* And the TOUCHED_ bit of what differs, when nothing else says so. */
uint32_t touched_with_reason(uint32_t touched, const struct basis *was, const struct basis *is);
#define TOUCHED_SCHOOL (1u << 24)
#define TOUCHED_DAY (1u << 25)
#define TOUCHED_RULES (1u << 26)
#define TOUCHED_CATALOGUE (1u << 27)
#define TOUCHED_NEEDS (1u << 28) /* of a school: somebody's needs */
/* lists.c */
void helper_pool_stale(struct pipeline *p, struct school *school);
void helper_pool_make(struct pipeline *p, struct school *school); /* now, whatever it says */
void helper_pools_make(struct pipeline *p); /* the stale ones; who may be concerned is due */
void offer_list_stale(struct pipeline *p, struct school *school);
void offer_list_make(struct pipeline *p, struct school *school);
/* The stale ones, not more often than every pause, or (now) at once. */
void offer_lists_make(struct pipeline *p, bool now);
/* A new one, the caller's; NULL where no rule reads offers. */
struct offer_list *offer_list_for(struct pipeline *p, const struct school *school);
/* feed.c */
/* Hands people to the workers. True when there is more to look at than one turn of the loop
 * should: after a publication everybody is looked at. */
bool feed_people(struct pipeline *p);
size_t feed_slice(const struct pipeline *p); /* background work that goes at once now */
void feed_turn_took(struct pipeline *p, uint64_t took_ns); /* which decides the next slice */
bool feed_has_room(const struct pipeline *p, const struct policy *policy, enum urgency urgency);
/* The bytes that rules would be given, and their hash and next_change_day in `basis`. False: the
 * person is not to be advised, and there are none. */
bool feed_facts(struct pipeline *p, const struct policy *policy, struct person *person,
                struct arena *a, struct facts *ret, struct buf *bytes, struct basis *basis);
void feed_hand_over(struct pipeline *p, struct policy *policy, struct result *r,
                    const struct facts *facts, const struct buf *bytes);
/* result.c */
/* `person` NULL: the caller sets the school. */
struct result *result_for(struct person *person, const struct policy *policy, int32_t day,
                          enum urgency urgency);
void result_failures(struct result *r, const struct policy *policy, const struct outcome *o);
void result_destroy(struct result *r);
void result_enqueue(struct pipeline *p, struct result *r);
struct result *results_take(struct results *results); /* the oldest; NULL: none */
bool result_valid(struct pipeline *p, const struct result *r);
/* Not valid any more, and taken all the same. */
bool result_of_its_time(const struct pipeline *p, const struct result *r);
void result_drop(struct pipeline *p, struct result *r); /* the person or school stays due */
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
void cohort_write(struct turn *t, struct result *r);
void cohort_apply(struct pipeline *p, struct result *r);
/* advice_diff.c */
/* Adds the names of members that differ to an open JSON list. True: at least one is not minor. */
bool advice_changes(struct buf *out, const struct advice *a, const struct current_advice *was);
/* publication.c */
struct advice_words {
  const char *issued, *changed, *withdrawn; /* types */
  const char *id;                           /* the member that names it */
};
/* What the envelope says. */
struct publication {
  const struct advice_words *words;         /* of advice */
  const char *authority, *school, *subject; /* subject may be NULL */
  const char *type, *audience, *weight, *cause;
};

/* Writes the envelope around `data` and adds the row to the turn's batch. Returns its position in
 * the outbox. */
uint64_t publication_write(struct pipeline *p, struct turn *t, const struct publication *what,
                           const struct buf *data);
void publish_failure(struct pipeline *p, struct turn *t, const char *authority,
                     const struct hash256 *rules, const char *rule, const char *kind,
                     const char *message);
void publish_erased(struct pipeline *p, struct turn *t, const struct event *e);
void publish_aside(struct pipeline *p, struct turn *t, const struct note *n);
/* compare.c */
/* Publishes what differs from the current advice, and sets result.current to what is current from
 * the commit on. */
void compare(struct pipeline *p, struct turn *t, struct result *r);
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
/* how many rules of a policy that is ready fail now, or did before */
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
