/* daemon - owns every part. See daemon.h.
 *
 *   start  config, plugin files -> loop, signals -> store -> pipeline ~> ready -> day ~> door
 *          -> plugins -> "ready"
 *   stop   plugins ~> door ~> pipeline ~> store ~> handles -> loop
 *
 * (~> goes on in a callback)
 *
 * A stop never begins inside a callback of a part, since that part would be taken away under its
 * own feet: daemon_stop only arms a timer. A part that does not end within STOP_LIMIT_MS is left
 * behind; the workers die with this process, and what was acknowledged is on disk. */
#include "daemon.h"

#include "base/clock_guard.h"
#include "base/date.h"
#include "base/hash.h"
#include "base/mem.h"
#include "check.h"
#include "config.h"
#include "door/door.h"
#include "metrics.h"
#include "pipeline/pipeline.h"
#include "plugin/host.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#define LOG_AREA "daemon"
#include "base/log.h"

#define STOP_LIMIT_MS 10000
#define DAY_CHECK_MS 10000
#define DAY_RETRY_MS 2000 /* after a day that could not be stored */
#define SAY_AGAIN_MS 3600000
#define SECONDS_A_DAY 86400
#define LOAD_MS 5000
#define WORKER_BATCH 64
#define LARGE_BLOCK                                                                                \
  (128                                                                                             \
   << 10) /* goes back to the system when it is freed: pages of replies do not stay in the heap */

#define FILES_AT_START 32 /* descriptors that a start needs, and a few more */

enum {
  SIGNAL_TERM,
  SIGNAL_INT,
  SIGNAL_HUP,
  SIGNALS
};
static const int signal_numbers[SIGNALS] = {SIGTERM, SIGINT, SIGHUP};

static volatile sig_atomic_t starting; /* the door has not been opened yet */

struct daemon {
  const char *path;
  struct config *config, *pending; /* pending: being reloaded */
  uv_loop_t loop;
  uv_signal_t signals[SIGNALS];
  int n_signals; /* of them that are on the loop */
  uv_timer_t day_timer, stop_timer;
  struct store *store;
  struct pipeline *pipeline;
  struct door *door;
  struct host *host;
  struct loop_meter meter;
  bool ready;             /* the pipeline serves */
  bool day_in_flight;     /* a new day is being journaled */
  bool day_failed;        /* the last attempt was not stored; said once */
  bool clock_behind;      /* said once */
  uint64_t waits_said_ms; /* when it was last said that the day waits; 0: it does not */
  bool reload_again;      /* SIGHUP came when it could not be served */
  bool stopping;
  int status;
};

/* --- the service manager --- */

static void tell_manager(const char *state) {
#ifdef HAVE_SYSTEMD
  sd_notify(0, state);
#else
  (void)state;
#endif
}

static void tell_reloading(void) {
  char state[80];
  snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%llu",
           (unsigned long long)clock_mono_ms() * 1000);
  tell_manager(state);
}

/* --- stopping --- */

/* The status for a supervisor: what may succeed later is tried again by it. */
static int status_of(int rc, int otherwise) {
  if (error_is_temporary(rc))
    return EXIT_TEMPORARY;
  return otherwise;
}

static void on_stop_timer(uv_timer_t *timer);

static void daemon_stop(struct daemon *d, int status) {
  if (d->status == EXIT_GOOD)
    d->status = status;
  if (!d->stopping)
    uv_timer_start(&d->stop_timer, on_stop_timer, 0, 0);
}

static void on_store_closed(void *arg) {
  struct daemon *d = arg;
  d->store = NULL;
  for (int i = 0; i < d->n_signals; i++)
    uv_close((uv_handle_t *)&d->signals[i], NULL);

  loop_meter_stop(&d->meter);
  uv_close((uv_handle_t *)&d->day_timer, NULL);
  uv_close((uv_handle_t *)&d->stop_timer, NULL);
}

static void on_pipeline_destroyed(void *arg) {
  struct daemon *d = arg;
  d->pipeline = NULL;
  if (d->store)
    store_close(d->store, on_store_closed, d);
  else
    on_store_closed(d);
}

static void on_door_destroyed(void *arg) {
  struct daemon *d = arg;
  d->door = NULL;
  if (d->pipeline)
    pipeline_destroy(d->pipeline, on_pipeline_destroyed, d);
  else
    on_pipeline_destroyed(d);
}

static void on_plugins_stopped(void *arg) {
  struct daemon *d = arg;
  door_destroy(d->door, on_door_destroyed, d);
}

static void on_stop_timer(uv_timer_t *timer) {
  struct daemon *d = container_of(timer, struct daemon, stop_timer);
  if (d->stopping) {
    log_error("a part did not end in time; leaving", "limit_ms=%d", STOP_LIMIT_MS);
    _exit(d->status != EXIT_GOOD ? d->status : EXIT_FAULTS);
  }

  d->stopping = true;
  tell_manager("STOPPING=1");
  log_info("stopping", "");
  uv_timer_stop(&d->day_timer);
  uv_timer_start(&d->stop_timer, on_stop_timer, STOP_LIMIT_MS, 0);
  host_stop(d->host, on_plugins_stopped, d);
}

static void on_fatal(void *arg, int rc) {
  struct daemon *d = arg;
  log_error("the store cannot be trusted any more; nothing more is acknowledged", "error=%s",
            strerror(-rc));
  daemon_stop(d, EXIT_IO);
}

/* --- the day and the door --- */

static void daemon_reload(struct daemon *d);

static void give_metrics(void *arg, void (*each)(void *each_arg, const struct needs_metric *m),
                         void *each_arg) {
  const struct daemon *d = arg;
  metrics_read(&(struct metrics_from){d->store, d->pipeline, d->door, &d->meter, NEEDS_VERSION},
               each, each_arg);
}

static bool start_plugins(struct daemon *d) {
  struct error err = {0};
  struct host_options options = {.metrics = give_metrics, .metrics_arg = d};
  int rc = host_start(d->host, &d->loop, d->door, d->pipeline, &options, &err);
  if (rc == 0)
    return true;

  log_error("cannot start", "why=%s", err.text);
  daemon_stop(d, status_of(rc, EXIT_FAULTS));

  return false;
}

static void open_door(struct daemon *d) {
  if (d->door || d->stopping)
    return;

  const struct config *c = d->config;
  struct door_options options = {.endpoint = c->listen,
                                 .lease_s = c->lease_s,
                                 .max_credit = c->max_credit,
                                 .connections = c->connections,
                                 .names_keep = c->names_keep,
                                 .day_manual = c->day == DAY_MANUAL,
                                 .version = NEEDS_VERSION};
  struct error err = {0};
  int rc = door_create(&d->door, &d->loop, d->pipeline, &options, &err);
  if (rc < 0) {
    log_error("cannot listen", "endpoint=%s why=%s", c->listen, err.text);
    daemon_stop(d, status_of(rc, EXIT_IO));
    return;
  }
  if (!start_plugins(d))
    return;

  log_info("serving", "version=%s listen=%s authorities=%zu", NEEDS_VERSION, c->listen,
           c->n_authorities);
  starting = 0;
  dprintf(STDERR_FILENO, "ready\n"); /* whatever the level of the log */
  tell_manager("READY=1");
  if (!d->reload_again)
    return;

  d->reload_again = false;
  daemon_reload(d);
}

static void on_day_timer(uv_timer_t *timer);

static void on_day_set(void *arg, int rc, uint64_t position) {
  (void)position;
  struct daemon *d = arg;
  char text[DATE_TEXT];
  bool said = d->day_failed;

  d->day_in_flight = false;
  d->day_failed = rc < 0;
  if (d->stopping)
    return; /* the timer would look for a day when the pipeline is gone */

  if (rc < 0 && !said)
    log_warn("the new day could not be stored; trying again every few seconds", "error=%s",
             strerror(-rc));

  if (rc == 0)
    log_info("new day", "day=%s", date_text(pipeline_day(d->pipeline), text));
  if (rc < 0)
    uv_timer_start(&d->day_timer, on_day_timer, DAY_RETRY_MS, 0);

  open_door(d); /* in any case: clients are to hear `busy`, not silence */
}

static void say_right_again(struct daemon *d) {
  if (d->waits_said_ms == 0)
    return;

  d->waits_said_ms = 0;
  tell_manager("STATUS=");
  log_info("the clock is believed again; the day follows it", "");
}

/* Said at once, and then seldom: nothing else goes wrong, so it would be overlooked. */
static void say_day_waits(struct daemon *d, const struct clock_look *look) {
  char clock[DATE_TEXT], day[DATE_TEXT] = "none", status[200];
  uint64_t now_ms = clock_mono_ms() + 1;

  if (d->waits_said_ms != 0 && now_ms - d->waits_said_ms < SAY_AGAIN_MS)
    return;

  d->waits_said_ms = now_ms;
  date_text(look->today, clock);
  if (pipeline_day(d->pipeline) != ABSENT)
    date_text(pipeline_day(d->pipeline), day);

  snprintf(status, sizeof status, "the day waits: the clock says %s, the day is %s; ", clock, day);
  if (look->may_confirm)
    snprintf(status + strlen(status), sizeof status - strlen(status),
             "if the clock is right, confirm it with: needs day --confirm %s", clock);
  else
    snprintf(status + strlen(status), sizeof status - strlen(status), "set the clock");

  log_error(status, "");

  char state[sizeof status + 8];
  snprintf(state, sizeof state, "STATUS=%s", status);
  tell_manager(state);
}

/* Only the newest day is journaled, however long the daemon was away; the day never goes back. */
static void follow_clock(struct daemon *d) {
  if (d->day_in_flight)
    return;

  struct clock_look look = clock_look();
  int32_t now = look.today, day = pipeline_day(d->pipeline);

  if (look.waits) {
    say_day_waits(d, &look);
    open_door(d);
    return;
  }

  if (look.state == CLOCK_RIGHT)
    say_right_again(d);
  if (day != ABSENT && now < day && !d->clock_behind) {
    log_warn("the clock is behind the day; the day stays", "days=%d", day - now);
    d->clock_behind = true;
  }

  if (day != ABSENT && now <= day) {
    open_door(d);
    return;
  }

  d->clock_behind = false;
  d->day_in_flight = true;

  int r = pipeline_set_day(d->pipeline, now, on_day_set, d);
  if (r < 0)
    on_day_set(d, r, 0);
}

static void on_day_timer(uv_timer_t *timer) {
  struct daemon *d = container_of(timer, struct daemon, day_timer);
  follow_clock(d);
  if (d->day_failed && !d->day_in_flight)
    return; /* on_day_set has started the timer */

  struct instant now = clock_now();
  int64_t left_ms = (SECONDS_A_DAY - now.s % SECONDS_A_DAY) * 1000 - now.ns / 1000000 + 1;

  uv_timer_start(timer, on_day_timer, left_ms < DAY_CHECK_MS ? (uint64_t)left_ms : DAY_CHECK_MS, 0);
}

static void serve(struct daemon *d) {
  if (d->config->day == DAY_CLOCK)
    on_day_timer(&d->day_timer);
  else
    open_door(d);
}

/* --- the pipeline --- */

/* The strings stay the configuration's; only the array is the caller's to free. */
static struct pipeline_options pipeline_options_of(const struct config *c) {
  struct pipeline_options o = {.n_authorities = c->n_authorities,
                               .share = c->share,
                               .day_manual = c->day == DAY_MANUAL,
                               .pause_ms = c->school_pause * 1000};
  o.authorities = mem_array(c->n_authorities, sizeof(*o.authorities));
  for (size_t i = 0; i < c->n_authorities; i++) {
    const struct config_authority *a = c->authorities[i];
    o.authorities[i] = (struct pipeline_authority){
        a->code,
        a->name,
        a->rules,
        a->catalogue,
        {a->approve_people, a->approve_per_cent, (int64_t)a->approve_cost * 100}};
  }

  o.pool = (struct pool_options){.worker = c->worker,
                                 .deadline_ms = c->rule_deadline_ms,
                                 .load_ms = LOAD_MS,
                                 .strikes = c->rule_strikes,
                                 .batch = WORKER_BATCH};

  return o;
}

static void on_pipeline_ready(void *arg, int rc, const char *why) {
  struct daemon *d = arg;
  if (d->stopping)
    return;
  if (rc < 0) {
    log_error("not serving", "why=%s", why ? why : strerror(-rc));
    daemon_stop(d, status_of(rc, rc == -EIO ? EXIT_IO : EXIT_FAULTS));
    return;
  }

  d->ready = true;
  if (d->pipeline)
    serve(d); /* else pipeline_create has not returned yet */
}

static int start_pipeline(struct daemon *d) {
  struct error err = {0};
  struct pipeline_options options = pipeline_options_of(d->config);
  int r = pipeline_create(&d->pipeline, &d->loop, d->store, &options, on_pipeline_ready, d, &err);

  free(options.authorities);
  if (r < 0) {
    log_error("cannot start", "why=%s", err.text);
    d->pipeline = NULL;
    return status_of(r, r == -EIO ? EXIT_IO : EXIT_FAULTS);
  }

  pipeline_on_fatal(d->pipeline, on_fatal, d);
  if (d->ready)
    serve(d);

  return EXIT_GOOD;
}

/* --- reloading: all or nothing --- */

static void log_faults(const struct fault_list *faults) {
  for (size_t i = 0; i < faults->n; i++)
    log_line(faults->lines[i].is_warning ? LOG_WARN : LOG_ERROR, "config", faults->lines[i].said,
             "");
}

static void reload_done(struct daemon *d) {
  tell_manager("READY=1");

  /* somebody may have set the clock just now */
  if (d->config->day == DAY_CLOCK)
    on_day_timer(&d->day_timer);

  if (!d->reload_again)
    return;

  d->reload_again = false;
  daemon_reload(d);
}

static void on_reloaded(void *arg, int rc, const char *why) {
  struct daemon *d = arg;
  struct config *old = d->config;

  if (rc < 0) {
    log_error("reload refused; the last good rules and catalogue remain in force", "why=%s",
              why ? why : strerror(-rc));
    config_destroy(d->pending);
  } else {
    d->config = d->pending;
    config_destroy(old);
    log_set_level((enum log_level)d->config->log);
    log_info("reloaded", "");
  }

  d->pending = NULL;
  if (!d->stopping)
    reload_done(d);
}

static void daemon_reload(struct daemon *d) {
  if (d->stopping)
    return;

  /* still starting, or in the middle of the last one */
  if (!d->door || d->pending) {
    d->reload_again = true;
    return;
  }

  tell_reloading();
  struct fault_list faults = {0};
  struct config *fresh = config_load(d->path, &faults);
  if (fresh)
    config_compare(d->config, fresh, &faults);
  if (faults.errors > 0) {
    log_faults(&faults);
    log_error("reload refused; the last good configuration remains in force", "faults=%zu",
              faults.errors);
    config_destroy(fresh);
    reload_done(d);
  } else {
    d->pending = fresh;
    struct pipeline_options options = pipeline_options_of(fresh);
    pipeline_reload(d->pipeline, &options, on_reloaded, d);
    free(options.authorities);
  }

  fault_list_finish(&faults);
}

static void on_signal(uv_signal_t *handle, int number) {
  struct daemon *d = handle->data;
  if (number == SIGHUP)
    daemon_reload(d);
  else
    daemon_stop(d, EXIT_GOOD);
}

/* --- life --- */

/* Each client takes a descriptor. Workers lower the limit for themselves. */
static void raise_files_limit(void) {
  struct rlimit files;

  if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur == files.rlim_max)
    return;

  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

#ifndef NEEDS_SANITIZED
/* A library that gives up calls abort, at times without a word. Before the door is open nothing is
 * lost by trying again. */
static void on_abort(int number) {
  static const char words[] = "error daemon a library ended this process; a line before this may "
                              "say why, else look for a lack of "
                              "descriptors, threads or memory\n";

  ssize_t ignored = write(STDERR_FILENO, words, sizeof words - 1);

  (void)ignored;
  if (starting)
    _exit(EXIT_TEMPORARY);

  signal(number, SIG_DFL); /* abort ends the process when this returns */
}
#endif

static int harden(void) {
  unsigned seed;
  starting = 1;
#ifndef NEEDS_SANITIZED
  signal(SIGABRT, on_abort);
#endif
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is an error of a write like any other */
  umask(077);

  /* what was left open to us is not for the workers */
  close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  raise_files_limit();
  mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
#ifndef NEEDS_SANITIZED /* the leak checker must be able to attach */
  prctl(PR_SET_DUMPABLE, 0);
#endif

  /* libzmq's automatic routing ids are guessable unless rand() is seeded, and libzmq 4.3.4 relies
   * on nobody guessing them */
  if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
    return -EIO;

  srand(seed);

  return hash_init();
}

static void *do_nothing(void *arg) {
  return arg;
}

/* Libraries end the process where they find no descriptor or thread, some without a word; so look
 * first whether there are any. */
static int check_room(void) {
  int fds[FILES_AT_START], n = 0, code = 0;
  pthread_t thread;

  while (n < FILES_AT_START && (fds[n] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
    n++;
  if (n < FILES_AT_START)
    code = errno;
  for (int i = 0; i < n; i++)
    close(fds[i]);

  if (code != 0) {
    log_error("cannot start",
              "why=only %d more files can be opened, and a start needs %d: raise the limit "
              "(LimitNOFILE, ulimit -n) to 1024 "
              "or more: %s",
              n, FILES_AT_START, strerror(code));
    return status_of(-code, EXIT_IO);
  }

  code = pthread_create(&thread, NULL, do_nothing, NULL);
  if (code == 0) {
    pthread_join(thread, NULL);
    return EXIT_GOOD;
  }

  log_error("cannot start",
            "why=no thread can be made; is the limit on processes or memory too low (LimitNPROC, "
            "TasksMax, ulimit)? %s",
            strerror(code));

  return status_of(-code, EXIT_IO);
}

static int load_config(struct daemon *d) {
  struct fault_list faults = {0};
  d->config = config_read(d->path, &faults);
  check_files(d->config, &faults);
  if (faults.errors == 0)
    d->host = host_load(d->config, &faults);

  log_faults(&faults);
  int status = EXIT_GOOD;
  if (faults.errors > 0)
    status = EXIT_FAULTS;

  fault_list_finish(&faults);
  if (status == EXIT_GOOD)
    log_set_level((enum log_level)d->config->log);

  return status;
}

/* Handled on purpose also where it was ignored before: a shell without job control ignores SIGINT
 * for what runs in the background, and nohup SIGHUP. A stop loses nothing, and one that is not
 * heard would be a surprise. */
static int start_signal(struct daemon *d, int number) {
  uv_signal_t *handle = &d->signals[d->n_signals];
  int rc = uv_signal_init(&d->loop, handle);
  if (rc < 0)
    return rc;

  handle->data = d;
  d->n_signals++;

  return uv_signal_start(handle, on_signal, number);
}

/* The timers and the meter cannot fail. */
static int start_handles(struct daemon *d) {
  int rc = 0;

  loop_meter_start(&d->meter, &d->loop);
  uv_timer_init(&d->loop, &d->day_timer);
  uv_timer_init(&d->loop, &d->stop_timer);
  for (int i = 0; i < SIGNALS && rc == 0; i++)
    rc = start_signal(d, signal_numbers[i]);

  if (rc == 0)
    return EXIT_GOOD;

  log_error("cannot start", "why=signals cannot be received: %s", uv_strerror(rc));

  return status_of(rc, EXIT_IO);
}

static int start_parts(struct daemon *d) {
  struct error err = {0};
  int rc = store_open(&d->store, &d->loop, d->config->data, &err);
  if (rc < 0) {
    log_error("cannot open the data directory", "why=%s", err.text);
    d->store = NULL;
    return status_of(rc, EXIT_IO);
  }
  return start_pipeline(d);
}

static int run_loop(struct daemon *d) {
  int rc = uv_loop_init(&d->loop);
  if (rc < 0) {
    log_error("cannot start", "why=no event loop can be made: %s", uv_strerror(rc));
    return status_of(rc, EXIT_IO);
  }

  int status = start_handles(d);
  if (status == EXIT_GOOD)
    status = start_parts(d);
  if (status != EXIT_GOOD)
    daemon_stop(d, status);

  uv_run(&d->loop, UV_RUN_DEFAULT);
  if (uv_loop_close(&d->loop) != 0)
    log_warn("handles were left on the loop", "");

  return d->status;
}

int daemon_run(const char *config_path) {
  struct daemon d = {.path = config_path};
  if (harden() < 0) {
    log_error("the system gives no random numbers", "");
    return EXIT_IO;
  }

  int status = check_room();
  if (status == EXIT_GOOD)
    status = load_config(&d);
  if (status == EXIT_GOOD)
    status = run_loop(&d);

  host_destroy(d.host);
  config_destroy(d.pending);
  config_destroy(d.config);

  return status;
}
