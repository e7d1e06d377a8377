/* wording - how a rule reads in its rule set. See rule_hash.h. */
#include "policy/rule_hash.h"

#include <string.h>

#include "catalogue/csv.h"

static struct hash128 file_text(const struct bundle_file *file) {
  return hash128_of(NULL, file->text, file->len);
}

/* The next column in order of headings after `column`; n_columns: the first. n_columns again: there
 * is none. */
static uint32_t next_column(const struct csv_sheet *sheet, uint32_t column) {
  uint32_t n = sheet->n_columns, next = n;
  for (uint32_t i = 0; i < n; i++) {
    int after = 1;
    if (column != n)
      after = strcmp(sheet->column[i], sheet->column[column]);

    if (after < 0 || (after == 0 && i <= column))
      continue;

    if (next == n || strcmp(sheet->column[i], sheet->column[next]) < 0)
      next = i;
  }

  return next;
}

/* Filled cells with their headings: a column more, or one that moved, makes no other rule. */
static struct hash128 row_text(const struct csv_sheet *sheet, const struct csv_row *row) {
  struct buf b = {0};

  for (uint32_t i = next_column(sheet, sheet->n_columns); i < sheet->n_columns;
       i = next_column(sheet, i))
    if (row->cell[i][0]) {
      buf_str(&b, sheet->column[i]);
      buf_str(&b, row->cell[i]);
    }

  struct hash128 hash = hash128_of(NULL, b.data, b.len);
  buf_finish(&b);

  return hash;
}

static bool is_sheet(const struct bundle_file *file) {
  size_t len = strlen(file->name);
  return len > 4 && strcmp(file->name + len - 4, ".csv") == 0;
}

static bool read_sheet(const struct bundle_file *file, struct arena *a, struct csv_sheet *ret) {
  struct fault_list faults = {0};
  bool good = is_sheet(file) && csv_read(ret, file->name, file->text, file->len, a, &faults);
  fault_list_finish(&faults);
  return good;
}

static const char *rule_of_row(const struct csv_sheet *sheet, const struct csv_row *row) {
  for (uint32_t i = 0; i < sheet->n_columns; i++)
    if (strcmp(sheet->column[i], "rule") == 0)
      return row->cell[i];
  return "";
}

/* Rules that stand in the file and in no row of it read as the whole file does. */
static void take_file(const struct bundle_file *file, const struct rule_info *rules, uint32_t n,
                      struct rule_hash *ret) {
  struct arena a = {0};
  struct csv_sheet sheet;
  uint32_t n_rows = 0;

  if (read_sheet(file, &a, &sheet))
    n_rows = sheet.n_rows;

  struct hash128 whole = file_text(file);
  for (uint32_t i = 0; i < n; i++)
    if (strcmp(rules[i].file, file->name) == 0)
      ret[i] = (struct rule_hash){.text = whole, .found = true};

  for (uint32_t k = n_rows; k-- > 0;) {
    const char *name = rule_of_row(&sheet, &sheet.rows[k]);
    for (uint32_t i = 0; i < n; i++)
      if (strcmp(rules[i].name, name) == 0 && strcmp(rules[i].file, file->name) == 0)
        ret[i] = (struct rule_hash){
            .text = row_text(&sheet, &sheet.rows[k]), .found = true, .row = true};
  }

  arena_finish(&a);
}

void rule_hashes_of(const struct bundle *bundle, const struct rule_info *rules, uint32_t n,
                    struct rule_hash *ret) {
  memset(ret, 0, n * sizeof *ret);
  for (size_t i = 0; i < bundle->n; i++)
    take_file(&bundle->files[i], rules, n, ret);
}

void rule_hashes_each(const struct bundle *bundle, void (*take)(void *arg, struct hash128 text),
                      void *arg) {
  for (size_t i = 0; i < bundle->n; i++) {
    struct arena a = {0};
    struct csv_sheet sheet;
    take(arg, file_text(&bundle->files[i]));
    uint32_t n = 0;
    if (read_sheet(&bundle->files[i], &a, &sheet))
      n = sheet.n_rows;
    for (uint32_t k = 0; k < n; k++)
      take(arg, row_text(&sheet, &sheet.rows[k]));
    arena_finish(&a);
  }
}
