/* verdict - every fault of one event: code, JSON Pointer, and a sentence that says what would be
 * right.
 *
 * The closed list of codes is FAULT_CODES; docs/errors.md is generated from it (needsd
 * --print-errors). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;

/* X(enum name, wire code, meaning for docs/errors.md) */
#define FAULT_CODES(X)                                                                             \
  X(NOT_JSON, "not-json",                                                                          \
    "The text is not JSON, has a member twice, a lone surrogate or is nested deeper than 32.")     \
  X(NOT_CLOUDEVENT, "not-cloudevent",                                                              \
    "A CloudEvents 1.0 attribute is missing or wrong, or the value is not an object.")             \
  X(UNKNOWN_TYPE, "unknown-type", "No event type of this name.")                                   \
  X(MISSING, "missing", "A required member is absent; the pointer names it.")                      \
  X(WRONG_TYPE, "wrong-type", "The value is of another JSON type than the member takes.")          \
  X(OUT_OF_RANGE, "out-of-range", "The value is of the right type and outside what is allowed.")   \
  X(UNKNOWN_MEMBER, "unknown-member",                                                              \
    "A member or attribute that is not defined here; personal data must not creep in.")            \
  X(REPEATED, "repeated",                                                                          \
    "The same slot, code or unit twice in one event; the pointer names the second.")               \
  X(UNKNOWN_COMPETENCE, "unknown-competence",                                                      \
    "No such competence in the authority's catalogue, or its short form is ambiguous.")            \
  X(UNKNOWN_ROLE, "unknown-role", "No such role in the authority's catalogue.")                    \
  X(UNKNOWN_UNIT, "unknown-unit", "No such unit in the authority's catalogue.")                    \
  X(UNKNOWN_QUALIFICATION, "unknown-qualification",                                                \
    "No such qualification in the authority's catalogue.")                                         \
  X(UNKNOWN_DEVELOPMENT, "unknown-development",                                                    \
    "No development of this id; it is <kind>.<id> as a recommendation spells it.")                 \
  X(UNKNOWN_CODE, "unknown-code",                                                                  \
    "A catalogued code (evidence, barrier, payer, check ...) that the catalogue does not have.")   \
  X(UNKNOWN_AUTHORITY, "unknown-authority", "This daemon has no such authority.")                  \
  X(CONFLICT, "conflict",                                                                          \
    "An event of the same source and id was taken before, with other content.")                    \
  X(ERASED, "erased", "The person has been erased; nothing more is taken about them.")             \
  X(TOO_LARGE, "too-large", "An event over 64 KiB, or a batch over 1,000 events or 1 MiB.")        \
  X(FORBIDDEN, "forbidden", "The key may not do this here.")                                       \
  X(BUSY, "busy", "Not stored; send the same again later.")                                        \
  X(BAD_FRAMES, "bad-frames", "Not [verb, request id, body], or a request id over 64 bytes.")      \
  X(UNKNOWN_VERB, "unknown-verb", "No such verb.")                                                 \
  X(UNKNOWN_QUESTION, "unknown-question",                                                          \
    "No such question; ask {\"question\":\"questions\"} for the list.")                            \
  X(NOT_FOUND, "not-found", "Nothing is known here under that name.")                              \
  X(CURSOR_EXPIRED, "cursor-expired", "The cursor lies outside what the outbox holds.")            \
  X(DAMAGED, "damaged",                                                                            \
    "A publication is damaged on the daemon's disk and is not served; to a reader the message "    \
    "has a cursor behind it.")                                                                     \
  X(TAKEN_OVER, "taken-over", "Another follow of the same name took this one's place.")            \
  X(LEASE_EXPIRED, "lease-expired",                                                                \
    "There is no such follow, or it was silent for longer than its lease.")                        \
  X(ROUTING_ID, "routing-id",                                                                      \
    "follow needs a routing id of its own, random, of 16 bytes or more.")                          \
  X(FAULTY, "faulty",                                                                              \
    "The rules or the catalogue are faulty or cannot be read; nothing was published, and the "     \
    "current rules remain in force.")                                                              \
  X(DIFF_NEEDED, "diff-needed",                                                                    \
    "What the candidate changes is not known, or no longer: run the diff first.")                  \
  X(APPROVAL_NEEDED, "approval-needed",                                                            \
    "The candidate changes more than one person may publish alone.")                               \
  X(NO_DAY, "no-day", "The daemon has no day yet, so nothing has been evaluated.")                 \
  X(MORE_FAULTS, "more-faults", "The list was cut at its limit; there are more.")

enum fault_code {
#define X(name, code, help) FAULT_##name,
  FAULT_CODES(X)
#undef X
  FAULT_COUNT
};
extern const char *const fault_codes[FAULT_COUNT], *const fault_help[FAULT_COUNT];

struct fault {
  enum fault_code code;
  const char *pointer; /* JSON Pointer from the event, "" = the event itself */
  const char *message;
  int64_t offset; /* byte in the body, -1 = none */
};

#define FAULTS_MAX 64
struct faults {
  struct fault *faults;
  uint32_t n;
  bool cut; /* there were more than FAULTS_MAX; the last one says more-faults */
  /* Something that was sent could not be read, or may not be sent. False with n > 0: everything was
   * read, and only values do not fit each other or today's limits, which an earlier version may
   * have taken. */
  bool malformed;
};
/* Pointer and message are copied into `a`. */
void faults_add(struct faults *v, struct arena *a, enum fault_code code, const char *pointer,
                const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* {"code":..,"pointer":..,"message":..[,"offset":..]} */
void fault_json(struct buf *out, const struct fault *f);

void faults_errors_markdown(struct buf *out); /* the text of docs/errors.md */
