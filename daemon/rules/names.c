/* names - the rows that rules/names.h declares. A new row needs a function in api.c, or the worker
 * refuses to start. */
#include "rules/names.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rules/facts.h"

const struct api_row api_rows[] = {
    {"need", "competence", "string", "code of the competence, such as STL18"},
    {"need", "key", "string", "the competence in full, such as STL@2007/STL18"},
    {"need", "title", "string", "title of the competence"},
    {"need", "framework", "string", "name of the competence's framework, such as STL"},
    {"need", "rated", "boolean", "whether a rating is in force"},
    {"need", "current", "integer?", "current level; nil if no rating is in force"},
    {"need", "current_words", "string?",
     "current level in the framework's words; nil if no rating is in force"},
    {"need", "required", "integer", "level that the post requires"},
    {"need", "required_words", "string", "level that the post requires, in the framework's words"},
    {"need", "gap", "integer",
     "required minus current; the same as required if there is no rating"},
    {"need", "lapsed", "boolean", "whether there was a rating but none is in force now"},
    {"need", "lapsed_on", "string?", "last day on which a rating was in force, if it has lapsed"},
    {"need", "ending", "boolean", "whether a certificate meets the need and runs out soon"},
    {"need", "ends_on", "string?", "last day of that certificate, if it runs out soon"},
    {"need", "rated_on", "string?", "date of the rating that gives the current level"},
    {"need", "evidence", "string?",
     "kind of evidence of the current level: self, manager, peer, witness, portfolio, observer, "
     "test, "
     "assessor, certificate"},
    {"need", "confirm", "boolean",
     "whether newer independent evidence is two levels below a certificate"},
    {"need", "differs", "string?",
     "what says something else than the evidence that decides: self (the person's own view, two "
     "levels away) or certificate (one level above what was seen since); nil if nothing does"},
    {"need", "confidence", "integer?",
     "how confident the person feels, 0 to 4; from self-ratings only"},
    {"need", "weight", "integer", "1 to 5"},
    {"need", "importance", "string", "statutory, essential or desirable"},
    {"need", "purpose", "string", "compliance, role or growth"},
    {"need", "nature", "string", "what is missing: skill, knowledge, both or unknown"},
    {"need", "from", "string",
     "where the need came from: refresh, induction, new-role, new-duty, audit, plan, wish, "
     "basic-skills, review or profile"},
    {"need", "post", "string?", "code of the role that the need belongs to"},
    {"need", "practical", "boolean",
     "whether it is learnt only by doing, not from a module or by reading"},
    {"need", "certificate", "boolean",
     "whether only a certificate, licence or registration from outside the school shows it"},
    {"need", "evidenced", "fun(self: need, kind: string): boolean",
     "whether evidence of this kind or a stronger one supports the current level; false if no "
     "rating is in force"},
    {"need", "priority", "integer?",
     "weight, 1 to 5, of the school's or authority's current priority for it; nil if there is "
     "none"},
    {"need", "priority_code", "string?", "code of that priority"},

    {"person", "role", "string?", "code of the main role"},
    {"person", "roles", "string[]", "codes of all current roles, main role first"},
    {"person", "family", "string?", "role family of the main role"},
    {"person", "minutes", "integer?", "contract minutes a week, for all posts together"},
    {"person", "weeks", "integer?", "weeks a year"},
    {"person", "term_time", "boolean?", "whether the person works in term time only"},
    {"person", "employer", "string?",
     "school, authority, trust, contractor, agency, self-employed or volunteer"},
    {"person", "contract", "string?", "code of the contract of the main role"},
    {"person", "started", "string?", "date on which the person started at this school"},
    {"person", "progression", "string?", "whether the person wants to move on: yes, no or later"},
    {"person", "no_computer", "boolean?", "whether the person has no computer to learn with"},
    {"person", "formats", "string[]", "formats of learning that the person prefers"},
    {"person", "holds", "fun(self: person, what: string): boolean",
     "whether the person holds this unit, qualification or class, such as maths@2, and it is in "
     "force today"},
    {"person", "has_role", "fun(self: person, role: string): boolean",
     "whether this is one of the person's current roles"},
    {"person", "wishes", "fun(self: person, kind: string, code: string): boolean",
     "whether the person has asked for this; kind is role, qualification or competence"},
    {"person", "prefers", "fun(self: person, format: string): boolean",
     "whether this is one of the formats that the person prefers"},
    {"person", "needs", "fun(self: person): need[]",
     "all needs of the person, in order of competence"},

    {"school", "phase", "string?", "phase of the school"},
    {"school", "clusters", "integer", "how many clusters the school belongs to"},
    {"school", "helpers", "fun(self: school, need: need, kind: string?): integer",
     "1 if a colleague can help with this need now, otherwise 0, but never who or how many; kind "
     "is mentor, coach, buddy, shadow-host, training-mentor, expert-witness or assessor"},

    {"cohort", "competence", "string", "code of the competence, such as STL18"},
    {"cohort", "key", "string", "the competence in full, such as STL@2007/STL18"},
    {"cohort", "title", "string", "title of the competence"},
    {"cohort", "family", "string", "role family of the people"},
    {"cohort", "count", "integer",
     "people of the family in this school who are below the level they need, or who need it by law "
     "and do not have it"},
    {"cohort", "statutory", "integer", "how many of them need it by law"},
    {"cohort", "roster", "integer?",
     "people of the family in this school, as the school last reported; nil if it has not"},

    {"unit", "id", "string", "the id for unit { id = }"},
    {"unit", "code", "string", "code of the unit"},
    {"unit", "title", "string", "title of the unit"},
    {"unit", "level", "integer?", "level of study"},
    {"unit", "credit", "integer?", "credits"},
    {"unit", "gives", "integer", "level that it gives in the need's competence"},
    {"unit", "knowledge", "boolean", "whether it assesses knowledge only"},

    {"qualification", "id", "string", "the id for qualification { id = }"},
    {"qualification", "title", "string", "title of the qualification"},
    {"qualification", "type", "string", "award, certificate, diploma, apprenticeship, status ..."},
    {"qualification", "level", "integer?", "level of study"},
    {"qualification", "credit", "integer?", "total credits"},
    {"qualification", "entry", "string?", "entry requirements"},
    {"qualification", "open", "string",
     "yes, or unknown if nobody has confirmed that registration is open; closed qualifications are "
     "never listed"},
    {"qualification", "gives", "integer",
     "level that it or one of its units gives in the need's competence"},

    {"offer", "id", "string", "id of the offer"},
    {"offer", "development", "string",
     "the development, as a recommendation names it: kind, dot, id, such as course.fire-marshal or "
     "unit.TDA 2.1"},
    {"offer", "kind", "string", "kind of development: course, unit, inset ..."},
    {"offer", "title", "string", "title of the development"},
    {"offer", "provider", "string?", "who runs it"},
    {"offer", "mode", "string?", "how it is taught, in the offer's own word"},
    {"offer", "open_to", "string?", "which schools may send people, in the offer's own word"},
    {"offer", "own", "boolean", "whether it is the school's own offer, not the authority's"},
    {"offer", "fee", "integer?", "price for one person, in pence"},
    {"offer", "places", "integer?", "total places"},
    {"offer", "first", "string?", "date of the first session"},
    {"offer", "last", "string?", "date of the last session"},

    {"combination", "known", "boolean",
     "whether the catalogue lists the units of this qualification"},
    {"combination", "complete", "boolean", "whether the units held are enough"},
    {"combination", "credits_held", "integer", "credits that count"},
    {"combination", "credits_needed", "integer", "credits that it requires"},
    {"combination", "missing", "string[]", "codes of mandatory units not held"},

    {"effect", "completed", "integer",
     "completions where the result is known, rounded down to tens"},
    {"effect", "closed", "integer", "how many of them closed the gap"},
    {"effect", "per_cent", "integer",
     "percentage of completions that closed the gap, rounded down to tens"},

    {"", "rule", "fun(name: string): fun(fields: rule)",
     "defines a rule; only at the top level of a file"},
    {"", "school_rule", "fun(name: string): fun(fields: school_rule)",
     "defines a rule for a whole school; only at the top level of a file"},
    {"", "given", "fun(condition: any, reason: string?): boolean",
     "whether the condition holds; if it does not, the reason is shown"},
    {"", "otherwise", "fun(text: string): string", "the reason for given to show"},
    {"", "older_than", "fun(date: string?, months: integer): boolean",
     "whether the date is more than this many months ago; false without a date. No other function "
     "uses today's date"},
    {"", "units_for", "fun(need: need): unit[]",
     "units that give the need's competence at the required level, fewest credits first"},
    {"", "qualifications_for", "fun(need: need): qualification[]",
     "qualifications open today that give the need's competence, themselves or through one of "
     "their units"},
    {"", "steps_for", "fun(need: need): qualification[]",
     "qualifications open today that give more of the need's competence than the person has, also "
     "where that is less than required; of a need that is ending, also those that give as much"},
    {"", "offers_for", "fun(need: need): offer[]",
     "offers for the need's competence that this person can still book: soonest first, then "
     "cheapest; at most 20"},
    {"", "combination", "fun(qualification: string): combination",
     "how much of a qualification the units held already cover"},
    {"", "effect", "fun(kind: string): effect?",
     "the results of this kind of development in the authority, counted once a day; nil if fewer "
     "than ten results are known"},
    {"", "starts_with", "fun(text: string, start: string): boolean",
     "whether the text begins with this"},
    {"", "contains", "fun(text: string, part: string): boolean",
     "whether the text contains exactly this"},

    {"builder", "unit", "fun(fields: development_fields): development",
     "a single unit; requires id or code"},
    {"builder", "course", "fun(fields: development_fields): development", "a course; requires id"},
    {"builder", "qualification", "fun(fields: development_fields): development",
     "a qualification; requires id"},
    {"builder", "apprenticeship", "fun(fields: development_fields): development",
     "an apprenticeship; requires id"},
    {"builder", "status", "fun(fields: development_fields): development",
     "a status such as HLTA; requires id"},
    {"builder", "coaching", "fun(fields: development_fields): development",
     "coaching by a colleague who has the skill"},
    {"builder", "mentoring", "fun(fields: development_fields): development",
     "mentoring by an experienced colleague"},
    {"builder", "shadowing", "fun(fields: development_fields): development", "work shadowing"},
    {"builder", "buddying", "fun(fields: development_fields): development",
     "working with a buddy who does similar work"},
    {"builder", "peer_observation", "fun(fields: development_fields): development",
     "colleagues observing one another"},
    {"builder", "network", "fun(fields: development_fields): development",
     "a network of people in the same role"},
    {"builder", "action_research", "fun(fields: development_fields): development",
     "a small project of the person's own"},
    {"builder", "inset", "fun(fields: development_fields): development",
     "a training day or session in school"},
    {"builder", "resource", "fun(fields: development_fields): development",
     "reading, publications, materials"},
    {"builder", "e_learning", "fun(fields: development_fields): development",
     "an e-learning module"},
    {"builder", "joint_training", "fun(fields: development_fields): development",
     "training together with teachers"},
    {"builder", "finding_out", "fun(fields: development_fields): development",
     "finding out the level: id is self-assessment (the default), review or observation"},
};
const size_t api_n_rows = sizeof api_rows / sizeof api_rows[0];

const struct builder_row builder_rows[] = {
    {"unit", "unit", NULL, true},
    {"course", "course", NULL, false},
    {"qualification", "qualification", NULL, false},
    {"apprenticeship", "apprenticeship", NULL, false},
    {"status", "status", NULL, false},
    {"coaching", "coaching", "", false},
    {"mentoring", "mentoring", "", false},
    {"shadowing", "shadowing", "", false},
    {"buddying", "buddying", "", false},
    {"peer_observation", "peer-observation", "", false},
    {"network", "network", "", false},
    {"action_research", "action-research", "", false},
    {"inset", "inset", "", false},
    {"resource", "resource", "", false},
    {"e_learning", "e-learning", "", false},
    {"joint_training", "joint-training", "", false},
    {"finding_out", "finding-out", "self-assessment", false},
};
const size_t builder_n_rows = sizeof builder_rows / sizeof builder_rows[0];

const char *const nature_words[4] = {"skill", "knowledge", "both", "unknown"};
const char *const employer_words[7] = {"school", "authority",     "trust",    "contractor",
                                       "agency", "self-employed", "volunteer"};
const char *const progression_words[3] = {"yes", "no", "later"};

const struct word_list *word_list_find(const char *member) {
  static const struct word_list lists[] = {
      {"need.importance", importance_words, 3},
      {"need.purpose", purpose_words, 3},
      {"need.nature", nature_words, 4},
      {"need.from", need_from_words, NEED_FROM_COUNT},
      {"need.differs", differs_words, 2},
      {"person.employer", employer_words, 7},
      {"person.progression", progression_words, 3},
  };
  for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
    if (strcmp(lists[i].member, member) == 0)
      return &lists[i];

  return NULL;
}

const char *const builder_fields[] = {"id",       "code",    "weeks",        "hours", "minutes",
                                      "priority", "because", "not_in_house", NULL};
const char *const rule_fields[] = {"about",      "source",   "owner",     "competences",
                                   "roles",      "families", "purpose",   "needs",
                                   "leaves_out", "when",     "recommend", NULL};
const char *const school_rule_fields[] = {
    "about", "source", "owner", "competences", "families", "leaves_out", "when", "recommend", NULL};

const struct api_row *api_row_find(const char *object, const char *name) {
  for (size_t i = 0; i < api_n_rows; i++)
    if (strcmp(api_rows[i].object, object) == 0 && strcmp(api_rows[i].name, name) == 0)
      return &api_rows[i];
  return NULL;
}

bool api_row_is_function(const struct api_row *row) {
  return strncmp(row->type, "fun(", 4) == 0;
}
bool api_row_may_be_nil(const struct api_row *row) {
  return row->type[strlen(row->type) - 1] == '?';
}

const char *builder_rest(const struct builder_row *row, const char *id) {
  size_t len = strlen(row->kind);
  if (strncmp(id, row->kind, len) == 0 && id[len] == '.')
    return id + len + 1;
  return id;
}

const struct builder_row *builder_row_find(const char *name) {
  for (size_t i = 0; i < builder_n_rows; i++)
    if (strcmp(builder_rows[i].name, name) == 0)
      return &builder_rows[i];
  return NULL;
}

bool hours_read(const char *text, int32_t *ret_minutes) {
  size_t whole = strspn(text, "0123456789"),
         part = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
  size_t len = whole;

  if (text[whole] == '.')
    len = whole + 1 + part;

  if (whole == 0 || whole > 3 || part > 2 || text[len] || (text[whole] == '.' && part == 0))
    return false;

  int32_t hundredths = 0;
  if (part > 0)
    hundredths = atoi(text + whole + 1) * (part == 1 ? 10 : 1);

  *ret_minutes = atoi(text) * 60 + hundredths * 60 / 100;

  return hundredths * 60 % 100 == 0 && *ret_minutes <= 168 * 60;
}
