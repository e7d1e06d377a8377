/* store: what is committed comes back; what must be refused is refused; a failing batch leaves
 * nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../crash/store_rig.h"

struct here {
  char dir[128];
  struct rig rig;
};

static int setup(void **state) {
  struct here *h = mem_alloc(sizeof *h);
  rig_dir(h->dir);
  *state = h;
  return 0;
}

static int teardown(void **state) {
  struct here *h = *state;
  rig_remove(h->dir);
  free(h);
  return 0;
}

static void open_here(struct here *h) {
  struct error err = {0};
  if (rig_open(&h->rig, h->dir, NULL, &err) != 0)
    fail_msg("%s", err.text);
}

static void refuse_here(struct here *h, int code, const char *words) {
  struct error err = {0};
  int rc = rig_open(&h->rig, h->dir, NULL, &err);
  if (rc != code)
    fail_msg("%d instead of %d: %s", rc, code, err.text);
  if (!strstr(err.text, words))
    fail_msg("'%s' does not say '%s'", err.text, words);
}

static void reopen(struct here *h) {
  assert_true(rig_close(&h->rig));
  open_here(h);
}

static void shell(struct here *h, const char *sql) {
  char path[256];
  sqlite3 *db;
  assert_int_equal(sqlite3_open(rig_path(h->dir, "needs.db", path), &db), SQLITE_OK);
  chmod(path, 0600);
  assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(db);
}

/* --- every kind of row --- */

static const struct hash256 rules = {{1, 2, 3, 0, 255}}, other_rules = {{9}};

static int on_journal(void *arg, const struct journal_row *row) {
  int *n = arg;
  if (++*n == 1) {
    assert_string_equal(row->kind, "event");
    assert_string_equal(row->authority, "888");
    assert_string_equal(row->school, "8884001");
    assert_string_equal(row->subject, "p-0193");
    assert_string_equal(row->type, "appraisal.recorded");
    assert_true(row->identity.a == 1 && row->identity.b == UINT64_MAX);
    assert_true(row->content.a == 3 && row->content.b == 4);
    assert_true(row->committed_ms > INT64_C(1600000000000));
  } else if (*n == 2) {
    assert_string_equal(row->kind, "day");
    assert_null(row->authority);
    assert_null(row->type);
    assert_true(row->identity.a == 0 && row->content.b == 0);
    assert_string_equal(row->body, "{\"date\":\"2026-05-04\"}");
  } else {
    assert_null(row->subject);
    assert_int_equal(row->len, 0);
    assert_string_equal(row->body, "");
  }
  assert_int_equal(strlen(row->body), row->len);
  assert_true(row->position == (uint64_t)*n);
  return 0;
}

static int on_person(void *arg, const struct person_row *row) {
  int *n = arg;
  ++*n;
  assert_true(row->id == (uint64_t)*n);
  assert_string_equal(row->subject, *n == 1 ? "p-0193" : "p-0194");
  assert_int_equal(row->basis_len, *n == 1 ? 5 : 0);
  assert_int_equal(row->advice_len, 0);
  if (*n == 1)
    assert_memory_equal(row->basis, "a\0b\0c", 5);
  return 0;
}

static int on_cohorts(void *arg, const struct cohorts_row *row) {
  int *n = arg;
  ++*n;
  assert_string_equal(row->authority, "888");
  assert_string_equal(row->school, "s1");
  assert_int_equal(row->basis_len, 3);
  assert_memory_equal(row->basis, "a\0b", 3);
  assert_int_equal(row->advice_len, 0);
  return 0;
}

static int on_outbox(void *arg, const struct outbox_row *row) {
  int *n = arg;
  ++*n;
  assert_true(row->position == 7 && row->sequence == 12);
  assert_string_equal(row->school, "-");
  assert_null(row->subject);
  assert_string_equal(row->type, "rule.failed");
  assert_string_equal(row->audience, "authority");
  assert_string_equal(row->body, "{}");
  return 42;
}

static int on_sequence(void *arg, const char *authority, const char *school, uint64_t sequence) {
  assert_string_equal(authority, "888");
  assert_string_equal(school, "-");
  *(uint64_t *)arg = sequence;
  return 0;
}

static int on_cursor(void *arg, const struct cursor_row *row) {
  assert_string_equal(row->principal, "mis");
  assert_string_equal(row->name, "nightly");
  assert_true(row->used_ms == 86400000);
  *(uint64_t *)arg = row->position;
  return 0;
}

static struct batch *one_of_each(void) {
  struct batch *b = batch_create();
  assert_true(batch_empty(b));
  struct hash128 identity = {1, UINT64_MAX}, content = {3, 4};
  batch_event(b, 1, "888", "8884001", "p-0193", "appraisal.recorded", identity, content,
              "{\"a\":1}", 7);
  batch_note(b, 2, NULL, NOTE_DAY, "{\"date\":\"2026-05-04\"}");
  batch_event(b, 3, "888", "-", NULL, "priority.recorded", identity, content, "", 0);
  batch_person(b, 1, "888", "8884001", "p-0193");
  batch_person(b, 2, "888", "8884001", "p-0194");
  batch_basis(b, 1, "old", 3, "old", 3);
  batch_basis(b, 1, "a\0b\0c", 5, "", 0);
  batch_publication(b, 7, "888", "-", NULL, 12, "rule.failed", "authority", "{}", 2);
  batch_sequence(b, "888", "-", 11);
  batch_sequence(b, "888", "-", 12);
  batch_bundle(b, &rules, "rules", "text\0more", 9);
  batch_bundle(b, &rules, "rules", "text\0more", 9);
  batch_cursor(b, "mis", "nightly", 6, 86400000);
  batch_cursor(b, "mis", "nightly", 7, 86400000);
  batch_cursor(b, "mis", "trial", 3, 86400000);
  batch_cursor(b, "other", "nightly", 3, 86400000);
  batch_cursor_gone(b, "mis", "trial");
  batch_cursor_gone(b, "other", "nightly");
  batch_cursor_gone(b, "mis", "never-there");
  batch_rule_failed(b, "888", &rules, "shadow-first");
  batch_rule_failed(b, "888", &rules, "shadow-first");
  assert_int_equal(batch_rows(b), 21);
  return b;
}

static void see_one_of_each(struct store *s) {
  int journal = 0, people = 0, outbox = 0;
  uint64_t sequence = 0, cursor = 0;
  struct buf bundle = {0};
  assert_int_equal(store_journal(s, 0, UINT64_MAX, on_journal, &journal), 0);
  assert_int_equal(journal, 3);
  assert_int_equal(store_people(s, on_person, &people), 0);
  assert_int_equal(people, 2);
  assert_int_equal(store_outbox(s, 0, 10, on_outbox, &outbox), 42);
  assert_int_equal(store_outbox_at(s, 7, on_outbox, &outbox), 42);
  assert_int_equal(store_outbox_at(s, 6, on_outbox, &outbox), 0); /* before the first: pruned */
  assert_int_equal(outbox, 2);
  assert_int_equal(store_sequences(s, on_sequence, &sequence), 0);
  assert_int_equal(sequence, 12);
  assert_int_equal(store_cursors(s, on_cursor, &cursor), 0);
  assert_int_equal(cursor, 7);
  assert_int_equal(store_bundle(s, &rules, &bundle), 0);
  assert_int_equal(bundle.len, 9);
  assert_memory_equal(bundle.data, "text\0more", 9);
  assert_int_equal(store_bundle(s, &other_rules, &bundle), -ENOENT);
  buf_finish(&bundle);
  assert_true(store_rule_failed(s, "888", &rules, "shadow-first"));
  assert_false(store_rule_failed(s, "888", &rules, "shadow"));
  assert_false(store_rule_failed(s, "889", &rules, "shadow-first"));
  assert_false(store_rule_failed(s, "888", &other_rules, "shadow-first"));
  assert_int_equal(store_last_position(s), 3);
  assert_int_equal(store_first_publication(s), 7);
  assert_int_equal(store_last_publication(s), 7);
  assert_int_equal(store_last_person(s), 2);
}

static void every_row_comes_back(void **state) {
  struct here *h = *state;
  struct store_stats stats;
  open_here(h);
  assert_int_equal(store_last_position(h->rig.store), 0);
  assert_int_equal(store_first_publication(h->rig.store), 0);
  assert_int_equal(store_last_person(h->rig.store), 0);
  assert_int_equal(rig_commit(&h->rig, one_of_each()), 0);
  see_one_of_each(h->rig.store);
  store_stats(h->rig.store, &stats);
  assert_int_equal(stats.commits, 1);
  assert_int_equal(stats.rows, 21);
  assert_true(stats.commit_us_max > 0 && stats.commit_us_total == stats.commit_us_max);
  assert_true(stats.db_bytes > 0 && stats.wal_bytes > 0);
  reopen(h);
  see_one_of_each(h->rig.store);
  assert_true(rig_close(&h->rig));
}

static int count_rows(void *arg, const struct journal_row *row) {
  unsigned *n = arg;
  (void)row;
  return ++n[0] == n[1];
}

static void reads_start_and_stop_where_they_are_told(void **state) {
  struct here *h = *state;
  open_here(h);
  struct batch *b = batch_create();
  for (unsigned i = 1; i <= 100; i++)
    batch_note(b, i, "888", NOTE_PUBLISHED, "{}");
  assert_int_equal(rig_commit(&h->rig, b), 0);
  static const struct {
    uint64_t after, limit;
    unsigned stop, rows;
  } cases[] = {{0, UINT64_MAX, 0, 100}, {0, 10, 0, 10}, {95, 10, 0, 5}, {99, 10, 0, 1},
               {100, 10, 0, 0},         {0, 0, 0, 0},   {0, 10, 3, 3},  {UINT64_MAX, 10, 0, 0}};
  for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
    unsigned n[2] = {0, cases[i].stop};
    assert_int_equal(store_journal(h->rig.store, cases[i].after, cases[i].limit, count_rows, n),
                     cases[i].stop ? 1 : 0);
    assert_int_equal(n[0], cases[i].rows);
  }
  assert_true(rig_close(&h->rig));
}

/* --- refusals --- */

static void newer_data_is_refused_and_left_alone(void **state) {
  struct here *h = *state;
  open_here(h);
  assert_int_equal(rig_commit(&h->rig, model_batch(1)), 0);
  assert_true(rig_close(&h->rig));
  shell(h, "PRAGMA user_version = 99");
  refuse_here(h, -ENOTSUP, "data of version 99");
  shell(h, "PRAGMA user_version = 3");
  open_here(h);
  assert_int_equal(model_check(h->rig.store), 1);
  assert_true(rig_close(&h->rig));
}

/* Data as the first release left it: no table of the advice for schools. */
#define WITHOUT_HASHES                                                                             \
  "DROP TABLE state; ALTER TABLE journal DROP COLUMN later; ALTER TABLE journal DROP COLUMN "      \
  "chain;"                                                                                         \
  "ALTER TABLE journal DROP COLUMN hash; ALTER TABLE outbox DROP COLUMN later; ALTER TABLE "       \
  "outbox DROP COLUMN chain;"                                                                      \
  "ALTER TABLE outbox DROP COLUMN hash; ALTER TABLE people DROP COLUMN hash; ALTER TABLE people "  \
  "DROP COLUMN stand_hash;"                                                                        \
  "ALTER TABLE schools DROP COLUMN hash; ALTER TABLE cohorts DROP COLUMN hash; ALTER TABLE "       \
  "cursors DROP COLUMN hash;"                                                                      \
  "ALTER TABLE cursors DROP COLUMN used_ms; ALTER TABLE bundles DROP COLUMN hash;"                 \
  "ALTER TABLE bundles RENAME COLUMN key TO hash; ALTER TABLE rule_failures DROP COLUMN hash; "    \
  "PRAGMA user_version = 2;"

static int on_used(void *arg, const struct cursor_row *row) {
  *(int64_t *)arg = row->used_ms;
  return 0;
}

static void older_data_is_brought_up_in_place(void **state) {
  struct here *h = *state;
  open_here(h);
  assert_int_equal(rig_commit(&h->rig, model_batch(1)), 0);
  assert_true(rig_close(&h->rig));
  char path[256];
  unlink(rig_path(h->dir, "head", path));
  shell(h, WITHOUT_HASHES
        "DROP TABLE cohorts; UPDATE journal SET committed_ms = 1234000; PRAGMA user_version = 1");
  open_here(h);
  assert_int_equal(model_check(h->rig.store), 1);
  int64_t used_ms = 0;
  assert_int_equal(store_cursors(h->rig.store, on_used, &used_ms), 0);
  /* a name is as new as the newest record, whatever the clock says */
  assert_int_equal(used_ms, 1234000);
  struct batch *b = batch_create();
  batch_cohorts(b, "888", "s1", "old", 3, "old", 3);
  batch_cohorts(b, "888", "s1", "a\0b", 3, "", 0);
  assert_int_equal(rig_commit(&h->rig, b), 0);
  int n = 0;
  assert_int_equal(store_cohorts(h->rig.store, on_cohorts, &n), 0);
  assert_int_equal(n, 1);
  assert_true(rig_close(&h->rig));
  open_here(h); /* and once only */
  assert_int_equal(model_check(h->rig.store), 1);
  assert_true(rig_close(&h->rig));
}

static void another_programs_database_is_refused(void **state) {
  struct here *h = *state;
  open_here(h); /* for the key */
  assert_true(rig_close(&h->rig));
  char path[256];
  unlink(rig_path(h->dir, "needs.db", path));
  shell(h, "CREATE TABLE contacts (name)");
  refuse_here(h, -EINVAL, "not a database of needsd");
  shell(h, "PRAGMA user_version = 1");
  refuse_here(h, -EINVAL, "not a database of needsd");
  int fd = open(path, O_WRONLY | O_TRUNC);
  assert_int_equal(write(fd,
                         "this is no database at all, but a text of some length "
                         "..........................................",
                         95),
                   95);
  close(fd);
  refuse_here(h, -EIO, "not a database");
}

static void the_directory_is_locked(void **state) {
  struct here *h = *state;
  struct here second = *h;
  open_here(h);
  refuse_here(&second, -EBUSY, h->dir);
  assert_int_equal(rig_commit(&h->rig, model_batch(1)), 0);
  assert_true(rig_close(&h->rig));
  open_here(&second);
  assert_true(rig_close(&second.rig));
}

static void the_key_is_kept_and_guarded(void **state) {
  struct here *h = *state;
  unsigned char key[32];
  char path[256];
  static const unsigned char zeroes[32];
  open_here(h);
  memcpy(key, store_key(h->rig.store), 32);
  assert_memory_not_equal(key, zeroes, 32);
  reopen(h);
  assert_memory_equal(key, store_key(h->rig.store), 32);
  assert_true(rig_close(&h->rig));
  rig_path(h->dir, "key", path);
  chmod(path, 0640);
  refuse_here(h, -EPERM, "chmod 600");
  chmod(path, 0600);
  assert_int_equal(truncate(path, 31), 0);
  refuse_here(h, -EINVAL, "31 bytes");
  assert_int_equal(truncate(path, 33), 0);
  refuse_here(h, -EINVAL, "33 bytes");
  unlink(path);
  refuse_here(h, -ENOENT, "restore the key");
}

static void two_directories_have_two_keys(void **state) {
  struct here *h = *state;
  struct here second;
  rig_dir(second.dir);
  open_here(h);
  open_here(&second);
  assert_memory_not_equal(store_key(h->rig.store), store_key(second.rig.store), 32);
  assert_true(rig_close(&h->rig));
  assert_true(rig_close(&second.rig));
  rig_remove(second.dir);
}

static void everything_is_private(void **state) {
  struct here *h = *state;
  static const char *const names[] = {"needs.db", "needs.db-wal", "needs.db-shm", "key", "lock"};
  char path[256];
  struct stat st;
  mode_t old = umask(0);
  rmdir(h->dir); /* the store makes it */
  open_here(h);
  assert_int_equal(rig_commit(&h->rig, model_batch(1)), 0);
  assert_int_equal(stat(h->dir, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0700);
  for (size_t i = 0; i < ARRAY_LEN(names); i++) {
    if (stat(rig_path(h->dir, names[i], path), &st) != 0)
      fail_msg("no %s", path);
    assert_int_equal(st.st_mode & 0777, 0600);
  }
  assert_true(rig_close(&h->rig));
  umask(old);
  chmod(rig_path(h->dir, "needs.db", path), 0644);
  refuse_here(h, -EPERM, "chmod 600");
  chmod(path, 0600);
  chmod(h->dir, 0750);
  refuse_here(h, -EPERM, "chmod 700");
  chmod(h->dir, 0700);
  open_here(h);
  assert_true(rig_close(&h->rig));
}

static void an_impossible_directory_is_named(void **state) {
  struct here *h = *state;
  struct here below;
  snprintf(below.dir, sizeof below.dir, "%.90s/not/there", h->dir);
  refuse_here(&below, -ENOENT, below.dir);
}

/* --- batches that fail --- */

static void fails_whole(struct here *h, struct batch *bad, const char *words) {
  struct store *s = h->rig.store;
  assert_int_equal(rig_commit(&h->rig, bad), -EIO);
  if (!strstr(store_why(s), words))
    fail_msg("'%s' does not say '%s'", store_why(s), words);
  assert_int_equal(model_check(s), 2);
  /* no transaction is left open; the writer rests */
  assert_true(sqlite3_get_autocommit(s->writing.db));
  assert_int_equal(rig_commit(&h->rig, model_batch(3)), -EIO); /* for good */
  assert_int_equal(model_check(s), 2);
  reopen(h);
  assert_int_equal(model_check(h->rig.store), 2);
}

static void a_failing_batch_leaves_nothing(void **state) {
  struct here *h = *state;
  open_here(h);
  for (unsigned i = 1; i <= 2; i++)
    assert_int_equal(rig_commit(&h->rig, model_batch(i)), 0);
  struct batch *bad = model_batch(3);
  batch_note(bad, 1, NULL, NOTE_DAY, "{}"); /* a position that is taken */
  fails_whole(h, bad, "journal.position");
  bad = model_batch(3);
  batch_basis(bad, 99, "x", 1, "y", 1); /* a person who is not there */
  fails_whole(h, bad, "not there");
  bad = model_batch(3);
  batch_person(bad, 50, "888", NULL, "p-0193");
  fails_whole(h, bad, "people.school");
  assert_int_equal(rig_commit(&h->rig, model_batch(3)), 0);
  assert_int_equal(model_check(h->rig.store), 3);
  assert_true(rig_close(&h->rig));
}

/* --- the log and the end --- */

static void the_log_does_not_grow_for_ever(void **state) {
  struct here *h = *state;
  struct error err = {0};
  struct store_stats stats;
  char path[256];
  assert_int_equal(rig_open(&h->rig, h->dir, &(struct store_tuning){.checkpoint_pages = 40}, &err),
                   0);
  for (unsigned i = 1; i <= 200; i++) {
    assert_int_equal(rig_commit(&h->rig, model_batch(i)), 0);
    store_stats(h->rig.store, &stats);
    assert_true(stats.wal_bytes < UINT64_C(120) * 4120);
  }
  assert_true(stats.db_bytes > UINT64_C(200) * 4096);
  assert_int_equal(model_check(h->rig.store), 200);
  assert_true(rig_close(&h->rig));
  assert_int_not_equal(access(rig_path(h->dir, "needs.db-wal", path), F_OK), 0);
  open_here(h);
  assert_int_equal(model_check(h->rig.store), 200);
  assert_true(rig_close(&h->rig));
}

/* --- rows that are not as they were written, where no hash of their bytes alone shows it --- */

#define DECLARE(table, from, to)                                                                   \
  "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '" from "', '" to      \
  "') WHERE name = '" table "'"

/* The same bytes, as a blob: found under no key. */
static void a_text_that_became_bytes_is_named(void **state) {
  struct here *h = *state;
  open_here(h);
  assert_int_equal(rig_commit(&h->rig, one_of_each()), 0);
  assert_true(rig_close(&h->rig));
  shell(h, DECLARE("rule_failures", "rule TEXT", "rule BLOB"));
  shell(h, "UPDATE rule_failures SET rule = CAST(rule AS BLOB)");
  shell(h, DECLARE("rule_failures", "rule BLOB", "rule TEXT"));
  refuse_here(h, -EBADMSG, "is damaged (rule_failures: the row is not as it was written)");
}

static void a_cursor_without_a_position_is_named(void **state) {
  struct here *h = *state;
  open_here(h);
  assert_int_equal(rig_commit(&h->rig, one_of_each()), 0);
  assert_true(rig_close(&h->rig));
  shell(h, DECLARE("cursors", "position INTEGER NOT NULL", "position INTEGER"));
  shell(h, "UPDATE cursors SET position = NULL");
  shell(h, DECLARE("cursors", "position INTEGER", "position INTEGER NOT NULL"));
  refuse_here(h, -EBADMSG, "is damaged (cursors: the row is not as it was written)");
}

/* The words are in every data directory. */
static void notes_keep_their_words(void **state) {
  (void)state;
  static const char *const words[] = {"day", "published", "aside", "restored", "effect"};
  assert_int_equal(ARRAY_LEN(words), NOTE_KINDS);
  for (unsigned i = 0; i < NOTE_KINDS; i++) {
    assert_string_equal(note_words[i], words[i]);
    assert_int_equal(note_kind_of(words[i]), i);
  }

  assert_int_equal(note_kind_of(JOURNAL_EVENT), NOTE_KINDS);
  assert_int_equal(note_kind_of("of a later release"), NOTE_KINDS);
}

/* --- damage that no read of a row would show, and the first event would meet --- */

static void twice_a_state_row_is_refused(void **state) {
  struct here *h = *state;
  open_here(h);
  assert_int_equal(rig_commit(&h->rig, one_of_each()), 0);
  assert_true(rig_close(&h->rig));
  shell(h, "INSERT INTO state SELECT * FROM state");
  refuse_here(h, -EBADMSG, "there is more than one");
}

/* Writes into the database itself. */
static void poke(struct here *h, off_t at, const void *bytes, size_t len) {
  char path[256];
  int fd = open(rig_path(h->dir, "needs.db", path), O_RDWR);
  assert_true(fd >= 0);
  assert_int_equal(pwrite(fd, bytes, len, at), len);
  close(fd);
}

static int64_t value_of(struct here *h, const char *sql) {
  char path[256];
  sqlite3 *db;
  sqlite3_stmt *stmt;
  assert_int_equal(sqlite3_open(rig_path(h->dir, "needs.db", path), &db), SQLITE_OK);
  assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
  int64_t value = sqlite3_column_int64(stmt, 0);
  sqlite3_finalize(stmt);
  sqlite3_close(db);
  return value;
}

static void a_damaged_header_is_refused(void **state) {
  struct here *h = *state;
  static const struct {
    off_t at;
    const char *bytes;
    size_t len;
    const char *words;
  } fields[] = {
      {18, "\x03", 1, "its header: it says that nothing may be written"},
      {28, "\0\0\0\x2c", 4, "its header: the number of pages"},
      {32, "\0\0\x7f\xff", 4, "its header: the list of free pages"},
      {52, "\0\0\0\x05", 4, "its header: it tells of pages that were never made"},
  };
  open_here(h);
  for (unsigned i = 1; i <= 40; i++)
    assert_int_equal(rig_commit(&h->rig, model_batch(i)), 0);
  assert_true(rig_close(&h->rig));
  shell(h, "CREATE TABLE gone (x); INSERT INTO gone VALUES (zeroblob(20000)); DROP TABLE gone");
  assert_true(value_of(h, "PRAGMA freelist_count") > 0);

  for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
    char path[256];
    unsigned char before[4];
    int fd = open(rig_path(h->dir, "needs.db", path), O_RDONLY);
    assert_int_equal(pread(fd, before, sizeof before, fields[i].at), sizeof before);
    close(fd);
    poke(h, fields[i].at, fields[i].bytes, fields[i].len);
    refuse_here(h, -EBADMSG, fields[i].words);
    poke(h, fields[i].at, before, fields[i].len);
  }
  open_here(h);
  assert_int_equal(rig_commit(&h->rig, model_batch(41)), 0);
  assert_true(rig_close(&h->rig));
}

/* All rows are there and sound, but a row is not found by its key. */
static void a_row_out_of_its_place_is_refused(void **state) {
  struct here *h = *state;
  unsigned char page[4096], cell[2];
  char path[256];
  open_here(h);
  for (unsigned i = 1; i <= 3; i++) {
    struct batch *b = model_batch(i);
    char name[] = {(char)('a' + i), 0};
    batch_cursor(b, "mis", name, i, 86400000);
    assert_int_equal(rig_commit(&h->rig, b), 0);
  }
  assert_true(rig_close(&h->rig));

  off_t at = 4096 * (value_of(h, "SELECT rootpage FROM sqlite_schema WHERE name = 'cursors'") - 1);
  int fd = open(rig_path(h->dir, "needs.db", path), O_RDONLY);
  assert_int_equal(pread(fd, page, sizeof page, at), sizeof page);
  close(fd);
  memcpy(cell, page + 8, 2);
  memcpy(page + 8, page + 10, 2);
  memcpy(page + 10, cell, 2);
  poke(h, at + 8, page + 8, 4);
  refuse_here(h, -EBADMSG, "is damaged (cursors: its order or its index is damaged)");
}

static int on_position(void *arg, const struct outbox_row *row) {
  *(uint64_t *)arg = row->position;
  return 0;
}

/* Each position that lies there is damage of its own, what is behind it is served, and the store
 * goes on writing. */
static void a_damaged_page_of_the_outbox_holds_nobody_up(void **state) {
  struct here *h = *state;
  static const unsigned char zeroes[8];
  open_here(h);
  for (unsigned i = 1; i <= 60; i++)
    assert_int_equal(rig_commit(&h->rig, model_batch(i)), 0);
  assert_true(rig_close(&h->rig));
  int64_t page = value_of(h, "SELECT pageno FROM dbstat WHERE name = 'outbox' AND pagetype = "
                             "'leaf' ORDER BY path LIMIT 1 OFFSET 3");
  poke(h, 4096 * (page - 1), zeroes, sizeof zeroes);

  open_here(h);
  uint64_t at = 0;
  unsigned damaged = 0, rounds = 0;
  while (at < 60 && ++rounds < 200) {
    int rc = store_outbox(h->rig.store, at, 10, on_position, &at);
    if (rc == 0)
      continue;
    assert_int_equal(rc, -EBADMSG);
    at++;
    damaged++;
    assert_non_null(strstr(store_damage(h->rig.store), "outbox position "));
    assert_non_null(strstr(store_damage(h->rig.store), "a page of the database is damaged"));
  }
  assert_int_equal(at, 60);
  assert_true(damaged > 0 && damaged < 30);

  struct store_stats stats;
  store_stats(h->rig.store, &stats);
  assert_int_equal(stats.damaged, damaged);
  assert_false(stats.broken);
  assert_int_equal(store_outbox(h->rig.store, 0, 60, on_position, &at), -EBADMSG);
  store_stats(h->rig.store, &stats);
  assert_int_equal(stats.damaged, damaged); /* each is counted once */
  assert_int_equal(rig_commit(&h->rig, model_batch(61)), 0);
  assert_true(rig_close(&h->rig));
}

/* The body goes; hash and link stay, and `later` is over the hash and the columns as they are now.
 */
static void blank(struct here *h, bool rightly) {
  char path[256];
  unsigned char bytes[16];
  sqlite3 *db;
  sqlite3_stmt *stmt;
  struct buf row = {0};
  shell(h, "UPDATE outbox SET body = '', subject = NULL, later = zeroblob(16)");
  assert_int_equal(sqlite3_open(rig_path(h->dir, "needs.db", path), &db), SQLITE_OK);
  assert_int_equal(
      sqlite3_prepare_v2(
          db,
          "SELECT position, sequence, authority, school, subject, type, audience, body, hash"
          " FROM outbox",
          -1, &stmt, NULL),
      SQLITE_OK);
  assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
  row_start(&row, TABLE_OUTBOX);
  row_columns(&row, stmt, 0, 9);
  hash_bytes(row_hash(h->rig.store->rows_key, &row), bytes);
  bytes[0] ^= rightly ? 0 : 1;
  sqlite3_finalize(stmt);
  assert_int_equal(sqlite3_prepare_v2(db, "UPDATE outbox SET later = ?1", -1, &stmt, NULL),
                   SQLITE_OK);
  sqlite3_bind_blob(stmt, 1, bytes, sizeof bytes, SQLITE_STATIC);
  assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
  sqlite3_finalize(stmt);
  sqlite3_close(db);
  buf_finish(&row);
}

static int on_blanked(void *arg, const struct outbox_row *row) {
  ++*(int *)arg;
  assert_true(row->position == 7 && row->sequence == 12 && row->len == 0);
  return 0;
}

static void a_blanked_row_is_sound_and_keeps_its_link(void **state) {
  struct here *h = *state;
  struct store_walk walk = {0};
  int n = 0, rc;
  open_here(h);
  assert_int_equal(rig_commit(&h->rig, one_of_each()), 0);
  blank(h, true);
  assert_int_equal(store_outbox(h->rig.store, 0, 10, on_blanked, &n), 0);
  assert_int_equal(n, 1);
  while ((rc = store_walk(h->rig.store, &walk, 10)) == 1)
    continue;
  assert_int_equal(rc, 0);
  reopen(h);
  assert_int_equal(store_outbox(h->rig.store, 0, 10, on_blanked, &n), 0);
  blank(h, false);
  assert_int_equal(store_outbox(h->rig.store, 0, 10, on_blanked, &n), -EBADMSG);
  assert_int_equal(n, 2);
  assert_true(rig_close(&h->rig));
}

/* --- how much at once the log is moved --- */

#define MS UINT64_C(1000000)

static int pages_after(struct checkpointing *c, uint64_t commit_ns, uint64_t took_ns, int times) {
  for (int i = 0; i < times; i++) {
    c->commits = 10;
    c->spent_ns = 10 * commit_ns;
    checkpoint_pace(c, took_ns);
    assert_int_equal(c->commits, 0);
  }
  return c->pages;
}

static void a_checkpoint_is_not_felt_beside_small_commits(void **state) {
  (void)state;
  struct checkpointing c = {.pages = 4000, .most = 4000};
  assert_int_equal(pages_after(&c, MS / 2, 20 * MS, 1), 2000);
  int few = pages_after(&c, MS / 2, 20 * MS, 20);
  assert_true(few > 0 && few < 500);
  assert_true(pages_after(&c, MS / 2, MS, 1) > few); /* a quick one may be larger the next time */
  assert_int_equal(pages_after(&c, MS / 2, MS, 20), 4000);
  /* beside large commits it is short */
  assert_int_equal(pages_after(&c, 30 * MS, 100 * MS, 1), 4000);
}

static void a_checkpoint_is_never_larger_than_it_may_be(void **state) {
  (void)state;
  struct checkpointing c = {.pages = 40, .most = 40};
  assert_int_equal(pages_after(&c, MS, MS, 5), 40);
  assert_int_equal(pages_after(&c, MS, 100 * MS, 5), 40); /* and what is small already stays */
  checkpoint_pace(&c, 100 * MS);                          /* without a commit since the last one */
  assert_int_equal(c.pages, 40);
}

struct ending {
  struct rig *rig;
  unsigned answers;
  bool closed;
};

static void on_last_answer(void *arg, int rc) {
  struct ending *e = arg;
  assert_int_equal(rc, 0);
  assert_false(e->closed);
  /* may still read, and may still write */
  assert_int_equal(model_check(e->rig->store), ++e->answers);
  if (e->answers < 3)
    store_commit(e->rig->store, model_batch(e->answers + 1), on_last_answer, e);
}

static void on_end(void *arg) {
  ((struct ending *)arg)->closed = true;
}

static void closing_waits_for_the_batch_in_flight(void **state) {
  struct here *h = *state;
  struct ending e = {.rig = &h->rig};
  open_here(h);
  store_commit(h->rig.store, model_batch(1), on_last_answer, &e);
  store_close(h->rig.store, on_end, &e);
  uv_run(&h->rig.loop, UV_RUN_DEFAULT);
  assert_true(e.closed);
  assert_int_equal(e.answers, 3);
  assert_int_equal(uv_loop_close(&h->rig.loop), 0);
  open_here(h);
  assert_int_equal(model_check(h->rig.store), 3);
  assert_true(rig_close(&h->rig));
}

static void on_answer_close(void *arg, int rc) {
  struct ending *e = arg;
  assert_int_equal(rc, 0);
  store_close(e->rig->store, on_end, e);
}

static void closing_from_the_answer_works(void **state) {
  struct here *h = *state;
  struct ending e = {.rig = &h->rig};
  open_here(h);
  store_commit(h->rig.store, model_batch(1), on_answer_close, &e);
  uv_run(&h->rig.loop, UV_RUN_DEFAULT);
  assert_true(e.closed);
  assert_int_equal(uv_loop_close(&h->rig.loop), 0);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
  const struct CMUnitTest tests[] = {
      T(every_row_comes_back),
      T(reads_start_and_stop_where_they_are_told),
      T(newer_data_is_refused_and_left_alone),
      T(older_data_is_brought_up_in_place),
      T(another_programs_database_is_refused),
      T(the_directory_is_locked),
      T(the_key_is_kept_and_guarded),
      T(two_directories_have_two_keys),
      T(everything_is_private),
      T(an_impossible_directory_is_named),
      T(a_failing_batch_leaves_nothing),
      T(the_log_does_not_grow_for_ever),
      T(a_text_that_became_bytes_is_named),
      T(a_cursor_without_a_position_is_named),
      T(notes_keep_their_words),
      T(twice_a_state_row_is_refused),
      T(a_damaged_header_is_refused),
      T(a_row_out_of_its_place_is_refused),
      T(a_damaged_page_of_the_outbox_holds_nobody_up),
      T(a_blanked_row_is_sound_and_keeps_its_link),
      cmocka_unit_test(a_checkpoint_is_not_felt_beside_small_commits),
      cmocka_unit_test(a_checkpoint_is_never_larger_than_it_may_be),
      T(closing_waits_for_the_batch_in_flight),
      T(closing_from_the_answer_works),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
