/* lines - see lines.h. */
#include "lines.h"

#include <stdlib.h>
#include <string.h>

#define CUT " ..."
#define CUT_COLUMNS 4

void lines_add(struct lines *l, const char *s) {
  if (l->n == l->room) {
    l->room = l->room * 2 + 16;
    l->items = more_memory(l->items, l->room * sizeof *l->items);
  }

  l->items[l->n++] = copy_text(s);
}

static size_t character_length(const char *s, size_t len) {
  size_t n = 1;
  while (n < len && ((unsigned char)s[n] & 0xC0) == 0x80)
    n++;
  return n;
}

size_t text_fits(const char *s, size_t len, int columns) {
  size_t fits = 0;

  while (fits < len) {
    size_t n = character_length(s + fits, len - fits);
    if (text_columns(s, fits + n) > columns)
      break;
    fits += n;
  }

  return fits;
}

size_t text_characters(const char *s) {
  size_t n = 0;
  for (; *s; s++)
    n += ((unsigned char)*s & 0xC0) != 0x80;
  return n;
}

static void begin_line(struct text *line, int indent) {
  text_clear(line);
  text_addf(line, "%*s", indent, "");
}

void lines_fold(struct lines *l, const char *head, const char *s, int width) {
  struct text line = {0};
  int indent = text_columns(head, strlen(head));
  int column = indent;

  text_add(&line, head);
  while (*(s += strspn(s, " \n\t"))) {
    size_t len = strcspn(s, " \n\t");
    int columns = text_columns(s, len);

    if (column > indent && column + 1 + columns > width) {
      lines_add(l, line.s);
      begin_line(&line, indent);
      column = indent;
    }

    if (column == indent && columns > width - indent) {
      size_t fits = text_fits(s, len, width - indent);
      len = fits ? fits : character_length(s, len);
      columns = text_columns(s, len);
    }

    if (column > indent) {
      text_add(&line, " ");
      column++;
    }

    text_add_n(&line, s, len);
    column += columns;
    s += len;
  }

  lines_add(l, line.s);
  text_finish(&line);
}

/* Whole words, so that " ..." has room behind them; a single long word is cut. */
static void shorten(char **line, int width) {
  size_t fits = text_fits(*line, strlen(*line), width - CUT_COLUMNS), end = fits;
  struct text t = {0};

  if ((*line)[fits])
    while (end > 0 && (*line)[end] != ' ')
      end--;
  while (end > 0 && strchr(" ,;:.", (*line)[end - 1]))
    end--;
  if (!end)
    end = fits;

  text_add_n(&t, *line, end);
  text_add(&t, CUT);
  free(*line);
  *line = t.s;
}

void lines_cut(struct lines *l, size_t first, size_t most, int width) {
  if (l->n <= first + most)
    return;

  while (l->n > first + most)
    free(l->items[--l->n]);
  if (most)
    shorten(&l->items[l->n - 1], width);
}

void lines_print(const struct lines *l, FILE *f) {
  for (size_t i = 0; i < l->n; i++)
    fprintf(f, "%s\n", l->items[i]);
}

void lines_finish(struct lines *l) {
  for (size_t i = 0; i < l->n; i++)
    free(l->items[i]);
  free(l->items);
  *l = (struct lines){0};
}
