/* cell - reads the text of one cell: numbers, dates, hours, ids.
 *
 * Strict: an ambiguous text is not read. It has no state and does not know columns. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Lower case, one space between words, plain quotes and dashes: how words of a mapping are
 * compared. Numbers lose an empty fraction (2.0 -> 2). Owned by the caller. */
char *word_key(const char *s);

/* "#REF!", a character that could not be read: why it says nothing; else NULL */
const char *cell_damage(const char *s);
#define ID_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
bool cell_is_id(const char *s); /* 1-64 of [A-Za-z0-9._-], never "-" */
/* somebody's e-mail address, or a national insurance number */
bool cell_is_personal(const char *s);
/* what the spreadsheet made of an id, NULL if it looks sound */
const char *cell_spoilt_id(const char *s);
int cell_whole(const char *s); /* "2", "2.0", "2,0" -> 2; -1 if it is no whole number */
/* "1500", "1,500" -> 1500; -1 */
int cell_count(const char *s);
/* "32.5", "32,5", "32:30" -> 1950; -1 not hours, -2 could be two things (1,250) */
int cell_minutes(const char *s);
int cell_flag(const char *s); /* yes/no, y/n, true/false, 1/0; -1 */

enum date_form {
  DATE_ISO,
  DATE_NAMED,
  DATE_NUMERIC,
  DATE_SERIAL,
  DATE_SHORT_YEAR,
  DATE_NONE
};
struct cell_date {
  enum date_form form;
  char iso[11];              /* "" if it is no date in the order asked for */
  bool day_only, month_only; /* DATE_NUMERIC: can only have the day, the month first */
};
struct cell_date cell_date(const char *s, bool month_first);
