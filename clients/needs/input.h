/* input - a file of results as a list of events to send.
 *
 * Recognises JSON (one event, an array, or one after another, as in NDJSON) and CSV by content.
 * JSON events are handed on byte by byte; only the daemon judges them. Rows of a spreadsheet are
 * mapped to events by csv_in. What cannot be sent at all is a fault with its place. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "fields.h"

struct settings;
struct sent_state;
struct map;
struct text;

/* How to read; everything but `s` may be NULL. */
struct read_options {
  const struct settings *s;
  const struct sent_state *before; /* what was sent before, so that corrections are known */
  const char *map;                 /* a mapping's name or path */
  const struct map *drafted;       /* or the mapping itself */
  bool no_map;                     /* by the headings alone, whatever mappings are saved */
  const char *encoding;            /* as iconv names it */
  const char *date;                /* for sheets without a date of their own */
  bool preview;                    /* nothing will be sent: authority and school may be missing */
};

enum form {
  FORM_ARRAY,
  FORM_LINES,
  FORM_CSV
};

enum outcome {
  NOT_JUDGED,
  ACCEPTED,
  KNOWN,
  REJECTED
};
struct fault {
  const char *code; /* as the protocol names it */
  char *text;       /* why it cannot be sent, and what would be right */
  int column;       /* CSV: from 0; -1 none */
};
struct part { /* CSV: where an element of the event's list comes from */
  size_t row;
  int column;
};
struct item {
  char *text; /* the event; NULL for a fault, or a row that is part of another one's event */
  size_t len;
  size_t place; /* event number, line or row, from 1 */
  /* CSV: hash of what the row is a statement about: by the bare code, and as written; else NULL */
  char *slot, *exact;
  char *row;             /* CSV: hash of the whole row; else NULL */
  char *said;            /* CSV: what it says of its slot */
  char *id, *supersedes; /* CSV: of the event; supersedes may be NULL */
  char *words;           /* CSV: the event as people read it */
  char date[11];         /* CSV: of the statement */
  struct part *parts;    /* CSV: of ratings or roles */
  size_t n_parts;
  struct fault *faults;
  size_t n_faults;
  enum outcome outcome; /* push: what became of it */
  char *errors;         /* push: JSON list of the faults the daemon named, owned */
};

struct input {
  const char *name; /* borrowed; "-" is standard input */
  enum form form;
  enum kind kind; /* CSV */
  struct item *items;
  size_t n, cap;
  int column[N_FIELDS]; /* CSV: the column of each field; -1 absent */
  char **headings;      /* CSV: of the columns; NULL for JSON */
  int n_headings;
  size_t unrated, repeated; /* CSV rows that say nothing, or the same again */
  char **notes;             /* what was guessed, and what was left out */
  size_t n_notes;
};

/* 0, or an exit status after saying why. */
int input_read(struct input *in, const char *name, const struct read_options *how);
/* Only the text, as UTF-8. The same results. */
int input_text(struct input *in, const char *name, const char *encoding, struct text *ret);
void input_finish(struct input *in);
struct item *input_add(struct input *in, size_t place);
void item_fault(struct item *i, int column, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void input_note(struct input *in, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The input's name as people read it: "standard input" for "-". Borrowed. */
const char *input_name(const struct input *in);
/* "results.csv: row 12"; `row` 0 is the item's own */
void input_place(const struct input *in, const struct item *i, size_t row, struct text *out);
/* For CSV: the column (-1: none) and row (0: the item's own) from which the place of a JSON Pointer
 * in the event was taken. */
int input_column(const struct input *in, const struct item *i, const char *pointer,
                 size_t *ret_row);
void column_name(const struct input *in, int column, struct text *out); /* "column D (level)" */
