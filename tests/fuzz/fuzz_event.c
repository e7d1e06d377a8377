/* A push body: what is taken must come back the same from its canonical form. */
#include <stdlib.h>

#include "event/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const unsigned char key[32] = {1};
  const struct instant limit = {4102444800, 0};
  struct arena a = {0};
  struct events events, again;
  struct fault fault;
  if (events_parse(&a, (const char *)data, size, &limit, key, &events, &fault) == 0)
    for (uint32_t i = 0; i < events.n; i++) {
      struct event *e = &events.items[i];
      struct buf text = {0};
      if (e->faults.n > 0 || !e->data)
        continue;
      event_encode(e, &text);
      if (events_parse(&a, (const char *)text.data, text.len, NULL, key, &again, &fault) < 0 ||
          again.n != 1 || again.items[0].faults.n > 0)
        abort();
      if (!hash128_eq(again.items[0].identity, e->identity))
        abort();
      free(event_keep(e));
      buf_finish(&text);
    }
  arena_finish(&a);
  return 0;
}
