/* test_rules_language - what the loader finds in a rule file without running it: literal words that cannot be, slips that nothing
 * forbids, rules that can never meet; and the fields and reads that say more about a competence. Through the real worker. */
#include "rules_driver.h"

#include "../../daemon/rules/hint.c" /* of the worker; without Lua */

static struct driver d;

#define RULE(name, rest)                                                                                                         \
  "rule \"" name "\" { about = \"About it\", source = \"guide-2010/step-3\", owner = \"Tests\",\n" rest "\n}\n"
#define COACHING "recommend = function() return coaching {} end"
#define WHEN(condition) RULE("r", "when = function(need, person, school) return " condition " end, " COACHING)

static void expect_fault(const char *text, const char *fault) {
  driver_start(&d);
  if (driver_load_text(&d, text)) fail_msg("loaded: %s", text);
  if (!driver_has_fault(&d, fault)) fail_msg("expected '%s', got '%s'", fault, d.faults[0]);
  driver_stop(&d);
}

static void load(const char *text) {
  driver_start(&d);
  if (!driver_load_text(&d, text)) fail_msg("%s: %s", text, d.faults[0]);
}

static bool answer_has(const char *part) { return memmem(d.in.data, d.in.len, part, strlen(part)) != NULL; }

static void expect_warning(const char *text, const char *warning) {
  load(text);
  if (!answer_has(warning)) fail_msg("no warning '%s' of %s", warning, text);
  driver_stop(&d);
}

static void expect_no_warning(const char *text, const char *warning) {
  load(text);
  if (answer_has(warning)) fail_msg("warning '%s' of %s", warning, text);
  driver_stop(&d);
}

static void no_rule_is_lost_in_silence(void **state) {
  (void)state;
  expect_fault("rule(\"r\", { about = \"x\" })", "test.lua:1: write rule \"name\" { ... }, without brackets and comma");
  expect_fault("\nrule \"r\"\n", "test.lua:2: a rule has a name and nothing after it");
  expect_fault(RULE("r", "families = \"CATERING\", " COACHING), "unknown role family 'CATERING'; did you mean 'catering'?");
}

static void an_id_may_have_its_kind(void **state) {
  (void)state;
  static const char text[] = RULE("r", "recommend = function() return course { id = \"course.skills-for-life\" } end");
  struct need needs[1] = {make_need("STL3", 1, 2)};
  struct facts f = make_facts(needs, 1);
  load(text);
  struct outcome o = driver_evaluate(&d, &f, TODAY, 0);
  assert_int_equal(o.n_candidates, 1);
  assert_string_equal(o.candidates[0].development, "course.skills-for-life");
  driver_stop(&d);
  expect_fault(RULE("r", "recommend = function() return course { id = \"unit.skills-for-life\" } end"),
               "the catalogue knows no course");
}

static void literal_words_are_looked_up(void **state) {
  (void)state;
  static const struct {
    const char *text, *fault;
  } rows[] = {
      {WHEN("person:wishes(\"rle\", \"HLTA\")"), "test.lua:2: unknown kind of wish 'rle'; did you mean 'role'?"},
      {WHEN("person:wishes(\"role\", \"HLTAA\")"), "test.lua:2: unknown role 'HLTAA'; did you mean 'HLTA'?"},
      {WHEN("person:wishes(\"qualification\", \"PFA33\")"), "test.lua:2: unknown qualification 'PFA33'; did you mean 'PFA3'?"},
      {WHEN("person:wishes(\"competence\", \"STL333\")"), "test.lua:2: unknown competence 'STL333'; did you mean 'STL"},
      {WHEN("school:helpers(need, \"mentr\") > 0"), "test.lua:2: unknown kind of helper 'mentr'; did you mean 'mentor'?"},
      {WHEN("effect(\"coachng\") == nil"), "test.lua:2: unknown kind of development 'coachng'; did you mean 'coaching'?"},
      {WHEN("effect(\"golf-lessons-for-all\").per_cent > 1"), "test.lua:2: unknown kind of development 'golf-lessons-for-all'"},
      {WHEN("need:evidenced(\"maneger\")"), "test.lua:2: unknown kind of evidence 'maneger'; did you mean 'manager'?"},
      {WHEN("person:holds(\"PFA33\")"), "test.lua:2: unknown unit, qualification or class 'PFA33'; did you mean 'PFA3'?"},
      {WHEN("person:has_role(\"TASSS\")"), "test.lua:2: unknown role 'TASSS'; did you mean 'TASS'?"},
      {WHEN("need.from == \"wsh\""), "test.lua:2: need.from is never 'wsh'; did you mean 'wish'?"},
      {WHEN("need.gap == 1 and need.nature ~= \"practical\""),
       "test.lua:2: need.nature is never 'practical'; it is skill, knowledge, both or unknown"},
      {WHEN("person.employer == \"agincy\""), "test.lua:2: person.employer is never 'agincy'; did you mean 'agency'?"},
      {WHEN("person.role == \"TASSS\""), "test.lua:2: unknown role 'TASSS'"},
      {WHEN("need.evidence == \"hearsay\""), "test.lua:2: unknown kind of evidence 'hearsay'"},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) expect_fault(rows[i].text, rows[i].fault);
  load(WHEN("person:wishes(\"role\", \"HLTA\") or school:helpers(need, \"mentor\") > 0 or need.from == \"wish\" or person.role "
            "== \"TASS\" "
            "or person.formats[1] == \"anything\" or need.title == \"anything\""));
  driver_stop(&d);
}

/* Beyond 255 constants the compiler uses other instructions: what they name is looked up all the same. */
static void a_file_of_many_texts_is_looked_at(void **state) {
  (void)state;
  static const struct {
    const char *rest, *fault;
  } rows[] = {
      {WHEN("need.gpa == 1"), "unknown name 'need.gpa'"},
      {RULE("r", "recommend = function(need) return need.gpa and coaching {} end"), "unknown name 'need.gpa'"},
      {WHEN("person:hold(\"maths@2\")"), "unknown name 'person.hold'"},
      {"local x = coachin", "unknown name 'coachin'"},
      {"x = 1", "the global name 'x' is set"},
  };
  struct buf text = {0};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    buf_reset(&text);
    buf_puts(&text, "local many = {");
    for (int k = 0; k < 300; k++) buf_printf(&text, "\"text %d\",", k);
    buf_printf(&text, "}\n%s\n", rows[i].rest);
    expect_fault(buf_cstr(&text), rows[i].fault);
  }
  buf_reset(&text); /* in the function itself */
  buf_puts(&text,
           "rule \"r\" { about = \"a\", source = \"guide-2010\", owner = \"o\", when = function(need, person) local many = {");
  for (int k = 0; k < 300; k++) buf_printf(&text, "\"text %d\",", k);
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
  load(RULE(
      "r", "recommend = function(need) local e = _ENV if #e[\"offers\" .. \"_for\"](need) == 0 then return coaching {} end end"));
  struct need need = make_need("STL3", 1, 2);
  struct facts f = make_facts(&need, 1);
  struct outcome o = driver_evaluate(&d, &f, TODAY, 0);
  assert_int_equal(o.n_failures, 1);
  assert_non_null(strstr(o.failures[0].message, "write offers_for(need) by its name"));
  driver_stop(&d);
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
  hint_givens(text, strlen(text), on_slip, NULL);
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
      "given(need.gap > 1, otherwise \"the gap is one level only\")",
      "given(need.gap <= 1, otherwise \"the gap is more than one level\")",
      "given(need.gap >= 2, otherwise \"the gap is less than two levels\")",
      "given(need.from == \"wish\", otherwise \"you have not named this as a wish\")",
      "given(need.from ~= \"wish\", otherwise \"you have named this as a wish\")",
      "given(need.nature == \"knowledge\", otherwise \"more than knowledge is missing, or nobody has said which\")",
      "given(need.certificate, otherwise \"no certificate is asked for; training in school is enough\")",
      "given(not need.certificate, otherwise \"only a certificate, licence or registration counts here\")",
      "given(person.no_computer ~= true, otherwise \"you have no computer to learn with\")",
      "given(person.no_computer == true, otherwise \"you can use a computer\")",
      "given(need.confidence ~= nil, otherwise \"you have not said how sure you feel, that is your confidence\")",
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
    if (slips_in(bad[i]) != 1) fail_msg("no slip: %s", bad[i]);
  for (size_t i = 0; i < ARRAY_LEN(good); i++)
    if (slips_in(good[i]) != 0) fail_msg("a slip: %s", good[i]);
  assert_int_equal(slips_in("--[==[ x ]==] given(need.gap == 1, otherwise \"the gap is one level\")"), 1);
  struct buf many = {0};
  for (int i = 0; i < 40000; i++) buf_puts(&many, "given(");
  assert_int_equal(slips_in(buf_cstr(&many)), 0); /* within the time of a test */
  buf_finish(&many);
  assert_int_equal(slips_in("\n-- x\n\"a\\\nb\"\n given(need.gap == 1,\n otherwise \"the gap is one level\")"), 1);
  assert_int_equal(slip_line, 5);
}

static void warnings_come_with_the_rules(void **state) {
  (void)state;
  expect_warning(WHEN("given(need.gap == 1,\n otherwise \"the gap is one level\")"),
                 "test.lua:2: \"the gap is one level\" says the same as its condition");
  expect_warning(RULE("r", "recommend = function() return qualification { id = \"NVQ2-STL\" } end"),
                 "test.lua:2: 'NVQ2-STL' is closed for registration in the catalogue; its successor is STLS2-CERT");
  expect_no_warning(RULE("r", "recommend = function() return qualification { id = \"PFA3\" } end"), "is closed");
}

#define NEVER "no profile of these roles asks for any of these competences"
static void rules_that_cannot_meet_are_told(void **state) {
  (void)state;
  expect_warning(RULE("r", "competences = \"X.KILN\", roles = \"COOK\", " COACHING), NEVER ", so only a duty, a wish or a plan");
  expect_warning(RULE("r", "competences = \"X.KILN\", families = \"catering\", purpose = \"compliance\", " COACHING),
                 NEVER " for this purpose, so it can never fire");
  expect_no_warning(RULE("r", "competences = \"X.KILN\", roles = \"COOK\", purpose = \"growth\", " COACHING), NEVER);
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
  struct need needs[] = {make_need("STL3", 1, 2), make_need("STL4", 1, 2), make_need("X.SAFE", 1, 2)};
  struct facts f = make_facts(needs, 3);
  struct outcome o = driver_evaluate(&d, &f, TODAY, 0);
  assert_int_equal(o.n_candidates, 2);
  assert_int_equal(o.candidates[0].rule, 0);
  assert_int_equal(f.needs[o.candidates[0].need].competence, competence_at("STL3"));
  assert_int_equal(o.candidates[1].rule, 1);
  assert_int_equal(f.needs[o.candidates[1].need].competence, competence_at("STL4"));
  driver_stop(&d);
  expect_fault(RULE("r", "competences = \"not STL333\", " COACHING), "rule 'r': unknown competence 'STL333'; did you mean");
  expect_fault(RULE("r", "competences = { 1 }, " COACHING), "rule 'r': competences is a text or a list of texts");
  assert_int_equal(d.n_faults, 1);
}

static void what_is_meant_is_guessed(void **state) {
  (void)state;
  expect_fault(RULE("r", "roles = \"TASSS\", " COACHING), "rule 'r': roles: unknown role 'TASSS'; did you mean 'TASS'?");
  expect_fault(RULE("r", "families = \"caterin\", " COACHING), "unknown role family 'caterin'; did you mean 'catering'?");
  expect_fault("rule \"r\" { about = \"x\", source = \"guide-201\", owner = \"o\", " COACHING "}",
               "unknown source 'guide-201'; sources.csv of the catalogue lists them; did you mean 'guide-2010'?");
  expect_fault(RULE("r", "recommend = function() return qualification { id = \"PFA33\" } end"),
               "the catalogue knows no qualification 'PFA33'; did you mean 'PFA3'?");
}

static void families_that_are_left_out_are_said(void **state) {
  (void)state;
  load(RULE("r", "families = \"site\", leaves_out = { \"catering\", \"midday\" }, " COACHING));
  assert_true(answer_has("\"leaves_out\":[\"catering\",\"midday\"]"));
  driver_stop(&d);
  expect_fault(RULE("r", "leaves_out = \"kitchen\", " COACHING), "rule 'r': leaves_out: unknown role family 'kitchen'");
  expect_fault(RULE("r", "families = \"site\", leaves_out = \"site\", " COACHING),
               "rule 'r': leaves_out names 'site', which families names too");
}

static void facts_of_a_competence_are_read(void **state) {
  (void)state;
  load(RULE("practical", "when = function(need) return need.practical == true end, " COACHING)
           RULE("certificate", "when = function(need) return need.certificate == true end, " COACHING)
               RULE("evidenced", "when = function(need) return need:evidenced(\"peer\") end, " COACHING));
  struct need needs[] = {make_need("X.COOK", 1, 2), make_need("X.FOO3", 1, 2), make_need("STL3", ABSENT, 2)};
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
