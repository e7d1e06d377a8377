/* sheet - reads a spreadsheet of tests. Each row is a test; each column is a fact or an
 * expectation.
 *
 * A column is a row of `columns`. It makes the same JSON as a Lua test with the same meaning, so
 * that the later steps are shared. Blank cells are ignored. */
#include "trial/test.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/code.h"
#include "catalogue/csv.h"
#include "rules/names.h"

struct cell {
  const struct test *test;
  const char *member, *text;
  struct arena *a;
  struct fault_list *faults;
};

/* --- parts of a cell --- */

static char *trimmed(char *s) {
  while (isspace((unsigned char)*s))
    s++;
  for (size_t n = strlen(s); n > 0 && isspace((unsigned char)s[n - 1]);)
    s[--n] = 0;
  return s;
}

/* The next of several things in a cell, separated by ';'; NULL at the end. */
static char *next_part(char **rest) {
  while (*rest) {
    char *part = trimmed(strsep(rest, ";"));
    if (*part)
      return part;
  }

  return NULL;
}

static char *next_word(char **rest) {
  while (*rest) {
    char *word = strsep(rest, " \t\r\n");
    if (*word)
      return word;
  }

  return NULL;
}

/* --- what a spreadsheet program makes of a cell --- */

/* 2, and 2.0 as well. */
static bool is_whole(const char *s) {
  size_t n = strspn(s, "0123456789");
  const char *rest = s + n;
  if (*rest == '.' && rest[1] == '0')
    rest += 1 + strspn(rest + 1, "0");
  return n > 0 && n < 10 && *rest == 0;
}

/* yes and no, and TRUE and FALSE as well. */
static bool is_yes_no(const char *s, bool *ret) {
  bool yes = strcasecmp(s, "yes") == 0 || strcasecmp(s, "true") == 0;
  if (!yes && strcasecmp(s, "no") != 0 && strcasecmp(s, "false") != 0)
    return false;

  *ret = yes;
  return true;
}

/* 01/09/2024 and 1.9.2024, day first as here, unless only month first makes sense: as it would be
 * written. */
static bool is_local_date(const char *s, char ret[40]) {
  int day, month, year, year_at = 0, end = 0;
  int32_t date;
  char first, second;
  if (sscanf(s, "%2d%c%2d%c%n%4d%n", &day, &first, &month, &second, &year_at, &year, &end) != 5 ||
      s[end])
    return false;
  if (first != second || !strchr("/.-", first) ||
      (end - year_at != 4 && (first != '/' || end - year_at != 2)))
    return false;

  if (month > 12) {
    int swapped = day;
    day = month;
    month = swapped;
  }

  if (year < 100)
    year += 2000;

  snprintf(ret, 40, "%04d-%02d-%02d", year, month, day);

  return date_parse(ret, strlen(ret), &date);
}

static void put_scalar(struct buf *b, const char *s) {
  bool yes;

  if (is_whole(s))
    json_int(b, atoll(s));
  else if (is_yes_no(s, &yes))
    json_bool(b, yes);
  else
    json_str(b, s);
}

/* The text with its dates in our form, each of which is a fault: who reads the cell then has
 * nothing to say of it. */
static const char *with_dates(const struct cell *c) {
  struct buf out = {0};

  for (const char *at = c->text; *at;) {
    size_t n = strcspn(at, " ;=\t\r\n"), between = strspn(at + n, " ;=\t\r\n");
    const char *word = arena_strndup(c->a, at, n);
    char date[40];
    bool local = is_local_date(word, date);
    if (local)
      test_fault(c->faults, c->test, c->member, "'%s': a date is year, month and day; write %s",
                 word, date);

    buf_puts(&out, local ? date : word);
    buf_put(&out, at + n, between);
    at += n + between;
  }

  const char *text = arena_strndup(c->a, buf_cstr(&out), out.len);
  buf_finish(&out);

  return text;
}

static char *copy_of(const struct cell *c) {
  return arena_strndup(c->a, c->text, strlen(c->text));
}

/* --- what a column makes --- */

static void put_text(const struct cell *c, struct buf *b) {
  json_str(b, c->text);
}

static void put_list(const struct cell *c, struct buf *b) {
  char *rest = copy_of(c);
  json_open(b, '[');
  for (char *part; (part = next_part(&rest));)
    json_str(b, part);
  json_close(b, ']');
}

static void put_whole(const struct cell *c, struct buf *b) {
  if (!is_whole(c->text))
    test_fault(c->faults, c->test, c->member, "'%s' is no whole number", c->text);
  json_int(b, is_whole(c->text) ? atoll(c->text) : 0);
}

/* Hours a week, as minutes. */
static void put_hours(const struct cell *c, struct buf *b) {
  int32_t minutes = 0;
  if (!hours_read(c->text, &minutes))
    test_fault(c->faults, c->test, c->member,
               "'%s' is no number of hours a week, such as 25 or 32.5", c->text);
  json_int(b, minutes);
}

static void put_yes_no(const struct cell *c, struct buf *b) {
  bool yes = false;
  if (!is_yes_no(c->text, &yes))
    test_fault(c->faults, c->test, c->member, "is yes or no, not '%s'", c->text);
  json_bool(b, yes);
}

/* The column asks for a computer, the member says that there is none. */
static void put_no_yes(const struct cell *c, struct buf *b) {
  bool yes = false;
  if (!is_yes_no(c->text, &yes))
    test_fault(c->faults, c->test, c->member, "is yes or no, not '%s'", c->text);
  json_bool(b, !yes);
}

/* What follows a level: a kind of evidence, a date. */
static void put_rating(struct buf *b, const char *level, char *rest) {
  json_open(b, '{');
  json_key(b, "level");
  put_scalar(b, level);

  for (char *word; (word = next_word(&rest));) {
    bool date = isdigit((unsigned char)*word);
    json_key(b, date ? "date" : "evidence");
    json_str(b, word);
  }

  json_close(b, '}');
}

/* "STL18=1; STL1=2 observer 2026-03-01" */
static void put_ratings(const struct cell *c, struct buf *b) {
  char *rest = copy_of(c);
  json_open(b, '[');
  for (char *part; (part = next_part(&rest));) {
    char *level = strchr(part, '=');
    if (!level) {
      test_fault(c->faults, c->test, c->member,
                 "'%s' is no rating; write a competence and a level, such as STL18=1", part);
      continue;
    }

    *level++ = 0;
    level = trimmed(level);

    char *more = level, *word = next_word(&more);
    json_open(b, '{');
    json_key(b, "1");
    json_str(b, trimmed(part));
    json_key(b, "rating");
    put_rating(b, word ? word : "", more);
    json_close(b, '}');
  }

  json_close(b, ']');
}

/* "X.GDPR administration count=6": words by their place, then what is named. */
static void put_words(const struct cell *c, struct buf *b, char *part, int places) {
  int at = 0;
  json_open(b, '{');
  for (char *word; (word = next_word(&part));) {
    char *value = strchr(word, '=');
    if (!value && at >= places) {
      test_fault(c->faults, c->test, c->member, "'%s' is not written as name=value, such as %s",
                 word, places > 1 ? "count=6" : "current=1");
      continue;
    }

    if (value)
      *value++ = 0;

    json_key(b, value ? word : arena_printf(c->a, "%d", ++at));
    put_scalar(b, value ? value : word);
  }

  json_close(b, '}');
}

static void put_each_of(const struct cell *c, struct buf *b, int places) {
  char *rest = copy_of(c);
  json_open(b, '[');
  for (char *part; (part = next_part(&rest));)
    put_words(c, b, part, places);
  json_close(b, ']');
}

/* "STL18 current=1 required=2; STL1" */
static void put_needs(const struct cell *c, struct buf *b) {
  put_each_of(c, b, 1);
}

/* "X.GDPR administration count=6 statutory=6" */
static void put_cohorts(const struct cell *c, struct buf *b) {
  put_each_of(c, b, 2);
}

/* "course.fire-marshal fee=4500 first=2026-10-01" */
static void put_offers(const struct cell *c, struct buf *b) {
  put_each_of(c, b, 1);
}

/* "qualification STLS3-DIP; role HLTA" */
static void put_wishes(const struct cell *c, struct buf *b) {
  char *rest = copy_of(c);
  json_open(b, '[');
  for (char *part; (part = next_part(&rest));) {
    char *kind = next_word(&part), *code = part ? trimmed(part) : NULL;
    json_open(b, '{');
    json_key(b, kind);
    json_str(b, code ? code : "");
    json_close(b, '}');
    if (!code)
      test_fault(c->faults, c->test, c->member,
                 "'%s' says too little; write what it is and its code, such as role HLTA", kind);
  }

  json_close(b, ']');
}

typedef void put_cell(const struct cell *c, struct buf *b);

static const struct column {
  const char *title, *member, *inside; /* inside: the member is one of this object */
  put_cell *put;                       /* NULL: the name, or what must come */
} columns[] = {
    {"test", NULL, NULL, NULL},
    {"role", "roles", NULL, put_list},
    {"ratings", "ratings", NULL, put_ratings},
    {"needs", "needs", NULL, put_needs},
    {"cohorts", "cohorts", NULL, put_cohorts},
    {"offers", "offers", NULL, put_offers},
    {"holds", "holds", NULL, put_list},
    {"duties", "duties", NULL, put_list},
    {"colleagues", "colleagues", NULL, put_list},
    {"employer", "employer", NULL, put_text},
    {"contract", "contract", NULL, put_text},
    {"hours", "minutes", NULL, put_hours},
    {"weeks", "weeks", NULL, put_whole},
    {"term time", "term_time", NULL, put_yes_no},
    {"computer", "no_computer", NULL, put_no_yes},
    {"progression", "progression", NULL, put_text},
    {"wishes", "wishes", NULL, put_wishes},
    {"formats", "formats", NULL, put_list},
    {"started", "started", NULL, put_text},
    {"phase", "phase", "school", put_text},
    {"clusters", "clusters", "school", put_whole},
    {"day", "day", NULL, put_text},
    {"recommends", "recommends", NULL, NULL},
    {"does not recommend", "not_recommends", NULL, NULL},
    {"first", "first", NULL, NULL},
    {"rule fires", "fires", NULL, NULL},
    {"rule refuses", "refuses", NULL, NULL},
    {"why", "why", NULL, NULL},
};

const char *sheet_column(const char *member) {
  for (size_t i = 0; i < ARRAY_LEN(columns); i++)
    if (columns[i].member && strcmp(columns[i].member, member) == 0)
      return columns[i].title;
  return member;
}

/* --- rows --- */

/* Which column of the sheet holds each of ours; -1: none. */
struct places {
  int at[ARRAY_LEN(columns)];
};

static void heading_of(const struct column *c, char out[40]) {
  size_t n = 0;
  for (; c->title[n] && n < 39; n++) {
    if (c->title[n] == ' ')
      out[n] = '_';
    else
      out[n] = c->title[n];
  }

  out[n] = 0;
}

static void unknown_column(const struct csv_sheet *s, const char *name, struct fault_list *faults) {
  struct nearest near = nearest_to(name);
  for (size_t i = 0; i < ARRAY_LEN(columns); i++)
    nearest_try(&near, columns[i].title);

  const char *best = nearest_best(&near);
  if (best)
    fault_list_add(faults, true, "%s:%d: unknown column '%s'; did you mean '%s'?", s->name,
                   s->heading_line, name, best);
  else
    fault_list_add(faults, true,
                   "%s:%d: unknown column '%s'; docs/rules.md lists the columns of tests", s->name,
                   s->heading_line, name);
}

static struct places find_columns(const struct csv_sheet *s, struct fault_list *faults) {
  struct places p;
  for (size_t i = 0; i < ARRAY_LEN(columns); i++)
    p.at[i] = -1;
  for (uint32_t k = 0; k < s->n_columns; k++) {
    bool known = s->column[k][0] == 0;
    for (size_t i = 0; i < ARRAY_LEN(columns) && !known; i++) {
      char heading[40];
      heading_of(&columns[i], heading);
      if (strcmp(heading, s->column[k]) != 0)
        continue;

      p.at[i] = (int)k;
      known = true;
    }

    if (!known)
      unknown_column(s, s->column[k], faults);
  }

  if (p.at[0] < 0)
    fault_list_add(faults, true, "%s:%d: has no column 'test', which names each test", s->name,
                   s->heading_line);

  return p;
}

static const char *cell_at(const struct csv_row *row, const struct places *p, size_t column) {
  if (p->at[column] >= 0)
    return row->cell[p->at[column]];
  return "";
}

static const char *cell_called(const struct csv_row *row, const struct places *p,
                               const char *title) {
  for (size_t i = 0; i < ARRAY_LEN(columns); i++)
    if (strcmp(columns[i].title, title) == 0)
      return cell_at(row, p, i);
  return "";
}

/* "shadow-one-level on STL18": what, and the rest after the word between. */
static void put_expectation(const struct cell *c, struct buf *b, const char *verb, char *part,
                            const char *between, const char *why) {
  char *rest = part, *what = next_word(&rest), *word = between ? next_word(&rest) : NULL;
  json_open(b, '{');
  json_key(b, verb);
  json_str(b, what);

  if (word) {
    const char *value = word;
    if (strcmp(word, between) == 0)
      value = next_word(&rest);
    json_key(b, between);
    json_str(b, value);
  }

  if (why && *why) {
    json_key(b, "why");
    json_str(b, why);
  }

  json_close(b, '}');
  const char *left = next_word(&rest);
  if (left)
    test_fault(c->faults, c->test, c->member, "'%s' is left over; several are separated by ';'",
               left);
}

static void put_expectations(struct cell c, const struct csv_row *row, const struct places *p,
                             struct buf *b) {
  static const struct {
    const char *title, *verb, *between;
  } rows[] = {{"recommends", "recommends", NULL},
              {"does not recommend", "not_recommends", NULL},
              {"first", "first", "is"},
              {"rule fires", "fires", "on"},
              {"rule refuses", "refuses", "on"}};
  const char *why = cell_called(row, p, "why");
  json_key(b, "expect");
  json_open(b, '[');

  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    c.member = rows[i].verb;
    c.text = cell_called(row, p, rows[i].title);
    char *rest = copy_of(&c);
    for (char *part; (part = next_part(&rest));)
      put_expectation(&c, b, rows[i].verb, part, rows[i].between,
                      strcmp(rows[i].verb, "refuses") == 0 ? why : NULL);
  }

  json_close(b, ']');
}

static void put_members(struct cell c, const struct csv_row *row, const struct places *p,
                        const char *inside, struct buf *b) {
  for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
    const struct column *k = &columns[i];
    bool here = !inside ? !k->inside : k->inside && strcmp(k->inside, inside) == 0;

    c.text = cell_at(row, p, i);
    c.member = k->member;
    if (!k->put || !here || *c.text == 0)
      continue;

    c.text = with_dates(&c);
    json_key(b, k->member);
    k->put(&c, b);
  }
}

static void read_row(const struct csv_row *row, const struct places *p, struct test t,
                     struct arena *a, struct test_list *ret, struct fault_list *faults) {
  struct buf b = {0};
  t.line = row->line;
  t.name = cell_at(row, p, 0);
  if (*t.name == 0)
    test_fault(faults, &t, "test", "is blank; every test has a name");
  if (*cell_called(row, p, "why") && !*cell_called(row, p, "rule refuses"))
    test_fault(faults, &t, "why",
               "goes with 'rule refuses': it is the reason that the person reads");

  struct cell c = {.test = &t, .a = a, .faults = faults};
  json_open(&b, '{');
  put_members(c, row, p, NULL, &b);
  json_key(&b, "school");
  json_open(&b, '{');
  put_members(c, row, p, "school", &b);
  json_close(&b, '}');
  put_expectations(c, row, p, &b);
  json_close(&b, '}');
  t.body = test_parse(a, buf_cstr(&b), b.len);
  if (t.body->kind != JSON_OBJECT)
    test_fault(faults, &t, NULL, "a cell names the same thing twice, or is no plain text");

  buf_finish(&b);
  ret->items = mem_grow(ret->items, &ret->cap, ret->n + 1, sizeof t);
  ret->items[ret->n++] = t;
}

/* A heading was deleted, or a cell has slipped to the right: its text would be lost.
 */
static void check_headings(const struct csv_sheet *s, const struct csv_row *row,
                           struct fault_list *faults) {
  for (uint32_t k = 0; k < s->n_columns; k++)
    if (s->column[k][0] == 0 && *row->cell[k])
      fault_list_add(faults, true, "%s:%d: '%s' stands under no heading", s->name, (int)row->line,
                     row->cell[k]);
}

static void check_cells(const struct csv_sheet *s, const struct csv_row *row,
                        struct fault_list *faults) {
  char character[TEXT_NAMED];

  for (uint32_t k = 0; k < s->n_columns; k++) {
    const char *hidden = text_hidden(row->cell[k], strlen(row->cell[k]));
    if (!hidden)
      continue;

    text_name(hidden, strlen(hidden), character);
    fault_list_add(faults, true,
                   "%s:%d:%s: holds %s, a character that does not print; type the text again",
                   s->name, (int)row->line, s->column[k], character);
  }
}

void sheet_read(const struct bundle_file *f, struct arena *a, struct test_list *ret,
                struct fault_list *faults) {
  struct csv_sheet s;
  const char *name = arena_strndup(a, f->name, strlen(f->name));
  size_t before = faults->errors;

  if (!csv_read(&s, name, f->text, f->len, a, faults))
    return;

  struct places p = find_columns(&s, faults);
  if (faults->errors > before)
    return;

  for (uint32_t i = 0; i < s.n_rows; i++) {
    check_headings(&s, &s.rows[i], faults);
    check_cells(&s, &s.rows[i], faults);
    read_row(&s.rows[i], &p, (struct test){.file = name, .sheet = true}, a, ret, faults);
  }
}
