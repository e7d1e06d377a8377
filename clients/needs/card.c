/* card - see card.h. */
#include "card.h"

#include <string.h>

#include "advice.h"
#include "print_responses.h"

#define LABEL_COLUMNS 10
#define TITLE_LINES 2
#define TITLES_MOST 4
#define CHECKS_MOST 5
#define MORE_COLUMNS 14   /* columns of " and 24 more" */
#define DETAIL_COLUMNS 22 /* "; --detail lists them" */
#define TEXT_TITLE 90     /* characters of a text that its title may take */

static bool is(const char *s, const char *word) {
  return s && !strcmp(s, word);
}

/* --- lists --- */

/* The columns of two lines beside their label. */
static int two_lines(const struct card *c) {
  return 2 * (c->width - LABEL_COLUMNS - 3);
}

/* The first words of `s`, at most so many characters. */
static void add_first_words(struct text *t, const char *s, size_t most) {
  size_t end = strlen(s);

  while (end > 0 && text_characters(s) - text_characters(s + end) > most)
    do
      end--;
    while (end > 0 && s[end] != ' ');
  if (!end)
    end = text_fits(s, strlen(s), (int)most);

  text_add_n(t, s, end);
}

void add_titles(struct text *t, card_title_fn title, void *arg, size_t n, size_t most,
                int columns) {
  size_t there = 0, added = 0;
  for (size_t i = 0; i < n; i++)
    there += title(arg, i) != NULL;

  for (size_t i = 0; i < n && added < most; i++) {
    const char *one = title(arg, i);
    if (!one)
      continue;

    int width = text_columns(one, strlen(one)), room = columns - MORE_COLUMNS;
    if (added + 1 == there)
      room = columns;
    if (added && width > room)
      break;

    text_add(t, text_if(added, "; "));
    if (width <= room) {
      text_add(t, one);
    } else {
      add_first_words(t, one, room > 8 ? (size_t)room - 4 : 4);
      text_add(t, " ...");
    }

    columns -= width + 2;
    added++;
  }

  if (there > added)
    text_addf(t, " and %zu more", there - added);
}

/* --- what kinds of development and practicalities are called --- */

struct kind_row {
  const char *kind;
  const char *with; /* with whom, where nobody is named */
  bool formal;      /* it has a level and credits, which its title may not say */
  const char *form; /* what it is, where its title does not say so */
};

static const struct kind_row kinds[] = {
    {"unit", "a training provider", true, "a unit"},
    {"course", "a training provider", true, "a course"},
    {"qualification", "a training provider", true, NULL},
    {"apprenticeship", "a training provider and your employer", true, "an apprenticeship"},
    {"status", "an assessor", true, "a status"},
    {"coaching", "a coach; nobody is named yet", false, NULL},
    {"mentoring", "a mentor; nobody is named yet", false, NULL},
    {"shadowing", "a colleague; nobody is named yet", false, NULL},
    {"buddying", "a buddy; nobody is named yet", false, NULL},
    {"peer-observation", "a colleague; nobody is named yet", false, NULL},
    {"network", "people who do the same work", false, NULL},
    {"action-research", "your colleagues", false, NULL},
    {"inset", "your colleagues, in one session", false, NULL},
    {"resource", "on your own", false, NULL},
    {"e-learning", "on your own, at a computer", false, NULL},
    {"joint-training", "the teachers, in one session", false, NULL},
    {"finding-out", "yourself first, then your manager", false, NULL},
};

static const struct kind_row *kind_of(json r) {
  const char *kind = json_string(json_get(r, "development"), "kind");
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (is(kind, kinds[i].kind))
      return &kinds[i];
  return NULL;
}

/* In the order in which a person wants to know of them. */
static const struct check_row {
  const char *check, *words;
  bool paid; /* somebody has to pay */
} checks[] = {
    {"release", "time off your work", false},
    {"cover", "cover for your work", false},
    {"paid-time", "pay for extra time", true},
    {"fee", "who pays the fee", true},
    {"helper", "your helper's time", false},
    {"mentor", "a mentor", false},
    {"timing", "dates that suit you", false},
    {"entry", "what you need to start", false},
    {"level", "the right level", false},
    {"open", "whether places are open", false},
    {"employer", "your employer's consent", false},
    {"travel", "travel", true},
    {"registration", "who pays for registration", true},
    {"materials", "who pays for books", true},
    {"fund", "a grant", true},
    {"computer", "a computer", false},
    {"access", "adjustments", false},
    {"basic-skills", "help with English, maths or digital skills", false},
    {"practice", "a chance to practise", false},
    {"evidence", "evidence from your job", false},
    {"assessment", "how it is assessed", false},
    {"outcome", "what it should bring", false},
    {"progression", "what it leads to", false},
    {"recognition", "any change of role or grade", false},
    {"share-back", "how you share it", false},
};
#define N_CHECKS (sizeof checks / sizeof *checks)

static size_t check_rank(const char *check) {
  size_t i = 0;
  while (i < N_CHECKS && !is(check, checks[i].check))
    i++;
  return i;
}

struct practicalities {
  json list;
  const char *status;
  json sorted[64];
  size_t n;
};

/* Those of one status, in the order of checks[]; an authority's own ones last. */
static void find_practicalities(struct practicalities *p, json r, const char *status) {
  *p = (struct practicalities){.list = json_get(r, "practicalities"), .status = status};

  for (size_t rank = 0; rank <= N_CHECKS; rank++)
    for (size_t i = 0; i < json_count(p->list) && p->n < 64; i++) {
      json one = json_at(p->list, i);
      if (is(json_string(one, "status"), status) && check_rank(json_string(one, "check")) == rank)
        p->sorted[p->n++] = one;
    }
}

static const char *practicality_words(void *arg, size_t i) {
  const struct practicalities *p = arg;
  const char *check = json_string(p->sorted[i], "check");
  size_t rank = check_rank(check);
  if (rank < N_CHECKS)
    return checks[rank].words;
  return text_or(json_string(p->sorted[i], "detail"), check);
}

static void add_practicalities(struct text *t, const struct card *c, const char *status) {
  struct practicalities p;
  find_practicalities(&p, c->recommendation, status);
  add_titles(t, practicality_words, &p, p.n, CHECKS_MOST, two_lines(c));
}

static bool payer_is_open(json r) {
  struct practicalities p;
  find_practicalities(&p, r, "to-agree");

  for (size_t i = 0; i < p.n; i++) {
    size_t rank = check_rank(json_string(p.sorted[i], "check"));
    if (rank < N_CHECKS && checks[rank].paid)
      return true;
  }

  return false;
}

/* --- what became of it --- */

/* Of the present round; `until`: the last day that counts, NULL = any. */
static json last_response(json r, const char *until) {
  json responses = json_get(r, "responses"), last = NULL;

  for (size_t i = 0; i < json_count(responses); i++) {
    json one = json_at(responses, i);
    const char *date = json_string(one, "date");

    if (until && date && strcmp(date, until) > 0)
      continue;
    if (json_number(one, "round", 0) == json_number(r, "round", 0))
      last = one;
  }

  return last;
}

static json agreement_of(json r) {
  json agreement = json_get(r, "agreement");
  if (agreement && json_number(agreement, "round", 0) == json_number(r, "round", 0))
    return agreement;
  return NULL;
}

enum card_state card_state(json r, const char *day) {
  const char *last = json_string(last_response(r, day), "response");

  if (is(last, "contested"))
    return CARD_CONTESTED;
  if (is(last, "declined"))
    return CARD_DECLINED;
  if (is(last, "started"))
    return CARD_STARTED;
  if (last || agreement_of(r))
    return CARD_ACCEPTED;
  return CARD_OPEN;
}

/* --- the parts --- */

/* "a unit, Level 2, 3 credits": what a title leaves open. */
static void add_form(struct text *t, json d, const struct kind_row *kind) {
  int64_t level = json_number(d, "level", -1), credit = json_number(d, "credit", 0);

  if (kind->form)
    text_add(t, kind->form);
  if (level == 0)
    text_addf(t, "%sEntry Level", comma(t->len));
  else if (level > 0)
    text_addf(t, "%sLevel %lld", comma(t->len), (long long)level);
  if (credit > 0)
    text_addf(t, "%s%lld credit%s", comma(t->len), (long long)credit, plural(credit));
}

static void add_title(struct text *t, const struct card *c, bool with_form) {
  json d = json_get(c->recommendation, "development");
  const char *title = text_or(json_string(d, "title"), "?");
  const struct kind_row *kind = kind_of(c->recommendation);
  bool says_level = strstr(title, "evel") != NULL;
  struct text form = {0};

  text_add(t, title);
  if (with_form && kind && kind->formal && (kind->form || !says_level))
    add_form(&form, d, kind);
  if (form.len)
    text_addf(t, " (%s)", form.s);
  if (json_number(c->recommendation, "round", 0) > 0)
    text_add(t, ", again");

  text_finish(&form);
}

static const char *answer_title(void *arg, size_t i) {
  json a = json_at(arg, i);
  return text_or(json_string(a, "title"), short_key(json_string(a, "competence")));
}

static void add_reasons(struct text *t, const struct card *c) {
  json because = json_get(c->recommendation, "because");
  for (size_t i = 0; i < json_count(because); i++) {
    const char *reason = json_string(json_at(because, i), "text");
    if (reason)
      text_addf(t, "%s%s", t->len ? ". " : "", reason);
  }
}

static bool same_member(json list, const char *member) {
  for (size_t i = 1; i < json_count(list); i++) {
    const char *first = json_string(json_at(list, 0), member),
               *other = json_string(json_at(list, i), member);
    if (!first || !is(other, first))
      return false;
  }

  return true;
}

/* "from "aware" to "alone"" */
static void add_levels(struct text *t, json answer) {
  const char *competence = json_string(answer, "competence");
  bool rated = json_has_number(answer, "current"),
       renewed = is(json_string(answer, "from"), "refresh");

  if (renewed)
    text_add(t, "due to be renewed");
  else if (!rated)
    text_add(t, "not yet rated");
  if (renewed || !json_has_number(answer, "required"))
    return;

  if (rated) {
    text_add(t, "from \"");
    add_level_words(t, competence, answer, "current");
    text_add(t, "\" to \"");
  } else {
    text_add(t, "; to reach: \"");
  }

  add_level_words(t, competence, answer, "required");
  text_add(t, "\"");
}

static bool is_rated(json answers) {
  for (size_t i = 0; i < json_count(answers); i++)
    if (json_has_number(json_at(answers, i), "current"))
      return true;
  return false;
}

/* In a few words: how much it matters, and from where to where. */
static void add_short_why(struct text *t, const struct card *c) {
  json answers = json_get(c->recommendation, "answers");
  const char *importance = json_string(json_at(answers, 0), "importance");
  size_t n = json_count(answers);

  if (importance && same_member(answers, "importance"))
    text_add(t, importance_words(importance));
  if (n)
    text_add(t, text_if(t->len, ": "));
  if (n == 1)
    add_levels(t, json_at(answers, 0));
  else if (n > 1 && is_rated(answers))
    text_addf(t, "%zu things that your work asks for", n);
  else if (n > 1)
    text_addf(t, "%zu things that nobody has rated yet", n);
}

static void add_need(struct text *t, const struct card *c) {
  json answers = json_get(c->recommendation, "answers");
  size_t n = json_count(answers);

  if (n == 1)
    add_short_why(t, c);
  else if (n > 1)
    add_titles(t, answer_title, answers, n, TITLES_MOST, two_lines(c) - DETAIL_COLUMNS);
  if (n > TITLES_MOST)
    text_add(t, "; --detail lists them");
}

static void add_time(struct text *t, json r) {
  json minutes = json_get(r, "minutes");
  int64_t in = json_number(minutes, "in_contract", 0), beyond = json_number(minutes, "beyond", 0);
  int64_t weeks = json_number(r, "weeks", 0);

  if (in > 0) {
    add_minutes(t, in);
    text_add(t, " in your paid hours");
  }

  if (beyond > 0) {
    text_add(t, text_if(in > 0, " and "));
    add_minutes(t, beyond);
    text_add(t, " outside them, to be paid");
  }

  if (in <= 0 && beyond <= 0)
    text_add(t, "time not known");
  if (weeks > 0)
    text_addf(t, ", over %lld week%s", (long long)weeks, plural(weeks));
}

static void add_date_and_place(struct text *t, json r) {
  json offer = json_get(r, "offer");
  const char *date = json_string(offer, "date"), *place = json_string(offer, "place");

  if (date)
    add_date(t, date);
  if (place)
    text_addf(t, "%s%s", text_if(date != NULL, ", "), place);
  if (!date)
    text_addf(t, "%sno date yet", text_if(place != NULL, ", "));
}

static void add_when(struct text *t, const struct card *c) {
  const char *expires = json_string(c->recommendation, "expires");

  add_date_and_place(t, c->recommendation);
  text_add(t, "; ");
  add_time(t, c->recommendation);

  if (expires) {
    text_add(t, "; by ");
    add_date(t, expires);
  }
}

/* Without what is not known. */
static void add_short_when(struct text *t, const struct card *c) {
  json r = c->recommendation, minutes = json_get(r, "minutes");

  if (json_get(r, "offer"))
    add_date_and_place(t, r);
  if (minutes)
    text_add(t, text_if(t->len, "; "));
  if (minutes)
    add_time(t, r);
}

static void add_with(struct text *t, const struct card *c) {
  json r = c->recommendation, with = json_get(r, "with");
  const struct kind_row *kind = kind_of(r);

  for (size_t i = 0; i < json_count(with); i++)
    text_addf(t, "%s%s, %s", text_if(i, "; "),
              text_or(json_string(json_at(with, i), "person"), "?"),
              helper_words(json_string(json_at(with, i), "as")));

  if (!json_count(with) && kind)
    text_add(t, kind->with);
}

static void add_outside(struct text *t, const struct card *c) {
  const char *why = json_string(c->recommendation, "not_in_house");
  if (why)
    text_addf(t, "because %s", why);
}

static void add_payer(struct text *t, const char *payer) {
  static const struct {
    const char *payer, *words;
  } payers[] = {{"school", "the school"},     {"authority", "the local authority"},
                {"trust", "the trust"},       {"employer", "your employer"},
                {"state", "the state"},       {"union", "the union"},
                {"provider", "the provider"}, {"person", "you"}};
  for (size_t i = 0; i < sizeof payers / sizeof *payers; i++)
    if (is(payer, payers[i].payer)) {
      text_add(t, payers[i].words);
      return;
    }

  text_add(t, text_or(payer, "somebody"));
}

static void add_split(struct text *t, json split) {
  for (size_t i = 0; i < json_count(split); i++) {
    json share = json_at(split, i);
    const char *payer = json_string(share, "payer");

    text_add(t, i ? ", " : "; ");
    add_payer(t, payer);
    text_addf(t, " pay%s ", text_if(!is(payer, "person"), "s"));
    add_money(t, json_number(share, "amount", json_number(share, "pence", 0)));
  }
}

static void add_cost(struct text *t, const struct card *c) {
  static const struct {
    const char *member, *words;
  } parts[] = {{"fee", "fee"},         {"registration", "registration"},
               {"materials", "books"}, {"cover", "cover"},
               {"travel", "travel"},   {"paid_time", "paid time"}};
  json cost = json_get(c->recommendation, "cost");

  if (!cost) {
    text_add(t, "not known");
    if (payer_is_open(c->recommendation))
      text_add(t, "; who pays is to be agreed");
    return;
  }

  bool known = false;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    known |= json_has_number(cost, parts[i].member);
  if (!known) {
    text_add(t, "not known; ");
    add_payer(t, json_string(json_at(json_get(cost, "split"), 0), "payer"));
    text_add(t, " pays unless you agree otherwise");
    return;
  }

  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    if (json_number(cost, parts[i].member, 0) > 0) {
      text_addf(t, "%s%s ", comma(t->len), parts[i].words);
      add_money(t, json_number(cost, parts[i].member, 0));
    }

  if (t->len)
    add_split(t, json_get(cost, "split"));
  else
    text_add(t, "nothing");
}

static void add_known_cost(struct text *t, const struct card *c) {
  if (!json_get(c->recommendation, "cost"))
    return;

  struct text words = {0};
  add_cost(&words, c);
  text_addf(t, "cost: %s", words.s);
  text_finish(&words);
}

static void add_to_agree(struct text *t, const struct card *c) {
  add_practicalities(t, c, "to-agree");
}

static void add_unmet(struct text *t, const struct card *c) {
  add_practicalities(t, c, "unmet");
}

static void add_caution(struct text *t, const struct card *c) {
  json caution = json_get(c->recommendation, "caution");
  for (size_t i = 0; i < json_count(caution); i++)
    if (json_text(json_at(caution, i)))
      text_addf(t, "%s%s", text_if(t->len, " "), json_text(json_at(caution, i)));
}

static const char *term_words(json term) {
  size_t rank = check_rank(json_string(term, "check"));
  if (rank < N_CHECKS)
    return checks[rank].words;
  return text_or(json_string(term, "words"), "?");
}

/* ": time off your work (6 h), ...": those with a number, a payer or a date. */
static void add_agreed_numbers(struct text *t, json terms) {
  const char *before = ": ";

  for (size_t i = 0; i < json_count(terms); i++) {
    json term = json_at(terms, i);
    struct text details = {0};

    add_term_details(&details, term);
    if (details.len) {
      text_addf(t, "%s%s (%s)", before, term_words(term), details.s);
      before = ", ";
    }

    text_finish(&details);
  }
}

/* What was answered, and the numbers of what was agreed. */
static void add_so_far(struct text *t, const struct card *c) {
  json response = last_response(c->recommendation, c->day),
       later = last_response(c->recommendation, NULL), agreement = agreement_of(c->recommendation),
       ahead = json_get(c->recommendation, "agreement_ahead");

  if (response)
    add_response(t, response, c->day);
  if (agreement)
    text_addf(t, "%sagreed", text_if(response != NULL, "; "));
  add_agreed_numbers(t, json_get(agreement, "terms"));

  if (later != response) {
    text_add(t, text_if(t->len, "; "));
    add_response(t, later, c->day);
  }

  if (json_string(ahead, "date")) {
    text_addf(t, "%sagreed from ", text_if(t->len, "; "));
    add_date(t, json_string(ahead, "date"));
  }
}

/* A goal and the steps of a route are text, or have a title. */
static const char *title_or_text(json j) {
  const char *title = json_string(j, "title");
  if (title)
    return title;
  return json_text(j);
}

static const char *step_title(void *arg, size_t i) {
  return title_or_text(json_at(arg, i));
}

static void add_goal(struct text *t, const struct card *c) {
  text_add(t, text_or(title_or_text(json_get(c->recommendation, "goal")), ""));
}

static void add_route(struct text *t, const struct card *c) {
  json route = json_get(c->recommendation, "route");
  add_titles(t, step_title, route, json_count(route), TITLES_MOST, two_lines(c));
}

/* The title of the recommendation that comes before this one. */
static const char *title_before(const struct card *c, size_t i) {
  json after = json_at(json_get(c->recommendation, "after"), i);
  const char *id = text_or(json_text(after), json_string(after, "recommendation"));

  for (size_t k = 0; id && k < json_count(c->others); k++)
    if (is(json_string(json_at(c->others, k), "recommendation"), id))
      return json_string(json_get(json_at(c->others, k), "development"), "title");
  return NULL;
}

static const char *next_words(const struct card *c) {
  struct practicalities open;
  find_practicalities(&open, c->recommendation, "to-agree");

  switch (card_state(c->recommendation, c->day)) {
  case CARD_CONTESTED:
    return "two views differ, so somebody has to decide";
  case CARD_STARTED:
    return "carry on, and tell your manager when it is completed";
  case CARD_DECLINED:
    return "talk about it with your manager, because the law requires it";
  case CARD_ACCEPTED:
    if (open.n)
      return "agree the rest with your manager, then start";
    return "everything is agreed: you can start";
  case CARD_OPEN:
    break;
  }

  if (is(json_string(json_get(c->recommendation, "development"), "kind"), "finding-out"))
    return "rate yourself, then talk about it with your manager";
  return "say yes or no, then agree the rest with your manager";
}

static void add_next(struct text *t, const struct card *c) {
  size_t n = json_count(json_get(c->recommendation, "after"));

  for (size_t i = 0; i < n; i++)
    if (title_before(c, i))
      text_addf(t, "%s%s; ", text_if(!t->len, "first comes "), title_before(c, i));

  text_add(t, next_words(c));
}

/* --- the rows --- */

/* In the order of the card. Where there is less room than rows, the lowest rank has it: the reasons
 * two lines, the others that a card owes one each, and what is left as many as they need. */
static const struct row {
  const char *label;
  void (*add)(struct text *t, const struct card *c); /* nothing added: no such row */
  int rank;
  size_t most; /* lines */
} rows[] = {
    {"Why", add_reasons, 0, 3},   {"For", add_need, 8, 2},        {"Towards", add_goal, 9, 1},
    {"Steps", add_route, 10, 2},  {"So far", add_so_far, 1, 2},   {"When", add_when, 2, 3},
    {"With", add_with, 3, 2},     {"Outside", add_outside, 8, 2}, {"Cost", add_cost, 5, 2},
    {"Not met", add_unmet, 4, 1}, {"Beware", add_caution, 4, 1},  {"To agree", add_to_agree, 7, 2},
    {"Next", add_next, 6, 2},
};
#define N_ROWS (sizeof rows / sizeof *rows)

static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

static void fold_title_with(struct lines *l, const struct card *c, bool with_form) {
  struct text head = {0}, title = {0};

  if (c->number)
    text_addf(&head, "%zu. ", c->number);
  add_title(&title, c, with_form);
  lines_fold(l, text_or(head.s, ""), title.s, c->width);

  text_finish(&title);
  text_finish(&head);
}

/* Its form is left out where there is no room for it. */
static void fold_title(struct lines *l, const struct card *c, size_t most) {
  size_t first = l->n, room = smaller(most, TITLE_LINES);

  fold_title_with(l, c, true);
  if (l->n > first + room) {
    lines_cut(l, first, 0, c->width);
    fold_title_with(l, c, false);
  }

  lines_cut(l, first, room, c->width);
}

static void fold_row(struct lines *l, const struct row *row, const struct card *c) {
  struct text head = {0}, words = {0};
  size_t first = l->n;

  row->add(&words, c);
  if (words.len) {
    text_addf(&head, "   %-*s", LABEL_COLUMNS, row->label);
    lines_fold(l, head.s, words.s, c->width);
    lines_cut(l, first, row->most, c->width);
  }

  text_finish(&head);
  text_finish(&words);
}

#define RANKS 11
#define OWED 8 /* a card says the rows of lower ranks in any case */

/* How many lines each row gets of `room`. */
static void share_room(const struct lines folded[N_ROWS], size_t room, size_t ret[N_ROWS]) {
  memset(ret, 0, N_ROWS * sizeof *ret);

  for (int pass = 0; pass < 2; pass++)
    for (int rank = 0; rank < (pass ? RANKS : OWED); rank++)
      for (size_t i = 0; i < N_ROWS; i++) {
        size_t wanted = folded[i].n;

        if (rows[i].rank != rank)
          continue;
        if (pass == 0)
          wanted = smaller(wanted, rank == 0 ? 2 : 1);

        size_t more = smaller(wanted - ret[i], room);
        ret[i] += more;
        room -= more;
      }
}

void card_lines(struct lines *l, const struct card *c, size_t most) {
  struct lines folded[N_ROWS] = {0};
  size_t first = l->n, share[N_ROWS];

  fold_title(l, c, most);
  for (size_t i = 0; i < N_ROWS; i++)
    fold_row(&folded[i], &rows[i], c);

  share_room(folded, most - (l->n - first), share);
  for (size_t i = 0; i < N_ROWS; i++) {
    lines_cut(&folded[i], 0, share[i], c->width);
    for (size_t k = 0; k < folded[i].n; k++)
      lines_add(l, folded[i].items[k]);
    lines_finish(&folded[i]);
  }
}

/* --- the short forms --- */

/* Sentences, the most important first; `add` as in a row. */
static const struct sentence {
  const char *before;
  void (*add)(struct text *t, const struct card *c);
} sentences[] = {
    {"", add_short_why}, {"", add_short_when}, {"With: ", add_with}, {"", add_known_cost}};

static void add_sentence(struct text *t, const struct sentence *s, const struct card *c) {
  struct text words = {0};

  s->add(&words, c);
  if (words.len)
    text_addf(t, "%s%s.", s->before, words.s);
  if (words.len && *t->s >= 'a' && *t->s <= 'z')
    *t->s = (char)(*t->s - 'a' + 'A');

  text_finish(&words);
}

/* As many sentences as fit into so many characters, each after a space. */
static void add_sentences(struct text *t, const struct card *c, size_t most) {
  for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
    struct text one = {0};

    add_sentence(&one, &sentences[i], c);
    if (one.len && text_characters(text_or(t->s, "")) + 1 + text_characters(one.s) <= most)
      text_addf(t, "%s%s", text_if(t->len, " "), one.s);
    text_finish(&one);
  }
}

void card_brief(struct lines *l, const struct card *c, size_t most) {
  struct text t = {0};
  size_t first = l->n;

  fold_title(l, c, most);
  size_t left = most - (l->n - first), at = l->n;

  add_sentences(&t, c, left * (size_t)(c->width - 3));
  if (left && t.len) {
    lines_fold(l, "   ", t.s, c->width);
    lines_cut(l, at, left, c->width);
  }

  text_finish(&t);
}

void card_text(struct text *t, const struct card *c) {
  struct text title = {0}, text = {0};

  add_title(&title, c, true);
  if (text_characters(title.s) > TEXT_TITLE) {
    text_clear(&title);
    add_title(&title, c, false);
  }

  if (text_characters(title.s) <= TEXT_TITLE) {
    text_addf(&text, "%s.", title.s);
  } else {
    add_first_words(&text, title.s, TEXT_TITLE - 3);
    text_add(&text, "...");
  }

  add_sentences(&text, c, CARD_TEXT);
  text_add(t, text.s);
  text_finish(&text);
  text_finish(&title);
}
