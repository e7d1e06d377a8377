/* config - what the configuration file says, as one struct. See config.h. */
#include "config.h"

#include "base/mem.h"
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#ifndef NEEDS_SHARE
#error "NEEDS_SHARE and NEEDS_LIBEXEC come from the build"
#endif

static const char *const day_words[] = {"clock", "manual", NULL};
static const char *const log_words[] = {"error", "warn", "info", "debug", NULL};

#define AT(member) offsetof(struct config, member)
static const struct option_row daemon_rows[] = {
    {"data", OPTION_PATH, AT(data), .place = PLACE_NEW, .required = true,
     .help = "The directory that holds everything the daemon keeps. Only one daemon at a time "
             "can use it. It is created if its parent exists"},
    {"listen", OPTION_ENDPOINT, AT(listen), .old_name = "door", .place = PLACE_SOCKET,
     .required = true,
     .help = "Where the daemon listens for clients: one endpoint. Anyone who can open the socket "
             "has the rights of a local administrator, so the permissions of its directory decide "
             "who may. A network endpoint (tcp://) is refused: it needs keys, which this release "
             "does not have yet"},
    {"day", OPTION_WORD, AT(day), .fallback = "clock", .words = day_words,
     .help = "Where the day comes from: the clock's UTC date, or the verb day, for tests"},
    {"keep", OPTION_INT, AT(keep), .fallback = "400", .min = 1, .max = 36500,
     .help = "The least number of days for which publications can be replayed. This release "
             "keeps all of them"},
    {"lease_s", OPTION_INT, AT(lease_s), .fallback = "30", .min = 1, .max = 3600,
     .help = "A follow that is silent for more than this many seconds is ended"},
    {"names_keep", OPTION_INT, AT(names_keep), .fallback = "90", .min = 1, .max = 36500,
     .help = "A durable name of a follow is forgotten when nobody has used it for this many "
             "days. A client that comes back under it starts again, and its answer says so "
             "(resumed: false)"},
    {"max_credit", OPTION_INT, AT(max_credit), .fallback = "64", .min = 1, .max = 65536,
     .help = "The most publications that may be on the way to one follow. Higher credit is cut "
             "to this"},
    {"connections", OPTION_INT, AT(connections), .fallback = "2000", .min = 16, .max = 100000,
     .help = "The most clients that may be connected. The limit is lower if the process may "
             "open few files: a quarter of them, at least 64, is kept for other work. At the "
             "limit, connections that send nothing are closed for new ones"},
    {"rule_deadline_ms", OPTION_INT, AT(rule_deadline_ms), .fallback = "1000", .min = 50,
     .max = 60000,
     .help = "A worker that makes no progress for this many milliseconds is replaced. This "
             "never decides a result, only a rule's strikes"},
    {"rule_strikes", OPTION_INT, AT(rule_strikes), .fallback = "3", .min = 1, .max = 100,
     .help = "A rule that breaks its worker this many times is set aside"},
    {"school_pause", OPTION_INT, AT(school_pause), .fallback = "2", .min = 0, .max = 60,
     .help = "The rules for a school as a whole run when its needs have not changed for this "
             "many seconds. New offers wait as long, so that several are handled together. 0: "
             "no wait"},
    {"log", OPTION_WORD, AT(log), .fallback = "info", .words = log_words, .reloadable = true,
     .help = "What is written to standard error: records of this level and worse"},
    {"share", OPTION_PATH, AT(share), .fallback = NEEDS_SHARE, .fallback_doc = "the installed one",
     .help = "The directory of the shipped files, with catalogue/ and default/ in it"},
    {"worker", OPTION_PATH, AT(worker), .fallback = NEEDS_LIBEXEC "/needs-rules",
     .fallback_doc = "the installed one", .help = "The program that runs the rules"},
};
#undef AT

#define AT(member) offsetof(struct config_authority, member)
static const struct option_row authority_rows[] = {
    {"name", OPTION_TEXT, AT(name), .fallback_doc = "the code", .reloadable = true,
     .help = "What people call the authority"},
    {"rules", OPTION_PATH, AT(rules), .place = PLACE_DIRECTORY, .reloadable = true,
     .help = "A directory of the authority's own rules, *.lua and *.csv. They are added to the "
             "shipped ones, unless the directory holds a file "
             ".replace-default. Absent: the shipped rules alone"},
    {"catalogue", OPTION_PATH, AT(catalogue), .place = PLACE_DIRECTORY, .reloadable = true,
     .help = "A directory of *.csv laid over the shipped catalogue, row by row. Absent: the "
             "shipped catalogue alone"},
    {"approve_people", OPTION_INT, AT(approve_people), .fallback = "0", .min = 0, .max = 10000000,
     .reloadable = true,
     .help = "Rules that change the advice of more people than this are published only when a "
             "second person has approved them. Advice "
             "for a school as a whole is not counted. 0: no such limit"},
    {"approve_per_cent", OPTION_INT, AT(approve_per_cent), .fallback = "0", .min = 0, .max = 100,
     .reloadable = true, .help = "The same, as a percentage of the authority's people"},
    {"approve_cost", OPTION_INT, AT(approve_cost), .fallback = "0", .min = 0, .max = 2000000000,
     .reloadable = true,
     .help = "The same, for advice that costs more than the current advice by more than this "
             "many pounds, for all people together"},
};
#undef AT

#define AT(member) offsetof(struct config_plugin, member)
static const struct option_row plugin_rows[] = {
    {"path", OPTION_PATH, AT(path), .fallback_doc = "NAME.so in the installed directory of plugins",
     .help = "The file of the plugin. It and the directories above it belong to root or to the "
             "daemon's user, and nobody else may "
             "write there"},
};
#undef AT

enum {
  SECTION_DAEMON,
  SECTION_AUTHORITY,
  SECTION_PLUGIN
};
static const struct option_section sections[] = {
    [SECTION_DAEMON] = {"daemon", false, daemon_rows, ARRAY_LEN(daemon_rows),
                        "The daemon itself; one section"},
    [SECTION_AUTHORITY] =
        {"authority", true, authority_rows, ARRAY_LEN(authority_rows),
         "The owner of a set of rules: a local authority, a trust, a diocese. Each has one "
         "section, and there is at least one. Events give the code under authority. Adding "
         "or removing one needs a restart"},
    [SECTION_PLUGIN] =
        {"plugin", true, plugin_rows, ARRAY_LEN(plugin_rows),
         "A plugin that starts with the daemon, in the file's order. The code is its name. "
         "Beside path, the section takes the plugin's own options. Adding, removing or "
         "changing one needs a restart",
         true, offsetof(struct config_plugin, options)},
};

struct loading {
  struct config *config;
  bool has_daemon;
};

static void *open_target(void *arg, const struct option_section *section, const char *code) {
  struct loading *l = arg;
  struct config *c = l->config;

  if (section == &sections[SECTION_DAEMON]) {
    l->has_daemon = true;
    return c;
  }
  if (section == &sections[SECTION_PLUGIN]) {
    c->plugins = mem_grow(c->plugins, &c->cap_plugins, c->n_plugins + 1,
                          sizeof(struct config_plugin *));
    struct config_plugin *p = c->plugins[c->n_plugins++] = mem_alloc(sizeof(*p));
    p->name = mem_strdup(code);
    return p;
  }

  c->authorities = mem_grow(c->authorities, &c->cap_authorities, c->n_authorities + 1,
                            sizeof(struct config_authority *));
  struct config_authority *a = c->authorities[c->n_authorities++] = mem_alloc(sizeof(*a));
  a->code = mem_strdup(code);

  return a;
}

static void judge_whole(const char *path, const struct loading *l, struct fault_list *faults) {
  if (!l->has_daemon)
    fault_list_add(faults, true,
                   "%s: there is no section [daemon]; it needs at least 'data' and 'listen'", path);

  if (l->config->n_authorities == 0)
    fault_list_add(faults, true,
                   "%s: there is no section [authority CODE], so nobody would be served", path);
}

static void fill_names(struct config *c) {
  for (size_t i = 0; i < c->n_authorities; i++)
    if (!c->authorities[i]->name)
      c->authorities[i]->name = mem_strdup(c->authorities[i]->code);

  for (size_t i = 0; i < c->n_plugins; i++)
    if (!c->plugins[i]->path && c->plugins[i]->options.row_line == 0 &&
        asprintf(&c->plugins[i]->path, NEEDS_PLUGINS "/%s.so", c->plugins[i]->name) < 0)
      abort();
}

static struct config *read_config(const char *path, bool look, struct fault_list *faults) {
  struct loading l = {.config = mem_alloc(sizeof(struct config))};
  struct config *c = l.config;

  c->file = mem_strdup(path);
  int r = look ? options_read_places(path, sections, ARRAY_LEN(sections), open_target, &l, faults,
                                     &c->missing)
               : options_read(path, sections, ARRAY_LEN(sections), open_target, &l, faults);
  if (r == 0 || r == -EINVAL)
    judge_whole(path, &l, faults);

  fill_names(c);

  return c;
}

struct config *config_load(const char *path, struct fault_list *faults) {
  size_t before = faults->errors;
  struct config *c = read_config(path, false, faults);

  if (faults->errors == before)
    return c;

  config_destroy(c);

  return NULL;
}

struct config *config_read(const char *path, struct fault_list *faults) {
  return read_config(path, true, faults);
}

void config_destroy(struct config *c) {
  if (!c)
    return;

  for (size_t i = 0; i < c->n_authorities; i++) {
    options_free(&sections[SECTION_AUTHORITY], c->authorities[i]);
    free(c->authorities[i]->code);
    free(c->authorities[i]);
  }

  free(c->authorities);
  for (size_t i = 0; i < c->n_plugins; i++) {
    options_free(&sections[SECTION_PLUGIN], c->plugins[i]);
    free(c->plugins[i]->name);
    free(c->plugins[i]);
  }

  free(c->plugins);
  free(c->file);
  options_free(&sections[SECTION_DAEMON], c);
  free(c);
}

static const struct config_authority *find_authority(const struct config *c, const char *code) {
  for (size_t i = 0; i < c->n_authorities; i++)
    if (strcmp(c->authorities[i]->code, code) == 0)
      return c->authorities[i];
  return NULL;
}

static const struct config_plugin *find_plugin(const struct config *c, const char *name) {
  for (size_t i = 0; i < c->n_plugins; i++)
    if (strcmp(c->plugins[i]->name, name) == 0)
      return c->plugins[i];
  return NULL;
}

static void compare_plugins(const struct config *old, const struct config *new,
                            struct fault_list *faults) {
  for (size_t i = 0; i < old->n_plugins; i++) {
    const struct config_plugin *before = old->plugins[i], *after = find_plugin(new, before->name);
    char where[96];

    snprintf(where, sizeof(where), "[plugin %s]", before->name);
    if (!after)
      fault_list_add(faults, true, "%s is gone; only a restart can take a plugin away", where);
    else
      options_compare(&sections[SECTION_PLUGIN], where, before, after, faults);
  }

  for (size_t i = 0; i < new->n_plugins; i++)
    if (!find_plugin(old, new->plugins[i]->name))
      fault_list_add(faults, true, "[plugin %s] is new; only a restart can add a plugin",
                     new->plugins[i]->name);
}

void config_compare(const struct config *old, const struct config *new, struct fault_list *faults) {
  options_compare(&sections[SECTION_DAEMON], "[daemon]", old, new, faults);
  for (size_t i = 0; i < old->n_authorities; i++) {
    const struct config_authority *before = old->authorities[i],
                                  *after = find_authority(new, before->code);
    _cleanup_free_ char *where = NULL;
    if (asprintf(&where, "[authority %s]", before->code) < 0)
      abort();
    if (!after)
      fault_list_add(faults, true, "%s is gone; only a restart can take an authority away", where);
    else
      options_compare(&sections[SECTION_AUTHORITY], where, before, after, faults);
  }

  for (size_t i = 0; i < new->n_authorities; i++)
    if (!find_authority(old, new->authorities[i]->code))
      fault_list_add(faults, true, "[authority %s] is new; only a restart can add an authority",
                     new->authorities[i]->code);

  compare_plugins(old, new, faults);
}

const char *config_default_share(void) {
  return NEEDS_SHARE;
}

const char *config_default_worker(void) {
  return NEEDS_LIBEXEC "/needs-rules";
}

void config_print_options(struct buf *out) {
  options_print(sections, ARRAY_LEN(sections), out);
}
