"""The table of seeded faults: name, the promise that it breaks, the tests that must see it, and edits (file, old text, new text).

Old text is found however it is laid out; it must be there once. A test is a file of tests/integration, or `unit:` and a part of the
name of unit tests."""
import collections

Fault = collections.namedtuple("Fault", "name promise tests edits")
FAULTS = []


def fault(name, promise, tests, *edits):
    FAULTS.append(Fault(name, promise, tests.split(), edits))


fault("replay-one-row-fewer",
      'protocol 7: nothing is left out of replay, however narrow the filter',
      'test_64_promises.py',
      ('daemon/door/replay.c',
       'ROWS_LOOKED_AT + 1, on_row',
       'ROWS_LOOKED_AT, on_row'))

fault("replay-page-bytes-off",
      'protocol 7: a page is bounded in bytes',
      'test_64_promises.py',
      ('daemon/door/replay.c',
       ' || r->out.len >= PAGE_BYTES;',
       ';'))

fault("key-not-synced",
      'the key is on disk before anything depends on it',
      'test_64_promises.py',
      ('daemon/store/store.c',
       '    rc = fsync(fd);\n\n  close(fd);\n  if (rc == 0)',
       '    rc = 0;\n\n  close(fd);\n  if (rc == 0)'))

fault("key-name-not-synced",
      "the key's name is on disk before the database exists",
      'test_64_promises.py',
      ('daemon/store/store.c',
       'if (rc == 0)\n    return fsync(s->dir_fd);\n\n  return rc;',
       'return rc;'))

fault("parent-not-synced",
      'the name of a new data directory is on disk before the first acknowledgement',
      'test_64_promises.py',
      ('daemon/store/store.c',
       'if (made && sync_parent(s->dir_fd) < 0)',
       'if (made && s->dir_fd < 0 && sync_parent(s->dir_fd) < 0)'))

fault("directory-not-synced",
      'every name in a new data directory is on disk before the first acknowledgement',
      'test_64_promises.py',
      ('daemon/store/store.c',
       'if (rc == 0 && fsync(s->dir_fd) < 0) rc =',
       'if (rc == 0 && s->dir_fd < 0) rc ='))

fault("secure-delete-off",
      'what is deleted is overwritten in the file',
      'test_64_promises.py',
      ('daemon/store/store.c',
       'PRAGMA secure_delete = ON',
       'PRAGMA secure_delete = OFF'))

fault("acknowledgement-goes-back",
      'protocol 6: an older cursor does not move a name back',
      'test_64_promises.py',
      ('daemon/door/follow.c',
       'values[C_CURSOR].given && further(at, s->name)',
       'values[C_CURSOR].given && (further(at, s->name) || true)'))

fault("core-dumps-allowed",
      "no copy of anybody's data in a core file",
      'test_64_promises.py',
      ('daemon/daemon.c',
       '  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});\n',
       ''))

fault("dumpable",
      "no copy of anybody's data in a core file; nobody attaches",
      'test_64_promises.py',
      ('daemon/daemon.c',
       'prctl(PR_SET_DUMPABLE, 0);',
       'prctl(PR_SET_DUMPABLE, 1);'))

fault("no-heartbeat",
      'a peer that is gone is noticed',
      'test_64_promises.py',
      ('daemon/door/door.c',
       ', {ZMQ_HEARTBEAT_IVL, 5000}, {ZMQ_HEARTBEAT_TIMEOUT, 15000},',
       ','))

fault("no-handshake-limit",
      'a connection that says nothing is closed soon',
      'test_64_promises.py',
      ('daemon/door/door.c',
       '{ZMQ_HANDSHAKE_IVL, 3000}, ',
       '{ZMQ_HANDSHAKE_IVL, 0}, '))

fault("events-from-afar",
      'protocol 2: time over 24 hours past the later of clock and end of day is out-of-range',
      'test_64_promises.py',
      ('daemon/door/push.c',
       '  now.s += DAY_S;',
       '  now.s += 400 * DAY_S;'))

fault("erased-across-authorities",
      'identity and erasure are of one authority',
      'test_64_promises.py',
      ('daemon/pipeline/turn.c',
       'return strcmp(a->authority, b->authority) == 0 && strcmp(a->school, b->school) == 0 &&',
       'return strcmp(a->school, b->school) == 0 &&'))

fault("erased-across-authorities-later",
      'the same, after the commit',
      'test_64_promises.py',
      ('daemon/people/people.c',
       'const struct person *person = people_person((struct people *)p, authority, school, '
       'subject, false);\n  return person && person->erased;',
       'for (size_t i = 0; i < p->n_authorities; i++) {\n    (void)authority;\n    const struct '
       'person *person = people_person((struct people *)p, p->authorities[i]->code, school, '
       'subject, false);\n    if (person && person->erased) return true;\n  }\n  return false;'))

fault("umask-open",
      'needsd(8): nothing that the daemon makes is open to others',
      'test_64_promises.py',
      ('daemon/daemon.c',
       'umask(077);',
       'umask(0);'))

fault("stop-does-not-wait",
      'needsd(8): what is being written is finished',
      'test_64_promises.py',
      ('daemon/pipeline/pipeline.c',
       'if (!p->turn)\n    stop(p);',
       'stop(p);'))

fault("credit-not-counted",
      'protocol 6: a follow sends no more than its credit',
      'test_14_follow.py',
      ('daemon/door/stream.c',
       '  s->credit--;\n',
       ''))

fault("credit-not-cut",
      'protocol 6: credit above max_credit is cut to it',
      'test_65_promises_at_the_edge.py',
      ('daemon/door/follow.c',
       's->credit = cut(d, s->credit + cut(d, values[C_ADD].whole));',
       's->credit = s->credit + cut(d, values[C_ADD].whole);'))

fault("lease-for-ever",
      'protocol 6: after the lease the session is dropped',
      'test_13_door.py test_14_follow.py',
      ('daemon/door/follow.c',
       '(uint64_t)f->door->lease_s * 1000)',
       '(uint64_t)f->door->lease_s * 1000000)'))

fault("standing-and-live-overlap",
      'protocol 6: standing, then live, without a seam',
      'test_65_promises_at_the_edge.py',
      ('daemon/door/stream.c',
       'if (position <= s->at.current || position > s->at.position)',
       'if (position <= s->at.current)'))

fault("a-follow-that-was-taken-over",
      'protocol 6: a new follow of a name takes it over',
      'test_13_door.py test_14_follow.py',
      ('daemon/door/follow.c',
       '  if (n->holder)\n    end_with',
       '  if (n->holder && n->lost)\n    end_with'))

fault("check-stores",
      'protocol 4: check stores nothing',
      'test_65_promises_at_the_edge.py',
      ('daemon/door/push.c',
       'if (strcmp(c->verb, "check") == 0)',
       'if (strcmp(c->verb, "never") == 0)'))

fault("share-with-ignored",
      'protocol 2: share_with decides the audience',
      'test_65_promises_at_the_edge.py',
      ('daemon/pipeline/compare.c',
       'words[share == ABSENT ? SHARE_MANAGER : share]',
       'words[share == ABSENT || share == 0 ? SHARE_MANAGER : share]'))

fault("share-default-school",
      'protocol 2: absent share_with means the manager',
      'test_65_promises_at_the_edge.py',
      ('daemon/pipeline/compare.c',
       'words[share == ABSENT ? SHARE_MANAGER : share]',
       'words[share == ABSENT ? 2 : share]'))

fault("restricted-a-day-late",
      'protocol 2: restricted from its date on',
      'test_20_advice.py test_24_day.py unit:needs',
      ('daemon/needs/need.c',
       'if (date <= day) return PRESENCE_RESTRICTED;',
       'if (date < day) return PRESENCE_RESTRICTED;'))

fault("left-a-day-late",
      'protocol 2: gone from the date on',
      'test_20_advice.py test_24_day.py unit:needs',
      ('daemon/needs/need.c',
       'if (date <= day) return PRESENCE_LEFT;',
       'if (date < day) return PRESENCE_LEFT;'))

fault("last-day-of-post-excluded",
      'protocol 2: `to` is the last day',
      'test_20_advice.py test_24_day.py unit:needs',
      ('daemon/needs/need.c',
       'if (to < s->day) return false;',
       'if (to <= s->day) return false;'))

fault("rating-last-day-excluded",
      'the last day of a rating is included',
      'test_24_day.py unit:needs unit:facts',
      ('daemon/needs/level.c',
       'if (last < day) {',
       'if (last <= day) {'))

fault("confirm-at-three",
      'two levels below a certificate raises confirm',
      'unit:needs test_20_advice.py',
      ('daemon/needs/level.c',
       'r->level + 2 <= decisive->level',
       'r->level + 3 <= decisive->level'))

fault("helper-without-consent",
      'nobody helps who did not consent',
      'test_65_promises_at_the_edge.py',
      ('daemon/needs/helper_pool.c',
       'if (h->consent != 1 || h->capacity == 0)',
       'if (h->capacity == 0)'))

fault("helper-without-capacity",
      'nobody helps who has no room',
      'test_65_promises_at_the_edge.py',
      ('daemon/needs/helper_pool.c',
       'if (h->consent != 1 || h->capacity == 0)',
       'if (h->consent != 1)'))

fault("helper-last-day-excluded",
      'protocol 2: the last day of an offer to help is included',
      'test_65_promises_at_the_edge.py',
      ('daemon/needs/helper_pool.c',
       'if (h->to < day) return false;',
       'if (h->to <= day) return false;'))

fault("four-are-told",
      'no count of fewer than five people',
      'unit:suppress unit:cohort unit:register',
      ('daemon/needs/suppress.h',
       '#define SMALL 5',
       '#define SMALL 4'))

fault("four-fail-told",
      'protocol 9: `people` null for fewer than five',
      'test_66_promises_about_people.py',
      ('daemon/pipeline/failing.c',
       'n > 0 && n < SMALL;',
       'n > 0 && n < SMALL - 1;'))

fault("four-in-cohort",
      'protocol 8: `count` null below five',
      'unit:cohort test_26_school.py',
      ('daemon/needs/cohort.c',
       '  if (count < SMALL)\n    json_null(b);',
       '  if (count < SMALL - 1)\n    json_null(b);'))

fault("four-in-cohort-summary",
      'protocol 8: "several" below five',
      'unit:cohort test_26_school.py',
      ('daemon/needs/cohort.c',
       'if (count >= SMALL)\n    who = arena_printf',
       'if (count >= SMALL - 1)\n    who = arena_printf'))

fault("two-schools-title",
      'operations: titles of fewer than three schools are only counted',
      'test_34_titles.py',
      ('daemon/questions/titles.c',
       'schools < SCHOOLS_AT_LEAST ||',
       'schools < SCHOOLS_AT_LEAST - 1 ||'))

fault("effect-of-four",
      'effects of fewer than five people are not told',
      'unit:effect test_27_effect.py',
      ('daemon/needs/effect.h',
       'EFFECT_PEOPLE = 5',
       'EFFECT_PEOPLE = 4'))

fault("effect-of-nine",
      'effects of fewer than ten completions are not told',
      'unit:effect test_27_effect.py',
      ('daemon/needs/effect.h',
       'EFFECT_LEAST = 10',
       'EFFECT_LEAST = 9'))

fault("strike-too-few",
      'a rule is set aside at the third strike',
      'unit:pool test_23_rules.py',
      ('daemon/rules/pool.c',
       'if (n < (uint32_t)s->pool->options.strikes) return;',
       'if (n + 1 < (uint32_t)s->pool->options.strikes) return;'))

fault("aside-not-in-identity",
      "a rule set aside is part of the rule set's identity",
      'test_23_rules.py test_51_publish.py',
      ('daemon/policy/slot.c',
       'for (size_t i = 0; i < policy->n_aside; i++)\n    buf_str(&b, policy->aside[i]);',
       ''))

fault("cursor-not-authenticated",
      'protocol 6: a forged cursor is refused',
      'unit:door_cursor test_13_door.py',
      ('daemon/base/seal.c',
       'box_len - crypto_secretbox_NONCEBYTES, box, own) != 0)\n    return -EINVAL;',
       'box_len - crypto_secretbox_NONCEBYTES, box, own) != 0)\n    memset(plain, kind, sizeof '
       'plain);'))

fault("cursor-of-another-kind",
      'a token of another kind is no cursor',
      'unit:door_cursor test_13_door.py',
      ('daemon/base/seal.c',
       '  if (plain[0] != kind) return -EINVAL;\n',
       ''))

fault("replay-limit-1001",
      'protocol 7: limit is 1-1000',
      'test_13_door.py test_14_follow.py',
      ('daemon/door/replay.c',
       '#define PAGE_MAX 1000',
       '#define PAGE_MAX 1001'))

fault("batch-of-1001",
      'protocol 12: 1,000 events',
      'test_67_limits.py test_10_faults.py unit:event_form',
      ('daemon/event/event.h',
       '#define BATCH_MAX_EVENTS 1000',
       '#define BATCH_MAX_EVENTS 1001'))

fault("batch-a-byte-over",
      'protocol 12: 1 MiB',
      'test_67_limits.py test_10_faults.py unit:event_form',
      ('daemon/event/event.h',
       '#define BATCH_MAX_BYTES (1024 * 1024)',
       '#define BATCH_MAX_BYTES (1024 * 1024 + 1)'))

fault("event-a-byte-over",
      'protocol 12: 64 KiB',
      'test_67_limits.py test_10_faults.py unit:event_form unit:event_json',
      ('daemon/event/event.h',
       '#define EVENT_MAX_BYTES (64 * 1024)',
       '#define EVENT_MAX_BYTES (64 * 1024 + 1)'))

fault("name-of-65",
      'protocol 2: 1-64',
      'test_67_limits.py test_10_faults.py unit:event_form',
      ('daemon/event/internal.h',
       '#define EVENT_NAME_MAX 64',
       '#define EVENT_NAME_MAX 65'))

fault("id-of-129",
      'protocol 2: 1-128',
      'test_67_limits.py test_10_faults.py unit:event_form test_11_schema.py',
      ('daemon/event/internal.h',
       '#define EVENT_ID_MAX 128',
       '#define EVENT_ID_MAX 129'))

fault("nesting-33",
      'protocol 12: nesting 32',
      'test_67_limits.py test_10_faults.py unit:event_json',
      ('daemon/event/json.h',
       '#define JSON_MAX_DEPTH 32',
       '#define JSON_MAX_DEPTH 33'))

fault("reply-of-1001-faults",
      'protocol 12: 1,000 faults a reply',
      'test_67_limits.py test_10_faults.py',
      ('daemon/door/push.c',
       '#define FAULTS_A_REPLY 1000',
       '#define FAULTS_A_REPLY 1001'))

fault("message-larger",
      'protocol 12: a message of over 1.25 MiB is cut off',
      'test_13_door.py',
      ('daemon/door/door.c',
       'int64_t largest = MESSAGE_MAX;',
       'int64_t largest = 64 * MESSAGE_MAX;'))

fault("message-unbounded-verb",
      'the body of a small verb has at most 64 KiB',
      'test_67_limits.py test_13_door.py',
      ('daemon/door/door.c',
       '#define BODY_MAX (64 * 1024)',
       '#define BODY_MAX (128 * 1024)'))

fault("duplicate-in-one-batch",
      'protocol 3: a duplicate within a batch is a duplicate',
      'test_12_identity.py',
      ('daemon/pipeline/turn.c',
       '  hashmap_put(&t->identities, e->identity, e);\n',
       ''))

fault("withdrawal-keeps-superseding",
      "protocol 3: withdrawal takes the event's own supersedes with it",
      'test_12_identity.py unit:people test_21_property.py',
      ('daemon/people/people.c',
       '    supersede(fold, target, -1);\n',
       ''))

fault("tie-by-id-first",
      'newest = time, source, id',
      'unit:people test_66_promises_about_people.py',
      ('daemon/people/people.c',
       'order = strcmp(a->source, b->source);\n\n  if (order)\n    return order;\n  return strcmp(a->id, b->id);',
       'order = strcmp(a->id, b->id);\n\n  if (order)\n    return order;\n  return strcmp(a->source, b->source);'))

fault("day-goes-back",
      'the day never goes back',
      'test_24_day.py test_13_door.py',
      ('daemon/pipeline/inbox.c',
       '(p->day != ABSENT && day < p->day)',
       '(p->day != ABSENT && day < p->day - 10)'),
      ('daemon/pipeline/turn.c',
       'if (t->day != ABSENT && d->day < t->day) d->rc = -ERANGE;',
       ''),
      ('daemon/pipeline/turn.c',
       'if (d->day <= t->day && t->day != ABSENT) continue;',
       'if (d->day == t->day && t->day != ABSENT) continue;'))

fault("contested-settled-by-manager",
      'only the person ends what is contested',
      'unit:commitment test_33_responses.py',
      ('daemon/needs/commitment.c',
       '(!d || (d->by != BY_PERSON && d->by != BY_REPRESENTATIVE))',
       '(!d || (d->by != BY_PERSON && d->by != BY_REPRESENTATIVE && d->by != 1))'))

fault("declined-for-eleven-months",
      'operations: declined is left alone for twelve months',
      'test_33_responses.py test_20_advice.py test_24_day.py',
      ('daemon/needs/choose.c',
       'DECLINED_MONTHS = 12',
       'DECLINED_MONTHS = 11'))

fault("approval-at-the-limit",
      "needsd.conf: more people's advice than that",
      'test_69_approvals.py',
      ('daemon/policy/publish.c',
       'if (l->people && changed > l->people)',
       'if (l->people && changed > l->people + 1)'))

fault("approval-per-cent",
      'needsd.conf: more than a tenth',
      'test_69_approvals.py',
      ('daemon/policy/publish.c',
       'changed * 100 > l->per_cent * (long long)f->people',
       'changed * 100 > l->per_cent * (long long)(f->people + 9)'))

fault("approval-cost",
      'needsd.conf: more pounds',
      'test_69_approvals.py',
      ('daemon/policy/publish.c',
       'if (l->cost_pence && cost > l->cost_pence)',
       'if (l->cost_pence && cost > l->cost_pence * 100)'))

fault("approved-by-publisher",
      'by somebody other than who publishes',
      'test_69_approvals.py',
      ('daemon/policy/publish.c',
       'is_of_slot(s, &a->rules, &a->catalogue) && strcmp(a->by, but) != 0',
       'is_of_slot(s, &a->rules, &a->catalogue) && but'))

fault("approval-of-older-pair",
      'an approval holds for what served then',
      'test_69_approvals.py',
      ('daemon/policy/publish.c',
       'is_of_slot(s, &a->rules, &a->catalogue) && strcmp',
       'strcmp'))

fault("plugin-group-writable",
      'needsd(8): nobody else may write there',
      'test_40_plugins.py',
      ('daemon/plugin/load.c',
       '(S_IWGRP | S_IWOTH)',
       'S_IWOTH'))

fault("plugin-directory-writable",
      'needsd(8): the directories above it',
      'test_40_plugins.py',
      ('daemon/plugin/load.c',
       '    judge_entry(l, path, false);\n',
       ''))

fault("plugin-larger",
      'plugins: larger is refused',
      'test_40_plugins.py',
      ('daemon/plugin/load.c',
       'p->size > sizeof(*p)',
       'p->size > 2 * sizeof(*p)'))

fault("rule-failed-again",
      'protocol 5: rule.failed once for each rule of a rule set',
      'test_23_rules.py test_58_failing.py',
      ('daemon/pipeline/publication.c',
       '  if (store_rule_failed(p->store, authority, rules, rule)) return;\n',
       ''))

fault("erased-in-flight",
      'an evaluation in flight is not published after the erasure',
      'test_12_identity.py test_25_regressions.py',
      ('daemon/pipeline/turn.c',
       '(r->person && erased_meanwhile(t, r->person))',
       '(r->person && false && erased_meanwhile(t, r->person))'))

fault("two-daemons",
      'one daemon at a time',
      'test_13_door.py unit:store_rows unit:daemon',
      ('daemon/store/store.c',
       'if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0) return 0;',
       'if (flock(s->lock_fd, LOCK_SH | LOCK_NB) == 0) return 0;'))

fault("newer-data-opened",
      'an older daemon refuses newer data',
      'unit:store_rows test_64_promises.py',
      ('daemon/store/migrate.c',
       'if (version > newest)',
       'if (version > newest + 1)'))

fault("outbox-open-to-others",
      'libneeds: mode 0600',
      'unit:libneeds_outbox test_68_promises_of_the_client.py',
      ('clients/libneeds/outbox.c',
       'O_EXCL | O_CLOEXEC, 0600',
       'O_EXCL | O_CLOEXEC, 0644'))

fault("outbox-not-synced",
      'libneeds: survives a power cut',
      'test_68_promises_of_the_client.py',
      ('clients/libneeds/outbox.c',
       'PRAGMA synchronous = FULL;',
       'PRAGMA synchronous = OFF;'))

fault("outbox-name-not-synced",
      "libneeds: the outbox's name survives a power cut",
      'test_68_promises_of_the_client.py',
      ('clients/libneeds/outbox.c',
       'if (fd < 0 || fsync(fd) < 0)',
       'if (fd < 0)'))

fault("undo-log-not-synced",
      'what was sent is known after a power cut',
      'test_68_promises_of_the_client.py test_32_spreadsheets.py test_31_needs.py',
      ('clients/needs/sent_state.c',
       'if (fflush(f) || fsync(fileno(f)))',
       'if (fflush(f))'))

fault("undo-log-open-to-others",
      "what was sent is the user's alone",
      'test_68_promises_of_the_client.py test_31_needs.py test_37_outbox.py',
      ('clients/needs/sent_state.c',
       "*p = '/'; } mkdir(path.s, 0700);",
       "*p = '/'; } mkdir(path.s, 0755);"))

fault("socket-open-to-others",
      'operations: the group of the directory decides; others may not open the socket',
      'test_64_promises.py',
      ('daemon/door/listener.c',
       '#define SOCKET_MODE 0660',
       '#define SOCKET_MODE 0666'))

fault("metrics-from-anywhere",
      'operations: listen must be a loopback address',
      'test_41_metrics.py',
      ('plugins/metrics/metrics.c',
       'if (!ret->loopback && self->allow_remote == 0)',
       'if (!ret->loopback && self->allow_remote == 2)'))

fault("new-post-last-day",
      'a post is new for six months, last day included',
      'unit:needs test_66_promises_about_people.py',
      ('daemon/needs/need.c',
       'if (s->day > until) return false;',
       'if (s->day >= until) return false;'))

fault("four-of-a-purpose",
      'at most three recommendations for a purpose',
      'unit:needs test_20_advice.py',
      ('daemon/needs/choose.c',
       'enum { CAP = 3 }',
       'enum { CAP = 4 }'))

fault("rule-failed-to-schools",
      "protocol 5: rule.failed is the authority's",
      'test_23_rules.py test_16_published.py test_58_failing.py',
      ('daemon/pipeline/publication.c',
       '.audience = "authority",\n                             .weight',
       '.audience = "school",\n                             .weight'))

fault("rating-from-tomorrow",
      'a rating dated after the day does not count yet',
      'unit:needs test_24_day.py',
      ('daemon/needs/level.c',
       'if (r[i].date > day) {',
       'if (r[i].date > day + 1) {'))

fault("confidence-of-others",
      'confidence is counted from self ratings only',
      'unit:needs test_66_promises_about_people.py',
      ('daemon/needs/level.c',
       'if (strcmp(rating.kind->independence, "self") != 0) rating.confidence = ABSENT;',
       ''))

fault("srand-constant",
      "libzmq's automatic ids are not to be guessed",
      'unit:daemon',
      ('daemon/daemon.c',
       '  srand(seed);\n',
       ''))

fault("busy-is-not-said",
      'needs(1): push says at once why the daemon does not accept an event yet',
      'test_75_waits.py',
      ('clients/needs/send_queue.c',
       '  bar_clear(bar);\n  complain("the daemon does not accept this yet: %s; trying again", why);\n',
       '  bar_clear(bar);\n'))

fault("answer-is-kept",
      "nothing of the daemon's answer stays when the event is taken",
      'test_75_waits.py',
      ('clients/needs/send_queue.c',
       'keep_answer(b, NULL);',
       ';'))

fault("settled-on-hold-unsaid",
      'needs(1): settled says for which day, where the day is on hold',
      'test_75_waits.py',
      ('clients/needs/ask.c',
       'if (!rc && clock.len > 0)\n    complain(',
       'if (!rc && clock.len > 99)\n    complain('))

fault("undo-last-stops-at-the-first",
      'needs(1): LAST is the last push that is not undone',
      'test_76_stumbles.py',
      ('clients/needs/undo_log.c',
       'undone = true;\n      continue;',
       'undone = true;\n      break;'))

fault("agreement-named-after-its-undo",
      'an agreement that is undone is not named when its response is undone',
      'test_76_stumbles.py',
      ('clients/needs/undo_log.c',
       'bool stands = !all[i].undone && memory_load(&other, &all[i]) == LOADED;',
       'bool stands = memory_load(&other, &all[i]) == LOADED;'))

fault("unheard-answer-unsaid",
      'needs(1): where nobody heard the answer, it says that the same command again is recorded only once',
      'test_76_stumbles.py',
      ('clients/needs/statement.c',
       'if (rc == EXIT_NOT_REACHED) {\n      not_reached(s->server);',
       'if (rc == EXIT_NOT_REACHED && ret == NULL) {\n      not_reached(s->server);'))

fault("two-events-a-line",
      'needs(1): a line of JSON is exactly one event or none',
      'test_74_push_lines.py',
      ('clients/needs/input.c',
       'if (!json_valid(p, (size_t)(stop - p), &at, why))\n    return true;',
       'if (!json_valid(p, (size_t)(value_end(p, stop) - p), &at, why))\n    return true;'))

fault("status-of-a-clock-behind",
      'needs(1): status fails and says what to do while the clock is behind the day',
      'test_56_clock.py',
      ('clients/needs/status.c',
       'json_string(json_get(h, "day_waits"), "clock") || json_string(h, "clock_behind") ||',
       'json_string(json_get(h, "day_waits"), "clock") ||'))

fault("names-age-by-the-clock",
      "a follow's name ages by the daemon's day alone",
      'test_56_clock.py',
      ('daemon/pipeline/turn.c',
       'used_ms = (int64_t)p->day * 86400000;',
       'used_ms = clock_now().s * 1000;'))

fault("day-waits-said-again",
      'the log says once that the day waits, and then seldom',
      'test_56_clock.py',
      ('daemon/daemon.c',
       'if (d->waits_said_ms != 0 && now_ms - d->waits_said_ms < SAY_AGAIN_MS)',
       'if (d->waits_said_ms > now_ms)'))

fault("empty-store-unsaid",
      'the log warns of a start with an empty store',
      '../attack/test_flips.py',
      ('daemon/store/store.c',
       'if (rc == 0 && s->fresh)\n    log_warn(',
       'if (rc != 0 && s->fresh)\n    log_warn('))

fault("ignored-signals-stay-ignored",
      'needsd(8): a signal that was ignored before the start stops the daemon',
      'unit:daemon',
      ('daemon/daemon.c',
       'return uv_signal_start(handle, on_signal, number);',
       'struct sigaction now;\n  if (sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN)\n    return 0;\n  return uv_signal_start(handle, on_signal, number);'))

fault("identity-by-spelling",
      'protocol 3: an event whose time is spelled in another way is the same event',
      'unit:event_form test_50_foreign.py',
      ('daemon/event/event.c',
       'encode_envelope(e, time, &p->scratch);',
       'encode_envelope(e, e->time_text, &p->scratch);'))

fault("old-names-may-differ",
      'needsd.conf(5): an option given under its old and its new name says the same in both',
      'test_77_old_names.py',
      ('daemon/options.c',
       'if (strcmp(given->value, value) != 0)',
       'if (value == NULL)'))

fault("old-name-unsaid",
      'needs(1): an old name is read with one warning',
      'test_77_old_names.py',
      ('clients/needs/settings.c',
       '  warn_old_name(old_name, name);\n\n  return 0;',
       '  return 0;'))

fault("heading-of-a-link",
      'every link of the documents leads to a heading that exists',
      'test_35_documents.py',
      ('docs/architecture.md',
       '## To add X, touch these files',
       '## Files to touch'))

fault("levels-held-against-the-present",
      'ratings are held against the levels that they were taken under',
      'test_61_catalogue_changes.py',
      ('daemon/policy/meaning.c',
       'if (!m->taken[k]->done && m->taken[k]->act >= i - 1)',
       'if (!m->taken[k]->done && m->taken[k]->act > h->n)'))

fault("damage-of-the-outbox-is-in-the-way",
      'damage in the outbox holds nobody up but its readers',
      'unit:store_rows ../attack/test_flips.py',
      ('daemon/store/read.c',
       'if (row_unreadable(rc) && table >= 0)',
       'if (row_unreadable(rc) && table >= 0 && table != TABLE_OUTBOX)'))

fault("order-of-cursors-unchecked",
      'a row that is not found by its key is named at the start',
      'unit:store_rows',
      ('daemon/store/read.c',
       'READ_SEQUENCES, READ_COHORTS, READ_CURSORS, READ_BUNDLES,\n                                    READ_RULE_FAILURES};',
       'READ_SEQUENCES, READ_COHORTS, READ_BUNDLES, READ_RULE_FAILURES};'))

fault("storm-let-in-at-once",
      'a storm of connections is let in slowly while the limit is reached',
      'unit:door_listener',
      ('daemon/door/listener.c',
       'awake(l) && l->taken_when_full < TAKEN_WHEN_FULL',
       'awake(l) && l->taken_when_full < 1000 * TAKEN_WHEN_FULL'))

fault("full-of-spoken-ones-for-ever",
      'where all connections have spoken, the largest process gives way to another',
      'unit:door_listener',
      ('daemon/door/listener.c',
       'if (most && evict(l, first_heard(l, most), AGAIN_MS))',
       'if (most && evict(l, first_heard(l, most), l->idle_ms))'))

fault("full-of-spoken-ones-gives-way-to-itself",
      'a process with many connections does not replace its own',
      'unit:door_listener',
      ('daemon/door/listener.c',
       '|| most->n <= 2 * own->n)',
       ')'))

fault("part-of-a-name-answers",
      "advice is read by whole names, not by their beginnings",
      'unit:advice',
      ('daemon/needs/advice.c',
       's->value_len == len + 2 && memcmp(',
       's->value_len >= len + 2 && memcmp('))

fault("count-held-back-in-an-answer",
      'a count that is held back in one answer is held back',
      'unit:advice',
      ('daemon/needs/advice.c',
       '  while (next_with(&answers, "count", &at, &count))\n    if (is_null(&count))',
       '  while (next_with(&answers, "count", &at, &count))\n    if (!is_null(&count) && count.value_len == 0)'))
