/* seal - small opaque tokens for clients to carry: encrypted, authenticated, text. What is inside
 * is nobody's business but ours.
 *
 * Cursors, positions and stands are sealed, so that a client learns nothing of other schools'
 * volume from them and cannot make one up. */
#pragma once

#include <stddef.h>

#include "base/buf.h"

/* base64url(nonce | box) of `kind` and the bytes, appended to out as text. */
void seal(const unsigned char key[32], unsigned char kind, const void *data, size_t len,
          struct buf *out);
/* 0 and exactly `len` bytes in ret_data, or -EINVAL: not ours, of another kind, or of another
 * length. */
int unseal(const unsigned char key[32], unsigned char kind, const char *token, size_t token_len,
           void *ret_data, size_t len);

enum {
  SEAL_CURSOR = 'c',
  SEAL_POSITION = 'p',
  SEAL_BASIS = 's'
};
