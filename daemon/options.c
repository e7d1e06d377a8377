/* options - an INI file read into structs by rows. See options.h.
 *
 * libinih splits name, value and inline comment. It gives no line numbers, cuts long lines and long
 * section names in silence, takes an indented line for the rest of the one before, and says nothing
 * of empty sections. So every line passes file_next_line first: it counts, refuses what would be
 * cut, and opens the sections itself. */
#include "options.h"

#include "base/code.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX_BYTES (1024 * 1024)
#define LINE_MAX_BYTES 190  /* libinih: 199 with line end */
#define SOCKET_PATH_MAX 100 /* sun_path holds 108 */

/* Where the file gives one option: under its name, and under its old name. */
struct row_state {
  int line, old_line; /* 0: not given */
  char *value;        /* as written first; NULL where the row has no old name */
};
/* One section as it occurs in the file. */
struct occurrence {
  const struct option_section *section; /* NULL: unknown, its options are passed over */
  char *heading;                        /* "authority 888" */
  int line;
  void *target;
  struct row_state *rows; /* one for each row of the section */
};
struct file {
  const char *path;
  char *text;
  size_t len, at;
  int line;
  const struct option_section *sections;
  size_t n_sections;
  option_target *target;
  void *arg;
  struct fault_list *faults;
  struct occurrence *occurrences;
  size_t n, cap;
  bool look; /* whether what is named is there */
  size_t missing;
};

#define FAULT(f, fmt, ...)                                                                         \
  fault_list_add((f)->faults, true, "%s:%d: " fmt, (f)->path, (f)->line, __VA_ARGS__)

/* --- words --- */

static bool is_code(const char *s) {
  return is_name(s, strlen(s), CODE_MAX, false);
}

static const char *nearest_option(const struct option_section *section, const char *name) {
  struct nearest near = nearest_to(name);
  for (size_t i = 0; i < section->n_rows; i++)
    nearest_try(&near, section->rows[i].name);
  return nearest_best(&near);
}

/* --- values: NULL when good, else what would be right --- */

typedef const char *take_value(const struct option_row *row, const char *value, void *member);

static const char *take_text(const struct option_row *row, const char *value, void *member) {
  (void)row;
  if (*value == '\0')
    return "must not be empty";
  if (!utf8_good(value, strlen(value)))
    return "must be UTF-8";

  for (const char *p = value; *p != '\0'; p++)
    if ((unsigned char)*p < 0x20 || *p == 0x7f)
      return "must not hold control characters";

  *(char **)member = mem_strdup(value);

  return NULL;
}

static const char *take_path(const struct option_row *row, const char *value, void *member) {
  if (*value != '/')
    return "must be an absolute path, such as /var/lib/needsd";
  return take_text(row, value, member);
}

static const char *take_endpoint(const struct option_row *row, const char *value, void *member) {
  if (strncmp(value, "tcp://", 6) == 0)
    return "may not be tcp:// in this release: a network endpoint needs CURVE keys, which it does "
           "not have yet; use ipc:///PATH";
  if (strncmp(value, "ipc:///", 7) != 0 || value[7] == '\0')
    return "must be ipc:// and an absolute path, such as ipc:///run/needsd/door";
  if (strlen(value + 6) > SOCKET_PATH_MAX)
    return "has a path longer than 100 characters, which no socket can have";
  if (strstr(value + 6, "://"))
    return "must name one endpoint; this release listens at one only";
  return take_text(row, value, member);
}

static const char *take_int(const struct option_row *row, const char *value, void *member) {
  static char why[80];
  int64_t v = 0;
  size_t len = strlen(value);
  bool digits = len > 0 && len <= 10 && strspn(value, "0123456789") == len;

  for (const char *p = value; digits && *p != '\0'; p++)
    v = v * 10 + (*p - '0');

  if (!digits || v < row->min || v > row->max) {
    snprintf(why, sizeof(why), "must be a whole number from %d to %d", row->min, row->max);
    return why;
  }

  *(int32_t *)member = (int32_t)v;

  return NULL;
}

static const char *take_word(const struct option_row *row, const char *value, void *member) {
  static char why[160];
  int used = snprintf(why, sizeof(why), "must be one of");

  for (int32_t i = 0; row->words[i]; i++) {
    if (strcmp(row->words[i], value) == 0) {
      *(int32_t *)member = i;
      return NULL;
    }

    used += snprintf(why + used, sizeof(why) - (size_t)used, "%s %s", i > 0 ? "," : "",
                     row->words[i]);
  }

  return why;
}

static const struct {
  take_value *take;
  const char *doc; /* as needsd.conf(5) names the value */
  bool is_string;
} types[] = {
    [OPTION_TEXT] = {take_text, "TEXT", true},
    [OPTION_PATH] = {take_path, "PATH", true},
    [OPTION_ENDPOINT] = {take_endpoint, "ipc://PATH", true},
    [OPTION_INT] = {take_int, "NUMBER", false},
    [OPTION_WORD] = {take_word, NULL, false},
};

/* --- places: NULL when there, else what to do --- */

static const char *dir_fault(const char *path) {
  struct stat st;
  if (stat(path, &st) < 0)
    return strerror(errno);
  if (S_ISDIR(st.st_mode))
    return NULL;
  return "it is not a directory";
}

static const char *place_directory(const char *value) {
  static char why[400];
  const char *fault = dir_fault(value);
  if (fault)
    snprintf(why, sizeof(why), "must be a directory that is there: %s", fault);

  if (fault)
    return why;
  return NULL;
}

static const char *place_in_directory(const char *value) {
  static char why[PATH_MAX + 200];
  const char *path = strncmp(value, "ipc://", 6) == 0 ? value + 6 : value,
             *end = path + strlen(path);
  while (end > path + 1 && end[-1] == '/')
    end--;
  while (end > path && end[-1] != '/')
    end--;

  _cleanup_free_ char *above = mem_strndup(path, end > path + 1 ? (size_t)(end - path) - 1 : 1);
  const char *fault = dir_fault(above);
  if (fault)
    snprintf(
        why, sizeof(why),
        "lies in %s, which cannot be used: %s; make that directory first, for the daemon's user",
        above, fault);

  if (fault)
    return why;

  return NULL;
}

static const char *place_new(const char *value) {
  struct stat st;
  if (stat(value, &st) == 0)
    return place_directory(value);
  return place_in_directory(value);
}

static const char *(*const places[])(const char *value) = {[PLACE_DIRECTORY] = place_directory,
                                                           [PLACE_NEW] = place_new,
                                                           [PLACE_SOCKET] = place_in_directory};

static void *member_of(const struct option_row *row, void *target) {
  return (char *)target + row->offset;
}

/* --- sections --- */

static const struct option_section *find_section(const struct file *f, const char *name,
                                                 size_t len) {
  for (size_t i = 0; i < f->n_sections; i++)
    if (strlen(f->sections[i].name) == len && memcmp(f->sections[i].name, name, len) == 0)
      return &f->sections[i];
  return NULL;
}

static void say_unknown_section(struct file *f, const char *heading) {
  struct buf known = {0};
  for (size_t i = 0; i < f->n_sections; i++) {
    if (i > 0)
      buf_puts(&known, ", ");
    buf_printf(&known, "[%s%s]", f->sections[i].name, f->sections[i].many ? " CODE" : "");
  }

  FAULT(f, "unknown section [%s]; there are %s", heading, buf_cstr(&known));
  buf_finish(&known);
}

/* The section that `heading` names; NULL after saying what is wrong. */
static const struct option_section *judge_heading(struct file *f, const char *heading,
                                                  const char **ret_code) {
  size_t len = strcspn(heading, " \t");
  const char *code = heading + len + strspn(heading + len, " \t");
  const struct option_section *section = find_section(f, heading, len);
  if (!section)
    say_unknown_section(f, heading);
  else if (!section->many && *code != '\0')
    FAULT(f, "[%s] takes no code; write [%s]", heading, section->name);
  else if (section->many && !is_code(code))
    FAULT(f, "[%s] needs a code of 1 to 64 letters, digits, '.', '_' or '-', such as [%s 888]",
          heading, section->name);
  else {
    if (section->many)
      *ret_code = code;
    else
      *ret_code = NULL;
    return section;
  }

  return NULL;
}

static const struct occurrence *find_occurrence(const struct file *f, const char *heading) {
  for (size_t i = 0; i < f->n; i++)
    if (strcmp(f->occurrences[i].heading, heading) == 0)
      return &f->occurrences[i];
  return NULL;
}

static char *spell_heading(const struct option_section *section, const char *code,
                           const char *as_written) {
  struct buf b = {0};

  if (!section)
    buf_puts(&b, as_written);
  else if (code)
    buf_printf(&b, "%s %s", section->name, code);
  else
    buf_puts(&b, section->name);

  buf_cstr(&b);

  return (char *)b.data;
}

static struct option_list *later_list(const struct option_section *section, void *target) {
  return (void *)((char *)target + section->later_offset);
}

static void open_section(struct file *f, const char *as_written) {
  const char *code = NULL;
  const struct option_section *section = judge_heading(f, as_written, &code);
  char *heading = spell_heading(section, code, as_written);
  const struct occurrence *first = NULL;

  if (section)
    first = find_occurrence(f, heading);
  if (first) {
    FAULT(f, "[%s] is there twice; the first is on line %d", heading, first->line);
    section = NULL;
  }

  f->occurrences = mem_grow(f->occurrences, &f->cap, f->n + 1, sizeof(*f->occurrences));
  struct occurrence *o = &f->occurrences[f->n++];
  *o = (struct occurrence){.section = section, .heading = heading, .line = f->line};
  if (!section)
    return;

  o->target = f->target(f->arg, section, code);
  if (section->later)
    later_list(section, o->target)->line = f->line;

  o->rows = mem_array(section->n_rows, sizeof(*o->rows));
}

static void keep_option(struct file *f, const struct occurrence *o, const char *name,
                        const char *value) {
  struct option_list *list = later_list(o->section, o->target);
  for (size_t i = 0; i < list->n; i++) {
    if (strcmp(list->items[i].name, name) != 0)
      continue;
    FAULT(f, "'%s' is there twice in [%s]; the first is on line %d", name, o->heading,
          list->items[i].line);
    return;
  }

  list->items = mem_grow(list->items, &list->cap, list->n + 1, sizeof(*list->items));
  list->items[list->n++] = (struct option_given){mem_strdup(name), mem_strdup(value), f->line};
}

static void judge_place(struct file *f, const struct option_row *row, const char *value) {
  const char *why = places[row->place](value);
  bool is_error = row->place != PLACE_SOCKET;

  if (!why)
    return;

  fault_list_add(f->faults, is_error, "%s:%d: '%s' is '%s'; it %s", f->path, f->line, row->name,
                 value, why);
  if (is_error)
    f->missing++;
}

static bool is_old_name(const struct option_row *row, const char *name) {
  return row->old_name && strcmp(row->old_name, name) == 0;
}

/* Notes that the file gives the option here. False when the value is not to be taken: it was given
 * before, under this name or the other one, and a fault says so where that is wrong. */
static bool note_given(struct file *f, const struct occurrence *o, size_t at, const char *name,
                       const char *value) {
  const struct option_row *row = &o->section->rows[at];
  struct row_state *given = &o->rows[at];
  int *line = &given->line;

  if (is_old_name(row, name))
    line = &given->old_line;

  if (*line != 0) {
    FAULT(f, "'%s' is there twice in [%s]; the first is on line %d", name, o->heading, *line);
    return false;
  }

  *line = f->line;
  if (!row->old_name)
    return true;

  bool is_old = line == &given->old_line;
  if (is_old)
    fault_list_add(f->faults, false,
                   "%s:%d: '%s' is the old name of '%s'; write '%s', since a later release does "
                   "not read the old name",
                   f->path, f->line, name, row->name, row->name);

  if (!given->value) {
    given->value = mem_strdup(value);
    return true;
  }

  if (strcmp(given->value, value) != 0)
    FAULT(f,
          "'%s' and '%s' are one option, the old name and the new, and they differ: '%s' on line "
          "%d, '%s' here; keep '%s'",
          row->old_name, row->name, given->value, is_old ? given->line : given->old_line, value,
          row->name);

  return false;
}

static void take_option(struct file *f, const struct occurrence *o, size_t at, const char *name,
                        const char *value) {
  const struct option_row *row = &o->section->rows[at];

  if (!note_given(f, o, at, name, value))
    return;
  if (o->section->later)
    later_list(o->section, o->target)->row_line = f->line;

  const char *why = types[row->type].take(row, value, member_of(row, o->target));
  if (why)
    FAULT(f, "'%s' is '%s'; it %s", name, value, why);
  else if (f->look && row->place != PLACE_ANY)
    judge_place(f, row, value);
}

static void set_option(struct file *f, const struct occurrence *o, const char *name,
                       const char *value) {
  const struct option_section *section = o->section;
  for (size_t i = 0; i < section->n_rows; i++) {
    const struct option_row *row = &section->rows[i];
    if (strcmp(row->name, name) == 0 || is_old_name(row, name)) {
      take_option(f, o, i, name, value);
      return;
    }
  }

  if (section->later) {
    keep_option(f, o, name, value);
    return;
  }

  const char *near = nearest_option(section, name);
  if (near)
    FAULT(f, "unknown option '%s' in [%s]; did you mean '%s'?", name, o->heading, near);
  else
    FAULT(f, "unknown option '%s' in [%s]", name, o->heading);
}

static void fill_in(struct file *f, struct occurrence *o) {
  for (size_t i = 0; o->section && i < o->section->n_rows; i++) {
    const struct option_row *row = &o->section->rows[i];
    if (o->rows[i].line != 0 || o->rows[i].old_line != 0)
      continue;

    f->line = o->line;
    if (row->required)
      FAULT(f, "[%s] has no '%s', which is required: %s", o->heading, row->name, row->help);
    else if (row->fallback)
      types[row->type].take(row, row->fallback, member_of(row, o->target));
  }
}

/* --- the file, line by line --- */

static int on_option(void *user, const char *section, const char *name, const char *value) {
  /* cut to 49 characters and not told for empty sections: ours are opened line by line */
  (void)section;
  struct file *f = user;
  struct occurrence *o = NULL;

  if (f->n > 0)
    o = &f->occurrences[f->n - 1];
  if (!o)
    FAULT(f, "'%s' is before any section", name);
  else if (o->section)
    set_option(f, o, name, value);

  return 1;
}

/* "[heading] ; comment" */
static void take_heading(struct file *f, char *line) {
  char *end = strchr(line, ']');
  if (!end) {
    FAULT(f, "'%s' has no closing ']'", line);
    return;
  }

  const char *rest = end + 1 + strspn(end + 1, " \t");
  if (*rest != '\0' && *rest != ';' && *rest != '#')
    FAULT(f, "'%s' after the section's ']'", rest);

  *end = '\0';
  char *heading = line + 1 + strspn(line + 1, " \t");
  for (char *p = end; p > heading && (p[-1] == ' ' || p[-1] == '\t'); p--)
    p[-1] = '\0';

  open_section(f, heading);
}

/* True when libinih is to see the line. */
static bool judge_line(struct file *f, char *line, size_t len) {
  if (*line == '\0' || *line == ';' || *line == '#')
    return false;
  if (*line == '[') {
    take_heading(f, line);
    return false;
  }

  if (strlen(line) != len)
    FAULT(f, "there is a zero byte in '%s'", line);
  else if (!utf8_good(line, strlen(line)))
    FAULT(f, "%s", "the line is not UTF-8");
  else if (len > LINE_MAX_BYTES)
    FAULT(f, "the line has %zu characters; at most %d are read", len, LINE_MAX_BYTES);
  else if (!strpbrk(line, "=:"))
    FAULT(f, "'%s' is neither 'option = value' nor a [section]", line);
  else
    return true;

  return false;
}

/* The reader that libinih calls for each line, like fgets. A line that it is not to see comes as an
 * empty one. */
static char *next_line(char *out, int room, void *stream) {
  struct file *f = stream;
  if (f->at >= f->len)
    return NULL;

  char *start = f->text + f->at, *end = memchr(start, '\n', f->len - f->at);
  size_t len = end ? (size_t)(end - start) : f->len - f->at;

  f->at += len + 1;
  f->line++;
  while (len > 0 && (start[len - 1] == '\r' || start[len - 1] == ' ' || start[len - 1] == '\t'))
    len--;
  while (len > 0 && (*start == ' ' || *start == '\t')) {
    start++;
    len--;
  }

  start[len] = '\0';
  snprintf(out, (size_t)room, "%s\n", judge_line(f, start, len) ? start : "");

  return out;
}

static int read_whole(struct file *f, int fd) {
  struct stat st;
  if (fstat(fd, &st) < 0)
    return -errno;
  if (!S_ISREG(st.st_mode))
    return -ENOTSUP;
  if (st.st_size > FILE_MAX_BYTES)
    return -EFBIG;

  f->text = mem_alloc((size_t)st.st_size + 1);
  while (f->len < (size_t)st.st_size) {
    ssize_t n = read(fd, f->text + f->len, (size_t)st.st_size - f->len);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return -errno;
    if (n == 0)
      break;

    f->len += (size_t)n;
  }

  /* a byte-order mark is not part of the first line */
  if (f->len >= 3 && memcmp(f->text, "\xef\xbb\xbf", 3) == 0)
    f->at = 3;

  return 0;
}

static void occurrence_finish(struct occurrence *o) {
  for (size_t i = 0; o->rows && i < o->section->n_rows; i++)
    free(o->rows[i].value);

  free(o->rows);
  free(o->heading);
}

static void file_finish(struct file *f) {
  for (size_t i = 0; i < f->n; i++) {
    occurrence_finish(&f->occurrences[i]);
  }

  free(f->occurrences);
  free(f->text);
}

static int read_file(struct file *ret, struct fault_list *faults) {
  struct file f = *ret;
  const char *path = f.path;
  size_t before = faults->errors;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  int r = fd < 0 ? -errno : read_whole(&f, fd);

  if (fd >= 0)
    close(fd);
  if (r < 0) {
    fault_list_add(faults, true, "%s: cannot be read: %s", path,
                   r == -ENOTSUP ? "it is not a regular file" : strerror(-r));
  } else {
    ini_parse_stream(next_line, &f, on_option, &f);
    for (size_t i = 0; i < f.n; i++)
      fill_in(&f, &f.occurrences[i]);
    if (faults->errors > before)
      r = -EINVAL;
    else
      r = 0;
  }

  file_finish(&f);
  ret->missing = f.missing;

  return r;
}

int options_read(const char *path, const struct option_section *sections, size_t n,
                 option_target *target, void *arg, struct fault_list *faults) {
  struct file f = {.path = path,
                   .sections = sections,
                   .n_sections = n,
                   .target = target,
                   .arg = arg,
                   .faults = faults};
  return read_file(&f, faults);
}

int options_read_places(const char *path, const struct option_section *sections, size_t n,
                        option_target *target, void *arg, struct fault_list *faults,
                        size_t *ret_missing) {
  struct file f = {.path = path,
                   .sections = sections,
                   .n_sections = n,
                   .target = target,
                   .arg = arg,
                   .faults = faults,
                   .look = true};
  int r = read_file(&f, faults);
  *ret_missing = f.missing;
  return r;
}

int options_take(const char *path, const char *heading, const struct option_list *given,
                 const struct option_section *section, void *target, struct fault_list *faults) {
  struct file f = {.path = path, .faults = faults};
  size_t before = faults->errors;
  struct occurrence o = {
      .section = section, .heading = mem_strdup(heading), .line = given->line, .target = target};

  o.rows = mem_array(section->n_rows, sizeof(*o.rows));
  for (size_t i = 0; i < given->n; i++) {
    f.line = given->items[i].line;
    set_option(&f, &o, given->items[i].name, given->items[i].value);
  }

  fill_in(&f, &o);
  occurrence_finish(&o);
  if (faults->errors > before)
    return -EINVAL;

  return 0;
}

const char *options_fallback_fault(const struct option_row *row) {
  union {
    char *text;
    int32_t number;
  } value = {NULL};
  const char *why = NULL;
  if (row->fallback)
    why = types[row->type].take(row, row->fallback, &value);
  if (!why && types[row->type].is_string)
    free(value.text);

  return why;
}

static void free_list(struct option_list *list) {
  for (size_t i = 0; i < list->n; i++) {
    free(list->items[i].name);
    free(list->items[i].value);
  }

  free(list->items);
  *list = (struct option_list){0};
}

void options_free(const struct option_section *section, void *target) {
  if (section->later)
    free_list(later_list(section, target));
  for (size_t i = 0; i < section->n_rows; i++) {
    if (!types[section->rows[i].type].is_string)
      continue;
    char **text = member_of(&section->rows[i], target);
    free(*text);
    *text = NULL;
  }
}

static bool same_value(const struct option_row *row, const void *old, const void *new) {
  const void *a = (const char *)old + row->offset, *b = (const char *)new + row->offset;
  if (!types[row->type].is_string)
    return *(const int32_t *)a == *(const int32_t *)b;

  const char *x = *(char *const *)a, *y = *(char *const *)b;
  if (!x || !y)
    return x == y;
  return strcmp(x, y) == 0;
}

static const char *kept_value(const struct option_list *list, const char *name) {
  for (size_t i = 0; i < list->n; i++)
    if (strcmp(list->items[i].name, name) == 0)
      return list->items[i].value;
  return NULL;
}

static void say_changed(const char *where, const char *name, struct fault_list *faults) {
  fault_list_add(faults, true, "%s: '%s' was changed; only a restart can do that", where, name);
}

/* Each name of both lists once; the second pass is for those that are new. */
static void compare_kept(const char *where, const struct option_list *old,
                         const struct option_list *new, struct fault_list *faults) {
  for (size_t i = 0; i < old->n; i++) {
    const char *value = kept_value(new, old->items[i].name);
    if (!value || strcmp(value, old->items[i].value) != 0)
      say_changed(where, old->items[i].name, faults);
  }

  for (size_t i = 0; i < new->n; i++)
    if (!kept_value(old, new->items[i].name))
      say_changed(where, new->items[i].name, faults);
}

void options_compare(const struct option_section *section, const char *where, const void *old,
                     const void *new, struct fault_list *faults) {
  if (section->later)
    compare_kept(where, (const void *)((const char *)old + section->later_offset),
                 (const void *)((const char *)new + section->later_offset), faults);
  for (size_t i = 0; i < section->n_rows; i++)
    if (!section->rows[i].reloadable && !same_value(&section->rows[i], old, new))
      say_changed(where, section->rows[i].name, faults);
}

/* --- the manual --- */

static void print_option(const struct option_row *row, struct buf *out) {
  buf_printf(out, ".It Ic %s No = ", row->name);
  if (!row->words) {
    buf_printf(out, "Ar %s\n", types[row->type].doc);
  } else {
    buf_puts(out, "Cm");
    for (size_t i = 0; row->words[i]; i++)
      buf_printf(out, "%s %s", i > 0 ? " No | Cm" : "", row->words[i]);
    buf_puts(out, "\n");
  }

  buf_printf(out, "%s.\n", row->help);
  if (row->old_name)
    buf_printf(out, "This release still reads the old name, %s, with a warning.\n", row->old_name);
  if (row->type == OPTION_INT)
    buf_printf(out, "From %d to %d.\n", row->min, row->max);
  if (row->required)
    buf_puts(out, "Required.\n");
  else if (row->fallback_doc)
    buf_printf(out, "Default: %s.\n", row->fallback_doc);
  else if (row->fallback)
    buf_printf(out, "Default: %s.\n", row->fallback);

  buf_puts(out, row->reloadable ? "Can be reloaded.\n" : "Needs a restart.\n");
}

void options_print(const struct option_section *sections, size_t n, struct buf *out) {
  for (size_t i = 0; i < n; i++) {
    buf_printf(out, ".Ss [%s%s]\n%s.\n.Bl -tag -width Ds\n", sections[i].name,
               sections[i].many ? " CODE" : "", sections[i].help);
    for (size_t k = 0; k < sections[i].n_rows; k++)
      print_option(&sections[i].rows[k], out);
    buf_puts(out, ".El\n");
  }
}
