/* store/inner - what the files of this room share; nobody else includes it, except the room's own tests and benchmark.
 *
 * Threads: `writer` and everything in struct writing belong to the writer thread from the moment it runs until it said STOPPED;
 * `reader` and everything else belong to the loop thread. What both touch is under `mutex`, or atomic. */
#pragma once

#include <sqlite3.h>
#include <stdatomic.h>

#include "base/error.h"
#include "store/store.h"

#define STORE_FILE "needs.db"

/* What only tests and benchmarks change. Zeroes are what the daemon runs with. */
struct store_tuning {
  const char *vfs;         /* SQLite VFS by name; NULL = the system's */
  const char *synchronous; /* NULL = FULL; anything less loses acknowledged events in a power cut */
  int checkpoint_pages;    /* WAL pages after which the writer checkpoints at the latest; 0 = 4000 */
};
int store_open_tuned(struct store **ret, uv_loop_t *loop, const char *dir, const struct store_tuning *tuning, struct error *err);

/* --- migrate.c --- */
int store_recognise(sqlite3 *db, const char *dir, struct error *err); /* ours, and not newer than this daemon; changes nothing */
int store_migrate(sqlite3 *db, const char *dir, struct error *err);   /* up to the newest step */

/* --- batch.c --- */
enum op { OP_EVENT, OP_NOTE, OP_PERSON, OP_STAND, OP_COHORTS, OP_PUBLICATION, OP_SEQUENCE, OP_BUNDLE, OP_CURSOR, OP_CURSOR_GONE, OP_RULE_FAILED, OP_N };

/* Operations one after the other: u8 op, then its fields as the table in batch.c lists them. One buffer, no allocation a row. */
struct batch {
  struct buf ops;
  size_t rows;
};

struct writing {
  sqlite3 *db;
  sqlite3_stmt *begin, *commit, *op[OP_N];
  int wal_pages; /* in the write-ahead log, as of the last commit */
  int system;    /* errno of the last step */
  uint64_t sync_ns; /* what the last COMMIT took */
  char why[256]; /* of the last failure */
};
int writing_prepare(struct writing *w, struct error *err);    /* w->db is open and migrated */
void writing_finish(struct writing *w);                       /* statements only */
int writing_commit(struct writing *w, const struct batch *b); /* one transaction: 0, -ENOSPC or -EIO, the last two with `why` */
int writing_checkpoint(struct writing *w, int mode);          /* SQLITE_CHECKPOINT_*: 0, -EBUSY, -ENOSPC or -EIO with `why` */

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
  READ_LAST_POSITION,
  READ_LAST_PUBLICATION,
  READ_FIRST_PUBLICATION,
  READ_LAST_PERSON,
  READ_N
};
struct reading {
  sqlite3 *db;
  sqlite3_stmt *stmt[READ_N];
};
int reading_prepare(struct reading *r, struct error *err);
void reading_finish(struct reading *r);

/* --- store.c --- */
/* When the log is moved into the database; the writer thread's. */
struct checkpointing {
  int pages, most;            /* due when so many pages wait in the log; so many at most */
  uint64_t commits, spent_ns; /* since the last one */
};
void checkpoint_pace(struct checkpointing *c, uint64_t took_ns); /* after one that took so long */

struct store {
  char *dir;
  int dir_fd, lock_fd;
  unsigned char key[32];
  struct reading reading;
  struct writing writing;
  struct checkpointing checkpointing;
  atomic_bool failed; /* for good: a write, sync or read failed in a way after which nothing may be acknowledged */
  char why[256];      /* loop thread: the last failure in words */

  uv_loop_t *loop;
  uv_async_t told; /* the writer has an answer, or has stopped */
  uv_thread_t thread;
  bool threaded, mute; /* mute: `told` does not exist */
  uv_mutex_t mutex;
  uv_cond_t work;
  enum { IDLE, BATCH, ANSWERED, STOP, STOPPED } turn; /* under mutex: whose move it is */
  struct batch *batch;                                /* BATCH: the writer's; otherwise the loop's */
  int rc;
  uint64_t took_ns, sync_ns, checkpoint_ns; /* of the last batch; of the checkpoint before it, 0 = none */

  void (*done)(void *arg, int rc);
  void *done_arg;
  bool closing;
  void (*closed)(void *arg);
  void *closed_arg;
  struct store_stats stats;
};
void store_fail_reading(struct store *s, int rc); /* a read failed: no commit from now on */
