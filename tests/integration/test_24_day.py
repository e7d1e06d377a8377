"""The day: journaled, never back, and a new one is felt only by those whom it concerns."""
import datetime

import pytest

from advice import bare, by_id, rule, write_rules
from daemon import Daemon
from door import Fault, event, post, rated


def evaluations(door):
    return door.ask("health")["evaluations"]


def moved(door, date):
    """How many were looked at because of this day."""
    before = evaluations(door)
    door.settle(door.day(date))
    return evaluations(door) - before


def has_need(door, person, competence="STL@2007/STL3"):
    return any(n["competence"] == competence for n in door.person(person)["needs"])


def test_day_nothing_before_the_first(needsd):
    """Events are taken, judged and kept; nothing is evaluated or said."""
    door = needsd.door()
    reply = door.push([post("p-1", id="a"), rated("p-1", {"STL3": 1}, id="b"), rated("p-1", {"STL99": 1}), post("p-1", id="a")])
    assert [r["status"] for r in reply["results"]] == ["accepted", "accepted", "rejected", "duplicate"]
    assert door.request("ping")["day"] is None and door.ask("health")["day"] is None
    assert evaluations(door) == 0 and door.publications() == []
    with pytest.raises(Fault, match="no-day"):
        door.ask("explain", authority="888", school="8889901", person="p-1")
    answer = door.person("p-1")
    assert answer["day"] is None and answer["recommendations"] == [] and answer["needs"] == []
    needsd.stop()
    needsd.start()
    assert door.request("ping")["day"] is None and evaluations(door) == 0
    door.settle(door.day("2026-09-01"))
    assert evaluations(door) == 1 and answering(door) and door.request("ping")["day"] == "2026-09-01"


def answering(door):
    return [r for r in door.person("p-1")["recommendations"] if any(a["competence"] == "STL@2007/STL3" for a in r["answers"])]


def test_day_never_goes_back(needsd):
    door = needsd.door()
    door.day("2026-09-02")
    door.settle(door.push_good([post("p-1"), rated("p-1", {"STL3": 1})]))
    before = evaluations(door)
    for date in ("2026-09-01", "2025-12-31", "0001-01-01"):
        with pytest.raises(Fault) as fault:
            door.day(date)
        assert fault.value.codes == ["out-of-range"] and fault.value.errors[0]["pointer"] == "/date", date
    for body in ({}, {"date": "2026-02-30"}, {"date": 20260901}, {"date": "2026-09-03", "more": 1}):
        with pytest.raises(Fault):
            door.request("day", body)
    assert door.request("ping")["day"] == "2026-09-02"
    door.settle(door.day("2026-09-02"))  # the same again is fine and changes nothing
    assert evaluations(door) == before
    needsd.stop()
    needsd.start()
    assert door.request("ping")["day"] == "2026-09-02"
    with pytest.raises(Fault):
        door.day("2026-09-01")
    door.settle()
    assert evaluations(door) == 0  # current advice stays: a start looks at nobody again


def test_day_wakes_only_those_concerned(needsd):
    """Twenty people, one rating about to run out, one role about to begin, one about to leave."""
    door = needsd.door()
    door.day("2026-09-01")
    everybody = [f"p-{i}" for i in range(20)]
    events = [e for p in everybody for e in (post(p), rated(p, {"STL3": 2}, evidence="observer", by="o-1"))]
    events += [rated("p-3", {"STL3": 3}, evidence="test", expires="2026-09-10"),
               event("person.left", {"date": "2026-09-12", "reason": "moved"}, "p-4"),
               post("p-5", time="2026-09-01T10:00:00Z", data={"roles": [{"role": "MIDA", "from": "2026-09-14", "main": True},
                                                                       {"role": "TASS", "from": "2020-09-01", "to": "2026-09-13"}]})]
    door.settle(door.push_good(events))
    assert not has_need(door, "p-3") and has_need(door, "p-5", "STL@2007/STL18") == has_need(door, "p-1", "STL@2007/STL18")
    before = {p: bare(door.person(p)["recommendations"]) for p in everybody}
    assert moved(door, "2026-09-02") == 0
    assert moved(door, "2026-09-10") == 0  # the last day is included
    assert moved(door, "2026-09-11") == 1 and has_need(door, "p-3")
    assert moved(door, "2026-09-12") <= 1 and door.person("p-4")["recommendations"] == []
    assert moved(door, "2026-09-13") == 0
    assert moved(door, "2026-09-14") == 1
    changed = {p for p in everybody if bare(door.person(p)["recommendations"]) != before[p]}
    assert {"p-3", "p-4", "p-5"} == changed
    days = [(p["subject"], p["cause"]) for p in door.publications() if p.get("cause") == "day" and "subject" in p]
    assert {s for s, _ in days} == changed
    assert door.ask("verify", timeout=60)["ok"]


def test_day_many_days_at_once(needsd):
    """After a pause only the newest day counts, and what it gives is what a step each day would have given."""
    door = needsd.door()
    events = [e for i in range(8) for e in (post(f"p-{i}"), rated(f"p-{i}", {"STL3": 3, "STL1": 1}, expires=f"2026-09-{10 + i}"))]
    door.day("2026-09-01")
    door.settle(door.push_good(events))
    assert moved(door, "2026-10-01") == 8  # each once, not once a day
    jumped = [bare(door.person(f"p-{i}")["recommendations"]) for i in range(8)]
    with Daemon() as stepwise:
        steps = stepwise.door()
        steps.day("2026-09-01")
        steps.settle(steps.push_good(events))
        for day in range(9, 20):
            steps.settle(steps.day(f"2026-09-{day:02}"))
        steps.settle(steps.day("2026-10-01"))
        assert [bare(steps.person(f"p-{i}")["recommendations"]) for i in range(8)] == jumped


def test_day_a_rating_dated_ahead_waits(needsd):
    door = needsd.door()
    door.day("2026-09-01")
    door.settle(door.push_good([post("p-1"), post("p-2"), rated("p-1", {"STL3": 1}, date="2026-08-01"),
                                rated("p-1", {"STL3": 3}, date="2026-09-03", time="2026-09-01T12:00:00Z")]))
    assert has_need(door, "p-1")
    assert moved(door, "2026-09-02") == 0 and has_need(door, "p-1")
    assert moved(door, "2026-09-03") == 1 and not has_need(door, "p-1")


def test_day_a_rule_that_looks_at_the_calendar(tmp_path):
    """older_than says when its answer will change, and the person is looked at on that day and no other."""
    rules = write_rules(tmp_path / "rules", {"old": rule("old", when='return given(older_than(need.rated_on, 6), otherwise "rated not long ago")',
                                                         recommend="return coaching {}", competences='"STL3"')}, replace=True)
    with Daemon(authorities={"888": {"rules": rules}}) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good([post("p-1"), post("p-2"), rated("p-1", {"STL3": 1}, date="2026-03-15", time="2026-03-15T12:00:00Z"),
                                    rated("p-2", {"STL3": 1}, date="2026-09-01")]))
        assert not by_id(door.person("p-1"))
        assert moved(door, "2026-09-15") == 0 and not by_id(door.person("p-1"))
        assert moved(door, "2026-09-16") == 1 and "coaching.STL3" in by_id(door.person("p-1"))
        assert not by_id(door.person("p-2"))
        assert door.ask("verify", timeout=60)["ok"]


def test_day_a_helper_whose_offer_ends(needsd):
    """The colleague's last day moves those whom the offer reaches; nobody's own facts changed."""
    door = needsd.door()
    door.day("2026-09-01")
    helps = [{"as": "shadow-host", "for": ["STL3"], "capacity": 1, "from": "2026-01-01", "to": "2026-09-10", "consent": True}]
    door.settle(door.push_good([post("p-host", data={"helps": helps}), rated("p-host", {"STL3": 4}, evidence="observer", by="o-1"),
                                post("p-1"), rated("p-1", {"STL3": 2}), post("p-far", school="8889902"), rated("p-far", {"STL3": 2}, school="8889902")]))
    assert "shadowing.STL3" in by_id(door.person("p-1")) and "shadowing.STL3" not in by_id(door.person("p-far", school="8889902"))
    assert moved(door, "2026-09-10") == 0 and "shadowing.STL3" in by_id(door.person("p-1"))
    assert 1 <= moved(door, "2026-09-11") <= 2  # the other school is not looked at
    assert "shadowing.STL3" not in by_id(door.person("p-1"))


def test_day_by_the_clock():
    """`day = clock`: today's date is journaled at once; the verb is not for this daemon; a restart on the same day says nothing new."""
    with Daemon(day="clock") as daemon:
        before = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
        door = daemon.door()
        day = door.request("ping")["day"]
        assert before <= day <= datetime.datetime.now(datetime.timezone.utc).date().isoformat()
        with pytest.raises(Fault) as fault:
            door.day(day)
        assert fault.value.codes == ["forbidden"]
        yesterday = datetime.date.fromisoformat(day) - datetime.timedelta(1)
        stamp = f"{yesterday}T12:00:00Z"
        door.settle(door.push_good([post("p-1", time=stamp), rated("p-1", {"STL3": 1}, date=str(yesterday), time=stamp)]))
        assert answering(door)
        position = door.ask("health")["publications"]
        daemon.stop()
        daemon.start()
        door.settle()
        assert door.request("ping")["day"] >= day
        if door.request("ping")["day"] == day:
            assert door.ask("health")["publications"] == position and evaluations(door) == 0
