/* access - who is speaking, and what they may do where. Every request and every push asks here.
 *
 * A principal comes from the transport's User-Id and nothing else. Over ipc without ZAP nobody has
 * one: the permissions of the socket file decided, and everybody is `local`, an administrator. Keys
 * will be further rows; the checks are the same. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum action {
  ACTION_PUSH = 1 << 0,  /* push, check */
  ACTION_READ = 1 << 1,  /* follow, replay, ask */
  ACTION_ADMIN = 1 << 2, /* day, verify, health: the daemon as a whole */
  ACTION_PUBLISH =
      1 << 3, /* propose and what it leads to: the rules and catalogue of an authority */
  ACTION_ALL = ACTION_PUSH | ACTION_READ | ACTION_ADMIN | ACTION_PUBLISH,
};
enum audience {
  AUDIENCE_PERSON = 1 << 0,
  AUDIENCE_MANAGER = 1 << 1,
  AUDIENCE_SCHOOL = 1 << 2,
  AUDIENCE_AUTHORITY = 1 << 3,
  AUDIENCE_ALL = AUDIENCE_PERSON | AUDIENCE_MANAGER | AUDIENCE_SCHOOL | AUDIENCE_AUTHORITY,
};

/* A row covers what is below it: no school = the whole authority, no person = the whole school, no
 * authority = everything. */
struct scope {
  const char *authority, *school, *person;
};
struct principal {
  const char *name;
  unsigned may; /* actions */
  unsigned audiences;
  const struct scope *scopes;
  size_t n_scopes;
};

extern const struct principal access_local;

/* NULL: nobody we know; the request is forbidden. `user` NULL is ipc without a handshake. */
const struct principal *access_principal(const char *user);

/* May `p` do this there? authority NULL = the daemon as a whole; school "-" or NULL = the authority
 * itself; person NULL or "" or
 * "-" = nobody in particular; audience NULL = not a publication. */
bool access_may(const struct principal *p, enum action action, const char *authority,
                const char *school, const char *person, const char *audience);
/* Could any of it be readable under this prefix? NULL = any. For topics, which may be wider than
 * the scope. */
bool access_overlaps(const struct principal *p, const char *authority, const char *school,
                     const char *person);
/* Does the principal read everything of the school? Otherwise its sequence has holes for them, and
 * is left out. */
bool access_whole_school(const struct principal *p, const char *authority, const char *school);
