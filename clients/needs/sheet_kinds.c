/* sheet_kinds - turns a row of each kind of sheet into an event. Called by csv_in.c; the cells are
 * read by rows.c. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HIGHEST_LEVEL 4 /* of the default scale; a framework may have its own */

#include "cell.h"
#include "needs.h"
#include "rows.h"
#include "text.h"

/* "STL@2007/STL4" and "STL4" are one competence. */
static const char *bare_code(const char *competence) {
  const char *at = strchr(competence, '@'), *slash = at ? strchr(at, '/') : NULL;
  if (slash && slash[1])
    return slash + 1;
  return competence;
}

static void add_level(struct text *t, const char *competence, int level) {
  text_addf(t, "%s: %s (%d)", competence, level_words(level), level);
}

static void add_by(struct text *t, const char *by) {
  if (*by)
    text_addf(t, " | by %s", by);
}

static void begin_words(struct text *t, const char *person, const char *date) {
  text_addf(t, "%s | ", person);
  add_date(t, date);
  text_add(t, " | ");
}

/* --- ratings: a row a rating --- */

struct rating {
  const char *person, *competence, *evidence, *by;
  char date[11], expires[11];
  int level;
};

/* What the row is about, as it has been hashed since the first release. */
static void add_slot(const struct rating *x, const char *competence, struct text *t) {
  text_addf(t, "%s\x1f%s\x1f%s\x1f%s\x1f%s", x->person, x->date, competence, x->evidence, x->by);
}

static void state_rating(struct rows *r, const struct rating *x) {
  struct text slot = {0}, exact = {0}, row = {0}, said = {0};
  struct row_statement s = {.type = "assessment.recorded", .person = x->person, .date = x->date};

  add_slot(x, bare_code(x->competence), &slot);
  add_slot(x, x->competence, &exact);
  text_addf(&said, "%d", x->level);
  if (*x->expires)
    text_addf(&said, "\x1f%s", x->expires);

  text_addf(&row, "%s\x1f%s", exact.s, said.s);
  s.slot = slot.s;
  s.exact = exact.s;
  s.row = row.s;
  s.said = said.s;
  text_add(&s.data, "{");
  data_member(&s.data, "date", x->date);
  data_member(&s.data, "evidence", x->evidence);
  if (*x->by)
    data_member(&s.data, "by", x->by);

  text_add(&s.data, ",\"ratings\":[{");
  data_member(&s.data, "competence", x->competence);
  text_addf(&s.data, ",\"level\":%d", x->level);
  if (*x->expires)
    data_member(&s.data, "expires", x->expires);

  text_add(&s.data, "}]}");
  begin_words(&s.words, x->person, x->date);
  add_level(&s.words, x->competence, x->level);
  text_addf(&s.words, " | %s", x->evidence);
  add_by(&s.words, x->by);

  if (*x->expires) {
    text_add(&s.words, " | until ");
    add_date(&s.words, x->expires);
  }

  row_states(r, r->item, &s);
  text_finish(&slot);
  text_finish(&exact);
  text_finish(&row);
  text_finish(&said);
}

static bool expires_after(struct rows *r, const struct rating *x) {
  bool good = !*x->expires || strcmp(x->expires, x->date) >= 0;
  if (!good)
    item_fault(r->item, r->in->column[F_EXPIRES], "out-of-range",
               "it expires on %s, before its date; check whether the two are swapped", x->expires);
  return good;
}

static void ratings_row(struct rows *r) {
  struct rating x;
  const char *level = row_say(r, F_LEVEL);
  if (!*level) {
    r->in->unrated++;
    return;
  }

  r->item = input_add(r->in, r->row->place);
  x.person = take_id(r, F_PERSON, true);

  bool dated = take_date(r, F_DATE, true, x.date);
  x.competence = take_code(r, F_COMPETENCE, true);
  enum level_said said = take_level(r, r->in->column[F_LEVEL], level, &x.level);
  x.evidence = take_evidence(r, NULL);
  x.by = take_id(r, F_BY, false);

  bool expires = take_date(r, F_EXPIRES, false, x.expires) && dated && expires_after(r, &x);
  if (said == LEVEL_UNRATED && !r->item->n_faults) {
    r->in->unrated++;
    r->in->n--;
    return;
  }

  if (x.person && dated && x.competence && said == LEVEL_SAID && x.evidence && x.by && expires)
    state_rating(r, &x);
}

/* --- grid: a row a person, a column a competence --- */

struct grid_row {
  struct text ratings, levels, said;
  size_t rated, unrated;
};

static bool grid_cell(struct rows *r, int i, const char *evidence, struct grid_row *g) {
  const struct column *c = &r->head.columns[i];
  const char *cell = sheet_cell(r->row, i),
             *own = c->evidence && strcmp(c->evidence, evidence) ? c->evidence : NULL;
  int level;

  if (!*cell) {
    g->unrated++;
    return true;
  }

  enum level_said said = take_level(r, i, cell, &level);
  if (said == LEVEL_UNRATED)
    g->unrated++;

  if (said != LEVEL_SAID)
    return said == LEVEL_UNRATED;

  text_add(&g->ratings, g->rated ? ",{" : "{");
  data_member(&g->ratings, "competence", c->competence);
  text_addf(&g->ratings, ",\"level\":%d", level);
  if (own)
    data_member(&g->ratings, "evidence", own);

  text_add(&g->ratings, "}");
  if (g->rated++)
    text_add(&g->levels, ", ");

  add_level(&g->levels, c->competence, level);
  if (own)
    text_addf(&g->levels, " by %s", own);

  item_part(r->item, r->row->place, i);

  return true;
}

static void state_grid(struct rows *r, const char *person, const char *date, const char *evidence,
                       const char *by, struct grid_row *g) {
  bool review = !strcmp(evidence, "manager");
  struct text slot = {0}, row = {0};
  struct row_statement s = {.type = review ? "appraisal.recorded" : "assessment.recorded",
                            .person = person,
                            .date = date};

  text_addf(&slot, "grid\x1f%s\x1f%s\x1f%s\x1f%s", person, date, evidence, by);
  text_add(&s.data, "{");
  data_member(&s.data, "date", date);
  if (!review)
    data_member(&s.data, "evidence", evidence);
  if (*by)
    data_member(&s.data, "by", by);

  text_addf(&s.data, ",\"ratings\":[%s]}", text_or(g->ratings.s, ""));
  text_addf(&row, "%s\x1f%s", slot.s, s.data.s);
  s.slot = s.exact = slot.s;
  s.row = s.said = row.s;
  begin_words(&s.words, person, date);
  text_addf(&s.words, "%s | %s", evidence, g->rated ? g->levels.s : "review held, nothing rated");
  if (g->rated && g->unrated)
    text_addf(&s.words, " | %zu unrated", g->unrated);

  add_by(&s.words, by);
  row_states(r, r->item, &s);
  text_finish(&slot);
  text_finish(&row);
}

static bool grid_blank(const struct rows *r) {
  for (int i = 0; i < r->head.n; i++)
    if (r->head.columns[i].use == USE_COMPETENCE && *sheet_cell(r->row, i))
      return false;
  return true;
}

static void grid_row(struct rows *r) {
  struct grid_row g = {0};
  char date[11];

  if (grid_blank(r) && (!*row_say(r, F_DATE) || !*row_say(r, F_PERSON))) {
    r->in->unrated++; /* on the list, and never reviewed */
    return;
  }

  r->item = input_add(r->in, r->row->place);
  const char *person = take_id(r, F_PERSON, true);
  bool good = take_date(r, F_DATE, true, date);
  const char *evidence = take_evidence(r, "manager"), *by = take_id(r, F_BY, false);

  for (int i = 0; i < r->head.n; i++)
    if (r->head.columns[i].use == USE_COMPETENCE)
      good &= grid_cell(r, i, text_or(evidence, "manager"), &g);

  if (good && person && evidence && by) {
    if (g.rated || !strcmp(evidence, "manager"))
      state_grid(r, person, date, evidence, by, &g);
    else {
      r->in->unrated++;
      r->in->n--;
    }
  }

  text_finish(&g.ratings);
  text_finish(&g.levels);
}

/* --- certificates: a row an achievement, or a rating that lasts --- */

/* What was gained: `kind` is unit, qualification or competence. */
struct gain {
  char kind[MEANING_MAX], code[MEANING_MAX];
  int level;
};

static bool code_fits(struct rows *r, struct gain *g, enum field f, const char *code, size_t len) {
  bool fits = len < sizeof g->code;
  if (fits)
    snprintf(g->code, sizeof g->code, "%.*s", (int)len, code);
  else
    item_fault(r->item, r->in->column[f], "out-of-range",
               "'%.*s' is too long for a code; codes are short, such as FOOD2", (int)len, code);

  return fits;
}

static bool one_gain(struct rows *r, struct gain *g, enum field f) {
  const char *code = take_code(r, f, false);
  if (!code || !*code)
    return code != NULL;
  if (*g->kind) {
    item_fault(r->item, r->in->column[f], "repeated",
               "the row already names a %s; a row is one certificate", g->kind);
    return false;
  }

  snprintf(g->kind, sizeof g->kind, "%s", field_rows[f].name);

  return code_fits(r, g, f, code, strlen(code));
}

/* "competence X.FOOD 2", as the mapping says it of the certificate's name. */
static bool mapped_gain(struct rows *r, struct gain *g) {
  const char *cell = take(r, F_CERTIFICATE, false), *rest = "";
  if (!cell || !*cell)
    return cell != NULL;

  const char *means = map_meaning(r->map, T_CERTIFICATES, cell);
  if (!means || !*means || !meaning_split(means, g->kind, &rest)) {
    item_fault(r->item, r->in->column[F_CERTIFICATE], "wrong-type",
               "'%s' is not a known certificate; in a mapping write it under [certificates], = "
               "unit CODE, qualification CODE or competence CODE LEVEL",
               cell);
    return false;
  }

  const char *level = NULL;
  if (!strcmp(g->kind, "competence"))
    level = strrchr(rest, ' ');
  if (level)
    g->level = cell_whole(level + 1);

  return code_fits(r, g, F_CERTIFICATE, rest, level ? (size_t)(level - rest) : strlen(rest));
}

static bool take_gain(struct rows *r, struct gain *g) {
  *g = (struct gain){.level = -1};
  bool good = one_gain(r, g, F_UNIT);
  good &= one_gain(r, g, F_QUALIFICATION);
  good &= one_gain(r, g, F_COMPETENCE);
  if (good && !*g->kind)
    good = mapped_gain(r, g);

  if (!good)
    return false;
  if (!*g->kind) {
    item_fault(r->item, -1, "missing",
               "no unit, qualification, competence or certificate; every row needs one of them");
    return false;
  }
  if (strcmp(g->kind, "competence") || g->level >= 0)
    return true;

  const char *level = row_say(r, F_LEVEL);
  if (*level && take_level(r, r->in->column[F_LEVEL], level, &g->level) == LEVEL_SAID)
    return true;

  if (!r->item->n_faults)
    item_fault(r->item, r->in->column[F_LEVEL], "missing",
               "no level for %s; a certificate for a competence needs a level", g->code);

  return false;
}

static void state_achievement(struct rows *r, const char *person, const char *date,
                              const struct gain *g, int credit, const char *expires) {
  struct text slot = {0}, row = {0};
  struct row_statement s = {.type = "achievement.recorded", .person = person, .date = date};

  text_addf(&slot, "certificate\x1f%s\x1f%s\x1f%s\x1f%s", person, date, g->kind, g->code);
  text_add(&s.data, "{");
  data_member(&s.data, "date", date);
  data_member(&s.data, g->kind, g->code);
  if (credit >= 0)
    text_addf(&s.data, ",\"credit\":%d", credit);
  if (*expires)
    data_member(&s.data, "expires", expires);

  text_add(&s.data, "}");
  text_addf(&row, "%s\x1f%s", slot.s, s.data.s);
  s.slot = s.exact = slot.s;
  s.row = s.said = row.s;
  begin_words(&s.words, person, date);
  text_addf(&s.words, "%s %s", g->kind, g->code);
  if (credit >= 0)
    text_addf(&s.words, " | %d credits", credit);
  if (*expires) {
    text_add(&s.words, " | until ");
    add_date(&s.words, expires);
  }

  row_states(r, r->item, &s);
  text_finish(&slot);
  text_finish(&row);
}

static void certificates_row(struct rows *r) {
  struct gain g;
  struct rating x = {.evidence = "certificate"};
  int credit;

  r->item = input_add(r->in, r->row->place);
  x.person = take_id(r, F_PERSON, true);

  bool good = take_date(r, F_DATE, true, x.date);
  good &= take_gain(r, &g);
  good &= take_number(r, F_CREDIT, 9999, &credit);
  good &= take_date(r, F_EXPIRES, false, x.expires);
  x.by = take_id(r, F_BY, false);
  if (!good || !expires_after(r, &x) || !x.person || !x.by)
    return;

  x.competence = g.code;
  x.level = g.level;

  if (strcmp(g.kind, "competence"))
    state_achievement(r, x.person, x.date, &g, credit, x.expires);
  else
    state_rating(r, &x);
}

/* --- staff: a row a post; the rows of one person are one statement --- */

struct post {
  size_t item; /* index; items move while they grow */
  size_t place;
  /* key: start and role, so that the order of rows does not count */
  char *person, *title, *json, *words, *key;
  char as_at[11], from[11];
  int main;
  bool bad;
};

static bool is_role(const char *s) {
  size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
  return n >= 4 && n <= 8 && !s[n] && !truth_value(s) && isupper((unsigned char)*s);
}

static bool is_contract(const char *s) {
  size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  return n >= 2 && n <= 8 && !s[n] && !truth_value(s);
}

static bool is_employer(const char *s) {
  static const char *const words[] = {"school", "authority",     "trust",    "contractor",
                                      "agency", "self-employed", "volunteer"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (!strcmp(s, words[i]))
      return true;

  return false;
}

static bool is_flag(const char *s) {
  return cell_flag(s) >= 0;
}

bool word_is_plain(enum table_of t, const char *cell) {
  static bool (*const plain[N_TABLES])(const char *s) = {[T_COMPETENCES] = looks_like_competence,
                                                         [T_EVIDENCE] = evidence_is_plain,
                                                         [T_ROLES] = is_role,
                                                         [T_CONTRACTS] = is_contract,
                                                         [T_EMPLOYERS] = is_employer,
                                                         [T_YES_NO] = is_flag};
  return plain[t] && plain[t](cell);
}

/* Is it sent as it is written, for the authority to say its role (needs titles)? A job title that
 * nobody has said to be one, or a word under [roles] with nothing on the right. */
static bool is_bare_title(const struct rows *r, enum field f, const char *says) {
  const char *means = map_meaning(r->map, T_ROLES, says);
  return *says && (means ? !*means : f == F_TITLE && !is_role(says));
}

/* "" for what is sent as a title. */
static const char *take_role(struct rows *r) {
  enum field f = F_TITLE;
  if (*row_say(r, F_ROLE))
    f = F_ROLE;

  const char *says = row_say(r, f);
  if (is_bare_title(r, f, says))
    return "";
  if (!*says) {
    item_fault(
        r->item, r->in->column[r->in->column[F_ROLE] >= 0 ? F_ROLE : F_TITLE], "missing",
        "no role and no job title; use a School Workforce Census code such as TASS, or the title");
    return NULL;
  }

  return take_word(r, f, T_ROLES, is_role,
                   "is not a role code; use a School Workforce Census code such as TASS");
}

static void add_whole(struct text *t, const char *name, int n) {
  if (n >= 0)
    text_addf(t, ",\"%s\":%d", name, n);
}

static void add_flag(struct text *t, const char *name, int flag) {
  if (flag >= 0)
    text_addf(t, ",\"%s\":%s", name, flag ? "true" : "false");
}

struct post_cells {
  const char *role, *contract, *employer;
  char from[11], to[11];
  int minutes, weeks, term_time, main;
};

static bool take_post(struct rows *r, struct post_cells *c) {
  c->role = take_role(r);
  bool good = take_date(r, F_FROM, true, c->from);
  good &= take_date(r, F_TO, false, c->to);
  good &= take_hours(r, &c->minutes);
  good &= take_number(r, F_WEEKS, 53, &c->weeks);
  good &= take_flag(r, F_TERM_TIME, &c->term_time);
  good &= take_flag(r, F_MAIN, &c->main);
  c->contract = take_word(
      r, F_CONTRACT, T_CONTRACTS, is_contract,
      "is not a contract code; use a School Workforce Census code such as PRM, FXT or TMP");
  c->employer = take_word(r, F_EMPLOYER, T_EMPLOYERS, is_employer,
                          "is not a kind of employer; write school, authority, trust, contractor, "
                          "agency, self-employed or volunteer");

  if (good && *c->to && strcmp(c->to, c->from) < 0) {
    item_fault(r->item, r->in->column[F_TO], "out-of-range",
               "it ends on %s, before it starts; check whether the two are swapped", c->to);
    good = false;
  }

  if (c->role && !*c->role && *c->to) {
    item_fault(r->item, r->in->column[F_TO], "missing",
               "only a post with a role can end; use a School Workforce Census code, or give the "
               "title a meaning under [roles] of a mapping");
    good = false;
  }

  return good && c->role && c->contract && c->employer;
}

/* "" without a role: there is no post to state. */
static char *post_json(const struct post_cells *c) {
  struct text t = {0};
  if (!*c->role)
    return copy_text("");

  text_add(&t, "{");
  data_member(&t, "role", c->role);
  data_member(&t, "from", c->from);
  if (*c->to)
    data_member(&t, "to", c->to);

  add_whole(&t, "minutes", c->minutes);
  add_whole(&t, "weeks", c->weeks);
  if (*c->contract)
    data_member(&t, "contract", c->contract);

  add_flag(&t, "term_time", c->term_time);
  if (*c->employer)
    data_member(&t, "employer", c->employer);

  add_flag(&t, "main", c->main);
  text_add(&t, "}");

  return t.s;
}

static char *post_words(const struct post_cells *c, const char *title) {
  struct text t = {0};

  if (*c->role)
    text_addf(&t, "%s from ", c->role);
  else
    text_addf(&t, "'%s' (a job title, sent without a role) from ", title);

  add_date(&t, c->from);
  if (*c->to) {
    text_add(&t, " to ");
    add_date(&t, c->to);
  }

  if (c->minutes >= 0) {
    text_add(&t, ", ");
    add_minutes(&t, c->minutes);
    text_add(&t, " a week");
  }

  if (c->weeks >= 0)
    text_addf(&t, ", %d weeks a year", c->weeks);
  if (*c->contract)
    text_addf(&t, ", %s", c->contract);
  if (c->term_time >= 0)
    text_add(&t, c->term_time ? ", term time" : ", all year");
  if (*c->employer)
    text_addf(&t, ", employer: %s", c->employer);
  if (c->main == 1)
    text_add(&t, ", main post");

  return t.s;
}

/* A role's column may hold titles, where the mapping says so. */
static const char *take_title(struct rows *r) {
  const char *title = take(r, F_TITLE, false), *role = row_say(r, F_ROLE);
  if (title && !*title && is_bare_title(r, F_ROLE, role))
    return role;
  return title;
}

/* A merged cell leaves the person of the rows below it blank: then they may be the same one's. What
 * follows an id, as in "p-0193 (leave)", does not make it another person's row. */
static char *whose(const struct rows *r) {
  const char *says = row_say(r, F_PERSON);
  size_t id = strspn(says, ID_CHARACTERS);
  struct text t = {0};

  if (!*says && r->n_posts)
    return copy_text(r->posts[r->n_posts - 1].person);

  text_add_n(&t, says, id);
  if (t.s)
    return t.s;
  return copy_text("");
}

static void add_post(struct rows *r, const struct post *p) {
  r->posts = more_memory(r->posts, (r->n_posts + 1) * sizeof *r->posts);
  r->posts[r->n_posts++] = *p;
}

static void staff_row(struct rows *r) {
  struct post_cells c = {0};
  struct post p = {.item = r->in->n, .place = r->row->place};
  struct text key = {0};

  r->item = input_add(r->in, r->row->place);
  const char *person = take_id(r, F_PERSON, true), *title = take_title(r);
  bool dated = take_date(r, F_DATE, true, p.as_at), good = take_post(r, &c);

  p.bad = !(person && title && dated && good);
  p.person = whose(r);
  p.main = c.main;
  memcpy(p.from, c.from, sizeof p.from);

  if (!p.bad) {
    text_addf(&key, "%s %s", c.from, c.role);
    p.key = key.s;
    p.json = post_json(&c);
    p.words = post_words(&c, title);
    p.title = copy_text(title);
  }

  add_post(r, &p);
}

static void staff_broken(struct rows *r) {
  struct post p = {.item = r->in->n - 1, .place = r->row->place, .bad = true};
  if (r->in->column[F_PERSON] >= r->row->n)
    r->lost_row = r->row->place;
  p.person = whose(r);
  add_post(r, &p);
}

static int by_person(const void *a, const void *b) {
  const struct post *x = a, *y = b;
  int rc = strcmp(x->person, y->person);
  if (!rc)
    rc = strcmp(x->as_at, y->as_at);
  if (!rc && x->key && y->key)
    rc = strcmp(x->key, y->key);

  if (rc)
    return rc;
  if (x->place < y->place)
    return -1;
  return 1;
}

/* The title of the main post; of several posts without a main one, only what all of them say. */
static const char *person_title(const struct post *p, size_t n) {
  const char *title = p[0].title;

  for (size_t i = 0; i < n; i++) {
    if (p[i].main == 1)
      return p[i].title;
    if (strcmp(p[i].title, title))
      title = "";
  }

  return title;
}

static void state_person(struct rows *r, struct post *p, size_t n) {
  struct item *i = &r->in->items[p[0].item];
  struct text slot = {0}, row = {0};
  struct row_statement s = {.type = "person.recorded", .person = p[0].person, .date = p[0].as_at};
  const char *title = person_title(p, n);

  text_addf(&slot, "staff\x1f%s\x1f%s", p[0].person, p[0].as_at);
  text_add(&s.data, "{\"roles\":[");
  text_addf(&s.words, "%s | as at ", p[0].person);
  add_date(&s.words, p[0].as_at);

  size_t roles = 0;

  for (size_t k = 0; k < n; k++) {
    if (*p[k].json)
      text_addf(&s.data, "%s%s", text_if(roles++, ","), p[k].json);
    text_addf(&s.words, "%s%s", k ? "; " : " | ", p[k].words);
    item_part(i, p[k].place, -1);
  }

  text_add(&s.data, "]");
  if (*title)
    data_member(&s.data, "title", title);
  if (!roles)
    data_member(&s.data, "started", p[0].from);

  text_add(&s.data, "}");
  text_addf(&row, "%s\x1f%s", slot.s, s.data.s);
  s.slot = s.exact = slot.s;
  s.row = s.said = row.s;
  row_states(r, i, &s);
  text_finish(&slot);
  text_finish(&row);
}

/* The same post twice: word for word is no harm, otherwise one of the rows is wrong. Returns how
 * many are left. */
static size_t drop_duplicates(struct rows *r, struct post *p, size_t n, bool *ret_bad) {
  size_t kept = 0;

  for (size_t k = 0; k < n; k++) {
    struct post *before = NULL;
    if (kept)
      before = &p[kept - 1];
    if (!before || strcmp(before->key, p[k].key)) {
      struct post swap = p[kept];
      p[kept++] = p[k], p[k] = swap;
    } else if (!strcmp(before->json, p[k].json) && !strcmp(before->title, p[k].title))
      r->in->repeated++;
    else {
      item_fault(&r->in->items[p[k].item], r->in->column[F_FROM], "repeated",
                 "row %zu has the same person, role and start but differs", before->place);
      *ret_bad = true;
      p[k].bad = true;
    }
  }

  return kept;
}

/* A title without a role speaks for the whole person; beside other posts nothing could say that it
 * is one more. */
static bool title_beside_posts(struct rows *r, struct post *p, size_t n) {
  bool found = false;

  for (size_t k = 0; n > 1 && k < n; k++) {
    if (*p[k].json)
      continue;

    item_fault(&r->in->items[p[k].item], r->in->column[F_TITLE], "missing",
               "'%s' has no role, and the person has another row; use a School Workforce Census "
               "code, or give the title a meaning under [roles] of a mapping",
               p[k].title);
    found = p[k].bad = true;
  }

  return found;
}

/* A statement is whole or it takes posts away from a person: with one bad row, none of the person's
 * is sent. */
static void end_person(struct rows *r, struct post *p, size_t n) {
  size_t bad = 0, bad_place = 0, mains = 0;

  for (size_t k = 0; k < n; k++) {
    if (p[k].bad && !bad++)
      bad_place = p[k].place;
    mains += p[k].main == 1;
  }

  bool clash = false;
  size_t all = n;

  if (!bad)
    n = drop_duplicates(r, p, n, &clash);
  if (!bad && !clash)
    clash = title_beside_posts(r, p, n);
  for (size_t k = 0; clash && k < all; k++)
    if (p[k].bad)
      bad_place = p[k].place;

  if (!bad && !clash && mains > 1)
    item_fault(&r->in->items[p[0].item], r->in->column[F_MAIN], "repeated",
               "%zu posts of one person are marked as main; mark at most one", mains);
  else if (!bad && !clash)
    state_person(r, p, n);
  else
    for (size_t k = 0; k < all; k++)
      if (!p[k].bad)
        item_fault(&r->in->items[p[k].item], -1, "missing",
                   "not sent, because row %zu of the same person has a fault", bad_place);
}

/* How many of the first are one statement: a person's at one date, or all of the person's when one
 * of them is bad. */
static size_t statement_of(const struct post *p, size_t n) {
  size_t same = 1, dated = 0;
  bool bad = p->bad;

  for (; same < n && !strcmp(p[same].person, p->person); same++)
    bad |= p[same].bad;
  while (dated < same && !strcmp(p[dated].as_at, p->as_at))
    dated++;

  if (bad)
    return same;
  return dated;
}

/* Whose post is it, that cannot be read? Anybody's. */
static void all_lost(struct rows *r) {
  for (size_t i = 0; i < r->n_posts; i++) {
    struct item *item = &r->in->items[r->posts[i].item];
    if (!item->n_faults)
      item_fault(
          item, -1, "missing",
          "not sent, because row %zu cannot be read and could be another post of this person",
          r->lost_row);
  }
}

static void staff_end(struct rows *r) {
  struct post *p = r->posts;
  if (r->n_posts)
    qsort(p, r->n_posts, sizeof *p, by_person);
  if (r->lost_row)
    all_lost(r);
  for (size_t i = 0, n; !r->lost_row && i < r->n_posts; i += n) {
    n = statement_of(&p[i], r->n_posts - i);
    end_person(r, &p[i], n);
  }

  for (size_t i = 0; i < r->n_posts; i++) {
    free(p[i].person);
    free(p[i].title);
    free(p[i].json);
    free(p[i].words);
    free(p[i].key);
  }

  free(p);
  r->posts = NULL;
  r->n_posts = 0;
}

/* --- the kinds --- */

static const struct {
  void (*row)(struct rows *r);
  void (*end)(struct rows *r);
  void (*broken)(struct rows *r);
  enum field needed[8]; /* until F_NONE */
  const char *all;      /* its columns, for messages */
} kinds[N_KINDS] = {
    [KIND_RATINGS] = {ratings_row,
                      NULL,
                      NULL,
                      {F_PERSON, F_DATE, F_COMPETENCE, F_LEVEL, F_EVIDENCE, F_NONE},
                      "person,date,competence,level,evidence and perhaps by"},
    [KIND_GRID] = {grid_row,
                   NULL,
                   NULL,
                   {F_PERSON, F_DATE, F_NONE},
                   "person,date, perhaps evidence and by, and competences"},
    [KIND_STAFF] = {staff_row,
                    staff_end,
                    staff_broken,
                    {F_PERSON, F_FROM, F_NONE},
                    "person,role,start and perhaps end,hours,weeks,contract,term-time,employer"},
    [KIND_CERTIFICATES] =
        {certificates_row,
         NULL,
         NULL,
         {F_PERSON, F_DATE, F_NONE},
         "person,date, perhaps expires, and unit, qualification or competence with its level"},
};

void kind_row(struct rows *r) {
  kinds[r->head.kind].row(r);
}

void kind_broken(struct rows *r) {
  if (kinds[r->head.kind].broken)
    kinds[r->head.kind].broken(r);
}

void kind_end(struct rows *r) {
  if (kinds[r->head.kind].end)
    kinds[r->head.kind].end(r);
}

static bool has(const struct rows *r, enum field f) {
  return r->in->column[f] >= 0 || r->fixed[f];
}

static bool lacks(const struct rows *r, const char *what) {
  size_t place = r->sheet.rows[r->head.row].place;

  if (r->head.kind == KIND_UNKNOWN)
    complain("%s: row %zu: no column '%s'; the first row names %s; for other headings write a "
             "mapping (needs map %s drafts one)",
             r->in->name, place, what, kinds[KIND_RATINGS].all, r->in->name);
  else
    complain(
        "%s: row %zu: no column '%s'; the first row names %s; or set it under [fixed] of a mapping",
        r->in->name, place, what, kinds[r->head.kind].all);

  return false;
}

static void say_unclear(const struct rows *r, const struct sheet_row *row, int column) {
  struct text which = {0};
  column_name(r->in, column, &which);
  complain("%s: row %zu, %s: '%s' is a number of an unknown scale: either 1 or the highest is "
           "best; say which in a mapping: scale = levels if the numbers are the framework's own "
           "levels, 0 the lowest, or each number's level under [levels] (needs map %s drafts one)",
           r->in->name, row->place, which.s, sheet_cell(row, column), r->in->name);
  text_finish(&which);
}

/* Levels by their heading alone, and too many above the default scale to be slips: it is some other
 * scale, from 1 to 5 perhaps, and its lower numbers would be read wrong. */
static bool levels_within(const struct rows *r) {
  int column = r->in->column[F_LEVEL], highest = 0;
  size_t rated = 0, beyond = 0;

  if (column < 0 || (r->map && r->map->scale_said) || !numbers_are_levels(r))
    return true;

  for (size_t i = r->head.first; i < r->sheet.n; i++) {
    int level = cell_whole(sheet_cell(&r->sheet.rows[i], column));
    rated += level >= 0;
    beyond += level > HIGHEST_LEVEL;
    if (level > highest)
      highest = level;
  }

  if (beyond < 2 || beyond * 20 < rated)
    return true;

  complain("%s: column 'level': %zu of %zu numbers are above %d, which is the highest of most "
           "frameworks, so this is another scale, "
           "up to %d; "
           "say in a mapping what each number means, under [levels], or scale = levels if they are "
           "the framework's own (needs map %s "
           "drafts one)",
           r->in->name, beyond, rated, HIGHEST_LEVEL, highest, r->in->name);

  return false;
}

/* Numbers in a grid: whether 1 or the highest is best must be said, once for all. */
static bool scale_clear(const struct rows *r) {
  if (r->head.kind != KIND_GRID || (r->map && r->map->scale_said) || map_numbers(r->map, NULL))
    return true;

  for (size_t i = r->head.first; i < r->sheet.n; i++)
    for (int k = 0; k < r->head.n && !sheet_footer(&r->sheet.rows[i], r->in->column[F_PERSON]);
         k++) {
      const char *cell = sheet_cell(&r->sheet.rows[i], k);
      if (r->head.columns[k].use != USE_COMPETENCE || cell_whole(cell) < 0 ||
          map_meaning(r->map, T_LEVELS, cell))
        continue;
      say_unclear(r, &r->sheet.rows[i], k);
      return false;
    }

  return true;
}

bool kind_ready(struct rows *r) {
  bool good = true;
  if (r->head.kind == KIND_UNKNOWN)
    return lacks(r, "competence");

  for (const enum field *f = kinds[r->head.kind].needed; *f != F_NONE; f++)
    if (!has(r, *f))
      good = lacks(r, field_rows[*f].name);

  if (r->head.kind == KIND_STAFF && !has(r, F_ROLE) && !has(r, F_TITLE))
    good = lacks(r, "role");
  if (r->head.kind == KIND_STAFF && !has(r, F_DATE)) {
    complain("%s: a staff list needs a date; give it with --date, a column 'as at', or date = "
             "under [fixed] of a mapping",
             r->in->name);
    good = false;
  }

  if (r->head.kind == KIND_GRID && !has(r, F_EVIDENCE))
    input_note(r->in, "no column gives the kind of evidence: read as a manager's review (evidence "
                      "= self under [fixed] of a mapping says otherwise)");

  return good && scale_clear(r) && (r->head.kind != KIND_RATINGS || levels_within(r));
}
