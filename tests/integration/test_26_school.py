"""What rules read of the school and of the authority, and what they advise a whole school: offers and cohorts."""
import pytest

from advice import rule, write_rules
from daemon import Daemon
from door import event, post, rated

BOOK = ("local found = offers_for(need) if #found == 0 then return coaching {} end "
        'return inset { because = found[1].id .. " on " .. tostring(found[1].first) }')


def offer(name, development="inset.STL3", date="2026-11-20", school="8889901", fee=1000, **more):
    data = {"offer": name, "development": development, "provider": "Town", "places": 9,
            "sessions": [{"date": date, "start": "09:00", "end": "10:00", "place": "Hall"}],
            "cost": {"fee": fee, "registration": 0, "materials": 0, "travel": 0}, **more}
    return event("provision.recorded", data, None, school=school)


def reasons(door, subject="p-1", school="8889901"):
    return [b["text"] for r in door.person(subject, school=school)["recommendations"] for b in r["because"] if b["rule"] == "book"]


@pytest.fixture
def booking(tmp_path):
    write_rules(tmp_path / "rules", {"book": rule("book", recommend=BOOK, competences='{"STL3"}')}, replace=True)
    with Daemon(authorities={"888": {"rules": tmp_path / "rules"}}) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good([post("p-1"), rated("p-1", {"STL3": 1})]))
        yield door


def test_offers_come_move_and_pass_by(booking):
    """A rule that reads what can be booked is asked again when that moves, by an event or by the day, and only then."""
    door = booking
    assert reasons(door) == ["A rule of the tests"]
    door.settle(door.push_good(offer("wide", school="-", date="2026-10-05")))
    assert reasons(door) == ["wide on 2026-10-05"]
    door.settle(door.push_good(offer("own", date="2026-10-01")))
    assert reasons(door) == ["own on 2026-10-01"]
    door.settle(door.push_good(offer("teachers", date="2026-09-10", **{"for": ["teachers"]})))
    assert reasons(door) == ["own on 2026-10-01"]
    before = len(door.publications())
    door.settle(door.push_good(offer("other", development="inset.X.SAFE", date="2026-09-05")))
    assert len(door.publications()) == before
    door.settle(door.day("2026-10-01"))
    assert reasons(door) == ["own on 2026-10-01"]
    door.settle(door.day("2026-10-02"))
    assert reasons(door) == ["wide on 2026-10-05"]
    assert door.ask("verify", timeout=60)["ok"]
    door.settle(door.push_good(offer("wide", school="-", date="2026-10-05", closed=True)))
    assert reasons(door) == ["A rule of the tests"]
    assert door.ask("verify", timeout=60)["ok"]
