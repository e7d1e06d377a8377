/* people - what the daemon knows, in memory: authorities, schools, persons, their facts as folded
 * from the journal, and the advice that is current.
 *
 * Holds committed events only (the pipeline applies a batch after its commit). The fold is
 * commutative: a person's facts are the *set* of journaled events, kept sorted by (time, source,
 * id); an event is dead when it is withdrawn, or named in `supersedes` by an event that is not
 * withdrawn, in whichever order they arrive. What the facts mean on a day is worked out by needs/,
 * never here. The journal is the truth: this is rebuilt from it at start. */
#pragma once

#include "base/hash.h"
#include "event/event.h"

struct school;
struct authority;
struct policy_slot;
struct person_work; /* what the pipeline knows: pipeline/work.h */
struct school_work;

/* One journaled event as memory keeps it. */
struct fact {
  struct event *event;   /* one block, owned */
  struct person *person; /* NULL for school, priority, provision */
  struct school *school;
  uint64_t position;     /* in the journal */
  struct record *record; /* its own identity entry */
};
/* What is known about an identity: seen, or only named by another event. */
struct record {
  struct hash128 identity, content;
  struct fact *fact;         /* NULL: not seen, or seen without a fact (record.withdrawn) */
  struct record *supersedes; /* what its event names, NULL */
  bool seen, withdrawn;
  uint32_t superseders; /* events not withdrawn that name it in `supersedes` */
};
static inline bool record_dead(const struct record *r) {
  return r->withdrawn || r->superseders > 0;
}
static inline bool fact_live(const struct fact *f) {
  return !record_dead(f->record);
}

struct fact_list {
  struct fact **items;
  size_t n, cap;
}; /* sorted by (time, source, id) */

/* One current recommendation, as last published. */
struct current_advice {
  char *id;
  uint32_t round;
  char *advice; /* canonical JSON of 4.4 without `stand`; what is compared */
  size_t len;
  uint64_t publication; /* outbox position of its last issued or changed */
};
/* What the last evaluation was made from; zero `facts`: there was none. */
struct basis {
  uint64_t number; /* person->number then */
  /* hash of the facts as sent to the worker, school facts included */
  struct hash128 facts;
  struct hash256 rules, catalogue; /* rule set identity (less rules set aside) */
  /* evaluated on; next day on which anything changes by itself, INT32_MAX = never */
  int32_t day, next_change_day;
  uint32_t engine;
};
struct person {
  char *subject;
  struct school *school;
  uint64_t id; /* row in the store; 0: none yet */

  /* what is known */
  struct fact_list facts;
  uint64_t number;  /* journal position of the newest event that moved these facts */
  uint32_t touched; /* a bit for each event_kind that moved them since they were last looked at, and
                       the pipeline's TOUCHED_*: the cause of the next publication */
  bool erased;
  bool counted; /* in school.n_known; people.c's own */

  /* what is advised, as in the store */
  struct current_advice *current;
  size_t n_current;
  struct basis basis;
  char *held; /* JSON list of what was held back, with reasons; not compared, not published */

  /* what the person adds to the school's counts (needs/cohort.h), as of the last look; one block */
  struct tally *tally;
  struct person_work *work;
};
struct school {
  struct authority *authority;
  char *code;
  struct person **persons; /* by subject, sorted */
  size_t n_persons, cap_persons;
  size_t n_known; /* of them, those whom person_known() is true of */

  /* what is known */
  struct fact_list facts; /* school, provision */
  /* read at every evaluation, so apart from the offers, of which there may be many */
  struct fact_list priorities;

  /* what is advised to the school as a whole, as in the store; the basis has number 0 */
  uint64_t sequence; /* of the last publication */
  struct current_advice *current;
  size_t n_current;
  struct basis basis;

  /* worked out from the facts of everybody in it, kept current by the pipeline */
  struct helper_pool *helper_pool; /* who can help with what (needs/helper_pool.h) */
  struct offer_list *offer_list;   /* what can be booked (needs/offer_list.h) */
  struct school_work *work;
};
struct authority {
  char *code;
  /* sorted by code; "-" is one of them when it has facts or publications */
  struct school **schools;
  size_t n_schools, cap_schools;
  struct policy_slot *slot; /* its rules and catalogue (policy/); NULL: none are in force */
  /* what came of developments (needs/effect.h), as journaled last, made by the pipeline; NULL:
   * nothing was */
  struct effects *effects;
  bool reads_effects; /* the current rules read them */
};

/* What somebody above keeps beside each person and school: `person` and `school` bytes in the same
 * block, zeroed, behind `work`. Without one, `work` is NULL. */
struct people_work {
  size_t person, school;
  void (*person_finish)(struct person_work *w);
  void (*school_finish)(struct school_work *w);
};
struct people {
  struct authority **authorities;
  size_t n_authorities;
  struct hashmap records; /* identity -> struct record */
  unsigned char key[32];
  uint64_t position;              /* last journal position applied */
  const struct people_work *work; /* NULL: nothing is kept beside them */
};

/* `key` hashes identities. `work` may be NULL; else it lives as long as the people do. */
void people_init(struct people *p, const unsigned char key[32], const struct people_work *work);
void people_finish(struct people *p);
struct authority *people_authority(struct people *p, const char *code, bool create);
struct school *people_school(struct people *p, const char *authority, const char *school,
                             bool create);
/* "-": what concerns the whole authority; NULL: nothing does */
struct school *people_wide(const struct authority *authority);
struct person *people_person(struct people *p, const char *authority, const char *school,
                             const char *subject, bool create);
const struct record *people_record(const struct people *p, struct hash128 identity);

/* Erased people: nothing more is taken about them. */
bool people_erased(const struct people *p, const char *authority, const char *school,
                   const char *subject);

/* Called for every person or school whose facts an applied event moved (several times for one event
 * is fine). `person` NULL = all of the school; school "-" = the whole authority. */
typedef void people_moved(void *arg, struct school *school, struct person *person,
                          const struct event_type *why);

/* Folds one journaled event. Takes `event_take` (from event_keep). Duplicates must not reach
 * it. */
void people_apply(struct people *p, struct event *event_take, uint64_t position,
                  people_moved *moved, void *arg);

/* Whether anybody recorded the person: a live post, appraisal, assessment, achievement or
 * preference, and not erased. An id that is known only from answers, agreements, leaving or
 * restrictions may be a typing error: its facts wait here for the record, and nobody is shown or
 * counted meanwhile. The same in any order of arrival. */
bool person_known(const struct person *person);
/* Whether anything was recorded about the school, or published to it. As of a person, otherwise. */
bool school_known(const struct school *school);

/* Every person, in order of authority, school, subject. */
typedef int people_each_fn(void *arg, struct person *person);
int people_each(struct people *p, people_each_fn *each, void *arg);

/* The newest live fact of a kind, NULL if none. */
const struct event *people_newest(const struct fact_list *l, enum event_kind kind);

/* --- basis.c: what the store keeps of an evaluation, as bytes --- */
void basis_encode(const struct basis *s, struct buf *out);
int basis_decode(const void *data, size_t len, struct basis *ret); /* -EBADMSG */
void current_encode(const struct current_advice *s, size_t n, const char *held, struct buf *out);
int current_decode(const void *data, size_t len, struct current_advice **ret, size_t *ret_n,
                   char **ret_held);
void current_free(struct current_advice *s, size_t n);
/* What is published of it: sealed, opaque, enough for the daemon to derive the advice again. */
void basis_token(const struct basis *s, const unsigned char key[32], struct buf *out);
