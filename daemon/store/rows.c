/* rows - the keyed hash of every row, the chains over those of journal and outbox, and the state
 * row that sums them up.
 *
 * - Every row has a hash over its table and its columns, keyed with the directory's secret. A row
 * that was changed on the disk, was moved to another place or belongs to another directory does not
 * fit its hash.
 * - Journal and outbox have positions without holes, and each row a link: H(link before, hash). The
 * link goes over the hash, not over the body. So a body may later be blanked: the row keeps its
 * hash and link, and `later` is the keyed hash over that hash and the columns as they are now.
 * - The other tables have no order: of them the state row keeps the number of rows and the sum
 * (xor) of their hashes.
 * - The state row is changed in the transaction of every commit. */
#include <errno.h>
#include <string.h>

#include "store/internal.h"

const char *const table_names[] = {"journal", "outbox",  "people",  "people",        "schools",
                                   "cohorts", "cursors", "bundles", "rule_failures", "state"};

const char *const note_words[NOTE_KINDS] = {[NOTE_DAY] = "day",
                                            [NOTE_PUBLISHED] = "published",
                                            [NOTE_ASIDE] = "aside",
                                            [NOTE_RESTORED] = "restored",
                                            [NOTE_EFFECT] = "effect"};

enum note_kind note_kind_of(const char *word) {
  enum note_kind kind = 0;
  while (kind < NOTE_KINDS && strcmp(note_words[kind], word) != 0)
    kind++;
  return kind;
}

/* A key of our own: the directory's also makes identities and seals. */
void rows_key(const unsigned char key[32], unsigned char ret[32]) {
  static const char *const halves[] = {"needsd rows, first half", "needsd rows, second half"};
  for (size_t i = 0; i < 2; i++) {
    struct hash128 half = hash128_of(key, halves[i], strlen(halves[i]));
    memcpy(ret + 16 * i, &half, 16);
  }
}

void row_start(struct buf *b, enum table table) {
  buf_reset(b);
  buf_u8(b, (uint8_t)table);
}

void row_number(struct buf *b, uint64_t v) {
  buf_u8(b, 'i');
  buf_u64(b, v);
}

/* Text and bytes are kept apart, as SQLite does: a text whose type was changed on the disk is found
 * under no key. */
void row_text(struct buf *b, const void *data, size_t len) {
  buf_u8(b, 't');
  buf_blob(b, data, len);
}

void row_bytes(struct buf *b, const void *data, size_t len) {
  buf_u8(b, 'b');
  buf_blob(b, data, len);
}

void row_null(struct buf *b) {
  buf_u8(b, 'n');
}

void row_columns(struct buf *b, sqlite3_stmt *stmt, int first, int n) {
  for (int i = first; i < first + n; i++) {
    int type = sqlite3_column_type(stmt, i);
    if (type == SQLITE_INTEGER) {
      row_number(b, (uint64_t)sqlite3_column_int64(stmt, i));
    } else if (type == SQLITE_NULL) {
      row_null(b);
    } else {
      const void *data = sqlite3_column_blob(stmt, i);
      size_t len = (size_t)sqlite3_column_bytes(stmt, i);
      if (type == SQLITE_TEXT)
        row_text(b, data, len);
      else
        row_bytes(b, data, len);
    }
  }
}

struct hash128 row_hash(const unsigned char key[32], const struct buf *b) {
  return hash128_of(key, b->data, b->len);
}

void hash_bytes(struct hash128 h, unsigned char out[16]) {
  for (unsigned i = 0; i < 8; i++) {
    out[i] = (unsigned char)(h.a >> (8 * i));
    out[8 + i] = (unsigned char)(h.b >> (8 * i));
  }
}

bool hash_column(sqlite3_stmt *stmt, int column, struct hash128 *ret) {
  const void *bytes = sqlite3_column_blob(stmt, column);
  *ret = (struct hash128){0};
  if (!bytes || sqlite3_column_bytes(stmt, column) != 16)
    return false;

  struct reader r = reader_of(bytes, 16);
  ret->a = read_u64(&r);
  ret->b = read_u64(&r);

  return true;
}

/* --- chains and sums --- */

struct hash128 chain_link(const unsigned char key[32], struct hash128 before, struct hash128 hash) {
  unsigned char both[33] = {0xff}; /* no table has this number */
  hash_bytes(before, both + 1);
  hash_bytes(hash, both + 17);
  return hash128_of(key, both, sizeof both);
}

bool chain_grow(const unsigned char key[32], struct chain *c, uint64_t position,
                struct hash128 hash) {
  if (position == 0 || (c->last != 0 && position != c->last + 1))
    return false;

  if (c->last == 0)
    c->first = position;

  c->last = position;
  c->link = chain_link(key, c->link, hash);

  return true;
}

void sum_add(struct sum *s, struct hash128 hash) {
  s->rows++;
  s->hash.a ^= hash.a;
  s->hash.b ^= hash.b;
}

void sum_drop(struct sum *s, struct hash128 hash) {
  s->rows--;
  s->hash.a ^= hash.a;
  s->hash.b ^= hash.b;
}

bool sum_eq(const struct sum *x, const struct sum *y) {
  return x->rows == y->rows && hash128_eq(x->hash, y->hash);
}

/* --- the state row --- */

bool row_unreadable(int rc) {
  int kind = rc & 0xff;

  return kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB || rc == SQLITE_IOERR_CORRUPTFS ||
         rc == SQLITE_IOERR_DATA;
}

static void put_hash(struct buf *b, struct hash128 h) {
  buf_u64(b, h.a);
  buf_u64(b, h.b);
}

static struct hash128 get_hash(struct reader *r) {
  uint64_t a = read_u64(r), b = read_u64(r);
  return (struct hash128){a, b};
}

static void put_chain(struct buf *b, const struct chain *c) {
  buf_u64(b, c->first);
  buf_u64(b, c->last);
  put_hash(b, c->link);
}

static struct chain get_chain(struct reader *r) {
  uint64_t first = read_u64(r), last = read_u64(r);
  return (struct chain){first, last, get_hash(r)};
}

void state_encode(const struct state *s, struct buf *b) {
  row_start(b, TABLE_STATE);
  buf_u64(b, s->commits);
  put_chain(b, &s->journal);
  put_chain(b, &s->outbox);
  for (int i = 0; i < TABLE_STATE; i++) {
    buf_u64(b, s->sums[i].rows);
    put_hash(b, s->sums[i].hash);
  }
}

static bool state_decode(const void *data, size_t len, struct state *ret) {
  struct reader r = reader_of(data, len);
  read_u8(&r);
  ret->commits = read_u64(&r);
  ret->journal = get_chain(&r);
  ret->outbox = get_chain(&r);

  for (int i = 0; i < TABLE_STATE; i++) {
    ret->sums[i].rows = read_u64(&r);
    ret->sums[i].hash = get_hash(&r);
  }

  return !r.bad && r.p == r.end;
}

struct hash128 key_fits(const unsigned char key[32]) {
  static const char words[] = "this key belongs to this store";
  return hash128_of(key, words, sizeof words);
}

/* 0; -EKEYREJECTED: the key does not fit; -EBADMSG: the row is broken, or there are several; -EIO
 */
int state_load(sqlite3 *db, const unsigned char key[32], struct state *ret) {
  sqlite3_stmt *stmt = NULL;
  int result = -EIO,
      rc = sqlite3_prepare_v2(db, "SELECT body, hash, fits FROM state", -1, &stmt, NULL);

  if (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
    struct hash128 hash, fits;
    const void *body = sqlite3_column_blob(stmt, 0);
    size_t len = (size_t)sqlite3_column_bytes(stmt, 0);
    bool known = hash_column(stmt, 1, &hash) && hash128_eq(hash, hash128_of(key, body, len));
    bool key_known = hash_column(stmt, 2, &fits) && hash128_eq(fits, key_fits(key));
    if (known && key_known && state_decode(body, len, ret))
      result = 0;
    else if (known || key_known)
      result = -EBADMSG;
    else
      result = -EKEYREJECTED;

    if (result == 0 && sqlite3_step(stmt) != SQLITE_DONE)
      result = -EBADMSG;
  } else if (rc == SQLITE_DONE || row_unreadable(rc)) {
    result = -EBADMSG;
  }

  sqlite3_finalize(stmt);

  return result;
}
