/* needs - the command line: what its commands share.
 *
 * Speaks the protocol of docs/protocol.md and knows nothing else of the daemon. One file a command
 * (push, watch, show, explain
 * ...), each a row in main.c; conn carries requests, json reads answers, table and text print them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
  EXIT_DONE = 0,
  EXIT_REJECTED = 1,
  EXIT_USAGE = 2,
  EXIT_NOT_REACHED = 3,
  EXIT_NOT_PERMITTED = 4,
  EXIT_OUTPUT = 74
};

/* Options that every command takes; from the arguments, else the environment, else the user's
 * configuration. */
struct settings {
  char *server, *authority, *school, *source;
  int json; /* print the answers as they came */
};

struct poptOption;
struct command {
  const char *name, *args; /* args: for the usage line */
  const char *help;
  /* argv[0] is "needs COMMAND"; options are not yet taken. */
  int (*run)(struct settings *s, int argc, const char **argv);
};

/* settings.c */
/* Environment and configuration; fills in the default server. 0, or an exit status after saying
 * what cannot be read: half a configuration could send to another school. */
int settings_load(struct settings *s);
void settings_finish(struct settings *s);
bool settings_need(const struct settings *s, bool school); /* says what is missing */
/* those of every command, into a place that settings_bind empties */
struct poptOption *settings_options(void);
/* Takes over what those were given. 0, or EXIT_USAGE after saying that two of them differ. */
int settings_bind(struct settings *s);
/* Whether `option` ("--school") is one of those and the next argument is its value. */
bool settings_takes_value(const char *option);
/* Parses a command's options (`own` may be NULL) with the common ones; `usage` names the arguments.
 * At most `most` (-1: any number) are left in items, valid until args_finish. Returns 0, or
 * EXIT_USAGE after saying why. */
struct args {
  void *context;
  const char **items;
  int n;
};
int args_parse(struct args *a, struct settings *s, const char *usage, struct poptOption *own,
               int argc, const char **argv, int least, int most);
void args_finish(struct args *a);
/* Whether --help is among the arguments: then `usage` may hold more text for it. */
bool args_help_asked(int argc, const char **argv);

/* main.c: `needs: ` and the message on standard error. */
/* Reads the whole number that an option was given: decimal digits only, from `least` to `most`. Not
 * given (NULL): *ret stays. Returns 0, or EXIT_USAGE after a complaint that names the option.
 * popt's own integers read 010 as 8 and nothing as 0. */
int option_number(const char *option, const char *text, int least, int most, int *ret);
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

int run_push(struct settings *s, int argc, const char **argv);
int run_check(struct settings *s, int argc, const char **argv);
int run_map(struct settings *s, int argc, const char **argv);
int run_outbox(struct settings *s, int argc, const char **argv);
int run_watch(struct settings *s, int argc, const char **argv);
int run_show(struct settings *s, int argc, const char **argv);
int run_explain(struct settings *s, int argc, const char **argv);
int run_routes(struct settings *s, int argc, const char **argv);
int run_respond(struct settings *s, int argc, const char **argv);
int run_agree(struct settings *s, int argc, const char **argv);
int run_status(struct settings *s, int argc, const char **argv);
int run_titles(struct settings *s, int argc, const char **argv);
int run_verify(struct settings *s, int argc, const char **argv);
int run_settled(struct settings *s, int argc, const char **argv);
int run_ask(struct settings *s, int argc, const char **argv);
int run_day(struct settings *s, int argc, const char **argv);
int run_ping(struct settings *s, int argc, const char **argv);
int run_rules(struct settings *s, int argc, const char **argv);
int run_catalogue(struct settings *s, int argc, const char **argv);
