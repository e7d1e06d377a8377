/* batch - what a turn wants written: built on the loop thread, made one transaction on the writer
 * thread.
 *
 * A batch is bytes; the table below says for each operation its statement and its fields, and both
 * sides follow it. What is elsewhere: when a batch is written and who hears of it (store.c). */
#include <errno.h>
#include <string.h>

#include "base/clock_guard.h"
#include "base/mem.h"
#include "base/words.h"
#include "store/internal.h"

#define NULL_TEXT 0xffffffffu /* the length that buf_str gives to NULL */

/* fields: i u64; s text or NULL; x bytes with length; k 16 bytes; h 32 bytes; t the time of the
 * commit (not in the buffer). The statement's parameters are the fields, then the row's hash, then
 * its link where the table is a chain.
 *
 * hashed: the columns of the hash in their order, each as the number of its parameter; E the text
 * 'event', - NULL. old: finds the hash of the row that this one takes the place of, by its first
 * parameters. */
static const struct {
  const char *sql, *fields;
  bool must_change; /* changing no row is a failure */
  enum table table;
  const char *hashed, *old;
  int old_by;
} ops[OP_N] = {
    [OP_EVENT] = {"INSERT INTO journal (position, kind, authority, school, subject, type, "
                  "identity, content, body, committed_ms,"
                  " hash, chain) VALUES (?1, '" JOURNAL_EVENT
                  "', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                  "isssskkst", true, TABLE_JOURNAL, "1E23456789", NULL, 0},
    [OP_NOTE] = {"INSERT INTO journal (position, authority, kind, body, committed_ms, hash, chain)"
                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                 "issst", true, TABLE_JOURNAL, "132-----45", NULL, 0},
    [OP_PERSON] =
        {"INSERT INTO people (id, authority, school, subject, hash) VALUES (?1, ?2, ?3, ?4, ?5)",
         "isss", true, TABLE_PEOPLE, "1234", NULL, 0},
    [OP_BASIS] = {"UPDATE people SET stand = ?2, advice = ?3, stand_hash = ?4 WHERE id = ?1", "ixx",
                  true, TABLE_BASES, "123", "SELECT stand_hash FROM people WHERE id = ?1", 1},
    [OP_COHORTS] =
        {"INSERT INTO cohorts (authority, school, stand, advice, hash) VALUES (?1, ?2, ?3, ?4, ?5)"
         " ON CONFLICT (authority, school) DO UPDATE SET stand = excluded.stand, advice = "
         "excluded.advice,"
         " hash = excluded.hash",
         "ssxx", true, TABLE_COHORTS, "1234",
         "SELECT hash FROM cohorts WHERE authority = ?1 AND school = ?2", 2},
    [OP_PUBLICATION] = {"INSERT INTO outbox (position, authority, school, subject, sequence, type, "
                        "audience, body, hash, chain)"
                        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                        "isssisss", true, TABLE_OUTBOX, "15234678", NULL, 0},
    [OP_SEQUENCE] =
        {"INSERT INTO schools (authority, school, sequence, hash) VALUES (?1, ?2, ?3, ?4)"
         " ON CONFLICT (authority, school) DO UPDATE SET sequence = excluded.sequence, hash = "
         "excluded.hash",
         "ssi", true, TABLE_SCHOOLS, "123",
         "SELECT hash FROM schools WHERE authority = ?1 AND school = ?2", 2},
    [OP_BUNDLE] = {"INSERT INTO bundles (key, kind, body, hash) VALUES (?1, ?2, ?3, ?4) ON "
                   "CONFLICT (key) DO NOTHING",
                   "hsx", false, TABLE_BUNDLES, "123", NULL, 0},
    [OP_CURSOR] = {"INSERT INTO cursors (principal, name, position, used_ms, hash) VALUES (?1, ?2, "
                   "?3, ?4, ?5)"
                   " ON CONFLICT (principal, name) DO UPDATE SET position = excluded.position, "
                   "used_ms = excluded.used_ms,"
                   " hash = excluded.hash",
                   "ssii", true, TABLE_CURSORS, "1234",
                   "SELECT hash FROM cursors WHERE principal = ?1 AND name = ?2", 2},
    [OP_CURSOR_GONE] = {"DELETE FROM cursors WHERE principal = ?1 AND name = ?2", "ss", false,
                        TABLE_CURSORS, NULL,
                        "SELECT hash FROM cursors WHERE principal = ?1 AND name = ?2", 2},
    [OP_RULE_FAILED] = {"INSERT INTO rule_failures (authority, rules, rule, committed_ms, hash) "
                        "VALUES (?1, ?2, ?3, ?4, ?5)"
                        " ON CONFLICT (authority, rules, rule) DO NOTHING",
                        "shst", false, TABLE_RULE_FAILURES, "1234", NULL, 0},
};

/* --- building (loop thread) --- */

struct batch *batch_create(void) {
  return mem_alloc(sizeof(struct batch));
}

void batch_destroy(struct batch *b) {
  if (!b)
    return;
  buf_finish(&b->ops);
  free(b);
}

bool batch_empty(const struct batch *b) {
  return b->rows == 0;
}
size_t batch_rows(const struct batch *b) {
  return b->rows;
}
void batch_urgent(struct batch *b) {
  b->urgent = true;
}

static struct buf *start(struct batch *b, enum op op) {
  b->rows++;
  buf_u8(&b->ops, (uint8_t)op);
  return &b->ops;
}

static void put_hash128(struct buf *out, struct hash128 h) {
  buf_u64(out, h.a);
  buf_u64(out, h.b);
}

void batch_event(struct batch *b, uint64_t position, const char *authority, const char *school,
                 const char *subject, const char *type, struct hash128 identity,
                 struct hash128 content, const void *body, size_t len) {
  struct buf *out = start(b, OP_EVENT);
  buf_u64(out, position);
  buf_str(out, authority);
  buf_str(out, school);
  buf_str(out, subject);
  buf_str(out, type);
  put_hash128(out, identity);
  put_hash128(out, content);
  buf_blob(out, body, len);
}

void batch_note(struct batch *b, uint64_t position, const char *authority, enum note_kind kind,
                const char *json) {
  struct buf *out = start(b, OP_NOTE);
  buf_u64(out, position);
  buf_str(out, authority);
  buf_str(out, note_words[kind]);
  buf_str(out, json);
}

void batch_person(struct batch *b, uint64_t id, const char *authority, const char *school,
                  const char *subject) {
  struct buf *out = start(b, OP_PERSON);
  buf_u64(out, id);
  buf_str(out, authority);
  buf_str(out, school);
  buf_str(out, subject);
}

void batch_basis(struct batch *b, uint64_t person, const void *basis, size_t basis_len,
                 const void *advice, size_t advice_len) {
  struct buf *out = start(b, OP_BASIS);
  buf_u64(out, person);
  buf_blob(out, basis, basis_len);
  buf_blob(out, advice, advice_len);
}

void batch_cohorts(struct batch *b, const char *authority, const char *school, const void *basis,
                   size_t basis_len, const void *advice, size_t advice_len) {
  struct buf *out = start(b, OP_COHORTS);
  buf_str(out, authority);
  buf_str(out, school);
  buf_blob(out, basis, basis_len);
  buf_blob(out, advice, advice_len);
}

void batch_publication(struct batch *b, uint64_t position, const char *authority,
                       const char *school, const char *subject, uint64_t sequence, const char *type,
                       const char *audience, const void *body, size_t len) {
  struct buf *out = start(b, OP_PUBLICATION);
  buf_u64(out, position);
  buf_str(out, authority);
  buf_str(out, school);
  buf_str(out, subject);
  buf_u64(out, sequence);
  buf_str(out, type);
  buf_str(out, audience);
  buf_blob(out, body, len);
}

void batch_sequence(struct batch *b, const char *authority, const char *school, uint64_t sequence) {
  struct buf *out = start(b, OP_SEQUENCE);
  buf_str(out, authority);
  buf_str(out, school);
  buf_u64(out, sequence);
}

void batch_bundle(struct batch *b, const struct hash256 *hash, const char *kind, const void *body,
                  size_t len) {
  struct buf *out = start(b, OP_BUNDLE);
  buf_put(out, hash->bytes, sizeof hash->bytes);
  buf_str(out, kind);
  buf_blob(out, body, len);
}

void batch_cursor(struct batch *b, const char *principal, const char *name, uint64_t position,
                  int64_t used_ms) {
  struct buf *out = start(b, OP_CURSOR);
  buf_str(out, principal);
  buf_str(out, name);
  buf_u64(out, position);
  buf_u64(out, (uint64_t)used_ms);
}

void batch_cursor_gone(struct batch *b, const char *principal, const char *name) {
  struct buf *out = start(b, OP_CURSOR_GONE);
  buf_str(out, principal);
  buf_str(out, name);
}

void batch_rule_failed(struct batch *b, const char *authority, const struct hash256 *rules,
                       const char *rule) {
  struct buf *out = start(b, OP_RULE_FAILED);
  buf_str(out, authority);
  buf_put(out, rules->bytes, sizeof rules->bytes);
  buf_str(out, rule);
}

/* --- writing (writer thread) --- */

static int on_wal(void *arg, sqlite3 *db, const char *name, int pages) {
  struct writing *w = arg;
  (void)db, (void)name;
  w->wal_pages = pages;
  return SQLITE_OK;
}

static int prepare(struct writing *w, const char *sql, sqlite3_stmt **ret) {
  return sqlite3_prepare_v3(w->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL);
}

int writing_prepare(struct writing *w, struct error *err) {
  int rc = prepare(w, "BEGIN IMMEDIATE", &w->begin);
  if (rc == SQLITE_OK)
    rc = prepare(w, "COMMIT", &w->commit);
  if (rc == SQLITE_OK)
    rc = prepare(w, "UPDATE state SET body = ?1, hash = ?2", &w->state_row);
  for (int i = 0; i < OP_N && rc == SQLITE_OK; i++) {
    rc = prepare(w, ops[i].sql, &w->op[i]);
    if (rc == SQLITE_OK && ops[i].old)
      rc = prepare(w, ops[i].old, &w->old[i]);
  }

  if (rc != SQLITE_OK)
    return error_set(err, -EIO, "cannot prepare the store: %s", sqlite3_errmsg(w->db));

  /* Takes the place of SQLite's automatic checkpoint, which would swallow its own failures. */
  sqlite3_wal_hook(w->db, on_wal, w);

  return 0;
}

void writing_finish(struct writing *w) {
  sqlite3_finalize(w->begin);
  sqlite3_finalize(w->commit);
  sqlite3_finalize(w->state_row);

  for (int i = 0; i < OP_N; i++) {
    sqlite3_finalize(w->op[i]);
    sqlite3_finalize(w->old[i]);
  }

  buf_finish(&w->row);
  free(w->advice_hashes);
  w->advice_hashes = NULL;
  w->n_advice_hashes = w->cap_advice_hashes = 0;
}

/* Notes why, and says which errno it is. No space is a clean "nothing was stored" only where a
 * write or the growth of a file was refused; a sync that reports it has lost data like any other
 * failed sync. */
static int failed(struct writing *w, int rc) {
  int system = w->system;
  bool refused = rc == SQLITE_IOERR_WRITE || rc == SQLITE_IOERR_SHMSIZE ||
                 rc == SQLITE_IOERR_SHMMAP;

  if (row_unreadable(rc)) {
    sqlite3_snprintf(sizeof w->why, w->why,
                     "the database is damaged where a row of %s belongs: restore the directory "
                     "from its backup (SQLite code %d)",
                     table_names[w->table], rc);
    return -EIO;
  }

  if (system && (rc & 0xff) == SQLITE_IOERR)
    sqlite3_snprintf(sizeof w->why, w->why, "%s (SQLite code %d, %s)", sqlite3_errmsg(w->db), rc,
                     strerrordesc_np(system));
  else
    sqlite3_snprintf(sizeof w->why, w->why, "%s (SQLite code %d)", sqlite3_errmsg(w->db), rc);

  if (rc == SQLITE_FULL || (refused && (system == ENOSPC || system == EDQUOT)))
    return -ENOSPC;

  return -EIO;
}

/* The errno behind an I/O error is kept here, because SQLite's own note of it is not made when a
 * COMMIT fails. */
static int run(struct writing *w, sqlite3_stmt *stmt) {
  errno = 0;
  int rc = sqlite3_step(stmt);
  w->system = errno;
  sqlite3_reset(stmt);
  if (rc == SQLITE_DONE)
    return SQLITE_OK;
  return rc;
}

static const void *take(struct reader *r, size_t n) {
  if ((size_t)(r->end - r->p) < n) {
    r->bad = true;
    r->p = r->end;
    return NULL;
  }

  const void *at = r->p;
  r->p += n;

  return at;
}

/* What was bound to a parameter. */
struct value {
  char kind; /* i number, b bytes, n NULL */
  bool text;
  uint64_t number;
  const void *at;
  size_t len;
};

static struct value take_bytes(struct reader *r, size_t len, bool text) {
  const void *at = take(r, len);
  return (struct value){.kind = 'b', .text = text, .at = text_or(at, ""), .len = at ? len : 0};
}

static struct value take_field(char field, struct reader *r, int64_t now_ms) {
  if (field == 'i')
    return (struct value){.kind = 'i', .number = read_u64(r)};
  if (field == 't')
    return (struct value){.kind = 'i', .number = (uint64_t)now_ms};
  if (field == 'k')
    return take_bytes(r, 16, false);
  if (field == 'h')
    return take_bytes(r, 32, false);

  uint32_t len = read_u32(r);
  if (len == NULL_TEXT)
    return (struct value){.kind = 'n'};

  return take_bytes(r, len, field == 's');
}

static int bind_value(sqlite3_stmt *stmt, int column, const struct value *v) {
  if (v->kind == 'i')
    return sqlite3_bind_int64(stmt, column, (sqlite3_int64)v->number);
  if (v->kind == 'n')
    return sqlite3_bind_null(stmt, column);
  if (v->text)
    return sqlite3_bind_text64(stmt, column, v->at, v->len, SQLITE_STATIC, SQLITE_UTF8);
  return sqlite3_bind_blob64(stmt, column, v->at, v->len, SQLITE_STATIC);
}

static int bind_hash(sqlite3_stmt *stmt, int column, struct hash128 h) {
  unsigned char bytes[16];
  hash_bytes(h, bytes);
  return sqlite3_bind_blob(stmt, column, bytes, sizeof bytes, SQLITE_TRANSIENT);
}

static struct hash128 hash_values(struct writing *w, enum op op, const struct value *values) {
  row_start(&w->row, ops[op].table);
  for (const char *at = ops[op].hashed; *at; at++) {
    const struct value *v = NULL;
    if (*at >= '1' && *at <= '9')
      v = &values[*at - '1'];
    if (*at == 'E')
      row_text(&w->row, JOURNAL_EVENT, strlen(JOURNAL_EVENT));
    else if (!v || v->kind == 'n')
      row_null(&w->row);
    else if (v->kind == 'i')
      row_number(&w->row, v->number);
    else if (v->text)
      row_text(&w->row, v->at, v->len);
    else
      row_bytes(&w->row, v->at, v->len);
  }

  return row_hash(w->key, &w->row);
}

/* --- advice is written again and again, and its hash lies behind two long columns, so the hash is
 * remembered --- */

enum {
  ADVICE_HASHES_MAX = 16 << 20 /* people; of more the hash is read */
};

static bool remembered(const struct writing *w, uint64_t person, struct hash128 *ret) {
  if (person >= w->n_advice_hashes)
    return false;

  *ret = w->advice_hashes[person];
  return ret->a != 0 || ret->b != 0;
}

static void remember(struct writing *w, uint64_t person, struct hash128 hash) {
  if (person >= ADVICE_HASHES_MAX)
    return;

  if (person >= w->n_advice_hashes) {
    w->advice_hashes = mem_grow(w->advice_hashes, &w->cap_advice_hashes, (size_t)person + 1,
                                sizeof *w->advice_hashes);
    memset(w->advice_hashes + w->n_advice_hashes, 0,
           ((size_t)person + 1 - w->n_advice_hashes) * sizeof *w->advice_hashes);
    w->n_advice_hashes = (size_t)person + 1;
  }

  w->advice_hashes[person] = hash;
}

/* Nothing of the transaction is stored. */
static void forget_advice_hashes(struct writing *w) {
  w->n_advice_hashes = 0;
}

/* The row that is to be overwritten leaves the sum. */
static int drop_old(struct writing *w, enum op op, const struct value *values, struct state *next) {
  sqlite3_stmt *stmt = w->old[op];
  struct hash128 hash;
  int rc = SQLITE_OK;

  if (op == OP_BASIS && remembered(w, values[0].number, &hash)) {
    sum_drop(&next->sums[TABLE_BASES], hash);
    return SQLITE_OK;
  }

  for (int i = 0; i < ops[op].old_by && rc == SQLITE_OK; i++)
    rc = bind_value(stmt, i + 1, &values[i]);

  errno = 0;
  if (rc == SQLITE_OK)
    rc = sqlite3_step(stmt);

  w->system = errno;
  if (rc == SQLITE_ROW && hash_column(stmt, 0, &hash))
    sum_drop(&next->sums[ops[op].table], hash);

  sqlite3_reset(stmt);
  if (rc == SQLITE_ROW || rc == SQLITE_DONE)
    return SQLITE_OK;

  return rc;
}

static struct chain *chain_of(struct state *next, enum table table) {
  if (table == TABLE_JOURNAL)
    return &next->journal;
  if (table == TABLE_OUTBOX)
    return &next->outbox;
  return NULL;
}

/* The row's hash, and its link, as the parameters after its fields. */
static int bind_hashes(struct writing *w, enum op op, const struct value *values, int n,
                       struct hash128 hash, struct state *next) {
  struct chain *chain = chain_of(next, ops[op].table);
  int rc = bind_hash(w->op[op], n + 1, hash);
  if (!chain || rc != SQLITE_OK)
    return rc;
  if (!chain_grow(w->key, chain, values[0].number, hash))
    return SQLITE_RANGE;
  return bind_hash(w->op[op], n + 2, chain->link);
}

#define FIELDS_MAX 9

static int write_row(struct writing *w, struct reader *r, int64_t now_ms, struct state *next) {
  uint8_t op = read_u8(r);
  struct value values[FIELDS_MAX];
  struct hash128 hash = {0};

  if (r->bad || op >= OP_N)
    return SQLITE_MISUSE;

  sqlite3_stmt *stmt = w->op[op];
  enum table table = w->table = ops[op].table;
  int rc = SQLITE_OK, n = 0;

  for (; ops[op].fields[n] && rc == SQLITE_OK; n++) {
    values[n] = take_field(ops[op].fields[n], r, now_ms);
    rc = bind_value(stmt, n + 1, &values[n]);
  }

  if (r->bad)
    return SQLITE_MISUSE;

  if (rc == SQLITE_OK && ops[op].old)
    rc = drop_old(w, op, values, next);
  if (rc == SQLITE_OK && ops[op].hashed) {
    hash = hash_values(w, op, values);
    rc = bind_hashes(w, op, values, n, hash, next);
  }

  if (rc != SQLITE_OK)
    return rc;

  rc = run(w, stmt);
  if (rc != SQLITE_OK)
    return rc;

  int changed = sqlite3_changes(w->db);
  if (ops[op].must_change && changed != 1)
    return SQLITE_NOTFOUND;

  if (ops[op].hashed && changed == 1 && !chain_of(next, table))
    sum_add(&next->sums[table], hash);
  if (op == OP_BASIS)
    remember(w, values[0].number, hash);

  return SQLITE_OK;
}

static int write_state(struct writing *w, const struct state *next) {
  w->table = TABLE_STATE;
  state_encode(next, &w->row);

  int rc = sqlite3_bind_blob64(w->state_row, 1, w->row.data, w->row.len, SQLITE_STATIC);
  if (rc == SQLITE_OK)
    rc = bind_hash(w->state_row, 2, row_hash(w->key, &w->row));
  if (rc == SQLITE_OK)
    rc = run(w, w->state_row);
  if (rc == SQLITE_OK && sqlite3_changes(w->db) != 1)
    rc = SQLITE_NOTFOUND;

  return rc;
}

static int write_rows(struct writing *w, const struct batch *b, struct state *next) {
  struct reader r = reader_of(b->ops.data, b->ops.len);
  int64_t now_ms = clock_trusted_ms();
  int rc = SQLITE_OK;

  while (rc == SQLITE_OK && r.p < r.end)
    rc = write_row(w, &r, now_ms, next);

  next->commits++;
  if (rc == SQLITE_OK)
    return write_state(w, next);
  return rc;
}

/* -ENOSPC means: nothing of the batch is stored, now or after a restart. The commit frame is the
 * last thing written to the log, so a refused write leaves no complete transaction in it.
 *
 * -EIO means: unknown. A commit that failed at its sync has its frames in the file; the kernel may
 * or may not write them, and a restart then finds the batch or not, whole in either case. Nobody
 * got the answer "accepted", so both are right, and for the same reason it must never be tried
 * again on this connection: a second sync can report success for pages that were dropped. */
int writing_commit(struct writing *w, const struct batch *b) {
  struct state next = w->state;
  int rc = run(w, w->begin);
  if (rc == SQLITE_OK)
    rc = write_rows(w, b, &next);

  w->sync_ns = 0;
  if (rc == SQLITE_OK) {
    uint64_t start_ns = uv_hrtime();
    rc = run(w, w->commit);
    w->sync_ns = uv_hrtime() - start_ns;
  }

  if (rc == SQLITE_OK) {
    w->state = next;
    return 0;
  }

  forget_advice_hashes(w);
  int result = -EIO;
  if (rc == SQLITE_RANGE)
    strcpy(w->why, "a journal.position or outbox.position is not the one after the last");
  else if (rc == SQLITE_NOTFOUND)
    strcpy(w->why, "a row to be changed is not there");
  else if (rc == SQLITE_MISUSE)
    strcpy(w->why, "a batch is malformed");
  else
    result = failed(w, rc);

  /* Some errors end the transaction by themselves; a second ROLLBACK would only hide which error it
   * was. */
  if (!sqlite3_get_autocommit(w->db) &&
      sqlite3_exec(w->db, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
    return -EIO;

  return result;
}

int writing_checkpoint(struct writing *w, int mode) {
  errno = 0;
  int rc = sqlite3_wal_checkpoint_v2(w->db, NULL, mode, NULL, NULL);
  w->system = errno;
  if (rc == SQLITE_OK)
    return 0;
  if ((rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED)
    return -EBUSY;
  return failed(w, rc);
}
