/* serving - which directories make up what an authority is served: its rules and its catalogue, read as one pair.
 *
 * The shipped files come first, the authority's own on top:
 *   catalogue   SHARE/catalogue/<x>.csv as "national/x.csv", then the overlay's as "authority/x.csv"
 *   rules       SHARE/default/<x>.lua and .csv as "default/x.lua", then the authority's as "authority/x.lua"
 * An authority's rules are added to the shipped ones, unless their directory holds a file `.replace-default`.
 *
 * Called by the pipeline at start and reload and by check; nothing is judged here, only read. */
#pragma once

#include "base/error.h"
#include "catalogue/bundle.h"

/* Either directory may be NULL: the shipped files only. Both bundles come back sealed; on failure both are empty. */
int serving_read_pair(const char *share, const char *rules_dir, const char *catalogue_dir, struct bundle *rules,
                      struct bundle *catalogue, struct error *err);
