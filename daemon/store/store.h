/* store - the one SQLite file of a data directory: WAL, synchronous=FULL, one writing connection on
 * a thread of its own.
 *
 * The loop thread builds a batch and hands it over; the writer thread makes it one transaction and
 * the answer comes back on the loop. One batch is in flight at a time. rc of a commit: 0; -ENOSPC
 * (nothing of the batch is stored; the daemon says `busy` and may try again); -EIO or anything else
 * (stop acknowledging and exit: never retry a failed fsync). Reads are made on the loop thread over
 * a read-only connection, one short transaction each, and never see more than what was committed.
 * The directory is locked (flock) and fsynced after creation. Positions and sequences are given by
 * the pipeline. */
#pragma once

#include <uv.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/histogram.h"

struct store;
/* Every row is held against its keyed hash when it is read. One that does not fit is never given to
 * anybody: the read returns -EBADMSG and store_damage says which. In the journal and the outbox it
 * is the row behind the last one given. */
/* whether it would open so: others may not enter it; changes nothing */
int store_check(const char *dir, struct error *err);
/* whom the daemon runs as: the caller, or where root only checks the directory's owner */
uid_t store_user(const char *dir);
/* creates, migrates; refuses newer data */
int store_open(struct store **ret, uv_loop_t *loop, const char *dir, struct error *err);
/* after the batch in flight; checkpoints */
void store_close(struct store *s, void (*done)(void *arg), void *arg);
/* 32 secret bytes of this directory, made at creation (file `key`, 0600) */
const unsigned char *store_key(const struct store *s);

/* --- writing --- */
/* The daemon's own rows of the journal. Of a new kind, load.c must know what it means at a start.
 */
enum note_kind {
  NOTE_DAY,
  NOTE_PUBLISHED,
  NOTE_ASIDE,
  NOTE_RESTORED,
  NOTE_EFFECT,
  NOTE_KINDS
};
extern const char *const note_words[NOTE_KINDS]; /* as they are stored, and must stay */
#define JOURNAL_EVENT "event"                    /* the kind of all other rows */
/* NOTE_KINDS: it is an event, or a note of a later release. */
enum note_kind note_kind_of(const char *word);

struct batch;
struct batch *batch_create(void);
void batch_destroy(struct batch *b);
bool batch_empty(const struct batch *b);
size_t batch_rows(const struct batch *b);
/* All data is copied. */
void batch_event(struct batch *b, uint64_t position, const char *authority, const char *school,
                 const char *subject /* NULL */, const char *type, struct hash128 identity,
                 struct hash128 content, const void *body, size_t len);
void batch_note(struct batch *b, uint64_t position, const char *authority /* NULL */,
                enum note_kind kind, const char *json);
void batch_person(struct batch *b, uint64_t id, const char *authority, const char *school,
                  const char *subject);
void batch_basis(struct batch *b, uint64_t person, const void *basis, size_t basis_len,
                 const void *advice, size_t advice_len);
/* The current advice of a school as a whole. */
void batch_cohorts(struct batch *b, const char *authority, const char *school, const void *basis,
                   size_t basis_len, const void *advice, size_t advice_len);
void batch_publication(struct batch *b, uint64_t position, const char *authority,
                       const char *school, const char *subject /* NULL */, uint64_t sequence,
                       const char *type, const char *audience, const void *body, size_t len);
void batch_sequence(struct batch *b, const char *authority, const char *school, uint64_t sequence);
void batch_bundle(struct batch *b, const struct hash256 *hash,
                  const char *kind /* rules, catalogue */, const void *body, size_t len);
void batch_cursor(struct batch *b, const char *principal, const char *name, uint64_t position,
                  int64_t used_ms);
/* it need not be there */
void batch_cursor_gone(struct batch *b, const char *principal, const char *name);
void batch_rule_failed(struct batch *b, const char *authority, const struct hash256 *rules,
                       const char *rule);
void batch_urgent(struct batch *b); /* it may have the room that is kept for it on a full disk */
/* Hands the batch over; `done` comes on the loop thread, then the batch is destroyed by the store.
 */
void store_commit(struct store *s, struct batch *b_take, void (*done)(void *arg, int rc),
                  void *arg);
/* why the last commit or read failed, in words, without personal data */
const char *store_why(const struct store *s);
struct store_stats {
  uint64_t commits, rows, commit_us_total, commit_us_max;
  uint64_t full; /* commits that stored nothing, for want of room */
  /* whole transactions; of them, the COMMIT (write-ahead log and fsync) */
  struct histogram commit, sync, checkpoint;
  uint64_t db_bytes, wal_bytes;
  uint64_t damaged; /* rows found that are not as they were written */
  bool broken;      /* nothing is committed any more */
};
void store_stats(const struct store *s, struct store_stats *ret);

/* --- reading (loop thread) --- each callback returns 0 to go on, anything else to stop; that value
 * is returned (0 at the end) --- */
struct journal_row {
  uint64_t position;
  const char *kind /* JOURNAL_EVENT, or one of note_words */, *authority, *school, *subject, *type;
  struct hash128 identity, content;
  const char *body;
  size_t len;
  int64_t committed_ms;
};
int store_journal(struct store *s, uint64_t after, uint64_t limit,
                  int (*each)(void *arg, const struct journal_row *), void *arg);
struct person_row {
  uint64_t id;
  const char *authority, *school, *subject;
  const void *basis, *advice;
  size_t basis_len, advice_len;
};
int store_people(struct store *s, int (*each)(void *arg, const struct person_row *), void *arg);
struct cohorts_row {
  const char *authority, *school;
  const void *basis, *advice;
  size_t basis_len, advice_len;
};
int store_cohorts(struct store *s, int (*each)(void *arg, const struct cohorts_row *), void *arg);
int store_sequences(struct store *s,
                    int (*each)(void *arg, const char *authority, const char *school,
                                uint64_t sequence),
                    void *arg);
struct outbox_row {
  uint64_t position, sequence;
  const char *authority, *school, *subject, *type, *audience, *body;
  size_t len;
};
int store_outbox(struct store *s, uint64_t after, uint64_t limit,
                 int (*each)(void *arg, const struct outbox_row *), void *arg);
/* one row */
int store_outbox_at(struct store *s, uint64_t position,
                    int (*each)(void *arg, const struct outbox_row *), void *arg);
uint64_t store_last_position(struct store *s); /* journal, 0 = empty */
uint64_t store_last_publication(struct store *s);
uint64_t store_first_publication(struct store *s); /* 0 = empty */
uint64_t store_last_person(struct store *s);
/* -ENOENT */
int store_bundle(struct store *s, const struct hash256 *hash, struct buf *ret);
/* The place of a durable name. */
struct cursor_row {
  const char *principal, *name;
  uint64_t position;
  int64_t used_ms; /* as it was given; 0: not known */
};
int store_cursors(struct store *s, int (*each)(void *arg, const struct cursor_row *), void *arg);
/* which row, in words without personal data; "" = none was found */
const char *store_damage(const struct store *s);
void store_tell_damage(struct store *s); /* the last one as a line in the log, once */
/* All rows of all tables and both chains, a piece at a time. Zeroed at the start. 1: there is more;
 * 0: that was all; -EBADMSG: see store_damage, and there is more; any other errno: reading failed.
 * The tables that have no positions are read in one piece. */
struct store_walk {
  int part;
  uint64_t position;
  struct hash128 link;
  unsigned char key[32];
};
int store_walk(struct store *s, struct store_walk *w,
               uint64_t limit /* rows, of journal and outbox */);
bool store_rule_failed(struct store *s, const char *authority, const struct hash256 *rules,
                       const char *rule);
