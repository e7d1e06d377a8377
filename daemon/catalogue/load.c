/* load - sheets of all layers -> merged rows -> items, by the descriptions in tables.c.
 *
 * Two passes. The first reads every file, merges the layers row by row by key and gives every
 * surviving row its item, so that rows may refer to one another in any order. The second converts
 * the cells. Each fault is named by file, row and column, and all of them are found in one go. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/code.h"
#include "base/nearest.h"
#include "catalogue/csv.h"
#include "catalogue/internal.h"

static const char *const layers[] = {"national", "authority"};
static const char *const no_yes[] = {"no", "yes", NULL};

void row_fault(struct fault_list *f, bool is_error, const struct row *r, const char *column,
               const char *fmt, ...) {
  char text[400];
  va_list ap;

  va_start(ap, fmt);
  vsnprintf(text, sizeof(text), fmt, ap);
  va_end(ap);
  fault_list_add(f, is_error, "%s:%d:%s: %s", r->file, r->line, column, text);
}

/* The row's name that is fewest edits away, at most `limit`; NULL if there is none, or when the
 * budget is spent. */
static const char *nearest(const struct table *table, const char *given, uint32_t limit,
                           uint64_t *budget) {
  const char *found = NULL;
  size_t len = strlen(given);

  for (uint32_t i = 0; i<table->n && * budget> 0; i++) {
    const char *name = table->def == &table_defs[TABLE_COMPETENCE]
                           ? ((const struct competence *)table->rows[i]->item)->code
                           : table->rows[i]->key;
    size_t cost = 1 + len * strnlen(name, 64);
    if (cost < *budget)
      *budget -= cost;
    else
      *budget -= *budget;

    uint32_t d = 0;
    if (strcasecmp(given, name) != 0)
      d = edits(given, name, limit);

    if (d > limit)
      continue;

    found = name;
    if (d == 0)
      break;

    limit = d - 1;
  }

  return found;
}

const char *nearest_name(struct catalogue *c, enum table_id t, const char *given) {
  const struct table *table = &c->tables[t];
  const char *found = nearest(table, given, 2, &c->hints);
  if (found)
    return arena_printf(&c->arena, "; did you mean '%s'?", found);
  return arena_printf(&c->arena, "; it must be in %s", table->def->file);
}

const char *catalogue_nearest(const struct catalogue *c, enum domain d, const char *given,
                              uint64_t *budget) {
  if (domain_tables[d] == TABLE_COUNT)
    return NULL;
  return nearest(&c->tables[domain_tables[d]], given, strlen(given) > 4 ? 2 : 1, budget);
}

const struct competence *catalogue_nearest_competence(const struct catalogue *c, const char *given,
                                                      uint64_t *budget) {
  const char *code = nearest(&c->tables[TABLE_COMPETENCE], given, strlen(given) > 4 ? 2 : 1,
                             budget);
  if (!code)
    return NULL;

  return catalogue_competence(c, code);
}

/* --- first pass: files to rows --- */

struct loading {
  struct catalogue *c;
  struct fault_list *faults;
  struct table *table;
  const struct csv_sheet *sheet;
  bool national, full;
  int32_t at[MAX_COLUMNS]; /* column of the table -> column of the sheet, -1 = not there */
  int32_t remove;          /* column of the sheet, -1 */
};

static int32_t sheet_column(const struct csv_sheet *s, const char *name) {
  for (uint32_t i = 0; i < s->n_columns; i++)
    if (strcmp(s->column[i], name) == 0)
      return (int32_t)i;
  return -1;
}

static bool known_column(const struct loading *l, const char *name) {
  for (const struct column *c = l->table->def->columns; c->name; c++)
    if (strcmp(c->name, name) == 0)
      return true;
  return !l->national && strcmp(name, "remove") == 0;
}

/* An authority's sheet needs only the keys: what it leaves out stays as it was. */
static bool map_columns(struct loading *l) {
  const struct column *columns = l->table->def->columns;
  const struct csv_sheet *s = l->sheet;
  bool ok = true;

  for (uint32_t i = 0; i < s->n_columns; i++)
    if (*s->column[i] && !known_column(l, s->column[i]))
      fault_list_add(l->faults, false, "%s:%d:%s: this column is not known and was not read",
                     s->name, s->heading_line, s->column[i]);

  for (uint32_t i = 0; columns[i].name; i++) {
    l->at[i] = sheet_column(s, columns[i].name);
    if (l->at[i] >= 0 || !(columns[i].need == KEY || (columns[i].need == MUST && l->national)))
      continue;

    fault_list_add(l->faults, true,
                   "%s:%d:%s: this column is missing; add a column with this heading", s->name,
                   s->heading_line, columns[i].name);
    ok = false;
  }

  if (l->national)
    l->remove = -1;
  else
    l->remove = sheet_column(s, "remove");

  return ok;
}

/* The row's key, or NULL with a fault when a part is blank. Competences are joined in full, so that
 * STL3 and STL@2007/STL3 are one row. */
static const char *row_key(struct loading *l, const struct csv_row *r) {
  const struct table_def *def = l->table->def;
  char key[512];
  size_t len = 0;
  const char *joins = def->joins;
  bool first = true;

  for (uint32_t i = 0; def->columns[i].name; i++) {
    if (def->columns[i].need != KEY)
      continue;

    const char *text = r->cell[l->at[i]];
    if (!*text) {
      fault_list_add(l->faults, true, "%s:%d:%s: is blank; every row needs it", l->sheet->name,
                     r->line, def->columns[i].name);
      return NULL;
    }

    if (def->columns[i].cell == CELL_COMPETENCE || def->columns[i].cell == CELL_FORMER) {
      const struct competence *k = competence_as(l->c, text, l->national);
      if (k)
        text = k->key;
    }

    if (!first) {
      char join = KEY_JOIN;
      if (joins && *joins)
        join = *joins++;
      key[len++] = join;
    }

    first = false;
    size_t n = strlen(text);
    if (len + n + 2 > sizeof(key)) {
      fault_list_add(l->faults, true, "%s:%d:%s: is longer than 400 characters", l->sheet->name,
                     r->line, def->columns[i].name);
      return NULL;
    }

    memcpy(key + len, text, n);
    len += n;
  }

  return arena_strndup(&l->c->arena, key, len);
}

static struct row *add_row(struct loading *l, const char *key) {
  struct table *t = l->table;
  struct row *row = arena_alloc(&l->c->arena, sizeof(*row));

  if (t->n == t->cap) {
    uint32_t cap = 64;
    if (t->cap)
      cap = t->cap * 2;

    struct row **rows = arena_alloc(&l->c->arena, cap * sizeof(*rows));
    if (t->n > 0)
      memcpy(rows, t->rows, t->n * sizeof(*rows));

    t->rows = rows;
    t->cap = cap;
  }

  t->rows[t->n++] = row;
  row->key = key;
  names_put(&t->by_key, &l->c->arena, key, row);

  return row;
}

/* Profiles are made for every role and competence, so neither may be without end. */
static bool room_for(struct loading *l, const struct csv_row *r) {
  uint32_t most = UINT32_MAX;
  if (l->table->def == &table_defs[TABLE_ROLE] || l->table->def == &table_defs[TABLE_COMPETENCE])
    most = 2000;

  if (l->table->n < most)
    return true;

  if (!l->full)
    fault_list_add(l->faults, true,
                   "%s:%d: is one row too many; at most %u are read, of both layers",
                   l->sheet->name, r->line, most);

  l->full = true;

  return false;
}

static void merge_row(struct loading *l, const struct csv_row *r) {
  const char *key = row_key(l, r);
  if (!key)
    return;

  struct row *row = (struct row *)names_get(&l->table->by_key, key);
  bool removes = l->remove >= 0 && strcasecmp(r->cell[l->remove], "yes") == 0;
  if (l->remove >= 0 && *r->cell[l->remove] && !removes &&
      strcasecmp(r->cell[l->remove], "no") != 0)
    fault_list_add(l->faults, true, "%s:%d:remove: '%s' is not yes or no", l->sheet->name, r->line,
                   r->cell[l->remove]);

  if (row && row->file == l->sheet->name) {
    fault_list_add(l->faults, true, "%s:%d: is the same row as row %d again; keep one",
                   l->sheet->name, r->line, row->line);
    return;
  }
  if (!row && removes) {
    fault_list_add(l->faults, false, "%s:%d:remove: there is no such row to take out",
                   l->sheet->name, r->line);
    return;
  }
  if (!row && !room_for(l, r))
    return;

  if (!row)
    row = add_row(l, key);

  row->national |= l->national;
  row->file = l->sheet->name;
  row->line = r->line;
  row->removed = removes;

  for (uint32_t i = 0; l->table->def->columns[i].name; i++) {
    if (l->at[i] < 0)
      continue;
    row->cell[i] = r->cell[l->at[i]];
    if (!l->national)
      row->own |= 1u << i;
  }
}

static void merge_file(struct loading *l, const struct bundle *from, uint32_t layer) {
  char name[128];
  snprintf(name, sizeof(name), "%s/%s", layers[layer], l->table->def->file);
  const struct bundle_file *file = bundle_find(from, name);
  struct csv_sheet sheet;

  l->national = layer == 0;
  if (!file && layer == 0 && l->table->def->required)
    fault_list_add(l->faults, true, "%s: this file is missing; a catalogue cannot do without it",
                   name);

  if (!file || !csv_read(&sheet, name, file->text, file->len, &l->c->arena, l->faults))
    return;

  l->sheet = &sheet;
  uint32_t n = 0;
  if (map_columns(l))
    n = sheet.n_rows;
  for (uint32_t i = 0; i < n; i++)
    merge_row(l, &sheet.rows[i]);

  l->sheet = NULL;
}

/* True when the row stands on something that the authority took out: then it goes too, unless the
 * authority wrote that itself. */
static bool stands_on_removed(struct catalogue *c, const struct table *t, const struct row *r) {
  for (uint32_t i = 0; t->def->columns[i].name; i++) {
    const struct column *col = &t->def->columns[i];
    if (col->need == MAY || (r->own & 1u << i) || !r->cell[i])
      continue;
    if (col->cell == CELL_REF && table_removed(c, col->ref, r->cell[i]))
      return true;
    if ((col->cell == CELL_COMPETENCE || col->cell == CELL_FORMER) &&
        table_removed(c, TABLE_COMPETENCE, r->cell[i]))
      return true;
  }

  return false;
}

static int by_row_key(const void *x, const void *y) {
  return strcmp((*(struct row *const *)x)->key, (*(struct row *const *)y)->key);
}

/* Drops what is taken out, sorts, gives every row its item. */
static void settle(struct catalogue *c, struct table *t) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < t->n; i++) {
    if (!t->rows[i]->removed && stands_on_removed(c, t, t->rows[i]))
      t->rows[i]->removed = true;
    if (!t->rows[i]->removed)
      t->rows[n++] = t->rows[i];
  }

  t->n = n;
  if (t->def->sorted && n > 1)
    qsort(t->rows, n, sizeof(*t->rows), by_row_key);

  size_t size = 1;
  if (t->def->size)
    size = t->def->size;

  t->items = arena_alloc(&c->arena, (n + 1) * size);
  for (uint32_t i = 0; i < n; i++)
    t->rows[i]->item = t->items + i * size;
}

bool catalogue_has_file(const char *name) {
  for (uint32_t t = 0; t < TABLE_COUNT; t++)
    if (strcmp(name, table_defs[t].file) == 0)
      return true;
  return false;
}

static void unknown_files(const struct bundle *from, struct fault_list *faults) {
  for (size_t i = 0; i < from->n; i++) {
    const char *slash = strchr(from->files[i].name, '/'),
               *base = slash ? slash + 1 : from->files[i].name;
    if (!slash || !catalogue_has_file(base))
      fault_list_add(faults, false, "%s: is not a file of the catalogue and was not read",
                     from->files[i].name);
  }
}

/* --- second pass: cells to items --- */

struct cell_at {
  struct catalogue *c;
  struct fault_list *faults;
  const struct row *row;
  const struct column *column;
  const char *text;
  char *item;
  bool national; /* the cell was written by the national layer */
};

#define cell_fault(x, ...) row_fault((x)->faults, true, (x)->row, (x)->column->name, __VA_ARGS__)
#define cell_strict(x, ...)                                                                        \
  row_strict((x)->c, (x)->faults, (x)->row, (x)->column->name, __VA_ARGS__)
#define STORE(x, T, value)                                                                         \
  do {                                                                                             \
    if ((x)->column->at != NOWHERE)                                                                \
      *(T *)(void *)((x)->item + (x)->column->at) = (value);                                       \
  } while (0)

static bool is_class(const char *text) {
  const char *at = strchr(text, '@');
  size_t n = at ? (size_t)(at - text) : strlen(text);
  return strlen(text) <= CODE_MAX && is_name(text, n, CODE_MAX, false) &&
         (!at || is_name(at + 1, strlen(at + 1), CODE_MAX, false));
}

static bool whole(const char *text, int32_t *ret) {
  int64_t v = 0;
  size_t n = 0;
  for (; text[n] >= '0' && text[n] <= '9' && n < 10; n++)
    v = v * 10 + (text[n] - '0');

  if (n == 0 || text[n] || v > INT32_MAX)
    return false;

  *ret = (int32_t)v;

  return true;
}

static int word_index(const char *const *words, const char *text) {
  for (int i = 0; words[i]; i++)
    if (strcmp(words[i], text) == 0)
      return i;
  return -1;
}

static const char *words_list(struct arena *a, const char *const *words) {
  const char *list = words[0];
  for (int i = 1; words[i]; i++)
    list = arena_printf(a, "%s%s%s", list, words[i + 1] ? ", " : " or ", words[i]);
  return list;
}

static int find_word(const struct cell_at *x, const char *const *words) {
  int i = word_index(words, x->text);
  if (i < 0)
    cell_fault(x, "'%s' is not known; write %s", x->text, words_list(&x->c->arena, words));
  return i;
}

/* Whatever is printed of a cell stays on its line, and is short enough to be read. */
static void check_text(const struct cell_at *x, size_t most) {
  size_t n = text_characters(x->text);

  if (text_unprintable(x->text, strlen(x->text)))
    cell_strict(x, "holds a line break, a tab or another character that does not print; write "
                   "plain text in one line");
  else if (text_markup(x->text))
    cell_strict(x, "holds markup such as %.20s; write plain text", text_markup(x->text));
  else if (n > most)
    cell_strict(x, "has %zu characters; at most %zu are shown, so write it shorter", n, most);
}

static void fill_text(struct cell_at *x) {
  if (!x->column->words)
    check_text(x, TEXT_MAX);
  if (x->column->words && find_word(x, x->column->words) < 0)
    return;

  STORE(x, const char *, x->text);
}

static void fill_note(struct cell_at *x) {
  check_text(x, NOTE_MAX);
}

static void fill_code(struct cell_at *x) {
  bool is_word = x->column->cell == CELL_WORD_CODE;

  if (!is_name(x->text, strlen(x->text), CODE_MAX, false))
    cell_fault(x, "'%s' is not a code; use 1 to 64 letters, digits, '.', '_' or '-'", x->text);
  else if (is_word && !is_word_code(x->text))
    cell_strict(x,
                "'%s' cannot be named in a spreadsheet; begin with a letter, as in T%s, and use no "
                "true or false",
                x->text, x->text);
  else if (!is_plain_code(x->text))
    cell_strict(x, "'%s' does not begin with a letter or a digit", x->text);

  STORE(x, const char *, x->text);
}

static void fill_class(struct cell_at *x) {
  if (!is_class(x->text))
    cell_fault(x,
               "'%s' is not a class; use 1 to 64 letters, digits, '.', '_' or '-', with '@' and a "
               "level, as in maths@2",
               x->text);

  STORE(x, const char *, x->text);
}

static void fill_int(struct cell_at *x) {
  int32_t v;
  if (!whole(x->text, &v) || v < x->column->low || v > x->column->high)
    cell_fault(x, "'%s' is not a whole number from %d to %d", x->text, x->column->low,
               x->column->high);
  else
    STORE(x, int32_t, v);
}

static void fill_date(struct cell_at *x) {
  int32_t day;
  if (!date_parse(x->text, strlen(x->text), &day))
    cell_fault(x, "'%s' is not a date; write it as 2026-09-01", x->text);
  else
    STORE(x, int32_t, day);
}

static void fill_word(struct cell_at *x) {
  int i = find_word(x, x->column->words);
  if (i >= 0)
    STORE(x, int, i);
}

static void fill_yes(struct cell_at *x) {
  int i = find_word(x, x->column->words ? x->column->words : no_yes);
  if (i >= 0)
    STORE(x, bool, i == 1);
}

static const struct row *find_ref(const struct cell_at *x, const char *code) {
  const struct row *r = table_row(x->c, x->column->ref, code);
  if (!r && !(x->national && table_removed(x->c, x->column->ref, code)))
    cell_fault(x, "unknown %s '%s'%s", x->column->name, code,
               nearest_name(x->c, x->column->ref, code));
  return r;
}

static void fill_ref(struct cell_at *x) {
  const struct row *r = find_ref(x, x->text);
  if (r)
    STORE(x, const void *, r->item);
}

/* Calls `each` for every part of a list separated by ';'. */
static void for_parts(struct cell_at *x, void (*each)(struct cell_at *, char *part, void *),
                      void *arg) {
  _cleanup_free_ char *copy = mem_strdup(x->text);
  char *rest = copy, *part;
  while ((part = strsep(&rest, ";"))) {
    while (*part == ' ')
      part++;
    for (size_t n = strlen(part); n > 0 && part[n - 1] == ' '; n--)
      part[n - 1] = 0;
    if (*part)
      each(x, part, arg);
  }
}

static void check_ref(struct cell_at *x, char *part, void *arg) {
  (void)arg;
  find_ref(x, part);
}

static void fill_refs(struct cell_at *x) {
  for_parts(x, check_ref, NULL);
  STORE(x, const char *, x->text);
}

static const struct competence *find_competence(const struct cell_at *x, const char *text) {
  const struct competence *k = competence_as(x->c, text, x->national);
  if (k || (x->national && table_removed(x->c, TABLE_COMPETENCE, text)))
    return k;

  if (catalogue_ambiguous(x->c, text))
    cell_fault(x, "'%s' is in more than one framework; write it in full, as framework@version/code",
               text);
  else
    cell_fault(x, "unknown competence '%s'%s", text, nearest_name(x->c, TABLE_COMPETENCE, text));

  return NULL;
}

static void fill_competence(struct cell_at *x) {
  const struct competence *k = find_competence(x, x->text);
  if (k)
    STORE(x, const struct competence *, k);
}

/* Ratings keep the code that they were sent with: a row says which competence it is now. */
static void fill_former(struct cell_at *x) {
  const struct competence *k = competence_as(x->c, x->text, x->national);
  const char *slash = strchr(x->text, '/');

  if (k || !slash) {
    fill_competence(x);
    return;
  }

  const char *framework = arena_strndup(&x->c->arena, x->text, (size_t)(slash - x->text));
  if (!table_row(x->c, TABLE_FRAMEWORK, framework))
    cell_fault(x,
               "'%s' is of framework '%s', which is not in frameworks.csv; keep its row there, "
               "which says what its levels are",
               x->text, framework);
  else
    ((struct crossing *)(void *)x->item)->former = x->text;
}

struct list {
  struct gives items[64];
  uint32_t n;
};

static void add_given(struct cell_at *x, char *part, void *arg) {
  struct list *list = arg;
  struct gives g = {0};

  if (x->column->cell == CELL_GIVES) {
    char *colon = strrchr(part, ':');
    if (!colon || !whole(colon + 1, &g.level)) {
      cell_fault(x, "'%s' is not competence:level, such as STL3:3; separate several by ';'", part);
      return;
    }

    *colon = 0;
  }

  g.competence = find_competence(x, part);
  if (!g.competence)
    return;

  if (list->n == ARRAY_LEN(list->items))
    cell_fault(x, "holds more than %zu competences", ARRAY_LEN(list->items));
  else
    list->items[list->n++] = g;
}

static void fill_list(struct cell_at *x) {
  struct list list = {.n = 0};
  for_parts(x, add_given, &list);
  if (x->column->at == NOWHERE || list.n == 0)
    return;

  bool levels = x->column->cell == CELL_GIVES;
  void *kept = arena_alloc(&x->c->arena,
                           list.n * (levels ? sizeof(struct gives) : sizeof(struct competence *)));

  for (uint32_t i = 0; i < list.n; i++) {
    if (levels)
      ((struct gives *)kept)[i] = list.items[i];
    else
      ((const struct competence **)kept)[i] = list.items[i].competence;
  }

  STORE(x, const void *, kept);
  *(uint32_t *)(void *)(x->item + x->column->at_n) = list.n;
}

/* The number that a level's word is ("3") or begins with ("3: alone"); -1: none. */
static int32_t word_number(const char *word) {
  size_t digits = strspn(word, "0123456789");
  const char *rest = word + digits + strspn(word + digits, " ");

  if (digits == 0 || digits > 6)
    return -1;
  if (*rest != '\0' && !strchr(":.)=-", *rest))
    return -1;
  return atoi(word);
}

/* A level is journaled as its place, 0 for the first word: a word that says another number would be
 * read as that. */
static void check_level(struct cell_at *x, const struct framework *f, const char *word) {
  int place = f->n_levels;
  int32_t number = word_number(word);

  if (number >= 0 && number != place)
    cell_strict(x,
                "the word '%s' says %d and is level %d: levels are counted from 0; put the word of "
                "level 0 first, or write words "
                "without numbers",
                word, number, place);

  for (int i = 0; i < place; i++)
    if (strcasecmp(f->levels[i], word) == 0)
      cell_strict(x, "the word '%s' is that of level %d and of level %d; every level has its own",
                  word, i, place);
}

static void add_level(struct cell_at *x, char *part, void *arg) {
  struct framework *f = arg;
  if (f->n_levels == MAX_LEVELS) {
    cell_fault(x, "holds more than %d levels", MAX_LEVELS);
    return;
  }

  check_level(x, f, part);
  f->levels[f->n_levels++] = arena_strndup(&x->c->arena, part, strlen(part));
}

/* "none;;able": every word after it would be another level than it looks. */
static bool has_empty_part(const char *list) {
  bool empty = true;

  for (const char *p = list; *p != '\0'; p++) {
    if (*p == ';' && empty)
      return true;

    if (*p == ';')
      empty = true;
    if (*p != ';' && *p != ' ')
      empty = false;
  }

  return empty;
}

static void fill_levels(struct cell_at *x) {
  struct framework *f = (struct framework *)(void *)x->item;
  f->n_levels = 0;
  check_text(x, TEXT_MAX);
  if (has_empty_part(x->text))
    cell_strict(x, "has an empty word; write a word for every level, separated by ';'");

  for_parts(x, add_level, f);
  if (f->n_levels < 2)
    cell_fault(x, "needs the words of at least two levels, lowest first, separated by ';'");
}

static void fill_version(struct cell_at *x) {
  const char *framework = arena_printf(&x->c->arena, "%s@%s", x->row->cell[0], x->text);
  const struct row *r = table_row(x->c, TABLE_FRAMEWORK, framework);
  if (r)
    STORE(x, const void *, r->item);
  else
    cell_fault(x, "unknown framework '%s'%s", framework,
               nearest_name(x->c, TABLE_FRAMEWORK, framework));
}

static void (*const fillers[])(struct cell_at *) = {
    [CELL_NOTE] = fill_note,      [CELL_TEXT] = fill_text,
    [CELL_CODE] = fill_code,      [CELL_WORD_CODE] = fill_code,
    [CELL_CLASS] = fill_class,    [CELL_INT] = fill_int,
    [CELL_DATE] = fill_date,      [CELL_WORD] = fill_word,
    [CELL_YES] = fill_yes,        [CELL_REF] = fill_ref,
    [CELL_REFS] = fill_refs,      [CELL_COMPETENCE] = fill_competence,
    [CELL_FORMER] = fill_former,  [CELL_COMPETENCES] = fill_list,
    [CELL_GIVES] = fill_list,     [CELL_LEVELS] = fill_levels,
    [CELL_VERSION] = fill_version};

static void fill_row(struct catalogue *c, const struct table *t, const struct row *row,
                     struct fault_list *faults) {
  for (uint32_t i = 0; t->def->columns[i].name; i++) {
    const struct column *col = &t->def->columns[i];
    struct cell_at x = {c, faults, row, col, row->cell[i], row->item, !(row->own & 1u << i)};

    if ((col->cell == CELL_INT || col->cell == CELL_DATE) && col->at != NOWHERE)
      STORE(&x, int32_t, ABSENT);

    /* An authority need not say how sure it is of its own rows. */
    if ((!x.text || !*x.text) && row->own && col->words == certainty_words)
      x.text = "designed";
    if (x.text && *x.text)
      fillers[col->cell](&x);
    else if (col->need != MAY)
      cell_fault(&x, x.text ? "is blank; every row needs it"
                            : "this column is missing; a new row needs it");
  }
}

void catalogue_load(struct catalogue *c, const struct bundle *from, struct fault_list *faults) {
  unknown_files(from, faults);
  for (uint32_t t = 0; t < TABLE_COUNT; t++) {
    struct loading l = {.c = c, .faults = faults, .table = &c->tables[t]};
    l.table->def = &table_defs[t];
    for (uint32_t layer = 0; layer < ARRAY_LEN(layers); layer++)
      merge_file(&l, from, layer);

    settle(c, l.table);
    if (t == TABLE_COMPETENCE)
      catalogue_link_competences(c, faults);
  }

  for (uint32_t t = 0; t < TABLE_COUNT; t++)
    for (uint32_t i = 0; i < c->tables[t].n; i++)
      fill_row(c, &c->tables[t], c->tables[t].rows[i], faults);
}
