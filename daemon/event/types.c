/* types - the tables: what each event type's data holds, one row a member. See types.h for the
 * structs, shape.h for the engine.
 *
 * Everything about form is here: a new member is one row and one line in types.h, and the parser,
 * the encoder, copies, look-ups and the JSON Schema follow. What a rule across members needs
 * (exactly one of, not before, slots) is in the rows' flags too. */
#include "event/event.h"
#include "event/internal.h"

#define AT(T, f) .offset = offsetof(struct T, f)
#define ROW(json, k, T, f, fl, ...)                                                                \
  { MEMBER_NAME(json), .kind = k, .flags = fl, AT(T, f), __VA_ARGS__ }
#define CODE(json, T, f, fl, dom, ...)                                                             \
  ROW(json, KIND_CODE, T, f, fl, .domain = dom, .min = 1, .max = 128, __VA_ARGS__)
/* Ids and words: no letter that a person's name or a sentence needs. */
#define PLAIN(json, T, f, fl) ROW(json, KIND_NAME, T, f, fl, .min = 1, .max = EVENT_NAME_MAX)
#define ID(json, T, f, fl, ...) ROW(json, KIND_NAME, T, f, fl, .min = 1, __VA_ARGS__)
#define TEXT(json, T, f, fl, hi) ROW(json, KIND_TEXT, T, f, fl, .min = 1, .max = hi)
#define WHOLE(json, T, f, fl, lo, hi, ...)                                                         \
  ROW(json, KIND_WHOLE, T, f, fl, .min = lo, .max = hi, __VA_ARGS__)
#define DATE(json, T, f, fl, ...) ROW(json, KIND_DATE, T, f, fl, __VA_ARGS__)
#define CLOCK(json, T, f, fl, ...) ROW(json, KIND_CLOCK, T, f, fl, __VA_ARGS__)
#define BOOL(json, T, f, fl) ROW(json, KIND_FLAG, T, f, fl, .max = 1)
#define WORD(json, T, f, fl, w) ROW(json, KIND_WORD, T, f, fl, .words = w)
#define OBJECT(json, T, f, fl, s) ROW(json, KIND_OBJECT, T, f, fl, .shape = &(s))
#define MAP(json, T, f, fl, hi, s, K, key)                                                         \
  ROW(json, KIND_MAP, T, f, fl, .domain = DOMAIN_FAMILY, .max = hi, .shape = &(s),                 \
      .beside = offsetof(struct K, key))
#define BESIDE(T, f) .beside = offsetof(struct T, f)

#define SHAPE_GIVEN(var, T, words, g)                                                              \
  static const struct shape var = {words, var##_rows, ARRAY_LEN(var##_rows), sizeof(struct T), g}
#define SHAPE(var, T, words) SHAPE_GIVEN(var, T, words, -1)

#define REQUIRED FLAG_REQUIRED
#define LIST FLAG_LIST
#define MONEY_MAX 100000000 /* pence */
#define TITLE_MAX 80        /* a thing's name; a note about somebody is longer */

static const char *const employer_words[] = {"school", "authority",     "trust",     "contractor",
                                             "agency", "self-employed", "volunteer", NULL};
static const char *const nature_words[] = {"skill", "knowledge", "both", "unknown", NULL};
static const char *const occasion_words[] = {"review", "audit", "induction", "initial", NULL};
static const char *const response_words[] = {"accepted",  "declined",  "started", "completed",
                                             "evaluated", "contested", NULL};
static const char *const responder_words[] = {"person",   "manager",        "head", "employer",
                                              "provider", "representative", NULL};
static const char *const progression_words[] = {"yes", "no", "later", NULL};
static const char *const share_words[] = {"nobody", "manager", "school", NULL};
static const char *const term_words[] = {"met", "unmet", "to-agree", NULL};
static const char *const withdrawal_words[] = {"typo", "wrong-person", "contested", NULL};
static const char *const leaving_words[] = {"moved", "left", NULL};

/* --- parts --- */

static const struct member works_rows[] = {
    ROW("mon", KIND_SPAN, works, day[0], LIST), ROW("tue", KIND_SPAN, works, day[1], LIST),
    ROW("wed", KIND_SPAN, works, day[2], LIST), ROW("thu", KIND_SPAN, works, day[3], LIST),
    ROW("fri", KIND_SPAN, works, day[4], LIST), ROW("sat", KIND_SPAN, works, day[5], LIST),
    ROW("sun", KIND_SPAN, works, day[6], LIST),
};
SHAPE_GIVEN(works, works, "works", offsetof(struct works, given));

static const struct member period_rows[] = {
    DATE("from", period, from, REQUIRED),
    DATE("to", period, to, REQUIRED | FLAG_NOT_BEFORE, BESIDE(period, from)),
};
SHAPE(period, period, "a period");

static const struct member post_rows[] = {
    CODE("role", post, role, REQUIRED, DOMAIN_ROLE),
    DATE("from", post, from, REQUIRED),
    DATE("to", post, to, FLAG_NOT_BEFORE, BESIDE(post, from)),
    WHOLE("minutes", post, minutes, 0, 0, 7 * 24 * 60),
    WHOLE("weeks", post, weeks, 0, 0, 53),
    CODE("contract", post, contract, 0, DOMAIN_CONTRACT),
    BOOL("term_time", post, term_time, 0),
    WORD("employer", post, employer, 0, employer_words),
    BOOL("main", post, main, FLAG_ONCE),
    OBJECT("works", post, works, 0, works),
};
SHAPE(post, post, "a role");

static const struct member holding_rows[] = {
    CODE("unit", holding, unit, FLAG_SLOT, DOMAIN_UNIT, .alternative = 1),
    CODE("qualification", holding, qualification, FLAG_SLOT, DOMAIN_QUALIFICATION,
         .alternative = 2),
    WHOLE("level", holding, level, FLAG_SLOT, 0, 8, .alternative = 3),
    CODE("subject", holding, subject, FLAG_SLOT, DOMAIN_EQUIVALENCE, .alternative = 3,
         BESIDE(holding, level)),
    DATE("date", holding, date, REQUIRED | FLAG_SLOT),
    DATE("expires", holding, expires, FLAG_NOT_BEFORE, BESIDE(holding, date)),
};
SHAPE(holding, holding, "something held");

static const struct member duty_rows[] = {
    CODE("competence", duty, competence, REQUIRED | FLAG_SLOT, DOMAIN_COMPETENCE),
    DATE("from", duty, from, REQUIRED | FLAG_SLOT),
    DATE("to", duty, to, FLAG_NOT_BEFORE, BESIDE(duty, from)),
};
SHAPE(duty, duty, "a duty");

static const struct member helping_rows[] = {
    CODE("as", helping, as, REQUIRED, DOMAIN_HELPER),
    CODE("for", helping, competences, REQUIRED | LIST, DOMAIN_COMPETENCE),
    WHOLE("capacity", helping, capacity, REQUIRED, 0, 1000),
    DATE("from", helping, from, REQUIRED),
    DATE("to", helping, to, FLAG_NOT_BEFORE, BESIDE(helping, from)),
    BOOL("consent", helping, consent, REQUIRED),
};
SHAPE(helping, helping, "an offer of help");

static const struct member rating_rows[] = {
    CODE("competence", rating, competence, REQUIRED | FLAG_SLOT, DOMAIN_COMPETENCE),
    WHOLE("level", rating, level, REQUIRED | FLAG_ON_SCALE, 0, LEVEL_MAX,
          BESIDE(rating, competence)),
    CODE("evidence", rating, evidence, FLAG_SLOT, DOMAIN_EVIDENCE),
    WHOLE("certainty", rating, certainty, 0, 0, 100),
    WHOLE("confidence", rating, confidence, 0, 0, 4),
    WORD("nature", rating, nature, 0, nature_words),
    DATE("expires", rating, expires, FLAG_NOT_BEFORE_DATE),
};
SHAPE(rating, rating, "a rating");

static const struct member wish_rows[] = {
    CODE("role", wish, role, FLAG_SLOT, DOMAIN_ROLE, .alternative = 1),
    CODE("qualification", wish, qualification, FLAG_SLOT, DOMAIN_QUALIFICATION, .alternative = 2),
    CODE("competence", wish, competence, FLAG_SLOT, DOMAIN_COMPETENCE, .alternative = 3),
};
SHAPE(wish, wish, "a wish");

static const struct member inset_rows[] = {
    DATE("date", inset, date, REQUIRED),
    CLOCK("start", inset, start, REQUIRED),
    CLOCK("end", inset, end, REQUIRED | FLAG_NOT_BEFORE, BESIDE(inset, start)),
};
SHAPE(inset, inset, "an inset day");

static const struct member count_rows[] = {WHOLE("count", count, count, REQUIRED, 0, 100000)};
SHAPE(count, count, "a count");

static const struct member cover_rows[] = {
    WHOLE("rate", cover, rate, REQUIRED, 0, MONEY_MAX),
    BOOL("available", cover, available, REQUIRED),
};
SHAPE(cover, cover, "cover");

static const struct member training_plan_rows[] = {
    DATE("date", training_plan, date, REQUIRED),
    CODE("families", training_plan, families, REQUIRED | LIST, DOMAIN_FAMILY),
};
SHAPE(training_plan, training_plan, "a training plan");

static const struct member weighted_rows[] = {
    CODE("competence", weighted, competence, REQUIRED | FLAG_SLOT, DOMAIN_COMPETENCE),
    WHOLE("weight", weighted, weight, REQUIRED, 1, 5),
};
SHAPE(weighted, weighted, "a weighted competence");

static const struct member session_rows[] = {
    DATE("date", session, date, REQUIRED),
    CLOCK("start", session, start, REQUIRED),
    CLOCK("end", session, end, REQUIRED | FLAG_NOT_BEFORE, BESIDE(session, start)),
    TEXT("place", session, place, REQUIRED, TITLE_MAX),
};
SHAPE(session, session, "a session");

static const struct member cost_rows[] = {
    WHOLE("fee", cost, fee, REQUIRED, 0, MONEY_MAX),
    WHOLE("registration", cost, registration, REQUIRED, 0, MONEY_MAX),
    WHOLE("materials", cost, materials, REQUIRED, 0, MONEY_MAX),
    WHOLE("travel", cost, travel, REQUIRED, 0, MONEY_MAX),
};
SHAPE(cost, cost, "a cost");

static const struct member feedback_rows[] = {
    WHOLE("useful", feedback, useful, REQUIRED, 1, 5),
    WHOLE("relevant", feedback, relevant, REQUIRED, 1, 5),
    WHOLE("delivered", feedback, delivered, REQUIRED, 1, 5),
};
SHAPE(feedback, feedback, "feedback");

/* Told by the catalogue, so wide bounds and no look-ups. */
static const struct member resolved_development_rows[] = {
    CODE("kind", resolved_development, kind, REQUIRED, DOMAIN_NONE),
    ID("id", resolved_development, id, REQUIRED, .max = 256),
    ROW("title", KIND_TEXT, resolved_development, title, 0, .min = 0, .max = 4096),
    WHOLE("level", resolved_development, level, 0, INT32_MIN + 1, INT32_MAX),
    WHOLE("credit", resolved_development, credit, 0, INT32_MIN + 1, INT32_MAX),
    CODE("competences", resolved_development, competences, REQUIRED | LIST, DOMAIN_NONE),
};
SHAPE(resolved_development, resolved_development, "a development");

static const struct member term_rows[] = {
    CODE("check", term, check, REQUIRED | FLAG_SLOT, DOMAIN_CHECK),
    WORD("status", term, status, REQUIRED, term_words),
    WHOLE("minutes", term, minutes, 0, 0, 1000000),
    CODE("payer", term, payer, 0, DOMAIN_PAYER),
    WHOLE("amount", term, amount, 0, 0, MONEY_MAX),
    DATE("until", term, until, 0),
};
SHAPE(term, term, "a term");

static const struct member success_rows[] = {
    CODE("competence", success, competence, REQUIRED, DOMAIN_COMPETENCE),
    WHOLE("level", success, level, REQUIRED | FLAG_ON_SCALE, 0, LEVEL_MAX,
          BESIDE(success, competence)),
    DATE("by", success, by, REQUIRED),
};
SHAPE(success, success, "success");

/* --- the types --- */

static const struct member person_recorded_rows[] = {
    OBJECT("roles", person_recorded, roles, REQUIRED | LIST, post),
    TEXT("title", person_recorded, title, 0, TITLE_MAX),
    DATE("started", person_recorded, started, 0),
    OBJECT("holds", person_recorded, holds, LIST, holding),
    OBJECT("duties", person_recorded, duties, LIST, duty),
    OBJECT("helps", person_recorded, helps, LIST, helping),
    OBJECT("away", person_recorded, away, LIST, period),
};
SHAPE(person_recorded, person_recorded, "person.recorded");

static const struct member appraisal_recorded_rows[] = {
    DATE("date", appraisal_recorded, date, REQUIRED),
    PLAIN("by", appraisal_recorded, by, FLAG_DASH),
    OBJECT("ratings", appraisal_recorded, ratings, REQUIRED | LIST, rating),
    OBJECT("duties", appraisal_recorded, duties, LIST, duty),
    WORD("occasion", appraisal_recorded, occasion, 0, occasion_words),
};
SHAPE(appraisal_recorded, appraisal_recorded, "appraisal.recorded");

static const struct member assessment_recorded_rows[] = {
    DATE("date", assessment_recorded, date, REQUIRED),
    CODE("evidence", assessment_recorded, evidence, REQUIRED, DOMAIN_EVIDENCE),
    PLAIN("by", assessment_recorded, by, FLAG_DASH),
    OBJECT("ratings", assessment_recorded, ratings, REQUIRED | LIST | FLAG_NONEMPTY, rating),
    WORD("occasion", assessment_recorded, occasion, 0, occasion_words),
};
SHAPE(assessment_recorded, assessment_recorded, "assessment.recorded");

static const struct member achievement_recorded_rows[] = {
    DATE("date", achievement_recorded, date, REQUIRED),
    CODE("unit", achievement_recorded, unit, 0, DOMAIN_UNIT, .alternative = 1),
    CODE("qualification", achievement_recorded, qualification, 0, DOMAIN_QUALIFICATION,
         .alternative = 2),
    WHOLE("credit", achievement_recorded, credit, 0, 0, 1000),
    DATE("expires", achievement_recorded, expires, FLAG_NOT_BEFORE,
         BESIDE(achievement_recorded, date)),
    TEXT("provider", achievement_recorded, provider, 0, TITLE_MAX),
};
SHAPE(achievement_recorded, achievement_recorded, "achievement.recorded");

static const struct member preference_recorded_rows[] = {
    OBJECT("wishes", preference_recorded, wishes, LIST, wish),
    PLAIN("formats", preference_recorded, formats, LIST),
    PLAIN("times", preference_recorded, times, LIST),
    WORD("progression", preference_recorded, progression, 0, progression_words),
    BOOL("no_computer", preference_recorded, no_computer, 0),
    WORD("share_with", preference_recorded, share_with, REQUIRED, share_words),
};
SHAPE(preference_recorded, preference_recorded, "preference.recorded");

static const struct member school_recorded_rows[] = {
    CODE("phase", school_recorded, phase, 0, DOMAIN_PHASE),
    PLAIN("clusters", school_recorded, clusters, LIST),
    OBJECT("terms", school_recorded, terms, LIST, period),
    OBJECT("inset", school_recorded, inset, LIST, inset),
    MAP("roster", school_recorded, roster, FLAG_BARE, 200, count, count, family),
    MAP("cover", school_recorded, cover, 0, 200, cover, cover, family),
    OBJECT("training_plan", school_recorded, training_plan, 0, training_plan),
};
SHAPE(school_recorded, school_recorded, "school.recorded");

static const struct member priority_recorded_rows[] = {
    CODE("priority", priority_recorded, priority, REQUIRED, DOMAIN_PRIORITY),
    OBJECT("competences", priority_recorded, competences, REQUIRED | LIST, weighted),
    CODE("roles", priority_recorded, roles, LIST, DOMAIN_ROLE),
    DATE("from", priority_recorded, from, REQUIRED),
    DATE("to", priority_recorded, to, REQUIRED | FLAG_NOT_BEFORE, BESIDE(priority_recorded, from)),
};
SHAPE(priority_recorded, priority_recorded, "priority.recorded");

static const struct member provision_recorded_rows[] = {
    ID("offer", provision_recorded, offer, REQUIRED, .max = 64),
    CODE("development", provision_recorded, development, REQUIRED, DOMAIN_DEVELOPMENT),
    CODE("for", provision_recorded, audience, LIST, DOMAIN_AUDIENCE_FOR),
    TEXT("provider", provision_recorded, provider, REQUIRED, TITLE_MAX),
    OBJECT("sessions", provision_recorded, sessions, REQUIRED | LIST, session),
    WHOLE("places", provision_recorded, places, REQUIRED, 0, 1000000),
    OBJECT("cost", provision_recorded, cost, REQUIRED, cost),
    CODE("fund", provision_recorded, fund, 0, DOMAIN_FUND),
    PLAIN("mode", provision_recorded, mode, 0),
    BOOL("accredited", provision_recorded, accredited, 0),
    PLAIN("open_to", provision_recorded, open_to, 0),
    BOOL("closed", provision_recorded, closed, 0),
};
SHAPE(provision_recorded, provision_recorded, "provision.recorded");

static const struct member response_recorded_rows[] = {
    ID("recommendation", response_recorded, recommendation, REQUIRED | FLAG_FILLS, .max = 128,
       .domain = DOMAIN_DEVELOPMENT, BESIDE(response_recorded, development)),
    DATE("date", response_recorded, date, REQUIRED),
    WORD("response", response_recorded, response, REQUIRED, response_words),
    WORD("by", response_recorded, by, REQUIRED, responder_words),
    CODE("barrier", response_recorded, barrier, 0, DOMAIN_BARRIER),
    PLAIN("on_behalf", response_recorded, on_behalf, 0),
    OBJECT("feedback", response_recorded, feedback, 0, feedback),
    CODE("impact", response_recorded, impact, LIST, DOMAIN_IMPACT),
    OBJECT("development", response_recorded, development, FLAG_RESOLVED, resolved_development),
};
SHAPE(response_recorded, response_recorded, "response.recorded");

static const struct member agreement_recorded_rows[] = {
    ID("recommendation", agreement_recorded, recommendation, REQUIRED | FLAG_FILLS, .max = 128,
       .domain = DOMAIN_DEVELOPMENT, BESIDE(agreement_recorded, development)),
    DATE("date", agreement_recorded, date, REQUIRED),
    OBJECT("terms", agreement_recorded, terms, REQUIRED | LIST, term),
    CODE("intended", agreement_recorded, intended, REQUIRED | LIST, DOMAIN_IMPACT),
    OBJECT("success", agreement_recorded, success, 0, success),
    PLAIN("agreed_by", agreement_recorded, agreed_by, REQUIRED),
    OBJECT("development", agreement_recorded, development, FLAG_RESOLVED, resolved_development),
};
SHAPE(agreement_recorded, agreement_recorded, "agreement.recorded");

static const struct member record_withdrawn_rows[] = {
    TEXT("of", record_withdrawn, of, REQUIRED | LIST | FLAG_NONEMPTY, EVENT_ID_MAX),
    WORD("reason", record_withdrawn, reason, REQUIRED, withdrawal_words),
};
SHAPE(record_withdrawn, record_withdrawn, "record.withdrawn");

static const struct member person_left_rows[] = {
    DATE("date", person_left, date, REQUIRED),
    WORD("reason", person_left, reason, REQUIRED, leaving_words),
};
SHAPE(person_left, person_left, "person.left");

static const struct member person_restricted_rows[] = {
    DATE("date", person_restricted, date, REQUIRED),
    BOOL("restricted", person_restricted, restricted, REQUIRED),
};
SHAPE(person_restricted, person_restricted, "person.restricted");

static const struct member person_erase_rows[] = {DATE("date", person_erase, date, REQUIRED)};
SHAPE(person_erase, person_erase, "person.erase");

/* A macro, so that a row without its shape does not compile. */
#define TYPE(kind, name, cause, subject, dash, shape)                                              \
  { kind, name, cause, subject, dash, &(shape) }
const struct event_type event_types[] = {
    TYPE(EVENT_PERSON, "needs.person.recorded.v1", "person", true, false, person_recorded),
    TYPE(EVENT_APPRAISAL, "needs.appraisal.recorded.v1", "rating", true, false, appraisal_recorded),
    TYPE(EVENT_ASSESSMENT, "needs.assessment.recorded.v1", "rating", true, false,
         assessment_recorded),
    TYPE(EVENT_ACHIEVEMENT, "needs.achievement.recorded.v1", "achievement", true, false,
         achievement_recorded),
    TYPE(EVENT_PREFERENCE, "needs.preference.recorded.v1", "preference", true, false,
         preference_recorded),
    TYPE(EVENT_SCHOOL, "needs.school.recorded.v1", "school", false, false, school_recorded),
    TYPE(EVENT_PRIORITY, "needs.priority.recorded.v1", "priority", false, true, priority_recorded),
    TYPE(EVENT_PROVISION, "needs.provision.recorded.v1", "provision", false, true,
         provision_recorded),
    TYPE(EVENT_RESPONSE, "needs.response.recorded.v1", "response", true, false, response_recorded),
    TYPE(EVENT_AGREEMENT, "needs.agreement.recorded.v1", "agreement", true, false,
         agreement_recorded),
    TYPE(EVENT_WITHDRAWN, "needs.record.withdrawn.v1", "withdrawal", false, true, record_withdrawn),
    TYPE(EVENT_LEFT, "needs.person.left.v1", "left", true, false, person_left),
    TYPE(EVENT_RESTRICTED, "needs.person.restricted.v1", "restriction", true, false,
         person_restricted),
    TYPE(EVENT_ERASE, "needs.person.erase.v1", "erasure", true, false, person_erase),
};

_Static_assert(ARRAY_LEN(event_types) == EVENT_KINDS, "a row for each kind of event");

/* --- what is meant when it is absent --- */

static void default_evidence(struct any_list *list, const char *evidence) {
  struct rating *ratings = list->items;
  for (uint32_t i = 0; i < list->n; i++)
    if (!ratings[i].evidence)
      ratings[i].evidence = evidence;
}

void event_defaults(enum event_kind kind, void *data) {
  if (kind == EVENT_APPRAISAL) {
    struct appraisal_recorded *d = data;
    if (!d->by)
      d->by = "-";
    default_evidence((struct any_list *)(void *)&d->ratings, "manager");
  }

  if (kind == EVENT_ASSESSMENT) {
    struct assessment_recorded *d = data;
    if (!d->by)
      d->by = "-";
    default_evidence((struct any_list *)(void *)&d->ratings, d->evidence);
  }
}
