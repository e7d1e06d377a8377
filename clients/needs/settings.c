/* settings - where the door is and who asks: arguments, environment, the user's configuration.
 *
 * $XDG_CONFIG_HOME/needs.conf (~/.config/needs.conf) is an INI file with door, authority, school
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

#define DEFAULT_DOOR "ipc:///run/needsd/door"

static struct settings bound;
static struct poptOption common_options[] = {
    {"door", 0, POPT_ARG_STRING, &bound.door, 0, "The daemon's endpoint (NEEDS_DOOR)", "ENDPOINT"},
    {"authority", 0, POPT_ARG_STRING, &bound.authority, 0, "The authority's code (NEEDS_AUTHORITY)",
     "CODE"},
    {"school", 0, POPT_ARG_STRING, &bound.school, 0, "The school's code (NEEDS_SCHOOL)", "CODE"},
    {"json", 0, POPT_ARG_NONE, &bound.json, 0, "Print what the daemon says, for machines", NULL},
    POPT_TABLEEND,
};

struct poptOption *settings_options(void) {
  return common_options;
}

struct reading {
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
  } rows[] = {{"door", &s->door},
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

static void wrong(struct reading *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void wrong(struct reading *r, const char *fmt, ...) {
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
  struct reading *r = stream;
  ssize_t len = getline(&r->text, &r->room, r->file);
  if (len <= 0)
    return NULL;

  r->line++;

  bool good = true;

  if (memchr(r->text, '\0', (size_t)len)) {
    wrong(r, "the line holds a NUL; write it anew");
    good = false;
  } else if (len >= n) {
    wrong(r, "the line is too long; at most %d bytes", n - 2);
    good = false;
  }

  snprintf(s, (size_t)n, "%s", good ? r->text : "\n");

  return s;
}

static int on_option(void *arg, const char *section, const char *name, const char *value) {
  struct reading *r = arg;
  char **into = setting(r->s, name), **said = setting(&r->said, name);

  if ((*section && strcmp(section, "needs")) || !into)
    wrong(r, "'%s' is not known; there are door, authority, school and source under [needs]", name);
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

  struct reading r = {.file = fopen(path.s, "re"), .path = path.s, .s = s};
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
  give(&s->door, getenv("NEEDS_DOOR"));
  give(&s->authority, getenv("NEEDS_AUTHORITY"));
  give(&s->school, getenv("NEEDS_SCHOOL"));
  int rc = read_file(s);
  give(&s->door, DEFAULT_DOOR);

  return rc;
}

void settings_finish(struct settings *s) {
  free(s->door);
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

void settings_bind(struct settings *s) {
  const struct {
    char **from, **to;
  } rows[] = {
      {&bound.door, &s->door}, {&bound.authority, &s->authority}, {&bound.school, &s->school}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (*rows[i].from) {
      free(*rows[i].to);
      *rows[i].to = *rows[i].from;
    }

  s->json |= bound.json;
  bound = (struct settings){0};
}

static int count_args(struct args *a, const char *command, const char *usage, int least, int most) {
  a->items = poptGetArgs(a->context);
  while (a->items && a->items[a->n])
    a->n++;

  if (a->n >= least && (most < 0 || a->n <= most))
    return 0;

  complain("%s\nusage: %s %s", a->n < least ? "something is missing" : "too many arguments",
           command, usage);
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

  settings_bind(s);
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
