/* store: the power fails between any two operations, and every acknowledged batch is there whole.
 *
 * A run is recorded: what SQLite writes, syncs and deletes, each sync of the directory, and when
 * the store said committed. Half way the store is closed and opened again. Then, for every point of
 * the record, disks are made as a power cut may leave them: what was synced is there; of the rest
 * nothing, everything, a random part, or a random part with the last write torn at a sector. A name
 * is on the disk once its directory was synced. The file `head` is never synced between commits: it
 * is absent, as it was at any commit before, or torn in the slot that was written last. Each disk
 * is opened by the store itself and held against the model.
 *
 * The simulator is itself on trial: a store with `synchronous` below FULL, and one whose syncs of
 * the directory do not count, must lose something. POWERCUT_STATES=100000 in the environment asks
 * for more states, POWERCUT_SEED for others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/syscall.h>

#include "../crash/store_rig.h"
#include "../crash/store_vfs.h"

#define BATCHES 24u
#define SECTOR 512u
#define INODES 16

enum kind {
  LINK,
  UNLINK,
  KEY_NAMED,
  WRITE,
  TRUNCATE,
  SYNC,
  SYNC_DIR,
  ACKNOWLEDGED
};
struct change {
  enum kind kind;
  enum vfs_which name; /* LINK, UNLINK */
  int inode;
  size_t at, len; /* ACKNOWLEDGED: at = the batch */
  unsigned char *data;
};

static struct {
  bool on;
  uv_mutex_t mutex;
  struct change *ops;
  size_t n, cap;
  int inode_of[VFS_OTHER + 1], inodes; /* -1 = no such file */
} tape;

#define HEAD_BYTES 1024
/* of the run; head i: after batch i */
static unsigned char recorded_key[32], heads[BATCHES + 1][HEAD_BYTES];
static bool deaf_to_directory; /* the trial of the simulator */
static enum {
  HEAD_ANY,
  HEAD_ABSENT,
  HEAD_NEWEST
} with_head;
static unsigned directory_syncs;

static void record(struct change op) {
  if (!tape.on)
    return;
  uv_mutex_lock(&tape.mutex);
  if (tape.n == tape.cap)
    tape.ops = mem_grow(tape.ops, &tape.cap, tape.n + 1, sizeof *tape.ops);
  tape.ops[tape.n++] = op;
  uv_mutex_unlock(&tape.mutex);
}

static int inode_of(enum vfs_which name) {
  if (tape.inode_of[name] < 0) {
    assert_true(tape.inodes < INODES);
    tape.inode_of[name] = tape.inodes++;
    record((struct change){.kind = LINK, .name = name, .inode = tape.inode_of[name]});
  }
  return tape.inode_of[name];
}

static void on_change(enum vfs_kind kind, enum vfs_which name, const void *data, size_t len,
                      size_t at) {
  if (!tape.on || name == VFS_OTHER || kind == VFS_READ)
    return;
  int inode = inode_of(name);
  if (kind == VFS_WRITE)
    record((struct change){WRITE, name, inode, at, len, mem_dup(data, len)});
  if (kind == VFS_TRUNCATE)
    record((struct change){TRUNCATE, name, inode, at, 0, NULL});
  if (kind == VFS_SYNC)
    record((struct change){SYNC, name, inode, 0, 0, NULL});
  if (kind == VFS_DELETE) {
    record((struct change){UNLINK, name, inode, 0, 0, NULL});
    tape.inode_of[name] = -1;
  }
}

/* Takes the place of the C library's: files are synced in the record only, and directories are
 * noticed. Both the store and SQLite come through here. */
static int note_sync(int fd) {
  struct stat st;
  if (fstat(fd, &st) < 0)
    return -1;
  directory_syncs += S_ISDIR(st.st_mode);
  if (S_ISDIR(st.st_mode) && !deaf_to_directory)
    record((struct change){.kind = SYNC_DIR});
  return 0;
}
int renameat(int from_dir, const char *from, int to_dir, const char *to) {
  int rc = (int)syscall(SYS_renameat, from_dir, from, to_dir, to);
  if (rc == 0 && strcmp(to, "key") == 0)
    record((struct change){.kind = KEY_NAMED});
  return rc;
}
int fsync(int fd) {
  return note_sync(fd);
}
int fdatasync(int fd) {
  return note_sync(fd);
}

static void note_head(const char *dir, unsigned i) {
  char path[256];
  int fd = open(rig_path(dir, "head", path), O_RDONLY);
  assert_int_equal(read(fd, heads[i], HEAD_BYTES), HEAD_BYTES);
  close(fd);
}

static void record_run(const char *synchronous) {
  char dir[128];
  struct rig rig;
  struct error err = {0};
  rig_dir(dir);
  tape.on = true;
  tape.n = 0;
  tape.inodes = 0;
  for (int i = 0; i <= VFS_OTHER; i++)
    tape.inode_of[i] = -1;
  struct store_tuning tuning = {
      .vfs = "powercut", .synchronous = synchronous, .checkpoint_pages = 60};
  if (rig_open(&rig, dir, &tuning, &err) != 0)
    fail_msg("%s", err.text);
  memcpy(recorded_key, store_key(rig.store), sizeof recorded_key);
  note_head(dir, 0);
  for (unsigned i = 1; i <= BATCHES; i++) {
    assert_int_equal(rig_commit(&rig, model_batch(i)), 0);
    note_head(dir, i);
    record((struct change){.kind = ACKNOWLEDGED, .at = i});
    if (i != BATCHES / 2)
      continue;
    assert_true(rig_close(&rig));
    directory_syncs = 0;
    if (rig_open(&rig, dir, &tuning, &err) != 0)
      fail_msg("%s", err.text);
    /* the new log's name is on the disk before anything is acknowledged */
    assert_true(directory_syncs > 0);
  }
  assert_true(rig_close(&rig));
  tape.on = false;
  rig_remove(dir);
}

static void forget_run(void) {
  for (size_t i = 0; i < tape.n; i++)
    free(tape.ops[i].data);
  free(tape.ops);
  tape.ops = NULL;
  tape.n = tape.cap = 0;
}

/* --- disks --- */

struct image {
  unsigned char *data;
  size_t len, cap;
};
static void image_write(struct image *m, const unsigned char *data, size_t len, size_t at) {
  if (at + len > m->cap)
    m->data = mem_grow(m->data, &m->cap, at + len, 1);
  if (at > m->len)
    memset(m->data + m->len, 0, at - m->len);
  if (len)
    memcpy(m->data + at, data, len);
  if (at + len > m->len)
    m->len = at + len;
}
static void image_apply(struct image *m, const struct change *op, size_t len) {
  if (op->kind == WRITE)
    image_write(m, op->data, len, op->at);
  if (op->kind == TRUNCATE && op->at <= m->len)
    m->len = op->at;
  if (op->kind == TRUNCATE && op->at > m->len)
    image_write(m, NULL, 0, op->at);
}
static void image_copy(struct image *to, const struct image *from) {
  to->len = 0;
  image_write(to, from->data, from->len, 0);
}

/* What has surely reached the disk, and what may or may not have. */
static struct {
  struct image durable[INODES], now[INODES];
  int names[VFS_OTHER]; /* inode or -1 */
  bool key_named;
  size_t *pending, n_pending, cap_pending;
} disk;

static void disk_empty(void) {
  for (int i = 0; i < INODES; i++)
    disk.durable[i].len = 0;
  for (int i = 0; i < VFS_OTHER; i++)
    disk.names[i] = -1;
  disk.key_named = false;
  disk.n_pending = 0;
}
static void disk_free(void) {
  for (int i = 0; i < INODES; i++)
    free(disk.durable[i].data), free(disk.now[i].data);
  free(disk.pending);
  memset(&disk, 0, sizeof disk);
}

static bool is_name(const struct change *op) {
  return op->kind == LINK || op->kind == UNLINK || op->kind == KEY_NAMED;
}
static void rename_in(int names[VFS_OTHER], bool *key_named, const struct change *op) {
  if (op->kind == KEY_NAMED)
    *key_named = true;
  if (op->kind == LINK)
    names[op->name] = op->inode;
  if (op->kind == UNLINK && names[op->name] == op->inode)
    names[op->name] = -1;
}

/* A sync settles the pending changes of one file (inode) or of the directory (-1). */
static void settle(int inode) {
  size_t kept = 0;
  for (size_t i = 0; i < disk.n_pending; i++) {
    const struct change *op = &tape.ops[disk.pending[i]];
    bool name = is_name(op);
    if (inode < 0 && name)
      rename_in(disk.names, &disk.key_named, op);
    else if (inode >= 0 && !name && op->inode == inode)
      image_apply(&disk.durable[inode], op, op->len);
    else
      disk.pending[kept++] = disk.pending[i];
  }
  disk.n_pending = kept;
}

static void advance(size_t at) {
  const struct change *op = &tape.ops[at];
  if (op->kind == SYNC)
    settle(op->inode);
  if (op->kind == SYNC_DIR)
    settle(-1);
  if (op->kind > TRUNCATE)
    return;
  if (disk.n_pending == disk.cap_pending)
    disk.pending = mem_grow(disk.pending, &disk.cap_pending, disk.n_pending + 1,
                            sizeof *disk.pending);
  disk.pending[disk.n_pending++] = at;
}

static uint64_t seed;
static unsigned roll(unsigned n) {
  seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
  return (unsigned)((seed >> 20) % n);
}

enum mode {
  LOST,
  KEPT,
  PART,
  TORN,
  MODES
};

static void put_file(const char *dir, const char *name, const void *data, size_t len) {
  char path[256];
  int fd = open(rig_path(dir, name, path), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd < 0 || write(fd, data, len) != (ssize_t)len)
    abort();
  close(fd);
}

static void make_head(const char *dir, unsigned acknowledged) {
  unsigned char head[HEAD_BYTES];
  unsigned choice = with_head == HEAD_ANY ? roll(4) : with_head == HEAD_ABSENT ? 0 : 1;
  if (choice == 0)
    return;
  memcpy(head, heads[choice == 2 ? roll(acknowledged + 1) : acknowledged], sizeof head);
  if (choice == 3)
    memset(head + (acknowledged & 1) * (HEAD_BYTES / 2) + roll(400), 'x', 100);
  put_file(dir, "head", head, sizeof head);
}

static void make_disk(const char *dir, enum mode mode, unsigned acknowledged) {
  static const char *const names[VFS_OTHER] = {"needs.db", "needs.db-wal", "needs.db-journal"};
  int at_name[VFS_OTHER];
  bool key_named = disk.key_named;
  memcpy(at_name, disk.names, sizeof at_name);
  for (int i = 0; i < tape.inodes; i++)
    image_copy(&disk.now[i], &disk.durable[i]);
  unsigned odds = 1 + roll(7);
  for (size_t i = 0; i < disk.n_pending; i++) {
    const struct change *op = &tape.ops[disk.pending[i]];
    if (mode == LOST || (mode > KEPT && roll(8) < odds))
      continue;
    bool torn = mode == TORN && op->kind == WRITE && (i + 1 == disk.n_pending || roll(4) == 0);
    if (is_name(op))
      rename_in(at_name, &key_named, op);
    else
      image_apply(&disk.now[op->inode], op,
                  torn
                      ? op->len - op->len % SECTOR - SECTOR * roll(1 + (unsigned)(op->len / SECTOR))
                      : op->len);
  }
  rig_empty(dir);
  put_file(dir, key_named ? "key" : "key.new", recorded_key, sizeof recorded_key);
  if (key_named)
    make_head(dir, acknowledged);
  for (int i = 0; i < VFS_OTHER; i++)
    if (at_name[i] >= 0)
      put_file(dir, names[i], disk.now[at_name[i]].data, disk.now[at_name[i]].len);
}

/* --- the trial of one disk --- */

static struct { unsigned states, lost, torn, unreadable; } found;

static bool intact(struct store *s) {
  sqlite3_stmt *stmt = NULL;
  bool ok = sqlite3_prepare_v2(s->reading.db, "PRAGMA integrity_check", -1, &stmt, NULL) ==
                SQLITE_OK &&
            sqlite3_step(stmt) == SQLITE_ROW &&
            strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") == 0;
  sqlite3_finalize(stmt);
  return ok;
}

static void try_disk(const char *dir, unsigned acknowledged, unsigned started) {
  struct rig rig;
  struct error err = {0};
  found.states++;
  if (rig_open(&rig, dir, NULL, &err) != 0) {
    found.unreadable++;
    return;
  }
  int n = model_check(rig.store);
  if (n < 0 || n > (int)started || !intact(rig.store))
    found.torn++;
  else if (n < (int)acknowledged)
    found.lost++;
  else if (roll(16) == 0 &&
           (rig_commit(&rig, model_batch((unsigned)n + 1)) != 0 || model_check(rig.store) != n + 1))
    found.torn++;
  if (!rig_close(&rig))
    abort();
}

/* Every point of the record, `rounds` random disks a point, at most `limit` disks. */
static void try_all(unsigned rounds, unsigned limit) {
  char dir[128];
  unsigned acknowledged = 0;
  rig_dir(dir);
  memset(&found, 0, sizeof found);
  disk_empty();
  for (size_t at = 0; at < tape.n && found.states < limit; at++) {
    const struct change *op = &tape.ops[at];
    advance(at);
    if (op->kind == ACKNOWLEDGED)
      acknowledged = (unsigned)op->at;
    for (int mode = 0; mode < MODES; mode++) {
      if (disk.n_pending == 0 && mode > LOST)
        break; /* only one disk is possible */
      for (unsigned round = 0; round < (mode < PART ? 1 : rounds); round++) {
        make_disk(dir, mode, acknowledged);
        try_disk(dir, acknowledged, acknowledged + 1);
      }
    }
  }
  rig_remove(dir);
}

static void try_run(const char *what, const char *synchronous, unsigned rounds, unsigned limit) {
  record_run(synchronous);
  try_all(rounds, limit);
  print_message("%s: %zu operations, %u disks: %u lost a batch, %u held a part of one, %u could "
                "not be opened\n",
                what, tape.n, found.states, found.lost, found.torn, found.unreadable);
  forget_run();
  disk_free();
}

static unsigned from_environment(const char *name, unsigned otherwise) {
  const char *text = getenv(name);
  return text && *text ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

static void nothing_acknowledged_is_lost(void **state) {
  (void)state;
  unsigned wanted = from_environment("POWERCUT_STATES", 3000), tried = 0;
  for (unsigned run = 1; tried < wanted; run++) {
    try_run("synchronous=FULL", NULL, run == 1 ? 1 : 8, wanted - tried);
    tried += found.states;
    assert_int_equal(found.lost + found.torn + found.unreadable, 0);
  }
}

/* When the store's second thread moves pages differs from run to run, on a busy machine above all, so
 * that one run alone may have nothing to lose. */
static bool finds_losses(const char *what, const char *synchronous) {
  for (int run = 0; run < 5; run++) {
    try_run(what, synchronous, 1, 900);
    if (found.lost > 0)
      return true;
  }

  return false;
}

static void the_simulator_finds_losses(void **state) {
  (void)state;
  with_head = HEAD_ABSENT;
  assert_true(finds_losses("synchronous=NORMAL", "NORMAL"));
  assert_true(finds_losses("synchronous=OFF", "OFF"));
  deaf_to_directory = true;
  bool lost = finds_losses("directory never synced", NULL);
  deaf_to_directory = false;
  assert_true(lost);
}

/* The same disks that lie, with a head that reached them: what is lost is never taken for all there
 * was. */
static void the_head_names_what_was_lost(void **state) {
  (void)state;
  with_head = HEAD_NEWEST;
  try_run("synchronous=NORMAL, with its head", "NORMAL", 1, 900);
  assert_int_equal(found.lost + found.torn, 0);
  assert_true(found.unreadable > 0);
}

int main(void) {
  seed = UINT64_C(0x9e3779b97f4a7c15) * (1 + from_environment("POWERCUT_SEED", 1));
  uv_mutex_init(&tape.mutex);
  vfs_register("powercut");
  vfs_after = on_change;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_acknowledged_is_lost),
      cmocka_unit_test(the_simulator_finds_losses),
      cmocka_unit_test(the_head_names_what_was_lost),
  };
  int rc = cmocka_run_group_tests(tests, NULL, NULL);
  uv_mutex_destroy(&tape.mutex);
  return rc;
}
