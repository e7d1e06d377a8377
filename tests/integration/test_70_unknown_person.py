"""An id that is known from answers alone is no person: it may be a typing error. What was answered counts once the person is recorded."""
import itertools
import os
import subprocess
import time

import pytest

from advice import bare, by_id, rule, write_rules
from daemon import Daemon, build_dir
from door import Fault, event, post, rated

NEEDS = build_dir() / "clients" / "needs" / "needs"
COACH = "coaching.STL3"
PLACE = {"authority": "888", "school": "8889901"}


def answered(subject, response="declined", **more):
    data = {"recommendation": COACH, "date": "2026-09-01", "response": response, "by": "person"}
    return event("response.recorded", data, subject, time="2026-09-01T15:00:00Z", **more)


def agreed(subject, **more):
    data = {"recommendation": COACH, "date": "2026-09-01", "terms": [{"check": "cover", "status": "met"}], "intended": [], "agreed_by": "manager"}
    return event("agreement.recorded", data, subject, time="2026-09-01T16:00:00Z", **more)


def left(subject, **more):
    return event("person.left", {"date": "2026-09-01", "reason": "left"}, subject, **more)


def restricted(subject, **more):
    return event("person.restricted", {"date": "2026-09-01", "restricted": True}, subject, **more)


@pytest.fixture
def start(tmp_path):
    """A daemon whose one rule coaches STL3, and a door on 1 September 2026."""
    started = []

    def start(name="d"):
        write_rules(tmp_path / "rules", {"one": rule("coach", recommend="return coaching {}", competences='{"STL3"}')}, True)
        (tmp_path / name).mkdir()
        daemon = Daemon(tmp_path / name, authorities={"888": {"rules": tmp_path / "rules"}})
        started.append(daemon.__enter__())
        door = daemon.door()
        door.day("2026-09-01")
        return daemon, door

    yield start
    for daemon in started:
        daemon.__exit__(None, None, None)


def two_people(door):
    door.settle(door.push_good([e for p in ("p-1", "p-2") for e in (post(p), rated(p, {"STL3": 1}, date="2026-08-01"))]))
    assert COACH in by_id(door.person("p-1"))


def everything(door):
    """All answers that list or count people, without what moves by itself."""
    health = door.ask("health")
    verify = door.ask("verify", timeout=60)
    assert verify.pop("ok") and verify.pop("differences") == []
    verify.pop("events")
    return {
        "school": door.ask("school", **PLACE), "schools": door.ask("schools", authority="888"),
        "answers": door.ask("answers", **PLACE), "titles": door.ask("titles", **PLACE),
        "persons": [health["persons"]] + [a["persons"] for a in health["authorities"]],
        "register": door.ask("register", authority="888"),
        "failures_of": {k: v for k, v in door.ask("rules", authority="888")["serving"]["failures_of"].items() if k != "since"},
        "verify": verify, "diff": compared(door),
    }


def compared(door):
    """What a comparison of the rules with themselves counts."""
    begun = door.ask("diff", authority="888", to="serving")
    counted, until = begun, time.monotonic() + 60
    while counted["running"]:
        assert time.monotonic() < until
        time.sleep(0.01)
        counted = door.ask("diff", authority="888", run=begun["run"])
    return [begun["of"], {k: v for k, v in counted.items() if k != "run"}]


@pytest.mark.parametrize("what", [[answered], [agreed], [left], [restricted], [answered, agreed, left, restricted]],
                         ids=lambda what: "+".join(f.__name__ for f in what))
def test_unknown_id_is_nobody_anywhere(start, what):
    daemon, door = start()
    two_people(door)
    before, published = everything(door), door.publications()
    door.settle(door.push_good([make("p-999") for make in what]))
    assert everything(door) == before and door.publications() == published
    for question, more in [("person", {}), ("answers", {}), ("recommendation", {"recommendation": COACH}), ("explain", {}),
                           ("why", {"recommendation": COACH})]:
        with pytest.raises(Fault) as fault:
            door.ask(question, **PLACE, person="p-999", **more)
        assert fault.value.codes == ["not-found"] and fault.value.errors[0]["pointer"] == "/person", question
    daemon.kill()
    daemon.start()
    door.settle()
    assert everything(door)["school"] == before["school"] and door.ask("health")["persons"] == 2


def test_unknown_school_is_none(start):
    """Nor is a school one of which only an answer tells."""
    _, door = start()
    two_people(door)
    before = everything(door)
    door.settle(door.push_good([answered("p-1", school="8889902")]))
    assert everything(door) == before
    for question in ("school", "answers", "titles", "person"):
        with pytest.raises(Fault) as fault:
            door.ask(question, authority="888", school="8889902", **({"person": "p-1"} if question == "person" else {}))
        assert fault.value.codes == ["not-found"] and fault.value.errors[0]["pointer"] == "/school", question


@pytest.mark.parametrize("recorded", ["person", "assessment", "appraisal", "achievement", "preference"])
def test_unknown_id_becomes_known_by_any_record(start, recorded):
    """And is nobody again once the record is withdrawn."""
    _, door = start()
    two_people(door)
    door.settle(door.push_good([answered("p-999")]))
    record = {
        "person": lambda: post("p-999", id="r"),
        "assessment": lambda: rated("p-999", {"STL3": 1}, id="r"),
        "appraisal": lambda: event("appraisal.recorded", {"date": "2026-08-01", "ratings": []}, "p-999", id="r"),
        "achievement": lambda: event("achievement.recorded", {"date": "2026-08-01", "unit": "TDA 2.2"}, "p-999", id="r"),
        "preference": lambda: event("preference.recorded", {"share_with": "school"}, "p-999", id="r"),
    }[recorded]()
    door.settle(door.push_good([record]))
    assert door.ask("school", **PLACE)["total"]["persons"] == door.ask("health")["persons"] == door.ask("verify")["persons"] == 3
    assert door.person("p-999")["person"] == "p-999"
    door.settle(door.push_good([event("record.withdrawn", {"of": ["r"], "reason": "typo"})]))
    assert door.ask("school", **PLACE)["total"]["persons"] == door.ask("health")["persons"] == door.ask("verify")["persons"] == 2
    assert door.ask("verify")["ok"]


def test_what_was_answered_ahead_counts_once_the_person_is_recorded(start):
    """The advice is the same in every order of arrival, and an early answer holds."""
    seen = []
    story = [lambda: post("p-3", id="a"), lambda: rated("p-3", {"STL3": 1, "STL4": 0}, date="2026-08-01", id="b"),
             lambda: answered("p-3", id="c"), lambda: agreed("p-3", id="d")]
    _, door = start()
    for n, order in enumerate(itertools.permutations(range(len(story)))):
        place = f"{n + 1:07}"
        for i in order:
            position = door.push_good([story[i]() | {"school": place}])
            if n % 8 == 0:  # worked out in between, too
                door.settle(position)
        door.settle(position)
        person = door.person("p-3", school=place)
        seen.append((bare(person["recommendations"]), person["needs"], person["answered"], person["held_back"],
                     door.ask("answers", authority="888", school=place)["answers"]))
    assert all(s == seen[0] for s in seen)
    assert by_id(person)[COACH]["agreement"]["date"] == "2026-09-01" and seen[0][4][0]["last"] == "agreed"
    assert door.ask("verify")["ok"]
