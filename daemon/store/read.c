/* read - what is committed, row by row, on the loop thread over the read-only connection.
 *
 * Every function is one short snapshot; it ends when the function returns. Pointers in a row, and
 * the NUL behind every text, live until the callback returns. A read that fails makes the store
 * refuse all later commits: numbers that were not read must not become positions that are used
 * twice.
 *
 * Every row is held against its hash before its callback sees it, and a row that is missing is
 * noticed: in journal and outbox by its position, elsewhere, where a whole table was read, by the
 * number and sum in the state row. What is broken is named in store_damage() and never given to a
 * callback: -EBADMSG. Damage in the outbox stops nobody but its readers; any other ends writing
 * too, since the next start will refuse the directory. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "store/internal.h"

#define LOG_AREA "store"
#include "base/log.h"

#define JOURNAL                                                                                    \
  "SELECT position, kind, authority, school, subject, type, identity, content, body, "             \
  "committed_ms, hash, chain, later FROM journal"
#define OUTBOX                                                                                     \
  "SELECT position, sequence, authority, school, subject, type, audience, body, hash, chain, "     \
  "later FROM outbox"

/* columns of the row's hash come first, from 0, and the hash behind them; then the link and `later`
 * of a chain. place: of the columns with authority and school, which say where a broken row is; -1
 * = none. */
static const struct {
  const char *sql;
  int table; /* -1: no rows, but a number */
  int columns, place;
  bool whole; /* the table from end to end */
} queries[READ_N] = {
    [READ_JOURNAL] = {JOURNAL " WHERE position > ?1 ORDER BY position LIMIT ?2", TABLE_JOURNAL, 10,
                      2, false},
    [READ_PEOPLE] = {"SELECT id, authority, school, subject, hash, id, stand, advice, stand_hash "
                     "FROM people ORDER BY id",
                     TABLE_PEOPLE, 4, 1, true},
    [READ_SEQUENCES] = {"SELECT authority, school, sequence, hash FROM schools", TABLE_SCHOOLS, 3,
                        0, true},
    [READ_COHORTS] = {"SELECT authority, school, stand, advice, hash FROM cohorts", TABLE_COHORTS,
                      4, 0, true},
    [READ_OUTBOX] = {OUTBOX " WHERE position > ?1 ORDER BY position LIMIT ?2", TABLE_OUTBOX, 8, 2,
                     false},
    [READ_OUTBOX_AT] = {OUTBOX " WHERE position = ?1", TABLE_OUTBOX, 8, 2, false},
    [READ_CURSORS] = {"SELECT principal, name, position, used_ms, hash FROM cursors", TABLE_CURSORS,
                      4, -1, true},
    /* Past the index, which no hash covers: there are few bundles and few failures. */
    [READ_BUNDLE] = {"SELECT key, kind, body, hash FROM bundles WHERE +key = ?1", TABLE_BUNDLES, 3,
                     -1, false},
    [READ_BUNDLES] = {"SELECT key, kind, body, hash FROM bundles", TABLE_BUNDLES, 3, -1, true},
    [READ_RULE_FAILED] = {"SELECT authority, rules, rule, committed_ms, hash FROM rule_failures"
                          " WHERE +authority = ?1 AND +rules = ?2 AND +rule = ?3",
                          TABLE_RULE_FAILURES, 4, -1, false},
    [READ_RULE_FAILURES] = {"SELECT authority, rules, rule, committed_ms, hash FROM rule_failures",
                            TABLE_RULE_FAILURES, 4, -1, true},
    [READ_LAST_PERSON] = {"SELECT max(id) FROM people", -1, 0, -1, false},
};

int reading_prepare(struct reading *r, struct error *err) {
  for (int i = 0; i < READ_N; i++)
    if (sqlite3_prepare_v3(r->db, queries[i].sql, -1, SQLITE_PREPARE_PERSISTENT, &r->stmt[i],
                           NULL) != SQLITE_OK)
      return error_set(err, -EIO, "cannot prepare the store for reading: %s",
                       sqlite3_errmsg(r->db));

  return 0;
}

void reading_finish(struct reading *r) {
  for (int i = 0; i < READ_N; i++)
    sqlite3_finalize(r->stmt[i]);
  buf_finish(&r->row);
}

static sqlite3_stmt *statement(struct store *s, enum read which) {
  return s->reading.stmt[which];
}

static void bind_number(sqlite3_stmt *stmt, int column, uint64_t v) {
  sqlite3_bind_int64(stmt, column, v > INT64_MAX ? INT64_MAX : (sqlite3_int64)v);
}

/* --- damage --- */

/* Codes of places are no personal data, but a damaged row may hold anything. */
static void put_place(struct buf *b, const char *label, sqlite3_stmt *stmt, int column) {
  const unsigned char *text = NULL;
  if (column >= 0 && stmt)
    text = sqlite3_column_text(stmt, column);

  if (!text)
    return;

  buf_printf(b, " %s ", label);
  for (int i = 0; text[i] && i < 40; i++) {
    bool plain = (text[i] | 32) >= 'a' && (text[i] | 32) <= 'z';
    plain |= (text[i] >= '0' && text[i] <= '9') || text[i] == '-';
    buf_u8(b, plain ? text[i] : '?');
  }
}

/* A reader who comes back to it neither counts it again nor fills the log. */
static void count_damage(struct store *s) {
  struct hash128 hash = hash128_of(s->reading.key, s->damage, strlen(s->damage));

  for (size_t i = 0; i < DAMAGES; i++)
    if (hash128_eq(s->damages[i], hash))
      return;

  s->damages[s->stats.damaged++ % DAMAGES] = hash;
  s->damage_logged = false;
  log_debug("a damaged row is not served", "row=\"%s\"", s->damage);
}

void store_tell_damage(struct store *s) {
  if (s->damage_logged || !*s->damage)
    return;

  s->damage_logged = true;
  log_error("the store is damaged; what is broken is not served: see needs verify, and restore the "
            "backup",
            "row=\"%s\"", s->damage);
}

/* stmt: the row, for its place; NULL: there is none. Always -EBADMSG. */
static int damaged(struct store *s, enum read which, sqlite3_stmt *stmt, uint64_t position,
                   const char *what) {
  struct buf b = {0};
  int table = queries[which].table, place = queries[which].place;
  bool numbered = table == TABLE_JOURNAL || table == TABLE_OUTBOX || table == TABLE_PEOPLE;

  buf_printf(&b, "%s", table_names[table]);
  if (numbered && position > 0)
    buf_printf(&b, table == TABLE_PEOPLE ? " number %llu" : " position %llu",
               (unsigned long long)position);

  put_place(&b, "authority", stmt, place);
  put_place(&b, "school", stmt, place < 0 ? -1 : place + 1);
  buf_printf(&b, ": %s", what);
  snprintf(s->damage, sizeof s->damage, "%s", buf_cstr(&b));
  buf_finish(&b);
  count_damage(s);
  if (table != TABLE_OUTBOX)
    store_fail_damage(s);

  return -EBADMSG;
}

static bool fits(struct store *s, sqlite3_stmt *stmt, enum table table, int first, int columns) {
  struct reading *r = &s->reading;
  struct hash128 hash;
  row_start(&r->row, table);
  row_columns(&r->row, stmt, first, columns);
  return hash_column(stmt, first + columns, &hash) && hash128_eq(hash, row_hash(r->key, &r->row));
}

/* A row that was blanked: `later` is over the hash that it keeps and what its columns are now. */
static bool fits_later(struct store *s, sqlite3_stmt *stmt, enum table table, int columns) {
  struct reading *r = &s->reading;
  struct hash128 later;
  if (!hash_column(stmt, columns + 2, &later))
    return false;

  row_start(&r->row, table);
  row_columns(&r->row, stmt, 0, columns + 1);

  return hash128_eq(later, row_hash(r->key, &r->row));
}

static bool sound(struct store *s, enum read which, sqlite3_stmt *stmt) {
  int table = queries[which].table, columns = queries[which].columns;
  if (table < 0)
    return true;

  bool chained = table == TABLE_JOURNAL || table == TABLE_OUTBOX;
  if (chained && sqlite3_column_type(stmt, columns + 2) != SQLITE_NULL)
    return fits_later(s, stmt, (enum table)table, columns);
  if (!fits(s, stmt, (enum table)table, 0, columns))
    return false;
  if (table != TABLE_PEOPLE)
    return true;
  if (sqlite3_column_type(stmt, 8) != SQLITE_NULL)
    return fits(s, stmt, TABLE_BASES, 5, 3);

  return sqlite3_column_type(stmt, 6) == SQLITE_NULL && sqlite3_column_type(stmt, 7) == SQLITE_NULL;
}

/* --- stepping --- */

/* What one pass has seen, to be held against what there is. */
struct pass {
  enum read which;
  sqlite3_stmt *stmt;
  /* positions of a chain: the next one, the last one there is; rows still wanted */
  uint64_t next, last, left;
  struct state state; /* of the snapshot, for a whole table */
  struct sum sums[2];
};

static int begin(struct store *s, struct pass *p) {
  struct reading *r = &s->reading;
  if (!queries[p->which].whole)
    return 0;
  if (sqlite3_exec(r->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
    return -EIO;

  int rc = state_load(r->db, r->key, &p->state);
  if (rc == -EIO || rc == 0)
    return rc;

  s->damage_logged = false;
  snprintf(s->damage, sizeof s->damage, "state: the row is not as it was written");
  store_fail_damage(s);

  return -EBADMSG;
}

static int take_row(struct store *s, struct pass *p) {
  struct hash128 hash;
  int table = queries[p->which].table, columns = queries[p->which].columns;
  uint64_t position = 0;

  if (table >= 0)
    position = (uint64_t)sqlite3_column_int64(p->stmt, 0);

  if (s->reading.unchecked)
    return 0;
  if (p->last > 0 && position != p->next)
    return damaged(s, p->which, NULL, p->next, "the row is missing");
  if (p->which == READ_PEOPLE && position < p->next)
    return damaged(s, p->which, NULL, position, "the row is not in its place");
  if (!sound(s, p->which, p->stmt))
    return damaged(s, p->which, p->stmt, position, "the row is not as it was written");

  if (p->which == READ_PEOPLE)
    p->next = position + 1;
  else
    p->next = p->next + 1;

  p->left--;
  if (!queries[p->which].whole)
    return 0;

  if (hash_column(p->stmt, columns, &hash))
    sum_add(&p->sums[0], hash);
  if (table == TABLE_PEOPLE && hash_column(p->stmt, 8, &hash))
    sum_add(&p->sums[1], hash);

  return 0;
}

static int end(struct store *s, const struct pass *p) {
  int table = queries[p->which].table;
  if (s->reading.unchecked)
    return 0;
  if (p->last > 0 && p->left > 0 && p->next <= p->last)
    return damaged(s, p->which, NULL, p->next, "the row is missing");
  if (!queries[p->which].whole)
    return 0;

  bool all = sum_eq(&p->sums[0], &p->state.sums[table]);
  if (table == TABLE_PEOPLE)
    all = all && sum_eq(&p->sums[1], &p->state.sums[TABLE_BASES]);

  if (all)
    return 0;

  return damaged(s, p->which, NULL, 0, "rows are missing, or not the newest");
}

/* A damaged page takes the rows on it, of which the next one is named. Any other failure may be
 * gone at the next read. */
static int unreadable(struct store *s, const struct pass *p, int rc) {
  int table = queries[p->which].table;

  if (row_unreadable(rc) && table >= 0)
    return damaged(s, p->which, NULL, p->next,
                   "a page of the database is damaged and cannot be read");

  store_fail_reading(s, table >= 0 ? table_names[table] : table_names[TABLE_PEOPLE], rc);

  return -EIO;
}

/* Steps through the rows; `row` reads one and returns what its own callback said. */
static int pass_through(struct store *s, struct pass *p, int (*row)(void *arg, sqlite3_stmt *stmt),
                        void *arg) {
  /* the same read inside its own callback would end the outer one */
  assert(!sqlite3_stmt_busy(p->stmt));
  int said = begin(s, p), rc = said == -EIO ? SQLITE_IOERR : SQLITE_ROW;
  while (said == 0 && (rc = sqlite3_step(p->stmt)) == SQLITE_ROW) {
    said = take_row(s, p);
    if (said == 0)
      said = row(arg, p->stmt);
  }
  if (rc == SQLITE_DONE && said == 0)
    said = end(s, p);
  if (rc != SQLITE_ROW && rc != SQLITE_DONE)
    said = unreadable(s, p, rc);
  sqlite3_reset(p->stmt);
  if (!sqlite3_get_autocommit(s->reading.db))
    sqlite3_exec(s->reading.db, "COMMIT", NULL, NULL, NULL);
  return said;
}

static int each_row(struct store *s, enum read which, int (*row)(void *arg, sqlite3_stmt *stmt),
                    void *arg) {
  return pass_through(s, &(struct pass){.which = which, .stmt = statement(s, which)}, row, arg);
}

/* Rows of a chain behind `after`, at most `limit`. */
static int each_link(struct store *s, enum read which, const struct chain *c, uint64_t after,
                     uint64_t limit, int (*row)(void *arg, sqlite3_stmt *stmt), void *arg) {
  struct pass p = {.which = which, .stmt = statement(s, which), .last = c->last, .left = limit};

  if (after < c->first)
    p.next = c->first;
  else
    p.next = after + 1;

  if (after > c->last)
    p.last = 0; /* the last one may be missing there */

  bind_number(p.stmt, 1, after);
  bind_number(p.stmt, 2, limit);

  return pass_through(s, &p, row, arg);
}

static const char *text(sqlite3_stmt *stmt, int column) {
  return (const char *)sqlite3_column_text(stmt, column);
}
static uint64_t number(sqlite3_stmt *stmt, int column) {
  return (uint64_t)sqlite3_column_int64(stmt, column);
}

static struct hash128 hash(sqlite3_stmt *stmt, int column) {
  struct hash128 h;
  hash_column(stmt, column, &h);
  return h;
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
                            .authority = text(stmt, 2),
                            .school = text(stmt, 3),
                            .subject = text(stmt, 4),
                            .type = text(stmt, 5),
                            .identity = hash(stmt, 6),
                            .content = hash(stmt, 7),
                            .body = text(stmt, 8),
                            .len = (size_t)sqlite3_column_bytes(stmt, 8),
                            .committed_ms = sqlite3_column_int64(stmt, 9)};

  return to->each(to->arg, &row);
}

int store_journal(struct store *s, uint64_t after, uint64_t limit,
                  int (*each)(void *arg, const struct journal_row *), void *arg) {
  return each_link(s, READ_JOURNAL, &s->reading.state.journal, after, limit, journal_one,
                   &(struct journal_each){each, arg});
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
                           .basis = sqlite3_column_blob(stmt, 6),
                           .advice = sqlite3_column_blob(stmt, 7),
                           .basis_len = (size_t)sqlite3_column_bytes(stmt, 6),
                           .advice_len = (size_t)sqlite3_column_bytes(stmt, 7)};

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
                            .basis = sqlite3_column_blob(stmt, 2),
                            .advice = sqlite3_column_blob(stmt, 3),
                            .basis_len = (size_t)sqlite3_column_bytes(stmt, 2),
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

int store_sequences(struct store *s,
                    int (*each)(void *arg, const char *authority, const char *school,
                                uint64_t sequence),
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
                           .subject = text(stmt, 4),
                           .type = text(stmt, 5),
                           .audience = text(stmt, 6),
                           .body = text(stmt, 7),
                           .len = (size_t)sqlite3_column_bytes(stmt, 7)};

  return to->each(to->arg, &row);
}

int store_outbox(struct store *s, uint64_t after, uint64_t limit,
                 int (*each)(void *arg, const struct outbox_row *), void *arg) {
  return each_link(s, READ_OUTBOX, &s->reading.state.outbox, after, limit, outbox_one,
                   &(struct outbox_each){each, arg});
}

int store_outbox_at(struct store *s, uint64_t position,
                    int (*each)(void *arg, const struct outbox_row *), void *arg) {
  const struct chain *c = &s->reading.state.outbox;
  struct pass p = {
      .which = READ_OUTBOX_AT, .stmt = statement(s, READ_OUTBOX_AT), .next = position, .left = 1};

  if (position >= c->first && position <= c->last)
    p.last = c->last; /* then it must be there */

  bind_number(p.stmt, 1, position);

  return pass_through(s, &p, outbox_one, &(struct outbox_each){each, arg});
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

uint64_t store_last_position(struct store *s) {
  return s->reading.state.journal.last;
}
uint64_t store_last_publication(struct store *s) {
  return s->reading.state.outbox.last;
}
uint64_t store_first_publication(struct store *s) {
  return s->reading.state.outbox.first;
}
uint64_t store_last_person(struct store *s) {
  return one_number(s, READ_LAST_PERSON);
}

static int bundle_one(void *arg, sqlite3_stmt *stmt) {
  buf_put(arg, sqlite3_column_blob(stmt, 2), (size_t)sqlite3_column_bytes(stmt, 2));
  return 1;
}

int store_bundle(struct store *s, const struct hash256 *hash, struct buf *ret) {
  sqlite3_stmt *stmt = statement(s, READ_BUNDLE);
  sqlite3_bind_blob(stmt, 1, hash->bytes, sizeof hash->bytes, SQLITE_STATIC);
  int rc = each_row(s, READ_BUNDLE, bundle_one, ret);
  if (rc == 1)
    return 0;
  if (rc == 0)
    return -ENOENT;
  return rc;
}

static int found(void *arg, sqlite3_stmt *stmt) {
  (void)arg, (void)stmt;
  return 1;
}

bool store_rule_failed(struct store *s, const char *authority, const struct hash256 *rules,
                       const char *rule) {
  sqlite3_stmt *stmt = statement(s, READ_RULE_FAILED);
  sqlite3_bind_text(stmt, 1, authority, -1, SQLITE_STATIC);
  sqlite3_bind_blob(stmt, 2, rules->bytes, sizeof rules->bytes, SQLITE_STATIC);
  sqlite3_bind_text(stmt, 3, rule, -1, SQLITE_STATIC);
  return each_row(s, READ_RULE_FAILED, found, NULL) == 1;
}

/* --- everything --- */

static int nothing(void *arg, sqlite3_stmt *stmt) {
  (void)arg, (void)stmt;
  return 0;
}

/* The next publication is written behind it: it must be there, with the link that the state row
 * has. Its body may be damaged. */
static int check_last_publication(struct store *s) {
  struct chain *c = &s->reading.state.outbox;
  sqlite3_stmt *stmt = statement(s, READ_OUTBOX_AT);
  struct hash128 link = {0};

  if (c->last == 0 || s->reading.unchecked)
    return 0;

  bind_number(stmt, 1, c->last);
  int rc = sqlite3_step(stmt);
  if (rc == SQLITE_ROW)
    hash_column(stmt, queries[READ_OUTBOX_AT].columns + 1, &link);

  sqlite3_reset(stmt);

  if (rc != SQLITE_ROW && rc != SQLITE_DONE)
    return unreadable(s, &(struct pass){.which = READ_OUTBOX_AT, .next = c->last}, rc);
  if (rc == SQLITE_DONE)
    return damaged(s, READ_OUTBOX_AT, NULL, c->last, "the row is missing");
  if (hash128_eq(link, c->link))
    return 0;

  return damaged(s, READ_OUTBOX_AT, NULL, c->last, "its link does not fit");
}

int reading_check_keyed(struct store *s) {
  int rc = each_row(s, READ_BUNDLES, nothing, NULL);
  if (rc == 0)
    rc = each_row(s, READ_RULE_FAILURES, nothing, NULL);
  if (rc == 0)
    rc = each_row(s, READ_CURSORS, nothing, NULL);

  if (rc == 0)
    return check_last_publication(s);
  return rc;
}

/* Rows can all be there, and yet not where SQLite looks for them when it writes one anew. */
int reading_check_tree(struct store *s) {
  static const enum read small[] = {READ_SEQUENCES, READ_COHORTS, READ_CURSORS, READ_BUNDLES,
                                    READ_RULE_FAILURES};

  for (size_t i = 0; i < ARRAY_LEN(small) && !s->reading.unchecked; i++) {
    char sql[64];
    bool sound = false;
    sqlite3_stmt *stmt = NULL;

    sqlite3_snprintf(sizeof sql, sql, "PRAGMA integrity_check(%s)",
                     table_names[queries[small[i]].table]);

    int rc = sqlite3_prepare_v2(s->reading.db, sql, -1, &stmt, NULL);
    if (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
      sound = strcmp(text(stmt, 0), "ok") == 0;

    sqlite3_finalize(stmt);
    if (rc != SQLITE_ROW && !row_unreadable(rc))
      return unreadable(s, &(struct pass){.which = small[i]}, rc);
    if (!sound)
      return damaged(s, small[i], NULL, 0, "its order or its index is damaged");
  }
  return 0;
}

static int take_link(void *arg, sqlite3_stmt *stmt) {
  struct store_walk *w = arg;
  struct hash128 hash, link;
  bool first = w->link.a == 0 && w->link.b == 0;

  w->position = (uint64_t)sqlite3_column_int64(stmt, 0);
  int columns = 8;
  if (w->part == TABLE_JOURNAL)
    columns = 10;

  hash_column(stmt, columns, &hash);
  hash_column(stmt, columns + 1, &link);

  bool sound_link = first || hash128_eq(link, chain_link(w->key, w->link, hash));
  w->link = link;
  if (sound_link)
    return 0;

  return -ECHRNG;
}

static int walk_chain(struct store *s, struct store_walk *w, uint64_t limit) {
  const struct chain *c = &s->reading.state.outbox;
  enum read which = READ_OUTBOX;
  uint64_t before = w->position;

  if (w->part == TABLE_JOURNAL) {
    c = &s->reading.state.journal;
    which = READ_JOURNAL;
  }

  memcpy(w->key, s->reading.key, sizeof w->key);
  int rc = each_link(s, which, c, w->position, limit, take_link, w);
  explicit_bzero(w->key, sizeof w->key);

  /* go on behind it */
  if (rc == -EBADMSG) {
    if (w->position < c->first)
      w->position = c->first;
    else
      w->position = w->position + 1;
  }

  if (rc == -EBADMSG)
    w->link = (struct hash128){0};
  if (rc == -ECHRNG)
    rc = damaged(s, which, NULL, w->position, "its link does not fit");

  if (rc == 0)
    return w->position != before && w->position < c->last;

  return rc;
}

int store_walk(struct store *s, struct store_walk *w, uint64_t limit) {
  static const enum read whole[] = {[TABLE_PEOPLE] = READ_PEOPLE,
                                    [TABLE_BASES] = READ_N,
                                    [TABLE_SCHOOLS] = READ_SEQUENCES,
                                    [TABLE_COHORTS] = READ_COHORTS,
                                    [TABLE_CURSORS] = READ_CURSORS,
                                    [TABLE_BUNDLES] = READ_BUNDLES,
                                    [TABLE_RULE_FAILURES] = READ_RULE_FAILURES};
  if (w->part >= TABLE_STATE)
    return 0;
  if (w->part <= TABLE_OUTBOX) {
    int rc = walk_chain(s, w, limit);
    if (rc == 0)
      *w = (struct store_walk){.part = w->part + 1};

    if (rc == 0)
      return 1;
    return rc;
  }

  enum read which = whole[w->part++];
  if (which == READ_N)
    return 1;

  int rc = each_row(s, which, nothing, NULL);
  if (rc == 0)
    return 1;

  return rc;
}
