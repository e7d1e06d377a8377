/* seal - see seal.h. libsodium does the work: BLAKE2b derives a key of our own from the
 * directory's, secretbox seals. */
#include "base/seal.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define PLAIN_MAX 128
#define BOX_MAX (crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + 1 + PLAIN_MAX)

static void derive(const unsigned char key[32], unsigned char out[crypto_secretbox_KEYBYTES]) {
  static const unsigned char purpose[] = "needsd token";
  crypto_generichash(out, crypto_secretbox_KEYBYTES, purpose, sizeof purpose, key, 32);
}

void seal(const unsigned char key[32], unsigned char kind, const void *data, size_t len,
          struct buf *out) {
  unsigned char own[crypto_secretbox_KEYBYTES], plain[1 + PLAIN_MAX], box[BOX_MAX];
  char text[BOX_MAX * 2];

  if (len > PLAIN_MAX)
    return;

  derive(key, own);
  plain[0] = kind;
  memcpy(plain + 1, data, len);
  randombytes_buf(box, crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(box + crypto_secretbox_NONCEBYTES, plain, len + 1, box, own);
  sodium_bin2base64(text, sizeof text, box,
                    crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + len + 1,
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  buf_puts(out, text);
}

int unseal(const unsigned char key[32], unsigned char kind, const char *token, size_t token_len,
           void *ret_data, size_t len) {
  unsigned char own[crypto_secretbox_KEYBYTES], plain[1 + PLAIN_MAX], box[BOX_MAX];
  size_t box_len;
  const size_t want = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + 1 + len;

  if (len > PLAIN_MAX || token_len > sizeof box * 2)
    return -EINVAL;
  if (sodium_base642bin(box, sizeof box, token, token_len, NULL, &box_len, NULL,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
    return -EINVAL;
  if (box_len != want)
    return -EINVAL;

  derive(key, own);
  if (crypto_secretbox_open_easy(plain, box + crypto_secretbox_NONCEBYTES,
                                 box_len - crypto_secretbox_NONCEBYTES, box, own) != 0)
    return -EINVAL;
  if (plain[0] != kind)
    return -EINVAL;

  memcpy(ret_data, plain + 1, len);

  return 0;
}
