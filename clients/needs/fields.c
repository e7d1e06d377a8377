/* fields - what a column of a sheet may be, and which kinds of sheet there are. */
#include "fields.h"

#include <stdio.h>
#include <string.h>

const char *const kind_names[N_KINDS] = {"ratings", "grid", "staff", "certificates"};

#define R (1u << KIND_RATINGS)
#define G (1u << KIND_GRID)
#define S (1u << KIND_STAFF)
#define C (1u << KIND_CERTIFICATES)

const struct field_row field_rows[N_FIELDS] = {
    [F_PERSON] = {"person",
                  "|person id|person ref|staff id|staff ref|staff code|employee id|employee "
                  "number|pseudonym|",
                  "subject", R | G | S | C, false},
    [F_DATE] = {"date",
                "|date of review|review date|appraisal date|date of appraisal|date achieved|date "
                "awarded|award date|"
                "assessment date|as at|as at date|as of|",
                "date", R | G | S | C, true},
    [F_COMPETENCE] = {"competence", "|competence code|standard|", "competence", R | C, false},
    [F_LEVEL] = {"level", "|", "level", R | C, false},
    [F_EVIDENCE] = {"evidence", "|kind of evidence|", "evidence", R | G, false},
    [F_BY] = {"by", "|reviewer|reviewed by|appraiser|assessor|assessed by|rated by|", "by",
              R | G | C, false},
    [F_EXPIRES] = {"expires", "|expiry|expiry date|expires on|valid until|valid to|renewal date|",
                   "expires", R | C, true},
    [F_UNIT] = {"unit", "|unit code|", "unit", C, false},
    [F_QUALIFICATION] = {"qualification", "|qualification code|", "qualification", C, false},
    [F_CERTIFICATE] = {"certificate", "|course|certificate name|", "certificate", C, false},
    [F_CREDIT] = {"credit", "|credits|", "credit", C, false},
    [F_ROLE] = {"role", "|role code|census role|census role code|census code|post|", "role", S,
                false},
    [F_TITLE] = {"title", "|job title|post title|", "title", S, false},
    [F_FROM] = {"start", "|from|start date|started|post start|post start date|", "from", S, true},
    [F_TO] = {"end", "|to|end date|post end|post end date|leaving date|", "to", S, true},
    [F_HOURS] = {"hours",
                 "|hours per week|hours a week|weekly hours|hours/week|hrs/week|hrs per "
                 "week|contracted hours|",
                 "minutes", S, false},
    [F_MINUTES] = {"minutes", "|minutes per week|minutes a week|weekly minutes|", "minutes", S,
                   false},
    [F_WEEKS] = {"weeks", "|weeks per year|weeks a year|weeks/year|paid weeks|", "weeks", S, false},
    [F_CONTRACT] = {"contract", "|contract type|", "contract", S, false},
    [F_TERM_TIME] = {"term-time", "|term time|term time only|term-time only|tto|", "term_time", S,
                     false},
    [F_EMPLOYER] = {"employer", "|employed by|", "employer", S, false},
    [F_MAIN] = {"main", "|main post|main role|", "main", S, false},
};

static bool among(const char *list, const char *key) {
  char with_bars[128];
  snprintf(with_bars, sizeof with_bars, "|%s|", key);
  return *key && strlen(key) < sizeof with_bars - 3 && !strchr(key, '|') && strstr(list, with_bars);
}

enum field field_named(const char *name) {
  for (int f = 0; f < N_FIELDS; f++)
    if (!strcmp(name, field_rows[f].name))
      return (enum field)f;
  return F_NONE;
}

enum field field_of_heading(const char *key) {
  enum field named = field_named(key);
  for (int f = 0; named == F_NONE && f < N_FIELDS; f++)
    if (among(field_rows[f].headings, key))
      return (enum field)f;
  return named;
}

/* "Your name", "Name of employee"; not the name of a course or a school. */
static bool is_persons_name(const char *key) {
  static const char *const whose[] = {"your",    "staff",     "employee", "member",    "person's",
                                      "full",    "first",     "last",     "middle",    "given",
                                      "family",  "maiden",    "previous", "preferred", "known",
                                      "manager", "reviewer's"};
  const char *name = strstr(key, "name");
  if (!name || (name > key && name[-1] != ' ') ||
      (name[4] && name[4] != ' ' && name[4] != '?' && name[4] != '('))
    return false;

  for (size_t i = 0; i < sizeof whose / sizeof *whose; i++)
    if (strstr(key, whose[i]))
      return true;

  return false;
}

bool heading_is_personal(const char *key) {
  return among("|name|names|full name|surname|family name|last name|forename|forenames|first "
               "name|initials|known as|title and name|"
               "date of birth|birth date|birthday|birthdate|dob|d.o.b.|d.o.b|age|",
               key) ||
         among("|ni number|ni no|ni no.|nino|national insurance|national insurance number|national "
               "insurance no|teacher reference "
               "number|trn|passport|passport number|",
               key) ||
         among("|gender|sex|ethnicity|religion|nationality|disability|marital status|next of "
               "kin|emergency contact|salary|"
               "bank account|sort code|",
               key) ||
         among("|e-mail|email|e-mail address|email address|your email|your e-mail|your email "
               "address|work email|home "
               "email|username|"
               "user name|address|home address|postcode|post code|phone|telephone|mobile|phone "
               "number|telephone number|"
               "mobile number|home phone|",
               key) ||
         is_persons_name(key);
}
