"""A foreign client: speaks to a daemon by docs/protocol.md and nothing else."""
import json
import os
import time
import zmq


class Fault(Exception):
    """An `error` reply."""

    def __init__(self, errors):
        self.errors = errors
        self.codes = [e["code"] for e in self.errors]
        super().__init__(json.dumps(self.errors))


class Door:
    """Requests over one DEALER socket; replies are matched by request id."""

    def __init__(self, endpoint, routing_id=None, timeout=20.0):
        self.endpoint, self.timeout = endpoint, timeout
        self.context = zmq.Context.instance()
        self.socket = self.context.socket(zmq.DEALER)
        if routing_id is not None:
            self.socket.routing_id = routing_id
        self.socket.linger = 0
        self.socket.connect(endpoint)
        self.counter = 0
        self.waiting = {}

    def close(self):
        self.socket.close(0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, verb, body=None, request_id=None):
        self.counter += 1
        rid = request_id if request_id is not None else b"%d" % self.counter
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        self.socket.send_multipart([verb.encode() if isinstance(verb, str) else verb, rid, raw])
        return rid

    def receive(self, timeout=None):
        """(status, request id, body) of the next reply, or None."""
        if not self.socket.poll(int(1000 * (self.timeout if timeout is None else timeout))):
            return None
        frames = self.socket.recv_multipart()
        return frames[0].decode(), frames[1], json.loads(frames[2])

    def wait(self, rid, timeout=None):
        until = time.monotonic() + (self.timeout if timeout is None else timeout)
        while rid not in self.waiting:
            got = self.receive(max(0.0, until - time.monotonic()))
            if got is None:
                raise TimeoutError(f"no reply from {self.endpoint}")
            self.waiting[got[1]] = got
        status, _, body = self.waiting.pop(rid)
        if status == "error":
            raise Fault(body)
        return body

    def request(self, verb, body=None, timeout=None):
        return self.wait(self.send(verb, body), timeout)

    def push(self, events, timeout=None):
        return self.request("push", events, timeout)

    def push_good(self, events):
        """Pushes in legal batches; every event must be accepted. Returns the last position."""
        events = events if isinstance(events, list) else [events]
        position = None
        for i in range(0, len(events), 500):
            reply = self.push(events[i:i + 500])
            bad = [r for r in reply["results"] if r["status"] == "rejected"]
            assert not bad, bad[:3]
            position = reply["position"]
        return position

    def ask(self, question, timeout=None, **what):
        return self.request("ask", {"question": question, **what}, timeout)

    def settle(self, position=None, timeout=60.0):
        """Until everything that stands is made from all that was pushed."""
        until = time.monotonic() + timeout
        what = {} if position is None else {"position": position}
        while time.monotonic() < until:
            if self.ask("settled", timeout=45, **what)["settled"]:
                return
        raise TimeoutError("not settled")

    def day(self, date):
        return self.request("day", {"date": date})["position"]

    def person(self, subject, school="8889901", authority="888"):
        return self.ask("person", authority=authority, school=school, person=subject)

    def publications(self, topics=None, since="start"):
        """Everything there is, by replay."""
        out, body = [], {"since": since, "limit": 1000}
        if topics:
            body["topics"] = topics
        while True:
            page = self.request("replay", body)
            out += page["publications"]
            body["since"] = page["cursor"]
            if not page["more"]:
                return out


class Follow:
    """One follow over a socket of its own with a fresh random routing id."""

    def __init__(self, endpoint, credit=50, **body):
        self.door = Door(endpoint, routing_id=b"\x01" + os.urandom(16))
        self.door.socket.reconnect_ivl = -1
        self.door.socket.sndtimeo = 5000  # with nobody to send to, sending would wait for ever
        self.rid = self.door.send("follow", {"credit": credit, **body}, b"f")
        self.ok = self.door.wait(self.rid)
        self.window, self.used, self.cursor = min(credit, self.ok["max_credit"]), 0, self.ok["cursor"]
        self.renewed = time.monotonic()

    def close(self):
        self.door.close()

    def next(self, timeout=5.0, acknowledge=True):
        """The next publication (None when time is up); gives credit back as it goes."""
        until = time.monotonic() + timeout
        while True:
            self.renew()
            got = self.door.receive(max(0.0, min(self.ok["lease_s"] / 4, until - time.monotonic())))
            if got is None:
                if time.monotonic() >= until:
                    return None
                continue
            status, _, body = got
            if status == "error":
                raise Fault(body)
            self.cursor = body.get("cursor", self.cursor)
            if "publication" not in body:
                continue
            self.used += 1
            if acknowledge and self.used * 2 >= self.window:
                self.acknowledge()
            return body["publication"]

    def acknowledge(self):
        self.door.send("credit", {"add": self.used, "cursor": self.cursor}, self.rid)
        self.used, self.renewed = 0, time.monotonic()

    def renew(self):
        if time.monotonic() - self.renewed > self.ok["lease_s"] / 3:
            self.door.send("credit", {"add": 0}, self.rid)
            self.renewed = time.monotonic()


# --- events, as a school's system would make them ---

def event(kind, data, subject=None, school="8889901", authority="888", id=None, source="test/888", time="2026-09-01T09:00:00Z", **more):
    event.counter += 1
    out = {"specversion": "1.0", "id": id or f"e-{event.counter}", "source": source, "type": f"needs.{kind}.v1", "time": time,
           "authority": authority, "school": school, "data": data, **more}
    if subject is not None:
        out["subject"] = subject
    return out


event.counter = 0


def post(subject, role="TASS", since="2020-09-01", **more):
    data = {"roles": [{"role": role, "from": since, "minutes": 1500, "weeks": 39, "main": True}], "started": since}
    data.update(more.pop("data", {}))
    return event("person.recorded", data, subject, **more)


def rated(subject, levels, date="2026-09-01", evidence="manager", by=None, expires=None, **more):
    ratings = [{"competence": c, "level": n, **({"expires": expires} if expires else {})} for c, n in levels.items()]
    data = {"date": date, "evidence": evidence, "ratings": ratings, **({"by": by} if by else {})}
    return event("assessment.recorded", data, subject, time=more.pop("time", f"{date}T12:00:00Z"), **more)
