/* check - a catalogue checked from its directories, for `catalogue check`, `--check` and the
 * publishing of a policy. */
#pragma once

#include "catalogue/catalogue.h"

/* The bundle of a national directory and an overlay (NULL: none), sealed. */
int catalogue_read_dirs(struct bundle *ret, const char *share_catalogue_dir,
                        const char *overlay_dir, struct error *err);
/* 0, or -EINVAL with every fault in `faults` (warnings may be there in both cases). `summary_json`
 * as catalogue_describe; {} on faults. */
int catalogue_check_dir(const char *share_catalogue_dir, const char *overlay_dir,
                        struct fault_list *faults, struct buf *summary_json);
