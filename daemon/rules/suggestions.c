/* suggestions - see suggestions.h. First the rows, then the functions that search them. */
#include "rules/suggestions.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "rules/lua_scan.h"

/* Is `word` among "one;two;three"? */
static bool listed(const char *list, const char *word,
                   int (*compare)(const char *, const char *, size_t)) {
  size_t n = strlen(word);
  for (const char *p = list; n > 0; p++) {
    size_t len = strcspn(p, ";");
    if (len == n && compare(p, word, n) == 0)
      return true;

    p += len;
    if (*p == '\0')
      break;
  }

  return false;
}

/* --- names --- */

#define HANDED_OVER                                                                                \
  "need, person and school (cohort and school) are handed over: when = function(need, person, "    \
  "school) ... end"
#define OF_A_NEED                                                                                  \
  "need.current is the level now, need.required what the post asks for, need.gap the difference"
#define NOT_LUA_HERE "this part of Lua is not offered; docs/rules.md lists what rules may use"
#define OF_A_DEVELOPMENT "it is said of the development: coaching { priority = 60 }"
#define IS_A_CONDITION                                                                             \
  "conditions go in when = function(need, person, school) return given(need.gap == 1, "            \
  "otherwise \"...\") end"

static const struct {
  const char *object, *names, *sentence;
} names[] = {
    {"person", "hours;contract_hours;weekly_hours;hours_per_week;fte",
     "hours are in person.minutes, by the week: 15 hours are 900 minutes"},
    {"person",
     "age;birthday;birth_date;dob;date_of_birth;gender;sex;name;first_name;surname;email;ethnicity;"
     "disability",
     "nothing is held of who a person is; rules see posts, needs and what somebody holds"},
    {"person", "salary;pay;wage;pay_scale;scale", "nothing is held of pay"},
    {"person", "level;rating;ratings;score;gap;current;required",
     "a level is a need's: " OF_A_NEED},
    {"person", "title;job;job_title;post;position;grade",
     "a post is known by its code: person.role, person:has_role(\"TASS\")"},
    {"person", "date;start;start_date;joined;hired;years;service;length_of_service",
     "person.started is the date of the start at this school: older_than(person.started, 12)"},
    {"person", "role_family;team;department", "the role family is person.family"},
    {"person", "qualification;qualifications;units;certificates;certificate",
     "what somebody holds is asked one by one: person:holds(\"maths@2\")"},
    {"person", "computer;has_computer", "person.no_computer is true of somebody who has none"},
    {"person", "phase;helpers", "that is the school's: school.phase, school:helpers(need)"},
    {"need", "level;rating;score;current_level;grade", OF_A_NEED},
    {"need", "required_level;target;target_level",
     "need.required is the level that the post asks for"},
    {"need", "date;rated_at;last_rated;rating_date;assessed",
     "need.rated_on is the date of the rating: older_than(need.rated_on, 12)"},
    {"need", "name;description;text",
     "need.title is the title of the competence, need.competence its code"},
    {"need", "code;id", "need.competence is the code, such as STL18"},
    {"need", "type;kind;reason;why;origin",
     "need.purpose is compliance, role or growth; need.from is why it is a need"},
    {"need", "status;state;unrated",
     "the rule's field `needs` chooses the state; need.rated and need.lapsed say it"},
    {"need", "role", "need.post is the code of the role that it belongs to"},
    {"school", "name;id;code", "rules are the same for every school"},
    {"school", "minutes;role;roles;employer;holds;gap;required;current",
     "that is a person's or a need's; a school_rule is handed cohort and school, and nobody in "
     "person"},
    {"school", "type;kind", "school.phase is the phase of the school"},
    {"school", "size;pupils;staff;roster",
     "nothing is held of a school's size; a school_rule reads cohort.count and cohort.roster"},
    {"cohort", "size;number;n;total;people;members;length",
     "cohort.count is how many people need it"},
    {"cohort", "gap;level;current;required;rated", "a cohort is counted, not rated: cohort.count"},
    {"cohort", "role;roles", "cohort.family is the role family of the people"},
    {"cohort", "name;code;id",
     "cohort.competence is the code of the competence, cohort.title its title"},

    {"", "need;person;school;cohort", HANDED_OVER},
    {"", "print;log;echo;console;write;warn",
     "there is nothing to print to; `needs explain` and `needs rules test` show what a rule read "
     "and why it did not fire"},
    {"", "os;today;now;date;time;clock;year",
     "rules have no clock; older_than(date, months) is the only look at today"},
    {"", "io;file", "rules read and write no files; `needs explain` shows what a rule read"},
    {"", "require;dofile;loadfile;load;loadstring;package;import;include",
     "a rule file takes nothing in; functions that its rules share go above them, in the same "
     "file"},
    {"", "pcall;xpcall;try",
     "a rule that fails is reported and the others go on; ask first whether what may be nil is "
     "there"},
    {"",
     "setmetatable;getmetatable;rawget;rawset;rawequal;rawlen;coroutine;debug;collectgarbage;_G;"
     "utf8",
     NOT_LUA_HERE},
    {"", "next",
     "for name, value in pairs(t) goes through a table; #list == 0 says that a list is empty"},
    {"", "unpack", "write table.unpack"},
    {"", "null;NULL;None;none;undefined;Nil", "what is not known is nil"},
    {"", "True;TRUE", "write true"},
    {"", "False;FALSE", "write false"},
    {"", "elif;elsif", "write elseif"},
    {"", "If;Return;Then;End;And;Or;Not", "the words of Lua are written in small letters"},
    {"string.", "match;gmatch;find",
     "there are no patterns; contains(text, part) and starts_with(text, start) look into a text"},
    {"string.", "gsub;format;char",
     "texts are put together with `..`: \"level \" .. need.required"},
    {"math.", "random;randomseed",
     "the same facts give the same advice: nothing is left to chance"},
    {"table.", "sort;remove;move;pack",
     "go through the list with a for, and keep what you look for in a local"},

    {"rule", "priority;weeks;hours;minutes;because;not_in_house;id", OF_A_DEVELOPMENT},
    {"school_rule", "priority;weeks;hours;minutes;because;not_in_house;id", OF_A_DEVELOPMENT},
    {"rule", "description;text;title;name;summary", "`about` says what the rule is for"},
    {"school_rule", "description;text;title;name;summary", "`about` says what the rule is for"},
    {"rule", "condition;conditions;given;where;gap;level;importance;evidence;hours_to;from",
     IS_A_CONDITION},
    {"rule", "action;propose;development;then_recommend",
     "`recommend` proposes: recommend = function(need, person, school) return coaching {} end"},
    {"school_rule", "roles;role", "`families` names the people that a school rule is about"},
    {"school_rule", "purpose;needs;leaves_out",
     "a school rule counts everybody of a family who needs the competence"},
    {"builder", "reason;text;why;about;description;message",
     "`because` says why, in words for the person"},
    {"builder", "duration;length;time;days", "`weeks`, `hours` or `minutes` say how long"},
    {"builder", "cost;price;fee", "its cost is in the catalogue and in what can be booked"},
    {"builder", "course;unit;qualification;name;title", "`id` names it, as the catalogue does"},

    {"column", "notes;note;comment;comments;remarks", "remarks are not read: keep them elsewhere"},
    {"column", "hours;minutes a week;contract hours", "write 'hours from' or 'hours to'"},
    {"column", "gap", "write 'gap from' or 'gap to'"},
    {"column", "level;rating;current;current level", "write 'level from' or 'level to'"},
    {"column", "required;required level;target", "write 'required from' or 'required to'"},
    {"column", "rule name;name;id;code", "write 'rule'"},
    {"column", "recommendation;recommends;development;proposal;action;training",
     "write 'recommend'"},
    {"column", "reason;why", "write 'because'"},
    {"column", "description;text;summary;title", "write 'about'"},
    {"column", "family;families;role family;role families;job;job title;post",
     "role families and codes of roles go under 'roles'"},
    {"column", "skill;skills;unit;units;standard", "write 'competences'"},
    {"column", "evidence", "write 'evidence at least'"},
    {"column", "confidence", "write 'confidence to'"},
    {"column", "school;phase", "a row is for every school; a rule in Lua can read school.phase"},
    {"column", "age;gender;salary;pay", "nothing of the kind is held"},
};

const char *suggest_for_name(const char *object, const char *name) {
  int (*compare)(const char *, const char *, size_t) = *object == '\0' ? strncmp : strncasecmp;
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (strcmp(names[i].object, object) == 0 && listed(names[i].names, name, compare))
      return names[i].sentence;
  return NULL;
}

/* --- cells of the decision table --- */

static const struct {
  const char *column, *words, *meant;
} words[] = {
    {"importance", "law;legal;required;mandatory;compulsory;must", "statutory"},
    {"importance", "important;high", "essential"},
    {"importance", "optional;nice to have;low", "desirable"},
    {"needs", "new;none;unknown;not rated;missing", "unrated"},
    {"needs", "expired;out of date;old", "lapsed"},
    {"needs", "below;short", "gap"},
    {"needs", "all;every;everything", "any"},
    {"purpose", "law;legal;statutory", "compliance"},
    {"purpose", "job;post", "role"},
    {"purpose", "career;progression;development", "growth"},
    {"employer", "la;lea;council;county", "authority"},
    {"employer", "academy;mat", "trust"},
    {"colleague", "none;no;no one", "nobody"},
    {"colleague", "yes;somebody;someone;anybody;anyone", "any"},
    {"recommend", "shadow", "shadowing"},
    {"recommend", "mentor", "mentoring"},
    {"recommend", "coach", "coaching"},
    {"recommend", "buddy", "buddying"},
    {"recommend", "training;workshop;session", "inset"},
    {"recommend", "online;module;video", "e-learning"},
    {"recommend", "reading;book;leaflet", "resource"},
    {"recommend", "observation;observing", "peer-observation"},
};

const char *suggest_for_word(const char *column, const char *word) {
  for (size_t i = 0; i < ARRAY_LEN(words); i++)
    if (strcmp(words[i].column, column) == 0 && listed(words[i].words, word, strncasecmp))
      return words[i].meant;
  return NULL;
}

static bool starts_with_any(const char *text, const char *const *starts) {
  for (; *starts != NULL; starts++)
    if (strncmp(text, *starts, strlen(*starts)) == 0)
      return true;
  return false;
}

static bool has_any(const char *text, const char *const *parts) {
  for (; *parts != NULL; parts++)
    if (strcasestr(text, *parts))
      return true;
  return false;
}

const char *suggest_for_cell(const char *text, bool several) {
  static const char *const quotes[] = {"\"", "“", "”", "„", "‘", "’", NULL},
                           *const bounds[] = {"<", ">", "≤", "≥", NULL},
                           *const between[] = {",", "\n", "/", "+", " or ", " and ", " & ", NULL};
  if (*text == '#')
    return "the spreadsheet itself found an error there: mend its formula";
  if (*text == '=')
    return "a formula was saved in place of its value";
  if (*text == '\'')
    return "take away the apostrophe before it";
  if (starts_with_any(text, quotes))
    return "write it without quotes";
  if (starts_with_any(text, bounds))
    return "write the number alone: the column says 'from' or 'to'";
  if (listed("-;–;n/a;na;all;any;every;everyone;everybody;none;blank;*", text, strncasecmp))
    return "leave the cell blank where it asks for nothing";
  if (several) {
    if (has_any(text, between))
      return "several are separated by ;";
    return NULL;
  }
  if (!isdigit((unsigned char)*text) || text[strspn(text, "0123456789.")] == '\0')
    return NULL;
  if (text[strspn(text, "0123456789,")] == '\0')
    return "decimals follow a point";

  return "write the number alone";
}

/* --- what does not compile --- */

/* What no line of Lua has outside of texts and comments. */
static const struct {
  const char *token, *sentence;
} tokens[] = {
    {"===", "'===' is not Lua; equal is written =="},
    {"!==", "'!==' is not Lua; unequal is written ~="},
    {"!=", "'!=' is not Lua; unequal is written ~="},
    {"<>", "'<>' is not Lua; unequal is written ~="},
    {"≠", "'≠' is not Lua; unequal is written ~="},
    {"=>", "'=>' is not Lua; at least is written >="},
    {"≥", "'≥' is not Lua; at least is written >="},
    {"=<", "'=<' is not Lua; at most is written <="},
    {"≤", "'≤' is not Lua; at most is written <="},
    {"&&", "'&&' is not Lua; write and"},
    {"||", "'||' is not Lua; write or"},
    {"+=", "'+=' is not Lua; write n = n + 1"},
    {"-=", "'-=' is not Lua; write n = n - 1"},
    {"++", "'++' is not Lua; write n = n + 1"},
    {"!", "'!' is not Lua; write not"},
    {"?", "'?' is not Lua; write if ... then ... else ... end"},
    {"“", "“ and ” are no quotes of Lua, though word processors write them; type \""},
    {"”", "“ and ” are no quotes of Lua, though word processors write them; type \""},
    {"„", "„ and “ are no quotes of Lua, though word processors write them; type \""},
    {"‘", "‘ and ’ are no quotes of Lua, though word processors write them; type \""},
    {"’", "‘ and ’ are no quotes of Lua, though word processors write them; type \""},
    {"\xc2\xa0",
     "a blank here is a non-breaking one, as word processors and web pages have; type it again"},
    {"–", "this is a dash, as word processors write it; minus and -- are typed with -"},
    {"—", "this is a dash, as word processors write it; minus and -- are typed with -"},
    {"−", "this is a dash, as word processors write it; minus and -- are typed with -"},
    {"…", "'…' is not Lua; type the text in full"},
    {":=", "':=' is not Lua; write ="},
};

/* Names like any other in Lua, but that no name or number follows a name: `var x`. Most count only
 * where a statement begins. */
#define SMALL "the words of Lua are written in small letters: "
static const struct {
  const char *word, *sentence;
  bool anywhere;
} foreign_words[] = {
    {"def", "'def' is not Lua; write function", false},
    {"var", "'var' is not Lua; write local", false},
    {"let", "'let' is not Lua; write local", false},
    {"const", "'const' is not Lua; write local", false},
    {"elif", "'elif' is not Lua; write elseif", false},
    {"If", SMALL "if", false},
    {"Return", SMALL "return", false},
    {"RETURN", SMALL "return", false},
    {"Function", SMALL "function", false},
    {"AND", SMALL "and", true},
    {"OR", SMALL "or", true},
    {"NOT", SMALL "not", true},
};

/* In Lua's own words, what they most likely come from. */
#define ENDS "Each function, if, for and while ends with an end of its own"
static const struct {
  const char *part, *sentence;
} messages[] = {
    {"near 'otherwise'", "otherwise goes within the brackets: given(condition, otherwise \"...\")"},
    {"near 'need'",
     "the arguments of a function go in brackets: given(need.gap == 1, otherwise \"...\")"},
    {"near 'person'", "the arguments of a function go in brackets: given(person.minutes ~= nil, "
                      "otherwise \"...\")"},
    {"<name> expected near", "a colon asks: school:helpers(need); a field is written name = value"},
    {"syntax error near '='", "nothing goes between a name and its braces: rule \"name\" { ... }"},
    {"near '='", "== compares; a single = gives a name its value"},
    {"near 'in'", "write == once for each value, with or between them"},
    {"unfinished string", "a text ends on its line, with the same quote that it began with"},
    {"'}' expected",
     "is a comma missing before it? Fields are separated by commas, and a table ends with }"},
    {"'then' expected", "after the condition of an if comes then"},
    {"'end' expected", "is one missing? " ENDS},
    {"near 'return'", "what an if does goes between then and end, not in { }"},
    {"near ','", "is an end missing before it? " ENDS},
    {"near '}'", "is an end missing before it? " ENDS},
    {"near <eof>", "the file is over before what was begun in it. " ENDS},
    {"')' expected", "is a bracket not closed, a comma missing, or a quote within a text?"},
};

/* `from` is where the code of the line begins, `p` a place in it. */
typedef const char *find_at(const char *from, const char *p, const char *end);

static bool in_word(int c) {
  return isalnum(c) || c == '_';
}

static bool token_is_at(const char *p, const char *end, const char *token) {
  size_t n = strlen(token);
  return (size_t)(end - p) >= n && memcmp(p, token, n) == 0;
}

static bool word_is_at(const char *from, const char *p, const char *end, const char *word) {
  size_t n = strlen(word);
  return token_is_at(p, end, word) && (p == from || !in_word((unsigned char)p[-1])) &&
         (p + n == end || !in_word((unsigned char)p[n]));
}

static const char *after_blanks(const char *p, const char *end) {
  while (p < end && (*p == ' ' || *p == '\t'))
    p++;
  return p;
}

/* First on the line, or after a word that statements follow. */
static bool begins_statement(const char *from, const char *p) {
  static const char *const before[] = {"then", "else", "do"};
  while (p > from && (p[-1] == ' ' || p[-1] == '\t'))
    p--;
  for (size_t i = 0; i < ARRAY_LEN(before); i++)
    if ((size_t)(p - from) >= strlen(before[i]) &&
        word_is_at(from, p - strlen(before[i]), p, before[i]))
      return true;

  return p == from;
}

/* A name or a number, not a word of Lua that may follow an expression. */
static bool name_follows(const char *p, const char *end) {
  static const char *const reserved[] = {"and", "break",    "do",     "else", "elseif", "end",
                                         "for", "function", "goto",   "if",   "in",     "local",
                                         "or",  "repeat",   "return", "then", "until",  "while"};
  const char *name = after_blanks(p, end);
  if (name == end || !in_word((unsigned char)*name))
    return false;

  for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
    if (word_is_at(name, name, end, reserved[i]))
      return false;

  return true;
}

static bool is_continue(const char *from, const char *p, const char *end) {
  if (!word_is_at(from, p, end, "continue") || !begins_statement(from, p))
    return false;

  p = after_blanks(p + strlen("continue"), end);
  return p == end || strchr("\r\n;", *p) || token_is_at(p, end, "--") ||
         word_is_at(p, p, end, "end");
}

static const char *foreign_at(const char *from, const char *p, const char *end) {
  for (size_t i = 0; i < ARRAY_LEN(tokens); i++)
    if (token_is_at(p, end, tokens[i].token))
      return tokens[i].sentence;

  for (size_t i = 0; i < ARRAY_LEN(foreign_words); i++)
    if (word_is_at(from, p, end, foreign_words[i].word) &&
        (foreign_words[i].anywhere || begins_statement(from, p)) &&
        name_follows(p + strlen(foreign_words[i].word), end))
      return foreign_words[i].sentence;

  if (is_continue(from, p, end))
    return "there is no continue; put the rest of the loop into an if";
  return NULL;
}

static const char *else_if_at(const char *from, const char *p, const char *end) {
  if (!word_is_at(from, p, end, "else"))
    return NULL;

  p = after_blanks(p + strlen("else"), end);
  if (word_is_at(p, p, end, "if"))
    return "'else if' begins another if, with an end of its own; write elseif";
  return NULL;
}

/* What `at` has to say of the lines from `first` to `last`, of the last place. */
static const char *find(const char *text, const char *end, int first, int last, find_at *at,
                        int *ret_line) {
  struct scan s = {text, end, 1};
  const char *from = text, *said = NULL;

  while (s.p < end && s.line <= last) {
    int line = s.line;

    if (!skip_quiet(&s)) {
      const char *found = NULL;
      if (line >= first)
        found = at(from, s.p, end);
      if (found) {
        said = found;
        *ret_line = line;
      }

      step(&s, 1);
    }

    if (s.line > line)
      from = s.p;
  }

  return said;
}

const char *suggest_for_syntax(const char *text, size_t len, int line, const char *message,
                               int *ret_line) {
  const char *end = text + len, *said = NULL;
  *ret_line = 0;
  if (!strstr(message, " near "))
    return NULL;
  if (strstr(message, "near '#'") || strstr(message, "near '//'") || strstr(message, "near '/'"))
    return "a comment begins with --";

  said = find(text, end, line, line, foreign_at, ret_line);
  if (!said && strstr(message, "syntax error near")) /* Lua sees it only in the line after */
    said = find(text, end, line - 1, line - 1, foreign_at, ret_line);

  if (said)
    return said;

  bool about_end = strstr(message, "'end' expected") || strstr(message, "near ','") ||
                   strstr(message, "near '}'") || strstr(message, "<eof>");
  if (about_end)
    said = find(text, end, 1, line, else_if_at, ret_line);
  if (*ret_line == line)
    *ret_line = 0; /* no more than a guess there either */

  if (said)
    return said;

  for (size_t i = 0; i < ARRAY_LEN(messages); i++)
    if (strstr(message, messages[i].part))
      return messages[i].sentence;

  return NULL;
}
