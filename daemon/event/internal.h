/* internal - what the files of event/ share. No other room includes it. */
#pragma once

#include "event/event.h"
#include "event/shape.h"

#define EVENT_ID_MAX 128
#define EVENT_SOURCE_MAX 256
#define EVENT_NAME_MAX 64

extern const struct shape envelope_shape; /* of an event as in the text, data included */

/* Fills in what an absent member means: evidence "manager" or the event's, by "-". After hashing:
 * content is as sent. */
void event_defaults(enum event_kind kind, void *data);
