/* input - a file of results as a list of events to send.
 *
 * Recognises JSON (one event, an array, or one after another, as in NDJSON) and CSV by content. JSON events are handed on byte by
 * byte; only the daemon judges them. CSV rows are mapped to assessment events by csv_in. What cannot be sent at all is a fault
 * with its place. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct settings;
struct sent;

enum form { FORM_ARRAY, FORM_LINES, FORM_CSV };

enum outcome { NOT_JUDGED, ACCEPTED, KNOWN, REJECTED };
struct item {
  char *text; /* the event; NULL for a fault */
  size_t len;
  size_t place;          /* event number, line or row, from 1 */
  char *slot, *exact;    /* CSV: hash of what the row is a statement about: by the bare code, and as written; else NULL */
  char *row;             /* CSV: hash of the whole row; else NULL */
  int level;             /* CSV */
  char *id, *supersedes; /* CSV: of the event; supersedes may be NULL */
  const char *fault;     /* owned; why it cannot be sent */
  const char *code;      /* of the fault, as the protocol names it */
  int column;            /* CSV: column of the fault, from 0; -1 none */
  enum outcome outcome;  /* push: what became of it */
  char *errors;          /* push: JSON list of the faults the daemon named, owned */
};

#define CSV_FIELDS 6
struct input {
  const char *name; /* borrowed; "-" is standard input */
  enum form form;
  struct item *items;
  size_t n, cap;
  int column[CSV_FIELDS]; /* CSV: where each field stands; -1 absent */
  char *heading[CSV_FIELDS];
  size_t unrated, repeated; /* CSV rows that say nothing, or the same again */
};

/* 0, or an exit status after saying why. */
int input_read(struct input *in, const char *name, const struct settings *s, const struct sent *before /* may be NULL */);
void input_finish(struct input *in);
struct item *input_add(struct input *in, size_t place);
void item_fault(struct item *i, int column, const char *code, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* "results.csv: row 12" */
struct text;
void input_place(const struct input *in, const struct item *i, struct text *out);
/* For CSV: the column a JSON Pointer of the mapped event stands for, -1 if none. */
int input_column(const struct input *in, const char *pointer);
void column_name(const struct input *in, int column, struct text *out); /* "column D (level)" */
