/* The outbox: what is taken, what is sent and when, what becomes of it, and what a crash leaves. */
#include "libneeds_door.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct told {
  int accepted, duplicate, rejected, stopped;
  char last_tag[64], last_id[64], event[64], errors[256], position[64], code[64];
};
struct fixture {
  struct door d;
  char file[128];
  struct needs_outbox *o;
  struct told told;
};

static void on_judged(void *arg, const struct needs_verdict *v) {
  struct told *t = arg;
  int *const counts[] = {&t->accepted, &t->duplicate, &t->rejected};
  ++*counts[v->status];
  snprintf(t->last_tag, sizeof t->last_tag, "%s", v->tag ? v->tag : "-");
  snprintf(t->last_id, sizeof t->last_id, "%s", v->id ? v->id : "-");
  snprintf(t->event, sizeof t->event, "%s", v->event);
  snprintf(t->errors, sizeof t->errors, "%s", v->errors ? v->errors : "-");
  snprintf(t->position, sizeof t->position, "%s", v->position ? v->position : "-");
}

static void on_stopped(void *arg, const char *code, const char *message) {
  struct told *t = arg;
  t->stopped++;
  snprintf(t->code, sizeof t->code, "%s: %s", code, message);
}

static const struct needs_outbox_calls calls = {on_judged, on_stopped};

static void setup(struct fixture *f, bool up) {
  memset(f, 0, sizeof *f);
  door_setup(&f->d, up);
  snprintf(f->file, sizeof f->file, "%s/outbox", f->d.dir);
  assert_int_equal(0, needs_outbox_open(&f->o, f->d.needs, f->file, &calls, &f->told));
}

static int push(struct fixture *f, const char *event, const char *tag) {
  return needs_push(f->o, event, strlen(event), tag);
}

static void push_many(struct fixture *f, int from, int to) {
  assert_int_equal(0, needs_outbox_begin(f->o));
  for (int i = from; i < to; i++) {
    char event[64], tag[16];
    snprintf(event, sizeof event, "{\"id\":\"e-%d\"}", i);
    snprintf(tag, sizeof tag, "row %d", i);
    assert_int_equal(0, push(f, event, tag));
  }
  assert_int_equal(0, needs_outbox_commit(f->o));
}

static int events_in(const char *body) {
  int n = 0;
  for (const char *p = body; (p = strstr(p, "\"id\"")); p++)
    n++;
  return n;
}

/* As the daemon would: every event accepted, or with one word and its errors for all. */
static void judge(struct fixture *f, const struct heard *h, const char *status,
                  const char *errors) {
  static char body[200000];
  size_t at = (size_t)snprintf(body, sizeof body,
                               "{\"accepted\":1,\"position\":\"pos\",\"results\":[");
  int n = h->body[0] == '[' ? events_in(h->body) : 1;
  const char *p = h->body;
  for (int i = 0; i < n; i++) {
    p = strstr(p, "\"id\":\"");
    p += strlen("\"id\":\"");
    at += (size_t)snprintf(body + at, sizeof body - at,
                           "%s{\"index\":%d,\"id\":\"%.*s\",\"status\":\"%s\"%s%s}", i ? "," : "",
                           i, (int)strcspn(p, "\""), p, status, errors ? ",\"errors\":" : "",
                           errors ? errors : "");
  }
  snprintf(body + at, sizeof body - at, "]}");
  door_say(&f->d, h, "ok", body);
}

static void test_taken_and_refused(void **state) {
  (void)state;
  struct fixture f;
  setup(&f, false);
  static const struct {
    const char *event, *why;
    int rc;
  } bad[] = {{"", "not JSON at byte 0", -EINVAL},
             {"{\"id\":}", "not JSON at byte 6", -EINVAL},
             {"[]", "one JSON object", -EINVAL},
             {"{}{}", "nothing may follow", -EINVAL},
             {"{\"a\":\"\xff\"}", "must be UTF-8", -EINVAL},
             {"3", "one JSON object", -EINVAL}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(bad[i].rc, push(&f, bad[i].event, NULL));
    if (!strstr(needs_why(f.d.needs), bad[i].why))
      fail_msg("%s: %s", bad[i].event, needs_why(f.d.needs));
  }
  static char big[70000];
  memset(big, ' ', sizeof big);
  big[0] = '{', big[1] = '}';
  assert_int_equal(0, needs_push(f.o, big, sizeof big, NULL)); /* blanks do not count */
  big[1] = ' ', big[65535] = '}';
  assert_int_equal(0, needs_push(f.o, big, 65536, NULL));
  big[65535] = ' ', big[65536] = '}';
  assert_int_equal(-EMSGSIZE, needs_push(f.o, big, 65537, NULL));
  assert_int_equal(2, needs_outbox_waiting(f.o));
  struct stat st;
  assert_int_equal(0, stat(f.file, &st));
  assert_int_equal(0600, st.st_mode & 0777);
  door_finish(&f.d);
}

static void test_verdicts(void **state) {
  (void)state;
  struct fixture f;
  struct heard h;
  setup(&f, true);
  assert_int_equal(0, push(&f, " {\"id\":\"a\"} ", "first"));
  assert_true(door_hear(&f.d, PATIENCE_MS, &h));
  assert_string_equal("push", h.verb);
  assert_string_equal("[{\"id\":\"a\"}]", h.body);
  judge(&f, &h, "accepted", NULL);
  UNTIL(&f.d, !needs_outbox_waiting(f.o));
  assert_int_equal(1, f.told.accepted);
  assert_string_equal("first", f.told.last_tag);
  assert_string_equal("a", f.told.last_id);
  assert_string_equal("{\"id\":\"a\"}", f.told.event);
  assert_string_equal("pos", f.told.position);
  assert_int_equal(0, push(&f, "{\"id\":\"b\"}", NULL));
  assert_true(door_hear(&f.d, PATIENCE_MS, &h));
  judge(&f, &h, "duplicate", NULL);
  UNTIL(&f.d, !needs_outbox_waiting(f.o));
  assert_int_equal(1, f.told.duplicate);
  assert_string_equal("-", f.told.last_tag);
  assert_int_equal(0, push(&f, "{\"id\":\"c\"}", "third"));
  assert_true(door_hear(&f.d, PATIENCE_MS, &h));
  judge(&f, &h, "rejected", "[{\"code\":\"missing\"}]");
  UNTIL(&f.d, !needs_outbox_waiting(f.o));
  assert_int_equal(1, f.told.rejected);
  assert_string_equal("[{\"code\":\"missing\"}]", f.told.errors);
  assert_int_equal(1, needs_outbox_rejected(f.o));
  assert_false(door_hear(&f.d, 100, &h));
  door_finish(&f.d);
}

/* 500 events a batch, oldest first, four batches on their way and no more; and below 1 MiB. */
static void test_window(void **state) {
  (void)state;
  struct fixture f;
  static struct heard h[5];
  setup(&f, true);
  push_many(&f, 0, 2600);
  for (int i = 0; i < 4; i++) {
    char first[32];
    assert_true(door_hear(&f.d, PATIENCE_MS, &h[i]));
    assert_int_equal(500, events_in(h[i].body));
    snprintf(first, sizeof first, "[{\"id\":\"e-%d\"}", i * 500);
    assert_memory_equal(first, h[i].body, strlen(first));
  }
  assert_false(door_hear(&f.d, 100, &h[4]));
  judge(&f, &h[2], "accepted", NULL);
  assert_true(door_hear(&f.d, PATIENCE_MS, &h[4]));
  assert_memory_equal("[{\"id\":\"e-2000\"}", h[4].body, 15);
  assert_int_equal(2100, needs_outbox_waiting(f.o));
  door_finish(&f.d);

  setup(&f, true);
  static char event[60000];
  int len = snprintf(event, sizeof event, "{\"id\":\"big\",\"x\":\"%*s\"}", 50000, "");
  for (int i = 0; i < 30; i++)
    assert_int_equal(0, needs_push(f.o, event, (size_t)len, NULL));
  UNTIL(&f.d, needs_connected(f.d.needs));
  int sizes[2] = {0};
  for (int i = 0; i < 2;) {
    zmq_msg_t m;
    zmq_msg_init(&m);
    needs_run(f.d.needs, 2);
    if (zmq_msg_recv(&m, f.d.router, ZMQ_DONTWAIT) >= 0 && !zmq_msg_more(&m))
      sizes[i++] = (int)zmq_msg_size(&m);
    zmq_msg_close(&m);
  }
  assert_in_range(sizes[0], 1000000, 1024 * 1024);
  assert_in_range(sizes[1], 400000, 600000);
  door_finish(&f.d);
}

static void test_transactions(void **state) {
  (void)state;
  struct fixture f;
  struct heard h;
  setup(&f, true);
  assert_int_equal(-EINVAL, needs_outbox_commit(f.o));
  assert_int_equal(0, needs_outbox_begin(f.o));
  assert_int_equal(-EALREADY, needs_outbox_begin(f.o));
  assert_int_equal(0, push(&f, "{\"id\":\"a\"}", NULL));
  assert_int_equal(-EALREADY, needs_outbox_drop(f.o, NEEDS_WAITING, 0));
  assert_false(door_hear(&f.d, 150, &h)); /* nothing before the commit */
  needs_outbox_rollback(f.o);
  assert_int_equal(0, needs_outbox_waiting(f.o));
  assert_int_equal(0, push(&f, "{\"id\":\"b\"}", NULL));
  assert_true(door_hear(&f.d, PATIENCE_MS, &h));
  assert_string_equal("[{\"id\":\"b\"}]", h.body);
  /* a verdict that comes meanwhile waits for the commit */
  assert_int_equal(0, needs_outbox_begin(f.o));
  assert_int_equal(0, push(&f, "{\"id\":\"c\"}", NULL));
  judge(&f, &h, "accepted", NULL);
  assert_false(door_hear(&f.d, 150, &h));
  assert_int_equal(0, f.told.accepted);
  assert_int_equal(0, needs_outbox_commit(f.o));
  assert_true(door_hear(&f.d, PATIENCE_MS, &h));
  assert_string_equal("[{\"id\":\"c\"}]", h.body);
  assert_int_equal(1, f.told.accepted);
  door_finish(&f.d);

  setup(&f, false); /* a batch that is filled in the middle of a transaction holds nothing of it */
  assert_int_equal(0, push(&f, "{\"id\":\"a\"}", NULL));
  assert_int_equal(0, needs_outbox_begin(f.o));
  assert_int_equal(0, push(&f, "{\"id\":\"b\"}", NULL));
  door_up(&f.d);
  assert_true(door_hear(&f.d, PATIENCE_MS, &h));
  assert_string_equal("[{\"id\":\"a\"}]", h.body);
  door_finish(&f.d);
}

/* One process at a time; what was put is there for the next one, and what was judged is not. */
static void test_locked_and_kept(void **state) {
  (void)state;
  struct fixture f;
  struct heard h;
  setup(&f, true);
  push_many(&f, 0, 3);
  if (fork() == 0) {
    struct needs *n;
    struct needs_outbox *o;
    int rc = needs_open(&n, f.d.endpoint);
    rc = rc ? rc : needs_outbox_open(&o, n, f.file, NULL, NULL);
    _exit(rc == -EBUSY && strstr(needs_why(n), "another process has the outbox") ? 0 : 1);
  }
  int status;
  wait(&status);
  assert_int_equal(0, status);
  assert_true(door_hear(&f.d, PATIENCE_MS, &h));
  needs_outbox_close(f.o);
  judge(&f, &h, "accepted", NULL); /* heard by nobody */
  needs_run(f.d.needs, 50);
  assert_int_equal(0, f.told.accepted);
  assert_int_equal(0, needs_outbox_open(&f.o, f.d.needs, f.file, &calls, &f.told));
  assert_int_equal(3, needs_outbox_waiting(f.o));
  assert_true(door_hear(&f.d, PATIENCE_MS, &h));
  judge(&f, &h, "duplicate", NULL);
  UNTIL(&f.d, !needs_outbox_waiting(f.o));
  assert_int_equal(3, f.told.duplicate);
  assert_string_equal("row 2", f.told.last_tag);
  needs_outbox_close(f.o);
  needs_outbox_close(NULL);
  assert_int_equal(0, needs_outbox_open(&f.o, f.d.needs, f.file, &calls, &f.told));
  assert_int_equal(0, needs_outbox_waiting(f.o));
  door_finish(&f.d);
}

/* A process killed right after needs_push said 0. */
static void test_killed(void **state) {
  (void)state;
  struct fixture f;
  setup(&f, false);
  needs_outbox_close(f.o);
  if (fork() == 0) {
    struct needs *n;
    struct needs_outbox *o;
    if (needs_open(&n, f.d.endpoint) || needs_outbox_open(&o, n, f.file, NULL, NULL))
      _exit(1);
    for (int i = 0; i < 10; i++)
      if (needs_push(o, "{}", 2, NULL))
        _exit(1);
    needs_outbox_begin(o);
    needs_push(o, "{}", 2, NULL); /* never committed */
    raise(SIGKILL);
  }
  int status;
  wait(&status);
  assert_true(WIFSIGNALED(status));
  assert_int_equal(0, needs_outbox_open(&f.o, f.d.needs, f.file, &calls, &f.told));
  assert_int_equal(10, needs_outbox_waiting(f.o));
  door_finish(&f.d);
}

static void test_files_that_are_none(void **state) {
  (void)state;
  struct fixture f;
  struct needs_outbox *o = NULL;
  char path[160];
  setup(&f, false);
  snprintf(path, sizeof path, "%s/none/outbox", f.d.dir);
  assert_int_equal(-ENOENT, needs_outbox_open(&o, f.d.needs, path, NULL, NULL));
  assert_int_equal(-EINVAL, needs_outbox_open(&o, f.d.needs, ":memory:", NULL, NULL));
  snprintf(path, sizeof path, "%s/text", f.d.dir);
  FILE *t = fopen(path, "w");
  for (int i = 0; i < 5000; i++)
    fputs("not a database ", t);
  fclose(t);
  assert_int_equal(-EBADMSG, needs_outbox_open(&o, f.d.needs, path, NULL, NULL));
  assert_non_null(strstr(needs_why(f.d.needs), "no outbox"));
  snprintf(path, sizeof path, "%s/other", f.d.dir);
  char command[300];
  snprintf(command, sizeof command,
           "python3 -c \"import sqlite3; sqlite3.connect('%s').execute('CREATE TABLE x (y)')\"",
           path);
  assert_int_equal(0, system(command));
  assert_int_equal(-EBADMSG, needs_outbox_open(&o, f.d.needs, path, NULL, NULL));
  assert_non_null(strstr(needs_why(f.d.needs), "some other program's file"));
  assert_null(o);
  door_finish(&f.d);
}

/* A batch that the daemon cannot read at all goes event by event, so that one does not hold up the
 * others. */
static void test_one_by_one(void **state) {
  (void)state;
  struct fixture f;
  struct heard h;
  static const char fault[] = "[{\"code\":\"not-json\",\"pointer\":\"\",\"message\":\"x\"}]";
  setup(&f, true);
  push_many(&f, 0, 3);
  assert_true(door_hear(&f.d, PATIENCE_MS, &h));
  door_say(&f.d, &h, "error", fault);
  for (int i = 0; i < 3; i++) {
    char event[32];
    snprintf(event, sizeof event, "{\"id\":\"e-%d\"}", i);
    assert_true(door_hear(&f.d, PATIENCE_MS, &h));
    assert_string_equal(event, h.body);
    if (i == 1)
      door_say(&f.d, &h, "error", fault);
    else
      judge(&f, &h, "accepted", NULL);
  }
  UNTIL(&f.d, !needs_outbox_waiting(f.o));
  assert_int_equal(2, f.told.accepted);
  assert_int_equal(1, f.told.rejected);
  assert_int_equal(1, needs_outbox_rejected(f.o));
  door_finish(&f.d);
}

static void test_stopped(void **state) {
  (void)state;
  struct fixture f;
  struct heard h;
  setup(&f, true);
  push_many(&f, 0, 3);
  assert_true(door_hear(&f.d, PATIENCE_MS, &h));
  door_say(&f.d, &h, "error",
           "[{\"code\":\"forbidden\",\"pointer\":\"\",\"message\":\"the key may not push\"}]");
  assert_false(door_hear(&f.d, 400, &h));
  assert_int_equal(1, f.told.stopped);
  assert_string_equal("forbidden: the key may not push", f.told.code);
  assert_int_equal(3, needs_outbox_waiting(f.o));
  assert_int_equal(0, needs_outbox_rejected(f.o));
  needs_outbox_resume(f.o);
  assert_true(door_hear(&f.d, PATIENCE_MS, &h));
  judge(&f, &h, "accepted", NULL);
  UNTIL(&f.d, !needs_outbox_waiting(f.o));
  door_finish(&f.d);
}

static int gather(void *arg, const struct needs_entry *e) {
  char *all = arg;
  sprintf(all + strlen(all), "%lld %s %s %s;", (long long)e->number, e->tag, e->event,
          e->errors ? e->errors : "-");
  return 0;
}

static int first_only(void *arg, const struct needs_entry *e) {
  *(int64_t *)arg = e->number;
  return 7;
}

static void test_shelves(void **state) {
  (void)state;
  struct fixture f;
  struct heard h;
  char all[512] = "";
  int64_t first = 0;
  setup(&f, true);
  push_many(&f, 0, 3);
  assert_int_equal(0, needs_outbox_list(f.o, NEEDS_WAITING, gather, all));
  assert_string_equal(
      "1 row 0 {\"id\":\"e-0\"} -;2 row 1 {\"id\":\"e-1\"} -;3 row 2 {\"id\":\"e-2\"} -;", all);
  assert_int_equal(7, needs_outbox_list(f.o, NEEDS_WAITING, first_only, &first));
  assert_int_equal(1, first);
  assert_true(door_hear(&f.d, PATIENCE_MS, &h));
  judge(&f, &h, "rejected", "[]");
  UNTIL(&f.d, needs_outbox_rejected(f.o) == 3);
  assert_int_equal(-ENOENT, needs_outbox_drop(f.o, NEEDS_KEPT, 9));
  assert_int_equal(0, needs_outbox_drop(f.o, NEEDS_KEPT, 2));
  assert_int_equal(2, needs_outbox_rejected(f.o));
  assert_int_equal(-ENOENT, needs_outbox_retry(f.o, 2));
  assert_int_equal(0, needs_outbox_retry(f.o, 3));
  assert_true(door_hear(&f.d, PATIENCE_MS, &h));
  assert_string_equal("[{\"id\":\"e-2\"}]", h.body);
  judge(&f, &h, "accepted", NULL);
  UNTIL(&f.d, !needs_outbox_waiting(f.o));
  all[0] = '\0';
  needs_outbox_list(f.o, NEEDS_KEPT, gather, all);
  assert_string_equal("1 row 0 {\"id\":\"e-0\"} [];", all);
  assert_int_equal(0, needs_outbox_drop(f.o, NEEDS_KEPT, 0));
  assert_int_equal(0, needs_outbox_drop(f.o, NEEDS_WAITING, 0));
  assert_int_equal(0, needs_outbox_rejected(f.o));
  door_finish(&f.d);
}

/* A verdict list that does not fit is not believed: the batch goes again over a fresh socket. */
static void test_a_wrong_count(void **state) {
  (void)state;
  struct fixture f;
  struct heard h;
  setup(&f, true);
  push_many(&f, 0, 3);
  assert_true(door_hear(&f.d, PATIENCE_MS, &h));
  door_say(&f.d, &h, "ok", "{\"results\":[{\"status\":\"accepted\"}]}");
  assert_true(door_hear(&f.d, PATIENCE_MS, &h));
  assert_int_equal(0, f.told.accepted);
  judge(&f, &h, "accepted", NULL);
  UNTIL(&f.d, !needs_outbox_waiting(f.o));
  assert_int_equal(3, f.told.accepted);
  door_finish(&f.d);
}

/* The disk takes nothing any more: needs_push says so, and a verdict is kept until it can be
 * written. */
static void test_full_disk(void **state) {
  (void)state;
  struct fixture f;
  struct heard h;
  struct rlimit old, none;
  struct stat st;
  char wal[160];
  setup(&f, true);
  push_many(&f, 0, 3);
  snprintf(wal, sizeof wal, "%s-wal", f.file);
  assert_int_equal(0, stat(wal, &st));
  getrlimit(RLIMIT_FSIZE, &old);
  none = (struct rlimit){(rlim_t)st.st_size, old.rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &none));
  int rc = push(&f, "{\"id\":\"e-9\"}", NULL);
  assert_true(rc == -EIO || rc == -ENOSPC);
  assert_non_null(strstr(needs_why(f.d.needs), "cannot write to the outbox"));
  assert_true(door_hear(&f.d, PATIENCE_MS, &h));
  judge(&f, &h, "accepted", NULL);
  for (int i = 0; i < 40; i++)
    needs_run(f.d.needs, 5);
  assert_int_equal(3, f.told.accepted);
  assert_int_equal(3, needs_outbox_waiting(f.o));
  setrlimit(RLIMIT_FSIZE, &old);
  UNTIL(&f.d, !needs_outbox_waiting(f.o));
  assert_int_equal(3, f.told.accepted); /* not told twice */
  assert_int_equal(0, push(&f, "{\"id\":\"e-9\"}", NULL));
  door_finish(&f.d);
}

/* A transaction that the disk broke is over: nothing that comes after it in it is kept, and the
 * commit says so. */
static void test_full_disk_in_a_transaction(void **state) {
  (void)state;
  struct fixture f;
  struct rlimit old, none;
  static char big[65000];
  int rc = 0, pushed = 0;
  setup(&f, false);
  int len = snprintf(big, sizeof big, "{\"x\":\"%*s\"}", 60000, "");
  getrlimit(RLIMIT_FSIZE, &old);
  none = (struct rlimit){4000000, old.rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &none));
  assert_int_equal(0, needs_outbox_begin(f.o));
  while (!rc && pushed++ < 1000)
    rc = needs_push(f.o, big, (size_t)len, NULL);
  assert_true(rc == -EIO || rc == -ENOSPC);
  setrlimit(RLIMIT_FSIZE, &old);
  assert_int_not_equal(0, push(&f, "{\"id\":\"late\"}", NULL));
  assert_int_not_equal(0, needs_outbox_commit(f.o));
  assert_int_equal(0, needs_outbox_waiting(f.o));
  needs_outbox_close(f.o);
  assert_int_equal(0, needs_outbox_open(&f.o, f.d.needs, f.file, &calls, &f.told));
  assert_int_equal(0, needs_outbox_waiting(f.o));
  assert_int_equal(0, push(&f, "{\"id\":\"a\"}", NULL));
  door_finish(&f.d);
}

/* What was judged, or dropped, is nowhere in the files, even while the outbox stays open. */
static void test_nothing_stays_behind(void **state) {
  (void)state;
  struct fixture f;
  struct heard h;
  char command[256];
  setup(&f, true);
  snprintf(command, sizeof command, "grep -aq marker-of-a-person %s*", f.file);
  push_many(&f, 0, 20);
  assert_int_equal(0, push(&f, "{\"id\":\"marker-of-a-person\"}", NULL));
  assert_int_equal(0, system(command));
  for (int i = 0; i < 2; i++) {
    assert_true(door_hear(&f.d, PATIENCE_MS, &h));
    judge(&f, &h, strstr(h.body, "marker") ? "rejected" : "accepted",
          strstr(h.body, "marker") ? "[]" : NULL);
    if (f.told.accepted + f.told.rejected + events_in(h.body) == 21)
      break;
  }
  UNTIL(&f.d, !needs_outbox_waiting(f.o));
  assert_int_equal(0, system(command)); /* kept */
  assert_int_equal(0, needs_outbox_drop(f.o, NEEDS_KEPT, 0));
  assert_int_not_equal(0, system(command));
  assert_int_equal(0, push(&f, "{\"id\":\"marker-of-a-person\"}", NULL));
  assert_true(door_hear(&f.d, PATIENCE_MS, &h));
  judge(&f, &h, "accepted", NULL);
  UNTIL(&f.d, !needs_outbox_waiting(f.o));
  assert_int_not_equal(0, system(command));
  door_finish(&f.d);
}

/* What is dropped before it was ever sent leaves nothing to do: the descriptor rests. */
static void test_dropped_unsent(void **state) {
  (void)state;
  struct fixture f;
  static struct heard h[4];
  setup(&f, true);
  push_many(&f, 0, 2600);
  for (int i = 0; i < 4; i++)
    assert_true(door_hear(&f.d, PATIENCE_MS, &h[i]));
  assert_int_equal(0, needs_outbox_drop(f.o, NEEDS_WAITING, 0));
  for (int i = 0; i < 4; i++)
    judge(&f, &h[i], "accepted", NULL);
  UNTIL(&f.d, f.told.accepted == 2000);
  assert_int_equal(0, needs_outbox_waiting(f.o));
  int turns = 0;
  for (int64_t until = clock_ms() + 300; clock_ms() < until;)
    turns += needs_run(f.d.needs, 50);
  assert_in_range(turns, 0, 30);
  door_finish(&f.d);
}

struct closing {
  struct fixture f;
  int told;
};

static void close_at_first(void *arg, const struct needs_verdict *v) {
  struct closing *c = arg;
  (void)v;
  c->told++;
  needs_outbox_close(c->f.o);
}

/* Closed from within `judged`: what was not told yet does not leave the file. */
static void test_closed_by_judged(void **state) {
  (void)state;
  struct closing c = {0};
  struct heard h;
  static const struct needs_outbox_calls closing = {.judged = close_at_first};
  setup(&c.f, true);
  needs_outbox_close(c.f.o);
  assert_int_equal(0, needs_outbox_open(&c.f.o, c.f.d.needs, c.f.file, &closing, &c));
  push_many(&c.f, 0, 3);
  assert_true(door_hear(&c.f.d, PATIENCE_MS, &h));
  judge(&c.f, &h, "rejected", "[]");
  UNTIL(&c.f.d, c.told);
  assert_int_equal(0, needs_outbox_open(&c.f.o, c.f.d.needs, c.f.file, &calls, &c.f.told));
  assert_int_equal(3, needs_outbox_waiting(c.f.o));
  assert_int_equal(0, needs_outbox_rejected(c.f.o));
  assert_true(door_hear(&c.f.d, PATIENCE_MS, &h));
  judge(&c.f, &h, "rejected", "[]");
  UNTIL(&c.f.d, c.f.told.rejected == 3);
  assert_int_equal(1, c.told);
  door_finish(&c.f.d);
}

/* A daemon that answers nonsense is believed in nothing, and is not asked without pause. */
static void test_nonsense(void **state) {
  (void)state;
  static const struct {
    const char *status, *body;
  } odd[] = {{"ok", "{\"results\":[{\"status\":\"accepted\"}]}"},
             {"ok", "{}"},
             {"ok", "[]"},
             {"ok", "{\"results\":[1,2,3]}"},
             {"ok", "{\"results\":[{},{},{}]}"},
             {"ok", "{\"results\":[{\"status\":\"perhaps\"},{\"status\":\"accepted\"},{\"status\":"
                    "\"accepted\"}]}"},
             {"error", "{}"},
             {"error", "[]"},
             {"error", "[3]"},
             {"error", "\"no\""}};
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
    struct fixture f;
    struct heard h;
    setup(&f, true);
    push_many(&f, 0, 3);
    int asked = 0;
    for (int64_t until = clock_ms() + 1500; clock_ms() < until;) {
      if (!door_hear(&f.d, 20, &h))
        continue;
      asked++;
      door_say(&f.d, &h, odd[i].status, odd[i].body);
    }
    assert_int_equal(3, needs_outbox_waiting(f.o));
    assert_int_equal(0, f.told.accepted + f.told.rejected);
    assert_in_range(asked, 2, 6);
    door_finish(&f.d);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_taken_and_refused),
      cmocka_unit_test(test_verdicts),
      cmocka_unit_test(test_window),
      cmocka_unit_test(test_transactions),
      cmocka_unit_test(test_killed),
      cmocka_unit_test(test_locked_and_kept),
      cmocka_unit_test(test_one_by_one),
      cmocka_unit_test(test_stopped),
      cmocka_unit_test(test_shelves),
      cmocka_unit_test(test_a_wrong_count),
      cmocka_unit_test(test_full_disk),
      cmocka_unit_test(test_files_that_are_none),
      cmocka_unit_test(test_full_disk_in_a_transaction),
      cmocka_unit_test(test_nothing_stays_behind),
      cmocka_unit_test(test_dropped_unsent),
      cmocka_unit_test(test_closed_by_judged),
      cmocka_unit_test(test_nonsense),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
