/* tables - what each file of the catalogue holds: a row a file, a row a column. Everything load.c
 * knows of a file stands here. */
#include "catalogue/internal.h"

const char *const purpose_words[] = {"compliance", "role", "growth", NULL};
const char *const importance_words[] = {"statutory", "essential", "desirable", NULL};
const char *const certainty_words[] = {"high", "medium", "designed", "low", NULL};

static const char *const open_words[] = {"yes", "no", "unknown", NULL};
static const char *const assesses_words[] = {"competence", "knowledge", NULL};
static const char *const learnt_words[] = {"any", "practice", NULL};
static const char *const shown_words[] = {"any", "certificate", NULL};
static const char *const independence_words[] = {"self", "line", "independent", NULL};
static const char *const where_words[] = {"classroom", "outside", NULL};
static const char *const status_words[] = {"current", "older guidance", "withdrawn", NULL};
static const char *const relation_words[] = {"exact", "close", "part", NULL};
static const char *const audience_words[] = {"person", "manager", "school", "authority", NULL};
static const char *const member_words[] = {"qualification", "class", NULL};
const char *const gate_kind_words[] = {"held", "competences", "employed", "works", "agreed", NULL};
static const char *const of_words[] = {"unit",       "course", "qualification",
                                       "competence", "form",   NULL};
static const char *const rule_words[] = {
    "all", "units", "units across", "credits", "credits across", "credits at level", NULL};
static const char *const type_words[] = {
    "award",          "certificate", "diploma", "NVQ",     "degree",
    "apprenticeship", "status",      "licence", "general", NULL};

#define AT(T, m) offsetof(struct T, m)
#define TEXT(n, must, at_)                                                                         \
  { .name = n, .cell = CELL_TEXT, .need = must, .at = at_ }
#define CODE(n, must, at_)                                                                         \
  { .name = n, .cell = CELL_CODE, .need = must, .at = at_ }
#define WORD_CODE(n, must, at_)                                                                    \
  { .name = n, .cell = CELL_WORD_CODE, .need = must, .at = at_ }
#define CLASS(n, must, at_)                                                                        \
  { .name = n, .cell = CELL_CLASS, .need = must, .at = at_ }
#define INT(n, must, at_, lo, hi)                                                                  \
  { .name = n, .cell = CELL_INT, .need = must, .at = at_, .low = lo, .high = hi }
#define WORD(n, must, at_, w)                                                                      \
  { .name = n, .cell = CELL_WORD, .need = must, .at = at_, .words = w }
#define REF(n, must, at_, t)                                                                       \
  { .name = n, .cell = CELL_REF, .need = must, .at = at_, .ref = t }
#define REFS(n, t)                                                                                 \
  { .name = n, .cell = CELL_REFS, .need = MAY, .at = NOWHERE, .ref = t }
#define COMPETENCE(n, must, at_)                                                                   \
  { .name = n, .cell = CELL_COMPETENCE, .need = must, .at = at_ }
#define NOTE(n)                                                                                    \
  { .name = n, .cell = CELL_NOTE, .need = MAY, .at = NOWHERE }
#define CERTAINTY(at_) NOTE("provenance"), WORD("certainty", MUST, at_, certainty_words)
#define SURE(n) WORD(n, MAY, NOWHERE, certainty_words)
#define END                                                                                        \
  { .name = NULL }

static const struct column framework_columns[] = {WORD_CODE("framework", KEY, AT(framework, name)),
                                                  CODE("version", KEY, AT(framework, version)),
                                                  NOTE("title"),
                                                  {.name = "levels",
                                                   .cell = CELL_LEVELS,
                                                   .need = MUST,
                                                   .at = AT(framework, levels),
                                                   .at_n = AT(framework, n_levels)},
                                                  NOTE("owner"),
                                                  REFS("source", TABLE_SOURCE),
                                                  NOTE("note"),
                                                  CERTAINTY(NOWHERE),
                                                  END};

static const struct column competence_columns[] = {
    WORD_CODE("framework", KEY, NOWHERE),
    {.name = "version", .cell = CELL_VERSION, .need = KEY, .at = AT(competence, framework)},
    WORD_CODE("code", KEY, AT(competence, code)),
    TEXT("title", MUST, AT(competence, title)),
    TEXT("area", MAY, AT(competence, area)),
    NOTE("typical_level"),
    WORD("purpose", MUST, AT(competence, purpose), purpose_words),
    INT("refresh_months", MAY, AT(competence, refresh_months), 1, 120),
    INT("session_minutes", MAY, AT(competence, session_minutes), 1, 10000),
    TEXT("basis", MAY, AT(competence, basis)),
    NOTE("who"),
    {.name = "learnt_by",
     .cell = CELL_YES,
     .need = MAY,
     .at = AT(competence, practical),
     .words = learnt_words},
    {.name = "shown_by",
     .cell = CELL_YES,
     .need = MAY,
     .at = AT(competence, certificate),
     .words = shown_words},
    NOTE("imported_from"),
    SURE("certainty_title"),
    SURE("certainty_code"),
    SURE("certainty_learnt"),
    CERTAINTY(AT(competence, certainty)),
    END};

static const struct column evidence_columns[] = {
    CODE("kind", KEY, AT(evidence_kind, kind)),
    INT("rank", MUST, AT(evidence_kind, rank), 1, 99),
    TEXT("words", MUST, AT(evidence_kind, words)),
    {.name = "independence",
     .cell = CELL_TEXT,
     .need = MUST,
     .at = AT(evidence_kind, independence),
     .words = independence_words},
    INT("fades_months", MAY, AT(evidence_kind, fades_months), 1, 120),
    NOTE("what_it_is"),
    CERTAINTY(AT(evidence_kind, certainty)),
    END};

static const struct column family_columns[] = {CODE("family", KEY, AT(family, code)),
                                               TEXT("words", MUST, AT(family, words)),
                                               {.name = "where",
                                                .cell = CELL_TEXT,
                                                .need = MUST,
                                                .at = AT(family, where),
                                                .words = where_words},
                                               NOTE("note"),
                                               CERTAINTY(NOWHERE),
                                               END};

static const struct column role_columns[] = {
    CODE("role", KEY, AT(role, code)),
    TEXT("title", MUST, AT(role, title)),
    REF("family", MUST, AT(role, family), TABLE_FAMILY),
    {.name = "in_scope", .cell = CELL_YES, .need = MUST, .at = AT(role, in_scope)},
    TEXT("typical_level", MAY, AT(role, typical_level)),
    {.name = "usual_competences", .cell = CELL_COMPETENCES, .need = MAY, .at = NOWHERE},
    SURE("certainty_title"),
    SURE("certainty_competences"),
    CERTAINTY(AT(role, certainty)),
    END};

static const struct column profile_columns[] = {
    TEXT("scope", KEY, AT(profile_row, scope)),
    COMPETENCE("competence", KEY, AT(profile_row, competence)),
    INT("level", MUST, AT(profile_row, level), 0, LEVEL_MAX),
    WORD("importance", MUST, AT(profile_row, importance), importance_words),
    INT("weight", MUST, AT(profile_row, weight), 1, 5),
    WORD("purpose", MUST, AT(profile_row, purpose), purpose_words),
    CERTAINTY(AT(profile_row, certainty)),
    END};

static const struct column source_columns[] = {CODE("source", KEY, AT(source, id)),
                                               TEXT("title", MUST, AT(source, title)),
                                               TEXT("publisher", MUST, AT(source, publisher)),
                                               INT("year", MUST, AT(source, year), 1900, 2199),
                                               {.name = "status",
                                                .cell = CELL_TEXT,
                                                .need = MUST,
                                                .at = AT(source, status),
                                                .words = status_words},
                                               {.name = "superseded_by",
                                                .cell = CELL_REFS,
                                                .need = MAY,
                                                .at = AT(source, superseded_by),
                                                .ref = TABLE_SOURCE},
                                               NOTE("note"),
                                               CERTAINTY(AT(source, certainty)),
                                               END};

static const struct column kind_columns[] = {
    CODE("kind", KEY, AT(kind, coded.code)),
    TEXT("words", MUST, AT(kind, coded.words)),
    {.name = "formal", .cell = CELL_YES, .need = MUST, .at = AT(kind, formal)},
    WORD("of", MUST, AT(kind, of), of_words),
    CODE("helper", MAY, AT(kind, helper)),
    NOTE("note"),
    REFS("source", TABLE_SOURCE),
    CERTAINTY(AT(kind, coded.certainty)),
    END};

static const struct column unit_columns[] = {TEXT("unit", KEY, AT(unit, code)),
                                             CODE("slug", MUST, AT(unit, slug)),
                                             TEXT("title", MUST, AT(unit, title)),
                                             INT("level", MAY, AT(unit, level), 0, 8),
                                             INT("credit", MAY, AT(unit, credit), 0, 999),
                                             INT("glh", MAY, AT(unit, glh), 0, 9999),
                                             {.name = "assesses",
                                              .cell = CELL_YES,
                                              .need = MUST,
                                              .at = AT(unit, knowledge),
                                              .words = assesses_words},
                                             {.name = "gives",
                                              .cell = CELL_GIVES,
                                              .need = MAY,
                                              .at = AT(unit, gives),
                                              .at_n = AT(unit, n_gives)},
                                             WORD("open", MUST, AT(unit, open), open_words),
                                             NOTE("framework"),
                                             NOTE("reference"),
                                             SURE("certainty_title"),
                                             SURE("certainty_reference"),
                                             SURE("certainty_credit"),
                                             SURE("certainty_gives"),
                                             CERTAINTY(AT(unit, certainty)),
                                             END};

static const struct column qualification_columns[] = {
    CODE("qualification", KEY, AT(qualification, id)),
    TEXT("title", MUST, AT(qualification, title)),
    {.name = "type",
     .cell = CELL_TEXT,
     .need = MUST,
     .at = AT(qualification, type),
     .words = type_words},
    INT("level", MAY, AT(qualification, level), 0, 8),
    INT("credit", MAY, AT(qualification, credit), 0, 999),
    NOTE("credit_at_level"),
    NOTE("glh"),
    WORD("open", MUST, AT(qualification, open), open_words),
    {.name = "opens", .cell = CELL_DATE, .need = MAY, .at = AT(qualification, opens)},
    {.name = "closes", .cell = CELL_DATE, .need = MAY, .at = AT(qualification, closes)},
    NOTE("certificates_until"),
    TEXT("entry", MAY, AT(qualification, entry)),
    NOTE("work_in_role"),
    NOTE("min_age"),
    {.name = "gives",
     .cell = CELL_GIVES,
     .need = MAY,
     .at = AT(qualification, gives),
     .at_n = AT(qualification, n_gives)},
    {.name = "successor",
     .cell = CELL_REFS,
     .need = MAY,
     .at = AT(qualification, successor),
     .ref = TABLE_QUALIFICATION},
    NOTE("status"),
    NOTE("references"),
    NOTE("awarding"),
    WORD("certainty_open", MUST, AT(qualification, certainty_open), certainty_words),
    CERTAINTY(AT(qualification, certainty)),
    END};

static const struct column gate_columns[] = {TEXT("goal", KEY, AT(gate, goal)),
                                             CODE("gate", KEY, AT(gate, code)),
                                             WORD("kind", MUST, AT(gate, kind), gate_kind_words),
                                             TEXT("asks", MAY, AT(gate, asks)),
                                             {.name = "competences",
                                              .cell = CELL_GIVES,
                                              .need = MAY,
                                              .at = AT(gate, competences),
                                              .at_n = AT(gate, n_competences)},
                                             TEXT("words", MUST, AT(gate, words)),
                                             CERTAINTY(AT(gate, certainty)),
                                             END};

static const struct column combination_columns[] = {
    REF("qualification", KEY, AT(combination_row, qualification), TABLE_QUALIFICATION),
    TEXT("group", KEY, AT(combination_row, group)),
    TEXT("unit", KEY, AT(combination_row, unit)),
    WORD("rule", MUST, AT(combination_row, rule), rule_words),
    INT("units", MAY, AT(combination_row, units), 1, 99),
    INT("credits", MAY, AT(combination_row, credits), 1, 999),
    INT("level", MAY, AT(combination_row, level), 0, 8),
    CERTAINTY(NOWHERE),
    END};

static const struct column equivalence_columns[] = {
    CLASS("class", KEY, AT(equivalence, class)),
    WORD("member_kind", MUST, AT(equivalence, member_kind), member_words),
    CLASS("member", KEY, AT(equivalence, member)),
    NOTE("words"),
    NOTE("note"),
    CERTAINTY(NOWHERE),
    END};

static const struct column informal_columns[] = {
    CODE("form", KEY, AT(informal, id)),
    {.name = "kind", .cell = CELL_CODE, .need = MUST, .at = AT(informal, kind)},
    TEXT("title", MUST, AT(informal, title)),
    TEXT("suits", MAY, AT(informal, suits)),
    NOTE("prerequisites"),
    INT("helper_level", MUST, AT(informal, min_level), 0, LEVEL_MAX),
    INT("minutes", MUST, AT(informal, minutes), 1, 100000),
    INT("weeks", MUST, AT(informal, weeks), 1, 104),
    NOTE("capacity"),
    NOTE("in_contract"),
    NOTE("evidence_output"),
    REFS("source", TABLE_SOURCE),
    SURE("certainty_form"),
    SURE("certainty_numbers"),
    CERTAINTY(AT(informal, certainty)),
    END};

static const struct column course_columns[] = {CODE("course", KEY, AT(course, id)),
                                               REF("kind", KEY, AT(course, kind), TABLE_KIND),
                                               TEXT("title", MUST, AT(course, title)),
                                               INT("level", MAY, AT(course, level), 0, 8),
                                               INT("credit", MAY, AT(course, credit), 0, 999),
                                               INT("minutes", MAY, AT(course, minutes), 1, 100000),
                                               {.name = "competences",
                                                .cell = CELL_COMPETENCES,
                                                .need = MUST,
                                                .at = AT(course, competences),
                                                .at_n = AT(course, n_competences)},
                                               NOTE("note"),
                                               CERTAINTY(AT(course, certainty)),
                                               END};

static const struct column barrier_columns[] = {CODE("barrier", KEY, AT(coded, code)),
                                                TEXT("words", MUST, AT(coded, words)),
                                                {.name = "audience",
                                                 .cell = CELL_TEXT,
                                                 .need = MUST,
                                                 .at = AT(coded, extra),
                                                 .words = audience_words},
                                                NOTE("acts"),
                                                NOTE("note"),
                                                CERTAINTY(AT(coded, certainty)),
                                                END};

static const struct column finding_columns[] = {CODE("finding", KEY, NOWHERE),
                                                NOTE("words"),
                                                NOTE("group"),
                                                REF("barrier", MAY, NOWHERE, TABLE_BARRIER),
                                                NOTE("percent"),
                                                NOTE("base"),
                                                NOTE("effect"),
                                                REFS("source", TABLE_SOURCE),
                                                CERTAINTY(NOWHERE),
                                                END};

/* The plain code tables: code, words, an `extra` that the domain's readers know, other spellings in
 * `also`. */
#define CODED(key, extra_column, ...)                                                              \
  {                                                                                                \
    CODE(key, KEY, AT(coded, code)), TEXT("words", MUST, AT(coded, words)),                        \
        TEXT(extra_column, MAY, AT(coded, extra)), NOTE("also"), NOTE("note"),                     \
        REFS("source", TABLE_SOURCE), __VA_ARGS__ CERTAINTY(AT(coded, certainty)), END             \
  }
static const struct column impact_columns[] = CODED("impact", "on", NOTE("use"), );
static const struct column check_columns[] = CODED("check", "settled_by", NOTE("also_asked"),
                                                   NOTE("carries"), NOTE("before_start"), );
static const struct column payer_columns[] = CODED("payer", "status", NOTE("who"), NOTE("for"), );
static const struct column fund_columns[] = CODED("fund", "status", NOTE("who"), NOTE("for"), );
static const struct column contract_columns[] = CODED("contract", "extra", );
static const struct column phase_columns[] = CODED("phase", "extra", );
static const struct column priority_columns[] = CODED("priority", "extra", );

static const struct column school_columns[] = {
    CODE("school", KEY, AT(school_row, code)),
    TEXT("name", MUST, AT(school_row, name)),
    {.name = "phase", .cell = CELL_TEXT, .need = MAY, .at = AT(school_row, phase)},
    NOTE("cluster"),
    NOTE("governance"),
    NOTE("note"),
    CERTAINTY(NOWHERE),
    END};

static const struct column crosswalk_columns[] = {
    {.name = "from", .cell = CELL_FORMER, .need = KEY, .at = AT(crossing, from)},
    COMPETENCE("to", KEY, AT(crossing, to)),
    WORD("relation", MUST, AT(crossing, relation), relation_words),
    NOTE("note"),
    CERTAINTY(AT(crossing, certainty)),
    END};

static const struct column title_columns[] = {TEXT("key", KEY, AT(title, key)),
                                              NOTE("title"),
                                              REF("role", MUST, AT(title, role), TABLE_ROLE),
                                              TEXT("note", MAY, AT(title, note)),
                                              CERTAINTY(AT(title, certainty)),
                                              END};

static const struct column census_columns[] = {TEXT("set", KEY, NOWHERE),
                                               TEXT("code", KEY, NOWHERE),
                                               NOTE("words"),
                                               NOTE("note"),
                                               CERTAINTY(NOWHERE),
                                               END};

#define TABLE(file_, columns_, T, sorted_, required_)                                              \
  {                                                                                                \
    .file = file_, .columns = columns_, .size = sizeof(struct T), .sorted = sorted_,               \
    .required = required_                                                                          \
  }
const struct table_def table_defs[TABLE_COUNT] = {
    [TABLE_FRAMEWORK] = {"frameworks.csv", framework_columns, sizeof(struct framework), true, true,
                         "@"},
    [TABLE_COMPETENCE] = {"competences.csv", competence_columns, sizeof(struct competence), true,
                          true, "@/"},
    [TABLE_EVIDENCE] = TABLE("evidence.csv", evidence_columns, evidence_kind, true, true),
    [TABLE_FAMILY] = TABLE("families.csv", family_columns, family, true, true),
    [TABLE_ROLE] = TABLE("roles.csv", role_columns, role, true, true),
    [TABLE_PROFILE] = TABLE("profiles.csv", profile_columns, profile_row, true, true),
    [TABLE_SOURCE] = TABLE("sources.csv", source_columns, source, true, true),
    [TABLE_KIND] = TABLE("kinds.csv", kind_columns, kind, false, true),
    [TABLE_UNIT] = TABLE("units.csv", unit_columns, unit, true, true),
    [TABLE_QUALIFICATION] = TABLE("qualifications.csv", qualification_columns, qualification, true,
                                  true),
    [TABLE_GATE] = TABLE("gates.csv", gate_columns, gate, true, false),
    [TABLE_COMBINATION] = TABLE("combinations.csv", combination_columns, combination_row, false,
                                true),
    [TABLE_EQUIVALENCE] = TABLE("equivalences.csv", equivalence_columns, equivalence, true, true),
    [TABLE_INFORMAL] = TABLE("informal.csv", informal_columns, informal, false, true),
    [TABLE_COURSE] = TABLE("courses.csv", course_columns, course, true, false),
    [TABLE_BARRIER] = TABLE("barriers.csv", barrier_columns, coded, false, true),
    [TABLE_FINDING] = {.file = "barrier_findings.csv", .columns = finding_columns},
    [TABLE_IMPACT] = TABLE("impact.csv", impact_columns, coded, false, true),
    [TABLE_CHECK] = TABLE("practicalities.csv", check_columns, coded, false, true),
    [TABLE_PAYER] = TABLE("payers.csv", payer_columns, coded, false, true),
    [TABLE_FUND] = TABLE("funds.csv", fund_columns, coded, false, true),
    [TABLE_CONTRACT] = TABLE("contracts.csv", contract_columns, coded, false, true),
    [TABLE_PHASE] = TABLE("phases.csv", phase_columns, coded, false, true),
    [TABLE_PRIORITY] = TABLE("priorities.csv", priority_columns, coded, false, true),
    [TABLE_SCHOOL] = TABLE("schools.csv", school_columns, school_row, true, false),
    [TABLE_CROSSWALK] = TABLE("crosswalk.csv", crosswalk_columns, crossing, true, false),
    [TABLE_TITLE] = TABLE("titles.csv", title_columns, title, true, false),
    [TABLE_CENSUS] = {.file = "census_codes.csv", .columns = census_columns},
};

const enum table_id domain_tables[DOMAIN_COUNT] = {
    [DOMAIN_NONE] = TABLE_COUNT,         [DOMAIN_COMPETENCE] = TABLE_COUNT,
    [DOMAIN_ROLE] = TABLE_ROLE,          [DOMAIN_FAMILY] = TABLE_FAMILY,
    [DOMAIN_UNIT] = TABLE_COUNT,         [DOMAIN_QUALIFICATION] = TABLE_QUALIFICATION,
    [DOMAIN_EVIDENCE] = TABLE_EVIDENCE,  [DOMAIN_DEVELOPMENT] = TABLE_COUNT,
    [DOMAIN_BARRIER] = TABLE_BARRIER,    [DOMAIN_IMPACT] = TABLE_IMPACT,
    [DOMAIN_CHECK] = TABLE_CHECK,        [DOMAIN_PAYER] = TABLE_PAYER,
    [DOMAIN_FUND] = TABLE_FUND,          [DOMAIN_CONTRACT] = TABLE_CONTRACT,
    [DOMAIN_PHASE] = TABLE_PHASE,        [DOMAIN_EQUIVALENCE] = TABLE_COUNT,
    [DOMAIN_PRIORITY] = TABLE_PRIORITY,  [DOMAIN_KIND] = TABLE_KIND,
    [DOMAIN_SOURCE] = TABLE_SOURCE,      [DOMAIN_HELPER] = TABLE_COUNT,
    [DOMAIN_AUDIENCE_FOR] = TABLE_COUNT,
};
