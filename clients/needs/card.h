/* card - one recommendation as a person reads it: what, why, when, with whom, what it costs, what
 * has to be agreed, and what comes next. Plain words, no codes.
 *
 * The rows of a card are a table in card.c: a new row is a line there. The same words make the
 * short card of a long list and the text for a telephone. Used by show; the recommendation with all
 * that is behind it is in advice.c. */
#pragma once

#include "json.h"
#include "lines.h"
#include "text.h"

#define CARD_LINES 12
#define CARD_COLUMNS 80
#define CARD_TEXT 160

struct card {
  json recommendation; /* borrowed, like all here */
  json others;         /* the recommendations beside it, for what comes first */
  const char *day;     /* of the answer; may be NULL */
  size_t number;       /* before the title; 0 = none */
  int width;           /* columns */
};

/* What was done with a recommendation in its present round. */
enum card_state {
  CARD_OPEN,
  CARD_ACCEPTED, /* or agreed */
  CARD_STARTED,
  CARD_DECLINED, /* and kept, because the law requires it */
  CARD_CONTESTED
};

/* As of `day`: an answer dated later does nothing yet. */
enum card_state card_state(json recommendation, const char *day);
/* The card in at most `most` lines (CARD_LINES or fewer): the title first, then
 * the rows that have the room, the most important ones. */
void card_lines(struct lines *l, const struct card *card, size_t most);
/* The title, and the rest in one paragraph; at most `most` lines. */
void card_brief(struct lines *l, const struct card *card, size_t most);
/* The card in at most CARD_TEXT characters, on one line. */
void card_text(struct text *t, const struct card *card);

/* At most `most` titles, as many as fit into `columns` but one at least; the rest as "and 3 more".
 * `title(arg, i)` is the i-th of n; NULL leaves it out. */
typedef const char *(*card_title_fn)(void *arg, size_t i);
void add_titles(struct text *t, card_title_fn title, void *arg, size_t n, size_t most, int columns);
