/* columns - what a decision table can say: a row a column, and how a cell of it becomes Lua text.
 *
 * A column that narrows (roles, competences, needs, purpose) becomes a field of the rule; one that
 * is a condition becomes one `given` with a fixed sentence for the person concerned, in the order
 * of the rows here, whatever order the sheet has; what is left is about the proposal. A sentence is
 * about the person's own facts; the one about helpers says only whether there is one.
 *
 * Called by table.c for each cell that is not blank. Reading the sheet and putting the rule
 * together is table.c's; how words and codes are found is lookup.c's and names.c's. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "rules/facts.h"
#include "rules/lookup.h"
#include "rules/names.h"
#include "rules/suggestions.h"
#include "rules/table.h"
#include "rules/text.h"

#define PARTS_MAX 64
#define SPACES " \t\r\n"

/* --- pieces --- */

static const char *print_words(struct arena *a, const char *const *words, size_t n) {
  const char *list = words[0];
  for (size_t i = 1; i < n; i++)
    list = arena_printf(a, "%s%s%s", list, i + 1 < n ? ", " : " or ", words[i]);
  return list;
}

/* The sentence with its %s filled in. */
static const char *filled(struct arena *a, const char *sentence, const char *word) {
  const char *at = strstr(sentence, "%s");
  if (!at)
    return sentence;
  return arena_printf(a, "%.*s%s%s", (int)(at - sentence), sentence, word, at + 2);
}

static void add_given(struct table_cell *x, const char *condition, const char *unless) {
  struct buf *b = &x->row->givens;
  if (b->len > 0)
    buf_puts(b, " and ");

  buf_printf(b, "given(%s, otherwise ", condition);
  table_quote(b, unless);
  buf_puts(b, ")");
}

static const char *quoted(struct arena *a, const char *text) {
  struct buf b = {0};
  table_quote(&b, text);
  const char *copy = arena_strndup(a, (const char *)b.data, b.len);
  buf_finish(&b);
  return copy;
}

/* The values of a cell, separated by ';'; those that begin with "not" apart. */
struct parts {
  const char *yes[PARTS_MAX], *no[PARTS_MAX];
  size_t n_yes, n_no;
};

static void add_part(struct parts *p, const char *part) {
  const char *left_out = lookup_left_out(part);
  if (left_out)
    p->no[p->n_no++] = left_out;
  else
    p->yes[p->n_yes++] = part;
}

/* In place; a cell may have line ends in it. */
static char *trimmed(char *s) {
  while (isspace((unsigned char)*s))
    s++;
  for (size_t n = strlen(s); n > 0 && isspace((unsigned char)s[n - 1]);)
    s[--n] = 0;
  return s;
}

static struct parts parts_of(struct table_cell *x) {
  struct parts p = {.n_yes = 0};
  char *rest = arena_strndup(x->row->arena, x->text, strlen(x->text));
  while (rest) {
    const char *part = trimmed(strsep(&rest, ";"));
    if (*part && p.n_yes + p.n_no == PARTS_MAX) {
      table_fault(x, "has more than %d values; use a pattern, or make two rows of it", PARTS_MAX);
      break;
    }

    if (*part)
      add_part(&p, part);
  }

  if (p.n_yes + p.n_no == 0)
    table_fault(x, "has no value between its semicolons");

  return p;
}

/* Only values without "not". */
static struct parts plain_parts_of(struct table_cell *x) {
  struct parts p = parts_of(x);
  if (p.n_no > 0)
    table_fault(x, "cannot be turned round with 'not'");
  return p;
}

#define LISTED "`needs catalogue find` lists what there is"

static void unknown(struct table_cell *x, const char *what, const char *text, const char *near) {
  const char *odd = suggest_for_cell(text, true);
  if (!odd)
    odd = LISTED;

  if (near)
    table_fault(x, "unknown %s '%s'; did you mean '%s'?", what, text, near);
  else
    table_fault(x, "unknown %s '%s'; %s", what, text, odd);
}

/* `must_be`: what the cell should hold, such as "a whole number from 0 to 7". */
static void not_read(struct table_cell *x, const char *must_be) {
  const char *odd = suggest_for_cell(x->text, false);
  if (odd)
    table_fault(x, "'%s' is not %s; %s", x->text, must_be, odd);
  else
    table_fault(x, "'%s' is not %s", x->text, must_be);
}

static void not_whole(struct table_cell *x) {
  not_read(x, arena_printf(x->row->arena, "a whole number from %d to %d", x->column->low,
                           x->column->high));
}

static void add_field(struct buf *b, const char *name, const char *text) {
  buf_printf(b, "%s = ", name);
  table_quote(b, text);
  buf_puts(b, ", ");
}

static void add_list_item(struct buf *b, const char *text) {
  buf_puts(b, b->len > 0 ? ", " : "");
  table_quote(b, text);
}

static void add_list(struct table_cell *x, const char *name, struct buf *items) {
  if (items->len > 0)
    buf_printf(&x->row->fields, "%s = { %s }, ", name, buf_cstr(items));
  buf_finish(items);
}

/* A spreadsheet may show decimals that nobody wrote: 2.0. */
static bool whole(const char *text, int32_t low, int32_t high, int32_t *ret) {
  int64_t v = 0;
  size_t n = 0, decimals = 0;
  for (; text[n] >= '0' && text[n] <= '9' && n < 8; n++)
    v = v * 10 + (text[n] - '0');
  if (text[n] == '.')
    decimals = 1 + strspn(text + n + 1, "0");

  *ret = (int32_t)v;

  return n > 0 && decimals != 1 && !text[n + decimals] && v >= low && v <= high;
}

/* --- texts --- */

/* A cell may have line ends in it; what a person reads has none. */
static const char *one_line(struct table_cell *x) {
  char *text = arena_strndup(x->row->arena, x->text, strlen(x->text));
  for (char *p = text; *p; p++)
    if (isspace((unsigned char)*p))
      *p = ' ';
  return text;
}

static const char *text_of(struct table_cell *x) {
  const char *text = one_line(x),
             *clean = text_clean(x->row->arena, text, strlen(text), strlen(text) + 4);
  if (strcmp(clean, text) != 0)
    table_fault(x, "has characters that cannot be printed; type the text again");
  if (strlen(text) > TEXT_SAID_MAX)
    table_fault(x, "%s", text_too_long(x->row->arena, text, strlen(text)));

  return text;
}

static void put_field(struct table_cell *x) {
  add_field(&x->row->fields, x->column->lua, text_of(x));
}
static void put_with(struct table_cell *x) {
  add_field(&x->row->with, x->column->lua, text_of(x));
}

static void put_name(struct table_cell *x) {
  size_t len = strlen(x->text);
  x->row->name = x->text;
  if (len > 64 ||
      strspn(x->text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != len)
    table_fault(
        x, "a rule's name is 1 to 64 of letters, digits, '.', '_' and '-', such as shadow-first");
}

static void put_source(struct table_cell *x) {
  struct arena *a = x->row->arena;
  const char *id = arena_strndup(a, x->text, strcspn(x->text, "/"));
  if (!catalogue_source(x->row->catalogue, id))
    unknown(x, "source", id, lookup_nearest(x->row->catalogue, DOMAIN_SOURCE, id));
  put_field(x);
}

static void put_with_number(struct table_cell *x) {
  int32_t v;
  if (whole(x->text, x->column->low, x->column->high, &v))
    buf_printf(&x->row->with, "%s = %d, ", x->column->lua, v);
  else
    not_whole(x);
}

/* --- whom the rule is for --- */

static void unknown_role(struct table_cell *x, const char *text) {
  const char *near = lookup_nearest(x->row->catalogue, DOMAIN_ROLE, text);
  if (!near)
    near = lookup_nearest(x->row->catalogue, DOMAIN_FAMILY, text);

  unknown(x, "role or role family", text, near);
}

static void put_roles(struct table_cell *x) {
  struct parts p = plain_parts_of(x);
  struct buf roles = {0}, families = {0};

  for (size_t i = 0; i < p.n_yes; i++) {
    if (catalogue_role(x->row->catalogue, p.yes[i]))
      add_list_item(&roles, p.yes[i]);
    else if (catalogue_family(x->row->catalogue, p.yes[i]))
      add_list_item(&families, p.yes[i]);
    else
      unknown_role(x, p.yes[i]);
  }

  add_list(x, "roles", &roles);
  add_list(x, "families", &families);
}

static void put_families(struct table_cell *x) {
  struct parts p = plain_parts_of(x);
  struct buf families = {0};

  for (size_t i = 0; i < p.n_yes; i++) {
    const char *role = lookup_other_kind(x->row->catalogue, DOMAIN_FAMILY, p.yes[i], x->row->arena);
    if (role)
      table_fault(x, "%s; this column takes only role families", role);
    else if (!catalogue_family(x->row->catalogue, p.yes[i]))
      unknown(x, "role family", p.yes[i],
              lookup_nearest(x->row->catalogue, DOMAIN_FAMILY, p.yes[i]));

    add_list_item(&families, p.yes[i]);
  }

  add_list(x, x->column->lua, &families);
}

static void check_competence(struct table_cell *x, const char *code) {
  const struct catalogue *c = x->row->catalogue;

  if (lookup_is_pattern(code)) {
    const char *near = NULL;
    if (lookup_count(c, code) == 0)
      near = lookup_nearest_pattern(c, code, x->row->arena);
    if (near)
      table_fault(x, "no competence begins like '%s'; did you mean '%s'?", code, near);
    else if (lookup_count(c, code) == 0)
      table_fault(x, "no competence begins like '%s'", code);
  } else if (catalogue_ambiguous(c, code)) {
    table_fault(x, "competence '%s' is in more than one framework; write framework@version/%s",
                code, code);
  } else if (!catalogue_competence(c, code)) {
    unknown(x, "competence", code, lookup_nearest_competence(c, code));
  }
}

static void put_competences(struct table_cell *x) {
  struct parts p = parts_of(x);
  struct buf items = {0};

  for (size_t i = 0; i < p.n_yes; i++) {
    check_competence(x, p.yes[i]);
    add_list_item(&items, p.yes[i]);
  }

  for (size_t i = 0; i < p.n_no; i++) {
    check_competence(x, p.no[i]);
    add_list_item(&items, arena_printf(x->row->arena, "not %s", p.no[i]));
  }

  add_list(x, x->column->lua, &items);
}

/* Spreadsheets like to begin a cell with a capital. */
static int word_at(const char *const *words, size_t n, const char *word) {
  for (size_t i = 0; i < n; i++)
    if (strcasecmp(words[i], word) == 0)
      return (int)i;
  return -1;
}

static void unknown_word(struct table_cell *x, const char *const *words, size_t n,
                         const char *word) {
  struct nearest near = nearest_to(word);
  for (size_t i = 0; i < n; i++)
    nearest_try(&near, words[i]);

  const char *meant = suggest_for_word(x->column->name, word), *odd = suggest_for_cell(word, true);
  if (!meant)
    meant = nearest_best(&near);

  const char *list = print_words(x->row->arena, words, n);
  if (meant)
    table_fault(x, "'%s' is not known; did you mean '%s'?", word, meant);
  else if (odd)
    table_fault(x, "'%s' is not known; write %s; %s", word, list, odd);
  else
    table_fault(x, "'%s' is not known; write %s", word, list);
}

/* Words of a field of the rule; returns their bits. */
static unsigned put_words_of_field(struct table_cell *x, const char *const *words, size_t n) {
  struct parts p = plain_parts_of(x);
  struct buf items = {0};
  unsigned bits = 0;

  for (size_t i = 0; i < p.n_yes; i++) {
    int at = word_at(words, n, p.yes[i]);
    if (at < 0) {
      unknown_word(x, words, n, p.yes[i]);
    } else {
      bits |= 1u << at;
      add_list_item(&items, words[at]);
    }
  }

  add_list(x, x->column->lua, &items);

  return bits;
}

static void put_purpose(struct table_cell *x) {
  put_words_of_field(x, purpose_words, 3);
}

static void put_needs(struct table_cell *x) {
  static const char *const words[] = {"unrated", "lapsed", "confirm", "gap",
                                      "met",     "ending", "any"};
  unsigned bits = put_words_of_field(x, words, ARRAY_LEN(words));
  if (bits & 1u << 6)
    x->row->states = STATE_ANY;
  else
    x->row->states = bits;
}

static unsigned states_of(const struct table_row *row) {
  if (row->states != 0)
    return row->states;
  return STATE_GAP | STATE_MET;
}

/* --- conditions: words --- */

/* What a person reads when a column's words are these; every other set of words has the column's
 * own sentence. */
static const struct {
  const char *column, *words, *unless;
} sentences[] = {
    {"from", "not induction", "you are new to the school"},
    {"importance", "statutory", "your post does not require this by law"},
    {"importance", "not statutory", "your post requires this by law"},
    {"importance", "essential; desirable", "your post requires this by law"},
    {"importance", "statutory; essential", "this is only desirable for your post"},
    {"importance", "not desirable", "this is only desirable for your post"},
    {"importance", "desirable", "this is more than desirable for your post"},
    {"from", "refresh", "none of your training in this is out of date"},
    {"from", "induction", "you are not new to the school"},
    {"from", "new-role", "your role is not new"},
    {"from", "new-duty", "this is not one of your new duties"},
    {"from", "audit", "no skills audit showed this"},
    {"from", "plan", "this is not one of the school's current priorities"},
    {"from", "wish", "you have not asked for this"},
    {"from", "basic-skills", "this does not come from your basic skills"},
    {"from", "review", "this did not come up in a review"},
    {"from", "profile", "this does not come from the requirements of your post"},
    {"from", "not wish", "you have asked for this"},
    {"from", "not plan", "this is one of the school's current priorities"},
    {"differs", "self", "your own view of this and what others saw do not differ much"},
    {"differs", "certificate", "no certificate says more than what was seen since"},
    {"differs", "not certificate", "you already hold a unit or an award for this"},
    {"nature", "knowledge",
     "more than knowledge is missing, or nobody has recorded what is missing"},
    {"nature", "skill", "more than practice is missing, or nobody has recorded what is missing"},
    {"nature", "both",
     "only practice or only knowledge is missing, or nobody has recorded what is missing"},
    {"nature", "unknown", "somebody has recorded what is missing"},
    {"nature", "not unknown", "nobody has recorded what is missing"},
    {"nature", "knowledge; both",
     "no knowledge is missing, or nobody has recorded what is missing"},
    {"nature", "skill; both", "no practice is missing, or nobody has recorded what is missing"},
    {"nature", "not knowledge", "only knowledge is missing"},
    {"nature", "not skill", "only practice is missing"},
    {"employer", "school",
     "you are not employed by the school, or nobody has recorded your employer"},
    {"employer", "authority",
     "you are not employed by the authority, or nobody has recorded your employer"},
    {"employer", "trust", "you are not employed by a trust, or nobody has recorded your employer"},
    {"employer", "contractor",
     "you are not employed by a contractor, or nobody has recorded your employer"},
    {"employer", "agency",
     "you are not employed by an agency, or nobody has recorded your employer"},
    {"employer", "self-employed", "you are not self-employed, or nobody has recorded it"},
    {"employer", "volunteer", "you are not a volunteer, or nobody has recorded it"},
    {"employer", "not contractor", "you are employed by a contractor"},
    {"employer", "not agency", "you are employed by an agency"},
    {"employer", "not volunteer", "you are a volunteer"},
    {"progression", "yes", "you have not said that you want to move on now"},
    {"progression", "later", "you have not said that you want to move on later"},
    {"progression", "no", "you have not said that you do not want to move on"},
    {"progression", "yes; later", "you have not said that you want to move on, now or later"},
    {"progression", "not no", "you have said that you do not want to move on for now"},
};

static const char *sentence_for(const struct table_column *c, const char *words) {
  for (size_t i = 0; i < ARRAY_LEN(sentences); i++)
    if (strcmp(sentences[i].column, c->name) == 0 && strcmp(sentences[i].words, words) == 0)
      return sentences[i].unless;
  return c->unless[0];
}

static unsigned bits_of(struct table_cell *x, const struct word_list *list,
                        const char *const *parts, size_t n) {
  unsigned bits = 0;

  for (size_t i = 0; i < n; i++) {
    int at = word_at(list->words, list->n, parts[i]);
    if (at < 0)
      unknown_word(x, list->words, list->n, parts[i]);
    else
      bits |= 1u << at;
  }

  return bits;
}

/* need.from == "wish" or need.from == "plan"; with "not": need.from ~= "wish" and ... */
static void put_words(struct table_cell *x) {
  const struct word_list *list = word_list_find(x->column->lua);
  struct parts p = parts_of(x);
  struct arena *a = x->row->arena;

  if (p.n_yes > 0 && p.n_no > 0)
    table_fault(
        x, "mixes values with and without 'not'; name either what it is for or what it is not for");

  unsigned bits = bits_of(x, list, p.yes, p.n_yes) | bits_of(x, list, p.no, p.n_no);
  const char *condition = "", *words = "", *not = "", *equals = "==", *joint = " or ";

  if (p.n_no > 0) {
    not = "not ";
    equals = "~=";
    joint = " and ";
  }

  for (size_t i = 0; i < list->n; i++) {
    if (!(bits & 1u << i))
      continue;

    if (*words) {
      words = arena_printf(a, "%s; ", words);
      condition = arena_printf(a, "%s%s", condition, joint);
    }
    words = arena_printf(a, "%s%s%s", words, not, list->words[i]);
    condition = arena_printf(a, "%s%s %s %s", condition, x->column->lua, equals,
                             quoted(a, list->words[i]));
  }

  add_given(x, condition, sentence_for(x->column, words));
}

/* --- conditions: numbers --- */

static const char *number_word(struct arena *a, int32_t v) {
  static const char *const words[] = {"no", "one", "two", "three", "four", "five", "six", "seven"};
  if (v >= 0 && v < (int32_t)ARRAY_LEN(words))
    return words[v];
  return arena_printf(a, "%d", v);
}

/* Has the column "... from" bounded the same already? Then it has asked whether there is a value at
 * all, too. */
static bool is_second(const struct table_cell *x) {
  return x->row->from && strcmp(x->row->from, x->column->lua) == 0;
}

/* False with a fault when "to" is below "from". */
static bool bounds_agree(struct table_cell *x, int32_t v) {
  if (x->column->op[0] == '<') {
    bool below = is_second(x) && v < x->row->least;
    if (below)
      table_fault(x, "is less than the column before it asks for, so that the rule can never fire");
    return !below;
  }

  x->row->from = x->column->lua;
  x->row->least = v;

  return true;
}

static void add_known(struct table_cell *x) {
  if (x->column->known)
    add_given(x, arena_printf(x->row->arena, "%s ~= nil", x->column->lua), x->column->known);
}

static void add_bound(struct table_cell *x, int32_t v, const char *unless) {
  add_given(x, arena_printf(x->row->arena, "%s %s %d", x->column->lua, x->column->op, v), unless);
}

static bool read_bound(struct table_cell *x, int32_t *ret) {
  if (!whole(x->text, x->column->low, x->column->high, ret))
    not_whole(x);
  else if (bounds_agree(x, *ret))
    return true;
  return false;
}

static void add_number(struct table_cell *x, int32_t v) {
  const char *unless = x->column->unless[v < 3 ? v : 3];
  add_bound(x, v, filled(x->row->arena, unless, number_word(x->row->arena, v)));
}

static void put_number(struct table_cell *x) {
  int32_t v;
  if (!read_bound(x, &v))
    return;

  add_known(x);
  add_number(x, v);
}

/* Does the column "needs" say it already? A condition that cannot fail would be one that no test
 * sees fail. */
static bool is_implied(const struct table_cell *x, int32_t v) {
  if (x->column->op[0] == '>')
    return v <= 1 && states_of(x->row) == STATE_GAP;
  return states_of(x->row) == STATE_MET;
}

/* "The gap is one level only" would be wrong of no gap at all, unless the rule is for gaps alone.
 */
static void put_gap_from(struct table_cell *x) {
  int32_t v;
  if (!read_bound(x, &v) || is_implied(x, v))
    return;

  if (v > 1 && states_of(x->row) & (STATE_MET | STATE_CONFIRM))
    add_number(x, 1);

  add_number(x, v);
}

static void put_gap_to(struct table_cell *x) {
  int32_t v;
  if (read_bound(x, &v) && !is_implied(x, v))
    add_number(x, v);
}

/* Where no rating is in force there is no level. */
static void put_level(struct table_cell *x) {
  int32_t v;
  bool second = is_second(x);

  if (!read_bound(x, &v))
    return;

  if (!second && states_of(x->row) & (STATE_UNRATED | STATE_LAPSED))
    add_given(x, "need.rated", "there is no rating for this yet, or the last one is out of date");

  add_number(x, v);
}

static void put_hours(struct table_cell *x) {
  int32_t v;
  bool second = is_second(x);

  if (!hours_read(x->text, &v))
    return not_read(x, "a number of hours a week, such as 20 or 32.5");
  if (!bounds_agree(x, v))
    return;

  if (!second)
    add_known(x);

  add_bound(x, v, filled(x->row->arena, x->column->unless[0], x->text));
}

/* --- conditions: yes or no, and codes --- */

static void put_yes(struct table_cell *x) {
  /* as a spreadsheet's own */
  static const char *const words[] = {"no", "yes"}, *const ticked[] = {"FALSE", "TRUE"};
  int at = word_at(words, 2, x->text);
  if (at < 0)
    at = word_at(ticked, 2, x->text);

  if (at < 0)
    return not_read(x, "yes or no");

  add_given(x, at == 1 ? x->column->lua : x->column->op, x->column->unless[at]);
}

/* The word as the catalogue writes it, all small, where the cell's own is not known. */
static const char *evidence_kind(const struct table_cell *x) {
  char *small = arena_strndup(x->row->arena, x->text, strlen(x->text));
  for (char *p = small; *p; p++)
    *p = (char)tolower((unsigned char)*p);

  if (catalogue_evidence(x->row->catalogue, small))
    return small;
  return x->text;
}

static void put_evidence(struct table_cell *x) {
  const struct catalogue *c = x->row->catalogue;
  const char *kind = evidence_kind(x);
  if (!catalogue_evidence(c, kind))
    unknown(x, "kind of evidence", kind, lookup_nearest(c, DOMAIN_EVIDENCE, kind));

  add_given(x, arena_printf(x->row->arena, "need:evidenced(%s)", quoted(x->row->arena, kind)),
            x->column->unless[0]);
}

static const char *title_of(const struct catalogue *c, const char *code) {
  const struct qualification *q = catalogue_qualification(c, code);
  const struct unit *u = catalogue_unit(c, code);
  const struct role *r = catalogue_role(c, code);
  const struct competence *k = catalogue_competence(c, code);

  if (q)
    return q->title;
  if (u)
    return u->title;
  if (r)
    return r->title;
  if (k)
    return k->title;

  return code;
}

/* All of them are held, or none: each is a condition of its own. */
static void put_holds(struct table_cell *x) {
  struct parts p = plain_parts_of(x);
  struct arena *a = x->row->arena;
  const struct catalogue *c = x->row->catalogue;

  for (size_t i = 0; i < p.n_yes; i++) {
    if (!lookup_holding(c, p.yes[i]))
      unknown(x, "unit, qualification or class", p.yes[i], lookup_nearest_holding(c, p.yes[i]));
    add_given(x, arena_printf(a, "%s(%s)", x->column->lua, quoted(a, p.yes[i])),
              filled(a, x->column->unless[0], title_of(c, p.yes[i])));
  }
}

/* "role HLTA", or a code that only one kind has; WISH_KINDS: none has it. */
static enum wish_kind wish_kind(struct table_cell *x, const char **code) {
  const struct catalogue *c = x->row->catalogue;
  size_t len = strcspn(*code, SPACES);
  for (int i = 0; i < WISH_KINDS && (*code)[len] != '\0'; i++) {
    if (strlen(wish_words[i]) != len || strncasecmp(wish_words[i], *code, len) != 0)
      continue;
    *code += len + strspn(*code + len, SPACES);
    return i;
  }

  int found = WISH_KINDS, n = 0;

  for (int i = WISH_KINDS - 1; i >= 0; i--)
    if (lookup_wish(c, i, *code)) {
      found = i;
      n++;
    }

  if (n > 1)
    table_fault(x, "'%s' is of more than one kind; write role %s or qualification %s", *code, *code,
                *code);

  return found;
}

static void unknown_wish(struct table_cell *x, const char *code) {
  const struct catalogue *c = x->row->catalogue;
  const char *family = lookup_other_kind(c, DOMAIN_ROLE, code, x->row->arena),
             *near = lookup_nearest(c, DOMAIN_ROLE, code);
  if (family)
    return table_fault(x, "%s; a wish is for one of its roles", family);

  if (!near)
    near = lookup_nearest(c, DOMAIN_QUALIFICATION, code);

  if (!near)
    near = lookup_nearest_competence(c, code);

  unknown(x, "role, qualification or competence", code, near);
}

static void put_wishes(struct table_cell *x) {
  struct parts p = plain_parts_of(x);
  struct arena *a = x->row->arena;
  const char *condition = "";

  for (size_t i = 0; i < p.n_yes; i++) {
    const char *code = p.yes[i];
    enum wish_kind kind = wish_kind(x, &code);
    if (kind == WISH_KINDS || !lookup_wish(x->row->catalogue, kind, code))
      unknown_wish(x, code);

    const char *word = "";
    if (kind != WISH_KINDS)
      word = wish_words[kind];
    if (i > 0)
      condition = arena_printf(a, "%s or ", condition);

    condition = arena_printf(a, "%sperson:wishes(\"%s\", %s)", condition, word, quoted(a, code));
  }

  add_given(x, condition, x->column->unless[0]);
}

static void unknown_colleague(struct table_cell *x, const char *word) {
  const char *words[HELPER_KINDS + 2] = {[HELPER_KINDS] = "any", "nobody"};
  memcpy(words, helper_words, HELPER_KINDS * sizeof *words);
  if (word_at(words, ARRAY_LEN(words), word) >= 0)
    table_fault(x, "'%s' must be the only value in its cell", word);
  else
    unknown_word(x, words, ARRAY_LEN(words), word);
}

static void put_colleague(struct table_cell *x) {
  struct parts p = plain_parts_of(x);
  struct arena *a = x->row->arena;
  const char *condition = "";

  if (strcasecmp(x->text, "any") == 0)
    return add_given(x, "school:helpers(need) > 0", x->column->unless[1]);
  if (strcasecmp(x->text, "nobody") == 0)
    return add_given(x, "school:helpers(need) == 0", x->column->unless[0]);

  for (size_t i = 0; i < p.n_yes; i++) {
    int at = word_at(helper_words, HELPER_KINDS, p.yes[i]);
    if (at < 0)
      unknown_colleague(x, p.yes[i]);
    else
      condition = arena_printf(a, "%s%sschool:helpers(need, %s) > 0", condition,
                               i > 0 ? " or " : "", quoted(a, helper_words[at]));
  }

  add_given(x, condition, x->column->unless[1]);
}

/* --- what it proposes --- */

/* Bytes of `text` that spell the builder, as in "e-learning", "e learning" or "e_learning"; 0 if it
 * is another word. */
static size_t spells(const char *text, const char *builder) {
  size_t i = 0;
  for (; builder[i]; i++) {
    bool joint = builder[i] == '_' && (text[i] == '-' || text[i] == ' ' || text[i] == '_');
    if (!joint && tolower((unsigned char)text[i]) != builder[i])
      return 0;
  }

  if (text[i] == '\0' || isspace((unsigned char)text[i]))
    return i;
  return 0;
}

static void unknown_kind(struct table_cell *x, const char *text) {
  const char *word = arena_strndup(x->row->arena, text, strcspn(text, SPACES));
  struct nearest near = nearest_to(word);

  for (size_t i = 0; i < builder_n_rows; i++)
    nearest_try(&near, builder_rows[i].kind);

  const char *meant = suggest_for_word(x->column->name, word), *odd = suggest_for_cell(text, true);
  if (!meant)
    meant = nearest_best(&near);
  if (odd)
    table_fault(x, "'%s' is no kind of development; %s", text, odd);
  else if (meant)
    table_fault(x, "'%s' is no kind of development; did you mean '%s'?", word, meant);
  else
    table_fault(
        x,
        "'%s' is no kind of development; write coaching, unit TDA-2.8, course skills-for-life ...",
        word);
}

/* The field that says which one: `code = "..."` for a unit's code, `id = "..."` else. */
static const char *which_of(struct table_cell *x, const struct builder_row *b, const char *part,
                            const char *rest) {
  struct arena *a = x->row->arena;
  const struct catalogue *c = x->row->catalogue;
  struct development found;

  if (!*rest && !b->id)
    table_fault(x, "which %s? Write its code after the word", b->kind);

  if (!*rest)
    return "";
  if (b->takes_code && catalogue_unit(c, rest))
    return arena_printf(a, "code = %s, ", quoted(a, rest));

  if (!catalogue_development(c, arena_printf(a, "%s.%s", b->kind, rest), a, &found)) {
    const char *near = NULL, *odd = suggest_for_cell(part, true);
    if (!b->takes_code)
      near = lookup_nearest_holding(c, rest);

    if (odd)
      table_fault(x, "unknown %s '%s'; %s", b->kind, rest, odd);
    else if (!near && strcmp(b->kind, "course") == 0)
      table_fault(x, "unknown course '%s'; " LISTED ", or " LOOKUP_OWN_COURSE, rest);
    else
      unknown(x, b->kind, rest, near);
  }

  return arena_printf(a, "id = %s, ", quoted(a, rest));
}

static void put_recommend(struct table_cell *x) {
  struct parts p = plain_parts_of(x);
  struct table_row *row = x->row;

  for (size_t i = 0; i < p.n_yes; i++) {
    const struct builder_row *b = NULL;
    size_t len = 0;
    for (size_t k = 0; k < builder_n_rows && len == 0; k++)
      len = spells(p.yes[i], (b = &builder_rows[k])->name);
    if (len == 0) {
      unknown_kind(x, p.yes[i]);
    } else if (row->n_made == TABLE_PROPOSALS) {
      return table_fault(x, "proposes more than %d developments; make two rules of it",
                         TABLE_PROPOSALS);
    } else {
      const char *rest = p.yes[i] + len + strspn(p.yes[i] + len, SPACES);
      row->made[row->n_made++] = arena_printf(row->arena, "%s { %s", b->name,
                                              which_of(x, b, p.yes[i], rest));
    }
  }
}

/* --- the columns --- */

#define YES_NO "yes or no"
#define TEXT_OF(number) #number
#define TO_LEVEL(max) " to " TEXT_OF(max)
#define LEVELS "1" TO_LEVEL(LEVEL_MAX)
#define LEVELS_TO "0" TO_LEVEL(LEVEL_MAX)
const struct table_column table_columns[] = {
    {"rule", true, put_name, "letters, digits, `.`, `_`, `-`",
     "the rule's name, unique among all rules", .lua = "rule"},
    {"roles", false, put_roles, "codes of roles and of role families",
     "the post that the need belongs to is one of these", .lua = "roles"},
    {"competences", false, put_competences, "codes, patterns such as `STL*`, `not X.ENGL`",
     "the need is for one of these; if every value has `not`, for any other", .lua = "competences"},
    {"needs", false, put_needs, "`unrated`, `lapsed`, `confirm`, `gap`, `met`, `ending` or `any`",
     "the state that the need is in; blank: `gap` and `met`", .lua = "needs"},
    {"purpose", false, put_purpose, "`compliance`, `role` or `growth`", "what the need is for",
     .lua = "purpose"},

    {"importance", false, put_words, "`statutory`, `essential` or `desirable`",
     "how important it is for the post", .lua = "need.importance",
     .unless = {"this has a different importance for your post"}},
    {"from", false, put_words,
     "`refresh`, `induction`, `new-role`, `new-duty`, `audit`, `plan`, `wish`, `basic-skills`, "
     "`review` or `profile`",
     "where the need came from", .lua = "need.from",
     .unless = {"this comes up for another reason"}},
    {"gap from", false, put_gap_from, LEVELS, "the gap is at least this many levels",
     .lua = "need.gap", .op = ">=", .low = 1, .high = LEVEL_MAX,
     .unless = {"", "there is no gap here", "the gap is only one level",
                "the gap is less than %s levels"}},
    {"gap to", false, put_gap_to, LEVELS_TO, "the gap is at most this many levels",
     .lua = "need.gap", .op = "<=", .high = LEVEL_MAX,
     .unless = {"there is a gap here", "the gap is more than one level",
                "the gap is more than %s levels", "the gap is more than %s levels"}},
    {"level from", false, put_level, LEVELS, "the current level is this or higher",
     .lua = "need.current", .op = ">=", .low = 1, .high = LEVEL_MAX,
     .unless = {"", "this needs some practice first", "this needs some practice first",
                "this needs more practice first"}},
    {"level to", false, put_level, LEVELS_TO, "the current level is this or lower",
     .lua = "need.current", .op = "<=", .high = LEVEL_MAX,
     .unless = {"you are already beyond this level", "you are already beyond this level",
                "you are already beyond this level", "you are already beyond this level"}},
    {"required from", false, put_number, LEVELS, "the post requires this level or a higher one",
     .lua = "need.required", .op = ">=", .low = 1, .high = LEVEL_MAX,
     .unless = {"", "your post does not require this level",
                "your post does not require this level", "your post does not require this level"}},
    {"required to", false, put_number, LEVELS_TO, "the post requires this level or a lower one",
     .lua = "need.required", .op = "<=", .high = LEVEL_MAX,
     .unless = {"your post requires more than this leads to",
                "your post requires more than this leads to",
                "your post requires more than this leads to",
                "your post requires more than this leads to"}},
    {"nature", false, put_words, "`skill`, `knowledge`, `both` or `unknown`", "what is missing",
     .lua = "need.nature",
     .unless = {"something else is missing, or nobody has recorded what is missing"}},
    {"evidence at least", false, put_evidence, "a kind of evidence, such as `manager`",
     "this kind of evidence, or a stronger one, supports the current level",
     .lua = "need:evidenced",
     .unless = {"the evidence for your level is not strong enough for this"}},
    {"differs", false, put_words, "`self` or `certificate`",
     "this says something else than the evidence that decides: the person's own view, or a "
     "certificate that is one level above what was seen since",
     .lua = "need.differs", .unless = {"nothing that is known of this differs"}},
    {"confidence to", false, put_number, "0 to 4", "the person's confidence is this or lower",
     .lua = "need.confidence", .op = "<=", .high = 4,
     .known = "you have not said how confident you feel",
     .unless = {"you feel confident enough about this", "you feel confident enough about this",
                "you feel confident enough about this", "you feel confident enough about this"}},
    {"shown by certificate", false, put_yes, YES_NO,
     "only a certificate, licence or registration counts", .lua = "need.certificate",
     .op = "not need.certificate",
     .unless = {"only a certificate, licence or registration counts",
                "no certificate is required; training in school is enough"}},
    {"learnt by doing", false, put_yes, YES_NO, "it cannot be learnt from a module or by reading",
     .lua = "need.practical", .op = "not need.practical",
     .unless = {"this is learnt by doing, not on a screen or by reading",
                "this can be learnt from a module or by reading"}},
    {"employer", false, put_words,
     "`school`, `authority`, `trust`, `contractor`, `agency`, `self-employed` or `volunteer`",
     "who employs the person", .lua = "person.employer",
     .unless = {"you have a different employer, or nobody has recorded your employer"}},
    {"hours from", false, put_hours, "hours a week, such as 20 or 32.5",
     "the contracts of all posts together are at least this long", .lua = "person.minutes",
     .op = ">=", .known = "nobody has recorded how many hours a week you work",
     .unless = {"you work fewer than %s hours a week"}},
    {"hours to", false, put_hours, "hours a week", "they are at most this long",
     .lua = "person.minutes",
     .op = "<=", .known = "nobody has recorded how many hours a week you work",
     .unless = {"you work more than %s hours a week"}},
    {"term time", false, put_yes, YES_NO, "works in term time only",
     .lua = "person.term_time == true", .op = "person.term_time == false",
     .unless = {"you work in term time only, or nobody has recorded it",
                "you do not work in term time only, or nobody has recorded it"}},
    {"computer", false, put_yes, YES_NO,
     "has a computer to learn with; assumed if it is not recorded",
     .lua = "person.no_computer ~= true", .op = "person.no_computer == true",
     .unless = {"you can use a computer", "you have no computer to learn with"}},
    {"progression", false, put_words, "`yes`, `no` or `later`", "wants to move on",
     .lua = "person.progression",
     .unless = {"you have said something else about moving on, or have not said"}},
    {"holds", false, put_holds, "units, qualifications, classes such as `maths@2`",
     "holds all of these, in force today", .lua = "person:holds",
     .unless = {"you do not hold this: %s"}},
    {"holds not", false, put_holds, "units, qualifications, classes such as `maths@2`",
     "holds none of these", .lua = "not person:holds", .unless = {"you already hold this: %s"}},
    {"clusters", false, put_yes, YES_NO, "the school belongs to a group of schools",
     .lua = "school.clusters > 0", .op = "school.clusters == 0",
     .unless = {"your school belongs to a group of schools",
                "your school does not belong to a group of schools"}},
    {"wishes", false, put_wishes,
     "`role HLTA`, `qualification X`, `competence X`, or the code alone",
     "has asked for one of these", .lua = "person:wishes",
     .unless = {"you have not asked for this"}},
    {"colleague", false, put_colleague,
     "`mentor`, `coach`, `buddy`, `shadow-host`, `training-mentor`, `expert-witness`, `assessor`, "
     "`any` or `nobody`",
     "a colleague can help as one of these now; `nobody`: no colleague can help in any way",
     .lua = "school:helpers",
     .unless = {"a colleague in school can help, and that comes first",
                "nobody is available in your school now"}},

    {"recommend", true, put_recommend,
     "`coaching`, `unit TDA-2.8`, `course skills-for-life`, `finding-out review` ...",
     "what to propose", .lua = "recommend"},
    {"weeks", false, put_with_number, "1 to 520", "the number of weeks that it is spread over",
     .lua = "weeks", .low = 1, .high = 520},
    {"minutes", false, put_with_number, "0 to 120000", "the total length", .lua = "minutes",
     .high = 120000},
    {"priority", false, put_with_number, "0 to 100", "blank: 50", .lua = "priority", .high = 100},
    {"because", false, put_with, "a sentence",
     "the reason that the person reads; blank: the text of about", .lua = "because"},
    {"not in house because", false, put_with, "a sentence",
     "for a course or qualification: why nothing inside the school is enough",
     .lua = "not_in_house"},
    {"leaves out", false, put_families, "codes of role families",
     "those that the proposal is not for", .lua = "leaves_out"},
    {"about", true, put_field, "a sentence, at most 200 letters",
     "what the rule is for; shown to the person", .lua = "about"},
    {"source", true, put_source, "an id in `sources.csv`, and a detail after a slash if you like",
     "where the rule comes from", .lua = "source"},
    {"owner", true, put_field, "a text", "who is responsible for the rule", .lua = "owner"},
};
const size_t table_n_columns = ARRAY_LEN(table_columns);
