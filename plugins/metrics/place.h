/* place - where to listen, and whose questions are answered: who is on this machine, and asks it by
 * a name it has.
 *
 * A page in a browser can make it send requests here under a name of its own that it points at
 * 127.0.0.1 (DNS rebinding); it cannot choose the Host header. So a Host must be an address,
 * localhost, or the name from the configuration. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct place {
  struct sockaddr_storage address;
  socklen_t len;
  bool loopback;
};
/* ADDRESS:PORT, [ADDRESS]:PORT or localhost:PORT; false if it is none. */
bool place_parse(const char *text, struct place *ret);
/* Listening, not waiting, close-on-exec; or a negative errno. */
int place_listen(const struct place *p);
/* The address with the port that the system gave, for the log. */
void place_text(int fd, char *text, size_t size);
/* `host` is the header's value, NULL when absent; `name` a further name, NULL for none. */
bool place_host_good(const char *host, const char *name);
