/* filter - see filter.h. */
#include "door/filter.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LOG_AREA "door"
#include "base/log.h"

static void read_topic(struct door *d, const struct call *c, const struct json *j,
                       const char *pointer, struct topic *ret, struct faults *v) {
  if (j->kind != JSON_STRING) {
    faults_add(v, c->arena, FAULT_WRONG_TYPE, pointer,
               "a topic is a string such as \"888/8884001\"");
    return;
  }

  const char *fault = topic_read(j->text, j->len, ret);
  if (fault) {
    faults_add(v, c->arena, FAULT_OUT_OF_RANGE, pointer, "%s", fault);
    return;
  }

  const char *const *s = ret->segments;
  const char *school = NULL, *person = NULL;
  if (ret->n > 1)
    school = s[1];
  if (ret->n > 2)
    person = s[2];

  if (!access_overlaps(c->who, s[0], school, person))
    faults_add(v, c->arena, FAULT_FORBIDDEN, pointer,
               "this topic lies outside what the key may read");
  else if (!pipeline_catalogue(d->pipeline, s[0]))
    faults_add(v, c->arena, FAULT_UNKNOWN_AUTHORITY, pointer, "this daemon has no authority '%s'",
               s[0]);
}

void filter_topics(struct door *d, const struct call *c, const struct body_value *given,
                   struct topics *ret, struct faults *v) {
  const struct json *list = given->list;
  *ret = (struct topics){0};
  if (!given->given) {
    if (!access_overlaps(c->who, NULL, NULL, NULL))
      faults_add(v, c->arena, FAULT_FORBIDDEN, "", "the key may read nothing");
    return;
  }

  ret->n = list->n;
  ret->items = arena_alloc(c->arena, list->n * sizeof *ret->items);
  for (uint32_t i = 0; i < list->n; i++)
    read_topic(d, c, &list->items[i], arena_printf(c->arena, "/topics/%" PRIu32, i), &ret->items[i],
               v);
}

struct cursor filter_start(struct door *d) {
  uint64_t first = store_first_publication(pipeline_store(d->pipeline)),
           last = pipeline_published(d->pipeline);
  return (struct cursor){first == 0 || first > last ? last : first - 1, CURSOR_LIVE};
}

void filter_cursor(struct door *d, const struct call *c, const struct body_value *text,
                   const char *pointer, struct cursor *ret, struct faults *v) {
  struct cursor at;
  if (cursor_open(d->key, text->text, text->len, &at) < 0)
    faults_add(v, c->arena, FAULT_OUT_OF_RANGE, pointer,
               "not a cursor of this daemon; send one exactly as it came");
  else if (at.position > pipeline_published(d->pipeline) || at.position < filter_start(d).position)
    faults_add(v, c->arena, FAULT_CURSOR_EXPIRED, pointer,
               "the cursor lies outside what the outbox holds; begin again with \"standing\" or "
               "\"start\"");
  else
    *ret = at;
}

void filter_since(struct door *d, const struct call *c, const struct body_value *since,
                  bool current, struct cursor *ret, struct faults *v) {
  if (strcmp(since->text, "start") == 0)
    *ret = filter_start(d);
  else if (strcmp(since->text, "now") == 0)
    *ret = (struct cursor){pipeline_published(d->pipeline), CURSOR_LIVE};
  else if (current && strcmp(since->text, "standing") == 0)
    *ret = (struct cursor){pipeline_published(d->pipeline), 0};
  else if (cursor_open(d->key, since->text, since->len, ret) == 0)
    filter_cursor(d, c, since, "/since", ret, v);
  else if (current)
    faults_add(
        v, c->arena, FAULT_OUT_OF_RANGE, "/since",
        "since is \"start\", \"now\", \"standing\" or a cursor of this daemon, exactly as it came");
  else
    faults_add(v, c->arena, FAULT_OUT_OF_RANGE, "/since",
               "since is \"start\", \"now\" or a cursor of this daemon, exactly as it came; "
               "\"standing\" is for follow");
}

static const char *text_or_null(const char *s) {
  if (s && *s != '\0')
    return s;
  return NULL;
}

bool filter_passes(const struct principal *who, const struct topics *topics,
                   const struct outbox_row *row) {
  return access_may(who, ACTION_READ, row->authority, row->school, row->subject,
                    text_or_null(row->audience)) &&
         topics_match(topics, row->authority, row->school, row->subject, row->type);
}

bool filter_gives(const struct door *d, const struct principal *who, const struct topics *topics,
                  const struct outbox_row *row) {
  return pipeline_serves(d->pipeline, row->authority) && filter_passes(who, topics, row);
}

/* The envelope is ours and in one spelling, and inside a JSON string the quotes would be escaped:
 * so this text is the member. */
static const char *find_sequence(const struct outbox_row *row, char *member, size_t size) {
  snprintf(member, size, ",\"sequence\":\"%012" PRIu64 "\"", row->sequence);
  return memmem(row->body, row->len, member, strlen(member));
}

void filter_write(const struct principal *who, const struct outbox_row *row, struct buf *out) {
  char member[48];
  const char *at = NULL;

  if (!access_whole_school(who, row->authority, row->school))
    at = find_sequence(row, member, sizeof member);

  if (!at) {
    json_raw(out, row->body, row->len);
    return;
  }

  struct buf less = {0};
  size_t before = (size_t)(at - row->body), cut = strlen(member);

  buf_put(&less, row->body, before);
  buf_put(&less, at + cut, row->len - before - cut);
  json_raw(out, less.data, less.len);
  buf_finish(&less);
}

void filter_damaged(struct door *d, const struct address *to, struct cursor behind) {
  struct buf cursor = {0};
  cursor_seal(d->key, behind, &cursor);
  store_tell_damage(pipeline_store(d->pipeline));
  door_refuse_one(d, to, FAULT_DAMAGED, "",
                  "a publication at this place is damaged on the daemon's disk and is not served; "
                  "ask its operator to restore the "
                  "store, or go on behind it with the cursor %s and ask for the current "
                  "recommendations with since "
                  "\"standing\"",
                  buf_cstr(&cursor));
  buf_finish(&cursor);
}
