/* statement - sends one typed event, such as an answer or an agreement, and prints the result and
 * notes about it.
 *
 * The same statement again is the same event, so that pressing return twice is once. Another one
 * about the same thing on the same date is a change of mind and supersedes it. Used by respond and
 * agree. */
#pragma once

#include <stdbool.h>

#include "conn.h"
#include "text.h"

struct statement {
  const char *type, *source; /* source: if the settings name none */
  const char *person, *recommendation;
  char date[11];
  /* counts for the date and not for the hour, so that two desks that write it down make one event
   */
  bool timeless;
  struct text slot;  /* what it is about: of two of one slot the later supersedes */
  struct text whole; /* all that it says beside the slot */
  struct text data;  /* the event's data */
  struct text said;  /* for people: "accepted" */
  struct text notes; /* for people, once it is recorded: a line each */
  const char *name;  /* for people, of the undo log: "response" */
  bool ends;         /* what was agreed about it holds no more */
  /* sent although nobody is recorded under the id, or it was never recommended */
  bool ahead;
};
/* Fills `date` from what was typed; NULL = the daemon's day, where it has none today. False after
 * saying why not. */
bool statement_date(const struct settings *s, struct statement *st, const char *typed);
/* Asks the daemon whether person and recommendation are on record, sends it, notes it for `needs
 * push --undo`, and prints what became of it. An exit status. */
int statement_send(const struct settings *s, const struct statement *st);
void statement_finish(struct statement *st);

/* "name":"value" after { or ,; nothing if NULL */
void add_member(struct text *t, const char *name, const char *value);
/* {"question":Q,"authority":A,"school":S,"person":P} */
void add_question(struct text *t, const struct settings *s, const char *question,
                  const char *person /* may be NULL */);
