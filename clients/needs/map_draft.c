/* map_draft - `needs map`: drafts a mapping of a spreadsheet's columns and words, for people to
 * complete.
 *
 * What is guessed is marked; what nobody can guess stands there with an empty right side, and push
 * refuses it until it is said.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <popt.h>
#include <sys/param.h>

#include "cell.h"
#include "column_guess.h"
#include "headings.h"
#include "input.h"
#include "needs.h"
#include "preview.h"
#include "rows.h"
#include "text.h"

#define HEADINGS_WITHIN 15 /* rows, where no heading is known */
#define WORDS_MOST 200     /* of a table */
#define WORD_CUT 100       /* bytes; longer ones are cut with three dots */

/* How sure the draft is of a meaning. */
enum sure {
  SURE,
  GUESSED,
  PERSONAL, /* personal data: the column is left out */
  ALIKE     /* several long texts begin with this one */
};

struct map_draft {
  struct sheet sheet;
  struct headings head;
  struct map map;
  enum sure sure[1024]; /* of map.meanings */
  char *whole[1024];    /* of those that are cut; NULL */
  /* cells hold numbers whose scale nobody said */
  bool numbers;
  struct text numbers_seen;
  size_t open; /* lines without a meaning */
};

/* --- guesses --- */

static const struct {
  enum table_of table;
  const char *word, *means;
} usual[] = {
    {T_LEVELS, "none", "0"},
    {T_LEVELS, "not yet", "0"},
    {T_LEVELS, "not met", "0"},
    {T_LEVELS, "aware", "1"},
    {T_LEVELS, "emerging", "1"},
    {T_LEVELS, "beginning", "1"},
    {T_LEVELS, "red", "1"},
    {T_LEVELS, "r", "1"},
    {T_LEVELS, "with support", "2"},
    {T_LEVELS, "developing", "2"},
    {T_LEVELS, "amber", "2"},
    {T_LEVELS, "a", "2"},
    {T_LEVELS, "alone", "3"},
    {T_LEVELS, "secure", "3"},
    {T_LEVELS, "confident", "3"},
    {T_LEVELS, "competent", "3"},
    {T_LEVELS, "independent", "3"},
    {T_LEVELS, "met", "3"},
    {T_LEVELS, "green", "3"},
    {T_LEVELS, "g", "3"},
    {T_LEVELS, "can teach others", "4"},
    {T_LEVELS, "expert", "4"},
    {T_LEVELS, "exceeding", "4"},
    {T_LEVELS, "n/a", "unrated"},
    {T_LEVELS, "na", "unrated"},
    {T_LEVELS, "-", "unrated"},
    {T_LEVELS, "?", "unrated"},
    {T_LEVELS, "not assessed", "unrated"},
    {T_LEVELS, "not observed", "unrated"},
    {T_LEVELS, "not applicable", "unrated"},
    {T_LEVELS, "not rated", "unrated"},
    {T_EVIDENCE, "self assessment", "self"},
    {T_EVIDENCE, "self-assessment", "self"},
    {T_EVIDENCE, "line manager", "manager"},
    {T_EVIDENCE, "appraisal", "manager"},
    {T_EVIDENCE, "observation", "observer"},
    {T_EVIDENCE, "lesson observation", "observer"},
    {T_ROLES, "teaching assistant", "TASS"},
    {T_ROLES, "ta", "TASS"},
    {T_ROLES, "higher level teaching assistant", "HLTA"},
    {T_ROLES, "learning support assistant", "LSEN"},
    {T_ROLES, "lsa", "LSEN"},
    {T_ROLES, "midday assistant", "MIDA"},
    {T_ROLES, "midday supervisor", "MIDS"},
    {T_ROLES, "nursery nurse", "NNSE"},
    {T_ROLES, "cover supervisor", "COVR"},
    {T_ROLES, "learning mentor", "LMEN"},
    {T_ROLES, "science technician", "STCH"},
    {T_ROLES, "ict technician", "ICTT"},
    {T_ROLES, "administrator", "ADMC"},
    {T_ROLES, "school secretary", "SSEC"},
    {T_ROLES, "receptionist", "RECP"},
    {T_ROLES, "business manager", "BUSS"},
    {T_ROLES, "caretaker", "CTKR"},
    {T_ROLES, "cleaner", "CLNR"},
    {T_ROLES, "cook", "COOK"},
    {T_ROLES, "catering assistant", "CATR"},
    {T_ROLES, "librarian", "LIBR"},
    {T_ROLES, "exam invigilator", "INVG"},
    {T_CONTRACTS, "permanent", "PRM"},
    {T_CONTRACTS, "fixed term", "FXT"},
    {T_CONTRACTS, "fixed-term", "FXT"},
    {T_CONTRACTS, "temporary", "TMP"},
    {T_EMPLOYERS, "school", "school"},
    {T_EMPLOYERS, "trust", "trust"},
    {T_EMPLOYERS, "authority", "authority"},
    {T_EMPLOYERS, "contractor", "contractor"},
    {T_EMPLOYERS, "agency", "agency"},
    {T_EMPLOYERS, "volunteer", "volunteer"},
    {T_EMPLOYERS, "self employed", "self-employed"},
    {T_EMPLOYERS, "contract caterer", "contractor"},
    {T_EMPLOYERS, "council", "authority"},
    {T_EMPLOYERS, "academy trust", "trust"},
    {T_EMPLOYERS, "local authority", "authority"},
    {T_EMPLOYERS, "supply agency", "agency"},
    {T_YES_NO, "tto", "yes"},
    {T_YES_NO, "x", "yes"},
    {T_YES_NO, "term time only", "yes"},
    {T_YES_NO, "all year round", "no"},
    {T_YES_NO, "ayr", "no"},
};

static const char *usual_meaning(enum table_of t, const char *word) {
  char *key = word_key(word);
  const char *means = NULL;
  for (size_t i = 0; i < sizeof usual / sizeof *usual && !means; i++)
    if (usual[i].table == t && !strcmp(usual[i].word, key))
      means = usual[i].means;

  free(key);

  return means;
}

/* --- the values of a column --- */

static const char *value(const struct map_draft *d, size_t row, int column) {
  return sheet_cell(&d->sheet.rows[row], column);
}

static struct column_guess look(const struct map_draft *d, int column) {
  return guess_column(&d->sheet, &d->head, column);
}

static bool rates(const struct map_draft *d, int column) {
  return guess_rates(&d->sheet, &d->head, column);
}

/* --- the headings --- */

static size_t likely_headings(const struct sheet *s) {
  size_t best = 0;
  int most = 0;

  for (size_t i = 0; i < s->n && i < HEADINGS_WITHIN; i++) {
    int words = 0;

    for (int k = 0; k < s->rows[i].n; k++) {
      const char *cell = s->rows[i].cells[k];
      words += *cell && cell_whole(cell) < 0 && cell_date(cell, false).form == DATE_NONE;
    }

    if (words > most) {
      most = words;
      best = i;
    }
  }

  return best;
}

/* Whether the text has a line already. A shortened text belongs to the one text that it was cut
 * from, not to others with the same beginning. */
static bool said_before(struct map_draft *d, enum table_of t, const char *word) {
  char *key = word_key(word);
  size_t i = 0;
  while (i < d->map.n && !(d->map.meanings[i].table == t && same_word(d->map.meanings[i].key, key)))
    i++;

  bool before = i < d->map.n;
  if (before && i < sizeof d->whole / sizeof *d->whole && d->whole[i]) {
    char *whole = word_key(d->whole[i]);
    if (strcmp(whole, key))
      d->sure[i] = ALIKE;
    free(whole);
  }

  free(key);

  return before;
}

static void said(struct map_draft *d, enum table_of t, const char *word, const char *means,
                 int sure) {
  struct text cut = {0};
  size_t len = strlen(word), keep = MIN(len, WORD_CUT);
  while (keep < len && keep && (word[keep] & 0xC0) == 0x80)
    keep--;

  text_add_n(&cut, word, keep);
  if (keep < len)
    text_add(&cut, "...");
  for (char *p = cut.s; *p; p++)
    if (strchr("\r\n\t", *p))
      *p = ' ';

  if (!said_before(d, t, word) && d->map.n < sizeof d->sure / sizeof *d->sure) {
    d->sure[d->map.n] = sure;
    if (keep < len)
      d->whole[d->map.n] = copy_text(word);
    map_add(&d->map, t, cut.s, means);
  }

  text_finish(&cut);
}

static bool base_knows(const struct map_draft *d, const struct column *c) {
  return map_meaning(&d->map, T_COLUMNS, c->full) || map_meaning(&d->map, T_COMPETENCES, c->full) ||
         map_meaning(&d->map, T_COLUMNS, c->own) || map_meaning(&d->map, T_COMPETENCES, c->own);
}

/* Has the mapping a column for it? */
static bool has_person(const struct map_draft *d) {
  for (size_t i = 0; i < d->map.n; i++)
    if (d->map.meanings[i].table == T_COLUMNS && !strcmp(d->map.meanings[i].means, "person"))
      return true;
  return false;
}

/* What a heading alone says it is, in a sheet of this kind. */
static enum field field_by_heading(const struct map_draft *d, int i) {
  char *key = word_key(d->head.columns[i].own);
  enum field f = field_of_heading(key);

  free(key);
  if (f == F_NONE || d->map.kind >= N_KINDS || field_rows[f].kinds & 1u << d->map.kind)
    return f;
  return F_NONE;
}

static bool is_personal(const struct map_draft *d, int i, const char *key) {
  struct column_guess l = look(d, i);
  return heading_is_personal(key) || guess_mostly(l.personal, &l);
}

/* A column that no heading and no mapping explains: what guesses are made of. */
static bool is_open(const struct map_draft *d, int i, const char *key) {
  const struct column *c = &d->head.columns[i];
  return *c->own && !base_knows(d, c) && field_by_heading(d, i) == F_NONE &&
         !is_personal(d, i, key) && !heading_is_aside(key);
}

/* How much speaks for the person's id; 0 nothing. */
static int worth_as_person(const struct map_draft *d, int i) {
  char *key = word_key(d->head.columns[i].own);
  struct column_guess l = look(d, i);
  int worth = 0;

  if (field_by_heading(d, i) == F_PERSON && !base_knows(d, &d->head.columns[i]))
    worth = 3;
  else if (guess_mostly(l.ids, &l) && is_open(d, i, key)) {
    if (heading_names_staff(key))
      worth = 2;
    else
      worth = !l.counts;
  }

  free(key);

  return worth;
}

static int likely_person(const struct map_draft *d) {
  int best = -1, most = 0;

  for (int i = 0; i < d->head.n && !has_person(d); i++) {
    int worth = worth_as_person(d, i);
    if (worth > most) {
      most = worth;
      best = i;
    }
  }

  return best;
}

/* How much speaks for the date of a row, where no heading is one; 0 nothing. */
static int worth_as_date(const struct map_draft *d, int i, const char *key) {
  struct column_guess l = look(d, i);
  int stamp = heading_stamp(key);
  if (!guess_mostly(l.dates, &l) || !is_open(d, i, key) || (stamp < 0 && heading_is_later(key)))
    return 0;
  if (stamp < 0)
    return 1;
  return 100 - stamp;
}

/* A form's own time of answering, else the only column of dates; -1 where several are as likely. */
static int likely_date(const struct map_draft *d) {
  int best = -1, most = 0;
  bool several = false;

  if (d->map.kind == KIND_STAFF || d->map.fixed[F_DATE])
    return -1;

  for (int i = 0; i < d->head.n; i++) {
    const char *means = map_meaning(&d->map, T_COLUMNS, headings_name(&d->head, i));
    if (field_by_heading(d, i) == F_DATE || (means && !strcmp(means, "date")))
      return -1;

    char *key = word_key(d->head.columns[i].own);
    int worth = worth_as_date(d, i, key);

    /* of two dates, the wrong one would be a wrong certificate */
    if (d->map.kind == KIND_CERTIFICATES && worth == 1)
      worth = 0;
    if (worth > most)
      several = false;
    else
      several = several || (worth && worth == most);

    if (worth > most) {
      most = worth;
      best = i;
    }

    free(key);
  }

  if (several)
    return -1;

  return best;
}

static void draft_column(struct map_draft *d, int i, int person, int date) {
  const struct column *c = &d->head.columns[i];
  char *key = word_key(c->own);
  enum field f = field_by_heading(d, i);
  const char *name = headings_name(&d->head, i);

  if (base_knows(d, c) || !*c->own)
    ;
  else if (i == person)
    said(d, T_COLUMNS, name, "person", strcmp(key, "person") ? GUESSED : SURE);
  else if (f != F_NONE && f != F_PERSON)
    said(d, T_COLUMNS, name, field_rows[f].name, c->by_other_name ? GUESSED : SURE);
  else if (is_personal(d, i, key))
    said(d, T_COLUMNS, name, "ignore", PERSONAL);
  else if (i == date)
    said(d, T_COLUMNS, name, "date", GUESSED);
  else if (heading_is_aside(key) || heading_stamp(key) >= 0 ||
           (look(d, i).counts && !looks_like_competence(c->own)))
    said(d, T_COLUMNS, name, "ignore", GUESSED);
  else if (d->map.kind == KIND_GRID && looks_like_competence(c->own))
    said(d, T_COMPETENCES, name, c->own, SURE);
  else if (d->map.kind == KIND_GRID && rates(d, i))
    said(d, T_COMPETENCES, name, "", SURE);
  else
    said(d, T_COLUMNS, name, "", SURE);

  free(key);
}

static void guess_kind_of_sheet(struct map_draft *d) {
  if (d->map.kind != KIND_UNKNOWN)
    return;

  d->map.kind = d->head.kind;
  for (int i = 0; i < d->head.n && d->map.kind == KIND_UNKNOWN; i++)
    if (d->head.columns[i].use == USE_UNKNOWN && rates(d, i))
      d->map.kind = KIND_GRID;
}

/* --- words in cells --- */

static int person_column(const struct map_draft *d) {
  for (int i = 0; i < d->head.n; i++) {
    const char *means = map_meaning(&d->map, T_COLUMNS, headings_name(&d->head, i));
    if (means && !strcmp(means, "person"))
      return i;
  }

  return -1;
}

/* One past the last row with a person: what follows is no row of the table. */
static size_t last_person(const struct map_draft *d) {
  int person = person_column(d);
  size_t end = d->sheet.n;
  while (person >= 0 && end > d->head.first &&
         (!*value(d, end - 1, person) || !guess_row(&d->sheet, &d->head, end - 1, person)))
    end--;

  return end;
}

static void see_number(struct map_draft *d, const char *cell) {
  struct text line = {0};
  text_addf(&line, ";%d =\n", cell_whole(cell));
  if (!d->numbers_seen.s || !strstr(d->numbers_seen.s, line.s))
    text_add(&d->numbers_seen, line.s);

  d->numbers = true;
  text_finish(&line);
}

static void words_of_column(struct map_draft *d, enum table_of t, int column, bool plain_level) {
  size_t added = 0, end = last_person(d);
  int person = person_column(d);

  for (size_t i = d->head.first; column >= 0 && i < end && added < WORDS_MOST; i++) {
    const char *cell = value(d, i, column);
    if (!*cell || !guess_row(&d->sheet, &d->head, i, person) || cell_damage(cell))
      continue;
    if (word_is_plain(t, cell) || said_before(d, t, cell))
      continue;

    const char *means = usual_meaning(t, cell);

    if (t == T_LEVELS && cell_whole(cell) >= 0) {
      if (!plain_level && !d->map.scale_said)
        see_number(d, cell);
    } else {
      said(d, t, cell, text_or(means, ""), means ? GUESSED : SURE);
      added++;
    }
  }
}

static const struct {
  enum field field;
  enum table_of table;
} wordy[] = {{F_EVIDENCE, T_EVIDENCE},        {F_ROLE, T_ROLES},
             {F_CONTRACT, T_CONTRACTS},       {F_EMPLOYER, T_EMPLOYERS},
             {F_TERM_TIME, T_YES_NO},         {F_MAIN, T_YES_NO},
             {F_CERTIFICATE, T_CERTIFICATES}, {F_COMPETENCE, T_COMPETENCES}};

/* Headings bound once more, now by the mapping itself. */
static void guess_words(struct map_draft *d) {
  struct headings bound;
  headings_at(&bound, &d->sheet, d->head.row, &d->map);
  for (size_t i = 0; i < sizeof wordy / sizeof *wordy; i++)
    words_of_column(d, wordy[i].table, headings_column(&bound, wordy[i].field), false);
  if (headings_column(&bound, F_ROLE) < 0 && d->map.kind == KIND_STAFF)
    words_of_column(d, T_ROLES, headings_column(&bound, F_TITLE), false);

  int level = headings_column(&bound, F_LEVEL);
  words_of_column(d, T_LEVELS, level, level >= 0 && !strcmp(bound.columns[level].own, "level"));
  for (int i = 0; i < bound.n; i++) {
    bool rated = bound.columns[i].use == USE_COMPETENCE ||
                 (d->map.kind == KIND_GRID &&
                  map_meaning(&d->map, T_COMPETENCES, headings_name(&bound, i)));
    if (rated)
      words_of_column(d, T_LEVELS, i, false);
  }

  headings_finish(&bound);
}

/* --- writing --- */

static const char *const table_notes[N_TABLES] = {
    [T_COLUMNS] = "heading = what the column is: person, date, competence, level, evidence, by, "
                  "expires, unit, qualification, "
                  "certificate,\n"
                  "; credit, role, title, start, end, hours, minutes, weeks, contract, term-time, "
                  "employer, main; or ignore",
    [T_COMPETENCES] = "heading or word = the competence's code, such as STL3 or X.SAFE (needs "
                      "catalogue find says which); a kind "
                      "of evidence may follow\n; (STL3 self)",
    [T_LEVELS] = "text of a cell = the level (0 none, 1 aware, 2 with support, 3 alone, 4 can "
                 "teach others), or unrated",
    [T_EVIDENCE] =
        "word = self, manager, peer, witness, portfolio, observer, test, assessor or certificate",
    [T_ROLES] = ("job title or word = a role code of the School Workforce Census, such as TASS "
                 "(needs catalogue find says which); with nothing on the right it is\n; sent as "
                 "written, and the authority maps it to a role (needs titles)"),
    [T_CONTRACTS] = "word = PRM, FXT, TMP, SLA, SAG or SOT",
    [T_EMPLOYERS] =
        "word = school, authority, trust, contractor, agency, self-employed or volunteer",
    [T_YES_NO] = "word = yes or no",
    [T_CERTIFICATES] = "name = unit CODE, qualification CODE, or competence CODE LEVEL",
};

static void add_word(struct text *t, const char *word) {
  bool quote = strpbrk(word, "=:;#[\"") || !*word;
  text_addf(t, quote ? "\"%s\"" : "%s", word);
}

static const char no_person[] =
    "; Which one is the person's id? No column looks like it: write = person behind its heading. "
    "Without it nothing can be read.\n";

static const char *const sure_notes[] = {
    [SURE] = "", [GUESSED] = " ; a guess, check it", [PERSONAL] = " ; personal, and never sent"};

/* How sure the draft is of a meaning, as a comment behind its line; "" where there is no meaning.
 */
static const char *sure_note(const struct map_draft *d, size_t i) {
  enum sure sure = SURE;
  if (i < sizeof d->sure / sizeof *d->sure)
    sure = d->sure[i];

  return text_if(*d->map.meanings[i].means, sure_notes[sure]);
}

static void write_table(struct map_draft *d, enum table_of t, struct text *out) {
  bool begun = false;

  for (size_t i = 0; i < d->map.n; i++) {
    const struct meaning *m = &d->map.meanings[i];
    if (m->table != t)
      continue;

    if (!begun)
      text_addf(out, "\n[%s]\n; %s\n", table_names[t], table_notes[t]);
    if (!begun && t == T_COLUMNS && !has_person(d))
      text_add(out, no_person);

    begun = true;
    if (strchr(m->word, '"')) {
      text_addf(out, "; a text with a quote cannot be mapped; change it in the spreadsheet: %s\n",
                m->word);
      d->open++;
      continue;
    }
    if (i < sizeof d->sure / sizeof *d->sure && d->sure[i] == ALIKE) {
      text_addf(out,
                "; several long texts begin like this one; shorten them in the spreadsheet: %s\n",
                m->word);
      d->open++;
      continue;
    }

    add_word(out, m->word);
    text_addf(out, " =%s%s%s\n", text_if(*m->means, " "), m->means, sure_note(d, i));
    d->open += !*m->means && t != T_ROLES;
  }

  if (t != T_LEVELS || !d->numbers)
    return;

  if (!begun)
    text_addf(out, "\n[%s]\n; %s\n", table_names[t], table_notes[t]);

  text_add(
      out,
      "; numbers in the cells: if they are the framework's own, 0 the lowest, write scale = levels "
      "above; if not, write scale = words,\n; remove the ; and give each number its level here\n");
  text_add(out, d->numbers_seen.s);
}

static bool column_or_fixed(const struct map_draft *d, enum field f) {
  for (size_t i = 0; i < d->map.n; i++)
    if (d->map.meanings[i].table == T_COLUMNS &&
        !strcmp(d->map.meanings[i].means, field_rows[f].name))
      return true;
  return d->map.fixed[f] != NULL;
}

/* What the kind needs and no column says. */
static void write_fixed(struct map_draft *d, struct text *out) {
  text_add(out, "\n[fixed]\n; values that no column has, the same for every row\n");
  for (int f = 0; f < N_FIELDS; f++)
    if (d->map.fixed[f])
      text_addf(out, "%s = %s\n", field_rows[f].name, d->map.fixed[f]);

  bool undated = !column_or_fixed(d, F_DATE),
       plain = d->map.kind == KIND_RATINGS && !column_or_fixed(d, F_EVIDENCE);
  if (undated)
    text_add(out, "date =\n");
  if (plain)
    text_add(out, "evidence =\n");
  if (d->map.kind == KIND_GRID && !column_or_fixed(d, F_EVIDENCE))
    text_add(out, ";evidence = self ; without it, a manager's review\n");

  d->open += undated + plain;
}

static void write_draft(struct map_draft *d, const char *name, struct text *out) {
  const struct map *m = &d->map;
  text_addf(out,
            "; What the columns and words of %s mean. The spreadsheet's text is on the left, its "
            "meaning on the right.\n",
            name);
  text_addf(out, "; Lines with nothing on the right still need a meaning, but for "
                 "[roles].\n\n[sheet]\n; ratings (a row a "
                 "rating), grid (a row a "
                 "person), staff or certificates\n");
  text_addf(out, "kind =%s%s\n", text_if(m->kind < N_KINDS, " "),
            text_if(m->kind < N_KINDS, kind_names[m->kind % N_KINDS]));
  text_addf(out, "; 02/03/2026: day-first or month-first\ndates = %s%s\n",
            m->month_first ? "month-first" : "day-first",
            text_if(!m->order_said, " ; a guess, check it"));

  const char *scale = "";
  if (m->scale_said && m->numbers)
    scale = " levels";
  else if (m->scale_said)
    scale = " words";

  if (d->numbers || m->scale_said)
    text_addf(out,
              "; numbers in cells: levels (the framework's own, 0 the lowest) or words (only what "
              "[levels] says; for scales on "
              "which 1 is best)\n"
              "scale =%s\n",
              scale);

  d->open = (m->kind == KIND_UNKNOWN) + (d->numbers && !m->scale_said) + !has_person(d);
  write_fixed(d, out);
  for (int t = 0; t < N_TABLES; t++)
    write_table(d, (enum table_of)t, out);
}

/* --- a draft --- */

static int look_at(struct map_draft *d, struct input *in, const char *name, const char *encoding,
                   const char *base) {
  struct text t = {0};
  int rc = input_text(in, name, encoding, &t);
  if (!rc && base)
    rc = map_load(&d->map, base);
  if (!base)
    d->map.kind = KIND_UNKNOWN;
  if (!rc)
    sheet_read(&d->sheet, t.s, t.len);

  text_finish(&t);
  if (!rc && !d->sheet.n) {
    complain("%s has no rows", name);
    rc = EXIT_REJECTED;
  }

  if (rc)
    return rc;

  const struct map *by = NULL;
  if (base)
    by = &d->map;
  if (!headings_find(&d->head, &d->sheet, by))
    headings_at(&d->head, &d->sheet, likely_headings(&d->sheet), by);

  guess_kind_of_sheet(d);
  int person = likely_person(d), date = likely_date(d);
  for (int i = 0; i < d->head.n; i++)
    draft_column(d, i, person, date);

  guess_words(d);

  return 0;
}

/* With every word said, how the first rows are understood; as comments below a draft. */
static void add_preview(const struct map_draft *d, struct settings *s, const char *name,
                        const char *encoding, const char *before, struct text *out) {
  struct input in;
  struct read_options how = {.s = s, .encoding = encoding, .preview = true, .drafted = &d->map};

  if (d->open) {
    text_addf(out,
              "%s%zu line%s still need%s a meaning%s; then needs push --preview --map shows how "
              "the rows are understood\n",
              before, d->open, plural(d->open), one_or_many(d->open, "s", ""),
              text_if(!has_person(d), ", and no column is marked as the person's id (= person)"));
    return;
  }
  if (input_read(&in, name, &how)) {
    input_finish(&in);
    return;
  }

  size_t faults = 0;
  for (size_t i = 0; i < in.n; i++)
    faults += !!in.items[i].n_faults;
  for (size_t i = 0; i < in.n_notes; i++)
    text_addf(out, "%s%s\n", before, in.notes[i]);

  preview_rows(&in, before, out);
  if (faults)
    text_addf(out, "%s%zu row%s not understood; needs push --preview says why\n", before, faults,
              one_or_many(faults, " is", "s are"));

  input_finish(&in);
}

static int save(const struct map_draft *d, const char *name, const char *base, const char *draft) {
  char *path = map_path(name);
  bool over = base && !strcmp(base, name);
  int rc = map_save(name, draft, over);
  if (!rc && d->open)
    printf("kept as %s; %zu line%s still need%s a meaning: edit %s\n", name, d->open,
           plural(d->open), one_or_many(d->open, "s", ""), path);
  else if (!rc)
    printf("kept as %s (%s); it applies to files with these headings\n", name, path);

  free(path);

  return rc;
}

static int draft(struct settings *s, const char *name, const char *encoding, const char *base,
                 const char *save_as) {
  struct map_draft *d = get_memory(sizeof *d);
  struct input in = {0};
  struct text out = {0}, shown = {0};

  memset(d, 0, sizeof *d);
  int rc = look_at(d, &in, name, encoding, base);
  for (size_t i = 0; !rc && i < in.n_notes; i++)
    complain("%s: %s", name, in.notes[i]);
  if (!rc) {
    write_draft(d, name, &out);
    add_preview(d, s, name, encoding, save_as ? "  " : "; ", &shown);
    if (save_as)
      rc = save(d, save_as, base, out.s);
    else
      printf("%s\n", out.s);

    if (!rc && shown.s)
      fputs(shown.s, stdout);
  }

  text_finish(&out);
  text_finish(&shown);
  text_finish(&d->numbers_seen);
  headings_finish(&d->head);
  sheet_finish(&d->sheet);
  map_finish(&d->map);
  for (size_t i = 0; i < sizeof d->whole / sizeof *d->whole; i++)
    free(d->whole[i]);

  free(d);
  input_finish(&in);

  return rc;
}

/* --- the command --- */

static const char *state_of(const struct map *m) {
  if (m->faults.len)
    return "not read";
  if (m->kind >= N_KINDS)
    return "unfinished";
  return kind_names[m->kind];
}

static void print_saved(const char *name, bool json) {
  struct map m;
  struct text line = {0};
  bool finished = map_read(&m, name) && !m.open.len;

  map_complain(&m.faults);
  if (json) {
    text_add(&line, "{\"name\":");
    text_add_quoted(&line, name);
    text_addf(&line, ",\"kind\":\"%s\",\"path\":", state_of(&m));
    text_add_quoted(&line, m.path);
    text_addf(&line, "%s}", text_if(m.open.len, ",\"unfinished\":true"));
  } else
    text_addf(&line, "%s  %s  %s%s", name, state_of(&m), m.path,
              finished || m.faults.len ? "" : "  (not finished)");

  puts(line.s);
  text_finish(&line);
  map_finish(&m);
}

static int list_saved(bool json) {
  size_t n;
  char **names = map_saved(&n);
  if (!names)
    return EXIT_USAGE;

  for (size_t i = 0; i < n; i++) {
    print_saved(names[i], json);
    free(names[i]);
  }

  if (!n && !json)
    puts("no mapping is saved; to save one: needs map FILE --save NAME");

  free(names);

  return EXIT_DONE;
}

static int remove_saved(const char *name) {
  int rc = map_remove(name);
  if (!rc)
    printf("removed the mapping %s; the events that it helped to push remain recorded\n", name);
  return rc;
}

struct map_wishes {
  char *encoding, *base, *save_as, *remove;
  int list;
};

static int run_map_wishes(struct settings *s, const struct map_wishes *w, const struct args *a) {
  if (a->n + w->list + !!w->remove != 1) {
    complain("needs map takes one of these: a FILE, --list, --remove NAME\nusage: needs map FILE");
    return EXIT_USAGE;
  }
  if (w->list)
    return list_saved(s->json);
  if (w->remove)
    return remove_saved(w->remove);
  return draft(s, a->items[0], w->encoding, w->base, w->save_as);
}

int run_map(struct settings *s, int argc, const char **argv) {
  struct map_wishes w = {0};
  struct poptOption own[] = {
      {"save", 0, POPT_ARG_STRING, &w.save_as, 0,
       "Save it under this name, for push --map and for files with the same headings", "NAME"},
      {"map", 0, POPT_ARG_STRING, &w.base, 0, "Start from this mapping, and add what is missing",
       "MAPPING"},
      {"encoding", 0, POPT_ARG_STRING, &w.encoding, 0,
       "The character set, such as CP850, if the guess is wrong", "NAME"},
      {"list", 0, POPT_ARG_NONE, &w.list, 0, "List the saved mappings, with kind and path", NULL},
      {"remove", 0, POPT_ARG_STRING, &w.remove, 0, "Remove a saved mapping", "MAPPING"},
      POPT_TABLEEND,
  };
  struct args a;
  int rc = args_parse(&a, s, "FILE", own, argc, argv, 0, 1);
  if (rc)
    return rc;

  rc = run_map_wishes(s, &w, &a);
  args_finish(&a);
  free(w.encoding);
  free(w.base);
  free(w.save_as);
  free(w.remove);

  return rc;
}
