/* place - see place.h. */
#include "place.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define BACKLOG 64
#define NAME_MAX_CHARS 253

/* Cuts text into what is before the last colon, brackets taken off, and what is behind it (NULL: no
 * colon). */
static bool cut(const char *text, char *name, size_t size, const char **ret_port) {
  const char *from = text, *end;

  if (*text == '[') {
    from = text + 1;
    end = strchr(from, ']');
    if (!end || (end[1] != '\0' && end[1] != ':'))
      return false;

    if (end[1] == ':')
      *ret_port = end + 2;
    else
      *ret_port = NULL;
  } else {
    end = strchr(text, ':');
    if (end)
      *ret_port = end + 1;
    else
      *ret_port = NULL;

    if (!end)
      end = text + strlen(text);
  }

  if (end == from || (size_t)(end - from) >= size)
    return false;

  memcpy(name, from, (size_t)(end - from));
  name[end - from] = '\0';

  return true;
}

static bool port_of(const char *text, in_port_t *ret) {
  unsigned long n = 0;
  if (!text || *text == '\0' || strlen(text) > 5)
    return false;

  for (const char *p = text; *p != '\0'; p++) {
    if (*p < '0' || *p > '9')
      return false;
    n = n * 10 + (unsigned long)(*p - '0');
  }

  *ret = htons((in_port_t)n);

  return n <= 65535;
}

bool place_parse(const char *text, struct place *ret) {
  char name[NAME_MAX_CHARS + 1];
  const char *port_text;
  in_port_t port;
  struct sockaddr_in v4 = {.sin_family = AF_INET};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

  if (!cut(text, name, sizeof name, &port_text) || !port_of(port_text, &port))
    return false;

  if (strcmp(name, "localhost") == 0)
    strcpy(name, "127.0.0.1");

  *ret = (struct place){.len = 0};
  v4.sin_port = v6.sin6_port = port;

  if (*text != '[' && inet_pton(AF_INET, name, &v4.sin_addr) == 1) {
    memcpy(&ret->address, &v4, sizeof v4);
    ret->len = sizeof v4;
    ret->loopback = ntohl(v4.sin_addr.s_addr) >> 24 == 127;
  } else if (*text == '[' && inet_pton(AF_INET6, name, &v6.sin6_addr) == 1) {
    memcpy(&ret->address, &v6, sizeof v6);
    ret->len = sizeof v6;
    ret->loopback = IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
  }

  return ret->len > 0;
}

int place_listen(const struct place *p) {
  int on = 1, fd = socket(p->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return -errno;

  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (p->address.ss_family == AF_INET6)
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);

  if (bind(fd, (const struct sockaddr *)&p->address, p->len) == 0 && listen(fd, BACKLOG) == 0)
    return fd;

  int rc = -errno;
  close(fd);

  return rc;
}

void place_text(int fd, char *text, size_t size) {
  struct sockaddr_storage a;
  socklen_t len = sizeof a;
  char name[INET6_ADDRSTRLEN] = "?";
  in_port_t port = 0;

  if (getsockname(fd, (struct sockaddr *)&a, &len) == 0) {
    const struct sockaddr_in *v4 = (const void *)&a;
    const struct sockaddr_in6 *v6 = (const void *)&a;
    bool is4 = a.ss_family == AF_INET;

    inet_ntop(a.ss_family, is4 ? (const void *)&v4->sin_addr : (const void *)&v6->sin6_addr, name,
              sizeof name);
    if (is4)
      port = v4->sin_port;
    else
      port = v6->sin6_port;
  }

  snprintf(text, size, strchr(name, ':') ? "[%s]:%u" : "%s:%u", name, (unsigned)ntohs(port));
}

static bool is_address(const char *name, bool brackets) {
  unsigned char bytes[sizeof(struct in6_addr)];
  return inet_pton(brackets ? AF_INET6 : AF_INET, name, bytes) == 1;
}

bool place_host_good(const char *host, const char *name) {
  char asked[NAME_MAX_CHARS + 1];
  const char *port_text;
  in_port_t port;

  if (!host || !cut(host, asked, sizeof asked, &port_text))
    return false;
  if (port_text && !port_of(port_text, &port))
    return false;
  if (is_address(asked, *host == '['))
    return true;
  if (*host == '[')
    return false;
  if (strcasecmp(asked, "localhost") == 0)
    return true;

  return name && strcasecmp(asked, name) == 0;
}
