/* bundle - named files as one canonical run of bytes, so that a catalogue or a rule set has one
 * hash and one blob.
 *
 * Canonical: files sorted by name bytewise; u32 count, then name (str) and content (blob) of each.
 * Kept in the store by hash, sent to the workers as it is. */
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "base/hash.h"

struct bundle_file {
  /* file name with at most one directory: "units.csv", "default/10-finding-out.lua"; never
   * absolute, no ".." */
  char *name;
  char *text; /* NUL-terminated for convenience; len says how long */
  size_t len;
};
struct bundle {
  struct bundle_file *files;
  size_t n;
  struct hash256 hash; /* of the canonical bytes */
};

/* All regular files of `dir` (one level) whose names end in one of the NULL-terminated `suffixes`;
 * names get `prefix`. */
int bundle_read_dir(struct bundle *b, const char *dir, const char *prefix,
                    const char *const *suffixes, struct error *err);
/* Would bundle_read_dir take a file of this name: plain, not hidden, with one of the suffixes? */
bool bundle_takes(const char *name, const char *const *suffixes);
void bundle_add(struct bundle *b, const char *name, const void *text, size_t len);
/* sorts, hashes, encodes (ret_bytes may be NULL) */
void bundle_seal(struct bundle *b, struct buf *ret_bytes);
/* and hashes */
int bundle_decode(struct bundle *b, const void *data, size_t len, struct error *err);
const struct bundle_file *bundle_find(const struct bundle *b, const char *name);
void bundle_finish(struct bundle *b);
