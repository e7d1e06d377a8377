/* topic - see topic.h. */
#include "door/topic.h"

#include <string.h>

static bool segment_char(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

static const char *check_segment(const char *s, unsigned index) {
  size_t n = strlen(s);
  if (n == 0)
    return "a topic has no empty segment; write authority/school/person/type, or the first of "
           "these";
  if (n > 64)
    return "a segment of a topic has at most 64 characters";

  for (const char *p = s; *p != '\0'; p++)
    if (*p == '*' || *p == '#' || *p == '+')
      return "a topic has no wildcards; leave the last segments out to get everything below";
    else if (!segment_char(*p))
      return "a segment of a topic is of A-Z a-z 0-9 . _ -";

  if (index == 0 && strcmp(s, "-") == 0)
    return "a topic begins with an authority; only school and person can be -";

  return NULL;
}

static const char *split(struct topic *t) {
  char *at = t->text, *slash;

  do {
    if (t->n == TOPIC_SEGMENTS)
      return "a topic has at most four segments: authority/school/person/type";

    slash = strchr(at, '/');
    if (slash)
      *slash = '\0';

    t->segments[t->n++] = at;
    if (slash)
      at = slash + 1;
  } while (slash);

  return NULL;
}

const char *topic_read(const char *text, size_t len, struct topic *ret) {
  if (len > 0 && text[len - 1] == '/')
    len--;

  if (len == 0)
    return "a topic has one to four segments; leave topics out for everything";
  if (len > TOPIC_MAX_LEN)
    return "a topic is too long";
  if (memchr(text, '\0', len))
    return "a segment of a topic is of A-Z a-z 0-9 . _ -";

  ret->n = 0;
  memcpy(ret->text, text, len);
  ret->text[len] = '\0';

  const char *fault = split(ret);
  for (unsigned i = 0; !fault && i < ret->n; i++)
    fault = check_segment(ret->segments[i], i);

  return fault;
}

/* Compares with the type as publications spell it: needs.<segment>.v1 */
static bool type_matches(const char *segment, const char *type) {
  static const char before[] = "needs.", after[] = ".v1";
  size_t n = strlen(type), lead = sizeof before - 1, trail = sizeof after - 1;
  if (n > lead && strncmp(type, before, lead) == 0) {
    type += lead;
    n -= lead;
  }

  if (n > trail && strcmp(type + n - trail, after) == 0)
    n -= trail;

  return strlen(segment) == n && memcmp(segment, type, n) == 0;
}

static const char *or_dash(const char *s) {
  if (s && *s != '\0')
    return s;
  return "-";
}

bool topic_matches(const struct topic *t, const char *authority, const char *school,
                   const char *person, const char *type) {
  const char *have[] = {authority, or_dash(school), or_dash(person)};
  for (unsigned i = 0; i < t->n && i < 3; i++)
    if (strcmp(t->segments[i], have[i]) != 0)
      return false;
  return t->n < TOPIC_SEGMENTS || type_matches(t->segments[3], type);
}

bool topics_match(const struct topics *l, const char *authority, const char *school,
                  const char *person, const char *type) {
  if (l->n == 0)
    return true;

  for (size_t i = 0; i < l->n; i++)
    if (topic_matches(&l->items[i], authority, school, person, type))
      return true;

  return false;
}
