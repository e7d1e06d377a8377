"""Where a second person is needed: at the limits of the configuration exactly, and never the one who publishes."""
import pytest

from advice import rule, write_rules
from daemon import Daemon
from door import post, rated
from test_52_diff import compare, offer, propose, refusal


def coaching(text):
    return rule("own", recommend=f'return coaching {{ because = "{text}" }}', competences='{"STL3"}')


def town(daemon):
    """Ten people, five of whom are advised by the one rule."""
    door = daemon.door()
    door.day("2026-09-01")
    door.settle(door.push_good([e for i in range(10) for e in (post(f"p-{i}"), rated(f"p-{i}", {"STL3": 1 if i < 5 else 4}))]))
    return door


@pytest.mark.parametrize("limit,needed", [({"approve_people": 5}, False), ({"approve_people": 4}, True), ({"approve_per_cent": 50}, False), ({"approve_per_cent": 49}, True)])
def test_approval_is_needed_above_the_limit(tmp_path, limit, needed):
    write_rules(tmp_path / "rules", {"10-own": coaching("first")}, replace=True)
    with Daemon(authorities={"888": {"rules": tmp_path / "rules", **limit}}) as daemon:
        door = town(daemon)
        candidate = propose(door, {"10-own.lua": coaching("second")}, **{"as": "jo"})
        compare(door, candidate)
        if not needed:
            assert door.request("publish", {"authority": "888", "candidate": candidate, "as": "jo"})["candidate"] == candidate
            return
        assert refusal(door, "publish", candidate=candidate, **{"as": "jo"})["code"] == "approval-needed"
        door.request("approve", {"authority": "888", "candidate": candidate, "as": "kim"})
        assert refusal(door, "publish", candidate=candidate, **{"as": "kim"})["code"] == "approval-needed"  # one's own yes is not a second one
        assert door.request("publish", {"authority": "888", "candidate": candidate, "as": "lee"})["approved_by"] == "local/kim"


UNIT = rule("own", recommend='return unit { code = "TDA 2.9", not_in_house = "nobody can", minutes = 90 }', competences='{"STL3"}')


@pytest.mark.parametrize("pounds,needed", [(100, False), (99, True)])
def test_approval_is_needed_above_the_cost(tmp_path, pounds, needed):
    """Five people at 20 pounds each; the limit is in pounds."""
    write_rules(tmp_path / "rules", {"10-own": coaching("first")}, replace=True)
    with Daemon(authorities={"888": {"rules": tmp_path / "rules", "approve_cost": pounds}}) as daemon:
        door = town(daemon)
        door.settle(door.push_good(offer("open", "-", 2000)))
        candidate = propose(door, {"10-own.lua": UNIT}, **{"as": "jo"})
        assert compare(door, candidate)["pence"]["more"] == 10000
        if needed:
            refused = refusal(door, "publish", candidate=candidate, **{"as": "jo"})
            assert refused["code"] == "approval-needed" and "it costs 10000 pence more, over 9900" in refused["message"]
        else:
            assert door.request("publish", {"authority": "888", "candidate": candidate, "as": "jo"})["candidate"] == candidate


def test_an_approval_is_of_what_serves_then(tmp_path):
    """Approved against one pair, then another one serves: what the candidate changes is something else now."""
    write_rules(tmp_path / "rules", {"10-own": coaching("first")}, replace=True)
    with Daemon(authorities={"888": {"rules": tmp_path / "rules", "approve_people": 4}}) as daemon:
        door = town(daemon)
        candidates = [propose(door, {"10-own.lua": coaching(text)}, **{"as": "jo"}) for text in ("second", "third")]
        for candidate in candidates:
            compare(door, candidate)
            door.request("approve", {"authority": "888", "candidate": candidate, "as": "kim"})
        door.request("publish", {"authority": "888", "candidate": candidates[0], "as": "jo"})
        door.settle()

        compare(door, candidates[1])
        assert refusal(door, "publish", candidate=candidates[1], **{"as": "jo"})["code"] == "approval-needed"
        door.request("approve", {"authority": "888", "candidate": candidates[1], "as": "kim"})
        assert door.request("publish", {"authority": "888", "candidate": candidates[1], "as": "jo"})["approved_by"] == "local/kim"
