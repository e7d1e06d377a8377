/* worker - the program needs-rules. It serves one authority and one rule set for its whole life,
 * in a sandbox.
 *
 * Descriptor 3 is the socket to the daemon, descriptor 4 the progress page. There are no files,
 * and the one argument says that addresses are fixed. The worker confines itself before it reads
 * the first byte from outside: it handles all input without files, network, clock or new
 * processes. It sends answers when it has read all input, so that a batch is one write. It has no
 * timer; the daemon watches the time and kills a slow worker.
 *
 * `needs-rules --print-columns` prints the columns of a decision table and does nothing else.
 *
 * exchange.h describes the frames. At a malformed frame the worker writes a line to standard error
 * and ends; the daemon starts another. */
#include <errno.h>
#include <locale.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rules/engine.h"
#include "rules/evaluate.h"
#include "rules/libc_overrides.h"
#include "rules/names.h"
#include "rules/seccomp_filter.h"
#include "rules/table.h"
#include "rules/test_loader.h"
#include "rules/text.h"

#define NICE 5 /* steps behind the daemon, because clients wait for the daemon */
#define READ_STEP ((size_t)64 * 1024)
#define WRITE_AT ((size_t)256 * 1024) /* answers kept back at most */
#define FAULTS_MAX 1000
#define LINE_MAX_BYTES 1000
#define HEAP_KEPT (32 * 1024 * 1024)

struct worker_state {
  struct buf in, out;
  size_t in_at; /* bytes of `in` already handled */
  struct bundle rules, catalogue_files;
  struct catalogue *catalogue;
  struct evaluator evaluator;
  struct arena arena; /* of one job */
  bool over;
};

_Noreturn void give_up(const char *why) {
  fprintf(stderr, "needs-rules: %s\n", why);
  exit(1);
}

/* --- the same in every worker --- */

/* Lua's hashes are seeded from addresses as well, so the program starts itself again, once, without
 * random addresses. Where that is forbidden it goes on as it is: then only `#` of a list with holes
 * beside named fields may differ between workers. */
static void fix_addresses(int argc) {
#ifndef NEEDS_SANITIZED
  char *args[] = {(char[]){"needs-rules"}, (char[]){"fixed"}, NULL}, *env[] = {NULL};
  int now = personality(0xffffffff);
  if (argc > 1 || now < 0 || personality((unsigned long)now | ADDR_NO_RANDOMIZE) < 0)
    return;
  execve("/proc/self/exe", args, env);
#else
  (void)argc;
#endif
}

/* --- before the first byte --- */

static volatile struct progress *map_page(void) {
  void *page = mmap(NULL, EXCHANGE_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, EXCHANGE_PAGE_FD, 0);
  if (page == MAP_FAILED)
    give_up("is started by needsd, with a socket as descriptor 3 and a page as descriptor 4");
  return page;
}

/* Does everything that needs files, randomness or tables of the C library, before the sandbox. */
static volatile struct progress *prepare(void) {
  prctl(PR_SET_NAME, "needs-rules"); /* started again, it is called exe */

  /* what a greedy rule gave back is taken again by the next, not asked for anew */
  mallopt(M_MMAP_THRESHOLD, HEAP_KEPT);
  mallopt(M_TRIM_THRESHOLD, HEAP_KEPT);
  setlocale(LC_ALL, "C");
  errno = 0;
  if (nice(NICE) == -1 && errno != 0)
    give_up("cannot step back behind the daemon");
  if (!libc_overrides_open())
    give_up("has no plain locale");

  signal(SIGPIPE, SIG_IGN);
  if (hash_init() != 0)
    give_up("cannot start the hashes");

  volatile struct progress *page = map_page();
  page->rule = EXCHANGE_NO_RULE;
  seccomp_filter_close();

  return page;
}

/* --- frames --- */

static void wait_for(short events) {
  struct pollfd p = {.fd = EXCHANGE_FD, .events = events};
  while (poll(&p, 1, -1) < 0 && errno == EINTR) {
  }
}

static void write_out(struct worker_state *w) {
  for (size_t at = 0; at < w->out.len;) {
    ssize_t n = send(EXCHANGE_FD, w->out.data + at, w->out.len - at, MSG_NOSIGNAL);
    if (n > 0)
      at += (size_t)n;
    else if (errno == EAGAIN)
      wait_for(POLLOUT);
    else if (errno != EINTR)
      exit(0); /* the daemon has gone */
  }

  buf_reset(&w->out);
}

static size_t frame_open(struct worker_state *w, enum exchange_type type) {
  size_t at = w->out.len;
  buf_u32(&w->out, 0);
  buf_u8(&w->out, (uint8_t)type);
  return at;
}

static void frame_close(struct worker_state *w, size_t at) {
  size_t len = w->out.len - at - 4;
  if (len > EXCHANGE_MAX)
    give_up("an answer is longer than a frame");
  buf_set_u32(&w->out, at, (uint32_t)len);
}

/* --- LOAD --- */

/* The warnings, or all but the warnings, without the word. */
static void put_lines(struct worker_state *w, const struct fault_list *faults, bool warnings) {
  size_t count = w->out.len;
  uint32_t n = 0;

  buf_u32(&w->out, 0);
  for (size_t i = 0; i < faults->n; i++) {
    if (faults->lines[i].is_warning != warnings)
      continue;

    const char *line = faults->lines[i].text;
    if (n++ < FAULTS_MAX)
      buf_str(&w->out, text_clean(&w->arena, line, strlen(line),
                                  LINE_MAX_BYTES)); /* Lua quotes a file as it is */
  }

  if (n > FAULTS_MAX) {
    n = FAULTS_MAX + 1;
    buf_str(&w->out, "there are more than are shown here");
  }

  buf_set_u32(&w->out, count, n);
}

static void answer_faults(struct worker_state *w, const struct fault_list *faults) {
  size_t at = frame_open(w, EXCHANGE_FAULTS);
  put_lines(w, faults, false);
  frame_close(w, at);
}

static void answer_loaded(struct worker_state *w, const struct engine *e,
                          const struct fault_list *warnings) {
  size_t at = frame_open(w, EXCHANGE_LOADED);
  buf_u32(&w->out, e->n_rules);
  for (uint32_t i = 0; i < e->n_rules; i++) {
    const struct rule_info *r = &e->rules[i].info;
    const char *const texts[] = {r->name, r->about, r->source, r->owner, r->file, r->scope};
    for (size_t k = 0; k < ARRAY_LEN(texts); k++)
      buf_str(&w->out, texts[k]);

    buf_i32(&w->out, r->line);
    buf_u8(&w->out, r->for_school);
  }

  put_lines(w, warnings, true);
  buf_u8(&w->out, e->reads_offers);
  buf_u8(&w->out, e->reads_effects);
  frame_close(w, at);
}

static void set_aside(struct engine *e, const char *name) {
  for (uint32_t i = 0; name && i < e->n_rules; i++)
    if (strcmp(e->rules[i].info.name, name) == 0)
      e->rules[i].aside = true;
}

static void decode_bundle(struct reader *r, struct bundle *ret) {
  size_t len;
  struct error err = {0};
  const void *bytes = read_blob(r, &len);
  if (r->bad || bundle_decode(ret, bytes, len, &err) != 0)
    give_up("a bundle cannot be read");
}

static void on_load(struct worker_state *w, struct reader *r) {
  /* the daemon makes the catalogue too, and has heard its warnings */
  struct fault_list about_catalogue = {0}, faults = {0};
  if (w->catalogue || w->over)
    give_up("was told to load twice");

  w->evaluator.page->rule = EXCHANGE_NO_RULE - 1;
  decode_bundle(r, &w->rules);
  decode_bundle(r, &w->catalogue_files);

  bool known = read_u8(r) != 0;
  bool read = catalogue_create_known(&w->catalogue, &w->catalogue_files, &about_catalogue) == 0;
  if (!read || engine_create(&w->evaluator.engine, &w->rules, w->catalogue, known, &faults) != 0) {
    answer_faults(w, read ? &faults : &about_catalogue);
    w->over = true;
  } else {
    w->evaluator.bundle = &w->rules;
    engine_lint(&w->rules, &faults);
    answer_loaded(w, w->evaluator.engine, &faults);
    for (uint32_t n = read_u32(r); n > 0 && !r->bad; n--)
      set_aside(w->evaluator.engine, read_str(r, &w->arena));
  }

  fault_list_finish(&about_catalogue);
  fault_list_finish(&faults);
  w->evaluator.page->rule = EXCHANGE_NO_RULE;
}

/* --- EVAL --- */

static void on_eval(struct worker_state *w, struct reader *r) {
  struct facts facts = {0};
  struct outcome outcome;
  size_t len;
  uint32_t job = read_u32(r);
  int32_t day = read_i32(r);
  uint8_t flags = read_u8(r);
  const void *bytes = read_blob(r, &len);

  if (r->bad || !w->evaluator.engine)
    give_up("a job came out of turn or cut short");
  if (facts_decode(&w->arena, bytes, len, catalogue_n_competences(w->catalogue), &facts) != 0)
    give_up("facts cannot be read");

  w->evaluator.page->job = job;
  evaluate(&w->evaluator, &facts, day, flags, &w->arena, &outcome);

  size_t at = frame_open(w, EXCHANGE_DONE);
  buf_u32(&w->out, job);
  size_t blob = w->out.len;
  buf_u32(&w->out, 0);
  outcome_encode(&outcome, &w->out);
  buf_set_u32(&w->out, blob, (uint32_t)(w->out.len - blob - 4));
  frame_close(w, at);
  w->evaluator.page->done++;
}

/* --- READ and COVERAGE --- */

static void answer_told(struct worker_state *w, uint32_t job, const struct buf *json,
                        const struct fault_list *faults) {
  size_t at = frame_open(w, EXCHANGE_TOLD);
  buf_u32(&w->out, job);
  buf_blob(&w->out, json->data, json->len);
  put_lines(w, faults, false);
  frame_close(w, at);
  w->evaluator.page->done++;
}

static void on_read_tests(struct worker_state *w, struct reader *r) {
  struct fault_list faults = {0};
  struct buf json = {0};
  size_t len;
  uint32_t job = read_u32(r);
  const char *name = read_str(r, &w->arena);
  const char *text = read_blob(r, &len);

  if (r->bad || !name)
    give_up("a file of tests came cut short");

  test_loader_read(name, text, len, &json, &faults);
  answer_told(w, job, &json, &faults);
  fault_list_finish(&faults);
  buf_finish(&json);
}

static void on_coverage(struct worker_state *w, struct reader *r) {
  const struct fault_list none = {0};
  struct buf json = {0};
  uint32_t job = read_u32(r);

  if (r->bad || !w->evaluator.engine)
    give_up("conditions were asked for out of turn");

  coverage_write(&w->evaluator.coverage, w->evaluator.engine, &json);
  answer_told(w, job, &json, &none);
  buf_finish(&json);
}

/* --- the loop --- */

static void handle(struct worker_state *w, const unsigned char *frame, size_t len) {
  struct reader r = reader_of(frame, len);
  static void (*const takes[])(struct worker_state *,
                               struct reader *) = {[EXCHANGE_LOAD] = on_load,
                                                   [EXCHANGE_EVAL] = on_eval,
                                                   [EXCHANGE_READ] = on_read_tests,
                                                   [EXCHANGE_COVERAGE] = on_coverage};
  uint8_t type = read_u8(&r);
  if (type >= ARRAY_LEN(takes) || !takes[type])
    give_up("a frame of an unknown type came");

  takes[type](w, &r);
  if (!w->over && (r.bad || r.p != r.end))
    give_up("a frame has the wrong length");

  arena_reset(&w->arena);
  if (w->out.len > WRITE_AT || w->over)
    write_out(w);
}

/* A whole frame in `in`, its length without the first four bytes; false if more must be read. */
static bool frame_ready(const struct worker_state *w, size_t *ret_len) {
  if (w->in.len - w->in_at < 4)
    return false;

  struct reader r = reader_of(w->in.data + w->in_at, 4);
  *ret_len = read_u32(&r);
  if (*ret_len < 1 || *ret_len > EXCHANGE_MAX)
    give_up("a frame has no sensible length");

  return w->in.len - w->in_at - 4 >= *ret_len;
}

static void drop_handled(struct worker_state *w) {
  if (w->in_at > 0 && w->in.len > w->in_at)
    memmove(w->in.data, w->in.data + w->in_at, w->in.len - w->in_at);
  w->in.len -= w->in_at;
  w->in_at = 0;
}

/* False at the end of input. Answers go out before the worker waits. */
static bool read_more(struct worker_state *w) {
  for (;;) {
    w->in.data = mem_grow(w->in.data, &w->in.cap, w->in.len + READ_STEP, 1);
    ssize_t n = recv(EXCHANGE_FD, w->in.data + w->in.len, READ_STEP, MSG_DONTWAIT);
    if (n > 0) {
      w->in.len += (size_t)n;
      return true;
    }
    if (n == 0)
      return false;
    if (errno != EAGAIN && errno != EINTR)
      return false;

    write_out(w);
    wait_for(POLLIN);
  }
}

static void finish(struct worker_state *w) {
  engine_destroy(w->evaluator.engine);
  coverage_finish(&w->evaluator.coverage);
  catalogue_destroy(w->catalogue);
  bundle_finish(&w->rules);
  bundle_finish(&w->catalogue_files);
  arena_finish(&w->arena);
  buf_finish(&w->in);
  buf_finish(&w->out);
}

/* Prints the columns of a decision table, for the guide. */
static int print_columns(void) {
  struct buf out = {0};
  table_print_columns(&out);
  fputs(buf_cstr(&out), stdout);
  buf_finish(&out);
  if (fflush(stdout) == 0)
    return 0;
  return 1;
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "--print-columns") == 0)
    return print_columns();

  fix_addresses(argc);
  struct worker_state w = {.evaluator.page = prepare()};
  size_t len;

  while (!w.over && read_more(&w)) {
    while (!w.over && frame_ready(&w, &len)) {
      w.in_at += 4;
      handle(&w, w.in.data + w.in_at, len);
      w.in_at += len;
    }

    drop_handled(&w);
  }

  if (w.out.len > 0)
    write_out(&w);

  finish(&w);

  return 0;
}
