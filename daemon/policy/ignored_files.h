/* unread - files of a directory of rules or of a catalogue that look as if they were meant and are
 * not read.
 *
 * Only .lua and .csv are read. What a spreadsheet program or an editor makes of these names without
 * being asked would be missed in silence. Backups of editors, hidden files, README and the like are
 * nobody's rules and not told. Used by the daemon's checker and by the command `needs`, which reads
 * a directory itself before it proposes it; no part of the daemon below it. */
#pragma once

/* What to do with a file of this name; NULL: it is read, or was not meant to be. */
const char *ignored_files_remedy(const char *name);

/* Each such file of the directory, in order of name. A directory that cannot be opened has none. */
void ignored_files_each(const char *dir,
                        void (*say)(void *arg, const char *name, const char *remedy), void *arg);
