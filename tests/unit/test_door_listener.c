/* The limit on connections: a storm of one process keeps no other out, and a number used again is
 * another connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/mem.h"
#include "door/listener.h"

#define LIMIT 32
#define ALL 1000 /* more than there is room for */

struct here {
  struct listener *listener;
  char dir[64], path[128];
  int admitted[ALL];
  size_t n; /* admitted */
};

static int setup(void **state) {
  struct here *h = mem_alloc(sizeof *h);
  strcpy(h->dir, "/tmp/needs-listener-XXXXXX");
  assert_non_null(mkdtemp(h->dir));
  snprintf(h->path, sizeof h->path, "%s/s", h->dir);

  struct listener_options o = {.path = h->path, .connections = LIMIT, .idle_ms = 3600000};
  assert_int_equal(listener_open(&h->listener, &o, NULL), 0);
  *state = h;
  return 0;
}

static int teardown(void **state) {
  struct here *h = *state;

  for (size_t i = 0; i < h->n; i++)
    close(h->admitted[i]);
  listener_close(h->listener);
  rmdir(h->dir);
  free(h);
  return 0;
}

static int connect_to(const struct here *h) {
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  memcpy(a.sun_path, h->path, strlen(h->path) + 1);
  assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
  return fd;
}

/* As libzmq's thread does it, until nobody waits. */
static void accept_all(struct here *h) {
  for (;;) {
    int fd = accept4(listener_fd(h->listener), NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
      h->admitted[h->n++] = fd;
    else if (errno == EAGAIN)
      return;
    else
      assert_int_equal(errno, ECONNABORTED);
  }
}

static struct listener_stats stats(const struct here *h) {
  struct listener_stats s;
  listener_stats(h->listener, &s);
  return s;
}

/* Another process with so many silent connections. It ends when `*ret_hold` is closed. */
static pid_t crowd(const struct here *h, int count, int *ret_hold) {
  int ready[2], hold[2];
  char byte;
  assert_int_equal(pipe(ready) | pipe(hold), 0);

  pid_t pid = fork();
  if (pid == 0) {
    close(hold[1]);
    for (int i = 0; i < count; i++)
      connect_to(h);
    if (write(ready[1], "r", 1) == 1 && read(hold[0], &byte, 1) == 0)
      _exit(0);
    _exit(1);
  }
  assert_int_equal(read(ready[0], &byte, 1), 1);
  close(ready[0]);
  close(ready[1]);
  close(hold[0]);
  *ret_hold = hold[1];
  return pid;
}

static void disperse(pid_t pid, int hold) {
  int status;

  close(hold);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
}

static bool is_closed(int client) {
  char byte;
  return recv(client, &byte, 1, MSG_DONTWAIT) == 0;
}

static void address_of(int fd, char text[INET6_ADDRSTRLEN]) {
  struct sockaddr_in6 a;
  socklen_t size = sizeof a;

  assert_int_equal(getpeername(fd, (struct sockaddr *)&a, &size), 0);
  assert_int_equal(a.sin6_family, AF_INET6);
  assert_non_null(inet_ntop(AF_INET6, &a.sin6_addr, text, INET6_ADDRSTRLEN));
}

static void a_number_used_again_is_another_connection(void **state) {
  struct here *h = *state;
  char before[INET6_ADDRSTRLEN], now[INET6_ADDRSTRLEN];
  int first = connect_to(h);
  accept_all(h);
  int fd = h->admitted[0];
  address_of(fd, before);
  struct connection old = listener_heard(h->listener, before);
  assert_int_equal(old.fd, fd);
  assert_int_equal(old.pid, getpid());

  int second = connect_to(h);
  close(fd);
  h->n = 0;
  accept_all(h);
  assert_int_equal(h->admitted[0], fd);
  address_of(fd, now);
  assert_string_not_equal(before, now);
  assert_int_equal(listener_heard(h->listener, before).fd, -1);
  assert_int_equal(listener_heard(h->listener, before).pid, getpid());

  assert_false(listener_disconnect(h->listener, old));
  assert_false(listener_disconnect(h->listener, (struct connection){.fd = fd}));
  assert_false(is_closed(second));
  assert_true(listener_disconnect(h->listener, listener_heard(h->listener, now)));
  assert_true(is_closed(second));
  close(first);
  close(second);
}

static void what_is_no_address_of_ours_is_nobody(void **state) {
  struct here *h = *state;
  static const char *const rows[] = {
      NULL, "", "localhost", "::1", "fd00:1::", "fdff:ffff::1:0:0:1", "fdff"};

  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct connection c = listener_heard(h->listener, rows[i]);
    assert_int_equal(c.fd, -1);
    assert_false(listener_disconnect(h->listener, c));
  }
}

/* The newcomer says nothing either, and the storm goes on: it stays. */
static void a_storm_keeps_nobody_out(void **state) {
  struct here *h = *state;
  int hold, again;
  pid_t storm = crowd(h, LIMIT, &hold);
  accept_all(h);
  assert_int_equal(stats(h).connections, LIMIT);
  assert_int_equal(stats(h).evicted + stats(h).refused, 0);

  int newcomer = connect_to(h);
  accept_all(h);
  assert_int_equal(stats(h).evicted, 1);
  assert_int_equal(stats(h).refused, 0);

  pid_t more = crowd(h, 10 * LIMIT, &again);
  accept_all(h);
  assert_false(is_closed(newcomer));
  assert_int_equal(stats(h).connections, LIMIT);
  /* half for each of the two, and the rest is refused, by which nobody is closed */
  assert_in_range(stats(h).evicted, 2, 1 + LIMIT / 2);
  assert_int_equal(stats(h).accepted, 11 * LIMIT + 1);
  assert_int_equal(stats(h).evicted + stats(h).refused, 10 * LIMIT + 1);

  close(newcomer);
  disperse(more, again); /* which has a copy of the other's end */
  disperse(storm, hold);
}

/* All have said something, so that none is silent. The largest process gives way to another, but
 * not before its connection was quiet for a while; and never to itself. */
static void a_house_full_of_spoken_ones_has_room_for_another_process(void **state) {
  struct here *h = *state;
  int mine[LIMIT + 1], hold;
  char address[INET6_ADDRSTRLEN];

  for (int i = 0; i < LIMIT; i++)
    mine[i] = connect_to(h);
  accept_all(h);
  for (size_t i = 0; i < h->n; i++) {
    address_of(h->admitted[i], address);
    listener_heard(h->listener, address);
  }

  pid_t early = crowd(h, 1, &hold);
  accept_all(h);
  disperse(early, hold);
  assert_int_equal(stats(h).evicted, 0);
  assert_int_equal(stats(h).refused, 1);

  const struct timespec quiet = {.tv_sec = 3, .tv_nsec = 50000000};
  nanosleep(&quiet, NULL);
  mine[LIMIT] = connect_to(h);
  accept_all(h);
  assert_int_equal(stats(h).refused, 2);

  pid_t other = crowd(h, 1, &hold);
  accept_all(h);
  assert_int_equal(stats(h).evicted, 1);
  assert_int_equal(stats(h).refused, 2);
  assert_true(is_closed(mine[0]) && !is_closed(mine[1]));

  for (int i = 0; i <= LIMIT; i++)
    close(mine[i]);
  disperse(other, hold);
}

/* While it is full, newcomers are let in slowly; those that are in the queue come to their turn. */
static void a_storm_is_let_in_slowly(void **state) {
  struct here *h = *state;
  int hold, more;
  pid_t storm = crowd(h, LIMIT, &hold);
  accept_all(h);

  uint64_t began = clock_mono_ms();
  pid_t second = crowd(h, 200, &more);
  accept_all(h);
  assert_int_equal(stats(h).evicted + stats(h).refused, 200);
  assert_true(clock_mono_ms() - began >= 200 / 5 * 10 - 2 * 10);

  disperse(second, more);
  disperse(storm, hold);
}

/* Beyond the last number a newcomer cannot stay; one is closed for it, and no further one until
 * that is gone. */
static void who_cannot_stay_costs_one_at_most(void **state) {
  struct here *h = *state;
  int hold, numbers[ALL], n = 0;
  pid_t storm = crowd(h, LIMIT, &hold);
  accept_all(h);
  do
    numbers[n] = fcntl(hold, F_DUPFD_CLOEXEC, 0);
  while (numbers[n++] < listener_fd(h->listener) + 48 + LIMIT + 64 + 8);

  int clients[5];
  for (int i = 0; i < 5; i++)
    clients[i] = connect_to(h);
  accept_all(h);
  assert_int_equal(stats(h).refused, 5);
  assert_int_equal(stats(h).evicted, 1);

  for (int i = 0; i < n; i++)
    close(numbers[i]);
  for (int i = 0; i < 5; i++)
    close(clients[i]);
  disperse(storm, hold);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_number_used_again_is_another_connection, setup, teardown),
      cmocka_unit_test_setup_teardown(what_is_no_address_of_ours_is_nobody, setup, teardown),
      cmocka_unit_test_setup_teardown(a_storm_keeps_nobody_out, setup, teardown),
      cmocka_unit_test_setup_teardown(a_storm_is_let_in_slowly, setup, teardown),
      cmocka_unit_test_setup_teardown(a_house_full_of_spoken_ones_has_room_for_another_process,
                                      setup, teardown),
      cmocka_unit_test_setup_teardown(who_cannot_stay_costs_one_at_most, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
