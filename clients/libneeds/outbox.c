/* outbox - the file that holds unsent events: one SQLite database, opened by one process at a time.
 *
 * Write-ahead log with synchronous=FULL: what a call reported as done survives a power cut. The
 * exclusive lock is held from the opening to the end and goes with the process. Numbers are never
 * used twice. What is deleted is overwritten: the events are about people. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#define APPLICATION_ID 0x6e656564 /* "need" */
#define BATCH_ROOM (BATCH_MOST - 2)

enum {
  PUT,
  READ,
  DELETE,
  KEEP,
  LIST_WAITING,
  LIST_KEPT,
  DROP_WAITING,
  DROP_KEPT,
  RETRY,
  RETRY_DROP,
  STATEMENTS
};
_Static_assert(STATEMENTS <= 12, "struct needs_outbox has room for twelve");

static const char *const texts[STATEMENTS] = {
    [PUT] = "INSERT INTO waiting (tag, event) VALUES (?1, ?2)",
    [READ] = "SELECT number, tag, event FROM waiting WHERE number > ?1 AND number <= ?2 ORDER BY "
             "number LIMIT ?3",
    [DELETE] = "DELETE FROM waiting WHERE number = ?1",
    [KEEP] = "INSERT INTO rejected (number, tag, event, errors) SELECT number, tag, event, ?2 FROM "
             "waiting WHERE number = ?1",
    [LIST_WAITING] = "SELECT number, tag, event, NULL FROM waiting ORDER BY number",
    [LIST_KEPT] = "SELECT number, tag, event, errors FROM rejected ORDER BY number",
    [DROP_WAITING] = "DELETE FROM waiting WHERE ?1 IN (0, number)",
    [DROP_KEPT] = "DELETE FROM rejected WHERE ?1 IN (0, number)",
    [RETRY] = "INSERT INTO waiting (tag, event) SELECT tag, event FROM rejected WHERE ?1 IN (0, "
              "number) ORDER BY number",
    [RETRY_DROP] = "DELETE FROM rejected WHERE ?1 IN (0, number)",
};

static const char schema[] = "CREATE TABLE waiting (number INTEGER PRIMARY KEY AUTOINCREMENT, tag "
                             "TEXT, event TEXT NOT NULL);"
                             "CREATE TABLE rejected (number INTEGER PRIMARY KEY, tag TEXT, event "
                             "TEXT NOT NULL, errors TEXT NOT NULL);"
                             "PRAGMA application_id = 0x6e656564; PRAGMA user_version = 1;";

/* --- SQLite's errors as ours --- */

static int code_of(int rc) {
  static const struct {
    int sqlite, ours;
  } rows[] = {{SQLITE_BUSY, -EBUSY},      {SQLITE_LOCKED, -EBUSY},
              {SQLITE_FULL, -ENOSPC},     {SQLITE_CORRUPT, -EBADMSG},
              {SQLITE_NOTADB, -EBADMSG},  {SQLITE_PERM, -EACCES},
              {SQLITE_READONLY, -EACCES}, {SQLITE_NOMEM, -ENOMEM},
              {SQLITE_CANTOPEN, -EACCES}, {SQLITE_OK, 0},
              {SQLITE_DONE, 0},           {SQLITE_ROW, 0}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (rows[i].sqlite == (rc & 0xff))
      return rows[i].ours;

  return -EIO;
}

static int failed(struct needs_outbox *o, const char *doing) {
  int rc = code_of(sqlite3_extended_errcode(o->db));
  if (rc == -EBUSY)
    return link_why(o->n, rc, "another process has the outbox %s open", o->path);
  if (rc == -EBADMSG)
    return link_why(o->n, rc, "%s is damaged, or no outbox: %s", o->path, sqlite3_errmsg(o->db));
  return link_why(o->n, rc ? rc : -EIO, "cannot %s the outbox %s: %s", doing, o->path,
                  sqlite3_errmsg(o->db));
}

static int run(struct needs_outbox *o, const char *sql, const char *doing) {
  if (sqlite3_exec(o->db, sql, NULL, NULL, NULL) == SQLITE_OK)
    return 0;
  return failed(o, doing);
}

/* Runs a statement without rows; its parameters are bound. */
static int step(struct needs_outbox *o, sqlite3_stmt *s) {
  int rc = sqlite3_step(s);
  int ours = 0;

  if (rc != SQLITE_DONE)
    ours = failed(o, "write to");

  sqlite3_reset(s);
  sqlite3_clear_bindings(s);

  return ours;
}

static int64_t value_of(struct needs_outbox *o, const char *sql) {
  sqlite3_stmt *s = NULL;
  int64_t value = 0;

  if (sqlite3_prepare_v2(o->db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
    value = sqlite3_column_int64(s, 0);

  sqlite3_finalize(s);

  return value;
}

/* --- opening and closing --- */

/* Made before SQLite opens it, for the mode; never opened where it exists, because closing it again
 * would give up this process's locks on it. The directory is synced, or a power cut could take the
 * file's name away. */
static int make_file(struct needs_outbox *o) {
  int fd = open(o->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 && errno != EEXIST)
    return link_why(o->n, -errno, "cannot make the outbox %s: %s", o->path, strerror(errno));
  if (fd < 0)
    return 0;

  close(fd);
  char *slash = strrchr(o->path, '/'),
       *directory = slash ? strndup(o->path, (size_t)(slash - o->path) + 1) : strdup(".");

  if (directory)
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  else
    fd = -1;

  int rc = 0;
  if (fd < 0 || fsync(fd) < 0)
    rc = -errno;
  if (fd >= 0)
    close(fd);

  free(directory);
  if (rc)
    return link_why(o->n, rc, "cannot make the outbox %s safe: %s", o->path, strerror(-rc));

  return 0;
}

static int check_schema(struct needs_outbox *o) {
  int64_t id = value_of(o, "PRAGMA application_id"), version = value_of(o, "PRAGMA user_version");
  if (id == 0 && version == 0 && value_of(o, "SELECT count(*) FROM sqlite_schema") == 0) {
    int rc = run(o, "BEGIN IMMEDIATE", "lock");
    if (!rc)
      rc = run(o, schema, "set up");

    if (rc)
      return rc;
    return run(o, "COMMIT", "set up");
  }
  if (id != APPLICATION_ID)
    return link_why(o->n, -EBADMSG, "%s is some other program's file, no outbox", o->path);
  if (version > 1)
    return link_why(o->n, -EBADMSG, "%s was written by a newer libneeds; update this one", o->path);

  return 0;
}

static int open_database(struct needs_outbox *o) {
  if (*o->path == ':')
    return link_why(o->n, -EINVAL, "%s would be kept in memory only; for a file write ./%s",
                    o->path, o->path);

  int rc = make_file(o);
  if (rc)
    return rc;
  if (sqlite3_open_v2(o->path, &o->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
    return failed(o, "open");

  sqlite3_extended_result_codes(o->db, 1);
  rc = run(o, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA secure_delete = ON;", "open");
  if (!rc)
    rc = run(o, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;", "open");
  if (!rc)
    rc = run(o, "BEGIN IMMEDIATE; COMMIT", "lock");
  if (!rc)
    rc = check_schema(o);
  for (size_t i = 0; i < STATEMENTS && !rc; i++)
    if (sqlite3_prepare_v3(o->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &o->statements[i],
                           NULL) != SQLITE_OK)
      rc = failed(o, "read");

  if (rc)
    return rc;

  o->waiting = (size_t)value_of(o, "SELECT count(*) FROM waiting");
  o->rejected = (size_t)value_of(o, "SELECT count(*) FROM rejected");
  o->sealed = value_of(o, "SELECT max(number) FROM waiting");

  return 0;
}

int needs_outbox_open(struct needs_outbox **ret, struct needs *n, const char *path,
                      const struct needs_outbox_calls *calls, void *arg) {
  struct needs_outbox *o = calloc(1, sizeof *o);
  if (!o)
    return link_why(n, -ENOMEM, "out of memory");

  o->n = n;
  o->arg = arg;
  if (calls)
    o->calls = *calls;

  TAILQ_INSERT_TAIL(&n->outboxes, o, link);
  o->path = strdup(path);
  o->drain = drain_new(o);

  int rc = o->path && o->drain ? open_database(o) : link_why(n, -ENOMEM, "out of memory");
  if (rc) {
    outbox_free(o);
    return rc;
  }

  link_wake(n);
  *ret = o;

  return 0;
}

void outbox_free(struct needs_outbox *o) {
  TAILQ_REMOVE(&o->n->outboxes, o, link);
  drain_free(o->drain);
  for (size_t i = 0; i < STATEMENTS; i++)
    sqlite3_finalize(o->statements[i]);

  sqlite3_close(o->db); /* an open transaction is rolled back */
  free(o->path);
  free(o);
}

void needs_outbox_close(struct needs_outbox *o) {
  if (!o || o->closed)
    return;

  o->closed = true;
  if (!o->n->inside)
    outbox_free(o);
}

/* --- putting in --- */

static int check_event(struct needs *n, const char *event, size_t len, struct span *ret) {
  struct span_fault fault;
  if (!span_check(event, len, ret, &fault))
    return link_why(n, -EINVAL, "not JSON at byte %zu: %s", fault.at, fault.why);
  if (!span_is(*ret, '{'))
    return link_why(n, -EINVAL, "an event is one JSON object");
  if (ret->len > EVENT_MOST)
    return link_why(n, -EMSGSIZE, "an event is at most 64 KiB, this one is %zu bytes", ret->len);
  return 0;
}

/* A disk that fails in the middle of a transaction ends it; what came after it would be safe alone.
 */
static int check_transaction(struct needs_outbox *o) {
  bool broken = o->in_transaction && sqlite3_get_autocommit(o->db);
  if (broken)
    return link_why(o->n, -EIO,
                    "the disk failed in this transaction of the outbox %s; roll it back", o->path);
  return 0;
}

int needs_push(struct needs_outbox *o, const char *event, size_t len, const char *tag) {
  struct span good;
  int rc = check_event(o->n, event, len, &good);
  if (!rc)
    rc = check_transaction(o);

  if (rc)
    return rc;

  sqlite3_stmt *s = o->statements[PUT];
  sqlite3_bind_text(s, 1, tag, -1, SQLITE_STATIC);
  sqlite3_bind_text(s, 2, good.at, (int)good.len, SQLITE_STATIC);
  rc = step(o, s);
  if (rc)
    return rc;

  o->waiting++;
  o->added++;

  if (!o->in_transaction) {
    o->sealed = sqlite3_last_insert_rowid(o->db);
    link_wake(o->n);
  }

  return 0;
}

int needs_outbox_begin(struct needs_outbox *o) {
  if (o->in_transaction)
    return link_why(o->n, -EALREADY, "a transaction was begun already");

  int rc = run(o, "BEGIN IMMEDIATE", "write to");
  if (rc)
    return rc;

  o->in_transaction = true;
  o->added = 0;

  return 0;
}

static void leave(struct needs_outbox *o) {
  o->in_transaction = false;
  link_wake(o->n); /* verdicts may have come meanwhile */
}

int needs_outbox_commit(struct needs_outbox *o) {
  if (!o->in_transaction)
    return link_why(o->n, -EINVAL, "no transaction was begun");

  int rc = check_transaction(o);
  if (!rc)
    rc = run(o, "COMMIT", "write to");

  if (rc) {
    needs_outbox_rollback(o);
    return rc;
  }

  if (o->added)
    o->sealed = sqlite3_last_insert_rowid(o->db);

  leave(o);

  return 0;
}

void needs_outbox_rollback(struct needs_outbox *o) {
  if (!o->in_transaction)
    return;

  sqlite3_exec(o->db, "ROLLBACK", NULL, NULL, NULL);
  o->waiting -= o->added;
  leave(o);
}

/* --- what the drain needs --- */

/* The log keeps what was deleted until it is written over: an empty shelf is the time to cut it
 * off. */
static void cut_log(struct needs_outbox *o) {
  sqlite3_wal_checkpoint_v2(o->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

static char *column_copy(sqlite3_stmt *s, int column) {
  const char *text = (const char *)sqlite3_column_text(s, column);
  if (text)
    return strdup(text);
  return NULL;
}

int outbox_read(struct needs_outbox *o, int64_t after, int most, struct bytes *body,
                struct outbox_row *rows) {
  sqlite3_stmt *s = o->statements[READ];
  sqlite3_bind_int64(s, 1, after);
  sqlite3_bind_int64(s, 2, o->sealed);
  sqlite3_bind_int(s, 3, most);

  int n = 0, rc = SQLITE_DONE;
  while (n < most && (rc = sqlite3_step(s)) == SQLITE_ROW) {
    const void *event = sqlite3_column_text(s, 2);
    size_t len = (size_t)sqlite3_column_bytes(s, 2);
    if (n && body->len + 1 + len > BATCH_ROOM)
      break;

    bytes_str(body, n ? "," : "[");
    rows[n++] = (struct outbox_row){sqlite3_column_int64(s, 0), column_copy(s, 1), body->len, len};
    bytes_add(body, event, len);
  }

  bytes_str(body, "]");
  sqlite3_reset(s);

  /* the rows before a damaged one are good */
  if (n || rc == SQLITE_DONE)
    return n;

  return failed(o, "read");
}

static int settle_row(struct needs_outbox *o, const struct outbox_row *row, const char *errors,
                      size_t *gone, size_t *kept) {
  sqlite3_stmt *s = o->statements[KEEP];
  int rc = 0;

  if (errors) {
    sqlite3_bind_int64(s, 1, row->number);
    sqlite3_bind_text(s, 2, errors, -1, SQLITE_STATIC);
    rc = step(o, s);
    if (!rc)
      *kept += (size_t)sqlite3_changes(o->db);
  }

  if (rc)
    return rc;

  s = o->statements[DELETE];
  sqlite3_bind_int64(s, 1, row->number);
  rc = step(o, s);
  if (!rc)
    *gone += (size_t)sqlite3_changes(o->db);

  return rc;
}

int outbox_settle(struct needs_outbox *o, const struct outbox_row *rows, size_t n,
                  char *const *errors) {
  size_t gone = 0, kept = 0;
  int rc = run(o, "BEGIN IMMEDIATE", "write to");
  if (rc)
    return rc;

  for (size_t i = 0; i < n && !rc; i++)
    rc = settle_row(o, &rows[i], errors[i], &gone, &kept);
  if (!rc)
    rc = run(o, "COMMIT", "write to");

  if (rc) {
    sqlite3_exec(o->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
  }

  o->waiting -= gone;
  o->rejected += kept;
  if (!o->waiting)
    cut_log(o);

  return 0;
}

/* --- looking and tidying --- */

size_t needs_outbox_waiting(const struct needs_outbox *o) {
  return o->waiting;
}

size_t needs_outbox_rejected(const struct needs_outbox *o) {
  return o->rejected;
}

void needs_outbox_resume(struct needs_outbox *o) {
  drain_resume(o->drain);
  link_wake(o->n);
}

int needs_outbox_list(struct needs_outbox *o, enum needs_shelf shelf,
                      int (*each)(void *arg, const struct needs_entry *e), void *arg) {
  sqlite3_stmt *s = o->statements[shelf == NEEDS_KEPT ? LIST_KEPT : LIST_WAITING];
  int rc = SQLITE_DONE, said = 0;
  while (!said && (rc = sqlite3_step(s)) == SQLITE_ROW) {
    struct needs_entry e = {sqlite3_column_int64(s, 0), (const char *)sqlite3_column_text(s, 1),
                            (const char *)sqlite3_column_text(s, 2),
                            (const char *)sqlite3_column_text(s, 3)};
    said = each(arg, &e);
  }

  sqlite3_reset(s);
  if (said)
    return said;
  if (rc == SQLITE_DONE)
    return 0;

  return failed(o, "read");
}

static int change(struct needs_outbox *o, int statement, int64_t number, size_t *ret_rows) {
  sqlite3_stmt *s = o->statements[statement];
  sqlite3_bind_int64(s, 1, number);
  int rc = step(o, s);
  if (rc)
    *ret_rows = 0;
  else
    *ret_rows = (size_t)sqlite3_changes(o->db);

  return rc;
}

static int none_such(struct needs_outbox *o, int64_t number) {
  if (number)
    return link_why(o->n, -ENOENT, "the outbox has no event %lld there", (long long)number);
  return 0;
}

static int refuse_inside(const struct needs_outbox *o) {
  if (o->in_transaction)
    return link_why(o->n, -EALREADY, "commit the transaction first");
  return 0;
}

int needs_outbox_drop(struct needs_outbox *o, enum needs_shelf shelf, int64_t number) {
  size_t rows;
  int rc = refuse_inside(o);
  if (!rc)
    rc = change(o, shelf == NEEDS_KEPT ? DROP_KEPT : DROP_WAITING, number, &rows);

  if (rc)
    return rc;
  if (!rows)
    return none_such(o, number);

  size_t *left = shelf == NEEDS_KEPT ? &o->rejected : &o->waiting;
  *left -= rows;
  if (!*left)
    cut_log(o);

  return 0;
}

int needs_outbox_retry(struct needs_outbox *o, int64_t number) {
  size_t rows = 0, gone;
  int rc = refuse_inside(o);
  if (!rc)
    rc = run(o, "BEGIN IMMEDIATE", "write to");

  if (rc)
    return rc;

  rc = change(o, RETRY, number, &rows);
  if (!rc)
    rc = change(o, RETRY_DROP, number, &gone);
  if (!rc)
    rc = run(o, "COMMIT", "write to");

  if (rc) {
    sqlite3_exec(o->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
  }
  if (!rows)
    return none_such(o, number);

  o->waiting += rows;
  o->rejected -= rows;
  o->sealed = sqlite3_last_insert_rowid(o->db);
  link_wake(o->n);

  return 0;
}

/* --- for the link --- */

void outboxes_turn(struct needs *n) {
  struct needs_outbox *o;
  TAILQ_FOREACH (o, &n->outboxes, link) {
    if (!o->closed)
      drain_turn(o->drain);
  }
}

bool outboxes_want(const struct needs *n) {
  const struct needs_outbox *o;
  TAILQ_FOREACH (o, &n->outboxes, link) {
    if (!o->closed && o->waiting > (o->in_transaction ? o->added : 0) && !drain_stopped(o->drain))
      return true;
  }
  return false;
}

int64_t outboxes_due(const struct needs *n) {
  const struct needs_outbox *o;
  int64_t due = NEVER;

  TAILQ_FOREACH (o, &n->outboxes, link) {
    int64_t own = NEVER;
    if (!o->closed)
      own = drain_due(o->drain);
    if (own < due)
      due = own;
  }

  return due;
}
