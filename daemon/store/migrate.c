/* migrate - from any older data version to the newest, a step at a time; called once by store_open, before anybody reads.
 *
 * SQLite's user_version is the data version; each step is one transaction that changes the data and the number together, so a
 * crash leaves either the one or the other version. Steps are only ever added at the end: a released one is never edited.
 *
 * Why the tables are as they are:
 * - Authority, school, subject and type stand in the rows as text. Interned numbers would save some 30 bytes beside a body of
 *   about 1000, and cost a table that must be right for any other to be readable.
 * - No index but primary keys, and on the tables that grow with the events only integer ones: the daemon keeps identities and
 *   people in memory, and the cost of a commit is the number of random pages that it dirties.
 * - Bodies are JSON as text; stand, advice and bundles are bytes of other rooms. */
#include <errno.h>

#include "base/mem.h"
#include "store/inner.h"

#define APPLICATION_ID 0x6e656564 /* "need": tells our file from any other SQLite database */
#define TEXT_OF_(x) #x
#define TEXT_OF(x) TEXT_OF_(x)

static const struct {
  int version;
  const char *sql;
} steps[] = {
    {1, "CREATE TABLE journal (position INTEGER PRIMARY KEY, kind TEXT NOT NULL, authority TEXT, school TEXT, subject TEXT,"
        "  type TEXT, identity BLOB, content BLOB, body TEXT NOT NULL, committed_ms INTEGER NOT NULL) STRICT;"
        "CREATE TABLE people (id INTEGER PRIMARY KEY, authority TEXT NOT NULL, school TEXT NOT NULL, subject TEXT NOT NULL,"
        "  stand BLOB, advice BLOB) STRICT;"
        "CREATE TABLE schools (authority TEXT NOT NULL, school TEXT NOT NULL, sequence INTEGER NOT NULL,"
        "  PRIMARY KEY (authority, school)) STRICT, WITHOUT ROWID;"
        /* Rows are blanked and one day pruned, never removed while they are kept: (school, sequence) has no holes. */
        "CREATE TABLE outbox (position INTEGER PRIMARY KEY, authority TEXT NOT NULL, school TEXT NOT NULL, subject TEXT,"
        "  sequence INTEGER NOT NULL, type TEXT NOT NULL, audience TEXT NOT NULL, body TEXT NOT NULL) STRICT;"
        "CREATE TABLE bundles (hash BLOB NOT NULL PRIMARY KEY, kind TEXT NOT NULL, body BLOB NOT NULL) STRICT;"
        "CREATE TABLE cursors (principal TEXT NOT NULL, name TEXT NOT NULL, position INTEGER NOT NULL,"
        "  PRIMARY KEY (principal, name)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE rule_failures (authority TEXT NOT NULL, rules BLOB NOT NULL, rule TEXT NOT NULL, committed_ms INTEGER NOT "
        "NULL,"
        "  PRIMARY KEY (authority, rules, rule)) STRICT, WITHOUT ROWID;"
        "PRAGMA application_id = " TEXT_OF(APPLICATION_ID)},
    {2, "CREATE TABLE cohorts (authority TEXT NOT NULL, school TEXT NOT NULL, stand BLOB NOT NULL, advice BLOB NOT NULL,"
        "  PRIMARY KEY (authority, school)) STRICT, WITHOUT ROWID"},
    {3, "ALTER TABLE cursors ADD COLUMN used_ms INTEGER NOT NULL DEFAULT 0;"
        "UPDATE cursors SET used_ms = CAST(strftime('%s', 'now') AS INTEGER) * 1000"},
};

static int number(sqlite3 *db, const char *sql, int *ret) {
  sqlite3_stmt *stmt = NULL;
  int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
  if (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) *ret = sqlite3_column_int(stmt, 0);
  sqlite3_finalize(stmt);
  return rc == SQLITE_ROW ? 0 : -EIO;
}

int store_recognise(sqlite3 *db, const char *dir, struct error *err) {
  int newest = steps[ARRAY_LEN(steps) - 1].version, version, application, tables;
  if (number(db, "PRAGMA user_version", &version) || number(db, "PRAGMA application_id", &application) ||
      number(db, "SELECT count(*) FROM sqlite_schema", &tables))
    return error_set(err, -EIO, "cannot read '%s/" STORE_FILE "': %s", dir, sqlite3_errmsg(db));
  if (application != (version > 0 ? APPLICATION_ID : 0) || (version == 0 && tables > 0) || version < 0)
    return error_set(err, -EINVAL, "'%s/" STORE_FILE "' is not a database of needsd: give the daemon a directory of its own",
                     dir);
  if (version > newest)
    return error_set(err, -ENOTSUP,
                     "'%s' holds data of version %d, written by a newer needsd; this one knows up to version %d: "
                     "run the newer needsd, or restore a backup made before the upgrade",
                     dir, version, newest);
  return 0;
}

static int take_step(sqlite3 *db, int version, const char *sql) {
  char number_sql[48];
  sqlite3_snprintf(sizeof number_sql, number_sql, "PRAGMA user_version = %d", version);
  const char *parts[] = {"BEGIN IMMEDIATE", sql, number_sql, "COMMIT"};
  int rc = SQLITE_OK;
  for (size_t i = 0; i < ARRAY_LEN(parts) && rc == SQLITE_OK; i++) rc = sqlite3_exec(db, parts[i], NULL, NULL, NULL);
  return rc;
}

int store_migrate(sqlite3 *db, const char *dir, struct error *err) {
  int version;
  if (number(db, "PRAGMA user_version", &version))
    return error_set(err, -EIO, "cannot read '%s/" STORE_FILE "': %s", dir, sqlite3_errmsg(db));
  for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
    if (steps[i].version <= version) continue;
    if (take_step(db, steps[i].version, steps[i].sql) == SQLITE_OK) continue;
    error_set(err, -EIO, "cannot bring '%s' to data version %d: %s", dir, steps[i].version, sqlite3_errmsg(db));
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return -EIO;
  }
  return 0;
}
