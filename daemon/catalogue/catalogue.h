/* catalogue - everything an authority's reference data says, as one immutable, indexed snapshot.
 *
 * Made from a bundle of CSV files (national, then the authority's overlay on top, row by row by
 * key), by the daemon and by the workers alike. All strings and arrays live as long as the
 * snapshot. Lookups return NULL when there is no such thing. Certainty (high, medium, low,
 * designed) and provenance are kept; low certainty is shown to people. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "catalogue/bundle.h"

enum purpose {
  PURPOSE_COMPLIANCE,
  PURPOSE_ROLE,
  PURPOSE_GROWTH
}; /* strictest first */
enum importance {
  IMPORTANCE_STATUTORY,
  IMPORTANCE_ESSENTIAL,
  IMPORTANCE_DESIRABLE
};
enum certainty {
  CERTAINTY_HIGH,
  CERTAINTY_MEDIUM,
  CERTAINTY_DESIGNED,
  CERTAINTY_LOW
};
enum open_state {
  OPEN_YES,
  OPEN_NO,
  OPEN_UNKNOWN
};
extern const char *const purpose_words[], *const importance_words[], *const certainty_words[];

#define LEVEL_MAX 7 /* the highest level that a framework can have; the lowest is 0 */
#define MAX_LEVELS (LEVEL_MAX + 1)

/* words of levels 0.. */
struct framework {
  const char *name, *version;
  const char *levels[MAX_LEVELS];
  int n_levels;
};

struct competence {
  const char *key;  /* STL@2007/STL3 */
  const char *code; /* STL3 */
  /* its spelling in ids: the code, or the key with '@' and '/' as '.' where the short form is
   * ambiguous */
  const char *slug;
  const char *title;
  const struct framework *framework;
  enum purpose purpose;
  int32_t refresh_months; /* ABSENT = does not fade by itself */
  /* how long one session or module on it usually takes; ABSENT = as long as its form does */
  int32_t session_minutes;
  /* group or area as the framework has it ("skills for life"), may be NULL */
  const char *area;
  const char *basis; /* law or guidance, may be NULL */
  bool practical;    /* learnt by doing only: no module and no reading replaces it */
  /* shown only by a certificate, licence or registration that somebody outside the school gives */
  bool certificate;
  enum certainty certainty;
  bool asked;     /* by the profile of a role in scope */
  bool short_ok;  /* the short form is unambiguous in this catalogue */
  uint32_t index; /* 0..n_competences-1, in order of key */
};
struct evidence_kind {
  const char *kind, *words, *independence;
  int32_t rank, fades_months;
  enum certainty certainty;
};
struct family {
  const char *code, *words, *where;
};
struct role {
  const char *code, *title;
  const struct family *family;
  bool in_scope;
  const char *typical_level; /* "2-3", of qualifications; may be NULL */
  enum certainty certainty;
};
struct profile_row {
  const struct competence *competence;
  int32_t level, weight;
  enum importance importance;
  enum purpose purpose;
  const char *scope; /* "all", "family:site", "role:TASS" */
  enum certainty certainty;
};
struct gives {
  const struct competence *competence;
  int32_t level;
};
/* assesses knowledge, not competence */
struct unit {
  const char *code, *slug, *title;
  int32_t level, credit, glh;
  bool knowledge;
  const struct gives *gives;
  uint32_t n_gives;
  enum open_state open;
  enum certainty certainty;
};
/* award, certificate, diploma, NVQ, apprenticeship, status, ... */
struct qualification {
  const char *id, *title, *type;
  /* days, ABSENT = not known */
  int32_t level, credit;
  enum open_state open;
  int32_t opens, closes;
  const char *entry, *successor;
  const struct gives *gives;
  uint32_t n_gives;
  enum certainty certainty, certainty_open;
};
/* What a gate asks of somebody on the way to a goal. */
enum gate_kind {
  GATE_HELD,        /* holds what `asks` names: a class such as maths@2, or a qualification */
  GATE_COMPETENCES, /* has the levels of `competences` */
  /* is paid for work in one of the families and roles that `asks` lists, or in "any" */
  GATE_EMPLOYED,
  GATE_WORKS,  /* the same; a volunteer or somebody on a placement counts too */
  GATE_AGREED, /* school and person have agreed the check that `asks` names */
};
extern const char *const gate_kind_words[];
/* One thing that must be so before somebody can begin on a goal, or move into it. */
struct gate {
  const char *goal; /* "role.CODE", or a qualification after its kind: "status.HLTA" */
  const char *code; /* "maths": short, unique in its goal */
  const char *words;
  int kind; /* enum gate_kind */
  const char *asks;
  const struct gives *competences;
  uint32_t n_competences;
  enum certainty certainty;
};
struct informal {
  const char *id, *kind, *title;
  int32_t min_level /* of the helper */, minutes, weeks;
  const char *suits;
  enum certainty certainty;
};
/* plain code tables: barrier, impact, check, payer, fund ... */
struct coded {
  const char *code, *words, *extra;
  enum certainty certainty;
};
struct source {
  const char *id, *title, *publisher, *status, *superseded_by;
  int32_t year;
  enum certainty certainty;
};
struct school_row {
  const char *code, *name, *phase;
};

/* Code domains that an event's member may name (event/shape.h) and that rules may name. */
enum domain {
  DOMAIN_NONE,
  DOMAIN_COMPETENCE,
  DOMAIN_ROLE,
  DOMAIN_FAMILY,
  DOMAIN_UNIT,
  DOMAIN_QUALIFICATION,
  DOMAIN_EVIDENCE,
  DOMAIN_DEVELOPMENT,
  DOMAIN_BARRIER,
  DOMAIN_IMPACT,
  DOMAIN_CHECK,
  DOMAIN_PAYER,
  DOMAIN_FUND,
  DOMAIN_CONTRACT,
  DOMAIN_PHASE,
  DOMAIN_EQUIVALENCE,
  DOMAIN_PRIORITY,
  DOMAIN_KIND,
  DOMAIN_SOURCE,
  DOMAIN_HELPER,
  DOMAIN_AUDIENCE_FOR /* role, family, all, teachers */,
  DOMAIN_COUNT
};

/* A development as its id names it: "<kind>.<rest>". */
struct development {
  const char *id, *kind, *rest, *title; /* "unit.TDA-2.8", "unit", "TDA-2.8", "Contribute to ..." */
  int32_t level, credit;                /* ABSENT if it has none */
  int32_t minutes;                      /* in all; ABSENT = not said of this one */
  bool formal;
  /* what it can close; empty for finding-out (answers whatever is unrated) */
  const struct competence *const *competences;
  uint32_t n_competences;
  const struct unit *unit;
  const struct qualification *qualification;
};

struct catalogue;

/* Reads a bundle whose names are "national/x.csv" and "authority/x.csv". On faults returns -EINVAL
 * and fills `faults` with one line a fault, all of them at once: "national/units.csv:12:nos_units:
 * unknown competence 'STL99'; ...". Warnings go there too and do not fail. */
struct fault_line {
  char *said;       /* as people read it: a warning after "warning: " */
  const char *text; /* without that word */
  bool is_warning;
};
struct fault_list {
  struct fault_line *lines;
  size_t n, errors;
  /* where the system is at fault, not what was read: its negative errno (error_is_temporary); else
   * 0 */
  int rc;
};
int catalogue_create(struct catalogue **ret, const struct bundle *from, struct fault_list *faults);
/* The same of a bundle that was in force before: what an earlier version allowed, and this one
 * refuses, is a warning, so that what was published can still be read and keeps its meaning. */
int catalogue_create_known(struct catalogue **ret, const struct bundle *from,
                           struct fault_list *faults);
bool catalogue_is_known(const struct catalogue *c);   /* made by the second */
void catalogue_destroy(struct catalogue *c);          /* lets go of it; the last one frees it */
struct catalogue *catalogue_ref(struct catalogue *c); /* one more holder; they share a thread */
/* what catalogue_create warned of, again */
void catalogue_warn(const struct catalogue *c, struct fault_list *faults);
bool catalogue_has_file(const char *name); /* a catalogue's, such as units.csv */
void fault_list_finish(struct fault_list *f);
void fault_list_add(struct fault_list *f, bool is_error, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
const struct hash256 *catalogue_hash(const struct catalogue *c);

const struct competence *catalogue_competence(const struct catalogue *c, const char *key_or_short);
/* The competence that a key, gone or not, also is by an exact row of crosswalk.csv; NULL: none. */
const struct competence *catalogue_renamed(const struct catalogue *c, const char *key);
/* the same words in the same places */
bool framework_same_levels(const struct framework *a, const struct framework *b);
const struct competence *catalogue_competence_at(const struct catalogue *c, uint32_t index);
uint32_t catalogue_n_competences(const struct catalogue *c);
bool catalogue_ambiguous(const struct catalogue *c, const char *short_code);
const struct evidence_kind *catalogue_evidence(const struct catalogue *c, const char *kind);
const struct family *catalogue_family(const struct catalogue *c, const char *code);
/* in file order */
const struct family *catalogue_families(const struct catalogue *c, uint32_t *ret_n);
const struct role *catalogue_role(const struct catalogue *c, const char *code);
/* all of them, in file order */
const struct role *catalogue_roles(const struct catalogue *c, uint32_t *ret_n);
const struct unit *catalogue_unit(const struct catalogue *c, const char *code_or_slug);
const struct qualification *catalogue_qualification(const struct catalogue *c, const char *id);
const struct informal *catalogue_informal(const struct catalogue *c, const char *id);
const struct source *catalogue_source(const struct catalogue *c, const char *id);
const struct coded *catalogue_coded(const struct catalogue *c, enum domain d, const char *code);
const struct school_row *catalogue_school(const struct catalogue *c, const char *code);
const struct school_row *catalogue_schools(const struct catalogue *c, uint32_t *ret_n);
/* practicalities, in file order */
const struct coded *catalogue_checks(const struct catalogue *c, uint32_t *ret_n);

/* The stacked profile of a role: all, family, role folded together (highest level, strictest
 * importance, highest weight, purpose of the row that gives the importance), in order of competence
 * key. Computed once, kept. Empty for roles out of scope. */
const struct profile_row *catalogue_profile(const struct catalogue *c, const char *role,
                                            uint32_t *ret_n);

/* Units that give the competence at least `level` and are not closed, fewest credits first (unknown
 * last), then code. */
const struct unit *const *catalogue_units_for(const struct catalogue *c, const struct competence *k,
                                              int32_t level, uint32_t *ret_n);
/* Every qualification, in order of id. */
const struct qualification *const *catalogue_qualifications(const struct catalogue *c,
                                                            uint32_t *ret_n);
/* The gates of a goal, in order of their codes. */
const struct gate *catalogue_gates(const struct catalogue *c, const char *goal, uint32_t *ret_n);
/* What leads to the same as a qualification: the others of the smallest class that it is in, that
 * take new people or may. In `a`. */
const struct qualification *const *catalogue_peers(const struct catalogue *c,
                                                   const struct qualification *q, struct arena *a,
                                                   uint32_t *ret_n);
/* The goal that somebody names: "role.HLTA", "status.HLTA", or the code of a qualification or a
 * role
 * ("HLTA" is the status). In `a`; NULL: it names none. */
const char *catalogue_goal(const struct catalogue *c, const char *given, struct arena *a);
/* The goal that a qualification is. In `a`. */
const char *catalogue_goal_of(const struct catalogue *c, const struct qualification *q,
                              struct arena *a);
/* The qualification that somebody would take to have what a class asks: itself where it is one;
 * else of the members that take new people an award first, then by id. NULL: none does. */
const struct qualification *catalogue_class_award(const struct catalogue *c,
                                                  const char *class_or_id);
/* unknown counts as open; dates win over the word */
bool qualification_open_on(const struct qualification *q, int32_t day);

/* Does holding `qualification id` (or a class) satisfy the class, e.g. ("maths@2", "GCSE-MAT-94")?
 * Follows nested classes. */
bool catalogue_satisfies(const struct catalogue *c, const char *class_or_id, const char *held);
/* What a colleague is to somebody in a development of this kind ("coach"); NULL: none is needed. */
const char *catalogue_kind_helper(const struct catalogue *c, const char *kind);
/* What holding one of the class shows: the competences that all its members give, each at the
 * lowest level. Returns the class's own name, or NULL where it is not known. */
const char *catalogue_class_gives(const struct catalogue *c, const char *class_or_id,
                                  const struct gives **ret, uint32_t *ret_n);
/* Is `class` known, e.g. "maths@2"? */
bool catalogue_class(const struct catalogue *c, const char *class_or_id);

/* The role that a job title as schools write it usually means, and how sure that is (below
 * CERTAINTY_LOW: take it; low: ask). NULL: unknown. */
const struct role *catalogue_title(const struct catalogue *c, const char *title,
                                   enum certainty *ret_certainty);
/* What is compared of a title: lower case letters, digits and single spaces. */
#define TITLE_KEY 512 /* a title has 80 characters at most, a character gives 4 at most */
void catalogue_title_key(const char *title, char ret[TITLE_KEY]);
/* of its row; NULL: none */
const char *catalogue_title_note(const struct catalogue *c, const char *title);

/* "<kind>.<rest>" to what it names; false if the catalogue knows no such thing. Rest is a unit slug
 * or code, a qualification id, an informal development's id, a competence (short form where
 * unambiguous, else the key with @ and / written as '.'), or for finding-out "self-assessment",
 * "review", "observation". Strings are copied to `a`. */
struct arena;
bool catalogue_development(const struct catalogue *c, const char *id, struct arena *a,
                           struct development *ret);
/* The developments that have a row of their own, courses.csv first, then qualifications: the `i`th;
 * false past the last. */
bool catalogue_development_at(const struct catalogue *c, uint32_t i, struct arena *a,
                              struct development *ret);

/* For events: what `given` means in `d`, in full (competence key, unit code ...), or NULL. Pointer
 * lives as long as c. */
const char *catalogue_resolve(const struct catalogue *c, enum domain d, const char *given);
/* The known code that `given` is most likely a misspelling of, or NULL. Costs one step of *budget a
 * pair of letters compared. */
const char *catalogue_nearest(const struct catalogue *c, enum domain d, const char *given,
                              uint64_t *budget);
/* The same of a competence, by its short code; NULL where that is ambiguous too. */
const struct competence *catalogue_nearest_competence(const struct catalogue *c, const char *given,
                                                      uint64_t *budget);

/* JSON for `ask codes`: the codes of a kind (NULL: of every kind) that fit all of the words (NULL:
 * all codes), best first. */
void catalogue_codes(const struct catalogue *c, const char *kind, const char *words,
                     struct buf *out);
bool catalogue_code_kind(const char *kind); /* is there such a kind? */
void catalogue_code_kinds(struct buf *out); /* "competence, role ... or framework" */

/* JSON for `ask catalogue`: hash, counts a file, rows of low certainty. */
void catalogue_describe(const struct catalogue *c, struct buf *out);
