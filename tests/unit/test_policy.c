/* serving: which files make up the pair of rules and catalogue. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mem.h"
#include "policy/bundle_files.h"
#include "policy/ignored_files.h"

static char dir[64];

static const char *at(const char *name) {
  static char paths[4][160];
  static unsigned turn;
  char *path = paths[turn++ % 4];
  snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
  return path;
}

static void put(const char *name, const char *text) {
  FILE *f = fopen(at(name), "w");
  assert_non_null(f);
  fputs(text, f);
  fclose(f);
}

/* The names in order, with a space after each. */
static const char *names_of(const struct bundle *b) {
  static char text[512];
  text[0] = '\0';
  for (size_t i = 0; i < b->n; i++) {
    strcat(text, b->files[i].name);
    strcat(text, " ");
  }
  return text;
}

static void read_and_expect(const char *rules_dir, const char *catalogue_dir,
                            const char *rules_names, const char *catalogue_names) {
  struct bundle rules, catalogue;
  struct error err = {0};
  if (policy_slot_read_policy(dir, rules_dir, catalogue_dir, &rules, &catalogue, &err) < 0)
    fail_msg("%s", err.text);
  assert_string_equal(names_of(&rules), rules_names);
  assert_string_equal(names_of(&catalogue), catalogue_names);
  static const struct hash256 none;
  assert_false(hash256_eq(&rules.hash, &none));
  assert_false(hash256_eq(&catalogue.hash, &none));
  bundle_finish(&rules);
  bundle_finish(&catalogue);
}

static void refused(const char *share, const char *rules_dir, int code, const char *says) {
  struct bundle rules, catalogue;
  struct error err = {0};
  assert_int_equal(policy_slot_read_policy(share, rules_dir, NULL, &rules, &catalogue, &err), code);
  if (strstr(err.text, says) == NULL)
    fail_msg("'%s' does not say '%s'", err.text, says);
  assert_int_equal(rules.n, 0);
  assert_int_equal(catalogue.n, 0);
}

static void what_is_shipped_and_what_is_laid_over(void **state) {
  (void)state;
  read_and_expect(NULL, NULL, "default/10-a.lua default/20-b.lua ",
                  "national/roles.csv national/units.csv ");
  read_and_expect(at("own"), at("overlay"), "authority/a.lua default/10-a.lua default/20-b.lua ",
                  "authority/units.csv national/roles.csv national/units.csv ");
  put("own/rules.csv", "rule\n");
  read_and_expect(at("own"), NULL,
                  "authority/a.lua authority/rules.csv default/10-a.lua default/20-b.lua ",
                  "national/roles.csv national/units.csv ");
  unlink(at("own/rules.csv"));
  put("own/.replace-default", "");
  read_and_expect(at("own"), NULL, "authority/a.lua ", "national/roles.csv national/units.csv ");
  unlink(at("own/.replace-default"));
}

static void what_cannot_be_read_is_said(void **state) {
  (void)state;
  refused(at("nowhere"), NULL, -ENOENT, "the option 'share'");
  refused(dir, at("nowhere"), -ENOENT, "nowhere");
}

static int make_dir(void **state) {
  (void)state;
  static const char *const dirs[] = {"catalogue", "default", "own", "overlay"};
  strcpy(dir, "/tmp/needsd-test-serving-XXXXXX");
  if (mkdtemp(dir) == NULL || hash_init() < 0)
    return -1;
  for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
    if (mkdir(at(dirs[i]), 0700) < 0)
      return -1;
  put("catalogue/units.csv", "code\n");
  put("catalogue/roles.csv", "code\n");
  put("catalogue/README.md", "not a table\n");
  put("default/20-b.lua", "--\n");
  put("default/10-a.lua", "--\n");
  put("own/a.lua", "--\n");
  put("own/notes.txt", "not a rule\n");
  put("overlay/units.csv", "code\n");
  return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where) {
  (void)st, (void)kind, (void)where;
  return remove(path);
}

static int remove_dir(void **state) {
  (void)state;
  return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void gather(void *arg, const char *name, const char *remedy) {
  (void)remedy;
  strcat(strcat(arg, name), " ");
}

static void what_is_not_read_and_was_meant_is_said(void **state) {
  (void)state;
  static const struct {
    const char *name, *remedy;
  } rows[] = {{"rules.csv", NULL},
              {"10-x.lua", NULL},
              {"rules.csv~", NULL},
              {"rules.csv.bak", NULL},
              {".rules.csv.swp", NULL},
              {"~$rules.xlsx", NULL},
              {"README", NULL},
              {"readme.txt", NULL},
              {"notes.md", NULL},
              {".txt", NULL},
              {"rules.xlsx", "save it as CSV (UTF-8)"},
              {"Rules.ODS", "save it as CSV (UTF-8)"},
              {"rules.tsv", "save it as CSV (UTF-8)"},
              {"rules.txt", "if it is a table, save it as CSV (UTF-8), else keep it elsewhere"},
              {"rules.csv.txt", "take .txt off the end of its name"},
              {"10-x.LUA.TXT", "take .txt off the end of its name"},
              {"extra.CSV", "write the end of its name in small letters"},
              {"extra.Lua", "write the end of its name in small letters"}};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    const char *said = ignored_files_remedy(rows[i].name);
    if ((said == NULL) != (rows[i].remedy == NULL) ||
        (said != NULL && strcmp(said, rows[i].remedy) != 0))
      fail_msg("%s: %s", rows[i].name, said != NULL ? said : "nothing");
  }
  char names[200] = "";
  assert_int_equal(mkdir(at("meant"), 0700), 0);
  assert_int_equal(mkdir(at("meant/folder.txt"), 0700), 0);
  put("meant/z.txt", "");
  put("meant/a.CSV", "");
  put("meant/rules.csv", "");
  ignored_files_each(at("meant"), gather, names);
  ignored_files_each(at("nowhere"), gather, names);
  assert_string_equal(names, "a.CSV z.txt ");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_shipped_and_what_is_laid_over),
      cmocka_unit_test(what_cannot_be_read_is_said),
      cmocka_unit_test(what_is_not_read_and_was_meant_is_said),
  };
  return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
