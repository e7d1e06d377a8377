/* fields - what a column of a sheet may be, and which kinds of sheet there are. */
#pragma once

#include <stdbool.h>

enum kind {
  KIND_RATINGS,
  KIND_GRID,
  KIND_STAFF,
  KIND_CERTIFICATES,
  N_KINDS,
  KIND_UNKNOWN = N_KINDS
};
extern const char *const kind_names[N_KINDS];

enum field {
  F_PERSON,
  F_DATE,
  F_COMPETENCE,
  F_LEVEL,
  F_EVIDENCE,
  F_BY,
  F_EXPIRES,
  F_UNIT,
  F_QUALIFICATION,
  F_CERTIFICATE,
  F_CREDIT,
  F_ROLE,
  F_TITLE,
  F_FROM,
  F_TO,
  F_HOURS,
  F_MINUTES,
  F_WEEKS,
  F_CONTRACT,
  F_TERM_TIME,
  F_EMPLOYER,
  F_MAIN,
  N_FIELDS,
  F_NONE = N_FIELDS
};
struct field_row {
  const char *name; /* in mappings, and as a heading by itself */
  /* others that can mean nothing else, as word_key makes them, between bars: |a|b| */
  const char *headings;
  const char *member; /* the last part of its JSON Pointer */
  unsigned kinds;     /* bit per kind that has it */
  bool date;
};
extern const struct field_row field_rows[N_FIELDS];

enum field field_named(const char *name);     /* exactly; F_NONE if there is none */
enum field field_of_heading(const char *key); /* by name or heading */
/* a name, a birth date: never read, never asked about */
bool heading_is_personal(const char *key);
