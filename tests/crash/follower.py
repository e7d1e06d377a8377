"""A follower that is meant to be killed: follower.py ENDPOINT DATABASE [NAME].

Each publication's effect (a row) and the cursor are one SQLite transaction, as docs/protocol.md advises; what comes again is
compared with what came before. Without NAME it resumes from its own cursor. It never ends by itself.
"""
import json
import os
import sqlite3
import sys
import time

import zmq
from zmq.utils.monitor import recv_monitor_message

sys.dont_write_bytecode = True
CREDIT = 64
ENDS = zmq.EVENT_DISCONNECTED | zmq.EVENT_CLOSED | zmq.EVENT_CONNECT_RETRIED


class Applied:
    def __init__(self, path):
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.executescript("""
            PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;  -- a killed process loses nothing; the machine is not the test
            CREATE TABLE IF NOT EXISTS applied (authority TEXT, school TEXT, sequence INTEGER, body TEXT,
              PRIMARY KEY (authority, school, sequence)) WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS cursor (one INTEGER PRIMARY KEY CHECK (one = 1), text TEXT);
            CREATE TABLE IF NOT EXISTS faults (text TEXT);
            CREATE TABLE IF NOT EXISTS counts (what TEXT PRIMARY KEY, n INTEGER);""")

    def cursor(self):
        row = self.db.execute("SELECT text FROM cursor").fetchone()
        return row[0] if row else None

    def fault(self, text):
        self.db.execute("INSERT INTO faults VALUES (?)", (text,))

    def count(self, what):
        self.db.execute("INSERT INTO counts VALUES (?, 1) ON CONFLICT DO UPDATE SET n = n + 1", (what,))

    def apply(self, publication):
        """Once: a second arrival must be the same as the first."""
        authority, school, sequence = publication["authority"], publication["school"], int(publication["sequence"])
        body = json.dumps(publication, separators=(",", ":"), ensure_ascii=False)
        before = self.db.execute("SELECT body FROM applied WHERE authority = ? AND school = ? AND sequence = ?",
                                 (authority, school, sequence)).fetchone()
        if before:
            self.count("again")
            if before[0] != body:
                self.fault(f"{authority}/{school} {sequence} was {before[0]} and is now {body}")
            return
        (last,) = self.db.execute("SELECT coalesce(max(sequence), 0) FROM applied WHERE authority = ? AND school = ?",
                                  (authority, school)).fetchone()
        if sequence != last + 1:
            self.fault(f"{authority}/{school} {sequence} came after {last}")
        self.db.execute("INSERT INTO applied VALUES (?, ?, ?, ?)", (authority, school, sequence, body))

    def take(self, page):
        """All that came, and the cursor behind it, or nothing."""
        self.db.execute("BEGIN")
        for body in page:
            if "publication" in body:
                self.apply(body["publication"])
        self.db.execute("INSERT INTO cursor VALUES (1, ?) ON CONFLICT DO UPDATE SET text = excluded.text", (page[-1]["cursor"],))
        self.db.execute("COMMIT")


def connect(context, endpoint):
    socket = context.socket(zmq.DEALER)
    socket.routing_id = b"\x01" + os.urandom(16)
    socket.linger, socket.reconnect_ivl = 0, -1
    socket.sndtimeo = 1000  # a lost connection that is not made again leaves nobody to send to: without this, sending waits for ever
    monitor = socket.get_monitor_socket(ENDS)
    socket.connect(endpoint)
    return socket, monitor


def lost(monitor):
    return monitor.poll(0) and bool(recv_monitor_message(monitor)["event"] & ENDS)


def receive(socket, monitor, ms):
    """All that is there: a list of (status, body); None when the connection has ended."""
    got = []
    if not socket.poll(ms):
        return None if lost(monitor) else got
    while len(got) < CREDIT and socket.poll(0):
        status, _, raw = socket.recv_multipart()
        got.append((status, json.loads(raw)))
    return got


def opened(applied, socket, monitor, name):
    """Sends the follow and waits for its `ok`."""
    request = {"credit": CREDIT, **({"name": name} if name else {"since": applied.cursor() or "start"})}
    socket.send_multipart([b"follow", b"f", json.dumps(request).encode()])
    until = time.monotonic() + 1.0
    while time.monotonic() < until:
        got = receive(socket, monitor, 50)
        if got is None:
            return None
        if got:
            return got
    return None


def serve(applied, socket, monitor, name):
    try:
        serve_until_lost(applied, socket, monitor, name)
    except zmq.Again:
        pass  # lost between a look and a word


def serve_until_lost(applied, socket, monitor, name):
    got = opened(applied, socket, monitor, name)
    renewed = time.monotonic()
    while got is not None:
        for status, body in got:
            if status == b"error":
                applied.fault(f"the follow was refused: {body}")
                return
        page = [body for status, body in got if status == b"pub"]
        if page:
            applied.take(page)
        if page or time.monotonic() - renewed > 3:
            add = sum("publication" in body for body in page)
            socket.send_multipart([b"credit", b"f", json.dumps({"add": add, **({"cursor": page[-1]["cursor"]} if page else {})}).encode()])
            renewed = time.monotonic()
        got = receive(socket, monitor, 200)


def main(endpoint, database, name=None):
    applied, context = Applied(database), zmq.Context()
    while True:
        socket, monitor = connect(context, endpoint)
        applied.count("connections")
        serve(applied, socket, monitor, name)
        socket.disable_monitor()
        socket.close(0)
        time.sleep(0.03)


if __name__ == "__main__":
    main(*sys.argv[1:])
