"""Promises about people that a count, a day or a kind of evidence decides."""
import pytest

from advice import rule, write_rules
from daemon import Daemon
from door import event, post, rated

DAY = "2026-09-01"


# --- small numbers ---

@pytest.mark.parametrize("n,told", [(4, None), (5, 5)])
def test_promise_four_people_for_whom_a_rule_fails_are_few(tmp_path, n, told):
    """Fewer than five are never counted in what everybody may read."""
    rules = write_rules(tmp_path / "rules", {"10-rare": rule("rare", when="return need.gap < {}", competences='{"STL5"}')})
    with Daemon(tmp_path / "d", authorities={"888": {"rules": rules}}) as daemon:
        door = daemon.door()
        door.day(DAY)
        levels = [{"STL3": 2} | ({"STL5": 1} if i < n else {"STL5": 4}) for i in range(9)]
        door.settle(door.push_good([e for i, level in enumerate(levels) for e in (post(f"p-{i}"), rated(f"p-{i}", level))]))
        fails, = [r["fails"] for r in door.ask("rules", authority="888")["serving"]["list"] if r["rule"] == "rare"]
        assert fails["people"] == told and fails.get("few", False) is (told is None), fails


# --- what people say of themselves ---

@pytest.mark.parametrize("evidence,confidence", [("self", 1), ("manager", None), ("observer", None)])
def test_promise_confidence_is_the_persons_own(needsd, evidence, confidence):
    """Somebody else's idea of how a person feels is not the person's feeling."""
    door = needsd.door()
    door.day(DAY)
    rating = {"competence": "STL3", "level": 1, "confidence": 1}
    door.settle(door.push_good([post("p-1"), event("assessment.recorded", {"date": DAY, "evidence": evidence, "ratings": [rating]}, "p-1")]))
    need, = [n for n in door.person("p-1")["needs"] if n["competence"] == "STL@2007/STL3"]
    assert need["current"] == 1 and need.get("confidence") == confidence


# --- for six months a post is new ---

def origin(door, competence="STL@2007/STL3"):
    need, = [n for n in door.person("p-1")["needs"] if n["competence"] == competence]
    return need["from"]


@pytest.mark.parametrize("arrives", ["2026-08-31", "2027-02-28", "2027-03-01"])
def test_promise_a_post_is_new_for_six_months(needsd, arrives):
    """Whatever the day on which it is first heard of: a post that began on 31 August is new up to the end of February, that day
    included."""
    door = needsd.door()
    door.day(arrives)
    data = {"roles": [{"role": "TASS", "from": "2026-08-31", "main": True}], "started": "2020-09-01"}
    door.settle(door.push_good(event("person.recorded", data, "p-1", time="2026-08-31T09:00:00Z")))
    expected = "profile" if arrives == "2027-03-01" else "new-role"
    assert origin(door) == expected
    if arrives == "2027-02-28":
        door.day("2027-03-01")
        door.settle()
        assert origin(door) == "profile"


# --- the newest of two statements of the same instant ---

@pytest.mark.parametrize("first", [0, 1])
def test_promise_of_the_same_instant_the_later_source_counts(needsd, first):
    """Newest is by instant, then source, then id, whichever arrives first."""
    door = needsd.door()
    door.day(DAY)
    two = [post("p-1", "TASS", source="a", id="z"), post("p-1", "MIDS", source="b", id="a")]
    door.settle(door.push_good(two[first]))
    door.settle(door.push_good(two[1 - first]))
    assert door.person("p-1")["posts"] == ["MIDS"]
