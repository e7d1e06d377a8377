/* rows - see rows.h. */
#include "rows.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cell.h"

static int column_of(const struct rows *r, enum field f) {
  return r->in->column[f];
}

const char *row_say(const struct rows *r, enum field f) {
  int column = column_of(r, f);
  if (column >= 0)
    return sheet_cell(r->row, column);
  if (r->fixed[f])
    return r->fixed[f];
  return "";
}

static const char *sound(struct rows *r, int column, const char *cell) {
  const char *why = cell_damage(cell);
  if (why)
    item_fault(r->item, column, "out-of-range", "'%s' %s", cell, why);

  if (why)
    return NULL;
  return cell;
}

const char *take(struct rows *r, enum field f, bool needed) {
  const char *cell = row_say(r, f);
  if (needed && !*cell) {
    item_fault(r->item, column_of(r, f), "missing", "no %s; every row with data needs one",
               field_rows[f].name);
    return NULL;
  }
  return sound(r, column_of(r, f), cell);
}

const char *take_id(struct rows *r, enum field f, bool needed) {
  const char *cell = take(r, f, needed), *spoilt = cell && *cell ? cell_spoilt_id(cell) : NULL;
  if (!cell || !*cell)
    return cell;

  if (spoilt)
    item_fault(r->item, column_of(r, f), "out-of-range",
               "'%s' looks like an id that the spreadsheet program turned into %s; format the "
               "column as Text and type the id again",
               cell, spoilt);
  else if (cell_is_personal(cell))
    item_fault(r->item, column_of(r, f), "out-of-range",
               "this is personal (an address or a national insurance number), which must never be "
               "sent; write a pseudonymous id such as p-0193");
  else if (!cell_is_id(cell))
    item_fault(r->item, column_of(r, f), "out-of-range",
               "'%s' is not an id; write a pseudonymous id such as p-0193: 1-64 letters, digits, "
               "dots, - and _, never a name",
               cell);
  else
    return cell;

  return NULL;
}

/* --- dates --- */

static void wrong_date(struct rows *r, enum field f, const char *cell, const struct cell_date *d) {
  int column = column_of(r, f);

  if (d->form == DATE_SHORT_YEAR)
    item_fault(
        r->item, column, "out-of-range",
        "'%s' has a year of two digits that could be misread; write it in full, as in 2026-03-02",
        cell);
  else if (d->month_only && !(r->map && r->map->month_first))
    item_fault(r->item, column, "out-of-range",
               "'%s' is not a date with the day first; write 2026-03-02 or 02/03/2026, or say "
               "dates = month-first in a mapping",
               cell);
  else if (r->map && r->map->month_first)
    item_fault(r->item, column, "out-of-range",
               "'%s' is not a date with the month first, as the mapping says; write 2026-03-02",
               cell);
  else
    item_fault(r->item, column, "out-of-range",
               "'%s' is not a date; write 2026-03-02, or 02/03/2026 with the day first", cell);
}

bool take_date(struct rows *r, enum field f, bool needed, char ret[11]) {
  const char *cell = take(r, f, needed);
  *ret = '\0';
  if (!cell || !*cell)
    return cell != NULL;

  struct cell_date d = cell_date(cell, r->map && r->map->month_first);
  bool doubtful = d.form == DATE_NUMERIC && *d.iso && !d.day_only && r->month_first_row &&
                  column_of(r, f) >= 0;

  if (!*d.iso)
    wrong_date(r, f, cell, &d);
  else if (doubtful)
    item_fault(r->item, column_of(r, f), "out-of-range",
               "'%s' could have the day or the month first, for row %zu has the month first; say "
               "dates = month-first or day-first in a "
               "mapping, or write %s",
               cell, r->month_first_row, d.iso);
  else {
    memcpy(ret, d.iso, sizeof d.iso);
    return true;
  }

  return false;
}

/* --- words and numbers --- */

/* What a mapping says of a word; NULL after a fault when it names it without a meaning. *ret_named:
 * does it name it? */
static const char *mapped(struct rows *r, int column, enum table_of t, const char *cell,
                          bool *ret_named) {
  const char *means = map_meaning(r->map, t, cell);
  *ret_named = means != NULL;
  if (means && !*means)
    item_fault(r->item, column, "wrong-type",
               "'%s' has no meaning yet; complete its line under [%s] in %s", cell, table_names[t],
               r->map->path);

  if (means && *means)
    return means;
  return NULL;
}

const char *take_word(struct rows *r, enum field f, enum table_of t, bool (*good)(const char *s),
                      const char *right) {
  const char *cell = take(r, f, false);
  bool named;
  if (!cell || !*cell)
    return cell;
  const char *means = mapped(r, column_of(r, f), t, cell, &named);
  if (named)
    return means;
  if (good(cell))
    return cell;
  item_fault(r->item, column_of(r, f), "wrong-type",
             "'%s' %s, or give it a meaning under [%s] of a mapping", cell, right, table_names[t]);
  return NULL;
}

bool truth_value(const char *s) {
  return !strcasecmp(s, "true") || !strcasecmp(s, "false");
}

static bool like_a_code(const char *s) {
  size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.@/_-");
  const char *slash = strchr(s, '/');
  return isalpha((unsigned char)*s) && !s[n] && !truth_value(s) &&
         (!slash || memchr(s, '@', (size_t)(slash - s)));
}

const char *take_code(struct rows *r, enum field f, bool needed) {
  if (needed && !take(r, f, true))
    return NULL;
  if (f == F_COMPETENCE)
    return take_word(r, f, T_COMPETENCES, like_a_code,
                     "is not a competence code; write one such as STL3");
  return take(r, f, false);
}

static const char *const evidence_words[] = {"self",    "manager",   "peer",
                                             "witness", "portfolio", "observer",
                                             "test",    "assessor",  "certificate"};

/* Catalogues may have kinds of their own, in the same spelling. */
static bool like_evidence(const char *s) {
  return *s && *s != '-' && !s[strspn(s, "abcdefghijklmnopqrstuvwxyz-")];
}

const char *take_evidence(struct rows *r, const char *otherwise) {
  const char *cell = row_say(r, F_EVIDENCE);
  if (!*cell && otherwise)
    return otherwise;
  if (!take(r, F_EVIDENCE, true))
    return NULL;
  if (!map_meaning(r->map, T_EVIDENCE, cell))
    for (size_t i = 0; i < sizeof evidence_words / sizeof *evidence_words; i++)
      if (!strcasecmp(cell, evidence_words[i]))
        return evidence_words[i];

  return take_word(r, F_EVIDENCE, T_EVIDENCE, like_evidence,
                   "is not a kind of evidence; write self, manager, peer, witness, portfolio, "
                   "observer, test, assessor or certificate");
}

const char *evidence_in(const char *s) {
  if (!strncasecmp(s, "line ", 5))
    s += 5;
  for (size_t i = 0; i < sizeof evidence_words / sizeof *evidence_words; i++) {
    size_t n = strlen(evidence_words[i]);
    if (!strncasecmp(s, evidence_words[i], n) && !isalpha((unsigned char)s[n]))
      return evidence_words[i];
  }

  return NULL;
}

bool evidence_is_plain(const char *s) {
  for (size_t i = 0; i < sizeof evidence_words / sizeof *evidence_words; i++)
    if (!strcasecmp(s, evidence_words[i]))
      return true;
  return like_evidence(s);
}

bool numbers_are_levels(const struct rows *r) {
  if (r->map && r->map->scale_said)
    return r->map->numbers;

  int column = column_of(r, F_LEVEL);
  if (map_renumbers(r->map))
    return false;
  if (column >= 0)
    return !strcasecmp(r->head.columns[column].own, "level");
  return r->fixed[F_LEVEL] != NULL;
}

/* Never to say scale = levels where other numbers have a meaning of their own: where 1 is best, 5
 * would be read as good. */
static void unclear_number(struct rows *r, int column, const char *cell) {
  struct text known = {0};
  if (map_numbers(r->map, &known))
    item_fault(r->item, column, "wrong-type",
               "'%s' is not among the numbers that have a meaning under [levels] (%s); correct the "
               "cell, or leave it blank if unrated; if it is correct, write %s = LEVEL there",
               cell, known.s, cell);
  else if (r->map && r->map->scale_said)
    item_fault(r->item, column, "wrong-type",
               "'%s' is a number, and scale = words does not say whether 1 or the highest number "
               "is best; write a word that "
               "[levels] has, or leave it blank if "
               "unrated; if numbers are meant, write %s = LEVEL under [levels], for each number",
               cell, cell);
  else
    item_fault(r->item, column, "wrong-type",
               "the scale of '%s' is unknown: either 1 or the highest number is best; in a mapping "
               "write %s = LEVEL under [levels], for each number; or scale = levels if the numbers "
               "are the framework's own levels, 0 the lowest",
               cell, cell);

  text_finish(&known);
}

enum level_said take_level(struct rows *r, int column, const char *cell, int *ret) {
  bool named;
  int whole = cell_whole(cell);

  if (!sound(r, column, cell))
    return LEVEL_WRONG;

  const char *means = mapped(r, column, T_LEVELS, cell, &named);
  if (named && !means)
    return LEVEL_WRONG;
  if (named && !strcmp(means, "unrated"))
    return LEVEL_UNRATED;

  if (named)
    *ret = cell_whole(means);
  else
    *ret = whole;

  if (named || (whole >= 0 && numbers_are_levels(r)))
    return LEVEL_SAID;

  if (whole >= 0)
    unclear_number(r, column, cell);
  else
    item_fault(r->item, column, "wrong-type",
               "'%s' is not a whole number; write the level's number, leave it blank if unrated, "
               "or give it a meaning under "
               "[levels] of a "
               "mapping",
               cell);

  return LEVEL_WRONG;
}

bool take_number(struct rows *r, enum field f, int most, int *ret) {
  const char *cell = take(r, f, false);
  *ret = -1;
  if (!cell || !*cell)
    return cell != NULL;

  int n = cell_count(cell);
  if (n < 0 || n > most) {
    item_fault(r->item, column_of(r, f), "out-of-range",
               "'%s' is not %s; write a whole number from 0 to %d", cell, field_rows[f].name, most);
    return false;
  }

  *ret = n;

  return true;
}

#define MINUTES_A_WEEK (7 * 24 * 60)

bool take_hours(struct rows *r, int *ret) {
  const char *hours = take(r, F_HOURS, false);
  if (!hours || !take_number(r, F_MINUTES, MINUTES_A_WEEK, ret))
    return false;
  if (!*hours)
    return true;

  int minutes = cell_minutes(hours), column = column_of(r, F_HOURS);

  if (*ret >= 0)
    item_fault(r->item, column, "repeated",
               "hours and minutes both give the length of the week; keep one");
  else if (minutes == -2)
    item_fault(r->item, column, "out-of-range",
               "'%s' could be a thousand hours or a fraction; write it with a dot, as in 32.5",
               hours);
  else if (minutes < 0 || minutes > MINUTES_A_WEEK)
    item_fault(r->item, column, "out-of-range", "'%s' is not hours a week; write 32.5 or 32:30",
               hours);
  else {
    *ret = minutes;
    return true;
  }

  return false;
}

static bool like_a_flag(const char *s) {
  return cell_flag(s) >= 0;
}

bool take_flag(struct rows *r, enum field f, int *ret) {
  const char *means = take_word(r, f, T_YES_NO, like_a_flag,
                                "is neither yes nor no; write yes or no");
  if (means && *means)
    *ret = cell_flag(means);
  else
    *ret = -1;

  return means != NULL;
}
