/* schema - the rows as JSON Schema (draft 2020-12), laid out for people to read.
 *
 * Says of form what the parser says, but for what a schema cannot say: a date or clock before
 * another, slots repeated by items that are not wholly alike, two posts that are both the main one,
 * and `time` against the clock. Patterns end in (?![\s\S]), the end of the text in every dialect;
 * `$` is not in some. Dates are spelt out so that validators without a format checker know the 30th
 * of February too. */
#include "event/event.h"
#include "event/internal.h"

#include <string.h>

#define END "(?![\\s\\S])"
#define CENTURY "(?:19|20|21)"
#define DATE_PATTERN                                                                               \
  "(?:" CENTURY "[0-9]{2}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-"  \
  "9]|[12][0-9]|30)|"                                                                              \
  "02-(?:0[1-9]|1[0-9]|2[0-8]))|(?:" CENTURY "(?:0[48]|[2468][048]|[13579][26])|2000)-02-29)"
#define CLOCK_PATTERN "^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)" END
#define TIME_PATTERN                                                                               \
  "^" DATE_PATTERN "[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\\.[0-9]{1,9})?"       \
  "(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])" END

static void put_number(struct buf *out, const char *key, int64_t value) {
  json_key(out, key);
  json_int(out, value);
}

static void put_pattern(struct buf *out, const char *pattern) {
  key_str(out, "type", "string");
  key_str(out, "pattern", pattern);
}

static void put_lengths(struct buf *out, int32_t min, int32_t max) {
  put_number(out, "minLength", min);
  put_number(out, "maxLength", max);
}

static void put_shape(struct buf *out, const struct shape *s);

static void say_text(struct buf *out, const struct member *m) {
  put_pattern(out, "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]*" END);
  put_lengths(out, m->min, m->max);
}

static void say_code(struct buf *out, const struct member *m) {
  put_pattern(out, "^[!-~](?:[ -~]*[!-~])?" END);
  put_lengths(out, 1, m->max);
}

static void say_name(struct buf *out, const struct member *m) {
  put_pattern(out,
              m->flags & FLAG_DASH ? "^[A-Za-z0-9._-]+" END : "^(?!-" END ")[A-Za-z0-9._-]+" END);
  put_lengths(out, 1, m->max);
}

static void say_time(struct buf *out, const struct member *m) {
  (void)m;
  put_pattern(out, TIME_PATTERN);
  key_str(out, "format", "date-time");
}

static void say_whole(struct buf *out, const struct member *m) {
  key_str(out, "type", "integer");
  put_number(out, "minimum", m->min);
  put_number(out, "maximum", m->max);
}

static void say_date(struct buf *out, const struct member *m) {
  (void)m;
  put_pattern(out, "^" DATE_PATTERN END);
  key_str(out, "format", "date");
}

static void say_clock(struct buf *out, const struct member *m) {
  (void)m;
  put_pattern(out, CLOCK_PATTERN);
}

static void say_flag(struct buf *out, const struct member *m) {
  (void)m;
  key_str(out, "type", "boolean");
}

static void say_word(struct buf *out, const struct member *m) {
  json_key(out, "enum");
  json_open(out, '[');
  for (size_t i = 0; m->words[i]; i++)
    json_str(out, m->words[i]);
  json_close(out, ']');
}

static void say_object(struct buf *out, const struct member *m) {
  put_shape(out, m->shape);
}

static void say_one(struct buf *out, const struct member *m);

static void say_map(struct buf *out, const struct member *m) {
  static const struct member key = {.kind = KIND_CODE, .max = 128};
  key_str(out, "type", "object");
  put_number(out, "maxProperties", m->max);
  json_key(out, "propertyNames");
  json_open(out, '{');
  say_one(out, &key);
  json_close(out, '}');
  json_key(out, "additionalProperties");
  json_open(out, '{');

  if (m->flags & FLAG_BARE)
    say_one(out, &m->shape->members[0]);
  else
    put_shape(out, m->shape);

  json_close(out, '}');
}

static void say_span(struct buf *out, const struct member *m) {
  (void)m;
  key_str(out, "type", "array");
  put_number(out, "minItems", 2);
  put_number(out, "maxItems", 2);
  json_key(out, "items");
  json_open(out, '{');
  put_pattern(out, CLOCK_PATTERN);
  json_close(out, '}');
}

static void say_nothing(struct buf *out, const struct member *m) {
  (void)out, (void)m;
}

static void (*const say[KIND_COUNT])(struct buf *out, const struct member *m) = {
    [KIND_TEXT] = say_text,     [KIND_CODE] = say_code,       [KIND_NAME] = say_name,
    [KIND_TIME] = say_time,     [KIND_WHOLE] = say_whole,     [KIND_DATE] = say_date,
    [KIND_CLOCK] = say_clock,   [KIND_FLAG] = say_flag,       [KIND_WORD] = say_word,
    [KIND_OBJECT] = say_object, [KIND_MAP] = say_map,         [KIND_SPAN] = say_span,
    [KIND_TOKEN] = say_nothing, [KIND_DROPPED] = say_nothing,
};

static void say_one(struct buf *out, const struct member *m) {
  say[m->kind](out, m);
}

static void put_member(struct buf *out, const struct member *m) {
  json_key(out, m->name);
  json_open(out, '{');

  if (!(m->flags & FLAG_LIST)) {
    say_one(out, m);
  } else {
    key_str(out, "type", "array");
    put_number(out, "minItems", m->flags & FLAG_NONEMPTY ? 1 : 0);
    put_number(out, "maxItems", LIST_MAX);

    if (member_unique(m)) {
      json_key(out, "uniqueItems");
      json_bool(out, true);
    }

    json_key(out, "items");
    json_open(out, '{');
    say_one(out, m);
    json_close(out, '}');
  }

  json_close(out, '}');
}

/* One branch of oneOf: all members of this alternative, none of another. */
static void put_alternative(struct buf *out, const struct shape *s, uint8_t which) {
  json_open(out, '{');
  json_key(out, "required");
  json_open(out, '[');
  for (uint32_t i = 0; i < s->n; i++)
    if (s->members[i].alternative == which)
      json_str(out, s->members[i].name);

  json_close(out, ']');
  json_key(out, "properties");
  json_open(out, '{');

  for (uint32_t i = 0; i < s->n; i++) {
    if (s->members[i].alternative == 0 || s->members[i].alternative == which)
      continue;
    json_key(out, s->members[i].name);
    json_bool(out, false);
  }

  json_close(out, '}');
  json_close(out, '}');
}

static void put_alternatives(struct buf *out, const struct shape *s) {
  uint8_t last = 0;

  for (uint32_t i = 0; i < s->n; i++)
    if (s->members[i].alternative > last)
      last = s->members[i].alternative;

  if (last == 0)
    return;

  json_key(out, "oneOf");
  json_open(out, '[');
  for (uint8_t which = 1; which <= last; which++)
    put_alternative(out, s, which);

  json_close(out, ']');
}

static void put_required(struct buf *out, const struct shape *s, const char *also) {
  json_key(out, "required");
  json_open(out, '[');
  for (uint32_t i = 0; i < s->n; i++)
    if (s->members[i].flags & FLAG_REQUIRED)
      json_str(out, s->members[i].name);

  if (also)
    json_str(out, also);

  json_close(out, ']');
}

static void put_shape(struct buf *out, const struct shape *s) {
  key_str(out, "type", "object");
  json_key(out, "additionalProperties");
  json_bool(out, false);
  put_required(out, s, NULL);
  json_key(out, "properties");
  json_open(out, '{');
  for (uint32_t i = 0; i < s->n; i++)
    if (!(s->members[i].flags & FLAG_RESOLVED))
      put_member(out, &s->members[i]);

  json_close(out, '}');
  put_alternatives(out, s);
}

/* The envelope as events of this type have it. */
static void put_attribute(struct buf *out, const struct member *m, const struct event_type *type) {
  struct member own = *m;
  if (strcmp(m->name, "subject") == 0 && !type->has_subject) {
    json_key(out, m->name);
    json_open(out, '{');
    key_str(out, "type", "null");
    json_close(out, '}');
    return;
  }
  if (strcmp(m->name, "supersedes") == 0) {
    json_key(out, m->name);
    json_open(out, '{');
    json_key(out, "anyOf");
    json_open(out, '[');
    json_open(out, '{');
    key_str(out, "type", "null");
    json_close(out, '}');
    json_open(out, '{');
    say_one(out, m);
    json_close(out, '}');
    json_close(out, ']');
    json_close(out, '}');

    return;
  }

  if (strcmp(m->name, "school") == 0 && !type->school_dash_ok)
    own.flags &= (uint16_t)~FLAG_DASH;

  if (m->kind == KIND_TOKEN || strcmp(m->name, "type") == 0) {
    json_key(out, m->name);
    json_open(out, '{');
    if (m->kind == KIND_TOKEN)
      put_shape(out, type->shape);
    else
      key_str(out, "const", type->name);

    json_close(out, '}');

    return;
  }

  put_member(out, &own);
}

/* Spaces and line ends into compact JSON. */
static void lay_out(struct buf *out, const char *json) {
  int depth = 0;
  bool in_string = false;

  for (const char *c = json; *c != '\0'; c++) {
    bool opens = !in_string && (*c == '{' || *c == '['),
         closes = !in_string && (*c == '}' || *c == ']');
    bool empty = opens && (c[1] == '}' || c[1] == ']');

    if (closes)
      depth--;
    if (closes && c[-1] != '{' && c[-1] != '[')
      buf_printf(out, "\n%*s", 2 * depth, "");

    buf_put(out, c, 1);
    if (opens)
      depth++;
    if ((opens && !empty) || (!in_string && *c == ','))
      buf_printf(out, "\n%*s", 2 * depth, "");
    if (!in_string && *c == ':')
      buf_puts(out, " ");
    if (in_string && *c == '\\')
      buf_put(out, ++c, 1);
    else if (*c == '"')
      in_string = !in_string;
  }

  buf_puts(out, "\n");
}

void event_schema(enum event_kind kind, struct buf *out) {
  const struct event_type *type = &event_types[kind];
  struct buf compact = {0};

  json_open(&compact, '{');
  key_str(&compact, "$schema", "https://json-schema.org/draft/2020-12/schema");
  key_str(&compact, "title", type->name);
  key_str(&compact, "$comment",
          "Generated from the daemon's tables. Beyond a schema: 'to' and 'end' are not before "
          "'from' and 'start', 'expires' is "
          "not before the 'date' beside it (of a rating: of the event), no slot is there twice, "
          "'time' is not past the day, no member is there twice, an event is at most 64 KiB.");
  key_str(&compact, "type", "object");
  json_key(&compact, "additionalProperties");
  json_bool(&compact, false);
  put_required(&compact, &envelope_shape, type->has_subject ? "subject" : NULL);
  json_key(&compact, "properties");
  json_open(&compact, '{');
  for (uint32_t i = 0; i < envelope_shape.n; i++)
    put_attribute(&compact, &envelope_shape.members[i], type);

  json_close(&compact, '}');
  json_close(&compact, '}');
  lay_out(out, buf_cstr(&compact));
  buf_finish(&compact);
}
