"""Publishers for a crash campaign: they send, note and send again, and believe only what was answered."""
import random
import sys
import threading
import time
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from door import Door  # noqa: E402

ROLES = ["TASS", "LSEN", "HLTA", "MIDS", "CTKR", "COVR", "NNSE", "LMEN"]
COMPETENCES = [f"STL@2007/STL{n}" for n in range(1, 31)]
EVIDENCE = ["self", "manager", "peer", "observer", "assessor"]
UNITS = ["TDA 2.1", "TDA 2.2", "TDA 2.3"]
ADVICE = ["unit.TDA-2.1", "unit.TDA-2.2", "unit.TDA-2.3"]
OUTSTANDING = 4   # batches in flight
PATIENCE_S = 1.5  # then what was sent is unknown


class Author:
    """Makes one publisher's events: people first, then everything else. Seeded."""

    def __init__(self, rng, places, persons, source):
        self.rng, self.source, self.number = rng, source, 0
        self.people = [(authority, school, f"p-{n:04}") for authority, school in places for n in range(persons)]
        self.new = list(self.people)
        self.earlier = {}  # (authority, school) -> [(id, subject)] that may be superseded or withdrawn

    def event(self, place, kind, data, subject=None, **more):
        self.number += 1
        minute = self.rng.randrange(200 * 24 * 60)
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1767225600 + minute * 60 + self.number % 60))  # in 2026
        event = {"specversion": "1.0", "id": f"{self.source}-{self.number}", "source": f"crash/{self.source}",
                 "type": f"needs.{kind}.v1", "time": when, "authority": place[0], "school": place[1], "data": data, **more}
        if subject:
            event["subject"] = subject
        return event

    def date(self):
        return f"2026-{self.rng.randrange(1, 8):02}-{self.rng.randrange(1, 29):02}"

    def person(self, who):
        data = {"roles": [{"role": self.rng.choice(ROLES), "from": "2024-09-01", "minutes": self.rng.randrange(300, 1800), "weeks": 39, "main": True}]}
        if self.rng.random() < 0.3:
            data["holds"] = [{"unit": self.rng.choice(UNITS), "date": self.date()}]
        return self.event(who[:2], "person.recorded", data, who[2])

    def rating(self, who, **more):
        """Written as the journal writes it, with every rating's evidence, so that the oracle may compare whole events."""
        evidence = self.rng.choice(EVIDENCE)
        ratings = [{"competence": c, "level": self.rng.randrange(5), "evidence": evidence} for c in self.rng.sample(COMPETENCES, self.rng.randrange(1, 13))]
        if self.rng.random() < 0.5:
            return self.event(who[:2], "appraisal.recorded", {"date": self.date(), "by": f"m-{self.rng.randrange(9)}", "ratings": ratings}, who[2], **more)
        return self.event(who[:2], "assessment.recorded", {"date": self.date(), "evidence": evidence, "by": f"o-{self.rng.randrange(9)}",
                          "ratings": ratings}, who[2], **more)

    def response(self, who):
        return self.event(who[:2], "response.recorded", {"recommendation": self.rng.choice(ADVICE), "date": self.date(),
                          "response": self.rng.choice(["accepted", "declined", "started", "completed"]), "by": "person"}, who[2])

    def school(self, who):
        return self.event(who[:2], "school.recorded", {"roster": {"learning-support": self.rng.randrange(1, 30)},
                          "cover": {"learning-support": {"rate": self.rng.randrange(900, 2000), "available": self.rng.random() < 0.5}}})

    def successor(self, who):
        earlier = self.earlier.get(who[:2])
        return self.rating(who, supersedes=self.rng.choice(earlier)) if earlier else self.rating(who)

    def withdrawal(self, who):
        earlier = self.earlier.get(who[:2])
        if not earlier:
            return self.rating(who)
        return self.event(who[:2], "record.withdrawn", {"of": self.rng.sample(earlier, min(len(earlier), self.rng.randrange(1, 3))), "reason": "typo"})

    def next(self):
        if self.new and self.rng.random() < 0.5:
            return self.person(self.new.pop(self.rng.randrange(len(self.new))))
        who = self.rng.choice(self.people)
        make = self.rng.choices([self.rating, self.successor, self.withdrawal, self.response, self.person, self.school],
                                [60, 15, 8, 8, 8, 1])[0]
        event = make(who)
        if "ratings" in event["data"]:
            self.earlier.setdefault(who[:2], []).append(event["id"])
        return event

    def hopeless(self):
        event = self.rating(self.rng.choice(self.people))
        event["data"]["ratings"][0]["competence"] = "STL@2007/STL999"
        return event


class Publisher(threading.Thread):
    """Keeps a few batches in flight over one DEALER. `heal` sends what is unknown until everything is acknowledged."""

    def __init__(self, endpoint, ledger, seed, number, places, persons):
        super().__init__(daemon=True, name=f"publisher-{number}")
        self.endpoint, self.ledger, self.rng = endpoint, ledger, random.Random(f"{seed}/{number}")
        self.author = Author(self.rng, places, persons, f"s{number}")
        self.unknown, self.acked, self.flying, self.door = [], [], {}, None
        self.stopping, self.healing, self.gone = False, False, False

    def batch(self):
        """[(kind, event)]: news, what is unknown, duplicates, another content under a known identity, a wrong code."""
        out = []
        for _ in range(self.rng.choice([1, 1, 2, 5, 20, 60])):
            dice = self.rng.random()
            if self.unknown and dice < 0.25:
                out.append(("good", self.unknown.pop(self.rng.randrange(len(self.unknown)))))
            elif self.acked and dice < 0.32:
                out.append(("good", self.rng.choice(self.acked)))
            elif self.acked and dice < 0.34:
                event = self.rng.choice(self.acked)
                out.append(("other", {**event, "time": event["time"][:-1] + ".5Z"}))
            elif dice < 0.36:
                out.append(("hopeless", self.author.hopeless()))
            else:
                out.append(("good", self.author.next()))
        return out

    def send(self, batch):
        sent = [(kind, event, self.ledger.sending(event, kind == "hopeless")) for kind, event in batch]
        rid = self.door.send("push", [event for _, event in batch])
        self.flying[rid] = (time.monotonic(), sent)

    def doubt(self, rid):
        _, sent = self.flying.pop(rid)
        self.unknown += [event for kind, event, _ in sent if kind == "good"]

    def settle_reply(self, status, rid, body):
        if rid not in self.flying:
            return
        if status == "error":
            codes = [e["code"] for e in body]
            if codes != ["busy"]:
                self.ledger.violation(f"a batch was refused: {codes}")
            self.doubt(rid)
            time.sleep(0.05)
            return
        _, sent = self.flying.pop(rid)
        for (kind, event, before), result in zip(sent, body["results"], strict=True):
            self.ledger.answered(event, kind, before, result)
            if kind == "good":
                self.acked.append(event)
        del self.acked[:-400]

    def overdue(self):
        """A silent daemon makes what was sent unknown; half the time the socket goes too, else what it still holds may yet go out."""
        late = [rid for rid, (at, _) in self.flying.items() if time.monotonic() - at > PATIENCE_S]
        for rid in late:
            self.doubt(rid)
        if late and self.rng.random() < 0.5:
            self.reopen()

    def reopen(self):
        for rid in list(self.flying):
            self.doubt(rid)
        if self.door:
            self.door.close()
        self.door = Door(self.endpoint)
        self.door.socket.reconnect_ivl, self.door.socket.reconnect_ivl_max = 20, 50

    def step(self):
        if self.healing:
            if self.unknown and len(self.flying) < OUTSTANDING:
                some, self.unknown = self.unknown[:200], self.unknown[200:]
                self.send([("good", event) for event in some])
        elif len(self.flying) < OUTSTANDING:
            self.send(self.batch())
        if got := self.door.receive(0 if len(self.flying) < OUTSTANDING and not self.healing else 0.02):
            self.settle_reply(*got)
        self.overdue()

    def healed(self):
        return self.healing and not self.unknown and not self.flying

    def interrupt(self):
        """The daemon was killed: the publisher mostly gives up waiting at once."""
        self.gone = True

    def run(self):
        try:
            self.reopen()
            while not self.stopping:
                if self.gone:
                    self.gone = False
                    if self.rng.random() < 0.8:
                        self.reopen()
                self.step()
            self.door.close()
        except Exception as failure:  # a publisher that fell silent would make the campaign blind
            self.ledger.violation(f"{self.name} failed: {failure!r}")
