/* table - see table.h. One row of the sheet becomes one line of Lua; columns.c compiles the cells.
 */
#include "rules/table.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "catalogue/csv.h"
#include "rules/names.h"
#include "rules/suggestions.h"

void table_fault(struct table_cell *x, const char *fmt, ...) {
  char text[400];
  va_list ap;

  va_start(ap, fmt);
  vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  x->row->faulty = true;
  for (char *p = text; *p; p++)
    if (*p == '\n')
      *p = ' '; /* a cell may have line ends, a fault is one line */

  fault_list_add(x->row->faults, true, "%s:%d:%s: %s", x->row->file, x->row->line, x->column->name,
                 text);
}

/* Letters, digits and plain marks as they are, the rest by number: no quote, backslash or line end
 * is left to mean anything. */
void table_quote(struct buf *out, const char *text) {
  buf_u8(out, '"');
  for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
    if (*p < 0x20 || *p == '"' || *p == '\\' || *p == 0x7f)
      buf_printf(out, "\\%03d", *p);
    else
      buf_u8(out, *p);
  }

  buf_u8(out, '"');
}

/* --- columns --- */

static char next_letter(const char **p) {
  while (**p == ' ' || **p == '_' || **p == '-')
    (*p)++;
  if (**p)
    return (char)tolower((unsigned char)*(*p)++);
  return 0;
}

static bool same_heading(const char *a, const char *b) {
  for (;;) {
    char x = next_letter(&a), y = next_letter(&b);
    if (x != y)
      return false;
    if (x == 0)
      return true;
  }
}

const struct table_column *table_column_find(const char *heading) {
  for (size_t i = 0; i < table_n_columns; i++)
    if (same_heading(table_columns[i].name, heading))
      return &table_columns[i];
  return NULL;
}

struct sheet {
  const struct csv_sheet *csv;
  const struct catalogue *catalogue;
  struct arena *arena;
  struct fault_list *faults;
  int32_t *at; /* column of table_columns -> column of the sheet, -1 = not there */
  /* a column that must be there is missing, which is said once and not again for each row */
  bool incomplete;
};

/* Only what is misspelt: one letter in three at most, or "notes" would be near to "roles". */
static void unknown_column(const struct sheet *s, const char *heading) {
  struct nearest near = nearest_to(heading);
  unsigned bound = (unsigned)strlen(heading) / 3 + 1;
  if (near.distance > bound)
    near.distance = bound;
  for (size_t i = 0; i < table_n_columns; i++)
    nearest_try(&near, table_columns[i].name);

  const char *instead = suggest_for_name("column", heading);
  if (instead)
    fault_list_add(s->faults, true, "%s:%d:%s: this column is not known; %s", s->csv->name,
                   s->csv->heading_line, heading, instead);
  else if (nearest_best(&near))
    fault_list_add(s->faults, true, "%s:%d:%s: this column is not known; did you mean '%s'?",
                   s->csv->name, s->csv->heading_line, heading, nearest_best(&near));
  else
    fault_list_add(s->faults, true,
                   "%s:%d:%s: this column is not known; delete it, or look in docs/rules.md (Rules "
                   "in a spreadsheet) for the one "
                   "that says this",
                   s->csv->name, s->csv->heading_line, heading);
}

/* A heading as a person would write it: csv.c joins words by '_'. */
static const char *spaced(struct arena *a, const char *heading) {
  char *copy = arena_strndup(a, heading, strlen(heading));
  for (char *p = copy; *p; p++)
    if (*p == '_')
      *p = ' ';
  return copy;
}

static void map_column(struct sheet *s, uint32_t at) {
  const char *heading = spaced(s->arena, s->csv->column[at]);
  if (!*heading)
    return;

  const struct table_column *column = table_column_find(heading);
  if (!column)
    return unknown_column(s, heading);

  int32_t *place = &s->at[column - table_columns];
  if (*place >= 0 &&
      strcmp(s->csv->column[*place], s->csv->column[at]) != 0) /* else csv.c said it */
    fault_list_add(s->faults, true, "%s:%d:%s: two columns have this heading; keep one",
                   s->csv->name, s->csv->heading_line, column->name);

  *place = (int32_t)at;
}

static bool has_heading(const struct sheet *s, const char *heading) {
  for (uint32_t i = 0; i < s->csv->n_columns; i++)
    if (same_heading(s->csv->column[i], heading))
      return true;
  return false;
}

#define A_CATALOGUE "looks like a catalogue"

/* A directory of a catalogue has some twenty files; it is said of the first. */
static bool is_said(const struct fault_list *faults, const char *sentence) {
  for (size_t i = 0; i < faults->n; i++)
    if (strstr(faults->lines[i].text, sentence))
      return true;
  return false;
}

/* Good files in the wrong place: tests, and tables of a catalogue. What they are like is
 * trial/sheet.c's and the catalogue's. */
static bool is_elsewhere(const struct sheet *s) {
  static const char *const of_tests[] = {"test", "rule fires", "rule refuses", "does not recommend",
                                         "recommends"};
  const char *slash = strrchr(s->csv->name, '/');
  bool test = false;

  if (has_heading(s, "recommend") || has_heading(s, "about"))
    return false;

  for (size_t i = 0; i < ARRAY_LEN(of_tests); i++)
    test |= has_heading(s, of_tests[i]);
  if (test)
    fault_list_add(s->faults, true,
                   "%s:%d: looks like a table of tests; they belong in tests/, beside the rules",
                   s->csv->name, s->csv->heading_line);
  else if (!catalogue_has_file(slash ? slash + 1 : s->csv->name))
    return false;
  else if (!is_said(s->faults, A_CATALOGUE))
    fault_list_add(
        s->faults, true,
        "%s:%d: " A_CATALOGUE
        ", which lies in a directory of its own: `needs catalogue check DIR` checks one, and "
        "--catalogue DIR names it to go with rules",
        s->csv->name, s->csv->heading_line);

  return true;
}

/* A row of headings has one that is known; without any it is a title, or a row of values. */
static bool has_headings(const struct sheet *s) {
  for (uint32_t i = 0; i < s->csv->n_columns; i++)
    if (table_column_find(spaced(s->arena, s->csv->column[i])))
      return true;

  fault_list_add(s->faults, true,
                 "%s:%d: names no column that is known; the first row that is not blank must hold "
                 "the headings: rule, roles, "
                 "competences, needs ... recommend, about, source, owner",
                 s->csv->name, s->csv->heading_line);
  return false;
}

static void map_columns(struct sheet *s) {
  s->at = arena_alloc(s->arena, table_n_columns * sizeof *s->at);
  for (size_t i = 0; i < table_n_columns; i++)
    s->at[i] = -1;
  for (uint32_t i = 0; i < s->csv->n_columns; i++)
    map_column(s, i);
  for (size_t i = 0; i < table_n_columns; i++) {
    if (!table_columns[i].must || s->at[i] >= 0)
      continue;

    s->incomplete = true;
    fault_list_add(s->faults, true,
                   "%s:%d:%s: this column is missing; add a column with this heading", s->csv->name,
                   s->csv->heading_line, table_columns[i].name);
  }
}

/* --- rows --- */

static void check_headless(const struct sheet *s, struct table_row *row, const struct csv_row *r) {
  for (uint32_t i = 0; i < s->csv->n_columns; i++) {
    if (*s->csv->column[i] || !*r->cell[i])
      continue;

    row->faulty = true;
    fault_list_add(s->faults, true,
                   "%s:%d: column %u has a cell but no heading; name the column or clear it",
                   row->file, row->line, i + 1);
  }
}

static void compile_cells(const struct sheet *s, struct table_row *row, const struct csv_row *r) {
  for (size_t i = 0; i < table_n_columns; i++) {
    struct table_cell x = {row, &table_columns[i], s->at[i] < 0 ? "" : r->cell[s->at[i]]};
    if (*x.text)
      x.column->compile(&x);
    else if (x.column->must && s->at[i] >= 0)
      table_fault(&x, "is blank; every rule needs it");
  }
}

static void put(struct buf *out, const struct buf *piece) {
  buf_put(out, piece->data, piece->len);
}

static void write_made(const struct table_row *row, struct buf *out) {
  if (row->n_made > 1)
    buf_puts(out, "{ ");
  for (uint32_t i = 0; i < row->n_made; i++) {
    buf_puts(out, i > 0 ? ", " : "");
    buf_puts(out, row->made[i]);
    put(out, &row->with);
    buf_puts(out, "}");
  }

  if (row->n_made > 1)
    buf_puts(out, " }");
}

#define FUNCTION "function(need, person, school) return "

static void write_rule(const struct table_row *row, struct buf *out) {
  buf_puts(out, "rule ");
  table_quote(out, row->name);
  buf_puts(out, " { ");
  put(out, &row->fields);

  if (row->givens.len > 0) {
    buf_puts(out, "when = " FUNCTION);
    put(out, &row->givens);
    buf_puts(out, " end, ");
  }

  buf_puts(out, "recommend = " FUNCTION);
  write_made(row, out);
  buf_puts(out, " end }");
}

static void compile_row(const struct sheet *s, const struct csv_row *r, struct buf *out) {
  struct table_row row = {.file = s->csv->name,
                          .line = r->line,
                          .catalogue = s->catalogue,
                          .arena = s->arena,
                          .faults = s->faults};
  check_headless(s, &row, r);
  compile_cells(s, &row, r);
  if (!row.faulty && !s->incomplete)
    write_rule(&row, out);

  buf_finish(&row.fields);
  buf_finish(&row.givens);
  buf_finish(&row.with);
}

void table_compile(const char *name, const void *text, size_t len, const struct catalogue *c,
                   struct arena *a, struct fault_list *faults, struct buf *ret_lua) {
  struct csv_sheet csv;
  struct sheet s = {.csv = &csv, .catalogue = c, .arena = a, .faults = faults};

  if (!csv_read(&csv, name, text, len, a, faults))
    return;
  if (is_elsewhere(&s) || !has_headings(&s))
    return;

  map_columns(&s);
  if (csv.n_rows == 0)
    fault_list_add(faults, false, "%s:%d: has headings and no row below them, so it holds no rule",
                   csv.name, csv.heading_line);

  int32_t line = 1;

  for (uint32_t i = 0; i < csv.n_rows; i++) {
    for (; line < csv.rows[i].line; line++)
      buf_u8(ret_lua, '\n');
    compile_row(&s, &csv.rows[i], ret_lua);
  }
}

/* --- the reference --- */

void table_print_columns(struct buf *out) {
  for (size_t i = 0; i < table_n_columns; i++) {
    const struct table_column *c = &table_columns[i];
    buf_printf(out, "| %s%s | %s | %s |\n", c->name, c->must ? " (must)" : "", c->takes,
               c->meaning);
  }
}
