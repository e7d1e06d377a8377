/* cursor - a place in the outbox, and a place in the journal, as text that only this daemon can
 * read or make.
 *
 * The sealing itself is base/seal. A cursor is independent of filters and of who holds it. One made
 * while `standing` was being sent also says how far that got: live begins at `position`, and of
 * what stood then the rows up to `standing` are through. */
#pragma once

#include <stdint.h>

#include "base/buf.h"

#define CURSOR_LIVE UINT64_MAX /* `standing` when there is no such part, or it is done */
#define CURSOR_TEXT_MAX 160

struct cursor {
  uint64_t position, current;
};

/* text, without quotes */
void cursor_seal(const unsigned char key[32], struct cursor c, struct buf *out);
/* 0 or -EINVAL */
int cursor_open(const unsigned char key[32], const char *text, size_t len, struct cursor *ret);
void position_seal(const unsigned char key[32], uint64_t position, struct buf *out);
int position_open(const unsigned char key[32], const char *text, size_t len, uint64_t *ret);
/* as JSON values */
void json_cursor(const unsigned char key[32], struct cursor c, struct buf *out);
void json_position(const unsigned char key[32], uint64_t position, struct buf *out);
