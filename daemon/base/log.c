/* log - one line a record on standard error. See log.h.
 *
 * A line is written with one write(2), so that lines of several threads and of the workers do not
 * mix. Where the lines go after standard error (a journal, a file) is the service manager's. */
#include "base/log.h"

#include "base/code.h"
#include "base/date.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES 2048

static const struct {
  const char *name, *colour;
} levels[] = {
    [LOG_ERROR] = {"error", "\033[31m"},
    [LOG_WARN] = {"warn", "\033[33m"},
    [LOG_INFO] = {"info", "\033[32m"},
    [LOG_DEBUG] = {"debug", "\033[2m"},
};

static _Atomic int level_now = LOG_INFO;

void log_set_level(enum log_level level) {
  level_now = (int)level;
}

void log_line(enum log_level level, const char *area, const char *message, const char *pairs, ...) {
  if ((int)level > level_now)
    return;

  char body[LINE_BYTES], time[INSTANT_TEXT], line[LINE_BYTES + 128];
  struct instant now = clock_now();

  now.ns = now.ns / 1000000 * 1000000;
  instant_text(now, time);

  int used = snprintf(body, sizeof(body), "%s%s", message, pairs[0] != '\0' ? " " : "");
  if (used >= 0 && (size_t)used < sizeof(body)) {
    va_list args;
    va_start(args, pairs);
    vsnprintf(body + used, sizeof(body) - (size_t)used, pairs, args);
    va_end(args);
  }

  /* A value must not be able to start a second record, nor steer a terminal. */
  char shown[LINE_BYTES];
  text_escape(body, shown, sizeof(shown));

  const char *begin = "", *end = "";
  if (isatty(STDERR_FILENO)) {
    begin = levels[level].colour;
    end = "\033[0m";
  }

  int len = snprintf(line, sizeof(line), "%s %s%s%s %.32s %s\n", time, begin, levels[level].name,
                     end, area, shown);
  if (len < 0)
    return;

  size_t n = (size_t)len < sizeof(line) ? (size_t)len : sizeof(line) - 1;

  /* there is nowhere left to say that this failed */
  ssize_t ignored = write(STDERR_FILENO, line, n);

  (void)ignored;
}
