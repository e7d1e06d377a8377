/* store_vfs - a SQLite VFS between the store and the real one, for tests that fail or record what
 * reaches the disk.
 *
 * Every change of a file asks `vfs_before` (which may refuse it) and, once done, tells `vfs_after`.
 * Reads and shared memory pass through; `vfs_before` hears of reads too. Both hooks may be called
 * from the writer thread and from the loop. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum vfs_kind {
  VFS_OPEN,
  VFS_READ,
  VFS_WRITE,
  VFS_TRUNCATE,
  VFS_SYNC,
  VFS_DELETE,
  VFS_SHM
};
enum vfs_which {
  VFS_DB,
  VFS_WAL,
  VFS_JOURNAL,
  VFS_OTHER
};

static int (*vfs_before)(enum vfs_kind kind, enum vfs_which which);
static void (*vfs_after)(enum vfs_kind kind, enum vfs_which which, const void *data, size_t len,
                         size_t at);

struct vfs_file {
  sqlite3_file base;
  enum vfs_which which;
  sqlite3_file *real;
};

static sqlite3_vfs *vfs_root;

static inline sqlite3_file *vfs_real(sqlite3_file *f) {
  return ((struct vfs_file *)f)->real;
}

static inline enum vfs_which vfs_which_of(const char *name) {
  size_t n = name ? strlen(name) : 0;
  if (n > 4 && strcmp(name + n - 4, "-wal") == 0)
    return VFS_WAL;
  if (n > 8 && strcmp(name + n - 8, "-journal") == 0)
    return VFS_JOURNAL;
  return n > 3 && strcmp(name + n - 3, ".db") == 0 ? VFS_DB : VFS_OTHER;
}

static inline int vfs_ask(enum vfs_kind kind, enum vfs_which which) {
  return vfs_before ? vfs_before(kind, which) : SQLITE_OK;
}
static inline int vfs_tell(int rc, enum vfs_kind kind, enum vfs_which which, const void *data,
                           size_t len, size_t at) {
  if (rc == SQLITE_OK && vfs_after)
    vfs_after(kind, which, data, len, at);
  return rc;
}

static int vfs_close(sqlite3_file *f) {
  return vfs_real(f)->pMethods->xClose(vfs_real(f));
}
static int vfs_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at) {
  int rc = vfs_ask(VFS_READ, ((struct vfs_file *)f)->which);
  return rc ? rc : vfs_real(f)->pMethods->xRead(vfs_real(f), to, n, at);
}
static int vfs_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at) {
  enum vfs_which which = ((struct vfs_file *)f)->which;
  int rc = vfs_ask(VFS_WRITE, which);
  if (rc == SQLITE_OK)
    rc = vfs_real(f)->pMethods->xWrite(vfs_real(f), from, n, at);
  return vfs_tell(rc, VFS_WRITE, which, from, (size_t)n, (size_t)at);
}
static int vfs_truncate(sqlite3_file *f, sqlite3_int64 size) {
  enum vfs_which which = ((struct vfs_file *)f)->which;
  int rc = vfs_ask(VFS_TRUNCATE, which);
  if (rc == SQLITE_OK)
    rc = vfs_real(f)->pMethods->xTruncate(vfs_real(f), size);
  return vfs_tell(rc, VFS_TRUNCATE, which, NULL, 0, (size_t)size);
}
static int vfs_sync(sqlite3_file *f, int flags) {
  enum vfs_which which = ((struct vfs_file *)f)->which;
  int rc = vfs_ask(VFS_SYNC, which);
  if (rc == SQLITE_OK)
    rc = vfs_real(f)->pMethods->xSync(vfs_real(f), flags);
  return vfs_tell(rc, VFS_SYNC, which, NULL, 0, 0);
}
static int vfs_size(sqlite3_file *f, sqlite3_int64 *ret) {
  return vfs_real(f)->pMethods->xFileSize(vfs_real(f), ret);
}
static int vfs_lock(sqlite3_file *f, int level) {
  return vfs_real(f)->pMethods->xLock(vfs_real(f), level);
}
static int vfs_unlock(sqlite3_file *f, int level) {
  return vfs_real(f)->pMethods->xUnlock(vfs_real(f), level);
}
static int vfs_reserved(sqlite3_file *f, int *ret) {
  return vfs_real(f)->pMethods->xCheckReservedLock(vfs_real(f), ret);
}
static int vfs_control(sqlite3_file *f, int op, void *arg) {
  /* Hints that would change the file behind the recorder's back. */
  if (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE)
    return SQLITE_OK;
  return vfs_real(f)->pMethods->xFileControl(vfs_real(f), op, arg);
}
static int vfs_sector(sqlite3_file *f) {
  return vfs_real(f)->pMethods->xSectorSize(vfs_real(f));
}
static int vfs_character(sqlite3_file *f) {
  return vfs_real(f)->pMethods->xDeviceCharacteristics(vfs_real(f));
}
static int vfs_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **ret) {
  int rc = vfs_ask(VFS_SHM, ((struct vfs_file *)f)->which);
  return rc ? rc : vfs_real(f)->pMethods->xShmMap(vfs_real(f), page, size, extend, ret);
}
static int vfs_shm_lock(sqlite3_file *f, int at, int n, int flags) {
  return vfs_real(f)->pMethods->xShmLock(vfs_real(f), at, n, flags);
}
static void vfs_shm_barrier(sqlite3_file *f) {
  vfs_real(f)->pMethods->xShmBarrier(vfs_real(f));
}
static int vfs_shm_unmap(sqlite3_file *f, int del) {
  return vfs_real(f)->pMethods->xShmUnmap(vfs_real(f), del);
}

static const sqlite3_io_methods vfs_methods = {2,
                                               vfs_close,
                                               vfs_read,
                                               vfs_write,
                                               vfs_truncate,
                                               vfs_sync,
                                               vfs_size,
                                               vfs_lock,
                                               vfs_unlock,
                                               vfs_reserved,
                                               vfs_control,
                                               vfs_sector,
                                               vfs_character,
                                               vfs_shm_map,
                                               vfs_shm_lock,
                                               vfs_shm_barrier,
                                               vfs_shm_unmap,
                                               NULL,
                                               NULL};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags,
                    int *ret_flags) {
  struct vfs_file *file = (struct vfs_file *)f;
  (void)vfs;
  *file = (struct vfs_file){.which = vfs_which_of(name),
                            .real = (sqlite3_file *)(void *)(file + 1)};
  int rc = vfs_ask(VFS_OPEN, file->which);
  if (rc == SQLITE_OK)
    rc = vfs_root->xOpen(vfs_root, name, file->real, flags, ret_flags);
  if (rc == SQLITE_OK)
    file->base.pMethods = &vfs_methods;
  return vfs_tell(rc, VFS_OPEN, file->which, NULL, 0, 0);
}
static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_dir) {
  (void)vfs;
  int rc = vfs_ask(VFS_DELETE, vfs_which_of(name));
  if (rc == SQLITE_OK)
    rc = vfs_root->xDelete(vfs_root, name, sync_dir);
  return vfs_tell(rc, VFS_DELETE, vfs_which_of(name), NULL, 0, 0);
}
static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret) {
  (void)vfs;
  return vfs_root->xAccess(vfs_root, name, flags, ret);
}
static int vfs_full(sqlite3_vfs *vfs, const char *name, int n, char *to) {
  (void)vfs;
  return vfs_root->xFullPathname(vfs_root, name, n, to);
}

static sqlite3_vfs vfs_shim;

static inline void vfs_register(const char *name) {
  vfs_root = sqlite3_vfs_find(NULL);
  vfs_shim = *vfs_root;
  vfs_shim.zName = name;
  vfs_shim.szOsFile = (int)sizeof(struct vfs_file) + vfs_root->szOsFile;
  vfs_shim.xOpen = vfs_open;
  vfs_shim.xDelete = vfs_delete;
  vfs_shim.xAccess = vfs_access;
  vfs_shim.xFullPathname = vfs_full;
  sqlite3_vfs_register(&vfs_shim, 0);
}
