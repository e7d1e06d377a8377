/* cursor - a place in the outbox, or a place in the journal, as text that only this daemon can read
 * or make.
 *
 * base/seal does the sealing. A cursor depends neither on filters nor on its holder. A follow with
 * `since: "standing"` first sends the publications that are current, then new ones. A cursor made
 * during the first part says how far it has come: of the publications that were current, those up
 * to the place `current` have been sent, and new ones begin after `position`. */
#pragma once

#include <stdint.h>

#include "base/buf.h"

#define CURSOR_LIVE UINT64_MAX /* `current` when there is no first part, or it is complete */
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
