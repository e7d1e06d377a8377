/* rules_local - `needs rules test`: the daemon's own code runs the tests, here, without a running
 * daemon. */
#include <popt.h>
#include <stdlib.h>
#include <string.h>

#include "directory.h"
#include "local.h"
#include "rules.h"

/* A first word that names a place is the directory; every other word chooses tests. */
static bool is_place(const char *word) {
  return strchr(word, '/') || is_directory(word);
}

struct test_words {
  char *catalogue;
  int all, strict, tap, json;
};

static int run_tests(const struct test_words *w, int n_words, const char **words) {
  bool place = n_words > 0 && is_place(words[0]);
  if (place && !directory_there(words[0], OF_RULES))
    return EXIT_USAGE;
  if (w->catalogue && !directory_there(w->catalogue, OF_CATALOGUE))
    return EXIT_USAGE;

  const char **args = calloc((size_t)n_words + 10, sizeof *args);
  int n = 0;

  if (!args)
    abort();

  args[n++] = "--test-rules", args[n++] = place ? words[0] : "-";
  if (w->catalogue)
    args[n++] = "--with-catalogue", args[n++] = w->catalogue;
  if (w->all)
    args[n++] = "--all";
  if (w->strict)
    args[n++] = "--strict";
  if (w->tap)
    args[n++] = "--tap";
  if (w->json)
    args[n++] = "--json";

  args[n++] = "--";
  for (int i = place; i < n_words; i++)
    args[n++] = words[i];

  int rc = local_needsd(args);
  free(args);

  return rc;
}

int run_test_rules(struct settings *s, int argc, const char **argv) {
  struct test_words w = {0};
  struct poptOption own[] = {
      {"catalogue", 0, POPT_ARG_STRING, &w.catalogue, 0,
       "with this catalogue, merged over the shipped one", "DIR"},
      {"all", 0, POPT_ARG_NONE, &w.all, 0, "Run the tests of the shipped rules as well", NULL},
      {"strict", 0, POPT_ARG_NONE, &w.strict, 0, "Fail if a rule or condition is not tested", NULL},
      {"tap", 0, POPT_ARG_NONE, &w.tap, 0, "Print the Test Anything Protocol", NULL},
      POPT_TABLEEND};
  struct args a;
  int rc = args_parse(&a, s, "[DIR] [NAME...]", own, argc, argv, 0, -1);
  if (rc)
    return rc;

  w.json = s->json;
  rc = run_tests(&w, a.n, a.items);
  free(w.catalogue);
  args_finish(&a);

  return rc;
}
