/* bundle_files - which files make up a policy: rules and catalogue of an authority, the shipped
 * files first and the authority's own on top.
 *
 *   catalogue   SHARE/catalogue/<x>.csv as "national/x.csv", then the authority's own as
 *               "authority/x.csv"
 *   rules       SHARE/default/<x>.lua and .csv as "default/x.lua", then the authority's own as
 *               "authority/x.lua"
 *
 * An authority's rules are added to the shipped ones, unless they replace them (a file
 * `.replace-default` in their directory). They come from a directory, or from an author who
 * proposes them through the door. The same files make the same bundles either way, hence the same
 * hash.
 *
 * Called by the pipeline at start, reload and proposal, and by check. Files are only read here;
 * their content is checked elsewhere. */
#pragma once

#include "base/error.h"
#include "catalogue/bundle.h"

enum policy_part {
  PART_RULES,
  PART_CATALOGUE,
  PARTS
};

/* The authority's own files of one part, under plain names: "10-x.lua". A zeroed one is empty. */
struct bundle_files {
  struct bundle files;
  bool replaces; /* rules only: nothing of the shipped ones */
};
int bundle_files_add(struct bundle_files *o, enum policy_part part, const char *name,
                     const void *text, size_t len, struct error *err);
int bundle_files_read_dir(struct bundle_files *o, enum policy_part part, const char *dir,
                          struct error *err);
void bundle_files_finish(struct bundle_files *o);

/* The shipped files with `own` laid over them (NULL: the shipped ones only), sealed; empty on
 * failure. */
int policy_slot_lay(const char *share, enum policy_part part, const struct bundle_files *own,
                    struct bundle *ret, struct error *err);

/* Is a file of a laid bundle, or a rule's, the authority's own? */
bool policy_slot_is_own(const char *file);
/* Said of files of rules without a rule: as empty as a directory without a file, and as little
 * meant. */
#define SERVING_NO_RULE "none of its files holds a rule, so that none of your own would serve"

/* What the directories hold of the authority's own, and the hash of that alone, whatever is
 * shipped. Either may be NULL. */
int policy_slot_read_own(const char *rules_dir, const char *catalogue_dir,
                         struct bundle_files ret[PARTS], struct hash256 *ret_hash,
                         struct error *err);

/* Either directory may be NULL: the shipped files only. Both bundles come back sealed; on failure
 * both are empty. */
int policy_slot_read_policy(const char *share, const char *rules_dir, const char *catalogue_dir,
                            struct bundle *rules, struct bundle *catalogue, struct error *err);
