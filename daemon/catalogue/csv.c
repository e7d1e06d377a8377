/* csv - see csv.h.
 *
 * libcsv does the quoting. Three of its habits are dealt with here: its lax mode swallows the rows
 * that follow `"x"y`, so it runs strict; a strict parser stops at the first fault, so a new one
 * starts at the next line; it leaves out blank lines, so CSV_REPALL_NL is set and every line end is
 * made a single LF first, which makes one call a line and keeps the row numbers right.
 *
 * Other encodings are converted by hand, not by iconv: workers read catalogues too, in a sandbox
 * where no conversion table can be opened. */
#include "catalogue/csv.h"

#include <csv.h>
#include <ctype.h>
#include <string.h>

#include "base/utf8.h"

/* Windows-1252 for 0x80..0x9f; 0 where it has no character. The rest of it is Latin-1. */
static const uint16_t cp1252[32] = {0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
                                    0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

static void put_utf8(struct buf *out, uint32_t c) {
  if (c < 0x80) {
    buf_u8(out, (uint8_t)c);
  } else if (c < 0x800) {
    buf_u8(out, (uint8_t)(0xc0 | c >> 6));
    buf_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
  } else if (c < 0x10000) {
    buf_u8(out, (uint8_t)(0xe0 | c >> 12));
    buf_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
    buf_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
  } else {
    buf_u8(out, (uint8_t)(0xf0 | c >> 18));
    buf_u8(out, (uint8_t)(0x80 | (c >> 12 & 0x3f)));
    buf_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
    buf_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
  }
}

static bool from_utf16(const unsigned char *p, size_t len, bool little, struct buf *out) {
  if (len % 2)
    return false;

  for (size_t i = 0; i < len; i += 2) {
    uint32_t c = little ? (uint32_t)(p[i] | p[i + 1] << 8) : (uint32_t)(p[i] << 8 | p[i + 1]);
    if (c >= 0xd800 && c < 0xdc00 && i + 3 < len) {
      uint32_t d = little ? (uint32_t)(p[i + 2] | p[i + 3] << 8)
                          : (uint32_t)(p[i + 2] << 8 | p[i + 3]);
      if (d < 0xdc00 || d > 0xdfff)
        return false;

      c = 0x10000 + ((c - 0xd800) << 10) + (d - 0xdc00);
      i += 2;
    } else if (c >= 0xd800 && c < 0xe000) {
      return false;
    }

    put_utf8(out, c);
  }

  return true;
}

static bool from_cp1252(const unsigned char *p, size_t len, struct buf *out) {
  for (size_t i = 0; i < len; i++) {
    uint32_t c = p[i] >= 0x80 && p[i] < 0xa0 ? cp1252[p[i] - 0x80] : p[i];
    if (c == 0 && p[i] != 0)
      return false;
    put_utf8(out, c);
  }

  return true;
}

/* Any encoding to UTF-8 without a mark. */
static bool decode(const char *name, const unsigned char *p, size_t len, struct buf *out,
                   struct fault_list *faults) {
  bool little = (len >= 2 && p[0] == 0xff && p[1] == 0xfe) ||
                (len >= 4 && p[0] && !p[1] && p[2] && !p[3]);
  bool big = (len >= 2 && p[0] == 0xfe && p[1] == 0xff) ||
             (len >= 4 && !p[0] && p[1] && !p[2] && p[3]);
  if (little || big) {
    size_t mark = 0;
    if (p[0] == 0xff || p[0] == 0xfe)
      mark = 2;

    if (!from_utf16(p + mark, len - mark, little, out)) {
      fault_list_add(faults, true,
                     "%s: looks like UTF-16 but is not well formed; save it as \"CSV UTF-8 (comma "
                     "delimited)\"",
                     name);
      return false;
    }

    fault_list_add(faults, false,
                   "%s: was read as UTF-16; better save it as \"CSV UTF-8 (comma delimited)\"",
                   name);

    return true;
  }

  if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
    p += 3;
    len -= 3;
  }

  if (utf8_good(p, len)) {
    buf_put(out, p, len);
    return true;
  }
  if (!from_cp1252(p, len, out)) {
    fault_list_add(
        faults, true,
        "%s: is neither UTF-8 nor Windows-1252 text; save it as \"CSV UTF-8 (comma delimited)\"",
        name);
    return false;
  }

  fault_list_add(faults, false,
                 "%s: is not UTF-8 and was read as Windows-1252; better save it as \"CSV UTF-8 "
                 "(comma delimited)\"",
                 name);

  return true;
}

/* CRLF and CR become LF, so that one line is one call of libcsv; a non-breaking blank, as web pages
 * and word processors have, a plain one. */
static void unify_blanks(struct buf *b) {
  size_t to = 0;

  for (size_t from = 0; from < b->len; from++) {
    if (b->data[from] == '\r') {
      b->data[to++] = '\n';
      if (from + 1 < b->len && b->data[from + 1] == '\n')
        from++;
    } else if (b->data[from] == 0xc2 && from + 1 < b->len && b->data[from + 1] == 0xa0) {
      b->data[to++] = ' ';
      from++;
    } else {
      b->data[to++] = b->data[from];
    }
  }

  b->len = to;
}

/* The separator that the first line with anything in it has most of, outside quotes; the comma when
 * in doubt. */
static unsigned char guess_separator(const unsigned char *p, size_t len) {
  static const unsigned char marks[] = {',', ';', '\t'};
  size_t seen[ARRAY_LEN(marks)] = {0}, best = 0;
  bool quoted = false, any = false;

  for (size_t i = 0; i < len && (quoted || !any || p[i] != '\n'); i++) {
    if (p[i] == '"')
      quoted = !quoted;
    if (!isspace(p[i]))
      any = true;
    for (size_t k = 0; k < ARRAY_LEN(marks) && !quoted; k++)
      seen[k] += p[i] == marks[k];
  }

  for (size_t k = 1; k < ARRAY_LEN(marks); k++)
    if (seen[k] > seen[best])
      best = k;

  return marks[best];
}

/* A catalogue file has a few hundred rows. The bounds keep what must be compared or multiplied with
 * one another small, so that no file takes long to refuse. */
#define COLUMNS_MAX 256
#define ROWS_MAX 20000
#define CELLS_MAX 1000000

struct reading {
  struct csv_sheet *sheet;
  struct arena *arena;
  struct fault_list *faults;
  const char **cells; /* of the row being read */
  size_t n_cells, cap_cells, cap_rows;
  const unsigned char *row, *row_end; /* its bytes, to the end of the line being parsed */
  unsigned char separator;
  int32_t line; /* rows ended so far, blank ones too */
  bool full;    /* over a bound, said already: nothing more is taken */
};

static bool all_blank(const char *const *cells, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (*cells[i])
      return false;
  return true;
}

static const char *heading(struct arena *a, const char *text) {
  char *h = arena_strndup(a, text, strlen(text));
  for (char *p = h; *p; p++) {
    if (*p == ' ')
      *p = '_';
    else
      *p = (char)tolower((unsigned char)*p);
  }

  return h;
}

static void take_heading(struct reading *r) {
  struct csv_sheet *s = r->sheet;
  while (r->n_cells > 0 && !*r->cells[r->n_cells - 1])
    r->n_cells--;

  if (r->n_cells > COLUMNS_MAX) {
    fault_list_add(
        r->faults, true,
        "%s:%d: has %zu columns; at most %d are read, take out those that are not needed", s->name,
        r->line, r->n_cells, COLUMNS_MAX);
    r->full = true;
    return;
  }

  s->n_columns = (uint32_t)r->n_cells;
  s->column = arena_alloc(r->arena, (r->n_cells + 1) * sizeof(*s->column));
  for (size_t i = 0; i < r->n_cells; i++)
    s->column[i] = heading(r->arena, r->cells[i]);

  s->heading_line = r->line;
}

static bool room_for_row(struct reading *r) {
  const struct csv_sheet *s = r->sheet;
  if (s->n_rows < ROWS_MAX && ((size_t)s->n_rows + 1) * s->n_columns <= CELLS_MAX)
    return true;

  fault_list_add(r->faults, true,
                 "%s:%d: is one row too many; at most %d rows and %d cells are read", s->name,
                 r->line, ROWS_MAX, CELLS_MAX);
  r->full = true;

  return false;
}

/* A word processor's quotes hold no text together: the cell that begins with them ends without
 * them. */
static bool is_cut_in_curly(const char *cell) {
  static const char *const curly[] = {"“", "”", "„", "‘", "’"};
  size_t len = strlen(cell), mark = strlen(curly[0]);
  bool begins = false, ends = false;

  for (size_t i = 0; i < ARRAY_LEN(curly); i++) {
    begins |= strncmp(cell, curly[i], mark) == 0;
    ends |= len > mark && strcmp(cell + len - mark, curly[i]) == 0;
  }

  return begins && !ends;
}

static const char *curly_heading(const struct reading *r) {
  for (uint32_t i = 0; i < r->sheet->n_columns; i++)
    if (is_cut_in_curly(r->cells[i]))
      return r->sheet->column[i];
  return NULL;
}

/* After a comma of a text comes a blank, after one between cells hardly ever. */
static const char *cut_heading(const struct reading *r) {
  bool quoted = false;
  uint32_t column = 0;

  for (const unsigned char *p = r->row; p + 1 < r->row_end; p++) {
    if (*p == '"')
      quoted = !quoted;

    if (quoted || *p != r->separator)
      continue;
    if (p[1] == ' ')
      return r->sheet->column[column];
    if (++column == r->sheet->n_columns)
      return NULL;
  }

  return NULL;
}

static void too_many_cells(struct reading *r) {
  const struct csv_sheet *s = r->sheet;
  const char *curly = curly_heading(r), *cut = curly ? curly : cut_heading(r);
  struct buf text = {0};

  buf_printf(&text, "%s:%d: has %zu cells where the heading has %u; ", s->name, r->line, r->n_cells,
             s->n_columns);
  if (cut && *cut)
    buf_printf(&text, "the text under '%s' was probably cut: ", cut);

  buf_puts(&text, curly ? "curly quotes hold no text together, so put it in plain ones (\")"
                        : "put a text that holds the separator in quotes");
  fault_list_add(r->faults, true, "%s", buf_cstr(&text));
  buf_finish(&text);
}

/* The first row that was taken for the headings has a cell or two, the one after it many. */
static bool is_below_title(const struct reading *r) {
  return r->sheet->n_rows == 0 && r->sheet->n_columns <= 2 && r->n_cells > 2 * r->sheet->n_columns;
}

static void refuse_title(struct reading *r) {
  struct csv_sheet *s = r->sheet;
  fault_list_add(r->faults, true,
                 "%s:%d: looks like a title, with a row of %zu cells below it; the first row must "
                 "hold the headings, so delete "
                 "everything above them",
                 s->name, s->heading_line, r->n_cells);
  s->heading_line = 0;
  r->full = true;
}

static void take_row(struct reading *r) {
  struct csv_sheet *s = r->sheet;
  if (!room_for_row(r))
    return;
  if (r->n_cells > s->n_columns && !all_blank(r->cells + s->n_columns, r->n_cells - s->n_columns)) {
    if (is_below_title(r))
      return refuse_title(r);
    return too_many_cells(r);
  }

  s->rows = mem_grow(s->rows, &r->cap_rows, (size_t)s->n_rows + 1, sizeof(*s->rows));
  struct csv_row *row = &s->rows[s->n_rows++];
  row->line = r->line;
  row->cell = arena_alloc(r->arena, (s->n_columns + 1) * sizeof(*row->cell));

  for (uint32_t i = 0; i < s->n_columns; i++) {
    if (i < r->n_cells)
      row->cell[i] = r->cells[i];
    else
      row->cell[i] = "";
  }
}

static void on_cell(void *data, size_t len, void *arg) {
  struct reading *r = arg;
  const char *p = data;

  if (r->full)
    return;

  while (len > 0 && isspace((unsigned char)*p)) {
    p++;
    len--;
  }

  while (len > 0 && isspace((unsigned char)p[len - 1]))
    len--;

  r->cells = mem_grow(r->cells, &r->cap_cells, r->n_cells + 1, sizeof(*r->cells));
  r->cells[r->n_cells++] = len == 0 ? "" : arena_strndup(r->arena, p, len);
}

static void on_row(int end, void *arg) {
  struct reading *r = arg;
  (void)end;
  r->line++;

  if (!r->full && !all_blank(r->cells, r->n_cells)) {
    if (r->sheet->heading_line == 0)
      take_heading(r);
    else
      take_row(r);
  }

  r->n_cells = 0;
}

static const unsigned char *next_line(const unsigned char *p, const unsigned char *end) {
  const unsigned char *nl = memchr(p, '\n', (size_t)(end - p));
  if (nl)
    return nl + 1;
  return end;
}

/* Parses from p until the end or the first fault; returns where to go on. The parser is fed line by
 * line, so that the start of the row it is in is always known. */
static const unsigned char *parse_run(struct reading *r, const unsigned char *p,
                                      const unsigned char *end, unsigned char separator) {
  struct csv_parser parser;
  csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL);
  csv_set_delim(&parser, separator);

  const unsigned char *row_start = p;
  bool failed = false;
  while (p < end && !failed && !r->full) {
    const unsigned char *after = next_line(p, end);
    int32_t rows = r->line;

    r->row = row_start;
    r->row_end = after;
    failed = csv_parse(&parser, p, (size_t)(after - p), on_cell, on_row, r) != (size_t)(after - p);
    if (r->line != rows)
      row_start = after;

    p = after;
  }

  if (failed) {
    fault_list_add(r->faults, true,
                   "%s:%d: a quote is in the middle of a cell; put the whole cell in quotes "
                   "and write the quote twice (\"\")",
                   r->sheet->name, r->line + 1);
  } else if (!r->full && csv_fini(&parser, on_cell, on_row, r) != 0) {
    failed = true;
    fault_list_add(r->faults, true, "%s:%d: a quote is opened in this row and never closed",
                   r->sheet->name, r->line + 1);
    p = next_line(row_start, end);
  }

  csv_free(&parser);
  if (failed) {
    r->line++;
    r->n_cells = 0;
  }

  return p;
}

static void check_heading(struct csv_sheet *s, struct fault_list *faults) {
  for (uint32_t i = 0; i < s->n_columns; i++)
    for (uint32_t k = 0; k < i; k++)
      if (*s->column[i] && strcmp(s->column[i], s->column[k]) == 0)
        fault_list_add(faults, true, "%s:%d:%s: two columns have this heading; keep one", s->name,
                       s->heading_line, s->column[i]);
}

/* Excel's own hint, never shown as a row: "sep=;". */
static unsigned char separator_line(const unsigned char **p, const unsigned char *end) {
  if (end - *p < 5 || strncasecmp((const char *)*p, "sep=", 4) != 0 ||
      (end - *p > 5 && (*p)[5] != '\n'))
    return 0;

  unsigned char separator = (*p)[4];
  *p = next_line(*p, end);

  return separator;
}

bool csv_read(struct csv_sheet *ret, const char *name, const void *text, size_t len,
              struct arena *a, struct fault_list *faults) {
  struct csv_sheet s = {.name = arena_strndup(a, name, strlen(name))};
  struct reading r = {.sheet = &s, .arena = a, .faults = faults};
  struct buf utf8 = {0};
  bool ok = decode(name, text, len, &utf8, faults);
  if (ok && utf8.len > 0 && memchr(utf8.data, 0, utf8.len)) {
    fault_list_add(
        faults, true,
        "%s: holds NUL bytes and is not a spreadsheet; save it as \"CSV UTF-8 (comma delimited)\"",
        name);
    ok = false;
  }

  if (ok && utf8.len > 0) {
    unify_blanks(&utf8);
    const unsigned char *p = utf8.data, *end = utf8.data + utf8.len;
    unsigned char separator = separator_line(&p, end);
    if (separator == 0)
      separator = guess_separator(p, (size_t)(end - p));

    r.separator = separator;
    while (p < end && !r.full)
      p = parse_run(&r, p, end, separator);
  }

  if (ok && r.full && s.heading_line == 0)
    ok = false;
  if (ok && s.heading_line == 0) {
    fault_list_add(faults, true, "%s: is empty; the first row must name the columns", name);
    ok = false;
  }

  if (ok) {
    check_heading(&s, faults);
    struct csv_row *rows = arena_alloc(a, (s.n_rows + 1) * sizeof(*rows));
    if (s.n_rows > 0)
      memcpy(rows, s.rows, s.n_rows * sizeof(*rows));

    free(s.rows);
    s.rows = rows;
    *ret = s;
  } else {
    free(s.rows);
  }

  free(r.cells);
  buf_finish(&utf8);

  return ok;
}
