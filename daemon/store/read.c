/* read - what is committed, row by row, on the loop thread over the read-only connection.
 *
 * Every function is one statement and so one short snapshot; it ends when the function returns. Pointers in a row, and the NUL
 * behind every text, live until the callback returns. A read that fails makes the store refuse all later commits: numbers
 * that were not read must not become positions that are used twice. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "store/inner.h"

#define OUTBOX "SELECT position, sequence, authority, school, type, audience, body, subject FROM outbox"

/* first..last: a run of columns that are never NULL in a sound database; callers need not look. */
static const struct {
  const char *sql;
  signed char first, last;
} queries[READ_N] = {
    [READ_JOURNAL] =
        {"SELECT position, kind, body, authority, school, subject, type, identity, content, committed_ms FROM journal"
         " WHERE position > ?1 ORDER BY position LIMIT ?2",
         1, 2},
    [READ_PEOPLE] = {"SELECT id, authority, school, subject, stand, advice FROM people ORDER BY id", 1, 3},
    [READ_SEQUENCES] = {"SELECT authority, school, sequence FROM schools", 0, 1},
    [READ_COHORTS] = {"SELECT authority, school, stand, advice FROM cohorts", 0, 3},
    [READ_OUTBOX] = {OUTBOX " WHERE position > ?1 ORDER BY position LIMIT ?2", 2, 6},
    [READ_OUTBOX_AT] = {OUTBOX " WHERE position = ?1", 2, 6},
    [READ_CURSORS] = {"SELECT principal, name, position, used_ms FROM cursors", 0, 1},
    [READ_BUNDLE] = {"SELECT body FROM bundles WHERE hash = ?1", 0, 0},
    [READ_RULE_FAILED] = {"SELECT 1 FROM rule_failures WHERE authority = ?1 AND rules = ?2 AND rule = ?3", 0, -1},
    [READ_LAST_POSITION] = {"SELECT max(position) FROM journal", 0, -1},
    [READ_LAST_PUBLICATION] = {"SELECT max(position) FROM outbox", 0, -1},
    [READ_FIRST_PUBLICATION] = {"SELECT min(position) FROM outbox", 0, -1},
    [READ_LAST_PERSON] = {"SELECT max(id) FROM people", 0, -1},
};

int reading_prepare(struct reading *r, struct error *err) {
  for (int i = 0; i < READ_N; i++)
    if (sqlite3_prepare_v3(r->db, queries[i].sql, -1, SQLITE_PREPARE_PERSISTENT, &r->stmt[i], NULL) != SQLITE_OK)
      return error_set(err, -EIO, "cannot prepare the store for reading: %s", sqlite3_errmsg(r->db));
  return 0;
}

void reading_finish(struct reading *r) {
  for (int i = 0; i < READ_N; i++) sqlite3_finalize(r->stmt[i]);
}

static sqlite3_stmt *statement(struct store *s, enum read which) { return s->reading.stmt[which]; }

static void bind_number(sqlite3_stmt *stmt, int column, uint64_t v) {
  sqlite3_bind_int64(stmt, column, v > INT64_MAX ? INT64_MAX : (sqlite3_int64)v);
}

static int next_row(sqlite3_stmt *stmt, enum read which) {
  int rc = sqlite3_step(stmt);
  for (int i = queries[which].first; rc == SQLITE_ROW && i <= queries[which].last; i++)
    if (sqlite3_column_type(stmt, i) == SQLITE_NULL) rc = SQLITE_CORRUPT;
  return rc;
}

/* Steps through the rows; `row` reads one and returns what its own callback said. */
static int each_row(struct store *s, enum read which, int (*row)(void *arg, sqlite3_stmt *stmt), void *arg) {
  sqlite3_stmt *stmt = s->reading.stmt[which];
  int rc = SQLITE_ROW, said = 0;
  assert(!sqlite3_stmt_busy(stmt)); /* the same read inside its own callback would end the outer one */
  while (said == 0 && (rc = next_row(stmt, which)) == SQLITE_ROW) said = row(arg, stmt);
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
    store_fail_reading(s, rc);
    said = -EIO;
  }
  sqlite3_reset(stmt);
  return said;
}

static const char *text(sqlite3_stmt *stmt, int column) { return (const char *)sqlite3_column_text(stmt, column); }
static uint64_t number(sqlite3_stmt *stmt, int column) { return (uint64_t)sqlite3_column_int64(stmt, column); }

static struct hash128 hash(sqlite3_stmt *stmt, int column) {
  const void *bytes = sqlite3_column_blob(stmt, column);
  if (!bytes || sqlite3_column_bytes(stmt, column) != 16) return (struct hash128){0};
  struct reader r = reader_of(bytes, 16);
  uint64_t a = read_u64(&r), b = read_u64(&r);
  return (struct hash128){a, b};
}

/* --- journal --- */

struct journal_each {
  int (*each)(void *arg, const struct journal_row *);
  void *arg;
};

static int journal_one(void *arg, sqlite3_stmt *stmt) {
  struct journal_each *to = arg;
  struct journal_row row = {.position = number(stmt, 0),
                            .kind = text(stmt, 1),
                            .authority = text(stmt, 3),
                            .school = text(stmt, 4),
                            .subject = text(stmt, 5),
                            .type = text(stmt, 6),
                            .identity = hash(stmt, 7),
                            .content = hash(stmt, 8),
                            .body = text(stmt, 2),
                            .len = (size_t)sqlite3_column_bytes(stmt, 2),
                            .committed_ms = sqlite3_column_int64(stmt, 9)};
  return to->each(to->arg, &row);
}

int store_journal(struct store *s, uint64_t after, uint64_t limit, int (*each)(void *arg, const struct journal_row *),
                  void *arg) {
  sqlite3_stmt *stmt = statement(s, READ_JOURNAL);
  bind_number(stmt, 1, after);
  bind_number(stmt, 2, limit);
  return each_row(s, READ_JOURNAL, journal_one, &(struct journal_each){each, arg});
}

/* --- people and schools --- */

struct person_each {
  int (*each)(void *arg, const struct person_row *);
  void *arg;
};

static int person_one(void *arg, sqlite3_stmt *stmt) {
  struct person_each *to = arg;
  struct person_row row = {.id = number(stmt, 0),
                           .authority = text(stmt, 1),
                           .school = text(stmt, 2),
                           .subject = text(stmt, 3),
                           .stand = sqlite3_column_blob(stmt, 4),
                           .advice = sqlite3_column_blob(stmt, 5),
                           .stand_len = (size_t)sqlite3_column_bytes(stmt, 4),
                           .advice_len = (size_t)sqlite3_column_bytes(stmt, 5)};
  return to->each(to->arg, &row);
}

int store_people(struct store *s, int (*each)(void *arg, const struct person_row *), void *arg) {
  return each_row(s, READ_PEOPLE, person_one, &(struct person_each){each, arg});
}

struct cohorts_each {
  int (*each)(void *arg, const struct cohorts_row *);
  void *arg;
};

static int cohorts_one(void *arg, sqlite3_stmt *stmt) {
  struct cohorts_each *to = arg;
  struct cohorts_row row = {.authority = text(stmt, 0),
                            .school = text(stmt, 1),
                            .stand = sqlite3_column_blob(stmt, 2),
                            .advice = sqlite3_column_blob(stmt, 3),
                            .stand_len = (size_t)sqlite3_column_bytes(stmt, 2),
                            .advice_len = (size_t)sqlite3_column_bytes(stmt, 3)};
  return to->each(to->arg, &row);
}

int store_cohorts(struct store *s, int (*each)(void *arg, const struct cohorts_row *), void *arg) {
  return each_row(s, READ_COHORTS, cohorts_one, &(struct cohorts_each){each, arg});
}

struct sequence_each {
  int (*each)(void *arg, const char *, const char *, uint64_t);
  void *arg;
};

static int sequence_one(void *arg, sqlite3_stmt *stmt) {
  struct sequence_each *to = arg;
  return to->each(to->arg, text(stmt, 0), text(stmt, 1), number(stmt, 2));
}

int store_sequences(struct store *s, int (*each)(void *arg, const char *authority, const char *school, uint64_t sequence),
                    void *arg) {
  return each_row(s, READ_SEQUENCES, sequence_one, &(struct sequence_each){each, arg});
}

struct cursor_each {
  int (*each)(void *arg, const struct cursor_row *);
  void *arg;
};

static int cursor_one(void *arg, sqlite3_stmt *stmt) {
  struct cursor_each *to = arg;
  struct cursor_row row = {.principal = text(stmt, 0),
                           .name = text(stmt, 1),
                           .position = number(stmt, 2),
                           .used_ms = sqlite3_column_int64(stmt, 3)};
  return to->each(to->arg, &row);
}

int store_cursors(struct store *s, int (*each)(void *arg, const struct cursor_row *), void *arg) {
  return each_row(s, READ_CURSORS, cursor_one, &(struct cursor_each){each, arg});
}

/* --- outbox --- */

struct outbox_each {
  int (*each)(void *arg, const struct outbox_row *);
  void *arg;
};

static int outbox_one(void *arg, sqlite3_stmt *stmt) {
  struct outbox_each *to = arg;
  struct outbox_row row = {.position = number(stmt, 0),
                           .sequence = number(stmt, 1),
                           .authority = text(stmt, 2),
                           .school = text(stmt, 3),
                           .subject = text(stmt, 7),
                           .type = text(stmt, 4),
                           .audience = text(stmt, 5),
                           .body = text(stmt, 6),
                           .len = (size_t)sqlite3_column_bytes(stmt, 6)};
  return to->each(to->arg, &row);
}

int store_outbox(struct store *s, uint64_t after, uint64_t limit, int (*each)(void *arg, const struct outbox_row *), void *arg) {
  sqlite3_stmt *stmt = statement(s, READ_OUTBOX);
  bind_number(stmt, 1, after);
  bind_number(stmt, 2, limit);
  return each_row(s, READ_OUTBOX, outbox_one, &(struct outbox_each){each, arg});
}

int store_outbox_at(struct store *s, uint64_t position, int (*each)(void *arg, const struct outbox_row *), void *arg) {
  sqlite3_stmt *stmt = statement(s, READ_OUTBOX_AT);
  bind_number(stmt, 1, position);
  return each_row(s, READ_OUTBOX_AT, outbox_one, &(struct outbox_each){each, arg});
}

/* --- single values --- */

static int number_one(void *arg, sqlite3_stmt *stmt) {
  *(uint64_t *)arg = number(stmt, 0);
  return 0;
}

static uint64_t one_number(struct store *s, enum read which) {
  uint64_t v = 0;
  each_row(s, which, number_one, &v);
  return v;
}

uint64_t store_last_position(struct store *s) { return one_number(s, READ_LAST_POSITION); }
uint64_t store_last_publication(struct store *s) { return one_number(s, READ_LAST_PUBLICATION); }
uint64_t store_first_publication(struct store *s) { return one_number(s, READ_FIRST_PUBLICATION); }
uint64_t store_last_person(struct store *s) { return one_number(s, READ_LAST_PERSON); }

static int bundle_one(void *arg, sqlite3_stmt *stmt) {
  buf_put(arg, sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0));
  return 1;
}

int store_bundle(struct store *s, const struct hash256 *hash, struct buf *ret) {
  sqlite3_stmt *stmt = statement(s, READ_BUNDLE);
  sqlite3_bind_blob(stmt, 1, hash->bytes, sizeof hash->bytes, SQLITE_STATIC);
  int rc = each_row(s, READ_BUNDLE, bundle_one, ret);
  return rc == 1 ? 0 : rc == 0 ? -ENOENT : rc;
}

static int found(void *arg, sqlite3_stmt *stmt) {
  (void)arg, (void)stmt;
  return 1;
}

bool store_rule_failed(struct store *s, const char *authority, const struct hash256 *rules, const char *rule) {
  sqlite3_stmt *stmt = statement(s, READ_RULE_FAILED);
  sqlite3_bind_text(stmt, 1, authority, -1, SQLITE_STATIC);
  sqlite3_bind_blob(stmt, 2, rules->bytes, sizeof rules->bytes, SQLITE_STATIC);
  sqlite3_bind_text(stmt, 3, rule, -1, SQLITE_STATIC);
  return each_row(s, READ_RULE_FAILED, found, NULL) == 1;
}
