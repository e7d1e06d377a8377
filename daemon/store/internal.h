/* internal - what the files of this room share; nobody else includes it, except the room's own
 * tests and benchmark.
 *
 * Threads: `writer` and everything in struct writing belong to the writer thread from the moment it
 * runs until it said STOPPED; `reader` and everything else belong to the loop thread. What both
 * touch is under `mutex`, or atomic. */
#pragma once

#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "base/error.h"
#include "store/store.h"

#define STORE_FILE "needs.db"

/* What only tests and benchmarks change. Zeroes are what the daemon runs with. */
struct store_tuning {
  const char *vfs;         /* SQLite VFS by name; NULL = the system's */
  const char *synchronous; /* NULL = FULL; anything less loses acknowledged events in a power cut */
  /* WAL pages after which the writer checkpoints at the latest; 0 = 4000 */
  int checkpoint_pages;
  /* rows are not held against their hashes: shows that the tests of damage see it */
  bool unchecked;
};
int store_open_tuned(struct store **ret, uv_loop_t *loop, const char *dir,
                     const struct store_tuning *tuning, struct error *err);

/* --- rows.c --- */
/* Numbers are part of every hash: never change one. People have two hashes: of who they are, and of
 * their current advice. */
enum table {
  TABLE_JOURNAL,
  TABLE_OUTBOX,
  TABLE_PEOPLE,
  TABLE_BASES,
  TABLE_SCHOOLS,
  TABLE_COHORTS,
  TABLE_CURSORS,
  TABLE_BUNDLES,
  TABLE_RULE_FAILURES,
  TABLE_STATE
};
extern const char *const table_names[];
struct chain {
  uint64_t first, last; /* 0 = empty */
  struct hash128 link;
};
struct sum {
  uint64_t rows;
  struct hash128 hash;
};
struct state {
  uint64_t commits;
  struct chain journal, outbox;
  struct sum sums[TABLE_STATE]; /* of the tables without order */
};
void rows_key(const unsigned char key[32], unsigned char ret[32]); /* the key of everything below */
/* The bytes of a row: start, then each column. */
void row_start(struct buf *b, enum table table);
void row_number(struct buf *b, uint64_t v);
void row_text(struct buf *b, const void *data, size_t len);
void row_bytes(struct buf *b, const void *data, size_t len);
void row_null(struct buf *b);
void row_columns(struct buf *b, sqlite3_stmt *stmt, int first, int n);
struct hash128 row_hash(const unsigned char key[32], const struct buf *b);
void hash_bytes(struct hash128 h, unsigned char out[16]);
bool hash_column(sqlite3_stmt *stmt, int column, struct hash128 *ret); /* false: it holds none */
struct hash128 chain_link(const unsigned char key[32], struct hash128 before, struct hash128 hash);
/* false: not the next position */
bool chain_grow(const unsigned char key[32], struct chain *c, uint64_t position,
                struct hash128 hash);
void sum_add(struct sum *s, struct hash128 hash);
void sum_drop(struct sum *s, struct hash128 hash);
bool sum_eq(const struct sum *x, const struct sum *y);
void state_encode(const struct state *s, struct buf *b);
struct hash128 key_fits(const unsigned char key[32]);
int state_load(sqlite3 *db, const unsigned char key[32], struct state *ret);
bool row_unreadable(int rc); /* SQLite says that a page of the file is damaged */

/* --- head.c --- */
struct head {
  int fd;
  struct hash128 fits;
  bool failed; /* said once */
};
/* Whether the head knows of more than the database holds. Needs the reader of `db`; `fresh`: there
 * need not be one yet. */
int head_open(struct head *h, int dir_fd, const char *dir, sqlite3 *db, const struct state *s,
              const unsigned char key[32], bool fresh, struct error *err);
void head_write(struct head *h, const struct state *s); /* the place is committed */
void head_close(struct head *h);

/* --- reserve.c --- */
struct reserve {
  int fd;
  int64_t size;      /* bytes that are held */
  uint64_t tried_ms; /* the last attempt to hold the whole; 0: none */
  bool said;         /* that there is no room for it */
};
/* fd is -1 before; it stays so where there is none to be had */
void reserve_open(struct reserve *r, int dir_fd, bool make);
/* the whole, or nothing; seldom, where it fails */
void reserve_fill(struct reserve *r);
/* a slice becomes free; false: nothing is left */
bool reserve_give(struct reserve *r);
void reserve_take_back(struct reserve *r); /* as much as there is room for */
void reserve_close(struct reserve *r);

/* --- migrate.c --- */
/* ours, and not newer than this daemon; changes nothing */
int store_recognise(sqlite3 *db, const char *dir, int *ret_version, struct error *err);
/* up to the newest step */
int store_migrate(sqlite3 *db, const unsigned char rows_key[32], const char *dir,
                  struct error *err);

/* --- batch.c --- */
enum op {
  OP_EVENT,
  OP_NOTE,
  OP_PERSON,
  OP_BASIS,
  OP_COHORTS,
  OP_PUBLICATION,
  OP_SEQUENCE,
  OP_BUNDLE,
  OP_CURSOR,
  OP_CURSOR_GONE,
  OP_RULE_FAILED,
  OP_N
};

/* Operations one after the other: u8 op, then its fields as the table in batch.c lists them. One
 * buffer, no allocation a row. */
struct batch {
  struct buf ops;
  size_t rows;
  bool urgent; /* may have the reserve */
};

struct writing {
  sqlite3 *db;
  sqlite3_stmt *begin, *commit, *state_row, *op[OP_N], *old[OP_N];
  unsigned char key[32]; /* of rows */
  struct state state;    /* as of the last commit */
  struct buf row;
  int wal_pages;    /* in the write-ahead log, as of the last commit */
  int system;       /* errno of the last step */
  enum table table; /* of the last row that was written */
  uint64_t sync_ns; /* what the last COMMIT took */
  /* by the number of the person: the hash of the advice, as written last; zero: to be read */
  struct hash128 *advice_hashes;
  size_t n_advice_hashes, cap_advice_hashes;
  char why[256]; /* of the last failure */
};
int writing_prepare(struct writing *w, struct error *err); /* w->db is open and migrated */
void writing_finish(struct writing *w);                    /* statements only */
/* one transaction: 0, -ENOSPC or -EIO, the last two with `why` */
int writing_commit(struct writing *w, const struct batch *b);
/* SQLITE_CHECKPOINT_*: 0, -EBUSY, -ENOSPC or -EIO with `why` */
int writing_checkpoint(struct writing *w, int mode);

/* --- read.c --- */
enum read {
  READ_JOURNAL,
  READ_PEOPLE,
  READ_SEQUENCES,
  READ_COHORTS,
  READ_OUTBOX,
  READ_OUTBOX_AT,
  READ_CURSORS,
  READ_BUNDLE,
  READ_RULE_FAILED,
  READ_BUNDLES,
  READ_RULE_FAILURES,
  READ_LAST_PERSON,
  READ_N
};
struct reading {
  sqlite3 *db;
  sqlite3_stmt *stmt[READ_N];
  unsigned char key[32]; /* of rows */
  struct state state;    /* as of the last commit that was answered */
  struct buf row;
  bool unchecked; /* only in tests */
};
int reading_prepare(struct reading *r, struct error *err);
void reading_finish(struct reading *r);
/* the tables that are read by key, or only after the start: all of their rows */
int reading_check_keyed(struct store *s);
/* of the tables that are written by key: a row is found where it is; -EBADMSG, -EIO */
int reading_check_tree(struct store *s);

/* --- store.c --- */
/* When the log is moved into the database; the writer thread's. */
struct checkpointing {
  int pages, most;            /* due when so many pages wait in the log; so many at most */
  uint64_t commits, spent_ns; /* since the last one */
};
void checkpoint_pace(struct checkpointing *c, uint64_t took_ns); /* after one that took so long */

enum {
  WATCHED = 5,
  DAMAGES = 64
};

struct store {
  char *dir;
  int dir_fd, lock_fd;
  unsigned char key[32], rows_key[32];
  /* the directory was made just now, or its making was cut short: it holds nothing yet */
  bool fresh;
  bool behind; /* data of an older version were brought up: there is no head yet */
  struct head head;
  struct reserve reserve; /* the writer thread's */
  /* of the directory, and of what acknowledging relies on */
  struct identity {
    dev_t dev;
    ino_t ino;
  } here, files[WATCHED];
  char damage[256];                /* loop thread: the last damaged row */
  struct hash128 damages[DAMAGES]; /* likewise: the last ones that were counted, each once */
  bool damage_logged;              /* the last one is in the log */
  struct reading reading;
  struct writing writing;
  struct checkpointing checkpointing;
  /* for good: a write, sync or read failed in a way after which nothing may be acknowledged */
  atomic_bool failed;
  char why[256]; /* loop thread: the last failure in words */

  uv_loop_t *loop;
  uv_async_t wake; /* the writer has an answer, or has stopped */
  uv_thread_t thread;
  bool threaded, mute; /* mute: `wake` does not exist */
  uv_mutex_t mutex;
  uv_cond_t work;
  enum {
    IDLE,
    BATCH,
    ANSWERED,
    STOP,
    STOPPED
  } turn; /* under mutex: whose move it is */
  /* BATCH: the writer's; otherwise the loop's */
  struct batch *batch;
  int rc;
  struct state committed; /* ANSWERED */
  /* of the last batch; of the checkpoint before it, 0 = none */
  uint64_t took_ns, sync_ns, checkpoint_ns;

  void (*done)(void *arg, int rc);
  void *done_arg;
  bool closing;
  void (*closed)(void *arg);
  void *closed_arg;
  struct store_stats stats;
};
/* a read failed: no commit from now on */
void store_fail_reading(struct store *s, const char *table, int rc);
void store_fail_damage(struct store *s); /* the same, of a damaged row */
