/* state - what the files of the pipeline share. Nobody else includes this.
 *
 * pipeline.c   the story: one turn after the other, and life (create, reload, destroy)
 * stage.c      a turn: judge submissions, put everything that came into one batch, apply it to memory after the commit
 * due.c        who must be evaluated, and handing them to the workers
 * cohort.c     the same for schools as a whole
 * compare.c    the new advice against what stands -> publications
 * authority.c  rule set and catalogue of each authority: check, publish as a pair, rules set aside
 * draft.c      pairs opened beside those that serve: proposed ones, and those that a diff compares
 * publish.c    what authors do with them: publish, approve, roll back, restore; history.c what became of it
 * effects.c    what came of developments, counted once a day for rules
 * load.c       from the store into memory at start
 * stats.c      what was counted
 * answer.c     questions about a person and what is served; overview.c about many; explain.c why; members.c their small words
 * why.c        why in short, and the nearest way in; change.c what to try; reasons.c how it is told
 * diff.c       what other rules would change: difference.c of one person, tally.c of all, fees.c what it costs, borrowed.c
 *              the boards and shelves that the other rules would have
 * titles.c     job titles that wait; said.c what people answered; verify.c the journal once more
 * register.c   the open register of rules: lineage.c who published what, told.c which rules spoke, counted.c what became of it
 */
#pragma once

#include "needs/board.h"
#include "needs/needs.h"
#include "needs/shelf.h"
#include "pipeline.h"
#include "pipeline/history.h"
#include "pipeline/serving.h"
#include "pipeline/stats.h"

/* Moves when the same facts, rules, catalogue and day would give other advice: then everybody is worked out anew. 2: a job title
 * gives a post where no role is said; an answer speaks for a time. 3: rules read priorities and offers; a run may keep 4 MiB, a text
 * has 240 bytes. */
#define ENGINE_NUMBER 3
#define TURN_MAX_EVENTS 1024
#define TURN_MAX_BYTES (4u * 1024 * 1024)
#define TURN_MAX_RESULTS 1024

/* What moved just now goes before what is worked through in the background. */
enum urgency { LIVE, BACKGROUND, URGENCIES };

/* A pair of rule set and catalogue, checked or being checked, serving or the last good one. */
struct pair {
  struct pipeline *pipeline;
  struct pair *next, *prev; /* pipeline.pairs */
  struct serving *serving;
  struct buf rules_bytes, catalogue_bytes;
  struct hash256 rules, catalogue_hash; /* of the bundles */
  struct hash256 identity;              /* rules less what is set aside: what a stand is made under */
  struct catalogue *catalogue;
  struct ruleset *ruleset;
  bool ready; /* its worker has loaded the rules */
  bool reads_offers; /* as its worker said: by the text, so that it stays while the rules are opened again */
  char **aside;
  size_t n_aside;
  struct evaluation *evaluations;
  struct rule_count **counts; /* one for each rule, once its worker has loaded them; the serving's */
  uint32_t n_counts;
};
/* What one rule did, by its name: outlives the rule set. */
struct rule_count {
  char *rule;
  uint64_t proposals, failures[FAILURE_KINDS];
  struct rule_count *next;
};
/* One authority and what it serves. */
struct serving {
  struct pipeline *pipeline;
  char *code;
  struct sources {
    char *name, *rules_dir, *catalogue_dir;
    struct approval_limits limits;
  } now, asked;              /* as configured: what serves, and what is being checked */
  struct pair *pair;         /* serving; NULL before the first */
  struct pair *next;         /* being checked for a reload, or at start */
  struct pair *to_publish;   /* being checked for whoever publishes it: no reload touches it */
  struct fault_list refused; /* why the configured pair is not the one that serves */
  bool is_refused;
  uint64_t position;                                   /* journal position of the last publication of a pair */
  struct hash256 published_rules, published_catalogue; /* as journaled last */
  bool published;
  struct history history;
  struct hash256 own;            /* of the configured directories' own files, as they were read last */
  bool from_store;               /* `next` is what was published last, not what is configured */
  bool keeps;                    /* a reload found that what was published later than the directories serves on */
  bool check_waits;              /* for a publication that is under way */
  size_t n_opened;               /* workers of drafts */
  struct publishing *publishing; /* through the door, until it is committed */
  /* People to be handed to the worker: those whose own facts or school moved first, then those who are only to be looked at
   * under new rules or on a new day. */
  struct feed {
    struct person *head, *tail;
  } feed[URGENCIES];
  size_t evaluating[URGENCIES]; /* with the worker */
  size_t renewing, renewing_of; /* people who stand under an older pair; of how many when it took over */
  struct rule_count *rule_counts;       /* of every rule there was */
  uint64_t down_since_ms;               /* the rules break outside any rule: no worker at all */
  void (*checked)(void *arg, struct serving *s, bool good);
  void *checked_arg;
};
/* A rule set aside, as journaled: authority, rule set, rule. */
struct aside {
  char *authority, *rule;
  struct hash256 rules;
};
/* The finished evaluation of one person, or of one school, waiting for a turn. */
struct result {
  struct arena arena; /* holds advice */
  struct person *person; /* NULL: of the school as a whole */
  struct school *school; /* NULL: of a person */
  uint64_t epoch;
  uint32_t touched;
  struct stand stand;
  struct advice_list advice;
  struct failure_note {
    const char *rule, *kind, *message;
  } * failures;
  uint32_t n_failures;
  struct hash256 rules;
  enum urgency urgency;
  struct result *next;
  /* made while staging, applied after the commit */
  struct standing *standing;
  uint32_t n_standing;
  uint64_t new_id; /* of the person's row, when this is the first */
  bool changed;    /* something was published */
};
/* One evaluation with a worker. */
struct evaluation {
  struct pipeline *pipeline;
  struct pair *pair;
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
  uv_idle_t idle;   /* runs only while there is feeding left to do, so that the loop does not sleep on it */
  uv_timer_t retry; /* after a full disk; for settled questions */
  bool day_manual, closing, full, said_full;
  uint64_t retry_at_ms; /* on a full disk */
  char *share;
  int32_t day;
  uint64_t position, publication; /* committed */
  uint64_t last_person_id;
  struct pair *pairs; /* all of them */
  struct serving **servings;
  size_t n_servings;
  struct aside *asides;
  size_t n_asides;
  struct turn *turn;
  struct submission *submissions, **submissions_end;
  size_t n_waiting; /* events of submissions not yet staged */
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
  struct explanation *explaining;
  struct why *wondering; /* the newest first */
  struct verification *verifying;
  struct registering *registering;
  struct diff *diffs; /* newest first */
  struct draft *drafts; /* newest first */
  struct person *due_head, *due_tail; /* not settled, oldest first */
  struct school *stale;               /* boards to make again */
  struct school *shelves;             /* to make again: their offers moved */
  uint64_t shelved_ms;                /* when some were, last */
  struct school *schools_due;         /* as a whole */
  uint64_t pause_ms;
  uint64_t moves;                     /* counts what moved; a person's epoch is its value at the last of theirs */
  size_t n_due, n_in_flight;
  struct school *moved;  /* schools whose own facts moved in this turn */
  struct hashmap failed; /* rule failures published: hash of authority, rules, rule -> this */
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
  struct pipeline_counts counts;
  int closing_handles;
};

/* stage.c */
void turn_begin(struct pipeline *p);
/* due.c */
void due_mark(struct pipeline *p, struct person *person);
void due_mark_again(struct pipeline *p, const struct result *r); /* it came to nothing: as urgent as it was */
void due_mark_school(struct pipeline *p, struct school *school); /* "-": the whole authority */
void due_mark_authority(struct pipeline *p, const char *authority, bool catalogue_moved);
void due_mark_effects(struct pipeline *p, struct authority *authority); /* what rules read of them moved */
void due_settle(struct pipeline *p, struct person *person); /* its stand is what it should be */
bool due_feed(struct pipeline *p);
size_t due_slice(const struct pipeline *p);                /* how much background work goes at once now */
void due_turn_took(struct pipeline *p, uint64_t took_ns);  /* so much is to go at once from here on */
void due_boards(struct pipeline *p); /* makes stale boards again */
void shelf_stale(struct pipeline *p, struct school *school); /* an offer moved */
void due_shelves(struct pipeline *p, bool now);              /* makes stale shelves again, not more often than every pause */
struct shelf *shelf_for(struct pipeline *p, const struct school *school); /* a new one; NULL where no rule reads offers */
void due_day(struct pipeline *p);    /* the day moved */
void board_stale(struct pipeline *p, struct school *school);
bool due_result_valid(struct pipeline *p, const struct result *r);
void due_drop_result(struct pipeline *p, struct result *r);
bool due_has_room(const struct pipeline *p, const struct pair *pair, enum urgency urgency); /* for one more evaluation */
void due_hand_over(struct pipeline *p, struct pair *pair, struct result *r, const struct facts *facts, const struct buf *bytes);
/* person NULL: the caller says which school */
struct result *result_for(struct person *person, const struct pair *pair, int32_t day, enum urgency urgency);
void result_failures(struct result *r, const struct outcome *o, const struct rule_info *rules);
void result_enqueue(struct pipeline *p, struct result *r);
void result_destroy(struct result *r);
struct result *results_take(struct results *list); /* the oldest; NULL: none */
bool stand_holds(const struct stand *was, const struct stand *is);
/* And the TOUCHED_ bit of what differs between the stands, when nothing else says so. */
uint32_t touched_with_reason(uint32_t touched, const struct stand *was, const struct stand *is);
#define TOUCHED_SCHOOL (1u << 24)
#define TOUCHED_DAY (1u << 25)
#define TOUCHED_RULES (1u << 26)
#define TOUCHED_CATALOGUE (1u << 27)
#define TOUCHED_NEEDS (1u << 28) /* of a school: somebody's needs */
/* cohort.c */
void cohort_mark(struct pipeline *p, struct school *school, uint64_t since /* 0 = now */, uint32_t touched);
void cohort_tally(struct pipeline *p, struct person *person, const struct facts *facts); /* NULL: nobody there */
void cohorts_feed(struct pipeline *p);
bool cohorts_settled(const struct pipeline *p, uint64_t position);
void cohort_take(struct result *r, const struct pair *pair, const struct facts *facts, const struct outcome *o);
bool cohort_result_valid(const struct result *r);
void cohort_drop(struct pipeline *p, struct school *school, uint32_t touched);
void cohort_stage(struct turn *t, struct result *r);
void cohort_apply(struct pipeline *p, struct result *r);
/* compare.c */
void compare(struct pipeline *p, struct turn *t, struct result *r);
void publish_failure(struct pipeline *p, struct turn *t, const char *authority, const struct hash256 *rules, const char *rule,
                     const char *kind, const char *message);
void publish_erased(struct pipeline *p, struct turn *t, const struct event *e);
void publish_aside(struct pipeline *p, struct turn *t, const struct note *n);
/* authority.c */
struct serving *serving_of(const struct pipeline *p, const char *authority);
int serving_fall_back(struct serving *s, void (*checked)(void *arg, struct serving *s, bool good), void *arg);
void serving_ask(struct serving *s, const struct pipeline_authority *a); /* what the next check is of */
void serving_take_over(struct serving *s);                               /* the checked pair serves from here on */
void serving_keep(struct serving *s);                                    /* what serves already serves on, as configured now */
void serving_drop_next(struct serving *s);                               /* it does not: another authority's was faulty */
void serving_drop_publication(struct serving *s);                        /* it was refused */
/* A checked pair that somebody published serves; its note is the one to wait for. NULL words: of the configuration. */
struct publication_words {
  const char *name, *by, *approved_by, *rollback_of;
};
struct note *serving_switch(struct serving *s, const struct publication_words *words);
void serving_check_pair(struct serving *s, struct pair *pair_take); /* publish_checked comes, maybe at once */
void serving_reopen(struct serving *s);                            /* the pair that serves, under the rules set aside now */
void serving_check(struct serving *s, void (*checked)(void *arg, struct serving *s, bool good), void *arg);
void serving_check_waiting(struct serving *s); /* the publication that it waited for is over */
void serving_free(struct serving *s);
struct pair *pair_create(struct serving *s); /* empty: the bytes are the caller's to put in */
struct pair *pair_copy(const struct pair *from);     /* the bytes alone */
int pair_read_stored(struct pair *pair, const struct hash256 *rules, const struct hash256 *catalogue);
int pair_decode_catalogue(struct pair *pair, struct fault_list *faults);
void pair_open(struct pair *pair, const struct ruleset_callbacks *callbacks, void *arg); /* starts its worker */
void pair_destroy(struct pair *pair);
void aside_add(struct pipeline *p, const char *authority, const struct hash256 *rules, const char *rule);
bool aside_drop(struct pipeline *p, const char *authority, const struct hash256 *rules, const char *rule);
/* publish.c */
void publish_checked(struct serving *s, const struct fault_list *faults); /* NULL: the pair that is published may serve */
void publish_committed(struct serving *s, const struct note *n);
void publish_drop(struct serving *s);
/* stats.c */
void count_answer(struct pipeline *p, const struct submission *s, int rc, uint64_t now_ns);
void count_published(struct turn *t, const char *type);
void count_turn(struct pipeline *p, const struct turn *t); /* it is committed */
void count_outcome(struct pair *pair, const struct outcome *o);
void rule_counts_take(struct pair *pair); /* its rules are known */
void rule_counts_free(struct serving *s);
/* load.c */
struct event *journal_event(struct arena *a, const struct journal_row *row);
int load(struct pipeline *p, struct error *err);
/* answer.c, explain.c */
void settled_check(struct pipeline *p);
void settled_drop(struct pipeline *p);
void explanations_drop(struct pipeline *p, const struct pair *pair);
void whys_drop(struct pipeline *p, const struct pair *pair);
void pipeline_seal_position(const struct pipeline *p, uint64_t position, struct buf *out);
/* verify.c */
void verification_drop(struct pipeline *p, const struct pair *pair);
bool verify_step(struct pipeline *p); /* true while there is more of the journal to fold */
/* register.c */
void register_drop(struct pipeline *p);
bool register_step(struct pipeline *p); /* true while there is more to read or to count */
/* diff.c */
bool diff_step(struct pipeline *p);  /* true while there is more to hand to workers at once */
void diffs_drop(struct pipeline *p); /* the daemon stops; after drafts_drop */
/* pipeline.c */
struct note *note_add(struct pipeline *p, const char *authority, const char *kind, const struct buf *json);
void note_free(struct note *n);
void cursor_saves_free(struct cursor_save *c);
void save_waits_answer(struct save_wait *w, int rc); /* and frees them */
void pipeline_stop(struct pipeline *p);
