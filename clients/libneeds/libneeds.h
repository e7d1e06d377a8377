/* libneeds - a client of needsd: push through an outbox, follow, ask.
 *
 * One `struct needs` is one link to a daemon. It needs no thread and has no globals:
 * everything happens inside needs_process() (or needs_run(), which waits first), and every callback
 * is called from there and from nowhere else.
 *
 * In a loop of your own watch the one descriptor needs_fd() for reading and call needs_process()
 * when it is readable: replies, reconnecting, back-off, leases and time-outs are all behind it, and
 * it stays the same for as long as the link lives.
 *
 * The link is made when there is something to send or to follow, and is made again by itself after
 * every loss, with a fresh socket, after 200 ms, then twice as long each time up to 30 s. Whatever
 * was not answered is sent again.
 *
 * Functions that can fail return 0 or a negative errno; needs_why() then says it in words. Text
 * handed in is copied unless said otherwise; text handed to a callback is the library's and valid
 * until the callback returns. All text is UTF-8. A link and all that belongs to it are used by one
 * thread at a time. A callback may call any function of its link but needs_close(), needs_process()
 * and needs_run().
 *
 * The protocol itself, events, publications and questions, is docs/protocol.md. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define NEEDS_API __attribute__((visibility("default")))
#else
#define NEEDS_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* --- the link --- */

struct needs;

/* `server` is the daemon's endpoint, such as "ipc:///run/needsd/door" or "tcp://host:port".
 * Connects to nothing yet. -EINVAL: not an endpoint; -ENOMEM, -EMFILE. */
NEEDS_API int needs_open(struct needs **ret, const char *server);
/* Ends the link with all its outboxes and follows, which are freed. Unanswered questions are
 * forgotten without a call. What an outbox holds stays on the disk. NULL is fine. */
NEEDS_API void needs_close(struct needs *n);
/* Why the last call failed, or why there is no connection; "" if nothing was wrong yet. Valid until
 * the next call. */
NEEDS_API const char *needs_why(const struct needs *n);
/* Why the daemon takes something of ours later only (`busy`), in its words; NULL: nothing waits for
 * that. Until the next call. */
NEEDS_API const char *needs_busy(const struct needs *n);

/* Checks at once whether the daemon listens, and if so ends any waiting for the next
 * attempt. Only for `ipc`; 0 for any other endpoint. -ENOENT, -ECONNREFUSED: no daemon there;
 * -EACCES: not permitted. */
NEEDS_API int needs_reach(struct needs *n);
NEEDS_API bool needs_connected(const struct needs *n);
/* `changed` is called when a connection was made and when it was lost (needs_why says why). NULL:
 * no more. */
NEEDS_API void needs_on_connection(struct needs *n, void (*changed)(void *arg, bool connected),
                                   void *arg);

/* Readable when needs_process() has something to do. Owned by the link: do not read or close it. */
NEEDS_API int needs_fd(const struct needs *n);
/* Does what there is to do, without waiting, and not too much at once: what is left makes
 * needs_fd() readable again. 0; -EBUSY from within a callback. */
NEEDS_API int needs_process(struct needs *n);
/* For programs without a loop: waits up to timeout_ms (-1: for ever) until there is something to
 * do, and does it. 1: something was done; 0: time is up; -EINTR after a signal. */
NEEDS_API int needs_run(struct needs *n, int timeout_ms);

/* --- questions --- */

enum needs_reply {
  NEEDS_OK,      /* body: the answer, a JSON object */
  NEEDS_REFUSED, /* body: a list of faults {code, pointer, message}; nothing was done. Code `busy`:
                    busy until time was up */
  NEEDS_SILENT,  /* no answer in time; body NULL. Unknown whether it was done: asking again is safe
                  */
};
typedef void needs_answered(void *arg, enum needs_reply reply, const char *body, size_t len);

/* Sends `body` (JSON, NUL-terminated; NULL or "": none) with a verb that gives one answer: ask,
 * ping, push, check, replay, day, propose, publish, approve, rollback, restore. `busy` is asked
 * again after a while, and so is everything after a lost connection, until timeout_ms have passed
 * (0: 10 s). Repeated, each has the answer of the first time, save a rollback that gives no name:
 * that goes back and forth, so give one. `answered` is called once. -EINVAL: not such a verb;
 * -EMSGSIZE: over 1 MiB; -ENOMEM. */
NEEDS_API int needs_ask(struct needs *n, const char *verb, const char *body, int timeout_ms,
                        needs_answered *answered, void *arg);
/* Forgets every unanswered question of this `arg`: `answered` is not called any more. */
NEEDS_API void needs_forget(struct needs *n, const void *arg);

/* --- outbox: events that are pushed whatever happens ---
 *
 * A file in which events wait until the daemon has judged them. What needs_push() has taken
 * survives crashes and power cuts on this side, and is sent until the daemon has said what became
 * of it: in batches, oldest first, a few at a time, with patience when the daemon is busy or away.
 * Sending one twice is harmless: the daemon detects duplicates. */

struct needs_outbox;

enum needs_status {
  NEEDS_ACCEPTED,  /* it is in the daemon's journal, on its disk */
  NEEDS_DUPLICATE, /* it was there already: also after a crash, when the first verdict was not heard
                    */
  NEEDS_REJECTED,  /* the daemon will not have it: it is kept among the rejected, with the errors */
};
struct needs_verdict {
  const char *tag;   /* as given to needs_push(); NULL if none */
  const char *id;    /* of the event; NULL if the daemon could not read one */
  const char *event; /* as it was given */
  enum needs_status status;
  const char *errors;   /* NEEDS_REJECTED: JSON list of {code, pointer, message}; else NULL */
  const char *position; /* for the question `settled`; NULL if there is none */
};
struct needs_outbox_calls {
  /* The result for an event. Called before the event leaves the file, so at least once for each:
   * after a crash the same event may be told again, then as duplicate. May be NULL. */
  void (*judged)(void *arg, const struct needs_verdict *verdict);
  /* The daemon refuses to take anything from us (`forbidden` ...): nothing more is sent until
   * needs_outbox_resume() or the next opening. Everything stays. May be NULL. */
  void (*stopped)(void *arg, const char *code, const char *message);
};

/* Opens, or makes (mode 0600), the outbox at `path`, and begins to send what waits in it. One
 * process at a time. `calls` is copied and may be NULL. -EBUSY: another process has it open;
 * -EBADMSG: the file is something else, or damaged; -EACCES, -ENOENT (no such directory), -ENOSPC,
 * -EIO. */
NEEDS_API int needs_outbox_open(struct needs_outbox **ret, struct needs *n, const char *path,
                                const struct needs_outbox_calls *calls, void *arg);
/* What is on its way is not waited for: it stays in the file and is sent again next time. An open
 * transaction is rolled back. NULL is fine. */
NEEDS_API void needs_outbox_close(struct needs_outbox *o);

/* Takes one event, a JSON object of at most 64 KiB. When it returns 0 the event is on the disk
 * (inside a transaction: when the commit does). `tag` (may be NULL) is your own word for it, and
 * comes back with the verdict. -EINVAL: not one well-formed JSON object, why says where; -EMSGSIZE:
 * too large; -ENOSPC, -EIO: the disk. */
NEEDS_API int needs_push(struct needs_outbox *o, const char *event, size_t len, const char *tag);
/* Many events in one transaction: all of them or none, and the disk is waited for once. Nothing of
 * it is sent before the commit. When the commit fails it is rolled back. -EALREADY: begun already;
 * -EINVAL: not begun. */
NEEDS_API int needs_outbox_begin(struct needs_outbox *o);
NEEDS_API int needs_outbox_commit(struct needs_outbox *o);
NEEDS_API void needs_outbox_rollback(struct needs_outbox *o);

NEEDS_API size_t needs_outbox_waiting(const struct needs_outbox *o); /* events without a verdict */
/* rejected ones that are kept */
NEEDS_API size_t needs_outbox_rejected(const struct needs_outbox *o);
NEEDS_API void needs_outbox_resume(struct needs_outbox *o); /* after `stopped` */

enum needs_shelf {
  NEEDS_WAITING, /* those that wait to be sent */
  NEEDS_KEPT,    /* those that were rejected and are kept */
};

struct needs_entry {
  int64_t number;                   /* counts up for ever, from 1 */
  const char *tag, *event, *errors; /* errors: NEEDS_KEPT only */
};
/* Calls `each` for every event of a shelf, oldest first, until it returns non-zero; returns that,
 * 0, or a negative errno. `each` may not change the outbox. */
NEEDS_API int needs_outbox_list(struct needs_outbox *o, enum needs_shelf shelf,
                                int (*each)(void *arg, const struct needs_entry *e), void *arg);
/* Removes one event from a shelf for good (number 0: all). One that is on its way may still be
 * taken by the daemon. -ENOENT: no such number. */
NEEDS_API int needs_outbox_drop(struct needs_outbox *o, enum needs_shelf shelf, int64_t number);
/* Sends a rejected event again (number 0: all), once its cause is corrected. -ENOENT. */
NEEDS_API int needs_outbox_retry(struct needs_outbox *o, int64_t number);

/* --- follow: every publication, in order ---
 *
 * Exactly once in effect, across crashes of both sides: `deliver` stores the effect *together with*
 * `cursor` in one atomic step (one transaction, one write), and the next start gives the stored
 * cursor back. Only what was delivered is acknowledged. */

struct needs_follow;

struct needs_follow_options {
  const char *name; /* the daemon remembers the place under it, for your key; NULL: none */
  /* as in the protocol, e.g. "888/8889901"; NULL: all that may be read */
  const char *const *topics;
  size_t n_topics;
  int credit; /* how many may be on their way; 0: 50 */
  /* where your own store stands: counts before the name and `since`; NULL: nothing stored */
  const char *cursor;
  const char *since; /* "start", "now", "standing" or a cursor, for a first time; NULL: "start" */
  /* One publication, as the daemon wrote it (NUL-terminated). 0: it is stored and may be
   * acknowledged. Anything else stops the follow: this one is not acknowledged, and comes again
   * next time. */
  int (*deliver)(void *arg, const char *publication, size_t len, const char *cursor);
  /* The place moved without a publication for you: store `cursor` alone, or leave it. May be NULL.
   */
  void (*passed)(void *arg, const char *cursor);
  /* The daemon has taken up the follow, the first time and after each loss; `cursor` is where it
   * begins. May be NULL. */
  void (*began)(void *arg, const char *cursor);
  /* It is over and will not begin again by itself: `code` is `forbidden`, `taken-over`,
   * `cursor-expired` (begin again with since "standing", under a new name or after
   * needs_follow_forget(), and drop what you held that does not come), `damaged` (a publication is
   * damaged on the daemon's disk; `message` holds a cursor behind it, which a new follow takes as
   * `since`), another code of the protocol, or "stopped" after needs_follow_stop(). May be NULL. */
  void (*ended)(void *arg, const char *code, const char *message);
};

/* Begins to follow. `options` is copied; `deliver` is required. -EINVAL: the options make no sense,
 * why says which; -ENOMEM. */
NEEDS_API int needs_follow(struct needs *n, const struct needs_follow_options *options, void *arg,
                           struct needs_follow **ret);
/* Ends in order: acknowledges what was delivered, says so, and calls `ended` with "stopped" once
 * that is heard, or after a second. Nothing is delivered any more. */
NEEDS_API void needs_follow_stop(struct needs_follow *f);
/* The same, and the daemon forgets the name: a later follow with it is a new one. If the daemon
 * does not confirm (it is away, older than this library, or refuses), `ended` is called with a code
 * other than "stopped". Call it after `began`: -EAGAIN before; -EINVAL if the follow has no name.
 */
NEEDS_API int needs_follow_forget(struct needs_follow *f);
/* Ends at once and frees it; what was delivered last may not be acknowledged yet. NULL is fine. */
NEEDS_API void needs_follow_close(struct needs_follow *f);
/* delivered or passed up to here; NULL: nowhere yet */
NEEDS_API const char *needs_follow_cursor(const struct needs_follow *f);
/* When it last began: did it go on where the daemon remembered the name to be, so that `since` did
 * not count? */
NEEDS_API bool needs_follow_resumed(const struct needs_follow *f);

#ifdef __cplusplus
}
#endif
