/* rules_driver - the real needs-rules at the other end of a socket, for tests: load a rule text,
 * evaluate a person, compare bytes. */
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "catalogue/bundle.h"
#include "catalogue/catalogue.h"
#include "rules/exchange.h"
#include "rules/facts.h"

#define PATIENCE_MS 20000 /* a worker that says nothing for so long hangs */
#define TODAY 20698       /* 2026-09-02 */

struct driver {
  pid_t pid;
  int fd;
  volatile struct progress *page;
  struct buf in; /* the last frame read */
  struct arena arena;
  char **faults;
  size_t n_faults, cap_faults;
  uint32_t n_rules;
};

static bool driver_known; /* the rules are said to have been in force before */
static struct catalogue *driver_catalogue;
static struct buf driver_catalogue_bytes;

static inline int driver_open_catalogue(void **state) {
  (void)state;
  static const char *const suffixes[] = {".csv", NULL};
  if (getenv("NEEDS_WORKER") == NULL)
    fail_msg("NEEDS_WORKER is not set: these tests need the worker");
  struct bundle b = {0};
  struct error err = {0};
  struct fault_list faults = {0};
  assert_int_equal(hash_init(), 0);
  assert_int_equal(bundle_read_dir(&b, SOURCE_ROOT "/rules/catalogue", "national/", suffixes, &err),
                   0);
  bundle_seal(&b, &driver_catalogue_bytes);
  assert_int_equal(catalogue_create(&driver_catalogue, &b, &faults), 0);
  fault_list_finish(&faults);
  bundle_finish(&b);
  return 0;
}

static inline int driver_close_catalogue(void **state) {
  (void)state;
  catalogue_destroy(driver_catalogue);
  buf_finish(&driver_catalogue_bytes);
  return 0;
}

static inline void driver_exec(int socket, int page) {
  const char *path = getenv("NEEDS_WORKER");
  char *argv[] = {(char *)(uintptr_t) "needs-rules", NULL}, *env[] = {NULL};
  int high_socket = fcntl(socket, F_DUPFD, 10), high_page = fcntl(page, F_DUPFD, 10);
  dup2(high_socket, EXCHANGE_FD);
  dup2(high_page, EXCHANGE_PAGE_FD);
  for (int fd = 5; fd < 64; fd++)
    close(fd);
  execve(path != NULL ? path : "needs-rules", argv, env);
  _exit(127);
}

static inline void driver_start(struct driver *d) {
  int pair[2], page = memfd_create("page", 0);
  *d = (struct driver){0};
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  assert_int_equal(ftruncate(page, EXCHANGE_PAGE), 0);
  d->page = mmap(NULL, EXCHANGE_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, page, 0);
  fflush(NULL);
  d->pid = fork();
  if (d->pid == 0)
    driver_exec(pair[1], page);
  close(pair[1]);
  close(page);
  d->fd = pair[0];
}

/* Closes the socket and returns how the worker ended, as waitpid has it. */
static inline int driver_stop(struct driver *d) {
  int status = 0;
  close(d->fd);
  waitpid(d->pid, &status, 0);
  munmap((void *)(uintptr_t)d->page, EXCHANGE_PAGE);
  buf_finish(&d->in);
  arena_finish(&d->arena);
  free(d->faults);
  return status;
}

static inline void driver_send(struct driver *d, const void *bytes, size_t len) {
  for (size_t at = 0; at < len;) {
    ssize_t n = send(d->fd, (const char *)bytes + at, len - at, MSG_NOSIGNAL);
    if (n <= 0)
      fail_msg("the worker does not listen any more");
    at += (size_t)n;
  }
}

static inline bool driver_read(struct driver *d, void *to, size_t len) {
  for (size_t at = 0; at < len;) {
    struct pollfd p = {.fd = d->fd, .events = POLLIN};
    if (poll(&p, 1, PATIENCE_MS) <= 0)
      fail_msg("the worker hangs (rule %u)", d->page->rule);
    ssize_t n = recv(d->fd, (char *)to + at, len - at, 0);
    if (n <= 0)
      return false;
    at += (size_t)n;
  }
  return true;
}

/* The next frame's type, 0 at the end; the body is in d->in. */
static inline uint8_t driver_frame(struct driver *d) {
  unsigned char head[4];
  if (!driver_read(d, head, 4))
    return 0;
  struct reader r = reader_of(head, 4);
  uint32_t len = read_u32(&r);
  assert_true(len >= 1 && len <= EXCHANGE_MAX);
  d->in.data = mem_grow(d->in.data, &d->in.cap, len, 1);
  assert_true(driver_read(d, d->in.data, len));
  d->in.len = len;
  return d->in.data[0];
}

static inline void driver_put_frame(struct buf *out, uint8_t type, const struct buf *body) {
  buf_u32(out, (uint32_t)body->len + 1);
  buf_u8(out, type);
  buf_put(out, body->data, body->len);
}

/* Sends the files and reads the answer. True if the rules are loaded; else d->faults. */
static inline bool driver_load(struct driver *d, const struct bundle_file *files, size_t n,
                               const char *aside) {
  struct bundle b = {0};
  struct buf rules = {0}, body = {0}, frame = {0};
  for (size_t i = 0; i < n; i++)
    bundle_add(&b, files[i].name, files[i].text, files[i].len);
  bundle_seal(&b, &rules);
  bundle_finish(&b);
  buf_blob(&body, rules.data, rules.len);
  buf_blob(&body, driver_catalogue_bytes.data, driver_catalogue_bytes.len);
  buf_u8(&body, driver_known);
  buf_u32(&body, aside != NULL);
  if (aside != NULL)
    buf_str(&body, aside);
  driver_put_frame(&frame, EXCHANGE_LOAD, &body);
  driver_send(d, frame.data, frame.len);
  buf_finish(&rules);
  buf_finish(&body);
  buf_finish(&frame);
  uint8_t type = driver_frame(d);
  struct reader r = reader_of(d->in.data + 1, d->in.len - 1);
  uint32_t count = read_u32(&r);
  if (type == EXCHANGE_LOADED) {
    d->n_rules = count;
    return true;
  }
  if (type != EXCHANGE_FAULTS)
    fail_msg("the worker answered a LOAD with frame %d", type);
  for (uint32_t i = 0; i < count; i++) {
    d->faults = mem_grow(d->faults, &d->cap_faults, d->n_faults + 1, sizeof *d->faults);
    d->faults[d->n_faults++] = (char *)(uintptr_t)read_str(&r, &d->arena);
  }
  assert_false(r.bad);
  return false;
}

static inline bool driver_load_text(struct driver *d, const char *text) {
  char name[] = "test.lua";
  struct bundle_file f = {name, (char *)(uintptr_t)text, strlen(text)};
  return driver_load(d, &f, 1, NULL);
}

static inline bool driver_has_fault(const struct driver *d, const char *part) {
  for (size_t i = 0; i < d->n_faults; i++)
    if (strstr(d->faults[i], part) != NULL)
      return true;
  return false;
}

static inline void driver_put_job(struct buf *out, uint32_t job, const struct facts *f, int32_t day,
                                  uint8_t flags) {
  struct buf facts = {0}, body = {0};
  facts_encode(f, &facts);
  buf_u32(&body, job);
  buf_i32(&body, day);
  buf_u8(&body, flags);
  buf_blob(&body, facts.data, facts.len);
  driver_put_frame(out, EXCHANGE_EVAL, &body);
  buf_finish(&facts);
  buf_finish(&body);
}

/* The bytes of the next outcome, which must be of this job; good until the next read. */
static inline const void *driver_done(struct driver *d, uint32_t job, size_t *ret_len) {
  assert_int_equal(driver_frame(d), EXCHANGE_DONE);
  struct reader r = reader_of(d->in.data + 1, d->in.len - 1);
  assert_int_equal(read_u32(&r), job);
  const void *bytes = read_blob(&r, ret_len);
  assert_false(r.bad);
  return bytes;
}

static inline struct outcome driver_evaluate(struct driver *d, const struct facts *f, int32_t day,
                                             uint8_t flags) {
  struct buf frame = {0};
  struct outcome o;
  size_t len;
  driver_put_job(&frame, 7, f, day, flags);
  driver_send(d, frame.data, frame.len);
  buf_finish(&frame);
  const void *bytes = driver_done(d, 7, &len);
  assert_int_equal(outcome_decode(&d->arena, bytes, len, d->n_rules, f->n_needs, &o), 0);
  return o;
}

/* --- people --- */

static inline uint32_t competence_at(const char *code) {
  const struct competence *k = catalogue_competence(driver_catalogue, code);
  if (k == NULL)
    fail_msg("no competence %s", code);
  return k->index;
}

static inline struct need make_need(const char *code, int32_t current, int32_t required) {
  return (struct need){.competence = competence_at(code),
                       .current = current,
                       .required = required,
                       .gap = current == ABSENT ? required : required - current,
                       .weight = 3,
                       .confidence = ABSENT,
                       .rated_on = current == ABSENT ? ABSENT : TODAY - 100,
                       .lapsed_on = ABSENT,
                       .ends_on = ABSENT,
                       .importance = IMPORTANCE_ESSENTIAL,
                       .purpose = PURPOSE_ROLE,
                       .nature = NATURE_UNKNOWN,
                       .from = FROM_REVIEW,
                       .helpers = 1u << HELPER_MENTOR,
                       .post = "TASS",
                       .evidence = current == ABSENT ? NULL : "manager"};
}

static inline int by_competence(const void *x, const void *y) {
  const struct need *a = x, *b = y;
  return (a->competence > b->competence) - (a->competence < b->competence);
}

static inline struct facts make_facts(struct need *needs, uint32_t n) {
  qsort(needs, n, sizeof *needs, by_competence);
  struct facts f = {.n_roles = 1,
                    .family = "learning-support",
                    .minutes = 1500,
                    .weeks = 39,
                    .term_time = 1,
                    .contract = "PRM"};
  f.roles[0] = "TASS";
  f.employer = EMPLOYER_SCHOOL;
  f.started = TODAY - 1000;
  f.progression = f.no_computer = ABSENT;
  f.phase = "primary";
  f.n_clusters = 1;
  f.needs = needs;
  f.n_needs = n;
  return f;
}
