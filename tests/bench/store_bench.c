/* store_bench - how many events a second the store alone takes: the same writes as the daemon's,
 * without rules.
 *
 * store_bench DIR [SECONDS [EVENT STAND STANDS PUBLICATION PUBLICATIONS]]: for batches of 1, 16,
 * 256 and 1000 events of EVENT bytes (1024); STANDS (1000) of a thousand come with their person's
 * stand of STAND bytes (1024), and PUBLICATIONS (250) publications of PUBLICATION bytes (300) are
 * written for a thousand events. DIR must be new or empty, on the disk to be measured. One JSON
 * object a line; `plain` rows write events alone. Then the time to read the journal back, as a
 * start does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/store.h"

#define PEOPLE 20000u
#define AHEAD_NS(seconds) ((uint64_t)((seconds)*1e9))

struct bench {
  uv_loop_t loop;
  struct store *store;
  uint64_t position, publication, stands, until_ns, events;
  unsigned size;
  bool plain;
  int rc;
};

static struct {
  size_t event, basis, publication; /* bytes */
  uint64_t stands, publications;    /* of a thousand events */
} job = {1024, 1024, 300, 1000, 250};
static char body[1 << 16];

static struct batch *next_batch(struct bench *b) {
  struct batch *batch = batch_create();
  for (unsigned i = 0; i < b->size; i++) {
    uint64_t n = ++b->position;
    struct hash128 identity = {n * UINT64_C(0x9e3779b97f4a7c15), n}, content = {n, ~n};
    batch_event(batch, n, "888", "8884001", "p-0193", "appraisal.recorded", identity, content, body,
                job.event);
    if (b->plain)
      continue;
    for (; b->stands * 1000 < n * job.stands; b->stands++)
      batch_basis(batch, 1 + b->stands * 7919 % PEOPLE, body, 64, body, job.basis - 64);
    for (; b->publication * 1000 < n * job.publications; b->publication++)
      batch_publication(batch, b->publication + 1, "888", "8884001", "p-0193", b->publication + 1,
                        "recommendation.issued", "person", body, job.publication);
  }
  if (!b->plain)
    batch_sequence(batch, "888", "8884001", b->publication);
  return batch;
}

static void on_answer(void *arg, int rc) {
  struct bench *b = arg;
  b->rc = rc;
  if (rc == 0)
    b->events += b->size;
  if (rc == 0 && uv_hrtime() < b->until_ns)
    store_commit(b->store, next_batch(b), on_answer, b);
  else
    uv_stop(&b->loop);
}

static void run(struct bench *b, unsigned size, bool plain, double seconds) {
  struct store_stats before, after;
  store_stats(b->store, &before);
  b->size = size;
  b->plain = plain;
  b->events = 0;
  uint64_t start_ns = uv_hrtime();
  b->until_ns = start_ns + AHEAD_NS(seconds);
  store_commit(b->store, next_batch(b), on_answer, b);
  while (b->rc == 0 && uv_hrtime() < b->until_ns)
    uv_run(&b->loop, UV_RUN_DEFAULT);
  double took = (double)(uv_hrtime() - start_ns) / 1e9;
  store_stats(b->store, &after);
  uint64_t commits = after.commits - before.commits;
  printf("{\"batch\":%u,\"plain\":%s,\"events\":%llu,\"events_per_s\":%.0f,\"commit_us\":%.0f}\n",
         size, plain ? "true" : "false", (unsigned long long)b->events, (double)b->events / took,
         commits ? (double)(after.commit_us_total - before.commit_us_total) / (double)commits : 0);
  fflush(stdout);
}

static int on_row(void *arg, const struct journal_row *row) {
  *(uint64_t *)arg += row->len;
  return 0;
}

static void replay(struct bench *b) {
  uint64_t bytes = 0, start_ns = uv_hrtime();
  store_journal(b->store, 0, UINT64_MAX, on_row, &bytes);
  double took = (double)(uv_hrtime() - start_ns) / 1e9;
  printf("{\"replay\":%llu,\"events_per_s\":%.0f}\n", (unsigned long long)b->position,
         (double)b->position / took);
}

static void on_filled(void *arg, int rc) {
  struct bench *b = arg;
  b->rc = rc;
  uv_stop(&b->loop);
}

static void fill_people(struct bench *b) {
  struct batch *batch = batch_create();
  for (unsigned i = 1; i <= PEOPLE; i++) {
    batch_person(batch, i, "888", "8884001", "p-0193");
    batch_basis(batch, i, body, 64, body, job.basis - 64);
  }
  store_commit(b->store, batch, on_filled, b);
  uv_run(&b->loop, UV_RUN_DEFAULT);
  if (b->rc != 0)
    return;
  b->size = 1; /* one commit unmeasured: it pays for the checkpoint of all that */
  store_commit(b->store, next_batch(b), on_filled, b);
  uv_run(&b->loop, UV_RUN_DEFAULT);
}

static bool read_job(int argc, char **argv) {
  if (argc != 8)
    return argc < 4;
  job.event = strtoul(argv[3], NULL, 10);
  job.basis = strtoul(argv[4], NULL, 10);
  job.stands = strtoul(argv[5], NULL, 10);
  job.publication = strtoul(argv[6], NULL, 10);
  job.publications = strtoul(argv[7], NULL, 10);
  return job.event <= sizeof body && job.publication <= sizeof body && job.basis >= 64 &&
         job.basis <= sizeof body;
}

int main(int argc, char **argv) {
  static const unsigned sizes[] = {1, 16, 256, 1000};
  struct bench b = {0};
  struct error err = {0};
  double seconds = argc > 2 ? atof(argv[2]) : 3;
  if (argc < 2 || !read_job(argc, argv)) {
    fprintf(stderr,
            "usage: store_bench DIR [SECONDS [EVENT STAND STANDS PUBLICATION PUBLICATIONS]]\n");
    return 2;
  }
  memset(body, 'x', sizeof body);
  uv_loop_init(&b.loop);
  if (store_open(&b.store, &b.loop, argv[1], &err) != 0)
    return fprintf(stderr, "%s\n", err.text), 1;
  if (store_last_position(b.store) != 0)
    return fprintf(stderr, "'%s' is not empty\n", argv[1]), 1;
  fill_people(&b);
  for (unsigned plain = 0; plain < 2 && b.rc == 0; plain++)
    for (size_t i = 0; i < ARRAY_LEN(sizes) && b.rc == 0; i++)
      run(&b, sizes[i], plain, seconds);
  if (b.rc == 0)
    replay(&b);
  if (b.rc != 0)
    fprintf(stderr, "commit failed: %s\n", store_why(b.store));
  store_close(b.store, NULL, NULL);
  uv_run(&b.loop, UV_RUN_DEFAULT);
  uv_loop_close(&b.loop);
  return b.rc != 0;
}
