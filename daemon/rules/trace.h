/* trace - what each rule read, whether it fired and why not, as JSON for `explain`.
 *
 * {"rules":[{"rule":NAME,"need":KEY,"fired":true,"development":ID,"also":[ID],"read":[{"name":"need.gap","value":1}]},
 *           {"rule":NAME,"need":KEY,"fired":false,"why_not":TEXT,"read":[...]},
 *           {"rule":NAME,"need":KEY,"fired":false,"failed":TEXT,"read":[...]},
 *           {"rule":NAME,"need":KEY,"fired":false,"failed":TEXT,"failed_at":KEY,"read":[]},
 *           {"rule":NAME,"fired":false,"why_not":"is for other competences"}]}
 * An entry for each rule and each need that it was run for; one entry for a rule that was not run.
 * Of a rule that failed nothing counts: the need at which it did comes first, then its other needs,
 * with `failed_at`. `development` is null when the rule fired and proposed nothing; `also` is there
 * when it proposed more than one. Reads are in order, each name once. When it grows too long,
 * "truncated":true stands at the end. Tracing changes no count, so a traced run ends like any
 * other. */
#pragma once

#include <lua.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/mem.h"

struct trace {
  struct buf json, reads;
  const char **seen; /* names read in this entry */
  size_t n_seen, cap_seen;
  bool truncated;
};

/* Starts an empty trace. */
void trace_start(struct trace *t);
/* Records a read of the value at `index`. `name` must live as long as the entry. */
void trace_read(struct trace *t, const char *name, lua_State *L, int index);
/* Ends the entry of a rule that fired, with the developments that it proposed. */
void trace_fired(struct trace *t, const char *rule, const char *need,
                 const char *const *developments, size_t n);
/* Ends the entry of a rule that did not fire, and says why. `need` NULL: it was not run at all. */
void trace_not(struct trace *t, const char *rule, const char *need, const char *why);
/* Ends the entry of a rule that failed. `at` is the need at which it failed if that is another
 * need; otherwise NULL. */
void trace_failed(struct trace *t, const char *rule, const char *need, const char *at,
                  const char *message);
/* Drops the entry in progress, because the rule runs again. */
void trace_forget(struct trace *t);
/* The current length of the trace. trace_unsay removes the entries after a mark; trace_back also
 * drops the entry in progress. */
size_t trace_mark(const struct trace *t);
void trace_unsay(struct trace *t, size_t mark);
void trace_back(struct trace *t, size_t mark);
const char *trace_end(struct trace *t, struct arena *a); /* the JSON, copied; frees the rest */
