/* listener - see listener.h. */
#include "door/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/file.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/mem.h"

#define SOCKET_MODE 0660
#define BACKLOG 1024
#define RESERVE_MIN 64 /* descriptors for the store, workers, plugins, reloads */
#define RESERVE_MAX 1024
#define OTHERS 48 /* descriptors opened after the listening socket: libzmq's own, the store's, the workers' */
#define CONNECTIONS_MIN 32
#define CLOSING_MAX 64      /* connections that have been closed for others and that libzmq has not let go of yet */
#define SILENT_MS 500       /* a new connection has so long to say something before it may be closed for another */
#define FEW 8               /* a process with fewer silent connections than this comes in at once */
#define SPARED 16           /* of those at most so many are passed over for one newcomer */
#define LOCK_TRIES 200      /* of 10 ms */
#define FILES_MAX (1 << 20) /* where there is no limit */

struct entry {
  TAILQ_ENTRY(entry) link;
  struct connection connection;
  uint64_t moved_ms; /* accepted, or heard last */
  bool listed, heard;
};
TAILQ_HEAD(entries, entry);

struct listener {
  char *path;
  int fd, hold; /* hold: the same socket, so that its inode stays ours until the file is removed */
  bool taken;
  dev_t dev;
  ino_t ino;
  int end; /* newcomers with this number or a higher one are closed at once */
  size_t limit;
  uint64_t idle_ms;
  void (*news)(void *arg);
  void *arg;
  pthread_mutex_t mutex; /* all below */
  struct entry *entries; /* by descriptor, `end` of them */
  struct entries silent, spoken; /* the first has waited longest */
  size_t listed;                 /* in both; some may have been closed by their clients */
  uint64_t accepted, evicted, refused;
};

static _Atomic(struct listener *) current;

/* --- connections --- */

static uint64_t cookie_of(int fd) {
  uint64_t cookie = 0;
  socklen_t size = sizeof cookie;

  if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) < 0) return 0;
  return cookie;
}

static bool is_open(const struct entry *e) {
  return e->connection.cookie != 0 && cookie_of(e->connection.fd) == e->connection.cookie;
}

static void unlist(struct listener *l, struct entry *e) {
  if (!e->listed) return;

  TAILQ_REMOVE(e->heard ? &l->spoken : &l->silent, e, link);
  e->listed = false;
  l->listed--;
}

static void put(struct listener *l, struct entry *e, bool heard) {
  unlist(l, e);
  e->heard = heard;
  e->listed = true;
  l->listed++;
  e->moved_ms = clock_mono_ms();
  TAILQ_INSERT_TAIL(heard ? &l->spoken : &l->silent, e, link);
}

static pid_t pid_of(int fd) {
  struct ucred peer = {0};
  socklen_t size = sizeof peer;

  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return 0;
  return peer.pid;
}

/* One process that fills the limit as fast as it can must not keep others out. */
static bool has_few(const struct listener *l, pid_t pid) {
  const struct entry *e;
  int n = 0;

  TAILQ_FOREACH(e, &l->silent, link)
  if (e->connection.pid == pid && is_open(e) && ++n == FEW) return false;
  return true;
}

/* What a process with few silent connections has just opened may wait behind a busy loop: others go first. */
static void spare_few(struct listener *l) {
  struct entry *e;

  for (int i = 0; i < SPARED && (e = TAILQ_FIRST(&l->silent)) != NULL && is_open(e) && has_few(l, e->connection.pid); i++) {
    TAILQ_REMOVE(&l->silent, e, link);
    TAILQ_INSERT_TAIL(&l->silent, e, link);
  }
}

/* Closes the first of the list, if it has waited for long enough. Those that libzmq closed meanwhile are passed over. */
static bool evict_from(struct listener *l, struct entries *list, uint64_t wait_ms) {
  struct entry *e;

  while ((e = TAILQ_FIRST(list)) != NULL) {
    if (is_open(e) && clock_mono_ms() - e->moved_ms < wait_ms) return false;
    bool open = is_open(e);
    unlist(l, e);
    if (!open) continue;

    shutdown(e->connection.fd, SHUT_RDWR);
    l->evicted++;
    return true;
  }
  return false;
}

static bool evict(struct listener *l) {
  spare_few(l);
  return evict_from(l, &l->silent, SILENT_MS) || evict_from(l, &l->spoken, l->idle_ms);
}

static bool make_room(struct listener *l, pid_t pid) {
  return evict(l) || (has_few(l, pid) && evict_from(l, &l->silent, 0));
}

/* What becomes of a connection that the kernel has given us. True: libzmq gets it. */
static bool admit(struct listener *l, int fd) {
  bool admitted = fd < l->end;
  pid_t pid = pid_of(fd);

  pthread_mutex_lock(&l->mutex);
  l->accepted++;
  if (admitted) unlist(l, &l->entries[fd]); /* libzmq closed what had this number before */

  /* Beyond `end` this one cannot stay, but one is closed all the same, so that there is room when it comes again. */
  bool full = l->listed >= l->limit || !admitted;
  if (full && !make_room(l, pid)) admitted = false;
  if (admitted) {
    struct entry *e = &l->entries[fd];
    e->connection = (struct connection){fd, pid, cookie_of(fd)};
    put(l, e, false);
  } else {
    l->refused++;
  }
  if (full && l->news != NULL) l->news(l->arg);
  pthread_mutex_unlock(&l->mutex);
  return admitted;
}

/* libzmq's accept4 and everybody else's. Where the process has no descriptor left, libzmq goes on after ENFILE and ends the
 * process after EMFILE; this cannot happen while the reserve is left alone. */
__attribute__((visibility("default"))) int accept4(int socket, struct sockaddr *address, socklen_t *size, int flags) {
  struct listener *l = atomic_load(&current);
  int fd = (int)syscall(SYS_accept4, socket, address, size, flags);

  if (l == NULL || socket != l->fd) return fd;
  if (fd < 0) {
    if (errno == EMFILE) errno = ENFILE;
    return -1;
  }
  if (admit(l, fd)) return fd;

  close(fd);
  errno = ECONNABORTED;
  return -1;
}

__attribute__((visibility("default"))) int accept(int socket, struct sockaddr *address, socklen_t *size) {
  return accept4(socket, address, size, 0);
}

struct connection listener_heard(struct listener *l, int fd) {
  struct connection c = {.fd = -1};
  if (fd < 0 || fd >= l->end) return c;

  pthread_mutex_lock(&l->mutex);
  struct entry *e = &l->entries[fd];
  if (e->connection.cookie != 0) {
    c = e->connection;
    if (e->listed) put(l, e, true); /* else it is being closed */
  }
  pthread_mutex_unlock(&l->mutex);
  return c;
}

bool listener_disconnect(struct listener *l, struct connection c) {
  if (c.fd < 0 || c.fd >= l->end) return false;

  pthread_mutex_lock(&l->mutex);
  struct entry *e = &l->entries[c.fd];
  bool ours = e->connection.cookie == c.cookie && is_open(e);
  if (ours) {
    shutdown(c.fd, SHUT_RDWR);
    unlist(l, e);
  }
  pthread_mutex_unlock(&l->mutex);
  return ours;
}

void listener_stats(struct listener *l, struct listener_stats *ret) {
  pthread_mutex_lock(&l->mutex);
  *ret = (struct listener_stats){
      .limit = l->limit, .accepted = l->accepted, .evicted = l->evicted, .refused = l->refused};
  for (int i = 0; i < l->end; i++) ret->connections += l->entries[i].listed && is_open(&l->entries[i]);
  pthread_mutex_unlock(&l->mutex);
}

uint64_t listener_turned_away(struct listener *l) {
  pthread_mutex_lock(&l->mutex);
  uint64_t n = l->evicted + l->refused;
  pthread_mutex_unlock(&l->mutex);
  return n;
}

/* --- the limit --- */

static int files_limit(void) {
  struct rlimit files;

  if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur > FILES_MAX) return FILES_MAX;
  return (int)files.rlim_cur;
}

static int clamp(int value, int least, int most) {
  if (value < least) return least;
  return value > most ? most : value;
}

/* `hold` has just been given the lowest free number, so about so many are open; OTHERS come. */
static int set_limit(struct listener *l, size_t connections, struct error *err) {
  int files = files_limit();
  int most = files - clamp(files / 4, RESERVE_MIN, RESERVE_MAX) - OTHERS - l->hold;
  if (most < CONNECTIONS_MIN)
    return error_set(err, -EMFILE, "only %d files may be open here, too few for clients: raise the limit (LimitNOFILE, ulimit -n)"
                     " to 1024 or more", files);

  int closing = clamp(most / 8, 4, CLOSING_MAX);
  if (connections < (size_t)(most - closing)) most = (int)connections + closing;
  l->end = l->hold + OTHERS + most;
  l->limit = (size_t)(most - closing);
  l->entries = mem_array((size_t)l->end, sizeof *l->entries);
  return 0;
}

/* --- the socket's file --- */

/* Those who make or remove a socket's file in this directory do so one after another. Somebody who holds the lock for two
 * seconds only keeps us from being careful. Returns a descriptor to close, or -1. */
static int lock_directory(const char *path) {
  char *dir = mem_strndup(path, (size_t)(strrchr(path, '/') - path) + 1);
  int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  free(dir);

  for (int i = 0; fd >= 0 && i < LOCK_TRIES && flock(fd, LOCK_EX | LOCK_NB) < 0; i++)
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
  return fd;
}

/* 0: nothing is in the way, or a socket that nobody listens at. */
static int check_free(const char *path, const struct sockaddr_un *address, struct error *err) {
  struct stat st;
  if (lstat(path, &st) < 0) {
    if (errno == ENOENT) return 0;
    return error_set(err, -errno, "ipc://%s: %s", path, strerror(errno));
  }
  if (!S_ISSOCK(st.st_mode))
    return error_set(err, -EEXIST, "ipc://%s: a file that is not a socket has this name; move it away, or choose another path",
                     path);

  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return error_set(err, -errno, "no socket: %s", strerror(errno));
  int rc = connect(fd, (const struct sockaddr *)address, sizeof *address) < 0 ? errno : 0;
  close(fd);

  if (rc == 0 || rc == EAGAIN)
    return error_set(err, -EADDRINUSE, "ipc://%s: another process listens there already", path);
  if (rc != ECONNREFUSED && rc != ENOENT)
    return error_set(err, -rc, "ipc://%s: cannot tell whether another process listens there: %s", path, strerror(rc));
  return 0;
}

static int bind_file(struct listener *l, struct error *err) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct stat st;
  memcpy(address.sun_path, l->path, strlen(l->path) + 1);
  int rc = check_free(l->path, &address, err);
  if (rc < 0) return rc;

  unlink(l->path);
  if (bind(l->fd, (struct sockaddr *)&address, sizeof address) < 0)
    return error_set(err, -errno, "cannot make the socket %s: %s", l->path, strerror(errno));
  if (lstat(l->path, &st) < 0) return error_set(err, -errno, "cannot find the socket %s: %s", l->path, strerror(errno));
  l->dev = st.st_dev;
  l->ino = st.st_ino;

  /* nobody can connect before listen */
  if (chmod(l->path, SOCKET_MODE) < 0)
    return error_set(err, -errno, "cannot set the mode of %s: %s", l->path, strerror(errno));
  if (listen(l->fd, BACKLOG) < 0) return error_set(err, -errno, "cannot listen at %s: %s", l->path, strerror(errno));
  return 0;
}

static void remove_file(struct listener *l) {
  struct stat st;
  if (l->ino == 0) return;

  int lock = lock_directory(l->path);
  if (lstat(l->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino) unlink(l->path);
  if (lock >= 0) close(lock);
}

/* --- begin and end --- */

static int open_socket(struct listener *l, size_t connections, struct error *err) {
  l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  l->hold = l->fd < 0 ? -1 : fcntl(l->fd, F_DUPFD_CLOEXEC, 0);
  if (l->hold < 0) return error_set(err, -errno, "no socket: %s", strerror(errno));
  int rc = set_limit(l, connections, err);
  if (rc < 0) return rc;

  int lock = lock_directory(l->path);
  rc = bind_file(l, err);
  if (lock >= 0) close(lock);
  return rc;
}

int listener_open(struct listener **ret, const struct listener_options *o, struct error *err) {
  struct listener *l = mem_alloc(sizeof *l);
  *l = (struct listener){.path = mem_strdup(o->path), .fd = -1, .hold = -1, .idle_ms = o->idle_ms, .news = o->news, .arg = o->arg};
  pthread_mutex_init(&l->mutex, NULL);
  TAILQ_INIT(&l->silent);
  TAILQ_INIT(&l->spoken);

  int rc = open_socket(l, o->connections, err);
  if (rc < 0) {
    listener_close(l);
    return rc;
  }
  atomic_store(&current, l);
  *ret = l;
  return 0;
}

int listener_fd(const struct listener *l) { return l->fd; }

void listener_taken(struct listener *l) { l->taken = true; }

void listener_quiet(struct listener *l) {
  pthread_mutex_lock(&l->mutex);
  l->news = NULL;
  pthread_mutex_unlock(&l->mutex);
}

void listener_close(struct listener *l) {
  if (l == NULL) return;

  if (atomic_load(&current) == l) atomic_store(&current, NULL);
  remove_file(l);
  if (l->fd >= 0 && !l->taken) close(l->fd);
  if (l->hold >= 0) close(l->hold);
  pthread_mutex_destroy(&l->mutex);
  free(l->entries);
  free(l->path);
  free(l);
}
