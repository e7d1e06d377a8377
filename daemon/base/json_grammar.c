/* json_grammar - see json_grammar.h.
 *
 * A loop over tokens with one bit a level (is it an object?), so that no input makes it recurse. */
#include "base/json_grammar.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A member's name in an object that is still open. */
struct name {
  const char *at; /* in the text, behind its quote */
  char *own;      /* as it reads, where that differs: malloc'ed, else NULL */
  size_t len;     /* of what it reads */
};

struct check {
  const char *start, *p, *end;
  unsigned depth, depth_most, also;
  uint64_t objects[JSON_GRAMMAR_DEPTH / 64]; /* bit n: level n is an object, not an array */
  struct name *names;                        /* of all open objects, outermost first */
  size_t n_names, cap_names;
  size_t own_names[JSON_GRAMMAR_DEPTH]; /* where the names of each level begin */
  struct json_fault *fault;
};

static bool fail_at(struct check *c, const char *at, const char *why) {
  *c->fault = (struct json_fault){(size_t)(at - c->start), why, false};
  return false;
}

static bool fail(struct check *c, const char *why) {
  return fail_at(c, c->p, why);
}

static bool fail_early(struct check *c, const char *why) {
  *c->fault = (struct json_fault){(size_t)(c->end - c->start), why, true};
  return false;
}

/* --- between tokens --- */

static void skip_blanks(struct check *c) {
  while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' || *c->p == '\n' || *c->p == '\r'))
    c->p++;
}

/* Length of the well-formed UTF-8 sequence of several bytes at `p`, 0 if it is not one (overlong,
 * surrogate, too large, cut). */
static size_t sequence(const char *at, size_t left) {
  const unsigned char *p = (const unsigned char *)at;
  unsigned char low = 0x80, high = 0xbf;
  size_t n = 0;

  if (*p >= 0xc2 && *p <= 0xdf)
    n = 2;
  if (*p >= 0xe0 && *p <= 0xef)
    n = 3;
  if (*p >= 0xf0 && *p <= 0xf4)
    n = 4;

  if (n == 0 || left < n)
    return 0;

  if (*p == 0xe0)
    low = 0xa0;
  if (*p == 0xed)
    high = 0x9f;
  if (*p == 0xf0)
    low = 0x90;
  if (*p == 0xf4)
    high = 0x8f;

  if (p[1] < low || p[1] > high)
    return 0;

  for (size_t i = 2; i < n; i++)
    if ((p[i] & 0xc0) != 0x80)
      return 0;

  return n;
}

/* Names the token found where another one is needed. The commonest mistakes have a message of
 * their own. */
static bool fail_token(struct check *c, const char *otherwise) {
  unsigned char b = (unsigned char)*c->p;

  if (b < 0x20 || b == 0x7f || b == 0xc2)
    return fail(c, "only space, tab, line feed and carriage return may be between values");
  if (b == '/' || b == '#')
    return fail(c, "JSON has no comments");
  if (b == '\'')
    return fail(c, "a string must be in double quotes");
  if (b >= 0x80 && sequence(c->p, (size_t)(c->end - c->p)) == 0)
    return fail(c, "the text must be UTF-8; this byte is not");

  return fail(c, otherwise);
}

/* --- strings --- */

static bool is_digit(char b) {
  return b >= '0' && b <= '9';
}

int json_escaped_unit(const char *p, size_t left) {
  int unit = 0;

  if (left < 6 || p[0] != '\\' || p[1] != 'u')
    return -1;

  for (int i = 2; i < 6; i++) {
    char lower = (char)(p[i] | 0x20);

    if (is_digit(p[i]))
      unit = unit * 16 + (p[i] - '0');
    else if (lower >= 'a' && lower <= 'f')
      unit = unit * 16 + (lower - 'a' + 10);
    else
      return -1;
  }

  return unit;
}

static bool is_high(int unit) {
  return unit >= 0xd800 && unit <= 0xdbff;
}
static bool is_low(int unit) {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/* c->p is at "\u". */
static bool check_unicode_escape(struct check *c) {
  int unit = json_escaped_unit(c->p, (size_t)(c->end - c->p));

  if (unit < 0) {
    for (const char *p = c->p + 2; p < c->p + 6; p++) {
      if (p >= c->end)
        return fail_early(c, "the text ends inside a string");
      if (json_escaped_unit((const char[]){'\\', 'u', '0', '0', '0', *p}, 6) < 0)
        return fail_at(c, p, "\\u must be followed by four hexadecimal digits");
    }
  }
  if (unit == 0 && (c->also & JSON_NO_NUL))
    return fail(c, "a name or string must not hold \\u0000");

  if (c->also & JSON_WHOLE_PAIRS) {
    const char *lone = "a surrogate escape (\\ud800 to \\udfff) must be half of a pair";
    if (is_low(unit))
      return fail(c, lone);

    if (is_high(unit)) {
      if (!is_low(json_escaped_unit(c->p + 6, (size_t)(c->end - c->p - 6))))
        return fail(c, lone);
      c->p += 6;
    }
  }

  c->p += 6;

  return true;
}

static bool check_escape(struct check *c) {
  if (c->end - c->p < 2)
    return fail_early(c, "the text ends inside a string");
  if (c->p[1] == 'u')
    return check_unicode_escape(c);
  if (c->p[1] == '\0' || !strchr("\"\\/bfnrt", c->p[1]))
    return fail_at(c, c->p + 1,
                   "no such escape; a backslash goes before one of \" \\ / b f n r t u");

  c->p += 2;

  return true;
}

#define EACH_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

/* True when none of the eight bytes at `p` ends a run of plain characters: all are 0x20 to 0x7f but
 * for quote and backslash. */
static bool eight_plain(const char *p) {
  uint64_t x, high = EACH_BYTE(0x80);
  memcpy(&x, p, sizeof(x));

  uint64_t quote = x ^ EACH_BYTE('"'), backslash = x ^ EACH_BYTE('\\');
  uint64_t found = (quote - EACH_BYTE(1)) & ~quote;

  found |= (backslash - EACH_BYTE(1)) & ~backslash;
  found |= (x - EACH_BYTE(0x20)) & ~x;

  return ((found | x) & high) == 0;
}

/* c->p is at the opening quote. *ret is the text between the quotes. */
static bool check_string(struct check *c, struct name *ret) {
  ret->at = ++c->p;

  for (;;) {
    while (c->end - c->p >= 8 && eight_plain(c->p))
      c->p += 8;

    if (c->p >= c->end)
      return fail_early(c, "the text ends inside a string");

    unsigned char b = (unsigned char)*c->p;
    if (b == '"')
      break;
    if (b < 0x20)
      return fail(c, "a control character in a string must be written as an escape, such as \\n");

    if (b == '\\') {
      if (!check_escape(c))
        return false;
    } else if (b >= 0x80) {
      size_t n = sequence(c->p, (size_t)(c->end - c->p));
      if (n == 0)
        return fail(c, "the text must be UTF-8; this byte is not");
      c->p += n;
    } else {
      c->p++;
    }
  }

  ret->len = (size_t)(c->p - ret->at);
  c->p++;

  return true;
}

/* --- numbers and words --- */

static bool check_digits(struct check *c, const char *why) {
  if (c->p >= c->end)
    return fail_early(c, "the text ends inside a number");
  if (!is_digit(*c->p))
    return fail(c, why);

  while (c->p < c->end && is_digit(*c->p))
    c->p++;

  return true;
}

static bool check_number(struct check *c) {
  if (*c->p == '-')
    c->p++;
  if (c->p < c->end && *c->p == '0') {
    c->p++;
    if (c->p < c->end && is_digit(*c->p))
      return fail(c, "a number must not begin with 0 and another digit");
  } else if (!check_digits(c, "a number needs a digit after its sign")) {
    return false;
  }

  if (c->p < c->end && *c->p == '.') {
    c->p++;
    if (!check_digits(c, "a number needs digits after its point"))
      return false;
  }

  if (c->p < c->end && (*c->p == 'e' || *c->p == 'E')) {
    c->p++;
    if (c->p < c->end && (*c->p == '+' || *c->p == '-'))
      c->p++;
    if (!check_digits(c, "a number needs digits in its exponent"))
      return false;
  }

  return true;
}

static bool check_word(struct check *c) {
  static const char *const words[] = {"true", "false", "null"};
  size_t left = (size_t)(c->end - c->p);

  for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
    size_t n = strlen(words[i]);
    if (left >= n && memcmp(c->p, words[i], n) == 0) {
      c->p += n;
      return true;
    }
    if (left < n && memcmp(c->p, words[i], left) == 0)
      return fail_early(c, "the text ends inside true, false or null");
  }

  if (strchr(",:]}", *c->p) && *c->p != '\0')
    return fail(c, "a value is expected here");

  return fail_token(c, "this is not a JSON value");
}

/* --- names that must differ --- */

static char *put_utf8(char *to, unsigned point) {
  if (point < 0x80) {
    *to++ = (char)point;
    return to;
  }

  if (point < 0x800) {
    *to++ = (char)(0xc0 | point >> 6);
  } else {
    if (point < 0x10000) {
      *to++ = (char)(0xe0 | point >> 12);
    } else {
      *to++ = (char)(0xf0 | point >> 18);
      *to++ = (char)(0x80 | (point >> 12 & 63));
    }

    *to++ = (char)(0x80 | (point >> 6 & 63));
  }

  *to++ = (char)(0x80 | (point & 63));

  return to;
}

/* The name as it reads, in memory of its own; it never gets longer. NULL without memory. */
static char *unescaped(const struct name *name, size_t *ret_len) {
  static const char letters[] = "bfnrt", controls[] = "\b\f\n\r\t";
  char *text = malloc(name->len), *to = text;
  const char *p = name->at, *end = name->at + name->len;

  while (text && p < end) {
    if (*p != '\\') {
      *to++ = *p++;
      continue;
    }

    int unit = json_escaped_unit(p, (size_t)(end - p));
    if (unit < 0) {
      const char *letter = strchr(letters, p[1]);
      *to++ = letter ? controls[letter - letters] : p[1];
      p += 2;
      continue;
    }

    p += 6;
    int second = -1;
    if (is_high(unit))
      second = json_escaped_unit(p, (size_t)(end - p));
    if (is_low(second)) {
      p += 6;
      unit = 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
    }

    to = put_utf8(to, (unsigned)unit);
  }

  *ret_len = (size_t)(to - text);

  return text;
}

static bool keep_name(struct check *c, struct name name) {
  if (memchr(name.at, '\\', name.len)) {
    name.own = unescaped(&name, &name.len);
    if (!name.own)
      return fail(c, "there is not enough memory to read it");
  }

  if (c->n_names == c->cap_names) {
    size_t cap = 64;
    if (c->cap_names > 0)
      cap = c->cap_names * 2;

    struct name *grown = realloc(c->names, cap * sizeof(*grown));
    if (!grown) {
      free(name.own);
      return fail(c, "there is not enough memory to read it");
    }

    c->names = grown;
    c->cap_names = cap;
  }

  c->names[c->n_names++] = name;

  return true;
}

static const char *reading(const struct name *name) {
  if (name->own)
    return name->own;
  return name->at;
}

static int compare_readings(const struct name *x, const struct name *y) {
  if (x->len != y->len) {
    if (x->len < y->len)
      return -1;
    return 1;
  }
  return memcmp(reading(x), reading(y), x->len);
}

static int by_reading(const void *x, const void *y) {
  const struct name *a = x, *b = y;
  int order = compare_readings(a, b);

  if (order != 0)
    return order;
  if (a->at < b->at)
    return -1;
  return a->at > b->at;
}

static void drop_names(struct check *c, size_t from) {
  for (size_t i = from; i < c->n_names; i++)
    free(c->names[i].own);
  c->n_names = from;
}

/* At the end of an object: the first name that was there before is the fault. */
static bool check_unique(struct check *c, size_t from) {
  const char *again = NULL;

  if (c->n_names - from > 1) {
    qsort(c->names + from, c->n_names - from, sizeof(*c->names), by_reading);
    for (size_t i = from + 1; i < c->n_names; i++) {
      if (compare_readings(&c->names[i - 1], &c->names[i]) != 0)
        continue;
      if (!again || c->names[i].at < again)
        again = c->names[i].at;
    }
  }

  drop_names(c, from);

  return !again || fail_at(c, again - 1,
                           "a member must not be there twice in one object; this is the second");
}

/* --- structure --- */

static bool in_object(const struct check *c) {
  unsigned level = c->depth - 1;
  return c->objects[level / 64] >> (level % 64) & 1;
}

static bool open_level(struct check *c, bool object) {
  if (c->depth == c->depth_most)
    return fail(c, "arrays and objects must not be nested more deeply than this");

  uint64_t bit = UINT64_C(1) << (c->depth % 64);

  if (object)
    c->objects[c->depth / 64] |= bit;
  else
    c->objects[c->depth / 64] &= ~bit;

  c->own_names[c->depth] = c->n_names;
  c->depth++;
  c->p++;

  return true;
}

static bool close_level(struct check *c) {
  bool object = in_object(c);

  c->depth--;
  c->p++;
  return !object || !(c->also & JSON_UNIQUE_NAMES) || check_unique(c, c->own_names[c->depth]);
}

/* The name and its colon. */
static bool check_name(struct check *c) {
  struct name name = {0};

  if (c->p >= c->end)
    return fail_early(c, "the text ends inside an object");
  if (*c->p != '"')
    return fail_token(c, "a member must begin with its name in double quotes");
  if (!check_string(c, &name))
    return false;
  if ((c->also & JSON_UNIQUE_NAMES) && !keep_name(c, name))
    return false;

  skip_blanks(c);
  if (c->p >= c->end)
    return fail_early(c, "the text ends inside an object");
  if (*c->p != ':')
    return fail_token(c, "a colon must follow a member's name");

  c->p++;

  return true;
}

static bool check_scalar(struct check *c) {
  struct name ignored;

  if (*c->p == '"')
    return check_string(c, &ignored);
  if (*c->p == '-' || is_digit(*c->p))
    return check_number(c);
  return check_word(c);
}

/* Behind a value: closes what ends here, up to the comma before the next value or name. *ret_done
 * at the end of all. */
static bool go_on(struct check *c, bool *ret_done) {
  for (;;) {
    if (c->depth == 0) {
      *ret_done = true;
      return true;
    }

    bool object = in_object(c);
    skip_blanks(c);
    if (c->p >= c->end)
      return fail_early(c, object ? "the text ends inside an object"
                                  : "the text ends inside an array");

    if (*c->p == ',')
      break;
    if (object && *c->p != '}')
      return fail_token(c, "a comma or } must follow a member");
    if (!object && *c->p != ']')
      return fail_token(c, "a comma or ] must follow a value");
    if (!close_level(c))
      return false;
  }

  c->p++;
  *ret_done = false;

  return true;
}

/* From one value to the next. c->p is where a name (in an object) or a value must begin. */
static bool check_values(struct check *c) {
  for (bool done = false; !done;) {
    skip_blanks(c);
    if (c->depth > 0 && in_object(c) && !check_name(c))
      return false;

    skip_blanks(c);
    if (c->p >= c->end)
      return fail_early(c, "the text ends where a value must follow");

    if (*c->p == '{' || *c->p == '[') {
      char close = ']';
      if (*c->p == '{')
        close = '}';

      if (!open_level(c, close == '}'))
        return false;

      skip_blanks(c);
      if (c->p >= c->end || *c->p != close)
        continue;
      if (!close_level(c))
        return false;
    } else if (!check_scalar(c)) {
      return false;
    }

    if (!go_on(c, &done))
      return false;
  }
  return true;
}

static bool check_text(struct check *c) {
  if (c->end - c->p >= 3 && memcmp(c->p, "\xef\xbb\xbf", 3) == 0)
    return fail(c, "the text must not begin with a byte order mark");
  if (!check_values(c))
    return false;

  skip_blanks(c);

  return c->p == c->end || fail_token(c, "nothing may follow the value");
}

bool json_grammar(const char *text, size_t len, unsigned depth, unsigned also,
                  struct json_fault *ret) {
  struct check c = {.start = text, .p = text, .end = text + len, .also = also, .fault = ret};

  if (depth < JSON_GRAMMAR_DEPTH)
    c.depth_most = depth;
  else
    c.depth_most = JSON_GRAMMAR_DEPTH;

  bool good = check_text(&c);
  drop_names(&c, 0);
  free(c.names);

  return good;
}
