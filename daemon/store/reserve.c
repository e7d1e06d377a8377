/* reserve - room that is kept for what must be stored on a full disk too: that somebody is to be
 * erased, restricted, or a record withdrawn.
 *
 * A file of the data directory, `reserve`, whose blocks are taken and hold nothing. A commit of
 * that kind that finds no room gets a slice of it at a time; what the commit leaves over is taken
 * back at once, page by page, so that for everybody else the disk stays full. The whole is taken
 * again when there is room for all of it. Nothing depends on the file: where it cannot be made, an
 * erasure waits for room like everything else.
 *
 * Called by store_open, then by the writer thread alone. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock_guard.h"
#include "store/internal.h"

#define LOG_AREA "store"
#include "base/log.h"

#define RESERVE_FILE "reserve"
#define RETRY_MS 10000

enum {
  WHOLE = 4 << 20,
  SLICE = 256 << 10,
  PAGE = 4096
};

/* Up to `size`; a file system that took a part of it is made to give that back. */
static int take(struct reserve *r, int64_t size) {
  int rc = posix_fallocate(r->fd, r->size, size - r->size);

  if (rc == 0) {
    r->size = size;
    return 0;
  }

  if (ftruncate(r->fd, r->size) < 0)
    return errno;
  return rc;
}

void reserve_fill(struct reserve *r) {
  if (r->fd < 0 || r->size >= WHOLE)
    return;

  uint64_t now_ms = clock_mono_ms();
  if (r->tried_ms != 0 && now_ms - r->tried_ms < RETRY_MS)
    return;

  r->tried_ms = now_ms + 1;
  int rc = take(r, WHOLE);
  if (rc == 0 && r->said)
    log_info("the reserve for erasures is whole again", "bytes=%d", WHOLE);
  if (rc != 0 && !r->said)
    log_warn("there is no room for the reserve; an erasure may have to wait for room", "error=%s",
             strerrordesc_np(rc));

  r->said = rc != 0;
}

void reserve_open(struct reserve *r, int dir_fd, bool make) {
  struct stat st;
  int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;

  if (r->fd >= 0)
    return;

  r->fd = openat(dir_fd, RESERVE_FILE, make ? flags | O_CREAT : flags, 0600);
  if (r->fd < 0 && errno == ENOENT)
    return;

  if (r->fd >= 0 && fstat(r->fd, &st) == 0 && S_ISREG(st.st_mode)) {
    /* Only what has blocks is room: the file may be a copy with holes. */
    int64_t held = (int64_t)st.st_blocks * 512;
    if (st.st_size < held)
      r->size = st.st_size;
    else
      r->size = held;

    return;
  }

  if (make)
    log_warn("the file 'reserve' cannot be used; an erasure may have to wait for room", "error=%s",
             r->fd < 0 ? strerrordesc_np(errno) : "it is not a regular file");

  reserve_close(r);
}

bool reserve_give(struct reserve *r) {
  if (r->fd < 0 || r->size == 0)
    return false;

  int64_t left = 0;
  if (r->size > SLICE)
    left = r->size - SLICE;

  if (ftruncate(r->fd, left) < 0)
    return false;

  r->size = left;

  return true;
}

void reserve_take_back(struct reserve *r) {
  if (r->fd < 0)
    return;

  for (int64_t step = SLICE; step >= PAGE; step /= 2)
    while (r->size + step <= WHOLE && take(r, r->size + step) == 0)
      continue;
}

void reserve_close(struct reserve *r) {
  if (r->fd >= 0)
    close(r->fd);
  r->fd = -1;
}
