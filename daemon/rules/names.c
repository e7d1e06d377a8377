/* names - the rows behind rules/names.h. A row added here needs its function in api.c (start-up
 * refuses a row without one). */
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
    {"need", "rated", "boolean", "a rating is in force"},
    {"need", "current", "integer?", "level now; nil when no rating is in force"},
    {"need", "current_words", "string?",
     "level now in the framework's words; nil when no rating is in force"},
    {"need", "required", "integer", "level that the post asks for"},
    {"need", "required_words", "string", "level that the post asks for, in the framework's words"},
    {"need", "gap", "integer", "required less current; all of required when unrated"},
    {"need", "lapsed", "boolean", "there was a rating, but none is in force now"},
    {"need", "lapsed_on", "string?", "last day on which a rating was in force, when lapsed"},
    {"need", "rated_on", "string?", "date of the rating that gives the current level"},
    {"need", "evidence", "string?",
     "kind of evidence of the current level: self, manager, peer, witness, portfolio, observer, "
     "test, "
     "assessor, certificate"},
    {"need", "confirm", "boolean",
     "newer independent evidence lies two levels below a certificate"},
    {"need", "confidence", "integer?", "how sure the person feels, 0 to 4; from self-ratings only"},
    {"need", "weight", "integer", "1 to 5"},
    {"need", "importance", "string", "statutory, essential or desirable"},
    {"need", "purpose", "string", "compliance, role or growth"},
    {"need", "nature", "string", "what is missing: skill, knowledge, both or unknown"},
    {"need", "from", "string",
     "why it is a need: refresh, induction, new-role, new-duty, audit, plan, wish, basic-skills, "
     "review or profile"},
    {"need", "post", "string?", "code of the role that it belongs to"},
    {"need", "practical", "boolean",
     "is learnt by doing only; no module and no reading stands for it"},
    {"need", "certificate", "boolean",
     "is shown only by a certificate, licence or registration from outside the school"},
    {"need", "evidenced", "fun(self: need, kind: string): boolean",
     "the current level rests on evidence of this kind or of a stronger one; false when no rating "
     "is in force"},
    {"need", "priority", "integer?",
     "weight, 1 to 5, that the school's or authority's priority in force gives it; nil when none "
     "does"},
    {"need", "priority_code", "string?", "code of that priority"},

    {"person", "role", "string?", "code of the main role"},
    {"person", "roles", "string[]", "codes of all current roles, main role first"},
    {"person", "family", "string?", "role family of the main role"},
    {"person", "minutes", "integer?", "contract minutes a week, all posts together"},
    {"person", "weeks", "integer?", "weeks a year"},
    {"person", "term_time", "boolean?", "works in term time only"},
    {"person", "employer", "string?",
     "school, authority, trust, contractor, agency, self-employed or volunteer"},
    {"person", "contract", "string?", "code of the contract of the main role"},
    {"person", "started", "string?", "date of the start at this school"},
    {"person", "progression", "string?", "wants to move on: yes, no or later"},
    {"person", "no_computer", "boolean?", "has no computer to learn with"},
    {"person", "formats", "string[]", "formats of learning that the person prefers"},
    {"person", "holds", "fun(self: person, what: string): boolean",
     "holds this unit, qualification or class such as maths@2, in force today"},
    {"person", "has_role", "fun(self: person, role: string): boolean",
     "this is one of the current roles"},
    {"person", "wishes", "fun(self: person, kind: string, code: string): boolean",
     "has wished for this; kind is role, qualification or competence"},
    {"person", "prefers", "fun(self: person, format: string): boolean",
     "this is one of the preferred formats"},
    {"person", "needs", "fun(self: person): need[]", "all needs of the person, by competence"},

    {"school", "phase", "string?", "phase of the school"},
    {"school", "clusters", "integer", "how many clusters the school belongs to"},
    {"school", "helpers", "fun(self: school, need: need, kind: string?): integer",
     "1 when a colleague could help with this need now, else 0; kind is mentor, coach, buddy, "
     "shadow-host, training-mentor, "
     "expert-witness or assessor; never who or how many"},

    {"cohort", "competence", "string", "code of the competence, such as STL18"},
    {"cohort", "key", "string", "the competence in full, such as STL@2007/STL18"},
    {"cohort", "title", "string", "title of the competence"},
    {"cohort", "family", "string", "role family of the people"},
    {"cohort", "count", "integer",
     "people of the family here who are below the level asked of them, or must have it by law and "
     "have not"},
    {"cohort", "statutory", "integer", "of them, who must have it by law"},
    {"cohort", "roster", "integer?",
     "people of the family here, as the school last said; nil when it has not"},

    {"unit", "id", "string", "what unit { id = } takes"},
    {"unit", "code", "string", "code of the unit"},
    {"unit", "title", "string", "title of the unit"},
    {"unit", "level", "integer?", "level of study"},
    {"unit", "credit", "integer?", "credits"},
    {"unit", "gives", "integer", "level that it gives in the need's competence"},
    {"unit", "knowledge", "boolean", "assesses knowledge, not competence"},

    {"qualification", "id", "string", "what qualification { id = } takes"},
    {"qualification", "title", "string", "title of the qualification"},
    {"qualification", "type", "string", "award, certificate, diploma, apprenticeship, status ..."},
    {"qualification", "level", "integer?", "level of study"},
    {"qualification", "credit", "integer?", "credits in all"},
    {"qualification", "entry", "string?", "entry requirements"},
    {"qualification", "open", "string",
     "yes, or unknown when nobody has confirmed that one can register; the closed ones are never "
     "listed"},
    {"qualification", "gives", "integer",
     "level that it or one of its units gives in the need's competence"},

    {"offer", "id", "string", "id of the offer"},
    {"offer", "development", "string",
     "what it is, as a recommendation names it: kind, point, id, such as course.fire-marshal or "
     "unit.TDA 2.1"},
    {"offer", "kind", "string", "kind of development: course, unit, inset ..."},
    {"offer", "title", "string", "title of the development"},
    {"offer", "provider", "string?", "who gives it"},
    {"offer", "mode", "string?", "how it is given, in the offer's own word"},
    {"offer", "open_to", "string?", "which schools may send people, in the offer's own word"},
    {"offer", "own", "boolean", "the school's own, not the authority's"},
    {"offer", "fee", "integer?", "pence for one person"},
    {"offer", "places", "integer?", "places in all"},
    {"offer", "first", "string?", "date of the first session"},
    {"offer", "last", "string?", "date of the last session"},

    {"combination", "known", "boolean", "the catalogue knows which units make this qualification"},
    {"combination", "complete", "boolean", "the units held are enough"},
    {"combination", "credits_held", "integer", "credits that count"},
    {"combination", "credits_needed", "integer", "credits that it takes"},
    {"combination", "missing", "string[]", "codes of mandatory units not held"},

    {"effect", "completed", "integer",
     "completions of which it is known whether the gap closed, rounded down to tens"},
    {"effect", "closed", "integer", "of them, those after which the gap had closed"},
    {"effect", "per_cent", "integer", "closed of a hundred completed, rounded down to tens"},

    {"", "rule", "fun(name: string): fun(fields: rule)",
     "describes a rule; only at the top of a file"},
    {"", "school_rule", "fun(name: string): fun(fields: school_rule)",
     "describes a rule for a whole school; only at the top of a file"},
    {"", "given", "fun(condition: any, reason: string?): boolean",
     "whether the condition holds; the reason is shown when it does not"},
    {"", "otherwise", "fun(text: string): string", "the reason that given shows"},
    {"", "older_than", "fun(date: string?, months: integer): boolean",
     "the date lies more than so many months back; false without a date; the only look at today"},
    {"", "units_for", "fun(need: need): unit[]",
     "units that give the need's competence at the level required, fewest credits first"},
    {"", "qualifications_for", "fun(need: need): qualification[]",
     "qualifications open today that give it, themselves or by one of their units"},
    {"", "offers_for", "fun(need: need): offer[]",
     "what can be booked that gives the need's competence, open to this person and not over: "
     "soonest first, then cheapest; at "
     "most 20"},
    {"", "combination", "fun(qualification: string): combination",
     "how far the units held go towards a qualification"},
    {"", "effect", "fun(kind: string): effect?",
     "what came of this kind of development in the authority, counted anew once a day; nil when it "
     "is known of fewer than ten "
     "completions"},
    {"", "starts_with", "fun(text: string, start: string): boolean", "the text begins with this"},
    {"", "contains", "fun(text: string, part: string): boolean",
     "the text has this in it, letter for letter"},

    {"builder", "unit", "fun(fields: development_fields): development",
     "a single unit; id or code is a must"},
    {"builder", "course", "fun(fields: development_fields): development", "a course; id is a must"},
    {"builder", "qualification", "fun(fields: development_fields): development",
     "a qualification; id is a must"},
    {"builder", "apprenticeship", "fun(fields: development_fields): development",
     "an apprenticeship; id is a must"},
    {"builder", "status", "fun(fields: development_fields): development",
     "a status such as HLTA; id is a must"},
    {"builder", "coaching", "fun(fields: development_fields): development",
     "a colleague who has the skill coaches"},
    {"builder", "mentoring", "fun(fields: development_fields): development",
     "an experienced colleague as mentor"},
    {"builder", "shadowing", "fun(fields: development_fields): development", "work shadowing"},
    {"builder", "buddying", "fun(fields: development_fields): development",
     "a buddy in the same kind of work"},
    {"builder", "peer_observation", "fun(fields: development_fields): development",
     "observing one another"},
    {"builder", "network", "fun(fields: development_fields): development",
     "a network of people in the same role"},
    {"builder", "action_research", "fun(fields: development_fields): development",
     "a small project of one's own"},
    {"builder", "inset", "fun(fields: development_fields): development",
     "a training day or session in school"},
    {"builder", "resource", "fun(fields: development_fields): development",
     "reading, publications, materials"},
    {"builder", "e_learning", "fun(fields: development_fields): development",
     "an e-learning module"},
    {"builder", "joint_training", "fun(fields: development_fields): development",
     "training together with teachers"},
    {"builder", "finding_out", "fun(fields: development_fields): development",
     "finding out the level: id is self-assessment (when none is given), review or observation"},
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
      {"need.importance", importance_words, 3}, {"need.purpose", purpose_words, 3},
      {"need.nature", nature_words, 4},         {"need.from", need_from_words, NEED_FROM_COUNT},
      {"person.employer", employer_words, 7},   {"person.progression", progression_words, 3},
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
