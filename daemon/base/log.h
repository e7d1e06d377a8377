/* log - one line a record on standard error: time level area message key=value ...
 *
 * Lower layers never log above debug; the loop's callbacks log once and decide. No personal data:
 * ids of schools and rules at most, never a subject. `pairs` is printf text of `key=value` pairs,
 * "" for none. */
#pragma once

enum log_level {
  LOG_ERROR,
  LOG_WARN,
  LOG_INFO,
  LOG_DEBUG
};

void log_set_level(enum log_level level);
void log_line(enum log_level level, const char *area, const char *message, const char *pairs, ...)
    __attribute__((format(printf, 4, 5)));

/* A .c file that logs says `#define LOG_AREA "store"` before it includes this. */
#define log_error(message, ...) log_line(LOG_ERROR, LOG_AREA, message, __VA_ARGS__)
#define log_warn(message, ...) log_line(LOG_WARN, LOG_AREA, message, __VA_ARGS__)
#define log_info(message, ...) log_line(LOG_INFO, LOG_AREA, message, __VA_ARGS__)
#define log_debug(message, ...) log_line(LOG_DEBUG, LOG_AREA, message, __VA_ARGS__)
