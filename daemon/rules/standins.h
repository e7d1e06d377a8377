/* standins - functions of the C library that the worker brings itself; see standins.c. */
#pragma once

#include <stdbool.h>

bool standins_open(void); /* before the first number is read */
