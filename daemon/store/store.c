/* store - the data directory, its two connections and the writer thread.
 *
 * The directory holds `lock` (flock, for as long as the daemon runs), `key` (32 random bytes, made
 * before anything that depends on them), `needs.db` with SQLite's -wal and -shm, `head` (head.c)
 * and `reserve` (reserve.c). A new directory, and every name in it, is on disk before store_open
 * returns: without that a power cut can roll a fresh database back behind acknowledged events.
 *
 * A first start that was cut short and a directory that lost its database differ in the key's
 * name: it is `key.new` until the database is on disk. From then on a missing database or key
 * refuses the start.
 *
 * After each commit, before its answer, the writer looks whether the directory and its files are
 * still the ones it opened: what is written to files that were removed is nowhere after a restart.
 *
 * One turn of the writer: the loop puts a batch (IDLE -> BATCH), the writer commits it (->
 * ANSWERED) and wakes the loop, which calls `done` (-> IDLE). The checkpoint comes after the
 * answer, so nobody waits for it but the next batch. Closing waits for IDLE, then STOP -> STOPPED,
 * join, and the last callback.
 *
 * Called by the pipeline and the daemon. Elsewhere: statements of a batch (batch.c), reads
 * (read.c), tables (migrate.c). */
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/param.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/internal.h"

#define LOG_AREA "store"
#include "base/log.h"
#include "base/words.h"

/* Pages in the log before it is moved into the database. The next batch waits for that, and moving
 * many at once is the cheaper way for each. So it should not be felt beside the commits: where
 * these are small and quick, few pages are moved at a time; while large ones come one after the
 * other, as many as pay. */
enum {
  CHECKPOINT_PAGES = 4000,
  CHECKPOINT_LEAST = 250,
  FELT_COMMITS = 8
};
#define FELT_NS 4000000 /* shorter than this it is never felt */

/* --- the directory --- */

static int fail_errno(struct error *err, const char *what, const char *dir, const char *name) {
  int code = errno;
  return error_set(err, -code, "cannot %s '%s%s%s': %s", what, dir, *name ? "/" : "", name,
                   strerrordesc_np(code));
}

/* The name of a directory just made is an entry of its parent, which has to reach the disk too. */
static int sync_parent(int dir_fd) {
  int fd = openat(dir_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return -1;

  int rc = fsync(fd);
  close(fd);

  return rc;
}

static int judge_dir(const char *dir, const struct stat *st, uid_t me, struct error *err) {
  if (!S_ISDIR(st->st_mode))
    return error_set(err, -ENOTDIR, "cannot open the data directory '%s': %s", dir,
                     strerrordesc_np(ENOTDIR));

  if (st->st_mode & 077)
    return error_set(
        err, -EPERM,
        "others may enter the data directory '%s' (mode %03o): make it private with chmod 700", dir,
        st->st_mode & 0777);

  if (st->st_uid != me)
    return error_set(err, -EPERM,
                     "the data directory '%s' belongs to user %u, the daemon runs as user %u: give "
                     "it to that user with chown",
                     dir, (unsigned)st->st_uid, (unsigned)me);

  return 0;
}

uid_t store_user(const char *dir) {
  struct stat st;
  uid_t me = geteuid();

  if (me == 0 && dir && stat(dir, &st) == 0)
    return st.st_uid;
  return me;
}

int store_check(const char *dir, struct error *err) {
  struct stat st;

  if (stat(dir, &st) < 0)
    return 0; /* where there is none, one is made */
  return judge_dir(dir, &st, store_user(dir), err);
}

static int open_dir(struct store *s, struct error *err) {
  struct stat st;
  bool made = mkdir(s->dir, 0700) == 0;
  if (!made && errno != EEXIST)
    return fail_errno(err, "make the data directory", s->dir, "");

  s->dir_fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (s->dir_fd < 0 || fstat(s->dir_fd, &st) < 0)
    return fail_errno(err, "open the data directory", s->dir, "");

  int rc = judge_dir(s->dir, &st, geteuid(), err);
  if (rc < 0)
    return rc;
  if (made && sync_parent(s->dir_fd) < 0)
    return fail_errno(err, "sync the parent of", s->dir, "");

  return 0;
}

static int lock_dir(struct store *s, struct error *err) {
  s->lock_fd = openat(s->dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (s->lock_fd < 0)
    return fail_errno(err, "open", s->dir, "lock");
  if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0)
    return 0;
  if (errno != EWOULDBLOCK)
    return fail_errno(err, "lock", s->dir, "lock");
  return error_set(err, -EBUSY,
                   "the data directory '%s' is in use by another needsd: stop it, or configure "
                   "another directory",
                   s->dir);
}

/* `key.new` until the database is there too. */
static int write_key(struct store *s) {
  if (getrandom(s->key, sizeof s->key, 0) != (ssize_t)sizeof s->key)
    return -1;

  int fd = openat(s->dir_fd, "key.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                  0600);
  if (fd < 0)
    return -1;

  ssize_t n = write(fd, s->key, sizeof s->key);
  if (n >= 0 && n < (ssize_t)sizeof s->key)
    errno = ENOSPC;

  int rc = -1;
  if (n == (ssize_t)sizeof s->key)
    rc = fsync(fd);

  close(fd);
  if (rc == 0)
    return fsync(s->dir_fd);

  return rc;
}

/* The database is on disk: from here on it belongs to the key. */
static int name_key(struct store *s, struct error *err) {
  if (!s->fresh)
    return 0;
  if (fsync(s->dir_fd) == 0 && renameat(s->dir_fd, "key.new", s->dir_fd, "key") == 0 &&
      fsync(s->dir_fd) == 0)
    return 0;
  return fail_errno(err, "make", s->dir, "key");
}

static int judge_owner(const struct store *s, const char *name, const struct stat *st,
                       struct error *err) {
  if (st->st_uid == geteuid())
    return 0;
  return error_set(
      err, -EPERM,
      "'%s/%s' belongs to user %u, the daemon runs as user %u: give it to that user with chown",
      s->dir, name, (unsigned)st->st_uid, (unsigned)geteuid());
}

static int read_key(struct store *s, int fd, struct error *err) {
  struct stat st;
  unsigned char more;

  if (fstat(fd, &st) < 0)
    return fail_errno(err, "read", s->dir, "key");
  if (!S_ISREG(st.st_mode))
    return error_set(err, -EINVAL, "'%s/key' is not a regular file", s->dir);

  if (st.st_mode & 077)
    return error_set(
        err, -EPERM,
        "others may read or write '%s/key' (mode %03o): make it private with chmod 600", s->dir,
        st.st_mode & 0777);

  int rc = judge_owner(s, "key", &st, err);
  if (rc < 0)
    return rc;

  ssize_t n = read(fd, s->key, sizeof s->key);
  if (n < 0)
    return fail_errno(err, "read", s->dir, "key");

  if (n != (ssize_t)sizeof s->key || read(fd, &more, 1) != 0)
    return error_set(
        err, -EINVAL,
        "'%s/key' has %lld bytes instead of 32: restore it from the backup of this directory",
        s->dir, (long long)st.st_size);

  return 0;
}

/* A first start that was cut short left `key.new`, whole or not, and perhaps a database made with
 * it. */
static int make_key(struct store *s, struct error *err) {
  struct stat st;
  bool has_data = fstatat(s->dir_fd, STORE_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0;
  int fd = openat(s->dir_fd, "key.new", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0 && has_data)
    return error_set(
        err, -ENOENT,
        "'%s' has data but no file 'key': restore the key from the backup of this directory",
        s->dir);

  int rc = 0;
  if (fd >= 0 && has_data)
    rc = read_key(s, fd, err);
  if (fd >= 0)
    close(fd);

  if (rc < 0)
    return rc;

  s->fresh = true;
  if (!has_data && write_key(s) < 0)
    return fail_errno(err, "make", s->dir, "key");

  return 0;
}

static int load_key(struct store *s, struct error *err) {
  int fd = openat(s->dir_fd, "key", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0 && errno != ENOENT)
    return fail_errno(err, "open", s->dir, "key");

  int rc = fd < 0 ? make_key(s, err) : read_key(s, fd, err);
  if (fd >= 0)
    close(fd);
  if (rc == 0)
    rows_key(s->key, s->rows_key);

  return rc;
}

/* --- the connections --- */

/* SQLite gives its other files the mode of this one. An empty database would be filled anew by
 * SQLite, and its log deleted. */
static int open_private_file(struct store *s, struct error *err) {
  struct stat st;
  int flags = O_RDWR;

  if (s->fresh)
    flags = O_RDWR | O_CREAT;

  int fd = openat(s->dir_fd, STORE_FILE, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0 && errno != ENOENT)
    return fail_errno(err, "open", s->dir, STORE_FILE);

  int rc = 0;
  if (fd >= 0)
    rc = fstat(fd, &st);
  if (fd >= 0)
    close(fd);

  if (rc < 0)
    return fail_errno(err, "open", s->dir, STORE_FILE);

  if (fd < 0 || (st.st_size == 0 && !s->fresh))
    return error_set(err, -ENOENT,
                     "'%s' has a key but %s '" STORE_FILE
                     "': restore the whole directory from its backup; only if it never held "
                     "data, remove 'key' and start again",
                     s->dir, fd < 0 ? "no" : "an empty");

  if (st.st_mode & 077)
    return error_set(err, -EPERM,
                     "others may read or write '%s/" STORE_FILE
                     "' (mode %03o): make it private with chmod 600",
                     s->dir, st.st_mode & 0777);

  return judge_owner(s, STORE_FILE, &st, err);
}

static int connect_db(struct store *s, int flags, const char *vfs, sqlite3 **ret,
                      struct error *err) {
  char path[4096];
  int len = snprintf(path, sizeof path, "%s/" STORE_FILE, s->dir);
  if (len < 0 || (size_t)len >= sizeof path)
    return error_set(err, -ENAMETOOLONG,
                     "the path of the data directory has %zu characters: name one of at most %zu",
                     strlen(s->dir), sizeof path - sizeof "/" STORE_FILE);

  /* No mutex: each connection is used by one thread at a time. */
  int rc = sqlite3_open_v2(path, ret, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);
  if (rc != SQLITE_OK)
    return error_set(err, -EIO, "cannot open '%s': %s", path,
                     *ret ? sqlite3_errmsg(*ret) : sqlite3_errstr(rc));

  /* somebody with the sqlite3 shell: against the rules, but no reason to die */
  sqlite3_busy_timeout(*ret, 5000);

  return 0;
}

static uint64_t size_of(const struct store *s, const char *name) {
  struct stat st;
  if (fstatat(s->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
    return (uint64_t)st.st_size;
  return 0;
}

static int settle(sqlite3 *db, const char *sql, const char *dir, struct error *err) {
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
    return 0;
  return error_set(err, -EIO, "cannot set up '%s/" STORE_FILE "' (%s): %s", dir, sql,
                   sqlite3_errmsg(db));
}

static int is_wal(void *arg, int n, char **values, char **names) {
  (void)n, (void)names;
  *(bool *)arg = strcmp(values[0], "wal") == 0;
  return 0;
}

static int switch_to_wal(sqlite3 *db, const char *dir, struct error *err) {
  bool wal = false;
  if (sqlite3_exec(db, "PRAGMA journal_mode = WAL", is_wal, &wal, NULL) != SQLITE_OK)
    return error_set(err, -EIO, "cannot give '%s/" STORE_FILE "' its write-ahead log: %s", dir,
                     sqlite3_errmsg(db));

  if (wal)
    return 0;
  return error_set(err, -EIO,
                   "'%s/" STORE_FILE
                   "' cannot have a write-ahead log: the directory must be on a local file system",
                   dir);
}

enum {
  FREE_PAGES = 1000 /* that are tried at an open */
};
enum {
  STATE_SINCE = 3
}; /* the data version that brought the state row and the head */

static int load_state(struct store *s, struct error *err) {
  struct writing *w = &s->writing;
  memcpy(w->key, s->rows_key, sizeof w->key);
  memcpy(s->reading.key, s->rows_key, sizeof s->reading.key);

  int rc = state_load(w->db, w->key, &w->state);
  s->reading.state = w->state;
  if (rc == -EKEYREJECTED)
    return error_set(err, rc,
                     "the file 'key' in '%s' does not fit '" STORE_FILE
                     "': one of the two is damaged or from another directory; restore "
                     "both from the same backup",
                     s->dir);

  if (rc == -EBADMSG)
    return error_set(err, rc,
                     "'%s/" STORE_FILE "' is damaged (state: the row is not as it was written, or "
                     "there is more than one): restore the "
                     "directory from its backup",
                     s->dir);

  if (rc == 0)
    return 0;

  return error_set(err, rc, "cannot read '%s/" STORE_FILE "': %s", s->dir, sqlite3_errmsg(w->db));
}

static int header_damaged(struct store *s, const char *what, struct error *err) {
  return error_set(err, -EBADMSG,
                   "'%s/" STORE_FILE
                   "' is damaged (its header: %s): restore the directory from its backup",
                   s->dir, what);
}

static int one_value(void *arg, int n, char **values, char **names) {
  (void)n, (void)names;
  *(int64_t *)arg = values[0] ? strtoll(values[0], NULL, 10) : 0;
  return 0;
}

static int64_t pragma_of(sqlite3 *db, const char *sql) {
  int64_t value = -1;

  sqlite3_exec(db, sql, one_value, &value, NULL);
  return value;
}

/* Pages that SQLite believes to be free are taken, and given back: what is wrong with them must not
 * wait for the first event. */
static int take_free_pages(struct store *s, int64_t pages) {
  sqlite3 *db = s->writing.db;
  char sql[160];

  sqlite3_snprintf(
      sizeof sql, sql,
      "BEGIN IMMEDIATE; CREATE TABLE trial (x BLOB); INSERT INTO trial VALUES (zeroblob(%lld))",
      (long long)pages * 4000);

  int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
  if (!sqlite3_get_autocommit(db))
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);

  return rc;
}

/* Fields of the header that no read needs: with them a store would open, and end at the first
 * event. */
static int check_header(struct store *s, struct error *err) {
  sqlite3 *db = s->writing.db;
  int64_t pages = pragma_of(db, "PRAGMA page_count"),
          unused = pragma_of(db, "PRAGMA freelist_count");
  int64_t page_size = pragma_of(db, "PRAGMA page_size");

  if (pragma_of(db, "PRAGMA auto_vacuum") != 0)
    return header_damaged(s, "it tells of pages that were never made", err);
  if (pages < 0 || unused < 0 || unused > pages)
    return header_damaged(s, "the number of free pages", err);
  if (size_of(s, STORE_FILE) > (uint64_t)(pages * page_size))
    return header_damaged(s, "the number of pages", err);

  int rc = take_free_pages(s, MIN(unused, FREE_PAGES));
  if (row_unreadable(rc) || (rc & 0xff) == SQLITE_READONLY)
    return header_damaged(s, "the list of free pages", err);
  if (rc == SQLITE_OK)
    return 0;

  return error_set(err, -EIO, "cannot write '%s/" STORE_FILE "': %s", s->dir, sqlite3_errstr(rc));
}

static int open_writer(struct store *s, const struct store_tuning *t, struct error *err) {
  char synchronous[64];
  int version = 0;

  sqlite3_snprintf(sizeof synchronous, synchronous, "PRAGMA synchronous = %s",
                   text_or(t->synchronous, "FULL"));
  int rc = connect_db(s, SQLITE_OPEN_READWRITE, t->vfs, &s->writing.db, err);
  sqlite3 *db = s->writing.db;

  if (rc == 0)
    rc = settle(db, "PRAGMA page_size = 4096", s->dir, err);
  if (rc == 0)
    rc = store_recognise(db, s->dir, &version, err);
  if (rc == 0 && version == 0 && !s->fresh)
    rc = error_set(err, -EINVAL,
                   "'%s/" STORE_FILE
                   "' holds nothing though the directory has a key: restore it from its backup",
                   s->dir);

  if (rc == 0 && sqlite3_db_readonly(db, "main") != 0)
    rc = header_damaged(s, "it says that nothing may be written", err);
  if (rc == 0)
    rc = switch_to_wal(db, s->dir, err);
  if (rc == 0)
    rc = settle(db, synchronous, s->dir, err);
  if (rc == 0)
    rc = settle(db,
                "PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON",
                s->dir, err);

  s->behind = version < STATE_SINCE;
  if (rc == 0)
    rc = store_migrate(db, s->rows_key, s->dir, err);
  if (rc == 0)
    rc = load_state(s, err);
  if (rc == 0)
    rc = check_header(s, err);
  if (rc == 0)
    rc = writing_prepare(&s->writing, err);

  return rc;
}

static int open_reader(struct store *s, const struct store_tuning *t, struct error *err) {
  int rc = connect_db(s, SQLITE_OPEN_READONLY, t->vfs, &s->reading.db, err);
  if (rc == 0)
    rc = settle(s->reading.db, "PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY", s->dir,
                err);

  if (rc == 0)
    return reading_prepare(&s->reading, err);
  return rc;
}

static void close_reader(struct store *s) {
  struct reading *r = &s->reading;
  reading_finish(r);
  sqlite3_close(r->db);
  explicit_bzero(r->key, sizeof r->key);
  *r = (struct reading){0};
}

/* A store that failed leaves the log as it is: writing pages from it to the database would be one
 * more try. */
static void close_writer(struct store *s) {
  struct writing *w = &s->writing;
  writing_finish(w);
  if (s->failed && w->db)
    sqlite3_db_config(w->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  if (!s->failed && w->db && writing_checkpoint(w, SQLITE_CHECKPOINT_TRUNCATE) != 0)
    log_debug("last checkpoint failed, the log is kept", "why=\"%s\"", w->why);

  sqlite3_close(w->db);
  explicit_bzero(w, sizeof *w);
}

/* --- the writer thread --- */

/* Waits for the loop's move. NULL: stop. */
static struct batch *next_batch(struct store *s) {
  uv_mutex_lock(&s->mutex);
  while (s->turn != BATCH && s->turn != STOP)
    uv_cond_wait(&s->work, &s->mutex);

  struct batch *b = NULL;
  if (s->turn == BATCH)
    b = s->batch;

  uv_mutex_unlock(&s->mutex);

  return b;
}

static void say(struct store *s, int turn, int rc, uint64_t took_ns, uint64_t checkpoint_ns) {
  uv_mutex_lock(&s->mutex);
  s->turn = turn;
  s->rc = rc;
  if (turn == ANSWERED && rc == 0)
    s->committed = s->writing.state;

  s->took_ns = took_ns;
  s->sync_ns = s->writing.sync_ns;
  s->checkpoint_ns = checkpoint_ns;
  if (rc != 0)
    memcpy(s->why, s->writing.why, sizeof s->why);

  uv_mutex_unlock(&s->mutex);
  if (!s->mute)
    uv_async_send(&s->wake);
}

/* --- still the same files? --- */

static const char *const watched[WATCHED] = {STORE_FILE, STORE_FILE "-wal", "key", "head", "lock"};

static bool same_file(const struct identity *was, const struct stat *st) {
  return was->dev == st->st_dev && was->ino == st->st_ino;
}

static int remember_files(struct store *s, struct error *err) {
  struct stat st;
  if (fstat(s->dir_fd, &st) < 0)
    return fail_errno(err, "open the data directory", s->dir, "");

  s->here = (struct identity){st.st_dev, st.st_ino};
  for (int i = 0; i < WATCHED; i++) {
    if (fstatat(s->dir_fd, watched[i], &st, AT_SYMLINK_NOFOLLOW) < 0)
      return fail_errno(err, "open", s->dir, watched[i]);
    s->files[i] = (struct identity){st.st_dev, st.st_ino};
  }

  return 0;
}

/* The names, and not open descriptors: a file that was replaced is there, and is not ours. */
static bool files_are_ours(struct store *s) {
  struct stat st;
  char *why = s->writing.why;

  if (stat(s->dir, &st) < 0 || !same_file(&s->here, &st)) {
    sqlite3_snprintf(sizeof s->writing.why, why,
                     "the data directory '%s' was removed or replaced while it was in use", s->dir);
    return false;
  }

  for (int i = 0; i < WATCHED; i++) {
    if (fstatat(s->dir_fd, watched[i], &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        same_file(&s->files[i], &st))
      continue;

    sqlite3_snprintf(sizeof s->writing.why, why,
                     "'%s/%s' was removed or replaced while it was in use", s->dir, watched[i]);
    return false;
  }

  return true;
}

static int commit_batch(struct store *s, const struct batch *b) {
  if (s->failed) {
    if (!*s->writing.why)
      strcpy(s->writing.why, "a read failed, or found a damaged row");
    return -EIO;
  }

  bool given = false;
  int rc = writing_commit(&s->writing, b);
  while (rc == -ENOSPC && b->urgent && reserve_give(&s->reserve)) {
    given = true;
    rc = writing_commit(&s->writing, b);
  }

  if (rc == 0)
    head_write(&s->head, &s->writing.state);
  if (given)
    reserve_take_back(&s->reserve);
  if (rc == 0 && !files_are_ours(s))
    rc = -EIO;
  if (rc != 0 && rc != -ENOSPC)
    s->failed = true;

  return rc;
}

void checkpoint_pace(struct checkpointing *c, uint64_t took_ns) {
  uint64_t beside_ns = 0;
  if (c->commits > 0)
    beside_ns = FELT_COMMITS * c->spent_ns / c->commits;

  int least = CHECKPOINT_LEAST;
  if (CHECKPOINT_LEAST >= c->most)
    least = c->most;
  if (took_ns > FELT_NS && took_ns > beside_ns)
    c->pages = c->pages / 2;
  else
    c->pages = c->pages + c->pages / 4 + 1;

  if (c->pages < least)
    c->pages = least;
  if (c->pages > c->most)
    c->pages = c->most;

  c->commits = c->spent_ns = 0;
}

/* Without space the log only grows, and says so to the next batch; any other failure ends the
 * store. */
static uint64_t checkpoint(struct store *s) {
  if (s->failed || s->writing.wal_pages < s->checkpointing.pages)
    return 0;

  uint64_t start_ns = uv_hrtime();
  int rc = writing_checkpoint(&s->writing, SQLITE_CHECKPOINT_PASSIVE);
  if (rc == -EIO)
    s->failed = true;

  uint64_t took_ns = uv_hrtime() - start_ns;
  checkpoint_pace(&s->checkpointing, took_ns);

  return took_ns;
}

static void write_batches(void *arg) {
  struct store *s = arg;
  uint64_t checkpoint_ns = 0;

  for (struct batch *b; (b = next_batch(s));) {
    uint64_t start_ns = uv_hrtime();
    int rc = commit_batch(s, b);
    uint64_t took_ns = uv_hrtime() - start_ns;

    s->checkpointing.commits++;
    s->checkpointing.spent_ns += took_ns;
    say(s, ANSWERED, rc, took_ns, checkpoint_ns);
    checkpoint_ns = checkpoint(s);
    if (rc == 0)
      reserve_fill(&s->reserve);
  }

  close_writer(s);
  say(s, STOPPED, 0, 0, 0);
}

/* The thread hears no signals: they are the loop's. */
static int start_thread(struct store *s) {
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  int rc = uv_thread_create(&s->thread, write_batches, s);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  s->threaded = rc == 0;

  return rc;
}

/* --- the loop's side --- */

static void move(struct store *s, int turn) {
  uv_mutex_lock(&s->mutex);
  s->turn = turn;
  uv_cond_signal(&s->work);
  uv_mutex_unlock(&s->mutex);
}

static void store_free(struct store *s) {
  head_close(&s->head);
  reserve_close(&s->reserve);
  if (s->lock_fd >= 0)
    close(s->lock_fd);
  if (s->dir_fd >= 0)
    close(s->dir_fd);

  uv_cond_destroy(&s->work);
  uv_mutex_destroy(&s->mutex);
  explicit_bzero(s->key, sizeof s->key);
  explicit_bzero(s->rows_key, sizeof s->rows_key);
  free(s->dir);
  free(s);
}

static void on_handle_closed(uv_handle_t *handle) {
  struct store *s = container_of((uv_async_t *)handle, struct store, wake);
  void (*closed)(void *) = s->closed;
  void *arg = s->closed_arg;
  store_free(s);
  if (closed)
    closed(arg);
}

static void close_when_idle(struct store *s) {
  if (!s->closing || s->batch)
    return;

  s->closing = false; /* once */
  close_reader(s);
  move(s, STOP);
}

static void count(struct store *s, uint64_t rows) {
  struct store_stats *stats = &s->stats;
  uint64_t took_us = s->took_ns / 1000;

  if (s->checkpoint_ns > 0)
    histogram_add(&stats->checkpoint, s->checkpoint_ns, 1);
  if (s->rc == -ENOSPC)
    stats->full++;

  if (s->rc != 0)
    return;

  stats->commits++;
  stats->rows += rows;
  stats->commit_us_total += took_us;
  if (took_us > stats->commit_us_max)
    stats->commit_us_max = took_us;

  histogram_add(&stats->commit, s->took_ns, 1);
  histogram_add(&stats->sync, s->sync_ns, 1);
}

static void answer(struct store *s) {
  struct batch *b = s->batch;
  int rc = s->rc;

  count(s, b->rows);
  if (rc == 0)
    s->reading.state = s->committed;

  s->batch = NULL;
  move(s, IDLE); /* before `done`, which may hand over the next batch */
  s->done(s->done_arg, rc);
  batch_destroy(b);
  close_when_idle(s);
}

static void on_told(uv_async_t *handle) {
  struct store *s = container_of(handle, struct store, wake);
  uv_mutex_lock(&s->mutex);
  int turn = s->turn;
  uv_mutex_unlock(&s->mutex);
  if (turn == ANSWERED)
    answer(s);

  if (turn != STOPPED)
    return;

  uv_thread_join(&s->thread);
  uv_close((uv_handle_t *)&s->wake, on_handle_closed);
}

void store_commit(struct store *s, struct batch *b_take, void (*done)(void *arg, int rc),
                  void *arg) {
  assert(!s->batch); /* one in flight */
  s->batch = b_take;
  s->done = done;
  s->done_arg = arg;
  move(s, BATCH);
}

void store_close(struct store *s, void (*done)(void *arg), void *arg) {
  s->closing = true;
  s->closed = done;
  s->closed_arg = arg;
  close_when_idle(s);
}

/* --- opening --- */

static int check_keyed(struct store *s, struct error *err) {
  int rc = reading_check_keyed(s);
  if (rc == 0)
    rc = reading_check_tree(s);
  if (rc == -EBADMSG)
    return error_set(err, rc,
                     "'%s/" STORE_FILE "' is damaged (%s): restore the directory from its backup",
                     s->dir, s->damage);

  if (rc == 0)
    return 0;
  return error_set(err, -EIO, "cannot read '%s/" STORE_FILE "': %s", s->dir, s->why);
}

/* A store on a full disk opens all the same: SQLite needs a few pages beside the database. */
static void lend_room(struct store *s) {
  reserve_open(&s->reserve, s->dir_fd, false);
  reserve_give(&s->reserve);
}

static void keep_room(struct store *s) {
  reserve_take_back(&s->reserve);
  reserve_open(&s->reserve, s->dir_fd, true);
  reserve_fill(&s->reserve);
}

static int open_all(struct store *s, const struct store_tuning *t, struct error *err) {
  int rc = open_dir(s, err);
  if (rc == 0)
    rc = lock_dir(s, err);
  if (rc == 0)
    rc = load_key(s, err);
  if (rc == 0)
    rc = open_private_file(s, err);
  if (rc == 0)
    lend_room(s);
  if (rc == 0)
    rc = open_writer(s, t, err);
  if (rc == 0)
    rc = open_reader(s, t, err);
  if (rc == 0)
    rc = name_key(s, err);
  if (rc == 0)
    rc = head_open(&s->head, s->dir_fd, s->dir, s->reading.db, &s->reading.state, s->rows_key,
                   s->fresh || s->behind, err);

  if (rc == 0)
    rc = check_keyed(s, err);
  if (rc == 0)
    rc = remember_files(s, err);
  if (rc == 0)
    keep_room(s);
  if (rc == 0 && fsync(s->dir_fd) < 0)
    rc = fail_errno(err, "sync the data directory", s->dir, "");
  if (rc == 0 && s->fresh)
    log_warn("the daemon starts with an empty store; where there were data before, stop it and "
             "restore the directory from its backup",
             "directory=\"%s\"", s->dir);

  if (rc == 0 && (rc = start_thread(s)) != 0)
    error_set(err, rc, "cannot start the writer thread: %s", uv_strerror(rc));
  if (rc == 0 && (rc = uv_async_init(s->loop, &s->wake, on_told)) != 0)
    error_set(err, rc, "cannot wake the loop from the writer thread: %s", uv_strerror(rc));

  return rc;
}

static void abandon(struct store *s) {
  s->failed = true; /* no checkpoint: somebody else's data, or newer data, stays as it was found */
  s->mute = true;
  close_reader(s);
  if (!s->threaded)
    reserve_take_back(&s->reserve);
  if (s->threaded) {
    move(s, STOP);
    uv_thread_join(&s->thread);
  } else {
    close_writer(s);
  }

  store_free(s);
}

int store_open_tuned(struct store **ret, uv_loop_t *loop, const char *dir,
                     const struct store_tuning *tuning, struct error *err) {
  struct store *s = mem_alloc(sizeof *s);
  s->dir = mem_strdup(dir);
  s->dir_fd = s->lock_fd = s->head.fd = s->reserve.fd = -1;
  s->loop = loop;
  s->reading.unchecked = tuning->unchecked;
  s->checkpointing.most = CHECKPOINT_PAGES;
  if (tuning->checkpoint_pages)
    s->checkpointing.most = tuning->checkpoint_pages;
  s->checkpointing.pages = s->checkpointing.most;

  if (uv_mutex_init(&s->mutex) != 0 || uv_cond_init(&s->work) != 0)
    abort();

  int rc = open_all(s, tuning, err);
  if (rc != 0) {
    abandon(s);
    return rc;
  }

  *ret = s;

  return 0;
}

int store_open(struct store **ret, uv_loop_t *loop, const char *dir, struct error *err) {
  return store_open_tuned(ret, loop, dir, &(struct store_tuning){0}, err);
}

const unsigned char *store_key(const struct store *s) {
  return s->key;
}
const char *store_why(const struct store *s) {
  return s->why;
}

void store_fail_reading(struct store *s, const char *table, int rc) {
  uv_mutex_lock(&s->mutex);
  sqlite3_snprintf(sizeof s->why, s->why, "cannot read %s: %s (SQLite code %d)", table,
                   sqlite3_errstr(rc), rc);
  uv_mutex_unlock(&s->mutex);
  s->failed = true;
}

void store_fail_damage(struct store *s) {
  uv_mutex_lock(&s->mutex);
  snprintf(s->why, sizeof s->why, "damaged: %.240s", s->damage);
  uv_mutex_unlock(&s->mutex);
  s->failed = true;
}

const char *store_damage(const struct store *s) {
  return s->damage;
}

void store_stats(const struct store *s, struct store_stats *ret) {
  *ret = s->stats;
  ret->db_bytes = size_of(s, STORE_FILE);
  ret->wal_bytes = size_of(s, STORE_FILE "-wal");
  ret->broken = s->failed;
}
