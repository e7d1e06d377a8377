"""Clients that do nothing, or read nothing, as a program of its own: `crowd.py silent PATH COUNT` or `crowd.py deaf PATH COUNT`.

It opens COUNT connections at the socket PATH and opens each anew a tenth of a second after it was closed, as a library that
reconnects does, until its standard input is closed. Then it prints how often it connected and how many are open. `silent` sends
nothing at all. `deaf` completes the handshake of ZMTP 3.0, asks for pages of publications, and never reads an answer."""
import errno
import heapq
import json
import os
import resource
import select
import socket
import sys
import time

AGAIN_S = 0.1
GREETING = b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
READY = b"\x05READY\x0bSocket-Type" + (6).to_bytes(4, "big") + b"DEALER"
PAGES = 12  # asked for at once on each connection


def frame(data, flags=0):
    if len(data) > 255:
        return bytes([flags | 2]) + len(data).to_bytes(8, "big") + data
    return bytes([flags, len(data)]) + data


def request(number):
    body = json.dumps({"since": "start", "limit": 1000}).encode()
    return frame(b"replay", 1) + frame(b"%d" % number, 1) + frame(body)


REQUESTS = b"".join(request(i) for i in range(PAGES))


def ask_and_read_no_more(s):
    """The handshake step by step, since libzmq takes nothing ahead of it."""
    s.settimeout(5)
    s.send(GREETING)
    got = b""
    while len(got) < len(GREETING):
        more = s.recv(len(GREETING) - len(got))
        if not more:
            raise ConnectionResetError(errno.ECONNRESET, "closed in the handshake")
        got += more
    s.send(frame(READY, 4))
    s.recv(1)
    s.send(REQUESTS)
    s.setblocking(False)


class Crowd:
    def __init__(self, kind, path, count):
        self.kind, self.path, self.count = kind, path, count
        self.poll, self.open, self.connected, self.refused = select.epoll(), {}, 0, 0
        self.again = [(0.0, i) for i in range(count)]  # a heap: when each is to be opened

    def connect(self, number):
        s = socket.socket(socket.AF_UNIX)
        s.setblocking(False)
        try:
            s.connect(self.path)
            if self.kind == "deaf":
                ask_and_read_no_more(s)
        except OSError as e:
            if not isinstance(e, TimeoutError) and e.errno not in (errno.EAGAIN, errno.ECONNREFUSED, errno.ENOENT, errno.EPIPE, errno.ECONNRESET):
                raise
            self.refused += 1
            s.close()
            return self.later(number)
        self.connected += 1
        self.open[s.fileno()] = (s, number)
        self.poll.register(s.fileno(), select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR)

    def later(self, number):
        heapq.heappush(self.again, (time.monotonic() + AGAIN_S, number))

    def closed(self, fd):
        s, number = self.open.pop(fd)
        self.poll.unregister(fd)
        s.close()
        self.later(number)

    def run(self):
        self.poll.register(0, select.EPOLLIN | select.EPOLLHUP)
        while True:
            if self.again and self.again[0][0] <= time.monotonic():
                self.connect(heapq.heappop(self.again)[1])
            wait = max(0.0, self.again[0][0] - time.monotonic()) if self.again else 1.0
            for fd, _ in self.poll.poll(min(wait, 1.0)):
                if fd == 0:
                    return
                self.closed(fd)


def main(kind, path, count):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.nice(5)
    crowd = Crowd(kind, path, int(count))
    crowd.run()
    print(json.dumps({"connected": crowd.connected, "refused": crowd.refused, "open": len(crowd.open)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
