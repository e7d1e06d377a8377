/* filter - what follow and replay share: from where, and which topics. */
#pragma once

#include "door/internal.h"

#define TOPICS_MAX 256

/* Reads `topics` (may be absent) into arena memory. Faults for wild, unknown and forbidden ones. */
void filter_topics(struct door *d, const struct call *c, const struct body_value *given,
                   struct topics *ret, struct faults *v);
/* Reads `since`. `standing` says whether that word is taken here; then ret->standing is 0 for it.
 */
void filter_since(struct door *d, const struct call *c, const struct body_value *since,
                  bool current, struct cursor *ret, struct faults *v);
/* Reads a cursor that stood at `pointer` and lies within the outbox. */
void filter_cursor(struct door *d, const struct call *c, const struct body_value *text,
                   const char *pointer, struct cursor *ret, struct faults *v);
struct cursor filter_start(struct door *d); /* before the oldest publication kept */
/* May the principal see this row, and did they ask for it? */
bool filter_passes(const struct principal *who, const struct topics *topics,
                   const struct outbox_row *row);
/* The same, and is its authority served? What was published for one that is not configured any more
 * is kept, and nobody is given it. */
bool filter_gives(const struct door *d, const struct principal *who, const struct topics *topics,
                  const struct outbox_row *row);
/* The publication as this principal sees it. */
void filter_write(const struct principal *who, const struct outbox_row *row, struct buf *out);
/* `damaged`, for a reader who came to such a row: the cursor behind it goes along, so that nobody
 * is held there for ever. */
void filter_damaged(struct door *d, const struct address *to, struct cursor behind);
