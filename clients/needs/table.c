/* table - rows and columns that fit the terminal. */
#include "table.h"
#include "output.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define GAP 2
enum {
  NARROWEST = 6,
  WORD = 20, /* a longer one may be cut */
};

void table_init(struct table *t, int columns, const char *const *headings, unsigned right) {
  *t = (struct table){.columns = columns, .rows = 1, .right = right};
  t->cells = get_memory((size_t)columns * sizeof *t->cells);
  for (int i = 0; i < columns; i++)
    t->cells[i] = copy_text(headings[i]);
}

void table_row(struct table *t, ...) {
  size_t used = (size_t)t->rows * (size_t)t->columns;
  t->cells = more_memory(t->cells, (used + (size_t)t->columns) * sizeof *t->cells);
  va_list ap;
  va_start(ap, t);
  for (int i = 0; i < t->columns; i++) {
    const char *s = va_arg(ap, const char *);
    t->cells[used + (size_t)i] = copy_text(text_or(s, ""));
  }

  va_end(ap);
  t->rows++;
}

static const char *cell(const struct table *t, int row, int column) {
  return t->cells[row * t->columns + column];
}

/* The end of the first piece of a word: a word that is too long for its line is broken after - / :
 * first. */
static size_t piece_of(const char *word, size_t len) {
  size_t n = 0;
  while (n < len && !strchr("-/:", word[n]))
    n++;

  if (n < len)
    return n + 1;
  return len;
}

static int longest_piece(const char *s) {
  int longest = 0;

  while (*s) {
    s += strspn(s, " ");
    size_t len = strcspn(s, " "), n = piece_of(s, len);
    int w = text_columns(s, n);
    if (w > longest)
      longest = w;

    s += n;
  }

  return longest;
}

/* How wide each column is, and at the least should be: words whole, unless they are very long. */
static int measure(const struct table *t, int *width, int *least) {
  int total = (t->columns - 1) * GAP;

  for (int c = 0; c < t->columns; c++) {
    width[c] = 0;
    least[c] = NARROWEST;

    for (int r = 0; r < t->rows; r++) {
      int w = text_columns(cell(t, r, c), strlen(cell(t, r, c))),
          piece = longest_piece(cell(t, r, c));
      if (w > width[c])
        width[c] = w;
      if (piece > least[c]) {
        if (piece < WORD)
          least[c] = piece;
        else
          least[c] = WORD;
      }
    }

    total += width[c];
  }

  return total;
}

/* Takes from the widest columns what is too much. False: they do not fit side by side. */
static bool fit(const struct table *t, int room, int *width) {
  int least[TABLE_MAX_COLUMNS], total = measure(t, width, least);

  while (room && total > room) {
    int widest = -1;
    for (int c = 0; c < t->columns; c++)
      if (width[c] > least[c] && (widest < 0 || width[c] > width[widest]))
        widest = c;

    if (widest < 0)
      return false;

    width[widest]--;
    total--;
  }

  return true;
}

/* As much of a word that is too long for a line as fits in it: whole pieces, else characters, at
 * least one. */
static const char *take_piece(const char *start, int width) {
  const char *end = start;
  size_t len = strcspn(start, " ");
  for (size_t n; (n = piece_of(end, len - (size_t)(end - start))); end += n)
    if (text_columns(start, (size_t)(end + n - start)) > width)
      break;

  if (end > start)
    return end;

  do
    for (end++; (*end & 0xC0) == 0x80; end++)
      ;
  while (*end && *end != ' ' && text_columns(start, (size_t)(end - start)) < width);

  return end;
}

/* As many words of *s as fit in `width` (at least one character), moving *s on. */
static size_t take(const char **s, int width) {
  const char *start = *s + strspn(*s, " "), *end = start;
  *s = start;
  while (*end) {
    const char *next = end + strspn(end, " ");
    next += strcspn(next, " ");
    if (text_columns(start, (size_t)(next - start)) > width)
      break;
    end = next;
  }

  if (end == start && *end)
    end = take_piece(start, width);

  *s = end + strspn(end, " ");

  return (size_t)(end - start);
}

static void print_row(const struct table *t, FILE *f, int indent, int row, const int *width) {
  const char *rest[TABLE_MAX_COLUMNS];
  for (int c = 0; c < t->columns; c++)
    rest[c] = cell(t, row, c);

  bool more = true;
  while (more) {
    more = false;
    int pending = indent; /* blanks not yet printed, so that no line ends in them */

    for (int c = 0; c < t->columns; c++) {
      const char *from = rest[c] + strspn(rest[c], " ");
      size_t len = take(&rest[c], width[c]);
      int blank = width[c] - text_columns(from, len);
      bool right = t->right >> c & 1;

      if (len)
        fprintf(f, "%*s%.*s", pending + (right ? blank : 0), "", (int)len, from);
      if (len) {
        if (right)
          pending = 0;
        else
          pending = blank;
      } else
        pending = pending + width[c];

      pending += GAP;
      if (*rest[c])
        more = true;
    }

    fputc('\n', f);
  }
}

/* On a terminal too narrow for the columns: a line for each cell, a blank line between rows. */
static void print_cells(const struct table *t, FILE *f, int indent, int room) {
  int label = 0;

  for (int c = 0; c < t->columns; c++) {
    int w = text_columns(cell(t, 0, c), strlen(cell(t, 0, c)));
    if (w > label)
      label = w;
  }

  for (int r = 1; r < t->rows; r++) {
    if (r > 1)
      fputc('\n', f);
    for (int c = 0; c < t->columns; c++) {
      const char *rest = cell(t, r, c), *name = cell(t, 0, c);
      while (*rest) {
        const char *from = rest + strspn(rest, " ");
        size_t len = take(&rest, room - label - GAP);
        fprintf(f, "%*s%s%*s%.*s\n", indent, "", name,
                label + GAP - text_columns(name, strlen(name)), "", (int)len, from);
        name = "";
      }
    }
  }
}

void table_print(const struct table *t, FILE *f, int indent) {
  int width[TABLE_MAX_COLUMNS] = {0}, terminal = terminal_width(f),
      room = terminal ? terminal - indent : 0;
  if (!fit(t, room, width)) {
    print_cells(t, f, indent, room);
    return;
  }

  bool bold = !terminal_plain(f);

  for (int r = 0; r < t->rows; r++) {
    if (r == 0 && bold)
      output_control(f, CONTROL_BOLD);
    print_row(t, f, indent, r, width);
    if (r == 0 && bold)
      output_control(f, CONTROL_PLAIN);
  }
}

void table_finish(struct table *t) {
  for (int i = 0; i < t->rows * t->columns; i++)
    free(t->cells[i]);
  free(t->cells);
  *t = (struct table){0};
}
