/* served - the questions about what the daemon serves: rules, catalogue, codes, what became of the
 * rules, and how it is. */
#include <errno.h>
#include <string.h>

#include "base/words.h"
#include "policy/candidate.h"
#include "questions/members.h"
#include "questions/questions.h"
#include "questions/titles.h"

enum {
  HISTORY_SHOWN = 200 /* entries of an answer, the newest */
};

/* --- rules and catalogue --- */

/* How many of the people whose advice is of an older policy have been worked out anew. */
static void json_renewing(struct buf *b, const struct policy_slot *s) {
  json_key(b, "renewing");
  if (!s->renewing) {
    json_null(b);
    return;
  }

  json_open(b, '{');
  key_int(b, "done", (int64_t)(s->renewing_of - s->renewing));
  key_int(b, "of", (int64_t)s->renewing_of);
  json_close(b, '}');
}

static void json_rule_list(struct buf *b, const struct pipeline *p, const struct policy_slot *s) {
  const struct policy *policy = s->policy;
  uint32_t n = 0;
  const struct rule_info *rules = NULL;

  if (policy->ready)
    rules = ruleset_rules(policy->ruleset, &n);

  json_key(b, "list");
  json_open(b, '[');

  for (uint32_t i = 0; i < n; i++) {
    bool aside = false;
    for (size_t k = 0; k < policy->n_aside; k++)
      aside |= strcmp(policy->aside[k], rules[i].name) == 0;

    json_open(b, '{');
    key_str(b, "rule", rules[i].name);
    key_str(b, "about", rules[i].about);
    key_str(b, "source", rules[i].source);
    key_str(b, "owner", rules[i].owner);
    key_str(b, "file", rules[i].file);
    key_int(b, "line", rules[i].line);
    key_bool(b, "aside", aside);
    json_fails(b, p, s, i, &rules[i]);
    json_close(b, '}');
  }

  json_close(b, ']');
  json_key(b, "aside");
  json_open(b, '[');
  for (size_t k = 0; k < policy->n_aside; k++)
    json_str(b, policy->aside[k]);

  json_close(b, ']');
}

void question_rules(struct pipeline *p, const char *authority, answered *done, void *arg) {
  const struct policy_slot *s = policy_slot_of(p, authority);
  if (!s || !s->policy) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }

  struct buf b = {0}, token = {0};
  pipeline_seal_position(p, s->position, &token);
  json_open(&b, '{');
  json_key(&b, "serving");
  json_open(&b, '{');
  key_hash(&b, "rules", &s->policy->rules);
  key_hash(&b, "catalogue", &s->policy->catalogue_hash);
  key_str(&b, "position", buf_cstr(&token));
  json_rule_list(&b, p, s);
  json_failures_of(&b, p, s);
  json_close(&b, '}');
  json_key(&b, "refused");

  if (s->is_refused) {
    json_open(&b, '{');
    json_key(&b, "faults");
    json_open(&b, '[');
    for (size_t i = 0; i < s->refused.n; i++)
      json_str(&b, s->refused.lines[i].said);

    json_close(&b, ']');
    json_close(&b, '}');
  } else {
    json_null(&b);
  }

  json_renewing(&b, s);
  key_str(&b, "position", buf_cstr(&token));
  json_close(&b, '}');
  buf_finish(&token);
  give_answer(done, arg, &b);
}

void question_catalogue(struct pipeline *p, const char *authority, answered *done, void *arg) {
  const struct catalogue *c = pipeline_catalogue(p, authority);
  struct buf b = {0};

  if (!c) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }

  catalogue_describe(c, &b);
  give_answer(done, arg, &b);
}

void question_codes(struct pipeline *p, const char *authority, const char *kind, const char *words,
                    answered *done, void *arg) {
  const struct catalogue *c = pipeline_catalogue(p, authority);
  struct buf b = {0};

  if (!c) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }

  catalogue_codes(c, kind, words, &b);
  give_answer(done, arg, &b);
}

/* --- what became of the rules --- */

static void key_time(struct buf *b, const char *key, int64_t ms) {
  char text[INSTANT_TEXT];
  key_str(b, key, instant_text((struct instant){ms / 1000, 0}, text));
}

static void json_publication(struct buf *b, const struct act *a, const struct act *serves) {
  const struct hash256 policy = candidate_hash(&a->rules, &a->catalogue);
  key_str(b, "name", a->name);
  key_str(b, "by", text_or(a->by, "configuration"));
  json_opt_str(b, "approved_by", a->approved_by);
  json_opt_str(b, "rollback_of", a->rollback_of);
  key_hash(b, "candidate", &policy);
  key_hash(b, "rules", &a->rules);
  key_hash(b, "catalogue", &a->catalogue);
  key_bool(b, "serving", a == serves);
}

static void json_act(struct buf *b, const struct act *a, const struct act *serves) {
  static const char *const words[] = {
      [ACT_PUBLISHED] = "published", [ACT_ASIDE] = "set-aside", [ACT_RESTORED] = "restored"};
  json_open(b, '{');
  key_str(b, "act", words[a->kind]);
  key_time(b, "at", a->committed_ms);

  if (a->kind == ACT_PUBLISHED) {
    json_publication(b, a, serves);
  } else {
    key_str(b, "rule", a->rule);
    key_hash(b, "rules", &a->rules);
    json_opt_str(b, "reason", a->reason);
    json_opt_str(b, "by", a->by);
  }

  json_close(b, '}');
}

void question_history(struct pipeline *p, const char *authority, answered *done, void *arg) {
  const struct policy_slot *s = policy_slot_of(p, authority);
  struct buf b = {0};

  if (!s) {
    done(arg, -ENOENT, NULL, 0);
    return;
  }

  json_open(&b, '{');
  key_str(&b, "authority", authority);
  json_key(&b, "history");
  json_open(&b, '[');
  for (size_t i = s->history.n, left = HISTORY_SHOWN; i > 0 && left > 0; i--, left--)
    json_act(&b, &s->history.acts[i - 1], history_last(&s->history));

  json_close(&b, ']');
  key_int(&b, "of", (int64_t)s->history.n);
  json_close(&b, '}');
  give_answer(done, arg, &b);
}

/* --- health --- */

static void json_authorities(struct buf *b, struct pipeline *p) {
  json_key(b, "authorities");
  json_open(b, '[');

  for (size_t i = 0; i < p->n_slots; i++) {
    const struct policy_slot *s = p->slots[i];
    json_open(b, '{');
    key_str(b, "authority", s->code);
    key_str(b, "name", s->now.name);

    if (s->policy) {
      key_hash(b, "rules", &s->policy->rules);
      key_hash(b, "catalogue", &s->policy->catalogue_hash);
    }

    key_bool(b, "refused", s->is_refused);
    json_renewing(b, s);
    key_int(b, "persons", (int64_t)people_of(p, s->code));
    key_int(b, "titles_waiting", (int64_t)titles_waiting(p, s->code));

    if (s->policy && s->policy->ready) {
      key_int(b, "rules_failing", (int64_t)failing_rules(p, s));
      key_int(b, "backlog", (int64_t)ruleset_backlog(s->policy->ruleset));
      json_key(b, "worker");
      ruleset_health(s->policy->ruleset, b);
    }

    json_close(b, '}');
  }

  json_close(b, ']');
}

/* The clock is ahead of what is possible, and somebody has to say that it is right. */
static void json_day_waits(struct buf *b) {
  struct clock_look look = clock_look();

  json_key(b, "day_waits");
  if (!look.waits) {
    json_null(b);
    return;
  }

  json_open(b, '{');
  key_date(b, "clock", look.today);
  key_date(b, "up_to", look.up_to);
  key_bool(b, "may_confirm", look.may_confirm);
  json_close(b, '}');
}

/* The clock is behind what is possible: the day stays, which nobody would see. */
static void json_clock_behind(struct buf *b) {
  struct clock_look look = clock_look();
  int32_t clock = ABSENT;

  if (look.state == CLOCK_BEHIND && !look.waits)
    clock = look.today;

  key_date(b, "clock_behind", clock);
}

void question_health(struct pipeline *p, answered *done, void *arg) {
  struct buf b = {0}, token = {0};
  struct store_stats stats;

  store_stats(p->store, &stats);
  pipeline_seal_position(p, p->position, &token);
  json_open(&b, '{');
  key_date(&b, "day", p->day);
  json_day_waits(&b);
  json_clock_behind(&b);
  key_str(&b, "position", buf_cstr(&token));
  key_int(&b, "publications", (int64_t)p->publication);
  key_int(&b, "persons", (int64_t)people_served(p));
  key_int(&b, "due", (int64_t)p->due.n);
  key_int(&b, "in_flight", (int64_t)p->due.in_flight);
  key_int(&b, "waiting", (int64_t)p->inbox.n_events);
  key_int(&b, "evaluations", (int64_t)p->evaluations);
  key_bool(&b, "disk_full", p->disk.full);
  key_int(&b, "uptime_s", (int64_t)((clock_mono_ms() - p->started_ms) / 1000));
  json_authorities(&b, p);
  json_key(&b, "store");
  json_open(&b, '{');
  key_int(&b, "commits", (int64_t)stats.commits);
  key_int(&b, "rows", (int64_t)stats.rows);
  key_int(&b, "commit_us_total", (int64_t)stats.commit_us_total);
  key_int(&b, "commit_us_max", (int64_t)stats.commit_us_max);
  key_int(&b, "db_bytes", (int64_t)stats.db_bytes);
  key_int(&b, "wal_bytes", (int64_t)stats.wal_bytes);
  key_int(&b, "damaged", (int64_t)stats.damaged);
  if (stats.damaged > 0)
    key_str(&b, "damage", store_damage(p->store));

  json_close(&b, '}');
  json_close(&b, '}');
  buf_finish(&token);
  give_answer(done, arg, &b);
}
