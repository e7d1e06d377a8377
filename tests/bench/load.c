/* needs-load - pushes made-up events at a daemon and follows what it publishes, for bench.py.
 *
 *   needs-load DOOR people|max|paced [name=value ...]
 *
 * people: one person.recorded each, until everybody's advice stands. max: events as fast as they
 * are answered, then until all is evaluated and followed. paced: `rate` events a second, one a
 * push, and how long each answer took. One thread, one JSON object on standard output. Event n is a
 * function of the seed and n alone, so that every run of a seed does the same work. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#define CONNECTIONS_MAX 64
#define MESSAGE_MAX (1 << 20)
#define SILENCE_MS 120000
#define FOLLOW_CREDIT 64
#define FIRST_TIME 1767225600 /* 2026-01-01T00:00:00Z */
#define RATINGS 12

/* --- options --- */

static struct options {
  const char *name;
  long value;
} options[] = {{"schools", 80}, {"staff", 25}, {"connections", 4}, {"batch", 50}, {"window", 4},
               {"seconds", 10}, {"rate", 500}, {"seed", 1},        {"first", 0},  {"follow", 1}};

static long option(const char *name) {
  for (size_t i = 0; i < sizeof options / sizeof *options; i++)
    if (strcmp(options[i].name, name) == 0)
      return options[i].value;
  abort();
}

static void set_option(const char *text) {
  const char *is = strchr(text, '=');
  for (size_t i = 0; is && i < sizeof options / sizeof *options; i++) {
    if (strncmp(options[i].name, text, (size_t)(is - text)) != 0 || options[i].name[is - text])
      continue;
    options[i].value = strtol(is + 1, NULL, 10);
    return;
  }
  fprintf(stderr, "needs-load: no option '%s'\n", text);
  exit(2);
}

__attribute__((format(printf, 1, 2), noreturn)) static void give_up(const char *format, ...) {
  va_list args;
  va_start(args, format);
  fputs("needs-load: ", stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

/* --- events --- */

struct text {
  char data[MESSAGE_MAX];
  size_t len;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *t, const char *format, ...) {
  va_list args;
  va_start(args, format);
  t->len += (size_t)vsnprintf(t->data + t->len, sizeof t->data - t->len, format, args);
  va_end(args);
  if (t->len >= sizeof t->data)
    give_up("a batch is over 1 MiB: use a smaller one");
}

static uint64_t mix(uint64_t x) { /* splitmix64 */
  x += UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

static uint64_t draw(uint64_t *state, uint64_t below) {
  return (*state = mix(*state)) % below;
}

static void put_envelope(struct text *t, const char *kind, uint64_t n, uint64_t person) {
  time_t at = FIRST_TIME + (time_t)(n % (200 * 86400));
  char when[32];
  strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime(&at));
  uint64_t staff = (uint64_t)option("staff");
  put(t,
      "{\"specversion\":\"1.0\",\"id\":\"%s-%ld-%" PRIu64 "\",\"source\":\"sims/888/%07" PRIu64
      "\",\"type\":\"needs.%s.recorded.v1\",",
      kind, option("seed"), n, 8880000 + person / staff, kind);
  put(t,
      "\"time\":\"%s\",\"authority\":\"888\",\"school\":\"%07" PRIu64
      "\",\"subject\":\"p-%04" PRIu64 "\",\"data\":{",
      when, 8880000 + person / staff, person % staff);
}

static void put_person(struct text *t, uint64_t n) {
  static const char *const roles[] = {"TASS", "LSEN", "HLTA", "NNSE", "COVR", "LMEN",
                                      "BILN", "PAST", "MIDS", "CTKR", "LANG", "CARE"};
  uint64_t state = mix((uint64_t)option("seed") ^ n << 20);
  put_envelope(t, "person", n, n);
  put(t,
      "\"roles\":[{\"role\":\"%s\",\"from\":\"2023-09-01\",\"minutes\":%" PRIu64
      ",\"weeks\":39,\"main\":true}]}}",
      roles[draw(&state, 12)], 600 + draw(&state, 1200));
}

static void put_ratings(struct text *t, uint64_t *state, const char *evidence) {
  uint64_t first = draw(state, 30);
  put(t, "\"ratings\":[");
  for (uint64_t i = 0; i < RATINGS; i++)
    put(t,
        "%s{\"competence\":\"STL%" PRIu64 "\",\"level\":%" PRIu64
        ",\"evidence\":\"%s\",\"certainty\":%" PRIu64 "}",
        i ? "," : "", 1 + (first + i * 5) % 60, draw(state, 5), evidence, 50 + draw(state, 50));
  put(t, "]}}");
}

/* An appraisal or an assessment with twelve ratings of about 1 KB, about somebody. */
static void put_rated(struct text *t, uint64_t n) {
  static const char *const kinds[] = {"self", "manager", "peer", "observer", "assessor"};
  uint64_t state = mix((uint64_t)option("seed") * 31 + n);
  uint64_t person = draw(&state, (uint64_t)(option("schools") * option("staff")));
  const char *evidence = kinds[draw(&state, 5)],
             *form = draw(&state, 2) ? "appraisal" : "assessment";
  put_envelope(t, form, n, person);
  put(t, "\"date\":\"2026-%02" PRIu64 "-%02" PRIu64 "\",\"by\":\"m-%03" PRIu64 "\",",
      1 + draw(&state, 7), 1 + draw(&state, 28), draw(&state, 400));
  if (form[1] == 's')
    put(t, "\"evidence\":\"%s\",", evidence);
  put_ratings(t, &state, evidence);
}

/* --- the wire --- */

static void *context, *pushers[CONNECTIONS_MAX], *asker, *follower;
static uint64_t published; /* publications that the follower has counted */
static unsigned unpaid;

static void *connected(const char *door, bool own_id) {
  void *socket = zmq_socket(context, ZMQ_DEALER);
  int zero = 0;
  char id[17] = {1};
  if (own_id && getrandom(id + 1, sizeof id - 1, 0) != sizeof id - 1)
    give_up("no random bytes");
  if (own_id)
    zmq_setsockopt(socket, ZMQ_ROUTING_ID, id, sizeof id);
  zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof zero);
  zmq_setsockopt(socket, ZMQ_SNDHWM, &zero, sizeof zero);
  if (zmq_connect(socket, door) != 0)
    give_up("cannot connect to %s: %s", door, zmq_strerror(errno));
  return socket;
}

static void send_frames(void *socket, const char *verb, uint64_t id, const char *body, size_t len) {
  zmq_send(socket, verb, strlen(verb), ZMQ_SNDMORE);
  zmq_send(socket, &id, sizeof id, ZMQ_SNDMORE);
  zmq_send(socket, body, len, 0);
}

/* One reply into `t`, as text; its request id, and the first letter of its status through `status`.
 */
static uint64_t receive(void *socket, struct text *t, char *status) {
  char head[16] = {0};
  uint64_t id = 0;
  zmq_recv(socket, head, sizeof head - 1, 0);
  zmq_recv(socket, &id, sizeof id, 0);
  int len = zmq_recv(socket, t->data, sizeof t->data - 1, 0);
  if (len < 0)
    give_up("receiving failed: %s", zmq_strerror(errno));
  t->len = (size_t)len < sizeof t->data - 1 ? (size_t)len : sizeof t->data - 1;
  t->data[t->len] = 0;
  *status = head[0];
  return id;
}

static uint64_t number(const struct text *t, const char *name) {
  const char *at = strstr(t->data, name);
  if (!at)
    give_up("no %s in %s", name, t->data);
  return strtoull(at + strlen(name), NULL, 10);
}

static bool waiting(void *socket) {
  int events = 0;
  size_t size = sizeof events;
  zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size);
  return events & ZMQ_POLLIN;
}

static struct text reply, batch;

static void drain_follower(void) {
  char status;
  while (follower && waiting(follower)) {
    receive(follower, &reply, &status);
    if (status == 'e')
      give_up("the follow ended: %s", reply.data);
    if (status != 'p' || !strstr(reply.data, "\"publication\":"))
      continue;
    published++;
    if (++unpaid < FOLLOW_CREDIT / 2)
      continue;
    char credit[40];
    int len = snprintf(credit, sizeof credit, "{\"add\":%u}", unpaid);
    send_frames(follower, "credit", 1, credit, (size_t)len);
    unpaid = 0;
  }
}

static void wait_for(void *socket, long ms) {
  zmq_pollitem_t items[] = {{socket, 0, ZMQ_POLLIN, 0}, {follower, 0, ZMQ_POLLIN, 0}};
  if (zmq_poll(items, follower ? 2 : 1, ms) == 0 && ms == SILENCE_MS)
    give_up("no answer for %d s", SILENCE_MS / 1000);
  drain_follower();
}

static void ask(const char *question) {
  char status;
  send_frames(asker, "ask", 1, question, strlen(question));
  while (!waiting(asker))
    wait_for(asker, SILENCE_MS);
  receive(asker, &reply, &status);
  if (status != 'o')
    give_up("%s was answered %s", question, reply.data);
}

static void settle(void) {
  do
    ask("{\"question\":\"settled\"}");
  while (!strstr(reply.data, "\"settled\":true"));
}

static void open_all(const char *door) {
  context = zmq_ctx_new();
  asker = connected(door, false);
  for (long i = 0; i < option("connections") && i < CONNECTIONS_MAX; i++)
    pushers[i] = connected(door, false);
  if (!option("follow"))
    return;
  follower = connected(door, true);
  static const char body[] = "{\"credit\":64,\"since\":\"now\"}";
  char status;
  send_frames(follower, "follow", 1, body, sizeof body - 1);
  receive(follower, &reply, &status);
  if (status != 'o')
    give_up("the follow was refused: %s", reply.data);
}

static void close_all(void) {
  for (long i = 0; i < option("connections") && i < CONNECTIONS_MAX; i++)
    zmq_close(pushers[i]);
  if (follower)
    zmq_close(follower);
  zmq_close(asker);
  zmq_ctx_term(context);
}

/* --- pushing --- */

struct tally {
  uint64_t next, last; /* numbers of the events yet to be sent */
  uint64_t until_ns;   /* or stop by time, when not 0 */
  uint64_t sent, acked, bytes, batches;
  unsigned flying[CONNECTIONS_MAX];
  void (*make)(struct text *t, uint64_t n);
};

static bool more(const struct tally *t) {
  return t->next < t->last && (!t->until_ns || now_ns() < t->until_ns);
}

/* The request id is `due_ns`, so that the answer tells how long it took. */
static void send_batch(struct tally *t, void *socket, long size, uint64_t due_ns) {
  batch.len = 0;
  put(&batch, "[");
  long n = 0;
  for (; n < size && t->next < t->last; n++) {
    if (n)
      put(&batch, ",");
    t->make(&batch, t->next++);
  }
  put(&batch, "]");
  send_frames(socket, "push", due_ns, batch.data, batch.len);
  t->sent += (uint64_t)n;
  t->bytes += batch.len;
  t->batches++;
}

static void take_answer(struct tally *t, uint64_t *due_ns, void *socket) {
  char status;
  *due_ns = receive(socket, &reply, &status);
  if (status != 'o' || number(&reply, "\"rejected\":"))
    give_up("a push was answered %.2000s", reply.data);
  t->acked += number(&reply, "\"accepted\":") + number(&reply, "\"duplicate\":");
}

static void poll_all(int timer) {
  zmq_pollitem_t items[CONNECTIONS_MAX + 2];
  int n = 0;
  for (long i = 0; i < option("connections"); i++)
    items[n++] = (zmq_pollitem_t){pushers[i], 0, ZMQ_POLLIN, 0};
  if (follower)
    items[n++] = (zmq_pollitem_t){follower, 0, ZMQ_POLLIN, 0};
  if (timer >= 0)
    items[n++] = (zmq_pollitem_t){NULL, timer, ZMQ_POLLIN, 0};
  if (zmq_poll(items, n, SILENCE_MS) == 0)
    give_up("no answer for %d s", SILENCE_MS / 1000);
  drain_follower();
}

/* `window` batches in flight on each connection, until everything is answered. */
static void push_all(struct tally *t) {
  uint64_t due_ns;
  do {
    for (long i = 0; i < option("connections"); i++) {
      for (; waiting(pushers[i]); t->flying[i]--)
        take_answer(t, &due_ns, pushers[i]);
      for (; t->flying[i] < option("window") && more(t); t->flying[i]++)
        send_batch(t, pushers[i], option("batch"), now_ns());
    }
    if (t->acked < t->sent)
      poll_all(-1);
  } while (t->acked < t->sent || more(t));
}

/* --- modes --- */

static double since_s(uint64_t start_ns) {
  return (double)(now_ns() - start_ns) / 1e9;
}

static double own_cpu_s(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
         (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void run_max(bool people) {
  struct tally t = {.make = people ? put_person : put_rated,
                    .last = UINT64_MAX,
                    .next = (uint64_t)option("first")};
  ask("{\"question\":\"health\"}");
  uint64_t publications = number(&reply, "\"publications\":"),
           evaluations = number(&reply, "\"evaluations\":"), start_ns = now_ns();
  if (people)
    t.last = (uint64_t)(option("schools") * option("staff"));
  else
    t.until_ns = start_ns + (uint64_t)option("seconds") * UINT64_C(1000000000);
  push_all(&t);
  double acked_s = since_s(start_ns);
  settle();
  double settled_s = since_s(start_ns);
  ask("{\"question\":\"health\"}");
  publications = number(&reply, "\"publications\":") - publications;
  evaluations = number(&reply, "\"evaluations\":") - evaluations;
  while (follower && published < publications)
    wait_for(follower, SILENCE_MS);
  printf("{\"events\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"batches\":%" PRIu64
         ",\"acked_s\":%.4f,\"settled_s\":%.4f,\"followed_s\":%.4f,"
         "\"publications\":%" PRIu64 ",\"followed\":%" PRIu64 ",\"evaluations\":%" PRIu64
         ",\"next\":%" PRIu64 ",\"load_cpu_s\":%.3f}\n",
         t.acked, t.bytes, t.batches, acked_s, settled_s, since_s(start_ns), publications,
         published, evaluations, t.next, own_cpu_s());
}

static int by_size(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

/* Sends by the clock, whether or not the last one was answered, and measures from the moment at
 * which each was due. */
static void run_paced(void) {
  uint64_t n = (uint64_t)(option("rate") * option("seconds")),
           step = UINT64_C(1000000000) / (uint64_t)option("rate"), due_ns, ticks;
  struct tally t = {
      .make = put_rated, .next = (uint64_t)option("first"), .last = (uint64_t)option("first") + n};
  uint32_t *took_us = calloc(n, sizeof *took_us);
  uint64_t start_ns = now_ns(), answered = 0, late_ns = 0;
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  struct itimerspec every = {.it_interval = {0, (long)step}, .it_value = {0, (long)step}};
  if (!took_us || timer < 0 || timerfd_settime(timer, 0, &every, NULL) != 0)
    give_up("no timer");
  while (answered < n) {
    poll_all(timer);
    for (long i = 0; i < option("connections"); i++)
      while (waiting(pushers[i])) {
        take_answer(&t, &due_ns, pushers[i]);
        took_us[answered++] = (uint32_t)((now_ns() - due_ns) / 1000);
      }
    if (read(timer, &ticks, sizeof ticks) != sizeof ticks)
      ticks = 0;
    for (; ticks > 0 && t.sent < n; ticks--) {
      uint64_t due = start_ns + (t.sent + 1) * step, now = now_ns();
      if (now > due && now - due > late_ns)
        late_ns = now - due;
      send_batch(&t, pushers[t.sent % (uint64_t)option("connections")], 1, due);
    }
  }
  double took_s = since_s(start_ns);
  qsort(took_us, n, sizeof *took_us, by_size);
  printf("{\"events\":%" PRIu64 ",\"seconds\":%.3f,\"p50_us\":%u,\"p90_us\":%u,\"p99_us\":%u,\"max_"
         "us\":%u,\"sender_late_us\":%" PRIu64 ",\"next\":%" PRIu64 ",\"followed\":%" PRIu64 "}\n",
         n, took_s, took_us[n / 2], took_us[n * 9 / 10], took_us[n * 99 / 100], took_us[n - 1],
         late_ns / 1000, t.next, published);
  close(timer);
  free(took_us);
}

int main(int argc, char **argv) {
  if (argc < 3)
    return fprintf(stderr, "usage: needs-load DOOR people|max|paced [name=value ...]\n"), 2;
  for (int i = 3; i < argc; i++)
    set_option(argv[i]);
  if (option("connections") < 1 || option("connections") > CONNECTIONS_MAX || option("rate") < 2)
    return fprintf(stderr, "needs-load: 1 to 64 connections, at least 2 events a second\n"), 2;
  open_all(argv[1]);
  if (strcmp(argv[2], "paced") == 0)
    run_paced();
  else
    run_max(strcmp(argv[2], "people") == 0);
  close_all();
  return 0;
}
