/* The command line's reading of files: CSV as spreadsheets really save it, JSON one or many, and
 * corrected rows. No daemon code.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <sodium.h>

#include "../../clients/needs/cell.h"
#include "../../clients/needs/csv_in.h"
#include "../../clients/needs/json.h"
#include "../../clients/needs/needs.h"
#include "../../clients/needs/sent_state.h"
#include "../../clients/needs/text.h"
#include "json_cases.h"

static char said[4096]; /* the last complaint */
void complain(const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(said, sizeof said, fmt, ap);
  va_end(ap);
}
bool settings_need(const struct settings *s, bool school) {
  return s->authority && (s->school || !school);
}

static char directory[] = "/tmp/test-needs-XXXXXX";
static char authority[] = "888", school[] = "8889901";
static struct settings place = {.authority = authority, .school = school};

/* Reads `len` bytes as a file. */
static int read_bytes(struct input *in, const char *bytes, size_t len,
                      const struct sent_state *before) {
  static char path[128];
  snprintf(path, sizeof path, "%s/file", directory);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fwrite(bytes, 1, len, f);
  fclose(f);
  said[0] = '\0';
  return input_read(in, path, &(struct read_options){.s = &place, .before = before});
}
#define READ(in, s) assert_int_equal(read_bytes(in, s, sizeof(s) - 1, NULL), 0)
#define HEAD "person,date,competence,level,evidence,by\n"

static void assert_good(const struct input *in, size_t i, size_t place_expected, const char *part) {
  assert_true(i < in->n);
  if (in->items[i].n_faults)
    fail_msg("item %zu: %s", i, in->items[i].faults[0].text);
  assert_int_equal(in->items[i].place, place_expected);
  if (!strstr(in->items[i].text, part))
    fail_msg("'%s' is not in %s", part, in->items[i].text);
}

static void assert_fault(const struct input *in, size_t i, size_t place_expected, int column,
                         const char *code) {
  assert_true(i < in->n);
  assert_null(in->items[i].text);
  assert_true(in->items[i].n_faults > 0);
  assert_int_equal(in->items[i].place, place_expected);
  assert_int_equal(in->items[i].faults[0].column, column);
  assert_string_equal(in->items[i].faults[0].code, code);
}

static void the_event_of_a_row(void **state) {
  (void)state;
  struct input in;
  READ(&in, HEAD "p-1,2026-03-02,STL3,2,observer,o-1\n");
  assert_int_equal(in.n, 1);
  char expected[512];
  snprintf(expected, sizeof expected,
           "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"needs/"
           "csv\",\"type\":\"needs.assessment.recorded.v1\","
           "\"time\":\"2026-03-02T00:00:00Z\",\"authority\":\"888\",\"school\":\"8889901\","
           "\"subject\":\"p-1\",\"data\":{"
           "\"date\":\"2026-03-02\",\"evidence\":\"observer\",\"by\":\"o-1\",\"ratings\":[{"
           "\"competence\":\"STL3\",\"level\":2}]}}",
           in.items[0].id);
  assert_string_equal(in.items[0].text, expected);
  assert_int_equal(strlen(in.items[0].id), 32);
  input_finish(&in);
}

/* The same rows however they were saved: the same ids, so that the same file again is all known. */
#define STAFF "person,date,role,start,title\n"
static void every_way_to_save_it(void **state) {
  (void)state;
  static const struct {
    const char *s;
    size_t len;
  } ways[] = {
#define WAY(s) {s, sizeof(s) - 1}
      WAY(STAFF "p-1,2026-03-02,TASS,2025-09-01,caf\xC3\xA9\n"),
      WAY("\xEF\xBB\xBF" STAFF "p-1,2026-03-02,TASS,2025-09-01,caf\xC3\xA9"),
      WAY("Person;DATE;role;Start;title\r\np-1;02/03/2026;TASS;1.9.2025;caf\xE9\r\n"),
      WAY("title\tstart\trole\tdate\tperson\r"
          "caf\xE9\t1 Sept 2025\tTASS\t2026-03-02\tp-1\r"),
      WAY("sep=|\r\n\"person\"|\"date\"|\"role\"|\"start\"|\"title\"\r\n\"p-1\"|\" 2026-03-02 "
          "\"|\"TASS\xC2\xA0\"|45901|\"caf\xC3\xA9\"\r\n"),
      WAY("\xFF\xFEp\0e\0r\0s\0o\0n\0,\0d\0a\0t\0e\0,\0r\0o\0l\0e\0,\0s\0t\0a\0r\0t\0,"
          "\0t\0i\0t\0l\0e\0\n\0"
          "p\0-\0001\0,\0002\0000\0002\0006\0-\0000\0003\0-\0000\0002\0,\0T\0A\0S\0S\0,"
          "\0002\0000\0002\0005\0-\0000\0009\0-"
          "\0000\0001\0,"
          "\0c\0a\0f\0\xE9\0\n\0"),
  };
  char id[33] = "";
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    struct input in;
    assert_int_equal(read_bytes(&in, ways[i].s, ways[i].len, NULL), 0);
    assert_int_equal(in.n, 1);
    assert_good(&in, 0, 2, "caf\xC3\xA9");
    if (*id)
      assert_string_equal(in.items[0].id, id);
    snprintf(id, sizeof id, "%s", in.items[0].id);
    input_finish(&in);
  }
}

static void rows_as_the_spreadsheet_shows(void **state) {
  (void)state;
  struct input in;
  READ(&in, "person,date,competence,level,evidence,note\r\n"
            "p-1,2026-03-02,STL3,1,manager,\"two\r\nlines\"\r\n"
            "\r\n"
            ",,,,,\r\n"
            "p-2,2026-03-02,STL3,,manager,\r\n"
            "p-3,2026-03-02,STL3,3,manager,\r\n");
  assert_int_equal(in.n, 2);
  assert_good(&in, 0, 2, "p-1");
  assert_good(&in, 1, 6, "p-3");
  assert_int_equal(in.unrated, 1);
  assert_int_equal(in.n_notes, 1);
  assert_non_null(strstr(in.notes[0], "column F 'note' is skipped"));
  input_finish(&in);
}

static void every_fault_at_its_place(void **state) {
  (void)state;
  struct input in;
  READ(&in, HEAD "p-1,2026-02-30,STL3,1,manager,\n"     /* 2 */
                 "p-2,2026-03-02,STL3,good,manager,\n"  /* 3 */
                 ",2026-03-02,STL3,1,manager,\n"        /* 4 */
                 "p-4,2026-03-02,STL3,1,\"man\"ager,\n" /* 5 */
                 "p-5,2026-03-02,STL3,1,manager,\n"     /* 6 */
                 "p-5,2026-03-02,STL3,1,manager,\n"     /* 7: the same again */
                 "p-5,2026-03-02,STL3,2,manager,\n"     /* 8: another level */
                 "p-6,2026-03-02,STL3,1,\"manager,\n"   /* 9: never closed */
                 "p-7,2026-03-02,STL3,1,manager,\n");   /* 10 */
  assert_int_equal(in.n, 9);
  assert_fault(&in, 0, 2, 1, "out-of-range");
  assert_fault(&in, 1, 3, 3, "wrong-type");
  assert_fault(&in, 2, 4, 0, "missing");
  assert_fault(&in, 3, 5, -1, "not-csv");
  assert_good(&in, 4, 6, "p-5");
  assert_int_equal(in.repeated, 1);
  assert_fault(&in, 6, 8, 3, "repeated");
  assert_fault(&in, 7, 9, -1, "not-csv");
  assert_good(&in, 8, 10, "p-7");
  input_finish(&in);
}

static void a_header_that_is_none(void **state) {
  (void)state;
  static const char *const heads[] = {"a,b\n1,2\n", "person,date,competence,level\n",
                                      "person,person,date,competence,level,evidence\nx\n",
                                      "\"person\"x,date\n"};
  for (size_t i = 0; i < 4; i++) {
    struct input in;
    assert_int_equal(read_bytes(&in, heads[i], strlen(heads[i]), NULL), EXIT_REJECTED);
    assert_true(*said);
    input_finish(&in);
  }
}

static void json_of_all_forms(void **state) {
  (void)state;
  struct input in;
  READ(&in, " [ {\"id\":\"a]\\\"[\"} ,\n{\"id\":\"b\",\"data\":{\"x\":[1,{}]}}, 7, \"s\", null ]");
  assert_int_equal(in.n, 5);
  assert_string_equal(in.items[0].text, "{\"id\":\"a]\\\"[\"}");
  assert_string_equal(in.items[1].text, "{\"id\":\"b\",\"data\":{\"x\":[1,{}]}}");
  assert_string_equal(in.items[2].text, "7");
  assert_string_equal(in.items[3].text, "\"s\"");
  assert_string_equal(in.items[4].text, "null");
  input_finish(&in);

  READ(&in, "{\"id\":1}\n{\"id\" 2}\n{\n \"id\":3\n}\n{\"id\":4}{\"id\":5}\n{\"id\":6");
  assert_int_equal(in.n, 5);
  assert_good(&in, 0, 1, "1");
  assert_fault(&in, 1, 2, -1, "not-json");
  assert_good(&in, 2, 3, "3");
  assert_fault(&in, 3, 6, -1, "not-json");
  assert_fault(&in, 4, 7, -1, "not-json");
  input_finish(&in);

  READ(&in, "[{\"id\":1,\"id\":2},{\"id\":2}]"); /* a member twice costs its event, not the file */
  assert_int_equal(in.n, 2);
  assert_fault(&in, 0, 1, -1, "not-json");
  assert_good(&in, 1, 2, "2");
  input_finish(&in);

  assert_int_equal(read_bytes(&in, "[{\"id\":1},\n{]", 13, NULL), EXIT_REJECTED);
  assert_non_null(strstr(said, "line 2"));
  input_finish(&in);
}

/* What is not exactly one event is refused by its line, whole; what comes before and behind it is
 * read. */
static void a_line_is_one_event_or_none(void **state) {
  (void)state;
  static const struct {
    const char *line, *code;
  } rows[] = {
      {"{\"id\":1}{", "not-json"},
      {"{\"id\":1}{\"id\":2}", "not-json"},
      {"{\"id\":1} {\"id\":2}", "not-json"},
      {"{\"id\":1},", "not-json"},
      {"{\"id\":1} and so on", "not-json"},
      {"\xEF\xBB\xBF{\"id\":1}", "not-json"},
      {"{\"id\":1}\xEF\xBB\xBF", "not-json"},
      {"{\"id\":1,", "not-json"},
      {"{\"id\":\"x", "not-json"},
      {"{\"id\":1}}", "not-json"},
      {"}", "not-json"},
      {"\"id\":1}", "not-json"},
      {"{\"id\":1,\"id\":2}", "not-json"},
      {"[{\"id\":1}]", "not-cloudevent"},
      {"7", "not-cloudevent"},
      {"null", "not-cloudevent"},
      {"\"text\"", "not-cloudevent"},
      {"{\n\"id\":1\n}{", "not-json"},
      {"{\n\"id\":1\n} {\"id\":2}", "not-json"},
      {"{\n\"id\":1,\n\"id\":2\n}", "not-json"},
      {"[\n{\"id\":1},\n{\"id\":2}\n]", "not-cloudevent"},
  };

  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct input in;
    char all[200];
    snprintf(all, sizeof all, "{\"id\":8}\n%s\r\n\n{\"id\":9}\n", rows[i].line);

    assert_int_equal(read_bytes(&in, all, strlen(all), NULL), 0);
    assert_int_equal(in.n, 3);
    assert_good(&in, 0, 1, "8");
    assert_fault(&in, 1, 2, -1, rows[i].code);
    assert_non_null(strstr(in.items[1].faults[0].text,
                           "a line must be exactly one event: nothing of this line was sent"));
    assert_null(in.items[1].text);
    assert_string_equal(in.items[2].text, "{\"id\":9}");
    input_finish(&in);
  }
}

/* Sends what is read: all of it is with the daemon now. */
static void note_all(struct sent_state *m, const struct input *in) {
  for (size_t i = 0; i < in->n; i++)
    sent_state_note(m, &in->items[i]);
  sent_state_save(m);
  sent_state_finish(m);
}

static void read_level(struct input *in, struct sent_state *m, int level) {
  char csv[200];
  snprintf(csv, sizeof csv,
           HEAD "p-1,2026-03-02,STL3,%d,manager,\np-2,2026-03-02,STL3,1,manager,\n", level);
  sent_state_load(m, &place, DEFAULT_SOURCE);
  assert_int_equal(read_bytes(in, csv, strlen(csv), m), 0);
  assert_int_equal(in->n, 2);
}

static void a_corrected_row_supersedes(void **state) {
  (void)state;
  static const int levels[] = {1, 1, 3, 3, 1, 3, 3};
  char last[33] = "", other[33] = "";
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
    struct input in;
    struct sent_state m;
    read_level(&in, &m, levels[i]);
    const struct item *x = &in.items[0];
    bool changed = i > 0 && levels[i] != levels[i - 1];
    if (changed) {
      assert_string_equal(x->supersedes, last);
      assert_string_not_equal(x->id, last);
      assert_non_null(strstr(x->text, "\"supersedes\":\""));
    } else if (i > 0)
      assert_string_equal(x->id, last); /* the very same event again */
    if (*other)
      assert_string_equal(in.items[1].id, other);
    assert_null(in.items[1].supersedes);
    snprintf(last, sizeof last, "%s", x->id);
    snprintf(other, sizeof other, "%s", in.items[1].id);
    note_all(&m, &in);
    input_finish(&in);
  }
}

/* Two frameworks that share a code are two statements, in one file and over several; each keeps its
 * own chain. */
static void one_code_in_two_frameworks(void **state) {
  (void)state;
  static const char *const files[] = {
      HEAD "p-9,2026-03-02,A@1/K,1,manager,\np-9,2026-03-02,B@1/K,2,manager,\n",
      HEAD "p-9,2026-03-02,B@1/K,3,manager,\np-9,2026-03-02,A@1/K,1,manager,\n",
      HEAD "p-9,2026-03-02,A@1/K,0,manager,\np-9,2026-03-02,B@1/K,3,manager,\n"};
  char a[33] = "", b[33] = "";
  for (size_t i = 0; i < 3; i++) {
    struct input in;
    struct sent_state m;
    sent_state_load(&m, &place, DEFAULT_SOURCE);
    assert_int_equal(read_bytes(&in, files[i], strlen(files[i]), &m), 0);
    assert_int_equal(in.n, 2);
    const struct item *of_a = &in.items[i == 1], *of_b = &in.items[i != 1];
    assert_good(&in, 0, 2, "p-9"), assert_good(&in, 1, 3, "p-9");
    if (i == 2)
      assert_string_equal(of_a->supersedes, a);
    else
      assert_null(of_a->supersedes);
    if (i == 1)
      assert_string_equal(of_b->supersedes, b);
    if (i == 2)
      assert_string_equal(of_b->id, b);
    snprintf(a, sizeof a, "%s", of_a->id), snprintf(b, sizeof b, "%s", of_b->id);
    note_all(&m, &in);
    input_finish(&in);
  }
}

static void dates(void **state) {
  (void)state;
  static const struct {
    const char *given, *iso;
  } rows[] = {{"2026-03-02", "2026-03-02"},
              {"02/03/2026", "2026-03-02"},
              {"2/3/2026", "2026-03-02"},
              {"2024-02-29", "2024-02-29"},
              {"2026-02-29", NULL},
              {"2026-3-2", NULL},
              {"2026-03-02x", NULL},
              {"02/13/2026", NULL},
              {"2/3/26", NULL},
              {"", NULL},
              {"2026-00-10", NULL},
              {"-026-03-02", NULL}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char iso[11] = "";
    bool good = date_parse(rows[i].given, iso);
    if (good != (rows[i].iso != NULL))
      fail_msg("'%s'", rows[i].given);
    if (good)
      assert_string_equal(iso, rows[i].iso);
  }
}

/* What the command takes as JSON is what the daemon takes. */
static void check_case(const struct json_case *c) {
  size_t at = 0;
  char why[160] = "", text[8192];
  bool strict = json_valid(c->text, c->len, &at, why),
       good = json_well_formed(c->text, c->len, &at, why);

  if (strict != (c->faults == CASE_ACCEPT) || good != (c->faults != CASE_REJECT))
    fail_msg("%s: %s", c->name, why);

  if (memchr(c->text, '\0', c->len) != NULL)
    return;
  memcpy(text, c->text, c->len);
  text[c->len] = '\0';
  json tree = json_parse(text);
  if ((tree != NULL) != strict)
    fail_msg("%s: an answer", c->name);
  json_free(tree);
}

static void one_grammar(void **state) {
  (void)state;
  assert_true(each_json_case(check_case) >= 500);
}

static int begin(void **state) {
  (void)state;
  return sodium_init() < 0 || !mkdtemp(directory) || setenv("XDG_STATE_HOME", directory, 1);
}

static int end(void **state) {
  (void)state;
  char command[128];
  snprintf(command, sizeof command, "rm -r '%s'", directory);
  return system(command);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_event_of_a_row),
      cmocka_unit_test(every_way_to_save_it),
      cmocka_unit_test(rows_as_the_spreadsheet_shows),
      cmocka_unit_test(every_fault_at_its_place),
      cmocka_unit_test(a_header_that_is_none),
      cmocka_unit_test(json_of_all_forms),
      cmocka_unit_test(a_line_is_one_event_or_none),
      cmocka_unit_test(a_corrected_row_supersedes),
      cmocka_unit_test(one_code_in_two_frameworks),
      cmocka_unit_test(dates),
      cmocka_unit_test(one_grammar),
  };
  return cmocka_run_group_tests(tests, begin, end);
}
