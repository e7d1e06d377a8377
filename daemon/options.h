/* options - an INI file read into structs by rows: one row an option, and every fault of the file
 * at once.
 *
 * The same rows give the values, the bounds, the error texts and the table in needsd.conf(5). Who
 * has which options is config.c; nothing here knows what an option means. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "catalogue/catalogue.h"

enum option_type {
  OPTION_TEXT,     /* char *: one line of UTF-8 */
  OPTION_PATH,     /* char *: an absolute path */
  OPTION_ENDPOINT, /* char *: ipc:// and an absolute path */
  OPTION_INT,      /* int32_t within min..max */
  OPTION_WORD,     /* int32_t: index in words */
};
enum option_place {
  PLACE_ANY,
  PLACE_DIRECTORY, /* is there */
  PLACE_NEW,       /* is a directory, or can be made: the one above it is there */
  PLACE_SOCKET,    /* the directory that it is to lie in is there; a warning, since the service
                      manager may make it */
};
struct option_row {
  const char *name;
  enum option_type type;
  size_t offset;            /* of the member in the section's struct */
  const char *fallback;     /* as it would be written; NULL: absent stays NULL (text) or 0 */
  const char *fallback_doc; /* what the manual says instead of the fallback, or NULL */
  int32_t min, max;
  const char *const *words; /* NULL-terminated */
  bool required, reloadable;
  enum option_place place; /* looked at by options_read_places */
  const char *old_name;    /* read in this release too, with a warning; NULL: there is none */
  const char *help;
};
/* The options of a section whose other rows are known only later (a plugin's own): kept as written,
 * until options_take. */
struct option_given {
  char *name, *value;
  int line;
};
struct option_list {
  struct option_given *items;
  size_t n, cap;
  /* of the section's heading; of the last option that is in a row, 0 when there was none */
  int line, row_line;
};
struct option_section {
  const char *name; /* [name], or [name CODE] when there may be many */
  bool many;
  const struct option_row *rows;
  size_t n_rows;
  const char *help;
  bool later;          /* options that are in no row are kept, at later_offset */
  size_t later_offset; /* of a struct option_list in the section's struct */
};

/* Gives the zeroed struct that a section fills. `code` is NULL for a section that is there once. */
typedef void *option_target(void *arg, const struct option_section *section, const char *code);

/* 0, or -EINVAL (faults in `faults`, "file:line: ...") or the errno of reading the file (one fault
 * says so). What was read up to there is in the targets; options_free them in any case. */
int options_read(const char *path, const struct option_section *sections, size_t n,
                 option_target *target, void *arg, struct fault_list *faults);
/* The same, and looks whether what the file names is there. Counts the errors about that. */
int options_read_places(const char *path, const struct option_section *sections, size_t n,
                        option_target *target, void *arg, struct fault_list *faults,
                        size_t *ret_missing);
/* the strings; not the struct */
void options_free(const struct option_section *section, void *target);

/* The options that were kept, judged by the rows that are known now, as options_read would have
 * done. `heading` is "plugin NAME".
 */
int options_take(const char *path, const char *heading, const struct option_list *given,
                 const struct option_section *section, void *target, struct fault_list *faults);
/* NULL, or what is wrong with this row's fallback; for rows that somebody else wrote. */
const char *options_fallback_fault(const struct option_row *row);

/* A fault for each option that differs and that only a restart can change. `where` names the
 * section: "[daemon]". */
void options_compare(const struct option_section *section, const char *where, const void *old,
                     const void *new, struct fault_list *faults);

/* The list of options as mdoc(7), as in needsd.conf(5). */
void options_print(const struct option_section *sections, size_t n, struct buf *out);
