/* codes - finding the code for what people have in mind: every table whose codes an event or a
 * spreadsheet may name, searched by words. Asked through the pipeline by `ask codes`; which code a
 * name that is nearly right was meant to be is names.c and load.c.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "catalogue/internal.h"

#include "base/words.h"

enum {
  CODES_SHOWN = 1000,
  WORDS_MAX = 16
};

/* Where people look first comes first. `also` is searched and not shown. */
static const struct code_kind {
  const char *kind;
  enum table_id table;
  const char *code, *words, *also;
} kinds[] = {
    {"competence", TABLE_COMPETENCE, "code", "title", "area"},
    {"role", TABLE_ROLE, "role", "title", "family"},
    {"title", TABLE_TITLE, "role", "title", "key"},
    {"unit", TABLE_UNIT, "unit", "title", "slug"},
    {"qualification", TABLE_QUALIFICATION, "qualification", "title", "type"},
    {"course", TABLE_COURSE, "course", "title", "note"},
    {"informal", TABLE_INFORMAL, "form", "title", "kind"},
    {"development", TABLE_KIND, "kind", "words", "note"},
    {"class", TABLE_EQUIVALENCE, "class", "words", "member"},
    {"evidence", TABLE_EVIDENCE, "kind", "words", "what_it_is"},
    {"check", TABLE_CHECK, "check", "words", "also_asked"},
    {"barrier", TABLE_BARRIER, "barrier", "words", "note"},
    {"payer", TABLE_PAYER, "payer", "words", "also"},
    {"impact", TABLE_IMPACT, "impact", "words", "also"},
    {"priority", TABLE_PRIORITY, "priority", "words", "also"},
    {"fund", TABLE_FUND, "fund", "words", "also"},
    {"contract", TABLE_CONTRACT, "contract", "words", "also"},
    {"phase", TABLE_PHASE, "phase", "words", "also"},
    {"family", TABLE_FAMILY, "family", "words", "note"},
    {"source", TABLE_SOURCE, "source", "title", "publisher"},
    {"framework", TABLE_FRAMEWORK, "framework", "title", "version"},
};
#define N_KINDS ARRAY_LEN(kinds)

/* From the best to the least: how well a row fits what was written. */
enum fit {
  FIT_CODE,
  FIT_WORDS,
  FIT_STARTS,
  FIT_WITHIN,
  FIT_NONE
};
struct hit {
  const struct code_kind *kind;
  const struct row *row;
  enum fit fit;
  uint32_t order;
};
struct search {
  char *whole; /* what was written, without the blanks around it */
  const char *words[WORDS_MAX];
  uint32_t n_words;
  struct hit *hits;
  size_t n, cap;
};

bool catalogue_code_kind(const char *kind) {
  for (size_t i = 0; i < N_KINDS; i++)
    if (strcmp(kinds[i].kind, kind) == 0)
      return true;
  return false;
}

void catalogue_code_kinds(struct buf *out) {
  for (size_t i = 0; i < N_KINDS; i++) {
    if (i)
      buf_puts(out, i + 1 < N_KINDS ? ", " : " or ");
    buf_puts(out, kinds[i].kind);
  }
}

/* --- matching --- */

static const char *cell_of(const struct code_kind *k, const struct row *r, const char *column) {
  const struct column *columns = table_defs[k->table].columns;
  for (int i = 0; columns[i].name; i++)
    if (strcmp(columns[i].name, column) == 0) {
      if (r->cell[i])
        return r->cell[i];
      return "";
    }

  return "";
}

static bool part_of_word(char ch) {
  return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
         (unsigned char)ch >= 0x80;
}

/* The best place of a word in a text. */
static enum fit fit_in(const char *text, const char *word) {
  enum fit best = FIT_NONE;
  size_t len = strlen(word);

  for (const char *at = text; (at = strcasestr(at, word)); at++) {
    bool starts = at == text || !part_of_word(at[-1]), ends = !part_of_word(at[len]);
    enum fit fit;

    if (starts && ends)
      fit = FIT_WORDS;
    else if (starts)
      fit = FIT_STARTS;
    else
      fit = FIT_WITHIN;

    if (fit < best)
      best = fit;
  }

  return best;
}

/* Every word is in it somewhere; it fits as well as the word that fits worst. */
static enum fit fit_of(const struct search *s, const struct code_kind *k, const struct row *r) {
  const char *const texts[] = {cell_of(k, r, k->code), cell_of(k, r, k->words),
                               cell_of(k, r, k->also), r->key};
  enum fit worst = FIT_WORDS;

  if (s->n_words == 0)
    return FIT_WORDS;
  if (strcasecmp(texts[0], s->whole) == 0 || strcasecmp(r->key, s->whole) == 0)
    return FIT_CODE;

  for (uint32_t w = 0; w < s->n_words; w++) {
    enum fit best = FIT_NONE;

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
      enum fit fit = fit_in(texts[i], s->words[w]);
      if (i >= 2 && fit < FIT_WITHIN)
        fit = FIT_STARTS; /* what is not shown ranks lower */
      if (fit < best)
        best = fit;
    }

    if (best > worst)
      worst = best;
  }

  return worst;
}

static void split(struct search *s, char *words) {
  char *rest = words + strspn(words, " \t");
  for (size_t n = strlen(rest); n && (rest[n - 1] == ' ' || rest[n - 1] == '\t'); n--)
    rest[n - 1] = 0;

  s->whole = mem_strdup(rest);
  for (char *word; s->n_words < WORDS_MAX && (word = strsep(&rest, " \t"));)
    if (*word)
      s->words[s->n_words++] = word;
}

/* A class has a row for each member and is one thing; only `subject@level` can be named in an
 * event. */
static bool is_class_to_name(const struct search *s, const struct code_kind *k,
                             const struct row *r) {
  const char *class = cell_of(k, r, k->code), *level = strchr(class, '@');
  if (!level || level[1] < '0' || level[1] > '9')
    return false;
  return s->n == 0 || s->hits[s->n - 1].kind != k ||
         strcmp(cell_of(k, s->hits[s->n - 1].row, k->code), class) != 0;
}

static void look_in(struct search *s, const struct catalogue *c, const struct code_kind *k) {
  const struct table *t = &c->tables[k->table];
  for (uint32_t i = 0; i < t->n; i++) {
    enum fit fit = FIT_NONE;
    if (!t->rows[i]->removed)
      fit = fit_of(s, k, t->rows[i]);

    if (fit == FIT_NONE || (k->table == TABLE_EQUIVALENCE && !is_class_to_name(s, k, t->rows[i])))
      continue;

    s->hits = mem_grow(s->hits, &s->cap, s->n + 1, sizeof *s->hits);
    s->hits[s->n] = (struct hit){k, t->rows[i], fit, (uint32_t)s->n};
    s->n++;
  }
}

static int hit_order(const void *x, const void *y) {
  const struct hit *a = x, *b = y;
  if (a->fit != b->fit) {
    if (a->fit < b->fit)
      return -1;
    return 1;
  }
  if (a->order < b->order)
    return -1;
  return a->order > b->order;
}

/* --- the answer --- */

static void json_hit(struct buf *b, const struct catalogue *c, const struct hit *h) {
  struct arena scratch = {0};
  const char *words = cell_of(h->kind, h->row, h->kind->words);
  const struct competence *k = NULL;

  if (h->kind->table == TABLE_COMPETENCE)
    k = h->row->item;

  json_open(b, '{');
  key_str(b, "kind", h->kind->kind);
  key_str(b, "code", k && !k->short_ok ? k->key : cell_of(h->kind, h->row, h->kind->code));
  key_str(b, "words", *words ? words : h->row->key);
  if (k)
    key_str(b, "key", k->key);

  const char *development = development_of(c, h->kind->table, h->row->item, &scratch);
  if (development)
    key_str(b, "development", development);

  arena_finish(&scratch);
  if (h->kind->table == TABLE_KIND)
    key_str(b, "of", cell_of(h->kind, h->row, "of"));
  if (strcmp(cell_of(h->kind, h->row, "certainty"), certainty_words[CERTAINTY_LOW]) == 0)
    key_str(b, "certainty", "low");

  json_close(b, '}');
}

static bool is_new(const struct search *s, size_t i, const struct framework *f) {
  for (size_t k = 0; k < i; k++)
    if (s->hits[k].kind->table == TABLE_COMPETENCE &&
        ((const struct competence *)s->hits[k].row->item)->framework == f)
      return false;
  return true;
}

/* The scales of those competences that were found, so that a person who rates knows what its
 * numbers mean. */
static void json_scales(struct buf *b, const struct search *s, size_t shown) {
  const struct framework *last = NULL;
  json_key(b, "frameworks");
  json_open(b, '[');

  for (size_t i = 0; i < shown; i++) {
    if (s->hits[i].kind->table != TABLE_COMPETENCE)
      continue;

    const struct framework *f = ((const struct competence *)s->hits[i].row->item)->framework;
    if (f == last || !is_new(s, i, f))
      continue;

    last = f;
    struct buf name = {0};
    buf_printf(&name, "%s@%s", f->name, f->version);
    json_open(b, '{');
    key_str(b, "framework", buf_cstr(&name));
    buf_finish(&name);
    json_key(b, "levels");
    json_open(b, '[');
    for (int k = 0; k < f->n_levels; k++)
      json_str(b, f->levels[k]);

    json_close(b, ']');
    json_close(b, '}');
  }

  json_close(b, ']');
}

void catalogue_codes(const struct catalogue *c, const char *kind, const char *words,
                     struct buf *out) {
  struct search s = {0};
  _cleanup_free_ char *text = mem_strdup(text_or(words, ""));

  split(&s, text);
  for (size_t i = 0; i < N_KINDS; i++)
    if (!kind || strcmp(kinds[i].kind, kind) == 0)
      look_in(&s, c, &kinds[i]);

  if (s.n > 1)
    qsort(s.hits, s.n, sizeof *s.hits, hit_order);

  size_t shown = CODES_SHOWN;
  if (s.n < CODES_SHOWN)
    shown = s.n;

  json_open(out, '{');
  json_key(out, "found");
  json_int(out, (int64_t)s.n);
  json_key(out, "codes");
  json_open(out, '[');
  for (size_t i = 0; i < shown; i++)
    json_hit(out, c, &s.hits[i]);

  json_close(out, ']');
  json_scales(out, &s, shown);
  json_key(out, "kinds");
  json_open(out, '[');
  for (size_t i = 0; i < N_KINDS; i++)
    json_str(out, kinds[i].kind);

  json_close(out, ']');
  json_close(out, '}');
  free(s.whole);
  free(s.hits);
}
