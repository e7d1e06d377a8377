/* table - rows and columns that fit the terminal. */
#include "table.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define GAP 2
#define NARROWEST 12

void table_init(struct table *t, int columns, const char *const *headings, unsigned right) {
  *t = (struct table){.columns = columns, .rows = 1, .right = right};
  t->cells = get_memory((size_t)columns * sizeof *t->cells);
  for (int i = 0; i < columns; i++) t->cells[i] = copy_text(headings[i]);
}

void table_row(struct table *t, ...) {
  size_t used = (size_t)t->rows * (size_t)t->columns;
  t->cells = more_memory(t->cells, (used + (size_t)t->columns) * sizeof *t->cells);
  va_list ap;
  va_start(ap, t);
  for (int i = 0; i < t->columns; i++) {
    const char *s = va_arg(ap, const char *);
    t->cells[used + (size_t)i] = copy_text(s ? s : "");
  }
  va_end(ap);
  t->rows++;
}

static const char *cell(const struct table *t, int row, int column) { return t->cells[row * t->columns + column]; }

static void measure(const struct table *t, int room, int *width) {
  int total = (t->columns - 1) * GAP;
  for (int c = 0; c < t->columns; c++) {
    width[c] = 0;
    for (int r = 0; r < t->rows; r++) {
      int w = text_columns(cell(t, r, c), strlen(cell(t, r, c)));
      if (w > width[c]) width[c] = w;
    }
    total += width[c];
  }
  while (room && total > room) {
    int widest = 0;
    for (int c = 1; c < t->columns; c++)
      if (width[c] > width[widest]) widest = c;
    if (width[widest] <= NARROWEST) return;
    width[widest]--, total--;
  }
}

/* As many words of *s as fit in `width` (at least one character), moving *s on. */
static size_t take(const char **s, int width) {
  const char *start = *s + strspn(*s, " "), *end = start;
  *s = start;
  while (*end) {
    const char *next = end + strspn(end, " ");
    next += strcspn(next, " ");
    if (text_columns(start, (size_t)(next - start)) > width) break;
    end = next;
  }
  if (end == start) /* one word, wider than the column: cut between characters */
    while (*end && text_columns(start, (size_t)(end - start)) < width) do
        end++;
      while ((*end & 0xC0) == 0x80);
  *s = end + strspn(end, " ");
  return (size_t)(end - start);
}

static void print_row(const struct table *t, FILE *f, int indent, int row, const int *width) {
  const char *rest[TABLE_MAX_COLUMNS];
  for (int c = 0; c < t->columns; c++) rest[c] = cell(t, row, c);
  bool more = true;
  while (more) {
    more = false;
    int pending = indent; /* blanks not yet printed, so that no line ends in them */
    for (int c = 0; c < t->columns; c++) {
      const char *from = rest[c] + strspn(rest[c], " ");
      size_t len = take(&rest[c], width[c]);
      int blank = width[c] - text_columns(from, len);
      bool right = t->right >> c & 1;
      if (len) fprintf(f, "%*s%.*s", pending + (right ? blank : 0), "", (int)len, from);
      pending = len ? (right ? 0 : blank) : pending + width[c];
      pending += GAP;
      if (*rest[c]) more = true;
    }
    fputc('\n', f);
  }
}

void table_print(const struct table *t, FILE *f, int indent) {
  int width[TABLE_MAX_COLUMNS] = {0}, terminal = terminal_width(f);
  measure(t, terminal ? terminal - indent : 0, width);
  bool bold = !terminal_plain(f);
  for (int r = 0; r < t->rows; r++) {
    if (r == 0 && bold) fputs("\033[1m", f);
    print_row(t, f, indent, r, width);
    if (r == 0 && bold) fputs("\033[0m", f);
  }
}

void table_finish(struct table *t) {
  for (int i = 0; i < t->rows * t->columns; i++) free(t->cells[i]);
  free(t->cells);
  *t = (struct table){0};
}
