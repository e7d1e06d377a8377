/* replay - past publications, a page at a time, without a session. */
#include <errno.h>
#include <string.h>

#define LOG_AREA "door"
#include "base/log.h"
#include "door/filter.h"

#define PAGE_DEFAULT 100
#define PAGE_MAX 1000
#define PAGE_BYTES ((size_t)1 << 20)
#define ROWS_LOOKED_AT                                                                             \
  2000 /* a narrow filter gives short pages rather than a long wait for everybody */

enum {
  R_SINCE,
  R_TOPICS,
  R_LIMIT,
  R_COUNT
};
static const struct body_row replay_rows[R_COUNT] = {
    [R_SINCE] = {"since", BODY_TEXT, true, 1, CURSOR_TEXT_MAX},
    [R_TOPICS] = {"topics", BODY_LIST, false, 1, TOPICS_MAX},
    [R_LIMIT] = {"limit", BODY_WHOLE, false, 1, PAGE_MAX},
};

struct replay {
  const struct door *door;
  const struct call *call;
  struct topics topics;
  struct cursor at;
  uint64_t upto;
  int64_t left, looked_at;
  bool more;
  struct buf out;
};

static bool full(const struct replay *r) {
  return r->left == 0 || r->looked_at == ROWS_LOOKED_AT || r->out.len >= PAGE_BYTES;
}

static int on_row(void *arg, const struct outbox_row *row) {
  struct replay *r = arg;
  if (row->position > r->upto)
    return 1;

  r->more = full(r);
  if (r->more)
    return 1;

  r->looked_at++;
  r->at.position = row->position;
  if (!filter_gives(r->door, r->call->who, &r->topics, row))
    return 0;

  filter_write(r->call->who, row, &r->out);
  r->left--;

  return 0;
}

static int read_call(struct door *d, const struct call *c, struct replay *ret, struct faults *v) {
  struct body_value values[R_COUNT];
  if (body_read(c->arena, c->body, c->len, c->verb, replay_rows, R_COUNT, values, v) < 0 &&
      !values[R_SINCE].given)
    return -1;

  *ret = (struct replay){
      .door = d, .call = c, .left = values[R_LIMIT].given ? values[R_LIMIT].whole : PAGE_DEFAULT};
  filter_topics(d, c, &values[R_TOPICS], &ret->topics, v);
  filter_since(d, c, &values[R_SINCE], false, &ret->at, v);
  ret->at.current = CURSOR_LIVE;
  if (v->n > 0)
    return -1;

  return 0;
}

static void finish(struct door *d, struct replay *r) {
  if (!r->more)
    r->at.position = r->upto;

  json_close(&r->out, ']');
  json_key(&r->out, "cursor");
  json_cursor(d->key, r->at, &r->out);
  json_key(&r->out, "more");
  json_bool(&r->out, r->more);
  json_close(&r->out, '}');
  door_reply(d, &r->call->from, "ok", r->out.data, r->out.len);
}

void replay_verb(struct door *d, const struct call *c) {
  struct faults v = {0};
  struct replay r = {0};
  if (read_call(d, c, &r, &v) < 0) {
    door_refuse(d, &c->from, &v);
    return;
  }

  r.upto = pipeline_published(d->pipeline);
  json_open(&r.out, '{');
  json_key(&r.out, "publications");
  json_open(&r.out, '[');

  /* one row more than is looked at, to see whether there is more */
  int rc = store_outbox(pipeline_store(d->pipeline), r.at.position, ROWS_LOOKED_AT + 1, on_row, &r);
  bool before = rc == -EBADMSG && r.looked_at > 0; /* the page ends before the damaged row */

  r.more |= before;
  if (rc == -EBADMSG && !before) {
    filter_damaged(d, &c->from, (struct cursor){r.at.position + 1, CURSOR_LIVE});
  } else if (rc < 0 && !before) {
    log_error("the outbox cannot be read", "reason=%s", strerror(-rc));
    door_refuse_one(d, &c->from, FAULT_BUSY, "", "the outbox cannot be read now; try again later");
  } else {
    finish(d, &r);
  }

  buf_finish(&r.out);
}
