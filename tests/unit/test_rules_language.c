/* test_rules_language - what the loader finds in a rule file without running it: literal words that
 * cannot be, slips that nothing forbids, rules that can never meet; and the fields and reads that
 * say more about a competence. Through the real worker. */
#include "rules_driver.h"

#include "../../daemon/rules/lint.c" /* of the worker; without Lua */

static struct driver d;

#define RULE(name, rest)                                                                           \
  "rule \"" name                                                                                   \
  "\" { about = \"About it\", source = \"guide-2010/step-3\", owner = \"Tests\",\n" rest "\n}\n"
#define COACHING "recommend = function() return coaching {} end"
#define WHEN(condition)                                                                            \
  RULE("r", "when = function(need, person, school) return " condition " end, " COACHING)

static void expect_fault(const char *text, const char *fault) {
  driver_start(&d);
  if (driver_load_text(&d, text))
    fail_msg("loaded: %s", text);
  if (!driver_has_fault(&d, fault))
    fail_msg("expected '%s', got '%s'", fault, d.faults[0]);
  driver_stop(&d);
}

static void load(const char *text) {
  driver_start(&d);
  if (!driver_load_text(&d, text))
    fail_msg("%s: %s", text, d.faults[0]);
}

static bool answer_has(const char *part) {
  return memmem(d.in.data, d.in.len, part, strlen(part)) != NULL;
}

static void expect_warning(const char *text, const char *warning) {
  load(text);
  if (!answer_has(warning))
    fail_msg("no warning '%s' of %s", warning, text);
  driver_stop(&d);
}

static void expect_no_warning(const char *text, const char *warning) {
  load(text);
  if (answer_has(warning))
    fail_msg("warning '%s' of %s", warning, text);
  driver_stop(&d);
}

static void no_rule_is_lost_in_silence(void **state) {
  (void)state;
  expect_fault("rule(\"r\", { about = \"x\" })",
               "test.lua:1: write rule \"name\" { ... }, without brackets and comma");
  expect_fault("\nrule \"r\"\n", "test.lua:2: a rule has a name and nothing after it");
  expect_fault(RULE("r", "families = \"CATERING\", " COACHING),
               "unknown role family 'CATERING'; did you mean 'catering'?");
}

/* Rules that an earlier version accepted remain in force. */
static void a_text_that_does_not_print_is_a_fault(void **state) {
  (void)state;
  static const char said[] = "test.lua:2: a text holds U+202E, a character that does not print";
  static const char text[] = RULE(
      "r", "recommend = function() return coaching { because = \"one\xe2\x80\xae step\" } end");
  expect_fault(text, said);
  expect_fault(
      RULE("r", "recommend = function() return coaching { because = \"one\\u{200D} step\" } end"),
      "a text holds U+200D");

  driver_known = true;
  expect_warning(text, said);
  driver_known = false;
}

static void an_id_may_have_its_kind(void **state) {
  (void)state;
  static const char text[] = RULE(
      "r", "recommend = function() return course { id = \"course.skills-for-life\" } end");
  struct need needs[1] = {make_need("STL3", 1, 2)};
  struct facts f = make_facts(needs, 1);
  load(text);
  struct outcome o = driver_evaluate(&d, &f, TODAY, 0);
  assert_int_equal(o.n_candidates, 1);
  assert_string_equal(o.candidates[0].development, "course.skills-for-life");
  driver_stop(&d);
  expect_fault(
      RULE("r", "recommend = function() return course { id = \"unit.skills-for-life\" } end"),
      "the catalogue knows no course");
}

static void literal_words_are_looked_up(void **state) {
  (void)state;
  static const struct {
    const char *text, *fault;
  } rows[] = {
      {WHEN("person:wishes(\"rle\", \"HLTA\")"),
       "test.lua:2: unknown kind of wish 'rle'; did you mean 'role'?"},
      {WHEN("person:wishes(\"role\", \"HLTAA\")"),
       "test.lua:2: unknown role 'HLTAA'; did you mean 'HLTA'?"},
      {WHEN("person:wishes(\"qualification\", \"PFA33\")"),
       "test.lua:2: unknown qualification 'PFA33'; did you mean 'PFA3'?"},
      {WHEN("person:wishes(\"competence\", \"STL333\")"),
       "test.lua:2: unknown competence 'STL333'; did you mean 'STL"},
      {WHEN("school:helpers(need, \"mentr\") > 0"),
       "test.lua:2: unknown kind of helper 'mentr'; did you mean 'mentor'?"},
      {WHEN("effect(\"coachng\") == nil"),
       "test.lua:2: unknown kind of development 'coachng'; did you mean 'coaching'?"},
      {WHEN("effect(\"golf-lessons-for-all\").per_cent > 1"),
       "test.lua:2: unknown kind of development 'golf-lessons-for-all'"},
      {WHEN("need:evidenced(\"maneger\")"),
       "test.lua:2: unknown kind of evidence 'maneger'; did you mean 'manager'?"},
      {WHEN("person:holds(\"PFA33\")"),
       "test.lua:2: unknown unit, qualification or class 'PFA33'; did you mean 'PFA3'?"},
      {WHEN("person:has_role(\"TASSS\")"),
       "test.lua:2: unknown role 'TASSS'; did you mean 'TASS'?"},
      {WHEN("need.from == \"wsh\""), "test.lua:2: need.from is never 'wsh'; did you mean 'wish'?"},
      {WHEN("need.gap == 1 and need.nature ~= \"practical\""),
       "test.lua:2: need.nature is never 'practical'; it is skill, knowledge, both or unknown"},
      {WHEN("person.employer == \"agincy\""),
       "test.lua:2: person.employer is never 'agincy'; did you mean 'agency'?"},
      {WHEN("person.role == \"TASSS\""), "test.lua:2: unknown role 'TASSS'"},
      {WHEN("need.evidence == \"hearsay\""), "test.lua:2: unknown kind of evidence 'hearsay'"},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    expect_fault(rows[i].text, rows[i].fault);
  load(WHEN("person:wishes(\"role\", \"HLTA\") or school:helpers(need, \"mentor\") > 0 or "
            "need.from == \"wish\" or person.role "
            "== \"TASS\" or school.phase == \"primary\" or person.contract == \"PRM\" "
            "or person.formats[1] == \"anything\" or need.title == \"anything\""));
  driver_stop(&d);
}

/* Beyond 255 constants the compiler uses other instructions: what they name is looked up all the
 * same. */
static void a_file_of_many_texts_is_looked_at(void **state) {
  (void)state;
  static const struct {
    const char *rest, *fault;
  } rows[] = {
      {WHEN("need.gpa == 1"), "unknown name 'need.gpa'"},
      {RULE("r", "recommend = function(need) return need.gpa and coaching {} end"),
       "unknown name 'need.gpa'"},
      {WHEN("person:hold(\"maths@2\")"), "unknown name 'person.hold'"},
      {"local x = coachin", "unknown name 'coachin'"},
      {"x = 1", "the global name 'x' is set"},
  };
  struct buf text = {0};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    buf_reset(&text);
    buf_puts(&text, "local many = {");
    for (int k = 0; k < 300; k++)
      buf_printf(&text, "\"text %d\",", k);
    buf_printf(&text, "}\n%s\n", rows[i].rest);
    expect_fault(buf_cstr(&text), rows[i].fault);
  }
  buf_reset(&text); /* in the function itself */
  buf_puts(&text, "rule \"r\" { about = \"a\", source = \"guide-2010\", owner = \"o\", when = "
                  "function(need, person) local many = {");
  for (int k = 0; k < 300; k++)
    buf_printf(&text, "\"text %d\",", k);
  buf_puts(&text, "} return need.gpa == 1 and person:hold(1) end, " COACHING " }\n");
  expect_fault(buf_cstr(&text), "unknown name 'need.gpa'");
  expect_fault(buf_cstr(&text), "unknown name 'person.hold'");
  buf_finish(&text);
}

/* It costs its own line, not the file's other faults. */
static void a_text_too_long_is_told_with_the_rest(void **state) {
  (void)state;
  char text[1200], longest[400];
  memset(longest, 'a', sizeof longest - 1);
  longest[sizeof longest - 1] = 0;
  snprintf(text, sizeof text, "local fine = 1\nlocal x = \"%s\"\n" WHEN("need.gpa == 1"), longest);
  expect_fault(text, ":2: a text is 399 bytes long; at most 240");
  expect_fault(text, "unknown name 'need.gpa'");
}

static void offers_are_read_by_name(void **state) {
  (void)state;
  load(RULE("r", "recommend = function(need) local e = _ENV if #e[\"offers\" .. \"_for\"](need) == "
                 "0 then return coaching {} end end"));
  struct need need = make_need("STL3", 1, 2);
  struct facts f = make_facts(&need, 1);
  struct outcome o = driver_evaluate(&d, &f, TODAY, 0);
  assert_int_equal(o.n_failures, 1);
  assert_non_null(strstr(o.failures[0].message, "write offers_for(need) by its name"));
  driver_stop(&d);
}

/* --- in words for somebody who knows another language, or none --- */

static void what_is_no_lua_is_told(void **state) {
  (void)state;
  static const struct {
    const char *text, *fault;
  } rows[] = {
      {WHEN("need.gap != 1"), "test.lua:2: '!=' is not Lua; unequal is written ~="},
      {WHEN("need.title == \"a != b\" && need.rated"), "test.lua:2: '&&' is not Lua; write and"},
      {WHEN("need.gap == 1 || need.rated"), "test.lua:2: '||' is not Lua; write or"},
      {WHEN("need.gap \xe2\x89\xa5 1"), "'\xe2\x89\xa5' is not Lua; at least is written >="},
      {WHEN("need.from == \xe2\x80\x9cwish\xe2\x80\x9d"), "are no quotes of Lua"},
      {WHEN("need.gap\xc2\xa0== 1"), "a blank here is a non-breaking one"},
      {WHEN("need.gap == 3 \xe2\x80\x93 1"), "this is a dash"},
      {WHEN("need.gap == 1 AND need.rated"), "the words of Lua are written in small letters: and"},
      {WHEN("need.gap = 1"), "near '='; == compares"},
      {WHEN("given(need.gap == 1) otherwise \"x\""), "otherwise goes within the brackets"},
      {WHEN("given need.gap == 1"), "the arguments of a function go in brackets"},
      {WHEN("given(need.gap == 1, otherwise \"he said \"no\" to it\")"),
       "or a quote within a text?"},
      {"local n = = 1 -- && and !=\n", "test.lua:1: unexpected symbol near '='; == compares"},
      {"local n = 0\nn += 1\n", "test.lua:2: '+=' is not Lua; write n = n + 1"},
      {"for i = 1, 2 do\n  if i == 1 then\n    continue\n  end\nend\n",
       "test.lua:4: syntax error near 'end'; perhaps line 3: there is no continue"},
      {"for i = 1, 2 do if i == 1 then continue end end\n", "test.lua:1: there is no continue"},
      {"if a then Return true end\n",
       "test.lua:1: the words of Lua are written in small letters: return"},
      {"\n  var x = 3 -- and y != 4\n", "test.lua:2: 'var' is not Lua; write local"},
      {"local LIMIT <const> = 3\nrule \"r\" { about = \"a\" source = \"b\" }\n",
       "test.lua:2: '}' expected near 'source'; is a comma missing"},
      {"local t = {\n a =\n continue\n b = 2 }\n",
       "test.lua:4: '}' expected (to close '{' at line 1) near 'b'; is a comma"},
      {"if true then\n x() else if x then x() }\n", "near '}'; 'else if' begins another if"},
      {"local var = 3\nlocal x = (var + 1\n", "near <eof>; the file is over before"},
      {"local var = 3\nlocal x = var + 1 local y = = 2\n",
       "test.lua:2: unexpected symbol near '='; "},
      {"--[[ note:\nIs this right?\n]] rule \"r\" { about = \"a\" source = \"b\" }\n",
       "test.lua:3: '}' expected near 'source'; is a comma"},
      {"--[[ note:\nIs this right? ]] rule \"r\" { about = \"a\" source = \"b\" }\n",
       "test.lua:2: '}' expected near 'source'"},
      {"local t = [=[ ]]\n&& ]=] local x = = 1\n", "test.lua:2: unexpected symbol near '='; "},
      {"local t = [=[ ]]\n&& ]=] .. \"a\\\n?\" x = = 1\n",
       "test.lua:3: unexpected symbol near '='; "},
      {"local function f(a)\n  if a then\n    return 1\n  else if 2 then\n    return 2\n  "
       "end\nend\n",
       "near <eof>; perhaps line 4: 'else if' begins another if"},
      {"-- what's new?\n# what's new?\n",
       "test.lua:2: unexpected symbol near '#'; a comment begins with --"},
      {"rule \"r\" {\n about = \"x\"\n owner = \"y\" }\n",
       "near 'owner'; is a comma missing before it?"},
      {"rule \"r\" { about: \"x\" }\n", "a field is written name = value"},
      {"local function f() if true then return 1 }\n", "near '}'; is one missing? Each function"},
      {"\xef\xbb\xbflocal a = 1\n", "test.lua:1: begins with a byte-order mark"},
      {"\xff\xfel", "test.lua:1: is UTF-16; save it as plain text"},
      {"PK\x03\x04 word/document.xml", "test.lua:1: is a document of a word processor"},
      {"local x <const> = 1 x = 2",
       "test.lua:1: attempt to assign to const variable"}, /* Lua says it well */
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    expect_fault(rows[i].text, rows[i].fault);
  expect_warning(RULE("r", "recommend = function() return coaching { because = \"caf\xe9\" } end"),
                 "test.lua:1: is not UTF-8");
}

static void names_that_authors_try_are_answered(void **state) {
  (void)state;
  static const struct {
    const char *text, *fault;
  } rows[] = {
      {WHEN("person.hours >= 15"),
       "test.lua:2: unknown name 'person.hours'; hours are in person.minutes, by the week"},
      {WHEN("person.Age > 30"), "unknown name 'person.Age'; nothing is held of who a person is"},
      {WHEN("need.level == 1"), "unknown name 'need.level'; need.current is the level now"},
      {WHEN("print(need.gap)"),
       "unknown name 'print'; there is nothing to print to; `needs explain`"},
      {WHEN("os.time() > 1"), "unknown name 'os'; rules have no clock; older_than"},
      {WHEN("need.current == null"), "unknown name 'null'; what is not known is nil"},
      {WHEN("need.from == wish"), "unknown name 'wish'; put a code or a word in quotes"},
      {RULE("r", "competences = { X.MIDD }, " COACHING),
       "unknown name 'X'; put a code or a word in quotes"},
      {RULE("r", "when = given(need.gap == 1), " COACHING),
       "unknown name 'need'; need, person and school (cohort and school)"},
      {RULE("r", "competences = \"STL3, STL4\", " COACHING),
       "unknown competence 'STL3, STL4'; several are a list: {"},
      {RULE("r", "competences = \"x.mid*\", " COACHING),
       "no competence begins like 'x.mid*'; did you mean 'X.MID*'?"},
      {RULE("r", "roles = \"Teaching assistant\", " COACHING),
       "unknown role 'Teaching assistant'; did you mean 'TASS'?"},
      {RULE("r", "roles = \"catering\", " COACHING),
       "roles: 'catering' is a family of roles; write it under families"},
      {RULE("r", "families = \"CATR\", " COACHING),
       "families: 'CATR' is a role, of the family 'catering'; write it under roles"},
      {RULE("r", "leaves_out = \"CATR\", " COACHING),
       "'CATR' is a role, of the family 'catering'; write a role family"},
      {WHEN("given(person:has_role(\"catering\"), otherwise \"x\")"),
       "'catering' is a family of roles; a role's own code"},
      {WHEN("given(person:wishes(\"role\", \"catering\"), otherwise \"x\")"),
       "'catering' is a family of roles; a role's own"},
      {RULE("r", "recommend = function() return course { id = \"nope\" } end"),
       "no course 'nope'; `needs catalogue find` lists what there is, or add a row to courses.csv"},
      {RULE("r", "roles = \"NOPE\", " COACHING),
       "unknown role 'NOPE'; `needs catalogue find` lists what there is"},
      {RULE("r", "priority = 60, " COACHING),
       "rule 'r' has no field 'priority'; it is said of the development"},
      {RULE("r", "recommend = function() return coaching { reason = \"x\" } end"),
       "coaching has no field 'reason'; `because` says why"},
      {WHEN("person:wishes(\"HLTA\")"), "unknown kind of wish 'HLTA'; say first what it is"},
      {WHEN("need.gap == \"1\""),
       "test.lua:2: need.gap is a number; compare it with a number, without quotes"},
      {WHEN("need.rated == \"yes\""), "need.rated is true or false, without quotes"},
      {WHEN("person.roles == \"TASS\""), "person.roles is a list; ask person:has_role(\"TASS\")"},
      {WHEN("person.holds == \"maths@2\""), "person.holds is asked, not compared"},
      {WHEN("person.family == \"midady\""), "unknown role family 'midady'; did you mean 'midday'?"},
      {WHEN("need.competence == \"STL333\""), "unknown competence 'STL333'; did you mean 'STL"},
      {WHEN("school.phase == \"primry\""), "unknown phase 'primry'; did you mean 'primary'?"},
      {WHEN("person.contract == \"xyzzy\""), "unknown contract 'xyzzy'"},
      {WHEN("school.phase == \"PS\""), "unknown phase 'PS'; did you mean 'primary'?"},
      {WHEN("person.contract == \"permanent\""),
       "unknown contract 'permanent'; did you mean 'PRM'?"},
      {"school_" WHEN("person.minutes == 1"),
       "unknown name 'school.minutes'; that is a person's or a need's"},
      {"school_" RULE("r", "when = function(cohort) return cohort.size > 1 end, " COACHING),
       "unknown name 'cohort.size'; cohort.count is how many people need it"},
      {"school_" RULE("r",
                      "when = function(cohort) return cohort.family == \"midady\" end, " COACHING),
       "unknown role family 'midady'; did you mean 'midday'?"},
      {"school_" RULE("r", "roles = \"MIDA\", " COACHING),
       "rule 'r' has no field 'roles'; `families` names the people"},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    expect_fault(rows[i].text, rows[i].fault);
}

#define RETURNS(text) RULE("r", "recommend = function() " text " end")

static void what_is_dropped_is_told(void **state) {
  (void)state;
  expect_fault(RETURNS("return shadowing {}, coaching {}"),
               "test.lua:2: recommend returns more than one value, and only the first");
  expect_fault(RETURNS("local a, b = shadowing {}, coaching {} return a, b"),
               "put them into one list: { a, b }");
  expect_fault(
      WHEN("given(need.gap == 1, otherwise \"x\"), given(need.rated, otherwise \"y\")"),
      "test.lua:2: when returns more than one value, and only the first would count; write `and`");
  load("local function two() return 1, 2 end\n" RETURNS(
      "local a, b = two() return a < b and coaching {} or nil") "local function first() return "
                                                                "(two()) end\n");
  driver_stop(&d);
#define DROPPED "what this given says is dropped"
  expect_warning(RULE("r", "when = function(need)\ngiven(need.gap == 1, otherwise \"x\") return "
                           "true end, " COACHING),
                 "test.lua:3: " DROPPED);
  expect_no_warning(
      WHEN("given(need.gap == 1, otherwise \"x\") and given(need.rated, otherwise \"y\")"),
      DROPPED);
  expect_warning(RETURNS("coaching {}"),
                 "test.lua:2: this coaching is dropped; write return before it");
  expect_no_warning(RETURNS("local c = coaching {} return c"), "is dropped");
}

static void a_reason_belongs_to_its_given(void **state) {
  (void)state;
  static const char none[] = "test.lua:2: this given has no reason",
                    stray[] = "test.lua:2: this otherwise is outside of a given";
  expect_warning(WHEN("given(need.gap == 1)"), none);
  expect_warning(WHEN("given(older_than(need.rated_on, 3))"), none);
  expect_warning(WHEN("given(need.gap == 1 or need.rated) and given(need.rated, otherwise \"x\")"),
                 none);
  expect_warning(WHEN("need.gap == 1 or otherwise \"x\""), stray);
  expect_warning(WHEN("given(need.gap == 1 or otherwise \"x\")"), stray);
  expect_warning(WHEN("given(otherwise \"x\")"), stray);
  expect_warning(WHEN("otherwise \"x\""), stray);
  expect_warning(WHEN("given(need.gap == 1) and otherwise \"x\" and need.rated"), stray);
  expect_warning(WHEN("given(person:holds(\"PFA3\"))"), none);
  expect_warning(WHEN("given(need.rated and otherwise \"x\" or need.gap == 1, otherwise \"y\")"),
                 stray);
  static const char *const good[] = {
      WHEN("given(need.gap == 1, otherwise \"x\")"),
      WHEN("given(need.gap == 1, \"x\")"),
      WHEN("given(older_than(need.rated_on, 3), otherwise(\"x\" .. need.gap))"),
      WHEN("given(older_than(need.rated_on, 3) and need.rated or need.gap == 2, otherwise \"x\")"),
      RULE("r", "when = function(need) local m = need.gap return given(m == 1 and m ~= 2, "
                "otherwise \"x\") end, " COACHING),
      RULE("r", "when = function(need) local why = otherwise \"x\" return given(need.gap == 1, "
                "why) end, " COACHING),
      "local function check(c, reason) return given(c, reason) end\n" WHEN(
          "check(need.rated, otherwise \"x\")"),
      "local function check(reason, c) return given(c, reason) end\n" WHEN(
          "check(otherwise \"x\", need.rated) and need.rated"),
      RULE("r", "when = function(need) local why = { near = otherwise \"x\", otherwise \"y\" } "
                "return given(need.gap == 1, "
                "why.near) end, " COACHING),
      RULE("r", "when = function(need) local why = need.rated and otherwise \"x\" or otherwise "
                "\"y\" return given(need.gap == 1, "
                "why) end, " COACHING),
      "local function why(n) return n.rated and otherwise \"x\" or otherwise \"y\" end\n" WHEN(
          "given(need.gap == 1, why(need))"),
      WHEN("given(need.gap == 1, need.rated and otherwise \"x\" or otherwise \"y\")"),
      "local function far(need) return need.gap > 1, otherwise \"x\" end\n" WHEN(
          "given(far(need))"),
      "local t = {}\nfunction t.far(need) return need.gap > 1, otherwise \"x\" end\n" WHEN(
          "given(t.far(need))")};
  for (size_t i = 0; i < ARRAY_LEN(good); i++) {
    expect_no_warning(good[i], "this given has no reason");
    expect_no_warning(good[i], "outside of a given");
  }
}

static void minutes_are_no_hours(void **state) {
  (void)state;
  expect_warning(WHEN("person.minutes ~= nil and person.minutes <= 15"),
                 "test.lua:2: person.minutes is in minutes a week, and 15 of them are little; 15 "
                 "hours are 900");
  expect_warning(WHEN("person.minutes and 20 < person.minutes"), "20 hours are 1200");
  expect_no_warning(WHEN("person.minutes and person.minutes <= 900"), "are little");
  expect_no_warning(WHEN("person.minutes and person.minutes <= 100"), "are little");
  expect_no_warning(WHEN("person.minutes and person.minutes >= 60"), "are little");
  expect_warning(WHEN("person.minutes and person.minutes >= 59"), "59 of them are little");
  expect_no_warning(WHEN("person.minutes and person.minutes > 0"), "are little");
  expect_no_warning(WHEN("person.weeks and person.weeks <= 39"), "are little");
}

/* With one person of whom little is recorded. */
static void expect_failure_with(const struct facts *f, const char *text, const char *message,
                                bool whole) {
  load(text);
  struct outcome o = driver_evaluate(&d, f, TODAY, 0);
  const char *said = o.n_failures > 0 ? o.failures[0].message : "nothing";
  if (whole ? strcmp(said, message) != 0 : strstr(said, message) == NULL)
    fail_msg("expected '%s', got '%s'", message, said);
  driver_stop(&d);
}

static void expect_failure(const char *text, const char *message) {
  struct need need = make_need("STL3", 1, 2);
  struct facts f = make_facts(&need, 1);
  f.minutes = f.started = ABSENT;
  expect_failure_with(&f, text, message, false);
}

static void expect_school_failure(const char *text, const char *message, bool whole) {
  struct cohort cohort = {competence_at("STL3"), "midday", 5, 0, ABSENT, 0};
  struct need none;
  struct facts f = make_facts(&none, 0);
  f.cohorts = &cohort;
  f.n_cohorts = 1;
  expect_failure_with(&f, text, message, whole);
}

static void a_failure_says_what_to_write(void **state) {
  (void)state;
#define HOURS "person.minutes may be unknown (nil)"
#define RECKONED " (Lua: attempt to perform arithmetic on a nil value (field 'minutes'))"
#define ASK "; ask first: given(person.minutes ~= nil, otherwise \"...\")"
  static const struct {
    const char *text, *message;
  } rows[] = {
      {WHEN("person.minutes >= 900"),
       "test.lua:2: " HOURS ASK " (Lua: attempt to compare number with nil)"},
      {WHEN("need.current < 3 and 900 < person.minutes"),
       "test.lua:2: " HOURS ASK
       " (Lua: attempt to compare number with nil)"}, /* the level is known */
      {WHEN("need.current < 3 and person.minutes / 60 > 15"), "test.lua:2: " HOURS ASK RECKONED},
      {WHEN("need.confidence == nil and person.minutes / 60 > 15"),
       "test.lua:2: " HOURS ASK RECKONED}, /* Lua names it */
      {WHEN("need.title .. person.minutes == \"\""),
       "test.lua:2: " HOURS ASK " (Lua: attempt to concatenate a nil value (field 'minutes'))"},
      {WHEN("person.minutes < person.weeks or need.confidence < 2"),
       "test.lua:2: person.minutes or need.confidence may be "
       "unknown (nil)"},
      {RULE("r", "when = function(need, person)\nlocal m = person.minutes\nreturn m >= 900 "
                 "end, " COACHING),
       "test.lua:4: perhaps person.minutes is unknown "
       "(nil)" ASK},
      {RULE(
           "r",
           "when = function(need)\nif need.priority ~= nil and need.gap > 9 then return false end\n"
           "local first = offers_for(need)[1]\nreturn given(first.fee < 5000, otherwise \"x\") "
           "end, " COACHING),
       "test.lua:5: what nobody has recorded is nil"},
      {RULE("r", "when = function(need)\nlocal first = offers_for(need)[1] return first.fee < "
                 "(need.priority or 1) end, " COACHING),
       "test.lua:3: what nobody has recorded is nil"},
      {"local roster = {}\n" RULE(
           "r", "when = function(need, person)\nlocal sure = (need.confidence or 0) > 1\n"
                "return roster[person.role] > 0 or sure end, " COACHING),
       "test.lua:5: perhaps need.confidence is unknown (nil)"},
      {"local roster = {}\n" RULE(
           "r", "when = function(need, person)\nlocal sure = (need.confidence or 0) > 1\n"
                "return roster.confident + 1 > 2 or sure end, " COACHING),
       "what nobody has recorded "
       "is nil"},
      {"local function long(person) return person.minutes > 900 end\n" WHEN("long(person)"),
       "test.lua:1: " HOURS ASK " (Lua: attempt to compare number with nil)"},
      {RULE("r", "when = function(need)\nwhile true do end\nend, " COACHING),
       "test.lua:1: rule 'r' takes too long for one person; look for a loop that does not end"},
      {RULE("r", "when = function(need)\nerror()\nend, " COACHING),
       "test.lua:3: the rule stopped itself without saying why; write error(\"the reason\")"},
      {WHEN("person.started < \"2026-01-01\""), "test.lua:2: person.started may be unknown (nil)"},
      {WHEN("need.priority > need.weight"), "test.lua:2: need.priority may be unknown (nil)"},
      {WHEN("person.contract < need.priority_code"),
       "test.lua:2: need.priority_code may be unknown (nil)"},
      {WHEN("effect(\"coaching\").per_cent > 3"), "what nobody has recorded is nil"},
      {WHEN("person.holds(\"maths@2\")"),
       "test.lua:2: bad argument #1 to 'holds' (person expected, got string); write "
       "person:holds(what), with a colon"},
      {WHEN("school:helpers(\"coach\") > 0"),
       "(need expected, got string); write school:helpers(need, kind)"},
      {WHEN("older_than(need.rated_on)"), "got no value); write older_than(date, months)"},
      {WHEN("need:gap() == 1"), "attempt to call a number value (method 'gap'); need.gap is read "
                                "with a point and without brackets"},
      {WHEN("need.title() == 1"), "need.title is read with a point and without brackets"},
      {"local function of(need) return need:title() end\n" WHEN("of(need)"),
       "test.lua:1: attempt to call a string value (method "
       "'title'); need.title is read with a point"},
      {WHEN("need.title:match(\"x\")"),
       "unknown name 'string.match'; there are no patterns; contains(text, part)"},
      {RETURNS("return coaching"), "recommend returned a function; it returns a development such "
                                   "as shadowing {} (with the braces)"},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    expect_failure(rows[i].text, rows[i].message);
#define IN_SCHOOL(text)                                                                            \
  "school_" RULE("r",                                                                              \
                 "when = function(cohort) local t = {title = 1} return " text " end, " COACHING)
  expect_school_failure(IN_SCHOOL("cohort.competence()"),
                        "cohort.competence is read with a point and without brackets", false);
  expect_school_failure(IN_SCHOOL("t.title()"),
                        "test.lua:2: attempt to call a number value (field 'title')", true);
  expect_fault("rule \"r\" { about = \"a\", source = \"guide-2010\", owner = \"o\", recommend = "
               "coaching {} }",
               "this can only be used inside when and recommend: recommend = function(");
}

/* --- a text that says the same as its condition --- */

static int slips, slip_line;
static void on_slip(void *arg, int line, const char *sentence, size_t n) {
  (void)arg, (void)sentence, (void)n;
  slips++;
  slip_line = line;
}

static int slips_in(const char *text) {
  slips = slip_line = 0;
  lint_givens(text, strlen(text), on_slip, NULL);
  return slips;
}

static void a_text_that_says_the_same_is_a_slip(void **state) {
  (void)state;
  static const char *const bad[] = {
      "given(need.gap == 1, otherwise \"the gap is one level\")",
      "given(need.gap == 1, otherwise(\"The gap is 1 level\"))",
      "given(need.gap > 1, otherwise \"the gap is more than one level\")",
      "given(need.gap <= 2, otherwise \"the gap is at most two, that is two or less\")",
      "given(need.from == \"wish\", otherwise \"you have named this as a wish\")",
      "given(not need.practical, otherwise \"this is not practical\")",
      "given(need.importance ~= \"statutory\", otherwise \"this is not statutory for your post\")",
      "given ( person:holds(\"maths@2\") , otherwise \"you hold maths at level 2\" )",
      "given(school:helpers(need, \"mentor\") > 0, otherwise \"there is a mentor for this\")",
      "given(need.lapsed, otherwise \"your rating has lapsed\")",
      "given(person.no_computer == true, otherwise \"you have no computer\")",
  };
  static const char *const good[] = {
      "given(need.gap == 1, otherwise \"the gap is more than one level\")",
      "given(need.gap > 1, otherwise \"the gap is only one level\")",
      "given(need.gap <= 1, otherwise \"the gap is more than one level\")",
      "given(need.gap >= 2, otherwise \"the gap is less than two levels\")",
      "given(need.from == \"wish\", otherwise \"you have not asked for this\")",
      "given(need.from ~= \"wish\", otherwise \"you have asked for this\")",
      "given(need.nature == \"knowledge\", otherwise \"more than knowledge is missing, or nobody "
      "has said which\")",
      "given(need.certificate, otherwise \"no certificate is asked for; training in school is "
      "enough\")",
      "given(not need.certificate, otherwise \"only a certificate, licence or registration counts "
      "here\")",
      "given(person.no_computer ~= true, otherwise \"you have no computer to learn with\")",
      "given(person.no_computer == true, otherwise \"you can use a computer\")",
      "given(need.confidence ~= nil, otherwise \"you have not said how confident you feel, that is "
      "your "
      "confidence\")",
      "given(school.clusters > 0, otherwise \"your school belongs to no clusters\")",
      "given(person:holds(\"maths@2\"), otherwise \"you do not hold maths at level 2\")",
      "given(need.gap == 1 or need.gap == 2, otherwise \"the gap is 1 or 2\")",
      "given(need.gap == 1)",
      "given(best ~= nil, otherwise(why_not))",
      "given(f(\"a, b\", {1, 2}), otherwise \"x\")",
      "-- given(need.gap == 1, otherwise \"the gap is one level\")",
      "--[==[ ]] given(need.gap == 1, otherwise \"the gap is one level\") ]=] ]==]",
      "[=[ ]] given(need.gap == 1, otherwise \"the gap is one level\") ]=]",
      "--[[ given(need.gap == 1, otherwise \"the gap is one level\") ]]",
      "local s = 'given(need.gap == 1, otherwise \"the gap is one level\")'",
      "forgiven(need.gap == 1, otherwise \"the gap is one level\")",
      "given(need.gap == 1, otherwise \"the gap is one lev",
      "given(need.gap == \"1",
      "given(",
      "given",
  };
  for (size_t i = 0; i < ARRAY_LEN(bad); i++)
    if (slips_in(bad[i]) != 1)
      fail_msg("no slip: %s", bad[i]);
  for (size_t i = 0; i < ARRAY_LEN(good); i++)
    if (slips_in(good[i]) != 0)
      fail_msg("a slip: %s", good[i]);
  assert_int_equal(
      slips_in("--[==[ x ]==] given(need.gap == 1, otherwise \"the gap is one level\")"), 1);
  struct buf many = {0};
  for (int i = 0; i < 40000; i++)
    buf_puts(&many, "given(");
  assert_int_equal(slips_in(buf_cstr(&many)), 0); /* within the time of a test */
  buf_finish(&many);
  assert_int_equal(
      slips_in("\n-- x\n\"a\\\nb\"\n given(need.gap == 1,\n otherwise \"the gap is one level\")"),
      1);
  assert_int_equal(slip_line, 5);
}

static void warnings_come_with_the_rules(void **state) {
  (void)state;
  expect_warning(WHEN("given(need.gap == 1,\n otherwise \"the gap is one level\")"),
                 "test.lua:2: \"the gap is one level\" says the same as its condition");
  expect_warning(RULE("r", "recommend = function() return qualification { id = \"NVQ2-STL\" } end"),
                 "test.lua:2: 'NVQ2-STL' is closed for registration in the catalogue; its "
                 "successor is STLS2-CERT");
  expect_no_warning(RULE("r", "recommend = function() return qualification { id = \"PFA3\" } end"),
                    "is closed");
}

#define NEVER "no profile of its roles requires any of its competences"
static void rules_that_cannot_meet_are_told(void **state) {
  (void)state;
  expect_warning(RULE("r", "competences = \"X.KILN\", roles = \"COOK\", " COACHING),
                 NEVER ", so it can fire only for a duty, a wish or a plan");
  expect_warning(
      RULE(
          "r",
          "competences = \"X.KILN\", families = \"catering\", purpose = \"compliance\", " COACHING),
      NEVER " for this purpose, so it can never fire");
  expect_no_warning(
      RULE("r", "competences = \"X.KILN\", roles = \"COOK\", purpose = \"growth\", " COACHING),
      NEVER);
  expect_no_warning(RULE("r", "competences = \"X.COOK\", roles = \"COOK\", " COACHING), NEVER);
  expect_no_warning(RULE("r", "families = \"catering\", " COACHING), NEVER);
  expect_no_warning(RULE("r", COACHING), NEVER);
}

/* --- fields and reads --- */

static void not_leaves_competences_out(void **state) {
  (void)state;
  load(RULE("some", "competences = { \"STL*\", \"not STL4\" }, " COACHING)
           RULE("others", "competences = { \"not STL3\", \"not X.*\" }, " COACHING));
  assert_true(answer_has("{\"competences_not\":["));
  struct need needs[] = {make_need("STL3", 1, 2), make_need("STL4", 1, 2),
                         make_need("X.SAFE", 1, 2)};
  struct facts f = make_facts(needs, 3);
  struct outcome o = driver_evaluate(&d, &f, TODAY, 0);
  assert_int_equal(o.n_candidates, 2);
  assert_int_equal(o.candidates[0].rule, 0);
  assert_int_equal(f.needs[o.candidates[0].need].competence, competence_at("STL3"));
  assert_int_equal(o.candidates[1].rule, 1);
  assert_int_equal(f.needs[o.candidates[1].need].competence, competence_at("STL4"));
  driver_stop(&d);
  expect_fault(RULE("r", "competences = \"not STL333\", " COACHING),
               "rule 'r': unknown competence 'STL333'; did you mean");
  expect_fault(RULE("r", "competences = { 1 }, " COACHING),
               "rule 'r': competences is a text or a list of texts");
  assert_int_equal(d.n_faults, 1);
}

static void what_is_meant_is_guessed(void **state) {
  (void)state;
  expect_fault(RULE("r", "roles = \"TASSS\", " COACHING),
               "rule 'r': roles: unknown role 'TASSS'; did you mean 'TASS'?");
  expect_fault(RULE("r", "families = \"caterin\", " COACHING),
               "unknown role family 'caterin'; did you mean 'catering'?");
  expect_fault("rule \"r\" { about = \"x\", source = \"guide-201\", owner = \"o\", " COACHING "}",
               "unknown source 'guide-201'; sources.csv of the catalogue lists them; did you mean "
               "'guide-2010'?");
  expect_fault(RULE("r", "recommend = function() return qualification { id = \"PFA33\" } end"),
               "the catalogue knows no qualification 'PFA33'; did you mean 'PFA3'?");
}

static void families_that_are_left_out_are_said(void **state) {
  (void)state;
  load(RULE("r", "families = \"site\", leaves_out = { \"catering\", \"midday\" }, " COACHING));
  assert_true(answer_has("\"leaves_out\":[\"catering\",\"midday\"]"));
  driver_stop(&d);
  expect_fault(RULE("r", "leaves_out = \"kitchen\", " COACHING),
               "rule 'r': leaves_out: unknown role family 'kitchen'");
  expect_fault(RULE("r", "families = \"site\", leaves_out = \"site\", " COACHING),
               "rule 'r': leaves_out names 'site', which families names too");
}

static void facts_of_a_competence_are_read(void **state) {
  (void)state;
  load(RULE("practical", "when = function(need) return need.practical == true end, " COACHING) RULE(
      "certificate", "when = function(need) return need.certificate == true end, " COACHING)
           RULE("evidenced",
                "when = function(need) return need:evidenced(\"peer\") end, " COACHING));
  struct need needs[] = {make_need("X.COOK", 1, 2), make_need("X.FOO3", 1, 2),
                         make_need("STL3", ABSENT, 2)};
  needs[0].evidence = "peer";
  needs[1].evidence = "manager";
  needs[2].evidence = "test"; /* of a rating that is in force no more */
  struct facts f = make_facts(needs, 3);
  struct outcome o = driver_evaluate(&d, &f, TODAY, 0);
  static const char *const expected[] = {"X.COOK", "X.FOO3", "X.COOK"};
  assert_int_equal(o.n_candidates, 3);
  for (uint32_t i = 0; i < 3; i++) {
    assert_int_equal(o.candidates[i].rule, i);
    assert_int_equal(f.needs[o.candidates[i].need].competence, competence_at(expected[i]));
  }
  driver_stop(&d);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_file_of_many_texts_is_looked_at),
      cmocka_unit_test(a_text_too_long_is_told_with_the_rest),
      cmocka_unit_test(offers_are_read_by_name),
      cmocka_unit_test(no_rule_is_lost_in_silence),
      cmocka_unit_test(a_text_that_does_not_print_is_a_fault),
      cmocka_unit_test(what_is_no_lua_is_told),
      cmocka_unit_test(names_that_authors_try_are_answered),
      cmocka_unit_test(what_is_dropped_is_told),
      cmocka_unit_test(a_reason_belongs_to_its_given),
      cmocka_unit_test(minutes_are_no_hours),
      cmocka_unit_test(a_failure_says_what_to_write),
      cmocka_unit_test(an_id_may_have_its_kind),
      cmocka_unit_test(literal_words_are_looked_up),
      cmocka_unit_test(a_text_that_says_the_same_is_a_slip),
      cmocka_unit_test(warnings_come_with_the_rules),
      cmocka_unit_test(rules_that_cannot_meet_are_told),
      cmocka_unit_test(not_leaves_competences_out),
      cmocka_unit_test(what_is_meant_is_guessed),
      cmocka_unit_test(families_that_are_left_out_are_said),
      cmocka_unit_test(facts_of_a_competence_are_read),
  };
  return cmocka_run_group_tests(tests, driver_open_catalogue, driver_close_catalogue);
}
