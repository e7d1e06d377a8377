/* main - the table of commands, help, completion, and the checks around every command. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <popt.h>
#include <sodium.h>

#include "complete.h"
#include "needs.h"
#include "output.h"
#include "text.h"

static int run_help(struct settings *s, int argc, const char **argv);

static const struct command commands[] = {
    {"push", "FILE...", "Send results: CSV, JSON or one event a line; - is standard input",
     run_push},
    {"check", "FILE...", "Check a file as push would, and store nothing", run_check},
    {"map", "FILE", "Draft a mapping of a spreadsheet's columns and words", run_map},
    {"outbox", "[list|send|drop|retry]", "Unsent and rejected events", run_outbox},
    {"watch", "[TOPIC...]", "Print what the daemon publishes; --since start replays all of it",
     run_watch},
    {"show", "[PERSON] [RECOMMENDATION]", "What is recommended to a person, or a school's overview",
     run_show},
    {"explain", "PERSON [RECOMMENDATION]",
     "Why something is recommended or not, and what is held back", run_explain},
    {"routes", "PERSON", "A person's goals, what each asks, and what comes next", run_routes},
    {"respond", "PERSON RECOMMENDATION RESPONSE",
     "Answer a recommendation: accepted, declined, started ...", run_respond},
    {"agree", "PERSON RECOMMENDATION", "Record what was agreed about it: time, cover, who pays ...",
     run_agree},
    {"status", "", "The health of the daemon and its plugins", run_status},
    {"rules", "[check DIR]", "The current rules; check, compare, publish and roll back rules",
     run_rules},
    {"catalogue", "[find WORD...|role CODE|duty CODE|check DIR]",
     "The current catalogue; find a code; what a role asks for; check a directory", run_catalogue},
    {"titles", "", "Job titles without a role, and rows to map them", run_titles},
    {"verify", "", "Replay the journal and compare it with the current state", run_verify},
    {"settled", "[POSITION]", "Wait until everything pushed has been worked out", run_settled},
    {"ask", "QUESTION [NAME=VALUE...]", "Ask any question of the protocol; the answer is JSON",
     run_ask},
    {"day", "DATE", "Set the daemon's day, or confirm the clock's", run_day},
    {"ping", "", "The daemon's version and day", run_ping},
    {"help", "[COMMAND]", "This list, or a command's options", run_help},
};
#define N_COMMANDS (sizeof commands / sizeof *commands)

void complain(const char *fmt, ...) {
  va_list ap;
  fflush(stdout);
  fputs("needs: ", stderr);
  va_start(ap, fmt);
  vfprintf(stderr, fmt, ap);
  va_end(ap);
  fputc('\n', stderr);
}

static void print_commands(FILE *f) {
  fputs("usage: needs [--server ENDPOINT] [--authority CODE] [--school CODE] [--json] COMMAND "
        "...\n\n",
        f);
  for (size_t i = 0; i < N_COMMANDS; i++)
    fprintf(f, "  %-10s  %s\n", commands[i].name, commands[i].help);

  fputs("\nneeds COMMAND --help lists its options; the manual page is needs(1).\n", f);
}

static const struct command *find_command(const char *name) {
  for (size_t i = 0; i < N_COMMANDS; i++)
    if (!strcmp(commands[i].name, name))
      return &commands[i];
  return NULL;
}

static int run_command(const struct command *c, struct settings *s, int argc, const char **argv) {
  struct text name = {0};
  text_addf(&name, "needs %s", c->name);
  const char **args = get_memory(((size_t)argc + 1) * sizeof *args);
  memcpy(args, argv, (size_t)argc * sizeof *args);
  args[0] = name.s;

  int rc = c->run(s, argc, args);
  free(args);
  text_finish(&name);

  return rc;
}

static int unknown_command(const char *name) {
  struct nearest near = {.given = name};
  for (size_t i = 0; i < N_COMMANDS; i++)
    nearest_try(&near, commands[i].name);
  if (near.best)
    complain("there is no command '%s'; did you mean %s? needs help lists them", name, near.best);
  else
    complain("there is no command '%s'; needs help lists them", name);

  return EXIT_USAGE;
}

/* For the shell: the commands, or what one of them takes (of `needs rules`, what one of its verbs
 * takes). */
static int run_complete(struct settings *s, const char *name, const char *verb) {
  const struct command *c = NULL;
  if (name)
    c = find_command(name);

  complete_only = true;
  if (!c)
    complete_options(settings_options());

  if (c && c->run != run_help) {
    run_command(c, s, verb ? 2 : 1, (const char *[]){"", verb, NULL});
    return EXIT_DONE;
  }
  if (name && !c)
    return EXIT_USAGE;

  putchar('@');
  for (size_t i = 0; i < N_COMMANDS; i++)
    printf(" %s", commands[i].name);

  putchar('\n');

  return EXIT_DONE;
}

static int run_help(struct settings *s, int argc, const char **argv) {
  if (argc > 1 && !strcmp(argv[1], "--complete"))
    return run_complete(s, argv[2], argc > 3 ? argv[3] : NULL);

  if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-?")))
    argc = 1;

  const struct command *c = NULL;
  if (argc > 1)
    c = find_command(argv[1]);

  if (argc > 1 && !c)
    return unknown_command(argv[1]);
  if (c && c->run != run_help)
    return run_command(c, s, 2, (const char *[]){"", "--help", NULL});

  print_commands(stdout);

  return EXIT_DONE;
}

/* Options before the command. 0: go on with *ret_command, -1: done. */
static int first_options(struct settings *s, int argc, const char **argv, int *ret_command) {
  int version = 0, help = 0;
  struct poptOption table[] = {
      {NULL, 0, POPT_ARG_INCLUDE_TABLE, settings_options(), 0, NULL, NULL},
      {"version", 0, POPT_ARG_NONE, &version, 0, NULL, NULL},
      {"help", '?', POPT_ARG_NONE, &help, 0, NULL, NULL},
      POPT_TABLEEND,
  };
  poptContext context = poptGetContext("needs", argc, argv, table, POPT_CONTEXT_POSIXMEHARDER);
  int rc = poptGetNextOpt(context), left = 0;
  if (rc < -1)
    complain("%s: %s; needs help lists the options", poptBadOption(context, 0), poptStrerror(rc));
  for (const char **rest = poptGetArgs(context); rest && rest[left];)
    left++;

  poptFreeContext(context);

  int bound = settings_bind(s);
  *ret_command = argc - left;
  if (version)
    puts("needs " NEEDS_VERSION);
  if (help)
    print_commands(stdout);
  if (!version && !help && rc == -1 && !left)
    print_commands(stderr);

  if (rc < -1 || bound)
    return EXIT_USAGE;
  if (version || help)
    return -1;
  if (left)
    return 0;

  return EXIT_USAGE;
}

/* --- standard input, output and error --- */

/* A file that takes the number of a closed one would be written to in its place. What is put there
 * cannot be written to, so that output that goes nowhere is still noticed. */
static void fill_closed(void) {
  int fd;

  while ((fd = open("/dev/null", O_RDONLY)) >= 0 && fd <= STDERR_FILENO)
    continue;
  if (fd > STDERR_FILENO)
    close(fd);
}

/* Output that was not written completely must not look complete, so the exit status says so. It is
 * an exit handler because popt ends the process itself after --help. */
static void finish_output(int status, void *arg) {
  (void)arg;
  bool failed = ferror(stdout) != 0;

  errno = 0;
  if (fclose(stdout) != 0)
    failed = true;

  if (!failed)
    return;

  fprintf(stderr, "needs: the output could not be written%s%s\n", text_if(errno != 0, ": "),
          errno != 0 ? strerror(errno) : "");
  _exit(status == EXIT_DONE ? EXIT_OUTPUT : status);
}

int main(int argc, char **argv) {
  fill_closed();
  output_open();
  on_exit(finish_output, NULL);
  setlocale(LC_CTYPE, "");
  if (sodium_init() < 0)
    return EXIT_USAGE;

  struct settings s = {0};
  int at, rc = first_options(&s, argc, (const char **)argv, &at);

  if (!rc) {
    const struct command *c = find_command(argv[at]);
    int unread = settings_load(&s);
    if (c && unread && c->run != run_help)
      rc = unread;
    else {
      if (c)
        rc = run_command(c, &s, argc - at, (const char **)argv + at);
      else
        rc = unknown_command(argv[at]);
    }
  }

  settings_finish(&s);
  if (rc < 0)
    return EXIT_DONE;

  return rc;
}
