/* main - arguments to one of the things that needsd does; the exit status. Nothing else is decided
 * here. */
#include "base/code.h"
#include "base/mem.h"
#include "check.h"
#include "config.h"
#include "daemon.h"
#include "event/event.h"
#include "trial/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "Usage: needsd --config FILE             serve, in the foreground\n"
    "       needsd --config FILE --check     check configuration, rules and catalogues; start "
    "nothing\n"
    "       needsd --check-rules DIR [--with-catalogue DIR]\n"
    "       needsd --check-catalogue DIR\n"
    "       needsd --test-rules DIR [--with-catalogue DIR] [--all] [--strict] [--tap] [NAME...]\n"
    "                                        run the tests in DIR/tests; DIR is - for the shipped "
    "rules\n"
    "       needsd --print-schema TYPE       the JSON Schema of an event type\n"
    "       needsd --print-errors            the list of fault codes, as in docs/errors.md\n"
    "       needsd --print-options           the list of options, as in needsd.conf(5)\n"
    "       needsd --version | --help\n"
    "\n"
    "The checks and tests take --json, and --share DIR and --worker FILE where they are not the "
    "installed ones.\n"
    "Exit status: 0 good, 1 faults found, 2 wrong arguments, 74 input or output failed, 75 try "
    "again. See needsd(8).\n";

struct arguments {
  const char *config, *rules, *catalogue, *with_catalogue, *tests, *schema, *share, *worker;
  bool json, tap, all, strict;
  const char *const *rest; /* what follows the options */
  size_t n_rest;
};
typedef int mode(const struct arguments *a);

static int complain(const char *what) {
  fprintf(stderr, "needsd: %s\nTry 'needsd --help'.\n", what);
  return EXIT_USAGE;
}

static int print(struct buf *text) {
  fputs(buf_cstr(text), stdout);
  buf_finish(text);
  return EXIT_GOOD;
}

/* --- what it does --- */

static int serve(const struct arguments *a) {
  if (a->json)
    return complain("--json goes with a check");
  return daemon_run(a->config);
}

static int check(const struct arguments *a) {
  if (!a->config)
    return complain("--check needs --config FILE");
  return check_config(a->config, a->json);
}

static const char *first_of(const char *given, const char *variable, const char *fallback) {
  if (given)
    return given;

  const char *set = getenv(variable);
  if (set && *set != '\0')
    return set;
  return fallback;
}

static struct check_options check_options_of(const struct arguments *a) {
  return (struct check_options){
      .share = first_of(a->share, "NEEDS_SHARE", config_default_share()),
      .worker = first_of(a->worker, "NEEDS_WORKER", config_default_worker()),
      .json = a->json};
}

static int check_rules_dir(const struct arguments *a) {
  struct check_options o = check_options_of(a);
  return check_rules(&o, a->rules, a->with_catalogue);
}

static int check_catalogue_dir(const struct arguments *a) {
  struct check_options o = check_options_of(a);
  return check_catalogue(&o, a->catalogue);
}

static int test_rules_dir(const struct arguments *a) {
  struct check_options o = check_options_of(a);
  if (a->json && a->tap)
    return complain("--json and --tap are two ways to say the same");

  return trial_test_rules(
      &(struct trial_options){.share = o.share,
                              .worker = o.worker,
                              .rules_dir = strcmp(a->tests, "-") != 0 ? a->tests : NULL,
                              .catalogue_dir = a->with_catalogue,
                              .names = a->rest,
                              .n_names = a->n_rest,
                              .all = a->all,
                              .strict = a->strict,
                              .json = a->json,
                              .tap = a->tap});
}

/* The name in full, or without "needs." and ".v1". */
static bool is_type(const char *name, const char *given) {
  const char *shorter = name + strlen("needs.");
  return strcmp(name, given) == 0 || (strncmp(shorter, given, strlen(given)) == 0 &&
                                      strcmp(shorter + strlen(given), ".v1") == 0);
}

static int print_schema(const struct arguments *a) {
  struct buf out = {0};

  for (int kind = 0; kind < EVENT_KINDS; kind++) {
    if (!is_type(event_types[kind].name, a->schema))
      continue;
    event_schema((enum event_kind)kind, &out);
    buf_puts(&out, "\n");
    return print(&out);
  }

  fputs("needsd: no event type '", stderr);
  text_print(stderr, a->schema);
  fputs("'; there are:\n", stderr);
  for (int kind = 0; kind < EVENT_KINDS; kind++)
    fprintf(stderr, "  %s\n", event_types[kind].name);

  return EXIT_USAGE;
}

static int print_errors(const struct arguments *a) {
  (void)a;
  struct buf out = {0};
  faults_errors_markdown(&out);
  return print(&out);
}

static int print_options(const struct arguments *a) {
  (void)a;
  struct buf out = {0};
  config_print_options(&out);
  return print(&out);
}

static int print_version(const struct arguments *a) {
  (void)a;
  puts("needsd " NEEDS_VERSION);
  return EXIT_GOOD;
}

static int print_help(const struct arguments *a) {
  (void)a;
  fputs(usage, stdout);
  return EXIT_GOOD;
}

/* --- arguments: a row each --- */

static const struct argument {
  const char *name;
  mode *mode;  /* what is done; NULL: only a detail of it */
  size_t text; /* where its value goes, or what it switches on */
  bool takes_value;
} rows[] = {
    {"config", NULL, offsetof(struct arguments, config), true},
    {"check", check, 0, false},
    {"check-rules", check_rules_dir, offsetof(struct arguments, rules), true},
    {"check-catalogue", check_catalogue_dir, offsetof(struct arguments, catalogue), true},
    {"test-rules", test_rules_dir, offsetof(struct arguments, tests), true},
    {"all", NULL, offsetof(struct arguments, all), false},
    {"strict", NULL, offsetof(struct arguments, strict), false},
    {"tap", NULL, offsetof(struct arguments, tap), false},
    {"with-catalogue", NULL, offsetof(struct arguments, with_catalogue), true},
    {"share", NULL, offsetof(struct arguments, share), true},
    {"worker", NULL, offsetof(struct arguments, worker), true},
    {"json", NULL, offsetof(struct arguments, json), false},
    {"print-schema", print_schema, offsetof(struct arguments, schema), true},
    {"print-errors", print_errors, 0, false},
    {"print-options", print_options, 0, false},
    {"version", print_version, 0, false},
    {"help", print_help, 0, false},
};

/* --- standard input, output and error --- */

/* A file that takes the number of a closed one would be written to in its place: the log would go
 * into the database. What is put there cannot be written to, so that output that goes nowhere is
 * still noticed. */
static void fill_closed(void) {
  int fd;

  while ((fd = open("/dev/null", O_RDONLY)) >= 0 && fd <= STDERR_FILENO)
    continue;
  if (fd > STDERR_FILENO)
    close(fd);
}

/* A reader of the output must not take half of it, or none, for all of it. */
static void finish_output(int status, void *arg) {
  (void)arg;
  bool failed = ferror(stdout) != 0;

  errno = 0;
  if (fclose(stdout) != 0)
    failed = true;

  if (!failed)
    return;

  if (errno != 0)
    fprintf(stderr, "needsd: the output could not be written: %s\n", strerror(errno));
  else
    fprintf(stderr, "needsd: the output could not be written\n");
  _exit(status == EXIT_GOOD ? EXIT_IO : status);
}

int main(int argc, char **argv) {
  struct option options[ARRAY_LEN(rows) + 1] = {0};
  struct arguments a = {0};
  mode *chosen = NULL;
  int row = 0, c;

  fill_closed();
  on_exit(finish_output, NULL);
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    options[i] = (struct option){rows[i].name,
                                 rows[i].takes_value ? required_argument : no_argument, NULL, 0};

  while ((c = getopt_long(argc, argv, "", options, &row)) != -1) {
    if (c != 0)
      return complain("those arguments are not understood");

    if (rows[row].takes_value)
      *(const char **)(void *)((char *)&a + rows[row].text) = optarg;
    else if (!rows[row].mode)
      *(bool *)(void *)((char *)&a + rows[row].text) = true;

    if (!rows[row].mode)
      continue;
    if (chosen && chosen != rows[row].mode)
      return complain("only one thing can be done at a time");

    chosen = rows[row].mode;
  }

  if (optind < argc && chosen != test_rules_dir)
    return complain("there is an argument too many");

  a.rest = (const char *const *)argv + optind;
  a.n_rest = (size_t)(argc - optind);
  if (!chosen && a.config)
    chosen = serve;

  if (a.config && chosen != serve && chosen != check)
    return complain("--config goes with serving and with --check");
  if (a.with_catalogue && chosen != check_rules_dir && chosen != test_rules_dir)
    return complain("--with-catalogue goes with --check-rules and --test-rules");
  if ((a.tap || a.all || a.strict) && chosen != test_rules_dir)
    return complain("--tap, --all and --strict go with --test-rules");
  if (chosen)
    return chosen(&a);

  return complain("what is it to do? To serve: needsd --config FILE");
}
