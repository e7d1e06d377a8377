/* config and options: every fault of a file at once, by line; nothing cut or passed over in
 * silence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "config.h"

static char path[] = "/tmp/needsd-test-config-XXXXXX";

static struct config *load(const char *text, size_t len, struct fault_list *faults) {
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  assert_int_equal(fwrite(text, 1, len, f), len);
  fclose(f);
  return config_load(path, faults);
}

#define GOOD "[daemon]\ndata = /var/lib/needsd\nlisten = ipc:///run/needsd/door\n"
#define SERVED "[authority 888]\n"
#define X10 "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10

static void the_smallest_file(void **state) {
  (void)state;
  struct fault_list faults = {0};
  struct config *c = load(GOOD SERVED, strlen(GOOD SERVED), &faults);
  assert_non_null(c);
  assert_int_equal(faults.n, 0);
  assert_string_equal(c->data, "/var/lib/needsd");
  assert_int_equal(c->day, DAY_CLOCK);
  assert_int_equal(c->log, LOG_INFO);
  assert_int_equal(c->keep, 400);
  assert_int_equal(c->lease_s, 30);
  assert_int_equal(c->max_credit, 64);
  assert_int_equal(c->rule_deadline_ms, 1000);
  assert_int_equal(c->rule_strikes, 3);
  assert_string_equal(c->share, config_default_share());
  assert_string_equal(c->worker, config_default_worker());
  assert_int_equal(c->n_authorities, 1);
  assert_string_equal(c->authorities[0]->code, "888");
  assert_string_equal(c->authorities[0]->name, "888");
  assert_null(c->authorities[0]->rules);
  config_destroy(c);
  fault_list_finish(&faults);
}

static void everything_said(void **state) {
  (void)state;
  static const char text[] = "\xef\xbb\xbf; a comment\r\n  [ daemon ]  ; another\r\n\tdata=/d ; "
                             "inline\r\n listen : ipc:///r/d\r\nday = manual\n"
                             "keep = 7\nlease_s = 5\nmax_credit = 100\nrule_deadline_ms = "
                             "250\nrule_strikes = 1\nlog = debug\n"
                             "share = /s\nworker = /w\n# the first\n[authority   888]\nname = Sir "
                             "G\xc3\xa2r\n"
                             "rules = /e/r#1\ncatalogue = /e/c\n[authority A.b-c_9]";
  struct fault_list faults = {0};
  struct config *c = load(text, sizeof(text) - 1, &faults);
  for (size_t i = 0; i < faults.n; i++)
    print_message("%s\n", faults.lines[i].said);
  assert_non_null(c);
  assert_string_equal(c->data, "/d");
  assert_string_equal(c->listen, "ipc:///r/d");
  assert_int_equal(c->day, DAY_MANUAL);
  assert_int_equal(c->log, LOG_DEBUG);
  assert_int_equal(c->keep, 7);
  assert_int_equal(c->rule_strikes, 1);
  assert_string_equal(c->worker, "/w");
  assert_int_equal(c->n_authorities, 2);
  assert_string_equal(c->authorities[0]->name, "Sir G\xc3\xa2r");
  assert_string_equal(c->authorities[0]->rules, "/e/r#1");
  assert_string_equal(c->authorities[1]->code, "A.b-c_9");
  config_destroy(c);
  fault_list_finish(&faults);
}

/* `door`, the old name of `listen`, is read with a warning; both are fine when they say the same.
 */
static void the_old_name_of_listen(void **state) {
  (void)state;
  static const struct {
    const char *lines;
    size_t warnings;
    const char *fault; /* NULL: the file is good */
  } rows[] = {
      {"listen = ipc:///r/d\n", 0, NULL},
      {"door = ipc:///r/d\n", 1, NULL},
      {"door = ipc:///r/d\nlisten = ipc:///r/d\n", 1, NULL},
      {"listen = ipc:///r/d\ndoor = ipc:///r/d\n", 1, NULL},
      {"listen = ipc:///r/d\ndoor = ipc:///r/e\n", 1,
       ":4: 'door' and 'listen' are one option, the old name and the new, and they differ: "
       "'ipc:///r/d' on line 3, 'ipc:///r/e' here; keep 'listen'"},
      {"door = ipc:///r/e\nlisten = ipc:///r/d\n", 1, "they differ: 'ipc:///r/e' on line 3"},
      {"door = ipc:///r/d\ndoor = ipc:///r/d\n", 1, "'door' is there twice in [daemon]"},
      {"listen = ipc:///r/d, ipc:///r/e\n", 0,
       ":3: 'listen' is 'ipc:///r/d, ipc:///r/e'; it must "
       "name one endpoint"},
      {"listen = tcp://*:5555\n", 0, "needs CURVE keys"},
      {"listen = ipc://door\n", 0, "must be ipc:// and an absolute path"},
      {"listen = inproc://door\n", 0, "must be ipc:// and an absolute path"},
      {"listen = ipc:///" X100 "\n", 0, "longer than 100 characters"},
      {"", 0, "[daemon] has no 'listen', which is required"},
  };

  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct fault_list faults = {0};
    char text[256];
    snprintf(text, sizeof text, "[daemon]\ndata = /d\n%s" SERVED, rows[i].lines);

    struct config *c = load(text, strlen(text), &faults);

    assert_int_equal(faults.n - faults.errors, rows[i].warnings);
    if (rows[i].warnings > 0)
      assert_non_null(strstr(faults.lines[0].said, "'door' is the old name of 'listen'"));

    if (!rows[i].fault) {
      assert_non_null(c);
      assert_string_equal(c->listen, "ipc:///r/d");
    } else {
      assert_null(c);
      assert_int_equal(faults.errors, 1);
      assert_non_null(strstr(faults.lines[faults.n - 1].said, rows[i].fault));
    }

    config_destroy(c);
    fault_list_finish(&faults);
  }
}

/* Each text is appended to a good file of 4 lines; the fault must be said at its line, in these
 * words. */
static void faults_and_their_places(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int line;
    const char *says;
  } rows[] = {
      {"[demon]\nx = 1\n", 5, "unknown section [demon]; there are [daemon], [authority CODE]"},
      {"[daemon 1]\n", 5, "[daemon 1] takes no code; write [daemon]"},
      {"[authority]\n", 5, "[authority] needs a code"},
      {"[authority -]\n", 5, "needs a code"},
      {"[authority a/b]\n", 5, "needs a code"},
      {"[authority 888]\n", 5, "[authority 888] is there twice; the first is on line 4"},
      {"[authority\t 888]\n", 5, "[authority 888] is there twice"},
      {"[daemon]\n", 5, "[daemon] is there twice; the first is on line 1"},
      {"[authority 9\n", 5, "has no closing ']'"},
      {"[authority 9] name = x\n", 5, "'name = x' after the section's ']'"},
      {"ruels = /x\n", 5, "unknown option 'ruels' in [authority 888]; did you mean 'rules'?"},
      {"zzzzzz = 1\n", 5, "unknown option 'zzzzzz' in [authority 888]"},
      {"name = a\n\nname = a\n", 7,
       "'name' is there twice in [authority 888]; the first is on line 5"},
      {"name =\n", 5, "must not be empty"},
      {"name = a\x01"
       "b\n",
       5, "must not hold control characters"},
      {"name = \xff\n", 5, "not UTF-8"},
      {"name\n", 5, "'name' is neither 'option = value' nor a [section]"},
      {"rules = rules\n", 5, "must be an absolute path"},
      {"name = " X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 "\n", 5,
       "the line has 197 characters; at most 190 are read"},
      {"[authority " X100 "]\n", 5, "needs a code of 1 to 64"},
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct fault_list faults = {0};
    char text[1024], place[96];
    snprintf(text, sizeof(text), GOOD SERVED "%s", rows[i].text);
    snprintf(place, sizeof(place), "%s:%d: ", path, rows[i].line);
    assert_null(load(text, strlen(text), &faults));
    if (faults.n != 1 || strncmp(faults.lines[0].said, place, strlen(place)) != 0 ||
        strstr(faults.lines[0].said, rows[i].says) == NULL)
      fail_msg("for '%s' there are %zu faults, the first: %s", rows[i].text, faults.n,
               faults.n > 0 ? faults.lines[0].said : "-");
    fault_list_finish(&faults);
  }
}

static void numbers_are_bounded(void **state) {
  (void)state;
  static const char *const wrong[] = {
      "0", "-1", "36501", "1.5", "1e3", "400 days", "0x10", "99999999999999999999", "+5", ""};
  for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
    struct fault_list faults = {0};
    char text[256];
    snprintf(text, sizeof(text), GOOD "keep = %s\n" SERVED, wrong[i]);
    assert_null(load(text, strlen(text), &faults));
    assert_int_equal(faults.n, 1);
    assert_non_null(strstr(faults.lines[0].said, ":4: 'keep' is '"));
    assert_non_null(strstr(faults.lines[0].said, "must be a whole number from 1 to 36500"));
    fault_list_finish(&faults);
  }
}

static void all_faults_at_once(void **state) {
  (void)state;
  static const char text[] = "stray = 1\n[daemon]\nlisten = tcp://x\nday = noon\nlog = "
                             "loud\n[nobody]\nanything = goes\n[authority 1]\n"
                             "[authority 2]\n";
  static const char *const says[] = {
      ":1: 'stray' is before any section",
      ":3: 'listen' is 'tcp://x'",
      ":4: 'day' is 'noon'; it must be one of clock, manual",
      ":5: 'log' is 'loud'; it must be one of error, warn, info, debug",
      ":6: unknown section [nobody]",
      ":2: [daemon] has no 'data', which is required"};
  struct fault_list faults = {0};
  assert_null(load(text, sizeof(text) - 1, &faults));
  assert_int_equal(faults.n, ARRAY_LEN(says));
  assert_int_equal(faults.errors, ARRAY_LEN(says));
  for (size_t i = 0; i < ARRAY_LEN(says); i++)
    if (strstr(faults.lines[i].said, says[i]) == NULL)
      fail_msg("'%s' instead of '%s'", faults.lines[i].said, says[i]);
  fault_list_finish(&faults);
}

static void nothing_there(void **state) {
  (void)state;
  struct fault_list faults = {0};
  assert_null(load("", 0, &faults));
  assert_int_equal(faults.n, 2);
  assert_null(load("[daemon]\ndata = /a\0b\n", 21, &faults));
  assert_non_null(strstr(faults.lines[2].said, ":2: there is a zero byte"));
  size_t n = faults.n;
  assert_null(config_load("/nonexistent/needsd.conf", &faults));
  assert_int_equal(faults.n, n + 1);
  assert_non_null(strstr(faults.lines[n].said, "No such file"));
  assert_null(config_load("/tmp", &faults));
  assert_int_equal(faults.n, n + 2);
  assert_non_null(strstr(faults.lines[n + 1].said, "not a regular file"));
  fault_list_finish(&faults);
}

/* A long comment is not an option: it is passed over whole, and the lines after it keep their
 * numbers. */
static void long_comments_are_no_fault(void **state) {
  (void)state;
  struct fault_list faults = {0};
  static const char text[] = GOOD "; " X100 X100 X100 " data = /elsewhere\n" SERVED;
  struct config *c = load(text, sizeof(text) - 1, &faults);
  assert_non_null(c);
  assert_string_equal(c->data, "/var/lib/needsd");
  config_destroy(c);
  fault_list_finish(&faults);
}

static void what_a_reload_may_change(void **state) {
  (void)state;
  struct fault_list faults = {0};
  static const char other[] = GOOD "log = debug\n" SERVED "rules = /r\ncatalogue = /c\nname = N\n";
  static const char bad[] =
      "[daemon]\ndata = /other\nlisten = ipc:///run/needsd/door\nkeep = 3\n[authority 889]\n";
  struct config *a = load(GOOD SERVED, strlen(GOOD SERVED), &faults),
                *b = load(other, sizeof(other) - 1, &faults);
  struct config *c = load(bad, sizeof(bad) - 1, &faults);
  assert_true(a != NULL && b != NULL && c != NULL);
  config_compare(a, b, &faults);
  assert_int_equal(faults.n, 0);
  config_compare(a, c, &faults);
  assert_int_equal(faults.n, 4);
  assert_non_null(strstr(faults.lines[0].said, "[daemon]: 'data' was changed; only a restart"));
  assert_non_null(strstr(faults.lines[1].said, "'keep'"));
  assert_non_null(strstr(faults.lines[2].said, "[authority 888] is gone"));
  assert_non_null(strstr(faults.lines[3].said, "[authority 889] is new"));
  config_destroy(a);
  config_destroy(b);
  config_destroy(c);
  config_destroy(NULL);
  fault_list_finish(&faults);
}

/* A plugin's own options are kept as written until its rows are known, and then judged as all
 * others are. */
static void options_of_plugins(void **state) {
  (void)state;
  struct row {
    int32_t every;
    char *to;
  } row = {0};
  static const struct option_row rows[] = {
      {"every", OPTION_INT, offsetof(struct row, every), .fallback = "60", .min = 1, .max = 99,
       .help = "E"},
      {"to", OPTION_TEXT, offsetof(struct row, to), .required = true, .help = "Whom to tell"}};
  static const struct option_section section = {"plugin", .rows = rows, .n_rows = ARRAY_LEN(rows)};
  static const char text[] = GOOD SERVED
      "[plugin b]\nto = you\n[plugin a]\npath = /p/a.so\neverry = 1\nevery = 100\n";
  static const char twice[] = GOOD SERVED "[plugin a]\nevery = 1\npath = /p/a.so\nevery = 2\n";
  static const char *const says[] = {
      ":9: unknown option 'everry' in [plugin a]; did you mean 'every'?",
      ":10: 'every' is '100'; it must be a whole number from 1 to 99",
      ":7: [plugin a] has no 'to', which is required: Whom to tell"};
  struct fault_list faults = {0};
  struct config *c = load(text, sizeof(text) - 1, &faults);
  assert_non_null(c);
  assert_int_equal(c->n_plugins, 2);
  assert_string_equal(c->plugins[0]->name, "b");
  assert_non_null(strstr(c->plugins[0]->path, "/needsd/plugins/b.so"));
  assert_string_equal(c->plugins[1]->path, "/p/a.so");
  assert_int_equal(options_take(path, "plugin b", &c->plugins[0]->options, &section, &row, &faults),
                   0);
  assert_int_equal(row.every, 60);
  assert_string_equal(row.to, "you");
  options_free(&section, &row);
  assert_true(options_take(path, "plugin a", &c->plugins[1]->options, &section, &row, &faults) < 0);
  assert_int_equal(faults.n, ARRAY_LEN(says));
  for (size_t i = 0; i < ARRAY_LEN(says); i++)
    if (strstr(faults.lines[i].said, says[i]) == NULL)
      fail_msg("'%s' instead of '%s'", faults.lines[i].said, says[i]);
  options_free(&section, &row);
  config_destroy(c);
  /* at once: a reload does not know the plugin's rows */
  assert_null(load(twice, sizeof(twice) - 1, &faults));
  assert_non_null(strstr(faults.lines[ARRAY_LEN(says)].said,
                         ":8: 'every' is there twice in [plugin a]; the first is on line 6"));
  fault_list_finish(&faults);
}

/* Each at its line, whatever else is wrong; a reload does not look. The socket's directory may be
 * made by the program that starts us. */
static void places_are_looked_at(void **state) {
  (void)state;
  static const char text[] =
      "[daemon]\ndata = /nowhere/at/all\nlisten = ipc:///nowhere/door\nlease_s = 0\n"
      "[authority 1]\nrules = /nowhere/rules\ncatalogue = /dev/null\n";
  static const char *const says[] = {":2: 'data' is '/nowhere/at/all'; it lies in /nowhere/at, "
                                     "which cannot be used: No such file or directory; make that",
                                     ":3: 'listen' is 'ipc:///nowhere/door'; it lies in /nowhere, "
                                     "which cannot be used: No such file or directory; make that",
                                     ":4: 'lease_s' is '0'; it must be",
                                     ":6: 'rules' is '/nowhere/rules'; it must be a directory that "
                                     "is there: No such file or directory",
                                     ":7: 'catalogue' is '/dev/null'; it must be a directory that "
                                     "is there: it is not a directory"};
  struct fault_list faults = {0};
  assert_null(load(text, sizeof(text) - 1, &faults));
  assert_int_equal(faults.n, 1);
  fault_list_finish(&faults);
  faults = (struct fault_list){0};
  struct config *c = config_read(path, &faults);
  assert_int_equal(faults.n, ARRAY_LEN(says));
  assert_int_equal(faults.errors, 4);
  assert_int_equal(c->missing, 3);
  for (size_t i = 0; i < ARRAY_LEN(says); i++)
    if (strstr(faults.lines[i].said, says[i]) == NULL)
      fail_msg("'%s' instead of '%s'", faults.lines[i].said, says[i]);
  config_destroy(c);
  fault_list_finish(&faults);
  static const char there[] =
      "[daemon]\ndata = /tmp/\nlisten = ipc:///door\n[authority 1]\nrules = /\ncatalogue = /tmp\n";
  faults = (struct fault_list){0};
  config_destroy(load(there, sizeof(there) - 1, &faults));
  c = config_read(path, &faults);
  assert_int_equal(faults.n, 0);
  config_destroy(c);
  fault_list_finish(&faults);
}

static void the_manual_has_the_table(void **state) {
  (void)state;
  struct buf table = {0};
  config_print_options(&table);
  FILE *f = fopen(SOURCE_ROOT "/daemon/needsd.conf.5", "r");
  assert_non_null(f);
  static char page[65536];
  page[fread(page, 1, sizeof(page) - 1, f)] = '\0';
  fclose(f);
  if (strstr(page, buf_cstr(&table)) == NULL)
    fail_msg("daemon/needsd.conf.5 does not hold what `needsd --print-options` says:\n%s",
             buf_cstr(&table));
  buf_finish(&table);
}

static int make_file(void **state) {
  (void)state;
  int fd = mkstemp(path);
  return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state) {
  (void)state;
  return unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_smallest_file),
      cmocka_unit_test(everything_said),
      cmocka_unit_test(the_old_name_of_listen),
      cmocka_unit_test(faults_and_their_places),
      cmocka_unit_test(numbers_are_bounded),
      cmocka_unit_test(all_faults_at_once),
      cmocka_unit_test(nothing_there),
      cmocka_unit_test(long_comments_are_no_fault),
      cmocka_unit_test(what_a_reload_may_change),
      cmocka_unit_test(options_of_plugins),
      cmocka_unit_test(places_are_looked_at),
      cmocka_unit_test(the_manual_has_the_table),
  };
  return cmocka_run_group_tests(tests, make_file, remove_file);
}
