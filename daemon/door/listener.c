/* listener - see listener.h. */
#include "door/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/mem.h"

#define SOCKET_MODE 0660
#define BACKLOG 4096
#define RESERVE_MIN 64 /* descriptors for the store, workers, plugins, reloads */
#define RESERVE_MAX 1024
#define OTHERS                                                                                     \
  48 /* descriptors opened after the listening socket: libzmq's own, the store's, the workers' */
#define CONNECTIONS_MIN 32
#define CLOSING_MAX                                                                                \
  64 /* connections that have been closed for others and that libzmq has not let go of yet */
#define NEW_MS                                                                                     \
  1000 /* a new connection has so long to say something before it may be closed for another */
#define MANY 8 /* a process with so many silent connections gives way to those with fewer */
#define AGAIN_MS                                                                                   \
  3000 /* and has one of them replaced by another of its own only when it was silent for so long   \
        */
/* While it is full, so many newcomers are taken in each such time, and the others wait in the
 * kernel's queue, where they cost nothing: 500 a second, so that a full queue takes eight seconds.
 */
#define TAKEN_WHEN_FULL 5
#define WINDOW_MS 10
#define LOCK_TRIES 200      /* of 10 ms */
#define FILES_MAX (1 << 20) /* where there is no limit */

struct entry {
  TAILQ_ENTRY(entry) link;       /* listener.silent or listener.spoken */
  TAILQ_ENTRY(entry) of_process; /* process.silent */
  struct connection connection;
  struct process *process;
  uint64_t moved_ms; /* accepted, or heard last */
  bool listed, heard;
};
TAILQ_HEAD(entries, entry);

struct process {
  TAILQ_ENTRY(process) link; /* listener.processes */
  pid_t pid;
  struct entries silent; /* the first has waited longest */
  size_t n_silent;
  size_t n; /* listed ones, silent or not; without any it is freed when somebody comes by */
};

struct listener {
  char *path;
  int fd;     /* listens; open until the file is removed, so that its inode stays ours */
  int timer;  /* ends a rest */
  int gate;   /* an epoll instance that watches both: what libzmq watches and believes to listen */
  bool taken; /* libzmq closes the gate */
  bool resting;
  uint64_t window_ms;  /* when it began */
  int taken_when_full; /* in this window */
  dev_t dev;
  ino_t ino;
  int end; /* newcomers with this number or a higher one are closed at once */
  size_t limit;
  uint64_t idle_ms;
  void (*news)(void *arg);
  void *arg;
  pthread_mutex_t mutex;         /* all below */
  struct entry *entries;         /* by descriptor, `end` of them */
  struct entries silent, spoken; /* the first has waited longest */
  size_t listed;                 /* in both; some may have been closed by their clients */
  TAILQ_HEAD(, process) processes;
  struct connection leaving; /* the one that was closed last for another */
  uint64_t accepted, evicted, refused;
};

static _Atomic(struct listener *) current;

/* --- connections --- */

static uint64_t cookie_of(int fd) {
  uint64_t cookie = 0;
  socklen_t size = sizeof cookie;

  if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) < 0)
    return 0;
  return cookie;
}

static bool is_open(struct connection c) {
  return c.cookie != 0 && cookie_of(c.fd) == c.cookie;
}

/* By a number of our own: between the look and the end libzmq may close this one, and another
 * connection get its number. */
static bool end_connection(struct connection c) {
  int fd = fcntl(c.fd, F_DUPFD_CLOEXEC, 0);
  if (fd < 0)
    return false;

  bool same = c.cookie != 0 && cookie_of(fd) == c.cookie;
  if (same)
    shutdown(fd, SHUT_RDWR);

  close(fd);

  return same;
}

static void unlist(struct listener *l, struct entry *e) {
  if (!e->listed)
    return;

  TAILQ_REMOVE(e->heard ? &l->spoken : &l->silent, e, link);
  if (!e->heard) {
    TAILQ_REMOVE(&e->process->silent, e, of_process);
    e->process->n_silent--;
  }

  e->process->n--;
  e->listed = false;
  l->listed--;
}

static void put(struct listener *l, struct entry *e, bool heard) {
  unlist(l, e);
  e->heard = heard;
  e->listed = true;
  l->listed++;
  e->process->n++;
  e->moved_ms = clock_mono_ms();

  TAILQ_INSERT_TAIL(heard ? &l->spoken : &l->silent, e, link);
  if (heard)
    return;

  TAILQ_INSERT_TAIL(&e->process->silent, e, of_process);
  e->process->n_silent++;
}

static pid_t pid_of(int fd) {
  struct ucred peer = {0};
  socklen_t size = sizeof peer;

  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
    return 0;
  return peer.pid;
}

/* --- processes: one that fills the limit as fast as it can must not keep others out --- */

static struct process *process_of(struct listener *l, pid_t pid) {
  struct process *p, *next;

  for (p = TAILQ_FIRST(&l->processes); p; p = next) {
    next = TAILQ_NEXT(p, link);
    if (p->pid == pid)
      return p;
    if (p->n > 0)
      continue;

    TAILQ_REMOVE(&l->processes, p, link);
    free(p);
  }

  p = mem_alloc(sizeof *p);
  *p = (struct process){.pid = pid};
  TAILQ_INIT(&p->silent);
  TAILQ_INSERT_TAIL(&l->processes, p, link);

  return p;
}

/* Forgets those that were closed meanwhile, until MANY are found that are open. */
static bool has_many(struct listener *l, struct process *p) {
  struct entry *e, *next;
  size_t n = 0;

  for (e = TAILQ_FIRST(&p->silent); e && n < MANY; e = next) {
    next = TAILQ_NEXT(e, of_process);
    if (is_open(e->connection))
      n++;
    else
      unlist(l, e);
  }

  return n == MANY;
}

/* The process with the most silent connections; NULL where none has many. */
static struct process *most_silent(struct listener *l) {
  struct process *p, *most = NULL;

  TAILQ_FOREACH (p, &l->processes, link) {
    if (most && p->n_silent <= most->n_silent)
      continue;
    if (has_many(l, p))
      most = p;
  }
  return most;
}

/* --- room --- */

static struct entry *first_open(struct listener *l, struct entries *list) {
  struct entry *e;

  while ((e = TAILQ_FIRST(list)) && !is_open(e->connection))
    unlist(l, e);
  return e;
}

/* Closes it, if it has waited for long enough. */
static bool evict(struct listener *l, struct entry *e, uint64_t wait_ms) {
  if (!e || clock_mono_ms() - e->moved_ms < wait_ms)
    return false;

  unlist(l, e);
  l->leaving = e->connection;
  l->evicted += end_connection(e->connection);

  return true;
}

/* Of the connections of the process, the open one that was heard longest ago. */
static struct entry *first_heard(struct listener *l, const struct process *of) {
  struct entry *e, *next;

  for (e = TAILQ_FIRST(&l->spoken); e; e = next) {
    next = TAILQ_NEXT(e, link);
    if (e->process != of)
      continue;
    if (is_open(e->connection))
      return e;
    unlist(l, e);
  }

  return NULL;
}

/* NULL where none has many, or more than twice as many as the one that wants another. */
static const struct process *largest(struct listener *l, const struct process *own) {
  const struct process *p, *most = NULL;

  TAILQ_FOREACH (p, &l->processes, link)
    if (!most || p->n > most->n)
      most = p;
  if (!most || most->n < MANY || most->n <= 2 * own->n)
    return NULL;

  return most;
}

/* No process has many silent connections, so the house is full of those that spoke. */
static bool make_room_among_spoken(struct listener *l, const struct process *own) {
  if (evict(l, first_open(l, &l->silent), NEW_MS))
    return true;

  const struct process *most = largest(l, own);
  if (most && evict(l, first_heard(l, most), AGAIN_MS))
    return true;

  return evict(l, first_open(l, &l->spoken), l->idle_ms);
}

/* While one process has many silent connections, all others keep theirs. It gives way at once to
 * those that have few, or less than half as many. */
static bool make_room(struct listener *l, const struct process *most, struct process *own) {
  if (!most)
    return make_room_among_spoken(l, own);

  bool again = has_many(l, own) && own->n_silent >= most->n_silent / 2;
  return evict(l, TAILQ_FIRST(&most->silent), again ? AGAIN_MS : 0);
}

/* What becomes of a connection that the kernel has given us. True: libzmq gets it. */
static bool admit(struct listener *l, int fd) {
  struct connection c = {fd, pid_of(fd), cookie_of(fd)};
  bool fits = fd < l->end && c.cookie != 0;

  pthread_mutex_lock(&l->mutex);
  l->accepted++;
  if (fits)
    unlist(l, &l->entries[fd]); /* libzmq closed what had this number before */

  struct process *own = process_of(l, c.pid);
  bool full = l->listed >= l->limit || !fits, admitted = fits;
  if (full) {
    l->taken_when_full++;
    const struct process *most = most_silent(l);
    if (fits)
      admitted = l->listed < l->limit || make_room(l, most, own);
    else if (!is_open(l->leaving)) /* this one cannot stay, but there shall be room when it comes
                                      again */
      make_room(l, most, own);
  }

  if (admitted) {
    struct entry *e = &l->entries[fd];
    e->connection = c;
    e->process = own;
    put(l, e, false);
  } else {
    l->refused++;
  }

  if (full && l->news)
    l->news(l->arg);

  pthread_mutex_unlock(&l->mutex);

  return admitted;
}

/* --- rest --- */

static int watch(struct listener *l, int op, int fd, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  return epoll_ctl(l->gate, op, fd, &event);
}

/* Newcomers wait until the timer fires. Without a timer there is no rest: better slow than deaf. */
static void rest(struct listener *l) {
  const struct itimerspec end = {.it_value = {.tv_nsec = WINDOW_MS * 1000000L}};
  if (timerfd_settime(l->timer, 0, &end, NULL) == 0)
    l->resting = watch(l, EPOLL_CTL_MOD, l->fd, 0) == 0;
}

/* False: it still rests. */
static bool awake(struct listener *l) {
  uint64_t times;
  if (l->resting && read(l->timer, &times, sizeof times) < 0)
    return false;

  if (l->resting) {
    l->resting = false;
    watch(l, EPOLL_CTL_MOD, l->fd, EPOLLIN);
  }

  if (clock_mono_ms() - l->window_ms >= WINDOW_MS) {
    l->window_ms = clock_mono_ms();
    l->taken_when_full = 0;
  }

  return true;
}

/* libzmq's accept4 and everybody else's. Where the process has no descriptor left, libzmq goes on
 * after ENFILE and ends the process after EMFILE; this cannot happen while the reserve is left
 * alone. A storm of connections that cannot stay must not cost much, so that it is let in slowly.
 */
__attribute__((visibility("default"))) int accept4(int socket, struct sockaddr *address,
                                                   socklen_t *size, int flags) {
  struct listener *l = atomic_load(&current);
  if (!l || socket != l->gate)
    return (int)syscall(SYS_accept4, socket, address, size, flags);

  while (awake(l) && l->taken_when_full < TAKEN_WHEN_FULL) {
    int fd = (int)syscall(SYS_accept4, l->fd, address, size, flags);
    if (fd < 0) {
      if (errno == EMFILE)
        errno = ENFILE;
      return -1;
    }
    if (admit(l, fd))
      return fd;

    close(fd);
  }

  if (!l->resting)
    rest(l);
  errno = ECONNABORTED;

  return -1;
}

__attribute__((visibility("default"))) int accept(int socket, struct sockaddr *address,
                                                  socklen_t *size) {
  return accept4(socket, address, size, 0);
}

/* --- which connection a message came over --- */

/* The number of a descriptor is another connection's by the time when a message is read. But libzmq
 * asks once for the address of a peer, and gives it with each message of the connection. A local
 * peer has none, so we invent one that holds all that we know: a unique local address of version
 * 6, with descriptor, process and cookie. */
#define UNIQUE_LOCAL 0xfd

static void write_number(unsigned char *to, uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; i--, value >>= 8)
    to[i] = (unsigned char)value;
}

static uint64_t read_number(const unsigned char *from, int bytes) {
  uint64_t value = 0;

  for (int i = 0; i < bytes; i++)
    value = value << 8 | from[i];
  return value;
}

static void write_address(struct connection c, struct sockaddr_in6 *ret) {
  *ret = (struct sockaddr_in6){.sin6_family = AF_INET6};
  ret->sin6_addr.s6_addr[0] = UNIQUE_LOCAL;
  write_number(&ret->sin6_addr.s6_addr[1], (uint64_t)c.fd, 3);
  write_number(&ret->sin6_addr.s6_addr[4], (uint64_t)c.pid, 4);
  write_number(&ret->sin6_addr.s6_addr[8], c.cookie, 8);
}

static bool read_address(const char *text, struct connection *ret) {
  struct in6_addr a;
  if (!text || inet_pton(AF_INET6, text, &a) != 1 || a.s6_addr[0] != UNIQUE_LOCAL)
    return false;

  ret->fd = (int)read_number(&a.s6_addr[1], 3);
  ret->pid = (pid_t)read_number(&a.s6_addr[4], 4);
  ret->cookie = read_number(&a.s6_addr[8], 8);

  return ret->cookie != 0;
}

static bool find_open(struct listener *l, int fd, struct connection *ret) {
  if (!l || fd < 0 || fd >= l->end)
    return false;

  pthread_mutex_lock(&l->mutex);
  *ret = l->entries[fd].connection;
  pthread_mutex_unlock(&l->mutex);

  return is_open(*ret);
}

/* libzmq's getpeername and everybody else's. */
__attribute__((visibility("default"))) int getpeername(int socket, struct sockaddr *address,
                                                       socklen_t *size) {
  struct sockaddr_in6 ours;
  struct connection c;
  if (!find_open(atomic_load(&current), socket, &c))
    return (int)syscall(SYS_getpeername, socket, address, size);

  write_address(c, &ours);
  memcpy(address, &ours, *size < sizeof ours ? *size : sizeof ours);
  *size = sizeof ours;

  return 0;
}

struct connection listener_heard(struct listener *l, const char *address) {
  struct connection c = {.fd = -1};
  if (!read_address(address, &c) || c.fd >= l->end)
    return (struct connection){.fd = -1};

  pthread_mutex_lock(&l->mutex);
  struct entry *e = &l->entries[c.fd];
  if (e->connection.cookie != c.cookie)
    c.fd = -1; /* its number is another connection's by now */
  else if (e->listed)
    put(l, e, true); /* else it is being closed */

  pthread_mutex_unlock(&l->mutex);

  return c;
}

bool listener_disconnect(struct listener *l, struct connection c) {
  if (c.cookie == 0 || c.fd < 0 || c.fd >= l->end)
    return false;

  pthread_mutex_lock(&l->mutex);
  struct entry *e = &l->entries[c.fd];
  bool ours = e->connection.cookie == c.cookie && end_connection(c);
  if (ours)
    unlist(l, e);

  pthread_mutex_unlock(&l->mutex);

  return ours;
}

void listener_stats(struct listener *l, struct listener_stats *ret) {
  pthread_mutex_lock(&l->mutex);
  *ret = (struct listener_stats){
      .limit = l->limit, .accepted = l->accepted, .evicted = l->evicted, .refused = l->refused};
  for (int i = 0; i < l->end; i++)
    ret->connections += l->entries[i].listed && is_open(l->entries[i].connection);

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

  if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur > FILES_MAX)
    return FILES_MAX;
  return (int)files.rlim_cur;
}

static int clamp(int value, int least, int most) {
  if (value < least)
    return least;
  if (value > most)
    return most;
  return value;
}

/* The gate has just been given the lowest free number, so about so many are open; OTHERS come. */
static int set_limit(struct listener *l, size_t connections, struct error *err) {
  int files = files_limit();
  int most = files - clamp(files / 4, RESERVE_MIN, RESERVE_MAX) - OTHERS - l->gate;
  if (most < CONNECTIONS_MIN)
    return error_set(err, -EMFILE,
                     "only %d files may be open here, too few for clients: raise the limit "
                     "(LimitNOFILE, ulimit -n)"
                     " to 1024 or more",
                     files);

  int closing = clamp(most / 8, 4, CLOSING_MAX);
  if (connections < (size_t)(most - closing))
    most = (int)connections + closing;

  l->end = l->gate + OTHERS + most;
  l->limit = (size_t)(most - closing);
  l->entries = mem_array((size_t)l->end, sizeof *l->entries);

  return 0;
}

/* --- the socket's file --- */

/* Those who make or remove a socket's file in this directory do so one after another. Somebody who
 * holds the lock for two seconds only keeps us from being careful. Returns a descriptor to close,
 * or -1. */
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
    if (errno == ENOENT)
      return 0;
    return error_set(err, -errno, "ipc://%s: %s", path, strerror(errno));
  }

  if (!S_ISSOCK(st.st_mode))
    return error_set(
        err, -EEXIST,
        "ipc://%s: a file that is not a socket has this name; move it away, or choose another path",
        path);

  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return error_set(err, -errno, "no socket: %s", strerror(errno));

  int rc = 0;
  if (connect(fd, (const struct sockaddr *)address, sizeof *address) < 0)
    rc = errno;

  close(fd);

  if (rc == 0 || rc == EAGAIN)
    return error_set(err, -EADDRINUSE, "ipc://%s: another process listens there already", path);

  if (rc != ECONNREFUSED && rc != ENOENT)
    return error_set(err, -rc, "ipc://%s: cannot tell whether another process listens there: %s",
                     path, strerror(rc));

  return 0;
}

static int bind_file(struct listener *l, struct error *err) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct stat st;

  memcpy(address.sun_path, l->path, strlen(l->path) + 1);
  int rc = check_free(l->path, &address, err);
  if (rc < 0)
    return rc;

  unlink(l->path);
  if (bind(l->fd, (struct sockaddr *)&address, sizeof address) < 0)
    return error_set(err, -errno, "cannot make the socket %s: %s", l->path, strerror(errno));
  if (lstat(l->path, &st) < 0)
    return error_set(err, -errno, "cannot find the socket %s: %s", l->path, strerror(errno));

  l->dev = st.st_dev;
  l->ino = st.st_ino;

  /* nobody can connect before listen */
  if (chmod(l->path, SOCKET_MODE) < 0)
    return error_set(err, -errno, "cannot set the mode of %s: %s", l->path, strerror(errno));
  if (listen(l->fd, BACKLOG) < 0)
    return error_set(err, -errno, "cannot listen at %s: %s", l->path, strerror(errno));

  return 0;
}

static void remove_file(struct listener *l) {
  struct stat st;
  if (l->ino == 0)
    return;

  int lock = lock_directory(l->path);
  if (lstat(l->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
    unlink(l->path);
  if (lock >= 0)
    close(lock);
}

/* --- begin and end --- */

static int open_socket(struct listener *l, size_t connections, struct error *err) {
  l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  l->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  l->gate = epoll_create1(EPOLL_CLOEXEC);
  if (l->fd < 0 || l->timer < 0 || l->gate < 0 || watch(l, EPOLL_CTL_ADD, l->fd, EPOLLIN) < 0 ||
      watch(l, EPOLL_CTL_ADD, l->timer, EPOLLIN) < 0)
    return error_set(err, -errno, "no socket: %s", strerror(errno));

  int rc = set_limit(l, connections, err);
  if (rc < 0)
    return rc;

  int lock = lock_directory(l->path);
  rc = bind_file(l, err);
  if (lock >= 0)
    close(lock);

  return rc;
}

int listener_open(struct listener **ret, const struct listener_options *o, struct error *err) {
  struct listener *l = mem_alloc(sizeof *l);
  *l = (struct listener){.path = mem_strdup(o->path),
                         .fd = -1,
                         .timer = -1,
                         .gate = -1,
                         .idle_ms = o->idle_ms,
                         .news = o->news,
                         .arg = o->arg};
  pthread_mutex_init(&l->mutex, NULL);
  TAILQ_INIT(&l->silent);
  TAILQ_INIT(&l->spoken);
  TAILQ_INIT(&l->processes);

  int rc = open_socket(l, o->connections, err);
  if (rc < 0) {
    listener_close(l);
    return rc;
  }

  atomic_store(&current, l);
  *ret = l;

  return 0;
}

int listener_fd(const struct listener *l) {
  return l->gate;
}

void listener_taken(struct listener *l) {
  l->taken = true;
}

void listener_quiet(struct listener *l) {
  pthread_mutex_lock(&l->mutex);
  l->news = NULL;
  pthread_mutex_unlock(&l->mutex);
}

static void free_processes(struct listener *l) {
  struct process *p;

  while ((p = TAILQ_FIRST(&l->processes))) {
    TAILQ_REMOVE(&l->processes, p, link);
    free(p);
  }
}

void listener_close(struct listener *l) {
  if (!l)
    return;

  if (atomic_load(&current) == l)
    atomic_store(&current, NULL);

  remove_file(l);
  if (l->fd >= 0)
    close(l->fd);
  if (l->timer >= 0)
    close(l->timer);
  if (l->gate >= 0 && !l->taken)
    close(l->gate);

  pthread_mutex_destroy(&l->mutex);
  free_processes(l);
  free(l->entries);
  free(l->path);
  free(l);
}
