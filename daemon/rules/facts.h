/* facts - the facts that one evaluation starts from and the outcome that it returns, as C structs
 * and as bytes.
 *
 * needs/ fills struct facts in the daemon. The worker decodes it for rules to read. The bytes of
 * facts_encode are hashed into the basis of advice, so they never contain anything that depends on
 * today's date; the day travels beside them. Both sides hold the same catalogue snapshot, so a
 * competence travels as its index. The decoders trust nothing: they check every length and index.
 */
#pragma once

#include "base/buf.h"
#include "base/mem.h"
#include "catalogue/catalogue.h"
#include "event/types.h"

/* Where a need comes from, most telling first. The words are what rules and people read:
 * need_from_words. */
enum need_from {
  FROM_REFRESH,
  FROM_INDUCTION,
  FROM_NEW_ROLE,
  FROM_NEW_DUTY,
  FROM_AUDIT,
  FROM_PLAN,
  FROM_WISH,
  FROM_BASIC_SKILLS,
  FROM_REVIEW,
  FROM_PROFILE,
  NEED_FROM_COUNT
};
/* refresh induction new-role new-duty audit plan wish basic-skills review profile */
extern const char *const need_from_words[NEED_FROM_COUNT];

/* What says something else about the level than the evidence that decides. */
enum differs {
  DIFFERS_NOT,
  DIFFERS_SELF,       /* the person's own view */
  DIFFERS_CERTIFICATE /* a certificate, one level above what was seen since */
};
/* self certificate: the word of `differs` is at differs - 1 */
extern const char *const differs_words[2];

/* What a colleague may be for a need, as bits: helpers that are in school, able (level), free
 * (capacity) and willing (consent). */
enum helper_kind {
  HELPER_MENTOR,
  HELPER_COACH,
  HELPER_BUDDY,
  HELPER_SHADOW_HOST,
  HELPER_TRAINING_MENTOR,
  HELPER_EXPERT_WITNESS,
  HELPER_ASSESSOR,
  HELPER_KINDS
};
/* mentor coach buddy shadow-host training-mentor expert-witness assessor */
extern const char *const helper_words[HELPER_KINDS];

/* Somebody in school who may help with a need. For the recommendation alone: it is not sent to the
 * worker, so rules see bits and never a colleague. */
struct colleague {
  const char *subject;
  uint8_t kinds; /* bit per helper_kind */
};

struct need {
  uint32_t competence;   /* catalogue index */
  int32_t current;       /* ABSENT = unrated */
  int32_t required, gap; /* gap = required - current; required when unrated */
  int32_t weight, confidence /* 0-4, ABSENT */, rated_on,
      lapsed_on /* last day a rating was in force, when none is now */;
  uint8_t importance, purpose, nature, from; /* enums */
  uint8_t confirm;      /* newer independent evidence lies two levels below a certificate */
  uint8_t helpers;      /* bit per helper_kind */
  const char *post;     /* role code the need belongs to */
  const char *evidence; /* kind of the rating that gave `current`, NULL */
  /* weight of the school's or authority's priority in force for it, 0 = none */
  uint8_t priority;
  const char *priority_code; /* which one, NULL */
  int32_t ends_on; /* last day of a certificate that meets the need and runs out soon, ABSENT */
  const struct colleague *colleagues; /* by subject: who the bits of `helpers` are */
  uint32_t n_colleagues;
  /* what says something else about the level, as an enum differs; its level and date */
  uint8_t differs;
  int32_t differs_level, differs_on;
};
struct held {
  const char *what; /* qualification id, unit code or class such as maths@2 */
  int32_t date, expires;
};
/* Something that can be booked, open to the person: of the school's own or of the authority. */
struct offered {
  /* development: "<kind>.<rest>", known to the catalogue */
  const char *id, *development, *provider;
  const char *mode, *open_to;                                  /* NULL = not said */
  int32_t fee /* pence */, places, first, last /* sessions */; /* ABSENT = not said */
  uint8_t own;                                                 /* the school's */
  const struct provision_recorded *said; /* all of it, for the recommendation; not sent */
};
struct answer {
  uint32_t need, offer;
}; /* indexes: this offer gives the competence of that need */
/* What came of one kind of development in the authority, rounded (needs/effect.h). */
struct effect {
  const char *kind;
  int32_t completed, closed; /* closed * 100 is a whole multiple of completed */
};
/* The people of one role family in a school who have the same need. */
struct cohort {
  uint32_t competence; /* catalogue index */
  const char *family;
  /* people below the level that is asked of them, or who must have it by law and have not */
  int32_t count;
  int32_t statutory; /* of them, by law */
  int32_t roster;    /* people of the family as the school counts them, ABSENT */
  uint8_t helpers;   /* bit per helper_kind */
};
/* Of a person, or of a school: then there are cohorts, and nothing else but phase, clusters,
 * families and effects. */
struct facts {
  /* person */
  const char *roles[8];
  uint32_t n_roles;   /* current posts' roles, main first */
  const char *family; /* of the main role */
  /* sums or ABSENT; minutes a week over current posts */
  int32_t minutes, weeks, term_time, employer, started, progression, no_computer;
  const char *contract;
  struct held *holds;
  uint32_t n_holds;
  struct wish *wishes;
  uint32_t n_wishes;
  const char **formats;
  uint32_t n_formats;
  /* school */
  const char *phase;
  uint32_t n_clusters;
  /* needs, in order of competence index */
  struct need *needs;
  uint32_t n_needs;
  struct offered *offers;
  uint32_t n_offers;
  /* of what no need asks for, such as a status: for somebody who wishes for something; not sent */
  struct offered *goal_offers;
  uint32_t n_goal_offers;
  const char **present;
  uint32_t n_present; /* families that work in the school, sorted */
  struct cohort *cohorts;
  uint32_t n_cohorts; /* by competence index, then family */
  /* by need, then as rules see them: soonest first, then fee, then id */
  struct answer *answers;
  uint32_t n_answers;
  struct effect *effects;
  uint32_t n_effects; /* by kind; only where a rule reads them */
};
/* What rules look at one by one: a person's needs, or a school's cohorts. */
static inline uint32_t subjects_of(const struct facts *f) {
  if (f->n_cohorts > 0)
    return f->n_cohorts;
  return f->n_needs;
}
static inline uint32_t subject_competence(const struct facts *f, uint32_t i) {
  if (f->n_cohorts > 0)
    return f->cohorts[i].competence;
  return f->needs[i].competence;
}
void facts_encode(const struct facts *f, struct buf *out);
/* 0 or -EBADMSG */
int facts_decode(struct arena *a, const void *data, size_t len, uint32_t n_competences,
                 struct facts *ret);

/* One thing a rule proposes for one need. Texts are plain English, at most 200 bytes each. */
enum {
  PRIORITY_USUAL = 50
}; /* of a proposal that names none */
struct candidate {
  /* index in the rule set's table; index in facts.needs, of a school's in facts.cohorts */
  uint32_t rule, need;
  const char *development;  /* "<kind>.<rest>", known to the catalogue */
  int32_t priority;         /* 0-100 */
  int32_t weeks, minutes;   /* ABSENT = the catalogue's usual */
  const char *text;         /* why: the rule's own words for this person, else its `about` */
  const char *not_in_house; /* for courses and qualifications, may be NULL */
};
enum failure_kind {
  FAILURE_INSTRUCTIONS,
  FAILURE_MEMORY,
  FAILURE_ERROR
};
struct failure {
  uint32_t rule;
  enum failure_kind kind;
  const char *message; /* with file and line, no personal data */
};

struct outcome {
  struct candidate *candidates;
  uint32_t n_candidates; /* in order of rule, then need */
  /* rules that failed for this person; the others count */
  struct failure *failures;
  uint32_t n_failures;
  /* next day on which a date comparison made by a rule turns over, INT32_MAX = never */
  int32_t next_change_day;
  const char *trace; /* JSON when traced: see api.h; else NULL */
};
void outcome_encode(const struct outcome *o, struct buf *out);
int outcome_decode(struct arena *a, const void *data, size_t len, uint32_t n_rules,
                   uint32_t n_needs, struct outcome *ret);

struct rule_info {
  const char *name, *about, *source, *owner, *file;
  const char *scope; /* JSON: whom and what it speaks to;
                      * {"roles":[CODE],"families":[CODE],"competences":[KEY],"purpose":[WORD],
                      * "needs":[WORD]}, a member that is left out is no limit;
                      * "competences_not":[KEY] instead of "competences" where all but these are
                      * meant; "leaves_out":[CODE], families that what it proposes does not serve */
  int32_t line;
  bool for_school; /* a school_rule */
};
