/* input - a file of results as a list of events to send. */
#include "input.h"

#include <errno.h>
#include <iconv.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_in.h"
#include "json.h"
#include "needs.h"
#include "text.h"

#define BIGGEST_FILE ((size_t)1 << 30)

struct item *input_add(struct input *in, size_t place) {
  if (in->n == in->cap) {
    in->cap = in->cap ? in->cap * 2 : 256;
    in->items = more_memory(in->items, in->cap * sizeof *in->items);
  }
  in->items[in->n] = (struct item){.place = place, .column = -1};
  return &in->items[in->n++];
}

void item_fault(struct item *i, int column, const char *code, const char *fmt, ...) {
  va_list ap;
  char *s;
  va_start(ap, fmt);
  if (vasprintf(&s, fmt, ap) < 0) abort();
  va_end(ap);
  i->fault = s, i->code = code, i->column = column;
}

void input_finish(struct input *in) {
  for (size_t i = 0; i < in->n; i++) {
    struct item *x = &in->items[i];
    free(x->text), free(x->id), free(x->slot), free(x->exact), free(x->row), free(x->supersedes), free(x->errors);
    free((char *)x->fault);
  }
  for (int i = 0; i < CSV_FIELDS; i++) free(in->heading[i]);
  free(in->items);
  *in = (struct input){0};
}

void input_place(const struct input *in, const struct item *i, struct text *out) {
  static const char *const words[] = {"event", "line", "row"};
  text_addf(out, "%s: %s %zu", strcmp(in->name, "-") ? in->name : "standard input", words[in->form], i->place);
}

void column_name(const struct input *in, int column, struct text *out) {
  char letters[4] = "";
  int n = column / 26;
  if (n > 0 && n <= 26) snprintf(letters, sizeof letters, "%c", 'A' + n - 1);
  text_addf(out, "column %s%c", letters, 'A' + column % 26);
  for (int i = 0; i < CSV_FIELDS; i++)
    if (in->column[i] == column) text_addf(out, " (%s)", csv_fields[i]);
}

int input_column(const struct input *in, const char *pointer) {
  static const char *const pointers[CSV_FIELDS] = {
      "/subject", "/data/date", "/data/ratings/0/competence", "/data/ratings/0/level", "/data/evidence", "/data/by"};
  if (in->form != FORM_CSV) return -1;
  if (!strcmp(pointer, "/time")) return in->column[1];
  if (!strcmp(pointer, "/data/ratings/0/evidence")) return in->column[4];
  for (int i = 0; i < CSV_FIELDS; i++)
    if (!strcmp(pointers[i], pointer)) return in->column[i];
  return -1;
}

/* --- bytes --- */

static int read_all(const char *name, struct text *t) {
  bool standard = !strcmp(name, "-");
  FILE *f = standard ? stdin : fopen(name, "re");
  if (!f) {
    complain("cannot read %s: %s", name, strerror(errno));
    return EXIT_USAGE;
  }
  char part[65536];
  size_t n;
  while (t->len < BIGGEST_FILE && (n = fread(part, 1, sizeof part, f)) > 0) text_add_n(t, part, n);
  bool failed = ferror(f), cut = !feof(f) && !failed;
  int why = errno;
  if (!standard) fclose(f);
  if (failed) complain("cannot read %s: %s", name, strerror(why));
  if (cut) complain("%s is over 1 GiB; send it in parts", name);
  return failed || cut ? EXIT_USAGE : 0;
}

static int convert(struct text *t, const char *from, size_t skip) {
  iconv_t cd = iconv_open("UTF-8", from);
  if (cd == (iconv_t)-1) return -EINVAL;
  size_t left = t->len - skip, room = left * 3 + 1;
  char *in = t->s + skip, *buffer = get_memory(room), *out = buffer;
  while (left && iconv(cd, &in, &left, &out, &room) == (size_t)-1 && left && room > 1)
    *out++ = '?', room--, in++, left--; /* a byte that has no meaning there */
  iconv_close(cd);
  text_clear(t);
  text_add_n(t, buffer, (size_t)(out - buffer));
  free(buffer);
  return 0;
}

static bool is_utf8(const char *s, size_t len) {
  const unsigned char *p = (const unsigned char *)s, *end = p + len;
  while (p < end) {
    int more = *p < 0x80 ? 0 : *p >= 0xC2 && *p < 0xE0 ? 1 : (*p & 0xF0) == 0xE0 ? 2 : *p >= 0xF0 && *p < 0xF5 ? 3 : -1;
    if (more < 0 || end - p <= more) return false;
    for (p++; more; more--, p++)
      if ((*p & 0xC0) != 0x80) return false;
  }
  return true;
}

/* Whatever the spreadsheet saved, as UTF-8 without a mark. */
static void decode(struct text *t) {
  const unsigned char *b = (const unsigned char *)t->s;
  if (t->len >= 3 && !memcmp(b, "\xEF\xBB\xBF", 3)) {
    memmove(t->s, t->s + 3, t->len - 2);
    t->len -= 3;
  } else if (t->len >= 2 && b[0] == 0xFF && b[1] == 0xFE)
    convert(t, "UTF-16LE", 2);
  else if (t->len >= 2 && b[0] == 0xFE && b[1] == 0xFF)
    convert(t, "UTF-16BE", 2);
}

/* A workbook is a ZIP archive (or, an old one, holds NUL bytes): people send it as it is. */
static bool is_binary(const struct text *t) {
  return (t->len >= 4 && !memcmp(t->s, "PK\x03\x04", 4)) || memchr(t->s, '\0', t->len);
}

/* --- JSON --- */

static const char *blanks(const char *p, const char *end) {
  while (p < end && strchr(" \t\r\n", *p) && *p) p++;
  return p;
}

/* One past the value that starts at p; `end` if it never closes. */
static const char *value_end(const char *p, const char *end) {
  int depth = 0;
  for (bool quoted = false; p < end; p++) {
    if (quoted) {
      if (*p == '\\' && p + 1 < end)
        p++;
      else if (*p == '"')
        quoted = false;
    } else if (*p == '"')
      quoted = true;
    else if (*p == '{' || *p == '[')
      depth++;
    else if (*p == '}' || *p == ']') {
      if (depth == 0) return p;
      if (--depth == 0) return p + 1;
    } else if (depth == 0 && (*p == ',' || strchr(" \t\r\n", *p)))
      return p;
    if (depth == 0 && !quoted && *p == '"') return p + 1;
  }
  return end;
}

static void add_event(struct input *in, const char *p, const char *stop, size_t place) {
  struct item *i = input_add(in, place);
  struct text t = {0};
  text_add_n(&t, p, (size_t)(stop - p));
  i->text = t.s, i->len = t.len;
}

static size_t line_of(const char *start, const char *p) {
  size_t line = 1;
  for (; start < p; start++) line += *start == '\n';
  return line;
}

static int read_array(struct input *in, const struct text *t) {
  const char *p = blanks(t->s, t->s + t->len), *end = t->s + t->len;
  size_t at;
  char why[160];
  if (!json_valid(t->s, t->len, &at, why)) {
    complain("%s: line %zu: %s; nothing was sent", in->name, line_of(t->s, t->s + (at < t->len ? at : t->len)), why);
    return EXIT_REJECTED;
  }
  in->form = FORM_ARRAY;
  for (p = blanks(p + 1, end); p < end && *p != ']'; p = blanks(p, end)) {
    const char *stop = value_end(p, end);
    add_event(in, p, stop, in->n + 1);
    p = blanks(stop, end);
    if (p < end && *p == ',') p++;
  }
  return 0;
}

/* Values one after another. A value that is broken costs its line, not the file. */
static int read_lines(struct input *in, const struct text *t) {
  const char *end = t->s + t->len, *counted = t->s;
  size_t line = 1, at;
  char why[160];
  in->form = FORM_LINES;
  for (const char *p = blanks(t->s, end); p < end; p = blanks(p, end)) {
    line += line_of(counted, p) - 1, counted = p;
    const char *newline = memchr(p, '\n', (size_t)(end - p)), *stop = newline ? newline : end;
    if (!json_valid(p, (size_t)(stop - p), &at, why)) {
      const char *longer = value_end(p, end);
      if (longer < end || json_valid(p, (size_t)(longer - p), &at, why)) stop = longer;
      if (stop == p) stop = p + 1;
      bool good = json_valid(p, (size_t)(stop - p), &at, why);
      if (!good) item_fault(input_add(in, line), -1, "not-json", "%s", why);
      if (!good) {
        p = newline ? newline : end;
        continue;
      }
    }
    add_event(in, p, stop, line);
    p = stop;
  }
  return 0;
}

int input_read(struct input *in, const char *name, const struct settings *s, const struct sent *before) {
  *in = (struct input){.name = name};
  for (int i = 0; i < CSV_FIELDS; i++) in->column[i] = -1;
  struct text t = {0};
  int rc = read_all(name, &t);
  if (!rc && !t.len) {
    complain("%s is empty", strcmp(name, "-") ? name : "standard input");
    rc = EXIT_REJECTED;
  }
  if (!rc) {
    decode(&t);
    const char *first = blanks(t.s, t.s + t.len);
    if (*first == '[')
      rc = read_array(in, &t);
    else if (*first == '{')
      rc = read_lines(in, &t);
    else if (is_binary(&t)) {
      complain("%s is not text; in the spreadsheet program choose Save as, CSV", strcmp(name, "-") ? name : "standard input");
      rc = EXIT_REJECTED;
    } else {
      if (!is_utf8(t.s, t.len)) convert(&t, "WINDOWS-1252", 0);
      rc = csv_read(in, t.s, t.len, s, before);
    }
  }
  text_finish(&t);
  return rc;
}
