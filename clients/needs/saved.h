/* saved - finds the saved mapping for a sheet.
 *
 * The one whose headings are the sheet's. Where a mapping was meant for the sheet and cannot be
 * read, is not finished, or names other headings, nothing is read: without it the sheet could mean
 * something else. Mappings for other sheets are passed over without a word. */
#pragma once

#include "map.h"
#include "sheet.h"

/* Finds the saved mapping for the sheet. 0: `ret` is the mapping and *ret_name its name, both owned
 * by the caller; *ret_name is NULL if there is none. Else an exit status after a message. `file`:
 * the sheet's name, for messages. */
int saved_find(const struct sheet *s, const char *file, struct map *ret, char **ret_name);
/* 0 if the mapping is complete, else an exit status after printing what is missing. `file` as
 * above. */
int saved_finished(const struct map *m, const char *file);
