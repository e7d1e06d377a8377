/* lint - see lint.h.
 *
 * A condition and a sentence say the same if three things are true: the sentence contains every
 * word of the condition, both are negated or neither is, and both compare in the same direction
 * (more, less or neither). The words of a condition are its texts ("wish") or, if it has none, the
 * names and numbers that it compares (gap, 1). Conditions with `and` or `or` are skipped, and so
 * is every call that is not plainly given(CONDITION, otherwise "TEXT"). A false alarm costs more
 * than a slip that goes unreported. */
#include "rules/lint.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <sys/param.h>

#include "rules/lua_scan.h"

#define WORDS_MAX 32
#define WORD_BYTES 32
#define GIVEN_BYTES                                                                                \
  2048 /* a longer one is left alone, so that a file costs no more than its length */

/* --- words --- */

struct word_set {
  char word[WORDS_MAX][WORD_BYTES];
  size_t n;
};

static const char *number_word(const char *digits) {
  static const char *const words[] = {"no",   "one", "two",   "three", "four",
                                      "five", "six", "seven", "eight", "nine"};
  if (digits[1] == '\0' && isdigit((unsigned char)digits[0]))
    return words[digits[0] - '0'];
  return digits;
}

static void add_word(struct word_set *w, const char *start, size_t len) {
  char word[WORD_BYTES];
  if (w->n == WORDS_MAX || len >= sizeof word)
    return;

  for (size_t i = 0; i < len; i++)
    word[i] = (char)tolower((unsigned char)start[i]);

  word[len] = '\0';
  strcpy(w->word[w->n++], number_word(word));
}

static void split(struct word_set *w, const char *text, size_t len) {
  for (size_t i = 0; i < len;) {
    size_t from = i;
    while (i < len && isalnum((unsigned char)text[i]))
      i++;
    if (i > from)
      add_word(w, text + from, i - from);
    if (i < len)
      i++;
  }
}

static bool among(const char *const *list, const char *word) {
  for (; *list != NULL; list++)
    if (strcmp(*list, word) == 0)
      return true;
  return false;
}

/* Equal, or one begins like the other: rated and rate, month and months. */
static bool alike(const char *a, const char *b) {
  size_t x = strlen(a), y = strlen(b), least = MIN(x, y);
  if (x == y)
    return strcmp(a, b) == 0;
  return least >= 4 && strncmp(a, b, least) == 0;
}

/* --- what is said --- */

enum direction {
  PLAIN,
  MORE,
  LESS
};
struct claim {
  struct word_set words;
  enum direction direction;
  bool negated, unclear;
};

static struct claim claim_of_sentence(const char *text, size_t len) {
  static const char *const negations[] = {
      "no",     "not",     "nobody",  "none",  "nothing", "never", "neither", "nor",
      "cannot", "without", "another", "other", "instead", "else",  "t",       NULL};
  static const char *const more[] = {"more",  "over",   "above",  "higher",
                                     "least", "longer", "beyond", NULL};
  static const char *const less[] = {"less",  "fewer", "below",   "under",
                                     "lower", "most",  "shorter", NULL};
  struct claim c = {.direction = PLAIN};

  split(&c.words, text, len);
  for (size_t i = 0; i < c.words.n; i++) {
    c.negated |= among(negations, c.words.word[i]);
    if (among(more, c.words.word[i]))
      c.direction = MORE;
    if (among(less, c.words.word[i]))
      c.direction = LESS;
  }

  return c;
}

/* A name of the condition: the words between its '_', a leading no_ turned into a negation. */
static void take_name(struct claim *c, struct word_set *names, const char *name, size_t len) {
  static const char *const objects[] = {"need", "person", "school", "true", NULL};
  static const char *const turning[] = {"not", "nil", "false", NULL};
  struct word_set parts = {.n = 0};

  split(&parts, name, len);
  for (size_t i = 0; i < parts.n; i++) {
    const char *word = parts.word[i];
    if (parts.n == 1 && (strcmp(word, "and") == 0 || strcmp(word, "or") == 0))
      c->unclear = true;
    if ((parts.n == 1 && among(turning, word)) ||
        (i == 0 && parts.n > 1 && strcmp(word, "no") == 0))
      c->negated = !c->negated;
    else if (parts.n > 1 || !among(objects, word))
      add_word(names, word, strlen(word));
  }
}

static size_t take_operator(struct claim *c, const char *at) {
  bool equal = at[1] == '=';
  if (at[0] == '>')
    c->direction = MORE;
  if (at[0] == '<')
    c->direction = LESS;
  if (at[0] == '~' && equal)
    c->negated = !c->negated;

  if (equal)
    return 2;
  return 1;
}

/* "More than none" is that there is one; "less than one" that there is none. */
static void take_number(struct claim *c, struct word_set *names, const char *digits, size_t len) {
  bool none = len == 1 && *digits == '0';
  if (none && c->direction == PLAIN)
    c->negated = !c->negated;
  else if (none && c->direction == MORE)
    c->direction = PLAIN;
  else
    add_word(names, digits, len);
}

static struct claim claim_of_condition(const char *p, size_t len) {
  struct claim c = {.direction = PLAIN};
  struct word_set names = {.n = 0};

  for (size_t i = 0; i < len;) {
    size_t from = i;

    if (p[i] == '"' || p[i] == '\'') {
      const char *close = memchr(p + i + 1, p[i], len - i - 1);
      if (!close)
        break;
      split(&c.words, p + i + 1, (size_t)(close - p) - i - 1);
      i = (size_t)(close - p) + 1;
    } else if (isdigit((unsigned char)p[i])) {
      while (i < len && isdigit((unsigned char)p[i]))
        i++;
      take_number(&c, &names, p + from, i - from);
    } else if (isalpha((unsigned char)p[i]) || p[i] == '_') {
      while (i < len && (isalnum((unsigned char)p[i]) || p[i] == '_'))
        i++;
      take_name(&c, &names, p + from, i - from);
    } else {
      if (strchr("<>~=", p[i]) && i + 1 < len)
        i += take_operator(&c, p + i);
      else
        i += 1;
    }
  }

  if (c.words.n == 0)
    c.words = names;

  return c;
}

static bool same_claim(const struct claim *condition, const struct claim *sentence) {
  if (condition->unclear || condition->words.n == 0)
    return false;
  if (condition->negated != sentence->negated || condition->direction != sentence->direction)
    return false;

  for (size_t i = 0; i < condition->words.n; i++) {
    bool found = false;
    for (size_t k = 0; k < sentence->words.n; k++)
      found |= alike(condition->words.word[i], sentence->words.word[k]);
    if (!found)
      return false;
  }

  return true;
}

/* --- finding them --- */

static bool in_name(int c) {
  return isalnum(c) || c == '_';
}

static bool skip_word(struct scan *s, const char *word) {
  while (s->p < s->end && isspace((unsigned char)*s->p))
    step(s, 1);

  if (!starts(s, word))
    return false;

  step(s, strlen(word));

  return true;
}

/* From after '(' to the comma at the same depth; false if the bracket closes first. */
static bool skip_condition(struct scan *s) {
  int depth = 0;

  while (s->p < s->end) {
    if (*s->p == ',' && depth == 0)
      return true;

    if (*s->p == '(' || *s->p == '{' || *s->p == '[')
      depth++;

    if ((*s->p == ')' || *s->p == '}' || *s->p == ']') && depth-- == 0)
      return false;

    if (!skip_quiet(s))
      step(s, 1);
  }

  return false;
}

/* `s` stands after the word given, and is a copy: the scan goes on inside. */
static bool is_slip(struct scan s, const char **ret_sentence, size_t *ret_len) {
  if (s.end - s.p > GIVEN_BYTES)
    s.end = s.p + GIVEN_BYTES;

  if (!skip_word(&s, "("))
    return false;

  const char *condition = s.p;
  if (!skip_condition(&s))
    return false;

  size_t len = (size_t)(s.p - condition);
  if (!skip_word(&s, ",") || !skip_word(&s, "otherwise"))
    return false;

  skip_word(&s, "(");
  if (!skip_word(&s, "\""))
    return false;

  const char *close = memchr(s.p, '"', (size_t)(s.end - s.p));
  if (!close || memchr(s.p, '\\', (size_t)(close - s.p)))
    return false;

  struct claim asked = claim_of_condition(condition, len),
               told = claim_of_sentence(s.p, (size_t)(close - s.p));
  *ret_sentence = s.p;
  *ret_len = (size_t)(close - s.p);

  return same_claim(&asked, &told);
}

void lint_givens(const char *text, size_t len,
                 void (*said)(void *arg, int line, const char *sentence, size_t n), void *arg) {
  struct scan s = {text, text + len, 1};
  const char *sentence;
  size_t n;

  while (s.p < s.end) {
    if (skip_quiet(&s))
      continue;
    if (!in_name((unsigned char)*s.p)) {
      step(&s, 1);
      continue;
    }

    const char *from = s.p;
    int line = s.line;

    while (s.p < s.end && in_name((unsigned char)*s.p))
      step(&s, 1);
    if (s.p - from == 5 && memcmp(from, "given", 5) == 0 && is_slip(s, &sentence, &n))
      said(arg, line, sentence, n);
  }
}
