/* questions - what anybody may ask about people, schools and the current rules. None changes
 * anything. Each question is answered once through `done` (pipeline/pipeline.h says with which
 * codes), most of them before the call returns.
 *
 * Called by the door. Files of the room:
 * routes.c     the goals of a person, and the way to each
 * person.c     one person; overview.c: many people; status.c: the current rules and the daemon
 * profile.c    what a role or a duty asks for, and the training that leads there
 * explain.c    why, rule by rule
 * why.c        why in short, and what would help: change.c what to try, reasons.c the sentences
 * verify.c     the journal folded once more and compared
 * members.c    members that several answers have; responses.c: what people answered; titles.c: job
 *              titles that wait for a role
 *
 * Elsewhere: register/ answers what became of each rule's advice; policy/ compares and publishes.
 */
#pragma once

#include "pipeline/pipeline.h"

struct policy;

/* --- one person: person.c --- */
void question_person(struct pipeline *p, const char *authority, const char *school,
                     const char *subject, answered *done, void *arg);
void question_recommendation(struct pipeline *p, const char *authority, const char *school,
                             const char *subject, const char *id, answered *done, void *arg);

/* The way to each of the person's goals, or to the one that is named (`to`, may be NULL), and where
 * else they could go from here. -EINVAL: no such goal. routes.c */
void question_routes(struct pipeline *p, const char *authority, const char *school,
                     const char *subject, const char *to, answered *done, void *arg);

/* --- many people: overview.c, titles.c --- */
void question_school(struct pipeline *p, const char *authority, const char *school, answered *done,
                     void *arg);
/* The schools of an authority, in numbers. Takes some 10 us a person, in one go. */
void question_schools(struct pipeline *p, const char *authority, answered *done, void *arg);
/* The newest response to each recommendation, of a school or (subject not NULL) of one person. */
void question_answers(struct pipeline *p, const char *authority, const char *school,
                      const char *subject, answered *done, void *arg);
/* Job titles that wait to be mapped: a school's own, or (school NULL) those that several schools of
 * the authority use. */
void question_titles(struct pipeline *p, const char *authority, const char *school, answered *done,
                     void *arg);

/* --- rules, catalogue, the daemon: status.c --- */
void question_rules(struct pipeline *p, const char *authority, answered *done, void *arg);
void question_history(struct pipeline *p, const char *authority, answered *done, void *arg);
void question_catalogue(struct pipeline *p, const char *authority, answered *done, void *arg);
void question_codes(struct pipeline *p, const char *authority, const char *kind, const char *words,
                    answered *done, void *arg);
/* What a role or a duty asks for (one of them is NULL) and the training for it; school and subject
 * may be NULL. Both codes are known. profile.c */
void question_profile(struct pipeline *p, const char *authority, const char *school,
                      const char *subject, const char *role, const char *duty, answered *done,
                      void *arg);
void question_health(struct pipeline *p, answered *done, void *arg);

/* --- why: these run the rules once more, with a worker --- */
/* Everything each rule read and decided; recommendation and competence may be NULL. explain.c */
void question_explain(struct pipeline *p, const char *authority, const char *school,
                      const char *subject, const char *recommendation, const char *competence,
                      answered *done, void *arg);
/* The same for people, in under 2 kB, and which single changes would open something. One of
 * recommendation and competence is NULL. why.c */
void question_why(struct pipeline *p, const char *authority, const char *school,
                  const char *subject, const char *recommendation, const char *competence,
                  answered *done, void *arg);
/* Folds the journal into memory of its own and compares it with what is in use. verify.c */
void question_verify(struct pipeline *p, answered *done, void *arg);

/* --- for the turn of the loop, called by pipeline/pipeline.c --- */
bool question_verify_step(struct pipeline *p); /* true: more of the journal is left to fold */
/* The worker of a policy is gone: questions that wait for it answer "ask again". */
void question_verify_drop(struct pipeline *p, const struct policy *policy);
void question_explain_drop(struct pipeline *p, const struct policy *policy);
void question_why_drop(struct pipeline *p, const struct policy *policy);
