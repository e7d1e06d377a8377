/* csv_in - see csv_in.h. */
#include "csv_in.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sodium.h>

#include "cell.h"
#include "column_guess.h"
#include "needs.h"
#include "rows.h"
#include "saved.h"
#include "sent_state.h"
#include "text.h"

#define NOTES_MOST 12 /* rows left out that are named one by one */

/* --- ids --- */

static void hash_hex(const char *s, size_t len, char ret[33]) {
  unsigned char hash[crypto_generichash_BYTES_MIN];
  crypto_generichash(hash, sizeof hash, (const unsigned char *)s, len, NULL, 0);
  sodium_bin2hex(ret, 33, hash, sizeof hash);
}

static char *hashed(const char *s) {
  char hex[33];
  hash_hex(s, strlen(s), hex);
  return copy_text(hex);
}

/* An id that was withdrawn is used up for ever: the same row again is a new statement. */
static char *unused_id(const struct rows *r, const char *text) {
  char *id = hashed(text);
  while (sent_state_withdrawn(r->how->before, id)) {
    char *next = hashed(id);
    free(id);
    id = next;
  }

  return id;
}

/* The id is a hash of the mapped row, so that the same file again is all known. A row that was sent
 * before and says something else of the same supersedes what was sent then, and its id says so too:
 * levels may go back and forth. */
static void name_row(const struct rows *r, struct item *i, const struct row_statement *x) {
  i->slot = hashed(x->slot);
  i->exact = hashed(x->exact);
  i->row = hashed(x->row);
  i->said = copy_text(x->said);

  const struct sent_row *old = sent_state_find(r->how->before, i->slot, i->exact);
  if (!old) {
    i->id = unused_id(r, x->row);
  } else if (strcmp(old->row, i->row)) {
    struct text t = {0};
    text_addf(&t, "%s\x1f%s", x->row, old->id);
    i->id = unused_id(r, t.s);
    i->supersedes = copy_text(old->id);
    text_finish(&t);
  } else {
    i->id = copy_text(old->id);
    if (*old->supersedes)
      i->supersedes = copy_text(old->supersedes);
  }
}

void data_member(struct text *t, const char *name, const char *value) {
  text_addf(t, "%s\"%s\":", t->s[t->len - 1] == '{' ? "" : ",", name);
  text_add_quoted(t, value);
}

static const char *or_dash(const char *s) {
  if (s)
    return s;
  return "-";
}

void row_states(struct rows *r, struct item *i, struct row_statement *x) {
  struct text t = {0}, type = {0};
  const struct settings *s = r->how->s;

  name_row(r, i, x);
  text_addf(&type, "needs.%s.v1", x->type);
  text_add(&t, "{");
  data_member(&t, "specversion", "1.0");
  data_member(&t, "id", i->id);
  data_member(&t, "source", text_or(s->source, DEFAULT_SOURCE));
  data_member(&t, "type", type.s);
  text_addf(&t, ",\"time\":\"%sT00:00:00Z\"", x->date);
  data_member(&t, "authority", or_dash(s->authority));
  data_member(&t, "school", or_dash(s->school));
  data_member(&t, "subject", x->person);
  if (i->supersedes)
    data_member(&t, "supersedes", i->supersedes);

  text_addf(&t, ",\"data\":%s}", x->data.s);
  i->text = t.s;
  i->len = t.len;
  i->words = x->words.s;
  snprintf(i->date, sizeof i->date, "%s", x->date);
  text_finish(&type);
  text_finish(&x->data);
  x->words = (struct text){0};
}

void item_part(struct item *i, size_t row, int column) {
  i->parts = more_memory(i->parts, (i->n_parts + 1) * sizeof *i->parts);
  i->parts[i->n_parts++] = (struct part){row, column};
}

/* --- what is between the rows --- */

static size_t left_out_row(struct rows *r, size_t already, const char *what) {
  if (already < NOTES_MOST)
    input_note(r->in, "row %zu is left out: %s", r->row->place, what);
  return already + 1;
}

/* A row that goes on beyond the last heading was taken apart at a separator inside a text. */
static bool too_long(struct rows *r) {
  for (int i = r->head.n; i < r->row->n; i++)
    if (*r->row->cells[i])
      return true;

  int last = r->head.n - 1;
  while (last >= 0 && !*r->head.columns[last].own)
    last--;
  for (int i = last + 1; i < r->row->n; i++)
    if (*r->row->cells[i])
      return true;

  return false;
}

static void read_row(struct rows *r) {
  const char *why = r->row->broken;
  if (!why && too_long(r))
    why = "the row has more cells than headings; put quotes around text that contains the "
          "separator, or give the column a heading";

  if (!why) {
    kind_row(r);
    return;
  }

  r->item = input_add(r->in, r->row->place);
  item_fault(r->item, -1, "not-csv", "%s", why);
  kind_broken(r);
}

static void read_rows(struct rows *r) {
  size_t left_out = 0;

  for (size_t i = r->head.first; i < r->sheet.n; i++) {
    const char *what;
    r->row = &r->sheet.rows[i];
    if (r->row->broken)
      read_row(r);
    else if (headings_again(&r->head, &r->sheet, r->row))
      left_out = left_out_row(r, left_out, "the headings again");
    else if ((what = sheet_footer(r->row, r->in->column[F_PERSON]))) {
      struct text t = {0};
      text_addf(&t, "'%s' is a note or a sum, not a person", what);
      left_out = left_out_row(r, left_out, t.s);
      text_finish(&t);
    } else
      read_row(r);
  }

  if (left_out > NOTES_MOST)
    input_note(r->in, "and %zu more such rows", left_out - NOTES_MOST);

  kind_end(r);
}

/* --- columns --- */

static void refuse(const struct rows *r, size_t place, int column, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static void refuse(const struct rows *r, size_t place, int column, const char *fmt, ...) {
  struct text t = {0};
  char *s;
  va_list ap;

  va_start(ap, fmt);
  if (vasprintf(&s, fmt, ap) < 0)
    abort();

  va_end(ap);
  if (column >= 0)
    column_name(r->in, column, &t);

  complain("%s: row %zu%s%s: %s", r->in->name, place, comma(column >= 0), column >= 0 ? t.s : "",
           s);
  free(s);
  text_finish(&t);
}

static void keep_headings(struct rows *r) {
  struct input *in = r->in;
  in->headings = get_memory((size_t)r->head.n * sizeof *in->headings + 1);
  in->n_headings = r->head.n;
  for (int i = 0; i < r->head.n; i++)
    in->headings[i] = copy_text(headings_name(&r->head, i));

  in->kind = r->head.kind;
}

static size_t first_filled(const struct rows *r, int column) {
  for (size_t i = r->head.first; i < r->sheet.n; i++)
    if (*sheet_cell(&r->sheet.rows[i], column))
      return r->sheet.rows[i].place;
  return 0;
}

/* The advice depends on what the column holds. */
static void refuse_unknown(const struct rows *r, size_t heading, int i) {
  static const char nothing[] = "the meaning of this column is unknown; in a mapping write";
  const char *name = headings_name(&r->head, i);
  struct column_guess l = guess_column(&r->sheet, &r->head, i);
  char *key = word_key(r->head.columns[i].own);
  if (heading_is_personal(key) || guess_mostly(l.personal, &l))
    refuse(r, heading, i, "%s %s = ignore under [columns]: personal data are never sent", nothing,
           name);
  else if (guess_mostly(l.dates, &l))
    refuse(r, heading, i, "%s %s = date (or another date of the row), or = ignore, under [columns]",
           nothing, name);
  else if (r->head.kind != KIND_GRID)
    refuse(r, heading, i, "%s under [columns] what %s is, or = ignore", nothing, name);
  else
    refuse(r, heading, i, "%s %s = CODE under [competences], or = ignore under [columns]", nothing,
           name);

  free(key);
}

/* A column that nobody gave a meaning: refused where it could be a competence or a mapping speaks
 * for the sheet. */
static bool unknown_column(struct rows *r, int i) {
  const struct column *c = &r->head.columns[i];
  size_t heading = r->sheet.rows[r->head.row].place,
         filled = c->use == USE_NONE ? first_filled(r, i) : 0;
  bool strict = r->map || r->head.kind == KIND_GRID;
  struct text which = {0};

  if (c->use == USE_NONE && !filled)
    return true;

  column_name(&(struct input){0}, i, &which);
  if (strict && c->use == USE_NONE)
    refuse(r, filled, i, "the column has values but no heading in row %zu; add a heading", heading);
  else if (strict)
    refuse_unknown(r, heading, i);
  else if (c->use == USE_NONE)
    input_note(r->in, "%s has no heading and is skipped", which.s);
  else
    input_note(r->in, "%s '%s' is skipped; a mapping can give it a meaning", which.s,
               headings_name(&r->head, i));

  text_finish(&which);

  return !strict;
}

static bool twice(struct rows *r, int a, int b) {
  const struct column *x = &r->head.columns[a], *y = &r->head.columns[b];
  if (x->use != y->use || (x->use != USE_FIELD && x->use != USE_COMPETENCE))
    return false;
  if (x->use == USE_FIELD)
    return x->field == y->field;
  return !strcmp(x->competence, y->competence) &&
         !strcmp(text_or(x->evidence, ""), text_or(y->evidence, ""));
}

/* "Self" in a merged cell above a competence says whose word it is, and the row says another's. */
static bool evidence_above(struct rows *r, int i) {
  const struct column *c = &r->head.columns[i];
  const char *above = NULL;

  if (c->use == USE_COMPETENCE && !c->evidence && strcmp(c->full, c->own))
    above = evidence_in(c->full);

  bool by_default = headings_column(&r->head, F_EVIDENCE) < 0 &&
                    !(r->map && r->map->fixed[F_EVIDENCE]);
  if (!above || (by_default && !strcmp(above, "manager")) ||
      map_meaning(r->map, T_COMPETENCES, c->full))
    return false;

  refuse(r, r->sheet.rows[r->head.row].place, i,
         "the heading above gives the evidence as %s; in a mapping write \"%s\" = %s %s under "
         "[competences]",
         above, c->full, c->competence, above);

  return true;
}

static bool bind_column(struct rows *r, int i) {
  const struct column *c = &r->head.columns[i];
  size_t heading = r->sheet.rows[r->head.row].place;

  for (int k = 0; k < i; k++)
    if (twice(r, k, i)) {
      refuse(r, heading, i, "two columns are %s; keep one",
             c->use == USE_FIELD ? field_rows[c->field].name : c->competence);
      return false;
    }

  if (evidence_above(r, i))
    return false;

  if (c->use == USE_FIELD)
    r->in->column[c->field] = i;
  if (c->use == USE_FIELD && c->by_other_name)
    input_note(r->in, "'%s' is read as %s", c->full, field_rows[c->field].name);
  if (c->use == USE_LEFT_OUT && !r->map)
    input_note(r->in, "'%s' is skipped: names and other personal data are never sent", c->full);

  if (c->use == USE_UNKNOWN || c->use == USE_NONE)
    return unknown_column(r, i);

  return true;
}

/* --- dates, over the whole sheet --- */

struct orders {
  bool serial, doubtful, day_only;
  char example[32], read[11], number[32], number_read[11];
};

static void see_date(struct rows *r, struct orders *o, const char *cell, size_t place) {
  struct cell_date d = cell_date(cell, false);
  if (d.form == DATE_SERIAL && !o->serial) {
    o->serial = true;
    snprintf(o->number, sizeof o->number, "%.31s", cell);
    memcpy(o->number_read, d.iso, sizeof d.iso);
  }

  if (d.form != DATE_NUMERIC)
    return;

  o->day_only |= d.day_only;
  if (d.month_only && !r->month_first_row)
    r->month_first_row = place;
  if (!d.day_only && !d.month_only && *d.iso && !o->doubtful) {
    o->doubtful = true;
    snprintf(o->example, sizeof o->example, "%.31s", cell);
    memcpy(o->read, d.iso, sizeof d.iso);
  }
}

/* One program writes all dates of a sheet in one order: a date that only one order allows tells the
 * others'. */
static void see_dates(struct rows *r) {
  struct orders o = {0};
  struct text words = {0};

  for (int f = 0; f < N_FIELDS; f++)
    for (size_t i = r->head.first; field_rows[f].date && r->in->column[f] >= 0 && i < r->sheet.n;
         i++)
      see_date(r, &o, sheet_cell(&r->sheet.rows[i], r->in->column[f]), r->sheet.rows[i].place);

  if (o.serial) {
    add_date(&words, o.number_read);
    input_note(r->in, "dates such as %s are the day numbers of a spreadsheet program: %s", o.number,
               words.s);
    text_clear(&words);
  }

  if (r->map && r->map->order_said)
    r->month_first_row = 0;
  else if (o.doubtful && !o.day_only && !r->month_first_row) {
    add_date(&words, o.read);
    input_note(
        r->in,
        "dates such as %s are read with the day first: %s; a mapping can say dates = month-first",
        o.example, words.s);
  }

  text_finish(&words);
}

/* --- ids, over the whole sheet --- */

static int by_letters(const void *a, const void *b) {
  const char *x = *(char *const *)a, *y = *(char *const *)b;
  int rc = strcasecmp(x, y);
  if (rc)
    return rc;
  return strcmp(x, y);
}

static void see_numbers(struct rows *r, char *const *ids, size_t n) {
  const char *shortest = NULL, *longest = NULL;

  for (size_t i = 0; i < n; i++) {
    if (ids[i][strspn(ids[i], "0123456789")])
      continue;

    if (!shortest || strlen(ids[i]) < strlen(shortest))
      shortest = ids[i];
    if (!longest || strlen(ids[i]) > strlen(longest))
      longest = ids[i];
  }

  if (shortest && strlen(shortest) < strlen(longest))
    input_note(r->in,
               "ids such as %s and %s have different lengths: spreadsheet programs drop leading "
               "zeros; check whether one is missing",
               shortest, longest);
}

/* What is no fault, and seldom meant. */
static void see_ids(struct rows *r, enum field f) {
  int column = r->in->column[f];
  char **ids = get_memory(r->sheet.n * sizeof *ids + 1);
  size_t n = 0, name = 0;

  for (size_t i = r->head.first; column >= 0 && i < r->sheet.n; i++) {
    const struct sheet_row *row = &r->sheet.rows[i];
    bool id = column < row->n && cell_is_id(row->cells[column]) &&
              !headings_again(&r->head, &r->sheet, row);
    if (id && !sheet_footer(row, r->in->column[F_PERSON]))
      ids[n++] = row->cells[column];
  }

  if (n)
    qsort(ids, n, sizeof *ids, by_letters);
  while (name < n && strpbrk(ids[name], "0123456789"))
    name++;
  if (name < n)
    input_note(r->in,
               "'%s' has no digit: check that it is an id such as p-0193 and not a name; names "
               "must not be sent",
               ids[name]);

  for (size_t i = 1; i < n; i++)
    if (strcmp(ids[i - 1], ids[i]) && !strcasecmp(ids[i - 1], ids[i])) {
      input_note(
          r->in,
          "%s and %s differ only in capitals and count as two people; check whether they are one",
          ids[i - 1], ids[i]);
      break;
    }

  see_numbers(r, ids, n);
  free(ids);
}

/* --- the mapping --- */

/* The heading of the mapping that is the person's; NULL = it says none. */
static const char *persons_heading(const struct map *m) {
  for (size_t i = 0; i < m->n; i++)
    if (m->meanings[i].table == T_COLUMNS && !strcmp(m->meanings[i].means, "person"))
      return m->meanings[i].word;
  return NULL;
}

static void say_no_headings(struct rows *r) {
  const char *person = NULL;
  if (r->map)
    person = persons_heading(r->map);
  if (person)
    complain("%s: no row has the headings of the mapping %s, such as '%s' for the person; is it "
             "for another file?",
             r->in->name, r->map->path, person);
  else if (r->map)
    complain("%s: the mapping %s does not say which column is the person's id; write its heading = "
             "person under [columns]",
             r->in->name, r->map->path);
  else
    complain("%s: row %zu: no column 'person'; the first row names "
             "person,date,competence,level,evidence and perhaps by; for other "
             "headings write a mapping (needs map %s drafts one)",
             r->in->name, r->sheet.n ? r->sheet.rows[0].place : 1, r->in->name);
}

/* The mapping that was named, the one at hand, or the saved one whose headings are the sheet's. */
static int find_mapping(struct rows *r) {
  char *name = NULL;
  if (r->how->drafted)
    r->map = r->how->drafted;

  if (r->how->drafted || r->how->no_map)
    return 0;

  int rc = r->how->map ? map_load(&r->own, r->how->map)
                       : saved_find(&r->sheet, r->in->name, &r->own, &name);
  if (!rc && (r->how->map || name))
    r->map = &r->own;
  if (name)
    input_note(r->in, "read by the saved mapping %s", name);

  free(name);

  /* A preview sends nothing, and shows how far the mapping goes. */
  if (!rc && r->how->map && !r->how->preview)
    rc = saved_finished(r->map, r->in->name);

  return rc;
}

static bool fix(struct rows *r) {
  for (int f = 0; r->map && f < N_FIELDS; f++)
    r->fixed[f] = r->map->fixed[f];

  if (!r->how->date)
    return true;
  if (r->in->column[F_DATE] >= 0) {
    complain(
        "%s: --date is for sheets without dates, and this one has a column of dates; remove --date",
        r->in->name);
    return false;
  }

  r->fixed[F_DATE] = r->how->date;

  return true;
}

/* Below other headings the same columns mean something else. */
static bool one_table(const struct rows *r) {
  const struct sheet *s = &r->sheet;
  for (size_t i = r->head.first; i < s->n; i++)
    if (headings_other(&r->head, s, &s->rows[i])) {
      refuse(
          r, s->rows[i].place, -1,
          "the headings differ from row %zu; a file holds one table: move this one to its own file",
          s->rows[r->head.row].place);
      return false;
    }

  return true;
}

static int bind(struct rows *r) {
  int rc = find_mapping(r);
  if (rc)
    return rc;
  if (!headings_find(&r->head, &r->sheet, r->map)) {
    say_no_headings(r);
    return EXIT_REJECTED;
  }

  bool good = true;
  keep_headings(r);
  for (size_t i = 0; i + r->head.joined < r->head.row; i++)
    input_note(r->in, "row %zu is a title above the headings", r->sheet.rows[i].place);
  for (int i = 0; i < r->head.n; i++)
    good &= bind_column(r, i);

  if (!good || !one_table(r))
    return EXIT_REJECTED;
  if (!fix(r))
    return EXIT_USAGE;
  if (!kind_ready(r))
    return EXIT_REJECTED;

  see_dates(r);
  see_ids(r, F_PERSON);
  see_ids(r, F_BY);

  return 0;
}

/* --- a row twice in one file: the same again is one event, something else is a fault of the second
 * --- */

static int by_slot_and_row(const void *a, const void *b) {
  const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;
  int rc = strcmp(x->slot, y->slot);
  if (rc)
    return rc;
  if (x->place < y->place)
    return -1;
  return 1;
}

static void drop(struct item *i) {
  free(i->text);
  i->text = NULL;
}

/* The first row of sorted[from..i) that is about the same as sorted[i]; i if there is none. */
static size_t same_before(struct item **sorted, size_t from, size_t i) {
  while (from < i && !sent_state_same(sorted[i]->slot, sorted[i]->exact, sorted[from]->exact))
    from++;
  return from;
}

static void repeated(struct input *in, struct item *i, const struct item *before) {
  static const char *const differs[N_KINDS] = {
      "another level to the same person, date, competence and evidence",
      "other levels to the same person, date and evidence",
      "other posts to the same person and date",
      "something else for the same person, date and certificate"};
  drop(i);
  if (!strcmp(i->said, before->said))
    in->repeated++;
  else
    item_fault(i, in->column[F_LEVEL], "repeated", "row %zu gives %s", before->place,
               differs[in->kind]);
}

static void find_repeats(struct input *in) {
  struct item **sorted = get_memory(in->n * sizeof *sorted + 1);
  size_t n = 0;
  for (size_t i = 0; i < in->n; i++)
    if (in->items[i].slot)
      sorted[n++] = &in->items[i];

  if (n)
    qsort(sorted, n, sizeof *sorted, by_slot_and_row);
  for (size_t i = 0, first = 0; i < n; i++) {
    if (strcmp(sorted[i]->slot, sorted[first]->slot))
      first = i;
    const struct item *before = sorted[same_before(sorted, first, i)];
    if (before != sorted[i])
      repeated(in, sorted[i], before);
  }

  free(sorted);
}

int csv_read(struct input *in, const char *text, size_t len, const struct read_options *how) {
  struct rows r = {.in = in, .how = how};
  in->form = FORM_CSV;
  if (!how->preview && !settings_need(how->s, true))
    return EXIT_USAGE;

  sheet_read(&r.sheet, text, len);
  int rc = bind(&r);
  if (!rc) {
    read_rows(&r);
    find_repeats(in);
  }

  headings_finish(&r.head);
  map_finish(&r.own);
  sheet_finish(&r.sheet);

  return rc;
}
