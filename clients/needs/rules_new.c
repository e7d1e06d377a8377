/* rules_new - `needs rules new DIR`: creates a directory of rules, with an example of each kind
 * and a test for each.
 *
 * What is written passes `needs rules test` as it is, and `needs rules check` but for a warning of
 * each <blank> that waits to be filled in (daemon/rules/loader.c). Nothing that is there already is
 * touched: the directory is made, or is empty. */
#include <dirent.h>
#include <errno.h>
#include <popt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "rules.h"
#include "text.h"

static const char readme[] =
    "# Rules of our own\n"
    "\n"
    "`rules.csv` holds rules that fit into a row: open it with a spreadsheet program, and save it "
    "as CSV. `10-example.lua` holds\n"
    "one that needs more, and `tests/` holds their tests. The examples are there to be changed: "
    "give each rule a name, and\n"
    "write `about`, `source` and `owner` for those whom it advises. `needs rules check` warns of "
    "what you still have to fill\n"
    "in, such as the <name of the authority>.\n"
    "\n"
    "After a change:\n"
    "\n"
    "```sh\n"
    "needs rules check .              # what is wrong, by file and line, and what the rules do "
    "with everybody\n"
    "needs rules test .               # do the tests hold, and is anything untested?\n"
    "needs rules diff .               # who would gain or lose what under these rules\n"
    "needs rules publish . --wait     # publish them\n"
    "needs rules rollback             # publish the previous rules again\n"
    "```\n"
    "\n"
    "The first two need no daemon. The others ask the one that the environment names: "
    "NEEDS_SERVER, NEEDS_AUTHORITY.\n"
    "`needs catalogue find WORD` finds the code of a competence, role or unit. The guide is "
    "docs/rules.md.\n";

static const char table[] =
    "rule,roles,competences,needs,gap to,recommend,priority,about,source,owner\n"
    "example-network,MIDA,X.MIDD,gap,2,network,57,"
    "\"Others do the same work in the schools around: what they do at lunch time is worth "
    "hearing\",lsis-2010,"
    "\"Workforce development, <name of the authority>\"\n";

static const char lua[] =
    "-- One rule, in Lua. The guide is docs/rules.md.\n"
    "\n"
    "rule \"example-observe-behaviour\" {\n"
    "  about  = \"One step is missing in supporting children's behaviour: watch a colleague, and "
    "be watched\",\n"
    "  source = \"guide-2010/step-3\",\n"
    "  owner  = \"Workforce development, <name of the authority>\",\n"
    "  competences = \"STL19\",\n"
    "  families    = \"learning-support\",\n"
    "  needs       = \"gap\",\n"
    "  when = function(need, person, school)\n"
    "    return given(need.gap == 1, otherwise \"the gap is more than one level\")\n"
    "       and given(school:helpers(need) > 0, otherwise \"nobody is available in your school "
    "now\")\n"
    "  end,\n"
    "  recommend = function(need, person, school)\n"
    "    return peer_observation { priority = 64 }\n"
    "  end,\n"
    "}\n";

static const char lua_test[] =
    "-- A test gives the facts about a person and the expected result.\n"
    "\n"
    "test \"one step away, and somebody is there to watch\" {\n"
    "  role = \"TASS\",\n"
    "  needs = { { \"STL19\", current = 1, required = 2 } },\n"
    "  colleagues = { \"buddy\" },\n"
    "  expect = {\n"
    "    { fires = \"example-observe-behaviour\", on = \"STL19\", proposes = "
    "\"peer-observation.STL19\" },\n"
    "    { recommends = \"peer-observation.STL19\" },\n"
    "  },\n"
    "}\n"
    "\n"
    "test \"one step away, and nobody is there\" {\n"
    "  role = \"TASS\",\n"
    "  needs = { { \"STL19\", current = 1, required = 2 } },\n"
    "  expect = { { refuses = \"example-observe-behaviour\", why = \"nobody is available\" } },\n"
    "}\n"
    "\n"
    "test \"two steps away\" {\n"
    "  role = \"TASS\",\n"
    "  needs = { { \"STL19\", current = 0, required = 2 } },\n"
    "  colleagues = { \"buddy\" },\n"
    "  expect = { { refuses = \"example-observe-behaviour\", why = \"more than one level\" } },\n"
    "}\n";

static const char table_test[] =
    "test,role,needs,rule fires,rule refuses\n"
    "lunch time: one step away,MIDA,X.MIDD current=1 required=2,example-network on X.MIDD,\n"
    "lunch time: three steps away,MIDA,X.MIDD current=0 required=3,,example-network\n"
    "lunch time: nothing is missing,MIDA,X.MIDD current=2 required=2,,example-network\n";

static const struct file {
  const char *name, *text;
} files[] = {{"README.md", readme},
             {"rules.csv", table},
             {"10-example.lua", lua},
             {"tests/example.lua", lua_test},
             {"tests/example.csv", table_test}};

static bool is_empty(const char *dir) {
  DIR *d = opendir(dir);
  int n = 0;

  for (struct dirent *e; d && (e = readdir(d));)
    n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
  if (d)
    closedir(d);

  return d && n == 0;
}

static int make_dir(const char *path) {
  if (mkdir(path, 0777) == 0 || (errno == EEXIST && is_empty(path)))
    return 0;

  if (errno == EEXIST || errno == ENOTDIR)
    complain("%s exists and is not empty; nothing was written, so name another directory", path);
  else
    complain("cannot make %s: %s", path, strerror(errno));

  return EXIT_REJECTED;
}

/* "x": a file that came in between is not overwritten either. */
static int write_file(const char *dir, const struct file *f) {
  char path[4096];
  if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, f->name) >= sizeof path)
    errno = ENAMETOOLONG;

  FILE *out = fopen(path, "wxe");
  bool good = out && fputs(f->text, out) >= 0;

  if (out && fclose(out) != 0)
    good = false;

  if (good)
    return 0;

  complain("cannot write %s: %s", path, strerror(errno));

  return EXIT_REJECTED;
}

static int make_all(const char *dir) {
  struct text tests = {0};

  text_addf(&tests, "%s/tests", dir);
  int rc = make_dir(dir);
  if (!rc)
    rc = make_dir(tests.s);

  text_finish(&tests);
  for (size_t i = 0; !rc && i < sizeof files / sizeof *files; i++)
    rc = write_file(dir, &files[i]);

  return rc;
}

int run_new_rules(struct settings *s, int argc, const char **argv) {
  struct args a;
  int rc = args_parse(&a, s, "DIR", NULL, argc, argv, 1, 1);
  if (rc)
    return rc;

  rc = make_all(a.items[0]);
  if (!rc)
    printf("%s now holds two rules and their tests; its README.md says what to do next. Start "
           "with:\n  needs rules check %s\n  needs rules test %s\n",
           a.items[0], a.items[0], a.items[0]);

  args_finish(&a);

  return rc;
}
