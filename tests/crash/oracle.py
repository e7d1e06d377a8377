"""The judge of a crash campaign: what publishers and followers noted, against the files that the stopped daemon left.

It never asks the daemon. `Ledger` is the publishers' side of the truth, a follower's database (follower.py) the other side, and
`check` reads the daemon's SQLite file read-only.
"""
import collections
import json
import sqlite3
import threading

Key = collections.namedtuple("Key", "authority school source id")


def key_of(event):
    return Key(event["authority"], event["school"], event["source"], event["id"])


def plain(body):
    """Text that is equal when two bodies are: parsed and written again, order of members kept."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


class Sent:
    """One identity. `event` is its first content; `hopeless` ones must never be stored (a wrong code)."""
    __slots__ = ("event", "acked", "sends", "hopeless")

    def __init__(self, event, hopeless):
        self.event, self.hopeless, self.acked, self.sends = event, hopeless, False, 0


class Ledger:
    """Everything that was sent and what was answered. Its own contradictions go to `violations` at once."""

    def __init__(self):
        self.lock = threading.Lock()
        self.sent, self.violations, self.days = {}, [], set()
        self.day_acked = ""

    def violation(self, text):
        with self.lock:
            self.violations.append(text)

    def sending(self, event, hopeless=False):
        """Before every send. Returns whether the identity was acknowledged by then, which decides what a good answer is."""
        with self.lock:
            entry = self.sent.setdefault(key_of(event), Sent(event, hopeless))
            entry.sends += 1
            return entry.acked

    def answered(self, event, kind, acked_before, result):
        """`kind`: good, hopeless, or other (the identity of an acknowledged event with other content)."""
        status, codes = result["status"], [e["code"] for e in result.get("errors", [])]
        if kind == "good" and status in ("accepted", "duplicate"):
            if acked_before and status == "accepted":
                self.violation(f"acknowledged before, then accepted as if it were new: {key_of(event)}")
            with self.lock:
                self.sent[key_of(event)].acked = True
        elif kind == "good":
            self.violation(f"a good event was rejected: {key_of(event)} {codes}")
        elif status != "rejected" or (kind == "other" and codes != ["conflict"]):
            self.violation(f"{kind} content was not refused as it should be: {key_of(event)} {status} {codes}")

    def day_sending(self, date):
        with self.lock:
            self.days.add(date)

    def day_answered(self, date):
        with self.lock:
            self.day_acked = max(self.day_acked, date)

    def counts(self):
        with self.lock:
            good = [s for s in self.sent.values() if not s.hopeless]
            return {"identities": len(good), "sends": sum(s.sends for s in good), "acknowledged": sum(s.acked for s in good)}


def open_read_only(path):
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def as_sent(event):
    """A journaled event without what the daemon resolves into it: the development that a response is about."""
    if event["type"] == "needs.response.recorded.v1":
        event["data"].pop("development", None)
    return event


def check_journal(db, ledger):
    """Acknowledged: there once. There: sent, once, with the content that was sent."""
    seen = collections.Counter()
    for position, authority, school, subject, type_, body in db.execute(
            "SELECT position, authority, school, subject, type, body FROM journal WHERE kind = 'event' ORDER BY position"):
        event = as_sent(json.loads(body))
        key = key_of(event)
        seen[key] += 1
        entry = ledger.sent.get(key)
        if entry is None:
            yield f"journal {position}: never sent: {key}"
        elif entry.hopeless:
            yield f"journal {position}: was to be refused: {key}"
        elif event != entry.event:
            yield f"journal {position}: not as it was sent: {key}"
        if (authority, school, subject) != (event["authority"], event["school"], event.get("subject")) or type_ not in event["type"]:
            yield f"journal {position}: the row's columns and body disagree: {key}"
    for key, n in seen.items():
        if n > 1:
            yield f"journal: {n} times: {key}"
    for key, entry in ledger.sent.items():
        if entry.acked and not seen[key]:
            yield f"journal: acknowledged and lost: {key}"


def check_days(db, ledger):
    days = [json.loads(body)["date"] for (body,) in db.execute("SELECT body FROM journal WHERE kind = 'day' ORDER BY position")]
    if days != sorted(set(days)):
        yield f"journal: the days do not go forward: {days}"
    if unknown := set(days) - ledger.days:
        yield f"journal: days that nobody set: {sorted(unknown)}"
    if ledger.day_acked and (not days or days[-1] < ledger.day_acked):
        yield f"journal: day {ledger.day_acked} was acknowledged and is lost"


def check_outbox(db):
    """Sequences 1..n in order of position within each school, the counter at n, the body's envelope as the row says."""
    last = collections.Counter()
    for position, authority, school, sequence, body in db.execute(
            "SELECT position, authority, school, sequence, body FROM outbox ORDER BY position"):
        if sequence != last[authority, school] + 1:
            yield f"outbox {position}: {authority}/{school} has {sequence} after {last[authority, school]}"
        last[authority, school] = sequence
        event = json.loads(body)
        if (event["authority"], event["school"], event["sequence"]) != (authority, school, f"{sequence:012}"):
            yield f"outbox {position}: the row's columns and body disagree"
    counters = {(a, s): n for a, s, n in db.execute("SELECT authority, school, sequence FROM schools")}
    for place, n in last.items():
        if counters.get(place) != n:
            yield f"schools: the counter of {place} is {counters.get(place)}, its outbox ends at {n}"


def outbox(db):
    return {(a, s, n): plain(json.loads(body)) for a, s, n, body in db.execute("SELECT authority, school, sequence, body FROM outbox")}


def check_follower(path, published):
    """Ends exactly at the outbox's content; what it noted itself (changed content, holes) counts too."""
    db = open_read_only(path)
    applied = {(a, s, n): body for a, s, n, body in db.execute("SELECT authority, school, sequence, body FROM applied")}
    for (text,) in db.execute("SELECT text FROM faults"):
        yield f"{path.name}: {text}"
    for place in sorted(published.keys() - applied.keys()):
        yield f"{path.name}: never got {place}"
    for place in sorted(applied.keys() - published.keys()):
        yield f"{path.name}: got {place}, which the outbox does not hold"
    for place in sorted(applied.keys() & published.keys()):
        if applied[place] != published[place]:
            yield f"{path.name}: {place} is not what it got"
    db.close()


def check(database, ledger, followers):
    """Every violation, as text. The daemon must have stopped."""
    db = open_read_only(database)
    (integrity,) = db.execute("PRAGMA integrity_check").fetchone()
    found = list(ledger.violations) + ([] if integrity == "ok" else [f"the file is damaged: {integrity}"])
    found += check_journal(db, ledger)
    found += check_days(db, ledger)
    found += check_outbox(db)
    published = outbox(db)
    for path in followers:
        found += check_follower(path, published)
    db.close()
    return found
