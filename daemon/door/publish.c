/* publish - the verbs that an author has: publish, approve, rollback, restore. A row says what each
 * takes and who does it.
 *
 * Proposing is propose.c's; what is done and journaled is policy/publish.c's. */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "door/internal.h"

#include "policy/policy.h"

enum {
  P_AUTHORITY,
  P_AS,
  P_CANDIDATE,
  P_NAME,
  P_RULE,
  P_COUNT
};
static const struct body_row members[P_COUNT] = {
    [P_AUTHORITY] = {"authority", BODY_TEXT, true, 1, 64},
    [P_AS] = {"as", BODY_TEXT, false, 1, 64},
    [P_CANDIDATE] = {"candidate", BODY_TEXT, true, 8, 64},
    [P_NAME] = {"name", BODY_TEXT, false, 1, 64},
    [P_RULE] = {"rule", BODY_TEXT, true, 1, 64},
};
#define BIT(member) (1u << (member))
#define BY_WHOM (BIT(P_AUTHORITY) | BIT(P_AS))

static const struct deed {
  const char *verb;
  unsigned takes;
  void (*act)(struct pipeline *p, const struct publish_request *r, acted *done, void *arg);
} deeds[] = {
    {"publish", BY_WHOM | BIT(P_CANDIDATE) | BIT(P_NAME), policy_publish},
    {"approve", BY_WHOM | BIT(P_CANDIDATE), policy_approve},
    {"rollback", BY_WHOM | BIT(P_NAME), policy_rollback},
    {"restore", BY_WHOM | BIT(P_RULE), policy_restore},
};

static void on_acted(void *arg, const struct faults *refused, const char *json, size_t len) {
  struct pending *w = arg;
  struct door *d = w->door;
  if (d) {
    pending_end(w);
    if (refused)
      door_refuse(d, &w->to, refused);
    else
      door_reply(d, &w->to, "ok", json, len);
  }

  free(w);
}

static const struct deed *deed_of(const char *verb) {
  size_t i = 0;
  while (strcmp(deeds[i].verb, verb) != 0)
    i++; /* it is there: door.c's rows lead here */
  return &deeds[i];
}

static int read_values(const struct call *c, const struct deed *deed,
                       struct body_value values[P_COUNT], struct faults *v) {
  struct body_row rows[P_COUNT];
  struct body_value read[P_COUNT];
  unsigned which[P_COUNT];
  size_t n = 0;

  for (unsigned m = 0; m < P_COUNT; m++) {
    values[m] = (struct body_value){0};
    if ((deed->takes & BIT(m)) == 0)
      continue;
    rows[n] = members[m];
    which[n++] = m;
  }

  int rc = body_read(c->arena, c->body, c->len, c->verb, rows, n, read, v);
  for (size_t i = 0; i < n; i++)
    values[which[i]] = read[i];

  return rc;
}

static void judge(struct door *d, const struct call *c, const struct publish_request *r,
                  struct faults *v) {
  if (!access_may(c->who, ACTION_PUBLISH, r->authority, NULL, NULL, NULL))
    faults_add(v, c->arena, FAULT_FORBIDDEN, "",
               "the key may not change the rules of this authority");
  else if (!pipeline_catalogue(d->pipeline, r->authority))
    faults_add(v, c->arena, FAULT_UNKNOWN_AUTHORITY, "/authority",
               "this daemon has no authority '%s'", r->authority);

  if (r->name && (!is_plain_name(r->name) || strcmp(r->name, "serving") == 0))
    faults_add(
        v, c->arena, FAULT_OUT_OF_RANGE, "/name",
        "name is made of letters, digits, '.', '_' and '-'; \"serving\" means the current rules, "
        "whatever it is called");
}

void publish_verb(struct door *d, const struct call *c) {
  const struct deed *deed = deed_of(c->verb);
  struct body_value values[P_COUNT];
  struct faults v = {0};
  struct publish_request r = {0};

  if (read_values(c, deed, values, &v) == 0) {
    r = (struct publish_request){.authority = values[P_AUTHORITY].text,
                                 .by = author_of(c, &values[P_AS], &v),
                                 .candidate = values[P_CANDIDATE].text,
                                 .name = values[P_NAME].text,
                                 .rule = values[P_RULE].text};
    judge(d, c, &r, &v);
  }

  const char *busy = pending_limit(d, c, PENDING_CHANGE);
  if (v.n == 0 && busy)
    faults_add(&v, c->arena, FAULT_BUSY, "", "%s", busy);

  if (v.n > 0) {
    door_refuse(d, &c->from, &v);
    return;
  }

  struct pending *w = mem_alloc(sizeof *w);
  pending_start(w, d, &c->from, PENDING_CHANGE);
  deed->act(d->pipeline, &r, on_acted, w);
}
