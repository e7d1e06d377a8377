/* why - what the files of the question `why` share: why.c runs the rules, reasons.c writes the
 * answer. */
#pragma once

#include "pipeline/internal.h"
#include "questions/change.h"

#define WHY_MAX 2048 /* bytes of an answer are fewer */
#define WAYS_MAX 5

struct opening { /* a development that the change would bring */
  const char *id, *title;
  bool recommended;
};
struct way_in {
  const struct change *change;
  struct opening *opens; /* recommended first, then by id */
  uint32_t n_opens;
};
struct reasons { /* all that the answer is written from */
  struct inquiry inquiry;
  struct weighed_list now;
  const struct rule_info *rules;
  uint32_t n_rules;
  const struct way_in *ways;
  uint32_t n_ways;
  bool more_ways; /* not all were tried */
};
void write_reasons(const struct reasons *r, struct buf *out);
