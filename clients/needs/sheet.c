/* sheet - see sheet.h. */
#include "sheet.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <csv.h>

#include "text.h"

struct parsing {
  struct sheet *sheet;
  char *cells[SHEET_WIDEST];
  int n;
  size_t row;
  bool row_ended;
  const char *fault; /* of the row */
};

/* Spaces that people do not see: plain, no-break, narrow no-break, thin, zero-width, and a mark in
 * the middle of a file. */
static const char *const blanks_utf8[] = {"\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x89",
                                          "\xE2\x80\x8B", "\xEF\xBB\xBF"};

/* Marks of direction that a right-to-left keyboard or a system's date leaves beside a text: U+200E,
 * U+200F, U+202A to U+202E, U+2066 to U+2069. */
static bool is_direction(const char *s, size_t len) {
  if (len < 3 || s[0] != '\xE2')
    return false;

  unsigned char c = (unsigned char)s[2];
  if (s[1] == '\x80')
    return c == 0x8E || c == 0x8F || (c >= 0xAA && c <= 0xAE);
  return s[1] == '\x81' && c >= 0xA6 && c <= 0xA9;
}

static size_t blank_at(const char *s, size_t len) {
  if (len && strchr(" \t\r\n", *s))
    return 1;
  if (is_direction(s, len))
    return 3;

  for (size_t i = 0; i < sizeof blanks_utf8 / sizeof *blanks_utf8; i++) {
    size_t n = strlen(blanks_utf8[i]);
    if (len >= n && !memcmp(s, blanks_utf8[i], n))
      return n;
  }

  return 0;
}

static char *trimmed(const char *s, size_t len) {
  size_t n, last = 0;
  while ((n = blank_at(s, len))) {
    s += n;
    len -= n;
  }

  for (size_t i = 0; i < len;) {
    n = blank_at(s + i, len - i);
    if (n)
      i += n;
    else
      i += 1;

    if (!n)
      last = i;
  }

  struct text t = {0};
  text_add_n(&t, s, last);

  return t.s;
}

static struct sheet_row *add_row(struct parsing *p) {
  struct sheet *s = p->sheet;
  if (s->n == s->cap) {
    if (s->cap)
      s->cap = s->cap * 2;
    else
      s->cap = 256;
    s->rows = more_memory(s->rows, s->cap * sizeof *s->rows);
  }

  s->rows[s->n] = (struct sheet_row){.place = p->row};

  return &s->rows[s->n++];
}

static void clear_cells(struct parsing *p) {
  for (int i = 0; i < p->n; i++)
    free(p->cells[i]);
  p->n = 0;
}

static void keep_cells(struct parsing *p, struct sheet_row *r) {
  r->cells = get_memory((size_t)p->n * sizeof *r->cells + 1);
  memcpy(r->cells, p->cells, (size_t)p->n * sizeof *r->cells);
  r->n = p->n;
  p->n = 0;
}

static void on_field(void *s, size_t len, void *arg) {
  struct parsing *p = arg;
  if (p->n == SHEET_WIDEST)
    p->fault = "the row has more than 512 cells; remove the empty columns";
  else if (len > SHEET_LONGEST)
    p->cells[p->n++] = copy_text(""),
    p->fault = "a cell is too long for a spreadsheet; look for a quote that is never closed";
  else
    p->cells[p->n++] = trimmed(text_or(s, ""), len);
}

static void on_row(int c, void *arg) {
  (void)c;
  struct parsing *p = arg;
  int filled = 0;

  p->row++;
  p->row_ended = true;
  for (int i = 0; i < p->n; i++)
    if (*p->cells[i])
      filled = i + 1;

  if (p->fault) {
    struct sheet_row *r = add_row(p);
    r->broken = p->fault;
    keep_cells(p, r);
  } else if (filled) {
    keep_cells(p, add_row(p));
    if (filled > p->sheet->widest)
      p->sheet->widest = filled;
  } else
    clear_cells(p);

  p->fault = NULL;
}

static void one_line_end(struct text *out, const char *s, size_t len) {
  for (size_t i = 0; i < len; i++) {
    if (s[i] == '\0')
      continue;

    if (s[i] != '\r')
      text_add_n(out, s + i, 1);
    else if (i + 1 == len || s[i + 1] != '\n')
      text_add(out, "\n");
  }

  if (!out->len || out->s[out->len - 1] != '\n')
    text_add(out, "\n");
}

static const char candidates[] = ",;\t|";

/* The separator of a line, and how often it occurs. */
static void count_separators(const char **s, size_t count[4]) {
  bool quoted = false;
  for (; **s && (quoted || **s != '\n'); ++*s) {
    const char *c = strchr(candidates, **s);
    if (**s == '"')
      quoted = !quoted;
    else if (c && !quoted)
      count[c - candidates]++;
  }

  if (**s)
    ++*s;
}

#define LOOKED_AT 20 /* lines */

/* The separator that occurs equally often in most lines: titles above the table and commas inside
 * texts do not. */
static char separator(const char *s) {
  size_t count[LOOKED_AT][4] = {0}, lines = 0, best = 0, most = 0;
  while (lines < LOOKED_AT && *s)
    count_separators(&s, count[lines++]);
  for (size_t k = 0; k < 4; k++)
    for (size_t i = 0; i < lines; i++) {
      size_t alike = 0;
      for (size_t j = 0; j < lines; j++)
        alike += count[j][k] == count[i][k];
      if (alike * count[i][k] > most) {
        most = alike * count[i][k];
        best = k;
      }
    }

  return candidates[best];
}

static void broken_row(struct parsing *p, const char *why) {
  p->row++;
  p->fault = NULL;
  struct sheet_row *r = add_row(p);
  r->broken = why;
  keep_cells(p, r);
}

static void start(struct csv_parser *parser, char used) {
  csv_init(parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL | CSV_APPEND_NULL);
  csv_set_delim(parser, (unsigned char)used);
}

/* Line by line, so that a broken quote costs its row and no more: after one, a fresh parser goes on
 * at the next line. */
static void parse(struct parsing *p, const char *text, char used) {
  struct csv_parser parser;
  const char *row_start = text, *end = text + strlen(text);

  start(&parser, used);
  p->row_ended = true;

  for (const char *line = text; line < end;) {
    const char *next = strchr(line, '\n') + 1;
    size_t len = (size_t)(next - line);

    if (p->row_ended)
      row_start = line;

    p->row_ended = false;
    bool broken = csv_parse(&parser, line, len, on_field, on_row, p) != len;
    bool open = !broken && next == end && !p->row_ended;
    if (broken || open) {
      broken_row(p, open ? "a quote is never closed; close it, or write \"\" for a literal quote"
                         : "there is a quote inside the text; write \"\" for a literal quote");
      csv_free(&parser);
      start(&parser, used);

      if (open)
        next = strchr(row_start, '\n') + 1;

      p->row_ended = true;
    }

    line = next;
  }

  csv_free(&parser);
}

/* Excel's own first line, which it does not show: `sep=;`. */
static const char *named_separator(const char *s, char *ret_used) {
  const char *p = s + (*s == '"');
  if (strncasecmp(p, "sep=", 4) || !p[4] || !strchr(candidates, p[4]))
    return s;

  const char *end = p + 5 + (p[5] == '"');
  if (*end != '\n')
    return s;

  *ret_used = p[4];

  return end + 1;
}

void sheet_read(struct sheet *s, const char *text, size_t len) {
  struct text lines = {0};
  struct parsing p = {.sheet = s};

  *s = (struct sheet){0};
  one_line_end(&lines, text, len);

  char used = separator(lines.s + strspn(lines.s, "\n"));
  const char *first = named_separator(lines.s, &used);

  parse(&p, first, used);
  clear_cells(&p);
  text_finish(&lines);
}

const char *sheet_cell(const struct sheet_row *r, int column) {
  if (column >= 0 && column < r->n)
    return r->cells[column];
  return "";
}

int sheet_filled(const struct sheet_row *r) {
  int filled = 0;
  for (int i = 0; i < r->n; i++)
    filled += !!*r->cells[i];
  return filled;
}

static bool first_word_is(const char *s, const char *const *words) {
  size_t n = strcspn(s, " :");
  for (; *words; words++)
    if (strlen(*words) == n && !strncasecmp(s, *words, n))
      return true;
  return false;
}

/* The only cell that holds something, where there is but one; else NULL. */
static const char *only_cell(const struct sheet_row *row) {
  const char *found = NULL;

  for (int i = 0; i < row->n; i++) {
    if (*row->cells[i] && found)
      return NULL;
    if (*row->cells[i])
      found = row->cells[i];
  }

  return found;
}

const char *sheet_footer(const struct sheet_row *row, int person_column) {
  static const char *const sums[] = {"total", "totals", "subtotal", "sub-total", "average",
                                     "mean",  "count",  "sum",      NULL};
  static const char *const notes[] = {"printed", "page", "generated", "exported", "source",
                                      "key",     "note", "notes",     "report",   NULL};
  const char *person = sheet_cell(row, person_column), *alone = only_cell(row);
  int filled = sheet_filled(row);

  if (first_word_is(person, sums) || (!strncasecmp(person, "grand total", 11) && !person[11]))
    return person;
  if (alone && (strpbrk(alone, " *:") || first_word_is(alone, sums) || first_word_is(alone, notes)))
    return alone;

  for (int i = 0; i < row->n && filled <= 2; i++)
    if (*row->cells[i]) {
      if (first_word_is(row->cells[i], notes) && strpbrk(row->cells[i], " :"))
        return row->cells[i];
      return NULL;
    }

  return NULL;
}

void sheet_finish(struct sheet *s) {
  for (size_t i = 0; i < s->n; i++) {
    for (int k = 0; k < s->rows[i].n; k++)
      free(s->rows[i].cells[k]);
    free(s->rows[i].cells);
  }

  free(s->rows);
  *s = (struct sheet){0};
}
