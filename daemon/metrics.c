/* metrics - see metrics.h. One row a metric: name, type, help, and how it is read.
 *
 * Names follow the habits of Prometheus: base units (seconds, bytes), `_total` for counters,
 * `process_` as its clients have it. A name once released stays: dashboards and alarms are made of
 * them. */
#include "metrics.h"

#include <dirent.h>
#include <fcntl.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "base/clock_guard.h"
#include "base/mem.h"
#include "door/door.h"
#include "pipeline/pipeline.h"
#include "pipeline/stats.h"
#include "store/store.h"

#define NS 1e9
#define NAMES_SHOWN 500 /* durable names; those that are furthest behind */

/* --- the loop --- */

/* Between two of these lie one wait and the work of one turn; what was not waiting was work. */
static void on_prepare(uv_prepare_t *handle) {
  struct loop_meter *m = container_of(handle, struct loop_meter, prepare);
  uint64_t now_ns = uv_hrtime(), idle_ns = uv_metrics_idle_time(handle->loop);
  uint64_t turn_ns = now_ns - m->last_ns, waited_ns = idle_ns - m->idle_ns;

  if (m->last_ns != 0)
    histogram_add(&m->turns, turn_ns > waited_ns ? turn_ns - waited_ns : 0, 1);

  m->last_ns = now_ns;
  m->idle_ns = idle_ns;
}

void loop_meter_start(struct loop_meter *m, uv_loop_t *loop) {
  *m = (struct loop_meter){.last_ns = 0};
  uv_loop_configure(loop, UV_METRICS_IDLE_TIME);
  uv_prepare_init(loop, &m->prepare);
  uv_prepare_start(&m->prepare, on_prepare);
  uv_unref((uv_handle_t *)&m->prepare);
}

void loop_meter_stop(struct loop_meter *m) {
  uv_close((uv_handle_t *)&m->prepare, NULL);
}

/* --- this process --- */

struct process {
  double cpu_s, started_s;
  double resident, virtual, fds, max_fds;
};

static size_t count_fds(void) {
  size_t n = 0;
  DIR *dir = opendir("/proc/self/fd");
  if (!dir)
    return 0;

  while (readdir(dir))
    n++;

  closedir(dir);

  return n - 3; /* two dots and this one */
}

/* Seconds since 1970 at which the machine started. */
static double boot_s(void) {
  struct timespec now, up;
  clock_gettime(CLOCK_REALTIME, &now);
  clock_gettime(CLOCK_BOOTTIME, &up);
  return (double)(now.tv_sec - up.tv_sec) + (double)(now.tv_nsec - up.tv_nsec) / NS;
}

/* The name in brackets may hold anything, so the fields are counted from the last bracket on. */
static void read_stat(struct process *p) {
  char text[1024];
  unsigned long long utime, stime, start, bytes;
  long long pages;

  int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  ssize_t n = -1;

  if (fd >= 0)
    n = read(fd, text, sizeof text - 1);
  if (fd >= 0)
    close(fd);

  text[n > 0 ? n : 0] = '\0';
  const char *at = strrchr(text, ')');
  if (!at || sscanf(at + 1,
                    " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d "
                    "%*d %*d %llu %llu %lld",
                    &utime, &stime, &start, &bytes, &pages) != 5)
    return;

  double tick = (double)sysconf(_SC_CLK_TCK);
  p->cpu_s = (double)(utime + stime) / tick;
  p->started_s = boot_s() + (double)start / tick;
  p->virtual = (double)bytes;
  p->resident = (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* Its start is read once: two clocks tell it, and a number that moves would look like a restart. */
static void read_process(struct process *p) {
  static double started_s;
  struct rlimit limit = {0};

  read_stat(p);
  if (started_s == 0)
    started_s = p->started_s;

  p->started_s = started_s;
  p->fds = (double)count_fds();
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
    p->max_fds = (double)limit.rlim_cur;
}

/* --- one reading --- */

struct sheet {
  const struct metrics_from *from;
  struct store_stats store;
  struct pipeline_stats pipeline;
  struct door_stats door;
  struct process process;
  struct arena arena; /* the labels of one metric */
  struct needs_sample *samples;
  size_t n, cap;
};

struct row {
  const char *name, *type, *help;
  void (*read)(struct sheet *s, const struct row *row);
  size_t at; /* in struct sheet, for the plain ones */
};

static const struct door_counts no_counts;

static void put(struct sheet *s, const char *suffix, const char *labels, double value) {
  s->samples = mem_grow(s->samples, &s->cap, s->n + 1, sizeof *s->samples);
  s->samples[s->n++] = (struct needs_sample){suffix, labels, value};
}

/* The value of a label: backslash, quote and line feed are escaped. */
static const char *escaped(struct sheet *s, const char *text) {
  char *out = arena_alloc(&s->arena, 2 * strlen(text) + 1), *to = out;

  for (; *text != '\0'; text++) {
    if (*text == '\\' || *text == '"' || *text == '\n')
      *to++ = '\\';
    *to++ = *text == '\n' ? 'n' : *text;
  }

  return out;
}

static const char *label(struct sheet *s, const char *name, const char *value) {
  return arena_printf(&s->arena, "%s=\"%s\"", name, escaped(s, value));
}

static const char *labels2(struct sheet *s, const char *name, const char *value, const char *name2,
                           const char *value2) {
  return arena_printf(&s->arena, "%s,%s", label(s, name, value), label(s, name2, value2));
}

static const void *at(const struct sheet *s, const struct row *row) {
  return (const char *)s + row->at;
}

static void plain_u64(struct sheet *s, const struct row *row) {
  put(s, "", "", (double)*(const uint64_t *)at(s, row));
}

static void plain_size(struct sheet *s, const struct row *row) {
  put(s, "", "", (double)*(const size_t *)at(s, row));
}

static void plain_bool(struct sheet *s, const struct row *row) {
  put(s, "", "", *(const bool *)at(s, row) ? 1 : 0);
}

static void plain_double(struct sheet *s, const struct row *row) {
  put(s, "", "", *(const double *)at(s, row));
}

static void put_histogram(struct sheet *s, const struct histogram *h) {
  uint64_t n = 0;

  for (size_t i = 0; i < HISTOGRAM_STEPS - 1; i++) {
    n += h->counts[i];
    put(s, "_bucket", arena_printf(&s->arena, "le=\"%g\"", (double)histogram_bounds_ns[i] / NS),
        (double)n);
  }

  n += h->counts[HISTOGRAM_STEPS - 1];
  put(s, "_bucket", "le=\"+Inf\"", (double)n);
  put(s, "_sum", "", (double)h->sum_ns / NS);
  put(s, "_count", "", (double)n);
}

static void plain_histogram(struct sheet *s, const struct row *row) {
  put_histogram(s, at(s, row));
}

/* Of the pipeline's and the pool's counts, which the sheet only points to: `at` is the place in
 * them. */
static void read_count(struct sheet *s, const struct row *row) {
  put(s, "", "", (double)*(const uint64_t *)((const char *)s->pipeline.counts + row->at));
}

static void read_pool_count(struct sheet *s, const struct row *row) {
  put(s, "", "", (double)*(const uint64_t *)((const char *)s->pipeline.pool + row->at));
}

static void read_pool_histogram(struct sheet *s, const struct row *row) {
  put_histogram(s,
                (const struct histogram *)(const void *)((const char *)s->pipeline.pool + row->at));
}

static void put_words(struct sheet *s, const char *name, const char *const *words,
                      const uint64_t *counts, size_t n) {
  for (size_t i = 0; i < n; i++)
    put(s, "", label(s, name, words[i]), (double)counts[i]);
}

/* --- the pipeline's --- */

static void read_events(struct sheet *s, const struct row *row) {
  static const char *const words[] = {[JUDGED_ACCEPTED] = "accepted",
                                      [JUDGED_DUPLICATE] = "duplicate",
                                      [JUDGED_REJECTED] = "rejected"};
  (void)row;
  put_words(s, "verdict", words, s->pipeline.counts->events, ARRAY_LEN(words));
}

/* All codes there are, so that an alarm finds the series before the first fault; the lists are
 * short and closed. */
static void read_faults(struct sheet *s, const struct row *row) {
  (void)row;
  put_words(s, "code", fault_codes, s->pipeline.counts->faults, FAULT_COUNT);
}

static void read_batches(struct sheet *s, const struct row *row) {
  static const char *const words[BATCH_ENDS] = {
      [BATCH_STORED] = "stored", [BATCH_BUSY] = "busy", [BATCH_FAILED] = "failed"};
  (void)row;
  put_words(s, "outcome", words, s->pipeline.counts->batches, BATCH_ENDS);
}

static void read_acknowledgement(struct sheet *s, const struct row *row) {
  (void)row;
  put_histogram(s, &s->pipeline.counts->acknowledgement);
}

static void read_evaluations(struct sheet *s, const struct row *row) {
  static const char *const words[EVALUATION_ENDS] = {[EVALUATION_CHANGED] = "changed",
                                                     [EVALUATION_UNCHANGED] = "unchanged",
                                                     [EVALUATION_STALE] = "stale",
                                                     [EVALUATION_DROPPED] = "dropped"};
  (void)row;
  put_words(s, "outcome", words, s->pipeline.counts->evaluations, EVALUATION_ENDS);
}

static void read_publications(struct sheet *s, const struct row *row) {
  (void)row;
  put_words(s, "type", publication_words, s->pipeline.counts->publications, PUBLICATION_TYPES);
}

static void read_day(struct sheet *s, const struct row *row) {
  (void)row;
  if (s->pipeline.day != ABSENT)
    put(s, "", "", (double)s->pipeline.day * 86400);
}

static void read_day_waits(struct sheet *s, const struct row *row) {
  (void)row;
  put(s, "", "", clock_look().waits ? 1 : 0);
}

/* --- of each authority --- */

static void each_authority(struct sheet *s, double (*value)(const struct authority_stats *)) {
  struct authority_stats a;
  for (size_t i = 0; pipeline_authority_stats(s->from->pipeline, i, &a); i++)
    put(s, "", label(s, "authority", a.code), value(&a));
}

static double refused_of(const struct authority_stats *a) {
  if (a->refused)
    return 1;
  return 0;
}
static double down_of(const struct authority_stats *a) {
  return (double)a->down_ms / 1000;
}
static double people_of(const struct authority_stats *a) {
  return (double)a->people;
}

static void read_refused(struct sheet *s, const struct row *row) {
  (void)row;
  each_authority(s, refused_of);
}
static void read_down(struct sheet *s, const struct row *row) {
  (void)row;
  each_authority(s, down_of);
}
static void read_people(struct sheet *s, const struct row *row) {
  (void)row;
  each_authority(s, people_of);
}

struct rule_sheet {
  struct sheet *sheet;
  const char *authority;
  void (*put)(struct rule_sheet *rs, const char *labels, const struct rule_stats *r);
};

static void on_rule(void *arg, const struct rule_stats *r) {
  struct rule_sheet *rs = arg;
  rs->put(rs, labels2(rs->sheet, "authority", rs->authority, "rule", r->rule), r);
}

static void each_rule(struct sheet *s, void (*put_rule)(struct rule_sheet *rs, const char *labels,
                                                        const struct rule_stats *r)) {
  struct authority_stats a;
  for (size_t i = 0; pipeline_authority_stats(s->from->pipeline, i, &a); i++) {
    struct rule_sheet rs = {s, a.code, put_rule};
    pipeline_rule_stats(s->from->pipeline, i, on_rule, &rs);
  }
}

static void put_proposals(struct rule_sheet *rs, const char *labels, const struct rule_stats *r) {
  put(rs->sheet, "", labels, (double)r->proposals);
}
static void put_failures(struct rule_sheet *rs, const char *labels, const struct rule_stats *r) {
  for (size_t i = 0; i < FAILURE_KINDS; i++)
    put(rs->sheet, "", arena_printf(&rs->sheet->arena, "%s,kind=\"%s\"", labels, failure_words[i]),
        (double)r->failures[i]);
}
static void put_aside(struct rule_sheet *rs, const char *labels, const struct rule_stats *r) {
  put(rs->sheet, "", labels, r->aside ? 1 : 0);
}

static void read_proposals(struct sheet *s, const struct row *row) {
  (void)row;
  each_rule(s, put_proposals);
}
static void read_failures(struct sheet *s, const struct row *row) {
  (void)row;
  each_rule(s, put_failures);
}
static void read_aside(struct sheet *s, const struct row *row) {
  (void)row;
  each_rule(s, put_aside);
}

/* --- the door's --- */

static void read_requests(struct sheet *s, const struct row *row) {
  (void)row;
  for (size_t i = 0; i < DOOR_VERBS; i++)
    put(s, "", label(s, "verb", door_verb_word(i)), (double)s->door.counts->requests[i]);
}

static void read_refusals(struct sheet *s, const struct row *row) {
  (void)row;
  put_words(s, "code", fault_codes, s->door.counts->refusals, FAULT_COUNT);
}

static void read_full(struct sheet *s, const struct row *row) {
  (void)row;
  put(s, "", "", (double)s->door.counts->full);
}

static void read_told(struct sheet *s, const struct row *row) {
  (void)row;
  put(s, "", "", (double)s->door.counts->told);
}

static void read_ended(struct sheet *s, const struct row *row) {
  (void)row;
  put_words(s, "reason", follow_end_words, s->door.counts->ended, FOLLOW_ENDS);
}

static void put_lag(void *arg, const struct name_stats *n) {
  put(arg, "", labels2(arg, "principal", n->principal, "name", n->name), (double)n->lag);
}

static void put_followed(void *arg, const struct name_stats *n) {
  put(arg, "", labels2(arg, "principal", n->principal, "name", n->name), n->followed ? 1 : 0);
}

static void read_lags(struct sheet *s, const struct row *row) {
  (void)row;
  if (s->from->door)
    door_name_stats(s->from->door, NAMES_SHOWN, put_lag, s);
}

static void read_followed(struct sheet *s, const struct row *row) {
  (void)row;
  if (s->from->door)
    door_name_stats(s->from->door, NAMES_SHOWN, put_followed, s);
}

static void read_slot(struct sheet *s, const struct row *row) {
  (void)row;
  put(s, "", "", s->from->door ? 1 : 0);
}

/* --- the loop's, the build's --- */

static void read_turns(struct sheet *s, const struct row *row) {
  (void)row;
  put_histogram(s, &s->from->meter->turns);
}

static void read_build(struct sheet *s, const struct row *row) {
  int major, minor, patch;
  (void)row;
  zmq_version(&major, &minor, &patch);
  put(s, "",
      arena_printf(&s->arena,
                   "version=\"%s\",libuv=\"%s\",sqlite=\"%s\",zeromq=\"%d.%d.%d\",sodium=\"%s\"",
                   escaped(s, s->from->version), uv_version_string(), sqlite3_libversion(), major,
                   minor, patch, sodium_version_string()),
      1);
}

/* --- the table --- */

#define IN(member) offsetof(struct sheet, member)
#define COUNTER "counter"
#define GAUGE "gauge"
#define HISTOGRAM "histogram"

static const struct row rows[] = {
    {"needsd_build_info", GAUGE,
     "Always 1; the labels say which needsd this is and what it runs on.", read_build, 0},
    {"needsd_serving", GAUGE, "1 while the door is open, 0 while the daemon starts or stops.",
     read_slot, 0},
    {"needsd_day_timestamp_seconds", GAUGE,
     "Start of the day that the daemon works with, as seconds since 1970 (UTC); absent before the "
     "first day.",
     read_day, 0},
    {"needsd_day_waits", GAUGE,
     "1 while the clock is not believed and the day waits for an administrator to confirm it.",
     read_day_waits, 0},

    {"needsd_events_total", COUNTER, "Events judged and answered, by verdict.", read_events, 0},
    {"needsd_event_faults_total", COUNTER,
     "Faults found in rejected events, by code; an event may have several.", read_faults, 0},
    {"needsd_batches_total", COUNTER,
     "Batches of events handed to the disk, by what became of them; a push is one batch.",
     read_batches, 0},
    {"needsd_acknowledgement_seconds", HISTOGRAM,
     "Time from the arrival of a batch until it is on disk and answered.", read_acknowledgement, 0},
    {"needsd_waiting_batches", GAUGE, "Batches of events that wait for the disk.", plain_size,
     IN(pipeline.waiting_batches)},
    {"needsd_waiting_events", GAUGE, "Events that wait for the disk.", plain_size,
     IN(pipeline.waiting_events)},
    {"needsd_waiting_results", GAUGE, "Finished evaluations that wait for the disk.", plain_size,
     IN(pipeline.waiting_results)},

    {"needsd_store_commits_total", COUNTER, "Transactions written to the database.", plain_u64,
     IN(store.commits)},
    {"needsd_store_rows_total", COUNTER, "Rows written to the database.", plain_u64,
     IN(store.rows)},
    {"needsd_store_commits_full_total", COUNTER,
     "Transactions that stored nothing because the disk was full.", plain_u64, IN(store.full)},
    {"needsd_store_commit_seconds", HISTOGRAM, "Time that a transaction took as a whole.",
     plain_histogram, IN(store.commit)},
    {"needsd_store_sync_seconds", HISTOGRAM,
     "Time that the last step of a transaction took: the write-ahead log, written and synced.",
     plain_histogram, IN(store.sync)},
    {"needsd_store_checkpoint_seconds", HISTOGRAM,
     "Time that it took to move the write-ahead log into the database; the next transaction waits "
     "for it.",
     plain_histogram, IN(store.checkpoint)},
    {"needsd_store_database_bytes", GAUGE, "Size of the database file.", plain_u64,
     IN(store.db_bytes)},
    {"needsd_store_log_bytes", GAUGE, "Size of the write-ahead log.", plain_u64,
     IN(store.wal_bytes)},
    {"needsd_store_full", GAUGE, "1 while the disk is full and pushes are answered busy.",
     plain_bool, IN(pipeline.full)},
    {"needsd_store_failed", GAUGE,
     "1 when writing or reading failed: nothing more is acknowledged and the daemon ends.",
     plain_bool, IN(store.broken)},
    {"needsd_store_damaged_rows_total", COUNTER,
     "Rows found that are not as they were written; they are not served.", plain_u64,
     IN(store.damaged)},
    {"needsd_journal_position", GAUGE, "Position of the newest journal row.", plain_u64,
     IN(pipeline.position)},
    {"needsd_outbox_position", GAUGE, "Position of the newest publication.", plain_u64,
     IN(pipeline.publication)},

    {"needsd_authorities", GAUGE, "Authorities that are configured.", plain_size,
     IN(pipeline.authorities)},
    {"needsd_people", GAUGE,
     "People recorded and not erased, those who left included, by authority.", read_people, 0},
    {"needsd_due", GAUGE, "People whose advice may be out of date.", plain_size, IN(pipeline.due)},
    {"needsd_in_flight", GAUGE, "Evaluations that a rules worker has been given.", plain_size,
     IN(pipeline.in_flight)},
    {"needsd_evaluations_total", COUNTER,
     "Evaluations by outcome: changed (something was published), unchanged, stale (facts moved "
     "meanwhile; made again), dropped "
     "(rules moved or the disk was full; made again).",
     read_evaluations, 0},
    {"needsd_evaluations_spared_total", COUNTER,
     "People who were looked at and not evaluated: nothing that the rules read had moved.",
     read_count, offsetof(struct pipeline_counts, spared)},
    {"needsd_publications_total", COUNTER, "Publications written to the outbox, by type.",
     read_publications, 0},

    {"needsd_worker_starts_total", COUNTER, "Rules workers started.", read_pool_count,
     offsetof(struct pool_stats, starts)},
    {"needsd_worker_restarts_total", COUNTER,
     "Rules workers that broke (ended, hung, answered nonsense) and were replaced.",
     read_pool_count, offsetof(struct pool_stats, restarts)},
    {"needsd_worker_down_seconds", GAUGE,
     "Time for which an authority has had no working rules worker; 0 while it has one.", read_down,
     0},
    {"needsd_worker_round_trip_seconds", HISTOGRAM,
     "Time from handing an evaluation to a worker until its answer, the wait for those before it "
     "included.",
     read_pool_histogram, offsetof(struct pool_stats, round_trip)},
    {"needsd_worker_evaluation_seconds", HISTOGRAM,
     "Time that one evaluation takes a busy worker, as the daemon sees it.", read_pool_histogram,
     offsetof(struct pool_stats, each)},

    {"needsd_rules_refused", GAUGE,
     "1 where the configured rules or catalogue are faulty and the last good ones remain in "
     "force, by authority.",
     read_refused, 0},
    {"needsd_rule_proposals_total", COUNTER,
     "Developments that a rule proposed in evaluations, by authority and rule.", read_proposals, 0},
    {"needsd_rule_failures_total", COUNTER,
     "Evaluations in which a rule failed, by authority, rule and kind.", read_failures, 0},
    {"needsd_rule_set_aside", GAUGE,
     "1 where a rule is set aside because it broke its worker again and again, by authority and "
     "rule.",
     read_aside, 0},

    {"needsd_requests_total", COUNTER, "Requests at the door, by verb; those of plugins too.",
     read_requests, 0},
    {"needsd_refusals_total", COUNTER, "Faults of requests that were refused whole, by code.",
     read_refusals, 0},
    {"needsd_pending_requests", GAUGE, "Requests that wait for their answer.", plain_size,
     IN(door.pending)},
    {"needsd_connections", GAUGE, "Clients connected.", plain_size, IN(door.connections)},
    {"needsd_connections_limit", GAUGE, "Most clients that may be connected.", plain_size,
     IN(door.connections_limit)},
    {"needsd_connections_full_total", COUNTER, "Times that connections reached their limit.",
     read_full, 0},
    {"needsd_connections_closed_total", COUNTER,
     "Silent or idle connections closed to make room for new ones.", plain_u64, IN(door.evicted)},
    {"needsd_connections_refused_total", COUNTER,
     "New connections closed at once, since no other one could be closed for them.", plain_u64,
     IN(door.refused)},
    {"needsd_unread_bytes", GAUGE, "Bytes on their way to clients, 64 MiB at most.", plain_size,
     IN(door.unread)},
    {"needsd_clients_disconnected_total", COUNTER,
     "Clients disconnected because they did not read.", plain_u64, IN(door.disconnected)},
    {"needsd_follows", GAUGE, "Follows under way.", plain_size, IN(door.follows)},
    {"needsd_follows_ended_total", COUNTER, "Follows that ended, by reason.", read_ended, 0},
    {"needsd_publications_sent_total", COUNTER, "Publications sent to follows.", read_told, 0},
    {"needsd_durable_names", GAUGE,
     "Durable names of follows, those that nobody follows now included.", plain_size,
     IN(door.names)},
    {"needsd_follow_lag_publications", GAUGE,
     "Publications that a durable name has not acknowledged, other schools' and those that stood "
     "when it began included; the 500 "
     "names furthest behind.",
     read_lags, 0},
    {"needsd_follow_connected", GAUGE,
     "1 where somebody follows under the durable name now; the same names.", read_followed, 0},

    {"needsd_loop_turn_seconds", HISTOGRAM,
     "Time that one turn of the event loop keeps everybody waiting.", read_turns, 0},
    {"process_cpu_seconds_total", COUNTER,
     "Processor time of the daemon itself, user and system; rules workers apart.", plain_double,
     IN(process.cpu_s)},
    {"process_resident_memory_bytes", GAUGE, "Resident memory of the daemon itself.", plain_double,
     IN(process.resident)},
    {"process_virtual_memory_bytes", GAUGE, "Virtual memory of the daemon itself.", plain_double,
     IN(process.virtual)},
    {"process_start_time_seconds", GAUGE, "When the daemon started, as seconds since 1970 (UTC).",
     plain_double, IN(process.started_s)},
    {"process_open_fds", GAUGE, "Open file descriptors.", plain_double, IN(process.fds)},
    {"process_max_fds", GAUGE, "Most file descriptors that may be open.", plain_double,
     IN(process.max_fds)},
};

void metrics_read(const struct metrics_from *from,
                  void (*each)(void *arg, const struct needs_metric *m), void *arg) {
  struct sheet s = {.from = from, .door = {.counts = &no_counts}};
  store_stats(from->store, &s.store);
  pipeline_stats(from->pipeline, &s.pipeline);
  if (from->door)
    door_stats(from->door, &s.door);

  read_process(&s.process);
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    rows[i].read(&s, &rows[i]);
    each(arg, &(struct needs_metric){rows[i].name, rows[i].help, rows[i].type, s.samples, s.n});
    s.n = 0;
    arena_reset(&s.arena);
  }

  arena_finish(&s.arena);
  free(s.samples);
}
