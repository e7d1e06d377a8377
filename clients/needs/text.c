/* text - strings that grow, and the words that people read. */
#include "text.h"
#include "output.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

static void *checked(void *p) {
  if (!p) {
    fputs("needs: out of memory\n", stderr);
    exit(1);
  }
  return p;
}

void *get_memory(size_t size) {
  return checked(calloc(1, size ? size : 1));
}

void *more_memory(void *p, size_t size) {
  return checked(realloc(p, size ? size : 1));
}

char *copy_text(const char *s) {
  if (s)
    return checked(strdup(s));
  return NULL;
}

void text_add_n(struct text *t, const char *s, size_t len) {
  if (t->len + len + 1 > t->cap) {
    t->cap = (t->len + len + 1) * 2;
    t->s = more_memory(t->s, t->cap);
  }

  memcpy(t->s + t->len, s, len);
  t->len += len;
  t->s[t->len] = '\0';
}

void text_add(struct text *t, const char *s) {
  text_add_n(t, s, strlen(s));
}

void text_addf(struct text *t, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  char *s;
  int len = vasprintf(&s, fmt, ap);

  va_end(ap);
  checked(len < 0 ? NULL : s);
  text_add_n(t, s, (size_t)len);
  free(s);
}

void text_add_quoted(struct text *t, const char *s) {
  text_add(t, "\"");
  for (; *s; s++) {
    unsigned char c = (unsigned char)*s;
    if (c == '"' || c == '\\')
      text_addf(t, "\\%c", c);
    else if (c < 0x20)
      text_addf(t, "\\u%04x", c);
    else
      text_add_n(t, s, 1);
  }

  text_add(t, "\"");
}

void text_clear(struct text *t) {
  t->len = 0;
  if (t->s)
    t->s[0] = '\0';
}

void text_finish(struct text *t) {
  free(t->s);
  *t = (struct text){0};
}

bool text_is_utf8(const char *s, size_t len) {
  const unsigned char *p = (const unsigned char *)s, *end = p + len;
  while (p < end) {
    int more;

    if (*p < 0x80)
      more = 0;
    else if (*p >= 0xC2 && *p < 0xE0)
      more = 1;
    else if ((*p & 0xF0) == 0xE0)
      more = 2;
    else if (*p >= 0xF0 && *p < 0xF5)
      more = 3;
    else
      more = -1;

    if (more < 0 || end - p <= more)
      return false;

    for (p++; more; more--, p++)
      if ((*p & 0xC0) != 0x80)
        return false;
  }

  return true;
}

/* --- words --- */

const char *level_words(int64_t level) {
  static const char *const words[] = {"none", "aware", "with support", "alone", "can teach others"};
  static char other[32];

  if (level >= 0 && level < 5)
    return words[level];

  snprintf(other, sizeof other, "step %lld of its scale", (long long)level);

  return other;
}

static bool is_number(const char *s, size_t len) {
  return len > 0 && len < 10 && strspn(s, "0123456789") >= len;
}

void text_add_place(struct text *t, const char *pointer) {
  bool first = true;

  for (const char *at = pointer; at && *at == '/';) {
    size_t len = strcspn(++at, "/");
    if (is_number(at, len)) {
      text_addf(t, "%s%ld", first ? "event " : " ", strtol(at, NULL, 10) + 1);
      first = false;
    } else if (len != 4 || strncmp(at, "data", 4) != 0) {
      if (!first)
        text_add(t, ", ");
      text_add_n(t, at, len);
      first = false;
    }

    at += len;
  }
}

void text_add_hash(struct text *t, const char *hash) {
  text_addf(t, "%.12s", text_or(hash, "-"));
}

void add_money(struct text *t, int64_t pence) {
  if (pence % 100)
    text_addf(t, "£%lld.%02lld", (long long)(pence / 100), (long long)llabs(pence % 100));
  else
    text_addf(t, "£%lld", (long long)(pence / 100));
}

void add_minutes(struct text *t, int64_t minutes) {
  if (minutes >= 60)
    text_addf(t, "%lld h", (long long)(minutes / 60));
  if (minutes >= 60 && minutes % 60)
    text_add(t, " ");
  if (minutes < 60 || minutes % 60)
    text_addf(t, "%lld min", (long long)(minutes % 60));
}

bool date_exists(int y, int m, int d) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (y < 1900 || y > 9999 || m < 1 || m > 12 || d < 1)
    return false;

  bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
  return d <= days[m - 1] + (m == 2 && leap);
}

bool date_parse(const char *s, char ret[11]) {
  int y, m, d, end = 0;
  if (sscanf(s, "%4d-%2d-%2d%n", &y, &m, &d, &end) != 3 || s[end] || end != 10) {
    end = 0;
    if (sscanf(s, "%2d/%2d/%4d%n", &d, &m, &y, &end) != 3 || s[end] || strlen(strrchr(s, '/')) != 5)
      return false;
  }
  if (!date_exists(y, m, d))
    return false;

  snprintf(ret, 11, "%04u-%02u-%02u", (unsigned)y % 10000, (unsigned)m % 100, (unsigned)d % 100);

  return true;
}

void add_date(struct text *t, const char *date) {
  static const char *const months[] = {"January",   "February", "March",    "April",
                                       "May",       "June",     "July",     "August",
                                       "September", "October",  "November", "December"};
  char iso[11];
  if (!date_parse(date, iso))
    text_add(t, date);
  else
    text_addf(t, "%d %s %.4s", atoi(iso + 8), months[atoi(iso + 5) - 1], iso);
}

/* --- the terminal --- */

/* The length of the sequence of UTF-8 at p and its character; 0 = there is none. */
static size_t utf8_at(const unsigned char *p, size_t len, unsigned *ret) {
  static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t n = 1;

  if (*p >= 0xF0)
    n = 4;
  else if (*p >= 0xE0)
    n = 3;
  else if (*p >= 0xC0)
    n = 2;

  if ((n == 1 && *p >= 0x80) || n > len || *p >= 0xF5)
    return 0;

  unsigned c = n == 1 ? *p : *p & (0x7Fu >> n);

  for (size_t i = 1; i < n; i++) {
    if ((p[i] & 0xC0) != 0x80)
      return 0;
    c = c << 6 | (p[i] & 0x3F);
  }

  if (c < least[n] || (c >= 0xD800 && c < 0xE000) || c > 0x10FFFF)
    return 0;

  *ret = c;

  return n;
}

static bool prints_as_written(unsigned c) {
  static const struct {
    unsigned first, last;
  } hidden[] = {
      {0x00, 0x08},     {0x0B, 0x1F},     {0x7F, 0x9F}, /* controls but for tab and line end */
      {0x061C, 0x061C}, {0x200E, 0x200F}, {0x202A, 0x202E},
      {0x2066, 0x2069},                                     /* marks of direction */
      {0x2028, 0x2029},                                     /* separators of lines and paragraphs */
      {0x200B, 0x200D}, {0x2060, 0x2064}, {0xFEFF, 0xFEFF}, /* invisible */
  };
  for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
    if (c >= hidden[i].first && c <= hidden[i].last)
      return false;

  return true;
}

size_t text_shown(const char *s, size_t len, char ret[TEXT_SHOWN]) {
  unsigned c;
  size_t n = utf8_at((const unsigned char *)s, len, &c);

  if (n == 0) {
    snprintf(ret, TEXT_SHOWN, "\\x%02x", (unsigned char)*s);
    return 1;
  }
  if (!prints_as_written(c)) {
    snprintf(ret, TEXT_SHOWN, "\\u%04x", c);
    return n;
  }

  memcpy(ret, s, n);
  ret[n] = 0;

  return n;
}

int terminal_width(FILE *f) {
  struct winsize size;
  if (!isatty(output_descriptor(f)))
    return 0;

  const char *set = getenv("COLUMNS");
  int columns = 0;

  if (set)
    columns = atoi(set);
  if (columns <= 0 && ioctl(output_descriptor(f), TIOCGWINSZ, &size) == 0)
    columns = size.ws_col;

  if (columns >= 40)
    return columns;
  if (columns > 0)
    return 40;

  return 80;
}

bool terminal_plain(FILE *f) {
  const char *term = getenv("TERM"), *plain = getenv("NO_COLOR");
  return !isatty(output_descriptor(f)) || (plain && *plain) || !term || !strcmp(term, "dumb");
}

int text_columns(const char *s, size_t len) {
  mbstate_t state = {0};
  int columns = 0;

  while (len) {
    wchar_t c;
    char shown[TEXT_SHOWN];
    size_t taken = text_shown(s, len, shown);

    if (*shown == '\\' && *s != '\\') {
      columns += (int)strlen(shown);
      s += taken;
      len -= taken;
      continue;
    }

    size_t n = mbrtowc(&c, s, len, &state);
    if (n == (size_t)-1 || n == (size_t)-2 || n == 0) {
      memset(&state, 0, sizeof state);
      n = 1;
      c = L'?';
    }

    int w = wcwidth(c);
    if (w > 0)
      columns += w;
    else
      columns += 0;

    s += n;
    len -= n;
  }

  return columns;
}

void print_folded(FILE *f, int indent, int hang, const char *s) {
  int width = terminal_width(f), column = indent;
  if (!width)
    width = 100;

  fprintf(f, "%*s", indent, "");
  bool first = true;

  while (*s) {
    s += strspn(s, " ");
    size_t len = strcspn(s, " ");
    if (!len)
      break;

    int w = text_columns(s, len);
    if (!first && column + 1 + w > width) {
      fprintf(f, "\n%*s", hang, "");
      column = hang;
      first = true;
    }

    fprintf(f, "%s%.*s", text_if(!first, " "), (int)len, s);
    column += w + !first;
    first = false;
    s += len;
  }

  fputc('\n', f);
}

void print_heading(FILE *f, const char *s) {
  bool plain = terminal_plain(f);
  if (!plain)
    output_control(f, CONTROL_BOLD);
  if (terminal_width(f))
    print_folded(f, 0, 2, s);
  else
    fprintf(f, "%s\n", s);

  if (!plain)
    output_control(f, CONTROL_PLAIN);
}
