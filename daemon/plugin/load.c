/* load - from a file to a descriptor that may be trusted. See internal.h.
 *
 * In this order, each before the next: whose file it is and who may write there; whether it can be
 * linked; the two numbers at the head of its descriptor; everything else the descriptor says; the
 * options. A plugin is code with all our rights, so the first question is not what it says but who
 * could have put it there. */
#include <dirent.h>
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "plugin/internal.h"

#define ABI 0
#define SMALLEST                                                                                   \
  (offsetof(struct needs_plugin, start) + sizeof(((struct needs_plugin *)NULL)->start))
#define SELF_MAX ((size_t)1 << 20)
#define OPTIONS_MAX 64
#define NAME_MAX_CHARS 32

struct loading {
  const struct config *config;
  const struct config_plugin *from;
  struct fault_list *faults;
  size_t before; /* errors that were there */
  bool mapped;   /* what is wrong now is not where the file is */
};

static bool sound(const struct loading *l) {
  return l->faults->errors == l->before;
}

__attribute__((format(printf, 2, 3))) static void fault(const struct loading *l, const char *fmt,
                                                        ...) {
  char text[600];
  va_list args;

  va_start(args, fmt);
  vsnprintf(text, sizeof(text), fmt, args);
  va_end(args);
  const struct option_list *o = &l->from->options;
  fault_list_add(l->faults, true, "%s:%d: [plugin %s] %s", l->config->file,
                 !l->mapped && o->row_line != 0 ? o->row_line : o->line, l->from->name, text);
}

/* --- the file --- */

static void judge_entry(const struct loading *l, const char *path, bool is_file) {
  struct stat st;
  const char *what = "the directory";

  if (is_file)
    what = "the file";
  if (stat(path, &st) < 0)
    fault(l, "%s: %s", path, strerror(errno));
  else if (is_file && !S_ISREG(st.st_mode))
    fault(l, "%s is not a regular file", path);
  else if (st.st_uid != 0 && st.st_uid != geteuid())
    fault(l,
          "%s %s belongs to user %u; it must belong to root or to the daemon's user, or they could "
          "put code into the daemon",
          what, path, (unsigned)st.st_uid);
  else if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (is_file || (st.st_mode & S_ISVTX) == 0))
    fault(l,
          "%s %s can be written by others (mode %04o); chmod go-w it, or they could put code into "
          "the daemon",
          what, path, (unsigned)st.st_mode & 07777);
}

/* "; did you mean '...'?" with a file beside the one that is not there, or nothing. */
static const char *near(const struct loading *l, char *text, size_t room) {
  const char *slash = strrchr(l->from->path, '/'), *file = slash + 1;
  _cleanup_free_ char *dir = mem_strndup(l->from->path, (size_t)(file - l->from->path));
  uint32_t best = 4; /* one less is the furthest; ".so" is the same in both */
  DIR *d = opendir(dir);

  *text = '\0';
  for (struct dirent *e; d && (e = readdir(d));) {
    size_t len = strlen(e->d_name);
    uint32_t far = edits(file, e->d_name, best);
    if (len <= 3 || strcmp(e->d_name + len - 3, ".so") != 0 || far >= best)
      continue;

    best = far;
    if (l->from->options.row_line != 0)
      snprintf(text, room, "; did you mean '%s%s'?", dir, e->d_name);
    else
      snprintf(text, room, "; did you mean [plugin %.*s]?", (int)len - 3, e->d_name);
  }

  if (d)
    closedir(d);

  return text;
}

/* The file and every directory above it: a user who may write in one of them can replace what is
 * below. */
static char *judge_path(const struct loading *l) {
  char *path = realpath(l->from->path, NULL);
  if (!path) {
    char meant[300];
    const char *why = strerror(errno);
    fault(l, "%s: %s; `path` says where the plugin's file is%s", l->from->path, why,
          near(l, meant, sizeof(meant)));
    return NULL;
  }

  judge_entry(l, path, true);
  for (char *at = path + 1; sound(l) && (at = strchr(at, '/')); at++) {
    *at = '\0';
    judge_entry(l, path, false);
    *at = '/';
  }

  return path;
}

/* How large the object is, as the linker says: a descriptor may not claim more. */
static size_t object_size(const void *object) {
  Dl_info info;
  const ElfW(Sym) *symbol = NULL;

  if (dladdr1(object, &info, (void **)&symbol, RTLD_DL_SYMENT) == 0 || !symbol)
    return 0;
  if (ELF64_ST_TYPE(symbol->st_info) == STT_OBJECT)
    return symbol->st_size;
  return 0;
}

static const struct needs_plugin *map(const struct loading *l, const char *path) {
  /* never closed: what it left behind may still point into it */
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    fault(l, "it cannot be linked: %s", dlerror());
    return NULL;
  }

  const struct needs_plugin *p = dlsym(handle, "needs_plugin");
  if (!p)
    fault(l, "%s exports no object needs_plugin, so it is no plugin", path);

  return p;
}

/* --- the descriptor --- */

static bool judge_head(const struct loading *l, const struct needs_plugin *p) {
  size_t has = object_size(p);
  if (has < offsetof(struct needs_plugin, name))
    fault(l, "needs_plugin is not an object that begins with abi and size");
  else if (p->abi != ABI)
    fault(l,
          "it was written against ABI %u, and this daemon has ABI %u; build it again with the "
          "daemon's needs_plugin.h",
          p->abi, ABI);
  else if (p->size > sizeof(*p))
    fault(l, "needs_plugin has %u bytes, and this daemon knows %zu: it was made for a newer needsd",
          p->size, sizeof(*p));
  else if (p->size < SMALLEST || p->size > has)
    fault(
        l,
        "needs_plugin.size is %u; it must be at least %zu and at most %zu, the size of the object",
        p->size, SMALLEST, has);
  else
    return true;

  return false;
}

static void judge_personal(const struct loading *l, const struct needs_plugin *p) {
  bool both = p->export_person && p->erase_person, any = p->export_person || p->erase_person;

  if (p->personal_data != NEEDS_STORES_NOTHING && p->personal_data != NEEDS_STORES_PEOPLE)
    fault(l, "it does not say whether it stores personal data; personal_data is "
             "NEEDS_STORES_NOTHING or NEEDS_STORES_PEOPLE");
  else if (p->personal_data == NEEDS_STORES_PEOPLE && !both)
    fault(l, "it stores personal data, so it must have both export_person and erase_person");
  else if (p->personal_data == NEEDS_STORES_NOTHING && any)
    fault(l, "it says that it stores nothing of a person, and has export_person or erase_person; "
             "one of these is wrong");
}

static bool is_word(const char *s, const char *chars, size_t max) {
  size_t n = strlen(s);
  return n >= 1 && n <= max && strspn(s, chars) == n;
}

static void judge_said(const struct loading *l, const struct needs_plugin *p) {
  if (!p->name)
    fault(l, "it has no name");
  else if (!is_word(p->name, "abcdefghijklmnopqrstuvwxyz0123456789-", NAME_MAX_CHARS))
    fault(l, "its name must be 1 to %d of a-z 0-9 -", NAME_MAX_CHARS);
  else if (strcmp(p->name, l->from->name) != 0)
    fault(l, "its name is '%s'; write [plugin %s], or give another path", p->name, p->name);

  if (!p->version || !p->help)
    fault(l, "it has no %s", !p->version ? "version" : "help");
  else if (!utf8_good(p->version, strlen(p->version)) || !utf8_good(p->help, strlen(p->help)))
    fault(l, "its version or its help is not UTF-8");

  if (!p->start)
    fault(l, "it has no start");
  if (p->reserved != 0)
    fault(l, "reserved is %u and must be 0", p->reserved);
  if (p->self_size < 1 || p->self_size > SELF_MAX)
    fault(l, "self_size is %zu; it must be from 1 to %zu", p->self_size, SELF_MAX);

  judge_personal(l, p);
}

/* --- its options --- */

static const struct {
  enum option_type type;
  size_t size;
} types[] = {[NEEDS_TEXT] = {OPTION_TEXT, sizeof(char *)},
             [NEEDS_PATH] = {OPTION_PATH, sizeof(char *)},
             [NEEDS_INT] = {OPTION_INT, sizeof(int32_t)},
             [NEEDS_WORD] = {OPTION_WORD, sizeof(int32_t)}};

static bool known_type(uint32_t type) {
  return type < ARRAY_LEN(types) && types[type].size > 0;
}

static void judge_row(const struct loading *l, const struct needs_plugin *p,
                      const struct needs_option *o) {
  if (!is_word(o->name, "abcdefghijklmnopqrstuvwxyz0123456789_", 64))
    fault(l, "the name of an option must be 1 to 64 of a-z 0-9 _, and one is '%.64s'", o->name);
  else if (strcmp(o->name, "path") == 0)
    fault(l, "it has an option `path`, which is the host's own");
  else if (!known_type(o->type))
    fault(l, "its option '%s' has the type %u, which this daemon does not know", o->name, o->type);
  else if (o->offset > p->self_size || p->self_size - o->offset < types[o->type].size ||
           o->offset % types[o->type].size != 0)
    fault(l, "its option '%s' lies at %zu, which is no place in the %zu bytes of self", o->name,
          o->offset, p->self_size);
  else if (o->required > 1 || !o->help)
    fault(l, "its option '%s' %s", o->name,
          !o->help ? "has no help" : "is neither required (1) nor not (0)");
  else if (o->type == NEEDS_INT && o->min > o->max)
    fault(l, "its option '%s' is bounded from %d to %d, so there is no value", o->name, o->min,
          o->max);
  else if (o->type == NEEDS_WORD && (!o->words || !o->words[0]))
    fault(l, "its option '%s' has no words", o->name);
}

static struct option_row row_of(const struct needs_option *o) {
  return (struct option_row){.name = o->name,
                             .type = types[o->type].type,
                             .offset = o->offset,
                             .fallback = o->fallback,
                             .min = o->min,
                             .max = o->max,
                             .words = o->words,
                             .required = o->required == 1,
                             .help = o->help};
}

static void judge_pair(const struct loading *l, const struct needs_option *a,
                       const struct needs_option *b) {
  if (strcmp(a->name, b->name) == 0)
    fault(l, "it has the option '%s' twice", a->name);
  else if (a->offset < b->offset + types[b->type].size &&
           b->offset < a->offset + types[a->type].size)
    fault(l, "its options '%s' and '%s' lie in the same place of self", a->name, b->name);
}

static void take_rows(const struct loading *l, struct plugin *p) {
  const struct needs_option *o = p->says.options;
  size_t n = 0;
  while (o && n <= OPTIONS_MAX && o[n].name)
    n++;

  if (n > OPTIONS_MAX) {
    fault(l, "it has more than %d options; the row after the last has the name NULL", OPTIONS_MAX);
    return;
  }

  for (size_t i = 0; i < n; i++)
    judge_row(l, &p->says, &o[i]);
  for (size_t i = 0; sound(l) && i < n; i++)
    for (size_t k = i + 1; k < n; k++)
      judge_pair(l, &o[i], &o[k]);

  if (!sound(l))
    return;

  p->rows = mem_array(n + 1, sizeof(*p->rows));
  p->section = (struct option_section){.name = "plugin", .rows = p->rows, .n_rows = n};

  for (size_t i = 0; i < n; i++) {
    p->rows[i] = row_of(&o[i]);
    const char *why = options_fallback_fault(&p->rows[i]);
    if (why)
      fault(l, "the fallback of its option '%s' is '%s'; it %s", o[i].name, o[i].fallback, why);
  }
}

static void fill_self(const struct loading *l, struct plugin *p) {
  char heading[80];
  snprintf(heading, sizeof(heading), "plugin %s", l->from->name);
  p->self = mem_alloc(p->says.self_size);
  options_take(l->config->file, heading, &l->from->options, &p->section, p->self, l->faults);
  p->filled = mem_dup(p->self, p->says.self_size);
}

int plugin_load(const struct config *c, const struct config_plugin *from, struct plugin *ret,
                struct fault_list *faults) {
  if (!from->path)
    return -EINVAL; /* the reader of the configuration has reported it */

  struct loading l = {c, from, faults, faults->errors, false};
  struct plugin p = {0};
  _cleanup_free_ char *path = judge_path(&l);
  const struct needs_plugin *says = NULL;

  if (sound(&l))
    says = map(&l, path);

  l.mapped = says != NULL;
  if (says && judge_head(&l, says)) {
    memcpy(&p.says, says, says->size);
    judge_said(&l, &p.says);
    if (sound(&l))
      take_rows(&l, &p);
    if (sound(&l))
      fill_self(&l, &p);
  }

  if (sound(&l)) {
    *ret = p;
    return 0;
  }

  plugin_finish(&p);

  return -EINVAL;
}

void plugin_finish(struct plugin *p) {
  if (p->filled)
    options_free(&p->section, p->filled);

  free(p->filled);
  free(p->self);
  free(p->rows);
  *p = (struct plugin){0};
}
