/* function - exports the right name for the wrong thing. */
#include "needs_plugin.h"

NEEDS_EXPORT int needs_plugin(void);
int needs_plugin(void) {
  return 0;
}
