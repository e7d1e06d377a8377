/* nothing - a shared object that is no plugin. */
#include "needs_plugin.h"

NEEDS_EXPORT const int something_else = 1;
