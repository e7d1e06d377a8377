/* headings - see headings.h. */
#include "headings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cell.h"
#include "text.h"

#define TITLES_MOST 30 /* rows above the headings */

/* A part of a key: letters, digits, '.', '_' and '-', as docs/protocol.md has it. */
static size_t code_length(const char *s, bool digit_ok) {
  if (!isalpha((unsigned char)*s) && !(digit_ok && isdigit((unsigned char)*s)))
    return 0;
  return strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
}

/* framework@version/code: whatever code a catalogue takes can be named so. */
static bool is_key(const char *s) {
  size_t n = code_length(s, false);
  if (!n || s[n] != '@')
    return false;

  s += n + 1;
  n = code_length(s, true);
  if (!n || s[n] != '/')
    return false;

  s += n + 1;
  n = code_length(s, false);

  return n && !s[n];
}

bool looks_like_competence(const char *s) {
  if (strchr(s, '/'))
    return is_key(s);

  size_t capitals = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
         rest = strspn(s + capitals, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
  return capitals && rest && !s[capitals + rest] && strpbrk(s, "0123456789.");
}

/* --- one heading --- */

static const char *said(const struct map *m, enum table_of t, const struct column *c) {
  const char *means = map_meaning(m, t, c->full);
  if (means || !strcmp(c->full, c->own))
    return means;
  return map_meaning(m, t, c->own);
}

static void is_competence(struct column *c, const char *means) {
  char code[MEANING_MAX];
  const char *rest;

  c->use = USE_COMPETENCE;
  if (meaning_split(means, code, &rest) && *rest) {
    c->competence = copy_text(code);
    c->evidence = copy_text(rest);
  } else
    c->competence = copy_text(means);
}

static void is_field(struct column *c, enum field f, const char *key) {
  c->use = USE_FIELD;
  c->field = f;
  c->by_other_name = strcmp(key, field_rows[f].name) != 0;
}

static void find_meaning(struct column *c, const struct map *m) {
  const char *column = said(m, T_COLUMNS, c),
             *competence = column ? NULL : said(m, T_COMPETENCES, c);
  char *key = word_key(c->own);
  enum field f = F_NONE;

  if (!m)
    f = field_of_heading(key);

  c->field = F_NONE;
  if (!*c->own)
    c->use = USE_NONE;
  else if (column && !strcmp(column, "ignore"))
    c->use = USE_LEFT_OUT;
  else if (column && *column) {
    c->use = USE_FIELD;
    c->field = field_named(column);
  } else if (competence && *competence)
    is_competence(c, competence);
  else if (column || competence)
    c->use = USE_UNKNOWN; /* named, and not said yet */
  else if (f != F_NONE)
    is_field(c, f, key);
  else if (looks_like_competence(c->own))
    is_competence(c, c->own);
  else {
    if (!m && heading_is_personal(key))
      c->use = USE_LEFT_OUT;
    else
      c->use = USE_UNKNOWN;
  }

  free(key);
}

/* --- the row of headings --- */

static bool heading_known(const struct map *m, const char *cell) {
  struct column c = {.full = (char *)cell, .own = (char *)cell};
  find_meaning(&c, m);
  free(c.competence);
  free(c.evidence);
  return c.use == USE_FIELD || c.use == USE_LEFT_OUT || (c.use == USE_COMPETENCE && *cell);
}

static bool means_person(const struct map *m, const char *cell) {
  const char *means = map_meaning(m, T_COLUMNS, cell);
  char *key = word_key(cell);
  bool person = m ? means && !strcmp(means, "person") : field_of_heading(key) == F_PERSON;
  free(key);
  return person;
}

/* How many headings of the row mean something; 0 without a person's. */
static int worth(const struct sheet_row *r, const struct map *m) {
  int known = 0;
  bool person = false;

  for (int i = 0; i < r->n; i++) {
    if (!*r->cells[i])
      continue;
    known += heading_known(m, r->cells[i]);
    person |= means_person(m, r->cells[i]);
  }

  if (person)
    return known;
  return 0;
}

static bool find_row(const struct sheet *s, const struct map *m, size_t *ret) {
  int best = 0;

  for (size_t i = 0; i < s->n && i < TITLES_MOST; i++) {
    int here = 0;
    if (!s->rows[i].broken)
      here = worth(&s->rows[i], m);
    if (here > best) {
      best = here;
      *ret = i;
    }
  }

  return best > 0;
}

/* --- two rows of headings --- */

static bool has_digits_alone(const char *s) {
  return cell_whole(s) >= 0 || cell_date(s, false).form != DATE_NONE;
}

/* A second row of headings continues merged cells: nothing below the person, words below or beside
 * the others. */
static bool continues(const struct sheet *s, const struct sheet_row *top,
                      const struct sheet_row *below, const struct map *m) {
  bool fills = false;
  if (below->broken || below->place != top->place + 1)
    return false;

  for (int i = 0; i < s->widest; i++) {
    const char *under = sheet_cell(below, i);
    if (!*under)
      continue;
    if (means_person(m, sheet_cell(top, i)) || has_digits_alone(under))
      return false;

    fills |= !*sheet_cell(top, i);
  }

  return fills;
}

/* Merged titles above: at least two, or one that is not over the first column, right above, with
 * gaps between. */
static bool stands_above(const struct sheet *s, const struct sheet_row *above,
                         const struct sheet_row *row) {
  if (above->broken || above->place + 1 != row->place)
    return false;

  int filled = sheet_filled(above);
  bool gaps = false;

  for (int i = 0; i < s->widest; i++)
    gaps |= !*sheet_cell(above, i) && *sheet_cell(row, i);

  return gaps && (filled > 1 || (filled == 1 && !*sheet_cell(above, 0)));
}

static void name_columns(struct headings *h, const struct sheet *s, const struct sheet_row *top,
                         const struct sheet_row *below) {
  const char *over = "";
  h->n = s->widest;
  h->columns = get_memory(((size_t)h->n + 1) * sizeof *h->columns);

  for (int i = 0; i < h->n; i++) {
    struct column *c = &h->columns[i];
    const char *upper = top ? sheet_cell(top, i) : "", *own = sheet_cell(below, i);

    *c = (struct column){0};
    if (*upper)
      over = upper;

    struct text full = {0};

    if (*own && *over && top && strcmp(own, over))
      text_addf(&full, "%s / %s", over, own);
    else
      text_add(&full, *own ? own : upper);

    c->own = copy_text(*own ? own : upper);
    if (full.s)
      c->full = full.s;
    else
      c->full = copy_text("");
  }
}

static enum kind guess_kind(const struct headings *h) {
  bool has[N_FIELDS] = {0};
  int competences = 0;

  for (int i = 0; i < h->n; i++) {
    if (h->columns[i].use == USE_FIELD)
      has[h->columns[i].field] = true;
    competences += h->columns[i].use == USE_COMPETENCE;
  }

  if (has[F_UNIT] || has[F_QUALIFICATION] || has[F_CERTIFICATE])
    return KIND_CERTIFICATES;
  if (has[F_COMPETENCE])
    return KIND_RATINGS;
  if (competences)
    return KIND_GRID;
  if (has[F_ROLE] || (has[F_TITLE] && has[F_FROM]))
    return KIND_STAFF;

  return KIND_UNKNOWN;
}

/* A field that this kind of sheet does not have is an ordinary column that nobody asked for. */
static void drop_foreign(struct headings *h) {
  for (int i = 0; i < h->n; i++) {
    struct column *c = &h->columns[i];
    bool foreign = c->use == USE_FIELD && h->kind < N_KINDS &&
                   !(field_rows[c->field].kinds & 1u << h->kind);
    if (foreign || (c->use == USE_COMPETENCE && h->kind != KIND_GRID))
      c->use = USE_UNKNOWN;
  }
}

void headings_at(struct headings *h, const struct sheet *s, size_t at, const struct map *m) {
  *h = (struct headings){.map = m, .kind = m ? m->kind : KIND_UNKNOWN, .row = at};
  const struct sheet_row *row = &s->rows[at];
  h->first = h->row + 1;
  if (h->first < s->n && continues(s, row, row + 1, m)) {
    name_columns(h, s, row, row + 1);
    h->first++;
  } else {
    h->joined = h->row && stands_above(s, row - 1, row);
    name_columns(h, s, h->joined ? row - 1 : NULL, row);
  }

  for (int i = 0; i < h->n; i++)
    find_meaning(&h->columns[i], m);
  if (!m)
    h->kind = guess_kind(h);

  drop_foreign(h);
}

bool headings_find(struct headings *h, const struct sheet *s, const struct map *m) {
  size_t row;
  *h = (struct headings){0};
  if (!find_row(s, m, &row))
    return false;

  headings_at(h, s, row, m);

  return true;
}

/* --- questions --- */

static bool has_heading(const struct headings *h, const char *key) {
  bool found = false;
  for (int i = 0; i < h->n && !found; i++) {
    char *full = word_key(h->columns[i].full), *own = word_key(h->columns[i].own);
    found = same_word(key, full) || same_word(key, own);
    free(full);
    free(own);
  }

  return found;
}

bool headings_match(const struct headings *h, const struct map *m) {
  for (int i = 0; i < h->n; i++)
    if (h->columns[i].use == USE_UNKNOWN)
      return false;

  for (size_t i = 0; i < m->n; i++)
    if (m->meanings[i].table == T_COLUMNS && !has_heading(h, m->meanings[i].key))
      return false;

  return true;
}

/* --- a mapping that does not match --- */

struct likeness {
  /* of the row: all, and those that mean something or are named without a meaning */
  int headings, known;
  int named; /* columns and competences of the mapping */
  int there; /* how many of these the row has */
};

static bool is_named(const struct map *m, const struct column *c) {
  return said(m, T_COLUMNS, c) || said(m, T_COMPETENCES, c);
}

static struct likeness likeness_of(const struct headings *h, const struct map *m) {
  struct likeness l = {0};

  for (int i = 0; i < h->n; i++) {
    const struct column *c = &h->columns[i];
    if (!*c->own)
      continue;

    l.headings++;
    l.known += c->use == USE_FIELD || c->use == USE_LEFT_OUT || c->use == USE_COMPETENCE ||
               is_named(m, c);
  }

  for (size_t i = 0; i < m->n; i++) {
    if (m->meanings[i].table != T_COLUMNS && m->meanings[i].table != T_COMPETENCES)
      continue;
    l.named++;
    l.there += has_heading(h, m->meanings[i].key);
  }

  return l;
}

/* The row that has most of what the mapping names. False: none has any of it. */
static bool find_likeliest(const struct sheet *s, const struct map *m, size_t *ret_row,
                           struct likeness *ret) {
  *ret = (struct likeness){0};
  for (size_t i = 0; i < s->n && i < TITLES_MOST; i++) {
    if (s->rows[i].broken)
      continue;

    struct headings h;
    headings_at(&h, s, i, m);
    struct likeness l = likeness_of(&h, m);
    if (l.there > ret->there) {
      *ret = l;
      *ret_row = i;
    }

    headings_finish(&h);
  }
  return ret->there > 0;
}

bool headings_meant(const struct sheet *s, const struct map *m, bool broken) {
  size_t row;
  struct likeness l;
  if (!find_likeliest(s, m, &row, &l))
    return false;

  int enough = 1;
  if (broken)
    enough = 0;

  return 2 * l.there >= l.named + enough && 2 * l.known >= l.headings + enough;
}

char *headings_differ(const struct sheet *s, const struct map *m) {
  size_t row;
  struct likeness l;
  struct headings h;
  struct text t = {0};

  if (!find_likeliest(s, m, &row, &l))
    return NULL;

  headings_at(&h, s, row, m);
  for (int i = 0; i < h.n && !t.s; i++) {
    const struct column *c = &h.columns[i];
    if (*c->own && c->use == USE_UNKNOWN && !is_named(m, c))
      text_addf(&t, "it does not name '%s'", c->own);
  }

  for (size_t i = 0; i < m->n && !t.s; i++) {
    bool column = m->meanings[i].table == T_COLUMNS;
    if (column && !has_heading(&h, m->meanings[i].key))
      text_addf(&t, "it names '%s', which is not in the sheet", m->meanings[i].word);
  }

  headings_finish(&h);

  return t.s;
}

const char *headings_name(const struct headings *h, int column) {
  for (int i = 0; i < h->n; i++)
    if (i != column && !strcmp(h->columns[i].own, h->columns[column].own))
      return h->columns[column].full;
  return h->columns[column].own;
}

int headings_column(const struct headings *h, enum field f) {
  for (int i = 0; i < h->n; i++)
    if (h->columns[i].use == USE_FIELD && h->columns[i].field == f)
      return i;
  return -1;
}

bool headings_again(const struct headings *h, const struct sheet *s, const struct sheet_row *r) {
  const struct sheet_row *first = &s->rows[h->row];
  for (int i = 0; i < s->widest; i++)
    if (strcmp(sheet_cell(first, i), sheet_cell(r, i)))
      return false;
  return true;
}

/* Does the text head another column than this one? */
static bool heads_another(const struct headings *h, const struct sheet *s, int column,
                          const char *cell) {
  const struct sheet_row *first = &s->rows[h->row];
  if (!*cell || !strcmp(sheet_cell(first, column), cell))
    return false;

  for (int i = 0; i < s->widest; i++)
    if (!strcmp(sheet_cell(first, i), cell))
      return true;

  return false;
}

bool headings_other(const struct headings *h, const struct sheet *s, const struct sheet_row *r) {
  int elsewhere = 0;
  bool person = false;

  if (headings_again(h, s, r))
    return false;

  for (int i = 0; i < r->n; i++) {
    person |= means_person(h->map, r->cells[i]) || means_person(NULL, r->cells[i]);
    elsewhere += heads_another(h, s, i, r->cells[i]);
  }

  return person || elsewhere > 1;
}

void headings_finish(struct headings *h) {
  for (int i = 0; i < h->n; i++) {
    struct column *c = &h->columns[i];
    free(c->full);
    free(c->own);
    free(c->competence);
    free(c->evidence);
  }

  free(h->columns);
  *h = (struct headings){0};
}
