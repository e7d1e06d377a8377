"""Promises of docs/protocol.md at their very edge: where one more, one less or the other way round would be wrong."""
import random

import pytest

from daemon import Daemon
from door import Door, Fault, Follow, event, post, rated
from samples import KINDS, good

HOST = {"as": "shadow-host", "for": ["STL3"], "capacity": 1, "from": "2026-01-01", "consent": True}


def advice(door, person="p-1"):
    return {r["recommendation"] for r in door.person(person)["recommendations"]}


# --- check ---

def test_promise_check_stores_nothing(needsd):
    """Of no type: nobody is known, no position moves, no identity is taken, nobody is erased, and a restart finds nothing."""
    door = needsd.door()
    door.day("2026-09-01")
    before = door.ask("health")
    events = [good(kind, f"c-{kind}") for kind in KINDS]
    for _ in range(2):
        reply = door.request("check", events)
        assert [r["status"] for r in reply["results"]] == ["accepted"] * len(events), reply
    needsd.stop()
    needsd.start()
    door = needsd.door()
    after = door.ask("health")
    assert {k: after[k] for k in ("persons", "publications")} == {k: before[k] for k in ("persons", "publications")}
    assert door.ask("verify")["events"] == 0 and door.publications() == []
    assert [r["status"] for r in door.push(events)["results"]] == ["accepted"] * len(events)


# --- who is meant to read it ---

@pytest.mark.parametrize("share,audience", [(None, "manager"), ("nobody", "person"), ("manager", "manager"), ("school", "school")])
def test_promise_share_with_decides_the_audience(needsd, share, audience):
    """What the person says; and what was said last, when it changes."""
    door = needsd.door()
    door.day("2026-09-01")
    wishes = [event("preference.recorded", {"share_with": share}, "p-1", time="2026-08-01T09:00:00Z")] if share else []
    door.settle(door.push_good([*wishes, post("p-1"), rated("p-1", {"STL3": 1})]))
    told = door.publications(["888/8889901/p-1"])
    assert told and {p["audience"] for p in told} == {audience}
    door.settle(door.push_good(event("preference.recorded", {"share_with": "nobody"}, "p-1", time="2026-08-02T09:00:00Z")))
    door.settle(door.push_good(rated("p-1", {"STL3": 2}, time="2026-09-01T13:00:00Z")))
    later = door.publications(["888/8889901/p-1"])[len(told):]
    assert later and {p["audience"] for p in later} == {"person"}


# --- colleagues ---

@pytest.mark.parametrize("change,helps", [({}, True), ({"consent": False}, False), ({"capacity": 0}, False), ({"to": "2026-09-01"}, True), ({"to": "2026-08-31"}, False),
                                          ({"from": "2026-09-01"}, True), ({"from": "2026-09-02"}, False)])
def test_promise_who_helps(needsd, change, helps):
    """Consent, room, and the first and last day, both included."""
    door = needsd.door()
    door.day("2026-09-01")
    door.settle(door.push_good([post("p-host", data={"helps": [{**HOST, **change}]}), rated("p-host", {"STL3": 4}, evidence="observer", by="o-1"),
                                post("p-1"), rated("p-1", {"STL3": 2})]))
    assert ("shadowing.STL3" in advice(door)) is helps


# --- credit and places of a follow ---

def test_promise_credit_is_cut_to_the_most():
    """More credit than the answer offered is cut to it, at the follow and at each credit after it."""
    with Daemon(options={"max_credit": 5}) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good([post(f"p-{i}") for i in range(8)]))
        assert len(door.publications()) >= 20
        follow = Door(daemon.endpoint, routing_id=b"\x01" + random.randbytes(16))
        follow.send("follow", {"since": "start", "credit": 1000}, b"f")
        assert follow.wait(b"f")["max_credit"] == 5

        def comes():
            """How many publications come before nothing more does: a bare request goes there and back in between."""
            n, quiet = 0, 0
            while quiet < 3:
                follow.send("ping", {}, b"p")
                before = n
                while (got := follow.receive())[1] != b"p":
                    n += "publication" in got[2]
                quiet = 0 if n > before or n == 0 else quiet + 1
            return n

        assert comes() == 5
        for add in (10**6, 2**40):
            follow.send("credit", {"add": add}, b"f")
            assert comes() == 5
        follow.close()


def test_promise_standing_resumed_tells_nothing_twice(needsd):
    """A follow left in the midst of the standing part; meanwhile some of the rest is changed. Resumed, each publication comes once."""
    door = needsd.door()
    door.day("2026-09-01")
    people = [f"p-{i}" for i in range(12)]
    door.settle(door.push_good([e for p in people for e in (post(p), rated(p, {"STL3": 1}))]))
    follow = Follow(needsd.endpoint, since="standing", credit=64)
    first = [follow.next(acknowledge=False) for _ in range(3)]
    cursor = follow.cursor
    follow.close()
    before = len(door.publications())
    door.settle(door.push_good([rated(p, {"STL3": 2}, time="2026-09-01T13:00:00Z") for p in people[6:]]))
    live = door.publications()[before:]
    assert live
    resumed = Follow(needsd.endpoint, since=cursor, credit=64)
    got = []
    while not got or got[-1] != live[-1]:
        got.append(resumed.next(timeout=20))
        assert got[-1] is not None, (len(got), len(live))
    assert resumed.next(timeout=0.5) is None
    resumed.close()
    seen = [(p["school"], p["sequence"]) for p in first + got]
    assert len(set(seen)) == len(seen)
    assert got[-len(live):] == live
