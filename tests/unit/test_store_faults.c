/* store: every single write, sync, truncation, deletion and read fails once, and what was promised
 * still holds.
 *
 * For each kind of fault the n-th operation fails, n = 1, 2, ... until a whole run passes without
 * meeting it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>

#include "../crash/store_rig.h"
#include "../crash/store_vfs.h"

#define BATCHES 4u
static const struct store_tuning tuning = {.vfs = "faults", .checkpoint_pages = 16};

struct fault {
  const char *name;
  enum vfs_kind kind;
  int rc, system; /* what SQLite gets */
  int expect;     /* what the batch returns: 0 = it need not notice */
  bool stays;     /* fails from then on, until disarmed */
};

static struct fault fault;
static atomic_int countdown; /* the operation that fails: 1 = the next; 0 or less = none */
static atomic_bool met;

static int refuse(enum vfs_kind kind, enum vfs_which which) {
  (void)which;
  if (kind != fault.kind || countdown <= 0)
    return SQLITE_OK;
  if (countdown > 1) {
    countdown--;
    return SQLITE_OK;
  }
  if (!fault.stays)
    countdown = 0;
  met = true;
  errno = fault.system;
  return fault.rc;
}

static void arm(const struct fault *f, int n) {
  fault = *f;
  met = false;
  countdown = n;
}
static void disarm(void) {
  countdown = 0;
}

/* What a restart would find: the files as they are now, opened elsewhere. */
static int restart_finds(const char *dir) {
  char other[128], from[256], to[256], bytes[65536];
  struct rig rig;
  struct error err = {0};
  rig_dir(other);
  for (size_t i = 0; i < ARRAY_LEN(rig_names); i++) {
    if (strstr(rig_names[i], "-shm"))
      continue;
    int in = open(rig_path(dir, rig_names[i], from), O_RDONLY);
    if (in < 0)
      continue;
    int out = open(rig_path(other, rig_names[i], to), O_WRONLY | O_CREAT, 0600);
    for (ssize_t n; (n = read(in, bytes, sizeof bytes)) > 0;)
      assert_int_equal(write(out, bytes, (size_t)n), n);
    close(in), close(out);
  }
  if (rig_open(&rig, other, NULL, &err) != 0)
    fail_msg("restart: %s", err.text);
  int n = model_check(rig.store);
  assert_true(rig_close(&rig));
  rig_remove(other);
  return n;
}

/* A full disk: nothing of the batch is there, in memory or after a restart; with space again, it
 * goes on. */
static void on_full(struct rig *rig, const char *dir, unsigned i) {
  assert_int_equal(model_check(rig->store), i - 1);
  assert_int_equal(restart_finds(dir), i - 1);
  disarm();
  assert_int_equal(rig_commit(rig, model_batch(i)), 0);
}

/* Anything else: no commit ever again; the batch may be there after a restart or not, but whole. */
static void on_broken(struct rig *rig, const char *dir, unsigned i) {
  disarm();
  assert_int_equal(model_check(rig->store), i - 1);
  assert_int_equal(rig_commit(rig, model_batch(i)), -EIO);
  assert_int_equal(rig_commit(rig, model_batch(i)), -EIO);
  assert_true(*store_why(rig->store));
  int found = restart_finds(dir);
  assert_true(found == (int)i || found == (int)i - 1);
}

/* One run with the n-th operation failing. False: it was never met. */
static bool run_with(const struct fault *f, int n) {
  char dir[128], path[256];
  struct rig rig;
  struct error err = {0};
  int last = 0;
  unsigned stored = 0;
  rig_dir(dir);
  disarm();
  if (rig_open(&rig, dir, &tuning, &err) != 0)
    fail_msg("%s", err.text);
  arm(f, n);
  for (unsigned i = 1; i <= BATCHES && last != -EIO; i++) {
    last = rig_commit(&rig, model_batch(i));
    if (last != 0 && last != f->expect)
      fail_msg("%s %d: batch %u got %d: %s", f->name, n, i, last, store_why(rig.store));
    if (last == -ENOSPC)
      on_full(&rig, dir, i);
    if (last == -EIO)
      on_broken(&rig, dir, i);
    if (last != -EIO)
      stored = i;
  }
  disarm();
  assert_true(rig_close(&rig));
  /* no checkpoint after a failure */
  if (last == -EIO)
    assert_int_equal(access(rig_path(dir, "needs.db-wal", path), F_OK), 0);
  int found = restart_finds(dir);
  if (found != (int)stored && !(last == -EIO && found == (int)stored + 1))
    fail_msg("%s %d: %u batches stored, %d found", f->name, n, stored, found);
  rig_remove(dir);
  return met;
}

static const struct fault faults[] = {
    {"disk full", VFS_WRITE, SQLITE_FULL, 0, -ENOSPC, false},
    {"disk stays full", VFS_WRITE, SQLITE_FULL, 0, -ENOSPC, true},
    {"no space, as errno", VFS_WRITE, SQLITE_IOERR_WRITE, ENOSPC, -ENOSPC, false},
    {"over quota", VFS_WRITE, SQLITE_IOERR_WRITE, EDQUOT, -ENOSPC, true},
    {"write fails", VFS_WRITE, SQLITE_IOERR_WRITE, EIO, -EIO, false},
    {"writes fail", VFS_WRITE, SQLITE_IOERR_WRITE, EIO, -EIO, true},
    {"sync fails", VFS_SYNC, SQLITE_IOERR_FSYNC, EIO, -EIO, false},
    {"syncs fail", VFS_SYNC, SQLITE_IOERR_FSYNC, EIO, -EIO, true},
    {"sync finds no space", VFS_SYNC, SQLITE_IOERR_FSYNC, ENOSPC, -EIO, false},
    {"truncation fails", VFS_TRUNCATE, SQLITE_IOERR_TRUNCATE, EIO, -EIO, false},
    {"read fails", VFS_READ, SQLITE_IOERR_READ, EIO, -EIO, false},
    {"shared memory cannot grow", VFS_SHM, SQLITE_IOERR_SHMSIZE, ENOSPC, -ENOSPC, true},
};

static void every_operation_fails_once(void **state) {
  (void)state;
  for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
    int n = 1;
    while (run_with(&faults[i], n))
      n++;
    print_message("%s: %d operations failed\n", faults[i].name, n - 1);
    /* else nothing was tried */
    if (faults[i].kind == VFS_WRITE || faults[i].kind == VFS_SYNC)
      assert_true(n > (int)BATCHES);
  }
}

/* Opening fails with a reason and without a trace, and works once the disk does. */
static bool open_with(const struct fault *f, int n) {
  char dir[128];
  struct rig rig;
  struct error err = {0};
  rig_dir(dir);
  arm(f, n);
  int rc = rig_open(&rig, dir, &tuning, &err);
  bool was_met = met;
  disarm();
  if (rc != 0) {
    assert_true(rc < 0 && err.code == rc && *err.text);
    if (rig_open(&rig, dir, &tuning, &err) != 0)
      fail_msg("%s %d: %s", f->name, n, err.text);
  }
  assert_int_equal(rig_commit(&rig, model_batch(1)), 0);
  assert_true(rig_close(&rig));
  assert_int_equal(restart_finds(dir), 1);
  rig_remove(dir);
  return was_met;
}

static void opening_fails_with_a_reason(void **state) {
  (void)state;
  static const struct fault at_open[] = {
      {"cannot open", VFS_OPEN, SQLITE_CANTOPEN, EMFILE, 0, false},
      {"cannot delete", VFS_DELETE, SQLITE_IOERR_DELETE, EIO, 0, false}};
  for (size_t i = 0; i < ARRAY_LEN(faults) + ARRAY_LEN(at_open); i++) {
    const struct fault *f = i < ARRAY_LEN(faults) ? &faults[i] : &at_open[i - ARRAY_LEN(faults)];
    int n = 1;
    while (open_with(f, n))
      n++;
  }
}

/* A checkpoint that fails is reported to the next batch: its own data was safe in the log. */
static int refuse_database(enum vfs_kind kind, enum vfs_which which) {
  return which == VFS_DB ? refuse(kind, which) : SQLITE_OK;
}

static unsigned batches_until_failure(const struct fault *f, int *ret_rc) {
  char dir[128];
  struct rig rig;
  struct error err = {0};
  unsigned i = 0;
  rig_dir(dir);
  disarm();
  vfs_before = refuse_database;
  assert_int_equal(rig_open(&rig, dir, &tuning, &err), 0);
  arm(f, 1);
  do
    *ret_rc = rig_commit(&rig, model_batch(++i));
  while (*ret_rc == 0 && i < 40);
  disarm();
  assert_true(met);
  assert_true(rig_close(&rig));
  assert_int_equal(restart_finds(dir), *ret_rc ? i - 1 : i);
  vfs_before = refuse;
  rig_remove(dir);
  return i;
}

static void a_failing_checkpoint_is_not_swallowed(void **state) {
  (void)state;
  int rc;
  static const struct fault sync = {"", VFS_SYNC, SQLITE_IOERR_FSYNC, EIO, 0, false},
                            full = {"", VFS_WRITE, SQLITE_FULL, 0, 0, true};
  assert_true(batches_until_failure(&sync, &rc) > 1);
  assert_int_equal(rc, -EIO);
  assert_int_equal(batches_until_failure(&full, &rc), 40); /* the log still has room */
  assert_int_equal(rc, 0);
}

/* Numbers that could not be read must not become positions used twice. */
static void a_failed_read_ends_writing(void **state) {
  (void)state;
  char dir[128];
  struct rig rig;
  struct error err = {0};
  static const struct fault read = {"", VFS_READ, SQLITE_IOERR_READ, EIO, 0, true};
  rig_dir(dir);
  disarm();
  assert_int_equal(rig_open(&rig, dir, &tuning, &err), 0);
  for (unsigned i = 1; i <= BATCHES; i++)
    assert_int_equal(rig_commit(&rig, model_batch(i)), 0);
  arm(&read, 1);
  assert_int_equal(model_check(rig.store), -1);
  disarm();
  assert_non_null(strstr(store_why(rig.store), "cannot read"));
  assert_int_equal(model_check(rig.store), BATCHES);
  assert_int_equal(rig_commit(&rig, model_batch(BATCHES + 1)), -EIO);
  assert_true(rig_close(&rig));
  rig_remove(dir);
}

int main(void) {
  vfs_register("faults");
  vfs_before = refuse;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_operation_fails_once),
      cmocka_unit_test(opening_fails_with_a_reason),
      cmocka_unit_test(a_failing_checkpoint_is_not_swallowed),
      cmocka_unit_test(a_failed_read_ends_writing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
