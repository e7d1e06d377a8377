/* propose - an authority's rules and catalogue, sent by who wrote them: read, judged, and kept as a
 * candidate beside what serves.
 *
 * The check and the candidate are policy/candidate.c's. */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "door/internal.h"
#include "policy/bundle_files.h"
#include "policy/policy.h"

#define BODY_MAX ((size_t)1 << 20)
#define FILES_MAX 200
#define NAME_MAX_LEN 64

enum {
  P_AUTHORITY,
  P_RULES,
  P_CATALOGUE,
  P_REPLACE,
  P_AS,
  P_COUNT
};
static const struct body_row rows[P_COUNT] = {
    [P_AUTHORITY] = {"authority", BODY_TEXT, true, 1, 64},
    [P_RULES] = {"rules", BODY_OBJECT, false, 0, FILES_MAX},
    [P_CATALOGUE] = {"catalogue", BODY_OBJECT, false, 0, FILES_MAX},
    [P_REPLACE] = {"replace_default", BODY_FLAG, false, 0, 0},
    [P_AS] = {"as", BODY_TEXT, false, 1, NAME_MAX_LEN},
};

/* --- who --- */

bool is_plain_name(const char *s) {
  return s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")] == '\0';
}

const char *author_of(const struct call *c, const struct body_value *as, struct faults *v) {
  if (!as->given)
    return c->who->name;

  if (!is_plain_name(as->text))
    faults_add(v, c->arena, FAULT_OUT_OF_RANGE, "/as",
               "as is a name of letters, digits, '.', '_' and '-'");
  else if (c->who != &access_local)
    faults_add(v, c->arena, FAULT_FORBIDDEN, "/as", "the key says who you are; leave 'as' out");

  return arena_printf(c->arena, "%s/%s", c->who->name, as->text);
}

/* --- the files --- */

/* The pointer escapes nothing: a name that needs it is not plain and is shown in the message. */
static void take_file(const struct call *c, enum policy_part part, const char *member,
                      const struct json *file, struct bundle_files *to, struct faults *v) {
  struct error err = {0};

  if (file->kind != JSON_STRING)
    faults_add(v, c->arena, FAULT_WRONG_TYPE, arena_printf(c->arena, "/%s", member),
               "each file is a member: its name, and its text as a string");
  else if (bundle_files_add(to, part, file->key, file->text, file->len, &err) < 0)
    faults_add(v, c->arena, FAULT_OUT_OF_RANGE, arena_printf(c->arena, "/%s", member), "%s",
               err.text);
}

static const struct bundle_files *take_files(const struct call *c, enum policy_part part,
                                             const struct body_row *row,
                                             const struct body_value *value,
                                             struct bundle_files *to, struct faults *v) {
  if (!value->given)
    return NULL;
  for (uint32_t i = 0; i < value->list->n; i++)
    take_file(c, part, row->name, &value->list->items[i], to, v);
  return to;
}

/* --- the answer --- */

static void on_answered(void *arg, int rc, const char *json, size_t len) {
  struct pending *w = arg;
  struct door *d = w->door;
  if (d) {
    pending_end(w);
    if (rc == 0)
      door_reply(d, &w->to, "ok", json, len);
    else if (rc == -EBUSY)
      door_refuse_one(d, &w->to, FAULT_BUSY, "",
                      "too many rule sets of this authority are being checked or compared; propose "
                      "it again later");
    else if (rc == -EAGAIN)
      door_refuse_one(d, &w->to, FAULT_BUSY, "",
                      "the current rules were replaced while this was checked; propose it again");
    else
      door_refuse_one(
          d, &w->to, FAULT_FAULTY, "",
          "the shipped files cannot be read (%s); ask the daemon's administrator to repair them",
          strerror(-rc));
  }

  free(w);
}

/* --- the verb --- */

struct proposed {
  struct proposal proposal;
  struct bundle_files rules, catalogue;
};

static void judge(struct door *d, const struct call *c, const struct body_value *values,
                  struct faults *v) {
  const char *authority = values[P_AUTHORITY].text;
  if (!access_may(c->who, ACTION_PUBLISH, authority, NULL, NULL, NULL))
    faults_add(v, c->arena, FAULT_FORBIDDEN, "",
               "the key may not change the rules of this authority");
  else if (!pipeline_catalogue(d->pipeline, authority))
    faults_add(v, c->arena, FAULT_UNKNOWN_AUTHORITY, "/authority",
               "this daemon has no authority '%s'", authority);

  if (!values[P_RULES].given && !values[P_CATALOGUE].given)
    faults_add(v, c->arena, FAULT_MISSING, "/rules",
               "propose needs rules or catalogue: files by name, or {} for the shipped ones");

  if (values[P_REPLACE].given && !values[P_RULES].given)
    faults_add(v, c->arena, FAULT_MISSING, "/rules",
               "replace_default says how rules are laid over the shipped ones; send them with it");
}

static int read_call(struct door *d, const struct call *c, struct proposed *ret, struct faults *v) {
  struct body_value values[P_COUNT];
  if (c->len > BODY_MAX) {
    faults_add(
        v, c->arena, FAULT_TOO_LARGE, "",
        "the body of propose has at most 1 MiB: rules and catalogue may come one after the other, "
        "and larger ones go into the directories that the configuration names");
    return -E2BIG;
  }
  if (body_read(c->arena, c->body, c->len, c->verb, rows, P_COUNT, values, v) < 0)
    return -EINVAL;

  judge(d, c, values, v);
  struct proposal *p = &ret->proposal;
  p->authority = values[P_AUTHORITY].text;
  p->by = author_of(c, &values[P_AS], v);
  p->rules = take_files(c, PART_RULES, &rows[P_RULES], &values[P_RULES], &ret->rules, v);
  p->catalogue = take_files(c, PART_CATALOGUE, &rows[P_CATALOGUE], &values[P_CATALOGUE],
                            &ret->catalogue, v);
  ret->rules.replaces = values[P_REPLACE].given && values[P_REPLACE].whole;
  if (v->n > 0)
    return -EINVAL;

  return 0;
}

void propose_verb(struct door *d, const struct call *c) {
  struct faults v = {0};
  struct proposed p = {0};
  const char *busy;

  if (read_call(d, c, &p, &v) < 0) {
    door_refuse(d, &c->from, &v);
  } else if ((busy = pending_limit(d, c, PENDING_CHANGE))) {
    door_refuse_one(d, &c->from, FAULT_BUSY, "", "%s", busy);
  } else {
    struct pending *w = mem_alloc(sizeof *w);
    pending_start(w, d, &c->from, PENDING_CHANGE);
    policy_propose(d->pipeline, &p.proposal, on_answered, w);
  }

  bundle_files_finish(&p.rules);
  bundle_files_finish(&p.catalogue);
}
