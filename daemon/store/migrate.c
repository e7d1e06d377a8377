/* migrate - from any older data version to the newest, a step at a time; called once by store_open,
 * before anybody reads.
 *
 * SQLite's user_version is the data version; each step is one transaction that changes the data and
 * the number together, so a crash leaves either the one or the other version. Steps are only ever
 * added at the end: a released one is never edited.
 *
 * Why the tables are as they are:
 * - Rows hold authority, school, subject and type as text. Interned numbers would save some
 * 30 bytes beside a body of about 1000, and cost a table that must be right for any other to be
 * readable.
 * - No index but primary keys, and on the tables that grow with the events only integer ones: the
 * daemon keeps identities and people in memory, and the cost of a commit is the number of random
 * pages that it dirties.
 * - Bodies are JSON as text; stand, advice and bundles are bytes of other rooms. */
#include <errno.h>

#include "base/mem.h"
#include "store/internal.h"

#define LOG_AREA "store"
#include "base/log.h"

#define APPLICATION_ID 0x6e656564 /* "need": tells our file from any other SQLite database */
#define TEXT_OF_(x) #x
#define TEXT_OF(x) TEXT_OF_(x)

static int hash_rows(sqlite3 *db, const unsigned char key[32]);

static const struct {
  int version;
  const char *sql;
  /* NULL, or what SQL alone cannot do, in the same transaction; SQLite code */
  int (*fill)(sqlite3 *db, const unsigned char key[32]);
  const char *after; /* NULL, or SQL behind that */
} steps[] = {
    {1,
     "CREATE TABLE journal (position INTEGER PRIMARY KEY, kind TEXT NOT NULL, authority TEXT, "
     "school TEXT, subject TEXT,"
     "  type TEXT, identity BLOB, content BLOB, body TEXT NOT NULL, committed_ms INTEGER NOT NULL) "
     "STRICT;"
     "CREATE TABLE people (id INTEGER PRIMARY KEY, authority TEXT NOT NULL, school TEXT NOT NULL, "
     "subject TEXT NOT NULL,"
     "  stand BLOB, advice BLOB) STRICT;"
     "CREATE TABLE schools (authority TEXT NOT NULL, school TEXT NOT NULL, sequence INTEGER NOT "
     "NULL,"
     "  PRIMARY KEY (authority, school)) STRICT, WITHOUT ROWID;"
     /* Rows are blanked and one day pruned, never removed while they are kept: (school, sequence)
        has no holes. */
     "CREATE TABLE outbox (position INTEGER PRIMARY KEY, authority TEXT NOT NULL, school TEXT NOT "
     "NULL, subject TEXT,"
     "  sequence INTEGER NOT NULL, type TEXT NOT NULL, audience TEXT NOT NULL, body TEXT NOT NULL) "
     "STRICT;"
     "CREATE TABLE bundles (hash BLOB NOT NULL PRIMARY KEY, kind TEXT NOT NULL, body BLOB NOT "
     "NULL) STRICT;"
     "CREATE TABLE cursors (principal TEXT NOT NULL, name TEXT NOT NULL, position INTEGER NOT NULL,"
     "  PRIMARY KEY (principal, name)) STRICT, WITHOUT ROWID;"
     "CREATE TABLE rule_failures (authority TEXT NOT NULL, rules BLOB NOT NULL, rule TEXT NOT "
     "NULL, committed_ms INTEGER NOT "
     "NULL,"
     "  PRIMARY KEY (authority, rules, rule)) STRICT, WITHOUT ROWID;"
     "PRAGMA application_id = " TEXT_OF(APPLICATION_ID),
     NULL, NULL},
    {2,
     "CREATE TABLE cohorts (authority TEXT NOT NULL, school TEXT NOT NULL, stand BLOB NOT NULL, "
     "advice BLOB NOT NULL,"
     "  PRIMARY KEY (authority, school)) STRICT, WITHOUT ROWID",
     NULL, NULL},
    /* Every row gets its keyed hash, journal and outbox their chain, a durable name the time of its
     * last use. The tables are written anew, in order, which leaves them packed. */
    {3,
     "CREATE TABLE journal_3 (position INTEGER PRIMARY KEY, kind TEXT NOT NULL, authority TEXT, "
     "school TEXT, subject TEXT,"
     "  type TEXT, identity BLOB, content BLOB, body TEXT NOT NULL, committed_ms INTEGER NOT NULL,"
     "  hash BLOB NOT NULL, chain BLOB NOT NULL, later BLOB) STRICT;"
     "CREATE TABLE outbox_3 (position INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, authority "
     "TEXT NOT NULL,"
     "  school TEXT NOT NULL, subject TEXT, type TEXT NOT NULL, audience TEXT NOT NULL, body TEXT "
     "NOT NULL,"
     "  hash BLOB NOT NULL, chain BLOB NOT NULL, later BLOB) STRICT;"
     "CREATE TABLE people_3 (id INTEGER PRIMARY KEY, authority TEXT NOT NULL, school TEXT NOT "
     "NULL, subject TEXT NOT NULL,"
     "  hash BLOB NOT NULL, stand BLOB, advice BLOB, stand_hash BLOB) STRICT;"
     "CREATE TABLE schools_3 (authority TEXT NOT NULL, school TEXT NOT NULL, sequence INTEGER NOT "
     "NULL, hash BLOB NOT NULL,"
     "  PRIMARY KEY (authority, school)) STRICT, WITHOUT ROWID;"
     "CREATE TABLE cohorts_3 (authority TEXT NOT NULL, school TEXT NOT NULL, stand BLOB NOT NULL, "
     "advice BLOB NOT NULL,"
     "  hash BLOB NOT NULL, PRIMARY KEY (authority, school)) STRICT, WITHOUT ROWID;"
     "CREATE TABLE cursors_3 (principal TEXT NOT NULL, name TEXT NOT NULL, position INTEGER NOT "
     "NULL,"
     "  used_ms INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (principal, name)) STRICT, "
     "WITHOUT ROWID;"
     "CREATE TABLE bundles_3 (key BLOB NOT NULL PRIMARY KEY, kind TEXT NOT NULL, body BLOB NOT "
     "NULL, hash BLOB NOT NULL) STRICT;"
     "CREATE TABLE rule_failures_3 (authority TEXT NOT NULL, rules BLOB NOT NULL, rule TEXT NOT "
     "NULL,"
     "  committed_ms INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (authority, rules, rule)) "
     "STRICT, WITHOUT ROWID;"
     "CREATE TABLE state (body BLOB NOT NULL, hash BLOB NOT NULL, fits BLOB NOT NULL) STRICT",
     hash_rows,
     "DROP TABLE journal; DROP TABLE outbox; DROP TABLE people; DROP TABLE schools; DROP TABLE "
     "cohorts; DROP TABLE cursors;"
     "DROP TABLE bundles; DROP TABLE rule_failures;"
     "ALTER TABLE journal_3 RENAME TO journal; ALTER TABLE outbox_3 RENAME TO outbox; ALTER TABLE "
     "people_3 RENAME TO people;"
     "ALTER TABLE schools_3 RENAME TO schools; ALTER TABLE cohorts_3 RENAME TO cohorts;"
     "ALTER TABLE cursors_3 RENAME TO cursors; ALTER TABLE bundles_3 RENAME TO bundles;"
     "ALTER TABLE rule_failures_3 RENAME TO rule_failures"},
};

static int number(sqlite3 *db, const char *sql, int *ret) {
  sqlite3_stmt *stmt = NULL;
  int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
  if (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
    *ret = sqlite3_column_int(stmt, 0);

  sqlite3_finalize(stmt);
  if (rc == SQLITE_ROW)
    return 0;
  return -EIO;
}

int store_recognise(sqlite3 *db, const char *dir, int *ret_version, struct error *err) {
  int newest = steps[ARRAY_LEN(steps) - 1].version, version, application, tables;
  if (number(db, "PRAGMA user_version", &version) ||
      number(db, "PRAGMA application_id", &application) ||
      number(db, "SELECT count(*) FROM sqlite_schema", &tables))
    return error_set(err, -EIO, "cannot read '%s/" STORE_FILE "': %s", dir, sqlite3_errmsg(db));

  if (application != (version > 0 ? APPLICATION_ID : 0) || (version == 0 && tables > 0) ||
      version < 0)
    return error_set(err, -EINVAL,
                     "'%s/" STORE_FILE
                     "' is not a database of needsd: give the daemon a directory of its own",
                     dir);

  if (version > newest)
    return error_set(err, -ENOTSUP,
                     "'%s' holds data of version %d, written by a newer needsd; this one knows up "
                     "to version %d: "
                     "run the newer needsd, or restore a backup made before the upgrade",
                     dir, version, newest);

  *ret_version = version;

  return 0;
}

/* --- step 3: the hashes of rows that have none yet --- */

/* columns: of the hash, in its order; they are written in the same order, then the hash, then the
 * link. */
static const struct {
  enum table table;
  const char *from, *to;
  int columns;
} copies[] = {
    {TABLE_JOURNAL,
     "SELECT position, kind, authority, school, subject, type, identity, content, body, "
     "committed_ms FROM journal"
     " ORDER BY position",
     "INSERT INTO journal_3 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, NULL)", 10},
    {TABLE_OUTBOX,
     "SELECT position, sequence, authority, school, subject, type, audience, body FROM outbox "
     "ORDER BY position",
     "INSERT INTO outbox_3 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, NULL)", 8},
    {TABLE_PEOPLE, "SELECT id, authority, school, subject FROM people ORDER BY id",
     "INSERT INTO people_3 (id, authority, school, subject, hash) VALUES (?1, ?2, ?3, ?4, ?5)", 4},
    {TABLE_BASES, "SELECT id, stand, advice FROM people WHERE stand IS NOT NULL ORDER BY id",
     "UPDATE people_3 SET stand = ?2, advice = ?3, stand_hash = ?4 WHERE id = ?1", 3},
    {TABLE_SCHOOLS, "SELECT authority, school, sequence FROM schools",
     "INSERT INTO schools_3 VALUES (?1, ?2, ?3, ?4)", 3},
    {TABLE_COHORTS, "SELECT authority, school, stand, advice FROM cohorts",
     "INSERT INTO cohorts_3 VALUES (?1, ?2, ?3, ?4, ?5)", 4},
    /* As new as the newest record: the clock may be wrong, and then the names would never be
       forgotten, or at once. */
    {TABLE_CURSORS,
     "SELECT principal, name, position, coalesce((SELECT max(committed_ms) FROM journal), "
     "CAST(strftime('%s', 'now') AS INTEGER) * 1000)"
     " FROM cursors",
     "INSERT INTO cursors_3 VALUES (?1, ?2, ?3, ?4, ?5)", 4},
    {TABLE_BUNDLES, "SELECT hash, kind, body FROM bundles",
     "INSERT INTO bundles_3 VALUES (?1, ?2, ?3, ?4)", 3},
    {TABLE_RULE_FAILURES, "SELECT authority, rules, rule, committed_ms FROM rule_failures",
     "INSERT INTO rule_failures_3 VALUES (?1, ?2, ?3, ?4, ?5)", 4},
};

enum {
  TOLD_ROWS = 200000
}; /* a long step says how far it is */

struct copying {
  const unsigned char *key;
  struct state state;
  struct buf row;
  uint64_t rows;
};

static int bind_hash(sqlite3_stmt *stmt, int column, struct hash128 h) {
  unsigned char bytes[16];
  hash_bytes(h, bytes);
  return sqlite3_bind_blob(stmt, column, bytes, sizeof bytes, SQLITE_TRANSIENT);
}

static int copy_row(struct copying *c, size_t which, sqlite3_stmt *from, sqlite3_stmt *to) {
  enum table table = copies[which].table;
  int n = copies[which].columns, rc = SQLITE_OK;
  for (int i = 0; i < n && rc == SQLITE_OK; i++)
    rc = sqlite3_bind_value(to, i + 1, sqlite3_column_value(from, i));

  row_start(&c->row, table);
  row_columns(&c->row, from, 0, n);

  struct hash128 hash = row_hash(c->key, &c->row);
  struct chain *chain;

  if (table == TABLE_JOURNAL)
    chain = &c->state.journal;
  else if (table == TABLE_OUTBOX)
    chain = &c->state.outbox;
  else
    chain = NULL;

  if (rc == SQLITE_OK)
    rc = bind_hash(to, n + 1, hash);
  if (chain) {
    if (!chain_grow(c->key, chain, (uint64_t)sqlite3_column_int64(from, 0), hash))
      return SQLITE_RANGE;
    if (rc == SQLITE_OK)
      rc = bind_hash(to, n + 2, chain->link);
  } else {
    sum_add(&c->state.sums[table], hash);
  }

  if (rc != SQLITE_OK)
    return rc;

  rc = sqlite3_step(to);
  sqlite3_reset(to);
  if (rc == SQLITE_DONE && ++c->rows % TOLD_ROWS == 0)
    log_info("bringing the data to version 3", "rows=%llu", (unsigned long long)c->rows);

  if (rc == SQLITE_DONE)
    return SQLITE_OK;

  return rc;
}

static int copy_table(struct copying *c, sqlite3 *db, size_t which) {
  sqlite3_stmt *from = NULL, *to = NULL;
  int rc = sqlite3_prepare_v2(db, copies[which].from, -1, &from, NULL);
  if (rc == SQLITE_OK)
    rc = sqlite3_prepare_v2(db, copies[which].to, -1, &to, NULL);
  while (rc == SQLITE_OK && (rc = sqlite3_step(from)) == SQLITE_ROW)
    rc = copy_row(c, which, from, to);

  sqlite3_finalize(from);
  sqlite3_finalize(to);
  if (rc == SQLITE_DONE)
    return SQLITE_OK;
  return rc;
}

static int put_state(struct copying *c, sqlite3 *db) {
  sqlite3_stmt *stmt = NULL;
  state_encode(&c->state, &c->row);
  int rc = sqlite3_prepare_v2(db, "INSERT INTO state VALUES (?1, ?2, ?3)", -1, &stmt, NULL);
  if (rc == SQLITE_OK)
    rc = sqlite3_bind_blob64(stmt, 1, c->row.data, c->row.len, SQLITE_STATIC);
  if (rc == SQLITE_OK)
    rc = bind_hash(stmt, 2, row_hash(c->key, &c->row));
  if (rc == SQLITE_OK)
    rc = bind_hash(stmt, 3, key_fits(c->key));
  if (rc == SQLITE_OK)
    rc = sqlite3_step(stmt);

  sqlite3_finalize(stmt);
  if (rc == SQLITE_DONE)
    return SQLITE_OK;

  return rc;
}

static int hash_rows(sqlite3 *db, const unsigned char key[32]) {
  struct copying c = {.key = key};
  int rc = SQLITE_OK;
  for (size_t i = 0; i < ARRAY_LEN(copies) && rc == SQLITE_OK; i++)
    rc = copy_table(&c, db, i);
  if (rc == SQLITE_OK)
    rc = put_state(&c, db);

  buf_finish(&c.row);

  return rc;
}

/* --- steps --- */

static int execute(sqlite3 *db, const char *sql) {
  if (sql)
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
  return SQLITE_OK;
}

static int take_step(sqlite3 *db, const unsigned char key[32], size_t which) {
  char number_sql[48];
  sqlite3_snprintf(sizeof number_sql, number_sql, "PRAGMA user_version = %d", steps[which].version);
  int rc = execute(db, "BEGIN IMMEDIATE");
  if (rc == SQLITE_OK)
    rc = execute(db, steps[which].sql);
  if (rc == SQLITE_OK && steps[which].fill)
    rc = steps[which].fill(db, key);
  if (rc == SQLITE_OK)
    rc = execute(db, steps[which].after);
  if (rc == SQLITE_OK)
    rc = execute(db, number_sql);
  if (rc == SQLITE_OK)
    rc = execute(db, "COMMIT");

  return rc;
}

int store_migrate(sqlite3 *db, const unsigned char rows_key[32], const char *dir,
                  struct error *err) {
  int version;
  if (number(db, "PRAGMA user_version", &version))
    return error_set(err, -EIO, "cannot read '%s/" STORE_FILE "': %s", dir, sqlite3_errmsg(db));

  for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
    if (steps[i].version <= version)
      continue;

    errno = 0;
    int rc = take_step(db, rows_key, i), system = errno;
    if (rc == SQLITE_OK)
      continue;

    bool full = (rc & 0xff) == SQLITE_FULL ||
                ((rc & 0xff) == SQLITE_IOERR && (system == ENOSPC || system == EDQUOT));
    int code = -EIO;

    if (full)
      code = -ENOSPC;

    const char *why;

    if (rc == SQLITE_RANGE)
      why = "a position of journal or outbox is missing";
    else if (full)
      why = "no space is left on the disk";
    else
      why = sqlite3_errmsg(db);

    error_set(err, code, "cannot bring '%s' to data version %d: %s", dir, steps[i].version, why);
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);

    return code;
  }
  return 0;
}
