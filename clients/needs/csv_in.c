/* csv_in - a spreadsheet's rows as assessment events. */
#include "csv_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <csv.h>
#include <sodium.h>

#include "needs.h"
#include "sent.h"
#include "text.h"

enum { PERSON, DATE, COMPETENCE, LEVEL, EVIDENCE, BY };
const char *const csv_fields[CSV_FIELDS] = {"person", "date", "competence", "level", "evidence", "by"};
#define NEEDED 5
#define WIDEST 512

struct reader {
  struct input *in;
  const struct settings *s;
  const struct sent *before;
  struct text line_ends; /* the text with \n only */
  char *cells[WIDEST];
  int n_cells;
  size_t row;
  bool row_ended, header_read, failed;
};

/* --- one row --- */

static char *trimmed(const char *s, size_t len) {
  const char *end = s + len;
  for (;;) {
    if (s < end && strchr(" \t\r\n", *s))
      s++;
    else if (end - s >= 2 && !memcmp(s, "\xC2\xA0", 2))
      s += 2; /* no-break space */
    else if (s < end && strchr(" \t\r\n", end[-1]))
      end--;
    else if (end - s >= 2 && !memcmp(end - 2, "\xC2\xA0", 2))
      end -= 2;
    else
      break;
  }
  struct text t = {0};
  text_add_n(&t, s, (size_t)(end - s));
  return t.s;
}

static void clear_cells(struct reader *r) {
  for (int i = 0; i < r->n_cells; i++) free(r->cells[i]);
  r->n_cells = 0;
}

static const char *field(const struct reader *r, int f) {
  int column = r->in->column[f];
  return column >= 0 && column < r->n_cells ? r->cells[column] : "";
}

static bool blank_row(const struct reader *r) {
  for (int i = 0; i < r->n_cells; i++)
    if (*r->cells[i]) return false;
  return true;
}

static int find_field(const char *heading) {
  for (int f = 0; f < CSV_FIELDS; f++)
    if (!strcasecmp(heading, csv_fields[f])) return f;
  return -1;
}

static void read_header(struct reader *r) {
  struct input *in = r->in;
  r->header_read = true;
  for (int i = 0; i < r->n_cells; i++) {
    int f = find_field(r->cells[i]);
    if (f >= 0 && in->column[f] >= 0) {
      complain("%s: row %zu: two columns are called '%s'; keep one", in->name, r->row, csv_fields[f]);
      r->failed = true;
    } else if (f >= 0)
      in->column[f] = i;
    else if (*r->cells[i]) {
      struct text which = {0};
      column_name(in, i, &which);
      complain("%s: %s '%s' is left out; only person, date, competence, level, evidence and by are sent", in->name, which.s,
               r->cells[i]);
      text_finish(&which);
    }
  }
  for (int f = 0; f < NEEDED; f++)
    if (in->column[f] < 0) {
      complain("%s: row %zu: no column '%s'; the first row names person,date,competence,level,evidence and perhaps by", in->name,
               r->row, csv_fields[f]);
      r->failed = true;
    }
}

/* "2", "2.0" or "2,0" -> 2; -1 if it is no whole number. */
static int whole(const char *s) {
  size_t digits = strspn(s, "0123456789");
  const char *rest = s + digits;
  if (*rest == '.' || *rest == ',') rest += 1 + strspn(rest + 1, "0");
  return digits && digits < 5 && !*rest ? atoi(s) : -1;
}

static void hash_hex(const char *s, size_t len, char ret[33]) {
  unsigned char hash[crypto_generichash_BYTES_MIN];
  crypto_generichash(hash, sizeof hash, (const unsigned char *)s, len, NULL, 0);
  sodium_bin2hex(ret, 33, hash, sizeof hash);
}

static void add_member(struct text *t, const char *name, const char *value) {
  text_addf(t, "%s\"%s\":", t->s[t->len - 1] == '{' ? "" : ",", name);
  text_add_quoted(t, value);
}

static void encode(struct reader *r, struct item *i, const char *date, int level) {
  struct text t = {0};
  const char *source = r->s->source ? r->s->source : DEFAULT_SOURCE;
  text_add(&t, "{");
  add_member(&t, "specversion", "1.0");
  add_member(&t, "id", i->id);
  add_member(&t, "source", source);
  add_member(&t, "type", "needs.assessment.recorded.v1");
  text_addf(&t, ",\"time\":\"%sT00:00:00Z\"", date);
  add_member(&t, "authority", r->s->authority);
  add_member(&t, "school", r->s->school);
  add_member(&t, "subject", field(r, PERSON));
  if (i->supersedes) add_member(&t, "supersedes", i->supersedes);
  text_add(&t, ",\"data\":{");
  add_member(&t, "date", date);
  add_member(&t, "evidence", field(r, EVIDENCE));
  if (*field(r, BY)) add_member(&t, "by", field(r, BY));
  text_add(&t, ",\"ratings\":[{");
  add_member(&t, "competence", field(r, COMPETENCE));
  text_addf(&t, ",\"level\":%d}]}}", level);
  i->text = t.s, i->len = t.len;
}

/* "STL@2007/STL4" and "STL4" are one competence. */
static const char *bare_code(const char *competence) {
  const char *at = strchr(competence, '@'), *slash = at ? strchr(at, '/') : NULL;
  return slash && slash[1] ? slash + 1 : competence;
}

static void add_slot(const struct reader *r, const char *date, const char *competence, struct text *t) {
  text_addf(t, "%s\x1f%s\x1f%s\x1f%s\x1f%s", field(r, PERSON), date, competence, field(r, EVIDENCE), field(r, BY));
}

/* The id is a hash of the mapped row, so that the same file again is all known. A row that was sent before with another level in
 * the same place supersedes what was sent then, and its id says so too: levels may go back and forth. */
static void name_row(struct reader *r, struct item *i, const char *date, int level) {
  struct text t = {0};
  char hex[33];
  add_slot(r, date, bare_code(field(r, COMPETENCE)), &t);
  hash_hex(t.s, t.len, hex);
  i->slot = copy_text(hex);
  text_clear(&t);
  add_slot(r, date, field(r, COMPETENCE), &t);
  hash_hex(t.s, t.len, hex);
  i->exact = copy_text(hex);
  i->level = level;
  text_addf(&t, "\x1f%d", level);
  hash_hex(t.s, t.len, hex);
  i->row = copy_text(hex);
  const struct sent_row *old = sent_find(r->before, i->slot, i->exact);
  if (old && strcmp(old->row, i->row)) {
    text_addf(&t, "\x1f%s", old->id);
    hash_hex(t.s, t.len, hex);
    i->supersedes = copy_text(old->id);
  } else if (old) {
    snprintf(hex, sizeof hex, "%s", old->id);
    if (*old->supersedes) i->supersedes = copy_text(old->supersedes);
  }
  i->id = copy_text(hex);
  text_finish(&t);
}

static void read_row(struct reader *r) {
  struct input *in = r->in;
  if (!*field(r, LEVEL)) {
    in->unrated++;
    return;
  }
  struct item *i = input_add(in, r->row);
  char date[11];
  int level = whole(field(r, LEVEL));
  for (int f = 0; f < NEEDED; f++)
    if (!*field(r, f) && !i->fault)
      item_fault(i, in->column[f], "missing", "no %s; every row with a level needs one", csv_fields[f]);
  if (i->fault) return;
  if (!date_parse(field(r, DATE), date))
    item_fault(i, in->column[DATE], "out-of-range", "'%s' is not a date; write 2026-03-02, or 02/03/2026 with the day first",
               field(r, DATE));
  else if (level < 0)
    item_fault(i, in->column[LEVEL], "wrong-type",
               "'%s' is not a whole number; write the level's number, or leave it blank if unrated", field(r, LEVEL));
  else {
    name_row(r, i, date, level);
    encode(r, i, date, level);
  }
}

static void end_row(struct reader *r) {
  r->row++;
  r->row_ended = true;
  if (!blank_row(r) && !r->failed) {
    if (r->header_read)
      read_row(r);
    else
      read_header(r);
  }
  clear_cells(r);
}

/* --- the library's callbacks --- */

static void on_field(void *s, size_t len, void *arg) {
  struct reader *r = arg;
  if (r->n_cells < WIDEST) r->cells[r->n_cells++] = trimmed(s ? s : "", len);
}

static void on_row(int c, void *arg) {
  (void)c;
  end_row(arg);
}

/* --- the text --- */

static void one_line_end(struct text *out, const char *s, size_t len) {
  for (size_t i = 0; i < len; i++) {
    if (s[i] == '\0') continue;
    if (s[i] != '\r')
      text_add_n(out, s + i, 1);
    else if (i + 1 == len || s[i + 1] != '\n')
      text_add(out, "\n");
  }
  if (!out->len || out->s[out->len - 1] != '\n') text_add(out, "\n");
}

/* The first line's most frequent separator. */
static char separator(const char *s) {
  static const char candidates[] = ",;\t|";
  size_t best = 0, count[4] = {0};
  bool quoted = false;
  for (; *s && (quoted || *s != '\n'); s++) {
    const char *c = strchr(candidates, *s);
    if (*s == '"')
      quoted = !quoted;
    else if (c && !quoted && ++count[c - candidates] > count[best])
      best = (size_t)(c - candidates);
  }
  return candidates[best];
}

static void broken_row(struct reader *r, const char *why) {
  clear_cells(r);
  r->row++;
  if (r->header_read)
    item_fault(input_add(r->in, r->row), -1, "not-csv", "%s", why);
  else
    complain("%s: row %zu: %s", r->in->name, r->row, why), r->failed = true;
}

static void start(struct csv_parser *p, char separator_used) {
  csv_init(p, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL | CSV_APPEND_NULL);
  csv_set_delim(p, (unsigned char)separator_used);
}

/* Line by line, so that a broken quote costs its row and no more: after one, a fresh parser goes on at the next line. */
static void parse(struct reader *r, const char *text) {
  struct csv_parser p;
  char used = separator(text + strspn(text, "\n"));
  const char *row_start = text, *end = text + strlen(text);
  start(&p, used);
  r->row_ended = true;
  for (const char *line = text; line < end;) {
    const char *next = strchr(line, '\n') + 1;
    size_t len = (size_t)(next - line);
    if (r->row_ended) row_start = line;
    r->row_ended = false;
    bool broken = csv_parse(&p, line, len, on_field, on_row, r) != len;
    bool open = !broken && next == end && !r->row_ended;
    if (broken || open) {
      broken_row(r, open ? "a quote is opened and never closed; close it, or write \"\" for a quote that is meant"
                         : "a quote stands inside the text; write \"\" for a quote that is meant");
      csv_free(&p);
      start(&p, used);
      next = open ? strchr(row_start, '\n') + 1 : next;
      r->row_ended = true;
    }
    line = next;
  }
  csv_free(&p);
}

/* A row twice in one file: the same again is one event, another level is a fault of the second. */
static int by_slot_and_row(const void *a, const void *b) {
  const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;
  int rc = strcmp(x->slot, y->slot);
  return rc ? rc : x->place < y->place ? -1 : 1;
}

static void drop(struct item *i) {
  free(i->text);
  i->text = NULL;
}

/* The first row of sorted[from..i) that is about the same as sorted[i]; i if there is none. */
static size_t same_before(struct item **sorted, size_t from, size_t i) {
  while (from < i && !sent_same(sorted[i]->slot, sorted[i]->exact, sorted[from]->exact)) from++;
  return from;
}

static void find_repeats(struct input *in) {
  struct item **sorted = get_memory(in->n * sizeof *sorted);
  size_t n = 0;
  for (size_t i = 0; i < in->n; i++)
    if (in->items[i].slot) sorted[n++] = &in->items[i];
  qsort(sorted, n, sizeof *sorted, by_slot_and_row);
  for (size_t i = 0, first = 0; i < n; i++) {
    if (strcmp(sorted[i]->slot, sorted[first]->slot)) first = i;
    const struct item *before = sorted[same_before(sorted, first, i)];
    if (before == sorted[i]) continue;
    drop(sorted[i]);
    if (sorted[i]->level == before->level)
      in->repeated++;
    else
      item_fault(sorted[i], in->column[LEVEL], "repeated",
                 "row %zu gives another level to the same person, date, competence and evidence", before->place);
  }
  free(sorted);
}

int csv_read(struct input *in, const char *text, size_t len, const struct settings *s, const struct sent *before) {
  struct reader r = {.in = in, .s = s, .before = before};
  in->form = FORM_CSV;
  if (!settings_need(s, true)) return EXIT_USAGE;
  one_line_end(&r.line_ends, text, len);
  parse(&r, r.line_ends.s);
  clear_cells(&r);
  text_finish(&r.line_ends);
  if (r.failed) return EXIT_REJECTED;
  find_repeats(in);
  return 0;
}
