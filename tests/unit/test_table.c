/* test_table - the decision table: what each column means to a person, what is said of a wrong
 * cell, and that nothing in a cell becomes code. The compiler is looked at directly, the meaning
 * through the real worker. */
#include "rules_driver.h"

#include "../../daemon/rules/columns.c"
#include "../../daemon/rules/lookup.c"
#include "../../daemon/rules/names.c" /* of the worker, which is a program and no library; without Lua */
#include "../../daemon/rules/suggestions.c"
#include "../../daemon/rules/table.c"
#include "../../daemon/rules/text.c"

static struct driver d;

#define HEAD "rule,recommend,about,source,owner"
#define TAIL "A rule of the tests,guide-2010/step-3,Tests"

/* --- the compiler alone --- */

static struct fault_list faults;
static struct arena arena;
static struct arena sheets;
static struct buf lua;

static const char *compile(const char *sheet) {
  fault_list_finish(&faults);
  faults = (struct fault_list){0};
  arena_reset(&arena);
  buf_reset(&lua);
  table_compile("authority/rules.csv", sheet, strlen(sheet), driver_catalogue, &arena, &faults,
                &lua);
  return buf_cstr(&lua);
}

static void expect_fault(const char *sheet, const char *expected) {
  compile(sheet);
  for (size_t i = 0; i < faults.n; i++)
    if (strstr(faults.lines[i].said, expected) != NULL)
      return;
  fail_msg("expected '%s', got '%s'", expected, faults.n > 0 ? faults.lines[0].said : "no fault");
}

static void a_row_is_a_line(void **state) {
  (void)state;
  const char *text = compile("\n" HEAD ",weeks,Gap_From\nfirst,coaching," TAIL
                             ",12,\n\nsecond,unit TDA 2.8; e learning," TAIL ",,2\n");
  assert_int_equal(faults.n, 0);
  assert_string_equal(
      text, "\n\nrule \"first\" { about = \"A rule of the tests\", source = \"guide-2010/step-3\", "
            "owner = \"Tests\", "
            "recommend = function(need, person, school) return coaching { weeks = 12, } end }\n\n"
            "rule \"second\" { about = \"A rule of the tests\", source = \"guide-2010/step-3\", "
            "owner = \"Tests\", "
            "when = function(need, person, school) return given(need.gap >= 1, otherwise \"there "
            "is no gap here\") and "
            "given(need.gap >= 2, otherwise \"the gap is only one level\") end, "
            "recommend = function(need, person, school) return { unit { code = \"TDA 2.8\", }, "
            "e_learning { } } end }");
}

/* What the column "needs" says already is no condition: no test could see it fail. */
static void what_is_implied_is_no_condition(void **state) {
  (void)state;
  static const struct {
    const char *needs, *from, *to, *given; /* what is asked of the gap; NULL: nothing */
  } rows[] = {{"gap", "1", "", NULL},
              {"gap", "2", "", "need.gap >= 2"},
              {"gap", "1", "2", "need.gap <= 2"},
              {"met", "", "0", NULL},
              {"", "1", "", "need.gap >= 1"},
              {"confirm", "1", "", "need.gap >= 1"},
              {"unrated", "1", "", "need.gap >= 1"}};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    const char *text = compile(
        arena_printf(&sheets, HEAD ",needs,gap from,gap to\nr,coaching," TAIL ",%s,%s,%s\n",
                     rows[i].needs, rows[i].from, rows[i].to));
    assert_int_equal(faults.n, 0);
    if (rows[i].given == NULL)
      assert_null(strstr(text, "given"));
    if (rows[i].given != NULL)
      assert_non_null(strstr(text, rows[i].given));
    assert_true(rows[i].given == NULL || strstr(strstr(text, "given") + 1, "given") == NULL);
  }
}

static void wrong_cells_are_named(void **state) {
  (void)state;
  static const struct {
    const char *column, *cell, *fault;
  } rows[] = {
      {"roles", "TASS; TASSS",
       "2:roles: unknown role or role family 'TASSS'; did you mean 'TASS'?"},
      {"roles", "learning-suport",
       "2:roles: unknown role or role family 'learning-suport'; did you mean 'learning-support'?"},
      {"roles", "not TASS", "2:roles: cannot be turned round with 'not'"},
      {"roles", ";", "2:roles: has no value between its semicolons"},
      {"competences", "STL333", "2:competences: unknown competence 'STL333'; did you mean 'STL"},
      {"competences", "not X.ENGLL",
       "2:competences: unknown competence 'X.ENGLL'; did you mean 'X.ENGL'?"},
      {"competences", "QQ*", "2:competences: no competence begins like 'QQ*'"},
      {"needs", "gaps", "2:needs: 'gaps' is not known; did you mean 'gap'?"},
      {"purpose", "something",
       "2:purpose: 'something' is not known; write compliance, role or growth"},
      {"from", "wsh", "2:from: 'wsh' is not known; did you mean 'wish'?"},
      {"from", "wish; not plan", "2:from: mixes values with and without 'not'"},
      {"gap from", "two", "2:gap from: 'two' is not a whole number from 1 to 7"},
      {"gap from", "0", "2:gap from: '0' is not a whole number from 1 to 7"},
      {"gap to", "99999999999", "2:gap to: '99999999999' is not a whole number from 0 to 7"},
      {"confidence to", "5", "2:confidence to: '5' is not a whole number from 0 to 4"},
      {"evidence at least", "maneger",
       "2:evidence at least: unknown kind of evidence 'maneger'; did you mean 'manager'?"},
      {"computer", "perhaps", "2:computer: 'perhaps' is not yes or no"},
      {"hours from", "37:30",
       "2:hours from: '37:30' is not a number of hours a week, such as 20 or 32.5"},
      {"hours to", "20.33", "2:hours to: '20.33' is not a number of hours"},
      {"hours to", "169", "2:hours to: '169' is not a number of hours"},
      {"holds", "maths2", "2:holds: unknown unit, qualification or class 'maths2'"},
      {"wishes", "role HLTAA",
       "2:wishes: unknown role, qualification or competence 'HLTAA'; did you mean 'HLTA'?"},
      {"colleague", "mentr", "2:colleague: 'mentr' is not known; did you mean 'mentor'?"},
      {"colleague", "nobdy", "2:colleague: 'nobdy' is not known; did you mean 'nobody'?"},
      {"colleague", "mentor; any", "2:colleague: 'any' must be the only value in its cell"},
      {"weeks", "0", "2:weeks: '0' is not a whole number from 1 to 520"},
      {"priority", "101", "2:priority: '101' is not a whole number from 0 to 100"},
      {"roles", "Midday assistant",
       "2:roles: unknown role or role family 'Midday assistant'; did you mean 'MIDA'?"},
      {"roles", "MIDA or MSUP",
       "2:roles: unknown role or role family 'MIDA or MSUP'; several are separated by ;"},
      {"roles", "all",
       "2:roles: unknown role or role family 'all'; leave the cell blank where it asks for "
       "nothing"},
      {"competences", "stl*",
       "2:competences: no competence begins like 'stl*'; did you mean 'STL*'?"},
      {"importance", "Law", "2:importance: 'Law' is not known; did you mean 'statutory'?"},
      {"employer", "LA", "2:employer: 'LA' is not known; did you mean 'authority'?"},
      {"colleague", "none", "2:colleague: 'none' is not known; did you mean 'nobody'?"},
      {"colleague", "n/a", "any or nobody; leave the cell blank where it asks for nothing"},
      {"needs", "\xe2\x80\x9cunrated\xe2\x80\x9d", "write it without quotes"},
      {"gap to", "2.5", "2:gap to: '2.5' is not a whole number from 0 to 7"},
      {"gap to", "2.", "2:gap to: '2.' is not a whole number from 0 to 7"},
      {"gap to", "<=2", "write the number alone: the column says 'from' or 'to'"},
      {"hours to", "\"32,5\"",
       "2:hours to: '32,5' is not a number of hours a week, such as 20 or 32.5; decimals follow a "
       "point"},
      {"weeks", "2 weeks",
       "2:weeks: '2 weeks' is not a whole number from 1 to 520; write the number alone"},
      {"priority", "'57", "take away the apostrophe before it"},
      {"priority", "#REF!", "the spreadsheet itself found an error there"},
      {"priority", "=B2", "a formula was saved in place of its value"},
      {"roles", "catering/midday", "'catering/midday'; several are separated by ;"},
      {"roles", "catering + midday", "'catering + midday'; several are separated by ;"},
      {"roles", "\"catering\nmidday\"", "'catering midday'; several are separated by ;"},
      {"leaves out", "midday; CATR",
       "2:leaves out: 'CATR' is a role, of the family 'catering'; this column takes only role "
       "families"},
      {"wishes", "role catering",
       "2:wishes: 'catering' is a family of roles; a wish is for one of its roles"},
      {"leaves out", "caterin",
       "2:leaves out: unknown role family 'caterin'; did you mean 'catering'?"},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    char sheet[400];
    snprintf(sheet, sizeof sheet, HEAD ",%s\nr,coaching," TAIL ",%s\n", rows[i].column,
             rows[i].cell);
    expect_fault(sheet, rows[i].fault);
    assert_int_equal(lua.len, 1); /* the line of the heading; no rule */
  }
}

/* A value too many is reported, not dropped. */
static void more_values_than_there_is_room_for_are_told(void **state) {
  (void)state;
  struct buf sheet = {0};
  for (int n = 64; n <= 65; n++) {
    buf_reset(&sheet);
    buf_puts(&sheet, HEAD ",competences\nr,coaching," TAIL ",\"");
    for (int i = 1; i < n; i++)
      buf_puts(&sheet, "STL3; ");
    buf_puts(&sheet, "STL18;\"\n");
    if (n == 65) {
      expect_fault(buf_cstr(&sheet),
                   "2:competences: has more than 64 values; use a pattern, or make two rows of it");
    } else {
      assert_non_null(strstr(compile(buf_cstr(&sheet)), "\"STL18\""));
      assert_int_equal(faults.n, 0);
    }
  }
  buf_finish(&sheet);
}

/* As spreadsheets write: a line end within a cell, a capital at its beginning. */
static void cells_may_have_line_ends_and_capitals(void **state) {
  (void)state;
  const char *text = compile(
      HEAD ",competences,evidence at least,wishes,from\nr,\"Coaching;\nUnit\nTDA 2.8\"," TAIL
           ",\"Not\nSTL3;\n STL18\",Manager,\"Role\nHLTA\",\"Wish;\r\nplan \"\n");
  assert_int_equal(faults.n, 0);
  static const char *const parts[] = {
      "\"STL18\", \"not STL3\"", "need:evidenced(\"manager\")", "person:wishes(\"role\", \"HLTA\")",
      "need.from == \"plan\"",   "need.from == \"wish\"",       "unit { code = \"TDA 2.8\""};
  for (size_t i = 0; i < ARRAY_LEN(parts); i++)
    if (strstr(text, parts[i]) == NULL)
      fail_msg("no %s in %s", parts[i], text);
}

/* As spreadsheets show what nobody wrote so: decimals, their own yes and no, blanks of a web page.
 */
static void cells_may_look_like_a_spreadsheet(void **state) {
  (void)state;
  const char *text = compile(HEAD ",gap to,priority,computer,clusters,roles\nr,coaching," TAIL
                                  ",2.0,57.00,TRUE,False,MIDA;\xc2\xa0MIDS\xc2\xa0\n");
  assert_int_equal(faults.n, 0);
  static const char *const parts[] = {"need.gap <= 2", "priority = 57,",
                                      "person.no_computer ~= true", "school.clusters == 0",
                                      "roles = { \"MIDA\", \"MIDS\" }"};
  for (size_t i = 0; i < ARRAY_LEN(parts); i++)
    if (strstr(text, parts[i]) == NULL)
      fail_msg("no %s in %s", parts[i], text);
}

static void wrong_proposals_are_named(void **state) {
  (void)state;
  static const struct {
    const char *cell, *fault;
  } rows[] = {
      {"coachng", "2:recommend: 'coachng' is no kind of development; did you mean 'coaching'?"},
      {"xyzzy", "2:recommend: 'xyzzy' is no kind of development; write coaching, unit"},
      {"Shadow", "2:recommend: 'Shadow' is no kind of development; did you mean 'shadowing'?"},
      {"\"network, coaching\"",
       "2:recommend: 'network, coaching' is no kind of development; several are separated by ;"},
      {"unit", "2:recommend: which unit? Write its code after the word"},
      {"unit TDA-2.88", "2:recommend: unknown unit 'TDA-2.88'"},
      {"qualification PFA33", "2:recommend: unknown qualification 'PFA33'; did you mean 'PFA3'?"},
      {"coaching and mentoring",
       "2:recommend: unknown coaching 'and mentoring'; several are separated by ;"},
      {"course food-hygiene-2", "unknown course 'food-hygiene-2'; `needs catalogue find` lists "
                                "what there is, or add a row to courses.csv of your own"},
      {"finding-out something", "2:recommend: unknown finding-out 'something'"},
      {"coaching; coaching; coaching; coaching; coaching; coaching; coaching; coaching; coaching",
       "more than 8 developments"},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    char sheet[400];
    snprintf(sheet, sizeof sheet, HEAD "\nr,%s," TAIL "\n", rows[i].cell);
    expect_fault(sheet, rows[i].fault);
  }
}

static void what_is_missing_or_too_much_is_named(void **state) {
  (void)state;
  expect_fault("rule,recommend,about,owner\nr,coaching,x,y\n",
               "authority/rules.csv:1:source: this column is missing");
  assert_int_equal(faults.n, 1); /* and not again for each row */
  expect_fault(
      HEAD ",colleage\nr,coaching," TAIL ",any\n",
      "authority/rules.csv:1:colleage: this column is not known; did you mean 'colleague'?");
  expect_fault(HEAD ",Notes\nr,coaching," TAIL ",mine\n",
               ":1:notes: this column is not known; remarks are not read");
  expect_fault(HEAD ",hours\nr,coaching," TAIL ",15\n",
               ":1:hours: this column is not known; write 'hours from' or 'hours to'");
  expect_fault("Our rules\n" HEAD "\nr,coaching," TAIL "\n",
               ":1: looks like a title, with a row of 5 cells below it");
  assert_int_equal(faults.n, 1);
  expect_fault(HEAD ",words\nr,coaching," TAIL ",mine\n",
               ":1:words: this column is not known; delete it, or look in"); /* holds? */
  expect_fault("r,coaching," TAIL "\n", ":1: names no column that is known");
  assert_int_equal(faults.n, 1);
  expect_fault(HEAD ",gap from,GapFrom\nr,coaching," TAIL ",1,1\n",
               ":1:gap from: two columns have this heading");
  expect_fault(HEAD ",,gap to\nr,coaching," TAIL ",odd,1\n",
               ":2: column 6 has a cell but no heading");
  expect_fault(HEAD "\n,coaching," TAIL "\n", ":2:rule: is blank; every rule needs it");
  expect_fault(HEAD "\na b,coaching," TAIL "\n", ":2:rule: a rule's name is 1 to 64 of letters");
  expect_fault(HEAD "\nr,coaching,,guide-2010,Tests\n", ":2:about: is blank; every rule needs it");
  expect_fault(HEAD "\nr,coaching,x,guide-201,Tests\n",
               ":2:source: unknown source 'guide-201'; did you mean 'guide-2010'?");
  expect_fault(HEAD ",gap from,gap to\nr,coaching," TAIL ",2,1\n",
               ":2:gap to: is less than the column before it asks for");
  expect_fault("", "authority/rules.csv: is empty");
  char sheet[600] = HEAD ",because\nr,coaching," TAIL ",";
  memset(sheet + strlen(sheet), 'x', 201);
  expect_fault(sheet, ":2:because: is too long: 201 letters, at most 200");
  strcpy(sheet + strlen(sheet) - 2, "\xc3\xa9");
  expect_fault(sheet,
               ":2:because: is too long: 201, at most 200; a letter such as \xc3\xa9 counts as 2");
  expect_fault(HEAD "\nr,coaching,\"a\x07"
                    "b\",guide-2010,Tests\n",
               ":2:about: has characters that cannot be printed");
}

static void expect_alone(const char *sheet, const char *expected) {
  expect_fault(sheet, expected);
  assert_int_equal(faults.n, 1);
}

/* Good tables in the wrong place: one sentence each, and of the many files of a catalogue one for
 * all. */
static void tables_of_something_else_are_told_whole(void **state) {
  (void)state;
  static const char tests[] =
      "authority/rules.csv:1: looks like a table of tests; they belong in tests/";
  static const char courses[] =
      "kind,course,title,level,credit,source\ncourse,x,X,1,2,guide-2010\n";
  expect_alone("test,role,needs,first,refuses,why\na,CATR,X.ALLG current=1 required=2,,,\n", tests);
  expect_alone("Rule_Fires,role,needs\none,CATR,X.ALLG current=1 required=2\n", tests);
  /* rules, for all that */
  expect_fault("test," HEAD "\na,r,coaching," TAIL "\n", ":1:test: this column is not known");
  fault_list_finish(&faults);
  faults = (struct fault_list){0};
  table_compile("authority/courses.csv", courses, strlen(courses), driver_catalogue, &arena,
                &faults, &lua);
  table_compile("authority/units.csv", "unit\nX\n", 7, driver_catalogue, &arena, &faults, &lua);
  assert_int_equal(faults.n, 1);
  assert_non_null(strstr(
      faults.lines[0].said,
      "authority/courses.csv:1: looks like a catalogue, which lies in a directory of its own"));
}

static void a_table_of_headings_alone_is_doubtful(void **state) {
  (void)state;
  expect_alone(
      "\n" HEAD "\n,,,,\n",
      "warning: authority/rules.csv:2: has headings and no row below them, so it holds no rule");
  assert_int_equal(faults.errors, 0);
}

static void all_faults_of_all_rows_at_once(void **state) {
  (void)state;
  compile(HEAD ",roles,gap to\nr,coachng," TAIL ",TASSS,x\ngood,coaching," TAIL
               ",TASS,1\ns,coaching,,nowhere,Tests,,\n");
  assert_int_equal(faults.n, 5);
  assert_non_null(strstr(buf_cstr(&lua), "\n\nrule \"good\""));
}

/* Texts that would end the Lua text, start a comment, or be worked out by a spreadsheet. */
static const char *const hostile[] = {"\" .. error(\"out\") .. \"",
                                      "\\\" } os.exit() --",
                                      "]] ]=] --[[",
                                      "\\",
                                      "=cmd|' /C calc'!A0",
                                      "') end function x() while true do end end --",
                                      "\\n\\0\\x41\\u{7f}\\z",
                                      "one\nline\rand another",
                                      "%s%n%d",
                                      "\xe2\x80\x94 and \xc3\xa9"};

static void cell_of(char *out, const char *text) {
  *out++ = '"';
  for (; *text; text++) {
    if (*text == '"')
      *out++ = '"';
    *out++ = *text;
  }
  strcpy(out, "\"");
}

/* Every text comes out as it went in, line ends apart. */
static void nothing_in_a_cell_becomes_code(void **state) {
  (void)state;
  struct need n = make_need("STL3", 1, 2);
  struct facts f = make_facts(&n, 1);
  struct buf sheet = {0};
  char cell[200], name[] = "rules.csv";
  buf_puts(&sheet, HEAD ",because,not in house because\n");
  for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
    cell_of(cell, hostile[i]);
    buf_printf(&sheet, "r%zu,coaching,%s,guide-2010,%s,%s,%s\n", i, cell, cell, cell, cell);
  }
  struct bundle_file file = {name, (char *)(uintptr_t)buf_cstr(&sheet), sheet.len};
  driver_start(&d);
  if (!driver_load(&d, &file, 1, NULL))
    fail_msg("%s", d.faults[0]);
  struct outcome o = driver_evaluate(&d, &f, TODAY, 0);
  assert_int_equal(o.n_candidates, ARRAY_LEN(hostile));
  for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
    snprintf(cell, sizeof cell, "%s", hostile[i]);
    for (char *p = cell; *p; p++)
      if (*p == '\n' || *p == '\r')
        *p = ' ';
    assert_string_equal(o.candidates[i].text, cell);
    assert_string_equal(o.candidates[i].not_in_house, cell);
  }
  driver_stop(&d);
  buf_finish(&sheet);
}

/* What is no text for people is refused, whole. */
static void no_other_column_takes_it(void **state) {
  (void)state;
  for (size_t c = 0; c < table_n_columns; c++) {
    if (table_columns[c].compile == put_field || table_columns[c].compile == put_with)
      continue;
    for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
      struct table_row row = {
          .file = "x.csv", .catalogue = driver_catalogue, .arena = &arena, .faults = &faults};
      struct table_cell x = {&row, &table_columns[c], hostile[i]};
      table_columns[c].compile(&x);
      if (!row.faulty)
        fail_msg("%s takes %s", table_columns[c].name, hostile[i]);
      buf_finish(&row.fields);
      buf_finish(&row.givens);
      buf_finish(&row.with);
    }
  }
}

static void a_zero_byte_is_no_spreadsheet(void **state) {
  (void)state;
  static const char sheet[] = HEAD "\nr,coaching,a\0b,guide-2010,Tests\n";
  char name[] = "rules.csv";
  struct bundle_file file = {name, (char *)(uintptr_t)sheet, sizeof sheet - 1};
  driver_start(&d);
  assert_false(driver_load(&d, &file, 1, NULL));
  assert_true(driver_has_fault(&d, "rules.csv: holds NUL bytes"));
  driver_stop(&d);
}

/* --- what the columns mean --- */

static void set_number(const char *word, int32_t *at) {
  *at = strcmp(word, "-") == 0 ? ABSENT : atoi(word);
}

static int index_of(const char *member, const char *word) {
  const struct word_list *list = word_list_find(member);
  for (size_t i = 0; i < list->n; i++)
    if (strcmp(list->words[i], word) == 0)
      return (int)i;
  fail_msg("no word %s", word);
  return 0;
}

static struct held held[2];
static struct wish wishes[2];

/* "gap=2" and the like, on one need and its person. */
static void set_fact(struct facts *f, const char *key, const char *value) {
  struct need *n = f->needs;
  if (strcmp(key, "competence") == 0)
    n->competence = competence_at(value);
  if (strcmp(key, "current") == 0)
    set_number(value, &n->current);
  if (strcmp(key, "required") == 0)
    set_number(value, &n->required);
  if (strcmp(key, "confidence") == 0)
    set_number(value, &n->confidence);
  if (strcmp(key, "importance") == 0)
    n->importance = (uint8_t)index_of("need.importance", value);
  if (strcmp(key, "purpose") == 0)
    n->purpose = (uint8_t)index_of("need.purpose", value);
  if (strcmp(key, "nature") == 0)
    n->nature = (uint8_t)index_of("need.nature", value);
  if (strcmp(key, "from") == 0)
    n->from = (uint8_t)index_of("need.from", value);
  if (strcmp(key, "differs") == 0)
    n->differs = (uint8_t)(index_of("need.differs", value) + 1);
  if (strcmp(key, "evidence") == 0)
    n->evidence = value;
  if (strcmp(key, "post") == 0)
    n->post = value;
  if (strcmp(key, "helpers") == 0)
    n->helpers = (uint8_t)atoi(value);
  if (strcmp(key, "minutes") == 0)
    set_number(value, &f->minutes);
  if (strcmp(key, "term_time") == 0)
    set_number(value, &f->term_time);
  if (strcmp(key, "no_computer") == 0)
    set_number(value, &f->no_computer);
  if (strcmp(key, "clusters") == 0)
    f->n_clusters = (uint32_t)atoi(value);
  if (strcmp(key, "employer") == 0)
    f->employer = strcmp(value, "-") == 0 ? ABSENT : index_of("person.employer", value);
  if (strcmp(key, "progression") == 0)
    f->progression = strcmp(value, "-") == 0 ? ABSENT : index_of("person.progression", value);
  if (strcmp(key, "holds") == 0)
    held[f->n_holds++] = (struct held){value, ABSENT, ABSENT};
  if (strcmp(key, "wish-role") == 0)
    wishes[f->n_wishes++] = (struct wish){.role = value};
  if (strcmp(key, "wish-competence") == 0)
    wishes[f->n_wishes++] = (struct wish){.competence = value};
}

static struct outcome person_with(struct need *n, const char *facts) {
  char *copy = arena_strndup(&d.arena, facts, strlen(facts)), *save = NULL;
  *n = make_need("STL3", 1, 2);
  struct facts f = make_facts(n, 1);
  f.holds = held;
  f.wishes = wishes;
  for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save)) {
    char *value = strchr(w, '=');
    *value++ = 0;
    set_fact(&f, w, value);
  }
  n->gap = n->current == ABSENT ? n->required : n->required - n->current;
  return driver_evaluate(&d, &f, TODAY, EXCHANGE_TRACE);
}

/* A rule of its own a row: it fires for `good`, and for `bad` says `unless`. */
static const struct meaning {
  const char *column, *cell, *good, *bad, *unless;
} meanings[] = {
    {"roles", "TASS", "", "post=COOK", "is for other roles"},
    {"roles", "catering; TASS", "post=COOK", "post=CTKR", "is for other roles"},
    {"competences", "STL3", "", "competence=STL4", "is for other competences"},
    {"competences", "STL*; not STL4", "", "competence=STL4", "is for other competences"},
    {"competences", "not X.ENGL; not X.M*", "", "competence=X.MATH", "is for other competences"},
    {"needs", "gap", "", "current=2", "is for needs of another kind"},
    {"needs", "unrated", "current=-", "", "is for needs of another kind"},
    {"purpose", "Growth", "purpose=growth", "", "is for another purpose"},
    {"importance", "statutory", "importance=statutory", "",
     "your post does not require this by law"},
    {"importance", "not statutory", "", "importance=statutory", "your post requires this by law"},
    {"importance", "statutory; essential", "", "importance=desirable",
     "this is only desirable for your post"},
    {"importance", "not essential", "importance=desirable", "",
     "this has a different importance for your post"},
    {"from", "plan", "from=plan", "", "this is not one of the school's current priorities"},
    {"from", "wish", "from=wish", "", "you have not asked for this"},
    {"from", "new-role; new-duty", "from=new-duty", "", "this comes up for another reason"},
    {"from", "Not Wish", "", "from=wish", "you have asked for this"},
    {"gap from", "1", "", "current=2", "there is no gap here"},
    {"gap from", "2", "required=3", "", "the gap is only one level"},
    {"gap from", "2", "required=3", "current=2", "there is no gap here"},
    {"gap from", "3", "required=4", "required=3", "the gap is less than three levels"},
    {"gap to", "0", "current=2", "", "there is a gap here"},
    {"gap to", "1", "", "required=3", "the gap is more than one level"},
    {"gap to", "2", "", "required=4", "the gap is more than two levels"},
    {"level from", "1", "", "current=0", "this needs some practice first"},
    {"level from", "3", "current=3", "", "this needs more practice first"},
    {"level to", "1", "", "current=2", "you are already beyond this level"},
    {"required from", "3", "required=3", "", "your post does not require this level"},
    {"required to", "2", "", "required=3", "your post requires more than this leads to"},
    {"nature", "knowledge", "nature=knowledge", "nature=both",
     "more than knowledge is missing, or nobody has recorded what is missing"},
    {"nature", "knowledge; both", "nature=both", "nature=skill",
     "no knowledge is missing, or nobody has recorded what is missing"},
    {"nature", "skill; knowledge", "nature=skill", "nature=both",
     "something else is missing, or nobody has recorded what is missing"},
    {"evidence at least", "peer", "evidence=peer", "evidence=manager",
     "the evidence for your level is not strong enough for this"},
    {"differs", "self", "differs=self", "differs=certificate",
     "your own view of this and what others saw do not differ much"},
    {"differs", "certificate", "differs=certificate", "",
     "no certificate says more than what was seen since"},
    {"differs", "not certificate", "", "differs=certificate",
     "you already hold a unit or an award for this"},
    {"confidence to", "1", "confidence=1", "confidence=2", "you feel confident enough about this"},
    {"confidence to", "1", "confidence=0", "", "you have not said how confident you feel"},
    {"shown by certificate", "yes", "competence=X.FAID", "",
     "no certificate is required; training in school is enough"},
    {"shown by certificate", "no", "", "competence=X.FAID",
     "only a certificate, licence or registration counts"},
    {"learnt by doing", "yes", "competence=X.COOK", "",
     "this can be learnt from a module or by reading"},
    {"learnt by doing", "No", "", "competence=X.COOK",
     "this is learnt by doing, not on a screen or by reading"},
    {"employer", "school", "", "employer=agency", "you are not employed by the school"},
    {"employer", "school", "", "employer=-", "nobody has recorded your employer"},
    {"employer", "not agency", "employer=-", "employer=agency", "you are employed by an agency"},
    {"employer", "school; trust", "", "employer=agency",
     "you have a different employer, or nobody has recorded your employer"},
    {"hours from", "20", "minutes=1200", "minutes=1199", "you work fewer than 20 hours a week"},
    {"hours from", "20", "", "minutes=-", "nobody has recorded how many hours a week you work"},
    {"hours to", "32.5", "minutes=1950", "minutes=1951", "you work more than 32.5 hours a week"},
    {"term time", "yes", "", "term_time=0", "you do not work in term time only"},
    {"term time", "no", "term_time=0", "term_time=-",
     "you work in term time only, or nobody has recorded it"},
    {"computer", "yes", "no_computer=0", "no_computer=1", "you have no computer to learn with"},
    {"computer", "yes", "no_computer=-", "no_computer=1", "you have no computer to learn with"},
    {"computer", "no", "no_computer=1", "no_computer=-", "you can use a computer"},
    {"progression", "yes", "progression=yes", "progression=-",
     "you have not said that you want to move on now"},
    {"progression", "not no", "progression=-", "progression=no",
     "you have said that you do not want to move on for now"},
    {"progression", "yes; later", "progression=later", "progression=no",
     "you have not said that you want to move on, now or later"},
    {"progression", "no; later", "progression=later", "",
     "you have said something else about moving on, or have not said"},
    {"holds", "maths@2", "holds=maths@2", "", "you do not hold this: maths@2"},
    {"holds", "maths@2; EFAW3", "holds=maths@2 holds=EFAW3", "holds=maths@2",
     "you do not hold this: "},
    {"holds not", "maths@2; EFAW3", "", "holds=EFAW3", "you already hold this: "},
    {"clusters", "yes", "clusters=1", "clusters=0",
     "your school does not belong to a group of schools"},
    {"clusters", "no", "clusters=0", "clusters=2", "your school belongs to a group of schools"},
    {"wishes", "role HLTA; STL18", "wish-role=HLTA", "", "you have not asked for this"},
    {"wishes", "role HLTA; competence STL18", "wish-competence=STL18", "wish-role=TASS",
     "you have not asked for this"},
    {"colleague", "mentor; coach", "helpers=2", "helpers=4",
     "nobody is available in your school now"},
    {"colleague", "any", "helpers=64", "helpers=0", "nobody is available in your school now"},
    {"colleague", "nobody", "helpers=0", "helpers=1",
     "a colleague in school can help, and that comes first"},
};

static bool fired(const struct outcome *o, uint32_t rule) {
  for (uint32_t i = 0; i < o->n_candidates; i++)
    if (o->candidates[i].rule == rule)
      return true;
  return false;
}

static void load_meanings(void) {
  struct buf sheet = {0};
  char name[] = "rules.csv";
  buf_puts(&sheet, HEAD);
  for (size_t c = 0; c < table_n_columns; c++)
    if (!table_columns[c].must)
      buf_printf(&sheet, ",%s", table_columns[c].name);
  for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
    buf_printf(&sheet, "\nr%zu,coaching," TAIL, i);
    for (size_t c = 0; c < table_n_columns; c++)
      if (!table_columns[c].must)
        buf_printf(&sheet, ",%s",
                   strcmp(table_columns[c].name, meanings[i].column) == 0 ? meanings[i].cell : "");
  }
  struct bundle_file file = {name, (char *)(uintptr_t)buf_cstr(&sheet), sheet.len};
  driver_start(&d);
  if (!driver_load(&d, &file, 1, NULL))
    fail_msg("%s", d.faults[0]);
  assert_int_equal(d.n_rules, ARRAY_LEN(meanings));
  buf_finish(&sheet);
}

static void every_column_fires_and_refuses(void **state) {
  (void)state;
  load_meanings();
  for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
    const struct meaning *m = &meanings[i];
    struct need n;
    char entry[32];
    snprintf(entry, sizeof entry, "{\"rule\":\"r%zu\",", i);
    struct outcome o = person_with(&n, m->good);
    if (!fired(&o, (uint32_t)i))
      fail_msg("%s %s did not fire for '%s': %.200s", m->column, m->cell, m->good,
               strstr(o.trace, entry));
    o = person_with(&n, m->bad);
    char *said = strstr(o.trace, entry), *end = strstr(said + 1, "{\"rule\":");
    if (end != NULL)
      *end = 0;
    if (fired(&o, (uint32_t)i) || strstr(said, m->unless) == NULL)
      fail_msg("%s %s for '%s': %s", m->column, m->cell, m->bad, said);
  }
  driver_stop(&d);
}

static bool has_meaning(const char *column) {
  for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
    if (strcmp(meanings[i].column, column) == 0)
      return true;
  return false;
}

static void every_condition_has_a_meaning_here(void **state) {
  (void)state;
  for (size_t i = 0; i < table_n_columns && strcmp(table_columns[i].name, "recommend") != 0; i++)
    if (strcmp(table_columns[i].name, "rule") != 0 && !has_meaning(table_columns[i].name))
      fail_msg("no test of the column %s", table_columns[i].name);
}

/* Every set of words has a sentence, and no sentence is for a set that cannot be. */
static void sentences_are_for_words_that_there_are(void **state) {
  (void)state;
  for (size_t i = 0; i < ARRAY_LEN(sentences); i++) {
    const struct table_column *c = table_column_find(sentences[i].column);
    assert_non_null(c);
    char sheet[400];
    snprintf(sheet, sizeof sheet, HEAD ",%s\nr,coaching," TAIL ",%s\n", c->name,
             sentences[i].words);
    const char *text = compile(sheet);
    assert_int_equal(faults.n, 0);
    if (strstr(text, sentences[i].unless) == NULL)
      fail_msg("%s %s: %s", c->name, sentences[i].words, text);
  }
}

static void what_it_proposes_arrives(void **state) {
  (void)state;
  static const char sheet[] = HEAD ",weeks,minutes,priority,because,not in house because\n"
                                   "r,course skills-for-life; finding-out review; Peer," TAIL
                                   ",3,90,77,Because of this,Nobody here can\n";
  static const char good[] = HEAD ",weeks,minutes,priority,because,not in house because\n"
                                  "r,Course skills-for-life; Peer observation," TAIL
                                  ",3,90,77,Because of this,Nobody here can\n";
  char name[] = "rules.csv";
  expect_fault(sheet, ":2:recommend: 'Peer' is no kind of development");
  struct bundle_file file = {name, (char *)(uintptr_t)good, strlen(good)};
  driver_start(&d);
  if (!driver_load(&d, &file, 1, NULL))
    fail_msg("%s", d.faults[0]);
  struct need n;
  struct outcome o = person_with(&n, "");
  assert_int_equal(o.n_candidates, 2);
  assert_string_equal(o.candidates[0].development, "course.skills-for-life");
  assert_string_equal(o.candidates[1].development, "peer-observation.STL3");
  for (int i = 0; i < 2; i++) {
    assert_int_equal(o.candidates[i].weeks, 3);
    assert_int_equal(o.candidates[i].minutes, 90);
    assert_int_equal(o.candidates[i].priority, 77);
    assert_string_equal(o.candidates[i].text, "Because of this");
    assert_string_equal(o.candidates[i].not_in_house, "Nobody here can");
  }
  driver_stop(&d);
}

/* If a rule of a table is already in another file, the fault names both places, as for any other
 * rule. */
static void faults_of_the_loader_name_the_row(void **state) {
  (void)state;
  char csv[] = "authority/rules.csv", other[] = "authority/a.lua";
  const char *sheet = HEAD "\none,coaching," TAIL "\ntwice,coaching," TAIL "\n";
  const char *text = "rule \"twice\" { about = \"x\", source = \"guide-2010\", owner = \"o\", "
                     "recommend = function() end }";
  struct bundle_file files[] = {{csv, (char *)(uintptr_t)sheet, strlen(sheet)},
                                {other, (char *)(uintptr_t)text, strlen(text)}};
  driver_start(&d);
  assert_false(driver_load(&d, files, 2, NULL));
  if (!driver_has_fault(&d, "authority/rules.csv:3: rule 'twice' is already in authority/a.lua:1"))
    fail_msg("%s", d.faults[0]);
  assert_false(driver_has_fault(&d, "a shipped rule is changed by"));
  driver_stop(&d);
  char shipped[] = "default/a.lua";
  files[1].name = shipped;
  driver_start(&d);
  assert_false(driver_load(&d, files, 2, NULL));
  if (!driver_has_fault(
          &d, "default/a.lua:1; give this one another name; a shipped rule is changed by"))
    fail_msg("%s", d.faults[0]);
  driver_stop(&d);
}

/* --- the guide --- */

static void the_guide_has_every_column(void **state) {
  (void)state;
  struct buf rows = {0}, guide = {0};
  char part[4096];
  FILE *f = fopen(SOURCE_ROOT "/docs/rules.md", "re");
  assert_non_null(f);
  for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
    buf_put(&guide, part, n);
  fclose(f);
  table_print_columns(&rows);
  if (strstr(buf_cstr(&guide), buf_cstr(&rows)) == NULL)
    fail_msg("docs/rules.md is to hold these lines:\n%s", buf_cstr(&rows));
  buf_finish(&rows);
  buf_finish(&guide);
}

static int close_all(void **state) {
  fault_list_finish(&faults);
  arena_finish(&arena);
  arena_finish(&sheets);
  buf_finish(&lua);
  return driver_close_catalogue(state);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_row_is_a_line),
      cmocka_unit_test(what_is_implied_is_no_condition),
      cmocka_unit_test(wrong_cells_are_named),
      cmocka_unit_test(more_values_than_there_is_room_for_are_told),
      cmocka_unit_test(cells_may_have_line_ends_and_capitals),
      cmocka_unit_test(cells_may_look_like_a_spreadsheet),
      cmocka_unit_test(wrong_proposals_are_named),
      cmocka_unit_test(what_is_missing_or_too_much_is_named),
      cmocka_unit_test(tables_of_something_else_are_told_whole),
      cmocka_unit_test(a_table_of_headings_alone_is_doubtful),
      cmocka_unit_test(all_faults_of_all_rows_at_once),
      cmocka_unit_test(nothing_in_a_cell_becomes_code),
      cmocka_unit_test(no_other_column_takes_it),
      cmocka_unit_test(a_zero_byte_is_no_spreadsheet),
      cmocka_unit_test(every_column_fires_and_refuses),
      cmocka_unit_test(every_condition_has_a_meaning_here),
      cmocka_unit_test(sentences_are_for_words_that_there_are),
      cmocka_unit_test(what_it_proposes_arrives),
      cmocka_unit_test(faults_of_the_loader_name_the_row),
      cmocka_unit_test(the_guide_has_every_column),
  };
  return cmocka_run_group_tests(tests, driver_open_catalogue, close_all);
}
