/* One good event of each type, rich enough to touch every member, and a catalogue to resolve them
 * with. */
#pragma once

#include "catalogue/bundle.h"
#include "event/event.h"

#define HEAD(id, type, school)                                                                     \
  "{\"specversion\":\"1.0\",\"id\":\"" id "\",\"source\":\"hr/8889901\",\"type\":\"needs." type    \
  ".v1\",\"time\":\"2026-03-02T15:30:00Z\","                                                       \
  "\"authority\":\"888\",\"school\":\"" school "\","
#define PERSON "\"subject\":\"p-0193\","

static const char *const event_samples[EVENT_KINDS] = {
    [EVENT_PERSON] = HEAD("p-1", "person.recorded", "8889901") PERSON
    "\"supersedes\":\"p-0\",\"data\":{\"roles\":[{\"role\":\"TASS\",\"from\":\"2024-09-01\",\"to\":"
    "\"2027-08-31\",\"minutes\":"
    "1500,\"weeks\":39,"
    "\"contract\":\"PRM\",\"term_time\":true,\"employer\":\"self-employed\",\"main\":false,"
    "\"works\":{\"mon\":[[\"08:45\",\"15:"
    "15\"]],\"tue\":[[\"08:45\","
    "\"12:00\"],[\"12:45\",\"24:00\"]],\"sun\":[]}}],\"title\":\"Teaching "
    "assistant\",\"started\":\"2024-09-01\",\"holds\":[{\"level\":2,\"subject\":"
    "\"maths\",\"date\":\"2012-08-20\"},{\"unit\":\"TDA "
    "2.2\",\"date\":\"2020-02-29\",\"expires\":\"2030-01-01\"},{\"qualification\":\"STLS3-CERT\","
    "\"date\":\"2021-07-01\"}],\"duties\":[{\"competence\":\"STL19\",\"from\":\"2026-01-05\","
    "\"to\":\"2026-07-05\"}],\"helps\":[{"
    "\"as\":\"buddy\",\"for\":"
    "[\"STL3\"],\"capacity\":1,\"from\":\"2026-01-05\",\"consent\":true}],\"away\":[{\"from\":"
    "\"2026-02-01\",\"to\":\"2026-02-"
    "01\"}]}}",
    [EVENT_APPRAISAL] = HEAD("rev-1", "appraisal.recorded", "8889901") PERSON
    "\"data\":{\"date\":\"2026-03-02\",\"by\":\"m-004\",\"ratings\":[{\"competence\":\"STL3\","
    "\"level\":2,\"certainty\":80},{"
    "\"competence\":\"STL19\","
    "\"level\":1,\"evidence\":\"self\",\"confidence\":1,\"nature\":\"skill\",\"expires\":\"2027-03-"
    "02\"}],\"duties\":[],"
    "\"occasion\":\"review\"}}",
    [EVENT_ASSESSMENT] = HEAD("obs-1", "assessment.recorded", "8889901") PERSON
    "\"data\":{\"date\":\"2026-04-14\",\"evidence\":\"observer\",\"by\":\"o-12\",\"ratings\":[{"
    "\"competence\":\"STL19\","
    "\"level\":2},{\"competence\":"
    "\"STL3\",\"level\":3,\"evidence\":\"test\"}],\"occasion\":\"audit\"}}",
    [EVENT_ACHIEVEMENT] = HEAD("ach-1", "achievement.recorded", "8889901") PERSON
    "\"data\":{\"date\":\"2026-05-20\",\"unit\":\"TDA "
    "2.2\",\"credit\":3,\"expires\":\"2029-05-20\",\"provider\":\"Coll\xc3\xa8ge\"}}",
    [EVENT_PREFERENCE] = HEAD("pref-1", "preference.recorded", "8889901") PERSON
    "\"data\":{\"wishes\":[{\"role\":\"HLTA\"},{\"qualification\":\"STLS3-CERT\"},{\"competence\":"
    "\"STL18\"}],\"formats\":[\"in-"
    "person\"],\"times\":"
    "[\"morning\"],\"progression\":\"yes\",\"no_computer\":false,\"share_with\":\"manager\"}}",
    [EVENT_SCHOOL] = HEAD("sch-1", "school.recorded",
                          "8889901") "\"data\":{\"phase\":\"PS\",\"clusters\":[\"C-NORTH\"],"
                                     "\"terms\":[{\"from\":\"2026-01-05\",\"to\":\"2026-"
                                     "02-13\"}],\"inset\":[{\"date\":\"2026-01-05\","
                                     "\"start\":\"09:00\",\"end\":\"15:30\"}],\"roster\":{"
                                     "\"learning-support\":18,\"midday\":9},\"cover\":{"
                                     "\"learning-support\":{\"rate\":1450,"
                                     "\"available\":true}},\"training_plan\":{\"date\":\"2026-01-"
                                     "05\",\"families\":[\"midday\"]}}}",
    [EVENT_PRIORITY] = HEAD("prio-1", "priority.recorded",
                            "-") "\"data\":{\"priority\":\"behaviour\",\"competences\":[{"
                                 "\"competence\":\"STL19\",\"weight\":4}],"
                                 "\"roles\":[\"TASS\"],\"from\":\"2026-01-10\",\"to\":"
                                 "\"2026-12-31\"}}",
    [EVENT_PROVISION] = HEAD("of-1", "provision.recorded",
                             "-") "\"data\":{\"offer\":\"OF-012\",\"development\":\"unit.TDA-2.2\","
                                  "\"for\":[\"TASS\",\"midday\","
                                  "\"all\"],\"provider\":\"Authority training\",\"sessions\":"
                                  "[{\"date\":\"2026-06-09\",\"start\":\"13:00\",\"end\":\"15:30\","
                                  "\"place\":\"Northgate "
                                  "Centre\"}],\"places\":24,\"cost\":{\"fee\":4500,"
                                  "\"registration\":0,\"materials\":0,\"travel\":500},\"fund\":"
                                  "\"dfe-free\",\"mode\":\"in-"
                                  "person\",\"accredited\":true,\"open_to\":\"all\",\"closed\":"
                                  "false}}",
    [EVENT_RESPONSE] = HEAD("resp-1", "response.recorded", "8889901") PERSON
    "\"data\":{\"recommendation\":\"shadowing.STL19\",\"date\":\"2026-04-20\",\"response\":"
    "\"declined\",\"by\":\"manager\","
    "\"barrier\":\"no-cover\","
    "\"on_behalf\":\"o-12\",\"feedback\":{\"useful\":3,\"relevant\":4,\"delivered\":5},\"impact\":["
    "\"confidence\"]}}",
    [EVENT_AGREEMENT] = HEAD("agr-1", "agreement.recorded", "8889901") PERSON
    "\"data\":{\"recommendation\":\"shadowing.STL19\",\"date\":\"2026-04-21\",\"terms\":[{"
    "\"check\":\"release\",\"status\":\"to-"
    "agree\",\"minutes\":360,"
    "\"payer\":\"school\",\"amount\":100,\"until\":\"2026-07-21\"}],\"intended\":[\"confidence\"],"
    "\"success\":{\"competence\":"
    "\"STL19\",\"level\":2,\"by\":"
    "\"2026-07-21\"},\"agreed_by\":\"m-004\"}}",
    [EVENT_WITHDRAWN] = HEAD(
        "wd-1", "record.withdrawn",
        "8889901") "\"data\":{\"of\":[\"rev-1\",\"obs-1\"],\"reason\":\"wrong-person\"}}",
    [EVENT_LEFT] = HEAD("left-1", "person.left", "8889901") PERSON
    "\"data\":{\"date\":\"2026-07-21\",\"reason\":\"moved\"}}",
    [EVENT_RESTRICTED] = HEAD("rst-1", "person.restricted", "8889901") PERSON
    "\"data\":{\"date\":\"2026-06-01\",\"restricted\":true}}",
    [EVENT_ERASE] = HEAD("era-1", "person.erase", "8889901") PERSON
    "\"data\":{\"date\":\"2026-09-01\"}}",
};

static const unsigned char sample_key[32] = "a key for tests, not for others";
static const struct instant sample_limit = {4102444800, 0}; /* 2100 */

static inline int sample_catalogue(struct catalogue **ret) {
  static const char *const suffixes[] = {".csv", NULL};
  struct bundle bundle = {0};
  struct fault_list faults = {0};
  struct error err = {0};
  int r = bundle_read_dir(&bundle, SOURCE_ROOT "/rules/catalogue", "national/", suffixes, &err);
  if (r == 0)
    bundle_seal(&bundle, NULL);
  if (r == 0)
    r = catalogue_create(ret, &bundle, &faults);
  fault_list_finish(&faults);
  bundle_finish(&bundle);
  return r;
}
