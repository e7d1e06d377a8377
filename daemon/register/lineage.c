/* lineage - which rule sets were published when and by whom. See lineage.h. */
#include "register/lineage.h"

#include <string.h>

#include "catalogue/csv.h"

/* --- texts --- */

static struct hash128 file_text(const struct bundle_file *file) { return hash128_of(NULL, file->text, file->len); }

/* The next column in order of headings after `column`; n_columns: the first. n_columns again: there is none. */
static uint32_t next_column(const struct csv_sheet *sheet, uint32_t column) {
  uint32_t n = sheet->n_columns, next = n;
  for (uint32_t i = 0; i < n; i++) {
    int after = column == n ? 1 : strcmp(sheet->column[i], sheet->column[column]);
    if (after < 0 || (after == 0 && i <= column)) continue;
    if (next == n || strcmp(sheet->column[i], sheet->column[next]) < 0) next = i;
  }
  return next;
}

/* Filled cells with their headings: a column more, or one that moved, makes no other rule. */
static struct hash128 row_text(const struct csv_sheet *sheet, const struct csv_row *row) {
  struct buf b = {0};
  for (uint32_t i = next_column(sheet, sheet->n_columns); i < sheet->n_columns; i = next_column(sheet, i))
    if (row->cell[i][0]) buf_str(&b, sheet->column[i]), buf_str(&b, row->cell[i]);
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
    if (strcmp(sheet->column[i], "rule") == 0) return row->cell[i];
  return "";
}

static bool find_row(const struct bundle_file *file, const char *rule, struct hash128 *ret) {
  struct arena a = {0};
  struct csv_sheet sheet;
  bool found = false;
  uint32_t n = read_sheet(file, &a, &sheet) ? sheet.n_rows : 0;
  for (uint32_t i = 0; i < n && !found; i++) {
    found = strcmp(rule_of_row(&sheet, &sheet.rows[i]), rule) == 0;
    if (found) *ret = row_text(&sheet, &sheet.rows[i]);
  }
  arena_finish(&a);
  return found;
}

bool rule_text(const struct bundle *rules, const struct rule_info *rule, struct hash128 *ret, bool *ret_row) {
  const struct bundle_file *file = bundle_find(rules, rule->file);
  if (!file) return false;
  *ret_row = find_row(file, rule->name, ret);
  if (!*ret_row) *ret = file_text(file);
  return true;
}

/* --- one publication --- */

static void add_text(struct published_once *once, struct hash128 text) {
  once->texts = mem_grow(once->texts, &once->cap_texts, once->n_texts + 1, sizeof *once->texts);
  once->texts[once->n_texts++] = text;
}

static void add_texts(struct lineage *h, struct published_once *once, const struct bundle *rules) {
  for (size_t i = 0; i < rules->n; i++) {
    struct csv_sheet sheet;
    add_text(once, file_text(&rules->files[i]));
    uint32_t n = read_sheet(&rules->files[i], &h->scratch, &sheet) ? sheet.n_rows : 0;
    for (uint32_t k = 0; k < n; k++) add_text(once, row_text(&sheet, &sheet.rows[k]));
  }
}

static int take_rules(struct lineage *h, struct pipeline *p, struct published_once *once) {
  struct buf bytes = {0};
  struct bundle rules = {0};
  struct error err = {0};
  int rc = store_bundle(p->store, &once->act.rules, &bytes);
  if (rc == 0) rc = bundle_decode(&rules, bytes.data, bytes.len, &err);
  arena_reset(&h->scratch);
  if (rc == 0) add_texts(h, once, &rules);
  bundle_finish(&rules);
  buf_finish(&bytes);
  return rc;
}

/* The publication that comes next in the journal, of any authority. */
static bool find_next(const struct lineage *h, const struct pipeline *p, struct published_once *ret) {
  bool found = false;
  for (size_t i = 0; i < p->n_servings; i++) {
    const struct serving *s = p->servings[i];
    for (size_t k = s->history.n; k > 0 && s->history.acts[k - 1].position > h->at; k--) {
      const struct act *a = &s->history.acts[k - 1];
      if (a->kind != ACT_PUBLISHED || (found && a->position > ret->act.position)) continue;
      *ret = (struct published_once){.authority = s->code, .act = *a};
      found = true;
    }
  }
  return found;
}

int lineage_walk(struct lineage *h, struct pipeline *p) {
  struct published_once once;
  if (!find_next(h, p, &once)) {
    h->at = p->position;
    return 0;
  }
  int rc = take_rules(h, p, &once);
  if (rc < 0) {
    free(once.texts);
    return rc;
  }
  h->items = mem_grow(h->items, &h->cap, h->n + 1, sizeof *h->items);
  h->items[h->n++] = once;
  h->at = once.act.position;
  return 1;
}

void lineage_finish(struct lineage *h) {
  for (size_t i = 0; i < h->n; i++) free(h->items[i].texts);
  free(h->items);
  arena_finish(&h->scratch);
}

/* --- looking back --- */

static bool holds(const struct published_once *once, struct hash128 text) {
  for (size_t i = 0; i < once->n_texts; i++)
    if (hash128_eq(once->texts[i], text)) return true;
  return false;
}

const struct published_once *lineage_since(const struct lineage *h, const char *authority, struct hash128 text) {
  const struct published_once *since = NULL;
  for (size_t i = h->n; i > 0; i--) {
    const struct published_once *once = &h->items[i - 1];
    if (strcmp(once->authority, authority) != 0) continue;
    if (!holds(once, text)) break;
    since = once;
  }
  return since;
}

const struct published_once *lineage_last(const struct lineage *h, const char *authority) {
  for (size_t i = h->n; i > 0; i--)
    if (strcmp(h->items[i - 1].authority, authority) == 0) return &h->items[i - 1];
  return NULL;
}
