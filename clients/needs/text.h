/* text - strings that grow, and the words that people read.
 *
 * Used by every command. Levels, dates and money are put in words here and nowhere else. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct text {
  char *s; /* NUL-terminated once anything was added */
  size_t len, cap;
};
void text_add(struct text *t, const char *s);
void text_add_n(struct text *t, const char *s, size_t len);
void text_addf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_add_quoted(struct text *t, const char *s); /* as a JSON string */
bool text_is_utf8(const char *s, size_t len);
void text_clear(struct text *t);
void text_finish(struct text *t);

/* Memory or the end: a command line has nothing to go on with. */
void *get_memory(size_t size);
void *more_memory(void *p, size_t size);
char *copy_text(const char *s);

/* --- words --- */

/* `text`, or `otherwise` where there is none (NULL). Both stay the caller's. */
static inline const char *text_or(const char *text, const char *otherwise) {
  if (text)
    return text;
  return otherwise;
}

/* The ending of a regular noun after a number: "" for one, "s" for any other. */
static inline const char *plural(long long n) {
  if (n == 1)
    return "";
  return "s";
}

/* ", " between the items of a list: "" before the first one, where `before` is false. */
static inline const char *comma(bool before) {
  if (before)
    return ", ";
  return "";
}

/* `text` where it is wanted, else "". */
static inline const char *text_if(bool wanted, const char *text) {
  if (wanted)
    return text;
  return "";
}

/* The word that agrees with the number: one_or_many(n, "is", "are"). */
static inline const char *one_or_many(long long n, const char *one, const char *many) {
  if (n == 1)
    return one;
  return many;
}

/* "with support"; a number beyond the default scale says itself */
const char *level_words(int64_t level);
/* Where a JSON Pointer points, as people say it: /data/ratings/0/level is "ratings 1, level". NULL
 * and "": nothing. */
void text_add_place(struct text *t, const char *pointer);
void add_money(struct text *t, int64_t pence);     /* "£45", "£4.50" */
void add_minutes(struct text *t, int64_t minutes); /* "6 h", "1 h 30 min" */
void add_date(struct text *t, const char *date);   /* "14 April 2026", or as given */
/* only as many characters as tell one from another; NULL: - */
void text_add_hash(struct text *t, const char *hash);
bool date_exists(int y, int m, int d); /* from 1900 on */
/* 2026-03-02 or 02/03/2026 (day first) -> 2026-03-02; false: no such date */
bool date_parse(const char *s, char ret[11]);

/* --- the terminal --- */
#define TEXT_SHOWN 16 /* room for one character as it is shown */
/* How the first character of s is shown: itself, or \u001b for one that does not print as it is
 * written (a control character, a mark of direction, an invisible space, a line separator), or \xff
 * for a byte that is no UTF-8. Line ends and tabs stay. Returns how many bytes of s it takes; `len`
 * is at least 1. */
size_t text_shown(const char *s, size_t len, char ret[TEXT_SHOWN]);
int terminal_width(FILE *f);                 /* columns; 0 = not a terminal, do not fold */
bool terminal_plain(FILE *f);                /* no bold, no bars */
int text_columns(const char *s, size_t len); /* how wide it prints */
/* Prints words folded to the terminal, every line but the first indented by `hang`, the first one
 * starting at column `indent`. */
void print_folded(FILE *f, int indent, int hang, const char *s);
void print_heading(FILE *f, const char *s);
