/* input - see input.h. */
#include "input.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "csv_in.h"
#include "decode.h"
#include "json.h"
#include "needs.h"
#include "text.h"

#define BIGGEST_FILE ((size_t)1 << 30)
#define LONGEST_EVENT ((size_t)128 * 1024) /* over several lines; the daemon takes 64 KiB */

struct item *input_add(struct input *in, size_t place) {
  if (in->n == in->cap) {
    if (in->cap)
      in->cap = in->cap * 2;
    else
      in->cap = 256;
    in->items = more_memory(in->items, in->cap * sizeof *in->items);
  }

  in->items[in->n] = (struct item){.place = place};
  return &in->items[in->n++];
}

void item_fault(struct item *i, int column, const char *code, const char *fmt, ...) {
  va_list ap;
  char *s;

  va_start(ap, fmt);
  if (vasprintf(&s, fmt, ap) < 0)
    abort();

  va_end(ap);
  i->faults = more_memory(i->faults, (i->n_faults + 1) * sizeof *i->faults);
  i->faults[i->n_faults++] = (struct fault){.code = code, .text = s, .column = column};
}

void input_note(struct input *in, const char *fmt, ...) {
  va_list ap;
  char *s;

  va_start(ap, fmt);
  if (vasprintf(&s, fmt, ap) < 0)
    abort();

  va_end(ap);
  in->notes = more_memory(in->notes, (in->n_notes + 1) * sizeof *in->notes);
  in->notes[in->n_notes++] = s;
}

static void finish_item(struct item *i) {
  free(i->text);
  free(i->id);
  free(i->slot);
  free(i->exact);
  free(i->row);
  free(i->said);
  free(i->supersedes);
  free(i->words);
  free(i->parts);
  free(i->errors);
  for (size_t k = 0; k < i->n_faults; k++)
    free(i->faults[k].text);

  free(i->faults);
}

void input_finish(struct input *in) {
  for (size_t i = 0; i < in->n; i++)
    finish_item(&in->items[i]);
  for (int i = 0; i < in->n_headings; i++)
    free(in->headings[i]);
  for (size_t i = 0; i < in->n_notes; i++)
    free(in->notes[i]);

  free(in->headings);
  free(in->notes);
  free(in->items);
  *in = (struct input){0};
}

const char *input_name(const struct input *in) {
  if (!strcmp(in->name, "-"))
    return "standard input";
  return in->name;
}

void input_place(const struct input *in, const struct item *i, size_t row, struct text *out) {
  static const char *const words[] = {"event", "line", "row"};
  if (!row)
    row = i->place;

  text_addf(out, "%s: %s %zu", input_name(in), words[in->form], row);
}

void column_name(const struct input *in, int column, struct text *out) {
  char letters[4] = "";
  int n = column / 26;
  if (n > 0 && n <= 26)
    snprintf(letters, sizeof letters, "%c", 'A' + n - 1);

  text_addf(out, "column %s%c", letters, 'A' + column % 26);
  if (column < in->n_headings && *in->headings[column])
    text_addf(out, " (%s)", in->headings[column]);
}

/* The column of an event's member: several fields may feed one. */
static int column_of_member(const struct input *in, const char *member) {
  for (int f = 0; f < N_FIELDS; f++)
    if (in->column[f] >= 0 && !strcmp(field_rows[f].member, member))
      return in->column[f];

  bool named = !strcmp(member, "unit") || !strcmp(member, "qualification") ||
               !strcmp(member, "competence");
  if (named)
    return in->column[F_CERTIFICATE];
  if (!strcmp(member, "role"))
    return in->column[F_TITLE];
  return -1;
}

int input_column(const struct input *in, const struct item *i, const char *pointer,
                 size_t *ret_row) {
  *ret_row = 0;
  if (in->form != FORM_CSV)
    return -1;
  if (!strcmp(pointer, "/time"))
    return in->column[F_DATE];

  const char *member = strrchr(pointer, '/'),
             *list = strncmp(pointer, "/data/", 6) ? NULL : strpbrk(pointer + 6, "0123456789");
  size_t k = list && list[-1] == '/' ? strtoul(list, NULL, 10) : i->n_parts;
  if (k < i->n_parts) {
    *ret_row = i->parts[k].row;
    if (i->parts[k].column >= 0)
      return i->parts[k].column;
  }
  if (member)
    return column_of_member(in, member + 1);

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
  while (t->len < BIGGEST_FILE && (n = fread(part, 1, sizeof part, f)) > 0)
    text_add_n(t, part, n);

  bool failed = ferror(f), cut = !feof(f) && !failed;
  int why = errno;

  if (!standard)
    fclose(f);
  if (failed)
    complain("cannot read %s: %s", name, strerror(why));
  if (cut)
    complain("%s is larger than 1 GiB; send it in parts", name);

  if (failed || cut)
    return EXIT_USAGE;

  return 0;
}

/* A workbook is a ZIP archive, or an old one of Microsoft's: people send it as it is. */
static bool is_workbook(const struct text *t) {
  return t->len >= 4 && (!memcmp(t->s, "PK\x03\x04", 4) || !memcmp(t->s, "\xD0\xCF\x11\xE0", 4));
}

/* --- JSON --- */

static const char *blanks(const char *p, const char *end) {
  while (p < end && strchr(" \t\r\n", *p) && *p)
    p++;
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
      if (depth == 0)
        return p;
      if (--depth == 0)
        return p + 1;
    } else if (depth == 0 && (*p == ',' || strchr(" \t\r\n", *p)))
      return p;

    if (depth == 0 && !quoted && *p == '"')
      return p + 1;
  }

  return end;
}

static void add_event(struct input *in, const char *p, const char *stop, size_t place) {
  struct item *i = input_add(in, place);
  struct text t = {0};
  text_add_n(&t, p, (size_t)(stop - p));
  i->text = t.s;
  i->len = t.len;
}

static size_t line_of(const char *start, const char *p) {
  size_t line = 1;
  for (; start < p; start++)
    line += *start == '\n';
  return line;
}

static int read_array(struct input *in, const struct text *t) {
  const char *p = blanks(t->s, t->s + t->len), *end = t->s + t->len;
  size_t at;
  char why[160];
  if (!json_well_formed(t->s, t->len, &at, why)) {
    complain("%s: line %zu: %s; nothing was sent", in->name,
             line_of(t->s, t->s + (MIN(at, t->len))), why);
    return EXIT_REJECTED;
  }

  in->form = FORM_ARRAY;
  for (p = blanks(p + 1, end); p < end && *p != ']'; p = blanks(p, end)) {
    const char *stop = value_end(p, end);
    if (json_valid(p, (size_t)(stop - p), &at, why))
      add_event(in, p, stop, in->n + 1);
    else
      item_fault(input_add(in, in->n + 1), -1, "not-json", "%s", why);

    p = blanks(stop, end);
    if (p < end && *p == ',')
      p++;
  }

  return 0;
}

/* Is this text something else than exactly one event? `why` says what is wrong with it. */
static bool not_one_event(const char *p, const char *stop, const char **ret_code, char why[160]) {
  size_t at;

  *ret_code = "not-json";
  if (!json_valid(p, (size_t)(stop - p), &at, why))
    return true;
  if (*p == '{')
    return false;

  *ret_code = "not-cloudevent";
  snprintf(why, 160, "an event must be a JSON object");

  return true;
}

static const char *line_end(const char *p, const char *end) {
  const char *newline = memchr(p, '\n', (size_t)(end - p));

  if (newline)
    return newline;
  return end;
}

/* One past the JSON value that begins in this line and goes on in the next ones; NULL if there is
 * none. */
static const char *end_of_long_value(const char *p, const char *stop, const char *end) {
  const char *limit = end;
  if ((size_t)(end - p) > LONGEST_EVENT)
    limit = p + LONGEST_EVENT;

  size_t at, len = (size_t)(stop - p);
  char why[160];

  bool goes_on = !json_well_formed(p, len, &at, why) && at == len;
  if (!goes_on)
    return NULL;

  const char *longer = value_end(p, limit);
  if (json_well_formed(p, (size_t)(longer - p), &at, why))
    return longer;

  return NULL;
}

/* One event a line, or one over several lines. What is not exactly one event is refused by its
 * line, whole, and the next line is read: no part of a line or of a value is ever taken for an
 * event. */
static int read_lines(struct input *in, const struct text *t) {
  const char *end = t->s + t->len, *counted = t->s;
  size_t line = 1;

  in->form = FORM_LINES;
  for (const char *p = blanks(t->s, end); p < end; p = blanks(p, end)) {
    const char *stop = line_end(p, end), *code;
    char why[160];

    line += line_of(counted, p) - 1;
    counted = p;

    bool good = !not_one_event(p, stop, &code, why);

    const char *longer = NULL;

    if (!good)
      longer = end_of_long_value(p, stop, end);
    if (longer) {
      stop = line_end(longer, end);
      good = !not_one_event(p, stop, &code, why);
    }

    if (good)
      add_event(in, p, stop, line);
    else
      item_fault(input_add(in, line), -1, code,
                 "%s; a line must be exactly one event: nothing of this line was sent", why);

    p = stop;
  }
  return 0;
}

static int no_text(const struct input *in, const char *why) {
  complain("%s %s", input_name(in), why);
  return EXIT_REJECTED;
}

int input_text(struct input *in, const char *name, const char *encoding, struct text *ret) {
  const char *guess = NULL;
  *in = (struct input){.name = name};
  for (int i = 0; i < N_FIELDS; i++)
    in->column[i] = -1;

  int rc = read_all(name, ret);
  if (!rc && !ret->len)
    rc = no_text(in, "is empty");
  if (!rc && is_workbook(ret))
    rc = no_text(in, "is not text; in the spreadsheet program choose Save as, CSV");
  if (!rc)
    rc = decode(ret, encoding, &guess);
  if (!rc && guess)
    input_note(
        in, "read as %s; if that is wrong, save as UTF-8 or name the character set with --encoding",
        guess);

  return rc;
}

int input_read(struct input *in, const char *name, const struct read_options *how) {
  struct text t = {0};
  int rc = input_text(in, name, how->encoding, &t);
  if (!rc) {
    const char *first = blanks(t.s, t.s + t.len);
    if (*first == '[')
      rc = read_array(in, &t);
    else if (*first == '{')
      rc = read_lines(in, &t);
    else if (memchr(t.s, '\0', t.len))
      rc = no_text(in, "is not text; in the spreadsheet program choose Save as, CSV");
    else
      rc = csv_read(in, t.s, t.len, how);
  }

  text_finish(&t);

  return rc;
}
