/* push - events from standard input, one a line, through an outbox to the daemon: push DOOR OUTBOX
 * < events.ndjson
 *
 * Each line is on the disk before `put LINE` is said, and what became of it is said as it is known:
 * `accepted`, `duplicate` or `rejected`, the line number and the event's id. May be ended at any
 * time; the next start sends what waits. Ends by itself when the input has ended and nothing waits
 * any more. Its loop is plain poll(2) on the input and on the library's one descriptor. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libneeds.h>

struct program {
  struct needs *needs;
  struct needs_outbox *outbox;
  char *input; /* read, not yet put */
  size_t len, room;
  long line;
  int refused;
};

static const char *or_dash(const char *text) {
  if (text)
    return text;
  return "-";
}

static void on_judged(void *arg, const struct needs_verdict *v) {
  static const char *const words[] = {"accepted", "duplicate", "rejected"};
  (void)arg;
  printf("%s %s %s\n", words[v->status], or_dash(v->tag), or_dash(v->id));
  if (v->errors)
    fprintf(stderr, "line %s: %s\n", v->tag, v->errors);
}

static void on_stopped(void *arg, const char *code, const char *message) {
  struct program *p = arg;
  fprintf(stderr, "the daemon takes nothing from us: %s: %s\n", code, message);
  p->refused = 1;
}

static void put(struct program *p, const char *line, size_t len) {
  char tag[24];
  snprintf(tag, sizeof tag, "%ld", ++p->line);
  if (len == 0)
    return;
  int rc = needs_push(p->outbox, line, len, tag);
  if (rc == -EINVAL || rc == -EMSGSIZE) {
    fprintf(stderr, "line %s is not sent: %s\n", tag, needs_why(p->needs));
  } else if (rc) {
    fprintf(stderr, "push: %s\n", needs_why(p->needs));
    exit(1);
  }
}

/* All whole lines that were read are one transaction: one wait for the disk. */
static void put_lines(struct program *p) {
  char *start = p->input, *end;
  long before = p->line;
  needs_outbox_begin(p->outbox);
  while ((end = memchr(start, '\n', p->len - (size_t)(start - p->input)))) {
    put(p, start, (size_t)(end - start));
    start = end + 1;
  }
  if (needs_outbox_commit(p->outbox)) {
    fprintf(stderr, "push: %s\n", needs_why(p->needs));
    exit(1);
  }
  if (p->line > before)
    printf("put %ld\n", p->line);
  p->len -= (size_t)(start - p->input);
  memmove(p->input, start, p->len);
}

/* False at the end of the input. */
static int read_more(struct program *p) {
  if (p->len == p->room) {
    p->room = p->room ? p->room * 2 : 65536;
    p->input = realloc(p->input, p->room);
    if (!p->input)
      abort();
  }
  ssize_t n = read(STDIN_FILENO, p->input + p->len, p->room - p->len);
  if (n > 0)
    p->len += (size_t)n;
  if (n > 0)
    put_lines(p);
  return n > 0;
}

int main(int argc, char **argv) {
  struct program p = {0};
  struct needs_outbox_calls calls = {on_judged, on_stopped};
  if (argc != 3) {
    fputs("usage: push DOOR OUTBOX < events.ndjson\n", stderr);
    return 2;
  }
  if (needs_open(&p.needs, argv[1])) {
    fprintf(stderr, "push: '%s' is no endpoint; it looks like ipc:///run/needsd/door\n", argv[1]);
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  int rc = needs_outbox_open(&p.outbox, p.needs, argv[2], &calls, &p), open = 1;
  if (rc)
    fprintf(stderr, "push: %s\n", needs_why(p.needs));
  while (!rc && !p.refused && (open || needs_outbox_waiting(p.outbox))) {
    struct pollfd items[] = {{needs_fd(p.needs), POLLIN, 0}, {open ? STDIN_FILENO : -1, POLLIN, 0}};
    if (poll(items, 2, -1) < 0)
      break;
    if (items[0].revents)
      needs_process(p.needs);
    if (items[1].revents)
      open = read_more(&p);
  }
  rc = rc || p.refused || needs_outbox_rejected(p.outbox);
  needs_close(p.needs);
  free(p.input);
  return rc ? 1 : 0;
}
