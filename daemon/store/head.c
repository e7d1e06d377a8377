/* head - a small file beside the database that says how far it had come.
 *
 * A write-ahead log that was cut at a frame, and an older copy of the database, are sound to
 * SQLite. The head names them: two slots, written in turn after each commit, hold the number of
 * commits and the last positions of journal and outbox with their links. A torn write leaves the
 * other slot.
 *
 * Order: the commit is on disk before the slot is written, and the slot is not synced. So the head
 * may be behind the database, after a power cut by any number of commits, and is never ahead of a
 * sound one. A head that is absent or unreadable is made again, with a warning: it is a witness,
 * not data, and an operator who restores an older copy removes it for that. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/internal.h"

#define LOG_AREA "store"
#include "base/log.h"

#define HEAD_FILE "head"
#define SLOT 512
static const char magic[8] = "needshd1";

struct slot {
  uint64_t commits;
  struct chain journal, outbox; /* without `first` */
  struct hash128 fits;
};

static void encode(const struct slot *s, unsigned char out[SLOT]) {
  struct buf b = {0};
  const struct chain *chains[] = {&s->journal, &s->outbox};

  buf_put(&b, magic, sizeof magic);
  buf_u64(&b, s->commits);

  for (size_t i = 0; i < 2; i++) {
    buf_u64(&b, chains[i]->last);
    buf_u64(&b, chains[i]->link.a);
    buf_u64(&b, chains[i]->link.b);
  }

  buf_u64(&b, s->fits.a);
  buf_u64(&b, s->fits.b);
  memset(out, 0, SLOT);
  memcpy(out, b.data, b.len);
  hash_bytes(hash128_of(NULL, out, SLOT - 16), out + SLOT - 16);
  buf_finish(&b);
}

static bool decode(const unsigned char in[SLOT], struct slot *ret) {
  unsigned char sum[16];
  hash_bytes(hash128_of(NULL, in, SLOT - 16), sum);
  if (memcmp(sum, in + SLOT - 16, 16) != 0 || memcmp(in, magic, sizeof magic) != 0)
    return false;

  struct reader r = reader_of(in + sizeof magic, SLOT - sizeof magic);
  struct chain *chains[] = {&ret->journal, &ret->outbox};

  ret->commits = read_u64(&r);
  for (size_t i = 0; i < 2; i++) {
    chains[i]->last = read_u64(&r);
    chains[i]->link.a = read_u64(&r);
    chains[i]->link.b = read_u64(&r);
  }

  ret->fits.a = read_u64(&r);
  ret->fits.b = read_u64(&r);

  return true;
}

static int put_slot(int fd, const struct state *s, struct hash128 fits, uint64_t at) {
  unsigned char bytes[SLOT];
  encode(&(struct slot){s->commits, s->journal, s->outbox, fits}, bytes);

  ssize_t n = pwrite(fd, bytes, SLOT, (off_t)(at * SLOT));
  if (n >= 0 && n < SLOT)
    errno = ENOSPC; /* a part was written: errno is not set */

  if (n == SLOT)
    return 0;
  return -1;
}

/* The newer of the two slots; false: neither can be read. */
static bool read_head(int fd, struct slot *ret) {
  bool any = false;

  for (off_t i = 0; i < 2; i++) {
    unsigned char bytes[SLOT];
    struct slot s;
    if (pread(fd, bytes, SLOT, i * SLOT) != SLOT || !decode(bytes, &s))
      continue;

    if (!any || s.commits > ret->commits)
      *ret = s;

    any = true;
  }

  return any;
}

/* --- against the database --- */

static bool holds_link(sqlite3 *db, const char *sql, const struct chain *c,
                       const struct chain *have) {
  sqlite3_stmt *stmt = NULL;
  struct hash128 link = {0};

  if (c->last == 0 || c->last < have->first)
    return true; /* nothing to compare, or pruned */

  bool holds = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
               sqlite3_bind_int64(stmt, 1, (sqlite3_int64)c->last) == SQLITE_OK &&
               sqlite3_step(stmt) == SQLITE_ROW && hash_column(stmt, 0, &link) &&
               hash128_eq(link, c->link);
  sqlite3_finalize(stmt);

  return holds;
}

#define RESTORED "if an older copy was restored on purpose, remove 'head' and start again"

static int judge(const struct slot *h, const struct state *s, struct hash128 fits, sqlite3 *db,
                 const char *dir, struct error *err) {
  if (!hash128_eq(h->fits, fits))
    return error_set(err, -EBADMSG,
                     "'%s/head' belongs to another key than '%s/key': restore the whole directory "
                     "from one backup; " RESTORED,
                     dir, dir);

  if (h->commits > s->commits)
    return error_set(
        err, -EBADMSG,
        "'%s/" STORE_FILE
        "' has fallen behind its head (journal position %llu of %llu, publication %llu of %llu): "
        "the end of its log is damaged or gone, or it is an older copy; put back what is missing "
        "or restore the "
        "newest backup; " RESTORED,
        dir, (unsigned long long)s->journal.last, (unsigned long long)h->journal.last,
        (unsigned long long)s->outbox.last, (unsigned long long)h->outbox.last);

  if (holds_link(db, "SELECT chain FROM journal WHERE position = ?1", &h->journal, &s->journal) &&
      holds_link(db, "SELECT chain FROM outbox WHERE position = ?1", &h->outbox, &s->outbox))
    return 0;

  return error_set(
      err, -EBADMSG,
      "'%s/" STORE_FILE
      "' does not hold what its head saw (journal position %llu, publication %llu): a row is "
      "damaged, or it is a copy that went another way; restore the newest backup; " RESTORED,
      dir, (unsigned long long)h->journal.last, (unsigned long long)h->outbox.last);
}

/* --- life --- */

/* Who can write here can hide that the store fell behind. */
static int judge_file(int fd, const char *dir, struct error *err) {
  struct stat st;

  if (fstat(fd, &st) < 0) {
    int code = errno;
    return error_set(err, -code, "cannot read '%s/" HEAD_FILE "': %s", dir, strerrordesc_np(code));
  }

  if (st.st_uid != geteuid())
    return error_set(
        err, -EPERM,
        "'%s/" HEAD_FILE
        "' belongs to user %u, the daemon runs as user %u: give it to that user with chown",
        dir, (unsigned)st.st_uid, (unsigned)geteuid());

  if (st.st_mode & 077)
    return error_set(err, -EPERM,
                     "others may read or write '%s/" HEAD_FILE
                     "' (mode %03o): make it private with chmod 600",
                     dir, st.st_mode & 0777);

  return 0;
}

static int renew(struct head *h, int dir_fd, const char *dir, const struct state *s,
                 struct error *err) {
  if (put_slot(h->fd, s, h->fits, 0) == 0 && put_slot(h->fd, s, h->fits, 1) == 0 &&
      fsync(h->fd) == 0 && fsync(dir_fd) == 0)
    return 0;

  int code = errno;
  return error_set(err, -code, "cannot write '%s/" HEAD_FILE "': %s", dir, strerrordesc_np(code));
}

int head_open(struct head *h, int dir_fd, const char *dir, sqlite3 *db, const struct state *s,
              const unsigned char key[32], bool fresh, struct error *err) {
  struct slot slot;
  h->fits = key_fits(key);
  h->fd = openat(dir_fd, HEAD_FILE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

  bool absent = h->fd < 0 && errno == ENOENT;
  if (absent)
    h->fd = openat(dir_fd, HEAD_FILE, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  if (h->fd < 0) {
    int code = errno;
    return error_set(err, -code, "cannot open '%s/" HEAD_FILE "': %s", dir, strerrordesc_np(code));
  }

  int rc = judge_file(h->fd, dir, err);
  if (rc < 0)
    return rc;

  bool known = !absent && read_head(h->fd, &slot);
  if (known)
    rc = judge(&slot, s, h->fits, db, dir, err);

  if (rc < 0)
    return rc;

  if (!known && !fresh)
    log_warn(absent ? "the file 'head' is absent and is made again; whether these are the newest "
                      "data is not known"
                    : "the file 'head' is damaged and is made again; whether these are the newest "
                      "data is not known",
             "position=%llu publication=%llu", (unsigned long long)s->journal.last,
             (unsigned long long)s->outbox.last);

  if (known && slot.commits == s->commits)
    return 0;

  return renew(h, dir_fd, dir, s, err);
}

/* A slot that cannot be written leaves the head behind, which it may be. */
void head_write(struct head *h, const struct state *s) {
  if (put_slot(h->fd, s, h->fits, s->commits & 1) == 0 || h->failed)
    return;

  h->failed = true;
  log_debug("the file 'head' cannot be written and falls behind", "error=%s",
            strerrordesc_np(errno));
}

void head_close(struct head *h) {
  if (h->fd >= 0)
    close(h->fd);
  h->fd = -1;
}
