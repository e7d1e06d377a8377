/* settings - the server, authority, school and source of a command: from its arguments, the
 * environment and the user's configuration.
 *
 * $XDG_CONFIG_HOME/needs.conf (~/.config/needs.conf) is an INI file with server, authority, school
 * and source under [needs]. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>
#include <popt.h>

#include "complete.h"
#include "needs.h"
#include "text.h"

#define DEFAULT_SERVER "ipc:///run/needsd/door"

/* What the options of one parse gave. */
static struct settings bound;
static char *bound_door; /* --door, the old name of --server */
static struct poptOption common_options[] = {
    {"server", 0, POPT_ARG_STRING, &bound.server, 0, "The daemon's endpoint (NEEDS_SERVER)",
     "ENDPOINT"},
    {"door", 0, POPT_ARG_STRING | POPT_ARGFLAG_DOC_HIDDEN, &bound_door, 0, NULL, "ENDPOINT"},
    {"authority", 0, POPT_ARG_STRING, &bound.authority, 0, "The authority's code (NEEDS_AUTHORITY)",
     "CODE"},
    {"school", 0, POPT_ARG_STRING, &bound.school, 0, "The school's code (NEEDS_SCHOOL)", "CODE"},
    {"json", 0, POPT_ARG_NONE, &bound.json, 0, "Print the daemon's answer as JSON", NULL},
    POPT_TABLEEND,
};

struct poptOption *settings_options(void) {
  return common_options;
}

struct settings_reader {
  FILE *file;
  const char *path;
  int line;
  bool bad;
  char *text; /* of the line */
  size_t room;
  struct settings *s, said; /* said: by the file alone */
};

static char **setting(struct settings *s, const char *name) {
  const struct {
    const char *name;
    char **value;
  } rows[] = {{"server", &s->server},
              {"authority", &s->authority},
              {"school", &s->school},
              {"source", &s->source}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (!strcmp(rows[i].name, name))
      return rows[i].value;

  return NULL;
}

static void give(char **value, const char *text) {
  if (*value || !text || !*text)
    return;
  *value = copy_text(text);
}

/* Says once that a word has a new one. This release still reads the old words. */
static void warn_old_name(const char *old_name, const char *name) {
  static bool warned;
  if (!warned)
    complain("%s is the old name of %s; write %s, since a later release does not read the old name",
             old_name, name, name);

  warned = true;
}

/* `text`, or what the old name gave. 0, or EXIT_USAGE after saying that the two differ. */
static int choose_name(const char *name, const char **text, const char *old_name,
                       const char *old_text) {
  if (!old_text || !*old_text)
    return 0;

  if (!*text || !**text)
    *text = old_text;
  else if (strcmp(*text, old_text)) {
    complain("%s is '%s' and %s, its old name, is '%s'; keep only %s", name, *text, old_name,
             old_text, name);
    return EXIT_USAGE;
  }

  warn_old_name(old_name, name);

  return 0;
}

static void wrong(struct settings_reader *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void wrong(struct settings_reader *r, const char *fmt, ...) {
  char *why;
  va_list ap;

  va_start(ap, fmt);
  if (vasprintf(&why, fmt, ap) < 0)
    abort();

  va_end(ap);

  complain("%s:%d: %s", r->path, r->line, why);
  r->bad = true;
  free(why);
}

/* The reader cuts long lines silently and stops at a NUL, so such lines are refused here. */
static char *read_line(char *s, int n, void *stream) {
  struct settings_reader *r = stream;
  ssize_t len = getline(&r->text, &r->room, r->file);
  if (len <= 0)
    return NULL;

  r->line++;

  bool good = true;

  if (memchr(r->text, '\0', (size_t)len)) {
    wrong(r, "the line contains a NUL character; retype it");
    good = false;
  } else if (len >= n) {
    wrong(r, "the line is too long; at most %d bytes", n - 2);
    good = false;
  }

  snprintf(s, (size_t)n, "%s", good ? r->text : "\n");

  return s;
}

static int on_option(void *arg, const char *section, const char *name, const char *value) {
  struct settings_reader *r = arg;
  const char *as_written = name;

  if (!strcmp(name, "door")) {
    name = "server";
    warn_old_name("door in needs.conf", name);
  }

  char **into = setting(r->s, name), **said = setting(&r->said, name);

  if ((*section && strcmp(section, "needs")) || !into)
    wrong(r, "'%s' is not known; there are server, authority, school and source under [needs]",
          as_written);
  else if (*said && strcmp(*said, value))
    wrong(r, "%s is '%s' above and '%s' here; keep one line", name, *said, value);
  else {
    give(said, value);
    give(into, value);
  }

  return 1;
}

static int read_file(struct settings *s) {
  const char *dir = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
  struct text path = {0};

  if (dir && *dir)
    text_addf(&path, "%s/needs.conf", dir);
  else
    text_addf(&path, "%s/.config/needs.conf", text_or(home, ""));

  struct settings_reader r = {.file = fopen(path.s, "re"), .path = path.s, .s = s};
  if (r.file) {
    int bad = ini_parse_stream(read_line, &r, on_option, &r);
    if (ferror(r.file))
      wrong(&r, "cannot be read to its end: %s", strerror(errno));

    r.line = bad;
    if (bad > 0)
      wrong(&r, "not a setting; write name = value");

    fclose(r.file);
  } else if (errno != ENOENT) {
    complain("cannot read %s: %s", path.s, strerror(errno));
    r.bad = true;
  }

  settings_finish(&r.said);
  free(r.text);
  text_finish(&path);
  if (r.bad)
    return EXIT_USAGE;

  return 0;
}

int settings_load(struct settings *s) {
  const char *server = getenv("NEEDS_SERVER");
  if (choose_name("NEEDS_SERVER", &server, "NEEDS_DOOR", getenv("NEEDS_DOOR")))
    return EXIT_USAGE;

  give(&s->server, server);
  give(&s->authority, getenv("NEEDS_AUTHORITY"));
  give(&s->school, getenv("NEEDS_SCHOOL"));
  int rc = read_file(s);
  give(&s->server, DEFAULT_SERVER);

  return rc;
}

void settings_finish(struct settings *s) {
  free(s->server);
  free(s->authority);
  free(s->school);
  free(s->source);
  *s = (struct settings){0};
}

bool settings_need(const struct settings *s, bool school) {
  if (!s->authority)
    complain(
        "which authority? Give --authority CODE, set NEEDS_AUTHORITY, or write it into needs.conf");
  if (school && !s->school)
    complain("which school? Give --school CODE, set NEEDS_SCHOOL, or write it into needs.conf");

  return s->authority && (s->school || !school);
}

int settings_bind(struct settings *s) {
  const char *server = bound.server;
  int rc = choose_name("--server", &server, "--door", bound_door);

  if (!bound.server) {
    bound.server = bound_door;
    bound_door = NULL;
  }

  const struct {
    char **from, **to;
  } rows[] = {
      {&bound.server, &s->server}, {&bound.authority, &s->authority}, {&bound.school, &s->school}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (*rows[i].from) {
      free(*rows[i].to);
      *rows[i].to = *rows[i].from;
    }

  s->json |= bound.json;
  bound = (struct settings){0};
  free(bound_door);
  bound_door = NULL;

  return rc;
}

bool settings_takes_value(const char *option) {
  for (const struct poptOption *o = common_options; o->longName; o++)
    if ((o->argInfo & POPT_ARG_MASK) == POPT_ARG_STRING && !strncmp(option, "--", 2) &&
        !strcmp(option + 2, o->longName))
      return true;

  return false;
}

/* "missing argument: PERSON": the words of the usage line that were not given. */
static void complain_missing(const char *command, const char *usage, int given, int least) {
  struct text missing = {0};
  const char *word = usage;

  for (int i = 0; i < least && *word; i++) {
    int len = (int)strcspn(word, " ");
    if (i >= given)
      text_addf(&missing, "%s%.*s", comma(i > given), len, word);

    word += len;
    word += strspn(word, " ");
  }

  complain("missing argument%s: %s\nusage: %s %s", plural(least - given), text_or(missing.s, "?"),
           command, usage);
  text_finish(&missing);
}

static int count_args(struct args *a, const char *command, const char *usage, int least, int most) {
  a->items = poptGetArgs(a->context);
  while (a->items && a->items[a->n])
    a->n++;

  if (a->n >= least && (most < 0 || a->n <= most))
    return 0;

  if (a->n < least)
    complain_missing(command, usage, a->n, least);
  else
    complain("too many arguments\nusage: %s %s", command, usage);

  args_finish(a);

  return EXIT_USAGE;
}

static void complain_option(poptContext context, int rc, const char *command, const char *usage,
                            const struct poptOption *own) {
  const char *bad = poptBadOption(context, 0);
  struct nearest near = {.given = bad};

  if (rc == POPT_ERROR_BADOPT) {
    nearest_option(&near, own);
    nearest_option(&near, common_options);
  }

  complain("%s: %s%s%s%s\nusage: %s %s; more with %s --help", bad, poptStrerror(rc),
           text_if(near.best, "; did you mean --"), text_or(near.best, ""), text_if(near.best, "?"),
           command, usage, command);
}

bool args_help_asked(int argc, const char **argv) {
  for (int i = 1; i < argc; i++)
    if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-?"))
      return true;
  return false;
}

int args_parse(struct args *a, struct settings *s, const char *usage, struct poptOption *own,
               int argc, const char **argv, int least, int most) {
  static struct poptOption none[] = {POPT_TABLEEND};
  static struct poptOption table[] = {
      {NULL, 0, POPT_ARG_INCLUDE_TABLE, none, 0, "Options", NULL},
      {NULL, 0, POPT_ARG_INCLUDE_TABLE, common_options, 0, "Options of every command", NULL},
      POPT_AUTOHELP POPT_TABLEEND,
  };

  if (complete_only) {
    complete_options(own);
    complete_options(common_options);
    complete_places(usage);
    return EXIT_USAGE; /* the command ends here */
  }

  if (own)
    table[0].arg = own;

  *a = (struct args){.context = poptGetContext(NULL, argc, argv, own ? table : table + 1, 0)};
  struct text help = {0};
  text_addf(&help, "[OPTION...] %s", usage);
  poptSetOtherOptionHelp(a->context, help.s);
  text_finish(&help);

  int rc;
  while ((rc = poptGetNextOpt(a->context)) > 0)
    ;

  if (settings_bind(s)) {
    args_finish(a);
    return EXIT_USAGE;
  }
  if (rc == -1)
    return count_args(a, argv[0], usage, least, most);

  complain_option(a->context, rc, argv[0], usage, own);
  args_finish(a);

  return EXIT_USAGE;
}

int option_number(const char *option, const char *text, int least, int most, int *ret) {
  if (!text)
    return 0;

  bool digits = *text && strspn(text, "0123456789") == strlen(text);
  long value = -1;

  if (digits && strlen(text) < 10)
    value = strtol(text, NULL, 10);

  if (value < least || value > most) {
    complain("%s takes a whole number from %d to %d, not '%s'", option, least, most, text);
    return EXIT_USAGE;
  }

  *ret = (int)value;

  return 0;
}

void args_finish(struct args *a) {
  if (a->context)
    poptFreeContext(a->context);
  *a = (struct args){0};
}
