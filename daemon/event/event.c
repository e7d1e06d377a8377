/* event - from a body to judged events, and back to one canonical form. See event.h.
 *
 * events_parse: json_split hands over one element after another; each is read by the rows of the
 * envelope, then, when the type is known, by the rows of the type. Content is hashed as it was
 * sent, before anything absent is filled in. event_resolve walks the same rows once more with the
 * catalogue in hand. */
#include "event/event.h"
#include "event/internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* --- the envelope --- */

struct envelope {
  struct event e;
  int32_t specversion;
  const char *type;
  const struct json_token *data;
};

static const char *const specversion_words[] = {"1.0", NULL};

#define REQUIRED FLAG_REQUIRED
#define ROW(json, k, f, fl, ...)                                                                   \
  { MEMBER_NAME(json), .kind = k, .flags = fl, .offset = offsetof(struct envelope, f), __VA_ARGS__ }
#define DROPPED(json)                                                                              \
  { MEMBER_NAME(json), .kind = KIND_DROPPED }

static const struct member envelope_rows[] = {
    ROW("specversion", KIND_WORD, specversion, REQUIRED | FLAG_CLOUD, .words = specversion_words),
    ROW("id", KIND_TEXT, e.id, REQUIRED | FLAG_CLOUD, .min = 1, .max = EVENT_ID_MAX),
    ROW("source", KIND_TEXT, e.source, REQUIRED | FLAG_CLOUD, .min = 1, .max = EVENT_SOURCE_MAX),
    ROW("type", KIND_CODE, type, REQUIRED | FLAG_CLOUD, .min = 1, .max = 128),
    ROW("time", KIND_TIME, e.time_text, REQUIRED),
    ROW("authority", KIND_NAME, e.authority, REQUIRED, .min = 1, .max = EVENT_NAME_MAX),
    ROW("school", KIND_NAME, e.school, REQUIRED | FLAG_DASH, .min = 1, .max = EVENT_NAME_MAX),
    ROW("subject", KIND_NAME, e.subject, 0, .min = 1, .max = EVENT_NAME_MAX),
    ROW("supersedes", KIND_TEXT, e.supersedes, 0, .min = 1, .max = EVENT_ID_MAX),
    ROW("data", KIND_TOKEN, data, REQUIRED),
    DROPPED("datacontenttype"),
    DROPPED("dataschema"),
    DROPPED("traceparent"),
    DROPPED("tracestate"),
};
const struct shape envelope_shape = {
    "the envelope", envelope_rows, ARRAY_LEN(envelope_rows), sizeof(struct envelope), -1, true};

/* --- reading --- */

struct parsing {
  struct arena *a;
  const struct instant *now_limit;
  const unsigned char *key;
  struct events *events;
  uint32_t cap;
  struct buf scratch;
};

static struct event *next_event(struct parsing *p) {
  struct events *es = p->events;
  if (es->n == p->cap) {
    if (p->cap == 0)
      p->cap = 1;
    else if (p->cap < 16)
      p->cap = 16;
    else
      p->cap = p->cap * 4;

    struct event *grown = arena_alloc(p->a, p->cap * sizeof(*grown));
    if (es->n > 0)
      memcpy(grown, es->items, es->n * sizeof(*grown));

    es->items = grown;
  }

  return &es->items[es->n++];
}

static const struct event_type *type_of(const char *name) {
  static const size_t common = sizeof("needs.") - 1;
  if (strncmp(name, "needs.", common) != 0)
    return NULL;

  for (int i = 0; i < EVENT_KINDS; i++)
    if (strcmp(event_types[i].name + common, name + common) == 0)
      return &event_types[i];

  return NULL;
}

static void fault_type(struct reading *r, const struct path *p) {
  struct buf names = {0};
  for (int i = 0; i < EVENT_KINDS; i++)
    buf_printf(&names, "%s%s", i > 0 ? ", " : "", event_types[i].name);

  fault_at(r->a, r->faults, FAULT_UNKNOWN_TYPE, p, "no event type of this name; there are: %s",
           buf_cstr(&names));
  buf_finish(&names);
}

static void check_time(struct reading *r, struct event *e, const struct instant *now_limit) {
  if (!e->time_text)
    return;

  instant_parse(e->time_text, strlen(e->time_text), &e->time);
  if (!now_limit || instant_cmp(e->time, *now_limit) <= 0)
    return;

  struct path here = path_name(NULL, "time");
  char limit[INSTANT_TEXT];
  struct instant second = {now_limit->s, 0};

  misfit_at(r->a, r->faults, FAULT_OUT_OF_RANGE, &here,
            "'time' must not be later than %s, 24 hours past the later of clock and day",
            instant_text(second, limit));
}

/* Whom and what the event is about, as its type allows. */
static void check_scope(struct reading *r, const struct event *e, const struct json_token *root) {
  struct path subject = path_name(NULL, "subject"), school = path_name(NULL, "school");
  bool given = e->subject != NULL;
  const struct json_token *child = root + 1;

  for (uint32_t i = 0; i < root->n && !given; i++, child = &r->tokens[child->next])
    given = child->key_len == strlen("subject") &&
            memcmp(child->key, "subject", child->key_len) == 0 && child->kind != JSON_NULL;

  if (e->type->has_subject && !given)
    fault_at(r->a, r->faults, FAULT_MISSING, &subject,
             "this member is required: the person's pseudonymous id, 1 to 64 of A-Z a-z 0-9 . _ -");

  if (!e->type->has_subject && given)
    fault_at(r->a, r->faults, FAULT_UNKNOWN_MEMBER, &subject,
             "an event of this type is about no person; leave 'subject' out");

  if (!e->type->school_dash_ok && e->school && strcmp(e->school, "-") == 0)
    fault_at(r->a, r->faults, FAULT_OUT_OF_RANGE, &school,
             "an event of this type needs a school; '-' is for priority, provision and "
             "record.withdrawn");
}

static void read_data(struct reading *r, struct event *e, const struct json_token *t) {
  const struct shape *shape = e->type->shape;
  struct path here = path_name(NULL, "data");

  e->data = arena_alloc(r->a, shape->size);
  shape_blank(shape, e->data);
  shape_read(r, shape, t, &here, e->data);
  shape_relations(r, shape, e->data, &here);
}

static void read_event(struct parsing *p, struct reading *r, struct event *ret) {
  struct envelope envelope = {.specversion = ABSENT};
  shape_read(r, &envelope_shape, r->tokens, NULL, &envelope);
  struct event *e = &envelope.e;
  check_time(r, e, p->now_limit);
  if (envelope.type) {
    struct path here = path_name(NULL, "type");
    e->type = type_of(envelope.type);
    if (!e->type)
      fault_type(r, &here);
  }

  if (e->type)
    check_scope(r, e, r->tokens);
  if (e->type && envelope.data)
    read_data(r, e, envelope.data);

  e->faults = ret->faults; /* r writes to ret's */
  *ret = *e;
}

/* The id of an event that is not well-formed JSON, so that its sender can tell which it was. */
static const char *id_of(const struct json_token *tokens) {
  const struct json_token *child = tokens + 1;

  for (uint32_t i = 0; tokens->kind == JSON_OBJECT && i < tokens->n;
       i++, child = &tokens[child->next])
    if (child->key_len == 2 && memcmp(child->key, "id", 2) == 0 && child->kind == JSON_STRING &&
        child->marks == 0 && is_code(child->text, child->len, EVENT_ID_MAX))
      return child->text;

  return NULL;
}

static void encode_envelope(const struct event *e, const char *time, struct buf *out);

static void hash_event(struct parsing *p, struct event *e) {
  if (!p->key || !e->authority || !e->school || !e->source || !e->id)
    return;

  e->identity = event_identity(p->key, e->authority, e->school, e->source, e->id);
  if (e->faults.malformed)
    return;

  char time[INSTANT_TEXT];
  instant_text(instant_to_ms(e->time), time);
  buf_reset(&p->scratch);
  encode_envelope(e, time, &p->scratch);
  e->content = hash128_of(p->key, p->scratch.data, p->scratch.len);
  e->sent = arena_strndup(p->a, (const char *)p->scratch.data, p->scratch.len);
  e->sent_len = p->scratch.len;

  /* no text holds a bare quote */
  e->sent_time = (size_t)(strstr(e->sent, ",\"time\":\"") + strlen(",\"time\":\"") - e->sent);
  e->sent_time_len = strlen(time);
}

static void on_element(void *owner, const struct json_element *element) {
  struct parsing *p = owner;
  struct event *e = next_event(p);
  struct reading r = {p->a, &e->faults, element->tokens, !p->now_limit};

  if (!element->tokens) {
    faults_add(&e->faults, p->a, FAULT_TOO_LARGE, "", "an event must not be over %d bytes",
               EVENT_MAX_BYTES);
  } else if (element->marks != 0) {
    shape_marks(&r, element->tokens, NULL);
    e->id = id_of(element->tokens);
  } else if (element->tokens->kind != JSON_OBJECT) {
    faults_add(&e->faults, p->a, FAULT_NOT_CLOUDEVENT, "", "an event must be a JSON object");
  } else {
    read_event(p, &r, e);
    hash_event(p, e);
    if (!e->data)
      return;

    struct path here = path_name(NULL, "data");
    event_defaults(e->type->kind, e->data);
    if (r.trusted)
      return; /* the journal may hold what earlier versions took */

    shape_repeats(p->a, &e->faults, e->type->shape, e->data, &here);
  }
}

static int body_fault(struct fault *ret, enum fault_code code, const char *message,
                      int64_t offset) {
  *ret = (struct fault){code, "", message, offset};
  return -EINVAL;
}

/* A body that is one event must be an object; in a batch only the element is at fault. */
static bool is_lone_scalar(const struct events *es) {
  if (es->was_array || es->n != 1 || es->items[0].faults.n != 1)
    return false;
  const struct fault *f = &es->items[0].faults.faults[0];
  return f->code == FAULT_NOT_CLOUDEVENT && f->pointer[0] == '\0';
}

int events_parse(struct arena *a, const char *body, size_t len, const struct instant *now_limit,
                 const unsigned char key[32], struct events *ret, struct fault *ret_fault) {
  bool trusted = !now_limit;
  *ret = (struct events){0};
  if (len > BATCH_MAX_BYTES && !trusted)
    return body_fault(ret_fault, FAULT_TOO_LARGE,
                      "a batch must not be over 1 MiB; send it in parts", -1);

  struct parsing p = {.a = a, .now_limit = now_limit, .key = key, .events = ret};
  struct json_limits limits = {true, BATCH_MAX_EVENTS, trusted ? SIZE_MAX : EVENT_MAX_BYTES};
  size_t offset = 0;
  const char *message = NULL;
  int r = json_split(a, body, len, limits, on_element, &p, &ret->was_array, &offset, &message);

  buf_finish(&p.scratch);
  if (r == -E2BIG)
    return body_fault(ret_fault, FAULT_TOO_LARGE,
                      "a batch must not hold over 1,000 events; send it in parts", -1);
  if (r != 0)
    return body_fault(ret_fault, FAULT_NOT_JSON, message, (int64_t)offset);
  if (is_lone_scalar(ret))
    return body_fault(ret_fault, FAULT_NOT_CLOUDEVENT,
                      "the body must be one event, a JSON object, or an array of events", -1);

  return 0;
}

/* --- identity, encoding, copies --- */

struct hash128 event_identity(const unsigned char key[32], const char *authority,
                              const char *school, const char *source, const char *id) {
  const char *parts[] = {authority, school, source, id};
  char bytes[2 * (EVENT_NAME_MAX + 1) + 4 * (EVENT_SOURCE_MAX + EVENT_ID_MAX) + 2], *place = bytes;
  size_t total = 0, at = 0;

  for (size_t i = 0; i < ARRAY_LEN(parts); i++)
    total += strlen(parts[i]) + 1;

  /* cannot be what an event says; asked for by somebody else */
  if (total > sizeof(bytes))
    place = mem_alloc(total);
  for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
    size_t n = strlen(parts[i]) + 1;
    memcpy(place + at, parts[i], n);
    at += n;
  }

  struct hash128 h = hash128_of(key, place, total - 1);
  if (place != bytes)
    free(place);

  return h;
}

struct hash128 event_content_spelled(const struct event *e, const unsigned char key[32],
                                     const char *time_text) {
  struct buf spelled = {0};
  size_t behind = e->sent_time + e->sent_time_len;

  buf_put(&spelled, e->sent, e->sent_time);
  buf_puts(&spelled, time_text);
  buf_put(&spelled, e->sent + behind, e->sent_len - behind);

  struct hash128 hash = hash128_of(key, spelled.data, spelled.len);
  buf_finish(&spelled);

  return hash;
}

void event_encode(const struct event *e, struct buf *out) {
  encode_envelope(e, e->time_text, out);
}

static void encode_envelope(const struct event *e, const char *time, struct buf *out) {
  json_open(out, '{');
  json_key(out, "specversion");
  json_str(out, "1.0");
  json_opt_str(out, "id", e->id);
  json_opt_str(out, "source", e->source);
  json_opt_str(out, "type", e->type ? e->type->name : NULL);
  json_opt_str(out, "time", time);
  json_opt_str(out, "authority", e->authority);
  json_opt_str(out, "school", e->school);
  json_opt_str(out, "subject", e->subject);
  json_opt_str(out, "supersedes", e->supersedes);

  if (e->data && e->type) {
    json_key(out, "data");
    shape_encode(out, e->type->shape, e->data);
  }

  json_close(out, '}');
}

/* The same steps in the same order, adding up (b->at NULL) or copying. `to` is a flat copy of *e.
 */
static void keep_parts(struct block *b, const struct event *e, struct event *to) {
  to->id = block_text(b, e->id);
  to->source = block_text(b, e->source);
  to->authority = block_text(b, e->authority);
  to->school = block_text(b, e->school);
  to->subject = block_text(b, e->subject);
  to->supersedes = block_text(b, e->supersedes);
  to->time_text = block_text(b, e->time_text);
  to->faults = (struct faults){0};
  to->sent = NULL;
  if (!e->data)
    return;

  const struct shape *shape = e->type->shape;
  to->data = block_take(b, e->data, shape->size);
  shape_keep(b, shape, e->data, to->data);
}

struct event *event_keep(const struct event *e) {
  struct block measured = {0};
  struct event shell = *e;

  block_take(&measured, e, sizeof(*e));
  keep_parts(&measured, e, &shell);
  struct block block = {mem_alloc(measured.used), 0};
  struct event *to = block_take(&block, e, sizeof(*e));

  keep_parts(&block, e, to);

  return to;
}

/* --- meaning --- */

#define HINT_STEPS 50000

struct resolving {
  struct arena *a;
  struct faults *faults;
  const struct catalogue *catalogue;
  /* what looking for misspellings may still cost; an event cannot make us search for long */
  uint64_t hints;
  /* the evidence first said to be unknown: ratings that took theirs from the event share its fault
   */
  const char *unknown;
};

struct unknown {
  enum fault_code code;
  const char *what, *how; /* how: how one is written, where that needs saying */
};
static const struct unknown unknowns[DOMAIN_COUNT] = {
    [DOMAIN_COMPETENCE] = {FAULT_UNKNOWN_COMPETENCE, "competence",
                           ", as framework@version/code or its short form"},
    [DOMAIN_ROLE] = {FAULT_UNKNOWN_ROLE, "role"},
    [DOMAIN_FAMILY] = {FAULT_UNKNOWN_CODE, "role family"},
    [DOMAIN_UNIT] = {FAULT_UNKNOWN_UNIT, "unit"},
    [DOMAIN_QUALIFICATION] = {FAULT_UNKNOWN_QUALIFICATION, "qualification"},
    [DOMAIN_EVIDENCE] = {FAULT_UNKNOWN_CODE, "kind of evidence"},
    [DOMAIN_DEVELOPMENT] = {FAULT_UNKNOWN_DEVELOPMENT, "development",
                            ", spelt <kind>.<id> as in a recommendation"},
    [DOMAIN_BARRIER] = {FAULT_UNKNOWN_CODE, "barrier"},
    [DOMAIN_IMPACT] = {FAULT_UNKNOWN_CODE, "impact"},
    [DOMAIN_CHECK] = {FAULT_UNKNOWN_CODE, "check"},
    [DOMAIN_PAYER] = {FAULT_UNKNOWN_CODE, "payer"},
    [DOMAIN_FUND] = {FAULT_UNKNOWN_CODE, "fund"},
    [DOMAIN_CONTRACT] = {FAULT_UNKNOWN_CODE, "type of contract"},
    [DOMAIN_PHASE] = {FAULT_UNKNOWN_CODE, "phase"},
    [DOMAIN_EQUIVALENCE] = {FAULT_UNKNOWN_QUALIFICATION, "class of qualifications",
                            " for subject and level"},
    [DOMAIN_PRIORITY] = {FAULT_UNKNOWN_CODE, "priority"},
    [DOMAIN_KIND] = {FAULT_UNKNOWN_CODE, "kind of development"},
    [DOMAIN_SOURCE] = {FAULT_UNKNOWN_CODE, "source"},
    [DOMAIN_HELPER] = {FAULT_UNKNOWN_CODE, "kind of helper"},
    [DOMAIN_AUDIENCE_FOR] = {FAULT_UNKNOWN_CODE, "role, role family, 'all' or 'teachers'"},
};

/* A known code that differs in case, or by a letter or two. */
static const char *near_miss(struct resolving *r, enum domain d, const char *given) {
  char other[256];

  for (int upper = 1; upper >= 0; upper--) {
    snprintf(other, sizeof(other), "%s", given);
    for (char *c = other; *c != '\0'; c++)
      *c = (char)(upper ? toupper((unsigned char)*c) : tolower((unsigned char)*c));

    const char *full = catalogue_resolve(r->catalogue, d, other);
    if (full)
      return full;
  }

  return catalogue_nearest(r->catalogue, d, given, &r->hints);
}

static void fault_unknown(struct resolving *r, enum domain d, const char *given,
                          const struct path *p) {
  const struct unknown *u = &unknowns[d];
  const char *hint = NULL;

  if (d != DOMAIN_DEVELOPMENT && d != DOMAIN_EQUIVALENCE)
    hint = near_miss(r, d, given);

  if (d == DOMAIN_EVIDENCE && given == r->unknown)
    return;

  if (d == DOMAIN_EVIDENCE && !r->unknown)
    r->unknown = given;
  if (d == DOMAIN_COMPETENCE && catalogue_ambiguous(r->catalogue, given))
    fault_at(r->a, r->faults, u->code, p,
             "more than one framework has a competence of this code; write framework@version/code");
  else if (hint)
    fault_at(r->a, r->faults, u->code, p,
             "the authority's catalogue has no such %s; did you mean '%s'?", u->what, hint);
  else
    fault_at(r->a, r->faults, u->code, p,
             "the authority's catalogue has no %s '%s'; write one that it has%s", u->what, given,
             u->how ? u->how : "");
}

static void fill_development(struct resolving *r, const struct development *d,
                             struct resolved_development *to) {
  *to = (struct resolved_development){
      .kind = d->kind, .id = d->id, .title = d->title, .level = d->level, .credit = d->credit};
  to->competences.items = arena_alloc(r->a, d->n_competences * sizeof(*to->competences.items));
  to->competences.n = d->n_competences;
  for (uint32_t i = 0; i < d->n_competences; i++)
    to->competences.items[i] = d->competences[i]->key;
}

static const char *resolve_development(struct resolving *r, const struct member *m,
                                       const char *given, void *base) {
  struct development d;
  if (!catalogue_development(r->catalogue, given, r->a, &d))
    return NULL;

  if (m->flags & FLAG_FILLS)
    fill_development(r, &d, (struct resolved_development *)(void *)((char *)base + m->beside));

  return d.id; /* the one spelling, so that answers to one recommendation come together */
}

static const char *resolve_class(struct resolving *r, const struct member *m, const char *given,
                                 const void *base) {
  char class[192];
  int32_t level = *(const int32_t *)(const void *)((const char *)base + m->beside);
  if (level == ABSENT)
    return given; /* a fault of form, said already */

  snprintf(class, sizeof(class), "%s@%d", given, level);
  if (catalogue_class(r->catalogue, class))
    return given;
  return NULL;
}

/* One text that names something in the catalogue. */
static void resolve_text(struct resolving *r, const struct member *m, enum domain d,
                         const char **text, void *base, const struct path *p) {
  if (!*text || d == DOMAIN_NONE)
    return;

  const char *full;

  if (d == DOMAIN_DEVELOPMENT)
    full = resolve_development(r, m, *text, base);
  else if (d == DOMAIN_EQUIVALENCE)
    full = resolve_class(r, m, *text, base);
  else
    full = catalogue_resolve(r->catalogue, d, *text);

  if (full)
    *text = full;
  else
    fault_unknown(r, d, *text, p);
}

static void check_scale(struct resolving *r, const struct member *m, const void *base,
                        const struct path *p) {
  const char *key = *(const char *const *)(const void *)((const char *)base + m->beside);
  int32_t level = *(const int32_t *)(const void *)((const char *)base + m->offset);
  const struct competence *k = NULL;

  if (key)
    k = catalogue_competence(r->catalogue, key);

  if (!k || level == ABSENT || level < k->framework->n_levels)
    return;

  fault_at(r->a, r->faults, FAULT_OUT_OF_RANGE, p, "the levels of framework %s are 0 to %d",
           k->framework->name, k->framework->n_levels - 1);
}

static void resolve_object(struct resolving *r, const struct shape *s, void *base,
                           const struct path *p);

static void resolve_list(struct resolving *r, const struct member *m, struct any_list *list,
                         void *base, const struct path *p) {
  size_t size = member_size(m);

  for (uint32_t i = 0; i < list->n; i++) {
    char *item = (char *)list->items + i * size;
    struct path here = path_index(p, i);

    if (m->kind == KIND_MAP) {
      const char **key = (const char **)(void *)(item + m->beside);
      here = path_name(p, *key);
      resolve_text(r, m, m->domain, key, base, &here);
    } else if (m->kind == KIND_CODE) {
      resolve_text(r, m, m->domain, (const char **)(void *)item, base, &here);
    }

    if (m->shape)
      resolve_object(r, m->shape, item, &here);
  }
}

static void resolve_object(struct resolving *r, const struct shape *s, void *base,
                           const struct path *p) {
  for (const struct member *m = s->members; m < s->members + s->n; m++) {
    char *at = (char *)base + m->offset;
    struct path here = path_member(p, m);

    if (m->flags & FLAG_RESOLVED)
      continue;

    if ((m->flags & FLAG_LIST) || m->kind == KIND_MAP)
      resolve_list(r, m, (struct any_list *)(void *)at, base, &here);
    else if (m->kind == KIND_CODE || m->kind == KIND_NAME)
      resolve_text(r, m, m->domain, (const char **)(void *)at, base, &here);
    else if (m->kind == KIND_OBJECT)
      resolve_object(r, m->shape, at, &here);
    else if (m->flags & FLAG_ON_SCALE)
      check_scale(r, m, base, &here);
  }
}

/* --- every code of an event --- */

struct naming {
  event_code_fn *each;
  void *arg;
};

static void name_code(const struct naming *n, const struct member *m, const char *code,
                      bool on_scale) {
  if (code && m->domain != DOMAIN_NONE)
    n->each(n->arg, m->domain, code, on_scale);
}

/* Does a level of the same object stand on this competence's scale? */
static bool has_level(const struct shape *s, const struct member *m, const void *base) {
  for (const struct member *other = s->members; other < s->members + s->n; other++) {
    if (!(other->flags & FLAG_ON_SCALE) || other->beside != m->offset)
      continue;
    return *(const int32_t *)(const void *)((const char *)base + other->offset) != ABSENT;
  }

  return false;
}

static void name_object(const struct naming *n, const struct shape *s, const void *base);

static void name_list(const struct naming *n, const struct member *m, const struct any_list *list) {
  size_t size = member_size(m);

  for (uint32_t i = 0; i < list->n; i++) {
    const char *item = (const char *)list->items + i * size;

    if (m->kind == KIND_MAP)
      name_code(n, m, *(const char *const *)(const void *)(item + m->beside), false);
    if (m->kind == KIND_CODE)
      name_code(n, m, *(const char *const *)(const void *)item, false);
    if (m->shape)
      name_object(n, m->shape, item);
  }
}

static void name_object(const struct naming *n, const struct shape *s, const void *base) {
  for (const struct member *m = s->members; m < s->members + s->n; m++) {
    const char *at = (const char *)base + m->offset;

    if (m->flags & FLAG_RESOLVED)
      continue;

    if ((m->flags & FLAG_LIST) || m->kind == KIND_MAP)
      name_list(n, m, (const struct any_list *)(const void *)at);
    else if (m->kind == KIND_CODE || m->kind == KIND_NAME)
      name_code(n, m, *(const char *const *)(const void *)at, has_level(s, m, base));
    else if (m->kind == KIND_OBJECT)
      name_object(n, m->shape, at);
  }
}

void event_each_code(const struct event *e, event_code_fn *each, void *arg) {
  const struct naming n = {each, arg};
  if (!e->type || !e->data)
    return;
  name_object(&n, e->type->shape, e->data);
}

void event_resolve(struct event *e, struct arena *a, const struct catalogue *c) {
  if (!e->type || !e->data)
    return;

  struct resolving r = {a, &e->faults, c, HINT_STEPS, NULL};
  struct path here = path_name(NULL, "data");

  resolve_object(&r, e->type->shape, e->data, &here);
  shape_repeats(a, &e->faults, e->type->shape, e->data, &here);
}
