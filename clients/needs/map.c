/* map - see map.h. */
#include "map.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ini.h>

#include "cell.h"
#include "needs.h"
#include "text.h"

const char *const table_names[N_TABLES] = {"columns",   "competences", "levels",
                                           "evidence",  "roles",       "contracts",
                                           "employers", "yes-no",      "certificates"};

struct map_reader {
  FILE *file;
  struct map *m;
  int line;
  /* what [sheet] and [fixed] have said so far: "[section] name" and a line end, each */
  struct text seen;
  bool kind;  /* [sheet] has a line for the kind */
  char *text; /* of the line */
  size_t room;
};

/* A line for `faults` or `open`; `line` 0 is the file as a whole. */
static void note(const struct map_reader *r, struct text *into, int line, const char *why) {
  if (line)
    text_addf(into, "%s:%d: %s\n", r->m->path, line, why);
  else
    text_addf(into, "%s: %s\n", r->m->path, why);
}

static void wrong(struct map_reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void wrong(struct map_reader *r, const char *fmt, ...) {
  char *why;
  va_list ap;

  va_start(ap, fmt);
  if (vasprintf(&why, fmt, ap) < 0)
    abort();

  va_end(ap);

  note(r, &r->m->faults, r->line, why);
  free(why);
}

static void not_said(struct map_reader *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void not_said(struct map_reader *r, const char *fmt, ...) {
  char *why;
  va_list ap;

  va_start(ap, fmt);
  if (vasprintf(&why, fmt, ap) < 0)
    abort();

  va_end(ap);

  note(r, &r->m->open, r->line, why);
  free(why);
}

/* False after a fault: another line has said it already. */
static bool said_once(struct map_reader *r, const char *section, const char *name) {
  struct text line = {0};
  text_addf(&line, "[%s] %s\n", section, name);
  bool twice = r->seen.s && strstr(r->seen.s, line.s);

  if (twice)
    wrong(r, "'%s' appears twice under [%s]; keep one line", name, section);

  text_add(&r->seen, line.s);
  text_finish(&line);

  return !twice;
}

/* --- the text, made safe for the reader --- */

/* The reader splits at the first = or : and cuts at " ;": inside double quotes these are hidden
 * from it. */
static const char hidden[] = "=:;#", hiding[] = "\x01\x02\x03\x04";

static void swap(char *s, const char *from, const char *to) {
  for (; *s; s++) {
    const char *at = strchr(from, *s);
    if (at)
      *s = to[at - from];
  }
}

static void hide_quoted(char *s) {
  for (char *p = s + strspn(s, " \t"); *p; p++) {
    char *end = NULL;
    if (*p == '"')
      end = strchr(p + 1, '"');

    if (!end)
      continue;

    *end = '\0';
    swap(p + 1, hidden, hiding);
    *end = '"';
    p = end;
  }
}

/* Why the reader must not have this line; NULL = it may. It cuts long lines silently and stops at a
 * NUL. */
static const char *unreadable(const char *line, size_t len, size_t room) {
  if (memchr(line, '\0', len))
    return "the line contains a NUL character; retype it";
  if (len >= room)
    return "the line is too long";
  if (text_is_utf8(line, len))
    return NULL;
  return "the line is not UTF-8; save the mapping as UTF-8";
}

/* The reader joins indented lines, so they are moved to the left. */
static char *read_line(char *s, int n, void *stream) {
  struct map_reader *r = stream;
  ssize_t len = getline(&r->text, &r->room, r->file);
  if (len <= 0)
    return NULL;

  r->line++;

  const char *why = unreadable(r->text, (size_t)len, (size_t)n);
  if (why)
    wrong(r, "%s", why);

  snprintf(s, (size_t)n, "%s", why ? "\n" : r->text);
  size_t indent = strspn(s, " \t");
  memmove(s, s + indent, strlen(s + indent) + 1);
  hide_quoted(s);

  return s;
}

static char *shown(const char *s) {
  char *copy = copy_text(text_or(s, ""));
  size_t len = strlen(copy);
  if (len >= 2 && *copy == '"' && copy[len - 1] == '"') {
    memmove(copy, copy + 1, len - 2);
    copy[len - 2] = '\0';
  }

  swap(copy, hiding, hidden);

  return copy;
}

/* --- what the lines say --- */

static bool kind_said(struct map_reader *r, const char *value) {
  for (int k = 0; k < N_KINDS; k++)
    if (!strcmp(value, kind_names[k])) {
      r->m->kind = (enum kind)k;
      return true;
    }

  wrong(r, "kind is ratings, grid, staff or certificates, not '%s'", value);
  return false;
}

static void sheet_said(struct map_reader *r, const char *name, const char *value) {
  struct map *m = r->m;
  bool known = !strcmp(name, "kind") || !strcmp(name, "dates") || !strcmp(name, "scale");

  if (!strcmp(name, "kind"))
    r->kind = true;

  if (known && !said_once(r, "sheet", name))
    return;

  if (known && !*value)
    not_said(r, "[sheet] %s has no meaning yet", name);
  else if (!strcmp(name, "kind"))
    kind_said(r, value);
  else if (!strcmp(name, "dates") &&
           (!strcmp(value, "day-first") || !strcmp(value, "month-first"))) {
    m->order_said = true;
    m->month_first = *value == 'm';
  } else if (!strcmp(name, "dates"))
    wrong(r, "dates is day-first or month-first, not '%s'", value);
  else if (!strcmp(name, "scale") && (!strcmp(value, "levels") || !strcmp(value, "words"))) {
    m->scale_said = true;
    m->numbers = *value == 'l';
  } else if (!strcmp(name, "scale"))
    wrong(r,
          "scale is levels (numbers are the framework's own, 0 the lowest) or words (only what "
          "[levels] says), not '%s'",
          value);
  else
    wrong(r, "'%s' is not known; [sheet] has kind, dates and scale", name);
}

static void fixed_said(struct map_reader *r, const char *name, const char *value) {
  enum field f = field_named(name);
  if (f == F_NONE || f == F_PERSON) {
    wrong(
        r,
        "'%s' cannot be fixed; write a column's name such as date, evidence, by, level or employer",
        name);
    return;
  }
  if (!said_once(r, "fixed", name))
    return;

  if (*value)
    r->m->fixed[f] = copy_text(value);
  else
    not_said(r, "[fixed] %s has no meaning yet", name);
}

bool meaning_split(const char *means, char ret_first[MEANING_MAX], const char **ret_rest) {
  size_t n = strcspn(means, " ");
  if (!n || n >= MEANING_MAX)
    return false;

  snprintf(ret_first, MEANING_MAX, "%.*s", (int)n, means);
  *ret_rest = means + n + strspn(means + n, " ");

  return true;
}

static bool good_level(const char *means) {
  return !strcmp(means, "unrated") || cell_whole(means) >= 0;
}

static bool good_column(const char *means) {
  return !strcmp(means, "ignore") || field_named(means) != F_NONE;
}

static bool good_flag(const char *means) {
  return cell_flag(means) >= 0;
}

static bool good_certificate(const char *means) {
  char first[MEANING_MAX];
  const char *rest;
  return meaning_split(means, first, &rest) && *rest &&
         (!strcmp(first, "unit") || !strcmp(first, "qualification") ||
          !strcmp(first, "competence"));
}

static const struct {
  bool (*good)(const char *means);
  const char *right;
} checks[N_TABLES] = {
    [T_COLUMNS] = {good_column, "a column means person, date, competence, level, evidence, by ... "
                                "(needs map lists them) or ignore"},
    [T_LEVELS] = {good_level, "a level is a whole number on the framework's scale, or unrated"},
    [T_YES_NO] = {good_flag, "write yes or no"},
    [T_CERTIFICATES] = {good_certificate,
                        "write unit CODE, qualification CODE, or competence CODE LEVEL"},
};

struct meaning *map_add(struct map *m, enum table_of t, const char *word, const char *means) {
  if (m->n == m->cap) {
    if (m->cap)
      m->cap = m->cap * 2;
    else
      m->cap = 32;
    m->meanings = more_memory(m->meanings, m->cap * sizeof *m->meanings);
  }

  m->meanings[m->n] = (struct meaning){
      .table = t, .word = copy_text(word), .key = word_key(word), .means = copy_text(means)};
  return &m->meanings[m->n++];
}

/* A long text may be cut with three dots. */
bool same_word(const char *said, const char *key) {
  size_t n = strlen(said);
  return !strcmp(said, key) ||
         (n > 3 && !strcmp(said + n - 3, "...") && !strncmp(said, key, n - 3));
}

static const struct meaning *find(const struct map *m, enum table_of t, const char *key) {
  for (size_t i = 0; m && i < m->n; i++)
    if (m->meanings[i].table == t && same_word(m->meanings[i].key, key))
      return &m->meanings[i];
  return NULL;
}

static void word_said(struct map_reader *r, enum table_of t, const char *word, const char *means) {
  char *key = word_key(word);
  const struct meaning *there = find(r->m, t, key);
  if (there && strcmp(there->means, means))
    wrong(r, "'%s' already has a meaning: %s", word, *there->means ? there->means : "(none)");
  else if (*means && checks[t].good && !checks[t].good(means))
    wrong(r, "'%s = %s': %s", word, means, checks[t].right);
  else if (!there)
    map_add(r->m, t, word, means);

  if (!there && !*means && t != T_ROLES)
    not_said(r, "[%s] '%s' has no meaning yet", table_names[t], word);

  free(key);
}

static int on_line(void *arg, const char *section, const char *name, const char *value) {
  struct map_reader *r = arg;
  char *word = shown(name), *means = shown(value);
  int t = 0;

  while (t < N_TABLES && strcmp(section, table_names[t]))
    t++;
  if (t < N_TABLES)
    word_said(r, (enum table_of)t, word, means);
  else if (!strcmp(section, "sheet"))
    sheet_said(r, word, means);
  else if (!strcmp(section, "fixed"))
    fixed_said(r, word, means);
  else
    wrong(r,
          "there is no section [%s]; there are sheet, fixed, columns, competences, levels, "
          "evidence, roles, contracts, "
          "employers, yes-no "
          "and certificates",
          section);

  free(word);
  free(means);

  return 1;
}

/* --- numbers that mean levels --- */

static int number_said(const struct meaning *m) {
  if (m->table == T_LEVELS && *m->means)
    return cell_whole(m->key);
  return -1;
}

bool map_numbers(const struct map *m, struct text *ret) {
  bool any = false;

  for (size_t i = 0; m && i < m->n; i++) {
    if (number_said(&m->meanings[i]) < 0)
      continue;
    if (ret)
      text_addf(ret, "%s%s", comma(any), m->meanings[i].key);
    any = true;
  }

  return any;
}

static const struct meaning *renumbered(const struct map *m) {
  for (size_t i = 0; m && i < m->n; i++) {
    int number = number_said(&m->meanings[i]), level = cell_whole(m->meanings[i].means);
    if (number >= 0 && level >= 0 && number != level)
      return &m->meanings[i];
  }

  return NULL;
}

bool map_renumbers(const struct map *m) {
  return renumbered(m) != NULL;
}

/* Half of the numbers would be read by one scale and half by another. */
static void check_scale(struct map_reader *r) {
  const struct map *m = r->m;
  const struct meaning *x = NULL;

  if (m->scale_said && m->numbers)
    x = renumbered(m);
  if (x)
    wrong(r,
          "scale = levels takes numbers as levels, but [levels] maps %s to %s; write scale = words "
          "and a line for each number",
          x->word, x->means);
}

/* --- files --- */

static void add_directory(struct text *path) {
  const char *dir = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
  if (dir && *dir)
    text_addf(path, "%s/needs/maps", dir);
  else
    text_addf(path, "%s/.config/needs/maps", text_or(home, ""));
}

char *map_path(const char *name) {
  struct text path = {0};
  if (strpbrk(name, "/."))
    return copy_text(name);

  add_directory(&path);
  text_addf(&path, "/%s.map", name);

  return path.s;
}

static bool has_person(const struct map *m) {
  for (size_t i = 0; i < m->n; i++)
    if (m->meanings[i].table == T_COLUMNS && !strcmp(m->meanings[i].means, "person"))
      return true;
  return false;
}

/* Names the line that the reader stopped at, quoting it. */
static void wrong_line(struct map_reader *r) {
  rewind(r->file);
  for (size_t i = 0; i < (size_t)r->line; i++)
    if (getline(&r->text, &r->room, r->file) <= 0)
      *r->text = '\0';

  int len = (int)strcspn(r->text, "\r\n");
  wrong(r, "not a mapping line: '%.*s'; write text = meaning", len, r->text);
}

static void read_lines(struct map_reader *r) {
  int bad = ini_parse_stream(read_line, r, on_line, r);
  int why = 0;

  if (ferror(r->file))
    why = errno;

  if (bad > 0)
    r->line = bad;
  else
    r->line = 0;

  if (bad > 0)
    wrong_line(r);

  r->line = 0;
  if (why)
    wrong(r, "cannot be read to its end: %s", strerror(why));
  if (r->m->faults.len)
    return; /* what else is missing may be on the line that has the fault */

  if (!r->kind)
    wrong(r, "[sheet] does not say the kind: ratings, grid, staff or certificates");

  check_scale(r);
  if (!has_person(r->m))
    not_said(r, "[columns] does not say which heading is the person's id; write heading = person");
}

bool map_read(struct map *m, const char *name) {
  *m = (struct map){.path = map_path(name), .kind = KIND_UNKNOWN};
  struct map_reader r = {.file = fopen(m->path, "re"), .m = m};

  if (r.file) {
    read_lines(&r);
    fclose(r.file);
  } else
    wrong(&r, "the mapping cannot be read: %s", strerror(errno));

  text_finish(&r.seen);
  free(r.text);

  return !m->faults.len;
}

void map_complain(const struct text *lines) {
  for (const char *line = lines->s; line && *line;) {
    int len = (int)strcspn(line, "\n");
    complain("%.*s", len, line);
    line += len + (line[len] == '\n');
  }
}

int map_load(struct map *m, const char *name) {
  if (map_read(m, name))
    return 0;
  map_complain(&m->faults);
  return EXIT_USAGE;
}

const char *map_meaning(const struct map *m, enum table_of t, const char *word) {
  if (!m)
    return NULL;

  char *key = word_key(word);
  const struct meaning *found = find(m, t, key);

  free(key);
  if (found)
    return found->means;
  return NULL;
}

void map_finish(struct map *m) {
  for (size_t i = 0; i < m->n; i++) {
    free(m->meanings[i].word);
    free(m->meanings[i].key);
    free(m->meanings[i].means);
  }

  for (int f = 0; f < N_FIELDS; f++)
    free(m->fixed[f]);

  free(m->meanings);
  free(m->path);
  text_finish(&m->faults);
  text_finish(&m->open);
  *m = (struct map){0};
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

char **map_saved(size_t *ret_n) {
  struct text path = {0};
  char **names = get_memory(sizeof *names);
  size_t n = 0;

  add_directory(&path);
  DIR *d = opendir(path.s);
  if (!d && errno != ENOENT) {
    complain("cannot read the saved mappings in %s: %s", path.s, strerror(errno));
    free(names);
    names = NULL;
  }

  for (struct dirent *e; d && (e = readdir(d));) {
    size_t len = strlen(e->d_name);
    if (*e->d_name == '.' || len < 5 || strcmp(e->d_name + len - 4, ".map"))
      continue;

    names = more_memory(names, (n + 1) * sizeof *names);
    names[n] = copy_text(e->d_name);
    names[n++][len - 4] = '\0';
  }

  if (d)
    closedir(d);

  text_finish(&path);
  if (n)
    qsort(names, n, sizeof *names, by_name);

  *ret_n = n;

  return names;
}

static void make_directories(const char *path) {
  char *copy = copy_text(path);
  for (char *p = copy + 1; *p; p++)
    if (*p == '/') {
      *p = '\0';
      mkdir(copy, 0700);
      *p = '/';
    }

  free(copy);
}

static bool good_name(const char *name) {
  size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
  return n && !name[n] && n <= 64;
}

int map_save(const char *name, const char *text, bool over) {
  if (!good_name(name)) {
    complain("--save: a mapping's name is letters, digits, - and _, not '%s'", name);
    return EXIT_USAGE;
  }

  char *path = map_path(name);
  make_directories(path);
  FILE *f = fopen(path, over ? "we" : "wxe");
  int bad = errno;

  if (f)
    bad = 0;
  if (f && (fputs(text, f) < 0))
    bad = errno;
  if (f && fclose(f) && !bad)
    bad = errno;
  if (bad == EEXIST)
    complain("the mapping %s already exists: edit %s, or choose another name", name, path);
  else if (bad)
    complain("cannot write %s: %s", path, strerror(bad));

  free(path);
  if (bad)
    return EXIT_USAGE;

  return 0;
}

int map_remove(const char *name) {
  char *path = NULL;
  if (good_name(name))
    path = map_path(name);

  int bad;

  if (!path || unlink(path)) {
    if (path)
      bad = errno;
    else
      bad = ENOENT;
  } else
    bad = 0;

  if (bad == ENOENT)
    complain("there is no saved mapping '%s'; needs map --list shows them", name);
  else if (bad)
    complain("cannot remove %s: %s", path, strerror(bad));

  free(path);
  if (bad)
    return EXIT_USAGE;

  return 0;
}
