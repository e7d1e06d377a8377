/* saved - finds the saved mapping for a sheet.
 *
 * The one whose headings are the sheet's. Where a mapping was meant for the sheet and cannot be
 * read, is not finished, or names other headings, nothing is read: without it the sheet could mean
 * something else. Mappings for other sheets are passed over without a word. */
#pragma once

#include "map.h"
#include "sheet.h"

/* 0: `ret` is the mapping and *ret_name its name, owned by the caller; *ret_name NULL: none was
 * meant for the sheet. Else an exit status after saying why, with what would be right. `file`: the
 * sheet's name, for messages. */
int saved_find(const struct sheet *s, const char *file, struct map *ret, char **ret_name);
/* Is everything said? 0, or an exit status after printing what is still to be said. `file` as
 * above. */
int saved_finished(const struct map *m, const char *file);
