/* person_view - see person_view.h. */
#include "person_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "card.h"
#include "lines.h"
#include "print_responses.h"

#define CARDS_MOST 8
#define ROWS_LEAST 6 /* below so many lines a card is brief */
#define TITLES_MOST 3

static bool is(const char *s, const char *word) {
  return s && !strcmp(s, word);
}

static int view_width(void) {
  int width = terminal_width(stdout);
  if (width == 0 || width > CARD_COLUMNS)
    return CARD_COLUMNS;
  return width;
}

/* --- groups --- */

static const char *group_words(json r, const char *day) {
  static const struct {
    const char *group, *words;
  } groups[] = {{"law", "Required by law"},
                {"basic-skills", "Your English, maths and digital skills"},
                {"role", "For your post"},
                {"growth", "To grow"}};
  enum card_state state = card_state(r, day);
  const char *group = json_string(r, "group");

  if (state == CARD_ACCEPTED || state == CARD_STARTED)
    return "Agreed or under way";

  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
    if (is(group, groups[i].group))
      return groups[i].words;
  return "Recommended";
}

struct group {
  const char *words;
  size_t first, n; /* cards */
};

static size_t find_groups(json list, size_t n, const char *day, struct group ret[CARDS_MOST]) {
  size_t found = 0;

  for (size_t i = 0; i < n; i++) {
    const char *words = group_words(json_at(list, i), day);
    if (found == 0 || strcmp(ret[found - 1].words, words))
      ret[found++] = (struct group){.words = words, .first = i};
    ret[found - 1].n++;
  }

  return found;
}

/* --- the view --- */

struct view {
  json answer, list;
  const char *person, *day;
  size_t shown; /* cards */
  struct group groups[CARDS_MOST];
  size_t n_groups;
  int width;
};

static struct card card_at(const struct view *v, size_t i) {
  return (struct card){.recommendation = json_at(v->list, i),
                       .others = v->list,
                       .day = v->day,
                       .number = i + 1,
                       .width = v->width};
}

static void view_init(struct view *v, json answer) {
  *v = (struct view){.answer = answer,
                     .list = json_get(answer, "recommendations"),
                     .person = text_or(json_string(answer, "person"), "?"),
                     .day = json_string(answer, "day"),
                     .width = view_width()};
  v->shown = json_count(v->list);
  if (v->shown > CARDS_MOST)
    v->shown = CARDS_MOST;
  v->n_groups = find_groups(v->list, v->shown, v->day, v->groups);
  advice_scales(json_get(answer, "needs"));
}

static void fold_once(struct lines *l, const char *head, const char *s, int width, size_t most) {
  size_t first = l->n;
  lines_fold(l, head, s, width);
  lines_cut(l, first, most, width);
}

static void add_heading(struct text *t, const struct view *v) {
  size_t n = json_count(v->list);

  text_addf(t, "%s: ", v->person);
  if (n)
    text_addf(t, "%zu recommendation%s", n, plural((long long)n));
  else
    text_add(t, "nothing is recommended");

  if (v->day) {
    text_add(t, ", ");
    add_date(t, v->day);
  }
}

/* --- where nothing is recommended --- */

static void add_absence(struct text *t, const char *absent) {
  if (is(absent, "left"))
    text_add(t, "This person has left, so nothing is worked out.");
  else if (is(absent, "restricted"))
    text_add(t, "This person is restricted, so nothing is worked out.");
  else
    text_addf(t, "This person %s, so nothing is worked out.", absent);
}

static void add_why_nothing(struct text *t, const struct view *v) {
  json posts = json_get(v->answer, "posts");
  const char *absent = json_string(v->answer, "absent");
  size_t needs = json_count(json_get(v->answer, "needs"));

  if (!v->day)
    text_add(t, "The daemon has no day yet, so nothing has been worked out.");
  else if (absent)
    add_absence(t, absent);
  else if (json_flag(json_get(v->answer, "title"), "waits"))
    text_add(t, "The job title has no role yet, so there are no needs; see needs titles.");
  else if (posts && !json_count(posts))
    text_add(t, "No post is recorded for this person, so there are no needs and no "
                "recommendations.");
  else if (needs)
    text_addf(t, "Nothing is recommended at present. %zu need%s recorded; --detail lists %s.",
              needs, one_or_many((long long)needs, " is", "s are"),
              one_or_many((long long)needs, "it", "them"));
  else
    text_add(t, "No needs: every level that the post requires is met. Thank you.");
}

/* --- the lines below the cards --- */

struct waiting {
  json list, held_back;
  size_t shown;
};

static const char *waiting_title(void *arg, size_t i) {
  const struct waiting *w = arg;
  size_t more = json_count(w->list) - w->shown;
  json one = json_at(w->held_back, i - (i < more ? i : more));

  if (i < more)
    one = json_at(w->list, w->shown + i);
  return json_string(json_get(one, "development"), "title");
}

/* "3 more wait: A; B; C" */
static void fold_waiting(struct lines *l, const struct view *v) {
  struct waiting w = {v->list, json_get(v->answer, "held_back"), v->shown};
  size_t n = json_count(w.list) - w.shown + json_count(w.held_back);
  struct text t = {0};

  if (!n)
    return;

  text_addf(&t, "%zu more wait%s: ", n, one_or_many((long long)n, "s", ""));
  add_titles(&t, waiting_title, &w, n, TITLES_MOST, v->width - (int)t.len);
  fold_once(l, "", t.s, v->width, 1);
  text_finish(&t);
}

struct answered {
  json list;
  const char *last;
};

static const char *answered_title(void *arg, size_t i) {
  const struct answered *a = arg;
  json one = json_at(a->list, i);
  if (!is(json_string(one, "last"), a->last))
    return NULL;
  return json_string(json_get(one, "development"), "title");
}

/* What is no longer recommended, by the last word on it: a line each. */
static void fold_answered(struct lines *l, const struct view *v, const char *last,
                          const char *label) {
  struct answered a = {json_get(v->answer, "answered"), last};
  size_t n = json_count(a.list);
  struct text t = {0};

  add_titles(&t, answered_title, &a, n, TITLES_MOST, v->width - (int)strlen(label));
  if (t.len)
    fold_once(l, label, t.s, v->width, 1);

  text_finish(&t);
}

static void fold_end(struct lines *l, const struct view *v) {
  struct text t = {0};

  fold_waiting(l, v);
  fold_answered(l, v, "declined", "Declined: ");
  fold_answered(l, v, "completed", "Completed: ");
  if (json_count(v->list))
    text_addf(&t, "Advice, never a decision. One in full: needs show %s NUMBER. All: --detail",
              v->person);
  if (t.len)
    fold_once(l, "", t.s, v->width, 2);

  text_finish(&t);
}

static void fold_begin(struct lines *l, const struct view *v) {
  struct text title = {0}, why = {0};

  if (json_flag(v->answer, "due"))
    lines_add(l, "Newer facts are still being worked out.");
  add_job_title(&title, json_get(v->answer, "title"), false);
  if (title.len)
    fold_once(l, "", title.s, v->width, 2);

  fold_answered(l, v, "contested", "CONTESTED, needs a decision: ");
  if (!json_count(v->list))
    add_why_nothing(&why, v);
  if (why.len)
    fold_once(l, "", why.s, v->width, 2);

  text_finish(&title);
  text_finish(&why);
}

/* --- the cards --- */

static void fold_card(struct lines *l, const struct view *v, size_t i, size_t most) {
  struct card card = card_at(v, i);
  if (most < ROWS_LEAST)
    card_brief(l, &card, most);
  else
    card_lines(l, &card, most);
}

static size_t lines_of_cards(const struct view *v, size_t most) {
  struct lines l = {0};
  for (size_t i = 0; i < v->shown; i++)
    fold_card(&l, v, i, most);

  size_t n = l.n;
  lines_finish(&l);

  return n;
}

/* The most lines a card that let all of them fit into `room`. */
static size_t lines_a_card(const struct view *v, size_t room) {
  size_t most = CARD_LINES;
  while (most > 1 && lines_of_cards(v, most) > room)
    most--;
  return most;
}

static void print_groups(const struct view *v, size_t most, bool spaced) {
  for (size_t g = 0; g < v->n_groups; g++) {
    const struct group *group = &v->groups[g];
    struct lines l = {0};

    if (spaced)
      puts("");
    print_heading(stdout, group->words);
    for (size_t i = 0; i < group->n; i++)
      fold_card(&l, v, group->first + i, most);

    lines_print(&l, stdout);
    lines_finish(&l);
  }
}

void print_person_view(json answer) {
  struct view v;
  struct text heading = {0};
  struct lines begin = {0}, end = {0};

  view_init(&v, answer);
  add_heading(&heading, &v);
  fold_begin(&begin, &v);
  fold_end(&end, &v);

  size_t fixed = 1 + begin.n + end.n + v.n_groups, spaces = v.n_groups + 1;
  size_t most = lines_a_card(&v, VIEW_LINES - fixed - spaces);
  bool spaced = most >= 3;
  if (!spaced)
    most = lines_a_card(&v, VIEW_LINES - fixed);

  struct lines head = {0};
  fold_once(&head, "", heading.s, v.width, 1);
  print_heading(stdout, head.items[0]);
  lines_finish(&head);
  lines_print(&begin, stdout);
  print_groups(&v, most, spaced);
  if (spaced && end.n && v.shown)
    puts("");
  lines_print(&end, stdout);

  text_finish(&heading);
  lines_finish(&begin);
  lines_finish(&end);
}

void print_person_texts(json answer) {
  struct view v;
  struct text t = {0};

  view_init(&v, answer);
  for (size_t i = 0; i < json_count(v.list); i++) {
    struct card card = card_at(&v, i);
    text_clear(&t);
    card_text(&t, &card);
    puts(t.s);
  }

  if (!json_count(v.list)) {
    add_why_nothing(&t, &v);
    puts(t.s);
  }

  text_finish(&t);
}

/* --- one card --- */

/* The place of a card in the list; the number of cards where it is not there. */
static size_t place_of_card(json list, const char *which) {
  size_t n = json_count(list), digits = strspn(which, "0123456789");

  if (digits && !which[digits] && digits < 5) {
    size_t number = (size_t)atoi(which);
    return number >= 1 && number <= n ? number - 1 : n;
  }

  size_t i = 0;
  while (i < n && !is(json_string(json_at(list, i), "recommendation"), which))
    i++;

  return i;
}

json find_card(json answer, const char *which) {
  json list = json_get(answer, "recommendations");
  return json_at(list, place_of_card(list, which));
}

void print_person_card(json answer, json r, bool text) {
  struct view v;
  view_init(&v, answer);

  struct card card = {.recommendation = r, .others = v.list, .day = v.day, .width = v.width};
  struct lines l = {0};
  struct text t = {0};

  if (text)
    card_text(&t, &card);
  if (text)
    lines_add(&l, t.s);
  else
    card_lines(&l, &card, CARD_LINES);

  lines_print(&l, stdout);
  lines_finish(&l);
  text_finish(&t);
}
